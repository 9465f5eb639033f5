//! The streaming reader: chunks in, rows and diagnostics out. Any split of the bytes gives the same result.

use super::columns::{self, TimeColumns};
use super::decode::{Decoder, refuse_binary};
use super::diagnostics::{Diagnostics, ImportError, clip};
use super::dialect::{Dialect, Fields, field, split};
use super::lines::{Join, join, records};
use super::number::{self, Cell};
use super::plan::{self, Plan, SLOT_SYMBOL, SLOT_TIME, SLOT_VENUE};
use super::reading::{DecimalMark, Delimiter, Reading, TimeUnit};
use super::repair::{Mended, mend};
use super::sample::joined;
use super::time::{self, Form, Instant, TimeReader, TimeStyle, Zone};
use super::watch::Watch;
use super::{SAMPLE_BYTES, budget};
use crate::domain::{RawRows, format_duration, grouped};
use std::borrow::Cow;

/// Bytes of the longest line that is read.
const LONGEST_LINE: usize = 2_000_000;
/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;
/// Markets that are told apart in one file.
const MOST_SYMBOLS: usize = 10_000;
/// Markets that are offered when the file holds several.
pub(super) const OFFERED: usize = 40;
/// Changes of the form of times that are kept.
const MOST_CHANGES: usize = 1_000_000;
/// A time that does not exist under one order of day and month.
pub(super) const NO_TIME: i64 = i64::MIN;

/// Rows of a file with how they were read.
#[derive(Clone, Debug)]
pub struct Import {
    /// Rows in file order.
    pub rows: RawRows,
    /// Line number of each row.
    pub lines: Vec<u32>,
    /// How the file was read.
    pub diagnostics: Diagnostics,
}

/// The texts of a column of symbols, or of venues.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    pub names: Vec<(Vec<u8>, u64)>,
    /// The last one seen: neighbours are mostly of one market.
    last: usize,
}

impl Symbols {
    /// Counts a row of a market.
    fn count(&mut self, name: &[u8]) {
        let is = |(known, _): &(Vec<u8>, u64)| known == name;
        if !self.names.get(self.last).is_some_and(is) {
            self.last = match self.names.iter().position(is) {
                Some(at) => at,
                None if self.names.len() < MOST_SYMBOLS => {
                    self.names.push((name.to_vec(), 0));
                    self.names.len() - 1
                }
                None => return,
            };
        }
        self.names[self.last].1 += 1;
    }
}

/// A line, taken apart.
struct Row<'a> {
    instant: Instant,
    /// Time under the other order of day and month, where the order is open.
    other_ms: i64,
    /// Open, high, low, close, volume, and a second amount where one is read.
    values: [f64; 6],
    symbol: Option<&'a [u8]>,
    venue: Option<&'a [u8]>,
}

/// Reads a file in chunks of any size.
#[derive(Debug)]
pub struct Importer {
    pub(super) reading: Reading,
    budget: u64,
    total: Option<u64>,
    pub(super) decoder: Decoder,
    text: Vec<u8>,
    line_end: u8,
    pub(super) plan: Option<Plan>,
    dialect: Option<Dialect>,
    pub(super) line: u64,
    fields: Fields,
    pub(super) rows: RawRows,
    pub(super) lines: Vec<u32>,
    /// Times of the rows under the other order of day and month; `NO_TIME` where there is none.
    pub(super) other_ms: Vec<i64>,
    pub(super) forms: Vec<Form>,
    /// Rows from which on times have another form.
    pub(super) form_changes: Vec<(u32, Form)>,
    pub(super) example: Vec<u8>,
    pub(super) symbols: Symbols,
    pub(super) venues: Symbols,
    second_table: Option<u64>,
    /// Line of a repeated header, and the row behind it.
    pub(super) repeated_header: Option<(u64, usize)>,
    pub(super) implausible: Option<(u64, u64)>,
    pub(super) watch: Watch,
    /// The unit of the times has changed with the last line.
    new_unit: Option<TimeUnit>,
    pub(super) diagnostics: Diagnostics,
}

impl Default for Importer {
    fn default() -> Self {
        Self::new(Reading::default())
    }
}

impl Importer {
    /// A reader with the choices of the user.
    pub fn new(reading: Reading) -> Self {
        Self {
            decoder: Decoder::new(reading.encoding),
            reading,
            budget: budget::BYTES,
            total: None,
            text: Vec::new(),
            line_end: b'\n',
            plan: None,
            dialect: None,
            line: 0,
            fields: Fields::new(),
            rows: RawRows::default(),
            lines: Vec::new(),
            other_ms: Vec::new(),
            forms: Vec::new(),
            form_changes: Vec::new(),
            example: Vec::new(),
            symbols: Symbols::default(),
            venues: Symbols::default(),
            second_table: None,
            repeated_header: None,
            implausible: None,
            watch: Watch::default(),
            new_unit: None,
            diagnostics: Diagnostics::default(),
        }
    }

    /// Tells the size of the text to come, so that memory is taken once, and refused before work is done.
    #[must_use]
    pub const fn expecting(mut self, bytes: u64) -> Self {
        self.total = Some(bytes);
        self
    }

    /// Sets the memory that rows may take, bytes.
    #[must_use]
    pub const fn within(mut self, bytes: u64) -> Self {
        self.budget = bytes;
        self
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ImportError> {
        self.diagnostics.bytes += chunk.len() as u64;
        // In pieces that stay in the cache between being copied and being read.
        for piece in chunk.chunks(PIECE) {
            let mut text = std::mem::take(&mut self.text);
            self.decoder.push(piece, false, &mut text);
            self.text = text;
            if self.plan.is_some() || self.text.len() >= SAMPLE_BYTES {
                self.advance(false)?;
            }
        }
        Ok(())
    }

    pub(super) fn end_of_text(&mut self) -> Result<(), ImportError> {
        let mut text = std::mem::take(&mut self.text);
        self.decoder.push(&[], true, &mut text);
        self.text = text;
        self.advance(true)
    }

    /// Reads the first lines only: what is known of the file then, the lines of the text with what became of them, and why
    /// the file could not be read.
    pub(super) fn look(
        mut self,
        sample: &[u8],
        is_whole: bool,
    ) -> (Diagnostics, Looked, Option<ImportError>) {
        let mut text = Vec::new();
        self.decoder.push(sample, true, &mut text);
        let is_whole = is_whole && text.len() <= SAMPLE_BYTES;
        text.truncate(SAMPLE_BYTES);
        self.text.clone_from(&text);
        self.diagnostics.bytes = sample.len() as u64;
        let result = self.advance(is_whole);
        self.diagnostics.lines = self.line;
        let looked = Looked {
            text,
            line_end: self.line_end,
            dialect: self.dialect.unwrap_or(Dialect::of(Delimiter::Comma)),
            row_lines: self.lines,
        };
        (self.diagnostics, looked, result.err())
    }

    /// Reads all complete lines; with `last` the incomplete one too.
    fn advance(&mut self, last: bool) -> Result<(), ImportError> {
        let text = std::mem::take(&mut self.text);
        if self.plan.is_none() {
            self.make_plan(&text, last)?;
        }
        let Some(mut plan) = self.plan.take() else { return Ok(()) };
        let mut times = TimeReader::new(plan.style);
        let quick_mark = if plan.decimal == DecimalMark::Comma { b',' } else { b'.' };
        let quick = plan.order_is_sure
            && !plan.slots.is_empty()
            && plan.dialect.delimiter != Delimiter::Space
            && matches!(plan.decimal, DecimalMark::Dot | DecimalMark::Comma);
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if quick
                && self.line >= plan.skip_until
                && self.second_table.is_none()
                && let Some((row, bytes)) = read_quickly(
                    &plan,
                    &mut times,
                    rest,
                    quick_mark,
                    self.line_end,
                    self.rows.time_ms.last().copied(),
                )
            {
                self.line += 1;
                self.accept(&plan, &row);
                at += bytes;
                continue;
            }
            let length = match memchr::memchr(self.line_end, rest) {
                Some(length) => length,
                None if last => rest.len(),
                None => break,
            };
            if length > LONGEST_LINE {
                return Err(too_long(self.line + 1));
            }
            match self.read_carefully(&plan, rest, length, last) {
                Some(consumed) => at += consumed,
                None => break,
            }
            if let Some(unit) = self.new_unit.take() {
                plan.style.unit = Some(unit);
                times = TimeReader::new(plan.style);
            }
        }
        if last && text.last().is_some_and(|byte| *byte != self.line_end) {
            self.note_cut_line(&plan, &text);
        }
        let at = at.min(text.len());
        if text.len() - at > LONGEST_LINE {
            return Err(too_long(self.line + 1));
        }
        self.plan = Some(plan);
        self.check_memory()?;
        if !last {
            self.text = text;
            self.text.drain(..at);
        }
        Ok(())
    }

    fn make_plan(&mut self, text: &[u8], last: bool) -> Result<(), ImportError> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(ImportError::new(
                "The file is empty",
                "there is nothing in it but white space".to_owned(),
                "Choose another file, or export the candles again",
            ));
        }
        // Always the same bytes, however the file was cut into chunks.
        let sample = &text[..text.len().min(SAMPLE_BYTES)];
        refuse_binary(self.decoder.signature(), sample)?;
        self.line_end = if memchr::memchr(b'\n', sample).is_some() { b'\n' } else { b'\r' };
        let whole = if last && text.len() <= SAMPLE_BYTES {
            sample
        } else {
            &sample[..memchr::memrchr(self.line_end, sample).unwrap_or(sample.len())]
        };
        let mut lines: Vec<(u64, &[u8])> = Vec::new();
        let mut number = 0;
        for line in whole.split(|&byte| byte == self.line_end) {
            // A lone carriage return among line feeds ends a line, too.
            for line in line.strip_suffix(b"\r").unwrap_or(line).split(|&byte| byte == b'\r') {
                number += 1;
                let line = without_mark(line);
                if !line.trim_ascii().is_empty() {
                    lines.push((number, line));
                }
            }
        }
        let (encoding, reason) = self.decoder.finding();
        let (key, label, reason) = (encoding.key(), encoding.label(), reason.to_owned());
        let chosen = self.reading.encoding.is_some();
        self.diagnostics.found("encoding", key, label, reason, chosen);
        let before = self.diagnostics.clone();
        let (mut dialect, mut plan) = plan::make(&lines, &self.reading, &mut self.diagnostics);
        if plan.is_err() {
            // Perhaps because fields go on over the ends of lines.
            let whole: Vec<(u64, &[u8])> = records(whole, self.line_end, dialect)
                .filter(|(_, record)| !record.trim_ascii().is_empty())
                .collect();
            if whole.len() < lines.len() {
                let mut diagnostics = before;
                let again = plan::make(&whole, &self.reading, &mut diagnostics);
                if again.1.is_ok() {
                    (dialect, plan) = again;
                    self.diagnostics = diagnostics;
                }
            }
        }
        self.dialect = Some(dialect);
        let is_sure = self.decoder.is_sure();
        let plan = plan.map_err(|error| {
            if is_sure || error.question.is_some() {
                return error;
            }
            let advice = format!(
                "{}. Its bytes are no UTF-8: if the text is Chinese, Korean or Japanese, choose its encoding, gbk, big5, euc-kr, shift_jis or euc-jp",
                error.advice
            );
            ImportError { advice, typed: Some("encoding=gbk".to_owned()), ..error }
        })?;
        if let Some(total) = self.total {
            let rows = (total as f64 / plan.row_bytes.max(1.0)) as u64;
            budget::check(rows, self.budget, false)?;
            // One allocation a column: doubling would hold two copies of each for a while.
            let room = rows + rows / 50 + 16;
            if room * budget::IMPORT_ROW_BYTES <= self.budget {
                self.rows.reserve(room as usize);
                self.lines.reserve(room as usize);
            }
        }
        self.plan = Some(plan);
        Ok(())
    }

    fn check_memory(&self) -> Result<(), ImportError> {
        if self.line > u64::from(u32::MAX) {
            return Err(ImportError::new(
                "The file has too many lines",
                format!("{} lines were read, and more follow", grouped(u32::MAX as usize)),
                "Split the file",
            ));
        }
        budget::check(self.rows.len() as u64, self.budget, true)
    }

    /// A line that the quick path did not take. Says how many bytes were read; `None` when more of the text is needed.
    #[cold]
    fn read_carefully(
        &mut self,
        plan: &Plan,
        rest: &[u8],
        length: usize,
        last: bool,
    ) -> Option<usize> {
        let line = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
        if self.line_end == b'\n' && memchr::memchr(b'\r', line).is_some() {
            for line in line.split(|&byte| byte == b'\r') {
                self.read_line(plan, line);
            }
            return Some(length + 1);
        }
        if self.line >= plan.skip_until && split(line, plan.dialect, &mut self.fields) {
            let alone = |line: &[u8]| {
                let mut fields = Fields::new();
                split(line, plan.dialect, &mut fields);
                fields.len() == plan.width && reads(plan, line, &fields)
            };
            match join(rest, length, last, self.line_end, plan.dialect, plan.width, alone) {
                Join::No => {}
                Join::Wait => return None,
                Join::Until(end, lines) => {
                    self.read_line(plan, rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]));
                    self.line += lines as u64;
                    self.diagnostics.joined_lines += lines as u64;
                    return Some(end + 1);
                }
            }
        }
        self.read_line(plan, line);
        Some(length + 1)
    }

    fn read_line(&mut self, plan: &Plan, line: &[u8]) {
        self.line += 1;
        let line = without_mark(line);
        if line.trim_ascii().is_empty() {
            self.diagnostics.blank_lines += 1;
            return;
        }
        if self.line <= plan.skip_until {
            if self.line < self.diagnostics.header_line.unwrap_or(0) {
                self.diagnostics.reject(self.line, "before the header", line);
            }
            return;
        }
        if let Some(first) = self.second_table {
            let reason = format!("belongs to a second table, which starts at line {first}");
            self.diagnostics.reject(self.line, &reason, line);
            return;
        }
        let mut fields = std::mem::take(&mut self.fields);
        split(line, plan.dialect, &mut fields);
        let shape = (plan.solid, plan.width);
        let time = match plan.roles.time {
            TimeColumns::One(column) => Some(column),
            _ => None,
        };
        match mend(line, &fields, plan.dialect, shape, time, |line, fields| {
            reads(plan, line, fields) && !is_torn(plan, line, fields)
        }) {
            _ if self.is_repeated_header(plan, line) => {
                self.diagnostics.reject(self.line, "repeated header", line);
            }
            Mended::AsIs => self.read_fields(plan, line, line, &fields),
            Mended::Repaired(action, text, mended) => {
                self.diagnostics.repair(self.line, &action, line);
                self.read_fields(plan, line, &text, &mended);
            }
            Mended::No => {
                let reason = self.reason(plan, line).unwrap_or_else(|| {
                    let count = fields.len();
                    let fields = if count == 1 { "field" } else { "fields" };
                    format!("{count} {fields} where {} are expected", plan.width)
                });
                self.diagnostics.reject(self.line, &reason, line);
            }
        }
        self.fields = fields;
    }

    /// True for the header once more; the first time its place is kept.
    fn is_repeated_header(&mut self, plan: &Plan, line: &[u8]) -> bool {
        let is_header = !plan.headers.is_empty()
            && plan.headers.contains(&plan::folded_cells(line, plan.dialect));
        if is_header && self.repeated_header.is_none() && !self.rows.is_empty() {
            self.repeated_header = Some((self.line, self.rows.len()));
        }
        is_header
    }

    /// What a line is that is no candle, where that can be said.
    fn reason(&mut self, plan: &Plan, line: &[u8]) -> Option<String> {
        if line.starts_with(b"#") || line.starts_with(b"//") {
            return Some("comment".to_owned());
        }
        let mut fields = Fields::new();
        split(line, plan.dialect, &mut fields);
        if columns::header_score(line, &fields) >= 3 || columns::names_a_table(line, &fields) {
            self.second_table = Some(self.line);
            self.diagnostics.notes.push(format!(
                "a second table with other columns starts at line {}; only the first one was read",
                self.line
            ));
            return Some("header of a second table".to_owned());
        }
        None
    }

    fn read_fields(&mut self, plan: &Plan, line: &[u8], text: &[u8], fields: &Fields) {
        let cell = |column: usize| fields.get(column).map_or(&[][..], |&range| field(text, range));
        let time = time_text(plan, &cell);
        let mut found = self.read_time(plan, &time);
        let mut other_ms = NO_TIME;
        if plan.order_is_sure {
            if found.is_none()
                && self.reading.date_order.is_none()
                && time::read(&time, plan::other(plan.style)).is_some()
            {
                self.watch.other_order.see(self.line, &time);
            }
        } else {
            let alternative = time::read(&time, plan::other(plan.style));
            other_ms = alternative.map_or(NO_TIME, |instant| instant.ms);
            match (found, alternative) {
                (None, Some(instant)) => {
                    self.watch.other_order.see(self.line, &time);
                    found = Some(Instant { ms: NO_TIME, ..instant });
                }
                (Some(_), None) => self.watch.own_order.see(self.line, &time),
                _ => {}
            }
        }
        let Some(instant) = found else {
            let reason = self.reason(plan, line).unwrap_or_else(|| why_no_time(plan, &time));
            self.diagnostics.reject(self.line, &reason, line);
            return;
        };
        if instant.zone == Zone::Unknown && self.reading.zone.is_none() {
            self.diagnostics.reject(
                self.line,
                "the time names a zone whose offset is not known",
                line,
            );
            return;
        }
        if time::is_rounded(&time) {
            self.watch.rounded.see(self.line, &time);
        }
        if !plan.order_is_sure && self.example.is_empty() {
            self.example.clone_from(&time);
        }
        let symbol = plan.roles.symbol.map(|column| without_quotes(cell(column)));
        let symbol = symbol.as_deref();
        let venue = plan.roles.venue.map(|column| without_quotes(cell(column)));
        let venue = venue.as_deref();
        if self.is_other_symbol(symbol) {
            self.diagnostics.other_symbols += 1;
            return;
        }
        let mut values = [f64::NAN; 6];
        let columns = plan.roles.prices.into_iter().map(Some);
        let second = plan.roles.volume_part.or(plan.quote_volume);
        for (value, column) in values.iter_mut().zip(columns.chain([plan.roles.volume, second])) {
            let Some(column) = column else { continue };
            match number::read(cell(column), plan.decimal) {
                Cell::Number(number) => *value = number,
                // Not a value of the row: it is only held against the volume.
                _ if plan.quote_volume == Some(column) => {}
                Cell::Missing => self.diagnostics.missing_values += 1,
                Cell::Unreadable if let Some(number) = under_quote(cell(column), plan.decimal) => {
                    *value = number;
                    self.diagnostics.repair(
                        self.line,
                        "a stray quote in a number was left out",
                        line,
                    );
                }
                Cell::Unreadable => {
                    if let Cell::Number(_) = number::read(cell(column), other_mark(plan.decimal)) {
                        self.watch.other_mark.see(self.line, cell(column));
                    }
                    let name = plan.names.get(column).map_or("", String::as_str);
                    self.diagnostics.unreadable(self.line, name, cell(column));
                }
            }
        }
        self.push_row(plan, &Row { instant, other_ms, values, symbol, venue });
    }

    /// The time of a row. The unit of a column of Unix times is that of its first lines; another one counts from where it
    /// joins the row before without a jump.
    fn read_time(&mut self, plan: &Plan, text: &[u8]) -> Option<Instant> {
        let found = time::read(text, plan.style);
        if !plan.unit_is_inferred {
            return found;
        }
        let last = self.rows.time_ms.last().copied();
        let Some(instant) = found else {
            // A written date among Unix times.
            let style = TimeStyle { unit: None, ..plan.style };
            let written = time::read(text, style).filter(|instant| !instant.form.is_unix());
            return written.or_else(|| {
                let (unit, joined) = time::rejoin(text, plan.style, last?)?;
                self.new_unit = Some(unit);
                Some(joined)
            });
        };
        if !time::is_far(instant.ms, last) {
            return found;
        }
        if let Some((unit, joined)) = last.and_then(|last| time::rejoin(text, plan.style, last)) {
            self.new_unit = Some(unit);
            return Some(joined);
        }
        if time::PLAUSIBLE_MS.contains(&instant.ms) {
            return found;
        }
        self.watch.other_unit.see(self.line, text);
        None
    }

    fn is_other_symbol(&self, symbol: Option<&[u8]>) -> bool {
        match (&self.reading.symbol, symbol) {
            (Some(wanted), Some(symbol)) => wanted.as_bytes() != symbol,
            _ => false,
        }
    }

    /// A row of the quick path.
    #[allow(
        clippy::inline_always,
        reason = "the page is built with a low inlining threshold, and this is the hot loop"
    )]
    #[inline(always)]
    fn accept(&mut self, plan: &Plan, row: &Row<'_>) {
        if self.is_other_symbol(row.symbol) {
            self.diagnostics.other_symbols += 1;
        } else {
            self.push_row(plan, row);
        }
    }

    #[allow(
        clippy::inline_always,
        reason = "the page is built with a low inlining threshold, and this is the hot loop"
    )]
    #[inline(always)]
    fn push_row(&mut self, plan: &Plan, row: &Row<'_>) {
        let shift = if row.instant.zone == Zone::Said { 0 } else { plan.zone_ms };
        let ms = if row.instant.ms == NO_TIME { NO_TIME } else { row.instant.ms - shift };
        if self.forms.last() != Some(&row.instant.form) {
            self.new_form(row.instant.form, ms);
        }
        if !time::PLAUSIBLE_MS.contains(&ms) && ms != NO_TIME {
            let (count, first) = self.implausible.unwrap_or((0, self.line));
            self.implausible = Some((count + 1, first));
        }
        if let Some(symbol) = row.symbol {
            self.symbols.count(symbol);
        }
        if let Some(venue) = row.venue {
            self.venues.count(venue);
        }
        let mut values = row.values;
        if plan.quote_volume.is_some() {
            self.watch.volumes.see(self.line, values);
        } else if plan.roles.volume_part.is_some() {
            values[4] += values[5];
        }
        if plan.price_divisor != 1.0 {
            for price in &mut values[..4] {
                *price /= plan.price_divisor;
            }
        }
        let [open, high, low, close, volume, _] = values;
        if !plan.order_is_sure {
            let other = row.other_ms;
            self.other_ms.push(if other == NO_TIME { NO_TIME } else { other - shift });
        }
        self.rows.push(ms, [open, high, low, close, volume]);
        self.lines.push(self.line as u32);
    }

    /// The first row, or one whose time is written otherwise than the last one's.
    #[cold]
    fn new_form(&mut self, form: Form, ms: i64) {
        if let Some(at) = self.forms.iter().position(|known| *known == form) {
            self.forms.remove(at);
        } else if !self.forms.is_empty() {
            let last = self.rows.time_ms.last().copied().filter(|last| *last != NO_TIME);
            let gap = last.map_or(0, |last| ms.saturating_sub(last).saturating_abs());
            let how = if gap <= time::JOINS_MS || ms == NO_TIME {
                "they join the rows before".to_owned()
            } else {
                format!("between them and the row before lie {}", format_duration(gap))
            };
            self.diagnostics.notes.push(format!(
                "from line {} on times are also written as {}; {how}",
                self.line,
                form.name()
            ));
        }
        self.forms.push(form);
        if self.form_changes.len() < MOST_CHANGES {
            self.form_changes.push((self.rows.len() as u32, form));
        }
    }

    /// The last line has no line end: perhaps the download broke off in the middle of it.
    fn note_cut_line(&mut self, plan: &Plan, text: &[u8]) {
        let start = memchr::memrchr(self.line_end, text).map_or(0, |at| at + 1);
        let line = &text[start..];
        if line.trim_ascii().is_empty() || self.line <= plan.skip_until {
            return;
        }
        let number = self.line;
        let is_rejected =
            self.diagnostics.rejected_lines.last().is_some_and(|bad| bad.line == number);
        let what = if is_rejected { "it was rejected" } else { "its last number may be too short" };
        self.diagnostics.notes.push(format!(
            "the last line, line {number}, has no line end and may be cut in the middle: {what} ({})",
            clip(line)
        ));
    }
}

/// What [`Importer::look`] saw.
pub(super) struct Looked {
    pub text: Vec<u8>,
    pub line_end: u8,
    pub dialect: Dialect,
    /// Lines that became rows.
    pub row_lines: Vec<u32>,
}

/// A line without the byte order mark of a file that was appended to another one.
fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
}

fn too_long(line: u64) -> ImportError {
    ImportError::new(
        "A line is too long",
        format!("line {line} has more than {LONGEST_LINE} bytes"),
        "Check that the file is a table with one candle a line",
    )
}

/// A name without quotes around or inside it.
fn without_quotes(text: &[u8]) -> Cow<'_, [u8]> {
    let text = text.trim_ascii();
    if memchr::memchr2(b'"', b'\'', text).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.iter().copied().filter(|byte| !matches!(byte, b'"' | b'\'')).collect())
}

/// The number in a cell with exactly one stray quote: nothing else can be meant.
fn under_quote(text: &[u8], mark: DecimalMark) -> Option<f64> {
    if memchr::memchr_iter(b'"', text).count() != 1 {
        return None;
    }
    let rest: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'"').collect();
    match number::read(&rest, mark) {
        Cell::Number(value) => Some(value),
        _ => None,
    }
}

/// The cells of a row that make its time, as one text.
fn time_text<'a>(plan: &Plan, cell: &impl Fn(usize) -> &'a [u8]) -> Vec<u8> {
    let cells: Vec<&[u8]> =
        plan.roles.time.all().into_iter().map(|column| cell(column).trim_ascii()).collect();
    let mut text = joined(plan.roles.time, &cells, plan.clock_width);
    if let Some(column) = plan.zone_column {
        text.push(b' ');
        text.extend_from_slice(cell(column).trim_ascii());
    }
    text
}

fn why_no_time(plan: &Plan, text: &[u8]) -> String {
    let unit = plan.style.unit.filter(|_| plan.unit_is_inferred);
    if let Some(unit) = unit
        && let Some(instant) = time::read(text, plan.style)
    {
        return format!(
            "the time lies in the year {} as {}, the unit of the others",
            crate::domain::Civil::from_ms(instant.ms).year,
            unit.label()
        );
    }
    if time::read(text, plan::other(plan.style)).is_some() {
        return format!(
            "the date {} does not exist in the order of day and month of the others",
            clip(text)
        );
    }
    "the time cannot be read".to_owned()
}

/// The decimal mark that a number may have instead.
const fn other_mark(mark: DecimalMark) -> DecimalMark {
    match mark {
        DecimalMark::Comma => DecimalMark::Dot,
        _ => DecimalMark::Comma,
    }
}

/// True when fields make a candle: a time, and in every column that is used a number or nothing.
fn reads(plan: &Plan, line: &[u8], fields: &Fields) -> bool {
    let cell = |column: usize| fields.get(column).map_or(&[][..], |&range| field(line, range));
    let time = time_text(plan, &cell);
    let is_number =
        |column: usize| !matches!(number::read(cell(column), plan.decimal), Cell::Unreadable);
    let has_time = time::read(&time, plan.style).is_some()
        || (!plan.order_is_sure && time::read(&time, plan::other(plan.style)).is_some());
    has_time && plan.roles.prices.into_iter().chain(plan.roles.volume).all(is_number)
}

/// True when the prices of a line contradict each other: then it was put together in the wrong way.
fn is_torn(plan: &Plan, line: &[u8], fields: &Fields) -> bool {
    let [open, high, low, close] = plan.roles.prices.map(|column| {
        let cell = fields.get(column).map_or(&[][..], |&range| field(line, range));
        match number::read(cell, plan.decimal) {
            Cell::Number(value) => value,
            _ => f64::NAN,
        }
    });
    high < low || high < open.max(close) || low > open.min(close)
}

/// The common line at the start of `rest`: the planned number of fields, no quotes, plain numbers, a line end. With it comes
/// the number of its bytes. `None` sends it to the careful path.
#[allow(
    clippy::inline_always,
    reason = "the page is built with a low inlining threshold, and this is the hot loop"
)]
#[inline(always)]
fn read_quickly<'a>(
    plan: &Plan,
    times: &mut TimeReader,
    rest: &'a [u8],
    mark: u8,
    line_end: u8,
    last: Option<i64>,
) -> Option<(Row<'a>, usize)> {
    let delimiter = plan.dialect.delimiter.byte();
    let quote = plan.dialect.quote.unwrap_or(delimiter);
    let mut values = [f64::NAN; 6];
    let (mut instant, mut symbol, mut venue) = (None, None, None);
    let mut at = 0;
    for (column, &slot) in plan.slots.iter().enumerate() {
        if column > 0 {
            // The delimiter before this column.
            if rest.get(at) != Some(&delimiter) {
                return None;
            }
            at += 1;
        }
        if slot < SLOT_TIME {
            let (value, length) = number::plain(&rest[at..], mark)?;
            values[slot as usize] = value;
            at += length;
            continue;
        }
        let field = &rest[at..];
        let length = field.iter().position(|&byte| byte == delimiter || byte == line_end)?;
        let text = &field[..length];
        match slot {
            SLOT_TIME => {
                let found = times.read(text)?;
                // A jump may be a change of the unit, and an exponent a rounded time.
                if plan.unit_is_inferred
                    && (time::is_far(found.ms, last) || memchr::memchr2(b'e', b'E', text).is_some())
                {
                    return None;
                }
                instant = Some(found);
            }
            SLOT_SYMBOL => symbol = Some(text.trim_ascii()),
            SLOT_VENUE => venue = Some(text.trim_ascii()),
            _ => {}
        }
        if slot != SLOT_TIME && quote != delimiter && text.contains(&quote) {
            return None;
        }
        at += length;
    }
    let instant = instant?;
    let tail = &rest[at..];
    let surplus = plan.width - plan.slots.len();
    let end = match tail {
        [end, ..] if *end == line_end => 0,
        [b'\r', end, ..] if *end == line_end => 1,
        [first, ..] if *first == delimiter => memchr::memchr(line_end, tail)?,
        _ => return None,
    };
    let (mut delimiters, mut quotes) = (0, 0);
    for &byte in &tail[..end] {
        delimiters += usize::from(byte == delimiter);
        quotes += usize::from(byte == quote);
    }
    if delimiters != surplus || (quotes > 0 && quote != delimiter) || instant.zone == Zone::Unknown
    {
        return None;
    }
    Some((Row { instant, other_ms: NO_TIME, values, symbol, venue }, at + end + 1))
}

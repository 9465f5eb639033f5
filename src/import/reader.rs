//! The streaming reader: chunks in, rows and diagnostics out. Any split of the bytes gives the same result.

use super::columns::{self, TimeColumns};
use super::decode::{Decoder, refuse_binary};
use super::diagnostics::{Choice, Diagnostics, ImportError, Question, clip};
use super::dialect::{Dialect, Fields, field, split};
use super::lines::{Join, join, records};
use super::number::{self, Cell};
use super::plan::{self, Plan, SLOT_SYMBOL, SLOT_TIME};
use super::reading::{Delimiter, Reading};
use super::repair::{Mended, mend};
use super::time::{self, Form, Instant, TimeReader, Zone};
use super::{SAMPLE_BYTES, budget};
use crate::domain::{RawRows, grouped, modal_step};
use std::borrow::Cow;

/// Bytes of the longest line that is read.
const LONGEST_LINE: usize = 2_000_000;
/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;
/// Markets that are told apart in one file.
const MOST_SYMBOLS: usize = 10_000;
/// Markets that are offered when the file holds several.
const OFFERED: usize = 40;
/// A time that does not exist under one order of day and month.
const NO_TIME: i64 = i64::MIN;
/// 1900-01-01 and 2100-01-01: times outside are pointed out.
const PLAUSIBLE_MS: std::ops::Range<i64> = -2_208_988_800_000..4_102_444_800_000;

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

/// The markets of a file with a column of symbols.
#[derive(Debug, Default)]
struct Symbols {
    names: Vec<(Vec<u8>, u64)>,
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
    values: [f64; 5],
    symbol: Option<&'a [u8]>,
}

/// Reads a file in chunks of any size.
#[derive(Debug)]
pub struct Importer {
    reading: Reading,
    budget: u64,
    total: Option<u64>,
    decoder: Decoder,
    text: Vec<u8>,
    line_end: u8,
    plan: Option<Plan>,
    dialect: Option<Dialect>,
    line: u64,
    fields: Fields,
    rows: RawRows,
    lines: Vec<u32>,
    /// Times of the rows under the other order of day and month; `NO_TIME` where there is none.
    other_ms: Vec<i64>,
    forms: Vec<Form>,
    example: Vec<u8>,
    symbols: Symbols,
    second_table: Option<u64>,
    implausible: Option<(u64, u64)>,
    diagnostics: Diagnostics,
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
            example: Vec::new(),
            symbols: Symbols::default(),
            second_table: None,
            implausible: None,
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

    /// Ends the file.
    pub fn finish(mut self) -> Result<Import, ImportError> {
        self.end_of_text()?;
        self.diagnostics.lines = self.line;
        self.settle_symbols()?;
        if self.rows.is_empty() {
            return Err(no_rows(&self.diagnostics));
        }
        self.settle_date_order()?;
        if self.plan.as_ref().is_some_and(|plan| plan.roles.is_close_time) {
            shift_close_times(&mut self.rows.time_ms);
        }
        self.last_notes();
        plan::sort(&mut self.diagnostics);
        Ok(Import { rows: self.rows, lines: self.lines, diagnostics: self.diagnostics })
    }

    fn end_of_text(&mut self) -> Result<(), ImportError> {
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
        let Some(plan) = self.plan.take() else { return Ok(()) };
        let mut times = TimeReader::new(plan.style);
        let quick_mark = if plan.decimal_comma { b',' } else { b'.' };
        let quick = plan.order_is_sure
            && !plan.slots.is_empty()
            && plan.dialect.delimiter != Delimiter::Space;
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if quick
                && self.line >= plan.skip_until
                && self.second_table.is_none()
                && let Some((row, bytes)) =
                    read_quickly(&plan, &mut times, rest, quick_mark, self.line_end)
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
        let plan = plan?;
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
            reads(plan, line, fields)
        }) {
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

    /// What a line is that is no candle, where that can be said.
    fn reason(&mut self, plan: &Plan, line: &[u8]) -> Option<String> {
        if line.starts_with(b"#") || line.starts_with(b"//") {
            return Some("comment".to_owned());
        }
        let cells = plan::folded_cells(line, plan.dialect);
        if plan.headers.contains(&cells) {
            return Some("repeated header".to_owned());
        }
        let mut fields = Fields::new();
        split(line, plan.dialect, &mut fields);
        if columns::header_score(line, &fields) >= 3 {
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
        let mut found = time::read(&time, plan.style);
        let mut other_ms = NO_TIME;
        if !plan.order_is_sure {
            let alternative = time::read(&time, plan::other(plan.style));
            other_ms = alternative.map_or(NO_TIME, |instant| instant.ms);
            if let (None, Some(instant)) = (found, alternative) {
                found = Some(Instant { ms: NO_TIME, ..instant });
            }
        }
        let Some(instant) = found else {
            let reason = self.reason(plan, line);
            self.diagnostics.reject(
                self.line,
                reason.as_deref().unwrap_or("the time cannot be read"),
                line,
            );
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
        if !plan.order_is_sure && self.example.is_empty() {
            self.example.clone_from(&time);
        }
        let symbol = plan.roles.symbol.map(|column| without_quotes(cell(column)));
        let symbol = symbol.as_deref();
        if self.is_other_symbol(symbol) {
            self.diagnostics.other_symbols += 1;
            return;
        }
        let mut values = [f64::NAN; 5];
        let columns = plan.roles.prices.into_iter().map(Some).chain([plan.roles.volume]);
        for (value, column) in values.iter_mut().zip(columns) {
            let Some(column) = column else { continue };
            match number::read(cell(column), plan.decimal_comma) {
                Cell::Number(number) => *value = number,
                Cell::Missing => self.diagnostics.missing_values += 1,
                Cell::Unreadable
                    if let Some(number) = under_quote(cell(column), plan.decimal_comma) =>
                {
                    *value = number;
                    self.diagnostics.repair(
                        self.line,
                        "a stray quote in a number was left out",
                        line,
                    );
                }
                Cell::Unreadable => {
                    let name = plan.names.get(column).map_or("", String::as_str);
                    self.diagnostics.unreadable(self.line, name, cell(column));
                }
            }
        }
        self.push_row(plan, &Row { instant, other_ms, values, symbol });
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
            self.new_form(row.instant.form);
        }
        if !PLAUSIBLE_MS.contains(&ms) && ms != NO_TIME {
            let (count, first) = self.implausible.unwrap_or((0, self.line));
            self.implausible = Some((count + 1, first));
        }
        if let Some(symbol) = row.symbol {
            self.symbols.count(symbol);
        }
        if !plan.order_is_sure {
            let other = row.other_ms;
            self.other_ms.push(if other == NO_TIME { NO_TIME } else { other - shift });
        }
        self.rows.push(ms, row.values);
        self.lines.push(self.line as u32);
    }

    /// The first row, or one whose time is written otherwise than the last one's.
    #[cold]
    fn new_form(&mut self, form: Form) {
        if let Some(at) = self.forms.iter().position(|known| *known == form) {
            self.forms.remove(at);
        } else if !self.forms.is_empty() {
            self.diagnostics.notes.push(format!(
                "from line {} on times are also written as {}; each row is read by itself",
                self.line,
                form.name()
            ));
        }
        self.forms.push(form);
    }

    /// A file of several markets is one market at a time.
    fn settle_symbols(&mut self) -> Result<(), ImportError> {
        let names = &mut self.symbols.names;
        let show = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        if let Some(wanted) = &self.reading.symbol {
            let by_name = self.diagnostics.finding("symbol").is_some();
            if self.rows.is_empty() && self.diagnostics.other_symbols > 0 {
                return Err(ImportError::new(
                    "No row is of this market",
                    format!(
                        "\"{}\" was chosen, and all {} candles are of others",
                        clip(wanted.as_bytes()),
                        grouped(self.diagnostics.other_symbols as usize)
                    ),
                    "Choose a market of the file, written as in the file",
                ));
            }
            if !by_name {
                let wanted = wanted.clone();
                self.diagnostics.found("symbol", wanted.clone(), wanted, "chosen", true);
            }
            return Ok(());
        }
        // Names that hardly repeat are no markets.
        if names.len() * 2 > self.rows.len() && names.len() > 1 {
            let note = "a column that could name the market has a different text in most rows, so it was not used";
            self.diagnostics.notes.push(note.to_owned());
            return Ok(());
        }
        names.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        match names.as_slice() {
            [] => Ok(()),
            [(name, _)] => {
                self.diagnostics.found(
                    "symbol",
                    show(name),
                    show(name),
                    "the only one in the file",
                    false,
                );
                Ok(())
            }
            several => {
                let choices = several
                    .iter()
                    .take(OFFERED)
                    .map(|(name, rows)| {
                        Choice::new(show(name), format!("{} candles", grouped(*rows as usize)))
                    })
                    .collect();
                let more = match several.len().saturating_sub(OFFERED) {
                    0 => String::new(),
                    more => format!(
                        " (the {OFFERED} largest are offered, {more} more can be chosen by name)"
                    ),
                };
                let text = format!(
                    "The file holds {} markets, and one of them is read at a time{more}",
                    several.len()
                );
                Err(ImportError::asks(Question::new("symbol", text, choices)))
            }
        }
    }

    /// Decides between day first and month first by the whole file, where the first lines could not.
    fn settle_date_order(&mut self) -> Result<(), ImportError> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let ends_with_year = self.forms.contains(&Form::YearLast);
        if plan.order_is_sure || !ends_with_year {
            return Ok(());
        }
        let missing = |times: &[i64]| times.iter().filter(|&&time| time == NO_TIME).count();
        let (here, there) = (missing(&self.rows.time_ms), missing(&self.other_ms));
        let (swap, reason) = if here == there {
            match (days_apart(&self.rows.time_ms), days_apart(&self.other_ms)) {
                // Candles of a few minutes that run on over midnight under one order only.
                (Some(a), Some(b)) if a * 10 < b => {
                    (false, "only so do the candles run on over midnight")
                }
                (Some(a), Some(b)) if b * 10 < a => {
                    (true, "only so do the candles run on over midnight")
                }
                _ => return Err(plan::ask_date_order(&self.example)),
            }
        } else {
            (there < here, "a number above 12 can only be a day")
        };
        let order = if swap { plan::other(plan.style).order } else { plan.style.order };
        if swap {
            std::mem::swap(&mut self.rows.time_ms, &mut self.other_ms);
        }
        self.diagnostics.found("date_order", order.key(), order.label(), reason, false);
        if here.min(there) > 0 {
            self.drop_rows_without_time();
        }
        Ok(())
    }

    fn drop_rows_without_time(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let lines = std::mem::take(&mut self.lines);
        for (row, line) in lines.into_iter().enumerate() {
            if rows.time_ms[row] == NO_TIME {
                let reason = "the date does not exist in the order of day and month of the others";
                let values = rows.values(row).map(|value| value.to_string()).join(" ");
                self.diagnostics.reject(u64::from(line), reason, values.as_bytes());
            } else {
                self.rows.push(rows.time_ms[row], rows.values(row));
                self.lines.push(line);
            }
        }
    }

    fn last_notes(&mut self) {
        if self.diagnostics.joined_lines > 0 {
            self.diagnostics.notes.push(format!(
                "{} line ends stand inside quoted fields and do not end a row",
                self.diagnostics.joined_lines
            ));
        }
        if let Some((count, first)) = self.implausible {
            self.diagnostics.notes.push(format!(
                "{} times lie before 1900 or after 2100, the first on line {first}: check the time column and its unit",
                grouped(count as usize)
            ));
        }
        if self.diagnostics.other_symbols > 0 {
            self.diagnostics.notes.push(format!(
                "{} candles of other markets were left out",
                grouped(self.diagnostics.other_symbols as usize)
            ));
        }
        let names: Vec<&str> = self.forms.iter().map(|form| form.name()).collect();
        self.diagnostics.time_format = names.join(" and ");
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
fn under_quote(text: &[u8], decimal_comma: bool) -> Option<f64> {
    if memchr::memchr_iter(b'"', text).count() != 1 {
        return None;
    }
    let rest: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'"').collect();
    match number::read(&rest, decimal_comma) {
        Cell::Number(value) => Some(value),
        _ => None,
    }
}

/// The cells of a row that make its time, as one text.
fn time_text<'a>(plan: &Plan, cell: &impl Fn(usize) -> &'a [u8]) -> Vec<u8> {
    let cells: Vec<&[u8]> =
        plan.roles.time.all().into_iter().map(|column| cell(column).trim_ascii()).collect();
    plan::joined(plan.roles.time, &cells)
}

/// True when fields make a candle: a time, and in every column that is used a number or nothing.
fn reads(plan: &Plan, line: &[u8], fields: &Fields) -> bool {
    let cell = |column: usize| fields.get(column).map_or(&[][..], |&range| field(line, range));
    let time = time_text(plan, &cell);
    let is_number =
        |column: usize| !matches!(number::read(cell(column), plan.decimal_comma), Cell::Unreadable);
    let has_time = time::read(&time, plan.style).is_some()
        || (!plan.order_is_sure && time::read(&time, plan::other(plan.style)).is_some());
    has_time && plan.roles.prices.into_iter().chain(plan.roles.volume).all(is_number)
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
) -> Option<(Row<'a>, usize)> {
    let delimiter = plan.dialect.delimiter.byte();
    let quote = plan.dialect.quote.unwrap_or(delimiter);
    let mut values = [f64::NAN; 5];
    let (mut instant, mut symbol) = (None, None);
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
            SLOT_TIME => instant = Some(times.read(text)?),
            SLOT_SYMBOL => symbol = Some(text.trim_ascii()),
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
    Some((Row { instant, other_ms: NO_TIME, values, symbol }, at + end + 1))
}

/// Sum of the steps in days between neighbours that are more than a day apart, in sorted order; `None` for candles of a day
/// or more, which say nothing about midnight.
fn days_apart(times: &[i64]) -> Option<i64> {
    let mut sorted: Vec<i64> = times.iter().copied().filter(|&time| time != NO_TIME).collect();
    sorted.sort_unstable();
    let (step, _) = modal_step(&sorted)?;
    let first_day = sorted.first()?.div_euclid(crate::domain::DAY_MS);
    let last_day = sorted.last()?.div_euclid(crate::domain::DAY_MS);
    (step < crate::domain::DAY_MS && last_day > first_day).then(|| {
        let gaps = sorted
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .filter(|gap| *gap > 4 * crate::domain::DAY_MS);
        1 + gaps.map(|gap| gap / crate::domain::DAY_MS).sum::<i64>()
    })
}

/// Close times become open times: one timeframe earlier, and to the full millisecond where the vendor counts to 999.
fn shift_close_times(times: &mut [i64]) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let Some((step, _)) = modal_step(&sorted) else { return };
    for time in times {
        // Vendors count to 23:59:59.999 or to 23:59:59.
        let short = match (time.rem_euclid(1_000), time.rem_euclid(60_000)) {
            (999, _) => 1,
            (_, 59_000) => 1_000,
            _ => 0,
        };
        *time -= step - short;
    }
}

fn no_rows(diagnostics: &Diagnostics) -> ImportError {
    let first = diagnostics.rejected_lines.first();
    ImportError::new(
        "No row could be read",
        first.map_or_else(
            || "the file has no data lines".to_owned(),
            |bad| format!("line {}: {} ({})", bad.line, bad.reason, bad.text),
        ),
        "Check the time column and the delimiter",
    )
}

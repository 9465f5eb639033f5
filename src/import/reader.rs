//! The streaming reader: chunks in, rows and diagnostics out. Any split of the bytes gives the same result.

use super::SAMPLE_BYTES;
use super::columns::{self, Roles, Sample};
use super::decode::{Decoder, refuse_binary};
use super::diagnostics::{ColumnUse, Diagnostics, ImportError};
use super::dialect::{self, DELIMITERS, Fields, field, split};
use super::number::{self, Cell};
use super::time::{self, DateOrder, Form, Instant};
use crate::domain::{RawRows, modal_step};

/// Bytes of the longest line that is read.
const LONGEST_LINE: usize = 2_000_000;
/// Columns of the widest table that is read.
const MOST_COLUMNS: usize = 4_096;
/// A time that does not exist under one order of day and month.
const NO_TIME: i64 = i64::MIN;
const PRICE_NAMES: [&str; 4] = ["open", "high", "low", "close"];

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

/// How lines become rows; made from the sample.
#[derive(Debug)]
struct Plan {
    delimiter: u8,
    decimal_comma: bool,
    order: DateOrder,
    /// False when the sample does not prove the order: then both are kept and the whole file decides.
    order_is_sure: bool,
    roles: Roles,
    width: usize,
    header: Vec<u8>,
    names: Vec<String>,
}

/// Reads a file in chunks of any size.
#[derive(Debug, Default)]
pub struct Importer {
    decoder: Decoder,
    text: Vec<u8>,
    line_end: Option<u8>,
    plan: Option<Plan>,
    skip_until: u64,
    line: u64,
    fields: Fields,
    rows: RawRows,
    lines: Vec<u32>,
    /// Times of the rows under the other order of day and month; `NO_TIME` where there is none.
    other_ms: Vec<i64>,
    form: Option<Form>,
    zoned: bool,
    diagnostics: Diagnostics,
}

impl Importer {
    /// Takes the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ImportError> {
        self.diagnostics.bytes += chunk.len() as u64;
        let mut text = std::mem::take(&mut self.text);
        self.decoder.push(chunk, false, &mut text);
        self.text = text;
        if self.plan.is_none() && self.text.len() < SAMPLE_BYTES {
            return Ok(());
        }
        self.advance(false)
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<Import, ImportError> {
        let mut text = std::mem::take(&mut self.text);
        self.decoder.push(&[], true, &mut text);
        self.text = text;
        self.advance(true)?;
        self.diagnostics.encoding = self.decoder.name().to_owned();
        self.diagnostics.lines = self.line;
        if self.rows.is_empty() {
            return Err(no_rows(&self.diagnostics));
        }
        self.settle_date_order();
        if self.plan.as_ref().is_some_and(|plan| plan.roles.is_close_time) {
            shift_close_times(&mut self.rows.time_ms);
        }
        self.diagnostics.time_format = self.form.map_or("", Form::name).to_owned();
        self.diagnostics.time_zone = match (self.form, self.zoned) {
            (Some(Form::Seconds | Form::Millis | Form::Micros | Form::Nanos), _) => {
                "UTC, by definition of Unix time"
            }
            (_, true) => "as written in the file",
            (_, false) => "none in the file: taken as UTC",
        }
        .to_owned();
        Ok(Import { rows: self.rows, lines: self.lines, diagnostics: self.diagnostics })
    }

    /// Reads all complete lines; with `last` the incomplete one too.
    fn advance(&mut self, last: bool) -> Result<(), ImportError> {
        let text = std::mem::take(&mut self.text);
        if self.plan.is_none() {
            self.make_plan(&text, last)?;
        }
        let end = self.line_end.unwrap_or(b'\n');
        let mut at = 0;
        for newline in memchr::memchr_iter(end, &text) {
            self.check_length(newline - at)?;
            self.read_line(&text[at..newline]);
            at = newline + 1;
        }
        self.check_length(text.len() - at)?;
        if last {
            if at < text.len() {
                self.read_line(&text[at..]);
            }
        } else {
            self.text = text;
            self.text.drain(..at);
        }
        Ok(())
    }

    /// Refuses a line that no candle could need, before it fills the memory.
    fn check_length(&self, bytes: usize) -> Result<(), ImportError> {
        if bytes <= LONGEST_LINE {
            return Ok(());
        }
        Err(ImportError::new(
            "A line is too long",
            format!("line {} has more than {LONGEST_LINE} bytes", self.line + 1),
            "Check that the file is a table with one candle a line",
        ))
    }

    fn make_plan(&mut self, text: &[u8], last: bool) -> Result<(), ImportError> {
        if text.trim_ascii().is_empty() {
            return Err(ImportError::new(
                "The file is empty",
                "there is nothing in it but white space".to_owned(),
                "Choose another file, or export the candles again",
            ));
        }
        // Always the same bytes, however the file was cut into chunks.
        let sample = &text[..text.len().min(SAMPLE_BYTES)];
        refuse_binary(sample)?;
        let line_end = if memchr::memchr(b'\n', sample).is_some() { b'\n' } else { b'\r' };
        self.line_end = Some(line_end);
        let whole = if last && text.len() < SAMPLE_BYTES {
            sample
        } else {
            &sample[..memchr::memrchr(line_end, sample).unwrap_or(sample.len())]
        };
        let lines: Vec<(u64, &[u8])> = whole
            .split(|&byte| byte == line_end)
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .enumerate()
            .filter(|(_, line)| !line.trim_ascii().is_empty())
            .map(|(i, line)| (i as u64 + 1, line))
            .collect();
        let plan = self.plan_of(&lines)?;
        self.plan = Some(plan);
        Ok(())
    }

    fn plan_of(&mut self, lines: &[(u64, &[u8])]) -> Result<Plan, ImportError> {
        let delimiter = dialect::delimiter(lines).ok_or_else(|| no_candles(lines))?;
        let mut fields = Fields::new();
        let mut data = Vec::new();
        let mut header: Option<(usize, u64, &[u8])> = None;
        let mut before_data: Option<(u64, &[u8])> = None;
        for &(number, line) in lines {
            split(line, delimiter, &mut fields);
            if fields.len() > MOST_COLUMNS {
                return Err(ImportError::new(
                    "Too many columns",
                    format!(
                        "line {number} has {} columns, the limit is {MOST_COLUMNS}",
                        fields.len()
                    ),
                    "Check the delimiter of the file",
                ));
            }
            if dialect::looks_like_data(line, &fields) {
                data.push((number, line));
            } else if data.is_empty() {
                before_data = Some((number, line));
                let score = columns::header_score(line, &fields);
                if score >= 2 && header.is_none_or(|(best, _, _)| score > best) {
                    header = Some((score, number, line));
                }
            }
        }
        let sample = Sample::new(&data, delimiter);
        split(data[0].1, delimiter, &mut fields);
        let width = fields.len();
        let names: Vec<Vec<u8>> = match header {
            Some((_, number, line)) => {
                self.diagnostics.header_line = Some(number);
                self.skip_until = number;
                split(line, delimiter, &mut fields);
                let mut names: Vec<Vec<u8>> =
                    fields.iter().map(|&range| field(line, range).to_vec()).collect();
                self.fit_header(&mut names, &sample, width);
                names
            }
            None => (1..=width).map(|number| format!("column {number}").into_bytes()).collect(),
        };
        let roles = match header {
            Some(_) => columns::from_header(&names, &sample)?,
            None => columns::from_values(&sample)?,
        };
        let unknown_header = before_data.filter(|_| header.is_none()).map(|(number, line)| {
            format!(
                "line {number} was not understood as a header, so the columns were found by their values: {}",
                super::diagnostics::clip(line)
            )
        });
        let (order, order_is_sure) = columns::date_order(&sample, roles.time);
        self.diagnostics.notes.extend(roles.notes.clone());
        self.diagnostics.notes.extend(sample.mark_note.clone());
        if let Some(note) = unknown_header {
            self.diagnostics.notes.push(note);
        }
        if roles.volume.is_none() {
            self.diagnostics
                .notes
                .push("no volume column: checks on volume do not apply".to_owned());
        }
        self.diagnostics.delimiter = DELIMITERS
            .iter()
            .find(|(byte, _)| *byte == delimiter)
            .map_or("", |(_, name)| name)
            .to_owned();
        let decimal_comma = sample.decimal_comma();
        self.diagnostics.decimal_mark = if decimal_comma { "," } else { "." }.to_owned();
        let names: Vec<String> = names
            .iter()
            .map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned())
            .collect();
        self.diagnostics.columns = column_uses(&names, &roles);
        let needed = roles.prices.iter().chain(roles.volume.iter()).chain(roles.clock.iter());
        let width = needed.copied().max().unwrap_or(0).max(roles.time) + 1;
        let header = header.map(|(_, _, line)| line.to_vec()).unwrap_or_default();
        Ok(Plan { delimiter, decimal_comma, order, order_is_sure, roles, width, header, names })
    }

    /// A header that is one name short belongs to rows that start with a number of their own (R, spreadsheets).
    fn fit_header(&mut self, names: &mut Vec<Vec<u8>>, sample: &Sample<'_>, width: usize) {
        if names.len() == width {
            return;
        }
        let note =
            format!("the header has {} names, but the rows have {width} columns", names.len());
        let last_is_empty = sample.column(width - 1).all(|text| text.trim_ascii().is_empty());
        if names.len() + 1 == width && !last_is_empty {
            names.insert(0, b"row name".to_vec());
            self.diagnostics.notes.push(format!("{note}; the first column was taken as row names"));
        } else if !last_is_empty {
            self.diagnostics.notes.push(note);
        }
    }

    /// Decides between day first and month first by the whole file, where the sample could not.
    fn settle_date_order(&mut self) {
        let Some(plan) = &self.plan else { return };
        if plan.order_is_sure || self.form != Some(Form::YearLast) {
            return;
        }
        let other_order = other(plan.order);
        let missing = |times: &[i64]| times.iter().filter(|&&time| time == NO_TIME).count();
        let (here, there) = (missing(&self.rows.time_ms), missing(&self.other_ms));
        let regular = |times: &[i64]| {
            let mut sorted = times.to_vec();
            sorted.sort_unstable();
            modal_step(&sorted).map_or(0, |(_, count)| count)
        };
        let swap = there < here
            || (there == here && regular(&self.other_ms) > regular(&self.rows.time_ms));
        let order = if swap { other_order } else { plan.order };
        if swap {
            std::mem::swap(&mut self.rows.time_ms, &mut self.other_ms);
        }
        if here == there {
            let words = match order {
                DateOrder::DayFirst => "day first",
                DateOrder::MonthFirst => "month first",
            };
            self.diagnostics.notes.push(format!(
                "no date in the file has a number above 12, so day and month could be swapped; taken as {words}"
            ));
        }
        if here.min(there) > 0 {
            self.drop_rows_without_time();
        }
    }

    fn drop_rows_without_time(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let lines = std::mem::take(&mut self.lines);
        for (row, line) in lines.into_iter().enumerate() {
            if rows.time_ms[row] == NO_TIME {
                let reason = "the date does not exist in the order of day and month of the others";
                self.diagnostics.reject(u64::from(line), reason, b"");
            } else {
                self.rows.push(rows.time_ms[row], rows.values(row));
                self.lines.push(line);
            }
        }
    }

    fn read_line(&mut self, line: &[u8]) {
        self.line += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            self.diagnostics.blank_lines += 1;
            return;
        }
        if self.line <= self.skip_until {
            if self.line < self.skip_until {
                self.diagnostics.reject(self.line, "before the header", line);
            }
            return;
        }
        let Some(plan) = &self.plan else { return };
        split(line, plan.delimiter, &mut self.fields);
        // A missing last column is a missing value; anything shorter is no candle.
        let volume_only = plan.roles.volume == Some(plan.width - 1);
        if self.fields.len() < plan.width - usize::from(volume_only) {
            let reason = format!("{} columns where {} are needed", self.fields.len(), plan.width);
            self.diagnostics.reject(self.line, &reason, line);
            return;
        }
        let cell =
            |column: usize| self.fields.get(column).map_or(&[][..], |&range| field(line, range));
        let instant_in = |order| match plan.roles.clock {
            None => time::read(cell(plan.roles.time), order),
            Some(clock) => {
                let mut both = cell(plan.roles.time).trim_ascii().to_vec();
                both.push(b' ');
                both.extend_from_slice(cell(clock).trim_ascii());
                time::read(&both, order)
            }
        };
        let mut instant = instant_in(plan.order);
        if !plan.order_is_sure {
            let alternative = instant_in(other(plan.order));
            if let Some(known) = instant.or(alternative) {
                self.other_ms.push(alternative.map_or(NO_TIME, |instant| instant.ms));
                instant =
                    Some(Instant { ms: instant.map_or(NO_TIME, |instant| instant.ms), ..known });
            }
        }
        let Some(instant) = instant else {
            let reason = if line == plan.header {
                "repeated header"
            } else if line.starts_with(b"#") {
                "comment"
            } else {
                "the time cannot be read"
            };
            self.diagnostics.reject(self.line, reason, line);
            return;
        };
        let mut values = [f64::NAN; 5];
        let [open, high, low, close] = plan.roles.prices;
        for (value, column) in values.iter_mut().zip([
            Some(open),
            Some(high),
            Some(low),
            Some(close),
            plan.roles.volume,
        ]) {
            let Some(column) = column else { continue };
            match number::read(cell(column), plan.decimal_comma) {
                Cell::Number(number) => *value = number,
                Cell::Missing => self.diagnostics.missing_values += 1,
                Cell::Unreadable => {
                    let name = plan.names.get(column).map_or("", String::as_str);
                    self.diagnostics.unreadable(self.line, name, cell(column));
                }
            }
        }
        if self.form.is_none() {
            self.form = Some(instant.form);
            self.zoned = instant.zoned;
        }
        self.rows.push(instant.ms, values);
        self.lines.push(self.line as u32);
    }
}

const fn other(order: DateOrder) -> DateOrder {
    match order {
        DateOrder::DayFirst => DateOrder::MonthFirst,
        DateOrder::MonthFirst => DateOrder::DayFirst,
    }
}

fn column_uses(names: &[String], roles: &Roles) -> Vec<ColumnUse> {
    names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let role = if i == roles.time {
                if roles.is_close_time { "close time" } else { "time" }
            } else if roles.clock == Some(i) {
                "time of day"
            } else if roles.volume == Some(i) {
                "volume"
            } else {
                roles.prices.iter().position(|&p| p == i).map_or("", |at| PRICE_NAMES[at])
            };
            ColumnUse { name: name.clone(), role: role.to_owned() }
        })
        .collect()
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

fn no_candles(lines: &[(u64, &[u8])]) -> ImportError {
    let mut fields = Fields::new();
    for &(number, line) in lines.iter().take(20) {
        for (delimiter, _) in DELIMITERS {
            split(line, delimiter, &mut fields);
            if columns::header_score(line, &fields) >= 3 {
                let rows = lines.iter().filter(|(n, _)| *n > number).count();
                if rows == 0 {
                    return ImportError::new(
                        "The file has a header but no rows",
                        format!("line {number} is the header, and nothing follows it"),
                        "Export the candles again with a longer period",
                    );
                }
                let (first, text) =
                    lines.iter().find(|(n, _)| *n > number).copied().unwrap_or((0, b""));
                return ImportError::new(
                    "No row could be read as a candle",
                    format!("line {first} is: {}", super::diagnostics::clip(text)),
                    "A row needs a time and open, high, low and close",
                );
            }
        }
    }
    let (number, text) = lines.first().copied().unwrap_or((0, b""));
    ImportError::new(
        "This is no candle file",
        format!(
            "no line holds a time and four prices under any delimiter; line {number} is: {}",
            super::diagnostics::clip(text)
        ),
        "Drop a CSV export with one candle a line: time, open, high, low, close, volume",
    )
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

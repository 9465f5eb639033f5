//! The first rows of a file, split: what can be said of a column by its values.

use super::columns::TimeColumns;
use super::dialect::{Dialect, Fields, field, is_number, is_time, split};
use super::number::{self, Cell, MarkVote};
use super::reading::{DateOrder, DecimalMark, Delimiter, Reading, TimeUnit};
use super::time::{self, TimeStyle};
use crate::domain::sort_numbers;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of the sample that are looked at.
pub(super) const LOOKED_AT: usize = 800;
/// Numbers that settle the decimal mark; where others contradict them later, the file says from which line on.
const FIRST_VOTES: usize = 40;
/// Sample rows, split.
pub(super) struct Sample<'a> {
    rows: Vec<(&'a [u8], Fields)>,
    /// Line of each row.
    lines: Vec<u64>,
    /// How numbers are written.
    pub decimal: DecimalMark,
    /// Why.
    pub decimal_reason: String,
    /// Nothing decides between decimal mark and mark of thousands.
    pub decimal_is_open: bool,
    /// How times are written.
    pub style: TimeStyle,
}

impl<'a> Sample<'a> {
    pub(super) fn new(lines: &[(u64, &'a [u8])], dialect: Dialect, reading: &Reading) -> Self {
        let mut rows = Vec::with_capacity(lines.len().min(LOOKED_AT));
        // Lines of another width are damaged, and say nothing about the columns.
        let width = usual_width(lines, dialect);
        let (mut comma, mut dot, mut unclear) = (0, 0, 0);
        let mut fractions = Fractions::default();
        let mut first_votes = 0;
        let mut numbers = Vec::with_capacity(lines.len().min(LOOKED_AT));
        for (number, line) in lines.iter().take(LOOKED_AT) {
            let mut fields = Fields::new();
            split(line, dialect, &mut fields);
            if fields.len() != width {
                continue;
            }
            for &range in &fields {
                let text = field(line, range);
                fractions.see(text);
                if memchr::memchr2(b',', b'.', text).is_some() && is_number(text) && !is_time(text)
                {
                    match number::mark_vote(text) {
                        MarkVote::DecimalComma if first_votes < FIRST_VOTES || dot == 0 => {
                            comma += 1;
                            first_votes += 1;
                        }
                        MarkVote::DecimalDot if first_votes < FIRST_VOTES || comma == 0 => {
                            dot += 1;
                            first_votes += 1;
                        }
                        MarkVote::Unclear => unclear += 1,
                        MarkVote::DecimalComma | MarkVote::DecimalDot | MarkVote::Silent => {}
                    }
                }
            }
            rows.push((*line, fields));
            numbers.push(*number);
        }
        let guess =
            if comma + dot == 0 { dialect.delimiter != Delimiter::Comma } else { comma > dot };
        let decimal_reason = match (comma + dot, unclear) {
            (0, 0) => "no number has a mark".to_owned(),
            (0, _) => {
                format!("{unclear} numbers have a comma before three digits, which may be either")
            }
            _ if comma > dot => {
                format!("{comma} numbers can only have a decimal comma, {dot} a dot")
            }
            _ => format!(
                "{dot} numbers have a decimal dot or a comma for thousands, {comma} a decimal comma"
            ),
        };
        let no_mark = comma + dot + unclear == 0;
        let mark = if guess && !no_mark { DecimalMark::Comma } else { DecimalMark::Dot };
        let (mark, decimal_reason) = match fractions.mark() {
            Some(fraction) => {
                let count = fractions.fits;
                (fraction, format!("{count} prices can be whole numbers with {}", fraction.key()))
            }
            None => (mark, decimal_reason),
        };
        let is_open = comma + dot == 0 && unclear > 0 && fractions.mark().is_none();
        Self {
            rows,
            lines: numbers,
            decimal: reading.decimal.unwrap_or(mark),
            decimal_reason,
            decimal_is_open: reading.decimal.is_none() && is_open,
            style: TimeStyle {
                order: reading.date_order.unwrap_or(DateOrder::MonthFirst),
                unit: reading.time_unit,
            },
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Line number of a row.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&'a [u8]> {
        let (line, fields) = &self.rows[row];
        fields.get(column).map(|&range| field(line, range))
    }

    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.rows.len()).filter_map(move |row| self.cell(row, column))
    }

    /// Share of the rows whose cell passes.
    pub(super) fn share(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> f64 {
        let passed = self.column(column).filter(|text| test(text)).count();
        passed as f64 / self.rows.len().max(1) as f64
    }

    pub(super) fn number(&self, row: usize, column: usize) -> f64 {
        match self.cell(row, column).map(|text| number::read(text, self.decimal)) {
            Some(Cell::Number(value)) => value,
            _ => f64::NAN,
        }
    }

    pub(super) fn is_time(&self, text: &[u8]) -> bool {
        match self.style.unit {
            Some(_) => time::read(text, self.style).is_some(),
            None => is_time(text),
        }
    }

    /// A column of times: dates, or Unix times that run in one direction. A traded amount above 10⁸ could be one, too,
    /// but does not run.
    pub(super) fn is_time_column(&self, column: usize) -> bool {
        if self.share(column, |text| self.is_time(text)) <= 0.9 {
            return false;
        }
        if self.style.unit.is_none() && self.share(column, time::is_epoch) <= 0.9 {
            return true;
        }
        let times: Vec<i64> = self
            .column(column)
            .filter_map(|text| time::read(text, self.style).map(|instant| instant.ms))
            .collect();
        runs(&times)
    }

    /// True when the rows of the sample run newest first.
    pub(super) fn newest_first(&self, columns: TimeColumns) -> bool {
        let times = self.times(columns);
        let mut times = times.iter().flatten();
        matches!((times.next(), times.last()), (Some(first), Some(last)) if last < first)
    }

    /// How the times of a column are read: the order of day and month, and what its numbers count.
    pub(super) fn style_of(&self, column: usize) -> TimeStyle {
        let order = match self.style.order {
            DateOrder::Swapped => DateOrder::Swapped,
            _ => self.date_order(column).0,
        };
        let excel = || self.is_excel(column).then_some(TimeUnit::Excel);
        TimeStyle { order, unit: self.style.unit.or_else(|| self.unix_unit(column)).or_else(excel) }
    }

    /// The times of the rows, UTC milliseconds where no zone is said.
    pub(super) fn times(&self, columns: TimeColumns) -> Vec<Option<i64>> {
        let style = match columns {
            TimeColumns::One(column) => self.style_of(column),
            _ => TimeStyle { order: self.date_order(columns.all()[0]).0, unit: None },
        };
        let width = self.clock_width_of(columns);
        let (mut style, mut last) = (style, None);
        (0..self.len())
            .map(|row| {
                let cells: Vec<&[u8]> = columns
                    .all()
                    .into_iter()
                    .map(|column| self.cell(row, column).unwrap_or_default().trim_ascii())
                    .collect();
                let text = joined(columns, &cells, width);
                let mut found = time::read(&text, style)?;
                if style.unit.is_some()
                    && time::is_far(found.ms, last)
                    && let Some((unit, instant)) =
                        last.and_then(|last| time::rejoin(&text, style, last))
                {
                    (style.unit, found) = (Some(unit), instant);
                }
                last = Some(found.ms);
                last
            })
            .collect()
    }

    /// The unit of a column of Unix times: the largest under which every time lies between 1900 and 2100, or, where the
    /// numbers are too small to tell, the one under which their steps are full minutes.
    pub(super) fn unix_unit(&self, column: usize) -> Option<TimeUnit> {
        let epochs = self.share(column, time::is_epoch);
        let numbers: Vec<i64> = self
            .column(column)
            .filter_map(|text| std::str::from_utf8(text.trim_ascii()).ok()?.parse::<f64>().ok())
            .filter(|value| value.is_finite() && value.abs() < 9e18)
            .map(|value| value as i64)
            .collect();
        if numbers.len() * 10 < self.len() * 9 {
            return None;
        }
        if epochs <= 0.5 {
            let is_whole = self.share(column, |text| !text.contains(&b'.')) > 0.9;
            let is_small = numbers.iter().all(|value| value.abs() < 100_000_000_000);
            let dates = self.share(column, is_time);
            let starts_small = numbers.iter().any(|value| value.abs() < 100_000_000);
            return (is_whole && is_small && starts_small && dates < 0.5 && runs(&numbers))
                .then(|| super::timing::unit_by_step(&numbers))
                .flatten();
        }
        // Numbers whose size leaves one unit each: the first one's, whatever gap lies before those in another one.
        let sized = numbers.iter().filter(|value| time::sized(**value).is_some()).count();
        if sized * 10 >= numbers.len() * 9 {
            return numbers.iter().find_map(|value| time::sized(*value));
        }
        // Rows that lie in the range and do not leap away from the one before; another unit may join on the way.
        let good = |unit: TimeUnit| {
            let mut style = TimeStyle { unit: Some(unit), ..self.style };
            let mut last = None;
            let mut good = 0_usize;
            for text in self.column(column) {
                let Some(mut found) = time::read(text, style) else { continue };
                if time::is_far(found.ms, last)
                    && let Some((unit, joined)) =
                        last.and_then(|last| time::rejoin(text, style, last))
                {
                    (style.unit, found) = (Some(unit), joined);
                }
                let fits = time::PLAUSIBLE_MS.contains(&found.ms);
                good += usize::from(fits && !time::is_far(found.ms, last));
                last = Some(found.ms);
            }
            good
        };
        // Of equal ones the largest: fewer digits are read as more.
        time::UNIX
            .into_iter()
            .map(|unit| (good(unit), unit))
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, unit)| unit)
    }

    /// Digits of a time of day without colons: 4 for hhmm, 6 for hhmmss, whose leading zeros may be missing; 0 for others.
    pub(super) fn clock_width(&self, column: usize) -> usize {
        let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
        let longest = self
            .column(column)
            .map(<[u8]>::trim_ascii)
            .filter(|text| !text.is_empty() && digits(text))
            .map(<[u8]>::len)
            .max()
            .unwrap_or(0);
        match longest {
            3 | 4 => 4,
            5 | 6 => 6,
            _ => 0,
        }
    }

    /// As [`clock_width`](Self::clock_width), of the column that holds the time of day.
    pub(super) fn clock_width_of(&self, columns: TimeColumns) -> usize {
        match columns {
            TimeColumns::DateAndClock(_, clock) | TimeColumns::Parts(_, Some(clock)) => {
                self.clock_width(clock)
            }
            _ => 0,
        }
    }

    /// True for a column of times of day.
    pub(super) fn is_clock_column(&self, column: usize) -> bool {
        let width = self.clock_width(column);
        self.share(column, |text| is_clock(&padded(text.trim_ascii(), width))) > 0.9
    }

    /// True for a column of numbers; some may be missing.
    pub(super) fn is_numeric(&self, column: usize) -> bool {
        self.share(column, |text| is_number(text) || text.trim_ascii().is_empty()) > 0.5
            && self.share(column, is_number) > 0.0
    }

    /// The median of the absolute values of a column; 0 without any.
    pub(super) fn typical(&self, column: usize) -> f64 {
        let mut values: Vec<f64> = (0..self.len())
            .map(|row| self.number(row, column).abs())
            .filter(|value| value.is_finite())
            .collect();
        sort_numbers(&mut values);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    }

    /// True when the numbers of a column mostly lie near those of the candles: another price, and no amount.
    pub(super) fn is_price_like(&self, column: usize, [_, high, low, _]: [usize; 4]) -> bool {
        let (mut near, mut rows) = (0, 0);
        for row in 0..self.len() {
            let [value, high, low] = [column, high, low].map(|column| self.number(row, column));
            if value.is_finite() && low > 0.0 && high >= low {
                rows += 1;
                near += usize::from((low * 0.98..=high * 1.02).contains(&value));
            }
        }
        rows > 3 && near * 10 >= rows * 9
    }

    /// True for a column whose cells name zones or offsets.
    pub(super) fn names_zones(&self, column: usize) -> bool {
        let is_zone = |text: &[u8]| {
            std::str::from_utf8(text).is_ok_and(|text| super::zones::of_text(text).is_some())
        };
        self.share(column, is_zone) > 0.9
    }

    pub(super) fn width(&self) -> usize {
        self.rows.iter().map(|(_, fields)| fields.len()).max().unwrap_or(0)
    }

    /// The order of day and month in a time column, and whether the sample proves it.
    pub(super) fn date_order(&self, column: usize) -> (DateOrder, bool) {
        let (mut day_first, mut month_first, mut any) = (false, false, None);
        for text in self.column(column) {
            if let Some((first, second, mark)) = time::leading_numbers(text) {
                day_first |= first > 12;
                month_first |= second > 12;
                any = Some(mark);
            }
        }
        match (any, day_first, month_first) {
            (None, _, _) | (_, false, true) => (DateOrder::MonthFirst, true),
            (_, true, false) => (DateOrder::DayFirst, true),
            (Some(b'.'), _, _) => (DateOrder::DayFirst, false),
            _ => (DateOrder::MonthFirst, false),
        }
    }

    /// The unit of the numbers in a column of time that is no Unix time: spreadsheet days.
    pub(super) fn is_excel(&self, column: usize) -> bool {
        let days: Vec<f64> = (0..self.rows.len()).map(|row| self.number(row, column)).collect();
        let fits = days.iter().filter(|days| (10_000.0..110_000.0).contains(*days)).count();
        let thousandths: Vec<i64> = days.iter().map(|days| (days * 1e6) as i64).collect();
        fits > 0 && fits * 10 >= days.len() * 9 && runs(&thousandths)
    }
}

/// Cells that may be prices in 32nds or 64ths.
#[derive(Default)]
struct Fractions {
    fits: usize,
    others: usize,
    largest: u32,
    seen: BTreeSet<Vec<u8>>,
}

impl Fractions {
    /// Different cells from which chance is no explanation: the last digits of thousands fit a fraction once in eight.
    const FEWEST: usize = 6;

    fn see(&mut self, text: &[u8]) {
        let text = text.trim_ascii();
        let Some(at) = text.iter().position(|byte| matches!(byte, b'\'' | b'-')) else { return };
        if at == 0 || !text[..at].iter().all(u8::is_ascii_digit) || is_time(text) {
            return;
        }
        match number::fraction(text) {
            Some(fraction) => {
                self.fits += 1;
                self.largest = self.largest.max(fraction.units);
                if self.seen.len() < Self::FEWEST {
                    self.seen.insert(text.to_vec());
                }
            }
            None => self.others += 1,
        }
    }

    fn mark(&self) -> Option<DecimalMark> {
        let is_sure = self.seen.len() >= Self::FEWEST && self.others * 50 <= self.fits;
        let mark =
            if self.largest < 32 { DecimalMark::Thirtyseconds } else { DecimalMark::Sixtyfourths };
        is_sure.then_some(mark)
    }
}

/// The number of fields that most lines have.
pub(super) fn usual_width(lines: &[(u64, &[u8])], dialect: Dialect) -> usize {
    let mut counts = BTreeMap::<usize, usize>::new();
    let mut fields = Fields::new();
    for (_, line) in lines.iter().take(LOOKED_AT) {
        split(line, dialect, &mut fields);
        *counts.entry(fields.len()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(_, count)| count).map_or(0, |(width, _)| width)
}

/// True when values run in one direction; repeated ones say nothing about it.
fn runs(values: &[i64]) -> bool {
    let ups = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let downs = values.windows(2).filter(|pair| pair[1] < pair[0]).count();
    ups + downs == 0 || ups.max(downs) * 10 >= (ups + downs) * 9
}

/// A time of day with the leading zeros that it lost.
pub(super) fn padded(text: &[u8], width: usize) -> Cow<'_, [u8]> {
    let is_short = (1..width).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    if !is_short {
        return Cow::Borrowed(text);
    }
    let mut out = vec![b'0'; width - text.len()];
    out.extend_from_slice(text);
    Cow::Owned(out)
}

/// The text of a time that stands in several columns.
pub(super) fn joined(columns: TimeColumns, cells: &[&[u8]], clock_width: usize) -> Vec<u8> {
    match (columns, cells) {
        (TimeColumns::Parts(..), [date @ .., clock]) if cells.len() == 4 => {
            [&date.join(&b'-')[..], &padded(clock, clock_width)].join(&b' ')
        }
        (TimeColumns::Parts(..), date) => date.join(&b'-'),
        (TimeColumns::DateAndClock(..), [date, clock]) => {
            [*date, &padded(clock, clock_width)].join(&b' ')
        }
        (_, cells) => cells.join(&b' '),
    }
}

/// A time of day such as `14:00:00` or `000000`.
pub(super) fn is_clock(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    if text.contains(&b':') {
        let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
        return digits >= 3 && text.len() <= 15 && !is_time(text);
    }
    let part = |at: usize| (text[at] - b'0') * 10 + text[at + 1] - b'0';
    matches!(text.len(), 4 | 6)
        && text.iter().all(u8::is_ascii_digit)
        && part(0) < 24
        && (2..text.len()).step_by(2).all(|at| part(at) < 60)
}

/// True when the times of a column are dates without a time of day, so that another column may hold it.
pub(super) fn is_date_only(sample: &Sample<'_>, column: usize) -> bool {
    let has_clock = |text: &[u8]| text.contains(&b':') || text.trim_ascii().len() > 18;
    sample.share(column, has_clock) < 0.5
        && sample.share(column, |text| {
            let text = text.trim_ascii();
            text.len() >= 12 && text.iter().all(u8::is_ascii_digit)
        }) < 0.5
        && sample.share(column, time::is_epoch) < 0.5
}

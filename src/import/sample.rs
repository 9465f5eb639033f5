//! The first rows of a file, split: what can be said of a column by its values.

use super::dialect::{Dialect, Fields, field, is_number, is_time, split};
use super::number::{self, Cell, MarkVote};
use super::reading::{DateOrder, Delimiter, Reading};
use super::time::{self, TimeStyle};
use std::collections::BTreeMap;

/// Rows of the sample that are looked at.
pub(super) const LOOKED_AT: usize = 800;
/// Sample rows, split.
pub(super) struct Sample<'a> {
    rows: Vec<(&'a [u8], Fields)>,
    /// How numbers are written.
    pub decimal_comma: bool,
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
        for (_, line) in lines.iter().take(LOOKED_AT) {
            let mut fields = Fields::new();
            split(line, dialect, &mut fields);
            if fields.len() != width {
                continue;
            }
            for &range in &fields {
                let text = field(line, range);
                if memchr::memchr2(b',', b'.', text).is_some() && is_number(text) && !is_time(text)
                {
                    match number::mark_vote(text) {
                        MarkVote::DecimalComma => comma += 1,
                        MarkVote::DecimalDot => dot += 1,
                        MarkVote::Unclear => unclear += 1,
                        MarkVote::Silent => {}
                    }
                }
            }
            rows.push((*line, fields));
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
        let chosen = reading.decimal.map(|mark| mark == super::DecimalMark::Comma);
        let no_mark = comma + dot + unclear == 0;
        Self {
            rows,
            decimal_comma: chosen.unwrap_or(guess && !no_mark),
            decimal_reason,
            decimal_is_open: chosen.is_none() && comma + dot == 0 && unclear > 0,
            style: TimeStyle {
                order: reading.date_order.unwrap_or(DateOrder::MonthFirst),
                unit: reading.time_unit,
            },
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.rows.len()
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
        match self.cell(row, column).map(|text| number::read(text, self.decimal_comma)) {
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
    pub(super) fn newest_first(&self, column: usize) -> bool {
        let style = TimeStyle { order: self.date_order(column).0, ..self.style };
        let mut times = self.column(column).filter_map(|text| time::read(text, style));
        matches!((times.next(), times.last()), (Some(first), Some(last)) if last.ms < first.ms)
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

/// The number of fields that most lines have.
fn usual_width(lines: &[(u64, &[u8])], dialect: Dialect) -> usize {
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
    sample.share(column, |text| text.trim_ascii().len() > 12) < 0.5
        && sample.share(column, time::is_epoch) < 0.5
}

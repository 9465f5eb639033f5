//! What only the whole file can decide: the market, the order of day and month, and whether what the first lines promised has
//! held to the end.

use super::diagnostics::{Choice, Diagnostics, ImportError, Question, clip};
use super::plan;
use super::reader::{Import, Importer, NO_TIME, OFFERED};
use super::reading::{DateOrder, DecimalMark};
use super::time::Form;
use super::volume::one_of_two;
use crate::domain::{Civil, format_time, gather, grouped, modal_step};

/// Rows from which a pattern is none of chance.
const FEWEST: usize = 3;

impl Importer {
    /// Ends the file.
    pub fn finish(mut self) -> Result<Import, ImportError> {
        self.end_of_text()?;
        self.diagnostics.lines = self.line;
        self.settle_symbols()?;
        self.settle_venues();
        if self.rows.is_empty() {
            self.settle_date_order()?;
            return Err(no_rows(&self.diagnostics));
        }
        self.settle_date_order()?;
        self.ask_about_swapped_dates()?;
        self.ask_about_marks()?;
        self.ask_about_volumes()?;
        self.refuse_rounded_times()?;
        self.drop_second_market();
        if self.plan.as_ref().is_some_and(|plan| plan.roles.is_close_time) {
            shift_close_times(&mut self.rows.time_ms);
        }
        self.last_notes();
        plan::sort(&mut self.diagnostics);
        Ok(Import { rows: self.rows, lines: self.lines, diagnostics: self.diagnostics })
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
                let unoffered = several.len().saturating_sub(OFFERED);
                let more = match unoffered {
                    0 => String::new(),
                    more => format!(
                        " (the {OFFERED} largest are offered, {more} more can be chosen by name)"
                    ),
                };
                let text = format!(
                    "The file holds {} markets, and one of them is read at a time{more}",
                    several.len()
                );
                let question = Question::new("symbol", text, choices);
                Err(ImportError::asks(Question { more: unoffered, ..question }))
            }
        }
    }

    /// A venue that stands in every row is the market's; several are said, since their rows are of several markets.
    fn settle_venues(&mut self) {
        let show = |name: &[u8]| clip(name);
        match self.venues.names.as_slice() {
            [] => {}
            [(name, _)] => self.diagnostics.venue = Some(show(name)),
            [(first, _), (second, _), ..] => {
                let column = self.plan.as_ref().and_then(|plan| plan.roles.venue);
                let note = format!(
                    "the rows name {} venues, such as {} and {}, and all of them were read; columns={}:symbol reads one of them",
                    grouped(self.venues.names.len()),
                    show(first),
                    show(second),
                    column.map_or(1, |column| column + 1)
                );
                self.diagnostics.notes.push(note);
            }
        }
    }

    /// Decides between day first and month first by the whole file, where the first lines could not. Dates of both orders
    /// are asked about: no half of them is thrown away.
    fn settle_date_order(&mut self) -> Result<(), ImportError> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let watch = &self.watch;
        if plan.order_is_sure {
            let Some(other) = &watch.other_order.first else { return Ok(()) };
            let own =
                plan.order_proof.clone().unwrap_or_else(|| (plan.skip_until + 1, String::new()));
            let mut lost = [watch.other_order.count, self.rows.len() as u64];
            if plan.style.order == DateOrder::MonthFirst {
                lost.swap(0, 1);
            }
            return Err(plan::ask_contradiction(&own, other, lost));
        }
        if !self.forms.contains(&Form::YearLast) {
            return Ok(());
        }
        if let (Some(own), Some(other)) = (&watch.own_order.first, &watch.other_order.first) {
            let mut lost = [watch.other_order.count, watch.own_order.count];
            if plan.style.order == DateOrder::MonthFirst {
                lost.swap(0, 1);
            }
            return Err(plan::ask_contradiction(own, other, lost));
        }
        let (swap, reason) = if watch.own_order.count == watch.other_order.count {
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
            (watch.other_order.count > 0, "a number above 12 can only be a day")
        };
        let order = if swap { plan::other(plan.style).order } else { plan.style.order };
        if swap {
            std::mem::swap(&mut self.rows.time_ms, &mut self.other_ms);
        }
        self.diagnostics.found("date_order", order.key(), order.label(), reason, false);
        Ok(())
    }

    /// A spreadsheet that read `03/01/2022` as 1 March and left `13/01/2022` alone: all days of the one form are at most 12,
    /// all of the other above.
    fn ask_about_swapped_dates(&self) -> Result<(), ImportError> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let has = |form| self.forms.contains(&form);
        if self.reading.date_order.is_some() || !(has(Form::YearFirst) && has(Form::YearLast)) {
            return Ok(());
        }
        let (mut small, mut large) = (0_usize, 0_usize);
        let mut example: Option<i64> = None;
        let ends = self.form_changes.iter().skip(1).map(|(row, _)| *row as usize);
        for (&(start, form), end) in self.form_changes.iter().zip(ends.chain([self.rows.len()])) {
            for &time in &self.rows.time_ms[start as usize..end] {
                let is_large = Civil::from_ms(time + plan.zone_ms).day > 12;
                match (form, is_large) {
                    (Form::YearFirst, false) => {
                        small += 1;
                        // One that shows the difference: 2024-01-01 swapped is itself.
                        let local = time + plan.zone_ms;
                        let tells = |ms: i64| {
                            let civil = Civil::from_ms(ms);
                            civil.day != civil.month
                        };
                        if example.is_none_or(|shown| !tells(shown) && tells(local)) {
                            example = Some(local);
                        }
                    }
                    (Form::YearLast, true) => large += 1,
                    (Form::YearFirst | Form::YearLast, _) => return Ok(()),
                    _ => {}
                }
            }
        }
        match example {
            Some(example) if small >= FEWEST && large >= FEWEST => {
                Err(plan::ask_swapped(example, plan.style.order))
            }
            _ => Ok(()),
        }
    }

    /// Numbers that only the other decimal mark makes readable: the file changes it on the way.
    fn ask_about_marks(&self) -> Result<(), ImportError> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let Some((line, text)) = &self.watch.other_mark.first else { return Ok(()) };
        if self.reading.decimal.is_some() || self.watch.other_mark.count < FEWEST as u64 {
            return Ok(());
        }
        let text = format!(
            "The decimal mark changes: the first lines are written with a {}, but from line {line} on {} numbers such as {text} \
             can only be read the other way",
            plan.decimal.key(),
            grouped(self.watch.other_mark.count as usize),
        );
        let choices = [
            plan.decimal,
            if plan.decimal == DecimalMark::Comma { DecimalMark::Dot } else { DecimalMark::Comma },
        ]
        .map(|mark| {
            Choice::new(
                mark.key(),
                format!("{}; what does not fit is a missing value", mark.label()),
            )
        });
        Err(ImportError::asks(Question::new("decimal", text, choices.to_vec())))
    }

    /// Two volumes that change places on the way.
    fn ask_about_volumes(&self) -> Result<(), ImportError> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let (Some(volume), Some(quote)) = (plan.roles.volume, plan.quote_volume) else {
            return Ok(());
        };
        let watch = &self.watch.volumes;
        if watch.swapped == 0 {
            return Ok(());
        }
        let name = |column: usize| plan.names.get(column).cloned().unwrap_or_default();
        let text = format!(
            "Which column is the volume changes on the way: in the first lines \"{}\" divided by \"{}\" is a price of the candle, but from \
             line {} on, in {} rows, it is the other way round",
            name(quote),
            name(volume),
            watch.first_line,
            grouped(watch.swapped as usize)
        );
        let (first, second) = (name(volume), name(quote));
        let choices = one_of_two([(volume, &first), (quote, &second)]);
        Err(ImportError::asks(Question::new("columns", text, choices)))
    }

    /// Times that a spreadsheet or R has shortened, where rows cannot be told apart any more.
    fn refuse_rounded_times(&self) -> Result<(), ImportError> {
        let Some((line, text)) = &self.watch.rounded.first else { return Ok(()) };
        let mut sorted = self.rows.time_ms.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let step = modal_step(&sorted);
        let regular = step.is_some_and(|(_, count)| count * 10 >= (sorted.len() - 1) * 9);
        if sorted.len() == self.rows.len() && regular {
            return Ok(());
        }
        Err(ImportError::new(
            "The times were rounded by a spreadsheet",
            format!(
                "from line {line} on they have lost digits ({text}): {} rows share {} times",
                grouped(self.rows.len()),
                grouped(sorted.len())
            ),
            "Open the original export, not the file that a spreadsheet or R has saved; or say which other column holds the time",
        )
        .typed("columns=2:time"))
    }

    /// The header once more, and behind it the same times with other values: a second market in one file.
    fn drop_second_market(&mut self) {
        let Some((line, start)) = self.repeated_header else { return };
        let (before, behind) = self.rows.time_ms.split_at(start.min(self.rows.len()));
        let known: std::collections::BTreeMap<i64, usize> =
            gather(before.iter().enumerate().map(|(row, time)| (*time, row)));
        let differs = |row: usize, time: &i64| {
            known.get(time).is_some_and(|&first| self.rows.values(first) != self.rows.values(row))
        };
        let conflicts =
            behind.iter().enumerate().filter(|(at, time)| differs(start + at, time)).count();
        if conflicts < FEWEST || conflicts * 2 < behind.len() {
            return;
        }
        let reason =
            format!("belongs to another table with the same columns, whose header is line {line}");
        for row in start..self.rows.len() {
            let text =
                format!("{} {:?}", format_time(self.rows.time_ms[row]), self.rows.values(row));
            self.diagnostics.reject(u64::from(self.lines[row]), &reason, text.as_bytes());
        }
        self.rows.truncate(start);
        self.lines.truncate(start);
        self.diagnostics.notes.push(format!(
            "another table with the same columns and times starts at line {line}, as of a second market; only the first one was read"
        ));
    }

    fn last_notes(&mut self) {
        if self.diagnostics.joined_lines > 0 {
            self.diagnostics.notes.push(format!(
                "{} line ends stand inside quoted fields and do not end a row",
                self.diagnostics.joined_lines
            ));
        }
        if let Some((line, text)) = &self.watch.other_unit.first {
            self.diagnostics.notes.push(format!(
                "{} times fit no unit together with the others and were rejected, the first on line {line} ({text})",
                grouped(self.watch.other_unit.count as usize)
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
    .typed("columns=1:time")
}

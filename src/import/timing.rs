//! Which columns tell the time of a row. Of several the one whose times are all different, regular and round wins: a period
//! starts at a full minute, a trade inside it does not. Of two that differ by a constant the earlier one is the start.

use super::columns::{Name, TimeColumns};
use super::reading::TimeUnit;
use super::sample::{Sample, is_date_only};
use super::words;
use crate::domain::{DAY_MS, HOUR_MS, MINUTE_MS, modal_step, sort_short};

/// Share by which the best column has to be better than another one to settle it.
const CLEAR: f64 = 0.05;
/// Share of the rows in which two columns have to differ by the same time.
const CONSTANT: f64 = 0.95;
/// Steps of the offsets of time zones.
const ZONE_STEP_MS: i64 = 15 * MINUTE_MS;

/// Columns that could tell the time.
struct Candidate {
    columns: TimeColumns,
    /// Place among the names of times; the smallest is the plainest name.
    rank: usize,
    /// The name says that it is the end of the period.
    is_close: bool,
    /// Counted since 1970, or named UTC: no zone has to be guessed.
    is_utc: bool,
    /// The name tells a zone.
    names_zone: bool,
    times: Vec<Option<i64>>,
    /// Rows with a time, and different times.
    read: usize,
    distinct: usize,
    /// Shares: steps of the commonest length, full minutes, full seconds.
    regular: f64,
    minutes: f64,
    seconds: f64,
    step: i64,
}

/// The columns that were chosen, and what else could have been.
pub(super) struct Timing {
    pub columns: TimeColumns,
    pub is_close: bool,
    pub notes: Vec<String>,
}

impl Candidate {
    fn of(sample: &Sample<'_>, columns: TimeColumns, rank: usize) -> Self {
        let times = sample.times(columns);
        let mut sorted: Vec<i64> = times.iter().flatten().copied().collect();
        let read = sorted.len();
        let share = |every: i64| {
            let full = sorted.iter().filter(|time| time.rem_euclid(every) == 0).count();
            full as f64 / read.max(1) as f64
        };
        let (minutes, seconds) = (share(MINUTE_MS), share(1_000));
        sorted.sort_unstable();
        sorted.dedup();
        let distinct = sorted.len();
        let (step, steps) = modal_step(&sorted).unwrap_or((0, 0));
        let regular =
            if distinct > 2 { steps as f64 / (distinct - 1) as f64 } else { f64::from(read > 0) };
        let is_utc =
            matches!(columns, TimeColumns::One(column) if sample.unix_unit(column).is_some());
        Self {
            columns,
            rank,
            is_close: false,
            is_utc,
            names_zone: is_utc,
            times,
            read,
            distinct,
            regular,
            minutes,
            seconds,
            step,
        }
    }

    fn named(mut self, names: &[Name]) -> Self {
        let name = &names[self.columns.all()[0]];
        self.is_close = name.rank(words::CLOSE_TIME).is_some()
            || (name.rank(words::TIME).is_none() && name.has_word(words::END_WORDS));
        let zone = name.zone();
        self.is_utc |= zone == Some(super::zones::Named::Offset(0));
        self.names_zone |= zone.is_some();
        self
    }

    /// Time of this one ahead of another one, where that is the same in nearly every row.
    fn ahead_of(&self, other: &Self) -> Option<i64> {
        let mut differences: Vec<i64> =
            self.times.iter().zip(&other.times).filter_map(|(a, b)| Some((*a)? - (*b)?)).collect();
        differences.sort_unstable();
        let middle = *differences.get(differences.len() / 2)?;
        let same = differences.iter().filter(|difference| **difference == middle).count();
        (same as f64 >= CONSTANT * differences.len() as f64).then_some(middle)
    }
}

/// The time among the columns of a header; `taken` are columns that hold something else.
pub(super) fn by_names(names: &[Name], sample: &Sample<'_>, taken: &[usize]) -> Option<Timing> {
    let free = |column: &usize| !taken.contains(column);
    let mut candidates = Vec::new();
    let clocks: Vec<usize> = (0..names.len())
        .filter(free)
        .filter(|&column| {
            (names[column].rank(words::CLOCK).is_some()
                || names[column].has_word(words::CLOCK_WORDS))
                && sample.is_clock_column(column)
        })
        .collect();
    let width = names.len().min(sample.width().max(names.len()));
    for column in (0..width).filter(free) {
        let name = &names[column];
        let share = sample.share(column, |text| sample.is_time(text));
        let known = name
            .rank(words::TIME)
            .or_else(|| (column == 0 && name.is_empty()).then_some(words::TIME.len()))
            .or_else(|| name.rank(words::CLOSE_TIME).map(|rank| rank + 2 * words::TIME.len()));
        let by_word = name.has_word(words::TIME_WORDS).then_some(3 * words::TIME.len());
        let is_days = || {
            sample.style.unit.is_none()
                && !name.is_empty()
                && sample.is_excel(column)
                && !sample.is_clock_column(column)
        };
        let rank = match known.or(by_word) {
            Some(rank) if share > 0.5 || sample.unix_unit(column).is_some() || is_days() => rank,
            None if sample.is_time_column(column)
                && share > 0.9
                && name.rank(words::VOLUME).is_none()
                && name.beside(words::VOLUME).is_none() =>
            {
                4 * words::TIME.len() + column
            }
            _ => continue,
        };
        if is_date_only(sample, column) {
            for &clock in clocks.iter().filter(|&&clock| clock != column) {
                let both = TimeColumns::DateAndClock(column, clock);
                candidates.push(Candidate::of(sample, both, rank).named(names));
            }
        }
        candidates.push(Candidate::of(sample, TimeColumns::One(column), rank).named(names));
    }
    let first = |list: &[&str]| {
        let ranked = (0..names.len()).filter(free);
        ranked.filter_map(|column| Some((names[column].rank(list)?, column))).min()
    };
    let date: Vec<usize> =
        words::DATE_PARTS.iter().filter_map(|list| Some(first(list)?.1)).collect();
    if let [year, month, day] = date[..] {
        let clock = clocks.iter().copied().find(|clock| !date.contains(clock));
        let parts = TimeColumns::Parts([year, month, day], clock);
        candidates.push(Candidate::of(sample, parts, words::TIME.len()));
    }
    let shown = |columns: TimeColumns| {
        let columns = columns.all();
        let names: Vec<String> = columns
            .iter()
            .map(|&column| format!("{} (\"{}\")", column + 1, names[column].shown))
            .collect();
        names.join(" and ")
    };
    choose(candidates, shown)
}

/// The time among columns without names.
pub(super) fn by_values(sample: &Sample<'_>) -> Option<Timing> {
    let width = sample.width();
    let is_time = |column: usize| sample.share(column, |text| sample.is_time(text)) > 0.9;
    let mut columns: Vec<usize> =
        (0..width).filter(|&column| sample.is_time_column(column)).collect();
    if columns.is_empty() {
        // Shuffled rows run in no direction: then the first column that reads as times.
        columns = (0..width).filter(|&column| is_time(column)).take(1).collect();
    }
    let mut candidates = Vec::new();
    for column in columns {
        let clock = column + 1;
        if is_date_only(sample, column) && clock < width && sample.is_clock_column(clock) {
            let both = TimeColumns::DateAndClock(column, clock);
            candidates.push(Candidate::of(sample, both, column));
        }
        candidates.push(Candidate::of(sample, TimeColumns::One(column), column));
    }
    let shown = |columns: TimeColumns| {
        let columns: Vec<String> =
            columns.all().iter().map(|column| (column + 1).to_string()).collect();
        columns.join(" and ")
    };
    choose(candidates, shown)
}

fn choose(mut candidates: Vec<Candidate>, shown: impl Fn(TimeColumns) -> String) -> Option<Timing> {
    candidates.retain(|candidate| candidate.read > 0);
    sort_short(&mut candidates, |a, b| a.rank < b.rank);
    let mut left_out: Vec<(Candidate, &str)> = Vec::new();
    let mut keep = |candidates: &mut Vec<Candidate>, value: &dyn Fn(&Candidate) -> f64, why| {
        let best = candidates.iter().map(value).fold(0.0, f64::max);
        let (stay, go): (Vec<Candidate>, Vec<Candidate>) = std::mem::take(candidates)
            .into_iter()
            .partition(|candidate| value(candidate) >= best - CLEAR);
        *candidates = stay;
        left_out.extend(go.into_iter().map(|candidate| (candidate, why)));
    };
    let rows = candidates.iter().map(|candidate| candidate.times.len()).max()?.max(1) as f64;
    keep(&mut candidates, &|c| c.read as f64 / rows, "cannot be read in some rows");
    keep(&mut candidates, &|c| c.distinct as f64 / rows, "repeat");
    keep(&mut candidates, &|c| c.regular, "leap");
    keep(&mut candidates, &|c| c.seconds, "are no full seconds");
    keep(&mut candidates, &|c| c.minutes, "are no full minutes");
    let mut notes = Vec::new();
    let mut rest = candidates.into_iter();
    let mut best = rest.next()?;
    for other in rest {
        let takes = match best.ahead_of(&other) {
            Some(0) | None => {
                // The same times: better counted since 1970 than in a zone that has to be assumed.
                best.ahead_of(&other) == Some(0) && other.is_utc && !best.is_utc
            }
            Some(ahead) => {
                let is_zone = ahead % ZONE_STEP_MS == 0
                    && ahead.abs() <= 14 * HOUR_MS
                    && (ahead.abs() != best.step || (best.names_zone && other.names_zone))
                    && best.is_utc != other.is_utc;
                if is_zone { other.is_utc } else { ahead > 0 }
            }
        };
        if takes {
            best = other;
        }
    }
    let chosen = best.columns.all();
    for (candidate, why) in left_out {
        // A date beside its own clock, and the end of a period, are no rivals.
        let is_part = candidate.columns.all().iter().any(|column| chosen.contains(column));
        let is_end = candidate.is_close || best.ahead_of(&candidate).is_some_and(|by| by < 0);
        if !is_part && !is_end {
            notes.push(format!(
                "column {} also holds times, but they {why}; column {} tells the time",
                shown(candidate.columns),
                shown(best.columns)
            ));
        }
    }
    Some(Timing { columns: best.columns, is_close: best.is_close, notes })
}

/// The unit that whole numbers near 1970 count, by the step between them: the largest of which every step is a full minute.
pub(super) fn unit_by_step(values: &[i64]) -> Option<TimeUnit> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let (step, count) = modal_step(&sorted)?;
    if sorted.len() < 3 || count * 10 < (sorted.len() - 1) * 6 {
        return None;
    }
    [
        (TimeUnit::Nanos, 1_000_000_000),
        (TimeUnit::Micros, 1_000_000),
        (TimeUnit::Millis, 1_000),
        (TimeUnit::Seconds, 1),
    ]
    .into_iter()
    .find(|(_, second)| step % (60 * second) == 0 && step / second <= 366 * DAY_MS / 1_000)
    .map(|(unit, _)| unit)
}

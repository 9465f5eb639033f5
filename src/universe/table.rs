//! The market table: every market with what is wrong with it, the worst first. METHOD-DATA §1.

use super::join::{Joined, Key, of_calendar};
use crate::domain::{Undefined, sort_short};
use crate::quality::Report;
use crate::quality::checks::Verdict;

/// `valid_pct` below which the source called the data the issue, percent.
pub const SOURCE_LIMIT: f64 = 70.0;

/// A market of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Symbol, venue, timeframe.
    pub key: Key,
    /// Its files, in the joined order.
    pub files: Vec<String>,
    /// Candles.
    pub rows: usize,
    /// First and last time, ms; `None` without a row.
    pub times_ms: Option<(i64, i64)>,
    /// What was found. Without volume its shares of volume do not apply.
    pub report: Report,
}

impl Row {
    /// Judges a market.
    pub fn of(joined: Joined) -> Self {
        let Joined { mut key, files, market } = joined;
        // Two files of one row each have a timeframe together.
        key.timeframe_ms = key.timeframe_ms.or(market.timeframe_ms).map(of_calendar);
        let times = &market.candles.time_ms;
        let mut report = Report::of(&market);
        if !market.has_volume {
            let reason = || Err(Undefined::because("not applicable: no volume"));
            (report.source.valid_pct, report.source.avg_volume) = (reason(), reason());
        }
        let times_ms = times.first().copied().zip(times.last().copied());
        Self { key, files, rows: times.len(), times_ms, report }
    }

    fn valid_pct(&self) -> Option<f64> {
        self.report.source.valid_pct.as_ref().ok().copied()
    }
}

/// The markets and what the source would have decided about them.
#[derive(Clone, Debug)]
pub struct Table {
    /// Ascending `valid_pct`, undefined ones last; then by symbol, venue, timeframe.
    pub rows: Vec<Row>,
    /// Markets with a `valid_pct` below 70, and those that have one.
    pub below_70: (usize, usize),
}

impl Table {
    /// Sorts and counts.
    pub fn new(mut rows: Vec<Row>) -> Self {
        sort_short(&mut rows, |a, b| {
            let (x, y) = (a.valid_pct(), b.valid_pct());
            let by_share = x.unwrap_or(f64::INFINITY).total_cmp(&y.unwrap_or(f64::INFINITY));
            by_share.then_with(|| a.key.in_words().cmp(&b.key.in_words())).is_lt()
        });
        let known = || rows.iter().filter_map(Row::valid_pct);
        let below = known().filter(|share| *share < SOURCE_LIMIT).count();
        let below_70 = (below, known().count());
        Self { rows, below_70 }
    }

    /// The source's decision: more than half of the markets that have a `valid_pct` lie below 70.
    pub const fn data_is_primary_issue(&self) -> bool {
        2 * self.below_70.0 > self.below_70.1
    }

    /// Markets at a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.report.judgement.verdict == verdict).count()
    }
}

//! The source document's own cleaners, faithful to the letter, decided on rows in file order. METHOD §4.

use super::clean::{Action, Ledger};
use super::cleaning::Cleaning;
use super::market::{Market, is_broken, sort_by_time};
use crate::domain::sort_numbers;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names of the four checks, in the order in which they are joined.
pub const CHECK_NAMES: [&str; 4] = ["valid_ohlc", "has_volume", "has_range", "no_gaps"];

/// Option A's absolute smallest range, in price.
const FILTER_RANGE: f64 = 0.0001;

/// How the source's cleaner judged a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceScore {
    /// Volume that a row must exceed.
    pub volume_threshold: f64,
    /// Largest time step that is no gap, ms. Negative on files that run newest first: every row fails.
    pub gap_limit_ms: f64,
    /// Rows failing each check, in the order of [`CHECK_NAMES`].
    pub failed_checks: [usize; 4],
    /// Rows with score 0.00, 0.25, 0.50, 0.75 and 1.00.
    pub rows_by_score: [usize; 5],
    /// Rows kept, before rows of one time are reduced to one.
    pub kept_rows: usize,
    /// Kept rows that cannot be.
    pub kept_broken: usize,
    /// Kept rows without volume.
    pub kept_zero_volume: usize,
    /// Kept rows without range.
    pub kept_flat: usize,
    /// The same file read backwards.
    pub opposite: OppositeOrder,
}

/// What the source's cleaner makes of the same file in the opposite order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OppositeOrder {
    /// Rows kept.
    pub kept_rows: usize,
    /// Rows kept in one order and not in the other.
    pub rows_decided_differently: usize,
    /// Largest time step that is no gap, ms.
    pub gap_limit_ms: f64,
    /// Rows failing each check.
    pub failed_checks: [usize; 4],
}

pub(super) fn prices_are_positive(values: &[f64; 5]) -> bool {
    values[..4].iter().all(|price| *price > 0.0 && price.is_finite())
}

/// high ≥ low, open, close; low ≤ open, close. A missing price fails.
fn ohlc_is_consistent([open, high, low, close, _]: [f64; 5]) -> bool {
    high >= low && high >= open && high >= close && low <= open && low <= close
}

/// The four checks of every file row as bits: bit c is set when check c fails.
struct Checked {
    gap_limit_ms: f64,
    failed: Vec<u8>,
}

fn check_rows(market: &Market, volume_threshold: f64, backwards: bool) -> Checked {
    let raw = &market.raw;
    let n = raw.len();
    let at = |i: usize| if backwards { n - 1 - i } else { i };
    let gap_limit_ms =
        if n > 1 { 1.5 * (raw.time_ms[at(1)] - raw.time_ms[at(0)]) as f64 } else { 0.0 };
    let mut failed = vec![0; n];
    for i in 0..n {
        let row = at(i);
        let values = raw.values(row);
        let passes = [
            ohlc_is_consistent(values),
            values[4] > volume_threshold,
            values[1] - values[2] > values[3] * 1e-5,
            i == 0 || (raw.time_ms[row] - raw.time_ms[at(i - 1)]) as f64 <= gap_limit_ms,
        ];
        failed[row] =
            passes.iter().enumerate().map(|(check, passed)| u8::from(!passed) << check).sum();
    }
    Checked { gap_limit_ms, failed }
}

impl Checked {
    fn score(&self, row: usize) -> f64 {
        f64::from(4 - self.failed[row].count_ones()) / 4.0
    }

    fn counts(&self) -> [usize; 4] {
        [0, 1, 2, 3].map(|check| self.failed.iter().filter(|&&f| f >> check & 1 == 1).count())
    }
}

/// The cleaner module: keeps rows whose share of passed checks reaches the threshold.
pub(super) fn score(
    market: &Market,
    cleaning: &Cleaning,
    ledger: &mut Ledger,
) -> (SourceScore, Vec<f64>) {
    let raw = &market.raw;
    let mut volumes: Vec<f64> = raw.volume.iter().copied().filter(|v| !v.is_nan()).collect();
    sort_numbers(&mut volumes);
    let volume_threshold = if volumes.is_empty() {
        0.0
    } else {
        crate::metrics::quantile(&volumes, cleaning.min_volume_percentile / 100.0)
    };
    let forward = check_rows(market, volume_threshold, false);
    let backward = check_rows(market, volume_threshold, true);
    let keeps = |checked: &Checked, row: usize| checked.score(row) >= cleaning.threshold;

    let mut rules = BTreeMap::<String, Vec<u32>>::new();
    let mut rows_by_score = [0; 5];
    for row in 0..raw.len() {
        rows_by_score[4 - forward.failed[row].count_ones() as usize] += 1;
        if !keeps(&forward, row) {
            let names: Vec<&str> = (0..4)
                .filter(|check| forward.failed[row] >> check & 1 == 1)
                .map(|check| CHECK_NAMES[check])
                .collect();
            rules.entry(names.join("+")).or_default().push(row as u32);
        }
    }
    for (rule, rows) in rules {
        ledger.rule(&rule, Action::Removed, rows);
    }
    let kept = || (0..raw.len()).filter(|&row| keeps(&forward, row));
    let summary = SourceScore {
        volume_threshold,
        gap_limit_ms: forward.gap_limit_ms,
        failed_checks: forward.counts(),
        rows_by_score,
        kept_rows: kept().count(),
        kept_broken: kept().filter(|&row| is_broken(raw.values(row), market.has_volume)).count(),
        kept_zero_volume: kept().filter(|&row| raw.volume[row] == 0.0).count(),
        kept_flat: kept().filter(|&row| raw.high[row] == raw.low[row]).count(),
        opposite: OppositeOrder {
            kept_rows: (0..raw.len()).filter(|&row| keeps(&backward, row)).count(),
            rows_decided_differently: (0..raw.len())
                .filter(|&row| keeps(&forward, row) != keeps(&backward, row))
                .count(),
            gap_limit_ms: backward.gap_limit_ms,
            failed_checks: backward.counts(),
        },
    };
    let scores = (0..raw.len()).map(|row| forward.score(row)).collect();
    (summary, scores)
}

/// Option A: volume > 0, range > 0.0001, consistent prices.
pub(super) fn filter(market: &Market, ledger: &mut Ledger) {
    let raw = &market.raw;
    let rows = |wanted: &dyn Fn(usize) -> bool| -> Vec<u32> {
        (0..raw.len()).filter(|&row| wanted(row)).map(|row| row as u32).collect()
    };
    ledger.rule("zero_volume", Action::Removed, rows(&|row| not_positive(raw.volume[row])));
    ledger.rule(
        "no_range",
        Action::Removed,
        rows(&|row| {
            let range = raw.high[row] - raw.low[row];
            range.is_nan() || range <= FILTER_RANGE
        }),
    );
    ledger.rule("ohlc", Action::Removed, rows(&|row| !ohlc_is_consistent(raw.values(row))));
}

/// Option C: marks rows without volume as synthetic and drops them in the end.
pub(super) fn fill(market: &Market, ledger: &mut Ledger) {
    let volume = &market.raw.volume;
    let synthetic = (0..volume.len()).filter(|&row| not_positive(volume[row]));
    ledger.rule("synthetic", Action::Removed, synthetic.map(|row| row as u32));
}

/// A missing volume counts as not positive.
fn not_positive(volume: f64) -> bool {
    volume.is_nan() || volume <= 0.0
}

/// Sorts the kept rows, keeps the first of equal times and sets rows without positive prices aside; the clock rows.
pub(super) fn finish(market: &Market, ledger: &mut Ledger) -> Vec<u32> {
    let raw = &market.raw;
    let mut rows: Vec<u32> = (0..raw.len() as u32).filter(|&row| ledger.is_left(row)).collect();
    sort_by_time(raw, &mut rows);
    let later: Vec<u32> = rows
        .windows(2)
        .filter(|pair| raw.time_ms[pair[0] as usize] == raw.time_ms[pair[1] as usize])
        .map(|pair| pair[1])
        .collect();
    ledger.rule("same_time", Action::Removed, later);
    rows.retain(|&row| ledger.is_left(row));
    let unpriced: Vec<u32> = rows
        .iter()
        .copied()
        .filter(|&row| !prices_are_positive(&raw.values(row as usize)))
        .collect();
    ledger.rule("price_not_positive", Action::Masked, unpriced);
    rows
}

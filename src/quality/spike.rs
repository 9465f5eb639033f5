//! Bad ticks: an excursion beyond both neighbours that reverts at once. METHOD §2.

use super::market::{Market, is_broken};
use crate::domain::{RawRows, RowFlags};

/// Non-flat unbroken rows before a row that make its scale.
const WINDOW: usize = 500;
/// Fewest rows for which the scale is defined.
const FEWEST: usize = 10;
/// Makes the MAD of a normal sample its standard deviation (Rousseeuw and Croux 1993).
const MAD_TO_SD: f64 = 1.4826;
/// Standard deviations beyond the median.
const DEVIATIONS: f64 = 10.0;

pub(super) fn flag_spikes(market: &mut Market) {
    let candles = &market.candles;
    let unbroken: Vec<usize> =
        (0..candles.len()).filter(|&i| !market.flags[i].has(RowFlags::BROKEN)).collect();
    let mut ranges: Vec<f64> = Vec::with_capacity(unbroken.len());
    let mut scratch = Vec::with_capacity(WINDOW);
    let mut spikes = Vec::new();
    let (high, low, close) = (&candles.high, &candles.low, &candles.close);
    for (k, &i) in unbroken.iter().enumerate() {
        if k > 0 && k + 1 < unbroken.len() && ranges.len() >= FEWEST {
            let (prev, next) = (unbroken[k - 1], unbroken[k + 1]);
            let (above, below) = beyond(candles, prev, i, next);
            let excursion = above.max(below);
            let window = &ranges[ranges.len().saturating_sub(WINDOW)..];
            if excursion > 0.0 && exceeds_median(window, excursion) {
                let limit = scale(window, &mut scratch);
                let margin = limit * close[prev];
                if excursion > limit
                    && close[next] >= low[prev] - margin
                    && close[next] <= high[prev] + margin
                {
                    spikes.push(i);
                }
            }
        }
        if high[i] != low[i] {
            ranges.push((high[i] - low[i]) / close[i]);
        }
    }
    for row in spikes {
        market.flags[row].add(RowFlags::SPIKE);
    }
}

/// How far a row goes above and below both of its neighbours, over the close before.
fn beyond(rows: &RawRows, prev: usize, row: usize, next: usize) -> (f64, f64) {
    let above = rows.high[row] - rows.high[prev].max(rows.high[next]);
    let below = rows.low[prev].min(rows.low[next]) - rows.low[row];
    (above / rows.close[prev], below / rows.close[prev])
}

/// How far a row goes above and below both of its unbroken neighbours, as shares of the close before; `None` at the ends.
pub fn excursions(rows: &RawRows, row: usize, has_volume: bool) -> Option<(f64, f64)> {
    let is_sound = |row: &usize| !is_broken(rows.values(*row), has_volume);
    let prev = (0..row).rfind(is_sound)?;
    let next = (row + 1..rows.len()).find(is_sound)?;
    Some(beyond(rows, prev, row, next))
}

/// Cheap and exact first test: the limit is never below the median, so at least half of the window must lie at or
/// below the excursion.
fn exceeds_median(window: &[f64], excursion: f64) -> bool {
    let below = window.iter().map(|&range| usize::from(range <= excursion)).sum::<usize>();
    2 * below >= window.len()
}

/// Median + 10 · 1.4826 · MAD.
fn scale(window: &[f64], scratch: &mut Vec<f64>) -> f64 {
    scratch.clear();
    scratch.extend_from_slice(window);
    let middle = median(scratch);
    for value in scratch.iter_mut() {
        *value = (*value - middle).abs();
    }
    middle + DEVIATIONS * MAD_TO_SD * median(scratch)
}

/// The median of finite values; the mean of the two middle ones where their number is even.
fn median(values: &mut [f64]) -> f64 {
    let (half, odd) = (values.len() / 2, !values.len().is_multiple_of(2));
    let (lower, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if odd {
        return upper;
    }
    let below = lower.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(below, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_samples() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut [7.0]), 7.0);
    }

    #[test]
    fn the_cheap_test_never_refuses_what_the_full_test_accepts() {
        let window: Vec<f64> = (0..101).map(|i| f64::from(i * 7919 % 101) / 100.0).collect();
        let limit = scale(&window, &mut Vec::new());
        for step in 0..200 {
            let excursion = f64::from(step) / 10.0;
            assert!(excursion <= limit || exceeds_median(&window, excursion));
        }
    }
}

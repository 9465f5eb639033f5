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
    let mut near = NearMedian::default();
    let mut spikes = Vec::new();
    let (high, low, close) = (&candles.high, &candles.low, &candles.close);
    for (k, &i) in unbroken.iter().enumerate() {
        if k > 0 && k + 1 < unbroken.len() && ranges.len() >= FEWEST {
            let (prev, next) = (unbroken[k - 1], unbroken[k + 1]);
            let (above, below) = beyond(candles, prev, i, next);
            let excursion = above.max(below);
            let window = &ranges[ranges.len().saturating_sub(WINDOW)..];
            if excursion > 0.0 && near.is_reached(window, excursion, &mut scratch) {
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
            let range = (high[i] - low[i]) / close[i];
            let gone = ranges.len().checked_sub(WINDOW).map(|oldest| ranges[oldest]);
            near.moves_on(range, gone);
            ranges.push(range);
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

/// Two values around the median of a moving window, and how many of the window lie at or below each: most excursions are
/// told from the median by one comparison instead of a count over the window.
#[derive(Default)]
struct NearMedian {
    bounds: [f64; 2],
    at_or_below: [usize; 2],
}

impl NearMedian {
    /// The window takes a value and loses another.
    fn moves_on(&mut self, new: f64, gone: Option<f64>) {
        for (count, bound) in self.at_or_below.iter_mut().zip(self.bounds) {
            *count += usize::from(new <= bound);
            *count -= usize::from(gone.is_some_and(|gone| gone <= bound));
        }
    }

    /// What [`exceeds_median`] says.
    fn is_reached(&mut self, window: &[f64], excursion: f64, scratch: &mut Vec<f64>) -> bool {
        let is_half = |count: usize| 2 * count >= window.len();
        let ([low, high], [under, over]) = (self.bounds, self.at_or_below.map(is_half));
        if excursion <= low && !under {
            return false;
        }
        if excursion >= high && over {
            return true;
        }
        // The median has left them.
        if under || !over {
            scratch.clear();
            scratch.extend_from_slice(window);
            for (bound, twentieths) in self.bounds.iter_mut().zip([9, 11]) {
                let place = window.len() * twentieths / 20;
                *bound = *scratch.select_nth_unstable_by(place, f64::total_cmp).1;
            }
            self.at_or_below =
                self.bounds.map(|bound| window.iter().filter(|&&range| range <= bound).count());
        }
        exceeds_median(window, excursion)
    }
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
    fn what_is_known_of_the_median_is_never_wrong() {
        let (mut near, mut ranges, mut scratch) =
            (NearMedian::default(), Vec::<f64>::new(), Vec::new());
        let mut asked = [0; 2];
        for step in 0..20_000_u64 {
            let random = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let level = if step % 5_000 < 2_500 { 1.0 } else { 1e-9 * (step % 700) as f64 };
            // Ties, jumps of the level, and values of any size.
            let range =
                level * (1 + random % 97) as f64 * if random % 911 == 0 { 1e300 } else { 1.0 };
            let window = &ranges[ranges.len().saturating_sub(WINDOW)..];
            if window.len() >= FEWEST {
                let excursion = level * (1 + (random >> 7) % 120) as f64;
                let expected = exceeds_median(window, excursion);
                assert_eq!(near.is_reached(window, excursion, &mut scratch), expected, "at {step}");
                asked[usize::from(expected)] += 1;
            }
            near.moves_on(range, ranges.len().checked_sub(WINDOW).map(|oldest| ranges[oldest]));
            ranges.push(range);
        }
        assert!(asked.iter().all(|times| *times > 3_000), "{asked:?}");
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

//! Indicators over usable rows: ATR, mean volume, run lengths. METHOD §5.
//!
//! Inside the engine an undefined value is NaN, because every comparison with it is false, which is what the rules ask
//! for; NaN never leaves the engine.

use super::Series;
use crate::domain::Side;

/// Wilder's average true range; NaN before its first value and again at the start of every segment.
///
/// The first value is the mean of the first `period` true ranges, then `(previous · (period − 1) + TR) / period`.
pub fn atr(series: &Series, period: u32) -> Vec<f64> {
    let n = series.len();
    let mut result = vec![f64::NAN; n];
    let count = period as usize;
    let period = f64::from(period);
    let (mut value, mut seen) = (0.0, 0_usize);
    for (i, slot) in result.iter_mut().enumerate() {
        let (high, low) = (series.high[i], series.low[i]);
        let mut true_range = high - low;
        if series.segment_start[i] as usize == i {
            (value, seen) = (0.0, 0);
        } else {
            let previous = series.close[i - 1];
            true_range = true_range.max((high - previous).abs()).max((low - previous).abs());
        }
        seen += 1;
        if seen < count {
            value += true_range;
            continue;
        }
        value = if seen == count {
            (value + true_range) / period
        } else {
            (value * (period - 1.0) + true_range) / period
        };
        *slot = value;
    }
    result
}

/// Mean volume of the `period` usable rows before each row, summed afresh in row order; NaN where they do not exist.
pub fn mean_volume(series: &Series, period: u32) -> Vec<f64> {
    /// Rows summed side by side: each row's own sum still runs left to right, so the result does not depend on it.
    const LANES: usize = 8;
    let count = period as usize;
    let n = series.len();
    let mut result = vec![f64::NAN; n];
    let divisor = f64::from(period);
    let mut i = count;
    while i < n {
        let width = LANES.min(n - i);
        let mut sums = [0.0; LANES];
        if width == LANES {
            for offset in 0..count {
                let window = &series.volume[i - count + offset..][..LANES];
                for lane in 0..LANES {
                    sums[lane] += window[lane];
                }
            }
        } else {
            for (lane, sum) in sums.iter_mut().enumerate().take(width) {
                *sum = series.volume[i + lane - count..i + lane].iter().sum();
            }
        }
        for lane in 0..width {
            if i + lane >= series.segment_start[i + lane] as usize + count {
                result[i + lane] = sums[lane] / divisor;
            }
        }
        i += width;
    }
    result
}

/// For each row the number of candles in a row, up to and including it, that close in the direction of `side`.
/// A flat candle has no direction; a new segment starts again.
pub fn directional_runs(series: &Series, side: Side) -> Vec<u32> {
    let sign = side.sign();
    let mut run = 0;
    (0..series.len())
        .map(|i| {
            let directional = sign * series.close[i] > sign * series.open[i];
            if series.segment_start[i] as usize == i {
                run = 0;
            }
            run = if directional { run + 1 } else { 0 };
            run
        })
        .collect()
}

//! Indicators over usable rows: ATR, moving averages, mean volume, run lengths. METHOD §5, METHOD-STRATEGIES §2.
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

/// Rows of a mean that are summed side by side: each row's own sum still runs left to right, so the result does not depend on
/// it.
const LANES: usize = 8;

/// Mean of `count` values, the last of them `lag` rows before each row, all of one segment; summed afresh in row order. NaN
/// where they do not exist.
fn window_mean(series: &Series, values: &[f64], count: usize, lag: usize) -> Vec<f64> {
    let n = series.len();
    let mut result = vec![f64::NAN; n];
    let divisor = count as f64;
    // A window ends before row i + 1 − lag.
    let mut i = (count + lag).saturating_sub(1);
    while i < n {
        let width = LANES.min(n - i);
        let start = i + 1 - lag - count;
        let mut sums = [0.0; LANES];
        if width == LANES {
            for offset in 0..count {
                let window = &values[start + offset..][..LANES];
                for lane in 0..LANES {
                    sums[lane] += window[lane];
                }
            }
        } else {
            for (lane, sum) in sums.iter_mut().enumerate().take(width) {
                *sum = values[start + lane..start + lane + count].iter().sum();
            }
        }
        for lane in 0..width {
            if start + lane >= series.segment_start[i + lane] as usize {
                result[i + lane] = sums[lane] / divisor;
            }
        }
        i += width;
    }
    result
}

/// Mean volume of the `period` usable rows before each row; NaN where they do not exist.
pub fn mean_volume(series: &Series, period: u32) -> Vec<f64> {
    window_mean(series, &series.volume, period as usize, 1)
}

/// Mean close of the newest `length` usable rows, the row itself included; NaN where they do not exist.
pub fn sma(series: &Series, length: u32) -> Vec<f64> {
    window_mean(series, &series.close, length as usize, 0)
}

/// Exponential mean of the closes: at first the mean of `length` of them, then prev + 2/(length + 1)·(close − prev). NaN
/// before that, and again at the start of every segment.
pub fn ema(series: &Series, length: u32) -> Vec<f64> {
    let mut result = vec![f64::NAN; series.len()];
    let count = length as usize;
    let weight = 2.0 / f64::from(length + 1);
    let (mut value, mut seen) = (0.0, 0_usize);
    for (i, slot) in result.iter_mut().enumerate() {
        if series.segment_start[i] as usize == i {
            (value, seen) = (0.0, 0);
        }
        seen += 1;
        let close = series.close[i];
        if seen < count {
            value += close;
            continue;
        }
        value = if seen == count {
            (value + close) / f64::from(length)
        } else {
            value + weight * (close - value)
        };
        *slot = value;
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

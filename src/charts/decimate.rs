//! Never more marks than pixels: lines keep first, lowest, highest and last of every column, candles merge by powers of two.

use serde::{Deserialize, Serialize};

/// First, lowest, highest and last value of one pixel column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// First value.
    pub first: f64,
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// Last value.
    pub last: f64,
}

/// Cuts a series into at most `columns` columns of nearly equal length; nothing is lost that a pixel could show.
pub fn line(values: &[f64], columns: usize) -> Vec<Column> {
    parts(values, columns)
        .map(|part| {
            let mut result =
                Column { first: part[0], low: part[0], high: part[0], last: part[part.len() - 1] };
            for &value in part {
                result.low = result.low.min(value);
                result.high = result.high.max(value);
            }
            result
        })
        .collect()
}

/// First row of one of `columns` columns over `rows` rows. In 64 bits: millions of rows times hundreds of columns are too
/// many for the integers of a Wasm module.
pub fn start(column: usize, columns: usize, rows: usize) -> usize {
    (column as u64 * rows as u64 / columns.max(1) as u64) as usize
}

fn parts(values: &[f64], columns: usize) -> impl Iterator<Item = &[f64]> {
    let columns = columns.min(values.len());
    // In 64 bits: the product of millions of rows and hundreds of columns is too large for a Wasm module's own integers.
    let start =
        move |column: usize| (column as u64 * values.len() as u64 / columns as u64) as usize;
    (0..columns).map(move |column| &values[start(column)..start(column + 1)])
}

/// The same with the lowest drawdown of each column: values relative to the highest one before, `start` included.
///
/// A drawdown is looked at only where the value changes, which it rarely does while no position is open.
pub fn line_with_drawdown(values: &[f64], start: f64, columns: usize) -> (Vec<Column>, Vec<f64>) {
    let (mut peak, mut last, mut depth) = (start, start, 0.0);
    let drawdown = parts(values, columns)
        .map(|part| {
            let mut lowest = f64::INFINITY;
            for &value in part {
                if value != last {
                    last = value;
                    peak = f64::max(peak, value);
                    depth = value / peak - 1.0;
                }
                lowest = lowest.min(depth);
            }
            lowest
        })
        .collect();
    (line(values, columns), drawdown)
}

/// Candles a bar so that `candles` fit into `bars`: a power of two.
pub fn step(candles: usize, bars: usize) -> usize {
    candles.div_ceil(bars.max(1)).next_power_of_two()
}

/// Merges candles (open, high, low, close, volume) into one; NaN values are left out. `None` without a candle.
pub fn merge(candles: impl IntoIterator<Item = [f64; 5]>) -> Option<[f64; 5]> {
    candles.into_iter().reduce(|a, b| {
        let volume = if b[4].is_nan() {
            a[4]
        } else if a[4].is_nan() {
            b[4]
        } else {
            a[4] + b[4]
        };
        [a[0], a[1].max(b[1]), a[2].min(b[2]), b[3], volume]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimated_line_keeps_its_ends_and_extremes() {
        let values: Vec<f64> = (0..1_003).map(|i| f64::from((i * 7_919) % 1_009)).collect();
        for columns in [1, 2, 7, 500, 1_003, 5_000] {
            let line = line(&values, columns);
            assert_eq!(line.len(), columns.min(values.len()));
            assert_eq!(line[0].first, values[0]);
            assert_eq!(line[line.len() - 1].last, values[1_002]);
            let low = line.iter().map(|c| c.low).fold(f64::INFINITY, f64::min);
            let high = line.iter().map(|c| c.high).fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(low, values.iter().copied().fold(f64::INFINITY, f64::min));
            assert_eq!(high, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
        assert!(line(&[], 10).is_empty());
    }

    #[test]
    fn the_drawdown_of_a_column_is_its_lowest() {
        let values = [100.0, 110.0, 99.0, 99.0, 121.0, 60.5];
        let (line, drawdown) = line_with_drawdown(&values, 100.0, 3);
        assert_eq!(line.len(), 3);
        assert_eq!(drawdown, [0.0, 99.0 / 110.0 - 1.0, -0.5]);
        assert_eq!(line_with_drawdown(&[90.0, 90.0], 100.0, 1).1, [-0.099_999_999_999_999_98]);
        assert!(line_with_drawdown(&[], 1.0, 5).1.is_empty());
    }

    #[test]
    fn steps_are_powers_of_two_that_fit() {
        for (candles, bars, expected) in
            [(10, 100, 1), (100, 100, 1), (101, 100, 2), (155_520, 300, 1_024)]
        {
            assert_eq!(step(candles, bars), expected);
        }
    }

    #[test]
    fn merged_candles_cover_their_parts() {
        let merged = merge([[1.0, 3.0, 0.5, 2.0, 10.0], [2.0, 2.5, 0.25, 1.0, f64::NAN]]);
        assert_eq!(merged, Some([1.0, 3.0, 0.25, 1.0, 10.0]));
        assert_eq!(merge([]), None);
    }
}

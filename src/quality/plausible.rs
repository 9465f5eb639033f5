//! Values that no market prints, in rows that are not broken by themselves, and columns that changed places on the way. Own
//! choice: information, no gate, because a real crash may look like it.

use super::market::{Market, is_broken};
use crate::domain::RowFlags;
use serde::{Deserialize, Serialize};

/// A price this many times as large as the row's own middle, or as small a part of it, is implausible.
const OWN: f64 = 10.0;
/// The same for a whole row against both of its neighbours.
const NEIGHBOURS: f64 = 10.0;
/// Rows of a run from which a swap of columns is looked for.
const RUN: usize = 5;
/// Rows of a run that may look right between two that do not.
const MOST_BETWEEN: usize = 3;
/// How many times the range of the quieter rows a range is wild.
const WILD: f64 = 20.0;
/// Rows in a run from which open and close are taken for exchanged: by chance once in 2³⁰.
const CROSSED: usize = 30;
/// Values of a row by name.
const NAMES: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// Two columns that have changed places from a row on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap {
    /// First candle of the run, in time order.
    pub row: u32,
    /// Candles that make sense only when the two are exchanged.
    pub rows: usize,
    /// Names of the columns.
    pub columns: (String, String),
}

/// What is implausible in a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plausibility {
    /// Candles with an implausible price.
    pub rows: Vec<u32>,
    /// Columns that changed places.
    pub swaps: Vec<Swap>,
}

/// Between the two prices of a row that are no extremes, if it is not broken.
const fn middle([open, _, _, close, _]: [f64; 5]) -> f64 {
    f64::midpoint(open, close)
}

/// True when a price of an unbroken row lies far from the middle of its four.
fn strays(values: [f64; 5]) -> bool {
    let middle = middle(values);
    values[1] > middle * OWN || values[2] < middle / OWN
}

/// Looks at every candle.
pub(super) fn check(market: &Market) -> Plausibility {
    let candles = &market.candles;
    let is_sound = |row: usize| !market.flags[row].has(RowFlags::BROKEN);
    let widest = widest_range(market);
    let mut found = Plausibility::default();
    let mut before: Option<f64> = None;
    let mut run = Run::default();
    for row in 0..candles.len() {
        let values = candles.values(row);
        let mut is_suspect = true;
        if is_sound(row) {
            let own = middle(values);
            let far = |other: f64| own > other * NEIGHBOURS || own < other / NEIGHBOURS;
            let next = (row + 1..candles.len()).take(3).find(|&next| is_sound(next));
            let next = next.map(|next| middle(candles.values(next)));
            let leaps = before.is_some_and(far) && next.is_some_and(far);
            let is_implausible = strays(values) || leaps;
            if is_implausible {
                found.rows.push(row as u32);
            } else {
                before = Some(own);
            }
            is_suspect = is_implausible || is_wild(values, widest);
        }
        if let Some(ended) = run.see(row, is_suspect) {
            found.swaps.extend(swap(market, ended, widest));
        }
    }
    if let Some(ended) = run.end() {
        found.swaps.extend(swap(market, ended, widest));
    }
    found.swaps.extend(crossed(market));
    found
}

/// A range, as a share of the price, beyond which a row is looked at twice: many times that of the quieter rows.
fn widest_range(market: &Market) -> f64 {
    let candles = &market.candles;
    let mut ranges: Vec<f64> = (0..candles.len())
        .filter(|&row| {
            !market.flags[row].has(RowFlags::BROKEN) && candles.high[row] > candles.low[row]
        })
        .map(|row| (candles.high[row] - candles.low[row]) / candles.close[row])
        .collect();
    let quarter = ranges.len() / 4;
    if ranges.is_empty() {
        return f64::INFINITY;
    }
    let (_, &mut range, _) = ranges.select_nth_unstable_by(quarter, f64::total_cmp);
    range * WILD
}

/// True for an unbroken row with a range far beyond the usual.
fn is_wild([_, high, low, close, _]: [f64; 5], widest: f64) -> bool {
    (high - low) / close > widest
}

/// A run of suspect rows; a few others may stand between them, since a wrong value may look right by chance.
#[derive(Default)]
struct Run {
    first: Option<usize>,
    last: usize,
    suspects: usize,
}

impl Run {
    /// Takes a row; gives the run that it ends, as first and last row.
    fn see(&mut self, row: usize, is_suspect: bool) -> Option<(usize, usize)> {
        if is_suspect {
            self.first.get_or_insert(row);
            (self.last, self.suspects) = (row, self.suspects + 1);
            return None;
        }
        if self.first.is_some() && row - self.last > MOST_BETWEEN { self.end() } else { None }
    }

    fn end(&mut self) -> Option<(usize, usize)> {
        let run = std::mem::take(self);
        run.first.filter(|_| run.suspects >= RUN).map(|first| (first, run.last))
    }
}

/// The two columns whose exchange makes nearly every row of a run plausible.
fn swap(market: &Market, (first, last): (usize, usize), widest: f64) -> Option<Swap> {
    let candles = &market.candles;
    // The level before the run, or behind it where it starts the file.
    let near = first.checked_sub(1).or(Some(last + 1));
    let near = near.filter(|&row| row < candles.len()).map(|row| middle(candles.values(row)));
    let exchanged = |row: usize, (a, b): (usize, usize)| {
        let mut values = candles.values(row);
        values.swap(a, b);
        values
    };
    let fits = |row: usize, pair: (usize, usize)| {
        let values = exchanged(row, pair);
        !is_broken(values, market.has_volume) && !strays(values) && !is_wild(values, widest)
    };
    let rows = last + 1 - first;
    (0..5).flat_map(|a| (a + 1..5).map(move |b| (a, b))).find_map(|pair| {
        let level = middle(exchanged(first, pair));
        let joins = near.is_none_or(|near| level < near * NEIGHBOURS && level > near / NEIGHBOURS);
        let good = (first..=last).filter(|&row| fits(row, pair)).count();
        (joins && good * 20 >= rows * 19).then(|| Swap {
            row: first as u32,
            rows,
            columns: (NAMES[pair.0].to_owned(), NAMES[pair.1].to_owned()),
        })
    })
}

/// Runs in which every close, and not the open, lies near the open before it: open and close have changed places. A market
/// opens where it closed.
fn crossed(market: &Market) -> Vec<Swap> {
    let candles = &market.candles;
    let mut swaps = Vec::new();
    // First row of the run, and rows in it that tell.
    let mut run: Option<(usize, usize)> = None;
    let (mut earlier, mut before): (Option<usize>, Option<usize>) = (None, None);
    let mut end = |run: Option<(usize, usize)>, last: usize| {
        if let Some((first, telling)) = run
            && telling >= CROSSED
        {
            swaps.push(Swap {
                row: first as u32,
                rows: last + 1 - first,
                columns: ("open".to_owned(), "close".to_owned()),
            });
        }
    };
    for row in (0..candles.len()).filter(|&row| !market.flags[row].has(RowFlags::BROKEN)) {
        if let Some(before) = before {
            let apart = |now: &[f64], then: &[f64]| (now[row] - then[before]).abs();
            let forward = apart(&candles.open, &candles.close);
            let backward = apart(&candles.close, &candles.open);
            if backward < forward {
                // The first exchanged row follows one that is none: its close, not its open, lies near the close before.
                let starts = || {
                    let is_first = earlier.is_some_and(|earlier: usize| {
                        let close = candles.close[earlier];
                        (candles.close[before] - close).abs() < (candles.open[before] - close).abs()
                    });
                    if is_first { before } else { row }
                };
                run = Some(run.map_or_else(|| (starts(), 1), |(first, told)| (first, told + 1)));
            } else if forward < backward {
                end(run.take(), before);
            }
        }
        earlier = before;
        before = Some(row);
    }
    if let Some(last) = before {
        end(run, last);
    }
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RawRows;

    /// Sixty candles near 0.009, changed by a function of their number.
    fn checked(change: impl Fn(usize, &mut [f64; 5])) -> Plausibility {
        let mut rows = RawRows::default();
        for i in 0..60 {
            let price = 0.009 + 0.00001 * (i % 7) as f64;
            let mut values = [price, price + 0.00002, price - 0.00002, price + 0.00001, 5_000.0];
            change(i, &mut values);
            rows.push(i as i64 * 60_000, values);
        }
        check(&Market::new(rows))
    }

    #[test]
    fn one_wild_high_is_implausible() {
        let found = checked(|i, values| {
            if i == 20 {
                values[1] = 4_765.0;
            }
        });
        assert_eq!((found.rows, found.swaps.len()), (vec![20], 0));
        let found = checked(|i, values| {
            if i == 20 {
                for price in &mut values[..4] {
                    *price *= 100.0;
                }
            }
        });
        assert_eq!(found.rows, [20]);
        assert_eq!(checked(|_, _| {}), Plausibility::default());
    }

    #[test]
    fn columns_that_change_places_are_named() {
        for (a, b) in [(1, 4), (1, 2), (2, 4), (3, 4), (0, 4), (0, 1)] {
            let found = checked(|i, values| {
                if i >= 40 {
                    values.swap(a, b);
                }
            });
            assert_eq!(found.swaps.len(), 1, "{a} {b}");
            let swap = &found.swaps[0];
            let names = (swap.columns.0.as_str(), swap.columns.1.as_str());
            assert_eq!((swap.row, swap.rows, names), (40, 20, (NAMES[a], NAMES[b])));
        }
    }
}

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
    let mut found = Plausibility::default();
    let mut before: Option<f64> = None;
    // A run of rows that are broken or implausible: where it starts, and how many there are.
    let mut suspects: Vec<usize> = Vec::new();
    let mut swaps = Vec::new();
    for row in 0..candles.len() {
        let values = candles.values(row);
        let is_bad = if is_sound(row) {
            let own = middle(values);
            let far = |other: f64| own > other * NEIGHBOURS || own < other / NEIGHBOURS;
            let next = (row + 1..candles.len()).take(3).find(|&next| is_sound(next));
            let next = next.map(|next| middle(candles.values(next)));
            let leaps = before.is_some_and(far) && next.is_some_and(far);
            let implausible = strays(values) || leaps;
            if implausible {
                found.rows.push(row as u32);
            } else {
                before = Some(own);
            }
            implausible
        } else {
            true
        };
        if is_bad {
            suspects.push(row);
        } else {
            swaps.extend(swap(market, &suspects));
            suspects.clear();
        }
    }
    swaps.extend(swap(market, &suspects));
    found.swaps = swaps;
    found
}

/// The two columns whose exchange makes nearly every row of a run plausible.
fn swap(market: &Market, run: &[usize]) -> Option<Swap> {
    if run.len() < RUN {
        return None;
    }
    let candles = &market.candles;
    // The level before the run, or behind it where it starts the file.
    let near = run[0].checked_sub(1).or_else(|| Some(run[run.len() - 1] + 1));
    let near = near.filter(|&row| row < candles.len()).map(|row| middle(candles.values(row)));
    let fits = |row: usize, (a, b): (usize, usize)| {
        let mut values = candles.values(row);
        values.swap(a, b);
        !is_broken(values, market.has_volume) && !strays(values)
    };
    let first = candles.values(run[0]);
    (0..5).flat_map(|a| (a + 1..5).map(move |b| (a, b))).find_map(|pair| {
        let mut exchanged = first;
        exchanged.swap(pair.0, pair.1);
        let level = middle(exchanged);
        let joins = near.is_none_or(|near| level < near * NEIGHBOURS && level > near / NEIGHBOURS);
        let good = run.iter().filter(|&&row| fits(row, pair)).count();
        (joins && good * 20 >= run.len() * 19).then(|| Swap {
            row: run[0] as u32,
            rows: run.len(),
            columns: (NAMES[pair.0].to_owned(), NAMES[pair.1].to_owned()),
        })
    })
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

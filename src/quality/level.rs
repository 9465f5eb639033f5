//! Levels that jump and stay: a split or a redenomination that the file was not adjusted for. Own choice, because a short
//! across a 4:1 split "wins" what nobody could earn. Known 20 rows late, so it informs and decides nothing.

use super::market::Market;
use crate::domain::{RowFlags, sort_numbers};
use serde::{Deserialize, Serialize};

/// Open / previous close outside of this is a jump.
const QUIET: std::ops::RangeInclusive<f64> = 0.6..=1.67;
/// Rows on each side whose median close is the level.
const ROWS: usize = 20;
/// How far the ratio of the levels may be from that of the jump.
const STAYS: f64 = 0.1;
/// Splits that companies and protocols make, new shares for old ones. A reverse split is 1 over it.
const SPLITS: [(u32, u32); 19] = [
    (3, 2),
    (2, 1),
    (5, 2),
    (3, 1),
    (4, 1),
    (5, 1),
    (6, 1),
    (7, 1),
    (8, 1),
    (10, 1),
    (12, 1),
    (15, 1),
    (20, 1),
    (25, 1),
    (30, 1),
    (40, 1),
    (50, 1),
    (100, 1),
    (1000, 1),
];

/// A level that jumped and stayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelJump {
    /// First candle on the new level.
    pub row: u32,
    /// Its time, UTC ms.
    pub time_ms: i64,
    /// Its open / the close before it.
    pub ratio: f64,
    /// The split whose price ratio is nearest: `4:1` quarters the price, `1:10` makes it ten times as large.
    pub nearest_split: String,
}

/// Every level jump, in time order, over the candles that are not broken.
pub(super) fn jumps(market: &Market) -> Vec<LevelJump> {
    let candles = &market.candles;
    let sound: Vec<usize> =
        (0..candles.len()).filter(|&i| !market.flags[i].has(RowFlags::BROKEN)).collect();
    let median = |rows: &[usize]| {
        let mut closes: Vec<f64> = rows.iter().map(|&row| candles.close[row]).collect();
        sort_numbers(&mut closes);
        f64::midpoint(closes[(closes.len() - 1) / 2], closes[closes.len() / 2])
    };
    (ROWS..sound.len().saturating_sub(ROWS - 1))
        .filter_map(|at| {
            let (row, before) = (sound[at], sound[at - 1]);
            let ratio = candles.open[row] / candles.close[before];
            if QUIET.contains(&ratio) || !ratio.is_finite() {
                return None;
            }
            let levels = median(&sound[at..at + ROWS]) / median(&sound[at - ROWS..at]);
            ((levels / ratio - 1.0).abs() <= STAYS).then(|| LevelJump {
                row: row as u32,
                time_ms: candles.time_ms[row],
                ratio,
                nearest_split: nearest_split(ratio),
            })
        })
        .collect()
}

/// True for a position that was open while the level jumped: entered before, left at the jump or after it.
pub fn is_across(jumps: &[LevelJump], entry_ms: i64, exit_ms: i64) -> bool {
    jumps.iter().any(|jump| entry_ms < jump.time_ms && jump.time_ms <= exit_ms)
}

/// The split whose price ratio lies nearest, as a factor.
fn nearest_split(ratio: f64) -> String {
    let both = SPLITS.iter().flat_map(|&(new, old)| [(new, old), (old, new)]);
    // The distance of two factors: how much the larger one exceeds the smaller.
    let distance = |(new, old): (u32, u32)| {
        let price = f64::from(old) / f64::from(new);
        (ratio / price).max(price / ratio)
    };
    both.min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
        .map_or_else(String::new, |(new, old)| format!("{new}:{old}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RawRows;

    fn market(prices: &[f64]) -> Market {
        let mut rows = RawRows::default();
        let mut before = prices[0];
        for (i, &price) in prices.iter().enumerate() {
            let open = if (0.7..1.4).contains(&(price / before)) { before } else { price };
            let (high, low) = (open.max(price) * 1.001, open.min(price) * 0.999);
            rows.push(i as i64 * 60_000, [open, high, low, price, 5.0]);
            before = price;
        }
        Market::new(rows)
    }

    #[test]
    fn a_split_is_named_and_a_crash_that_recovers_is_none() {
        let split: Vec<f64> =
            (0..60).map(|i| if i < 30 { 400.0 } else { 100.0 } + f64::from(i % 3)).collect();
        let found = jumps(&market(&split));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].row, found[0].nearest_split.as_str()), (30, "4:1"));
        let crash: Vec<f64> =
            (0..60).map(|i| if (30..38).contains(&i) { 50.0 } else { 100.0 }).collect();
        assert!(jumps(&market(&crash)).is_empty());
        let late: Vec<f64> = (0..60).map(|i| if i < 45 { 100.0 } else { 50.0 }).collect();
        assert!(jumps(&market(&late)).is_empty(), "not known yet");
    }

    #[test]
    fn splits_by_their_ratio() {
        for (ratio, name) in [(0.251, "4:1"), (9.8, "1:10"), (0.049, "20:1"), (0.5, "2:1")] {
            assert_eq!(nearest_split(ratio), name);
        }
    }
}

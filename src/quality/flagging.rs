//! The flags that need one pass: broken, zero volume, flat, gaps, grid, stuck. METHOD §2.

use super::market::{Market, is_broken};
use crate::domain::RowFlags;

/// Identical candles in a row from which a run is `stuck`.
const STUCK_ROWS: usize = 5;

pub(super) fn flag_rows(market: &mut Market) {
    let candles = &market.candles;
    for i in 0..candles.len() {
        market.flags[i] = of_values(candles.values(i), market.has_volume);
    }
    for &row in &market.grid.off_grid {
        market.flags[row as usize].add(RowFlags::OFF_GRID);
    }
    for gap in &market.grid.gaps {
        market.flags[gap.row].add(RowFlags::AFTER_GAP);
    }
    flag_stuck(market);
}

/// What one row says by itself.
pub(super) fn of_values(values: [f64; 5], has_volume: bool) -> RowFlags {
    let mut flags = RowFlags::NONE;
    if is_broken(values, has_volume) {
        flags.add(RowFlags::BROKEN);
    }
    if values[4] == 0.0 {
        flags.add(RowFlags::ZERO_VOLUME);
    }
    if values[1] == values[2] {
        flags.add(RowFlags::FLAT);
    }
    flags
}

/// Runs are taken over the tradable rows alone: rows between them neither count nor end a run.
fn flag_stuck(market: &mut Market) {
    let mut run: Vec<usize> = Vec::new();
    let mut value = [f64::NAN; 4];
    let candles = &market.candles;
    let mut stuck = Vec::new();
    for i in (0..candles.len()).filter(|&i| market.tradable(i)) {
        let [open, high, low, close, _] = candles.values(i);
        if [open, high, low, close] != value {
            if run.len() >= STUCK_ROWS {
                stuck.append(&mut run);
            }
            run.clear();
            value = [open, high, low, close];
        }
        run.push(i);
    }
    if run.len() >= STUCK_ROWS {
        stuck.append(&mut run);
    }
    for row in stuck {
        market.flags[row].add(RowFlags::STUCK);
    }
}

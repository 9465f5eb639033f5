//! The flags that need one pass: broken, zero volume, flat, gaps, grid, stuck. METHOD §2.

use super::market::{Gap, Market, is_broken, slots_between};
use crate::domain::RowFlags;
use std::collections::BTreeMap;

/// Identical candles in a row from which a run is `stuck`.
const STUCK_ROWS: usize = 5;

pub(super) fn flag_rows(market: &mut Market) {
    let candles = &market.candles;
    for i in 0..candles.len() {
        let values = candles.values(i);
        let flags = &mut market.flags[i];
        if is_broken(values, market.has_volume) {
            flags.add(RowFlags::BROKEN);
        }
        if values[4] == 0.0 {
            flags.add(RowFlags::ZERO_VOLUME);
        }
        if values[1] == values[2] {
            flags.add(RowFlags::FLAT);
        }
    }
    if let Some(timeframe) = market.timeframe_ms {
        flag_grid(market, timeframe);
    }
    flag_stuck(market);
}

fn flag_grid(market: &mut Market, timeframe: i64) {
    let times = &market.candles.time_ms;
    let mut phases = BTreeMap::<i64, usize>::new();
    let mut last = (times[0].rem_euclid(timeframe), 0);
    for &time in times {
        let phase = time.rem_euclid(timeframe);
        if phase == last.0 {
            last.1 += 1;
        } else {
            *phases.entry(last.0).or_default() += last.1;
            last = (phase, 1);
        }
    }
    *phases.entry(last.0).or_default() += last.1;
    // Ties: the smallest phase, as for the timeframe.
    let mut phase = (0, 0);
    for (&candidate, &count) in &phases {
        if count > phase.1 {
            phase = (candidate, count);
        }
    }
    for i in 0..times.len() {
        if times[i].rem_euclid(timeframe) != phase.0 {
            market.flags[i].add(RowFlags::OFF_GRID);
        }
        if i == 0 {
            continue;
        }
        let step = times[i] - times[i - 1];
        if 2 * step > 3 * timeframe {
            market.flags[i].add(RowFlags::AFTER_GAP);
            market.gaps.push(Gap { row: i, missing_slots: slots_between(step, timeframe) });
        }
    }
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

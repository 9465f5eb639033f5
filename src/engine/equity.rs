//! Marked equity. METHOD §7.7.

use super::Series;
use crate::domain::Trade;

/// Equity while a trade is open: the entry fee is paid, exit costs are not.
pub fn mark(trade: &Trade, fee: f64, close: f64) -> f64 {
    with_open(trade.equity_before, trade, fee, close)
}

/// Equity of all else with an open trade added.
pub fn with_open(equity: f64, trade: &Trade, fee: f64, close: f64) -> f64 {
    let entry_fee = fee * (trade.quantity * trade.entry_price);
    equity - entry_fee + trade.side.sign() * (close - trade.entry_price) * trade.quantity
}

/// Equity after a trade.
pub fn after(trade: &Trade) -> f64 {
    trade.equity_before + trade.net
}

/// One value a clock row from `first_row` on, at its close: marked at the last usable close.
pub fn series(series: &Series, trades: &[Trade], fee: f64, start: f64, first_row: u32) -> Vec<f64> {
    let first = first_row as usize;
    let mut equity = Vec::with_capacity(series.clock_len() - first.min(series.clock_len()));
    let mut current = start;
    for trade in trades {
        let (entry, exit) = (trade.entry_row as usize, trade.exit_row as usize);
        equity.resize(entry - first, current);
        let mut usable = series.usable_from(trade.entry_row);
        for clock in entry..exit {
            while usable + 1 < series.len() && series.clock_row[usable + 1] as usize <= clock {
                usable += 1;
            }
            equity.push(mark(trade, fee, series.close[usable]));
        }
        current = after(trade);
        equity.push(current);
    }
    equity.resize(series.clock_len() - first, current);
    equity
}

/// What is told of marked equity without a value a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Walked {
    /// Equity at the last row of each cell.
    pub at_ends: Vec<f64>,
    /// Equity at the end.
    pub end: f64,
    /// [`max_drawdown`] of all rows.
    pub max_drawdown: f64,
}

/// [`series`] read only where something changes: along the trades. `ends` are rows after the last one of each cell, counted
/// from `first_row` on, ascending.
pub fn along(
    series: &Series,
    trades: &[Trade],
    fee: f64,
    start: f64,
    first_row: u32,
    ends: &[u32],
) -> Walked {
    /// Above the rounding of a quotient: what is not below this part of the peak is no new low.
    const SLACK: f64 = 1.0 + 1e-12;
    let mut at_ends = Vec::with_capacity(ends.len());
    let (mut peak, mut worst) = (start, 0.0_f64);
    // From the row on that `until` is the end of, equity is another one.
    let mut hold_until = |until: u32, value: f64| {
        while at_ends.len() < ends.len() && ends[at_ends.len()] <= until - first_row {
            at_ends.push(value);
        }
    };
    let mut floor = start * SLACK;
    let mut see = |value: f64| {
        if value > peak {
            peak = value;
            floor = peak * (1.0 + worst) * SLACK;
        } else if value <= floor {
            worst = worst.min(value / peak - 1.0);
            floor = peak * (1.0 + worst) * SLACK;
        }
    };
    let (mut from, mut from_row) = (0, 0);
    let mut current = start;
    for (at, trade) in trades.iter().enumerate() {
        let exit = trade.exit_row;
        hold_until(trade.entry_row, current);
        // There are no more usable rows between two rows than rows.
        let to = (from + (trade.entry_row - from_row) as usize + 1).min(series.len());
        let mut usable =
            from + series.clock_row[from..to].partition_point(|&row| row < trade.entry_row);
        (from, from_row) = (usable, trade.entry_row);
        let mut row = trade.entry_row;
        while row < exit {
            let value = mark(trade, fee, series.close[usable]);
            see(value);
            usable += 1;
            row = series.clock_row.get(usable).map_or(exit, |&next| next.min(exit));
            hold_until(row, value);
        }
        current = after(trade);
        // A row at whose open one trade ends and the next one starts is marked by the next one.
        if trades.get(at + 1).is_none_or(|next| next.entry_row > exit) {
            see(current);
        }
    }
    hold_until(u32::MAX, current);
    Walked { at_ends, end: current, max_drawdown: worst }
}

/// The starting equity in the market from the first usable open of the window on, marked at usable closes. Without costs.
pub fn hold(series: &Series, first_row: u32, start: f64) -> Vec<f64> {
    let first = series.usable_from(first_row);
    let Some(&bought) = series.open.get(first) else { return Vec::new() };
    let mut value = start;
    let mut usable = first;
    (first_row as usize..series.clock_len())
        .map(|clock| {
            if usable < series.len() && series.clock_row[usable] as usize == clock {
                value = start * (series.close[usable] / bought);
                usable += 1;
            }
            value
        })
        .collect()
}

/// Lowest equity relative to the highest before it, start included: ≤ 0.
pub fn max_drawdown(equity: &[f64], start: f64) -> f64 {
    let (mut peak, mut worst, mut last) = (start, 0.0_f64, start);
    for &value in equity {
        // Equal neighbours are common while no position is open.
        if value != last {
            last = value;
            peak = f64::max(peak, value);
            worst = worst.min(value / peak - 1.0);
        }
    }
    worst
}

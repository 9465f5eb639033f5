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

//! Marked equity. METHOD §7.7.

use super::Series;
use super::series::BLOCK;
use crate::domain::Trade;

/// Equity while a trade is open: the entry fee is paid, exit costs are not.
#[inline]
pub fn mark(trade: &Trade, fee: f64, close: f64) -> f64 {
    with_open(trade.equity_before, trade, fee, close)
}

/// Equity of all else with an open trade added.
#[inline]
pub fn with_open(equity: f64, trade: &Trade, fee: f64, close: f64) -> f64 {
    let entry_fee = fee * (trade.quantity * trade.entry_price);
    equity - entry_fee + trade.side.sign() * (close - trade.entry_price) * trade.quantity
}

/// Equity after a trade.
#[inline]
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

/// Above the rounding of a quotient: what is not below this part of the peak is no new low.
const SLACK: f64 = 1.0 + 1e-12;

/// A walk along marked equity.
struct Walk<'a> {
    ends: &'a [u32],
    first_row: u32,
    at_ends: Vec<f64>,
    peak: f64,
    worst: f64,
    /// Only at or below it lies a new low.
    floor: f64,
}

impl Walk<'_> {
    /// Equity is this up to a row, which it is another one from.
    #[inline]
    fn hold_until(&mut self, until: u32, value: f64) {
        while let Some(&end) = self.ends.get(self.at_ends.len())
            && end <= until - self.first_row
        {
            self.at_ends.push(value);
        }
    }

    /// No cell ends up to a row.
    #[inline]
    fn holds_no_end(&self, until: u32) -> bool {
        self.ends.get(self.at_ends.len()).is_none_or(|&end| end > until - self.first_row)
    }

    /// Neither a new peak nor a new low.
    #[inline]
    fn is_nothing_new(&self, value: f64) -> bool {
        value <= self.peak && value > self.floor
    }

    #[inline]
    fn see(&mut self, value: f64) {
        if value > self.peak {
            self.peak = value;
        } else if value <= self.floor {
            self.worst = self.worst.min(value / self.peak - 1.0);
        } else {
            return;
        }
        self.floor = self.peak * (1.0 + self.worst) * SLACK;
    }
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
    let mut walk = Walk {
        ends,
        first_row,
        at_ends: Vec::with_capacity(ends.len()),
        peak: start,
        worst: 0.0,
        floor: start * SLACK,
    };
    let blocks = series.blocks();
    let (mut from, mut from_row) = (0, 0);
    let mut current = start;
    for (at, trade) in trades.iter().enumerate() {
        let exit = trade.exit_row;
        walk.hold_until(trade.entry_row, current);
        // There are no more usable rows between two rows than rows.
        let to = (from + (trade.entry_row - from_row) as usize + 1).min(series.len());
        let mut usable =
            from + series.clock_row[from..to].partition_point(|&row| row < trade.entry_row);
        (from, from_row) = (usable, trade.entry_row);
        let mut row = trade.entry_row;
        while row < exit {
            if usable.is_multiple_of(BLOCK)
                && let Some(&after) = series.clock_row.get(usable + BLOCK)
                && after <= exit
                && walk.holds_no_end(after)
            {
                let block = usable / BLOCK;
                let ends = [blocks.least_close[block], blocks.most_close[block]];
                if ends.into_iter().all(|close| walk.is_nothing_new(mark(trade, fee, close))) {
                    (usable, row) = (usable + BLOCK, after);
                    continue;
                }
            }
            let value = mark(trade, fee, series.close[usable]);
            walk.see(value);
            usable += 1;
            row = series.clock_row.get(usable).map_or(exit, |&next| next.min(exit));
            walk.hold_until(row, value);
        }
        current = after(trade);
        // A row at whose open one trade ends and the next one starts is marked by the next one.
        if trades.get(at + 1).is_none_or(|next| next.entry_row > exit) {
            walk.see(current);
        }
    }
    walk.hold_until(u32::MAX, current);
    Walked { at_ends: walk.at_ends, end: current, max_drawdown: walk.worst }
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

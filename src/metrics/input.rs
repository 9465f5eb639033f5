//! What every metric is computed from, built once a backtest.

use super::grid::{Calendar, Grid};
use super::stats::mean;
use crate::domain::{ExitReason, Trade};
use crate::engine::EngineParams;
use crate::engine::equity;
use crate::engine::{Backtest, Series};

/// Returns below this size are neither win nor loss.
const FLAT: f64 = 1e-12;

/// Trades and equity of one run, with the samples that several metrics share. Samples are in trade order.
#[derive(Clone, Debug)]
pub struct MetricInput<'a> {
    /// Trades by entry row.
    pub trades: &'a [Trade],
    /// Parameters of the run.
    pub params: &'a EngineParams,
    /// Clock rows of the window.
    pub rows: usize,
    /// Equity at the end of the window.
    pub end_equity: f64,
    /// Equity on the calendar grid.
    pub grid: Grid,
    /// From the first open to the last close of the window, ms.
    pub span_ms: i64,
    /// Net / (quantity · entry fill).
    pub x: Vec<f64>,
    /// Places of the winning trades.
    pub wins: Vec<u32>,
    /// Places of the losing trades.
    pub losses: Vec<u32>,
    /// Net in multiples of the risk.
    pub r: Vec<f64>,
    /// Milliseconds between the opens of entry and exit row.
    pub held_ms: Vec<i64>,
    /// Lowest equity relative to the peak before it.
    pub max_drawdown: f64,
}

/// What is read off the equity of a window.
struct Marked {
    rows: usize,
    end: f64,
    max_drawdown: f64,
    grid: Grid,
}

impl<'a> MetricInput<'a> {
    /// Collects the samples of a run and its marked equity.
    pub fn new(
        series: &Series,
        params: &'a EngineParams,
        backtest: &'a Backtest,
        equity: &[f64],
    ) -> Self {
        let times = &series.clock_time_ms[backtest.first_row as usize..];
        let start = params.starting_equity;
        let marked = Marked {
            rows: equity.len(),
            end: equity.last().copied().unwrap_or(start),
            max_drawdown: equity::max_drawdown(equity, start),
            grid: Grid::new(times, equity, start),
        };
        Self::from_marked(series, params, backtest, marked)
    }

    /// The same to the bit without the equity of every row: its cells and its drawdown are read along the trades. `calendar`
    /// is that of the rows from [`Backtest::first_row`] on.
    pub fn along_trades(
        series: &Series,
        params: &'a EngineParams,
        backtest: &'a Backtest,
        calendar: &Calendar,
    ) -> Self {
        let start = params.starting_equity;
        let (first, ends) = (backtest.first_row, calendar.ends.as_slice());
        let walked = equity::along(series, &backtest.trades, params.fee, start, first, ends);
        let marked = Marked {
            rows: series.clock_len() - first as usize,
            end: walked.end,
            max_drawdown: walked.max_drawdown,
            grid: calendar.grid(walked.at_ends, start),
        };
        Self::from_marked(series, params, backtest, marked)
    }

    fn from_marked(
        series: &Series,
        params: &'a EngineParams,
        backtest: &'a Backtest,
        marked: Marked,
    ) -> Self {
        let times = &series.clock_time_ms[backtest.first_row as usize..];
        let span_ms = match (times.first(), times.last()) {
            (Some(first), Some(last)) => last - first + series.timeframe_ms,
            _ => 0,
        };
        let x: Vec<f64> = backtest.trades.iter().map(Trade::return_on_notional).collect();
        let (mut wins, mut losses) = (Vec::new(), Vec::new());
        for (at, (trade, x)) in backtest.trades.iter().zip(&x).enumerate() {
            if x.abs() > FLAT {
                if trade.net > 0.0 { &mut wins } else { &mut losses }.push(at as u32);
            }
        }
        Self {
            trades: &backtest.trades,
            params,
            wins,
            losses,
            rows: marked.rows,
            end_equity: marked.end,
            grid: marked.grid,
            span_ms,
            x,
            held_ms: backtest
                .trades
                .iter()
                .map(|trade| {
                    series.clock_time_ms[trade.exit_row as usize]
                        - series.clock_time_ms[trade.entry_row as usize]
                })
                .collect(),
            r: backtest.trades.iter().map(Trade::net_r).collect(),
            max_drawdown: marked.max_drawdown,
        }
    }

    /// Neither win nor loss: tested first.
    pub fn is_flat(trade: &Trade) -> bool {
        trade.return_on_notional().abs() <= FLAT
    }

    /// Net above 0 and not flat.
    pub fn is_win(trade: &Trade) -> bool {
        !Self::is_flat(trade) && trade.net > 0.0
    }

    /// Neither flat nor a win.
    pub fn is_loss(trade: &Trade) -> bool {
        !Self::is_flat(trade) && trade.net <= 0.0
    }

    /// Gross above 0 and not flat.
    pub fn is_gross_win(trade: &Trade) -> bool {
        (trade.gross / trade.notional).abs() > FLAT && trade.gross > 0.0
    }

    /// Trades for which `test` holds.
    pub fn count(&self, test: fn(&Trade) -> bool) -> usize {
        self.trades.iter().filter(|trade| test(trade)).count()
    }

    /// Trades that ended for a reason.
    pub fn exits(&self, reason: ExitReason) -> usize {
        self.trades.iter().filter(|trade| trade.exit_reason == reason).count()
    }

    /// A number of some trades, by their places.
    pub fn sample(&self, places: &[u32], value: fn(&Trade) -> f64) -> Vec<f64> {
        places.iter().map(|&at| value(&self.trades[at as usize])).collect()
    }

    /// Mean over all trades of a number that may need the parameters; `None` without trades.
    pub fn mean_trade(&self, value: impl Fn(&Trade) -> f64) -> Option<f64> {
        let values: Vec<f64> = self.trades.iter().map(value).collect();
        if values.is_empty() { None } else { Some(mean(&values)) }
    }
}

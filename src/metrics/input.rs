//! What every metric is computed from, built once a backtest.

use super::grid::Grid;
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
    /// Marked equity, one value a clock row of the window.
    pub equity: &'a [f64],
    /// Equity on the calendar grid.
    pub grid: Grid,
    /// From the first open to the last close of the window, ms.
    pub span_ms: i64,
    /// Net / (quantity · entry fill).
    pub x: Vec<f64>,
    /// Net in multiples of the risk.
    pub r: Vec<f64>,
    /// Milliseconds between the opens of entry and exit row.
    pub held_ms: Vec<i64>,
    /// Lowest equity relative to the peak before it.
    pub max_drawdown: f64,
}

impl<'a> MetricInput<'a> {
    /// Collects the samples of a run and its marked equity.
    pub fn new(
        series: &Series,
        params: &'a EngineParams,
        backtest: &'a Backtest,
        equity: &'a [f64],
    ) -> Self {
        let times = &series.clock_time_ms[backtest.first_row as usize..];
        let span_ms = match (times.first(), times.last()) {
            (Some(first), Some(last)) => last - first + series.timeframe_ms,
            _ => 0,
        };
        Self {
            trades: &backtest.trades,
            params,
            equity,
            grid: Grid::new(times, equity, params.starting_equity),
            span_ms,
            x: backtest.trades.iter().map(Trade::return_on_notional).collect(),
            held_ms: backtest
                .trades
                .iter()
                .map(|trade| {
                    series.clock_time_ms[trade.exit_row as usize]
                        - series.clock_time_ms[trade.entry_row as usize]
                })
                .collect(),
            r: backtest.trades.iter().map(Trade::net_r).collect(),
            max_drawdown: equity::max_drawdown(equity, params.starting_equity),
        }
    }

    /// Equity at the end of the window.
    pub fn end_equity(&self) -> f64 {
        self.equity.last().copied().unwrap_or(self.params.starting_equity)
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

    /// A number of every trade for which `test` holds.
    pub fn sample(&self, test: fn(&Trade) -> bool, value: fn(&Trade) -> f64) -> Vec<f64> {
        self.trades.iter().filter(|trade| test(trade)).map(value).collect()
    }

    /// Mean over all trades of a number that may need the parameters; `None` without trades.
    pub fn mean_trade(&self, value: impl Fn(&Trade) -> f64) -> Option<f64> {
        let values: Vec<f64> = self.trades.iter().map(value).collect();
        if values.is_empty() { None } else { Some(mean(&values)) }
    }
}

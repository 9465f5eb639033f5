//! What a result is made of: when it was earned, by which trades, and what it went through on the way.
//!
//! No source defines these tables for all tools alike, so every definition here is our own choice, said where it is made and
//! in docs/ANATOMY.md. Money is quote currency, returns and depths are fractions, times are UTC milliseconds.

mod periods;
mod trades;

pub use periods::{Drawdown, Month, Rolling, Year};
pub use trades::{Bin, Excursions, ExitPeriod, Group, Spread};

use crate::domain::{Measure, Side, Trade};
use crate::engine::{Backtest, Series, equity};
use crate::metrics::{self, MetricInput};

/// Everything about one result.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// Calendar months that hold rows.
    pub months: Vec<Month>,
    /// Calendar years that hold rows.
    pub years: Vec<Year>,
    /// The deepest drawdowns, deepest first.
    pub drawdowns: Vec<Drawdown>,
    /// Drawdowns in all.
    pub drawdown_count: usize,
    /// Highest marked equity relative to the lowest before it, the start included: ≥ 0.
    pub run_up: f64,
    /// The same of the starting equity held, without costs.
    pub hold_run_up: f64,
    /// Sharpe over a moving window of the grid.
    pub rolling: Rolling,
    /// Net in R.
    pub r: Vec<Bin>,
    /// Clock rows from entry to exit.
    pub held: Vec<Bin>,
    /// Values of [`metrics::METRICS`] over long and over short trades; only those counted by trades mean anything.
    pub sides: [Vec<Measure>; 2],
    /// Trades by weekday (Monday first) and hour of the entry row's open.
    pub hours: Vec<Group>,
    /// Exits by reason over time.
    pub exits: Vec<ExitPeriod>,
    /// How far trades went against and for the position.
    pub excursions: [Excursions; 2],
    /// Values of [`metrics::METRICS`] of the starting equity held from the first usable open on, without costs; only those
    /// counted by grid and row mean anything.
    pub hold: Vec<Measure>,
}

impl Anatomy {
    /// Takes a result apart. `marked` is its equity, one value a clock row of the window.
    pub fn of(
        series: &Series,
        backtest: &Backtest,
        marked: &[f64],
        input: &MetricInput<'_>,
    ) -> Self {
        let times = &series.clock_time_ms[backtest.first_row as usize..];
        let start = input.params.starting_equity;
        let ends: Vec<i64> =
            input.trades.iter().map(|t| series.clock_time_ms[t.exit_row as usize]).collect();
        let begins: Vec<i64> =
            input.trades.iter().map(|t| series.clock_time_ms[t.entry_row as usize]).collect();
        let (drawdowns, drawdown_count) = periods::drawdowns(times, marked, start);
        let of_side = |side: Side| {
            let trades = input.trades.iter().filter(|t| t.side == side).cloned().collect();
            evaluate(series, backtest, input, trades, &[])
        };
        let held = equity::hold(series, backtest.first_row, start);
        Self {
            months: periods::months(times, marked, start, input.trades, &ends),
            years: periods::years(times, marked, start, input.trades, &ends),
            drawdowns,
            drawdown_count,
            run_up: periods::run_up(marked, start),
            hold_run_up: periods::run_up(&held, start),
            rolling: Rolling::of(&input.grid),
            r: trades::by_r(input.trades),
            held: trades::by_rows_held(input.trades),
            sides: [Side::Long, Side::Short].map(of_side),
            hours: trades::by_hour(input.trades, &begins),
            exits: trades::exits(input.trades, &ends),
            excursions: trades::excursions(input.trades),
            hold: evaluate(series, backtest, input, Vec::new(), &held),
        }
    }
}

/// The metric table over other trades or another equity of the same window.
fn evaluate(
    series: &Series,
    backtest: &Backtest,
    input: &MetricInput<'_>,
    trades: Vec<Trade>,
    equity: &[f64],
) -> Vec<Measure> {
    let part = Backtest { trades, signals: Vec::new(), ..*backtest };
    metrics::evaluate(&MetricInput::new(series, input.params, &part, equity))
}

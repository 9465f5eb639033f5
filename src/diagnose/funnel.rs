//! The signal funnel: METHOD §7.8.

use crate::backtest::Stages;
use crate::domain::{Measure, Rejection, Side, Trade, gather};
use crate::engine::run::{in_window, not_quiet, signal_valid};
use crate::engine::{Backtest, Outcome};
use crate::metrics::stats::{mean_of, sum};
use crate::strategy::{Condition, Params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The engine's conditions that are counted by themselves, too: those that read one row.
pub const ENGINE_ALONE: usize = 2;

/// Counts of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFunnel {
    /// Direction.
    pub side: Side,
    /// Usable rows of the window.
    pub usable_rows: usize,
    /// Rows that reach each stage of the strategy, then signals that reach those of the engine.
    pub stages: Vec<usize>,
    /// Rejected signals by code, in the order of [`Rejection::ALL`].
    pub rejected: [usize; 9],
    /// Signals that became trades.
    pub trades: usize,
    /// Rows on which each condition of the strategy holds by itself, then the first [`ENGINE_ALONE`] of the engine.
    pub alone: Vec<usize>,
}

/// Counts of both sides; which sides depends on the parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// One entry a traded side.
    pub sides: Vec<SideFunnel>,
}

/// Counts every stage and every condition over the rows of a run's window.
pub fn funnel(stages: &mut Stages, params: &Params, backtest: &Backtest) -> Funnel {
    stages.prepare(params);
    Funnel {
        sides: params
            .engine
            .sides
            .iter()
            .map(|side| count_side(stages, params, backtest, side))
            .collect(),
    }
}

fn count_side(stages: &Stages, params: &Params, backtest: &Backtest, side: Side) -> SideFunnel {
    let (series, atr, engine) = (stages.series(), stages.atr(), &params.engine);
    let first = series.usable_from(backtest.first_row);
    let own = stages.rules(params).count(series, params, side, first);
    let (mut rows, mut alone) = (own.stages, own.alone);
    let rows_with =
        |test: &dyn Fn(usize) -> bool| (first..series.len()).filter(|&s| test(s)).count();
    alone.push(rows_with(&|s| signal_valid(series, atr, s)));
    alone.push(rows_with(&|s| not_quiet(series, atr, engine, s)));
    let (mut signals, mut valid, mut loud) = (0, 0, 0);
    let mut rejected = [0; 9];
    let mut trades = 0;
    for result in backtest.signals.iter().filter(|result| result.signal.side == side) {
        debug_assert!(in_window(series, backtest.first_row, result.signal.at));
        let at = result.signal.at as usize;
        let (is_valid, is_loud) =
            (signal_valid(series, atr, at), not_quiet(series, atr, engine, at));
        signals += 1;
        valid += usize::from(is_valid);
        loud += usize::from(is_valid && is_loud);
        match result.outcome {
            Outcome::Trade(_) => trades += 1,
            Outcome::Rejected(code) => rejected[code as usize] += 1,
        }
    }
    rows.extend([signals, valid, loud]);
    SideFunnel { side, usable_rows: series.len() - first, stages: rows, rejected, trades, alone }
}

/// What taking one condition away would do, with everything else as it is, both sides together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removal {
    /// The condition.
    pub condition: Condition,
    /// Change in the number of trades.
    pub change: i64,
    /// Trades that only exist without the condition: no trade of the same side enters at the same row with it.
    pub new: usize,
    /// Mean R of those trades.
    pub mean_r: Measure,
    /// Sum of their R.
    pub sum_r: f64,
}

/// Trades of a run without a condition that the run with it does not have, by side and entry row.
pub fn only_without(
    stages: &mut Stages,
    params: &Params,
    first_row: u32,
    (with, condition): (&[Trade], Condition),
) -> (usize, Vec<Trade>) {
    let without = stages.run_without(params, first_row, condition).trades;
    let count = without.len();
    let known: BTreeSet<(u32, Side)> = gather(with.iter().map(|t| (t.entry_row, t.side)));
    let new = without.into_iter().filter(|t| !known.contains(&(t.entry_row, t.side))).collect();
    (count, new)
}

/// Takes each condition away by itself, in the order of [`crate::strategy::Strategy::all_conditions`].
pub fn removals(
    stages: &mut Stages,
    params: &Params,
    first_row: u32,
    trades: &[Trade],
) -> Vec<Removal> {
    let conditions = params.strategy().all_conditions();
    conditions
        .map(|(condition, _)| {
            let (count, new) = only_without(stages, params, first_row, (trades, condition));
            let r: Vec<f64> = new.iter().map(Trade::net_r).collect();
            Removal {
                condition,
                change: count as i64 - trades.len() as i64,
                new: new.len(),
                mean_r: mean_of(&r),
                sum_r: sum(&r),
            }
        })
        .collect()
}

impl SideFunnel {
    /// Signals rejected with a code.
    pub const fn rejected_with(&self, code: Rejection) -> usize {
        self.rejected[code as usize]
    }
}

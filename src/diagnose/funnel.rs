//! The signal funnel: METHOD §7.8.

use crate::domain::{Measure, ROWS_A_BEAT, Rejection, Side, Trade, pulse};
use crate::engine::run::{in_window, not_quiet, signal_valid};
use crate::engine::{Backtest, Condition, Outcome, Stages};
use crate::metrics::stats::{mean_of, sum};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A stage of the funnel: rows first, then signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Rows with an active pivot.
    HasPivot,
    /// Rows with a level.
    HasLevel,
    /// Rows whose previous close lies beyond a level.
    PrevCloseBeyond,
    /// Rows that also pierce it.
    Pierced,
    /// Rows that also have the volume.
    Swept,
    /// Swept rows with the reversal pattern.
    ReversalPattern,
    /// Swept rows whose pattern closes back beyond the level.
    Reclaimed,
    /// Signals, one a row.
    DistinctT,
    /// Signals on valid candles.
    Valid,
    /// Signals that are not too quiet.
    NotQuiet,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 10] = [
        Self::HasPivot,
        Self::HasLevel,
        Self::PrevCloseBeyond,
        Self::Pierced,
        Self::Swept,
        Self::ReversalPattern,
        Self::Reclaimed,
        Self::DistinctT,
        Self::Valid,
        Self::NotQuiet,
    ];

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HasPivot => "has_pivot",
            Self::HasLevel => "has_level",
            Self::PrevCloseBeyond => "prev_close_beyond",
            Self::Pierced => "pierced",
            Self::Swept => "swept",
            Self::ReversalPattern => "reversal_pattern",
            Self::Reclaimed => "reclaimed",
            Self::DistinctT => "distinct_t",
            Self::Valid => "valid",
            Self::NotQuiet => "not_quiet",
        }
    }

    /// Name on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::HasPivot => "A pivot in reach",
            Self::HasLevel => "A key level",
            Self::PrevCloseBeyond => "Closed before it",
            Self::Pierced => "Pierced",
            Self::Swept => "Volume spike",
            Self::ReversalPattern => "Reversal",
            Self::Reclaimed => "Closes back",
            Self::DistinctT => "Signals",
            Self::Valid => "Valid candle",
            Self::NotQuiet => "Not too quiet",
        }
    }
}

/// A condition counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// Some level exists.
    Level,
    /// The previous close is beyond some level.
    PrevCloseBeyond,
    /// Some level is pierced.
    Pierced,
    /// The volume test holds.
    Volume,
    /// Enough directional candles end here.
    ReversalPattern,
    /// The close is beyond some level.
    Reclaimed,
    /// Valid candle.
    Valid,
    /// Not too quiet.
    NotQuiet,
}

impl Alone {
    /// Every condition, in order.
    pub const ALL: [Self; 8] = [
        Self::Level,
        Self::PrevCloseBeyond,
        Self::Pierced,
        Self::Volume,
        Self::ReversalPattern,
        Self::Reclaimed,
        Self::Valid,
        Self::NotQuiet,
    ];

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::PrevCloseBeyond => "prev_close_beyond",
            Self::Pierced => "pierced",
            Self::Volume => "volume",
            Self::ReversalPattern => "reversal_pattern",
            Self::Reclaimed => "reclaimed",
            Self::Valid => "valid",
            Self::NotQuiet => "not_quiet",
        }
    }
}

/// Counts of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFunnel {
    /// Direction.
    pub side: Side,
    /// Usable rows of the window.
    pub usable_rows: usize,
    /// Rows or signals that reach each stage, in the order of [`Stage::ALL`].
    pub stages: [usize; 10],
    /// Rejected signals by code, in the order of [`Rejection::ALL`].
    pub rejected: [usize; 9],
    /// Signals that became trades.
    pub trades: usize,
    /// Rows on which each condition holds by itself, in the order of [`Alone::ALL`].
    pub alone: [usize; 8],
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
        sides: params.sides.iter().map(|side| count_side(stages, params, backtest, side)).collect(),
    }
}

fn count_side(stages: &Stages, params: &Params, backtest: &Backtest, side: Side) -> SideFunnel {
    let series = stages.series();
    let atr = stages.atr();
    let rule = stages.rule(params, side, None);
    let mut finder = stages.finder(params, side, params.min_level_touches);
    let mut chooser = stages.finder(params, side, params.min_level_touches);
    let first = series.usable_from(backtest.first_row);
    let mut rows = [0_usize; 10];
    let mut alone = [0_usize; 8];
    let mut stage = |stage: Stage| rows[stage as usize] += 1;
    for s in first..series.len() {
        if s % ROWS_A_BEAT == 0 {
            pulse();
        }
        let spike = rule.volume_spike(s);
        let has_pivot = finder.has_pivot(s);
        // Of all levels the lowest and the highest decide: each test asks whether a level is below, or above, a price.
        let range = if has_pivot { finder.range(s) } else { None };
        let any = |test: &dyn Fn(f64) -> bool| {
            range.is_some_and(|(lowest, highest)| test(lowest) || test(highest))
        };
        let prev_close = any(&|level| rule.prev_close_beyond(s, level));
        let single = [
            range.is_some(),
            prev_close,
            any(&|level| rule.pierced(s, level)),
            spike,
            rule.runs[s] >= params.reversal_candles,
            any(&|level| rule.reclaimed(s, level)),
            signal_valid(series, atr, s),
            not_quiet(series, atr, params, s),
        ];
        for (count, holds) in alone.iter_mut().zip(single) {
            *count += usize::from(holds);
        }
        if !has_pivot {
            continue;
        }
        stage(Stage::HasPivot);
        if range.is_none() {
            continue;
        }
        stage(Stage::HasLevel);
        if !prev_close {
            continue;
        }
        stage(Stage::PrevCloseBeyond);
        let Some(level) = rule.swept_level(s, &mut chooser) else { continue };
        stage(Stage::Pierced);
        if !spike {
            continue;
        }
        stage(Stage::Swept);
        if rule.pattern_end(s, false).is_none() && rule.pattern_end(s, true).is_none() {
            continue;
        }
        stage(Stage::ReversalPattern);
        if rule.signal_row(s, level.price).is_some() {
            stage(Stage::Reclaimed);
        }
    }
    let mut rejected = [0; 9];
    let mut trades = 0;
    for result in backtest.signals.iter().filter(|result| result.signal.side == side) {
        debug_assert!(in_window(series, backtest.first_row, result.signal.at));
        let at = result.signal.at as usize;
        stage(Stage::DistinctT);
        if signal_valid(series, atr, at) {
            stage(Stage::Valid);
            if not_quiet(series, atr, params, at) {
                stage(Stage::NotQuiet);
            }
        }
        match result.outcome {
            Outcome::Trade(_) => trades += 1,
            Outcome::Rejected(code) => rejected[code as usize] += 1,
        }
    }
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
    newest: usize,
    (with, condition): (&[Trade], Condition),
) -> (usize, Vec<Trade>) {
    let without = stages.run_without(params, newest, condition).trades;
    let count = without.len();
    let known: BTreeSet<(u32, Side)> = with.iter().map(|t| (t.entry_row, t.side)).collect();
    let new = without.into_iter().filter(|t| !known.contains(&(t.entry_row, t.side))).collect();
    (count, new)
}

/// Takes each condition away by itself, in the order of [`Condition::ALL`].
pub fn removals(
    stages: &mut Stages,
    params: &Params,
    newest: usize,
    trades: &[Trade],
) -> Vec<Removal> {
    Condition::ALL
        .into_iter()
        .map(|condition| {
            let (count, new) = only_without(stages, params, newest, (trades, condition));
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

//! What costs and the unseen path inside a candle do to a result.

use crate::backtest::Stages;
use crate::domain::{ExitReason, Trade, pulse};
use crate::engine::{EngineParams, Path};
use crate::metrics::MetricInput;
use crate::metrics::stats::{mean, sum};
use crate::strategy::Params;
use crate::table::ParamSpec;
use serde::{Deserialize, Serialize};

/// Steps of each axis of the heat map, the one at zero included.
pub const HEAT_STEPS: usize = 9;
/// The heat map reaches twice the chosen cost, and at least this far: fee and slippage a side.
const HEAT_REACH: (f64, f64) = (0.002, 0.001);

/// Realised results of the same trades, one value a clock row of the window, each with the starting equity.
///
/// Own choice: sums over closed trades, not compounded, so that the distance between two curves is exactly the money
/// that went to slippage or fees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CostCurves {
    /// Before slippage and fees.
    pub gross: Vec<f64>,
    /// After slippage.
    pub slipped: Vec<f64>,
    /// After slippage and fees.
    pub net: Vec<f64>,
}

/// The three curves over `rows` clock rows from `first_row` on.
pub fn cost_curves(trades: &[Trade], start: f64, first_row: u32, rows: usize) -> CostCurves {
    let curve = |part: fn(&Trade) -> f64| {
        let mut values = Vec::with_capacity(rows);
        let mut current = start;
        for trade in trades {
            values.resize((trade.exit_row - first_row) as usize, current);
            current += part(trade);
        }
        values.resize(rows, current);
        values
    };
    CostCurves {
        gross: curve(|t| t.gross),
        slipped: curve(|t| t.gross - t.slippage_cost),
        net: curve(|t| t.net),
    }
}

/// Results over a grid of costs, everything else as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatMap {
    /// Fee a side of each column.
    pub fees: Vec<f64>,
    /// Slippage a side of each row.
    pub slippages: Vec<f64>,
    /// Total return, by slippage, then by fee.
    pub total_return: Vec<f64>,
    /// Mean R; NaN-free: `None` without trades.
    pub expectancy_r: Vec<Option<f64>>,
    /// Trades.
    pub trades: Vec<u32>,
}

/// The values of an axis: even steps of the parameter's own grid from 0 to twice the chosen value, or `least`.
fn axis(key: &str, chosen: f64, least: f64) -> Vec<f64> {
    let spec: &ParamSpec = EngineParams::SPECS
        .iter()
        .find(|spec| spec.key == key)
        .expect("Invariant: the table has both costs");
    let most = (2.0 * chosen).max(least).min(spec.max);
    let parts = (HEAT_STEPS - 1) as f64;
    let mut values: Vec<f64> =
        (0..HEAT_STEPS).map(|i| spec.at_step(spec.step_of(most * i as f64 / parts))).collect();
    values.dedup();
    values
}

/// Runs the strategy for every pair of fee and slippage.
pub fn heat_map(stages: &mut Stages, params: &Params, first_row: u32) -> HeatMap {
    let fees = axis("fee", params.engine.fee, HEAT_REACH.0);
    let slippages = axis("slippage", params.engine.slippage, HEAT_REACH.1);
    let cells = fees.len() * slippages.len();
    let mut map = HeatMap {
        total_return: Vec::with_capacity(cells),
        expectancy_r: Vec::with_capacity(cells),
        trades: Vec::with_capacity(cells),
        fees,
        slippages,
    };
    for &slippage in &map.slippages {
        for &fee in &map.fees {
            pulse();
            let mut costs = params.clone();
            (costs.engine.fee, costs.engine.slippage) = (fee, slippage);
            let backtest = stages.run(&costs, first_row, Path::Pessimistic);
            let r: Vec<f64> = backtest.trades.iter().map(Trade::net_r).collect();
            map.total_return.push(backtest.end_equity / params.engine.starting_equity - 1.0);
            map.expectancy_r.push((!r.is_empty()).then(|| mean(&r)));
            map.trades.push(r.len() as u32);
        }
    }
    map
}

/// One reading of the rows that hold both stop and target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Number of trades.
    pub trades: usize,
    /// Trades with a positive net.
    pub wins: usize,
    /// Trades that ended at the target.
    pub targets: usize,
    /// Trades whose exit row held both stop and target.
    pub ambiguous: usize,
    /// End equity / starting equity − 1.
    pub total_return: f64,
    /// Mean R; `None` without trades.
    pub expectancy_r: Option<f64>,
    /// Sum of R.
    pub sum_r: f64,
}

/// Result of a run under one reading of ambiguous rows.
pub fn bounds(stages: &mut Stages, params: &Params, first_row: u32, path: Path) -> Bounds {
    let backtest = stages.run(params, first_row, path);
    let r: Vec<f64> = backtest.trades.iter().map(Trade::net_r).collect();
    let count = |test: fn(&Trade) -> bool| backtest.trades.iter().filter(|t| test(t)).count();
    Bounds {
        trades: r.len(),
        wins: count(MetricInput::is_win),
        targets: count(|t| t.exit_reason == ExitReason::Target),
        ambiguous: count(|t| t.ambiguous),
        total_return: backtest.end_equity / params.engine.starting_equity - 1.0,
        expectancy_r: (!r.is_empty()).then(|| mean(&r)),
        sum_r: sum(&r),
    }
}

impl Bounds {
    /// True when the sign of the return depends on which of the two readings holds.
    pub fn decided_by_path(&self, other: &Self) -> bool {
        (self.total_return > 0.0) != (other.total_return > 0.0)
    }
}

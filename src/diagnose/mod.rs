//! Why did this happen? The signal funnel and what each condition costs, one candle condition by condition, what costs
//! and the unseen path inside a candle do to a result, and the same parameters on other rows.

mod compare;
mod costs;
mod explain;
mod funnel;

pub use compare::{Change, Comparison, Pair, Parts, compare};
pub use costs::{Bounds, CostCurves, HeatMap, bounds, cost_curves, heat_map};
pub use explain::{About, Explanation, SideExplanation, explain};
pub use funnel::{ENGINE_ALONE, Funnel, Removal, SideFunnel, funnel, only_without, removals};

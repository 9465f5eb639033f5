//! The liquidity sweep and its backtest: from usable rows to trades, in stages that are cached apart.
//!
//! [`Series`] (rows of a policy) → [`indicators`] → [`levels`] (pivots) → [`sweep`] (signals) → [`run`] (trades) →
//! [`equity`]. Each stage reads only the parameters named in its key; [`Stages`] keeps the last result of each, so that
//! a slider re-runs only what depends on it. METHOD §5–§7.

pub mod equity;
mod fills;
pub mod indicators;
pub mod levels;
pub mod run;
mod series;
mod stages;
pub mod sweep;

pub use run::{Backtest, Outcome, Path, SignalOutcome};
pub use series::Series;
pub use stages::Stages;
pub use sweep::{Condition, Signal};

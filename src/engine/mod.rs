//! The backtest engine: from what a strategy asks for to trades, and from trades to equity. METHOD §5 and §7.
//!
//! [`Series`] (rows of a policy) and [`intent`] (what a strategy asks for) → [`run`] (filters, fills, sizes, exits) →
//! [`equity`]. The engine names no strategy: what a strategy wants to remember of a signal travels with it, unread.

mod conditions;
pub mod equity;
mod fills;
pub mod indicators;
pub mod intent;
pub mod params;
pub mod run;
mod series;

pub use conditions::{ENGINE_CONDITIONS, ENGINE_STAGES, Gate};
pub use fills::Path;
pub use intent::{Asks, ExitRule, ExitStates, Intent};
pub use params::{ENGINE_GROUPS, EngineParams, VENUES, Venue};
pub use run::{Backtest, Outcome, SignalOutcome};
pub use series::{Kept, Series};

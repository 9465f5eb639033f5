//! Every look counts: which configurations of which rows were seen, and the bar that so many of them set.
//! METHOD-TRAINING §5, "Ledger".
//!
//! A look is a result that a choice could be made from: a backtest that was shown, a trial of a search, the strategy under
//! another cleaning. What explains one result (raw rows beside it, costs, funnel, random entries) is none: own choice,
//! because nobody chooses among those.

mod hashes;
mod saved;
mod tally;

pub use hashes::Looks;
pub use saved::{Listed, Saved, TOP, listed};
pub use tally::{Counted, Place, Seen, SeenAt, Tally};

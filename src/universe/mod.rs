//! Which markets there are. On the page one market is one file, or one sample, as it was read; the command joins the files
//! of a market.

mod agreement;
mod fills;
mod join;
mod merge;
mod name;
mod table;
mod venues;

pub use agreement::{
    ASKED, Agreement, Clock, Known, LAGS, Others, Shift, WITHIN_BP, What, agreement, others,
};
pub use fills::Fills;
pub use join::{
    Conflict, File, Join, Joined, Key, LevelBreak, Overlap, Seen, disagree, join, of_calendar,
};
pub use merge::{Factors, Matched, MergePolicy, Merged, Run, Source, merge};
pub use name::{Columns, Named, Says};
pub use table::{Row, SOURCE_LIMIT, Table};
pub use venues::{Frame, Refusal, Stand, Venue, Walk};

use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a market as long as the page lives. Numbers are given once and never again, so that an answer about a market that
/// was closed can be told from one about its successor.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct MarketId(pub u32);

impl MarketId {
    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for MarketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "market {}", self.0)
    }
}

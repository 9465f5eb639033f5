//! Which markets there are. On the page one market is one file, or one sample, as it was read; the command joins the files
//! of a market.

mod join;
mod name;
mod table;

pub use join::{Conflict, File, Join, Joined, Key, LevelBreak, Overlap, Seen, disagree, join};
pub use name::{Columns, Named, Says};
pub use table::{Row, Table};

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

//! Cleaning: counts and differences between policies.

use super::question::Question;
use crate::quality::{Cleaning, Outcome, Policy};
use serde::{Deserialize, Serialize};

/// Clean and compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CleanQuestion {
    /// The chosen policy.
    pub cleaning: Cleaning,
    /// The policy it is compared with.
    pub versus: Cleaning,
}

impl Question for CleanQuestion {
    type Answer = CleanView;
}

/// Cleaning of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CleanView {
    /// The policy.
    pub policy: Policy,
    /// What the file is worth under it.
    pub outcome: Outcome,
    /// The same in one line.
    pub line: String,
    /// What its usable rows are enough for.
    pub enough: String,
    /// Rows on the clock that are not used, and rows taken out.
    pub set_aside: (usize, usize),
    /// Warnings of the cleaning and counts by rule, as markup like all that follows.
    pub waterfall: String,
    /// Gates over the rows that are used.
    pub gates: String,
    /// Rows decided differently: reasons, and the first of them.
    pub difference: [String; 2],
    /// The original method's cleaner, where it is one of the two.
    pub original: String,
}

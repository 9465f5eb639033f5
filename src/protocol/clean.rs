//! Cleaning: counts and differences between policies.

use super::question::Question;
use crate::quality::Cleaning;
use crate::quality::clean::{CleaningSummary, PolicyDiff};
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
    /// Counts and reasons.
    pub summary: CleaningSummary,
    /// The policy compared with.
    pub versus: CleaningSummary,
    /// Rows decided differently.
    pub diff: PolicyDiff,
    /// File line of each listed difference, with its time.
    pub diff_places: Vec<(u32, i64)>,
}

//! Conditions of a signal or of its trade, and what a test of one found.

use super::Unit;
use crate::domain::Measure;
use serde::{Deserialize, Serialize};

/// A condition that funnel and explain show, and that can be taken away to see what it costs.
#[derive(Clone, Copy, Debug)]
pub struct ConditionSpec {
    /// Name in documents.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Unit of its value and threshold.
    pub unit: Unit,
    /// What is counted, where the value is a count of things.
    pub noun: Option<&'static str>,
    /// What is compared, in words, for a long and for a short signal.
    pub what: [&'static str; 2],
    /// What replaces it when it is taken away.
    pub removed: &'static str,
}

/// A line of the funnel: rows, or signals, that get this far.
#[derive(Clone, Copy, Debug)]
pub struct StageSpec {
    /// Name in documents.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Place of the condition that the line adds, among those of its own table.
    pub condition: Option<usize>,
}

/// How a value is compared with its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// value > threshold.
    Above,
    /// value ≥ threshold.
    AtLeast,
    /// value < threshold.
    Below,
    /// value ≤ threshold.
    AtMost,
}

impl Test {
    /// The sign between value and threshold.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => "≥",
            Self::Below => "<",
            Self::AtMost => "≤",
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It is not asked on this file.
    Skipped,
}

impl Verdict {
    /// Pass or fail.
    pub const fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }
}

/// One condition at one row. Value and threshold are in the unit of its [`ConditionSpec`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// What was found.
    pub value: Measure,
    /// What it is compared with.
    pub threshold: Measure,
    /// How.
    pub test: Test,
    /// The outcome.
    pub verdict: Verdict,
}

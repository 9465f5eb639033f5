//! Whether a result means anything.

use super::Split;
use super::question::Question;
use crate::session::Settings;
use crate::validate::causality::{Compared, Violation};
use serde::{Deserialize, Serialize};

/// Intervals and other tools' numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidateQuestion {
    /// With what.
    pub settings: Settings,
}

impl Question for ValidateQuestion {
    type Answer = ValidateView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Intervals and other tools' numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidateView {
    /// Seeded intervals, as the report has them ([`crate::export::html::intervals`]).
    pub intervals: Split,
    /// What other tools would print ([`crate::export::html::others`]).
    pub others: Split,
    /// The success criteria of the original method ([`crate::export::html::criteria`]).
    pub criteria: Split,
}

/// Draw the entries at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntriesQuestion {
    /// With what.
    pub settings: Settings,
}

impl Question for EntriesQuestion {
    type Answer = EntriesView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// What random entries make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntriesView {
    /// The null of the entry rule, or why there is none, as the report has it ([`crate::export::html::entries`]).
    pub html: Split,
    /// Mean win rate by chance.
    pub win_rate: Option<f64>,
}

/// Check some cuts for use of the future.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofQuestion {
    /// With what.
    pub settings: Settings,
    /// Cuts already checked.
    pub from: u32,
}

impl Question for ProofQuestion {
    type Answer = ProofView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }

    fn next(&self, answer: &ProofView) -> Option<Self> {
        let moved = self.from < answer.done && answer.done < answer.total;
        (moved && answer.violation.is_none())
            .then(|| Self { from: answer.done, settings: self.settings.clone() })
    }
}

/// Cuts that were checked for use of the future.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofView {
    /// Cuts checked so far.
    pub done: u32,
    /// Cuts in all.
    pub total: u32,
    /// What the last cut compared.
    pub compared: Compared,
    /// The first number that was not the same.
    pub violation: Option<Violation>,
}

//! What was seen: which configurations backtests were of, and the bar that so many of them set.

use super::question::Question;
use crate::ledger::{Counted, SeenAt};
use crate::metrics::GridUnit;
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// A backtest that was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// With what it was made.
    pub settings: Settings,
    /// Its Sharpe ratio per cell, where it is defined.
    pub sharpe: Option<f64>,
    /// Length of a cell.
    pub unit: GridUnit,
}

/// Tell which looks some backtests were. Asked once the last one has stood for a while, so that no slider waits for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LooksQuestion {
    /// The backtests, oldest first.
    pub shown: Vec<Shown>,
    /// Run of the last one, for the page to know which it need not ask about again.
    pub upto: u64,
}

impl Question for LooksQuestion {
    type Answer = LooksView;
}

/// Answer to [`LooksQuestion`]: the looks in the order in which they were shown, neighbours of one window together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LooksView {
    /// The looks.
    pub looks: Vec<SeenAt>,
}

/// Hold a backtest against what a ledger knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BarQuestion {
    /// The backtest.
    pub settings: Settings,
    /// What the ledger says of its window.
    pub counted: Counted,
}

impl Question for BarQuestion {
    type Answer = BarView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Answer to [`BarQuestion`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarView {
    /// In a sentence or two.
    pub line: String,
    /// The markup of [`crate::export::html::bar`].
    pub html: String,
    /// The result is not above the bar by enough.
    pub is_warning: bool,
}

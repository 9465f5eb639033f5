//! Two results side by side.

use super::question::Question;
use super::{CurveView, TradeView};
use crate::diagnose::Comparison;
use crate::domain::Measure;
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// Compare with the same settings on raw rows, or with other settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareQuestion {
    /// The later of the two.
    pub settings: Settings,
    /// The earlier; without it the same settings on raw rows.
    pub against: Option<Settings>,
    /// Pixel columns of the curves.
    pub columns: u32,
}

impl Question for CompareQuestion {
    type Answer = CompareView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Two results, the earlier first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareView {
    /// Metrics, in the order of the table.
    pub metrics: [Vec<Measure>; 2],
    /// Usable rows of both.
    pub rows: [usize; 2],
    /// Trades of both.
    pub trades: [Vec<TradeView>; 2],
    /// Equity of both, on the clock of the later one.
    pub curves: [CurveView; 2],
    /// Trade by trade.
    pub comparison: Comparison,
}

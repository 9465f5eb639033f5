//! The same parameters on other rows.

use super::question::Question;
use super::{CurveView, TradeView};
use crate::diagnose::Comparison;
use crate::domain::Measure;
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// Compare with raw rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareQuestion {
    /// With what.
    pub settings: Settings,
    /// Pixel columns of the curves.
    pub columns: u32,
}

impl Question for CompareQuestion {
    type Answer = CompareView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// The same parameters on raw rows and on those of the policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareView {
    /// Metrics on raw rows and on the policy's, in the order of the table.
    pub metrics: [Vec<Measure>; 2],
    /// Usable rows of both.
    pub rows: [usize; 2],
    /// Trades of both.
    pub trades: [Vec<TradeView>; 2],
    /// Equity of both.
    pub curves: [CurveView; 2],
    /// Trade by trade.
    pub comparison: Comparison,
}

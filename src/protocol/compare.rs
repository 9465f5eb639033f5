//! Two results side by side.

use super::question::Question;
use super::{CurveView, Split, TradeView};
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
    pub against: Option<Box<Settings>>,
    /// Pixel columns of the curves.
    pub columns: u32,
}

impl CompareQuestion {
    /// The earlier settings as they are compared: they see no row that the later ones hold back.
    pub fn against(&self) -> Option<Settings> {
        let mut against = *self.against.clone()?;
        if let Some(split) = self.settings.window.split_ms {
            let own = against.window.split_ms;
            let line = own.map_or(split, |own| own.min(split));
            // One that ends before the line has nothing behind it.
            let ends = against.window.to_ms.is_some_and(|to| to <= line);
            against.window.split_ms = (!ends).then_some(line);
        }
        Some(against)
    }

    /// Names of both sides, the earlier first.
    pub fn names(&self) -> [&'static str; 2] {
        match self.against {
            Some(_) => ["A", "B"],
            None => ["raw", self.settings.cleaning.policy.name()],
        }
    }
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
    /// Their numbers side by side ([`crate::export::html::side_by_side`]).
    pub table: Split,
    /// Trades of both.
    pub trades: [Vec<TradeView>; 2],
    /// Equity of both, on the clock of the later one.
    pub curves: [CurveView; 2],
    /// Trade by trade.
    pub comparison: Comparison,
}

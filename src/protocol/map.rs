//! What if these two parameters moved? A grid of two of them around the settings as they are.

use super::question::Question;
use crate::ledger::SeenAt;
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// Run two parameters over a grid; everything else stays as the settings have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapQuestion {
    /// The settings.
    pub settings: Settings,
    /// Parameter to the right; where the strategy has none of that name, the first of its own space.
    pub x: String,
    /// Parameter upwards, likewise the second.
    pub y: String,
    /// Metric that colours.
    pub metric: String,
}

impl Question for MapQuestion {
    type Answer = MapView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Answer to [`MapQuestion`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapView {
    /// The parameters, by their keys.
    pub keys: (String, String),
    /// The markup of [`crate::export::html::heat`].
    pub html: String,
    /// The configurations that were run.
    pub looks: Option<SeenAt>,
}

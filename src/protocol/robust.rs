//! Would the result have held? Other cleanings of the same file, and what its trades lean on.

use super::question::Question;
use crate::ledger::SeenAt;
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// Run one strategy under every cleaning, some at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MultiverseQuestion {
    /// Strategy and window; every cleaning is tried.
    pub settings: Settings,
    /// Cleanings that were tried before.
    pub from: u32,
}

impl Question for MultiverseQuestion {
    type Answer = MultiverseView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }

    fn next(&self, answer: &MultiverseView) -> Option<Self> {
        (self.from < answer.done && answer.done < answer.total)
            .then(|| Self { from: answer.done, settings: self.settings.clone() })
    }
}

/// What the choice of a cleaning makes of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MultiverseView {
    /// Cleanings tried so far.
    pub done: u32,
    /// Cleanings in all.
    pub total: u32,
    /// A few words and a sentence, once all were tried.
    pub verdict: Option<(String, String)>,
    /// Which looks they were, once all were tried.
    pub looks: Vec<SeenAt>,
    /// The words are a warning.
    pub is_warning: bool,
    /// The markup of [`crate::export::html::multiverse`], once all were tried.
    pub html: String,
}

/// Ask what the trades lean on, and which fills nobody could have had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContaminationQuestion {
    /// With what.
    pub settings: Settings,
}

impl Question for ContaminationQuestion {
    type Answer = ContaminationView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Answer to [`ContaminationQuestion`], as markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContaminationView {
    /// [`crate::export::html::contamination`].
    pub contamination: String,
    /// [`crate::export::html::fantasy`].
    pub fantasy: String,
    /// Of a merged market, which trades were filled at another venue.
    pub fills: String,
}

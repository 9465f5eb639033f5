//! Many configurations at once: running them in steps, and reading what was found.

use super::question::Question;
use crate::ledger::{Counted, SeenAt};
use crate::search::Plan;
use crate::search::reading::Over;
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// Run the trials of a search, some at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchQuestion {
    /// Rows, window, and the values of what is not searched.
    pub settings: Settings,
    /// What is searched.
    pub plan: Plan,
    /// Steps that were done before.
    pub step: u32,
}

impl Question for SearchQuestion {
    type Answer = SearchView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }

    fn next(&self, answer: &SearchView) -> Option<Self> {
        (!answer.is_whole).then(|| Self { step: answer.step, ..self.clone() })
    }
}

/// How far a search is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchView {
    /// Steps that are done.
    pub step: u32,
    /// Trials that were run, in the order in which they are run.
    pub done: u32,
    /// Trials in all.
    pub total: u32,
    /// Share of the tests for luck that is drawn.
    pub drawn: f64,
    /// Nothing is left to do.
    pub is_whole: bool,
    /// The configurations that this step ran.
    pub looks: Option<SeenAt>,
    /// The best trial so far with its objective as text.
    pub best: Option<(u32, String)>,
}

/// How the table of trials is sorted, filtered and cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChoice {
    /// `rank`, `trial`, `objective`, a searched parameter or a metric.
    pub sort: String,
    /// Largest first.
    pub descending: bool,
    /// Conditions such as `trades >= 100, sharpe > 0`.
    pub filter: String,
    /// Rows in sight.
    pub rows: u32,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureChoice {
    /// Parameter to the right.
    pub x: String,
    /// Parameter upwards.
    pub y: String,
    /// Metric that colours.
    pub metric: String,
    /// What becomes of trials that share a cell.
    pub over: Over,
}

/// Read what a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundQuestion {
    /// Of the search.
    pub settings: Settings,
    /// Of the search.
    pub plan: Plan,
    /// Trials that were run, as [`SearchView::done`] tells.
    pub done: u32,
    /// The table.
    pub table: TableChoice,
    /// The pictures.
    pub picture: PictureChoice,
    /// What the ledger says of the window, where it is known.
    pub counted: Option<Counted>,
    /// The table of all trials is wanted as a file.
    pub csv: bool,
}

impl Question for FoundQuestion {
    type Answer = FoundView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Answer to [`FoundQuestion`], as markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundView {
    /// Counts in a sentence.
    pub counts: String,
    /// [`crate::export::html::luck`].
    pub luck: String,
    /// The table.
    pub table: String,
    /// What is wrong with the filter.
    pub refused: Option<String>,
    /// Two parameters by a metric, as cells and as points.
    pub surface: String,
    /// All parameters at once.
    pub parallel: String,
    /// How the trials and the best of them spread over each parameter.
    pub spread: String,
    /// The table of all trials, where it is wanted.
    pub csv: Option<String>,
}

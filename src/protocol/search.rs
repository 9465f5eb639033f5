//! Many configurations at once: running them in steps, and reading what was found.

use super::question::Question;
use crate::ledger::{Counted, SeenAt};
use crate::search::Plan;
use crate::search::reading::Over;
use crate::session::Settings;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

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
    /// Trials that were run.
    pub done: u32,
    /// Which: in the order in which they are run those before the first place, and those from the second on.
    pub ran: (u32, u32),
    /// Trials in all.
    pub total: u32,
    /// Share of the tests for luck that is drawn.
    pub drawn: f64,
    /// Nothing is left to do.
    pub is_whole: bool,
    /// The configurations that this step ran, if any, with where they are counted.
    pub looks: SeenAt,
    /// The best trial so far with its objective as text.
    pub best: Option<(u32, String)>,
}

/// Run some trials of a search for the worker that keeps it, from the last ones backwards. Who keeps it goes the other way,
/// and runs whatever nobody brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortionQuestion {
    /// Of the search.
    pub settings: Settings,
    /// Of the search.
    pub plan: Plan,
    /// Which of the workers that help this is, and how many there are.
    pub share: (u32, u32),
    /// The place of the order that they begin before.
    pub back: u32,
    /// Portions that it did before.
    pub step: u32,
}

impl Question for PortionQuestion {
    type Answer = PortionView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }

    fn next(&self, answer: &PortionView) -> Option<Self> {
        (!answer.is_last).then(|| Self { step: self.step + 1, ..self.clone() })
    }
}

/// Answer to [`PortionQuestion`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortionView {
    /// Place of the first of them in the order in which trials are run.
    pub from: u32,
    /// What they came to, a list of [`crate::search::Outcome`] as bytes: the page only hands it on.
    pub outcomes: ByteBuf,
    /// The configurations that were run.
    pub looks: Option<SeenAt>,
    /// Nothing is left for this worker.
    pub is_last: bool,
}

/// Hand trials that another worker ran to the one that keeps the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatherQuestion {
    /// Of the search.
    pub settings: Settings,
    /// Of the search.
    pub plan: Plan,
    /// As [`PortionView::from`].
    pub from: u32,
    /// As [`PortionView::outcomes`].
    pub outcomes: ByteBuf,
}

impl Question for GatherQuestion {
    type Answer = GatherView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Answer to [`GatherQuestion`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatherView;

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

impl TableChoice {
    /// Lets only trials through whose `key` lies between two values, both included, or, without values, all of them again.
    /// Conditions on other columns stay.
    /// The column may have been named by its `label`, too.
    pub fn brush(&mut self, (key, label): (&str, &str), ends: Option<(&str, &str)>) {
        let is_other = |part: &&str| {
            part.split(['<', '>', '='])
                .next()
                .map(str::trim)
                .is_some_and(|column| column != key && !column.eq_ignore_ascii_case(label))
        };
        let parts = self.filter.split(',').map(str::trim).filter(|part| !part.is_empty());
        let mut kept: Vec<String> = parts.filter(is_other).map(str::to_owned).collect();
        if let Some((low, high)) = ends {
            kept.push(format!("{key} >= {low}"));
            kept.push(format!("{key} <= {high}"));
        }
        self.filter = kept.join(", ");
    }
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

/// A file of all trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrialsFile {
    /// A table.
    Csv,
    /// The document of `cleansweep search --json`.
    Json,
}

impl TrialsFile {
    /// Name and media type of the file.
    pub const fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("cleansweep_trials.csv", "text/csv"),
            Self::Json => ("cleansweep_search.json", "application/json"),
        }
    }
}

/// Read what a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundQuestion {
    /// Of the search.
    pub settings: Settings,
    /// Of the search.
    pub plan: Plan,
    /// Trials that were run, as [`SearchView::ran`] tells.
    pub ran: (u32, u32),
    /// The table.
    pub table: TableChoice,
    /// The pictures.
    pub picture: PictureChoice,
    /// What the ledger says of the window, where it is known.
    pub counted: Option<Counted>,
    /// All trials are wanted as a file.
    pub file: Option<TrialsFile>,
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
    /// The file, where one is wanted.
    pub file: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brush_replaces_its_own_conditions_only() {
        let mut table = TableChoice {
            sort: "rank".to_owned(),
            descending: false,
            filter: "trades >= 100,  pierce_depth>0.001, pierce Depth < 0.004".to_owned(),
            rows: 1,
        };
        let pierce = ("pierce_depth", "Pierce depth");
        table.brush(pierce, Some(("0.0015", "0.002")));
        assert_eq!(table.filter, "trades >= 100, pierce_depth >= 0.0015, pierce_depth <= 0.002");
        table.brush(("fee", "Fee per side"), Some(("0", "0.001")));
        table.brush(pierce, None);
        assert_eq!(table.filter, "trades >= 100, fee >= 0, fee <= 0.001");
        table.brush(("trades", "Trades"), None);
        table.brush(("fee", "Fee per side"), None);
        assert_eq!(table.filter, "");
    }
}

//! Strategies: each is one folder or file with its table, and one line in [`STRATEGIES`].
//!
//! A strategy declares what it can be told, what its conditions are called and what it remembers of a signal, and turns rows
//! into [`Asks`]. The engine does the rest for all of them alike; funnel, explain, documents, links, command and page read
//! the table.

mod cached;
pub mod ma_cross;
mod params;
pub mod sweep;
#[cfg(test)]
mod toy;

pub(crate) use cached::Cached;
pub use params::Params;

use crate::domain::{Origin, Side};
use crate::engine::{Asks, ENGINE_CONDITIONS, Gate, Series};
use crate::table::{ConditionSpec, ParamError, ParamSpec, ParamValue, StageSpec, Tested};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Declares the list of strategies: a line for each, its table and the type of its rules. The rules stand in a list of
/// their own: the page reads the tables, runs nothing, and carries none of the rules.
macro_rules! strategies {
    ($($(#[$meta:meta])* $table:path => $rules:ty;)+) => {
        /// Every strategy, in the order of the page's choice.
        pub static STRATEGIES: &[&Strategy] = &[$($(#[$meta])* &$table,)+];

        static RULES: &[fn() -> Box<dyn Rules>] = &[$($(#[$meta])* || Box::<$rules>::default(),)+];
    };
}

strategies! {
    sweep::SWEEP => sweep::SweepRules;
    ma_cross::MA_CROSS => ma_cross::MaCrossRules;
    #[cfg(test)]
    toy::TOY => toy::ToyRules;
}

/// A strategy as settings, links and messages name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyId(u8);

impl StrategyId {
    /// Every strategy, in the order of [`STRATEGIES`].
    pub fn all() -> impl Iterator<Item = Self> {
        (0..STRATEGIES.len()).map(|at| Self(at as u8))
    }

    /// Looks a strategy up by its name in documents.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|id| id.get().name == name)
    }

    /// Its table. A number of another build, which no message and no link can hold, is the first one.
    pub fn get(self) -> &'static Strategy {
        STRATEGIES.get(usize::from(self.0)).copied().unwrap_or(STRATEGIES[0])
    }

    /// A fresh set of its rules, for one series.
    pub fn rules(self) -> Box<dyn Rules> {
        RULES.get(usize::from(self.0)).unwrap_or(&RULES[0])()
    }
}

/// A named set of values, as differences from what the strategy starts with.
#[derive(Debug)]
pub struct Preset {
    /// Name in options.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// What differs, of the strategy's and the engine's parameters.
    pub values: &'static [(&'static str, ParamValue)],
    /// Newest usable rows that it was made for, where it was made for some; the page offers them.
    pub newest: Option<usize>,
}

/// What a number of an [`Origin`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind {
    /// A price.
    Price,
    /// A count.
    Count,
    /// A usable row.
    Row {
        /// Documents give its time, too, under this key.
        time: Option<&'static str>,
    },
}

/// A column that a strategy remembers of every signal.
#[derive(Debug)]
pub struct OriginSpec {
    /// Name in documents.
    pub key: &'static str,
    /// What it is.
    pub kind: OriginKind,
    /// The list of signals and the table of trades have it, too.
    pub is_listed: bool,
}

impl OriginSpec {
    /// The key of its time, of a row that documents give the time of.
    pub const fn time_key(&self) -> Option<&'static str> {
        if let OriginKind::Row { time } = self.kind { time } else { None }
    }
}

/// What funnel rows and lone conditions come to, on one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that reach each stage, in the order of [`Strategy::stages`].
    pub stages: Vec<usize>,
    /// Rows on which each condition holds by itself, in the order of [`Strategy::conditions`].
    pub alone: Vec<usize>,
}

/// A sentence about what a row was held against, with the row that it speaks of. Rows are usable rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Words before the time of the row.
    pub before: String,
    /// The row.
    pub row: usize,
    /// Words after it.
    pub after: String,
}

/// One row, condition by condition, on one side. Rows are usable rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// In the order of [`Strategy::conditions`].
    pub tests: Vec<Tested>,
    /// Row at whose close the signal is known; `None` when the pattern is not complete.
    pub signal: Option<usize>,
    /// Where the signal is, or would be, known: the engine's conditions are read there.
    pub at: usize,
    /// What the row was held against.
    pub about: Option<About>,
}

/// What a typical row of a file looks like, for hints.
#[derive(Clone, Copy, Debug)]
pub struct Typical {
    /// Median of ATR / close.
    pub atr_frac: Option<f64>,
    /// False on files without volume.
    pub has_volume: bool,
}

/// A strategy over one series of rows, with whatever it keeps between two runs. Calls after [`Self::prepare`] are about the
/// same rows and parameters as that one.
pub trait Rules: Debug + Send {
    /// Brings what it keeps up to date with the parameters.
    fn prepare(&mut self, series: &Series, params: &Params);

    /// What it asks for, with a condition (its place in [`Strategy::conditions`]) taken away.
    fn asks(&mut self, series: &Series, params: &Params, without: Option<usize>) -> Asks;

    /// Told of the ends of the trials that will be asked about next, lowest and highest values, which differ in none of
    /// [`Strategy::shared_by`]: what lies between them may be found once. What is asked for stays the same to the bit.
    fn share(&mut self, _series: &Series, _trials: &mut dyn Iterator<Item = Params>) {}

    /// First usable row at which all of its own values are defined.
    fn ready_row(&self, series: &Series) -> Option<usize>;

    /// Counts stages and conditions over the usable rows from `first` on.
    fn count(&self, series: &Series, params: &Params, side: Side, first: usize) -> Counts;

    /// Holds usable row `s` against every condition.
    fn explain(&self, series: &Series, params: &Params, side: Side, s: usize) -> Seen;
}

/// The table of a strategy: everything that is declared about it.
#[derive(Debug)]
pub struct Strategy {
    /// Name in documents, links and options.
    pub name: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    /// Its own parameters.
    pub params: &'static [ParamSpec],
    /// Their default values, in the order of the table.
    pub defaults: fn() -> Vec<ParamValue>,
    /// The headings of its own parameters, in panel order; those of the engine follow.
    pub groups: &'static [&'static str],
    /// All keys in the order of documents; `None` = those of the engine, then its own.
    pub order: Option<&'static [&'static str]>,
    /// Values of the engine's parameters that it starts with instead of the engine's own, and where each comes from.
    pub starts: &'static [(&'static str, ParamValue, &'static str)],
    /// Named sets of values; the first is what it starts with.
    pub presets: &'static [Preset],
    /// What is to be known about the presets.
    pub presets_note: &'static str,
    /// Its conditions.
    pub conditions: &'static [ConditionSpec],
    /// Its lines of the funnel, in rows.
    pub stages: &'static [StageSpec],
    /// What it remembers of a signal, at most as many columns as an [`Origin`] has numbers.
    pub origin: &'static [OriginSpec],
    /// Places in the origin of a price and of the row from which a line at that price is drawn to the entry.
    pub line: Option<(usize, usize)>,
    /// What the row that a signal rests on does, as in "It … (long, trade 3)."; `None` where it is the signal row itself.
    pub from_text: Option<&'static str>,
    /// A signal in a few words, for the mark on the chart.
    pub note: fn(&Origin) -> String,
    /// It tells open positions when to leave.
    pub has_exits: bool,
    /// Refuses parameters that contradict each other.
    pub check: fn(&Params) -> Result<(), ParamError>,
    /// What makes no sense on a file, in sentences. Nothing is changed for the user.
    pub hints: fn(&Params, Typical) -> Vec<String>,
    /// The parameters that a search varies unless told otherwise, with the values between which it does.
    pub space: &'static [(&'static str, f64, f64)],
    /// Its own parameters that trials of a search must agree in to share work; a search takes trials in their order.
    pub shared_by: &'static [&'static str],
    /// Thresholds of its own that follow how much a file moves, as multiples of its median ATR / close.
    pub fits: &'static [(&'static str, f64)],
}

/// A condition of a strategy or of the engine that the funnel can take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// The strategy's: its place in [`Strategy::conditions`].
    Own(u8),
    /// The engine's.
    Engine(Gate),
}

impl Strategy {
    /// Every condition of a run, in the order of documents: the strategy's, then the engine's.
    pub fn all_conditions(&self) -> impl Iterator<Item = (Condition, &'static ConditionSpec)> {
        let own = self.conditions.iter().enumerate();
        let own = own.map(|(at, spec)| (Condition::Own(at as u8), spec));
        let gates = Gate::ALL.into_iter().map(Condition::Engine);
        own.chain(gates.zip(ENGINE_CONDITIONS))
    }

    /// The row of a condition; of one that the strategy does not have, the engine's first.
    pub fn condition(&self, condition: Condition) -> &'static ConditionSpec {
        let own = match condition {
            Condition::Own(at) => self.conditions.get(usize::from(at)),
            Condition::Engine(gate) => ENGINE_CONDITIONS.get(gate as usize),
        };
        own.unwrap_or(&ENGINE_CONDITIONS[0])
    }

    /// Where the value comes from that the strategy starts a parameter with.
    pub fn origin_of(&self, spec: &ParamSpec) -> &'static str {
        let own = self.starts.iter().find(|(key, ..)| *key == spec.key);
        own.map_or(spec.origin, |(_, _, origin)| origin)
    }

    /// A preset by key.
    pub fn preset(&self, key: &str) -> Option<&'static Preset> {
        self.presets.iter().find(|preset| preset.key == key)
    }
}

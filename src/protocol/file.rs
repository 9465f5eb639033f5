//! A file: its first lines, and its rows.

use super::question::Question;
use crate::audit::Gates;
use crate::import::{Preview, Reading};
use crate::quality::synth::Sample;
use crate::universe::{MarketId, MergePolicy, Named};
use serde::{Deserialize, Serialize};

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Generated in the worker.
    Sample(String),
    /// A file or pasted text, attached to the message.
    Attached {
        /// Its name, for titles and downloads.
        name: String,
    },
    /// Other markets, whose columns are attached one after the other.
    Combined {
        /// Its name.
        name: String,
        /// Bytes of each.
        parts: Vec<u64>,
        /// What is made of them.
        how: How,
    },
}

/// What several markets become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// Files of one market, one after the other.
    Join,
    /// Several venues as one; the first is the reference.
    Merge {
        /// How rows are chosen.
        policy: MergePolicy,
        /// Prices are moved to the reference's level.
        basis: bool,
    },
}

/// What is said about the market of a file beside its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Where it came from: its name with the folders that are known.
    pub path: String,
    /// The user's symbol.
    pub symbol: Option<String>,
    /// The user's venue.
    pub venue: Option<String>,
}

impl From<Sample> for Source {
    fn from(sample: Sample) -> Self {
        Self::Sample(sample.name().to_owned())
    }
}

/// Look at the first lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewQuestion {
    /// Where from.
    pub source: Source,
    /// What the user chose.
    pub reading: Reading,
}

impl Question for PreviewQuestion {
    type Answer = Preview;
}

/// Read rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadQuestion {
    /// Where from.
    pub source: Source,
    /// What the user chose.
    pub reading: Reading,
    /// What is said about its market.
    pub told: Told,
}

impl LoadQuestion {
    /// Of a source by itself, as it is.
    pub fn of(source: impl Into<Source>) -> Self {
        Self { source: source.into(), reading: Reading::default(), told: Told::default() }
    }
}

impl Question for LoadQuestion {
    type Answer = LoadedView;
}

/// Judge all markets by gates, and hold them against an earlier audit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditQuestion {
    /// Number and facts of each market.
    pub markets: Vec<(MarketId, Vec<u8>)>,
    /// The gates.
    pub gates: Gates,
    /// The text of an earlier audit, with its name.
    pub previous: Option<(String, String)>,
    /// The time that ages count to, ms.
    pub now_ms: i64,
}

impl Question for AuditQuestion {
    type Answer = AuditView;
}

/// Answer to [`AuditQuestion`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    /// The markets as a table.
    pub table: String,
    /// The verdict in a sentence.
    pub line: String,
    /// What changed since the earlier audit, as a table.
    pub changes: String,
    /// Why the earlier audit cannot be compared.
    pub problem: Option<String>,
    /// What contradicts itself in the gates.
    pub contradiction: Option<String>,
    /// The gates as a file that the command reads.
    pub gates: String,
    /// The audit as the document that the command writes.
    pub document: String,
}

/// Where a file hurts: days, hours, outages, ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesQuestion;

impl Question for PlacesQuestion {
    type Answer = PlacesView;
}

/// Answer to [`PlacesQuestion`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesView {
    /// The markup of [`crate::export::html::where_it_hurts`].
    pub html: String,
}

/// Summary of a loaded file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadedView {
    /// File name.
    pub name: String,
    /// Candles at which the level jumps and stays, with the nearest split.
    pub level_jumps: Vec<(u32, String)>,
    /// Rows of the file.
    pub file_rows: usize,
    /// Candles after removing duplicates.
    pub candles: usize,
    /// Timeframe, ms.
    pub timeframe_ms: Option<i64>,
    /// Open of the first and the last candle.
    pub span_ms: (i64, i64),
    /// Closing prices at even steps of time from the first to the last candle.
    pub overview: Vec<f32>,
    /// False on volume-less files.
    pub has_volume: bool,
    /// What the page about the file shows, as markup ([`crate::export::html::file`]).
    pub html: [String; 7],
    /// Share of the expected slots that have a row.
    pub coverage: f64,
    /// Shape of the file, by which choices are remembered.
    pub signature: String,
    /// The column of a volume that cannot be trusted.
    pub bad_volume: Option<usize>,
    /// What is known of the market: symbol, venue, and who said so.
    pub named: Named,
    /// Files with one key are of one market; `None` where nothing may be.
    pub key: Option<String>,
    /// What its gates are judged by ([`crate::audit::Facts`]), for [`AuditQuestion`].
    pub facts: Vec<u8>,
    /// What it was joined or merged from, as markup.
    pub combined: String,
    /// Its rows come from several venues.
    pub is_merged: bool,
    /// Memory of the worker's module when the last row was read and when it was judged, bytes; 0 natively.
    pub memory_bytes: [u64; 2],
}

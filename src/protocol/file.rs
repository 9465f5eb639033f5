//! A file: its first lines, and its rows.

use super::question::Question;
use crate::import::{Preview, Reading};
use crate::quality::synth::Sample;
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
}

impl Question for LoadQuestion {
    type Answer = LoadedView;
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
    /// Memory of the worker's module when the last row was read and when it was judged, bytes; 0 natively.
    pub memory_bytes: [u64; 2],
}

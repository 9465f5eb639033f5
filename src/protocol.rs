//! Every message across the worker boundary. Closed enums, no browser types; bytes are postcard.
//!
//! The page posts a [`Question`], the worker answers with any number of [`Event::Progress`] and exactly one other event.
//! Each lane has a generation counter kept by the page: an answer that is older than the newest delivered one of its
//! lane, or about another dataset, is dropped.

use crate::charts::decimate::Column;
use crate::diagnose::{Bounds, Comparison, Explanation, Funnel, HeatMap, Removal};
use crate::domain::{Measure, Rejection, Side, Trade, Undefined};
use crate::engine::Outcome;
use crate::import::{Diagnostics, ImportError, Preview, Reading};
use crate::metrics::GridUnit;
use crate::quality::clean::{CleaningSummary, PolicyDiff};
use crate::quality::synth::Sample;
use crate::quality::{Cleaning, Report};
use crate::session::Settings;
use crate::strategy::Condition;
use crate::validate::causality::{Compared, Violation};
use crate::validate::{Bootstrap, RandomEntries, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Bumped on any change to this file; compared in [`Event::Ready`].
pub const VERSION: u32 = 6;

/// Independent streams of work, the more urgent ones of a worker first. A newer question replaces an older one of its own
/// lane only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lane {
    /// The first lines of a file.
    Preview,
    /// Reading a file and its quality report.
    Dataset,
    /// Decimated candles for a chart.
    Window,
    /// One backtest, re-run while a slider moves.
    Backtest,
    /// One candle, condition by condition.
    Explain,
    /// Cleaning counts and differences.
    Clean,
    /// Files to download.
    Export,
    /// What arrives later: funnel, raw ghost, optimistic bound.
    Detail,
    /// The trades that a condition costs.
    Gained,
    /// Costs and the path inside a candle.
    Costs,
    /// Intervals and other tools' numbers.
    Validate,
    /// Random entries.
    Entries,
    /// The same parameters on raw rows.
    Compare,
    /// Prefix invariance, a few cuts at a time.
    Proof,
}

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

/// A file to download.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportKind {
    /// All results of the current state: the document of `cleansweep validate --json`.
    Json,
    /// Trades.
    TradesCsv,
    /// Clock rows of the policy.
    CleanedCsv,
    /// Rows that are not used, with reasons.
    RejectsCsv,
}

/// What a worker can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Look at the first lines. Answer: [`Event::Previewed`].
    Preview {
        /// Where from.
        source: Source,
        /// What the user chose.
        reading: Reading,
    },
    /// Read rows. Answer: [`Event::Loaded`].
    Load {
        /// Where from.
        source: Source,
        /// What the user chose.
        reading: Reading,
    },
    /// Candles `from..to` for a chart of so many columns. Answer: [`Event::Window`].
    Window {
        /// First candle.
        from: u32,
        /// After the last candle.
        to: u32,
        /// Most bars that can be drawn.
        bars: u32,
    },
    /// Clean and compare. Answer: [`Event::Cleaned`].
    Clean {
        /// The chosen policy.
        cleaning: Cleaning,
        /// The policy it is compared with.
        versus: Cleaning,
    },
    /// Backtest. Answer: [`Event::Backtested`].
    Backtest {
        /// With what.
        settings: Settings,
        /// Pixel columns of the equity chart.
        columns: u32,
    },
    /// Slower numbers of the same backtest. Answer: [`Event::Detailed`].
    Detail {
        /// With what.
        settings: Settings,
        /// Pixel columns of the equity chart.
        columns: u32,
    },
    /// Explain a candle. Answer: [`Event::Explained`].
    Explain {
        /// With what.
        settings: Settings,
        /// Candle number.
        candle: u32,
    },
    /// Cost curves, heat map and bounds. Answer: [`Event::Costed`].
    Costs {
        /// With what.
        settings: Settings,
        /// Pixel columns of the curves.
        columns: u32,
    },
    /// Intervals and other tools' numbers. Answer: [`Event::Validated`].
    Validate {
        /// With what.
        settings: Settings,
    },
    /// Draw the entries at random. Answer: [`Event::Drawn`].
    Entries {
        /// With what.
        settings: Settings,
    },
    /// Check some cuts for use of the future. Answer: [`Event::Proved`].
    Prove {
        /// With what.
        settings: Settings,
        /// Cuts already checked.
        from: u32,
    },
    /// Compare with raw rows. Answer: [`Event::Compared`].
    Compare {
        /// With what.
        settings: Settings,
        /// Pixel columns of the curves.
        columns: u32,
    },
    /// The trades that a condition costs. Answer: [`Event::Gained`].
    Gained {
        /// With what.
        settings: Settings,
        /// The condition that is taken away.
        condition: Condition,
    },
    /// Make a file. Answer: [`Event::Exported`].
    Export {
        /// Which.
        kind: ExportKind,
        /// Of which results.
        settings: Settings,
    },
}

/// Page to worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Stream.
    pub lane: Lane,
    /// Position in the stream.
    pub generation: u64,
    /// Dataset it is about.
    pub dataset: u32,
    /// What to do.
    pub request: Request,
}

/// Worker to page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Copied from the question.
    pub lane: Lane,
    /// Copied from the question.
    pub generation: u64,
    /// Copied from the question.
    pub dataset: u32,
    /// Time the worker took, ms.
    pub elapsed_ms: f64,
    /// What happened.
    pub event: Event,
}

/// What a worker can say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Sent once, unasked, when the module has started; questions wait for it.
    Ready {
        /// [`VERSION`] of the worker's build.
        version: u32,
    },
    /// Bytes read so far.
    Progress {
        /// Done.
        done: u64,
        /// In all.
        total: u64,
    },
    /// The first lines of a file, and how it would be read.
    Previewed(Box<Preview>),
    /// A file is in memory.
    Loaded(Box<LoadedView>),
    /// Candles for a chart.
    Window(WindowView),
    /// Cleaning counts.
    Cleaned(Box<CleanView>),
    /// A backtest.
    Backtested(Box<BacktestView>),
    /// Its slower numbers.
    Detailed(Box<DetailView>),
    /// One candle.
    Explained(Box<ExplainView>),
    /// Costs and bounds.
    Costed(Box<CostsView>),
    /// Intervals and other tools' numbers.
    Validated(Box<ValidateView>),
    /// Random entries.
    Drawn(EntriesView),
    /// Cuts that were checked.
    Proved(ProofView),
    /// Two runs, trade by trade.
    Compared(Box<CompareView>),
    /// Trades that a condition costs.
    Gained(GainedView),
    /// A file to download.
    Exported {
        /// Its name.
        name: String,
        /// Its media type.
        media_type: String,
    },
    /// A part of a file to download, in order; [`Event::Exported`] ends it.
    Part(String),
    /// The request failed; the worker lives on.
    Failed(ImportError),
}

impl Event {
    /// True for the one event that ends a request.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Ready { .. } | Self::Progress { .. } | Self::Part(_))
    }
}

/// Summary of a loaded file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadedView {
    /// File name.
    pub name: String,
    /// What the report says in sentences.
    pub remarks: Vec<String>,
    /// Candles at which the level jumps and stays.
    pub level_jumps: Vec<u32>,
    /// Rows of the file.
    pub file_rows: usize,
    /// Candles after removing duplicates.
    pub candles: usize,
    /// Timeframe, ms.
    pub timeframe_ms: Option<i64>,
    /// Open of the first and the last candle.
    pub span_ms: (i64, i64),
    /// False on volume-less files.
    pub has_volume: bool,
    /// Direction of the file.
    pub order: String,
    /// How it was read.
    pub diagnostics: Diagnostics,
    /// What is wrong with it.
    pub report: Report,
    /// Memory of the worker's module when the last row was read and when it was judged, bytes; 0 natively.
    pub memory_bytes: [u64; 2],
}

/// Candles of a chart, merged where there are more than can be drawn. Columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowView {
    /// First candle asked for.
    pub from: u32,
    /// After the last candle asked for.
    pub to: u32,
    /// Candles a bar.
    pub step: u32,
    /// First candle of the first bar: a multiple of `step`.
    pub first: u32,
    /// Open time of each bar, ms.
    pub time_ms: Vec<i64>,
    /// Open, high, low, close and summed volume of unbroken rows; NaN when a bar has none.
    pub bars: Vec<[f64; 5]>,
    /// Findings of any row of the bar.
    pub flags: Vec<u16>,
}

/// Cleaning of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CleanView {
    /// Counts and reasons.
    pub summary: CleaningSummary,
    /// The policy compared with.
    pub versus: CleaningSummary,
    /// Rows decided differently.
    pub diff: PolicyDiff,
    /// File line of each listed difference, with its time.
    pub diff_places: Vec<(u32, i64)>,
}

/// Equity for a chart of so many pixel columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurveView {
    /// First, lowest, highest and last value of each pixel column.
    pub columns: Vec<Column>,
    /// Lowest drawdown of each pixel column, ≤ 0.
    pub drawdown: Vec<f64>,
    /// Time of the first row of each pixel column, ms: rows need not be evenly spaced.
    pub times_ms: Vec<i64>,
    /// Its candle on the price chart.
    pub candles: Vec<u32>,
    /// Value at the end.
    pub end: f64,
    /// Lowest drawdown.
    pub max_drawdown: f64,
}

/// One row of the trade list, with its places on the price chart (candle numbers).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TradeView {
    /// The trade.
    pub trade: Trade,
    /// Open times of entry and exit row, ms.
    pub times_ms: (i64, i64),
    /// Candles of the start of its line, of the row that the signal rests on, of signal, entry and exit. Without a line the
    /// first two are one.
    pub candles: [u32; 5],
    /// Price of a line from the first of them to the entry.
    pub line: Option<f64>,
    /// The signal in a few words.
    pub note: String,
}

/// A backtest for the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestView {
    /// What it was made with: never shown beside other settings.
    pub settings: Settings,
    /// Values of the metric table, in its order.
    pub metrics: Vec<Measure>,
    /// Validation numbers.
    pub validation: Validation,
    /// The sentence that sums up.
    pub sentence: String,
    /// Trades by entry.
    pub trades: Vec<TradeView>,
    /// Signals of the window.
    pub signals: usize,
    /// Marked equity.
    pub equity: CurveView,
    /// Clock rows and usable rows of the window.
    pub rows: (usize, usize),
    /// Grid of Sharpe and its relatives.
    pub grid: (GridUnit, usize),
    /// Warnings of the cleaning, and parameters that make no sense on this file.
    pub hints: Vec<String>,
}

/// Slower numbers of a backtest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetailView {
    /// What it was made with.
    pub settings: Settings,
    /// The signal funnel.
    pub funnel: Funnel,
    /// What taking each condition away would do.
    pub removals: Vec<Removal>,
    /// Equity of the same parameters on raw rows.
    pub raw: CurveView,
    /// Trades on raw rows.
    pub raw_trades: usize,
    /// The starting equity held in the market from the first usable open on, without costs.
    pub hold: CurveView,
    /// End equity when ambiguous rows take the target.
    pub optimistic_end: f64,
    /// Signals that became no trade.
    pub rejected: Vec<RejectedView>,
    /// SHA-256 of the candles.
    pub fingerprint: String,
}

/// A signal that became no trade, on the price chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RejectedView {
    /// Why.
    pub code: Rejection,
    /// Direction.
    pub side: Side,
    /// Candles of the row it rests on and of the signal.
    pub candles: [u32; 2],
}

/// A candle on the price chart with its open time, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Candle number.
    pub candle: u32,
    /// Open time, UTC ms.
    pub time_ms: i64,
}

/// What a candle was to a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// The signal rests on it.
    From,
    /// At its close the signal was known.
    Signal,
    /// The order filled.
    Entry,
    /// The position was open.
    Open,
    /// At its close the strategy wanted out.
    ExitSignal,
    /// The trade ended.
    Exit,
}

/// A signal or trade that a candle had a part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// Its part.
    pub role: Role,
    /// Direction.
    pub side: Side,
    /// What became of the signal.
    pub outcome: Outcome,
}

/// One candle, condition by condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainView {
    /// With what.
    pub settings: Settings,
    /// The candle.
    pub place: Place,
    /// Open, high, low, close, volume as in the file.
    pub values: [f64; 5],
    /// Its findings, bits of [`crate::domain::RowFlags`].
    pub flags: u16,
    /// Why the policy does not use it.
    pub unused: Option<String>,
    /// Its conditions, where it is used.
    pub explanation: Option<Explanation>,
    /// Of each side: the row that the sentence about it names, row of the filters.
    pub places: Vec<[Place; 2]>,
    /// Signals and trades that it had a part in.
    pub happenings: Vec<Happening>,
}

/// Costs and the path inside a candle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostsView {
    /// With what.
    pub settings: Settings,
    /// Before costs, after slippage, after slippage and fees: realised, not compounded.
    pub curves: [CurveView; 3],
    /// Results over a grid of costs.
    pub heat: HeatMap,
    /// Ambiguous rows take the stop.
    pub stop_first: Bounds,
    /// Ambiguous rows take the target.
    pub target_first: Bounds,
}

/// Intervals and other tools' numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidateView {
    /// With what.
    pub settings: Settings,
    /// Seeded intervals.
    pub bootstrap: Bootstrap,
    /// In the order of [`crate::validate::ROSETTA`].
    pub rosetta: Vec<Measure>,
}

/// What random entries make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntriesView {
    /// With what.
    pub settings: Settings,
    /// The null of the entry rule, or why there is none.
    pub entries: Result<RandomEntries, Undefined>,
}

/// Cuts that were checked for use of the future.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofView {
    /// With what.
    pub settings: Settings,
    /// Cuts checked so far.
    pub done: u32,
    /// Cuts in all.
    pub total: u32,
    /// What the last cut compared.
    pub compared: Compared,
    /// The first number that was not the same.
    pub violation: Option<Violation>,
}

/// The same parameters on raw rows and on those of the policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareView {
    /// With what.
    pub settings: Settings,
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

/// The trades that exist only without a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GainedView {
    /// With what.
    pub settings: Settings,
    /// The condition that was taken away.
    pub condition: Condition,
    /// The trades.
    pub trades: Vec<TradeView>,
}

/// Message to bytes.
///
/// # Panics
/// Never: messages hold nothing that postcard refuses.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_stdvec(message).expect("Invariant: messages hold nothing that postcard refuses")
}

/// Bytes to message.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}

impl From<Sample> for Source {
    fn from(sample: Sample) -> Self {
        Self::Sample(sample.name().to_owned())
    }
}

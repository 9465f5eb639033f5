//! A backtest: what a slider waits for, what comes later, what it costs, and downloads.

use super::question::Question;
use crate::charts::decimate::Column;
use crate::diagnose::{Bounds, Funnel, HeatMap, Removal};
use crate::domain::{Measure, Rejection, Side, Trade};
use crate::export::html;
use crate::metrics::GridUnit;
use crate::session::Settings;
use crate::strategy::Condition;
use crate::validate::Validation;
use serde::{Deserialize, Serialize};

/// Backtest, re-run while a slider moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestQuestion {
    /// With what.
    pub settings: Settings,
    /// Pixel columns of the equity chart.
    pub columns: u32,
}

impl Question for BacktestQuestion {
    type Answer = BacktestView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
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

/// Slower numbers of the same backtest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetailQuestion {
    /// With what.
    pub settings: Settings,
    /// Pixel columns of the equity chart.
    pub columns: u32,
}

impl Question for DetailQuestion {
    type Answer = DetailView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Slower numbers of a backtest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetailView {
    /// The signal funnel.
    pub funnel: Funnel,
    /// What taking each condition away would do.
    pub removals: Vec<Removal>,
    /// Equity of the same parameters on raw rows.
    pub raw: CurveView,
    /// Trades on raw rows.
    pub raw_trades: usize,
    /// Median of ATR / close over the usable rows of the whole file that may carry a signal; `None` without one.
    pub typical_atr: Option<f64>,
    /// The starting equity held in the market from the first usable open on, without costs.
    pub hold: CurveView,
    /// End equity when ambiguous rows take the target.
    pub optimistic_end: f64,
    /// Signals that became no trade.
    pub rejected: Vec<RejectedView>,
    /// SHA-256 of the candles.
    pub fingerprint: String,
    /// What is behind the split line, where there is one.
    pub behind: Option<Box<BehindView>>,
}

/// Markup about the rows before a split line, and where one is drawn the same about those behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// What may be looked at while choosing.
    pub own: String,
    /// What is held back.
    pub behind: Option<String>,
}

impl Split {
    /// Both, the second under a heading of its own.
    pub fn joined(&self) -> String {
        html::both(self.own.clone(), self.behind.clone())
    }
}

/// The same settings behind the split line. Nothing of it enters another answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BehindView {
    /// Values of the metric table, of an account that starts at the line.
    pub metrics: Vec<Measure>,
    /// Validation numbers.
    pub validation: Validation,
    /// The sentence that sums up.
    pub sentence: String,
    /// Step of the grid.
    pub unit: GridUnit,
    /// Trades by entry.
    pub trades: Vec<TradeView>,
    /// Its equity, scaled to go on where the one before the line ends.
    pub curve: CurveView,
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

/// What the result is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnatomyQuestion {
    /// With what.
    pub settings: Settings,
}

impl Question for AnatomyQuestion {
    type Answer = AnatomyView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// The anatomy of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnatomyView {
    /// Tables and pictures, as the report has them, with what a click shows ([`crate::export::html::anatomy`]).
    /// Trades behind a split line are numbered on from those before it.
    pub html: Split,
    /// Values of the metric table for the starting equity held, without costs; only those of equity mean anything.
    pub hold: Vec<Measure>,
}

/// The trades that a condition costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GainedQuestion {
    /// With what.
    pub settings: Settings,
    /// The condition that is taken away.
    pub condition: Condition,
}

impl Question for GainedQuestion {
    type Answer = GainedView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// The trades that exist only without a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GainedView {
    /// The trades.
    pub trades: Vec<TradeView>,
}

/// Cost curves, heat map and bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostsQuestion {
    /// With what.
    pub settings: Settings,
    /// Pixel columns of the curves.
    pub columns: u32,
}

impl Question for CostsQuestion {
    type Answer = CostsView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
}

/// Costs and the path inside a candle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostsView {
    /// Before costs, after slippage, after slippage and fees: realised, not compounded.
    pub curves: [CurveView; 3],
    /// Results over a grid of costs.
    pub heat: HeatMap,
    /// Ambiguous rows take the stop.
    pub stop_first: Bounds,
    /// Ambiguous rows take the target.
    pub target_first: Bounds,
}

/// A file to download.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportKind {
    /// All results of the current state: the document of `cleansweep validate --json`.
    Json,
    /// The report to hand on, one HTML file.
    Report,
    /// Trades.
    TradesCsv,
    /// Clock rows of the policy.
    CleanedCsv,
    /// Rows that are not used, with reasons.
    RejectsCsv,
    /// A merged market with the source of each row.
    MergedCsv,
}

/// Make a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportQuestion {
    /// Which.
    pub kind: ExportKind,
    /// Of which results.
    pub settings: Settings,
}

impl Question for ExportQuestion {
    type Answer = ExportView;

    fn settings(&self) -> Option<&Settings> {
        // Rows of a policy do not depend on the parameters.
        match self.kind {
            ExportKind::Json | ExportKind::Report | ExportKind::TradesCsv => Some(&self.settings),
            ExportKind::CleanedCsv | ExportKind::RejectsCsv | ExportKind::MergedCsv => None,
        }
    }
}

/// A file to download, after its parts ([`super::Event::Part`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportView {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

//! Candles of a chart, and one of them explained.

use super::question::Question;
use crate::diagnose::Explanation;
use crate::domain::Side;
use crate::engine::Outcome;
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// Candles `from..to` for a chart of so many columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowQuestion {
    /// First candle.
    pub from: u32,
    /// After the last candle.
    pub to: u32,
    /// Most bars that can be drawn.
    pub bars: u32,
}

impl Question for WindowQuestion {
    type Answer = WindowView;
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
    /// Shares of the bar's rows that are suspicious and that are not usable, 0 to 1.
    pub found: Vec<[f32; 2]>,
    /// Where the rows of each bar come from, of a merged market: a venue's number or [`Self::MEDIAN`]. Empty otherwise.
    pub sources: Vec<u8>,
}

impl WindowView {
    /// The source that is the median of several venues.
    pub const MEDIAN: u8 = u8::MAX;
}

/// Explain a candle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainQuestion {
    /// With what.
    pub settings: Settings,
    /// Candle number.
    pub candle: u32,
}

impl Question for ExplainQuestion {
    type Answer = ExplainView;

    fn settings(&self) -> Option<&Settings> {
        Some(&self.settings)
    }
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

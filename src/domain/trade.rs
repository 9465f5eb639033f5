//! Trades, and what becomes of a signal that is none.

use super::Side;
use serde::{Deserialize, Serialize};

/// Why a trade ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitReason {
    /// The stop was reached.
    Stop,
    /// The target was reached.
    Target,
    /// The longest holding time was over.
    Time,
    /// The data ended; shown apart.
    EndOfData,
    /// The strategy wanted out. Last, because fingerprints of results in old links count the reasons before it.
    Signal,
}

impl ExitReason {
    /// Every reason, in the order of reports.
    pub const ALL: [Self; 5] =
        [Self::Stop, Self::Target, Self::Time, Self::Signal, Self::EndOfData];

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Target => "target",
            Self::Time => "time",
            Self::Signal => "signal",
            Self::EndOfData => "end_of_data",
        }
    }
}

/// Why a signal became no trade; the first that applies is recorded, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rejection {
    /// The signal candle is no valid candle.
    InvalidCandle,
    /// ATR below the minimum share of price.
    TooQuiet,
    /// The row that the signal rests on was a bad tick, known as such at the signal.
    Spike,
    /// Another strategy of an ensemble said the opposite.
    Conflict,
    /// A position was open, or an order pending.
    PositionOpen,
    /// No tradable row soon enough.
    Expired,
    /// Nothing left to trade with.
    NoEquity,
    /// A portfolio stop was in force.
    PortfolioStop,
    /// The stop would be closer than the minimum.
    StopTooTight,
}

impl Rejection {
    /// Every code, in the order in which they are tested.
    pub const ALL: [Self; 9] = [
        Self::InvalidCandle,
        Self::TooQuiet,
        Self::Spike,
        Self::Conflict,
        Self::PositionOpen,
        Self::Expired,
        Self::NoEquity,
        Self::PortfolioStop,
        Self::StopTooTight,
    ];

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidCandle => "invalid_candle",
            Self::TooQuiet => "too_quiet",
            Self::Spike => "spike",
            Self::Conflict => "conflict",
            Self::PositionOpen => "position_open",
            Self::Expired => "expired",
            Self::NoEquity => "no_equity",
            Self::PortfolioStop => "portfolio_stop",
            Self::StopTooTight => "stop_too_tight",
        }
    }
}

/// What a strategy wants to remember of a signal, in the order of the columns that it declares. Rows are usable rows.
///
/// Four numbers, because that is what the richest strategy needs; unused ones are 0. Everyone but the strategy passes them
/// on unread, and what they mean is said by the strategy's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin(pub [f64; 4]);

/// One closed trade. Rows are clock rows of the cleaning policy; money is quote currency; `_r` are multiples of `risk`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Direction.
    pub side: Side,
    /// What the strategy wants to remember of its signal.
    pub origin: Origin,
    /// Clock row that the signal rests on.
    pub from_row: u32,
    /// Clock row at whose close the signal was known.
    pub signal_row: u32,
    /// Clock row of the entry.
    pub entry_row: u32,
    /// Clock row of the exit.
    pub exit_row: u32,
    /// Clock row at whose close the strategy first wanted out; an exit at the open of the next one follows.
    pub exit_signal_row: Option<u32>,
    /// Open of the entry row.
    pub entry_raw_price: f64,
    /// Entry fill, after slippage.
    pub entry_price: f64,
    /// Stop price.
    pub stop_price: f64,
    /// Target price, where there is a target.
    pub target_price: Option<f64>,
    /// Exit price before slippage.
    pub exit_raw_price: f64,
    /// Exit fill, after slippage.
    pub exit_price: f64,
    /// Distance from the entry fill to the stop, in price.
    pub stop_distance: f64,
    /// Units traded.
    pub quantity: f64,
    /// Quantity × entry fill.
    pub notional: f64,
    /// Equity before the entry.
    pub equity_before: f64,
    /// Quantity × stop distance, after the leverage cap.
    pub risk: f64,
    /// Result at unslipped prices.
    pub gross: f64,
    /// Fees of both sides.
    pub fees: f64,
    /// Cost of slippage on both sides.
    pub slippage_cost: f64,
    /// Gross − slippage − fees.
    pub net: f64,
    /// Largest adverse excursion.
    pub mae_r: f64,
    /// Largest favourable excursion.
    pub mfe_r: f64,
    /// Why it ended.
    pub exit_reason: ExitReason,
    /// Stop and target both lay inside the exit row.
    pub ambiguous: bool,
    /// The leverage cap was binding.
    pub capped: bool,
    /// The exit row is a `spike`.
    pub exit_in_spike: bool,
}

impl Trade {
    /// True when every number of the trade can be told: prices at the ends of the range of numbers make sizes that cannot.
    #[inline]
    pub fn is_finite(&self) -> bool {
        let numbers = [
            self.stop_price,
            self.target_price.unwrap_or(0.0),
            self.exit_price,
            self.quantity,
            self.notional,
            self.gross,
            self.fees,
            self.slippage_cost,
            self.net,
            self.mae_r,
            self.mfe_r,
            self.net_r(),
            self.return_on_equity(),
            self.return_on_notional(),
        ];
        numbers.iter().all(|number| number.is_finite())
    }

    /// Net in multiples of the risk.
    #[inline]
    pub fn net_r(&self) -> f64 {
        self.net / self.risk
    }

    /// x of METHOD §8: net / (quantity · entry fill).
    #[inline]
    pub fn return_on_notional(&self) -> f64 {
        self.net / self.notional
    }

    /// Net / equity before the entry.
    #[inline]
    pub fn return_on_equity(&self) -> f64 {
        self.net / self.equity_before
    }

    /// Risk / equity before the entry.
    #[inline]
    pub fn effective_risk(&self) -> f64 {
        self.risk / self.equity_before
    }

    /// Stop distance as a fraction of the entry fill.
    #[inline]
    pub fn stop_frac(&self) -> f64 {
        self.stop_distance / self.entry_price
    }

    /// Exit row − entry row.
    #[inline]
    pub const fn rows_held(&self) -> u32 {
        self.exit_row - self.entry_row
    }
}

//! Trades, and what becomes of a signal that is none.

use serde::{Deserialize, Serialize};

/// Direction of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Buys first.
    Long,
    /// Sells first.
    Short,
}

impl Side {
    /// Both directions, in the order of reports.
    pub const BOTH: [Self; 2] = [Self::Long, Self::Short];

    /// +1 for long, −1 for short. Multiplying by it mirrors a comparison exactly.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// 0 for long, 1 for short: an index into per-side pairs.
    pub const fn index(self) -> usize {
        match self {
            Self::Long => 0,
            Self::Short => 1,
        }
    }
}

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
}

impl ExitReason {
    /// Every reason, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Stop, Self::Target, Self::Time, Self::EndOfData];

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Target => "target",
            Self::Time => "time",
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
    /// The sweep was a bad tick, known as such at the signal.
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

/// One closed trade. Rows are clock rows of the cleaning policy; money is quote currency; `_r` are multiples of `risk`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Direction.
    pub side: Side,
    /// Price of the swept level.
    pub level_price: f64,
    /// Pivots that make the level.
    pub level_touches: u32,
    /// Clock row of the level's newest qualifying pivot.
    pub anchor_row: u32,
    /// Clock row that swept the level.
    pub sweep_row: u32,
    /// Clock row at whose close the signal was known.
    pub signal_row: u32,
    /// Clock row of the entry.
    pub entry_row: u32,
    /// Clock row of the exit.
    pub exit_row: u32,
    /// Open of the entry row.
    pub entry_raw_price: f64,
    /// Entry fill, after slippage.
    pub entry_price: f64,
    /// Stop price.
    pub stop_price: f64,
    /// Target price.
    pub target_price: f64,
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
    pub fn is_finite(&self) -> bool {
        let numbers = [
            self.stop_price,
            self.target_price,
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
    pub fn net_r(&self) -> f64 {
        self.net / self.risk
    }

    /// x of METHOD §8: net / (quantity · entry fill).
    pub fn return_on_notional(&self) -> f64 {
        self.net / self.notional
    }

    /// Net / equity before the entry.
    pub fn return_on_equity(&self) -> f64 {
        self.net / self.equity_before
    }

    /// Risk / equity before the entry.
    pub fn effective_risk(&self) -> f64 {
        self.risk / self.equity_before
    }

    /// Stop distance as a fraction of the entry fill.
    pub fn stop_frac(&self) -> f64 {
        self.stop_distance / self.entry_price
    }

    /// Exit row − entry row.
    pub const fn rows_held(&self) -> u32 {
        self.exit_row - self.entry_row
    }
}

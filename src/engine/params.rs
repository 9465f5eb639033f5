//! What the engine can be told, whatever the strategy: filters, exits, costs, sizes and portfolio stops. METHOD §6 and §7.

use crate::domain::Sides;
use crate::table::params;

/// Heading of the parameters that decide when a signal may become a trade.
pub const FILTERS: &str = "Filters";
/// Heading of the parameters that decide how a trade ends.
pub const EXIT: &str = "Exit";
/// Heading of costs and position size.
pub const COSTS_AND_SIZE: &str = "Costs and size";
/// Heading of the stops on the whole account.
pub const PORTFOLIO: &str = "Portfolio stops";

impl EngineParams {
    /// Thresholds that follow how much a file moves, as multiples of its median ATR / close.
    pub const FITS: &'static [(&'static str, f64)] =
        &[("min_atr_frac", 0.5), ("min_stop_frac", 1.0)];
}

/// What trading costs at a kind of venue, for orientation.
#[derive(Debug)]
pub struct Venue {
    /// Name in options.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Fee on each side, as a share of its notional.
    pub fee: f64,
    /// Slippage on each side with half the spread, as a share of price.
    pub slippage: f64,
    /// What is to be known about it.
    pub note: &'static str,
}

const MAKER: &str = "Only the costs are a maker's: the fills stay those of orders that take, so the result is optimistic.";
const ROUND: &str = "Rounded public levels: look up what your own account pays.";

/// The venues, in the order of the page's choice. Own choice: rounded public levels.
pub static VENUES: &[Venue] = &[
    Venue { key: "spot_taker", label: "Spot, taker", fee: 0.001, slippage: 0.0005, note: ROUND },
    Venue { key: "spot_maker", label: "Spot, maker", fee: 0.001, slippage: 0.0, note: MAKER },
    Venue {
        key: "spot_expensive",
        label: "Spot, expensive",
        fee: 0.004,
        slippage: 0.0005,
        note: ROUND,
    },
    Venue {
        key: "futures_taker",
        label: "Futures, taker",
        fee: 0.0005,
        slippage: 0.0005,
        note: ROUND,
    },
    Venue {
        key: "futures_maker",
        label: "Futures, maker",
        fee: 0.0002,
        slippage: 0.0,
        note: MAKER,
    },
    Venue { key: "fx", label: "Currencies", fee: 0.0, slippage: 0.0001, note: ROUND },
];

/// The headings of the engine's parameters, in panel order.
pub const ENGINE_GROUPS: [&str; 4] = [FILTERS, EXIT, COSTS_AND_SIZE, PORTFOLIO];

params! {
    /// The parameters of the engine, in stored units.
    pub struct EngineParams;
    /// Distance of the stop from the entry fill, in ATR at the signal. A closer stop makes a larger position.
    atr_multiplier_sl: f64, "Stop distance", EXIT, Atr, 0.25..=6 step 1/2,
        default 2.0,
        from "the source's middle value";
    /// Distance of the target from the entry fill, in stop distances.
    risk_reward_ratio: Option<f64>, "Reward to risk", EXIT, R, 0.5..=8 step 1/2 off "none" at 2.5,
        default Some(2.5),
        from "the source's middle value";
    /// Rows after the entry at whose close a trade that reached neither stop nor target ends.
    max_holding_periods: Option<u32>, "Time stop", EXIT, Rows, 1..=500 step 1/0 off "none" at 60,
        default Some(60),
        from "own choice: most trades should end by stop or target, so that the driftless null applies";
    /// No entry when ATR is below this share of price: the move could not pay its costs.
    min_atr_frac: f64, "Minimum ATR", FILTERS, Percent, 0..=0.02 step 1/4,
        default 0.002,
        from "the source's recommended filter";
    /// Share of equity lost when the stop is hit at its price, before costs. The leverage cap can make it smaller.
    risk_per_trade: f64, "Risk per trade", COSTS_AND_SIZE, Percent, 0.0005..=0.1 step 5/4,
        default 0.005,
        from "own choice: a quarter of the source's 2 %, so that costs do not dominate";
    /// Largest position as a multiple of equity; a binding cap is counted and lowers the risk of the trade.
    max_leverage: Option<f64>, "Maximum leverage", COSTS_AND_SIZE, Times, 0.1..=20 step 1/1 off "none" at 1,
        default Some(1.0),
        from "a spot account: no borrowing";
    /// Rows of the average true range (Wilder).
    atr_period: u32, "ATR period", FILTERS, Rows, 2..=200 step 1/0,
        default 14,
        from "Wilder 1978";
    /// Which directions may be traded.
    sides: Sides, "Sides", FILTERS, Choice, 0..=2 step 1/0,
        default Sides::Both,
        from "the source trades both";
    /// Fee on each side, as a share of that side's notional.
    fee: f64, "Fee per side", COSTS_AND_SIZE, Percent, 0..=0.01 step 5/5,
        default 0.001,
        from "the source: 0.1 % per side";
    /// Slippage against you on each side, as a share of price.
    slippage: f64, "Slippage per side", COSTS_AND_SIZE, Percent, 0..=0.01 step 5/5,
        default 0.0005,
        from "the source: 0.05 % per side";
    /// Signals whose stop would be closer to the entry than this share of price are refused: costs would eat them.
    min_stop_frac: f64, "Minimum stop", FILTERS, Percent, 0..=0.05 step 5/4,
        default 0.003,
        from "the round-trip cost of 0.3 %";
    /// Rows after the signal within which the next tradable row must come, or the order expires.
    max_entry_delay: u32, "Entry delay", FILTERS, Rows, 1..=50 step 1/0,
        default 3,
        from "own choice: a signal older than a few rows is another market";
    /// Money at the start. Results in percent and in R do not depend on it.
    starting_equity: f64, "Starting equity", COSTS_AND_SIZE, Money, 100..=10_000_000 step 100/0,
        default 10_000.0,
        from "a round number";
    /// No new entry on a UTC day on which equity has fallen by this share.
    daily_loss_limit: Option<f64>, "Daily loss limit", PORTFOLIO, Percent, 0.005..=0.5 step 5/3 off "off" at 0.03,
        default None,
        from "the source names no value";
    /// No new entry once equity is this far below its highest value at any exit.
    drawdown_stop: Option<f64>, "Drawdown stop", PORTFOLIO, Percent, 0.01..=0.9 step 1/2 off "off" at 0.2,
        default None,
        from "the source names no value";
}

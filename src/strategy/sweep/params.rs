//! What the liquidity sweep can be told. METHOD §6.

use crate::table::{ParamValue, params};

/// Heading of the parameters that make a key level.
pub(super) const LEVEL: &str = "Level";
/// Heading of the parameters that make a sweep of it.
pub(super) const SWEEP: &str = "Sweep";

params! {
    /// The parameters of the liquidity sweep, in stored units.
    pub struct SweepParams;
    /// How far past the level price must trade for a sweep, as a share of the level. Deeper sweeps are rarer.
    pierce_depth: f64, "Pierce depth", SWEEP, Percent, 0..=0.01 step 5/5,
        default 0.001,
        from "own choice: sample size on ten real files, not profit";
    /// How many times the mean volume of the rows before the sweep row must reach. Skipped on files without volume.
    volume_spike_threshold: f64, "Volume spike", SWEEP, Times, 1..=6 step 1/2,
        default 1.5,
        from "own choice: sample size on ten real files, not profit";
    /// Candles in a row that must close in the direction of the trade, from the sweep row or the row after it.
    reversal_candles: u32, "Reversal candles", SWEEP, Count, 1..=6 step 1/0,
        default 2,
        from "the source's middle value";
    /// Pivots that must lie within the tolerance of each other before they count as a key level.
    min_level_touches: u32, "Touches", LEVEL, Count, 1..=8 step 1/0,
        default 2,
        from "the smallest number that is more than a single pivot";
    /// How many rows back a pivot may lie and still belong to a level.
    key_level_lookback: u32, "Lookback", LEVEL, Rows, 10..=1000 step 1/0,
        default 200,
        from "own choice: sample size on ten real files, not profit";
    /// Rows on each side that must be higher (lower) than a pivot low (high). It is known that many rows later.
    pivot_bars: u32, "Pivot width", LEVEL, Rows, 1..=20 step 1/0,
        default 2,
        from "Williams fractal: two bars on each side";
    /// How far pivots may lie from each other and still touch the same level, as a share of price.
    level_tolerance: f64, "Tolerance", LEVEL, Percent, 0..=0.01 step 5/5,
        default 0.001,
        from "own choice: about the spread and tick noise of liquid crypto pairs";
    /// Rows before the sweep row whose mean volume is the yardstick of the volume spike.
    volume_ma_period: u32, "Volume mean", SWEEP, Rows, 2..=200 step 1/0,
        default 20,
        from "the source";
    /// A level is gone once price has closed beyond it: its resting orders have been filled.
    levels_die: bool, "Levels die", LEVEL, Choice, 0..=1 step 1/0,
        default true,
        from "own choice: resting orders are gone after a close beyond the level";
}

/// Keys in the order of documents, those of the engine among them.
pub(super) const ORDER: &[&str] = &[
    "pierce_depth",
    "volume_spike_threshold",
    "reversal_candles",
    "min_level_touches",
    "atr_multiplier_sl",
    "risk_reward_ratio",
    "max_holding_periods",
    "key_level_lookback",
    "pivot_bars",
    "level_tolerance",
    "min_atr_frac",
    "risk_per_trade",
    "max_leverage",
    "atr_period",
    "volume_ma_period",
    "levels_die",
    "sides",
    "fee",
    "slippage",
    "min_stop_frac",
    "max_entry_delay",
    "starting_equity",
    "daily_loss_limit",
    "drawdown_stop",
];

/// The source document's own values.
pub(super) const SOURCE: &[(&str, ParamValue)] = &[
    ("pierce_depth", ParamValue::Number(0.002)),
    ("volume_spike_threshold", ParamValue::Number(2.0)),
    ("max_holding_periods", ParamValue::Number(20.0)),
    ("key_level_lookback", ParamValue::Number(100.0)),
    ("pivot_bars", ParamValue::Number(3.0)),
    ("risk_per_trade", ParamValue::Number(0.02)),
    ("max_leverage", ParamValue::Off),
    ("levels_die", ParamValue::Flag(false)),
    ("min_stop_frac", ParamValue::Number(0.0)),
];

/// The source's best search result.
pub(super) const JOB143: &[(&str, ParamValue)] = &[
    ("pierce_depth", ParamValue::Number(0.00415)),
    ("volume_spike_threshold", ParamValue::Number(3.38)),
    ("reversal_candles", ParamValue::Number(5.0)),
    ("min_level_touches", ParamValue::Number(4.0)),
    ("atr_multiplier_sl", ParamValue::Number(1.59)),
    ("risk_reward_ratio", ParamValue::Number(3.60)),
    ("max_holding_periods", ParamValue::Number(20.0)),
    ("key_level_lookback", ParamValue::Number(100.0)),
    ("pivot_bars", ParamValue::Number(3.0)),
    ("min_atr_frac", ParamValue::Number(0.0)),
    ("risk_per_trade", ParamValue::Number(0.02)),
    ("max_leverage", ParamValue::Off),
    ("levels_die", ParamValue::Flag(false)),
    ("min_stop_frac", ParamValue::Number(0.0)),
];

/// The source's relaxed search space, in the middle.
pub(super) const RELAXED: &[(&str, ParamValue)] = &[
    ("pierce_depth", ParamValue::Number(0.002)),
    ("volume_spike_threshold", ParamValue::Number(2.0)),
    ("max_holding_periods", ParamValue::Number(20.0)),
    ("key_level_lookback", ParamValue::Number(100.0)),
    ("pivot_bars", ParamValue::Number(3.0)),
    ("risk_per_trade", ParamValue::Number(0.02)),
    ("max_leverage", ParamValue::Off),
];

//! The engine's own conditions: what a signal must pass to become a trade, whatever the strategy.

use crate::table::{ConditionSpec, StageSpec, Unit};
use serde::{Deserialize, Serialize};

/// A condition of the engine that the funnel can take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gate {
    /// The signal row is a valid candle.
    Valid,
    /// ATR is large enough.
    NotQuiet,
    /// The row that the signal rests on is no spike.
    Spike,
    /// The stop is far enough.
    StopTooTight,
    /// The order fills soon enough.
    Expired,
}

impl Gate {
    /// Every gate, in the order of [`ENGINE_CONDITIONS`].
    pub const ALL: [Self; 5] =
        [Self::Valid, Self::NotQuiet, Self::Spike, Self::StopTooTight, Self::Expired];
}

/// The engine's conditions, in the order of [`Gate::ALL`].
pub const ENGINE_CONDITIONS: &[ConditionSpec] = &[
    ConditionSpec {
        key: "valid",
        label: "Valid candle",
        unit: Unit::Percent,
        noun: None,
        what: ["ATR / close at the signal; traded, with a range"; 2],
        removed: "untested",
    },
    ConditionSpec {
        key: "not_quiet",
        label: "Not too quiet",
        unit: Unit::Percent,
        noun: None,
        what: ["ATR / close at the signal"; 2],
        removed: "untested",
    },
    ConditionSpec {
        key: "spike",
        label: "No spike",
        unit: Unit::Choice,
        noun: None,
        what: ["bad tick on the row the signal rests on, known by the signal"; 2],
        removed: "untested",
    },
    ConditionSpec {
        key: "stop_too_tight",
        label: "Stop wide enough",
        unit: Unit::Percent,
        noun: None,
        what: ["stop distance / entry"; 2],
        removed: "untested",
    },
    ConditionSpec {
        key: "expired",
        label: "Filled in time",
        unit: Unit::Rows,
        noun: Some("row"),
        what: ["rows until the next tradable open"; 2],
        removed: "any delay in the same segment",
    },
];

/// The lines of the funnel after those of the strategy: signals, and signals that pass the gates that read one row.
pub const ENGINE_STAGES: [StageSpec; 3] = [
    StageSpec { key: "distinct_t", label: "Signals", condition: None },
    StageSpec { key: "valid", label: "Valid candle", condition: Some(Gate::Valid as usize) },
    StageSpec {
        key: "not_quiet",
        label: "Not too quiet",
        condition: Some(Gate::NotQuiet as usize),
    },
];

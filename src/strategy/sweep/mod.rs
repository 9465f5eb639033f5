//! The liquidity sweep. METHOD §6.
//!
//! [`levels`] finds pivots and the key levels they make, [`rule`] the sweeps of them, `stages` keeps what a slider does not
//! touch, `book` finds the sweeps of many thresholds at once, `inspect` counts and explains.

mod book;
mod inspect;
pub mod levels;
mod params;
pub mod rule;
mod stages;

pub use params::SweepParams;
pub use stages::SweepRules;

use super::{OriginKind, OriginSpec, Params, Preset, Strategy, StrategyId, Typical};
use crate::domain::Origin;
use crate::engine::EngineParams;
use crate::table::{ConditionSpec, ParamError, StageSpec, Unit};
use rule::Condition;

impl From<&Params> for SweepParams {
    fn from(params: &Params) -> Self {
        Self::from_values(params.own())
    }
}

impl SweepParams {
    /// These values with those of the engine.
    pub fn with(self, engine: EngineParams) -> Params {
        Params::from_parts(StrategyId::default(), engine, self.values())
    }
}

/// Refuses parameters with which no level can ever form.
fn check(params: &Params) -> Result<(), ParamError> {
    let SweepParams { pivot_bars, min_level_touches, key_level_lookback: lookback, .. } =
        params.into();
    let need = pivot_bars + 1 + (min_level_touches - 1) * (pivot_bars + 1);
    if lookback < need {
        return Err(ParamError::Contradiction {
            title: "No level can form",
            detail: format!(
                "no level can form: key_level_lookback is {lookback} rows, but min_level_touches and pivot_bars need at \
                 least {need}"
            ),
            advice: "Raise the lookback, or lower touches or pivot width",
        });
    }
    Ok(())
}

fn hints(params: &Params, typical: Typical) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(atr_frac) = typical.atr_frac {
        let pierce = SweepParams::from(params).pierce_depth / atr_frac;
        if pierce >= 2.0 {
            hints.push(format!(
                "The pierce depth is {pierce:.1} × this file's median ATR: few candles can reach it. Lower it, or fit the \
                 thresholds to this file."
            ));
        }
    }
    if !typical.has_volume {
        hints.push("The file has no volume: the volume condition is skipped.".to_owned());
    }
    hints
}

fn note(origin: &Origin) -> String {
    format!("sweep, {} touches", origin.0[1])
}

/// The table of the liquidity sweep.
pub static SWEEP: Strategy = Strategy {
    name: "liquidity_sweep",
    label: "Liquidity sweep",
    doc: "Price trades through a key level on high volume, closes back and reverses: the orders that rested there are taken.",
    params: SweepParams::SPECS,
    defaults: || SweepParams::default().values(),
    groups: &[params::LEVEL, params::SWEEP],
    order: Some(params::ORDER),
    starts: &[],
    presets: &[
        Preset { key: "default", label: "Default", values: &[], newest: None },
        Preset { key: "source", label: "Source", values: params::SOURCE, newest: None },
        Preset { key: "job143", label: "Job 143", values: params::JOB143, newest: Some(5_000) },
        Preset { key: "relaxed", label: "Relaxed", values: params::RELAXED, newest: None },
    ],
    presets_note: "The presets are starting points, chosen for the number of their trades: none of them is a recommendation.",
    conditions: &[
        ConditionSpec {
            key: "level",
            label: "Touches of the level",
            unit: Unit::Count,
            noun: Some("touch"),
            what: ["pivots within the tolerance"; 2],
            removed: "one touch is enough",
        },
        ConditionSpec {
            key: "prev_close_beyond",
            label: "Closed before it",
            unit: Unit::Price,
            noun: None,
            what: ["previous close above the level", "previous close below the level"],
            removed: "untested",
        },
        ConditionSpec {
            key: "pierced",
            label: "Pierced",
            unit: Unit::Price,
            noun: None,
            what: [
                "low at or below the level less the pierce depth",
                "high at or above the level plus the pierce depth",
            ],
            removed: "untested",
        },
        ConditionSpec {
            key: "volume",
            label: "Volume spike",
            unit: Unit::Times,
            noun: None,
            what: ["volume / mean volume before"; 2],
            removed: "untested",
        },
        ConditionSpec {
            key: "reversal_pattern",
            label: "Reversal candles",
            unit: Unit::Count,
            noun: None,
            what: [
                "rising candles in a row, from here or the next",
                "falling candles in a row, from here or the next",
            ],
            removed: "any candles on the same rows, reclaim kept",
        },
        ConditionSpec {
            key: "reclaimed",
            label: "Closes back",
            unit: Unit::Price,
            noun: None,
            what: [
                "close of the last of them above the level",
                "close of the last of them below the level",
            ],
            removed: "untested",
        },
    ],
    stages: &[
        StageSpec { key: "has_pivot", label: "A pivot in reach", condition: None },
        StageSpec {
            key: "has_level",
            label: "A key level",
            condition: Some(Condition::Level as usize),
        },
        StageSpec {
            key: "prev_close_beyond",
            label: "Closed before it",
            condition: Some(Condition::PrevCloseBeyond as usize),
        },
        StageSpec {
            key: "pierced",
            label: "Pierced",
            condition: Some(Condition::Pierced as usize),
        },
        StageSpec {
            key: "swept",
            label: "Volume spike",
            condition: Some(Condition::Volume as usize),
        },
        StageSpec {
            key: "reversal_pattern",
            label: "Reversal",
            condition: Some(Condition::ReversalPattern as usize),
        },
        StageSpec {
            key: "reclaimed",
            label: "Closes back",
            condition: Some(Condition::Reclaimed as usize),
        },
    ],
    origin: &[
        OriginSpec { key: "level_price", kind: OriginKind::Price, is_listed: true },
        OriginSpec { key: "level_touches", kind: OriginKind::Count, is_listed: true },
        OriginSpec { key: "anchor_row", kind: OriginKind::Row { time: None }, is_listed: false },
        OriginSpec {
            key: "sweep_row",
            kind: OriginKind::Row { time: Some("sweep_time_ms") },
            is_listed: true,
        },
    ],
    line: Some((0, 2)),
    from_text: Some("sweeps a level"),
    note,
    has_exits: false,
    check,
    hints,
    space: &[
        ("pierce_depth", 0.001, 0.003),
        ("volume_spike_threshold", 1.5, 2.5),
        ("reversal_candles", 1.0, 3.0),
        ("min_level_touches", 2.0, 3.0),
        ("atr_multiplier_sl", 1.5, 2.5),
        ("risk_reward_ratio", 2.0, 3.0),
    ],
    shared_by: &[
        "volume_ma_period",
        "pivot_bars",
        "level_tolerance",
        "levels_die",
        "key_level_lookback",
    ],
    fits: &[("pierce_depth", 0.3), ("level_tolerance", 0.3)],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_can_form_no_level_are_refused() {
        let typed = SweepParams { key_level_lookback: 11, pivot_bars: 5, ..SweepParams::default() };
        let refused = typed.clone().with(EngineParams::default()).check().unwrap_err().to_string();
        assert!(refused.contains("is 11 rows") && refused.contains("at least 12"), "{refused}");
        let wide = SweepParams { key_level_lookback: 12, ..typed };
        assert_eq!(wide.with(EngineParams::default()).check(), Ok(()));
    }
}

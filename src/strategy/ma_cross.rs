//! Moving averages that cross: long when the fast one rises above the slow one, out when it falls below. METHOD-STRATEGIES §2.

use super::{Cached, Counts, Params, Preset, Rules, Seen, Strategy};
use crate::domain::{Origin, ROWS_A_BEAT, Side, Undefined, pulse};
use crate::engine::{Asks, ExitRule, ExitStates, Intent, Series, indicators};
use crate::table::{
    ConditionSpec, Field, Kind, ParamError, ParamValue, StageSpec, Test, Tested, Unit, Verdict,
    params,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which mean of the closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MaKind {
    /// Every row counts alike.
    Sma,
    /// Newer rows count more.
    Ema,
}

impl Field for MaKind {
    const KIND: Kind = Kind::Choice;
    const CHOICES: &'static [&'static str] = &["sma", "ema"];
    fn value(self) -> ParamValue {
        ParamValue::Choice(self as u8)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        let ParamValue::Choice(at) = value else { return None };
        [Self::Sma, Self::Ema].get(usize::from(at)).copied()
    }
}

const AVERAGES: &str = "Averages";

params! {
    /// The parameters of crossing averages, in stored units.
    pub struct MaCrossParams;
    /// Usable rows of the fast average. It must be shorter than the slow one.
    ma_fast: u32, "Fast average", AVERAGES, Rows, 2..=500 step 1/0,
        default 20,
        from "own choice: a round number that is often used";
    /// Usable rows of the slow average. A longer one gives fewer signals and later ones.
    ma_slow: u32, "Slow average", AVERAGES, Rows, 5..=1000 step 1/0,
        default 100,
        from "own choice: a round number that is often used";
    /// sma weighs all of its rows alike; ema weighs newer rows more and reacts sooner.
    ma_kind: MaKind, "Kind", AVERAGES, Choice, 0..=1 step 1/0,
        default MaKind::Sma,
        from "own choice: the plainer of the two";
}

impl From<&Params> for MaCrossParams {
    fn from(params: &Params) -> Self {
        Self::from_values(params.own())
    }
}

/// A condition, by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Beyond,
    Crossed,
}

fn check(params: &Params) -> Result<(), ParamError> {
    let MaCrossParams { ma_fast, ma_slow, .. } = params.into();
    if ma_fast >= ma_slow {
        return Err(ParamError::Contradiction {
            title: "The averages cannot cross",
            detail: format!(
                "the fast average must be shorter than the slow one: ma_fast is {ma_fast} rows, ma_slow {ma_slow}"
            ),
            advice: "Make the fast average shorter, or the slow one longer",
        });
    }
    Ok(())
}

/// The table of crossing averages.
pub static MA_CROSS: Strategy = Strategy {
    name: "ma_cross",
    label: "Moving-average cross",
    doc: "Long when the fast average of closes rises above the slow one, out when it falls below; short is the mirror. A \
          baseline to hold a cleverer strategy against.",
    params: MaCrossParams::SPECS,
    defaults: || MaCrossParams::default().values(),
    groups: &[AVERAGES],
    order: None,
    starts: &[
        ("risk_reward_ratio", ParamValue::Off, "it leaves by its own signal"),
        ("max_holding_periods", ParamValue::Off, "it leaves by its own signal"),
    ],
    presets: &[Preset { key: "default", label: "Default", values: &[], newest: None }],
    presets_note: "A baseline, not a recommendation: its lengths are round numbers and were not searched for.",
    conditions: &[
        ConditionSpec {
            key: "beyond",
            label: "On the right side",
            unit: Unit::Price,
            noun: None,
            what: ["fast average above the slow one", "fast average below the slow one"],
            removed: "untested",
        },
        ConditionSpec {
            key: "crossed",
            label: "Just crossed",
            unit: Unit::Price,
            noun: None,
            what: [
                "fast average not yet above the slow one on the row before",
                "fast average not yet below the slow one on the row before",
            ],
            removed: "untested",
        },
    ],
    stages: &[
        StageSpec { key: "has_averages", label: "Both averages known", condition: None },
        StageSpec {
            key: "beyond",
            label: "On the right side",
            condition: Some(Condition::Beyond as usize),
        },
        StageSpec {
            key: "crossed",
            label: "Just crossed",
            condition: Some(Condition::Crossed as usize),
        },
    ],
    origin: &[],
    line: None,
    from_text: None,
    note: |_| "cross".to_owned(),
    has_exits: true,
    check,
    hints: |_, _| Vec::new(),
    space: &[("ma_fast", 5.0, 50.0), ("ma_slow", 60.0, 300.0), ("atr_multiplier_sl", 1.5, 4.0)],
    shared_by: &["ma_kind", "ma_slow", "ma_fast"],
    fits: &[],
};

/// What an average depends on.
type Key = (u32, bool);

/// The averages over one series.
#[derive(Debug, Default)]
pub(super) struct MaCrossRules {
    fast: Cached<Key, Vec<f64>>,
    slow: Cached<Key, Vec<f64>>,
    states: Cached<(Key, Key), Arc<ExitStates>>,
}

fn average(series: &Series, (length, exponential): Key) -> Vec<f64> {
    if exponential { indicators::ema(series, length) } else { indicators::sma(series, length) }
}

impl MaCrossRules {
    /// Fast and slow average at a row, times the sign of the side: NaN, which no comparison holds for, where undefined.
    fn at(&self, side: Side, row: usize) -> (f64, f64) {
        let sign = side.sign();
        (sign * self.fast.value()[row], sign * self.slow.value()[row])
    }

    fn beyond(&self, side: Side, row: usize) -> bool {
        let (fast, slow) = self.at(side, row);
        fast > slow
    }

    /// The row before it lies in the segment and has the averages not beyond each other.
    fn crossed(&self, series: &Series, side: Side, row: usize) -> bool {
        row > series.segment_start[row] as usize && {
            let (fast, slow) = self.at(side, row - 1);
            fast <= slow
        }
    }

    fn intents(&self, series: &Series, side: Side, without: Option<usize>) -> Vec<Intent> {
        let tests = |condition: Condition| without != Some(condition as usize);
        (0..series.len())
            .filter(|&row| {
                if row % ROWS_A_BEAT == 0 {
                    pulse();
                }
                (!tests(Condition::Crossed) || self.crossed(series, side, row))
                    && (!tests(Condition::Beyond) || self.beyond(side, row))
            })
            .map(|row| {
                let at = row as u32;
                Intent { side, at, from: at, exits: 0, origin: Origin::default() }
            })
            .collect()
    }
}

impl Rules for MaCrossRules {
    fn prepare(&mut self, series: &Series, params: &Params) {
        let own = MaCrossParams::from(params);
        let exponential = own.ma_kind == MaKind::Ema;
        let (fast, slow) = ((own.ma_fast, exponential), (own.ma_slow, exponential));
        self.fast.refresh(fast, || average(series, fast));
        self.slow.refresh(slow, || average(series, slow));
        let (fasts, slows) = (self.fast.value(), self.slow.value());
        self.states.refresh((fast, slow), || {
            // A long position wants out below, a short one above.
            let state = |side: Side| {
                let sign = side.sign();
                fasts.iter().zip(slows).map(|(fast, slow)| sign * fast < sign * slow).collect()
            };
            Arc::new(ExitStates(Side::BOTH.map(state)))
        });
    }

    fn asks(&mut self, series: &Series, params: &Params, without: Option<usize>) -> Asks {
        self.prepare(series, params);
        let intents = |side| self.intents(series, side, without);
        let sides: Vec<Vec<Intent>> = params.engine.sides.iter().map(intents).collect();
        let sides: Vec<&[Intent]> = sides.iter().map(Vec::as_slice).collect();
        Asks::new(&sides, ExitRule::new(&params.engine, Some(Arc::clone(self.states.value()))))
    }

    fn ready_row(&self, series: &Series) -> Option<usize> {
        let known =
            |row: usize| self.fast.value()[row].is_finite() && self.slow.value()[row].is_finite();
        // The averages of the row before count, too.
        let after_another = |row: usize| row > series.segment_start[row] as usize;
        (1..series.len()).find(|&row| after_another(row) && known(row - 1) && known(row))
    }

    fn count(&self, series: &Series, _params: &Params, side: Side, first: usize) -> Counts {
        let (mut stages, mut alone) = ([0; 3], [0; 2]);
        for row in first..series.len() {
            let (fast, slow) = self.at(side, row);
            let (beyond, crossed) = (self.beyond(side, row), self.crossed(series, side, row));
            alone[Condition::Beyond as usize] += usize::from(beyond);
            alone[Condition::Crossed as usize] += usize::from(crossed);
            let known = fast.is_finite() && slow.is_finite();
            for (count, reached) in stages.iter_mut().zip([known, beyond, beyond && crossed]) {
                *count += usize::from(reached);
            }
        }
        Counts { stages: stages.to_vec(), alone: alone.to_vec() }
    }

    fn explain(&self, series: &Series, _params: &Params, side: Side, s: usize) -> Seen {
        let defined = |value: f64| {
            if value.is_finite() {
                Ok(value)
            } else {
                Err(Undefined::because("the average is warming up"))
            }
        };
        let (fast, slow) = (self.fast.value(), self.slow.value());
        let (above, not_above) = match side {
            Side::Long => (Test::Above, Test::AtMost),
            Side::Short => (Test::Below, Test::AtLeast),
        };
        let before = |values: &[f64]| {
            if s > series.segment_start[s] as usize {
                defined(values[s - 1])
            } else {
                Err(Undefined::because("no row before it"))
            }
        };
        let (beyond, crossed) = (self.beyond(side, s), self.crossed(series, side, s));
        Seen {
            tests: vec![
                Tested {
                    value: defined(fast[s]),
                    threshold: defined(slow[s]),
                    test: above,
                    verdict: Verdict::of(beyond),
                },
                Tested {
                    value: before(fast),
                    threshold: before(slow),
                    test: not_above,
                    verdict: Verdict::of(crossed),
                },
            ],
            signal: (beyond && crossed).then_some(s),
            at: s,
            about: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_that_cannot_cross_are_refused() {
        let mut params = Params::new(super::super::StrategyId::from_name("ma_cross").unwrap());
        params.set_text("ma_fast", "100").unwrap();
        assert!(params.check().unwrap_err().to_string().contains("ma_fast is 100 rows"));
        params.set_text("ma_fast", "99").unwrap();
        assert_eq!(params.check(), Ok(()));
    }
}

//! One row, condition by condition: why did this candle trade, or why not?
//!
//! The strategy holds the row against its own conditions; the engine's are read at the row where the signal is, or would be,
//! known. Everything is looked up after the fact: nothing here feeds a decision.

use crate::backtest::Stages;
use crate::domain::{Measure, Side, Undefined};
use crate::engine::run::{not_quiet, signal_valid};
use crate::engine::{Backtest, Outcome};
use crate::strategy::{Condition, Params};
use crate::table::{Test, Tested, Verdict};
use serde::{Deserialize, Serialize};

/// A sentence about what a row was held against, around the time of a clock row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Words before the time.
    pub before: String,
    /// The clock row.
    pub row: u32,
    /// Words after it.
    pub after: String,
}

/// The conditions of one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideExplanation {
    /// Direction.
    pub side: Side,
    /// What the strategy held the row against.
    pub about: Option<About>,
    /// Every condition, in the order of [`crate::strategy::Strategy::all_conditions`].
    pub tests: Vec<(Condition, Tested)>,
    /// Clock row at whose close the signal is known; `None` when the pattern is not complete.
    pub signal_row: Option<u32>,
    /// Clock row at which the filters were read.
    pub filter_row: u32,
    /// What became of the signal.
    pub outcome: Option<Outcome>,
}

impl SideExplanation {
    /// The first condition that fails.
    pub fn first_failure(&self) -> Option<Condition> {
        self.tests.iter().find(|(_, t)| t.verdict == Verdict::Fail).map(|(condition, _)| *condition)
    }
}

/// One row, for each traded side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Clock row.
    pub row: u32,
    /// ATR at the row's close; undefined while it warms up.
    pub atr: Measure,
    /// One entry a side.
    pub sides: Vec<SideExplanation>,
}

/// Explains usable row `s`. The stages must have been run with the parameters.
pub fn explain(stages: &mut Stages, params: &Params, backtest: &Backtest, s: usize) -> Explanation {
    stages.prepare(params);
    let atr = stages.atr()[s];
    Explanation {
        row: stages.series().clock_row[s],
        atr: if atr.is_finite() {
            Ok(atr)
        } else {
            Err(Undefined::too_few(
                s + 1 - stages.series().segment_start[s] as usize,
                params.engine.atr_period as usize,
            ))
        },
        sides: params
            .engine
            .sides
            .iter()
            .map(|side| explain_side(stages, params, backtest, side, s))
            .collect(),
    }
}

fn explain_side(
    stages: &Stages,
    params: &Params,
    backtest: &Backtest,
    side: Side,
    s: usize,
) -> SideExplanation {
    let series = stages.series();
    let seen = stages.rules(params).explain(series, params, side, s);
    let at = seen.at;
    let engine = engine_tests(stages, params, side, s, at);
    let outcome = backtest
        .signals
        .iter()
        .find(|found| found.signal.side == side && found.signal.from as usize == s)
        .map(|found| found.outcome);
    let conditions = params.strategy().all_conditions().map(|(condition, _)| condition);
    SideExplanation {
        side,
        about: seen.about.map(|about| About {
            before: about.before,
            row: series.clock_row[about.row],
            after: about.after,
        }),
        tests: conditions.zip(seen.tests.into_iter().chain(engine)).collect(),
        signal_row: seen.signal.map(|at| series.clock_row[at]),
        filter_row: series.clock_row[at],
        outcome,
    }
}

/// The engine's conditions at usable row `at`, of a signal that rests on row `s`; in the order of the gates.
fn engine_tests(stages: &Stages, params: &Params, side: Side, s: usize, at: usize) -> [Tested; 5] {
    let (series, atr) = (stages.series(), stages.atr());
    let engine = &params.engine;
    let warm = |value: f64| {
        if value.is_finite() { Ok(value) } else { Err(Undefined::because("ATR is warming up")) }
    };
    let atr_frac = atr[at] / series.close[at];
    let valid = Tested {
        value: if !series.sound[at] {
            Err(Undefined::because("the row is broken or has no volume"))
        } else if series.high[at] <= series.low[at] {
            Err(Undefined::because("the row has no range"))
        } else {
            warm(atr_frac)
        },
        threshold: Ok(0.0001),
        test: Test::Above,
        verdict: Verdict::of(signal_valid(series, atr, at)),
    };
    let quiet = Tested {
        value: warm(atr_frac),
        threshold: Ok(engine.min_atr_frac),
        test: Test::AtLeast,
        verdict: Verdict::of(not_quiet(series, atr, engine, at)),
    };
    // A spike is known one row late: a signal on its own row cannot know it.
    let spike = series.spike[s] && at > s;
    let no_spike = Tested {
        value: Ok(f64::from(u8::from(spike))),
        threshold: Ok(0.0),
        test: Test::AtMost,
        // A signal that rests on its own row can never know of a spike there.
        verdict: if params.strategy().from_text.is_none() {
            Verdict::Skipped
        } else {
            Verdict::of(!spike)
        },
    };
    let entry = at + 1;
    let (fill, distance) = if entry < series.len() {
        let fill = series.open[entry] * (1.0 + side.sign() * engine.slippage);
        (fill, engine.atr_multiplier_sl * atr[at])
    } else {
        (f64::NAN, f64::NAN)
    };
    let stop = distance / fill;
    let wide = Tested {
        value: if stop.is_finite() {
            Ok(stop)
        } else {
            Err(Undefined::because("no row to enter at, or ATR is warming up"))
        },
        threshold: Ok(engine.min_stop_frac),
        test: Test::AtLeast,
        verdict: Verdict::of(distance > 0.0 && stop >= engine.min_stop_frac),
    };
    let same_segment =
        entry < series.len() && series.segment_start[entry] == series.segment_start[at];
    let delay = same_segment.then(|| series.clock_row[entry] - series.clock_row[at]);
    let in_time = Tested {
        value: delay.map_or_else(
            || Err(Undefined::because("no tradable row follows in this segment")),
            |delay| Ok(f64::from(delay)),
        ),
        threshold: Ok(f64::from(engine.max_entry_delay)),
        test: Test::AtMost,
        verdict: Verdict::of(delay.is_some_and(|delay| delay <= engine.max_entry_delay)),
    };
    [valid, quiet, no_spike, wide, in_time]
}

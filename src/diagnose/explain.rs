//! One row, condition by condition: why did this candle trade, or why not?
//!
//! The row is read as a sweep row s of METHOD §6, for each side and the level nearest to it; the filters are read at the
//! row where its signal is, or would be, known. Everything is looked up after the fact: nothing here feeds a decision.

use crate::domain::{Measure, Side, Undefined};
use crate::engine::levels::extremes;
use crate::engine::run::{not_quiet, signal_valid};
use crate::engine::{Backtest, Condition, Outcome, Stages};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How a value is compared with its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// value > threshold.
    Above,
    /// value ≥ threshold.
    AtLeast,
    /// value < threshold.
    Below,
    /// value ≤ threshold.
    AtMost,
}

impl Test {
    /// The sign between value and threshold.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => "≥",
            Self::Below => "<",
            Self::AtMost => "≤",
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It is not asked on this file.
    Skipped,
}

impl Verdict {
    const fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }
}

/// One condition at one row. Value and threshold are prices, counts or fractions, as the condition has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Which condition.
    pub condition: Condition,
    /// What was found.
    pub value: Measure,
    /// What it is compared with.
    pub threshold: Measure,
    /// How.
    pub test: Test,
    /// The outcome.
    pub verdict: Verdict,
}

/// The level that a row was held against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelSeen {
    /// Price.
    pub price: f64,
    /// Touches.
    pub touches: u32,
    /// Clock row of its anchor.
    pub anchor_row: u32,
}

/// The conditions of one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideExplanation {
    /// Direction.
    pub side: Side,
    /// Levels with enough touches at this row.
    pub levels: usize,
    /// The level looked at: the swept one, else the nearest one, else the nearest pivot with the touches it has.
    pub level: Option<LevelSeen>,
    /// Every condition, in the order of [`Condition::ALL`].
    pub tests: Vec<Tested>,
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
        self.tests.iter().find(|t| t.verdict == Verdict::Fail).map(|t| t.condition)
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
                params.atr_period as usize,
            ))
        },
        sides: params
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
    let atr = stages.atr();
    let sign = side.sign();
    let rule = stages.rule(params, side, None);
    let extreme = extremes(series, side)[s];
    let levels = stages.finder(params, side, params.min_level_touches).levels(s);
    let clusters = stages.finder(params, side, 1).levels(s);
    let nearest = |levels: &[crate::engine::levels::Level]| {
        let distance = |price: f64| (price - extreme).abs();
        levels.iter().copied().min_by(|a, b| distance(a.price).total_cmp(&distance(b.price)))
    };
    let swept = rule.swept_level(s, &mut stages.finder(params, side, params.min_level_touches));
    let level = swept.or_else(|| nearest(&levels)).or_else(|| nearest(&clusters));

    let rows = params.reversal_candles as usize;
    let signal = level.and_then(|level| rule.signal_row(s, level.price));
    // Where the signal would be known if the pattern were complete.
    let at = signal.unwrap_or((s + rows - 1).min(series.len() - 1));
    let no_level = || Err(Undefined::because("no pivot in reach"));
    let compare_up = if sign > 0.0 { Test::Above } else { Test::Below };
    let price = level.map(|level| level.price);
    let mut tests = Vec::with_capacity(Condition::ALL.len());
    let mut add = |condition, value, threshold, test, verdict| {
        tests.push(Tested { condition, value, threshold, test, verdict });
    };

    let touches = level.map_or(0, |level| level.touches);
    add(
        Condition::Level,
        Ok(f64::from(touches)),
        Ok(f64::from(params.min_level_touches)),
        Test::AtLeast,
        Verdict::of(touches >= params.min_level_touches),
    );
    let first_of_segment = s == series.segment_start[s] as usize;
    add(
        Condition::PrevCloseBeyond,
        if first_of_segment {
            Err(Undefined::because("no row before it"))
        } else {
            Ok(series.close[s - 1])
        },
        price.map_or_else(no_level, Ok),
        compare_up,
        Verdict::of(price.is_some_and(|price| rule.prev_close_beyond(s, price))),
    );
    add(
        Condition::Pierced,
        Ok(extreme),
        price.map_or_else(no_level, |price| Ok(price * (1.0 - sign * params.pierce_depth))),
        if sign > 0.0 { Test::AtMost } else { Test::AtLeast },
        Verdict::of(price.is_some_and(|price| rule.pierced(s, price))),
    );
    let mean = rule.mean_volume[s];
    add(
        Condition::Volume,
        if !series.has_volume {
            Err(Undefined::because("the file has no volume"))
        } else if mean > 0.0 {
            Ok(series.volume[s] / mean)
        } else {
            Err(Undefined::because("no mean volume before this row"))
        },
        Ok(params.volume_spike_threshold),
        Test::Above,
        if series.has_volume { Verdict::of(rule.volume_spike(s)) } else { Verdict::Skipped },
    );
    let pattern = [false, true].into_iter().find_map(|late| rule.pattern_end(s, late));
    add(
        Condition::ReversalPattern,
        Ok(f64::from(directional_from(&rule, s, rows))),
        Ok(f64::from(params.reversal_candles)),
        Test::AtLeast,
        Verdict::of(pattern.is_some()),
    );
    add(
        Condition::Reclaimed,
        Ok(series.close[signal.or(pattern).unwrap_or(at)]),
        price.map_or_else(no_level, Ok),
        compare_up,
        Verdict::of(
            price.is_some_and(|price| rule.reclaimed(signal.or(pattern).unwrap_or(at), price)),
        ),
    );
    let warm = |value: f64| {
        if value.is_finite() { Ok(value) } else { Err(Undefined::because("ATR is warming up")) }
    };
    let atr_frac = atr[at] / series.close[at];
    add(
        Condition::Valid,
        if !series.sound[at] {
            Err(Undefined::because("the row is broken or has no volume"))
        } else if series.high[at] <= series.low[at] {
            Err(Undefined::because("the row has no range"))
        } else {
            warm(atr_frac)
        },
        Ok(0.0001),
        Test::Above,
        Verdict::of(signal_valid(series, atr, at)),
    );
    add(
        Condition::NotQuiet,
        warm(atr_frac),
        Ok(params.min_atr_frac),
        Test::AtLeast,
        Verdict::of(not_quiet(series, atr, params, at)),
    );
    // A spike is known one row late: a signal on its own row cannot know it.
    let spike = series.spike[s] && at > s;
    add(
        Condition::Spike,
        Ok(f64::from(u8::from(spike))),
        Ok(0.0),
        Test::AtMost,
        Verdict::of(!spike),
    );
    let entry = at + 1;
    let (fill, distance) = if entry < series.len() {
        let fill = series.open[entry] * (1.0 + sign * params.slippage);
        (fill, params.atr_multiplier_sl * atr[at])
    } else {
        (f64::NAN, f64::NAN)
    };
    let stop = distance / fill;
    add(
        Condition::StopTooTight,
        if stop.is_finite() {
            Ok(stop)
        } else {
            Err(Undefined::because("no row to enter at, or ATR is warming up"))
        },
        Ok(params.min_stop_frac),
        Test::AtLeast,
        Verdict::of(distance > 0.0 && stop >= params.min_stop_frac),
    );
    let same_segment =
        entry < series.len() && series.segment_start[entry] == series.segment_start[at];
    let delay = same_segment.then(|| series.clock_row[entry] - series.clock_row[at]);
    add(
        Condition::Expired,
        delay.map_or_else(
            || Err(Undefined::because("no tradable row follows in this segment")),
            |delay| Ok(f64::from(delay)),
        ),
        Ok(f64::from(params.max_entry_delay)),
        Test::AtMost,
        Verdict::of(delay.is_some_and(|delay| delay <= params.max_entry_delay)),
    );

    let outcome = backtest
        .signals
        .iter()
        .find(|found| found.signal.side == side && found.signal.sweep as usize == s)
        .map(|found| found.outcome);
    SideExplanation {
        side,
        levels: levels.len(),
        level: level.map(|level| LevelSeen {
            price: level.price,
            touches: level.touches,
            anchor_row: series.clock_row[level.anchor as usize],
        }),
        tests,
        signal_row: signal.map(|at| series.clock_row[at]),
        filter_row: series.clock_row[at],
        outcome,
    }
}

/// Candles in the direction of the trade in a row, from the row itself or from the one after it, whichever are more.
fn directional_from(rule: &crate::engine::sweep::SweepRule<'_>, s: usize, rows: usize) -> u32 {
    let sign = rule.side.sign();
    let series = rule.series;
    let from = |start: usize| {
        (start..(start + rows).min(series.len()))
            .take_while(|&row| {
                series.segment_start[row] == series.segment_start[s]
                    && sign * series.close[row] > sign * series.open[row]
            })
            .count() as u32
    };
    from(s).max(from(s + 1))
}

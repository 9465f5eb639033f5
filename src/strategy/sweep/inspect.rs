//! What the conditions of the sweep let through, and one row held against each of them. METHOD §7.8.

use super::SweepRules;
use super::levels::{Level, extremes};
use super::rule::SweepRule;
use crate::domain::{ROWS_A_BEAT, Side, Undefined, pulse};
use crate::engine::Series;
use crate::format::{counted, price as shown_price};
use crate::strategy::{About, Counts, Seen};
use crate::table::{Test, Tested, Verdict};

/// The lines of the funnel.
#[derive(Clone, Copy)]
enum Stage {
    HasPivot,
    HasLevel,
    PrevCloseBeyond,
    Pierced,
    Swept,
    ReversalPattern,
    Reclaimed,
}

pub(super) fn count(rules: &SweepRules, series: &Series, side: Side, first: usize) -> Counts {
    let params = rules.params();
    let rule = rules.rule(series, side, None);
    let mut finder = rules.finder(series, side, params.min_level_touches);
    let mut chooser = rules.finder(series, side, params.min_level_touches);
    let mut rows = [0_usize; 7];
    let mut alone = [0_usize; 6];
    let mut stage = |stage: Stage| rows[stage as usize] += 1;
    for s in first..series.len() {
        if s % ROWS_A_BEAT == 0 {
            pulse();
        }
        let spike = rule.volume_spike(s);
        let has_pivot = finder.has_pivot(s);
        // Of all levels the lowest and the highest decide: each test asks whether a level is below, or above, a price.
        let range = if has_pivot { finder.range(s) } else { None };
        let any = |test: &dyn Fn(f64) -> bool| {
            range.is_some_and(|(lowest, highest)| test(lowest) || test(highest))
        };
        let prev_close = any(&|level| rule.prev_close_beyond(s, level));
        let single = [
            range.is_some(),
            prev_close,
            any(&|level| rule.pierced(s, level)),
            spike,
            rule.runs[s] >= params.reversal_candles,
            any(&|level| rule.reclaimed(s, level)),
        ];
        for (count, holds) in alone.iter_mut().zip(single) {
            *count += usize::from(holds);
        }
        if !has_pivot {
            continue;
        }
        stage(Stage::HasPivot);
        if range.is_none() {
            continue;
        }
        stage(Stage::HasLevel);
        if !prev_close {
            continue;
        }
        stage(Stage::PrevCloseBeyond);
        let Some(level) = rule.swept_level(s, &mut chooser) else { continue };
        stage(Stage::Pierced);
        if !spike {
            continue;
        }
        stage(Stage::Swept);
        if rule.pattern_end(s, false).is_none() && rule.pattern_end(s, true).is_none() {
            continue;
        }
        stage(Stage::ReversalPattern);
        if rule.signal_row(s, level.price).is_some() {
            stage(Stage::Reclaimed);
        }
    }
    Counts { stages: rows.to_vec(), alone: alone.to_vec() }
}

/// Holds row `s`, read as a sweep row, against the level nearest to it: the swept one, else the nearest one, else the nearest
/// pivot with the touches it has.
pub(super) fn explain(rules: &SweepRules, series: &Series, side: Side, s: usize) -> Seen {
    let params = rules.params();
    let sign = side.sign();
    let rule = rules.rule(series, side, None);
    let extreme = extremes(series, side)[s];
    let levels = rules.finder(series, side, params.min_level_touches).levels(s);
    let clusters = rules.finder(series, side, 1).levels(s);
    let nearest = |levels: &[Level]| {
        let distance = |price: f64| (price - extreme).abs();
        levels.iter().copied().min_by(|a, b| distance(a.price).total_cmp(&distance(b.price)))
    };
    let swept = rule.swept_level(s, &mut rules.finder(series, side, params.min_level_touches));
    let level = swept.or_else(|| nearest(&levels)).or_else(|| nearest(&clusters));

    let rows = params.reversal_candles as usize;
    let signal = level.and_then(|level| rule.signal_row(s, level.price));
    // Where the signal would be known if the pattern were complete.
    let at = signal.unwrap_or((s + rows - 1).min(series.len() - 1));
    let no_level = || Err(Undefined::because("no pivot in reach"));
    let compare_up = if sign > 0.0 { Test::Above } else { Test::Below };
    let price = level.map(|level| level.price);

    let touches = level.map_or(0, |level| level.touches);
    let enough = Tested {
        value: Ok(f64::from(touches)),
        threshold: Ok(f64::from(params.min_level_touches)),
        test: Test::AtLeast,
        verdict: Verdict::of(touches >= params.min_level_touches),
    };
    let first_of_segment = s == series.segment_start[s] as usize;
    let prev_close = Tested {
        value: if first_of_segment {
            Err(Undefined::because("no row before it"))
        } else {
            Ok(series.close[s - 1])
        },
        threshold: price.map_or_else(no_level, Ok),
        test: compare_up,
        verdict: Verdict::of(price.is_some_and(|price| rule.prev_close_beyond(s, price))),
    };
    let pierced = Tested {
        value: Ok(extreme),
        threshold: price
            .map_or_else(no_level, |price| Ok(price * (1.0 - sign * params.pierce_depth))),
        test: if sign > 0.0 { Test::AtMost } else { Test::AtLeast },
        verdict: Verdict::of(price.is_some_and(|price| rule.pierced(s, price))),
    };
    let mean = rule.mean_volume[s];
    let volume = Tested {
        value: if !series.has_volume {
            Err(Undefined::because("the file has no volume"))
        } else if mean > 0.0 {
            Ok(series.volume[s] / mean)
        } else {
            Err(Undefined::because("no mean volume before this row"))
        },
        threshold: Ok(params.volume_spike_threshold),
        test: Test::Above,
        verdict: if series.has_volume {
            Verdict::of(rule.volume_spike(s))
        } else {
            Verdict::Skipped
        },
    };
    let pattern = [false, true].into_iter().find_map(|late| rule.pattern_end(s, late));
    let reversal = Tested {
        value: Ok(f64::from(directional_from(&rule, s, rows))),
        threshold: Ok(f64::from(params.reversal_candles)),
        test: Test::AtLeast,
        verdict: Verdict::of(pattern.is_some()),
    };
    let last = signal.or(pattern).unwrap_or(at);
    let reclaimed = Tested {
        value: Ok(series.close[last]),
        threshold: price.map_or_else(no_level, Ok),
        test: compare_up,
        verdict: Verdict::of(price.is_some_and(|price| rule.reclaimed(last, price))),
    };
    let about = level.map(|level| About {
        before: format!(
            "Level {} with {}, anchored at ",
            shown_price(level.price),
            counted(level.touches as usize, "touch")
        ),
        row: level.anchor as usize,
        after: format!(". {} with enough touches in reach.", counted(levels.len(), "level")),
    });
    Seen {
        tests: vec![enough, prev_close, pierced, volume, reversal, reclaimed],
        signal,
        at,
        about,
    }
}

/// Candles in the direction of the trade in a row, from the row itself or from the one after it, whichever are more.
fn directional_from(rule: &SweepRule<'_>, s: usize, rows: usize) -> u32 {
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

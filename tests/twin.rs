//! The engine against a slow, plain twin of METHOD §5 to §7, on random files full of defects.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

mod markets;
#[path = "twin/mod.rs"]
mod plain;

use cleansweep::backtest::{Stages, Window};
use cleansweep::diagnose;
use cleansweep::domain::{ExitReason, RawRows, Rejection, RowFlags, Side, Trade};
use cleansweep::engine::{Backtest, Outcome, Path, Series, equity};
use cleansweep::quality::clean::clean;
use cleansweep::quality::{Cleaning, Market, Policy};
use cleansweep::strategy::sweep::SweepParams;
use cleansweep::strategy::{Condition, Params};
use markets::{Plan, VolumeColumn};
use plain::Twin;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

const CASES: u32 = 1500;

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

fn newest() -> impl Strategy<Value = usize> {
    prop_oneof![2 => Just(0_usize), 1 => 20_usize..200]
}

type Case = (Plan, Cleaning, Params, usize);

fn case() -> impl Strategy<Value = Case> {
    (markets::plan(60..360), markets::cleaning(), markets::params(), newest())
}

fn series_of(plan: &Plan, cleaning: &Cleaning) -> Series {
    clean(&Market::new(plan.rows()), cleaning).series.as_ref().clone()
}

/// Every field of a trade by name, numbers as bits.
fn fields(trade: &Trade) -> serde_json::Value {
    let mut value = serde_json::to_value(trade).unwrap();
    for field in value.as_object_mut().unwrap().values_mut() {
        if let Some(number) = field.as_f64() {
            *field = format!("{number} = {:016x}", number.to_bits()).into();
        }
    }
    value
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn agree(plain: &plain::Result, fast: &Backtest) -> Result<(), TestCaseError> {
    prop_assert_eq!(&plain.signals, &fast.signals);
    prop_assert_eq!(plain.trades.len(), fast.trades.len());
    for (plain, fast) in plain.trades.iter().zip(&fast.trades) {
        prop_assert_eq!(fields(plain), fields(fast));
    }
    prop_assert_eq!(plain.end_equity.to_bits(), fast.end_equity.to_bits());
    Ok(())
}

proptest! {
    #![proptest_config(config(CASES))]

    #[test]
    fn signals_outcomes_trades_and_equity_are_those_of_the_twin_bit_for_bit(
        (plan, cleaning, params, newest) in case()
    ) {
        let series = series_of(&plan, &cleaning);
        let mut stages = Stages::new(series.clone());
        let first_row = Window::newest(newest).first_row(&series);
        let twin = Twin::new(&series, &params, None);
        for path in [Path::Pessimistic, Path::Optimistic] {
            let fast = stages.run(&params, first_row, path);
            prop_assert_eq!(fast.first_row, first_row);
            let plain = twin.run(fast.first_row, path);
            agree(&plain, &fast)?;
            prop_assert_eq!(
                bits(&twin.equity(fast.first_row, &plain.trades)),
                bits(&equity::series(
                    &series,
                    &fast.trades,
                    params.engine.fee,
                    params.engine.starting_equity,
                    fast.first_row,
                ))
            );
        }
    }

    #[test]
    fn a_run_with_other_parameters_before_it_changes_nothing(
        (plan, cleaning, params, newest) in case(),
        others in prop::collection::vec(markets::params(), 1..4),
    ) {
        let series = series_of(&plan, &cleaning);
        let mut stages = Stages::new(series.clone());
        let first_row = Window::newest(newest).first_row(&series);
        for other in &others {
            stages.run(other, first_row, Path::Pessimistic);
            stages.run_without(other, first_row, Condition::Own(0));
        }
        let fast = stages.run(&params, first_row, Path::Pessimistic);
        let twin = Twin::new(&series, &params, None);
        agree(&twin.run(fast.first_row, Path::Pessimistic), &fast)?;
    }

    #[test]
    fn the_funnel_counts_the_rows_that_the_twin_counts(
        (plan, cleaning, params, newest) in case()
    ) {
        let series = series_of(&plan, &cleaning);
        let mut stages = Stages::new(series.clone());
        let first_row = Window::newest(newest).first_row(&series);
        let fast = stages.run(&params, first_row, Path::Pessimistic);
        let funnel = diagnose::funnel(&mut stages, &params, &fast);
        let twin = Twin::new(&series, &params, None);
        let plain = twin.run(fast.first_row, Path::Pessimistic);
        prop_assert_eq!(funnel.sides.len(), params.engine.sides.iter().count());
        for side in &funnel.sides {
            let counts = twin.counts(side.side, fast.first_row);
            prop_assert_eq!(&side.stages, &counts.stages.to_vec(), "stages, {:?}", side.side);
            prop_assert_eq!(&side.alone, &counts.alone.to_vec(), "alone, {:?}", side.side);
            let mine = plain.signals.iter().filter(|s| s.signal.side == side.side);
            for code in Rejection::ALL {
                let rejected =
                    mine.clone().filter(|s| s.outcome == Outcome::Rejected(code)).count();
                prop_assert_eq!(side.rejected_with(code), rejected, "{}", code.name());
            }
            let trades = mine.filter(|s| matches!(s.outcome, Outcome::Trade(_))).count();
            prop_assert_eq!(side.trades, trades);
            let usable =
                series.clock_row.iter().filter(|&&row| row >= fast.first_row).count();
            prop_assert_eq!(side.usable_rows, usable);
        }
    }

    #[test]
    fn taking_one_condition_away_gives_the_trades_of_the_twin_without_it(
        (plan, cleaning, params, newest) in case()
    ) {
        let series = series_of(&plan, &cleaning);
        let mut stages = Stages::new(series.clone());
        let first_row = Window::newest(newest).first_row(&series);
        let all = stages.run(&params, first_row, Path::Pessimistic).trades;
        for removal in diagnose::removals(&mut stages, &params, first_row, &all) {
            let condition = removal.condition;
            let fast = stages.run_without(&params, first_row, condition);
            let twin = Twin::new(&series, &params, Some(condition));
            let plain = twin.run(fast.first_row, Path::Pessimistic);
            agree(&plain, &fast)
                .map_err(|error| TestCaseError::fail(format!("{condition:?}: {error}")))?;
            prop_assert_eq!(removal.change, plain.trades.len() as i64 - all.len() as i64);
            let entries = |trades: &[Trade]| -> Vec<_> {
                trades.iter().map(|t| (t.entry_row, t.side)).collect()
            };
            let (with, without) = (entries(&all), entries(&fast.trades));
            let new = without.iter().filter(|entry| !with.contains(entry)).count();
            prop_assert_eq!(removal.new, new);
        }
    }

    #[test]
    fn average_true_range_is_that_of_the_twin_bit_for_bit(
        (plan, cleaning, params, _) in case()
    ) {
        let series = series_of(&plan, &cleaning);
        let mut stages = Stages::new(series.clone());
        stages.prepare(&params);
        let twin = Twin::new(&series, &params, None);
        for (row, value) in stages.atr().iter().enumerate() {
            let plain = twin.atr(row);
            prop_assert_eq!(value.is_nan(), plain.is_none(), "row {}", row);
            if let Some(plain) = plain {
                prop_assert_eq!(value.to_bits(), plain.to_bits(), "row {}", row);
            }
        }
    }

    #[test]
    fn each_policy_keeps_the_rows_and_cuts_the_segments_that_the_method_says(
        (plan, cleaning, _, _) in case()
    ) {
        let market = Market::new(plan.rows());
        let Some(plain) = rows_of_policy(&market, &cleaning) else { return Ok(()) };
        let fast = clean(&market, &cleaning).series;
        prop_assert_eq!(&fast.clock_time_ms, &plain.clock_time_ms);
        prop_assert_eq!(&fast.clock_row, &plain.clock_row);
        prop_assert_eq!(&fast.segment_start, &plain.segment_start);
        prop_assert_eq!(&fast.sound, &plain.sound);
        prop_assert_eq!(&fast.spike, &plain.spike);
        prop_assert_eq!(bits(&fast.open), bits(&plain.open));
        prop_assert_eq!(bits(&fast.high), bits(&plain.high));
        prop_assert_eq!(bits(&fast.low), bits(&plain.low));
        prop_assert_eq!(bits(&fast.close), bits(&plain.close));
        prop_assert_eq!(bits(&fast.volume), bits(&plain.volume));
    }
}

/// METHOD §4 for `mask`, `drop`, `segment` and `raw`, from the flags of the de-duplicated rows.
fn rows_of_policy(market: &Market, cleaning: &Cleaning) -> Option<Series> {
    let rows: &RawRows = &market.candles;
    let policy = cleaning.policy;
    if !matches!(policy, Policy::Mask | Policy::Drop | Policy::Segment | Policy::Raw) {
        return None;
    }
    let timeframe = market.timeframe_ms.unwrap_or(0);
    let mut series =
        Series { has_volume: market.has_volume, timeframe_ms: timeframe, ..Series::default() };
    let mut last_kept: Option<usize> = None;
    let mut start = 0;
    for row in 0..rows.len() {
        let flags = market.flags[row];
        let [open, high, low, close, volume] = rows.values(row);
        let usable = if policy == Policy::Raw {
            [open, high, low, close].iter().all(|price| price.is_finite() && *price > 0.0)
        } else {
            // Placeholders and impossible rows both have a volume of 0.
            let set_aside = cleaning.remove_spikes && flags.has(RowFlags::SPIKE);
            !(flags.has(RowFlags::BROKEN) || market.has_volume && volume == 0.0 || set_aside)
        };
        let on_clock = usable || matches!(policy, Policy::Mask | Policy::Raw);
        if on_clock {
            series.clock_time_ms.push(rows.time_ms[row]);
        }
        if !usable {
            continue;
        }
        if policy == Policy::Segment
            && let Some(last) = last_kept
        {
            let step = (rows.time_ms[row] - rows.time_ms[last]) as f64;
            let absent = (step / timeframe as f64 + 0.5).floor() as i64 - 1;
            if absent > i64::from(cleaning.max_gap_bars) {
                start = series.clock_row.len() as u32;
            }
        }
        last_kept = Some(row);
        series.clock_row.push(series.clock_time_ms.len() as u32 - 1);
        series.open.push(open);
        series.high.push(high);
        series.low.push(low);
        series.close.push(close);
        series.volume.push(volume);
        series.segment_start.push(start);
        let tradable = !flags.has(RowFlags::BROKEN) && (!market.has_volume || volume > 0.0);
        series.sound.push(tradable || policy == Policy::Raw);
        series.spike.push(flags.has(RowFlags::SPIKE));
    }
    Some(series)
}

/// A property over empty results proves nothing: the generated files must show every kind of event.
#[test]
fn the_random_files_show_every_kind_of_trade_exit_and_rejection() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..1_500 {
        let tree = proptest::strategy::Strategy::new_tree(&case(), &mut runner).unwrap();
        let (plan, cleaning, params, newest) = proptest::strategy::ValueTree::current(&tree);
        let mut see = |name: &str, times: usize| {
            *seen.entry(name.to_owned()).or_default() += times;
        };
        let market = Market::new(plan.rows());
        let series = clean(&market, &cleaning).series;
        let mut stages = Stages::new(series.clone());
        let first_row = Window::newest(newest).first_row(&series);
        let run = stages.run(&params, first_row, Path::Pessimistic);
        let own = SweepParams::from(&params);
        see("runs with five trades", usize::from(run.trades.len() >= 5));
        see(cleaning.policy.name(), run.trades.len());
        see("volume-less", usize::from(plan.volume != VolumeColumn::Numbers) * run.trades.len());
        see("runs over several segments", usize::from(series.segment_start.last() > Some(&0)));
        for flag in 0..cleansweep::domain::FLAG_NAMES.len() {
            let flagged = market.flags.iter().filter(|flags| flags.has(RowFlags::bit(flag)));
            see(&format!("flag {}", cleansweep::domain::FLAG_NAMES[flag]), flagged.count());
        }
        see("duplicate_exact", market.duplicate_exact.len());
        see("duplicate_conflict", market.duplicate_conflict.len());
        for signal in &run.signals {
            match signal.outcome {
                Outcome::Rejected(code) => see(code.name(), 1),
                Outcome::Trade(_) => see("trades", 1),
            }
            let late = signal.signal.at - signal.signal.from == own.reversal_candles;
            see(if late { "late reversals" } else { "early reversals" }, 1);
            see("several touches", usize::from(signal.signal.origin.0[1] > 1.0));
        }
        for trade in &run.trades {
            see(trade.side.name(), 1);
            see(trade.exit_reason.name(), 1);
            see("ambiguous", usize::from(trade.ambiguous));
            see("capped", usize::from(trade.capped));
            see("exit in a spike", usize::from(trade.exit_in_spike));
            see("wins", usize::from(trade.net > 0.0));
            let raw = trade.exit_raw_price;
            see(
                "stopped at the open",
                usize::from(trade.exit_reason == ExitReason::Stop && raw != trade.stop_price),
            );
            see(
                "target at the open",
                usize::from(
                    trade.exit_reason == ExitReason::Target && Some(raw) != trade.target_price,
                ),
            );
            see(
                "overdue",
                usize::from(
                    trade.exit_reason == ExitReason::Time
                        && Some(trade.rows_held()) > params.engine.max_holding_periods,
                ),
            );
            see("exit in the entry row", usize::from(trade.rows_held() == 0));
        }
        let [dead, alive] = [true, false].map(|levels_die| {
            let own = SweepParams { levels_die, ..own.clone() };
            stages.run(&own.with(params.engine.clone()), first_row, Path::Pessimistic)
        });
        see("runs changed by dead levels", usize::from(dead.signals != alive.signals));
        for (condition, spec) in params.strategy().all_conditions() {
            let without = stages.run_without(&params, first_row, condition);
            see(
                &format!("runs changed without {}", spec.key),
                usize::from(without.trades.len() != run.trades.len()),
            );
            let both = without.signals.windows(2).any(|pair| {
                pair[0].signal.at == pair[1].signal.at && pair[0].signal.side == Side::Long
            });
            see("both sides at one row", usize::from(both));
        }
    }
    println_counts(&seen);
    // Nothing here ever conflicts: that code belongs to ensembles.
    for code in Rejection::ALL.into_iter().filter(|&code| code != Rejection::Conflict) {
        assert!(seen.contains_key(code.name()), "{} never happens", code.name());
    }
    for (name, times) in &seen {
        assert!(*times > 0, "{name} never happens");
    }
    for (name, fewest) in [("trades", 2_000), ("long", 500), ("short", 500), ("position_open", 200)]
    {
        assert!(seen[name] >= fewest, "{name} happens {} times", seen[name]);
    }
}

#[allow(clippy::print_stdout, reason = "shown with --nocapture")]
fn println_counts(seen: &BTreeMap<String, usize>) {
    println!("{seen:#?}");
}

//! Why a result is as it is: one candle, costs and the unseen path, other rows, and the future.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::{Stages, Window};
use cleansweep::diagnose::{
    Bounds, Change, Parts, bounds, compare, cost_curves, explain, heat_map,
};
use cleansweep::domain::{Sides, Trade};
use cleansweep::engine::{Backtest, EngineParams, Outcome, Path, Series};
use cleansweep::import::import;
use cleansweep::quality::clean::clean;
use cleansweep::quality::{Cleaning, Market, Policy};
use cleansweep::random::Stream;
use cleansweep::strategy::Params;
use cleansweep::strategy::sweep::SweepParams;
use cleansweep::strategy::sweep::rule::Condition;
use cleansweep::table::Verdict;
use cleansweep::validate::{causality, random_entries};

fn stages(text: &str, policy: Policy) -> Stages {
    let market = Market::new(import(text.as_bytes()).unwrap().rows);
    Stages::new(clean(&market, &Cleaning::with_policy(policy)).series)
}

fn sweeps() -> Stages {
    stages(include_str!("golden/cases/sweeps.csv"), Policy::Mask)
}

/// The hand-made rows of the worked cases with their parameters.
fn fills() -> (Stages, Params) {
    let own = SweepParams {
        min_level_touches: 1,
        pivot_bars: 1,
        reversal_candles: 1,
        volume_ma_period: 2,
        key_level_lookback: 10,
        pierce_depth: 0.0,
        ..SweepParams::default()
    };
    let params = own.with(EngineParams {
        atr_period: 2,
        min_atr_frac: 0.0,
        atr_multiplier_sl: 1.0,
        risk_reward_ratio: Some(2.0),
        max_holding_periods: Some(3),
        sides: Sides::Long,
        ..EngineParams::default()
    });
    (stages(include_str!("golden/cases/fills.csv"), Policy::Mask), params)
}

fn run(policy: Policy) -> (Series, Vec<Trade>) {
    let mut stages = stages(include_str!("golden/cases/dirty.csv"), policy);
    let trades = stages.run(&Params::default(), 0, Path::Pessimistic).trades;
    (stages.series().clone(), trades)
}

fn whole() -> (Series, Backtest, Params) {
    let mut stages = sweeps();
    let params = Params::default();
    let full = stages.run(&params, 0, Path::Pessimistic);
    (stages.series().clone(), full, params)
}

#[test]
fn a_sweep_row_passes_every_condition_and_names_its_trade() {
    let (mut stages, params) = fills();
    let backtest = stages.run(&params, 0, Path::Pessimistic);
    let sweep = backtest.signals[0].signal.from as usize;
    let found = explain(&mut stages, &params, &backtest, sweep);
    let side = &found.sides[0];
    assert_eq!(side.first_failure(), None, "{:?}", side.tests);
    assert_eq!(side.outcome, Some(Outcome::Trade(0)));
    let about = side.about.as_ref().unwrap();
    assert!(about.before.starts_with("Level 99.00 with 1 touch"), "{about:?}");
    assert_eq!(side.tests.len(), params.strategy().all_conditions().count());
    let pierced = &side.tests[Condition::Pierced as usize].1;
    assert_eq!((pierced.value.clone(), pierced.threshold.clone()), (Ok(98.8), Ok(99.0)));
}

#[test]
fn every_row_agrees_with_the_signals_of_the_engine() {
    let (mut stages, params) = fills();
    let backtest = stages.run(&params, 0, Path::Pessimistic);
    let mut signals = 0;
    for s in 0..stages.series().len() {
        let found = explain(&mut stages, &params, &backtest, s);
        let side = &found.sides[0];
        // The pattern conditions come first; a signal is what passes all of them.
        let pattern = side.tests[..=Condition::Reclaimed as usize]
            .iter()
            .all(|(_, test)| test.verdict != Verdict::Fail);
        assert_eq!(pattern, side.outcome.is_some(), "row {s}: {:?}", side.tests);
        signals += usize::from(pattern);
    }
    assert_eq!(signals, backtest.signals.len());
}

#[test]
fn the_curves_are_apart_by_exactly_the_costs() {
    let (mut stages, params) = (sweeps(), Params::default());
    let run = stages.run(&params, 0, Path::Pessimistic);
    let rows = stages.series().clock_len();
    let curves = cost_curves(&run.trades, params.engine.starting_equity, 0, rows);
    assert_eq!([curves.gross.len(), curves.slipped.len(), curves.net.len()], [rows; 3]);
    assert!(run.trades.len() > 5);
    let total = |part: fn(&Trade) -> f64| run.trades.iter().map(part).sum::<f64>();
    let end = |curve: &[f64]| curve[rows - 1];
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-8, "{a} {b}");
    close(end(&curves.gross) - end(&curves.slipped), total(|t| t.slippage_cost));
    close(end(&curves.slipped) - end(&curves.net), total(|t| t.fees));
    close(end(&curves.net), run.end_equity);
    let first = run.trades[0].exit_row as usize;
    assert_eq!(curves.net[first - 1], params.engine.starting_equity);
    assert_ne!(curves.net[first], params.engine.starting_equity);
}

#[test]
fn the_heat_map_holds_the_chosen_costs_and_falls_with_them() {
    let (mut stages, params) = (sweeps(), Params::default());
    let map = heat_map(&mut stages, &params, 0);
    let at = |value: f64, axis: &[f64]| axis.iter().position(|v| *v == value).unwrap();
    let cell = at(params.engine.slippage, &map.slippages) * map.fees.len()
        + at(params.engine.fee, &map.fees);
    let run = stages.run(&params, 0, Path::Pessimistic);
    assert_eq!(map.total_return[cell], run.end_equity / params.engine.starting_equity - 1.0);
    // Without slippage the same trades are made, and a higher fee only takes money.
    let row = &map.total_return[..map.fees.len()];
    assert!(row.windows(2).all(|pair| pair[1] < pair[0]), "{row:?}");
}

#[test]
fn costs_of_zero_still_give_a_map() {
    let mut stages = sweeps();
    let free = EngineParams { fee: 0.0, slippage: 0.0, ..EngineParams::default() };
    let params = SweepParams::default().with(free);
    let map = heat_map(&mut stages, &params, 0);
    assert_eq!((map.fees.len(), map.slippages.len()), (9, 9));
    assert_eq!((map.fees[0], map.slippages[0]), (0.0, 0.0));
}

#[test]
fn an_ambiguous_row_separates_the_bounds() {
    let (mut stages, params) = fills();
    let low: Bounds = bounds(&mut stages, &params, 0, Path::Pessimistic);
    let high = bounds(&mut stages, &params, 0, Path::Optimistic);
    assert_eq!((low.ambiguous, high.ambiguous), (1, 1));
    assert_eq!(high.targets, low.targets + 1);
    assert!(high.total_return > low.total_return);
    assert!(!low.decided_by_path(&low));
}

#[test]
fn a_run_is_the_same_as_itself() {
    let (series, trades) = run(Policy::Mask);
    assert!(!trades.is_empty());
    let found = compare((&series, &trades), (&series, &trades));
    assert_eq!(found.count(Change::Kept), trades.len());
    assert_eq!(found.parts, Parts::default());
}

#[test]
fn the_parts_add_up_and_no_trade_is_left_out() {
    for (first, second) in
        [(Policy::Raw, Policy::Mask), (Policy::Mask, Policy::Drop), (Policy::Segment, Policy::Raw)]
    {
        let (a, b) = (run(first), run(second));
        let found = compare((&a.0, &a.1), (&b.0, &b.1));
        let net = |trades: &[Trade]| trades.iter().map(|t| t.net).sum::<f64>();
        let parts = found.parts;
        let total = parts.signals + parts.fills + parts.sizing;
        assert!((total - (net(&b.1) - net(&a.1))).abs() < 1e-8, "{first:?} {second:?}");
        let listed: f64 = found.pairs.iter().map(|pair| pair.net).sum();
        assert!((total - listed).abs() < 1e-8);
        assert_eq!(found.pairs.iter().filter(|p| p.before.is_some()).count(), a.1.len());
        assert_eq!(found.pairs.iter().filter(|p| p.after.is_some()).count(), b.1.len());
    }
}

#[test]
fn changes_are_told_apart() {
    let (series, trades) = run(Policy::Mask);
    let mut other = trades.clone();
    other[0].exit_price += 1.0;
    other[1].entry_price += 1.0;
    let gone = other.pop().unwrap();
    let found = compare((&series, &trades), (&series, &other));
    assert_eq!(found.pairs[0].change, Change::ExitChanged);
    assert_eq!(found.pairs[1].change, Change::Moved);
    assert_eq!(found.pairs.last().unwrap().change, Change::Lost);
    assert_eq!(found.parts.signals, -gone.net);
    let back = compare((&series, &other), (&series, &trades));
    assert_eq!(back.count(Change::New), 1);
}

#[test]
fn an_honest_run_passes_every_cut() {
    let (series, full, params) = whole();
    let cuts = causality::cuts(&series, &full);
    assert!(cuts.len() > causality::CUTS / 2 && cuts.windows(2).all(|pair| pair[0] < pair[1]));
    let mut most = causality::Compared::default();
    for cut in cuts {
        most = causality::check_cut(&series, &params, &full, cut).unwrap();
    }
    assert!(most.signals > 5 && most.trades > 5, "{most:?}");
}

#[test]
fn an_honest_run_of_a_window_passes_at_every_row_of_it() {
    let mut stages = sweeps();
    let params = Params::default();
    for newest in [0, 200, 777, 1_200] {
        let first_row = Window::newest(newest).first_row(stages.series());
        let full = stages.run(&params, first_row, Path::Pessimistic);
        let series = stages.series().clone();
        let first = series.usable_from(full.first_row);
        for rows in first.max(1)..series.len() {
            causality::check_cut(&series, &params, &full, rows).unwrap();
        }
        let cuts = causality::cuts(&series, &full);
        assert!(cuts.iter().all(|cut| (first..series.len()).contains(cut)) && cuts.len() > 20);
    }
}

#[test]
fn a_run_that_knew_the_future_is_found() {
    let (series, full, params) = whole();
    let cut = series.len() - 5;
    // A trade that was closed with tomorrow's price, and a signal that the past could not see.
    let mut cheat = full.clone();
    cheat.trades[0].exit_price *= 1.5;
    assert!(
        causality::check_cut(&series, &params, &cheat, cut).unwrap_err().what.contains("trades")
    );
    let mut cheat = full.clone();
    cheat.signals.remove(0);
    let violation = causality::check_cut(&series, &params, &cheat, cut).unwrap_err();
    assert_eq!(violation.rows, cut);
    assert!(violation.what.contains("signals"), "{violation:?}");
}

/// A driftless market whose highs and lows are those of a continuous path (METHOD-TRAINING §6): log closes are Brownian with
/// drift −σ²/2, extremes are drawn from the bridge between open and close.
fn world(seed: u64, rows: usize) -> Series {
    const SIGMA: f64 = 0.004;
    let mut stream = Stream::new(seed, "world", 0);
    let mut series = Series { timeframe_ms: 300_000, ..Series::default() };
    let mut log = libm::log(100.0);
    for row in 0..rows {
        let next = log - SIGMA * SIGMA / 2.0 + SIGMA * stream.normal();
        let mut extreme = |sign: f64| {
            let u = 1.0 - stream.unit();
            let step = next - log;
            let reach = libm::sqrt(step * step - 2.0 * SIGMA * SIGMA * libm::log(u));
            libm::exp((log + next + sign * reach) / 2.0)
        };
        let (high, low) = (extreme(1.0), extreme(-1.0));
        let (open, close) = (libm::exp(log), libm::exp(next));
        series.clock_time_ms.push(row as i64 * 300_000);
        series.clock_row.push(row as u32);
        series.open.push(open);
        series.close.push(close);
        series.high.push(high.max(open).max(close));
        series.low.push(low.min(open).min(close));
        series.volume.push(f64::NAN);
        series.segment_start.push(0);
        series.sound.push(true);
        series.spike.push(false);
        log = next;
    }
    series
}

#[test]
fn random_entries_are_unbiased_on_driftless_worlds_and_their_p_is_no_verdict_there() {
    let own = SweepParams {
        min_level_touches: 1,
        reversal_candles: 1,
        pierce_depth: 0.0,
        ..SweepParams::default()
    };
    let params = own.with(EngineParams {
        fee: 0.0,
        slippage: 0.0,
        min_atr_frac: 0.0,
        max_leverage: None,
        ..EngineParams::default()
    });
    let (mut means, mut chances, mut trades) = (Vec::new(), Vec::new(), 0);
    for seed in 0..40 {
        let mut stages = Stages::new(world(seed, 4_000));
        let run = stages.run(&params, 0, Path::Pessimistic);
        trades += run.trades.len();
        let found = random_entries(&mut stages, &params, &run, 42).unwrap();
        let null = found.get("expectancy_r").unwrap();
        means.push(null.mean);
        chances.push(*null.p.as_ref().unwrap());
        assert!(found.idle_rows < found.eligible_rows);
        let again = random_entries(&mut stages, &params, &run, 42).unwrap();
        assert_eq!(found, again);
        let other = random_entries(&mut stages, &params, &run, 43).unwrap();
        assert_ne!(found.statistics, other.statistics);
    }
    assert!(trades > 1_500, "{trades}");
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // Drawing rows and refusing overlaps would give −0.14 R.
    assert!(mean(&means).abs() < 0.02, "mean R by chance {}", mean(&means));
    // A strategy without an edge is anywhere between the worst and the best of chance.
    assert!((0.35..0.65).contains(&mean(&chances)), "mean p {}", mean(&chances));
    let spread = |low: f64, high: f64| chances.iter().filter(|p| (low..high).contains(*p)).count();
    assert!(spread(0.0, 0.25) > 2 && spread(0.75, 1.01) > 2, "{chances:?}");
}

#[test]
fn random_entries_repeat_the_numbers_of_the_run_and_need_ten_trades() {
    let mut stages = sweeps();
    let params = Params::default();
    let run = stages.run(&params, 0, Path::Pessimistic);
    let found = random_entries(&mut stages, &params, &run, 42).unwrap();
    let total = run.end_equity / params.engine.starting_equity - 1.0;
    assert_eq!(found.get("total_return").unwrap().observed, total);
    assert!(
        found.statistics.iter().all(|null| null.p.as_ref().is_ok_and(|p| (0.0..=1.0).contains(p)))
    );
    let short = Backtest { trades: run.trades[..9].to_vec(), ..run };
    assert!(
        random_entries(&mut stages, &params, &short, 42).unwrap_err().0.contains("have 9, need 10")
    );
}

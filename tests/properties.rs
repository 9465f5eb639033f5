//! What must hold on any file: METHOD §9, on random files full of defects.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

mod markets;

use cleansweep::domain::{RawRows, Side};
use cleansweep::engine::{Backtest, Outcome, Path, Series, SignalOutcome, Stages, equity};
use cleansweep::export::csv;
use cleansweep::import::Importer;
use cleansweep::params::Params;
use cleansweep::quality::clean::clean;
use cleansweep::quality::{Cleaning, Market, Policy};
use markets::{dyadic_plan, params, plan};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

/// `PROPERTY_FACTOR=50` runs so many times as many cases.
fn config(cases: u32) -> Config {
    let factor =
        std::env::var("PROPERTY_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    Config {
        cases: cases * factor,
        max_global_rejects: 100_000,
        failure_persistence: None,
        ..Config::default()
    }
}

fn sound() -> impl Strategy<Value = Policy> {
    select(vec![Policy::Mask, Policy::Drop, Policy::Segment])
}

fn run(series: &Series, params: &Params) -> Backtest {
    Stages::new(series.clone()).run(params, 0, Path::Pessimistic)
}

fn series_of(rows: RawRows, policy: Policy) -> Series {
    clean(&Market::new(rows), &Cleaning::with_policy(policy)).series
}

/// Signals decided and trades closed before the last row of a prefix: what no later row may change.
fn settled(
    result: &Backtest,
    last_usable: u32,
    last_clock: u32,
) -> (Vec<SignalOutcome>, Vec<String>) {
    let signals =
        result.signals.iter().filter(|outcome| outcome.signal.at < last_usable).copied().collect();
    let trades = result
        .trades
        .iter()
        .filter(|trade| trade.exit_row < last_clock)
        .map(|trade| format!("{trade:?}"))
        .collect();
    (signals, trades)
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn no_later_row_changes_an_earlier_signal_or_a_closed_trade(
        plan in plan(40..160), params in params(), policy in sound()
    ) {
        // Portfolio stops read equity, which is part of what is compared through the outcomes.
        let series = series_of(plan.rows(), policy);
        let whole = run(&series, &params);
        for rows in 1..=series.len() {
            let prefix = series.prefix(rows);
            let (usable, clock) = (rows as u32 - 1, prefix.clock_row[rows - 1]);
            let now = run(&prefix, &params);
            // A trade still open at the end of the prefix blocks no signal that the whole run would take, and the other
            // way round: outcomes of signals before the last row are equal, up to trades that the end itself closed.
            let (early, early_trades) = settled(&now, usable, clock);
            let (late, late_trades) = settled(&whole, usable, clock);
            prop_assert_eq!(early, late, "signals of the first {} rows", rows);
            prop_assert_eq!(early_trades, late_trades, "trades of the first {} rows", rows);
        }
    }

    #[test]
    fn what_stands_in_the_future_does_not_matter(
        plan in plan(60..200), params in params(), policy in sound(), cut in 0.2..0.9_f64, noise in 1..1000_u32
    ) {
        let series = series_of(plan.rows(), policy);
        prop_assume!(series.len() > 4);
        let keep = (series.len() as f64 * cut) as usize + 1;
        let mut other = series.clone();
        for row in keep..series.len() {
            let factor = 1.0 + f64::from((row as u32 * 7919 + noise) % 100) / 300.0;
            for column in [&mut other.open, &mut other.high, &mut other.low, &mut other.close] {
                column[row] *= factor;
            }
            other.volume[row] = f64::from((row as u32 + noise) % 50);
        }
        let (usable, clock) = (keep as u32 - 1, series.clock_row[keep - 1]);
        prop_assert_eq!(
            settled(&run(&series, &params), usable, clock),
            settled(&run(&other, &params), usable, clock)
        );
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_order_of_the_file_does_not_matter_to_a_sound_policy(
        plan in plan(30..200), params in params(), policy in sound(), seed in any::<u64>()
    ) {
        let rows = plan.rows();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut random = cleansweep::random::Stream::new(seed, "shuffle", 0);
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i + 1));
        }
        let mut shuffled = RawRows::default();
        for row in order {
            shuffled.push(rows.time_ms[row], rows.values(row));
        }
        let (a, b) = (series_of(rows, policy), series_of(shuffled, policy));
        prop_assert_eq!(&a.clock_time_ms, &b.clock_time_ms);
        prop_assert_eq!(&a.clock_row, &b.clock_row);
        prop_assert_eq!((&a.sound, &a.spike), (&b.sound, &b.spike));
        let (a, b) = (run(&a, &params), run(&b, &params));
        prop_assert_eq!(a, b);
    }

    #[test]
    fn the_pessimistic_path_is_never_better(plan in plan(60..260), params in params(), policy in sound()) {
        prop_assume!(params.daily_loss_limit.is_none() && params.drawdown_stop.is_none());
        let mut stages = Stages::new(series_of(plan.rows(), policy));
        let low = stages.run(&params, 0, Path::Pessimistic);
        let high = stages.run(&params, 0, Path::Optimistic);
        let marked = |result: &Backtest| {
            equity::series(stages.series(), &result.trades, params.fee, params.starting_equity, 0)
        };
        let (low_equity, high_equity) = (marked(&low), marked(&high));
        prop_assume!(low_equity.iter().chain(&high_equity).all(|&value| value > 0.0));
        prop_assert_eq!(low.trades.len(), high.trades.len());
        for (low, high) in low.trades.iter().zip(&high.trades) {
            prop_assert!(low.net_r() <= high.net_r() + 1e-12 * high.net_r().abs().max(1.0));
            prop_assert_eq!(low.entry_row, high.entry_row);
        }
        for (low, high) in low_equity.iter().zip(&high_equity) {
            prop_assert!(*low <= high * (1.0 + 1e-9));
        }
    }

    #[test]
    fn every_signal_has_one_outcome_and_equity_reconciles(plan in plan(60..260), params in params(), policy in sound()) {
        let series = series_of(plan.rows(), policy);
        let result = run(&series, &params);
        let trades = result.signals.iter().filter(|s| matches!(s.outcome, Outcome::Trade(_))).count();
        prop_assert_eq!(trades, result.trades.len());
        let net: f64 = result.trades.iter().map(|trade| trade.net).sum();
        let end = params.starting_equity + net;
        prop_assert!((end - result.end_equity).abs() <= 1e-9 * params.starting_equity);
        let marked = equity::series(&series, &result.trades, params.fee, params.starting_equity, 0);
        prop_assert_eq!(marked.len(), series.clock_len());
        if let Some(last) = marked.last() {
            prop_assert_eq!(*last, result.end_equity);
        }
        for pair in result.trades.windows(2) {
            prop_assert!(pair[0].exit_row < pair[1].entry_row, "one position at a time");
        }
        for trade in &result.trades {
            prop_assert!(trade.signal_row < trade.entry_row && trade.entry_row <= trade.exit_row);
            prop_assert!((trade.gross - trade.slippage_cost - trade.fees - trade.net).abs() < 1e-9);
            prop_assert!(trade.mae_r >= 0.0 && trade.mfe_r >= 0.0 && trade.risk > 0.0);
        }
    }

    #[test]
    fn a_higher_fee_never_helps_a_trade(plan in plan(60..260), params in params(), policy in sound()) {
        prop_assume!(params.daily_loss_limit.is_none() && params.drawdown_stop.is_none());
        let series = series_of(plan.rows(), policy);
        let dear = Params { fee: params.fee + 0.001, ..params.clone() };
        let (cheap, dear) = (run(&series, &params), run(&series, &dear));
        for (cheap, dear) in cheap.trades.iter().zip(&dear.trades) {
            prop_assert_eq!(cheap.entry_row, dear.entry_row);
            prop_assert!(dear.net_r() < cheap.net_r());
        }
    }

    #[test]
    fn powers_of_two_in_prices_leave_r_alone(plan in plan(60..260), params in params(), policy in sound(), up in -8..9_i32) {
        let series = series_of(plan.rows(), policy);
        let factor = (0..up.abs()).fold(1.0, |factor, _| if up < 0 { factor / 2.0 } else { factor * 2.0 });
        let mut scaled = series.clone();
        for column in [&mut scaled.open, &mut scaled.high, &mut scaled.low, &mut scaled.close] {
            for value in column {
                *value *= factor;
            }
        }
        let (a, b) = (run(&series, &params), run(&scaled, &params));
        prop_assert_eq!(a.trades.len(), b.trades.len());
        for (a, b) in a.trades.iter().zip(&b.trades) {
            prop_assert_eq!(a.net_r().to_bits(), b.net_r().to_bits());
            prop_assert_eq!((a.entry_row, a.exit_row, a.exit_reason), (b.entry_row, b.exit_row, b.exit_reason));
        }
    }

    #[test]
    fn mirrored_prices_swap_the_sides_and_nothing_else(plan in dyadic_plan(60..260), params in params(), policy in sound()) {
        let params = Params {
            fee: 0.0,
            slippage: 0.0,
            pierce_depth: 0.0,
            level_tolerance: 0.0,
            min_atr_frac: 0.0,
            min_stop_frac: 0.0,
            max_leverage: None,
            daily_loss_limit: None,
            drawdown_stop: None,
            sides: cleansweep::params::Sides::Both,
            // Binary fractions, so that stops and targets stay dyadic.
            atr_period: 2,
            atr_multiplier_sl: 1.0,
            risk_reward_ratio: 2.0,
            ..params
        };
        let series = series_of(plan.rows(), policy);
        // A power of two far above the prices: the mirror image is exact and positive.
        let centre = 4_096.0;
        prop_assume!(series.high.iter().all(|&high| high < centre));
        let mut mirror = series.clone();
        for row in 0..series.len() {
            mirror.open[row] = centre - series.open[row];
            mirror.close[row] = centre - series.close[row];
            mirror.high[row] = centre - series.low[row];
            mirror.low[row] = centre - series.high[row];
        }
        // The ATR > 0.0001·close test is relative to the price: only files that pass it on both sides.
        let atr = cleansweep::engine::indicators::atr(&series, 2);
        prop_assume!(atr.iter().all(|&atr| atr.is_nan() || atr == 0.0 || atr > 0.0001 * centre));
        let (a, b) = (run(&series, &params), run(&mirror, &params));
        prop_assert_eq!(a.trades.len(), b.trades.len());
        for (a, b) in a.trades.iter().zip(&b.trades) {
            prop_assert_eq!(a.side == Side::Long, b.side == Side::Short);
            prop_assert_eq!((a.entry_row, a.exit_row, a.exit_reason), (b.entry_row, b.exit_row, b.exit_reason));
            prop_assert!((a.net_r() - b.net_r()).abs() < 1e-9, "{} {}", a.net_r(), b.net_r());
        }
    }

    #[test]
    fn any_cut_of_the_bytes_gives_the_same_rows_and_diagnostics(
        plan in plan(5..120), cuts in prop::collection::vec(1_usize..400, 1..20), mess in 0..6_usize, at in any::<prop::sample::Index>()
    ) {
        let market = Market::new(plan.rows());
        let mut text = csv::cleaned(&market, &clean(&market, &Cleaning::with_policy(Policy::Raw)));
        // Something that a reader could trip over, somewhere.
        let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        let place = lines[at.index(lines.len())];
        text.insert_str(place, ["", "Total,,,,,\n", "\"1,2,3\n", "\r\n", "a,b\n", "1735689600000,x,,1e3,-,\n"][mess]);
        let whole = {
            let mut importer = Importer::default();
            importer.push(text.as_bytes()).unwrap();
            importer.finish()
        };
        let mut importer = Importer::default();
        let (mut from, mut turn) = (0, 0);
        while from < text.len() {
            let to = (from + cuts[turn % cuts.len()]).min(text.len());
            importer.push(&text.as_bytes()[from..to]).unwrap();
            (from, turn) = (to, turn + 1);
        }
        match (whole, importer.finish()) {
            (Ok(whole), Ok(cut)) => {
                let bits = |rows: &RawRows| -> Vec<[u64; 5]> {
                    (0..rows.len()).map(|row| rows.values(row).map(f64::to_bits)).collect()
                };
                prop_assert_eq!(&whole.rows.time_ms, &cut.rows.time_ms);
                prop_assert_eq!(bits(&whole.rows), bits(&cut.rows));
                prop_assert_eq!(whole.lines, cut.lines);
                prop_assert_eq!(whole.diagnostics, cut.diagnostics);
            }
            (Err(whole), Err(cut)) => prop_assert_eq!(whole, cut),
            (whole, cut) => prop_assert!(false, "{:?} {:?}", whole.is_ok(), cut.is_ok()),
        }
    }

    #[test]
    fn export_import_export_is_the_same_text(plan in plan(20..160)) {
        let once = |rows: RawRows| {
            let market = Market::new(rows);
            csv::cleaned(&market, &clean(&market, &Cleaning::with_policy(Policy::Drop)))
        };
        let first = once(plan.rows());
        prop_assume!(first.lines().count() > 2);
        let again = once(cleansweep::import::import(first.as_bytes()).unwrap().rows);
        prop_assert_eq!(first, again);
    }
}

/// The properties above are worth something only if the files trade.
#[test]
fn the_random_files_trade_on_both_sides() {
    let mut runner = TestRunner::new(config(200));
    let counts = std::cell::Cell::new([0_usize; 3]);
    runner
        .run(&(plan(60..260), params(), sound()), |(plan, params, policy)| {
            let result = run(&series_of(plan.rows(), policy), &params);
            let mut now = counts.get();
            for trade in &result.trades {
                now[trade.side.index()] += 1;
                now[2] += usize::from(trade.ambiguous);
            }
            counts.set(now);
            Ok(())
        })
        .unwrap();
    let [long, short, ambiguous] = counts.get();
    assert!(long > 100 && short > 100 && ambiguous > 3, "{:?}", counts.get());
}

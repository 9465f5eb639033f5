//! Searches: samples and statistics against an independent implementation, shared work against work done one by one.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

mod markets;

use cleansweep::backtest::Stages;
use cleansweep::domain::{Measure, Undefined};
use cleansweep::engine::{Path, equity};
use cleansweep::metrics::{self, GridUnit, METRICS, MetricInput, stats};
use cleansweep::quality::Market;
use cleansweep::quality::clean::clean;
use cleansweep::search::luck::{self, Columns, SuperiorTest};
use cleansweep::search::reading;
use cleansweep::search::{
    Axis, Evaluator, Found, Numbers, Outcome, Plan, Sampler, Scale, Space, Span, Trial, Trials,
};
use cleansweep::strategy::{Params, StrategyId};
use cleansweep::table::ParamValue;
use cleansweep::validate::{automatic_block, blocks_for, overfitting};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use std::cell::Cell;
use std::sync::Arc;

fn fixture() -> Value {
    serde_json::from_str(include_str!("golden/search.json")).unwrap()
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

#[track_caller]
fn near(name: &str, found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap_or_else(|| panic!("{name}: {expected}"));
    let scale = expected.abs().max(1e-9);
    assert!((found - expected).abs() <= 1e-9 * scale, "{name}: {found} is not {expected}");
}

fn sweep() -> StrategyId {
    StrategyId::default()
}

fn relaxed(trials: u32, sampler: Sampler) -> Trials {
    let plan = Plan { sampler, ..Plan::new(Space::relaxed(sweep()), trials, 42) };
    Trials::of(&plan, &Params::default()).unwrap()
}

#[test]
fn samples_are_those_of_the_contract() {
    let fixture = fixture();
    let expected = &fixture["trials"];
    for (name, sampler) in [("random", Sampler::Random), ("sobol", Sampler::Sobol)] {
        let trials = relaxed(64, sampler);
        let keys: Vec<&str> = trials.axes.iter().map(|axis| axis.spec.key).collect();
        assert_eq!(keys, read::<Vec<String>>(&expected["names"]));
        let counts: Vec<usize> = trials.axes.iter().map(|axis| axis.values.len()).collect();
        assert_eq!(counts, read::<Vec<usize>>(&expected["K"]));
        let list = expected[name].as_array().unwrap();
        assert!(list.len() >= 8);
        for (number, trial) in list.iter().enumerate() {
            let picks = trials.picks(number as u32);
            assert_eq!(picks, read::<Vec<u32>>(&trial["index"]), "{name} {number}");
            for (value, expected) in
                trials.values(&picks).iter().zip(trial["values"].as_array().unwrap())
            {
                assert_eq!(*value, ParamValue::Number(expected.as_f64().unwrap()));
            }
        }
    }
    // On logarithmic axes.
    let log: Vec<Axis> = relaxed(1, Sampler::Random)
        .axes
        .into_iter()
        .map(|axis| Axis { scale: Scale::Log, ..axis })
        .collect();
    for trial in expected["random"].as_array().unwrap() {
        let units: Vec<f64> = read(&trial["u"]);
        let picks: Vec<u32> = log.iter().zip(units).map(|(axis, u)| axis.pick(u)).collect();
        assert_eq!(picks, read::<Vec<u32>>(&trial["index_log"]));
    }
}

#[test]
fn a_grid_walks_the_last_parameter_fastest_and_shards_part_it() {
    let spans = [
        ("reversal_candles", Span::Range { min: 1.0, max: 3.0, every: 1, scale: Scale::Linear }),
        ("min_level_touches", Span::List(vec![ParamValue::Number(3.0), ParamValue::Number(2.0)])),
        ("atr_multiplier_sl", Span::Range { min: 1.0, max: 2.5, every: 50, scale: Scale::Linear }),
    ];
    let space = Space(spans.into_iter().map(|(key, span)| (key.to_owned(), span)).collect());
    let plan = Plan { sampler: Sampler::Grid, ..Plan::new(space, 1_000, 1) };
    let trials = Trials::of(&plan, &Params::default()).unwrap();
    assert_eq!(trials.count, 24);
    let fixture = fixture();
    for (number, picks) in fixture["trials"]["grid"]["index_of_trial"].as_object().unwrap() {
        assert_eq!(trials.picks(number.parse().unwrap()), read::<Vec<u32>>(picks));
    }
    let mut shard = relaxed(10, Sampler::Random).order((1, 3));
    shard.sort_unstable();
    assert_eq!(shard, read::<Vec<u32>>(&fixture["trials"]["shard_1_of_3_of_10"]));
}

/// Work that trials share changes no number: metrics, returns and trades are those of each trial run by itself, with the
/// equity of every row in hand.
#[test]
fn shared_work_is_the_same_to_the_bit() {
    let compared = Cell::new(0);
    let factor: u32 =
        std::env::var("PROPERTY_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let config = Config { cases: 60 * factor, failure_persistence: None, ..Config::default() };
    let case = (markets::plan(300..900), markets::params(), markets::cleaning(), any::<u64>());
    TestRunner::new(config)
        .run(&case, |(plan, base, cleaning, seed)| {
            let market = Market::new(plan.rows());
            let series = Arc::clone(&clean(&market, &cleaning).series);
            prop_assume!(series.len() > 50);
            for id in StrategyId::all() {
                let base = if id == base.id() { base.clone() } else { Params::new(id) };
                let mut space = Space::wide(id);
                let more: &[(&str, &[f64])] = if id == sweep() {
                    &[
                        ("pivot_bars", &[1.0, 2.0]),
                        ("level_tolerance", &[0.001, 0.01]),
                        ("key_level_lookback", &[60.0, 400.0]),
                    ]
                } else {
                    &[]
                };
                for (key, values) in more {
                    let values = values.iter().copied().map(ParamValue::Number).collect();
                    space.0.push(((*key).to_owned(), Span::List(values)));
                }
                if id == sweep() {
                    // Thresholds that let enough through.
                    space.0.retain(|(key, _)| {
                        key != "pierce_depth"
                            && key != "volume_spike_threshold"
                            && key != "min_level_touches"
                    });
                    space.0.push((
                        "pierce_depth".to_owned(),
                        Span::Range { min: 0.0, max: 0.002, every: 1, scale: Scale::Linear },
                    ));
                    space.0.push((
                        "volume_spike_threshold".to_owned(),
                        Span::Range { min: 1.0, max: 2.0, every: 1, scale: Scale::Linear },
                    ));
                    space.0.push((
                        "min_level_touches".to_owned(),
                        Span::Range { min: 1.0, max: 3.0, every: 1, scale: Scale::Linear },
                    ));
                    let sides = (0..3).map(ParamValue::Choice).collect();
                    space.0.push(("sides".to_owned(), Span::List(sides)));
                } else {
                    space.0.iter_mut().for_each(|(key, span)| {
                        if key == "ma_slow" || key == "ma_fast" {
                            *span =
                                Span::Range { min: 5.0, max: 40.0, every: 1, scale: Scale::Linear };
                        }
                    });
                }
                let trials = Trials::of(&Plan::new(space, 24, seed), &base).unwrap();
                let first = (series.clock_len() / 3) as u32;
                let mut together = Evaluator::new(Arc::clone(&series), first);
                let order = trials.order((0, 1));
                let outcomes = together.run_all(&trials, &order);
                let mut alone = Stages::new(Arc::clone(&series));
                for (&number, outcome) in order.iter().zip(&outcomes) {
                    let params = match (trials.params(&trials.picks(number)), outcome) {
                        (Ok(params), Outcome::Ran(_)) => params,
                        (Err(reason), Outcome::Refused(told)) => {
                            prop_assert_eq!(reason, told.clone());
                            continue;
                        }
                        (_, other) => return Err(TestCaseError::fail(format!("{other:?}"))),
                    };
                    let Outcome::Ran(numbers) = outcome else { continue };
                    let backtest = alone.run(&params, first, Path::Pessimistic);
                    let engine = &params.engine;
                    let marked = equity::series(
                        &series,
                        &backtest.trades,
                        engine.fee,
                        engine.starting_equity,
                        first,
                    );
                    let input = MetricInput::new(&series, engine, &backtest, &marked);
                    let expected = metrics::evaluate(&input);
                    prop_assert_eq!(&numbers.metrics, &expected, "trial {}", number);
                    if input.grid.equity.iter().all(|equity| *equity > 0.0) {
                        let bits =
                            |all: &[f64]| all.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                        prop_assert_eq!(bits(&numbers.returns), bits(&input.grid.returns));
                    }
                    compared.set(compared.get() + backtest.trades.len());
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(compared.get() > 2_000, "compared only {} trades", compared.get());
}

fn matrix(fixture: &Value, name: &str) -> Vec<Vec<f64>> {
    read(&fixture["returns"][name]["columns"])
}

const MATRICES: [&str; 5] = ["a", "b", "c", "d", "sparse"];

#[test]
fn overfitting_is_that_of_the_reference() {
    let fixture = fixture();
    for name in MATRICES {
        let columns = matrix(&fixture, name);
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let expected = &fixture["pbo"][name];
        let blocks = blocks_for(columns[0].len()).unwrap();
        assert_eq!(blocks as u64, expected["S"].as_u64().unwrap());
        let found = overfitting(&columns, blocks).unwrap();
        assert_eq!(found.combinations as u64, expected["combos"].as_u64().unwrap());
        near(name, found.pbo, &expected["pbo"]);
        near(name, found.prob_oos_loss, &expected["prob_oos_loss"]);
        near(name, found.slope, &expected["slope"]);
        near(name, found.mean_logit, &expected["mean_logit"]);
        // In more parts than one, too.
        let many: Vec<&[f64]> = columns.iter().copied().cycle().take(columns.len() * 50).collect();
        let more = overfitting(&many, blocks).unwrap();
        assert!(more.prob_oos_loss == found.prob_oos_loss, "the same trials are chosen");
    }
}

#[test]
fn deflation_and_haircuts_are_those_of_the_reference() {
    let fixture = fixture();
    for name in MATRICES {
        let owned = matrix(&fixture, name);
        let returns: Vec<&[f64]> = owned.iter().map(Vec::as_slice).collect();
        let expected = &fixture["dsr"][name];
        let best = expected["best"].as_u64().unwrap() as usize;
        let columns = Columns { returns, unit: GridUnit::Day, best: Some(best) };
        let sharpes = columns.sharpes();
        for (sharpe, expected) in
            sharpes.iter().zip(expected["sharpe_per_period"].as_array().unwrap())
        {
            match sharpe {
                Ok(sharpe) => near(name, *sharpe, expected),
                Err(_) => assert!(expected.is_null()),
            }
        }
        let leaders = expected["leaders"].as_array().unwrap().len();
        assert_eq!(luck::effective_trials(&columns.returns), leaders, "{name}");
        let variance = luck::variance_of(&sharpes);
        for (which, count) in [("all", owned.len()), ("effective", leaders)] {
            let found = luck::deflated(columns.returns[best], count, &variance);
            let expected = &expected[which];
            match found.value {
                Ok(value) => {
                    near(name, value, &expected["dsr"]);
                    near(name, found.expected_max.unwrap(), &expected["sr0"]);
                }
                Err(_) => assert!(expected["undefined"].is_string(), "{name} {which}: {expected}"),
            }
        }
        let expected = &fixture["haircut"][name];
        assert_eq!(best as u64, expected["best"].as_u64().unwrap());
        for haircut in luck::haircuts(&columns, best) {
            let expected = &expected[haircut.name];
            near(name, haircut.p.unwrap(), &expected["p_adjusted"]);
            near(name, haircut.sharpe.unwrap(), &expected["sr_haircut"]);
            near(name, haircut.haircut.unwrap(), &expected["haircut"]);
        }
    }
}

#[test]
fn superior_ability_is_tested_as_in_the_reference() {
    let fixture = fixture();
    for (name, of, benchmark) in [
        ("a_flat", "a", None),
        ("a_benchmark", "a", Some("benchmark")),
        ("d_flat", "d", None),
        ("b_flat", "b", None),
    ] {
        let owned = matrix(&fixture, of);
        let returns: Vec<&[f64]> = owned.iter().map(Vec::as_slice).collect();
        for (column, expected) in
            owned.iter().zip(fixture["automatic_block"][of].as_array().unwrap())
        {
            near(of, automatic_block(column), &expected["b"]);
        }
        let expected = &fixture["reality_check_spa"][name];
        let benchmark: Vec<f64> = benchmark
            .map_or_else(|| vec![0.0; owned[0].len()], |key| read(&fixture["returns"][of][key]));
        let mut test = SuperiorTest::new(&returns, &benchmark, 42);
        // In steps, as a worker draws them.
        while !test.is_done() {
            test.draw(300);
        }
        let found = test.result();
        assert_eq!(found.models, expected["columns"].as_array().unwrap().len(), "{name}");
        near(name, found.block, &expected["block"]);
        near(name, found.reality_check.unwrap(), &expected["reality_check"]["p"]);
        for (found, key) in found.spa.into_iter().zip(["lower", "consistent", "upper"]) {
            near(&format!("{name} {key}"), found.unwrap(), &expected["spa"][key]["p"]);
        }
    }
}

/// Trials with given places and objectives, and nothing else.
fn made(picks: &[Vec<u32>], objectives: &[Option<f64>]) -> Found {
    let spec = metrics::spec("mean_r_lower_95").unwrap();
    let place = METRICS.iter().position(|row| row.key == spec.key).unwrap();
    let trials = picks.iter().zip(objectives).enumerate().map(|(number, (picks, objective))| {
        let measure: Measure = objective.ok_or(Undefined::because("not ranked"));
        let mut metrics = vec![Ok(1_000.0); METRICS.len()];
        metrics[place] = measure.clone();
        Trial {
            number: number as u32,
            picks: picks.clone(),
            duplicate_of: None,
            outcome: Arc::new(Outcome::Ran(Numbers { metrics, returns: Vec::new() })),
            objective: measure,
            rank: None,
        }
    });
    let mut found = Found { trials: trials.collect(), ranked: Vec::new(), objective: Some(spec) };
    let mut ranked: Vec<u32> =
        (0..picks.len() as u32).filter(|at| objectives[*at as usize].is_some()).collect();
    let value = |at: &u32| stats::round12(objectives[*at as usize].unwrap());
    ranked.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.cmp(b)));
    found.ranked = ranked;
    found
}

#[test]
fn plateaus_are_those_of_the_reference() {
    let fixture = fixture();
    for (name, case) in fixture["plateau"]["cases"].as_object().unwrap() {
        let counts: Vec<usize> = read(&case["K"]);
        let spec = Params::default().spec("reversal_candles").unwrap();
        let axes: Vec<Axis> = counts
            .iter()
            .map(|&count| Axis {
                spec,
                values: vec![ParamValue::Number(1.0); count],
                scale: Scale::Linear,
                range: None,
            })
            .collect();
        let found = made(
            &read::<Vec<Vec<u32>>>(&case["k"]),
            &read::<Vec<Option<f64>>>(&case["objectives"]),
        );
        match reading::plateau(&found, &axes) {
            Ok(plateau) => {
                near(name, plateau.score, &case["plateau"]);
                near(name, plateau.median, &case["median"]);
            }
            Err(reason) => {
                let told = case["plateau"]["undefined"].as_str().unwrap();
                assert!(
                    told.ends_with("have 19, need 20") && reason.to_string().ends_with(&told[9..])
                );
            }
        }
    }
    for row in fixture["plateau"]["coverage"].as_array().unwrap() {
        let found = reading::coverage(row["N"].as_u64().unwrap() as usize);
        let x = row["x"].as_f64().unwrap();
        let at = [0.05, 0.01, 0.001].iter().position(|share| *share == x).unwrap();
        near("coverage", found[at], &row["coverage"]);
    }
}

/// A world without an edge, METHOD-TRAINING §6: closes of a driftless geometric Brownian motion, opens at the close before,
/// exact highs and lows of the bridge between them. Every 200th row carries volume for a spike.
fn world(rows: usize, seed: u64, edge: f64) -> cleansweep::domain::RawRows {
    use cleansweep::random::Stream;
    let mut stream = Stream::new(seed, "sample", 0);
    let sigma = 0.004;
    let mut close = 100.0_f64;
    let mut drift = 0.0;
    let mut out = Vec::with_capacity(rows);
    for row in 0..rows {
        let open = close;
        let o = libm::log(open);
        let step = sigma * stream.normal() - sigma * sigma / 2.0 + drift;
        drift *= 0.85;
        let x = o + step;
        let bridge = |u: f64| libm::sqrt((x - o) * (x - o) - 2.0 * sigma * sigma * libm::log(u));
        let u = stream.unit().max(1e-12);
        let high = libm::exp(f64::midpoint(o + x, bridge(u)));
        let u = stream.unit().max(1e-12);
        let low = libm::exp((o + x - bridge(u)) / 2.0);
        close = libm::exp(x);
        let volume = 1.0 + 4.0 * stream.unit() * stream.unit();
        // The planted edge: after a wide fall on volume price comes back.
        if edge > 0.0 && volume > 2.0 && low < open * (1.0 - 2.0 * sigma) {
            drift = edge * sigma;
        }
        let time = 1_600_000_000_000 + row as i64 * 300_000;
        out.push((
            time,
            [open, high.max(open).max(close), low.min(open).min(close), close, volume],
        ));
    }
    markets::from_rows(&out)
}

/// The judgement of a small search in a world, without costs.
fn judged(seed: u64, edge: f64) -> cleansweep::search::Judged {
    let market = Market::new(world(6_000, seed, edge));
    let series = Arc::clone(&clean(&market, &cleansweep::quality::Cleaning::default()).series);
    let mut base = Params::default();
    for (key, value) in [
        ("fee", "0"),
        ("slippage", "0"),
        ("min_stop_frac", "0"),
        ("min_atr_frac", "0"),
        ("volume_spike_threshold", "1"),
        ("reversal_candles", "1"),
        ("min_level_touches", "1"),
        ("pierce_depth", "0"),
        ("sides", "long"),
    ] {
        base.set_text(key, value).unwrap();
    }
    let span = |min, max| Span::Range { min, max, every: 1, scale: Scale::Linear };
    let space = Space(vec![
        ("pierce_depth".to_owned(), span(0.0, 0.004)),
        ("volume_spike_threshold".to_owned(), span(1.0, 1.6)),
        ("atr_multiplier_sl".to_owned(), span(0.5, 3.0)),
        ("risk_reward_ratio".to_owned(), span(0.5, 3.0)),
    ]);
    let plan = Plan { min_trades: 10, ..Plan::new(space, 24, seed) };
    let trials = Trials::of(&plan, &base).unwrap();
    let mut evaluator = Evaluator::new(Arc::clone(&series), 0);
    let order = trials.order((0, 1));
    let outcomes = evaluator.run_all(&trials, &order);
    let ran = order.into_iter().zip(outcomes.into_iter().map(Arc::new));
    cleansweep::search::Court::of(&evaluator, 6_000 * 300_000).judge_all(
        &plan,
        &trials,
        ran,
        |test| test.draw(usize::MAX),
    )
}

/// Over many worlds without an edge the probability of overfitting is one half on average and the tests reject no more often
/// than they say; a planted edge is found.
#[test]
fn worlds_without_an_edge_are_told_from_one_with() {
    let worlds = 200;
    let (mut pbo, mut defined, mut rejected, mut lucky) = (0.0, 0, 0, 0);
    for seed in 0..worlds {
        let judged = judged(seed, 0.0);
        let Ok(luck) = &judged.luck else { continue };
        if let Ok(found) = &luck.overfitting {
            pbo += found.pbo;
            defined += 1;
        }
        rejected += usize::from(luck.superior[0].spa[1].as_ref().is_ok_and(|p| *p < 0.05));
        lucky += usize::from(luck.deflated[0].value.as_ref().is_ok_and(|value| *value > 0.95));
    }
    let mean = pbo / f64::from(defined);
    assert!(defined > 180, "{defined} worlds were judged");
    assert!((0.45..0.55).contains(&mean), "mean PBO {mean}");
    // 5 % of 200 with three standard errors of √(0.05·0.95/200) = 1.5 %.
    assert!(rejected <= 19, "SPA rejects in {rejected} of {worlds}");
    assert!(lucky <= 19, "DSR is above 95 % in {lucky} of {worlds}");
    let found = (0..10).filter(|&seed| {
        let judged = judged(seed, 2.0);
        judged
            .luck
            .as_ref()
            .is_ok_and(|luck| luck.superior[0].spa[1].as_ref().is_ok_and(|p| *p < 0.05))
    });
    assert_eq!(found.count(), 10, "a planted edge is found");
}

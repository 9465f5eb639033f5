//! Whole units of work on the 155,520-row sample: what a user waits for. Run with `make bench`.
#![allow(missing_docs, reason = "criterion's macros define undocumented items")]

use cleansweep::backtest::{Stages, Window};
use cleansweep::engine::Path;
use cleansweep::import::import;
use cleansweep::protocol::{
    BacktestQuestion, CompareQuestion, ContaminationQuestion, CostsQuestion, DetailQuestion,
    ExplainQuestion, Listed, LoadQuestion, MultiverseQuestion, PlacesQuestion, Source,
    ValidateQuestion, encode,
};
use cleansweep::quality::clean::clean;
use cleansweep::quality::synth::Sample;
use cleansweep::quality::{Cleaning, Market, Policy, Report};
use cleansweep::search::{Evaluator, Plan, Space, Trials};
use cleansweep::service::Service;
use cleansweep::session::{Session, Settings};
use cleansweep::strategy::{Params, StrategyId};
use cleansweep::universe::{self, Frame, MarketId, MergePolicy, Venue};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn reading(c: &mut Criterion) {
    let text = Sample::Job143.csv();
    let rows = import(text.as_bytes()).map(|import| import.rows).unwrap_or_default();
    let mut group = c.benchmark_group("reading");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("import", |b| b.iter(|| import(black_box(text.as_bytes()))));
    group.throughput(Throughput::Elements(rows.len() as u64));
    // Order, duplicates, flags and spikes.
    group.bench_function("flag rows", |b| {
        b.iter_batched(|| rows.clone(), Market::new, BatchSize::LargeInput);
    });
    let market = Market::new(rows);
    group.bench_function("report", |b| b.iter(|| Report::of(black_box(&market))));
    for policy in [Policy::Mask, Policy::SourceScore] {
        let cleaning = Cleaning::with_policy(policy);
        group.bench_function(format!("clean {}", policy.name()), |b| {
            b.iter(|| clean(black_box(&market), &cleaning));
        });
    }
    group.finish();
}

/// Four venues of 155,520 rows, a fifth of the rows of each without a trade.
fn venues(c: &mut Criterion) {
    let Ok(import) = import(Sample::Job143.csv().as_bytes()) else { return };
    let names = ["a", "b", "c", "d"];
    let markets: Vec<Market> = (0..names.len())
        .map(|at| {
            let mut rows = import.rows.clone();
            let level = 1.0 + at as f64 / 1_000.0;
            for column in [&mut rows.open, &mut rows.high, &mut rows.low, &mut rows.close] {
                for price in column.iter_mut() {
                    *price *= level;
                }
            }
            // Other rows are empty at each.
            rows.volume.rotate_right(at * 1_001);
            Market::new(rows)
        })
        .collect();
    let named: Vec<(&str, &Market)> = names.into_iter().zip(&markets).collect();
    let Ok(frame) = Frame::of(&named) else { return };
    let venues: Vec<Venue<'_>> =
        named.iter().map(|(name, market)| Venue::new(name, &market.candles, frame)).collect();
    let mut group = c.benchmark_group("venues");
    group.sample_size(10);
    for policy in MergePolicy::ALL {
        group.bench_function(format!("merge four by {}", policy.name()), |b| {
            b.iter(|| universe::merge(black_box(&venues), frame, policy, true));
        });
    }
    group.bench_function("agreement of four", |b| b.iter(|| universe::agreement(&venues, frame)));
    group.bench_function("what the others know", |b| {
        b.iter(|| universe::others(&markets[0], &venues, frame));
    });
    group.finish();
}

fn backtests(c: &mut Criterion) {
    let Ok(import) = import(Sample::Job143.csv().as_bytes()) else { return };
    let market = Market::new(import.rows.clone());
    let cleaned = clean(&market, &Cleaning::default());
    let params = Params::default();
    let mut group = c.benchmark_group("backtest");
    group.sample_size(20);
    // Nothing cached: indicators, pivots, deaths, signals, trades.
    group.bench_function("cold, trades only", |b| {
        b.iter_batched(
            || Stages::new(cleaned.series.clone()),
            |mut stages| stages.run(&params, 0, Path::Pessimistic),
            BatchSize::LargeInput,
        );
    });
    let mut session = Session::new(import);
    let settings = |params: Params| Settings {
        cleaning: Cleaning::default(),
        params,
        window: Window::default(),
    };
    let mut other = false;
    let mut run =
        |group: &mut criterion::BenchmarkGroup<'_, _>, name: &str, key: &str, values: [&str; 2]| {
            group.bench_function(name, |b| {
                b.iter(|| {
                    other = !other;
                    let mut params = Params::default();
                    params.set_text(key, values[usize::from(other)]).ok();
                    session.run(&settings(params))
                });
            });
        };
    // One slider moves back and forth; everything that does not read it stays cached. All metrics included.
    run(&mut group, "exits changed", "risk_reward_ratio", ["2.5", "2.6"]);
    run(&mut group, "sweep changed", "pierce_depth", ["0.001", "0.0011"]);
    run(&mut group, "levels changed", "level_tolerance", ["0.001", "0.0011"]);
    run(&mut group, "pivots changed", "pivot_bars", ["2", "3"]);
    run(&mut group, "indicators changed", "atr_period", ["14", "15"]);
    let id = StrategyId::default();
    let job = settings(
        id.get().preset("job143").map_or_else(Params::default, |preset| Params::preset(id, preset)),
    );
    group.bench_function("document with funnel", |b| {
        b.iter(|| session.backtest_document(&job, None));
    });
    group.finish();
}

/// What the page waits for: whole answers of the worker, with decimated curves and the message made.
fn answers(c: &mut Criterion) {
    let mut service = Service::default();
    let source = Source::Sample("job143".to_owned());
    let market = MarketId::default();
    let reading = cleansweep::import::Reading::default();
    service.answer(
        market,
        &LoadQuestion { reading, ..LoadQuestion::of(source) }.request(),
        None,
        &mut |_| {},
    );
    let settings = |key: &str, value: &str| {
        let mut params = Params::default();
        params.set_text(key, value).ok();
        Settings { cleaning: Cleaning::default(), params, window: Window::default() }
    };
    let mut group = c.benchmark_group("answer");
    group.sample_size(20);
    let mut other = false;
    for (name, key, values) in [
        ("exits changed", "risk_reward_ratio", ["2.5", "2.6"]),
        ("levels changed", "level_tolerance", ["0.001", "0.0011"]),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| {
                other = !other;
                let settings = settings(key, values[usize::from(other)]);
                let request = BacktestQuestion { settings, columns: 700 }.request();
                encode(&service.answer(market, &request, None, &mut |_| {}))
            });
        });
    }
    let plain = || settings("atr_period", "14");
    let multiverse = MultiverseQuestion { settings: plain(), from: 12 }.request();
    let contamination = ContaminationQuestion { settings: plain() }.request();
    for (name, request) in [
        ("where it hurts", PlacesQuestion.request()),
        ("multiverse, all cached", multiverse),
        ("contamination and fantasy fills", contamination),
        ("detail", DetailQuestion { settings: plain(), columns: 700 }.request()),
        ("costs", CostsQuestion { settings: plain(), columns: 700 }.request()),
        ("validate", ValidateQuestion { settings: plain() }.request()),
        ("compare", CompareQuestion { settings: plain(), against: None, columns: 700 }.request()),
        ("explain", ExplainQuestion { settings: plain(), candle: 100_000 }.request()),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| encode(&service.answer(market, &request, None, &mut |_| {})));
        });
    }
    group.finish();
}

/// A thousand configurations with all of their numbers: the strategy's own space around its defaults, on all rows and on few,
/// with the sweeps found once and without.
fn searches(c: &mut Criterion) {
    let Ok(import) = import(Sample::Job143.csv().as_bytes()) else { return };
    let cleaned = clean(&Market::new(import.rows), &Cleaning::default());
    let id = StrategyId::default();
    let mut group = c.benchmark_group("search");
    group.sample_size(10);
    for rows in [5_000, 50_000, usize::MAX] {
        let all = cleaned.series.len();
        let series = std::sync::Arc::new(cleaned.series.prefix(rows.min(all)));
        for count in [100, 1_000] {
            let plan = Plan::new(Space::relaxed(id), count, 42);
            let Ok(trials) = Trials::of(&plan, &Params::default()) else { return };
            let order = trials.order((0, 1));
            group.throughput(Throughput::Elements(u64::from(count)));
            group.bench_function(format!("{count} trials on {} rows", series.len()), |b| {
                b.iter(|| {
                    Evaluator::new(std::sync::Arc::clone(&series), 0).run_all(&trials, &order)
                });
            });
        }
        let plan = Plan::new(Space::relaxed(id), 100, 42);
        let Ok(trials) = Trials::of(&plan, &Params::default()) else { return };
        let order = trials.order((0, 1));
        group.throughput(Throughput::Elements(100));
        group.bench_function(format!("100 trials one by one on {} rows", series.len()), |b| {
            b.iter(|| {
                let mut evaluator = Evaluator::new(std::sync::Arc::clone(&series), 0);
                for number in &order {
                    black_box(evaluator.run_all(&trials, &[*number]));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reading, venues, backtests, answers, searches);
criterion_main!(benches);

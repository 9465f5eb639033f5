//! The generated samples: exact counts, and "Job 143" behaving as the source reported.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::Window;
use cleansweep::import::import;
use cleansweep::metrics::METRICS;
use cleansweep::quality::checks::Verdict;
use cleansweep::quality::synth::Sample;
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::session::{RunResult, Session, Settings};
use cleansweep::strategy::{Params, StrategyId};

fn session(sample: Sample) -> Session {
    Session::new(import(sample.csv().as_bytes()).unwrap())
}

fn metric(result: &RunResult, key: &str) -> f64 {
    let at = METRICS.iter().position(|spec| spec.key == key).unwrap();
    *result.metrics[at].as_ref().unwrap()
}

fn job_143(policy: Policy) -> Settings {
    let id = StrategyId::default();
    let preset = id.get().preset("job143").unwrap();
    Settings {
        cleaning: Cleaning::with_policy(policy),
        params: Params::preset(id, preset),
        window: Window::newest(preset.newest.unwrap()),
    }
}

#[test]
fn the_counts_of_the_source_exactly() {
    let mut session = session(Sample::Job143);
    let rows = &session.market.raw;
    assert_eq!(rows.len(), 155_520);
    assert_eq!(rows.time_ms[0], 1_761_446_700_000, "newest first");
    assert!(rows.time_ms.windows(2).all(|pair| pair[0] - pair[1] == 300_000));
    assert_eq!(
        rows.values(0),
        [192.86, 192.86, 192.86, 192.86, 0.0],
        "the row that the source prints"
    );
    let report = session.report();
    assert_eq!((report.source.zero_volume, report.source.flat_candles), (29_341, 58_993));
    assert_eq!(report.table_2x2.range_zero_volume, 0, "every row without volume is flat");
    assert_eq!(report.taxonomy.broken, 0);
    assert!(report.fully_filled);
    assert_eq!(report.judgement.verdict, Verdict::Fail);
    assert_eq!(report.source_rule, Verdict::Pass, "the source's own rule lets it through");
}

#[test]
fn job_143_makes_about_80_trades_with_about_12_wins_and_loses_about_half() {
    let mut session = session(Sample::Job143);
    let result = session.run(&job_143(Policy::Mask));
    assert!((76.0..=84.0).contains(&metric(&result, "trades")), "{}", metric(&result, "trades"));
    assert!((10.0..=14.0).contains(&metric(&result, "wins")), "{}", metric(&result, "wins"));
    assert!(
        (-0.56..=-0.44).contains(&metric(&result, "total_return")),
        "{}",
        metric(&result, "total_return")
    );
    assert!((0.006..=0.008).contains(&metric(&result, "average_stop_distance")));
    assert_eq!(metric(&result, "capped_trades"), 0.0);
}

#[test]
fn the_clean_sample_passes_every_gate() {
    let mut session = session(Sample::Clean);
    let report = session.report().clone();
    assert_eq!(report.judgement.verdict, Verdict::Pass);
    assert!(report.judgement.gates.iter().all(|gate| gate.verdict == Verdict::Pass));
    assert_eq!(report.taxonomy.normal, session.market.raw.len());
}

#[test]
fn the_samples_never_change() {
    use sha2::{Digest as _, Sha256};
    let hash = |sample: Sample| cleansweep::domain::hex(&Sha256::digest(sample.csv()));
    let expected = include_str!("golden/samples.sha256");
    let found: Vec<String> =
        Sample::ALL.iter().map(|sample| format!("{}  {}", hash(*sample), sample.name())).collect();
    let expected: Vec<&str> = expected.lines().collect();
    assert_eq!(found, expected, "numbers quoted in the documents rest on these bytes");
}

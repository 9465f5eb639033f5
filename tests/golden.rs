//! The worked cases under `tests/golden`, computed by an independent implementation of METHOD, through the command itself.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use serde_json::Value;
use std::process::Command;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cases");
const DATA_CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cases-data");
const STRATEGY_CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cases-strategies");
/// Numbers agree to this relative difference; results of distribution functions to 1e-10 absolute.
const RELATIVE: f64 = 1e-9;
const ABSOLUTE: f64 = 1e-10;

fn run(arguments: &str) -> Value {
    run_in(CASES, arguments)
}

fn run_in(folder: &str, arguments: &str) -> Value {
    run_to(folder, arguments, 0)
}

/// The document of a command that ends with a status.
fn run_to(folder: &str, arguments: &str, status: i32) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_cleansweep"))
        .args(arguments.split_whitespace())
        .arg("--json")
        .current_dir(folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments}: {told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Collects every place where `actual` differs from `expected`. Further keys of ours are allowed at the top level only.
fn compare(path: &str, actual: &Value, expected: &Value, out: &mut Vec<String>) {
    match (actual, expected) {
        (Value::Object(a), Value::Object(e)) => {
            if e.len() == 1 && e.contains_key("undefined")
                || e.contains_key("undefined") && e.contains_key("basis")
            {
                // Texts of reasons are free.
                if !a.contains_key("undefined") {
                    out.push(format!("{path}: {actual} should be undefined"));
                }
                return;
            }
            for (key, value) in e {
                match a.get(key) {
                    Some(found) => compare(&format!("{path}.{key}"), found, value, out),
                    None => out.push(format!("{path}.{key} is missing")),
                }
            }
            if !path.is_empty() {
                let own = |key: &str| {
                    path == ".report" && ["level_jumps", "plausibility", "remarks"].contains(&key)
                };
                for key in a.keys().filter(|key| !e.contains_key(*key) && !own(key)) {
                    out.push(format!("{path}.{key} should not be there"));
                }
            }
        }
        (Value::Array(a), Value::Array(e)) => {
            if a.len() != e.len() {
                out.push(format!("{path}: {} entries instead of {}", a.len(), e.len()));
            }
            for (i, (a, e)) in a.iter().zip(e).enumerate() {
                compare(&format!("{path}[{i}]"), a, e, out);
            }
        }
        (Value::Number(a), Value::Number(e)) => {
            let (a, e) = (a.as_f64().unwrap(), e.as_f64().unwrap());
            let close = (a - e).abs() <= RELATIVE * e.abs() || (a - e).abs() <= ABSOLUTE;
            if !close {
                out.push(format!("{path}: {a} instead of {e}"));
            }
        }
        // Last-bit differences between implementations are no error.
        _ if path.ends_with("sha256_f64le") => {}
        (a, e) => {
            if a != e {
                out.push(format!("{path}: {a} instead of {e}"));
            }
        }
    }
}

fn check(case: &str, arguments: &str) {
    let expected = std::fs::read_to_string(format!("{CASES}/{case}")).unwrap();
    let mut differences = Vec::new();
    compare("", &run(arguments), &serde_json::from_str(&expected).unwrap(), &mut differences);
    assert!(
        differences.is_empty(),
        "{case}: {} differences\n{}",
        differences.len(),
        differences[..differences.len().min(40)].join("\n")
    );
}

/// A case of METHOD-DATA.
fn check_data(case: &str, arguments: &str) {
    check_status(case, arguments, 0);
}

fn check_status(case: &str, arguments: &str, status: i32) {
    let path = format!("{DATA_CASES}/expected/{case}");
    let expected = std::fs::read_to_string(path).unwrap();
    let mut differences = Vec::new();
    let actual = run_to(DATA_CASES, arguments, status);
    compare("", &actual, &serde_json::from_str(&expected).unwrap(), &mut differences);
    assert!(
        differences.is_empty(),
        "{case}: {} differences\n{}",
        differences.len(),
        differences[..differences.len().min(40)].join("\n")
    );
}

#[test]
fn files_are_named_joined_and_listed() {
    check_data(
        "markets.json",
        "markets binanceus_SOLUSDT_5m_1.csv binanceus_SOLUSDT_5m_2.csv binance_SOLUSDT_5m.csv kraken_SOLUSD_5m.csv \
         bybit_SOLUSDT_5m.csv SPY.csv",
    );
}

#[test]
fn one_strategy_under_every_cleaning() {
    check_data("multiverse.json", "multiverse traded_SOLUSDT_5m.csv");
}

#[test]
fn trades_on_dirty_rows_and_fills_that_nobody_could_have_had() {
    check_data("contamination.json", "contamination traded_SOLUSDT_5m.csv");
    check_data(
        "contamination.raw.json",
        "contamination traded_SOLUSDT_5m.csv --policy raw --preset source",
    );
}

#[test]
fn where_a_file_hurts() {
    check_data("where.json", "where where_15m.csv");
}

#[test]
fn venues_become_one_market() {
    const REFERENCE: &str = "merge binanceus_SOLUSDT_5m_1.csv";
    for (case, arguments) in [
        (
            "merge.priority.json",
            "binance_SOLUSDT_5m.csv kraken_SOLUSD_5m.csv --policy priority --params min_level_touches=1 \
             volume_spike_threshold=1.2 reversal_candles=1 pierce_depth=0 min_stop_frac=0 min_atr_frac=0",
        ),
        ("merge.median.json", "binance_SOLUSDT_5m.csv kraken_SOLUSD_5m.csv --policy median"),
        ("merge.nobasis.json", "binance_SOLUSDT_5m.csv --no-basis"),
        ("merge.late.json", "bybit_SOLUSDT_5m.csv"),
    ] {
        check_data(case, &format!("{REFERENCE} {arguments}"));
    }
}

#[test]
fn audits_judge_compare_and_say_so_by_their_status() {
    const ALL: &str =
        "audit binanceus_SOLUSDT_5m_1.csv binanceus_SOLUSDT_5m_2.csv binance_SOLUSDT_5m.csv";
    check_data(
        "audit.json",
        "audit binanceus_SOLUSDT_5m_1.csv binance_SOLUSDT_5m.csv --gates gates.toml --now 1736100000000",
    );
    let since = "--gates gates.toml --previous expected/audit.json";
    check_status("audit.compared.json", &format!("{ALL} kraken_SOLUSD_5m.csv {since}"), 1);
    check_status("audit.worse.json", &format!("{ALL} {since}"), 3);
    check_status("audit.defaults.json", &format!("{ALL} kraken_SOLUSD_5m.csv"), 1);
}

#[test]
fn dirty_report() {
    check("dirty.report.json", "report dirty.csv");
}

#[test]
fn dirty_cleaned_by_all_six_policies() {
    for policy in ["mask", "drop", "segment", "source_score", "source_filter", "source_fill"] {
        check(&format!("dirty.clean.{policy}.json"), &format!("clean dirty.csv --policy {policy}"));
    }
}

#[test]
fn dirty_backtests_differ_by_policy() {
    for policy in ["mask", "drop", "segment"] {
        check(
            &format!("dirty.backtest.{policy}.json"),
            &format!("backtest dirty.csv --policy {policy}"),
        );
    }
}

#[test]
fn sweeps_with_default_parameters() {
    check("sweeps.default.json", "backtest sweeps.csv --policy mask");
}

#[test]
fn sweeps_long_only() {
    check(
        "sweeps.long.json",
        "backtest sweeps.csv --policy mask --params reversal_candles=3 risk_reward_ratio=1.5 sides=long",
    );
}

#[test]
fn job_143_on_its_newest_rows() {
    check("job143.last2000.json", "backtest job143.csv --preset job143 --policy mask --last 2000");
}

#[test]
fn fills_one_rule_after_another() {
    check(
        "fills.json",
        "backtest fills.csv --policy mask --params min_level_touches=1 pivot_bars=1 reversal_candles=1 \
         volume_ma_period=2 atr_period=2 key_level_lookback=10 pierce_depth=0 min_atr_frac=0 atr_multiplier_sl=1 \
         risk_reward_ratio=2 max_holding_periods=3 sides=long",
    );
}

/// Holds a strategy's document against a worked case of METHOD-STRATEGIES: everything in it but the keys of costs, sizing,
/// funding and liquidation, which the product does not have yet.
fn check_strategy(case: &str, arguments: &str) {
    const LATER: [&str; 3] = ["exits_liquidation", "funding", "monte_carlo"];
    let expected = std::fs::read_to_string(format!("{STRATEGY_CASES}/{case}")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let actual = run_in(STRATEGY_CASES, arguments);
    let mut differences = Vec::new();
    for section in ["strategy", "window", "equity"] {
        compare(section, &actual[section], &expected[section], &mut differences);
    }
    let (ours, theirs) = (&actual["signals"], &expected["signals"]);
    compare("signals.list", &ours["list"], &theirs["list"], &mut differences);
    for (code, count) in ours["rejected"].as_object().unwrap() {
        compare(code, count, &theirs["rejected"][code], &mut differences);
    }
    let (ours, theirs) =
        (actual["trades"].as_array().unwrap(), expected["trades"].as_array().unwrap());
    assert_eq!(ours.len(), theirs.len());
    let mut compared = 0;
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        for (key, value) in theirs.as_object().unwrap() {
            compare(&format!("trades[{i}].{key}"), &ours[key], value, &mut differences);
            compared += 1;
        }
    }
    for section in ["params", "metrics", "validation"] {
        let ours = actual[section].as_object().unwrap();
        for (key, value) in expected[section].as_object().unwrap() {
            match ours.get(key) {
                Some(found) => compare(&format!("{section}.{key}"), found, value, &mut differences),
                None if section == "params" || LATER.contains(&key.as_str()) => {}
                None => differences.push(format!("{section}.{key} is missing")),
            }
        }
    }
    assert!(compared > 300, "{compared}");
    assert!(differences.is_empty(), "{case}:\n{}", differences.join("\n"));
}

#[test]
fn averages_with_every_way_out() {
    check_strategy(
        "exits.json",
        "backtest exits.csv --strategy ma_cross --params ma_fast=2 ma_slow=5 atr_period=2 min_stop_frac=0 min_atr_frac=0 \
         atr_multiplier_sl=1 risk_reward_ratio=2 max_holding_periods=8",
    );
}

#[test]
fn exponential_averages_over_segments_without_target_and_limit() {
    check_strategy(
        "walk.ma_cross.json",
        "backtest walk.csv --strategy ma_cross --policy segment --params ma_fast=8 ma_slow=30 ma_kind=ema sides=long",
    );
}

#[test]
fn the_comparison_itself_can_fail() {
    let mut differences = Vec::new();
    let expected = serde_json::json!({ "a": 1.0, "b": [1, 2], "c": { "undefined": "x" } });
    let actual = serde_json::json!({ "a": 1.000_001, "b": [1], "c": 0 });
    compare("", &actual, &expected, &mut differences);
    assert_eq!(differences.len(), 3, "{differences:?}");
}

//! The command at its edges: one clear line on standard error and a non-zero exit for bad input, never a stack trace.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::quality::{Cleaning, readers};
use cleansweep::strategy::{Params, StrategyId};
use cleansweep::table::{ParamSpec, ParamValue};
use cleansweep::workspace;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cases");

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cleansweep"))
        .args(arguments)
        .current_dir(CASES)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A child that refuses its options does not read its input.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

fn refused(arguments: &[&str], input: &str, words: &str) {
    let output = run(arguments, input);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} should fail");
    assert!(output.stdout.is_empty(), "{arguments:?} should print nothing");
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    assert!(message.contains(words), "{arguments:?}: {message}");
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn bad_input_ends_with_one_line() {
    refused(&["report", "-"], "", "The file is empty");
    refused(&["report", "-"], "timestamp,open,high,low,close,volume\n", "a header but no rows");
    refused(&["report", "-", "--json"], "a\0b", "binary data");
    refused(&["backtest", "-"], "date,close\n2024-01-01,5\n", "This is no candle file");
    refused(&["clean", "no such file.csv"], "", "cannot be read");
}

#[test]
fn a_report_goes_to_a_file_or_to_standard_output_and_never_over_its_input() {
    let path = std::env::temp_dir().join(format!("cleansweep_{}.html", std::process::id()));
    let name = path.to_str().unwrap();
    let output = run(&["validate", "sweeps.csv", "--html", name], "");
    assert!(output.status.success() && !output.stdout.is_empty());
    let written = std::fs::read_to_string(&path).unwrap();
    let printed = run(&["validate", "sweeps.csv", "--html", "-"], "").stdout;
    assert_eq!(written, String::from_utf8(printed).unwrap());
    for command in ["report", "backtest"] {
        let text = run(&[command, "sweeps.csv", "--html", "-"], "").stdout;
        assert!(text.starts_with(b"<!DOCTYPE html>"), "{command}");
    }
    refused(&["report", name, "--html", name], "", "This is an HTML or XML page");
    std::fs::copy(format!("{CASES}/sweeps.csv"), &path).unwrap();
    refused(&["report", name, "--html", name], "", "is a file that is read");
    std::fs::remove_file(&path).unwrap();
    refused(&["report", "sweeps.csv", "--html", "no/such/folder/x.html"], "", "cannot be written");
}

#[test]
fn an_open_question_is_answered_by_an_option() {
    const OPEN: &str =
        "date,open,high,low,close,volume\n01/02/2024,10,12,9,11,5\n02/02/2024,11,13,10,12,6\n";
    refused(&["report", "-"], OPEN, "date_order=day_first");
    refused(&["report", "-"], OPEN, "answer with --read KEY=VALUE");
    let output =
        run(&["report", "-", "--json", "--read", "date_order=day_first", "zone=+01:00"], OPEN);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // 2024-02-01 00:00 at one hour east of UTC.
    assert_eq!(document["input"]["first_time_ms"], 1_706_742_000_000_i64);
    let settings = document["import"]["settings"].as_array().unwrap();
    let chosen: Vec<&str> = settings
        .iter()
        .filter(|setting| setting["chosen"] == true)
        .filter_map(|setting| setting["key"].as_str())
        .collect();
    assert_eq!(chosen, ["date_order", "zone"]);
    assert!(settings.iter().all(|setting| !setting["reason"].as_str().unwrap().is_empty()));
    for (option, words) in [
        ("delimiter=colon", "it takes comma, semicolon, tab, pipe or space"),
        ("colour=red", "there is no choice \"colour\""),
        ("day_first", "--read takes KEY=VALUE"),
        ("columns=99:close", "There is no such column"),
    ] {
        refused(&["report", "-", "--read", option], OPEN, words);
    }
}

#[test]
fn bad_options_end_with_one_line() {
    for (options, words) in [
        (vec!["--policy", "scrub"], "there is no policy \"scrub\""),
        (vec!["--preset", "best"], "there is no preset \"best\""),
        (vec!["--params", "pierce_depth=2"], "it takes a number from 0 to 0.01"),
        (vec!["--params", "luck=1"], "no parameter is called \"luck\""),
        (vec!["--params", "sides=up"], "both, long or short"),
        (vec!["--params", "no such file.json"], "neither"),
        (vec!["--threshold", "2"], "it takes a number from 0 to 1"),
        (vec!["--max-gap-bars", "10001"], "it takes a whole number from 0 to 10000"),
        (vec!["--params", "key_level_lookback=10", "pivot_bars=20"], "no level can form"),
    ] {
        let mut arguments = vec!["backtest", "fills.csv"];
        arguments.extend(options);
        refused(&arguments, "", words);
    }
}

/// NaN and infinity become null in JSON: neither may appear.
fn holds_null(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(items) => items.iter().any(holds_null),
        serde_json::Value::Object(entries) => entries.values().any(holds_null),
        _ => false,
    }
}

#[test]
fn every_small_file_has_a_result() {
    let header = "timestamp,open,high,low,close,volume\n";
    for (name, rows) in [
        ("one row", "1735689600000,1,2,0.5,1.5,7\n"),
        ("two rows of one time", "1735689600000,1,2,0.5,1.5,7\n1735689600000,1,2,0.5,1.5,7\n"),
        ("only broken rows", "1735689600000,1,0.5,2,1.5,7\n1735689900000,,,,,\n"),
        ("only zero volume", "1735689600000,1,1,1,1,0\n1735689900000,1,1,1,1,0\n"),
    ] {
        let text = format!("{header}{rows}");
        for command in ["report", "clean", "backtest", "validate"] {
            for policy in
                ["mask", "drop", "segment", "raw", "source_score", "source_filter", "source_fill"]
            {
                let mut arguments = vec![command, "-", "--json"];
                if command != "report" {
                    arguments.extend(["--policy", policy]);
                }
                let output = run(&arguments, &text);
                assert!(
                    output.status.success(),
                    "{name}, {arguments:?}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                assert!(!holds_null(&document), "{name}, {arguments:?}");
            }
        }
    }
}

#[test]
fn readable_tables_name_the_verdict_and_the_sentence() {
    let report = String::from_utf8(run(&["report", "dirty.csv"], "").stdout).unwrap();
    assert!(report.contains("verdict: fail") && report.contains("valid_pct 92.0235"), "{report}");
    let result = String::from_utf8(run(&["validate", "sweeps.csv"], "").stdout).unwrap();
    assert!(result.contains("95 % intervals, stationary bootstrap, seed 42"), "{result}");
}

#[test]
fn a_folder_of_files_is_named_joined_and_listed() {
    let folder = std::env::temp_dir().join(format!("cleansweep-markets-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("kraken")).unwrap();
    let rows = |from: u32, to: u32| {
        let mut text = "time,open,high,low,close,volume\n".to_owned();
        for at in from..to {
            let close = 100 + at % 7;
            let _ = writeln!(
                text,
                "{},{close},{},{},{close},5",
                1_700_000_100 + at * 300,
                close + 1,
                close - 1
            );
        }
        text
    };
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("kraken/BTCUSD_2.csv", &rows(60, 120));
    write("kraken/BTCUSD_1.csv", &rows(0, 70));
    write("kraken/notes.txt", "nothing of interest\n");
    write("kraken/picture.png", "\u{89}PNG");
    let path = folder.join("kraken");
    let arguments = ["markets", path.to_str().unwrap()];
    let text = String::from_utf8(run(&arguments, "").stdout).unwrap();
    assert!(
        text.contains("joined: BTCUSD_1.csv, BTCUSD_2.csv (120 rows; 10 times in several files, 0"),
        "{text}"
    );
    let output = run(&[arguments[0], arguments[1], "--json"], "");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["markets"]["joins"][0]["joined"], true);
    assert_eq!(document["markets"]["markets"][0]["venue"], "kraken");
    // What is no candle file is named and left out; a picture is not even tried.
    assert_eq!(document["unreadable"].as_array().unwrap().len(), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("left out"));
    refused(&["markets", folder.to_str().unwrap()], "", "no candle file");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn parameters_from_a_document_give_the_same_result() {
    let first = run(
        &[
            "backtest",
            "sweeps.csv",
            "--json",
            "--params",
            "reversal_candles=3",
            "max_leverage=none",
        ],
        "",
    );
    let path = std::env::temp_dir().join(format!("cleansweep-params-{}.json", std::process::id()));
    std::fs::write(&path, &first.stdout).unwrap();
    let second = run(&["backtest", "sweeps.csv", "--json", "--params", path.to_str().unwrap()], "");
    std::fs::remove_file(&path).unwrap();
    assert!(!first.stdout.is_empty() && first.stdout == second.stdout);
}

/// Both ends of a range, everything a choice can be, and a value of the grid between them.
fn whole_range(spec: &ParamSpec) -> Vec<ParamValue> {
    let mut all = spec.extremes();
    if spec.is_number() {
        let middle = i64::midpoint(spec.step_of(spec.min), spec.step_of(spec.max));
        all.push(ParamValue::Number(spec.at_step(middle)));
    }
    all
}

/// Every control's whole range: from typed text to the document of the command, and through the text of links and storage.
#[test]
fn every_control_goes_round_through_link_storage_and_command() {
    let mut sent = 0;
    for id in StrategyId::all() {
        for spec in Params::new(id).specs() {
            for value in whole_range(spec) {
                let typed = format!("{}={}", spec.key, spec.text(value));
                let mut params = Params::new(id);
                params.set_text(spec.key, &spec.text(value)).unwrap();
                let kept =
                    workspace::read(&format!("v1&strategy={}&{typed}", id.get().name)).unwrap();
                assert!(kept.ignored.is_empty(), "{typed}: {:?}", kept.ignored);
                assert_eq!(kept.workspace.settings.params, params, "{typed}");
                assert_eq!(workspace::read(&workspace::write(&kept)).unwrap(), kept, "{typed}");
                let name = id.get().name;
                let arguments =
                    ["backtest", "fills.csv", "--json", "--strategy", name, "--params", &typed];
                let output = run(&arguments, "");
                // What contradicts the defaults is refused, by the command as by the table.
                assert_eq!(output.status.success(), params.check().is_ok(), "{typed}");
                if output.status.success() {
                    let document: serde_json::Value =
                        serde_json::from_slice(&output.stdout).unwrap();
                    assert_eq!(document["params"][spec.key], spec.json(value), "{typed}");
                }
                sent += 1;
            }
        }
    }
    for spec in Cleaning::SPECS {
        for value in whole_range(spec) {
            let text = spec.text(value);
            let mut cleaning = Cleaning::default();
            cleaning.set_text(spec.key, &text).unwrap();
            let kept = workspace::read(&format!("v1&{}={text}", spec.key)).unwrap();
            assert_eq!(kept.workspace.settings.cleaning, cleaning, "{}={text}", spec.key);
            assert_eq!(workspace::read(&workspace::write(&kept)).unwrap(), kept);
            // A policy that reads the parameter, so that the document has it.
            let policy = if spec.key == "policy" { cleaning.policy } else { readers(spec)[0] };
            let option = format!("--{}={text}", spec.key.replace('_', "-"));
            let mut arguments = vec!["clean", "fills.csv", "--json"];
            if spec.key != "policy" {
                arguments.extend(["--policy", policy.name()]);
            }
            arguments.push(&option);
            let output = run(&arguments, "");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(document["cleaning"]["policy"], policy.name());
            if spec.key != "policy" {
                let found = &document["cleaning"]["parameters"][spec.key];
                assert_eq!(*found, spec.json(value), "{option}");
            }
            sent += 1;
        }
    }
    assert!(sent > 120, "{sent}");
}

//! Audits: files of gates and what is wrong with them, what counts as worse, alerts.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit").join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Five-minute rows; every `nth` one is a placeholder, and without volume all are without.
fn candles(rows: usize, nth: usize, has_volume: bool) -> String {
    let mut text = String::from("timestamp,open,high,low,close,volume\n");
    for at in 0..rows {
        let time = 1_735_689_600_000 + at as i64 * 300_000;
        let close = 100.0 + (at as f64 % 200.0 - 100.0).abs() / 50.0;
        let empty = nth > 0 && at % nth == nth - 1;
        let (high, low) = if empty { (close, close) } else { (close + 0.5, close - 0.5) };
        let volume = if empty || !has_volume { 0 } else { 10 + at % 7 };
        writeln!(text, "{time},{close},{high},{low},{close},{volume}").unwrap();
    }
    text
}

fn audit(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cleansweep"))
        .arg("audit")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_wrong_with_a_file_of_gates_is_told_with_its_line() {
    let folder = folder("gates");
    std::fs::write(folder.join("kraken_BTCUSD_5m.csv"), candles(2_000, 0, true)).unwrap();
    for (text, wanted) in [
        ("[gates]\nspikee = false\n", "line 2, \"spikee = false\": there is no \"spikee\" here"),
        ("[option]\n", "there is no \"option\" here; choose options, gates or market"),
        ("[gates]\nspike = { warn = 5 }\n", "5 % is 0.05"),
        ("[gates]\nspike = true\n", "a gate takes false or thresholds"),
        ("[gates]\nspike = { warm = 0.1 }\n", "there is no \"warm\" here; choose warn or fail"),
        ("[gates]\nspike = { warn = -0.1 }\n", "a threshold is a number from 0 on"),
        ("[gates]\nvalid_pct = { fail = 700 }\n", "valid_pct is in percent"),
        (
            "[gates]\nspike = { warn = 0.5, fail = 0.1 }\n",
            "line 2: [gates] spike would fail at 0.1 before it warns at 0.5",
        ),
        (
            "[gates]\ntimeframe_confidence = { warn = 0.8 }\n",
            "would fail at 0.9 before it warns at 0.8",
        ),
        ("[options]\nfail_on = \"never\"\n", "fail_on takes \"fail\" or \"warn\""),
        ("[options]\nfail_on_worse = 1\n", "fail_on_worse takes true or false"),
        ("[[market]]\nsymbol = \"*BTC\"\n", "a * may stand at the end only"),
        ("[[market]]\nsymbol = 5\n", "symbol takes a text"),
        ("[market]\n", "write [[market]], once for each table"),
        ("[gates\n", "is not TOML"),
        // Each table alone is sound; together they would fail before they warn.
        (
            "[[market]]\nvenue = \"kraken\"\n[market.gates]\nstuck = { warn = 0.09, fail = 0.3 }\n\
             [[market]]\nvenue = \"kraken\"\nsymbol = \"BTC*\"\n[market.gates]\nstuck = { fail = 0.05 }\n",
            "for kraken_BTCUSD_5m.csv: stuck would fail at 0.05",
        ),
    ] {
        std::fs::write(folder.join("gates.toml"), text).unwrap();
        let output = audit(&folder, &["kraken_BTCUSD_5m.csv", "--gates", "gates.toml", "--json"]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(told(&output).contains(wanted), "{text}\n{}", told(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_market_that_lost_its_volume_or_is_gone_is_worse() {
    let folder = folder("worse");
    std::fs::write(folder.join("gates.toml"), "[options]\nfail_on_worse = true\n").unwrap();
    let (one, two) = ("kraken_BTCUSD_5m.csv", "kraken_ETHUSD_5m.csv");
    std::fs::write(folder.join(one), candles(2_000, 40, true)).unwrap();
    std::fs::write(folder.join(two), candles(2_000, 40, true)).unwrap();
    let output = audit(&folder, &[one, two, "--gates", "gates.toml", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    std::fs::write(folder.join("last.json"), &output.stdout).unwrap();
    let again = |files: &[&str]| {
        let rest = ["--gates", "gates.toml", "--previous", "last.json", "--json"];
        audit(&folder, &[files, &rest].concat())
    };
    assert_eq!(again(&[one, two]).status.code(), Some(0));
    let gone = again(&[one]);
    assert_eq!(gone.status.code(), Some(3));
    assert_eq!(document(&gone)["comparison"]["markets"][1]["change"], "gone");
    std::fs::write(folder.join(one), candles(2_000, 40, false)).unwrap();
    let lost = again(&[one, two]);
    assert_eq!(lost.status.code(), Some(3));
    let changes = &document(&lost)["comparison"]["markets"][0];
    assert_eq!(changes["change"], "worse");
    assert_eq!(changes["gates"][0]["key"], "untradable");
    assert_eq!(changes["gates"][0]["new_verdict"], "not_applicable");
}

#[test]
fn markets_of_one_name_are_held_against_their_own_files() {
    let folder = folder("pairs");
    let (one, two) = ("alpha_one_two_three.csv", "beta_one_two_three.csv");
    std::fs::write(folder.join(one), candles(4_000, 200, true)).unwrap();
    std::fs::write(folder.join(two), candles(4_000, 0, true)).unwrap();
    let first = audit(&folder, &[one, two, "--json"]);
    std::fs::write(folder.join("last.json"), &first.stdout).unwrap();
    std::fs::write(folder.join(two), candles(4_000, 8, true)).unwrap();
    let output = audit(&folder, &[one, two, "--previous", "last.json", "--json"]);
    let changes = document(&output)["comparison"]["markets"].clone();
    let of = |change: &str| {
        changes.as_array().unwrap().iter().filter(|one| one["change"] == change).count()
    };
    assert_eq!((of("worse"), of("same")), (1, 1), "{changes}");
}

#[test]
fn more_of_the_same_is_no_change_and_more_of_the_worse_is() {
    let folder = folder("grew");
    let file = "kraken_BTCUSD_5m.csv";
    std::fs::write(folder.join(file), candles(20_000, 5, true)).unwrap();
    let first = audit(&folder, &[file, "--json"]);
    std::fs::write(folder.join("last.json"), &first.stdout).unwrap();
    let again = |text: &str| {
        std::fs::write(folder.join(file), text).unwrap();
        let output = audit(&folder, &[file, "--previous", "last.json", "--json"]);
        document(&output)["comparison"]["markets"][0].clone()
    };
    let same = again(&candles(24_000, 5, true));
    assert_eq!((&same["change"], &same["grew"]), (&"same".into(), &true.into()));
    // The old rows with worse ones behind them: it is the added ones that are compared.
    let (old, new) = (candles(20_000, 5, true), candles(24_000, 2, true));
    let tail: Vec<&str> = new.lines().skip(20_001).collect();
    let worse = again(&format!("{old}{}\n", tail.join("\n")));
    assert_eq!(worse["change"], "worse");
    let gate = &worse["gates"][0];
    assert_eq!((gate["key"].as_str(), gate["why"].as_str()), (Some("untradable"), Some("noise")));
    assert!((gate["new_share"].as_f64().unwrap() - 0.5).abs() < 1e-3);
    assert!(gate["allowance"].as_f64().unwrap() < 0.05);
}

#[test]
fn a_loosened_threshold_calls_nothing_better_that_became_worse() {
    let folder = folder("loosened");
    let file = "kraken_BTCUSD_5m.csv";
    std::fs::write(folder.join(file), candles(20_000, 8, true)).unwrap();
    let first = audit(&folder, &[file, "--json"]);
    std::fs::write(folder.join("last.json"), &first.stdout).unwrap();
    std::fs::write(
        folder.join("gates.toml"),
        "[options]\nfail_on_worse = true\n[gates]\nuntradable = { warn = 0.8, fail = 0.9 }\nusable_rows = false\n",
    )
    .unwrap();
    let again = |nth: usize| {
        std::fs::write(folder.join(file), candles(20_000, nth, true)).unwrap();
        let output =
            audit(&folder, &[file, "--gates", "gates.toml", "--previous", "last.json", "--json"]);
        let market = document(&output)["comparison"]["markets"][0].clone();
        let gates = market["gates"].as_array().unwrap().clone();
        let gate = gates.into_iter().find(|gate| gate["key"] == "untradable").unwrap();
        (market["change"].clone(), gate["why"].clone(), output.status.code())
    };
    // From an eighth of the rows to a third of them.
    assert_eq!(again(3), ("worse".into(), "noise".into(), Some(3)));
    assert_eq!(again(8), ("better".into(), "verdict".into(), Some(0)));
}

#[test]
fn alerts_get_the_document_when_there_is_a_reason_and_only_then() {
    let folder = folder("alerts");
    std::fs::create_dir(folder.join("empty")).unwrap();
    let (good, bad) = ("kraken_BTCUSD_5m.csv", "kraken_ETHUSD_5m.csv");
    std::fs::write(folder.join(good), candles(2_000, 0, true)).unwrap();
    std::fs::write(folder.join(bad), candles(2_000, 4, true)).unwrap();
    let with = |arguments: &[&str], command: &str| {
        std::fs::remove_file(folder.join("alert.json")).ok();
        let output =
            audit(&folder, &[arguments, &["--json", "--notify-command", command]].concat());
        (output, std::fs::read(folder.join("alert.json")).ok())
    };
    let (output, alert) = with(&[good], "cat > alert.json");
    assert_eq!((output.status.code(), alert), (Some(0), None), "{}", told(&output));
    let (output, alert) = with(&[bad], "cat > alert.json");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(alert.as_ref(), Some(&output.stdout));
    // A file that is not there, and a folder that lost its files.
    for missing in ["nothing.csv", "empty"] {
        let (output, alert) = with(&[good, missing], "cat > alert.json");
        assert_eq!(output.status.code(), Some(2));
        let alert: Value = serde_json::from_slice(&alert.unwrap()).unwrap();
        assert_eq!(alert["unreadable"][0]["name"], missing);
        assert_eq!(alert["markets"].as_array().unwrap().len(), 1);
    }
    // An alert that fails is a failure, and what was found is printed all the same.
    let (output, _) = with(&[bad], "exit 7");
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("exit 7") && document(&output)["verdict"] == "fail");
    // A command that does not read what it is given.
    let (output, _) = with(&[bad], "true");
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
}

#[test]
fn the_report_is_one_file_without_script_and_no_file_that_is_read_is_overwritten() {
    let folder = folder("report");
    let file = "<b>kraken_BTCUSD_5m.csv";
    std::fs::write(folder.join(file), candles(2_000, 4, true)).unwrap();
    let output = audit(&folder, &[file, "--html", "report.html"]);
    assert_eq!(output.status.code(), Some(1));
    let html = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(
        html.contains("Untradable rows 25.00 % &gt; 10.00 %") && html.contains("&lt;b&gt;kraken")
    );
    assert!(
        !html.contains("<script")
            && !html.contains("<b>kraken")
            && !html.contains("http:")
            && !html.contains("https:")
    );
    let stdout = audit(&folder, &[file, "--html", "-"]);
    assert_eq!(String::from_utf8_lossy(&stdout.stdout), html);
    let refused = audit(&folder, &[file, "--html", file]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(told(&refused).contains("is a file that is read"));
    let note = audit(&folder, &[file, "--gates", "gates.toml"]);
    assert_eq!(note.status.code(), Some(2));
}

#[test]
fn a_gap_that_was_filled_while_the_file_grew_is_no_change_beyond_what_can_be() {
    let folder = folder("filled");
    let file = "kraken_BTCUSD_5m.csv";
    let whole = candles(5_001, 0, true);
    let holes: Vec<&str> = whole
        .lines()
        .enumerate()
        .filter(|(line, _)| ![1_000, 2_000, 3_000, 5_001].contains(line))
        .map(|(_, text)| text)
        .collect();
    std::fs::write(folder.join(file), holes.join("\n")).unwrap();
    let first = audit(&folder, &[file, "--json"]);
    std::fs::write(folder.join("last.json"), &first.stdout).unwrap();
    std::fs::write(folder.join(file), &whole).unwrap();
    let output = audit(&folder, &[file, "--previous", "last.json", "--json"]);
    let changes = document(&output)["comparison"]["markets"][0].clone();
    for gate in changes["gates"].as_array().unwrap() {
        // Verdicts may change; shares are shares.
        if gate["why"] == "noise" {
            assert!((0.0..=1.0).contains(&gate["new_share"].as_f64().unwrap()), "{gate}");
        }
        assert_ne!(gate["key"], "timeframe_confidence", "{gate}");
    }
}

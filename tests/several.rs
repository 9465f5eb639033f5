//! Several files by the command: archives, tables of several markets, months of a venue on the way into a merge.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

#[path = "common/zip.rs"]
mod zip;

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use zip::zip;

const START_MS: i64 = 1_735_689_600_000;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("several").join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cleansweep"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn document(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn refused(folder: &Path, arguments: &[&str], words: &str) {
    let output = run(folder, arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(words), "{arguments:?}: {told}");
}

/// Five-minute rows from one number to another; every `empty`-th has no trade, and prices are `times` as high.
fn rows(from: usize, to: usize, empty: usize, times: f64) -> String {
    let mut text = String::from("timestamp,open,high,low,close,volume\n");
    for at in from..to {
        let close = (100.0 + (at as f64 % 37.0) / 10.0) * times;
        let is_empty = empty > 0 && at % empty == empty - 1;
        let (high, low) = if is_empty { (close, close) } else { (close * 1.01, close * 0.99) };
        let (time, volume) =
            (START_MS + at as i64 * 300_000, if is_empty { 0 } else { 5 + at % 3 });
        writeln!(text, "{time},{close},{high},{low},{close},{volume}").unwrap();
    }
    text
}

#[test]
fn an_archive_stands_for_its_files_and_a_table_for_its_markets() {
    let here = folder("archive");
    let (january, february) = (rows(0, 300, 0, 1.0), rows(300, 600, 0, 1.0));
    let other = rows(0, 400, 0, 2.0);
    let members: [(&[u8], &[u8]); 4] = [
        (b"kraken/ETHUSD_5m_1.csv", january.as_bytes()),
        (b"kraken/ETHUSD_5m_2.csv", february.as_bytes()),
        (b"gemini/ETHUSD_5m.csv", other.as_bytes()),
        (b"readme.md", b"not a table"),
    ];
    std::fs::write(here.join("all.zip"), zip(&members, 8)).unwrap();
    let mut table = String::from("time,symbol,open,high,low,close,volume\n");
    for at in 0..300 {
        for (symbol, close) in [("SOLUSDT", 20.0), ("XRPUSDT", 0.5)] {
            let time = START_MS / 1_000 + at * 3_600;
            let (high, low) = (close * 1.01, close * 0.99);
            writeln!(table, "{time},{symbol},{close},{high},{low},{close},7").unwrap();
        }
    }
    std::fs::write(here.join("two.csv"), table).unwrap();
    let found = &document(&here, &["markets", "all.zip", "two.csv", "--json"])["markets"];
    let names: Vec<&str> = found["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    let inside = ["ETHUSD_5m_1.csv", "ETHUSD_5m_2.csv", "ETHUSD_5m.csv"];
    let mut expected: Vec<String> = inside.iter().map(|name| format!("all.zip: {name}")).collect();
    expected.extend(["two.csv SOLUSDT".to_owned(), "two.csv XRPUSDT".to_owned()]);
    assert_eq!(names, expected);
    assert_eq!(found["files"][2]["venue"], "gemini", "the folder in the archive tells the venue");
    let keys: Vec<String> = found["markets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["symbol"], one["venue"], one["rows"]).replace('"', ""))
        .collect();
    assert!(keys.contains(&"ETHUSD kraken 600".to_owned()), "{keys:?}");
    assert!(keys.contains(&"XRPUSDT unknown 300".to_owned()), "{keys:?}");
    assert_eq!(keys.len(), 4);
    // One of them by name, as for one file.
    let one = document(&here, &["markets", "two.csv", "--json", "--read", "symbol=XRPUSDT"]);
    assert_eq!(one["markets"]["markets"].as_array().unwrap().len(), 1);
    let audited = document(&here, &["audit", "all.zip", "--json"]);
    assert_eq!(audited["markets"].as_array().unwrap().len(), 2);
}

#[test]
fn months_of_a_venue_are_one_venue_of_a_merge() {
    let here = folder("months");
    let write = |name: &str, text: String| std::fs::write(here.join(name), text).unwrap();
    write("kraken_ETHUSD_5m_1.csv", rows(0, 300, 5, 1.0));
    write("kraken_ETHUSD_5m_2.csv", rows(300, 600, 5, 1.0));
    write("gemini_ETHUSD_5m.csv", rows(0, 600, 7, 1.001));
    let files = ["kraken_ETHUSD_5m_1.csv", "gemini_ETHUSD_5m.csv", "kraken_ETHUSD_5m_2.csv"];
    let found = document(&here, &[&["merge"], &files[..], &["--json"]].concat());
    let merged = &found["merge"];
    assert_eq!(merged["rows"], 600);
    assert_eq!(merged["reference"], "kraken_ETHUSD_5m_1.csv + kraken_ETHUSD_5m_2.csv");
    assert_eq!(merged["venues"].as_array().unwrap().len(), 2);
    assert!(merged["repaired"]["untradable"].as_u64().unwrap() > 80, "{merged}");
    refused(&here, &["merge", files[0], files[2]], "one venue only");
    refused(&here, &["merge", files[0]], "one venue only");
    refused(&here, &["merge", files[0], files[1], "--csv", files[1]], "is a file that is read");
}

#[test]
fn a_file_that_adds_nothing_and_a_month_that_is_missing_are_told() {
    let here = folder("told");
    let write = |name: &str, text: String| std::fs::write(here.join(name), text).unwrap();
    write("kraken_ETHUSD_5m_1.csv", rows(0, 300, 0, 1.0));
    write("kraken_ETHUSD_5m_copy.csv", rows(0, 300, 0, 1.0));
    write("kraken_ETHUSD_5m_3.csv", rows(3_000, 3_300, 0, 1.0));
    let told = String::from_utf8(run(&here, &["markets", "."]).stdout).unwrap();
    assert!(told.contains("kraken_ETHUSD_5m_copy.csv adds nothing"), "{told}");
    assert!(told.contains("no file has a row between 2025-01-02 00:55"), "{told}");
    assert_eq!(told.matches("no file has a row").count(), 1);
}

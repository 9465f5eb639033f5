//! `cleansweep search` as a user runs it: shards, files of trials, continuing, and what it refuses.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own with a file of 12,000 rows.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cleansweep-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let place = Self(folder);
        let sample = place.run(&["sample", "clean"]).stdout;
        let text = String::from_utf8(sample).unwrap();
        fs::write(place.0.join("market.csv"), text).unwrap();
        place
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cleansweep"))
            .current_dir(&self.0)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Standard output of a search of 120 trials that works.
    fn search(&self, more: &[&str]) -> String {
        let arguments =
            [&["search", "market.csv", "--trials", "120", "--min-trades", "5", "--json"], more];
        let output = self.run(&arguments.concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn shards_put_together_are_the_whole_search() {
    let place = Place::new("shards");
    let whole = place.search(&[]);
    let value: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let search = &value["search"];
    assert_eq!(search["complete"], true);
    assert_eq!(search["trials"].as_array().unwrap().len(), 120);
    assert!(search["evaluated"].as_u64().unwrap() > 100);
    assert!(search["winner"].is_u64() && search["luck"]["pbo"].is_object());
    for shard in ["0/3", "1/3", "2/3"] {
        let file = format!("shard-{}.jsonl", &shard[..1]);
        let part = place.search(&["--shard", shard, "--out", &file]);
        let part: serde_json::Value = serde_json::from_str(&part).unwrap();
        assert_eq!(part["search"]["complete"], true);
        // A part is not judged.
        assert!(
            part["search"]["luck"]["undefined"].as_str().unwrap().contains("a part of a search")
        );
        assert_eq!(part["search"]["trials"].as_array().unwrap().len(), 40);
        assert_eq!(lines(&place.path(&file)), 41);
    }
    let merged = place.search(&["--merge", "shard-2.jsonl", "shard-0.jsonl", "shard-1.jsonl"]);
    assert_eq!(merged, whole);
    // One is missing: it is told, and the document says so.
    let partial = place.search(&["--merge", "shard-0.jsonl", "shard-1.jsonl"]);
    let partial: serde_json::Value = serde_json::from_str(&partial).unwrap();
    assert_eq!(partial["search"]["complete"], false);
}

#[test]
fn a_search_goes_on_where_it_was_cut_off() {
    let place = Place::new("resume");
    let whole = place.search(&["--out", "trials.jsonl"]);
    let file = place.path("trials.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() / 2]).unwrap();
    assert_eq!(place.search(&["--out", "trials.jsonl"]), whole);
    let mut again: Vec<String> =
        fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
    let mut first: Vec<String> = text.lines().map(str::to_owned).collect();
    again.sort();
    first.sort();
    assert_eq!(again, first, "every trial once, the same to the last digit");
    // Fewer trials of the same file are those of a search of so many.
    let fewer = ["search", "market.csv", "--trials", "30", "--min-trades", "5", "--json"];
    let kept = place.run(&[&fewer[..], &["--out", "trials.jsonl"]].concat());
    assert_eq!(kept.stdout, place.run(&fewer).stdout);
    // A line that cannot be read is run again, once.
    let text = fs::read_to_string(&file).unwrap();
    let broken: Vec<&str> =
        text.lines().enumerate().map(|(at, line)| if at == 5 { "{\"tri" } else { line }).collect();
    fs::write(&file, format!("{}\n", broken.join("\n"))).unwrap();
    assert_eq!(place.search(&["--out", "trials.jsonl"]), whole);
    fs::write(&file, text).unwrap();
    // Nothing is left to run.
    assert_eq!(place.search(&["--out", "trials.jsonl"]), whole);
    assert_eq!(lines(&file), 121);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let place = Place::new("refused");
    place.search(&["--out", "trials.jsonl"]);
    fs::write(place.path("space.json"), r#"{"pierce_depth": {"min": 0.001, "max": 0.5}}"#).unwrap();
    fs::write(place.path("empty.jsonl"), "").unwrap();
    fs::write(place.path("fine.json"), r#"{"pierce_depth": [0.001, 0.002]}"#).unwrap();
    let base = ["search", "market.csv", "--trials", "120", "--min-trades", "5"];
    // A text without a line end is no file of trials, and stays as it is.
    fs::write(place.path("notes.txt"), "my notes").unwrap();
    for (more, told) in [
        (&["--out", "notes.txt"][..], "is no file of trials"),
        (&["--seed", "7", "--out", "trials.jsonl"], "trials of another search, with other seed"),
        (&["--merge", "trials.jsonl", "--params", "fee=0"], "with other params"),
        (
            &["--space", "space.json"],
            "pierce_depth cannot be \"0.5\": it takes a number from 0 to 0.01",
        ),
        (&["--space", "nowhere.json"], "--space takes relaxed, wide or a JSON file"),
        (
            &["--sampler", "grid"],
            "the grid has 253,454,046 combinations, and 120 trials are asked for",
        ),
        (&["--out", "space.json"], "is no file of trials"),
        (&["--space", "fine.json", "--csv", "fine.json"], "is a file that is read"),
        (&["--out", "a.jsonl", "--csv", "a.jsonl"], "name one file"),
        (&["--merge", "empty.jsonl"], "is empty"),
        (&["--sampler", "best"], "choose random, grid or sobol"),
        (&["--objective", "trades"], "\"trades\" ranks nothing"),
        (&["--shard", "3/3"], "it is no shard"),
        (&["--out", "market.csv"], "is a file that is read"),
    ] {
        let output = place.run(&[&base[..], more].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{more:?}");
        assert!(error.contains(told), "{more:?}: {error}");
    }
    assert_eq!(fs::read_to_string(place.path("notes.txt")).unwrap(), "my notes");
}

#[test]
fn a_space_of_a_file_is_searched_and_told() {
    let place = Place::new("space");
    let space = r#"{
        "reversal_candles": [1, 2],
        "volume_spike_threshold": {"min": 1, "max": 4, "scale": "log"},
        "max_leverage": {"values": ["none", 1]},
        "risk_reward_ratio": {"min": 1, "max": 3, "step": 0.5}
    }"#;
    fs::write(place.path("space.json"), space).unwrap();
    let text =
        place.search(&["--space", "space.json", "--sampler", "sobol", "--csv", "trials.csv"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let told = &value["search"]["space"];
    assert_eq!(told["reversal_candles"]["values"], serde_json::json!([1, 2]));
    assert_eq!(told["max_leverage"]["values"], serde_json::json!([1.0, "none"]));
    assert_eq!(told["risk_reward_ratio"]["step"], 0.5);
    assert_eq!(told["volume_spike_threshold"]["scale"], "log");
    // The document is a space, too: the same search comes out.
    fs::write(place.path("again.json"), &text).unwrap();
    let again = place.search(&["--space", "again.json", "--sampler", "sobol"]);
    assert_eq!(again, text);
    let mut table = csv::Reader::from_path(place.path("trials.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    assert_eq!(&header[2], "volume_spike_threshold");
    assert_eq!(table.records().filter_map(Result::ok).count(), 120);
}

//! Choices about files, as the browser remembers them: how files of a shape are read, and what a file is of.

use crate::import::Reading;
use crate::protocol::Told;
use crate::web::page;

/// Where the browser keeps choices, newest first: a line each, the signature of the file's shape, then key and value pairs.
const KEPT: &str = "cleansweep.readings";
/// Where it keeps what the user said a file is of, newest first: a line each, the file's path, then symbol and venue.
const NAMES: &str = "cleansweep.names";
/// Lines that are remembered of each.
const MOST_KEPT: usize = 50;
/// Choices that belong to one file, not to its shape.
const OF_ONE_FILE: [&str; 2] = ["member", "symbol"];

/// The line behind a word.
fn line(list: &str, word: &str) -> Option<String> {
    let text = page::kept(list)?;
    let own = |line: &str| line.strip_prefix(word)?.strip_prefix('\t').map(str::to_owned);
    text.lines().find_map(own)
}

/// Puts the line behind a word first; without one the word is forgotten.
fn put(list: &str, word: &str, line: &str) {
    let old = page::kept(list).unwrap_or_default();
    let is_own = |line: &&str| line.strip_prefix(word).is_some_and(|rest| rest.starts_with('\t'));
    let new = (!line.is_empty()).then(|| format!("{word}\t{line}"));
    let others = old.lines().filter(|line| !is_own(line)).map(str::to_owned);
    let lines: Vec<String> = new.into_iter().chain(others).take(MOST_KEPT).collect();
    let text = lines.join("\n");
    if text != old {
        page::keep(list, &text);
    }
}

/// What the user said when a file of this path was open.
pub(super) fn told(path: String) -> Told {
    let line = line(NAMES, &path).unwrap_or_default();
    let mut words =
        line.split('\t').map(|word| Some(word.to_owned()).filter(|word| !word.is_empty()));
    let [symbol, venue] = [words.next().flatten(), words.next().flatten()];
    Told { path, symbol, venue }
}

/// Remembers what the user says a file is of.
pub(super) fn keep_told(told: &Told) {
    let plain = |word: &Option<String>| word.clone().unwrap_or_default().replace(['\t', '\n'], " ");
    let words = [plain(&told.symbol), plain(&told.venue)];
    let line = if words.iter().all(String::is_empty) { String::new() } else { words.join("\t") };
    if !told.path.contains(['\t', '\n']) {
        put(NAMES, &told.path, &line);
    }
}

/// The choices that were made for the last file of this shape.
pub(super) fn kept(signature: &str) -> Option<Reading> {
    let line = line(KEPT, signature)?;
    let mut reading = Reading::default();
    for pair in line.split('\t') {
        let (key, value) = pair.split_once('=')?;
        reading.set(key, value).ok()?;
    }
    (reading != Reading::default()).then_some(reading)
}

/// Remembers the choices for files of this shape; without choices the shape is forgotten.
pub(super) fn keep(signature: &str, reading: &Reading) {
    let mut pairs: Vec<String> = Vec::new();
    for (key, value) in reading.chosen() {
        if !OF_ONE_FILE.contains(&key) {
            pairs.push(format!("{key}={value}"));
        }
    }
    put(KEPT, signature, &pairs.join("\t"));
}

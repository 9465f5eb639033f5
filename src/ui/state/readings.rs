//! Choices about the reading of files, as the browser remembers them for files of the same shape.

use crate::import::Reading;
use crate::web::page;

/// Where the browser keeps choices, newest first: a line each, the signature of the file's shape, then key and value pairs.
const KEPT: &str = "cleansweep.readings";
/// Shapes that are remembered.
const MOST_KEPT: usize = 50;
/// Choices that belong to one file, not to its shape.
const OF_ONE_FILE: [&str; 2] = ["member", "symbol"];
/// The choices that were made for the last file of this shape.
pub(super) fn kept(signature: &str) -> Option<Reading> {
    let text = page::kept(KEPT)?;
    let line = text.lines().find_map(|line| line.strip_prefix(signature)?.strip_prefix('\t'))?;
    let mut reading = Reading::default();
    for pair in line.split('\t') {
        let (key, value) = pair.split_once('=')?;
        reading.set(key, value).ok()?;
    }
    (reading != Reading::default()).then_some(reading)
}

/// Remembers the choices for files of this shape; without choices the shape is forgotten.
pub(super) fn keep(signature: &str, reading: &Reading) {
    let old = page::kept(KEPT).unwrap_or_default();
    let others = old.lines().filter(|line| !line.starts_with(signature)).take(MOST_KEPT - 1);
    let mut pairs: Vec<String> = Vec::new();
    for (key, value) in reading.chosen() {
        if !OF_ONE_FILE.contains(&key) {
            pairs.push(format!("{key}={value}"));
        }
    }
    let mut lines: Vec<String> = Vec::new();
    if !pairs.is_empty() {
        lines.push(format!("{signature}\t{}", pairs.join("\t")));
    }
    lines.extend(others.map(str::to_owned));
    let text = lines.join("\n");
    if text != old {
        page::keep(KEPT, &text);
    }
}

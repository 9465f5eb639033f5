//! What was inferred, what was rejected, and what could not be read.

use super::reading::Role;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Lines kept of each list; the counts are complete.
pub const LISTED: usize = 1_000;
/// Characters of a line's text that are kept.
const TEXT: usize = 160;

/// One way to answer a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Value for the question's key.
    pub value: String,
    /// What it means, for people.
    pub label: String,
}

/// What the file itself cannot decide. Nothing is read until it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Key of the choice in [`READING`](super::READING).
    pub key: String,
    /// What is asked, and why.
    pub text: String,
    /// The answers that make sense.
    pub choices: Vec<Choice>,
    /// Further answers that are not offered.
    pub more: usize,
}

impl Question {
    pub(super) fn new(key: &str, text: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { key: key.to_owned(), text: text.into(), choices, more: 0 }
    }
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A file that gives no rows at all: what happened, what was done, what the user can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportError {
    /// What happened.
    pub title: String,
    /// Where, and what was done.
    pub detail: String,
    /// What the user can do.
    pub advice: String,
    /// The question whose answer would let the file be read.
    pub question: Option<Box<Question>>,
    /// What could be typed behind `--read` to go on, where no question says it.
    pub typed: Option<String>,
}

impl ImportError {
    /// An error from its three parts.
    pub fn new(
        title: impl Into<String>,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (title, detail, advice) = (title.into(), detail.into(), advice.into());
        Self { title, detail, advice, question: None, typed: None }
    }

    /// The error with a choice that goes on, or brings out what else is wrong.
    #[must_use]
    pub fn typed(mut self, choice: impl Into<String>) -> Self {
        self.typed = Some(choice.into());
        self
    }

    /// A question that has to be answered first.
    pub fn asks(question: Question) -> Self {
        let choices: Vec<String> = question
            .choices
            .iter()
            .map(|choice| format!("{}={} ({})", question.key, choice.value, choice.label))
            .collect();
        Self {
            title: "The file leaves a question open".to_owned(),
            detail: question.text.clone(),
            advice: format!("Choose {}", choices.join(" or ")),
            question: Some(Box::new(question)),
            typed: None,
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.title, self.detail, self.advice)
    }
}

impl std::error::Error for ImportError {}

/// One choice about the file: what it is, who made it, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Key of the choice in [`READING`](super::READING).
    pub key: String,
    /// Its value, as the key takes it.
    pub value: String,
    /// Its value, for people.
    pub label: String,
    /// The evidence.
    pub reason: String,
    /// The user chose it; otherwise the evidence did.
    pub chosen: bool,
}

/// A line that was read otherwise than written, because there was just one way to make sense of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// Line number from 1.
    pub line: u64,
    /// What was done.
    pub action: String,
    /// Its text as written, clipped.
    pub text: String,
}

/// A line that is no candle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLine {
    /// Line number from 1.
    pub line: u64,
    /// Why it is none.
    pub reason: String,
    /// Its text, clipped.
    pub text: String,
}

/// A value that could not be read: it counts as missing, and its row stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadValue {
    /// Line number from 1.
    pub line: u64,
    /// Column name or number.
    pub column: String,
    /// Its text, clipped.
    pub text: String,
}

/// A column of the file and what it is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnUse {
    /// Header text, or `column 3`.
    pub name: String,
    /// What it is used for.
    pub role: Role,
    /// The evidence; empty when it is not used.
    pub reason: String,
}

/// How a file was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// Every choice with its reason, in the order of [`READING`](super::READING); those without a meaning for the file are
    /// left out.
    pub findings: Vec<Finding>,
    /// Line of the (first) header from 1; `None` without one.
    pub header_line: Option<u64>,
    /// Columns in file order.
    pub columns: Vec<ColumnUse>,
    /// Form of the time, for people.
    pub time_format: String,
    /// Key under which choices for files of this shape are remembered.
    pub signature: String,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Blank lines.
    pub blank_lines: u64,
    /// Lines inside a quoted field of the line before.
    pub joined_lines: u64,
    /// The only text in the column of venues.
    pub venue: Option<String>,
    /// Candles of other markets of the file.
    pub other_symbols: u64,
    /// Lines that are no candle.
    pub rejected: u64,
    /// The first of them.
    pub rejected_lines: Vec<BadLine>,
    /// Lines that were read otherwise than written.
    pub repaired: u64,
    /// The first of them.
    pub repaired_lines: Vec<Repair>,
    /// Values that are missing in the file (empty, `null`, `NaN`).
    pub missing_values: u64,
    /// Values that could not be read.
    pub unreadable: u64,
    /// The first of them.
    pub unreadable_values: Vec<BadValue>,
    /// What was assumed and should be checked.
    pub notes: Vec<String>,
}

/// Text of a line for a list: lossy, clipped.
pub(super) fn clip(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * TEXT)]);
    let shown = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    let more = text.chars().count() > TEXT;
    text.chars().take(TEXT).map(shown).chain(more.then_some('…')).collect()
}

impl Diagnostics {
    /// Adds what was found in another file of the same market; what was inferred stays that of the first.
    pub fn absorb(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.blank_lines += other.blank_lines;
        self.joined_lines += other.joined_lines;
        self.other_symbols += other.other_symbols;
        self.rejected += other.rejected;
        self.repaired += other.repaired;
        self.missing_values += other.missing_values;
        self.unreadable += other.unreadable;
        self.rejected_lines.extend(other.rejected_lines);
        self.rejected_lines.truncate(LISTED);
        self.repaired_lines.extend(other.repaired_lines);
        self.repaired_lines.truncate(LISTED);
        self.unreadable_values.extend(other.unreadable_values);
        self.unreadable_values.truncate(LISTED);
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    pub(super) fn reject(&mut self, line: u64, reason: &str, text: &[u8]) {
        self.rejected += 1;
        if self.rejected_lines.len() < LISTED {
            let text = clip(text);
            self.rejected_lines.push(BadLine { line, reason: reason.to_owned(), text });
        }
    }

    pub(super) fn repair(&mut self, line: u64, action: &str, text: &[u8]) {
        self.repaired += 1;
        if self.repaired_lines.len() < LISTED {
            self.repaired_lines.push(Repair { line, action: action.to_owned(), text: clip(text) });
        }
    }

    /// The finding of a key.
    pub fn finding(&self, key: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.key == key)
    }

    pub(super) fn unreadable(&mut self, line: u64, column: &str, text: &[u8]) {
        self.unreadable += 1;
        if self.unreadable_values.len() < LISTED {
            let (column, text) = (column.to_owned(), clip(text));
            self.unreadable_values.push(BadValue { line, column, text });
        }
    }
}

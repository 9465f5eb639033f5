//! What was inferred, what was rejected, and what could not be read.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Lines kept of each list; the counts are complete.
pub const LISTED: usize = 1_000;
/// Characters of a line's text that are kept.
const TEXT: usize = 160;

/// A file that gives no rows at all: what happened, what was done, what the user can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportError {
    /// What happened.
    pub title: String,
    /// Where, and what was done.
    pub detail: String,
    /// What the user can do.
    pub advice: String,
}

impl ImportError {
    /// An error from its three parts.
    pub fn new(
        title: impl Into<String>,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { title: title.into(), detail: detail.into(), advice: advice.into() }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.title, self.detail, self.advice)
    }
}

impl std::error::Error for ImportError {}

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
    /// `time`, `date`, `open`, … or empty when it is not used.
    pub role: String,
}

/// How a file was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// Encoding, for people.
    pub encoding: String,
    /// Delimiter, for people: `comma`, `semicolon`, `tab`, `pipe`.
    pub delimiter: String,
    /// `.` or `,`.
    pub decimal_mark: String,
    /// Line of the header from 1; `None` without one.
    pub header_line: Option<u64>,
    /// Columns in file order.
    pub columns: Vec<ColumnUse>,
    /// Form of the time, for people.
    pub time_format: String,
    /// Time zone, for people.
    pub time_zone: String,
    /// Bytes read.
    pub bytes: u64,
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Blank lines.
    pub blank_lines: u64,
    /// Lines that are no candle.
    pub rejected: u64,
    /// The first of them.
    pub rejected_lines: Vec<BadLine>,
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
    pub(super) fn reject(&mut self, line: u64, reason: &str, text: &[u8]) {
        self.rejected += 1;
        if self.rejected_lines.len() < LISTED {
            let text = clip(text);
            self.rejected_lines.push(BadLine { line, reason: reason.to_owned(), text });
        }
    }

    pub(super) fn unreadable(&mut self, line: u64, column: &str, text: &[u8]) {
        self.unreadable += 1;
        if self.unreadable_values.len() < LISTED {
            let (column, text) = (column.to_owned(), clip(text));
            self.unreadable_values.push(BadValue { line, column, text });
        }
    }
}

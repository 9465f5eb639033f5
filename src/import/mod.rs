//! From bytes to rows: any delimiter, header or none, many time formats; nothing is guessed silently.
//!
//! [`Importer`] takes the bytes in chunks of any size. By the first [`SAMPLE_BYTES`] it makes a `plan`: encoding
//! (`decode`), delimiter and quote (`dialect`), the roles of the columns (`columns`, by the `words` of many languages and by
//! the values), the form of times (`time`) and numbers (`number`). Every decision is a [`Finding`] with its reason and can be
//! overridden by a [`Reading`]; what the file cannot decide is a [`Question`]. Then the `reader` goes line by line: plain
//! lines in one pass, all others with care (`lines`, `repair`). A line that is no candle goes to the rejects with its number
//! and text; a value that is missing or unreadable stays a missing value of its row. `archive` unpacks, `preview` shows the
//! first lines, `budget` refuses what would not fit.

mod archive;
mod budget;
mod columns;
mod decode;
mod diagnostics;
mod dialect;
mod foreign;
mod lines;
mod number;
mod other_table;
mod plan;
mod preview;
mod reader;
mod reading;
mod repair;
mod sample;
mod settle;
mod time;
mod timing;
mod values;
mod volume;
mod watch;
mod words;
mod zones;

pub use archive::{Source, open, peek};
pub use budget::{ROW_BYTES, check_dates, check_rows};
pub use diagnostics::{
    BadLine, BadValue, Choice, ColumnUse, Diagnostics, Finding, ImportError, Question, Repair,
};
pub use foreign::{Foreign, MakeForeign, install as install_foreign};
pub use preview::{GridLine, LineKind, PREVIEW_LINES, Preview, preview, table};
pub use reader::{Import, Importer};
pub use reading::{
    DateOrder, DecimalMark, Delimiter, Encoding, HeaderAt, Quote, READING, Reading, ReadingError,
    ReadingSpec, Role, TimeUnit,
};

/// Bytes that are looked at before the first row is read.
pub const SAMPLE_BYTES: usize = 64 * 1024;

/// Reads a whole file of plain text at once.
pub fn import(bytes: &[u8]) -> Result<Import, ImportError> {
    import_as(bytes, &Reading::default())
}

/// Reads a whole file of plain text at once, with choices.
pub fn import_as(bytes: &[u8], reading: &Reading) -> Result<Import, ImportError> {
    let mut importer = Importer::new(reading.clone()).expecting(bytes.len() as u64);
    importer.push(bytes)?;
    importer.finish()
}

/// Functions that take any bytes, for fuzzing: none of them may panic.
#[doc(hidden)]
pub mod fuzz {
    use super::reading::{DateOrder, TimeUnit};

    /// Reads a number under both decimal marks.
    pub fn number(text: &[u8]) -> [Option<f64>; 2] {
        use super::reading::DecimalMark::{Comma, Dot};
        [Dot, Comma].map(|mark| match super::number::read(text, mark) {
            super::number::Cell::Number(value) => Some(value),
            _ => None,
        })
    }

    /// Reads a time under every order and unit; UTC milliseconds.
    pub fn time(text: &[u8]) -> Vec<Option<i64>> {
        let units = TimeUnit::ALL.iter().copied().map(Some).chain([None]);
        units
            .flat_map(|unit| {
                DateOrder::ALL.iter().map(move |&order| super::time::TimeStyle { order, unit })
            })
            .map(|style| {
                let plain = super::time::read(text, style);
                let mut reader = super::time::TimeReader::new(style);
                assert_eq!(reader.read(text), plain, "the quick reader agrees");
                assert_eq!(reader.read(text), plain, "the quick reader agrees when it remembers");
                plain.map(|instant| instant.ms)
            })
            .collect()
    }
}

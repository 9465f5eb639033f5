//! From bytes to rows: any delimiter, header or none, many time formats; nothing is guessed silently.
//!
//! [`Importer`] takes the bytes in chunks of any size. It looks at the first [`SAMPLE_BYTES`] to find the dialect
//! (`dialect`) and the roles of the columns (`columns`), then reads line by line. A line that is no candle goes to the
//! rejects with its number and text; a value that is missing or unreadable stays a missing value of its row.

mod columns;
mod decode;
mod diagnostics;
mod dialect;
mod number;
mod reader;
mod time;

pub use diagnostics::{BadLine, BadValue, ColumnUse, Diagnostics, ImportError};
pub use reader::{Import, Importer};

/// Bytes that are looked at before the first row is read.
pub const SAMPLE_BYTES: usize = 64 * 1024;

/// Reads a whole file at once.
pub fn import(bytes: &[u8]) -> Result<Import, ImportError> {
    let mut importer = Importer::default();
    importer.push(bytes)?;
    importer.finish()
}

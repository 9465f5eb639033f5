//! The first lines of a file as a grid, with everything that was found out about it: shown before the file is read.

use super::diagnostics::{Diagnostics, ImportError, clip};
use super::dialect::{Fields, field, split, unescaped};
use super::lines::records;
use super::reader::Importer;
use super::reading::Reading;
use serde::{Deserialize, Serialize};

/// Lines that are shown.
pub const PREVIEW_LINES: usize = 50;
/// Columns that are shown.
const MOST_COLUMNS: usize = 60;

/// What a line of the grid is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineKind {
    /// Names of the columns.
    Header,
    /// A candle.
    Row,
    /// Blank, or no candle.
    Other,
}

/// A line of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridLine {
    /// Line number from 1.
    pub line: u64,
    /// What it is.
    pub kind: LineKind,
    /// Its cells, clipped.
    pub cells: Vec<String>,
}

/// The first lines of a file and how it would be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What was found out by the first lines.
    pub diagnostics: Diagnostics,
    /// The first lines, at most [`PREVIEW_LINES`].
    pub grid: Vec<GridLine>,
    /// Why the file cannot be read so, or the question it leaves open.
    pub error: Option<ImportError>,
}

/// Looks at the first bytes of a file. `is_whole` says that there are no more.
pub fn preview(sample: &[u8], is_whole: bool, reading: &Reading) -> Preview {
    let (diagnostics, looked, error) = Importer::new(reading.clone()).look(sample, is_whole);
    let header = diagnostics.header_line.unwrap_or(0);
    let first_row = looked.row_lines.first().map_or(header + 1, |&line| u64::from(line));
    let mut fields = Fields::new();
    let mut grid = Vec::new();
    for (line, record) in records(&looked.text, looked.line_end, looked.dialect).take(PREVIEW_LINES)
    {
        split(record, looked.dialect, &mut fields);
        let is_row = looked.row_lines.binary_search(&(line as u32)).is_ok();
        let kind = if is_row {
            LineKind::Row
        } else if header > 0
            && (header..first_row).contains(&line)
            && !record.trim_ascii().is_empty()
        {
            LineKind::Header
        } else {
            LineKind::Other
        };
        let cells = fields.iter().take(MOST_COLUMNS);
        let cells =
            cells.map(|&range| clip(&unescaped(field(record, range), looked.dialect))).collect();
        grid.push(GridLine { line, kind, cells });
    }
    Preview { diagnostics, grid, error }
}

/// All records of any table of text as cells, with quotes taken off: what the grid shows, for the whole text.
pub fn table(bytes: &[u8], reading: &Reading) -> Vec<Vec<String>> {
    let (_, looked, _) = Importer::new(reading.clone()).look(bytes, true);
    let mut fields = Fields::new();
    records(&looked.text, looked.line_end, looked.dialect)
        .filter(|(_, record)| !record.is_empty())
        .map(|(_, record)| {
            split(record, looked.dialect, &mut fields);
            let cell = |&range: &(u32, u32)| {
                let text = unescaped(field(record, range), looked.dialect);
                String::from_utf8_lossy(&text).into_owned()
            };
            fields.iter().map(cell).collect()
        })
        .collect()
}

//! Which rows may hold entries, and which are held back.

use crate::domain::{format_time, grouped};
use crate::engine::Series;
use serde::{Deserialize, Serialize};

/// Which rows may hold entries. Times are UTC ms of whole seconds; a row belongs to the time at which it opened.
///
/// Rows before the window warm indicators and levels up. Rows after its end do not exist for a run: a position that is
/// open there ends at the last tradable close, as at the end of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Newest usable rows before the end; 0 = all.
    pub newest: usize,
    /// First time.
    pub from_ms: Option<i64>,
    /// First time that is not looked at any more.
    pub to_ms: Option<i64>,
    /// Rows from here on are out-of-sample: they give a second column of numbers and nothing else.
    pub split_ms: Option<i64>,
}

impl Window {
    /// The newest usable rows of a file; 0 = all.
    #[must_use]
    pub const fn newest(rows: usize) -> Self {
        Self { newest: rows, from_ms: None, to_ms: None, split_ms: None }
    }

    /// Some date limits it.
    pub const fn has_dates(&self) -> bool {
        self.from_ms.is_some() || self.to_ms.is_some() || self.split_ms.is_some()
    }

    /// First clock row of the window in rows that end where it ends.
    pub fn first_row(&self, series: &Series) -> u32 {
        let dated = self.from_ms.map_or(0, |from| series.row_at(from));
        series.window_start(self.newest).max(dated)
    }
}

impl std::fmt::Display for Window {
    /// In words, as a report and the caption of a picture say it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.newest {
            0 => f.write_str("all usable rows")?,
            newest => write!(f, "the newest {} usable rows", grouped(newest))?,
        }
        for (word, time) in [
            (" from ", self.from_ms),
            (" before ", self.to_ms),
            (", out-of-sample from ", self.split_ms),
        ] {
            if let Some(time) = time {
                write!(f, "{word}{}", format_time(time))?;
            }
        }
        Ok(())
    }
}

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

    /// Both let the same rows hold entries of a run, whatever is held back after them.
    pub fn is_over_same_rows(&self, other: &Self) -> bool {
        let rows = |w: &Self| (w.newest, w.from_ms, w.split_ms.or(w.to_ms));
        rows(self) == rows(other) && (self.newest == 0 || self.to_ms == other.to_ms)
    }

    /// Some date limits it.
    pub const fn has_dates(&self) -> bool {
        self.from_ms.is_some() || self.to_ms.is_some() || self.split_ms.is_some()
    }

    /// Usable rows ahead of a time; all of them without one.
    fn usable_before(series: &Series, time_ms: Option<i64>) -> usize {
        time_ms.map_or(series.len(), |time| series.usable_from(series.row_at(time)))
    }

    /// First clock row of the window. The series may go on behind its end.
    pub fn first_row(&self, series: &Series) -> u32 {
        let dated = self.from_ms.map_or(0, |from| series.row_at(from));
        let end = Self::usable_before(series, self.to_ms);
        let counted = match end.checked_sub(self.newest) {
            Some(first) if self.newest > 0 && first > 0 => series.clock_row[first],
            _ => 0,
        };
        dated.max(counted)
    }

    /// Usable rows that may hold entries, and those that are held back, where some are.
    pub fn usable_rows(&self, series: &Series) -> (usize, Option<usize>) {
        let end = Self::usable_before(series, self.to_ms);
        let first = series.usable_from(self.first_row(series));
        let line = self.split_ms.map(|split| Self::usable_before(series, Some(split)).min(end));
        (line.unwrap_or(end).saturating_sub(first), line.map(|line| end - line))
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

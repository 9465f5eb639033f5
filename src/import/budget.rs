//! What rows cost, and when a file is too large to be taken in.

use super::ImportError;
use crate::domain::grouped;

/// Bytes of one row while it is read: six columns and its line number.
pub(super) const IMPORT_ROW_BYTES: u64 = 52;
/// Bytes of one row in all that is made of a file: rows, candles, flags, a cleaned series and the stages of a backtest.
/// Measured in the browser (docs/PERFORMANCE.md), rounded up.
pub const ROW_BYTES: u64 = 450;
/// Bytes of one row more where a run ends before the file: its rows once more, for the chosen policy and for `raw`. Measured
/// natively: at most 85 bytes each.
const DATES_ROW_BYTES: u64 = 170;
/// Memory that a file may take: a Wasm module can address 4 GiB and has to hold everything else, too. Natively there is
/// no such bound.
pub(super) const BYTES: u64 = if usize::BITS == 32 { 7 << 29 } else { u64::MAX };

/// Refuses dates on a file that fits only without them: a run that ends earlier holds its rows once more.
pub fn check_dates(rows: u64) -> Result<(), ImportError> {
    dates_fit(rows, BYTES)
}

/// Refuses a market of so many rows that it would not fit.
pub fn check_rows(rows: u64) -> Result<(), ImportError> {
    check(rows, BYTES, true)
}

fn dates_fit(rows: u64, budget: u64) -> Result<(), ImportError> {
    let needed = rows.saturating_mul(ROW_BYTES + DATES_ROW_BYTES);
    if needed <= budget {
        return Ok(());
    }
    Err(ImportError::new(
        "The file is too large for dates and a split line",
        format!(
            "it has {} rows; with dates there is memory for {}",
            grouped(rows as usize),
            grouped((budget / (ROW_BYTES + DATES_ROW_BYTES)) as usize),
        ),
        "Clear the dates, or use the command, which has no such bound",
    ))
}

/// Refuses a number of rows, estimated before the work or counted in it, that would not fit.
pub(super) fn check(rows: u64, budget: u64, is_counted: bool) -> Result<(), ImportError> {
    let needed = rows.saturating_mul(ROW_BYTES);
    if needed <= budget {
        return Ok(());
    }
    let about = if is_counted { "at least" } else { "about" };
    let megabytes = |bytes: u64| grouped((bytes / 1_000_000) as usize);
    Err(ImportError::new(
        "The file is too large for this page",
        format!(
            "it has {about} {} rows, which need {} MB of memory in all; {} MB can be used, enough for {} rows; nothing was kept",
            grouped(rows as usize),
            megabytes(needed),
            megabytes(budget),
            grouped((budget / ROW_BYTES) as usize),
        ),
        "Split the file by time, export a longer timeframe, or use the command on it, which has no such bound",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_need_more_memory_than_a_file_without_them() {
        let budget = 3_500_000_000;
        let rows = budget / ROW_BYTES;
        assert!(check(rows, budget, true).is_ok());
        let error = dates_fit(rows, budget).unwrap_err();
        assert!(
            error.to_string().contains("7,777,777 rows; with dates there is memory for 5,645,161"),
            "{error}"
        );
        assert!(dates_fit(5_645_161, budget).is_ok());
    }
}

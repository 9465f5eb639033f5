//! What the first lines promised, held against all others: order of day and month, decimal mark, unit of the time, which of
//! two volumes. Where a promise stops holding, the first line that breaks it is kept, and the user is asked at the end.

use super::diagnostics::clip;

/// Rows in a run from which two volumes have changed places: one may be chance.
const RUN: u64 = 5;
/// What quote volume / volume may be off low and high: rounding of small amounts.
const SLACK: f64 = 0.02;

/// Lines of a kind: how many, and the first with its text.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub count: u64,
    pub first: Option<(u64, String)>,
}

impl Seen {
    pub(super) fn see(&mut self, line: u64, text: &[u8]) {
        self.count += 1;
        self.first.get_or_insert_with(|| (line, clip(text)));
    }
}

/// Volume and quote volume, row by row.
#[derive(Debug, Default)]
pub(super) struct Volumes {
    run: u64,
    run_start: u64,
    /// Rows in runs in which only the other one can be the volume.
    pub swapped: u64,
    pub first_line: u64,
}

impl Volumes {
    /// A row of a line: the quote volume divided by the volume should be a price of the candle.
    pub(super) fn see(&mut self, line: u64, [_, high, low, _, volume, quote]: [f64; 6]) {
        if !(volume > 0.0 && quote > 0.0) {
            return;
        }
        let inside = |price: f64| (low * (1.0 - SLACK)..=high * (1.0 + SLACK)).contains(&price);
        if inside(quote / volume) || !inside(volume / quote) {
            self.run = 0;
            return;
        }
        if self.run == 0 {
            self.run_start = line;
        }
        self.run += 1;
        if self.run == RUN {
            if self.swapped == 0 {
                self.first_line = self.run_start;
            }
            self.swapped += RUN;
        } else if self.run > RUN {
            self.swapped += 1;
        }
    }
}

/// Everything that is held against the rest of a file.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Dates that exist only under the other order of day and month.
    pub other_order: Seen,
    /// Dates that exist only under the order of the plan, where both are still open.
    pub own_order: Seen,
    /// Numbers that can be read only under the other decimal mark.
    pub other_mark: Seen,
    /// Unix times that lie far from all others under the unit of the column, and under every other unit.
    pub other_unit: Seen,
    /// Times shortened by a spreadsheet.
    pub rounded: Seen,
    pub volumes: Volumes,
}

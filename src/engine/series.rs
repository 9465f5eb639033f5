//! The rows an engine may use, on the clock it counts by. METHOD §4, "Two counters".

use std::sync::OnceLock;

/// Rows of a block.
pub(super) const BLOCK: usize = 8;

/// What holds for all rows of each whole block: a walk looks at a row only where something may happen in its block.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    /// Lowest low.
    pub low: Vec<f64>,
    /// Highest high.
    pub high: Vec<f64>,
    /// Lowest close.
    pub least_close: Vec<f64>,
    /// Highest close.
    pub most_close: Vec<f64>,
    /// Open and close lie between low and high in every row, so that the extremes bound them.
    pub are_sound: bool,
}

/// What a series keeps of its own columns, made when it is first needed.
#[derive(Debug, Default)]
pub struct Kept(OnceLock<Blocks>);

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Blocks {
    fn of(series: &Series) -> Self {
        let least = |column: &[f64]| -> Vec<f64> {
            column
                .chunks_exact(BLOCK)
                .map(|b| b.iter().copied().fold(f64::INFINITY, f64::min))
                .collect()
        };
        let most = |column: &[f64]| -> Vec<f64> {
            let most = |b: &[f64]| b.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            column.chunks_exact(BLOCK).map(most).collect()
        };
        let is_sound = |row: usize| {
            let (low, high) = (series.low[row], series.high[row]);
            let within = |price: f64| low <= price && price <= high;
            within(series.open[row]) && within(series.close[row])
        };
        Self {
            low: least(&series.low),
            high: most(&series.high),
            least_close: least(&series.close),
            most_close: most(&series.close),
            are_sound: (0..series.len()).all(is_sound),
        }
    }
}

/// Usable rows of one file under one cleaning policy, as columns.
///
/// Two counters: *sequences* (true range, ATR, means, pivot neighbours, reversal rows) run over usable rows; *windows*
/// (lookback, holding time, entry delay) count clock rows. All usable columns have equal lengths.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// False on volume-less files: the volume condition is skipped.
    pub has_volume: bool,
    /// Timeframe, ms; 0 when the file has a single row.
    pub timeframe_ms: i64,
    /// Open time of every clock row, UTC ms.
    pub clock_time_ms: Vec<i64>,
    /// Clock row of each usable row.
    pub clock_row: Vec<u32>,
    /// Open.
    pub open: Vec<f64>,
    /// High.
    pub high: Vec<f64>,
    /// Low.
    pub low: Vec<f64>,
    /// Close.
    pub close: Vec<f64>,
    /// Volume; NaN where missing on volume-less files.
    pub volume: Vec<f64>,
    /// First usable row of the segment that the row belongs to; indicators, levels and patterns never reach before it.
    pub segment_start: Vec<u32>,
    /// May carry a signal: tradable in the sense of METHOD §2.
    pub sound: Vec<bool>,
    /// The row is a spike.
    pub spike: Vec<bool>,
    /// What is kept of the columns above. A copy starts without, since its columns may become others.
    pub kept: Kept,
}

impl Series {
    /// A short key of everything in it: two series with one key are the same, but for a chance of 2⁻¹²⁸. Own choice: nobody
    /// plants a file against it, and it takes one pass.
    pub fn print(&self) -> [u64; 2] {
        const ODD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];
        let mut print = ODD;
        let mut take = |word: u64| {
            for (state, odd) in print.iter_mut().zip(ODD) {
                let mixed = (*state ^ word).wrapping_mul(odd);
                *state = mixed ^ (mixed >> 29);
            }
        };
        take(u64::from(self.has_volume));
        take(self.timeframe_ms as u64);
        take(self.clock_len() as u64);
        take(self.len() as u64);
        for &time in &self.clock_time_ms {
            take(time as u64);
        }
        for column in [&self.open, &self.high, &self.low, &self.close, &self.volume] {
            for value in column {
                take(value.to_bits());
            }
        }
        for (row, &clock) in self.clock_row.iter().enumerate() {
            let flags = u64::from(self.sound[row]) | u64::from(self.spike[row]) << 1;
            take(u64::from(clock) << 32 | u64::from(self.segment_start[row]));
            take(flags);
        }
        print
    }

    /// Extremes of its blocks of rows.
    pub(super) fn blocks(&self) -> &Blocks {
        self.kept.0.get_or_init(|| Blocks::of(self))
    }

    /// Number of usable rows.
    pub const fn len(&self) -> usize {
        self.clock_row.len()
    }

    /// True without a usable row.
    pub const fn is_empty(&self) -> bool {
        self.clock_row.is_empty()
    }

    /// Number of clock rows.
    pub const fn clock_len(&self) -> usize {
        self.clock_time_ms.len()
    }

    /// First usable row at or after a clock row.
    pub fn usable_from(&self, clock_row: u32) -> usize {
        self.clock_row.partition_point(|&row| row < clock_row)
    }

    /// The first `rows` usable rows with the clock up to the last of them: what was known at that time.
    ///
    /// Row flags are carried over, as the contract of prefix invariance says.
    #[must_use]
    pub fn prefix(&self, rows: usize) -> Self {
        self.cut(rows, if rows == 0 { 0 } else { self.clock_row[rows - 1] as usize + 1 })
    }

    /// The rows that opened before a time, usable and not.
    #[must_use]
    pub fn before(&self, time_ms: i64) -> Self {
        let clock = self.row_at(time_ms);
        self.cut(self.usable_from(clock), clock as usize)
    }

    /// First clock row that opened at or after a time.
    pub fn row_at(&self, time_ms: i64) -> u32 {
        self.clock_time_ms.partition_point(|&time| time < time_ms) as u32
    }

    /// Open times of the first row that may hold an entry and of the last one, ms; 0 without rows.
    pub fn ends_ms(&self, first_row: u32) -> (i64, i64) {
        let times = &self.clock_time_ms;
        let last = times.last().copied().unwrap_or(0);
        (times.get(first_row as usize).copied().unwrap_or(last), last)
    }

    fn cut(&self, rows: usize, clock: usize) -> Self {
        Self {
            has_volume: self.has_volume,
            timeframe_ms: self.timeframe_ms,
            clock_time_ms: self.clock_time_ms[..clock].to_vec(),
            clock_row: self.clock_row[..rows].to_vec(),
            open: self.open[..rows].to_vec(),
            high: self.high[..rows].to_vec(),
            low: self.low[..rows].to_vec(),
            close: self.close[..rows].to_vec(),
            volume: self.volume[..rows].to_vec(),
            segment_start: self.segment_start[..rows].to_vec(),
            sound: self.sound[..rows].to_vec(),
            spike: self.spike[..rows].to_vec(),
            kept: Kept::default(),
        }
    }
}

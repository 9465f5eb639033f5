//! From rows in file order to flagged candles in time order. METHOD §2.

use super::grid::Grid;
use super::plausible::{self, Plausibility};
use super::verdict::{self, Judgement};
use super::{flagging, spike};
use crate::domain::{Candles, RawRows, RowFlags, hex, modal_step, sort_rows};
use sha2::{Digest as _, Sha256};
use std::cmp::Ordering;

/// In which direction the file runs, and how consistently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Neighbours in the file whose time increases.
    pub steps_up: usize,
    /// Neighbours whose time decreases.
    pub steps_down: usize,
    /// Neighbours with equal times.
    pub steps_equal: usize,
}

impl Order {
    fn of(time_ms: &[i64]) -> Self {
        let mut order = Self::default();
        for pair in time_ms.windows(2) {
            match pair[1].cmp(&pair[0]) {
                Ordering::Greater => order.steps_up += 1,
                Ordering::Less => order.steps_down += 1,
                Ordering::Equal => order.steps_equal += 1,
            }
        }
        order
    }

    /// True when the file runs newest first. A tie counts as oldest first.
    pub const fn newest_first(&self) -> bool {
        self.steps_down > self.steps_up
    }

    /// `ascending`, `descending`, `mixed`, or `single` when no two times differ.
    pub const fn name(&self) -> &'static str {
        match (self.steps_up, self.steps_down) {
            (0, 0) => "single",
            (_, 0) => "ascending",
            (0, _) => "descending",
            _ => "mixed",
        }
    }
}

/// A place where candles are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Row after the gap.
    pub row: usize,
    /// Slots without a row in which the market was open.
    pub missing_slots: i64,
}

/// The candles of one file, ordered, de-duplicated and flagged. Values are as the file has them.
#[derive(Clone, Debug)]
pub struct Market {
    /// Rows as given, in file order.
    pub raw: RawRows,
    /// One row a time, in time order.
    pub candles: Candles,
    /// File row of each candle.
    pub file_row: Vec<u32>,
    /// Findings of each candle.
    pub flags: Vec<RowFlags>,
    /// False on files whose volume column is absent or never positive.
    pub has_volume: bool,
    /// Direction of the file.
    pub order: Order,
    /// File rows that step against the majority direction.
    pub out_of_order: Vec<u32>,
    /// Mode of the time differences, ms; `None` below two candles.
    pub timeframe_ms: Option<i64>,
    /// Share of the differences that equal the timeframe.
    pub timeframe_confidence: f64,
    /// Losing file rows whose five values equal the kept row's.
    pub duplicate_exact: Vec<u32>,
    /// Losing file rows that differ from the kept row.
    pub duplicate_conflict: Vec<u32>,
    /// Slots, closed hours and what is missing.
    pub grid: Grid,
    /// Values that no market prints, and columns that changed places.
    pub plausibility: Plausibility,
    /// The gates of the file as delivered.
    pub judgement: Judgement,
}

/// A candle that cannot be: non-finite or non-positive price, contradictory range, or (where the file has volume)
/// a negative, missing or infinite volume.
pub(super) fn is_broken([open, high, low, close, volume]: [f64; 5], has_volume: bool) -> bool {
    let positive = |price: f64| price > 0.0 && price < f64::INFINITY;
    !(positive(open) && positive(high) && positive(low) && positive(close))
        || high < low
        || high < open.max(close)
        || low > open.min(close)
        || (has_volume && !(0.0..f64::INFINITY).contains(&volume))
}

/// Tradable by its own values: not broken, and volume above 0 unless the file has none. METHOD §2.
pub fn tradable_values(values: [f64; 5], has_volume: bool) -> bool {
    !is_broken(values, has_volume) && (!has_volume || values[4] > 0.0)
}

/// True when two values are the same, a missing value being equal to a missing value.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// Larger first; a missing value loses.
fn larger_first(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => b.partial_cmp(&a).unwrap_or(Ordering::Equal),
    }
}

/// Which of two rows of one time is kept: unbroken, then largest volume, largest high, smallest low, largest close,
/// largest open. The file's order never matters.
fn keep_first(a: [f64; 5], b: [f64; 5], has_volume: bool) -> Ordering {
    let smaller_first = |a: f64, b: f64| match (a.is_nan(), b.is_nan()) {
        (false, false) => larger_first(b, a),
        _ => larger_first(a, b),
    };
    is_broken(a, has_volume)
        .cmp(&is_broken(b, has_volume))
        .then_with(|| larger_first(a[4], b[4]))
        .then_with(|| larger_first(a[1], b[1]))
        .then_with(|| smaller_first(a[2], b[2]))
        .then_with(|| larger_first(a[3], b[3]))
        .then_with(|| larger_first(a[0], b[0]))
}

impl Market {
    /// Orders, de-duplicates and flags the rows of a file.
    pub fn new(raw: RawRows) -> Self {
        let mut market = Self::ordered(raw);
        market.grid = Grid::of(&market.candles.time_ms, market.timeframe_ms);
        flagging::flag_rows(&mut market);
        spike::flag_spikes(&mut market);
        market.plausibility = plausible::check(&market);
        for &row in &market.plausibility.rows {
            market.flags[row as usize].add(RowFlags::IMPLAUSIBLE);
        }
        market.judgement = verdict::of_file(&market);
        market
    }

    /// Orders and de-duplicates the rows of a file, and judges nothing: no row has a flag. It costs a fifth of
    /// [`Self::new`], and is enough for a venue that is put beside another.
    pub fn ordered(raw: RawRows) -> Self {
        let order = Order::of(&raw.time_ms);
        let against = if order.newest_first() { Ordering::Greater } else { Ordering::Less };
        let out_of_order = (1..raw.len())
            .filter(|&i| raw.time_ms[i].cmp(&raw.time_ms[i - 1]) == against)
            .map(|i| i as u32)
            .collect();
        let has_volume = raw.volume.iter().any(|&volume| volume > 0.0);

        let sorted = sorted_rows(&raw, &order);
        let mut file_row = Vec::with_capacity(raw.len());
        let mut duplicate_exact = Vec::new();
        let mut duplicate_conflict = Vec::new();
        for group in sorted.chunk_by(|&a, &b| raw.time_ms[a as usize] == raw.time_ms[b as usize]) {
            let mut kept = group[0];
            for &row in &group[1..] {
                let (a, b) = (raw.values(row as usize), raw.values(kept as usize));
                if keep_first(a, b, has_volume) == Ordering::Less {
                    kept = row;
                }
            }
            file_row.push(kept);
            for &row in group.iter().filter(|&&row| row != kept) {
                let (a, b) = (raw.values(row as usize), raw.values(kept as usize));
                if a.iter().zip(b).all(|(a, b)| same(*a, b)) {
                    duplicate_exact.push(row);
                } else {
                    duplicate_conflict.push(row);
                }
            }
        }
        duplicate_exact.sort_unstable();
        duplicate_conflict.sort_unstable();

        let candles = gather(&raw, &file_row);
        let step = modal_step(&candles.time_ms);
        let timeframe_ms = step.map(|(step, _)| step);
        let timeframe_confidence =
            step.map_or(0.0, |(_, count)| count as f64 / (candles.len() - 1) as f64);
        Self {
            flags: vec![RowFlags::NONE; candles.len()],
            raw,
            candles,
            file_row,
            has_volume,
            order,
            out_of_order,
            timeframe_ms,
            timeframe_confidence,
            duplicate_exact,
            duplicate_conflict,
            grid: Grid::default(),
            plausibility: Plausibility::default(),
            judgement: Judgement::default(),
        }
    }

    /// SHA-256 of the candles, in hexadecimal: time as i64, five f64 with one NaN for all, little endian. The same rows in
    /// any order and any file format have the same fingerprint. METHOD-TRAINING §5.
    pub fn fingerprint(&self) -> String {
        const NAN: u64 = 0x7ff8_0000_0000_0000;
        let mut hash = Sha256::new();
        for row in 0..self.candles.len() {
            let mut bytes = [0; 48];
            bytes[..8].copy_from_slice(&self.candles.time_ms[row].to_le_bytes());
            for (slot, value) in bytes[8..].chunks_exact_mut(8).zip(self.candles.values(row)) {
                let bits = if value.is_nan() { NAN } else { value.to_bits() };
                slot.copy_from_slice(&bits.to_le_bytes());
            }
            hash.update(bytes);
        }
        hex(&hash.finalize())
    }

    /// Tradable: not broken, and volume above 0 unless the file has no volume. METHOD §2.
    pub fn tradable(&self, row: usize) -> bool {
        !self.flags[row].has(RowFlags::BROKEN)
            && (!self.has_volume || self.candles.volume[row] > 0.0)
    }
}

/// Slots missing between two times: ⌊step/timeframe + ½⌋ − 1.
pub(super) const fn slots_between(step_ms: i64, timeframe_ms: i64) -> i64 {
    (2 * step_ms + timeframe_ms) / (2 * timeframe_ms) - 1
}

/// File rows by time; rows of one time stay in file order.
fn sorted_rows(raw: &RawRows, order: &Order) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..raw.len() as u32).collect();
    if order.steps_down == 0 {
        return rows;
    }
    if order.newest_first() {
        rows.reverse();
    }
    sort_by_time(raw, &mut rows);
    rows
}

/// Adaptive: a file that is nearly sorted costs one pass.
pub(super) fn sort_by_time(raw: &RawRows, rows: &mut [u32]) {
    sort_rows(rows, |row| raw.time_ms[row as usize]);
}

fn gather(raw: &RawRows, rows: &[u32]) -> Candles {
    let pick = |column: &[f64]| rows.iter().map(|&row| column[row as usize]).collect();
    Candles::new(RawRows {
        time_ms: rows.iter().map(|&row| raw.time_ms[row as usize]).collect(),
        open: pick(&raw.open),
        high: pick(&raw.high),
        low: pick(&raw.low),
        close: pick(&raw.close),
        volume: pick(&raw.volume),
    })
    .expect("Invariant: rows of one time were reduced to one, in time order")
}

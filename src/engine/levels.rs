//! Pivots and the key levels they make. METHOD §6.

use super::Series;
use crate::domain::Side;
use std::{cmp::Ordering, collections::BinaryHeap};

/// Pivot lows (for long) or pivot highs (for short), in row order. Columns of equal length.
#[derive(Clone, Debug, Default)]
pub struct Pivots {
    /// Usable row of the pivot.
    pub row: Vec<u32>,
    /// Clock row of the pivot.
    pub clock_row: Vec<u32>,
    /// Low (high) of the pivot.
    pub price: Vec<f64>,
    /// Rows on each side: the pivot is known at the close of `row + bars`.
    pub bars: u32,
}

/// The price that pivots and sweeps of a side are made of.
pub fn extremes(series: &Series, side: Side) -> &[f64] {
    match side {
        Side::Long => &series.low,
        Side::Short => &series.high,
    }
}

/// Every pivot: strictly beyond the `bars` rows before it, at least as far as the `bars` rows after it.
pub fn pivots(series: &Series, side: Side, bars: u32) -> Pivots {
    let sign = side.sign();
    let price = extremes(series, side);
    let width = bars as usize;
    let mut pivots = Pivots { bars, ..Pivots::default() };
    for j in width..series.len().saturating_sub(width) {
        let here = sign * price[j];
        // The nearest neighbours decide most rows.
        if sign * price[j - 1] <= here || sign * price[j + 1] < here {
            continue;
        }
        let start = series.segment_start[j];
        if j - width < start as usize || series.segment_start[j + width] != start {
            continue;
        }
        let before = price[j - width..j].iter().all(|&other| here < sign * other);
        if before && price[j + 1..=j + width].iter().all(|&other| here <= sign * other) {
            pivots.row.push(j as u32);
            pivots.clock_row.push(series.clock_row[j]);
            pivots.price.push(price[j]);
        }
    }
    pivots
}

/// Heap entry: the pivot whose threshold is crossed first stands on top.
struct Alive {
    threshold: f64,
    pivot: u32,
}

impl PartialEq for Alive {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Alive {}
impl PartialOrd for Alive {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Alive {
    fn cmp(&self, other: &Self) -> Ordering {
        self.threshold.total_cmp(&other.threshold).then(self.pivot.cmp(&other.pivot))
    }
}

/// Usable row of the first close beyond each pivot by more than the tolerance; `u32::MAX` when there is none.
/// The pivot is dead from the row after.
pub fn deaths(series: &Series, side: Side, pivots: &Pivots, tolerance: f64) -> Vec<u32> {
    let sign = side.sign();
    let mut result = vec![u32::MAX; pivots.row.len()];
    let mut alive: BinaryHeap<Alive> = BinaryHeap::new();
    let mut next = 0;
    for u in 0..series.len() {
        let close = sign * series.close[u];
        while alive.peek().is_some_and(|top| close < top.threshold) {
            if let Some(top) = alive.pop() {
                result[top.pivot as usize] = u as u32;
            }
        }
        // Only closes after the pivot count.
        while next < pivots.row.len() && pivots.row[next] as usize == u {
            let price = pivots.price[next];
            let threshold = sign * (price * (1.0 - sign * tolerance));
            alive.push(Alive { threshold, pivot: next as u32 });
            next += 1;
        }
    }
    result
}

/// A key level as seen at one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Mean of the touching pivots' prices, in row order.
    pub price: f64,
    /// Pivots within the tolerance of the anchor, itself included.
    pub touches: u32,
    /// Usable row of the anchor.
    pub anchor: u32,
}

/// What makes levels of one side, and the pivots active at the row last asked for.
pub struct LevelFinder<'a> {
    series: &'a Series,
    side: Side,
    pivots: &'a Pivots,
    deaths: Option<&'a [u32]>,
    lookback: u32,
    tolerance: f64,
    min_touches: u32,
    range: (usize, usize),
    valid_until: u32,
    active: Vec<u32>,
    levels: Option<Vec<Level>>,
}

impl<'a> LevelFinder<'a> {
    /// A finder over the pivots of one side. `deaths` only when levels die.
    pub fn new(
        series: &'a Series,
        side: Side,
        pivots: &'a Pivots,
        deaths: Option<&'a [u32]>,
        (lookback, tolerance, min_touches): (u32, f64, u32),
    ) -> Self {
        Self {
            series,
            side,
            pivots,
            deaths,
            lookback,
            tolerance,
            min_touches,
            range: (0, 0),
            valid_until: u32::MAX,
            active: Vec::new(),
            levels: Some(Vec::new()),
        }
    }

    /// Collects the pivots active at row `s`: known by the close of `s − 1`, alive, within the lookback and the segment.
    /// Rows must be asked for in increasing order.
    fn seek(&mut self, s: usize) {
        let pivots = self.pivots;
        let (mut from, mut to) = self.range;
        while to < pivots.row.len() && (pivots.row[to] + pivots.bars) < s as u32 {
            to += 1;
        }
        let oldest = self.series.clock_row[s].saturating_sub(self.lookback);
        let start = self.series.segment_start[s];
        while from < to && (pivots.clock_row[from] < oldest || pivots.row[from] < start) {
            from += 1;
        }
        if (from, to) == self.range && s as u32 <= self.valid_until {
            return;
        }
        self.range = (from, to);
        self.valid_until = u32::MAX;
        self.levels = None;
        self.active.clear();
        match self.deaths {
            None => self.active.extend(from as u32..to as u32),
            Some(deaths) => {
                for (pivot, &death) in (from..to).zip(&deaths[from..to]) {
                    if death >= s as u32 {
                        self.active.push(pivot as u32);
                        self.valid_until = self.valid_until.min(death);
                    }
                }
            }
        }
    }

    /// True when any pivot is active at row `s`.
    pub fn has_pivot(&mut self, s: usize) -> bool {
        self.seek(s);
        !self.active.is_empty()
    }

    /// Every level at row `s`, by anchor in row order.
    pub fn levels(&mut self, s: usize) -> &[Level] {
        self.seek(s);
        if self.levels.is_none() {
            self.levels = Some(self.all_levels());
        }
        self.levels.as_deref().unwrap_or_default()
    }

    /// All levels through one sort by price: the touches of an anchor are neighbours in it.
    fn all_levels(&self) -> Vec<Level> {
        let price = |pivot: u32| self.pivots.price[pivot as usize];
        let mut sorted = self.active.clone();
        sorted.sort_unstable_by(|&a, &b| price(a).total_cmp(&price(b)).then(a.cmp(&b)));
        let mut levels = Vec::new();
        let mut members = Vec::new();
        for (at, &anchor) in sorted.iter().enumerate() {
            let here = price(anchor);
            let reach = self.tolerance * here;
            let touches = |&&other: &&u32| (price(other) - here).abs() <= reach;
            let below = sorted[..at].iter().rev().take_while(touches).count();
            let above = sorted[at..].iter().take_while(touches).count();
            if ((below + above) as u32) < self.min_touches {
                continue;
            }
            members.clear();
            members.extend_from_slice(&sorted[at - below..at + above]);
            members.sort_unstable();
            let sum: f64 = members.iter().map(|&member| price(member)).fold(0.0, |a, b| a + b);
            levels.push(Level {
                price: sum / members.len() as f64,
                touches: members.len() as u32,
                anchor: self.pivots.row[anchor as usize],
            });
        }
        levels.sort_unstable_by_key(|level| level.anchor);
        levels
    }

    /// The level at row `s` with most touches, then the newest anchor, among those whose price `wanted` accepts.
    ///
    /// `bounds` are prices between which an accepted level must lie; they may be infinite. A wide bound costs time, a
    /// narrow one must be right.
    pub fn best(
        &mut self,
        s: usize,
        bounds: (f64, f64),
        wanted: impl Fn(f64) -> bool,
    ) -> Option<Level> {
        /// Slack for the rounding of a mean and of the bounds, far above both.
        const SLACK: f64 = 1e-9;
        self.seek(s);
        let prices = &self.pivots.price;
        let reach = self.tolerance + SLACK;
        let mut best: Option<Level> = None;
        for &anchor in self.active.iter().rev() {
            let here = prices[anchor as usize];
            if here * (1.0 + reach) < bounds.0 || here * (1.0 - reach) > bounds.1 {
                continue;
            }
            let limit = self.tolerance * here;
            let (mut sum, mut touches) = (0.0, 0);
            for &other in &self.active {
                let price = prices[other as usize];
                if (price - here).abs() <= limit {
                    sum += price;
                    touches += 1;
                }
            }
            if touches < self.min_touches || best.is_some_and(|best| touches <= best.touches) {
                continue;
            }
            let price = sum / f64::from(touches);
            if wanted(price) {
                best = Some(Level { price, touches, anchor: self.pivots.row[anchor as usize] });
            }
        }
        best
    }

    /// The side whose pivots these are.
    pub const fn side(&self) -> Side {
        self.side
    }
}

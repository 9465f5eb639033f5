//! Pivots and the key levels they make. METHOD §6.

use crate::domain::{Side, order_of, sort_rows};
use crate::engine::Series;
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
#[inline]
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

/// A pivot that lives. Of two the one whose threshold is crossed first is the greater.
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

/// Living pivots, the one whose threshold is crossed first at hand. New pivots lie near the price, and so near those that
/// die next: those few stand in order, the others wait in a heap.
#[derive(Default)]
struct Living {
    /// In ascending order, none below one that waits.
    near: Vec<Alive>,
    far: BinaryHeap<Alive>,
}

/// Most pivots that stand in order.
const NEAR: usize = 64;

impl Living {
    fn insert(&mut self, pivot: Alive) {
        let is_far = match self.near.first() {
            Some(lowest) => pivot.threshold < lowest.threshold,
            None => true,
        };
        if is_far && !self.far.is_empty() {
            self.far.push(pivot);
            return;
        }
        let below = |other: &Alive| other.threshold <= pivot.threshold;
        let at = self.near.iter().rposition(below).map_or(0, |below| below + 1);
        self.near.insert(at, pivot);
        if self.near.len() > NEAR {
            self.far.extend(self.near.drain(..NEAR / 2));
        }
    }

    /// Takes the next pivot whose threshold lies above a close.
    fn pop_above(&mut self, close: f64) -> Option<Alive> {
        if self.near.is_empty() && !self.far.is_empty() {
            self.near.extend(std::iter::from_fn(|| self.far.pop()).take(NEAR / 2));
            self.near.reverse();
        }
        self.near.pop_if(|top| close < top.threshold)
    }
}

/// Usable row of the first close beyond each pivot by more than the tolerance; `u32::MAX` when there is none.
/// The pivot is dead from the row after.
pub fn deaths(series: &Series, side: Side, pivots: &Pivots, tolerance: f64) -> Vec<u32> {
    let sign = side.sign();
    let mut result = vec![u32::MAX; pivots.row.len()];
    let mut alive = Living::default();
    let mut next = 0;
    for u in 0..series.len() {
        let close = sign * series.close[u];
        while let Some(dead) = alive.pop_above(close) {
            result[dead.pivot as usize] = u as u32;
        }
        // Only closes after the pivot count.
        while next < pivots.row.len() && pivots.row[next] as usize == u {
            let price = pivots.price[next];
            let threshold = sign * (price * (1.0 - sign * tolerance));
            alive.insert(Alive { threshold, pivot: next as u32 });
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
    /// The row for which they were collected.
    seen_at: u32,
    by_price: ByPrice,
}

/// The active pivots by price, with the neighbours that touch each. Kept from one set to the next, since rows enter and leave
/// one at a time.
#[derive(Default)]
struct ByPrice {
    /// Pivots by price, then by row.
    order: Vec<u32>,
    /// Pivots below this one were looked at.
    considered: usize,
    /// The set is that of the row last asked for.
    is_fresh: bool,
    /// Neighbours within the tolerance of each, from and to in the order.
    windows: Vec<(u32, u32)>,
    /// Sums of the prices before each place.
    sums: Vec<f64>,
    /// Sums are exact enough to compare means by them.
    sums_count: bool,
    /// Exact means of windows that were asked for.
    means: Vec<((u32, u32), f64)>,
    /// Smallest and largest level price, once they were asked for.
    range: Option<(f64, f64)>,
    has_range: bool,
    members: Vec<u32>,
}

/// Anchors inside the bounds up to which the direct way is the quicker one.
const FEW_ANCHORS: usize = 8;
/// Slack for the rounding of a mean and of bounds, far above both.
const SLACK: f64 = 1e-9;
/// Slack for the rounding of differences of sums over at most some thousand pivots.
const SUM_SLACK: f64 = 1e-8;
/// Prices between which sums keep their digits.
const ORDINARY: std::ops::Range<f64> = 1e-250..1e290;

impl ByPrice {
    /// Brings order, windows and sums up to date.
    fn refresh(&mut self, finder: &Active<'_>) {
        if self.is_fresh {
            return;
        }
        let prices = &finder.pivots.price;
        let price = |pivot: u32| prices[pivot as usize];
        let (from, to) = finder.range;
        self.order.retain(|&pivot| pivot as usize >= from && finder.is_alive(pivot));
        for pivot in self.considered.max(from) as u32..to as u32 {
            if finder.is_alive(pivot) {
                let here = price(pivot);
                // Newer pivots have larger numbers, so equal prices stay in row order.
                let at = self.order.partition_point(|&other| price(other).total_cmp(&here).is_le());
                self.order.insert(at, pivot);
            }
        }
        self.considered = to;
        self.sums.clear();
        self.sums.push(0.0);
        let mut sum = 0.0;
        for &pivot in &self.order {
            sum += price(pivot);
            self.sums.push(sum);
        }
        let ends = self.order.first().zip(self.order.last());
        self.sums_count = ends.is_some_and(|(&first, &last)| {
            ORDINARY.contains(&price(first)) && ORDINARY.contains(&price(last))
        });
        self.windows.clear();
        let (mut low, mut high) = (0, 0);
        for (at, &anchor) in self.order.iter().enumerate() {
            let here = price(anchor);
            let reach = finder.tolerance * here;
            let touches = |place: usize| (price(self.order[place]) - here).abs() <= reach;
            // Windows move on with the anchors; a step back is one of rounding.
            while low < at && !touches(low) {
                low += 1;
            }
            while low > 0 && touches(low - 1) {
                low -= 1;
            }
            high = high.max(at + 1);
            while high < self.order.len() && touches(high) {
                high += 1;
            }
            while high > at + 1 && !touches(high - 1) {
                high -= 1;
            }
            self.windows.push((low as u32, high as u32));
        }
        self.means.clear();
        self.has_range = false;
        self.is_fresh = true;
    }

    /// The mean of a window, without the digits that the order of a sum decides; NaN where that cannot be told.
    fn rough_mean(&self, (low, high): (u32, u32)) -> f64 {
        if !self.sums_count {
            return f64::NAN;
        }
        (self.sums[high as usize] - self.sums[low as usize]) / f64::from(high - low)
    }

    /// The mean of a window, summed in row order.
    fn mean(&mut self, window: (u32, u32), prices: &[f64]) -> f64 {
        if let Some((_, mean)) = self.means.iter().find(|(known, _)| *known == window) {
            return *mean;
        }
        self.members.clear();
        self.members.extend_from_slice(&self.order[window.0 as usize..window.1 as usize]);
        self.members.sort_unstable();
        let sum = self.members.iter().fold(0.0, |sum, &member| sum + prices[member as usize]);
        let mean = sum / f64::from(window.1 - window.0);
        self.means.push((window, mean));
        mean
    }
}

/// The pivots that count at a row.
struct Active<'a> {
    pivots: &'a Pivots,
    deaths: Option<&'a [u32]>,
    range: (usize, usize),
    row: u32,
    tolerance: f64,
}

impl Active<'_> {
    fn is_alive(&self, pivot: u32) -> bool {
        self.deaths.is_none_or(|deaths| deaths[pivot as usize] >= self.row)
    }
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
            seen_at: 0,
            by_price: ByPrice::default(),
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
        self.seen_at = s as u32;
        self.by_price.is_fresh = false;
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

    /// Every level at row `s`, by anchor in row order. For one row: walks over all of them ask for [`Self::range`].
    pub fn levels(&mut self, s: usize) -> Vec<Level> {
        self.seek(s);
        self.all_levels()
    }

    fn refresh_by_price(&mut self) {
        let active = Active {
            pivots: self.pivots,
            deaths: self.deaths,
            range: self.range,
            row: self.seen_at,
            tolerance: self.tolerance,
        };
        self.by_price.refresh(&active);
    }

    /// The smallest and the largest level price at row `s`; `None` without a level. What holds for some level holds for one
    /// of them, where the test is one of "above" or "below".
    pub fn range(&mut self, s: usize) -> Option<(f64, f64)> {
        self.seek(s);
        if self.active.len() < self.min_touches as usize {
            return None;
        }
        self.refresh_by_price();
        if self.by_price.has_range {
            return self.by_price.range;
        }
        let by_price = &mut self.by_price;
        let fewest = self.min_touches;
        let mut windows: Vec<(u32, u32)> =
            by_price.windows.iter().copied().filter(|(low, high)| high - low >= fewest).collect();
        windows.dedup();
        let mut range: Option<(f64, f64)> = None;
        let rough: Vec<f64> = windows.iter().map(|&window| by_price.rough_mean(window)).collect();
        let least = rough.iter().copied().fold(f64::INFINITY, f64::min);
        let most = rough.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (&window, &mean) in windows.iter().zip(&rough) {
            let is_inside = mean > least * (1.0 + SUM_SLACK) && mean < most * (1.0 - SUM_SLACK);
            if is_inside {
                continue;
            }
            let mean = by_price.mean(window, &self.pivots.price);
            range = Some(range.map_or((mean, mean), |(low, high)| (low.min(mean), high.max(mean))));
        }
        (by_price.range, by_price.has_range) = (range, true);
        range
    }

    /// All levels through one sort by price: the touches of an anchor are neighbours in it.
    fn all_levels(&self) -> Vec<Level> {
        let price = |pivot: u32| self.pivots.price[pivot as usize];
        let mut sorted = self.active.clone();
        sort_rows(&mut sorted, |pivot| order_of(price(pivot)));
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
        let mut order: Vec<u32> = (0..levels.len() as u32).collect();
        sort_rows(&mut order, |level| i64::from(levels[level as usize].anchor));
        order.into_iter().map(|level| levels[level as usize]).collect()
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
        self.seek(s);
        let prices = &self.pivots.price;
        let reach = self.tolerance + SLACK;
        let is_near = |anchor: u32| {
            let here = prices[anchor as usize];
            here * (1.0 + reach) >= bounds.0 && here * (1.0 - reach) <= bounds.1
        };
        let near = self.active.iter().filter(|&&anchor| is_near(anchor)).count();
        if near > FEW_ANCHORS {
            return self.best_by_price(bounds, wanted);
        }
        let mut best: Option<Level> = None;
        for &anchor in self.active.iter().rev().filter(|&&anchor| is_near(anchor)) {
            let here = prices[anchor as usize];
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

    /// As [`Self::best`] among many anchors: touches of all of them are counted at once, and few means are needed exactly.
    fn best_by_price(&mut self, bounds: (f64, f64), wanted: impl Fn(f64) -> bool) -> Option<Level> {
        self.refresh_by_price();
        let by_price = &mut self.by_price;
        let mut refused: Vec<(u32, u32)> = Vec::new();
        loop {
            let mut best: Option<(u32, u32, (u32, u32))> = None;
            for (&anchor, &window) in by_price.order.iter().zip(&by_price.windows) {
                let touches = window.1 - window.0;
                let is_better =
                    best.is_none_or(|(most, newest, _)| (touches, anchor) > (most, newest));
                if touches < self.min_touches || !is_better || refused.contains(&window) {
                    continue;
                }
                let mean = by_price.rough_mean(window);
                let is_out =
                    mean < bounds.0 * (1.0 - SUM_SLACK) || mean > bounds.1 * (1.0 + SUM_SLACK);
                if !is_out {
                    best = Some((touches, anchor, window));
                }
            }
            let (touches, anchor, window) = best?;
            let price = by_price.mean(window, &self.pivots.price);
            if wanted(price) {
                let anchor = self.pivots.row[anchor as usize];
                return Some(Level { price, touches, anchor });
            }
            refused.push(window);
        }
    }

    /// The side whose pivots these are.
    pub const fn side(&self) -> Side {
        self.side
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many live, and in whatever order they came, those die whose thresholds lie above the close, the highest first.
    #[test]
    fn the_living_die_in_the_order_of_their_thresholds() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for spread in [1, 3, 50, 100_000] {
            let (mut living, mut plain) = (Living::default(), Vec::new());
            let mut most = 0;
            for pivot in 0..4_000 {
                // First a crowd, then a quiet stretch, then falling closes that reach deep into it.
                let threshold = next(spread) as f64;
                living.insert(Alive { threshold, pivot });
                plain.push(threshold);
                most = most.max(plain.len());
                let close = if pivot % 700 < 500 { spread as f64 } else { next(spread) as f64 };
                loop {
                    let highest = plain.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let expected = (close < highest).then_some(highest);
                    let died = living.pop_above(close).map(|dead| dead.threshold);
                    assert_eq!(died, expected, "pivot {pivot} of {spread}");
                    if died.is_none() {
                        break;
                    }
                    let at = plain.iter().position(|threshold| *threshold == highest);
                    plain.swap_remove(at.unwrap());
                }
            }
            assert!(most > 4 * NEAR, "{most}");
        }
    }
}

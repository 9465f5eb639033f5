//! Liquidity sweeps and the signals they give. METHOD §6.

use super::SweepParams;
use super::levels::{Level, LevelFinder, extremes};
use crate::domain::{Origin, ROWS_A_BEAT, Side, pulse};
use crate::engine::{Intent, Series};

/// A condition of the sweep, by its place in the strategy's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Enough touches: taken away, one touch is enough.
    Level,
    /// The close before the sweep lies beyond the level.
    PrevCloseBeyond,
    /// Price trades far enough past the level.
    Pierced,
    /// The sweep row has enough volume.
    Volume,
    /// The reversal rows close in the direction of the trade.
    ReversalPattern,
    /// The last reversal row closes back beyond the level.
    Reclaimed,
}

impl Condition {
    const ALL: [Self; 6] = [
        Self::Level,
        Self::PrevCloseBeyond,
        Self::Pierced,
        Self::Volume,
        Self::ReversalPattern,
        Self::Reclaimed,
    ];

    /// The condition at a place of the table.
    pub fn at(place: usize) -> Option<Self> {
        Self::ALL.get(place).copied()
    }
}

/// What the sweep remembers of a signal, in the order of its columns.
#[inline]
pub fn origin(level: &Level, sweep: u32) -> Origin {
    Origin([level.price, f64::from(level.touches), f64::from(level.anchor), f64::from(sweep)])
}

#[inline]
fn touches(signal: &Intent) -> f64 {
    signal.origin.0[1]
}

/// The tests of one side, with an optional condition taken away.
pub struct SweepRule<'a> {
    /// Rows.
    pub series: &'a Series,
    /// Mean volume before each row.
    pub mean_volume: &'a [f64],
    /// Directional runs of the side.
    pub runs: &'a [u32],
    /// Direction.
    pub side: Side,
    /// Thresholds.
    pub params: &'a SweepParams,
    /// Of a level that is pierced to the depth, to the price that pierces it. A product is quicker than a quotient a row,
    /// and what it is rounded by lies far below the slack of those who ask.
    pub past: f64,
    /// The condition that is not tested.
    pub without: Option<Condition>,
}

impl SweepRule<'_> {
    #[inline]
    fn tests(&self, condition: Condition) -> bool {
        self.without != Some(condition)
    }

    /// Volume above the threshold × the mean before; always true on volume-less files.
    #[inline]
    pub fn volume_spike(&self, s: usize) -> bool {
        self.is_spike((self.series.volume[s], self.mean_volume[s]))
    }

    /// The same of a volume and the mean before it.
    #[inline]
    pub fn is_spike(&self, (volume, mean): (f64, f64)) -> bool {
        !self.series.has_volume
            || (mean > 0.0 && volume > self.params.volume_spike_threshold * mean)
    }

    /// The close before row `s` lies beyond `level`; false on the first row of a segment.
    #[inline]
    pub fn prev_close_beyond(&self, s: usize, level: f64) -> bool {
        let sign = self.side.sign();
        s > self.series.segment_start[s] as usize && sign * self.series.close[s - 1] > sign * level
    }

    /// Row `s` trades at or past the level by the pierce depth.
    #[inline]
    pub fn pierced(&self, s: usize, level: f64) -> bool {
        let sign = self.side.sign();
        let depth = level * (1.0 - sign * self.params.pierce_depth);
        sign * extremes(self.series, self.side)[s] <= sign * depth
    }

    /// The last row of the pattern that starts at `s` (`late` = one row later) when its rows exist in one segment and,
    /// unless that is taken away, close in the direction of the trade.
    #[inline]
    pub fn pattern_end(&self, s: usize, late: bool) -> Option<usize> {
        let rows = self.params.reversal_candles;
        let end = s + rows as usize - usize::from(!late);
        if end >= self.series.len()
            || self.series.segment_start[end] != self.series.segment_start[s]
        {
            return None;
        }
        (!self.tests(Condition::ReversalPattern) || self.runs[end] >= rows).then_some(end)
    }

    /// The close of row `at` lies back beyond the level.
    #[inline]
    pub fn reclaimed(&self, at: usize, level: f64) -> bool {
        let sign = self.side.sign();
        sign * self.series.close[at] > sign * level
    }

    /// The signal row of a sweep of `level` at `s`: the pattern from the sweep row on, else from the row after it.
    #[inline]
    pub fn signal_row(&self, s: usize, level: f64) -> Option<usize> {
        [false, true].into_iter().find_map(|late| {
            self.pattern_end(s, late)
                .filter(|&end| !self.tests(Condition::Reclaimed) || self.reclaimed(end, level))
        })
    }

    /// The level swept at row `s`, volume apart: most touches, then the newest anchor.
    pub fn swept_level(&self, s: usize, finder: &mut LevelFinder<'_>) -> Option<Level> {
        let beyond = self.tests(Condition::PrevCloseBeyond);
        let pierced = self.tests(Condition::Pierced);
        finder.best(s, self.bounds(s), |level| {
            (!beyond || self.prev_close_beyond(s, level)) && (!pierced || self.pierced(s, level))
        })
    }

    /// Prices between which a level swept at `s` must lie.
    fn bounds(&self, s: usize) -> (f64, f64) {
        let sign = self.side.sign();
        let pierce = if self.tests(Condition::Pierced) {
            extremes(self.series, self.side)[s] * self.past
        } else {
            -sign * f64::INFINITY
        };
        let close = if self.tests(Condition::PrevCloseBeyond) && s > 0 {
            self.series.close[s - 1]
        } else {
            sign * f64::INFINITY
        };
        if sign > 0.0 { (pierce, close) } else { (close, pierce) }
    }

    /// Cheap and exact first test of a row, before levels are looked at.
    fn can_sweep(&self, s: usize) -> bool {
        /// Above the rounding of the products compared.
        const SLACK: f64 = 1.0 + 1e-9;
        if self.tests(Condition::Volume) && !self.volume_spike(s) {
            return false;
        }
        if self.tests(Condition::ReversalPattern)
            && self.pattern_end(s, false).is_none()
            && self.pattern_end(s, true).is_none()
        {
            return false;
        }
        if self.tests(Condition::PrevCloseBeyond) {
            if s == self.series.segment_start[s] as usize {
                return false;
            }
            if self.tests(Condition::Pierced) {
                // A level beyond the previous close cannot be pierced by less than this.
                let (low, high) = self.bounds(s);
                return low <= high * SLACK;
            }
        }
        true
    }

    /// The rows at which levels have to be looked at.
    pub fn candidates(&self) -> Vec<u32> {
        let mut candidates = Vec::new();
        for s in 0..self.series.len() {
            if s % ROWS_A_BEAT == 0 {
                pulse();
            }
            if self.can_sweep(s) {
                candidates.push(s as u32);
            }
        }
        candidates
    }

    /// Every signal of the side in row order, one a row: most touches, then the latest sweep.
    pub fn signals(&self, candidates: &[u32], finder: &mut LevelFinder<'_>) -> Vec<Intent> {
        let mut signals = Signals::default();
        for (at, &s) in candidates.iter().enumerate() {
            if at % ROWS_A_BEAT == 0 {
                pulse();
            }
            if let Some(level) = self.swept_level(s as usize, finder) {
                signals.add(self, s as usize, &level);
            }
        }
        signals.done()
    }
}

/// The signals of one side, collected from sweeps in row order.
#[derive(Default)]
pub struct Signals(Vec<Intent>);

impl Signals {
    /// Adds the signal that a sweep of a level at row `s` gives, if it does.
    #[inline]
    pub fn add(&mut self, rule: &SweepRule<'_>, s: usize, level: &Level) {
        let Some(at) = rule.signal_row(s, level.price) else { return };
        let (from, at) = (s as u32, at as u32);
        let signal = Intent { side: rule.side, at, from, exits: 0, origin: origin(level, from) };
        match self.0.last_mut() {
            Some(last) if last.at == signal.at => {
                if touches(&signal) >= touches(last) {
                    *last = signal;
                }
            }
            _ => self.0.push(signal),
        }
    }

    /// All of them.
    pub fn done(self) -> Vec<Intent> {
        self.0
    }
}

//! Sweeps found once for many thresholds: every row that the loosest of them let through, with the levels that any of them
//! could choose there. METHOD §11, "shared sweep events".

use super::levels::{Level, LevelFinder};
use super::rule::SweepRule;
use super::{SweepParams, rule};
use crate::domain::{ROWS_A_BEAT, pulse};
use crate::engine::Intent;

/// Thresholds, each of which lets through whatever a tighter one does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    pierce_depth: f64,
    volume_spike: f64,
    reversal_candles: u32,
    touches: u32,
}

impl Thresholds {
    /// Those of some parameters.
    pub const fn of(params: &SweepParams) -> Self {
        Self {
            pierce_depth: params.pierce_depth,
            volume_spike: params.volume_spike_threshold,
            reversal_candles: params.reversal_candles,
            touches: params.min_level_touches,
        }
    }

    /// The loosest of both.
    pub fn loosest(self, other: Self) -> Self {
        Self {
            pierce_depth: self.pierce_depth.min(other.pierce_depth),
            volume_spike: self.volume_spike.min(other.volume_spike),
            reversal_candles: self.reversal_candles.min(other.reversal_candles),
            touches: self.touches.min(other.touches),
        }
    }

    /// Everything that `other` lets through is let through here.
    pub fn lets_through(&self, other: &Self) -> bool {
        self.loosest(*other) == *self
    }

    /// Parameters with these thresholds.
    pub fn put_in(self, params: &SweepParams) -> SweepParams {
        SweepParams {
            pierce_depth: self.pierce_depth,
            volume_spike_threshold: self.volume_spike,
            reversal_candles: self.reversal_candles,
            min_level_touches: self.touches,
            ..params.clone()
        }
    }
}

/// The sweeps of one side.
#[derive(Debug)]
pub struct Book {
    /// The thresholds that it was made for, and anything tighter.
    pub loosest: Thresholds,
    /// Rows at which a level may be swept, ascending.
    rows: Vec<u32>,
    /// Volume of each row, and the mean before it: next to each other, because every threshold reads all of them.
    volumes: Vec<(f64, f64)>,
    /// Where the levels of each row end; those of a row begin where those before it end.
    ends: Vec<u32>,
    /// The levels of all rows. At a row each lies further in than those before it, which are preferred: the first one that is
    /// pierced deep enough is the one that is chosen.
    levels: Vec<Level>,
}

impl Book {
    /// Collects every sweep of a side under a rule with the loosest thresholds.
    pub fn of(rule: &SweepRule<'_>, finder: &mut LevelFinder<'_>) -> Self {
        let loosest = Thresholds::of(rule.params);
        let mut book = Self {
            loosest,
            rows: Vec::new(),
            volumes: Vec::new(),
            ends: Vec::new(),
            levels: Vec::new(),
        };
        let sign = rule.side.sign();
        for (at, &row) in rule.candidates().iter().enumerate() {
            if at % ROWS_A_BEAT == 0 {
                pulse();
            }
            let s = row as usize;
            let mut swept = finder.levels(s);
            swept.retain(|l| rule.prev_close_beyond(s, l.price) && rule.pierced(s, l.price));
            let before = book.levels.len();
            // Most touches, then the newest anchor; what lies no further in can never be reached.
            while let Some(best) = swept.iter().max_by_key(|l| (l.touches, l.anchor)).copied() {
                book.levels.push(best);
                swept.retain(|l| sign * l.price > sign * best.price);
            }
            if book.levels.len() > before {
                book.rows.push(row);
                book.volumes.push((rule.series.volume[s], rule.mean_volume[s]));
                book.ends.push(book.levels.len() as u32);
            }
        }
        book
    }

    /// The signals of a rule that lets nothing through but what the book was made for.
    pub fn signals(&self, rule: &SweepRule<'_>) -> Vec<Intent> {
        let mut signals = rule::Signals::default();
        let mut from = 0;
        for ((&row, &end), &volumes) in self.rows.iter().zip(&self.ends).zip(&self.volumes) {
            let (s, levels) = (row as usize, from..end as usize);
            from = levels.end;
            if !rule.is_spike(volumes) {
                continue;
            }
            let chosen = self.levels[levels].iter().find(|level| rule.pierced(s, level.price));
            // Others have fewer touches still.
            if let Some(level) =
                chosen.filter(|level| level.touches >= rule.params.min_level_touches)
            {
                signals.add(rule, s, level);
            }
        }
        signals.done()
    }
}

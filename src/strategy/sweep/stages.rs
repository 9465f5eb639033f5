//! The stages of the sweep, each cached by exactly what it reads.

use super::SweepParams;
use super::book::{Book, Thresholds};
use super::levels::{self, LevelFinder, Pivots};
use super::rule::{Condition, SweepRule};
use crate::domain::{Side, Sides};
use crate::engine::{Asks, ExitRule, Intent, Series, indicators};
use crate::strategy::{Cached, Counts, Params, Rules, Seen};

/// What the signals of a side depend on: f64 as bits, so that keys compare exactly.
#[derive(Clone, Debug, PartialEq)]
struct SignalKey {
    counts: [u32; 5],
    fractions: [u64; 3],
    levels_die: bool,
}

impl From<&SweepParams> for SignalKey {
    fn from(params: &SweepParams) -> Self {
        Self {
            counts: [
                params.pivot_bars,
                params.key_level_lookback,
                params.min_level_touches,
                params.reversal_candles,
                params.volume_ma_period,
            ],
            fractions: [
                params.level_tolerance.to_bits(),
                params.pierce_depth.to_bits(),
                params.volume_spike_threshold.to_bits(),
            ],
            levels_die: params.levels_die,
        }
    }
}

/// What the rows of a side at which levels are looked at depend on.
type CandidateKey = ([u32; 2], [u64; 2]);

fn candidate_key(params: &SweepParams) -> CandidateKey {
    (
        [params.reversal_candles, params.volume_ma_period],
        [params.pierce_depth.to_bits(), params.volume_spike_threshold.to_bits()],
    )
}

/// The stages of one side.
#[derive(Debug, Default)]
struct SideStages {
    runs: Cached<(), Vec<u32>>,
    pivots: Cached<u32, Pivots>,
    deaths: Cached<(u32, u64), Vec<u32>>,
    candidates: Cached<CandidateKey, Vec<u32>>,
    signals: Cached<SignalKey, Vec<Intent>>,
    book: Cached<BookKey, Book>,
}

/// What the levels of a side and the yardstick of volume depend on: what the sweeps of a book have in common.
#[derive(Clone, Debug, PartialEq)]
struct BookKey {
    counts: [u32; 3],
    tolerance: u64,
    levels_die: bool,
}

impl From<&SweepParams> for BookKey {
    fn from(params: &SweepParams) -> Self {
        Self {
            counts: [params.pivot_bars, params.key_level_lookback, params.volume_ma_period],
            tolerance: params.level_tolerance.to_bits(),
            levels_die: params.levels_die,
        }
    }
}

/// The sweep over one series.
#[derive(Debug, Default)]
pub struct SweepRules {
    /// Of the last preparation.
    params: SweepParams,
    mean_volume: Cached<u32, Vec<f64>>,
    sides: [SideStages; 2],
}

impl SweepRules {
    /// The level finder of a side; the stages must be prepared.
    pub fn finder<'a>(
        &'a self,
        series: &'a Series,
        side: Side,
        min_touches: u32,
    ) -> LevelFinder<'a> {
        let stages = &self.sides[side.index()];
        let params = &self.params;
        LevelFinder::new(
            series,
            side,
            stages.pivots.value(),
            params.levels_die.then(|| stages.deaths.value().as_slice()),
            (params.key_level_lookback, params.level_tolerance, min_touches),
        )
    }

    /// The parameters of the last preparation.
    pub(super) const fn params(&self) -> &SweepParams {
        &self.params
    }

    /// The sweep tests of a side; the stages must be prepared.
    pub fn rule<'a>(
        &'a self,
        series: &'a Series,
        side: Side,
        without: Option<Condition>,
    ) -> SweepRule<'a> {
        SweepRule {
            series,
            mean_volume: self.mean_volume.value(),
            runs: self.sides[side.index()].runs.value(),
            side,
            params: &self.params,
            past: 1.0 / (1.0 - side.sign() * self.params.pierce_depth),
            without,
        }
    }

    /// The book that holds the sweeps of the last preparation.
    fn book(&self, side: Side) -> Option<&Book> {
        let book = &self.sides[side.index()].book;
        let knows = |book: &&Book| book.loosest.lets_through(&Thresholds::of(&self.params));
        book.get(&BookKey::from(&self.params)).filter(knows)
    }

    /// Signals of a side with a condition taken away; the stages must be prepared.
    fn signals_without(&self, series: &Series, side: Side, without: Condition) -> Vec<Intent> {
        let fewest = self.params.min_level_touches;
        let touches = if without == Condition::Level { 1 } else { fewest };
        let rule = self.rule(series, side, Some(without));
        rule.signals(&rule.candidates(), &mut self.finder(series, side, touches))
    }
}

impl Rules for SweepRules {
    fn prepare(&mut self, series: &Series, params: &Params) {
        self.params = params.into();
        let own = &self.params;
        self.mean_volume.refresh(own.volume_ma_period, || {
            indicators::mean_volume(series, own.volume_ma_period)
        });
        for side in params.engine.sides.iter() {
            let stages = &mut self.sides[side.index()];
            stages.runs.refresh((), || indicators::directional_runs(series, side));
            let bars = own.pivot_bars;
            stages.pivots.refresh(bars, || levels::pivots(series, side, bars));
            if own.levels_die {
                let (pivots, tolerance) = (stages.pivots.value(), own.level_tolerance);
                let key = (bars, tolerance.to_bits());
                stages.deaths.refresh(key, || levels::deaths(series, side, pivots, tolerance));
            }
        }
    }

    fn asks(&mut self, series: &Series, params: &Params, without: Option<usize>) -> Asks {
        self.prepare(series, params);
        let exits = ExitRule::new(&params.engine, None);
        if let Some(condition) = without.and_then(Condition::at) {
            let signals = |side| self.signals_without(series, side, condition);
            let sides: Vec<Vec<Intent>> = params.engine.sides.iter().map(signals).collect();
            let sides: Vec<&[Intent]> = sides.iter().map(Vec::as_slice).collect();
            return Asks::new(&sides, exits);
        }
        let key = SignalKey::from(&self.params);
        for side in params.engine.sides.iter() {
            if self.sides[side.index()].signals.is_of(&key) {
                continue;
            }
            if let Some(book) = self.book(side) {
                let signals = book.signals(&self.rule(series, side, None));
                self.sides[side.index()].signals.refresh(key.clone(), || signals);
                continue;
            }
            let own = candidate_key(&self.params);
            if !self.sides[side.index()].candidates.is_of(&own) {
                let candidates = self.rule(series, side, None).candidates();
                self.sides[side.index()].candidates.refresh(own, || candidates);
            }
            let candidates = self.sides[side.index()].candidates.value();
            let mut finder = self.finder(series, side, self.params.min_level_touches);
            let signals = self.rule(series, side, None).signals(candidates, &mut finder);
            self.sides[side.index()].signals.refresh(key.clone(), || signals);
        }
        let cached = |side: Side| self.sides[side.index()].signals.value().as_slice();
        let sides: Vec<&[Intent]> = params.engine.sides.iter().map(cached).collect();
        Asks::new(&sides, exits)
    }

    fn share(&mut self, series: &Series, trials: &mut dyn Iterator<Item = Params>) {
        let Some(mut first) = trials.next() else { return };
        let mut loosest = Thresholds::of(&SweepParams::from(&first));
        for params in trials {
            loosest = loosest.loosest(Thresholds::of(&SweepParams::from(&params)));
            if params.engine.sides != first.engine.sides {
                first.engine.sides = Sides::Both;
            }
        }
        self.prepare(series, &first);
        self.params = loosest.put_in(&self.params);
        for side in first.engine.sides.iter() {
            if self.book(side).is_none() {
                let mut finder = self.finder(series, side, self.params.min_level_touches);
                let book = Book::of(&self.rule(series, side, None), &mut finder);
                self.sides[side.index()].book.put(BookKey::from(&self.params), book);
            }
        }
    }

    fn ready_row(&self, series: &Series) -> Option<usize> {
        if !series.has_volume {
            // The volume condition is skipped, so nothing has to warm up.
            return Some(0);
        }
        self.mean_volume.value().iter().position(|mean| mean.is_finite())
    }

    fn count(&self, series: &Series, _params: &Params, side: Side, first: usize) -> Counts {
        super::inspect::count(self, series, side, first)
    }

    fn explain(&self, series: &Series, _params: &Params, side: Side, s: usize) -> Seen {
        super::inspect::explain(self, series, side, s)
    }
}

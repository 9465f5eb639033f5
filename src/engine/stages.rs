//! The stages of a backtest, each cached by exactly what it reads.

use super::Series;
use super::indicators;
use super::levels::{self, LevelFinder, Pivots};
use super::run::{self, Backtest, Path, RunOptions};
use super::sweep::{Condition, Signal, SweepRule};
use crate::domain::Side;
use crate::params::Params;
use std::sync::Arc;

/// A value with the key it was made for.
#[derive(Clone, Debug)]
struct Cached<K, V>(Option<(K, V)>);

impl<K, V> Default for Cached<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V> Cached<K, V> {
    fn refresh(&mut self, key: K, make: impl FnOnce() -> V) {
        if self.0.as_ref().is_none_or(|(old, _)| *old != key) {
            self.0 = Some((key, make()));
        }
    }

    fn value(&self) -> &V {
        &self.0.as_ref().expect("Invariant: refreshed before it is read").1
    }
}

/// What the signals of a side depend on: f64 as bits, so that keys compare exactly.
#[derive(Clone, Debug, PartialEq)]
struct SignalKey {
    counts: [u32; 5],
    fractions: [u64; 3],
    levels_die: bool,
}

/// The stages of one side.
#[derive(Clone, Debug, Default)]
struct SideStages {
    runs: Cached<(), Vec<u32>>,
    pivots: Cached<u32, Pivots>,
    deaths: Cached<(u32, u64), Vec<u32>>,
    signals: Cached<SignalKey, Vec<Signal>>,
}

/// A series with the last result of every stage. Sliders that a stage does not read leave it alone.
#[derive(Clone, Debug)]
pub struct Stages {
    series: Arc<Series>,
    atr: Cached<u32, Vec<f64>>,
    mean_volume: Cached<u32, Vec<f64>>,
    sides: [SideStages; 2],
}

impl Stages {
    /// Stages over a series, all of them still to be computed.
    pub fn new(series: impl Into<Arc<Series>>) -> Self {
        Self {
            series: series.into(),
            atr: Cached::default(),
            mean_volume: Cached::default(),
            sides: Default::default(),
        }
    }

    /// The rows.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// ATR of every usable row, NaN where undefined; computed by the last [`Self::prepare`] or run.
    pub fn atr(&self) -> &[f64] {
        self.atr.value()
    }

    /// Brings indicators, pivots and deaths up to date with the parameters.
    pub fn prepare(&mut self, params: &Params) {
        let series = &self.series;
        self.atr.refresh(params.atr_period, || indicators::atr(series, params.atr_period));
        self.mean_volume.refresh(params.volume_ma_period, || {
            indicators::mean_volume(series, params.volume_ma_period)
        });
        for side in params.sides.iter() {
            let stages = &mut self.sides[side.index()];
            stages.runs.refresh((), || indicators::directional_runs(series, side));
            let bars = params.pivot_bars;
            stages.pivots.refresh(bars, || levels::pivots(series, side, bars));
            if params.levels_die {
                let pivots = stages.pivots.value();
                let key = (bars, params.level_tolerance.to_bits());
                stages
                    .deaths
                    .refresh(key, || levels::deaths(series, side, pivots, params.level_tolerance));
            }
        }
    }

    /// The level finder of a side; the stages must be prepared.
    pub fn finder(&self, params: &Params, side: Side, min_touches: u32) -> LevelFinder<'_> {
        let stages = &self.sides[side.index()];
        LevelFinder::new(
            &self.series,
            side,
            stages.pivots.value(),
            params.levels_die.then(|| stages.deaths.value().as_slice()),
            (params.key_level_lookback, params.level_tolerance, min_touches),
        )
    }

    /// The sweep tests of a side; the stages must be prepared.
    pub fn rule<'a>(
        &'a self,
        params: &'a Params,
        side: Side,
        without: Option<Condition>,
    ) -> SweepRule<'a> {
        SweepRule {
            series: &self.series,
            mean_volume: self.mean_volume.value(),
            runs: self.sides[side.index()].runs.value(),
            side,
            params,
            without,
        }
    }

    /// Signals of a side without caching, with a condition taken away; the stages must be prepared.
    fn signals_without(
        &self,
        params: &Params,
        side: Side,
        without: Option<Condition>,
    ) -> Vec<Signal> {
        let touches = if without == Some(Condition::Level) { 1 } else { params.min_level_touches };
        self.rule(params, side, without).signals(&mut self.finder(params, side, touches))
    }

    fn refresh_signals(&mut self, params: &Params) {
        self.prepare(params);
        for side in params.sides.iter() {
            let key = SignalKey {
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
            };
            let cached = &self.sides[side.index()].signals.0;
            if cached.as_ref().is_none_or(|(old, _)| *old != key) {
                let signals = self.signals_without(params, side, None);
                self.sides[side.index()].signals.0 = Some((key, signals));
            }
        }
    }

    /// Runs the newest `newest` usable rows (0 = all); earlier rows warm up.
    pub fn run(&mut self, params: &Params, newest: usize, path: Path) -> Backtest {
        self.run_from(params, self.series.window_start(newest), path)
    }

    /// Runs with entries from a clock row on; earlier rows warm up.
    pub fn run_from(&mut self, params: &Params, first_row: u32, path: Path) -> Backtest {
        self.refresh_signals(params);
        let sides: Vec<&[Signal]> = params
            .sides
            .iter()
            .map(|side| self.sides[side.index()].signals.value().as_slice())
            .collect();
        let options = RunOptions { first_row, path, without: None };
        run::run(&self.series, self.atr(), params, merge(&sides), options)
    }

    /// Runs with one condition taken away and everything else as it is.
    pub fn run_without(&mut self, params: &Params, newest: usize, without: Condition) -> Backtest {
        self.prepare(params);
        let sides: Vec<Vec<Signal>> = params
            .sides
            .iter()
            .map(|side| self.signals_without(params, side, Some(without)))
            .collect();
        let sides: Vec<&[Signal]> = sides.iter().map(Vec::as_slice).collect();
        let options = RunOptions {
            first_row: self.series.window_start(newest),
            path: Path::Pessimistic,
            without: Some(without),
        };
        run::run(&self.series, self.atr(), params, merge(&sides), options)
    }
}

/// Signals of both sides by signal row; at one row long comes first.
fn merge(sides: &[&[Signal]]) -> Vec<Signal> {
    let mut all: Vec<Signal> = sides.concat();
    all.sort_unstable_by_key(|signal| (signal.at, signal.side));
    all
}

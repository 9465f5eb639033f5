//! One series with whatever its strategies keep between two runs.

use crate::engine::run::{self, RunOptions};
use crate::engine::{Asks, Backtest, ExitRule, Path, Series, indicators};
use crate::strategy::{Cached, Condition, Params, Rules, StrategyId};
use std::sync::Arc;

/// A series with the last result of every stage. Sliders that a stage does not read leave it alone.
#[derive(Debug)]
pub struct Stages {
    series: Arc<Series>,
    atr: Cached<u32, Vec<f64>>,
    /// Those of every strategy that was run: going back to one costs nothing.
    rules: Vec<(StrategyId, Box<dyn Rules>)>,
}

impl Stages {
    /// Stages over a series, all of them still to be computed.
    pub fn new(series: impl Into<Arc<Series>>) -> Self {
        Self { series: series.into(), atr: Cached::default(), rules: Vec::new() }
    }

    /// The rows.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// The rows, to be kept while the stages go on.
    pub fn rows(&self) -> Arc<Series> {
        Arc::clone(&self.series)
    }

    /// ATR of every usable row, NaN where undefined; computed by the last [`Self::prepare`] or run.
    pub fn atr(&self) -> &[f64] {
        self.atr.value()
    }

    fn rules_mut(&mut self, strategy: StrategyId) -> &mut dyn Rules {
        let at = self.rules.iter().position(|(id, _)| *id == strategy).unwrap_or_else(|| {
            self.rules.push((strategy, strategy.rules()));
            self.rules.len() - 1
        });
        self.rules[at].1.as_mut()
    }

    /// Brings everything but signals up to date with the parameters.
    pub fn prepare(&mut self, params: &Params) {
        let series = Arc::clone(&self.series);
        let period = params.engine.atr_period;
        self.atr.refresh(period, || indicators::atr(&series, period));
        self.rules_mut(params.id()).prepare(&series, params);
    }

    /// The rules of a strategy, as they were prepared last.
    ///
    /// # Panics
    ///
    /// When they never were.
    pub fn rules(&self, params: &Params) -> &dyn Rules {
        let found = self.rules.iter().find(|(id, _)| *id == params.id());
        found.expect("Invariant: prepared before they are read").1.as_ref()
    }

    /// First clock row at which ATR and everything that the strategy reads are defined; the stages must be prepared.
    pub fn ready_row(&self, params: &Params) -> Option<u32> {
        let atr = self.atr().iter().position(|value| value.is_finite())?;
        let own = self.rules(params).ready_row(&self.series)?;
        Some(self.series.clock_row[atr.max(own)])
    }

    /// What the strategy asks for, with one of its conditions taken away.
    pub fn asks(&mut self, params: &Params, without: Option<usize>) -> Asks {
        self.prepare(params);
        let series = Arc::clone(&self.series);
        self.rules_mut(params.id()).asks(&series, params, without)
    }

    /// Told of the ends of the trials that will be run next, which differ in none of [`Strategy::shared_by`]: what they have
    /// in common is found once. Results stay the same to the bit.
    ///
    /// [`Strategy::shared_by`]: crate::strategy::Strategy::shared_by
    pub fn share(&mut self, trials: &mut dyn Iterator<Item = Params>) {
        let mut trials = trials.peekable();
        let Some(id) = trials.peek().map(Params::id) else { return };
        let series = Arc::clone(&self.series);
        self.rules_mut(id).share(&series, &mut trials);
    }

    /// How positions of the strategy end.
    pub fn exits(&mut self, params: &Params) -> ExitRule {
        self.asks(params, None).exits.swap_remove(0)
    }

    /// Runs with entries from a clock row on; earlier rows warm up.
    pub fn run(&mut self, params: &Params, first_row: u32, path: Path) -> Backtest {
        let asks = self.asks(params, None);
        let options = RunOptions { first_row, path, without: None };
        run::run(&self.series, self.atr(), &params.engine, &asks, options)
    }

    /// Runs with one condition taken away and everything else as it is.
    pub fn run_without(&mut self, params: &Params, first_row: u32, without: Condition) -> Backtest {
        let (own, gate) = match without {
            Condition::Own(place) => (Some(usize::from(place)), None),
            Condition::Engine(gate) => (None, Some(gate)),
        };
        let asks = self.asks(params, own);
        let options = RunOptions { first_row, path: Path::Pessimistic, without: gate };
        run::run(&self.series, self.atr(), &params.engine, &asks, options)
    }
}

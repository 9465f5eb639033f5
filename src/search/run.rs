//! Runs trials and keeps all of their numbers.

use super::plan::Trials;
use crate::backtest::Stages;
use crate::domain::{Measure, pulse};
use crate::engine::{Path, Series};
use crate::metrics::{self, Calendar, GridUnit, MetricInput};
use crate::strategy::Params;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Trials of one group from which on it pays to find first what they share.
const WORTH_SHARING: usize = 8;

/// What a trial came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Its numbers.
    Ran(Numbers),
    /// Its parameters contradict each other: it has no numbers.
    Refused(String),
}

/// The numbers of one trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Values of [`metrics::METRICS`], in its order.
    pub metrics: Vec<Measure>,
    /// Returns of the cells of the calendar grid; −1 in the first cell that ends at or below 0, then 0.
    pub returns: Vec<f64>,
}

/// The rows of a search, with what its trials share.
#[derive(Debug)]
pub struct Evaluator {
    stages: Stages,
    first_row: u32,
    calendar: Calendar,
}

impl Evaluator {
    /// Over rows up to the end of the window, with entries from a clock row on.
    pub fn new(series: Arc<Series>, first_row: u32) -> Self {
        let first = (first_row as usize).min(series.clock_len());
        let calendar = Calendar::new(&series.clock_time_ms[first..]);
        Self { stages: Stages::new(series), first_row: first as u32, calendar }
    }

    /// The rows.
    pub fn series(&self) -> &Series {
        self.stages.series()
    }

    /// First clock row that may hold an entry.
    pub const fn first_row(&self) -> u32 {
        self.first_row
    }

    /// Cell of the grid of returns.
    pub const fn unit(&self) -> GridUnit {
        self.calendar.unit
    }

    /// The cells of the grid.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Runs parameters with all metrics.
    pub fn run(&mut self, params: &Params) -> Numbers {
        let backtest = self.stages.run(params, self.first_row, Path::Pessimistic);
        let series = self.stages.series();
        let input = MetricInput::along_trades(series, &params.engine, &backtest, &self.calendar);
        let metrics = metrics::evaluate(&input);
        Numbers { metrics, returns: until_ruin(&input.grid.equity, input.grid.returns) }
    }

    /// Runs trials that belong together, in the order given.
    pub fn run_all(&mut self, trials: &Trials, numbers: &[u32]) -> Vec<Outcome> {
        let picks: Vec<Vec<u32>> = numbers.iter().map(|&number| trials.picks(number)).collect();
        let mut outcomes = Vec::with_capacity(numbers.len());
        for together in picks.chunk_by(|a, b| trials.group(a) == trials.group(b)) {
            if together.len() >= WORTH_SHARING {
                self.stages.share(&mut trials.corners(&together[0]).into_iter());
            }
            for picks in together {
                pulse();
                outcomes.push(match trials.params(picks) {
                    Ok(params) => Outcome::Ran(self.run(&params)),
                    Err(reason) => Outcome::Refused(reason),
                });
            }
        }
        outcomes
    }
}

/// What is lost is lost: a period that ends at or below zero returns −1, and the later ones nothing.
fn until_ruin(equity: &[f64], mut returns: Vec<f64>) -> Vec<f64> {
    if let Some(ruined) = equity.iter().position(|&value| value <= 0.0) {
        returns[ruined] = -1.0;
        returns[ruined + 1..].fill(0.0);
    }
    returns
}

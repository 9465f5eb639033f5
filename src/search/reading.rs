//! How the neighbours of the best trial do, and what the whole space looks like. METHOD-TRAINING §5.

use super::found::{Found, Trial};
use super::space::Axis;
use crate::domain::{DAY_MS, Measure, Undefined, order_of, sort_numbers, sort_rows};
use crate::metrics::stats::{mean, quantile, round12};
use crate::metrics::{Better, METRICS};
use serde::{Deserialize, Serialize};

/// Ranked trials below which there is no plateau.
const FEWEST_RANKED: usize = 20;
/// Fewest neighbours of the best trial.
const FEWEST_NEIGHBOURS: usize = 10;
/// Plateau below which the best trial stands alone.
const LONE: f64 = 0.75;
/// Trades below which a result says little.
const FEW_TRADES: f64 = 100.0;
/// Days below which a window says little.
const TINY_DAYS: i64 = 90;

/// How the nearest neighbours of the best trial do among all.
#[derive(Clone, Debug, PartialEq)]
pub struct Plateau {
    /// Share of the ranked trials below the median objective of the neighbours.
    pub score: f64,
    /// That median.
    pub median: f64,
    /// Neighbours.
    pub neighbours: usize,
}

/// The plateau around the best trial.
pub fn plateau(found: &Found, axes: &[Axis]) -> Result<Plateau, Undefined> {
    let count = found.ranked.len();
    if count < FEWEST_RANKED {
        return Err(Undefined(
            format!("too few ranked trials: have {count}, need {FEWEST_RANKED}").into(),
        ));
    }
    let trial = |at: &u32| &found.trials[*at as usize];
    let objective = |at: &u32| trial(at).objective.as_ref().copied().unwrap_or_default();
    let winner = trial(&found.ranked[0]);
    let distance = |other: &Trial| {
        let squares = axes.iter().enumerate().fold(0.0, |sum, (axis, spec)| {
            // The difference of places first: two that are equally far stay so.
            let apart = winner.picks[axis].abs_diff(other.picks[axis]);
            let most = spec.values.len().saturating_sub(1).max(1);
            let d = f64::from(apart) / most as f64;
            sum + d * d
        });
        // Rounded, so that what is equally far by the numbers is so by the digits.
        round12(f64::sqrt(squares))
    };
    let distances: Vec<i64> = found.trials.iter().map(|trial| order_of(distance(trial))).collect();
    let mut near: Vec<u32> = found.ranked[1..].to_vec();
    sort_rows(&mut near, |at| distances[at as usize]);
    let neighbours = FEWEST_NEIGHBOURS.max(count.div_ceil(20));
    near.truncate(neighbours);
    let mut values: Vec<f64> = near.iter().map(objective).collect();
    sort_numbers(&mut values);
    let median = quantile(&values, 0.5);
    let is_lower = found.objective.is_some_and(|spec| spec.better == Better::Lower);
    let worse = found.ranked.iter().map(objective).filter(|&value| {
        let (value, median) = (round12(value), round12(median));
        if is_lower { value > median } else { value < median }
    });
    Ok(Plateau { score: worse.count() as f64 / count as f64, median, neighbours })
}

/// What to be wary of in the best trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Name in documents.
    pub code: String,
    /// Key of the parameter, where it is about one.
    pub param: Option<String>,
}

/// The alarms of the best trial. `window_ms` is the length of the window.
pub fn alarms(found: &Found, axes: &[Axis], window_ms: i64) -> Vec<Alarm> {
    let Some(winner) = found.winner() else { return Vec::new() };
    let mut alarms = Vec::new();
    for (axis, &pick) in axes.iter().zip(&winner.picks) {
        let last = axis.values.len().saturating_sub(1);
        let margin = 2 * last / 100;
        let pick = pick as usize;
        if last >= 2 && (pick <= margin || pick >= last - margin) {
            alarms.push(Alarm { code: "edge".to_owned(), param: Some(axis.spec.key.to_owned()) });
        }
    }
    let mut add = |code: &str| alarms.push(Alarm { code: code.to_owned(), param: None });
    if plateau(found, axes).is_ok_and(|plateau| plateau.score < LONE) {
        add("lone_spike");
    }
    let trades = winner.numbers().and_then(|numbers| numbers.metrics[0].as_ref().ok().copied());
    if trades.is_some_and(|trades| trades < FEW_TRADES) {
        add("few_trades");
    }
    if window_ms < TINY_DAYS * DAY_MS {
        add("tiny_window");
    }
    alarms
}

/// Chances that `trials` random ones hold one of the best 5, 1 and 0.1 % of the space: 1 − (1 − x)^N.
pub fn coverage(trials: usize) -> [f64; 3] {
    [0.05, 0.01, 0.001].map(|x| -libm::expm1(trials as f64 * libm::log1p(-x)))
}

/// What becomes of the trials that share a cell of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Over {
    /// The largest value.
    #[default]
    Max,
    /// The mean.
    Mean,
    /// The middle one.
    Median,
}

impl Over {
    /// Every one, in display order.
    pub const ALL: [Self; 3] = [Self::Max, Self::Mean, Self::Median];

    /// Name in documents and choices.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Mean => "mean",
            Self::Median => "median",
        }
    }
}

/// Most cells of a picture along one parameter.
pub const MOST_CELLS: usize = 24;

/// The cell of each value of an axis, at most [`MOST_CELLS`] of them.
pub fn cell_of(axis: &Axis, pick: u32) -> usize {
    let count = axis.values.len();
    if count <= MOST_CELLS { pick as usize } else { pick as usize * MOST_CELLS / count }
}

/// Cells of an axis.
pub fn cells_of(axis: &Axis) -> usize {
    axis.values.len().min(MOST_CELLS)
}

/// A metric over two parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    /// Cells along the first parameter, and along the second.
    pub size: (usize, usize),
    /// Row by row of the second parameter; `None` without a trial in which the metric is defined.
    pub values: Vec<Option<f64>>,
    /// Trials in each cell.
    pub counts: Vec<u32>,
    /// The best trial of each cell by its rank, or the first one.
    pub trials: Vec<Option<u32>>,
}

/// A metric by its place in [`METRICS`] over the cells of two axes.
pub fn surface(
    found: &Found,
    axes: &[Axis],
    (x, y): (usize, usize),
    metric: usize,
    over: Over,
) -> Surface {
    let size = (cells_of(&axes[x]), cells_of(&axes[y]));
    let cells = size.0 * size.1;
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); cells];
    let mut counts = vec![0; cells];
    let mut trials: Vec<Option<(u32, u32)>> = vec![None; cells];
    for trial in found.distinct() {
        let (column, row) = (cell_of(&axes[x], trial.picks[x]), cell_of(&axes[y], trial.picks[y]));
        let cell = row * size.0 + column;
        counts[cell] += 1;
        let rank = trial.rank.unwrap_or(u32::MAX);
        if trials[cell].is_none_or(|(best, _)| rank < best) {
            trials[cell] = Some((rank, trial.number));
        }
        if let Some(Ok(value)) = trial.numbers().map(|numbers| &numbers.metrics[metric]) {
            values[cell].push(*value);
        }
    }
    let reduce = |mut values: Vec<f64>| {
        if values.is_empty() {
            return None;
        }
        sort_numbers(&mut values);
        Some(match over {
            Over::Max => values[values.len() - 1],
            Over::Mean => mean(&values),
            Over::Median => quantile(&values, 0.5),
        })
    };
    Surface {
        size,
        values: values.into_iter().map(reduce).collect(),
        counts,
        trials: trials.into_iter().map(|best| best.map(|(_, number)| number)).collect(),
    }
}

/// Trials by the cells of one parameter: all that ran, and the best tenth of the ranked ones.
pub fn distribution(found: &Found, axes: &[Axis], axis: usize) -> (Vec<u32>, Vec<u32>) {
    let mut all = vec![0; cells_of(&axes[axis])];
    let mut best = all.clone();
    for trial in found.distinct() {
        all[cell_of(&axes[axis], trial.picks[axis])] += 1;
    }
    for &at in &found.ranked[..found.ranked.len().div_ceil(10)] {
        best[cell_of(&axes[axis], found.trials[at as usize].picks[axis])] += 1;
    }
    (all, best)
}

/// The value of a metric of a trial by its key.
pub fn metric_of(trial: &Trial, key: &str) -> Option<Measure> {
    let place = METRICS.iter().position(|spec| spec.key == key)?;
    Some(trial.numbers()?.metrics[place].clone())
}

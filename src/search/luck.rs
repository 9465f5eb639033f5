//! How good the best of so many worthless trials would look. METHOD-TRAINING §5.

use super::found::Found;
use crate::domain::{Measure, Undefined, pulse, sort_numbers};
use crate::engine::{Series, equity};
use crate::ledger::Counted;
use crate::metrics::stats::{
    is_constant, mean, quantile, signal_to_noise, student_isf, student_sf,
};
use crate::metrics::{Calendar, FEWEST_POINTS, GridUnit};
use crate::validate::{
    Overfitting, REPLICATES, automatic_block, blocks_for, deflated_sharpe, expected_max_normal,
    overfitting, resample, variance_of_trials,
};

/// Deflated Sharpe ratio from which on luck is not the better explanation.
pub const DEFLATED: f64 = 0.95;
/// Correlation from which on two trials count as one.
const SAME: f64 = 0.5;

/// Grid returns of the distinct trials of a search, oldest first.
#[derive(Clone, Debug)]
pub struct Columns<'a> {
    /// Of each trial, by number.
    pub returns: Vec<&'a [f64]>,
    /// Length of a cell.
    pub unit: GridUnit,
    /// Place of the best trial in [`Self::returns`].
    pub best: Option<usize>,
}

impl<'a> Columns<'a> {
    /// Those of a search.
    pub fn of(found: &'a Found, unit: GridUnit) -> Self {
        let winner = found.winner().map(|trial| trial.number);
        let mut columns = Self { returns: Vec::new(), unit, best: None };
        for trial in found.distinct() {
            let Some(numbers) = trial.numbers() else { continue };
            if Some(trial.number) == winner {
                columns.best = Some(columns.returns.len());
            }
            columns.returns.push(&numbers.returns);
        }
        columns
    }

    /// Cells.
    pub fn points(&self) -> usize {
        self.returns.first().map_or(0, |column| column.len())
    }

    /// Sharpe ratio of each per cell.
    pub fn sharpes(&self) -> Vec<Measure> {
        self.returns.iter().map(|column| sharpe_of(column)).collect()
    }
}

/// Sharpe ratio per cell of grid returns.
pub fn sharpe_of(returns: &[f64]) -> Measure {
    enough_points(returns.len()).and_then(|()| signal_to_noise(returns))
}

/// The deflated Sharpe ratio of the best trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Deflated {
    /// Trials that count.
    pub trials: usize,
    /// Sharpe ratio per cell that the best of as many worthless trials is expected to show.
    pub expected_max: Measure,
    /// Probability that the true Sharpe ratio of the best trial is above that.
    pub value: Measure,
}

/// A search against one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Superior {
    /// p of White's Reality Check: the best trial is no better than the benchmark.
    pub reality_check: Measure,
    /// p of Hansen's test for superior predictive ability: lower, consistent, upper.
    pub spa: [Measure; 3],
    /// Mean block length of the paths.
    pub block: f64,
    /// Trials that were compared.
    pub models: usize,
}

/// The Sharpe ratio of the best trial after a correction for the number of trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Haircut {
    /// Name in documents.
    pub name: &'static str,
    /// Adjusted p.
    pub p: Measure,
    /// Annual Sharpe ratio that would have this p by itself.
    pub sharpe: Measure,
    /// Share of the Sharpe ratio that is gone.
    pub haircut: Measure,
}

/// Every number of the grid needs so many cells.
fn enough_points(points: usize) -> Result<(), Undefined> {
    if points >= FEWEST_POINTS {
        return Ok(());
    }
    Err(Undefined(format!("too few grid points: have {points}, need {FEWEST_POINTS}").into()))
}

/// Trials that stand alone: by number, a trial joins the first leader that its returns correlate with, or leads. Those
/// without a deviation are one group.
pub fn effective_trials(columns: &[&[f64]]) -> usize {
    let mut leaders: Vec<Vec<f64>> = Vec::new();
    let mut still = 0;
    for column in columns {
        if is_constant(column) {
            still = 1;
            continue;
        }
        let centre = mean(column);
        let length = f64::sqrt(column.iter().fold(0.0, |s, r| s + (r - centre) * (r - centre)));
        let direction: Vec<f64> = column.iter().map(|r| (r - centre) / length).collect();
        pulse();
        if !leaders.iter().any(|leader| dot(leader, &direction) >= SAME) {
            leaders.push(direction);
        }
    }
    leaders.len() + still
}

/// Four sums side by side, in an order of their own that is the same everywhere.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0_f64; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest = a4.remainder().iter().zip(b4.remainder()).fold(0.0, |s, (a, b)| s + a * b);
    for (a, b) in a4.zip(b4) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// Deflates the Sharpe ratio of the best trial by so many trials, whose Sharpe ratios per cell vary by `variance`.
pub fn deflated(best: &[f64], trials: usize, variance: &Measure) -> Deflated {
    let sharpe = sharpe_of(best);
    let both = |variance: &f64| f64::sqrt(*variance) * expected_max_normal(trials);
    Deflated {
        trials,
        expected_max: variance.as_ref().map(both).map_err(Clone::clone),
        value: variance
            .clone()
            .and_then(|variance| deflated_sharpe(best, sharpe?, trials, variance)),
    }
}

/// Variance of the Sharpe ratios that are defined.
pub fn variance_of(sharpes: &[Measure]) -> Measure {
    let defined: Vec<f64> = sharpes.iter().filter_map(|s| s.as_ref().ok().copied()).collect();
    variance_of_trials(&defined)
}

/// Bonferroni, Holm, and Benjamini, Hochberg and Yekutieli, of the trial at `best` among all of them.
///
/// Harvey, C. R. and Liu, Y. (2015), "Backtesting", Journal of Portfolio Management 42(1). A trial without a Sharpe ratio
/// counts with p = 1.
pub fn haircuts(columns: &Columns<'_>, best: usize) -> [Haircut; 3] {
    const NAMES: [&str; 3] = ["bonferroni", "holm", "bhy"];
    let points = columns.points();
    let sharpes = columns.sharpes();
    let freedom = points as f64 - 1.0;
    // t = annual Sharpe · √years = Sharpe per cell · √cells.
    let root = f64::sqrt(points as f64);
    let p_of =
        |sharpe: &Measure| sharpe.as_ref().map_or(1.0, |sharpe| student_sf(sharpe * root, freedom));
    let own = match &sharpes[best] {
        Ok(sharpe) if *sharpe > 0.0 => *sharpe,
        other => {
            let reason = match other {
                Err(reason) => reason.clone(),
                Ok(_) => Undefined::because("the Sharpe ratio is not above 0"),
            };
            return NAMES.map(|name| Haircut {
                name,
                p: Err(reason.clone()),
                sharpe: Err(reason.clone()),
                haircut: Err(reason.clone()),
            });
        }
    };
    let p = p_of(&sharpes[best]);
    let mut sorted: Vec<f64> = sharpes.iter().map(p_of).collect();
    sort_numbers(&mut sorted);
    let m = sorted.len() as f64;
    let place = sorted.iter().position(|other| *other == p).unwrap_or(0);
    let holm = (0..=place).map(|i| (m - i as f64) * sorted[i]).fold(0.0, f64::max);
    let harmonic = (1..=sorted.len()).fold(0.0, |sum, i| sum + 1.0 / i as f64);
    let bhy = (place..sorted.len())
        .map(|i| m * harmonic / (i + 1) as f64 * sorted[i])
        .fold(f64::INFINITY, f64::min);
    let years = f64::sqrt(columns.unit.periods_per_year());
    let adjusted = [m * p, holm, bhy].map(|p| p.min(1.0));
    let mut at = 0;
    NAMES.map(|name| {
        let p = adjusted[at];
        at += 1;
        let left = if p >= 0.5 { 0.0 } else { student_isf(p, freedom) / root };
        // A p below the smallest number takes nothing off.
        let left = left.max(0.0).min(own);
        Haircut { name, p: Ok(p), sharpe: Ok(left * years), haircut: Ok(1.0 - left / own) }
    })
}

/// Reality Check and SPA of all trials against one benchmark, replicate by replicate.
///
/// White, H. (2000), "A reality check for data snooping", Econometrica 68; Hansen, P. R. (2005), "A test for superior
/// predictive ability", JBES 23.
#[derive(Debug)]
pub struct SuperiorTest {
    /// Returns above the benchmark by cell, trials side by side.
    by_cell: Vec<f64>,
    models: usize,
    points: usize,
    block: f64,
    means: Vec<f64>,
    omegas: Vec<f64>,
    /// V of the Reality Check and the statistic of SPA.
    observed: (f64, f64),
    counts: [usize; 4],
    done: usize,
    seed: u64,
    refused: Option<Undefined>,
}

/// Replicates that are drawn side by side, so that the returns are read once for all of them.
const AT_ONCE: usize = 8;

impl SuperiorTest {
    /// Prepares the test; `benchmark` has a return for each cell.
    pub fn new(columns: &[&[f64]], benchmark: &[f64], seed: u64) -> Self {
        let points = benchmark.len();
        let mut test = Self {
            by_cell: Vec::new(),
            models: 0,
            points,
            block: 1.0,
            means: Vec::new(),
            omegas: Vec::new(),
            observed: (0.0, 0.0),
            counts: [0; 4],
            done: 0,
            seed,
            refused: None,
        };
        if let Err(reason) = enough_points(points) {
            test.refused = Some(reason);
            return test;
        }
        let mut above: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
        for column in columns {
            let d: Vec<f64> = column.iter().zip(benchmark).map(|(r, b)| r - b).collect();
            if !is_constant(&d) {
                above.push(d);
            }
        }
        if above.is_empty() {
            test.refused = Some(Undefined::because("no trial differs from the benchmark"));
            return test;
        }
        let mut blocks: Vec<f64> = above
            .iter()
            .map(|d| {
                pulse();
                automatic_block(d)
            })
            .collect();
        sort_numbers(&mut blocks);
        test.block = (quantile(&blocks, 0.5) * 1e6).round() / 1e6;
        test.models = above.len();
        let root = f64::sqrt(points as f64);
        for d in &above {
            pulse();
            test.means.push(mean(d));
            test.omegas.push(long_run_deviation(d, test.block));
        }
        test.observed = (f64::NEG_INFINITY, 0.0);
        for (mean, omega) in test.means.iter().zip(&test.omegas) {
            test.observed.0 = test.observed.0.max(root * mean);
            if *omega > 0.0 {
                test.observed.1 = test.observed.1.max(root * mean / omega);
            }
        }
        test.by_cell.reserve(points * test.models);
        for t in 0..points {
            test.by_cell.extend(above.iter().map(|d| d[t]));
        }
        test
    }

    /// All replicates are drawn.
    pub const fn is_done(&self) -> bool {
        self.refused.is_some() || self.done >= REPLICATES
    }

    /// Share of the replicates that is drawn.
    pub fn share(&self) -> f64 {
        if self.is_done() { 1.0 } else { self.done as f64 / REPLICATES as f64 }
    }

    /// Draws up to so many more replicates.
    pub fn draw(&mut self, replicates: usize) {
        let end = REPLICATES.min(self.done.saturating_add(replicates));
        let counts = self.drawn(self.done..end);
        self.take(counts, end - self.done);
    }

    /// Replicates that are not drawn yet.
    pub const fn missing(&self) -> std::ops::Range<usize> {
        if self.is_done() { 0..0 } else { self.done..REPLICATES }
    }

    /// Counts of replicates that were drawn elsewhere, and how many those were.
    pub fn take(&mut self, counts: [usize; 4], replicates: usize) {
        for (count, more) in self.counts.iter_mut().zip(counts) {
            *count += more;
        }
        self.done += replicates;
    }

    /// How many of some replicates reach what was observed: the Reality Check, and the lower, consistent and upper SPA. Each
    /// replicate has its own stream, so it does not matter who draws it.
    pub fn drawn(&self, replicates: std::ops::Range<usize>) -> [usize; 4] {
        let mut counts = [0; 4];
        if self.refused.is_some() {
            return counts;
        }
        let root = f64::sqrt(self.points as f64);
        let threshold = f64::sqrt(2.0 * libm::log(libm::log(self.points as f64)));
        let centres: Vec<[f64; 3]> = self
            .means
            .iter()
            .zip(&self.omegas)
            .map(|(&mean, &omega)| {
                let consistent = if root * mean >= -omega * threshold { mean } else { 0.0 };
                [mean.max(0.0), consistent, mean]
            })
            .collect();
        let mut path = Vec::with_capacity(self.points);
        let mut weights = vec![[0.0_f64; AT_ONCE]; self.points];
        let mut sums = vec![0.0_f64; self.models * AT_ONCE];
        let mut next = replicates.start;
        while next < replicates.end {
            pulse();
            let some = AT_ONCE.min(replicates.end - next);
            weights.fill([0.0; AT_ONCE]);
            for (lane, replicate) in (next..next + some).enumerate() {
                resample(self.seed, "spa", replicate, self.points, self.block, &mut path);
                for &t in &path {
                    weights[t][lane] += 1.0;
                }
            }
            sums.fill(0.0);
            for (row, weights) in self.by_cell.chunks_exact(self.models).zip(&weights) {
                for (lane, weight) in
                    weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0)
                {
                    let sums = &mut sums[lane * self.models..][..self.models];
                    for (sum, value) in sums.iter_mut().zip(row) {
                        *sum += weight * value;
                    }
                }
            }
            for sums in sums.chunks_exact(self.models).take(some) {
                let (mut check, mut spa) = (f64::NEG_INFINITY, [0.0_f64; 3]);
                for (model, sum) in sums.iter().enumerate() {
                    let drawn = sum / self.points as f64;
                    check = check.max(root * (drawn - self.means[model]));
                    if self.omegas[model] <= 0.0 {
                        continue;
                    }
                    for (best, centre) in spa.iter_mut().zip(centres[model]) {
                        *best = best.max(root * (drawn - centre) / self.omegas[model]);
                    }
                }
                counts[0] += usize::from(check >= self.observed.0);
                for (count, drawn) in counts[1..].iter_mut().zip(spa) {
                    *count += usize::from(drawn >= self.observed.1);
                }
            }
            next += some;
        }
        counts
    }

    /// What was found, once all replicates are drawn.
    pub fn result(&self) -> Superior {
        let p = |at: usize| match &self.refused {
            Some(reason) => Err(reason.clone()),
            None => Ok((self.counts[at] + 1) as f64 / (self.done + 1) as f64),
        };
        Superior {
            reality_check: p(0),
            spa: [p(1), p(2), p(3)],
            block: self.block,
            models: self.models,
        }
    }
}

/// ω: the square root of γ₀ + 2Σκᵢγᵢ, κᵢ the weights of the stationary bootstrap with mean block length `block`.
fn long_run_deviation(d: &[f64], block: f64) -> f64 {
    let n = d.len();
    let centre = mean(d);
    let eps: Vec<f64> = d.iter().map(|d| d - centre).collect();
    let stay = 1.0 - 1.0 / block;
    let count = n as f64;
    let mut variance = dot(&eps, &eps) / count;
    // (1−q)^i, and (1−q)^(T−i) from the other end.
    let mut power = vec![1.0; n + 1];
    for i in 1..=n {
        power[i] = power[i - 1] * stay;
    }
    for i in 1..n {
        let share = i as f64 / count;
        let weight = (1.0 - share) * power[i] + share * power[n - i];
        // Beyond this no lag reaches the last digit.
        if weight > 1e-18 {
            variance += 2.0 * weight * (dot(&eps[..n - i], &eps[i..]) / count);
        }
    }
    f64::sqrt(variance)
}

/// All that is told of the luck of a search.
#[derive(Clone, Debug)]
pub struct Luck {
    /// Probability of backtest overfitting.
    pub overfitting: Result<Overfitting, Undefined>,
    /// Trials in it.
    pub trials: usize,
    /// Cells of a trial.
    pub points: usize,
    /// With all trials, of the ledger where one was asked, and with those that stand alone.
    pub deflated: [Deflated; 2],
    /// The ledger that was asked.
    pub ledger: Option<Counted>,
    /// Corrections for the number of trials.
    pub haircuts: [Haircut; 3],
    /// Annual Sharpe ratio of the best trial.
    pub sharpe: Measure,
    /// Against holding nothing, and against holding the market.
    pub superior: [Superior; 2],
}

/// What else the judgement of a search rests on.
#[derive(Clone, Debug)]
pub struct Circumstances<'a> {
    /// Returns of the market by cell.
    pub held: &'a [f64],
    /// Seed of the replicates.
    pub seed: u64,
}

impl Luck {
    /// Judges a search; `None` without a best trial.
    pub fn of(columns: &Columns<'_>, about: &Circumstances<'_>) -> Option<Self> {
        let mut tests = Self::tests(columns, about);
        for test in &mut tests {
            test.draw(REPLICATES);
        }
        Self::with(columns, &tests)
    }

    /// The tests that draw replicates, none of which is drawn yet: against nothing, and against holding the market.
    pub fn tests(columns: &Columns<'_>, about: &Circumstances<'_>) -> [SuperiorTest; 2] {
        let flat = vec![0.0; about.held.len()];
        [flat.as_slice(), about.held]
            .map(|benchmark| SuperiorTest::new(&columns.returns, benchmark, about.seed))
    }

    /// Counts what a ledger knows beside the trials of the search: N is all of its configurations, the variance is over those
    /// of the window. `best` are the returns of the best trial.
    pub fn count(&mut self, counted: &Counted, best: &[f64]) {
        // A ledger that knows no others says what the search says, to the last digit.
        if counted.configurations as usize <= self.trials {
            return;
        }
        for found in &mut self.deflated {
            let trials = found.trials;
            *found = deflated(best, trials, &counted.variance);
        }
        self.deflated[0] = deflated(best, counted.configurations as usize, &counted.variance);
        self.ledger = Some(counted.clone());
    }

    /// The judgement with tests whose replicates are drawn.
    pub fn with(columns: &Columns<'_>, tests: &[SuperiorTest; 2]) -> Option<Self> {
        let best = columns.best?;
        let own = columns.returns[best];
        let sharpes = columns.sharpes();
        let variance = variance_of(&sharpes);
        let counts = [columns.returns.len(), effective_trials(&columns.returns)];
        let blocks = blocks_for(columns.points());
        let annual = f64::sqrt(columns.unit.periods_per_year());
        Some(Self {
            overfitting: if columns.returns.iter().all(|column| is_constant(column)) {
                Err(Undefined::because("no trial moves"))
            } else {
                blocks.and_then(|blocks| overfitting(&columns.returns, blocks))
            },
            trials: columns.returns.len(),
            points: columns.points(),
            deflated: counts.map(|count| deflated(own, count, &variance)),
            ledger: None,
            haircuts: haircuts(columns, best),
            sharpe: sharpes[best].as_ref().map(|sharpe| sharpe * annual).map_err(Clone::clone),
            superior: [tests[0].result(), tests[1].result()],
        })
    }
}

/// Returns of the market by cell: the close of the last usable row of each, carried forward, against the one before; the
/// first against the first usable open of the window. Without costs.
pub fn held_returns(series: &Series, first_row: u32, calendar: &Calendar) -> Vec<f64> {
    let held = equity::hold(series, first_row, 1.0);
    let at = |&end: &u32| held.get((end as usize).wrapping_sub(1)).copied().unwrap_or(1.0);
    calendar.grid(calendar.ends.iter().map(at).collect(), 1.0).returns
}

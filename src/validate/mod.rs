//! Is the result distinguishable from luck? METHOD §8, "Validation". Sound numbers beside the source's own.

mod bootstrap;
pub mod causality;
pub mod criteria;
mod entries;
mod kelly;
mod pbo;
mod rosetta;
mod sharpe;

pub(crate) use bootstrap::resample;
pub use bootstrap::{Bootstrap, Interval, REPLICATES, automatic_block, bootstrap};
pub use entries::{ENTRY_REPLICATES, NullOf, RandomEntries, random_entries};
pub use kelly::optimal_fraction;
pub use pbo::{Overfitting, blocks_for, overfitting};
pub use rosetta::{ROSETTA, RosettaSpec, Tool, rosetta};
pub use sharpe::{
    deflated_sharpe, expected_max_normal, min_track_record, probabilistic_sharpe,
    variance_of_trials,
};

use crate::domain::{Measure, Trade, Undefined};
use crate::format::{fixed, p_value, percent};
use crate::metrics::stats::{deviation, is_constant, mean, student_sf};
use crate::metrics::{Basis, MetricInput};
use kelly::Kelly;
use serde::{Deserialize, Serialize};

/// Trades below which no test is made.
pub const FEWEST_TRADES: usize = 10;
/// Trades below which no bet size is given.
pub const FEWEST_FOR_KELLY: usize = 30;

/// The numbers of the section `validation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Every number with its key, in the order of documents.
    pub values: Vec<(String, Measure)>,
}

impl Validation {
    /// A number by key.
    pub fn get(&self, key: &str) -> Option<&Measure> {
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// What a validation number is.
#[derive(Clone, Copy, Debug)]
pub struct ValidationSpec {
    /// Machine name.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// What it is counted over.
    pub basis: Basis,
    /// Formula and reference.
    pub formula: &'static str,
}

impl ValidationSpec {
    /// The number as people read it; `period` is a step of the grid.
    pub fn show(&self, value: f64, period: &str) -> String {
        match self.key {
            "p_one_sided" | "p_two_sided" | "source_p_value" => p_value(value),
            "psr" | "positive_thirds" => percent(value, 1),
            "min_trl_periods" => format!("{} {period}s", fixed(value, 0)),
            _ => fixed(value, 3),
        }
    }

    /// A row of the table by its key.
    pub fn of(key: &str) -> Option<&'static Self> {
        VALIDATION.iter().find(|spec| spec.key == key)
    }
}

const fn row(key: &'static str, label: &'static str, formula: &'static str) -> ValidationSpec {
    ValidationSpec { key, label, basis: Basis::Trade, formula }
}

const fn of_grid(spec: ValidationSpec) -> ValidationSpec {
    ValidationSpec { basis: Basis::Grid, ..spec }
}

/// Every validation number, in the order of documents.
pub const VALIDATION: &[ValidationSpec] = &[
    row("t", "t statistic", "mean(x)/(sd(x)/√n), x = net / notional of each trade"),
    row(
        "p_one_sided",
        "p, one-sided",
        "P(T > t), n − 1 degrees of freedom: the claim is that x is above 0",
    ),
    row("p_two_sided", "p, two-sided", "2·P(T > |t|)"),
    row(
        "source_p_value",
        "p of the original method",
        "two-sided one-sample t-test against 0: a significant loss passes it too",
    ),
    row("source_z", "z of the original method", "mean(x)/(population sd + 1e-10): lacks √n"),
    row(
        "source_stability",
        "Stability of the original method",
        "1 − population sd of the mean x of three thirds, clamped to 0…1: depends on the unit of x",
    ),
    row(
        "positive_thirds",
        "Positive thirds",
        "share of the three thirds of the trades whose mean x is above 0",
    ),
    of_grid(row(
        "r2_log_equity",
        "R² of log equity",
        "squared correlation of log grid equity with time",
    )),
    of_grid(row(
        "psr",
        "PSR",
        "P(true Sharpe > 0) with skewness and raw kurtosis (Bailey and López de Prado 2012)",
    )),
    of_grid(row(
        "min_trl_periods",
        "Minimum track record",
        "grid periods needed for PSR = 95 % (Bailey and López de Prado 2012)",
    )),
    row("kelly", "Kelly", "argmax over f ≥ 0 of Σ ln(1 + f·x), notional / equity"),
    row("kelly_half", "Half Kelly", "kelly / 2"),
    row("kelly_quarter", "Quarter Kelly", "kelly / 4"),
    row("kelly_binary", "Kelly, binary", "w − (1 − w)/payoff, payoff in x"),
    row("kelly_continuous", "Kelly, continuous", "mean(x)/variance(x), ddof 1"),
];

/// Computes every validation number of a run.
pub fn validate(input: &MetricInput<'_>) -> Validation {
    let x = &input.x;
    let thirds = thirds(x);
    let t = student_t(x);
    let freedom = x.len() as f64 - 1.0;
    let two_sided = |t: &Measure| t.clone().map(|t| 2.0 * student_sf(t.abs(), freedom));
    let kelly = Kelly::of(x, input);
    let measures = VALIDATION.iter().map(|spec| match spec.key {
        "t" => t.clone(),
        "p_one_sided" => t.clone().map(|t| student_sf(t, freedom)),
        "p_two_sided" | "source_p_value" => two_sided(&t),
        "source_z" => enough(x).map(|()| mean(x) / (deviation(x, 0) + 1e-10)),
        "source_stability" => {
            thirds.clone().map(|thirds| (1.0 - deviation(&thirds, 0)).clamp(0.0, 1.0))
        }
        "positive_thirds" => thirds.clone().map(|thirds| {
            thirds.iter().filter(|&&mean| mean > 0.0).count() as f64 / thirds.len() as f64
        }),
        "r2_log_equity" => enough(x).and_then(|()| r2_log_equity(&input.grid.equity)),
        "psr" => input
            .grid
            .sharpe_per_period()
            .and_then(|sharpe| probabilistic_sharpe(&input.grid.returns, sharpe, 0.0)),
        "min_trl_periods" => input
            .grid
            .sharpe_per_period()
            .and_then(|sharpe| min_track_record(&input.grid.returns, sharpe, 0.0)),
        "kelly" => kelly.optimal.clone(),
        "kelly_half" => kelly.optimal.clone().map(|f| f / 2.0),
        "kelly_quarter" => kelly.optimal.clone().map(|f| f / 4.0),
        "kelly_binary" => kelly.binary.clone(),
        _ => kelly.continuous.clone(),
    });
    let measures = measures.map(|value| value.and_then(Undefined::unless_finite));
    Validation { values: VALIDATION.iter().map(|spec| spec.key.to_owned()).zip(measures).collect() }
}

fn enough(x: &[f64]) -> Result<(), Undefined> {
    if x.len() < FEWEST_TRADES {
        return Err(Undefined::too_few(x.len(), FEWEST_TRADES));
    }
    Ok(())
}

fn student_t(x: &[f64]) -> Measure {
    enough(x)?;
    if is_constant(x) {
        return Err(Undefined::zero_deviation());
    }
    Ok(mean(x) / (deviation(x, 1) / f64::sqrt(x.len() as f64)))
}

/// Means of the first, second and third n//3 trades; the third window runs to the end.
fn thirds(x: &[f64]) -> Result<[f64; 3], Undefined> {
    enough(x)?;
    let third = x.len() / 3;
    Ok([mean(&x[..third]), mean(&x[third..2 * third]), mean(&x[2 * third..])])
}

fn r2_log_equity(equity: &[f64]) -> Measure {
    if equity.len() < 3 {
        return Err(Undefined::too_few(equity.len(), 3));
    }
    if equity.iter().any(|&value| value <= 0.0) {
        return Err(Undefined::because("equity fell to zero or below"));
    }
    let logs: Vec<f64> = equity.iter().map(|&value| libm::log(value)).collect();
    r_squared(&logs)
}

/// Squared correlation of values with their position.
fn r_squared(logs: &[f64]) -> Measure {
    if is_constant(logs) {
        return Err(Undefined::zero_deviation());
    }
    let middle = (logs.len() - 1) as f64 / 2.0;
    let level = mean(logs);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (i, log) in logs.iter().enumerate() {
        let (dx, dy) = (i as f64 - middle, log - level);
        xy += dx * dy;
        xx += dx * dx;
        yy += dy * dy;
    }
    Ok(xy * xy / (xx * yy))
}

/// The one sentence that sums up a run.
pub fn sentence(input: &MetricInput<'_>, validation: &Validation) -> String {
    let n = input.trades.len();
    if n < FEWEST_TRADES {
        return format!(
            "Too few trades to say anything: {n}, and a test needs at least {FEWEST_TRADES}."
        );
    }
    // How often a strategy whose average trade is 0 does as well, or as badly.
    let share = |p: f64| match p * 100.0 {
        percent if percent < 0.1 => "less than 0.1 %".to_owned(),
        percent if percent < 10.0 => format!("{percent:.1} %"),
        percent => format!("{percent:.0} %"),
    };
    let net: f64 = input.trades.iter().map(|trade: &Trade| trade.net).sum();
    match validation.get("p_one_sided") {
        Some(Ok(p)) if *p < 0.05 && net > 0.0 => format!(
            "The average trade is above zero: of strategies whose average trade is 0, {} do as well in {n} trades. That does not \
             count how many settings were tried.",
            share(*p)
        ),
        Some(Ok(p)) if *p > 0.95 => format!(
            "The strategy loses money after costs, and bad luck does not explain it: of strategies whose average trade is 0, {} \
             do as badly in {n} trades.",
            share(1.0 - p)
        ),
        Some(Ok(p)) if net < 0.0 => format!(
            "The strategy lost money. Bad luck alone cannot be ruled out: of strategies whose average trade is 0, {} do as badly \
             in {n} trades.",
            share(1.0 - p)
        ),
        Some(Ok(p)) => format!(
            "Not distinguishable from luck: of strategies whose average trade is 0, {} do at least as well in {n} trades.",
            share(*p)
        ),
        _ => "All trades have the same result, so nothing can be tested.".to_owned(),
    }
}

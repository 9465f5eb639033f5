//! Cleaning as a choice: one strategy under every defensible cleaning of one file, and how far the results lie apart.
//! METHOD-DATA §4.

use crate::backtest::Stages;
use crate::domain::{Measure, Trade, Undefined, sort_numbers};
use crate::engine::{Path, Series, equity};
use crate::metrics::stats::{deviation, mean, quantile, ratio, student_quantile};
use crate::metrics::{self, GridUnit, METRICS, MetricInput};
use crate::quality::clean::{FEWEST_ROWS, insufficient, series_under};
use crate::quality::{Cleaning, Market, Policy};
use crate::strategy::{Params, Preset};
use std::sync::Arc;

/// Metrics that are compared; those of trades need [`FEWEST_TRADES`].
pub const COMPARED: [&str; 7] = [
    "trades",
    "expectancy_r",
    "win_rate",
    "profit_factor",
    "total_return",
    "max_drawdown",
    "sharpe",
];
/// Those of [`COMPARED`] that are means over trades.
const MEANS: [&str; 3] = ["expectancy_r", "win_rate", "profit_factor"];
/// Fewest trades of a mean that is compared.
pub const FEWEST_TRADES: usize = 10;
/// Fewest universes of a spread.
const FEWEST_UNIVERSES: usize = 5;
/// Fewest trades of mask's for a fragility.
const FEWEST_FOR_FRAGILITY: usize = 30;
/// Fragility below which a result is robust, and up to which it is sensitive.
const ROBUST: f64 = 0.25;
const SENSITIVE: f64 = 1.0;
/// Name of the parameters as they are, beside the presets.
pub const CURRENT: &str = "current";

/// A way to clean.
#[derive(Clone, Copy, Debug)]
pub struct UniverseSpec {
    /// Name in documents.
    pub name: &'static str,
    /// It may be chosen; the others are there for contrast.
    pub is_sound: bool,
    policy: Policy,
    /// Set aside beside what the policy does.
    spikes: bool,
    single_prints: bool,
    max_gap_bars: Option<u32>,
    min_volume_percentile: Option<f64>,
    threshold: Option<f64>,
}

const fn universe(name: &'static str, policy: Policy) -> UniverseSpec {
    UniverseSpec {
        name,
        is_sound: policy.is_sound(),
        policy,
        spikes: false,
        single_prints: false,
        max_gap_bars: None,
        min_volume_percentile: None,
        threshold: None,
    }
}

const fn segment(name: &'static str, slots: u32) -> UniverseSpec {
    UniverseSpec { max_gap_bars: Some(slots), ..universe(name, Policy::Segment) }
}

/// Every universe, the sound ones first; `mask` is the one that the others are held against.
pub const UNIVERSES: [UniverseSpec; 14] = [
    universe("mask", Policy::Mask),
    UniverseSpec { spikes: true, ..universe("mask_spikes", Policy::Mask) },
    UniverseSpec { single_prints: true, ..universe("mask_flat", Policy::Mask) },
    universe("drop", Policy::Drop),
    UniverseSpec { spikes: true, ..universe("drop_spikes", Policy::Drop) },
    segment("segment_2", 2),
    segment("segment_5", 5),
    segment("segment_20", 20),
    universe("source_score", Policy::SourceScore),
    UniverseSpec {
        min_volume_percentile: Some(5.0),
        ..universe("source_score_p5", Policy::SourceScore)
    },
    UniverseSpec { threshold: Some(1.0), ..universe("source_score_strict", Policy::SourceScore) },
    universe("source_filter", Policy::SourceFilter),
    universe("source_fill", Policy::SourceFill),
    universe("raw", Policy::Raw),
];

impl UniverseSpec {
    /// The policy with its parameters.
    pub fn cleaning(&self) -> Cleaning {
        let plain = Cleaning::with_policy(self.policy);
        Cleaning {
            remove_spikes: self.spikes,
            max_gap_bars: self.max_gap_bars.unwrap_or(plain.max_gap_bars),
            min_volume_percentile: self
                .min_volume_percentile
                .unwrap_or(plain.min_volume_percentile),
            threshold: self.threshold.unwrap_or(plain.threshold),
            ..plain
        }
    }

    /// What the cleaning goes by in a ledger: the policy, or a name of its own where it does more than one can do.
    pub const fn policy_name(&self) -> &'static str {
        if self.single_prints { self.name } else { self.policy.name() }
    }

    /// The rows of the file that are used here.
    pub fn series(&self, market: &Market) -> Arc<Series> {
        series_under(market, &self.cleaning(), self.single_prints)
    }
}

/// What a strategy makes in a universe.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Values of [`COMPARED`].
    pub metrics: [Measure; COMPARED.len()],
    /// Net results of the trades, R.
    pub net_r: Vec<f64>,
    /// Mean R of each preset and of the parameters as they are, in the order of [`Multiverse::sets`]; in universes for
    /// contrast of the latter only.
    pub mean_r: Vec<Measure>,
    /// Open times of the first row that may hold an entry and of the last one, ms.
    pub ends_ms: (i64, i64),
    /// Sharpe ratio per cell, where it is defined.
    pub sharpe: Option<f64>,
    /// Length of a cell.
    pub unit: GridUnit,
    trades: Vec<Trade>,
    /// Entry and exit of each trade, ms.
    times_ms: Vec<(i64, i64)>,
}

/// One universe.
#[derive(Clone, Debug)]
pub struct Universe {
    /// Which.
    pub spec: &'static UniverseSpec,
    /// Rows that it uses of the whole file.
    pub usable_rows: usize,
    /// What the strategy makes of them, or why it was not run.
    pub outcome: Result<Outcome, String>,
    /// The first universe with the same trades, to the bit.
    pub same_as: Option<&'static str>,
    /// Key of the rows that were run, where they were.
    print: Option<[u64; 2]>,
}

/// How far a metric lies apart over the sound universes.
#[derive(Clone, Debug)]
pub struct Spread {
    /// Lowest value, and the first universe that has it.
    pub low: (f64, &'static str),
    /// Median, type 7.
    pub median: f64,
    /// Highest value, and the first universe that has it.
    pub high: (f64, &'static str),
    /// Universes in which the metric is defined.
    pub defined: usize,
}

/// Whether the choice of a cleaning decides the result.
#[derive(Clone, Debug)]
pub struct Fragility {
    /// (Highest − lowest mean R of the sound universes) / the width of mask's 95 % interval of its mean R.
    pub value: Measure,
    /// Half of that width, R.
    pub half_width_r: Measure,
    /// Some sound universes win and some lose.
    pub sign_flips: bool,
}

impl Fragility {
    /// `robust`, `sensitive` or `decided_by_cleaning`.
    pub fn verdict(&self) -> Option<&'static str> {
        let value = self.value.as_ref().ok()?;
        Some(match *value {
            value if value < ROBUST => "robust",
            value if value <= SENSITIVE => "sensitive",
            _ => "decided_by_cleaning",
        })
    }
}

/// All universes of a file.
#[derive(Clone, Debug)]
pub struct Multiverse {
    /// Time of the first row that may hold an entry, in every universe, ms.
    pub first_ms: i64,
    /// The universes, in the order of [`UNIVERSES`].
    pub universes: Vec<Universe>,
    /// Names of the presets, and [`CURRENT`].
    pub sets: Vec<&'static str>,
}

/// Runs one universe: entries from `first_ms` on, no row from `end_ms` on. Where one of those `before` it ran the same rows
/// by the same parameters and span, its outcome is taken: on a file with few defects most cleanings leave the same rows.
pub fn run(
    market: &Market,
    spec: &'static UniverseSpec,
    params: &Params,
    (first_ms, end_ms): (i64, Option<i64>),
    before: &[Universe],
) -> Universe {
    let series = spec.series(market);
    let usable_rows = series.len();
    let of_source =
        matches!(spec.policy, Policy::SourceScore | Policy::SourceFilter | Policy::SourceFill);
    let refused = |reason: String| Universe {
        spec,
        usable_rows,
        outcome: Err(reason),
        same_as: None,
        print: None,
    };
    if of_source && !market.has_volume {
        return refused("not applicable: no volume".to_owned());
    }
    if usable_rows < FEWEST_ROWS {
        return refused(insufficient(usable_rows));
    }
    let series = match end_ms {
        Some(end) => Arc::new(series.before(end)),
        None => series,
    };
    let print = Some(series.print());
    // One for contrast knows no presets.
    let knows_enough = |other: &&Universe| other.spec.is_sound || !spec.is_sound;
    let same = before.iter().filter(knows_enough).find(|other| other.print == print);
    if let Some(Ok(outcome)) = same.map(|same| &same.outcome) {
        let mut outcome = outcome.clone();
        if !spec.is_sound {
            outcome.mean_r.drain(..outcome.mean_r.len() - 1);
        }
        return Universe { spec, usable_rows, outcome: Ok(outcome), same_as: None, print };
    }
    let mut stages = Stages::new(series);
    let first_row = stages.series().row_at(first_ms);
    let backtest = stages.run(params, first_row, Path::Pessimistic);
    let current = mean_of(&backtest.trades);
    // Universes for contrast rank nothing.
    let presets = if spec.is_sound { params.strategy().presets } else { &[] };
    let mut mean_r: Vec<Measure> = presets
        .iter()
        .map(|preset: &Preset| {
            let preset = Params::preset(params.id(), preset);
            if preset == *params {
                return current.clone();
            }
            mean_of(&stages.run(&preset, first_row, Path::Pessimistic).trades)
        })
        .collect();
    mean_r.push(current);
    let series = stages.series();
    let engine = &params.engine;
    let marked =
        equity::series(series, &backtest.trades, engine.fee, engine.starting_equity, first_row);
    let input = MetricInput::new(series, engine, &backtest, &marked);
    let all = metrics::evaluate(&input);
    let metric = |key: &str| {
        let at = METRICS.iter().position(|spec| spec.key == key);
        at.map_or_else(|| Err(Undefined::because("no such metric")), |at| all[at].clone())
    };
    let time = |row: u32| series.clock_time_ms[row as usize];
    let outcome = Outcome {
        metrics: COMPARED.map(metric),
        net_r: backtest.trades.iter().map(Trade::net_r).collect(),
        mean_r,
        ends_ms: series.ends_ms(first_row),
        sharpe: input.grid.sharpe_per_period().ok(),
        unit: input.grid.unit,
        times_ms: backtest.trades.iter().map(|t| (time(t.entry_row), time(t.exit_row))).collect(),
        trades: backtest.trades,
    };
    Universe { spec, usable_rows, outcome: Ok(outcome), same_as: None, print }
}

/// Mean R, from ten trades on.
fn mean_of(trades: &[Trade]) -> Measure {
    if trades.len() < FEWEST_TRADES {
        return Err(Undefined::because("fewer than 10 trades"));
    }
    Ok(mean(&trades.iter().map(Trade::net_r).collect::<Vec<_>>()))
}

impl Outcome {
    /// The same trades, to the bit, whatever the size of the account in between makes of their net.
    fn same_trades(&self, other: &Self) -> bool {
        let told =
            |t: &Trade| (t.side, [t.entry_price, t.exit_price, t.quantity].map(f64::to_bits));
        self.times_ms == other.times_ms
            && self.trades.iter().map(told).eq(other.trades.iter().map(told))
    }
}

impl Multiverse {
    /// The universes of a file, run one after the other.
    pub fn of(market: &Market, params: &Params, (first_ms, end_ms): (i64, Option<i64>)) -> Self {
        let mut universes = Vec::new();
        for spec in &UNIVERSES {
            let next = run(market, spec, params, (first_ms, end_ms), &universes);
            universes.push(next);
        }
        Self::new(params, first_ms, universes)
    }

    /// Puts universes together that were run, in whatever place.
    pub fn new(params: &Params, first_ms: i64, mut universes: Vec<Universe>) -> Self {
        for at in 1..universes.len() {
            let (before, rest) = universes.split_at_mut(at);
            let Ok(own) = &rest[0].outcome else { continue };
            let same = before
                .iter()
                .find(|other| other.outcome.as_ref().is_ok_and(|outcome| own.same_trades(outcome)));
            rest[0].same_as = same.map(|other| other.same_as.unwrap_or(other.spec.name));
        }
        let mut sets: Vec<&'static str> =
            params.strategy().presets.iter().map(|preset| preset.key).collect();
        sets.push(CURRENT);
        Self { first_ms, universes, sets }
    }

    /// The sound universes that were run.
    pub fn sound(&self) -> impl Iterator<Item = (&'static str, &Outcome)> {
        self.universes
            .iter()
            .filter(|universe| universe.spec.is_sound)
            .filter_map(|universe| Some((universe.spec.name, universe.outcome.as_ref().ok()?)))
    }

    /// How far a metric of [`COMPARED`] lies apart over the sound universes.
    pub fn spread(&self, at: usize) -> Result<Spread, Undefined> {
        let is_mean = MEANS.contains(&COMPARED[at]);
        let known: Vec<(f64, &'static str)> = self
            .sound()
            .filter(|(_, outcome)| !is_mean || outcome.trades.len() >= FEWEST_TRADES)
            .filter_map(|(name, outcome)| Some((*outcome.metrics[at].as_ref().ok()?, name)))
            .collect();
        if known.len() < FEWEST_UNIVERSES {
            return Err(Undefined::too_few(known.len(), FEWEST_UNIVERSES));
        }
        let first = known[0];
        let low = known.iter().fold(first, |low, one| if one.0 < low.0 { *one } else { low });
        let high = known.iter().fold(first, |high, one| if one.0 > high.0 { *one } else { high });
        let mut values: Vec<f64> = known.iter().map(|(value, _)| *value).collect();
        sort_numbers(&mut values);
        Ok(Spread { low, median: quantile(&values, 0.5), high, defined: known.len() })
    }

    /// Whether the choice of a cleaning decides the result.
    pub fn fragility(&self) -> Fragility {
        let mask = self.sound().find(|(name, _)| *name == UNIVERSES[0].name);
        let net_r = mask.map_or(&[][..], |(_, outcome)| outcome.net_r.as_slice());
        let half_width_r = if net_r.len() < FEWEST_FOR_FRAGILITY {
            Err(Undefined::too_few(net_r.len(), FEWEST_FOR_FRAGILITY))
        } else {
            let n = net_r.len() as f64;
            let t = student_quantile(0.975, n - 1.0);
            Undefined::unless_finite(t * deviation(net_r, 1) / f64::sqrt(n))
        };
        let spread =
            COMPARED.iter().position(|key| *key == "expectancy_r").map(|at| self.spread(at));
        let value = match (&half_width_r, &spread) {
            (Ok(half), Some(Ok(spread))) => {
                ratio(spread.high.0 - spread.low.0, 2.0 * half, "mask's trades are all equal")
            }
            (Err(reason), _) | (_, Some(Err(reason))) => Err(reason.clone()),
            (_, None) => Err(Undefined::because("no such metric")),
        };
        let returns = COMPARED.iter().position(|key| *key == "total_return").unwrap_or(0);
        let ends: Vec<f64> = self
            .sound()
            .filter_map(|(_, outcome)| outcome.metrics[returns].as_ref().ok().copied())
            .collect();
        let sign_flips = ends.iter().any(|end| *end > 0.0) && ends.iter().any(|end| *end < 0.0);
        Fragility { value, half_width_r, sign_flips }
    }

    /// How alike a universe ranks the presets to how mask does: Kendall's tau-b over the sets that both know.
    pub fn tau(&self, outcome: &Outcome) -> Measure {
        let Some((_, mask)) = self.sound().find(|(name, _)| *name == UNIVERSES[0].name) else {
            return Err(Undefined::because("mask was refused"));
        };
        let pairs: Vec<(f64, f64)> = mask
            .mean_r
            .iter()
            .zip(&outcome.mean_r)
            .filter_map(|(a, b)| Some((*a.as_ref().ok()?, *b.as_ref().ok()?)))
            .collect();
        kendall(&pairs)
    }

    /// The set with the highest mean R of a universe, the first of equals.
    pub fn best(&self, outcome: &Outcome) -> Option<&'static str> {
        let known = self.sets.iter().zip(&outcome.mean_r);
        let mut best: Option<(f64, &'static str)> = None;
        for (name, value) in known {
            if let Ok(value) = value
                && best.is_none_or(|(most, _)| *value > most)
            {
                best = Some((*value, name));
            }
        }
        best.map(|(_, name)| name)
    }
}

/// Kendall's tau-b: (concordant − discordant) / √(pairs not tied in the one · pairs not tied in the other).
fn kendall(values: &[(f64, f64)]) -> Measure {
    if values.len() < 2 {
        return Err(Undefined::too_few(values.len(), 2));
    }
    let (mut balance, mut untied_a, mut untied_b) = (0_i64, 0_i64, 0_i64);
    for (at, a) in values.iter().enumerate() {
        for b in &values[at + 1..] {
            let sign = |x: f64, y: f64| i64::from(x > y) - i64::from(x < y);
            let (one, other) = (sign(a.0, b.0), sign(a.1, b.1));
            balance += one * other;
            untied_a += one.abs();
            untied_b += other.abs();
        }
    }
    let scale = f64::sqrt(untied_a as f64 * untied_b as f64);
    ratio(balance as f64, scale, "all means are equal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tau_b_counts_ties_on_either_side() {
        let all = [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)];
        assert_eq!(kendall(&all), Ok(1.0));
        assert_eq!(kendall(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)]), Ok(-1.0));
        // scipy.stats.kendalltau([1, 2, 2, 3], [1, 3, 2, 2])
        let tied = kendall(&[(1.0, 1.0), (2.0, 3.0), (2.0, 2.0), (3.0, 2.0)]).unwrap();
        assert!((tied - 0.4).abs() < 1e-15, "{tied}");
        assert!(kendall(&all[..1]).is_err() && kendall(&[(1.0, 1.0), (1.0, 2.0)]).is_err());
    }
}

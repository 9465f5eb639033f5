//! What is searched, and the trials that this makes. METHOD §11, METHOD-TRAINING §2 and §3.

use super::run::Numbers;
use super::sobol::Sobol;
use super::space::{Axis, Space, SpaceError};
use crate::domain::{Measure, Undefined, grouped, sort_rows};
use crate::metrics::{self, Better, METRICS, MetricSpec, stats};
use crate::random::Stream;
use crate::strategy::Params;
use crate::table::ParamValue;
use serde::{Deserialize, Serialize};

/// Trades below which a trial is not ranked, unless told otherwise.
pub const MIN_TRADES: u32 = 30;
/// Metric that ranks trials, unless told otherwise.
pub const OBJECTIVE: &str = "mean_r_lower_95";
/// Most trials of a search: what a machine can hold with all of their numbers.
pub const MOST_TRIALS: u32 = 1_000_000;

/// Where trials lie in the space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sampler {
    /// Each by itself, at random.
    #[default]
    Random,
    /// Every combination, the last parameter fastest.
    Grid,
    /// Spread evenly: the low-discrepancy sequence of Sobol'.
    Sobol,
}

impl Sampler {
    /// Every sampler, in display order.
    pub const ALL: [Self; 3] = [Self::Random, Self::Grid, Self::Sobol];

    /// Name in documents and options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Grid => "grid",
            Self::Sobol => "sobol",
        }
    }

    /// Looks a sampler up by name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sampler| sampler.name() == name)
    }
}

/// Everything that decides a search but the rows and the values of what is not searched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What is searched.
    pub space: Space,
    /// Where trials lie.
    pub sampler: Sampler,
    /// Seed of the sampler and of the tests for luck.
    pub seed: u64,
    /// Trials to be made; a grid must have no more, and makes all that it has.
    pub trials: u32,
    /// Metric that ranks them.
    pub objective: String,
    /// Trades below which a trial is not ranked.
    pub min_trades: u32,
}

impl Plan {
    /// The default search of a space.
    pub fn new(space: Space, trials: u32, seed: u64) -> Self {
        Self {
            space,
            sampler: Sampler::default(),
            seed,
            trials,
            objective: OBJECTIVE.to_owned(),
            min_trades: MIN_TRADES,
        }
    }

    /// The metric that ranks, refused where it has no good direction.
    pub fn objective(&self) -> Result<&'static MetricSpec, SpaceError> {
        metrics::spec(&self.objective).filter(|spec| spec.better != Better::Neutral).ok_or_else(
            || {
                SpaceError(format!(
                    "\"{}\" ranks nothing: choose a metric that has a better direction",
                    self.objective
                ))
            },
        )
    }
}

/// Places in [`METRICS`] of the number of trades.
const TRADES: usize = 0;

impl Plan {
    /// What a trial is ranked by, or why it is not.
    pub fn objective_of(&self, spec: &MetricSpec, numbers: &Numbers) -> Measure {
        let place = METRICS.iter().position(|row| row.key == spec.key).unwrap_or_default();
        let trades = numbers.metrics[TRADES].as_ref().map_or(0, |trades| *trades as usize);
        if trades < self.min_trades as usize {
            return Err(Undefined::too_few(trades, self.min_trades as usize));
        }
        numbers.metrics[place].clone()
    }

    /// A number that is larger for a better trial, and the objective for people; `None` for one that is not ranked.
    pub fn score(&self, numbers: &Numbers) -> Option<(f64, String)> {
        let spec = self.objective().ok()?;
        let objective = self.objective_of(spec, numbers);
        let value = stats::round12(*objective.as_ref().ok()?);
        let score = if spec.better == Better::Lower { -value } else { value };
        Some((score, spec.unit.show(&objective, false)))
    }
}

/// The trials of a plan, any of which is made by itself.
#[derive(Clone, Debug)]
pub struct Trials {
    /// The searched parameters.
    pub axes: Vec<Axis>,
    /// How many.
    pub count: u32,
    base: Params,
    sampler: Sampler,
    seed: u64,
    sobol: Sobol,
}

/// Most numbers of the grids of all trials, 8 bytes each and kept up to three times: what a browser's worker can hold. A
/// native machine holds eight times as much.
const MOST_NUMBERS: u64 = if cfg!(target_arch = "wasm32") { 60_000_000 } else { 480_000_000 };

impl Trials {
    /// Refuses more trials than their returns over so many cells leave room for.
    pub fn check_room(&self, cells: usize) -> Result<(), SpaceError> {
        let most = MOST_NUMBERS / cells.max(1) as u64;
        if u64::from(self.count) <= most {
            return Ok(());
        }
        Err(SpaceError(format!(
            "{} trials over {} periods are too many to hold in memory: the most is {}. Ask for fewer, or choose fewer dates",
            grouped(self.count as usize),
            grouped(cells),
            grouped(most as usize)
        )))
    }

    /// The trials of a plan around some parameters.
    pub fn of(plan: &Plan, base: &Params) -> Result<Self, SpaceError> {
        plan.objective()?;
        let base = base.clone();
        let axes = plan.space.axes(&base)?;
        if plan.trials == 0 {
            return Err(SpaceError("a search needs at least one trial".to_owned()));
        }
        if plan.trials > MOST_TRIALS {
            return Err(SpaceError(format!(
                "{} trials are too many: the most is {}",
                grouped(plan.trials as usize),
                grouped(MOST_TRIALS as usize)
            )));
        }
        let all = combinations(&axes);
        if plan.sampler == Sampler::Grid && all > u64::from(plan.trials) {
            let all = if all == u64::MAX { "too many".to_owned() } else { grouped(all as usize) };
            return Err(SpaceError(format!(
                "the grid has {all} combinations, and {} trials are asked for: the first ones would all lie in one corner. \
                 Ask for as many, list fewer values, or choose random or sobol",
                grouped(plan.trials as usize)
            )));
        }
        let count = if plan.sampler == Sampler::Grid { all as u32 } else { plan.trials };
        let sobol = Sobol::new(plan.seed, axes.len());
        Ok(Self { axes, count, base, sampler: plan.sampler, seed: plan.seed, sobol })
    }

    /// Places of the values of a trial on the axes.
    pub fn picks(&self, number: u32) -> Vec<u32> {
        match self.sampler {
            Sampler::Random => {
                let mut stream = Stream::new(self.seed, "search", u64::from(number));
                self.axes.iter().map(|axis| axis.pick(stream.unit())).collect()
            }
            Sampler::Sobol => {
                let point = self.sobol.point(u64::from(number));
                self.axes.iter().zip(point).map(|(axis, u)| axis.pick(u)).collect()
            }
            Sampler::Grid => {
                let mut rest = u64::from(number);
                let mut picks: Vec<u32> = self
                    .axes
                    .iter()
                    .rev()
                    .map(|axis| {
                        let count = axis.values.len() as u64;
                        let pick = rest % count;
                        rest /= count;
                        pick as u32
                    })
                    .collect();
                picks.reverse();
                picks
            }
        }
    }

    /// The values of a trial, by axis.
    pub fn values(&self, picks: &[u32]) -> Vec<ParamValue> {
        self.axes.iter().zip(picks).map(|(axis, &pick)| axis.values[pick as usize]).collect()
    }

    /// The values of a trial as options and links write them: `key=value`, by axis.
    pub fn pairs(&self, picks: &[u32]) -> Vec<String> {
        let values = self.axes.iter().zip(self.values(picks));
        values.map(|(axis, value)| format!("{}={}", axis.spec.key, axis.spec.text(value))).collect()
    }

    /// The parameters of a trial, or why they contradict each other.
    pub fn params(&self, picks: &[u32]) -> Result<Params, String> {
        let mut params = self.base.clone();
        for (axis, value) in self.axes.iter().zip(self.values(picks)) {
            params.set(axis.spec.key, value).map_err(|error| error.to_string())?;
        }
        params.check().map_err(|error| error.to_string())?;
        Ok(params)
    }

    /// The trials of a shard in the order in which they are best run: those that share most lie together. METHOD's shard i of
    /// n holds the trials ≡ i mod n.
    pub fn order(&self, (index, count): (u32, u32)) -> Vec<u32> {
        let mut numbers: Vec<u32> = (index..self.count).step_by(count.max(1) as usize).collect();
        let keys = self.shared_axes();
        if keys.is_empty() {
            return numbers;
        }
        let places: Vec<i64> =
            numbers.iter().map(|&number| self.group(&self.picks(number))).collect();
        let mut order: Vec<u32> = (0..numbers.len() as u32).collect();
        sort_rows(&mut order, |at| places[at as usize]);
        numbers = order.into_iter().map(|at| numbers[at as usize]).collect();
        numbers
    }

    /// A number that trials have in common which share work.
    pub fn group(&self, picks: &[u32]) -> i64 {
        let mut place = 0_i64;
        for at in self.shared_axes() {
            let count = self.axes[at].values.len() as i64;
            place = place.wrapping_mul(count).wrapping_add(i64::from(picks[at]));
        }
        place
    }

    /// The lowest and the highest values of what trials may differ in that share work with this one: between them lies every
    /// trial of the group. They may contradict each other, and are never run.
    pub fn corners(&self, picks: &[u32]) -> [Params; 2] {
        let shared = self.shared_axes();
        [false, true].map(|is_high| {
            let mut params = self.base.clone();
            for (at, axis) in self.axes.iter().enumerate() {
                let last = axis.values.len() - 1;
                let end = if is_high { last } else { 0 };
                let place = if shared.contains(&at) { picks[at] as usize } else { end };
                // Values of an axis have passed the table.
                params.set(axis.spec.key, axis.values[place]).ok();
            }
            params
        })
    }

    /// Axes that trials must agree in to share work, the one that costs most first.
    fn shared_axes(&self) -> Vec<usize> {
        let own = self.base.strategy().shared_by.iter();
        std::iter::once(&"atr_period")
            .chain(own)
            .filter_map(|key| self.axes.iter().position(|axis| axis.spec.key == *key))
            .collect()
    }
}

/// Combinations of the values of all axes; [`u64::MAX`] where there are more.
pub fn combinations(axes: &[Axis]) -> u64 {
    axes.iter().fold(1, |product: u64, axis| product.saturating_mul(axis.values.len() as u64))
}

//! What a search found: every trial with all of its numbers, by number.

use super::plan::{Plan, Trials};
use super::run::{Numbers, Outcome};
use crate::domain::{Measure, Undefined, order_of, sort_rows};
use crate::metrics::{Better, MetricSpec, stats};
use std::sync::Arc;

/// One trial of a search.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its number.
    pub number: u32,
    /// Places of its values on the axes.
    pub picks: Vec<u32>,
    /// The first trial with the same values, where there is an earlier one.
    pub duplicate_of: Option<u32>,
    /// Its numbers, or why it has none. Duplicates have those of the first one.
    pub outcome: Arc<Outcome>,
    /// What it is ranked by, or why it is not ranked.
    pub objective: Measure,
    /// From 1 on; `None` when it is not ranked. Duplicates share the rank of the first one.
    pub rank: Option<u32>,
}

impl Trial {
    /// Its numbers, if it ran.
    pub fn numbers(&self) -> Option<&Numbers> {
        match self.outcome.as_ref() {
            Outcome::Ran(numbers) => Some(numbers),
            Outcome::Refused(_) => None,
        }
    }

    /// It ran, and no earlier one is the same.
    pub fn is_distinct(&self) -> bool {
        self.duplicate_of.is_none() && self.numbers().is_some()
    }
}

/// The trials of a search that were run, by number.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// By number; some are missing in a shard, and while a search goes on.
    pub trials: Vec<Trial>,
    /// Distinct trials in the order of their ranks, places in [`Self::trials`].
    pub ranked: Vec<u32>,
    /// The metric that ranks.
    pub objective: Option<&'static MetricSpec>,
}

impl Found {
    /// Collects what was run: numbers of trials with their outcomes, in any order.
    pub fn of(
        plan: &Plan,
        trials: &Trials,
        ran: impl IntoIterator<Item = (u32, Arc<Outcome>)>,
    ) -> Self {
        let mut all: Vec<Trial> = ran
            .into_iter()
            .map(|(number, outcome)| Trial {
                number,
                picks: trials.picks(number),
                duplicate_of: None,
                outcome,
                objective: Err(Undefined::because("not ranked")),
                rank: None,
            })
            .collect();
        let mut order: Vec<u32> = (0..all.len() as u32).collect();
        sort_rows(&mut order, |at| i64::from(all[at as usize].number));
        let mut taken: Vec<Option<Trial>> = all.drain(..).map(Some).collect();
        all.extend(order.iter().filter_map(|&at| taken[at as usize].take()));
        let mut found = Self { trials: all, ranked: Vec::new(), objective: plan.objective().ok() };
        found.mark_duplicates();
        found.rank(plan);
        found
    }

    /// Trials with the same values copy the results of the first one.
    fn mark_duplicates(&mut self) {
        let print = |picks: &[u32]| {
            picks.iter().fold(0xcbf2_9ce4_8422_2325_u64, |print, &pick| {
                (print ^ u64::from(pick)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
            })
        };
        let prints: Vec<i64> = self.trials.iter().map(|t| print(&t.picks) as i64).collect();
        let mut order: Vec<u32> = (0..self.trials.len() as u32).collect();
        sort_rows(&mut order, |at| prints[at as usize]);
        let groups = order.chunk_by(|&a, &b| prints[a as usize] == prints[b as usize]);
        for group in groups.filter(|group| group.len() > 1) {
            for (at, &later) in group.iter().enumerate() {
                let picks = &self.trials[later as usize].picks;
                let same = |&&earlier: &&u32| self.trials[earlier as usize].picks == *picks;
                let Some(&first) = group[..at].iter().find(same) else { continue };
                let (number, outcome) = {
                    let first = &self.trials[first as usize];
                    (first.number, Arc::clone(&first.outcome))
                };
                let later = &mut self.trials[later as usize];
                later.duplicate_of = Some(number);
                later.outcome = outcome;
            }
        }
    }

    fn rank(&mut self, plan: &Plan) {
        let Some(spec) = self.objective else { return };
        for trial in &mut self.trials {
            trial.objective = match trial.outcome.as_ref() {
                Outcome::Ran(numbers) => plan.objective_of(spec, numbers),
                Outcome::Refused(_) => {
                    Err(Undefined::because("its parameters contradict each other"))
                }
            };
        }
        let is_ranked = |at: &u32| {
            let trial = &self.trials[*at as usize];
            trial.is_distinct() && trial.objective.is_ok()
        };
        let mut ranked: Vec<u32> = (0..self.trials.len() as u32).filter(is_ranked).collect();
        let keys: Vec<i64> = self
            .trials
            .iter()
            .map(|trial| {
                let value = trial.objective.as_ref().map_or(0.0, |value| stats::round12(*value));
                // No negative zero: it ranks with zero.
                let key = order_of(value + 0.0);
                if spec.better == Better::Lower { key } else { -key }
            })
            .collect();
        sort_rows(&mut ranked, |at| keys[at as usize]);
        for (place, &at) in ranked.iter().enumerate() {
            self.trials[at as usize].rank = Some(place as u32 + 1);
        }
        self.ranked = ranked;
        for at in 0..self.trials.len() {
            if let Some(first) = self.trials[at].duplicate_of
                && let Ok(first) = self.trials.binary_search_by_key(&first, |trial| trial.number)
            {
                self.trials[at].rank = self.trials[first].rank;
            }
        }
    }

    /// The best trial.
    pub fn winner(&self) -> Option<&Trial> {
        self.ranked.first().map(|&at| &self.trials[at as usize])
    }

    /// The distinct trials that ran, by number.
    pub fn distinct(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| trial.is_distinct())
    }

    /// Counts of distinct trials that ran, of refused ones, and of duplicates.
    pub fn counts(&self) -> (usize, usize, usize) {
        let duplicates = self.trials.iter().filter(|trial| trial.duplicate_of.is_some()).count();
        let evaluated = self.distinct().count();
        (evaluated, self.trials.len() - evaluated - duplicates, duplicates)
    }
}

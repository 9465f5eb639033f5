//! What is said of a search as a whole: once, for page and command.

use super::found::{Found, Trial};
use super::luck::{Circumstances, Columns, DEFLATED, Luck, SuperiorTest, held_returns};
use super::plan::{Plan, Trials};
use super::reading::{Alarm, Plateau, alarms, plateau};
use super::run::{Evaluator, Outcome};
use crate::domain::{Undefined, grouped};
use crate::format::counted;
use crate::ledger::Counted;
use crate::metrics::GridUnit;
use std::sync::Arc;

/// p below which luck is not the better explanation.
const SIGNIFICANT: f64 = 0.05;
/// Probability of overfitting from which on choosing the best trial is no better than choosing any.
pub const OVERFIT: f64 = 0.5;

/// A search that is judged.
#[derive(Debug)]
pub struct Judged {
    /// Every trial.
    pub found: Found,
    /// How far the best one can be trusted, or why that is not told.
    pub luck: Result<Luck, Undefined>,
    /// How the neighbours of the best one do.
    pub plateau: Result<Plateau, Undefined>,
    /// What to be wary of.
    pub alarms: Vec<Alarm>,
}

/// What a judgement needs beside the trials.
#[derive(Clone, Debug)]
pub struct Court {
    /// Returns of the market by cell.
    pub held: Vec<f64>,
    /// Length of a cell.
    pub unit: GridUnit,
    /// Length of the window, ms.
    pub window_ms: i64,
}

impl Court {
    /// For the rows of an evaluator.
    pub fn of(evaluator: &Evaluator, window_ms: i64) -> Self {
        let (series, calendar) = (evaluator.series(), evaluator.calendar());
        let held = held_returns(series, evaluator.first_row(), calendar);
        Self { held, unit: calendar.unit, window_ms }
    }

    fn about(&self, seed: u64) -> Circumstances<'_> {
        Circumstances { held: &self.held, seed }
    }

    /// The tests that draw replicates, none of which is drawn yet.
    pub fn tests(&self, found: &Found, seed: u64) -> [SuperiorTest; 2] {
        Luck::tests(&Columns::of(found, self.unit), &self.about(seed))
    }

    /// Judges what was found, with tests whose replicates are drawn.
    pub fn judge(&self, trials: &Trials, found: Found, tests: &[SuperiorTest; 2]) -> Judged {
        let columns = Columns::of(&found, self.unit);
        let none = Undefined::because("no trial is ranked");
        let luck = Luck::with(&columns, tests).ok_or(none);
        let plateau = plateau(&found, &trials.axes);
        let alarms = alarms(&found, &trials.axes, self.window_ms);
        Judged { luck, plateau, alarms, found }
    }

    /// What was found without a judgement, which only the whole search can have.
    pub fn unjudged(
        &self,
        plan: &Plan,
        trials: &Trials,
        ran: impl IntoIterator<Item = (u32, Arc<Outcome>)>,
    ) -> Judged {
        let found = Found::of(plan, trials, ran);
        let reason = Undefined::because("a shard is a part of a search; put all of them together");
        Judged {
            luck: Err(reason),
            plateau: plateau(&found, &trials.axes),
            alarms: alarms(&found, &trials.axes, self.window_ms),
            found,
        }
    }

    /// Judges in one go; `draw` draws the replicates of a test.
    pub fn judge_all(
        &self,
        plan: &Plan,
        trials: &Trials,
        ran: impl IntoIterator<Item = (u32, Arc<Outcome>)>,
        draw: impl Fn(&mut SuperiorTest),
    ) -> Judged {
        let found = Found::of(plan, trials, ran);
        let mut tests = self.tests(&found, plan.seed);
        tests.iter_mut().for_each(draw);
        self.judge(trials, found, &tests)
    }
}

impl Judged {
    /// Counts what a ledger knows beside the trials of the search.
    pub fn count(&mut self, counted: &Counted) {
        if let (Ok(luck), Some(best)) =
            (&mut self.luck, self.found.winner().and_then(Trial::numbers))
        {
            luck.count(counted, &best.returns);
        }
    }

    /// One sentence that needs no statistics to be read, and whether it is a warning.
    pub fn sentence(&self, min_trades: u32) -> (String, bool) {
        let (evaluated, ..) = self.found.counts();
        let configurations = counted(evaluated, "configuration");
        let ranked = self.found.ranked.len();
        let trades = |trial: &Trial| trial.numbers()?.metrics.first()?.as_ref().ok().copied();
        let most = self.found.distinct().filter_map(trades).fold(0.0, f64::max) as usize;
        if let (Some(_), Err(reason)) = (self.found.winner(), &self.luck) {
            return (format!("Not judged: {reason}."), true);
        }
        let (Some(winner), Ok(luck)) = (self.found.winner(), &self.luck) else {
            let text = if most < min_trades as usize {
                format!(
                    "None of {configurations} made the {} trades that a ranking needs; the most is {}. Lower the minimum, widen the space, or look at the funnel of the Backtest page for what keeps signals out.",
                    grouped(min_trades as usize),
                    grouped(most)
                )
            } else {
                format!(
                    "None of {configurations} can be ranked: the objective is not defined in any of them. Choose another objective or a longer window."
                )
            };
            return (text, true);
        };
        let number = winner.number;
        let loses = luck.sharpe.as_ref().is_ok_and(|sharpe| *sharpe <= 0.0);
        if loses {
            return (
                if ranked == evaluated {
                    format!(
                        "Even the best of {configurations}, trial {number}, lost money after costs."
                    )
                } else {
                    format!(
                        "Of {configurations}, {} can be ranked. The best of those, trial {number}, lost money after costs.",
                        grouped(ranked)
                    )
                },
                true,
            );
        }
        let deflated = luck.deflated[0].value.as_ref().is_ok_and(|value| *value >= DEFLATED);
        let superior = luck.superior[0].spa[1].as_ref().is_ok_and(|p| *p < SIGNIFICANT);
        let overfit = luck.overfitting.as_ref().is_ok_and(|pbo| pbo.pbo >= OVERFIT);
        let is_weak = self.alarms.iter().any(|alarm| alarm.code != "edge");
        let best = format!("The best of {configurations}, trial {number},");
        match (deflated && superior, overfit || is_weak) {
            (true, false) => (format!("{best} is better than luck would explain."), false),
            (true, true) => (
                format!(
                    "{best} is better than luck would explain, but there are reasons for doubt: read the warnings."
                ),
                true,
            ),
            (false, _) => (
                format!(
                    "{best} may well be luck: the best of as many worthless ones could look as good."
                ),
                true,
            ),
        }
    }
}

//! Searches: trials in steps, and what was found.

use super::ledger::seen_at;
use crate::domain::grouped;
use crate::export::html::{self, TrialTable};
use crate::export::search::{Searched, section};
use crate::export::{Document, csv, json};
use crate::import::ImportError;
use crate::ledger::{Looks, Place, SeenAt};
use crate::protocol::{FoundQuestion, FoundView, SearchQuestion, SearchView, TrialsFile};
use crate::search::luck::SuperiorTest;
use crate::search::{Court, Evaluator, Found, Judged, Outcome, Plan, Trials};
use crate::session::{Session, Settings};
use crate::universe::MarketId;
use std::sync::Arc;

/// Candles that the trials of one step run over in all: a step is over before a user would notice it.
const ROWS_A_STEP: usize = 6_000_000;
/// Most trials of a step.
const TRIALS_A_STEP: usize = 128;
/// Trials of the largest document. Own choice: 100 MB, with what it takes on its way to the page.
const MOST_IN_DOCUMENT: usize = 20_000;
/// Numbers that the replicates of one step read.
const DRAWN_A_STEP: usize = 16_000_000;

/// A search that is under way, or done.
#[derive(Debug)]
pub(super) struct Searching {
    settings: Settings,
    plan: Plan,
    trials: Trials,
    order: Vec<u32>,
    evaluator: Evaluator,
    court: Court,
    /// SHA-256 of the rows.
    data: String,
    /// Hashes of configurations.
    looks: Looks,
    place: Place,
    /// Outcomes, in the order in which the trials are run.
    ran: Vec<Arc<Outcome>>,
    /// The best trial so far: the rank key of its objective, its number, the objective as text.
    best: Option<(f64, u32, String)>,
    found: Option<Found>,
    tests: Option<[SuperiorTest; 2]>,
    /// The judgement, with the number of trials that it knows.
    judged: Option<(usize, Judged)>,
}

fn refused(reason: impl ToString) -> ImportError {
    ImportError::new("This cannot be searched", reason.to_string(), "Change the space or the plan")
}

impl Searching {
    fn new(session: &mut Session, settings: &Settings, plan: &Plan) -> Result<Self, ImportError> {
        let trials = Trials::of(plan, &settings.params).map_err(refused)?;
        let rows = session.search_rows(settings)?;
        let (first_ms, last_ms) = rows.ends_ms;
        let evaluator = Evaluator::new(rows.series, rows.first_row);
        trials.check_room(evaluator.calendar().ends.len()).map_err(refused)?;
        Ok(Self {
            settings: settings.clone(),
            plan: plan.clone(),
            order: trials.order((0, 1)),
            trials,
            court: Court::of(&evaluator, rows.window_ms),
            data: session.fingerprint().to_owned(),
            looks: session.looks(settings, rows.ends_ms),
            place: Place { first_ms, last_ms, unit: evaluator.calendar().unit },
            evaluator,
            ran: Vec::new(),
            best: None,
            found: None,
            tests: None,
            judged: None,
        })
    }

    fn is_of(&self, settings: &Settings, plan: &Plan) -> bool {
        self.settings == *settings && self.plan == *plan
    }

    /// Runs trials up to a place of the order.
    fn run_to(&mut self, end: usize) {
        let end = end.min(self.order.len());
        let part = &self.order[self.ran.len().min(end)..end];
        let outcomes = self.evaluator.run_all(&self.trials, part);
        for (&number, outcome) in part.iter().zip(outcomes) {
            if let Outcome::Ran(numbers) = &outcome
                && let Some((key, text)) = self.plan.score(numbers)
                && self.best.as_ref().is_none_or(|(best, of, _)| (key, *of) > (*best, number))
            {
                self.best = Some((key, number, text));
            }
            self.ran.push(Arc::new(outcome));
        }
    }

    fn known(&self, count: usize) -> impl Iterator<Item = (u32, Arc<Outcome>)> + '_ {
        self.order.iter().copied().zip(self.ran.iter().take(count).map(Arc::clone))
    }

    /// The configurations of the trials from a place of the order on that were run.
    fn looks_from(&self, start: usize) -> Option<SeenAt> {
        let ran: Vec<_> = self.known(self.ran.len()).skip(start).collect();
        seen_at(&self.data, self.place, &self.looks, &self.trials, &ran)
    }

    /// One step; the whole search is done when there is nothing left to draw.
    fn step(&mut self) {
        if self.ran.len() < self.order.len() {
            let rows = self.evaluator.series().len().max(1);
            let count = (ROWS_A_STEP / rows).clamp(4, TRIALS_A_STEP);
            self.run_to(self.ran.len() + count);
            return;
        }
        let (plan, trials) = (&self.plan, &self.trials);
        let count = self.ran.len();
        if self.found.is_none() {
            let known: Vec<_> = self.known(count).collect();
            self.found = Some(Found::of(plan, trials, known));
            return;
        }
        let Some(found) = &self.found else { return };
        let Some(tests) = &mut self.tests else {
            self.tests = Some(self.court.tests(found, plan.seed));
            return;
        };
        let numbers = (self.court.held.len() * found.trials.len()).max(1);
        let replicates = (DRAWN_A_STEP / numbers).max(1);
        if let Some(test) = tests.iter_mut().find(|test| !test.is_done()) {
            test.draw(replicates);
            return;
        }
        if let Some(found) = self.found.take()
            && let Some(tests) = &self.tests
        {
            self.judged = Some((count, self.court.judge(&self.trials, found, tests)));
        }
    }

    /// How far it is; `before` trials were run before this step.
    fn view(&self, step: u32, before: usize) -> SearchView {
        let is_judged = self.judged.as_ref().is_some_and(|(count, _)| *count == self.order.len());
        let drawn = self.tests.as_ref().map_or(0.0, |tests| {
            tests.iter().map(SuperiorTest::share).sum::<f64>() / tests.len() as f64
        });
        SearchView {
            step,
            done: self.ran.len() as u32,
            total: self.order.len() as u32,
            drawn,
            is_whole: is_judged,
            looks: self.looks_from(before),
            best: self.best.as_ref().map(|(_, number, text)| (*number, text.clone())),
        }
    }

    /// What is said of the first trials that were run.
    fn judged(&mut self, count: usize) -> &Judged {
        let kept = self.judged.take().filter(|(known, _)| *known == count);
        let judged = kept.map_or_else(
            || {
                let known: Vec<_> = self.known(count).collect();
                self.court.judge_all(&self.plan, &self.trials, known, |test| test.draw(usize::MAX))
            },
            |(_, judged)| judged,
        );
        &self.judged.insert((count, judged)).1
    }
}

/// The last search, and the market that it is of.
type Kept = Option<(MarketId, Box<Searching>)>;

/// The search of a plan, the one that is kept or a new one.
fn searching<'a>(
    market: MarketId,
    kept: &'a mut Kept,
    session: &mut Session,
    settings: &Settings,
    plan: &Plan,
) -> Result<&'a mut Searching, ImportError> {
    let other = kept.take_if(|(of, search)| *of != market || !search.is_of(settings, plan));
    // Room first.
    drop(other);
    match kept {
        Some((_, search)) => Ok(search),
        None => {
            let search = Box::new(Searching::new(session, settings, plan)?);
            Ok(&mut kept.insert((market, search)).1)
        }
    }
}

pub(super) fn search(
    market: MarketId,
    kept: &mut Kept,
    session: &mut Session,
    question: &SearchQuestion,
) -> Result<SearchView, ImportError> {
    let search = searching(market, kept, session, &question.settings, &question.plan)?;
    let before = search.ran.len();
    search.step();
    Ok(search.view(question.step + 1, before))
}

pub(super) fn found(
    market: MarketId,
    kept: &mut Kept,
    session: &mut Session,
    question: &FoundQuestion,
) -> Result<FoundView, ImportError> {
    let search = searching(market, kept, session, &question.settings, &question.plan)?;
    let count = (question.done as usize).min(search.order.len());
    // A worker that took the place of another one runs them again: they come out the same.
    search.run_to(count);
    let total = search.order.len();
    let min_trades = search.plan.min_trades;
    search.judged(count);
    if let (Some((_, judged)), Some(counted)) = (&mut search.judged, &question.counted) {
        judged.count(counted);
    }
    let trials = &search.trials;
    let Some((_, judged)) = &search.judged else { return Err(refused("nothing was run")) };
    let table = &question.table;
    let (rows, refused) = match html::trials(
        trials,
        &judged.found,
        &TrialTable {
            sort: &table.sort,
            descending: table.descending,
            filter: &table.filter,
            rows: table.rows as usize,
        },
    ) {
        Ok(rows) => (rows, None),
        Err(reason) => (String::new(), Some(reason)),
    };
    let file = match question.file {
        None => None,
        Some(TrialsFile::Csv) => {
            let mut out = Vec::new();
            // A vector takes everything.
            csv::trials(trials, &judged.found, &mut out).ok();
            Some(String::from_utf8_lossy(&out).into_owned())
        }
        Some(TrialsFile::Json) if count > MOST_IN_DOCUMENT => {
            return Err(ImportError::new(
                "This search is too large for a document of the page",
                format!(
                    "it has {} trials, and a document of the page holds {}",
                    grouped(count),
                    grouped(MOST_IN_DOCUMENT)
                ),
                "Download the CSV, or run cleansweep search --json with the same seed",
            ));
        }
        Some(TrialsFile::Json) => {
            let mut document = Document::default();
            document.add(json::input(&session.market));
            document.add(("params", question.settings.params.to_json()));
            let (series, first_row) = (search.evaluator.series(), search.evaluator.first_row());
            document.add(json::window(series, &question.settings.window, first_row));
            document.add(section(&Searched {
                plan: &search.plan,
                trials,
                judged,
                looks: &search.looks,
                data: &search.data,
                shard: (0, 1),
            }));
            document.add(json::product(&search.data));
            Some(document.to_text())
        }
    };
    let picture = &question.picture;
    let place = |key: &str| trials.axes.iter().position(|axis| axis.spec.key == key);
    let (x, y) = (place(&picture.x).unwrap_or(0), place(&picture.y));
    let y = y.unwrap_or_else(|| (x + 1).min(trials.axes.len() - 1));
    Ok(FoundView {
        counts: html::search_counts(judged, count, total),
        luck: html::luck(judged, min_trades),
        table: rows,
        refused,
        surface: html::surface(trials, &judged.found, (x, y), &picture.metric, picture.over),
        parallel: html::parallel(trials, &judged.found, &table.filter),
        spread: html::spread(trials, &judged.found),
        file,
    })
}

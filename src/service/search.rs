//! Searches: trials in steps, and what was found.

use super::ledger::seen_at;
use crate::domain::grouped;
use crate::export::html::{self, TrialTable};
use crate::export::search::{Searched, section};
use crate::export::{Document, csv, json};
use crate::import::ImportError;
use crate::ledger::{Looks, Place, SeenAt};
use crate::protocol::{
    FoundQuestion, FoundView, GatherQuestion, GatherView, PortionQuestion, PortionView,
    SearchQuestion, SearchView, TrialsFile, decode, encode,
};
use crate::search::luck::SuperiorTest;
use crate::search::{Court, Evaluator, Found, Judged, Outcome, Plan, Trials};
use crate::session::{Session, Settings};
use crate::universe::MarketId;
use std::ops::Range;
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
    ran: Vec<Option<Arc<Outcome>>>,
    /// The first place that was not run, and the one behind the last such; equal where all were.
    front: usize,
    back: usize,
    /// The best trial so far: the rank key of its objective, its number, the objective as text.
    best: Option<(f64, u32, String)>,
    found: Option<Found>,
    tests: Option<[SuperiorTest; 2]>,
    /// The judgement, with the places up to and from which it knows the trials.
    judged: Option<((usize, usize), Judged)>,
}

fn refused(reason: impl ToString) -> ImportError {
    ImportError::new("This cannot be searched", reason.to_string(), "Change the space or the plan")
}

impl Searching {
    fn new(
        session: &mut Session,
        settings: &Settings,
        plan: &Plan,
        known: Option<Evaluator>,
    ) -> Result<Self, ImportError> {
        let trials = Trials::of(plan, &settings.params).map_err(refused)?;
        let rows = session.search_rows(settings)?;
        let (first_ms, last_ms) = rows.ends_ms;
        let evaluator = known.unwrap_or_else(|| Evaluator::new(rows.series, rows.first_row));
        trials.check_room(evaluator.calendar().ends.len()).map_err(refused)?;
        let order = trials.order((0, 1));
        Ok(Self {
            settings: settings.clone(),
            plan: plan.clone(),
            ran: vec![None; order.len()],
            front: 0,
            back: order.len(),
            order,
            trials,
            court: Court::of(&evaluator, rows.window_ms),
            data: session.fingerprint().to_owned(),
            looks: session.looks(settings, rows.ends_ms),
            place: Place { first_ms, last_ms, unit: evaluator.calendar().unit },
            evaluator,
            best: None,
            found: None,
            tests: None,
            judged: None,
        })
    }

    /// It runs over the rows of some settings.
    fn is_over(&self, settings: &Settings) -> bool {
        self.settings.cleaning == settings.cleaning
            && self.settings.window == settings.window
            && self.settings.params.id() == settings.params.id()
    }

    fn is_of(&self, settings: &Settings, plan: &Plan) -> bool {
        self.settings == *settings && self.plan == *plan
    }

    /// Runs the trials of some places of the order that were not run yet.
    fn run(&mut self, places: Range<usize>) {
        let missing: Vec<usize> = places.filter(|&at| self.ran[at].is_none()).collect();
        let part: Vec<u32> = missing.iter().map(|&at| self.order[at]).collect();
        let outcomes = self.evaluator.run_all(&self.trials, &part);
        for (at, outcome) in missing.into_iter().zip(outcomes) {
            self.take(at, outcome);
        }
    }

    /// Keeps what the trial at a place of the order came to.
    fn take(&mut self, at: usize, outcome: Outcome) {
        let number = self.order[at];
        if let Outcome::Ran(numbers) = &outcome
            && let Some((key, text)) = self.plan.score(numbers)
            && self.best.as_ref().is_none_or(|(best, of, _)| {
                // Of equal ones the lower number, in whatever order they come.
                key > *best || (key == *best && number < *of)
            })
        {
            self.best = Some((key, number, text));
        }
        self.ran[at] = Some(Arc::new(outcome));
        while self.front < self.back && self.ran[self.front].is_some() {
            self.front += 1;
        }
        while self.back > self.front && self.ran[self.back - 1].is_some() {
            self.back -= 1;
        }
    }

    /// Trials of the order before the first place and from the second on, those of them that were run.
    fn known(&self, ran: (usize, usize)) -> impl Iterator<Item = (u32, Arc<Outcome>)> + '_ {
        let places = (0..ran.0).chain(ran.1.max(ran.0)..self.order.len());
        places.filter_map(|at| Some((self.order[at], Arc::clone(self.ran[at].as_ref()?))))
    }

    /// The configurations of the trials of some places that were run.
    fn looks_of(&self, places: Range<usize>) -> SeenAt {
        let ran: Vec<_> = places
            .filter_map(|at| Some((self.order[at], Arc::clone(self.ran[at].as_ref()?))))
            .collect();
        let looks = seen_at(&self.data, self.place, &self.looks, &self.trials, &ran);
        let none = || SeenAt { data: self.data.clone(), place: self.place, seen: Vec::new() };
        looks.unwrap_or_else(none)
    }

    /// Trials that are run before more urgent work may come in between.
    fn a_step(&self) -> usize {
        (ROWS_A_STEP / self.evaluator.series().len().max(1)).clamp(4, TRIALS_A_STEP)
    }

    /// One step; the whole search is done when there is nothing left to draw.
    fn step(&mut self) {
        if self.front < self.back {
            self.run(self.front..(self.front + self.a_step()).min(self.back));
            return;
        }
        let (plan, trials) = (&self.plan, &self.trials);
        let ran = (self.front, self.back);
        if self.found.is_none() {
            let known: Vec<_> = self.known(ran).collect();
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
            self.judged = Some((ran, self.court.judge(&self.trials, found, tests)));
        }
    }

    /// How far it is; `places` were run in this step.
    fn view(&self, step: u32, places: Range<usize>) -> SearchView {
        let drawn = self.tests.as_ref().map_or(0.0, |tests| {
            tests.iter().map(SuperiorTest::share).sum::<f64>() / tests.len() as f64
        });
        SearchView {
            step,
            done: (self.front + self.order.len() - self.back) as u32,
            ran: (self.front as u32, self.back as u32),
            total: self.order.len() as u32,
            drawn,
            is_whole: self.judged.as_ref().is_some_and(|((front, back), _)| front == back),
            looks: self.looks_of(places),
            best: self.best.as_ref().map(|(_, number, text)| (*number, text.clone())),
        }
    }

    /// What is said of the trials before a place and from another one on, all of which were run.
    fn judged(&mut self, ran: (usize, usize)) -> &Judged {
        // Wherever two parts met, the whole is the whole.
        let is_same =
            |known: &(usize, usize)| *known == ran || (known.0 == known.1 && ran.0 == ran.1);
        let kept = self.judged.take().filter(|(known, _)| is_same(known));
        let judged = kept.map_or_else(
            || {
                let known: Vec<_> = self.known(ran).collect();
                self.court.judge_all(&self.plan, &self.trials, known, |test| test.draw(usize::MAX))
            },
            |(_, judged)| judged,
        );
        &self.judged.insert((ran, judged)).1
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
    // Of the one before only what it knows of the rows is kept, where they are the same: room first.
    let rows = other.filter(|(of, search)| *of == market && search.is_over(settings));
    let rows = rows.map(|(_, search)| search.evaluator);
    match kept {
        Some((_, search)) => Ok(search),
        None => {
            let search = Box::new(Searching::new(session, settings, plan, rows)?);
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
    let before = search.front;
    search.step();
    let places = before..search.front.min((before + search.a_step()).max(before));
    Ok(search.view(question.step + 1, places))
}

/// Runs the next portion of a helper: steps of the order, counted from its end, of which each helper takes its own.
pub(super) fn portion(
    market: MarketId,
    kept: &mut Kept,
    session: &mut Session,
    question: &PortionQuestion,
) -> Result<PortionView, ImportError> {
    let search = searching(market, kept, session, &question.settings, &question.plan)?;
    let (share, of) = question.share;
    let a_step = search.a_step();
    let steps = (question.back as usize).min(search.order.len()).div_ceil(a_step);
    let place = |step: u32| {
        let back = share as usize + step as usize * of.max(1) as usize;
        steps.checked_sub(back + 1).map(|at| at * a_step)
    };
    let Some(from) = place(question.step) else {
        let outcomes = encode::<Vec<Outcome>>(&Vec::new());
        return Ok(PortionView { from: 0, outcomes: outcomes.into(), looks: None, is_last: true });
    };
    let places = from..(from + a_step).min(search.order.len());
    let part = &search.order[places.clone()];
    let outcomes = search.evaluator.run_all(&search.trials, part);
    let bytes = encode(&outcomes);
    let ran: Vec<_> = part.iter().copied().zip(outcomes.into_iter().map(Arc::new)).collect();
    let looks = seen_at(&search.data, search.place, &search.looks, &search.trials, &ran);
    let is_last = place(question.step + 1).is_none();
    Ok(PortionView { from: from as u32, outcomes: bytes.into(), looks, is_last })
}

/// Takes what another worker ran. What cannot be read, or is of another search, is run here in its turn.
pub(super) fn gather(
    market: MarketId,
    kept: &mut Kept,
    session: &mut Session,
    question: &GatherQuestion,
) -> Result<GatherView, ImportError> {
    let search = searching(market, kept, session, &question.settings, &question.plan)?;
    let outcomes: Vec<Outcome> = decode(&question.outcomes).unwrap_or_default();
    for (at, outcome) in (question.from as usize..).zip(outcomes) {
        if search.ran.get(at).is_some_and(Option::is_none) {
            search.take(at, outcome);
        }
    }
    Ok(GatherView)
}

pub(super) fn found(
    market: MarketId,
    kept: &mut Kept,
    session: &mut Session,
    question: &FoundQuestion,
) -> Result<FoundView, ImportError> {
    let search = searching(market, kept, session, &question.settings, &question.plan)?;
    let total = search.order.len();
    let ran = (question.ran.0 as usize, question.ran.1 as usize);
    let ran = (ran.0.min(total), ran.1.clamp(ran.0.min(total), total));
    // A worker that took the place of another one runs them again: they come out the same.
    search.run(0..ran.0);
    search.run(ran.1..total);
    let count = ran.0 + total - ran.1;
    let min_trades = search.plan.min_trades;
    search.judged(ran);
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

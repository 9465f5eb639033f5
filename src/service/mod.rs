//! The worker minus the browser: markets, questions in, answers out.
//!
//! `open` reads files, `combine` makes one market of several, `audit` judges all of them, `columns` hands their rows from worker to worker, `views` turns rows and runs into what a page can
//! draw, `runs` answers about a backtest, `inspect` about a single candle, a condition, costs, other rows and the future,
//! `search` runs many configurations, `map` a grid of two parameters, `ledger` counts them, `saved` lists those that were kept, `files` makes downloads.

mod audit;
mod columns;
mod combine;
mod files;
mod inspect;
mod ledger;
mod map;
#[cfg(test)]
mod one_file;
mod open;
mod robust;
mod runs;
mod saved;
mod search;
mod views;

use crate::import::{self, ImportError};
use crate::protocol::{Event, Question, Reply, Request};
use crate::session::Session;
use crate::strategy::Params;
use crate::table::ParamError;
use crate::universe::{MarketId, Merged, Named};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A market in memory.
#[derive(Debug)]
struct Held {
    /// Name of its file.
    name: String,
    session: Session,
    /// What it is of.
    named: Named,
    /// Its files, in their order.
    files: Vec<String>,
    /// Where its rows come from, where it was merged.
    venues: Option<Venues>,
}

/// Several venues that a market was merged of.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Venues {
    /// What they are called; the first is the reference.
    names: Vec<String>,
    /// The rows with their sources.
    merged: Merged,
}

/// What one worker holds.
#[derive(Debug, Default)]
pub struct Service {
    markets: BTreeMap<MarketId, Held>,
    /// The last search, and the market that it is of.
    search: Option<(MarketId, Box<search::Searching>)>,
    /// The search that this worker last ran portions of for another one.
    portions: Option<(MarketId, Box<search::Searching>)>,
    /// The rows of the last map of two parameters.
    map: Option<map::Mapped>,
}

fn no_data() -> ImportError {
    ImportError::new("No data is loaded", "the request needs a file", "Open a CSV file first")
}

fn reply<Q: Question>(_: &Q, answer: Q::Answer) -> Reply {
    Q::reply(answer)
}

impl Service {
    /// Answers a request about a market. `emit` takes what comes before the answer: progress, and parts of a download.
    pub fn answer(
        &mut self,
        market: MarketId,
        request: &Request,
        attachment: Option<&dyn import::Source>,
        emit: &mut dyn FnMut(Event),
    ) -> Event {
        match self.try_answer(market, request, attachment, emit) {
            Ok(reply) => Event::Reply(reply),
            Err(error) => Event::Failed(error),
        }
    }

    fn try_answer(
        &mut self,
        market: MarketId,
        request: &Request,
        attachment: Option<&dyn import::Source>,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Reply, ImportError> {
        match request {
            Request::Audit(q) => return Ok(reply(q, audit::audit(q)?)),
            Request::Saved(q) => return Ok(reply(q, saved::list(q))),
            Request::Preview(q) => return Ok(reply(q, open::preview(q, attachment)?)),
            Request::Load(q) => {
                // Room first: what it is replaced by may need all of it.
                self.release(market);
                let (held, view) = open::load(q, attachment, emit)?;
                self.markets.insert(market, held);
                return Ok(reply(q, view));
            }
            _ => {}
        }
        let kept = &mut self.search;
        kept.take_if(|(of, _)| *of != market);
        let portions = &mut self.portions;
        portions.take_if(|(of, _)| *of != market);
        let map = &mut self.map;
        map.take_if(|of| !of.is_of(market));
        let Held { name, session, venues, .. } =
            self.markets.get_mut(&market).ok_or_else(no_data)?;
        if let Some(settings) = request.settings() {
            check(&settings.params)?;
            session.check(settings)?;
            if let Request::Compare(question) = request
                && let Some(against) = question.against()
            {
                check(&against.params)?;
                session.check(&against)?;
            }
        }
        Ok(match request {
            Request::Preview(_) | Request::Load(_) | Request::Audit(_) | Request::Saved(_) => {
                return Err(no_data());
            }
            Request::Window(q) => reply(q, views::window(&session.market, venues.as_ref(), q)),
            Request::Places(q) => reply(q, views::places(&session.market)?),
            Request::Clean(q) => reply(q, views::clean(session, q)),
            Request::Backtest(q) => reply(q, runs::backtest(session, q)),
            Request::Detail(q) => reply(q, runs::detail(session, q)),
            Request::Anatomy(q) => reply(q, runs::anatomy(session, q)),
            Request::Looks(q) => reply(q, ledger::looks(session, q)),
            Request::Map(q) => reply(q, map::map(market, map, session, q)?),
            Request::Bar(q) => reply(q, ledger::bar(session, q)),
            Request::Validate(q) => reply(q, runs::validate(session, q)),
            Request::Entries(q) => reply(q, runs::entries(session, q)),
            Request::Explain(q) => reply(q, inspect::explain(session, q)),
            Request::Gained(q) => reply(q, inspect::gained(session, q)),
            Request::Costs(q) => reply(q, inspect::costs(session, q)),
            Request::Multiverse(q) => reply(q, robust::multiverse(session, q)),
            Request::Contamination(q) => {
                reply(q, robust::contamination(session, venues.as_ref(), q))
            }
            Request::Compare(q) => reply(q, inspect::compare(session, q)),
            Request::Search(q) => reply(q, search::search(market, kept, session, q)?),
            Request::Found(q) => reply(q, search::found(market, kept, session, q)?),
            Request::Gather(q) => reply(q, search::gather(market, kept, session, q)?),
            Request::Portion(q) => reply(q, search::portion(market, portions, session, q)?),
            Request::Proof(q) => reply(q, inspect::prove(session, q)),
            Request::Export(q) => reply(q, files::export(session, q, name, venues.as_ref(), emit)?),
        })
    }

    /// Lets a market go. What was computed from it goes with it.
    pub fn release(&mut self, market: MarketId) {
        self.markets.remove(&market);
        self.search.take_if(|(of, _)| *of == market);
        self.portions.take_if(|(of, _)| *of == market);
        self.map.take_if(|of| of.is_of(market));
    }
}

fn check(params: &Params) -> Result<(), ImportError> {
    params.check().map_err(|error| {
        let (title, advice) = match &error {
            ParamError::Contradiction { title, advice, .. } => (*title, *advice),
            _ => ("The parameters cannot be used", "Put the defaults back"),
        };
        ImportError::new(title, error.to_string(), advice)
    })
}

//! Workers that run trials for the one that keeps a search: they begin at the other end, and what they bring is handed on.
//! A search is whole without them, and the same with any number of them.

use super::ledger::Ledger;
use super::workers::Workers;
use crate::protocol::{
    Answer, Event, GatherQuestion, Lane, Listed as _, PortionQuestion, PortionView, Reply, Ticket,
};
use crate::search::Plan;
use crate::session::Settings;
use crate::universe::MarketId;
use leptos::prelude::*;

/// Rows above which nobody helps: one of the helpers is the front, and what a finger waits for must not wait for a part of
/// a large search. Own choice: a step stays below a twentieth of a second.
const MOST_ROWS: usize = 300_000;

/// A search that is helped with.
#[derive(Clone, PartialEq)]
pub(super) struct Helped {
    /// The market.
    pub market: MarketId,
    /// Of the search.
    pub settings: Settings,
    /// Of the search.
    pub plan: Plan,
}

/// Handles of the helpers.
#[derive(Clone, Copy)]
pub(super) struct Helpers {
    workers: Workers,
    ledger: Ledger,
    helped: StoredValue<Option<Helped>>,
    tickets: StoredValue<Vec<Ticket>>,
    /// The first trial that the keeper of the search has not run, as far as it is known.
    front: StoredValue<u32>,
}

impl Helpers {
    pub(super) fn new(workers: Workers, ledger: Ledger) -> Self {
        let helpers = Self {
            workers,
            ledger,
            helped: StoredValue::new(None),
            tickets: StoredValue::new(Vec::new()),
            front: StoredValue::new(0),
        };
        workers.listen(Lane::Portion, move |answer| helpers.hear(answer));
        helpers
    }

    /// Lets all others help with a search of so many rows, from a place of its order backwards.
    pub(super) fn help(self, helped: Helped, rows: usize, back: u32) {
        self.stop();
        if rows > MOST_ROWS {
            return;
        }
        let of = self.workers.shares();
        let Helped { market, settings, plan } = helped.clone();
        let tickets = (0..of).filter_map(|share| {
            let (settings, plan) = (settings.clone(), plan.clone());
            let question = PortionQuestion { settings, plan, share: (share, of), back, step: 0 };
            self.workers.ask(market, question.request())
        });
        self.tickets.set_value(tickets.collect());
        self.front.set_value(0);
        self.helped.set_value(Some(helped));
    }

    /// Ends with the steps that are under way.
    pub(super) fn stop(self) {
        if self.helped.with_value(Option::is_some) {
            self.workers.withdraw(Lane::Portion);
        }
        self.helped.set_value(None);
        self.tickets.set_value(Vec::new());
    }

    /// Holds the helpers at the end of their steps, or lets them go on.
    pub(super) fn pause(self, on: bool) {
        self.workers.pause(Lane::Portion, on);
    }

    /// The keeper of the search has run all trials up to a place.
    pub(super) fn reached(self, front: u32) {
        self.front.set_value(front);
    }

    fn hear(self, answer: Answer) {
        let Event::Reply(Reply::Portion(view)) = answer.event else { return };
        let is_known = self.tickets.with_value(|tickets| tickets.contains(&answer.ticket));
        let Some(helped) = self.helped.get_value().filter(|_| is_known) else { return };
        let PortionView { from, outcomes, looks, .. } = *view;
        if let Some(looks) = &looks {
            self.ledger.add("search", looks);
        }
        let Helped { market, settings, plan } = helped;
        self.workers.ask(market, GatherQuestion { settings, plan, from, outcomes }.request());
        if from <= self.front.get_value() {
            // Both ends have met.
            self.workers.withdraw(Lane::Portion);
        }
    }
}

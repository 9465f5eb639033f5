//! The page's side of the workers: whoever asks a question listens to its lane.

use crate::import::ImportError;
use crate::protocol::{Answer, Lane, Request, Ticket};
use crate::universe::MarketId;
use crate::web::pool::{News, Pool};
use crate::work::Notice;
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::Blob;

type Listener = Rc<dyn Fn(Answer)>;

/// Handles of the workers.
#[derive(Clone, Copy)]
pub struct Workers {
    pool: StoredValue<Option<Rc<Pool>>, LocalStorage>,
    listeners: StoredValue<Vec<(Lane, Listener)>, LocalStorage>,
    /// What the page did by itself, or what went wrong beside a panel.
    pub notice: RwSignal<Option<String>>,
    /// Why no worker can be started any more.
    pub dead: RwSignal<Option<String>>,
    /// Memory of all markets in all workers, bytes.
    pub memory: RwSignal<u64>,
}

impl Workers {
    pub(super) fn new() -> Self {
        Self {
            pool: StoredValue::new_local(None),
            listeners: StoredValue::new_local(Vec::new()),
            notice: RwSignal::new(None),
            dead: RwSignal::new(None),
            memory: RwSignal::new(0),
        }
    }

    pub(super) fn start(self) {
        let pool = Pool::start(move |news| self.hear(news));
        self.pool.set_value(Some(pool));
    }

    /// Takes what is said about the questions of a lane.
    pub(super) fn listen(&self, lane: Lane, listener: impl Fn(Answer) + 'static) {
        self.listeners.update_value(|listeners| listeners.push((lane, Rc::new(listener))));
    }

    fn with<T>(&self, act: impl FnOnce(&Rc<Pool>) -> T) -> Option<T> {
        // A copy of the handle: what happens now may ask again.
        let pool = self.pool.get_value();
        pool.as_ref().map(act)
    }

    /// [`Pool::take`].
    pub(super) fn take(&self, market: MarketId, file: Option<Blob>) {
        self.with(|pool| pool.take(market, file));
    }

    /// [`Pool::columns`].
    pub(super) fn columns(&self, markets: &[MarketId]) -> Option<(Blob, Vec<u64>)> {
        self.with(|pool| pool.columns(markets)).flatten()
    }

    /// [`Pool::forget`].
    pub(super) fn forget(&self, market: MarketId) {
        self.with(|pool| pool.forget(market));
    }

    /// [`Pool::ask`].
    pub(super) fn ask(&self, market: MarketId, request: Request) -> Option<Ticket> {
        self.with(|pool| pool.ask(market, request))
    }

    /// [`Pool::withdraw`].
    pub(super) fn withdraw(&self, lane: Lane) {
        self.with(|pool| pool.withdraw(lane));
    }

    /// [`Pool::resume`].
    pub(super) fn resume(&self, ticket: Ticket) -> bool {
        self.with(|pool| pool.resume(ticket)).unwrap_or(false)
    }

    /// [`Pool::pause`].
    pub(super) fn pause(&self, lane: Lane, on: bool) {
        self.with(|pool| pool.pause(lane, on));
    }

    /// [`Pool::shares`].
    pub(super) fn shares(&self) -> u32 {
        self.with(|pool| pool.shares()).unwrap_or(0)
    }

    /// [`Pool::cancel`].
    pub(super) fn cancel(&self, lane: Lane) {
        self.with(|pool| pool.cancel(lane));
    }

    fn hear(self, news: News) {
        match news {
            News::Answer(answer) => self.deliver(*answer),
            News::Notice(Notice::GaveUp { ticket, reason }) => {
                self.deliver(Pool::given_up(ticket, &reason));
            }
            News::Notice(Notice::Replaced { reason, gave_up }) => {
                let reason = reason.lines().next().unwrap_or_default();
                let rest = if gave_up {
                    "It was replaced. Its question stopped it twice and was given up; everything else goes on."
                } else {
                    "It was replaced and its work repeated; nothing is lost."
                };
                self.notice.set(Some(format!("A worker stopped ({reason}). {rest}")));
            }
            News::Notice(Notice::OutOfReach { ticket, reason }) => {
                self.deliver(Pool::out_of_reach(ticket, &reason));
            }
            News::Notice(Notice::NoWorkers(reason)) => self.dead.set(Some(reason)),
        }
        let memory = self.with(|pool| pool.memory()).unwrap_or(0);
        if self.memory.get_untracked() != memory {
            self.memory.set(memory);
        }
    }

    fn deliver(&self, answer: Answer) {
        let lane = answer.ticket.lane;
        let listener = self.listeners.with_value(|listeners| {
            listeners.iter().find(|(of, _)| *of == lane).map(|(_, listener)| Rc::clone(listener))
        });
        if let Some(listener) = listener {
            listener(answer);
        }
    }
}

/// Why nothing can be opened without workers.
pub(super) fn no_workers(reason: String) -> ImportError {
    ImportError::new(
        "The workers could not be started",
        reason,
        "Reload the page; if that does not help, use a current browser",
    )
}

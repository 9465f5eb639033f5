//! A question of the page: what was asked, the last good answer, and why the newest one failed. Each has a state of its own,
//! so that one that fails says so in its own panel, can be asked again, and holds up no other.

use super::workers::Workers;
use crate::import::ImportError;
use crate::protocol::{Answer, Event, Question, Ticket};
use crate::universe::MarketId;
use leptos::prelude::*;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

/// Names what a result was made with: a market under settings. Two results with one run belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(pub u64);

/// A question with what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Key<Q> {
    /// Settings and market, as a number; the default where the question depends on none.
    pub run: RunId,
    /// The market.
    pub market: MarketId,
    /// What is asked.
    pub question: Q,
}

/// An answer with its question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<Q: Question> {
    /// What it belongs to.
    pub run: RunId,
    /// The market that it is about.
    pub market: MarketId,
    /// What was asked.
    pub question: Q,
    /// Time the worker took, ms.
    pub elapsed_ms: f64,
    /// What was answered.
    pub answer: Q::Answer,
}

impl<Q: Question> Deref for Answered<Q> {
    type Target = Q::Answer;

    fn deref(&self) -> &Q::Answer {
        &self.answer
    }
}

/// What is heard of a question beside its state.
pub enum Heard<'a, Q: Question> {
    /// Progress, or a part of a download.
    Part(Event),
    /// An answer, before the signal tells it.
    Answer(&'a Arc<Answered<Q>>),
    /// It failed.
    Failed(&'a ImportError),
}

type Hook<Q> = Rc<dyn Fn(Heard<'_, Q>)>;

/// The state of one question. A copy is a handful of handles.
pub struct Asked<Q: Question> {
    workers: Workers,
    /// Questions of which an answer may still come, oldest first.
    pending: StoredValue<Vec<(Ticket, Key<Q>)>>,
    /// The newest question, while nothing has ended it.
    newest: StoredValue<Option<Key<Q>>>,
    last: RwSignal<Option<Arc<Answered<Q>>>>,
    failure: RwSignal<Option<ImportError>>,
    under_way: RwSignal<bool>,
    stopped: RwSignal<bool>,
    tries: RwSignal<u32>,
    hook: StoredValue<Option<Hook<Q>>, LocalStorage>,
}

#[allow(
    clippy::expl_impl_clone_on_copy,
    reason = "a question need not be Copy for its handles to be"
)]
impl<Q: Question> Clone for Asked<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: Question> Copy for Asked<Q> {}

impl<Q: Question> Asked<Q> {
    /// A question that nobody has asked.
    pub(super) fn new(workers: Workers) -> Self {
        let asked = Self {
            workers,
            pending: StoredValue::new(Vec::new()),
            newest: StoredValue::new(None),
            last: RwSignal::new(None),
            failure: RwSignal::new(None),
            under_way: RwSignal::new(false),
            stopped: RwSignal::new(false),
            tries: RwSignal::new(0),
            hook: StoredValue::new_local(None),
        };
        workers.listen(Q::LANE, move |answer| asked.hear(answer));
        asked
    }

    /// Lets someone listen: to parts, and to answers before their signal tells them.
    pub(super) fn on(&self, hook: impl Fn(Heard<'_, Q>) + 'static) {
        self.hook.set_value(Some(Rc::new(hook)));
    }

    /// Asks. An older question that waits is replaced.
    pub(super) fn ask(&self, key: Key<Q>) {
        // Work in steps goes on where it stands.
        let so_far = self.last.get_untracked().filter(|last| {
            last.run == key.run && last.market == key.market && last.question == key.question
        });
        let question = so_far
            .and_then(|last| key.question.next(&last.answer))
            .unwrap_or_else(|| key.question.clone());
        let Some(ticket) = self.workers.ask(key.market, question.request()) else { return };
        self.pending.update_value(|pending| pending.push((ticket, key.clone())));
        self.newest.set_value(Some(key));
        self.failure.set(None);
        self.stopped.set(false);
        self.under_way.set(true);
    }

    /// Asks whenever something else is wanted, and takes the question back when nothing is.
    pub(super) fn follow(self, wanted: impl Fn() -> Option<Key<Q>> + 'static) {
        Effect::new(move || {
            self.tries.track();
            match wanted() {
                Some(key) => {
                    if !self.newest.with_value(|newest| newest.as_ref() == Some(&key)) {
                        self.ask(key);
                    }
                }
                None => self.withdraw(),
            }
        });
    }

    /// Nobody looks any more: what has not begun will not.
    fn withdraw(&self) {
        if self.under_way.get_untracked() {
            self.workers.withdraw(Q::LANE);
            self.newest.set_value(None);
            self.under_way.set(false);
        }
    }

    /// Stops it. What was answered so far stays.
    pub fn stop(&self) {
        self.workers.cancel(Q::LANE);
        self.under_way.set(false);
        self.stopped.set(true);
    }

    /// Asks once more what failed or was stopped.
    pub fn again(&self) {
        self.newest.set_value(None);
        self.failure.set(None);
        self.stopped.set(false);
        self.tries.update(|tries| *tries += 1);
    }

    /// Forgets question, answer and failure: they belong to a market that is not shown.
    pub(super) fn clear(&self) {
        self.pending.set_value(Vec::new());
        self.newest.set_value(None);
        self.failure.set(None);
        self.stopped.set(false);
        self.under_way.set(false);
        self.last.set(None);
    }

    fn hear(&self, Answer { ticket, elapsed_ms, event }: Answer) {
        let key = self.pending.with_value(|pending| {
            pending.iter().find(|(of, _)| *of == ticket).map(|(_, key)| key.clone())
        });
        let Some(Key { run, market, question }) = key else { return };
        let hook = self.hook.get_value();
        let tell = |heard: Heard<'_, Q>| {
            if let Some(hook) = &hook {
                hook(heard);
            }
        };
        let reply = match event {
            Event::Progress { .. } | Event::Part(_) => return tell(Heard::Part(event)),
            Event::Reply(reply) => Ok(reply),
            Event::Failed(error) => Err(error),
        };
        match reply.map(Q::answer) {
            Ok(Some(answer)) => {
                if question.next(&answer).is_none() {
                    self.ended(ticket);
                }
                let answered = Arc::new(Answered { run, market, question, elapsed_ms, answer });
                tell(Heard::Answer(&answered));
                self.last.set(Some(answered));
            }
            // Another question's answer: the lanes would have to be mixed up.
            Ok(None) => {}
            Err(error) => {
                let newest = self.ended(ticket);
                tell(Heard::Failed(&error));
                if newest {
                    self.failure.set(Some(error));
                }
            }
        }
    }

    /// Nothing more comes of this question, nor of older ones. True when it was the newest.
    fn ended(&self, ticket: Ticket) -> bool {
        let newest = self.pending.try_update_value(|pending| {
            pending.retain(|(other, _)| other.generation > ticket.generation);
            pending.is_empty()
        });
        let newest = newest.unwrap_or(false);
        if newest {
            self.under_way.set(false);
        }
        newest
    }

    /// The last good answer.
    pub fn get(&self) -> Option<Arc<Answered<Q>>> {
        self.last.get()
    }

    /// The last good answer, without following it.
    pub fn get_untracked(&self) -> Option<Arc<Answered<Q>>> {
        self.last.get_untracked()
    }

    /// Looks at the last good answer.
    pub fn with<T>(&self, look: impl FnOnce(&Option<Arc<Answered<Q>>>) -> T) -> T {
        self.last.with(look)
    }

    /// Looks at the last good answer, without following it.
    pub fn with_untracked<T>(&self, look: impl FnOnce(&Option<Arc<Answered<Q>>>) -> T) -> T {
        self.last.with_untracked(look)
    }

    /// Follows the last good answer.
    pub fn track(&self) {
        self.last.track();
    }

    /// The last good answer, if it belongs to a run.
    pub fn of(&self, run: RunId) -> Option<Arc<Answered<Q>>> {
        self.last.get().filter(|last| last.run == run)
    }

    /// Why the newest question failed.
    pub fn failure(&self) -> Option<ImportError> {
        self.failure.get()
    }

    /// The newest question is not answered yet.
    pub fn is_under_way(&self) -> bool {
        self.under_way.get() && self.workers.dead.with(Option::is_none)
    }

    /// It was stopped, and what is shown is what it had answered.
    pub fn is_stopped(&self) -> bool {
        self.stopped.get()
    }
}

//! A question of the page: what was asked, the last good answer, and why the newest one failed. Each has a state of its own,
//! so that one that fails says so in its own panel, can be asked again, and holds up no other.
//!
//! [`Asked`] is the typed face of [`Course`], which holds questions and answers as the messages do: one copy of the code
//! serves all of them.

use super::workers::Workers;
use crate::import::ImportError;
use crate::protocol::{Answer, Event, Lane, Listed, Question, Reply, Request, Ticket};
use crate::universe::MarketId;
use leptos::prelude::*;
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

/// Names what a result was made with: a market under settings. Two results with one run belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(pub u64);

/// A question with what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    /// Settings and market, as a number; the default where the question depends on none.
    pub run: RunId,
    /// The market.
    pub market: MarketId,
    /// What is asked.
    pub request: Request,
}

impl Key {
    /// A question about a run.
    pub fn of(run: RunId, market: MarketId, question: impl Listed) -> Self {
        Self { run, market, request: question.request() }
    }

    /// A question about a market alone.
    pub fn about(market: MarketId, question: impl Listed) -> Self {
        Self::of(RunId::default(), market, question)
    }
}

/// An answer with its question.
#[derive(Debug)]
struct Known {
    key: Key,
    elapsed_ms: f64,
    reply: Reply,
}

/// An answer with its question. It reads as the answer.
pub struct Answered<Q>(Arc<Known>, PhantomData<fn() -> Q>);

impl<Q> Clone for Answered<Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<Q: Question> Answered<Q> {
    /// What it belongs to.
    pub fn run(&self) -> RunId {
        self.0.key.run
    }

    /// The market that it is about.
    pub fn market(&self) -> MarketId {
        self.0.key.market
    }

    /// Time the worker took, ms.
    pub fn elapsed_ms(&self) -> f64 {
        self.0.elapsed_ms
    }

    /// What was asked.
    pub fn question(&self) -> &Q {
        Q::question_in(&self.0.key.request).expect("Invariant: a lane has one kind of question")
    }
}

impl<Q: Question> Deref for Answered<Q> {
    type Target = Q::Answer;

    fn deref(&self) -> &Q::Answer {
        Q::answer_in(&self.0.reply).expect("Invariant: only answers of the question are kept")
    }
}

/// What is heard of a question beside its state.
pub(super) enum Heard<'a, A> {
    /// Progress, or a part of a download; and the time that the worker took so far, ms.
    Part(Event, f64),
    /// An answer, before the signal tells it.
    Answer(A),
    /// It failed.
    Failed(&'a ImportError),
}

type Hook = Rc<dyn Fn(Heard<'_, &Arc<Known>>)>;

/// The course of one question. A copy is a handful of handles.
#[derive(Clone, Copy)]
struct Course {
    workers: Workers,
    lane: Lane,
    /// Questions of which an answer may still come, oldest first.
    pending: StoredValue<Vec<(Ticket, Key)>>,
    /// The newest question, while nothing has ended it.
    newest: StoredValue<Option<Key>>,
    last: RwSignal<Option<Arc<Known>>>,
    failure: RwSignal<Option<ImportError>>,
    under_way: RwSignal<bool>,
    stopped: RwSignal<bool>,
    tries: RwSignal<u32>,
    hook: StoredValue<Option<Hook>, LocalStorage>,
}

impl Course {
    fn new(workers: Workers, lane: Lane) -> Self {
        let course = Self {
            workers,
            lane,
            pending: StoredValue::new(Vec::new()),
            newest: StoredValue::new(None),
            last: RwSignal::new(None),
            failure: RwSignal::new(None),
            under_way: RwSignal::new(false),
            stopped: RwSignal::new(false),
            tries: RwSignal::new(0),
            hook: StoredValue::new_local(None),
        };
        workers.listen(lane, move |answer| course.hear(answer));
        course
    }

    fn ask(&self, key: Key) {
        // Work in steps goes on where it stands.
        let so_far = self.last.get_untracked().filter(|last| last.key == key);
        let next = so_far.and_then(|last| key.request.next(&last.reply));
        let request = next.unwrap_or_else(|| key.request.clone());
        let Some(ticket) = self.workers.ask(key.market, request) else { return };
        self.pending.update_value(|pending| pending.push((ticket, key.clone())));
        self.newest.set_value(Some(key));
        self.failure.set(None);
        self.stopped.set(false);
        self.under_way.set(true);
    }

    fn follow(self, wanted: Box<dyn Fn() -> Option<Key>>) {
        Effect::new(move || {
            self.tries.track();
            match wanted() {
                Some(key) => {
                    if !self.newest.with_value(|newest| newest.as_ref() == Some(&key)) {
                        self.want(key);
                    }
                }
                None => self.withdraw(),
            }
        });
    }

    /// Asks, unless the answer is there or on its way.
    fn want(&self, key: Key) {
        let on_its_way = self.pending.with_value(|pending| {
            pending.last().filter(|(_, of)| *of == key).map(|(ticket, _)| *ticket)
        });
        let known = self.last.with_untracked(|last| {
            last.as_ref()
                .is_some_and(|last| last.key == key && key.request.next(&last.reply).is_none())
        });
        let comes = !known && on_its_way.is_some_and(|ticket| self.workers.resume(ticket));
        if !known && !comes {
            self.ask(key);
            return;
        }
        if known && self.under_way.get_untracked() {
            self.workers.withdraw(self.lane);
        }
        self.newest.set_value(Some(key));
        self.failure.set(None);
        self.stopped.set(false);
        self.under_way.set(comes);
    }

    /// Nobody looks any more: what has not begun will not, and what failed is asked again when it is wanted again. What
    /// the user stopped stays stopped.
    fn withdraw(&self) {
        if self.under_way.get_untracked() {
            self.workers.withdraw(self.lane);
            self.under_way.set(false);
        }
        if !self.stopped.get_untracked() {
            self.newest.set_value(None);
        }
        self.failure.set(None);
    }

    fn clear(&self) {
        if self.under_way.get_untracked() {
            self.workers.withdraw(self.lane);
        }
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
        let Some(key) = key else { return };
        let hook = self.hook.get_value();
        let tell = |heard: Heard<'_, &Arc<Known>>| {
            if let Some(hook) = &hook {
                hook(heard);
            }
        };
        match event {
            Event::Progress { .. } | Event::Part(_) => tell(Heard::Part(event, elapsed_ms)),
            Event::Reply(reply) => {
                if key.request.next(&reply).is_none() {
                    self.ended(ticket);
                }
                let known = Arc::new(Known { key, elapsed_ms, reply });
                tell(Heard::Answer(&known));
                self.last.set(Some(known));
            }
            Event::Failed(error) => {
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
}

/// The state of one question.
pub struct Asked<Q>(Course, PhantomData<fn() -> Q>);

#[allow(
    clippy::expl_impl_clone_on_copy,
    reason = "a question need not be Copy for its handles to be"
)]
impl<Q> Clone for Asked<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Asked<Q> {}

fn typed<Q>(known: &Arc<Known>) -> Answered<Q> {
    Answered(Arc::clone(known), PhantomData)
}

impl<Q: Question> Asked<Q> {
    /// A question that nobody has asked.
    pub(super) fn new(workers: Workers) -> Self {
        Self(Course::new(workers, Q::LANE), PhantomData)
    }

    /// Lets someone listen: to parts, and to answers before their signal tells them.
    pub(super) fn on(&self, hook: impl Fn(Heard<'_, Answered<Q>>) + 'static) {
        let hook = move |heard: Heard<'_, &Arc<Known>>| {
            hook(match heard {
                Heard::Part(event, elapsed_ms) => Heard::Part(event, elapsed_ms),
                Heard::Answer(known) => Heard::Answer(typed(known)),
                Heard::Failed(error) => Heard::Failed(error),
            });
        };
        self.0.hook.set_value(Some(Rc::new(hook)));
    }

    /// Asks. An older question that waits is replaced.
    pub(super) fn ask(&self, key: Key) {
        self.0.ask(key);
    }

    /// Asks whenever something else is wanted, and takes the question back when nothing is.
    pub(super) fn follow(self, wanted: impl Fn() -> Option<Key> + 'static) {
        self.0.follow(Box::new(wanted));
    }

    /// Stops it. What was answered so far stays.
    pub fn stop(&self) {
        self.0.workers.cancel(Q::LANE);
        self.0.under_way.set(false);
        self.0.stopped.set(true);
    }

    /// Holds it at the end of its step, or lets it go on.
    pub fn pause(&self, on: bool) {
        self.0.workers.pause(Q::LANE, on);
    }

    /// Asks once more what failed or was stopped.
    pub fn again(&self) {
        self.0.newest.set_value(None);
        self.0.failure.set(None);
        self.0.stopped.set(false);
        self.0.tries.update(|tries| *tries += 1);
    }

    /// Forgets question, answer and failure: they belong to a market that is not shown.
    pub(super) fn clear(&self) {
        self.0.clear();
    }

    /// The last good answer.
    pub fn get(&self) -> Option<Answered<Q>> {
        self.0.last.with(|last| last.as_ref().map(typed))
    }

    /// The last good answer, without following it.
    pub fn get_untracked(&self) -> Option<Answered<Q>> {
        self.0.last.with_untracked(|last| last.as_ref().map(typed))
    }

    /// Looks at the last good answer.
    pub fn with<T>(&self, look: impl FnOnce(&Option<Answered<Q>>) -> T) -> T {
        look(&self.get())
    }

    /// Looks at the last good answer, without following it.
    pub fn with_untracked<T>(&self, look: impl FnOnce(&Option<Answered<Q>>) -> T) -> T {
        look(&self.get_untracked())
    }

    /// Follows the last good answer.
    pub fn track(&self) {
        self.0.last.track();
    }

    /// The last good answer, if it belongs to a run.
    pub fn of(&self, run: RunId) -> Option<Answered<Q>> {
        self.get().filter(|last| last.run() == run)
    }

    /// Why the newest question failed.
    pub fn failure(&self) -> Option<ImportError> {
        self.0.failure.get()
    }

    /// The newest question is not answered yet.
    pub fn is_under_way(&self) -> bool {
        self.0.under_way.get() && self.0.workers.dead.with(Option::is_none)
    }

    /// It was stopped, and what is shown is what it had answered.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.get()
    }
}

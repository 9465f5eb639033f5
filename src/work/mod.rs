//! Who does what, and when: lanes of questions, desks with workers, deaths and deadlines. Knows no browser and no clock:
//! whoever owns a [`Scheduler`] tells it the time and carries its [`Command`]s out.
//!
//! A *desk* is a place for one worker. Desk 0 is the front: nothing slow is ever given to it. Each desk has one question
//! under way, so what waits can still be replaced by something newer, the most urgent lane comes first, and a death is
//! charged to the question that caused it. A market is read once, at the front; every other desk is handed its columns when
//! a question about it comes up.

mod lanes;
mod memory;
#[cfg(test)]
mod tests;

pub use lanes::{Place, Route};
pub use memory::{DESK_BYTES, PAGE_BYTES};

use crate::domain::Few;
use crate::protocol::{Lane, Ticket};
use crate::universe::MarketId;
use memory::Memory;
use std::collections::VecDeque;

/// Most desks. Own choice: more share one memory bus and take memory each.
pub const MOST_DESKS: usize = 8;
/// Silence after which a worker with a question is taken for dead, ms. Long questions beat once a second.
pub const SILENCE_MS: f64 = 30_000.0;
/// Time that a worker has to start, ms.
pub const START_MS: f64 = 15_000.0;
/// How often [`Scheduler::tick`] is to be called, ms.
pub const TICK_MS: f64 = 1_000.0;
/// Time after which a question that was cancelled is over, ms; its worker is replaced if it has not come to a step by then.
pub const CANCEL_MS: f64 = 250.0;
/// Deaths over the same question after which it is given up.
const MOST_DEATHS: u32 = 2;
/// Deaths before the first sign of life after which no worker is started any more.
const MOST_STILLBORN: u32 = 3;
/// The desk of what goes on from something that a worker keeps.
const HOME: usize = 1;
/// The desks from here on are extra: the page works without them.
const FIRST_EXTRA: usize = 2;

/// What is to be carried out, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command<Q> {
    /// End the worker of a desk, if it has one, and start a new one.
    Start(usize),
    /// End the worker of a desk.
    Stop(usize),
    /// Post a question.
    Ask {
        /// To which desk.
        desk: usize,
        /// Which one it is.
        ticket: Ticket,
        /// What is asked.
        request: Q,
    },
    /// Post the columns of a market.
    Hold {
        /// To which desk.
        desk: usize,
        /// Of which market.
        market: MarketId,
    },
    /// Let a market go.
    Release {
        /// At which desk.
        desk: usize,
        /// Which market.
        market: MarketId,
    },
    /// Tell the page.
    Tell(Notice),
}

/// What the page is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A worker died and was replaced.
    Replaced {
        /// Why it died.
        reason: String,
        /// Its question was given up, because it had killed a worker before.
        gave_up: bool,
    },
    /// A question will not be answered.
    GaveUp {
        /// Which.
        ticket: Ticket,
        /// Why the last worker died over it.
        reason: String,
    },
    /// A question cannot be answered, because no worker can be handed its market.
    OutOfReach {
        /// Which.
        ticket: Ticket,
        /// Why the last worker could not take it.
        reason: String,
    },
    /// The workers cannot be started at all.
    NoWorkers(String),
}

/// What is heard from a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Sign<Q> {
    /// It has started.
    Ready,
    /// It is at work.
    Beat,
    /// It holds a market, or says why it cannot.
    Held(MarketId, Result<(), String>),
    /// A part of an answer.
    Part(Ticket),
    /// The end of an answer.
    Done {
        /// Of which question.
        ticket: Ticket,
        /// The question that goes on from here.
        then: Option<Q>,
        /// Bytes that the market takes, when it was read and its columns are at hand.
        read: Option<u64>,
    },
    /// It panicked, threw or could not be understood.
    Died(String),
}

#[derive(Clone, Debug)]
struct Task<Q> {
    generation: u64,
    market: MarketId,
    request: Q,
    /// Workers that died over it.
    deaths: u32,
}

/// A question that a worker has.
#[derive(Debug)]
struct UnderWay<Q> {
    desk: usize,
    task: Task<Q>,
    /// It does not go on after this step.
    last_step: bool,
    /// When it is over, because it was cancelled.
    ends_at: Option<f64>,
}

impl<Q> UnderWay<Q> {
    fn is(&self, ticket: Ticket) -> bool {
        self.task.generation == ticket.generation && self.task.market == ticket.market
    }
}

#[derive(Debug)]
struct LaneState<Q> {
    generation: u64,
    /// What is worked on: one question, or several of a lane that many desks share.
    under_way: Vec<UnderWay<Q>>,
    /// The newest question; where every one is kept, all of them.
    waiting: VecDeque<Task<Q>>,
    paused: bool,
}

impl<Q> Default for LaneState<Q> {
    fn default() -> Self {
        Self { generation: 0, under_way: Vec::new(), waiting: VecDeque::new(), paused: false }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    /// No worker.
    #[default]
    Empty,
    /// Started, not heard yet.
    Starting,
    Ready,
}

#[derive(Clone, Debug, Default)]
struct Desk {
    life: Life,
    /// The lane whose question is under way.
    busy: Option<Lane>,
    /// The market that is being handed over.
    taking: Option<MarketId>,
    /// Time without a sign, ms.
    silence: f64,
}

/// Decides what the workers do. `Q` is what is asked: nothing here looks into it.
#[derive(Debug)]
pub struct Scheduler<Q> {
    desks: Vec<Desk>,
    /// Desks that may be used: fewer than there are, once an extra one could not be started.
    most: usize,
    lanes: Few<Lane, LaneState<Q>>,
    /// Markets that were read: their columns can be handed over.
    read: Vec<MarketId>,
    /// Deaths while a market was handed to a desk, and why the last one was.
    hand_over_deaths: Few<(usize, MarketId), (u32, String)>,
    memory: Memory,
    stillborn: u32,
    last_tick: Option<f64>,
    commands: VecDeque<Command<Q>>,
}

impl<Q: Clone> Scheduler<Q> {
    /// A scheduler for a machine with so many cores. There are at least two desks: what a finger waits for must never wait
    /// for what may arrive later.
    pub fn new(cores: usize) -> Self {
        let desks = cores.clamp(2, MOST_DESKS);
        Self {
            desks: vec![Desk::default(); desks],
            most: desks,
            lanes: Few::default(),
            read: Vec::new(),
            hand_over_deaths: Few::default(),
            memory: Memory::new(desks),
            stillborn: 0,
            last_tick: None,
            commands: VecDeque::new(),
        }
    }

    /// The next thing to carry out.
    pub fn next_command(&mut self) -> Option<Command<Q>> {
        self.commands.pop_front()
    }

    /// Starts the front and one desk beside it; others follow when there is work for them.
    pub fn start(&mut self) {
        self.start_desk(0);
        self.start_desk(1);
    }

    /// Bytes of all markets in all desks.
    pub fn memory(&self) -> u64 {
        self.memory.total()
    }

    /// Says how much memory a market will need at most, before it is read.
    pub fn expect(&mut self, market: MarketId, bytes: u64) {
        self.memory.set_bytes(market, bytes);
    }

    /// Asks; an older question of the lane that still waits is replaced. Returns its ticket.
    pub fn ask(&mut self, lane: Lane, market: MarketId, request: Q) -> Ticket {
        let state = self.lanes.of(lane);
        state.generation += 1;
        state.paused = false;
        if !lane.keeps_all() {
            state.waiting.clear();
        }
        let generation = state.generation;
        state.waiting.push_back(Task { generation, market, request, deaths: 0 });
        self.dispatch();
        Ticket { lane, generation, market }
    }

    /// Takes back what was asked, because nobody looks any more: what has not begun will not, and what is under way ends
    /// with its step.
    pub fn withdraw(&mut self, lane: Lane) {
        let state = self.lanes.of(lane);
        state.waiting.clear();
        state.under_way.iter_mut().for_each(|one| one.last_step = true);
    }

    /// Takes a withdrawal back. False when the question is not worked on any more, or was cancelled.
    pub fn resume(&mut self, ticket: Ticket) -> bool {
        let Some(state) = self.lanes.get_mut(&ticket.lane) else { return false };
        let is_free = state.waiting.is_empty();
        let found = state.under_way.iter_mut().find(|one| one.is(ticket));
        let Some(one) = found.filter(|one| is_free && one.ends_at.is_none()) else { return false };
        one.last_step = false;
        true
    }

    /// Holds a lane at the end of its step, or lets it go on.
    pub fn pause(&mut self, lane: Lane, paused: bool) {
        self.lanes.of(lane).paused = paused;
        self.dispatch();
    }

    /// Ends the questions of a lane, the one under way within [`CANCEL_MS`]. What it has answered so far stays.
    pub fn cancel(&mut self, now: f64, lane: Lane) {
        let state = self.lanes.of(lane);
        state.waiting.clear();
        state.paused = false;
        for one in &mut state.under_way {
            one.last_step = true;
            one.ends_at.get_or_insert(now + CANCEL_MS);
        }
    }

    /// When [`Self::tick`] must be called at the latest, beside every [`TICK_MS`].
    pub fn alarm(&self) -> Option<f64> {
        let under_way = self.lanes.iter().flat_map(|(_, state)| &state.under_way);
        under_way.filter_map(|one| one.ends_at).min_by(f64::total_cmp)
    }

    /// Forgets a market with all questions about it. A worker that is busy with one is replaced, so that the next question
    /// does not wait for it.
    pub fn forget(&mut self, market: MarketId) {
        let mut restarted = Vec::new();
        for (_, state) in self.lanes.iter_mut() {
            state.waiting.retain(|task| task.market != market);
            let of = state.under_way.iter().filter(|one| one.task.market == market);
            restarted.extend(of.map(|one| one.desk));
            state.under_way.retain(|one| one.task.market != market);
        }
        let handed = (0..self.desks.len()).filter(|&at| self.desks[at].taking == Some(market));
        restarted.extend(handed);
        for desk in 0..self.desks.len() {
            if restarted.contains(&desk) {
                self.start_desk(desk);
            } else if self.memory.holds(desk, market) {
                self.memory.release(desk, market);
                self.commands.push_back(Command::Release { desk, market });
            }
        }
        self.memory.forget(market);
        self.read.retain(|&other| other != market);
        // What could not be taken may find room now.
        self.hand_over_deaths.clear();
        self.dispatch();
    }

    /// Takes what a worker says. True when a part or an answer is one that is still wanted.
    pub fn hear(&mut self, desk: usize, sign: Sign<Q>) -> bool {
        self.desks[desk].silence = 0.0;
        match sign {
            Sign::Beat => false,
            Sign::Ready => {
                self.stillborn = 0;
                self.desks[desk].life = Life::Ready;
                self.dispatch();
                false
            }
            Sign::Held(market, result) => {
                self.taken(desk, market, result);
                false
            }
            Sign::Part(ticket) => self.is_wanted(desk, ticket),
            Sign::Done { ticket, then, read } => self.done(desk, ticket, then, read),
            Sign::Died(reason) => {
                self.bury(desk, &reason);
                false
            }
        }
    }

    /// The question of a ticket, while it is worked on.
    pub fn under_way(&self, ticket: Ticket) -> Option<&Q> {
        let under_way = &self.lanes.get(&ticket.lane)?.under_way;
        let found = under_way.iter().find(|one| one.task.generation == ticket.generation);
        found.map(|one| &one.task.request)
    }

    fn is_wanted(&self, desk: usize, ticket: Ticket) -> bool {
        self.lanes.get(&ticket.lane).is_some_and(|state| {
            state.under_way.iter().any(|one| one.desk == desk && one.is(ticket))
        })
    }

    fn done(&mut self, desk: usize, ticket: Ticket, then: Option<Q>, read: Option<u64>) -> bool {
        if !self.is_wanted(desk, ticket) {
            return false;
        }
        self.desks[desk].busy = None;
        let state = self.lanes.of(ticket.lane);
        let at = state.under_way.iter().position(|one| one.desk == desk);
        let last = at.is_some_and(|at| state.under_way.swap_remove(at).last_step);
        let replaced = !ticket.lane.keeps_all() && !state.waiting.is_empty();
        if let Some(request) = then.filter(|_| !last && !replaced) {
            let Ticket { generation, market, .. } = ticket;
            state.waiting.push_front(Task { generation, market, request, deaths: 0 });
        }
        if let Some(bytes) = read {
            self.memory.set_bytes(ticket.market, bytes);
            self.memory.used(desk, ticket.market);
            self.read.retain(|&other| other != ticket.market);
            self.read.push(ticket.market);
        }
        self.dispatch();
        true
    }

    /// A market was handed over, or could not be.
    fn taken(&mut self, desk: usize, market: MarketId, result: Result<(), String>) {
        if self.desks[desk].taking.take_if(|taking| *taking == market).is_none() {
            return;
        }
        match result {
            Ok(()) => {
                self.hand_over_deaths.remove(&(desk, market));
            }
            Err(reason) => {
                self.memory.release(desk, market);
                self.hand_over_deaths.set((desk, market), (MOST_DEATHS, reason));
            }
        }
        self.dispatch();
    }

    /// Looks for silence and for what is overdue. To be called every [`TICK_MS`] and at [`Self::alarm`].
    pub fn tick(&mut self, now: f64) {
        // A page that slept, or whose timers are held back, has heard nothing for as long; its workers slept, too.
        let passed = self.last_tick.map_or(0.0, |last| (now - last).clamp(0.0, 2.0 * TICK_MS));
        self.last_tick = Some(now);
        let mut over = Vec::new();
        for (_, state) in self.lanes.iter_mut() {
            let is_over = |one: &UnderWay<Q>| one.ends_at.is_some_and(|end| end <= now);
            over.extend(state.under_way.iter().filter(|one| is_over(one)).map(|one| one.desk));
            state.under_way.retain(|one| !is_over(one));
        }
        for &desk in &over {
            self.start_desk(desk);
        }
        for desk in 0..self.desks.len() {
            let place = &mut self.desks[desk];
            place.silence += passed;
            let silent = place.silence;
            if place.life == Life::Starting && silent > START_MS {
                self.bury(desk, "no sign of life for 15 seconds after its start");
            } else if place.life == Life::Ready
                && (place.busy.is_some() || place.taking.is_some())
                && silent > SILENCE_MS
            {
                self.bury(desk, "no sign of life for 30 seconds");
            }
        }
        self.dispatch();
    }

    fn start_desk(&mut self, desk: usize) {
        self.desks[desk] = Desk { life: Life::Starting, ..Desk::default() };
        self.memory.clear(desk);
        self.commands.push_back(Command::Start(desk));
    }

    /// Replaces a dead worker and repeats its question, once.
    fn bury(&mut self, desk: usize, reason: &str) {
        let dead = self.desks[desk].clone();
        if dead.life == Life::Empty {
            return;
        }
        if dead.life == Life::Starting && desk >= FIRST_EXTRA {
            // The others do its work.
            self.most = desk;
            self.desks[desk] = Desk::default();
            self.commands.push_back(Command::Stop(desk));
            return;
        }
        if dead.life == Life::Starting {
            self.stillborn += 1;
            if self.stillborn >= MOST_STILLBORN {
                self.close(desk);
                self.commands.push_back(Command::Tell(Notice::NoWorkers(reason.to_owned())));
                return;
            }
        }
        if let Some(market) = dead.taking {
            let (deaths, why) = self.hand_over_deaths.of((desk, market));
            *deaths += 1;
            *why = format!("a worker stopped over it twice ({reason})");
        }
        let mut given_up = None;
        if let Some(lane) = dead.busy {
            let state = self.lanes.of(lane);
            if let Some(at) = state.under_way.iter().position(|one| one.desk == desk) {
                let UnderWay { mut task, last_step: last, .. } = state.under_way.swap_remove(at);
                task.deaths += 1;
                if task.deaths >= MOST_DEATHS && !last {
                    let Task { generation, market, .. } = task;
                    given_up = Some(Ticket { lane, generation, market });
                } else if !last && (lane.keeps_all() || state.waiting.is_empty()) {
                    state.waiting.push_front(task);
                }
            }
        }
        self.start_desk(desk);
        self.commands.push_back(Command::Tell(Notice::Replaced {
            reason: reason.to_owned(),
            gave_up: given_up.is_some(),
        }));
        if let Some(ticket) = given_up {
            let reason = reason.to_owned();
            self.commands.push_back(Command::Tell(Notice::GaveUp { ticket, reason }));
        }
        self.dispatch();
    }

    /// Leaves a desk empty, with the questions that only it could answer.
    fn close(&mut self, desk: usize) {
        self.desks[desk] = Desk::default();
        self.memory.clear(desk);
        self.commands.push_back(Command::Stop(desk));
        for (lane, state) in self.lanes.iter_mut() {
            if (lane.place() == Place::Front) == (desk == 0) {
                *state = LaneState { generation: state.generation, ..LaneState::default() };
            }
        }
    }

    /// Gives every desk that is free the most urgent question that it can answer.
    fn dispatch(&mut self) {
        for &lane in Lane::ALL {
            // A desk more for each question of a lane that they share.
            while self.dispatch_one(lane) && lane.place() == Place::Shared {}
        }
    }

    /// Gives a free desk the next question of a lane, or the market of it. False where there is none, of either.
    fn dispatch_one(&mut self, lane: Lane) -> bool {
        let Some(market) = self.first_in_reach(lane) else { return false };
        let Some(desk) = self.desk_for(lane, market) else { return false };
        if !lane.reads_file() && !self.memory.holds(desk, market) {
            self.hand_over(desk, market);
            return true;
        }
        let state = self.lanes.of(lane);
        let Some(task) = state.waiting.pop_front() else { return false };
        let one = UnderWay { desk, task: task.clone(), last_step: false, ends_at: None };
        state.under_way.push(one);
        if lane == Lane::Load {
            self.make_room(desk, market);
        }
        let place = &mut self.desks[desk];
        (place.busy, place.silence) = (Some(lane), 0.0);
        if !lane.reads_file() {
            self.memory.used(desk, market);
        }
        let Task { generation, market, request, .. } = task;
        let ticket = Ticket { lane, generation, market };
        self.commands.push_back(Command::Ask { desk, ticket, request });
        true
    }

    /// [`Self::first_waiting`], after what no desk can be handed is given up.
    fn first_in_reach(&mut self, lane: Lane) -> Option<MarketId> {
        loop {
            let market = self.first_waiting(lane)?;
            let Some(reason) = self.out_of_reach(lane, market) else { return Some(market) };
            let Task { generation, .. } = self.lanes.get_mut(&lane)?.waiting.pop_front()?;
            let ticket = Ticket { lane, generation, market };
            self.commands.push_back(Command::Tell(Notice::OutOfReach { ticket, reason }));
        }
    }

    /// Why no desk of a lane can be handed a market, now or later.
    fn out_of_reach(&self, lane: Lane, market: MarketId) -> Option<String> {
        if lane.reads_file() {
            return None;
        }
        let may_come = |at: usize| {
            at < FIRST_EXTRA || self.memory.holds(at, market) || self.memory.fits_beside(market)
        };
        let mut last = None;
        for desk in self.desks_of(lane).filter(|&at| may_come(at)) {
            match self.hand_over_deaths.get(&(desk, market)) {
                Some((deaths, reason)) if *deaths >= MOST_DEATHS => last = Some(reason.clone()),
                _ => return None,
            }
        }
        last
    }

    fn desks_of(&self, lane: Lane) -> std::ops::Range<usize> {
        match lane.place() {
            Place::Front => 0..1,
            Place::Back => 1..self.most,
            Place::Home => HOME..HOME + 1,
            Place::Shared => 0..self.most,
        }
    }

    /// How many questions of a shared lane can be worked on at once.
    pub fn shares(&self) -> u32 {
        self.most as u32 - 1
    }

    /// The market of the next question of a lane, if it can be worked on now.
    fn first_waiting(&self, lane: Lane) -> Option<MarketId> {
        let state = self.lanes.get(&lane)?;
        if state.paused || (lane.place() != Place::Shared && !state.under_way.is_empty()) {
            return None;
        }
        let market = state.waiting.front()?.market;
        (lane.reads_file() || self.read.contains(&market)).then_some(market)
    }

    /// A free desk for a question: best one that holds the market. Starts another desk when all are busy and one more fits.
    fn desk_for(&mut self, lane: Lane, market: MarketId) -> Option<usize> {
        // What is shared is done for the one at home, which has its own part of it.
        let is_shared = lane.place() == Place::Shared;
        let desks = self.desks_of(lane).filter(move |&at| !is_shared || at != HOME);
        let usable = |&at: &usize| {
            let deaths = self.hand_over_deaths.get(&(at, market));
            lane.reads_file() || deaths.is_none_or(|(deaths, _)| *deaths < MOST_DEATHS)
        };
        let is_free = |&at: &usize| {
            let desk = &self.desks[at];
            desk.life == Life::Ready && desk.busy.is_none() && desk.taking.is_none()
        };
        let free: Vec<usize> = desks.clone().filter(usable).filter(is_free).collect();
        let holding = free.iter().copied().find(|&at| self.memory.holds(at, market));
        // An extra desk never takes a market at the price of what another one holds.
        let fits = |&at: &usize| at < FIRST_EXTRA || self.memory.fits_beside(market);
        if let Some(desk) = holding.or_else(|| free.into_iter().find(fits)) {
            return Some(desk);
        }
        let coming = |&at: &usize| {
            let desk = &self.desks[at];
            desk.life == Life::Starting || desk.taking.is_some()
        };
        let may_start = matches!(lane.place(), Place::Back | Place::Shared)
            && !desks.clone().any(|at| coming(&at))
            && self.memory.fits_beside(market);
        let mut empty = desks.filter(|&at| self.desks[at].life == Life::Empty);
        if may_start && let Some(desk) = empty.find(|&at| at >= FIRST_EXTRA) {
            self.start_desk(desk);
        }
        None
    }

    fn hand_over(&mut self, desk: usize, market: MarketId) {
        self.make_room(desk, market);
        self.memory.used(desk, market);
        let place = &mut self.desks[desk];
        (place.taking, place.silence) = (Some(market), 0.0);
        self.commands.push_back(Command::Hold { desk, market });
    }

    fn make_room(&mut self, desk: usize, market: MarketId) {
        let under_way = self.lanes.iter().flat_map(|(_, state)| &state.under_way);
        let mut busy: Vec<(usize, MarketId)> =
            under_way.map(|one| (one.desk, one.task.market)).collect();
        // What is being handed over was asked for, and would only be handed over again.
        let taking =
            self.desks.iter().enumerate().filter_map(|(at, desk)| Some((at, desk.taking?)));
        busy.extend(taking);
        for (desk, market) in self.memory.make_room(desk, market, &busy) {
            self.commands.push_back(Command::Release { desk, market });
        }
    }
}

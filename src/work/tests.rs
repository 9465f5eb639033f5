//! The scheduler with a fake clock and fake workers: what a browser would do, in order and at once.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// What a fake worker does with a question.
#[derive(Clone, Debug, PartialEq)]
struct Work {
    name: &'static str,
    /// Time a step, ms.
    ms: f64,
    /// Steps left after this one.
    steps: u32,
    /// Beats once a second.
    beats: bool,
    /// Dies instead of answering, so often.
    deaths: u32,
}

const fn work(name: &'static str, ms: f64) -> Work {
    Work { name, ms, steps: 0, beats: false, deaths: 0 }
}

#[derive(Clone, Debug)]
enum Does {
    Start,
    Hold(MarketId),
    Ask(Ticket, Work),
}

#[derive(Debug, Default)]
struct Worker {
    /// What it was told and has not begun.
    inbox: VecDeque<Does>,
    /// What it does, and when that ends.
    now: Option<(Does, f64)>,
    next_beat: f64,
    holds: BTreeSet<MarketId>,
}

/// A machine with a clock.
struct World {
    scheduler: Scheduler<Work>,
    now: f64,
    next_tick: f64,
    workers: BTreeMap<usize, Worker>,
    /// Answers that were wanted, in order, with the desk and the time.
    answered: Vec<(&'static str, usize, f64)>,
    notices: Vec<Notice>,
    started: Vec<usize>,
    handed: Vec<(usize, MarketId)>,
    released: Vec<(usize, MarketId)>,
    /// Deaths that were died for each question.
    died: BTreeMap<&'static str, u32>,
    /// Workers die before they start.
    stillborn: bool,
    /// Those of these desks do.
    stillborn_desks: Vec<usize>,
    /// Markets that kill whoever is handed them, so often.
    poison: BTreeMap<MarketId, u32>,
    /// Desk and time of every question begun.
    begun: Vec<(&'static str, usize, f64)>,
}

const A: MarketId = MarketId(1);
const B: MarketId = MarketId(2);
const MB: u64 = 1_000_000;

impl World {
    fn new(cores: usize) -> Self {
        let mut world = Self {
            scheduler: Scheduler::new(cores),
            now: 0.0,
            next_tick: TICK_MS,
            workers: BTreeMap::new(),
            answered: Vec::new(),
            notices: Vec::new(),
            started: Vec::new(),
            handed: Vec::new(),
            released: Vec::new(),
            died: BTreeMap::new(),
            stillborn: false,
            stillborn_desks: Vec::new(),
            poison: BTreeMap::new(),
            begun: Vec::new(),
        };
        world.scheduler.start();
        world.carry_out();
        world
    }

    /// A machine on which the front has read market A.
    fn just_read(cores: usize) -> Self {
        let mut world = Self::new(cores);
        world.ask(Lane::Load, A, work("read", 20.0));
        world.run(100.0);
        assert_eq!(world.names(), ["read"]);
        world.answered.clear();
        world
    }

    /// The same, and the first desk of the back was handed it.
    fn loaded(cores: usize) -> Self {
        let mut world = Self::just_read(cores);
        world.ask(Lane::Gained, A, work("warm", 1.0));
        world.run(100.0);
        assert_eq!(world.names(), ["warm"]);
        world.answered.clear();
        world
    }

    fn ask(&mut self, lane: Lane, market: MarketId, work: Work) -> Ticket {
        let ticket = self.scheduler.ask(lane, market, work);
        self.carry_out();
        ticket
    }

    fn names(&self) -> Vec<&'static str> {
        self.answered.iter().map(|(name, ..)| *name).collect()
    }

    fn carry_out(&mut self) {
        while let Some(command) = self.scheduler.next_command() {
            match command {
                Command::Start(desk) => {
                    self.started.push(desk);
                    let mut worker = Worker::default();
                    worker.inbox.push_back(Does::Start);
                    self.workers.insert(desk, worker);
                }
                Command::Stop(desk) => {
                    self.workers.remove(&desk);
                }
                Command::Ask { desk, ticket, request } => {
                    let worker = self.workers.get_mut(&desk).expect("a question needs a worker");
                    assert!(worker.now.is_none() && worker.inbox.is_empty(), "one at a time");
                    worker.inbox.push_back(Does::Ask(ticket, request));
                }
                Command::Hold { desk, market } => {
                    self.handed.push((desk, market));
                    let worker = self.workers.get_mut(&desk).expect("columns need a worker");
                    assert!(worker.now.is_none() && worker.inbox.is_empty(), "one at a time");
                    worker.inbox.push_back(Does::Hold(market));
                }
                Command::Release { desk, market } => {
                    self.released.push((desk, market));
                    let worker = self.workers.get_mut(&desk).expect("a release needs a worker");
                    assert!(worker.holds.remove(&market), "only what is held is released");
                }
                Command::Tell(notice) => self.notices.push(notice),
            }
        }
        for (&desk, worker) in &mut self.workers {
            if worker.now.is_none()
                && let Some(does) = worker.inbox.pop_front()
            {
                let takes = match &does {
                    Does::Start => 50.0,
                    Does::Hold(_) => 5.0,
                    Does::Ask(ticket, work) => {
                        self.begun.push((work.name, desk, self.now));
                        let reads = ticket.lane.reads_file();
                        assert!(
                            reads || worker.holds.contains(&ticket.market),
                            "it has the market"
                        );
                        work.ms
                    }
                };
                worker.next_beat = self.now + 1_000.0;
                worker.now = Some((does, self.now + takes));
            }
        }
    }

    /// Lets time pass.
    fn run(&mut self, ms: f64) {
        let end = self.now + ms;
        loop {
            let ends = self.workers.values().filter_map(|w| w.now.as_ref().map(|(_, end)| *end));
            let beats = self.workers.values().filter_map(|worker| match &worker.now {
                Some((Does::Ask(_, work), _)) if work.beats => Some(worker.next_beat),
                _ => None,
            });
            let alarm = self.scheduler.alarm().map(|at| at.max(self.now));
            let next = ends.chain(beats).chain(alarm).fold(self.next_tick, f64::min);
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            self.happen();
            self.carry_out();
        }
    }

    /// What happens at this moment.
    fn happen(&mut self) {
        if self.now >= self.next_tick || self.scheduler.alarm().is_some_and(|at| at <= self.now) {
            self.scheduler.tick(self.now);
            self.next_tick = self.next_tick.max(self.now + TICK_MS);
            self.carry_out();
        }
        let desks: Vec<usize> = self.workers.keys().copied().collect();
        for desk in desks {
            let Some(worker) = self.workers.get_mut(&desk) else { continue };
            if let Some((Does::Ask(_, work), end)) = &worker.now
                && work.beats
                && worker.next_beat <= self.now
                && *end > self.now
            {
                worker.next_beat = self.now + 1_000.0;
                self.scheduler.hear(desk, Sign::Beat);
            }
            let worker = self.workers.get_mut(&desk).expect("it lives");
            let Some((does, _)) = worker.now.take_if(|(_, end)| *end <= self.now) else { continue };
            let sign = match does {
                Does::Start if self.stillborn || self.stillborn_desks.contains(&desk) => {
                    Sign::Died("it did not start".to_owned())
                }
                Does::Start => Sign::Ready,
                Does::Hold(market) => {
                    match self.poison.get_mut(&market).filter(|left| **left > 0) {
                        Some(left) => {
                            *left -= 1;
                            Sign::Died("poison".to_owned())
                        }
                        None => {
                            worker.holds.insert(market);
                            Sign::Held(market, Ok(()))
                        }
                    }
                }
                Does::Ask(ticket, work) => {
                    let died = self.died.entry(work.name).or_default();
                    if *died < work.deaths {
                        *died += 1;
                        Sign::Died("boom".to_owned())
                    } else {
                        let read = (ticket.lane == Lane::Load).then_some(100 * MB);
                        if read.is_some() {
                            worker.holds.insert(ticket.market);
                        }
                        let then = work.steps.checked_sub(1);
                        let then = then.map(|steps| Work { steps, ..work.clone() });
                        let name = work.name;
                        if self.scheduler.hear(desk, Sign::Done { ticket, then, read }) {
                            self.answered.push((name, desk, self.now));
                        }
                        self.carry_out();
                        continue;
                    }
                }
            };
            self.scheduler.hear(desk, sign);
            self.carry_out();
        }
    }
}

#[test]
fn the_most_urgent_lane_comes_first_and_the_newest_question_of_a_lane() {
    let mut world = World::loaded(2);
    world.ask(Lane::Validate, A, work("slow", 100.0));
    world.ask(Lane::Proof, A, work("proof", 10.0));
    world.ask(Lane::Costs, A, work("old costs", 10.0));
    world.ask(Lane::Costs, A, work("costs", 10.0));
    world.ask(Lane::Detail, A, work("detail", 10.0));
    world.run(1_000.0);
    assert_eq!(world.names(), ["slow", "detail", "costs", "proof"]);
}

#[test]
fn a_finger_never_waits_for_the_back() {
    for cores in [1, 2, 3, 8, 64] {
        let mut world = World::loaded(cores);
        for lane in Lane::ALL.iter().filter(|lane| lane.place() == Place::Back) {
            world.ask(*lane, A, work("long", 5_000.0));
        }
        world.run(500.0);
        world.ask(Lane::Backtest, A, work("backtest", 8.0));
        world.run(20.0);
        let [(name, desk, _)] = world.answered[..] else { panic!("{:?}", world.answered) };
        assert_eq!((name, desk), ("backtest", 0), "{cores} cores");
        assert_eq!(world.workers.len(), cores.clamp(2, MOST_DESKS), "{cores} cores");
    }
}

#[test]
fn desks_are_started_when_there_is_work_for_them() {
    let mut world = World::loaded(8);
    assert_eq!(world.started, [0, 1]);
    world.ask(Lane::Detail, A, work("detail", 500.0));
    world.run(100.0);
    assert_eq!(world.started, [0, 1], "a desk was free");
    world.ask(Lane::Validate, A, work("validate", 500.0));
    world.ask(Lane::Costs, A, work("costs", 500.0));
    world.run(1_000.0);
    assert_eq!(world.started, [0, 1, 2, 3]);
    assert_eq!(world.answered.len(), 3);
    let desks: BTreeSet<usize> = world.answered.iter().map(|(_, desk, _)| *desk).collect();
    assert_eq!(desks, BTreeSet::from([1, 2, 3]), "all at once");
    // Whoever has the market is asked again; nothing is handed over twice.
    world.ask(Lane::Detail, A, work("detail", 10.0));
    world.run(100.0);
    assert_eq!(world.handed, [(1, A), (2, A), (3, A)]);
}

#[test]
fn a_file_is_read_once() {
    let mut world = World::loaded(4);
    for lane in [Lane::Backtest, Lane::Detail, Lane::Costs, Lane::Validate, Lane::Compare] {
        world.ask(lane, A, work("work", 200.0));
    }
    world.run(2_000.0);
    assert_eq!(world.begun.iter().filter(|(name, ..)| *name == "read").count(), 1);
    assert!(!world.handed.contains(&(0, A)), "the front has read it");
}

#[test]
fn nothing_is_asked_about_a_market_before_it_is_read() {
    let mut world = World::new(2);
    world.ask(Lane::Backtest, A, work("early", 1.0));
    world.run(500.0);
    assert!(world.begun.is_empty());
    world.ask(Lane::Load, A, work("read", 20.0));
    world.run(500.0);
    assert_eq!(world.names(), ["read", "early"]);
}

#[test]
fn an_answer_to_an_older_question_is_not_wanted() {
    let mut world = World::loaded(2);
    let old = world.ask(Lane::Backtest, A, work("old", 50.0));
    world.run(10.0);
    world.ask(Lane::Backtest, A, work("new", 50.0));
    world.run(500.0);
    assert_eq!(world.names(), ["old", "new"], "what was under way is still shown on the way");
    let late = Sign::Done { ticket: old, then: None, read: None };
    assert!(!world.scheduler.hear(0, late), "nobody waits for it");
    assert!(!world.scheduler.hear(1, Sign::Part(old)));
}

#[test]
fn a_question_in_steps_lets_others_in_between() {
    let mut world = World::loaded(2);
    world.ask(Lane::Proof, A, Work { steps: 3, ..work("step", 10.0) });
    world.run(15.0);
    world.ask(Lane::Detail, A, work("detail", 10.0));
    world.run(1_000.0);
    assert_eq!(world.names(), ["step", "step", "detail", "step", "step"]);
}

#[test]
fn a_newer_question_ends_the_steps_of_an_older_one() {
    let mut world = World::loaded(2);
    world.ask(Lane::Proof, A, Work { steps: 50, ..work("old", 10.0) });
    world.run(35.0);
    world.ask(Lane::Proof, A, Work { steps: 1, ..work("new", 10.0) });
    world.run(1_000.0);
    assert_eq!(world.names(), ["old", "old", "old", "old", "new", "new"]);
}

#[test]
fn a_pause_holds_after_the_step_and_goes_on_from_there() {
    let mut world = World::loaded(2);
    world.ask(Lane::Proof, A, Work { steps: 4, ..work("step", 100.0) });
    world.run(150.0);
    world.scheduler.pause(Lane::Proof, true);
    world.run(5_000.0);
    assert_eq!(world.answered.len(), 2);
    world.scheduler.pause(Lane::Proof, false);
    world.carry_out();
    world.run(1_000.0);
    assert_eq!(world.answered.len(), 5);
}

#[test]
fn what_nobody_looks_at_any_more_ends_with_its_step() {
    let mut world = World::loaded(2);
    world.ask(Lane::Proof, A, Work { steps: 9, ..work("step", 100.0) });
    world.ask(Lane::Validate, A, work("waits", 100.0));
    world.run(50.0);
    world.scheduler.withdraw(Lane::Proof);
    world.scheduler.withdraw(Lane::Validate);
    world.run(2_000.0);
    assert_eq!(world.names(), ["step"]);
    assert!(world.started == [0, 1] && world.notices.is_empty(), "no worker was ended for it");
    world.ask(Lane::Proof, A, Work { steps: 1, ..work("again", 100.0) });
    world.run(500.0);
    assert_eq!(world.names(), ["step", "again", "again"]);
}

#[test]
fn a_cancelled_question_is_over_in_time_and_keeps_what_it_answered() {
    // Short steps: the worker lives on. Long ones: it is replaced.
    for (ms, replaced) in [(100.0, false), (60_000.0, true)] {
        let mut world = World::loaded(2);
        let steps = Work { steps: 20, beats: true, ..work("step", ms) };
        world.ask(Lane::Proof, A, Work { ms: 10.0, ..steps.clone() });
        world.run(25.0);
        let before = world.answered.len();
        assert!(before > 0);
        if replaced {
            world.ask(Lane::Proof, A, steps);
            world.run(1_000.0);
        }
        let kept = world.answered.len();
        let asked = world.now;
        world.scheduler.cancel(world.now, Lane::Proof);
        world.ask(Lane::Detail, A, work("next", 10.0));
        world.run(CANCEL_MS + 100.0);
        assert!(world.answered.len() >= kept, "what was answered stays");
        let &(name, desk, at) = world.answered.last().unwrap();
        assert_eq!((name, desk), ("next", 1));
        let begun = world.begun.iter().rfind(|(name, ..)| *name == "next").unwrap().2;
        let start = if replaced { 60.0 } else { 0.0 };
        assert!(begun - asked <= CANCEL_MS + start, "{begun} after {asked}");
        assert_eq!(world.started.len() > 2, replaced);
        assert!(world.notices.is_empty(), "the user wanted it: {:?}", world.notices);
        world.run(120_000.0);
        assert_eq!(world.answered.last(), Some(&("next", 1, at)), "it does not go on");
    }
}

#[test]
fn a_dead_worker_is_replaced_and_its_question_repeated() {
    let mut world = World::loaded(2);
    world.ask(Lane::Costs, A, Work { deaths: 1, ..work("costs", 10.0) });
    world.ask(Lane::Compare, A, work("compare", 10.0));
    world.run(1_000.0);
    assert_eq!(world.names(), ["costs", "compare"]);
    assert_eq!(world.notices, [Notice::Replaced { reason: "boom".to_owned(), gave_up: false }]);
    assert_eq!(world.handed, [(1, A), (1, A)], "the new worker is handed the rows");
    assert_eq!(world.begun.iter().filter(|(name, ..)| *name == "read").count(), 1);
}

#[test]
fn a_question_that_kills_twice_is_given_up_and_takes_nothing_with_it() {
    let mut world = World::loaded(2);
    let ticket = world.ask(Lane::Costs, A, Work { deaths: 9, ..work("costs", 10.0) });
    world.ask(Lane::Compare, A, work("compare", 10.0));
    world.run(1_000.0);
    assert_eq!(world.names(), ["compare"]);
    let reason = "boom".to_owned();
    assert_eq!(
        world.notices[1..],
        [
            Notice::Replaced { reason: reason.clone(), gave_up: true },
            Notice::GaveUp { ticket, reason }
        ]
    );
    // Asked anew it gets both tries again.
    world.ask(Lane::Costs, A, Work { deaths: 3, ..work("costs", 10.0) });
    world.run(1_000.0);
    assert_eq!(world.names(), ["compare", "costs"]);
}

#[test]
fn a_newer_question_is_not_held_up_by_the_repetition_of_an_older_one() {
    let mut world = World::loaded(2);
    world.ask(Lane::Backtest, A, Work { deaths: 1, ..work("old", 10.0) });
    world.ask(Lane::Backtest, A, work("new", 10.0));
    world.run(1_000.0);
    assert_eq!(world.names(), ["new"]);
}

#[test]
fn silence_is_the_absence_of_a_beat_not_of_an_answer() {
    let mut world = World::loaded(2);
    world.ask(Lane::Validate, A, Work { beats: true, ..work("long", 300_000.0) });
    world.run(310_000.0);
    assert_eq!(world.names(), ["long"]);
    assert!(world.notices.is_empty());
    world.ask(Lane::Validate, A, work("silent", 300_000.0));
    world.run(SILENCE_MS + 3_000.0);
    assert!(matches!(&world.notices[..], [Notice::Replaced { gave_up: false, .. }]));
    world.run(SILENCE_MS + 3_000.0);
    assert!(matches!(world.notices.last(), Some(Notice::GaveUp { .. })));
}

/// A laptop that slept, or a tab whose timers are held back, is no reason to end a worker.
#[test]
fn a_clock_that_jumps_kills_nobody() {
    let mut world = World::loaded(2);
    world.ask(Lane::Validate, A, work("asleep", 8.0e6));
    for _ in 0..10 {
        world.now += 600_000.0;
        world.scheduler.tick(world.now);
    }
    assert!(world.scheduler.next_command().is_none());
}

#[test]
fn workers_that_cannot_start_are_not_tried_for_ever() {
    let mut world = World::new(8);
    world.stillborn = true;
    world.run(60_000.0);
    assert!(matches!(&world.notices.last(), Some(Notice::NoWorkers(_))));
    assert!(world.started.len() <= 6, "{:?}", world.started);
    world.ask(Lane::Load, A, work("read", 10.0));
    world.run(60_000.0);
    assert!(world.begun.is_empty());
}

/// The extra desks make it faster; without them it goes on.
#[test]
fn an_extra_desk_that_cannot_start_is_done_without() {
    let mut world = World::loaded(4);
    world.stillborn_desks = vec![2, 3];
    for lane in [Lane::Detail, Lane::Costs, Lane::Validate] {
        world.ask(lane, A, work("work", 100.0));
    }
    world.run(5_000.0);
    assert_eq!(world.answered.len(), 3);
    assert_eq!(world.started, [0, 1, 2]);
    assert!(world.notices.is_empty(), "{:?}", world.notices);
}

#[test]
fn a_market_that_kills_is_not_handed_over_for_ever() {
    let mut world = World::just_read(2);
    world.poison.insert(A, 9);
    let detail = world.ask(Lane::Detail, A, work("detail", 10.0));
    world.run(10_000.0);
    assert_eq!(world.handed.len(), 2);
    let told = |world: &World| -> Vec<Ticket> {
        let tickets = world.notices.iter().filter_map(|notice| match notice {
            Notice::OutOfReach { ticket, .. } => Some(*ticket),
            _ => None,
        });
        tickets.collect()
    };
    assert_eq!(told(&world), [detail]);
    // Whoever asks is told, at once and without another death.
    let costs = world.ask(Lane::Costs, A, work("costs", 10.0));
    world.run(10_000.0);
    assert_eq!((told(&world), world.handed.len()), (vec![detail, costs], 2));
    // The front, which read it, goes on; so does another market everywhere.
    world.ask(Lane::Backtest, A, work("backtest", 10.0));
    world.ask(Lane::Load, B, work("read", 10.0));
    world.run(500.0);
    world.ask(Lane::Detail, B, work("other", 10.0));
    world.run(500.0);
    assert_eq!(world.names(), ["backtest", "read", "other"]);
    // When something is closed there may be room: it is tried again.
    world.poison.clear();
    world.scheduler.forget(B);
    world.ask(Lane::Costs, A, work("costs", 10.0));
    world.run(500.0);
    assert_eq!(world.names().last(), Some(&"costs"));
}

/// With more desks than one beside the front, each has its tries before a question is given up.
#[test]
fn a_market_that_kills_one_desk_goes_to_another() {
    let mut world = World::just_read(4);
    world.poison.insert(A, 2);
    world.ask(Lane::Detail, A, work("detail", 10.0));
    world.run(10_000.0);
    assert_eq!(world.names(), ["detail"]);
    let far = |notice: &Notice| matches!(notice, Notice::OutOfReach { .. });
    assert!(!world.notices.iter().any(far), "{:?}", world.notices);
}

#[test]
fn a_withdrawal_that_is_taken_back_computes_nothing_twice() {
    let mut world = World::loaded(2);
    let ticket = world.ask(Lane::Proof, A, Work { steps: 2, ..work("step", 100.0) });
    world.run(50.0);
    world.scheduler.withdraw(Lane::Proof);
    assert!(world.scheduler.resume(ticket));
    world.run(1_000.0);
    assert_eq!(world.names(), ["step"; 3]);
    assert!(!world.scheduler.resume(ticket), "it is over");
    let ticket = world.ask(Lane::Proof, A, work("cancelled", 100.0));
    world.run(50.0);
    world.scheduler.cancel(world.now, Lane::Proof);
    assert!(!world.scheduler.resume(ticket), "what was cancelled ends");
}

/// The death of a question that was replaced is not charged to the one that replaced it.
#[test]
fn deaths_are_charged_to_the_question_that_caused_them() {
    let mut world = World::loaded(2);
    world.ask(Lane::Export, A, Work { deaths: 9, ..work("kills", 10.0) });
    world.ask(Lane::Export, A, Work { deaths: 1, ..work("dies once", 10.0) });
    world.run(2_000.0);
    assert_eq!(world.names(), ["dies once"], "{:?}", world.notices);
    world.ask(Lane::Costs, A, Work { deaths: 1, ..work("old", 200.0) });
    world.run(50.0);
    world.ask(Lane::Costs, A, Work { deaths: 1, ..work("new", 10.0) });
    world.run(2_000.0);
    assert_eq!(world.names(), ["dies once", "new"], "{:?}", world.notices);
}

#[test]
fn a_market_that_is_forgotten_takes_its_questions_along() {
    let mut world = World::loaded(2);
    world.ask(Lane::Load, B, work("read", 10.0));
    world.run(100.0);
    world.ask(Lane::Validate, A, work("long", 60_000.0));
    world.run(50.0);
    world.ask(Lane::Costs, A, work("waits", 10.0));
    world.ask(Lane::Detail, B, work("other", 10.0));
    world.run(500.0);
    world.scheduler.forget(A);
    world.carry_out();
    world.run(500.0);
    assert_eq!(world.names(), ["read", "other"], "{:?}", world.begun);
    assert!(world.released.contains(&(0, A)), "the front lets it go and lives on");
    assert_eq!(world.started, [0, 1, 1], "the busy one is replaced");
    assert_eq!(world.scheduler.memory(), 200 * MB, "B in both");
    world.ask(Lane::Backtest, A, work("gone", 10.0));
    world.run(1_000.0);
    assert_eq!(world.names(), ["read", "other"]);
}

#[test]
fn a_file_that_is_being_read_is_dropped_at_once_when_it_is_forgotten() {
    let mut world = World::new(2);
    world.ask(Lane::Load, A, Work { beats: true, ..work("huge", 60_000.0) });
    world.run(5_000.0);
    world.scheduler.forget(A);
    world.ask(Lane::Load, B, work("read", 20.0));
    world.run(200.0);
    assert_eq!(world.names(), ["read"]);
}

#[test]
fn what_does_not_fit_makes_room_by_what_was_used_longest_ago() {
    let mut world = World::new(2);
    let big = DESK_BYTES / 2 - 100 * MB;
    for (market, name) in [(A, "a"), (B, "b"), (MarketId(3), "c")] {
        world.scheduler.expect(market, big);
        world.ask(Lane::Load, market, work(name, 10.0));
        world.run(100.0);
        // As large as was expected.
        world.scheduler.expect(market, big);
    }
    assert_eq!(world.released, [(0, A)]);
    assert!(world.scheduler.memory() <= PAGE_BYTES);
    // It comes back when it is asked about, and the one used longest ago goes.
    world.ask(Lane::Backtest, A, work("back", 10.0));
    world.run(100.0);
    assert_eq!(world.released, [(0, A), (0, B)]);
    assert_eq!(world.handed, [(0, A)]);
    assert_eq!(world.names(), ["a", "b", "c", "back"]);
}

/// Every market at the largest size: the desks never hold more than they can, and every question is answered.
#[test]
fn any_order_of_any_questions_is_answered() {
    for round in 0..240 {
        let mut random = crate::random::Stream::new(7, "scheduler", round);
        let cores = 1 + random.below(9);
        let mut world = World::new(cores);
        let markets: Vec<MarketId> = (1..=1 + random.below(4) as u32).map(MarketId).collect();
        for &market in &markets {
            world.ask(Lane::Load, market, work("read", 20.0));
            world.run(200.0);
            world.scheduler.expect(market, (1 + random.below(2_000) as u64) * MB);
        }
        let mut expected: BTreeMap<Lane, Ticket> = BTreeMap::new();
        for _ in 0..40 {
            let lane = Lane::ALL[2 + random.below(Lane::ALL.len() - 2)];
            let market = markets[random.below(markets.len())];
            let deaths = u32::from(random.below(8) == 0);
            let ms = 1.0 + 400.0 * random.unit();
            let steps = random.below(3) as u32;
            world.died.clear();
            let asked = Work { deaths, steps, ..work("any", ms) };
            expected.insert(lane, world.ask(lane, market, asked));
            world.run(300.0 * random.unit());
            assert!(world.scheduler.memory() <= PAGE_BYTES + 4_000 * MB, "round {round}");
        }
        world.run(60_000.0);
        let busy = world
            .scheduler
            .lanes
            .iter()
            .find(|(_, state)| !state.under_way.is_empty() || !state.waiting.is_empty());
        assert!(busy.is_none(), "round {round}, {cores} cores: {busy:?}");
        for (lane, ticket) in expected {
            let state = world.scheduler.lanes.get(&lane).unwrap();
            assert_eq!(state.generation, ticket.generation);
        }
    }
}

#[test]
fn what_is_shared_is_done_by_all_but_the_keeper_at_once() {
    let mut world = World::loaded(4);
    world.scheduler.expect(A, 100 * MB);
    assert_eq!(world.scheduler.shares(), 3);
    world.ask(Lane::Search, A, Work { steps: 20, ..work("own", 50.0) });
    for _ in 0..3 {
        world.ask(Lane::Portion, A, Work { steps: 5, ..work("part", 50.0) });
    }
    world.run(2_000.0);
    let desks = |name: &str| -> BTreeSet<usize> {
        world.begun.iter().filter(|(of, ..)| *of == name).map(|(_, desk, _)| *desk).collect()
    };
    assert_eq!(desks("own"), BTreeSet::from([HOME]));
    assert_eq!(desks("part"), BTreeSet::from([0, 2, 3]), "the front and the extra desks");
    assert_eq!(world.names().iter().filter(|name| **name == "part").count(), 18);
    assert_eq!(world.names().iter().filter(|name| **name == "own").count(), 21);
    // A finger waits for a step, not for all of them.
    world.answered.clear();
    world.ask(Lane::Portion, A, Work { steps: 50, ..work("part", 20.0) });
    world.run(100.0);
    let asked = world.now;
    world.ask(Lane::Backtest, A, work("slider", 5.0));
    world.run(200.0);
    let (.., at) = world.answered.iter().find(|(name, ..)| *name == "slider").unwrap();
    assert!(at - asked < 40.0, "{}", at - asked);
}

#[test]
fn parts_that_are_taken_back_end_and_those_asked_for_after_go_on() {
    let mut world = World::loaded(3);
    for _ in 0..2 {
        world.ask(Lane::Portion, A, Work { steps: 50, ..work("old", 60.0) });
    }
    world.run(400.0);
    world.answered.clear();
    world.scheduler.withdraw(Lane::Portion);
    // While the steps of the old ones are still under way.
    for _ in 0..2 {
        world.ask(Lane::Portion, A, Work { steps: 3, ..work("new", 60.0) });
    }
    world.run(2_000.0);
    let count = |name: &str| world.answered.iter().filter(|(of, ..)| *of == name).count();
    assert!(count("old") <= 2, "{:?}", world.answered);
    assert_eq!(count("new"), 8);
}

#[test]
fn a_part_that_kills_is_given_up_whatever_the_others_do() {
    let mut world = World::loaded(4);
    world.ask(Lane::Portion, A, Work { deaths: 9, ..work("kills", 30.0) });
    world.ask(Lane::Portion, A, Work { steps: 200, ..work("lives", 10.0) });
    world.run(10_000.0);
    let gave_up = world.notices.iter().filter(|n| matches!(n, Notice::GaveUp { .. })).count();
    assert_eq!((gave_up, world.died["kills"]), (1, 2), "{:?}", world.notices);
    assert_eq!(world.names().iter().filter(|name| **name == "lives").count(), 201);
    // One that dies once is repeated, on whatever desk.
    world.ask(Lane::Portion, A, Work { deaths: 1, ..work("dies once", 30.0) });
    world.run(2_000.0);
    assert!(world.names().contains(&"dies once"));
}

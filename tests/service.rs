//! The worker's answers without a browser: every question has one, and it survives the way through the message.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::Window;
use cleansweep::protocol::{
    Answer, BacktestQuestion, CompareQuestion, CostsQuestion, DetailQuestion, EntriesQuestion,
    Envelope, Event, ExplainQuestion, GainedQuestion, Lane, Listed, LoadQuestion, Message,
    ProofQuestion, Question, Reply, Request, Source, Ticket, ValidateQuestion, Word, decode,
    encode,
};
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::service::Service;
use cleansweep::session::Settings;
use cleansweep::strategy::sweep::rule;
use cleansweep::strategy::{Condition, Params};
use cleansweep::table::ParamValue;
use cleansweep::universe::MarketId;
use cleansweep::validate::ROSETTA;

const MARKET: MarketId = MarketId(1);

fn loaded(text: &'static str) -> Service {
    let mut service = Service::default();
    let source = Source::Attached { name: "file.csv".to_owned() };
    let mut progress = Vec::new();
    let request = LoadQuestion::of(source).request();
    let event = service.answer(MARKET, &request, Some(&text.as_bytes()), &mut |event| {
        if let Event::Progress { done, total } = event {
            progress.push((done, total));
        }
    });
    assert!(matches!(event, Event::Reply(Reply::Load(_))));
    let all = text.len() as u64;
    assert_eq!(progress, [(all, all), (all, all)]);
    service
}

fn settings(policy: Policy) -> Settings {
    Settings {
        cleaning: Cleaning::with_policy(policy),
        params: Params::default(),
        window: Window::default(),
    }
}

/// Asks, and sends question and answer through the message as page and worker do.
fn event(service: &mut Service, request: &Request) -> Event {
    let ticket = Ticket { lane: request.lane(), generation: 1, market: MARKET };
    let message = Message::Ask(Box::new(Envelope { ticket, request: request.clone() }));
    let Message::Ask(sent) = decode(&encode(&message)).unwrap() else { panic!("not a question") };
    let event = service.answer(sent.ticket.market, &sent.request, None, &mut |_| {});
    let word = Word::Answer(Box::new(Answer { ticket, elapsed_ms: 0.0, event }));
    let Word::Answer(answer) = decode(&encode(&word)).unwrap() else { panic!("not an answer") };
    assert_eq!(answer.ticket, ticket);
    answer.event
}

fn ask<Q: Question>(service: &mut Service, question: Q) -> Q::Answer {
    match event(service, &question.request()) {
        Event::Reply(reply) => Q::answer(reply).expect("the answer of this question"),
        event => panic!("{event:?}"),
    }
}

const DIRTY: &str = include_str!("golden/cases/dirty.csv");

#[test]
fn every_question_about_a_backtest_has_its_answer() {
    for policy in Policy::ALL {
        let mut service = loaded(DIRTY);
        let settings = settings(policy);
        let with = || settings.clone();
        let run = ask(&mut service, BacktestQuestion { settings: with(), columns: 300 });
        let detail = ask(&mut service, DetailQuestion { settings: with(), columns: 300 });
        assert_eq!(detail.rejected.len() + run.trades.len(), run.signals, "{policy:?}");
        assert_eq!(detail.fingerprint.len(), 64);
        assert_eq!(detail.hold.columns.len(), run.equity.columns.len());
        let costs = ask(&mut service, CostsQuestion { settings: with(), columns: 300 });
        assert!((costs.curves[2].end - run.equity.end).abs() < 1e-6);
        assert_eq!(costs.stop_first.trades, run.trades.len());
        let compared =
            ask(&mut service, CompareQuestion { settings: with(), against: None, columns: 300 });
        assert_eq!(compared.trades[1], run.trades);
        assert_eq!(compared.metrics[1], run.metrics);
        if policy == Policy::Raw {
            assert_eq!(compared.trades[0], compared.trades[1]);
        }
        let validated = ask(&mut service, ValidateQuestion { settings: with() });
        // Six rows below the head.
        assert_eq!(validated.intervals.own.matches("<tr>").count(), 1 + 6);
        assert_eq!(validated.others.own.matches("<tr>").count(), 1 + ROSETTA.len());
        let drawn = ask(&mut service, EntriesQuestion { settings: with() });
        assert_eq!(!drawn.html.own.contains("Not drawn"), run.trades.len() >= 10);
        assert_eq!(drawn.win_rate.is_some(), run.trades.len() >= 10);
    }
}

#[test]
fn every_candle_is_explained_and_every_trade_found_again() {
    let mut service = loaded(DIRTY);
    let settings = settings(Policy::Mask);
    let run = ask(&mut service, BacktestQuestion { settings: settings.clone(), columns: 300 });
    let (mut unused, mut entries) = (0, 0);
    for candle in 0..1_300 {
        let view = ask(&mut service, ExplainQuestion { settings: settings.clone(), candle });
        assert_eq!(view.unused.is_some(), view.explanation.is_none());
        unused += usize::from(view.unused.is_some());
        entries += run.trades.iter().filter(|t| t.times_ms.0 == view.place.time_ms).count();
        let happened = view.happenings.iter().any(|h| h.role == cleansweep::protocol::Role::Entry);
        assert_eq!(happened, run.trades.iter().any(|t| t.times_ms.0 == view.place.time_ms));
        if view.place.candle != candle {
            // Past the end the last candle is explained.
            break;
        }
    }
    assert!(unused > 50);
    assert!(entries >= run.trades.len());
}

#[test]
fn the_check_for_the_future_ends_without_a_violation() {
    let mut service = loaded(DIRTY);
    for policy in [Policy::Mask, Policy::Drop, Policy::Segment] {
        let mut from = 0;
        loop {
            let view = ask(&mut service, ProofQuestion { settings: settings(policy), from });
            assert_eq!(view.violation, None);
            if view.done == view.total {
                assert!(view.total > 24 && view.compared.signals > 10);
                break;
            }
            assert!(view.done > from);
            from = view.done;
        }
    }
}

#[test]
fn a_condition_taken_away_gives_as_many_trades_as_the_funnel_says() {
    let mut service = loaded(DIRTY);
    let settings = settings(Policy::Mask);
    let detail = ask(&mut service, DetailQuestion { settings: settings.clone(), columns: 300 });
    for removal in &detail.removals {
        let gained = ask(
            &mut service,
            GainedQuestion { settings: settings.clone(), condition: removal.condition },
        );
        assert_eq!(gained.trades.len(), removal.new, "{:?}", removal.condition);
    }
    let volume = Condition::Own(rule::Condition::Volume as u8);
    assert!(detail.removals.iter().any(|r| r.condition == volume && r.new > 0));
}

#[test]
fn parameters_that_can_form_no_level_are_refused_everywhere() {
    let mut service = loaded(DIRTY);
    let mut settings = settings(Policy::Mask);
    settings.params.set("key_level_lookback", ParamValue::Number(10.0)).unwrap();
    settings.params.set("pivot_bars", ParamValue::Number(20.0)).unwrap();
    for request in [
        BacktestQuestion { settings: settings.clone(), columns: 10 }.request(),
        DetailQuestion { settings: settings.clone(), columns: 10 }.request(),
        ExplainQuestion { settings: settings.clone(), candle: 5 }.request(),
        CostsQuestion { settings: settings.clone(), columns: 10 }.request(),
        ValidateQuestion { settings: settings.clone() }.request(),
        CompareQuestion { settings: settings.clone(), against: None, columns: 10 }.request(),
        ProofQuestion { settings, from: 0 }.request(),
    ] {
        assert!(matches!(event(&mut service, &request), Event::Failed(_)), "{request:?}");
    }
}

/// The check for the future goes on by itself, from answer to answer, until there is no next step.
#[test]
fn a_question_in_steps_says_how_it_goes_on() {
    let mut service = loaded(DIRTY);
    let mut request = ProofQuestion { settings: settings(Policy::Mask), from: 0 }.request();
    let mut steps = 0;
    loop {
        let Event::Reply(reply) = event(&mut service, &request) else { panic!("no answer") };
        steps += 1;
        let Some(next) = request.next(&reply) else { break };
        request = next;
    }
    assert!(steps > 8, "{steps}");
    // An answer of another question leads nowhere.
    let other = Event::Reply(DetailQuestion::reply(ask(
        &mut service,
        DetailQuestion { settings: settings(Policy::Mask), columns: 9 },
    )));
    let Event::Reply(other) = other else { unreachable!() };
    assert_eq!(request.next(&other), None);
}

#[test]
fn markets_stand_side_by_side() {
    let mut service = loaded(DIRTY);
    let other = MarketId(2);
    let source = Source::Sample("clean".to_owned());
    let load = LoadQuestion::of(source).request();
    service.answer(other, &load, None, &mut |_| {});
    let question = BacktestQuestion { settings: settings(Policy::Mask), columns: 10 }.request();
    let mut rows = |market| match service.answer(market, &question, None, &mut |_| {}) {
        Event::Reply(Reply::Backtest(view)) => Some(view.rows.0),
        _ => None,
    };
    let (first, second) = (rows(MARKET), rows(other));
    assert!(first.is_some() && second.is_some() && first != second);
    assert_eq!(rows(MarketId(3)), None, "a market that is not held");
    service.release(MARKET);
    let mut failed =
        |market| matches!(service.answer(market, &question, None, &mut |_| {}), Event::Failed(_));
    assert!(failed(MARKET) && !failed(other));
}

/// The order of the list is the order of urgency, and what a finger waits for comes first.
#[test]
fn lanes_are_ordered_by_urgency() {
    assert!(Lane::ALL.is_sorted());
    assert!(Lane::Backtest < Lane::Detail && Lane::Detail < Lane::Proof);
}

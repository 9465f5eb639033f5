//! The worker's answers without a browser: every question has one, and it survives the way through the message.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::import::Reading;
use cleansweep::protocol::{Answer, Event, Lane, Request, Source, decode, encode};
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::service::Service;
use cleansweep::session::Settings;
use cleansweep::strategy::sweep::rule;
use cleansweep::strategy::{Condition, Params};
use cleansweep::table::ParamValue;

fn loaded(text: &'static str) -> Service {
    let mut service = Service::default();
    let source = Source::Attached { name: "file.csv".to_owned() };
    let mut progress = Vec::new();
    let request = Request::Load { source, reading: Reading::default() };
    let event = service.answer(&request, Some(&text.as_bytes()), &mut |event| {
        if let Event::Progress { done, total } = event {
            progress.push((done, total));
        }
    });
    assert!(matches!(event, Event::Loaded(_)));
    let all = text.len() as u64;
    assert_eq!(progress, [(all, all), (all, all)]);
    service
}

fn settings(policy: Policy) -> Settings {
    Settings { cleaning: Cleaning::with_policy(policy), params: Params::default(), newest: 0 }
}

/// Asks, and sends the answer through the message as the worker does.
fn ask(service: &mut Service, request: &Request) -> Event {
    let event = service.answer(request, None, &mut |_| {});
    let answer = Answer { lane: Lane::Detail, generation: 1, dataset: 1, elapsed_ms: 0.0, event };
    decode::<Answer>(&encode(&answer)).unwrap().event
}

const DIRTY: &str = include_str!("golden/cases/dirty.csv");

#[test]
fn every_question_about_a_backtest_has_its_answer() {
    for policy in Policy::ALL {
        let mut service = loaded(DIRTY);
        let settings = settings(policy);
        let with = || settings.clone();
        let Event::Backtested(run) =
            ask(&mut service, &Request::Backtest { settings: with(), columns: 300 })
        else {
            panic!("no backtest")
        };
        let Event::Detailed(detail) =
            ask(&mut service, &Request::Detail { settings: with(), columns: 300 })
        else {
            panic!("no detail")
        };
        assert_eq!(detail.rejected.len() + run.trades.len(), run.signals, "{policy:?}");
        assert_eq!(detail.fingerprint.len(), 64);
        assert_eq!(detail.hold.columns.len(), run.equity.columns.len());
        let Event::Costed(costs) =
            ask(&mut service, &Request::Costs { settings: with(), columns: 300 })
        else {
            panic!("no costs")
        };
        assert!((costs.curves[2].end - run.equity.end).abs() < 1e-6);
        assert_eq!(costs.stop_first.trades, run.trades.len());
        let Event::Compared(compared) =
            ask(&mut service, &Request::Compare { settings: with(), columns: 300 })
        else {
            panic!("no comparison")
        };
        assert_eq!(compared.trades[1], run.trades);
        assert_eq!(compared.metrics[1], run.metrics);
        if policy == Policy::Raw {
            assert_eq!(compared.trades[0], compared.trades[1]);
        }
        let Event::Validated(validated) =
            ask(&mut service, &Request::Validate { settings: with() })
        else {
            panic!("no validation")
        };
        assert_eq!(validated.bootstrap.intervals.len(), 6);
        let Event::Drawn(drawn) = ask(&mut service, &Request::Entries { settings: with() }) else {
            panic!("no random entries")
        };
        assert_eq!(drawn.entries.is_ok(), run.trades.len() >= 10);
    }
}

#[test]
fn every_candle_is_explained_and_every_trade_found_again() {
    let mut service = loaded(DIRTY);
    let settings = settings(Policy::Mask);
    let request = Request::Backtest { settings: settings.clone(), columns: 300 };
    let Event::Backtested(run) = ask(&mut service, &request) else { panic!("no backtest") };
    let (mut unused, mut entries) = (0, 0);
    for candle in 0..1_300 {
        let request = Request::Explain { settings: settings.clone(), candle };
        let Event::Explained(view) = ask(&mut service, &request) else { panic!("no answer") };
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
            let request = Request::Prove { settings: settings(policy), from };
            let Event::Proved(view) = ask(&mut service, &request) else { panic!("no proof") };
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
    let request = Request::Detail { settings: settings.clone(), columns: 300 };
    let Event::Detailed(detail) = ask(&mut service, &request) else { panic!("no detail") };
    for removal in &detail.removals {
        let request = Request::Gained { settings: settings.clone(), condition: removal.condition };
        let Event::Gained(gained) = ask(&mut service, &request) else { panic!("no trades") };
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
        Request::Backtest { settings: settings.clone(), columns: 10 },
        Request::Detail { settings: settings.clone(), columns: 10 },
        Request::Explain { settings: settings.clone(), candle: 5 },
        Request::Costs { settings: settings.clone(), columns: 10 },
        Request::Validate { settings: settings.clone() },
        Request::Compare { settings: settings.clone(), columns: 10 },
        Request::Prove { settings, from: 0 },
    ] {
        assert!(matches!(ask(&mut service, &request), Event::Failed(_)), "{request:?}");
    }
}

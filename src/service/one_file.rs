//! A strategy needs one file and one line in a list: the toy of `strategy/toy.rs` goes through every document and question.

use super::Service;
use crate::backtest::Window;
use crate::domain::ExitReason;
use crate::engine::Outcome;
use crate::import;
use crate::protocol::{
    AnatomyQuestion, BacktestQuestion, CompareQuestion, CostsQuestion, DetailQuestion,
    EntriesQuestion, Event, ExplainQuestion, ExportKind, ExportQuestion, GainedQuestion, Listed,
    LoadQuestion, ProofQuestion, Question, Source, ValidateQuestion,
};
use crate::quality::Cleaning;
use crate::session::{Session, Settings};
use crate::strategy::{Condition, Params, StrategyId};
use crate::universe::MarketId;
use crate::workspace;

const FILE: &str = include_str!("../../tests/golden/cases/sweeps.csv");

fn settings() -> Settings {
    let params = Params::new(StrategyId::from_name("toy").unwrap());
    Settings { cleaning: Cleaning::default(), params, window: Window::default() }
}

#[test]
fn a_strategy_of_one_file_reaches_every_document() {
    let mut session = Session::new(import::import(FILE.as_bytes()).unwrap());
    let document = session.backtest_document(&settings(), Some(1)).into_value();
    assert_eq!(document["strategy"]["name"], "toy");
    assert_eq!(document["params"]["toy_every"], 9);
    let trades = document["trades"].as_array().unwrap();
    assert!(trades.len() > 50);
    assert!(trades[3]["turn"].is_number() && trades[3]["exit_signal_row"].is_number());
    assert!(trades[3].get("level_price").is_none(), "no word of another strategy");
    assert!(document["metrics"]["exits_signal"]["value"].as_u64().unwrap() > 0);
    let funnel = &document["funnel"];
    assert!(funnel["sides"]["long"]["stages"]["its_turn"].as_u64().unwrap() > 100);
    assert!(funnel["trades_gained_if_removed"]["its_turn"].is_i64());
    // Its exits are its own, so a p of random entries would be wrong.
    let random = &document["monte_carlo"]["random_entries"];
    assert!(random["p"]["win_rate"]["undefined"].is_string());
    assert!(random["quantiles"]["win_rate"]["p05"].is_number());
}

fn ask<Q: Question>(service: &mut Service, question: Q) -> Q::Answer {
    match service.answer(MarketId(1), &question.request(), None, &mut |_| {}) {
        Event::Reply(reply) => Q::answer(reply).unwrap(),
        event => panic!("{event:?}"),
    }
}

#[test]
fn a_strategy_of_one_file_answers_every_question_of_the_page() {
    let mut service = Service::default();
    let source = Source::Attached { name: "file.csv".to_owned() };
    let load = LoadQuestion::of(source).request();
    service.answer(MarketId(1), &load, Some(&FILE.as_bytes()), &mut |_| {});
    let with = settings;
    let run = ask(&mut service, BacktestQuestion { settings: with(), columns: 300 });
    assert!(run.hints.contains(&"the toy knows nothing".to_owned()));
    assert_eq!(run.trades[2].note, format!("turn {}", run.trades[2].trade.origin.0[0]));
    assert!(run.trades.iter().any(|t| t.trade.exit_reason == ExitReason::Signal));
    let signal = run.trades[2].candles[2];
    ask(&mut service, DetailQuestion { settings: with(), columns: 300 });
    ask(&mut service, CostsQuestion { settings: with(), columns: 300 });
    ask(&mut service, ValidateQuestion { settings: with() });
    ask(&mut service, EntriesQuestion { settings: with() });
    ask(&mut service, CompareQuestion { settings: with(), against: None, columns: 300 });
    ask(&mut service, GainedQuestion { settings: with(), condition: Condition::Own(0) });
    ask(&mut service, AnatomyQuestion { settings: with() });
    ask(&mut service, ExportQuestion { kind: ExportKind::Report, settings: with() });
    ask(&mut service, ExportQuestion { kind: ExportKind::TradesCsv, settings: with() });
    let view = ask(&mut service, ExplainQuestion { settings: with(), candle: signal });
    let side = &view.explanation.unwrap().sides[0];
    assert_eq!(side.outcome, Some(Outcome::Trade(2)));
    assert_eq!(side.first_failure(), None);
    let mut question = ProofQuestion { settings: with(), from: 0 };
    let total = loop {
        let proof = ask(&mut service, question.clone());
        assert_eq!(proof.violation, None);
        match question.next(&proof) {
            Some(next) => question = next,
            None => break proof.total,
        }
    };
    assert!(total > 10);
}

#[test]
fn a_link_brings_it_back() {
    let mut reading = workspace::Reading::default();
    reading.workspace.settings = settings();
    reading.workspace.settings.params.set_text("toy_every", "13").unwrap();
    let text = workspace::write(&reading);
    assert_eq!(text, "v1&strategy=toy&toy_every=13");
    assert_eq!(workspace::read(&text), Ok(reading));
}

//! Dates of entries and the split line: what lies behind them is not known to a run, and what is held back is what a run
//! from there on would find.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::Window;
use cleansweep::domain::{Trade, format_time};
use cleansweep::import::{self};
use cleansweep::ledger::Counted;
use cleansweep::protocol::{
    AnatomyQuestion, BacktestQuestion, BarQuestion, CompareQuestion, CostsQuestion, DetailQuestion,
    EntriesQuestion, Event, ExplainQuestion, ExportKind, ExportQuestion, Listed as _, LoadQuestion,
    Reply, Request, Source, ValidateQuestion,
};
use cleansweep::quality::synth::Sample;
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::service::Service;
use cleansweep::session::{Prepared, RunResult, SEED, Session, Settings};
use cleansweep::strategy::{Params, StrategyId};
use cleansweep::universe::MarketId;
use cleansweep::workspace::{read, settings_link};
use std::fmt::Write as _;

const MARKET: MarketId = MarketId(1);

fn session(csv: &str) -> Session {
    Session::new(import::import(csv.as_bytes()).unwrap())
}

fn settings(policy: Policy, window: Window) -> Settings {
    let params = Params::new(StrategyId::default());
    Settings { cleaning: Cleaning::with_policy(policy), params, window }
}

/// Everything about a run that could differ, as text: floats in full.
fn told(result: &RunResult) -> String {
    let trades: Vec<(i64, &Trade)> = result.backtest.trades.iter().map(|t| (0, t)).collect();
    format!("{trades:?} {:?} {:?} {:?}", result.metrics, result.validation, result.equity)
}

/// The sample with sweeps from beginning to end, oldest first.
fn sample() -> String {
    Sample::Clean.csv()
}

fn lines_before(csv: &str, session: &Session, time_ms: i64) -> String {
    let candles = &session.market.candles.time_ms;
    let rows = candles.partition_point(|&time| time < time_ms);
    let last = session.line_of(rows as u32 - 1) as usize;
    csv.split_inclusive('\n').take(last).collect()
}

/// Times at shares of the sample's rows.
fn time_at(session: &Session, share: f64) -> i64 {
    let times = &session.market.candles.time_ms;
    times[(share * (times.len() - 1) as f64) as usize]
}

#[test]
fn a_run_that_ends_at_a_date_is_the_run_of_a_file_that_ends_there() {
    let csv = sample();
    let mut whole = session(&csv);
    let mut trades = 0;
    for share in [0.4, 0.73, 1.0] {
        let to = time_at(&whole, share);
        let mut short = session(&lines_before(&csv, &whole, to));
        for policy in [Policy::Mask, Policy::Drop, Policy::Segment, Policy::Raw] {
            for newest in [0, 500] {
                let window = Window { newest, to_ms: Some(to), ..Window::default() };
                let cut = whole.run(&settings(policy, window));
                let file = short.run(&settings(policy, Window::newest(newest)));
                assert_eq!(told(&cut), told(&file), "{} before {}", policy.name(), format_time(to));
                trades += cut.backtest.trades.len();
            }
        }
    }
    assert!(trades > 100, "{trades}");
}

#[test]
fn an_end_behind_the_file_and_a_start_ahead_of_it_change_nothing() {
    let mut session = session(&sample());
    let plain = told(&session.run(&settings(Policy::Mask, Window::default())));
    let (first, last) = (time_at(&session, 0.0), time_at(&session, 1.0));
    let window = Window { from_ms: Some(first), to_ms: Some(last + 1_000), ..Window::default() };
    assert_eq!(told(&session.run(&settings(Policy::Mask, window))), plain);
}

#[test]
fn what_is_held_back_is_a_run_from_the_line_on() {
    let mut session = session(&sample());
    let (split, to) = (time_at(&session, 0.6), time_at(&session, 0.9));
    let window = Window { newest: 20_000, from_ms: None, to_ms: Some(to), split_ms: Some(split) };
    let chosen = settings(Policy::Mask, window);
    let (prepared, first_row) = session.held_back(&chosen).unwrap();
    let behind = prepared.run(&chosen.params, first_row);
    let from = Window { newest: 0, from_ms: Some(split), to_ms: Some(to), split_ms: None };
    assert_eq!(told(&behind), told(&session.run(&settings(Policy::Mask, from))));
    assert!(behind.backtest.trades.len() > 10);

    // The newest rows are counted back from the end, not from the line.
    let (prepared, first_row) = session.ready(&chosen);
    let start = prepared.stages.series().clock_time_ms[first_row as usize];
    let unsplit = Window { split_ms: None, ..window };
    let (prepared, first_row) = session.ready(&settings(Policy::Mask, unsplit));
    assert_eq!(prepared.stages.series().clock_time_ms[first_row as usize], start);
}

fn loaded(csv: &str) -> Service {
    let mut service = Service::default();
    let source = Source::Attached { name: "test.csv".to_owned() };
    let request = LoadQuestion::of(source).request();
    let answer = service.answer(MARKET, &request, Some(&csv.as_bytes()), &mut |_| {});
    assert!(matches!(answer, Event::Reply(_)), "{answer:?}");
    service
}

fn ask(service: &mut Service, request: &Request) -> Event {
    service.answer(MARKET, request, None, &mut |_| {})
}

/// Takes what an answer says of the rows behind the split line out of it.
fn held_back(answer: &mut Event) -> Vec<String> {
    let Event::Reply(reply) = answer else { return Vec::new() };
    let parts = match reply {
        Reply::Anatomy(view) => vec![&mut view.html],
        Reply::Validate(view) => {
            vec![&mut view.intervals, &mut view.others, &mut view.criteria]
        }
        Reply::Entries(view) => vec![&mut view.html],
        Reply::Compare(view) => vec![&mut view.table],
        _ => return Vec::new(),
    };
    parts.into_iter().map(|part| part.behind.take().unwrap()).collect()
}

/// The promise of the split line: whatever stands behind it, no number that is looked at while choosing changes.
#[test]
fn nothing_behind_the_line_enters_an_answer() {
    let csv = sample();
    let known = session(&csv);
    let split = time_at(&known, 0.7);
    let kept = lines_before(&csv, &known, split);
    let mut other = kept.clone();
    // Another level, not only another scale: returns are other ones too.
    let mut level = None;
    for line in csv.lines().skip(kept.lines().count()) {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        for price in &mut fields[1..5] {
            let known = price.parse::<f64>().unwrap();
            *price = format!("{}", known + *level.get_or_insert(known / 2.0));
        }
        writeln!(other, "{}", fields.join(",")).unwrap();
    }
    let (mut here, mut there) = (loaded(&csv), loaded(&other));
    let window = Window { split_ms: Some(split), ..Window::default() };
    for id in StrategyId::all() {
        let settings = Settings { params: Params::new(id), ..settings(Policy::Mask, window) };
        let columns = 300;
        let with = || settings.clone();
        // Pinned before the line was drawn.
        let unsplit = Settings { window: Window::default(), ..settings.clone() };
        for request in [
            BacktestQuestion { settings: with(), columns }.request(),
            AnatomyQuestion { settings: with() }.request(),
            CostsQuestion { settings: with(), columns }.request(),
            ValidateQuestion { settings: with() }.request(),
            EntriesQuestion { settings: with() }.request(),
            BarQuestion {
                settings: with(),
                counted: Counted { configurations: 9, looks: 9, here: 9, variance: Ok(0.01) },
            }
            .request(),
            ExplainQuestion { settings: with(), candle: 900 }.request(),
            CompareQuestion { settings: with(), against: None, columns }.request(),
            CompareQuestion { settings: with(), against: Some(Box::new(unsplit.clone())), columns }
                .request(),
        ] {
            let answers = [&mut here, &mut there].map(|service| ask(service, &request));
            let [(a, more), (b, other)] = answers.map(|mut answer| {
                let held_back = held_back(&mut answer);
                // As text: undefined columns of a chart are no numbers, and those equal nothing.
                (format!("{answer:?}"), held_back)
            });
            assert!(a.starts_with("Reply"), "{a}");
            assert!(a == b, "{:?}", request.lane());
            // What is said to be out-of-sample is.
            assert!(more.is_empty() || more != other, "{:?}", request.lane());
        }
        let request = DetailQuestion { settings: with(), columns }.request();
        let [a, b] = [&mut here, &mut there].map(|service| match ask(service, &request) {
            Event::Reply(Reply::Detail(mut detail)) => {
                let behind = detail.behind.take().unwrap();
                detail.fingerprint.clear();
                (format!("{detail:?}"), behind)
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(a.0, b.0);
        assert_ne!(format!("{:?}", a.1.metrics), format!("{:?}", b.1.metrics));
        assert!(!a.1.trades.is_empty() && !a.1.curve.columns.is_empty());
    }
}

#[test]
fn windows_are_over_the_same_rows_or_not() {
    let at = |time: i64| Some(time * 1_000);
    let all = Window::default();
    let split = Window { split_ms: at(5), ..all };
    assert!(split.is_over_same_rows(&Window { to_ms: at(5), ..all }));
    assert!(split.is_over_same_rows(&Window { to_ms: at(9), ..split }));
    for other in [all, Window { split_ms: at(6), ..all }, Window { from_ms: at(1), ..split }] {
        assert!(!split.is_over_same_rows(&other), "{other}");
    }
    // The newest rows are counted back from the end.
    let newest = Window { newest: 7, ..split };
    assert!(!newest.is_over_same_rows(&Window { to_ms: at(9), ..newest }));
    assert_eq!(all.to_string(), "all usable rows");
    assert_eq!(
        Window { from_ms: at(0), to_ms: at(60), ..newest }.to_string(),
        "the newest 7 usable rows from 1970-01-01 00:00 before 1970-01-01 00:01, out-of-sample from 1970-01-01 00:00:05"
    );
}

#[test]
fn a_candle_behind_the_line_is_not_explained() {
    let mut service = loaded(&sample());
    let known = session(&sample());
    let split = time_at(&known, 0.5);
    let candle = known.market.candles.len() as u32 - 100;
    let window = Window { split_ms: Some(split), ..Window::default() };
    let request = ExplainQuestion { settings: settings(Policy::Mask, window), candle }.request();
    let Event::Reply(Reply::Explain(view)) = ask(&mut service, &request) else { panic!() };
    assert!(view.explanation.is_none());
    assert!(view.unused.unwrap().contains("out-of-sample"));
}

#[test]
fn dates_without_rows_are_refused_with_the_dates_of_the_file() {
    let csv = sample();
    let known = session(&csv);
    let mut service = loaded(&csv);
    let (first, middle, last) = (time_at(&known, 0.0), time_at(&known, 0.5), time_at(&known, 1.0));
    let day = 86_400_000;
    for (window, title) in [
        (Window { from_ms: Some(last + day), ..Window::default() }, "No row lies"),
        (Window { to_ms: Some(first), ..Window::default() }, "No row lies"),
        (Window { from_ms: Some(middle), to_ms: Some(middle), ..Window::default() }, "No row lies"),
        (Window { split_ms: Some(last + day), ..Window::default() }, "The split line"),
        (Window { split_ms: Some(first - day), ..Window::default() }, "The split line"),
        (
            Window { from_ms: Some(last), split_ms: Some(first), ..Window::default() },
            "The split line",
        ),
    ] {
        let request =
            BacktestQuestion { settings: settings(Policy::Mask, window), columns: 10 }.request();
        let Event::Failed(error) = ask(&mut service, &request) else { panic!("{window:?}") };
        assert!(error.title.contains(title), "{error}");
        assert!(error.detail.contains(&format_time(first)), "{error}");
    }
}

/// Every place of every edge on small files, to the last document: no panic, and a split line never loses a number.
#[test]
fn every_place_of_the_dates_makes_a_document_or_is_refused() {
    let csv = include_str!("golden/cases/sweeps.csv");
    let mut session = session(csv);
    let times: Vec<i64> = session.market.candles.time_ms.clone();
    let every = (times.len() / 12).max(1);
    let mut places: Vec<Option<i64>> = times.iter().step_by(every).map(|t| Some(*t)).collect();
    places.extend([None, Some(times[0] - 1_000), times.last().map(|t| t + 1_000)]);
    let (mut made, mut refused) = (0, 0);
    for policy in [Policy::Mask, Policy::SourceScore] {
        for (i, &from_ms) in places.iter().enumerate() {
            for (j, &to_ms) in places.iter().enumerate() {
                let split_ms = places[usize::midpoint(i, j)];
                let window = Window { newest: 7 * (j % 3), from_ms, to_ms, split_ms };
                let chosen = settings(policy, window);
                if session.check(&chosen).is_err() {
                    refused += 1;
                    continue;
                }
                let usable = |(prepared, first): (&mut Prepared, u32)| {
                    let series = prepared.stages.series();
                    series.len() - series.usable_from(first)
                };
                assert!(usable(session.ready(&chosen)) > 0);
                assert_ne!(session.held_back(&chosen).map(usable), Some(0));
                let document = session.backtest_document(&chosen, Some(SEED)).to_text();
                assert_eq!(document.contains("\"out_of_sample\""), split_ms.is_some());
                let link = settings_link(&chosen, "0123456789abcdef", "a.csv");
                assert_eq!(read(&link).unwrap().workspace.settings, chosen, "{link}");
                made += 1;
            }
        }
    }
    assert!(made > 40 && refused > 40, "{made} made, {refused} refused");
}

#[test]
fn a_pinned_result_differs_by_what_was_changed() {
    let mut service = loaded(&sample());
    let before = settings(Policy::Mask, Window::default());
    let same = CompareQuestion {
        settings: before.clone(),
        against: Some(Box::new(before.clone())),
        columns: 200,
    };
    let Event::Reply(Reply::Compare(view)) = ask(&mut service, &same.request()) else { panic!() };
    assert!(view.comparison.pairs.iter().all(|pair| pair.change.name() == "kept"));
    assert_eq!(format!("{:?}", view.metrics[0]), format!("{:?}", view.metrics[1]));
    assert_eq!(format!("{:?}", view.curves[0]), format!("{:?}", view.curves[1]));

    let mut after = before.clone();
    after.params.engine.risk_reward_ratio = Some(4.0);
    after.window.from_ms = Some(time_at(&session(&sample()), 0.3));
    let changed = CompareQuestion {
        settings: after.clone(),
        against: Some(Box::new(before.clone())),
        columns: 200,
    };
    let Event::Reply(Reply::Compare(view)) = ask(&mut service, &changed.request()) else {
        panic!()
    };
    let net = |side: usize| view.trades[side].iter().map(|t| t.trade.net).sum::<f64>();
    let parts = view.comparison.parts;
    let sum = parts.signals + parts.fills + parts.sizing;
    assert!((sum - (net(1) - net(0))).abs() < 1e-6 * net(0).abs().max(1.0), "{parts:?}");
    assert!(view.comparison.pairs.iter().any(|pair| pair.change.name() == "lost"));
    // Both curves lie on the later one's clock, whatever rows the earlier has.
    assert_eq!(view.curves[0].times_ms, view.curves[1].times_ms);
    let mut session = session(&sample());
    let whole = session.run(&before);
    assert_eq!(view.curves[0].end.to_bits(), whole.equity.last().unwrap().to_bits());
}

#[test]
fn a_cleaning_that_looks_at_the_whole_file_says_so_where_a_run_ends_before_it() {
    let mut service = loaded(&sample());
    let split = time_at(&session(&sample()), 0.7);
    for (policy, spikes, window, said) in [
        (Policy::SourceScore, false, Window { split_ms: Some(split), ..Window::default() }, true),
        (Policy::Mask, true, Window { to_ms: Some(split), ..Window::default() }, true),
        (Policy::Mask, false, Window { split_ms: Some(split), ..Window::default() }, false),
        (Policy::SourceScore, false, Window::newest(5_000), false),
    ] {
        let mut chosen = settings(policy, window);
        chosen.cleaning.remove_spikes = spikes;
        let request = BacktestQuestion { settings: chosen, columns: 10 }.request();
        let Event::Reply(Reply::Backtest(view)) = ask(&mut service, &request) else { panic!() };
        let found =
            view.hints.iter().any(|hint| hint.contains("has a say") || hint.contains("have a say"));
        assert_eq!(found, said, "{:?}", view.hints);
    }
}

/// An account that is lost before the line goes on with a new one: its curve is never turned upside down.
#[test]
fn what_is_behind_the_line_of_a_lost_account_begins_anew() {
    let mut csv = "timestamp,open,high,low,close,volume\n".to_owned();
    let mut price: f64 = 100.0;
    for day in 0..400_i64 {
        // A calm rise that ends overnight, and waves after it.
        let step = match day {
            0..40 => 0.997,
            40..290 => 1.003,
            _ if day / 10 % 2 == 0 => 1.01,
            _ => 0.99,
        };
        let open = if day == 280 { price * 0.3 } else { price };
        price = open * step;
        let (high, low) = (open.max(price) * 1.001, open.min(price) * 0.999);
        writeln!(csv, "{},{open},{high},{low},{price},10", day * 86_400_000).unwrap();
    }
    let mut service = loaded(&csv);
    let id = StrategyId::from_name("ma_cross").unwrap();
    let mut params = Params::new(id);
    params.engine.risk_per_trade = 0.1;
    params.engine.max_leverage = None;
    params.engine.risk_reward_ratio = None;
    params.engine.max_holding_periods = None;
    params.set("ma_fast", cleansweep::table::ParamValue::Number(3.0)).unwrap();
    params.set("ma_slow", cleansweep::table::ParamValue::Number(8.0)).unwrap();
    let window = Window { split_ms: Some(300 * 86_400_000), ..Window::default() };
    let settings = Settings { params, ..settings(Policy::Mask, window) };
    let own = session(&csv).run(&settings);
    let end = own.equity.last().unwrap();
    assert!(*end <= 0.0, "the account is not lost: {end}");
    let request = DetailQuestion { settings, columns: 100 }.request();
    let Event::Reply(Reply::Detail(view)) = ask(&mut service, &request) else { panic!() };
    let first = view.behind.unwrap().curve.columns[0].first;
    assert!(first > 0.0, "{first}");
}

#[test]
fn a_pinned_result_that_ended_before_the_line_is_compared_all_the_same() {
    let csv = sample();
    let known = session(&csv);
    let mut service = loaded(&csv);
    let early = Window { to_ms: Some(time_at(&known, 0.3)), ..Window::default() };
    let split = Window { split_ms: Some(time_at(&known, 0.6)), ..Window::default() };
    let question = CompareQuestion {
        settings: settings(Policy::Mask, split),
        against: Some(Box::new(settings(Policy::Mask, early))),
        columns: 300,
    };
    let answer = ask(&mut service, &question.request());
    let Event::Reply(Reply::Compare(view)) = answer else { panic!("{answer:?}") };
    let alone = session(&csv).run(&settings(Policy::Mask, early));
    assert_eq!(view.trades[0].len(), alone.backtest.trades.len());
    assert!(view.table.behind.is_some());
}

#[test]
fn trades_behind_the_line_are_numbered_on_in_the_csv() {
    let csv = sample();
    let known = session(&csv);
    let mut service = loaded(&csv);
    let window = Window { split_ms: Some(time_at(&known, 0.7)), ..Window::default() };
    let mut export = |window| {
        let settings = settings(Policy::Mask, window);
        let request = ExportQuestion { kind: ExportKind::TradesCsv, settings }.request();
        let mut text = String::new();
        service.answer(MARKET, &request, None, &mut |event| {
            if let Event::Part(part) = event {
                text.push_str(&part);
            }
        });
        let lines: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        assert!(lines.len() > 10, "{text}");
        lines
    };
    let whole = export(Window::default());
    assert_ne!(whole[0].last().unwrap(), "part");
    let split = export(window);
    assert_eq!(split[0].last().unwrap(), "part");
    assert_eq!(split[0].len(), whole[0].len() + 1);
    let parts: Vec<&str> = split[1..].iter().map(|row| row.last().unwrap().as_str()).collect();
    assert!(parts.is_sorted() && parts[0] == "in-sample" && parts.ends_with(&["out-of-sample"]));
    let numbers = split[1..].iter().map(|row| row[0].parse::<usize>().unwrap());
    assert!(numbers.eq(1..split.len()));
}

#[test]
fn both_columns_stand_in_report_and_document() {
    let csv = sample();
    let mut session = session(&csv);
    let window = Window { split_ms: Some(time_at(&session, 0.7)), ..Window::default() };
    let chosen = settings(Policy::Mask, window);
    let document: serde_json::Value =
        serde_json::from_str(&session.backtest_document(&chosen, Some(42)).to_text()).unwrap();
    let (own, behind) = (&document["metrics"], &document["out_of_sample"]["metrics"]);
    assert_eq!(own.as_object().unwrap().len(), behind.as_object().unwrap().len());
    assert_eq!(document["window"]["split_ms"], window.split_ms.unwrap());
    assert_eq!(document["out_of_sample"]["grid"]["unit"], "day");
    let listed = document["out_of_sample"]["trades"].as_array().unwrap();
    assert!(listed.iter().all(|t| t["entry_time_ms"].as_i64() >= window.split_ms));
    let exits = document["trades"].as_array().unwrap();
    assert!(exits.iter().all(|t| t["exit_time_ms"].as_i64() < window.split_ms));

    let link = settings_link(&chosen, session.fingerprint(), "a.csv");
    let html = session.html(&cleansweep::session::Reported {
        name: "a.csv",
        cleaning: &chosen.cleaning,
        run: Some((&chosen, &link)),
        seed: None,
    });
    assert!(html.matches("Out-of-sample").count() > 4);
    assert!(html.contains("out-of-sample from"));
    assert!(html.contains("Anatomy of the out-of-sample result"));
    // Trades are numbered as in the list and in the CSV.
    let (own, all) = (exits.len(), exits.len() + listed.len());
    let after = html.split("Anatomy of the out-of-sample result").nth(1).unwrap();
    assert!(after.contains(&format!("Trade {}: ", own + 1)) && !after.contains("Trade 1: "));
    let list = html.split("<h2>Out-of-sample trades</h2>").nth(1).unwrap();
    assert!(list.contains(&format!(">{}<", own + 1)) || all > 2_000, "{own} {all}");
    // Intervals, random entries and other tools' numbers, where they are asked for.
    let checked = session.html(&cleansweep::session::Reported {
        name: "a.csv",
        cleaning: &chosen.cleaning,
        run: Some((&chosen, &link)),
        seed: Some(42),
    });
    assert_eq!(checked.matches(">Out-of-sample</h3>").count(), 3);
    let part = &document["out_of_sample"];
    for key in ["bootstrap", "rosetta", "monte_carlo"] {
        assert!(part[key] != serde_json::Value::Null && part[key] != document[key], "{key}");
    }
}

//! The report to hand on and the anatomy: whole, closed, and the same numbers as the rest of the document.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::Window;
use cleansweep::domain::{Measure, format_time};
use cleansweep::import;
use cleansweep::quality::synth::Sample;
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::session::{Reported, SEED, Session, Settings};
use cleansweep::strategy::{Params, StrategyId};
use cleansweep::workspace::{read, settings_link};
use serde_json::Value;
use std::fmt::Write as _;

fn session(csv: &[u8]) -> Session {
    Session::new(import::import(csv).unwrap())
}

fn settings(strategy: StrategyId, policy: Policy, newest: usize) -> Settings {
    let window = Window::newest(newest);
    Settings { cleaning: Cleaning::with_policy(policy), params: Params::new(strategy), window }
}

fn html(session: &mut Session, settings: &Settings, name: &str) -> String {
    let link = settings_link(settings, session.fingerprint(), name);
    session.html(&Reported {
        name,
        cleaning: &settings.cleaning,
        run: Some((settings, &link)),
        seed: Some(SEED),
    })
}

/// Every element is closed in order, no attribute ends early, and no number is one that no reader should see.
fn check(html: &str) {
    let body = html.split_once("</head>").unwrap().1;
    let mut open: Vec<&str> = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("not closed: {piece}"));
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        if tag == "/html" {
            continue;
        }
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        for word in ["NaN", "inf", "null"] {
            assert!(!text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word), "{text}");
        }
        assert!(!tag.contains("NaN") && !tag.contains("inf\"") && !tag.contains("inf "), "{tag}");
    }
    assert_eq!(open, [""; 0], "closed");
    for word in ["<script", "http://", "https://", "src=", "javascript:", "onclick"] {
        assert!(!html.contains(word), "{word}");
    }
}

#[test]
fn a_report_is_whole_for_every_strategy_and_policy() {
    let csv = Sample::Job143.csv();
    let mut session = session(csv.as_bytes());
    for strategy in StrategyId::all() {
        for policy in [Policy::Mask, Policy::Raw, Policy::SourceScore] {
            let settings = settings(strategy, policy, 6_000);
            let text = html(&mut session, &settings, "a file.csv");
            check(&text);
            assert_eq!(text, html(&mut session, &settings, "a file.csv"), "the same bytes again");
            for title in
                ["Data quality", "Result", "Settings", "Anatomy", "Trades", "Notes on the method"]
            {
                assert!(text.contains(title), "{title}");
            }
        }
    }
}

#[test]
fn the_link_of_a_report_holds_its_settings() {
    let mut session = session(Sample::Clean.csv().as_bytes());
    let mut settings = settings(StrategyId::default(), Policy::Drop, 4_000);
    settings.params.set_text("risk_reward_ratio", "3").unwrap();
    let text = html(&mut session, &settings, "name with spaces & more.csv");
    let link = text.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let reading = read(&link.replace("&amp;", "&")).unwrap();
    assert_eq!(reading.workspace.settings, settings);
    assert!(session.fingerprint().starts_with(&reading.data.unwrap()));
}

#[test]
fn a_name_is_text_and_nothing_else() {
    let mut session = session(Sample::Clean.csv().as_bytes());
    let settings = settings(StrategyId::default(), Policy::Mask, 2_000);
    for name in [
        "<script>alert(1)</script>.csv",
        "\"><img src=x onerror=alert(1)>.csv",
        "a\u{202e}vsc.b",
        "",
    ] {
        let text = html(&mut session, &settings, name);
        assert!(!text.contains("<img") && !text.contains("<script") && !text.contains('\u{202e}'));
    }
}

#[test]
fn reports_of_strange_files_are_whole() {
    let rows = |scale: f64, count: i64, volume: &str| {
        let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
        for i in 0..count {
            let price = scale * (1.0 + 0.01 * ((i * 7) % 13) as f64);
            let (high, low) = (price * 1.02, price * 0.98);
            let _ = writeln!(
                text,
                "{},{price:e},{high:e},{low:e},{price:e},{volume}",
                1_735_689_600_000 + i * 300_000
            );
        }
        text
    };
    for (scale, count, volume) in [
        (1.0, 1, "5"),
        (1.0, 2, "5"),
        (1e-12, 3_000, "7"),
        (1e12, 3_000, "7"),
        (1e150, 500, "1e150"),
        (100.0, 3_000, "0"),
        (100.0, 3_000, ""),
    ] {
        let mut session = session(rows(scale, count, volume).as_bytes());
        for policy in [Policy::Mask, Policy::Raw] {
            check(&html(&mut session, &settings(StrategyId::default(), policy, 0), "strange.csv"));
        }
        let about =
            Reported { name: "data.csv", cleaning: &Cleaning::default(), run: None, seed: None };
        check(&session.html(&about));
    }
}

#[test]
fn an_axis_of_tiny_prices_tells_its_values_apart() {
    let csv = Sample::Clean.csv();
    let mut lines = csv.lines();
    let mut tiny = format!("{}\n", lines.next().unwrap());
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let price = |at: usize| cells[at].parse::<f64>().unwrap() * 1e-13;
        let _ = writeln!(
            tiny,
            "{},{:e},{:e},{:e},{:e},{}",
            cells[0],
            price(1),
            price(2),
            price(3),
            price(4),
            cells[5]
        );
    }
    let mut session = session(tiny.as_bytes());
    let text = html(&mut session, &settings(StrategyId::default(), Policy::Mask, 0), "tiny.csv");
    let picture = text.split("Price and entries").nth(1).unwrap().split("</svg>").next().unwrap();
    let labels: std::collections::BTreeSet<&str> = picture
        .split("text-anchor=\"end\">")
        .skip(1)
        .map(|label| label.split('<').next().unwrap())
        .collect();
    assert!(labels.len() >= 3, "{labels:?}");
}

#[test]
fn the_anatomy_adds_up_to_the_result() {
    let mut session = session(Sample::Job143.csv().as_bytes());
    for strategy in StrategyId::all() {
        let settings = settings(strategy, Policy::Mask, 0);
        let document = session.backtest_document(&settings, Some(SEED)).into_value();
        let (anatomy, metrics) = (&document["anatomy"], &document["metrics"]);
        let number = |value: &Value| value.as_f64().unwrap();
        let trades = number(&metrics["trades"]["value"]);
        let net = number(&metrics["net_profit"]["value"]);
        let sum = |list: &Value, key: &str| {
            list.as_array().unwrap().iter().map(|e| number(&e[key])).sum::<f64>()
        };
        for list in ["months", "years", "r", "rows_held", "hours"] {
            assert_eq!(sum(&anatomy[list], "trades"), trades, "{list}");
            assert!((sum(&anatomy[list], "net") - net).abs() < 1e-6 * net.abs(), "{list}");
        }
        for list in ["r", "rows_held", "hours"] {
            assert_eq!(sum(&anatomy[list], "wins"), number(&metrics["wins"]["value"]), "{list}");
        }
        let exits: f64 = anatomy["exits"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|period| period["exits"].as_object().unwrap().values())
            .map(number)
            .sum();
        assert_eq!(exits, trades);
        for list in ["months", "years"] {
            let grown: f64 = anatomy[list]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| 1.0 + number(&e["return"]))
                .product();
            let whole = 1.0 + number(&metrics["total_return"]["value"]);
            assert!((grown - whole).abs() < 1e-9, "{list}: {grown} against {whole}");
        }
        let deepest = &anatomy["drawdowns"]["deepest"][0];
        assert_eq!(number(&deepest["depth"]), number(&metrics["max_drawdown"]["value"]));
        let sides = &anatomy["sides"];
        let of = |side: &str| number(&sides[side]["trades"]);
        assert_eq!(of("long") + of("short"), trades);
        let trough = deepest["trough_ms"].as_i64().unwrap();
        assert!(deepest["from_ms"].as_i64().unwrap() <= trough, "{}", format_time(trough));
    }
}

#[test]
fn numbers_of_the_anatomy_are_numbers() {
    let mut session = session(Sample::Clean.csv().as_bytes());
    let settings = settings(StrategyId::default(), Policy::Mask, 0);
    let (result, anatomy) = session.prepare(&settings.cleaning).anatomy(&settings.params, 0);
    assert!(!result.backtest.trades.is_empty());
    let all: Vec<&Measure> = anatomy.sides.iter().flatten().chain(&anatomy.hold).collect();
    assert!(all.iter().all(|value| value.as_ref().is_ok_and(|v| v.is_finite()) || value.is_err()));
    assert!(anatomy.run_up >= 0.0 && anatomy.hold_run_up >= 0.0);
}

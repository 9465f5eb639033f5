//! Several files and venues through the worker's service, as the page asks: joined, merged, handed on, judged.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::audit::{AUDIT_GATES, GateSetting, Gates, Threshold};
use cleansweep::import;
use cleansweep::protocol::{
    AuditQuestion, AuditView, Event, ExportKind, ExportQuestion, How, Listed, LoadQuestion,
    LoadedView, Question, Request, Source, Told, WindowQuestion,
};
use cleansweep::quality::Cleaning;
use cleansweep::service::Service;
use cleansweep::session::Settings;
use cleansweep::strategy::Params;
use cleansweep::universe::{MarketId, MergePolicy, Says};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cases-data");

fn ask<Q: Question>(
    service: &mut Service,
    market: u32,
    question: Q,
    attached: Option<&[u8]>,
) -> Result<Q::Answer, String> {
    let source = attached.as_ref().map(|bytes| bytes as &dyn import::Source);
    match service.answer(MarketId(market), &question.request(), source, &mut |_| {}) {
        Event::Reply(reply) => Ok(Q::answer(reply).unwrap()),
        Event::Failed(error) => Err(error.to_string()),
        event => panic!("{event:?}"),
    }
}

fn load(service: &mut Service, market: u32, name: &str) -> LoadedView {
    let bytes = std::fs::read(format!("{CASES}/{name}")).unwrap();
    let source = Source::Attached { name: name.to_owned() };
    ask(service, market, LoadQuestion::of(source), Some(&bytes)).unwrap()
}

/// The columns of markets, one after the other, and the bytes of each.
fn columns(service: &Service, markets: &[u32]) -> (Vec<u8>, Vec<u64>) {
    let (mut all, mut parts) = (Vec::new(), Vec::new());
    for market in markets {
        let before = all.len();
        service.pack(MarketId(*market), &mut |part| all.extend_from_slice(part));
        parts.push((all.len() - before) as u64);
    }
    (all, parts)
}

fn combine(service: &mut Service, id: u32, of: &[u32], how: How) -> Result<LoadedView, String> {
    let (bytes, parts) = columns(service, of);
    let source = Source::Combined { name: "all".to_owned(), parts, how };
    ask(service, id, LoadQuestion::of(source), Some(&bytes))
}

fn export(service: &mut Service, market: u32, kind: ExportKind) -> String {
    let settings = Settings {
        cleaning: Cleaning::default(),
        params: Params::default(),
        window: cleansweep::backtest::Window::default(),
    };
    let request = ExportQuestion { kind, settings }.request();
    let mut text = String::new();
    let event = service.answer(MarketId(market), &request, None, &mut |event| {
        if let Event::Part(part) = event {
            text.push_str(&part);
        }
    });
    assert!(matches!(event, Event::Reply(_)), "{event:?}");
    text
}

#[test]
fn months_become_one_market_whatever_their_order_and_go_on_to_other_workers() {
    let mut service = Service::default();
    let names = ["binanceus_SOLUSDT_5m_1.csv", "binanceus_SOLUSDT_5m_2.csv"];
    for (at, name) in names.iter().enumerate() {
        let view = load(&mut service, at as u32, name);
        assert_eq!(view.key.as_deref(), Some("SOLUSDT binanceus 300000"));
        assert_eq!((view.named.symbol_from, view.named.venue_from), (Says::Name, Says::Name));
    }
    let one = combine(&mut service, 5, &[0, 1], How::Join).unwrap();
    let other = combine(&mut service, 6, &[1, 0], How::Join).unwrap();
    assert_eq!((one.candles, one.file_rows), (1_190, 1_264));
    assert!(
        one.combined.contains("times in several files") && one.combined.contains("conflicting")
    );
    assert_eq!(
        export(&mut service, 5, ExportKind::Json),
        export(&mut service, 6, ExportKind::Json)
    );
    assert_eq!(one.facts, other.facts);
    // The command says the same of the same files.
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_cleansweep"))
        .args(["markets", names[0], names[1], "--json"])
        .current_dir(CASES)
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["markets"]["markets"][0]["rows"], one.candles);
    // A worker that takes another's place holds the same.
    let (bytes, _) = columns(&service, &[5]);
    let mut second = Service::default();
    second.hold(MarketId(5), &bytes.as_slice()).unwrap();
    assert_eq!(export(&mut second, 5, ExportKind::Json), export(&mut service, 5, ExportKind::Json));
}

#[test]
fn what_contradicts_itself_stays_apart_and_what_is_no_market_is_refused() {
    let mut service = Service::default();
    for (at, name) in
        ["binance_SOLUSDT_5m.csv", "kraken_SOLUSD_5m.csv", "SPY.csv"].iter().enumerate()
    {
        load(&mut service, at as u32, name);
    }
    let reason = combine(&mut service, 7, &[0, 1], How::Join).unwrap_err();
    assert!(reason.contains("stay apart") && reason.contains("differ"), "{reason}");
    let how = How::Merge { policy: MergePolicy::Priority, basis: true };
    let reason = combine(&mut service, 7, &[0, 2], how).unwrap_err();
    assert!(reason.contains("cannot be merged") && reason.contains("1d"), "{reason}");
    // Nothing is left of it.
    let window = WindowQuestion { from: 0, to: 10, bars: 10 };
    assert!(ask(&mut service, 7, window, None).is_err());
}

#[test]
fn merged_rows_keep_their_sources_on_the_way_to_chart_download_and_other_workers() {
    let mut service = Service::default();
    let names = ["binanceus_SOLUSDT_5m_1.csv", "binance_SOLUSDT_5m.csv", "kraken_SOLUSD_5m.csv"];
    for (at, name) in names.iter().enumerate() {
        load(&mut service, at as u32, name);
    }
    let how = How::Merge { policy: MergePolicy::Priority, basis: true };
    let view = combine(&mut service, 9, &[0, 1, 2], how).unwrap();
    assert!(view.is_merged && view.candles == 824);
    assert_eq!(view.named.venue.as_deref(), Some("merged"));
    let csv = export(&mut service, 9, ExportKind::MergedCsv);
    assert_eq!(csv.lines().count(), 825);
    let from = |name: &str| csv.lines().filter(|line| line.contains(name)).count();
    assert_eq!(names.map(from), [680, 137, 7]);
    // What is exported can be opened again.
    let again = import::import(csv.as_bytes()).unwrap();
    assert_eq!(again.rows.len(), 824);
    let window = WindowQuestion { from: 0, to: 824, bars: 824 };
    let drawn = ask(&mut service, 9, window.clone(), None).unwrap();
    assert_eq!(drawn.sources.iter().filter(|source| **source == 1).count(), 137);
    let (bytes, _) = columns(&service, &[9]);
    let mut second = Service::default();
    second.hold(MarketId(9), &bytes.as_slice()).unwrap();
    assert_eq!(ask(&mut second, 9, window, None).unwrap().sources, drawn.sources);
    assert_eq!(export(&mut second, 9, ExportKind::MergedCsv), csv);
}

#[test]
fn the_user_s_word_about_a_market_comes_before_all_others() {
    let bytes = std::fs::read(format!("{CASES}/SPY.csv")).unwrap();
    let told = |path: &str, symbol: &str, venue: &str| Told {
        path: path.to_owned(),
        symbol: Some(symbol.to_owned()).filter(|text| !text.is_empty()),
        venue: Some(venue.to_owned()).filter(|text| !text.is_empty()),
    };
    let named = |told: Told| {
        let source = Source::Attached { name: "SPY.csv".to_owned() };
        let question = LoadQuestion { told, ..LoadQuestion::of(source) };
        ask(&mut Service::default(), 1, question, Some(&bytes)).unwrap().named
    };
    let own = named(told("", "", ""));
    assert_eq!((own.symbol.as_deref(), own.symbol_certain), (Some("SPY"), false));
    let own = named(told("data/kraken/SPY.csv", "", ""));
    assert_eq!((own.venue.as_deref(), own.venue_from), (Some("kraken"), Says::Folder));
    let own = named(told("data/kraken/SPY.csv", " spy.us ", "Nyse"));
    assert_eq!(own.symbol.as_deref(), Some("SPY.US"));
    assert_eq!((own.venue.as_deref(), own.venue_from), (Some("nyse"), Says::User));
    assert!(own.symbol_certain);
}

#[test]
fn the_page_s_audit_is_the_command_s() {
    let mut service = Service::default();
    let names = ["binanceus_SOLUSDT_5m_1.csv", "binance_SOLUSDT_5m.csv", "kraken_SOLUSD_5m.csv"];
    let markets: Vec<(MarketId, Vec<u8>)> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (MarketId(at as u32), load(&mut service, at as u32, name).facts))
        .collect();
    let mut gates = Gates::default();
    let place = |key: &str| AUDIT_GATES.iter().position(|gate| gate.key == key).unwrap();
    gates.options.fail_on_worse = true;
    gates.gates[place("spike")] = Some(GateSetting::Off);
    gates.gates[place("untradable")] =
        Some(GateSetting::At(Threshold { warn: Some(0.05), fail: Some(0.3) }));
    gates.gates[place("age_hours")] =
        Some(GateSetting::At(Threshold { warn: Some(24.0), fail: None }));
    let now_ms = 1_736_100_000_000;
    let mut judge = |gates: &Gates, previous: Option<(String, String)>| -> AuditView {
        let question =
            AuditQuestion { markets: markets.clone(), gates: gates.clone(), previous, now_ms };
        ask(&mut service, 0, question, None).unwrap()
    };
    let page = judge(&gates, None);
    // The command reads the page's file of gates.
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (file, last) = (folder.join("page-gates.toml"), folder.join("page-audit.json"));
    std::fs::write(&file, &page.gates).unwrap();
    std::fs::write(&last, &page.document).unwrap();
    let run = |previous: bool| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cleansweep"));
        command.arg("audit").args(names).arg("--gates").arg(&file).arg("--json");
        command.args(["--now", &now_ms.to_string()]).current_dir(CASES);
        if previous {
            command.arg("--previous").arg(&last);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), told)
    };
    let (status, document, told) = run(false);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(document, page.document);
    // It reads the page's audit, too, and finds nothing worse.
    let (status, document, _) = run(true);
    assert_eq!(status, Some(0));
    let found: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(found["comparison"]["worse"], 0);
    // Stricter gates are worse than the audit before.
    let strict = Gates { gates: Default::default(), ..gates.clone() };
    let worse = judge(&strict, Some(("last.json".to_owned(), page.document.clone())));
    assert!(worse.changes.contains("✕ worse") && worse.problem.is_none());
    assert!(worse.table.contains("data-market=\"0\""));
    let broken = judge(&strict, Some(("last.json".to_owned(), "{}".to_owned())));
    assert!(broken.problem.unwrap().contains("last.json is no audit"));
    let mut backwards = Gates::default();
    backwards.gates[place("stuck")] =
        Some(GateSetting::At(Threshold { warn: Some(0.5), fail: Some(0.1) }));
    assert!(judge(&backwards, None).contradiction.unwrap().contains("stuck would fail at 0.1"));
}

/// A question that is about a market is the page's; this one is about all of them and needs none in memory.
#[test]
fn an_audit_needs_no_market_in_memory() {
    let mut service = Service::default();
    let facts = load(&mut service, 0, "SPY.csv").facts;
    let question = AuditQuestion {
        markets: vec![(MarketId(0), facts)],
        gates: Gates::default(),
        previous: None,
        now_ms: 0,
    };
    let request: Request = question.request();
    let event = Service::default().answer(MarketId(0), &request, None, &mut |_| {});
    assert!(matches!(event, Event::Reply(_)), "{event:?}");
}

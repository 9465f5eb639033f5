//! The whole way: a first line of settings as in a link, any bytes as a file behind it, every document and every answer of
//! the worker. Nothing panics, hangs or asks for unbounded memory, and no document holds a number that is none.
#![no_main]

use cleansweep::import::Reading;
use cleansweep::protocol::{Answer, Event, ExportKind, Lane, Request, Source, decode, encode};
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::service::Service;
use cleansweep::session::Settings;
use cleansweep::strategy::{Condition, Params};
use libfuzzer_sys::fuzz_target;

/// True when a null stands where JSON has no way to write a number.
fn holds_null(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => true,
        serde_json::Value::Array(all) => all.iter().any(holds_null),
        serde_json::Value::Object(all) => all.values().any(holds_null),
        _ => false,
    }
}

fn settings(line: &[u8]) -> Settings {
    let read = std::str::from_utf8(line).ok().and_then(|text| cleansweep::workspace::read(text).ok());
    read.map_or_else(
        || Settings {
            cleaning: Cleaning::with_policy(Policy::Mask),
            params: Params::default(),
            window: Default::default(),
        },
        |read| read.workspace.settings,
    )
}

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (line, rest) = bytes.split_at(end);
    let file = rest.get(1..).unwrap_or_default();
    let settings = settings(line);
    let mut service = Service::default();
    let source = Source::Attached { name: "file.csv".to_owned() };
    let request = Request::Load { source, reading: Reading::default() };
    let Event::Loaded(view) = service.answer(&request, Some(&file), &mut |_| {}) else { return };
    let rows = view.candles as u32;

    let with = || settings.clone();
    let versus = Cleaning::with_policy(Policy::Raw);
    let mut requests = vec![
        Request::Window { from: 0, to: rows, bars: 300 },
        Request::Clean { cleaning: settings.cleaning.clone(), versus },
        Request::Backtest { settings: with(), columns: 300 },
        Request::Detail { settings: with(), columns: 300 },
        Request::Explain { settings: with(), candle: rows / 2 },
        Request::Costs { settings: with(), columns: 300 },
        Request::Validate { settings: with() },
        Request::Entries { settings: with() },
        Request::Prove { settings: with(), from: 0 },
        Request::Compare { settings: with(), columns: 300 },
        Request::Gained { settings: with(), condition: Condition::Own(0) },
    ];
    for kind in [ExportKind::TradesCsv, ExportKind::CleanedCsv, ExportKind::RejectsCsv, ExportKind::Json] {
        requests.push(Request::Export { kind, settings: with() });
    }
    for request in requests {
        let mut parts = String::new();
        let event = service.answer(&request, None, &mut |event| {
            if let Event::Part(part) = event {
                parts.push_str(&part);
            }
        });
        assert!(!matches!(event, Event::Failed(_)), "{event:?}");
        let answer = Answer { lane: Lane::Detail, generation: 1, dataset: 1, elapsed_ms: 0.0, event };
        assert!(decode::<Answer>(&encode(&answer)).is_ok());
        if matches!(request, Request::Export { kind: ExportKind::Json, .. }) {
            let document = serde_json::from_str(&parts).expect("the document is JSON");
            assert!(!holds_null(&document), "a null stands for a number that is none");
        }
    }
});

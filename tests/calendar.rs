//! Closed hours, holidays and verdicts on small calendars, against the results of an independent implementation of METHOD §2
//! to §4 that was written from its text.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::import::{Reading, import_as};
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::session::Session;
use serde_json::Value;

/// Places where a document differs from what is expected; keys of ours beside are allowed.
fn differences(path: &str, found: &Value, expected: &Value, out: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (key, value) in expected {
                if key == "undefined" {
                    if !found.contains_key(key) {
                        out.push(format!("{path} should be undefined"));
                    }
                    continue;
                }
                match found.get(key) {
                    Some(found) => differences(&format!("{path}.{key}"), found, value, out),
                    None => out.push(format!("{path}.{key} is missing")),
                }
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
                differences(&format!("{path}[{i}]"), found, expected, out);
            }
        }
        (Value::Number(found), Value::Number(expected)) => {
            let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
            if (found - expected).abs() > 1e-12 {
                out.push(format!("{path}: {found} instead of {expected}"));
            }
        }
        _ if found == expected => {}
        _ => out.push(format!("{path}: {found} instead of {expected}")),
    }
}

#[test]
fn calendars_agree_with_an_independent_implementation() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/calendar");
    let expected = std::fs::read_to_string(format!("{folder}/expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let mut out = Vec::new();
    let all = expected.as_object().unwrap();
    assert!(all.len() >= 20);
    for (name, expected) in all {
        let bytes = std::fs::read(format!("{folder}/{name}.csv")).unwrap();
        let mut reading = Reading::default();
        reading.set("time_unit", "ms").unwrap();
        let mut session = Session::new(import_as(&bytes, &reading).unwrap());
        let document = session.report_document().into_value();
        for key in ["grid", "gaps", "gates", "verdict", "worst", "sufficiency"] {
            let path = format!("{name}.{key}");
            differences(&path, &document["report"][key], &expected[key], &mut out);
        }
        for policy in [Policy::Mask, Policy::Drop] {
            let Some(expected) = expected["cleaning"].get(policy.name()) else { continue };
            let cleaning = Cleaning::with_policy(policy);
            let document = session.clean_document(&cleaning).into_value();
            for (key, value) in expected.as_object().unwrap() {
                let section = if key == "line" { "verdict" } else { "cleaning" };
                let path = format!("{name}.{}.{key}", policy.name());
                differences(&path, &document[section][key], value, &mut out);
            }
        }
    }
    assert!(out.is_empty(), "{} differences\n{}", out.len(), out.join("\n"));
}

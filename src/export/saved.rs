//! Saved configurations as a document, and back.

use super::json::{Document, measure, obj, object};
use crate::domain::{Measure, Undefined};
use crate::ledger::{Place, Saved};
use crate::metrics::GridUnit;
use serde_json::{Map, Value};

/// Name and version of the document.
pub const SCHEMA: &str = "cleansweep-configurations/1";

/// The document.
pub fn to_text(all: &[Saved]) -> String {
    let one = |saved: &Saved| {
        let metrics = saved.metrics.iter().map(|(key, value)| (key.as_str(), measure(value)));
        obj!({
            "id": saved.id.as_str(),
            "name": saved.name.as_str(),
            "market": saved.market.as_str(),
            "venue": saved.venue.as_deref(),
            "timeframe_ms": saved.timeframe_ms,
            "strategy": saved.strategy.as_str(),
            "data_sha256": saved.data.as_str(),
            "config_hash_128": saved.config.as_str(),
            "window": obj!({
                "first_ms": saved.place.first_ms,
                "last_ms": saved.place.last_ms,
                "grid": saved.place.unit.name(),
            }),
            "settings": saved.link.as_str(),
            "created_ms": saved.created_ms,
            "metrics": object(metrics),
        })
    };
    let mut document = Document::of(SCHEMA);
    document.add(("configurations", all.iter().map(one).collect::<Vec<_>>().into()));
    document.to_text()
}

/// What is wrong with an entry: its key, and what it should be.
fn lacks(key: &str, what: &str) -> String {
    format!("“{key}” should be {what}")
}

fn text(of: &Map<String, Value>, key: &str) -> Result<String, String> {
    let text = of.get(key).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| lacks(key, "a text"))
}

fn time(of: &Map<String, Value>, key: &str) -> Result<i64, String> {
    of.get(key).and_then(Value::as_i64).ok_or_else(|| lacks(key, "a whole number"))
}

/// A field that may be absent or null.
fn known<'a>(of: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    of.get(key).filter(|value| !value.is_null())
}

fn metric(key: &str, value: &Value) -> Result<Measure, String> {
    if let Some(number) = value.as_f64() {
        return Ok(Ok(number));
    }
    let reason = value.get("undefined").and_then(Value::as_str);
    let reason = reason.ok_or_else(|| lacks(key, "a number, or an object with “undefined”"))?;
    Ok(Err(Undefined(reason.to_owned().into())))
}

fn saved(value: &Value) -> Result<Saved, String> {
    let of = value.as_object().ok_or("it is no object")?;
    let window = of.get("window").and_then(Value::as_object);
    let window = window.ok_or_else(|| lacks("window", "an object"))?;
    let unit = GridUnit::from_name(&text(window, "grid")?);
    let unit = unit.ok_or_else(|| lacks("grid", "“day” or “hour”"))?;
    let metrics = of.get("metrics").and_then(Value::as_object);
    let metrics = metrics.ok_or_else(|| lacks("metrics", "an object"))?;
    let metrics = metrics.iter().map(|(key, value)| Ok((key.clone(), metric(key, value)?)));
    let link = text(of, "settings")?;
    if !link.starts_with("v1") {
        return Err(lacks("settings", "the text of a link, which begins with v1"));
    }
    Ok(Saved {
        id: text(of, "id")?,
        name: text(of, "name")?,
        market: text(of, "market")?,
        venue: known(of, "venue").map(|_| text(of, "venue")).transpose()?,
        timeframe_ms: known(of, "timeframe_ms").map(|_| time(of, "timeframe_ms")).transpose()?,
        strategy: text(of, "strategy")?,
        data: text(of, "data_sha256")?,
        config: text(of, "config_hash_128")?,
        place: Place {
            first_ms: time(window, "first_ms")?,
            last_ms: time(window, "last_ms")?,
            unit,
        },
        link,
        created_ms: time(of, "created_ms")?,
        metrics: metrics.collect::<Result<_, String>>()?,
    })
}

/// What could be read of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadBack {
    /// The configurations.
    pub saved: Vec<Saved>,
    /// What is wrong with each that could not be read, by its number in the document.
    pub problems: Vec<String>,
}

/// Reads a document of [`to_text`].
///
/// # Errors
/// Says why the text is no such document at all.
pub fn from_text(text: &str) -> Result<ReadBack, String> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("is no JSON: {error}"))?;
    let schema = value.get("schema").and_then(Value::as_str);
    if schema != Some(SCHEMA) {
        return Err(format!(
            "is not a file of saved configurations: “schema” is {}, and it should be {SCHEMA}",
            schema.unwrap_or("missing")
        ));
    }
    let all = value.get("configurations").and_then(Value::as_array);
    let all = all.ok_or("lacks the list “configurations”")?;
    let mut read = ReadBack { saved: Vec::new(), problems: Vec::new() };
    for (number, value) in (1..).zip(all) {
        match saved(value) {
            Ok(saved) => read.saved.push(saved),
            Err(what) => {
                read.problems.push(format!("Configuration {number} was left out: {what}."));
            }
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Saved {
        Saved {
            id: "1-ab".to_owned(),
            name: "\"<b>\" & more".to_owned(),
            market: "SOL/USDT".to_owned(),
            venue: Some("binanceus".to_owned()),
            timeframe_ms: Some(300_000),
            strategy: "sweep".to_owned(),
            data: "00ff".to_owned(),
            config: "ab".to_owned(),
            place: Place { first_ms: 0, last_ms: 86_400_000, unit: GridUnit::Hour },
            link: "v1&fee=0.001".to_owned(),
            created_ms: 1_700_000_000_123,
            metrics: vec![
                ("sharpe".to_owned(), Ok(-1.25)),
                ("win_rate".to_owned(), Err(Undefined::because("no trade"))),
            ],
        }
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let all = [one(), Saved { venue: None, timeframe_ms: None, ..one() }];
        let read = from_text(&to_text(&all)).unwrap();
        assert_eq!((read.saved.as_slice(), read.problems.len()), (&all[..], 0));
    }

    #[test]
    fn what_is_wrong_is_told_and_the_rest_is_read() {
        let text = to_text(&[one(), one()]);
        let broken = text.replacen("\"win_rate\": {", "\"win_rate\": [{", 1);
        assert!(from_text(&broken).unwrap_err().starts_with("is no JSON: "));
        let broken = text.replacen("-1.25", "\"high\"", 1);
        let read = from_text(&broken).unwrap();
        assert_eq!(read.saved, [one()]);
        assert_eq!(
            read.problems,
            [
                "Configuration 1 was left out: “sharpe” should be a number, or an object with “undefined”."
            ]
        );
        let other = from_text("{\"schema\": \"cleansweep/1\"}").unwrap_err();
        assert!(other.contains("“schema” is cleansweep/1"), "{other}");
        assert!(from_text("[]").unwrap_err().contains("“schema” is missing"));
        let none = format!("{{\"schema\": \"{SCHEMA}\"}}");
        assert_eq!(from_text(&none).unwrap_err(), "lacks the list “configurations”");
    }
}

//! Section `markets`: what files are of, which were joined, and the market table. Keys in
//! `tests/golden/cases-data/README.md`.

use super::json::{Section, measure, obj, object, sufficiency};
use crate::domain::timeframe_label;
use crate::quality::checks::Verdict;
use crate::quality::report::SourceNumbers;
use crate::universe::{File, Join, Key, Named, Overlap, Row, Table};
use serde_json::Value;

fn text(known: Option<&String>) -> &str {
    known.map_or("unknown", String::as_str)
}

fn timeframe(key: &Key) -> String {
    key.timeframe_ms.map_or_else(|| "unknown".to_owned(), timeframe_label)
}

/// What a file says of its market.
fn file(name: &str, named: &Named) -> Value {
    let timeframe = named.timeframe_s.map_or_else(|| Value::from("unknown"), Value::from);
    obj!({
        "name": name,
        "symbol_certain": named.symbol_certain,
        "symbol": text(named.symbol.as_ref()),
        "symbol_from": named.symbol_from.name(),
        "venue": text(named.venue.as_ref()),
        "venue_from": named.venue_from.name(),
        "timeframe": timeframe,
        "timeframe_from": named.timeframe_from.name(),
    })
}

fn overlap(overlap: &Overlap) -> Value {
    let mut value = obj!({
        "common": overlap.common,
        "identical": overlap.identical,
        "conflicting": overlap.conflicting,
        "conflict_share": measure(&overlap.conflict_share),
        "largest_close_bp": measure(&overlap.largest_close_bp),
        "only_last_rows": overlap.only_last_rows,
    });
    if let Some(first) = &overlap.first {
        let rows: Vec<Value> = first
            .rows
            .iter()
            .map(|(file, [open, high, low, close, volume])| {
                let number = |value: &f64| measure(&Ok(*value));
                obj!({
                    "file": file.as_str(),
                    "open": number(open),
                    "high": number(high),
                    "low": number(low),
                    "close": number(close),
                    "volume": number(volume),
                })
            })
            .collect();
        value["first"] = obj!({ "time_ms": first.time_ms, "rows": rows });
    }
    value
}

/// Symbol, venue and timeframe in words.
pub(super) fn key_of(key: &Key) -> (&str, &str, String) {
    (text(key.symbol.as_ref()), text(key.venue.as_ref()), timeframe(key))
}

/// The source's six numbers.
pub(super) fn source(source: &SourceNumbers) -> Value {
    obj!({
        "total_candles": source.total_candles,
        "zero_volume": source.zero_volume,
        "flat_candles": source.flat_candles,
        "valid_pct": measure(&source.valid_pct),
        "avg_volume": measure(&source.avg_volume),
        "avg_atr_pct": measure(&source.avg_atr_pct),
    })
}

pub(super) fn times(value: &mut Value, times_ms: Option<(i64, i64)>) {
    if let Some((first, last)) = times_ms {
        (value["first_time_ms"], value["last_time_ms"]) = (first.into(), last.into());
    }
}

fn join(join: &Join) -> Value {
    let files: Vec<Value> = join
        .files
        .iter()
        .map(|file| {
            let mut value = obj!({
                "name": file.name.as_str(),
                "rows": file.rows,
                "unique_rows": file.unique_rows,
                "kept_rows": file.kept_rows,
            });
            times(&mut value, file.times_ms);
            value
        })
        .collect();
    let breaks: Vec<Value> = join
        .level_breaks
        .iter()
        .map(|found| obj!({ "time_ms": found.time_ms, "ratio": found.ratio }))
        .collect();
    obj!({
        "symbol": text(join.key.symbol.as_ref()),
        "venue": text(join.key.venue.as_ref()),
        "timeframe": timeframe(&join.key),
        "files": files,
        "joined": join.joined,
        "rows": join.rows,
        "overlap": overlap(&join.overlap),
        "level_breaks": breaks,
        "timeframe_name_disagrees": join.timeframe_name_disagrees.as_slice(),
    })
}

fn market(row: &Row) -> Value {
    let report = &row.report;
    let judgement = &report.judgement;
    let gates = judgement.gates.iter().map(|gate| (gate.spec().key, gate.verdict.name()));
    let worst: Vec<&str> = judgement.worst().iter().map(|gate| gate.spec().key).collect();
    let mut value = obj!({
        "symbol": text(row.key.symbol.as_ref()),
        "venue": text(row.key.venue.as_ref()),
        "timeframe": timeframe(&row.key),
        "files": row.files.as_slice(),
        "rows": row.rows,
        "source": source(&report.source),
        "gates": object(gates),
        "verdict": judgement.verdict.name(),
        "worst": worst,
        "sufficiency": sufficiency(report.sufficiency),
        "source_verdict": report.source_rule.name(),
    });
    times(&mut value, row.times_ms);
    value
}

/// Section `markets`.
pub fn section(files: Vec<Value>, joins: &[Join], table: &Table) -> Section {
    let (below, of) = table.below_70;
    let verdicts = [Verdict::Pass, Verdict::Warn, Verdict::Fail]
        .map(|verdict| (verdict.name(), table.count(verdict)));
    (
        "markets",
        obj!({
            "files": files,
            "joins": joins.iter().map(join).collect::<Vec<_>>(),
            "markets": table.rows.iter().map(market).collect::<Vec<_>>(),
            "decision": obj!({
                "below_70": below,
                "of": of,
                "data_is_primary_issue": table.data_is_primary_issue(),
            }),
            "verdicts": object(verdicts),
        }),
    )
}

/// Section `unreadable`: files that were left out, with the reason.
pub fn unreadable(files: &[(String, String)]) -> Section {
    let list = files
        .iter()
        .map(|(name, reason)| obj!({ "name": name.as_str(), "reason": reason.as_str() }));
    ("unreadable", list.collect())
}

/// What the files say, in their order.
pub fn files(files: &[File]) -> Vec<Value> {
    files.iter().map(|one| file(&one.name, &one.named)).collect()
}

//! The document `cleansweep-audit/1`. Keys in `tests/golden/cases-data/README.md`.

use super::json::{Document, measure, obj, sufficiency, undefined};
use super::markets::{key_of, source, times};
use crate::audit::{
    AUDIT_GATES, AuditMarket, AuditVerdict, Audited, Change, Comparison, GateChange, Gates,
    JudgedGate, MarketChange, SCHEMA, Why,
};
use crate::quality::checks::Verdict;
use serde_json::Value;

/// An audit as it is written and shown.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The time that ages count to, where there is a clock.
    pub now_ms: Option<i64>,
    /// The gates that held.
    pub gates: Gates,
    /// The markets.
    pub audited: Audited,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// What changed since an earlier audit.
    pub comparison: Option<Comparison>,
}

impl Audit {
    /// 2: a file could not be read; 1: a gate failed; 3: something is worse and that was to fail; 0 otherwise.
    pub fn exit_code(&self) -> u8 {
        let options = &self.gates.options;
        let limit = match options.fail_on {
            crate::audit::FailOn::Fail => Verdict::Fail,
            crate::audit::FailOn::Warn => Verdict::Warn,
        };
        if !self.unreadable.is_empty() {
            2
        } else if self.audited.verdict >= limit {
            1
        } else if options.fail_on_worse && self.worse() > 0 {
            3
        } else {
            0
        }
    }

    /// Markets that are worse than before.
    pub fn worse(&self) -> usize {
        self.comparison.as_ref().map_or(0, Comparison::worse)
    }

    /// The document.
    pub fn document(&self) -> Document {
        let (below, of) = self.audited.below_70;
        let options = &self.gates.options;
        let mut document = Document::of(SCHEMA);
        let now = self.now_ms.map_or_else(|| undefined("no clock"), Value::from);
        document.add(("now_ms", now));
        document.add((
            "options",
            obj!({ "fail_on": options.fail_on.name(), "fail_on_worse": options.fail_on_worse }),
        ));
        document.add(("markets", self.audited.markets.iter().map(market).collect()));
        document.add(super::markets::unreadable(&self.unreadable));
        document.add((
            "decision",
            obj!({
                "below_70": below,
                "of": of,
                "data_is_primary_issue": 2 * below > of,
            }),
        ));
        document.add(("verdict", self.audited.verdict.name().into()));
        if let Some(found) = &self.comparison {
            document.add((
                "comparison",
                obj!({
                    "markets": found.markets.iter().map(change).collect::<Vec<_>>(),
                    "worse": found.worse(),
                    "better": found.better(),
                }),
            ));
        }
        document.add(("exit_code", self.exit_code().into()));
        document
    }
}

fn gate(gate: &JudgedGate) -> Value {
    let spec = &AUDIT_GATES[gate.index];
    let limit = |value: Option<f64>| value.map_or_else(|| undefined("none"), Value::from);
    let (warn, fail) = match gate.threshold {
        None => (undefined("off"), undefined("off")),
        Some(threshold) => (limit(threshold.warn), limit(threshold.fail)),
    };
    let value = match (&gate.value, gate.counts) {
        // A count, not a share.
        (Ok(value), Some(_)) if !spec.is_share => Value::from(*value as u64),
        (value, _) => measure(value),
    };
    let mut written = obj!({ "key": spec.key, "value": value });
    if let Some((count, of, runs)) = gate.counts {
        (written["count"], written["of"], written["runs"]) = (count.into(), of.into(), runs.into());
    }
    written["bad_when"] = if spec.bad_above { "above" } else { "below" }.into();
    (written["threshold_warn"], written["threshold_fail"]) = (warn, fail);
    written["verdict"] = gate.verdict.name().into();
    written
}

fn market(market: &AuditMarket) -> Value {
    let (symbol, venue, timeframe) = key_of(&market.key);
    let mut value = obj!({ "symbol": symbol, "venue": venue, "timeframe": timeframe });
    let ms = market.key.timeframe_ms;
    value["timeframe_ms"] = ms.map_or_else(|| undefined("fewer than two times"), Value::from);
    value["files"] = market.files.as_slice().into();
    value["rows"] = market.rows.into();
    times(&mut value, market.times_ms);
    let mask = &market.after_mask;
    let share = mask.gates.iter().find(|gate| gate.spec().key == "usable_share");
    let failed: Vec<&str> = mask
        .gates
        .iter()
        .filter(|gate| gate.verdict == Verdict::Fail)
        .map(|gate| gate.spec().key)
        .collect();
    value["source"] = source(&market.source);
    value["gates"] = market.gates.iter().map(gate).collect();
    value["overrides"] = market.overrides.as_slice().into();
    value["verdict"] = market.verdict.name().into();
    value["failed"] = market.at(Verdict::Fail).into();
    value["warned"] = market.at(Verdict::Warn).into();
    value["source_verdict"] = market.source_rule.name().into();
    value["sufficiency"] = sufficiency(market.sufficiency);
    value["after_mask"] = obj!({
        "usable_share": share.map_or_else(|| undefined("no rows"), |gate| measure(&gate.value)),
        "verdict": mask.verdict.name(),
        "failed": failed,
    });
    value
}

fn gate_change(change: &GateChange) -> Value {
    let mut value = obj!({
        "key": AUDIT_GATES[change.index].key,
        "old": measure(&change.old),
        "new": measure(&change.new),
        "change": change.change.name(),
        "why": change.why.name(),
    });
    match &change.why {
        Why::Verdict { old, new, .. } => {
            (value["old_verdict"], value["new_verdict"]) = (old.as_str().into(), (*new).into());
        }
        Why::Noise { old, new, allowance } => {
            (value["old_share"], value["new_share"]) = ((*old).into(), (*new).into());
            value["allowance"] = (*allowance).into();
        }
        Why::Rows => {}
    }
    value
}

fn change(change: &MarketChange) -> Value {
    let mut value = obj!({
        "symbol": change.symbol.as_str(),
        "venue": change.venue.as_str(),
        "timeframe": change.timeframe.as_str(),
        "change": change.change.name(),
    });
    if !matches!(change.change, Change::New | Change::Gone) {
        value["grew"] = change.grew.into();
        value["gates"] = change.gates.iter().map(gate_change).collect();
    }
    value
}

/// True for a gate that is a reason to look.
pub fn is_notable(gate: &JudgedGate) -> bool {
    matches!(gate.verdict, AuditVerdict::Judged(Verdict::Warn | Verdict::Fail))
}

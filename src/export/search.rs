//! Section `search`: every trial with all of its numbers, and how far the best one can be trusted. Keys in
//! `tests/golden/cases/README.md`.

use super::json::{self, Section, measure, obj, object, undefined};
use crate::domain::{Undefined, hex};
use crate::ledger::Looks;
use crate::search::luck::{Deflated, Luck, Superior};
use crate::search::{Judged, Outcome, Plan, Trial, Trials, space_json};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A search as its section tells it.
#[derive(Debug)]
pub struct Searched<'a> {
    /// How it was made.
    pub plan: &'a Plan,
    /// Its trials.
    pub trials: &'a Trials,
    /// What was found, and what is said of it.
    pub judged: &'a Judged,
    /// Hashes of configurations and looks.
    pub looks: &'a Looks,
    /// SHA-256 of the rows.
    pub data: &'a str,
    /// The shard and the number of shards.
    pub shard: (u32, u32),
}

/// SHA-256 of numbers, little endian.
fn print(values: &[f64]) -> String {
    let mut hash = Sha256::new();
    for value in values {
        hash.update(value.to_le_bytes());
    }
    hex(&hash.finalize())
}

fn trial(of: &Searched<'_>, trial: &Trial) -> Value {
    let values = of.trials.values(&trial.picks);
    let params = of.trials.axes.iter().zip(values);
    let mut value = obj!({
        "trial": trial.number,
        "params": object(params.map(|(axis, value)| (axis.spec.key, axis.spec.json(value)))),
    });
    if let Some(first) = trial.duplicate_of {
        value["duplicate_of"] = first.into();
    }
    match trial.outcome.as_ref() {
        Outcome::Refused(reason) => value["refused"] = reason.as_str().into(),
        Outcome::Ran(numbers) => {
            if let Ok(params) = of.trials.params(&trial.picks) {
                let (config, look) = of.looks.hashes(&params);
                value["config_hash"] = config.into();
                value["look_hash"] = look.into();
                value["metrics"] = json::metrics(params.strategy(), &numbers.metrics).1;
            }
            value["objective"] = measure(&trial.objective);
            value["rank"] = trial.rank.map_or_else(|| undefined("not ranked"), Value::from);
            value["returns_sha256_f64le"] = print(&numbers.returns).into();
        }
    }
    value
}

fn deflated(found: &Deflated) -> Value {
    obj!({
        "trials": found.trials,
        "expected_max_sharpe": measure(&found.expected_max),
        "value": measure(&found.value),
    })
}

fn reality_check(found: &Superior) -> Value {
    obj!({
        "p": measure(&found.reality_check),
        "block": found.block,
        "models": found.models,
    })
}

fn spa(found: &Superior) -> Value {
    let [lower, consistent, upper] = &found.spa;
    obj!({
        "p_lower": measure(lower),
        "p_consistent": measure(consistent),
        "p_upper": measure(upper),
        "block": found.block,
        "models": found.models,
    })
}

/// What is told of luck.
pub fn luck(found: &Luck) -> Value {
    let pbo = match &found.overfitting {
        Err(Undefined(reason)) => obj!({
            "value": undefined(reason),
            "points": found.points,
            "trials": found.trials,
        }),
        Ok(pbo) => obj!({
            "value": pbo.pbo,
            "points": found.points,
            "trials": found.trials,
            "blocks": pbo.blocks,
            "combinations": pbo.combinations,
            "slope": json::number(pbo.slope),
            "prob_oos_loss": pbo.prob_oos_loss,
        }),
    };
    let [all, effective] = &found.deflated;
    let [flat, held] = &found.superior;
    let haircuts = found.haircuts.iter().map(|haircut| {
        let value = obj!({
            "p": measure(&haircut.p),
            "sharpe": measure(&haircut.sharpe),
            "haircut": measure(&haircut.haircut),
        });
        (haircut.name, value)
    });
    obj!({
        "pbo": pbo,
        "dsr": obj!({ "all": deflated(all), "effective": deflated(effective) }),
        "reality_check": obj!({ "flat": reality_check(flat), "buy_and_hold": reality_check(held) }),
        "spa": obj!({ "flat": spa(flat), "buy_and_hold": spa(held) }),
        "haircut": object(haircuts),
    })
}

/// Section `search`.
pub fn section(of: &Searched<'_>) -> Section {
    let (evaluated, refused, duplicates) = of.judged.found.counts();
    let (index, count) = of.shard;
    let wanted = (index..of.trials.count).step_by(count.max(1) as usize).len();
    let alarms: Vec<Value> = of
        .judged
        .alarms
        .iter()
        .map(|alarm| {
            let mut value = obj!({ "code": alarm.code.as_str() });
            if let Some(param) = &alarm.param {
                value["param"] = param.as_str().into();
            }
            value
        })
        .collect();
    let [p05, p01, p001] = crate::search::reading::coverage(evaluated);
    let none = || undefined("no trial is ranked");
    let mut value = obj!({
        "space": space_json(&of.trials.axes),
        "sampler": of.plan.sampler.name(),
        "seed": of.plan.seed.to_string(),
        "trials_requested": of.plan.trials,
        "evaluated": evaluated,
        "refused": refused,
        "duplicates": duplicates,
        "objective": of.plan.objective.as_str(),
        "min_trades": of.plan.min_trades,
        "complete": of.judged.found.trials.len() == wanted,
        "shard": obj!({ "index": index, "count": count }),
        "trials": of.judged.found.trials.iter().map(|found| trial(of, found)).collect::<Vec<_>>(),
        "winner": of.judged.found.winner().map_or_else(none, |winner| winner.number.into()),
        "plateau": measure(&of.judged.plateau.as_ref().map(|p| p.score).map_err(Clone::clone)),
        "alarms": alarms,
        "coverage": obj!({ "p05": p05, "p01": p01, "p001": p001 }),
        "luck": of.judged.luck.as_ref().map_or_else(|Undefined(reason)| undefined(reason), luck),
    });
    // Without a ledger of its own the search is all that was seen.
    let ledger = of.judged.luck.as_ref().ok().and_then(|luck| luck.ledger.as_ref());
    let own = (evaluated, evaluated);
    let (configurations, looks) =
        ledger.map_or(own, |counted| (counted.configurations as usize, counted.looks as usize));
    value["ledger"] = obj!({
        "data_sha256": of.data,
        "configurations": configurations,
        "looks": looks,
    });
    ("search", value)
}

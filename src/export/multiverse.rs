//! Section `multiverse`: one strategy under every cleaning. Keys in `tests/golden/cases-data/README.md`.

use super::json::{Section, measure, obj, object, undefined};
use crate::domain::{Measure, Undefined};
use crate::metrics::METRICS;
use crate::metrics::stats::mean;
use crate::robust::multiverse::{COMPARED, Multiverse, Outcome, UNIVERSES, Universe};
use serde_json::Value;

fn universe(universe: &Universe) -> Value {
    let mut value = obj!({
        "name": universe.spec.name,
        "kind": if universe.spec.is_sound { "sound" } else { "contrast" },
        "usable_rows": universe.usable_rows,
    });
    match &universe.outcome {
        Err(reason) => value["refused"] = reason.as_str().into(),
        Ok(outcome) => {
            let metrics = COMPARED.iter().zip(&outcome.metrics).map(|(key, metric)| {
                let is_count = METRICS.iter().any(|spec| spec.key == *key && spec.is_count());
                let value = match metric {
                    Ok(count) if is_count => Value::from(*count as u64),
                    metric => measure(metric),
                };
                (*key, value)
            });
            value["metrics"] = object(metrics);
        }
    }
    if let Some(same) = universe.same_as {
        value["same_as"] = same.into();
    }
    value
}

/// Section `multiverse`.
pub fn section(found: &Multiverse) -> Section {
    let spread = COMPARED.iter().enumerate().map(|(at, key)| {
        let value = match found.spread(at) {
            Err(Undefined(reason)) => undefined(&reason),
            Ok(spread) => obj!({
                "low": spread.low.0,
                "low_at": spread.low.1,
                "median": spread.median,
                "high": spread.high.0,
                "high_at": spread.high.1,
                "defined": spread.defined,
            }),
        };
        (*key, value)
    });
    let fragility = found.fragility();
    let verdict = match (fragility.verdict(), &fragility.value) {
        (Some(verdict), _) => verdict.into(),
        (None, value) => measure(value),
    };
    let sound: Vec<(&str, &Outcome)> = found.sound().collect();
    let mean_r = sound.iter().map(|(name, outcome)| {
        (*name, object(found.sets.iter().copied().zip(outcome.mean_r.iter().map(measure))))
    });
    let taus: Vec<(&str, Measure)> =
        sound.iter().map(|(name, outcome)| (*name, found.tau(outcome))).collect();
    let best = sound.iter().map(|(name, outcome)| {
        let value =
            found.best(outcome).map_or_else(|| undefined("fewer than 10 trades"), Value::from);
        (*name, value)
    });
    let others: Vec<f64> = taus
        .iter()
        .filter(|(name, _)| *name != UNIVERSES[0].name)
        .filter_map(|(_, tau)| tau.as_ref().ok().copied())
        .collect();
    let of_others = |value: fn(&[f64]) -> f64| match others.as_slice() {
        [] => undefined("no other universe ranks the presets"),
        others => value(others).into(),
    };
    let presets = obj!({
        "mean_r": object(mean_r),
        "tau": object(taus.iter().map(|(name, tau)| (*name, measure(tau)))),
        "best": object(best),
        "tau_lowest": of_others(|all| all.iter().copied().fold(f64::INFINITY, f64::min)),
        "tau_mean": of_others(mean),
    });
    (
        "multiverse",
        obj!({
            "window_first_ms": found.first_ms,
            "universes": found.universes.iter().map(universe).collect::<Vec<_>>(),
            "spread": object(spread),
            "fragility": obj!({
                "value": measure(&fragility.value),
                "verdict": verdict,
                "half_width_r": measure(&fragility.half_width_r),
                "sign_flips": fragility.sign_flips,
            }),
            "presets": presets,
        }),
    )
}

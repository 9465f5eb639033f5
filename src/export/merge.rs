//! Sections `merge`, `agreement` and `others`: several venues as one market. Keys in
//! `tests/golden/cases-data/README.md`.

use super::json::{Section, measure, obj, object, undefined};
use crate::domain::Undefined;
use crate::metrics::quantile;
use crate::universe::{ASKED, Agreement, Fills, Merged, Others, Source, What};
use serde_json::Value;

/// Names of [`crate::universe::WITHIN_BP`].
const WITHIN_NAMES: [&str; 4] = ["1", "5", "10", "50"];
/// Names of [`crate::universe::LAGS`].
const LAG_NAMES: [&str; 3] = ["-1", "0", "+1"];

/// Names of every source: the venues, and the median.
fn sources<'a>(venues: &'a [&'a str]) -> impl Iterator<Item = (Source, &'a str)> {
    let places = venues.iter().enumerate();
    places
        .map(|(at, name)| (Source::Venue(at as u8), *name))
        .chain(std::iter::once((Source::Median, "median")))
}

fn name<'a>(source: Source, venues: &[&'a str]) -> &'a str {
    match source {
        Source::Venue(at) => venues[usize::from(at)],
        Source::Median => "median",
    }
}

/// Section `merge`. `fingerprint` is that of the merged rows.
pub fn merge(
    merged: &Merged,
    venues: &[&str],
    timeframe_ms: i64,
    fingerprint: &str,
    fills: &Fills,
) -> Section {
    let provenance = merged.provenance();
    let offsets = merged.offsets();
    let offset = match (merged.basis, offsets.last()) {
        (false, _) => undefined("basis off"),
        (true, None) => undefined("no row of another venue stands in"),
        (true, Some(largest)) => obj!({
            "median": quantile(&offsets, 0.5) * 1e4,
            "largest": largest * 1e4,
        }),
    };
    let factors = merged.matched.iter().zip(&venues[1..]).map(|(matched, name)| {
        let factor = |of: fn(&crate::universe::Factors) -> f64| {
            let few = || Undefined::too_few(matched.rows, 50);
            measure(&matched.last.as_ref().map(of).ok_or_else(few))
        };
        obj!({
            "name": *name,
            "matched_rows": matched.rows,
            "last_price_factor": factor(|last| last.price),
            "last_volume_factor": factor(|last| last.volume),
        })
    });
    let runs = provenance.iter().map(|run| {
        obj!({
            "first_time_ms": run.first_time_ms,
            "rows": run.rows,
            "source": name(run.source, venues),
        })
    });
    let all = || sources(venues);
    (
        "merge",
        obj!({
            "policy": merged.policy.name(),
            "basis": merged.basis,
            "reference": venues[0],
            "venues": venues,
            "timeframe_ms": timeframe_ms,
            "rows": merged.rows.len(),
            "rows_from": object(all().map(|(source, name)| (name, merged.rows_from(source)))),
            "untradable_rows": merged.untradable_rows,
            "repaired": obj!({ "untradable": merged.repaired.0, "missing": merged.repaired.1 }),
            "not_eligible": merged.not_eligible,
            "switches": provenance.len().saturating_sub(1),
            "level_offset_bp": offset,
            "factors": factors.collect::<Vec<_>>(),
            "provenance": runs.collect::<Vec<_>>(),
            "data_sha256": fingerprint,
            "fills": obj!({
                "trades": fills.trades.len(),
                "entry": object(all().map(|(source, name)| (name, fills.at(source).0))),
                "exit": object(all().map(|(source, name)| (name, fills.at(source).1))),
                "two_sources": fills.two_sources(),
            }),
        }),
    )
}

fn pair(found: &Agreement, venues: &[&str]) -> Value {
    let within = |shares: &Result<[f64; 4], Undefined>| match shares {
        Ok(shares) => object(WITHIN_NAMES.into_iter().zip(shares.iter().copied())),
        Err(Undefined(reason)) => undefined(reason),
    };
    let bp = |share: &crate::domain::Measure| measure(&share.clone().map(|share| share * 1e4));
    let [only_a, only_b] = found.only_shares();
    let lags = LAG_NAMES.into_iter().zip(found.lags.iter().map(measure));
    let clock = match found.clock() {
        Ok(clock) => clock.into(),
        Err(Undefined(reason)) => undefined(&reason),
    };
    let mut value = obj!({
        "a": venues[found.pair.0],
        "b": venues[found.pair.1],
        "common_slots": found.common_slots,
        "both_tradable": found.both,
        "only_a_tradable": found.only_a,
        "only_b_tradable": found.only_b,
        "only_a_share": measure(&only_a),
        "only_b_share": measure(&only_b),
        "basis_bp": bp(&found.basis),
        "median_abs_bp": bp(&found.median_abs),
        "within_bp": within(&found.within),
        "within_bp_of_basis": within(&found.within_of_basis),
        "volume_factor": measure(&found.volume_factor),
        "return_correlation": measure(&found.return_correlation),
        "lag_correlation": object(lags),
        "clock": clock,
    });
    if let (Some(shift), Some(fields)) = (found.shift, value.as_object_mut()) {
        let told = obj!({ "late_ms": shift.late_ms, "correlation": shift.correlation });
        fields.insert("shift".to_owned(), told);
    }
    value
}

/// Section `agreement`.
pub fn agreement(found: &[Agreement], venues: &[&str]) -> Section {
    ("agreement", found.iter().map(|one| pair(one, venues)).collect())
}

/// Section `others`.
pub fn others(found: &Others, venues: &[&str]) -> Section {
    let kinds = ASKED.iter().zip(&found.counts).map(|(kind, counts)| {
        let names = if *kind == "spike" { What::SPIKE } else { What::UNTRADED };
        (*kind, object(names.iter().zip(counts).map(|(what, count)| (what.name(), *count))))
    });
    let mut value = object(kinds);
    let rows = found.first.iter().map(|known| {
        let names: Vec<&str> = known.venues.iter().map(|at| venues[*at]).collect();
        obj!({
            "time_ms": known.time_ms,
            "kind": ASKED[known.kind],
            "what": known.what.name(),
            "venues": names,
        })
    });
    value["first_rows"] = rows.collect();
    ("others", value)
}

//! Section `anatomy` of the document. docs/ANATOMY.md says what every key means.

use super::json::{Section, measure, number, obj, object, undefined};
use crate::anatomy::{Anatomy, Bin, Excursions, Group, Spread};
use crate::domain::{ExitReason, Measure, Undefined};
use crate::metrics::{Basis, METRICS, MetricSpec};
use crate::strategy::Strategy;
use serde_json::Value;

/// Weekdays in the order of the hours.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn group(group: &Group) -> Value {
    obj!({
        "trades": group.trades.len(),
        "wins": group.wins,
        "net": number(group.net),
        "mean_r": group.mean_r().map_or_else(|| undefined("no trade"), number),
    })
}

fn bins(bins: &[Bin]) -> Value {
    let bin = |bin: &Bin| {
        let mut value = group(&bin.group);
        value["from"] = number(bin.from);
        value["to"] = number(bin.to);
        value
    };
    bins.iter().map(bin).collect()
}

fn spread(spread: Option<Spread>) -> Value {
    spread.map_or_else(
        || undefined("no trade"),
        |spread| obj!({ "p50": number(spread.p50), "p90": number(spread.p90) }),
    )
}

fn excursions(found: &Excursions) -> Value {
    obj!({
        "trades": found.trades,
        "mae_r": spread(found.mae_r),
        "mfe_r": spread(found.mfe_r),
    })
}

fn metrics(values: &[Measure], is_listed: impl Fn(&MetricSpec) -> bool) -> Value {
    let listed = METRICS.iter().zip(values).filter(|(spec, _)| is_listed(spec));
    object(listed.map(|(spec, value)| {
        (
            spec.key,
            match value {
                Ok(count) if spec.is_count() => (*count as u64).into(),
                value => measure(value),
            },
        )
    }))
}

/// The section.
pub fn section(strategy: &Strategy, anatomy: &Anatomy) -> Section {
    let months: Vec<Value> = anatomy
        .months
        .iter()
        .map(|month| {
            obj!({
                "month": format!("{:04}-{:02}", month.year, month.month),
                "return": measure(&month.change),
                "trades": month.trades.len(),
                "net": number(month.net),
            })
        })
        .collect();
    let years: Vec<Value> = anatomy
        .years
        .iter()
        .map(|year| {
            obj!({
                "year": year.year,
                "return": measure(&year.change),
                "trades": year.trades,
                "net": number(year.net),
            })
        })
        .collect();
    let drawdowns: Vec<Value> = anatomy
        .drawdowns
        .iter()
        .map(|drawdown| {
            obj!({
                "depth": number(drawdown.depth),
                "from_ms": drawdown.from_ms,
                "trough_ms": drawdown.trough_ms,
                "recovered_ms":
                    drawdown.recovered_ms.map_or_else(|| undefined("not recovered"), Value::from),
                "rows": drawdown.rows,
            })
        })
        .collect();
    let points = match &anatomy.rolling.points {
        Err(Undefined(reason)) => undefined(reason),
        Ok(points) => points
            .iter()
            .map(|&(time_ms, value)| obj!({ "time_ms": time_ms, "sharpe": number(value) }))
            .collect(),
    };
    let hours: Vec<Value> = anatomy
        .hours
        .iter()
        .enumerate()
        .filter(|(_, found)| !found.trades.is_empty())
        .map(|(at, found)| {
            let mut value = obj!({ "weekday": WEEKDAYS[at / 24], "hour": at % 24 });
            if let (Some(value), Value::Object(rest)) = (value.as_object_mut(), group(found)) {
                value.extend(rest);
            }
            value
        })
        .collect();
    let exits: Vec<Value> = anatomy
        .exits
        .iter()
        .map(|period| {
            let counts = ExitReason::ALL.iter().zip(&period.groups);
            obj!({
                "period": period.label.as_str(),
                "from_ms": period.from_ms,
                "exits": object(counts.map(|(reason, group)| (reason.name(), group.trades.len()))),
            })
        })
        .collect();
    let of_side =
        |values| metrics(values, |spec| spec.basis == Basis::Trade && spec.is_for(strategy));
    let [winners, losers] = &anatomy.excursions;
    let [long, short] = &anatomy.sides;
    (
        "anatomy",
        obj!({
            "months": months,
            "years": years,
            "drawdowns": obj!({ "count": anatomy.drawdown_count, "deepest": drawdowns }),
            "max_run_up": number(anatomy.run_up),
            "rolling_sharpe": obj!({
                "unit": anatomy.rolling.unit.name(),
                "window": anatomy.rolling.window,
                "points": points,
            }),
            "r": bins(&anatomy.r),
            "rows_held": bins(&anatomy.held),
            "sides": obj!({ "long": of_side(long), "short": of_side(short) }),
            "hours": hours,
            "exits": exits,
            "excursions": obj!({ "winners": excursions(winners), "losers": excursions(losers) }),
            "buy_and_hold": metrics(&anatomy.hold, MetricSpec::is_of_equity),
        }),
    )
}

//! Section `where`: on which days and hours a file hurts. Keys in `tests/golden/cases-data/README.md`.

use super::json::{Section, measure, obj, object, undefined};
use crate::domain::Undefined;
use crate::quality::Places;
use crate::quality::places::{BAD_KINDS, Change, Day, KINDS, Maintenance, Outage, Returns, Ticks};
use serde_json::Value;

fn known<T>(value: &Result<T, Undefined>, write: impl Fn(&T) -> Value) -> Value {
    match value {
        Ok(value) => write(value),
        Err(Undefined(reason)) => undefined(reason),
    }
}

/// Adds the counts of the kinds to an object.
fn with_kinds(mut value: Value, kinds: &[u32]) -> Value {
    for (kind, count) in KINDS.iter().zip(kinds) {
        value[*kind] = (*count).into();
    }
    value
}

fn day(day: &Day) -> Value {
    let value = obj!({
        "day_ms": day.day_ms,
        "slots": day.slots,
        "bad_share": measure(&day.bad_share()),
    });
    with_kinds(value, &day.kinds)
}

fn maintenance(found: &Maintenance) -> Value {
    obj!({
        "start_minute": found.start_minute,
        "minutes": found.minutes,
        "days": found.days,
        "share": found.share,
        "around": found.around,
    })
}

fn outage(outage: &Outage) -> Value {
    let value = obj!({ "first_time_ms": outage.first_time_ms, "slots": outage.slots });
    with_kinds(value, &outage.kinds[..BAD_KINDS])
}

fn ticks(ticks: &Ticks) -> Value {
    let digits = known(&ticks.digits, |digits| {
        let (zero, zero_five) = digits.shares();
        obj!({
            "rows": digits.rows(),
            "counts": digits.counts.as_slice(),
            "zero_share": zero,
            "zero_five_share": zero_five,
            "preference": digits.prefers_round(),
        })
    });
    obj!({
        "decimals": ticks.decimals,
        "tick": ticks.tick,
        "off_tick": ticks.off_tick,
        "tick_bp": measure(&ticks.tick_bp),
        "tick_per_range": measure(&ticks.per_range),
        "coarse": ticks.is_coarse(),
        "digits": digits,
    })
}

fn change(change: &Change) -> Value {
    obj!({
        "days": change.days,
        "change": change.name(),
        "day_ms": change.day_ms,
        "before": change.before,
        "after": change.after,
        "deviation": change.deviation,
    })
}

fn returns(returns: &Returns) -> Value {
    obj!({
        "count": returns.count,
        "median_abs_bp": returns.median_abs_bp,
        "p99_abs_bp": returns.p99_abs_bp,
        "largest_bp": returns.largest_bp,
        "largest_time_ms": returns.largest_time_ms,
        "zero_share": returns.zero_share,
    })
}

/// Section `where`.
pub fn section(places: &Places) -> Section {
    let hours = known(&places.hour_of_week, |hours| {
        let part = |of: fn(&(u32, u32)) -> u32| hours.iter().map(of).collect::<Vec<u32>>();
        obj!({ "slots": part(|hour| hour.0), "bad": part(|hour| hour.1) })
    });
    let tail = &places.stale_tail;
    let since = tail.since_ms.map_or_else(|| undefined("the last row is traded"), Value::from);
    let outages = obj!({
        "count": places.outages.count,
        "slots": places.outages.slots,
        "list": places.outages.list.iter().map(outage).collect::<Vec<_>>(),
    });
    (
        "where",
        obj!({
            "calendar": places.calendar.iter().map(day).collect::<Vec<_>>(),
            "hour_of_week": hours,
            "maintenance": known(&places.maintenance, |all| all.iter().map(maintenance).collect()),
            "outages": outages,
            "stale_tail": obj!({ "rows": tail.rows, "stale": tail.is_stale(), "since_ms": since }),
            "ticks": known(&places.ticks, ticks),
            "change_point": known(&places.change, change),
            "fully_filled": object([
                ("filled", places.fully_filled),
                ("whole_days", places.whole_days),
            ]),
            "returns": known(&places.returns, returns),
            "volume_top1_share": measure(&places.volume_top1_share),
        }),
    )
}

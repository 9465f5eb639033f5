//! Roles of columns by their values alone: the first times, then four numbers of which one is never below and one never
//! above the others.

use super::ImportError;
use super::columns::{Found, Roles, TimeColumns, no_time};
use super::diagnostics::{Choice, Question};
use super::dialect::{is_number, is_time};
use super::reading::{Reading, TimeUnit};
use super::sample::{Sample, is_clock, is_date_only};
use super::time::{self, TimeStyle};
use std::collections::BTreeMap;

/// Share of rows in which the usual order of prices must hold: files with many broken rows are candle files, too.
const USUAL: f64 = 0.8;
/// Share of rows in which another order must hold.
pub(super) const OTHER: f64 = 0.98;
/// Standard deviations of a sign test from which it counts as proof.
const SURE: f64 = 4.0;
/// Share of the rows with four different-enough prices in which high and low are extremes, and how many such rows there
/// are. Flat rows fit every order and are left out.
pub(super) fn fit(sample: &Sample<'_>, [open, high, low, close]: [usize; 4]) -> (f64, usize) {
    let (mut good, mut rows) = (0, 0);
    for row in 0..sample.len() {
        let [o, h, l, c] = [open, high, low, close].map(|column| sample.number(row, column));
        if !(o + h + l + c).is_finite() || (o == h && h == l && l == c) {
            continue;
        }
        rows += 1;
        good += usize::from(h >= o.max(c) && l <= o.min(c) && h >= l);
    }
    (if rows == 0 { 1.0 } else { good as f64 / rows as f64 }, rows)
}

pub(super) fn one_based(columns: [usize; 4]) -> String {
    let [a, b, c, d] = columns.map(|column| column + 1);
    format!("{a}, {b}, {c} and {d}")
}

pub(super) fn price_choice(prices: [usize; 4], label: impl Into<String>) -> Choice {
    let [o, h, l, c] = prices.map(|column| column + 1);
    Choice::new(format!("{o}:open,{h}:high,{l}:low,{c}:close"), label)
}

/// Every order of four columns.
pub(super) fn permutations(columns: [usize; 4]) -> impl Iterator<Item = [usize; 4]> {
    (0..256).filter_map(move |code: usize| {
        let at = [code / 64, code / 16 % 4, code / 4 % 4, code % 4];
        let all = (0..4).all(|i| at.contains(&i));
        all.then(|| at.map(|i| columns[i]))
    })
}

/// Roles from the values alone: the first time, then the numbers after it; the order of open, high, low and close by
/// which of them is never below and never above the others.
pub(super) fn from_values(sample: &Sample<'_>, reading: &Reading) -> Result<Found, ImportError> {
    let width = sample.width();
    // Shuffled rows run in no direction: then the first column that reads as times.
    let time = (0..width)
        .find(|&column| sample.is_time_column(column))
        .or_else(|| {
            (0..width).find(|&column| sample.share(column, |text| sample.is_time(text)) > 0.9)
        })
        .ok_or_else(|| days_without_name(sample).unwrap_or_else(|| no_time(&[], sample)))?;
    let has_clock =
        is_date_only(sample, time) && time + 1 < width && sample.share(time + 1, is_clock) > 0.9;
    let clock = has_clock.then_some(time + 1);
    let numeric = |columns: std::ops::Range<usize>| -> Vec<usize> {
        columns
            .filter(|&column| {
                sample.share(column, |text| is_number(text) || text.trim_ascii().is_empty()) > 0.5
                    && sample.share(column, is_number) > 0.0
            })
            // A chosen unit makes times of all numbers, so the form alone counts here.
            .skip_while(|&column| sample.share(column, is_time) > 0.9)
            .collect()
    };
    let mut numbers = numeric(clock.unwrap_or(time) + 1..width);
    if numbers.len() < 4 {
        numbers = numeric(0..time);
    }
    let (prices, reason, note) = match (reading.prices(), numbers.get(..4)) {
        (Some(chosen), _) => (chosen, "chosen".to_owned(), None),
        (None, Some(&[a, b, c, d])) => {
            price_order(sample, [a, b, c, d], sample.newest_first(time))?
        }
        _ => {
            return Err(ImportError::new(
                "This is no candle file",
                format!(
                    "beside the time there are {} columns of numbers, but a candle needs four prices",
                    numbers.len()
                ),
                "Export open, high, low and close",
            ));
        }
    };
    let last_price = prices.into_iter().max().unwrap_or(0);
    let volume = numbers.iter().copied().find(|&column| column > last_price);
    let first_price = prices.into_iter().min().unwrap_or(0);
    let symbol = (0..first_price).find(|&column| {
        column != time && Some(column) != clock && sample.share(column, is_ticker) > 0.9
    });
    let mut reasons = BTreeMap::from([(time, "its values are times".to_owned())]);
    reasons.extend(prices.map(|column| (column, reason.clone())));
    reasons.extend(clock.map(|column| (column, "its values are times of day".to_owned())));
    reasons.extend(volume.map(|column| (column, "the first number after the prices".to_owned())));
    reasons
        .extend(symbol.map(|column| (column, "its values are names before the prices".to_owned())));
    let time = clock.map_or(TimeColumns::One(time), |clock| TimeColumns::DateAndClock(time, clock));
    Ok(Found {
        roles: Roles { time, prices, volume, symbol, is_close_time: false },
        reasons,
        notes: note.into_iter().collect(),
        side: None,
    })
}

/// A first column that may hold the days of a spreadsheet: without a name it may as well be a count of rows.
fn days_without_name(sample: &Sample<'_>) -> Option<ImportError> {
    if sample.style.unit.is_some() || !sample.is_excel(0) {
        return None;
    }
    let choices = [TimeUnit::Excel, TimeUnit::Excel1904].into_iter().filter_map(|unit| {
        let style = TimeStyle { unit: Some(unit), ..sample.style };
        let first = time::read(sample.cell(0, 0)?, style)?;
        let label =
            format!("{}: the first is {}", unit.label(), crate::domain::format_time(first.ms));
        Some(Choice::new(unit.key(), label))
    });
    let text = "Column 1 may hold the days of a spreadsheet, and no other column holds times";
    Some(ImportError::asks(Question::new("time_unit", text, choices.collect())))
}

/// `BTCUSDT`, `EUR/USD`, `aapl.us`.
fn is_ticker(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    (1..=24).contains(&text.len())
        && text.iter().any(u8::is_ascii_alphabetic)
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.:^=".contains(byte))
        && !is_time(text)
}

/// Open, high, low, close among four columns without names, why, and a note where the order is not the usual one.
fn price_order(
    sample: &Sample<'_>,
    columns: [usize; 4],
    newest_first: bool,
) -> Result<([usize; 4], String, Option<String>), ImportError> {
    let [_, b, c, _] = columns;
    let (usual, rows) = fit(sample, columns);
    let extremes = if usual >= USUAL {
        Some((b, c, usual))
    } else {
        // The extremes first: which column is never below, and which never above the others.
        permutations(columns)
            .map(|[o, high, low, c]| (high, low, fit(sample, [o, high, low, c]).0))
            .find(|&(_, _, share)| share >= OTHER)
    };
    let Some((high, low, share)) = extremes else {
        return Err(ImportError::new(
            "This is no candle file",
            format!("no order of columns {} makes open, high, low and close", one_based(columns)),
            "Export open, high, low and close, best with a header that names them, or say which column is which",
        ));
    };
    // In how many rows the open lies nearer to the close before it under one order than under the other: a sign test.
    let rest: Vec<usize> = columns.into_iter().filter(|&i| i != high && i != low).collect();
    let (mut forward, mut backward) = (0_u32, 0_u32);
    for row in 1..sample.len() {
        let (before, after) = if newest_first { (row, row - 1) } else { (row - 1, row) };
        let jump = |open: usize, close: usize| {
            (sample.number(after, open) - sample.number(before, close)).abs()
        };
        let (left, right) = (jump(rest[0], rest[1]), jump(rest[1], rest[0]));
        forward += u32::from(left < right);
        backward += u32::from(right < left);
    }
    let difference = f64::from(forward) - f64::from(backward);
    let z = difference / f64::from((forward + backward).max(1)).sqrt();
    let is_usual = (high, low) == (b, c);
    let (open, close) = if z < -SURE { (rest[1], rest[0]) } else { (rest[0], rest[1]) };
    // The usual order needs no proof; another one does.
    let unclear = !is_usual && z.abs() < SURE;
    let prices = [open, high, low, close];
    if unclear {
        let text = format!(
            "By their values column {} is the high and column {} the low, but nothing tells open from close",
            high + 1,
            low + 1
        );
        let choices = vec![
            price_choice(prices, format!("column {} is the open", open + 1)),
            price_choice([close, high, low, open], format!("column {} is the open", close + 1)),
        ];
        return Err(ImportError::asks(Question::new("columns", text, choices)));
    }
    let reason = format!(
        "high and low are extremes in {:.0} % of {rows} rows that are not flat",
        share * 100.0
    );
    let note = if rows == 0 {
        Some("all candles looked at are flat, so the usual order of open, high, low and close was assumed".to_owned())
    } else {
        (prices != columns).then(|| {
            let [o, h, l, c] = prices.map(|column| column + 1);
            format!("by their values open, high, low and close are columns {o}, {h}, {l} and {c}")
        })
    };
    Ok((prices, reason, note))
}

/// The unit of a time column whose numbers need one, with the reason: spreadsheet days, or counts of 100 ns that look like
/// nanoseconds of another time.
pub(super) fn time_unit(
    sample: &Sample<'_>,
    column: usize,
) -> Result<Option<(TimeUnit, String)>, ImportError> {
    if sample.share(column, is_time) <= 0.5 && sample.is_excel(column) {
        let reason = "its numbers run between 10,000 and 110,000, as the days of a spreadsheet do";
        return Ok(Some((TimeUnit::Excel, reason.to_owned())));
    }
    let between = |low: i64, high: i64| {
        let inside = |text: &[u8]| {
            std::str::from_utf8(text.trim_ascii()).is_ok_and(|text| {
                text.parse::<i64>().is_ok_and(|value| (low..high).contains(&value))
            })
        };
        sample.share(column, inside) > 0.9
    };
    for (unit, low, high) in [
        (TimeUnit::Ticks, 620_000_000_000_000_000, 670_000_000_000_000_000),
        (TimeUnit::FileTime, 116_444_736_000_000_000, 150_000_000_000_000_000),
    ] {
        if between(low, high) {
            let text = format!(
                "The times may be nanoseconds since 1970 or {}; both are plausible",
                unit.label()
            );
            let choices = [unit, TimeUnit::Nanos]
                .into_iter()
                .filter_map(|unit| {
                    let style = TimeStyle { unit: Some(unit), ..sample.style };
                    let first = sample.column(column).find_map(|text| time::read(text, style))?;
                    let label = format!(
                        "{}: the first is {}",
                        unit.label(),
                        crate::domain::format_time(first.ms)
                    );
                    Some(Choice::new(unit.key(), label))
                })
                .collect();
            return Err(ImportError::asks(Question::new("time_unit", text, choices)));
        }
    }
    Ok(None)
}

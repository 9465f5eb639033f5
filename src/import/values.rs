//! Roles of columns by their values alone: the first times, then four numbers of which one is never below and one never
//! above the others.

use super::ImportError;
use super::columns::{Found, Roles, TimeColumns, no_time};
use super::diagnostics::{Choice, Question};
use super::dialect::is_time;
use super::reading::{Reading, TimeUnit};
use super::sample::Sample;
use super::time::{self, TimeStyle};
use super::timing::{self, Timing};
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

/// Largest ratio between the medians of four prices of one candle.
const ONE_SIZE: f64 = 10.0;
/// Most columns of which any four are tried.
const MOST_TRIED: usize = 14;

/// True when four columns hold numbers of one size, as the prices of one candle do.
pub(super) fn are_of_one_size(sample: &Sample<'_>, columns: [usize; 4]) -> bool {
    let sizes = columns.map(|column| sample.typical(column));
    let (low, high) = sizes
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), size| (low.min(*size), high.max(*size)));
    high <= low * ONE_SIZE || !high.is_finite()
}

/// Open, high, low and close among columns in the order of the file: the first four neighbours of one size in the usual
/// order, else the first in another one, else any four of which one is never below and one never above the others.
pub(super) fn price_columns(
    sample: &Sample<'_>,
    columns: &[usize],
    newest_first: bool,
) -> Result<([usize; 4], String, Option<String>), ImportError> {
    let numbers: Vec<usize> =
        columns.iter().copied().filter(|&column| sample.is_numeric(column)).collect();
    let windows = || {
        numbers.windows(4).filter_map(|window| {
            let window: [usize; 4] = window.try_into().ok()?;
            are_of_one_size(sample, window).then_some(window)
        })
    };
    let has_extremes =
        |columns: [usize; 4]| permutations(columns).any(|columns| fit(sample, columns).0 >= OTHER);
    // Rows that are all flat fit any order: then the first four are taken.
    let usual = windows().find(|&window| fit(sample, window).0 >= USUAL);
    let found = usual.or_else(|| windows().find(|&window| has_extremes(window))).or_else(|| {
        let few = &numbers[..numbers.len().min(MOST_TRIED)];
        fours(few).find(|&four| are_of_one_size(sample, four) && has_extremes(four))
    });
    match found {
        Some(four) => price_order(sample, four, newest_first),
        None if numbers.len() < 4 => Err(ImportError::new(
            "This is no candle file",
            format!(
                "beside the time there are {} columns of numbers, but a candle needs four prices",
                numbers.len()
            ),
            "Export open, high, low and close",
        )
        .typed("columns=1:time,2:open,3:high,4:low,5:close")),
        None => {
            let shown: Vec<String> =
                numbers.iter().take(12).map(|column| (column + 1).to_string()).collect();
            Err(ImportError::new(
                "This is no candle file",
                format!(
                    "no four of the columns {} make open, high, low and close: of one size, one never below and one never above the others",
                    shown.join(", ")
                ),
                "Export open, high, low and close, best with a header that names them, or say which column is which",
            )
            .typed(if sample.len() > 0 { "header=1" } else { "delimiter=tab" }))
        }
    }
}

/// Any four of a list, in its order.
fn fours(columns: &[usize]) -> impl Iterator<Item = [usize; 4]> + '_ {
    let n = columns.len();
    (0..n).flat_map(move |a| {
        (a + 1..n).flat_map(move |b| {
            (b + 1..n).flat_map(move |c| {
                (c + 1..n).map(move |d| [columns[a], columns[b], columns[c], columns[d]])
            })
        })
    })
}

/// Roles from the values alone.
pub(super) fn from_values(sample: &Sample<'_>, reading: &Reading) -> Result<Found, ImportError> {
    let width = sample.width();
    let timing = timing::by_values(sample);
    let timing = match reading.time().filter(|column| *column < width) {
        Some(chosen) => {
            timing.filter(|timing| timing.columns.all().first() == Some(&chosen)).unwrap_or(
                Timing { columns: TimeColumns::One(chosen), is_close: false, notes: Vec::new() },
            )
        }
        None => timing
            .ok_or_else(|| days_without_name(sample).unwrap_or_else(|| no_time(&[], sample)))?,
    };
    let time = timing.columns.all();
    // A chosen unit makes times of all numbers, so the form alone counts here.
    let free: Vec<usize> = (0..width)
        .filter(|column| !time.contains(column))
        .filter(|&column| sample.share(column, is_time) <= 0.9 || !sample.is_time_column(column))
        .collect();
    let (prices, reason, note) = match reading.prices() {
        Some(chosen) => (chosen, "chosen".to_owned(), None),
        None => price_columns(sample, &free, sample.newest_first(timing.columns))?,
    };
    let last_price = prices.into_iter().max().unwrap_or(0);
    let amounts: Vec<usize> = free
        .iter()
        .copied()
        .filter(|&column| {
            !prices.contains(&column)
                && sample.is_numeric(column)
                && !sample.is_price_like(column, prices)
        })
        .collect();
    let behind = amounts.iter().copied().find(|&column| column > last_price);
    let volume = behind.or_else(|| amounts.first().copied());
    let first_price = prices.into_iter().min().unwrap_or(0);
    let symbol = (0..first_price)
        .find(|&column| !time.contains(&column) && sample.share(column, is_ticker) > 0.9);
    let mut reasons = BTreeMap::new();
    for (at, &column) in time.iter().enumerate() {
        let what = if at == 0 { "its values are times" } else { "its values are times of day" };
        reasons.insert(column, what.to_owned());
    }
    reasons.extend(prices.map(|column| (column, reason.clone())));
    let where_volume = if behind.is_some() { "behind" } else { "beside" };
    reasons.extend(
        volume.map(|column| (column, format!("the first other number {where_volume} the prices"))),
    );
    reasons
        .extend(symbol.map(|column| (column, "its values are names before the prices".to_owned())));
    Ok(Found {
        roles: Roles { time: timing.columns, prices, volume, symbol, ..Roles::default() },
        reasons,
        notes: timing.notes.into_iter().chain(note).collect(),
        ..Found::default()
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
        )
        .typed(format!("columns={}", price_choice(columns, "").value)));
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
    let unit = sample.unix_unit(column);
    if unit.is_none()
        && sample.is_numeric(column)
        && sample.share(column, |text| sample.is_time(text)) < 0.5
    {
        return Err(ask_unit(sample, column));
    }
    Ok(unit.map(|unit| {
        let reason = "so every time lies between 1900 and 2100, or the steps are full minutes";
        (unit, reason.to_owned())
    }))
}

/// A column of numbers that is said to hold times, and whose unit nothing tells.
fn ask_unit(sample: &Sample<'_>, column: usize) -> ImportError {
    let choices = time::UNIX
        .into_iter()
        .chain([TimeUnit::Excel])
        .filter_map(|unit| {
            let style = TimeStyle { unit: Some(unit), ..sample.style };
            let times: Vec<i64> = sample
                .column(column)
                .filter_map(|text| Some(time::read(text, style)?.ms))
                .collect();
            let is_in_range = times.iter().all(|ms| time::PLAUSIBLE_MS.contains(ms));
            let (first, last) = (times.first()?, times.last()?);
            let label = format!(
                "{}: {} to {}",
                unit.label(),
                crate::domain::format_time(*first),
                crate::domain::format_time(*last)
            );
            is_in_range.then(|| Choice::new(unit.key(), label))
        })
        .collect();
    let text =
        format!("Column {} holds plain numbers, and nothing tells what they count", column + 1);
    ImportError::asks(Question::new("time_unit", text, choices))
}

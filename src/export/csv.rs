//! CSV exports: cleaned candles, rejected rows with reasons, trades. Prices are written as the shortest text that reads
//! back to the same bits; text cells cannot start a formula in a spreadsheet (OWASP, "CSV injection").

use crate::domain::{Measure, Trade, Undefined};
use crate::engine::Series;
use crate::metrics::METRICS;
use crate::quality::{Cleaned, Market, Policy};
use crate::search::{Found, Outcome, Trials};
use crate::strategy::{OriginKind, Strategy};
use crate::universe::{Merged, Source};
use std::io::{self, Write};

/// A cell of text: quoted with a leading apostrophe where a spreadsheet would take it for a formula.
fn text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// A number; a missing one is an empty cell.
fn number(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

/// Writes row by row: no file is held as a whole.
fn write(out: impl Write, rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    for row in rows {
        writer.write_record(&row)?;
    }
    writer.flush()
}

fn candle(market: &Market, row: usize) -> Vec<String> {
    std::iter::once(market.raw.time_ms[row].to_string())
        .chain(market.raw.values(row).map(number))
        .collect()
}

fn header(extra: &[&str]) -> Vec<String> {
    ["timestamp", "open", "high", "low", "close", "volume"]
        .iter()
        .chain(extra)
        .map(|&name| name.to_owned())
        .collect()
}

/// The trials of a search: searched parameters, what ranks them, and all metrics. An undefined number is its reason.
///
/// # Errors
///
/// Those of `out`.
pub fn trials(trials: &Trials, found: &Found, out: impl Write) -> io::Result<()> {
    let keys = trials.axes.iter().map(|axis| axis.spec.key);
    let header = ["trial", "rank"]
        .into_iter()
        .chain(keys)
        .chain(["duplicate_of", "objective"])
        .chain(METRICS.iter().map(|spec| spec.key))
        .map(str::to_owned);
    let whole = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
    let shown = |value: &Measure| match value {
        Ok(value) => value.to_string(),
        Err(Undefined(reason)) => reason.to_string(),
    };
    let rows = found.trials.iter().map(|trial| {
        let mut row = vec![trial.number.to_string(), whole(trial.rank)];
        let values = trial_values(trials, &trial.picks);
        row.extend(values);
        row.push(whole(trial.duplicate_of));
        match trial.outcome.as_ref() {
            Outcome::Ran(numbers) => {
                row.push(shown(&trial.objective));
                row.extend(numbers.metrics.iter().map(shown));
            }
            Outcome::Refused(reason) => {
                row.resize(row.len() + METRICS.len() + 1, text(reason));
            }
        }
        row
    });
    write(out, std::iter::once(header.collect()).chain(rows))
}

fn trial_values(trials: &Trials, picks: &[u32]) -> Vec<String> {
    let values = trials.values(picks);
    trials.axes.iter().zip(values).map(|(axis, value)| axis.spec.text(value)).collect()
}

/// A merged market: candles, and for each row its source and what prices and volume were multiplied with.
///
/// # Errors
///
/// Those of `out`.
pub fn merged(merged: &Merged, venues: &[&str], out: impl Write) -> io::Result<()> {
    let rows = (0..merged.rows.len()).map(|row| {
        let source = match merged.sources[row] {
            Source::Venue(at) => venues[usize::from(at)],
            Source::Median => "median",
        };
        let factors = merged.factors[row];
        std::iter::once(merged.rows.time_ms[row].to_string())
            .chain(merged.rows.values(row).map(number))
            .chain([text(source), number(factors.price), number(factors.volume)])
            .collect()
    });
    write(out, std::iter::once(header(&["source", "price_factor", "volume_factor"])).chain(rows))
}

/// The clock rows of a policy, oldest first. Where rows stay on the clock without being used, the column `usable` says so;
/// `segment` adds the number of the segment, `source_score` the source's `quality_score`.
///
/// # Errors
///
/// Those of `out`.
pub fn cleaned(market: &Market, cleaned: &Cleaned, out: impl Write) -> io::Result<()> {
    let policy = cleaned.summary.cleaning.policy;
    let mut extra = Vec::new();
    if cleaned.summary.masked > 0 {
        extra.push("usable");
    }
    if policy == Policy::Segment {
        extra.push("segment");
    }
    if cleaned.scores.is_some() {
        extra.push("quality_score");
    }
    let (mut usable, mut segment, mut start) = (0, 0, 0);
    let rows = cleaned.clock_file_row.iter().map(|&row| {
        let row = row as usize;
        let used = cleaned.rule_of_row[row] == 0;
        let mut cells = candle(market, row);
        if cleaned.summary.masked > 0 {
            cells.push(u8::from(used).to_string());
        }
        if used {
            if cleaned.series.segment_start[usable] != start {
                start = cleaned.series.segment_start[usable];
                segment += 1;
            }
            usable += 1;
        }
        if policy == Policy::Segment {
            cells.push(segment.to_string());
        }
        if let Some(scores) = &cleaned.scores {
            cells.push(number(scores[row]));
        }
        cells
    });
    write(out, std::iter::once(header(&extra)).chain(rows))
}

/// The rows that a policy does not use, in file order, with the reason, what became of them, and their line in the file.
///
/// # Errors
///
/// Those of `out`.
pub fn rejects(
    market: &Market,
    cleaned: &Cleaned,
    lines: &[u32],
    out: impl Write,
) -> io::Result<()> {
    let mut first = vec!["line".to_owned()];
    first.extend(header(&["reason", "action"]));
    let rows = (0..market.raw.len()).filter(|&row| cleaned.rule_of_row[row] > 0).map(|row| {
        let step = &cleaned.summary.waterfall[cleaned.rule_of_row[row] as usize - 1];
        let mut cells = vec![lines.get(row).map_or_else(String::new, u32::to_string)];
        cells.extend(candle(market, row));
        cells.push(text(&step.rule));
        cells.push(step.action.name().to_owned());
        cells
    });
    write(out, std::iter::once(first).chain(rows))
}

/// Every trade with times in ISO 8601 and prices as computed. Where rows were held back behind a split line their trades are
/// numbered on, and a column `part` says which are which.
///
/// # Errors
///
/// Those of `out`.
pub fn trades(
    strategy: &Strategy,
    own: (&Series, &[Trade]),
    behind: Option<(&Series, &[Trade])>,
    out: impl Write,
) -> io::Result<()> {
    const NUMBERS: [&str; 16] = [
        "entry_price",
        "stop_price",
        "target_price",
        "exit_price",
        "quantity",
        "notional",
        "equity_before",
        "risk",
        "gross",
        "fees",
        "slippage_cost",
        "net",
        "net_r",
        "return_on_equity",
        "mae_r",
        "mfe_r",
    ];
    // Columns that the strategy remembers: times of rows stand with the times, the rest with the prices.
    let listed = || strategy.origin.iter().enumerate().filter(|(_, spec)| spec.is_listed);
    let timed = || listed().filter_map(|(at, spec)| Some((at, spec.time_key()?)));
    let others = || listed().filter(|(_, spec)| !matches!(spec.kind, OriginKind::Row { .. }));
    let mut header = vec!["number", "side"];
    header.extend(timed().map(|(_, key)| key.trim_end_matches("_ms")));
    header.extend(["signal_time", "entry_time", "exit_time"]);
    header.extend(others().map(|(_, spec)| spec.key));
    header.extend(NUMBERS);
    header.extend(["exit_reason", "rows_held"]);
    if behind.is_some() {
        header.push("part");
    }
    let time = |series: &Series, row: u32| {
        let text = crate::domain::format_time(series.clock_time_ms[row as usize]);
        let seconds = if text.len() == 16 { ":00Z" } else { "Z" };
        format!("{}{seconds}", text.replacen(' ', "T", 1))
    };
    let all = own.1.iter().map(|trade| (own.0, trade, "in-sample"));
    let held_back = behind
        .into_iter()
        .flat_map(|(series, trades)| trades.iter().map(move |t| (series, t, "out-of-sample")));
    let rows = all.chain(held_back).enumerate().map(|(i, (series, t, part))| {
        let time = |row: u32| time(series, row);
        let mut cells = vec![(i + 1).to_string(), t.side.name().to_owned()];
        // Rows of an origin are usable rows.
        cells.extend(timed().map(|(at, _)| time(series.clock_row[t.origin.0[at] as usize])));
        cells.extend([t.signal_row, t.entry_row, t.exit_row].map(time));
        cells.extend(others().map(|(at, _)| number(t.origin.0[at])));
        cells.extend(
            [
                t.entry_price,
                t.stop_price,
                t.target_price.unwrap_or(f64::NAN),
                t.exit_price,
                t.quantity,
                t.notional,
                t.equity_before,
                t.risk,
                t.gross,
                t.fees,
                t.slippage_cost,
                t.net,
                t.net_r(),
                t.return_on_equity(),
                t.mae_r,
                t.mfe_r,
            ]
            .map(number),
        );
        cells.push(t.exit_reason.name().to_owned());
        cells.push(t.rows_held().to_string());
        if behind.is_some() {
            cells.push(part.to_owned());
        }
        cells
    });
    write(out, std::iter::once(header.into_iter().map(str::to_owned).collect()).chain(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        assert_eq!(text("=cmd|'/c calc'!A1"), "'=cmd|'/c calc'!A1");
        assert_eq!(text("broken"), "broken");
        assert_eq!([-1.5, 0.000_000_01, f64::NAN].map(number), ["-1.5", "0.00000001", ""]);
    }
}

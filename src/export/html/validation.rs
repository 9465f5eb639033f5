//! Whether a result means anything, as tables.

use super::{Cell, escape, table};
use crate::domain::{Measure, Undefined, grouped};
use crate::format::{fixed, p_value};
use crate::metrics::{GridUnit, METRICS, MetricUnit};
use crate::validate::{
    Bootstrap, ENTRY_REPLICATES, ROSETTA, RandomEntries, VALIDATION, Validation, ValidationSpec,
};
use std::fmt::Write as _;

/// Intervals whose basis is the calendar grid; the others count trades.
const GRID_INTERVALS: [&str; 3] = ["total_return", "sharpe", "max_drawdown"];

pub(super) fn note(out: &mut String, text: &str) {
    let _ = write!(out, "<p class=\"explain__note\">{}</p>", escape(text));
}

/// The tests with their definitions; beside them those on the rows that were held back.
pub fn tests(
    (validation, unit): (&Validation, GridUnit),
    behind: Option<(&Validation, GridUnit)>,
) -> String {
    let cell = |spec: &ValidationSpec, value: &Measure, unit: GridUnit| match value {
        Err(reason) => Cell::prose(reason.to_string()),
        Ok(value) => Cell::number(spec.show(*value, unit.name())),
    };
    let rows: Vec<Vec<Cell>> = VALIDATION
        .iter()
        .zip(&validation.values)
        .map(|(spec, (_, value))| {
            let mut row = vec![
                Cell::new(spec.label),
                Cell::new(spec.basis.name()),
                cell(spec, value, unit),
                Cell::prose(spec.formula),
            ];
            if let Some((behind, unit)) = behind
                && let Some(value) = behind.get(spec.key)
            {
                row.insert(3, cell(spec, value, unit));
            }
            row
        })
        .collect();
    let mut out = String::new();
    let mut head = vec!["Test", "Basis", "Value", "Definition"];
    if behind.is_some() {
        head.insert(3, "Out-of-sample");
    }
    table(&mut out, "Tests", &head, &rows);
    out
}

/// What was found before the split line, and under a heading of its own what was found behind it.
pub fn both(mut first: String, behind: Option<String>) -> String {
    if let Some(behind) = behind {
        first.push_str("<h3 class=\"panel__sub\">Out-of-sample</h3>");
        first.push_str(&behind);
    }
    first
}

/// Bootstrap intervals of the headline numbers.
pub fn intervals(bootstrap: &Bootstrap, metrics: &[Measure], unit: GridUnit) -> String {
    let rows: Vec<Vec<Cell>> = bootstrap
        .intervals
        .iter()
        .filter_map(|interval| {
            let at = METRICS.iter().position(|spec| spec.key == interval.key)?;
            let (spec, value) = (&METRICS[at], metrics.get(at)?);
            let show = |value: f64| Cell::number(spec.unit.show(&Ok(value), false));
            let basis = if GRID_INTERVALS.contains(&spec.key) { "grid" } else { "trade" };
            let mut row = vec![
                Cell::new(format!("{}, by {basis}", spec.label)),
                Cell::number(spec.unit.show(value, false)),
            ];
            match &interval.bounds {
                Err(reason) => row.push(Cell::prose(reason.to_string())),
                Ok((low, high)) => {
                    let null = if spec.key == "profit_factor" { 1.0 } else { 0.0 };
                    let against = match spec.key {
                        "max_drawdown" | "win_rate" => "",
                        _ if *low > null => "above",
                        _ if *high < null => "below",
                        _ => "holds both",
                    };
                    row.extend([show(*low), show(*high), Cell::new(against)]);
                }
            }
            row.resize(5, Cell::default());
            Some(row)
        })
        .collect();
    let mut out = String::new();
    let head = ["Number", "Found", "2.5 %", "97.5 %", "Against no edge"];
    table(&mut out, "Bootstrap intervals", &head, &rows);
    let p = |value: &Measure| value.as_ref().map_or_else(ToString::to_string, |p| p_value(*p));
    let kelly = bootstrap.kelly_q05.as_ref().map_or_else(ToString::to_string, |k| fixed(*k, 3));
    note(
        &mut out,
        &format!(
            "Stationary bootstrap (Politis and Romano 1994), {} replicates, seed {}; mean block {} trades and {} {}s by the rule of \
             Politis and White (2004, corrected 2009). One-sided p of the mean R {}, of the mean grid return {}. Kelly, 5 % \
             quantile: {kelly}. No edge is 0, for the profit factor 1. The drawdown found looks at every row, its interval at \
             the ends of periods only, so that it can lie outside.",
            grouped(bootstrap.replicates),
            bootstrap.seed,
            fixed(bootstrap.block_trades, 2),
            fixed(bootstrap.block_grid, 2),
            unit.name(),
            p(&bootstrap.p_mean_r),
            p(&bootstrap.p_mean_return),
        ),
    );
    out
}

/// What random entries make with the same exits, sizes and costs.
pub fn entries(found: &Result<RandomEntries, Undefined>) -> String {
    let mut out = String::new();
    let found = match found {
        Err(reason) => {
            note(&mut out, &format!("Not drawn: {reason}."));
            return out;
        }
        Ok(found) => found,
    };
    // Exits of the strategy's own hang together with its entries: how often chance does as well would mean nothing.
    let has_p = found.statistics.iter().all(|null| null.p.is_ok());
    let rows: Vec<Vec<Cell>> = found
        .statistics
        .iter()
        .filter_map(|null| {
            let spec = METRICS.iter().find(|spec| spec.key == null.key)?;
            let show = |value: f64| spec.unit.show(&Ok(value), false);
            let sd = null.sd.as_ref().map_or_else(|_| "0".to_owned(), |sd| show(*sd));
            let last = match &null.p {
                Ok(p) => p_value(*p),
                Err(_) => format!("{} to {}", show(null.band.0), show(null.band.1)),
            };
            let mut row = vec![Cell::new(spec.label)];
            row.extend([show(null.observed), show(null.mean), sd, last].map(Cell::number));
            Some(row)
        })
        .collect();
    let (head, last) = if has_p {
        ("p", "p: how often chance does at least as well.")
    } else {
        (
            "5 % to 95 %",
            "The strategy leaves by its own signal, so a p-value would be wrong: the last column is where chance lies in \
             nine of ten cases.",
        )
    };
    let head = ["Number", "Found", "By chance", "± sd", head];
    table(&mut out, "Random entries", &head, &rows);
    note(
        &mut out,
        &format!(
            "{} times the same number of trades with the same sides, exits, sizes and costs, entered at random among {} rows at \
             which a signal could be; seed {}. {last}",
            grouped(ENTRY_REPLICATES),
            grouped(found.eligible_rows),
            found.seed
        ),
    );
    out
}

/// What other tools would print for the same trades, beside ours.
pub fn others(
    values: &[Measure],
    metrics: &[Measure],
    validation: &Validation,
    unit: GridUnit,
) -> String {
    let ours = |key: &str| -> String {
        if let Some(at) = METRICS.iter().position(|spec| spec.key == key) {
            return METRICS[at].unit.show(&metrics[at], false);
        }
        validation.get(key).map_or_else(String::new, |value| {
            let shown = ValidationSpec::of(key).zip(value.as_ref().ok());
            shown.map_or_else(|| "–".to_owned(), |(spec, value)| spec.show(*value, unit.name()))
        })
    };
    let rows: Vec<Vec<Cell>> = ROSETTA
        .iter()
        .zip(values)
        .map(|(spec, value)| {
            let unit = if spec.percent { MetricUnit::Percent } else { MetricUnit::Ratio };
            let theirs = match value {
                Ok(_) => Cell::number(unit.show(value, false)),
                Err(reason) => Cell::prose(reason.to_string()),
            };
            vec![
                Cell::new(format!("{}: {}", spec.tool.name(), spec.name)),
                theirs,
                Cell::number(ours(spec.ours)),
                Cell::prose(spec.why),
            ]
        })
        .collect();
    let mut out = String::new();
    note(
        &mut out,
        "The same trades and the same equity on the same calendar grid, by the definitions of other tools in the versions named. \
         Each formula is held against numbers that the tool itself printed.",
    );
    let head = ["As they name it", "They print", "Ours", "Why it differs"];
    table(&mut out, "Numbers of other tools", &head, &rows);
    out
}

//! Tables that are no candles of one market: several contracts, venues or periods for one time.

use super::ImportError;
use super::columns::{Name, Roles};
use super::diagnostics::{Choice, Question, clip};
use super::reading::{Reading, Role};
use super::sample::Sample;
use crate::domain::gather;
use std::collections::BTreeSet;

/// Words that name what a contract is known by beside its underlying.
const CONTRACT: &[&str] = &[
    "strike",
    "right",
    "expiry",
    "expiration",
    "maturity",
    "callput",
    "putcall",
    "optiontype",
    "opttyp",
    "option",
    "cp",
    "contract",
    "contractsymbol",
    "tenor",
    "echeance",
    "verfall",
    "basispreis",
    "typ",
];
/// Share of the rows that repeat a time from which a column is looked for that tells them apart.
const REPEATED: f64 = 0.2;
/// Share of the rows that have to differ once it is known.
const TOLD_APART: f64 = 0.98;
/// Rows below which nothing is said.
const FEWEST: usize = 6;

/// Refuses option chains, and asks for the column that tells rows of one time apart.
pub(super) fn check(
    names: &[Name],
    sample: &Sample<'_>,
    roles: &Roles,
    reading: &Reading,
) -> Result<(), ImportError> {
    // A column that was chosen to tell the market is asked about once the whole file is read.
    let is_chosen = reading.columns.iter().any(|(_, role)| *role == Role::Symbol);
    if is_chosen && reading.symbol.is_none() {
        return Ok(());
    }
    let times = sample.times(roles.time);
    let symbol = |row: usize| roles.symbol.and_then(|column| sample.cell(row, column));
    let wanted = reading.symbol.as_deref().map(str::as_bytes);
    let rows: Vec<usize> = (0..sample.len())
        .filter(|&row| times[row].is_some() && (wanted.is_none() || symbol(row) == wanted))
        .collect();
    let different = |columns: &[usize]| {
        let key = |&row: &usize| {
            let cells: Vec<_> = columns.iter().map(|&column| sample.cell(row, column)).collect();
            (times[row], symbol(row), cells)
        };
        let keys: BTreeSet<_> = gather(rows.iter().map(key));
        keys.len() as f64 / rows.len().max(1) as f64
    };
    let fewest = if wanted.is_some() { 2 } else { FEWEST };
    if rows.len() < fewest || different(&[]) > 1.0 - REPEATED {
        return Ok(());
    }
    // The same rows twice are duplicates, and nothing else.
    let values: Vec<usize> = roles.prices.into_iter().chain(roles.volume).collect();
    if different(&values) <= different(&[]) + 0.01 {
        return Ok(());
    }
    let used = |column: usize| {
        !matches!(roles.of(column), Role::Unused | Role::Clock | Role::Venue)
            || values.contains(&column)
    };
    let is_named = |column: usize| {
        names
            .get(column)
            .is_some_and(|name| name.has_word(CONTRACT) || name.rank(CONTRACT).is_some())
    };
    let kinds = |column: usize| {
        let seen: BTreeSet<_> = gather(rows.iter().map(|&row| sample.cell(row, column)));
        seen.len()
    };
    let free: Vec<usize> = (0..sample.width())
        .filter(|&column| !used(column) && (2..=rows.len().div_ceil(2)).contains(&kinds(column)))
        .collect();
    let shown = |column: usize| match names.get(column) {
        Some(name) if !name.is_empty() => format!("column {} (\"{}\")", column + 1, name.shown),
        _ => format!("column {}", column + 1),
    };
    let contract: Vec<usize> = free.iter().copied().filter(|&column| is_named(column)).collect();
    let alone: Vec<usize> =
        free.iter().copied().filter(|&column| different(&[column]) >= TOLD_APART).collect();
    // An option is known by more than one word: strike and right, or strike and expiry.
    let is_option = (0..sample.width()).filter(|&column| is_named(column)).count() > 1;
    if (is_option && !contract.is_empty()) || (!contract.is_empty() && alone.is_empty()) {
        let columns: Vec<String> = contract.iter().map(|&column| shown(column)).collect();
        let keep = contract.first().map_or(1, |column| column + 1);
        return Err(ImportError::new(
            "This looks like a chain of options or other contracts",
            format!(
                "there are several contracts for one time, told apart by {}; a candle file holds one contract",
                columns.join(" and ")
            ),
            "Export one contract, or keep the lines of one and open that file",
        )
        .typed(format!("columns={keep}:symbol")));
    }
    let choices: Vec<Choice> = contract
        .iter()
        .chain(alone.iter().filter(|column| !contract.contains(column)))
        .take(4)
        .map(|&column| {
            let first = sample.cell(rows[0], column).map_or_else(String::new, clip);
            Choice::new(
                format!("{}:symbol", column + 1),
                format!(
                    "{} tells the market: \"{first}\" and {} more",
                    shown(column),
                    kinds(column) - 1
                ),
            )
        })
        .collect();
    if choices.is_empty() || is_chosen {
        return Ok(());
    }
    let repeated = (1.0 - different(&[])) * 100.0;
    let text = format!(
        "{repeated:.0} % of the rows repeat a time with other values, so the file holds several series; a column tells them apart"
    );
    Err(ImportError::asks(Question::new("columns", text, choices)))
}

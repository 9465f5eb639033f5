//! Which of several columns is the traded amount.

use super::columns::{Found, Name};
use super::diagnostics::{Choice, Question, clip};
use super::reading::{Reading, Role};
use super::sample::Sample;
use super::{ImportError, words};

pub(super) fn named_volume(
    names: &[Name],
    sample: &Sample<'_>,
    whose: &str,
    found: &mut Found,
    reading: &Reading,
) -> Result<Option<usize>, ImportError> {
    let taken = found.roles.time.all();
    let free = |column: &usize| !found.roles.prices.contains(column) && !taken.contains(column);
    let of_the_market = |column: &usize| {
        let beside = names[*column].beside(words::VOLUME);
        let says = |words: Vec<&str>| {
            let words: Vec<String> = words
                .into_iter()
                .filter(|word| !words::VOLUME.contains(word))
                .map(str::to_owned)
                .collect();
            words::group(&words, usize::MAX) == whose
        };
        whose.is_empty() || beside.is_some_and(says)
    };
    let exact = |column: &usize| names[*column].rank(words::VOLUME).is_some();
    // CryptoDataDownload names volumes by currency.
    let named = |column: &usize| {
        let beside = names[*column].beside(words::VOLUME);
        let mut words = names[*column].words.iter().flatten();
        let glued = words.any(|word| {
            word.strip_prefix("volume").is_some_and(|rest| words::CURRENCIES.contains(&rest))
        });
        let no_other =
            |words: Vec<&str>| !words.iter().any(|word| words::NOT_VOLUME.contains(word));
        exact(column) || beside.map_or(glued, no_other)
    };
    let candidates: Vec<usize> =
        (0..names.len()).filter(free).filter(named).filter(of_the_market).collect();
    let says = |column: usize| format!("the header says \"{}\"", names[column].shown);
    let (column, reason) = match candidates.as_slice() {
        [] => return ask_glued_volume(names, free, reading).map_or(Ok(None), Err),
        &[column] => (column, says(column)),
        several => {
            let exact: Vec<usize> = several.iter().copied().filter(exact).collect();
            let prices = found.roles.prices;
            let (column, why) = best_volume(sample, several, &exact, prices, names, reading)?;
            if exact != [column] {
                let shown: Vec<&str> =
                    several.iter().map(|&column| names[column].shown.as_str()).collect();
                found.notes.push(format!(
                    "{} columns could be the volume ({}); column {} was taken, because {why}",
                    several.len(),
                    clip(shown.join(", ").as_bytes()),
                    column + 1
                ));
            }
            (column, format!("{}, and {why}", says(column)))
        }
    };
    found.reasons.insert(column, reason);
    Ok(Some(column))
}

/// A name that begins like the volume's and goes on without a gap may hold something else, too.
fn ask_glued_volume(
    names: &[Name],
    free: impl Fn(&usize) -> bool,
    reading: &Reading,
) -> Option<ImportError> {
    let starts = |column: &usize| {
        let mut words = names[*column].words.iter().flatten();
        words.any(|word| word.starts_with("volume") && word.len() > 6)
    };
    let chosen = |column: &usize| reading.columns.iter().any(|(at, _)| *at as usize == *column);
    let column =
        (0..names.len()).find(|column| free(column) && starts(column) && !chosen(column))?;
    let number = column + 1;
    let text =
        format!("Column {number} is called \"{}\" and may be the volume", names[column].shown);
    let choices = vec![
        Choice::new(format!("{number}:volume"), "it is the volume"),
        Choice::new(format!("{number}:-"), "it is something else: the file has no volume"),
    ];
    Some(ImportError::asks(Question::new("columns", text, choices)))
}

/// The base currency's volume among several: the other one divided by it is a price between low and high. Otherwise the
/// fuller one, or the first of equal ones. Where nothing tells, the user is asked.
fn best_volume(
    sample: &Sample<'_>,
    columns: &[usize],
    exact: &[usize],
    [_, high, low, _]: [usize; 4],
    names: &[Name],
    reading: &Reading,
) -> Result<(usize, String), ImportError> {
    let chosen = reading.columns.iter().find(|(_, role)| *role == Role::Volume);
    if let Some((column, _)) = chosen {
        return Ok((*column as usize, "it was chosen".to_owned()));
    }
    let positive =
        |column: usize| (0..sample.len()).filter(|&row| sample.number(row, column) > 0.0).count();
    let fullest =
        columns.iter().copied().rev().max_by_key(|&column| positive(column)).unwrap_or(columns[0]);
    let most = positive(fullest);
    let full: Vec<usize> =
        columns.iter().copied().filter(|&column| positive(column) * 2 > most).collect();
    if full.len() <= 1 {
        return Ok((fullest, "the others are mostly zero or empty".to_owned()));
    }
    let same = |a: usize, b: usize| {
        let different =
            (0..sample.len()).filter(|&row| sample.number(row, a) != sample.number(row, b)).count();
        different * 20 <= sample.len()
    };
    let full: Vec<usize> = full
        .iter()
        .enumerate()
        .filter(|&(i, &column)| !full[..i].iter().any(|&earlier| same(earlier, column)))
        .map(|(_, &column)| column)
        .collect();
    if let [only] = full[..] {
        return Ok((only, "the others repeat it".to_owned()));
    }
    for &base in &full {
        for &quote in full.iter().filter(|&&quote| quote != base) {
            let (mut fits, mut rows) = (0, 0);
            for row in 0..sample.len() {
                let [b, q, h, l] =
                    [base, quote, high, low].map(|column| sample.number(row, column));
                if b > 0.0 && q > 0.0 {
                    rows += 1;
                    fits += usize::from((l * 0.98..=h * 1.02).contains(&(q / b)));
                }
            }
            if rows > 0 && fits * 10 >= rows * 9 {
                let why = format!(
                    "\"{}\" divided by it lies between low and high in {fits} of {rows} rows",
                    names[quote].shown
                );
                return Ok((base, why));
            }
        }
    }
    if let [only] = exact {
        return Ok((*only, "it is the only one called so".to_owned()));
    }
    let choices = full
        .iter()
        .map(|&column| Choice::new(format!("{}:volume", column + 1), names[column].shown.clone()))
        .collect();
    let text = "Several columns could be the volume, and nothing in the values tells them apart";
    Err(ImportError::asks(Question::new("columns", text, choices)))
}

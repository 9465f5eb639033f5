//! Which of several columns is the traded amount.

use super::columns::{Found, Name};
use super::diagnostics::{Choice, Question, clip};
use super::reading::{Reading, Role};
use super::sample::Sample;
use super::{ImportError, words};

/// Rows from which a division is none of chance.
const FEWEST_ROWS: usize = 5;

/// Where the traded amount stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Volume {
    None,
    One(usize),
    /// Traded at rising and at falling prices, or bought and sold: both together are the volume.
    Sum(usize, usize),
}

pub(super) fn named_volume(
    names: &[Name],
    sample: &Sample<'_>,
    whose: &str,
    found: &mut Found,
    reading: &Reading,
) -> Result<Volume, ImportError> {
    let taken = found.roles.time.all();
    let free = |column: &usize| !found.roles.prices.contains(column) && !taken.contains(column);
    let is_side = ["bid", "ask", "mid", "offer", "midpoint"].contains(&whose);
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
        // Both sides of a market have one volume.
        whose.is_empty() || is_side || beside.is_some_and(says)
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
    let prices = found.roles.prices;
    let candidates: Vec<usize> = (0..names.len())
        .filter(free)
        .filter(named)
        .filter(of_the_market)
        .filter(|&column| !sample.is_price_like(column, prices))
        .collect();
    if let Some((up, down)) = halves(names, sample, &candidates, free) {
        found.notes.push(format!(
            "the volume is the sum of columns {} (\"{}\") and {} (\"{}\")",
            up + 1,
            names[up].shown,
            down + 1,
            names[down].shown
        ));
        for column in [up, down] {
            found.reasons.insert(column, format!("the header says \"{}\"", names[column].shown));
        }
        return Ok(Volume::Sum(up, down));
    }
    let says = |column: usize| format!("the header says \"{}\"", names[column].shown);
    let (column, reason) = match candidates.as_slice() {
        [] => return ask_glued_volume(names, free, reading).map_or(Ok(Volume::None), Err),
        &[column] => {
            found.quote_volume = turnover(names, sample, column, found, free, reading)?;
            (column, says(column))
        }
        several => {
            let exact: Vec<usize> = several.iter().copied().filter(exact).collect();
            let (column, why, quote) =
                best_volume(sample, several, &exact, prices, names, reading)?;
            found.quote_volume = quote;
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
    Ok(Volume::One(column))
}

/// The turnover beside the only column that is called volume, by division. Where the two are exchanged, in all rows or from a
/// line on, the user is asked.
fn turnover(
    names: &[Name],
    sample: &Sample<'_>,
    column: usize,
    found: &Found,
    free: impl Fn(&usize) -> bool,
    reading: &Reading,
) -> Result<Option<usize>, ImportError> {
    let refused = |at: usize| reading.refuses(at);
    if refused(column) || reading.columns.iter().any(|(_, role)| *role == Role::Volume) {
        return Ok(None);
    }
    let [_, high, low, _] = found.roles.prices;
    let explains = |base: usize, quote: usize| {
        let (fits, rows) = divides(sample, [base, quote, high, low]);
        rows >= FEWEST_ROWS && fits * 10 >= rows * 9
    };
    for other in (0..names.len()).filter(|&at| at != column && free(&at) && !refused(at)) {
        if explains(column, other) {
            return Ok(Some(other));
        }
        if explains(other, column) {
            return Err(ask_about_turnover(names, column, other));
        }
        if let Some(line) = change_of_places(sample, [column, other, high, low]) {
            return Err(ask_about_places(names, column, other, line));
        }
    }
    Ok(None)
}

/// Rows in which quote / base lies between low and high, of those that have both.
fn divides(sample: &Sample<'_>, columns: [usize; 4]) -> (usize, usize) {
    let (mut fits, mut rows) = (0, 0);
    for row in 0..sample.len() {
        let [b, q, h, l] = columns.map(|column| sample.number(row, column));
        if b > 0.0 && q > 0.0 {
            rows += 1;
            fits += usize::from((l * 0.98..=h * 1.02).contains(&(q / b)));
        }
    }
    (fits, rows)
}

fn ask_about_places(names: &[Name], base: usize, quote: usize, line: u64) -> ImportError {
    let text = format!(
        "\"{}\" and \"{}\" change places at line {line}: before it the one is the volume, from it on the other one",
        names[base].shown, names[quote].shown
    );
    let named = [base, quote].map(|column| (column, names[column].shown.as_str()));
    ImportError::asks(Question::new("columns", text, one_of_two(named)))
}

/// The answers where two volumes change places: either in all rows, or none.
pub(super) fn one_of_two(columns: [(usize, &str); 2]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = columns
        .iter()
        .map(|(column, name)| {
            Choice::new(format!("{}:volume", column + 1), format!("\"{name}\" in all rows"))
        })
        .collect();
    let neither = columns.map(|(column, _)| format!("{}:-", column + 1)).join(",");
    choices.push(Choice::new(neither, "read the file without volume"));
    choices
}

fn ask_about_turnover(names: &[Name], column: usize, other: usize) -> ImportError {
    let text = format!(
        "\"{}\" divided by \"{}\" is a price of the candle, so \"{}\" may be the turnover",
        names[column].shown, names[other].shown, names[column].shown
    );
    let choices = vec![
        Choice::new(
            format!("{}:volume", other + 1),
            format!("\"{}\" is the volume", names[other].shown),
        ),
        Choice::new(
            format!("{}:volume", column + 1),
            format!("\"{}\" is, as it is called", names[column].shown),
        ),
    ];
    ImportError::asks(Question::new("columns", text, choices))
}

/// Two columns that are the volume together: up and down ticks, where no column holds their sum.
fn halves(
    names: &[Name],
    sample: &Sample<'_>,
    candidates: &[usize],
    free: impl Fn(&usize) -> bool,
) -> Option<(usize, usize)> {
    let find = |words: &[&str]| {
        (0..names.len()).filter(&free).find(|&column| {
            let mut own: Vec<&str> =
                names[column].words.iter().flatten().map(String::as_str).collect();
            own.retain(|word| !words::VOLUME.contains(word) && !["ticks", "tick"].contains(word));
            matches!(own[..], [word] if words.contains(&word))
        })
    };
    let up = find(&["up", "uptick", "upticks"])?;
    let down = find(&["down", "downtick", "downticks"])?;
    let is_amount = |column: usize| !(0..sample.len()).any(|row| sample.number(row, column) < 0.0);
    let is_alone = candidates.iter().all(|column| [up, down].contains(column));
    (is_alone && is_amount(up) && is_amount(down)).then_some((up, down))
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
) -> Result<(usize, String, Option<usize>), ImportError> {
    let chosen = reading.columns.iter().find(|(_, role)| *role == Role::Volume);
    if columns.iter().all(|&column| reading.refuses(column)) {
        return Ok((columns[0], "it was chosen".to_owned(), None));
    }
    if let Some((column, _)) = chosen {
        return Ok((*column as usize, "it was chosen".to_owned(), None));
    }
    let positive =
        |column: usize| (0..sample.len()).filter(|&row| sample.number(row, column) > 0.0).count();
    let fullest =
        columns.iter().copied().rev().max_by_key(|&column| positive(column)).unwrap_or(columns[0]);
    let most = positive(fullest);
    let full: Vec<usize> =
        columns.iter().copied().filter(|&column| positive(column) * 2 > most).collect();
    if full.len() <= 1 {
        return Ok((fullest, "the others are mostly zero or empty".to_owned(), None));
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
        return Ok((only, "the others repeat it".to_owned(), None));
    }
    for &base in &full {
        for &quote in full.iter().filter(|&&quote| quote != base) {
            let (fits, rows) = divides(sample, [base, quote, high, low]);
            if let Some(line) = change_of_places(sample, [base, quote, high, low]) {
                return Err(ask_about_places(names, base, quote, line));
            }
            if rows > 0 && fits * 10 >= rows * 9 {
                let why = format!(
                    "\"{}\" divided by it lies between low and high in {fits} of {rows} rows",
                    names[quote].shown
                );
                return Ok((base, why, Some(quote)));
            }
        }
    }
    if let [only] = exact {
        return Ok((*only, "it is the only one called so".to_owned(), None));
    }
    let choices = full
        .iter()
        .map(|&column| Choice::new(format!("{}:volume", column + 1), names[column].shown.clone()))
        .collect();
    let text = "Several columns could be the volume, and nothing in the values tells them apart";
    Err(ImportError::asks(Question::new("columns", text, choices)))
}

/// The line from which two volumes have changed places inside the sample, where one division explains the rows before it and
/// the other one those behind it.
fn change_of_places(sample: &Sample<'_>, [base, quote, high, low]: [usize; 4]) -> Option<u64> {
    const FEWEST: usize = 5;
    let mut kinds: Vec<(bool, usize)> = Vec::new();
    for row in 0..sample.len() {
        let [b, q, h, l] = [base, quote, high, low].map(|column| sample.number(row, column));
        let inside = |price: f64| (l * 0.98..=h * 1.02).contains(&price);
        if b > 0.0 && q > 0.0 && inside(q / b) != inside(b / q) {
            kinds.push((inside(q / b), row));
        }
    }
    let first = kinds.first()?.0;
    let at = kinds.iter().position(|(kind, _)| *kind != first)?;
    let rest = &kinds[at..];
    let others = rest.iter().filter(|(kind, _)| *kind != first).count();
    (at >= FEWEST && others >= FEWEST && others * 10 >= rest.len() * 9)
        .then(|| sample.line(kinds[at].1))
}

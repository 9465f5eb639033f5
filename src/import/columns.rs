//! Which column is what: by its name where there is a header, checked against its values; and what the user chose over both.

use super::diagnostics::{Choice, Question, clip};
use super::dialect::{Fields, field, is_number};
use super::reading::{Reading, Role};
use super::sample::{Sample, is_clock, is_date_only};
use super::time;
use super::values::{OTHER, fit, from_values, one_based, permutations, price_choice};
use super::volume::named_volume;
use super::{ImportError, words};
use std::collections::BTreeMap;

/// Complete rows below which values do not contradict names.
const FEWEST: usize = 3;

/// Where the time of a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeColumns {
    One(usize),
    DateAndClock(usize, usize),
    /// Year, month, day, and perhaps the time of day.
    Parts([usize; 3], Option<usize>),
}

impl TimeColumns {
    /// All columns that make the time.
    pub(super) fn all(self) -> Vec<usize> {
        match self {
            Self::One(column) => vec![column],
            Self::DateAndClock(date, clock) => vec![date, clock],
            Self::Parts(date, clock) => date.into_iter().chain(clock).collect(),
        }
    }
}

/// Columns of one candle, by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roles {
    pub time: TimeColumns,
    /// Open, high, low, close.
    pub prices: [usize; 4],
    pub volume: Option<usize>,
    pub symbol: Option<usize>,
    /// The only time is that of the close.
    pub is_close_time: bool,
}

impl Roles {
    /// The role of a column.
    pub(super) fn of(&self, column: usize) -> Role {
        const PRICES: [Role; 4] = [Role::Open, Role::High, Role::Low, Role::Close];
        if let Some(at) = self.prices.iter().position(|&price| price == column) {
            return PRICES[at];
        }
        if self.volume == Some(column) {
            return Role::Volume;
        }
        if self.symbol == Some(column) {
            return Role::Symbol;
        }
        match self.time {
            TimeColumns::One(time) | TimeColumns::DateAndClock(time, _) if time == column => {
                if self.is_close_time { Role::CloseTime } else { Role::Time }
            }
            TimeColumns::DateAndClock(_, clock) | TimeColumns::Parts(_, Some(clock))
                if clock == column =>
            {
                Role::Clock
            }
            TimeColumns::Parts(date, _) => match date.iter().position(|&part| part == column) {
                Some(at) => [Role::Year, Role::Month, Role::Day][at],
                None => Role::Unused,
            },
            _ => Role::Unused,
        }
    }
}

/// Roles with their reasons.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub roles: Roles,
    /// Why a column has its role, by column.
    pub reasons: BTreeMap<usize, String>,
    /// What was assumed and should be shown.
    pub notes: Vec<String>,
    /// The market that the names of the columns tell, where the file has several side by side.
    pub side: Option<String>,
}

/// True for a word that names a column of a candle file in any of our languages.
pub(super) fn is_known(word: &str) -> bool {
    let word = words::fold(word);
    word.chars().count() > 1
        && [words::OPEN, words::HIGH, words::LOW, words::CLOSE, words::VOLUME, words::TIME]
            .iter()
            .any(|list| list.contains(&word.as_str()))
}

const PRICE_WORDS: [(&str, &[&str]); 4] =
    [("open", words::OPEN), ("high", words::HIGH), ("low", words::LOW), ("close", words::CLOSE)];
/// Names of prices that are too common to be found inside a longer name.
const ONLY_ALONE: &[&str] =
    &["o", "h", "l", "c", "max", "min", "last", "price", "kurs", "цена", "高", "低"];

/// How many of open, high, low, close a line names: what makes it a header.
pub(super) fn header_score(line: &[u8], fields: &Fields) -> usize {
    let names: Vec<Name> =
        fields.iter().map(|&range| Name::of(vec![text(field(line, range))])).collect();
    let roles = (0..4).filter(|&role| names.iter().any(|name| name.price(role).is_some())).count();
    // A whole line in one cell names them all, but no column.
    let columns = names.iter().filter(|name| (0..4).any(|role| name.price(role).is_some())).count();
    roles.min(columns)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// The name of a column: one cell of each line of the header.
pub(super) struct Name {
    /// As written, joined.
    pub shown: String,
    folded: Vec<String>,
    pub words: Vec<Vec<String>>,
}

impl Name {
    /// A name from the cells above a column, without repetitions.
    pub(super) fn of(mut cells: Vec<String>) -> Self {
        cells.retain(|cell| !cell.is_empty());
        let mut seen = Vec::new();
        cells.retain(|cell| {
            let new = !seen.contains(cell);
            seen.push(cell.clone());
            new
        });
        let folded = cells.iter().map(|cell| words::fold(cell)).collect();
        let words = cells.iter().map(|cell| words::split(cell)).collect();
        Self { shown: clip(cells.join(" ").as_bytes()), folded, words }
    }

    /// Place of a cell in a list of names, the best of all cells.
    pub(super) fn rank(&self, list: &[&str]) -> Option<usize> {
        self.folded.iter().filter_map(|cell| list.iter().position(|name| name == cell)).min()
    }

    /// What the other cells say beside the one at `at`, without the words of `list`.
    fn others(&self, at: usize, list: &[&str]) -> Vec<String> {
        let rest = self.words.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, words)| words);
        let says = |words: &Vec<String>| {
            let words: Vec<String> =
                words.iter().filter(|word| !list.contains(&word.as_str())).cloned().collect();
            words::group(&words, usize::MAX)
        };
        rest.map(says).filter(|says| !says.is_empty()).collect()
    }

    /// How well this names a price (0 is best), and whose: `BTC:open` is the open of `btc`.
    fn price(&self, role: usize) -> Option<(usize, String)> {
        let list = PRICE_WORDS[role].1;
        for (at, cell) in self.folded.iter().enumerate() {
            if let Some(rank) = list.iter().position(|name| name == cell) {
                return Some((rank, self.others(at, list).join(" ")));
            }
        }
        for (at, words) in self.words.iter().enumerate() {
            for (i, word) in words.iter().enumerate() {
                let alone = ONLY_ALONE.contains(&word.as_str());
                if let Some(rank) = list.iter().position(|name| name == word).filter(|_| !alone) {
                    let mut whose = self.others(at, list);
                    let group = words::group(words, i);
                    if !group.is_empty() {
                        whose.insert(0, group);
                    }
                    return Some((rank + list.len(), whose.join(" ")));
                }
            }
        }
        None
    }

    /// The words beside one of `list` inside a longer name.
    pub(super) fn beside(&self, list: &[&str]) -> Option<Vec<&str>> {
        let words: Vec<&str> = self.words.iter().flatten().map(String::as_str).collect();
        let at = words.iter().position(|word| list.contains(word))?;
        Some(words.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, word)| *word).collect())
    }

    fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

/// Open, high, low, close of one market, by the names of the columns.
struct PriceSet {
    whose: String,
    /// Candidates of each price: rank and column.
    candidates: [Vec<(usize, usize)>; 4],
}

impl PriceSet {
    fn is_complete(&self) -> bool {
        self.candidates.iter().all(|candidates| !candidates.is_empty())
    }

    /// The best named columns; of equally named ones those whose values fit.
    fn columns(&self, sample: &Sample<'_>) -> [usize; 4] {
        let mut best = [0; 4];
        for (slot, candidates) in best.iter_mut().zip(&self.candidates) {
            *slot = candidates.iter().min().map_or(0, |(_, column)| *column);
        }
        for role in 0..4 {
            let rank = self.candidates[role].iter().map(|(rank, _)| *rank).min();
            let rivals = self.candidates[role].iter().filter(|(r, _)| Some(*r) == rank);
            let score = |column: usize| {
                let mut columns = best;
                columns[role] = column;
                (fit(sample, columns).0 * 1e6) as i64
            };
            let mut winner = (score(best[role]), best[role]);
            for &(_, column) in rivals {
                if score(column) > winner.0 {
                    winner = (score(column), column);
                }
            }
            best[role] = winner.1;
        }
        best
    }
}

/// Every market whose prices the header names, in the order of the file.
fn price_sets(names: &[Name]) -> Vec<PriceSet> {
    let mut sets: Vec<PriceSet> = Vec::new();
    for (column, name) in names.iter().enumerate() {
        for role in 0..4 {
            let Some((rank, whose)) = name.price(role) else { continue };
            let at = sets.iter().position(|set| set.whose == whose).unwrap_or_else(|| {
                sets.push(PriceSet { whose, candidates: Default::default() });
                sets.len() - 1
            });
            sets[at].candidates[role].push((rank, column));
        }
    }
    sets
}

/// Roles from a header, checked against the sample.
pub(super) fn from_header(
    names: &[Name],
    sample: &Sample<'_>,
    reading: &Reading,
) -> Result<Found, ImportError> {
    let mut found = Found {
        roles: Roles {
            time: TimeColumns::One(0),
            prices: [0; 4],
            volume: None,
            symbol: None,
            is_close_time: false,
        },
        reasons: BTreeMap::new(),
        notes: Vec::new(),
        side: None,
    };
    let (prices, whose) = match reading.prices() {
        Some(prices) => (prices, String::new()),
        None => {
            let (prices, whose) = named_prices(names, sample, reading, &mut found)?;
            for column in prices {
                let reason = format!("the header says \"{}\"", names[column].shown);
                found.reasons.insert(column, reason);
            }
            check_prices(names, sample, prices)?;
            (prices, whose)
        }
    };
    found.roles.prices = prices;
    let (time, is_close_time) = named_time(names, sample, &found.roles, &mut found.reasons)?;
    (found.roles.time, found.roles.is_close_time) = (time, is_close_time);
    if is_close_time {
        found
            .notes
            .push("the file has only close times: open times are one timeframe earlier".to_owned());
    }
    found.roles.volume = named_volume(names, sample, &whose, &mut found, reading)?;
    found.roles.symbol = (0..names.len()).find(|&column| {
        names[column].rank(words::SYMBOL).is_some()
            && !prices.contains(&column)
            && sample.share(column, |text| is_number(text) || text.trim_ascii().is_empty()) < 0.5
    });
    if let Some(column) = found.roles.symbol {
        found.reasons.insert(column, format!("the header says \"{}\"", names[column].shown));
    }
    Ok(found)
}

fn named_prices(
    names: &[Name],
    sample: &Sample<'_>,
    reading: &Reading,
    found: &mut Found,
) -> Result<([usize; 4], String), ImportError> {
    let sets = price_sets(names);
    let complete: Vec<&PriceSet> = sets.iter().filter(|set| set.is_complete()).collect();
    let wanted = reading.symbol.as_deref().map(|symbol| words::split(symbol).join(" "));
    let set = match (complete.iter().find(|set| set.whose.is_empty()), complete.as_slice()) {
        (Some(set), _) | (None, [set]) => *set,
        (None, []) => return Err(no_price(names, sample, &sets)),
        (None, several) => {
            let chosen = several.iter().find(|set| Some(&set.whose) == wanted.as_ref());
            match chosen {
                Some(set) => *set,
                None => {
                    let choices = several
                        .iter()
                        .map(|set| {
                            let label = format!("columns {}", one_based(set.columns(sample)));
                            Choice::new(set.whose.clone(), label)
                        })
                        .collect();
                    let text = format!(
                        "The file holds {} markets side by side, and one of them is read at a time",
                        several.len()
                    );
                    return Err(ImportError::asks(Question::new("symbol", text, choices)));
                }
            }
        }
    };
    if !set.whose.is_empty() {
        found.side = Some(set.whose.clone());
    }
    Ok((set.columns(sample), set.whose.clone()))
}

/// More or fewer names than columns: somewhere the names stand above other columns than their own.
pub(super) fn ask_shifted(
    names: &[Name],
    sample: &Sample<'_>,
    by_names: Option<Found>,
) -> ImportError {
    let choice = |found: &Found, label: &str| {
        let columns = (0..sample.width()).filter_map(|column| {
            let role = found.roles.of(column);
            (role != Role::Unused).then(|| format!("{}:{}", column + 1, role.key()))
        });
        Choice::new(columns.collect::<Vec<_>>().join(","), label)
    };
    let by_values = from_values(sample, &Reading::default()).ok();
    let same = by_names.as_ref().map(|f| &f.roles) == by_values.as_ref().map(|f| &f.roles);
    let mut choices = Vec::new();
    choices.extend(by_values.as_ref().map(|found| choice(found, "by the values")));
    choices.extend(by_names.as_ref().filter(|_| !same).map(|found| choice(found, "by the names")));
    let counts = format!(
        "The header has {} names, but the rows have {} columns, so the names may stand above other columns than their own",
        names.len(),
        sample.width()
    );
    if choices.is_empty() {
        return ImportError::new(
            "The header does not fit the rows",
            counts,
            "Say which column is which, or correct the header",
        );
    }
    ImportError::asks(Question::new("columns", counts, choices))
}

/// The values of a well-named file may contradict its names: then somebody mixed up the header.
fn check_prices(
    names: &[Name],
    sample: &Sample<'_>,
    prices: [usize; 4],
) -> Result<(), ImportError> {
    let (share, rows) = fit(sample, prices);
    if share >= 0.5 || rows < FEWEST {
        return Ok(());
    }
    let better = permutations(prices).find(|&columns| fit(sample, columns).0 >= OTHER);
    let Some(better) = better else { return Ok(()) };
    let named: Vec<&str> = prices.iter().map(|&column| names[column].shown.as_str()).collect();
    let text = format!(
        "By the names, columns {} are open, high, low and close ({}), but then high or low is wrong in {:.0} % of the rows; \
         by the values they are columns {}",
        one_based(prices),
        clip(named.join(", ").as_bytes()),
        (1.0 - share) * 100.0,
        one_based(better),
    );
    let choices = vec![price_choice(better, "by the values"), price_choice(prices, "by the names")];
    Err(ImportError::asks(Question::new("columns", text, choices)))
}

fn no_price(names: &[Name], sample: &Sample<'_>, sets: &[PriceSet]) -> ImportError {
    let plain = sets.iter().find(|set| set.whose.is_empty());
    let missing: Vec<&str> = (0..4)
        .filter(|&role| plain.is_none_or(|set| set.candidates[role].is_empty()))
        .map(|role| PRICE_WORDS[role].0)
        .collect();
    let header: Vec<&str> = names.iter().map(|name| name.shown.as_str()).collect();
    let header = clip(header.join(", ").as_bytes());
    // Where the values tell what the names do not, the user is asked.
    if missing.len() < 3
        && let Ok(found) = from_values(sample, &Reading::default())
        && fit(sample, found.roles.prices).0 >= OTHER
    {
        let prices = found.roles.prices;
        let text = format!(
            "No column is called {}, but by their values columns {} could be open, high, low and close; the header has {header}",
            missing.join(" or "),
            one_based(prices),
        );
        let mut choice = price_choice(prices, "by the values");
        if let Some(volume) = found.roles.volume {
            choice.value = format!("{},{}:volume", choice.value, volume + 1);
        }
        return ImportError::asks(Question::new("columns", text, vec![choice]));
    }
    ImportError::new(
        "This is no candle file",
        format!("no column is called {}; the header has {header}", missing.join(" or ")),
        "A candle needs open, high, low and close: export OHLC data, or say which column is which",
    )
}

fn named_time(
    names: &[Name],
    sample: &Sample<'_>,
    roles: &Roles,
    reasons: &mut BTreeMap<usize, String>,
) -> Result<(TimeColumns, bool), ImportError> {
    let free = |column: &usize| !roles.prices.contains(column);
    let ranked = |list: &[&str]| -> Vec<usize> {
        let mut columns: Vec<(usize, usize)> = (0..names.len())
            .filter(free)
            .filter_map(|column| Some((names[column].rank(list)?, column)))
            .collect();
        columns.sort_unstable();
        columns.into_iter().map(|(_, column)| column).collect()
    };
    // Of several times the one that reads most often; a Unix time before a text, since it has no zone to guess.
    let best = |columns: &[usize]| {
        let mut best: Option<((f64, bool), usize)> = None;
        for &column in columns {
            let epochs = sample.share(column, time::is_epoch) > 0.9;
            let rank = (sample.share(column, |text| sample.is_time(text)), epochs);
            if rank > best.map_or((0.5, true), |best| best.0) {
                best = Some((rank, column));
            }
        }
        best.map(|best| best.1)
    };
    let mut candidates = ranked(words::TIME);
    if names.first().is_some_and(Name::is_empty) {
        candidates.push(0);
    }
    let date: Vec<usize> =
        words::DATE_PARTS.iter().filter_map(|list| ranked(list).first().copied()).collect();
    let clock_of = |date: &[usize]| {
        ranked(words::CLOCK)
            .into_iter()
            .find(|column| !date.contains(column) && sample.share(*column, is_clock) > 0.9)
    };
    let says = |column: usize| format!("the header says \"{}\"", names[column].shown);
    let (time, is_close) = match best(&candidates) {
        Some(time) => (time, false),
        None => {
            if let [year, month, day] = date[..] {
                let clock = clock_of(&date);
                for column in date.iter().copied().chain(clock) {
                    reasons.insert(column, says(column));
                }
                return Ok((TimeColumns::Parts([year, month, day], clock), false));
            }
            // Spreadsheet days have no form of their own: the name has to say that they are times.
            if let Some(&column) = candidates.iter().find(|&&column| {
                !names[column].is_empty() && sample.style.unit.is_none() && sample.is_excel(column)
            }) {
                reasons.insert(
                    column,
                    format!("{}, and its numbers are spreadsheet days", says(column)),
                );
                return Ok((TimeColumns::One(column), false));
            }
            match best(&ranked(words::CLOSE_TIME)) {
                Some(time) => (time, true),
                None => match (0..names.len()).find(|&column| sample.is_time_column(column)) {
                    Some(time) if free(&time) && names[time].rank(words::VOLUME).is_none() => {
                        reasons.insert(time, "its values are times in order".to_owned());
                        (time, false)
                    }
                    _ => return Err(no_time(names, sample)),
                },
            }
        }
    };
    reasons.entry(time).or_insert_with(|| says(time));
    match clock_of(&[time]).filter(|_| is_date_only(sample, time)) {
        Some(clock) => {
            reasons.insert(clock, format!("{}, and the dates have no time of day", says(clock)));
            Ok((TimeColumns::DateAndClock(time, clock), is_close))
        }
        None => Ok((TimeColumns::One(time), is_close)),
    }
}

pub(super) fn no_time(names: &[Name], sample: &Sample<'_>) -> ImportError {
    let since_midnight = (0..sample.width().min(2)).find(|&column| {
        let in_a_day = |text: &[u8]| {
            text.iter().all(u8::is_ascii_digit)
                && std::str::from_utf8(text).is_ok_and(|text| {
                    text.parse::<i64>().is_ok_and(|ms| ms < 86_400_000 && ms % 1_000 == 0)
                })
        };
        sample.len() > 1 && sample.share(column, in_a_day) > 0.98
    });
    if let Some(column) = since_midnight {
        return ImportError::new(
            "The times have no date",
            format!(
                "column {} counts the milliseconds since midnight, as QuantConnect's files do; the date is in the name of the file",
                column + 1
            ),
            "Export the candles with a date in each row",
        );
    }
    let header: Vec<&str> = names.iter().map(|name| name.shown.as_str()).collect();
    let of =
        if header.is_empty() { "the file".to_owned() } else { clip(header.join(", ").as_bytes()) };
    ImportError::new(
        "No time was found",
        format!("no column of {of} holds dates or Unix times"),
        "Add a column with the open time of each candle, for example Unix milliseconds or 2025-01-31 23:55, or say which column it is",
    )
}

/// Puts the chosen roles over the found ones; without found ones the chosen ones have to be enough.
pub(super) fn with_chosen(
    found: Result<Found, ImportError>,
    reading: &Reading,
    width: usize,
) -> Result<Found, ImportError> {
    if reading.columns.is_empty() {
        return found;
    }
    for &(column, role) in &reading.columns {
        if column as usize >= width {
            return Err(ImportError::new(
                "There is no such column",
                format!(
                    "column {} was chosen as {}, but the rows have {width} columns",
                    column + 1,
                    role.label()
                ),
                "Choose a column of the file",
            ));
        }
    }
    let mut roles: BTreeMap<usize, Role> = match &found {
        Ok(found) => (0..width).map(|column| (column, found.roles.of(column))).collect(),
        Err(_) => BTreeMap::new(),
    };
    for &(column, role) in &reading.columns {
        roles.retain(|_, r| *r != role || role == Role::Unused);
        // A chosen time replaces every other way to tell the time.
        if matches!(role, Role::Time | Role::CloseTime) {
            roles.retain(|_, r| {
                !matches!(r, Role::Time | Role::CloseTime | Role::Year | Role::Month | Role::Day)
            });
        }
        roles.insert(column as usize, role);
    }
    let find = |role: Role| roles.iter().find(|(_, r)| **r == role).map(|(column, _)| *column);
    let need = |role: Role| {
        find(role).ok_or_else(|| match &found {
            Err(error) => error.clone(),
            Ok(_) => ImportError::new(
                "A column is missing",
                format!("no column is chosen as {}", role.label()),
                "A candle needs a time, open, high, low and close: choose a column for each",
            ),
        })
    };
    let prices = [need(Role::Open)?, need(Role::High)?, need(Role::Low)?, need(Role::Close)?];
    let clock = find(Role::Clock);
    let is_close_time = find(Role::Time).is_none() && find(Role::CloseTime).is_some();
    let time = match (find(Role::Time).or_else(|| find(Role::CloseTime)), find(Role::Year)) {
        (None, Some(year)) => {
            TimeColumns::Parts([year, need(Role::Month)?, need(Role::Day)?], clock)
        }
        (Some(time), _) => {
            clock.map_or(TimeColumns::One(time), |clock| TimeColumns::DateAndClock(time, clock))
        }
        (None, None) => TimeColumns::One(need(Role::Time)?),
    };
    let chosen = reading.columns.iter().map(|(column, _)| (*column as usize, "chosen".to_owned()));
    let (mut reasons, notes, side) = match found {
        Ok(found) => (found.reasons, found.notes, found.side),
        Err(_) => (BTreeMap::new(), Vec::new(), None),
    };
    reasons.extend(chosen);
    let roles = Roles {
        time,
        prices,
        volume: find(Role::Volume),
        symbol: find(Role::Symbol),
        is_close_time,
    };
    Ok(Found { roles, reasons, notes, side })
}

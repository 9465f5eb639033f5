//! Which column is what: by its name where there is a header, checked against its values; and what the user chose over both.

use super::diagnostics::{Choice, Question, clip};
use super::dialect::{Fields, field, is_number};
use super::reading::{Reading, Role};
use super::sample::Sample;
use super::values::{
    OTHER, are_of_one_size, fit, from_values, one_based, permutations, price_choice, price_columns,
};
use super::volume::{Volume, named_volume};
use super::{ImportError, timing, words, zones};
use crate::domain::{gather, sort_short};
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

impl Default for TimeColumns {
    fn default() -> Self {
        Self::One(0)
    }
}

/// Columns of one candle, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles {
    pub time: TimeColumns,
    /// Open, high, low, close.
    pub prices: [usize; 4],
    pub volume: Option<usize>,
    /// The other part of a volume in two columns.
    pub volume_part: Option<usize>,
    pub symbol: Option<usize>,
    /// Where the row was traded.
    pub venue: Option<usize>,
    /// Tells the zone of each time.
    pub zone: Option<usize>,
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
        for (place, role) in [
            (self.volume_part, Role::VolumePart),
            (self.symbol, Role::Symbol),
            (self.venue, Role::Venue),
            (self.zone, Role::Zone),
        ] {
            if place == Some(column) {
                return role;
            }
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
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub roles: Roles,
    /// Why a column has its role, by column.
    pub reasons: BTreeMap<usize, String>,
    /// What was assumed and should be shown.
    pub notes: Vec<String>,
    /// The market that the names of the columns tell, where the file has several side by side.
    pub side: Option<String>,
    /// A column that divided by the volume gives a price: why the volume is what it is, held to the end of the file.
    pub quote_volume: Option<usize>,
}

impl Found {
    /// The roles as an answer: `1:time,2:open`.
    pub(super) fn answer(&self, width: usize) -> String {
        let pairs = (0..width).filter_map(|column| {
            let role = self.roles.of(column);
            (role != Role::Unused).then(|| format!("{}:{}", column + 1, role.key()))
        });
        pairs.collect::<Vec<_>>().join(",")
    }
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
const ONLY_ALONE: &[&str] = &[
    "o", "h", "l", "c", "max", "min", "last", "price", "kurs", "цена", "高", "低", "first", "trade",
];
/// Sides of a quote, in front of or behind the name of its price, with or without a gap.
const SIDES: [&str; 5] = ["bid", "ask", "mid", "offer", "midpoint"];

/// How many of open, high, low, close a line names: what makes it a header.
pub(super) fn header_score(line: &[u8], fields: &Fields) -> usize {
    let names: Vec<Name> =
        fields.iter().map(|&range| Name::of(vec![text(field(line, range))])).collect();
    let roles = (0..4).filter(|&role| names.iter().any(|name| name.price(role).is_some())).count();
    // A whole line in one cell names them all, but no column.
    let columns = names.iter().filter(|name| (0..4).any(|role| name.price(role).is_some())).count();
    roles.min(columns)
}

/// True for a line of names, one of them that of a time, whatever the other columns hold: the header of another table.
pub(super) fn names_a_table(line: &[u8], fields: &Fields) -> bool {
    let cells: Vec<String> = fields.iter().map(|&range| text(field(line, range))).collect();
    let is_word = |cell: &String| {
        cell.chars().any(char::is_alphabetic) && !cell.starts_with(|c: char| c.is_ascii_digit())
    };
    cells.len() >= FEWEST_NAMES
        && cells.iter().all(is_word)
        && cells.iter().any(|cell| Name::of(vec![cell.clone()]).rank(words::TIME).is_some())
}

/// Cells of a line from which names make it a header.
const FEWEST_NAMES: usize = 3;

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
        for (at, cell) in self.folded.iter().enumerate() {
            // `bidopen`, `OpenBid`, `ask.c`, `mid_h`.
            for side in SIDES {
                let rest = cell.strip_prefix(side).or_else(|| cell.strip_suffix(side));
                if let Some(rest) = rest
                    && let Some(rank) = list.iter().position(|name| *name == rest)
                {
                    let mut whose = self.others(at, list);
                    whose.insert(0, side.to_owned());
                    return Some((rank, whose.join(" ")));
                }
            }
            // `PX_LAST`, `24h Open`, `Closing price`: one word beside others that say nothing.
            if let [word] = words::core(&self.words[at])[..]
                && let Some(rank) = list.iter().position(|name| *name == word)
            {
                return Some((rank + list.len(), self.others(at, list).join(" ")));
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

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The zone that the name tells.
    pub(super) fn zone(&self) -> Option<zones::Named> {
        zones::in_name(&self.shown)
    }

    /// True when one of the words stands in it.
    pub(super) fn has_word(&self, list: &[&str]) -> bool {
        self.words.iter().flatten().any(|word| list.contains(&word.as_str()))
    }

    /// A single letter o, h, l or c beside other words: the price, and whose it is.
    fn letter(&self) -> Option<(usize, String)> {
        let words = self.words.first().filter(|words| words.len() > 1)?;
        let mut letters = words
            .iter()
            .enumerate()
            .filter(|(_, word)| ["o", "h", "l", "c"].contains(&word.as_str()));
        let (at, letter) = letters.next()?;
        let role = ["o", "h", "l", "c"].iter().position(|name| name == letter)?;
        let whose = words::group(words, at);
        (letters.next().is_none() && !whose.is_empty()).then_some((role, whose))
    }

    /// Whether the column is named as something that is no price of the candle.
    fn is_no_price(&self) -> bool {
        self.rank(words::VOLUME).is_some()
            || self.beside(words::VOLUME).is_some()
            || self.rank(words::SYMBOL).is_some()
            || self.rank(words::ZONE).is_some()
            || self.has_word(words::NO_PRICE)
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
    if !sets.iter().any(PriceSet::is_complete) {
        sets.extend(letter_sets(names));
    }
    if !sets.iter().any(PriceSet::is_complete) {
        sets.extend(one_of_all(&sets));
    }
    sets
}

/// Markets whose prices are named by letters: `BTC.o`, `BTC.h`, `BTC.l`, `BTC.c`.
fn letter_sets(names: &[Name]) -> Vec<PriceSet> {
    let mut sets: Vec<PriceSet> = Vec::new();
    for (column, name) in names.iter().enumerate() {
        let Some((role, whose)) = name.letter() else { continue };
        let at = sets.iter().position(|set| set.whose == whose).unwrap_or_else(|| {
            sets.push(PriceSet { whose, candidates: Default::default() });
            sets.len() - 1
        });
        sets[at].candidates[role].push((0, column));
    }
    sets.retain(PriceSet::is_complete);
    sets
}

/// One market whose prices are named unlike: `Closing Price (USD)` beside `24h Open`. Only where each price has one name.
fn one_of_all(sets: &[PriceSet]) -> Option<PriceSet> {
    let mut candidates: [Vec<(usize, usize)>; 4] = Default::default();
    for (role, all) in candidates.iter_mut().enumerate() {
        all.extend(sets.iter().flat_map(|set| set.candidates[role].iter().copied()));
        if all.len() != 1 {
            return None;
        }
    }
    Some(PriceSet { whose: String::new(), candidates })
}

/// Roles from a header, checked against the sample. Where the prices have no names that are known, the values tell them
/// among the columns that are not named as something else.
pub(super) fn from_header(
    names: &[Name],
    sample: &Sample<'_>,
    reading: &Reading,
) -> Result<Found, ImportError> {
    let mut found = Found::default();
    let says = |column: usize| format!("the header says \"{}\"", names[column].shown);
    let (prices, whose) = match reading.prices() {
        Some(prices) => (prices, String::new()),
        None => match named_prices(names, sample, reading, &mut found)? {
            Some((prices, whose)) => {
                for column in prices {
                    found.reasons.insert(column, says(column));
                }
                check_prices(names, sample, prices)?;
                (prices, whose)
            }
            None => (unnamed_prices(names, sample, reading, &mut found)?, String::new()),
        },
    };
    found.roles.prices = prices;
    let taken: Vec<usize> = prices
        .into_iter()
        .chain(
            reading
                .columns
                .iter()
                .filter(|(_, role)| *role == Role::Unused)
                .map(|(c, _)| *c as usize),
        )
        .collect();
    let timing = timing::by_names(names, sample, &taken);
    match (reading.time(), timing) {
        // A chosen date keeps the time of day beside it.
        (Some(chosen), timing) => {
            let same = timing.filter(|timing| timing.columns.all().first() == Some(&chosen));
            found.roles.time = same.map_or(TimeColumns::One(chosen), |timing| timing.columns);
        }
        (None, Some(timing)) => {
            found.roles.time = timing.columns;
            found.roles.is_close_time = timing.is_close;
            found.notes.extend(timing.notes);
        }
        (None, None) => return Err(no_time(names, sample)),
    }
    for column in found.roles.time.all() {
        let reason = names.get(column).map(|name| {
            let known = name.rank(words::TIME).or_else(|| name.rank(words::CLOSE_TIME));
            match known {
                _ if name.is_empty() => "its values are times in order".to_owned(),
                None if !name.has_word(words::TIME_WORDS) && name.rank(words::CLOCK).is_none() => {
                    "its values are times in order".to_owned()
                }
                _ => says(column),
            }
        });
        found.reasons.extend(reason.map(|reason| (column, reason)));
    }
    if found.roles.is_close_time {
        found
            .notes
            .push("the file has only close times: open times are one timeframe earlier".to_owned());
    }
    match named_volume(names, sample, &whose, &mut found, reading)? {
        Volume::None => {}
        Volume::One(column) => found.roles.volume = Some(column),
        Volume::Sum(up, down) => {
            (found.roles.volume, found.roles.volume_part) = (Some(up), Some(down));
        }
    }
    let is_text = |column: &usize| {
        sample.share(*column, |text| is_number(text) || text.trim_ascii().is_empty()) < 0.5
    };
    let time = found.roles.time.all();
    let other = |column: &usize| !prices.contains(column) && !time.contains(column);
    let named = |known| {
        let columns = (0..names.len()).filter(other).filter(is_text);
        let ranked = columns.filter_map(|column| Some((names[column].rank(known)?, column)));
        ranked.min().map(|(_, column)| column)
    };
    found.roles.symbol = named(words::SYMBOL);
    found.roles.venue = named(words::VENUE);
    found.roles.zone = (0..names.len())
        .filter(other)
        .find(|&column| names[column].rank(words::ZONE).is_some() && sample.names_zones(column));
    for column in [found.roles.symbol, found.roles.venue, found.roles.zone].into_iter().flatten() {
        found.reasons.insert(column, says(column));
    }
    Ok(found)
}

/// Four prices by their values, under a header that does not name them.
fn unnamed_prices(
    names: &[Name],
    sample: &Sample<'_>,
    reading: &Reading,
    found: &mut Found,
) -> Result<[usize; 4], ImportError> {
    let times = timing::by_names(names, sample, &[]);
    let newest_first = times.as_ref().is_some_and(|timing| sample.newest_first(timing.columns));
    let times = times.map_or_else(Vec::new, |timing| timing.columns.all());
    let free: Vec<usize> = (0..names.len().min(sample.width()))
        .filter(|column| !times.contains(column) && !names[*column].is_no_price())
        .filter(|&column| !sample.is_time_column(column))
        .collect();
    let sets = price_sets(names);
    let found_prices = price_columns(sample, &free, newest_first);
    // A name that is known has to be right.
    let contradicts = |prices: [usize; 4]| {
        sets.iter().any(|set| {
            set.whose.is_empty()
                && (0..4).any(|role| {
                    let named = &set.candidates[role];
                    !named.is_empty() && !named.iter().any(|(_, column)| *column == prices[role])
                })
        })
    };
    let (prices, reason, note) = match found_prices {
        Ok(all) if !contradicts(all.0) && fit(sample, all.0).0 >= OTHER => all,
        _ => return Err(ask_by_values(names, sample, &sets, reading)),
    };
    let shown: Vec<&str> = prices.iter().map(|&column| names[column].shown.as_str()).collect();
    found.notes.push(format!(
        "the header does not say which columns are open, high, low and close; by their values they are {} ({})",
        one_based(prices),
        clip(shown.join(", ").as_bytes())
    ));
    found.notes.extend(note);
    for column in prices {
        found.reasons.insert(column, reason.clone());
    }
    Ok(prices)
}

fn named_prices(
    names: &[Name],
    sample: &Sample<'_>,
    reading: &Reading,
    found: &mut Found,
) -> Result<Option<([usize; 4], String)>, ImportError> {
    let sets = price_sets(names);
    let complete: Vec<&PriceSet> = sets.iter().filter(|set| set.is_complete()).collect();
    let wanted = reading.symbol.as_deref().map(|symbol| words::split(symbol).join(" "));
    let set = match (complete.iter().find(|set| set.whose.is_empty()), complete.as_slice()) {
        (Some(set), _) | (None, [set]) => *set,
        (None, []) => return Ok(None),
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
                    let are_sides = several.iter().all(|set| SIDES.contains(&set.whose.as_str()));
                    let text = if are_sides {
                        "The file holds the prices of several sides of the market, and one of them is read at a time"
                            .to_owned()
                    } else {
                        format!(
                            "The file holds {} markets side by side, and one of them is read at a time",
                            several.len()
                        )
                    };
                    return Err(ImportError::asks(Question::new("symbol", text, choices)));
                }
            }
        }
    };
    let is_currency = words::CURRENCIES.contains(&set.whose.as_str());
    if !set.whose.is_empty() && !is_currency {
        found.side = Some(set.whose.clone());
    }
    let prices = set.columns(sample);
    if reading.columns.is_empty() {
        check_rivals(names, sample, set, prices)?;
    }
    // With one market in the file every volume is its own.
    let whose = if complete.len() == 1 { String::new() } else { set.whose.clone() };
    Ok(Some((prices, whose)))
}

/// Where the plainest names contradict the values in some rows and other names of the same prices never do, the user is
/// asked: `<OPEN>` may be yesterday's, and `<FIRST>` the open.
fn check_rivals(
    names: &[Name],
    sample: &Sample<'_>,
    set: &PriceSet,
    named: [usize; 4],
) -> Result<(), ImportError> {
    let (share, rows) = fit(sample, named);
    if rows < FEWEST {
        return Ok(());
    }
    // Names of one vocabulary first: "first" with "last", "open" with "close".
    let of = |role: usize| {
        let mut columns: Vec<usize> =
            set.candidates[role].iter().map(|(_, column)| *column).collect();
        let last = |column: usize| names[column].rank(&["first", "last"]).is_none();
        sort_short(&mut columns, |&a, &b| !last(a) && last(b));
        columns
    };
    let mut sound: Vec<[usize; 4]> = Vec::new();
    for open in of(0) {
        for close in of(3) {
            for high in of(1) {
                for low in of(2) {
                    let columns = [open, high, low, close];
                    if fit(sample, columns).0 >= OTHER {
                        sound.push(columns);
                    }
                }
            }
        }
    }
    let shown = |columns: [usize; 4]| columns.map(|column| names[column].shown.as_str()).join(", ");
    // Of several that never contradict, the one in a vocabulary of its own is meant where it is complete.
    let is_average = |columns: [usize; 4]| {
        names[columns[0]].rank(&["first"]).is_some() && names[columns[3]].rank(&["last"]).is_none()
    };
    if sound.is_empty() || (share >= OTHER && !is_average(named)) || sound == [named] {
        return Ok(());
    }
    let text = format!(
        "Some prices have two names: as {} high or low is wrong in {:.1} % of the rows, and {} never contradict them",
        clip(shown(named).as_bytes()),
        (1.0 - share) * 100.0,
        clip(shown(sound[0]).as_bytes()),
    );
    let choices = sound
        .iter()
        .take(4)
        .map(|&columns| price_choice(columns, format!("{}: they never contradict", shown(columns))))
        .collect();
    Err(ImportError::asks(Question::new("columns", text, choices)))
}

/// More or fewer names than columns: somewhere the names stand above other columns than their own.
pub(super) fn ask_shifted(
    names: &[Name],
    sample: &Sample<'_>,
    by_names: Option<Found>,
) -> ImportError {
    let choice = |found: &Found, label: &str| Choice::new(found.answer(sample.width()), label);
    let by_values = from_values(sample, &Reading::default()).ok();
    let same = by_names.as_ref().map(|f| &f.roles) == by_values.as_ref().map(|f| &f.roles);
    let mut choices = Vec::new();
    let by_names = by_names.filter(|found| fit(sample, found.roles.prices).0 >= 0.5);
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
    let better = better.or_else(|| {
        // Names above other columns than their own: the prices stand elsewhere.
        let free: Vec<usize> =
            (0..sample.width()).filter(|&column| !sample.is_time_column(column)).collect();
        let found = price_columns(sample, &free, false).ok()?.0;
        (!are_of_one_size(sample, prices) && fit(sample, found).0 >= OTHER).then_some(found)
    });
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
    // The names alone are refuted, so only the values are offered.
    let choices = vec![price_choice(better, "by the values")];
    Err(ImportError::asks(Question::new("columns", text, choices)))
}

/// Where the names are few or wrong and the values of all columns tell the candle, the user is asked; otherwise the file is
/// refused.
fn ask_by_values(
    names: &[Name],
    sample: &Sample<'_>,
    sets: &[PriceSet],
    reading: &Reading,
) -> ImportError {
    let found = from_values(sample, &Reading::default()).ok();
    let Some(found) = found.filter(|found| fit(sample, found.roles.prices).0 >= OTHER) else {
        return no_price(names, sets, reading.header.is_some());
    };
    let header: Vec<&str> = names.iter().map(|name| name.shown.as_str()).collect();
    let text = format!(
        "The header does not name open, high, low and close, but by their values they could be columns {}; the header has {}",
        one_based(found.roles.prices),
        clip(header.join(", ").as_bytes())
    );
    let choice = Choice::new(found.answer(sample.width()), "by the values");
    ImportError::asks(Question::new("columns", text, vec![choice]))
}

fn no_price(names: &[Name], sets: &[PriceSet], reading_header: bool) -> ImportError {
    let plain = sets.iter().find(|set| set.whose.is_empty());
    let missing: Vec<&str> = (0..4)
        .filter(|&role| plain.is_none_or(|set| set.candidates[role].is_empty()))
        .map(|role| PRICE_WORDS[role].0)
        .collect();
    let header: Vec<&str> = names.iter().map(|name| name.shown.as_str()).collect();
    let header = clip(header.join(", ").as_bytes());
    ImportError::new(
        "This is no candle file",
        format!("no column is called {}; the header has {header}", missing.join(" or ")),
        "A candle needs open, high, low and close: export OHLC data, or say which column is which",
    )
    .typed(if reading_header {
        example_columns(names.len(), plain)
    } else {
        "header=none".to_owned()
    })
}

/// What to type where columns are unknown: those that are known, and the first free ones for the others.
fn example_columns(width: usize, known: Option<&PriceSet>) -> String {
    let named: Vec<Option<usize>> = (0..4)
        .map(|role| known.and_then(|set| set.candidates[role].first().map(|(_, column)| *column)))
        .collect();
    let mut free = (1..width.max(5)).filter(|column| !named.contains(&Some(*column)));
    let pairs: Vec<String> = named
        .iter()
        .zip(PRICE_WORDS)
        .filter_map(|(column, (role, _))| {
            Some(format!("{}:{role}", column.or_else(|| free.next())? + 1))
        })
        .collect();
    format!("columns={}", pairs.join(","))
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
    .typed("columns=1:time")
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
        Ok(found) => gather((0..width).map(|column| (column, found.roles.of(column)))),
        Err(_) => BTreeMap::new(),
    };
    for &(column, role) in &reading.columns {
        roles.retain(|_, r| *r != role || role == Role::Unused);
        // A chosen time replaces every other way to tell the time.
        if matches!(role, Role::Time | Role::CloseTime) {
            let has_date = found
                .as_ref()
                .is_ok_and(|found| found.roles.time.all().first() == Some(&(column as usize)));
            let keeps_clock =
                has_date || reading.columns.iter().any(|(_, role)| *role == Role::Clock);
            roles.retain(|_, r| {
                !matches!(r, Role::Time | Role::CloseTime | Role::Year | Role::Month | Role::Day)
                    && (keeps_clock || *r != Role::Clock)
            });
        }
        // So does a chosen volume with its parts.
        if role == Role::Volume {
            roles.retain(|_, r| *r != Role::VolumePart);
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
    let has_volume_choice = reading.columns.iter().any(|(_, role)| *role == Role::Volume);
    let mut found = found.unwrap_or_default();
    found.reasons.extend(chosen);
    let roles = Roles {
        time,
        prices,
        volume: find(Role::Volume),
        volume_part: find(Role::VolumePart),
        symbol: find(Role::Symbol),
        venue: find(Role::Venue),
        zone: find(Role::Zone),
        is_close_time,
    };
    // What was chosen is not held against anything.
    let quote_volume = found.quote_volume.filter(|_| !has_volume_choice);
    Ok(Found { roles, quote_volume, ..found })
}

//! Which column is what: by its name where there is a header, by its values where there is none, and by both wherever
//! they can check each other.

use super::diagnostics::{Choice, Question, clip};
use super::dialect::{Dialect, Fields, field, is_number, is_time, split};
use super::number::{self, Cell, MarkVote};
use super::reading::{DateOrder, Delimiter, Reading, Role, TimeUnit};
use super::time::{self, TimeStyle};
use super::{ImportError, words};
use std::collections::BTreeMap;

/// Rows of the sample that are looked at.
const LOOKED_AT: usize = 2_000;
/// Share of rows in which the usual order of prices must hold: files with many broken rows are candle files, too.
const USUAL: f64 = 0.8;
/// Share of rows in which another order must hold.
const OTHER: f64 = 0.98;
/// Standard deviations of a sign test from which it counts as proof.
const SURE: f64 = 4.0;
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
    words: Vec<Vec<String>>,
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
    fn rank(&self, list: &[&str]) -> Option<usize> {
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
    fn beside(&self, list: &[&str]) -> Option<Vec<&str>> {
        let words: Vec<&str> = self.words.iter().flatten().map(String::as_str).collect();
        let at = words.iter().position(|word| list.contains(word))?;
        Some(words.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, word)| *word).collect())
    }

    fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

/// Sample rows, split.
pub(super) struct Sample<'a> {
    rows: Vec<(&'a [u8], Fields)>,
    /// How numbers are written.
    pub decimal_comma: bool,
    /// Why.
    pub decimal_reason: String,
    /// Nothing decides between decimal mark and mark of thousands.
    pub decimal_is_open: bool,
    /// How times are written.
    pub style: TimeStyle,
}

impl<'a> Sample<'a> {
    pub(super) fn new(lines: &[(u64, &'a [u8])], dialect: Dialect, reading: &Reading) -> Self {
        let mut rows = Vec::with_capacity(lines.len().min(LOOKED_AT));
        // Lines of another width are damaged, and say nothing about the columns.
        let width = usual_width(lines, dialect);
        let (mut comma, mut dot, mut unclear) = (0, 0, 0);
        for (_, line) in lines.iter().take(LOOKED_AT) {
            let mut fields = Fields::new();
            split(line, dialect, &mut fields);
            if fields.len() != width {
                continue;
            }
            for &range in &fields {
                let text = field(line, range);
                if memchr::memchr2(b',', b'.', text).is_some() && is_number(text) && !is_time(text)
                {
                    match number::mark_vote(text) {
                        MarkVote::DecimalComma => comma += 1,
                        MarkVote::DecimalDot => dot += 1,
                        MarkVote::Unclear => unclear += 1,
                        MarkVote::Silent => {}
                    }
                }
            }
            rows.push((*line, fields));
        }
        let guess =
            if comma + dot == 0 { dialect.delimiter != Delimiter::Comma } else { comma > dot };
        let decimal_reason = match (comma + dot, unclear) {
            (0, 0) => "no number has a mark".to_owned(),
            (0, _) => {
                format!("{unclear} numbers have a comma before three digits, which may be either")
            }
            _ if comma > dot => {
                format!("{comma} numbers can only have a decimal comma, {dot} a dot")
            }
            _ => format!(
                "{dot} numbers have a decimal dot or a comma for thousands, {comma} a decimal comma"
            ),
        };
        let chosen = reading.decimal.map(|mark| mark == super::DecimalMark::Comma);
        let no_mark = comma + dot + unclear == 0;
        Self {
            rows,
            decimal_comma: chosen.unwrap_or(guess && !no_mark),
            decimal_reason,
            decimal_is_open: chosen.is_none() && comma + dot == 0 && unclear > 0,
            style: TimeStyle {
                order: reading.date_order.unwrap_or(DateOrder::MonthFirst),
                unit: reading.time_unit,
            },
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&'a [u8]> {
        let (line, fields) = &self.rows[row];
        fields.get(column).map(|&range| field(line, range))
    }

    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.rows.len()).filter_map(move |row| self.cell(row, column))
    }

    /// Share of the rows whose cell passes.
    pub(super) fn share(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> f64 {
        let passed = self.column(column).filter(|text| test(text)).count();
        passed as f64 / self.rows.len().max(1) as f64
    }

    pub(super) fn number(&self, row: usize, column: usize) -> f64 {
        match self.cell(row, column).map(|text| number::read(text, self.decimal_comma)) {
            Some(Cell::Number(value)) => value,
            _ => f64::NAN,
        }
    }

    fn is_time(&self, text: &[u8]) -> bool {
        match self.style.unit {
            Some(_) => time::read(text, self.style).is_some(),
            None => is_time(text),
        }
    }

    /// A column of times: dates, or Unix times that run in one direction. A traded amount above 10⁸ could be one, too,
    /// but does not run.
    fn is_time_column(&self, column: usize) -> bool {
        if self.share(column, |text| self.is_time(text)) <= 0.9 {
            return false;
        }
        if self.style.unit.is_none() && self.share(column, time::is_epoch) <= 0.9 {
            return true;
        }
        let times: Vec<i64> = self
            .column(column)
            .filter_map(|text| time::read(text, self.style).map(|instant| instant.ms))
            .collect();
        runs(&times)
    }

    /// True when the rows of the sample run newest first.
    fn newest_first(&self, column: usize) -> bool {
        let style = TimeStyle { order: self.date_order(column).0, ..self.style };
        let mut times = self.column(column).filter_map(|text| time::read(text, style));
        matches!((times.next(), times.last()), (Some(first), Some(last)) if last.ms < first.ms)
    }

    pub(super) fn width(&self) -> usize {
        self.rows.iter().map(|(_, fields)| fields.len()).max().unwrap_or(0)
    }

    /// The order of day and month in a time column, and whether the sample proves it.
    pub(super) fn date_order(&self, column: usize) -> (DateOrder, bool) {
        let (mut day_first, mut month_first, mut any) = (false, false, None);
        for text in self.column(column) {
            if let Some((first, second, mark)) = time::leading_numbers(text) {
                day_first |= first > 12;
                month_first |= second > 12;
                any = Some(mark);
            }
        }
        match (any, day_first, month_first) {
            (None, _, _) | (_, false, true) => (DateOrder::MonthFirst, true),
            (_, true, false) => (DateOrder::DayFirst, true),
            (Some(b'.'), _, _) => (DateOrder::DayFirst, false),
            _ => (DateOrder::MonthFirst, false),
        }
    }

    /// The unit of the numbers in a column of time that is no Unix time: spreadsheet days.
    fn is_excel(&self, column: usize) -> bool {
        let days: Vec<f64> = (0..self.rows.len()).map(|row| self.number(row, column)).collect();
        let fits = days.iter().filter(|days| (10_000.0..110_000.0).contains(*days)).count();
        let thousandths: Vec<i64> = days.iter().map(|days| (days * 1e6) as i64).collect();
        fits > 0 && fits * 10 >= days.len() * 9 && runs(&thousandths)
    }
}

/// The number of fields that most lines have.
fn usual_width(lines: &[(u64, &[u8])], dialect: Dialect) -> usize {
    let mut counts = BTreeMap::<usize, usize>::new();
    let mut fields = Fields::new();
    for (_, line) in lines.iter().take(LOOKED_AT) {
        split(line, dialect, &mut fields);
        *counts.entry(fields.len()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(_, count)| count).map_or(0, |(width, _)| width)
}

/// True when values run in one direction; repeated ones say nothing about it.
fn runs(values: &[i64]) -> bool {
    let ups = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let downs = values.windows(2).filter(|pair| pair[1] < pair[0]).count();
    ups + downs == 0 || ups.max(downs) * 10 >= (ups + downs) * 9
}

/// A time of day such as `14:00:00` or `000000`.
fn is_clock(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    if text.contains(&b':') {
        let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
        return digits >= 3 && text.len() <= 15 && !is_time(text);
    }
    let part = |at: usize| (text[at] - b'0') * 10 + text[at + 1] - b'0';
    matches!(text.len(), 4 | 6)
        && text.iter().all(u8::is_ascii_digit)
        && part(0) < 24
        && (2..text.len()).step_by(2).all(|at| part(at) < 60)
}

/// True when the times of a column are dates without a time of day, so that another column may hold it.
fn is_date_only(sample: &Sample<'_>, column: usize) -> bool {
    sample.share(column, |text| text.trim_ascii().len() > 12) < 0.5
        && sample.share(column, time::is_epoch) < 0.5
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
            let mut sorted = candidates.clone();
            sorted.sort_unstable();
            *slot = sorted[0].1;
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

/// Share of the rows with four different-enough prices in which high and low are extremes, and how many such rows there
/// are. Flat rows fit every order and are left out.
fn fit(sample: &Sample<'_>, [open, high, low, close]: [usize; 4]) -> (f64, usize) {
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

fn one_based(columns: [usize; 4]) -> String {
    let [a, b, c, d] = columns.map(|column| column + 1);
    format!("{a}, {b}, {c} and {d}")
}

fn price_choice(prices: [usize; 4], label: impl Into<String>) -> Choice {
    let [o, h, l, c] = prices.map(|column| column + 1);
    Choice::new(format!("{o}:open,{h}:high,{l}:low,{c}:close"), label)
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
    let (prices, whose) = named_prices(names, sample, reading, &mut found)?;
    found.roles.prices = prices;
    for column in prices {
        found.reasons.insert(column, format!("the header says \"{}\"", names[column].shown));
    }
    check_prices(names, sample, prices, reading)?;
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
    let by_values = from_values(sample).ok();
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
    reading: &Reading,
) -> Result<(), ImportError> {
    let (share, rows) = fit(sample, prices);
    if share >= 0.5 || rows < FEWEST || !reading.columns.is_empty() {
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

/// Every order of four columns.
fn permutations(columns: [usize; 4]) -> impl Iterator<Item = [usize; 4]> {
    (0..256).filter_map(move |code: usize| {
        let at = [code / 64, code / 16 % 4, code / 4 % 4, code % 4];
        let all = (0..4).all(|i| at.contains(&i));
        all.then(|| at.map(|i| columns[i]))
    })
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
        && let Ok(found) = from_values(sample)
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
            choice.value.push_str(&format!(",{}:volume", volume + 1));
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

fn no_time(names: &[Name], sample: &Sample<'_>) -> ImportError {
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

fn named_volume(
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

/// Roles from the values alone: the first time, then the numbers after it; the order of open, high, low and close by
/// which of them is never below and never above the others.
pub(super) fn from_values(sample: &Sample<'_>) -> Result<Found, ImportError> {
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
            .skip_while(|&column| sample.is_time_column(column))
            .collect()
    };
    let mut numbers = numeric(clock.unwrap_or(time) + 1..width);
    if numbers.len() < 4 {
        numbers = numeric(0..time);
    }
    let Some(&[a, b, c, d]) = numbers.get(..4) else {
        return Err(ImportError::new(
            "This is no candle file",
            format!(
                "beside the time there are {} columns of numbers, but a candle needs four prices",
                numbers.len()
            ),
            "Export open, high, low and close",
        ));
    };
    let (prices, reason, note) = price_order(sample, [a, b, c, d], sample.newest_first(time))?;
    let volume = numbers.get(4).copied();
    let symbol = (0..a).find(|&column| {
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
            Err(error) if error.question.is_none() => error.clone(),
            _ => ImportError::new(
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
        (None, None) => return Err(need(Role::Time).err().unwrap_or_else(|| no_time(&[], &EMPTY))),
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

/// A sample without rows.
static EMPTY: Sample<'static> = Sample {
    rows: Vec::new(),
    decimal_comma: false,
    decimal_reason: String::new(),
    decimal_is_open: false,
    style: TimeStyle { order: DateOrder::MonthFirst, unit: None },
};

/// The unit of a time column whose numbers need one, with the reason: spreadsheet days, or counts of 100 ns that look like
/// nanoseconds of another time.
pub(super) fn time_unit(
    sample: &Sample<'_>,
    column: usize,
) -> Result<Option<(TimeUnit, String)>, ImportError> {
    if sample.share(column, |text| is_time(text)) <= 0.5 && sample.is_excel(column) {
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

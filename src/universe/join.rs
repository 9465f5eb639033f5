//! Files of one market, put together. METHOD-DATA §1.

use super::name::Named;
use crate::domain::{DAY_MS, Measure, RawRows, RowFlags, Undefined, sort_short};
use crate::quality::Market;
use serde::{Deserialize, Serialize};

/// Share of conflicting times above which files are not of one market.
const MOST_CONFLICTS: f64 = 0.2;
/// Fewest common times that can show it.
const FEWEST_COMMON: usize = 20;
/// Open over the close before, outside of which two files lie on different levels.
const SAME_LEVEL: std::ops::RangeInclusive<f64> = 0.5..=2.0;

/// Longest stretch between two files that nobody asks about: a long weekend. Own choice.
const QUIET_MS: i64 = 4 * DAY_MS;

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// Its name, without folders.
    pub name: String,
    /// What is known of its market.
    pub named: Named,
    /// Names of its columns.
    pub header: Vec<String>,
    /// Its candles.
    pub market: Market,
}

/// What makes a market: symbol, venue and timeframe.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Base and quote, or a ticker; `None` is unknown.
    pub symbol: Option<String>,
    /// Venue; `None` is unknown.
    pub venue: Option<String>,
    /// That of the rows, ms; below two times that of the name.
    pub timeframe_ms: Option<i64>,
}

impl Key {
    /// As documents have it, to be sorted by.
    pub fn in_words(&self) -> (&str, &str, Option<i64>) {
        (
            self.symbol.as_deref().unwrap_or("unknown"),
            self.venue.as_deref().unwrap_or("unknown"),
            self.timeframe_ms,
        )
    }

    /// Of a file by itself.
    pub fn of(file: &File) -> Self {
        let by_name = file.named.timeframe_s.map(|seconds| seconds as i64 * 1_000);
        Self {
            symbol: file.named.symbol.clone(),
            venue: file.named.venue.clone(),
            timeframe_ms: file.market.timeframe_ms.or(by_name).map(of_calendar),
        }
    }

    /// As text, to tell markets apart; `None` where the symbol is not known, so that nothing can be the same market.
    pub fn text(&self) -> Option<String> {
        let symbol = self.symbol.as_deref()?;
        let venue = self.venue.as_deref().unwrap_or("unknown");
        Some(format!("{symbol} {venue} {}", self.timeframe_ms.unwrap_or(0)))
    }
}

/// A file in a join.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Rows as read.
    pub rows: usize,
    /// Different times.
    pub unique_rows: usize,
    /// First and last time, ms; `None` of a file without rows.
    pub times_ms: Option<(i64, i64)>,
    /// Candles of the joined market that are this file's; of equal ones the first file in the joined order has them.
    pub kept_rows: usize,
}

/// Times that stand in several files.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// Such times.
    pub common: usize,
    /// Those at which all five values agree.
    pub identical: usize,
    /// The others.
    pub conflicting: usize,
    /// Conflicting / common.
    pub conflict_share: Measure,
    /// Largest over smallest positive close − 1 at a conflicting time, basis points.
    pub largest_close_bp: Measure,
    /// There are conflicts, and each is at some file's last row: a candle that was not finished.
    pub only_last_rows: bool,
    /// The first conflict.
    pub first: Option<Conflict>,
}

/// A time at which files disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The time, ms.
    pub time_ms: i64,
    /// What each file has there: its name, and open, high, low, close, volume.
    pub rows: Vec<(String, [f64; 5])>,
}

/// A step from one file to another that no market makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelBreak {
    /// Time of the row behind it, ms.
    pub time_ms: i64,
    /// Its open over the close before.
    pub ratio: f64,
}

/// A market with the files that it is made of.
#[derive(Debug)]
pub struct Joined {
    /// What it is.
    pub key: Key,
    /// Names of its files, in the joined order.
    pub files: Vec<String>,
    /// Its candles.
    pub market: Market,
}

/// Several files under one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// What they have in common.
    pub key: Key,
    /// The files in the joined order.
    pub files: Vec<Seen>,
    /// They are one market now; otherwise each stays one of its own.
    pub joined: bool,
    /// Different times of all files.
    pub rows: usize,
    /// Times that stand in several of them.
    pub overlap: Overlap,
    /// Where the level breaks between two files.
    pub level_breaks: Vec<LevelBreak>,
    /// Files whose name tells another timeframe than their rows.
    pub timeframe_name_disagrees: Vec<String>,
}

impl Join {
    /// Files all of whose candles another file has, where they were joined.
    pub fn needless(&self) -> impl Iterator<Item = &Seen> {
        self.files.iter().filter(|file| self.joined && file.rows > 0 && file.kept_rows == 0)
    }

    /// Stretches between files in which none of them has a row: the last row before and the first one behind, ms. Those up to
    /// four days, or ten rows, are left out.
    pub fn gaps(&self) -> Vec<(i64, i64)> {
        let least = QUIET_MS.max(10 * self.key.timeframe_ms.unwrap_or(0));
        let mut spans: Vec<(i64, i64)> =
            self.files.iter().filter_map(|file| file.times_ms).collect();
        sort_short(&mut spans, |a, b| a < b);
        let mut end = i64::MAX;
        let mut gaps = Vec::new();
        for (first, last) in spans {
            if first > end && first - end > least {
                gaps.push((end, first));
            }
            end = if end == i64::MAX { last } else { end.max(last) };
        }
        gaps
    }
}

/// Puts files of one market together. Gives the joins and every market, both in the order in which their first files came.
pub fn join(files: Vec<File>) -> (Vec<Join>, Vec<Joined>) {
    let mut groups: Vec<(Key, Vec<File>)> = Vec::new();
    for file in files {
        let key = Key::of(&file);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(file),
            None => groups.push((key, vec![file])),
        }
    }
    let (mut joins, mut markets) = (Vec::new(), Vec::new());
    for (key, mut group) in groups {
        let alone =
            |file: File| Joined { key: key.clone(), files: vec![file.name], market: file.market };
        if group.len() == 1 {
            markets.extend(group.into_iter().map(alone));
            continue;
        }
        put_in_order(&mut group);
        let (join, joined) = together(&key, &group);
        match joined {
            Some(market) => {
                let files = group.into_iter().map(|file| file.name).collect();
                markets.push(Joined { key, files, market });
            }
            None => markets.extend(group.into_iter().map(alone)),
        }
        joins.push(join);
    }
    (joins, markets)
}

/// By first time, last time and name; the other way round when most files run newest first.
fn put_in_order(group: &mut [File]) {
    sort_short(group, |a, b| {
        let ends = |file: &File| {
            let times = &file.market.candles.time_ms;
            (times.first().copied(), times.last().copied())
        };
        ends(a).cmp(&ends(b)).then_with(|| a.name.cmp(&b.name)).is_lt()
    });
    let newest_first = group.iter().filter(|file| file.market.order.newest_first()).count();
    if 2 * newest_first > group.len() {
        group.reverse();
    }
}

/// Whether names and headers allow that files are one market.
fn may_be_one(key: &Key, group: &[File]) -> bool {
    let is_certain = group.iter().all(|file| file.named.symbol_certain);
    let same_header = group.windows(2).all(|pair| pair[0].header == pair[1].header);
    key.symbol.is_some() && (key.venue.is_some() && is_certain || same_header)
}

fn together(key: &Key, group: &[File]) -> (Join, Option<Market>) {
    let mut raw = RawRows::default();
    for file in group {
        append(&mut raw, &file.market.raw);
    }
    let market = Market::new(raw);
    let (overlap, owners) = overlap(group, &market);
    let is_other = overlap.common >= FEWEST_COMMON
        && overlap.conflicting as f64 > MOST_CONFLICTS * overlap.common as f64;
    let joined = may_be_one(key, group) && !is_other;
    let files = group.iter().enumerate().map(|(at, file)| {
        let times = &file.market.candles.time_ms;
        Seen {
            name: file.name.clone(),
            rows: file.market.raw.len(),
            unique_rows: times.len(),
            times_ms: times.first().copied().zip(times.last().copied()),
            kept_rows: owners.iter().filter(|owner| **owner == at).count(),
        }
    });
    let disagrees = |file: &&File| {
        let by_name = file.named.timeframe_s.map(|seconds| seconds as i64 * 1_000);
        by_name.zip(file.market.timeframe_ms).is_some_and(|(name, rows)| disagree(name, rows))
    };
    let join = Join {
        key: key.clone(),
        files: files.collect(),
        joined,
        rows: market.candles.len(),
        overlap,
        level_breaks: level_breaks(&market, &owners),
        timeframe_name_disagrees: group
            .iter()
            .filter(disagrees)
            .map(|file| file.name.clone())
            .collect(),
    };
    (join, joined.then_some(market))
}

/// One length for all months, all quarters, all years, which have 28 to 31, 89 to 92 and 365 or 366 days.
pub fn of_calendar(timeframe_ms: i64) -> i64 {
    let is = |low: i64, high: i64| (low * DAY_MS..=high * DAY_MS).contains(&timeframe_ms);
    match () {
        () if is(28, 31) => 30 * DAY_MS,
        () if is(89, 92) => 90 * DAY_MS,
        () if is(365, 366) => 365 * DAY_MS,
        () => timeframe_ms,
    }
}

/// Two timeframes that are not the same, ms; of the calendar all months, quarters and years are.
pub fn disagree(a: i64, b: i64) -> bool {
    of_calendar(a) != of_calendar(b)
}

fn append(all: &mut RawRows, more: &RawRows) {
    all.time_ms.extend(&more.time_ms);
    for (column, values) in [
        (&mut all.open, &more.open),
        (&mut all.high, &more.high),
        (&mut all.low, &more.low),
        (&mut all.close, &more.close),
        (&mut all.volume, &more.volume),
    ] {
        column.extend(values);
    }
}

/// True when two rows say the same, a missing value being equal to a missing value.
fn same(a: &[f64; 5], b: &[f64; 5]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
}

/// Times that stand in several files, and whose each candle of the joined market is.
fn overlap(group: &[File], market: &Market) -> (Overlap, Vec<usize>) {
    let mut found = Overlap {
        common: 0,
        identical: 0,
        conflicting: 0,
        conflict_share: Err(Undefined::because("no time stands in two files")),
        largest_close_bp: Err(Undefined::because("no time conflicts")),
        only_last_rows: true,
        first: None,
    };
    let mut largest = 0.0_f64;
    let mut owners = Vec::with_capacity(market.candles.len());
    let mut next = vec![0; group.len()];
    for (row, &time) in market.candles.time_ms.iter().enumerate() {
        let mut here: Vec<(usize, [f64; 5])> = Vec::new();
        for (at, file) in group.iter().enumerate() {
            let candles = &file.market.candles;
            if candles.time_ms.get(next[at]) == Some(&time) {
                here.push((at, candles.values(next[at])));
                next[at] += 1;
            }
        }
        let kept = market.candles.values(row);
        let owner = here.iter().find(|(_, values)| same(values, &kept)).or_else(|| here.first());
        owners.push(owner.map_or(0, |(at, _)| *at));
        if here.len() < 2 {
            continue;
        }
        found.common += 1;
        if here.iter().all(|(_, values)| same(values, &here[0].1)) {
            found.identical += 1;
            continue;
        }
        found.conflicting += 1;
        let closes = here.iter().map(|(_, values)| values[3]).filter(|close| *close > 0.0);
        let (low, high) = closes
            .fold((f64::INFINITY, 0.0_f64), |(low, high), close| (low.min(close), high.max(close)));
        if high > 0.0 {
            largest = largest.max((high / low - 1.0) * 1e4);
            found.largest_close_bp = Ok(largest);
        }
        found.only_last_rows &=
            here.iter().any(|&(at, _)| next[at] == group[at].market.candles.len());
        if found.first.is_none() {
            let rows = here.iter().map(|(at, values)| (group[*at].name.clone(), *values));
            found.first = Some(Conflict { time_ms: time, rows: rows.collect() });
        }
    }
    found.only_last_rows &= found.conflicting > 0;
    if found.common > 0 {
        found.conflict_share = Ok(found.conflicting as f64 / found.common as f64);
    }
    (found, owners)
}

/// Unbroken neighbours from different files that lie on different levels.
fn level_breaks(market: &Market, owners: &[usize]) -> Vec<LevelBreak> {
    let candles = &market.candles;
    let sound: Vec<usize> =
        (0..candles.len()).filter(|&row| !market.flags[row].has(RowFlags::BROKEN)).collect();
    sound
        .windows(2)
        .filter(|pair| owners[pair[0]] != owners[pair[1]])
        .map(|pair| LevelBreak {
            time_ms: candles.time_ms[pair[1]],
            ratio: candles.values(pair[1])[0] / candles.values(pair[0])[3],
        })
        .filter(|found| !SAME_LEVEL.contains(&found.ratio))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::universe::Columns;

    const STEP: i64 = 300_000;

    fn rows(from: i64, closes: &[f64]) -> RawRows {
        let mut raw = RawRows::default();
        for (at, &close) in closes.iter().enumerate() {
            raw.time_ms.push((from + at as i64) * STEP);
            raw.open.push(close);
            raw.high.push(close + 1.0);
            raw.low.push(close - 1.0);
            raw.close.push(close);
            raw.volume.push(10.0 + at as f64);
        }
        raw
    }

    fn file(name: &str, raw: RawRows) -> File {
        File {
            name: name.to_owned(),
            named: Named::of(name, Columns::default()),
            header: vec!["time".to_owned()],
            market: Market::new(raw),
        }
    }

    #[test]
    fn months_are_joined_in_the_order_of_time_whatever_the_order_of_the_files() {
        let closes: Vec<f64> = (0..60).map(|at| 100.0 + f64::from(at % 7)).collect();
        let (early, late) = (rows(0, &closes[..40]), rows(40, &closes[40..]));
        let whole = Market::new(rows(0, &closes));
        for reversed in [false, true] {
            let mut files = vec![
                file("kraken_BTCUSD_5m_1.csv", early.clone()),
                file("kraken_BTCUSD_5m_2.csv", late.clone()),
            ];
            if reversed {
                files.reverse();
            }
            let (joins, markets) = join(files);
            assert!(joins[0].joined && joins[0].overlap.common == 0);
            assert!(joins[0].overlap.conflict_share.is_err());
            let names: Vec<&str> = joins[0].files.iter().map(|file| file.name.as_str()).collect();
            assert_eq!(names, ["kraken_BTCUSD_5m_1.csv", "kraken_BTCUSD_5m_2.csv"]);
            assert_eq!(markets.len(), 1);
            assert_eq!(markets[0].market.candles.time_ms, whole.candles.time_ms);
        }
    }

    #[test]
    fn files_that_contradict_each_other_stay_apart() {
        let closes: Vec<f64> = (0..40).map(|at| 100.0 + f64::from(at % 7)).collect();
        let other: Vec<f64> = closes.iter().map(|close| close * 3.0).collect();
        let (joins, markets) = join(vec![
            file("kraken_BTCUSD_5m_1.csv", rows(0, &closes)),
            file("kraken_BTCUSD_5m_2.csv", rows(10, &other)),
        ]);
        let [join] = joins.as_slice() else { panic!("{joins:?}") };
        assert!(!join.joined && join.overlap.conflicting == 30);
        assert!(join.overlap.largest_close_bp.as_ref().unwrap() > &10_000.0);
        assert_eq!(markets.len(), 2);
    }

    #[test]
    fn unknown_venues_need_equal_headers_and_unknown_symbols_never_join() {
        let closes: Vec<f64> = (0..30).map(|at| 100.0 + f64::from(at % 7)).collect();
        let two = |name: &str, header: &str| {
            let mut second = file(&format!("{name}_2.csv"), rows(30, &closes));
            second.header = vec![header.to_owned()];
            join(vec![file(&format!("{name}_1.csv"), rows(0, &closes)), second]).0[0].joined
        };
        assert!(two("BTCUSD_5m", "time") && !two("BTCUSD_5m", "date"));
        assert!(two("kraken_BTCUSD_5m", "date"));
        assert!(!two("12_34", "time"));
    }

    #[test]
    fn a_level_that_breaks_between_files_is_told() {
        let (low, high) = (vec![100.0; 30], vec![400.0; 30]);
        let (joins, _) = join(vec![
            file("kraken_BTCUSD_5m_1.csv", rows(0, &low)),
            file("kraken_BTCUSD_5m_2.csv", rows(30, &high)),
        ]);
        assert_eq!(joins[0].level_breaks, [LevelBreak { time_ms: 30 * STEP, ratio: 4.0 }]);
    }

    #[test]
    fn months_are_one_timeframe_however_many_days_they_have() {
        let months = |from: u32, count: u32| {
            let mut raw = RawRows::default();
            for month in from..from + count {
                let first = crate::domain::Civil { year: 2021, month, day: 1, ms_of_day: 0 };
                raw.push(first.to_ms().unwrap(), [100.0, 101.0, 99.0, 100.0, 5.0]);
            }
            raw
        };
        let (joins, markets) = join(vec![
            file("binance_BTCUSDT_1M_a.csv", months(1, 2)),
            file("binance_BTCUSDT_1M_b.csv", months(4, 2)),
            file("binance_BTCUSDT_1M_c.csv", months(7, 2)),
        ]);
        assert!(joins[0].joined && markets.len() == 1, "{joins:?}");
        assert!(!disagree(30 * DAY_MS, 31 * DAY_MS) && disagree(30 * DAY_MS, 7 * DAY_MS));
    }
}

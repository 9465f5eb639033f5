//! Which column is what: by its name where there is a header, by its values where there is none.

use super::dialect::{Fields, field, is_number, is_time, split};
use super::number::{self, Cell};
use super::time::{self, DateOrder};
use super::{ImportError, diagnostics};

/// Columns of one candle, by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Roles {
    pub time: usize,
    /// Time of day in a column of its own.
    pub clock: Option<usize>,
    /// Open, high, low, close.
    pub prices: [usize; 4],
    pub volume: Option<usize>,
    /// The only time is that of the close.
    pub is_close_time: bool,
    /// What was found by values and should be shown.
    pub note: Option<String>,
}

const OPEN: &[&str] = &[
    "open",
    "openprice",
    "o",
    "1open",
    "opening",
    "открытие",
    "откр",
    "始値",
    "otwarcie",
    "eröffnung",
    "ouverture",
    "apertura",
    "abertura",
];
const HIGH: &[&str] = &[
    "high",
    "highprice",
    "h",
    "2high",
    "max",
    "максимум",
    "макс",
    "高値",
    "najwyzszy",
    "hoch",
    "haut",
    "plushaut",
    "máximo",
    "maximo",
    "massimo",
];
const LOW: &[&str] = &[
    "low",
    "lowprice",
    "l",
    "3low",
    "min",
    "минимум",
    "мин",
    "安値",
    "najnizszy",
    "tief",
    "bas",
    "plusbas",
    "mínimo",
    "minimo",
];
const CLOSE: &[&str] = &[
    "close",
    "closeprice",
    "c",
    "4close",
    "last",
    "closelast",
    "price",
    "closing",
    "цена",
    "закрытие",
    "закр",
    "終値",
    "zamkniecie",
    "schluss",
    "schlusskurs",
    "clôture",
    "cierre",
    "chiusura",
    "fechamento",
    "último",
    "ultimo",
    "dernier",
];
const VOLUME: &[&str] = &[
    "volume",
    "vol",
    "v",
    "5volume",
    "basevolume",
    "volumefrom",
    "volumebtc",
    "amount",
    "quantity",
    "объём",
    "объем",
    "出来高",
    "wolumen",
    "volumen",
    "tickvolume",
    "tickvol",
    "realvolume",
];
const TIME: &[&str] = &[
    "timestamp",
    "opentime",
    "time",
    "datetime",
    "date",
    "unixtimestamp",
    "unix",
    "unixtime",
    "ts",
    "tsms",
    "mts",
    "timestampms",
    "timestamputc",
    "datetimeutc",
    "dateutc",
    "timeutc",
    "tsiso",
    "gmttime",
    "opentimestamp",
    "localtime",
    "index",
    "дата",
    "日付",
    "data",
    "datum",
    "fecha",
    "zeit",
];
const CLOSE_TIME: &[&str] = &["closetime", "closetimestamp", "endtime"];
const CLOCK: &[&str] = &["time", "timestamp", "hour", "timeofday", "время", "godzina", "uhrzeit"];

/// Lower case, letters and digits only: `<OPEN>`, ` Close/Last` and `"Vol."` become `open`, `closelast`, `vol`.
fn normal(name: &[u8]) -> String {
    String::from_utf8_lossy(name)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Indices of the columns with a name of the list, best name first.
fn named(header: &[String], names: &[&str]) -> Vec<usize> {
    let mut found: Vec<(usize, usize)> = header
        .iter()
        .enumerate()
        .filter_map(|(i, name)| names.iter().position(|n| n == name).map(|rank| (rank, i)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, i)| i).collect()
}

/// How many of open, high, low, close a line names: what makes it a header.
pub(super) fn header_score(line: &[u8], fields: &Fields) -> usize {
    let names: Vec<String> = fields.iter().map(|&range| normal(field(line, range))).collect();
    [OPEN, HIGH, LOW, CLOSE].iter().filter(|list| !named(&names, list).is_empty()).count()
}

/// Sample rows, split.
pub(super) struct Sample<'a> {
    rows: Vec<(&'a [u8], Fields)>,
    decimal_comma: bool,
}

impl<'a> Sample<'a> {
    pub(super) fn new(lines: &[(u64, &'a [u8])], delimiter: u8) -> Self {
        let mut rows = Vec::with_capacity(lines.len());
        let mut votes = 0;
        for (_, line) in lines {
            let mut fields = Fields::new();
            split(line, delimiter, &mut fields);
            for &range in &fields {
                let text = field(line, range);
                if !is_time(text) && is_number(text) {
                    votes += number::decimal_comma_vote(text);
                }
            }
            rows.push((*line, fields));
        }
        Self { rows, decimal_comma: votes > 0 }
    }

    pub(super) const fn decimal_comma(&self) -> bool {
        self.decimal_comma
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&'a [u8]> {
        let (line, fields) = &self.rows[row];
        fields.get(column).map(|&range| field(line, range))
    }

    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.rows.len()).filter_map(move |row| self.cell(row, column))
    }

    /// Share of the rows whose cell passes.
    fn share(&self, column: usize, test: impl Fn(&[u8]) -> bool) -> f64 {
        let passed = self.column(column).filter(|text| test(text)).count();
        passed as f64 / self.rows.len().max(1) as f64
    }

    fn number(&self, row: usize, column: usize) -> f64 {
        match self.cell(row, column).map(|text| number::read(text, self.decimal_comma)) {
            Some(Cell::Number(value)) => value,
            _ => f64::NAN,
        }
    }

    fn width(&self) -> usize {
        self.rows.iter().map(|(_, fields)| fields.len()).max().unwrap_or(0)
    }
}

/// A time of day such as `14:00:00` or `000000`.
fn is_clock(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let colons = text.iter().filter(|&&byte| byte == b':').count();
    (colons >= 1 && digits >= 3 && text.len() <= 15 && !is_time(text))
        || (digits == text.len() && matches!(digits, 4 | 6))
}

/// Roles from a header, checked against the sample.
pub(super) fn from_header(header: &[Vec<u8>], sample: &Sample<'_>) -> Result<Roles, ImportError> {
    let names: Vec<String> = header.iter().map(|name| normal(name)).collect();
    let found = names.join(", ");
    let mut prices = [0; 4];
    for (slot, (role, list)) in
        prices.iter_mut().zip([("open", OPEN), ("high", HIGH), ("low", LOW), ("close", CLOSE)])
    {
        *slot = *named(&names, list).first().ok_or_else(|| {
            ImportError::new(
                "This is no candle file",
                format!(
                    "no column is called {role}; the header has {}",
                    diagnostics::clip(found.as_bytes())
                ),
                "A candle needs open, high, low and close: rename the columns, or export OHLC data",
            )
        })?;
    }
    let volumes = named(&names, VOLUME);
    // CryptoDataDownload names volumes by currency: the first one is the base currency's.
    let volumes = if volumes.is_empty() {
        (0..names.len()).filter(|&i| names[i].starts_with("vol")).collect()
    } else {
        volumes
    };
    let positive =
        |&&column: &&usize| (0..sample.rows.len()).any(|row| sample.number(row, column) > 0.0);
    let volume = volumes.iter().find(positive).or(volumes.first()).copied();

    let mut candidates = named(&names, TIME);
    if names.first().is_some_and(String::is_empty) {
        candidates.push(0);
    }
    let close_times = named(&names, CLOSE_TIME);
    let best = |columns: &[usize]| {
        let mut best: Option<(f64, usize)> = None;
        for &column in columns {
            let share = sample.share(column, is_time);
            if share > best.map_or(0.5, |best| best.0) {
                best = Some((share, column));
            }
        }
        best.map(|best| best.1)
    };
    let (time, is_close_time) = match best(&candidates) {
        Some(time) => (time, false),
        None => match best(&close_times) {
            Some(time) => (time, true),
            None => match (0..names.len()).find(|&i| sample.share(i, is_time) > 0.9) {
                Some(time) => (time, false),
                None => return Err(no_time(&found)),
            },
        },
    };
    let clock = named(&names, CLOCK)
        .into_iter()
        .find(|&column| column != time && sample.share(column, is_clock) > 0.9)
        .filter(|_| sample.share(time, |text| text.trim_ascii().len() > 12) < 0.5);
    let note = is_close_time
        .then(|| "the file has only close times: open times are one timeframe earlier".to_owned());
    Ok(Roles { time, clock, prices, volume, is_close_time, note })
}

fn no_time(header: &str) -> ImportError {
    ImportError::new(
        "No time was found",
        format!("no column of {} holds dates or Unix times", diagnostics::clip(header.as_bytes())),
        "Add a column with the open time of each candle, for example Unix milliseconds or 2025-01-31 23:55",
    )
}

/// Roles from the values alone: the first time, then the numbers after it; the order of open, high, low and close by
/// which of them is never below and never above the others.
pub(super) fn from_values(sample: &Sample<'_>) -> Result<Roles, ImportError> {
    let width = sample.width();
    let time = (0..width)
        .find(|&column| sample.share(column, is_time) > 0.9)
        .ok_or_else(|| no_time("the file"))?;
    let clock = (time + 1 < width && sample.share(time + 1, |text| text.contains(&b':')) > 0.9)
        .then_some(time + 1);
    let after = clock.unwrap_or(time) + 1;
    let numeric: Vec<usize> = (after..width)
        .filter(|&column| sample.share(column, |text| is_number(text) || text.is_empty()) > 0.5)
        .collect();
    let Some(&[a, b, c, d]) = numeric.get(..4) else {
        return Err(ImportError::new(
            "This is no candle file",
            format!(
                "after the time there are {} columns of numbers, but a candle needs four prices",
                numeric.len()
            ),
            "Export open, high, low and close",
        ));
    };
    let columns = [a, b, c, d];
    let (prices, note) = price_order(sample, columns);
    Ok(Roles { time, clock, prices, volume: numeric.get(4).copied(), is_close_time: false, note })
}

/// Open, high, low, close among four columns without names.
fn price_order(sample: &Sample<'_>, columns: [usize; 4]) -> ([usize; 4], Option<String>) {
    let rows: Vec<[f64; 4]> = (0..sample.rows.len())
        .map(|row| columns.map(|column| sample.number(row, column)))
        .filter(|values| values.iter().all(|value| value.is_finite()))
        .collect();
    let holds = |high: usize, low: usize| {
        let good = rows
            .iter()
            .filter(|values| values.iter().all(|v| *v <= values[high] && *v >= values[low]))
            .count();
        good as f64 >= 0.98 * rows.len() as f64
    };
    if rows.is_empty() || holds(1, 2) {
        return (columns, None);
    }
    for high in 0..4 {
        for low in (0..4).filter(|&low| low != high) {
            if !holds(high, low) {
                continue;
            }
            let rest: Vec<usize> = (0..4).filter(|&i| i != high && i != low).collect();
            let jump = |open: usize, close: usize| {
                let up: f64 =
                    rows.windows(2).map(|pair| (pair[1][open] - pair[0][close]).abs()).sum();
                let down: f64 =
                    rows.windows(2).map(|pair| (pair[0][open] - pair[1][close]).abs()).sum();
                up.min(down)
            };
            let (open, close) = if jump(rest[0], rest[1]) <= jump(rest[1], rest[0]) {
                (rest[0], rest[1])
            } else {
                (rest[1], rest[0])
            };
            let prices = [open, high, low, close].map(|i| columns[i]);
            let note = format!(
                "there is no header; by their values open, high, low and close are columns {}, {}, {} and {}",
                prices[0] + 1,
                prices[1] + 1,
                prices[2] + 1,
                prices[3] + 1
            );
            return (prices, Some(note));
        }
    }
    (
        columns,
        Some("there is no header; the columns were taken as open, high, low, close".to_owned()),
    )
}

/// The order of day and month in the time column: by evidence, or month first with a note.
pub(super) fn date_order(sample: &Sample<'_>, column: usize) -> (DateOrder, Option<String>) {
    let (mut day_first, mut month_first, mut separator) = (false, false, None);
    for text in sample.column(column) {
        if let Some((first, second, mark)) = time::leading_numbers(text) {
            day_first |= first > 12;
            month_first |= second > 12;
            separator = Some(mark);
        }
    }
    match (separator, day_first, month_first) {
        (None, _, _) | (_, false, true) => (DateOrder::MonthFirst, None),
        (_, true, _) | (Some(b'.'), false, false) => (DateOrder::DayFirst, None),
        (_, false, false) => {
            let reversals = |order| {
                let times: Vec<i64> = sample
                    .column(column)
                    .filter_map(|text| time::read(text, order).map(|instant| instant.ms))
                    .collect();
                let ups = times.windows(2).filter(|pair| pair[1] > pair[0]).count();
                let downs = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
                (ups.min(downs), times.last().zip(times.first()).map(|(a, b)| (a - b).abs()))
            };
            let (month, day) = (reversals(DateOrder::MonthFirst), reversals(DateOrder::DayFirst));
            let (order, words) = if day < month {
                (DateOrder::DayFirst, "day first")
            } else {
                (DateOrder::MonthFirst, "month first")
            };
            let note = format!(
                "no date in the first rows has a number above 12 in front, so day and month could be swapped; taken as {words}"
            );
            (order, Some(note))
        }
    }
}

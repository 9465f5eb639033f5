//! Which column is what: by its name where there is a header, by its values where there is none.

use super::dialect::{Fields, field, is_number, is_time, split};
use super::number::{self, Cell, MarkVote};
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
    /// What was assumed and should be shown.
    pub notes: Vec<String>,
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
    "opendatetime",
    "opendate",
    "timeopen",
    "klineopentime",
    "timeperiodstart",
    "starttime",
    "startdate",
    "start",
    "localtime",
    "index",
    "дата",
    "日付",
    "data",
    "datum",
    "fecha",
    "zeit",
];
const CLOSE_TIME: &[&str] = &[
    "closetime",
    "closetimestamp",
    "closedatetime",
    "closedate",
    "timeclose",
    "klineclosetime",
    "timeperiodend",
    "endtime",
    "enddate",
    "end",
];
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
    /// What was assumed about the decimal mark.
    pub mark_note: Option<String>,
}

impl<'a> Sample<'a> {
    pub(super) fn new(lines: &[(u64, &'a [u8])], delimiter: u8) -> Self {
        let mut rows = Vec::with_capacity(lines.len());
        let (mut comma, mut dot, mut unclear) = (0, 0, 0);
        for (_, line) in lines {
            let mut fields = Fields::new();
            split(line, delimiter, &mut fields);
            for &range in &fields {
                let text = field(line, range);
                if !is_time(text) && is_number(text) {
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
        // Only "86,040" and its like: between other delimiters a lone comma is a decimal mark.
        let open_question = comma == 0 && dot == 0 && unclear > 0;
        let decimal_comma = if open_question { delimiter != b',' } else { comma > dot };
        let mark_note = open_question.then(|| {
            let words = if decimal_comma { "a decimal mark" } else { "a mark of thousands" };
            format!("every comma in a number stands before three digits; it was taken as {words}")
        });
        Self { rows, decimal_comma, mark_note }
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

    /// A column of times: dates, or Unix times that run in one direction. A traded amount above 10⁸ could be one, too,
    /// but does not run.
    fn is_time_column(&self, column: usize) -> bool {
        if self.share(column, is_time) <= 0.9 {
            return false;
        }
        if self.share(column, time::is_epoch) <= 0.9 {
            return true;
        }
        let times: Vec<i64> = self
            .column(column)
            .filter_map(|text| time::read(text, DateOrder::MonthFirst).map(|instant| instant.ms))
            .collect();
        let ups = times.windows(2).filter(|pair| pair[1] > pair[0]).count();
        let downs = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        // Repeated times say nothing about the direction.
        ups + downs == 0 || ups.max(downs) * 10 >= (ups + downs) * 9
    }

    /// True when the rows of the sample run newest first, by the times of a column.
    fn newest_first(&self, column: usize) -> bool {
        let (order, _) = date_order(self, column);
        let mut times = self.column(column).filter_map(|text| time::read(text, order));
        matches!((times.next(), times.last()), (Some(first), Some(last)) if last.ms < first.ms)
    }

    fn width(&self) -> usize {
        self.rows.iter().map(|(_, fields)| fields.len()).max().unwrap_or(0)
    }
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
        let is_volume = |name: &String| name.starts_with("volume") && !name.ends_with("ma");
        (0..names.len()).filter(|&i| is_volume(&names[i])).collect()
    } else {
        volumes
    };
    // MetaTrader has tick volume beside real volume, which is mostly 0: the fuller column.
    let positive = |column: usize| {
        (0..sample.rows.len()).filter(|&row| sample.number(row, column) > 0.0).count()
    };
    let volume = volumes.iter().copied().rev().max_by_key(|&column| positive(column));
    let volume_note = volume.filter(|_| volumes.len() > 1).map(|column| {
        format!("{} columns could be the volume; {} was taken", volumes.len(), names[column])
    });

    let mut candidates = named(&names, TIME);
    if names.first().is_some_and(String::is_empty) {
        candidates.push(0);
    }
    let close_times = named(&names, CLOSE_TIME);
    // Of several times the one that reads most often; a Unix time before a text, since it has no zone to guess.
    let best = |columns: &[usize]| {
        let mut best: Option<((f64, bool), usize)> = None;
        for &column in columns {
            let rank = (sample.share(column, is_time), sample.share(column, time::is_epoch) > 0.9);
            if rank > best.map_or((0.5, true), |best| best.0) {
                best = Some((rank, column));
            }
        }
        best.map(|best| best.1)
    };
    let (time, is_close_time) = match best(&candidates) {
        Some(time) => (time, false),
        None => match best(&close_times) {
            Some(time) => (time, true),
            None => match (0..names.len()).find(|&i| sample.is_time_column(i)) {
                Some(time) if !prices.contains(&time) && Some(time) != volume => (time, false),
                _ => return Err(no_time(&found)),
            },
        },
    };
    let clock = named(&names, CLOCK)
        .into_iter()
        .find(|&column| column != time && sample.share(column, is_clock) > 0.9)
        .filter(|_| is_date_only(sample, time));
    let notes = is_close_time
        .then(|| "the file has only close times: open times are one timeframe earlier".to_owned())
        .into_iter()
        .chain(volume_note)
        .collect();
    Ok(Roles { time, clock, prices, volume, is_close_time, notes })
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
    // Shuffled rows run in no direction: then the first column that reads as times.
    let time = (0..width)
        .find(|&column| sample.is_time_column(column))
        .or_else(|| (0..width).find(|&column| sample.share(column, is_time) > 0.9))
        .ok_or_else(|| no_time("the file"))?;
    let has_clock =
        is_date_only(sample, time) && time + 1 < width && sample.share(time + 1, is_clock) > 0.9;
    let clock = has_clock.then_some(time + 1);
    let after = clock.unwrap_or(time) + 1;
    let numeric: Vec<usize> = (after..width)
        .filter(|&column| sample.share(column, |text| is_number(text) || text.is_empty()) > 0.5)
        .skip_while(|&column| sample.is_time_column(column))
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
    let (prices, note) =
        price_order(sample, columns, sample.newest_first(time)).ok_or_else(|| {
            ImportError::new(
                "This is no candle file",
                format!(
                    "no order of columns {}, {}, {} and {} makes open, high, low and close",
                    a + 1,
                    b + 1,
                    c + 1,
                    d + 1
                ),
                "Export open, high, low and close, best with a header that names them",
            )
        })?;
    Ok(Roles {
        time,
        clock,
        prices,
        volume: numeric.get(4).copied(),
        is_close_time: false,
        notes: note.into_iter().collect(),
    })
}

/// Open, high, low, close among four columns without names, with a note where the order is not the usual one; `None`
/// when they are no prices of candles.
fn price_order(
    sample: &Sample<'_>,
    columns: [usize; 4],
    newest_first: bool,
) -> Option<([usize; 4], Option<String>)> {
    /// Share of rows in which the usual order must hold: files with many broken rows are candle files, too.
    const USUAL: f64 = 0.8;
    /// Share of rows in which another order must hold.
    const OTHER: f64 = 0.98;
    let rows: Vec<[f64; 4]> = (0..sample.rows.len())
        .map(|row| columns.map(|column| sample.number(row, column)))
        .filter(|values| values.iter().all(|value| value.is_finite()))
        .collect();
    let share = |high: usize, low: usize| {
        let good = rows
            .iter()
            .filter(|values| values.iter().all(|v| *v <= values[high] && *v >= values[low]))
            .count();
        good as f64 / rows.len().max(1) as f64
    };
    // How far the open lies from the close before it, over the sample.
    let jump = |open: usize, close: usize| -> f64 {
        rows.windows(2)
            .map(|pair| if newest_first { (pair[1], pair[0]) } else { (pair[0], pair[1]) })
            .map(|(before, after)| (after[open] - before[close]).abs())
            .sum()
    };
    let (high, low) = if rows.is_empty() || share(1, 2) >= USUAL {
        (1, 2)
    } else {
        (0..4)
            .flat_map(|high| (0..4).map(move |low| (high, low)))
            .find(|&(high, low)| high != low && share(high, low) >= OTHER)?
    };
    let rest: Vec<usize> = (0..4).filter(|&i| i != high && i != low).collect();
    // The left one is the open, unless the other way round joins the candles clearly better.
    let (open, close) = if jump(rest[1], rest[0]) < 0.5 * jump(rest[0], rest[1]) {
        (rest[1], rest[0])
    } else {
        (rest[0], rest[1])
    };
    let prices = [open, high, low, close].map(|i| columns[i]);
    let note = (prices != columns).then(|| {
        format!(
            "by their values open, high, low and close are columns {}, {}, {} and {}",
            prices[0] + 1,
            prices[1] + 1,
            prices[2] + 1,
            prices[3] + 1
        )
    });
    Some((prices, note))
}

/// The order of day and month in the time column, and whether the sample proves it.
pub(super) fn date_order(sample: &Sample<'_>, column: usize) -> (DateOrder, bool) {
    let (mut day_first, mut month_first, mut separator) = (false, false, None);
    for text in sample.column(column) {
        if let Some((first, second, mark)) = time::leading_numbers(text) {
            day_first |= first > 12;
            month_first |= second > 12;
            separator = Some(mark);
        }
    }
    match (separator, day_first, month_first) {
        (None, _, _) | (_, false, true) => (DateOrder::MonthFirst, true),
        (_, true, false) => (DateOrder::DayFirst, true),
        (Some(b'.'), _, _) => (DateOrder::DayFirst, false),
        _ => (DateOrder::MonthFirst, false),
    }
}

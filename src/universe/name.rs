//! What a file says of its market by its name, its folders and its columns. METHOD-DATA §1; word lists and small print in
//! `tests/golden/cases-data/README.md`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Venues with their other spellings; the first of a line is the venue's name.
const VENUES: &[&[&str]] = &[
    &["binance"],
    &["binanceus"],
    &["binancefut", "binanceusdm", "binancefutures"],
    &["coinbase", "coinbasepro", "gdax"],
    &["kraken"],
    &["bitstamp"],
    &["bitfinex"],
    &["gemini"],
    &["bybit"],
    &["okx", "okex"],
    &["kucoin"],
    &["huobi", "htx"],
    &["gateio"],
    &["bitget"],
    &["mexc"],
    &["poloniex"],
    &["bittrex"],
    &["deribit"],
    &["bitmex"],
    &["upbit"],
    &["bithumb"],
    &["hyperliquid"],
    &["ftx"],
    &["oanda"],
    &["fxcm"],
    &["dukascopy"],
    &["histdata"],
    &["gaitame"],
    &["yahoo", "yahoofinance", "yfinance"],
    &["stooq"],
    &["investing"],
    &["googlefinance"],
    &["alphavantage"],
    &["quandl"],
    &["nasdaq"],
    &["nyse"],
    &["cme", "xcme"],
    &["nse"],
    &["moex"],
];

/// Quotes that are dollars: what one of them buys is one market at several venues.
const DOLLARS: [&str; 7] = ["BUSD", "DAI", "FDUSD", "TUSD", "USD", "USDC", "USDT"];

/// Quotes, the longest first.
const QUOTES: &[&str] = &[
    "FDUSD", "BUSD", "TUSD", "USDC", "USDT", "AUD", "BNB", "BRL", "BTC", "CAD", "CHF", "CNH",
    "DAI", "ETH", "EUR", "GBP", "HKD", "INR", "JPY", "KRW", "MXN", "NOK", "NZD", "PLN", "RUB",
    "SEK", "SGD", "TRY", "USD", "XBT", "ZAR",
];

/// Coins behind which BUSD and TUSD are quotes: BTCBUSD, but BNB/USD.
const MAJORS: &[&str] = &[
    "ADA", "ATOM", "AVAX", "BCH", "BNB", "BTC", "DOGE", "DOT", "ETC", "ETH", "FIL", "LINK", "LTC",
    "MATIC", "NEAR", "PEPE", "SHIB", "SOL", "TRX", "UNI", "XBT", "XLM", "XRP",
];

/// Words of file names that name no market.
const NOISE: &[&str] = &[
    "adj",
    "adjusted",
    "all",
    "ascii",
    "ask",
    "bar",
    "bardata",
    "bars",
    "bid",
    "candle",
    "candles",
    "ccxt",
    "cdd",
    "com",
    "crypto",
    "csv",
    "currency",
    "dat",
    "data",
    "export",
    "features",
    "forex",
    "freqtrade",
    "full",
    "futures",
    "fx",
    "historical",
    "historicaldata",
    "historicalquotes",
    "history",
    "kline",
    "klines",
    "last",
    "lean",
    "merged",
    "mid",
    "min",
    "mt4",
    "mt5",
    "new",
    "novol",
    "ohlc",
    "ohlcv",
    "old",
    "output",
    "perp",
    "price",
    "prices",
    "quote",
    "quotes",
    "sample",
    "spot",
    "spread",
    "stock",
    "stocks",
    "test",
    "trade",
    "trades",
    "tradingview",
    "txt",
    "utc",
    "vision",
    "wiki",
];

/// Timeframes that are written as a bare number of minutes.
const MINUTES: &[u64] = &[1, 3, 5, 15, 30, 60, 120, 240, 360, 720, 1_440, 10_080, 43_200];

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;
/// A month is told by its name only; as a length it is 30 days.
const MONTH_S: u64 = 30 * DAY_S;

/// Numbers from here on are years, not counts of a unit.
const YEARS: u64 = 1_900;

/// Units behind a number.
const UNITS: &[(&[&str], u64)] = &[
    (&["s", "sec"], 1),
    (&["m", "min", "mins", "minute", "minutes"], MINUTE_S),
    (&["h", "hr", "hrs", "hour", "hours"], HOUR_S),
    (&["d", "day", "days"], DAY_S),
    (&["w", "wk", "week"], 7 * DAY_S),
    (&["mo", "mn", "month"], MONTH_S),
];

/// What ends the name of a file without saying anything.
const EXTENSIONS: &[&str] = &["csv", "tsv", "txt", "gz", "zip", "dat", "prn"];

/// Who said it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Says {
    /// The user.
    User,
    /// A column, or the header.
    Column,
    /// The name of the file.
    Name,
    /// A folder.
    Folder,
    /// It is what venues were merged into.
    Merging,
    /// Nobody.
    #[default]
    Nobody,
}

impl Says {
    /// As documents have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Column => "column",
            Self::Name => "name",
            Self::Folder => "folder",
            Self::Merging => "merging",
            Self::Nobody => "none",
        }
    }

    /// Who that is, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "as you say",
            Self::Column => "by a column",
            Self::Name => "by the file name",
            Self::Folder => "by the folder",
            Self::Merging => "made of several",
            Self::Nobody => "not told",
        }
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of the market of a file, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Base and quote, or a ticker, in upper case.
    pub symbol: Option<String>,
    /// False for a word that is the only one left in a name.
    pub symbol_certain: bool,
    /// Who told the symbol.
    pub symbol_from: Says,
    /// Venue, in lower case.
    pub venue: Option<String>,
    /// Who told the venue.
    pub venue_from: Says,
    /// Timeframe by the name, seconds. The rows have the last word.
    pub timeframe_s: Option<u64>,
    /// Who told the timeframe.
    pub timeframe_from: Says,
}

/// What the header and the columns of a file tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns<'a> {
    /// The one text of a column of symbols, or the one prefix of the prices.
    pub symbol: Option<&'a str>,
    /// The one text of a column of venues.
    pub venue: Option<&'a str>,
    /// Names of the columns: `Volume BTC` beside `Volume USDT` is a pair.
    pub header: &'a [&'a str],
}

impl Named {
    /// Takes the user's word over all others; an empty text is none.
    pub fn told(&mut self, symbol: Option<&str>, venue: Option<&str>) {
        let word = |text: Option<&str>| {
            text.map(|text| plain(text.trim()).to_owned()).filter(|text| !text.is_empty())
        };
        if let Some(symbol) = word(symbol) {
            self.symbol = Some(symbol.to_ascii_uppercase());
            (self.symbol_certain, self.symbol_from) = (true, Says::User);
        }
        if let Some(venue) = word(venue) {
            (self.venue, self.venue_from) = (Some(venue.to_ascii_lowercase()), Says::User);
        }
    }

    /// Why two files are not of one market, where both are sure of their symbols. What different dollars buy is one market.
    pub fn differs(&self, other: &Self) -> Option<String> {
        let sure = |named: &Self| named.symbol.clone().filter(|_| named.symbol_certain);
        let (own, other) = sure(self).zip(sure(other))?;
        // What is bought, where dollars pay for it; the symbol itself otherwise.
        let bought = |symbol: &str| {
            let of_dollars = QUOTES.iter().filter(|quote| DOLLARS.contains(quote));
            let base = of_dollars
                .filter_map(|quote| symbol.strip_suffix(quote))
                .find(|base| is_base(base));
            base.map_or_else(|| symbol.to_owned(), |base| format!("{base} in dollars"))
        };
        (bought(&own) != bought(&other))
            .then(|| format!("the one is of {own}, the other of {other}"))
    }

    /// The same market, merged of several venues.
    #[must_use]
    pub fn merged(self) -> Self {
        Self { venue: Some("merged".to_owned()), venue_from: Says::Merging, ..self }
    }

    /// What a path and columns tell; the first that answers has it: columns, file name, folders from the nearest one on.
    /// A pair in a folder comes before a lone word in the name.
    pub fn of(path: &str, columns: Columns<'_>) -> Self {
        let mut found = Self::default();
        let cell = columns.symbol.map(|text| (text, Parts::of(text)));
        let of_column = cell
            .as_ref()
            .and_then(|(text, parts)| symbol_of(text, parts))
            .or_else(|| pair_of_volumes(columns.header));
        if let Some(symbol) = of_column {
            (found.symbol, found.symbol_certain, found.symbol_from) =
                (Some(symbol), true, Says::Column);
        }
        let of_cell = cell.and_then(|(_, parts)| parts.venue);
        // A column of venues names one in our own writing, or another one by its text.
        let of_column = columns.venue.map(str::trim).filter(|text| !text.is_empty());
        let of_column = of_column.map(|text| {
            Parts::of(text).venue.map_or_else(|| text.to_ascii_lowercase(), str::to_owned)
        });
        if let Some(venue) = of_column.or_else(|| of_cell.map(str::to_owned)) {
            (found.venue, found.venue_from) = (Some(venue), Says::Column);
        }
        let mut places = path.rsplit(['/', '\\']);
        let name = Parts::of(stem(places.next().unwrap_or_default()));
        found.take(&name, Says::Name);
        for folder in places.map(Parts::of) {
            found.take(&folder, Says::Folder);
        }
        if let (None, Some(lone)) = (&found.symbol, name.lone) {
            (found.symbol, found.symbol_from) = (Some(lone), Says::Name);
        }
        found
    }

    fn take(&mut self, parts: &Parts, from: Says) {
        if let (None, Some(pair)) = (&self.symbol, &parts.pair) {
            (self.symbol, self.symbol_certain, self.symbol_from) = (Some(pair.clone()), true, from);
        }
        if let (None, Some(venue)) = (&self.venue, parts.venue) {
            (self.venue, self.venue_from) = (Some(venue.to_owned()), from);
        }
        if let (None, Some(timeframe)) = (self.timeframe_s, parts.timeframe_s) {
            (self.timeframe_s, self.timeframe_from) = (Some(timeframe), from);
        }
    }
}

/// A file name without its extensions.
fn stem(name: &str) -> &str {
    let mut stem = name;
    while let Some((before, after)) = stem.rsplit_once('.') {
        let is_extension = EXTENSIONS.iter().any(|known| after.eq_ignore_ascii_case(known));
        if before.is_empty() || !is_extension {
            break;
        }
        stem = before;
    }
    stem
}

/// The symbol that a cell says: a pair in our own writing, or its text, as in `AAPL.US`. A venue is no symbol.
fn symbol_of(cell: &str, parts: &Parts) -> Option<String> {
    let text = || {
        let text = cell.trim().to_ascii_uppercase();
        (parts.venue.is_none() && !text.is_empty()).then(|| plain(&text).to_owned())
    };
    parts.pair.clone().or_else(text)
}

/// `Volume BTC` and `Volume USDT`.
fn pair_of_volumes(header: &[&str]) -> Option<String> {
    let mut coins = header.iter().filter_map(|name| {
        let (word, coin) = name.trim().split_once([' ', '_'])?;
        word.eq_ignore_ascii_case("volume").then(|| coin.trim().to_ascii_uppercase())
    });
    let (base, quote) = (coins.next()?, coins.next()?);
    let is_pair = coins.next().is_none() && is_base(&base) && QUOTES.contains(&quote.as_str());
    is_pair.then(|| format!("{}{}", plain(&base), plain(&quote)))
}

/// XBT is BTC.
fn plain(coin: &str) -> &str {
    if coin == "XBT" { "BTC" } else { coin }
}

fn is_base(text: &str) -> bool {
    (2..=10).contains(&text.len())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !NOISE.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The name of a venue.
fn venue_of(text: &str) -> Option<&'static str> {
    let is = |known: &&str| text.eq_ignore_ascii_case(known);
    VENUES.iter().find(|names| names.iter().any(is)).map(|names| names[0])
}

/// A piece of a name.
#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    text: &'a str,
    /// What stands between it and the next one.
    gap: &'a str,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let run = |from: usize, is: fn(&u8) -> bool| {
            from + bytes[from..].iter().take_while(|b| is(b)).count()
        };
        let end = run(at, u8::is_ascii_alphanumeric);
        let next = run(end, |byte| !byte.is_ascii_alphanumeric());
        found.push(Token { text: &text[at..end], gap: &text[end..next] });
        at = next;
    }
    // Behind the last one nothing follows.
    if let Some(last) = found.last_mut() {
        last.gap = "";
    }
    found
}

/// What one name, or one folder, tells.
#[derive(Debug, Default)]
struct Parts {
    pair: Option<String>,
    venue: Option<&'static str>,
    timeframe_s: Option<u64>,
    /// The one word that is left where there is no pair.
    lone: Option<String>,
}

/// Whether a token is a pair, or a venue with a quote behind it.
enum Glued {
    Pair(String, Option<u64>),
    Venue(&'static str),
}

impl Parts {
    fn of(text: &str) -> Self {
        let mut parts = Self::default();
        let mut left = tokens(text);
        let mut at = 0;
        while at < left.len() {
            let both = left.get(at + 1).map(|next| format!("{}{}", left[at].text, next.text));
            let (venue, wide) = match (both.as_deref().and_then(venue_of), venue_of(left[at].text))
            {
                (Some(venue), _) => (venue, 2),
                (None, Some(venue)) => (venue, 1),
                (None, None) => {
                    at += 1;
                    continue;
                }
            };
            parts.venue = parts.venue.or(Some(venue));
            // What stood before the venue is no neighbour of what stands behind it.
            if at > 0 {
                left[at - 1].gap = "";
            }
            left.drain(at..at + wide);
        }
        let pair = parts.take_pair(&mut left);
        parts.take_timeframe(text, &mut left, pair);
        if parts.pair.is_none() {
            let is_word = |token: &&Token<'_>| {
                token.text.bytes().any(|byte| byte.is_ascii_alphabetic())
                    && !NOISE.iter().any(|word| token.text.eq_ignore_ascii_case(word))
                    && timeframe_of(token.text).is_none()
            };
            let words: Vec<&Token<'_>> = left.iter().filter(is_word).collect();
            if let [lone] = words.as_slice()
                && lone.text.len() <= 6
            {
                parts.lone = Some(plain(&lone.text.to_ascii_uppercase()).to_owned());
            }
        }
        parts
    }

    /// Finds the pair, takes it out, and says where it stood.
    fn take_pair(&mut self, left: &mut Vec<Token<'_>>) -> Option<usize> {
        let mut at = 0;
        while at < left.len() {
            match glued(left[at].text) {
                Some(Glued::Venue(venue)) => {
                    self.venue = self.venue.or(Some(venue));
                    if at > 0 {
                        left[at - 1].gap = "";
                    }
                    left.remove(at);
                }
                Some(Glued::Pair(pair, timeframe)) => {
                    (self.pair, self.timeframe_s) = (Some(pair), timeframe);
                    left.remove(at);
                    return Some(at);
                }
                None => at += 1,
            }
        }
        for at in 0..left.len().saturating_sub(1) {
            let (base, quote) =
                (left[at].text.to_ascii_uppercase(), left[at + 1].text.to_ascii_uppercase());
            let joined = matches!(left[at].gap, "-" | "_" | "/" | " ");
            if joined
                && is_base(&base)
                && QUOTES.contains(&quote.as_str())
                && timeframe_of(left[at].text).is_none()
            {
                self.pair = Some(format!("{}{}", plain(&base), plain(&quote)));
                left.drain(at..at + 2);
                return Some(at);
            }
        }
        None
    }

    /// Finds the timeframe and takes it out. A number of minutes may stand right behind the pair.
    fn take_timeframe(&mut self, text: &str, left: &mut Vec<Token<'_>>, pair: Option<usize>) {
        if self.timeframe_s.is_some() {
            return;
        }
        if let Some(at) = left.iter().position(|token| timeframe_of(token.text).is_some()) {
            self.timeframe_s = timeframe_of(left[at].text);
            left.remove(at);
            return;
        }
        for at in 0..left.len().saturating_sub(1) {
            let (number, unit) = (left[at].text, left[at + 1].text);
            let count = number.parse::<u64>().ok().filter(|count| *count < YEARS);
            if let (Some(count), Some(seconds)) = (count, unit_of(unit)) {
                self.timeframe_s = count.checked_mul(seconds).filter(|seconds| *seconds > 0);
                left.drain(at..at + 2);
                return;
            }
        }
        let Some(last) = left.last().copied() else { return };
        let letter = ["d", "h", "w"].iter().position(|unit| last.text.eq_ignore_ascii_case(unit));
        let minutes = last.text.parse::<u64>().ok().filter(|minutes| MINUTES.contains(minutes));
        let before = &text[..last.text.as_ptr() as usize - text.as_ptr() as usize];
        let after_comma = before.trim_end().ends_with(',');
        let is_last = last.gap.is_empty();
        let behind_pair = pair == Some(left.len() - 1);
        self.timeframe_s = match (letter, minutes) {
            (Some(unit), _) if is_last => Some([DAY_S, HOUR_S, 7 * DAY_S][unit]),
            (None, Some(minutes)) if is_last && (after_comma || behind_pair && minutes >= 5) => {
                Some(minutes * MINUTE_S)
            }
            _ => return,
        };
        left.pop();
    }
}

/// A pair in one token, with minutes or a period glued to it.
fn glued(token: &str) -> Option<Glued> {
    if let Some(found) = pair_in(token) {
        return Some(match found {
            Glued::Pair(pair, _) => Glued::Pair(pair, None),
            venue @ Glued::Venue(_) => venue,
        });
    }
    let digits = token.len() - token.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, tail) = token.split_at(token.len() - digits);
    let with = |head: &str, timeframe: Option<u64>| match (pair_in(head), timeframe) {
        (Some(Glued::Pair(pair, _)), Some(timeframe)) => Some(Glued::Pair(pair, Some(timeframe))),
        _ => None,
    };
    let minutes = tail.parse::<u64>().ok().filter(|minutes| MINUTES.contains(minutes));
    with(head, minutes.map(|minutes| minutes * MINUTE_S)).or_else(|| {
        // AUDJPYd1, EURUSDM15, EURUSDMN1.
        [2, 1].into_iter().find_map(|letters| {
            let cut = head.len().checked_sub(letters)?;
            with(head.get(..cut)?, period(token.get(cut..)?))
        })
    })
}

/// A token that is a base with the longest quote that fits behind it.
fn pair_in(token: &str) -> Option<Glued> {
    let token = token.to_ascii_uppercase();
    if QUOTES.contains(&token.as_str()) {
        return None;
    }
    QUOTES.iter().find_map(|quote| {
        let base = token.strip_suffix(quote)?;
        if let Some(venue) = venue_of(base) {
            return Some(Glued::Venue(venue));
        }
        let is_open = !matches!(*quote, "BUSD" | "TUSD") || MAJORS.contains(&base);
        (is_open && is_base(base))
            .then(|| Glued::Pair(format!("{}{}", plain(base), plain(quote)), None))
    })
}

/// `M1`, `H4`, `D1`, `W1`, `MN1`: the periods of MetaTrader, in any case.
fn period(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (unit, number) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let seconds = match unit.to_ascii_uppercase().as_str() {
        "M" if (1..=60).contains(&number) => MINUTE_S,
        "H" if (1..=24).contains(&number) => HOUR_S,
        "D" if number == 1 => DAY_S,
        "W" if number == 1 => 7 * DAY_S,
        "MN" if number == 1 => MONTH_S,
        _ => return None,
    };
    Some(number * seconds)
}

fn unit_of(text: &str) -> Option<u64> {
    let is = |known: &&str| text.eq_ignore_ascii_case(known);
    UNITS.iter().find(|(names, _)| names.iter().any(is)).map(|(_, seconds)| *seconds)
}

/// A timeframe in one token, seconds: a number with a unit, a period, `daily`. `1M` is a month, `5M` five minutes.
fn timeframe_of(token: &str) -> Option<u64> {
    if token.eq_ignore_ascii_case("daily") {
        return Some(DAY_S);
    }
    let digits = token.len() - token.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = token.split_at(digits);
    if digits == 0 {
        return period(token);
    }
    let number: u64 = number.parse().ok()?;
    let seconds = if (number, unit) == (1, "M") { MONTH_S } else { unit_of(unit)? };
    number.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str) -> (String, String, u64) {
        let named = Named::of(path, Columns::default());
        let symbol = named.symbol.map_or_else(
            || "-".to_owned(),
            |symbol| {
                if named.symbol_certain { symbol } else { format!("{symbol}?") }
            },
        );
        (symbol, named.venue.unwrap_or_else(|| "-".to_owned()), named.timeframe_s.unwrap_or(0))
    }

    #[test]
    fn names_as_vendors_write_them() {
        for (path, symbol, venue, timeframe) in [
            ("binanceus_SOLUSDT_5m_1.csv", "SOLUSDT", "binanceus", 300),
            ("BTCUSDT-1m-2024-01.zip", "BTCUSDT", "-", 60),
            ("Binance_BTCUSDT_1h.csv", "BTCUSDT", "binance", 3_600),
            ("SPY.csv", "SPY?", "-", 0),
            ("EURUSD1440.csv", "EURUSD", "-", 86_400),
            ("AUDJPYd1.csv", "AUDJPY", "-", 86_400),
            ("EURUSDMN1.csv", "EURUSD", "-", 2_592_000),
            ("BNBUSD_1d.csv", "BNBUSD", "-", 86_400),
            ("BTCBUSD_4h.csv", "BTCBUSD", "-", 14_400),
            ("bitstampUSD_1M.csv", "-", "bitstamp", 2_592_000),
            ("BITSTAMP_BTCUSD, 60.csv", "BTCUSD", "bitstamp", 3_600),
            ("XBTUSD_60.csv", "BTCUSD", "-", 3_600),
            ("XBTUSD_1.csv", "BTCUSD", "-", 0),
            ("BTC-USD.csv", "BTCUSD", "-", 0),
            ("coinbase pro BTC_EUR 5 min.csv.gz", "BTCEUR", "coinbase", 300),
            ("ETH-BTC_5M.csv", "ETHBTC", "-", 300),
            ("1000PEPEUSDT_5m.csv", "1000PEPEUSDT", "-", 300),
            ("data/kraken/ETHUSD/1h/2024.csv", "ETHUSD", "kraken", 3_600),
            ("kraken/ETHUSD/prices new.csv", "ETHUSD", "kraken", 0),
            ("BTCUSDT/AAPL.csv", "BTCUSDT", "-", 0),
            ("stooq_AAPL_d.csv", "AAPL?", "stooq", 86_400),
            ("some words here.csv", "-", "-", 0),
            ("GBPUSD_H4.csv", "GBPUSD", "-", 14_400),
            ("BTC_FDUSD_5m.csv", "BTCFDUSD", "-", 300),
            ("BTCFDUSD_5m.csv", "BTCFDUSD", "-", 300),
            ("stooq_AAPL_2023_d.csv", "AAPL?", "stooq", 86_400),
            ("BTCUSD_(60).csv", "BTCUSD", "-", 3_600),
            ("AAPL_d_.csv", "AAPL?", "-", 86_400),
            ("XBT_5m.csv", "BTC?", "-", 300),
            ("ETH_bitstampUSD_BTC.csv", "-", "bitstamp", 0),
            ("C:\\data\\kraken\\ETHUSD.csv", "ETHUSD", "kraken", 0),
            ("", "-", "-", 0),
        ] {
            assert_eq!(told(path), (symbol.to_owned(), venue.to_owned(), timeframe), "{path}");
        }
    }

    #[test]
    fn columns_come_before_names() {
        let of = |columns| Named::of("ETHUSDT_1h.csv", columns);
        let told = of(Columns { symbol: Some("Kraken:BTC/USDT"), ..Columns::default() });
        assert_eq!((told.symbol.as_deref(), told.symbol_from), (Some("BTCUSDT"), Says::Column));
        assert_eq!((told.venue.as_deref(), told.venue_from), (Some("kraken"), Says::Column));
        for (venue, name) in [("BINANCE", "binance"), ("My Desk", "my desk"), ("htx", "huobi")] {
            let told = of(Columns { venue: Some(venue), ..Columns::default() });
            assert_eq!((told.venue.as_deref(), told.venue_from), (Some(name), Says::Column));
        }
        assert_eq!(of(Columns { venue: Some(" "), ..Columns::default() }).venue, None);
        let header = ["Unix", "Open", "Volume LTC", "Volume USD"];
        let told = of(Columns { header: &header, ..Columns::default() });
        assert_eq!((told.symbol.as_deref(), told.symbol_certain), (Some("LTCUSD"), true));
        assert_eq!(of(Columns::default()).symbol.as_deref(), Some("ETHUSDT"));
        let cell = |text| of(Columns { symbol: Some(text), ..Columns::default() });
        assert_eq!(cell("600519").symbol.as_deref(), Some("600519"));
        assert_eq!(cell("AAPL.US").symbol.as_deref(), Some("AAPL.US"));
        let told = cell("BINANCE:BTCUSDT");
        assert_eq!(
            (told.symbol.as_deref(), told.venue.as_deref()),
            (Some("BTCUSDT"), Some("binance"))
        );
        let told = cell("bitstampUSD");
        assert_eq!((told.symbol_from, told.venue_from), (Says::Name, Says::Column));
    }
}

//! What exports call their columns and months, in the languages of their vendors. All words are folded: lower case, no
//! accents, letters and digits only.

/// Names of the open price.
pub(super) const OPEN: &[&str] = &[
    "open",
    "o",
    "openprice",
    "opening",
    "openingprice",
    "1open",
    "eroffnung",
    "eroffnungskurs",
    "eroffn",
    "erster",
    "eroffnungspreis",
    "anfang",
    "openrate",
    "priceopen",
    "nyito",
    "nyitoar",
    "avaus",
    "avauskurssi",
    "oppning",
    "apre",
    "первая",
    "始値円",
    "開盤指數",
    "开盘价元",
    "시작가",
    "ouverture",
    "ouv",
    "apertura",
    "abertura",
    "открытие",
    "откр",
    "ценаоткрытия",
    "otwarcie",
    "acilis",
    "始値",
    "开盘",
    "开盘价",
    "開市",
    "開盤",
    "開盤價",
    "เปด",
    "ราคาเปด",
    "시가",
    "first",
];
/// Names of the high.
pub(super) const HIGH: &[&str] = &[
    "high",
    "h",
    "highprice",
    "2high",
    "max",
    "maximum",
    "hoch",
    "hochst",
    "hochstkurs",
    "tageshoch",
    "hoog",
    "haut",
    "plushaut",
    "maximo",
    "maxima",
    "massimo",
    "максимум",
    "макс",
    "максимальная",
    "najwyzszy",
    "najwyzsza",
    "maks",
    "yuksek",
    "高値",
    "高",
    "最高",
    "pricehigh",
    "highrate",
    "legmagasabb",
    "maximumar",
    "ylin",
    "hogst",
    "高値円",
    "最高指數",
    "最高价元",
    "最高价",
    "最高價",
    "สงสด",
    "ราคาสงสด",
    "고가",
];
/// Names of the low.
pub(super) const LOW: &[&str] = &[
    "low",
    "l",
    "lowprice",
    "3low",
    "min",
    "minimum",
    "tief",
    "tiefst",
    "tiefstkurs",
    "tagestief",
    "laag",
    "bas",
    "plusbas",
    "minimo",
    "minima",
    "минимум",
    "мин",
    "минимальная",
    "najnizszy",
    "najnizsza",
    "dusuk",
    "安値",
    "低",
    "最低",
    "pricelow",
    "lowrate",
    "legalacsonyabb",
    "minimumar",
    "alin",
    "lagst",
    "安値円",
    "最低指數",
    "最低价元",
    "最低价",
    "最低價",
    "ตำสด",
    "ราคาตำสด",
    "저가",
];
/// Names of the close price, sure ones first: "price" and "last" stand for other things, too.
pub(super) const CLOSE: &[&str] = &[
    "close",
    "c",
    "closeprice",
    "closing",
    "closingprice",
    "4close",
    "closelast",
    "schluss",
    "schlusskurs",
    "cloture",
    "fermeture",
    "cierre",
    "chiusura",
    "fechamento",
    "закрытие",
    "закр",
    "ценазакрытия",
    "zamkniecie",
    "kapanis",
    "終値",
    "收盘",
    "收盘价",
    "收市",
    "收盤",
    "收盤價",
    "ปด",
    "ราคาปด",
    "종가",
    "priceclose",
    "closerate",
    "schlusspreis",
    "zaro",
    "zaroar",
    "paatos",
    "paatoskurssi",
    "stangning",
    "終値円",
    "收盤指數",
    "收盘价元",
    "현재가",
    "last",
    "lastprice",
    "zuletzt",
    "letzter",
    "laatste",
    "dernier",
    "ultimo",
    "ostatnio",
    "ลาสด",
    "simdi",
    "tradeprice",
    "settle",
    "settlement",
    "settlementprice",
    "price",
    "цена",
    "kurs",
];
/// Names of the traded amount.
pub(super) const VOLUME: &[&str] = &[
    "volume",
    "vol",
    "v",
    "5volume",
    "basevolume",
    "volumefrom",
    "volfrom",
    "volumetraded",
    "tickqty",
    "shares",
    "noofshares",
    "sharestraded",
    "numberofshares",
    "tradedquantity",
    "totaltradedquantity",
    "ttltrdqnty",
    "contracts",
    "stucke",
    "stuecke",
    "stuckzahl",
    "titres",
    "tradevol",
    "candleacctradevolume",
    "amount",
    "quantity",
    "qty",
    "volumen",
    "umsatz",
    "stuck",
    "объем",
    "wolumen",
    "wol",
    "obrot",
    "hacim",
    "hac",
    "出来高",
    "売買高",
    "売買高株",
    "出来高株",
    "成交量股",
    "成交量手",
    "成交股数",
    "forgalom",
    "vaihto",
    "volym",
    "交易量",
    "成交量",
    "成交股數",
    "ปรมาณ",
    "거래량",
    "tickvolume",
    "tickvol",
    "realvolume",
];
/// Names of the open time.
pub(super) const TIME: &[&str] = &[
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
    "utcdatetime",
    "dateutc",
    "timeutc",
    "utctime",
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
    "dt",
    "day",
    "datum",
    "tag",
    "zeit",
    "zeitstempel",
    "jour",
    "heure",
    "horodatage",
    "fecha",
    "hora",
    "data",
    "ora",
    "dia",
    "дата",
    "время",
    "датаивремя",
    "czas",
    "tarih",
    "日付",
    "日付け",
    "日時",
    "時間",
    "日期",
    "时间",
    "交易日期",
    "วนเดอนป",
    "วนท",
    "날짜",
    "일자",
    "tradedate",
    "tradingday",
    "begin",
    "beginat",
    "startat",
    "openat",
    "periodstart",
    "timestampstart",
    "opents",
    "startts",
    "tsopen",
    "tsstart",
    "tsevent",
    "from",
    "von",
    "de",
    "desde",
    "barstart",
    "barstarttime",
    "candledatetimeutc",
    "datetimelocal",
    "localtime",
    "kurszeit",
    "handelstag",
    "seance",
    "paivamaara",
    "datumido",
    "tarihsaat",
    "datumzeit",
    "dtyyyymmdd",
];
/// Names of the close time.
pub(super) const CLOSE_TIME: &[&str] = &[
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
    "endat",
    "closeat",
    "periodend",
    "timestampend",
    "timestampclose",
    "closets",
    "endts",
    "tsclose",
    "tsend",
    "to",
    "bis",
    "until",
    "barend",
    "barendtime",
];
/// Names of the time of day beside a date.
pub(super) const CLOCK: &[&str] = &[
    "time",
    "timestamp",
    "hour",
    "timeofday",
    "время",
    "godzina",
    "czas",
    "uhrzeit",
    "zeit",
    "heure",
    "hora",
    "ora",
    "時刻",
    "時間",
    "时间",
    "เวลา",
    "saat",
];
/// Names of year, month and day in columns of their own.
pub(super) const DATE_PARTS: [&[&str]; 3] = [
    &["year", "jahr", "annee", "ano", "anno", "год", "rok", "年"],
    &["month", "monat", "mois", "mes", "mese", "месяц", "miesiac", "月"],
    &["day", "tag", "jour", "dia", "giorno", "день", "dzien", "日"],
];
/// Names of the market of a row.
pub(super) const SYMBOL: &[&str] = &[
    "symbol",
    "ticker",
    "pair",
    "currency",
    "currencypair",
    "instrument",
    "asset",
    "coin",
    "market",
    "contract",
    "secid",
    "isin",
    "code",
    "name",
    "stock",
    "wertpapier",
    "тикер",
    "銘柄",
    "代码",
    "股票代码",
    "證券代號",
];
/// Names of the place where a row was traded.
pub(super) const VENUE: &[&str] = &["exchange", "venue"];
/// Words that make a name one of the end of a period.
pub(super) const END_WORDS: &[&str] =
    &["end", "close", "closing", "closed", "to", "until", "till", "ende", "bis", "fin", "stop"];
/// Words that make a name one of a time.
pub(super) const TIME_WORDS: &[&str] = &[
    "timestamp",
    "time",
    "datetime",
    "date",
    "unix",
    "epoch",
    "ts",
    "start",
    "begin",
    "from",
    "datum",
    "zeit",
    "von",
    "fecha",
    "data",
];
/// Words that make a name one of the time of day.
pub(super) const CLOCK_WORDS: &[&str] = &["time", "clock", "uhrzeit", "hora", "heure", "ora"];
/// Names of the zone of a row.
pub(super) const ZONE: &[&str] = &[
    "timezone",
    "tz",
    "zone",
    "utcoffset",
    "gmtoffset",
    "tzoffset",
    "timezoneoffset",
    "zeitzone",
    "offset",
    "exchangetimezone",
];
/// Words beside "volume" that make it something else than the traded amount.
pub(super) const NOT_VOLUME: &[&str] = &[
    "ma",
    "sma",
    "ema",
    "avg",
    "average",
    "mean",
    "buy",
    "sell",
    "taker",
    "ratio",
    "change",
    "chg",
    "pct",
    "rolling",
    "adj",
    "cum",
    "oscillator",
    "profile",
    "weighted",
    "delta",
    "z",
    "std",
    "spike",
    "deliverable",
    "deli",
    "delivery",
    "value",
    "osc",
    "relative",
];
/// What may follow "volume" without a gap.
pub(super) const CURRENCIES: &[&str] = &[
    "btc", "krw", "eth", "ltc", "xrp", "bnb", "sol", "usd", "usdt", "usdc", "busd", "eur", "gbp",
    "jpy", "base", "coin", "crypto", "from", "to",
];
/// Words beside a price's name that say nothing about whose price it is.
const EMPTY_WORDS: &[&str] = &[
    "price",
    "prices",
    "kurs",
    "цена",
    "value",
    "candlestick",
    "candle",
    "ohlc",
    "the",
    "of",
    "in",
    "px",
    "24h",
    "24hr",
    "24hrs",
    "1d",
    "1h",
    "daily",
    "session",
    "trade",
    "trd",
    "prc",
    "precio",
    "prix",
    "preis",
    "prezzo",
    "cours",
    "cena",
    "kline",
    "bar",
    "rate",
];
/// Words in names of numbers that are no price of a candle.
pub(super) const NO_PRICE: &[&str] = &[
    "vwap",
    "wap",
    "average",
    "avg",
    "mean",
    "ma",
    "sma",
    "ema",
    "change",
    "chg",
    "pct",
    "percent",
    "prev",
    "previous",
    "settle",
    "settlement",
    "adj",
    "adjusted",
    "52w",
    "turnover",
    "trades",
    "count",
    "interest",
    "oi",
    "spread",
    "dividend",
    "dividends",
    "split",
    "splits",
    "cap",
    "marketcap",
    "supply",
    "rsi",
    "macd",
    "atr",
    "signal",
    "index",
    "id",
    "number",
    "rank",
    "amount",
    "value",
    "qty",
    "size",
    "return",
    "returns",
];

/// Months by the beginnings of their names, longer ones first where one begins another.
const MONTHS: &[(&str, i64)] = &[
    ("juin", 6),
    ("juil", 7),
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("sty", 1),
    ("янв", 1),
    ("feb", 2),
    ("fev", 2),
    ("lut", 2),
    ("фев", 2),
    ("mar", 3),
    ("mrz", 3),
    ("мар", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("kwi", 4),
    ("апр", 4),
    ("may", 5),
    ("mai", 5),
    ("maj", 5),
    ("mag", 5),
    ("май", 5),
    ("мая", 5),
    ("jun", 6),
    ("giu", 6),
    ("cze", 6),
    ("июн", 6),
    ("jul", 7),
    ("lug", 7),
    ("lip", 7),
    ("июл", 7),
    ("aug", 8),
    ("aou", 8),
    ("ago", 8),
    ("sie", 8),
    ("авг", 8),
    ("sep", 9),
    ("set", 9),
    ("wrz", 9),
    ("сен", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("paz", 10),
    ("окт", 10),
    ("nov", 11),
    ("lis", 11),
    ("ноя", 11),
    ("dec", 12),
    ("dez", 12),
    ("dic", 12),
    ("gru", 12),
    ("дек", 12),
];
const ENGLISH: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Thai months are written with dots, so they are looked up before the date is taken apart.
const THAI_MONTHS: [&str; 12] = [
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
];
const JAPANESE_ERAS: [(&str, char); 3] = [("令和", 'R'), ("平成", 'H'), ("昭和", 'S')];

/// A letter without its accent, in lower case; `None` for what is no letter or digit.
fn fold_char(c: char) -> Option<char> {
    let c = c.to_lowercase().next().unwrap_or(c);
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ę' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ı' | '\u{307}' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ő' => 'o',
        'ś' | 'ş' | 'š' => 's',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ź' | 'ż' | 'ž' => 'z',
        'ё' => 'е',
        // Thai vowels and tone marks above and below: vendors write them in different orders.
        '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' => return None,
        c if c.is_alphanumeric() => c,
        _ => return None,
    })
}

/// Lower case without accents, letters and digits only: `<OPEN>`, ` Close/Last` and `"Vol."` become `open`, `closelast`, `vol`.
pub(super) fn fold(name: &str) -> String {
    name.chars().filter_map(fold_char).collect()
}

/// The folded words of a name; a change from small to large letters separates words, too.
pub(super) fn split(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        if (small && c.is_uppercase()) || !c.is_alphanumeric() {
            words.push(String::new());
        }
        small = c.is_lowercase();
        if let (Some(c), Some(word)) = (fold_char(c), words.last_mut()) {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words that say something, without those that stand beside any price.
pub(super) fn core(words: &[String]) -> Vec<&str> {
    let numbered = |word: &str| word.len() <= 2 && word.starts_with(|c: char| c.is_ascii_digit());
    let says = |word: &&str| !numbered(word) && !EMPTY_WORDS.contains(word);
    words.iter().map(String::as_str).filter(says).collect()
}

/// What remains of a name's words without the one at `at`: whose price it is. Numbering such as `1a.` says nothing.
pub(super) fn group(words: &[String], at: usize) -> String {
    let says = |word: &str| {
        let numbered = word.len() <= 2 && word.starts_with(|c: char| c.is_ascii_digit());
        !numbered && !EMPTY_WORDS.contains(&word)
    };
    let rest = words.iter().enumerate().filter(|(i, word)| *i != at && says(word));
    rest.map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" ")
}

/// The month that a name begins with.
pub(super) fn month(name: &str) -> Option<i64> {
    let name = fold(name);
    MONTHS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, month)| *month)
}

/// A date in other letters, in English ones: `2024年1月2日` is `2024-1-2`, `15 août` is `15 aug`.
pub(super) fn plain_date(text: &str) -> String {
    let mut text =
        text.replace(['\u{200e}', '\u{200f}', '\u{feff}'], "").replace(['\u{a0}', '\u{202f}'], " ");
    for (month, english) in THAI_MONTHS.iter().zip(ENGLISH) {
        text = text.replace(month, english);
    }
    for (era, letter) in JAPANESE_ERAS {
        if let Some(rest) = text.strip_prefix(era) {
            text = format!("{letter}{}", rest.replacen('元', "1", 1));
        }
    }
    text = text.replace(['年', '月', '년', '월'], "-").replace(['日', '일'], " ");
    let mut out = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        if word.is_ascii() {
            out.push_str(word);
        } else {
            match month(word) {
                Some(month) => out.push_str(ENGLISH[month as usize - 1]),
                None => out.push_str(&fold(word)),
            }
        }
        word.clear();
    };
    for c in text.chars() {
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut word, &mut out);
            out.push(c);
        }
    }
    flush(&mut word, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_lists_is_folded() {
        for list in [
            OPEN,
            HIGH,
            LOW,
            CLOSE,
            VOLUME,
            TIME,
            CLOSE_TIME,
            CLOCK,
            SYMBOL,
            NOT_VOLUME,
            EMPTY_WORDS,
            NO_PRICE,
            END_WORDS,
            TIME_WORDS,
            CLOCK_WORDS,
            ZONE,
        ] {
            for word in list {
                assert_eq!(fold(word), **word);
            }
        }
    }

    #[test]
    fn names_are_folded_and_split() {
        for (name, folded) in [
            ("<OPEN>", "open"),
            (" Close/Last", "closelast"),
            ("Eröffn.", "eroffn"),
            ("Объём", "объем"),
            ("Największy Max.", "najwiekszymax"),
            ("日付け", "日付け"),
        ] {
            assert_eq!(fold(name), folded);
        }
        assert_eq!(split("BidOpen"), ["bid", "open"]);
        assert_eq!(split("BTC:open"), ["btc", "open"]);
        assert_eq!(split("1a. open (USD)"), ["1a", "open", "usd"]);
        assert_eq!(group(&split("1a. open (USD)"), 1), "usd");
        assert_eq!(group(&split("Close Price AAPL"), 0), "aapl");
        assert_eq!(group(&split("Candlestick.Open"), 1), "");
    }
}

//! How a file is to be read: the table of choices that page, command and memory share. What is not chosen is found by
//! evidence.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares a closed set of choices with the key that files and commands use and the words that people read.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $key:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $key)] $variant,)+ }

        impl $name {
            /// Every choice, in the order of menus.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Key in commands and documents.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// Words for people.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// The choice with a key.
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|choice| choice.key() == key)
            }
        }
    };
}

choices! {
    /// How bytes become text.
    Encoding {
        /// UTF-8, with or without byte order mark.
        Utf8 = "utf-8", "UTF-8";
        /// UTF-16, little endian.
        Utf16Le = "utf-16le", "UTF-16 little endian";
        /// UTF-16, big endian.
        Utf16Be = "utf-16be", "UTF-16 big endian";
        /// Western European; Latin-1 is a part of it.
        Windows1252 = "windows-1252", "Windows-1252 (Latin-1)";
        /// Central European.
        Windows1250 = "windows-1250", "Windows-1250 (Central European)";
        /// Cyrillic.
        Windows1251 = "windows-1251", "Windows-1251 (Cyrillic)";
        /// Simplified Chinese.
        Gbk = "gbk", "GBK (Simplified Chinese)";
        /// Traditional Chinese.
        Big5 = "big5", "Big5 (Traditional Chinese)";
        /// Korean; CP949 is the same.
        EucKr = "euc-kr", "EUC-KR (Korean, CP949)";
        /// Japanese.
        ShiftJis = "shift_jis", "Shift-JIS (Japanese)";
        /// Japanese.
        EucJp = "euc-jp", "EUC-JP (Japanese)";
    }
}

choices! {
    /// What separates the columns.
    Delimiter {
        /// `,`
        Comma = "comma", "comma";
        /// `;`
        Semicolon = "semicolon", "semicolon";
        /// Tabulator.
        Tab = "tab", "tab";
        /// `|`
        Pipe = "pipe", "pipe";
        /// One or more spaces.
        Space = "space", "spaces";
    }
}

choices! {
    /// What encloses a field.
    Quote {
        /// `"`
        Double = "double", "double quote";
        /// `'`
        Single = "single", "single quote";
        /// Quotes are plain text.
        None = "none", "none";
    }
}

choices! {
    /// The decimal mark; the other one groups thousands.
    DecimalMark {
        /// `1,234.5`
        Dot = "dot", "dot: 1,234.5";
        /// `1.234,5`
        Comma = "comma", "comma: 1.234,5";
        /// `128'16` and `128-16+`: whole and 32nds, as futures on bonds are quoted.
        Thirtyseconds = "32nds", "32nds: 128'16 is 128.5";
        /// `128'33`: whole and 64ths.
        Sixtyfourths = "64ths", "64ths: 128'32 is 128.5";
    }
}

choices! {
    /// Which number comes first in a date such as `03/04/2020`.
    DateOrder {
        /// 3 April.
        DayFirst = "day_first", "day first";
        /// 4 March.
        MonthFirst = "month_first", "month first";
        /// A spreadsheet read the small days as months: `2020-04-03` is 4 March, and `13/03/2020` stayed as it was.
        Swapped = "swapped", "year-month-day with day and month swapped";
    }
}

choices! {
    /// What a number in the time column counts. Where nothing is chosen its size decides, row by row.
    TimeUnit {
        /// Seconds since 1970.
        Seconds = "s", "Unix seconds";
        /// Milliseconds since 1970.
        Millis = "ms", "Unix milliseconds";
        /// Microseconds since 1970.
        Micros = "us", "Unix microseconds";
        /// Nanoseconds since 1970.
        Nanos = "ns", "Unix nanoseconds";
        /// Days since 1899-12-30, the time of day as a fraction.
        Excel = "excel", "Excel days";
        /// Days since 1904-01-01.
        Excel1904 = "excel1904", "Excel days since 1904";
        /// 100 ns since the year 1.
        Ticks = "ticks", ".NET ticks";
        /// 100 ns since 1601.
        FileTime = "filetime", "Windows file time";
    }
}

choices! {
    /// What a column holds.
    Role {
        /// Nothing that is read.
        Unused = "-", "not used";
        /// Open time, or the date part of it.
        Time = "time", "time";
        /// Time of day beside a date.
        Clock = "clock", "time of day";
        /// Zone of the time, where the time does not say it.
        Zone = "zone", "zone of the time";
        /// Close time, where there is no open time.
        CloseTime = "close_time", "close time";
        /// Year in a column of its own.
        Year = "year", "year";
        /// Month in a column of its own.
        Month = "month", "month";
        /// Day in a column of its own.
        Day = "day", "day";
        /// First price.
        Open = "open", "open";
        /// Highest price.
        High = "high", "high";
        /// Lowest price.
        Low = "low", "low";
        /// Last price.
        Close = "close", "close";
        /// Traded amount.
        Volume = "volume", "volume";
        /// A part of the traded amount in a column of its own: added to the volume.
        VolumePart = "volume_part", "part of the volume";
        /// Market of the row.
        Symbol = "symbol", "symbol";
        /// Where the row was traded.
        Venue = "venue", "venue";
    }
}

/// Where the names of the columns stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeaderAt {
    /// There are none.
    Nowhere,
    /// On this line, from 1.
    Line(u32),
}

/// Widest offset from UTC that exists, minutes.
const MOST_OFFSET: i32 = 14 * 60;

/// What the user has chosen; `None` and an empty list leave the choice to the evidence in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Bytes to text.
    pub encoding: Option<Encoding>,
    /// Between columns.
    pub delimiter: Option<Delimiter>,
    /// Around fields.
    pub quote: Option<Quote>,
    /// Names of the columns.
    pub header: Option<HeaderAt>,
    /// In numbers.
    pub decimal: Option<DecimalMark>,
    /// Power of ten by which every price is divided.
    pub price_scale: Option<u32>,
    /// In dates that end with the year.
    pub date_order: Option<DateOrder>,
    /// In times that are numbers.
    pub time_unit: Option<TimeUnit>,
    /// Minutes east of UTC of times that name no zone.
    pub zone: Option<i32>,
    /// The market to read from a file that holds several.
    pub symbol: Option<String>,
    /// The file to read from an archive that holds several.
    pub member: Option<String>,
    /// Columns, from 0, with a chosen role.
    pub columns: Vec<(u32, Role)>,
}

/// One row of the table of choices.
#[derive(Debug)]
pub struct ReadingSpec {
    /// Key in commands and documents.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// How it is found where it is not chosen.
    pub evidence: &'static str,
}

/// Every choice, in the order in which a file is taken apart.
pub const READING: [ReadingSpec; 12] = [
    ReadingSpec {
        key: "member",
        label: "File in the archive",
        takes: "a name inside the .zip",
        evidence: "the only file that can be a table; asked where there are several",
    },
    ReadingSpec {
        key: "encoding",
        label: "Encoding",
        takes: "utf-8, utf-16le, utf-16be, windows-1252, windows-1250, windows-1251, gbk, big5, euc-kr, shift_jis or euc-jp",
        evidence: "byte order mark, zeros in every other byte, valid UTF-8; else the encoding under which most names of columns are known",
    },
    ReadingSpec {
        key: "delimiter",
        label: "Delimiter",
        takes: "comma, semicolon, tab, pipe or space",
        evidence: "the one under which most of the first 200 lines hold a time and at least three numbers; spaces only when no other does",
    },
    ReadingSpec {
        key: "quote",
        label: "Quote",
        takes: "double, single or none",
        evidence: "the mark that encloses most cells of the first lines",
    },
    ReadingSpec {
        key: "header",
        label: "Header",
        takes: "a line number, or none",
        evidence: "the line before the data that names most of open, high, low and close, together with adjacent lines that have as many cells",
    },
    ReadingSpec {
        key: "decimal",
        label: "Decimal mark",
        takes: "dot, comma, 32nds or 64ths",
        evidence: "marks that can mean only one thing, such as 1,48583 or 1,234.5; fractions where the prices of the first lines are such, as 128'16; asked where every comma stands before three digits, or where the mark changes",
    },
    ReadingSpec {
        key: "price_scale",
        label: "Price scale",
        takes: "1 or a power of ten down to 1e-12, such as 1e-9: what every price is multiplied by",
        evidence: "1; asked where every price is a whole number that ends in six zeros, or the columns are those of a fixed-point feed",
    },
    ReadingSpec {
        key: "columns",
        label: "Columns",
        takes: "number:role pairs joined by commas, such as 1:time,5:close,7:-",
        evidence: "names in ten languages, checked by the values: high and low are extremes, volume times price is the quote volume; without names the values alone; asked where they contradict each other",
    },
    ReadingSpec {
        key: "date_order",
        label: "Date order",
        takes: "day_first, month_first or swapped",
        evidence: "a number above 12 in the whole file, or candles that run on over midnight under one order only; else asked",
    },
    ReadingSpec {
        key: "time_unit",
        label: "Time unit",
        takes: "s, ms, us, ns, excel, excel1904, ticks or filetime",
        evidence: "the size of the column's numbers, a second unit is accepted only where the rows go on; spreadsheet days by their range and the name of the column; .NET ticks and file times are asked about",
    },
    ReadingSpec {
        key: "zone",
        label: "Zone of times without one",
        takes: "UTC or an offset such as +03:00",
        evidence: "as written; UTC where nothing is written; asked where a name means several offsets, as with summer time",
    },
    ReadingSpec {
        key: "symbol",
        label: "Symbol",
        takes: "one of the markets in the file",
        evidence: "the only market; asked where a column or the names of the columns tell several",
    },
];

/// A choice that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingError {
    /// Key as given.
    pub key: String,
    /// Value as given.
    pub value: String,
}

impl fmt::Display for ReadingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match READING.iter().find(|spec| spec.key == self.key) {
            Some(spec) => write!(
                f,
                "{} cannot be \"{}\": it takes {}",
                spec.key,
                self.value.escape_debug(),
                spec.takes
            ),
            None => {
                let keys: Vec<&str> = READING.iter().map(|spec| spec.key).collect();
                write!(
                    f,
                    "there is no choice \"{}\": choose {}",
                    self.key.escape_debug(),
                    keys.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for ReadingError {}

/// `UTC`, `+03:00`, `-05:00`.
pub fn zone_text(minutes: i32) -> String {
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// `1`, `1e-9`.
pub fn scale_text(power: u32) -> String {
    if power == 0 { "1".to_owned() } else { format!("1e-{power}") }
}

fn scale_from(text: &str) -> Option<u32> {
    let power = match text {
        "1" => "0",
        // 0.001 as well as 1e-3.
        _ if text.starts_with("0.") => {
            let zeros = text[2..].strip_suffix('1')?;
            let is_power = zeros.bytes().all(|digit| digit == b'0');
            return u32::try_from(zeros.len() + 1).ok().filter(|power| is_power && *power <= 12);
        }
        _ => text.strip_prefix("1e-").or_else(|| text.strip_prefix("1E-"))?,
    };
    power.parse().ok().filter(|power| *power <= 12)
}

fn zone_from(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let part = |text: &str| {
        let digits =
            !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (part(hours)?, part(minutes)?);
    let offset = sign * (hours * 60 + minutes);
    (minutes < 60 && offset.abs() <= MOST_OFFSET).then_some(offset)
}

fn columns_from(text: &str) -> Option<Vec<(u32, Role)>> {
    let mut columns = Vec::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (number, role) = pair.split_once(':')?;
        let number: u32 = number.trim().parse().ok()?;
        columns.push((number.checked_sub(1)?, Role::from_key(role.trim())?));
    }
    Some(columns)
}

/// The choice of a key, or none.
fn pick<T>(free: bool, found: Option<T>, error: ReadingError) -> Result<Option<T>, ReadingError> {
    if free { Ok(None) } else { found.map(Some).ok_or(error) }
}

impl Reading {
    /// True where the user said that a column, counted from 0, is not to be used.
    pub(super) fn refuses(&self, column: usize) -> bool {
        self.columns.iter().any(|(at, role)| *at as usize == column && *role == Role::Unused)
    }

    /// Sets a choice from text; an empty value, or `auto`, takes the choice back.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ReadingError> {
        let value = value.trim();
        let error = || ReadingError { key: key.to_owned(), value: value.to_owned() };
        let free = value.is_empty() || value == "auto";
        match key {
            "encoding" => self.encoding = pick(free, Encoding::from_key(value), error())?,
            "delimiter" => self.delimiter = pick(free, Delimiter::from_key(value), error())?,
            "quote" => self.quote = pick(free, Quote::from_key(value), error())?,
            "decimal" => self.decimal = pick(free, DecimalMark::from_key(value), error())?,
            "date_order" => self.date_order = pick(free, DateOrder::from_key(value), error())?,
            "time_unit" => self.time_unit = pick(free, TimeUnit::from_key(value), error())?,
            "zone" => self.zone = pick(free, zone_from(value), error())?,
            "price_scale" => self.price_scale = pick(free, scale_from(value), error())?,
            "header" => {
                let line = value.parse().ok().filter(|&line| line > 0).map(HeaderAt::Line);
                let found = if value == "none" { Some(HeaderAt::Nowhere) } else { line };
                self.header = pick(free, found, error())?;
            }
            "symbol" => self.symbol = (!value.is_empty()).then(|| value.to_owned()),
            "member" => self.member = (!value.is_empty()).then(|| value.to_owned()),
            "columns" => {
                self.columns =
                    if free { Vec::new() } else { columns_from(value).ok_or_else(error)? };
            }
            _ => return Err(error()),
        }
        Ok(())
    }

    /// Takes an answer: as [`set`](Self::set), but columns are chosen beside those that are.
    pub fn answer(&mut self, key: &str, value: &str) -> Result<(), ReadingError> {
        let before = std::mem::take(&mut self.columns);
        let result = self.set(key, value);
        let new = std::mem::replace(&mut self.columns, before);
        for (column, role) in new {
            self.set_role(column, role);
        }
        result
    }

    /// The value of a key as text; `None` where nothing is chosen.
    pub fn get(&self, key: &str) -> Option<String> {
        match key {
            "encoding" => self.encoding.map(|choice| choice.key().to_owned()),
            "delimiter" => self.delimiter.map(|choice| choice.key().to_owned()),
            "quote" => self.quote.map(|choice| choice.key().to_owned()),
            "decimal" => self.decimal.map(|choice| choice.key().to_owned()),
            "date_order" => self.date_order.map(|choice| choice.key().to_owned()),
            "time_unit" => self.time_unit.map(|choice| choice.key().to_owned()),
            "zone" => self.zone.map(zone_text),
            "price_scale" => self.price_scale.map(scale_text),
            "header" => self.header.map(|at| match at {
                HeaderAt::Nowhere => "none".to_owned(),
                HeaderAt::Line(line) => line.to_string(),
            }),
            "symbol" => self.symbol.clone(),
            "member" => self.member.clone(),
            "columns" if !self.columns.is_empty() => {
                let pairs: Vec<String> = self
                    .columns
                    .iter()
                    .map(|(column, role)| format!("{}:{}", column + 1, role.key()))
                    .collect();
                Some(pairs.join(","))
            }
            _ => None,
        }
    }

    /// What is chosen, as key and value, in the order of [`READING`].
    pub fn chosen(&self) -> Vec<(&'static str, String)> {
        READING.iter().filter_map(|spec| Some((spec.key, self.get(spec.key)?))).collect()
    }

    /// Columns, from 0, of open, high, low and close when all four are chosen, so that neither names nor values have a say in
    /// them.
    pub fn prices(&self) -> Option<[usize; 4]> {
        let column = |role: Role| {
            self.columns.iter().find(|(_, chosen)| *chosen == role).map(|(at, _)| *at as usize)
        };
        Some([column(Role::Open)?, column(Role::High)?, column(Role::Low)?, column(Role::Close)?])
    }

    /// The column, from 0, that was chosen as the time, or as the first part of one.
    pub fn time(&self) -> Option<usize> {
        let is_time = |role: Role| matches!(role, Role::Time | Role::CloseTime | Role::Year);
        self.columns.iter().find(|(_, role)| is_time(*role)).map(|(at, _)| *at as usize)
    }

    /// Chooses the role of a column; a role that only one column can have is taken from the column that had it.
    pub fn set_role(&mut self, column: u32, role: Role) {
        self.columns.retain(|(other, r)| *other != column && (*r != role || role == Role::Unused));
        self.columns.push((column, role));
        self.columns.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_survives_the_way_through_text() {
        let mut reading = Reading::default();
        for (key, value) in [
            ("member", "BTCUSDT-1m-2025-01.csv"),
            ("encoding", "shift_jis"),
            ("delimiter", "semicolon"),
            ("quote", "none"),
            ("header", "3"),
            ("decimal", "32nds"),
            ("price_scale", "1e-9"),
            ("columns", "1:time,4:close,7:-"),
            ("date_order", "day_first"),
            ("time_unit", "excel"),
            ("zone", "-03:30"),
            ("symbol", "BTC"),
        ] {
            reading.set(key, value).unwrap();
            assert_eq!(reading.get(key).as_deref(), Some(value), "{key}");
        }
        assert_eq!(reading.chosen().len(), READING.len());
        for spec in &READING {
            reading.set(spec.key, "").unwrap();
        }
        assert_eq!(reading, Reading::default());
    }

    #[test]
    fn what_cannot_be_chosen_says_what_can() {
        let mut reading = Reading::default();
        for (key, value, words) in [
            ("delimiter", "colon", "comma, semicolon, tab"),
            ("zone", "+25:00", "an offset"),
            ("price_scale", "1e9", "a power of ten"),
            ("zone", "+3:7:1", "an offset"),
            ("columns", "0:time", "number:role"),
            ("columns", "1:price", "number:role"),
            ("header", "0", "a line number"),
            ("colour", "red", "choose member, encoding"),
        ] {
            let message = reading.set(key, value).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(reading, Reading::default());
    }

    #[test]
    fn a_role_moves_to_the_column_that_gets_it() {
        let mut reading = Reading::default();
        reading.set_role(3, Role::Close);
        reading.set_role(5, Role::Close);
        reading.set_role(1, Role::Unused);
        reading.set_role(2, Role::Unused);
        assert_eq!(reading.get("columns").unwrap(), "2:-,3:-,6:close");
    }
}

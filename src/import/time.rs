//! Instants as vendors write them. Everything ends as UTC milliseconds.

use crate::domain::{Civil, HOUR_MS, MINUTE_MS};

/// Which number comes first in a date such as `03/04/2020`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// A parsed instant and the form it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant {
    pub ms: i64,
    pub form: Form,
    /// The text named an offset or a zone.
    pub zoned: bool,
}

/// The form of a time, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Seconds,
    Millis,
    Micros,
    Nanos,
    /// Year first: ISO 8601 and its relatives.
    YearFirst,
    /// Two small numbers, then the year: the order matters.
    YearLast,
    /// A month's name.
    MonthName,
}

impl Form {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "Unix seconds",
            Self::Millis => "Unix milliseconds",
            Self::Micros => "Unix microseconds",
            Self::Nanos => "Unix nanoseconds",
            Self::YearFirst => "year-month-day",
            Self::YearLast => "day and month before the year",
            Self::MonthName => "month by name",
        }
    }
}

/// Reads a time, `None` when it is none.
pub(super) fn read(text: &[u8], order: DateOrder) -> Option<Instant> {
    let text = text.trim_ascii();
    if text.iter().all(u8::is_ascii_digit) {
        return digits_only(text);
    }
    if let Some(instant) = iso(text) {
        return Some(instant);
    }
    if let Some(instant) = decimal_epoch(text) {
        return Some(instant);
    }
    Tokens::of(text)?.instant(order)
}

fn number(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0_i64, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
    })
}

/// `YYYYMMDD`, `YYYYMMDDHHMMSS`, or an epoch whose unit follows from its size.
fn digits_only(text: &[u8]) -> Option<Instant> {
    let calendar = |ms_of_day| {
        let civil = Civil {
            year: number(&text[..4])? as i32,
            month: number(&text[4..6])? as u32,
            day: number(&text[6..8])? as u32,
            ms_of_day,
        };
        (1_800..2_200).contains(&civil.year).then_some(civil)?.to_ms()
    };
    let year_first = |ms| Some(Instant { ms, form: Form::YearFirst, zoned: false });
    match text.len() {
        8 => return calendar(0).and_then(year_first),
        12 if matches!(&text[..2], b"19" | b"20") => {
            let (hour, minute) = (number(&text[8..10])?, number(&text[10..12])?);
            if hour < 24
                && minute < 60
                && let Some(ms) = calendar(hour * HOUR_MS + minute * MINUTE_MS)
            {
                return year_first(ms);
            }
        }
        14 if matches!(&text[..2], b"19" | b"20") => {
            let clock = number(&text[8..10])? * HOUR_MS
                + number(&text[10..12])? * MINUTE_MS
                + number(&text[12..14])? * 1_000;
            if let Some(ms) = calendar(clock) {
                return year_first(ms);
            }
        }
        19.. => {
            let value: i128 = std::str::from_utf8(text).ok()?.parse().ok()?;
            return epoch(value);
        }
        _ => {}
    }
    epoch(i128::from(number(text)?))
}

/// The unit of an epoch follows from its size: below 10¹¹ seconds (year 5138), then factors of a thousand.
fn epoch(value: i128) -> Option<Instant> {
    let size = value.abs();
    let (ms, form) = if size < 100_000_000 {
        return None;
    } else if size < 100_000_000_000 {
        (value * 1_000, Form::Seconds)
    } else if size < 100_000_000_000_000 {
        (value, Form::Millis)
    } else if size < 100_000_000_000_000_000 {
        (value.div_euclid(1_000), Form::Micros)
    } else if size < 100_000_000_000_000_000_000 {
        (value.div_euclid(1_000_000), Form::Nanos)
    } else {
        return None;
    };
    Some(Instant { ms: i64::try_from(ms).ok()?, form, zoned: true })
}

/// `1603522800.0`, `1.6035228e9`.
fn decimal_epoch(text: &[u8]) -> Option<Instant> {
    if !text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+')) {
        return None;
    }
    if text.iter().filter(|&&byte| byte == b'.').count() > 1 {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    if value < 1e8 || !value.is_finite() {
        return None;
    }
    if value < 1e11 {
        let ms = (value * 1_000.0).round() as i64;
        return Some(Instant { ms, form: Form::Seconds, zoned: true });
    }
    epoch(value.round() as i128)
}

/// `2020-01-31[T ]23:59[:59[.123]][Z|±hh[:mm]]` at fixed places: the common case.
fn iso(text: &[u8]) -> Option<Instant> {
    if text.len() < 10 || !matches!(text[4], b'-' | b'/' | b'.') || text[7] != text[4] {
        return None;
    }
    let civil = Civil {
        year: number(&text[..4])? as i32,
        month: number(&text[5..7])? as u32,
        day: number(&text[8..10])? as u32,
        ms_of_day: 0,
    };
    let midnight = civil.to_ms()?;
    let (clock, offset, zoned) = match text.get(10) {
        None => (0, 0, false),
        Some(b'T' | b't' | b' ') => clock(&text[11..])?,
        Some(_) => return None,
    };
    Some(Instant { ms: midnight + clock - offset, form: Form::YearFirst, zoned })
}

/// `23:59[:59[.123]][ AM][Z|UTC|±hh[:mm]]`, `10-PM`, `235959`: ms since midnight, offset in ms, whether a zone was named.
fn clock(text: &[u8]) -> Option<(i64, i64, bool)> {
    let text = text.trim_ascii();
    let take = |from: usize| {
        let end =
            text[from..].iter().position(|b| !b.is_ascii_digit()).map_or(text.len(), |n| from + n);
        if end == from || end - from > 9 { None } else { Some((number(&text[from..end])?, end)) }
    };
    let (first, mut at) = take(0)?;
    if !matches!(at, 1 | 2 | 4 | 6)
        || (at == 4 && first % 100 > 59)
        || (at == 6 && (first / 100 % 100 > 59 || first % 100 > 59))
    {
        return None;
    }
    let mut ms = if at == 6 {
        first / 10_000 * HOUR_MS + first / 100 % 100 * MINUTE_MS + first % 100 * 1_000
    } else if at == 4 {
        first / 100 * HOUR_MS + first % 100 * MINUTE_MS
    } else {
        first * HOUR_MS
    };
    let mut hour = if at <= 2 { first } else { ms / HOUR_MS };
    if text.get(at) == Some(&b':') {
        let (minute, end) = take(at + 1)?;
        (ms, at) = (ms + minute * MINUTE_MS, end);
        if minute > 59 {
            return None;
        }
        if text.get(at) == Some(&b':') {
            let (second, end) = take(at + 1)?;
            (ms, at) = (ms + second * 1_000, end);
            if second > 60 {
                return None;
            }
        }
        if matches!(text.get(at), Some(b'.' | b',')) {
            let (_, end) = take(at + 1)?;
            for (place, byte) in text[at + 1..end].iter().take(3).enumerate() {
                ms += i64::from(byte - b'0') * [100, 10, 1][place];
            }
            at = end;
        }
    }
    let mut rest = text[at..].trim_ascii();
    let lower = rest.to_ascii_lowercase();
    let half = lower.strip_prefix(b"-").unwrap_or(&lower);
    if half.starts_with(b"am") || half.starts_with(b"pm") {
        if !(1..=12).contains(&hour) {
            return None;
        }
        let shift = match (hour, half[0]) {
            (12, b'a') => -12,
            (12, _) | (_, b'a') => 0,
            _ => 12,
        };
        ms += shift * HOUR_MS;
        hour += shift;
        rest = rest[rest.len() - half.len() + 2..].trim_ascii();
    }
    if hour > 24 || ms > 24 * HOUR_MS {
        return None;
    }
    let (offset, zoned) = zone(rest)?;
    Some((ms, offset, zoned))
}

fn zone(text: &[u8]) -> Option<(i64, bool)> {
    match text {
        b"" => return Some((0, false)),
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some((0, true)),
        _ => {}
    }
    let sign = match text[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: Vec<u8> = text[1..].iter().copied().filter(|&byte| byte != b':').collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number(&digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some((sign * (hours * HOUR_MS + minutes * MINUTE_MS), true))
}

/// True for a Unix time in any unit.
pub(super) fn is_epoch(text: &[u8]) -> bool {
    matches!(
        read(text, DateOrder::MonthFirst),
        Some(Instant { form: Form::Seconds | Form::Millis | Form::Micros | Form::Nanos, .. })
    )
}

/// The parts of a date that is written in another way than year first.
struct Tokens<'a> {
    parts: [&'a [u8]; 3],
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// Splits `31-Dec-10`, `Jun 10, 2020`, `5/15/2018 6:00`, `01.01.2017 22:00`, `20180101 163000`.
    fn of(text: &'a [u8]) -> Option<Self> {
        if text.len() > 9 && text[8] == b' ' && text[..8].iter().all(u8::is_ascii_digit) {
            return Some(Self { parts: [&text[..4], &text[4..6], &text[6..8]], rest: &text[9..] });
        }
        let mut parts = [&text[..0]; 3];
        let mut at = 0;
        for part in &mut parts {
            while at < text.len() && matches!(text[at], b'-' | b'/' | b'.' | b',' | b' ') {
                at += 1;
            }
            let start = at;
            while at < text.len() && text[at].is_ascii_alphanumeric() {
                at += 1;
            }
            if start == at {
                return None;
            }
            *part = &text[start..at];
        }
        let rest = text[at..].strip_prefix(b"T").unwrap_or(&text[at..]);
        let rest = rest.strip_prefix(b",").unwrap_or(rest);
        Some(Self { parts, rest })
    }

    fn instant(&self, order: DateOrder) -> Option<Instant> {
        let [a, b, c] = self.parts;
        let (year, month, day, form) = if a.len() == 4 && a[0].is_ascii_digit() {
            (year(a)?, month(b)?, number(c)?, Form::YearFirst)
        } else if let Some(named) = month_name(a) {
            (year(c)?, named, number(b)?, Form::MonthName)
        } else if let Some(named) = month_name(b) {
            (year(c)?, named, number(a)?, Form::MonthName)
        } else {
            let (first, second) = (number(a)?, number(b)?);
            let (day, month) = match order {
                DateOrder::DayFirst => (first, second),
                DateOrder::MonthFirst => (second, first),
            };
            (year(c)?, month, day, Form::YearLast)
        };
        let (ms_of_day, offset, zoned) =
            if self.rest.trim_ascii().is_empty() { (0, 0, false) } else { clock(self.rest)? };
        let civil = Civil {
            year,
            month: u32::try_from(month).ok()?,
            day: u32::try_from(day).ok()?,
            ms_of_day,
        };
        Some(Instant { ms: civil.to_ms()? - offset, form, zoned })
    }
}

fn month(text: &[u8]) -> Option<i64> {
    month_name(text).or_else(|| number(text))
}

/// Four digits, or two: below 70 in this century.
fn year(text: &[u8]) -> Option<i32> {
    let value = number(text)? as i32;
    match text.len() {
        4 => Some(value),
        2 => Some(if value < 70 { 2_000 + value } else { 1_900 + value }),
        _ => None,
    }
}

fn month_name(text: &[u8]) -> Option<i64> {
    const NAMES: [&[u8]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let start = text.get(..3)?.to_ascii_lowercase();
    NAMES.iter().position(|name| **name == *start).map(|index| index as i64 + 1)
}

/// The first two numbers of a year-last date, for evidence about their order.
pub(super) fn leading_numbers(text: &[u8]) -> Option<(i64, i64, u8)> {
    let text = text.trim_ascii();
    let tokens = Tokens::of(text)?;
    let [a, b, c] = tokens.parts;
    if a.len() > 2 || !matches!(c.len(), 2 | 4) {
        return None;
    }
    Some((number(a)?, number(b)?, *text.get(a.len())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::format_time;

    fn check(text: &str, order: DateOrder, expected: &str) {
        let instant = read(text.as_bytes(), order).unwrap_or_else(|| panic!("{text} is a time"));
        assert_eq!(format_time(instant.ms), expected, "{text}");
    }

    #[test]
    fn every_vendor_s_time() {
        use DateOrder::{DayFirst, MonthFirst};
        for (text, order, expected) in [
            ("1761446700000", MonthFirst, "2025-10-26 02:45"),
            ("1761446700", MonthFirst, "2025-10-26 02:45"),
            ("1735689600000000", MonthFirst, "2025-01-01 00:00"),
            ("1735689600000000000", MonthFirst, "2025-01-01 00:00"),
            ("1603522800.0", MonthFirst, "2020-10-24 07:00"),
            ("2025-08-19 04:35:00+00:00", MonthFirst, "2025-08-19 04:35"),
            ("2025-06-02 19:30:00-04:00", MonthFirst, "2025-06-02 23:30"),
            ("2025-07-10T19:00:00+01:00", MonthFirst, "2025-07-10 18:00"),
            ("2025-10-04T09:04:00Z", MonthFirst, "2025-10-04 09:04"),
            ("2017-08-17 04-AM", MonthFirst, "2017-08-17 04:00"),
            ("2019-10-29 10-PM", MonthFirst, "2019-10-29 22:00"),
            ("2019-10-29 12-AM", MonthFirst, "2019-10-29 00:00"),
            ("5/15/2018 6:00", MonthFirst, "2018-05-15 06:00"),
            ("09/03/2024", MonthFirst, "2024-09-03 00:00"),
            ("01.02.2017 22:00:00.000", DayFirst, "2017-02-01 22:00"),
            ("03-01-2000", DayFirst, "2000-01-03 00:00"),
            ("Jun 10, 2020", MonthFirst, "2020-06-10 00:00"),
            ("31-Dec-10", MonthFirst, "2010-12-31 00:00"),
            ("3-Jan-22", MonthFirst, "2022-01-03 00:00"),
            ("20180101 163000", MonthFirst, "2018-01-01 16:30"),
            ("20131001 01:00", MonthFirst, "2013-10-01 01:00"),
            ("20180115", MonthFirst, "2018-01-15 00:00"),
            ("202001010130", MonthFirst, "2020-01-01 01:30"),
            ("2006.01.03", MonthFirst, "2006-01-03 00:00"),
            ("2007/04/02", MonthFirst, "2007-04-02 00:00"),
            ("3/15/2013 12:00:00 AM", MonthFirst, "2013-03-15 00:00"),
            ("3/15/2013 1:30:00 PM", MonthFirst, "2013-03-15 13:30"),
        ] {
            check(text, order, expected);
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "open",
            "12.5",
            "2023-02-30",
            "13/13/2020",
            "1.2345",
            "Total",
            "99",
            "2020-01-01 25:00",
            "2020-01-01 24:59",
            "2020-01-01 999999999999999999",
            "2020-01-01 5124095576030432",
        ] {
            assert_eq!(read(text.as_bytes(), DateOrder::MonthFirst), None, "{text}");
        }
    }
}

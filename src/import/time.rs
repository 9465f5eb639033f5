//! Instants as vendors write them. Everything ends as UTC milliseconds.

use super::reading::{DateOrder, TimeUnit};
use crate::domain::{Civil, DAY_MS, HOUR_MS, MINUTE_MS};

/// 1899-12-30, the day 0 of spreadsheets, in days before 1970.
const EXCEL_DAYS: f64 = 25_569.0;
/// Days between the two systems of spreadsheets.
const EXCEL_1904_DAYS: f64 = 1_462.0;
/// 100 ns between the year 1 and 1970.
const TICKS_TO_1970: i64 = 621_355_968_000_000_000;
/// 100 ns between 1601 and 1970.
const FILETIME_TO_1970: i64 = 116_444_736_000_000_000;
/// Years of the Buddhist era that stand for 1900 to 2200.
const BUDDHIST: std::ops::RangeInclusive<i32> = 2_443..=2_743;

/// How the times of a file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeStyle {
    pub order: DateOrder,
    /// What numbers count; `None` decides by their size.
    pub unit: Option<TimeUnit>,
}

/// 1900-01-01 and 2100-01-01: what a Unix time of a candle may be. Times outside are pointed out.
pub(super) const PLAUSIBLE_MS: std::ops::Range<i64> = -2_208_988_800_000..4_102_444_800_000;
/// Units of Unix times, the largest first.
pub(super) const UNIX: [TimeUnit; 4] =
    [TimeUnit::Seconds, TimeUnit::Millis, TimeUnit::Micros, TimeUnit::Nanos];

impl TimeStyle {
    pub(super) const fn by_size(order: DateOrder) -> Self {
        Self { order, unit: None }
    }
}

/// What a text says about its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// Nothing.
    Unsaid,
    /// An offset or a known name: it is applied.
    Said,
    /// A name whose offset nobody can know for sure.
    Unknown,
}

/// A parsed instant and the form it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant {
    pub ms: i64,
    pub form: Form,
    pub zone: Zone,
}

/// The form of a time, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Seconds,
    Millis,
    Micros,
    Nanos,
    /// A number in a unit that was chosen or inferred for the file.
    Counted(TimeUnit),
    /// Year first: ISO 8601 and its relatives.
    YearFirst,
    /// Two small numbers, then the year: the order matters.
    YearLast,
    /// A month's name.
    MonthName,
    /// A year of the Buddhist, Minguo or Japanese era.
    OtherEra,
}

impl Form {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "Unix seconds",
            Self::Millis => "Unix milliseconds",
            Self::Micros => "Unix microseconds",
            Self::Nanos => "Unix nanoseconds",
            Self::Counted(unit) => unit.label(),
            Self::YearFirst => "year-month-day",
            Self::YearLast => "day and month before the year",
            Self::MonthName => "month by name",
            Self::OtherEra => "year of another era, turned into the common one",
        }
    }

    /// True for counted instants, which are UTC by definition.
    pub(super) const fn is_unix(self) -> bool {
        matches!(self, Self::Seconds | Self::Millis | Self::Micros | Self::Nanos)
    }
}

/// Reads a time, `None` when it is none.
pub(super) fn read(text: &[u8], style: TimeStyle) -> Option<Instant> {
    let text = text.trim_ascii();
    if let Some(unit) = style.unit {
        return counted(text, unit);
    }
    if text.iter().all(u8::is_ascii_digit) {
        return digits_only(text);
    }
    if let Some(instant) = iso(text, style.order) {
        return Some(instant);
    }
    if let Some(instant) = before_1970(text) {
        return Some(instant);
    }
    if let Some(instant) = decimal_epoch(text) {
        return Some(instant);
    }
    if !text.is_ascii() {
        let plain = super::words::plain_date(std::str::from_utf8(text).ok()?);
        return Tokens::of(plain.trim().as_bytes())?.instant(style.order);
    }
    Tokens::of(text)?.instant(style.order)
}

/// A number in a given unit; a written date is none.
fn counted(text: &[u8], unit: TimeUnit) -> Option<Instant> {
    let text = std::str::from_utf8(text).ok()?;
    let whole: Option<i64> = text.parse().ok();
    let exact = |number: i64, per_ms: i64| Some(number.div_euclid(per_ms));
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    let scaled = |factor: f64| {
        let ms = (value * factor).round();
        (ms.abs() < 9e15).then_some(ms as i64)
    };
    let days = |shift: f64| {
        let ms = ((value + shift - EXCEL_DAYS) * DAY_MS as f64 / 1_000.0).round() * 1_000.0;
        (ms.abs() < 9e15).then_some(ms as i64)
    };
    let ms = match (unit, whole) {
        (TimeUnit::Seconds, _) => scaled(1_000.0),
        (TimeUnit::Millis, Some(number)) => exact(number, 1),
        (TimeUnit::Micros, Some(number)) => exact(number, 1_000),
        (TimeUnit::Nanos, Some(number)) => exact(number, 1_000_000),
        (TimeUnit::Ticks, Some(number)) => exact(number.checked_sub(TICKS_TO_1970)?, 10_000),
        (TimeUnit::FileTime, Some(number)) => exact(number.checked_sub(FILETIME_TO_1970)?, 10_000),
        (TimeUnit::Millis, None) => scaled(1.0),
        (TimeUnit::Micros, None) => scaled(1e-3),
        (TimeUnit::Nanos, None) => scaled(1e-6),
        (TimeUnit::Excel, _) => days(0.0),
        (TimeUnit::Excel1904, _) => days(EXCEL_1904_DAYS),
        (TimeUnit::Ticks | TimeUnit::FileTime, None) => None,
    }?;
    let local = matches!(unit, TimeUnit::Excel | TimeUnit::Excel1904 | TimeUnit::Ticks);
    let zone = if local { Zone::Unsaid } else { Zone::Said };
    let form = match unit {
        TimeUnit::Seconds => Form::Seconds,
        TimeUnit::Millis => Form::Millis,
        TimeUnit::Micros => Form::Micros,
        TimeUnit::Nanos => Form::Nanos,
        _ => Form::Counted(unit),
    };
    (ms.abs() < 9_000_000_000_000_000).then_some(Instant { ms, form, zone })
}

/// Milliseconds of a whole number in a unit of Unix times.
#[inline]
const fn unix_ms(value: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Seconds => value.saturating_mul(1_000),
        TimeUnit::Micros => value.div_euclid(1_000),
        TimeUnit::Nanos => value.div_euclid(1_000_000),
        _ => value,
    }
}

/// 1990 to 2100, UTC ms.
const MODERN_MS: std::ops::Range<i64> = 631_152_000_000..4_102_444_800_000;
/// A step between neighbours from which a change of the unit is thought of.
const FAR_MS: i64 = 400 * DAY_MS;
/// How near a time in another unit has to be to the one before to join it.
pub(super) const JOINS_MS: i64 = 5 * DAY_MS;

/// True when a time leaps away from the row before.
#[inline]
pub(super) fn is_far(ms: i64, last: Option<i64>) -> bool {
    match last {
        Some(last) => ms.saturating_sub(last).unsigned_abs() > FAR_MS as u64,
        None => !PLAUSIBLE_MS.contains(&ms),
    }
}

/// The unit under which a Unix time joins the row before without a jump, or with a gap if its size leaves no other unit.
pub(super) fn rejoin(text: &[u8], style: TimeStyle, last: i64) -> Option<(TimeUnit, Instant)> {
    let within = |unit: TimeUnit, limit: i64| {
        let instant = read(text, TimeStyle { unit: Some(unit), ..style })?;
        let is_near = instant.ms.saturating_sub(last).unsigned_abs() <= limit as u64;
        is_near.then_some((unit, instant))
    };
    let mut others = UNIX.into_iter().filter(|unit| Some(*unit) != style.unit);
    others.find_map(|unit| within(unit, JOINS_MS)).or_else(|| {
        let unit = sized(number(text.trim_ascii())?)?;
        if Some(unit) == style.unit { None } else { within(unit, FAR_MS) }
    })
}

/// The only unit under which a number is a time between 1990 and 2100: the ranges of the units do not touch.
pub(super) fn sized(value: i64) -> Option<TimeUnit> {
    UNIX.into_iter().find(|unit| MODERN_MS.contains(&unix_ms(value, *unit)))
}

/// A negative Unix time, its unit by its size.
fn before_1970(text: &[u8]) -> Option<Instant> {
    let digits = text.strip_prefix(b"-")?;
    let instant = epoch(number(digits).filter(|_| digits.len() <= 18)?)?;
    let value = -number(digits)?;
    let unit = match instant.form {
        Form::Seconds => TimeUnit::Seconds,
        Form::Millis => TimeUnit::Millis,
        Form::Micros => TimeUnit::Micros,
        _ => TimeUnit::Nanos,
    };
    Some(Instant { ms: unix_ms(value, unit), ..instant })
}

/// The digits of a number that a spreadsheet or R has shortened: `1.5301E+12` stands for a whole range of times. `None` for
/// a number with all its digits.
pub(super) fn is_rounded(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text.trim_ascii()) else { return false };
    let Some((mantissa, power)) = text.split_once(['e', 'E']) else { return false };
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
    // Times of ten digits or more: what is left out counts hundreds of them at least.
    power
        .trim_start_matches('+')
        .parse::<i32>()
        .is_ok_and(|power| power >= 8 && power - decimals >= 2)
}

fn number(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0_i64, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
    })
}

/// `YYYYMMDD`, `YYYYMMDDHHMMSS`, with milliseconds behind it, or an epoch whose unit follows from its size.
fn digits_only(text: &[u8]) -> Option<Instant> {
    let calendar = |ms_of_day| {
        let year = number(&text[..4])? as i32;
        let civil = Civil {
            year: if BUDDHIST.contains(&year) { year - 543 } else { year },
            month: number(&text[4..6])? as u32,
            day: number(&text[6..8])? as u32,
            ms_of_day,
        };
        (1_800..2_200).contains(&civil.year).then_some(civil)?.to_ms()
    };
    let year_first = |ms| Some(Instant { ms, form: Form::YearFirst, zone: Zone::Unsaid });
    match text.len() {
        8 => {
            let other_era = BUDDHIST.contains(&(number(&text[..4])? as i32));
            let form = if other_era { Form::OtherEra } else { Form::YearFirst };
            return Some(Instant { form, ..year_first(calendar(0)?)? });
        }
        12 if matches!(&text[..2], b"19" | b"20") => {
            let (hour, minute) = (number(&text[8..10])?, number(&text[10..12])?);
            if hour < 24
                && minute < 60
                && let Some(ms) = calendar(hour * HOUR_MS + minute * MINUTE_MS)
            {
                return year_first(ms);
            }
        }
        14 | 17 if matches!(&text[..2], b"19" | b"20") => {
            let (hour, minute, second) =
                (number(&text[8..10])?, number(&text[10..12])?, number(&text[12..14])?);
            let rest = if text.len() == 17 { number(&text[14..])? } else { 0 };
            let clock = hour * HOUR_MS + minute * MINUTE_MS + second * 1_000 + rest;
            if hour < 24
                && minute < 60
                && second < 60
                && let Some(ms) = calendar(clock)
            {
                return year_first(ms);
            }
        }
        19 => {
            let value: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
            return epoch(value);
        }
        _ => {}
    }
    epoch(number(text)?)
}

/// The unit of an epoch follows from its size: below 10¹¹ seconds (year 5138), then factors of a thousand.
#[inline]
pub(super) const fn epoch(value: i64) -> Option<Instant> {
    let (ms, form) = if value < 100_000_000 {
        return None;
    } else if value < 100_000_000_000 {
        (value * 1_000, Form::Seconds)
    } else if value < 100_000_000_000_000 {
        (value, Form::Millis)
    } else if value < 100_000_000_000_000_000 {
        (value.div_euclid(1_000), Form::Micros)
    } else {
        (value.div_euclid(1_000_000), Form::Nanos)
    };
    Some(Instant { ms, form, zone: Zone::Said })
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
    if !(1e8..9e18).contains(&value) {
        return None;
    }
    if value < 1e11 {
        let ms = (value * 1_000.0).round() as i64;
        return Some(Instant { ms, form: Form::Seconds, zone: Zone::Said });
    }
    epoch(value.round() as i64)
}

/// `2020-01-31[T ]23:59[:59[.123]][Z|±hh[:mm]]` at fixed places: the common case.
fn iso(text: &[u8], order: DateOrder) -> Option<Instant> {
    if text.len() < 10 || !matches!(text[4], b'-' | b'/' | b'.') || text[7] != text[4] {
        return None;
    }
    let (mut month, mut day) = (number(&text[5..7])? as u32, number(&text[8..10])? as u32);
    if order == DateOrder::Swapped {
        std::mem::swap(&mut month, &mut day);
    }
    let civil = Civil { year: number(&text[..4])? as i32, month, day, ms_of_day: 0 };
    if BUDDHIST.contains(&civil.year) {
        return None;
    }
    let midnight = civil.to_ms()?;
    let (clock, offset, zone) = match text.get(10) {
        None => (0, 0, Zone::Unsaid),
        Some(b'T' | b't' | b' ') => clock(&text[11..])?,
        Some(_) => return None,
    };
    Some(Instant { ms: midnight + clock - offset, form: Form::YearFirst, zone })
}

/// Reads the times of a column, one after the other. Neighbours mostly share their date, so the last one is remembered.
#[derive(Debug)]
pub(super) struct TimeReader {
    style: TimeStyle,
    date: [u8; 10],
    midnight: i64,
}

impl TimeReader {
    pub(super) const fn new(style: TimeStyle) -> Self {
        Self { style, date: [0; 10], midnight: 0 }
    }

    /// As [`read`], quicker on ISO 8601.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8]) -> Option<Instant> {
        if let Some(unit) = self.style.unit {
            let (value, count) = super::number::digits(text, 0);
            if count == text.len() && (8..19).contains(&count) && UNIX.contains(&unit) {
                let ms = unix_ms(value as i64, unit);
                let form = match unit {
                    TimeUnit::Seconds => Form::Seconds,
                    TimeUnit::Micros => Form::Micros,
                    TimeUnit::Nanos => Form::Nanos,
                    _ => Form::Millis,
                };
                return (ms < 9_000_000_000_000_000).then_some(Instant {
                    ms,
                    form,
                    zone: Zone::Said,
                });
            }
            return read(text, self.style);
        }
        // Unix times: ten digits or more, but not those of a date such as 20240131 or 202401312359.
        if matches!(text.len(), 10 | 11 | 13 | 15 | 16 | 18)
            && let (value, count) = super::number::digits(text, 0)
            && count == text.len()
        {
            return epoch(value as i64);
        }
        if let Some((date, [mark @ (b' ' | b'T'), clock @ ..])) = text.split_first_chunk::<10>() {
            if *date == self.date
                && let Some((ms, zone)) = full_clock(clock)
            {
                return Some(Instant { ms: self.midnight + ms, form: Form::YearFirst, zone });
            }
            let whole = read(text, self.style)?;
            if whole.form == Form::YearFirst
                && let Some(midnight) = iso(date, self.style.order)
                && *mark != 0
            {
                (self.date, self.midnight) = (*date, midnight.ms);
            }
            return Some(whole);
        }
        read(text, self.style)
    }
}

/// `hh:mm` and `hh:mm:ss`, alone or with `Z` or `+00:00`: ms since midnight UTC.
#[inline]
fn full_clock(text: &[u8]) -> Option<(i64, Zone)> {
    let pair = |at: usize| {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
    };
    let (length, zone) = match text {
        [.., b'Z'] => (text.len() - 1, Zone::Said),
        [.., b'+', b'0', b'0', b':', b'0', b'0'] => (text.len() - 6, Zone::Said),
        _ => (text.len(), Zone::Unsaid),
    };
    let second = match length {
        5 => 0,
        8 if text[5] == b':' => pair(6)?,
        _ => return None,
    };
    let (hour, minute) = (pair(0)?, pair(3)?);
    (text[2] == b':' && hour < 24 && minute < 60 && second < 60)
        .then_some((hour * HOUR_MS + minute * MINUTE_MS + second * 1_000, zone))
}

/// `23:59[:59[.123]][ AM][Z|UTC|±hh[:mm]]`, `10-PM`, `235959`: ms since midnight, offset in ms, and what is said about the
/// zone.
fn clock(text: &[u8]) -> Option<(i64, i64, Zone)> {
    let text = text.trim_ascii();
    let take = |from: usize| {
        let end =
            text[from..].iter().position(|b| !b.is_ascii_digit()).map_or(text.len(), |n| from + n);
        if end == from || end - from > 9 { None } else { Some((number(&text[from..end])?, end)) }
    };
    let (first, mut at) = take(0)?;
    if at > 6
        || ((3..=4).contains(&at) && first % 100 > 59)
        || (at > 4 && (first / 100 % 100 > 59 || first % 100 > 59))
    {
        return None;
    }
    let mut ms = if at > 4 {
        first / 10_000 * HOUR_MS + first / 100 % 100 * MINUTE_MS + first % 100 * 1_000
    } else if at > 2 {
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
    // "p.m.", "p. m.", "PM"
    let lower: Vec<u8> = rest
        .to_ascii_lowercase()
        .into_iter()
        .enumerate()
        .filter(|&(place, byte)| byte != b'.' && (byte != b' ' || place > 3))
        .map(|(_, byte)| byte)
        .collect();
    let half = lower.strip_prefix(b"-").unwrap_or(&lower);
    let is_half = matches!(half, [b'a' | b'p', b'm', rest @ ..] if !rest.first().is_some_and(u8::is_ascii_alphabetic));
    if is_half {
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
        let end = rest.iter().position(|byte| byte.eq_ignore_ascii_case(&b'm')).unwrap_or(0) + 1;
        // Behind "p.m." may stand a last dot, and behind that a zone.
        rest = rest[end.min(rest.len())..].trim_ascii();
        rest = rest.strip_prefix(b".").unwrap_or(rest).trim_ascii();
    }
    if hour > 24 || ms > 24 * HOUR_MS {
        return None;
    }
    let (offset, zone) = zone(rest)?;
    // A name that nobody knows is one only behind a space, or in brackets.
    let glued = zone == Zone::Unknown
        && !rest.starts_with(b"[")
        && !text[..text.len() - rest.len()].ends_with(b" ");
    (!glued).then_some((ms, offset, zone))
}

/// Names of zones that mean one offset everywhere, in minutes. CST, IST and BST mean several and are not among them.
const ZONES: [(&[u8], i64); 26] = [
    (b"Z", 0),
    (b"UTC", 0),
    (b"GMT", 0),
    (b"WET", 0),
    (b"WEST", 60),
    (b"CET", 60),
    (b"MEZ", 60),
    (b"CEST", 120),
    (b"MESZ", 120),
    (b"EET", 120),
    (b"EEST", 180),
    (b"MSK", 180),
    (b"SAST", 120),
    (b"SGT", 480),
    (b"HKT", 480),
    (b"JST", 540),
    (b"KST", 540),
    (b"AEST", 600),
    (b"AEDT", 660),
    (b"NZST", 720),
    (b"EST", -300),
    (b"EDT", -240),
    (b"CDT", -300),
    (b"MST", -420),
    (b"PST", -480),
    (b"PDT", -420),
];

fn zone(text: &[u8]) -> Option<(i64, Zone)> {
    // A name in brackets behind an offset only explains it: `GMT+0100 (Central European Standard Time)`, `Z[UTC]`.
    if let Some(at) = text.iter().position(|byte| matches!(byte, b'(' | b'['))
        && matches!(text.last(), Some(b')' | b']'))
    {
        let before = text[..at].trim_ascii();
        return zone(if before.is_empty() { &text[at + 1..text.len() - 1] } else { before });
    }
    if text.is_empty() {
        return Some((0, Zone::Unsaid));
    }
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some((minutes * MINUTE_MS, Zone::Said));
    }
    // UTC+3, GMT-05:00
    let text =
        [&b"UTC"[..], b"GMT"].iter().find_map(|name| text.strip_prefix(*name)).unwrap_or(text);
    let sign = match text[0] {
        b'+' => 1,
        b'-' => -1,
        _ => {
            let is_name = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'_');
            let named = (3..=32).contains(&text.len()) && text.iter().all(is_name);
            return named.then_some((0, Zone::Unknown));
        }
    };
    let digits: Vec<u8> = text[1..].iter().copied().filter(|&byte| byte != b':').collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number(&digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60)
        .then_some((sign * (hours * HOUR_MS + minutes * MINUTE_MS), Zone::Said))
}

/// True for a Unix time in any unit.
pub(super) fn is_epoch(text: &[u8]) -> bool {
    read(text, TimeStyle::by_size(DateOrder::MonthFirst))
        .is_some_and(|instant| instant.form.is_unix())
}

/// The parts of a date that is written in another way than year first.
struct Tokens<'a> {
    parts: [&'a [u8]; 3],
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// Splits `31-Dec-10`, `Jun 10, 2020`, `5/15/2018 6:00`, `01.01.2017 22:00`, `20180101 163000`, `Thu, 27 Feb 2020`.
    fn of(text: &'a [u8]) -> Option<Self> {
        if text.len() > 9
            && matches!(text[8], b' ' | b'T' | b't' | b'-' | b'_')
            && text[..8].iter().all(u8::is_ascii_digit)
            && let rest = text[9..].trim_ascii_start()
            && rest.first().is_some_and(u8::is_ascii_digit)
        {
            return Some(Self { parts: [&text[..4], &text[4..6], &text[6..8]], rest });
        }
        // C's ctime: the year stands last.
        if let [day, month, number, clock, year] =
            text.split(|byte| *byte == b' ').filter(|part| !part.is_empty()).collect::<Vec<_>>()[..]
            && weekday(day) > 0
            && month_name(month).is_some()
            && clock.contains(&b':')
            && year.len() == 4
        {
            return Some(Self { parts: [month, number, year], rest: clock });
        }
        let mut parts = [&text[..0]; 3];
        let mut at = weekday(text);
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
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b",").or_else(|| rest.strip_prefix(b".")).unwrap_or(rest);
        Some(Self { parts, rest })
    }

    fn instant(&self, order: DateOrder) -> Option<Instant> {
        let [a, b, c] = self.parts;
        let (year, month, day, form) = if let Some(year) = foreign_year(a) {
            (year, month(b)?, number(c)?, Form::OtherEra)
        } else if a.len() == 4 && a[0].is_ascii_digit() {
            (year(a)?, month(b)?, number(c)?, Form::YearFirst)
        } else if let Some(named) = month_name(a) {
            (year(c)?, named, number(b)?, Form::MonthName)
        } else if let Some(named) = month_name(b) {
            (year(c)?, named, number(a)?, Form::MonthName)
        } else {
            if a.len() > 2 || b.len() > 2 {
                return None;
            }
            let (first, second) = (number(a)?, number(b)?);
            let (day, month) = match order {
                DateOrder::DayFirst => (first, second),
                // What a spreadsheet could not read it left alone: the day is above 12.
                DateOrder::Swapped if first > 12 => (first, second),
                DateOrder::MonthFirst | DateOrder::Swapped => (second, first),
            };
            (year(c)?, month, day, Form::YearLast)
        };
        let (ms_of_day, offset, zone) = if self.rest.trim_ascii().is_empty() {
            (0, 0, Zone::Unsaid)
        } else {
            clock(self.rest)?
        };
        let (year, form) =
            if BUDDHIST.contains(&year) { (year - 543, Form::OtherEra) } else { (year, form) };
        let civil = Civil {
            year,
            month: u32::try_from(month).ok()?,
            day: u32::try_from(day).ok()?,
            ms_of_day,
        };
        // The order of day and month still matters when the year is of another era.
        let form = if form == Form::OtherEra && c.len() == 4 && month_name(b).is_none() {
            Form::YearLast
        } else {
            form
        };
        Some(Instant { ms: civil.to_ms()? - offset, form, zone })
    }
}

/// Bytes of a weekday's name in front of a date.
fn weekday(text: &[u8]) -> usize {
    const DAYS: [&[u8]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_day = letters >= 3 && DAYS.iter().any(|day| text[..3].eq_ignore_ascii_case(day));
    if is_day { letters } else { 0 }
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

/// A year that stands first and is not of the common era: Minguo in three digits (`113` is 2024), or a Japanese era with its
/// letter (`R6` is 2024).
fn foreign_year(text: &[u8]) -> Option<i32> {
    match text {
        [b'R' | b'H' | b'S', rest @ ..] if rest.len() <= 2 => {
            let first = match text[0] {
                b'R' => 2_019,
                b'H' => 1_989,
                _ => 1_926,
            };
            let year = number(rest)? as i32;
            (year > 0).then_some(first + year - 1)
        }
        [_, _, _] => {
            number(text).filter(|year| (60..=300).contains(year)).map(|y| y as i32 + 1_911)
        }
        _ => None,
    }
}

fn month_name(text: &[u8]) -> Option<i64> {
    if !text.first()?.is_ascii_alphabetic() {
        return None;
    }
    super::words::month(std::str::from_utf8(text).ok()?)
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
        let instant = read(text.as_bytes(), TimeStyle::by_size(order))
            .unwrap_or_else(|| panic!("{text} is a time"));
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
            ("3/15/2013 1:30 p.m.", MonthFirst, "2013-03-15 13:30"),
            ("May 15, 2022,", MonthFirst, "2022-05-15 00:00"),
            ("Thu Feb 27 2020 23:16:49 GMT+0100", MonthFirst, "2020-02-27 22:16:49"),
            ("Mon, 03 Feb 2020 10:00:00 GMT", MonthFirst, "2020-02-03 10:00"),
            ("2024-01-02 09:30:00 EST", MonthFirst, "2024-01-02 14:30"),
            ("2024-01-02 09:30 JST", MonthFirst, "2024-01-02 00:30"),
            ("20220104093500000", MonthFirst, "2022-01-04 09:35"),
            ("20240219T090000Z", MonthFirst, "2024-02-19 09:00"),
            ("20240219T0900", MonthFirst, "2024-02-19 09:00"),
            ("20240219-09:00:00", MonthFirst, "2024-02-19 09:00"),
            ("20220104 84500", MonthFirst, "2022-01-04 08:45"),
            ("19/02/2024 9:30:00 a. m.", DayFirst, "2024-02-19 09:30"),
            ("19/02/2024 1:30:00 p.\u{a0}m.", DayFirst, "2024-02-19 13:30"),
            ("2024-02-19T09:00:00-05:00[America/New_York]", MonthFirst, "2024-02-19 14:00"),
            (
                "Mon Feb 19 2024 09:00:00 GMT+0100 (Central European Standard Time)",
                MonthFirst,
                "2024-02-19 08:00",
            ),
            ("20240219  08:30:00", MonthFirst, "2024-02-19 08:30"),
            ("Mon Feb 19 08:30:00 2024", MonthFirst, "2024-02-19 08:30"),
            ("Thu Feb  1 08:30:00 2024", MonthFirst, "2024-02-01 08:30"),
            ("-631152000", MonthFirst, "1950-01-01 00:00"),
            ("-631152000000", MonthFirst, "1950-01-01 00:00"),
            ("25630501", MonthFirst, "2020-05-01 00:00"),
            ("2022-03-01", DateOrder::Swapped, "2022-01-03 00:00"),
            ("13/01/2022", DateOrder::Swapped, "2022-01-13 00:00"),
            ("01/13/2022", DateOrder::Swapped, "2022-01-13 00:00"),
            ("2. März 2024", DayFirst, "2024-03-02 00:00"),
            ("15 août 2023 10:00", DayFirst, "2023-08-15 10:00"),
            ("1 июн. 2021", DayFirst, "2021-06-01 00:00"),
            ("31 dic 2022", DayFirst, "2022-12-31 00:00"),
            ("5 paź 2022", DayFirst, "2022-10-05 00:00"),
            ("2024年01月02日", MonthFirst, "2024-01-02 00:00"),
            ("2024年1月2日 15:04", MonthFirst, "2024-01-02 15:04"),
            ("令和6年1月4日", MonthFirst, "2024-01-04 00:00"),
            ("R6.1.4", MonthFirst, "2024-01-04 00:00"),
            ("113/01/02", MonthFirst, "2024-01-02 00:00"),
            ("2567-01-02", MonthFirst, "2024-01-02 00:00"),
            ("02/01/2567", DayFirst, "2024-01-02 00:00"),
            ("2 ม.ค. 2567", DayFirst, "2024-01-02 00:00"),
            ("2020-12-31 23:59:60", MonthFirst, "2021-01-01 00:00"),
            ("2020-12-31 24:00", MonthFirst, "2021-01-01 00:00"),
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
            "292277026596-01-01",
            "99999999999999999999",
            "12/31/999",
            "3,024.90",
        ] {
            assert_eq!(
                read(text.as_bytes(), TimeStyle::by_size(DateOrder::MonthFirst)),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_in_a_chosen_unit() {
        for (text, unit, expected) in [
            ("45292", TimeUnit::Excel, "2024-01-01 00:00"),
            ("45292.5", TimeUnit::Excel, "2024-01-01 12:00"),
            ("45292.00347222222", TimeUnit::Excel, "2024-01-01 00:05"),
            ("43830", TimeUnit::Excel1904, "2024-01-01 00:00"),
            ("638396640000000000", TimeUnit::Ticks, "2024-01-01 00:00"),
            ("133485408000000000", TimeUnit::FileTime, "2024-01-01 00:00"),
            ("631152000000000000", TimeUnit::Nanos, "1990-01-01 00:00"),
            ("86400", TimeUnit::Seconds, "1970-01-02 00:00"),
            ("-86400000", TimeUnit::Millis, "1969-12-31 00:00"),
        ] {
            let style = TimeStyle { order: DateOrder::DayFirst, unit: Some(unit) };
            let instant = read(text.as_bytes(), style).unwrap();
            assert_eq!(format_time(instant.ms), expected, "{text}");
        }
        let style = TimeStyle { order: DateOrder::DayFirst, unit: Some(TimeUnit::Millis) };
        assert_eq!(read(b"2024-01-01", style), None);
        assert_eq!(read(b"99999999999999999999999999", style), None);
    }

    #[test]
    fn the_zone_of_a_name_is_known_or_said_to_be_unknown() {
        let style = TimeStyle::by_size(DateOrder::DayFirst);
        for (text, zone) in [
            ("2024-01-02 09:30 CST", Zone::Unknown),
            ("2024-01-02 09:30 America/New_York", Zone::Unknown),
            ("2024-01-02T09:30[America/New_York]", Zone::Unknown),
            ("2024-01-02T09:30Z[UTC]", Zone::Said),
            ("2024-01-02 09:30 UTC+3", Zone::Said),
            ("2024-01-02 09:30", Zone::Unsaid),
        ] {
            assert_eq!(read(text.as_bytes(), style).unwrap().zone, zone, "{text}");
        }
        assert_eq!(read(b"2024-01-02 09:30 x", style), None);
    }

    #[test]
    fn the_quick_reader_reads_what_the_plain_one_reads() {
        let style = TimeStyle::by_size(DateOrder::MonthFirst);
        let mut reader = TimeReader::new(style);
        for text in [
            "2024-01-02 09:30",
            "2024-01-02 09:31",
            "2024-01-02T09:31:07Z",
            "2024-01-02 09:31:07+00:00",
            "2024-01-02 09:31:07+02:00",
            "2024-01-02 09:60",
            "2024-01-02 0a:30",
            "2024-01-02 24:00",
            "2024-01-02",
            "2024-01-03 9:30",
            "2024-01-03 09:30 AM",
            "2567-01-03 09:30",
            "2567-01-03 09:31",
            "1704067200000",
            "",
        ] {
            assert_eq!(reader.read(text.as_bytes()), read(text.as_bytes(), style), "{text}");
        }
    }
}

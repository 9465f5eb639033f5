//! Civil time without a clock and without a time-zone database: everything is UTC.

use std::fmt::Write as _;

/// Milliseconds of a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A date and time of day in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, 1 to 9999 in files we accept.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Milliseconds since midnight.
    pub ms_of_day: i64,
}

impl Civil {
    /// The instant as UTC milliseconds; `None` when the date does not exist (30 February).
    ///
    /// Own choice of algorithm: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
    pub fn to_ms(self) -> Option<i64> {
        if !(1..=12).contains(&self.month) || self.day < 1 || self.day > self.days_in_month() {
            return None;
        }
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some((era * 146_097 + day_of_era - 719_468) * DAY_MS + self.ms_of_day)
    }

    /// The date and time of an instant in UTC milliseconds.
    pub fn from_ms(ms: i64) -> Self {
        let days = ms.div_euclid(DAY_MS) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: year as i32,
            month: month as u32,
            day: day as u32,
            ms_of_day: ms.rem_euclid(DAY_MS),
        }
    }

    const fn days_in_month(self) -> u32 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            _ => 31,
        }
    }
}

/// `2025-10-26 02:45` in UTC; seconds only when they are not zero.
pub fn format_time(ms: i64) -> String {
    let civil = Civil::from_ms(ms);
    let seconds = civil.ms_of_day / 1_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text =
        format!("{:04}-{:02}-{:02} {hour:02}:{minute:02}", civil.year, civil.month, civil.day);
    if second != 0 {
        let _ = write!(text, ":{second:02}");
    }
    text
}

/// An instant written as [`format_time`] does, in UTC: a date, with or without a time of day after a space or a `T`.
pub fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let whole = |text: &str, digits: usize| -> Option<u32> {
        let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    let mut date = date.split('-');
    let (year, month, day) =
        (whole(date.next()?, 4)?, whole(date.next()?, 2)?, whole(date.next()?, 2)?);
    let mut time = time.split(':');
    let (hour, minute) = (whole(time.next()?, 2)?, whole(time.next()?, 2)?);
    let second = time.next().map_or(Some(0), |text| whole(text, 2))?;
    if date.next().is_some() || time.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let ms_of_day = i64::from((hour * 60 + minute) * 60 + second) * 1_000;
    Civil { year: year as i32, month, day, ms_of_day }.to_ms()
}

/// `5m`, `1h`, `1d`, or the plain number of seconds where no whole unit fits.
pub fn timeframe_label(ms: i64) -> String {
    for (unit, name) in [(7 * DAY_MS, "w"), (DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "m")] {
        if ms >= unit && ms % unit == 0 {
            return format!("{}{name}", ms / unit);
        }
    }
    format!("{} s", ms as f64 / 1_000.0)
}

/// A span for people: `540 days`, `3.5 hours`, `12 minutes`.
pub fn format_duration(ms: i64) -> String {
    let ms = ms as f64;
    let (value, unit) = if ms >= 2.0 * DAY_MS as f64 {
        (ms / DAY_MS as f64, "days")
    } else if ms >= 2.0 * HOUR_MS as f64 {
        (ms / HOUR_MS as f64, "hours")
    } else {
        (ms / MINUTE_MS as f64, "minutes")
    };
    let text = format!("{value:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// The commonest positive difference of sorted times (ties: smallest) and the number of steps that equal it.
pub fn modal_step(sorted: &[i64]) -> Option<(i64, usize)> {
    let mut counts = std::collections::BTreeMap::<i64, usize>::new();
    let mut run = (0, 0);
    for pair in sorted.windows(2) {
        let step = pair[1] - pair[0];
        if step != run.0 {
            *counts.entry(run.0).or_default() += run.1;
            run = (step, 0);
        }
        run.1 += 1;
    }
    *counts.entry(run.0).or_default() += run.1;
    let mut best = (0, 0);
    for (step, count) in counts {
        if step > 0 && count > best.1 {
            best = (step, count);
        }
    }
    (best.1 > 0).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_survives_the_round_trip() {
        for day in -146_097..146_097 {
            let ms = day * DAY_MS + 12_345;
            assert_eq!(Civil::from_ms(ms).to_ms(), Some(ms));
        }
    }

    #[test]
    fn known_instants() {
        assert_eq!(format_time(1_761_446_700_000), "2025-10-26 02:45");
        assert_eq!(format_time(-1_000), "1969-12-31 23:59:59");
        assert_eq!(Civil { year: 2023, month: 2, day: 29, ms_of_day: 0 }.to_ms(), None);
        assert_eq!(
            Civil { year: 2024, month: 2, day: 29, ms_of_day: 0 }.to_ms(),
            Some(1_709_164_800_000)
        );
    }

    #[test]
    fn what_is_written_is_read() {
        for ms in [0, 1_761_446_700_000, -1_000, 1_709_164_800_000, 253_402_300_799_000] {
            let text = format_time(ms);
            assert_eq!(parse_time(&text), Some(ms), "{text}");
            assert_eq!(parse_time(&text.replace(' ', "T")), Some(ms), "{text}");
        }
        assert_eq!(parse_time(" 2024-02-29 "), Some(1_709_164_800_000));
        for bad in [
            "",
            "2023-02-29",
            "2024-13-01",
            "24-01-01",
            "2024-01-01T24:00",
            "2024-01-01 1:00",
            "2024-01-01-",
            "2024-01-01T00:00:00:",
            "1.2.2024",
            "２０２４-01-01",
        ] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn labels() {
        assert_eq!(timeframe_label(300_000), "5m");
        assert_eq!(timeframe_label(86_400_000), "1d");
        assert_eq!(timeframe_label(90_000), "90 s");
        assert_eq!(format_duration(540 * DAY_MS), "540 days");
        assert_eq!(format_duration(90 * MINUTE_MS), "90 minutes");
    }
}

//! Zones that are named beside the times: in a header, a comment line, or a column of their own. There is no database of
//! zones in the page: a name that stands for one offset all year is read, any other is asked about.

use super::ImportError;
use super::diagnostics::{Choice, Question, clip};

/// What the name of a zone tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Minutes east of UTC.
    Offset(i32),
    /// A zone with several offsets, or one that nobody knows.
    Several(String),
}

/// Names that mean one offset all year, in minutes, folded to upper case.
const FIXED: [(&str, i32); 34] = [
    ("UTC", 0),
    ("GMT", 0),
    ("ZULU", 0),
    ("ETC/UTC", 0),
    ("ETC/GMT", 0),
    ("UCT", 0),
    ("JST", 540),
    ("KST", 540),
    ("HKT", 480),
    ("SGT", 480),
    ("MSK", 180),
    ("SAST", 120),
    ("WIB", 420),
    ("ICT", 420),
    ("PKT", 300),
    ("GST", 240),
    ("TRT", 180),
    ("BRT", -180),
    ("ASIA/TOKYO", 540),
    ("ASIA/SEOUL", 540),
    ("ASIA/SHANGHAI", 480),
    ("ASIA/HONG_KONG", 480),
    ("ASIA/SINGAPORE", 480),
    ("ASIA/TAIPEI", 480),
    ("ASIA/KOLKATA", 330),
    ("ASIA/CALCUTTA", 330),
    ("ASIA/DUBAI", 240),
    ("ASIA/BANGKOK", 420),
    ("ASIA/JAKARTA", 420),
    ("EUROPE/MOSCOW", 180),
    ("EUROPE/ISTANBUL", 180),
    ("AFRICA/JOHANNESBURG", 120),
    ("AMERICA/SAO_PAULO", -180),
    ("北京时间", 480),
];

/// Names of zones, and offsets with the time of the year or the place in which they hold.
type Several = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// Names with several offsets, and the offsets to offer.
const SEVERAL: [Several; 11] = [
    (
        &[
            "EST",
            "EDT",
            "ET",
            "EASTERN",
            "EST5EDT",
            "US/EASTERN",
            "AMERICA/NEW_YORK",
            "NEW YORK",
            "NY",
        ],
        &[("-05:00", "New York in winter"), ("-04:00", "New York in summer")],
    ),
    (
        &["CDT", "CT", "CENTRAL", "CST6CDT", "US/CENTRAL", "AMERICA/CHICAGO", "CHICAGO"],
        &[("-06:00", "Chicago in winter"), ("-05:00", "Chicago in summer")],
    ),
    (
        &["CST"],
        &[
            ("-06:00", "North America in winter"),
            ("-05:00", "North America in summer"),
            ("+08:00", "China"),
        ],
    ),
    (
        &["PST", "PDT", "PT", "PACIFIC", "US/PACIFIC", "AMERICA/LOS_ANGELES"],
        &[("-08:00", "Los Angeles in winter"), ("-07:00", "Los Angeles in summer")],
    ),
    (
        &["MST", "MDT", "US/MOUNTAIN"],
        &[("-07:00", "Denver in winter"), ("-06:00", "Denver in summer")],
    ),
    (
        &[
            "CET",
            "CEST",
            "MEZ",
            "MESZ",
            "EUROPE/BERLIN",
            "EUROPE/PARIS",
            "EUROPE/MADRID",
            "EUROPE/ROME",
            "EUROPE/ZURICH",
            "EUROPE/AMSTERDAM",
            "BERLIN",
            "FRANKFURT",
        ],
        &[("+01:00", "Central Europe in winter"), ("+02:00", "Central Europe in summer")],
    ),
    (
        &["EET", "EEST", "EUROPE/HELSINKI", "EUROPE/ATHENS", "EUROPE/KIEV", "EUROPE/KYIV"],
        &[("+02:00", "Eastern Europe in winter"), ("+03:00", "Eastern Europe in summer")],
    ),
    (
        &["BST", "WET", "WEST", "EUROPE/LONDON", "LONDON"],
        &[("UTC", "London in winter"), ("+01:00", "London in summer")],
    ),
    (&["IST"], &[("+05:30", "India"), ("+02:00", "Israel"), ("+01:00", "Ireland")]),
    (
        &["AEST", "AEDT", "AUSTRALIA/SYDNEY", "SYDNEY"],
        &[("+10:00", "Sydney in winter"), ("+11:00", "Sydney in summer")],
    ),
    (
        &["LOCAL", "EXCHANGE", "SERVER", "BROKER", "LOKAL", "ORTSZEIT"],
        &[
            ("UTC", "no offset"),
            ("+02:00", "brokers' usual time in winter"),
            ("+03:00", "brokers' usual time in summer"),
            ("-05:00", "New York in winter"),
        ],
    ),
];

/// Areas of the names of the IANA time zone database.
const AREAS: [&str; 10] = [
    "AMERICA",
    "EUROPE",
    "ASIA",
    "AFRICA",
    "AUSTRALIA",
    "PACIFIC",
    "ATLANTIC",
    "INDIAN",
    "US",
    "CANADA",
];

/// Names that are words or letters of other things, too.
const TOO_SHORT: [&str; 4] = ["Z", "ET", "CT", "PT"];

/// Words with which a line says that it tells the zone.
const MARKS: [&str; 12] = [
    "timezone",
    "time zone",
    "time_zone",
    "time-zone",
    "zeitzone",
    "tz",
    "fuseau",
    "zona horaria",
    "utc offset",
    "gmt offset",
    "all times",
    "times are",
];

/// `UTC+8`, `GMT-05:30`, `+0200`, `UTC+0530`: minutes.
fn offset(text: &str) -> Option<i32> {
    let text =
        ["UTC", "GMT"].iter().find_map(|name| text.strip_prefix(*name)).unwrap_or(text).trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-" | "−", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok()?, 0),
        3 | 4 => {
            let (hours, minutes) = digits.split_at(digits.len() - 2);
            (hours.parse().ok()?, minutes.parse().ok()?)
        }
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// What a text that should be the name of a zone tells.
pub(super) fn of_text(text: &str) -> Option<Named> {
    let plain = text.trim().trim_matches(['(', ')', '[', ']', '"', '\'']).trim();
    let upper = plain.to_ascii_uppercase();
    if let Some((_, minutes)) = FIXED.iter().find(|(name, _)| *name == upper) {
        return Some(Named::Offset(*minutes));
    }
    if upper == "Z" {
        return Some(Named::Offset(0));
    }
    if let Some(minutes) = offset(&upper) {
        return Some(Named::Offset(minutes));
    }
    let is_listed = SEVERAL.iter().any(|(names, _)| names.contains(&upper.as_str()));
    let is_iana = upper
        .split_once('/')
        .is_some_and(|(area, place)| AREAS.contains(&area) && !place.is_empty());
    (is_listed || is_iana).then(|| Named::Several(plain.to_owned()))
}

/// The zone in the name of a column: `Time (UTC+8)`, `Gmt time`, `datetime_utc`, `Date [America/New_York]`.
pub(super) fn in_name(name: &str) -> Option<Named> {
    // In brackets anything may be a zone; as a word beside others only what can be nothing else.
    if let Some(from) = name.find(['(', '['])
        && let Some(length) = name[from + 1..].find([')', ']'])
        && let Some(named) = of_text(&name[from + 1..from + 1 + length])
    {
        return Some(named);
    }
    let words =
        name.split(|c: char| c.is_whitespace() || matches!(c, '_' | '(' | ')' | '[' | ']' | ','));
    let mut found = None;
    for word in words.filter(|word| !word.is_empty()) {
        let upper = word.to_ascii_uppercase();
        // "Exchange Date" names no zone, "Exchange time" does.
        let is_place = SEVERAL[SEVERAL.len() - 1].0.contains(&upper.as_str());
        if is_place && !name.to_ascii_uppercase().contains("TIME") {
            continue;
        }
        let glued = ["UTC", "GMT"].iter().any(|name| upper.len() > 3 && upper.ends_with(name));
        if let Some(named) = of_text(word)
            && !TOO_SHORT.contains(&upper.as_str())
            && !word.starts_with(['+', '-'])
        {
            found = Some(named);
        } else if glued || upper.starts_with("UTC") {
            found = found.or(Some(Named::Offset(0)));
        } else if TOO_SHORT[1..].contains(&upper.as_str()) && word == upper {
            found = Some(Named::Several(word.to_owned()));
        }
    }
    found
}

/// The zone in a comment or preamble line: `# timezone: America/New_York`, `TZ=UTC+2`, `All times in GMT`.
pub(super) fn in_line(line: &str) -> Option<Named> {
    let lower = line.to_ascii_lowercase();
    if !MARKS.iter().any(|mark| lower.contains(mark)) {
        return None;
    }
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '=' | '#' | '"' | '\t'))
        .map(|word| word.trim_matches([':', '.', '(', ')']))
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().rev().find_map(|word| {
        let word =
            word.strip_prefix("timezone:").or_else(|| word.strip_prefix("tz:")).unwrap_or(word);
        of_text(word)
    })
}

/// Asks for the offset of a zone that has several.
pub(super) fn ask(name: &str, place: &str) -> ImportError {
    let upper = name.to_ascii_uppercase();
    let offsets = SEVERAL.iter().find(|(names, _)| names.contains(&upper.as_str())).map_or(
        &[
            ("UTC", "no offset"),
            ("-05:00", "New York in winter"),
            ("+01:00", "Central Europe in winter"),
        ][..],
        |(_, offsets)| *offsets,
    );
    let choices = offsets.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    let text = format!(
        "{place} names the zone {}, which does not tell one offset from UTC for the whole year; any other offset can be given, too",
        clip(name.as_bytes())
    );
    ImportError::asks(Question::new("zone", text, choices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_in_names_and_lines() {
        let offset = |minutes| Some(Named::Offset(minutes));
        let several = |name: &str| Some(Named::Several(name.to_owned()));
        for (name, expected) in [
            ("Time (UTC+8)", offset(480)),
            ("Time (EET)", several("EET")),
            ("Date (EST)", several("EST")),
            ("Gmt time", offset(0)),
            ("datetime_utc", offset(0)),
            ("timestampUTC", offset(0)),
            ("Date [America/New_York]", several("America/New_York")),
            ("Time (UTC+0530)", offset(330)),
            ("Time (ET)", several("ET")),
            ("Date (JST)", offset(540)),
            ("Local time", several("Local")),
            ("Exchange Date", None),
            ("candle_date_time_kst", offset(540)),
            ("time", None),
            ("Date", None),
            ("close time", None),
        ] {
            assert_eq!(in_name(name), expected, "{name}");
        }
        for (line, expected) in [
            ("# timezone: America/New_York", several("America/New_York")),
            ("# All times are GMT+3", offset(180)),
            ("Timezone,EST", several("EST")),
            ("# downloaded 2024-01-01", None),
            ("tz=UTC", offset(0)),
        ] {
            assert_eq!(in_line(line), expected, "{line}");
        }
    }
}

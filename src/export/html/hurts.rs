//! Where a file hurts, as pictures: days, hours of the week, outages, ticks, returns and volume.

use super::figures::{Bar, Names, bars, text_width};
use super::{Cell, escape, table};
use crate::charts::scale::MONTHS;
use crate::domain::{Civil, DAY_MS, HOUR_MS, MINUTE_MS, Measure, Undefined, format_time, grouped};
use crate::format::{counted, fixed, percent, rows};
use crate::quality::Places;
use crate::quality::places::{BAD_KINDS, Bins, Day, KINDS};
use std::fmt::Write as _;

/// Days up to which each has a square of its own; longer files have one a month.
const MOST_DAYS: usize = 1_100;
/// Side of a square with its gap, CSS pixels of the picture.
const SIDE: f64 = 11.0;
/// Room for names on the left and above.
const NAMES: (f64, f64) = (34.0, 16.0);
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Bad shares above which a square is darker.
const SHADES: [f64; 4] = [0.0, 0.01, 0.05, 0.2];
/// Outages that are shown.
const LISTED: usize = 10;

/// What a click shows: these times on the price chart.
fn span(candles: &[i64], from_ms: i64, to_ms: i64) -> String {
    let from = candles.partition_point(|&time| time < from_ms);
    let to = candles.partition_point(|&time| time < to_ms).max(from + 1);
    // A little of what is beside it.
    let beside = ((to - from) / 10).max(8);
    format!(
        " data-from=\"{}\" data-to=\"{}\"",
        from.saturating_sub(beside),
        (to + beside).min(candles.len())
    )
}

fn day_name(ms: i64) -> String {
    format_time(ms).chars().take(10).collect()
}

/// A square of a heat map.
struct Square {
    place: (usize, usize),
    share: Measure,
    note: String,
    link: String,
}

/// Squares by column and row, columns `across` pixels apart; colour tells the share, and so does the text of each. The last
/// pair are the squares from one to its right and to its lower neighbour, for the arrow keys.
fn heat(
    about: &str,
    across: f64,
    squares: &[Square],
    columns: &[(usize, String)],
    row_names: &[(usize, String)],
    (right, down): (usize, usize),
) -> String {
    let most = |of: fn(&Square) -> usize| squares.iter().map(of).max().unwrap_or(0) + 1;
    let (wide, high) = (most(|square| square.place.0), most(|square| square.place.1));
    let (left, top) = NAMES;
    // A short file is narrower than the name of its month.
    let names_end = columns.iter().map(|(at, name)| *at as f64 * across + text_width(name));
    let width = left + names_end.fold(wide as f64 * across, f64::max) + 8.0;
    let height = top + high as f64 * SIDE + 4.0;
    let mut out = format!(
        "<svg class=\"figure heat\" width=\"{width:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"group\" data-right=\"{right}\" data-down=\"{down}\" aria-label=\"{}\">",
        escape(about)
    );
    for (column, name) in columns {
        let at = left + *column as f64 * across;
        let _ = write!(out, "<text x=\"{at:.0}\" y=\"11\">{}</text>", escape(name));
    }
    for (row, name) in row_names {
        let at = top + *row as f64 * SIDE + 9.0;
        let _ = write!(out, "<text x=\"0\" y=\"{at:.0}\">{}</text>", escape(name));
    }
    let mut stop = " tabindex=\"0\"";
    for square in squares {
        let focus = if square.link.is_empty() {
            String::new()
        } else {
            format!(" role=\"button\"{}{}", std::mem::take(&mut stop), square.link)
        };
        let shade = match &square.share {
            Err(_) => 0,
            Ok(share) => 1 + SHADES.iter().filter(|limit| *share > **limit).count(),
        };
        let (column, row) = square.place;
        let _ = write!(
            out,
            "<rect class=\"heat-{shade}\" x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"10\"{}><title>{}</title></rect>",
            left + column as f64 * across,
            top + row as f64 * SIDE,
            across - 1.0,
            focus,
            escape(&square.note)
        );
    }
    out.push_str("</svg>");
    out
}

/// What the shades mean.
fn key() -> &'static str {
    "<p class=\"keys-of-heat\"><i class=\"swatch heat-0\"></i> no slot <i class=\"swatch heat-1\"></i> none bad \
     <i class=\"swatch heat-2\"></i> to 1 % <i class=\"swatch heat-3\"></i> to 5 % <i class=\"swatch heat-4\"></i> to 20 % \
     <i class=\"swatch heat-5\"></i> more</p>"
}

/// Counts of the kinds that there are.
fn kinds(counts: &[u32]) -> String {
    let told: Vec<String> = KINDS
        .iter()
        .zip(counts)
        .filter(|(_, count)| **count > 0)
        .map(|(kind, count)| format!("{} {}", kind.replace('_', " "), grouped(*count as usize)))
        .collect();
    if told.is_empty() { "nothing found".to_owned() } else { told.join(", ") }
}

fn about_days(name: &str, slots: u32, share: &Measure, counts: &[u32]) -> String {
    match share {
        Err(_) => format!("{name}: no slot should have a row"),
        Ok(share) => format!(
            "{name}: {} bad of {}: {}",
            percent(*share, 2),
            counted(slots as usize, "slot"),
            kinds(counts)
        ),
    }
}

fn calendar(days: &[Day], candles: &[i64]) -> String {
    let Some(first) = days.first() else { return String::new() };
    let about = "Share of bad slots by day, UTC: missing, broken, placeholder or impossible.";
    if days.len() > MOST_DAYS {
        return by_month(about, days, candles);
    }
    // 1970-01-01 was a Thursday; weeks begin on Monday.
    let week = |ms: i64| (ms.div_euclid(DAY_MS) + 3).div_euclid(7);
    let first_week = week(first.day_ms);
    let place = |ms: i64| {
        ((week(ms) - first_week) as usize, (ms.div_euclid(DAY_MS) + 3).rem_euclid(7) as usize)
    };
    let squares: Vec<Square> = days
        .iter()
        .map(|day| {
            let share = day.bad_share();
            Square {
                place: place(day.day_ms),
                note: about_days(&day_name(day.day_ms), day.slots, &share, &day.kinds),
                link: span(candles, day.day_ms, day.day_ms + DAY_MS),
                share,
            }
        })
        .collect();
    let mut columns: Vec<(usize, String)> = Vec::new();
    for day in days {
        let civil = Civil::from_ms(day.day_ms);
        let month = MONTHS[civil.month as usize - 1];
        let (column, _) = place(day.day_ms);
        // The first month with its year, then every month, and a January as its year, where there is room.
        let name = match (columns.is_empty(), civil.day, civil.month) {
            (true, ..) => format!("{month} {}", civil.year),
            (_, 1, 1) => civil.year.to_string(),
            (_, 1, _) => month.to_owned(),
            _ => continue,
        };
        let is_free = |(last, before): &(usize, String)| {
            (column - last) as f64 * SIDE >= text_width(before) + 6.0
        };
        if columns.last().is_none_or(is_free) {
            columns.push((column, name));
        }
    }
    let names = [0, 2, 4, 6].map(|row| (row, WEEKDAYS[row].to_owned()));
    heat(about, SIDE, &squares, &columns, &names, (7, 1))
}

/// Months as columns, years as rows.
fn by_month(about: &str, days: &[Day], candles: &[i64]) -> String {
    let month = |ms: i64| {
        let civil = Civil::from_ms(ms);
        (civil.year, civil.month as usize - 1)
    };
    let first_year = month(days[0].day_ms).0;
    let mut squares = Vec::new();
    let mut names = Vec::new();
    for own in days.chunk_by(|a, b| month(a.day_ms) == month(b.day_ms)) {
        let (year, column) = month(own[0].day_ms);
        let slots: u32 = own.iter().map(|day| day.slots).sum();
        let mut counts = [0; KINDS.len()];
        for day in own {
            counts.iter_mut().zip(day.kinds).for_each(|(all, count)| *all += count);
        }
        let bad: u32 = counts[..BAD_KINDS].iter().sum();
        let share = match slots {
            0 => Err(Undefined::because("no slot")),
            slots => Ok(f64::from(bad) / f64::from(slots)),
        };
        let row = (year - first_year) as usize;
        if names.last().is_none_or(|(last, _)| *last != row) {
            names.push((row, year.to_string()));
        }
        squares.push(Square {
            place: (column, row),
            note: about_days(&format!("{} {year}", MONTHS[column]), slots, &share, &counts),
            link: span(candles, own[0].day_ms, own[own.len() - 1].day_ms + DAY_MS),
            share,
        });
    }
    let columns: Vec<(usize, String)> =
        MONTHS.iter().enumerate().map(|(at, name)| (at, (*name).to_owned())).collect();
    heat(about, 3.0 * SIDE, &squares, &columns, &names, (1, 12))
}

fn hours(hours: &[(u32, u32); 168], worst_ms: &[i64], candles: &[i64]) -> String {
    let squares: Vec<Square> = hours
        .iter()
        .enumerate()
        .map(|(at, &(slots, bad))| {
            let share = match slots {
                0 => Err(Undefined::because("no slot")),
                slots => Ok(f64::from(bad) / f64::from(slots)),
            };
            let name = format!("{} {:02}:00 UTC", WEEKDAYS[at / 24], at % 24);
            let note = match &share {
                Ok(share) => format!(
                    "{name}: {} bad of {}",
                    percent(*share, 2),
                    counted(slots as usize, "slot")
                ),
                Err(_) => format!("{name}: closed"),
            };
            let link = match slots {
                0 => String::new(),
                _ => span(candles, worst_ms[at], worst_ms[at] + HOUR_MS),
            };
            Square { place: (at % 24, at / 24), share, note, link }
        })
        .collect();
    let columns = [0, 6, 12, 18].map(|hour| (hour, format!("{hour:02} h")));
    let names = [0, 2, 4, 6].map(|row| (row, WEEKDAYS[row].to_owned()));
    let about = "Share of bad slots by hour of the week, UTC.";
    heat(about, 16.0, &squares, &columns, &names, (1, 24))
}

/// Counts of values in bins as a picture.
fn histogram(bins: &Bins, axis: &str, about: &str) -> String {
    let last = bins.counts.len().saturating_sub(1);
    let shown: Vec<Bar> = bins
        .counts
        .iter()
        .enumerate()
        .map(|(at, &count)| {
            let (from, to) = (bins.edge(at), bins.edge(at + 1));
            let what = match at {
                0 if bins.open.0 => format!("below {to}"),
                at if at == last && bins.open.1 => format!("from {from} on"),
                _ => format!("{from} to {to}"),
            };
            let note = format!("{what}: {}", rows(count));
            let parts = vec![("accent", count as f64, note, String::new())];
            Bar { label: from, link: String::new(), parts }
        })
        .collect();
    let names = if bins.doubles {
        Names::Ends
    } else {
        Names::Values { first: bins.first, step: bins.step }
    };
    bars(&shown, axis, about, &names)
}

/// The last whole time of maintenance.
fn maintenance_link(start_minute: i64, minutes: f64, candles: &[i64]) -> String {
    let end = candles.last().copied().unwrap_or(0);
    let length = (minutes * MINUTE_MS as f64) as i64;
    let mut from = end.div_euclid(DAY_MS) * DAY_MS + start_minute * MINUTE_MS;
    if from + length > end {
        from -= DAY_MS;
    }
    span(candles, from, from + length)
}

/// What is to be said in sentences, each with what a click on it shows.
fn sentences(places: &Places, candles: &[i64]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let end = candles.last().copied().unwrap_or(0);
    for one in places.maintenance.iter().flatten() {
        let (hour, minute) = (one.start_minute / 60, one.start_minute % 60);
        told.push((
            format!(
                "Maintenance: at {hour:02}:{minute:02} UTC for {} minutes, {} of the slots are bad on {} whole days, and {} in \
                 the hours beside it.",
                fixed(one.minutes, 0),
                percent(one.share, 1),
                grouped(one.days),
                percent(one.around, 1)
            ),
            maintenance_link(one.start_minute, one.minutes, candles),
        ));
    }
    let outages = &places.outages;
    if let Some(longest) = outages.list.first() {
        told.push((
            format!(
                "{} with {} in all; the longest began at {} UTC and lasted {}.",
                counted(outages.count, "outage"),
                counted(outages.slots, "slot"),
                format_time(longest.first_time_ms),
                counted(longest.slots, "slot")
            ),
            span(candles, longest.first_time_ms, longest.first_time_ms),
        ));
    }
    let tail = &places.stale_tail;
    if let Some(since) = tail.since_ms.filter(|_| tail.is_stale()) {
        told.push((
            format!(
                "The feed went silent: nobody has traded since {} UTC, in the last {}.",
                format_time(since),
                rows(tail.rows)
            ),
            span(candles, since, end),
        ));
    }
    if let Ok(change) = &places.change
        && change.name() != "none"
    {
        told.push((
            format!(
                "The file is {} from {} on: {} of the slots a day are bad before it, {} after it.",
                change.name(),
                day_name(change.day_ms),
                percent(change.before, 2),
                percent(change.after, 2)
            ),
            span(candles, change.day_ms, change.day_ms + DAY_MS),
        ));
    }
    if let Ok(ticks) = &places.ticks {
        if ticks.is_coarse() {
            told.push((
                format!(
                    "The tick is coarse: {} is {} of the usual range, so levels, stops and targets stand on few prices.",
                    ticks.tick,
                    ticks.per_range.as_ref().map_or_else(|_| "–".to_owned(), |s| percent(*s, 1))
                ),
                String::new(),
            ));
        }
        if let Ok(digits) = &ticks.digits
            && digits.prefers_round()
        {
            let (zero, zero_five) = digits.shares();
            told.push((
                format!(
                    "Round prices are preferred: {} of the closes end in 0 and {} in 0 or 5, where chance makes 10 % and 20 %.",
                    percent(zero, 1),
                    percent(zero_five, 1)
                ),
                String::new(),
            ));
        }
    }
    if told.is_empty() {
        let looked = [
            ("outage", true),
            ("maintenance", places.maintenance.is_ok()),
            ("change of quality", places.change.is_ok()),
        ];
        let looked = looked.iter().filter(|(_, is_known)| *is_known).map(|(name, _)| *name);
        let text = format!("No {} was found.", looked.collect::<Vec<_>>().join(", no "));
        told.push((text, String::new()));
    }
    told
}

/// What is not looked at in this file, and why.
fn not_looked_at(places: &Places) -> String {
    let mut told = Vec::new();
    let mut why = |name: &str, reason: Option<&Undefined>| {
        told.extend(reason.map(|reason| format!("{name} ({reason})")));
    };
    why("maintenance", places.maintenance.as_ref().err());
    why("change of quality", places.change.as_ref().err());
    why("hours of the week", places.hour_of_week.as_ref().err());
    why("ticks", places.ticks.as_ref().err());
    why("last digits", places.ticks.as_ref().ok().and_then(|ticks| ticks.digits.as_ref().err()));
    why("returns", places.returns.as_ref().err());
    if told.is_empty() { String::new() } else { format!("Not looked at: {}.", told.join(", ")) }
}

fn cut(out: &mut String, title: &str, note: &str, content: &str) {
    if content.is_empty() {
        return;
    }
    // Pictures that are as wide as they need to be take the whole line.
    let class = if content.contains("heat") { "cut cut--wide" } else { "cut" };
    let _ = write!(
        out,
        "<figure class=\"{class}\"><figcaption><h3>{}</h3><p>{}</p></figcaption>{content}</figure>",
        escape(title),
        escape(note)
    );
}

/// Where a file hurts. `candles` are the opens of the price chart, which a click turns to.
pub fn where_it_hurts(places: &Places, candles: &[i64]) -> String {
    let mut out = String::from("<ul class=\"plain\">");
    for (text, link) in sentences(places, candles) {
        let text = escape(&text);
        let _ = if link.is_empty() {
            write!(out, "<li>{text}</li>")
        } else {
            write!(
                out,
                "<li>{text} <button type=\"button\" class=\"link\"{link} aria-label=\"Show on the chart: {}\">Show</button></li>",
                text.split([':', ';', ',']).next().unwrap_or_default()
            )
        };
    }
    out.push_str("</ul>");
    let skipped = not_looked_at(places);
    if !skipped.is_empty() {
        let _ = write!(out, "<p class=\"note\">{}</p>", escape(&skipped));
    }
    out.push_str("<div class=\"cuts\">");
    let days = calendar(&places.calendar, candles);
    let note =
        if places.calendar.len() > MOST_DAYS { "One square a month" } else { "One square a day" };
    cut(
        &mut out,
        "Calendar",
        &format!(
            "{note}, UTC: the share of expected slots that are missing, broken, placeholders or impossible."
        ),
        &format!("{days}{}{}", key(), worst_days(&places.calendar, candles)),
    );
    if let Ok(all) = &places.hour_of_week {
        let note = "The same by hour of the week, UTC: maintenance, nights and weekends show as columns and rows. A click shows the worst of \
                    these hours.";
        cut(
            &mut out,
            "Hours of the week",
            note,
            &format!("{}{}", hours(all, &places.worst_hours_ms, candles), key()),
        );
    }
    outages(&mut out, places, candles);
    if let Some(bins) = &places.return_bins {
        let note = places.returns.as_ref().map_or_else(ToString::to_string, |returns| {
            format!(
                "Between tradable rows one timeframe apart: the median move is {} bp, the 99th percentile {} bp, the farthest {} bp at {} UTC; {} are \
                 exactly 0.",
                fixed(returns.median_abs_bp, 1),
                fixed(returns.p99_abs_bp, 1),
                fixed(returns.largest_bp, 1),
                format_time(returns.largest_time_ms),
                percent(returns.zero_share, 1)
            )
        });
        let farthest = places.returns.as_ref().map_or_else(
            |_| String::new(),
            |returns| {
                let link = span(candles, returns.largest_time_ms, returns.largest_time_ms + 1);
                format!("<button type=\"button\" class=\"link\"{link}>Show the farthest</button>")
            },
        );
        let picture = histogram(bins, "bp", "Returns of one row");
        cut(&mut out, "Returns", &note, &format!("{picture}{farthest}"));
    }
    if let Some(bins) = &places.volume_bins {
        let share = places.volume_top1_share.as_ref();
        let note = share.map_or_else(ToString::to_string, |share| {
            format!(
                "Of tradable rows; the busiest hundredth of them holds {} of the volume.",
                percent(*share, 1)
            )
        });
        cut(
            &mut out,
            "Volume",
            &note,
            &histogram(bins, "volume, each bar doubles", "Volume of rows"),
        );
    }
    ticks(&mut out, places);
    out.push_str("</div>");
    out
}

fn worst_days(days: &[Day], candles: &[i64]) -> String {
    let mut bad: Vec<(f64, &Day)> = days
        .iter()
        .filter_map(|day| Some((day.bad_share().ok()?, day)))
        .filter(|(share, _)| *share > 0.0)
        .collect();
    if bad.is_empty() {
        return String::new();
    }
    // The worst ten, found without sorting all days.
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    while rows.len() < LISTED && !bad.is_empty() {
        let mut at = 0;
        for (place, (share, _)) in bad.iter().enumerate() {
            if *share > bad[at].0 {
                at = place;
            }
        }
        let (share, day) = bad.remove(at);
        rows.push(vec![
            Cell::new(day_name(day.day_ms)).linked(span(candles, day.day_ms, day.day_ms + DAY_MS)),
            Cell::number(percent(share, 2)),
            Cell::prose(kinds(&day.kinds)),
        ]);
    }
    let mut out = "<details class=\"fold\"><summary>The worst days</summary>".to_owned();
    table(&mut out, "The worst days", &["Day", "Bad", "What"], &rows);
    out.push_str("</details>");
    out
}

fn outages(out: &mut String, places: &Places, candles: &[i64]) {
    if places.outages.list.is_empty() {
        return;
    }
    let rows: Vec<Vec<Cell>> = places
        .outages
        .list
        .iter()
        .take(LISTED)
        .map(|one| {
            let link = span(candles, one.first_time_ms, one.first_time_ms);
            vec![
                Cell::new(format_time(one.first_time_ms)).linked(link),
                Cell::number(grouped(one.slots)),
                Cell::prose(kinds(&one.kinds)),
            ]
        })
        .collect();
    let mut body = String::new();
    table(&mut body, "Outages", &["From (UTC)", "Slots", "What"], &rows);
    let note = "Twelve bad slots or more in a row, and an hour or more. Closed hours end one.";
    cut(out, "Outages", note, &body);
}

fn ticks(out: &mut String, places: &Places) {
    let Ok(ticks) = &places.ticks else { return };
    let number = |value: &Measure, show: fn(f64) -> String| {
        value.as_ref().map_or_else(ToString::to_string, |value| show(*value))
    };
    let note = format!(
        "The tick is {} at {}: {} bp of the median close, {} of the median range. {} more decimals.",
        ticks.tick,
        counted(ticks.decimals, "decimal"),
        number(&ticks.tick_bp, |value| fixed(value, 2)),
        number(&ticks.per_range, |value| percent(value, 1)),
        match ticks.off_tick {
            0 => "No price has".to_owned(),
            off => format!("{} {}", counted(off, "price"), if off == 1 { "has" } else { "have" }),
        }
    );
    let picture = ticks.digits.as_ref().map_or_else(
        |reason| format!("<p class=\"note\">{}</p>", escape(&format!("Last digits: {reason}."))),
        |digits| {
            let shown: Vec<Bar> = digits
                .counts
                .iter()
                .enumerate()
                .map(|(digit, &count)| Bar {
                    label: digit.to_string(),
                    link: String::new(),
                    parts: vec![(
                        "accent",
                        count as f64,
                        format!("{}: {}", digit, counted(count, "close")),
                        String::new(),
                    )],
                })
                .collect();
            bars(&shown, "last digit of closes, in ticks", "Last digits of closes", &Names::Middles)
        },
    );
    cut(out, "Ticks and digits", &note, &picture);
}

//! Markets made of others: what was joined, what was merged, and how far venues agree.

use super::{Cell, escape, table};
use crate::domain::{Measure, format_duration, format_time, grouped};
use crate::format::{counted, fixed, percent, rows, signed};
use crate::metrics::quantile;
use crate::universe::{
    ASKED, Agreement, Clock, Fills, Join, Merged, Others, Source, WITHIN_BP, What,
};
use std::fmt::Write as _;

fn paragraph(out: &mut String, text: &str) {
    let _ = write!(out, "<p class=\"note\">{}</p>", escape(text));
}

/// What files were joined, and where they overlap.
pub fn joins(joins: &[Join]) -> String {
    let mut out = String::new();
    for join in joins {
        let listed: Vec<Vec<Cell>> = join
            .files
            .iter()
            .map(|file| {
                let span = file.times_ms.map_or_else(
                    || "–".to_owned(),
                    |(first, last)| format!("{} to {}", format_time(first), format_time(last)),
                );
                vec![
                    Cell::own(&file.name),
                    Cell::number(grouped(file.rows)),
                    Cell::number(grouped(file.kept_rows)),
                    Cell::new(span),
                ]
            })
            .collect();
        let head = ["File", "Rows", "Of them kept", "From, to (UTC)"];
        table(&mut out, "Joined files", &head, &listed);
        let overlap = &join.overlap;
        if overlap.common == 0 {
            paragraph(&mut out, "No time stands in two files.");
        } else {
            let differ = overlap.largest_close_bp.as_ref().map_or_else(
                |_| String::new(),
                |bp| format!("; closes differ by up to {} bp", fixed(*bp, 2)),
            );
            paragraph(
                &mut out,
                &format!(
                    "{} in several files: {} identical, {} conflicting{differ}.{}",
                    counted(overlap.common, "time"),
                    grouped(overlap.identical),
                    grouped(overlap.conflicting),
                    if overlap.only_last_rows {
                        " Each conflict is the last row of a file: a candle that was not finished."
                    } else {
                        ""
                    }
                ),
            );
        }
        if let Some(first) = &overlap.first {
            let told: Vec<String> = first
                .rows
                .iter()
                .map(|(file, values)| format!("{file} closes at {}", values[3]))
                .collect();
            paragraph(
                &mut out,
                &format!(
                    "The first conflict, at {} UTC: {}.",
                    format_time(first.time_ms),
                    told.join(", ")
                ),
            );
        }
        for file in join.needless() {
            paragraph(
                &mut out,
                &format!("{} adds nothing: another file has every one of its times.", file.name),
            );
        }
        for (before, behind) in join.gaps() {
            paragraph(
                &mut out,
                &format!(
                    "Between {} and {} UTC, {}, no file has a row: is a file missing?",
                    format_time(before),
                    format_time(behind),
                    format_duration(behind - before)
                ),
            );
        }
        for found in &join.level_breaks {
            paragraph(
                &mut out,
                &format!(
                    "The level breaks between two files at {} UTC: the open is {} times the close before.",
                    format_time(found.time_ms),
                    fixed(found.ratio, 3)
                ),
            );
        }
        if !join.timeframe_name_disagrees.is_empty() {
            paragraph(
                &mut out,
                &format!(
                    "The name tells another timeframe than the rows: {}.",
                    join.timeframe_name_disagrees.join(", ")
                ),
            );
        }
    }
    out
}

/// Where merged rows come from, what the venues were multiplied with, how far they agree.
pub fn merged(
    merged: &Merged,
    venues: &[&str],
    agreement: &[Agreement],
    others: &Others,
) -> String {
    let mut out = String::new();
    let (untradable, missing) = merged.repaired;
    let _ = write!(
        out,
        "<p class=\"verdict\">{}</p><div class=\"cuts\">",
        escape(&format!(
            "Another venue stands in for {} in which nobody traded and for {}; for {} nobody does.",
            rows(untradable),
            counted(missing, "missing slot"),
            rows(merged.untradable_rows)
        ))
    );
    clocks(&mut out, agreement, venues);
    sources(&mut out, merged, venues);
    taxonomy(&mut out, others, venues);
    out.push_str("</div>");
    matrix(&mut out, agreement, venues);
    paragraph(
        &mut out,
        "This is a derived market: no such rows were ever quoted together. Trades that are filled on rows of another venue say what a \
         trader with accounts at both could have had.",
    );
    out
}

/// Venues whose rows stand for other times than the reference's.
fn clocks(out: &mut String, agreement: &[Agreement], venues: &[&str]) {
    for found in agreement.iter().filter(|found| found.pair.0 == 0) {
        let (own, reference) = (escape(venues[found.pair.1]), escape(venues[0]));
        let stamped = |by: &str, is_late: bool| {
            format!(
                "<span class=\"tag tag--fail\">✕ clock</span> The rows of <bdi>{own}</bdi> are stamped {by} {} against \
                 <bdi>{reference}</bdi>, so what stands in from there is of another time. Merge without it, or correct its times.",
                if is_late { "late" } else { "early" }
            )
        };
        let text = match found.judged() {
            Ok(Clock::OneRow { is_late }) => stamped("one row", is_late),
            Ok(Clock::Hours(shift)) => stamped(&shift.hours(), shift.late_ms > 0),
            Ok(Clock::Apart) => format!(
                "<span class=\"tag tag--warn\">! clock</span> The returns of <bdi>{own}</bdi> hardly move together with those of \
                 <bdi>{reference}</bdi>, and no shift of whole hours up to a day fits better: whether it is the same market by the \
                 same clock cannot be told."
            ),
            _ => continue,
        };
        let _ = write!(out, "<p class=\"cut cut--wide\">{text}</p>");
    }
}

/// Where the trades of a merged market were filled.
pub fn fills(fills: &Fills) -> String {
    let foreign = |source: &Source| *source != Source::Venue(0);
    let count = |of: fn(&(Source, Source)) -> &Source| {
        fills.trades.iter().filter(|trade| foreign(of(trade))).count()
    };
    let mut out = String::new();
    paragraph(
        &mut out,
        &format!(
            "This market is merged: of {}, {} were entered and {} left on rows that are not the reference’s, {} at two venues.",
            counted(fills.trades.len(), "trade"),
            grouped(count(|trade| &trade.0)),
            grouped(count(|trade| &trade.1)),
            grouped(fills.two_sources())
        ),
    );
    out
}

/// The class of a source's colour on chart and page.
fn colour(at: usize) -> usize {
    at.min(4)
}

fn sources(out: &mut String, merged: &Merged, venues: &[&str]) {
    let total = merged.rows.len().max(1) as f64;
    let row = |name: Cell, source: Source, factors: [String; 2], common: String| {
        let count = merged.rows_from(source);
        vec![
            name,
            Cell::number(grouped(count)),
            Cell::number(percent(count as f64 / total, 2)),
            Cell::number(common),
            Cell::number(factors[0].clone()),
            Cell::number(factors[1].clone()),
        ]
    };
    let dash = || "–".to_owned();
    let mut listed = Vec::new();
    for (at, name) in venues.iter().enumerate() {
        let swatch =
            format!("<i class=\"swatch source-{}\"></i> <bdi>{}</bdi>", colour(at), escape(name));
        let matched = at.checked_sub(1).and_then(|at| merged.matched.get(at));
        let factors = matched
            .and_then(|matched| matched.last)
            .map_or_else(|| [dash(), dash()], |last| [fixed(last.price, 6), fixed(last.volume, 4)]);
        let common = matched.map_or_else(|| "reference".to_owned(), |found| grouped(found.rows));
        listed.push(row(Cell::html(swatch), Source::Venue(at as u8), factors, common));
    }
    if merged.rows_from(Source::Median) > 0 {
        let name = "<i class=\"swatch source-5\"></i> median of several".to_owned();
        listed.push(row(Cell::html(name), Source::Median, [dash(), dash()], dash()));
    }
    let mut body = String::new();
    let head = ["Source", "Rows", "Share", "Rows in common", "Prices ×", "Volume ×"];
    table(&mut body, "Where the rows come from", &head, &listed);
    let offsets = merged.offsets();
    let moved = match (merged.basis, offsets.last()) {
        (false, _) => "Prices stay on the level of their venue.".to_owned(),
        (true, None) => String::new(),
        (true, Some(largest)) => format!(
            "Rows that stand in were moved by {} bp in the middle, {} bp at most.",
            fixed(quantile(&offsets, 0.5) * 1e4, 2),
            fixed(largest * 1e4, 2)
        ),
    };
    let waiting = match merged.not_eligible {
        0 => String::new(),
        slots => format!(
            " In {} another venue traded, but not yet in 50 rows together with the reference.",
            counted(slots, "slot")
        ),
    };
    let _ = write!(
        out,
        "<figure class=\"cut cut--wide\"><figcaption><h3>Where the rows come from</h3><p>{}</p></figcaption>{body}</figure>",
        escape(&format!(
            "By {}, {} switches of source. {moved}{waiting} The factors are the last ones; each row has those of its time.",
            merged.policy.name(),
            grouped(merged.provenance().len().saturating_sub(1))
        ))
    );
}

fn taxonomy(out: &mut String, others: &Others, venues: &[&str]) {
    let mut listed = Vec::new();
    for (kind, counts) in ASKED.iter().zip(&others.counts) {
        let names = if *kind == "spike" { What::SPIKE } else { What::UNTRADED };
        let told: Vec<String> = names
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count > 0)
            .map(|(what, count)| format!("{} {}", what.name().replace('_', " "), grouped(*count)))
            .collect();
        let is_quiet = told.is_empty();
        listed.push(vec![
            Cell::new(*kind).quiet(is_quiet),
            Cell::prose(if is_quiet { "none".to_owned() } else { told.join(", ") }),
        ]);
    }
    let mut body = String::new();
    table(&mut body, "What the others know", &["Reference", "The others"], &listed);
    let first: Vec<Vec<Cell>> = others
        .first
        .iter()
        .map(|known| {
            let names: Vec<&str> = known.venues.iter().map(|at| venues[*at]).collect();
            vec![
                Cell::new(format_time(known.time_ms)),
                Cell::new(ASKED[known.kind]),
                Cell::new(known.what.name().replace('_', " ")),
                Cell::own(&names.join(", ")),
            ]
        })
        .collect();
    if !first.is_empty() {
        body.push_str("<details class=\"fold\"><summary>The first rows</summary>");
        table(&mut body, "The first rows", &["Time (UTC)", "Row", "The others", "Venues"], &first);
        body.push_str("</details>");
    }
    let _ = write!(
        out,
        "<figure class=\"cut\"><figcaption><h3>What the others know</h3><p>Of the reference’s slots without a trade and of its spikes. \
         It is known a row late, so it informs and decides nothing.</p></figcaption>{body}</figure>"
    );
}

fn matrix(out: &mut String, agreement: &[Agreement], venues: &[&str]) {
    let show = |value: &Measure, text: fn(f64) -> String| {
        value.as_ref().map_or_else(|_| "–".to_owned(), |value| text(*value))
    };
    let bp = |value: f64| format!("{} bp", signed(value * 1e4, 2));
    let listed: Vec<Vec<Cell>> = agreement
        .iter()
        .map(|found| {
            let clock = match found.judged() {
                Ok(clock) => {
                    let (class, sign) = match clock {
                        Clock::Agree => ("pass", "✓"),
                        Clock::Leads { .. } | Clock::Apart => ("warn", "!"),
                        Clock::OneRow { .. } | Clock::Hours(_) => ("fail", "✕"),
                    };
                    format!("<span class=\"tag tag--{class}\">{sign} {}</span>", clock.words())
                }
                Err(reason) => escape(&reason.to_string()),
            };
            let [only_a, only_b] = found.only_shares();
            let mut row = vec![
                Cell::html(format!(
                    "<bdi>{}</bdi> <small>and</small> <bdi>{}</bdi>",
                    escape(venues[found.pair.0]),
                    escape(venues[found.pair.1])
                )),
                Cell::html(clock),
                Cell::number(grouped(found.both)),
                Cell::number(show(&only_a, |share| percent(share, 1))),
                Cell::number(show(&only_b, |share| percent(share, 1))),
                Cell::number(show(&found.basis, bp)),
            ];
            let within = found.within_of_basis.as_ref();
            row.extend(WITHIN_BP.iter().enumerate().map(|(at, _)| {
                Cell::number(within.map_or_else(|_| "–".to_owned(), |s| percent(s[at], 1)))
            }));
            row.push(Cell::number(show(&found.return_correlation, |rho| fixed(rho, 3))));
            row.extend(found.lags.iter().map(|rho| Cell::number(show(rho, |rho| fixed(rho, 3)))));
            row
        })
        .collect();
    let head = [
        "A and B",
        "Clocks",
        "Both traded",
        "Only A",
        "Only B",
        "Basis A/B",
        "± 1 bp",
        "± 5 bp",
        "± 10 bp",
        "± 50 bp",
        "Returns",
        "B a row earlier",
        "Same row",
        "B a row later",
    ];
    table(out, "How far the venues agree", &head, &listed);
    paragraph(
        out,
        "Shares within so many basis points are around the basis. Returns are Pearson’s correlation; the last three columns are \
         Spearman’s with B shifted by a row. Where B later fits best, B’s rows are stamped late, or A moves first.",
    );
}

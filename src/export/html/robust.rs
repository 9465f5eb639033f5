//! Cleaning as a choice, contaminated trades and fantasy fills, as sentences, tables and pictures.

use super::figures::{HEIGHT, Plot, WIDTH};
use super::{Cell, escape, sign, table};
use crate::domain::{Measure, format_time, grouped};
use crate::format::{counted, fixed, percent, signed};
use crate::metrics::stats::sum;
use crate::metrics::{METRICS, MetricSpec};
use crate::robust::contamination::REPLICATES;
use crate::robust::multiverse::{COMPARED, FEWEST_TRADES, Multiverse};
use crate::robust::{Contamination, Exposure, Fantasy, Repriced};
use std::fmt::Write as _;

/// Trades with fantasy fills that are listed.
const LISTED: usize = 50;
/// Place of the mean R in [`COMPARED`].
const MEAN_R: usize = 1;

fn spec(at: usize) -> Option<&'static MetricSpec> {
    METRICS.iter().find(|spec| spec.key == COMPARED[at])
}

fn shown(at: usize, value: &Measure) -> String {
    match (spec(at), value) {
        (Some(spec), Ok(_)) => spec.unit.show(value, false),
        _ => "–".to_owned(),
    }
}

/// The verdict on a result in a few words and in a sentence, and whether it is a warning.
pub fn multiverse_verdict(found: &Multiverse) -> ((String, String), bool) {
    let fragility = found.fragility();
    let flips = if fragility.sign_flips {
        " Some sound cleanings win and some lose: the sign of the result is a choice of cleaning."
    } else {
        ""
    };
    let (words, text) = match (&fragility.value, fragility.verdict()) {
        (Ok(value), Some(verdict)) => {
            let words = match verdict {
                "robust" => "cleaning: robust",
                "sensitive" => "cleaning: sensitive",
                _ => "decided by cleaning",
            };
            let text = format!(
                "The mean R of the sound cleanings differs by {} times the width of its own 95 % interval",
                fixed(*value, 2)
            );
            let meaning = match verdict {
                "robust" => "what cleaning is chosen hardly matters beside chance",
                "sensitive" => "the choice of a cleaning matters beside chance",
                _ => "the choice of a cleaning matters more than chance",
            };
            (words, format!("{text}: {meaning}."))
        }
        (value, _) => {
            let reason = value.as_ref().err().map_or_else(String::new, ToString::to_string);
            (
                "cleaning: not told",
                format!("Whether cleaning decides this result cannot be told: {reason}."),
            )
        }
    };
    let is_warning = fragility.sign_flips || fragility.verdict().is_some_and(|v| v != "robust");
    ((words.to_owned(), format!("{text}{flips}")), is_warning)
}

/// What a panel comes to, in a sentence.
pub(super) fn verdict(out: &mut String, sentence: &str, is_warning: bool) {
    let class = if is_warning { "verdict verdict--warn" } else { "verdict" };
    let _ = write!(out, "<p class=\"{class}\">{}</p>", escape(sentence));
}

/// One strategy under every cleaning.
pub fn multiverse(found: &Multiverse) -> String {
    let mut out = String::new();
    let ((_, sentence), is_warning) = multiverse_verdict(found);
    verdict(&mut out, &sentence, is_warning);
    out.push_str("<div class=\"cuts\">");
    picture(&mut out, found);
    ranks(&mut out, found);
    out.push_str("</div>");
    let mut head = vec!["Cleaning", "Usable rows"];
    head.extend((0..COMPARED.len()).filter_map(spec).map(|spec| spec.label));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for universe in &found.universes {
        let spec = universe.spec;
        let mut row = Vec::new();
        let mut note = match universe.same_as {
            Some(same) => format!("the same trades as {same}"),
            None => String::new(),
        };
        match &universe.outcome {
            Ok(outcome) => {
                row.extend(
                    (0..COMPARED.len()).map(|at| Cell::number(shown(at, &outcome.metrics[at]))),
                );
            }
            Err(reason) => {
                row.extend(COMPARED.iter().map(|_| Cell::number("–".to_owned())));
                note.clone_from(reason);
            }
        }
        if !spec.is_sound {
            let contrast = if note.is_empty() { "for contrast" } else { "for contrast: " };
            note = format!("{contrast}{note}");
        }
        // Below the name it takes no width from the numbers.
        let note =
            if note.is_empty() { note } else { format!("<br><small>{}</small>", escape(&note)) };
        let name = Cell::html(format!("{}{note}", spec.name)).quiet(!spec.is_sound);
        row.splice(0..0, [name, Cell::number(grouped(universe.usable_rows))]);
        rows.push(row);
    }
    for (name, of) in [("lowest", 0), ("median", 1), ("highest", 2)] {
        let mut row =
            vec![Cell::new(format!("Sound cleanings, {name}")), Cell::number(String::new())];
        row.extend((0..COMPARED.len()).map(|at| {
            Cell::number(found.spread(at).map_or_else(
                |_| "–".to_owned(),
                |spread| {
                    let value = [spread.low.0, spread.median, spread.high.0][of];
                    shown(at, &Ok(value))
                },
            ))
        }));
        rows.push(row);
    }
    table(&mut out, "One strategy under every cleaning", &head, &rows);
    let few = found.sound().filter(|(_, outcome)| outcome.net_r.len() < FEWEST_TRADES).count();
    if few > 0 {
        let _ = write!(
            out,
            "<p class=\"note\">{} fewer than ten trades: their means are left out of the lowest, median and highest, which take \
             five cleanings.</p>",
            if few == 1 {
                "One sound cleaning has".to_owned()
            } else {
                format!("{few} sound cleanings have")
            }
        );
    }
    out.push_str(
        "<p class=\"note\">Each cleaning is one more look at the same rows: the best of them is no better for having been \
         found.</p>",
    );
    out
}

/// Mean R by cleaning, beside the interval of mask's own.
fn picture(out: &mut String, found: &Multiverse) {
    let known: Vec<(&str, bool, f64)> = found
        .universes
        .iter()
        .filter_map(|universe| {
            let value = universe.outcome.as_ref().ok()?.metrics[MEAN_R].as_ref().ok()?;
            Some((universe.spec.name, universe.spec.is_sound, *value))
        })
        .collect();
    let Some(mask) = known.first().map(|(.., value)| *value) else { return };
    let half = found.fragility().half_width_r.unwrap_or(0.0);
    let ends = known.iter().map(|(.., value)| *value).chain([0.0, mask - half, mask + half]);
    let (low, high) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let room = ((high - low) * 0.06).max(0.01);
    let about = "Mean R by cleaning, with the 95 % interval of mask's own mean";
    let mut plot =
        Plot::new((WIDTH, HEIGHT), (low - room, high + room), about, |value, decimals| {
            format!("{} R", fixed(value, decimals))
        });
    let x = plot.x((0.0, known.len() as f64));
    plot.level(0.0);
    if half > 0.0 {
        let note = format!(
            "95 % interval of mask's mean: {} to {} R",
            signed(mask - half, 3),
            signed(mask + half, 3)
        );
        plot.bar(
            (x.pixel(0.0), x.pixel(known.len() as f64)),
            (mask - half, mask + half),
            "band",
            &note,
            "",
        );
    }
    for (at, (name, is_sound, value)) in known.iter().enumerate() {
        let middle = x.pixel(at as f64 + 0.5);
        let kind = if *is_sound { "" } else { ", for contrast" };
        let note = format!("{name}: {} R{kind}", signed(*value, 3));
        plot.bar(
            (middle - 5.0, middle + 5.0),
            (value.min(0.0), value.max(0.0)),
            if *is_sound { "accent" } else { "ghost" },
            &note,
            "",
        );
    }
    plot.axis("cleanings in the order of the table; grey ones are for contrast");
    let _ = write!(
        out,
        "<figure class=\"cut\"><figcaption><h3>Mean R by cleaning</h3><p>{}</p></figcaption>{}</figure>",
        if half > 0.0 {
            "The band is the 95 % interval of the mean under mask: what chance alone does."
        } else {
            "With fewer than 30 trades under mask there is no band for what chance alone does."
        },
        plot.finish()
    );
}

/// Which set of parameters each cleaning would have chosen.
fn ranks(out: &mut String, found: &Multiverse) {
    let rows: Vec<Vec<Cell>> = found
        .sound()
        .map(|(name, outcome)| {
            let tau = found.tau(outcome);
            let mut row = vec![Cell::new(name)];
            row.extend(outcome.mean_r.iter().map(|value| match value {
                Ok(mean) => {
                    Cell { class: sign(*mean), ..Cell::new(format!("{} R", signed(*mean, 3))) }
                }
                Err(_) => Cell::new("–"),
            }));
            row.push(Cell::number(tau.map_or_else(|_| "–".to_owned(), |tau| fixed(tau, 2))));
            row.push(Cell::new(found.best(outcome).unwrap_or("–")));
            row
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let mut head = vec!["Cleaning"];
    head.extend(&found.sets);
    head.extend(["tau", "Best"]);
    let mut body = String::new();
    table(&mut body, "Presets by cleaning", &head, &rows);
    let _ = write!(
        out,
        "<figure class=\"cut\"><figcaption><h3>Would another cleaning choose other parameters?</h3><p>Mean R of the presets and, as \
         current, of your parameters; – where there are fewer than ten trades. Kendall’s tau compares the order with that of \
         mask: 1 is the same order, −1 the opposite.</p></figcaption>{body}</figure>"
    );
}

/// What the trades of a run lean on.
pub fn contamination(found: &Contamination) -> String {
    let mut out = String::new();
    let mean = |of: fn(&Exposure) -> Option<f64>| found.mean(of);
    let show =
        |value: &Measure| value.as_ref().map_or_else(ToString::to_string, |v| percent(*v, 2));
    let sentence = match (&found.rho, &found.p) {
        (Ok(rho), Ok(p)) => format!(
            "{} The correlation of contamination and net R is {} (Spearman), p {} by {} permutations, seed {}.",
            if *p < 0.05 {
                "Trades that lean on dirty rows end otherwise than the others."
            } else {
                "Trades that lean on dirty rows are not told apart from the others."
            },
            signed(*rho, 3),
            fixed(*p, 4),
            grouped(REPLICATES as usize),
            found.seed
        ),
        (value, _) => format!(
            "Whether trades on dirty rows end otherwise cannot be told: {}.",
            value.as_ref().err().map_or_else(String::new, ToString::to_string)
        ),
    };
    verdict(&mut out, &sentence, found.p.as_ref().is_ok_and(|p| *p < 0.05));
    out.push_str("<div class=\"cuts\">");
    let rows: Vec<Vec<Cell>> = [
        ("ATR, to the signal", mean(|row| Some(row.atr))),
        ("Mean volume, before the first row of the signal", mean(|row| row.volume)),
        ("Lookback for levels", mean(|row| row.level)),
        ("Contamination, their mean", mean(|row| Some(row.contamination))),
        ("Held, known only later", mean(|row| Some(row.held))),
    ]
    .into_iter()
    .map(|(name, value)| vec![Cell::new(name), Cell::number(show(&value))])
    .collect();
    let mut body = String::new();
    table(&mut body, "Dirty share of what trades lean on", &["Rows", "Dirty, on average"], &rows);
    let _ = write!(
        out,
        "<figure class=\"cut\"><figcaption><h3>What the trades lean on</h3><p>{}: the share of rows that are untradable, spikes or \
         missing among those that each trade was decided by.</p></figcaption>{body}</figure>",
        counted(found.rows.len(), "trade")
    );
    let mut body = String::new();
    if let Ok(thirds) = &found.terciles {
        let rows: Vec<Vec<Cell>> = thirds
            .iter()
            .zip(["Cleanest third", "Middle third", "Dirtiest third"])
            .filter_map(|(third, name)| {
                let (low, high) = third.bounds?;
                let mean = third.mean_r.as_ref().ok().copied().unwrap_or(0.0);
                Some(vec![
                    Cell::new(name),
                    Cell::number(format!("{} to {}", percent(low, 2), percent(high, 2))),
                    Cell::number(grouped(third.trades)),
                    Cell::signed(mean, format!("{} R", signed(mean, 3))),
                    Cell::number(show(&third.win_rate)),
                ])
            })
            .collect();
        let head = ["Trades", "Contamination", "Number", "Mean R", "Win rate"];
        table(&mut body, "Results by contamination", &head, &rows);
        let _ = write!(
            out,
            "<figure class=\"cut\"><figcaption><h3>Results by contamination</h3><p>Equal values stay together, so the thirds may \
             differ in size.</p></figcaption>{body}</figure>"
        );
    }
    out.push_str("</div>");
    out
}

/// Fills that nobody could have had. `times_ms` are those of the candles.
pub fn fantasy(found: &Fantasy, times_ms: &[i64]) -> String {
    let mut out = String::new();
    let all: Vec<f64> = found.trades.iter().map(|trade| trade.net).collect();
    let gains: Vec<f64> = found.list.iter().filter_map(|one| one.gain).collect();
    let (total, gain) = (sum(&all), sum(&gains));
    let sentence = match (found.trades.len(), found.list.len()) {
        (0, _) => "On raw rows there is no trade.".to_owned(),
        (_, 0) => "On raw rows every trade fills in a row in which somebody traded.".to_owned(),
        (trades, fantasy) => format!(
            "On raw rows {} of {} would have been filled where nobody traded. At the next row with a trade they would have made {} {}; \
             all trades of that run make {}.",
            grouped(fantasy),
            counted(trades, "trade"),
            fixed(gain.abs(), 2),
            if gain > 0.0 { "less" } else { "more" },
            signed(total, 2)
        ),
    };
    verdict(&mut out, &sentence, !found.list.is_empty());
    for (repriced, text) in [
        (Repriced::NoSuchTrade, "would not exist: the first row with a trade comes after the exit"),
        (Repriced::NoTradableRowLater, "cannot be priced: nobody traded later"),
    ] {
        let count = found.count(repriced);
        if count > 0 {
            let _ = write!(out, "<p class=\"note\">{} {text}.</p>", counted(count, "trade"));
        }
    }
    if found.list.is_empty() {
        return out;
    }
    let time =
        |row: u32| times_ms.get(row as usize).map_or_else(|| "–".to_owned(), |ms| format_time(*ms));
    let rows: Vec<Vec<Cell>> = found
        .list
        .iter()
        .take(LISTED)
        .map(|one| {
            let filled = match (one.entry, one.exit) {
                (true, true) => "entry and exit",
                (true, false) => "entry",
                _ => "exit",
            };
            let gain = one.gain_r();
            vec![
                Cell::new(time(one.trade.entry_row)),
                Cell::new(one.trade.side.name()),
                Cell::new(time(one.trade.exit_row)),
                Cell::new(one.trade.exit_reason.name().replace('_', " ")),
                Cell::new(filled),
                Cell::signed(one.trade.net_r(), format!("{} R", signed(one.trade.net_r(), 3))),
                Cell::number(gain.map_or_else(
                    || one.repriced.code().unwrap_or_default().replace('_', " "),
                    |gain| format!("{} R", signed(gain, 3)),
                )),
            ]
        })
        .collect();
    let head = [
        "Entry (UTC)",
        "Side",
        "Exit (UTC)",
        "Left by",
        "Nobody traded at",
        "Net as filled",
        "Of it fantasy",
    ];
    table(&mut out, "Fills that nobody could have had", &head, &rows);
    if found.list.len() > LISTED {
        let _ = write!(
            out,
            "<p class=\"note\">The first {LISTED} of {}; the command cleansweep contamination lists all.</p>",
            grouped(found.list.len())
        );
    }
    out
}

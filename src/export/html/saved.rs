//! The list of saved configurations.

use super::{Cell, escape, table};
use crate::domain::{format_time, grouped, timeframe_label};
use crate::format::{counted, fixed, percent};
use crate::ledger::{Listed, Saved, TOP, listed};
use crate::strategy::STRATEGIES;
use std::fmt::Write as _;

/// A button of a row: what it does, and with which configuration.
fn button(act: &str, label: &str, saved: &Saved) -> String {
    format!(
        "<button type=\"button\" class=\"link\" data-act=\"{act}\" data-id=\"{}\" aria-label=\"{label} {}\">{label}</button>",
        escape(&saved.id),
        escape(&saved.name)
    )
}

/// The list; `data` are the rows that are open.
pub fn saved(all: &[Saved], how: Listed, data: &str) -> String {
    let (places, _) = listed(all, how);
    if places.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<Cell>> = places
        .into_iter()
        .map(|at| {
            let one = &all[at];
            let number = |key: &str, show: fn(f64) -> String| {
                Cell::number(one.metric(key).map_or_else(|| "–".to_owned(), show))
            };
            let label = STRATEGIES.iter().find(|of| of.name == one.strategy);
            let mut acts = vec![button("load", "Load", one)];
            if one.data == data {
                acts.push(button("pin", "Pin as A", one));
            }
            acts.push(button("rename", "Rename", one));
            acts.push(button("delete", "Delete", one));
            let other = if one.data == data { "" } else { "<br><small>other rows</small>" };
            let venue = one.venue.as_deref().unwrap_or("venue unknown");
            vec![
                Cell {
                    class: "prose",
                    ..Cell::html(format!(
                        "<bdi>{}</bdi><br><small>{}</small>",
                        escape(&one.name),
                        acts.join(" · ")
                    ))
                },
                Cell::html(format!(
                    "<bdi>{}</bdi>, {}<br><small><bdi>{}</bdi></small>{other}",
                    escape(&one.market),
                    one.timeframe_ms.map_or_else(|| "–".to_owned(), timeframe_label),
                    escape(venue)
                )),
                Cell::html(escape(label.map_or(one.strategy.as_str(), |of| of.label))),
                number("sharpe", |v| fixed(v, 2)),
                number("win_rate", |v| percent(v, 1)),
                number("total_return", |v| percent(v, 1)),
                number("trades", |v| grouped(v as usize)),
                Cell::html(format!(
                    "{}<br><small>{} to {}</small>",
                    format_time(one.created_ms),
                    &format_time(one.place.first_ms)[..10],
                    &format_time(one.place.last_ms)[..10]
                )),
            ]
        })
        .collect();
    let mut out = String::new();
    let head =
        ["Name", "Market", "Strategy", "Sharpe", "Win rate", "Net", "Trades", "Saved, UTC; window"];
    table(&mut out, "Saved configurations", &head, &rows);
    out
}

/// How many are listed and hidden.
pub fn saved_line(all: &[Saved], how: Listed) -> String {
    if all.is_empty() {
        return "Nothing is saved yet. “Save configuration” on the Backtest page keeps the settings with all of their numbers.".to_owned();
    }
    let (places, hidden) = listed(all, how);
    let mut line = if how.top {
        format!(
            "The best {} by Sharpe ratio, of {}: of each configuration over a window the one that was saved last.",
            places.len().min(TOP),
            counted(all.len(), "saved configuration")
        )
    } else {
        format!("{}, newest first.", counted(all.len(), "saved configuration"))
    };
    if hidden > 0 {
        let _ = write!(
            line,
            " Hidden: {} with a win rate below 10 %. They still count as looks.",
            grouped(hidden)
        );
    }
    line
}

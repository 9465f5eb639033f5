//! The signal funnel: how many rows each condition lets through, and what each one costs in trades.

use crate::diagnose::Removal;
use crate::domain::{Rejection, grouped};
use crate::engine::{ENGINE_STAGES, Gate};
use crate::format::{counted, signed};
use crate::protocol::{DetailQuestion, DetailView};
use crate::strategy::{Condition, Strategy};
use crate::ui::parts::{Failed, ScrollX, flag};
use crate::ui::state::{Answered, AppState, use_state};
use leptos::prelude::*;

/// A line of the funnel: name, count, and what taking its condition away would do.
struct Line {
    label: &'static str,
    count: usize,
    removal: Option<Removal>,
}

impl Line {
    fn change(&self) -> Option<i64> {
        self.removal.as_ref().map(|removal| removal.change)
    }
}

fn lines(view: &Answered<DetailQuestion>) -> Vec<Line> {
    let strategy = view.question().settings.params.strategy();
    let removal = |wanted: Condition| {
        view.removals.iter().find(|removal| removal.condition == wanted).cloned()
    };
    let own = strategy
        .stages
        .iter()
        .map(|stage| (stage.label, stage.condition.map(|place| Condition::Own(place as u8))));
    let engine = ENGINE_STAGES.iter().map(|stage| {
        (stage.label, stage.condition.map(|place| Condition::Engine(Gate::ALL[place])))
    });
    let mut lines: Vec<Line> = own
        .chain(engine)
        .enumerate()
        .map(|(place, (label, condition))| Line {
            label,
            count: view.funnel.sides.iter().map(|side| side.stages[place]).sum(),
            removal: condition.and_then(removal),
        })
        .collect();
    // The engine's own conditions, counted by what is left after their rejections.
    let rejected =
        |code| -> usize { view.funnel.sides.iter().map(|side| side.rejected_with(code)).sum() };
    let mut left = lines.last().map_or(0, |line| line.count);
    for (gate, code) in [
        (Gate::Spike, Rejection::Spike),
        (Gate::Expired, Rejection::Expired),
        (Gate::StopTooTight, Rejection::StopTooTight),
    ] {
        left = left.saturating_sub(rejected(code));
        let condition = Condition::Engine(gate);
        let label = strategy.condition(condition).label;
        lines.push(Line { label, count: left, removal: removal(condition) });
    }
    let trades = view.funnel.sides.iter().map(|side| side.trades).sum();
    lines.push(Line { label: "Trades", count: trades, removal: None });
    lines
}

/// Signals that became no trade, by code.
fn rejections(view: &DetailView) -> Vec<(&'static str, usize)> {
    Rejection::ALL
        .into_iter()
        .map(|code| {
            (code.name(), view.funnel.sides.iter().map(|side| side.rejected_with(code)).sum())
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// The panel.
#[component]
pub fn FunnelPanel() -> impl IntoView {
    let state = use_state();
    let stale = move || state.answers.lacks(state.answers.detail);
    let body = move || {
        let view = state.answers.detail.get()?;
        let lines = lines(&view);
        let widest = lines.iter().map(|line| line.count).max().unwrap_or(0).max(1) as f64;
        // The condition whose removal would give most trades.
        let blocker = lines.iter().filter_map(Line::change).max().filter(|gained| *gained > 0);
        let rows = lines
            .iter()
            .map(|line| {
                // Square-root scale: rows and trades differ by a factor of a thousand.
                let width = (line.count as f64 / widest).sqrt() * 100.0;
                let blocks = blocker.is_some() && line.change() == blocker;
                let new = line.removal.clone().filter(|removal| removal.new > 0);
                let cost = new.as_ref().map(|removal| grouped(removal.new));
                let r = new.as_ref().map(|removal| {
                    removal.mean_r.as_ref().map_or_else(|_| "–".to_owned(), |r| signed(*r, 2))
                });
                let strategy = view.question().settings.params.strategy();
                let show = new.map(|removal| show_button(state, strategy, &removal));
                view! {
                    <tr class="funnel__row" class:funnel__row--blocks=blocks>
                        <th scope="row">{line.label}</th>
                        <td class="funnel__bar"><span style:width=format!("{width:.2}%")></span></td>
                        <td class="number">{grouped(line.count)}</td>
                        <td class="number funnel__gained">{cost}</td>
                        <td class="number">{r}</td>
                        <td>{show}</td>
                    </tr>
                }
            })
            .collect_view();
        let rejected = rejections(&view);
        let rejected = (!rejected.is_empty()).then(|| {
            let text: Vec<String> =
                rejected.iter().map(|(code, count)| format!("{} {}", grouped(*count), code.replace('_', " "))).collect();
            view! { <p class="funnel__note">"Signals that became no trade: " {text.join(", ")} "."</p> }
        });
        let named = lines.iter().find(|line| blocker.is_some() && line.change() == blocker);
        let named = named.and_then(|line| {
            let removal = line.removal.as_ref()?;
            let each = removal.mean_r.as_ref().map_or_else(
                |_| String::new(),
                |r| format!(", {} R each and {} R in all", signed(*r, 2), signed(removal.sum_r, 1)),
            );
            let text = format!(
                "without it there would be {}; {} exist only then{each}.",
                counted(removal.change.unsigned_abs() as usize, "more trade"),
                counted(removal.new, "trade"),
            );
            Some(view! { <p class="funnel__note">"Most is blocked by " <b>{line.label}</b> ": " {text}</p> })
        });
        Some(view! {
            <ScrollX label="Rows by condition">
            <table class="funnel">
                <thead>
                    <tr>
                        <th scope="col">"Condition"</th>
                        <th scope="col"><span class="sr-only">"Share"</span></th>
                        <th scope="col" class="number">"Rows"</th>
                        <th scope="col" class="number funnel__gained" title="Trades that would exist only without this condition">"Costs"</th>
                        <th scope="col" class="number" title="Mean R of those trades">"R each"</th>
                        <th scope="col"><span class="sr-only">"On the chart"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            </ScrollX>
            {named}
            {rejected}
            <p class="funnel__note">"Both sides together; bar lengths on a square-root scale. Costs: trades that exist only if this one condition is not tested, with the R they would have made."</p>
        })
    };
    view! {
        <section class="panel funnel-panel" class:dim=stale aria-label="Why so few signals?" aria-busy=flag(stale)>
            <header class="panel__head"><h2>"Why so few signals?"</h2></header>
            <Failed asked=state.answers.detail/>
            <Failed asked=state.answers.gained/>
            {body}
        </section>
    }
}

/// Shows on the chart the trades that a condition costs, or hides them.
fn show_button(state: AppState, strategy: &Strategy, removal: &Removal) -> impl IntoView + use<> {
    let condition = removal.condition;
    let label = strategy.condition(condition).label;
    let on = move || state.view.without.get() == Some(condition);
    view! {
        <button
            type="button"
            class="btn btn--tiny"
            aria-pressed=flag(on)
            aria-label=format!("Show the trades that “{label}” costs")
            on:click=move |_| state.view.without.update(|shown| *shown = if *shown == Some(condition) { None } else { Some(condition) })
        >
            {move || if on() { "Hide" } else { "Show" }}
        </button>
    }
}

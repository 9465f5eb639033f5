//! The signal funnel: how many rows each condition lets through, and what each one costs in trades.

use super::state::use_state;
use crate::diagnose::Stage;
use crate::domain::{Rejection, grouped};
use crate::engine::Condition;
use crate::protocol::DetailView;
use leptos::prelude::*;

/// A line of the funnel: name, count, and the trades gained if its condition were taken away.
struct Line {
    label: &'static str,
    count: usize,
    gained: Option<i64>,
}

const fn condition(stage: Stage) -> Option<Condition> {
    match stage {
        Stage::HasLevel => Some(Condition::Level),
        Stage::PrevCloseBeyond => Some(Condition::PrevCloseBeyond),
        Stage::Pierced => Some(Condition::Pierced),
        Stage::Swept => Some(Condition::Volume),
        Stage::ReversalPattern => Some(Condition::ReversalPattern),
        Stage::Reclaimed => Some(Condition::Reclaimed),
        Stage::Valid => Some(Condition::Valid),
        Stage::NotQuiet => Some(Condition::NotQuiet),
        Stage::HasPivot | Stage::DistinctT => None,
    }
}

fn lines(view: &DetailView) -> Vec<Line> {
    let gained =
        |condition: Condition| view.removals.get(condition as usize).map(|removal| removal.change);
    let sum = |stage: Stage| view.funnel.sides.iter().map(|side| side.stages[stage as usize]).sum();
    let mut lines: Vec<Line> = Stage::ALL
        .into_iter()
        .map(|stage| Line {
            label: stage.label(),
            count: sum(stage),
            gained: condition(stage).and_then(gained),
        })
        .collect();
    // The engine's own conditions, counted by what is left after their rejections.
    let rejected =
        |code| -> usize { view.funnel.sides.iter().map(|side| side.rejected_with(code)).sum() };
    let mut left: usize = sum(Stage::NotQuiet);
    for (label, code, condition) in [
        ("No spike", Rejection::Spike, Condition::Spike),
        ("Filled in time", Rejection::Expired, Condition::Expired),
        ("Stop wide enough", Rejection::StopTooTight, Condition::StopTooTight),
    ] {
        left = left.saturating_sub(rejected(code));
        lines.push(Line { label, count: left, gained: gained(condition) });
    }
    let trades = view.funnel.sides.iter().map(|side| side.trades).sum();
    lines.push(Line { label: "Trades", count: trades, gained: None });
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
    let stale = move || {
        state.detail.with(|detail| {
            state.backtest.with(|backtest| match (detail, backtest) {
                (Some(detail), Some(backtest)) => detail.settings != backtest.settings,
                _ => true,
            })
        })
    };
    let body = move || {
        let view = state.detail.get()?;
        let lines = lines(&view);
        let widest = lines.iter().map(|line| line.count).max().unwrap_or(0).max(1) as f64;
        // The condition whose removal would give most trades.
        let blocker =
            lines.iter().filter_map(|line| line.gained).max().filter(|gained| *gained > 0);
        let rows = lines
            .iter()
            .map(|line| {
                // Square-root scale: rows and trades differ by a factor of a thousand.
                let width = (line.count as f64 / widest).sqrt() * 100.0;
                let blocks = blocker.is_some() && line.gained == blocker;
                let gained = line.gained.map_or_else(String::new, |gained| format!("{gained:+}").replace('-', "−"));
                view! {
                    <tr class="funnel__row" class:funnel__row--blocks=blocks>
                        <th scope="row">{line.label}</th>
                        <td class="funnel__bar"><span style:width=format!("{width:.2}%")></span></td>
                        <td class="number">{grouped(line.count)}</td>
                        <td class="number funnel__gained">{gained}</td>
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
        let named =
            lines.iter().find(|line| blocker.is_some() && line.gained == blocker).map(|line| {
                view! {
                    <p class="funnel__note">
                        "Most is blocked by " <b>{line.label}</b> ": without it there would be "
                        {grouped(line.gained.unwrap_or(0).unsigned_abs() as usize)} " more trades."
                    </p>
                }
            });
        Some(view! {
            <table class="funnel">
                <thead>
                    <tr>
                        <th scope="col">"Condition"</th>
                        <th scope="col"><span class="sr-only">"Share"</span></th>
                        <th scope="col" class="number">"Rows"</th>
                        <th scope="col" class="number funnel__gained" title="Trades gained if this condition were taken away">"Gain"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {named}
            {rejected}
            <p class="funnel__note">"Both sides together; bar lengths on a square-root scale. Gain: more trades if the condition were taken away."</p>
        })
    };
    view! {
        <section class="panel funnel-panel" class:dim=stale aria-label="Why so few signals?" aria-busy=move || stale().to_string()>
            <header class="panel__head"><h2>"Why so few signals?"</h2></header>
            {body}
        </section>
    }
}

//! The result at a glance: it stays in sight while a slider moves, wherever the page and the parameters are scrolled.

use super::result::{SIGNED, sign_class};
use crate::charts::decimate::Column;
use crate::format::counted;
use crate::metrics::{METRICS, MetricSpec};
use crate::ui::parts::{beside, value};
use crate::ui::state::{MOST_NUMBERS, first_numbers, use_state};
use crate::web::page;
use leptos::prelude::*;

/// Place of the warnings on the page.
pub const WARNINGS: &str = "warnings";

/// The points of the small picture, 100 by 30 units of its own.
fn points(columns: &[Column]) -> String {
    let (low, high) = columns
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), c| (l.min(c.last), h.max(c.last)));
    let height = if high > low { high - low } else { 1.0 };
    let width = columns.len().saturating_sub(1).max(1) as f64;
    let place = |(at, column): (usize, &Column)| {
        let (x, y) = (at as f64 / width * 100.0, 29.0 - (column.last - low) / height * 28.0);
        format!("{x:.1},{y:.1}")
    };
    columns.iter().enumerate().map(place).collect::<Vec<_>>().join(" ")
}

/// Equity as a small picture, the chosen numbers, and how much there is to be said about the settings.
#[component]
pub fn ResultStrip() -> impl IntoView {
    let state = use_state();
    let numbers = move || {
        let view = state.answers.backtest.get()?;
        let strategy = view.question().settings.params.strategy();
        let shown = state.keeper.numbers.get();
        let items = shown
            .into_iter()
            .filter(|spec| spec.is_for(strategy))
            .filter_map(|spec| {
                let value = value(&view, spec.key)?;
                let signed = SIGNED.contains(&spec.key);
                let class = sign_class(value.as_ref().ok().copied().filter(|_| signed));
                let text = match value {
                    Ok(_) => spec.unit.show(value, signed),
                    Err(_) => "–".to_owned(),
                };
                let title = match value {
                    Ok(_) => spec.formula.to_owned(),
                    Err(reason) => reason.to_string(),
                };
                Some(view! {
                    <div class="strip__number" title=title>
                        <dt>{spec.label}</dt>
                        <dd class=class>{text}</dd>
                        {move || beside(state, spec.key, signed).into_iter().map(|text| view! { <dd class="beside">{text}</dd> }).collect_view()}
                    </div>
                })
            })
            .collect_view();
        Some(items)
    };
    let picture = move || {
        let view = state.answers.backtest.get()?;
        Some(view! { <polyline points=points(&view.equity.columns)></polyline> })
    };
    let warnings = move || {
        let refused = state.answers.backtest.failure().is_some();
        let hints = state.answers.backtest.with(|b| b.as_ref().map_or(0, |b| b.hints.len()));
        let (class, short, text) = match (refused, hints) {
            (true, _) => {
                ("chip chip--bad chip--small", "!".to_owned(), "Settings refused: why".to_owned())
            }
            (_, 0) => return None,
            (_, count) => {
                ("chip chip--warn chip--small", format!("! {count}"), counted(count, "warning"))
            }
        };
        let (title, long) = (text.clone(), text.clone());
        Some(view! {
            <button class=class aria-label=text title=title on:click=move |_| page::focus(WARNINGS)>
                <span class="strip__short">{short}</span>
                <span class="hide-phone">{long}</span>
            </button>
        })
    };
    let outdated = move || state.answers.backtest.failure().is_some();
    view! {
        <section class="strip" class:dim=outdated aria-label="Result at a glance">
            <svg class="strip__picture" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">{picture}</svg>
            <dl class="strip__numbers">{numbers}</dl>
            {warnings}
            <NumbersMenu/>
        </section>
    }
}

/// Which numbers are shown.
#[component]
fn NumbersMenu() -> impl IntoView {
    let state = use_state();
    let open = RwSignal::new(false);
    let numbers = state.keeper.numbers;
    let is_on = move |spec: &'static MetricSpec| {
        numbers.with(|numbers| numbers.iter().any(|other| other.key == spec.key))
    };
    let choice = move |spec: &'static MetricSpec| {
        let full = move || numbers.with(Vec::len) >= MOST_NUMBERS && !is_on(spec);
        let only = move || numbers.with(Vec::len) == 1 && is_on(spec);
        let flip = move |_| {
            numbers.update(|numbers| {
                if let Some(at) = numbers.iter().position(|other| other.key == spec.key) {
                    numbers.remove(at);
                } else {
                    numbers.push(spec);
                }
            });
        };
        view! {
            <label>
                <input type="checkbox" prop:checked=move || is_on(spec) disabled=move || full() || only() on:change=flip/>
                {spec.label}
            </label>
        }
    };
    let strategy = move || {
        state.answers.backtest.with(|b| b.as_ref().map(|b| b.question().settings.params.strategy()))
    };
    view! {
        <details
            class="strip__menu"
            on:toggle=move |event| {
                let details: web_sys::Element = event_target(&event);
                open.set(details.has_attribute("open"));
            }
        >
            <summary class="btn btn--small" aria-label="Choose the numbers" title="Choose the numbers">"⋯"</summary>
            <Show when=move || open.get()>
                <fieldset class="strip__choices">
                    <legend>{format!("Up to {MOST_NUMBERS} numbers; a narrow screen shows the first four")}</legend>
                    {move || {
                        let strategy = strategy()?;
                        Some(METRICS.iter().filter(|spec| spec.is_for(strategy)).map(choice).collect_view())
                    }}
                    <button class="btn btn--small" on:click=move |_| numbers.set(first_numbers())>"As at first"</button>
                </fieldset>
            </Show>
        </details>
    }
}

//! Bar, notice and foot.

use super::help::{self, ThemeButton};
use super::open::OpenButtons;
use crate::domain::{grouped, timeframe_label};
use crate::format::{fixed, percent};
use crate::protocol::ExportKind;
use crate::quality::Outcome;
use crate::ui::parts::flag;
use crate::ui::state::{keeper, use_state};
use crate::universe::MarketId;
use crate::work::PAGE_BYTES;
use leptos::html::Dialog;
use leptos::prelude::*;

/// Brand, chips of data, quality and cleaning, and the export.
#[component]
pub fn Bar(
    /// The list of keys.
    dialog: NodeRef<Dialog>,
) -> impl IntoView {
    let state = use_state();
    let loaded = move || state.files.loaded.get();
    let data = move || {
        // With several markets the menu below stands here.
        loaded().filter(|_| state.files.markets.with(|markets| markets.len() < 2)).map(|view| {
            let timeframe = view.timeframe_ms.map_or_else(String::new, timeframe_label);
            view! {
                <span class="chip chip--file">
                    <b class="chip__name">{view.name.clone()}</b>
                    {timeframe}
                    <small>{grouped(view.candles)} " candles"</small>
                </span>
            }
        })
    };
    let quality = move || {
        state.answers.cleaned.get().map(|view| {
            let policy = view.policy.name();
            let (class, text) = match view.outcome {
                Outcome::Fails => ("chip chip--bad", format!("Data: fails after {policy}")),
                Outcome::Usable => ("chip chip--warn", format!("Data: usable after {policy}")),
                Outcome::UsableWithWarnings => {
                    ("chip chip--warn", format!("Data: usable after {policy}, with warnings"))
                }
                Outcome::SoundWithWarnings => {
                    ("chip chip--warn", "Data: sound, with warnings".to_owned())
                }
                Outcome::Sound => ("chip chip--ok", "Data: sound".to_owned()),
            };
            view! { <span class=class title=view.line.clone()>{text}</span> }
        })
    };
    let cleaning = move || {
        state.answers.cleaned.get().map(|view| {
            let (masked, removed) = view.set_aside;
            let set_aside = masked + removed;
            let word = if masked > 0 { "untradable" } else { "removed" };
            view! {
                <span class="chip hide-phone">
                    "Cleaning " <b>{view.policy.name()}</b>
                    <small>{grouped(set_aside)} " " {word}</small>
                </span>
            }
        })
    };
    view! {
        <header class="bar">
            <div class="brand">
                <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" class="brand__mark">
                    <rect width="22" height="22" rx="5" class="brand__tile"/>
                    <path
                        d="M5 13.5h3.2l1.6 3.5 2-12 1.8 8.5H17"
                        class="brand__line"
                        fill="none"
                        stroke-width="1.8"
                        stroke-linejoin="round"
                        stroke-linecap="round"
                    />
                </svg>
                "Clean Sweep"
            </div>
            {data}
            <MarketMenu/>
            {quality}
            {cleaning}
            <span class="spacer"></span>
            <Show when=move || state.files.loaded.with(Option::is_some)>
                <span class="bar__group">
                    <button class="btn btn--icon" aria-label="Undo" title="Undo (Ctrl+Z)" aria-disabled=flag(move || !state.keeper.can_undo.get()) on:click=move |_| keeper::undo(state)>
                        <span aria-hidden="true">"↶"</span>
                    </button>
                    <button class="btn btn--icon" aria-label="Redo" title="Redo (Ctrl+Shift+Z)" aria-disabled=flag(move || !state.keeper.can_redo.get()) on:click=move |_| keeper::redo(state)>
                        <span aria-hidden="true">"↷"</span>
                    </button>
                </span>
            </Show>
            <ThemeButton/>
            <button class="btn btn--icon" aria-label="Keys and gestures" title="Keys and gestures (?)" on:click=move |_| help::open(dialog)>
                <span aria-hidden="true">"?"</span>
            </button>
            <Show when=move || state.files.loaded.with(Option::is_some)>
                <OpenButtons compact=true/>
                <button class="btn" on:click=move |_| keeper::copy_link(state)>"Copy link"</button>
                <button class="btn btn--primary" on:click=move |_| state.export(ExportKind::Json)>
                    "Export JSON"
                </button>
            </Show>
        </header>
    }
}

/// Which of the open files is current; one that is not needed any more is closed.
#[component]
fn MarketMenu() -> impl IntoView {
    let state = use_state();
    let chosen = move |event| {
        let number = event_target_value(&event).parse().unwrap_or_default();
        state.files.show(MarketId(number));
    };
    move || {
        let markets = state.files.markets.get();
        let current = state.files.open_market().filter(|_| markets.len() > 1)?;
        let timeframe = current.view.timeframe_ms.map_or_else(String::new, timeframe_label);
        let options = markets
            .iter()
            .map(|market| {
                let selected = market.id == current.id;
                view! { <option value=market.id.0.to_string() prop:selected=selected>{market.name.clone()}</option> }
            })
            .collect_view();
        let label = format!("Close {}", current.name);
        Some(view! {
            <span class="chip chip--market">
                <select class="chip__menu" id="market" aria-label="Market" title=current.name.clone() on:change=chosen>{options}</select>
                <span class="hide-phone">{timeframe} " " <small>{grouped(current.view.candles)} " candles"</small></span>
                <button class="chip__close" aria-label=label.clone() title=label on:click=move |_| state.files.close(current.id)>
                    <span aria-hidden="true">"×"</span>
                </button>
            </span>
        })
    }
}

/// What the page did by itself, until it is dismissed.
#[component]
pub fn Notice() -> impl IntoView {
    let state = use_state();
    view! {
        <div class="notice-place" role="status" aria-live="polite">
            {move || {
                state.workers.notice.get().map(|text| {
                    view! {
                        <div class="notice">
                            <span>{text}</span>
                            <button class="btn" on:click=move |_| state.workers.notice.set(None)>"Dismiss"</button>
                        </div>
                    }
                })
            }}
        </div>
    }
}

/// What the page just did, and how fast.
#[component]
pub fn Foot() -> impl IntoView {
    let state = use_state();
    let timing = move || {
        let ms = |value: f64| format!("{} ms", fixed(value, usize::from(value < 10.0)));
        let megabytes = |bytes| grouped((bytes / 1_000_000) as usize);
        let mut parts = Vec::new();
        if let Some(market) = state.files.open_market() {
            parts.push(format!("file read and judged in {}", ms(market.read_ms)));
            let [read, judged] = market.view.memory_bytes;
            parts.push(format!(
                "memory {} MB when read, {} MB when judged",
                megabytes(read),
                megabytes(judged)
            ));
        }
        let markets = state.files.markets.with(Vec::len);
        if markets > 1 {
            parts.push(format!(
                "{markets} files take {} of {} MB",
                megabytes(state.workers.memory.get()),
                megabytes(PAGE_BYTES)
            ));
        }
        if let Some(backtest) = state.answers.backtest.get() {
            parts.push(format!("backtest {}", ms(backtest.elapsed_ms())));
        }
        let drawn = state.view.drawn_ms.get();
        if drawn > 0.0 {
            parts.push(format!("drawn in {}", ms(drawn)));
        }
        if let (Some(window), Some(loaded)) = (state.answers.window.get(), state.files.loaded.get())
            && window.step > 1
        {
            parts.push(format!(
                "drawing 1 bar for {} of {} candles",
                window.step,
                grouped(loaded.candles)
            ));
        }
        parts.join(" · ")
    };
    let coverage = move || {
        state.files.loaded.get().map(|view| format!("grid coverage {}", percent(view.coverage, 2)))
    };
    view! {
        <footer class="foot">
            <span>"Your data stays in this page: there is no server, and nothing is uploaded."</span>
            <span class="hide-phone">{timing}</span>
            <span class="spacer"></span>
            <span class="hide-phone">{coverage}</span>
        </footer>
    }
}

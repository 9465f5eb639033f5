//! Bar, notice and foot.

use super::help::{self, ThemeButton};
use super::keep;
use super::open::OpenButtons;
use super::state::use_state;
use crate::domain::{grouped, timeframe_label};
use crate::format::{fixed, percent};
use crate::protocol::ExportKind;
use crate::quality::Outcome;
use leptos::html::Dialog;
use leptos::prelude::*;

/// Brand, chips of data, quality and cleaning, and the export.
#[component]
pub fn Bar(
    /// The list of keys.
    dialog: NodeRef<Dialog>,
) -> impl IntoView {
    let state = use_state();
    let loaded = move || state.loaded.get();
    let data = move || {
        loaded().map(|view| {
            let timeframe = view.timeframe_ms.map_or_else(String::new, timeframe_label);
            view! {
                <span class="chip hide-phone">
                    <b class="chip__name">{view.name.clone()}</b>
                    {timeframe}
                    <small>{grouped(view.candles)} " candles"</small>
                </span>
            }
        })
    };
    let quality = move || {
        state.cleaned.get().map(|view| {
            let policy = view.summary.cleaning.policy.name();
            let (class, text) = match view.summary.outcome {
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
            view! { <span class=class title=view.summary.line.clone()>{text}</span> }
        })
    };
    let cleaning = move || {
        state.cleaned.get().map(|view| {
            let summary = &view.summary;
            let set_aside = summary.masked + summary.removed;
            let word = if summary.masked > 0 { "untradable" } else { "removed" };
            view! {
                <span class="chip hide-phone">
                    "Cleaning " <b>{summary.cleaning.policy.name()}</b>
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
            {quality}
            {cleaning}
            <span class="spacer"></span>
            <Show when=move || state.loaded.with(Option::is_some)>
                <span class="bar__group">
                    <button class="btn btn--icon" aria-label="Undo" title="Undo (Ctrl+Z)" aria-disabled=move || (!state.keeper.can_undo.get()).to_string() on:click=move |_| keep::undo(state)>
                        <span aria-hidden="true">"↶"</span>
                    </button>
                    <button class="btn btn--icon" aria-label="Redo" title="Redo (Ctrl+Shift+Z)" aria-disabled=move || (!state.keeper.can_redo.get()).to_string() on:click=move |_| keep::redo(state)>
                        <span aria-hidden="true">"↷"</span>
                    </button>
                </span>
            </Show>
            <ThemeButton/>
            <button class="btn btn--icon" aria-label="Keys and gestures" title="Keys and gestures (?)" on:click=move |_| help::open(dialog)>
                <span aria-hidden="true">"?"</span>
            </button>
            <Show when=move || state.loaded.with(Option::is_some)>
                <OpenButtons compact=true/>
                <button class="btn" on:click=move |_| keep::copy_link(state)>"Copy link"</button>
                <button class="btn btn--primary" on:click=move |_| state.export(ExportKind::Json)>
                    "Export JSON"
                </button>
            </Show>
        </header>
    }
}

/// What the page did by itself, until it is dismissed.
#[component]
pub fn Notice() -> impl IntoView {
    let state = use_state();
    view! {
        <div class="notice-place" role="status" aria-live="polite">
            {move || {
                state.notice.get().map(|text| {
                    view! {
                        <div class="notice">
                            <span>{text}</span>
                            <button class="btn" on:click=move |_| state.notice.set(None)>"Dismiss"</button>
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
        let timing = state.timing.get();
        let ms = |value: f64| format!("{} ms", fixed(value, usize::from(value < 10.0)));
        let mut parts = Vec::new();
        if timing.load > 0.0 {
            parts.push(format!("file read and judged in {}", ms(timing.load)));
        }
        if let Some([read, judged]) = state.loaded.with(|l| l.as_ref().map(|l| l.memory_bytes)) {
            let megabytes = |bytes| grouped((bytes / 1_000_000) as usize);
            parts.push(format!(
                "memory {} MB when read, {} MB when judged",
                megabytes(read),
                megabytes(judged)
            ));
        }
        if timing.backtest > 0.0 {
            parts.push(format!("backtest {}", ms(timing.backtest)));
        }
        if timing.drawn > 0.0 {
            parts.push(format!("drawn in {}", ms(timing.drawn)));
        }
        if let (Some(window), Some(loaded)) = (state.window.get(), state.loaded.get())
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
        state.loaded.get().map(|view| format!("grid coverage {}", percent(view.report.coverage, 2)))
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

//! The Data page: what was read, what is wrong with it, and which gate says so.

mod markets;

use markets::{CombinedPanel, MarketsPanel};

use crate::audit::Gates;
use crate::protocol::LoadedView;
use crate::quality::Outcome;
use crate::ui::charts::PriceChart;
use crate::ui::parts::{Failed, OriginalToggle, ReadingPanel, flag, show_marked};
use crate::ui::state::{AppState, use_state};
use crate::web::{hooks, page};
use leptos::html::Section;
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::{Element, KeyboardEvent, MouseEvent};

/// The page.
#[component]
pub fn DataPage() -> impl IntoView {
    let state = use_state();
    move || {
        state.files.loaded.get().map(|view| {
            view! {
                <div class="data" role="tabpanel" aria-labelledby="tab-Data">
                    <h1 class="sr-only" id="title" tabindex="-1">"Data quality of " {view.name.clone()}</h1>
                    {summary(state, &view)}
                    <MarketsPanel/>
                    <section class="panel charts" id="price-chart">
                        <header class="panel__head">
                            <h2>"Price and volume"</h2>
                            <span class="spacer"></span>
                            <small class="keys-of-strip">
                                <i class="swatch swatch--bad"></i>" broken or without volume "
                                <i class="swatch swatch--warn"></i>" suspicious"
                                {view.is_merged.then_some("; the lower strip shows rows of other venues, by the colours of “Where the rows come from”")}
                            </small>
                        </header>
                        <PriceChart trades=false label="Price and volume"/>
                    </section>
                    <CombinedPanel/>
                    {move || (state.files.gates.get() != Gates::default()).then(|| view! {
                        <p class="note">"The gates of this file, below, have the usual thresholds. Your own judge the markets in the table above."</p>
                    })}
                    <div class="data__columns">
                        <div inner_html=view.html[1].clone()></div>
                        {source(state, &view)}
                    </div>
                    <PlacesPanel/>
                    <div class="data__more" inner_html=view.html[4].clone()></div>
                    {import(state, &view)}
                </div>
            }
        })
    }
}

/// On which days and hours the file hurts. It is asked for while it is in sight.
#[component]
fn PlacesPanel() -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Section>::new();
    Effect::new(move || {
        if let Some(panel) = node.get() {
            hooks::in_sight(&panel, move |seen| state.view.places.set(seen));
        }
    });
    on_cleanup(move || state.view.places.set(false));
    let asked = state.answers.places;
    let html = move || asked.get().map_or_else(String::new, |found| found.html.clone());
    let clicked = move |event: MouseEvent| show_marked(state, &event);
    let pressed = move |event: KeyboardEvent| {
        let square: Element = event_target(&event);
        let Ok(Some(map)) = square.closest(".heat") else { return };
        let key = event.key();
        match key.as_str() {
            "Enter" | " " => show_marked(state, &event),
            arrow if arrow.starts_with("Arrow") => page::move_in_map(&map, &square, arrow),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <section class="panel" node_ref=node aria-label="Where it hurts" aria-busy=flag(move || asked.is_under_way())>
            <header class="panel__head">
                <h2>"Where it hurts"</h2>
                <span class="spacer"></span>
                <small class="hide-phone">"Choose a day or an outage to see it on the chart"</small>
            </header>
            <Failed asked/>
            <div class="told" inner_html=html on:click=clicked on:keydown=pressed></div>
        </section>
    }
}

fn summary(state: AppState, view: &Arc<LoadedView>) -> impl IntoView + use<> {
    let no_volume = view.bad_volume.map(|column| {
        let read = move |_| state.files.answer("columns", &format!("{}:-", column + 1));
        view! { <p class="note"><button class="btn" on:click=read>"Read it without volume"</button></p> }
    });
    let headline = move || {
        state.answers.cleaned.get().map(|view| {
            let class = match view.outcome {
                Outcome::Fails => "headline headline--bad",
                Outcome::Sound => "headline headline--ok",
                _ => "headline headline--warn",
            };
            view! { <p class=class><b>{format!("{}.", view.line)}</b> " " {view.enough.clone()}</p> }
        })
    };
    view! {
        <section class="panel summary" aria-label="Summary">
            {headline}
            <div inner_html=view.html[0].clone()></div>
            {no_volume}
        </section>
    }
}

fn source(state: AppState, view: &Arc<LoadedView>) -> impl IntoView + use<> {
    view! {
        <section class="panel" aria-label="Flat candles and volume">
            <header class="panel__head"><h2>"Flat candles and volume"</h2></header>
            <OriginalToggle/>
            <div class:hidden=move || !state.view.original.get() inner_html=view.html[2].clone()></div>
            <div inner_html=view.html[3].clone()></div>
        </section>
    }
}

/// What was inferred, what was rejected and what could not be read.
fn import(state: AppState, view: &Arc<LoadedView>) -> impl IntoView + use<> {
    // What was made of other markets has no lines of its own.
    let has_lines = view.combined.is_empty();
    view! {
        <section class="panel" aria-label="How the file was read">
            <header class="panel__head">
                <h2>"How the file was read"</h2>
                <span class="spacer"></span>
                {has_lines.then(|| view! {
                <button
                    class="btn"
                    aria-expanded=flag(move || state.files.reading_open.get())
                    on:click=move |_| {
                        state.files.reading_open.update(|open| *open = !*open);
                        if state.files.preview.with_untracked(Option::is_none) {
                            state.files.look();
                        }
                    }
                >
                    "Preview and change"
                </button>
                })}
            </header>
            <div inner_html=view.html[5].clone()></div>
            <Show when=move || state.files.reading_open.get()><ReadingPanel/></Show>
            <div inner_html=view.html[6].clone()></div>
        </section>
    }
}

//! The Search page: many configurations at once, and whether the best of them is more than luck.

mod found;
mod space;

use crate::domain::grouped;
use crate::format::fixed;
use crate::ui::charts::DatesBar;
use crate::ui::parts::{Failed, flag};
use crate::ui::state::use_state;
use crate::web::page;
use leptos::prelude::*;

/// The page.
#[component]
pub fn SearchPage() -> impl IntoView {
    let state = use_state();
    Effect::new(move || state.search.follow(state.choices));
    let busy = move || state.answers.search.is_under_way();
    view! {
        <div class="search" role="tabpanel" aria-labelledby="tab-Search" aria-busy=flag(busy)>
            <h1 class="sr-only" id="title" tabindex="-1">"Search"</h1>
            <space::SpacePanel/>
            <div class="search__found">
                <section class="panel" aria-label="Dates">
                    <header class="panel__head"><h2>"Over which rows"</h2></header>
                    <DatesBar/>
                </section>
                <ProgressPanel/>
                <found::FoundPanels/>
            </div>
        </div>
    }
}

/// Seconds for people.
fn seconds(value: f64) -> String {
    if value < 90.0 {
        format!("{} s", fixed(value, 0))
    } else {
        format!("{} min", fixed(value / 60.0, 1))
    }
}

/// How often what is told of a search changes.
const BEAT: std::time::Duration = std::time::Duration::from_millis(200);

/// How far the search is, with its buttons.
#[component]
fn ProgressPanel() -> impl IntoView {
    let state = use_state();
    let asked = state.answers.search;
    let paused = state.search.paused;
    // Steps follow each other by the frame, and words that change so fast cannot be read.
    let beat = RwSignal::new(());
    let ticking = set_interval_with_handle(
        move || {
            if untrack(|| asked.is_under_way()) && !paused.get_untracked() {
                beat.set(());
            }
        },
        BEAT,
    );
    on_cleanup(move || {
        if let Ok(ticking) = ticking {
            ticking.clear();
        }
    });
    let now = move || {
        beat.track();
        // The end of the search, and of a step that was the last.
        asked.is_under_way();
        asked.is_stopped();
        asked.get_untracked()
    };
    let text = move || {
        let view = now()?;
        let (begun, before) = state.search.begun.get();
        let passed = (page::clock() - begun) / 1_000.0;
        let made = view.done.saturating_sub(before);
        let mut parts = vec![format!(
            "{} of {} trials",
            grouped(view.done as usize),
            grouped(view.total as usize)
        )];
        if view.done >= view.total && !view.is_whole {
            parts.push(format!("testing for luck, {} %", fixed(view.drawn * 100.0, 0)));
        } else if asked.is_under_way() && !paused.get() && passed > 0.2 && made > 0 {
            let rate = f64::from(made) / passed;
            parts.push(format!("{} a second", grouped(rate as usize)));
            if passed > 1.0 {
                parts.push(format!("{} left", seconds(f64::from(view.total - view.done) / rate)));
            }
        }
        if let Some((number, objective)) = &view.best {
            parts.push(format!("best so far: trial {number}, {objective}"));
        }
        Some(parts.join(" · "))
    };
    let pause = move |_| {
        let on = !paused.get_untracked();
        paused.set(on);
        asked.pause(on);
        state.search.begun.set((page::clock(), asked.get_untracked().map_or(0, |view| view.done)));
    };
    let go_on = move |_| {
        state.search.begun.set((page::clock(), asked.get_untracked().map_or(0, |view| view.done)));
        asked.again();
    };
    let in_sight = Memo::new(move |_| {
        let view = asked.get();
        view.is_some_and(|view| !view.is_whole) || (asked.is_under_way() && asked.get().is_some())
    });
    let count = move |of: fn(&crate::protocol::SearchView) -> u32| {
        now().map_or(0, |view| of(&view)).to_string()
    };
    let status = move || {
        let text = text().unwrap_or_default();
        if asked.is_stopped() {
            format!("Stopped. {text}")
        } else if paused.get() {
            format!("Paused. {text}")
        } else {
            text
        }
    };
    let press = move |event| {
        if asked.is_stopped() {
            go_on(event);
        } else {
            paused.set(false);
            asked.stop();
        }
    };
    // Buttons stand still while numbers change: what is made anew with every step loses a click that falls between.
    view! {
        <Failed asked/>
        <Show when=move || in_sight.get()>
            <section class="panel search__progress" id="search-progress" aria-label="Progress">
                <progress aria-label="Trials run" max=move || count(|view| view.total) value=move || count(|view| view.done)></progress>
                <p class="note" role="status">{status}</p>
                <Show when=move || !asked.is_stopped()>
                    <button class="btn" on:click=pause>{move || if paused.get() { "Resume" } else { "Pause" }}</button>
                </Show>
                <button class="btn" on:click=press>{move || if asked.is_stopped() { "Go on" } else { "Cancel" }}</button>
            </section>
        </Show>
    }
}

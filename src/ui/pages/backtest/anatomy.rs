//! What the result is made of. The worker makes the markup, as in the report; here it is shown, and what is clicked on is
//! shown in chart and list.

use super::trades::LIST;
use crate::ui::parts::{Failed, flag, is_split, show_marked};
use crate::ui::state::{Chosen, use_state};
use crate::web::{hooks, page};
use leptos::html::Section;
use leptos::prelude::*;
use web_sys::{Element, MouseEvent};

/// The panel. It is asked for while it is in sight.
#[component]
pub fn AnatomyPanel() -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Section>::new();
    Effect::new(move || {
        if let Some(panel) = node.get() {
            hooks::in_sight(&panel, move |seen| state.view.anatomy.set(seen));
        }
    });
    on_cleanup(move || state.view.anatomy.set(false));
    // Nothing is awaited while nobody looks.
    let stale = move || state.view.anatomy.get() && state.answers.lacks(state.answers.anatomy);
    let behind = RwSignal::new(false);
    Effect::new(move || {
        if !is_split(state) {
            behind.set(false);
        }
    });
    let html = move || {
        let wanted = behind.get();
        state.answers.anatomy.with(|found| {
            let found = found.as_ref();
            let text =
                found.map(|a| a.html.behind.as_ref().filter(|_| wanted).unwrap_or(&a.html.own));
            text.cloned().unwrap_or_default()
        })
    };
    let parts = move || {
        is_split(state).then(|| {
            view! {
                <span class="seg" role="group" aria-label="Which rows">
                    <button type="button" aria-pressed=flag(move || !behind.get()) on:click=move |_| behind.set(false)>"In-sample"</button>
                    <button type="button" aria-pressed=flag(move || behind.get()) on:click=move |_| behind.set(true)>"Out-of-sample"</button>
                </span>
            }
        })
    };
    // One listener for all marks.
    let clicked = move |event: MouseEvent| {
        // Numbers of trades mean nothing in another result.
        let unknown = is_split(state) && state.answers.lacks(state.answers.detail);
        if unknown || state.answers.lacks(state.answers.anatomy) {
            return;
        }
        let target: Element = event_target(&event);
        let Ok(Some(mark)) = target.closest("[data-trades],[data-of],[data-from]") else { return };
        show_marked(state, &event);
        // Large groups are written once: other marks of the same trades name the one that has them.
        let mark = match mark.get_attribute("data-of") {
            None => mark,
            Some(id) => {
                let named = document().query_selector(&format!("[data-id={id}]")).ok().flatten();
                let Some(named) = named else { return };
                named
            }
        };
        if let Some(list) = mark.get_attribute("data-trades") {
            let trades = list.split(' ').filter_map(|number| number.parse().ok()).collect();
            let label = mark.get_attribute("data-label").unwrap_or_default();
            state.choose(Chosen { label, trades });
            page::focus(LIST);
        }
    };
    view! {
        <section
            class="panel anatomy"
            node_ref=node
            class:dim=stale
            aria-label="Anatomy of the result"
            aria-busy=flag(stale)
        >
            <header class="panel__head">
                <h2>"Anatomy of the result"</h2>
                {parts}
                <span class="spacer"></span>
                <small class="hide-phone">"Choose a mark or a number to see its trades"</small>
            </header>
            <Failed asked=state.answers.anatomy/>
            <div class="cuts" inner_html=html on:click=clicked></div>
        </section>
    }
}

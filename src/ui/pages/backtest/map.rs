//! What if these two parameters moved? A map of two of them, drawn anew while a third one moves.

use crate::metrics::{METRICS, MetricSpec};
use crate::strategy::Params;
use crate::ui::parts::{Failed, flag};
use crate::ui::state::{MapChoice, use_state};
use crate::web::page;
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;

/// The panel. A closed one costs nothing, and looks at nothing.
#[component]
pub fn MapPanel() -> impl IntoView {
    let state = use_state();
    let (asked, choice, open) = (state.answers.map, state.search.map, state.view.map);
    open.set(false);
    let refocus = StoredValue::new(false);
    Effect::new(move || {
        asked.track();
        if refocus.get_value() {
            refocus.set_value(false);
            request_animation_frame(|| page::focus("map-here"));
        }
    });
    let load = move |target: &web_sys::Element| {
        let Ok(Some(mark)) = target.closest("[data-load]") else { return false };
        if let Some((found, values)) = asked.get_untracked().zip(mark.get_attribute("data-load")) {
            state.take_values(&found.question().settings, &values);
            // The map is drawn anew: the keyboard stays where it was.
            refocus.set_value(true);
        }
        true
    };
    let clicked = move |event: MouseEvent| {
        load(&event_target(&event));
    };
    let keyed = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") && load(&event_target(&event)) {
            event.prevent_default();
        }
    };
    let axis = move |label: &'static str,
                     now: fn(&(String, String)) -> &String,
                     set: fn(&mut MapChoice, String, (String, String))| {
        let options = move || {
            let chosen = asked.with(|found| {
                found.as_ref().map(|found| now(&found.keys).clone()).unwrap_or_default()
            });
            let specs = state.choices.params.with(Params::specs);
            let specs = specs.into_iter().filter(|spec| spec.key != "starting_equity");
            specs
                .map(|spec| {
                    let selected = spec.key == chosen;
                    view! { <option value=spec.key selected=selected>{spec.label}</option> }
                })
                .collect_view()
        };
        view! {
            <label class="note">{label} " "
                <select class="btn" aria-label=label on:change=move |event| {
                    let keys = asked.with_untracked(|found| found.as_ref().map(|found| found.keys.clone()));
                    choice.update(|choice| set(choice, event_target_value(&event), keys.unwrap_or_default()));
                }>{options}</select>
            </label>
        }
    };
    let metrics = move || {
        let strategy = state.choices.params.with(Params::strategy);
        let shown = |spec: &&MetricSpec| spec.is_for(strategy);
        let is_alone = |spec: &MetricSpec| {
            METRICS.iter().filter(|other| other.label == spec.label).count() == 1
        };
        METRICS
            .iter()
            .filter(shown)
            .map(|spec| {
                let selected = choice.with_untracked(|choice| choice.metric == spec.key);
                let key = (!is_alone(spec)).then(|| format!(" ({})", spec.key));
                view! { <option value=spec.key selected=selected>{spec.label} {key}</option> }
            })
            .collect_view()
    };
    let is_old = move || {
        let run = state.answers.backtest.get().map(|run| run.run());
        open.get() && asked.get().map(|found| found.run()) != run
    };
    view! {
        <details
            class="panel map"
            on:toggle=move |event| {
                let details: web_sys::Element = event_target(&event);
                open.set(details.has_attribute("open"));
            }
        >
            <summary>"What if I move these two?"</summary>
            <div class="fields">
                {axis("Across", |keys| &keys.0, |choice, key, (x, y)| {
                    // What the other axis has changes places with it.
                    choice.y = if key == y { x } else { y };
                    choice.x = key;
                })}
                {axis("Up", |keys| &keys.1, |choice, key, (x, y)| {
                    choice.x = if key == x { y } else { x };
                    choice.y = key;
                })}
                <select class="btn" aria-label="Metric of the map" on:change=move |event| choice.update(|choice| choice.metric = event_target_value(&event))>
                    {metrics}
                </select>
            </div>
            <Failed asked/>
            <div
                class="told"
                class:dim=is_old
                aria-busy=flag(is_old)
                inner_html=move || asked.get().map_or_else(String::new, |found| found.html.clone())
                on:click=clicked
                on:keydown=keyed
            ></div>
            <p class="legend">"Everything else stays as the sliders have it, and the map follows them. The framed cell is where you are. Each cell is a look, and counts as one. A click loads a cell; Undo takes it back."</p>
        </details>
    }
}

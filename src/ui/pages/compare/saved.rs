//! Saved configurations: their list, and what can be done with each.

use crate::ledger::Listed;
use crate::protocol::SavedView;
use crate::ui::parts::{Failed, flag};
use crate::ui::state::{AppState, use_state};
use crate::web::{files, page};
use crate::workspace::read;
use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;

/// Pins the settings of a saved configuration as A.
fn pin(state: AppState, id: &str) {
    let Some(one) = state.saved.get(id) else { return };
    match read(&one.link) {
        Ok(reading) => {
            state.choices.pinned.set(Some(reading.workspace.settings));
            state.view.against_pin.set(true);
        }
        Err(error) => {
            state.workers.notice.set(Some(format!("“{}” cannot be pinned: {error}.", one.name)));
        }
    }
}

/// The panel.
#[component]
pub(super) fn SavedPanel() -> impl IntoView {
    let state = use_state();
    let saved = state.saved;
    let asked = state.answers.saved;
    let part = move |part: fn(&SavedView) -> &String| {
        move || asked.get().map_or_else(String::new, |found| part(&found).clone())
    };
    let typed = RwSignal::new(String::new());
    let clicked = move |event: MouseEvent| {
        let target: web_sys::Element = event_target(&event);
        let Ok(Some(mark)) = target.closest("[data-act]") else { return };
        let (Some(act), Some(id)) = (mark.get_attribute("data-act"), mark.get_attribute("data-id"))
        else {
            return;
        };
        match act.as_str() {
            "load" => state.load_saved(&id),
            "pin" => pin(state, &id),
            "rename" => {
                let one = saved.get(&id);
                typed.set(one.as_ref().map(|one| one.name.clone()).unwrap_or_default());
                saved.renaming.set(one);
                // Once it is there.
                request_animation_frame(|| page::focus("saved-name"));
            }
            _ => saved.delete(&id),
        }
    };
    let toggle = move |label: &'static str, read: fn(&Listed) -> bool, flip: fn(&mut Listed)| {
        view! {
            <button type="button" aria-pressed=flag(move || saved.how.with(read)) on:click=move |_| saved.how.update(flip)>{label}</button>
        }
    };
    let download = move |_| {
        let Some(found) = asked.get_untracked() else { return };
        let text = std::slice::from_ref(&found.text);
        if let Err(error) =
            files::download("cleansweep_configurations.json", "application/json", text)
        {
            let error = files::describe(&error);
            let text = format!("The configurations could not be saved as a file: {error}");
            state.workers.notice.set(Some(text));
        }
    };
    let rename = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(one) = saved.renaming.get_untracked() {
            saved.rename(&one.id, &typed.get_untracked());
        }
    };
    let naming = move || {
        saved.renaming.get().map(|one| {
            view! {
                <form class="fields" on:submit=rename>
                    <label for="saved-name">"New name"</label>
                    <input id="saved-name" type="text" size="40" maxlength="120" autocomplete="off" value=one.name on:input=move |event| typed.set(event_target_value(&event))/>
                    <button class="btn btn--small">"Rename"</button>
                    <button type="button" class="btn btn--small" on:click=move |_| saved.renaming.set(None)>"Cancel"</button>
                </form>
            }
        })
    };
    let gone = move || {
        saved.deleted.get().map(|one| {
            view! {
                <p class="note" role="status">
                    "Deleted: " <bdi>{one.name}</bdi> ". "
                    <button type="button" class="link" on:click=move |_| saved.restore()>"Bring it back"</button>
                </p>
            }
        })
    };
    let told = move || {
        let found = asked.get()?;
        let told = found.told.clone()?;
        let fresh = found.fresh.clone();
        let count = fresh.len();
        let add = move |_| {
            saved.document.set(None);
            saved.put(fresh.clone());
        };
        Some(view! {
            <p class="note" role="status">
                {told} " "
                {(count > 0).then(|| view! { <button type="button" class="btn btn--small" on:click=add>{format!("Add {count}")}</button> })}
                " " <button type="button" class="btn btn--small" on:click=move |_| saved.document.set(None)>{if count > 0 { "Add none" } else { "Close" }}</button>
            </p>
        })
    };
    let opened = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            state.files.read_text(file, saved.document);
        }
        input.set_value("");
    };
    let is_empty = move || saved.all.with(Vec::is_empty);
    view! {
        <section class="panel" id="saved" aria-label="Saved configurations">
            <header class="panel__head">
                <h2>"Saved configurations"</h2>
                <span class="spacer"></span>
                <span class="seg seg--wrap" role="group" aria-label="List">
                    {toggle("Top 10 by Sharpe", |how| how.top, |how| how.top = !how.top)}
                    {toggle("Hide win rates below 10 %", |how| how.hide, |how| how.hide = !how.hide)}
                </span>
                <button class="btn btn--small" disabled=is_empty on:click=download>"Download saved JSON"</button>
                <label class="btn btn--small file">
                    "Add from JSON…"
                    <input type="file" class="file__input" aria-label="Add from JSON" accept=".json,application/json" on:change=opened/>
                </label>
            </header>
            <Failed asked/>
            {move || state.ledger.trouble.get().map(|text| view! { <p class="note note--bad" role="status">{text}</p> })}
            {told}
            {gone}
            {naming}
            <div class="told" on:click=clicked>
                <p class="note">{part(|found| &found.line)}</p>
                <div inner_html=part(|found| &found.html)></div>
            </div>
        </section>
    }
}

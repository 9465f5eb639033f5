//! Keys: the shortcuts of the page, and the dialog that lists them.

use crate::ui::state::Tab;
use crate::ui::state::keeper::{self, ThemeChoice};
use crate::ui::state::{AppState, use_state};
use crate::web::hooks;
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

/// Shortcuts by place: keys and what they do.
const SHORTCUTS: [(&str, &[(&str, &str)]); 4] = [
    (
        "Everywhere",
        &[
            ("?", "this list"),
            ("1 … 5", "Data, Clean, Backtest, Validate, Compare"),
            ("Ctrl+Z", "undo a change of settings"),
            ("Ctrl+Shift+Z, Ctrl+Y", "redo"),
            ("Ctrl+V", "open pasted rows or a pasted file"),
        ],
    ),
    (
        "Price chart (with focus)",
        &[
            ("← →", "pan by a tenth; Page up and down by a screen"),
            ("+ −, ↑ ↓", "zoom"),
            ("Home End", "first, last candles"),
            ("0", "everything, fitted"),
            ("Shift+← →", "move the crosshair candle by candle"),
            ("Enter", "explain the candle under the crosshair"),
            ("Esc", "clear crosshair, selection and explanation"),
        ],
    ),
    (
        "Price chart (pointer)",
        &[
            ("wheel", "zoom about the cursor, with focus or Ctrl; pinch on touch screens"),
            ("drag", "pan; on an axis scale it"),
            ("Shift+drag", "zoom into a box"),
            ("double click", "everything; on an axis only that one"),
            ("click", "explain the candle, or select the trade under the cursor"),
        ],
    ),
    (
        "Sliders and lists",
        &[
            ("← →", "a step; Shift ten steps, Page up and down a tenth of the range"),
            ("↑ ↓ in the list of trades", "previous, next trade"),
            ("← → on the ends of the equity window", "move that end; Shift ten times as far"),
        ],
    ),
];

/// True while the keys belong to something that is typed into.
fn typing(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target() else { return false };
    if target.dyn_ref::<HtmlSelectElement>().is_some() {
        return true;
    }
    target.dyn_ref::<HtmlInputElement>().is_some_and(|input| {
        !matches!(input.type_().as_str(), "range" | "checkbox" | "radio" | "file" | "button")
    })
}

/// Listens to the shortcuts of the whole page.
pub fn listen(state: AppState, dialog: NodeRef<Dialog>) {
    hooks::keys(move |event| {
        let command = event.ctrl_key() || event.meta_key();
        if typing(&event) || event.alt_key() {
            return;
        }
        match (command, event.shift_key(), event.key().to_ascii_lowercase().as_str()) {
            (true, false, "z") => keeper::undo(state),
            (true, true, "z") | (true, false, "y") => keeper::redo(state),
            (false, _, "?") if state.keeper.keys.get_untracked() => open(dialog),
            (false, false, digit) if state.keeper.keys.get_untracked() => {
                let tab = digit.parse().ok().and_then(|n: usize| Tab::ALL.get(n.checked_sub(1)?));
                match tab {
                    Some(tab) if state.files.loaded.with_untracked(Option::is_some) => {
                        state.view.tab.set(*tab);
                    }
                    _ => return,
                }
            }
            _ => return,
        }
        event.prevent_default();
    });
}

/// Opens the dialog.
pub fn open(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked()
        && !dialog.open()
    {
        dialog.show_modal().ok();
    }
}

/// The dialog.
#[component]
pub fn HelpDialog(
    /// The dialog itself.
    node: NodeRef<Dialog>,
) -> impl IntoView {
    let state = use_state();
    let close = move |_| {
        if let Some(dialog) = node.get_untracked() {
            dialog.close();
        }
    };
    let groups = SHORTCUTS
        .into_iter()
        .map(|(place, keys)| {
            view! {
                <section>
                    <h3>{place}</h3>
                    <dl class="keys">
                        {keys
                            .iter()
                            .map(|(key, what)| view! { <div><dt><kbd>{*key}</kbd></dt><dd>{*what}</dd></div> })
                            .collect_view()}
                    </dl>
                </section>
            }
        })
        .collect_view();
    view! {
        <dialog class="help-dialog" node_ref=node aria-labelledby="help-title">
            <header class="panel__head">
                <h2 id="help-title">"Keys and gestures"</h2>
                <span class="spacer"></span>
                <button class="btn" on:click=close>"Close"</button>
            </header>
            <div class="help-dialog__body">
                {groups}
                <label class="help-dialog__switch">
                    <input
                        type="checkbox"
                        prop:checked=move || state.keeper.keys.get()
                        on:change=move |event| state.keeper.keys.set(event_target_checked(&event))
                    />
                    "Single keys (?, 1 … 5) are shortcuts"
                </label>
                <section>
                    <h3>"Nothing leaves this page"</h3>
                    <p>
                        "After the start the page forbids itself every connection (connect-src 'none'), and its workers inherit that. To see it, \
                         open the developer tools of your browser, choose Network, and use the page: no request appears. Settings are kept in this \
                         browser; your rows never are. A link holds settings, fingerprints and the name of the file, no prices."
                    </p>
                </section>
            </div>
        </dialog>
    }
}

/// Light, dark, or as the system says.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let state = use_state();
    let next = move |_| {
        state.keeper.theme.update(|theme| {
            let at = ThemeChoice::ALL.iter().position(|choice| choice == theme).unwrap_or(0);
            *theme = ThemeChoice::ALL[(at + 1) % ThemeChoice::ALL.len()];
        });
    };
    let mark = move || match state.keeper.theme.get() {
        ThemeChoice::System => "◐",
        ThemeChoice::Light => "☀",
        ThemeChoice::Dark => "☾",
    };
    view! {
        <button class="btn btn--icon" aria-label=move || format!("Theme: {}", state.keeper.theme.get().name()) title=move || format!("Theme: {}", state.keeper.theme.get().name()) on:click=next>
            <span aria-hidden="true">{mark}</span>
        </button>
    }
}

/// Gives the focus back to what can be typed into or pressed.
pub fn focus(id: &str) {
    let element =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        element.focus().ok();
    }
}

//! The frame: bar, tabs, page, foot.

use super::backtest::BacktestPage;
use super::clean::CleanPage;
use super::data::DataPage;
use super::open::{DropZone, StartPage};
use super::shell::{Bar, Foot, Notice};
use super::state::AppState;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// The pages, in the order of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What is in the file, and what is wrong with it.
    Data,
    /// Which rows are used, and why.
    Clean,
    /// The strategy on the cleaned rows.
    Backtest,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 3] = [Self::Data, Self::Clean, Self::Backtest];

    /// Its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Clean => "Clean",
            Self::Backtest => "Backtest",
        }
    }
}

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let state = AppState::start();
    provide_context(state);
    follow_look(state);
    view! {
        <DropZone/>
        <a class="skip" href="#main">"Skip to content"</a>
        <Bar/>
        <Show when=move || state.loaded.with(Option::is_some)>
            <Tabs/>
        </Show>
        <Notice/>
        <main id="main" tabindex="-1">
            <Show when=move || state.loaded.with(Option::is_some) fallback=|| view! { <StartPage/> }>
                {move || match state.tab.get() {
                    Tab::Data => view! { <DataPage/> }.into_any(),
                    Tab::Clean => view! { <CleanPage/> }.into_any(),
                    Tab::Backtest => view! { <BacktestPage/> }.into_any(),
                }}
            </Show>
        </main>
        <Foot/>
    }
}

/// Tabs as one stop of the keyboard, with arrows between them.
#[component]
fn Tabs() -> impl IntoView {
    let state = super::state::use_state();
    let step = move |event: web_sys::KeyboardEvent| {
        let at = Tab::ALL.iter().position(|tab| *tab == state.tab.get_untracked()).unwrap_or(0);
        let count = Tab::ALL.len();
        let next = match event.key().as_str() {
            "ArrowRight" => (at + 1) % count,
            "ArrowLeft" => (at + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        state.tab.set(Tab::ALL[next]);
        let id = format!("tab-{}", Tab::ALL[next].label());
        let tab = document()
            .get_element_by_id(&id)
            .and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(tab) = tab {
            tab.focus().ok();
        }
    };
    view! {
        <nav class="tabs" aria-label="Pages">
            <div role="tablist" aria-label="Steps" class="tabs__list" on:keydown=step>
                {Tab::ALL
                    .into_iter()
                    .enumerate()
                    .map(|(i, tab)| {
                        let selected = move || state.tab.get() == tab;
                        view! {
                            <button
                                class="tab"
                                role="tab"
                                id=format!("tab-{}", tab.label())
                                aria-selected=move || selected().to_string()
                                aria-controls="main"
                                tabindex=move || if selected() { "0" } else { "-1" }
                                on:click=move |_| state.tab.set(tab)
                            >
                                <i aria-hidden="true">{i + 1}</i>
                                {tab.label()}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </nav>
    }
}

/// Charts read their colours again when the system's theme or the pixel ratio changes.
fn follow_look(state: AppState) {
    let changed = Closure::<dyn FnMut()>::new(move || state.look.update(|look| *look += 1));
    let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    if let Some(dark) = dark {
        dark.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref()).ok();
    }
    changed.forget();
}

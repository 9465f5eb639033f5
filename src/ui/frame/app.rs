//! The frame: bar, tabs, page, foot.

use super::bar::{Bar, Foot, Notice};
use super::help::{self, HelpDialog};
use super::link::LinkNotice;
use super::open::{DropZone, StartPage};
use crate::ui::pages::{
    BacktestPage, CleanPage, ComparePage, DataPage, RobustPage, SearchPage, ValidatePage,
};
use crate::ui::parts::flag;
use crate::ui::state::{AppState, Tab};
use crate::web::hooks;
use leptos::html::Dialog;
use leptos::prelude::*;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let state = AppState::start();
    provide_context(state);
    follow_look(state);
    let dialog = NodeRef::<Dialog>::new();
    help::listen(state, dialog);
    // Once a file is read, the keyboard goes on at the heading of its page.
    Effect::new(move |before: Option<bool>| {
        let reads = state.files.loading.with(Option::is_some);
        if before == Some(true) && !reads && state.files.loaded.with_untracked(Option::is_some) {
            request_animation_frame(|| help::focus("title"));
        }
        reads
    });
    let skip = move |event: web_sys::MouseEvent| {
        // A jump by address would overwrite the settings that a link has put there.
        event.prevent_default();
        help::focus("main");
    };
    view! {
        <DropZone/>
        <a class="skip" href="#main" on:click=skip>"Skip to content"</a>
        <Bar dialog/>
        <Show when=move || state.files.loaded.with(Option::is_some)>
            <Tabs/>
        </Show>
        // Over the page: what is said moves nothing.
        <div class="toasts">
            <Notice/>
            <LinkNotice/>
        </div>
        <main id="main" tabindex="-1">
            <Show when=move || state.files.loaded.with(Option::is_some) fallback=|| view! { <StartPage/> }>
                <Lead class="lead"/>
                {move || match state.view.tab.get() {
                    Tab::Data => view! { <DataPage/> }.into_any(),
                    Tab::Clean => view! { <CleanPage/> }.into_any(),
                    Tab::Backtest => view! { <BacktestPage/> }.into_any(),
                    Tab::Validate => view! { <ValidatePage/> }.into_any(),
                    Tab::Compare => view! { <ComparePage/> }.into_any(),
                    Tab::Search => view! { <SearchPage/> }.into_any(),
                    Tab::Robust => view! { <RobustPage/> }.into_any(),
                }}
            </Show>
        </main>
        <Foot/>
        <HelpDialog node=dialog/>
    }
}

/// What the page is for, and where to go next. Beside the tabs, or below them where they leave no room.
#[component]
fn Lead(
    /// Its place.
    class: &'static str,
) -> impl IntoView {
    let state = crate::ui::state::use_state();
    view! {
        <p class=class>
            <span>{move || state.view.tab.get().lead()}</span>
            {move || state.view.tab.get().next().map(|next| view! {
                <button class="link" on:click=move |_| state.view.tab.set(next)>{format!("Next: {}", next.label())}</button>
            })}
        </p>
    }
}

/// Tabs as one stop of the keyboard, with arrows between them.
#[component]
fn Tabs() -> impl IntoView {
    let state = crate::ui::state::use_state();
    let step = move |event: web_sys::KeyboardEvent| {
        let at =
            Tab::ALL.iter().position(|tab| *tab == state.view.tab.get_untracked()).unwrap_or(0);
        let count = Tab::ALL.len();
        let next = match event.key().as_str() {
            "ArrowRight" => (at + 1) % count,
            "ArrowLeft" => (at + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        state.view.tab.set(Tab::ALL[next]);
        help::focus(&format!("tab-{}", Tab::ALL[next].label()));
    };
    view! {
        <nav class="tabs" aria-label="Pages">
            <div role="tablist" aria-label="Steps" class="tabs__list" on:keydown=step>
                {Tab::ALL
                    .into_iter()
                    .enumerate()
                    .map(|(i, tab)| {
                        let selected = move || state.view.tab.get() == tab;
                        view! {
                            <button
                                class="tab"
                                role="tab"
                                id=format!("tab-{}", tab.label())
                                aria-selected=flag(selected)
                                aria-controls="main"
                                tabindex=move || if selected() { "0" } else { "-1" }
                                on:click=move |_| state.view.tab.set(tab)
                            >
                                <i aria-hidden="true">{i + 1}</i>
                                {tab.label()}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
            <Lead class="tabs__lead"/>
        </nav>
    }
}

/// Charts are drawn again when the system's theme or the pixel ratio changes.
fn follow_look(state: AppState) {
    let colours = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map(str::to_owned);
    // Crossed whenever a window moves between common screens or is zoomed.
    let ratios = [0.75, 0.9, 1.05, 1.2, 1.4, 1.6, 1.9, 2.2, 2.6, 3.2];
    let ratios = ratios.map(|ratio| format!("(min-resolution: {ratio}dppx)"));
    hooks::media(colours.into_iter().chain(ratios), move || state.view.looks_other());
}

//! The Robust page: would the result have held under another cleaning, and what do its trades lean on?

use crate::protocol::ContaminationView;
use crate::ui::parts::{ErrorBox, Failed, flag, stop_button};
use crate::ui::state::use_state;
use leptos::prelude::*;

/// The page.
#[component]
pub fn RobustPage() -> impl IntoView {
    let state = use_state();
    let (multiverse, contaminated) = (state.answers.multiverse, state.answers.contaminated);
    let is_old = move || state.answers.current().is_none();
    let busy = move || multiverse.is_under_way() || contaminated.is_under_way();
    let steps = move || {
        let found = state.answers.of_shown(multiverse);
        found.map_or((0, 1), |found| (found.done, found.total))
    };
    let goes_on = Memo::new(move |_| {
        let (done, total) = steps();
        done < total && multiverse.failure().is_none()
    });
    let progress = move || {
        view! {
            <p class="note" role="status">
                {move || format!("Cleanings tried: {} of {}", steps().0, steps().1.max(1))}
                " " <progress aria-label="Cleanings tried" max=move || steps().1.to_string() value=move || steps().0.to_string()></progress>
                " " {stop_button(multiverse)}
            </p>
        }
    };
    // The last whole answer stays while a newer one is under way.
    let shown = RwSignal::new(String::new());
    Effect::new(move || {
        multiverse.with(|found| {
            let html = found.as_ref().map(|found| found.html.clone());
            if let Some(html) = html.filter(|html| !html.is_empty()) {
                shown.set(html);
            }
        });
    });
    let part = move |part: fn(&ContaminationView) -> &String| {
        move || contaminated.get().map_or_else(String::new, |found| part(&found).clone())
    };
    view! {
        <div class="robust" role="tabpanel" aria-labelledby="tab-Robust" class:outdated=is_old aria-busy=flag(busy)>
            <h1 class="sr-only" id="title" tabindex="-1">"Robust"</h1>
            {move || state.answers.backtest.failure().map(|error| view! { <ErrorBox error/> })}
            <section class="panel" aria-label="Does the cleaning decide the result?">
                <header class="panel__head"><h2>"Does the cleaning decide the result?"</h2></header>
                <Failed asked=multiverse/>
                <Show when=move || goes_on.get()>{progress()}</Show>
                <div class="told" inner_html=move || shown.get()></div>
            </section>
            <section class="panel" aria-label="Do trades on dirty rows end otherwise?">
                <header class="panel__head"><h2>"Do trades on dirty rows end otherwise?"</h2></header>
                <Failed asked=contaminated/>
                <div class="told" inner_html=part(|found| &found.contamination)></div>
            </section>
            <section class="panel" aria-label="Fills that nobody could have had">
                <header class="panel__head"><h2>"Fills that nobody could have had"</h2></header>
                <div class="told" inner_html=part(|found| &found.fantasy)></div>
                <div class="told" inner_html=part(|found| &found.fills)></div>
            </section>
        </div>
    }
}

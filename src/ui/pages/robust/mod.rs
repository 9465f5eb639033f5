//! The Robust page: would the result have held under another cleaning, and what do its trades lean on?

use crate::protocol::ContaminationView;
use crate::ui::parts::{ErrorBox, Failed, flag};
use crate::ui::state::use_state;
use leptos::prelude::*;

/// The page.
#[component]
pub fn RobustPage() -> impl IntoView {
    let state = use_state();
    let (multiverse, contaminated) = (state.answers.multiverse, state.answers.contaminated);
    let is_old = move || state.answers.current().is_none();
    let busy = move || multiverse.is_under_way() || contaminated.is_under_way();
    let progress = move || {
        let found = state.answers.of_shown(multiverse);
        let (done, total) = found.map_or((0, 1), |found| (found.done, found.total));
        (done < total && multiverse.failure().is_none()).then(|| view! {
            <p class="note" role="status">
                {format!("Cleanings tried: {done} of {}", total.max(1))}
                " " <progress aria-label="Cleanings tried" max=total.to_string() value=done.to_string()></progress>
                " " {if multiverse.is_stopped() {
                    view! { <button class="btn" on:click=move |_| multiverse.again()>"Go on"</button> }.into_any()
                } else {
                    view! { <button class="btn" on:click=move |_| multiverse.stop()>"Stop"</button> }.into_any()
                }}
            </p>
        })
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
                {progress}
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

//! Pieces of markup that several pages use: here small ones, `error` what went wrong, `numbers` metrics of a run, `reading`
//! how a file is read.

mod error;
mod numbers;
mod reading;

pub use error::{ErrorBox, Failed};
pub use numbers::{
    beside, is_split, number, path_badge, shown, test_behind, value, win_rate_picture,
};
pub use reading::ReadingPanel;

use crate::domain::Measure;
use crate::protocol::Question;
use crate::ui::state::{AppState, Asked, use_state};
use crate::web::page;
use leptos::prelude::*;

/// A state of a control as the text of an attribute such as `aria-pressed`.
pub fn flag(is_on: impl Fn() -> bool + Send + 'static) -> Box<dyn FnMut() -> &'static str + Send> {
    Box::new(move || if is_on() { "true" } else { "false" })
}

/// Shows or hides the numbers of the original method, on all pages at once.
#[component]
pub fn OriginalToggle() -> impl IntoView {
    let state = use_state();
    view! {
        <label class="note original">
            <input
                type="checkbox"
                prop:checked=move || state.view.original.get()
                on:change=move |_| state.view.original.update(|on| *on = !*on)
            />
            " Show the numbers of the original method: the training system whose post-mortem this tool grew out of"
        </label>
    }
}

/// How many looks were taken at these rows, the bar that they set, and where the result stands to it.
#[component]
pub fn BarLine() -> impl IntoView {
    let state = use_state();
    let bar = state.answers.bar;
    // While a slider moves the last words stay, so that nothing below them jumps.
    let is_old = move || state.answers.lacks(bar);
    view! {
        <p id="bar" class="meaning__note" class:dim=is_old>
            {move || bar.get().map(|bar| bar.line.clone())}
        </p>
        {move || state.ledger.trouble.get().map(|text| view! { <p class="note note--bad" role="status">{text}</p> })}
    }
}

/// What the result says behind the split line, where there is one.
#[component]
pub fn Behind() -> impl IntoView {
    let state = use_state();
    move || {
        is_split(state).then(|| {
            let detail = state.answers.current_detail();
            let behind = detail.as_ref().and_then(|detail| detail.behind.as_ref());
            let text = behind.map_or("…", |behind| behind.sentence.as_str());
            view! {
                <p class="verdict"><b>"Out-of-sample: "</b> {text.to_owned()}</p>
                {state.choices.knows_what_is_held_back().then(|| view! {
                    <p class="verdict">"Thresholds were fitted on rows that include the out-of-sample part. It does not test them."</p>
                })}
                <p class="meaning__note">
                    "“out” is the same number after the split line, from an account that starts there. What is not called out-of-sample is in-sample. Do not tune on these numbers: once you choose by them, they no longer test anything."
                </p>
            }
        })
    }
}

/// A part that scrolls sideways by itself where the screen is narrow, by keyboard too.
#[component]
pub fn ScrollX(
    /// Accessible name.
    label: &'static str,
    /// What scrolls.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=label>
            {children()}
        </div>
    }
}

/// One number with its basis, its formula and a note; an undefined one shows its reason instead.
#[component]
pub fn StatCard(
    /// Name.
    label: &'static str,
    /// What it is counted over.
    basis: &'static str,
    /// The number as text, or why there is none.
    value: Result<String, String>,
    /// Class that colours it: `pos`, `neg` or nothing.
    #[prop(optional)]
    tone: &'static str,
    /// Formula, shown below.
    #[prop(optional)]
    formula: &'static str,
    /// Line below: sample, comparison.
    #[prop(optional, into)]
    note: String,
) -> impl IntoView {
    let (text, reason) = match value {
        Ok(text) => (text, None),
        Err(reason) => ("–".to_owned(), Some(reason)),
    };
    let undefined = reason.is_some();
    view! {
        <div class="card stat" class:stat--undefined=undefined>
            <span class="card__label">{label} <i>{format!("\u{a0}· {basis}")}</i></span>
            <b class=format!("card__value {tone}")>{text}</b>
            {reason.map(|reason| view! { <small class="stat__reason">{reason}</small> })}
            {(!note.is_empty()).then(|| view! { <small>{note}</small> })}
            {(!formula.is_empty()).then(|| view! { <small class="stat__formula">{formula}</small> })}
        </div>
    }
}

/// A number as text, or its reason as text.
pub fn told(value: &Measure, show: impl Fn(f64) -> String) -> Result<String, String> {
    value.as_ref().map(|value| show(*value)).map_err(ToString::to_string)
}

/// Stops work in steps, and lets it go on. One button: what is made anew with every step loses a click that falls between.
pub fn stop_button<Q: Question>(asked: Asked<Q>) -> impl IntoView {
    let press = move |_| if asked.is_stopped() { asked.again() } else { asked.stop() };
    view! {
        <button class="btn" on:click=press>
            {move || if asked.is_stopped() { "Go on" } else { "Stop" }}
        </button>
    }
}

/// Shows the stretch of the price chart that the mark under a click, or under the focus, names, and brings the chart into sight.
pub fn show_marked(state: AppState, event: &web_sys::Event) {
    let target: web_sys::Element = event_target(event);
    let Ok(Some(mark)) = target.closest("[data-from]") else { return };
    let number = |name: &str| mark.get_attribute(name)?.parse::<f64>().ok();
    if let (Some(from), Some(to)) = (number("data-from"), number("data-to")) {
        state.view.prices.set(None);
        state.view.show((from, to));
        page::bring_into_sight("price-chart");
    }
}

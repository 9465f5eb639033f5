//! Pieces of markup that several pages use: here small ones, `error` what went wrong, `numbers` metrics of a run, `reading`
//! how a file is read.

mod error;
mod numbers;
mod reading;

pub use error::{ErrorBox, Failed};
pub use numbers::{number, path_badge, shown, value, win_rate_picture};
pub use reading::ReadingPanel;

use crate::domain::Measure;
use crate::format::percent;
use crate::quality::Judgement;
use crate::quality::checks::Verdict;
use crate::ui::state::use_state;
use leptos::prelude::*;

/// Names with values, one a line; `wide` puts several beside each other.
pub fn facts<I: IntoIterator<Item = (&'static str, String)>>(
    wide: bool,
    items: I,
) -> impl IntoView + use<I> {
    let class = if wide { "facts facts--wide" } else { "facts" };
    let items: Vec<_> = items
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div class="fact">
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
        .collect();
    view! { <dl class=class>{items}</dl> }
}

/// A verdict as a word with a sign, so that its colour is not all it has.
pub fn verdict_tag(verdict: Verdict) -> impl IntoView {
    let (class, text) = match verdict {
        Verdict::Pass => ("tag tag--pass", "✓ passes"),
        Verdict::Warn => ("tag tag--warn", "! warns"),
        Verdict::Fail => ("tag tag--fail", "✕ fails"),
        Verdict::NotApplicable => ("tag", "does not apply"),
    };
    view! { <span class=class>{text}</span> }
}

/// Gates with their numbers, thresholds and verdicts.
pub fn gates(
    title: &'static str,
    note: &'static str,
    judgement: &Judgement,
) -> impl IntoView + use<> {
    let rows: Vec<_> = judgement
        .gates
        .iter()
        .map(|gate| {
            let spec = gate.spec();
            let show = |value: f64| percent(value, if value < 0.01 && value > 0.0 { 3 } else { 2 });
            let value = match &gate.value {
                Ok(value) => show(*value),
                Err(reason) => reason.to_string(),
            };
            let sign = if spec.bad_above { ">" } else { "<" };
            view! {
                <tr>
                    <th scope="row">{spec.label} <small>{spec.of}</small></th>
                    <td class="number">{value}</td>
                    <td class="number">{format!("{sign} {}", show(spec.warn))}</td>
                    <td class="number">{format!("{sign} {}", show(spec.fail))}</td>
                    <td>{verdict_tag(gate.verdict)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="panel" aria-label=title>
            <header class="panel__head">
                <h2>{title}</h2>
                <span class="spacer"></span>
                <small>{note}</small>
                {verdict_tag(judgement.verdict)}
            </header>
            <ScrollX label="Gates table">
                <table class="table table--text">
                    <thead>
                        <tr>
                            <th class="left" scope="col">"Gate"</th>
                            <th scope="col">"Value"</th>
                            <th scope="col">"Warns"</th>
                            <th scope="col">"Fails"</th>
                            <th class="left" scope="col">"Verdict"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </ScrollX>
        </section>
    }
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

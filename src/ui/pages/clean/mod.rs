//! The Clean page: which rows a policy uses, rule by rule, and where two policies disagree.

use crate::domain::{format_time, grouped};
use crate::format::{fixed, percent, rows};
use crate::protocol::{CleanView, ExportKind};
use crate::quality::clean::{Action, SOURCE_CHECKS};
use crate::quality::{CLEANING, Policy, readers};
use crate::table::{ParamSpec, ParamValue};
use crate::ui::parts::{self, ScrollX};
use crate::ui::state::use_state;
use leptos::prelude::*;

/// The page.
#[component]
pub fn CleanPage() -> impl IntoView {
    let state = use_state();
    view! {
        <div class="clean" role="tabpanel" aria-labelledby="tab-Clean">
            <h1 class="sr-only" id="title" tabindex="-1">"Cleaning"</h1>
            <div class="clean__left">
                <PolicyPanel/>
            </div>
            <div class="clean__middle">
                {move || state.answers.cleaned.get().map(|view| view! {
                    {waterfall(&view)}
                    {parts::gates("Gates after cleaning", "over the rows that are used", &view.summary.judgement)}
                })}
                <DifferencePanel/>
                {move || state.answers.cleaned.get().map(|view| source_score(&view))}
            </div>
        </div>
    }
}

/// Policies with their parameters, and the downloads.
#[component]
fn PolicyPanel() -> impl IntoView {
    let state = use_state();
    let policy = Memo::new(move |_| state.choices.cleaning.with(|cleaning| cleaning.policy));
    view! {
        <section class="panel" aria-label="Cleaning policy">
            <header class="panel__head"><h2>"Cleaning policy"</h2></header>
            <fieldset class="policies">
                <legend class="sr-only">"Policy"</legend>
                {Policy::ALL
                    .into_iter()
                    .map(|choice| {
                        let id = format!("policy-{}", choice.name());
                        let label_for = id.clone();
                        view! {
                            <label class="policy" class:policy--chosen=move || policy.get() == choice for=label_for>
                                <input
                                    type="radio"
                                    name="policy"
                                    id=id
                                    prop:checked=move || policy.get() == choice
                                    on:change=move |_| state.choices.cleaning.update(|cleaning| cleaning.policy = choice)
                                />
                                <span>
                                    <b>{choice.name()}</b>
                                    {(choice == Policy::Mask).then_some(" (default)")}
                                    <small>{choice.doc()}</small>
                                </span>
                            </label>
                        }
                    })
                    .collect_view()}
            </fieldset>
            {move || parameters(policy.get())}
            <div class="group">
                <button class="btn btn--wide" on:click=move |_| state.export(ExportKind::CleanedCsv)>"Download cleaned CSV"</button>
                <button class="btn btn--wide" on:click=move |_| state.export(ExportKind::RejectsCsv)>"Download rejects with reasons"</button>
            </div>
        </section>
    }
}

/// The parameters that a policy reads.
fn parameters(policy: Policy) -> impl IntoView {
    let rows: Vec<_> = CLEANING
        .iter()
        .filter(|spec| readers(spec).contains(&policy))
        .map(|spec| if spec.is_flag() { flag(spec).into_any() } else { number(spec).into_any() })
        .collect();
    (!rows.is_empty()).then(|| view! { <div class="group">{rows}</div> })
}

/// Id of a parameter's control.
fn id_of(spec: &ParamSpec) -> String {
    spec.key.replace('_', "-")
}

fn number(spec: &'static ParamSpec) -> impl IntoView {
    let state = use_state();
    let problem = RwSignal::new(None::<String>);
    let typed = move |event| {
        let text = event_target_value(&event).trim().replace(',', ".");
        // Told in any case, so that the field shows the value that holds.
        state.choices.cleaning.update(|cleaning| {
            problem.set(cleaning.set_text(spec.key, &text).err().map(|error| error.to_string()));
        });
    };
    let value = move || {
        let value = state.choices.cleaning.with(|cleaning| cleaning.get(spec.key));
        value.map_or_else(String::new, |value| spec.text(value))
    };
    view! {
        <div class="param">
            <label for=id_of(spec)>{spec.label}</label>
            <span class="param__number">
                <input id=id_of(spec) type="text" inputmode="decimal" prop:value=value on:change=typed/>
            </span>
            {move || problem.get().map(|text| view! { <p class="param__problem" role="alert">{text}</p> })}
        </div>
    }
}

fn flag(spec: &'static ParamSpec) -> impl IntoView {
    let state = use_state();
    let is_on = move || {
        state
            .choices
            .cleaning
            .with(|cleaning| cleaning.get(spec.key) == Some(ParamValue::Flag(true)))
    };
    let typed = move |event| {
        let value = ParamValue::Flag(event_target_checked(&event));
        state.choices.cleaning.update(|cleaning| {
            cleaning.set(spec.key, value).ok();
        });
    };
    view! {
        <div class="param">
            <label for=id_of(spec)>{spec.label}</label>
            <input id=id_of(spec) type="checkbox" class="param__check" prop:checked=is_on on:change=typed/>
        </div>
        <p class="group__note">{spec.doc}</p>
    }
}

fn waterfall(view: &CleanView) -> impl IntoView + use<> {
    let summary = &view.summary;
    let file_rows = grouped(summary.file_rows);
    let total = summary.file_rows.max(1) as f64;
    let bar = move |left: usize| format!("{:.3}%", left as f64 / total * 100.0);
    let steps: Vec<_> = summary
        .waterfall
        .iter()
        .map(|step| {
            let action = match step.action {
                Action::Removed => "removed",
                Action::Masked => "on the clock, unused",
            };
            view! {
                <tr class:quiet=step.rows == 0>
                    <th scope="row" class="left">{step.rule.replace('_', " ").replace('+', " + ")}</th>
                    <td class="number">{if step.rows > 0 { format!("−{}", grouped(step.rows)) } else { "0".to_owned() }}</td>
                    <td class="left"><small>{action}</small></td>
                    <td class="number">{grouped(step.left)}</td>
                    <td class="waterfall__bar"><span style:width=bar(step.left)></span></td>
                </tr>
            }
        })
        .collect();
    let facts = [
        ("Usable", format!("{} ({})", rows(summary.kept), percent(summary.kept as f64 / total, 2))),
        ("On the clock, unused", rows(summary.masked)),
        ("Removed", rows(summary.removed)),
        ("Segments", grouped(summary.segments)),
    ];
    let warnings: Vec<_> =
        summary.warnings.iter().map(|text| view! { <li>{text.clone()}</li> }).collect();
    view! {
        <section class="panel" aria-label="Waterfall">
            <header class="panel__head">
                <h2>"From the file to the usable rows"</h2>
                <span class="spacer"></span>
                <small>{summary.cleaning.policy.name()}</small>
            </header>
            <p class="note"><b>{format!("{}.", summary.line)}</b></p>
            {parts::facts(true, facts)}
            <ul class="hints">{warnings}</ul>
            <ScrollX label="Waterfall table">
                <table class="table waterfall">
                    <thead>
                        <tr>
                            <th class="left" scope="col">"Rule"</th>
                            <th scope="col">"Rows"</th>
                            <th class="left" scope="col">"What became of them"</th>
                            <th scope="col">"Left"</th>
                            <th scope="col"><span class="sr-only">"Share left"</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <tr>
                            <th scope="row" class="left">"rows of the file"</th>
                            <td></td>
                            <td></td>
                            <td class="number">{file_rows}</td>
                            <td class="waterfall__bar"><span style:width="100%"></span></td>
                        </tr>
                        {steps}
                    </tbody>
                </table>
            </ScrollX>
        </section>
    }
}

/// Where the chosen policy and another one disagree. Only the body is made anew with each answer: the choice keeps its focus
/// and the list stays open.
#[component]
fn DifferencePanel() -> impl IntoView {
    let state = use_state();
    let open = RwSignal::new(false);
    let versus = move |event| {
        if let Some(policy) = Policy::from_name(&event_target_value(&event)) {
            state.choices.versus.set(policy);
        }
    };
    let options =
        Policy::ALL.map(|policy| view! { <option value=policy.name()>{policy.name()}</option> });
    view! {
        <section class="panel" aria-label="Disagreement">
            <header class="panel__head">
                <h2>"Where two policies disagree"</h2>
                <span class="spacer"></span>
                <select
                    class="btn"
                    aria-label="Compare with"
                    on:change=versus
                    prop:value=move || state.choices.versus.get().name()
                >
                    {options.into_iter().collect_view()}
                </select>
            </header>
            {move || state.answers.cleaned.get().map(|view| difference(&view, open))}
        </section>
    }
}

fn difference(view: &CleanView, open: RwSignal<bool>) -> impl IntoView + use<> {
    let first = view.summary.cleaning.policy;
    let second = view.versus.cleaning.policy;
    let diff = &view.diff;
    let total = diff.only_first + diff.only_second;
    let sentence = if total == 0 {
        format!("{} and {} use exactly the same rows.", first.name(), second.name())
    } else {
        format!(
            "{} and {} disagree on {}: {} used only by {}, {} only by {}.",
            first.name(),
            second.name(),
            rows(total),
            grouped(diff.only_first),
            first.name(),
            grouped(diff.only_second),
            second.name()
        )
    };
    let word = |reason: &str| reason.replace('_', " ").replace('+', " + ");
    let reasons: Vec<_> = diff
        .by_reason
        .iter()
        .map(|(a, b, count)| {
            view! {
                <tr>
                    <td class="left">{word(a)}</td>
                    <td class="left">{word(b)}</td>
                    <td class="number">{grouped(*count)}</td>
                </tr>
            }
        })
        .collect();
    let listed: Vec<_> = diff
        .first_rows
        .iter()
        .zip(&view.diff_places)
        .map(|((_, a, b), (line, time))| {
            view! {
                <tr>
                    <td>{grouped(*line as usize)}</td>
                    <td>{format_time(*time)}</td>
                    <td class="left">{word(a)}</td>
                    <td class="left">{word(b)}</td>
                </tr>
            }
        })
        .collect();
    let count = listed.len();
    view! {
            <p class="note">{sentence}</p>
            {(total > 0).then(|| view! {
                <ScrollX label="Reasons of the disagreement">
                    <table class="table">
                        <thead><tr><th class="left" scope="col">{first.name()}</th><th class="left" scope="col">{second.name()}</th><th scope="col">"Rows"</th></tr></thead>
                        <tbody>{reasons}</tbody>
                    </table>
                </ScrollX>
                <details
                    class="more"
                    prop:open=open.get_untracked()
                    on:toggle=move |event| {
                        let details: web_sys::Element = event_target(&event);
                        open.set(details.has_attribute("open"));
                    }
                >
                    <summary>{format!("The first {count} rows")}</summary>
                    <ScrollX label="Rows in disagreement">
                        <table class="table">
                            <thead><tr><th scope="col">"Line"</th><th scope="col">"Time (UTC)"</th><th class="left" scope="col">{first.name()}</th><th class="left" scope="col">{second.name()}</th></tr></thead>
                            <tbody>{listed}</tbody>
                        </table>
                    </ScrollX>
                </details>
            })}
    }
}

/// The source's cleaner in detail: what it keeps, and what it would keep in the opposite order.
fn source_score(view: &CleanView) -> Option<impl IntoView + use<>> {
    let summary =
        [&view.summary, &view.versus].into_iter().find(|summary| summary.source_score.is_some())?;
    let score = summary.source_score.clone()?;
    let checks: Vec<_> = SOURCE_CHECKS
        .iter()
        .zip(score.failed_checks)
        .zip(score.opposite.failed_checks)
        .map(|((name, failed), opposite)| {
            view! {
                <tr>
                    <th scope="row" class="left"><code>{*name}</code></th>
                    <td class="number">{grouped(failed)}</td>
                    <td class="number">{grouped(opposite)}</td>
                </tr>
            }
        })
        .collect();
    Some(view! {
        <section class="panel" aria-label="The original method's cleaner">
            <header class="panel__head"><h2>"The original method's cleaner depends on the order of the file"</h2></header>
            <p class="note">
                {format!(
                    "As the file stands it keeps {} rows, among them {} broken, {} without volume and {} flat. Read backwards it keeps {} and \
                     decides {} differently: a step is a gap when it exceeds 1.5 × the first step, {} ms here and {} ms backwards.",
                    grouped(score.kept_rows),
                    grouped(score.kept_broken),
                    grouped(score.kept_zero_volume),
                    grouped(score.kept_flat),
                    grouped(score.opposite.kept_rows),
                    rows(score.opposite.rows_decided_differently),
                    fixed(score.gap_limit_ms, 0),
                    fixed(score.opposite.gap_limit_ms, 0),
                )}
            </p>
            <table class="table">
                <thead><tr><th class="left" scope="col">"Failed check"</th><th scope="col">"As it stands"</th><th scope="col">"Backwards"</th></tr></thead>
                <tbody>{checks}</tbody>
            </table>
        </section>
    })
}

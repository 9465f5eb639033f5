//! The Clean page: which rows a policy uses, rule by rule, and where two policies disagree.

use crate::protocol::{CleanView, ExportKind};
use crate::quality::{CLEANING, Policy, readers};
use crate::table::{ParamSpec, ParamValue};
use crate::ui::state::use_state;
use leptos::prelude::*;

/// The page.
#[component]
pub fn CleanPage() -> impl IntoView {
    let state = use_state();
    let part = move |part: fn(&CleanView) -> &String| {
        move || state.answers.cleaned.get().map_or_else(String::new, |view| part(&view).clone())
    };
    view! {
        <div class="clean" role="tabpanel" aria-labelledby="tab-Clean">
            <h1 class="sr-only" id="title" tabindex="-1">"Cleaning"</h1>
            <div class="clean__left">
                <PolicyPanel/>
            </div>
            <div class="clean__middle">
                <div inner_html=part(|view| &view.waterfall)></div>
                <div inner_html=part(|view| &view.gates)></div>
                <DifferencePanel/>
                <div inner_html=part(|view| &view.original)></div>
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
    let [reasons, listed] = view.difference.clone();
    view! {
        <div inner_html=reasons></div>
        {(!listed.is_empty()).then(|| view! {
            <details
                class="more"
                prop:open=open.get_untracked()
                on:toggle=move |event| {
                    let details: web_sys::Element = event_target(&event);
                    open.set(details.has_attribute("open"));
                }
            >
                <summary>"The first rows"</summary>
                <div inner_html=listed></div>
            </details>
        })}
    }
}

//! The strategy panel: one control a row of the parameter table.

use super::state::use_state;
use crate::format::fixed;
use crate::params::{Group, PARAMS, ParamSpec, ParamValue, Params, Preset, Sides};
use leptos::prelude::*;

/// Preset, window and every parameter by group.
#[component]
pub fn StrategyPanel() -> impl IntoView {
    let state = use_state();
    let preset = Memo::new(move |_| state.params.with(Params::matching_preset));
    let chosen = move |event| {
        let key = event_target_value(&event);
        if let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.key() == key) {
            state.apply_preset(preset);
        }
    };
    view! {
        <section class="panel strategy" aria-label="Strategy">
            <header class="panel__head">
                <h2>"Strategy"</h2>
                <span class="spacer"></span>
                <select
                    class="btn"
                    aria-label="Preset"
                    on:change=chosen
                    prop:value=move || preset.get().map_or("custom", Preset::key)
                >
                    {Preset::ALL
                        .into_iter()
                        .map(|preset| view! { <option value=preset.key()>{preset.label()}</option> })
                        .collect_view()}
                    <option value="custom" disabled=true hidden=move || preset.get().is_some()>"Custom"</option>
                </select>
            </header>
            <p class="group__note group__note--top">
                "The presets were chosen for sample size, not for profit: none of them earns money after costs."
            </p>
            <WindowControl/>
            {Group::ALL
                .into_iter()
                .map(|group| {
                    view! {
                        <div class="group" role="group" aria-label=group.label()>
                            <h3>{group.label()}</h3>
                            {PARAMS
                                .iter()
                                .filter(|spec| spec.group == group)
                                .map(|spec| match spec.kind() {
                                    ParamValue::Flag(_) => view! { <Toggle spec/> }.into_any(),
                                    ParamValue::Sides(_) => view! { <SidesChoice spec/> }.into_any(),
                                    _ => view! { <Slider spec/> }.into_any(),
                                })
                                .collect_view()}
                        </div>
                    }
                })
                .collect_view()}
        </section>
    }
}

/// How many of the newest usable rows may hold entries.
#[component]
fn WindowControl() -> impl IntoView {
    let state = use_state();
    let set = move |event| {
        let text = event_target_value(&event).replace([',', ' '], "");
        match text.parse() {
            Ok(rows) => state.newest.set(rows),
            Err(_) => state.newest.update(|_| {}),
        }
    };
    let job = move || {
        state.params.with(Params::matching_preset) == Some(Preset::Job143)
            && state.newest.get() != 5_000
    };
    view! {
        <div class="group">
            <div class="param">
                <label for="newest">"Newest rows"</label>
                <span class="param__number">
                    <input id="newest" type="text" inputmode="numeric" prop:value=move || state.newest.get().to_string() on:change=set/>
                    <small>"rows"</small>
                </span>
            </div>
            <p class="group__note">
                {move || match state.newest.get() {
                    0 => "0: the whole file may hold entries.".to_owned(),
                    rows => format!("Only the newest {} usable rows may hold entries; earlier rows warm up.", crate::domain::grouped(rows)),
                }}
            </p>
            <Show when=job>
                <button class="btn btn--wide" on:click=move |_| state.newest.set(5_000)>
                    "Use 5,000, as Job 143 did"
                </button>
            </Show>
        </div>
    }
}

/// What a parameter does and where its default comes from; shown on hover and focus, Escape hides it.
#[component]
fn Help(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let id = format!("help-{}", spec.key);
    let default =
        Params::default().get(spec.key).map_or_else(String::new, |value| spec.show(value));
    let hide = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            open.set(false);
        }
    };
    view! {
        <span class="help" on:mouseenter=move |_| open.set(true) on:mouseleave=move |_| open.set(false)>
            <button
                type="button"
                class="help__mark"
                aria-label=format!("What is {}?", spec.label)
                aria-describedby=id.clone()
                aria-expanded=move || open.get().to_string()
                on:focus=move |_| open.set(true)
                on:blur=move |_| open.set(false)
                on:click=move |_| open.set(true)
                on:keydown=hide
            >
                "?"
            </button>
            <span class="help__tip" class:help__tip--open=move || open.get() role="tooltip" id=id>
                <b>{spec.label}</b>
                {spec.doc}
                <small>{format!("Default {default}: {}.", spec.origin.trim_end_matches('.'))}</small>
            </span>
        </span>
    }
}

fn value_of(params: &Params, spec: &ParamSpec) -> ParamValue {
    params.get(spec.key).unwrap_or(ParamValue::Off)
}

/// A button that puts the default back; only there when there is something to put back.
#[component]
fn Reset(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    let changed =
        move || state.params.with(|params| params.get(spec.key) != Params::default().get(spec.key));
    let reset = move |_| {
        if let Some(value) = Params::default().get(spec.key) {
            state.params.update(|params| {
                params.set(spec.key, value).ok();
            });
        }
    };
    view! {
        <Show when=changed>
            <button type="button" class="reset" aria-label=format!("Reset {}", spec.label) title="Back to the default" on:click=reset>
                <span aria-hidden="true">"↺"</span>
            </button>
        </Show>
    }
}

/// A number: slider, number box, unit, and a switch where it can be off.
#[component]
fn Slider(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    let value = Memo::new(move |_| state.params.with(|params| value_of(params, spec)));
    let problem = RwSignal::new(None::<String>);
    // Bumped after typing: the box shows the stored value again, whatever was typed.
    let again = RwSignal::new(0_u32);
    Effect::new(move || {
        value.track();
        problem.set(None);
    });
    let number = move || match value.get() {
        ParamValue::Number(number) => number,
        _ => resting(spec),
    };
    let is_off = move || value.get() == ParamValue::Off;
    let write = move |new: ParamValue| {
        state.params.update(|params| match params.set(spec.key, new) {
            Ok(()) => problem.set(None),
            Err(_refused) => problem.set(Some(format!("{} takes {}", spec.label, accepted(spec)))),
        });
    };
    let (low, high) = (spec.step_of(spec.min), spec.step_of(spec.max));
    let slide = move |event| {
        if let Ok(k) = event_target_value(&event).parse::<i64>() {
            write(ParamValue::Number(spec.at_step(k)));
        }
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let steps = match (event.shift_key(), event.key().as_str()) {
            (true, "ArrowRight" | "ArrowUp") => 10,
            (true, "ArrowLeft" | "ArrowDown") => -10,
            _ => return,
        };
        event.prevent_default();
        let k = (spec.step_of(number()) + steps).clamp(low, high);
        write(ParamValue::Number(spec.at_step(k)));
    };
    let typed = move |event| {
        let text = event_target_value(&event).trim().replace(',', ".");
        match text.parse::<f64>() {
            Ok(shown) => {
                write(ParamValue::Number(spec.at_step(spec.step_of(shown / spec.unit.scale()))));
            }
            Err(_) => problem.set(Some(format!(
                "{} is not a number",
                if text.is_empty() { "nothing" } else { &text }
            ))),
        }
        again.update(|count| *count += 1);
    };
    let switch = move |event| {
        let on = event_target_checked(&event);
        write(if on { ParamValue::Number(resting(spec)) } else { ParamValue::Off });
    };
    let share = move |k: i64| (k - low) as f64 / (high - low).max(1) as f64 * 100.0;
    let default = match Params::default().get(spec.key) {
        Some(ParamValue::Number(number)) => Some(share(spec.step_of(number))),
        _ => None,
    };
    let id = format!("param-{}", spec.key);
    let changed =
        move || state.params.with(|params| params.get(spec.key) != Params::default().get(spec.key));
    view! {
        <div class="param" class:param--changed=changed>
            <span class="param__name">
                <label for=id.clone()>{spec.label}</label>
                <Help spec/>
                <Reset spec/>
            </span>
            <span class="param__number">
                {spec.off.map(|word| {
                    view! {
                        <label class="param__switch">
                            <input
                                type="checkbox"
                                aria-label=format!("{}: limited", spec.label)
                                prop:checked=move || !is_off()
                                on:change=switch
                            />
                            <Show when=is_off><small>{word}</small></Show>
                        </label>
                    }
                })}
                <Show when=move || !is_off()>
                    <input
                        type="text"
                        inputmode="decimal"
                        aria-label=format!("{}, value", spec.label)
                        prop:value=move || {
                            again.track();
                            spec.shown(number())
                        }
                        on:change=typed
                    />
                    <small>{spec.unit.suffix()}</small>
                </Show>
            </span>
            <span class="param__track" style:--v=move || format!("{}%", fixed(share(spec.step_of(number())), 2))>
                {default.map(|at| view! { <i class="param__default" style:left=format!("{at:.2}%") aria-hidden="true"></i> })}
                <input
                    type="range"
                    id=id
                    min=low.to_string()
                    max=high.to_string()
                    step="1"
                    prop:value=move || spec.step_of(number()).to_string()
                    aria-valuetext=move || spec.show(value.get())
                    disabled=is_off
                    on:input=slide
                    on:keydown=keys
                />
            </span>
            {move || problem.get().map(|text| view! { <p class="param__problem" role="alert">{text}</p> })}
        </div>
    }
}

/// The range in the units of the page.
fn accepted(spec: &ParamSpec) -> String {
    let show = |value: f64| spec.show(ParamValue::Number(value));
    format!("{} to {}", show(spec.min), show(spec.max))
}

/// Where the slider of a switched-off number rests, and the value it gets when it is switched on.
fn resting(spec: &ParamSpec) -> f64 {
    match spec.key {
        "daily_loss_limit" => 0.03,
        "drawdown_stop" => 0.2,
        _ => 1.0,
    }
}

/// Yes or no.
#[component]
fn Toggle(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    let id = format!("param-{}", spec.key);
    let checked =
        move || state.params.with(|params| params.get(spec.key) == Some(ParamValue::Flag(true)));
    let set = move |event| {
        let flag = event_target_checked(&event);
        state.params.update(|params| {
            params.set(spec.key, ParamValue::Flag(flag)).ok();
        });
    };
    view! {
        <div class="param">
            <span class="param__name">
                <label for=id.clone()>{spec.label}</label>
                <Help spec/>
                <Reset spec/>
            </span>
            <input type="checkbox" id=id class="param__check" prop:checked=checked on:change=set/>
        </div>
    }
}

/// Both, long or short.
#[component]
fn SidesChoice(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    view! {
        <div class="param">
            <span class="param__name">
                <span>{spec.label}</span>
                <Help spec/>
                <Reset spec/>
            </span>
            <span class="seg" role="group" aria-label=spec.label>
                {Sides::ALL
                    .into_iter()
                    .map(|sides| {
                        view! {
                            <button
                                type="button"
                                aria-pressed=move || state.params.with(|p| p.sides == sides).to_string()
                                on:click=move |_| state.params.update(|params| params.sides = sides)
                            >
                                {sides.name()}
                            </button>
                        }
                    })
                    .collect_view()}
            </span>
        </div>
    }
}

//! The strategy panel: one control a row of the parameter table.

use crate::engine::params::COSTS_AND_SIZE;
use crate::engine::{ENGINE_GROUPS, EngineParams, VENUES};
use crate::format::{fixed, percent};
use crate::strategy::{Params, STRATEGIES, Strategy, StrategyId};
use crate::table::{Kind, ParamSpec, ParamValue};
use crate::ui::parts::flag;
use crate::ui::state::{AppState, keeper, use_state};
use leptos::prelude::*;

/// Strategy, preset, window and every parameter by group.
#[component]
pub fn StrategyPanel() -> impl IntoView {
    let state = use_state();
    let strategy = Memo::new(move |_| state.choices.params.with(Params::id));
    view! {
        <section class="panel strategy" aria-label="Strategy">
            <header class="panel__head">
                <h2>"Strategy"</h2>
            </header>
            <StrategyChoice/>
            {move || {
                let table = strategy.get().get();
                view! {
                    <PresetChoice table/>
                    <WindowControl/>
                    {table
                        .groups
                        .iter()
                        .chain(&ENGINE_GROUPS)
                        .map(|group| view! { <ParamGroup group=*group table/> })
                        .collect_view()}
                }
            }}
        </section>
    }
}

/// Which strategy, and what it does.
#[component]
fn StrategyChoice() -> impl IntoView {
    let state = use_state();
    let name = Memo::new(move |_| state.choices.params.with(|params| params.strategy().name));
    let chosen = move |event| {
        if let Some(id) = StrategyId::from_name(&event_target_value(&event)) {
            state.choices.choose_strategy(id);
        }
    };
    view! {
        <div class="group">
            <select class="btn btn--wide" id="strategy" aria-label="Strategy" on:change=chosen prop:value=move || name.get()>
                {STRATEGIES
                    .iter()
                    .map(|strategy| view! { <option value=strategy.name>{strategy.label}</option> })
                    .collect_view()}
            </select>
            <p class="group__note">{move || state.choices.params.with(|params| params.strategy().doc)}</p>
        </div>
    }
}

/// Which of the strategy's named sets of values.
#[component]
fn PresetChoice(
    /// The strategy.
    table: &'static Strategy,
) -> impl IntoView {
    let state = use_state();
    let preset = Memo::new(move |_| {
        state.choices.params.with(|params| params.matching_preset().map(|preset| preset.key))
    });
    let chosen = move |event| {
        if let Some(preset) = table.preset(&event_target_value(&event)) {
            state.choices.apply_preset(preset);
        }
    };
    view! {
        <div class="group">
            <div class="param">
                <label for="preset">"Preset"</label>
                <select class="btn" id="preset" aria-label="Preset" on:change=chosen prop:value=move || preset.get().unwrap_or("custom")>
                    {table
                        .presets
                        .iter()
                        .map(|preset| view! { <option value=preset.key>{preset.label}</option> })
                        .collect_view()}
                    <option value="custom" disabled=true hidden=move || preset.get().is_some()>"Custom"</option>
                </select>
            </div>
            <p class="group__note">{table.presets_note}</p>
            <FitButton/>
        </div>
    }
}

/// Sets the thresholds that follow how much a file moves to what suits this one. It looks at the whole file, and says so.
#[component]
pub fn FitButton() -> impl IntoView {
    let state = use_state();
    let typical = move || state.answers.current_detail().and_then(|detail| detail.typical_atr);
    let fitted = move || {
        typical().map(|typical| (typical, state.choices.params.with(|p| p.fitted(typical))))
    };
    let is_new = move |fits: &[(&'static ParamSpec, f64)]| {
        let number = |value| Some(ParamValue::Number(value));
        state.choices.params.with(|p| fits.iter().any(|(spec, v)| p.get(spec.key) != number(*v)))
    };
    let looked_at = move || {
        let window = state.choices.window.get();
        match (window.split_ms, window.to_ms) {
            (Some(_), _) => "Every row before the split line",
            (None, Some(_)) => "Every row before the end of the dates",
            _ => "The whole file",
        }
    };
    let fit = move |_| {
        let Some((typical, fits)) = untrack(fitted) else { return };
        keeper::close_step(state);
        state.choices.params.update(|params| {
            for (spec, value) in &fits {
                params.set(spec.key, ParamValue::Number(*value)).ok();
            }
        });
        let window = state.choices.window.get_untracked();
        state.choices.fitted.set(Some((fits.clone(), window.split_ms.or(window.to_ms))));
        let each = |(spec, value): &(&'static ParamSpec, f64)| {
            format!("{} {}", spec.label, spec.show(ParamValue::Number(*value)))
        };
        state.workers.notice.set(Some(format!(
            "{} was looked at: the median ATR is {} of price. Now {}. These thresholds know all of those rows, so their result \
             does not test them. Undo takes them back.",
            untrack(looked_at),
            percent(typical, 3),
            fits.iter().map(each).collect::<Vec<_>>().join(", ")
        )));
    };
    move || {
        let (_, fits) = fitted()?;
        let title = format!(
            "Thresholds as shares of the median ATR. {} is looked at; one step of undo.",
            looked_at()
        );
        Some(view! {
            <button class="btn btn--wide" title=title disabled=!is_new(&fits) on:click=fit>"Fit thresholds to this file"</button>
        })
    }
}

/// Fee and slippage of a kind of venue.
#[component]
fn VenueChoice() -> impl IntoView {
    let state = use_state();
    let venue = Memo::new(move |_| {
        state.choices.params.with(|params| {
            let costs = (params.engine.fee, params.engine.slippage);
            VENUES.iter().position(|venue| (venue.fee, venue.slippage) == costs)
        })
    });
    let chosen = move |event| {
        let key = event_target_value(&event);
        if let Some(venue) = VENUES.iter().find(|venue| venue.key == key) {
            state.choices.params.update(|params| {
                (params.engine.fee, params.engine.slippage) = (venue.fee, venue.slippage);
            });
        }
    };
    view! {
        <div class="param">
            <label for="venue">"Costs of"</label>
            <select class="btn" id="venue" aria-label="Costs of a venue" on:change=chosen prop:value=move || venue.get().map_or("custom", |at| VENUES[at].key)>
                {VENUES.iter().map(|venue| view! { <option value=venue.key>{venue.label}</option> }).collect_view()}
                <option value="custom" disabled=true hidden=move || venue.get().is_some()>"Custom"</option>
            </select>
        </div>
        {move || venue.get().map(|at| view! { <p class="group__note">{VENUES[at].note}</p> })}
    }
}

/// The parameters under one heading.
#[component]
fn ParamGroup(
    /// The heading.
    group: &'static str,
    /// The strategy.
    table: &'static Strategy,
) -> impl IntoView {
    view! {
        <div class="group" role="group" aria-label=group>
            <h3>{group}</h3>
            {(group == COSTS_AND_SIZE).then(|| view! { <VenueChoice/> })}
            {table
                .params
                .iter()
                .chain(EngineParams::SPECS)
                .filter(|spec| spec.group == group)
                .map(|spec| match spec.kind {
                    Kind::Flag => view! { <Toggle spec/> }.into_any(),
                    Kind::Choice => view! { <Choice spec/> }.into_any(),
                    Kind::Number => view! { <Slider spec/> }.into_any(),
                })
                .collect_view()}
        </div>
    }
}

/// How many of the newest usable rows may hold entries.
#[component]
fn WindowControl() -> impl IntoView {
    let state = use_state();
    let set = move |event| {
        let text = event_target_value(&event).replace([',', ' '], "");
        match text.parse() {
            Ok(rows) => state.choices.window.update(|window| window.newest = rows),
            Err(_) => state.choices.window.update(|_| {}),
        }
    };
    let newest = move || state.choices.window.with(|window| window.newest);
    // A preset that was made for so many of the newest rows.
    let preset = move || state.choices.params.with(Params::matching_preset);
    let wanted = move || {
        let preset = preset()?;
        preset.newest.filter(|rows| *rows != newest()).map(|rows| (rows, preset.label))
    };
    view! {
        <div class="group">
            <div class="param">
                <label for="newest">"Newest rows"</label>
                <span class="param__number">
                    <input id="newest" type="text" inputmode="numeric" prop:value=move || newest().to_string() on:change=set/>
                    <small>"rows"</small>
                </span>
            </div>
            <p class="group__note">
                {move || match newest() {
                    0 => "0: the whole file may hold entries.".to_owned(),
                    rows => format!("Only the newest {} usable rows may hold entries; earlier rows warm up.", crate::domain::grouped(rows)),
                }}
            </p>
            {move || wanted().map(|(rows, label)| view! {
                <button class="btn btn--wide" on:click=move |_| state.choices.window.update(|window| window.newest = rows)>
                    {format!("Use {}, as {label} did", crate::domain::grouped(rows))}
                </button>
            })}
        </div>
    }
}

/// What a parameter does and where its default comes from; shown on hover and focus, Escape hides it.
#[component]
fn Help(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    let open = RwSignal::new(false);
    let id = format!("help-{}", spec.key);
    let default =
        untrack(move || default_of(state, spec)).map_or_else(String::new, |value| spec.show(value));
    let origin = state.choices.params.with_untracked(|params| params.strategy().origin_of(spec));
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
                aria-expanded=flag(move || open.get())
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
                <small>{format!("Default {default}: {}.", origin.trim_end_matches('.'))}</small>
            </span>
        </span>
    }
}

/// What the chosen strategy starts with.
fn default_of(state: AppState, spec: &ParamSpec) -> Option<ParamValue> {
    Params::new(state.choices.params.with(Params::id)).get(spec.key)
}

fn value_of(params: &Params, spec: &ParamSpec) -> ParamValue {
    params.get(spec.key).unwrap_or(ParamValue::Off)
}

fn is_changed(state: AppState, spec: &ParamSpec) -> bool {
    state.choices.params.with(|params| params.get(spec.key)) != default_of(state, spec)
}

/// A button that puts the default back; only there when there is something to put back.
#[component]
fn Reset(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    let changed = move || is_changed(state, spec);
    let reset = move |_| {
        if let Some(value) = untrack(|| default_of(state, spec)) {
            state.choices.params.update(|params| {
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
    let value = Memo::new(move |_| state.choices.params.with(|params| value_of(params, spec)));
    let problem = RwSignal::new(None::<String>);
    // Bumped after typing: the box shows the stored value again, whatever was typed.
    let again = RwSignal::new(0_u32);
    Effect::new(move || {
        value.track();
        problem.set(None);
    });
    let number = move || match value.get() {
        ParamValue::Number(number) => number,
        _ => spec.rest,
    };
    let is_off = move || value.get() == ParamValue::Off;
    let write = move |new: ParamValue| {
        state.choices.params.update(|params| match params.set(spec.key, new) {
            Ok(()) => problem.set(None),
            Err(_refused) => problem.set(Some(format!("{} takes {}", spec.label, accepted(spec)))),
        });
    };
    let (low, high) = spec.positions();
    let slide = move |event| {
        if let Ok(k) = event_target_value(&event).parse::<i64>() {
            write(ParamValue::Number(spec.at_position(k)));
        }
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let steps = match (event.shift_key(), event.key().as_str()) {
            (true, "ArrowRight" | "ArrowUp") => 10,
            (true, "ArrowLeft" | "ArrowDown") => -10,
            _ => return,
        };
        event.prevent_default();
        let k = (spec.position_of(number()) + steps).clamp(low, high);
        write(ParamValue::Number(spec.at_position(k)));
    };
    let typed = move |event| {
        let text = event_target_value(&event);
        match spec.read(&text) {
            Ok(value) => write(value),
            Err(_refused) => {
                let text = text.trim();
                let text = if text.is_empty() { "nothing" } else { text };
                problem.set(Some(format!("{} takes {}, not “{text}”", spec.label, accepted(spec))));
            }
        }
        again.update(|count| *count += 1);
    };
    let switch = move |event| {
        let on = event_target_checked(&event);
        write(if on { ParamValue::Number(spec.rest) } else { ParamValue::Off });
    };
    let share = move |k: i64| (k - low) as f64 / (high - low).max(1) as f64 * 100.0;
    let default = match untrack(move || default_of(state, spec)) {
        Some(ParamValue::Number(number)) => Some(share(spec.position_of(number))),
        _ => None,
    };
    let id = format!("param-{}", spec.key);
    let changed = move || is_changed(state, spec);
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
            <span class="param__track" style:--v=move || format!("{}%", fixed(share(spec.position_of(number())), 2))>
                {default.map(|at| view! { <i class="param__default" style:left=format!("{at:.2}%") aria-hidden="true"></i> })}
                <input
                    type="range"
                    id=id
                    min=low.to_string()
                    max=high.to_string()
                    step="1"
                    prop:value=move || spec.position_of(number()).to_string()
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
    let whole = if spec.integer { "a whole number from " } else { "" };
    format!("{whole}{} to {}", show(spec.min), show(spec.max))
}

/// Yes or no.
#[component]
fn Toggle(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    let id = format!("param-{}", spec.key);
    let checked = move || {
        state.choices.params.with(|params| params.get(spec.key) == Some(ParamValue::Flag(true)))
    };
    let set = move |event| {
        let flag = event_target_checked(&event);
        state.choices.params.update(|params| {
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

/// One of several words.
#[component]
fn Choice(
    /// The parameter.
    spec: &'static ParamSpec,
) -> impl IntoView {
    let state = use_state();
    let button = move |(at, word): (usize, &'static &'static str)| {
        let value = ParamValue::Choice(at as u8);
        let set = move |_| {
            state.choices.params.update(|params| {
                params.set(spec.key, value).ok();
            });
        };
        view! {
            <button
                type="button"
                aria-pressed=flag(move || state.choices.params.with(|params| params.get(spec.key) == Some(value)))
                on:click=set
            >
                {*word}
            </button>
        }
    };
    view! {
        <div class="param">
            <span class="param__name">
                <span>{spec.label}</span>
                <Help spec/>
                <Reset spec/>
            </span>
            <span class="seg" role="group" aria-label=spec.label>
                {spec.choices.iter().enumerate().map(button).collect_view()}
            </span>
        </div>
    }
}

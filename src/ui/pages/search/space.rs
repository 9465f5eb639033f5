//! What is searched: the space, the sampler, and the button.

use crate::format::counted;
use crate::metrics::{Better, METRICS};
use crate::search::{Sampler, Space};
use crate::strategy::Params;
use crate::ui::state::{How, Line, SpaceName, use_state};
use crate::web::page;
use leptos::prelude::*;

/// The panel.
#[component]
pub(super) fn SpacePanel() -> impl IntoView {
    let state = use_state();
    let search = state.search;
    let plan = Memo::new(move |_| search.plan(state.choices));
    let start = move |_| {
        if let Ok(started) = plan.get_untracked() {
            search.paused.set(false);
            search.begun.set((page::clock(), 0));
            state.answers.search.pause(false);
            search.table.update(|table| {
                (table.sort, table.descending) = ("rank".to_owned(), false);
            });
            search.started.set(Some(started));
            state.answers.search.again();
            request_animation_frame(|| page::bring_into_sight("search-progress"));
        }
    };
    let counts = move || match plan.get() {
        Err(reason) => view! { <p class="param__problem" role="alert">{reason}</p> }.into_any(),
        Ok(started) => {
            let searched = counted(started.plan.space.0.len(), "parameter");
            let trials = counted(started.plan.trials as usize, "trial");
            view! { <p class="group__note">{format!("{trials} over {searched}. Everything else stays as on the Backtest page, cleaning too.")}</p> }.into_any()
        }
    };
    view! {
        <section class="panel search__space" aria-label="What is searched">
            <header class="panel__head"><h2>"What is searched"</h2></header>
            <div class="group">
                <NamedSpace/>
                <SamplerChoice/>
                <Typed id="search-trials" label="Trials" value=search.trials disabled=Signal::derive(move || search.sampler.get() == Sampler::Grid)/>
                <Typed id="search-seed" label="Seed" value=search.seed disabled=Signal::derive(|| false)/>
                <ObjectiveChoice/>
                <Typed id="search-min-trades" label="Minimum trades" value=search.min_trades disabled=Signal::derive(|| false)/>
                <button class="btn btn--primary btn--wide" disabled=move || plan.with(Result::is_err) on:click=start>"Search"</button>
                {counts}
            </div>
            <details class="more search__lines" open=true>
                <summary>"Parameters and ranges"</summary>
                {move || {
                    let count = search.lines.with(Vec::len);
                    (0..count).map(|at| view! { <SpaceLine at/> }).collect_view()
                }}
            </details>
        </section>
    }
}

/// Which space the lines begin with.
#[component]
fn NamedSpace() -> impl IntoView {
    let state = use_state();
    let search = state.search;
    let name = move || match search.named(state.choices) {
        SpaceName::Relaxed => "relaxed",
        SpaceName::Wide => "wide",
        SpaceName::Custom => "custom",
    };
    let chosen = move |event| {
        let id = state.choices.params.with_untracked(Params::id);
        match event_target_value(&event).as_str() {
            "relaxed" => search.take(state.choices, &Space::relaxed(id)),
            "wide" => search.take(state.choices, &Space::wide(id)),
            _ => {}
        }
    };
    view! {
        <div class="param">
            <label for="search-space">"Space"</label>
            <select class="btn" id="search-space" on:change=chosen prop:value=name>
                <option value="relaxed">"Relaxed"</option>
                <option value="wide">"Wide"</option>
                <option value="custom" disabled=true>"Custom"</option>
            </select>
        </div>
    }
}

#[component]
fn SamplerChoice() -> impl IntoView {
    let sampler = use_state().search.sampler;
    let chosen = move |event| {
        if let Some(chosen) = Sampler::from_name(&event_target_value(&event)) {
            sampler.set(chosen);
        }
    };
    view! {
        <div class="param">
            <label for="search-sampler">"Sampler"</label>
            <select class="btn" id="search-sampler" on:change=chosen prop:value=move || sampler.get().name()>
                <option value="random">"Random"</option>
                <option value="grid">"Grid"</option>
                <option value="sobol">"Sobol (even)"</option>
            </select>
        </div>
    }
}

#[component]
fn ObjectiveChoice() -> impl IntoView {
    let objective = use_state().search.objective;
    let options = METRICS.iter().filter(|spec| spec.better != Better::Neutral).map(|spec| {
        let label = format!("{} ({})", spec.label, spec.key);
        view! { <option value=spec.key>{label}</option> }
    });
    view! {
        <div class="param">
            <label for="search-objective">"Objective"</label>
            <select class="btn" id="search-objective" on:change=move |event| objective.set(event_target_value(&event)) prop:value=move || objective.get()>
                {options.collect_view()}
            </select>
        </div>
    }
}

/// A number that is typed.
#[component]
fn Typed(
    /// Id of the control.
    id: &'static str,
    /// Its name.
    label: &'static str,
    /// The text.
    value: RwSignal<String>,
    /// It has no say.
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <div class="param">
            <label for=id>{label}</label>
            <span class="param__number">
                <input id=id type="text" inputmode="numeric" prop:value=move || value.get() prop:disabled=move || disabled.get()
                    on:change=move |event| value.set(event_target_value(&event))/>
            </span>
        </div>
    }
}

/// One parameter of the space.
#[component]
fn SpaceLine(
    /// Its place.
    at: usize,
) -> impl IntoView {
    let lines = use_state().search.lines;
    let line = Memo::new(move |_| lines.with(|lines| lines.get(at).cloned()));
    let set = move |change: &dyn Fn(&mut Line)| {
        lines.update(|lines| {
            if let Some(line) = lines.get_mut(at) {
                change(line);
            }
        });
    };
    move || {
        let Line { spec, how, .. } = line.get()?;
        let chosen = move |event| {
            let name = event_target_value(&event);
            if let Some(how) = How::ALL.into_iter().find(|how| how.name() == name) {
                set(&|line| line.how = how);
            }
        };
        let ways = How::ALL
            .into_iter()
            .filter(|way| spec.is_number() || matches!(way, How::Fixed | How::List))
            .map(|way| view! { <option value=way.name() selected=way == how>{way.name()}</option> })
            .collect_view();
        let field = move |name: &'static str,
                          read: fn(&Line) -> String,
                          write: fn(&mut Line, String)| {
            view! {
                <input type="text" class="search__end" aria-label=format!("{} {name}", spec.label)
                    prop:value=move || line.with(|line| line.as_ref().map(read).unwrap_or_default())
                    on:change=move |event| set(&|line| write(line, event_target_value(&event)))/>
            }
        };
        let fields = match how {
            How::Fixed => ().into_any(),
            How::List => {
                field("values", |line| line.list.clone(), |line, text| line.list = text).into_any()
            }
            How::Range | How::Log => view! {
                {field("from", |line| line.low.clone(), |line, text| line.low = text)}
                "–"
                {field("to", |line| line.high.clone(), |line, text| line.high = text)}
                <small>{spec.unit.suffix()}</small>
            }
            .into_any(),
        };
        Some(view! {
            <div class="search__line" class:search__line--on=how != How::Fixed title=spec.doc>
                <label for=format!("how-{}", spec.key)>{spec.label}</label>
                <select class="btn btn--small" id=format!("how-{}", spec.key) on:change=chosen>{ways}</select>
                <span class="search__ends">{fields}</span>
            </div>
        })
    }
}

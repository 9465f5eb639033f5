//! What a search found: luck, trials, pictures.

use crate::metrics::METRICS;
use crate::protocol::{FoundQuestion, FoundView, TrialsFile};
use crate::search::reading::Over;
use crate::ui::parts::Failed;
use crate::ui::state::{Answered, AppState, Asked, use_state};
use leptos::ev::{MouseEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

/// Loads the trial under a click into the Backtest page.
fn load(state: AppState, target: &web_sys::Element) -> bool {
    let Ok(Some(mark)) = target.closest("[data-load]") else { return false };
    if let (Some(values), Some(number)) =
        (mark.get_attribute("data-load"), mark.get_attribute("data-trial"))
    {
        state.load_trial(&values, &number);
    }
    true
}

/// What is shown of an answer, from top to bottom.
const PARTS: [fn(&FoundView) -> &String; 6] = [
    |found| &found.counts,
    |found| &found.luck,
    |found| &found.table,
    |found| &found.surface,
    |found| &found.parallel,
    |found| &found.spread,
];

/// Puts the parts of an answer into the page, from one on: as many as are in sight at first, and a frame later the next, so
/// that no frame has to lay out all of them. A newer answer takes over.
fn lay_out(
    asked: Asked<FoundQuestion>,
    found: Answered<FoundQuestion>,
    parts: [RwSignal<String>; PARTS.len()],
    from: usize,
) {
    let at_once = if from == 0 { 2 } else { 1 };
    for at in from..(from + at_once).min(PARTS.len()) {
        // The panels may be gone by now.
        parts[at].try_update(|shown| shown.clone_from(PARTS[at](&found)));
    }
    let next = from + at_once;
    if next < PARTS.len() {
        request_animation_frame(move || {
            let newest = asked.get_untracked();
            if newest.is_some_and(|newest| newest.question() == found.question()) {
                lay_out(asked, found, parts, next);
            }
        });
    }
}

/// The panels, once there is something to read.
#[component]
pub(super) fn FoundPanels() -> impl IntoView {
    let state = use_state();
    let found = state.answers.found;
    let clicked = move |event: MouseEvent| {
        let target: web_sys::Element = event_target(&event);
        if !load(state, &target)
            && let Ok(Some(head)) = target.closest("[data-sort]")
            && let Some(key) = head.get_attribute("data-sort")
        {
            state.search.table.update(|table| {
                table.descending = table.sort == key && !table.descending;
                table.sort = key;
            });
        }
    };
    let keyed = move |event: web_sys::KeyboardEvent| {
        let target: web_sys::Element = event_target(&event);
        if matches!(event.key().as_str(), "Enter" | " ")
            && target.tag_name() == "rect"
            && load(state, &target)
        {
            event.prevent_default();
        }
    };
    let asked = found;
    let parts: [RwSignal<String>; PARTS.len()] = std::array::from_fn(|_| RwSignal::default());
    Effect::new(move || {
        if let Some(found) = asked.get() {
            lay_out(asked, found, parts, 0);
        }
    });
    let part = move |at: usize| move || parts[at].get();
    let is_old = move || {
        found.get().is_none_or(|found| {
            state.search.started.with(|started| {
                started.as_ref().is_none_or(|s| {
                    s.plan != found.question().plan || s.settings != found.question().settings
                })
            })
        })
    };
    let made_with = move || {
        let found = found.get()?;
        let differ = state.changed_since(&found.question().settings);
        let changed = (!differ.is_empty()).then(|| {
            format!(
                "You have changed {} since this search. What is shown is of the earlier settings.",
                differ.join(" and ")
            )
        });
        let rows = found.question().settings.window;
        let dates = (rows.has_dates() || rows.newest > 0).then(|| {
            format!(
                "Searched: {rows}.{}",
                if rows.split_ms.is_some() {
                    " Rows from the split line on took no part."
                } else {
                    ""
                }
            )
        });
        let class = if changed.is_some() { "note note--bad" } else { "note" };
        let parts: Vec<String> = changed.into_iter().chain(dates).collect();
        (!parts.is_empty()).then(|| (class, parts.join(" ")))
    };
    let refused = move || found.get().and_then(|found| found.refused.clone());
    view! {
        <Failed asked=found/>
        <Show when=move || found.get().is_some() fallback=|| view! { <Empty/> }>
            <div class="search__panels" class:outdated=is_old on:click=clicked on:keydown=keyed>
                {move || made_with().map(|(class, text)| view! { <p class=class role="status">{text}</p> })}
                <section class="panel" aria-label="Is the best one luck?">
                    <header class="panel__head"><h2>"Is the best one luck?"</h2></header>
                    <p class="note" role="status">{part(0)}</p>
                    <div class="told" inner_html=part(1)></div>
                </section>
                <section class="panel" aria-label="Trials">
                    <header class="panel__head">
                        <h2>"Trials"</h2>
                        <span class="spacer"></span>
                        <input type="text" class="search__filter" aria-label="Filter" placeholder="trades >= 100, sharpe > 0"
                            prop:value=move || state.search.table.with(|table| table.filter.clone())
                            on:change=move |event| state.search.table.update(|table| table.filter = event_target_value(&event))/>
                        <button class="btn" on:click=move |_| state.search.table.update(|table| table.rows += 250)>
                            "250 more rows"
                        </button>
                        <button class="btn" disabled=is_old on:click=move |_| state.download_trials(TrialsFile::Csv)>"Download trials CSV"</button>
                        <button class="btn" disabled=is_old on:click=move |_| state.download_trials(TrialsFile::Json)>"Download search JSON"</button>
                    </header>
                    {move || refused().map(|text| view! { <p class="param__problem" role="alert">{text}</p> })}
                    <div class="told" inner_html=part(2)></div>
                </section>
                <section class="panel" aria-label="Two parameters">
                    <header class="panel__head">
                        <h2>"Two parameters"</h2>
                        <span class="spacer"></span>
                        <PictureControls/>
                    </header>
                    <div class="told" inner_html=part(3)></div>
                </section>
                <section class="panel" aria-label="All parameters">
                    <header class="panel__head"><h2>"All parameters"</h2></header>
                    <Parallel picture=parts[4]/>
                </section>
                <section class="panel" aria-label="Where the best lie">
                    <header class="panel__head"><h2>"Where the best lie"</h2></header>
                    <div class="told" inner_html=part(5)></div>
                </section>
            </div>
        </Show>
    }
}

/// A brush along an axis of the picture of all parameters.
#[derive(Clone, Debug, PartialEq)]
struct Brush {
    /// The parameter.
    key: String,
    /// What it is called.
    label: String,
    /// Values at which it can begin or end, lowest first.
    stops: Vec<String>,
    /// Left, top, width and height of the axis in the window.
    axis: [f64; 4],
    /// Where the pointer went down, and where it is.
    ends: (f64, f64),
}

/// Way of the pointer below which a drag is a click.
const SLIP: f64 = 4.0;

impl Brush {
    fn begin(event: &PointerEvent) -> Option<Self> {
        let target: web_sys::Element = event_target(event);
        let axis = target.closest("[data-brush]").ok()??;
        // By what holds the picture: the picture itself may be drawn anew in the meantime.
        let holder: web_sys::Element = event.current_target()?.dyn_into().ok()?;
        holder.set_pointer_capture(event.pointer_id()).ok();
        let bounds = axis.get_bounding_client_rect();
        let y = f64::from(event.client_y());
        Some(Self {
            key: axis.get_attribute("data-brush")?,
            label: axis.get_attribute("data-label")?,
            stops: axis.get_attribute("data-stops")?.split(' ').map(str::to_owned).collect(),
            axis: [bounds.left(), bounds.top(), bounds.width(), bounds.height()],
            ends: (y, y),
        })
    }

    fn is_click(&self) -> bool {
        (self.ends.0 - self.ends.1).abs() < SLIP
    }

    /// The values between which it lies.
    fn values(&self) -> Option<(&str, &str)> {
        let [_, top, _, height] = self.axis;
        let last = self.stops.len() - 1;
        let stop = |y: f64| {
            let share = ((top + height - y) / height).clamp(0.0, 1.0);
            (share * last as f64).round() as usize
        };
        let (a, b) = (stop(self.ends.0), stop(self.ends.1));
        Some((self.stops.get(a.min(b))?, self.stops.get(a.max(b))?))
    }

    fn style(&self) -> String {
        let [left, top, width, height] = self.axis;
        let low = self.ends.0.min(self.ends.1).max(top);
        let high = self.ends.0.max(self.ends.1).min(top + height);
        format!("left:{left}px;top:{low}px;width:{width}px;height:{}px", (high - low).max(0.0))
    }
}

/// The picture of all parameters; a drag along an axis filters by it.
#[component]
fn Parallel(
    /// Its markup.
    picture: RwSignal<String>,
) -> impl IntoView {
    let state = use_state();
    let brush = RwSignal::new(None::<Brush>);
    let down = move |event: PointerEvent| {
        if event.button() == 0 {
            brush.set(Brush::begin(&event));
        }
    };
    let moved = move |event: PointerEvent| {
        if brush.with_untracked(Option::is_some) {
            event.prevent_default();
            let y = f64::from(event.client_y());
            brush.update(|brush| {
                if let Some(brush) = brush {
                    brush.ends.1 = y;
                }
            });
        }
    };
    let up = move |event: PointerEvent| {
        let Some(drawn) = brush.get_untracked() else { return };
        brush.set(None);
        if event.type_() == "pointerup" {
            state.search.table.update(|table| {
                table.brush(
                    (&drawn.key, &drawn.label),
                    drawn.values().filter(|_| !drawn.is_click()),
                );
            });
        }
    };
    view! {
        <p class="note">"Drag along an axis to see only the trials between two of its values, here and in the table. A click on the axis lets it go. The filter of the table takes the same by keyboard."</p>
        <div class="told" inner_html=move || picture.get() on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=up></div>
        {move || brush.get().map(|brush| view! { <i class="cutting-by" style=brush.style()></i> })}
    }
}

#[component]
fn Empty() -> impl IntoView {
    let state = use_state();
    move || {
        let asked = state.answers.search;
        (asked.get().is_none() && !asked.is_under_way() && asked.failure().is_none()).then(|| view! {
            <section class="panel" aria-label="Nothing searched yet">
                <p class="verdict">"A search tries many configurations on the rows of this file. It then says how good the best of as many worthless ones would look."</p>
                <p class="note">"Choose a space and press Search. A thousand trials and their judgement take two to three seconds on a file like the sample."</p>
            </section>
        })
    }
}

#[component]
fn PictureControls() -> impl IntoView {
    let state = use_state();
    let picture = state.search.picture;
    let keys = move || {
        let started = state.search.started.get()?;
        let axes = started.plan.space.axes(&started.settings.params).ok()?;
        Some(axes.into_iter().map(|axis| axis.spec).collect::<Vec<_>>())
    };
    let choice = move |label: &'static str,
                       read: fn(&crate::protocol::PictureChoice) -> String,
                       write: fn(&mut crate::protocol::PictureChoice, String),
                       other: usize| {
        view! {
            <label class="note">{label} " "
                <select class="btn" aria-label=label on:change=move |event| picture.update(|picture| write(picture, event_target_value(&event)))>
                    {move || {
                        let specs = keys().unwrap_or_default();
                        let chosen = picture.with(read);
                        let is_known = specs.iter().any(|spec| spec.key == chosen);
                        specs.into_iter().enumerate().map(|(at, spec)| {
                            let selected = if is_known { spec.key == chosen } else { at == other };
                            view! { <option value=spec.key selected=selected>{spec.label}</option> }
                        }).collect_view()
                    }}
                </select>
            </label>
        }
    };
    let metrics = METRICS.iter().map(|spec| {
        let label = format!("{} ({})", spec.label, spec.key);
        view! { <option value=spec.key>{label}</option> }
    });
    view! {
        {choice("Across", |p| p.x.clone(), |p, key| p.x = key, 0)}
        {choice("Up", |p| p.y.clone(), |p, key| p.y = key, 1)}
        <select class="btn" aria-label="Metric" prop:value=move || picture.with(|p| p.metric.clone()) on:change=move |event| picture.update(|p| p.metric = event_target_value(&event))>
            {metrics.collect_view()}
        </select>
        <select class="btn" aria-label="Over the rest" prop:value=move || picture.with(|p| p.over.name())
            on:change=move |event| {
                let name = event_target_value(&event);
                if let Some(over) = Over::ALL.into_iter().find(|over| over.name() == name) {
                    picture.update(|p| p.over = over);
                }
            }>
            {Over::ALL.map(|over| view! { <option value=over.name()>{format!("{} over the rest", over.name())}</option> }).into_iter().collect_view()}
        </select>
    }
}

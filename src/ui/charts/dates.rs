//! Which dates may hold entries, and where the rows begin that are held back: dragged on a picture of the whole file, or
//! typed.

use super::capture;
use crate::backtest::Window;
use crate::domain::{format_time, grouped, parse_time};
use crate::format::fixed;
use crate::ui::parts::flag;
use crate::ui::state::{AppState, use_state};
use crate::web::hooks;
use leptos::html::Div;
use leptos::prelude::*;
use std::fmt::Write as _;
use web_sys::{KeyboardEvent, PointerEvent};

/// Share of the time ahead of the line that the button draws. Own choice: the customary 70 to 30.
const SPLIT: f64 = 0.7;
/// Distance from an edge that still takes hold of it, as a share of the width.
const REACH: f64 = 0.02;
/// Step of an arrow key, as a share of the width.
const STEP: f64 = 0.005;

/// One of the three times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    From,
    Split,
    To,
}

impl Edge {
    const ALL: [Self; 3] = [Self::From, Self::Split, Self::To];

    const fn label(self) -> &'static str {
        match self {
            Self::From => "From",
            Self::Split => "Split",
            Self::To => "Before",
        }
    }

    /// What an empty box means.
    const fn empty(self) -> &'static str {
        match self {
            Self::From => "the first row",
            Self::Split => "no line",
            Self::To => "the end",
        }
    }

    const fn of(self, window: &Window) -> Option<i64> {
        match self {
            Self::From => window.from_ms,
            Self::Split => window.split_ms,
            Self::To => window.to_ms,
        }
    }

    const fn set(self, window: &mut Window, time: Option<i64>) {
        match self {
            Self::From => window.from_ms = time,
            Self::Split => window.split_ms = time,
            Self::To => window.to_ms = time,
        }
    }
}

/// The file on an axis of time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    first: i64,
    /// The end of the last row.
    end: i64,
    step: i64,
}

impl Span {
    fn of(state: AppState) -> Option<Self> {
        state.files.loaded.with(|loaded| {
            let loaded = loaded.as_ref()?;
            let (first, last) = loaded.span_ms;
            let step = loaded.timeframe_ms.unwrap_or(1_000).max(1_000);
            Some(Self { first, end: last + step, step })
        })
    }

    fn share(&self, time: i64) -> f64 {
        ((time - self.first) as f64 / (self.end - self.first) as f64).clamp(0.0, 1.0)
    }

    /// The open of the row at a share, in whole seconds.
    fn time(&self, share: f64) -> i64 {
        let rows = (share * (self.end - self.first) as f64 / self.step as f64).round() as i64;
        (self.first + rows * self.step).div_euclid(1_000) * 1_000
    }

    /// Moves an edge to a share, at most as far as leaves a row to its neighbours. At its own end of the file there is none.
    fn moved(&self, window: &Window, edge: Edge, share: f64) -> Window {
        let mut moved = *window;
        let row = self.step as f64 / (self.end - self.first) as f64;
        let at = |edge: Edge| place(self, window, edge);
        let (from, to) = (at(Edge::From), at(Edge::To));
        let split = window.split_ms.map(|_| at(Edge::Split));
        let (low, high) = match edge {
            Edge::From => (0.0, split.unwrap_or(to) - row),
            Edge::Split => (from + row, to - row),
            Edge::To => (split.unwrap_or(from) + row, 1.0),
        };
        let is_none = match edge {
            Edge::From => share <= 0.0,
            Edge::Split => false,
            Edge::To => share >= 1.0,
        };
        let share = share.min(high).max(low);
        edge.set(&mut moved, (!is_none).then(|| self.time(share)));
        moved
    }
}

/// Where an edge stands, also while there is none.
fn place(span: &Span, window: &Window, edge: Edge) -> f64 {
    let none = if edge == Edge::From { 0.0 } else { 1.0 };
    edge.of(window).map_or(none, |time| span.share(time))
}

fn points(closes: &[f32]) -> String {
    let (low, high) = closes
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), close| (l.min(*close), h.max(*close)));
    let height = if high > low { high - low } else { 1.0 };
    let mut text = String::new();
    for (x, close) in closes.iter().enumerate() {
        let _ = write!(text, "{x},{:.1} ", 29.0 - (close - low) / height * 28.0);
    }
    text
}

/// What a drag does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drag {
    /// It moves an edge.
    Edge(Edge),
    /// It draws dates from this share on.
    New(f64),
}

/// Overview of the file with the chosen dates and the split line.
#[component]
pub fn DatesBar() -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Div>::new();
    let chosen = state.choices.window;
    // What is being dragged is chosen when it is let go of: a run takes longer than a frame.
    let draft = RwSignal::new(None::<Window>);
    let drag = StoredValue::new(None::<Drag>);
    let window = move || draft.get().unwrap_or_else(|| chosen.get());
    let span = Memo::new(move |_| Span::of(state));
    let at = move |edge: Edge| span.get().map_or(0.0, |span| place(&span, &window(), edge));
    let percent = |share: f64| format!("{:.2}%", share * 100.0);
    let share = move |event: &PointerEvent| {
        let node = node.get_untracked()?;
        let spot = hooks::spot(&node, event, (0.0, 0.0));
        Some((spot.at.0 / spot.plot.0.max(1.0)).clamp(0.0, 1.0))
    };
    let down = move |event: PointerEvent| {
        let (Some(share), Some(span)) = (share(&event), span.get_untracked()) else { return };
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        capture(&event);
        let window = chosen.get_untracked();
        let near = |edge: &Edge| *edge != Edge::Split || window.split_ms.is_some();
        let distance = |edge: &Edge| (place(&span, &window, *edge) - share).abs();
        let nearest =
            Edge::ALL.into_iter().filter(near).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let held = nearest.filter(|edge| distance(edge) < REACH);
        drag.set_value(Some(held.map_or(Drag::New(share), Drag::Edge)));
    };
    let moved = move |event: PointerEvent| {
        let (Some(drag), Some(share), Some(span)) =
            (drag.get_value(), share(&event), span.get_untracked())
        else {
            return;
        };
        let old = chosen.get_untracked();
        draft.set(Some(match drag {
            Drag::Edge(edge) => span.moved(&old, edge, share),
            // What lies outside of the new dates would be refused: a line there goes.
            Drag::New(from) => {
                let (low, high) = (from.min(share), from.max(share));
                let split_ms = old.split_ms.filter(|&time| {
                    let line = span.share(time);
                    low < line && line < high
                });
                let open = Window { from_ms: None, to_ms: None, split_ms, ..old };
                span.moved(&span.moved(&open, Edge::From, low), Edge::To, high)
            }
        }));
    };
    let up = move |event: PointerEvent| {
        let (held, wanted) = (drag.get_value(), draft.get_untracked());
        drag.set_value(None);
        draft.set(None);
        let Some(wanted) = wanted.filter(|_| event.type_() == "pointerup") else { return };
        // A slip of the finger is no choice of dates.
        let is_slip = matches!((held, share(&event)), (Some(Drag::New(from)), Some(to)) if (from - to).abs() < REACH);
        if !is_slip {
            chosen.set(wanted);
        }
    };
    let keys = move |event: KeyboardEvent, edge: Edge| {
        let Some(span) = span.get_untracked() else { return };
        let now = chosen.get_untracked();
        // At least a row, however few there are.
        let step = STEP.max(span.step as f64 / (span.end - span.first) as f64);
        let step = if event.shift_key() { 10.0 * step } else { step };
        let share = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => place(&span, &now, edge) - step,
            "ArrowRight" | "ArrowUp" => place(&span, &now, edge) + step,
            "PageDown" => place(&span, &now, edge) - 0.1,
            "PageUp" => place(&span, &now, edge) + 0.1,
            "Home" => 0.0,
            "End" => 1.0,
            _ => return,
        };
        event.prevent_default();
        chosen.set(span.moved(&now, edge, share));
    };
    let picture = move || {
        state.files.loaded.with(|loaded| loaded.as_ref().map(|loaded| points(&loaded.overview)))
    };
    let handle = move |edge: Edge| {
        let text = move || edge.of(&window()).map_or_else(|| edge.empty().to_owned(), format_time);
        view! {
            <span
                class="dates__edge"
                class:dates__edge--split=edge == Edge::Split
                hidden=move || edge == Edge::Split && window().split_ms.is_none()
                role="slider"
                tabindex="0"
                aria-label=edge.label()
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || fixed(at(edge) * 100.0, 0)
                aria-valuetext=text
                style:left=move || percent(at(edge))
                on:keydown=move |event| keys(event, edge)
            ></span>
        }
    };
    // Where the rows of the run begin: the newest ones may do so later than the dates.
    let begun = move |span: &Span, window: &Window| {
        let run = state.answers.backtest.get().filter(|_| window.newest > 0);
        let begun = run.and_then(|run| run.equity.times_ms.first().copied());
        begun.map_or(0.0, |time| span.share(time)).max(place(span, window, Edge::From))
    };
    let start = move || span.get().map_or(0.0, |span| begun(&span, &window()));
    let split = move |_| {
        let Some(span) = span.get_untracked() else { return };
        let now = chosen.get_untracked();
        let from = untrack(|| begun(&span, &now));
        let to = place(&span, &now, Edge::To);
        let line = now.split_ms.is_none().then(|| span.time(from + SPLIT * (to - from)));
        chosen.set(Window { split_ms: line, ..now });
    };
    view! {
        <div class="dates" role="group" aria-label="Dates of entries">
            <div
                class="dates__track"
                node_ref=node
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=up
                on:pointercancel=up
            >
                <svg viewBox="0 0 239 30" preserveAspectRatio="none" aria-hidden="true">
                    <polyline points=picture></polyline>
                </svg>
                <i class="dates__behind" hidden=move || window().split_ms.is_none() style:left=move || percent(at(Edge::Split)) style:right=move || percent(1.0 - at(Edge::To))></i>
                <i class="dates__off" style:left="0" style:width=move || percent(start())></i>
                <i class="dates__off" style:right="0" style:left=move || percent(at(Edge::To))></i>
                {Edge::ALL.map(handle)}
            </div>
            <div class="dates__boxes">
                {Edge::ALL.map(|edge| view! { <TimeBox edge window=Signal::derive(window)/> })}
                <NewestBox/>
                <button class="btn btn--small" on:click=split title="Rows from the line on are held back: they give a second column of numbers, and nothing is chosen by them">
                    {move || if chosen.with(|w| w.split_ms.is_some()) { "Remove the line" } else { "Split 70 : 30" }}
                </button>
                <button class="btn btn--small" disabled=move || chosen.get() == Window::default() on:click=move |_| chosen.set(Window::default())>"All rows"</button>
            </div>
            <p class="legend">"Drag over the overview to choose the dates that may hold entries, or type them, in UTC. Rows before them warm up; rows after them do not exist for the run."</p>
        </div>
    }
}

/// How many usable rows, counted back from the end, may hold entries.
#[component]
fn NewestBox() -> impl IntoView {
    let chosen = use_state().choices.window;
    let problem = RwSignal::new(None::<String>);
    let value = move || {
        problem.set(None);
        let newest = chosen.with(|window| window.newest);
        if newest == 0 { String::new() } else { grouped(newest) }
    };
    let set = move |event| {
        let text = event_target_value(&event);
        let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
        let rows = if digits.is_empty() { Ok(0) } else { digits.parse() };
        match rows {
            Ok(rows) => chosen.update(|window| window.newest = rows),
            Err(_) => problem.set(Some(format!(
                "“{text}” is not a number of rows. Write 5000, or nothing for all rows."
            ))),
        }
    };
    view! {
        <label class="dates__box" title="Only so many usable rows, counted back from the end of the dates, may hold entries">
            "Newest rows"
            <input
                type="text"
                inputmode="numeric"
                size="8"
                placeholder="all rows"
                prop:value=value
                aria-invalid=flag(move || problem.with(Option::is_some))
                on:change=set
            />
            {move || problem.get().map(|text| view! { <small class="param__problem" role="alert">{text}</small> })}
        </label>
    }
}

/// One of the times, typed.
#[component]
fn TimeBox(
    /// Which.
    edge: Edge,
    /// The dates as they are dragged or chosen.
    window: Signal<Window>,
) -> impl IntoView {
    let state = use_state();
    let chosen = state.choices.window;
    let problem = RwSignal::new(None::<String>);
    let value = move || {
        let time = edge.of(&window.get());
        problem.set(None);
        time.map_or_else(String::new, format_time)
    };
    let set = move |event| {
        let text = event_target_value(&event);
        let time = parse_time(&text);
        if time.is_none() && !text.trim().is_empty() {
            problem.set(Some(format!(
                "“{text}” is not a date. Write 2024-01-31 or 2024-01-31 12:00, in UTC."
            )));
            return;
        }
        chosen.update(|window| edge.set(window, time));
    };
    view! {
        <label class="dates__box">
            {edge.label()}
            <input
                type="text"
                size="16"
                placeholder=edge.empty()
                prop:value=value
                aria-invalid=flag(move || problem.with(Option::is_some))
                on:change=set
            />
            {move || problem.get().map(|text| view! { <small class="param__problem" role="alert">{text}</small> })}
        </label>
    }
}

//! Canvases: they turn what the workers sent into scenes and draw them once a frame.
//!
//! `price` is the price chart, `curve` any curve over the whole window, `dates` which
//! dates may hold entries, `marks` what trades and signals look like on the
//! price chart, `tools` what every chart can do: pictures, table, full screen. What a pointer does is decided by
//! [`crate::charts::gestures`].

mod curve;
mod dates;
mod marks;
mod price;
mod tools;

pub use curve::{Curve, CurveChart, held_back, story};
pub use dates::DatesBar;
pub use price::{PriceChart, findings};

use crate::charts::gestures::{Act, Gestures, Input, Shown};
use crate::charts::scene::Caption;
use crate::domain::{format_time, timeframe_label};
use crate::session::Settings;
use crate::strategy::Params;
use crate::ui::state::{AppState, Cursor, ViewState};
use leptos::prelude::*;
use web_sys::PointerEvent;

/// Does what the gestures of every chart ask for.
fn obey(view: &ViewState, act: &Act) {
    match *act {
        Act::Show(range) => view.show(range),
        Act::Prices(prices) => view.prices.set(prices),
        Act::Point(place) => {
            view.cursor.set(place.map(|(candle, price)| Cursor { candle, price }));
        }
        Act::Explain(candle) => view.explain.set(Some(candle)),
        Act::Escape => {
            view.cursor.set(None);
            view.explain.set(None);
            view.selected.set(None);
        }
        // Only the price chart knows what lies where.
        Act::Area(_) | Act::Click(..) => {}
    }
}

/// Lets the machine of a curve, or of an end of the window on it, hear something. True when it had a use for it.
fn hear(
    gestures: StoredValue<Gestures>,
    view: &ViewState,
    input: Input<'_>,
    candle_at: &dyn Fn(f64) -> Option<f64>,
) -> bool {
    let shown = Shown {
        range: view.range.get_untracked(),
        count: view.candles(),
        prices: None,
        drawn_prices: None,
        log: false,
        cursor: None,
        step: 1.0,
        candle_at,
        price_at: &|_| None,
    };
    let acts = gestures.try_update_value(|gestures| gestures.hear(input, &shown));
    let acts = acts.unwrap_or_default();
    for act in &acts {
        obey(view, act);
    }
    !acts.is_empty()
}

/// What a picture that leaves the page says of itself: file, stretch of time, settings, legend.
fn caption(
    state: AppState,
    label: &str,
    times: (Option<i64>, Option<i64>),
    (has_run, legend): (bool, String),
    width: u32,
) -> Caption {
    let market = state.files.open_market();
    let (name, timeframe) = market.map_or_else(Default::default, |market| {
        let timeframe = market.view.timeframe_ms.map_or_else(String::new, timeframe_label);
        (market.name.clone(), timeframe)
    });
    let time = |ms: Option<i64>| ms.map_or_else(String::new, format_time);
    let times = format!("{timeframe}, {} to {} UTC", time(times.0), time(times.1));
    // The settings of what is drawn, which may lag behind the chosen ones; without a run there are none.
    let run = state.answers.backtest.get_untracked().filter(|_| has_run);
    let lines = match run {
        Some(run) => vec![times, settings_of(&run.question().settings), legend],
        None => vec![times, legend],
    };
    // A line as long as the picture is wide; a character takes about six pixels.
    let room = (f64::from(width) / 6.0) as usize;
    let mut wrapped: Vec<String> = Vec::new();
    for line in lines {
        let mut row = String::new();
        for word in line.split(' ') {
            if !row.is_empty() && row.chars().count() + word.chars().count() >= room {
                wrapped.push(std::mem::take(&mut row));
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        wrapped.push(row);
    }
    Caption { title: format!("{label} · {name}"), lines: wrapped }
}

/// Settings in a line: what differs from the strategy's own values.
fn settings_of(settings: &Settings) -> String {
    let params = &settings.params;
    let fresh = Params::new(params.id());
    let changed: Vec<String> = params
        .specs()
        .into_iter()
        .filter_map(|spec| {
            let value = params.get(spec.key).filter(|value| fresh.get(spec.key) != Some(*value))?;
            Some(format!("{} {}", spec.label, spec.show(value)))
        })
        .collect();
    let changed = if changed.is_empty() { "default values".to_owned() } else { changed.join(", ") };
    format!(
        "{}, cleaning {}, {}; {changed}",
        params.strategy().label,
        settings.cleaning.policy.name(),
        settings.window
    )
}

/// Keeps a pointer at its element until it goes up.
pub fn capture(event: &PointerEvent) {
    if let Some(target) = event.target() {
        let target: web_sys::Element = wasm_bindgen::JsCast::unchecked_into(target);
        target.set_pointer_capture(event.pointer_id()).ok();
    }
}

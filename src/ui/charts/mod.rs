//! Canvases: they turn what the workers sent into scenes and draw them once a frame.
//!
//! `price` is the price chart with its gestures, `curve` any curve over the whole window, `marks` what trades and
//! signals look like on it, `tools` what every chart can do: pictures, table, full screen.

mod curve;
mod marks;
mod price;
mod tools;

pub use curve::{Curve, CurveChart, story};
pub use price::{PriceChart, findings};

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

/// Calls `act` whenever the element changes its size, and once at the start.
fn watch_size(element: &HtmlCanvasElement, act: impl Fn() + 'static) {
    let changed = Closure::<dyn FnMut()>::new(act);
    if let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(element);
        let observer = StoredValue::new_local(observer);
        on_cleanup(move || observer.with_value(web_sys::ResizeObserver::disconnect));
    }
    changed.forget();
}

/// Draws at most once a frame, however often it is asked.
fn each_frame(draw: impl Fn() + Copy + 'static) -> impl Fn() + Copy {
    let waiting = StoredValue::new_local(false);
    move || {
        if waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        request_animation_frame(move || {
            // The component may be gone by now.
            if waiting.try_get_value().is_some() {
                waiting.set_value(false);
                draw();
            }
        });
    }
}

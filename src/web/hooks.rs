//! Listeners as hooks: a component says what it wants to know, and hears it as long as it lives.

use crate::charts::gestures::Spot;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{DataTransfer, Element, HtmlInputElement, KeyboardEvent, MouseEvent};

/// Keeps an observer and what it calls as long as the component lives. What it calls holds elements: kept any longer, it
/// would keep the whole page of that time.
fn while_alive<T: 'static>(observer: T, called: Closure<dyn FnMut(JsValue)>, end: fn(&T)) {
    let kept = StoredValue::new_local((observer, called));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| end(observer));
    });
}

/// Calls `act` whenever the element changes its size, and once at the start.
pub fn resize(element: &Element, act: impl Fn() + 'static) {
    let changed = Closure::<dyn FnMut(JsValue)>::new(move |_| act());
    if let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(element);
        while_alive(observer, changed, web_sys::ResizeObserver::disconnect);
    }
}

/// Calls `act` when the element comes into sight or leaves it, and once at the start.
pub fn in_sight(element: &Element, act: impl Fn(bool) + 'static) {
    let changed = Closure::<dyn FnMut(JsValue)>::new(move |entries: JsValue| {
        let last = entries.unchecked_into::<js_sys::Array>().pop();
        if let Ok(entry) = last.dyn_into::<web_sys::IntersectionObserverEntry>() {
            act(entry.is_intersecting());
        }
    });
    if let Ok(observer) = web_sys::IntersectionObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(element);
        while_alive(observer, changed, web_sys::IntersectionObserver::disconnect);
    }
}

/// Draws at most once a frame, however often it is asked: as soon as everything that is under way has settled, and not only
/// when the frame begins, since until then the time would be lost. What is asked later waits for the frame.
pub fn each_frame(draw: impl Fn() + Copy + 'static) -> impl Fn() + Copy {
    let stage = StoredValue::new_local(Stage::Idle);
    // The component may be gone by now.
    let is_at = move |wanted: Stage| stage.try_get_value().is_some_and(|stage| stage == wanted);
    move || match stage.get_value() {
        Stage::Idle => {
            stage.set_value(Stage::Asked);
            set_timeout(
                move || {
                    if is_at(Stage::Asked) {
                        stage.set_value(Stage::Drawn);
                        draw();
                    }
                },
                std::time::Duration::ZERO,
            );
            request_animation_frame(move || {
                let is_wanted = is_at(Stage::Asked) || is_at(Stage::Again);
                if stage.try_update_value(|stage| *stage = Stage::Idle).is_some() && is_wanted {
                    draw();
                }
            });
        }
        Stage::Drawn => stage.set_value(Stage::Again),
        Stage::Asked | Stage::Again => {}
    }
}

/// Where a drawing is between two frames.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Asked,
    Drawn,
    /// Drawn, and asked for once more.
    Again,
}

/// Calls `act` whenever one of the media queries begins or ends to hold, as long as the page lives.
pub fn media(queries: impl Iterator<Item = String>, act: impl Fn() + 'static) {
    let changed = Closure::<dyn FnMut()>::new(act);
    for query in queries {
        if let Ok(Some(media)) = window().match_media(&query) {
            media.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref()).ok();
            // The listener lives as long as the query does.
            std::mem::forget(media);
        }
    }
    changed.forget();
}

/// Calls `act` for every key that is pressed anywhere on the page.
pub fn keys(act: impl Fn(KeyboardEvent) + 'static) {
    let handle = window_event_listener(ev::keydown, act);
    on_cleanup(move || handle.remove());
}

/// Calls `act` when a pointer goes down or up anywhere on the page, as long as the page lives.
pub fn held(act: impl Fn(bool) + Copy + 'static) {
    let _ = window_event_listener(ev::pointerdown, move |_| act(true));
    let _ = window_event_listener(ev::pointerup, move |_| act(false));
    let _ = window_event_listener(ev::pointercancel, move |_| act(false));
}

/// Calls `act` when the page goes out of sight, which may be for good, as long as the page lives.
pub fn hidden(act: impl Fn() + Copy + 'static) {
    let _ = window_event_listener(ev::pagehide, move |_| act());
    let _ = document().add_event_listener_with_callback(
        "visibilitychange",
        Closure::<dyn FnMut()>::new(act).into_js_value().unchecked_ref(),
    );
}

/// Calls `act` when the fragment of the address changes, as long as the page lives.
pub fn fragment(act: impl Fn() + 'static) {
    let _ = window_event_listener(ev::hashchange, move |_| act());
}

fn has_files(transfer: Option<&DataTransfer>) -> bool {
    transfer.is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}

/// The whole window takes what is dropped or pasted outside of a field. `over` hears whether files are held above it;
/// `take` says whether it had a use for what was dropped or pasted.
pub fn dropped(
    over: impl Fn(bool) + Copy + 'static,
    take: impl Fn(&DataTransfer) -> bool + Copy + 'static,
) {
    let listeners = [
        window_event_listener(ev::dragover, move |event| {
            if has_files(event.data_transfer().as_ref()) {
                event.prevent_default();
                over(true);
            }
        }),
        window_event_listener(ev::dragleave, move |event| {
            if event.related_target().is_none() {
                over(false);
            }
        }),
        window_event_listener(ev::drop, move |event| {
            over(false);
            let files = event.data_transfer().filter(|transfer| has_files(Some(transfer)));
            if let Some(files) = files {
                event.prevent_default();
                take(&files);
            }
        }),
        window_event_listener(ev::paste, move |event| {
            let in_field = event
                .target()
                .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
                .is_some_and(|input| input.type_() != "file" && input.type_() != "range");
            let data = event.clipboard_data().filter(|_| !in_field);
            if data.is_some_and(|data| take(&data)) {
                event.prevent_default();
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
}

/// Where a pointer is on a canvas whose axes take so many pixels at the right and below.
pub fn spot(canvas: &Element, event: &MouseEvent, (right, below): (f64, f64)) -> Spot {
    let bounds = canvas.get_bounding_client_rect();
    Spot {
        at: (
            f64::from(event.client_x()) - bounds.left(),
            f64::from(event.client_y()) - bounds.top(),
        ),
        plot: (bounds.width() - right, bounds.height() - below),
    }
}

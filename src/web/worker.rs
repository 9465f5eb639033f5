//! The worker's side: questions in, answers out. Everything it computes is in [`crate::service`].

use super::files::BlobBytes;
use crate::domain::install_pulse;
use crate::import::Source;
use crate::protocol::{Answer, Event, Lane, Question, VERSION, decode, encode};
use crate::service::Service;
use js_sys::{Array, Uint8Array};
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

fn post(scope: &DedicatedWorkerGlobalScope, answer: &Answer) {
    let bytes = Uint8Array::from(encode(answer).as_slice());
    let transfer = Array::of1(&bytes.buffer());
    if let Err(error) = scope.post_message_with_transfer(&bytes, &transfer) {
        web_sys::console::error_1(&error);
    }
}

/// Serves the page until the worker is terminated.
pub fn serve() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let panic_scope = scope.clone();
    std::panic::set_hook(Box::new(move |info| {
        // Text, not an answer: after a panic nothing may be allocated that can fail again.
        panic_scope.post_message(&JsValue::from_str(&info.to_string())).ok();
    }));
    install_pulse(beat);
    let service = RefCell::new(Service::default());
    let handler_scope = scope.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        handle(&handler_scope, &mut service.borrow_mut(), &event.data());
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let ready = Event::Ready { version: VERSION };
    post(
        &scope,
        &Answer { lane: Lane::Dataset, generation: 0, dataset: 0, elapsed_ms: 0.0, event: ready },
    );
}

/// Time between two signs of life, ms.
const BEAT_MS: f64 = 1_000.0;

thread_local! {
    static LAST_BEAT: Cell<f64> = const { Cell::new(0.0) };
}

/// Tells the page once a second that a long computation goes on: a number, where answers are bytes and failures text.
fn beat() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let now = scope.performance().map_or(0.0, |performance| performance.now());
    if now - LAST_BEAT.get() >= BEAT_MS {
        LAST_BEAT.set(now);
        scope.post_message(&JsValue::from_f64(now)).ok();
    }
}

fn handle(scope: &DedicatedWorkerGlobalScope, service: &mut Service, data: &JsValue) {
    let parts: Array = data.clone().unchecked_into();
    let bytes = Uint8Array::new(&parts.get(0)).to_vec();
    let question: Question =
        decode(&bytes).expect("Invariant: the page sends questions of its own build");
    let blob = parts.get(1).dyn_into::<Blob>().ok().and_then(|blob| BlobBytes::new(blob).ok());
    let clock = || scope.performance().map_or(0.0, |performance| performance.now());
    let start = clock();
    let answer = |event: Event| Answer {
        lane: question.lane,
        generation: question.generation,
        dataset: question.dataset,
        elapsed_ms: clock() - start,
        event,
    };
    let attachment = blob.as_ref().map(|blob| blob as &dyn Source);
    let mut emit = |event| post(scope, &answer(event));
    let event = service.answer(&question.request, attachment, &mut emit);
    post(scope, &answer(event));
}

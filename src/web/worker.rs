//! The worker's side: questions in, answers out. Everything it computes is in [`crate::service`].

use super::describe::describe;
use crate::domain::install_pulse;
use crate::import::{ImportError, Source};
use crate::protocol::{Answer, Envelope, Event, Message, Reply, VERSION, Word, decode, encode};
use crate::service::Service;
use crate::universe::MarketId;
use js_sys::{Array, Uint8Array};
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, DedicatedWorkerGlobalScope, FileReaderSync, MessageEvent};

fn post(scope: &DedicatedWorkerGlobalScope, word: &Word, columns: Option<&Blob>) {
    let bytes = Uint8Array::from(encode(word).as_slice());
    let transfer = Array::of1(&bytes.buffer());
    let parts = Array::of1(&bytes);
    if let Some(columns) = columns {
        parts.push(columns);
    }
    if let Err(error) = scope.post_message_with_transfer(&parts, &transfer) {
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
    post(&scope, &Word::Ready { version: VERSION }, None);
}

/// A blob read in slices by a worker.
pub struct BlobBytes {
    blob: Blob,
    reader: FileReaderSync,
}

impl BlobBytes {
    /// Only workers can read synchronously.
    pub fn new(blob: Blob) -> Result<Self, JsValue> {
        Ok(Self { blob, reader: FileReaderSync::new()? })
    }
}

impl Source for BlobBytes {
    fn len(&self) -> u64 {
        self.blob.size() as u64
    }

    fn slice(&self, from: u64, to: u64) -> Result<Vec<u8>, String> {
        let read = || {
            let slice = self.blob.slice_with_f64_and_f64(from as f64, to as f64)?;
            self.reader.read_as_array_buffer(&slice)
        };
        read().map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|error| describe(&error))
    }
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
    let message: Message =
        decode(&bytes).expect("Invariant: the page sends messages of its own build");
    let blob = parts.get(1).dyn_into::<Blob>().ok().and_then(|blob| BlobBytes::new(blob).ok());
    let attached = blob.as_ref().map(|blob| blob as &dyn Source);
    match message {
        Message::Ask(envelope) => answer(scope, service, &envelope, attached),
        Message::Hold(market) => {
            let failure = match attached {
                Some(columns) => service.hold(market, columns).err(),
                None => Some(ImportError::new(
                    "The rows were not handed on",
                    "they are not there any more",
                    "Open the file again",
                )),
            };
            post(scope, &Word::Held { market, failure }, None);
        }
        Message::Release(market) => service.release(market),
    }
}

fn answer(
    scope: &DedicatedWorkerGlobalScope,
    service: &mut Service,
    envelope: &Envelope,
    attached: Option<&dyn Source>,
) {
    let clock = || scope.performance().map_or(0.0, |performance| performance.now());
    let start = clock();
    let ticket = envelope.ticket;
    let word =
        |event| Word::Answer(Box::new(Answer { ticket, elapsed_ms: clock() - start, event }));
    let mut emit = |event| post(scope, &word(event), None);
    let event = service.answer(ticket.market, &envelope.request, attached, &mut emit);
    // With the answer, so that a market that is known can always be handed on.
    let read = matches!(event, Event::Reply(Reply::Load(_)));
    let word = word(event);
    let columns = read.then(|| columns(service, ticket.market)).flatten();
    post(scope, &word, columns.as_ref());
}

/// The rows of a market as the browser keeps them: outside of this module's memory.
fn columns(service: &Service, market: MarketId) -> Option<Blob> {
    let parts = Array::new();
    service.pack(market, &mut |part| {
        parts.push(&Uint8Array::from(part));
    });
    Blob::new_with_u8_array_sequence(&parts).ok()
}

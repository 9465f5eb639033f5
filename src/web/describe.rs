//! Errors of the browser in words, for the page and for its workers.

use wasm_bindgen::prelude::*;

/// A JavaScript error as text.
pub fn describe(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "unknown error".to_owned())
}

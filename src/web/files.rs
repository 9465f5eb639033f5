//! Files in and out of the page.

use crate::import::Source;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, FileReaderSync, HtmlAnchorElement, Url};

/// Time after which the text of a download is let go, ms.
const REVOKE_MS: i32 = 20_000;

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

/// A JavaScript error as text.
pub fn describe(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "unknown error".to_owned())
}

/// Text as a blob.
pub fn blob(text: &str, media_type: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)
}

/// Offers text, in parts, as a download.
pub fn download(name: &str, media_type: &str, parts: &[String]) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let texts: Array = parts.iter().map(|part| JsValue::from_str(part)).collect();
    download_blob(name, &Blob::new_with_str_sequence_and_options(&texts, &options)?)
}

/// Offers a blob as a download.
pub fn download_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // Some browsers read the blob only after the click has been handled.
    let revoke = Closure::once_into_js(move || {
        Url::revoke_object_url(&url).ok();
    });
    web_sys::window()
        .ok_or(JsValue::NULL)?
        .set_timeout_with_callback_and_timeout_and_arguments_0(revoke.unchecked_ref(), REVOKE_MS)?;
    Ok(())
}

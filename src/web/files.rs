//! Files in and out of the page.

pub use super::describe::describe;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Time after which the text of a download is let go, ms.
const REVOKE_MS: i32 = 20_000;

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

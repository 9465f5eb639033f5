//! Files in and out of the page.

pub use super::describe::describe;

use js_sys::{Array, Function, Promise, Reflect};
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, DataTransfer, File, FileList, HtmlAnchorElement, Url};

/// Endings of files that a folder is searched for.
const ENDINGS: [&str; 6] = [".csv", ".tsv", ".txt", ".gz", ".zip", ".dat"];

/// A file with its path, as far as it is known.
type Found = (String, File);

/// Whether a file in a folder may hold candles; hidden ones do not.
fn may_be_candles(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let is_hidden = path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    !is_hidden && ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// The files of a list; those that come from a folder only where they can hold candles.
pub fn listed(files: Option<&FileList>) -> Vec<Found> {
    let Some(files) = files else { return Vec::new() };
    (0..files.length())
        .filter_map(|at| files.get(at))
        .filter_map(|file| {
            let path = Reflect::get(&file, &"webkitRelativePath".into()).ok()?.as_string();
            match path.filter(|path| !path.is_empty()) {
                Some(path) => may_be_candles(&path).then_some((path, file)),
                None => Some((file.name(), file)),
            }
        })
        .collect()
}

/// Calls a method that answers by callbacks.
fn called(object: &JsValue, method: &str) -> Result<JsFuture, JsValue> {
    let function: Function = Reflect::get(object, &method.into())?.dyn_into()?;
    let object = object.clone();
    let promise = Promise::new(&mut |resolve, reject| {
        if let Err(error) = function.call2(&object, &resolve, &reject) {
            reject.call1(&JsValue::NULL, &error).ok();
        }
    });
    Ok(JsFuture::from(promise))
}

type Later<T> = Pin<Box<dyn Future<Output = Result<T, JsValue>>>>;

/// Goes through a file or a folder of what was dropped.
fn walk(entry: JsValue, folder: String, out: Vec<Found>) -> Later<Vec<Found>> {
    Box::pin(async move {
        let mut out = out;
        let get = |name: &str| Reflect::get(&entry, &name.into());
        let name = get("name")?.as_string().unwrap_or_default();
        let path = format!("{folder}{name}");
        if get("isDirectory")?.is_falsy() {
            if folder.is_empty() || may_be_candles(&path) {
                out.push((path, called(&entry, "file")?.await?.dyn_into()?));
            }
            return Ok(out);
        }
        let create: Function = get("createReader")?.dyn_into()?;
        let reader = create.call0(&entry)?;
        // A reader gives a hundred at a time, and none at the end.
        loop {
            let entries: Array = called(&reader, "readEntries")?.await?.dyn_into()?;
            if entries.length() == 0 {
                return Ok(out);
            }
            for entry in entries.iter() {
                out = walk(entry, format!("{path}/"), out).await?;
            }
        }
    })
}

/// What was dropped or pasted, folders gone through; `None` where it holds no file.
pub fn dropped(data: &DataTransfer) -> Option<Later<Vec<Found>>> {
    let plain = listed(data.files().as_ref());
    if plain.is_empty() {
        return None;
    }
    let items = data.items();
    let mut entries = Vec::new();
    for at in 0..items.length() {
        let Some(item) = items.get(at).filter(|item| item.kind() == "file") else { continue };
        let entry = Reflect::get(&item, &"webkitGetAsEntry".into())
            .and_then(JsCast::dyn_into::<Function>)
            .and_then(|get| get.call0(&item));
        match entry {
            Ok(entry) if entry.is_truthy() => entries.push(entry),
            // Pasted files have no entry.
            _ => return Some(Box::pin(async move { Ok(plain) })),
        }
    }
    Some(Box::pin(async move {
        let mut out = Vec::new();
        for entry in entries {
            out = walk(entry, String::new(), out).await?;
        }
        Ok(out)
    }))
}

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

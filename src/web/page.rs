//! What belongs to the page as a whole: its address, what the browser keeps, the clipboard, the theme, the lock on
//! connections, and durations for the browser's own performance tools.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Window;

fn window() -> Option<Window> {
    web_sys::window()
}

/// The fragment of the address, with its `#`; empty without one.
pub fn fragment() -> String {
    window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// What the document says under a name in its head (`<meta name=… content=…>`).
pub fn named(name: &str) -> Option<String> {
    let document = window()?.document()?;
    let meta = document.query_selector(&format!("meta[name={name}]")).ok()??;
    meta.get_attribute("content")
}

/// Replaces the fragment without a new entry in the browser's history; empty removes it.
pub fn set_fragment(text: &str) {
    let Some(window) = window() else { return };
    let location = window.location();
    let path = format!(
        "{}{}{}",
        location.pathname().unwrap_or_default(),
        location.search().unwrap_or_default(),
        text
    );
    if let Ok(history) = window.history() {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&path)).ok();
    }
}

/// The address without a fragment.
pub fn address() -> String {
    let href = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

/// A text that the browser keeps between visits; `None` where it keeps none.
pub fn kept(key: &str) -> Option<String> {
    window()?.local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a text; false where the browser refuses.
pub fn keep(key: &str, value: &str) -> bool {
    window()
        .and_then(|window| window.local_storage().ok().flatten())
        .is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// A text that this tab kept for itself: it outlives a reload, and no other tab sees it.
pub fn kept_here(key: &str) -> Option<String> {
    window()?.session_storage().ok()??.get_item(key).ok()?
}

/// Keeps a text for this tab.
pub fn keep_here(key: &str, value: &str) {
    if let Some(storage) = window().and_then(|window| window.session_storage().ok().flatten()) {
        storage.set_item(key, value).ok();
    }
}

/// Puts text on the clipboard.
pub async fn copy(text: &str) -> Result<(), JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let clipboard = window.navigator().clipboard();
    if clipboard.is_undefined() {
        return Err("the browser gives no access to the clipboard on this address".into());
    }
    JsFuture::from(clipboard.write_text(text)).await.map(|_| ())
}

/// Sets an attribute of the document's root element, which the style sheet reads.
pub fn set_root(attribute: &str, value: &str) {
    let root = window().and_then(|window| window.document()).and_then(|d| d.document_element());
    if let Some(root) = root {
        root.set_attribute(attribute, value).ok();
    }
}

/// True when the page is shown dark: by choice, or because the system is.
pub fn is_dark() -> bool {
    let Some(window) = window() else { return false };
    let chosen = window
        .document()
        .and_then(|document| document.document_element())
        .and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}

/// Moves the keyboard's focus to an element, if it is there.
pub fn focus(id: &str) {
    let element = window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    if let Some(element) =
        element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        element.focus().ok();
    }
}

/// Moves the focus in a map of squares by an arrow key, over those that nothing belongs to.
pub fn move_in_map(map: &web_sys::Element, from: &web_sys::Element, key: &str) {
    let squares = |name: &str| map.get_attribute(name).and_then(|count| count.parse::<u32>().ok());
    let (name, is_forward) = match key {
        "ArrowRight" => ("data-right", true),
        "ArrowLeft" => ("data-right", false),
        "ArrowDown" => ("data-down", true),
        "ArrowUp" => ("data-down", false),
        _ => return,
    };
    let mut here = from.clone();
    loop {
        for _ in 0..squares(name).unwrap_or(1) {
            let next = if is_forward {
                here.next_element_sibling()
            } else {
                here.previous_element_sibling()
            };
            let Some(next) = next.filter(|next| next.tag_name() == "rect") else { return };
            here = next;
        }
        if here.has_attribute("data-from") {
            break;
        }
    }
    from.remove_attribute("tabindex").ok();
    here.set_attribute("tabindex", "0").ok();
    // An element of a picture takes the focus like any other.
    here.unchecked_ref::<web_sys::HtmlElement>().focus().ok();
}

/// Scrolls as far as it takes to see an element as a whole.
pub fn bring_into_sight(id: &str) {
    let Some(window) = window() else { return };
    let element = window.document().and_then(|document| document.get_element_by_id(id));
    let Some(element) = element else { return };
    let place = element.get_bounding_client_rect();
    let height = window.inner_height().ok().and_then(|height| height.as_f64());
    if place.top() < 0.0 || height.is_some_and(|height| place.bottom() > height) {
        // Its lower edge goes to that of the window: the bar above covers nothing of it.
        element.scroll_into_view_with_bool(false);
    }
}

/// Shows an element alone on the screen, or ends that.
pub fn toggle_full_screen(element: &web_sys::Element) {
    let Some(document) = window().and_then(|window| window.document()) else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else {
        element.request_fullscreen().ok();
    }
}

/// Answers the browser's demand for trusted types: markup may come only from the page's own templates, which hold no
/// script and no handler, and workers start only from `blob:` URLs. Anything else is refused.
pub fn guard_markup() {
    let Some(window) = window() else { return };
    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok();
    let Some(factory) = get(&window, "trustedTypes").filter(JsValue::is_object) else {
        return;
    };
    let rules = Object::new();
    let rule = |name: &str, allowed: fn(&str) -> bool| {
        let check = Closure::<dyn FnMut(String) -> JsValue>::new(move |text: String| {
            if allowed(&text) { text.into() } else { JsValue::NULL }
        });
        Reflect::set(&rules, &name.into(), check.as_ref()).ok();
        // Asked as long as the page lives.
        check.forget();
    };
    rule("createHTML", |html| {
        let html = html.to_ascii_lowercase();
        !["<script", "<iframe", "<object", "<embed", "javascript:"]
            .iter()
            .any(|bad| html.contains(bad))
            && !html.split(|c: char| c.is_whitespace() || c == '/' || c == '"').any(|word| {
                word.strip_prefix("on").is_some_and(|rest| {
                    rest.split_once('=').is_some_and(|(name, _)| {
                        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase())
                    })
                })
            })
    });
    rule("createScriptURL", |url| url.starts_with("blob:"));
    let create: Option<js_sys::Function> =
        get(&factory, "createPolicy").and_then(|create| create.dyn_into().ok());
    if let Some(create) = create {
        create.call2(&factory, &"default".into(), &rules).ok();
    }
}

/// Forbids every connection from now on, by a second content policy. The first one had to allow the page's own files.
pub fn lock_connections() {
    let document = window().and_then(|window| window.document());
    let locked = document.and_then(|document| {
        let meta = document.create_element("meta").ok()?;
        meta.set_attribute("http-equiv", "Content-Security-Policy").ok()?;
        meta.set_attribute("content", "connect-src 'none'").ok()?;
        document.head()?.append_child(&meta).ok()
    });
    if locked.is_none() {
        web_sys::console::error_1(&"the page could not forbid connections".into());
    }
}

/// Records a duration that ends now, ms: it shows in the browser's performance tools, and the benchmark page reads it.
pub fn measure(name: &str, duration_ms: f64) {
    let Some(clock) = window().and_then(|window| window.performance()) else { return };
    let end = clock.now();
    let options = Object::new();
    let set = |key: &str, value: f64| Reflect::set(&options, &key.into(), &value.into());
    if set("start", (end - duration_ms).max(0.0)).is_err() || set("end", end).is_err() {
        return;
    }
    let measure = Reflect::get(&clock, &"measure".into()).ok().and_then(|f| f.dyn_into().ok());
    if let Some(measure) = measure {
        let measure: js_sys::Function = measure;
        measure.call2(&clock, &name.into(), &options).ok();
        // Observers have it; nothing is piled up.
        clock.clear_measures_with_measure_name(name);
    }
}

/// Asks the browser not to clear what this page keeps. It may ask the user, or refuse: what is kept stays kept all the same.
pub fn keep_for_good() {
    let storage =
        window().and_then(|window| Reflect::get(&window.navigator(), &"storage".into()).ok());
    let persist =
        storage.as_ref().and_then(|storage| Reflect::get(storage, &"persist".into()).ok());
    if let Some((storage, persist)) = storage.zip(persist)
        && let Ok(persist) = persist.dyn_into::<js_sys::Function>()
    {
        persist.call0(&storage).ok();
    }
}

/// Time since the page was opened, ms.
pub fn clock() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// The time now, ms since 1970.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

//! The one Wasm module: in a window it mounts the page, in a worker it serves requests.

fn main() {
    if web_sys::window().is_some() {
        cleansweep::web::page::guard_markup();
        leptos::mount::mount_to_body(cleansweep::ui::App);
    } else {
        cleansweep::web::worker::serve();
    }
}

//! The page: the one Wasm module. In a window it mounts the components of [`ui`], in a worker it serves requests by [`web`].
//! The library below it, which computes everything, is the crate `cleansweep`.

mod ui;
mod web;

// The names by which the page's files know the library's modules.
use cleansweep::{
    charts, diagnose, domain, engine, format, import, metrics, protocol, quality, service, session,
    strategy, table, universe, validate, work, workspace,
};

fn main() {
    web::text::install();
    if web_sys::window().is_some() {
        web::page::guard_markup();
        leptos::mount::mount_to_body(ui::App);
    } else {
        web::worker::serve();
    }
}

//! The page: components of [`ui`] over the browser in [`web`]. What is computed is computed by its workers, a module of their
//! own (`worker.rs`); the library below both is the crate `cleansweep`.

mod ui;
mod web;

// The names by which the page's files know the library's modules.
use cleansweep::{
    audit, backtest, charts, diagnose, domain, engine, format, import, ledger, metrics, protocol,
    quality, search, session, strategy, table, universe, validate, work, workspace,
};

fn main() {
    web::page::guard_markup();
    leptos::mount::mount_to_body(ui::App);
}

//! A worker: the library's service behind messages. A module without a view, as the page is one without an engine.

/// What a worker needs of the browser.
mod web {
    pub mod describe;
    pub mod text;
    pub mod worker;
}

// The names by which these files know the library's modules.
use cleansweep::{domain, import, protocol, service, universe};

fn main() {
    web::text::install();
    web::worker::serve();
}

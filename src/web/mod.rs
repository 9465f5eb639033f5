//! The only files that touch the browser: workers, canvas, files, listeners, colours of the page. `text` and `worker` are the
//! workers' own, in their module.

pub mod canvas;
mod describe;
pub mod files;
pub mod hooks;
pub mod page;
pub mod pool;
pub mod store;

//! The only files that touch the browser: workers, canvas, files, listeners, colours of the page.

pub mod canvas;
pub mod files;
pub mod hooks;
pub mod page;
pub mod pool;
pub mod text;
pub mod worker;

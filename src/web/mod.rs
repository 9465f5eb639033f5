//! The only files that touch the browser: workers, canvas, files, colours of the page.

pub mod canvas;
pub mod files;
pub mod page;
pub mod pool;
pub mod text;
pub mod worker;

//! The frame around the pages: bar, tabs, drop zone, help, notices, what a link says.

mod app;
mod bar;
mod help;
mod link;
mod open;

pub use app::App;

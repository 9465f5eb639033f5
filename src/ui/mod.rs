//! The page: components over the signals of [`state`]. Panels own nothing and compute nothing.
//!
//! ```text
//! frame → pages → {parts, charts} → state
//! ```

mod charts;
mod frame;
mod pages;
mod parts;
mod state;

pub use frame::App;

//! Results as documents: the JSON `cleansweep/1`, and CSV files that can be read back.

pub mod anatomy;
pub mod audit;
pub mod contamination;
pub mod csv;
pub mod html;
pub mod json;
pub mod markets;
pub mod merge;
pub mod multiverse;
pub mod places;
pub mod saved;
pub mod search;

pub use json::{Document, Section};

//! What is wrong with the rows, and what each cleaning policy keeps.
//!
//! [`Market`] orders, de-duplicates and flags the rows of a file once; [`report`] counts what it found and judges it by
//! the gates of [`checks`]; [`clean`] turns it into the rows an engine may use, by a named policy; [`synth`] makes the samples.

pub mod checks;
pub mod clean;
mod cleaning;
mod flagging;
mod grid;
pub mod level;
mod market;
pub mod places;
pub mod plausible;
pub mod report;
mod source;
mod spike;
pub mod synth;
pub mod verdict;

pub use clean::{Cleaned, Policy};
pub use cleaning::{CLEANING, Cleaning, readers};
pub use grid::{Grid, Slots, is_thin};
pub use market::{Gap, Market, Order, tradable_values};
pub use places::Places;
pub use report::Report;
pub use spike::excursions;
pub use verdict::{Judgement, Outcome, Sufficiency};

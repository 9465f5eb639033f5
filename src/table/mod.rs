//! How things are declared: parameters, the conditions of a strategy, and what a test of one found.
//!
//! One table each, read by whoever computes, shows, bounds, writes or documents: nothing here knows a strategy, a policy or
//! a page.

mod condition;
mod params;
mod split;

pub use condition::{ConditionSpec, StageSpec, Test, Tested, Verdict};
pub(crate) use params::params;
pub use params::{Field, Kind, ParamError, ParamSpec, ParamValue, Unit, first_or, off_word};
pub(crate) use split::{first_of, second_of};

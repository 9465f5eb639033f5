//! Why are there so few trades? Counts of what each condition lets through, and what it costs.

mod funnel;

pub use funnel::{Alone, Funnel, SideFunnel, Stage, funnel, gained_if_removed};

//! Every reported number: one table, one family of formulas a file. METHOD §8.

mod grid;
mod input;
pub mod stats;
mod table;
mod trades;

pub use grid::{Calendar, FEWEST_POINTS, Grid, GridUnit};
pub use input::MetricInput;
pub use stats::quantile;
pub use table::{Basis, Better, METRICS, MetricSpec, MetricUnit, evaluate, spec};

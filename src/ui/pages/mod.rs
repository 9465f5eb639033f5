//! One folder a page; a page names no other page.

mod backtest;
mod clean;
mod compare;
mod data;
mod robust;
mod search;
mod validate;

pub use backtest::BacktestPage;
pub use clean::CleanPage;
pub use compare::ComparePage;
pub use data::DataPage;
pub use robust::RobustPage;
pub use search::SearchPage;
pub use validate::ValidatePage;

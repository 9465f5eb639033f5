//! The page: components over the signals of [`state`]. Panels own nothing and compute nothing.

mod app;
mod backtest;
mod charts;
mod clean;
mod data;
mod funnel;
mod open;
mod params;
mod parts;
mod result;
mod shell;
mod state;
mod trades;

pub use app::App;

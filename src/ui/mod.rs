//! The page: components over the signals of [`state`]. Panels own nothing and compute nothing.

mod app;
mod backtest;
mod charts;
mod clean;
mod compare;
mod costs;
mod data;
mod explain;
mod funnel;
mod help;
mod keep;
mod open;
mod params;
mod parts;
mod reading;
mod result;
mod shell;
mod state;
mod trades;
mod validate;

pub use app::App;

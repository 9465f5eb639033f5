//! Clean Sweep: data quality, cleaning and honest backtests of a liquidity-sweep strategy.
//!
//! Layers, each importing only what stands below it:
//!
//! ```text
//! ui → web → {work, service} → workspace → protocol → session → export
//!    → {search → ledger → validate, diagnose, {universe, robust} → quality, import} → anatomy → metrics → backtest → strategy
//!    → engine → table → {format, domain}
//! charts → {format, domain}
//! ```
//!
//! `web` and `ui` are the page: a package of their own (`page/Cargo.toml`) over this library.
//!
//! ```
//! use cleansweep::backtest::Window;
//! use cleansweep::import;
//! use cleansweep::quality::Cleaning;
//! use cleansweep::quality::synth::Sample;
//! use cleansweep::session::{Session, Settings};
//! use cleansweep::strategy::{Params, StrategyId};
//!
//! let import = import::import(Sample::Clean.csv().as_bytes()).expect("a sample is a candle file");
//! let mut session = Session::new(import);
//! for strategy in StrategyId::all() {
//!     let settings =
//!         Settings { cleaning: Cleaning::default(), params: Params::new(strategy), window: Window::newest(5_000) };
//!     let result = session.run(&settings);
//!     assert!(!result.backtest.trades.is_empty(), "{} trades", strategy.get().label);
//! }
//! ```
//!
//! Start with [`domain`] for the words, [`quality`] for what is wrong with rows, [`engine`] for what a trade is, and
//! [`session`] for how the page and the command ask for all of it.

pub mod anatomy;
pub mod audit;
pub mod backtest;
pub mod charts;
pub mod diagnose;
pub mod domain;
pub mod engine;
pub mod export;
pub mod format;
pub mod import;
pub mod ledger;
pub mod metrics;
pub mod protocol;
pub mod quality;
pub mod random;
pub mod robust;
pub mod search;
pub mod service;
pub mod session;
pub mod strategy;
pub mod table;
pub mod universe;
pub mod validate;
pub mod work;
pub mod workspace;

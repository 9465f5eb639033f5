//! The bar loop: from what a strategy asks for to trades, rejections and equity. METHOD §7, METHOD-STRATEGIES §1.

use super::equity;
use super::fills::{self, Order, Path};
use super::{Asks, EngineParams, ExitRule, Gate, Intent, Series};
use crate::domain::{DAY_MS, Rejection, Side, Trade};
use serde::{Deserialize, Serialize};

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A trade: its number.
    Trade(u32),
    /// No trade.
    Rejected(Rejection),
}

/// A signal with what became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalOutcome {
    /// What the strategy asked for.
    pub signal: Intent,
    /// What became of it.
    pub outcome: Outcome,
}

/// Trades and rejections of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// First clock row that may hold an entry.
    pub first_row: u32,
    /// Signals of the window, by signal row.
    pub signals: Vec<SignalOutcome>,
    /// Trades, by entry row.
    pub trades: Vec<Trade>,
    /// Equity after the last trade.
    pub end_equity: f64,
}

/// Where a run starts, which way ambiguous rows go, and what is not tested.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// First clock row that may hold an entry.
    pub first_row: u32,
    /// What happens inside an ambiguous row.
    pub path: Path,
    /// The condition that is not tested.
    pub without: Option<Gate>,
}

/// Valid candle in the sense of METHOD §2: may carry a signal.
pub fn signal_valid(series: &Series, atr: &[f64], row: usize) -> bool {
    series.sound[row] && series.high[row] > series.low[row] && atr[row] > 0.0001 * series.close[row]
}

/// ATR is at least the minimum share of price.
pub fn not_quiet(series: &Series, atr: &[f64], params: &EngineParams, row: usize) -> bool {
    atr[row] >= params.min_atr_frac * series.close[row]
}

/// Stop distance / entry fill of an order given at usable row `at`; `None` without a next row or a distance.
pub fn stop_frac(
    series: &Series,
    params: &EngineParams,
    exits: &ExitRule,
    side: Side,
    (at, atr): (usize, f64),
) -> Option<f64> {
    if at + 1 >= series.len() {
        return None;
    }
    let order = Order { side, entry: at + 1, atr, equity: params.starting_equity, exits };
    let (fill, distance) = fills::entry_fill(series, params, &order);
    (distance > 0.0).then(|| distance / fill)
}

/// The trade that an order given at usable row `at` makes with the starting equity, and the usable row of its exit. The next
/// row must exist; fields about the signal are not set.
pub fn trade_at(
    series: &Series,
    params: &EngineParams,
    exits: &ExitRule,
    side: Side,
    (at, atr): (usize, f64),
) -> (Trade, usize) {
    let order = Order { side, entry: at + 1, atr, equity: params.starting_equity, exits };
    let (trade, exit) = fills::trade(series, params, &order, Path::Pessimistic);
    (trade, exit.row)
}

/// True when the order of a signal at usable row `at` would fill in the window; without a next row it would fill after
/// the data, which belongs to every window.
pub fn in_window(series: &Series, first_row: u32, at: u32) -> bool {
    series.clock_row.get(at as usize + 1).is_none_or(|&row| row >= first_row)
}

struct Account<'a> {
    series: &'a Series,
    params: &'a EngineParams,
    first_row: u32,
    equity: f64,
    /// Highest equity at any exit, the start included; and the same without the last exit.
    peak: f64,
    peak_before: f64,
    trades: Vec<Trade>,
}

impl Account<'_> {
    /// Marked equity at the close of a clock row, of which every entry is known.
    fn marked_at(&self, clock_row: u32) -> f64 {
        let later = self.trades.partition_point(|trade| trade.entry_row <= clock_row);
        let Some(trade) = later.checked_sub(1).map(|i| &self.trades[i]) else {
            return self.params.starting_equity;
        };
        if trade.exit_row <= clock_row {
            return equity::after(trade);
        }
        let usable = self.series.usable_from(clock_row + 1) - 1;
        equity::mark(trade, self.params.fee, self.series.close[usable])
    }

    /// A portfolio stop is in force at the close of a usable row.
    fn stopped(&self, row: usize) -> bool {
        if self.params.drawdown_stop.is_none() && self.params.daily_loss_limit.is_none() {
            return false;
        }
        let clock_row = self.series.clock_row[row];
        // A position whose exit is ordered but not yet filled is still marked.
        let open = self.trades.last().is_some_and(|trade| trade.exit_row > clock_row);
        let (now, peak) = if open {
            (self.marked_at(clock_row), self.peak_before)
        } else {
            (self.equity, self.peak)
        };
        let drawdown = self.params.drawdown_stop.is_some_and(|x| now <= (1.0 - x) * peak);
        let daily = self.params.daily_loss_limit.is_some_and(|x| {
            let times = &self.series.clock_time_ms;
            let time = times[clock_row as usize];
            let day_start = time.div_euclid(DAY_MS) * DAY_MS;
            let rows_before = times.partition_point(|&time| time < day_start) as u32;
            let at_start = if rows_before > self.first_row {
                self.marked_at(rows_before - 1)
            } else {
                self.params.starting_equity
            };
            now <= (1.0 - x) * at_start
        });
        drawdown || daily
    }

    fn close(&mut self, trade: Trade) {
        self.equity = equity::after(&trade);
        self.peak_before = self.peak;
        self.peak = self.peak.max(self.equity);
        self.trades.push(trade);
    }
}

/// Runs what a strategy asks for through filters, fills and sizing.
pub fn run(
    series: &Series,
    atr: &[f64],
    params: &EngineParams,
    asks: &Asks,
    options: RunOptions,
) -> Backtest {
    let tests = |gate| options.without != Some(gate);
    let mut account = Account {
        series,
        params,
        first_row: options.first_row,
        equity: params.starting_equity,
        peak: params.starting_equity,
        peak_before: params.starting_equity,
        trades: Vec::new(),
    };
    // What can be told of a signal by its own row, before anything else.
    let unfit = |intent: &Intent| {
        let t = intent.at as usize;
        if tests(Gate::Valid) && !signal_valid(series, atr, t) {
            Some(Rejection::InvalidCandle)
        } else if tests(Gate::NotQuiet) && !not_quiet(series, atr, params, t) {
            Some(Rejection::TooQuiet)
        } else if tests(Gate::Spike)
            && series.spike[intent.from as usize]
            && intent.at > intent.from
        {
            Some(Rejection::Spike)
        } else {
            None
        }
    };
    let mut outcomes = Vec::new();
    // Usable row from which on signals are heard again: that of the last exit, or of the order for it.
    let mut busy_until = 0;
    for &signal in &asks.intents {
        let t = signal.at as usize;
        if !in_window(series, options.first_row, signal.at) {
            continue;
        }
        let entry = t + 1;
        let exits = asks.exits_of(&signal);
        let order = Order { side: signal.side, entry, atr: atr[t], equity: account.equity, exits };
        let expired = || {
            entry >= series.len()
                || series.segment_start[entry] != series.segment_start[t]
                || (tests(Gate::Expired)
                    && series.clock_row[entry] - series.clock_row[t] > params.max_entry_delay)
        };
        let too_tight = || {
            let (fill, distance) = fills::entry_fill(series, params, &order);
            // A distance of zero has no size, whatever is tested.
            let defined = distance > 0.0;
            !defined || (tests(Gate::StopTooTight) && distance / fill < params.min_stop_frac)
        };
        let rejection = if let Some(code) = unfit(&signal) {
            Some(code)
        } else if t < busy_until {
            Some(Rejection::PositionOpen)
        } else if expired() {
            Some(Rejection::Expired)
        } else if account.equity <= 0.0 {
            Some(Rejection::NoEquity)
        } else if account.stopped(t) {
            Some(Rejection::PortfolioStop)
        } else if too_tight() {
            Some(Rejection::StopTooTight)
        } else {
            None
        };
        let outcome = match rejection {
            Some(code) => Outcome::Rejected(code),
            None => {
                let (mut trade, exit) = fills::trade(series, params, &order, options.path);
                if !trade.is_finite() {
                    // At the ends of what numbers can hold a stop is too tight for any size.
                    let outcome = Outcome::Rejected(Rejection::StopTooTight);
                    outcomes.push(SignalOutcome { signal, outcome });
                    continue;
                }
                trade.origin = signal.origin;
                trade.from_row = series.clock_row[signal.from as usize];
                trade.signal_row = series.clock_row[t];
                // A signal at the close that orders the exit fills at the same open, after it.
                busy_until = if exit.was_ordered { exit.row - 1 } else { exit.row };
                account.close(trade);
                Outcome::Trade(account.trades.len() as u32 - 1)
            }
        };
        outcomes.push(SignalOutcome { signal, outcome });
    }
    Backtest {
        first_row: options.first_row,
        signals: outcomes,
        end_equity: account.equity,
        trades: account.trades,
    }
}

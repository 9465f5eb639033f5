//! The bar loop: from what a strategy asks for to trades, rejections and equity. METHOD §7, METHOD-STRATEGIES §1.

use super::equity;
use super::fills::{self, Exit, Order, Path};
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
#[inline]
pub fn signal_valid(series: &Series, atr: &[f64], row: usize) -> bool {
    series.sound[row] && series.high[row] > series.low[row] && atr[row] > 0.0001 * series.close[row]
}

/// ATR is at least the minimum share of price.
#[inline]
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
    let equity = params.starting_equity;
    let order = Order { side, entry: at + 1, atr, equity, places: 1.0, exits };
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
    let equity = params.starting_equity;
    let order = Order { side, entry: at + 1, atr, equity, places: 1.0, exits };
    let (trade, exit) = fills::trade(series, params, &order, Path::Pessimistic);
    (trade, exit.row)
}

/// True when the order of a signal at usable row `at` would fill in the window; without a next row it would fill after
/// the data, which belongs to every window.
#[inline]
pub fn in_window(series: &Series, first_row: u32, at: u32) -> bool {
    series.clock_row.get(at as usize + 1).is_none_or(|&row| row >= first_row)
}

/// One market as the loop sees it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its rows.
    pub series: &'a Series,
    /// ATR of every usable row, NaN where undefined.
    pub atr: &'a [f64],
    /// What the strategy asks for on it.
    pub asks: &'a Asks,
    /// First clock row that may hold an entry.
    pub first_row: u32,
}

impl Field<'_> {
    /// When a signal is heard.
    #[inline]
    fn heard(&self, number: usize) -> Moment {
        let signal = self.asks.intents.get(number);
        signal.map_or(Moment::NEVER, |signal| {
            Moment::at(self.time(signal.at as usize), Phase::Signal)
        })
    }

    /// Open time of a usable row, ms.
    #[inline]
    fn time(&self, usable: usize) -> i64 {
        self.series.clock_time_ms[self.series.clock_row[usable] as usize]
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
    let field = Field { series, atr, asks, first_row: options.first_row };
    run_markets(&[field], params, options.path, options.without).swap_remove(0)
}

/// Where a step stands among those of one time: exits at the open, entries, exits in the row, signals. METHOD-STRATEGIES §6.
#[derive(Clone, Copy, Debug)]
enum Phase {
    ExitAtOpen,
    Entry,
    ExitInRow,
    Signal,
}

/// A moment of the run, time and phase in one number: a run looks for the next one as often as there are signals. Where
/// several markets act at once, the first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(i64);

impl Moment {
    /// Nothing happens any more.
    const NEVER: Self = Self(i64::MAX);

    /// Times of rows lie far within a quarter of what the number holds.
    #[inline]
    const fn at(time_ms: i64, phase: Phase) -> Self {
        Self(time_ms.saturating_mul(4).saturating_add(phase as i64))
    }

    #[inline]
    const fn time_ms(self) -> i64 {
        self.0 >> 2
    }

    #[inline]
    const fn phase(self) -> Phase {
        match self.0 & 3 {
            0 => Phase::ExitAtOpen,
            1 => Phase::Entry,
            2 => Phase::ExitInRow,
            _ => Phase::Signal,
        }
    }
}

/// A position that was entered; how it ends is known from its entry on, and looked at when its time has come.
#[derive(Clone, Debug)]
struct Position {
    trade: Trade,
    /// When it ends.
    end: Moment,
    /// The exit was ordered at the close of this usable row, and fills at the next.
    ordered_at: Option<usize>,
}

/// An order that was accepted at the close of its signal and fills at the open of the next usable row.
struct Pending {
    signal: Intent,
    /// When it fills.
    fills: Moment,
    /// Place of the signal among the outcomes of its market.
    place: usize,
    /// The trade that it makes with the equity known at the signal, and how it ends.
    planned: (Trade, Exit),
}

/// One market with what was done on it.
struct Desk<'a> {
    field: Field<'a>,
    /// The next signal to be heard.
    next: usize,
    /// When it is heard.
    heard: Moment,
    pending: Option<Pending>,
    open: Option<Position>,
    /// Usable row from which on signals are heard again: that of the last exit, or of the order for it.
    busy_until: usize,
    outcomes: Vec<SignalOutcome>,
    trades: Vec<Trade>,
}

impl Desk<'_> {
    /// On to the next signal.
    #[inline]
    fn go_on(&mut self) {
        self.next += 1;
        self.heard = self.field.heard(self.next);
    }

    /// The next thing that happens here; what ends comes before what begins.
    #[inline]
    fn moment(&self) -> Moment {
        let entry = self.pending.as_ref().map_or(Moment::NEVER, |pending| pending.fills);
        let end = self.open.as_ref().map_or(Moment::NEVER, |open| open.end);
        end.min(entry).min(self.heard)
    }

    /// Equity with a position of this market added, at the close of the last usable row up to a time.
    fn mark(&self, equity: f64, trade: &Trade, fee: f64, time_ms: i64) -> f64 {
        let series = self.field.series;
        let rows = series.clock_time_ms.partition_point(|&time| time <= time_ms) as u32;
        let close = series.close[series.usable_from(rows) - 1];
        equity::with_open(equity, trade, fee, close)
    }
}

/// What was closed on all markets.
struct Account {
    /// Starting equity and all that was closed.
    equity: f64,
    /// Highest such equity at any exit, the start included.
    peak: f64,
    /// When each trade ended, in that order, and the equity after it, ms and quote currency.
    closed: Vec<(i64, f64)>,
}

/// Runs what a strategy asks for on several markets over one account, by time: METHOD-STRATEGIES §6 with one position a
/// market and no limit across them. Markets act in the order in which they are given. One backtest a market; each ends with
/// the equity of the account after its last trade.
///
/// Costs O(signals × markets), and what the fills cost.
pub fn run_markets(
    fields: &[Field<'_>],
    params: &EngineParams,
    path: Path,
    without: Option<Gate>,
) -> Vec<Backtest> {
    let start = params.starting_equity;
    let mut run = Run {
        params,
        path,
        without,
        account: Account { equity: start, peak: start, closed: Vec::new() },
        desks: fields
            .iter()
            .map(|&field| Desk {
                field,
                next: 0,
                heard: field.heard(0),
                pending: None,
                open: None,
                busy_until: 0,
                outcomes: Vec::with_capacity(field.asks.intents.len()),
                trades: Vec::with_capacity(field.asks.intents.len()),
            })
            .collect(),
    };
    loop {
        let (mut next, mut at) = (Moment::NEVER, 0);
        for (place, desk) in run.desks.iter().enumerate() {
            let moment = desk.moment();
            if moment < next {
                (next, at) = (moment, place);
            }
        }
        if next == Moment::NEVER {
            break;
        }
        let time_ms = next.time_ms();
        match next.phase() {
            Phase::ExitAtOpen | Phase::ExitInRow => run.end(at, time_ms),
            Phase::Entry => run.enter(at, time_ms),
            Phase::Signal => run.signal(at, time_ms),
        }
    }
    let end_equity = run.account.equity;
    run.desks
        .into_iter()
        .map(|desk| Backtest {
            first_row: desk.field.first_row,
            signals: desk.outcomes,
            end_equity,
            trades: desk.trades,
        })
        .collect()
}

struct Run<'a> {
    params: &'a EngineParams,
    path: Path,
    without: Option<Gate>,
    account: Account,
    desks: Vec<Desk<'a>>,
}

impl Run<'_> {
    #[inline]
    fn tests(&self, gate: Gate) -> bool {
        self.without != Some(gate)
    }

    /// A position ends: its result is the account's from now on.
    fn end(&mut self, at: usize, time_ms: i64) {
        let Some(position) = self.desks[at].open.take() else { return };
        let account = &mut self.account;
        account.equity += position.trade.net;
        account.peak = account.peak.max(account.equity);
        account.closed.push((time_ms, account.equity));
        self.desks[at].trades.push(position.trade);
    }

    /// Closed results and open positions at their last usable closes up to a time.
    fn marked(&self, time_ms: i64) -> f64 {
        let fee = self.params.fee;
        self.desks.iter().fold(self.account.equity, |equity, desk| {
            let times = &desk.field.series.clock_time_ms;
            // Entries of one open are all sized by the account before any of them.
            let entered = |open: &&Position| times[open.trade.entry_row as usize] <= time_ms;
            match desk.open.as_ref().filter(entered) {
                Some(open) => desk.mark(equity, &open.trade, fee, time_ms),
                None => equity,
            }
        })
    }

    /// The same at an earlier time, of which everything is known.
    fn marked_at(&self, time_ms: i64) -> f64 {
        let later = self.account.closed.partition_point(|&(time, _)| time <= time_ms);
        let closed = later.checked_sub(1).map(|last| self.account.closed[last].1);
        let equity = closed.unwrap_or(self.params.starting_equity);
        self.desks.iter().fold(equity, |equity, desk| {
            let series = desk.field.series;
            let time = |row: u32| series.clock_time_ms[row as usize];
            let after = desk.trades.partition_point(|trade| time(trade.exit_row) <= time_ms);
            let open = desk.open.as_ref().map(|open| &open.trade);
            match desk.trades.get(after).or(open).filter(|t| time(t.entry_row) <= time_ms) {
                Some(trade) => desk.mark(equity, trade, self.params.fee, time_ms),
                None => equity,
            }
        })
    }

    /// A portfolio stop is in force at the close of a row.
    fn is_stopped(&self, time_ms: i64) -> bool {
        let params = self.params;
        if params.drawdown_stop.is_none() && params.daily_loss_limit.is_none() {
            return false;
        }
        let now = self.marked(time_ms);
        let peak = self.account.peak;
        let drawdown = params.drawdown_stop.is_some_and(|x| now <= (1.0 - x) * peak);
        let daily = params.daily_loss_limit.is_some_and(|x| {
            let day_start = time_ms.div_euclid(DAY_MS) * DAY_MS;
            let last_before = self.desks.iter().filter_map(|desk| {
                let times = &desk.field.series.clock_time_ms;
                let rows = times.partition_point(|&time| time < day_start);
                (rows as u32 > desk.field.first_row).then(|| times[rows - 1])
            });
            let at_start =
                last_before.max().map_or(params.starting_equity, |time| self.marked_at(time));
            now <= (1.0 - x) * at_start
        });
        drawdown || daily
    }

    /// What can be told of a signal by its own row, before anything else.
    fn unfit(&self, field: &Field<'_>, intent: &Intent) -> Option<Rejection> {
        let (series, atr) = (field.series, field.atr);
        let t = intent.at as usize;
        if self.tests(Gate::Valid) && !signal_valid(series, atr, t) {
            Some(Rejection::InvalidCandle)
        } else if self.tests(Gate::NotQuiet) && !not_quiet(series, atr, self.params, t) {
            Some(Rejection::TooQuiet)
        } else if self.tests(Gate::Spike)
            && series.spike[intent.from as usize]
            && intent.at > intent.from
        {
            Some(Rejection::Spike)
        } else {
            None
        }
    }

    /// The next signal of a market is judged at its close; what is accepted becomes an order.
    fn signal(&mut self, at: usize, time_ms: i64) {
        let desk = &self.desks[at];
        let field = desk.field;
        let signal = field.asks.intents[desk.next];
        let series = field.series;
        let t = signal.at as usize;
        self.desks[at].go_on();
        if !in_window(series, field.first_row, signal.at) {
            return;
        }
        let desk = &self.desks[at];
        let entry = t + 1;
        let expired = || {
            entry >= series.len()
                || series.segment_start[entry] != series.segment_start[t]
                || (self.tests(Gate::Expired)
                    && series.clock_row[entry] - series.clock_row[t] > self.params.max_entry_delay)
        };
        // The entry follows the exit that is ordered for the same open.
        let ordered = desk.open.as_ref().filter(|open| open.ordered_at == Some(t));
        let equity = ordered.map_or(self.account.equity, |o| self.account.equity + o.trade.net);
        let too_tight = || {
            let (fill, distance) =
                fills::entry_fill(series, self.params, &self.order(at, &signal, equity));
            // A distance of zero has no size, whatever is tested.
            let defined = distance > 0.0;
            !defined
                || (self.tests(Gate::StopTooTight) && distance / fill < self.params.min_stop_frac)
        };
        let rejection = if let Some(code) = self.unfit(&field, &signal) {
            Some(code)
        } else if t < desk.busy_until || desk.pending.is_some() {
            Some(Rejection::PositionOpen)
        } else if expired() {
            Some(Rejection::Expired)
        } else if equity <= 0.0 {
            Some(Rejection::NoEquity)
        } else if self.is_stopped(time_ms) {
            Some(Rejection::PortfolioStop)
        } else if too_tight() {
            Some(Rejection::StopTooTight)
        } else {
            None
        };
        let planned = rejection.is_none().then(|| self.fill(at, &signal, equity)).flatten();
        let desk = &mut self.desks[at];
        // The outcome of an order is written when it fills.
        let outcome = Outcome::Rejected(rejection.unwrap_or(Rejection::StopTooTight));
        desk.outcomes.push(SignalOutcome { signal, outcome });
        let place = desk.outcomes.len() - 1;
        desk.pending = match planned {
            Some(planned) => {
                let fills = Moment::at(field.time(entry), Phase::Entry);
                Some(Pending { signal, fills, place, planned })
            }
            None => desk.pending.take(),
        };
    }

    #[inline]
    fn order(&self, at: usize, signal: &Intent, equity: f64) -> Order<'_> {
        let field = &self.desks[at].field;
        let t = signal.at as usize;
        Order {
            side: signal.side,
            entry: t + 1,
            atr: field.atr[t],
            equity,
            places: self.desks.len() as f64,
            exits: field.asks.exits_of(signal),
        }
    }

    /// What an order makes with so much equity; at the ends of what numbers can hold a stop is too tight for any size.
    fn fill(&self, at: usize, signal: &Intent, equity: f64) -> Option<(Trade, Exit)> {
        let field = &self.desks[at].field;
        let order = self.order(at, signal, equity);
        let (mut trade, exit) = fills::trade(field.series, self.params, &order, self.path);
        if !trade.is_finite() {
            return None;
        }
        trade.origin = signal.origin;
        trade.from_row = field.series.clock_row[signal.from as usize];
        trade.signal_row = field.series.clock_row[signal.at as usize];
        Some((trade, exit))
    }

    /// An order fills, sized by the account as it stands before this open.
    fn enter(&mut self, at: usize, time_ms: i64) {
        let Some(pending) = self.desks[at].pending.take() else { return };
        let Pending { signal, place, planned, .. } = pending;
        let equity = self.marked(time_ms - 1);
        // On one market nothing moves the account between signal and entry.
        let same = planned.0.equity_before.to_bits() == equity.to_bits();
        let filled = if same { Some(planned) } else { self.fill(at, &signal, equity) };
        let Some((trade, exit)) = filled else { return };
        let field = self.desks[at].field;
        let phase = if exit.at_open { Phase::ExitAtOpen } else { Phase::ExitInRow };
        let desk = &mut self.desks[at];
        // A signal at the close that orders the exit fills at the same open, after it.
        let ordered_at = exit.was_ordered.then(|| exit.row - 1);
        desk.busy_until = ordered_at.unwrap_or(exit.row);
        let number = desk.trades.len() as u32;
        desk.outcomes[place].outcome = Outcome::Trade(number);
        desk.open =
            Some(Position { trade, end: Moment::at(field.time(exit.row), phase), ordered_at });
    }
}

//! One trade from its entry row to its exit. METHOD §7.1–§7.5 and §7.7,
//! METHOD-STRATEGIES §1 for exits that a strategy asks for.

use super::series::BLOCK;
use super::{EngineParams, ExitRule, Series};
use crate::domain::{ExitReason, Origin, Side, Trade};

/// What happens inside a row that holds both stop and target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// The stop comes first.
    Pessimistic,
    /// The target comes first.
    Optimistic,
}

/// What an order knows when it fills.
pub(super) struct Order<'a> {
    pub side: Side,
    pub entry: usize,
    pub atr: f64,
    pub equity: f64,
    /// Positions that share the leverage.
    pub places: f64,
    pub exits: &'a ExitRule,
}

/// Entry fill and stop distance of an order.
#[inline]
pub(super) fn entry_fill(series: &Series, params: &EngineParams, order: &Order<'_>) -> (f64, f64) {
    let fill = series.open[order.entry] * (1.0 + order.side.sign() * params.slippage);
    (fill, order.exits.stop_atr * order.atr)
}

pub(super) struct Exit {
    pub row: usize,
    pub price: f64,
    pub reason: ExitReason,
    pub ambiguous: bool,
    /// It happens at the open, before entries of the same time.
    pub at_open: bool,
    /// An exit was ordered at the close of the usable row before.
    pub was_ordered: bool,
    /// Lowest and highest price of the position: of the exit row only the exit price counts, but for exits at the close.
    range: (f64, f64),
}

/// The first exit in the order of METHOD §7.4; what a strategy asks for comes last at the open.
#[inline]
fn find_exit(
    series: &Series,
    order: &Order<'_>,
    (stop, target): (f64, Option<f64>),
    path: Path,
) -> Exit {
    let sign = order.side.sign();
    // Without a limit or a target no row and no price reaches them.
    let last_row = order
        .exits
        .time_limit
        .map_or(u64::MAX, |limit| u64::from(series.clock_row[order.entry]) + u64::from(limit));
    let target = target.unwrap_or(sign * f64::INFINITY);
    let states = order.exits.states.as_ref().map(|states| states.of(order.side));
    let mut was_ordered = false;
    // Of the rows before.
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    let exit = |row, price: f64, reason, was_ordered, (low, high): (f64, f64)| Exit {
        row,
        price,
        reason,
        ambiguous: false,
        at_open: false,
        was_ordered,
        range: (low.min(price), high.max(price)),
    };
    let at_open = |row, reason, was_ordered, range| Exit {
        at_open: true,
        ..exit(row, series.open[row], reason, was_ordered, range)
    };
    let blocks = series.blocks();
    // What a strategy wants is known row by row.
    let may_skip = blocks.are_sound && states.is_none();
    let mut row = order.entry;
    while row < series.len() {
        if may_skip && row.is_multiple_of(BLOCK) && row + BLOCK <= series.len() {
            let (low, high) = (blocks.low[row / BLOCK], blocks.high[row / BLOCK]);
            let (adverse, favourable) = if sign > 0.0 { (low, high) } else { (high, low) };
            let is_quiet = sign * adverse > sign * stop && sign * favourable < sign * target;
            if is_quiet && u64::from(series.clock_row[row + BLOCK - 1]) < last_row {
                range = (range.0.min(low), range.1.max(high));
                row += BLOCK;
                continue;
            }
        }
        let open = series.open[row];
        let clock = u64::from(series.clock_row[row]);
        if sign * open <= sign * stop {
            return at_open(row, ExitReason::Stop, was_ordered, range);
        }
        if sign * open >= sign * target {
            return at_open(row, ExitReason::Target, was_ordered, range);
        }
        if clock > last_row {
            return at_open(row, ExitReason::Time, was_ordered, range);
        }
        if was_ordered {
            return at_open(row, ExitReason::Signal, true, range);
        }
        let (adverse, favourable) = match order.side {
            Side::Long => (series.low[row], series.high[row]),
            Side::Short => (series.high[row], series.low[row]),
        };
        let stopped = sign * adverse <= sign * stop;
        let reached = sign * favourable >= sign * target;
        let ambiguous = stopped && reached;
        if stopped && !(ambiguous && path == Path::Optimistic) {
            return Exit { ambiguous, ..exit(row, stop, ExitReason::Stop, false, range) };
        }
        if reached {
            return Exit { ambiguous, ..exit(row, target, ExitReason::Target, false, range) };
        }
        range = (range.0.min(series.low[row]), range.1.max(series.high[row]));
        if clock == last_row {
            let close = series.close[row];
            return exit(row, close, ExitReason::Time, false, range);
        }
        was_ordered = states.is_some_and(|states| states[row]);
        row += 1;
    }
    let last = series.len() - 1;
    let close = series.close[last];
    exit(last, close, ExitReason::EndOfData, false, range)
}

/// Runs one trade. Returns it with its exit; the fields about the signal are the caller's.
pub(super) fn trade(
    series: &Series,
    params: &EngineParams,
    order: &Order<'_>,
    path: Path,
) -> (Trade, Exit) {
    let sign = order.side.sign();
    let (fill, stop_distance) = entry_fill(series, params, order);
    let stop = fill - sign * stop_distance;
    let target = order.exits.target_r.map(|ratio| fill + sign * (ratio * stop_distance));

    let mut quantity = order.equity * params.risk_per_trade / stop_distance;
    let mut capped = false;
    if let Some(leverage) = params.max_leverage {
        let most = leverage / order.places * order.equity;
        if quantity * fill > most {
            quantity = most / fill;
            capped = true;
        }
    }

    let exit = find_exit(series, order, (stop, target), path);
    let entry_raw = series.open[order.entry];
    let exit_fill = exit.price * (1.0 - sign * params.slippage);
    let gross = sign * (exit.price - entry_raw) * quantity;
    let slippage_cost =
        sign * (fill - entry_raw) * quantity + sign * (exit.price - exit_fill) * quantity;
    let fees = params.fee * (quantity * fill) + params.fee * (quantity * exit_fill);
    // Largest moves in price against and for the position, from the entry fill on.
    let (lowest, highest) = exit.range;
    let (adverse, favourable) = if sign > 0.0 { (lowest, highest) } else { (highest, lowest) };
    let adverse = (sign * (fill - adverse)).max(0.0);
    let favourable = (sign * (favourable - fill)).max(0.0);
    let trade = Trade {
        side: order.side,
        origin: Origin::default(),
        from_row: 0,
        signal_row: 0,
        entry_row: series.clock_row[order.entry],
        exit_row: series.clock_row[exit.row],
        // The row before is the one at whose close the exit was ordered.
        exit_signal_row: exit.was_ordered.then(|| series.clock_row[exit.row - 1]),
        entry_raw_price: entry_raw,
        entry_price: fill,
        stop_price: stop,
        target_price: target,
        exit_raw_price: exit.price,
        exit_price: exit_fill,
        stop_distance,
        quantity,
        notional: quantity * fill,
        equity_before: order.equity,
        risk: quantity * stop_distance,
        gross,
        fees,
        slippage_cost,
        net: gross - slippage_cost - fees,
        mae_r: adverse / stop_distance,
        mfe_r: favourable / stop_distance,
        exit_reason: exit.reason,
        ambiguous: exit.ambiguous,
        capped,
        exit_in_spike: series.spike[exit.row],
    };
    (trade, exit)
}

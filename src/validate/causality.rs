//! Does the result use the future? The strategy is run again on the beginnings of the user's own rows: what was known at
//! a cut must be the same as in the whole file. METHOD §6, "Prefix invariance".

use crate::backtest::Stages;
use crate::domain::{ExitReason, Trade};
use crate::engine::{Backtest, Path, Series, SignalOutcome};
use crate::strategy::Params;
use serde::{Deserialize, Serialize};

/// Cuts made on a file. Own choice: enough to meet every part of the file, few enough for a second of work.
pub const CUTS: usize = 48;

/// What one cut compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Signals known at the cut.
    pub signals: usize,
    /// Trades closed by then.
    pub trades: usize,
}

/// A number that was not the same before the future was known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Usable rows that were known.
    pub rows: usize,
    /// Open time of the last of them, ms.
    pub time_ms: i64,
    /// What differs.
    pub what: String,
}

/// Usable row counts to cut at, inside the run's window: half of them evenly, half inside trades, where an order is open.
///
/// Before the window nothing is decided, and a signal on the last known row would count as inside of it only because its next
/// row is not known yet.
pub fn cuts(series: &Series, backtest: &Backtest) -> Vec<usize> {
    let (first, rows) = (series.usable_from(backtest.first_row), series.len());
    let half = CUTS / 2;
    let mut cuts: Vec<i64> = Vec::new();
    let trades = &backtest.trades;
    let even = (1..=half).map(|i| first + i * (rows - first) / (half + 1));
    let inside = (0..half.min(trades.len())).map(|i| {
        let trade = &trades[i * trades.len() / half.min(trades.len())];
        let middle = trade.entry_row + trade.rows_held() / 2;
        series.usable_from(middle) + 1
    });
    let is_cut = |cut: &usize| *cut > 0 && *cut >= first && *cut < rows;
    cuts.extend(even.chain(inside).filter(is_cut).map(|cut| cut as i64));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.into_iter().map(|cut| cut as usize).collect()
}

/// Runs the first `rows` usable rows and compares what was known then with the whole run.
pub fn check_cut(
    series: &Series,
    params: &Params,
    full: &Backtest,
    rows: usize,
) -> Result<Compared, Violation> {
    let early = Stages::new(series.prefix(rows)).run(params, full.first_row, Path::Pessimistic);
    compare(series, rows, &early, full)
}

/// Compares a run on the first `rows` usable rows with one on all of them.
pub fn compare(
    series: &Series,
    rows: usize,
    early: &Backtest,
    full: &Backtest,
) -> Result<Compared, Violation> {
    let end = if rows == 0 { 0 } else { series.clock_row[rows - 1] };
    let violation = |what: String| Violation {
        rows,
        time_ms: series.clock_time_ms.get(end as usize).copied().unwrap_or(0),
        what,
    };
    let differ = |what: &str, a: usize, b: usize| {
        violation(format!("{what} known at the cut: {a} without the future, {b} with it"))
    };
    let known = |run: &Backtest| -> Vec<SignalOutcome> {
        run.signals.iter().filter(|s| (s.signal.at as usize) < rows).copied().collect()
    };
    let (a, b) = (known(early), known(full));
    if a.iter().map(|s| s.signal).ne(b.iter().map(|s| s.signal)) {
        return Err(differ("signals", a.len(), b.len()));
    }
    // The last row's signal acts at a row that is not yet known.
    let acted = |signals: &[SignalOutcome]| -> Vec<SignalOutcome> {
        signals.iter().filter(|s| (s.signal.at as usize) + 1 < rows).copied().collect()
    };
    if acted(&a) != acted(&b) {
        return Err(violation("the outcome of a signal known at the cut".to_owned()));
    }
    let closed = |run: &Backtest| -> Vec<Trade> {
        let known = run.trades.iter().filter(|trade| trade.exit_row <= end);
        known.filter(|trade| trade.exit_reason != ExitReason::EndOfData).cloned().collect()
    };
    let (early_trades, trades) = (closed(early), closed(full));
    if early_trades != trades {
        return Err(differ("trades closed and", early_trades.len(), trades.len()));
    }
    Ok(Compared { signals: a.len(), trades: trades.len() })
}

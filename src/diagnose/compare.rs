//! Two results, on other rows or with other settings: which trades are the same, and where the difference in money comes from.
//!
//! Rows are counted differently under different policies, so trades are matched by time.

use crate::domain::{Side, Trade};
use crate::engine::Series;
use serde::{Deserialize, Serialize};

/// What became of a trade between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Change {
    /// Same entry and exit: times, prices and reason.
    Kept,
    /// Same entry, another exit time, price or reason.
    ExitChanged,
    /// Same signal, filled at another time or price.
    Moved,
    /// Only in the first run.
    Lost,
    /// Only in the second run.
    New,
}

impl Change {
    /// Every change, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Kept, Self::ExitChanged, Self::Moved, Self::Lost, Self::New];

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::ExitChanged => "exit_changed",
            Self::Moved => "moved",
            Self::Lost => "lost",
            Self::New => "new",
        }
    }

    /// Name on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kept => "Kept",
            Self::ExitChanged => "Exit changed",
            Self::Moved => "Moved",
            Self::Lost => "Lost",
            Self::New => "New",
        }
    }
}

/// A trade of either run, or the same one of both. At least one number is there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// What became of it.
    pub change: Change,
    /// Number in the first run.
    pub before: Option<u32>,
    /// Number in the second run.
    pub after: Option<u32>,
    /// Net of the second run less that of the first; a trade that is not there has none.
    pub net: f64,
}

/// Where the difference in net profit comes from; the three add up to it.
///
/// Own choice, because it is exact and symmetric: of a trade that both runs have, net = R · risk, and the difference is
/// split at the mean risk and the mean R. A trade that only one run has counts with its whole net as signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Other trades.
    pub signals: f64,
    /// Other fills of the same trades: their R.
    pub fills: f64,
    /// Other sizes of the same trades: their risk.
    pub sizing: f64,
}

/// Two runs, trade by trade.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Every trade of either run, by entry time.
    pub pairs: Vec<Pair>,
    /// Where the difference in money comes from.
    pub parts: Parts,
}

impl Comparison {
    /// Trades with this change.
    pub fn count(&self, change: Change) -> usize {
        self.pairs.iter().filter(|pair| pair.change == change).count()
    }
}

struct Timed<'a> {
    trade: &'a Trade,
    signal_ms: i64,
    entry_ms: i64,
    exit_ms: i64,
}

fn timed<'a>(series: &Series, trade: &'a Trade) -> Timed<'a> {
    let time = |row: u32| series.clock_time_ms[row as usize];
    Timed {
        trade,
        signal_ms: time(trade.signal_row),
        entry_ms: time(trade.entry_row),
        exit_ms: time(trade.exit_row),
    }
}

impl Timed<'_> {
    fn key(&self) -> (i64, Side) {
        (self.signal_ms, self.trade.side)
    }

    fn change(&self, after: &Self) -> Change {
        let (a, b) = (self.trade, after.trade);
        if self.entry_ms != after.entry_ms || a.entry_price != b.entry_price {
            Change::Moved
        } else if self.exit_ms != after.exit_ms
            || a.exit_price != b.exit_price
            || a.exit_reason != b.exit_reason
        {
            Change::ExitChanged
        } else {
            Change::Kept
        }
    }
}

/// Compares two runs; each comes with the series whose rows it counts.
pub fn compare(before: (&Series, &[Trade]), after: (&Series, &[Trade])) -> Comparison {
    let a: Vec<Timed<'_>> = before.1.iter().map(|trade| timed(before.0, trade)).collect();
    let b: Vec<Timed<'_>> = after.1.iter().map(|trade| timed(after.0, trade)).collect();
    let mut result = Comparison::default();
    let (mut i, mut j) = (0, 0);
    // Both lists are in signal order, and a signal row gives at most one trade.
    while i < a.len() || j < b.len() {
        let first = a.get(i).map(Timed::key);
        let second = b.get(j).map(Timed::key);
        let (only_first, only_second) = match (first, second) {
            (Some(first), Some(second)) => (first < second, second < first),
            (Some(_), None) => (true, false),
            _ => (false, true),
        };
        if only_first {
            let net = -a[i].trade.net;
            result.parts.signals += net;
            let before = Some(i as u32);
            result.pairs.push(Pair { change: Change::Lost, before, after: None, net });
            i += 1;
        } else if only_second {
            let net = b[j].trade.net;
            result.parts.signals += net;
            let after = Some(j as u32);
            result.pairs.push(Pair { change: Change::New, before: None, after, net });
            j += 1;
        } else {
            let (x, y) = (a[i].trade, b[j].trade);
            let (r, risk) = (y.net_r() - x.net_r(), y.risk - x.risk);
            result.parts.fills += r * f64::midpoint(x.risk, y.risk);
            result.parts.sizing += risk * f64::midpoint(x.net_r(), y.net_r());
            result.pairs.push(Pair {
                change: a[i].change(&b[j]),
                before: Some(i as u32),
                after: Some(j as u32),
                net: y.net - x.net,
            });
            i += 1;
            j += 1;
        }
    }
    result
}

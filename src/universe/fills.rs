//! Which venues the trades of a merged market were filled at.

use super::merge::Source;
use crate::backtest::Stages;
use crate::engine::Path;
use crate::quality::{Cleaning, Market, clean};
use crate::strategy::Params;

/// Where the orders of a backtest of merged rows under `mask` would have been filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fills {
    /// Source of entry and exit of each trade.
    pub trades: Vec<(Source, Source)>,
}

impl Fills {
    /// Runs the strategy over all rows. `sources` are those of the market's rows.
    pub fn of(market: &Market, sources: &[Source], params: &Params) -> Self {
        // Merged rows have unique times, so under mask the clock is the rows.
        let series = clean::clean(market, &Cleaning::default()).series;
        let run = Stages::new(series).run(params, 0, Path::Pessimistic);
        let source = |row: u32| sources[row as usize];
        let trades = run.trades.iter().map(|t| (source(t.entry_row), source(t.exit_row)));
        Self { trades: trades.collect() }
    }

    /// Entries and exits at a source.
    pub fn at(&self, source: Source) -> (usize, usize) {
        let count = |of: fn(&(Source, Source)) -> Source| {
            self.trades.iter().filter(|trade| of(trade) == source).count()
        };
        (count(|trade| trade.0), count(|trade| trade.1))
    }

    /// Trades that were entered at one source and left at another.
    pub fn two_sources(&self) -> usize {
        self.trades.iter().filter(|(entry, exit)| entry != exit).count()
    }
}

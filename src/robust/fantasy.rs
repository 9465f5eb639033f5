//! Fills that nobody could have had: what `raw` trades on rows in which nobody traded, priced again at the next row in
//! which somebody did. METHOD-DATA §5.

use crate::domain::{ExitReason, Trade};
use crate::engine::Series;
use crate::quality::Market;

/// What a fill in an untradable row is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Repriced {
    /// Entry and exit before slippage, at the open of the next tradable row where their own is none; quote currency.
    At {
        /// Entry.
        entry_price: f64,
        /// Exit.
        exit_price: f64,
    },
    /// The first tradable row comes after the exit: there would be no such trade.
    NoSuchTrade,
    /// No tradable row follows.
    NoTradableRowLater,
}

impl Repriced {
    /// Code in documents of what has no price.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::At { .. } => None,
            Self::NoSuchTrade => Some("no_such_trade"),
            Self::NoTradableRowLater => Some("no_tradable_row_later"),
        }
    }
}

/// A trade with a fill in an untradable row.
#[derive(Clone, Debug)]
pub struct FantasyTrade {
    /// Place among the trades of the run.
    pub id: usize,
    /// As filled.
    pub trade: Trade,
    /// The entry's row is untradable.
    pub entry: bool,
    /// The exit's row is untradable.
    pub exit: bool,
    /// What it would have been.
    pub repriced: Repriced,
    /// Net as filled − net as repriced, quote currency: size, fees and slippage stay as they were. `None` where it has no price.
    pub gain: Option<f64>,
}

impl FantasyTrade {
    /// [`Self::gain`] in multiples of the risk.
    pub fn gain_r(&self) -> Option<f64> {
        self.gain.map(|gain| gain / self.trade.risk)
    }
}

/// The fantasy fills of a run.
#[derive(Clone, Debug)]
pub struct Fantasy {
    /// All trades of the run.
    pub trades: Vec<Trade>,
    /// Those with a fill in an untradable row.
    pub list: Vec<FantasyTrade>,
}

impl Fantasy {
    /// Of the trades that the raw rows of a file gave.
    pub fn of(market: &Market, series: &Series, trades: Vec<Trade>) -> Self {
        let times = &market.candles.time_ms;
        let at = |row: u32| {
            let time = series.clock_time_ms[row as usize];
            times.partition_point(|&other| other < time)
        };
        let later = |row: usize| (row + 1..times.len()).find(|&row| market.tradable(row));
        let list = trades.iter().enumerate().filter_map(|(id, trade)| {
            let (entry_row, exit_row) = (at(trade.entry_row), at(trade.exit_row));
            let (entry, exit) = (!market.tradable(entry_row), !market.tradable(exit_row));
            if !entry && !exit {
                return None;
            }
            // Row and price of a fill, moved where nobody traded.
            let fill = |is_moved: bool, row: usize, price: f64| {
                if !is_moved {
                    return Some((row, price));
                }
                later(row).map(|row| (row, market.candles.open[row]))
            };
            let fills = fill(entry, entry_row, trade.entry_raw_price).zip(fill(
                exit,
                exit_row,
                trade.exit_raw_price,
            ));
            let repriced = match fills {
                None => Repriced::NoTradableRowLater,
                Some((entry, exit)) if entry.0 > exit.0 => Repriced::NoSuchTrade,
                Some((entry, exit)) => Repriced::At { entry_price: entry.1, exit_price: exit.1 },
            };
            let gain = match repriced {
                Repriced::At { entry_price, exit_price } => {
                    let gross = trade.side.sign() * (exit_price - entry_price) * trade.quantity;
                    Some(trade.gross - gross)
                }
                Repriced::NoSuchTrade => Some(trade.net),
                Repriced::NoTradableRowLater => None,
            };
            Some(FantasyTrade { id, trade: trade.clone(), entry, exit, repriced, gain })
        });
        let list = list.collect();
        Self { trades, list }
    }

    /// Fills in untradable rows: entries, then exits by reason.
    pub fn fills(&self) -> (usize, Vec<(ExitReason, usize)>) {
        let exits = ExitReason::ALL.map(|reason| {
            let of = |one: &&FantasyTrade| one.exit && one.trade.exit_reason == reason;
            (reason, self.list.iter().filter(of).count())
        });
        (self.list.iter().filter(|one| one.entry).count(), exits.to_vec())
    }

    /// Net results in R of the trades with such a fill, or of the others.
    pub fn net_r(&self, is_fantasy: bool) -> Vec<f64> {
        let is_listed = |id: usize| self.list.binary_search_by_key(&id, |one| one.id).is_ok();
        let trades = self.trades.iter().enumerate();
        trades
            .filter(|(id, _)| is_listed(*id) == is_fantasy)
            .map(|(_, trade)| trade.net_r())
            .collect()
    }

    /// Trades that ended as a code says.
    pub fn count(&self, repriced: Repriced) -> usize {
        self.list.iter().filter(|one| one.repriced.code() == repriced.code()).count()
    }
}

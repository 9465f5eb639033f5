//! Fingerprints of a result that fit into a link: is a colleague's result the same, and if not, from which trade on?

use crate::domain::{Side, hex};
use crate::protocol::TradeView;
use sha2::{Digest as _, Sha256};

/// Most marks in a link; with more trades a mark stands for several of them.
const MOST_MARKS: usize = 400;
/// The digits of marks: six bits each, safe in links.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A list of trades in short: its length, a hash of all of them, and marks along the way.
///
/// Each mark is six bits of a hash chained from the first trade on, so the first mark that differs names the first trade
/// that differs (a chance of 1 in 64 to name a later one; the hash of all is 64 bits).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultPrint {
    /// Number of trades.
    pub trades: usize,
    /// The last link of the chain, 16 hexadecimal digits.
    pub hash: String,
    /// One digit a group of trades.
    pub marks: String,
}

impl ResultPrint {
    /// The fingerprint of a list of trades.
    pub fn of(trades: &[TradeView]) -> Self {
        let group = trades.len().div_ceil(MOST_MARKS).max(1);
        let mut chain = [0_u8; 32];
        let mut marks = String::new();
        for (i, shown) in trades.iter().enumerate() {
            let trade = &shown.trade;
            let mut hash = Sha256::new();
            hash.update(chain);
            hash.update([u8::from(trade.side == Side::Short), trade.exit_reason as u8]);
            hash.update(shown.times_ms.0.to_le_bytes());
            hash.update(shown.times_ms.1.to_le_bytes());
            for value in [trade.entry_price, trade.exit_price, trade.quantity, trade.net] {
                hash.update(value.to_bits().to_le_bytes());
            }
            chain.copy_from_slice(&hash.finalize());
            if (i + 1) % group == 0 || i + 1 == trades.len() {
                marks.push(char::from(DIGITS[usize::from(chain[31] & 63)]));
            }
        }
        Self { trades: trades.len(), hash: hex(&chain[..8]), marks }
    }

    /// The first trades that differ (`from..to`, 0-based), if any do.
    fn first_difference(&self, other: &Self) -> Option<(usize, usize)> {
        if self == other {
            return None;
        }
        let group = self.trades.div_ceil(MOST_MARKS).max(1);
        if group != other.trades.div_ceil(MOST_MARKS).max(1) {
            return Some((0, self.trades.max(other.trades)));
        }
        let same = self.marks.bytes().zip(other.marks.bytes()).take_while(|(a, b)| a == b).count();
        let from = (same * group).min(self.trades.min(other.trades));
        // Without another mark the difference hides behind an equal one: the last group.
        let from = if same == self.marks.len() && self.trades == other.trades {
            from.saturating_sub(group)
        } else {
            from
        };
        Some((from, (from + group).min(self.trades.max(other.trades))))
    }
}

/// How one's own result compares with the one of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Same rows, same trades.
    Same,
    /// Other rows, but the same trades.
    OtherDataSameTrades,
    /// The trades differ from here on.
    Differ {
        /// The rows are the same.
        same_data: bool,
        /// First trade that may differ, 0-based.
        from: usize,
        /// After the last trade that may be the first to differ.
        to: usize,
    },
}

/// Compares data fingerprints (a prefix is enough) and results.
pub fn agreement(data: (&str, &str), result: (&ResultPrint, &ResultPrint)) -> Agreement {
    let same_data = data.0.starts_with(data.1) || data.1.starts_with(data.0);
    match result.0.first_difference(result.1) {
        None if same_data => Agreement::Same,
        None => Agreement::OtherDataSameTrades,
        Some((from, to)) => Agreement::Differ { same_data, from, to },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::synth::Sample;
    use crate::session::Session;

    fn trades(count: usize) -> Vec<TradeView> {
        let mut session =
            Session::new(crate::import::import(Sample::Job143.csv().as_bytes()).unwrap());
        let result = session.run(&super::super::Workspace::default().settings);
        let views: Vec<TradeView> = result
            .backtest
            .trades
            .into_iter()
            .map(|trade| TradeView {
                times_ms: (i64::from(trade.entry_row), i64::from(trade.exit_row)),
                candles: [0; 5],
                line: None,
                note: String::new(),
                trade,
            })
            .collect();
        views.into_iter().cycle().take(count).collect()
    }

    #[test]
    fn the_first_trade_that_differs_is_named() {
        let mine = trades(300);
        let print = ResultPrint::of(&mine);
        assert_eq!((print.marks.len(), print.hash.len()), (300, 16));
        assert_eq!(agreement(("abc", "ab"), (&print, &print)), Agreement::Same);
        assert_eq!(agreement(("abc", "x"), (&print, &print)), Agreement::OtherDataSameTrades);
        let mut exact = 0;
        for changed in 0..mine.len() {
            let mut theirs = mine.clone();
            theirs[changed].trade.exit_price *= 1.000_001;
            let found = agreement(("a", "a"), (&print, &ResultPrint::of(&theirs)));
            let Agreement::Differ { same_data: true, from, to } = found else {
                panic!("{found:?}")
            };
            assert!(from < to && from <= changed + 3, "{changed}: {from}");
            exact += usize::from((from, to) == (changed, changed + 1));
        }
        assert!(exact > 280, "{exact}");
    }

    #[test]
    fn missing_trades_and_long_lists_are_found_too() {
        let mine = trades(1_165);
        let print = ResultPrint::of(&mine);
        assert!(print.marks.len() <= MOST_MARKS);
        let mut theirs = mine.clone();
        theirs[700].trade.net += 1.0;
        let found = agreement(("a", "a"), (&print, &ResultPrint::of(&theirs)));
        assert!(
            matches!(found, Agreement::Differ { from, to, .. } if from <= 700 && 700 < to + 3 && to - from <= 3),
            "{found:?}"
        );
        let short = ResultPrint::of(&mine[..1_164]);
        let found = agreement(("a", "a"), (&print, &short));
        assert!(matches!(found, Agreement::Differ { from, .. } if from >= 1_161), "{found:?}");
        assert_eq!(ResultPrint::of(&[]), ResultPrint::of(&[]));
    }
}

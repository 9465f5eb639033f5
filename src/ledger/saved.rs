//! Configurations that the user saved.

use super::Place;
use crate::domain::Measure;
use serde::{Deserialize, Serialize};

/// Win rate below which the source deleted a configuration. Here it is hidden, if the user wants that: what is deleted is
/// missing from the count of trials, and that count is what the bar rests on.
pub const HIDDEN_BELOW: f64 = 0.10;
/// Rows of the list of the best.
pub const TOP: usize = 10;

/// A configuration with what it showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// What tells it from all others.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// Symbol, or the name of the file where none is known.
    pub market: String,
    /// Venue, where it is known.
    pub venue: Option<String>,
    /// Timeframe, ms, where it is known.
    pub timeframe_ms: Option<i64>,
    /// Name of the strategy in documents.
    pub strategy: String,
    /// SHA-256 of the rows.
    pub data: String,
    /// First half of the hash of the configuration, hexadecimal.
    pub config: String,
    /// Over which window.
    pub place: Place,
    /// Its settings, as the text of a link.
    pub link: String,
    /// When it was saved, ms since 1970.
    pub created_ms: i64,
    /// All metrics by key.
    pub metrics: Vec<(String, Measure)>,
}

impl Saved {
    /// A metric, where it is defined.
    pub fn metric(&self, key: &str) -> Option<f64> {
        let (_, value) = self.metrics.iter().find(|(of, _)| of == key)?;
        value.as_ref().ok().copied()
    }

    /// The source would have deleted it.
    pub fn is_hidden(&self) -> bool {
        self.metric("win_rate").is_some_and(|rate| rate < HIDDEN_BELOW)
    }
}

/// Which of the saved configurations are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Only the best by Sharpe ratio: of each configuration over a window the one that was saved last.
    pub top: bool,
    /// Those with a win rate below 10 % are left out.
    pub hide: bool,
}

/// The places of what is listed, in order, and how many are hidden. All are listed newest first.
pub fn listed(all: &[Saved], how: Listed) -> (Vec<usize>, usize) {
    let newest = {
        let mut order: Vec<u32> = (0..all.len() as u32).collect();
        crate::domain::sort_rows(&mut order, |at| -all[at as usize].created_ms);
        order
    };
    let mut places: Vec<usize> = newest.into_iter().map(|at| at as usize).collect();
    let before = places.len();
    if how.hide {
        places.retain(|&at| !all[at].is_hidden());
    }
    let hidden = before - places.len();
    if how.top {
        let mut best: Vec<usize> = Vec::new();
        for at in places {
            let one = &all[at];
            let is_known = best.iter().any(|&known| {
                all[known].config == one.config
                    && all[known].data == one.data
                    && all[known].place == one.place
            });
            if one.metric("sharpe").is_some() && !is_known {
                best.push(at);
            }
        }
        let sharpe = |at: usize| all[at].metric("sharpe").unwrap_or(f64::NEG_INFINITY);
        // Of equal ones the newest is first, as it stood before.
        let mut order: Vec<u32> = (0..best.len() as u32).collect();
        crate::domain::sort_rows(&mut order, |place| {
            -crate::domain::order_of(sharpe(best[place as usize]))
        });
        places = order.into_iter().map(|place| best[place as usize]).take(TOP).collect();
    }
    (places, hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Undefined;
    use crate::metrics::GridUnit;

    fn saved(config: &str, created_ms: i64, sharpe: Option<f64>, win_rate: f64) -> Saved {
        let sharpe = sharpe.ok_or_else(|| Undefined::because("no trade"));
        Saved {
            id: format!("{created_ms}-{config}"),
            name: config.to_owned(),
            market: "SOL/USDT".to_owned(),
            venue: None,
            timeframe_ms: Some(300_000),
            strategy: "sweep".to_owned(),
            data: "d".to_owned(),
            config: config.to_owned(),
            place: Place { first_ms: 0, last_ms: 1, unit: GridUnit::Day },
            link: "v1".to_owned(),
            created_ms,
            metrics: vec![("sharpe".to_owned(), sharpe), ("win_rate".to_owned(), Ok(win_rate))],
        }
    }

    #[test]
    fn the_best_are_the_newest_of_each_by_sharpe() {
        let mut all = vec![
            saved("a", 1, Some(2.0), 0.4),
            // The same one again, on rows that grew: the newest counts.
            saved("a", 5, Some(0.5), 0.4),
            saved("b", 2, Some(1.0), 0.05),
            saved("c", 3, None, 0.4),
            saved("d", 4, Some(1.0), 0.4),
        ];
        let names = |how: Listed, all: &[Saved]| {
            let (places, hidden) = listed(all, how);
            (places.iter().map(|&at| all[at].id.clone()).collect::<Vec<_>>().join(" "), hidden)
        };
        let both = Listed { top: true, hide: false };
        assert_eq!(names(both, &all), ("4-d 2-b 5-a".to_owned(), 0));
        assert_eq!(names(Listed { top: true, hide: true }, &all), ("4-d 5-a".to_owned(), 1));
        assert_eq!(names(Listed::default(), &all), ("5-a 4-d 3-c 2-b 1-a".to_owned(), 0));
        assert_eq!(
            names(Listed { top: false, hide: true }, &all),
            ("5-a 4-d 3-c 1-a".to_owned(), 1)
        );
        all.extend((10..40).map(|at| saved(&at.to_string(), at, Some(at as f64), 0.4)));
        let (best, _) = names(both, &all);
        assert!(best.starts_with("39-39 38-38") && best.ends_with("30-30"), "{best}");
    }

    #[test]
    fn a_win_rate_of_a_tenth_is_not_hidden() {
        assert!(!saved("a", 1, None, 0.1).is_hidden());
        assert!(saved("a", 1, None, 0.099).is_hidden());
        let without = Saved { metrics: Vec::new(), ..saved("a", 1, None, 0.0) };
        assert!(!without.is_hidden(), "no trade, no win rate");
    }
}

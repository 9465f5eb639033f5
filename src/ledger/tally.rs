//! Which configurations were seen, and what they showed.

use crate::domain::Measure;
use crate::metrics::GridUnit;
use crate::validate::variance_of_trials;
use serde::{Deserialize, Serialize};

/// A window with its grid: Sharpe ratios are compared within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Open time of the first row that may hold an entry, ms.
    pub first_ms: i64,
    /// Open time of the last row, ms.
    pub last_ms: i64,
    /// Length of a cell.
    pub unit: GridUnit,
}

/// A configuration that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// [`crate::ledger::Looks::id`].
    pub config: u128,
    /// Its Sharpe ratio per cell, where it is defined.
    pub sharpe: Option<f64>,
}

/// Length of a configuration in bytes.
const SEEN: usize = 24;

impl Seen {
    /// Configurations as bytes, 24 for each, little endian: the hash, then the Sharpe ratio, which is NaN where it is not
    /// defined.
    pub fn to_bytes(all: &[Self]) -> Vec<u8> {
        let mut out = Vec::with_capacity(all.len() * SEEN);
        for seen in all {
            out.extend_from_slice(&seen.config.to_le_bytes());
            out.extend_from_slice(&seen.sharpe.unwrap_or(f64::NAN).to_le_bytes());
        }
        out
    }

    /// Reads [`Self::to_bytes`]; what is left over at the end is no configuration.
    pub fn from_bytes(bytes: &[u8]) -> Vec<Self> {
        let one = |bytes: &[u8]| {
            let (config, sharpe) = bytes.split_at(16);
            let sharpe = f64::from_le_bytes(sharpe.try_into().ok()?);
            let config = u128::from_le_bytes(config.try_into().ok()?);
            Some(Self { config, sharpe: sharpe.is_finite().then_some(sharpe) })
        };
        bytes.chunks_exact(SEEN).filter_map(one).collect()
    }
}

/// Configurations that were seen on some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenAt {
    /// SHA-256 of the rows.
    pub data: String,
    /// Over which window.
    pub place: Place,
    /// Which.
    pub seen: Vec<Seen>,
}

/// What a ledger says of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// Distinct configurations of these rows, by whatever cleaning and over whatever window.
    pub configurations: u32,
    /// The same, counted once for each window.
    pub looks: u32,
    /// Distinct configurations of this very window and grid.
    pub here: u32,
    /// Variance (ddof 1) of their Sharpe ratios per cell, where five or more are defined.
    pub variance: Measure,
}

/// All that was seen of some rows. It only grows.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// In ascending order.
    configs: Vec<u128>,
    /// Each in the order of its configurations.
    places: Vec<(Place, Vec<Seen>)>,
}

/// Puts values into an ascending list that does not have them yet.
fn merge<T: Copy>(list: &mut Vec<T>, more: Vec<T>, key: fn(&T) -> u128) {
    if let [one] = more[..] {
        let at = list.partition_point(|known| key(known) < key(&one));
        list.insert(at, one);
        return;
    }
    let old = std::mem::take(list);
    list.reserve(old.len() + more.len());
    let mut more = more.into_iter().peekable();
    for known in old {
        while let Some(next) = more.next_if(|next| key(next) < key(&known)) {
            list.push(next);
        }
        list.push(known);
    }
    list.extend(more);
}

impl Tally {
    fn at(&self, place: &Place) -> &[Seen] {
        let found = self.places.iter().find(|(known, _)| known == place);
        found.map_or(&[], |(_, seen)| seen)
    }

    /// Counts configurations; those that were new over this window are returned, each once.
    pub fn add(&mut self, place: &Place, seen: &[Seen]) -> Vec<Seen> {
        let known = self.at(place);
        let is_new =
            |seen: &&Seen| known.binary_search_by(|of| of.config.cmp(&seen.config)).is_err();
        let mut fresh: Vec<Seen> = seen.iter().filter(is_new).copied().collect();
        if fresh.is_empty() {
            return fresh;
        }
        let mut order: Vec<u128> = fresh.iter().map(|seen| seen.config).collect();
        order.sort_unstable();
        order.dedup();
        // The first that was said of each.
        let mut first: Vec<Option<Seen>> = vec![None; order.len()];
        for seen in &fresh {
            let at = order.partition_point(|config| *config < seen.config);
            first[at].get_or_insert(*seen);
        }
        fresh.clear();
        fresh.extend(first.into_iter().flatten());
        order.retain(|config| self.configs.binary_search(config).is_err());
        merge(&mut self.configs, order, |config| *config);
        if self.places.iter().all(|(known, _)| known != place) {
            self.places.push((*place, Vec::new()));
        }
        if let Some((_, seen)) = self.places.iter_mut().find(|(known, _)| known == place) {
            merge(seen, fresh.clone(), |seen| seen.config);
        }
        fresh
    }

    /// What it says of a window.
    pub fn counted(&self, place: &Place) -> Counted {
        let here = self.at(place);
        let sharpes: Vec<f64> = here.iter().filter_map(|seen| seen.sharpe).collect();
        Counted {
            configurations: self.configs.len() as u32,
            looks: self.places.iter().map(|(_, seen)| seen.len() as u32).sum(),
            here: here.len() as u32,
            variance: variance_of_trials(&sharpes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn place(last_ms: i64) -> Place {
        Place { first_ms: 0, last_ms, unit: GridUnit::Day }
    }

    #[test]
    fn it_counts_as_sets_do_in_whatever_portions() {
        let mut tally = Tally::default();
        let (mut configs, mut places) =
            (BTreeSet::new(), BTreeMap::<i64, BTreeMap<u128, f64>>::new());
        let mut state = 1_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for _ in 0..300 {
            let at = next(3) as i64;
            let seen: Vec<Seen> = (0..next(12))
                .map(|_| Seen { config: u128::from(next(150)) << 64, sharpe: Some(next(9) as f64) })
                .collect();
            let known = places.entry(at).or_default();
            let mut fresh = Vec::new();
            for one in &seen {
                configs.insert(one.config);
                if let std::collections::btree_map::Entry::Vacant(entry) = known.entry(one.config) {
                    entry.insert(one.sharpe.unwrap());
                    fresh.push(*one);
                }
            }
            fresh.sort_by_key(|seen| seen.config);
            assert_eq!(tally.add(&place(at), &seen), fresh);
            let counted = tally.counted(&place(at));
            assert_eq!(counted.configurations as usize, configs.len());
            assert_eq!(counted.looks as usize, places.values().map(BTreeMap::len).sum::<usize>());
            assert_eq!(counted.here as usize, places[&at].len());
            let values: Vec<f64> = places[&at].values().copied().collect();
            assert_eq!(counted.variance, variance_of_trials(&values));
        }
        assert!(tally.counted(&place(0)).variance.is_ok());
    }

    #[test]
    fn another_window_is_another_look_at_the_same_configuration() {
        let mut tally = Tally::default();
        let seen = [Seen { config: 7, sharpe: None }];
        assert_eq!(tally.add(&place(1), &seen).len(), 1);
        assert_eq!(tally.add(&place(1), &seen).len(), 0);
        assert_eq!(tally.add(&place(2), &seen).len(), 1);
        let counted = tally.counted(&place(2));
        assert_eq!((counted.configurations, counted.looks, counted.here), (1, 2, 1));
        assert!(counted.variance.is_err(), "one configuration has no variance");
    }

    #[test]
    fn bytes_are_read_as_they_were_written() {
        let all = [
            Seen { config: u128::MAX, sharpe: Some(-1.5e-300) },
            Seen { config: 0, sharpe: None },
            Seen { config: 1 << 100, sharpe: Some(0.0) },
        ];
        let mut bytes = Seen::to_bytes(&all);
        assert_eq!(Seen::from_bytes(&bytes), all);
        bytes.pop();
        assert_eq!(Seen::from_bytes(&bytes), all[..2], "a torn end is no configuration");
        assert_eq!(Seen::from_bytes(&[]), []);
    }
}

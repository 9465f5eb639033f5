//! Several files at once: what waits to be read, what was read, which of it belongs together, and how venues are merged.

use crate::import::Reading;
use crate::universe::{MarketId, MergePolicy};
use std::collections::VecDeque;
use web_sys::Blob;

/// How venues are merged, as the user has chosen.
#[derive(Clone, Default)]
pub struct Merging {
    /// Who comes first; a market that is not in it comes last.
    pub order: Vec<MarketId>,
    /// Those that may not stand in.
    pub off: Vec<MarketId>,
    /// How.
    pub policy: MergePolicy,
    /// Prices stay on the level of their venue.
    pub keeps_level: bool,
}

impl Merging {
    /// Markets in the chosen order.
    pub fn sort(&self, ids: &mut [MarketId]) {
        let place = |id: &MarketId| self.order.iter().position(|known| known == id);
        // What was never moved keeps its place behind the others.
        crate::domain::sort_short(ids, |a, b| {
            place(a).unwrap_or(usize::MAX) < place(b).unwrap_or(usize::MAX)
        });
    }

    /// Takes a market one place forward among those that are offered.
    pub fn sooner(&mut self, id: MarketId, offered: &[MarketId]) {
        let mut order = offered.to_vec();
        if let Some(at) = order.iter().position(|own| *own == id).filter(|at| *at > 0) {
            order.swap(at, at - 1);
        }
        self.order.retain(|known| !order.contains(known));
        self.order.extend(order);
    }
}

/// A file that waits.
#[derive(Clone)]
pub(super) struct Item {
    /// Its name.
    pub name: String,
    /// Its name with the folders that are known.
    pub path: String,
    /// Its bytes.
    pub blob: Blob,
    /// Choices about it: which file of an archive, which of several symbols.
    pub reading: Reading,
}

/// Files that are opened together.
#[derive(Clone, Default)]
pub(super) struct Batch {
    /// Those that wait.
    pub waiting: VecDeque<Item>,
    /// All of them.
    pub total: usize,
    /// The one under way, to be looked into where it holds several.
    pub now: Option<Item>,
    /// Markets that were read.
    pub read: Vec<MarketId>,
    /// Markets of one key that are still to be joined.
    pub joins: VecDeque<Vec<MarketId>>,
    /// What is to be told at the end.
    pub told: Vec<String>,
}

impl Batch {
    /// Files with their paths, to be read in the order of their paths.
    pub fn of(files: Vec<(String, Blob)>) -> Self {
        let mut waiting: Vec<Item> = files
            .into_iter()
            .map(|(path, blob)| {
                let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                Item { name, path, blob, reading: Reading::default() }
            })
            .collect();
        let key = |item: &Item| item.path.to_ascii_lowercase();
        crate::domain::sort_short(&mut waiting, |a, b| key(a) < key(b));
        Self { total: waiting.len(), waiting: waiting.into(), ..Self::default() }
    }

    /// Puts what a file holds in the place of the file: the files of an archive, the symbols of a table.
    pub fn look_into(&mut self, key: &str, values: &[String]) -> bool {
        if !matches!(key, "member" | "symbol") {
            return false;
        }
        let Some(item) = self.now.take() else { return false };
        let mut inside = Vec::new();
        for value in values {
            let mut reading = item.reading.clone();
            if reading.set(key, value).is_err() {
                return false;
            }
            let (name, path) = match key {
                "member" => {
                    let name = value.rsplit('/').next().unwrap_or_default().to_owned();
                    (name, format!("{}/{value}", item.path))
                }
                _ => (format!("{} {value}", item.name), item.path.clone()),
            };
            inside.push(Item { name, path, blob: item.blob.clone(), reading });
        }
        self.total += inside.len();
        self.total = self.total.saturating_sub(1);
        for item in inside.into_iter().rev() {
            self.waiting.push_front(item);
        }
        true
    }

    /// Number of the file under way, from 1.
    pub fn number(&self) -> usize {
        self.total - self.waiting.len()
    }
}

/// Markets with one key, two or more of each, in their order.
pub(super) fn of_one_key(keys: &[(MarketId, Option<String>)]) -> VecDeque<Vec<MarketId>> {
    let mut groups: Vec<(&str, Vec<MarketId>)> = Vec::new();
    for (id, key) in keys {
        let Some(key) = key else { continue };
        match groups.iter_mut().find(|(known, _)| known == key) {
            Some((_, group)) => group.push(*id),
            None => groups.push((key, vec![*id])),
        }
    }
    groups.into_iter().map(|(_, group)| group).filter(|group| group.len() > 1).collect()
}

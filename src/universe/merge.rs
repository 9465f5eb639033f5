//! One market of several venues: where the reference has no trade, another venue's row stands in, on the reference's level.
//! METHOD-DATA §2. What is merged is a derived file: every row says where it comes from.

use super::venues::{Frame, Stand, Venue};
use crate::domain::{RawRows, order_of};
use serde::{Deserialize, Serialize};

/// Matched rows whose prices make a factor.
const PRICE_ROWS: usize = 60;
/// Matched rows whose volumes make a factor.
const VOLUME_ROWS: usize = 500;
/// Fewest matched rows before a venue can stand in.
const FEWEST_MATCHED: usize = 50;
/// Fewest candidates that outvote each other.
const FEWEST_VOTES: usize = 3;
/// New ratios up to which a sorted window is moved on; beyond, sorting it afresh is cheaper.
const MOVES: usize = 48;

/// How rows of several venues become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MergePolicy {
    /// The reference's row where it is tradable, else the first venue's that is.
    #[default]
    Priority,
    /// From three candidates on the median of each value; fewer cannot outvote each other, and the priority decides.
    Median,
}

impl MergePolicy {
    /// Every policy.
    pub const ALL: [Self; 2] = [Self::Priority, Self::Median];

    /// Name in documents and options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Median => "median",
        }
    }

    /// The policy of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// Where a merged row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A venue, by its place; 0 is the reference.
    Venue(u8),
    /// The median of several.
    Median,
}

/// What a row of a venue is multiplied with to stand on the reference's level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factors {
    /// Of prices.
    pub price: f64,
    /// Of volume; 1 where there is none.
    pub volume: f64,
}

impl Factors {
    const NONE: Self = Self { price: 1.0, volume: 1.0 };
}

/// What a venue's rows were compared with the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matched {
    /// Rows tradable on both.
    pub rows: usize,
    /// Factors behind the last slot, from 50 rows on.
    pub last: Option<Factors>,
}

/// The merged rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// How they were merged.
    pub policy: MergePolicy,
    /// Prices were moved to the reference's level.
    pub basis: bool,
    /// One row a slot. Between workers they travel as columns.
    #[serde(skip)]
    pub rows: RawRows,
    /// Where each row comes from.
    pub sources: Vec<Source>,
    /// What each row of another venue was multiplied with; 1 for the others.
    pub factors: Vec<Factors>,
    /// Rows of the reference in which nobody traded and for which nobody stood in.
    pub untradable_rows: usize,
    /// Slots for which another venue stood in: the reference's row was untradable, or missing.
    pub repaired: (usize, usize),
    /// Slots in which another venue traded that had no factors yet.
    pub not_eligible: usize,
    /// Every venue but the reference.
    pub matched: Vec<Matched>,
}

/// Ratios of the reference to a venue, with the middle of the newest of them.
#[derive(Debug)]
struct Ratios {
    all: Vec<f64>,
    window: usize,
    sorted: Vec<f64>,
    /// Ratios that `sorted` knows.
    known: usize,
}

impl Ratios {
    const fn new(window: usize) -> Self {
        Self { all: Vec::new(), window, sorted: Vec::new(), known: 0 }
    }

    fn place(&self, ratio: f64) -> usize {
        self.sorted.partition_point(|other| order_of(*other) < order_of(ratio))
    }

    /// The middle ratio, or √ of the product of the middle two: exp of the median of their logarithms.
    fn middle(&mut self) -> f64 {
        if self.all.len() - self.known > MOVES {
            let first = self.all.len().saturating_sub(self.window);
            self.sorted.clear();
            self.sorted.extend_from_slice(&self.all[first..]);
            crate::domain::sort_numbers(&mut self.sorted);
            self.known = self.all.len();
        }
        while self.known < self.all.len() {
            if self.known >= self.window {
                let gone = self.place(self.all[self.known - self.window]);
                self.sorted.remove(gone);
            }
            let new = self.all[self.known];
            self.sorted.insert(self.place(new), new);
            self.known += 1;
        }
        let half = self.sorted.len() / 2;
        if self.sorted.len() % 2 == 1 {
            self.sorted[half]
        } else {
            f64::sqrt(self.sorted[half - 1] * self.sorted[half])
        }
    }
}

/// What is known of a venue beside the reference.
#[derive(Debug)]
struct History {
    price: Ratios,
    volume: Ratios,
    has_volume: bool,
}

impl History {
    const fn new(has_volume: bool) -> Self {
        Self { price: Ratios::new(PRICE_ROWS), volume: Ratios::new(VOLUME_ROWS), has_volume }
    }

    /// Factors by the rows known so far; none below 50, and none that are no numbers.
    fn factors(&mut self) -> Option<Factors> {
        if self.price.all.len() < FEWEST_MATCHED {
            return None;
        }
        let price = self.price.middle();
        let volume = if self.has_volume { self.volume.middle() } else { 1.0 };
        let is_factor = |factor: f64| factor > 0.0 && factor.is_finite();
        (is_factor(price) && is_factor(volume)).then_some(Factors { price, volume })
    }

    /// Takes a row that is tradable on both.
    fn learn(&mut self, (reference, own): (&RawRows, usize), (venue, row): (&RawRows, usize)) {
        self.price.all.push(reference.close[own] / venue.close[row]);
        if self.has_volume {
            self.volume.all.push(reference.volume[own] / venue.volume[row]);
        }
    }
}

fn moved([open, high, low, close, volume]: [f64; 5], by: Factors) -> [f64; 5] {
    [open * by.price, high * by.price, low * by.price, close * by.price, volume * by.volume]
}

/// The median of each value over several rows. Order of open, high, low and close needs no repair: order statistics keep
/// x ≤ y.
fn middle_row(rows: &[[f64; 5]], has_volume: bool) -> [f64; 5] {
    let mut column = Vec::with_capacity(rows.len());
    let mut row = [f64::NAN; 5];
    for (at, value) in row.iter_mut().enumerate().take(if has_volume { 5 } else { 4 }) {
        column.clear();
        column.extend(rows.iter().map(|row| row[at]));
        crate::domain::sort_numbers(&mut column);
        *value = f64::midpoint(column[(column.len() - 1) / 2], column[column.len() / 2]);
    }
    row
}

/// Merges venues, the first of which is the reference, over its span. Nothing of a slot is used before it, and no later one
/// changes it: cut all files at any time, and the earlier rows, sources and factors keep every bit.
///
/// Costs O(rows) a venue and about 500 numbers in memory beside the ratios.
pub fn merge(venues: &[Venue<'_>], frame: Frame, policy: MergePolicy, basis: bool) -> Merged {
    let mut merged = Merged {
        policy,
        basis,
        rows: RawRows::default(),
        sources: Vec::new(),
        factors: Vec::new(),
        untradable_rows: 0,
        repaired: (0, 0),
        not_eligible: 0,
        matched: Vec::new(),
    };
    let Some(((reference, others), (first, last))) =
        venues.split_first().and_then(|all| Some((all, all.0.span()?)))
    else {
        return merged;
    };
    merged.rows.reserve(reference.stands().count());
    let mut histories: Vec<History> =
        others.iter().map(|_| History::new(frame.has_volume)).collect();
    let mut walk = reference.walk();
    let mut walks: Vec<_> = others.iter().map(Venue::walk).collect();
    let mut here: Vec<Option<Stand>> = vec![None; others.len()];
    let mut votes: Vec<[f64; 5]> = Vec::new();
    for slot in first..=last {
        let own = walk.at(slot);
        for (stand, walk) in here.iter_mut().zip(&mut walks) {
            *stand = walk.at(slot).filter(|stand| stand.tradable);
        }
        let is_own = own.is_some_and(|own| own.tradable);
        let own_values = own.map(|own| reference.rows.values(own.row as usize));
        // The first venue that can stand in, and all that vote.
        let mut stands_in: Option<(usize, Factors)> = None;
        let mut is_waiting = false;
        votes.clear();
        votes.extend(own_values.filter(|_| is_own));
        for (at, stand) in here.iter().enumerate() {
            let Some(stand) = stand else { continue };
            let is_needed = policy == MergePolicy::Median || (!is_own && stands_in.is_none());
            if !is_needed {
                continue;
            }
            let Some(mut factors) = histories[at].factors() else {
                is_waiting = true;
                continue;
            };
            if !basis {
                factors.price = 1.0;
            }
            let values = moved(others[at].rows.values(stand.row as usize), factors);
            votes.push(values);
            stands_in = stands_in.or(Some((at, factors)));
        }
        let is_vote = policy == MergePolicy::Median && votes.len() >= FEWEST_VOTES;
        let foreign = stands_in.filter(|_| !is_own || is_vote);
        merged.not_eligible += usize::from(is_waiting && !is_own && stands_in.is_none());
        if !is_own && foreign.is_some() {
            match own {
                Some(_) => merged.repaired.0 += 1,
                None => merged.repaired.1 += 1,
            }
        }
        let row = match (is_vote, foreign, own_values) {
            (true, ..) => {
                Some((middle_row(&votes, frame.has_volume), Source::Median, Factors::NONE))
            }
            (false, Some((at, factors)), _) => {
                let first = usize::from(is_own);
                Some((votes[first], Source::Venue(at as u8 + 1), factors))
            }
            (false, None, Some(values)) => {
                merged.untradable_rows += usize::from(!is_own);
                Some((values, Source::Venue(0), Factors::NONE))
            }
            (false, None, None) => None,
        };
        if let Some((values, source, factors)) = row {
            let time = own.map_or_else(
                || frame.slots.time(slot),
                |own| reference.rows.time_ms[own.row as usize],
            );
            merged.rows.push(time, values);
            merged.sources.push(source);
            merged.factors.push(factors);
        }
        // Only now is this slot history.
        if let Some(own) = own.filter(|own| own.tradable) {
            for (at, stand) in here.iter().enumerate() {
                if let Some(stand) = stand {
                    let (own, other) = (own.row as usize, stand.row as usize);
                    histories[at].learn((reference.rows, own), (others[at].rows, other));
                }
            }
        }
    }
    merged.matched = histories
        .iter_mut()
        .map(|history| Matched { rows: history.price.all.len(), last: history.factors() })
        .collect();
    merged
}

/// Rows from one source, one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run {
    /// Time of the first, ms.
    pub first_time_ms: i64,
    /// How many.
    pub rows: usize,
    /// Where they come from.
    pub source: Source,
}

impl Merged {
    /// The rows in runs of one source.
    pub fn provenance(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (row, &source) in self.sources.iter().enumerate() {
            match runs.last_mut() {
                Some(run) if run.source == source => run.rows += 1,
                _ => runs.push(Run { first_time_ms: self.rows.time_ms[row], rows: 1, source }),
            }
        }
        runs
    }

    /// Rows of a source.
    pub fn rows_from(&self, source: Source) -> usize {
        self.sources.iter().filter(|other| **other == source).count()
    }

    /// How far the rows that stand in were moved, |1/factor − 1| of their prices, sorted.
    pub fn offsets(&self) -> Vec<f64> {
        let foreign = self.sources.iter().zip(&self.factors);
        let mut offsets: Vec<f64> = foreign
            .filter(|(source, _)| matches!(source, Source::Venue(1..)))
            .map(|(_, factors)| (1.0 / factors.price - 1.0).abs())
            .collect();
        crate::domain::sort_numbers(&mut offsets);
        offsets
    }
}

//! The same market at several venues, row beside row. METHOD-DATA §2.

use crate::domain::{RawRows, timeframe_label};
use crate::quality::{Market, Slots, is_thin, tradable_values};

/// What several files must share to be put beside each other: slots, and whether they have volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Timeframe and phase.
    pub slots: Slots,
    /// All have volume; otherwise none has.
    pub has_volume: bool,
}

/// Most venues that are merged.
pub const MOST_VENUES: usize = 256;

/// Why files cannot be merged, in a sentence.
pub type Refusal = String;

impl Frame {
    /// What files share. The first is the reference.
    ///
    /// # Errors
    ///
    /// Fewer than two files, a file without a timeframe, another timeframe or phase, volume in some of them only.
    pub fn of(files: &[(&str, &Market)]) -> Result<Self, Refusal> {
        let slots = |name: &str, market: &Market| {
            let times = &market.candles.time_ms;
            match market.timeframe_ms {
                None => Err(format!("{name} has no timeframe: it takes two times")),
                Some(timeframe) if is_thin(times, timeframe) => Err(format!(
                    "fewer than one slot of {} in a hundred has a row in {name}; export candles of a longer timeframe",
                    timeframe_label(timeframe)
                )),
                Some(timeframe) => Ok(Slots::of(times, timeframe)),
            }
        };
        let [(reference, first), others @ ..] = files else {
            return Err("merging takes two files or more".to_owned());
        };
        if others.is_empty() {
            return Err("merging takes two files or more".to_owned());
        }
        // A row tells its venue by a byte.
        if files.len() > MOST_VENUES {
            return Err(format!(
                "{} files are more venues than can be told apart; merge up to {MOST_VENUES}",
                files.len()
            ));
        }
        let frame = Self { slots: slots(reference, first)?, has_volume: first.has_volume };
        for (name, market) in others {
            let own = slots(name, market)?;
            if !own.is_as_long_as(frame.slots) {
                return Err(format!(
                    "{name} has a timeframe of {}, and {reference} one of {}; export both with one",
                    timeframe_label(own.timeframe()),
                    timeframe_label(frame.slots.timeframe())
                ));
            }
            if own != frame.slots && !own.is_of_the_calendar() {
                return Err(format!(
                    "the rows of {name} begin {} later within their timeframe than those of {reference}; one of them may be \
                     stamped at another time",
                    later(own.phase() - frame.slots.phase(), own.timeframe())
                ));
            }
            if market.has_volume != frame.has_volume {
                let (with, without) =
                    if frame.has_volume { (reference, name) } else { (name, reference) };
                return Err(format!(
                    "{with} has volume and {without} has none; read both without it, or leave one out"
                ));
            }
        }
        Ok(frame)
    }
}

/// A shift within a timeframe, in the largest unit that divides it.
fn later(shift_ms: i64, timeframe: i64) -> String {
    let shift = shift_ms.rem_euclid(timeframe);
    match shift {
        shift if shift % 60_000 == 0 => format!("{} minutes", shift / 60_000),
        shift if shift % 1_000 == 0 => format!("{} seconds", shift / 1_000),
        shift => format!("{shift} ms"),
    }
}

/// One venue: its rows that stand on slots.
#[derive(Clone, Debug)]
pub struct Venue<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its candles.
    pub rows: &'a RawRows,
    /// Slot and row of each on-grid row, in time order.
    on_grid: Vec<(i64, u32)>,
    /// Whether each of them is tradable.
    tradable: Vec<bool>,
}

impl<'a> Venue<'a> {
    /// Of rows in time order with unique times.
    pub fn new(name: &'a str, rows: &'a RawRows, frame: Frame) -> Self {
        let mut on_grid: Vec<(i64, u32)> = Vec::with_capacity(rows.len());
        let mut last = None;
        for (row, &time) in rows.time_ms.iter().enumerate() {
            let slot = frame.slots.slot(time);
            // The first row of a slot, if it stands in its place; another one behind it is off the grid, too.
            if last != Some(slot) && frame.slots.is_in_place(time, slot) {
                on_grid.push((slot, row as u32));
            }
            last = Some(slot);
        }
        let tradable = on_grid
            .iter()
            .map(|&(_, row)| tradable_values(rows.values(row as usize), frame.has_volume))
            .collect();
        Self { name, rows, on_grid, tradable }
    }

    /// First and last slot with a row.
    pub fn span(&self) -> Option<(i64, i64)> {
        Some((self.on_grid.first()?.0, self.on_grid.last()?.0))
    }

    /// The row on a slot.
    pub fn at(&self, slot: i64) -> Option<Stand> {
        let place = self.on_grid.binary_search_by_key(&slot, |(slot, _)| *slot).ok()?;
        Some(self.stand(place))
    }

    fn stand(&self, place: usize) -> Stand {
        let (slot, row) = self.on_grid[place];
        Stand { slot, row, tradable: self.tradable[place] }
    }

    /// Its rows on slots, in time order.
    pub fn stands(&self) -> impl Iterator<Item = Stand> + '_ {
        (0..self.on_grid.len()).map(|place| self.stand(place))
    }

    /// Goes over slots in ascending order without searching.
    pub fn walk(&self) -> Walk<'_, 'a> {
        Walk { venue: self, next: 0 }
    }
}

/// A row of a venue on a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The slot.
    pub slot: i64,
    /// The row.
    pub row: u32,
    /// Somebody traded, and the row is sound.
    pub tradable: bool,
}

/// A place in the rows of a venue that only moves on.
#[derive(Clone, Debug)]
pub struct Walk<'v, 'a> {
    venue: &'v Venue<'a>,
    next: usize,
}

impl Walk<'_, '_> {
    /// The row on a slot; slots are asked in ascending order.
    pub fn at(&mut self, slot: i64) -> Option<Stand> {
        let on_grid = &self.venue.on_grid;
        while on_grid.get(self.next).is_some_and(|(own, _)| *own < slot) {
            self.next += 1;
        }
        let is_here = on_grid.get(self.next).is_some_and(|(own, _)| *own == slot);
        is_here.then(|| self.venue.stand(self.next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_venues_than_a_row_can_tell_are_refused() {
        let mut rows = RawRows::default();
        for at in 0..200 {
            rows.push(at * 60_000, [1.0, 2.0, 0.5, 1.5, 1.0]);
        }
        let market = Market::new(rows);
        let names: Vec<String> = (0..=MOST_VENUES).map(|at| format!("v{at}")).collect();
        let named: Vec<(&str, &Market)> =
            names.iter().map(|name| (name.as_str(), &market)).collect();
        assert!(Frame::of(&named).unwrap_err().contains("merge up to 256"));
        assert!(Frame::of(&named[..MOST_VENUES]).is_ok());
    }
}

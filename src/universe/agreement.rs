//! How far two venues agree, whether one of their clocks is off, and what the others know about the rows of a reference.
//! METHOD-DATA §2.

use super::venues::{Frame, Stand, Venue};
use crate::domain::{DAY_MS, HOUR_MS, Measure, RowFlags, Undefined, sort_numbers};
use crate::metrics::stats::{ascending, correlation, quantile, ranks_in};
use crate::quality::{Market, excursions};

/// Distances of closes that are counted, basis points.
pub const WITHIN_BP: [u32; 4] = [1, 5, 10, 50];
/// Slots by which returns are shifted against each other.
pub const LAGS: [i64; 3] = [-1, 0, 1];
/// Fewest pairs of returns of every lag.
const FEWEST_RETURNS: usize = 100;
/// Correlation at a lag from which on a clock is off by a row, and by how much it must beat lag 0.
const LATE: (f64, f64) = (0.5, 0.2);
/// Correlation at a lag from which on a venue leads, and how it grows where there are few returns.
const LEADS: (f64, f64) = (0.1, 5.0);
/// Part of an excursion that another venue must have made, too.
const JUMPED: f64 = 0.5;
/// Rows that are listed.
const LISTED: usize = 20;

/// Two venues side by side, over the slots that both files span.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Places of the two.
    pub pair: (usize, usize),
    /// Slots with a row of both.
    pub common_slots: usize,
    /// Slots tradable on both.
    pub both: usize,
    /// Slots tradable on the first alone.
    pub only_a: usize,
    /// Slots tradable on the second alone.
    pub only_b: usize,
    /// Median of close a / close b, less 1.
    pub basis: Measure,
    /// Median of |close a / close b − 1|.
    pub median_abs: Measure,
    /// Shares of rows that lie within each of [`WITHIN_BP`].
    pub within: Result<[f64; 4], Undefined>,
    /// The same around the basis.
    pub within_of_basis: Result<[f64; 4], Undefined>,
    /// exp of the median log ratio of volumes a / b.
    pub volume_factor: Measure,
    /// Pearson's correlation of returns over one slot.
    pub return_correlation: Measure,
    /// Spearman's correlation of a(t) and b(t + L) by [`LAGS`], from 100 pairs on.
    pub lags: [Measure; 3],
    /// Pairs of returns at the lag that has the fewest.
    pub pairs: usize,
    /// A shift of whole hours that fits clearly better than none, looked for where none fits.
    pub shift: Option<Shift>,
}

/// A shift by which the second venue fits. A clock of another zone is off by hours, which [`LAGS`] does not see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// By how much the second venue is stamped late; early below 0.
    pub late_ms: i64,
    /// Spearman's correlation of the returns with it.
    pub correlation: f64,
}

/// What is said about two clocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clock {
    /// Returns fit best as they are stamped.
    Agree,
    /// The second venue is stamped a row late, or early.
    OneRow {
        /// It is late.
        is_late: bool,
    },
    /// The second venue is stamped hours late, or early.
    Hours(Shift),
    /// What one does tells what the other will do a row later.
    Leads {
        /// The first is ahead.
        is_first: bool,
    },
    /// Returns move together at no shift that was tried.
    Apart,
}

impl Clock {
    /// In a few words, of venues called A and B.
    pub fn words(self) -> String {
        let way = |is_late: bool| if is_late { "late" } else { "early" };
        match self {
            Self::Agree => "agree".to_owned(),
            Self::OneRow { is_late } => format!("B one row {}", way(is_late)),
            Self::Hours(shift) => format!("B {} {}", shift.hours(), way(shift.late_ms > 0)),
            Self::Leads { is_first: true } => "A leads by a row".to_owned(),
            Self::Leads { is_first: false } => "B leads by a row".to_owned(),
            Self::Apart => "not told: returns hardly move together".to_owned(),
        }
    }

    /// Rows of one time are not of one time.
    pub const fn is_off(self) -> bool {
        matches!(self, Self::OneRow { .. } | Self::Hours(_))
    }
}

impl Shift {
    /// Its size: `8 h`.
    pub fn hours(&self) -> String {
        format!("{} h", self.late_ms.abs() / HOUR_MS)
    }
}

impl Agreement {
    /// Share of the slots tradable on either that are tradable on the first, or the second, alone.
    pub fn only_shares(&self) -> [Measure; 2] {
        let either = self.both + self.only_a + self.only_b;
        [self.only_a, self.only_b].map(|only| match either {
            0 => Err(Undefined::because("no slot is tradable on either")),
            either => Ok(only as f64 / either as f64),
        })
    }

    /// `none`, `b_one_row_late`, `b_one_row_early`, `a_leads` or `b_leads`.
    ///
    /// # Errors
    ///
    /// Too few returns at one of the lags.
    pub fn clock(&self) -> Result<&'static str, Undefined> {
        let [before, same, after] = &self.lags;
        let (before, same, after) = match (before, same, after) {
            (Ok(before), Ok(same), Ok(after)) => (*before, *same, *after),
            (Err(reason), ..) | (_, Err(reason), _) | (.., Err(reason)) => {
                return Err(reason.clone());
            }
        };
        let is_late = |rho: f64| rho >= LATE.0 && rho >= same + LATE.1;
        let least = LEADS.0.max(LEADS.1 / f64::sqrt(self.pairs.max(1) as f64));
        let leads = |rho: f64, other: f64| rho >= least && rho - other >= least;
        Ok(if is_late(after) {
            "b_one_row_late"
        } else if is_late(before) {
            "b_one_row_early"
        } else if leads(after, before) {
            "a_leads"
        } else if leads(before, after) {
            "b_leads"
        } else {
            "none"
        })
    }

    /// The clock alarm in what it means. Where it is `none` it also says whether the clocks were seen to agree: returns that
    /// move together (from 0.5 on), or clearly more so than a row off. Own choice, by the limits of the alarm.
    ///
    /// # Errors
    ///
    /// Those of [`Self::clock`].
    pub fn judged(&self) -> Result<Clock, Undefined> {
        Ok(match self.clock()? {
            "b_one_row_late" => Clock::OneRow { is_late: true },
            "b_one_row_early" => Clock::OneRow { is_late: false },
            "a_leads" => Clock::Leads { is_first: true },
            "b_leads" => Clock::Leads { is_first: false },
            _ => match (self.shift, &self.lags) {
                (Some(shift), _) => Clock::Hours(shift),
                (None, [Ok(before), Ok(same), Ok(after)])
                    if *same >= LATE.0 || *same >= before.max(*after) + LATE.1 =>
                {
                    Clock::Agree
                }
                _ => Clock::Apart,
            },
        })
    }
}

/// Returns of a venue from each slot to the next one where both are tradable.
#[derive(Debug)]
struct Returns {
    /// Slot of the second, ascending.
    slots: Vec<i64>,
    values: Vec<f64>,
    /// Places in the order of their values. A venue is ranked once; the ranks of a part of it take one pass.
    order: Vec<u32>,
}

impl Returns {
    fn of(venue: &Venue<'_>) -> Self {
        let (mut slots, mut values) = (Vec::new(), Vec::new());
        let mut before: Option<(i64, f64)> = None;
        for stand in venue.stands().filter(|stand| stand.tradable) {
            let close = venue.rows.close[stand.row as usize];
            if let Some((_, earlier)) = before.filter(|(slot, _)| slot + 1 == stand.slot) {
                let value = close / earlier - 1.0;
                if value.is_finite() {
                    slots.push(stand.slot);
                    values.push(value);
                }
            }
            before = Some((stand.slot, close));
        }
        let order = ascending(&values);
        Self { slots, values, order }
    }

    /// Places of both at slots that both have, the other one shifted by a lag.
    fn paired(&self, other: &Self, lag: i64) -> [Vec<u32>; 2] {
        let [mut own, mut others] = [Vec::new(), Vec::new()];
        let mut at = 0;
        for (place, slot) in self.slots.iter().enumerate() {
            while other.slots.get(at).is_some_and(|other| *other < slot + lag) {
                at += 1;
            }
            if other.slots.get(at).is_some_and(|other| *other == slot + lag) {
                own.push(place as u32);
                others.push(at as u32);
            }
        }
        [own, others]
    }

    /// Values at some places.
    fn at(&self, places: &[u32]) -> Vec<f64> {
        places.iter().map(|&place| self.values[place as usize]).collect()
    }

    /// Ranks of the values at some places among them.
    fn ranks(&self, places: &[u32]) -> Vec<f64> {
        const ABSENT: u32 = u32::MAX;
        let mut nth = vec![ABSENT; self.values.len()];
        for (at, &place) in places.iter().enumerate() {
            nth[place as usize] = at as u32;
        }
        let order = self.order.iter().map(|&place| nth[place as usize]);
        let order: Vec<u32> = order.filter(|nth| *nth != ABSENT).collect();
        ranks_in(&order, &self.at(places))
    }
}

/// The shift of whole hours, up to a day, that fits clearly better than none, by the limits of [`LATE`].
///
/// Ranks among all returns of a venue choose it, which are nearly those among the pairs; what is told of it is exact.
fn shift(own: &Returns, other: &Returns, timeframe_ms: i64, same: f64) -> Option<Shift> {
    if same >= LATE.0 || timeframe_ms >= DAY_MS || DAY_MS % timeframe_ms != 0 {
        return None;
    }
    let everywhere = |of: &Returns| of.ranks(&(0..of.values.len() as u32).collect::<Vec<_>>());
    let (own_ranks, other_ranks) = (everywhere(own), everywhere(other));
    let at = |ranks: &[f64], places: &[u32]| -> Vec<f64> {
        places.iter().map(|&place| ranks[place as usize]).collect()
    };
    let step = timeframe_ms.max(HOUR_MS) / timeframe_ms;
    let farthest = DAY_MS / timeframe_ms;
    let mut best: Option<(i64, f64)> = None;
    for size in (step..=farthest).step_by(step as usize).filter(|size| *size > 1) {
        for lag in [-size, size] {
            let [x, y] = own.paired(other, lag);
            if x.len() < FEWEST_RETURNS {
                continue;
            }
            let rho = correlation(&at(&own_ranks, &x), &at(&other_ranks, &y)).unwrap_or(0.0);
            if best.is_none_or(|(_, most)| rho > most) {
                best = Some((lag, rho));
            }
        }
    }
    let (lag, _) = best?;
    let [x, y] = own.paired(other, lag);
    let rho = correlation(&own.ranks(&x), &other.ranks(&y)).ok()?;
    let late_ms = lag * timeframe_ms;
    let fits = rho >= LATE.0 && rho >= same + LATE.1 && late_ms % HOUR_MS == 0;
    fits.then_some(Shift { late_ms, correlation: rho })
}

const APART: Undefined = Undefined::because("no slot is tradable on both");

/// Median of |value − 1| of sorted values: the nearest of both sides, step by step.
fn middle_distance(sorted: &[f64]) -> f64 {
    let above = sorted.partition_point(|value| *value < 1.0);
    let (mut left, mut right) = (sorted[..above].iter().rev(), sorted[above..].iter());
    let (mut under, mut over) = (left.next(), right.next());
    let mut nearest = || {
        let [a, b] = [under, over].map(|value| value.map(|value| (value - 1.0).abs()));
        if b.is_none() || a.is_some_and(|a| b.is_some_and(|b| a < b)) {
            under = left.next();
            a
        } else {
            over = right.next();
            b
        }
    };
    let half = sorted.len() / 2;
    let (mut before, mut middle) = (None, None);
    for _ in 0..=half {
        (before, middle) = (middle, nearest());
    }
    match (before, middle) {
        (Some(before), Some(middle)) if sorted.len().is_multiple_of(2) => {
            quantile(&[before, middle], 0.5)
        }
        (_, middle) => middle.unwrap_or(f64::NAN),
    }
}

fn pair(a: (&Venue<'_>, &Returns), b: (&Venue<'_>, &Returns), frame: Frame) -> Agreement {
    let ((a, own), (b, other)) = (a, b);
    let mut found = Agreement {
        pair: (0, 0),
        common_slots: 0,
        both: 0,
        only_a: 0,
        only_b: 0,
        basis: Err(APART),
        median_abs: Err(APART),
        within: Err(APART),
        within_of_basis: Err(APART),
        volume_factor: Err(Undefined::because("not applicable: no volume")),
        return_correlation: Err(Undefined::too_few(0, 2)),
        lags: LAGS.map(|_| Err(Undefined::too_few(0, FEWEST_RETURNS))),
        pairs: 0,
        shift: None,
    };
    let spans = a.span().zip(b.span());
    let Some((first, last)) = spans.map(|(a, b)| (a.0.max(b.0), a.1.min(b.1))) else {
        return found;
    };
    let (mut walk_a, mut walk_b) = (a.walk(), b.walk());
    let (mut closes, mut volumes) = (Vec::new(), Vec::new());
    for slot in first..=last {
        let (own, other) = (walk_a.at(slot), walk_b.at(slot));
        found.common_slots += usize::from(own.is_some() && other.is_some());
        let is_traded = |stand: Option<Stand>| stand.is_some_and(|stand| stand.tradable);
        match (is_traded(own), is_traded(other)) {
            (true, true) => found.both += 1,
            (true, false) => found.only_a += 1,
            (false, true) => found.only_b += 1,
            (false, false) => {}
        }
        if let (Some(own), Some(other)) =
            (own.filter(|own| own.tradable), other.filter(|other| other.tradable))
        {
            let ratio = |a: &[f64], b: &[f64]| a[own.row as usize] / b[other.row as usize];
            closes.push(ratio(&a.rows.close, &b.rows.close));
            if frame.has_volume {
                volumes.push(ratio(&a.rows.volume, &b.rows.volume));
            }
        }
    }
    sort_numbers(&mut closes);
    // Distances from a value fall and rise again along sorted values, rounded or not.
    let within = |around: f64| {
        WITHIN_BP.map(|bp| {
            let is_far = |ratio: &f64| (ratio - around).abs() * 1e4 > f64::from(bp);
            let first = closes.partition_point(|ratio| *ratio < around && is_far(ratio));
            let end = closes.partition_point(|ratio| *ratio < around || !is_far(ratio));
            (end - first) as f64 / closes.len() as f64
        })
    };
    if !closes.is_empty() {
        let ratio = Undefined::unless_finite(quantile(&closes, 0.5));
        found.basis = ratio.clone().map(|ratio| ratio - 1.0);
        found.median_abs = Undefined::unless_finite(middle_distance(&closes));
        if let Ok(ratio) = ratio {
            found.within = Ok(within(1.0));
            found.within_of_basis = Ok(within(ratio));
        }
    }
    if frame.has_volume {
        found.volume_factor = middle_ratio(volumes);
    }
    found.pairs = usize::MAX;
    found.lags = LAGS.map(|lag| {
        let [x, y] = own.paired(other, lag);
        if lag == 0 {
            found.return_correlation = correlation(&own.at(&x), &other.at(&y));
        }
        found.pairs = found.pairs.min(x.len());
        if x.len() < FEWEST_RETURNS {
            return Err(Undefined::too_few(x.len(), FEWEST_RETURNS));
        }
        correlation(&own.ranks(&x), &other.ranks(&y))
    });
    if found.clock() == Ok("none")
        && let Ok(same) = found.lags[1]
    {
        found.shift = shift(own, other, frame.slots.timeframe(), same);
    }
    found
}

/// exp of the median of the logarithms of ratios.
fn middle_ratio(mut ratios: Vec<f64>) -> Measure {
    if ratios.is_empty() {
        return Err(APART);
    }
    sort_numbers(&mut ratios);
    let (low, high) = (ratios[(ratios.len() - 1) / 2], ratios[ratios.len() / 2]);
    Undefined::unless_finite(if low == high { low } else { f64::sqrt(low * high) })
}

/// Every pair of venues.
pub fn agreement(venues: &[Venue<'_>], frame: Frame) -> Vec<Agreement> {
    let pairs = (0..venues.len()).flat_map(|a| (a + 1..venues.len()).map(move |b| (a, b)));
    let returns: Vec<Returns> = venues.iter().map(Returns::of).collect();
    let side = |at: usize| (&venues[at], &returns[at]);
    pairs.map(|(a, b)| Agreement { pair: (a, b), ..pair(side(a), side(b), frame) }).collect()
}

/// What the others know of a row of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody traded elsewhere.
    OthersTraded,
    /// Somebody was there, and nobody traded.
    NobodyTraded,
    /// Nobody else covers this time.
    Unknown,
    /// The others jumped as well: a real move.
    OthersJumped,
    /// The others did not jump.
    BadPrint,
    /// No other venue traded.
    Unconfirmed,
}

impl What {
    /// What can be said of a slot without a trade.
    pub const UNTRADED: [Self; 3] = [Self::OthersTraded, Self::NobodyTraded, Self::Unknown];
    /// What can be said of a spike.
    pub const SPIKE: [Self; 3] = [Self::OthersJumped, Self::BadPrint, Self::Unconfirmed];

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OthersTraded => "others_traded",
            Self::NobodyTraded => "nobody_traded",
            Self::Unknown => "unknown",
            Self::OthersJumped => "others_jumped",
            Self::BadPrint => "bad_print",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// Kinds of rows that the others are asked about, in the order of documents; the last is a spike.
pub const ASKED: [&str; 5] = ["placeholder", "impossible", "broken", "missing", "spike"];

/// A slot of the reference that the others know something about.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its open, ms.
    pub time_ms: i64,
    /// Place in [`ASKED`].
    pub kind: usize,
    /// What is known.
    pub what: What,
    /// Places of the venues that traded there, or jumped as well.
    pub venues: Vec<usize>,
}

/// What the others know of the reference's rows. It is known a row late: information, not a rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Others {
    /// Counts by kind, in the order of [`What::UNTRADED`] or [`What::SPIKE`].
    pub counts: [[usize; 3]; ASKED.len()],
    /// The first 20.
    pub first: Vec<Known>,
}

/// Asks the other venues about the reference's slots without a trade, and about its spikes.
pub fn others(reference: &Market, venues: &[Venue<'_>], frame: Frame) -> Others {
    let mut found = Others::default();
    let [own, others @ ..] = venues else { return found };
    let flags = |row: u32| reference.flags[row as usize];
    let kind_of = |row: Option<u32>| {
        let Some(row) = row else { return Some(3) };
        let (broken, flat) = (flags(row).has(RowFlags::BROKEN), flags(row).has(RowFlags::FLAT));
        let empty = frame.has_volume && flags(row).has(RowFlags::ZERO_VOLUME);
        match (broken, empty, flat) {
            (true, ..) => Some(2),
            (false, true, true) => Some(0),
            (false, true, false) => Some(1),
            (false, false, _) if flags(row).has(RowFlags::SPIKE) => Some(4),
            (false, false, _) => None,
        }
    };
    let Some((first, last)) = own.span() else { return found };
    let mut walk = own.walk();
    // Every slot, closed ones too: another venue may trade in them.
    for slot in first..=last {
        let row = walk.at(slot).map(|stand| stand.row);
        let time_ms = row
            .map_or_else(|| frame.slots.time(slot), |row| reference.candles.time_ms[row as usize]);
        let Some(kind) = kind_of(row) else { continue };
        let traded: Vec<(usize, Stand)> = others
            .iter()
            .enumerate()
            .filter_map(|(at, venue)| Some((at + 1, venue.at(slot)?)))
            .filter(|(_, stand)| stand.tradable)
            .collect();
        let (what, venues) = match row.filter(|_| kind == 4) {
            Some(row) => spike(reference, row, venues, &traded, frame),
            None => {
                let is_covered = others
                    .iter()
                    .filter_map(Venue::span)
                    .any(|(first, last)| (first..=last).contains(&slot));
                let what = match (traded.is_empty(), is_covered) {
                    (false, _) => What::OthersTraded,
                    (true, true) => What::NobodyTraded,
                    (true, false) => What::Unknown,
                };
                (what, traded.iter().map(|(at, _)| *at).collect())
            }
        };
        let names = if kind == 4 { What::SPIKE } else { What::UNTRADED };
        let place = names.iter().position(|one| *one == what).unwrap_or(0);
        found.counts[kind][place] += 1;
        if found.first.len() < LISTED {
            found.first.push(Known { time_ms, kind, what, venues });
        }
    }
    found
}

/// Whether the venues that traded in a spike's slot jumped as well.
fn spike(
    reference: &Market,
    row: u32,
    venues: &[Venue<'_>],
    traded: &[(usize, Stand)],
    frame: Frame,
) -> (What, Vec<usize>) {
    if traded.is_empty() {
        return (What::Unconfirmed, Vec::new());
    }
    let own = excursions(&reference.candles, row as usize, reference.has_volume);
    let Some((above, below)) = own else { return (What::BadPrint, Vec::new()) };
    let is_up = above >= below;
    let needed = JUMPED * above.max(below);
    let jumped: Vec<usize> = traded
        .iter()
        .filter(|(at, stand)| {
            excursions(venues[*at].rows, stand.row as usize, frame.has_volume)
                .is_some_and(|(above, below)| (if is_up { above } else { below }) >= needed)
        })
        .map(|(at, _)| *at)
        .collect();
    let what = if 2 * jumped.len() >= traded.len() { What::OthersJumped } else { What::BadPrint };
    (what, jumped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RawRows;

    /// Hours of a walk, stamped `late` hours late, a third of whose steps are the venue's own.
    fn hours(late: i64, own: u64) -> Market {
        // SplitMix64.
        let random = |n: u64| {
            let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        let mut rows = RawRows::default();
        let mut close = 100.0;
        for at in 0..600_u64 {
            let open = close;
            close *= 1.0 + 0.01 * random(at + 1) + 0.003 * random(at * 7 + own * 1_000_003);
            let (high, low) = (open.max(close) * 1.001, open.min(close) * 0.999);
            rows.push((at as i64 + late) * HOUR_MS, [open, high, low, close, 1.0 + at as f64]);
        }
        Market::new(rows)
    }

    fn of(a: &Market, b: &Market) -> Agreement {
        let named = [("a", a), ("b", b)];
        let frame = Frame::of(&named).unwrap();
        let venues = named.map(|(name, market)| Venue::new(name, &market.candles, frame));
        agreement(&venues, frame).remove(0)
    }

    #[test]
    fn a_clock_of_another_zone_is_told_by_its_hours() {
        let reference = hours(0, 1);
        for late in [-24, -8, -2, 2, 5, 24] {
            let found = of(&reference, &hours(late, 2));
            assert_eq!(found.clock(), Ok("none"), "a row either way does not see {late} h");
            let Ok(Clock::Hours(shift)) = found.judged() else {
                panic!("{late}: {:?}", found.judged())
            };
            assert_eq!(shift.late_ms, late * HOUR_MS);
            assert!(shift.correlation > 0.8, "{shift:?}");
        }
        assert_eq!(of(&reference, &hours(0, 2)).judged(), Ok(Clock::Agree));
        assert_eq!(of(&reference, &hours(1, 2)).judged(), Ok(Clock::OneRow { is_late: true }));
        assert_eq!(of(&reference, &hours(-1, 2)).judged(), Ok(Clock::OneRow { is_late: false }));
    }

    #[test]
    fn nothing_is_said_of_clocks_where_returns_do_not_move_together() {
        let reference = hours(0, 1);
        let found = of(&reference, &hours(300, 2));
        assert_eq!(found.judged(), Ok(Clock::Apart));
        assert_eq!(found.shift, None);
    }

    #[test]
    fn the_middle_distance_is_that_of_sorted_distances() {
        for size in 1..40_u64 {
            let mut values: Vec<f64> = (0..size)
                .map(|at| 0.9 + 0.01 * ((at + size).wrapping_mul(2_654_435_761) % 21) as f64)
                .collect();
            sort_numbers(&mut values);
            let mut distances: Vec<f64> = values.iter().map(|value| (value - 1.0).abs()).collect();
            sort_numbers(&mut distances);
            assert_eq!(middle_distance(&values), quantile(&distances, 0.5), "{values:?}");
        }
    }
}

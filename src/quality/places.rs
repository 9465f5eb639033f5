//! Where it hurts: on which days and at which hours rows are bad, whether the feed stops again and again, went silent or
//! became worse, and what grid the prices stand on. METHOD-DATA §3.

use super::grid::{self, Expected};
use super::market::Market;
use crate::domain::{
    DAY_MS, HOUR_MS, MINUTE_MS, Measure, RowFlags, Undefined, sort_numbers, sort_short,
};
use crate::metrics::stats::{mean, quantile};

/// What can be wrong with a slot, in the order in which it is told; a slot counts once.
pub const KINDS: [&str; 7] =
    ["missing", "broken", "placeholder", "impossible", "spike", "stuck", "single_print"];
/// The first of [`KINDS`], which leave nothing to trade on.
pub const BAD_KINDS: usize = 4;
/// Fewest whole days that can show maintenance.
const FEWEST_DAYS: usize = 14;
/// Standard deviations by which a time of day must be worse than chance.
const SURPRISE: f64 = 5.0;
/// Fewest slots of an outage, and its shortest time.
const OUTAGE: (usize, i64) = (12, HOUR_MS);
/// Outages that are listed.
const LISTED: usize = 20;
/// Rows without a trade at the end from which on the feed counts as gone.
const STALE_ROWS: usize = 5;
/// Most decimals of a price.
const MOST_DECIMALS: usize = 12;
/// Prices in a thousand that may have more decimals than the others.
const ODD_PRICES: usize = 1;
/// Tick over the median range from which on it is coarse.
const COARSE: f64 = 0.25;
/// Ticks between two closes whose last digits both count.
const FAR_TICKS: u64 = 10;
/// Fewest closes whose last digits are counted.
const FEWEST_DIGITS: usize = 500;
/// Shares of 0, and of 0 and 5, above which round prices are preferred.
const ROUND: (f64, f64) = (0.2, 0.4);
/// Fewest days of a change, and on each side of it.
const CHANGE_DAYS: (usize, usize) = (20, 7);
/// Least difference of a change, as a share and in mean absolute deviations.
const CHANGE: (f64, f64) = (0.05, 2.5);
/// Fewest returns that have quantiles.
const FEWEST_RETURNS: usize = 30;

/// One UTC day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Its midnight, ms.
    pub day_ms: i64,
    /// Slots that should have a row.
    pub slots: u32,
    /// Slots of each of [`KINDS`].
    pub kinds: [u32; KINDS.len()],
}

impl Day {
    /// Bad slots as a share of the expected ones.
    pub fn bad_share(&self) -> Measure {
        let bad: u32 = self.kinds[..BAD_KINDS].iter().sum();
        match self.slots {
            0 => Err(Undefined::because("no slot of this day should have a row")),
            slots => Ok(f64::from(bad) / f64::from(slots)),
        }
    }
}

/// A time of day at which rows are bad again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Maintenance {
    /// Minutes after midnight, UTC.
    pub start_minute: i64,
    /// Its length.
    pub minutes: f64,
    /// Whole days that were looked at.
    pub days: usize,
    /// Bad share of its slots.
    pub share: f64,
    /// Bad share of the hours to both sides.
    pub around: f64,
}

/// Bad slots in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// Its first slot, ms.
    pub first_time_ms: i64,
    /// Its length.
    pub slots: usize,
    /// Slots of each bad kind.
    pub kinds: [u32; BAD_KINDS],
}

/// Every outage, counted, and the longest of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outages {
    /// How many.
    pub count: usize,
    /// Slots of all together.
    pub slots: usize,
    /// The 20 longest, the longest first.
    pub list: Vec<Outage>,
}

/// How long nobody has traded at the end of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct StaleTail {
    /// Rows after the last tradable one that is not stuck.
    pub rows: usize,
    /// The first of them, ms.
    pub since_ms: Option<i64>,
}

impl StaleTail {
    /// Five rows or more.
    pub const fn is_stale(&self) -> bool {
        self.rows >= STALE_ROWS
    }
}

/// Last digits of closes that lie apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    /// Closes by their last digit, in ticks.
    pub counts: [usize; 10],
}

impl Digits {
    /// Closes that were counted.
    pub fn rows(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Share of closes that end in 0, and in 0 or 5.
    pub fn shares(&self) -> (f64, f64) {
        let rows = self.rows() as f64;
        (self.counts[0] as f64 / rows, (self.counts[0] + self.counts[5]) as f64 / rows)
    }

    /// More round prices than chance would make: over 20 % end in 0, or over 40 % in 0 or 5.
    pub fn prefers_round(&self) -> bool {
        let (zero, zero_five) = self.shares();
        zero > ROUND.0 || zero_five > ROUND.1
    }
}

/// The grid that prices stand on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// Decimals that hold 99.9 % of the prices.
    pub decimals: usize,
    /// Greatest common divisor of those prices, quote currency.
    pub tick: f64,
    /// Prices with more decimals.
    pub off_tick: usize,
    /// Tick / median close, basis points.
    pub tick_bp: Measure,
    /// Tick / median range of candles that have one.
    pub per_range: Measure,
    /// Last digits, from 500 closes on.
    pub digits: Result<Digits, Undefined>,
}

impl Ticks {
    /// A quarter of the usual range or more.
    pub fn is_coarse(&self) -> bool {
        self.per_range.as_ref().is_ok_and(|share| *share >= COARSE)
    }
}

/// The day from which on a file is better or worse.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Days that were looked at.
    pub days: usize,
    /// The first day after it, ms.
    pub day_ms: i64,
    /// Mean bad share of the days before.
    pub before: f64,
    /// Of those from it on.
    pub after: f64,
    /// Mean distance of the days' shares from the mean of their side.
    pub deviation: f64,
}

impl Change {
    /// `none`, `worse` or `better`.
    pub fn name(&self) -> &'static str {
        let by = self.after - self.before;
        if by.abs() < CHANGE.0 || by.abs() < CHANGE.1 * self.deviation {
            "none"
        } else if by > 0.0 {
            "worse"
        } else {
            "better"
        }
    }
}

/// Returns between tradable rows one timeframe apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Returns {
    /// How many.
    pub count: usize,
    /// Median of their absolute values, basis points.
    pub median_abs_bp: f64,
    /// 99th percentile of their absolute values, basis points.
    pub p99_abs_bp: f64,
    /// The one farthest from 0, basis points.
    pub largest_bp: f64,
    /// When it ended, ms.
    pub largest_time_ms: i64,
    /// Share of those that are exactly 0.
    pub zero_share: f64,
}

/// Counts of values in bins, for a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// Left end of the first bin.
    pub first: f64,
    /// Width of a bin; of bins that double, the factor from one to the next is 2.
    pub step: f64,
    /// Each bin is twice as wide as the one before.
    pub doubles: bool,
    /// The first bin holds all that is lower, the last all that is higher.
    pub open: (bool, bool),
    /// Values of each bin.
    pub counts: Vec<usize>,
}

impl Bins {
    /// The left end of a bin, as text.
    pub fn edge(&self, at: usize) -> String {
        let value = if self.doubles {
            (0..at).fold(self.first, |edge, _| edge * 2.0)
        } else {
            self.first + self.step * at as f64
        };
        if value != 0.0 && !(0.01..1e4).contains(&value.abs()) {
            format!("{value:.1e}")
        } else {
            let text = format!("{value:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// Everything about where a file hurts.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// Every UTC day from the first slot to the last.
    pub calendar: Vec<Day>,
    /// Slots and bad slots of each hour of the week, Monday 00 h first; up to a timeframe of an hour.
    pub hour_of_week: Result<[(u32, u32); 168], Undefined>,
    /// Of each hour of the week the one with the most bad slots, ms; the first of equals, 0 where there is none.
    pub worst_hours_ms: Vec<i64>,
    /// Times of day that are bad again and again, without sessions and from 14 whole days on.
    pub maintenance: Result<Vec<Maintenance>, Undefined>,
    /// Long bad runs.
    pub outages: Outages,
    /// Rows without a trade at the end.
    pub stale_tail: StaleTail,
    /// The grid of prices.
    pub ticks: Result<Ticks, Undefined>,
    /// When the file became better or worse.
    pub change: Result<Change, Undefined>,
    /// Nothing is missing or off the grid, no sessions, and a placeholder: somebody filled the holes.
    pub fully_filled: bool,
    /// The slots from the first to the last make whole days.
    pub whole_days: bool,
    /// Returns, from 30 on.
    pub returns: Result<Returns, Undefined>,
    /// Share of the volume in the busiest hundredth of the tradable rows.
    pub volume_top1_share: Measure,
    /// Returns in basis points, for a picture.
    pub return_bins: Option<Bins>,
    /// Volumes of tradable rows, for a picture.
    pub volume_bins: Option<Bins>,
}

/// A slot with what is wrong with it.
struct Slot {
    at: Expected,
    /// Place in [`KINDS`].
    kind: Option<usize>,
}

impl Slot {
    fn is_bad(&self) -> bool {
        self.kind.is_some_and(|kind| kind < BAD_KINDS)
    }
}

/// Place in [`KINDS`] of what is wrong with a row.
fn kind_of(flags: RowFlags, has_volume: bool) -> Option<usize> {
    let flat = flags.has(RowFlags::FLAT);
    let empty = has_volume && flags.has(RowFlags::ZERO_VOLUME);
    [
        false,
        flags.has(RowFlags::BROKEN),
        empty && flat,
        empty && !flat,
        flags.has(RowFlags::SPIKE),
        flags.has(RowFlags::STUCK),
        has_volume && flat,
    ]
    .iter()
    .position(|is| *is)
}

impl Places {
    /// Looks at a market. Undefined without a timeframe, which takes two times.
    pub fn of(market: &Market) -> Result<Self, Undefined> {
        let timeframe =
            market.timeframe_ms.ok_or_else(|| Undefined::too_few(market.candles.len(), 2))?;
        if grid::is_thin(&market.candles.time_ms, timeframe) {
            return Err(Undefined::because("fewer than one slot in a hundred has a row"));
        }
        let (expected, slot_of_row) = grid::expected(&market.candles.time_ms, timeframe);
        let kind = |at: Expected| match at.row {
            None => Some(0),
            Some(row) => kind_of(market.flags[row as usize], market.has_volume),
        };
        let slots: Vec<Slot> = expected.into_iter().map(|at| Slot { at, kind: kind(at) }).collect();
        let calendar = calendar(&slots);
        let sessions = market.grid.sessions;
        let a_day = (DAY_MS % timeframe == 0).then(|| (DAY_MS / timeframe) as usize);
        let maintenance = match (sessions, a_day) {
            (true, _) => Err(Undefined::because("the market has sessions")),
            (_, None) => Err(Undefined::because("a day is no whole number of slots")),
            (false, Some(a_day)) => maintenance(&slots, &calendar, timeframe, a_day),
        };
        let all_slots = match (slots.first(), slots.last()) {
            (Some(first), Some(last)) => last.at.slot - first.at.slot + 1,
            _ => 0,
        };
        let grid = &market.grid;
        let returns = returns(market, &slot_of_row, timeframe);
        let (returns, return_bins) = match returns {
            Ok((returns, bins)) => (Ok(returns), Some(bins)),
            Err(reason) => (Err(reason), None),
        };
        let has_placeholder = slots.iter().any(|slot| slot.kind == Some(2));
        Ok(Self {
            hour_of_week: hours(&slots, timeframe),
            worst_hours_ms: worst_hours(&slots),
            maintenance,
            outages: outages(&slots, timeframe),
            stale_tail: stale_tail(market),
            ticks: ticks(market),
            change: if sessions {
                Err(Undefined::because("the market has sessions"))
            } else {
                change(&calendar)
            },
            fully_filled: !sessions
                && grid.missing_slots == 0
                && grid.off_grid.is_empty()
                && has_placeholder,
            whole_days: a_day.is_some_and(|a_day| all_slots % a_day as i64 == 0),
            returns,
            return_bins,
            volume_top1_share: busiest(market),
            volume_bins: volume_bins(market),
            calendar,
        })
    }
}

fn calendar(slots: &[Slot]) -> Vec<Day> {
    let day = |slot: &Slot| slot.at.time_ms.div_euclid(DAY_MS);
    let (Some(first), Some(last)) = (slots.first(), slots.last()) else { return Vec::new() };
    let mut days: Vec<Day> = (day(first)..=day(last))
        .map(|day| Day { day_ms: day * DAY_MS, slots: 0, kinds: [0; KINDS.len()] })
        .collect();
    for slot in slots {
        let own = &mut days[(day(slot) - day(first)) as usize];
        own.slots += 1;
        if let Some(kind) = slot.kind {
            own.kinds[kind] += 1;
        }
    }
    days
}

fn hours(slots: &[Slot], timeframe: i64) -> Result<[(u32, u32); 168], Undefined> {
    if timeframe > HOUR_MS {
        return Err(Undefined::because("the timeframe is longer than an hour"));
    }
    let mut hours = [(0, 0); 168];
    for slot in slots {
        // 1970-01-01 was a Thursday.
        let hour = slot.at.time_ms.div_euclid(HOUR_MS) + 3 * 24;
        let own = &mut hours[hour.rem_euclid(168) as usize];
        own.0 += 1;
        own.1 += u32::from(slot.is_bad());
    }
    Ok(hours)
}

fn worst_hours(slots: &[Slot]) -> Vec<i64> {
    let hour = |slot: &Slot| slot.at.time_ms.div_euclid(HOUR_MS);
    let mut worst = vec![(0, 0); 168];
    for run in slots.chunk_by(|a, b| hour(a) == hour(b)) {
        let bad = run.iter().filter(|slot| slot.is_bad()).count();
        let own = &mut worst[(hour(&run[0]) + 3 * 24).rem_euclid(168) as usize];
        if bad > own.0 || own.1 == 0 {
            *own = (bad, hour(&run[0]) * HOUR_MS);
        }
    }
    worst.into_iter().map(|(_, time)| time).collect()
}

fn maintenance(
    slots: &[Slot],
    calendar: &[Day],
    timeframe: i64,
    a_day: usize,
) -> Result<Vec<Maintenance>, Undefined> {
    let is_whole = |day_ms: i64| {
        let first = calendar.first().map_or(0, |day| day.day_ms);
        calendar[((day_ms - first) / DAY_MS) as usize].slots as usize == a_day
    };
    let days = calendar.iter().filter(|day| day.slots as usize == a_day).count();
    if days < FEWEST_DAYS {
        return Err(Undefined::too_few(days, FEWEST_DAYS));
    }
    let mut bad = vec![0_usize; a_day];
    for slot in slots.iter().filter(|slot| slot.is_bad()) {
        let time = slot.at.time_ms;
        if is_whole(time.div_euclid(DAY_MS) * DAY_MS) {
            bad[(time.rem_euclid(DAY_MS) / timeframe) as usize] += 1;
        }
    }
    let count = days as f64;
    let share = |from: usize, slots: usize| {
        let bad: usize = (from..from + slots).map(|at| bad[at % a_day]).sum();
        bad as f64 / (slots * days) as f64
    };
    let overall = share(0, a_day);
    let chance = overall * count;
    let surprise = SURPRISE * f64::sqrt(overall * (1.0 - overall) * count);
    let is_far: Vec<bool> = bad
        .iter()
        .map(|&bad| 2 * bad >= days && bad as f64 - chance >= surprise && bad > 0)
        .collect();
    let Some(start) = is_far.iter().position(|far| !far) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let beside = ((HOUR_MS / timeframe) as usize).max(1);
    // Once round the clock from a time of day that is not part of any, so that none is cut at midnight.
    let mut at = start;
    while at < start + a_day {
        let length = (at..start + a_day).take_while(|at| is_far[at % a_day]).count();
        if length == 0 {
            at += 1;
            continue;
        }
        let own = share(at, length);
        let before = share(at + a_day - beside, beside);
        let after = share(at + length, beside);
        if before <= own / 2.0 && after <= own / 2.0 {
            // Slots may not begin at midnight.
            let phase = slots.first().map_or(0, |slot| slot.at.time_ms.rem_euclid(timeframe));
            let start_ms = (at % a_day) as i64 * timeframe + phase;
            found.push(Maintenance {
                start_minute: start_ms / MINUTE_MS,
                minutes: (length as i64 * timeframe) as f64 / MINUTE_MS as f64,
                days,
                share: own,
                around: f64::midpoint(before, after),
            });
        }
        at += length;
    }
    sort_short(&mut found, |a, b| a.start_minute < b.start_minute);
    Ok(found)
}

fn outages(slots: &[Slot], timeframe: i64) -> Outages {
    let mut all = Outages::default();
    let follows = |a: &Slot, b: &Slot| a.is_bad() && b.is_bad() && b.at.slot == a.at.slot + 1;
    for run in slots.chunk_by(follows) {
        if !run[0].is_bad() || run.len() < OUTAGE.0 || (run.len() as i64) * timeframe < OUTAGE.1 {
            continue;
        }
        let mut kinds = [0; BAD_KINDS];
        for kind in run.iter().filter_map(|slot| slot.kind) {
            kinds[kind] += 1;
        }
        all.count += 1;
        all.slots += run.len();
        let outage = Outage { first_time_ms: run[0].at.time_ms, slots: run.len(), kinds };
        let place = all.list.partition_point(|other| other.slots >= outage.slots);
        all.list.insert(place, outage);
        all.list.truncate(LISTED);
    }
    all
}

fn stale_tail(market: &Market) -> StaleTail {
    let rows = market.candles.len();
    let is_alive = |row: &usize| market.tradable(*row) && !market.flags[*row].has(RowFlags::STUCK);
    let first = (0..rows).rfind(is_alive).map_or(0, |row| row + 1);
    StaleTail { rows: rows - first, since_ms: market.candles.time_ms.get(first).copied() }
}

/// A price in units of its last decimal, where so many decimals hold it.
fn units(price: f64, scale: f64) -> Option<u64> {
    let units = libm::round(price * scale);
    // The quotient is the number nearest to that decimal, so equality means that the price was written so.
    (units < 9e18 && units / scale == price).then_some(units as u64)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn ticks(market: &Market) -> Result<Ticks, Undefined> {
    let candles = &market.candles;
    let sound: Vec<usize> =
        (0..candles.len()).filter(|&row| !market.flags[row].has(RowFlags::BROKEN)).collect();
    if sound.is_empty() {
        return Err(Undefined::because("no unbroken row"));
    }
    let prices = || sound.iter().flat_map(|&row| candles.values(row).into_iter().take(4));
    let most_odd = 4 * sound.len() * ODD_PRICES / 1_000;
    let scales = (0..=MOST_DECIMALS).map(|decimals| (decimals, scale_of(decimals)));
    let held = scales.into_iter().find(|(_, scale)| {
        prices().filter(|price| units(*price, *scale).is_none()).take(most_odd + 1).count()
            <= most_odd
    });
    let Some((decimals, scale)) = held else {
        return Err(Undefined::because("prices have more than 12 decimals"));
    };
    let (mut step, mut off_tick) = (0, 0);
    for price in prices() {
        match units(price, scale) {
            Some(units) if step != 1 => step = gcd(units, step),
            Some(_) => {}
            None => off_tick += 1,
        }
    }
    let tick = step as f64 / scale;
    let middle = |mut values: Vec<f64>| {
        sort_numbers(&mut values);
        if values.is_empty() {
            Err(Undefined::because("every candle is flat"))
        } else {
            Ok(quantile(&values, 0.5))
        }
    };
    let close = middle(sound.iter().map(|&row| candles.close[row]).collect());
    let ranges = sound.iter().map(|&row| candles.high[row] - candles.low[row]);
    let range = middle(ranges.filter(|range| *range > 0.0).collect());
    let closes = sound.iter().filter_map(|&row| units(candles.close[row], scale));
    Ok(Ticks {
        decimals,
        tick,
        off_tick,
        tick_bp: close.and_then(|close| Undefined::unless_finite(tick / close * 1e4)),
        per_range: range.and_then(|range| Undefined::unless_finite(tick / range)),
        digits: digits(closes.map(|units| units / step.max(1))),
    })
}

/// 10 to a small power.
fn scale_of(decimals: usize) -> f64 {
    (0..decimals).fold(1.0, |scale, _| scale * 10.0)
}

/// Last digits of closes in ticks; a close near the last one that counted says little new.
fn digits(closes: impl Iterator<Item = u64>) -> Result<Digits, Undefined> {
    let mut digits = Digits { counts: [0; 10] };
    let mut last: Option<u64> = None;
    for ticks in closes {
        if last.is_none_or(|last| ticks.abs_diff(last) >= FAR_TICKS) {
            digits.counts[(ticks % 10) as usize] += 1;
            last = Some(ticks);
        }
    }
    match digits.rows() {
        rows if rows < FEWEST_DIGITS => Err(Undefined::too_few(rows, FEWEST_DIGITS)),
        _ => Ok(digits),
    }
}

fn change(calendar: &[Day]) -> Result<Change, Undefined> {
    let fullest = calendar.iter().map(|day| day.slots).max().unwrap_or(0);
    let full: Vec<&Day> =
        calendar.iter().filter(|day| day.slots > 0 && 2 * day.slots >= fullest).collect();
    let (fewest, side) = CHANGE_DAYS;
    if full.len() < fewest {
        return Err(Undefined::too_few(full.len(), fewest));
    }
    let shares: Vec<f64> = full.iter().filter_map(|day| day.bad_share().ok()).collect();
    let middle = mean(&shares);
    let (mut sum, mut split, mut farthest) = (0.0, side, -1.0);
    for (at, share) in shares.iter().enumerate() {
        // Of the days before this one.
        if (side..=shares.len() - side).contains(&at) && f64::abs(sum) > farthest {
            (split, farthest) = (at, f64::abs(sum));
        }
        sum += share - middle;
    }
    let (before, after) = (mean(&shares[..split]), mean(&shares[split..]));
    let distances: Vec<f64> = shares
        .iter()
        .enumerate()
        .map(|(at, share)| f64::abs(share - if at < split { before } else { after }))
        .collect();
    let day_ms = full[split].day_ms;
    Ok(Change { days: shares.len(), day_ms, before, after, deviation: mean(&distances) })
}

/// Half the number of bins of returns.
const RETURN_BINS: usize = 20;

/// Returns in bins of equal width, as many as hold 99 % of them; what is farther is in the outer ones.
fn return_bins(values: impl Iterator<Item = f64>, p99_bp: f64) -> Bins {
    let step = if p99_bp > 0.0 { p99_bp / RETURN_BINS as f64 } else { 1.0 };
    let bins = 2 * RETURN_BINS + 1;
    // The middle one is around 0.
    let first = -(bins as f64) / 2.0 * step;
    let mut counts = vec![0; bins];
    for value in values {
        let at = f64::floor((value * 1e4 - first) / step).clamp(0.0, (bins - 1) as f64);
        counts[at as usize] += 1;
    }
    Bins { first, step, doubles: false, open: (true, true), counts }
}

/// Most bins of volumes.
const VOLUME_BINS: usize = 40;

/// Volumes in bins that double.
fn volume_bins(market: &Market) -> Option<Bins> {
    let volumes = || {
        let rows = (0..market.candles.len()).filter(|&row| market.tradable(row));
        rows.map(|row| market.candles.volume[row]).filter(|volume| *volume > 0.0)
    };
    let low = volumes().fold(f64::INFINITY, f64::min);
    if !market.has_volume || !low.is_finite() {
        return None;
    }
    let power = |volume: f64| f64::floor(libm::log2(volume)) as i64;
    let first = power(low);
    let mut counts: Vec<usize> = Vec::new();
    let mut is_open = false;
    for volume in volumes() {
        let at = (power(volume) - first).max(0) as usize;
        is_open |= at >= VOLUME_BINS;
        let at = at.min(VOLUME_BINS - 1);
        if counts.len() <= at {
            counts.resize(at + 1, 0);
        }
        counts[at] += 1;
    }
    let first = libm::exp2(first as f64);
    Some(Bins { first, step: 0.0, doubles: true, open: (false, is_open), counts })
}

fn returns(market: &Market, slot: &[i64], timeframe: i64) -> Result<(Returns, Bins), Undefined> {
    let candles = &market.candles;
    let rows: Vec<usize> = (0..candles.len()).filter(|&row| market.tradable(row)).collect();
    let is_one = |a: usize, b: usize| {
        slot[b] == slot[a] + 1
            && grid::is_one_step(candles.time_ms[b] - candles.time_ms[a], timeframe)
    };
    let all: Vec<(f64, i64)> = rows
        .windows(2)
        .filter(|pair| is_one(pair[0], pair[1]))
        .map(|pair| {
            (candles.close[pair[1]] / candles.close[pair[0]] - 1.0, candles.time_ms[pair[1]])
        })
        .filter(|(value, _)| value.is_finite())
        .collect();
    if all.len() < FEWEST_RETURNS {
        return Err(Undefined::too_few(all.len(), FEWEST_RETURNS));
    }
    let first = all[0];
    let largest =
        all.iter().fold(
            first,
            |largest, one| {
                if f64::abs(one.0) > f64::abs(largest.0) { *one } else { largest }
            },
        );
    let zero = all.iter().filter(|(value, _)| *value == 0.0).count();
    let mut sizes: Vec<f64> = all.iter().map(|(value, _)| f64::abs(*value)).collect();
    sort_numbers(&mut sizes);
    let p99_abs_bp = quantile(&sizes, 0.99) * 1e4;
    let bins = return_bins(all.iter().map(|(value, _)| *value), p99_abs_bp);
    let returns = Returns {
        count: all.len(),
        median_abs_bp: quantile(&sizes, 0.5) * 1e4,
        p99_abs_bp,
        largest_bp: largest.0 * 1e4,
        largest_time_ms: largest.1,
        zero_share: zero as f64 / all.len() as f64,
    };
    Ok((returns, bins))
}

fn busiest(market: &Market) -> Measure {
    if !market.has_volume {
        return Err(Undefined::because("not applicable: no volume"));
    }
    let rows = (0..market.candles.len()).filter(|&row| market.tradable(row));
    let mut volumes: Vec<f64> = rows.map(|row| market.candles.volume[row]).collect();
    let total: f64 = volumes.iter().sum();
    sort_numbers(&mut volumes);
    let busy = volumes.len().div_ceil(100);
    let busy: f64 = volumes[volumes.len() - busy..].iter().sum();
    crate::metrics::stats::ratio(busy, total, "no tradable row")
}

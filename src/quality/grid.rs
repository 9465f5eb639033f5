//! The clock of a market: slots of the timeframe, hours at which it is closed, holidays, and what is really missing.
//! METHOD §2 and §3; step by step in `tests/golden/cases/README.md`, "Closed hours, exactly".

use super::market::Gap;
use crate::domain::{Civil, DAY_MS, HOUR_MS};
use std::collections::BTreeMap;

/// Longest timeframe of which every row has to stand exactly on its slot.
const EXACT_BELOW_MS: i64 = 4 * HOUR_MS;
/// What a row of 4 hours to a day may be off: daylight saving time.
const TOLERANCE_MS: i64 = HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;
/// Slots a row beyond which a file is too thin to show hours of trading.
const THINNEST: i64 = 100;
/// Shortest span in which a week can repeat itself.
const TWO_WEEKS_MS: i64 = 2 * WEEK_MS;
/// Longest gap that may hold holidays.
const HOLIDAY_GAP_MS: i64 = 12 * DAY_MS;
/// Gaps that may be a weekend in a short file.
const WEEKEND_MS: std::ops::RangeInclusive<i64> = 36 * HOUR_MS..=120 * HOUR_MS;

/// Where candles of a timeframe belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    timeframe: i64,
    phase: i64,
    /// Months a slot, where the timeframe is one of the calendar.
    months: Option<i64>,
}

impl Slots {
    /// By the commonest phase of rows in time order.
    pub fn of(times: &[i64], timeframe: i64) -> Self {
        let days = |low: i64, high: i64| (low * DAY_MS..=high * DAY_MS).contains(&timeframe);
        let months = match () {
            () if days(28, 31) => Some(1),
            () if days(89, 92) => Some(3),
            () if days(365, 366) => Some(12),
            () => None,
        };
        Self { timeframe, phase: common_phase(times, timeframe), months }
    }

    /// Its length, ms.
    pub const fn timeframe(self) -> i64 {
        self.timeframe
    }

    /// Where slots begin within the timeframe, ms.
    pub const fn phase(self) -> i64 {
        self.phase
    }

    /// Months, quarters or years, which have no phase.
    pub const fn is_of_the_calendar(self) -> bool {
        self.months.is_some()
    }

    /// True for slots of one length.
    pub fn is_as_long_as(self, other: Self) -> bool {
        match (self.months, other.months) {
            (None, None) => self.timeframe == other.timeframe,
            (months, others) => months == others,
        }
    }

    /// Number of the slot of a time, ms.
    pub fn slot(self, time: i64) -> i64 {
        match self.months {
            Some(months) => {
                let civil = Civil::from_ms(time);
                (i64::from(civil.year) * 12 + i64::from(civil.month) - 1).div_euclid(months)
            }
            None => (2 * (time - self.phase) + self.timeframe).div_euclid(2 * self.timeframe),
        }
    }

    /// Open of a slot; meant for timeframes that are none of the calendar.
    const fn open(self, slot: i64) -> i64 {
        self.phase + slot * self.timeframe
    }

    /// Open of a slot of any timeframe, ms; of one of the calendar the first of its first month.
    pub fn time(self, slot: i64) -> i64 {
        let Some(months) = self.months else { return self.open(slot) };
        let month = slot * months;
        let first = Civil {
            year: month.div_euclid(12) as i32,
            month: month.rem_euclid(12) as u32 + 1,
            ..Civil::from_ms(0)
        };
        first.to_ms().unwrap_or(0)
    }

    /// Whether a row stands where rows of its slot belong. METHOD §2.
    pub fn is_in_place(self, time: i64, slot: i64) -> bool {
        let off = match self.months {
            Some(_) => 0,
            None => (time - self.open(slot)).abs(),
        };
        self.timeframe >= DAY_MS || off <= tolerance(self.timeframe)
    }
}

/// How far a row may stand from its slot.
const fn tolerance(timeframe: i64) -> i64 {
    if timeframe < EXACT_BELOW_MS { 0 } else { TOLERANCE_MS }
}

/// The commonest time within the timeframe (ties: the smallest).
fn common_phase(times: &[i64], timeframe: i64) -> i64 {
    let mut phases = BTreeMap::<i64, usize>::new();
    for run in times.chunk_by(|a, b| a.rem_euclid(timeframe) == b.rem_euclid(timeframe)) {
        *phases.entry(run[0].rem_euclid(timeframe)).or_default() += run.len();
    }
    let mut best = (0, 0);
    for (phase, count) in phases {
        if count > best.1 {
            best = (phase, count);
        }
    }
    best.0
}

/// What the clock of a market says about its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Some weekdays or hours have no rows, again and again: the market closes.
    pub sessions: bool,
    /// Slots with a row + missing slots.
    pub expected_slots: i64,
    /// Slots that should have a row.
    pub missing_slots: i64,
    /// Slots in which the market is closed; 0 without sessions.
    pub closed_slots: i64,
    /// UTC days with a slot of a holiday; 0 without sessions.
    pub holidays: usize,
    /// Steps between neighbours that are not explained by closed hours and holidays.
    pub steps_judged: usize,
    /// Those of one timeframe.
    pub steps_of_one: usize,
    /// Gaps with missing slots, in time order.
    pub gaps: Vec<Gap>,
    /// Rows that stand on no slot, or not first on theirs.
    pub off_grid: Vec<u32>,
}

impl Grid {
    /// The clock of rows in time order without duplicates. Without a timeframe every row is expected.
    pub(super) fn of(times: &[i64], timeframe: Option<i64>) -> Self {
        let Some(timeframe) = timeframe else {
            return Self { expected_slots: times.len() as i64, ..Self::default() };
        };
        let slots = Slots::of(times, timeframe);
        let slot: Vec<i64> = times.iter().map(|&time| slots.slot(time)).collect();
        let clock = Clock { times, slot: &slot, slots };
        let hours = clock.closed_hours();
        clock.judge(&hours)
    }
}

/// Fewer than one slot in a hundred has a row: going through all of them would cost more than it tells, or never end.
pub fn is_thin(times: &[i64], timeframe: i64) -> bool {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return false };
    last.saturating_sub(*first) / timeframe + 1 > THINNEST.saturating_mul(times.len() as i64)
}

/// A slot that should have a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    /// Its number; neighbours differ by 1.
    pub slot: i64,
    /// Its open, ms.
    pub time_ms: i64,
    /// The row that stands on it; without one it is missing.
    pub row: Option<u32>,
}

/// The slots that should have a row, from the first row that stands on one to the last, and the number of each row's slot.
/// A row off the grid belongs to none.
pub(super) fn expected(times: &[i64], timeframe: i64) -> (Vec<Expected>, Vec<i64>) {
    let slots = Slots::of(times, timeframe);
    let slot: Vec<i64> = times.iter().map(|&time| slots.slot(time)).collect();
    let clock = Clock { times, slot: &slot, slots };
    let hours = clock.closed_hours();
    let mut all = Vec::with_capacity(times.len());
    let mut add = |slot, row| all.push(Expected { slot, time_ms: slots.time(slot), row });
    let mut number = 0;
    for row in 0..slot.len() {
        if row > 0 {
            for (empty, kind) in clock.empty_before(&hours, row, &mut number) {
                if kind == Empty::Missing {
                    add(empty, None);
                }
            }
        }
        if row == 0 || slot[row] != slot[row - 1] {
            let is_on = slots.is_in_place(times[row], slot[row]);
            add(slot[row], is_on.then_some(row as u32));
        }
    }
    let last = all.iter().rposition(|one| one.row.is_some()).map_or(0, |at| at + 1);
    all.truncate(last);
    let first = all.iter().position(|one| one.row.is_some()).unwrap_or(0);
    all.drain(..first);
    (all, slot)
}

/// True for a step of one timeframe: exactly from below 4 hours, within an hour from there on, any from a day on.
pub(super) const fn is_one_step(step: i64, timeframe: i64) -> bool {
    timeframe >= DAY_MS || (step - timeframe).abs() <= tolerance(timeframe)
}

/// Why a slot is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Empty {
    Closed,
    Holiday,
    Missing,
}

/// Rows with their slots.
struct Clock<'a> {
    times: &'a [i64],
    slot: &'a [i64],
    slots: Slots,
}

/// Bits, one an empty slot.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(length: usize) -> Self {
        Self(vec![0; length.div_ceil(64)])
    }

    fn get(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }
}

/// Which empty slots are no fault. Without sessions there are none.
#[derive(Debug, Default)]
struct Hours {
    sessions: bool,
    /// By the number of the empty slot, in time order.
    closed: Bits,
    /// Days that are holidays because much of them is empty.
    exceptional: Vec<i64>,
}

/// What was seen of a slot of the week: up to two witnesses, the newest in the lowest bit.
#[derive(Clone, Copy, Default)]
struct Witnesses {
    count: u8,
    rows: u8,
}

impl Witnesses {
    const fn push(&mut self, has_row: bool) {
        self.rows = (self.rows << 1 | has_row as u8) & 0b11;
        if self.count < 2 {
            self.count += 1;
        }
    }

    const fn are_empty(self) -> bool {
        self.count > 0 && self.rows == 0
    }
}

impl Clock<'_> {
    fn empty_slots(&self) -> i64 {
        self.gaps().map(|(_, empty)| empty).sum()
    }

    /// Rows behind empty slots, and how many are empty.
    fn gaps(&self) -> impl DoubleEndedIterator<Item = (usize, i64)> + '_ {
        (1..self.slot.len()).filter_map(|row| {
            let empty = self.slot[row] - self.slot[row - 1] - 1;
            (empty > 0).then_some((row, empty))
        })
    }

    fn step(&self, row: usize) -> i64 {
        self.times[row] - self.times[row - 1]
    }

    /// Empty: without a row, between the first and the last.
    fn is_empty(&self, slot: i64) -> bool {
        match self.slot.binary_search(&slot) {
            Ok(_) => false,
            Err(at) => at > 0 && at < self.slot.len(),
        }
    }

    fn day(&self, slot: i64) -> i64 {
        self.slots.open(slot).div_euclid(DAY_MS)
    }

    /// UTC days with a row, in order.
    fn days(&self) -> Vec<i64> {
        let mut days: Vec<i64> = self.times.iter().map(|time| time.div_euclid(DAY_MS)).collect();
        days.dedup();
        days
    }

    fn closed_hours(&self) -> Hours {
        let timeframe = self.slots.timeframe;
        let (Some(first), Some(last)) = (self.slot.first(), self.slot.last()) else {
            return Hours::default();
        };
        let is_thin = last - first + 1 > THINNEST * self.slot.len() as i64;
        if self.slots.months.is_some() || DAY_MS % timeframe != 0 || is_thin {
            return Hours::default();
        }
        let days = self.days();
        let span = self.times[self.times.len() - 1] - self.times[0];
        let closed = if span >= TWO_WEEKS_MS {
            if !has_rest_days(&days) {
                return Hours::default();
            }
            self.closed_by_weeks(&days)
        } else {
            match self.closed_in_short_file(&days) {
                Some(closed) => closed,
                None => return Hours::default(),
            }
        };
        let exceptional = self.exceptional_days(&closed);
        Hours { sessions: true, closed, exceptional }
    }

    /// Closed: the same slot of the week is empty in the two weeks before, or in the two after.
    fn closed_by_weeks(&self, days: &[i64]) -> Bits {
        let week = (WEEK_MS / self.slots.timeframe) as usize;
        let first = self.slot[0];
        let place = |slot: i64| (slot - first) as usize % week;
        let total = self.empty_slots() as usize;
        let (mut closed, mut few) = (Bits::new(total), Bits::new(total));
        let mut number = 0;
        let mut seen = vec![Witnesses::default(); week];
        let mut judge = |witnesses: Witnesses, number: usize| {
            if witnesses.are_empty() {
                closed.set(number);
            }
            if witnesses.count < 2 {
                few.set(number);
            }
        };
        for row in 0..self.slot.len() {
            if row > 0 {
                let is_long = self.step(row) > WEEK_MS;
                for slot in self.slot[row - 1] + 1..self.slot[row] {
                    let before = &mut seen[place(slot)];
                    judge(*before, number);
                    // What lies inside a long gap says nothing about the week.
                    if !is_long {
                        before.push(false);
                    }
                    number += 1;
                }
            }
            if row == 0 || self.slot[row] != self.slot[row - 1] {
                seen[place(self.slot[row])].push(true);
            }
        }
        seen.fill(Witnesses::default());
        for row in (0..self.slot.len()).rev() {
            if row + 1 == self.slot.len() || self.slot[row] != self.slot[row + 1] {
                seen[place(self.slot[row])].push(true);
            }
            if row > 0 {
                let is_long = self.step(row) > WEEK_MS;
                for slot in (self.slot[row - 1] + 1..self.slot[row]).rev() {
                    number -= 1;
                    let after = &mut seen[place(slot)];
                    judge(*after, number);
                    if !is_long {
                        after.push(false);
                    }
                }
            }
        }
        if self.slots.timeframe < DAY_MS {
            self.close_near_the_ends(days, &few, &mut closed);
        }
        closed
    }

    /// Where weeks are missing as witnesses: the time of day is empty on the two days with rows before, or after.
    fn close_near_the_ends(&self, days: &[i64], few: &Bits, closed: &mut Bits) {
        let a_day = DAY_MS / self.slots.timeframe;
        let mut number = 0;
        for (row, _) in self.gaps() {
            for slot in self.slot[row - 1] + 1..self.slot[row] {
                if few.get(number) && !closed.get(number) {
                    let day = self.day(slot);
                    let before = days.partition_point(|&other| other < day);
                    let after = days.partition_point(|&other| other <= day);
                    let empty = |pair: Option<&[i64]>| {
                        pair.is_some_and(|pair| {
                            pair.iter().all(|other| self.is_empty(slot + (other - day) * a_day))
                        })
                    };
                    if empty(before.checked_sub(2).map(|from| &days[from..before]))
                        || empty(days.get(after..after + 2))
                    {
                        closed.set(number);
                    }
                }
                number += 1;
            }
        }
    }

    /// Files of less than two weeks: a weekend, or hours of the day without any row. `None` without sessions.
    fn closed_in_short_file(&self, days: &[i64]) -> Option<Bits> {
        let weekends = self.weekends(days);
        let has_days = self.slots.timeframe <= HOUR_MS && days.len() >= 3;
        if weekends.is_empty() && !(has_days && self.has_nights()) {
            return None;
        }
        let a_day = (DAY_MS / self.slots.timeframe) as usize;
        let place = |slot: i64| slot.rem_euclid(a_day as i64) as usize;
        let mut used = vec![false; a_day];
        for &slot in self.slot {
            used[place(slot)] = true;
        }
        let mut closed = Bits::new(self.empty_slots() as usize);
        let mut number = 0;
        for (row, _) in self.gaps() {
            let is_weekend = weekends.contains(&row);
            for slot in self.slot[row - 1] + 1..self.slot[row] {
                if is_weekend || (has_days && !used[place(slot)]) {
                    closed.set(number);
                }
                number += 1;
            }
        }
        Some(closed)
    }

    /// Rows behind a gap that holds a whole Saturday (or Sunday), where no whole one of the file has a row.
    fn weekends(&self, days: &[i64]) -> Vec<usize> {
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else { return Vec::new() };
        let mut rows: Vec<usize> = Vec::new();
        for name in [5, 6] {
            let whole: Vec<i64> = (first + 1..last).filter(|&day| weekday(day) == name).collect();
            if whole.iter().any(|day| days.binary_search(day).is_ok()) {
                continue;
            }
            rows.extend(self.gaps().map(|(row, _)| row).filter(|&row| {
                WEEKEND_MS.contains(&self.step(row))
                    && whole.iter().any(|day| {
                        self.times[row - 1] < day * DAY_MS && self.times[row] >= (day + 1) * DAY_MS
                    })
            }));
        }
        rows
    }

    /// Six neighbouring hours of the day, round midnight too, without any row.
    fn has_nights(&self) -> bool {
        let mut used = [false; 24];
        for time in self.times {
            used[time.rem_euclid(DAY_MS).div_euclid(HOUR_MS) as usize] = true;
        }
        (0..24).any(|from| (from..from + 6).all(|hour| !used[hour % 24]))
    }

    /// Days of which at least an hour's share is empty beside closed hours; none when there are too many of them.
    fn exceptional_days(&self, closed: &Bits) -> Vec<i64> {
        // Day, open slots, candidates.
        let mut tally: Vec<(i64, i64, i64)> = Vec::new();
        let mut count = |slot: i64, is_candidate: bool| {
            let day = self.day(slot);
            if tally.last().is_none_or(|last| last.0 != day) {
                tally.push((day, 0, 0));
            }
            if let Some(last) = tally.last_mut() {
                last.1 += 1;
                last.2 += i64::from(is_candidate);
            }
        };
        let mut number = 0;
        for row in 0..self.slot.len() {
            if row > 0 && self.slot[row] > self.slot[row - 1] + 1 {
                let empty = (self.slot[row] - self.slot[row - 1] - 1) as usize;
                let numbers = number..number + empty;
                let may_be = self.step(row) <= HOLIDAY_GAP_MS
                    && (self.slots.timeframe == DAY_MS
                        || numbers.clone().any(|number| closed.get(number)));
                for (slot, number) in (self.slot[row - 1] + 1..).zip(numbers) {
                    if !closed.get(number) && !is_fixed_holiday(self.day(slot)) {
                        count(slot, may_be);
                    }
                }
                number += empty;
            }
            if row == 0 || self.slot[row] != self.slot[row - 1] {
                count(self.slot[row], false);
            }
        }
        let exceptional: Vec<i64> = tally
            .iter()
            .filter(|(_, open, candidates)| *candidates > 0 && candidates * 24 >= *open)
            .map(|(day, ..)| *day)
            .collect();
        let most = (tally.len() / 10).max(2);
        if exceptional.len() > most { Vec::new() } else { exceptional }
    }

    /// The empty slots right before a row, and why they are empty. `number` counts all empty slots of the clock.
    fn empty_before<'a>(
        &'a self,
        hours: &'a Hours,
        row: usize,
        number: &mut usize,
    ) -> impl Iterator<Item = (i64, Empty)> + 'a {
        let empty = self.slot[row - 1] + 1..self.slot[row];
        let first = *number;
        *number += (empty.end - empty.start).max(0) as usize;
        let mut numbers = first..*number;
        let may_be = self.slots.timeframe == DAY_MS
            || hours.sessions && numbers.any(|number| hours.closed.get(number));
        let is_short = self.step(row) <= HOLIDAY_GAP_MS;
        empty.zip(first..).map(move |(slot, number)| {
            if !hours.sessions {
                return (slot, Empty::Missing);
            }
            if hours.closed.get(number) {
                return (slot, Empty::Closed);
            }
            let day = self.day(slot);
            let is_exceptional = may_be && hours.exceptional.binary_search(&day).is_ok();
            let is_holiday = is_short && (is_fixed_holiday(day) || is_exceptional);
            (slot, if is_holiday { Empty::Holiday } else { Empty::Missing })
        })
    }

    fn judge(&self, hours: &Hours) -> Grid {
        let slots = self.slots;
        let mut grid = Grid { sessions: hours.sessions, ..Grid::default() };
        let mut last_holiday = i64::MIN;
        let mut number = 0;
        for row in 0..self.slot.len() {
            let slot = self.slot[row];
            let is_first = row == 0 || slot != self.slot[row - 1];
            grid.expected_slots += i64::from(is_first);
            if !is_first || !slots.is_in_place(self.times[row], slot) {
                grid.off_grid.push(row as u32);
            }
            if row == 0 {
                continue;
            }
            let step = self.step(row);
            let empty = (slot - self.slot[row - 1] - 1).max(0);
            let mut missing = empty;
            if hours.sessions {
                for (slot, kind) in self.empty_before(hours, row, &mut number) {
                    match kind {
                        Empty::Missing => continue,
                        Empty::Closed => grid.closed_slots += 1,
                        Empty::Holiday => {
                            let day = self.day(slot);
                            grid.holidays += usize::from(day != last_holiday);
                            last_holiday = day;
                        }
                    }
                    missing -= 1;
                }
            }
            if missing > 0 {
                grid.missing_slots += missing;
                grid.gaps.push(Gap { row, missing_slots: missing });
            }
            if empty > 0 && missing == 0 {
                continue;
            }
            grid.steps_judged += 1;
            let fits = is_one_step(step, slots.timeframe);
            grid.steps_of_one += usize::from(slot - self.slot[row - 1] == 1 && fits);
        }
        grid.expected_slots += grid.missing_slots;
        grid
    }
}

/// Monday is 0; 1970-01-01 was a Thursday.
const fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// Some weekday has hardly any rows, the others have theirs, in weeks with a row. Days at the ends may be cut and do not
/// count.
fn has_rest_days(days: &[i64]) -> bool {
    let (Some(&first), Some(&last)) = (days.first(), days.last()) else { return false };
    let week = |day: i64| (day + 3).div_euclid(7);
    let (mut all, mut with_rows) = ([0_i64; 7], [0_i64; 7]);
    for days in days.chunk_by(|&a, &b| week(a) == week(b)) {
        let monday = week(days[0]) * 7 - 3;
        for day in (monday..monday + 7).filter(|&day| first < day && day < last) {
            all[weekday(day)] += 1;
            with_rows[weekday(day)] += i64::from(days.binary_search(&day).is_ok());
        }
    }
    let rests = |&name: &usize| 10 * with_rows[name] < all[name];
    let resting = (0..7).filter(rests).count();
    let (open, held) = (0..7)
        .filter(|name| !rests(name))
        .fold((0, 0), |(open, held), name| (open + all[name], held + with_rows[name]));
    (1..7).contains(&resting) && 4 * held >= 3 * open
}

/// 24 to 26 and 31 December, 1 and 2 January.
fn is_fixed_holiday(day: i64) -> bool {
    let civil = Civil::from_ms(day * DAY_MS);
    matches!((civil.month, civil.day), (12, 24..=26 | 31) | (1, 1..=2))
}

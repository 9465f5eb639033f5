//! Generated sample markets, the same bits on every machine. METHOD §12.
//!
//! [`Sample::Job143`] is a market like the source's: 155,520 five-minute rows, newest first, 29,341 of them without a
//! trade and 58,993 flat. Its newest rows hold 80 sweeps built for the preset "Job 143": about 12 of them win, and the
//! account loses about half, from honest data and costs. [`Sample::Clean`] has no defect at all.

use crate::random::Stream;
use std::fmt::Write as _;

/// Seed of the samples.
const SEED: u64 = 143;
/// Purpose of their random streams.
const PURPOSE: &str = "sample";
/// Timeframe, ms.
const STEP_MS: i64 = 300_000;
/// Open time of the newest row.
const LAST_MS: i64 = 1_761_446_700_000;
/// Its price: the source prints this row.
const LAST_PRICE: f64 = 192.86;

/// Rows of the Job 143 sample: 540 days of 288 rows.
const ROWS: usize = 155_520;
/// Rows without a trade, all of them flat.
const PLACEHOLDERS: usize = 29_341;
/// Flat rows, with and without volume.
const FLAT: usize = 58_993;
/// Rows of the clean sample: 180 days.
const CLEAN_ROWS: usize = 51_840;

/// Usable rows of the newest part, a little less than the 5,000 that the source looked back.
const NEWEST_USABLE: usize = 4_980;
/// Episodes of the newest part by how their trade ends.
const WINNERS: usize = 12;
const STOPS: usize = 45;
const DRIFTS: usize = 23;

/// A generated market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Contaminated like the source's data.
    Job143,
    /// Without a defect.
    Clean,
}

impl Sample {
    /// Every sample, in display order.
    pub const ALL: [Self; 2] = [Self::Job143, Self::Clean];

    /// The sample of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sample| sample.name() == name)
    }

    /// Name in options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Job143 => "job143",
            Self::Clean => "clean",
        }
    }

    /// File name of the sample.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Job143 => "sample_job143_5m.csv",
            Self::Clean => "sample_clean_5m.csv",
        }
    }

    /// The market as a CSV file.
    pub fn csv(self) -> String {
        let mut rows = match self {
            Self::Job143 => contaminated(),
            Self::Clean => clean(),
        };
        scale(&mut rows);
        let first_ms = LAST_MS - (rows.len() as i64 - 1) * STEP_MS;
        let mut text = String::with_capacity(rows.len() * 52);
        text.push_str("timestamp,open,high,low,close,volume\n");
        let mut line = |(i, row): (usize, &Row)| {
            let time = first_ms + i as i64 * STEP_MS;
            let Row { open, high, low, close, volume, .. } = row;
            let _ = writeln!(text, "{time},{open:.2},{high:.2},{low:.2},{close:.2},{volume:.3}");
        };
        match self {
            Self::Job143 => rows.iter().enumerate().rev().for_each(&mut line),
            Self::Clean => rows.iter().enumerate().for_each(&mut line),
        }
        text
    }
}

#[derive(Clone, Copy, Debug)]
struct Row {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    /// Flat rows may be inserted after it.
    loose: bool,
}

/// How an episode's trade ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Winner,
    Stop,
    Drift,
}

/// What an episode is made of.
struct Episode {
    /// +1: a support is swept; −1: a resistance.
    sign: f64,
    touches: usize,
    /// Depth of the sweep, fraction of the level.
    pierce: f64,
    /// Volume of the sweep row, in usual volumes.
    volume: f64,
    reversal: usize,
    ending: Ending,
}

/// A price path under construction.
struct Walk {
    rng: Stream,
    rows: Vec<Row>,
    price: f64,
    /// Deviation of a wick, fraction of the price.
    wick: f64,
}

/// Usual traded amount of a row.
const VOLUME: f64 = 21.0;

impl Walk {
    fn new(number: u64) -> Self {
        Self { rng: Stream::new(SEED, PURPOSE, number), rows: Vec::new(), price: 1.0, wick: 0.0024 }
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.rng.unit()
    }

    fn usual_volume(&mut self) -> f64 {
        VOLUME * self.between(0.45, 1.55)
    }

    /// A candle from the current price to `close` with random wicks that stay inside `low..high`.
    fn candle(&mut self, close: f64, (low, high): (f64, f64), volume: f64, loose: bool) {
        let open = self.price;
        let up = self.rng.normal().abs() * self.wick * close;
        let down = self.rng.normal().abs() * self.wick * close;
        let top = (open.max(close) + up).min(high).max(open.max(close));
        let bottom = (open.min(close) - down).max(low).min(open.min(close));
        self.rows.push(Row { open, high: top, low: bottom, close, volume, loose });
        self.price = close;
    }

    fn free(&mut self, close: f64, loose: bool) {
        let volume = self.usual_volume();
        self.candle(close, (0.0, f64::INFINITY), volume, loose);
    }

    /// Rows that hover around `centre` and keep their wicks on the far side of `bound` from the level.
    fn hover(&mut self, centre: f64, sign: f64, bound: f64, rows: usize) {
        for _ in 0..rows {
            let target = centre * (1.0 + self.rng.normal() * 0.000_9);
            let close =
                if sign > 0.0 { target.max(bound * 1.000_4) } else { target.min(bound * 0.999_6) };
            let volume = self.usual_volume();
            let limits = if sign > 0.0 { (bound, f64::INFINITY) } else { (0.0, bound) };
            self.candle(close, limits, volume, true);
        }
    }

    /// Touches of a level, the sweep, the reversal, and what follows it.
    fn episode(&mut self, episode: &Episode) {
        let sign = episode.sign;
        let level = self.price * (1.0 - sign * 0.004_2);
        let bound = level * (1.0 + sign * 0.001_4);
        let centre = level * (1.0 + sign * 0.004_0);
        for _ in 0..episode.touches {
            self.hover(centre, sign, bound, 4);
            let close = centre * (1.0 + self.rng.normal() * 0.000_6);
            let touch = level * (1.0 + self.between(-0.000_2, 0.000_2));
            let volume = self.usual_volume();
            self.pin(close, sign, touch, volume);
        }
        self.hover(centre, sign, bound, 4);

        let volume = VOLUME * episode.volume;
        let close = level * (1.0 - sign * self.between(0.001_4, 0.002_6));
        self.pin(close, sign, level * (1.0 - sign * episode.pierce), volume);
        self.tie_last();
        for _ in 0..episode.reversal {
            let step = self.between(0.001_0, 0.001_8);
            let close = self.price * (1.0 + sign * step);
            self.free(close, false);
        }
        self.follow(sign, episode.ending);
    }

    /// A candle whose wick on the level's side ends exactly at `reach`.
    fn pin(&mut self, close: f64, sign: f64, reach: f64, volume: f64) {
        let limits = if sign > 0.0 { (reach, f64::INFINITY) } else { (0.0, reach) };
        self.candle(close, limits, volume, true);
        if let Some(row) = self.rows.last_mut() {
            if sign > 0.0 { row.low = reach } else { row.high = reach }
        }
    }

    /// No flat row after the last one.
    fn tie_last(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.loose = false;
        }
    }

    fn follow(&mut self, sign: f64, ending: Ending) {
        let entry = self.price;
        match ending {
            Ending::Winner => {
                for step in 1..=12 {
                    let close = entry * (1.0 + sign * 0.032 * f64::from(step) / 12.0);
                    self.free(close, step % 3 == 0);
                }
            }
            Ending::Stop => {
                for step in 1..=6 {
                    let close = entry * (1.0 - sign * 0.010_5 * f64::from(step) / 6.0);
                    self.free(close, step > 1);
                }
            }
            Ending::Drift => {
                for _ in 0..19 {
                    let centre = entry * (1.0 + sign * 0.000_6);
                    let close = centre * (1.0 + self.rng.normal() * 0.000_9);
                    self.free(close, true);
                }
            }
        }
    }

    /// A plain walk that is pulled back to 1; `rows` candles.
    fn wander(&mut self, rows: usize) {
        for _ in 0..rows {
            let pull = (1.0 - self.price) * 0.000_12;
            let step = self.rng.normal() * 0.002_0 + pull;
            let close = self.price * (1.0 + step);
            let volume = if self.rng.unit() < 0.04 {
                VOLUME * self.between(2.0, 5.0)
            } else {
                self.usual_volume()
            };
            self.candle(close, (0.0, f64::INFINITY), volume, true);
        }
    }

    /// A walk with sweeps of many kinds, exactly `rows` candles.
    fn history(&mut self, rows: usize) {
        while self.rows.len() < rows {
            let stretch = 60 + self.rng.below(240);
            self.wander(stretch);
            let ending = match self.rng.below(20) {
                0..=4 => Ending::Winner,
                5..=15 => Ending::Stop,
                _ => Ending::Drift,
            };
            let episode = Episode {
                sign: if self.rng.below(2) == 0 { 1.0 } else { -1.0 },
                touches: 2 + self.rng.below(3),
                pierce: self.between(0.001_2, 0.006_0),
                volume: self.between(1.6, 7.0),
                reversal: 1 + self.rng.below(5),
                ending,
            };
            self.episode(&episode);
        }
        self.rows.truncate(rows);
        self.price = self.rows.last().map_or(1.0, |row| row.close);
    }
}

/// The endings of the newest part, evenly mixed.
fn endings() -> Vec<Ending> {
    let total = WINNERS + STOPS + DRIFTS;
    let counts = [(Ending::Winner, WINNERS), (Ending::Stop, STOPS), (Ending::Drift, DRIFTS)];
    let mut made = [0_usize; 3];
    (1..=total)
        .map(|position| {
            // The kind that lags most behind its share.
            let mut best = (0, i64::MIN);
            for (kind, (_, count)) in counts.iter().enumerate() {
                let lag = (count * position) as i64 - (made[kind] * total) as i64;
                if lag > best.1 {
                    best = (kind, lag);
                }
            }
            made[best.0] += 1;
            counts[best.0].0
        })
        .collect()
}

/// The newest real rows: 80 episodes at a price that is held near where it started.
fn newest(walk: &mut Walk) {
    let home = walk.price;
    for ending in endings() {
        let drift = match ending {
            Ending::Winner => 1.0,
            Ending::Stop => -1.0,
            Ending::Drift => 0.0,
        };
        // The side whose ending leads back home.
        let sign = if (walk.price < home) == (drift >= 0.0) { 1.0 } else { -1.0 };
        let episode = Episode {
            sign,
            touches: 4,
            pierce: walk.between(0.004_8, 0.006_8),
            volume: walk.between(6.0, 9.0),
            reversal: 5,
            ending,
        };
        walk.episode(&episode);
        let rest = walk.price;
        walk.hover(rest, 1.0, 0.0, 7);
    }
}

fn contaminated() -> Vec<Row> {
    let mut walk = Walk::new(0);
    let real = ROWS - FLAT;
    // The newest part is made first, so that its length is known; the older rows end where it begins.
    newest(&mut walk);
    let new_rows = std::mem::take(&mut walk.rows);
    let mut older = Walk::new(1);
    older.history(real - new_rows.len());
    join(&mut older.rows, new_rows.first().map_or(1.0, |row| row.open));

    let prints = FLAT - PLACEHOLDERS;
    let new_prints = NEWEST_USABLE - new_rows.len();
    let new_placeholders = PLACEHOLDERS * new_rows.len() / real;
    let mut rng = Stream::new(SEED, PURPOSE, 2);
    let mut rows =
        insert_flat(&older.rows, (prints - new_prints, PLACEHOLDERS - new_placeholders), &mut rng);
    // The newest row of all is a placeholder, as the source prints it.
    let mut tail = insert_flat(&new_rows, (new_prints, new_placeholders - 1), &mut rng);
    let close = tail.last().map_or(1.0, |row| row.close);
    tail.push(flat_row(close, 0.0));
    rows.append(&mut tail);
    rows
}

fn clean() -> Vec<Row> {
    let mut walk = Walk::new(3);
    walk.history(CLEAN_ROWS);
    walk.rows
}

/// Scales a path so that it ends at `price`.
fn join(rows: &mut [Row], price: f64) {
    let factor = price / rows.last().map_or(1.0, |row| row.close);
    for row in rows {
        for value in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
            *value *= factor;
        }
    }
}

fn flat_row(price: f64, volume: f64) -> Row {
    Row { open: price, high: price, low: price, close: price, volume, loose: true }
}

/// Inserts exactly so many single prints and placeholders after random loose rows.
fn insert_flat(real: &[Row], (prints, placeholders): (usize, usize), rng: &mut Stream) -> Vec<Row> {
    let loose: Vec<usize> = (0..real.len()).filter(|&i| real[i].loose).collect();
    let mut after = vec![[0_u32; 2]; real.len()];
    for (kind, count) in [prints, placeholders].into_iter().enumerate() {
        for _ in 0..count {
            after[loose[rng.below(loose.len())]][kind] += 1;
        }
    }
    let mut rows = Vec::with_capacity(real.len() + prints + placeholders);
    for (row, [mut prints, mut placeholders]) in real.iter().zip(after) {
        rows.push(*row);
        let mut price = row.close;
        while prints + placeholders > 0 {
            if rng.below((prints + placeholders) as usize) < prints as usize {
                prints -= 1;
                // A lone trade, a tick or two away.
                price = row.close * (1.0 + (rng.unit() - 0.5) * 0.000_3);
                let volume = VOLUME * (0.02 + 0.3 * rng.unit());
                rows.push(flat_row(price, volume));
            } else {
                placeholders -= 1;
                rows.push(flat_row(price, 0.0));
            }
        }
    }
    rows
}

/// Scales the path to its last price and rounds to cents; every candle stays what it is, flat or not.
fn scale(rows: &mut [Row]) {
    let factor = LAST_PRICE / rows.last().map_or(1.0, |row| row.close);
    let cents = |price: f64| (price * factor * 100.0).round() / 100.0;
    for row in rows {
        let flat = row.high <= row.low;
        row.open = cents(row.open);
        row.close = cents(row.close);
        row.high = cents(row.high).max(row.open).max(row.close);
        row.low = cents(row.low).min(row.open).min(row.close);
        if !flat && row.high <= row.low {
            row.high = ((row.high * 100.0).round() + 1.0) / 100.0;
        }
        row.volume = (row.volume * 1_000.0).round() / 1_000.0;
    }
}

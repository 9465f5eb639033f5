//! Small random files and parameters for the property tests, chosen so that much happens in few rows.
//!
//! Prices lie on a coarse grid: equal lows, levels, sweeps, flat rows and ties are frequent. Volumes are a handful of
//! whole numbers. Every defect that METHOD §2 names can occur.
#![allow(dead_code, reason = "each test file uses its own part")]

use cleansweep::domain::RawRows;
use cleansweep::domain::Sides;
use cleansweep::engine::EngineParams;
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::strategy::Params;
use cleansweep::strategy::sweep::SweepParams;
use proptest::prelude::*;
use proptest::sample::select;

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Defect {
    /// Nothing.
    None,
    /// Nobody traded: flat, volume 0.
    Placeholder,
    /// Volume 0 although there is a range.
    Impossible,
    /// A single trade: flat, with volume.
    SinglePrint,
    /// High below low.
    Inverted,
    /// No close.
    NoClose,
    /// A price of 0.
    ZeroLow,
    /// High below the close, everything positive.
    LowHigh,
    /// Volume below 0.
    NegativeVolume,
    /// No volume.
    NoVolume,
    /// Endless volume.
    InfiniteVolume,
    /// A far excursion upwards that is gone at once.
    SpikeUp,
    /// A far excursion downwards that is gone at once.
    SpikeDown,
    /// A high that no market prints; an excursion like the others where prices are mirrored.
    Wild,
    /// The same row again.
    Again,
    /// The same time again with other values.
    Conflict,
    /// That many slots are missing before the row.
    Gap(u8),
    /// Opens that many steps away from the last close, and stays there.
    Jump(i8),
    /// A third of a timeframe late.
    Late,
    /// That many placeholders follow.
    Quiet(u8),
}

/// One row, in steps of the price grid.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub gap: i8,
    pub body: i8,
    pub up: u8,
    pub down: u8,
    pub volume: u8,
    pub defect: Defect,
}

/// A random file.
#[derive(Clone, Debug)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub timeframe_ms: i64,
    pub start_slot: i64,
    /// Size of a price step.
    pub tick: f64,
    /// Price in the middle.
    pub middle: f64,
    /// What the volume column holds: numbers, zeros, or nothing.
    pub volume: VolumeColumn,
    /// Newest row first.
    pub reversed: bool,
}

/// What the volume column of a file holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VolumeColumn {
    Numbers,
    Zeros,
    Missing,
}

fn defect() -> impl Strategy<Value = Defect> {
    prop_oneof![
        60 => Just(Defect::None),
        2 => Just(Defect::Placeholder),
        1 => Just(Defect::Impossible),
        1 => Just(Defect::SinglePrint),
        1 => select(vec![
            Defect::Inverted, Defect::NoClose, Defect::ZeroLow, Defect::LowHigh,
            Defect::NegativeVolume, Defect::NoVolume, Defect::InfiniteVolume,
        ]),
        2 => select(vec![Defect::SpikeUp, Defect::SpikeDown, Defect::Wild]),
        1 => select(vec![Defect::Again, Defect::Conflict]),
        1 => (1_u8..9).prop_map(Defect::Gap),
        1 => select(vec![-14_i8, -9, -5, 5, 9, 14]).prop_map(Defect::Jump),
        1 => Just(Defect::Late),
        2 => (1_u8..5).prop_map(Defect::Quiet),
    ]
}

/// A row without a defect; `clean` rows come in every shape, the flat one included.
fn shape() -> impl Strategy<Value = Step> {
    (
        prop_oneof![6 => Just(0_i8), 1 => Just(-1), 1 => Just(1)],
        -3_i8..=3,
        prop_oneof![4 => 0_u8..=1, 1 => 2_u8..=5],
        prop_oneof![4 => 0_u8..=1, 1 => 2_u8..=5],
        prop_oneof![4 => 8_u8..=12, 2 => 13_u8..=40],
    )
        .prop_map(|(gap, body, up, down, volume)| Step {
            gap,
            body,
            up,
            down,
            volume,
            defect: Defect::None,
        })
}

/// Rows of which `dirty` says whether they may have defects.
pub fn steps(rows: std::ops::Range<usize>, dirty: bool) -> BoxedStrategy<Vec<Step>> {
    if dirty {
        prop::collection::vec(
            (shape(), defect()).prop_map(|(step, defect)| Step { defect, ..step }),
            rows,
        )
        .boxed()
    } else {
        prop::collection::vec(shape(), rows).boxed()
    }
}

/// Random files with defects. Prices are around 100, steps between 0.1 % and 0.5 %.
pub fn plan(rows: std::ops::Range<usize>) -> impl Strategy<Value = Plan> {
    (
        prop_oneof![4 => Just(true), 1 => Just(false)]
            .prop_flat_map(move |d| steps(rows.clone(), d)),
        select(vec![300_000_i64, 3_600_000, 14_400_000, 86_400_000]),
        0_i64..50,
        select(vec![0.1, 0.25, 0.37, 0.5]),
        prop_oneof![
            8 => Just(VolumeColumn::Numbers),
            1 => Just(VolumeColumn::Zeros),
            1 => Just(VolumeColumn::Missing),
        ],
        any::<bool>(),
    )
        .prop_map(|(steps, timeframe_ms, start_slot, tick, volume, reversed)| Plan {
            steps,
            timeframe_ms,
            start_slot,
            tick,
            middle: 100.0,
            volume,
            reversed,
        })
}

/// Random files without defects on a dyadic price grid, for exact mirroring.
pub fn dyadic_plan(rows: std::ops::Range<usize>) -> impl Strategy<Value = Plan> {
    (
        any::<bool>().prop_flat_map(move |dirty| steps(rows.clone(), dirty)),
        select(vec![300_000_i64, 14_400_000]),
        select(vec![0.125, 0.25, 0.5]),
    )
        .prop_map(|(steps, timeframe_ms, tick)| Plan {
            steps,
            timeframe_ms,
            start_slot: 7,
            tick,
            middle: 128.0,
            volume: VolumeColumn::Numbers,
            reversed: false,
        })
}

impl Plan {
    /// The file's rows, in file order.
    pub fn rows(&self) -> RawRows {
        let mut rows = Vec::new();
        let price = |steps: i32| self.middle + self.tick * f64::from(steps);
        let mut slot = self.start_slot + 400_000;
        let mut last = 0_i32;
        for step in &self.steps {
            slot += 1;
            let mut open = last + i32::from(step.gap);
            let mut body = i32::from(step.body);
            match step.defect {
                Defect::Gap(slots) => slot += i64::from(slots),
                Defect::Jump(steps) => open += i32::from(steps),
                _ => {}
            }
            // Prices stay near the middle, so that old levels are met again.
            if open > 14 {
                body = -body.abs();
            } else if open < -14 {
                body = body.abs();
            }
            open = open.clamp(-60, 60);
            if matches!(step.defect, Defect::Placeholder | Defect::SinglePrint) {
                body = 0;
            }
            let close = open + body;
            last = close;
            let (mut high, mut low) = (open.max(close), open.min(close));
            if !matches!(step.defect, Defect::Placeholder | Defect::SinglePrint) {
                high += i32::from(step.up);
                low -= i32::from(step.down);
            }
            if step.defect == Defect::Impossible && high == low {
                high += 1;
            }
            if step.defect == Defect::SpikeUp || step.defect == Defect::Wild {
                high += 90;
            }
            if step.defect == Defect::SpikeDown {
                low -= 90;
            }
            let mut values =
                [price(open), price(high), price(low), price(close), f64::from(step.volume)];
            match step.defect {
                Defect::Placeholder | Defect::Impossible => values[4] = 0.0,
                Defect::Inverted => {
                    values.swap(1, 2);
                    values[1] -= self.tick;
                }
                Defect::Wild if self.middle == 100.0 => values[1] *= 40.0,
                Defect::NoClose => values[3] = f64::NAN,
                Defect::ZeroLow => values[2] = 0.0,
                Defect::LowHigh => values[1] = values[3] - self.tick,
                Defect::NegativeVolume => values[4] = -1.0,
                Defect::NoVolume => values[4] = f64::NAN,
                Defect::InfiniteVolume => values[4] = f64::INFINITY,
                _ => {}
            }
            match self.volume {
                VolumeColumn::Numbers => {}
                VolumeColumn::Zeros => values[4] = 0.0,
                VolumeColumn::Missing => values[4] = f64::NAN,
            }
            let late = if step.defect == Defect::Late { self.timeframe_ms / 3 } else { 0 };
            let time = slot * self.timeframe_ms + late;
            rows.push((time, values));
            if let Defect::Quiet(count) = step.defect {
                let volume = if self.volume == VolumeColumn::Missing { f64::NAN } else { 0.0 };
                for _ in 0..count {
                    slot += 1;
                    let flat = price(close);
                    rows.push((slot * self.timeframe_ms, [flat, flat, flat, flat, volume]));
                }
            }
            if step.defect == Defect::Again {
                rows.push((time, values));
            }
            if step.defect == Defect::Conflict {
                let mut other = values;
                other[3] = other[2];
                other[4] *= f64::from(step.up);
                rows.push((time, other));
            }
        }
        if self.reversed {
            rows.reverse();
        }
        from_rows(&rows)
    }
}

/// Columns from rows.
pub fn from_rows(rows: &[(i64, [f64; 5])]) -> RawRows {
    let mut columns = RawRows::default();
    for (time, values) in rows {
        columns.push(*time, *values);
    }
    columns
}

/// Parameters under which short files give many trades and all kinds of rejections.
pub fn params() -> impl Strategy<Value = Params> {
    let pattern = (
        select(vec![0.0, 0.001, 0.002, 0.004]),
        select(vec![1.0, 1.0, 1.0, 1.2, 1.5]),
        select(vec![1_u32, 1, 2, 3]),
        select(vec![1_u32, 1, 2, 3]),
        select(vec![10_u32, 20, 40, 120]),
        select(vec![1_u32, 1, 2, 3]),
        select(vec![0.0, 0.001, 0.003, 0.005, 0.01]),
        select(vec![2_u32, 3, 5, 14, 30]),
        select(vec![2_u32, 3, 5, 20]),
        any::<bool>(),
        select(vec![Sides::Both, Sides::Both, Sides::Both, Sides::Long, Sides::Short]),
    );
    let trade = (
        select(vec![0.25, 0.5, 1.0, 1.59, 2.0, 3.0]),
        select(vec![Some(0.5), Some(1.0), Some(1.5), Some(2.5), None]),
        select(vec![Some(1_u32), Some(2), Some(3), Some(5), Some(10), Some(40), None]),
        select(vec![0.0005, 0.005, 0.02, 0.1]),
        select(vec![None, None, Some(0.1), Some(1.0), Some(3.0)]),
        select(vec![0.0, 0.001, 0.01]),
        select(vec![0.0, 0.0005, 0.01]),
        select(vec![0.0, 0.0, 0.003, 0.01]),
        select(vec![0.0, 0.0, 0.002, 0.008]),
        select(vec![1_u32, 1, 2, 3, 10]),
        select(vec![None, None, None, None, Some(0.005), Some(0.02)]),
        select(vec![None, None, None, None, Some(0.01), Some(0.1)]),
    );
    let reckless = prop_oneof![9 => Just(false), 1 => Just(true)];
    (pattern, trade, reckless).prop_map(
        |(
            (pierce, spike, reversal, touches, lookback, bars, tolerance, atr, mean, die, sides),
            (
                stop,
                ratio,
                hold,
                risk,
                leverage,
                fee,
                slippage,
                tight,
                quiet,
                delay,
                daily,
                drawdown,
            ),
            reckless,
        )| {
            let need = bars + 1 + (touches - 1) * (bars + 1);
            let own = SweepParams {
                pierce_depth: pierce,
                volume_spike_threshold: spike,
                reversal_candles: reversal,
                min_level_touches: touches,
                key_level_lookback: lookback.max(need),
                pivot_bars: bars,
                level_tolerance: tolerance,
                volume_ma_period: mean,
                levels_die: die,
            };
            let engine = EngineParams {
                atr_period: atr,
                sides,
                atr_multiplier_sl: stop,
                risk_reward_ratio: ratio,
                max_holding_periods: hold,
                risk_per_trade: risk,
                max_leverage: leverage,
                fee,
                slippage,
                min_stop_frac: tight,
                min_atr_frac: quiet,
                max_entry_delay: delay,
                daily_loss_limit: daily,
                drawdown_stop: drawdown,
                ..EngineParams::default()
            };
            if !reckless {
                return own.with(engine);
            }
            // Costs and size that ruin the account within a few trades.
            own.with(EngineParams {
                atr_multiplier_sl: 0.25,
                risk_per_trade: 0.1,
                max_leverage: None,
                fee: 0.01,
                slippage: 0.01,
                min_stop_frac: 0.0,
                daily_loss_limit: None,
                drawdown_stop: None,
                ..engine
            })
        },
    )
}

/// Every policy, the sound ones more often.
pub fn cleaning() -> impl Strategy<Value = Cleaning> {
    let sound = vec![Policy::Mask, Policy::Drop, Policy::Segment, Policy::Raw];
    (
        prop_oneof![2 => select(sound), 1 => select(Policy::ALL.to_vec())],
        any::<bool>(),
        select(vec![0_u32, 1, 5]),
    )
        .prop_map(|(policy, remove_spikes, max_gap_bars)| Cleaning {
            remove_spikes,
            max_gap_bars,
            ..Cleaning::with_policy(policy)
        })
}

//! Do trades that lean on dirty rows end otherwise than the others? METHOD-DATA §5.

use crate::domain::{Measure, RowFlags, Trade, Undefined, order_of, sort_rows};
use crate::engine::Series;
use crate::metrics::stats::{correlation, mean, mean_of, ranks};
use crate::quality::Market;
use crate::random::Stream;
use crate::strategy::Params;
use crate::table::ParamValue;

/// Permutations of the test.
pub const REPLICATES: u64 = 2_000;
/// Fewest trades of the test and of the terciles.
const FEWEST_TRADES: usize = 15;
/// Two correlations that rounding alone tells apart are equal.
const ROUNDING: f64 = 1e-12;

/// Share of dirty rows in each stretch of the file that a trade rests on, as fractions. Rows are those of the de-duplicated
/// file, whatever the policy; missing slots inside a stretch count, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// From the `atr_period`-th usable row counted back from the signal, to the signal.
    pub atr: f64,
    /// Rows of the mean volume to the row before the one that the signal rests on; `None` where the strategy has no such mean.
    pub volume: Option<f64>,
    /// `key_level_lookback` rows before the one that the signal rests on; `None` where the strategy looks for no level.
    pub level: Option<f64>,
    /// From entry to exit. Nothing of it was known at the signal.
    pub held: f64,
    /// Mean of the first three, of those that there are.
    pub contamination: f64,
}

/// A third of the trades, by contamination.
#[derive(Clone, Debug, PartialEq)]
pub struct Tercile {
    /// Trades.
    pub trades: usize,
    /// Lowest and highest contamination; `None` without a trade.
    pub bounds: Option<(f64, f64)>,
    /// Mean net result, R.
    pub mean_r: Measure,
    /// Share of trades with a net gain.
    pub win_rate: Measure,
}

/// What dirty rows have to do with the results of a run.
#[derive(Clone, Debug)]
pub struct Contamination {
    /// One a trade, in their order.
    pub rows: Vec<Exposure>,
    /// Spearman's correlation of contamination and net result in R, from 15 trades on.
    pub rho: Measure,
    /// Share of permutations with a correlation at least as far from 0.
    pub p: Measure,
    /// Seed of the permutations.
    pub seed: u64,
    /// The trades in three parts by contamination; equal values stay together.
    pub terciles: Result<[Tercile; 3], Undefined>,
}

/// The de-duplicated rows of a file with running counts, so that any stretch is judged at once.
struct Rows<'a> {
    time_ms: &'a [i64],
    /// Dirty rows before each row.
    dirty: Vec<u32>,
    /// Missing slots before each row, those right before it included.
    missing: Vec<i64>,
}

impl<'a> Rows<'a> {
    fn of(market: &'a Market) -> Self {
        let rows = market.candles.len();
        let mut dirty = Vec::with_capacity(rows + 1);
        dirty.push(0);
        let mut missing = vec![0; rows];
        for gap in &market.grid.gaps {
            missing[gap.row] = gap.missing_slots;
        }
        let mut slots = 0;
        for row in 0..rows {
            let is_dirty = !market.tradable(row) || market.flags[row].has(RowFlags::SPIKE);
            dirty.push(dirty[row] + u32::from(is_dirty));
            slots += missing[row];
            missing[row] = slots;
        }
        Self { time_ms: &market.candles.time_ms, dirty, missing }
    }

    /// The row that a clock row of a series is.
    fn at(&self, series: &Series, clock_row: u32) -> usize {
        let time = series.clock_time_ms[clock_row as usize];
        self.time_ms.partition_point(|&other| other < time)
    }

    /// Dirty share of the rows from `first` to the one before `end`, and of the slots between them.
    fn share(&self, first: usize, end: usize) -> f64 {
        if first >= end {
            return 0.0;
        }
        let slots = self.missing[end - 1] - self.missing[first];
        let dirty = i64::from(self.dirty[end] - self.dirty[first]) + slots;
        dirty as f64 / ((end - first) as i64 + slots) as f64
    }
}

fn exposure(rows: &Rows<'_>, series: &Series, params: &Params, trade: &Trade) -> Exposure {
    let count = |key: &str| match params.get(key) {
        Some(ParamValue::Number(count)) => Some(count as usize),
        _ => None,
    };
    // The n-th usable row back from one, as a row of the file.
    let back = |usable: usize, n: usize| {
        let first = usable.saturating_sub(n);
        series.clock_row.get(first).map_or(0, |&row| rows.at(series, row))
    };
    let from = rows.at(series, trade.from_row);
    let atr = rows.share(
        back(series.usable_from(trade.signal_row) + 1, params.engine.atr_period as usize),
        rows.at(series, trade.signal_row) + 1,
    );
    let volume = count("volume_ma_period")
        .map(|period| rows.share(back(series.usable_from(trade.from_row), period), from));
    let level =
        count("key_level_lookback").map(|lookback| rows.share(from.saturating_sub(lookback), from));
    let held = rows.share(rows.at(series, trade.entry_row), rows.at(series, trade.exit_row) + 1);
    let known: Vec<f64> = [Some(atr), volume, level].into_iter().flatten().collect();
    Exposure { atr, volume, level, held, contamination: mean(&known) }
}

impl Contamination {
    /// Of the trades that a series of this file gave.
    pub fn of(
        market: &Market,
        series: &Series,
        params: &Params,
        trades: &[Trade],
        seed: u64,
    ) -> Self {
        let all = Rows::of(market);
        let rows: Vec<Exposure> =
            trades.iter().map(|trade| exposure(&all, series, params, trade)).collect();
        let shares: Vec<f64> = rows.iter().map(|row| row.contamination).collect();
        let net_r: Vec<f64> = trades.iter().map(Trade::net_r).collect();
        let (rho, p, terciles) = if trades.len() < FEWEST_TRADES {
            let few = || Undefined::too_few(trades.len(), FEWEST_TRADES);
            (Err(few()), Err(few()), Err(few()))
        } else {
            let (rho, p) = spearman(&shares, &net_r, seed);
            (rho, p, Ok(terciles(&shares, trades)))
        };
        Self { rows, rho, p, seed, terciles }
    }

    /// Mean of a part over the trades that have it.
    pub fn mean(&self, part: impl Fn(&Exposure) -> Option<f64>) -> Measure {
        mean_of(&self.rows.iter().filter_map(part).collect::<Vec<_>>())
    }
}

/// Spearman's correlation and how often a permutation of the results is as far from 0.
fn spearman(shares: &[f64], net_r: &[f64], seed: u64) -> (Measure, Measure) {
    let (a, b) = (ranks(shares), ranks(net_r));
    let rho = match correlation(&a, &b) {
        Ok(rho) => rho,
        Err(reason) => return (Err(reason.clone()), Err(reason)),
    };
    let as_far = (0..REPLICATES)
        .filter(|&replicate| {
            let mut stream = Stream::new(seed, "contamination", replicate);
            let mut b = b.clone();
            for at in (1..b.len()).rev() {
                b.swap(at, stream.below(at + 1));
            }
            correlation(&a, &b).is_ok_and(|other| other.abs() >= rho.abs() - ROUNDING)
        })
        .count();
    (Ok(rho), Ok((as_far + 1) as f64 / (REPLICATES + 1) as f64))
}

/// Thirds that end at the ⌈n/3⌉-th and the ⌈2n/3⌉-th value.
fn terciles(shares: &[f64], trades: &[Trade]) -> [Tercile; 3] {
    let mut order: Vec<u32> = (0..shares.len() as u32).collect();
    sort_rows(&mut order, |at| order_of(shares[at as usize]));
    let value = |place: usize| shares[order[place - 1] as usize];
    let ends = [1, 2].map(|third| value((third * shares.len()).div_ceil(3)));
    let part = |third: usize| {
        let of = |share: f64| usize::from(share > ends[0]) + usize::from(share > ends[1]);
        let own: Vec<usize> =
            order.iter().map(|&at| at as usize).filter(|&at| of(shares[at]) == third).collect();
        // In the order of the trades, as every sum.
        let mut by_trade = own.clone();
        by_trade.sort_unstable();
        let net_r: Vec<f64> = by_trade.iter().map(|&at| trades[at].net_r()).collect();
        let wins: Vec<f64> =
            by_trade.iter().map(|&at| f64::from(u8::from(trades[at].net > 0.0))).collect();
        Tercile {
            trades: own.len(),
            bounds: own.first().zip(own.last()).map(|(low, high)| (shares[*low], shares[*high])),
            mean_r: mean_of(&net_r),
            win_rate: mean_of(&wins),
        }
    };
    [part(0), part(1), part(2)]
}

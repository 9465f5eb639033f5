//! Random entries with the same exits, sizing, costs, sides and number of trades: the null for the entry rule.
//! METHOD-TRAINING §7.
//!
//! Rows are never redrawn because two trades would overlap, and no step depends on how a trade ends: that would be biased.

use super::FEWEST_TRADES;
use crate::backtest::Stages;
use crate::domain::{Measure, Side, Undefined, pulse, sort_numbers};
use crate::engine::run::{self, not_quiet, signal_valid};
use crate::engine::{Backtest, ExitStates};
use crate::metrics::stats::{deviation, is_constant, mean};
use crate::metrics::{MetricInput, quantile};
use crate::random::Stream;
use crate::strategy::Params;
use serde::{Deserialize, Serialize};

/// Replicates.
pub const ENTRY_REPLICATES: usize = 2_000;
/// Replicates this close to the observed number count as equal to it.
const TIE: f64 = 1e-12;

/// One statistic under random entries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NullOf {
    /// Key of the metric.
    pub key: String,
    /// What the strategy made.
    pub observed: f64,
    /// Mean over the replicates.
    pub mean: f64,
    /// Standard deviation over the replicates, ddof 1.
    pub sd: Measure,
    /// (b + 1)/(B + 1), b = replicates at least as high as the observed number. Undefined where exits are the strategy's own:
    /// entries and exits then hang together, and p would be wrong (METHOD-STRATEGIES §2).
    pub p: Measure,
    /// 5 % and 95 % quantile of the replicates.
    pub band: (f64, f64),
}

/// What random entries make on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomEntries {
    /// Seed of the streams.
    pub seed: u64,
    /// Rows at which the strategy could have given a signal.
    pub eligible_rows: usize,
    /// Those of them outside of the observed trades.
    pub idle_rows: usize,
    /// Win rate, mean R and total return.
    pub statistics: Vec<NullOf>,
}

impl RandomEntries {
    /// A statistic by key.
    pub fn get(&self, key: &str) -> Option<&NullOf> {
        self.statistics.iter().find(|null| null.key == key)
    }
}

/// What a trade from a row comes to.
#[derive(Clone, Copy)]
struct Outcome {
    /// Usable row of the exit; 0 = not yet computed, because an exit is never at row 0.
    exit: u32,
    won: bool,
    r: f64,
    /// Return on equity.
    on_equity: f64,
}

const UNKNOWN: Outcome = Outcome { exit: 0, won: false, r: 0.0, on_equity: 0.0 };

/// 5 % and 95 % quantile.
fn band(column: &[f64]) -> (f64, f64) {
    let mut sorted = column.to_vec();
    sort_numbers(&mut sorted);
    (quantile(&sorted, 0.05), quantile(&sorted, 0.95))
}

/// Where an entry drawn at a place of the eligible rows moves to: the first row whose exit state for its side is off, past the
/// end from the start. Without states, or where none is off, it stays.
fn settled_places(
    eligible: &[u32],
    states: Option<&ExitStates>,
) -> impl Fn(Side, usize) -> usize + use<> {
    let count = eligible.len();
    let places = states.map(|states| {
        Side::BOTH.map(|side| {
            let on = states.of(side);
            let mut places = vec![0_u32; count];
            // Twice around, from the end: the second time knows what follows the end.
            let mut next = None;
            for at in (0..count).rev().chain((0..count).rev()) {
                if !on[eligible[at] as usize] {
                    next = Some(at as u32);
                }
                places[at] = next.unwrap_or(at as u32);
            }
            places
        })
    });
    move |side, at| places.as_ref().map_or(at, |places| places[side.index()][at] as usize)
}

/// Draws the trades of a run anew at random rows.
pub fn random_entries(
    stages: &mut Stages,
    params: &Params,
    observed: &Backtest,
    seed: u64,
) -> Result<RandomEntries, Undefined> {
    let n = observed.trades.len();
    if n < FEWEST_TRADES {
        return Err(Undefined::too_few(n, FEWEST_TRADES));
    }
    let exits = stages.exits(params);
    let (series, atr) = (stages.series(), stages.atr());
    let engine = &params.engine;
    let first_row = observed.first_row;
    let eligible: Vec<u32> = (0..series.len().saturating_sub(1))
        .filter(|&t| {
            let entry = t + 1;
            series.clock_row[entry] >= first_row
                && signal_valid(series, atr, t)
                && not_quiet(series, atr, engine, t)
                && series.segment_start[entry] == series.segment_start[t]
                && series.clock_row[entry] - series.clock_row[t] <= engine.max_entry_delay
                && run::stop_frac(series, engine, &exits, Side::Long, (t, atr[t]))
                    .is_some_and(|stop| stop >= engine.min_stop_frac)
        })
        .map(|t| t as u32)
        .collect();
    let count = eligible.len();
    if count == 0 {
        return Err(Undefined::because("no row at which a signal could be"));
    }
    // The first eligible row from a place on, around the end, that would not be left at once.
    let settled = settled_places(&eligible, exits.states.as_deref());
    let index_of = |row: u32| eligible.partition_point(|&other| other < row);
    let taken: usize = observed
        .trades
        .iter()
        .map(|trade| {
            let signal = series.usable_from(trade.signal_row) as u32;
            let exit = series.usable_from(trade.exit_row) as u32;
            index_of(exit) - index_of(signal)
        })
        .sum();
    let idle = count.saturating_sub(taken);

    let mut known = [vec![UNKNOWN; count], vec![UNKNOWN; count]];
    let mut outcome = |at: usize, side: Side| -> Outcome {
        let slot = &mut known[side.index()][at];
        if slot.exit == 0 {
            let row = eligible[at] as usize;
            let (trade, exit) = run::trade_at(series, engine, &exits, side, (row, atr[row]));
            let size = engine.max_leverage.map_or(engine.risk_per_trade, |leverage| {
                engine.risk_per_trade.min(leverage * trade.stop_frac())
            });
            *slot = Outcome {
                exit: exit as u32,
                won: MetricInput::is_win(&trade),
                r: trade.net_r(),
                on_equity: trade.net_r() * size,
            };
        }
        *slot
    };

    let sides: Vec<Side> = observed.trades.iter().map(|trade| trade.side).collect();
    let mut columns: [Vec<f64>; 3] = std::array::from_fn(|_| Vec::with_capacity(ENTRY_REPLICATES));
    let (mut order, mut cuts) = (sides.clone(), vec![0_i64; n]);
    for replicate in 0..ENTRY_REPLICATES {
        pulse();
        let mut stream = Stream::new(seed, "entries", replicate as u64);
        order.copy_from_slice(&sides);
        for i in (1..n).rev() {
            order.swap(i, stream.below(i + 1));
        }
        for cut in &mut cuts {
            *cut = stream.below(idle + 1) as i64;
        }
        cuts.sort_unstable();
        // The first eligible row that is free for the next trade.
        let mut free = stream.below(count);
        let (mut wins, mut sum, mut growth) = (0_usize, 0.0, 1.0);
        for (j, &side) in order.iter().enumerate() {
            let gap = if j == 0 { 0 } else { (cuts[j] - cuts[j - 1]) as usize };
            let at = settled(side, (free + gap) % count);
            let made = outcome(at, side);
            wins += usize::from(made.won);
            sum += made.r;
            growth *= 1.0 + made.on_equity;
            free = index_of(made.exit).max(at + 1);
        }
        columns[0].push(wins as f64 / n as f64);
        columns[1].push(sum / n as f64);
        columns[2].push(growth - 1.0);
    }

    let wins = observed.trades.iter().filter(|trade| MetricInput::is_win(trade)).count();
    let r: Vec<f64> = observed.trades.iter().map(crate::domain::Trade::net_r).collect();
    let made = [
        ("win_rate", wins as f64 / n as f64),
        ("expectancy_r", mean(&r)),
        ("total_return", observed.end_equity / engine.starting_equity - 1.0),
    ];
    let statistics = made
        .into_iter()
        .zip(&columns)
        .map(|((key, observed), column)| {
            let beyond = column.iter().filter(|&&value| value >= observed - TIE).count();
            NullOf {
                key: key.to_owned(),
                observed,
                mean: mean(column),
                sd: if is_constant(column) {
                    Err(Undefined::zero_deviation())
                } else {
                    Ok(deviation(column, 1))
                },
                p: if exits.states.is_none() {
                    Ok((beyond + 1) as f64 / (ENTRY_REPLICATES + 1) as f64)
                } else {
                    Err(Undefined::because("the exits are the strategy's own"))
                },
                band: band(column),
            }
        })
        .collect();
    Ok(RandomEntries { seed, eligible_rows: count, idle_rows: idle, statistics })
}

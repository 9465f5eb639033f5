//! Stationary bootstrap with automatic block length. METHOD-TRAINING §4.
//!
//! Politis, D. N. and Romano, J. P. (1994), "The stationary bootstrap", JASA 89; Politis and White (2004), "Automatic
//! block-length selection for the dependent bootstrap", corrected by Patton, Politis and White (2009), Econometric
//! Reviews 28.

use super::{FEWEST_FOR_KELLY, optimal_fraction};
use crate::domain::{Measure, Undefined, pulse, sort_numbers};
use crate::metrics::MetricInput;
use crate::metrics::stats::{is_constant, mean, quantile, signal_to_noise, sum};
use crate::random::Stream;
use serde::{Deserialize, Serialize};

/// Replicates of every bootstrap.
pub const REPLICATES: usize = 2_000;
/// Share of undefined replicates above which an interval is undefined.
const UNDEFINED_SHARE: f64 = 0.05;

/// A 95 % percentile interval, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Metric.
    pub key: String,
    /// Lower and upper end.
    pub bounds: Result<(f64, f64), Undefined>,
}

/// The seeded random results of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Seed of the streams.
    pub seed: u64,
    /// Replicates.
    pub replicates: usize,
    /// Mean block length of trades.
    pub block_trades: f64,
    /// Mean block length of grid periods.
    pub block_grid: f64,
    /// Intervals of the headline numbers.
    pub intervals: Vec<Interval>,
    /// p of the mean R, claim "> 0".
    pub p_mean_r: Measure,
    /// p of the mean grid return, claim "> 0".
    pub p_mean_return: Measure,
    /// 5 % quantile of the Kelly fraction.
    pub kelly_q05: Measure,
}

/// Mean block length that minimises the error of the long-run variance, at least 1, rounded to 1e-6.
pub fn automatic_block(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 9 || is_constant(values) {
        return 1.0;
    }
    let count = n as f64;
    let centre = mean(values);
    let eps: Vec<f64> = values.iter().map(|value| value - centre).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).fold(0.0, |total, (a, b)| total + a * b);
    let insignificant = 5.max(libm::log10(count) as usize);
    let most = (f64::ceil(f64::sqrt(count)) as usize + insignificant).min(n - 2);
    let critical = 2.0 * f64::sqrt(libm::log10(count) / count);
    let mut autocovariance = vec![0.0; most + 1];
    let mut correlation = vec![0.0; most + 1];
    let mut cut = None;
    for lag in 0..=most {
        let cross = dot(&eps[lag..], &eps[..n - lag]);
        let scale =
            dot(&eps[lag + 1..], &eps[lag + 1..]) * dot(&eps[..n - lag - 1], &eps[..n - lag - 1]);
        autocovariance[lag] = cross / count;
        correlation[lag] = cross.abs() / f64::sqrt(scale);
        if cut.is_none()
            && lag >= insignificant
            && correlation[lag - insignificant..lag].iter().all(|&c| c < critical)
        {
            cut = Some(lag - insignificant);
        }
    }
    let window = cut.map_or(most, |cut| (2 * cut.max(1)).min(most));
    let (mut g, mut long_run) = (0.0, autocovariance[0]);
    for (lag, value) in autocovariance.iter().enumerate().take(window + 1).skip(1) {
        let position = lag as f64 / window as f64;
        let weight = if position <= 0.5 { 1.0 } else { 2.0 * (1.0 - position) };
        g += 2.0 * weight * lag as f64 * value;
        long_run += 2.0 * weight * value;
    }
    let block = libm::cbrt(2.0 * g * g / (2.0 * long_run * long_run)) * libm::cbrt(count);
    let longest = f64::ceil((3.0 * f64::sqrt(count)).min(count / 3.0));
    let block = if block.is_finite() { block.min(longest) } else { longest };
    (block.max(1.0) * 1e6).round() / 1e6
}

/// The indices of one replicate.
pub(crate) fn resample(
    seed: u64,
    purpose: &str,
    replicate: usize,
    n: usize,
    block: f64,
    out: &mut Vec<usize>,
) {
    let mut stream = Stream::new(seed, purpose, replicate as u64);
    out.clear();
    let mut index = stream.below(n);
    out.push(index);
    while out.len() < n {
        index = if stream.unit() < 1.0 / block { stream.below(n) } else { (index + 1) % n };
        out.push(index);
    }
}

/// Statistics of every replicate, one column a statistic; undefined ones are left out of their column.
fn replicate_all<const K: usize>(
    (seed, purpose, block): (u64, &str, f64),
    n: usize,
    statistics: impl Fn(&[usize]) -> [Option<f64>; K],
) -> [Vec<f64>; K] {
    let mut columns: [Vec<f64>; K] = std::array::from_fn(|_| Vec::with_capacity(REPLICATES));
    let mut indices = Vec::with_capacity(n);
    for replicate in 0..REPLICATES {
        pulse();
        resample(seed, purpose, replicate, n, block, &mut indices);
        for (column, value) in columns.iter_mut().zip(statistics(&indices)) {
            column.extend(value);
        }
    }
    columns
}

fn interval(key: &str, column: &mut Vec<f64>) -> Interval {
    // A product of returns can leave the range of f64.
    column.retain(|value| value.is_finite());
    let missing = REPLICATES - column.len();
    let bounds = if missing as f64 > UNDEFINED_SHARE * REPLICATES as f64 {
        Err(Undefined(
            format!("undefined in {missing} of {REPLICATES} replicates, limit 5 %").into(),
        ))
    } else {
        sort_numbers(column);
        let (low, high) = (quantile(column, 0.025), quantile(column, 0.975));
        if low.is_finite() && high.is_finite() {
            Ok((low, high))
        } else {
            Err(Undefined::because("its replicates are further apart than a number can tell"))
        }
    };
    Interval { key: key.to_owned(), bounds }
}

/// (b + 1)/(B + 1) with b = replicates whose mean exceeds the observed one by at least itself.
fn p_of_mean(means: &[f64], observed: f64) -> f64 {
    let beyond = means.iter().filter(|&&m| m - observed >= observed).count();
    (beyond + 1) as f64 / (REPLICATES + 1) as f64
}

/// Intervals for the headline numbers, p-values of the means, and a cautious Kelly fraction.
pub fn bootstrap(input: &MetricInput<'_>, seed: u64) -> Bootstrap {
    let n = input.r.len();
    let returns = &input.grid.returns;
    let mut result = Bootstrap {
        seed,
        replicates: REPLICATES,
        block_trades: automatic_block(&input.r),
        block_grid: automatic_block(returns),
        intervals: Vec::new(),
        p_mean_r: Err(Undefined::too_few(n, super::FEWEST_TRADES)),
        p_mean_return: input.grid.sharpe_per_period(),
        kelly_q05: Err(Undefined::too_few(n, FEWEST_FOR_KELLY)),
    };
    bootstrap_trades(input, &mut result);
    bootstrap_grid(input, &mut result);
    result
}

fn bootstrap_trades(input: &MetricInput<'_>, result: &mut Bootstrap) {
    const KEYS: [&str; 3] = ["win_rate", "expectancy_r", "profit_factor"];
    let n = input.trades.len();
    if n < super::FEWEST_TRADES {
        for key in KEYS {
            let bounds = Err(Undefined::too_few(n, super::FEWEST_TRADES));
            result.intervals.push(Interval { key: key.to_owned(), bounds });
        }
        return;
    }
    let won: Vec<f64> =
        input.trades.iter().map(|t| f64::from(u8::from(MetricInput::is_win(t)))).collect();
    let gain: Vec<f64> = input.trades.iter().map(|t| t.net.max(0.0)).collect();
    let loss: Vec<f64> = input.trades.iter().map(|t| (-t.net).max(0.0)).collect();
    let pick = |values: &[f64], at: &[usize]| at.iter().fold(0.0, |total, &i| total + values[i]);
    let with_kelly = n >= FEWEST_FOR_KELLY;
    let [mut rates, mut means, mut factors, mut kelly] =
        replicate_all((result.seed, "boot_trades", result.block_trades), n, |at| {
            let (gains, losses) = (pick(&gain, at), pick(&loss, at));
            let kelly = with_kelly.then(|| {
                let sample: Vec<f64> = at.iter().map(|&i| input.x[i]).collect();
                optimal_fraction(&sample).unwrap_or(f64::INFINITY)
            });
            [
                Some(pick(&won, at) / n as f64),
                Some(pick(&input.r, at) / n as f64),
                (losses > 0.0).then(|| gains / losses),
                kelly,
            ]
        });
    result.p_mean_r = Ok(p_of_mean(&means, mean(&input.r)));
    for (key, column) in KEYS.into_iter().zip([&mut rates, &mut means, &mut factors]) {
        result.intervals.push(interval(key, column));
    }
    if with_kelly {
        sort_numbers(&mut kelly);
        // Type 1: the smallest value whose share reaches 5 %.
        let rank = (0.05 * kelly.len() as f64).ceil() as usize;
        let value = kelly[rank.max(1) - 1];
        result.kelly_q05 = if value.is_finite() {
            Ok(value)
        } else {
            Err(Undefined::because("no losing trade in more than 95 % of the replicates"))
        };
    }
}

fn bootstrap_grid(input: &MetricInput<'_>, result: &mut Bootstrap) {
    const KEYS: [&str; 3] = ["total_return", "sharpe", "max_drawdown"];
    let returns = &input.grid.returns;
    if let Err(reason) = &result.p_mean_return {
        for key in KEYS {
            let bounds = Err(reason.clone());
            result.intervals.push(Interval { key: key.to_owned(), bounds });
        }
        return;
    }
    let annual = f64::sqrt(input.grid.unit.periods_per_year());
    let n = returns.len();
    let [mut totals, mut sharpes, mut drawdowns, means] =
        replicate_all((result.seed, "boot_grid", result.block_grid), n, |at| {
            let sample: Vec<f64> = at.iter().map(|&i| returns[i]).collect();
            let (mut equity, mut peak, mut worst) = (1.0, 1.0_f64, 0.0_f64);
            for value in &sample {
                equity *= 1.0 + value;
                peak = peak.max(equity);
                worst = worst.min(equity / peak - 1.0);
            }
            let sharpe = signal_to_noise(&sample).ok().map(|value| value * annual);
            [Some(equity - 1.0), sharpe, Some(worst), Some(sum(&sample) / n as f64)]
        });
    result.p_mean_return = Ok(p_of_mean(&means, mean(returns)));
    for (key, column) in KEYS.into_iter().zip([&mut totals, &mut sharpes, &mut drawdowns]) {
        result.intervals.push(interval(key, column));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replicate_beyond_f64_is_undefined() {
        let mut few = vec![0.5; REPLICATES];
        few[0] = f64::INFINITY;
        assert_eq!(interval("total_return", &mut few).bounds, Ok((0.5, 0.5)));
        let mut many = vec![0.5; REPLICATES];
        many[..200].fill(f64::INFINITY);
        assert!(interval("total_return", &mut many).bounds.is_err());
        let mut apart = vec![-1.7e308; REPLICATES];
        apart[51..].fill(1.7e308);
        let bounds = interval("total_return", &mut apart).bounds;
        assert!(
            bounds.is_err() || bounds.is_ok_and(|(low, high)| low.is_finite() && high.is_finite())
        );
    }
}

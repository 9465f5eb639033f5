//! Bet sizes by Kelly's criterion. Kelly, J. L. (1956), "A new interpretation of information rate".

use super::FEWEST_FOR_KELLY;
use crate::domain::{Measure, Trade, Undefined};
use crate::metrics::MetricInput;
use crate::metrics::stats::{deviation, is_constant, mean};

/// The three readings of Kelly's fraction.
pub(super) struct Kelly {
    pub optimal: Measure,
    pub binary: Measure,
    pub continuous: Measure,
}

impl Kelly {
    pub(super) fn of(x: &[f64], input: &MetricInput<'_>) -> Self {
        if x.len() < FEWEST_FOR_KELLY {
            let few = || Err(Undefined::too_few(x.len(), FEWEST_FOR_KELLY));
            return Self { optimal: few(), binary: few(), continuous: few() };
        }
        let continuous = if is_constant(x) {
            Err(Undefined::zero_deviation())
        } else {
            let deviation = deviation(x, 1);
            Ok(mean(x) / (deviation * deviation))
        };
        Self {
            optimal: optimal_fraction(x).ok_or(Undefined::because("no losing trade")),
            binary: binary(input),
            continuous,
        }
    }
}

/// w − (1 − w)/payoff with payoff = average winning x / |average losing x|; flats count as not won.
fn binary(input: &MetricInput<'_>) -> Measure {
    let wins = input.sample(&input.wins, Trade::return_on_notional);
    let losses = input.sample(&input.losses, Trade::return_on_notional);
    if wins.is_empty() {
        return Err(Undefined::because("no winning trade"));
    }
    if losses.is_empty() {
        return Err(Undefined::because("no losing trade"));
    }
    let rate = wins.len() as f64 / input.trades.len() as f64;
    Ok(rate - (1.0 - rate) / (mean(&wins) / -mean(&losses)))
}

/// argmax over f ≥ 0 of Σ ln(1 + f·x); 0 when the mean is not positive, `None` without a losing trade.
///
/// The derivative Σ x/(1 + f·x) falls with f and goes to −∞ towards −1/min(x), so bisection finds its zero.
pub fn optimal_fraction(x: &[f64]) -> Option<f64> {
    let worst = x.iter().copied().fold(f64::INFINITY, f64::min);
    if worst >= 0.0 {
        return None;
    }
    if mean(x) <= 0.0 {
        return Some(0.0);
    }
    let slope = |f: f64| x.iter().fold(0.0, |total, value| total + value / (1.0 + f * value));
    let (mut low, mut high) = (0.0, -1.0 / worst);
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    Some(low)
}

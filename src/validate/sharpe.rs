//! Probabilistic and deflated Sharpe ratio, and minimum track record length.
//!
//! Bailey, D. H. and López de Prado, M. (2012), "The Sharpe ratio efficient frontier", Journal of Risk 15(2). Kurtosis is
//! raw (3 for a normal distribution) and moments are population moments. Bailey and López de Prado (2014), "The deflated
//! Sharpe ratio", Journal of Portfolio Management 40(5).

use crate::domain::{Measure, Undefined};
use crate::metrics::stats::{Z_95, deviation, mean, normal_cdf, normal_quantile};

/// The Euler–Mascheroni constant.
const EULER: f64 = 0.577_215_664_901_532_9;
/// Trials below which the variance of their Sharpe ratios says nothing.
pub const FEWEST_TRIALS: usize = 5;

/// 1 − γ₃·SR + (γ₄ − 1)/4·SR²: the variance of the estimated Sharpe ratio times T − 1.
fn variance_factor(returns: &[f64], sharpe: f64) -> f64 {
    let n = returns.len() as f64;
    let centre = mean(returns);
    let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
    for value in returns {
        let d = value - centre;
        second += d * d;
        third += d * d * d;
        fourth += d * d * d * d;
    }
    second /= n;
    let skewness = third / n / (second * f64::sqrt(second));
    let kurtosis = fourth / n / (second * second);
    1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe
}

/// P(true Sharpe > `benchmark`), both per period.
pub fn probabilistic_sharpe(returns: &[f64], sharpe: f64, benchmark: f64) -> Measure {
    let factor = variance_factor(returns, sharpe);
    if !(factor > 0.0 && factor.is_finite()) {
        return Err(Undefined::because("the moments give no variance"));
    }
    let z = (sharpe - benchmark) * f64::sqrt(returns.len() as f64 - 1.0) / f64::sqrt(factor);
    Ok(normal_cdf(z))
}

/// Periods needed before PSR reaches 95 %.
pub fn min_track_record(returns: &[f64], sharpe: f64, benchmark: f64) -> Measure {
    if sharpe <= benchmark {
        return Err(Undefined::because("Sharpe not above the benchmark"));
    }
    let factor = variance_factor(returns, sharpe);
    if !(factor > 0.0 && factor.is_finite()) {
        return Err(Undefined::because("the moments give no variance"));
    }
    let ratio = Z_95 / (sharpe - benchmark);
    Ok(1.0 + factor * ratio * ratio)
}

/// Expected largest of `trials` independent standard normal numbers: exact up to 4, then the approximation of the paper.
pub fn expected_max_normal(trials: usize) -> f64 {
    /// For 1 to 4 trials.
    const EXACT: [f64; 4] = [0.0, 0.564_189_6, 0.846_284_4, 1.029_375_4];
    if trials == 0 {
        return 0.0;
    }
    if let Some(exact) = EXACT.get(trials - 1) {
        return *exact;
    }
    let n = trials as f64;
    (1.0 - EULER) * normal_quantile(1.0 - 1.0 / n)
        + EULER * normal_quantile(1.0 - 1.0 / (n * std::f64::consts::E))
}

/// Variance (ddof 1) of the Sharpe ratios of trials, five or more of them.
pub fn variance_of_trials(sharpes: &[f64]) -> Measure {
    if sharpes.len() < FEWEST_TRIALS {
        return Err(Undefined::too_few(sharpes.len(), FEWEST_TRIALS));
    }
    let spread = deviation(sharpes, 1);
    Ok(spread * spread)
}

/// PSR against the Sharpe ratio that the best of `trials` worthless strategies would show, given the variance of the
/// trials' Sharpe ratios per period. `trials` may be few, where most are like others; the variance is of five
/// or more.
pub fn deflated_sharpe(returns: &[f64], sharpe: f64, trials: usize, variance: f64) -> Measure {
    let benchmark = f64::sqrt(variance) * expected_max_normal(trials);
    probabilistic_sharpe(returns, sharpe, benchmark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_series() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/golden/vectors.json")).unwrap();
        let returns: Vec<f64> = serde_json::from_value(vectors["daily_returns"].clone()).unwrap();
        let reference = &vectors["reference"];
        let trials: Vec<f64> = serde_json::from_value(reference["dsr_trials"].clone()).unwrap();
        let per_period: Vec<f64> = trials.iter().map(|sharpe| sharpe / f64::sqrt(365.0)).collect();
        let sharpe = mean(&returns) / deviation(&returns, 1);
        let spread = deviation(&per_period, 1);
        let variance = spread * spread;
        for (name, value) in [
            ("sr_per_period", sharpe),
            ("psr0_popmoments", probabilistic_sharpe(&returns, sharpe, 0.0).unwrap()),
            (
                "psr_sr1ann_popmoments",
                probabilistic_sharpe(&returns, sharpe, 1.0 / f64::sqrt(365.0)).unwrap(),
            ),
            ("min_trl_95", min_track_record(&returns, sharpe, 0.0).unwrap()),
            ("dsr_var_trials", variance),
            ("dsr_EmaxZ", expected_max_normal(trials.len())),
            ("dsr_sr0_per_period", spread * expected_max_normal(trials.len())),
            ("dsr_popmoments", deflated_sharpe(&returns, sharpe, trials.len(), variance).unwrap()),
        ] {
            let expected = reference[name].as_f64().unwrap();
            assert!(
                (value - expected).abs() <= 1e-9 * expected.abs(),
                "{name}: {value} {expected}"
            );
        }
    }
}

//! Probabilistic Sharpe ratio and minimum track record length.
//!
//! Bailey, D. H. and López de Prado, M. (2012), "The Sharpe ratio efficient frontier", Journal of Risk 15(2). Kurtosis is
//! raw (3 for a normal distribution) and moments are population moments.

use crate::domain::{Measure, Undefined};
use crate::metrics::stats::{Z_95, mean, normal_cdf};

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
    let skewness = third / n / (second * libm::sqrt(second));
    let kurtosis = fourth / n / (second * second);
    1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe
}

/// P(true Sharpe > `benchmark`), both per period.
pub fn probabilistic_sharpe(returns: &[f64], sharpe: f64, benchmark: f64) -> Measure {
    let factor = variance_factor(returns, sharpe);
    if !(factor > 0.0 && factor.is_finite()) {
        return Err(Undefined::because("the moments give no variance"));
    }
    let z = (sharpe - benchmark) * libm::sqrt(returns.len() as f64 - 1.0) / libm::sqrt(factor);
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

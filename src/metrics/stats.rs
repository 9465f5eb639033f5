//! Means, deviations and quantiles. Sums run left to right, so results do not depend on the target.

use crate::domain::{Measure, Undefined, order_of, sort_rows};
use statrs::distribution::{Continuous as _, ContinuousCDF as _, Normal, StudentsT};

/// Quantile 0.975 of the standard normal distribution.
pub const Z_975: f64 = 1.959_963_984_540_054;
/// Quantile 0.95 of the standard normal distribution.
pub const Z_95: f64 = 1.644_853_626_951_472_2;

/// Sum from the first value to the last.
pub fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |total, value| total + value)
}

/// Arithmetic mean of a non-empty slice.
pub fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

/// Standard deviation with divisor n − `ddof`, in two passes.
pub fn deviation(values: &[f64], ddof: usize) -> f64 {
    let mean = mean(values);
    let squares = values.iter().fold(0.0, |total, value| total + (value - mean) * (value - mean));
    f64::sqrt(squares / (values.len() - ddof) as f64)
}

/// True when all values are the same to rounding, so that no ratio to their deviation means anything.
pub fn is_constant(values: &[f64]) -> bool {
    let Some(first) = values.first() else { return true };
    let scale = values.iter().fold(0.0_f64, |scale, value| scale.max(value.abs()));
    values.iter().all(|value| (value - first).abs() <= 1e-14 * scale)
}

/// Quantile of sorted finite values by linear interpolation (type 7 of Hyndman and Fan 1996).
///
/// `sorted` must not be empty; `p` lies in 0..=1.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let position = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let weight = position - below as f64;
    if weight == 0.0 {
        sorted[below]
    } else {
        sorted[below] + weight * (sorted[above] - sorted[below])
    }
}

/// A value rounded to 12 significant digits. Distribution functions go through logarithms that differ in the last bit
/// between targets; rounded, they are the same everywhere.
pub fn round12(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// P(T > t) of Student's t with `freedom` degrees, to 12 digits.
pub fn student_sf(t: f64, freedom: f64) -> f64 {
    if !t.is_finite() {
        // The limits; the library's own function does not take them.
        return if t > 0.0 {
            0.0
        } else if t < 0.0 {
            1.0
        } else {
            f64::NAN
        };
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |dist| round12(dist.sf(t)))
}

/// Quantile `p` of Student's t with `freedom` degrees, polished by Newton's method, to 12 digits.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    let Ok(dist) = StudentsT::new(0.0, 1.0, freedom) else { return f64::NAN };
    let mut t = dist.inverse_cdf(p);
    for _ in 0..4 {
        t += (dist.sf(t) - (1.0 - p)) / dist.pdf(t);
    }
    round12(t)
}

/// The t that is exceeded with probability `p` under Student's t with `freedom` degrees, to 12 digits: as exact for the
/// smallest p as for common ones. Infinite where p is 0, and minus infinity where it is 1.
pub fn student_isf(p: f64, freedom: f64) -> f64 {
    let Ok(dist) = StudentsT::new(0.0, 1.0, freedom) else { return f64::NAN };
    if p <= 0.0 {
        return f64::INFINITY;
    }
    if p >= 1.0 {
        return f64::NEG_INFINITY;
    }
    if p > 0.5 {
        return -student_isf(1.0 - p, freedom);
    }
    // Doubled until the tail is short enough, then halved: the density is too small for Newton's steps far out.
    let (mut low, mut high) = (0.0, 1.0);
    while dist.sf(high) > p && high < 1e300 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if dist.sf(middle) > p { low = middle } else { high = middle }
    }
    round12(f64::midpoint(low, high))
}

/// P(Z ≤ z) of the standard normal distribution, to 12 digits.
pub fn normal_cdf(z: f64) -> f64 {
    if z.is_nan() {
        return f64::NAN;
    }
    Normal::new(0.0, 1.0).map_or(f64::NAN, |dist| round12(dist.sf(-z)))
}

/// Quantile `p` of the standard normal distribution, polished by Newton's method, to 12 digits.
pub fn normal_quantile(p: f64) -> f64 {
    let Ok(dist) = Normal::new(0.0, 1.0) else { return f64::NAN };
    let mut z = dist.inverse_cdf(p);
    for _ in 0..4 {
        z += (dist.sf(z) - (1.0 - p)) / dist.pdf(z);
    }
    round12(z)
}

/// `numerator / denominator`, or the reason why not.
pub fn ratio(numerator: f64, denominator: f64, reason: &'static str) -> Measure {
    let value = numerator / denominator;
    if denominator != 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(Undefined::because(reason))
    }
}

/// Mean of a sample, undefined when it is empty.
pub fn mean_of(values: &[f64]) -> Measure {
    if values.is_empty() { Err(Undefined::too_few(0, 1)) } else { Ok(mean(values)) }
}

/// Mean / standard deviation (ddof 1), undefined below two values and without deviation.
pub fn signal_to_noise(values: &[f64]) -> Measure {
    if values.len() < 2 {
        return Err(Undefined::too_few(values.len(), 2));
    }
    if is_constant(values) {
        return Err(Undefined::zero_deviation());
    }
    Ok(mean(values) / deviation(values, 1))
}

/// Ranks from 1 on, in the order of the values; equal ones share the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    ranks_in(&ascending(values), values)
}

/// Places of values in ascending order; equal ones as they stand.
pub fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    sort_rows(&mut order, |at| order_of(values[at as usize]));
    order
}

/// [`ranks`] of values whose ascending order is known.
pub fn ranks_in(order: &[u32], values: &[f64]) -> Vec<f64> {
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
        let rank = before as f64 + (tied.len() + 1) as f64 / 2.0;
        for &at in tied {
            ranks[at as usize] = rank;
        }
        before += tied.len();
    }
    ranks
}

/// Pearson's correlation of two samples of one length; undefined below two pairs and without deviation.
pub fn correlation(a: &[f64], b: &[f64]) -> Measure {
    if a.len() < 2 {
        return Err(Undefined::too_few(a.len(), 2));
    }
    if is_constant(a) || is_constant(b) {
        return Err(Undefined::zero_deviation());
    }
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut own, mut other) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        own += a * a;
        other += b * b;
    }
    // Two roots, because the product of two sums of squares may be larger than a number can be.
    ratio(both, f64::sqrt(own) * f64::sqrt(other), "zero deviation")
}

/// Wilson score interval of a share, 95 %.
///
/// Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference", JASA 22.
pub fn wilson(wins: usize, n: usize) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (count, z) = (n as f64, Z_975);
    let share = wins as f64 / count;
    let z2 = z * z;
    let centre = (share + z2 / (2.0 * count)) / (1.0 + z2 / count);
    let half = z / (1.0 + z2 / count)
        * f64::sqrt(share * (1.0 - share) / count + z2 / (4.0 * count * count));
    Some((centre - half, centre + half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_linearly() {
        let values = [1.0, 2.0, 3.0, 4.0];
        assert_eq!([0.0, 0.5, 1.0].map(|p| quantile(&values, p)), [1.0, 2.5, 4.0]);
        assert_eq!(quantile(&[7.0], 0.3), 7.0);
    }

    #[test]
    fn student_quantiles_agree_with_tables() {
        // scipy.stats.t.ppf(0.95, [1, 10, 29])
        for (freedom, expected) in [
            (1.0, 6.313_751_514_675_043),
            (10.0, 1.812_461_122_810_733_5),
            (29.0, 1.699_127_026_533_497_2),
        ] {
            assert!((student_quantile(0.95, freedom) - expected).abs() < 1e-11 * expected);
        }
    }

    #[test]
    fn student_tails_are_exact_far_out() {
        // scipy.stats.t.isf(p, freedom)
        for (p, freedom, expected) in [
            (0.05, 29.0, 1.699_127_026_533_497_2),
            (1e-6, 119.0, 4.999_585_059_703_539),
            (2.27e-9, 399.0, 5.995_690_586_522_051),
            (1e-40, 399.0, 14.946_079_135_389_251),
            (0.9, 10.0, -1.372_183_641_110_335_8),
        ] {
            let found = student_isf(p, freedom);
            assert!((found - expected).abs() < 1e-11 * expected.abs(), "{p}: {found} {expected}");
        }
        assert_eq!(student_isf(0.0, 5.0), f64::INFINITY);
        assert!((student_isf(student_sf(50.0, 399.0), 399.0) - 50.0).abs() < 1e-8);
    }

    #[test]
    fn ranks_and_correlations() {
        assert_eq!(ranks(&[3.0, -1.0, 3.0, 0.0, -0.0]), [4.5, 1.0, 4.5, 2.5, 2.5]);
        // Sums of products of deviations by hand: 5.75, 8.75 and 6.75.
        let found = correlation(&[1.0, 2.0, 3.0, 5.0], &[2.0, 1.0, 4.0, 4.0]).unwrap();
        assert!((found - 5.75 / f64::sqrt(8.75 * 6.75)).abs() < 1e-15, "{found}");
        assert!(correlation(&[1.0, 1.0], &[1.0, 2.0]).is_err() && correlation(&[], &[]).is_err());
        assert!(correlation(&[1e120, -1e120], &[2e120, 1e120]).unwrap() > 0.999);
    }

    #[test]
    fn constant_samples_have_no_deviation() {
        assert!(is_constant(&[0.1 + 0.2, 0.3, 0.3]));
        assert!(!is_constant(&[0.3, 0.300_000_1]));
        assert_eq!(signal_to_noise(&[1.0, 1.0]), Err(Undefined::zero_deviation()));
    }
}

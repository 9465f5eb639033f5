//! Probability of backtest overfitting by combinatorially symmetric cross-validation.
//!
//! Bailey, D. H., Borwein, J., López de Prado, M. and Zhu, Q. J. (2017), "The probability of backtest overfitting", Journal
//! of Computational Finance 20(4). The best trial in one half of the blocks is ranked in the other half, over all halves.

use crate::domain::Undefined;
use crate::metrics::stats::{deviation, is_constant, mean};

/// Most blocks.
const MOST_BLOCKS: usize = 16;
/// Fewest blocks.
const FEWEST_BLOCKS: usize = 4;
/// Fewest points of a block.
const BLOCK_POINTS: usize = 20;

/// What the cross-validation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Overfitting {
    /// Share of the halves in which the chosen trial ranks in the lower half (logit ≤ 0) of the other half.
    pub pbo: f64,
    /// Share of the halves in which the chosen trial loses in the other half.
    pub prob_oos_loss: f64,
    /// Slope of the Sharpe ratio in the other half on the one it was chosen by.
    pub slope: f64,
    /// Mean logit of the relative rank.
    pub mean_logit: f64,
    /// Blocks used.
    pub blocks: usize,
    /// Halves compared.
    pub combinations: usize,
}

/// Blocks for so many points: 16, falling by 2 until a block holds 20 points.
pub fn blocks_for(points: usize) -> Result<usize, Undefined> {
    (FEWEST_BLOCKS..=MOST_BLOCKS)
        .rev()
        .step_by(2)
        .find(|blocks| points / blocks >= BLOCK_POINTS)
        .ok_or_else(|| Undefined::too_few(points, FEWEST_BLOCKS * BLOCK_POINTS))
}

/// Sharpe ratio of a period; no deviation ranks last.
fn sharpe(returns: &[f64]) -> f64 {
    if is_constant(returns) { f64::NEG_INFINITY } else { mean(returns) / deviation(returns, 1) }
}

/// Cross-validates trials (columns of returns over the same periods) on an even number of blocks. The oldest
/// T mod blocks periods are dropped.
pub fn overfitting(trials: &[Vec<f64>], blocks: usize) -> Result<Overfitting, Undefined> {
    let points = trials.first().map_or(0, Vec::len);
    if trials.len() < 2 {
        return Err(Undefined::too_few(trials.len(), 2));
    }
    if blocks < 2 || points < 2 * blocks {
        return Err(Undefined::too_few(points, 2 * blocks.max(2)));
    }
    let (dropped, size) = (points % blocks, points / blocks);
    let side = |trial: &[f64], mask: u32, wanted: bool| -> f64 {
        let rows: Vec<f64> = (0..blocks)
            .filter(|block| (mask >> block & 1 == 1) == wanted)
            .flat_map(|block| trial[dropped + block * size..][..size].iter().copied())
            .collect();
        sharpe(&rows)
    };
    let (mut overfit, mut losses, mut logits) = (0_usize, 0_usize, 0.0);
    let mut pairs = Vec::new();
    for mask in (0..1_u32 << blocks).filter(|mask| mask.count_ones() as usize == blocks / 2) {
        let mut best = (0, f64::NEG_INFINITY);
        for (number, trial) in trials.iter().enumerate() {
            let inside = side(trial, mask, true);
            if inside > best.1 {
                best = (number, inside);
            }
        }
        let outside: Vec<f64> = trials.iter().map(|trial| side(trial, mask, false)).collect();
        let chosen = outside[best.0];
        let rank = 1 + outside.iter().filter(|&&other| other < chosen).count();
        let relative = rank as f64 / (trials.len() + 1) as f64;
        let logit = libm::log(relative / (1.0 - relative));
        overfit += usize::from(logit <= 0.0);
        losses += usize::from(chosen < 0.0);
        logits += logit;
        pairs.push((best.1, chosen));
    }
    let count = pairs.len() as f64;
    Ok(Overfitting {
        pbo: overfit as f64 / count,
        prob_oos_loss: losses as f64 / count,
        slope: slope(&pairs),
        mean_logit: logits / count,
        blocks,
        combinations: pairs.len(),
    })
}

/// Least squares over pairs of finite numbers.
fn slope(pairs: &[(f64, f64)]) -> f64 {
    let finite: Vec<(f64, f64)> =
        pairs.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let n = finite.len() as f64;
    let (mut x_mean, mut y_mean) = (0.0, 0.0);
    for (x, y) in &finite {
        x_mean += x / n;
        y_mean += y / n;
    }
    let (mut xy, mut xx) = (0.0, 0.0);
    for (x, y) in &finite {
        xy += (x - x_mean) * (y - y_mean);
        xx += (x - x_mean) * (x - x_mean);
    }
    xy / xx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_shrink_with_the_sample() {
        assert_eq!([320, 319, 100, 80].map(|points| blocks_for(points).unwrap()), [16, 14, 4, 4]);
        assert!(blocks_for(79).is_err());
    }

    #[test]
    fn the_reference_matrix() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/golden/vectors.json")).unwrap();
        let reference = &vectors["pbo"];
        let rows: Vec<Vec<f64>> = serde_json::from_value(reference["matrix"].clone()).unwrap();
        let trials: Vec<Vec<f64>> =
            (0..rows[0].len()).map(|trial| rows.iter().map(|row| row[trial]).collect()).collect();
        let found = overfitting(&trials, reference["S"].as_u64().unwrap() as usize).unwrap();
        assert_eq!(found.combinations as u64, reference["combos"].as_u64().unwrap());
        for (name, value) in [
            ("pbo_le0", found.pbo),
            ("prob_oos_loss", found.prob_oos_loss),
            ("slope", found.slope),
            ("mean_logit", found.mean_logit),
        ] {
            let expected = reference[name].as_f64().unwrap();
            assert!(
                (value - expected).abs() <= 1e-9 * expected.abs(),
                "{name}: {value} {expected}"
            );
        }
    }
}

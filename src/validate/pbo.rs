//! Probability of backtest overfitting by combinatorially symmetric cross-validation.
//!
//! Bailey, D. H., Borwein, J., López de Prado, M. and Zhu, Q. J. (2017), "The probability of backtest overfitting", Journal
//! of Computational Finance 20(4). The best trial in one half of the blocks is ranked in the other half, over all halves.

use crate::domain::{Undefined, pulse};
use crate::metrics::stats::mean;

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

/// Trials that are looked at together: their sums over all sets of blocks stay in the cache.
const TOGETHER: usize = 256;
/// Blocks whose sums are taken from one table.
const HALF: usize = MOST_BLOCKS / 2;

/// Sums of some trials over every set of up to eight neighbouring blocks: number of the set × trial.
struct Sums {
    /// Of the returns less the trial's own mean.
    first: Vec<f64>,
    /// Of their squares.
    second: Vec<f64>,
    /// Smallest and largest return.
    ends: Vec<(f64, f64)>,
}

impl Sums {
    /// Over the blocks from `from` to `to`.
    fn of(trials: &[&[f64]], centres: &[f64], size: usize, (from, to): (usize, usize)) -> Self {
        let (sets, n) = (1_usize << (to - from), trials.len());
        let mut first = vec![0.0; sets * n];
        let mut second = vec![0.0; sets * n];
        let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); sets * n];
        for set in 1..sets {
            let low = set & set.wrapping_neg();
            let rest = set ^ low;
            for at in 0..n {
                let place = set * n + at;
                if rest == 0 {
                    let block = from + low.trailing_zeros() as usize;
                    for &value in &trials[at][block * size..][..size] {
                        let d = value - centres[at];
                        first[place] += d;
                        second[place] += d * d;
                        ends[place] = (ends[place].0.min(value), ends[place].1.max(value));
                    }
                } else {
                    let (a, b) = (low * n + at, rest * n + at);
                    first[place] = first[a] + first[b];
                    second[place] = second[a] + second[b];
                    ends[place] = (ends[a].0.min(ends[b].0), ends[a].1.max(ends[b].1));
                }
            }
        }
        Self { first, second, ends }
    }
}

/// Sharpe ratios per period of some trials over every half of the blocks.
struct Halves {
    low: Sums,
    high: Sums,
    /// Blocks in the first table.
    cut: usize,
    centres: Vec<f64>,
    /// Trials that move in so few blocks that a half of them may stand still.
    still: Vec<u32>,
    /// Periods of a half.
    periods: f64,
}

impl Halves {
    fn of(trials: &[&[f64]], size: usize, blocks: usize) -> Self {
        let centres: Vec<f64> = trials.iter().map(|trial| mean(trial)).collect();
        let cut = blocks.min(HALF);
        let moves = |trial: &&[f64]| {
            let is_still = |block: &&[f64]| block.iter().all(|value| *value == block[0]);
            let still = trial.chunks_exact(size).filter(is_still).count();
            still < blocks / 2
        };
        let still = (0..trials.len() as u32).filter(|&at| !moves(&trials[at as usize])).collect();
        Self {
            still,
            low: Sums::of(trials, &centres, size, (0, cut)),
            high: Sums::of(trials, &centres, size, (cut, blocks)),
            cut,
            centres,
            periods: (size * blocks / 2) as f64,
        }
    }

    /// Of each trial over the blocks of a mask; no deviation ranks last.
    fn sharpes(&self, mask: u32, out: &mut [f64]) {
        let n = self.centres.len();
        let (low, high) = self.places(mask);
        let (first_low, first_high) = (&self.low.first[low..][..n], &self.high.first[high..][..n]);
        let second_low = &self.low.second[low..][..n];
        let second_high = &self.high.second[high..][..n];
        let (centres, out) = (&self.centres[..n], &mut out[..n]);
        // Plain columns, so that several trials are worked on at once.
        for at in 0..n {
            let first = first_low[at] + first_high[at];
            let second = second_low[at] + second_high[at];
            out[at] = self.ratio(centres[at], first, second);
        }
        for &at in &self.still {
            if self.is_constant(at as usize, mask) {
                out[at as usize] = f64::NEG_INFINITY;
            }
        }
    }

    /// The same of one trial.
    fn sharpe(&self, at: usize, mask: u32) -> f64 {
        let (low, high) = self.places(mask);
        if self.is_constant(at, mask) {
            return f64::NEG_INFINITY;
        }
        let first = self.low.first[low + at] + self.high.first[high + at];
        let second = self.low.second[low + at] + self.high.second[high + at];
        self.ratio(self.centres[at], first, second)
    }

    #[inline]
    fn ratio(&self, centre: f64, first: f64, second: f64) -> f64 {
        let count = self.periods;
        let squares = second - first * first / count;
        (centre + first / count) / f64::sqrt(squares / (count - 1.0))
    }

    #[inline]
    const fn places(&self, mask: u32) -> (usize, usize) {
        let n = self.centres.len();
        ((mask as usize & ((1 << self.cut) - 1)) * n, (mask as usize >> self.cut) * n)
    }

    #[inline]
    fn is_constant(&self, at: usize, mask: u32) -> bool {
        let (low, high) = self.places(mask);
        let (a, b) = (self.low.ends[low + at], self.high.ends[high + at]);
        let (least, most) = (a.0.min(b.0), a.1.max(b.1));
        most - least <= 1e-14 * least.abs().max(most.abs())
    }
}

/// What a half says: the best trial in it with its Sharpe ratio, and how that trial does in the other half.
#[derive(Clone, Copy)]
struct Choice {
    inside: f64,
    outside: f64,
    best: usize,
    /// Trials that do worse outside, and as well, itself among them.
    worse: usize,
    equal: usize,
}

/// Cross-validates trials (columns of returns over the same periods, oldest first) on an even number of blocks. The oldest
/// T mod blocks periods are dropped. Of equal trials the first one is chosen; ranks outside are average ranks.
///
/// Costs O(halves × trials): sums over blocks are taken once. Memory does not grow with the number of trials.
pub fn overfitting(trials: &[&[f64]], blocks: usize) -> Result<Overfitting, Undefined> {
    let points = trials.first().map_or(0, |trial| trial.len());
    if trials.len() < 2 {
        return Err(Undefined::too_few(trials.len(), 2));
    }
    if blocks < 2 || points < 2 * blocks {
        return Err(Undefined::too_few(points, 2 * blocks.max(2)));
    }
    let (dropped, size) = (points % blocks, points / blocks);
    let all = (1_u32 << blocks) - 1;
    let masks: Vec<u32> =
        (0..=all).filter(|mask| mask.count_ones() as usize == blocks / 2).collect();
    let nobody = Choice {
        inside: f64::NEG_INFINITY,
        outside: f64::NEG_INFINITY,
        best: usize::MAX,
        worse: 0,
        equal: 0,
    };
    let mut choices = vec![nobody; masks.len()];
    let mut sharpes = vec![0.0; TOGETHER];
    let columns: Vec<&[f64]> = trials.iter().map(|trial| &trial[dropped..]).collect();
    for (part, some) in columns.chunks(TOGETHER).enumerate() {
        pulse();
        let halves = Halves::of(some, size, blocks);
        for (choice, &mask) in choices.iter_mut().zip(&masks) {
            halves.sharpes(mask, &mut sharpes);
            let mut found = None;
            for (at, &inside) in sharpes[..some.len()].iter().enumerate() {
                if inside > choice.inside || choice.best == usize::MAX {
                    choice.inside = inside;
                    choice.best = part * TOGETHER + at;
                    found = Some(at);
                }
            }
            if let Some(at) = found {
                choice.outside = halves.sharpe(at, all ^ mask);
            }
        }
    }
    for some in columns.chunks(TOGETHER) {
        pulse();
        let halves = Halves::of(some, size, blocks);
        for (choice, &mask) in choices.iter_mut().zip(&masks) {
            halves.sharpes(all ^ mask, &mut sharpes);
            let (mut worse, mut equal) = (0_u32, 0_u32);
            for &other in &sharpes[..some.len()] {
                worse += u32::from(other < choice.outside);
                equal += u32::from(other == choice.outside);
            }
            choice.worse += worse as usize;
            choice.equal += equal as usize;
        }
    }
    let (mut overfit, mut losses, mut logits) = (0_usize, 0_usize, 0.0);
    for choice in &choices {
        let rank = choice.worse as f64 + f64::midpoint(choice.equal as f64, 1.0);
        let relative = rank / (trials.len() + 1) as f64;
        let logit = libm::log(relative / (1.0 - relative));
        overfit += usize::from(logit <= 0.0);
        losses += usize::from(choice.outside < 0.0);
        logits += logit;
    }
    let pairs: Vec<(f64, f64)> = choices.iter().map(|c| (c.inside, c.outside)).collect();
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
        let columns: Vec<&[f64]> = trials.iter().map(Vec::as_slice).collect();
        let found = overfitting(&columns, reference["S"].as_u64().unwrap() as usize).unwrap();
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

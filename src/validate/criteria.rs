//! The success criteria of the original method, and whether they fit together. SOURCE §9, METHOD-TRAINING §11.

use crate::domain::{Measure, Undefined};

/// A range, both ends included.
pub type Range = (f64, f64);

/// Trades that all levels ask for.
pub const TRADES: Range = (30.0, 100.0);

/// A level of success.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// What the original calls it.
    pub name: &'static str,
    /// Share of trades that win.
    pub win_rate: Range,
    /// Net return on the starting equity, where one is asked for.
    pub net: Option<Range>,
    /// Annual Sharpe ratio, where one is asked for.
    pub sharpe: Option<Range>,
}

/// The levels, the easiest first.
pub const LEVELS: [Level; 3] = [
    Level { name: "After the fix", win_rate: (0.35, 0.65), net: None, sharpe: None },
    Level {
        name: "Functional",
        win_rate: (0.45, 0.55),
        net: Some((-0.05, 0.15)),
        sharpe: Some((0.5, 1.5)),
    },
    Level {
        name: "Production-ready",
        win_rate: (0.48, 0.52),
        net: Some((0.10, 0.25)),
        sharpe: Some((1.5, 2.5)),
    },
];

/// What trades of fixed size in R make of an account.
#[derive(Clone, Copy, Debug)]
pub struct Sizing {
    /// Share of the account that a trade risks.
    pub risk: f64,
    /// Reward to risk of a trade that wins.
    pub reward: f64,
    /// Costs of a trade, R.
    pub cost_r: f64,
}

impl Level {
    /// Lowest and highest net return that its win rates and numbers of trades imply:
    /// (1 + risk·(w·reward − (1 − w) − cost))ⁿ − 1 at the corners of both ranges.
    ///
    /// # Errors
    /// Undefined where a trade would lose the whole account.
    pub fn implied(&self, sizing: &Sizing) -> Result<Range, Undefined> {
        let Sizing { risk, reward, cost_r } = sizing;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for win_rate in [self.win_rate.0, self.win_rate.1] {
            let factor = 1.0 + risk * (win_rate * reward - (1.0 - win_rate) - cost_r);
            if factor <= 0.0 {
                return Err(Undefined::because("costs and losses take the whole account at once"));
            }
            for trades in [TRADES.0, TRADES.1] {
                let net = libm::pow(factor, trades) - 1.0;
                low = low.min(net);
                high = high.max(net);
            }
        }
        Ok((low, high))
    }

    /// Its net range and its win rates can hold together; `None` where it asks for no net.
    pub fn is_consistent(&self, sizing: &Sizing) -> Option<bool> {
        let (stated, (low, high)) = (self.net?, self.implied(sizing).ok()?);
        Some(low <= stated.1 && stated.0 <= high)
    }
}

/// A number lies in a range.
pub fn meets(value: &Measure, range: Range) -> Option<bool> {
    value.as_ref().ok().map(|value| (range.0..=range.1).contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_trades_at_two_and_a_half_to_one_would_triple_the_account() {
        // 0.5·2.5 − 0.5 = 0.75 R a trade, 2 % risked: 1.015⁸⁰ = 3.29, so 48 to 52 % over 30 to 100 trades end far above 25 %.
        let sizing = Sizing { risk: 0.02, reward: 2.5, cost_r: 0.0 };
        let (low, high) = LEVELS[2].implied(&sizing).unwrap();
        // (1 + 0.02·0.68)³⁰ − 1 and (1 + 0.02·0.82)¹⁰⁰ − 1.
        assert!((low - (libm::pow(1.0136, 30.0) - 1.0)).abs() < 1e-12, "{low}");
        assert!((high - (libm::pow(1.0164, 100.0) - 1.0)).abs() < 1e-12, "{high}");
        assert_eq!(LEVELS[2].is_consistent(&sizing), Some(false));
        assert_eq!(LEVELS[1].is_consistent(&sizing), Some(false));
        assert_eq!(LEVELS[0].is_consistent(&sizing), None);
        // Costs of half an R bring them down to what was stated.
        let costly = Sizing { cost_r: 0.5, ..sizing };
        assert_eq!(LEVELS[2].is_consistent(&costly), Some(true));
    }

    #[test]
    fn an_account_that_is_lost_at_once_implies_nothing() {
        let sizing = Sizing { risk: 1.0, reward: 1.0, cost_r: 2.0 };
        assert!(LEVELS[1].implied(&sizing).is_err());
        assert_eq!(LEVELS[1].is_consistent(&sizing), None);
        assert_eq!(meets(&Ok(0.65), LEVELS[0].win_rate), Some(true));
        assert_eq!(meets(&Ok(0.3499), LEVELS[0].win_rate), Some(false));
        assert_eq!(meets(&Err(Undefined::because("no trade")), LEVELS[0].win_rate), None);
    }
}

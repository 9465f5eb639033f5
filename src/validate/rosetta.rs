//! What other tools would print for the same trades and the same equity, by their own definitions, and why it differs.
//!
//! Each number is written from the tool's source in the version named, on the same calendar grid as ours, and held
//! against values printed by the tool itself in `tests/vectors.rs`.

use super::r_squared;
use crate::domain::{DAY_MS, Measure, Trade, Undefined, sort_numbers};
use crate::metrics::stats::{Z_95, deviation, is_constant, mean, normal_cdf, quantile, ratio, sum};
use crate::metrics::{Basis, MetricInput};
use crate::table::{first_of, second_of};

/// A tool whose numbers are translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// empyrical-reloaded 0.7.1.
    Empyrical,
    /// QuantStats 0.0.86.
    QuantStats,
    /// backtesting.py 0.6.6.
    BacktestingPy,
}

impl Tool {
    /// Name with version.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empyrical => "empyrical-reloaded 0.7.1",
            Self::QuantStats => "QuantStats 0.0.86",
            Self::BacktestingPy => "backtesting.py 0.6.6",
        }
    }
}

/// One number of another tool.
#[derive(Clone, Copy)]
pub struct RosettaSpec {
    /// Whose.
    pub tool: Tool,
    /// As the tool names it.
    pub name: &'static str,
    /// Our metric that it is read as; empty where we have none.
    pub ours: &'static str,
    /// True when it is a fraction, shown as percent.
    pub percent: bool,
    /// What it is counted over.
    pub basis: Basis,
    /// What it does differently, or that it does not.
    pub why: &'static str,
}

type Compute = fn(&Sample) -> Measure;

/// What the tools would be given.
struct Sample {
    /// Grid returns.
    r: Vec<f64>,
    /// Grid equity with the start in front, as multiples of the start.
    wealth: Vec<f64>,
    /// Periods a year.
    year: f64,
    /// Returns of the trades.
    x: Vec<f64>,
    /// Net of the trades.
    money: Vec<f64>,
    /// Days from the start to the last grid point.
    days: f64,
}

const fn row(
    tool: Tool,
    (name, ours): (&'static str, &'static str),
    percent: bool,
    why: &'static str,
    compute: Compute,
) -> (RosettaSpec, Compute) {
    (RosettaSpec { tool, name, ours, percent, basis: Basis::Grid, why }, compute)
}

const fn of_trades((spec, compute): (RosettaSpec, Compute)) -> (RosettaSpec, Compute) {
    (RosettaSpec { basis: Basis::Trade, ..spec }, compute)
}

use Tool::{BacktestingPy as B, Empyrical as E, QuantStats as Q};

/// Every translated number, by tool.
pub const ROSETTA: &[RosettaSpec] = &first_of(ROWS);

/// How each is computed. Apart from the table, which the page reads: it computes none, and carries none of this.
static COMPUTES: &[Compute] = &second_of(ROWS);

const ROWS: [(RosettaSpec, Compute); 38] = [
    row(
        E,
        ("sharpe_ratio", "sharpe"),
        false,
        "The same: mean / sd (n − 1) · √periods. Its default of 252 periods is wrong for a market that never closes.",
        Sample::sharpe,
    ),
    row(
        E,
        ("sortino_ratio", "sortino"),
        false,
        "The same: downside deviation over all periods.",
        Sample::sortino,
    ),
    row(
        E,
        ("cagr", "cagr"),
        true,
        "Years are periods / 365, and any length is annualised; ours counts seconds and refuses less than 90 days.",
        |s| Ok(s.growth(s.r.len() as f64 / s.year)),
    ),
    row(
        E,
        ("max_drawdown", "max_drawdown"),
        true,
        "Seen only at the end of each grid period; ours looks at every row, so it is deeper.",
        |s| Ok(s.drawdown()),
    ),
    row(E, ("calmar_ratio", "calmar"), false, "Its own CAGR over its own drawdown.", |s| {
        ratio(s.growth(s.r.len() as f64 / s.year), s.drawdown().abs(), "no drawdown")
    }),
    row(
        E,
        ("stability_of_timeseries", "r2_log_equity"),
        false,
        "The same idea: R² of cumulative log returns on time.",
        Sample::stability,
    ),
    row(E, ("annual_volatility", ""), true, "sd of the period returns · √periods.", |s| {
        Ok(deviation(&s.r, 1) * f64::sqrt(s.year))
    }),
    row(
        E,
        ("tail_ratio", ""),
        false,
        "|95 % quantile| / |5 % quantile| of the period returns.",
        Sample::tail_ratio,
    ),
    row(
        E,
        ("omega_ratio", "profit_factor"),
        false,
        "Gains over losses of periods, not of trades.",
        Sample::gains_over_losses,
    ),
    row(E, ("value_at_risk", ""), true, "5 % quantile of the period returns.", |s| {
        Ok(quantile(&s.sorted(), 0.05))
    }),
    row(E, ("conditional_value_at_risk", ""), true, "Mean of the worst 5 % of the periods.", |s| {
        Ok(s.worst_mean())
    }),
    row(Q, ("sharpe", "sharpe"), false, "The same.", Sample::sharpe),
    row(Q, ("sortino", "sortino"), false, "The same.", Sample::sortino),
    row(Q, ("cagr", "cagr"), true, "Years are periods / 365.", |s| {
        Ok(s.growth(s.r.len() as f64 / s.year))
    }),
    row(Q, ("max_drawdown", "max_drawdown"), true, "Only at the end of each grid period.", |s| {
        Ok(s.drawdown())
    }),
    row(Q, ("calmar", "calmar"), false, "Its own CAGR over its own drawdown.", |s| {
        ratio(s.growth(s.r.len() as f64 / s.year), s.drawdown().abs(), "no drawdown")
    }),
    row(Q, ("ulcer_index", "ulcer"), true, "Divides by n − 1; ours by n.", |s| Ok(s.ulcer())),
    row(
        Q,
        ("probabilistic_sharpe_ratio", "psr"),
        true,
        "Sample-corrected skewness and kurtosis; ours are population moments, as in the paper.",
        Sample::psr,
    ),
    row(
        Q,
        ("smart_sharpe", "sharpe"),
        false,
        "Sharpe divided by a penalty for autocorrelation.",
        Sample::smart_sharpe,
    ),
    row(
        Q,
        ("win_rate", "win_rate"),
        true,
        "Share of periods that gain, of those that are not flat: no trade is counted.",
        Sample::period_win_rate,
    ),
    row(Q, ("profit_factor", "profit_factor"), false, "Of periods, not of trades.", |s| {
        s.gains_over_losses()
    }),
    row(
        Q,
        ("kelly_criterion", "kelly_binary"),
        false,
        "Of periods, and the share of a bankroll lost on a loss, not notional.",
        Sample::period_kelly,
    ),
    row(
        Q,
        ("recovery_factor", "romad"),
        false,
        "Sum of returns, not compounded, without its sign: a losing strategy looks good.",
        |s| ratio(sum(&s.r).abs(), s.drawdown().abs(), "no drawdown"),
    ),
    row(
        Q,
        ("value_at_risk", ""),
        true,
        "From a normal distribution with the same mean and deviation.",
        |s| Ok(s.normal_var()),
    ),
    row(
        Q,
        ("conditional_value_at_risk", ""),
        true,
        "Expected shortfall of that normal distribution.",
        |s| Ok(s.normal_cvar()),
    ),
    row(B, ("Return [%]", "total_return"), true, "The same, seen on the grid.", |s| Ok(s.total())),
    row(
        B,
        ("Return (Ann.) [%]", "cagr"),
        true,
        "Geometric mean of a period, annualised at any length.",
        |s| Ok(s.growth(s.r.len() as f64 / s.year)),
    ),
    row(
        B,
        ("Volatility (Ann.) [%]", ""),
        true,
        "Of compounding returns, so larger than sd · √periods.",
        |s| Ok(s.compound_volatility()),
    ),
    row(
        B,
        ("CAGR [%]", "cagr"),
        true,
        "Years of 365.25 days from the first to the last calendar day.",
        Sample::calendar_growth,
    ),
    row(
        B,
        ("Sharpe Ratio", "sharpe"),
        false,
        "Geometric annual return over the compounding volatility.",
        |s| ratio(s.growth(s.r.len() as f64 / s.year), s.compound_volatility(), "zero deviation"),
    ),
    row(
        B,
        ("Sortino Ratio", "sortino"),
        false,
        "Geometric annual return over the downside deviation.",
        Sample::geometric_sortino,
    ),
    row(B, ("Calmar Ratio", "calmar"), false, "Geometric annual return over the drawdown.", |s| {
        ratio(s.growth(s.r.len() as f64 / s.year), s.drawdown().abs(), "no drawdown")
    }),
    of_trades(row(
        B,
        ("Win Rate [%]", "win_rate"),
        true,
        "The same: a flat trade is no win.",
        |s| s.trades().map(|x| x.iter().filter(|&&x| x > 0.0).count() as f64 / x.len() as f64),
    )),
    of_trades(row(
        B,
        ("Avg. Trade [%]", "expectancy"),
        true,
        "Geometric mean of the trades' returns.",
        Sample::geometric_trade,
    )),
    of_trades(row(
        B,
        ("Profit Factor", "profit_factor"),
        false,
        "Of returns in percent, so a small position counts as much as a large one; ours is money.",
        |s| s.trades().and_then(|x| gains_over_losses(x, "no losing trade")),
    )),
    of_trades(row(
        B,
        ("Expectancy [%]", "expectancy"),
        true,
        "The same: mean return of a trade on its notional.",
        |s| s.trades().map(mean),
    )),
    of_trades(row(B, ("SQN", "sqn"), false, "√n · mean / sd of money; ours of R.", |s| {
        s.money_sqn()
    })),
    of_trades(row(
        B,
        ("Kelly Criterion", "kelly_binary"),
        false,
        "Share of a bankroll that is lost on a loss, not notional / equity.",
        Sample::trade_kelly,
    )),
];

/// What the other tools would print for a run, in the order of [`ROSETTA`].
pub fn rosetta(input: &MetricInput<'_>) -> Vec<Measure> {
    let grid = &input.grid;
    let wealth = std::iter::once(1.0).chain(grid.equity.iter().map(|e| e / grid.start)).collect();
    let sample = Sample {
        r: grid.returns.clone(),
        wealth,
        year: grid.unit.periods_per_year(),
        x: input.x.clone(),
        money: input.trades.iter().map(|trade: &Trade| trade.net).collect(),
        days: (grid.equity.len() as i64 * grid.unit.millis()) as f64 / DAY_MS as f64,
    };
    let usable = sample.check();
    ROSETTA
        .iter()
        .zip(COMPUTES)
        .map(|(spec, compute)| match &usable {
            Err(reason) if spec.basis == Basis::Grid => Err(reason.clone()),
            _ => compute(&sample).and_then(Undefined::unless_finite),
        })
        .collect()
}

fn gains_over_losses(values: &[f64], reason: &'static str) -> Measure {
    let part = |sign: f64| values.iter().fold(0.0, |total, v| total + (sign * v).max(0.0));
    ratio(part(1.0), part(-1.0), reason)
}

/// W − (1 − W)/payoff.
fn kelly(values: &[f64], win_rate: f64) -> Measure {
    let of = |test: fn(&f64) -> bool| -> Vec<f64> { values.iter().copied().filter(test).collect() };
    let (wins, losses) = (of(|v| *v > 0.0), of(|v| *v < 0.0));
    if wins.is_empty() || losses.is_empty() {
        return Err(Undefined::because("no win or no loss"));
    }
    Ok(win_rate - (1.0 - win_rate) / (mean(&wins) / -mean(&losses)))
}

impl Sample {
    fn check(&self) -> Result<(), Undefined> {
        if self.r.len() < 3 {
            return Err(Undefined::too_few(self.r.len(), 3));
        }
        if self.wealth.iter().any(|&value| value <= 0.0) {
            return Err(Undefined::because("equity fell to zero or below"));
        }
        if is_constant(&self.r) {
            return Err(Undefined::zero_deviation());
        }
        Ok(())
    }

    fn trades(&self) -> Result<&[f64], Undefined> {
        if self.x.is_empty() { Err(Undefined::too_few(0, 1)) } else { Ok(&self.x) }
    }

    fn total(&self) -> f64 {
        self.wealth[self.wealth.len() - 1] - 1.0
    }

    /// Annual growth over so many years.
    fn growth(&self, years: f64) -> f64 {
        libm::pow(1.0 + self.total(), 1.0 / years) - 1.0
    }

    /// From the first to the last day, years of 365.25 days.
    fn calendar_growth(&self) -> Measure {
        let days = self.days.round();
        if days < 1.0 {
            Err(Undefined::because("less than a day"))
        } else {
            Ok(self.growth(days / 365.25))
        }
    }

    fn sharpe(&self) -> Measure {
        ratio(mean(&self.r) * f64::sqrt(self.year), deviation(&self.r, 1), "zero deviation")
    }

    fn downside(&self) -> f64 {
        let squares: Vec<f64> = self.r.iter().map(|r| r.min(0.0) * r.min(0.0)).collect();
        f64::sqrt(mean(&squares))
    }

    fn sortino(&self) -> Measure {
        ratio(mean(&self.r) * f64::sqrt(self.year), self.downside(), "no losing period")
    }

    fn drawdowns(&self) -> Vec<f64> {
        let mut peak = 0.0_f64;
        self.wealth
            .iter()
            .map(|&value| {
                peak = peak.max(value);
                value / peak - 1.0
            })
            .collect()
    }

    fn drawdown(&self) -> f64 {
        self.drawdowns().into_iter().fold(0.0, f64::min)
    }

    fn ulcer(&self) -> f64 {
        let squares = self.drawdowns()[1..].iter().fold(0.0, |total, d| total + d * d);
        f64::sqrt(squares / (self.r.len() - 1) as f64)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.r.clone();
        sort_numbers(&mut sorted);
        sorted
    }

    fn stability(&self) -> Measure {
        let logs: Vec<f64> = self.wealth[1..].iter().map(|&value| libm::log(value)).collect();
        r_squared(&logs)
    }

    fn tail_ratio(&self) -> Measure {
        let sorted = self.sorted();
        ratio(quantile(&sorted, 0.95).abs(), quantile(&sorted, 0.05).abs(), "the 5 % quantile is 0")
    }

    fn gains_over_losses(&self) -> Measure {
        gains_over_losses(&self.r, "no losing period")
    }

    fn worst_mean(&self) -> f64 {
        let cut = ((self.r.len() - 1) as f64 * 0.05) as usize;
        mean(&self.sorted()[..=cut])
    }

    fn psr(&self) -> Measure {
        let n = self.r.len() as f64;
        if n < 4.0 {
            return Err(Undefined::too_few(self.r.len(), 4));
        }
        let (centre, sharpe) = (mean(&self.r), mean(&self.r) / deviation(&self.r, 1));
        let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
        for r in &self.r {
            let d = r - centre;
            second += d * d / n;
            third += d * d * d / n;
            fourth += d * d * d * d / n;
        }
        let skew = third / (second * f64::sqrt(second)) * f64::sqrt(n * (n - 1.0)) / (n - 2.0);
        let excess = fourth / (second * second) - 3.0;
        let excess = (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0);
        let variance = 1.0 - skew * sharpe + (excess + 2.0) / 4.0 * sharpe * sharpe;
        if variance <= 0.0 {
            return Err(Undefined::because("the moments give no variance"));
        }
        Ok(normal_cdf(sharpe * f64::sqrt(n - 1.0) / f64::sqrt(variance)))
    }

    fn smart_sharpe(&self) -> Measure {
        let (a, b) = (&self.r[..self.r.len() - 1], &self.r[1..]);
        if is_constant(a) || is_constant(b) {
            return Err(Undefined::zero_deviation());
        }
        let (ma, mb) = (mean(a), mean(b));
        let cross = a.iter().zip(b).fold(0.0, |total, (x, y)| total + (x - ma) * (y - mb));
        let n = a.len() as f64;
        let correlation = (cross / n / (deviation(a, 0) * deviation(b, 0))).abs();
        let periods = self.r.len();
        let mut power = 1.0;
        let mut weights = 0.0;
        for lag in 1..periods {
            power *= correlation;
            weights += (periods - lag) as f64 / periods as f64 * power;
        }
        Ok(self.sharpe()? / f64::sqrt(1.0 + 2.0 * weights))
    }

    fn period_win_rate(&self) -> Measure {
        let count = |test: fn(&&f64) -> bool| self.r.iter().filter(test).count() as f64;
        ratio(count(|r| **r > 0.0), count(|r| **r != 0.0), "no period moves")
    }

    fn period_kelly(&self) -> Measure {
        kelly(&self.r, self.period_win_rate()?)
    }

    fn normal_var(&self) -> f64 {
        mean(&self.r) - Z_95 * deviation(&self.r, 1)
    }

    /// Expected shortfall of a normal distribution: mean − sd · φ(z) / 5 %.
    fn normal_cvar(&self) -> f64 {
        let density = libm::exp(-Z_95 * Z_95 / 2.0) / f64::sqrt(2.0 * std::f64::consts::PI);
        mean(&self.r) - deviation(&self.r, 1) * density / 0.05
    }

    fn compound_volatility(&self) -> f64 {
        let periods = self.r.len() as f64;
        let growth = libm::pow(1.0 + self.total(), 1.0 / periods);
        let spread = deviation(&self.r, 1);
        let square = growth * growth;
        f64::sqrt(
            libm::pow(spread * spread + square, self.year) - libm::pow(growth, 2.0 * self.year),
        )
    }

    fn geometric_sortino(&self) -> Measure {
        let annual = self.growth(self.r.len() as f64 / self.year);
        ratio(annual, self.downside() * f64::sqrt(self.year), "no losing period")
    }

    fn geometric_trade(&self) -> Measure {
        let x = self.trades()?;
        if x.iter().any(|&x| x <= -1.0) {
            return Ok(0.0);
        }
        let logs = x.iter().fold(0.0, |total, x| total + libm::log1p(*x));
        Ok(libm::exp(logs / x.len() as f64) - 1.0)
    }

    fn money_sqn(&self) -> Measure {
        let n = self.money.len();
        if n < 2 {
            return Err(Undefined::too_few(n, 2));
        }
        let spread = deviation(&self.money, 1);
        ratio(f64::sqrt(n as f64) * mean(&self.money), spread, "zero deviation")
    }

    fn trade_kelly(&self) -> Measure {
        let x = self.trades()?;
        let wins = x.iter().filter(|&&x| x > 0.0).count();
        kelly(x, wins as f64 / x.len() as f64)
    }
}

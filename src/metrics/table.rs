//! THE table of metrics: from it come the cards, the JSON section `metrics` and `docs/METRICS.md`.

use super::input::MetricInput;
use super::trades as t;
use crate::domain::{ExitReason, MINUTE_MS, Measure, Undefined};
use crate::format::{fixed, signed};
use crate::strategy::Strategy;
use crate::table::{first_of, second_of};
use serde::{Deserialize, Serialize};

/// What a metric is counted over; printed beside every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Basis {
    /// Closed trades.
    Trade,
    /// Periods of the calendar grid.
    Grid,
    /// Rows of the window.
    Row,
}

impl Basis {
    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trade => "trade",
            Self::Grid => "grid",
            Self::Row => "row",
        }
    }
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither: never an objective.
    Neutral,
}

/// How a metric is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    /// A count.
    Count,
    /// A fraction, shown as percent.
    Percent,
    /// A plain ratio.
    Ratio,
    /// Multiples of the risk.
    R,
    /// Quote currency.
    Money,
    /// Clock rows.
    Rows,
    /// Minutes.
    Minutes,
}

impl MetricUnit {
    /// A value for people, or a dash where it does not exist.
    pub fn show(self, value: &Measure, with_sign: bool) -> String {
        let Ok(value) = value else { return "–".to_owned() };
        let number = |value: f64, decimals| {
            if with_sign { signed(value, decimals) } else { fixed(value, decimals) }
        };
        match self {
            Self::Count => number(*value, 0),
            Self::Percent => {
                let decimals = if value.abs() < 0.0995 { 2 } else { 1 };
                format!("{} %", number(value * 100.0, decimals))
            }
            Self::R => format!("{} R", number(*value, 2)),
            Self::Ratio | Self::Money => number(*value, 2),
            Self::Rows => format!("{} rows", number(*value, 1)),
            Self::Minutes if value.abs() >= 2_880.0 => {
                format!("{} d", number(value / 1_440.0, 1))
            }
            Self::Minutes if value.abs() >= 120.0 => format!("{} h", number(value / 60.0, 1)),
            Self::Minutes => format!("{} min", number(*value, 0)),
        }
    }
}

/// How a metric is computed.
#[derive(Clone, Copy)]
pub enum Compute {
    /// A count, always defined.
    Count(fn(&MetricInput<'_>) -> usize),
    /// A number that may be undefined.
    Number(fn(&MetricInput<'_>) -> Measure),
}

impl Compute {
    fn of(self, input: &MetricInput<'_>) -> Measure {
        match self {
            Self::Count(count) => Ok(count(input) as f64),
            Self::Number(number) => number(input).and_then(Undefined::unless_finite),
        }
    }
}

/// Every metric of a run, in the order of [`METRICS`].
pub fn evaluate(input: &MetricInput<'_>) -> Vec<Measure> {
    COMPUTES.iter().map(|compute| compute.of(input)).collect()
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// Machine name.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Unit of display.
    pub unit: MetricUnit,
    /// Good direction.
    pub better: Better,
    /// What it is counted over.
    pub basis: Basis,
    /// Formula with its reading, for the tooltip and the docs.
    pub formula: &'static str,
    /// Only of strategies that tell open positions when to leave.
    pub needs_exits: bool,
}

const fn row(
    (key, label): (&'static str, &'static str),
    unit: MetricUnit,
    better: Better,
    basis: Basis,
    formula: &'static str,
    compute: Compute,
) -> (MetricSpec, Compute) {
    (MetricSpec { key, label, unit, better, basis, formula, needs_exits: false }, compute)
}

const fn with_exits((spec, compute): (MetricSpec, Compute)) -> (MetricSpec, Compute) {
    (MetricSpec { needs_exits: true, ..spec }, compute)
}

use Basis::{Grid, Row, Trade};
use Better::{Higher, Lower, Neutral};
use Compute::{Count as C, Number as N};
use MetricUnit::{Count, Minutes, Money, Percent, R, Ratio, Rows};

/// Every metric, in the order of documents.
pub const METRICS: &[MetricSpec] = &first_of(ROWS);

/// How each is computed. Apart from the table, which the page reads: it computes none, and carries none of this.
static COMPUTES: &[Compute] = &second_of(ROWS);

const ROWS: [(MetricSpec, Compute); 55] = [
    row(
        ("trades", "Trades"),
        Count,
        Neutral,
        Trade,
        "closed trades, open ones closed at the end of the data",
        C(|i| i.trades.len()),
    ),
    row(("wins", "Wins"), Count, Neutral, Trade, "net > 0 and not flat", C(|i| i.wins.len())),
    row(("losses", "Losses"), Count, Neutral, Trade, "net ≤ 0 and not flat", C(|i| i.losses.len())),
    row(
        ("flats", "Flats"),
        Count,
        Neutral,
        Trade,
        "|net / notional| ≤ 1e-12",
        C(|i| i.trades.len() - i.wins.len() - i.losses.len()),
    ),
    row(
        ("gross_wins", "Gross wins"),
        Count,
        Neutral,
        Trade,
        "gross > 0: before costs",
        C(|i| i.count(MetricInput::is_gross_win)),
    ),
    row(
        ("win_rate", "Win rate"),
        Percent,
        Higher,
        Trade,
        "wins / all trades, flats included",
        N(t::win_rate),
    ),
    row(
        ("win_rate_wilson_low", "Win rate, low"),
        Percent,
        Neutral,
        Trade,
        "lower end of the 95 % Wilson score interval (Wilson 1927)",
        N(t::wilson_low),
    ),
    row(
        ("win_rate_wilson_high", "Win rate, high"),
        Percent,
        Neutral,
        Trade,
        "upper end of the 95 % Wilson score interval",
        N(t::wilson_high),
    ),
    row(
        ("gross_win_rate", "Gross win rate"),
        Percent,
        Higher,
        Trade,
        "gross wins / all trades",
        N(t::gross_win_rate),
    ),
    row(
        ("win_rate_null", "Driftless win rate"),
        Percent,
        Neutral,
        Trade,
        "mean of (1 − slippage/sl)/(1 + RR), to first order: what a driftless walk wins; hidden when more than 10 % of trades end by time",
        N(t::win_rate_null),
    ),
    row(
        ("win_rate_breakeven", "Break-even win rate"),
        Percent,
        Lower,
        Trade,
        "mean of (sl + 2·fee + slippage)/(sl + tp), to first order",
        N(t::win_rate_breakeven),
    ),
    row(
        ("profit_factor", "Profit factor"),
        Ratio,
        Higher,
        Trade,
        "Σ net of wins / |Σ net of losses|, in money",
        N(t::profit_factor),
    ),
    row(
        ("payoff", "Payoff"),
        Ratio,
        Higher,
        Trade,
        "average win / |average loss|, in money",
        N(t::payoff),
    ),
    row(
        ("expectancy", "Expectancy"),
        Percent,
        Higher,
        Trade,
        "mean of net / (quantity · entry fill)",
        N(t::expectancy),
    ),
    row(("expectancy_r", "Expectancy"), R, Higher, Trade, "mean of net / risk", N(t::expectancy_r)),
    row(
        ("expectancy_equity", "Expectancy of equity"),
        Percent,
        Higher,
        Trade,
        "mean of net / equity before the trade",
        N(t::expectancy_equity),
    ),
    row(
        ("average_win", "Average win"),
        Percent,
        Higher,
        Trade,
        "mean of net / notional over wins",
        N(t::average_win),
    ),
    row(
        ("average_loss", "Average loss"),
        Percent,
        Higher,
        Trade,
        "mean of net / notional over losses",
        N(t::average_loss),
    ),
    row(
        ("average_win_r", "Average win"),
        R,
        Higher,
        Trade,
        "mean of net / risk over wins",
        N(t::average_win_r),
    ),
    row(
        ("average_loss_r", "Average loss"),
        R,
        Higher,
        Trade,
        "mean of net / risk over losses",
        N(t::average_loss_r),
    ),
    row(
        ("average_win_money", "Average win"),
        Money,
        Higher,
        Trade,
        "mean net of wins",
        N(t::average_win_money),
    ),
    row(
        ("average_loss_money", "Average loss"),
        Money,
        Higher,
        Trade,
        "mean net of losses",
        N(t::average_loss_money),
    ),
    row(
        ("sqn", "SQN"),
        Ratio,
        Higher,
        Trade,
        "√n · mean(R)/sd(R): the t statistic of R; Tharp's own caps n at 100",
        N(t::sqn),
    ),
    row(
        ("mean_r_lower_95", "Mean R, lower 95 %"),
        R,
        Higher,
        Trade,
        "mean R − t₀.₉₅ · sd/√n: the default objective of a search",
        N(t::mean_r_lower_95),
    ),
    row(
        ("longest_losing_streak", "Longest losing streak"),
        Count,
        Lower,
        Trade,
        "most losses in a row",
        C(t::longest_losing_streak),
    ),
    row(
        ("exits_stop", "Exits by stop"),
        Count,
        Neutral,
        Trade,
        "trades ended by the stop",
        C(|i| i.exits(ExitReason::Stop)),
    ),
    row(
        ("exits_target", "Exits by target"),
        Count,
        Neutral,
        Trade,
        "trades ended by the target",
        C(|i| i.exits(ExitReason::Target)),
    ),
    row(
        ("exits_time", "Exits by time"),
        Count,
        Neutral,
        Trade,
        "trades ended by the time stop",
        C(|i| i.exits(ExitReason::Time)),
    ),
    with_exits(row(
        ("exits_signal", "Exits by signal"),
        Count,
        Neutral,
        Trade,
        "trades that the strategy wanted to leave",
        C(|i| i.exits(ExitReason::Signal)),
    )),
    row(
        ("exits_end_of_data", "Exits by end of data"),
        Count,
        Neutral,
        Trade,
        "trades still open at the end",
        C(|i| i.exits(ExitReason::EndOfData)),
    ),
    row(
        ("ambiguous_trades", "Ambiguous trades"),
        Count,
        Lower,
        Trade,
        "stop and target inside one candle: counted as stopped",
        C(|i| i.count(|trade| trade.ambiguous)),
    ),
    row(
        ("exits_in_spike", "Exits in a spike"),
        Count,
        Lower,
        Trade,
        "the exit row is a bad tick",
        C(|i| i.count(|trade| trade.exit_in_spike)),
    ),
    row(
        ("capped_trades", "Capped trades"),
        Count,
        Lower,
        Trade,
        "the leverage cap was binding",
        C(|i| i.count(|trade| trade.capped)),
    ),
    row(
        ("capped_share", "Capped share"),
        Percent,
        Lower,
        Trade,
        "capped trades / trades",
        N(t::capped_share),
    ),
    row(
        ("effective_risk", "Effective risk"),
        Percent,
        Neutral,
        Trade,
        "mean of risk / equity before, after the cap",
        N(t::effective_risk),
    ),
    row(
        ("average_stop_distance", "Average stop"),
        Percent,
        Neutral,
        Trade,
        "mean of stop distance / entry fill",
        N(t::average_stop_distance),
    ),
    row(
        ("average_rows_held", "Average holding"),
        Rows,
        Neutral,
        Trade,
        "mean of exit row − entry row",
        N(t::average_rows_held),
    ),
    row(
        ("average_minutes_held", "Average holding"),
        Minutes,
        Neutral,
        Trade,
        "mean minutes between the opens of entry and exit row",
        N(minutes_held),
    ),
    row(
        ("gross_profit", "Gross"),
        Money,
        Higher,
        Trade,
        "Σ gross: at unslipped prices",
        N(|i| Ok(t::total(i, |trade| trade.gross))),
    ),
    row(
        ("fees", "Fees"),
        Money,
        Lower,
        Trade,
        "Σ fees of both sides",
        N(|i| Ok(t::total(i, |trade| trade.fees))),
    ),
    row(
        ("slippage_cost", "Slippage"),
        Money,
        Lower,
        Trade,
        "Σ |fill − price| · quantity",
        N(|i| Ok(t::total(i, |trade| trade.slippage_cost))),
    ),
    row(
        ("net_profit", "Net"),
        Money,
        Higher,
        Trade,
        "gross − slippage − fees",
        N(|i| Ok(t::total(i, |trade| trade.net))),
    ),
    row(
        ("cost_r", "Cost in R"),
        R,
        Lower,
        Trade,
        "mean of 2·(fee + slippage)/sl: what every trade pays before it can win",
        N(t::cost_r),
    ),
    row(
        ("drag_per_trade", "Drag per trade"),
        Percent,
        Lower,
        Trade,
        "mean of notional/equity · 2·(fee + slippage)",
        N(t::drag_per_trade),
    ),
    row(
        ("zero_expectancy_cost", "Zero-expectancy cost"),
        Percent,
        Higher,
        Trade,
        "Σ gross / Σ notional: the round-trip cost at which nothing is won",
        N(t::zero_expectancy_cost),
    ),
    row(
        ("trades_per_1000", "Trades per 1,000 rows"),
        Ratio,
        Neutral,
        Row,
        "1,000 · trades / clock rows of the window",
        N(t::trades_per_1000),
    ),
    row(
        ("exposure", "Exposure"),
        Percent,
        Neutral,
        Row,
        "clock rows in a trade / clock rows of the window",
        N(t::exposure),
    ),
    row(
        ("total_return", "Net return"),
        Percent,
        Higher,
        Row,
        "end equity / starting equity − 1",
        N(|i| Ok(t::total_return(i))),
    ),
    row(
        ("max_drawdown", "Max drawdown"),
        Percent,
        Higher,
        Row,
        "lowest marked equity / highest before it − 1, start included",
        N(|i| Ok(i.max_drawdown)),
    ),
    row(
        ("cagr", "CAGR"),
        Percent,
        Higher,
        Row,
        "(end/start)^(365 days / span) − 1; undefined below 90 days",
        N(t::cagr),
    ),
    row(("calmar", "Calmar"), Ratio, Higher, Row, "CAGR / |max drawdown|", N(t::calmar)),
    row(
        ("romad", "RoMaD"),
        Ratio,
        Higher,
        Row,
        "total return / |max drawdown|: what the original method calls Calmar",
        N(t::romad),
    ),
    row(
        ("sharpe", "Sharpe (365 d)"),
        Ratio,
        Higher,
        Grid,
        "mean(r)/sd(r)·√K on UTC days (hours under 30 days), K = 365 (8,760)",
        N(|i| i.grid.sharpe()),
    ),
    row(
        ("sortino", "Sortino (365 d)"),
        Ratio,
        Higher,
        Grid,
        "mean(r)/√mean(min(r,0)²)·√K over all periods",
        N(|i| i.grid.sortino()),
    ),
    row(
        ("ulcer", "Ulcer index"),
        Percent,
        Lower,
        Grid,
        "√mean(DD²) over grid points",
        N(|i| i.grid.ulcer()),
    ),
];

fn minutes_held(input: &MetricInput<'_>) -> Measure {
    let minutes = input.minutes_held();
    super::stats::mean_of(&minutes)
}

/// Looks a metric up by key.
pub fn spec(key: &str) -> Option<&'static MetricSpec> {
    METRICS.iter().find(|spec| spec.key == key)
}

impl MetricSpec {
    /// True when runs of a strategy have the number.
    pub const fn is_for(&self, strategy: &Strategy) -> bool {
        !self.needs_exits || strategy.has_exits
    }

    /// True when the number comes from equity alone, so that a position held without trading has it, too.
    pub fn is_of_equity(&self) -> bool {
        self.basis != Basis::Trade && !matches!(self.key, "trades_per_1000" | "exposure")
    }

    /// True when the number is a count.
    pub const fn is_count(&self) -> bool {
        matches!(self.unit, MetricUnit::Count)
    }
}

impl MetricInput<'_> {
    /// Minutes between the opens of entry and exit row, by trade.
    pub fn minutes_held(&self) -> Vec<f64> {
        self.held_ms.iter().map(|&ms| ms as f64 / MINUTE_MS as f64).collect()
    }
}

//! Formulas on trades and on rows. Names are those of the metric table.

use super::input::MetricInput;
use super::stats::{
    deviation, is_constant, mean, mean_of, ratio, signal_to_noise, student_quantile, sum,
};
use crate::domain::{DAY_MS, ExitReason, Measure, Trade, Undefined};

type Input<'a> = MetricInput<'a>;

/// Share of time exits above which the driftless null does not apply.
const TIME_EXITS: f64 = 0.1;
/// Days below which nothing is annualised.
const FEWEST_DAYS: f64 = 90.0;

fn of_all(input: &Input, value: impl Fn(&Trade) -> f64) -> Measure {
    input.mean_trade(value).ok_or(Undefined::too_few(0, 1))
}

fn share_of_trades(input: &Input, count: usize) -> Measure {
    match input.trades.len() {
        0 => Err(Undefined::too_few(0, 1)),
        n => Ok(count as f64 / n as f64),
    }
}

fn of_winners(input: &Input, value: fn(&Trade) -> f64) -> Measure {
    mean_of(&input.sample(&input.wins, value)).map_err(|_empty| no_winner(input))
}

fn of_losers(input: &Input, value: fn(&Trade) -> f64) -> Measure {
    mean_of(&input.sample(&input.losses, value)).map_err(|_empty| no_loser(input))
}

fn no_winner(input: &Input) -> Undefined {
    if input.trades.is_empty() {
        Undefined::too_few(0, 1)
    } else {
        Undefined::because("no winning trade")
    }
}

fn no_loser(input: &Input) -> Undefined {
    if input.trades.is_empty() {
        Undefined::too_few(0, 1)
    } else {
        Undefined::because("no losing trade")
    }
}

fn no_target() -> Undefined {
    Undefined::because("no target")
}

pub(super) fn win_rate(input: &Input) -> Measure {
    share_of_trades(input, input.wins.len())
}

pub(super) fn gross_win_rate(input: &Input) -> Measure {
    share_of_trades(input, input.count(Input::is_gross_win))
}

pub(super) fn wilson_low(input: &Input) -> Measure {
    super::stats::wilson(input.wins.len(), input.trades.len())
        .map(|interval| interval.0)
        .ok_or(Undefined::too_few(0, 1))
}

pub(super) fn wilson_high(input: &Input) -> Measure {
    super::stats::wilson(input.wins.len(), input.trades.len())
        .map(|interval| interval.1)
        .ok_or(Undefined::too_few(0, 1))
}

/// (1 − slippage/sl)/(1 + RR), mean over trades: the win rate of a driftless walk with these exits.
pub(super) fn win_rate_null(input: &Input) -> Measure {
    let (timed, asked) = (input.exits(ExitReason::Time), input.exits(ExitReason::Signal));
    let share = share_of_trades(input, timed + asked)?;
    if share > TIME_EXITS {
        let how = if asked > 0 { "time or signal" } else { "time" };
        return Err(Undefined(
            format!(
                "{:.1} % of trades end by {how}, limit 10 %: the formula holds for exits by stop or target",
                share * 100.0
            )
            .into(),
        ));
    }
    let params = input.params;
    let reward = params.risk_reward_ratio.ok_or_else(no_target)?;
    of_all(input, |trade| (1.0 - params.slippage / trade.stop_frac()) / (1.0 + reward))
}

/// (sl + 2·fee + slippage)/(sl + tp), mean over trades: the win rate at which nothing is won or lost.
pub(super) fn win_rate_breakeven(input: &Input) -> Measure {
    let params = input.params;
    let reward = params.risk_reward_ratio.ok_or_else(no_target)?;
    of_all(input, |trade| {
        let stop = trade.stop_frac();
        (stop + 2.0 * params.fee + params.slippage) / (stop + reward * stop)
    })
}

pub(super) fn profit_factor(input: &Input) -> Measure {
    let losses = sum(&input.sample(&input.losses, |trade| trade.net));
    let wins = sum(&input.sample(&input.wins, |trade| trade.net));
    if losses == 0.0 { Err(no_loser(input)) } else { ratio(wins, -losses, "no losing trade") }
}

pub(super) fn payoff(input: &Input) -> Measure {
    let win = average_win_money(input)?;
    let loss = average_loss_money(input)?;
    ratio(win, -loss, "no losing trade")
}

pub(super) fn expectancy(input: &Input) -> Measure {
    mean_of(&input.x)
}

pub(super) fn expectancy_r(input: &Input) -> Measure {
    mean_of(&input.r)
}

pub(super) fn expectancy_equity(input: &Input) -> Measure {
    of_all(input, Trade::return_on_equity)
}

pub(super) fn average_win(input: &Input) -> Measure {
    of_winners(input, Trade::return_on_notional)
}

pub(super) fn average_loss(input: &Input) -> Measure {
    of_losers(input, Trade::return_on_notional)
}

pub(super) fn average_win_r(input: &Input) -> Measure {
    of_winners(input, Trade::net_r)
}

pub(super) fn average_loss_r(input: &Input) -> Measure {
    of_losers(input, Trade::net_r)
}

pub(super) fn average_win_money(input: &Input) -> Measure {
    of_winners(input, |trade| trade.net)
}

pub(super) fn average_loss_money(input: &Input) -> Measure {
    of_losers(input, |trade| trade.net)
}

/// √n · mean(R)/sd(R): Van Tharp's system quality number, without his cap at n = 100. Equal to Student's t of R.
pub(super) fn sqn(input: &Input) -> Measure {
    Ok(signal_to_noise(&input.r)? * f64::sqrt(input.r.len() as f64))
}

/// mean R − t₀.₉₅ · sd/√n: the default objective.
pub(super) fn mean_r_lower_95(input: &Input) -> Measure {
    let n = input.r.len();
    if n < 2 {
        return Err(Undefined::too_few(n, 2));
    }
    if is_constant(&input.r) {
        return Err(Undefined::zero_deviation());
    }
    let freedom = (n - 1) as f64;
    let error = deviation(&input.r, 1) / f64::sqrt(n as f64);
    Ok(mean(&input.r) - student_quantile(0.95, freedom) * error)
}

pub(super) fn longest_losing_streak(input: &Input) -> usize {
    let (mut streak, mut longest) = (0, 0);
    let mut before = None;
    for &at in &input.losses {
        streak = if before.is_some_and(|before| before + 1 == at) { streak + 1 } else { 1 };
        before = Some(at);
        longest = longest.max(streak);
    }
    longest
}

pub(super) fn capped_share(input: &Input) -> Measure {
    share_of_trades(input, input.count(|trade| trade.capped))
}

pub(super) fn effective_risk(input: &Input) -> Measure {
    of_all(input, Trade::effective_risk)
}

pub(super) fn average_stop_distance(input: &Input) -> Measure {
    of_all(input, Trade::stop_frac)
}

pub(super) fn average_rows_held(input: &Input) -> Measure {
    of_all(input, |trade| f64::from(trade.rows_held()))
}

/// Sum over all trades of a money field.
pub(super) fn total(input: &Input, value: fn(&Trade) -> f64) -> f64 {
    input.trades.iter().fold(0.0, |total, trade| total + value(trade))
}

/// 2·(fee + slippage)/sl, mean over trades: what a round trip costs in multiples of the risk.
pub(super) fn cost_r(input: &Input) -> Measure {
    let cost = 2.0 * (input.params.fee + input.params.slippage);
    of_all(input, |trade| cost / trade.stop_frac())
}

/// notional/equity · 2·(fee + slippage), mean over trades: the share of equity that a trade costs.
pub(super) fn drag_per_trade(input: &Input) -> Measure {
    let cost = 2.0 * (input.params.fee + input.params.slippage);
    of_all(input, |trade| trade.notional / trade.equity_before * cost)
}

/// Σ gross / Σ notional: the round-trip cost at which the expectancy is zero.
pub(super) fn zero_expectancy_cost(input: &Input) -> Measure {
    if input.trades.is_empty() {
        return Err(Undefined::too_few(0, 1));
    }
    ratio(total(input, |trade| trade.gross), total(input, |trade| trade.notional), "nothing traded")
}

pub(super) fn trades_per_1000(input: &Input) -> Measure {
    ratio(input.trades.len() as f64 * 1_000.0, input.rows as f64, "no rows")
}

/// Clock rows from entry to exit, both included, over the clock rows of the window. A row at whose open one trade ends and the
/// next one starts counts once.
pub(super) fn exposure(input: &Input) -> Measure {
    let mut free = 0;
    let mut rows = 0;
    for trade in input.trades {
        rows += trade.exit_row + 1 - trade.entry_row.max(free);
        free = trade.exit_row + 1;
    }
    ratio(f64::from(rows), input.rows as f64, "no rows")
}

pub(super) fn total_return(input: &Input) -> f64 {
    input.end_equity / input.params.starting_equity - 1.0
}

/// (end/start)^(1/years) − 1; −1 when equity ends at or below 0; undefined below 90 days.
pub(super) fn cagr(input: &Input) -> Measure {
    let days = input.span_ms as f64 / DAY_MS as f64;
    if days < FEWEST_DAYS {
        return Err(Undefined(
            format!("too short: have {days:.2} days, need {FEWEST_DAYS}").into(),
        ));
    }
    let growth = input.end_equity / input.params.starting_equity;
    if growth <= 0.0 {
        return Ok(-1.0);
    }
    Ok(libm::pow(growth, 365.0 / days) - 1.0)
}

/// CAGR / |max drawdown|.
pub(super) fn calmar(input: &Input) -> Measure {
    ratio(cagr(input)?, input.max_drawdown.abs(), "no drawdown")
}

/// Total return / |max drawdown|: what the source calls Calmar.
pub(super) fn romad(input: &Input) -> Measure {
    ratio(total_return(input), input.max_drawdown.abs(), "no drawdown")
}

//! Reference numbers of `tests/golden/vectors.json`: other tools' and an independent calculation's results for the same
//! returns and trades. Overfitting and the deflated Sharpe ratio are held against it beside their code.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::domain::{DAY_MS, ExitReason, Side, Trade};
use cleansweep::engine::EngineParams;
use cleansweep::engine::{Backtest, Series};
use cleansweep::metrics::stats::{deviation, mean, student_sf, wilson};
use cleansweep::metrics::{METRICS, MetricInput, evaluate};
use cleansweep::validate::{
    self, ROSETTA, Tool, automatic_block, optimal_fraction, probabilistic_sharpe, rosetta,
};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("golden/vectors.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).unwrap()
}

#[track_caller]
fn close(name: &str, value: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (value - expected).abs() <= 1e-9 * expected.abs(),
        "{name}: {value} instead of {expected}"
    );
}

/// A series of daily candles for an equity curve of one value a day.
fn daily_series(days: usize) -> Series {
    Series {
        timeframe_ms: DAY_MS,
        // 2025-01-01.
        clock_time_ms: (0..days as i64).map(|day| 1_735_689_600_000 + day * DAY_MS).collect(),
        ..Series::default()
    }
}

/// A trade whose x is given: notional and equity of 100, risk of 1.
fn trade(x: f64) -> Trade {
    Trade {
        side: Side::Long,
        origin: cleansweep::domain::Origin::default(),
        from_row: 0,
        signal_row: 0,
        entry_row: 0,
        exit_row: 0,
        exit_signal_row: None,
        entry_raw_price: 1.0,
        entry_price: 1.0,
        stop_price: 0.99,
        target_price: Some(1.02),
        exit_raw_price: 1.0,
        exit_price: 1.0,
        stop_distance: 0.01,
        quantity: 100.0,
        notional: 100.0,
        equity_before: 100.0,
        risk: 1.0,
        gross: 100.0 * x,
        fees: 0.0,
        slippage_cost: 0.0,
        net: 100.0 * x,
        mae_r: 0.0,
        mfe_r: 0.0,
        exit_reason: ExitReason::Stop,
        ambiguous: false,
        capped: false,
        exit_in_spike: false,
    }
}

fn metric(input: &MetricInput<'_>, key: &str) -> f64 {
    evaluate(input)[METRICS.iter().position(|spec| spec.key == key).unwrap()].clone().unwrap()
}

#[test]
fn numbers_of_the_equity_curve() {
    let vectors = vectors();
    let reference = &vectors["reference"];
    let equity = numbers(&vectors["equity"]);
    let series = daily_series(equity.len() - 1);
    let params = EngineParams { starting_equity: equity[0], ..EngineParams::default() };
    let backtest = Backtest { end_equity: equity[60], ..Backtest::default() };
    let input = MetricInput::new(&series, &params, &backtest, &equity[1..]);
    for (returned, expected) in input.grid.returns.iter().zip(numbers(&vectors["daily_returns"])) {
        assert!((returned - expected).abs() < 1e-12);
    }
    for (key, name) in [
        ("sharpe", "sharpe"),
        ("sortino", "sortino"),
        ("total_return", "total_return"),
        ("max_drawdown", "max_drawdown"),
        ("romad", "romad"),
        ("ulcer", "ulcer_n"),
    ] {
        close(name, metric(&input, key), &reference[name]);
    }
    // The bare formulas: the product itself gives no CAGR below 90 days.
    let years = 60.0 / 365.0;
    let cagr = libm::pow(equity[60] / equity[0], 1.0 / years) - 1.0;
    close("cagr_365", cagr, &reference["cagr_365"]);
    close("calmar", cagr / input.max_drawdown.abs(), &reference["calmar"]);
    close("mean", mean(&input.grid.returns), &reference["mean"]);
    close("sd_ddof1", deviation(&input.grid.returns, 1), &reference["sd_ddof1"]);
    let found = validate::validate(&input);
    close("psr", found.get("psr").unwrap().clone().unwrap(), &reference["psr0_popmoments"]);
    let length = found.get("min_trl_periods").unwrap().clone().unwrap();
    close("min_trl_95", length, &reference["min_trl_95"]);
    // Excess kurtosis in the formula for raw kurtosis is another tool's error: it must not be ours.
    let sharpe = input.grid.sharpe_per_period().unwrap();
    let ours = probabilistic_sharpe(&input.grid.returns, sharpe, 0.0).unwrap();
    let theirs = reference["psr0_BUG_excess_kurt"].as_f64().unwrap();
    assert!((ours - theirs).abs() > 1e-3);
    // empyrical and QuantStats agree where they mean the same.
    for tool in ["empyrical_reloaded_0.7.1", "quantstats_0.0.86"] {
        for (key, name) in
            [("sharpe", "sharpe"), ("sortino", "sortino"), ("max_drawdown", "max_drawdown")]
        {
            close(tool, metric(&input, key), &vectors[tool][name]);
        }
    }
}

#[test]
fn numbers_of_the_trades() {
    let vectors = vectors();
    let reference = &vectors["trades"];
    let x = numbers(&reference["trade_returns"]);
    let params = EngineParams::default();
    let backtest =
        Backtest { trades: x.iter().map(|&x| trade(x)).collect(), ..Backtest::default() };
    let input = MetricInput::new(&daily_series(1), &params, &backtest, &[10_000.0]);
    for (key, name) in [
        ("trades", "n"),
        ("wins", "wins"),
        ("losses", "losses"),
        ("flats", "flats"),
        ("win_rate", "win_rate_all"),
        ("profit_factor", "profit_factor"),
        ("payoff", "payoff"),
        ("expectancy", "expectancy"),
        ("average_win", "avg_win"),
        ("average_loss", "avg_loss"),
        ("sqn", "sqn_sample"),
    ] {
        close(name, metric(&input, key), &reference[name]);
    }
    let found = validate::validate(&input);
    for (key, name) in [
        ("t", "t_stat"),
        ("t", "sound_z"),
        ("p_two_sided", "p_two_sided"),
        ("source_p_value", "p_two_sided"),
        ("p_one_sided", "p_one_sided_greater"),
        ("source_z", "seed_z"),
        ("source_stability", "seed_stability"),
    ] {
        close(name, found.get(key).unwrap().clone().unwrap(), &reference[name]);
    }
    let interval = wilson(8, 24).unwrap();
    close("wilson low", interval.0, &reference["wilson95"][0]);
    close("wilson high", interval.1, &reference["wilson95"][1]);
    close(
        "kelly",
        optimal_fraction(&x).unwrap(),
        &reference["kelly_empirical_notional_over_equity"],
    );
    close("p of t", student_sf(metric(&input, "sqn"), 23.0), &reference["p_one_sided_greater"]);
    // Below 30 trades the product gives no bet size; the bare formulas agree.
    let spread = deviation(&x, 1);
    close(
        "kelly, continuous",
        mean(&x) / (spread * spread),
        &reference["kelly_continuous_mu_over_var"],
    );
    let rate = metric(&input, "win_rate");
    let binary = rate - (1.0 - rate) / metric(&input, "payoff");
    close("kelly, binary", binary, &reference["kelly_binary_with_flats_as_nonwins"]);
    assert!(found.get("kelly").unwrap().is_err());
    // The source's stability depends on the unit of x.
    let percent: Vec<Trade> = x.iter().map(|&x| trade(100.0 * x)).collect();
    let backtest = Backtest { trades: percent, ..Backtest::default() };
    let input = MetricInput::new(&daily_series(1), &params, &backtest, &[10_000.0]);
    let stability = validate::validate(&input).get("source_stability").unwrap().clone().unwrap();
    close("stability in percent", stability, &reference["seed_stability_percent_units"]);
}

/// Keys of the reference file for the translated numbers of a tool; empty where it lists none.
fn reference_key(tool: Tool, name: &str) -> &str {
    match (tool, name) {
        (Tool::Empyrical, "sharpe_ratio") => "sharpe",
        (Tool::Empyrical, "sortino_ratio") => "sortino",
        (Tool::Empyrical, "calmar_ratio") => "calmar",
        (Tool::Empyrical, "stability_of_timeseries") => "stability",
        (Tool::Empyrical, "annual_volatility") => "ann_vol",
        (Tool::Empyrical, "omega_ratio") => "omega",
        (Tool::Empyrical, "value_at_risk") => "var5",
        (Tool::Empyrical, "conditional_value_at_risk") => "cvar5",
        (Tool::QuantStats, "probabilistic_sharpe_ratio") => "psr",
        (Tool::QuantStats, "win_rate") => "win_rate_PERIODS",
        (Tool::QuantStats, "profit_factor") => "profit_factor_PERIODS",
        (Tool::QuantStats, "kelly_criterion") => "kelly_PERIODS",
        (Tool::QuantStats, "value_at_risk") => "var",
        (Tool::QuantStats, "conditional_value_at_risk") => "cvar",
        _ => name,
    }
}

#[test]
fn what_other_tools_print() {
    let vectors = vectors();
    let equity = numbers(&vectors["equity"]);
    let series = daily_series(equity.len() - 1);
    let params = EngineParams { starting_equity: equity[0], ..EngineParams::default() };
    let x = numbers(&vectors["trades"]["trade_returns"]);
    let backtest =
        Backtest { trades: x.iter().map(|&x| trade(x)).collect(), ..Backtest::default() };
    let input = MetricInput::new(&series, &params, &backtest, &equity[1..]);
    let mut compared = 0;
    for (spec, value) in ROSETTA.iter().zip(rosetta(&input)) {
        let (section, percent) = match spec.tool {
            Tool::Empyrical => ("empyrical_reloaded_0.7.1", 1.0),
            Tool::QuantStats => ("quantstats_0.0.86", 1.0),
            Tool::BacktestingPy => ("backtesting_py_0.6.6", 100.0),
        };
        let expected = &vectors[section][reference_key(spec.tool, spec.name)];
        let scale = if spec.percent { percent } else { 1.0 };
        assert!(!expected.is_null(), "{} {} has a reference", section, spec.name);
        close(&format!("{section} {}", spec.name), value.unwrap() * scale, expected);
        compared += 1;
    }
    assert_eq!(compared, ROSETTA.len());
}

#[test]
fn the_automatic_block_length() {
    let vectors = vectors();
    let block = automatic_block(&numbers(&vectors["daily_returns"]));
    // Ours is rounded to 1e-6.
    let expected = vectors["optimal_block_length"]["stationary"].as_f64().unwrap();
    assert!((block - expected).abs() <= 5.1e-7, "{block} instead of {expected}");
}

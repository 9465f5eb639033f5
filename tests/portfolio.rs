//! The loop over several markets and one account: METHOD-STRATEGIES §6, as far as the engine has it. Limits across markets
//! (correlation, risk, pauses) are not the loop's yet.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::Stages;
use cleansweep::domain::Side;
use cleansweep::engine::run::{Field, run_markets};
use cleansweep::engine::{Asks, Backtest, Intent, Path, Series};
use cleansweep::import;
use cleansweep::quality::clean::clean;
use cleansweep::quality::{Cleaning, Market};
use cleansweep::strategy::{Params, StrategyId};
use serde_json::Value;

const MARKETS: [(&str, &str); 3] = [
    ("alpha", include_str!("golden/cases-strategies/alpha.csv")),
    ("beta", include_str!("golden/cases-strategies/beta.csv")),
    ("gamma", include_str!("golden/cases-strategies/gamma.csv")),
];
const EXPECTED: &str = include_str!("golden/cases-strategies/portfolio.trades.json");

struct Prepared {
    stages: Stages,
    asks: Asks,
}

fn params() -> Params {
    let mut params = Params::new(StrategyId::from_name("ma_cross").unwrap());
    for (key, value) in [("ma_fast", "12"), ("ma_slow", "40")] {
        params.set_text(key, value).unwrap();
    }
    params
}

fn prepared(text: &str, params: &Params) -> Prepared {
    let market = Market::new(import::import(text.as_bytes()).unwrap().rows);
    let cleaned = clean(&market, &Cleaning::default());
    let mut stages = Stages::new(cleaned.series);
    let asks = stages.asks(params, None);
    Prepared { stages, asks }
}

fn field(prepared: &Prepared) -> Field<'_> {
    let Prepared { stages, asks } = prepared;
    Field { series: stages.series(), atr: stages.atr(), asks, first_row: 0 }
}

fn run(prepared: &[Prepared], params: &Params) -> Vec<Backtest> {
    let fields: Vec<Field<'_>> = prepared.iter().map(field).collect();
    run_markets(&fields, &params.engine, Path::Pessimistic, None)
}

/// The worked case without the signals that its correlation gate refused: every trade, with its size by the account of that
/// moment, and the end.
#[test]
fn three_markets_on_one_account_agree_with_the_worked_case() {
    let params = params();
    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    let expected_trades = expected["trades"].as_array().unwrap();
    let markets: Vec<Prepared> = MARKETS
        .iter()
        .map(|(name, text)| {
            let mut market = prepared(text, &params);
            let rows = market.stages.series().clock_row.clone();
            market.asks.intents.retain(|intent: &Intent| {
                let row = u64::from(rows[intent.at as usize]);
                expected_trades.iter().any(|t| t["market"] == *name && t["signal_row"] == row)
            });
            market
        })
        .collect();
    let runs = run(&markets, &params);
    let near = |a: f64, b: &Value, what: &str| {
        let b = b.as_f64().unwrap();
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{what}: {a} {b}");
    };
    let mut compared = 0;
    for ((name, _), run) in MARKETS.iter().zip(&runs) {
        let theirs: Vec<&Value> =
            expected_trades.iter().filter(|trade| trade["market"] == *name).collect();
        assert_eq!(run.trades.len(), theirs.len(), "{name}");
        for (mine, theirs) in run.trades.iter().zip(theirs) {
            let what = format!("{name} {}", mine.entry_row);
            assert_eq!(u64::from(mine.signal_row), theirs["signal_row"], "{what}");
            assert_eq!(u64::from(mine.entry_row), theirs["entry_row"], "{what}");
            assert_eq!(u64::from(mine.exit_row), theirs["exit_row"], "{what}");
            assert_eq!(mine.exit_reason.name(), theirs["exit_reason"], "{what}");
            assert_eq!(mine.capped, theirs["capped"], "{what}");
            near(mine.equity_before, &theirs["equity_before"], &what);
            near(mine.quantity, &theirs["quantity"], &what);
            near(mine.net, &theirs["net"], &what);
            compared += 1;
        }
        near(run.end_equity, &expected["end"], name);
    }
    assert_eq!(compared, 60);
}

/// Each market alone is the single run, bit for bit; a market without signals changes only the share of the leverage.
#[test]
fn one_market_is_the_single_engine() {
    let mut params = params();
    for stop in [None, Some(0.02)] {
        params.engine.daily_loss_limit = stop;
        params.engine.drawdown_stop = stop.map(|stop| stop * 3.0);
        for (name, text) in MARKETS {
            let mut alone = prepared(text, &params);
            let single = alone.stages.run(&params, 0, Path::Pessimistic);
            let [loop_of_one] = run(&[alone], &params).try_into().unwrap();
            assert_eq!(loop_of_one, single, "{name}");
            assert!(single.trades.len() > 5, "{name}");
        }
    }
}

/// Money is neither made nor lost between markets, at any time at most one position a market is open, and what happens on a
/// market before the others have begun is as if it were alone.
#[test]
fn the_account_adds_up() {
    let mut params = params();
    params.engine.max_leverage = None;
    let markets: Vec<Prepared> = MARKETS.iter().map(|(_, text)| prepared(text, &params)).collect();
    let runs = run(&markets, &params);
    let net: f64 = runs.iter().flat_map(|run| &run.trades).map(|trade| trade.net).sum();
    let end = params.engine.starting_equity + net;
    for run in &runs {
        assert!((run.end_equity - end).abs() < 1e-6, "{} {end}", run.end_equity);
        assert!(run.trades.windows(2).all(|pair| pair[0].exit_row <= pair[1].entry_row));
        let accepted = run
            .signals
            .iter()
            .filter(|signal| matches!(signal.outcome, cleansweep::engine::Outcome::Trade(_)));
        assert_eq!(accepted.count(), run.trades.len());
    }
    // Prefix: cut all markets at a time, and everything known by then is the same.
    let time = |series: &Series, row: u32| series.clock_time_ms[row as usize];
    let cut = time(markets[0].stages.series(), 600);
    let short: Vec<Prepared> = MARKETS
        .iter()
        .map(|(_, text)| {
            let lines: Vec<&str> = text.lines().collect();
            let kept = lines.iter().filter(|line| {
                let first = line.split(',').next().unwrap_or_default();
                first.parse::<i64>().map_or(true, |seen| seen <= cut)
            });
            prepared(&kept.copied().collect::<Vec<_>>().join("\n"), &params)
        })
        .collect();
    let before = run(&short, &params);
    let mut same = 0;
    for ((full, part), market) in runs.iter().zip(&before).zip(&markets) {
        let series = market.stages.series();
        let known = full.trades.iter().take_while(|trade| time(series, trade.exit_row) < cut);
        for (mine, theirs) in known.zip(&part.trades) {
            assert_eq!(mine, theirs);
            same += 1;
        }
    }
    assert!(same > 20, "{same}");
    assert!(runs.iter().flat_map(|run| &run.trades).any(|trade| trade.side == Side::Short));
}

//! Extreme magnitudes and both ends of every parameter, all the way from bytes to the last document: nothing panics, hangs or
//! asks for unbounded memory, and no document holds a number that is none.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::Window;
use cleansweep::import::{Reading, import_as};
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::session::{Session, Settings};
use cleansweep::strategy::{Params, StrategyId};
use std::fmt::Write as _;

/// A walk of rows that sweeps its own lows, scaled.
fn file(rows: usize, price: f64, volume: f64, time: impl Fn(i64) -> i64) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    let mut last = 100.0;
    for i in 0..rows {
        let wave = [0.0, -0.4, -0.9, 0.3, 0.7, 0.2, -0.6, 0.5][i % 8];
        let close = 100.0 + wave + (i / 8 % 5) as f64 * 0.1;
        let low = f64::min(last, close) - if i % 8 == 2 { 0.6 } else { 0.05 };
        let high = f64::max(last, close) + 0.05;
        let amount = if i % 8 == 2 { 9.0 } else { 1.0 };
        let _ = writeln!(
            text,
            "{},{:e},{:e},{:e},{:e},{:e}",
            time(i as i64),
            last * price,
            high * price,
            low * price,
            close * price,
            amount * volume
        );
        last = close;
    }
    text
}

/// The first place that holds a null.
fn null_in(path: &str, value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => Some(path.to_owned()),
        serde_json::Value::Array(all) => {
            all.iter().enumerate().find_map(|(at, value)| null_in(&format!("{path}[{at}]"), value))
        }
        serde_json::Value::Object(all) => {
            all.iter().find_map(|(key, value)| null_in(&format!("{path}.{key}"), value))
        }
        _ => None,
    }
}

/// Every document of a file under one setting, as text.
fn documents(session: &mut Session, settings: &Settings) {
    let texts = [
        session.report_document().to_text(),
        session.clean_document(&settings.cleaning).to_text(),
        session.backtest_document(settings, Some(7)).to_text(),
    ];
    for text in texts {
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(null_in("", &value), None, "JSON has no NaN, so a null stands for one");
    }
}

fn settings(policy: Policy, params: Params) -> Settings {
    Settings { cleaning: Cleaning::with_policy(policy), params, window: Window::default() }
}

/// Parameters that trade often on these rows.
fn busy(strategy: StrategyId) -> Params {
    let mut params = Params::new(strategy);
    for (key, value) in [
        ("ma_fast", "2"),
        ("ma_slow", "5"),
        ("min_level_touches", "1"),
        ("reversal_candles", "1"),
        ("pivot_bars", "1"),
        ("pierce_depth", "0"),
        ("min_atr_frac", "0"),
        ("min_stop_frac", "0"),
        ("atr_period", "2"),
        ("volume_ma_period", "2"),
        ("levels_die", "off"),
    ] {
        // Keys of the other strategies are not taken.
        params.set_text(key, value).ok();
    }
    params
}

#[test]
fn prices_and_volumes_of_every_size() {
    let mut trades = 0;
    for price in [1e-307, 1e-305, 1e-200, 1e-20, 1e-8, 1.0, 1e8, 1e20, 1e150, 1e300, 1e305] {
        for volume in [1e-307, 1.0, 1e15, 1e300, 1e307] {
            let text = file(160, price, volume, |i| 1_704_067_200_000 + i * 300_000);
            let mut reading = Reading::default();
            reading.set("price_scale", "1").unwrap();
            let Ok(import) = import_as(text.as_bytes(), &reading) else {
                panic!("{price:e} {volume:e} should be read")
            };
            let mut session = Session::new(import);
            for policy in [Policy::Mask, Policy::SourceScore, Policy::Raw] {
                for id in StrategyId::all() {
                    let settings = settings(policy, busy(id));
                    trades += session.run(&settings).backtest.trades.len();
                    documents(&mut session, &settings);
                }
            }
        }
    }
    assert!(trades > 500, "{trades}");
}

#[test]
fn times_at_the_ends_of_what_can_be_read() {
    const LAST_MS: i64 = 8_900_000_000_000_000;
    let steps: [&dyn Fn(i64) -> i64; 6] = [
        &|i| if i < 100 { i * 60_000 } else { LAST_MS - (160 - i) * 60_000 },
        &|i| i * 86_400_000 * 366 * 1_000,
        &|i| -LAST_MS + i * 60_000,
        &|i| if i % 2 == 0 { -LAST_MS + i * 60_000 } else { LAST_MS + i * 60_000 },
        &|i| 1_704_067_200_000 + i,
        &|i| 1_704_067_200_000 + i * i * i * 1_000_000,
    ];
    for (number, time) in steps.into_iter().enumerate() {
        let text = file(160, 1.0, 1.0, time);
        let mut reading = Reading::default();
        reading.set("time_unit", "ms").unwrap();
        let mut session = Session::new(import_as(text.as_bytes(), &reading).unwrap());
        for policy in Policy::ALL {
            for id in StrategyId::all() {
                documents(&mut session, &settings(policy, busy(id)));
            }
        }
        assert!(session.market.grid.expected_slots > 0, "{number}");
    }
}

#[test]
fn both_ends_of_every_parameter() {
    let text = file(400, 1.0, 1.0, |i| 1_704_067_200_000 + i * 3_600_000);
    let mut session = Session::new(import_as(text.as_bytes(), &Reading::default()).unwrap());
    for id in StrategyId::all() {
        for spec in busy(id).specs() {
            for value in spec.extremes() {
                let mut params = busy(id);
                params.set(spec.key, value).unwrap();
                if params.check().is_ok() {
                    documents(&mut session, &settings(Policy::Mask, params));
                }
            }
        }
    }
}

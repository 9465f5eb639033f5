//! METHOD §9 as properties: what must hold on any file and under any parameters.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

mod markets;

use cleansweep::backtest::{Stages, Window};
use cleansweep::domain::{ExitReason, RawRows, Rejection, Side, Sides, Trade};
use cleansweep::engine::{Backtest, EngineParams, Outcome, Path, Series, equity};
use cleansweep::export::csv;
use cleansweep::import::{Import, ImportError, Importer, Reading, import, import_as};
use cleansweep::quality::clean::clean;
use cleansweep::quality::{Cleaning, Market, Policy, Report};
use cleansweep::strategy::Params;
use cleansweep::strategy::sweep::SweepParams;
use cleansweep::validate::causality;
use markets::from_rows;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

/// Runs a property on random cases; it returns how many things it compared, of which there must be at least `fewest` in
/// all: a property that never meets a trade proves nothing. `PROPERTY_FACTOR=50` runs so many times as many cases.
fn check<S: Strategy>(
    cases: u32,
    fewest: usize,
    strategy: S,
    property: impl Fn(S::Value) -> Result<usize, TestCaseError>,
) {
    let compared = Cell::new(0);
    let factor =
        std::env::var("PROPERTY_FACTOR").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let config = Config { cases: cases * factor, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&strategy, |case| {
        compared.set(compared.get() + property(case)?);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(compared.get() >= fewest, "compared only {} of at least {fewest}", compared.get());
}

fn sound_cleaning() -> impl Strategy<Value = Cleaning> {
    (select(vec![Policy::Mask, Policy::Drop, Policy::Segment]), any::<bool>(), 0_u32..6).prop_map(
        |(policy, remove_spikes, max_gap_bars)| Cleaning {
            remove_spikes,
            max_gap_bars,
            ..Cleaning::with_policy(policy)
        },
    )
}

/// The same strategy with other values of the engine.
fn engine_of(params: &Params, change: impl Fn(EngineParams) -> EngineParams) -> Params {
    let mut params = params.clone();
    params.engine = change(params.engine);
    params
}

fn without_portfolio_stops() -> impl Strategy<Value = Params> {
    markets::params().prop_map(|params| {
        engine_of(&params, |engine| EngineParams {
            daily_loss_limit: None,
            drawdown_stop: None,
            ..engine
        })
    })
}

fn series_of(rows: RawRows, cleaning: &Cleaning) -> Series {
    clean(&Market::new(rows), cleaning).series.as_ref().clone()
}

fn run(series: &Series, params: &Params, path: Path) -> Backtest {
    Stages::new(series.clone()).run(params, 0, path)
}

fn marked(series: &Series, params: &Params, run: &Backtest) -> Vec<f64> {
    let engine = &params.engine;
    equity::series(series, &run.trades, engine.fee, engine.starting_equity, run.first_row)
}

/// What was known before row `rows` is the same in both runs, by the check that the page makes. Returns the trades compared.
fn known_before(
    series: &Series,
    rows: usize,
    early: &Backtest,
    full: &Backtest,
) -> Result<usize, TestCaseError> {
    causality::compare(series, rows, early, full)
        .map(|compared| compared.trades)
        .map_err(|violation| TestCaseError::fail(format!("{violation:?}")))
}

#[test]
fn no_prefix_of_the_rows_gives_other_signals_or_closed_trades() {
    let case = (markets::plan(40..140), sound_cleaning(), markets::params());
    check(160, 1_000, case, |(plan, cleaning, params)| {
        let series = series_of(plan.rows(), &cleaning);
        let full = run(&series, &params, Path::Pessimistic);
        let whole = marked(&series, &params, &full);
        let mut compared = 0;
        for rows in 1..=series.len() {
            let prefix = series.prefix(rows);
            let early = run(&prefix, &params, Path::Pessimistic);
            compared += known_before(&series, rows, &early, &full)?;
            // Equity is the same up to the last row, where an open position is closed.
            let early = marked(&prefix, &params, &early);
            let known = early.len() - 1;
            prop_assert_eq!(&early[..known], &whole[..known], "equity before row {}", rows);
        }
        Ok(compared)
    });
}

#[test]
fn garbage_in_the_future_changes_nothing_in_the_past() {
    let garbage = prop::collection::vec(
        ((1_u32..400), (0_u32..50), (0_u32..50), (0_u32..50), (0_u32..90), any::<[bool; 2]>()),
        1..40,
    );
    let case = (markets::plan(60..240), sound_cleaning(), markets::params());
    check(
        1_500,
        300,
        (case, any::<Index>(), garbage),
        |((plan, cleaning, params), cut, garbage)| {
            let series = series_of(plan.rows(), &cleaning);
            if series.is_empty() {
                return Ok(0);
            }
            let cut = cut.index(series.len());
            let mut other = series.clone();
            for row in cut..other.len() {
                let (low, a, b, c, volume, [sound, spike]) = garbage[row % garbage.len()];
                let low = f64::from(low);
                other.low[row] = low;
                other.open[row] = low + f64::from(a);
                other.close[row] = low + f64::from(b);
                other.high[row] = low + f64::from(a.max(b) + c);
                other.volume[row] = f64::from(volume);
                other.sound[row] = sound;
                other.spike[row] = spike;
            }
            let full = run(&series, &params, Path::Pessimistic);
            let garbled = run(&other, &params, Path::Pessimistic);
            known_before(&series, cut, &garbled, &full)
        },
    );
}

#[test]
fn mirrored_prices_swap_the_sides_and_leave_rows_exits_and_r_alone() {
    const CENTRE: f64 = 256.0;
    let params = without_portfolio_stops().prop_map(|params| {
        let own =
            SweepParams { pierce_depth: 0.0, level_tolerance: 0.0, ..SweepParams::from(&params) };
        own.with(EngineParams {
            fee: 0.0,
            slippage: 0.0,
            min_atr_frac: 0.0,
            min_stop_frac: 0.0,
            max_leverage: None,
            ..params.engine
        })
    });
    let case = (markets::dyadic_plan(60..360), sound_cleaning(), params);
    check(1_500, 2_000, case, |(plan, cleaning, params)| {
        let series = series_of(plan.rows(), &cleaning);
        let flip = |column: &[f64]| column.iter().map(|p| CENTRE - p).collect::<Vec<_>>();
        let mirror = Series {
            open: flip(&series.open),
            high: flip(&series.low),
            low: flip(&series.high),
            close: flip(&series.close),
            ..series.clone()
        };
        let sides = match params.engine.sides {
            Sides::Both => Sides::Both,
            Sides::Long => Sides::Short,
            Sides::Short => Sides::Long,
        };
        let mirrored = engine_of(&params, |engine| EngineParams { sides, ..engine });
        // The contract asks for a range that is large enough on both sides.
        let mut stages = Stages::new(series.clone());
        stages.prepare(&params);
        let lively = stages.atr().iter().enumerate().all(|(row, atr)| {
            (*atr > 0.0001 * series.close[row]) == (*atr > 0.0001 * mirror.close[row])
        });
        if !lively {
            return Ok(0);
        }
        let swap = |side: Side| if side == Side::Long { Side::Short } else { Side::Long };
        for path in [Path::Pessimistic, Path::Optimistic] {
            let (here, there) = (run(&series, &params, path), run(&mirror, &mirrored, path));
            prop_assert_eq!(here.signals.len(), there.signals.len());
            for (a, b) in here.signals.iter().zip(&there.signals) {
                prop_assert_eq!(a.outcome, b.outcome);
                let (a, b) = (a.signal, b.signal);
                prop_assert_eq!(a.side, swap(b.side));
                prop_assert_eq!((a.from, a.at), (b.from, b.at));
                let ([price, rest @ ..], [mirrored, others @ ..]) = (a.origin.0, b.origin.0);
                prop_assert_eq!(rest, others);
                prop_assert_eq!(price, CENTRE - mirrored);
            }
            for (a, b) in here.trades.iter().zip(&there.trades) {
                let rows = |t: &Trade| (t.from_row, t.signal_row, t.entry_row, t.exit_row);
                prop_assert_eq!(rows(a), rows(b));
                prop_assert_eq!(a.exit_reason, b.exit_reason);
                prop_assert_eq!(a.ambiguous, b.ambiguous);
                for (a, b) in [(a.net_r(), b.net_r()), (a.mae_r, b.mae_r), (a.mfe_r, b.mfe_r)] {
                    prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{a} and {b} R");
                }
            }
        }
        Ok(run(&series, &params, Path::Pessimistic).trades.len())
    });
}

#[test]
fn prices_times_a_power_of_two_leave_every_r_alone_bit_for_bit() {
    let case = (
        markets::plan(60..360),
        markets::cleaning(),
        markets::params(),
        select(vec![-20_i32, -7, -1, 1, 5, 24]),
    );
    check(1_500, 2_000, case, |(plan, mut cleaning, params, exponent)| {
        if cleaning.policy == Policy::SourceFilter {
            // Its limit is absolute: it depends on the price scale, and says so.
            cleaning.policy = Policy::Mask;
        }
        let factor = (0..exponent.abs())
            .fold(1.0, |factor, _| if exponent > 0 { factor * 2.0 } else { factor / 2.0 });
        let rows = plan.rows();
        let mut scaled = rows.clone();
        for column in [&mut scaled.open, &mut scaled.high, &mut scaled.low, &mut scaled.close] {
            for price in column {
                *price *= factor;
            }
        }
        let (here, there) = (series_of(rows, &cleaning), series_of(scaled, &cleaning));
        let (here, there) =
            (run(&here, &params, Path::Pessimistic), run(&there, &params, Path::Pessimistic));
        prop_assert_eq!(here.signals.len(), there.signals.len());
        for (a, b) in here.signals.iter().zip(&there.signals) {
            prop_assert_eq!(a.outcome, b.outcome);
            prop_assert_eq!(a.signal.side, b.signal.side);
            prop_assert_eq!((a.signal.from, a.signal.at), (b.signal.from, b.signal.at));
            prop_assert_eq!(a.signal.origin.0[0] * factor, b.signal.origin.0[0]);
        }
        for (a, b) in here.trades.iter().zip(&there.trades) {
            prop_assert_eq!((a.entry_row, a.exit_row), (b.entry_row, b.exit_row));
            prop_assert_eq!(a.exit_reason, b.exit_reason);
            prop_assert_eq!(a.net_r(), b.net_r());
            prop_assert_eq!(a.net, b.net);
            prop_assert_eq!((a.mae_r, a.mfe_r), (b.mae_r, b.mfe_r));
            prop_assert_eq!(a.quantity, b.quantity * factor);
        }
        prop_assert_eq!(here.end_equity, there.end_equity);
        Ok(here.trades.len())
    });
}

/// The rows of a file, with more duplicates of every kind, and the same rows in another order.
fn shuffled_rows() -> impl Strategy<Value = [Vec<(i64, [f64; 5])>; 2]> {
    let odd = select(vec![0.0, -1.0, 1.0, 99.0, 101.0, 1e9, f64::NAN, f64::INFINITY]);
    let more = prop::collection::vec((any::<Index>(), prop::option::of((0_usize..5, odd))), 0..30);
    (markets::plan(30..120), more)
        .prop_map(|(plan, more)| {
            let rows = plan.rows();
            let mut list: Vec<_> =
                (0..rows.len()).map(|row| (rows.time_ms[row], rows.values(row))).collect();
            for (row, change) in more {
                let (time, mut values) = list[row.index(list.len())];
                if let Some((column, value)) = change {
                    values[column] = value;
                }
                list.push((time, values));
            }
            list
        })
        .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))
        .prop_map(|(given, other)| [given, other])
}

#[test]
fn the_order_of_the_rows_in_the_file_never_matters_to_a_sound_policy() {
    check(1_000, 3_000, (shuffled_rows(), sound_cleaning()), |([given, other], cleaning)| {
        let (here, there) = (Market::new(from_rows(&given)), Market::new(from_rows(&other)));
        prop_assert_eq!(bits_of(&here.candles), bits_of(&there.candles));
        prop_assert_eq!(&here.flags, &there.flags);
        prop_assert_eq!(here.has_volume, there.has_volume);
        prop_assert_eq!(here.timeframe_ms, there.timeframe_ms);
        prop_assert_eq!(here.timeframe_confidence, there.timeframe_confidence);
        prop_assert_eq!(here.grid.gaps.len(), there.grid.gaps.len());
        prop_assert_eq!(here.duplicate_exact.len(), there.duplicate_exact.len());
        prop_assert_eq!(here.duplicate_conflict.len(), there.duplicate_conflict.len());
        let (mut a, mut b) = (Report::of(&here), Report::of(&there));
        // What the report says about the order itself, and the rows it lists of the file as given, may differ.
        for report in [&mut a, &mut b] {
            report.flags.retain(|flag| flag.key != "out_of_order");
            for flag in report.flags.iter_mut().filter(|flag| flag.key.starts_with("duplicate")) {
                flag.first_rows.clear();
                (flag.run_first_row, flag.run_rows) = (0, 0);
            }
            // Sums over the rows of the file in their own order.
            report.source.avg_volume = Ok(0.0);
        }
        prop_assert_eq!(a, b);
        let (a, b) = (clean(&here, &cleaning), clean(&there, &cleaning));
        prop_assert_eq!(&a.summary, &b.summary);
        prop_assert_eq!(series_bits(&a.series), series_bits(&b.series));
        Ok(here.duplicate_exact.len() + here.duplicate_conflict.len())
    });
}

fn bits_of(rows: &RawRows) -> (Vec<i64>, Vec<[u64; 5]>) {
    let values = (0..rows.len()).map(|row| rows.values(row).map(f64::to_bits)).collect();
    (rows.time_ms.clone(), values)
}

fn series_bits(series: &Series) -> String {
    let columns = [&series.open, &series.high, &series.low, &series.close, &series.volume];
    let bits = columns.map(|column| column.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
    format!(
        "{} {} {:?} {:?} {bits:?} {:?} {:?} {:?}",
        series.has_volume,
        series.timeframe_ms,
        series.clock_time_ms,
        series.clock_row,
        series.segment_start,
        series.sound,
        series.spike,
    )
}

#[test]
fn the_pessimistic_path_is_never_better_than_the_optimistic_one() {
    let case = (markets::plan(60..360), markets::cleaning(), without_portfolio_stops());
    let wider = Cell::new(0);
    check(2_000, 2_000, case, |(plan, cleaning, params)| {
        let series = series_of(plan.rows(), &cleaning);
        let low = run(&series, &params, Path::Pessimistic);
        let high = run(&series, &params, Path::Optimistic);
        let (low_equity, high_equity) =
            (marked(&series, &params, &low), marked(&series, &params, &high));
        if low_equity.iter().chain(&high_equity).any(|&equity| equity <= 0.0) {
            return Ok(0);
        }
        prop_assert_eq!(low.trades.len(), high.trades.len());
        for (a, b) in low.trades.iter().zip(&high.trades) {
            prop_assert_eq!((a.entry_row, a.exit_row), (b.entry_row, b.exit_row));
            prop_assert_eq!(a.ambiguous, b.ambiguous);
            let slack = 1e-12 * (1.0 + a.net_r().abs());
            prop_assert!(a.net_r() <= b.net_r() + slack, "{} and {} R", a.net_r(), b.net_r());
            if a.ambiguous {
                prop_assert_eq!(a.exit_reason, ExitReason::Stop);
                prop_assert_eq!(b.exit_reason, ExitReason::Target);
                wider.set(wider.get() + 1);
            }
        }
        for (row, (a, b)) in low_equity.iter().zip(&high_equity).enumerate() {
            prop_assert!(*a <= *b * (1.0 + 1e-12), "row {row}: {a} and {b}");
        }
        Ok(low.trades.len())
    });
    assert!(wider.get() >= 50, "only {} ambiguous trades", wider.get());
}

#[test]
fn a_higher_fee_never_raises_the_net_of_the_same_trade() {
    let fees = (select(vec![0.0, 0.0005, 0.001]), select(vec![0.000_05, 0.001, 0.009]));
    let case = (markets::plan(60..360), markets::cleaning(), without_portfolio_stops(), fees);
    check(1_500, 2_000, case, |(plan, cleaning, params, (fee, more))| {
        let series = series_of(plan.rows(), &cleaning);
        let cheap = engine_of(&params, |engine| EngineParams { fee, ..engine });
        let dear = engine_of(&params, |engine| EngineParams { fee: fee + more, ..engine });
        let cheap = run(&series, &cheap, Path::Pessimistic);
        let dear = run(&series, &dear, Path::Pessimistic);
        // Fees move no price, so the trades are the same until one of the accounts is empty.
        prop_assert!(dear.trades.len() <= cheap.trades.len());
        for (a, b) in cheap.trades.iter().zip(&dear.trades) {
            prop_assert_eq!((a.entry_row, a.exit_row), (b.entry_row, b.exit_row));
            prop_assert_eq!((a.entry_price, a.exit_price), (b.entry_price, b.exit_price));
            // Sizes differ with the equity before: compare a unit of risk and a unit of money.
            prop_assert!(b.net_r() < a.net_r(), "{} and {} R", b.net_r(), a.net_r());
            prop_assert!(b.return_on_notional() < a.return_on_notional());
        }
        if let (Some(a), Some(b)) = (cheap.trades.first(), dear.trades.first()) {
            prop_assert_eq!(a.quantity, b.quantity);
            prop_assert!(b.net < a.net);
        }
        Ok(dear.trades.len())
    });
}

#[test]
fn every_signal_is_a_trade_or_a_rejection_and_every_trade_has_one_signal() {
    let newest = prop_oneof![Just(0_usize), 10_usize..200];
    let case = (markets::plan(60..360), markets::cleaning(), markets::params(), newest);
    check(1_500, 2_000, case, |(plan, cleaning, params, newest)| {
        let series = series_of(plan.rows(), &cleaning);
        let first_row = Window::newest(newest).first_row(&series);
        let run = Stages::new(series.clone()).run(&params, first_row, Path::Pessimistic);
        let mut numbers = Vec::new();
        let mut rejected = [0_usize; Rejection::ALL.len()];
        for signal in &run.signals {
            match signal.outcome {
                Outcome::Rejected(code) => rejected[code as usize] += 1,
                Outcome::Trade(number) => {
                    numbers.push(number);
                    let trade = &run.trades[number as usize];
                    prop_assert_eq!(trade.signal_row, series.clock_row[signal.signal.at as usize]);
                    prop_assert_eq!(trade.from_row, series.clock_row[signal.signal.from as usize]);
                    prop_assert_eq!(trade.side, signal.signal.side);
                    prop_assert_eq!(trade.origin, signal.signal.origin);
                    prop_assert!(trade.entry_row > trade.signal_row);
                    prop_assert!(
                        trade.entry_row - trade.signal_row <= params.engine.max_entry_delay
                    );
                    prop_assert!(trade.entry_row >= run.first_row);
                    prop_assert!(trade.exit_row >= trade.entry_row);
                    prop_assert!(params.engine.sides.allows(trade.side));
                }
            }
        }
        prop_assert_eq!(numbers, (0..run.trades.len() as u32).collect::<Vec<_>>());
        prop_assert_eq!(run.trades.len() + rejected.iter().sum::<usize>(), run.signals.len());
        prop_assert!(run.signals.windows(2).all(|pair| pair[0].signal.at <= pair[1].signal.at));
        // One position at a time: a new order never comes before the row of the last exit.
        prop_assert!(run.trades.windows(2).all(|pair| pair[1].signal_row >= pair[0].exit_row));
        Ok(run.trades.len())
    });
}

#[test]
fn the_money_of_the_trades_adds_up_to_the_equity() {
    let case = (markets::plan(60..360), markets::cleaning(), markets::params());
    check(1_500, 2_000, case, |(plan, cleaning, params)| {
        let series = series_of(plan.rows(), &cleaning);
        let run = run(&series, &params, Path::Pessimistic);
        let mut money = params.engine.starting_equity;
        let mut turnover = params.engine.starting_equity;
        for trade in &run.trades {
            turnover += trade.notional;
            let slack = 1e-12 * turnover;
            prop_assert!((trade.equity_before - money).abs() <= slack);
            let parts = trade.gross - trade.slippage_cost - trade.fees;
            prop_assert!((parts - trade.net).abs() <= 1e-12 * trade.notional);
            // The fills say the same as gross, slippage and fees apart.
            let fills = trade.side.sign() * (trade.exit_price - trade.entry_price) * trade.quantity;
            let fees = params.engine.fee * trade.quantity * (trade.entry_price + trade.exit_price);
            prop_assert!((fills - fees - trade.net).abs() <= 1e-11 * trade.notional);
            prop_assert!((trade.risk - trade.quantity * trade.stop_distance).abs() <= slack);
            prop_assert!(trade.fees >= 0.0 && trade.slippage_cost >= -1e-12 * trade.notional);
            if let Some(most) = params.engine.max_leverage {
                let cap = most * trade.equity_before;
                prop_assert!(trade.notional <= cap * (1.0 + 1e-12));
                prop_assert_eq!(trade.capped, trade.notional >= cap * (1.0 - 1e-12));
            } else {
                prop_assert!(!trade.capped);
            }
            money += trade.net;
        }
        let slack = 1e-12 * turnover;
        prop_assert!((run.end_equity - money).abs() <= slack);
        let curve = marked(&series, &params, &run);
        prop_assert_eq!(curve.len(), series.clock_len());
        prop_assert_eq!(
            curve.last().copied().unwrap_or(params.engine.starting_equity),
            run.end_equity
        );
        Ok(run.trades.len())
    });
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    delimiter: char,
    line_end: &'static str,
    decimal_comma: bool,
    time: Time,
    encoding: Encoding,
    header: bool,
    quoted: bool,
    /// A line that is no candle, or an empty one, every so many lines; 0 = never.
    noise: usize,
    last_line_end: bool,
}

#[derive(Clone, Copy, Debug)]
enum Time {
    Millis,
    Seconds,
    Iso,
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Utf8,
    Utf8Mark,
    Utf16Le,
    Utf16Be,
}

fn style() -> impl Strategy<Value = Style> {
    (
        select(vec![',', ';', '\t', '|']),
        select(vec!["\n", "\r\n", "\r"]),
        any::<bool>(),
        select(vec![Time::Millis, Time::Seconds, Time::Iso]),
        select(vec![Encoding::Utf8, Encoding::Utf8Mark, Encoding::Utf16Le, Encoding::Utf16Be]),
        any::<[bool; 3]>(),
        select(vec![0_usize, 7, 23]),
    )
        .prop_map(
            |(delimiter, line_end, comma, time, encoding, [header, quoted, last], noise)| Style {
                delimiter,
                line_end,
                decimal_comma: comma && delimiter != ',',
                time,
                encoding,
                header,
                quoted,
                noise,
                last_line_end: last,
            },
        )
}

fn bytes_of(rows: &RawRows, style: Style) -> Vec<u8> {
    let mut lines = Vec::new();
    if style.header {
        let names = ["time", "open", "high", "low", "close", "volume"];
        lines.push(names.join(&style.delimiter.to_string()));
    }
    for row in 0..rows.len() {
        let time = rows.time_ms[row];
        let mut cells = vec![match style.time {
            Time::Millis => time.to_string(),
            Time::Seconds => time.div_euclid(1_000).to_string(),
            Time::Iso => cleansweep::domain::format_time(time),
        }];
        cells.extend(rows.values(row).map(|value| {
            let text = if value.is_nan() { String::new() } else { value.to_string() };
            if style.decimal_comma { text.replace('.', ",") } else { text }
        }));
        if style.quoted {
            for cell in &mut cells {
                *cell = format!("\"{cell}\"");
            }
        }
        lines.push(cells.join(&style.delimiter.to_string()));
        if style.noise > 0 && row % style.noise == style.noise - 1 {
            let noise = ["", "total – not a candle €", "𝄞;,|"];
            lines.push(noise[row / style.noise % noise.len()].to_owned());
        }
    }
    let mut text = lines.join(style.line_end);
    if style.last_line_end {
        text.push_str(style.line_end);
    }
    match style.encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf8Mark => format!("\u{feff}{text}").into_bytes(),
        Encoding::Utf16Le => {
            format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        Encoding::Utf16Be => {
            format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect()
        }
    }
}

fn import_in_chunks(bytes: &[u8], sizes: &[usize]) -> Result<Import, ImportError> {
    let mut importer = Importer::default();
    let (mut at, mut turn) = (0, 0);
    while at < bytes.len() {
        let end = (at + sizes[turn % sizes.len()]).min(bytes.len());
        importer.push(&bytes[at..end])?;
        (at, turn) = (end, turn + 1);
    }
    importer.finish()
}

fn same_import(
    whole: &Result<Import, ImportError>,
    parts: &Result<Import, ImportError>,
) -> Result<usize, TestCaseError> {
    match (whole, parts) {
        (Ok(a), Ok(b)) => {
            prop_assert_eq!(bits_of(&a.rows), bits_of(&b.rows));
            prop_assert_eq!(&a.lines, &b.lines);
            prop_assert_eq!(&a.diagnostics, &b.diagnostics);
            Ok(a.rows.len())
        }
        (Err(a), Err(b)) => {
            prop_assert_eq!(a, b);
            Ok(0)
        }
        (a, b) => Err(TestCaseError::fail(format!("{a:?} and {b:?}"))),
    }
}

#[test]
fn a_file_read_in_any_chunks_gives_the_same_rows_and_diagnostics() {
    let sizes = prop::collection::vec(prop_oneof![1_usize..8, 1_usize..3_000], 1..12);
    let case = (markets::plan(5..80), style(), sizes);
    check(800, 10_000, case, |(plan, style, sizes)| {
        let bytes = bytes_of(&plan.rows(), style);
        same_import(&import(&bytes), &import_in_chunks(&bytes, &sizes))
    });
}

#[test]
fn a_file_longer_than_the_sample_read_in_any_chunks_gives_the_same_rows_and_diagnostics() {
    let sizes = prop::collection::vec(
        prop_oneof![1_usize..50, 1_000_usize..70_000, 1_usize..200_000],
        1..6,
    );
    let case = (markets::plan(2_400..2_700), style(), sizes);
    check(25, 20_000, case, |(plan, style, sizes)| {
        let bytes = bytes_of(&plan.rows(), style);
        if bytes.len() <= cleansweep::import::SAMPLE_BYTES {
            return Ok(0);
        }
        same_import(&import(&bytes), &import_in_chunks(&bytes, &sizes))
    });
}

#[test]
fn any_bytes_in_any_chunks_give_the_same_rows_or_the_same_refusal() {
    let bytes = prop::collection::vec(
        prop_oneof![select(b"0123456789,.;\n\r\" -:T|".to_vec()), any::<u8>()],
        0..400,
    );
    let sizes = prop::collection::vec(1_usize..20, 1..8);
    check(1_500, 0, (bytes, sizes), |(bytes, sizes)| {
        same_import(&import(&bytes), &import_in_chunks(&bytes, &sizes))
    });
}

/// Imports a file, cleans it, and writes what is left.
fn import_and_export(text: &[u8], cleaning: &Cleaning) -> (Market, String) {
    // Prices of 10^14 may be scaled ones, which only their owner knows.
    let mut reading = Reading::default();
    reading.set("price_scale", "1").unwrap();
    let market = Market::new(import_as(text, &reading).unwrap().rows);
    let cleaned = clean(&market, cleaning);
    let mut text = Vec::new();
    csv::cleaned(&market, &cleaned, &mut text).unwrap();
    (market, String::from_utf8(text).unwrap())
}

#[test]
fn a_cleaned_file_that_is_read_and_cleaned_again_is_written_byte_for_byte_the_same() {
    let policies =
        select(vec![Policy::Mask, Policy::Drop, Policy::Segment, Policy::Raw, Policy::SourceFill]);
    let case = (markets::plan(20..120), policies, 0_u32..6, -12_i32..13);
    check(1_200, 30_000, case, |(plan, policy, max_gap_bars, exponent)| {
        let cleaning = Cleaning { max_gap_bars, ..Cleaning::with_policy(policy) };
        let mut rows = plan.rows();
        // From a millionth of a cent to a hundred million millions, with all the digits that come with it.
        let factor = (0..exponent.abs())
            .fold(1.0, |factor, _| if exponent > 0 { factor * 10.0 } else { factor / 10.0 });
        for column in [&mut rows.open, &mut rows.high, &mut rows.low, &mut rows.close] {
            for price in column {
                *price *= factor;
            }
        }
        let (given, first) = import_and_export(first_text(&rows).as_bytes(), &cleaning);
        let written = first.lines().count() - 1;
        if written < 3 {
            return Ok(0);
        }
        let (again, second) = import_and_export(first.as_bytes(), &cleaning);
        if again.timeframe_ms != given.timeframe_ms || again.has_volume != given.has_volume {
            // So few rows were kept that their commonest step is another one: another file.
            return Ok(0);
        }
        prop_assert_eq!(first, second);
        Ok(written)
    });
}

fn first_text(rows: &RawRows) -> String {
    let style = Style {
        delimiter: ',',
        line_end: "\n",
        decimal_comma: false,
        time: Time::Millis,
        encoding: Encoding::Utf8,
        header: true,
        quoted: false,
        noise: 0,
        last_line_end: true,
    };
    String::from_utf8(bytes_of(rows, style)).unwrap()
}

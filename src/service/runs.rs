//! Answers about a backtest: what a slider waits for, what may come later, and whether it means anything.

use super::views::{self, candle_at};
use crate::backtest::Stages;
use crate::domain::sort_numbers;
use crate::engine::run::signal_valid;
use crate::engine::{Outcome, Path, equity};
use crate::export::html::{self, Places};
use crate::format::percent;
use crate::protocol::{
    AnatomyQuestion, AnatomyView, BacktestQuestion, BacktestView, BehindView, DetailQuestion,
    DetailView, EntriesQuestion, EntriesView, RejectedView, Split, ValidateQuestion, ValidateView,
};
use crate::session::{Prepared, RunResult, SEED, Session, Settings};
use crate::strategy::{Params, Typical};

pub(super) fn backtest(session: &mut Session, question: &BacktestQuestion) -> BacktestView {
    let BacktestQuestion { settings, columns } = question;
    let times = session.market.candles.time_ms.clone();
    let (prepared, first_row) = session.ready(settings);
    let result = prepared.run(&settings.params, first_row);
    let params = &settings.params;
    let mut hints = hints(prepared, params, &result);
    hints.extend(settings.looks_behind().map(|text| format!("{text}.")));
    let series = prepared.stages.series();
    let trades = views::trades(series, params.strategy(), &times, &result.backtest.trades);
    BacktestView {
        equity: views::curve(
            &result.equity,
            params.engine.starting_equity,
            *columns as usize,
            (&series.clock_time_ms[first_row as usize..], &times),
        ),
        rows: (result.equity.len(), series.len() - series.usable_from(first_row)),
        grid: result.grid,
        signals: result.backtest.signals.len(),
        trades,
        metrics: result.metrics,
        validation: result.validation,
        sentence: result.sentence,
        hints,
    }
}

/// Warnings of the cleaning, and parameters that make no sense on this file. Nothing is relaxed for the user.
fn hints(prepared: &Prepared, params: &Params, result: &RunResult) -> Vec<String> {
    let mut hints = prepared.summary().warnings.clone();
    let atr_frac = typical_atr(&prepared.stages, SAMPLE);
    let has_volume = prepared.stages.series().has_volume;
    hints.extend((params.strategy().hints)(params, Typical { atr_frac, has_volume }));
    let params = &params.engine;
    if let Some(typical) = atr_frac {
        if params.min_atr_frac > typical {
            hints.push(format!(
                "The minimum ATR of {} is above this file's median ATR of {}: most candles are too quiet to trade. Lower it, or \
                 fit the thresholds to this file.",
                percent(params.min_atr_frac, 2),
                percent(typical, 3)
            ));
        }
        let stop = params.atr_multiplier_sl * typical;
        if stop < params.min_stop_frac {
            hints.push(format!(
                "A typical stop on this file is {} away, closer than the minimum of {}: such signals are refused. Lower the \
                 minimum stop, or fit the thresholds to this file.",
                percent(stop, 3),
                percent(params.min_stop_frac, 2)
            ));
        }
    }
    if result.backtest.trades.is_empty() {
        hints.push(
            "No trade was made. “Why so few signals?” below the charts says which condition blocks most of them, and what they \
             would earn without it."
                .to_owned(),
        );
    }
    let cost_r = crate::metrics::METRICS.iter().position(|spec| spec.key == "cost_r");
    if let Some(Ok(cost)) = cost_r.and_then(|at| result.metrics.get(at))
        && *cost > 1.0
    {
        hints.push(format!(
            "Costs take {} R a trade, more than a trade risks: at these costs this file cannot be traded with stops so close. Look \
             at the costs of your venue, or take a longer timeframe.",
            crate::format::fixed(*cost, 1)
        ));
    }
    let capped = result.backtest.trades.iter().filter(|trade| trade.capped).count();
    if capped > 0 {
        hints.push(format!(
            "The leverage cap made {capped} of {} positions smaller than the risk asks for.",
            result.backtest.trades.len()
        ));
    }
    hints
}

/// Rows looked at for a hint, which is asked for while a slider moves.
const SAMPLE: usize = 2_000;

/// Median of ATR / close over the usable rows that may carry a signal, of at most about `most` rows, evenly spaced.
fn typical_atr(stages: &Stages, most: usize) -> Option<f64> {
    let (series, atr) = (stages.series(), stages.atr());
    let mut values: Vec<f64> = (0..series.len())
        .step_by(series.len().div_ceil(most).max(1))
        .filter(|&row| signal_valid(series, atr, row))
        .map(|row| atr[row] / series.close[row])
        .collect();
    sort_numbers(&mut values);
    (!values.is_empty()).then(|| crate::metrics::quantile(&values, 0.5))
}

pub(super) fn detail(session: &mut Session, question: &DetailQuestion) -> DetailView {
    let (settings, columns) = (&question.settings, question.columns as usize);
    let params = &settings.params;
    let start = params.engine.starting_equity;
    let candle_ms = session.market.candles.time_ms.clone();
    let fingerprint = session.fingerprint().to_owned();
    let (prepared, first_row) = session.ready(settings);
    let backtest = prepared.stages.run(params, first_row, Path::Pessimistic);
    // What is left of the account goes on behind the line; one that is lost begins anew.
    let ends = prepared.mark(params, &backtest).last().map_or(1.0, |end| end / start);
    let ends = if ends > 0.0 { ends } else { 1.0 };
    let optimistic_end = prepared.stages.run(params, first_row, Path::Optimistic).end_equity;
    let (funnel, removals) = prepared.funnel(params, &backtest);
    let typical_atr = typical_atr(&prepared.stages, usize::MAX);
    let series = prepared.stages.rows();
    let window_ms = &series.clock_time_ms[first_row as usize..];

    let on_raw = session.on_raw_rows(settings);
    let (raw, raw_first) = session.ready(&on_raw);
    let raw_run = raw.stages.run(params, raw_first, Path::Pessimistic);
    let raw_equity = raw.mark(params, &raw_run);
    let raw_ms = &raw.stages.series().clock_time_ms[raw_first as usize..];
    let shown = views::at_times((&raw_equity, raw_ms), window_ms);
    let mut raw_curve = views::curve(&shown, start, columns, (window_ms, &candle_ms));
    raw_curve.end = raw_equity.last().copied().unwrap_or(start);
    let behind = behind(session, settings, (columns, window_ms.len()), ends);

    let place = |usable: u32| {
        let row = series.clock_row[usable as usize] as usize;
        candle_at(&candle_ms, series.clock_time_ms[row])
    };
    let rejected = backtest
        .signals
        .iter()
        .filter_map(|found| match found.outcome {
            Outcome::Trade(_) => None,
            Outcome::Rejected(code) => Some(RejectedView {
                code,
                side: found.signal.side,
                candles: [place(found.signal.from), place(found.signal.at)],
            }),
        })
        .collect();
    let held = equity::hold(&series, first_row, start);
    DetailView {
        funnel,
        removals,
        raw: raw_curve,
        raw_trades: raw_run.trades.len(),
        typical_atr,
        hold: views::curve(&held, start, columns, (window_ms, &candle_ms)),
        optimistic_end,
        rejected,
        fingerprint,
        behind: behind.map(Box::new),
    }
}

/// What lies behind the split line. The `columns` are those of so many rows before it; equity goes on from `scale` times
/// the start.
fn behind(
    session: &mut Session,
    settings: &Settings,
    (columns, rows): (usize, usize),
    scale: f64,
) -> Option<BehindView> {
    let params = &settings.params;
    let candle_ms = session.market.candles.time_ms.clone();
    let (prepared, first_row) = session.held_back(settings)?;
    let result = prepared.run(params, first_row);
    let series = prepared.stages.series();
    let times = &series.clock_time_ms[first_row as usize..];
    // As wide as its rows are many, within reason.
    let wide = columns.min(rows) as u64 * times.len() as u64 / rows.max(1) as u64;
    let wide = (wide as usize).clamp(1, (4 * columns).max(1));
    let scaled: Vec<f64> = result.equity.iter().map(|equity| equity * scale).collect();
    let start = params.engine.starting_equity * scale;
    Some(BehindView {
        curve: views::curve(&scaled, start, wide, (times, &candle_ms)),
        trades: views::trades(series, params.strategy(), &candle_ms, &result.backtest.trades),
        metrics: result.metrics,
        validation: result.validation,
        sentence: result.sentence,
        unit: result.grid.0,
    })
}

pub(super) fn anatomy(session: &mut Session, question: &AnatomyQuestion) -> AnatomyView {
    let candle_ms = session.market.candles.time_ms.clone();
    let settings = &question.settings;
    let params = &settings.params;
    let (prepared, first_row) = session.ready(settings);
    let (result, anatomy) = prepared.anatomy(params, first_row);
    let trades = &result.backtest.trades;
    let own = html::anatomy(
        &anatomy,
        trades,
        &result.metrics,
        Places { candles: Some(&candle_ms), first: 0 },
    );
    // Trades behind the split line are numbered on.
    let first = trades.len() as u32;
    let behind = session.held_back(settings).map(|(prepared, first_row)| {
        let (result, anatomy) = prepared.anatomy(params, first_row);
        let places = Places { candles: Some(&candle_ms), first };
        html::anatomy(&anatomy, &result.backtest.trades, &result.metrics, places)
    });
    AnatomyView { html: Split { own, behind }, hold: anatomy.hold }
}

pub(super) fn validate(session: &mut Session, question: &ValidateQuestion) -> ValidateView {
    let settings = &question.settings;
    let tables = |(prepared, first_row): (&mut Prepared, u32)| {
        let result = prepared.run(&settings.params, first_row);
        let (bootstrap, rosetta) = prepared.validate(&settings.params, &result, SEED);
        let unit = result.grid.0;
        [
            html::intervals(&bootstrap, &result.metrics, unit),
            html::others(&rosetta, &result.metrics, &result.validation, unit),
            html::criteria(&result.metrics, &settings.params.engine),
        ]
    };
    let [intervals, others, criteria] = tables(session.ready(settings));
    let behind = session.held_back(settings).map(tables);
    let [more_intervals, more_others, more_criteria] =
        behind.map_or([const { None }; 3], |tables| tables.map(Some));
    ValidateView {
        intervals: Split { own: intervals, behind: more_intervals },
        others: Split { own: others, behind: more_others },
        criteria: Split { own: criteria, behind: more_criteria },
    }
}

pub(super) fn entries(session: &mut Session, question: &EntriesQuestion) -> EntriesView {
    let settings = &question.settings;
    let (prepared, first_row) = session.ready(settings);
    let run = prepared.stages.run(&settings.params, first_row, Path::Pessimistic);
    let found = prepared.random_entries(&settings.params, &run, SEED);
    let win_rate = found.as_ref().ok().and_then(|found| found.get("win_rate"));
    let win_rate = win_rate.map(|null| null.mean);
    let behind = session.held_back(settings).map(|(prepared, first_row)| {
        let run = prepared.stages.run(&settings.params, first_row, Path::Pessimistic);
        html::entries(&prepared.random_entries(&settings.params, &run, SEED))
    });
    EntriesView { html: Split { own: html::entries(&found), behind }, win_rate }
}

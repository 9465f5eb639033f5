//! Answers about a single candle, a condition, costs, other rows and the future.

use super::views::{self, candle_at};
use crate::diagnose::{self, bounds, cost_curves, heat_map, only_without};
use crate::engine::{Outcome, Path};
use crate::protocol::{
    CompareQuestion, CompareView, CostsQuestion, CostsView, ExplainQuestion, ExplainView,
    GainedQuestion, GainedView, Happening, Place, ProofQuestion, ProofView, Role,
};
use crate::session::Session;
use crate::validate::causality::{self, Compared};

/// Cuts checked in one answer: about a tenth of a second, so that newer questions need not wait.
const CUTS_A_TIME: usize = 3;

pub(super) fn explain(session: &mut Session, question: &ExplainQuestion) -> ExplainView {
    let settings = &question.settings;
    let market = &session.market;
    let candle = question.candle.min(market.candles.len().saturating_sub(1) as u32);
    let at = candle as usize;
    let place = Place { candle, time_ms: market.candles.time_ms[at] };
    let (values, flags) = (market.candles.values(at), market.flags[at].bits());
    let file_row = market.file_row[at] as usize;
    let candle_ms = market.candles.time_ms.clone();
    let prepared = session.prepare(&settings.cleaning);
    let reason = prepared.cleaned.reason(file_row).to_owned();
    let backtest = prepared.stages.run(&settings.params, settings.newest, Path::Pessimistic);
    let series = prepared.stages.series();
    let time = |clock_row: u32| series.clock_time_ms[clock_row as usize];
    let mut happenings = Vec::new();
    for found in &backtest.signals {
        let mut add = |role| {
            happenings.push(Happening { role, side: found.signal.side, outcome: found.outcome });
        };
        let usable_ms = |usable: u32| time(series.clock_row[usable as usize]);
        let rests = settings.params.strategy().from_text.is_some();
        if rests && usable_ms(found.signal.from) == place.time_ms {
            add(Role::From);
        }
        if usable_ms(found.signal.at) == place.time_ms {
            add(Role::Signal);
        }
        if let Outcome::Trade(number) = found.outcome {
            let trade = &backtest.trades[number as usize];
            let (entry, exit) = (time(trade.entry_row), time(trade.exit_row));
            if entry == place.time_ms {
                add(Role::Entry);
            }
            if trade.exit_signal_row.is_some_and(|row| time(row) == place.time_ms) {
                add(Role::ExitSignal);
            }
            if exit == place.time_ms {
                add(Role::Exit);
            }
            if entry < place.time_ms && place.time_ms < exit {
                add(Role::Open);
            }
        }
    }
    let clock = series.clock_time_ms.binary_search(&place.time_ms).ok();
    let usable = clock.and_then(|row| series.clock_row.binary_search(&(row as u32)).ok());
    let explanation =
        usable.map(|s| diagnose::explain(&mut prepared.stages, &settings.params, &backtest, s));
    let series = prepared.stages.series();
    let places = explanation.iter().flat_map(|found| &found.sides).map(|side| {
        let anchor = side.about.as_ref().map_or(side.filter_row, |about| about.row);
        [anchor, side.filter_row].map(|row| Place {
            candle: candle_at(&candle_ms, series.clock_time_ms[row as usize]),
            time_ms: series.clock_time_ms[row as usize],
        })
    });
    ExplainView {
        place,
        values,
        flags,
        unused: explanation.is_none().then_some(reason),
        places: places.collect(),
        explanation,
        happenings,
    }
}

pub(super) fn gained(session: &mut Session, question: &GainedQuestion) -> GainedView {
    let GainedQuestion { settings, condition } = question;
    let candle_ms = session.market.candles.time_ms.clone();
    let stages = &mut session.prepare(&settings.cleaning).stages;
    let (params, newest) = (&settings.params, settings.newest);
    let with = stages.run(params, newest, Path::Pessimistic).trades;
    let (_, new) = only_without(stages, params, newest, (&with, *condition));
    GainedView { trades: views::trades(stages.series(), params.strategy(), &candle_ms, &new) }
}

pub(super) fn costs(session: &mut Session, question: &CostsQuestion) -> CostsView {
    let (settings, columns) = (&question.settings, question.columns as usize);
    let candle_ms = session.market.candles.time_ms.clone();
    let stages = &mut session.prepare(&settings.cleaning).stages;
    let (params, newest) = (&settings.params, settings.newest);
    let run = stages.run(params, newest, Path::Pessimistic);
    let start = params.engine.starting_equity;
    let times = stages.series().clock_time_ms[run.first_row as usize..].to_vec();
    let curves = cost_curves(&run.trades, start, run.first_row, times.len());
    let view = |values: &[f64]| views::curve(values, start, columns, (&times, &candle_ms));
    CostsView {
        curves: [view(&curves.gross), view(&curves.slipped), view(&curves.net)],
        heat: heat_map(stages, params, newest),
        stop_first: bounds(stages, params, newest, Path::Pessimistic),
        target_first: bounds(stages, params, newest, Path::Optimistic),
    }
}

pub(super) fn compare(session: &mut Session, question: &CompareQuestion) -> CompareView {
    let (settings, columns) = (&question.settings, question.columns as usize);
    let candle_ms = session.market.candles.time_ms.clone();
    let start = settings.params.engine.starting_equity;
    let on_raw = session.on_raw_rows(settings);
    let [before, after] = [&on_raw, settings].map(|settings| {
        let prepared = session.prepare(&settings.cleaning);
        let result = prepared.run(&settings.params, settings.newest);
        let series = prepared.stages.series().clone();
        (series, result)
    });
    let comparison = diagnose::compare(
        (&before.0, &before.1.backtest.trades),
        (&after.0, &after.1.backtest.trades),
    );
    let both = [before, after];
    CompareView {
        rows: both
            .each_ref()
            .map(|(series, result)| series.len() - series.usable_from(result.backtest.first_row)),
        trades: both.each_ref().map(|(series, result)| {
            let strategy = settings.params.strategy();
            views::trades(series, strategy, &candle_ms, &result.backtest.trades)
        }),
        curves: both.each_ref().map(|(series, result)| {
            let times = &series.clock_time_ms[result.backtest.first_row as usize..];
            views::curve(&result.equity, start, columns, (times, &candle_ms))
        }),
        metrics: both.map(|(_, result)| result.metrics),
        comparison,
    }
}

pub(super) fn prove(session: &mut Session, question: &ProofQuestion) -> ProofView {
    let ProofQuestion { settings, from } = question;
    let prepared = session.prepare(&settings.cleaning);
    let full = prepared.stages.run(&settings.params, settings.newest, Path::Pessimistic);
    let series = prepared.stages.series();
    let cuts = causality::cuts(series, &full);
    let mut view = ProofView {
        done: *from,
        total: cuts.len() as u32,
        compared: Compared::default(),
        violation: None,
    };
    for &rows in cuts.iter().skip(*from as usize).take(CUTS_A_TIME) {
        match causality::check_cut(series, &settings.params, &full, rows) {
            Ok(compared) => view.compared = compared,
            Err(violation) => {
                view.violation = Some(violation);
                break;
            }
        }
        view.done += 1;
    }
    view
}

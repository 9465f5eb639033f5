//! Answers about a single candle, a condition, costs, other rows and the future.

use super::views::{self, candle_at};
use crate::diagnose::{self, bounds, cost_curves, heat_map, only_without};
use crate::engine::{Outcome, Path};
use crate::export::html;
use crate::protocol::{
    CompareQuestion, CompareView, CostsQuestion, CostsView, ExplainQuestion, ExplainView,
    GainedQuestion, GainedView, Happening, Place, ProofQuestion, ProofView, Role, Split,
};
use crate::session::{Prepared, Session, Settings};
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
    let (prepared, first_row) = session.ready(settings);
    // Whatever the row is worth: a run does not know it.
    let window = &settings.window;
    let behind = |end: Option<i64>| end.is_some_and(|end| place.time_ms >= end);
    let unused = if behind(window.to_ms) {
        "This row lies after the chosen dates: the run does not know it.".to_owned()
    } else if behind(window.split_ms) {
        "This row is out-of-sample: it lies after the split line, so nothing of it is shown that could be tuned on. Remove the \
         line to have it explained."
            .to_owned()
    } else {
        format!(
            "Under {} this row is not used ({}): nothing is measured on it, no order fills in it.",
            settings.cleaning.policy.name(),
            prepared.cleaned.reason(file_row).replace('_', " ")
        )
    };
    let backtest = prepared.stages.run(&settings.params, first_row, Path::Pessimistic);
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
        unused: explanation.is_none().then_some(unused),
        places: places.collect(),
        explanation,
        happenings,
    }
}

pub(super) fn gained(session: &mut Session, question: &GainedQuestion) -> GainedView {
    let GainedQuestion { settings, condition } = question;
    let candle_ms = session.market.candles.time_ms.clone();
    let (Prepared { stages, .. }, first_row) = session.ready(settings);
    let params = &settings.params;
    let with = stages.run(params, first_row, Path::Pessimistic).trades;
    let (_, new) = only_without(stages, params, first_row, (&with, *condition));
    GainedView { trades: views::trades(stages.series(), params.strategy(), &candle_ms, &new) }
}

pub(super) fn costs(session: &mut Session, question: &CostsQuestion) -> CostsView {
    let (settings, columns) = (&question.settings, question.columns as usize);
    let candle_ms = session.market.candles.time_ms.clone();
    let (Prepared { stages, .. }, first_row) = session.ready(settings);
    let params = &settings.params;
    let run = stages.run(params, first_row, Path::Pessimistic);
    let start = params.engine.starting_equity;
    let times = stages.series().clock_time_ms[run.first_row as usize..].to_vec();
    let curves = cost_curves(&run.trades, start, run.first_row, times.len());
    let view = |values: &[f64]| views::curve(values, start, columns, (&times, &candle_ms));
    CostsView {
        curves: [view(&curves.gross), view(&curves.slipped), view(&curves.net)],
        heat: heat_map(stages, params, first_row),
        stop_first: bounds(stages, params, first_row, Path::Pessimistic),
        target_first: bounds(stages, params, first_row, Path::Optimistic),
    }
}

pub(super) fn compare(session: &mut Session, question: &CompareQuestion) -> CompareView {
    let CompareQuestion { settings, columns, .. } = question;
    let candle_ms = session.market.candles.time_ms.clone();
    let earlier = question.against().unwrap_or_else(|| session.on_raw_rows(settings));
    let both = [&earlier, settings].map(|settings| {
        let (prepared, first_row) = session.ready(settings);
        (prepared.run(&settings.params, first_row), prepared.stages.rows())
    });
    let [before, after] =
        both.each_ref().map(|(result, series)| (&**series, &*result.backtest.trades));
    let comparison = diagnose::compare(before, after);
    let times = both
        .each_ref()
        .map(|(result, series)| &series.clock_time_ms[result.backtest.first_row as usize..]);
    let curves = [0, 1].map(|at| {
        let start = [&earlier, settings][at].params.engine.starting_equity;
        let equity = views::at_times((&both[at].0.equity, times[at]), times[1]);
        let mut curve = views::curve(&equity, start, *columns as usize, (times[1], &candle_ms));
        curve.end = both[at].0.equity.last().copied().unwrap_or(start);
        curve
    });
    let trades = [0, 1].map(|at| {
        let strategy = [&earlier, settings][at].params.strategy();
        views::trades(&both[at].1, strategy, &candle_ms, &both[at].0.backtest.trades)
    });
    let rows = both
        .each_ref()
        .map(|(result, series)| series.len() - series.usable_from(result.backtest.first_row));
    let own = html::Both { rows, metrics: both.map(|(result, _)| result.metrics) };
    let behind = behind(session, &earlier, settings);
    let table = |both: &html::Both| html::side_by_side(question.names(), both);
    CompareView {
        table: Split { own: table(&own), behind: behind.as_ref().map(table) },
        trades,
        curves,
        metrics: own.metrics,
        comparison,
    }
}

/// What both settings make behind the split line of the later ones.
fn behind(session: &mut Session, earlier: &Settings, later: &Settings) -> Option<html::Both> {
    let line = later.window;
    let mut both = html::Both { rows: [0; 2], metrics: [Vec::new(), Vec::new()] };
    for (side, settings) in [earlier, later].into_iter().enumerate() {
        let mut settings = settings.clone();
        (settings.window.split_ms, settings.window.to_ms) = (line.split_ms, line.to_ms);
        let (prepared, first_row) = session.held_back(&settings)?;
        let series = prepared.stages.series();
        both.rows[side] = series.len() - series.usable_from(first_row);
        both.metrics[side] = prepared.run(&settings.params, first_row).metrics;
    }
    Some(both)
}

pub(super) fn prove(session: &mut Session, question: &ProofQuestion) -> ProofView {
    let ProofQuestion { settings, from } = question;
    let (prepared, first_row) = session.ready(settings);
    let full = prepared.stages.run(&settings.params, first_row, Path::Pessimistic);
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

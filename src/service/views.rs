//! Rows and runs as a page can draw them: decimated, with their places on the price chart.

use super::Venues;
use crate::charts::decimate;
use crate::charts::scene::Severity;
use crate::domain::{RowFlags, Trade};
use crate::engine::Series;
use crate::export::html;
use crate::format::counted;
use crate::import::ImportError;
use crate::protocol::{
    CleanQuestion, CleanView, CurveView, PlacesView, TradeView, WindowQuestion, WindowView,
};
use crate::quality::{Market, Places};
use crate::session::Session;
use crate::strategy::Strategy;
use crate::universe::Source;

/// Rows listed in a comparison of policies.
const LISTED: usize = 200;

/// Candles of a chart, merged by a power of two and aligned to it, so that bars do not change while panning.
pub(super) fn window(
    market: &Market,
    venues: Option<&Venues>,
    question: &WindowQuestion,
) -> WindowView {
    let candles = market.candles.len();
    let [from, to] = [question.from, question.to].map(|at| (at as usize).min(candles));
    let step = decimate::step(to.saturating_sub(from), question.bars as usize);
    let first = from / step * step;
    let mut view = WindowView {
        from: from as u32,
        to: to as u32,
        step: step as u32,
        first: first as u32,
        ..WindowView::default()
    };
    for start in (first..to).step_by(step) {
        let rows = start..(start + step).min(candles);
        let sound = rows.clone().filter(|&row| !market.flags[row].has(RowFlags::BROKEN));
        view.time_ms.push(market.candles.time_ms[start]);
        view.bars.push(
            decimate::merge(sound.map(|row| market.candles.values(row))).unwrap_or([f64::NAN; 5]),
        );
        let count = rows.len() as f32;
        let mut found = [0.0_f32; 2];
        let mut flags = 0;
        for row in rows {
            let bits = market.flags[row].bits();
            flags |= bits;
            match Severity::of(bits, market.has_volume) {
                Severity::None => {}
                Severity::Warn => found[0] += 1.0,
                Severity::Bad => found[1] += 1.0,
            }
        }
        if let Some(venues) = venues {
            view.sources
                .push(source_of(&venues.merged.sources[start..(start + step).min(candles)]));
        }
        view.flags.push(flags);
        view.found.push(found.map(|rows| rows / count));
    }
    view
}

/// The source of most rows of a bar, the earlier venue of equals: 0 is the reference, [`WindowView::MEDIAN`] the median.
fn source_of(sources: &[Source]) -> u8 {
    let number = |source: &Source| match source {
        Source::Venue(at) => *at,
        Source::Median => WindowView::MEDIAN,
    };
    let mut counts = [0_usize; 256];
    for source in sources {
        counts[usize::from(number(source))] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().position(|count| *count == most).unwrap_or(0) as u8
}

/// Where the file hurts, as markup.
pub(super) fn places(market: &Market) -> Result<PlacesView, ImportError> {
    let places = Places::of(market).map_err(|reason| {
        ImportError::new(
            "Days and hours cannot be told",
            reason.to_string(),
            "Export candles of a longer timeframe, or more of them",
        )
    })?;
    Ok(PlacesView { html: html::where_it_hurts(&places, &market.candles.time_ms) })
}

pub(super) fn clean(session: &mut Session, question: &CleanQuestion) -> CleanView {
    let CleanQuestion { cleaning, versus } = question;
    let other = session.prepare(versus).cleaned.clone();
    let cleaned = session.prepare(cleaning).cleaned.clone();
    let diff = cleaned.diff(&other, LISTED);
    let places: Vec<(u32, i64)> = diff
        .first_rows
        .iter()
        .map(|(row, _, _)| {
            let row = *row as usize;
            (session.lines.get(row).copied().unwrap_or(0), session.market.raw.time_ms[row])
        })
        .collect();
    let (summary, versus) = (&cleaned.summary, &other.summary);
    let sufficiency = summary.sufficiency();
    let enough = match (sufficiency.backtest(), sufficiency.search()) {
        ("enough", "enough") => "enough for a backtest and for a search",
        ("enough", _) => "enough for a backtest, few for a search",
        _ => "few for a backtest, too few for a search",
    };
    CleanView {
        policy: cleaning.policy,
        outcome: summary.outcome,
        line: summary.line.clone(),
        enough: format!("{}: {enough}.", counted(summary.kept, "usable row")),
        set_aside: (summary.masked, summary.removed),
        waterfall: html::waterfall(summary),
        gates: html::gates(
            "Gates after cleaning",
            "over the rows that are used",
            &summary.judgement,
        ),
        difference: html::difference((summary, versus), &diff, &places),
        original: html::original_cleaner([summary, versus]),
    }
}

/// Marked equity for a chart. `clock_ms` are the times of its rows, `candle_ms` those of the candles of the price chart.
pub(super) fn curve(
    equity: &[f64],
    start: f64,
    columns: usize,
    (clock_ms, candle_ms): (&[i64], &[i64]),
) -> CurveView {
    let (line, drawdown) = decimate::line_with_drawdown(equity, start, columns);
    let times_ms: Vec<i64> = (0..line.len())
        .map(|column| clock_ms[decimate::start(column, line.len(), equity.len())])
        .collect();
    CurveView {
        candles: times_ms.iter().map(|&time| candle_at(candle_ms, time)).collect(),
        times_ms,
        columns: line,
        max_drawdown: drawdown.iter().copied().fold(0.0, f64::min),
        drawdown,
        end: equity.last().copied().unwrap_or(start),
    }
}

/// Values of one clock at the times of another: the last known at each, and none outside of the first and the last.
pub(super) fn at_times((values, times): (&[f64], &[i64]), onto: &[i64]) -> Vec<f64> {
    let mut next = 0;
    onto.iter()
        .map(|time| {
            while times.get(next).is_some_and(|at| at <= time) {
                next += 1;
            }
            let is_over = times.last().is_none_or(|last| time > last);
            next.checked_sub(1).filter(|_| !is_over).map_or(f64::NAN, |last| values[last])
        })
        .collect()
}

/// Candle of the price chart at or after a time.
pub(super) fn candle_at(candle_ms: &[i64], time_ms: i64) -> u32 {
    candle_ms.partition_point(|&time| time < time_ms) as u32
}

/// Trades with their times and their places on the price chart.
pub(super) fn trades(
    series: &Series,
    strategy: &Strategy,
    candle_ms: &[i64],
    trades: &[Trade],
) -> Vec<TradeView> {
    let time = |row: u32| series.clock_time_ms[row as usize];
    // Where every candle is on the clock, a clock row is its candle.
    let same = series.clock_len() == candle_ms.len();
    let candle = |row: u32| if same { row } else { candle_at(candle_ms, time(row)) };
    trades
        .iter()
        .map(|trade| {
            let Trade { from_row, signal_row, entry_row, exit_row, origin, .. } = *trade;
            let line = strategy.line.map(|(price, row)| {
                // Rows of an origin are usable rows.
                (origin.0[price], series.clock_row[origin.0[row] as usize])
            });
            let line_row = line.map_or(from_row, |(_, row)| row);
            TradeView {
                times_ms: (time(entry_row), time(exit_row)),
                candles: [line_row, from_row, signal_row, entry_row, exit_row].map(candle),
                line: line.map(|(price, _)| price),
                note: (strategy.note)(&origin),
                trade: trade.clone(),
            }
        })
        .collect()
}

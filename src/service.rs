//! The worker minus the browser: one dataset, questions in, answers out.

use crate::charts::decimate;
use crate::domain::RowFlags;
use crate::engine::{Path, Stages};
use crate::export::csv;
use crate::import::{Import, ImportError, Importer};
use crate::metrics::Grid;
use crate::params::Params;
use crate::protocol::{
    BacktestView, CleanView, CurveView, DetailView, Event, ExportKind, LoadedView, Request, Source,
    TradeView, WindowView,
};
use crate::quality::synth::Sample;
use crate::quality::{Cleaning, Market};
use crate::session::{Prepared, RunResult, SEED, Session, Settings};

/// Rows listed in a comparison of policies.
const LISTED: usize = 200;
/// Bytes read from an attached file at a time.
pub const CHUNK: u64 = 4 << 20;

/// The attached bytes of a question, read in slices.
pub trait Attachment {
    /// Bytes in all.
    fn len(&self) -> u64;
    /// Bytes `from..to`, or why they cannot be read.
    fn slice(&self, from: u64, to: u64) -> Result<Vec<u8>, String>;
    /// True without bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What one worker holds.
#[derive(Debug, Default)]
pub struct Service {
    session: Option<Session>,
    name: String,
}

fn no_data() -> ImportError {
    ImportError::new("No data is loaded", "the request needs a file", "Open a CSV file first")
}

impl Service {
    /// Answers a request. `progress` is called while bytes are read.
    pub fn answer(
        &mut self,
        request: &Request,
        attachment: Option<&dyn Attachment>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Event {
        self.try_answer(request, attachment, progress).unwrap_or_else(Event::Failed)
    }

    fn try_answer(
        &mut self,
        request: &Request,
        attachment: Option<&dyn Attachment>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Event, ImportError> {
        if let Request::Load { source } = request {
            self.session = None;
            return self.load(source, attachment, progress);
        }
        let session = self.session.as_mut().ok_or_else(no_data)?;
        Ok(match request {
            Request::Load { .. } => return Err(no_data()),
            Request::Window { from, to, bars } => {
                Event::Window(window(&session.market, (*from, *to), *bars))
            }
            Request::Clean { cleaning, versus } => {
                Event::Cleaned(Box::new(clean(session, cleaning, versus)))
            }
            Request::Backtest { settings, columns } => {
                check(&settings.params)?;
                Event::Backtested(Box::new(backtest(session, settings, *columns as usize)))
            }
            Request::Detail { settings, columns } => {
                check(&settings.params)?;
                Event::Detailed(Box::new(detail(session, settings, *columns as usize)))
            }
            Request::Export { kind, settings } => {
                if matches!(kind, ExportKind::Json | ExportKind::TradesCsv) {
                    check(&settings.params)?;
                }
                export(session, *kind, settings, &self.name)
            }
        })
    }

    fn load(
        &mut self,
        source: &Source,
        attachment: Option<&dyn Attachment>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Event, ImportError> {
        let import = match source {
            Source::Sample(name) => {
                let sample = Sample::from_name(name).ok_or_else(no_data)?;
                self.name = sample.file_name().to_owned();
                crate::import::import(sample.csv().as_bytes())?
            }
            Source::Attached { name } => {
                self.name.clone_from(name);
                read(attachment.ok_or_else(no_data)?, progress)?
            }
        };
        let mut session = Session::new(import);
        let report = session.report().clone();
        let market = &session.market;
        let times = &market.candles.time_ms;
        let view = LoadedView {
            name: self.name.clone(),
            file_rows: market.raw.len(),
            candles: times.len(),
            timeframe_ms: market.timeframe_ms,
            span_ms: (times[0], times[times.len() - 1]),
            has_volume: market.has_volume,
            order: market.order.name().to_owned(),
            diagnostics: session.diagnostics.clone(),
            report,
        };
        self.session = Some(session);
        Ok(Event::Loaded(Box::new(view)))
    }
}

fn read(
    attachment: &dyn Attachment,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Import, ImportError> {
    let total = attachment.len();
    let mut importer = Importer::default();
    let mut at = 0;
    while at < total {
        let end = (at + CHUNK).min(total);
        let bytes = attachment.slice(at, end).map_err(|reason| {
            ImportError::new(
                "The file could not be read",
                format!("bytes {at} to {end}: {reason}"),
                "It may have been changed or moved: open it again",
            )
        })?;
        importer.push(&bytes)?;
        at = end;
        progress(at, total);
    }
    importer.finish()
}

fn check(params: &Params) -> Result<(), ImportError> {
    params.check().map_err(|error| {
        ImportError::new(
            "No level can form",
            error.to_string(),
            "Raise the lookback, or lower touches or pivot width",
        )
    })
}

/// Candles of a chart, merged by a power of two and aligned to it, so that bars do not change while panning.
fn window(market: &Market, (from, to): (u32, u32), bars: u32) -> WindowView {
    let candles = market.candles.len();
    let (from, to) = ((from as usize).min(candles), (to as usize).min(candles));
    let step = decimate::step(to.saturating_sub(from), bars as usize);
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
        view.flags.push(rows.fold(0, |flags, row| flags | market.flags[row].bits()));
    }
    view
}

fn clean(session: &mut Session, cleaning: &Cleaning, versus: &Cleaning) -> CleanView {
    let other = session.prepare(versus).cleaned.clone();
    let cleaned = &session.prepare(cleaning).cleaned;
    let diff = cleaned.diff(&other, LISTED);
    let summary = cleaned.summary.clone();
    let places = diff
        .first_rows
        .iter()
        .map(|(row, _, _)| {
            let row = *row as usize;
            (session.lines.get(row).copied().unwrap_or(0), session.market.raw.time_ms[row])
        })
        .collect();
    CleanView { summary, versus: other.summary, diff, diff_places: places }
}

/// Marked equity for a chart. `clock_ms` are the times of its rows, `candle_ms` those of the candles of the price chart.
fn curve(
    equity: &[f64],
    start: f64,
    columns: usize,
    (clock_ms, candle_ms): (&[i64], &[i64]),
) -> CurveView {
    let mut peak = start;
    let drawdown: Vec<f64> = equity
        .iter()
        .map(|&value| {
            peak = peak.max(value);
            value / peak - 1.0
        })
        .collect();
    let line = decimate::line(equity, columns);
    let times_ms: Vec<i64> =
        (0..line.len()).map(|column| clock_ms[column * equity.len() / line.len()]).collect();
    CurveView {
        candles: times_ms
            .iter()
            .map(|&time| candle_ms.partition_point(|&candle| candle < time) as u32)
            .collect(),
        times_ms,
        columns: line,
        max_drawdown: drawdown.iter().copied().fold(0.0, f64::min),
        drawdown: decimate::line(&drawdown, columns).iter().map(|column| column.low).collect(),
        end: equity.last().copied().unwrap_or(start),
    }
}

fn backtest(session: &mut Session, settings: &Settings, columns: usize) -> BacktestView {
    let times = session.market.candles.time_ms.clone();
    let prepared = session.prepare(&settings.cleaning);
    let result = prepared.run(&settings.params, settings.newest);
    let params = &settings.params;
    let hints = hints(prepared, params, &result);
    let series = prepared.stages.series();
    let candle = |clock_row: u32| {
        times.partition_point(|&time| time < series.clock_time_ms[clock_row as usize]) as u32
    };
    let trades = result
        .backtest
        .trades
        .iter()
        .map(|trade| TradeView {
            times_ms: (
                series.clock_time_ms[trade.entry_row as usize],
                series.clock_time_ms[trade.exit_row as usize],
            ),
            candles: [
                trade.anchor_row,
                trade.sweep_row,
                trade.signal_row,
                trade.entry_row,
                trade.exit_row,
            ]
            .map(candle),
            trade: trade.clone(),
        })
        .collect();
    let first_row = result.backtest.first_row;
    let grid = Grid::new(
        &series.clock_time_ms[first_row as usize..],
        &result.equity,
        params.starting_equity,
    );
    BacktestView {
        settings: settings.clone(),
        equity: curve(
            &result.equity,
            params.starting_equity,
            columns,
            (&series.clock_time_ms[first_row as usize..], &times),
        ),
        rows: (result.equity.len(), series.len() - series.usable_from(first_row)),
        grid: (grid.unit, grid.equity.len()),
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
    if let Some(typical) = median_atr_frac(&prepared.stages) {
        let pierce = params.pierce_depth / typical;
        if pierce >= 2.0 {
            hints.push(format!(
                "pierce depth is {pierce:.1} × this file's median ATR: few candles can reach it"
            ));
        }
        if params.min_atr_frac > typical {
            hints.push(format!(
                "the minimum ATR of {:.2} % is above this file's median ATR of {:.3} %: most candles are too quiet",
                params.min_atr_frac * 100.0,
                typical * 100.0
            ));
        }
        let stop = params.atr_multiplier_sl * typical;
        if stop < params.min_stop_frac {
            hints.push(format!(
                "a typical stop on this file is {:.2} % away, closer than the minimum of {:.2} %",
                stop * 100.0,
                params.min_stop_frac * 100.0
            ));
        }
    }
    if !prepared.stages.series().has_volume {
        hints.push("the file has no volume: the volume condition is skipped".to_owned());
    }
    let capped = result.backtest.trades.iter().filter(|trade| trade.capped).count();
    if capped > 0 {
        hints.push(format!(
            "the leverage cap made {capped} of {} positions smaller than the risk asks for",
            result.backtest.trades.len()
        ));
    }
    hints
}

/// Median of ATR / close over usable rows.
fn median_atr_frac(stages: &Stages) -> Option<f64> {
    /// Rows looked at: a median of so many is exact enough for a hint.
    const SAMPLE: usize = 2_000;
    let series = stages.series();
    let stride = series.len().div_ceil(SAMPLE).max(1);
    let mut values: Vec<f64> = (0..series.len())
        .step_by(stride)
        .map(|row| stages.atr()[row] / series.close[row])
        .filter(|value| value.is_finite())
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    (!values.is_empty()).then(|| crate::metrics::quantile(&values, 0.5))
}

fn detail(session: &mut Session, settings: &Settings, columns: usize) -> DetailView {
    let params = &settings.params;
    let raw = session.raw_equity(settings);
    let prepared = session.prepare(&settings.cleaning);
    let result = prepared.run(params, settings.newest);
    let optimistic_end = prepared.stages.run(params, settings.newest, Path::Optimistic).end_equity;
    let (funnel, removals) = prepared.funnel(params, settings.newest, &result.backtest);
    DetailView {
        settings: settings.clone(),
        funnel,
        removals,
        raw: curve(&raw.equity, params.starting_equity, columns, (&raw.times_ms, &[])),
        raw_trades: raw.trades,
        optimistic_end,
    }
}

fn export(session: &mut Session, kind: ExportKind, settings: &Settings, name: &str) -> Event {
    let stem: String = name
        .rsplit_once('.')
        .map_or(name, |(stem, _)| stem)
        .chars()
        .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' })
        .take(80)
        .collect();
    let policy = settings.cleaning.policy.name();
    let (suffix, media_type, text) = match kind {
        ExportKind::Json => (
            format!("{policy}.json"),
            "application/json",
            session.backtest_document(settings, Some(SEED)).to_text(),
        ),
        ExportKind::TradesCsv => {
            let prepared = session.prepare(&settings.cleaning);
            let result = prepared.run(&settings.params, settings.newest);
            let text = csv::trades(prepared.stages.series(), &result.backtest.trades);
            (format!("{policy}_trades.csv"), "text/csv", text)
        }
        ExportKind::CleanedCsv | ExportKind::RejectsCsv => {
            let cleaned = session.prepare(&settings.cleaning).cleaned.clone();
            if kind == ExportKind::CleanedCsv {
                (
                    format!("{policy}_cleaned.csv"),
                    "text/csv",
                    csv::cleaned(&session.market, &cleaned),
                )
            } else {
                let text = csv::rejects(&session.market, &cleaned, &session.lines);
                (format!("{policy}_rejects.csv"), "text/csv", text)
            }
        }
    };
    Event::Exported {
        name: format!("cleansweep_{stem}_{suffix}"),
        media_type: media_type.to_owned(),
        text,
    }
}

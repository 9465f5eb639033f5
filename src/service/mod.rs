//! The worker minus the browser: one dataset, questions in, answers out.
//!
//! `views` turns rows and runs into what a page can draw, `runs` answers about a backtest, `inspect` about a single
//! candle, a condition, costs, other rows and the future, `files` makes downloads.

mod files;
mod inspect;
#[cfg(test)]
mod one_file;
mod runs;
mod views;

use crate::import::{self, ImportError, Reading};
use crate::protocol::{Event, ExportKind, LoadedView, Request, Source};
use crate::quality::synth::Sample;
use crate::session::Session;
use crate::strategy::Params;
use crate::table::ParamError;

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
    /// Answers a request. `emit` takes what comes before the answer: progress, and parts of a download.
    pub fn answer(
        &mut self,
        request: &Request,
        attachment: Option<&dyn import::Source>,
        emit: &mut dyn FnMut(Event),
    ) -> Event {
        self.try_answer(request, attachment, emit).unwrap_or_else(Event::Failed)
    }

    fn try_answer(
        &mut self,
        request: &Request,
        attachment: Option<&dyn import::Source>,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Event, ImportError> {
        match request {
            Request::Preview { source, reading } => return peek(source, reading, attachment),
            Request::Load { source, reading } => {
                self.session = None;
                return self.load(source, reading, attachment, emit);
            }
            _ => {}
        }
        let session = self.session.as_mut().ok_or_else(no_data)?;
        if let Some(params) = params_of(request) {
            check(params)?;
        }
        Ok(match request {
            Request::Preview { .. } | Request::Load { .. } => return Err(no_data()),
            Request::Window { from, to, bars } => {
                Event::Window(views::window(&session.market, (*from, *to), *bars))
            }
            Request::Clean { cleaning, versus } => {
                Event::Cleaned(Box::new(views::clean(session, cleaning, versus)))
            }
            Request::Backtest { settings, columns } => {
                Event::Backtested(Box::new(runs::backtest(session, settings, *columns as usize)))
            }
            Request::Detail { settings, columns } => {
                Event::Detailed(Box::new(runs::detail(session, settings, *columns as usize)))
            }
            Request::Validate { settings } => {
                Event::Validated(Box::new(runs::validate(session, settings)))
            }
            Request::Entries { settings } => Event::Drawn(runs::entries(session, settings)),
            Request::Explain { settings, candle } => {
                Event::Explained(Box::new(inspect::explain(session, settings, *candle)))
            }
            Request::Gained { settings, condition } => {
                Event::Gained(inspect::gained(session, settings, *condition))
            }
            Request::Costs { settings, columns } => {
                Event::Costed(Box::new(inspect::costs(session, settings, *columns as usize)))
            }
            Request::Compare { settings, columns } => {
                Event::Compared(Box::new(inspect::compare(session, settings, *columns as usize)))
            }
            Request::Prove { settings, from } => {
                Event::Proved(inspect::prove(session, settings, *from))
            }
            Request::Export { kind, settings } => {
                files::export(session, *kind, settings, &self.name, emit)
            }
        })
    }

    fn load(
        &mut self,
        source: &Source,
        reading: &Reading,
        attachment: Option<&dyn import::Source>,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Event, ImportError> {
        let import = match source {
            Source::Sample(name) => {
                let sample = Sample::from_name(name).ok_or_else(no_data)?;
                self.name = sample.file_name().to_owned();
                import::import_as(sample.csv().as_bytes(), reading)?
            }
            Source::Attached { name } => {
                self.name.clone_from(name);
                import::open(attachment.ok_or_else(no_data)?, reading, &mut |done, total| {
                    emit(Event::Progress { done, total });
                })?
            }
        };
        let when_read = memory_bytes();
        let mut session = Session::new(import);
        let report = session.report().clone();
        let remarks = session.remarks();
        let jumps = report.level_jumps.iter().map(|jump| jump.row).collect();
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
            remarks,
            level_jumps: jumps,
            report,
            memory_bytes: [when_read, memory_bytes()],
        };
        self.session = Some(session);
        Ok(Event::Loaded(Box::new(view)))
    }
}

/// Memory that the module has taken from the browser.
#[cfg(target_arch = "wasm32")]
fn memory_bytes() -> u64 {
    core::arch::wasm32::memory_size::<0>() as u64 * 65_536
}

/// Natively the system knows better.
#[cfg(not(target_arch = "wasm32"))]
const fn memory_bytes() -> u64 {
    0
}

fn peek(
    source: &Source,
    reading: &Reading,
    attachment: Option<&dyn import::Source>,
) -> Result<Event, ImportError> {
    let preview = match source {
        Source::Sample(name) => {
            let text = Sample::from_name(name).ok_or_else(no_data)?.csv();
            import::peek(&text.as_bytes(), reading)
        }
        Source::Attached { .. } => import::peek(attachment.ok_or_else(no_data)?, reading),
    };
    Ok(Event::Previewed(Box::new(preview)))
}

/// The parameters that a request runs with.
const fn params_of(request: &Request) -> Option<&Params> {
    match request {
        Request::Backtest { settings, .. }
        | Request::Detail { settings, .. }
        | Request::Validate { settings }
        | Request::Entries { settings }
        | Request::Explain { settings, .. }
        | Request::Gained { settings, .. }
        | Request::Costs { settings, .. }
        | Request::Compare { settings, .. }
        | Request::Prove { settings, .. }
        | Request::Export { kind: ExportKind::Json | ExportKind::TradesCsv, settings } => {
            Some(&settings.params)
        }
        Request::Preview { .. }
        | Request::Load { .. }
        | Request::Window { .. }
        | Request::Clean { .. }
        | Request::Export { .. } => None,
    }
}

fn check(params: &Params) -> Result<(), ImportError> {
    params.check().map_err(|error| {
        let (title, advice) = match &error {
            ParamError::Contradiction { title, advice, .. } => (*title, *advice),
            _ => ("The parameters cannot be used", "Put the defaults back"),
        };
        ImportError::new(title, error.to_string(), advice)
    })
}

//! From a file or a sample to a market.

use super::{Held, no_data};
use crate::import::{self, ImportError, Preview};
use crate::protocol::{Event, LoadQuestion, LoadedView, PreviewQuestion, Source};
use crate::quality::synth::Sample;
use crate::session::Session;

pub(super) fn preview(
    question: &PreviewQuestion,
    attachment: Option<&dyn import::Source>,
) -> Result<Preview, ImportError> {
    let PreviewQuestion { source, reading } = question;
    Ok(match source {
        Source::Sample(name) => {
            let text = Sample::from_name(name).ok_or_else(no_data)?.csv();
            import::peek(&text.as_bytes(), reading)
        }
        Source::Attached { .. } => import::peek(attachment.ok_or_else(no_data)?, reading),
    })
}

pub(super) fn load(
    question: &LoadQuestion,
    attachment: Option<&dyn import::Source>,
    emit: &mut dyn FnMut(Event),
) -> Result<(Held, LoadedView), ImportError> {
    let LoadQuestion { source, reading } = question;
    let (name, import) = match source {
        Source::Sample(name) => {
            let sample = Sample::from_name(name).ok_or_else(no_data)?;
            let import = import::import_as(sample.csv().as_bytes(), reading)?;
            (sample.file_name().to_owned(), import)
        }
        Source::Attached { name } => {
            let file = attachment.ok_or_else(no_data)?;
            let import = import::open(file, reading, &mut |done, total| {
                emit(Event::Progress { done, total });
            })?;
            (name.clone(), import)
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
        name: name.clone(),
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
    Ok((Held { name, session }, view))
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

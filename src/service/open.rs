//! From a file or a sample to a market.

use super::{Held, no_data};
use crate::domain::RowFlags;
use crate::export::html;
use crate::import::{self, ImportError, Preview, Role};
use crate::protocol::{Event, LoadQuestion, LoadedView, PreviewQuestion, Source};
use crate::quality::Market;
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
    let (market, diagnostics) = (&session.market, &session.diagnostics);
    let volume = diagnostics.columns.iter().position(|column| column.role == Role::Volume);
    let times = &market.candles.time_ms;
    let view = LoadedView {
        name: name.clone(),
        file_rows: market.raw.len(),
        candles: times.len(),
        timeframe_ms: market.timeframe_ms,
        span_ms: (times[0], times[times.len() - 1]),
        overview: overview(market),
        has_volume: market.has_volume,
        html: html::file(market, &report, diagnostics, &remarks),
        coverage: report.coverage,
        signature: diagnostics.signature.clone(),
        bad_volume: volume.filter(|_| report.untrusted_volume.is_some()),
        level_jumps: report.level_jumps.iter().map(|j| (j.row, j.nearest_split.clone())).collect(),
        memory_bytes: [when_read, memory_bytes()],
    };
    Ok((Held { name, session }, view))
}

/// Points of the picture of a whole file.
const OVERVIEW: i64 = 240;

fn overview(market: &Market) -> Vec<f32> {
    let times = &market.candles.time_ms;
    let (first, last) = (times[0], times[times.len() - 1]);
    let is_sound = |row: &usize| {
        let flags = market.flags[*row];
        !flags.has(RowFlags::BROKEN) && !flags.has(RowFlags::SPIKE)
    };
    let close = |step: i64| {
        let time = first + (last - first) / (OVERVIEW - 1) * step;
        let known = times.partition_point(|&at| at <= time).max(1);
        let row = (0..known).rev().find(is_sound).unwrap_or(known - 1);
        market.candles.close[row] as f32
    };
    (0..OVERVIEW).map(close).collect()
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

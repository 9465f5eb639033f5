//! From a file or a sample to a market.

use super::{Held, combine, no_data};
use crate::audit::Facts;
use crate::domain::RowFlags;
use crate::export::html;
use crate::import::{self, Import, ImportError, Preview, Role};
use crate::protocol::{Event, LoadQuestion, LoadedView, PreviewQuestion, Source, Told};
use crate::quality::Market;
use crate::quality::synth::Sample;
use crate::session::{Session, named};
use crate::universe::{Key, of_calendar};

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
        // Made of markets that were read: there is no text.
        Source::Combined { .. } => return Err(no_data()),
    })
}

pub(super) fn load(
    question: &LoadQuestion,
    attachment: Option<&dyn import::Source>,
    emit: &mut dyn FnMut(Event),
) -> Result<(Held, LoadedView), ImportError> {
    let LoadQuestion { source, reading, told } = question;
    let (held, combined) = match source {
        Source::Sample(name) => {
            let sample = Sample::from_name(name).ok_or_else(no_data)?;
            let import = import::import_as(sample.csv().as_bytes(), reading)?;
            (read(sample.file_name().to_owned(), import, told), String::new())
        }
        Source::Attached { name } => {
            let file = attachment.ok_or_else(no_data)?;
            let import = import::open(file, reading, &mut |done, total| {
                emit(Event::Progress { done, total });
            })?;
            (read(name.clone(), import, told), String::new())
        }
        Source::Combined { name, parts, how } => {
            let (mut held, html) = combine::combine(name, parts, *how, attachment)?;
            held.named.told(told.symbol.as_deref(), told.venue.as_deref());
            (held, html)
        }
    };
    let Held { name, mut session, named, files, venues } = held;
    let when_read = memory_bytes();
    let report = session.report().clone();
    let remarks = session.remarks();
    let (market, diagnostics) = (&session.market, &session.diagnostics);
    let volume = diagnostics.columns.iter().position(|column| column.role == Role::Volume);
    let times = &market.candles.time_ms;
    let key = Key {
        symbol: named.symbol.clone(),
        venue: named.venue.clone(),
        timeframe_ms: market.timeframe_ms.map(of_calendar),
    };
    let joins = key.text();
    let facts = Facts::of(key, files.clone(), market).told_by(named.clone());
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
        key: joins,
        named: named.clone(),
        // It holds nothing that postcard refuses; without it the market is not in the table.
        facts: postcard::to_stdvec(&facts).unwrap_or_default(),
        combined,
        is_merged: venues.is_some(),
        memory_bytes: [when_read, memory_bytes()],
    };
    Ok((Held { name, session, named, files, venues }, view))
}

/// A file that was read.
fn read(name: String, import: Import, told: &Told) -> Held {
    let path = if told.path.is_empty() { &name } else { &told.path };
    let (mut named, _) = named(path, &import.diagnostics);
    named.told(told.symbol.as_deref(), told.venue.as_deref());
    Held { files: vec![name.clone()], name, session: Session::new(import), named, venues: None }
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

//! Downloads. They leave in parts, so that no file is held as a whole.

use super::Venues;
use crate::engine::Path;
use crate::export::csv;
use crate::format::file_stem;
use crate::import::ImportError;
use crate::protocol::{Event, ExportKind, ExportQuestion, ExportView};
use crate::session::{Prepared, Reported, SEED, Session};
use crate::workspace::settings_link;
use std::io::{self, Write};

/// Bytes of a part.
const PART: usize = 1 << 20;

/// Collects bytes and sends them on in parts.
struct Parts<'a> {
    bytes: Vec<u8>,
    emit: &'a mut dyn FnMut(Event),
}

impl Parts<'_> {
    fn send(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        (self.emit)(Event::Part(String::from_utf8(bytes).unwrap_or_default()));
    }
}

impl Write for Parts<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        // Rows are ASCII and whole between two writes of the writer above, so a part ends at a character.
        if self.bytes.len() >= PART {
            self.send();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn export(
    session: &mut Session,
    question: &ExportQuestion,
    name: &str,
    venues: Option<&Venues>,
    emit: &mut dyn FnMut(Event),
) -> Result<ExportView, ImportError> {
    let ExportQuestion { kind, settings } = question;
    // The parts of a try that was given up, or of another file, are not this one's.
    emit(Event::Progress { done: 0, total: 0 });
    let stem = file_stem(name);
    let policy = settings.cleaning.policy.name();
    let mut parts = Parts { bytes: Vec::new(), emit };
    let (suffix, media_type, written) = match kind {
        ExportKind::Json => {
            let text = session.backtest_document(settings, Some(SEED)).to_text();
            (format!("{policy}.json"), "application/json", parts.write_all(text.as_bytes()))
        }
        ExportKind::Report => {
            let link = settings_link(settings, session.fingerprint(), name);
            let run = Some((settings, link.as_str()));
            let about = Reported { name, cleaning: &settings.cleaning, run, seed: Some(SEED) };
            let text = session.html(&about);
            (format!("{policy}.html"), "text/html", parts.write_all(text.as_bytes()))
        }
        ExportKind::TradesCsv => {
            let trades = |(prepared, first_row): (&mut Prepared, u32)| {
                let run = prepared.stages.run(&settings.params, first_row, Path::Pessimistic);
                (prepared.stages.rows(), run.trades)
            };
            let own = trades(session.ready(settings));
            let behind = session.held_back(settings).map(trades);
            let written = csv::trades(
                settings.params.strategy(),
                (&own.0, &own.1),
                behind.as_ref().map(|(series, trades)| (&**series, trades.as_slice())),
                &mut parts,
            );
            (format!("{policy}_trades.csv"), "text/csv", written)
        }
        ExportKind::MergedCsv => {
            let Venues { names, merged } = venues.ok_or_else(super::no_data)?;
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let written = csv::merged(merged, &names, &mut parts);
            ("merged.csv".to_owned(), "text/csv", written)
        }
        ExportKind::CleanedCsv | ExportKind::RejectsCsv => {
            let cleaned = session.prepare(&settings.cleaning).cleaned.clone();
            if *kind == ExportKind::CleanedCsv {
                let written = csv::cleaned(&session.market, &cleaned, &mut parts);
                (format!("{policy}_cleaned.csv"), "text/csv", written)
            } else {
                let written = csv::rejects(&session.market, &cleaned, &session.lines, &mut parts);
                (format!("{policy}_rejects.csv"), "text/csv", written)
            }
        }
    };
    written.map_err(|error| {
        ImportError::new("The file could not be written", error.to_string(), "Try again")
    })?;
    parts.send();
    Ok(ExportView {
        name: format!("cleansweep_{stem}_{suffix}"),
        media_type: media_type.to_owned(),
    })
}

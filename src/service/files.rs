//! Downloads.

use crate::export::csv;
use crate::format::file_stem;
use crate::protocol::{Event, ExportKind};
use crate::session::{SEED, Session, Settings};

pub(super) fn export(
    session: &mut Session,
    kind: ExportKind,
    settings: &Settings,
    name: &str,
) -> Event {
    let stem = file_stem(name);
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

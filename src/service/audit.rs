//! All markets of the page by their gates: from what was kept of each, so that none has to be in memory.

use crate::audit::{Audited, Facts, Gates, Previous, compare};
use crate::export::audit::Audit;
use crate::export::html;
use crate::import::ImportError;
use crate::protocol::{AuditQuestion, AuditView};
use crate::universe::MarketId;

pub(super) fn audit(question: &AuditQuestion) -> Result<AuditView, ImportError> {
    let AuditQuestion { markets, gates, previous, now_ms } = question;
    let contradiction = gates.contradiction();
    // The command refuses such a file; neither is anything judged by it here.
    let usual = Gates::default();
    let gates = if contradiction.is_some() { &usual } else { gates };
    let judged = markets.iter().map(|(MarketId(number), facts)| {
        let facts: Facts = postcard::from_bytes(facts)?;
        Ok(facts.judge(gates, Some(*now_ms)).numbered(*number))
    });
    let judged: Result<Vec<_>, postcard::Error> = judged.collect();
    let judged = judged.map_err(|error| {
        ImportError::new("The markets cannot be judged", error.to_string(), "Open the files again")
    })?;
    let audited = Audited::new(judged);
    let (comparison, problem) = match previous {
        None => (None, None),
        Some((name, text)) => match Previous::read(text) {
            Ok(previous) => (Some(compare(&previous, &audited.markets)), None),
            Err(what) => (None, Some(format!("{name} {what}."))),
        },
    };
    let audit = Audit {
        now_ms: Some(*now_ms),
        gates: gates.clone(),
        audited,
        unreadable: Vec::new(),
        comparison,
    };
    Ok(AuditView {
        table: html::audit_markets(&audit.audited.markets),
        line: html::audit_line(&audit),
        changes: audit.comparison.as_ref().map_or_else(String::new, html::comparison),
        problem,
        contradiction,
        gates: gates.to_toml(),
        document: audit.document().to_text(),
    })
}

//! An audit as tables: every market with its gates, and what changed since the audit before.

use super::quality::verdict_tag;
use super::report::{page, paragraph, section};
use super::{Cell, escape, table};
use crate::audit::{
    AUDIT_GATES, AuditMarket, AuditVerdict, Change, Comparison, GateChange, JudgedGate, Why,
};
use crate::domain::{Measure, format_time, grouped};
use crate::export::audit::{Audit, is_notable};
use crate::export::markets::key_of;
use crate::format::{counted, fixed, percent};
use crate::quality::checks::Verdict;
use std::fmt::Write as _;

/// A number of a gate in its unit.
fn shown(index: usize, value: f64) -> String {
    let gate = &AUDIT_GATES[index];
    match gate.key {
        _ if gate.is_share => percent(value, if value < 0.01 && value > 0.0 { 3 } else { 2 }),
        "usable_rows" => grouped(value as usize),
        "valid_pct" => format!("{} %", fixed(value, 2)),
        _ => format!("{} h", fixed(value, 1)),
    }
}

fn number(index: usize, value: &Measure) -> String {
    value.as_ref().map_or_else(ToString::to_string, |value| shown(index, *value))
}

/// Gates that warn or fail with their numbers and limits.
fn notable(gates: &[JudgedGate]) -> String {
    let told = gates.iter().filter(|gate| is_notable(gate)).map(|gate| {
        let spec = &AUDIT_GATES[gate.index];
        let is_fail = gate.verdict == AuditVerdict::Judged(Verdict::Fail);
        let limit = gate.threshold.and_then(|own| if is_fail { own.fail } else { own.warn });
        let sign = if spec.bad_above { ">" } else { "<" };
        let limit =
            limit.map_or_else(String::new, |limit| format!(" {sign} {}", shown(gate.index, limit)));
        format!("{} {}{limit}", spec.label, number(gate.index, &gate.value))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "none".to_owned() } else { told.join("; ") }
}

fn market(market: &AuditMarket) -> Vec<Cell> {
    let (symbol, venue, timeframe) = key_of(&market.key);
    let share = market.source.valid_pct.as_ref();
    let span = market.times_ms.map_or_else(
        || "–".to_owned(),
        |(first, last)| format!("{} to {}", format_time(first), format_time(last)),
    );
    let mut name = format!(
        "<bdi>{}</bdi> <small><bdi>{}</bdi> {}</small>",
        escape(symbol),
        escape(venue),
        escape(&timeframe)
    );
    // On a page a click turns to the market, and who named it is told.
    if let Some(number) = market.number {
        name = format!(
            "<button type=\"button\" class=\"link\" data-market=\"{number}\">{name}</button>"
        );
    }
    if let Some(named) = &market.named {
        let _ = write!(
            name,
            "<br><small>symbol {}, venue {}</small>",
            named.symbol_from.words(),
            named.venue_from.words()
        );
    }
    vec![
        Cell::html(name).quiet(market.verdict < Verdict::Warn),
        Cell::html(verdict_tag(market.verdict)),
        Cell::number(
            share.map_or_else(|_| "–".to_owned(), |share| format!("{} %", fixed(*share, 1))),
        ),
        Cell::number(grouped(market.rows)),
        Cell::number(grouped(market.sufficiency.usable_rows)),
        Cell::prose(notable(&market.gates)),
        Cell::html(verdict_tag(market.after_mask.verdict)),
        Cell::new(span),
        Cell::own(&market.files.join(", ")),
    ]
}

/// Why a gate counts as changed.
fn why(change: &GateChange) -> String {
    match &change.why {
        Why::Verdict { old, new, other_limits } => format!(
            "the verdict was {old} and is {new}{}",
            if *other_limits {
                "; the thresholds are others, too, so compare the numbers"
            } else {
                ""
            }
        ),
        Why::Noise { old, new, allowance } => format!(
            "share {} before, {} now: more than the {} that noise makes",
            percent(*old, 2),
            percent(*new, 2),
            percent(*allowance, 2)
        ),
        Why::Rows => "fewer usable rows than 95 % of those before".to_owned(),
    }
}

/// What changed since an earlier audit, as a table.
pub fn comparison(found: &Comparison) -> String {
    let mut rows = Vec::new();
    for market in &found.markets {
        let tag = match market.change {
            Change::Same => "<span class=\"tag\">the same</span>",
            Change::Worse => "<span class=\"tag tag--fail\">✕ worse</span>",
            Change::Better => "<span class=\"tag tag--pass\">✓ better</span>",
            Change::New => "<span class=\"tag\">new</span>",
            Change::Gone => "<span class=\"tag tag--fail\">✕ gone</span>",
        };
        let told: Vec<String> = market
            .gates
            .iter()
            .map(|gate| {
                format!(
                    "{} {}: {} → {}, {}",
                    if gate.change == Change::Worse { "✕" } else { "✓" },
                    AUDIT_GATES[gate.index].label,
                    number(gate.index, &gate.old),
                    number(gate.index, &gate.new),
                    why(gate)
                )
            })
            .collect();
        let told = match (market.change, told.is_empty()) {
            (Change::Gone, _) => "it is not among the files any more".to_owned(),
            (Change::New, _) => "it was not there before".to_owned(),
            (_, true) => "nothing beyond noise".to_owned(),
            (_, false) => told.join("; "),
        };
        let grew = if market.grew { "; rows were added, and those are compared" } else { "" };
        rows.push(vec![
            Cell::html(format!(
                "<bdi>{}</bdi> <small><bdi>{}</bdi> {}</small>",
                escape(&market.symbol),
                escape(&market.venue),
                escape(&market.timeframe)
            ))
            .quiet(!market.change.is_worse()),
            Cell::html(tag.to_owned()),
            Cell::prose(format!("{told}{grew}")),
        ]);
    }
    let mut out = String::new();
    table(&mut out, "Changes since the audit before", &["Market", "Change", "What"], &rows);
    out
}

/// The markets of an audit as a table.
pub fn audit_markets(markets: &[AuditMarket]) -> String {
    let rows: Vec<Vec<Cell>> = markets.iter().map(market).collect();
    let head = [
        "Market",
        "Verdict",
        "With volume",
        "Rows",
        "Usable",
        "Gates that warn or fail",
        "After mask, usual thresholds",
        "From, to (UTC)",
        "Files",
    ];
    let mut out = String::new();
    table(&mut out, "Markets of the audit", &head, &rows);
    out
}

/// The verdict of an audit in a sentence.
pub fn audit_line(audit: &Audit) -> String {
    let markets = &audit.audited.markets;
    let count = |verdict: Verdict| markets.iter().filter(|one| one.verdict == verdict).count();
    let mut line = format!(
        "{}: {} fail, {} warn, {} pass.",
        counted(markets.len(), "market"),
        grouped(count(Verdict::Fail)),
        grouped(count(Verdict::Warn)),
        grouped(count(Verdict::Pass))
    );
    let (below, of) = audit.audited.below_70;
    if of > 0 {
        let _ = write!(
            line,
            " {} of {of} have volume in fewer than 70 % of their rows: data is {}the primary issue by the post-mortem that this tool \
             grew out of, which draws the line at half.",
            below,
            if 2 * below > of { "" } else { "not " }
        );
    }
    if !audit.unreadable.is_empty() {
        let _ = write!(line, " {} could not be read.", counted(audit.unreadable.len(), "file"));
    }
    if let Some(found) = &audit.comparison {
        let _ = write!(
            line,
            " Since the audit before, {} got worse or went away and {} got better.",
            counted(found.worse(), "market"),
            grouped(found.better())
        );
    }
    line
}

/// An audit as one HTML file without script.
pub fn audit(audit: &Audit) -> String {
    page("Audit", true, |out| {
        out.push_str("<header><h1>Audit of market data</h1>");
        paragraph(out, "lead", &audit_line(audit));
        if let Some(now) = audit.now_ms {
            paragraph(out, "note", &format!("Ages count to {} UTC.", format_time(now)));
        }
        out.push_str("</header>");
        if let Some(found) = &audit.comparison {
            section(out, "Since the audit before", |out| out.push_str(&comparison(found)));
        }
        section(out, "Markets", |out| out.push_str(&audit_markets(&audit.audited.markets)));
        if !audit.unreadable.is_empty() {
            section(out, "Files that could not be read", |out| {
                let rows = audit
                    .unreadable
                    .iter()
                    .map(|(name, reason)| vec![Cell::own(name), Cell::own(reason)]);
                table(out, "Unreadable files", &["File", "Reason"], &rows.collect::<Vec<_>>());
            });
        }
        section(out, "Gates", |out| {
            paragraph(
                out,
                "note",
                "A gate warns or fails beyond its threshold, and the worst gate is the verdict; there is no averaged score.",
            );
            paragraph(out, "note", "The file of gates that held:");
            let _ = write!(out, "<pre>{}</pre>", escape(&audit.gates.to_toml()));
        });
        let _ = write!(
            out,
            "<footer>Made by Clean Sweep {}. The file holds no script and requests nothing.</footer>",
            env!("CARGO_PKG_VERSION")
        );
    })
}

//! From several markets to one: months joined, venues merged. What is attached are the columns that other workers handed on.

use super::columns;
use super::{Held, Venues, no_data};
use crate::export::html;
use crate::format::{counted, rows};
use crate::import::{Diagnostics, Import, ImportError, Source};
use crate::protocol::How;
use crate::quality::Market;
use crate::session::Session;
use crate::universe::{self, File, Frame, Venue, agreement, join, others};

/// A stretch of an attachment.
struct Part<'a> {
    whole: &'a dyn Source,
    from: u64,
    bytes: u64,
}

impl Source for Part<'_> {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn slice(&self, from: u64, to: u64) -> Result<Vec<u8>, String> {
        let to = to.min(self.bytes);
        self.whole.slice(self.from + from.min(to), self.from + to)
    }
}

/// The markets that are attached, one after the other.
fn read_parts(parts: &[u64], attached: &dyn Source) -> Result<Vec<columns::Read>, ImportError> {
    let mut from = 0;
    let mut read = Vec::with_capacity(parts.len());
    for &bytes in parts {
        read.push(columns::read(&Part { whole: attached, from, bytes })?);
        from += bytes;
    }
    Ok(read)
}

/// Makes one market of several, with markup that says how.
pub(super) fn combine(
    name: &str,
    parts: &[u64],
    how: How,
    attached: Option<&dyn Source>,
) -> Result<(Held, String), ImportError> {
    let read = read_parts(parts, attached.ok_or_else(no_data)?)?;
    match how {
        How::Join => joined(name, read),
        How::Merge { policy, basis } => merged(name, read, policy, basis),
    }
}

fn joined(name: &str, read: Vec<columns::Read>) -> Result<(Held, String), ImportError> {
    let mut told: Vec<(String, Vec<u32>, Diagnostics)> = Vec::new();
    let mut named = None;
    let mut files = Vec::new();
    for part in read {
        let Import { rows, lines: own, diagnostics } = part.import;
        let header = diagnostics.columns.iter().map(|column| column.name.clone()).collect();
        told.push((part.name.clone(), own, diagnostics));
        named.get_or_insert_with(|| part.named.clone());
        files.push(File { name: part.name, named: part.named, header, market: Market::new(rows) });
    }
    let (joins, markets) = join(files);
    let html = html::joins(&joins);
    let [join] = joins.as_slice() else {
        return Err(not_joined("their symbol, venue or timeframe differ".to_owned()));
    };
    if !join.joined {
        let overlap = &join.overlap;
        let reason = if overlap.conflicting > 0 {
            format!(
                "{} of {} that stand in several files differ between them",
                counted(overlap.conflicting, "time"),
                crate::domain::grouped(overlap.common)
            )
        } else {
            "neither their venue nor their columns say that they belong together".to_owned()
        };
        return Err(not_joined(reason));
    }
    // Rows of the joined market stand in the order of its files.
    let market = markets.into_iter().next().ok_or_else(no_data)?;
    let mut diagnostics = Diagnostics::default();
    let mut all_lines = Vec::with_capacity(market.market.raw.len());
    for (at, file) in market.files.iter().enumerate() {
        let Some(place) = told.iter().position(|(name, ..)| name == file) else { continue };
        let (_, lines, own) = told.swap_remove(place);
        all_lines.extend(lines);
        if at == 0 {
            diagnostics = own;
        } else {
            diagnostics.absorb(own);
        }
    }
    diagnostics.notes.push(format!(
        "{} were joined; a line number is that of the file that holds the row",
        counted(market.files.len(), "file")
    ));
    let import = Import { rows: market.market.raw, lines: all_lines, diagnostics };
    let held = Held {
        name: name.to_owned(),
        session: Session::new(import),
        named: named.unwrap_or_default(),
        files: market.files,
        venues: None,
    };
    Ok((held, html))
}

fn not_joined(reason: String) -> ImportError {
    ImportError::new(
        "The files stay apart",
        reason,
        "Say what each of them is of, or export them again, if they belong together",
    )
}

fn merged(
    name: &str,
    read: Vec<columns::Read>,
    policy: universe::MergePolicy,
    basis: bool,
) -> Result<(Held, String), ImportError> {
    let refused = |reason: String| {
        ImportError::new(
            "The venues cannot be merged",
            reason,
            "Choose others, or export them again",
        )
    };
    let mut names = Vec::new();
    let mut markets = Vec::new();
    let mut kept = Vec::new();
    for part in read {
        names.push(part.name);
        kept.push(part.named);
        // Of the reference it is asked what its rows are; of the others, whether somebody traded.
        let rows = part.import.rows;
        markets.push(if markets.is_empty() { Market::new(rows) } else { Market::ordered(rows) });
    }
    if let Some(reason) = kept[1..].iter().find_map(|other| kept[0].differs(other)) {
        return Err(refused(format!("they are not one market: {reason}")));
    }
    let named: Vec<(&str, &Market)> = names.iter().map(String::as_str).zip(&markets).collect();
    let frame = Frame::of(&named).map_err(refused)?;
    let venues: Vec<Venue<'_>> =
        named.iter().map(|(name, market)| Venue::new(name, &market.candles, frame)).collect();
    let merged = universe::merge(&venues, frame, policy, basis);
    if merged.rows.is_empty() {
        return Err(refused("the reference has no row on the grid".to_owned()));
    }
    let shown: Vec<&str> = names.iter().map(String::as_str).collect();
    let html = html::merged(
        &merged,
        &shown,
        &agreement(&venues, frame),
        &others(&markets[0], &venues, frame),
    );
    let mut diagnostics = Diagnostics::default();
    diagnostics.notes.push(format!(
        "A derived market: {} from {} by {}; row numbers stand for line numbers",
        rows(merged.rows.len()),
        counted(names.len(), "venue"),
        policy.name()
    ));
    let lines = (1..=merged.rows.len() as u32).collect();
    let import = Import { rows: merged.rows.clone(), lines, diagnostics };
    let held = Held {
        name: name.to_owned(),
        session: Session::new(import),
        named: kept.swap_remove(0).merged(),
        files: names.clone(),
        venues: Some(Venues { names, merged }),
    };
    Ok((held, html))
}

//! The rows of a market on their way to another worker: a file is parsed once, by the worker that read it.
//!
//! Form: length of the head (u32), the head (postcard), then each column as it stands in memory, little endian. It lives
//! between two workers of one page, so it has no version.

use super::{Held, Service, Venues};
use crate::domain::RawRows;
use crate::import::{Diagnostics, Import, ImportError, Source};
use crate::session::Session;
use crate::universe::{MarketId, Named};
use serde::{Deserialize, Serialize};

/// Bytes that are handed on at a time: little enough that the module's memory hardly grows for them, and so many that the
/// browser's milliseconds for each do not count.
const PART: usize = 1 << 22;

#[derive(Serialize, Deserialize)]
struct Head {
    name: String,
    rows: u64,
    diagnostics: Diagnostics,
    named: Named,
    files: Vec<String>,
    venues: Option<Venues>,
}

/// A market as it was handed on.
pub(super) struct Read {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub import: Import,
    /// What it is of.
    pub named: Named,
    files: Vec<String>,
    venues: Option<Venues>,
}

/// Reads a market that another worker has handed on.
pub(super) fn read(columns: &dyn Source) -> Result<Read, ImportError> {
    Columns { source: columns, at: 0 }.read().map_err(|reason| {
        ImportError::new("The rows were not handed on", reason, "Open the file again")
    })
}

fn send<T: Copy, const N: usize>(
    column: &[T],
    bytes: impl Fn(T) -> [u8; N],
    emit: &mut dyn FnMut(&[u8]),
) {
    let mut part = Vec::with_capacity(PART.min(column.len() * N));
    for values in column.chunks(PART / N) {
        part.clear();
        for &value in values {
            part.extend_from_slice(&bytes(value));
        }
        emit(&part);
    }
}

/// Reads columns one after the other.
struct Columns<'a> {
    source: &'a dyn Source,
    at: u64,
}

impl Columns<'_> {
    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, String> {
        let from = self.at;
        self.at += count;
        let bytes = self.source.slice(from, self.at)?;
        if bytes.len() as u64 == count { Ok(bytes) } else { Err("it ends too early".to_owned()) }
    }

    fn column<T, const N: usize>(
        &mut self,
        rows: u64,
        value: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, String> {
        let mut column = Vec::with_capacity(rows as usize);
        let a_time = (PART / N) as u64;
        for from in (0..rows).step_by(a_time as usize) {
            let bytes = self.bytes((rows - from).min(a_time) * N as u64)?;
            column.extend(bytes.as_chunks().0.iter().map(|&bytes| value(bytes)));
        }
        Ok(column)
    }

    fn read(mut self) -> Result<Read, String> {
        let mut length = [0; 4];
        length.copy_from_slice(&self.bytes(4)?);
        let head = self.bytes(u64::from(u32::from_le_bytes(length)))?;
        let head: Head = postcard::from_bytes(&head).map_err(|error| error.to_string())?;
        let rows = head.rows;
        let mut float = || self.column(rows, f64::from_le_bytes);
        let [open, high, low, close, volume] = [float()?, float()?, float()?, float()?, float()?];
        let time_ms = self.column(rows, i64::from_le_bytes)?;
        let lines = self.column(rows, u32::from_le_bytes)?;
        let rows = RawRows { time_ms, open, high, low, close, volume };
        let mut venues = head.venues;
        if let Some(venues) = &mut venues {
            venues.merged.rows = rows.clone();
        }
        let import = Import { rows, lines, diagnostics: head.diagnostics };
        Ok(Read { name: head.name, import, named: head.named, files: head.files, venues })
    }
}

impl Service {
    /// Hands out a market in parts; nothing when it is not held.
    ///
    /// # Panics
    /// Never: a head holds nothing that postcard refuses.
    pub fn pack(&self, market: MarketId, emit: &mut dyn FnMut(&[u8])) {
        let Some(held) = self.markets.get(&market) else { return };
        let Held { name, session, named, files, venues } = held;
        let rows = &session.market.raw;
        let head = postcard::to_stdvec(&Head {
            name: name.clone(),
            rows: rows.len() as u64,
            diagnostics: session.diagnostics.clone(),
            named: named.clone(),
            files: files.clone(),
            venues: venues.clone(),
        })
        .expect("Invariant: a head holds nothing that postcard refuses");
        emit(&(head.len() as u32).to_le_bytes());
        emit(&head);
        for column in [&rows.open, &rows.high, &rows.low, &rows.close, &rows.volume] {
            send(column, f64::to_le_bytes, emit);
        }
        send(&rows.time_ms, i64::to_le_bytes, emit);
        send(&session.lines, u32::to_le_bytes, emit);
    }

    /// Holds a market that another worker has read.
    pub fn hold(&mut self, market: MarketId, columns: &dyn Source) -> Result<(), ImportError> {
        let Read { name, import, named, files, venues } = read(columns)?;
        let session = Session::new(import);
        self.markets.insert(market, Held { name, session, named, files, venues });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{LoadQuestion, Request};
    use crate::quality::synth::Sample;

    fn loaded(sample: Sample) -> Service {
        let mut service = Service::default();
        let question = LoadQuestion::of(sample);
        service.answer(MarketId(3), &Request::Load(question), None, &mut |_| {});
        service
    }

    #[test]
    fn another_worker_holds_the_same_market() {
        for sample in Sample::ALL {
            let service = loaded(sample);
            let mut bytes = Vec::new();
            service.pack(MarketId(3), &mut |part| {
                assert!(part.len() <= PART, "parts are small");
                bytes.extend_from_slice(part);
            });
            let mut other = Service::default();
            other.hold(MarketId(8), &bytes.as_slice()).unwrap();
            let [a, b] = [&service.markets[&MarketId(3)], &other.markets[&MarketId(8)]];
            assert_eq!(a.name, b.name);
            assert_eq!(a.session.lines, b.session.lines);
            assert_eq!(a.session.diagnostics, b.session.diagnostics);
            assert_eq!(format!("{:?}", a.session.market), format!("{:?}", b.session.market));
            for cut in [0, 3, 100, bytes.len() / 2, bytes.len() - 1] {
                assert!(other.hold(MarketId(8), &&bytes[..cut]).is_err(), "cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_not_held_has_no_columns() {
        Service::default().pack(MarketId(3), &mut |_| panic!("nothing to hand out"));
    }
}

//! From text to records: lines, and quoted fields that go on over the end of a line.

use super::dialect::{Dialect, Fields, split};

/// Line ends that a quoted field may hold. Prices need none; more of them are a stray quote.
const MOST_JOINED: usize = 3;
/// Bytes of a record that was put together.
const LONGEST_JOINED: usize = 4_096;

/// What becomes of a line whose last quote is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// The quote is plain text and the line stands for itself.
    No,
    /// The record goes on for so many bytes and so many more lines.
    Until(usize, usize),
    /// The rest of the text has to be known first.
    Wait,
}

/// Decides whether the line at the start of `rest` goes on in the next lines: only when a quote closes there, the fields
/// then are `width`, and none of those lines makes sense on its own. So a stray quote swallows nothing.
pub(super) fn join(
    rest: &[u8],
    length: usize,
    last: bool,
    line_end: u8,
    dialect: Dialect,
    width: usize,
    stands_alone: impl Fn(&[u8]) -> bool,
) -> Join {
    let mut fields = Fields::new();
    let mut end = length;
    for lines in 1..=MOST_JOINED {
        if end >= LONGEST_JOINED {
            return Join::No;
        }
        let from = end + 1;
        let Some(next) = rest.get(from..) else { return if last { Join::No } else { Join::Wait } };
        let stop = match memchr::memchr(line_end, next) {
            Some(at) => at,
            None if last => next.len(),
            None if next.len() > LONGEST_JOINED => return Join::No,
            None => return Join::Wait,
        };
        let line = next[..stop].strip_suffix(b"\r").unwrap_or(&next[..stop]);
        if stands_alone(line) {
            return Join::No;
        }
        end = from + stop;
        let record = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let is_open = split(record, dialect, &mut fields);
        if !is_open && fields.len() == width {
            return Join::Until(end, lines);
        }
        if end >= rest.len() && last {
            return Join::No;
        }
    }
    Join::No
}

/// A record of any table: its first line from 1, and its text.
pub(super) fn records(
    text: &[u8],
    line_end: u8,
    dialect: Dialect,
) -> impl Iterator<Item = (u64, &[u8])> {
    let mut fields = Fields::new();
    let (mut at, mut line_number, mut width) = (0, 0, None);
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(line_end, rest).unwrap_or(rest.len());
        let first = line_number + 1;
        let mut record = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
        let is_open = split(record, dialect, &mut fields);
        (at, line_number) = (at + length + 1, first);
        let alone = |line: &[u8]| {
            let mut fields = Fields::new();
            split(line, dialect, &mut fields);
            let quoted = dialect.quote.is_some_and(|quote| memchr::memchr(quote, line).is_some());
            !quoted && Some(fields.len()) == width && fields.len() > 1
        };
        if is_open
            && let Some(width) = width
            && let Join::Until(end, lines) =
                join(rest, length, true, line_end, dialect, width, alone)
        {
            record = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            (at, line_number) = (at - length + end, first + lines as u64);
        }
        width = width.or(Some(fields.len()));
        Some((first, record))
    })
}

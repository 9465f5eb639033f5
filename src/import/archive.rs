//! Files as they come: plain, `.gz` or `.zip`, read in slices and unpacked as they are read, with caps against archives
//! that blow up. Names inside an archive are only shown, never used as paths.

use super::diagnostics::{Choice, Diagnostics, ImportError, Question, clip};
use super::preview::Preview;
use super::reader::{Import, Importer};
use super::reading::Reading;
use super::{SAMPLE_BYTES, preview};
use crate::domain::grouped;
use flate2::Crc;
use flate2::write::{DeflateDecoder, GzDecoder};
use std::io::Write as _;
use std::ops::ControlFlow::{self, Break, Continue};

/// Bytes of a plain file that are read at a time. Each slice costs the browser a few milliseconds, whatever its size.
const CHUNK: u64 = 16 << 20;
/// Bytes of a plain file that a look at its beginning reads.
const LOOK: u64 = 4 * SAMPLE_BYTES as u64;
/// Packed bytes that are unpacked at a time: at most a thousand times as many come out.
const PACKED_CHUNK: usize = 16 << 10;
/// Largest text that is unpacked.
const MOST_UNPACKED: u64 = 2 << 30;
/// Largest ratio of text to packed bytes. Candles pack to a fifth, a file of identical lines to a hundredth.
const MOST_RATIO: u64 = 200;
/// Text that is unpacked whatever the ratio.
const FREE: u64 = 1 << 20;
/// Files in a `.zip`.
const MOST_MEMBERS: usize = 64;
/// Bytes at the end of a `.zip` in which its directory may end.
const ZIP_TAIL: u64 = 65_557;

/// Bytes that can be read in slices.
pub trait Source {
    /// Bytes in all.
    fn len(&self) -> u64;
    /// Bytes `from..to`, or why they cannot be read.
    fn slice(&self, from: u64, to: u64) -> Result<Vec<u8>, String>;
    /// True without bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        (**self).len() as u64
    }

    fn slice(&self, from: u64, to: u64) -> Result<Vec<u8>, String> {
        self.get(from as usize..to as usize)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| "out of range".to_owned())
    }
}

/// Reads a file. `progress` is called with the bytes of the file that were read and their number in all.
pub fn open(
    source: &dyn Source,
    reading: &Reading,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Import, ImportError> {
    let total = source.len();
    let package = Package::of(source, reading)?;
    let mut importer = Importer::new(reading.clone());
    if let Some(bytes) = package.unpacked_bytes(total) {
        importer = importer.expecting(bytes);
    }
    let note = package.unpack(source, CHUNK, &mut |bytes, done| {
        importer.push(bytes)?;
        progress(done, total);
        Ok(Continue(()))
    })?;
    let mut import = importer.finish()?;
    import.diagnostics.notes.extend(note);
    package.tell(reading, &mut import.diagnostics);
    // Said again when the last row is read, so that the page can tell reading from judging.
    progress(total, total);
    Ok(import)
}

/// Looks at the beginning of a file.
pub fn peek(source: &dyn Source, reading: &Reading) -> Preview {
    let mut sample = Vec::new();
    // Text in two bytes a letter needs twice as many for the same sample.
    let wanted = 2 * SAMPLE_BYTES;
    let mut look = || {
        let package = Package::of(source, reading)?;
        package.unpack(source, LOOK, &mut |bytes, _| {
            sample.extend_from_slice(bytes);
            Ok(if sample.len() > wanted { Break(()) } else { Continue(()) })
        })?;
        Ok(package)
    };
    match look() {
        Ok(package) => {
            let is_whole = sample.len() <= wanted;
            sample.truncate(wanted);
            let mut preview = preview(&sample, is_whole, reading);
            package.tell(reading, &mut preview.diagnostics);
            preview
        }
        Err(error) => {
            Preview { diagnostics: Diagnostics::default(), grid: Vec::new(), error: Some(error) }
        }
    }
}

/// A file inside a `.zip`.
struct Member {
    name: String,
    is_deflated: bool,
    crc: u32,
    packed: u64,
    unpacked: u64,
    /// Where its own header stands.
    header: u64,
}

/// How the text is packed.
enum Package {
    Plain,
    Gzip,
    Zip(Member),
}

fn unreadable(from: u64, to: u64, reason: &str) -> ImportError {
    ImportError::new(
        "The file could not be read",
        format!("bytes {from} to {to}: {reason}"),
        "It may have been changed or moved: open it again",
    )
}

fn slice(source: &dyn Source, from: u64, to: u64) -> Result<Vec<u8>, ImportError> {
    let to = to.min(source.len());
    source.slice(from.min(to), to).map_err(|reason| unreadable(from, to, &reason))
}

fn damaged(detail: impl Into<String>) -> ImportError {
    ImportError::new(
        "The archive is damaged",
        detail,
        "Download it again; a part of a file could give wrong results, so nothing was kept",
    )
}

fn too_large(unpacked: u64, packed: u64) -> ImportError {
    ImportError::new(
        "The archive unpacks to too much",
        format!(
            "{} bytes become more than {}; at most {MOST_RATIO} times the size and {} bytes are unpacked",
            grouped(packed as usize),
            grouped(unpacked as usize),
            grouped(MOST_UNPACKED as usize)
        ),
        "Unpack it yourself and open the text, if you trust it",
    )
}

/// True while a text is within the caps.
const fn is_within(unpacked: u64, packed: u64) -> bool {
    unpacked <= FREE || (unpacked <= MOST_UNPACKED && unpacked / MOST_RATIO <= packed)
}

type Sink<'a> = &'a mut dyn FnMut(&[u8], u64) -> Result<ControlFlow<()>, ImportError>;

impl Package {
    fn of(source: &dyn Source, reading: &Reading) -> Result<Self, ImportError> {
        match slice(source, 0, 4)?.as_slice() {
            [0x1F, 0x8B, ..] => Ok(Self::Gzip),
            [b'P', b'K', 3, 4] => choose(members(source)?, reading).map(Self::Zip),
            [b'P', b'K', 5, 6] => Err(ImportError::new(
                "The archive is empty",
                "there is no file in it",
                "Choose another file",
            )),
            _ => Ok(Self::Plain),
        }
    }

    /// Says which file of an archive is read.
    fn tell(&self, reading: &Reading, diagnostics: &mut Diagnostics) {
        if let Self::Zip(member) = self {
            let chosen = reading.member.is_some();
            let reason = if chosen { "chosen" } else { "the only file that can be a table" };
            diagnostics.found("member", &member.name, clip(member.name.as_bytes()), reason, chosen);
            super::plan::sort(diagnostics);
        }
    }

    /// Bytes of the text, where they are known before.
    fn unpacked_bytes(&self, bytes: u64) -> Option<u64> {
        match self {
            Self::Plain => Some(bytes),
            Self::Gzip => None,
            Self::Zip(member) => Some(member.unpacked),
        }
    }

    /// Hands the text out piece by piece. A note says what was left out.
    fn unpack(
        &self,
        source: &dyn Source,
        size: u64,
        sink: Sink<'_>,
    ) -> Result<Option<String>, ImportError> {
        match self {
            Self::Plain => {
                let (mut at, total) = (0, source.len());
                while at < total {
                    let end = (at + size).min(total);
                    let bytes = slice(source, at, end)?;
                    if bytes.len() as u64 != end - at {
                        return Err(unreadable(at, end, "fewer bytes than the file should have"));
                    }
                    at = end;
                    if sink(&bytes, at)?.is_break() {
                        break;
                    }
                }
                Ok(None)
            }
            Self::Gzip => gunzip(source, sink),
            Self::Zip(member) => unzip(source, member, sink).map(|()| None),
        }
    }
}

/// Packed bytes in small pieces, read in large ones.
fn pieces(
    source: &dyn Source,
    from: u64,
    to: u64,
    mut act: impl FnMut(&[u8], u64) -> Result<ControlFlow<()>, ImportError>,
) -> Result<(), ImportError> {
    let mut at = from;
    while at < to {
        let end = (at + CHUNK / 16).min(to);
        let bytes = slice(source, at, end)?;
        for piece in bytes.chunks(PACKED_CHUNK) {
            at += piece.len() as u64;
            if act(piece, at)?.is_break() {
                return Ok(());
            }
        }
        if at < end {
            return Err(unreadable(at, end, "fewer bytes than the file should have"));
        }
    }
    Ok(())
}

fn gunzip(source: &dyn Source, sink: Sink<'_>) -> Result<Option<String>, ImportError> {
    let total = source.len();
    let mut decoder = Some(GzDecoder::new(Vec::new()));
    let (mut unpacked, mut garbage, mut stopped) = (0, None, false);
    let broken =
        |at: u64, reason: String| damaged(format!("it cannot be unpacked at byte {at}: {reason}"));
    pieces(source, 0, total, |mut piece, end| {
        while !piece.is_empty() && garbage.is_none() {
            let at = end - piece.len() as u64;
            let Some(gzip) = decoder.as_mut() else {
                // Behind the end another archive may follow: they were put one behind the other.
                if piece[0] == 0x1F {
                    decoder = Some(GzDecoder::new(Vec::new()));
                    continue;
                }
                garbage = Some(total - at);
                break;
            };
            let taken = gzip.write(piece).map_err(|error| broken(at, error.to_string()))?;
            piece = &piece[taken..];
            let text = std::mem::take(gzip.get_mut());
            if taken == 0 {
                gzip.try_finish().map_err(|error| broken(at, error.to_string()))?;
                decoder = None;
            }
            unpacked += text.len() as u64;
            if !is_within(unpacked, end) {
                return Err(too_large(unpacked, end));
            }
            if !text.is_empty() && sink(&text, end)?.is_break() {
                stopped = true;
                return Ok(Break(()));
            }
        }
        Ok(Continue(()))
    })?;
    if let (Some(gzip), false) = (decoder.as_mut(), stopped) {
        gzip.try_finish().map_err(|error| broken(total, format!("it ends too early ({error})")))?;
        let text = std::mem::take(gzip.get_mut());
        if !text.is_empty() && sink(&text, total)?.is_break() {
            return Ok(None);
        }
    }
    Ok(garbage.map(|bytes| format!("{bytes} bytes behind the end of the archive were not read")))
}

fn unzip(source: &dyn Source, member: &Member, sink: Sink<'_>) -> Result<(), ImportError> {
    let header = slice(source, member.header, member.header + 30)?;
    if header.get(..4) != Some(&[b'P', b'K', 3, 4]) || header.len() < 30 {
        return Err(damaged(format!(
            "\"{}\" is not where the directory says",
            clip(member.name.as_bytes())
        )));
    }
    let start = member.header + 30 + u64::from(word(&header, 26)) + u64::from(word(&header, 28));
    let end = start + member.packed;
    if end > source.len() {
        return Err(damaged("it ends before its last byte"));
    }
    let (mut unpacked, mut stopped) = (0, false);
    let mut crc = Crc::new();
    let mut decoder = member.is_deflated.then(|| DeflateDecoder::new(Vec::new()));
    let mut deliver = |text: &[u8], at: u64| {
        unpacked += text.len() as u64;
        if !is_within(unpacked, at - start) {
            return Err(too_large(unpacked, at - start));
        }
        crc.update(text);
        if text.is_empty() { Ok(Continue(())) } else { sink(text, at) }
    };
    let broken = |error: std::io::Error| damaged(format!("it cannot be unpacked: {error}"));
    pieces(source, start, end, |piece, at| {
        let flow = match decoder.as_mut() {
            None => deliver(piece, at)?,
            Some(decoder) => {
                decoder.write_all(piece).map_err(broken)?;
                deliver(&std::mem::take(decoder.get_mut()), at)?
            }
        };
        stopped = flow.is_break();
        Ok(flow)
    })?;
    if stopped {
        return Ok(());
    }
    if let Some(decoder) = decoder.as_mut() {
        decoder.try_finish().map_err(broken)?;
        if deliver(&std::mem::take(decoder.get_mut()), end)?.is_break() {
            return Ok(());
        }
    }
    if unpacked != member.unpacked || crc.sum() != member.crc {
        return Err(damaged(format!(
            "\"{}\" has another length or checksum than its directory says",
            clip(member.name.as_bytes())
        )));
    }
    Ok(())
}

fn word(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn long(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

/// The directory of a `.zip` (PKWARE APPNOTE 6.3, §4.3.12 and §4.3.16).
fn members(source: &dyn Source) -> Result<Vec<Member>, ImportError> {
    let total = source.len();
    let tail_at = total.saturating_sub(ZIP_TAIL);
    let tail = slice(source, tail_at, total)?;
    let end = memchr::memmem::rfind(&tail, b"PK\x05\x06")
        .ok_or_else(|| damaged("its directory is missing"))?;
    let (count, size, start) =
        (word(&tail, end + 10), long(&tail, end + 12), long(&tail, end + 16));
    if count == u16::MAX || start == u32::MAX {
        return Err(ImportError::new(
            "The archive is too large",
            "it is of the kind for more than 4 GB",
            "Unpack it yourself and open the text",
        ));
    }
    if count as usize > MOST_MEMBERS {
        return Err(ImportError::new(
            "The archive holds too many files",
            format!("there are {count}; at most {MOST_MEMBERS} are looked at"),
            "Unpack it yourself and open the file you want",
        ));
    }
    let directory = slice(source, u64::from(start), u64::from(start) + u64::from(size))?;
    let mut members = Vec::new();
    let mut at = 0;
    for _ in 0..count {
        if directory.get(at..at + 4) != Some(&[b'P', b'K', 1, 2]) || directory.len() < at + 46 {
            return Err(damaged("its directory cannot be read"));
        }
        let entry = &directory[at..];
        let (name, extra, comment) = (word(entry, 28), word(entry, 30), word(entry, 32));
        let bytes = entry
            .get(46..46 + name as usize)
            .ok_or_else(|| damaged("its directory cannot be read"))?;
        let name_text = String::from_utf8_lossy(bytes).into_owned();
        at += 46 + name as usize + extra as usize + comment as usize;
        if name_text.ends_with('/') || name_text.starts_with("__MACOSX/") {
            continue;
        }
        let (flags, method) = (word(entry, 8), word(entry, 10));
        if name_text.starts_with("xl/") || name_text == "[Content_Types].xml" {
            return Err(ImportError::new(
                "This is an Excel workbook",
                "nothing was read",
                "Save the sheet as CSV and open that",
            ));
        }
        if flags & 1 != 0 || !matches!(method, 0 | 8) {
            let why = if flags & 1 != 0 { "encrypted" } else { "packed in an uncommon way" };
            return Err(ImportError::new(
                "The archive cannot be unpacked",
                format!("\"{}\" is {why}", clip(name_text.as_bytes())),
                "Unpack it yourself and open the text",
            ));
        }
        members.push(Member {
            name: name_text,
            is_deflated: method == 8,
            crc: long(entry, 16),
            packed: u64::from(long(entry, 20)),
            unpacked: u64::from(long(entry, 24)),
            header: u64::from(long(entry, 42)),
        });
    }
    Ok(members)
}

/// The file of an archive that is read: the chosen one, or the only one that can be a table.
fn choose(mut members: Vec<Member>, reading: &Reading) -> Result<Member, ImportError> {
    let is_text = |member: &Member| {
        let name = member.name.to_ascii_lowercase();
        [".csv", ".txt", ".tsv", ".dat", ".prn", ".asc"].iter().any(|end| name.ends_with(end))
    };
    if let Some(wanted) = &reading.member {
        let at = members.iter().position(|member| member.name == *wanted).ok_or_else(|| {
            ImportError::new(
                "There is no such file in the archive",
                format!("\"{}\" was chosen, and nothing was read", clip(wanted.as_bytes())),
                "Choose a file of the archive, written as in it",
            )
        })?;
        members = vec![members.swap_remove(at)];
    }
    let all = members.len();
    if members.iter().any(is_text) {
        members.retain(is_text);
    }
    if members.len() > 1 {
        let choices = members
            .iter()
            .map(|member| {
                let label = format!("{} bytes", grouped(member.unpacked as usize));
                Choice::new(member.name.clone(), label)
            })
            .collect();
        let text =
            format!("The archive holds {} files, and one of them is read at a time", members.len());
        let text = match all - members.len() {
            0 => text,
            others => format!("{text}; {others} more are no tables by their names"),
        };
        return Err(ImportError::asks(Question::new("member", text, choices)));
    }
    let member = members.pop().ok_or_else(|| {
        ImportError::new("The archive is empty", "there is no file in it", "Choose another file")
    })?;
    if !is_within(member.unpacked, member.packed) {
        return Err(too_large(member.unpacked, member.packed));
    }
    Ok(member)
}

//! Bytes to UTF-8: byte order marks, UTF-16, and what is no text at all.

use super::foreign::{self, Foreign};
use super::reading::Encoding;
use super::{ImportError, SAMPLE_BYTES};

/// The upper halves of single-byte encodings, from 0x80 on (WHATWG Encoding Standard, indexes of single-byte encodings).
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";
const WINDOWS_1250: &str = "€\u{81}‚\u{83}„…†‡\u{88}‰Š‹ŚŤŽŹ\u{90}‘’“”•–—\u{98}™š›śťžź\u{a0}ˇ˘Ł¤Ą¦§¨©Ş«¬\u{ad}®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙";
const WINDOWS_1251: &str = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u{98}™љ›њќћџ\u{a0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{ad}®Ї°±Ііґµ¶·ё№є»јЅѕїАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя";

/// Decodes chunks of any size into UTF-8. The encoding is chosen once, by the first [`SAMPLE_BYTES`].
#[derive(Default)]
pub(super) struct Decoder {
    chosen: Option<Encoding>,
    encoding: Option<Encoding>,
    reason: String,
    head: Vec<u8>,
    /// The first bytes as they are: other kinds of files are known by them.
    signature: [u8; 4],
    table: Vec<char>,
    foreign: Option<Box<dyn Foreign>>,
    /// The names of the columns told the encoding, or its bytes.
    is_sure: bool,
    units: Vec<u16>,
    odd: Option<u8>,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

impl Decoder {
    /// A decoder; `chosen` overrides the evidence.
    pub(super) fn new(chosen: Option<Encoding>) -> Self {
        Self { chosen, ..Self::default() }
    }

    /// The encoding and why, once the first bytes are known.
    pub(super) fn finding(&self) -> (Encoding, &str) {
        (self.encoding.unwrap_or(Encoding::Utf8), &self.reason)
    }

    /// False for bytes that are no UTF-8 and under no encoding name a column.
    pub(super) const fn is_sure(&self) -> bool {
        self.is_sure
    }

    /// The first four bytes of the file.
    pub(super) const fn signature(&self) -> [u8; 4] {
        self.signature
    }

    /// Appends the decoded chunk to `out`. `last` ends the file.
    pub(super) fn push(&mut self, chunk: &[u8], last: bool, out: &mut Vec<u8>) {
        if self.encoding.is_some() {
            self.decode(chunk, last, out);
            return;
        }
        // The same bytes decide however the file was cut.
        self.head.extend_from_slice(chunk);
        if self.head.len() < SAMPLE_BYTES && !last {
            return;
        }
        let head = std::mem::take(&mut self.head);
        for (byte, first) in self.signature.iter_mut().zip(&head) {
            *byte = *first;
        }
        let (encoding, skip, reason) = sniff(&head[..head.len().min(SAMPLE_BYTES)]);
        self.is_sure = self.chosen.is_some() || reason != UNKNOWN;
        let (encoding, reason) = match self.chosen {
            Some(chosen) => (chosen, "chosen".to_owned()),
            None => (encoding, reason),
        };
        self.foreign = is_foreign(encoding).then(|| foreign::decoder(encoding.key())).flatten();
        (self.encoding, self.reason) = (Some(encoding), reason);
        self.table = table(encoding).chars().collect();
        self.decode(&head[skip..], last, out);
    }

    fn decode(&mut self, chunk: &[u8], last: bool, out: &mut Vec<u8>) {
        let little = match self.encoding {
            Some(Encoding::Utf16Le) => true,
            Some(Encoding::Utf16Be) => false,
            Some(Encoding::Utf8) | None => {
                out.extend_from_slice(chunk);
                return;
            }
            Some(_) => {
                match self.foreign.as_mut() {
                    Some(foreign) => foreign.push(chunk, last, out),
                    None => decode_bytes(chunk, &self.table, out),
                }
                return;
            }
        };
        let mut bytes = self.odd.take().into_iter().chain(chunk.iter().copied());
        while let Some(first) = bytes.next() {
            match bytes.next() {
                Some(second) if little => self.units.push(u16::from_le_bytes([first, second])),
                Some(second) => self.units.push(u16::from_be_bytes([first, second])),
                None => self.odd = Some(first),
            }
        }
        // A high surrogate at the end waits for its partner.
        let keep =
            usize::from(!last && self.units.last().is_some_and(|u| (0xD800..0xDC00).contains(u)));
        let ready = self.units.len() - keep;
        let mut buffer = [0; 4];
        for unit in char::decode_utf16(self.units.drain(..ready)) {
            let character = unit.unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
        if last && self.odd.take().is_some() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// Why an encoding was taken that nothing speaks for.
const UNKNOWN: &str = "not valid UTF-8, and no name of a column is known under any encoding";
/// What is tried where bytes are no UTF-8; a tie goes to the first.
const TRIED: [Encoding; 8] = [
    Encoding::Windows1252,
    Encoding::Windows1250,
    Encoding::Windows1251,
    Encoding::Gbk,
    Encoding::Big5,
    Encoding::EucKr,
    Encoding::ShiftJis,
    Encoding::EucJp,
];

const fn is_foreign(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::Gbk | Encoding::Big5 | Encoding::EucKr | Encoding::ShiftJis | Encoding::EucJp
    )
}

const fn table(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Windows1252 => WINDOWS_1252,
        Encoding::Windows1250 => WINDOWS_1250,
        Encoding::Windows1251 => WINDOWS_1251,
        _ => "",
    }
}

fn decode_bytes(bytes: &[u8], table: &[char], out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    for &byte in bytes {
        match byte.checked_sub(0x80).and_then(|at| table.get(at as usize)) {
            Some(character) => {
                out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
            None => out.push(byte),
        }
    }
}

/// The encoding of a file by its first bytes, the bytes of its byte order mark, and why.
fn sniff(sample: &[u8]) -> (Encoding, usize, String) {
    match sample {
        [0xEF, 0xBB, 0xBF, ..] => return (Encoding::Utf8, 3, "byte order mark".to_owned()),
        [0xFF, 0xFE, ..] => return (Encoding::Utf16Le, 2, "byte order mark".to_owned()),
        [0xFE, 0xFF, ..] => return (Encoding::Utf16Be, 2, "byte order mark".to_owned()),
        _ => {}
    }
    if sample.is_ascii() && memchr::memchr(0, sample).is_none() {
        return (Encoding::Utf8, 0, "plain ASCII".to_owned());
    }
    // Latin text in UTF-16 has a zero in every other place.
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if sample.len() >= 8 && odd * 10 > half * 7 && even * 10 < half {
        return (Encoding::Utf16Le, 0, "every other byte is zero".to_owned());
    }
    if sample.len() >= 8 && even * 10 > half * 7 && odd * 10 < half {
        return (Encoding::Utf16Be, 0, "every other byte is zero".to_owned());
    }
    let (mut valid, mut invalid, mut at) = (0, 0, 0);
    while at < sample.len() {
        match std::str::from_utf8(&sample[at..]) {
            Ok(text) => {
                valid += text.chars().filter(|c| !c.is_ascii()).count();
                break;
            }
            Err(error) => {
                let good = &sample[at..at + error.valid_up_to()];
                valid += good.iter().filter(|byte| **byte >= 0xC0).count();
                // A character that is cut off by the end of the sample is no fault.
                let Some(length) = error.error_len() else { break };
                invalid += 1;
                at += error.valid_up_to() + length;
            }
        }
    }
    if invalid * 10 <= valid {
        let some = if invalid > 0 { ", but for single bytes" } else { "" };
        return (Encoding::Utf8, 0, format!("valid UTF-8{some}"));
    }
    // The encoding under which most names of columns are known, or most dates are written with their marks.
    let known = |encoding: Encoding| {
        let head = &sample[..sample.len().min(4_096)];
        let mut text = Vec::new();
        if is_foreign(encoding) {
            match foreign::decoder(encoding.key()) {
                Some(mut decoder) => decoder.push(head, false, &mut text),
                None => return 0,
            }
        } else {
            decode_bytes(head, &table(encoding).chars().collect::<Vec<_>>(), &mut text);
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        if is_foreign(encoding) && text.contains(char::REPLACEMENT_CHARACTER) {
            return 0;
        }
        let names = text
            .split([',', ';', '\t', '|', '\n', '"'])
            .flat_map(|cell| [cell].into_iter().chain(cell.split(|c: char| !c.is_alphanumeric())))
            .filter(|word| !word.is_ascii() && super::columns::is_known(word))
            .count();
        let mut before = ' ';
        let marks = text.chars().filter(|&c| {
            let marks_date = before.is_ascii_digit() && "年月日년월일".contains(c);
            before = c;
            marks_date
        });
        10 * names + marks.count().min(9)
    };
    let mut best = (0, Encoding::Windows1252);
    for encoding in TRIED {
        let score = known(encoding);
        if score > best.0 {
            best = (score, encoding);
        }
    }
    let reason = match best.0 {
        0 => UNKNOWN,
        1..10 => "not valid UTF-8; the marks in the dates decide",
        _ => "not valid UTF-8; the names of the columns decide",
    };
    (best.1, 0, reason.to_owned())
}

/// Refuses what is no table of text, by its first bytes and by its decoded text.
pub(super) fn refuse_binary(signature: [u8; 4], sample: &[u8]) -> Result<(), ImportError> {
    let what = match signature {
        [b'P', b'K', 3, 4, ..] => {
            Some(("a zip archive or an Excel workbook", "Unpack it, or save the sheet as CSV"))
        }
        [0x1F, 0x8B, ..] => Some(("an archive inside an archive", "Unpack it first")),
        [0xFD, b'7', b'z', b'X', ..]
        | [b'B', b'Z', b'h', ..]
        | [b'7', b'z', 0xBC, 0xAF, ..]
        | [0x28, 0xB5, 0x2F, 0xFD, ..] => Some((
            "an archive of a kind that cannot be read (only .gz and .zip can)",
            "Unpack it first",
        )),
        [b'S', b'Q', b'L', b'i', ..] => Some(("a SQLite database", "Export the table as CSV")),
        [b'A', b'R', b'R', b'O', ..] | [b'F', b'E', b'A', b'1', ..] => {
            Some(("an Arrow or Feather file", "Export it as CSV"))
        }
        [0x89, b'H', b'D', b'F', ..] => Some(("an HDF5 file", "Export the table as CSV")),
        [b'%', b'P', b'D', b'F', ..] => Some(("a PDF document", "Export the table as CSV")),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Some(("an old Excel workbook", "Save the sheet as CSV")),
        [b'P', b'A', b'R', b'1', ..] => Some(("a Parquet file", "Export it as CSV")),
        // A few control characters are damage, which the reader lists line by line; many are no text.
        _ if is_binary(sample) => Some((
            "binary data (it is full of control characters)",
            "Export the candles as CSV text",
        )),
        _ => match sample.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{' | b'[') => Some(("JSON", "Export the candles as CSV")),
            Some(b'<') if is_markup(sample.trim_ascii_start()) => Some((
                "an HTML or XML page, not a table",
                "Download the CSV itself, not the page around it",
            )),
            _ => None,
        },
    };
    match what {
        Some((what, todo)) => {
            Err(ImportError::new(format!("This is {what}"), "nothing was read", todo))
        }
        None => Ok(()),
    }
}

/// True for more control characters than damage would leave.
fn is_binary(sample: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 0..=8 | 14..=31);
    let controls = sample.iter().filter(is_control).count();
    controls * 50 > sample.len() && (controls > 8 || memchr::memchr(b'\n', sample).is_none())
}

/// True for the openings of pages; MetaTrader and Stooq put column names in angle brackets.
fn is_markup(text: &[u8]) -> bool {
    let start: Vec<u8> = text.iter().take(9).map(u8::to_ascii_lowercase).collect();
    [&b"<!doctype"[..], b"<html", b"<?xml", b"<head", b"<body", b"<table", b"<!--"]
        .iter()
        .any(|opening| start.starts_with(opening))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_in_chunks(bytes: &[u8], size: usize) -> Vec<u8> {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        for chunk in bytes.chunks(size) {
            decoder.push(chunk, false, &mut out);
        }
        decoder.push(&[], true, &mut out);
        out
    }

    #[test]
    fn every_split_of_every_encoding_gives_the_same_text() {
        let text = "Datum,Kurs\n2020,1€😀\n";
        let mut utf8 = vec![0xEF, 0xBB, 0xBF];
        utf8.extend_from_slice(text.as_bytes());
        let mut little = vec![0xFF, 0xFE];
        let mut big = vec![0xFE, 0xFF];
        for unit in text.encode_utf16() {
            little.extend_from_slice(&unit.to_le_bytes());
            big.extend_from_slice(&unit.to_be_bytes());
        }
        let without_mark = [little[2..].to_vec(), big[2..].to_vec()];
        for bytes in [text.as_bytes().to_vec(), utf8, little, big].into_iter().chain(without_mark) {
            for size in 1..8 {
                assert_eq!(decode_in_chunks(&bytes, size), text.as_bytes());
            }
        }
    }

    #[test]
    fn single_bytes_are_decoded_by_the_names_of_the_columns() {
        for (bytes, encoding, text) in [
            (
                &b"Datum;Er\xf6ffnung;H\xf6chst\n"[..],
                Encoding::Windows1252,
                "Datum;Eröffnung;Höchst\n",
            ),
            (
                b"Data,Otwarcie,Najwy\xbfszy,Najni\xbfszy,Zamkni\xeacie\n",
                Encoding::Windows1250,
                "Data,Otwarcie,Najwyższy,Najniższy,Zamknięcie\n",
            ),
            (
                b"\xc4\xe0\xf2\xe0;\xce\xf2\xea\xf0.;\xcc\xe0\xea\xf1.\n",
                Encoding::Windows1251,
                "Дата;Откр.;Макс.\n",
            ),
            (
                b"\xc8\xd5\xc6\xda,\xbf\xaa\xc5\xcc,\xca\xd5\xc5\xcc\n",
                Encoding::Gbk,
                "日期,开盘,收盘\n",
            ),
            (
                b"\xa4\xe9\xb4\xc1,\xb3\xcc\xb0\xaa,\xb3\xcc\xa7C\n",
                Encoding::Big5,
                "日期,最高,最低\n",
            ),
            (
                b"\xc0\xcf\xc0\xda,\xbd\xc3\xb0\xa1,\xc1\xbe\xb0\xa1\n",
                Encoding::EucKr,
                "일자,시가,종가\n",
            ),
            (b"\x93\xfa\x95t,\x8en\x92l,\x8fI\x92l\n", Encoding::ShiftJis, "日付,始値,終値\n"),
            (
                b"\xc6\xfc\xc9\xd5,\xbb\xcf\xc3\xcd,\xbd\xaa\xc3\xcd\n",
                Encoding::EucJp,
                "日付,始値,終値\n",
            ),
        ] {
            assert_eq!(sniff(bytes).0, encoding);
            assert_eq!(String::from_utf8(decode_in_chunks(bytes, 3)).unwrap(), text);
        }
        for table in [WINDOWS_1252, WINDOWS_1250, WINDOWS_1251] {
            assert_eq!(table.chars().count(), 128);
        }
    }

    #[test]
    fn other_file_kinds_are_named() {
        let first = |bytes: &[u8]| [bytes[0], bytes[1], bytes[2], bytes[3]];
        for (bytes, word) in [
            (&b"PK\x03\x04rest"[..], "zip"),
            (b"{\"a\":1}", "JSON"),
            (b"<!doctype html>", "HTML"),
            (b"1,2\0,3", "binary"),
            (b"BZh91AY", "only .gz and .zip"),
        ] {
            assert!(
                refuse_binary(first(bytes), bytes).unwrap_err().to_string().contains(word),
                "{word}"
            );
        }
        assert!(refuse_binary(*b"<DTY", b"<DTYYYYMMDD>\t<TIME>\t<OPEN>").is_ok());
    }
}

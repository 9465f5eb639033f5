//! Bytes to UTF-8: byte order marks, UTF-16, and what is no text at all.

use super::ImportError;

/// How the bytes are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { little: bool },
}

/// Decodes chunks of any size into UTF-8.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    encoding: Option<Encoding>,
    bom: bool,
    head: Vec<u8>,
    units: Vec<u16>,
    odd: Option<u8>,
}

impl Decoder {
    /// Name of the encoding, for people.
    pub(super) const fn name(&self) -> &'static str {
        match (self.encoding, self.bom) {
            (Some(Encoding::Utf16 { little: true }), _) => "UTF-16 little endian",
            (Some(Encoding::Utf16 { little: false }), _) => "UTF-16 big endian",
            (_, true) => "UTF-8 with byte order mark",
            (_, false) => "UTF-8",
        }
    }

    /// Appends the decoded chunk to `out`. `last` ends the file.
    pub(super) fn push(&mut self, chunk: &[u8], last: bool, out: &mut Vec<u8>) {
        if self.encoding.is_none() {
            // The byte order mark may be split over chunks.
            self.head.extend_from_slice(chunk);
            if self.head.len() < 3 && !last {
                return;
            }
            let head = std::mem::take(&mut self.head);
            let (encoding, skip) = match head.as_slice() {
                [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
                [0xFF, 0xFE, ..] => (Encoding::Utf16 { little: true }, 2),
                [0xFE, 0xFF, ..] => (Encoding::Utf16 { little: false }, 2),
                _ => (Encoding::Utf8, 0),
            };
            self.encoding = Some(encoding);
            self.bom = skip > 0;
            self.decode(&head[skip..], last, out);
        } else {
            self.decode(chunk, last, out);
        }
    }

    fn decode(&mut self, chunk: &[u8], last: bool, out: &mut Vec<u8>) {
        let Some(Encoding::Utf16 { little }) = self.encoding else {
            out.extend_from_slice(chunk);
            return;
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
    }
}

/// Refuses what is no table of text, by its first bytes.
pub(super) fn refuse_binary(sample: &[u8]) -> Result<(), ImportError> {
    let what = match sample {
        [b'P', b'K', 3, 4, ..] => {
            Some(("a zip archive or an Excel workbook", "Unpack it, or save the sheet as CSV"))
        }
        [0x1F, 0x8B, ..] => Some(("a gzip archive", "Unpack it first")),
        [b'%', b'P', b'D', b'F', ..] => Some(("a PDF document", "Export the table as CSV")),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Some(("an old Excel workbook", "Save the sheet as CSV")),
        [b'P', b'A', b'R', b'1', ..] => Some(("a Parquet file", "Export it as CSV")),
        _ if sample.contains(&0) => {
            Some(("binary data (it contains NUL bytes)", "Export the candles as CSV text"))
        }
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
        for bytes in [text.as_bytes().to_vec(), utf8, little, big] {
            for size in 1..8 {
                assert_eq!(decode_in_chunks(&bytes, size), text.as_bytes());
            }
        }
    }

    #[test]
    fn other_file_kinds_are_named() {
        for (bytes, word) in [
            (&b"PK\x03\x04rest"[..], "zip"),
            (b"{\"a\":1}", "JSON"),
            (b"<!doctype html>", "HTML"),
            (b"1,2\0,3", "binary"),
        ] {
            assert!(refuse_binary(bytes).unwrap_err().to_string().contains(word), "{word}");
        }
        assert!(refuse_binary(b"<DTYYYYMMDD>\t<TIME>\t<OPEN>").is_ok());
    }
}

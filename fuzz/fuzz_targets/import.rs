//! Any bytes are read or refused with words, and any way to cut them gives the same.
#![no_main]

use cleansweep::import::{Importer, Reading, open, peek};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = open(&bytes, &Reading::default(), &mut |_, _| {});
    peek(&bytes, &Reading::default());
    // Archives are unpacked by `open` alone.
    if matches!(bytes, [0x1F, 0x8B, ..] | [b'P', b'K', ..]) {
        return;
    }
    let size = 1 + bytes.first().copied().unwrap_or(0) as usize;
    let mut importer = Importer::default();
    let cut = bytes
        .chunks(size)
        .try_for_each(|chunk| importer.push(chunk))
        .and_then(|()| importer.finish());
    match (whole, cut) {
        (Ok(mut whole), Ok(mut cut)) => {
            let rows = whole.rows.len();
            assert!(rows > 0 && whole.lines.len() == rows);
            assert_eq!(format!("{:?}", whole.rows), format!("{:?}", cut.rows));
            assert_eq!(whole.lines, cut.lines);
            let d = &whole.diagnostics;
            let header = d.header_line.map_or(0, |_| 1);
            assert!(rows as u64 + d.rejected + d.blank_lines + d.joined_lines + d.other_symbols <= d.lines);
            assert!(d.lines + 1 >= header);
            whole.diagnostics.notes.clear();
            cut.diagnostics.notes.clear();
            assert_eq!(whole.diagnostics, cut.diagnostics);
        }
        (Err(whole), Err(cut)) => {
            assert_eq!(whole, cut);
            assert!(!whole.title.is_empty() && !whole.advice.is_empty());
        }
        (whole, cut) => panic!("{:?} {:?}", whole.err(), cut.err()),
    }
});

//! Archives for tests.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use flate2::Compression;
use std::io::Write as _;

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A `.zip` of named texts; `method` 8 packs them.
pub fn zip(members: &[(&[u8], &[u8])], method: u16) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in members {
        let packed = if method == 8 { deflate(text) } else { text.to_vec() };
        let mut crc = flate2::Crc::new();
        crc.update(text);
        let offset = out.len() as u32;
        let mut common = Vec::new();
        common.extend([20_u16, 0, method, 0, 0].iter().flat_map(|v| v.to_le_bytes()));
        common.extend(
            [crc.sum(), packed.len() as u32, text.len() as u32]
                .iter()
                .flat_map(|v| v.to_le_bytes()),
        );
        common.extend([name.len() as u16, 0].iter().flat_map(|v| v.to_le_bytes()));
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(*name);
        out.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0_u16, 0, 0].iter().flat_map(|v| v.to_le_bytes()));
        directory.extend(0_u32.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(*name);
    }
    let (count, start) = (members.len() as u16, out.len() as u32);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].iter().flat_map(|v| v.to_le_bytes()));
    out.extend([directory.len() as u32, start].iter().flat_map(|v| v.to_le_bytes()));
    out.extend([0, 0]);
    out
}

//! Any text is a finite number or none; what the standard library reads as a plain decimal is read to the same bits.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [dot, comma] = cleansweep::import::fuzz::number(bytes);
    assert!(dot.is_none_or(f64::is_finite) && comma.is_none_or(f64::is_finite));
    let is_plain = bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
    if let Some(expected) = std::str::from_utf8(bytes).ok().filter(|_| is_plain).and_then(|text| text.parse::<f64>().ok())
        && expected.is_finite()
    {
        // A negative zero is a zero.
        assert_eq!(dot.map(f64::to_bits), Some((expected + 0.0).to_bits()));
    }
});

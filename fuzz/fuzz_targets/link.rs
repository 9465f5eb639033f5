//! Any link is decoded or refused; what was decoded is written and read back unchanged.
#![no_main]

use cleansweep::workspace::{read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(reading) = read(text) else { return };
    let again = read(&write(&reading)).expect("what is written can be read");
    assert_eq!(again.workspace, reading.workspace);
});

//! Any text is a time or none, the same for the quick reader and for the plain one.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    cleansweep::import::fuzz::time(bytes);
});

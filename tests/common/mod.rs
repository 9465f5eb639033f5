//! What several test files share.

use std::path::PathBuf;

/// Real exports and reference files that are not part of the project: `CLEANSWEEP_SHARED`, or `../shared` beside the
/// checkout. Tests that read them have files of their own, too, for machines without.
#[allow(clippy::print_stdout, reason = "nextest shows it: what was not read was not tested")]
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CLEANSWEEP_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let found = root.join(path);
    if !found.exists() {
        println!("{path}: not here, 0 files read");
        return None;
    }
    Some(found)
}

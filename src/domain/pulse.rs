//! A sign of life from long computations, so that slow is not taken for dead. Nothing here knows a clock: whoever installs
//! the pulse decides how often it tells.

use std::sync::OnceLock;

static PULSE: OnceLock<fn()> = OnceLock::new();

/// Rows between two beats of a loop over rows.
pub const ROWS_A_BEAT: usize = 8_192;

/// Says what happens at each beat; the first call counts.
pub fn install_pulse(beat: fn()) {
    let _ = PULSE.set(beat);
}

/// One beat; does nothing where no pulse is installed.
pub fn pulse() {
    if let Some(beat) = PULSE.get() {
        beat();
    }
}

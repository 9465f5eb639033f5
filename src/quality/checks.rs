//! THE table of checks: what each flag and gate means, why it matters, and what to do about it.
//!
//! The report, the page and `docs/CHECKS.md` are made from it.

use serde::{Deserialize, Serialize};

/// Judgement of one gate. The worst gate is the verdict of the file; there is no averaged score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// The gate does not apply to this file.
    NotApplicable,
    /// Within both thresholds.
    Pass,
    /// Beyond the first threshold.
    Warn,
    /// Beyond the second threshold.
    Fail,
}

impl Verdict {
    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A finding about rows.
#[derive(Clone, Copy, Debug)]
pub struct CheckSpec {
    /// Name in documents.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Exact definition.
    pub what: &'static str,
    /// Why it matters for a backtest.
    pub why: &'static str,
    /// Rows, as they stand in a file, that show it.
    pub example: &'static str,
    /// What cleaning does about it, and what the user can do.
    pub fix: &'static str,
}

/// Two thresholds on a share.
#[derive(Clone, Copy, Debug)]
pub struct GateSpec {
    /// Name in documents.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Name in a sentence.
    pub noun: &'static str,
    /// True when large values are bad.
    pub bad_above: bool,
    /// Beyond it the gate warns.
    pub warn: f64,
    /// Beyond it the gate fails.
    pub fail: f64,
    /// What the number is a share of.
    pub of: &'static str,
}

/// Every flag, in the order of documents.
pub const CHECKS: [CheckSpec; 12] = [
    CheckSpec {
        key: "broken",
        label: "Broken candles",
        what: "A price that is missing, not finite or not positive; high below low, open or close; low above open or close; \
               negative or missing volume in a file that has volume.",
        why: "No market printed such a candle. Levels, stops and targets computed from it are fiction.",
        example: "open 10, high 9, low 8, close 8.5: the high is below the open",
        fix: "Never used by drop, mask and segment. Ask the vendor for the row, or export again.",
    },
    CheckSpec {
        key: "zero_volume",
        label: "Zero volume",
        what: "Volume is exactly 0.",
        why: "Nobody traded, so no order would have been filled, and a mean volume that counts such rows is too low.",
        example: "192.86, 192.86, 192.86, 192.86, 0",
        fix: "Information, not garbage: mask keeps the row on the clock and lets nothing fill in it.",
    },
    CheckSpec {
        key: "flat",
        label: "Flat candles",
        what: "High equals low.",
        why: "With volume it is a single real trade; without, a placeholder. Many of them shrink ATR and make stops too tight.",
        example: "192.86, 192.86, 192.86, 192.86, 3.1",
        fix: "Split by volume in the 2×2 table; only flat rows without volume are set aside.",
    },
    CheckSpec {
        key: "after_gap",
        label: "After a gap",
        what: "Slots of the timeframe are missing before it. Hours at which the market is closed and holidays are not missing.",
        why: "Prices jumped while nothing was recorded; an indicator across the hole mixes two markets.",
        example: "10:00, 10:05, 11:10",
        fix: "The segment policy restarts indicators and levels after long gaps.",
    },
    CheckSpec {
        key: "off_grid",
        label: "Off the grid",
        what: "The time is on no slot of the timeframe, or another row stands there first. Within an hour from 4 hours on, \
               and anywhere on its day from a day on, a row is in its place.",
        why: "Two sources, a changed time zone or a partial candle were mixed.",
        example: "10:00, 10:05, 10:07",
        fix: "Kept. Check the vendor's time stamps.",
    },
    CheckSpec {
        key: "spike",
        label: "Spikes",
        what: "An excursion beyond both neighbours of more than median + 10 robust deviations of the usual range, undone by \
               the next close.",
        why: "A bad tick looks like a perfect sweep of a level: the strategy would trade errors.",
        example: "closes 100, 100.1, low 62, close 100.2",
        fix: "Kept by default, since it is known one row late; a signal that is known late enough is rejected as spike.",
    },
    CheckSpec {
        key: "stuck",
        label: "Stuck prices",
        what: "In a run of five or more identical candles, counted over tradable rows.",
        why: "A feed that repeats its last value reports trades that did not happen.",
        example: "five rows of 10, 10.2, 9.9, 10.1 with volume",
        fix: "Kept and counted. Look at the rows; another source may have the real ones.",
    },
    CheckSpec {
        key: "duplicate_exact",
        label: "Exact duplicates",
        what: "A row whose time and five values equal those of the kept row.",
        why: "Counted twice it would distort every mean.",
        example: "the same line twice",
        fix: "Removed by every policy; nothing is lost.",
    },
    CheckSpec {
        key: "duplicate_conflict",
        label: "Conflicting duplicates",
        what: "A row whose time equals the kept row's but whose values differ.",
        why: "Two candles claim the same time: one of them is wrong, or two markets were mixed.",
        example: "10:00 close 5.1 and 10:00 close 5.3",
        fix: "The unbroken row with the largest volume is kept; the others are listed in the rejects.",
    },
    CheckSpec {
        key: "out_of_order",
        label: "Out of order",
        what: "A step against the direction in which most of the file runs. Newest first is no disorder.",
        why: "Rows were appended or merged by hand; a reader that trusts the file's order sees the future.",
        example: "10:00, 10:10, 10:05, 10:15",
        fix: "Rows are sorted by time before anything is computed.",
    },
    CheckSpec {
        key: "implausible",
        label: "Implausible values",
        what: "An unbroken row with a price 10 times the middle of its own four prices or a tenth of it, or a row 10 times \
               above or below both of its neighbours. Where five such or broken rows follow each other and exchanging two \
               columns makes sense of them, the columns and the first line are named.",
        why: "A vendor that exchanges two columns, or a slipped decimal, makes candles that look like a crash.",
        example: "open 0.009, high 4,765, low 0.0089, close 0.009",
        fix: "Kept: a real crash may look like it. Look at the rows; where columns changed places, split the file at the line.",
    },
    CheckSpec {
        key: "level_jump",
        label: "Level jumps",
        what: "Over unbroken rows: open / previous close outside 0.6 to 1.67, and the median close of the next 20 rows / that \
               of the 20 before within 10 % of that ratio. The nearest split is named.",
        why: "A split for which the file was not adjusted is no move: a position held across it wins or loses what nobody could.",
        example: "close 400.2, open 100.1, and it stays there: 4:1",
        fix: "Information, known 20 rows late: trades that live across it are marked and counted. Export adjusted prices.",
    },
];

/// Every gate, in METHOD's order; the last one judges what a policy keeps. Thresholds are our own choice.
pub const GATES: [GateSpec; 9] = [
    gate("broken", "Broken rows", "broken rows", 0.0, 0.001, "of the rows"),
    gate(
        "untradable",
        "Untradable rows",
        "untradable rows",
        0.01,
        0.1,
        "of the rows: those with volume 0",
    ),
    gate(
        "single_print",
        "Single-print rows",
        "single-print rows",
        0.1,
        0.4,
        "of the rows: flat ones with volume",
    ),
    gate("missing_slots", "Missing slots", "missing slots", 0.001, 0.05, "of the expected slots"),
    gate(
        "duplicate_conflict",
        "Conflicting duplicates",
        "conflicting duplicates",
        0.0,
        0.001,
        "of the file's rows; after cleaning of the rows that are used",
    ),
    gate("spike", "Spikes", "spikes", 0.0001, 0.01, "of the rows"),
    gate("stuck", "Stuck rows", "stuck rows", 0.01, 0.1, "of the rows"),
    GateSpec {
        key: "timeframe_confidence",
        label: "Timeframe confidence",
        noun: "timeframe confidence",
        bad_above: false,
        warn: 0.99,
        fail: 0.9,
        of: "of the steps that closed hours and holidays do not explain: those of one timeframe",
    },
    GateSpec {
        key: "usable_share",
        label: "Usable share",
        noun: "usable share of expected slots",
        bad_above: false,
        warn: 0.95,
        fail: 0.7,
        of: "of the expected slots hold a row that is used; after cleaning only",
    },
];

/// Lowest `valid_pct` that the source accepts, percent.
pub const SOURCE_RULE_PCT: f64 = 70.0;

const fn gate(
    key: &'static str,
    label: &'static str,
    noun: &'static str,
    warn: f64,
    fail: f64,
    of: &'static str,
) -> GateSpec {
    GateSpec { key, label, noun, bad_above: true, warn, fail, of }
}

impl GateSpec {
    /// Judges a value.
    pub fn judge(&self, value: f64) -> Verdict {
        let beyond = |threshold: f64| {
            if self.bad_above { value > threshold } else { value < threshold }
        };
        if beyond(self.fail) {
            Verdict::Fail
        } else if beyond(self.warn) {
            Verdict::Warn
        } else {
            Verdict::Pass
        }
    }
}

/// Looks a check up by key.
pub fn check(key: &str) -> Option<&'static CheckSpec> {
    CHECKS.iter().find(|check| check.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FLAG_NAMES;

    #[test]
    fn every_row_flag_is_explained() {
        for name in FLAG_NAMES {
            assert!(check(name).is_some(), "{name}");
        }
        for check in CHECKS {
            for text in [check.label, check.what, check.why, check.example, check.fix] {
                assert!(text.len() > 3, "{}", check.key);
            }
        }
    }

    #[test]
    fn thresholds_are_strict() {
        let broken = &GATES[0];
        assert_eq!(
            [0.0, 1e-9, 0.001, 0.0011].map(|value| broken.judge(value)),
            [Verdict::Pass, Verdict::Warn, Verdict::Warn, Verdict::Fail]
        );
        let usable = &GATES[8];
        assert_eq!(
            [0.95, 0.949, 0.7, 0.699].map(|value| usable.judge(value)),
            [Verdict::Pass, Verdict::Warn, Verdict::Warn, Verdict::Fail]
        );
    }
}

//! Gates, verdicts and what a policy makes of them. METHOD §3 and §4.

use super::checks::{GATES, GateSpec, Verdict};
use super::clean::{FEWEST_ROWS, Policy};
use super::market::Market;
use crate::domain::{Measure, RowFlags, Undefined, sort_short};
use serde::{Deserialize, Serialize};

/// Gates that say nothing about a file without volume.
const NEED_VOLUME: [&str; 2] = ["untradable", "single_print"];
/// Usable rows from which a search has enough of them. Own choice.
const ENOUGH_FOR_SEARCH: usize = 5_000;

/// A judged number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Row of [`GATES`].
    pub index: usize,
    /// The number.
    pub value: Measure,
    /// The judgement.
    pub verdict: Verdict,
}

impl Gate {
    /// What is declared of it.
    pub const fn spec(&self) -> &'static GateSpec {
        &GATES[self.index]
    }

    /// The bad share as a part of the one that fails: how far a gate is beyond its threshold.
    fn weight(&self) -> f64 {
        let spec = self.spec();
        let bad = |value: f64| if spec.bad_above { value } else { 1.0 - value };
        self.value.as_ref().map_or(0.0, |value| bad(*value) / bad(spec.fail))
    }
}

/// Gates with the worst of them as the verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// In METHOD's order.
    pub gates: Vec<Gate>,
    /// The worst gate.
    pub verdict: Verdict,
}

impl Default for Judgement {
    fn default() -> Self {
        Self { gates: Vec::new(), verdict: Verdict::NotApplicable }
    }
}

impl Judgement {
    /// Judges values by the gates of their keys; those on volume do not apply to a file without.
    fn of(has_volume: bool, values: impl IntoIterator<Item = (&'static str, Measure)>) -> Self {
        let mut gates = Vec::new();
        for (key, value) in values {
            let Some(index) = GATES.iter().position(|spec| spec.key == key) else { continue };
            let verdict = match &value {
                Ok(value) if has_volume || !NEED_VOLUME.contains(&key) => {
                    GATES[index].judge(*value)
                }
                _ => Verdict::NotApplicable,
            };
            gates.push(Gate { index, value, verdict });
        }
        let verdict = gates.iter().map(|gate| gate.verdict).max().unwrap_or(Verdict::NotApplicable);
        Self { gates, verdict }
    }

    /// The gates at a verdict, heaviest first, ties in METHOD's order.
    pub fn at(&self, verdict: Verdict) -> Vec<&Gate> {
        let mut gates: Vec<&Gate> =
            self.gates.iter().filter(|gate| gate.verdict == verdict).collect();
        sort_short(&mut gates, |a, b| a.weight() > b.weight());
        gates
    }

    /// The gates that make the verdict; none where all pass.
    pub fn worst(&self) -> Vec<&Gate> {
        match self.verdict {
            Verdict::Warn | Verdict::Fail => self.at(self.verdict),
            _ => Vec::new(),
        }
    }

    /// The two heaviest gates at a verdict with their numbers: `spikes 1.2 %, stuck rows 11 % and 2 more`.
    fn named(&self, verdict: Verdict) -> String {
        let gates = self.at(verdict);
        let shown: Vec<String> = gates
            .iter()
            .take(2)
            .map(|gate| {
                let value = gate.value.as_ref().map_or(0.0, |value| value * 100.0);
                format!("{} {} %", gate.spec().noun, three_digits(value))
            })
            .collect();
        let more = match gates.len().saturating_sub(2) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}", shown.join(", "))
    }
}

/// Three significant digits, as many as the number has before the point.
fn three_digits(value: f64) -> String {
    let before = format!("{value:.2e}");
    let exponent = before.split_once('e').and_then(|(_, power)| power.parse::<i32>().ok());
    let decimals = (2 - exponent.unwrap_or(0)).clamp(0, 12) as usize;
    format!("{value:.decimals$}")
}

fn share(count: usize, of: usize) -> Measure {
    if of == 0 { Err(Undefined::because("no rows")) } else { Ok(count as f64 / of as f64) }
}

/// Rows by what is wrong with them.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    broken: usize,
    untradable: usize,
    single_print: usize,
    spike: usize,
    stuck: usize,
}

impl Tally {
    fn count(&mut self, flags: RowFlags, has_volume: bool) {
        let is_broken = flags.has(RowFlags::BROKEN);
        let is_empty = has_volume && flags.has(RowFlags::ZERO_VOLUME);
        self.broken += usize::from(is_broken);
        self.untradable += usize::from(!is_broken && is_empty);
        self.single_print += usize::from(!is_broken && !is_empty && flags.has(RowFlags::FLAT));
        self.spike += usize::from(flags.has(RowFlags::SPIKE));
        self.stuck += usize::from(flags.has(RowFlags::STUCK));
    }
}

/// Judges the file as delivered.
pub(super) fn of_file(market: &Market) -> Judgement {
    let rows = market.candles.len();
    let mut tally = Tally::default();
    for &flags in &market.flags {
        tally.count(flags, market.has_volume);
    }
    let grid = &market.grid;
    let confidence = match market.timeframe_ms {
        Some(_) if grid.steps_judged > 0 => share(grid.steps_of_one, grid.steps_judged),
        Some(_) => Err(Undefined::because("every step is explained by closed hours")),
        None => Err(Undefined::too_few(rows, 2)),
    };
    Judgement::of(
        market.has_volume,
        [
            ("broken", share(tally.broken, rows)),
            ("untradable", share(tally.untradable, rows)),
            ("single_print", share(tally.single_print, rows)),
            ("missing_slots", share(grid.missing_slots as usize, grid.expected_slots as usize)),
            ("duplicate_conflict", share(market.duplicate_conflict.len(), market.raw.len())),
            ("spike", share(tally.spike, rows)),
            ("stuck", share(tally.stuck, rows)),
            ("timeframe_confidence", confidence),
        ],
    )
}

/// A usable row of a policy: its flags, and whether it stands where it belongs and where rows disagree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usable {
    pub flags: RowFlags,
    pub on_grid: bool,
    pub is_contested: bool,
}

/// Judges the rows that a policy keeps.
pub(super) fn of_usable(market: &Market, usable: impl Iterator<Item = Usable>) -> Judgement {
    let (mut rows, mut on_grid, mut contested) = (0, 0, 0);
    let mut tally = Tally::default();
    for row in usable {
        rows += 1;
        on_grid += usize::from(row.on_grid);
        contested += usize::from(row.is_contested);
        tally.count(row.flags, market.has_volume);
    }
    Judgement::of(
        market.has_volume,
        [
            ("broken", share(tally.broken, rows)),
            ("untradable", share(tally.untradable, rows)),
            ("single_print", share(tally.single_print, rows)),
            ("duplicate_conflict", share(contested, rows)),
            ("spike", share(tally.spike, rows)),
            ("stuck", share(tally.stuck, rows)),
            ("usable_share", share(on_grid, market.grid.expected_slots as usize)),
        ],
    )
}

/// Whether there are rows enough; no gate, since a short file may be a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sufficiency {
    /// Usable rows.
    pub usable_rows: usize,
}

impl Sufficiency {
    /// For a backtest: `enough` or `few`.
    pub const fn backtest(self) -> &'static str {
        if self.usable_rows < FEWEST_ROWS { "few" } else { "enough" }
    }

    /// For a search: `enough`, `few` or `refused`.
    pub const fn search(self) -> &'static str {
        if self.usable_rows < FEWEST_ROWS {
            "refused"
        } else if self.usable_rows < ENOUGH_FOR_SEARCH {
            "few"
        } else {
            "enough"
        }
    }
}

/// What becomes of a file under a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Neither the file nor what is left of it fails.
    Sound,
    /// As `Sound`, but one of them warns.
    SoundWithWarnings,
    /// The file fails, and what is left of it does not.
    Usable,
    /// As `Usable`, but what is left warns.
    UsableWithWarnings,
    /// What is left fails.
    Fails,
}

impl Outcome {
    /// Of a file and of what a policy keeps of it.
    pub fn of(file: Verdict, cleaned: Verdict) -> Self {
        let warns = file == Verdict::Warn || cleaned == Verdict::Warn;
        match (file == Verdict::Fail, warns) {
            _ if cleaned == Verdict::Fail => Self::Fails,
            (true, false) => Self::Usable,
            (true, true) => Self::UsableWithWarnings,
            (false, false) => Self::Sound,
            (false, true) => Self::SoundWithWarnings,
        }
    }

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::SoundWithWarnings => "sound_with_warnings",
            Self::Usable => "usable",
            Self::UsableWithWarnings => "usable_with_warnings",
            Self::Fails => "fails",
        }
    }
}

/// The verdict in one line.
pub fn line(file: &Judgement, cleaned: &Judgement, policy: Policy) -> String {
    let name = policy.name();
    let head = match Outcome::of(file.verdict, cleaned.verdict) {
        Outcome::Sound | Outcome::SoundWithWarnings => "Sound".to_owned(),
        Outcome::Usable | Outcome::UsableWithWarnings => {
            format!("Fails as delivered ({}), usable after {name}", file.named(Verdict::Fail))
        }
        Outcome::Fails => {
            let still = if file.verdict == Verdict::Fail { "Still fails" } else { "Fails" };
            return format!("{still} after {name}: {}", cleaned.named(Verdict::Fail));
        }
    };
    let warned = match (file.verdict, cleaned.verdict) {
        (Verdict::Warn, _) => file.named(Verdict::Warn),
        (_, Verdict::Warn) => cleaned.named(Verdict::Warn),
        _ => return head,
    };
    format!("{head}, with warnings: {warned}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(values: &[(&'static str, f64)]) -> Judgement {
        Judgement::of(true, values.iter().map(|&(key, value)| (key, Ok(value))))
    }

    #[test]
    fn the_line_says_what_fails_and_what_a_policy_makes_of_it() {
        let sound = judged(&[("broken", 0.0)]);
        let file = judged(&[("untradable", 0.189), ("single_print", 0.2), ("stuck", 0.05)]);
        let cleaned = judged(&[("single_print", 0.2345), ("usable_share", 0.8113)]);
        assert_eq!(
            line(&file, &cleaned, Policy::Mask),
            "Fails as delivered (untradable rows 18.9 %), usable after mask, with warnings: \
             usable share of expected slots 81.1 %, single-print rows 23.4 %"
        );
        assert_eq!(line(&sound, &sound, Policy::Mask), "Sound");
        assert_eq!(
            line(&judged(&[("stuck", 0.05)]), &sound, Policy::Drop),
            "Sound, with warnings: stuck rows 5.00 %"
        );
        let worse =
            judged(&[("broken", 0.02), ("spike", 0.02), ("stuck", 0.5), ("untradable", 0.2)]);
        assert_eq!(
            line(&file, &worse, Policy::Raw),
            "Still fails after raw: broken rows 2.00 %, stuck rows 50.0 % and 2 more"
        );
        assert_eq!(
            line(&sound, &judged(&[("usable_share", 0.5)]), Policy::Mask),
            "Fails after mask: usable share of expected slots 50.0 %"
        );
        assert_eq!(line(&file, &sound, Policy::Mask).matches("warnings").count(), 0);
    }

    #[test]
    fn outcomes() {
        use Verdict::{Fail, Pass, Warn};
        for (file, cleaned, name) in [
            (Pass, Pass, "sound"),
            (Warn, Pass, "sound_with_warnings"),
            (Pass, Warn, "sound_with_warnings"),
            (Fail, Pass, "usable"),
            (Fail, Warn, "usable_with_warnings"),
            (Fail, Fail, "fails"),
            (Pass, Fail, "fails"),
        ] {
            assert_eq!(Outcome::of(file, cleaned).name(), name);
        }
    }

    #[test]
    fn three_digits_of_any_size() {
        for (value, text) in [(18.94, "18.9"), (0.5067, "0.507"), (100.0, "100"), (0.0, "0.00")] {
            assert_eq!(three_digits(value), text);
        }
    }
}

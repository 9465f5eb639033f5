//! The user's gates: which thresholds hold for which markets. `gates.toml` is their text form.

use crate::domain::timeframe_label;
use crate::quality::checks::GATES;
use crate::universe::Key;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A gate of an audit.
#[derive(Clone, Copy, Debug)]
pub struct AuditGate {
    /// Name in documents and in the file.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// True when large values are bad.
    pub bad_above: bool,
    /// METHOD's thresholds; `None` where it has none.
    pub warn: Option<f64>,
    /// As `warn`.
    pub fail: Option<f64>,
    /// What the number is, with its unit.
    pub what: &'static str,
    /// The number is a share, so a threshold above 1 is a mistake.
    pub is_share: bool,
    /// It appears only where a file of gates asks for it.
    pub is_asked: bool,
}

impl AuditGate {
    /// A threshold of it.
    ///
    /// # Errors
    ///
    /// Why the number is none, in a sentence.
    pub fn threshold(&self, number: f64) -> Result<f64, &'static str> {
        if self.is_share && number > 1.0 {
            Err("a share is a fraction: 5 % is 0.05, and nothing is above 1")
        } else if self.key == "valid_pct" && number > 100.0 {
            Err("valid_pct is in percent, and nothing is above 100")
        } else if number.is_finite() && number >= 0.0 {
            Ok(number)
        } else {
            Err("a threshold is a number from 0 on")
        }
    }

    /// A threshold as it is typed: with a comma or a point, a share also in percent. An empty text is none.
    ///
    /// # Errors
    ///
    /// Why the text is none, in a sentence.
    pub fn typed(&self, text: &str) -> Result<Option<f64>, &'static str> {
        let text = text.trim().replace(',', ".");
        if text.is_empty() {
            return Ok(None);
        }
        let (digits, is_percent) = match text.strip_suffix('%').filter(|_| self.is_share) {
            Some(digits) => (digits.trim_end(), true),
            None => (text.as_str(), false),
        };
        let number = digits.parse::<f64>().unwrap_or(f64::NAN);
        self.threshold(if is_percent { number / 100.0 } else { number }).map(Some)
    }
}

const fn own(index: usize) -> AuditGate {
    let spec = &GATES[index];
    AuditGate {
        key: spec.key,
        label: spec.label,
        bad_above: spec.bad_above,
        warn: Some(spec.warn),
        fail: Some(spec.fail),
        what: spec.of,
        is_share: true,
        is_asked: false,
    }
}

const fn further(
    key: &'static str,
    label: &'static str,
    bad_above: bool,
    what: &'static str,
    is_asked: bool,
) -> AuditGate {
    AuditGate { key, label, bad_above, warn: None, fail: None, what, is_share: false, is_asked }
}

/// Every gate of an audit: those of the report as delivered, in METHOD's order, and three without thresholds of their own.
pub const AUDIT_GATES: [AuditGate; 11] = [
    own(0),
    own(1),
    own(2),
    own(3),
    own(4),
    own(5),
    own(6),
    own(7),
    further("usable_rows", "Usable rows", false, "rows that drop keeps", false),
    further("valid_pct", "Rows with volume", false, "percent of the file's rows", true),
    further("age_hours", "Age", true, "hours from the end of the last row to now", true),
];
/// Place of `usable_rows` in [`AUDIT_GATES`].
pub(super) const USABLE_ROWS: usize = 8;
/// Place of `valid_pct`.
pub(super) const VALID_PCT: usize = 9;
/// Place of `age_hours`.
pub(super) const AGE_HOURS: usize = 10;

/// What a file of gates says of one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Beyond it the gate warns.
    pub warn: Option<f64>,
    /// Beyond it the gate fails.
    pub fail: Option<f64>,
}

/// What a file of gates says of one gate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum GateSetting {
    /// `false`: it is not judged.
    Off,
    /// The thresholds that are given; the others stay.
    At(Threshold),
}

/// Settings by place in [`AUDIT_GATES`].
pub type Settings = [Option<GateSetting>; AUDIT_GATES.len()];

/// When an audit fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailOn {
    /// A gate fails.
    #[default]
    Fail,
    /// A gate fails or warns.
    Warn,
}

impl FailOn {
    /// Every choice.
    pub const ALL: [Self; 2] = [Self::Fail, Self::Warn];

    /// Name in documents and in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
        }
    }
}

/// Options of an audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// When it fails.
    pub fail_on: FailOn,
    /// A market that is worse than before makes the command fail, too.
    pub fail_on_worse: bool,
}

/// Gates of some markets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarketGates {
    /// Pattern of the symbol; `None` is any.
    pub symbol: Option<String>,
    /// Pattern of the venue.
    pub venue: Option<String>,
    /// Pattern of the timeframe, as in `5m`.
    pub timeframe: Option<String>,
    /// What is set for them.
    pub gates: Settings,
}

impl MarketGates {
    /// True for a market that all patterns fit.
    pub fn fits(&self, key: &Key) -> bool {
        let timeframe = key.timeframe_ms.map(timeframe_label);
        let fits = |asked: &Option<String>, own: Option<&str>| {
            asked.as_ref().is_none_or(|asked| pattern(asked, own.unwrap_or("unknown")))
        };
        fits(&self.symbol, key.symbol.as_deref())
            && fits(&self.venue, key.venue.as_deref())
            && fits(&self.timeframe, timeframe.as_deref())
    }

    /// Patterns that are given: the more, the later it is applied.
    pub fn named(&self) -> usize {
        [&self.symbol, &self.venue, &self.timeframe].iter().filter(|one| one.is_some()).count()
    }
}

/// Whether a text fits a pattern: the same in any case of Latin letters, or, where the pattern ends in `*`, the same beginning.
pub fn pattern(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => text.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start)),
        None => text.eq_ignore_ascii_case(pattern),
    }
}

/// A whole file of gates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gates {
    /// When the audit fails.
    pub options: Options,
    /// For every market.
    pub gates: Settings,
    /// For some, in the order of the file.
    pub markets: Vec<MarketGates>,
}

/// The thresholds that hold for one market.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// By place in [`AUDIT_GATES`]; `None` where the gate is off.
    pub thresholds: [Option<Threshold>; AUDIT_GATES.len()],
    /// Gates that a file of gates speaks of.
    pub is_set: [bool; AUDIT_GATES.len()],
    /// Places of the tables that were applied, in the order of the file.
    pub overrides: Vec<usize>,
}

impl Holding {
    /// What contradicts itself in it, in a sentence.
    pub fn contradiction(&self) -> Option<String> {
        contradiction_of(self)
    }
}

impl Gates {
    /// What holds for a market: METHOD's thresholds, then those for all markets, then the tables that fit it, those that name
    /// the fewest keys first and ties in the order of the file.
    pub fn of(&self, key: &Key) -> Holding {
        let mut thresholds =
            AUDIT_GATES.map(|gate| Some(Threshold { warn: gate.warn, fail: gate.fail }));
        let mut is_set = [false; AUDIT_GATES.len()];
        let mut apply = |settings: &Settings| {
            for (at, setting) in settings.iter().enumerate() {
                let Some(setting) = setting else { continue };
                is_set[at] = true;
                thresholds[at] = match setting {
                    GateSetting::Off => None,
                    GateSetting::At(own) => {
                        let base = thresholds[at].unwrap_or(Threshold {
                            warn: AUDIT_GATES[at].warn,
                            fail: AUDIT_GATES[at].fail,
                        });
                        Some(Threshold {
                            warn: own.warn.or(base.warn),
                            fail: own.fail.or(base.fail),
                        })
                    }
                };
            }
        };
        apply(&self.gates);
        let mut overrides = Vec::new();
        for named in 0..=3 {
            for (at, table) in self.markets.iter().enumerate() {
                if table.named() == named && table.fits(key) {
                    apply(&table.gates);
                    overrides.push(at);
                }
            }
        }
        overrides.sort_unstable();
        Holding { thresholds, is_set, overrides }
    }

    /// What contradicts itself, in a sentence: a gate that would fail before it warns.
    pub fn contradiction(&self) -> Option<String> {
        let none = Key { symbol: None, venue: None, timeframe_ms: None };
        let alone = Self { markets: Vec::new(), ..self.clone() };
        let all = contradiction_of(&alone.of(&none)).map(|text| format!("[gates] {text}"));
        all.or_else(|| {
            self.markets.iter().enumerate().find_map(|(at, table)| {
                let any =
                    MarketGates { symbol: None, venue: None, timeframe: None, ..table.clone() };
                let alone = Self { markets: vec![any], ..self.clone() };
                contradiction_of(&alone.of(&none))
                    .map(|text| format!("[[market]] number {}: {text}", at + 1))
            })
        })
    }

    /// The text form that the command reads.
    pub fn to_toml(&self) -> String {
        let mut out = String::from(
            "# Gates of an audit by Clean Sweep. Thresholds are fractions (1 % is 0.01); usable_rows counts rows,\n\
             # valid_pct is in percent, age_hours in hours. What is not named keeps its usual thresholds.\n[options]\n",
        );
        let _ = writeln!(out, "fail_on = \"{}\"", self.options.fail_on.name());
        let _ = writeln!(out, "fail_on_worse = {}\n\n[gates]", self.options.fail_on_worse);
        settings_toml(&mut out, &self.gates);
        for market in &self.markets {
            out.push_str("\n[[market]]\n");
            for (key, value) in [
                ("symbol", &market.symbol),
                ("venue", &market.venue),
                ("timeframe", &market.timeframe),
            ] {
                if let Some(value) = value {
                    let _ = writeln!(out, "{key} = {}", quoted(value));
                }
            }
            out.push_str("[market.gates]\n");
            settings_toml(&mut out, &market.gates);
        }
        out
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn settings_toml(out: &mut String, settings: &Settings) {
    for (gate, setting) in AUDIT_GATES.iter().zip(settings) {
        match setting {
            None => {}
            Some(GateSetting::Off) => {
                let _ = writeln!(out, "{} = false", gate.key);
            }
            Some(GateSetting::At(threshold)) => {
                // Written as a float takes more digits than a whole number of TOML may have.
                let part = |name: &str, value: Option<f64>| {
                    value.map(|value| format!("{name} = {value:?}"))
                };
                let parts: Vec<String> =
                    [part("warn", threshold.warn), part("fail", threshold.fail)]
                        .into_iter()
                        .flatten()
                        .collect();
                let _ = writeln!(out, "{} = {{ {} }}", gate.key, parts.join(", "));
            }
        }
    }
}

fn contradiction_of(holding: &Holding) -> Option<String> {
    AUDIT_GATES.iter().zip(&holding.thresholds).find_map(|(gate, threshold)| {
        let Threshold { warn: Some(warn), fail: Some(fail) } = (*threshold)? else { return None };
        let fails_first = if gate.bad_above { fail < warn } else { fail > warn };
        fails_first.then(|| {
            format!(
                "{} would fail at {fail} before it warns at {warn}; give both, in the other order",
                gate.key
            )
        })
    })
}

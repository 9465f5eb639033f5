//! What makes two looks at a market the same: METHOD-TRAINING §5, "Ledger".

use crate::domain::hex;
use crate::quality::Cleaning;
use crate::strategy::{Params, StrategyId};
use crate::table::{ParamSpec, ParamValue};
use sha2::{Digest as _, Sha256};

/// A value as hashes read it.
fn word(spec: &ParamSpec, value: ParamValue) -> String {
    match value {
        // Zero has one sign.
        ParamValue::Number(number) => format!("{:016x}", (number + 0.0).to_bits()),
        ParamValue::Flag(flag) => u8::from(flag).to_string(),
        ParamValue::Off => "none".to_owned(),
        ParamValue::Choice(_) => spec.text(value),
    }
}

fn lines(pairs: impl Iterator<Item = (&'static ParamSpec, ParamValue)>) -> Vec<String> {
    let mut lines: Vec<String> =
        pairs.map(|(spec, value)| format!("{}={}", spec.key, word(spec, value))).collect();
    crate::domain::sort_short(&mut lines, |a, b| a < b);
    lines
}

/// Which configuration of which data a result is of.
#[derive(Clone, Debug)]
pub struct Looks {
    head: String,
    own: Vec<String>,
    window: String,
}

impl Looks {
    /// Of a file by its fingerprint, a cleaning, and the rows from the first to the last one of a window, ms.
    pub fn new(data: &str, cleaning: &Cleaning, ends_ms: (i64, i64)) -> Self {
        Self::under(data, cleaning.policy.name(), cleaning, ends_ms)
    }

    /// The same under a cleaning that does more than its policy and goes by a name of its own.
    pub fn under(
        data: &str,
        policy: &str,
        cleaning: &Cleaning,
        (first_ms, last_ms): (i64, i64),
    ) -> Self {
        Self {
            head: format!("cleansweep-look/1\ndata={data}\npolicy={policy}\n"),
            own: lines(cleaning.parameters()),
            window: format!("window={first_ms}..{last_ms}\n"),
        }
    }

    fn configuration(&self, params: &Params) -> Sha256 {
        let mut hash = Sha256::new();
        hash.update(&self.head);
        if params.id() != StrategyId::default() {
            hash.update(format!("strategy={}\n", params.strategy().name));
        }
        let values =
            params.specs().into_iter().filter_map(|spec| Some((spec, params.get(spec.key)?)));
        for line in self.own.iter().chain(&lines(values)) {
            hash.update(line);
            hash.update("\n");
        }
        hash
    }

    /// Hashes of a configuration and of a look at it, SHA-256 in hexadecimal digits.
    pub fn hashes(&self, params: &Params) -> (String, String) {
        let hash = self.configuration(params);
        let mut look = hash.clone();
        look.update(&self.window);
        (hex(&hash.finalize()), hex(&look.finalize()))
    }

    /// The configuration as a tally keeps it: the first half of its hash. Two of a million share one with a probability
    /// of 10⁻²⁷.
    pub fn id(&self, params: &Params) -> u128 {
        let hash = self.configuration(params).finalize();
        hash.iter().take(16).fold(0, |id, byte| (id << 8) | u128::from(*byte))
    }
}

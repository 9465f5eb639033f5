//! Numbers that may not exist. An undefined number is a reason, never NaN, ∞, 0 or a sentinel.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// Why a number does not exist, for people: `too few: have 4, need 10`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undefined(pub Cow<'static, str>);

/// A finite number, or the reason there is none.
pub type Measure = Result<f64, Undefined>;

impl Undefined {
    /// A sample smaller than the number needs.
    pub fn too_few(have: usize, need: usize) -> Self {
        Self(format!("too few: have {have}, need {need}").into())
    }

    /// All values are equal, so nothing can be divided by their deviation.
    pub const fn zero_deviation() -> Self {
        Self(Cow::Borrowed("zero deviation"))
    }

    /// A fixed reason.
    pub const fn because(reason: &'static str) -> Self {
        Self(Cow::Borrowed(reason))
    }
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A count with thousands separators: `155,520`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped_from_the_right() {
        assert_eq!(
            [0, 52, 999, 1_000, 155_520, 1_234_567].map(grouped),
            ["0", "52", "999", "1,000", "155,520", "1,234,567"]
        );
    }
}

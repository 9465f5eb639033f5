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

    /// A computed number, if it is one.
    pub fn unless_finite(value: f64) -> Measure {
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Self::because("larger or smaller than numbers can be"))
        }
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

//! THE table of what a cleaning policy can be told: page, link, storage, command and documents read it, so that no value can
//! be typed in one place and refused in another.

use super::clean::{Cleaning, Policy};
use std::fmt;

/// A value of a cleaning parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CleaningValue {
    /// A number.
    Number(f64),
    /// On or off.
    Flag(bool),
}

/// One row of the table.
#[derive(Debug)]
pub struct CleaningSpec {
    /// Name in documents, links and options.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Smallest number; of a flag 0.
    pub min: f64,
    /// Largest number; of a flag 1.
    pub max: f64,
    /// Only whole numbers.
    pub integer: bool,
    /// Policies that read it.
    pub policies: &'static [Policy],
}

const SOUND: &[Policy] = &[Policy::Mask, Policy::Drop, Policy::Segment];

/// Every parameter, in the order of documents.
pub const CLEANING: [CleaningSpec; 4] = [
    CleaningSpec {
        key: "max_gap_bars",
        label: "Longest gap without a new segment, slots",
        doc: "Missing, removed or closed slots beyond which a new segment starts",
        min: 0.0,
        max: 10_000.0,
        integer: true,
        policies: &[Policy::Segment],
    },
    CleaningSpec {
        key: "remove_spikes",
        label: "Also set spikes aside",
        doc: "Not causal: a spike is known only at the close of the row after it.",
        min: 0.0,
        max: 1.0,
        integer: true,
        policies: SOUND,
    },
    CleaningSpec {
        key: "min_volume_percentile",
        label: "min_volume_percentile",
        doc: "Percentile of all volumes that a row must exceed",
        min: 0.0,
        max: 100.0,
        integer: false,
        policies: &[Policy::SourceScore],
    },
    CleaningSpec {
        key: "threshold",
        label: "threshold",
        doc: "Smallest quality score that is kept",
        min: 0.0,
        max: 1.0,
        integer: false,
        policies: &[Policy::SourceScore],
    },
];

/// A value that a parameter does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleaningError {
    key: String,
    text: String,
    takes: String,
}

impl fmt::Display for CleaningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.escape_debug();
        write!(f, "{} cannot be \"{text}\": it takes {}", self.key, self.takes)
    }
}

impl std::error::Error for CleaningError {}

/// Looks a parameter up by key.
pub fn cleaning_spec(key: &str) -> Option<&'static CleaningSpec> {
    CLEANING.iter().find(|spec| spec.key == key)
}

impl CleaningSpec {
    /// True for a parameter that is on or off.
    pub fn is_flag(&self) -> bool {
        matches!(Cleaning::default().get(self.key), Some(CleaningValue::Flag(_)))
    }

    /// What it takes, for people.
    pub fn takes(&self) -> String {
        if self.is_flag() {
            return "on or off".to_owned();
        }
        let whole = if self.integer { "a whole number" } else { "a number" };
        format!("{whole} from {} to {}", self.min, self.max)
    }

    /// Reads a value as typed in an option, a link or a field.
    pub fn parse(&self, text: &str) -> Result<CleaningValue, CleaningError> {
        let text = text.trim();
        let flag = match text {
            "on" | "true" => Some(true),
            "off" | "false" => Some(false),
            _ => None,
        };
        let number = text.parse::<f64>().ok().filter(|number| {
            (self.min..=self.max).contains(number) && (!self.integer || number.fract() == 0.0)
        });
        let value = if self.is_flag() {
            flag.map(CleaningValue::Flag)
        } else {
            number.map(CleaningValue::Number)
        };
        value.ok_or_else(|| CleaningError {
            key: self.key.to_owned(),
            text: text.to_owned(),
            takes: self.takes(),
        })
    }
}

impl CleaningValue {
    /// As links and options write it.
    pub fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => if flag { "on" } else { "off" }.to_owned(),
        }
    }
}

impl Cleaning {
    /// The value of a parameter; `None` for an unknown key.
    pub fn get(&self, key: &str) -> Option<CleaningValue> {
        Some(match key {
            "max_gap_bars" => CleaningValue::Number(f64::from(self.max_gap_bars)),
            "remove_spikes" => CleaningValue::Flag(self.remove_spikes),
            "min_volume_percentile" => CleaningValue::Number(self.min_volume_percentile),
            "threshold" => CleaningValue::Number(self.threshold),
            _ => return None,
        })
    }

    /// Sets a parameter from text; an unknown key is an error, too.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), CleaningError> {
        let spec = cleaning_spec(key).ok_or_else(|| CleaningError {
            key: key.to_owned(),
            text: text.to_owned(),
            takes: "nothing: there is no such parameter".to_owned(),
        })?;
        match (key, spec.parse(text)?) {
            ("max_gap_bars", CleaningValue::Number(number)) => self.max_gap_bars = number as u32,
            ("min_volume_percentile", CleaningValue::Number(number)) => {
                self.min_volume_percentile = number;
            }
            ("threshold", CleaningValue::Number(number)) => self.threshold = number,
            (_, CleaningValue::Flag(flag)) => self.remove_spikes = flag,
            (_, CleaningValue::Number(_)) => {}
        }
        Ok(())
    }

    /// Parameters that the policy reads, with their values, in the order of the table.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static CleaningSpec, CleaningValue)> + '_ {
        CLEANING
            .iter()
            .filter(|spec| spec.policies.contains(&self.policy))
            .filter_map(|spec| Some((spec, self.get(spec.key)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_every_parameter_are_taken_and_what_lies_outside_is_not() {
        for spec in &CLEANING {
            let mut cleaning = Cleaning::default();
            let ends = if spec.is_flag() {
                ["on".to_owned(), "off".to_owned()]
            } else {
                [spec.min, spec.max].map(|end| end.to_string())
            };
            for end in ends {
                cleaning.set_text(spec.key, &end).unwrap();
                assert_eq!(cleaning.get(spec.key).map(CleaningValue::text), Some(end));
            }
            for text in ["", "x", "NaN", "-1", "1e9"] {
                let error = cleaning.set_text(spec.key, text).unwrap_err().to_string();
                assert!(error.contains(spec.key) && error.contains("it takes"), "{error}");
            }
        }
        assert!(Cleaning::default().set_text("max_gap_bars", "2.5").is_err());
        assert!(Cleaning::default().set_text("fee", "1").is_err());
    }
}

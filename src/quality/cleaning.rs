//! THE table of what a cleaning policy can be told: page, link, storage, command and documents read it, so that no value can
//! be typed in one place and refused in another.

use super::clean::Policy;
use crate::table::{Field, Kind, ParamSpec, ParamValue, params};

impl Field for Policy {
    const KIND: Kind = Kind::Choice;
    const CHOICES: &'static [&'static str] =
        &["mask", "drop", "segment", "raw", "source_score", "source_filter", "source_fill"];
    fn value(self) -> ParamValue {
        let place = Self::ALL.iter().position(|policy| *policy == self);
        ParamValue::Choice(place.unwrap_or(0) as u8)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        let ParamValue::Choice(at) = value else { return None };
        Self::ALL.get(usize::from(at)).copied()
    }
}

/// Heading of a policy and its parameters.
const POLICY: &str = "Policy";

params! {
    /// A policy with its parameters.
    pub struct Cleaning;
    /// Which rows are used, and what becomes of the others.
    policy: Policy, "Policy", POLICY, Choice, 0..=6 step 1/0,
        default Policy::Mask,
        from "own choice: time keeps its meaning, and nothing happens in rows that nobody traded";
    /// Missing, removed or closed slots beyond which a new segment starts
    max_gap_bars: u32, "Longest gap without a new segment, slots", POLICY, Count, 0..=10_000 step 1/0,
        default 5,
        from "own choice: longer than a hiccup of a feed, shorter than an outage";
    /// Not causal: a spike is known only at the close of the row after it.
    remove_spikes: bool, "Also set spikes aside", POLICY, Choice, 0..=1 step 1/0,
        default false,
        from "own choice: what is not causal is not on by default";
    /// Percentile of all volumes that a row must exceed
    min_volume_percentile: f64, "min_volume_percentile", POLICY, Count, 0..=100 step 1/1,
        default 1.0,
        from "the original method";
    /// Smallest quality score that is kept
    threshold: f64, "threshold", POLICY, Count, 0..=1 step 1/2,
        default 0.75,
        from "the original method";
}

/// The parameters of the policies, without the choice of the policy itself; in the order of documents.
pub const CLEANING: &[ParamSpec] = Cleaning::SPECS.split_at(1).1;

/// The policies that read a parameter.
pub fn readers(spec: &ParamSpec) -> &'static [Policy] {
    match spec.key {
        "max_gap_bars" => &[Policy::Segment],
        "remove_spikes" => &[Policy::Mask, Policy::Drop, Policy::Segment],
        "min_volume_percentile" | "threshold" => &[Policy::SourceScore],
        _ => &Policy::ALL,
    }
}

impl Cleaning {
    /// The default parameters with another policy.
    pub fn with_policy(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Parameters that the policy reads, with their values, in the order of the table.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static ParamSpec, ParamValue)> + '_ {
        CLEANING
            .iter()
            .filter(|spec| readers(spec).contains(&self.policy))
            .filter_map(|spec| Some((spec, self.get(spec.key)?)))
    }

    /// The parameters that the policy reads, as the JSON object of documents.
    pub fn parameters_json(&self) -> serde_json::Value {
        let pairs = self.parameters().map(|(spec, value)| (spec.key.to_owned(), spec.json(value)));
        serde_json::Value::Object(pairs.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_every_parameter_are_taken_and_what_lies_outside_is_not() {
        for spec in Cleaning::SPECS {
            let mut cleaning = Cleaning::default();
            for end in spec.extremes() {
                cleaning.set_text(spec.key, &spec.text(end)).unwrap();
                assert_eq!(cleaning.get(spec.key), Some(end));
            }
            for text in ["", "x", "NaN", "-1", "1e9"] {
                let error = cleaning.set_text(spec.key, text).unwrap_err().to_string();
                assert!(error.contains(spec.key) && error.contains("it takes"), "{error}");
            }
        }
        assert!(Cleaning::default().set_text("max_gap_bars", "2.5").is_err());
        assert!(Cleaning::default().set_text("fee", "1").is_err());
    }

    #[test]
    fn choices_are_the_names_of_the_policies() {
        let names: Vec<&str> = Policy::ALL.iter().map(|policy| policy.name()).collect();
        assert_eq!(Policy::CHOICES, names);
    }
}

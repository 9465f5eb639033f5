//! How a parameter is declared, parsed, shown and bounded: page, link, storage, command and documents read it.
//!
//! A table is declared once with `params!`, which makes a struct of typed fields for the code that computes, and a list of
//! [`ParamSpec`] for everything that handles all parameters alike.

use crate::domain::{Sides, one_of};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a stored number is shown and typed. Stored values are always fractions and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A count of candles.
    Rows,
    /// A plain count.
    Count,
    /// Stored as a fraction, shown as percent.
    Percent,
    /// A factor.
    Times,
    /// Multiples of ATR.
    Atr,
    /// Multiples of the risk.
    R,
    /// Quote currency.
    Money,
    /// Quote currency for one unit of the market.
    Price,
    /// Not a number.
    Choice,
}

impl Unit {
    /// The suffix shown after a number.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Percent => "%",
            Self::Times => "×",
            Self::Atr => "ATR",
            Self::R => "R",
            Self::Count | Self::Choice | Self::Money | Self::Price => "",
        }
    }

    /// What a stored value is multiplied by to be shown.
    pub const fn scale(self) -> f64 {
        if matches!(self, Self::Percent) { 100.0 } else { 1.0 }
    }
}

/// A value of any parameter, for the places that handle all of them alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ParamValue {
    /// A number in stored units.
    Number(f64),
    /// A number that is switched off ("none", "off").
    Off,
    /// Yes or no.
    Flag(bool),
    /// The place of a word in [`ParamSpec::choices`].
    Choice(u8),
}

/// Most decimals that a number box shows.
const MOST_DECIMALS: usize = 12;
/// Positions of a slider in a decade of a wide range.
const HALVES: i64 = 18;

/// Digits in groups of three between commas.
fn is_grouped(text: &str) -> bool {
    let mut groups = text.trim_start_matches('-').split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    first && groups.all(|group| group.len() == 3)
}

/// What the values of a parameter are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, which may be switched off where the row has a word for it.
    Number,
    /// Yes or no.
    Flag,
    /// One of several words.
    Choice,
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Machine name: JSON field, option, link.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Unit on the page.
    pub unit: Unit,
    /// Heading that it stands under on the page.
    pub group: &'static str,
    /// Lowest value, stored units.
    pub min: f64,
    /// Highest value, stored units, inclusive.
    pub max: f64,
    /// A value on the grid is `k · step.0 / 10^step.1`, divided once.
    pub step: (u32, u32),
    /// Number, yes or no, or a choice.
    pub kind: Kind,
    /// Only whole numbers.
    pub integer: bool,
    /// The word for "switched off", where that is possible.
    pub off: Option<&'static str>,
    /// The value that a switched-off number gets when it is switched on.
    pub rest: f64,
    /// The words of a choice.
    pub choices: &'static [&'static str],
    /// What it does, for the tooltip.
    pub doc: &'static str,
    /// Where the default comes from.
    pub origin: &'static str,
}

/// A value that the table refuses.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamError {
    /// No parameter has this key.
    UnknownKey(String),
    /// The text is no value of this parameter.
    NotAValue {
        /// Which parameter.
        key: &'static str,
        /// What was given.
        text: String,
        /// What would be accepted.
        accepted: String,
    },
    /// The parameters contradict each other.
    Contradiction {
        /// What cannot be, as a heading.
        title: &'static str,
        /// The numbers that contradict each other.
        detail: String,
        /// What the user can do.
        advice: &'static str,
    },
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey(key) => write!(f, "no parameter is called \"{key}\""),
            Self::NotAValue { key, text, accepted } => {
                write!(f, "{key} cannot be \"{}\": it takes {accepted}", text.escape_debug())
            }
            Self::Contradiction { detail, .. } => f.write_str(detail),
        }
    }
}

impl std::error::Error for ParamError {}

/// A type that a parameter can have.
pub trait Field: Copy {
    /// Only whole numbers.
    const INTEGER: bool = false;
    /// Number, yes or no, or a choice.
    const KIND: Kind = Kind::Number;
    /// The words of a choice.
    const CHOICES: &'static [&'static str] = &[];
    /// The value among those of all types.
    fn value(self) -> ParamValue;
    /// The value of this type, where it is one.
    fn from_value(value: ParamValue) -> Option<Self>;
}

impl Field for f64 {
    fn value(self) -> ParamValue {
        ParamValue::Number(self)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        if let ParamValue::Number(number) = value { Some(number) } else { None }
    }
}

impl Field for u32 {
    const INTEGER: bool = true;
    fn value(self) -> ParamValue {
        ParamValue::Number(f64::from(self))
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        if let ParamValue::Number(number) = value { Some(number as Self) } else { None }
    }
}

impl<T: Field> Field for Option<T> {
    const INTEGER: bool = T::INTEGER;
    fn value(self) -> ParamValue {
        self.map_or(ParamValue::Off, T::value)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        match value {
            ParamValue::Off => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl Field for bool {
    const KIND: Kind = Kind::Flag;
    fn value(self) -> ParamValue {
        ParamValue::Flag(self)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        if let ParamValue::Flag(flag) = value { Some(flag) } else { None }
    }
}

impl Field for Sides {
    const KIND: Kind = Kind::Choice;
    const CHOICES: &'static [&'static str] = &["both", "long", "short"];
    fn value(self) -> ParamValue {
        ParamValue::Choice(self as u8)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        let ParamValue::Choice(at) = value else { return None };
        Self::ALL.get(usize::from(at)).copied()
    }
}

/// The word for "switched off" of a row, if it has one.
pub const fn off_word(words: &[&'static str]) -> Option<&'static str> {
    if words.is_empty() { None } else { Some(words[0]) }
}

/// The first number, or the one for none.
pub const fn first_or(numbers: &[f64], otherwise: f64) -> f64 {
    if numbers.is_empty() { otherwise } else { numbers[0] }
}

/// Declares a table: a struct of typed fields, and the list of its rows.
///
/// A row reads `key: Type, "Label", GROUP, Unit, min..=max step a/p [off "word" at on], default value, from "origin";` with
/// its documentation before it.
macro_rules! params {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident;
        $(
            $(#[doc = $doc:literal])+
            $key:ident: $ty:ty, $label:literal, $group:expr, $unit:ident,
            $min:literal..=$max:literal step $a:literal/$p:literal $(off $off:literal at $rest:literal)?,
            default $default:expr, from $origin:literal;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $Name {
            $( $(#[doc = $doc])+ pub $key: $ty, )+
        }

        impl $Name {
            /// The rows of the table, in the order of the fields.
            pub const SPECS: &'static [$crate::table::ParamSpec] = &{
                use $crate::table::{Field, ParamSpec, Unit, first_or, off_word};
                [ $( ParamSpec {
                    key: stringify!($key),
                    label: $label,
                    unit: Unit::$unit,
                    group: $group,
                    min: $min as f64,
                    max: $max as f64,
                    step: ($a, $p),
                    kind: <$ty as Field>::KIND,
                    integer: <$ty as Field>::INTEGER,
                    off: off_word(&[$($off)?]),
                    rest: first_or(&[$($rest as f64)?], 1.0),
                    choices: <$ty as Field>::CHOICES,
                    doc: concat!($($doc),+),
                    origin: $origin,
                } ),+ ]
            };

            /// Reads one parameter by key.
            #[allow(dead_code, reason = "a table may be read as typed fields only")]
            pub fn get(&self, key: &str) -> Option<$crate::table::ParamValue> {
                match key {
                    $( stringify!($key) => Some($crate::table::Field::value(self.$key)), )+
                    _ => None,
                }
            }

            /// Writes one parameter by key, after its row has accepted the value.
            pub fn set(
                &mut self,
                key: &str,
                value: $crate::table::ParamValue,
            ) -> Result<(), $crate::table::ParamError> {
                let unknown = || $crate::table::ParamError::UnknownKey(key.to_owned());
                let spec = Self::SPECS.iter().find(|spec| spec.key == key).ok_or_else(unknown)?;
                spec.check(value)?;
                let refuse = || spec.refuse(&spec.show(value));
                match key {
                    $( stringify!($key) => {
                        self.$key = $crate::table::Field::from_value(value).ok_or_else(refuse)?;
                    } )+
                    _ => return Err(unknown()),
                }
                Ok(())
            }

            /// Sets one parameter from text, as typed in an option or a link.
            #[allow(dead_code, reason = "a table may be read as typed fields only")]
            pub fn set_text(
                &mut self,
                key: &str,
                text: &str,
            ) -> Result<(), $crate::table::ParamError> {
                let unknown = || $crate::table::ParamError::UnknownKey(key.to_owned());
                let spec = Self::SPECS.iter().find(|spec| spec.key == key).ok_or_else(unknown)?;
                self.set(key, spec.parse(text)?)
            }

            /// The values, in the order of the rows.
            #[allow(dead_code, reason = "a table may be read as typed fields only")]
            pub fn values(&self) -> Vec<$crate::table::ParamValue> {
                vec![ $( $crate::table::Field::value(self.$key) ),+ ]
            }

            #[allow(dead_code, reason = "a table may be read as typed fields only")]
            /// Typed fields from values in the order of the rows; what is missing or of another kind is the default.
            pub fn from_values(values: &[$crate::table::ParamValue]) -> Self {
                let mut all = Self::default();
                for (spec, value) in Self::SPECS.iter().zip(values) {
                    // A refused value leaves the default, as the contract above says.
                    all.set(spec.key, *value).ok();
                }
                all
            }
        }

        impl Default for $Name {
            fn default() -> Self {
                Self { $( $key: $default ),+ }
            }
        }
    };
}
pub(crate) use params;

impl ParamSpec {
    /// True for a parameter that is yes or no.
    pub const fn is_flag(&self) -> bool {
        matches!(self.kind, Kind::Flag)
    }

    /// True for a number.
    pub const fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number)
    }

    /// True when the table takes the value.
    pub fn accepts(&self, value: ParamValue) -> bool {
        match (self.kind, value) {
            (Kind::Number, ParamValue::Number(number)) => {
                number.is_finite()
                    && (self.min..=self.max).contains(&number)
                    && (!self.integer || number.fract() == 0.0)
            }
            (Kind::Number, ParamValue::Off) => self.off.is_some(),
            (Kind::Flag, ParamValue::Flag(_)) => true,
            (Kind::Choice, ParamValue::Choice(at)) => usize::from(at) < self.choices.len(),
            _ => false,
        }
    }

    /// The value, if the table takes it.
    pub fn check(&self, value: ParamValue) -> Result<(), ParamError> {
        if self.accepts(value) { Ok(()) } else { Err(self.refuse(&self.show(value))) }
    }

    /// Both ends of its range, and "off" where it can be: every value, of a choice.
    pub fn extremes(&self) -> Vec<ParamValue> {
        match self.kind {
            Kind::Flag => vec![ParamValue::Flag(true), ParamValue::Flag(false)],
            Kind::Choice => {
                (0..self.choices.len()).map(|at| ParamValue::Choice(at as u8)).collect()
            }
            Kind::Number => {
                let ends = [self.min, self.max].map(ParamValue::Number);
                ends.into_iter().chain(self.off.map(|_word| ParamValue::Off)).collect()
            }
        }
    }

    /// What it takes, in words.
    pub fn takes(&self) -> String {
        match self.kind {
            Kind::Flag => "on or off".to_owned(),
            Kind::Choice => one_of(self.choices),
            Kind::Number => {
                let whole = if self.integer { "a whole number" } else { "a number" };
                let off = self.off.map(|word| format!(", or \"{word}\"")).unwrap_or_default();
                format!("{whole} from {} to {}{off}", self.min, self.max)
            }
        }
    }

    /// The error for a text that is no value.
    pub fn refuse(&self, text: &str) -> ParamError {
        ParamError::NotAValue { key: self.key, text: text.to_owned(), accepted: self.takes() }
    }

    /// Reads a value in stored units; the table's words for "off", choices, true and false are accepted.
    pub fn parse(&self, text: &str) -> Result<ParamValue, ParamError> {
        let text = text.trim();
        let value = match self.kind {
            Kind::Flag => match text {
                "true" | "1" | "on" | "yes" => Some(ParamValue::Flag(true)),
                "false" | "0" | "off" | "no" => Some(ParamValue::Flag(false)),
                _ => None,
            },
            Kind::Choice => {
                let at = self.choices.iter().position(|word| *word == text);
                at.map(|at| ParamValue::Choice(at as u8))
            }
            Kind::Number if self.off.is_some() && matches!(text, "none" | "off") => {
                Some(ParamValue::Off)
            }
            Kind::Number => text.parse().ok().map(ParamValue::Number),
        };
        value.filter(|value| self.accepts(*value)).ok_or_else(|| self.refuse(text))
    }

    /// The value as options and links write it.
    pub fn text(&self, value: ParamValue) -> String {
        match value {
            ParamValue::Number(number) => number.to_string(),
            other => self.show(other),
        }
    }

    /// The value as documents hold it.
    pub fn json(&self, value: ParamValue) -> serde_json::Value {
        match value {
            ParamValue::Number(number) if self.integer => (number as u64).into(),
            ParamValue::Number(number) => number.into(),
            ParamValue::Flag(flag) => flag.into(),
            ParamValue::Choice(_) | ParamValue::Off => self.show(value).into(),
        }
    }

    /// The value of slider position `k`: `k · a / 10^p`, divided once.
    pub fn at_step(&self, k: i64) -> f64 {
        let (a, p) = self.step;
        let mut power = 1.0;
        for _ in 0..p {
            power *= 10.0;
        }
        (k * i64::from(a)) as f64 / power
    }

    /// The slider position nearest to a value.
    pub fn step_of(&self, value: f64) -> i64 {
        let (a, p) = self.step;
        let mut scaled = value;
        for _ in 0..p {
            scaled *= 10.0;
        }
        (scaled / f64::from(a)).round() as i64
    }

    /// Decimals that show every value of the grid exactly.
    pub fn decimals(&self) -> usize {
        let shown = if self.unit == Unit::Percent { 2 } else { 0 };
        (self.step.1 as usize).saturating_sub(shown)
    }

    /// The number shown in the number box: `0.415` for a stored 0.00415 of unit percent. A value between two of the grid is
    /// shown with as many digits as it takes to read it back.
    pub fn shown(&self, value: f64) -> String {
        let (scale, grid) = (self.unit.scale(), self.decimals());
        let text = |decimals: usize| format!("{:.decimals$}", value * scale);
        let reads_back = |decimals: &usize| self.stored(&text(*decimals)) == Some(value);
        let text = text((grid..MOST_DECIMALS).find(reads_back).unwrap_or(MOST_DECIMALS));
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    }

    /// Reads a number as the page shows it, in the unit of the page: with or without the unit, with a decimal point or
    /// comma, with thousands separators, with an exponent. It is taken as it is typed, between two values of the grid too.
    pub fn read(&self, typed: &str) -> Result<ParamValue, ParamError> {
        let refuse = || self.refuse(typed.trim());
        let text = typed.trim().to_ascii_lowercase();
        if let Some(word) = self.off
            && text == word
        {
            return Ok(ParamValue::Off);
        }
        let unit = self.unit.suffix().to_ascii_lowercase();
        let bare = [unit.as_str(), "x"]
            .into_iter()
            .filter(|unit| !unit.is_empty())
            .find_map(|unit| text.strip_suffix(unit))
            .unwrap_or(&text);
        let bare: String = bare.replace('\u{2212}', "-").split_whitespace().collect();
        let plain = if bare.contains('.') || self.counts() && is_grouped(&bare) {
            bare.replace(',', "")
        } else {
            bare.replace(',', ".")
        };
        let value = ParamValue::Number(self.stored(&plain).ok_or_else(refuse)?);
        self.check(value).map_err(|_out_of_range| refuse())?;
        Ok(value)
    }

    /// The stored value of a plain number in the unit of the page. The decimal point is moved before the number is rounded:
    /// 0.07 % is 0.0007, and not 0.07 / 100, which is another number.
    fn stored(&self, plain: &str) -> Option<f64> {
        let shift = if self.unit == Unit::Percent { 2 } else { 0 };
        let (digits, exponent) = plain.split_once('e').unwrap_or((plain, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        format!("{digits}e{}", exponent.checked_sub(shift)?).parse().ok()
    }

    /// Its values are whole or large, so that a comma before three digits parts thousands.
    const fn counts(&self) -> bool {
        self.integer || self.is_wide()
    }

    /// The range spans four decades or more: a slider walks it by leading digits.
    const fn is_wide(&self) -> bool {
        self.min > 0.0 && self.max / self.min >= 1e4
    }

    /// The slider's positions, first and last.
    pub fn positions(&self) -> (i64, i64) {
        (self.position_of(self.min), self.position_of(self.max))
    }

    /// The slider's position nearest to a value.
    pub fn position_of(&self, value: f64) -> i64 {
        if !self.is_wide() {
            return self.step_of(value);
        }
        let mut decade = 0;
        let mut leading = (value / self.min).max(1.0);
        while leading >= 10.0 {
            leading /= 10.0;
            decade += 1;
        }
        decade * HALVES + ((leading - 1.0) * 2.0).round() as i64
    }

    /// The value at a position of the slider: of the grid, or of a wide range 1, 1.5, 2, 2.5 … 9.5 times a power of ten
    /// times the least value.
    pub fn at_position(&self, k: i64) -> f64 {
        if !self.is_wide() {
            return self.at_step(k);
        }
        let mut value = self.min * (1.0 + k.rem_euclid(HALVES) as f64 / 2.0);
        for _ in 0..k.div_euclid(HALVES) {
            value *= 10.0;
        }
        value
    }

    /// `value` on the grid, or with two digits where the grid is too coarse for it; inside the range.
    pub fn near(&self, value: f64) -> f64 {
        let on_grid = self.at_step(self.step_of(value));
        let coarse = (on_grid - value).abs() > 0.05 * value.abs();
        let near = if coarse { format!("{value:.1e}").parse().unwrap_or(on_grid) } else { on_grid };
        near.clamp(self.min, self.max)
    }

    /// The value with its unit, for tooltips, screen readers and messages.
    pub fn show(&self, value: ParamValue) -> String {
        match value {
            ParamValue::Number(number) => {
                let unit = self.unit.suffix();
                let gap = if unit.is_empty() || unit == "×" { "" } else { " " };
                format!("{}{gap}{unit}", self.shown(number))
            }
            ParamValue::Off => self.off.unwrap_or("off").to_owned(),
            ParamValue::Flag(flag) => if flag { "on" } else { "off" }.to_owned(),
            ParamValue::Choice(at) => self
                .choices
                .get(usize::from(at))
                .map_or_else(String::new, |word| (*word).to_owned()),
        }
    }
}

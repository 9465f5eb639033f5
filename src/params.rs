//! THE table of parameters: declared once, read by the engine as typed fields and by everything else as a table.
//!
//! From [`PARAMS`] come the sliders, the command's `--params`, the JSON section `params`, the presets and
//! `docs/PARAMETERS.md`. Engine code reads the fields of [`Params`] and never a key.

use crate::domain::Side;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which directions may be traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sides {
    /// Long and short.
    Both,
    /// Long only.
    Long,
    /// Short only.
    Short,
}

impl Sides {
    /// Every choice, in display order.
    pub const ALL: [Self; 3] = [Self::Both, Self::Long, Self::Short];

    /// Name in documents and options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// True when `side` may be traded.
    pub fn allows(self, side: Side) -> bool {
        match self {
            Self::Both => true,
            Self::Long => side == Side::Long,
            Self::Short => side == Side::Short,
        }
    }

    /// The directions that may be traded.
    pub fn iter(self) -> impl Iterator<Item = Side> {
        Side::BOTH.into_iter().filter(move |side| self.allows(*side))
    }
}

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
            Self::Count | Self::Choice | Self::Money => "",
        }
    }

    /// What a stored value is multiplied by to be shown.
    pub const fn scale(self) -> f64 {
        if matches!(self, Self::Percent) { 100.0 } else { 1.0 }
    }
}

/// The panel group of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What makes a key level.
    Level,
    /// What makes a sweep of it.
    Sweep,
    /// When a signal may become a trade.
    Filter,
    /// How a trade ends.
    Exit,
    /// Costs and position size.
    CostsAndSize,
    /// Stops on the whole account.
    Portfolio,
}

impl Group {
    /// Every group, in panel order.
    pub const ALL: [Self; 6] =
        [Self::Level, Self::Sweep, Self::Filter, Self::Exit, Self::CostsAndSize, Self::Portfolio];

    /// Heading in the panel.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Level => "Level",
            Self::Sweep => "Sweep",
            Self::Filter => "Filters",
            Self::Exit => "Exit",
            Self::CostsAndSize => "Costs and size",
            Self::Portfolio => "Portfolio stops",
        }
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
    /// A choice of sides.
    Sides(Sides),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Machine name: JSON field, option, link.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// Unit on the page.
    pub unit: Unit,
    /// Panel group.
    pub group: Group,
    /// Lowest value, stored units.
    pub min: f64,
    /// Highest value, stored units, inclusive.
    pub max: f64,
    /// A value on the grid is `k · step.0 / 10^step.1`, divided once.
    pub step: (u32, u32),
    /// Only whole numbers.
    pub integer: bool,
    /// The word for "switched off", where that is possible.
    pub off: Option<&'static str>,
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
    NoLevelCanForm {
        /// `key_level_lookback`, rows.
        lookback: u32,
        /// The fewest rows that could hold the touches.
        need: u32,
    },
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey(key) => write!(f, "no parameter is called \"{key}\""),
            Self::NotAValue { key, text, accepted } => {
                write!(f, "{key} cannot be \"{text}\": it takes {accepted}")
            }
            Self::NoLevelCanForm { lookback, need } => write!(
                f,
                "no level can form: key_level_lookback is {lookback} rows, but min_level_touches and pivot_bars \
                 need at least {need}"
            ),
        }
    }
}

impl std::error::Error for ParamError {}

/// Field types of [`Params`].
trait Field: Copy {
    const INTEGER: bool = false;
    fn value(self) -> ParamValue;
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

impl Field for Option<f64> {
    fn value(self) -> ParamValue {
        self.map_or(ParamValue::Off, ParamValue::Number)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        match value {
            ParamValue::Number(number) => Some(Some(number)),
            ParamValue::Off => Some(None),
            _ => None,
        }
    }
}

impl Field for bool {
    fn value(self) -> ParamValue {
        ParamValue::Flag(self)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        if let ParamValue::Flag(flag) = value { Some(flag) } else { None }
    }
}

impl Field for Sides {
    fn value(self) -> ParamValue {
        ParamValue::Sides(self)
    }
    fn from_value(value: ParamValue) -> Option<Self> {
        if let ParamValue::Sides(sides) = value { Some(sides) } else { None }
    }
}

const fn off_word(words: &[&'static str]) -> Option<&'static str> {
    if words.is_empty() { None } else { Some(words[0]) }
}

macro_rules! params {
    ($(
        $(#[doc = $doc:literal])+
        $key:ident: $ty:ty, $label:literal, $group:ident, $unit:ident,
        $min:literal..=$max:literal step $a:literal/$p:literal $(off $off:literal)?,
        default $default:expr, source $source:expr, job143 $job143:expr, relaxed $relaxed:expr,
        from $origin:literal;
    )+) => {
        /// The parameters of strategy and engine, one typed field each, in stored units.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct Params {
            $( $(#[doc = $doc])+ pub $key: $ty, )+
        }

        /// Every parameter, in the order of documents.
        pub const PARAMS: &[ParamSpec] = &[ $( ParamSpec {
            key: stringify!($key),
            label: $label,
            unit: Unit::$unit,
            group: Group::$group,
            min: $min as f64,
            max: $max as f64,
            step: ($a, $p),
            integer: <$ty as Field>::INTEGER,
            off: off_word(&[$($off)?]),
            doc: concat!($($doc),+),
            origin: $origin,
        } ),+ ];

        impl Params {
            /// The values of a named preset.
            pub const fn preset(preset: Preset) -> Self {
                match preset {
                    Preset::Default => Self { $( $key: $default ),+ },
                    Preset::Source => Self { $( $key: $source ),+ },
                    Preset::Job143 => Self { $( $key: $job143 ),+ },
                    Preset::Relaxed => Self { $( $key: $relaxed ),+ },
                }
            }

            /// Reads one parameter by key.
            pub fn get(&self, key: &str) -> Option<ParamValue> {
                match key {
                    $( stringify!($key) => Some(Field::value(self.$key)), )+
                    _ => None,
                }
            }

            /// Writes one parameter by key, after the table has accepted the value.
            pub fn set(&mut self, key: &str, value: ParamValue) -> Result<(), ParamError> {
                let spec = spec(key).ok_or_else(|| ParamError::UnknownKey(key.to_owned()))?;
                let refuse = || spec.refuse(&spec.show(value));
                if !spec.accepts(value) {
                    return Err(refuse());
                }
                match key {
                    $( stringify!($key) => self.$key = Field::from_value(value).ok_or_else(refuse)?, )+
                    _ => return Err(ParamError::UnknownKey(key.to_owned())),
                }
                Ok(())
            }
        }
    };
}

params! {
    /// How far past the level price must trade for a sweep, as a share of the level. Deeper sweeps are rarer.
    pierce_depth: f64, "Pierce depth", Sweep, Percent, 0..=0.01 step 5/5,
        default 0.001, source 0.002, job143 0.00415, relaxed 0.002,
        from "own choice: sample size on ten real files, not profit";
    /// How many times the mean volume of the rows before the sweep row must reach. Skipped on files without volume.
    volume_spike_threshold: f64, "Volume spike", Sweep, Times, 1..=6 step 1/2,
        default 1.5, source 2.0, job143 3.38, relaxed 2.0,
        from "own choice: sample size on ten real files, not profit";
    /// Candles in a row that must close in the direction of the trade, from the sweep row or the row after it.
    reversal_candles: u32, "Reversal candles", Sweep, Count, 1..=6 step 1/0,
        default 2, source 2, job143 5, relaxed 2,
        from "the source's middle value";
    /// Pivots that must lie within the tolerance of each other before they count as a key level.
    min_level_touches: u32, "Touches", Level, Count, 1..=8 step 1/0,
        default 2, source 2, job143 4, relaxed 2,
        from "the smallest number that is more than a single pivot";
    /// Distance of the stop from the entry fill, in ATR at the signal. A closer stop makes a larger position.
    atr_multiplier_sl: f64, "Stop distance", Exit, Atr, 0.25..=6 step 1/2,
        default 2.0, source 2.0, job143 1.59, relaxed 2.0,
        from "the source's middle value";
    /// Distance of the target from the entry fill, in stop distances.
    risk_reward_ratio: f64, "Reward to risk", Exit, R, 0.5..=8 step 1/2,
        default 2.5, source 2.5, job143 3.60, relaxed 2.5,
        from "the source's middle value";
    /// Rows after the entry at whose close a trade that reached neither stop nor target ends.
    max_holding_periods: u32, "Time stop", Exit, Rows, 1..=500 step 1/0,
        default 60, source 20, job143 20, relaxed 20,
        from "own choice: most trades should end by stop or target, so that the driftless null applies";
    /// How many rows back a pivot may lie and still belong to a level.
    key_level_lookback: u32, "Lookback", Level, Rows, 10..=1000 step 1/0,
        default 200, source 100, job143 100, relaxed 100,
        from "own choice: sample size on ten real files, not profit";
    /// Rows on each side that must be higher (lower) than a pivot low (high). It is known that many rows later.
    pivot_bars: u32, "Pivot width", Level, Rows, 1..=20 step 1/0,
        default 2, source 3, job143 3, relaxed 3,
        from "Williams fractal: two bars on each side";
    /// How far pivots may lie from each other and still touch the same level, as a share of price.
    level_tolerance: f64, "Tolerance", Level, Percent, 0..=0.01 step 5/5,
        default 0.001, source 0.001, job143 0.001, relaxed 0.001,
        from "own choice: about the spread and tick noise of liquid crypto pairs";
    /// No entry when ATR is below this share of price: the move could not pay its costs.
    min_atr_frac: f64, "Minimum ATR", Filter, Percent, 0..=0.02 step 1/4,
        default 0.002, source 0.002, job143 0.0, relaxed 0.002,
        from "the source's recommended filter";
    /// Share of equity lost when the stop is hit at its price, before costs. The leverage cap can make it smaller.
    risk_per_trade: f64, "Risk per trade", CostsAndSize, Percent, 0.0005..=0.1 step 5/4,
        default 0.005, source 0.02, job143 0.02, relaxed 0.02,
        from "own choice: a quarter of the source's 2 %, so that costs do not dominate";
    /// Largest position as a multiple of equity; a binding cap is counted and lowers the risk of the trade.
    max_leverage: Option<f64>, "Maximum leverage", CostsAndSize, Times, 0.1..=20 step 1/1 off "none",
        default Some(1.0), source None, job143 None, relaxed None,
        from "a spot account: no borrowing";
    /// Rows of the average true range (Wilder).
    atr_period: u32, "ATR period", Filter, Rows, 2..=200 step 1/0,
        default 14, source 14, job143 14, relaxed 14,
        from "Wilder 1978";
    /// Rows before the sweep row whose mean volume is the yardstick of the volume spike.
    volume_ma_period: u32, "Volume mean", Sweep, Rows, 2..=200 step 1/0,
        default 20, source 20, job143 20, relaxed 20,
        from "the source";
    /// A level is gone once price has closed beyond it: its resting orders have been filled.
    levels_die: bool, "Levels die", Level, Choice, 0..=1 step 1/0,
        default true, source false, job143 false, relaxed true,
        from "own choice: resting orders are gone after a close beyond the level";
    /// Which directions may be traded.
    sides: Sides, "Sides", Filter, Choice, 0..=2 step 1/0,
        default Sides::Both, source Sides::Both, job143 Sides::Both, relaxed Sides::Both,
        from "the source trades both";
    /// Fee on each side, as a share of that side's notional.
    fee: f64, "Fee per side", CostsAndSize, Percent, 0..=0.01 step 5/5,
        default 0.001, source 0.001, job143 0.001, relaxed 0.001,
        from "the source: 0.1 % per side";
    /// Slippage against you on each side, as a share of price.
    slippage: f64, "Slippage per side", CostsAndSize, Percent, 0..=0.01 step 5/5,
        default 0.0005, source 0.0005, job143 0.0005, relaxed 0.0005,
        from "the source: 0.05 % per side";
    /// Signals whose stop would be closer to the entry than this share of price are refused: costs would eat them.
    min_stop_frac: f64, "Minimum stop", Filter, Percent, 0..=0.05 step 5/4,
        default 0.003, source 0.0, job143 0.0, relaxed 0.003,
        from "the round-trip cost of 0.3 %";
    /// Rows after the signal within which the next tradable row must come, or the order expires.
    max_entry_delay: u32, "Entry delay", Filter, Rows, 1..=50 step 1/0,
        default 3, source 3, job143 3, relaxed 3,
        from "own choice: a signal older than a few rows is another market";
    /// Money at the start. Results in percent and in R do not depend on it.
    starting_equity: f64, "Starting equity", CostsAndSize, Money, 100..=10_000_000 step 100/0,
        default 10_000.0, source 10_000.0, job143 10_000.0, relaxed 10_000.0,
        from "a round number";
    /// No new entry on a UTC day on which equity has fallen by this share.
    daily_loss_limit: Option<f64>, "Daily loss limit", Portfolio, Percent, 0.005..=0.5 step 5/3 off "off",
        default None, source None, job143 None, relaxed None,
        from "off: the source names no value";
    /// No new entry once equity is this far below its highest value at any exit.
    drawdown_stop: Option<f64>, "Drawdown stop", Portfolio, Percent, 0.01..=0.9 step 1/2 off "off",
        default None, source None, job143 None, relaxed None,
        from "off: the source names no value";
}

/// Named sets of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    /// Chosen for sample size, not for profit.
    Default,
    /// The source document's own values.
    Source,
    /// The source's best search result.
    Job143,
    /// The source's relaxed search space, in the middle.
    Relaxed,
}

impl Preset {
    /// Every preset, in display order.
    pub const ALL: [Self; 4] = [Self::Default, Self::Source, Self::Job143, Self::Relaxed];

    /// Name in options.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Source => "source",
            Self::Job143 => "job143",
            Self::Relaxed => "relaxed",
        }
    }

    /// Name on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::Source => "Source",
            Self::Job143 => "Job 143",
            Self::Relaxed => "Relaxed",
        }
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::preset(Preset::Default)
    }
}

impl Params {
    /// Refuses parameters with which no level can ever form.
    pub fn check(&self) -> Result<(), ParamError> {
        let need = self.pivot_bars + 1 + (self.min_level_touches - 1) * (self.pivot_bars + 1);
        if self.key_level_lookback < need {
            return Err(ParamError::NoLevelCanForm { lookback: self.key_level_lookback, need });
        }
        Ok(())
    }

    /// Sets one parameter from text, as typed in an option or a link.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), ParamError> {
        let spec = spec(key).ok_or_else(|| ParamError::UnknownKey(key.to_owned()))?;
        self.set(key, spec.parse(text)?)
    }

    /// The preset that these values are, if any.
    pub fn matching_preset(&self) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| Self::preset(*preset) == *self)
    }

    /// The parameters as the JSON object of documents.
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        for spec in PARAMS {
            let value = match self.get(spec.key) {
                Some(ParamValue::Number(number)) if spec.integer => (number as u64).into(),
                Some(ParamValue::Number(number)) => number.into(),
                Some(ParamValue::Flag(flag)) => flag.into(),
                Some(ParamValue::Sides(sides)) => sides.name().into(),
                Some(ParamValue::Off) | None => spec.off.unwrap_or("off").into(),
            };
            object.insert(spec.key.to_owned(), value);
        }
        serde_json::Value::Object(object)
    }
}

/// Looks a parameter up by key.
pub fn spec(key: &str) -> Option<&'static ParamSpec> {
    PARAMS.iter().find(|spec| spec.key == key)
}

impl ParamSpec {
    /// What a value of this parameter may be.
    pub fn kind(&self) -> ParamValue {
        match Params::default().get(self.key) {
            Some(value @ (ParamValue::Flag(_) | ParamValue::Sides(_))) => value,
            _ => ParamValue::Number(self.min),
        }
    }

    fn accepts(&self, value: ParamValue) -> bool {
        match value {
            ParamValue::Number(number) => {
                number.is_finite()
                    && (self.min..=self.max).contains(&number)
                    && (!self.integer || number.fract() == 0.0)
            }
            ParamValue::Off => self.off.is_some(),
            ParamValue::Flag(_) | ParamValue::Sides(_) => true,
        }
    }

    fn refuse(&self, text: &str) -> ParamError {
        let accepted = match self.kind() {
            ParamValue::Flag(_) => "true or false".to_owned(),
            ParamValue::Sides(_) => "both, long or short".to_owned(),
            _ => {
                let whole = if self.integer { "a whole number" } else { "a number" };
                let off = self.off.map(|word| format!(", or \"{word}\"")).unwrap_or_default();
                format!("{whole} from {} to {}{off}", self.min, self.max)
            }
        };
        ParamError::NotAValue { key: self.key, text: text.to_owned(), accepted }
    }

    /// Reads a value in stored units; the table's words for "off", sides, true and false are accepted.
    pub fn parse(&self, text: &str) -> Result<ParamValue, ParamError> {
        let text = text.trim();
        let value = match self.kind() {
            ParamValue::Flag(_) => match text {
                "true" | "1" | "on" | "yes" => Some(ParamValue::Flag(true)),
                "false" | "0" | "off" | "no" => Some(ParamValue::Flag(false)),
                _ => None,
            },
            ParamValue::Sides(_) => {
                Sides::ALL.into_iter().find(|sides| sides.name() == text).map(ParamValue::Sides)
            }
            _ if self.off.is_some() && matches!(text, "none" | "off") => Some(ParamValue::Off),
            _ => text.parse().ok().map(ParamValue::Number),
        };
        value.filter(|value| self.accepts(*value)).ok_or_else(|| self.refuse(text))
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

    /// The number shown in the number box: `0.415` for a stored 0.00415 of unit percent.
    pub fn shown(&self, value: f64) -> String {
        let text = format!("{:.*}", self.decimals(), value * self.unit.scale());
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
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
            ParamValue::Sides(sides) => sides.name().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn keys_are_unique_and_every_row_is_documented() {
        let keys: BTreeSet<_> = PARAMS.iter().map(|spec| spec.key).collect();
        assert_eq!(keys.len(), PARAMS.len());
        for spec in PARAMS {
            assert!(spec.doc.trim().len() > 20 && !spec.origin.is_empty(), "{}", spec.key);
            assert!(spec.min < spec.max, "{}", spec.key);
        }
    }

    #[test]
    fn presets_pass_their_own_table_and_sit_on_the_grid() {
        for preset in Preset::ALL {
            let params = Params::preset(preset);
            assert_eq!(params.check(), Ok(()));
            assert_eq!(params.matching_preset(), Some(preset));
            for spec in PARAMS {
                let value = params.get(spec.key).unwrap();
                assert!(spec.accepts(value), "{} of {}", spec.key, preset.key());
                if let ParamValue::Number(number) = value {
                    assert_eq!(spec.at_step(spec.step_of(number)), number, "{}", spec.key);
                }
            }
        }
    }

    #[test]
    fn the_whole_grid_stays_in_range_and_text_round_trips() {
        for spec in PARAMS {
            if !matches!(spec.kind(), ParamValue::Number(_)) {
                continue;
            }
            for k in
                spec.step_of(spec.min)..=spec.step_of(spec.max).min(spec.step_of(spec.min) + 2_000)
            {
                let value = spec.at_step(k);
                assert!(spec.accepts(ParamValue::Number(value)), "{} {value}", spec.key);
                assert_eq!(spec.parse(&value.to_string()), Ok(ParamValue::Number(value)));
                let shown: f64 = spec.shown(value).parse().unwrap();
                assert_eq!(spec.step_of(shown / spec.unit.scale()), k, "{} {value}", spec.key);
            }
        }
    }

    #[test]
    fn refusals_name_the_key_the_text_and_what_is_accepted() {
        let mut params = Params::default();
        let message = params.set_text("pierce_depth", "0.5").unwrap_err().to_string();
        assert_eq!(message, "pierce_depth cannot be \"0.5\": it takes a number from 0 to 0.01");
        assert!(params.set_text("reversal_candles", "2.5").is_err());
        assert!(params.set_text("sides", "up").is_err());
        assert!(params.set_text("max_leverage", "none").is_ok());
        assert_eq!(params.max_leverage, None);
        assert!(params.set_text("fee", "off").is_err());
        assert!(params.set_text("nope", "1").is_err());
    }

    #[test]
    fn parameters_that_can_form_no_level_are_refused() {
        let mut params = Params { key_level_lookback: 11, ..Params::default() };
        params.pivot_bars = 5;
        assert_eq!(params.check(), Err(ParamError::NoLevelCanForm { lookback: 11, need: 12 }));
        params.key_level_lookback = 12;
        assert_eq!(params.check(), Ok(()));
    }

    #[test]
    fn percent_is_shown_and_fractions_are_stored() {
        let spec = spec("pierce_depth").unwrap();
        assert_eq!(spec.show(ParamValue::Number(0.00415)), "0.415 %");
        assert_eq!(spec.at_step(83), 0.00415);
    }
}

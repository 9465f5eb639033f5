//! The chosen strategy with the values of its own and of the engine's parameters.

use super::{Preset, Strategy, StrategyId};
use crate::domain::sort_short;
use crate::engine::EngineParams;
use crate::table::{ParamError, ParamSpec, ParamValue};
use serde::{Deserialize, Serialize};

/// A strategy with its parameters.
///
/// ```
/// use cleansweep::strategy::{Params, StrategyId};
///
/// let mut params = Params::new(StrategyId::from_name("ma_cross").expect("it is in the list"));
/// params.set_text("ma_fast", "30")?;
/// assert_eq!(params.to_json()["ma_fast"], 30);
/// // Refused with what would be accepted.
/// let refused = params.set_text("ma_fast", "1").unwrap_err().to_string();
/// assert_eq!(refused, "ma_fast cannot be \"1\": it takes a whole number from 2 to 500");
/// # Ok::<(), cleansweep::table::ParamError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    strategy: StrategyId,
    /// What the engine is told.
    pub engine: EngineParams,
    /// In the order of the strategy's table.
    own: Vec<ParamValue>,
}

impl Default for Params {
    fn default() -> Self {
        Self::new(StrategyId::default())
    }
}

impl Params {
    /// What a strategy starts with.
    ///
    /// # Panics
    ///
    /// Never: a test holds every strategy's starting values against the tables.
    pub fn new(strategy: StrategyId) -> Self {
        let table = strategy.get();
        let mut params =
            Self { strategy, engine: EngineParams::default(), own: (table.defaults)() };
        for (key, value, _) in table.starts {
            params.put(key, *value);
        }
        params
    }

    /// A strategy with typed values of its own, in the order of its table.
    pub fn from_parts(strategy: StrategyId, engine: EngineParams, own: Vec<ParamValue>) -> Self {
        debug_assert_eq!(own.len(), strategy.get().params.len());
        Self { strategy, engine, own }
    }

    /// What a strategy starts with, changed by a preset.
    pub fn preset(strategy: StrategyId, preset: &Preset) -> Self {
        let mut params = Self::new(strategy);
        params.apply(preset.values);
        params
    }

    fn apply(&mut self, values: &[(&str, ParamValue)]) {
        for (key, value) in values {
            self.put(key, *value);
        }
    }

    fn put(&mut self, key: &str, value: ParamValue) {
        self.set(key, value).expect("Invariant: declared values pass their own table");
    }

    /// Which strategy.
    pub const fn id(&self) -> StrategyId {
        self.strategy
    }

    /// The table of the strategy.
    pub fn strategy(&self) -> &'static Strategy {
        self.strategy.get()
    }

    /// Values of the strategy's own parameters, in the order of its table.
    pub fn own(&self) -> &[ParamValue] {
        &self.own
    }

    /// Another strategy. What the user changed of the engine's parameters stays; the rest is what the new one starts with. What
    /// a preset changed is no change of the user's, and a parameter that either strategy starts in its own way is not carried
    /// over.
    ///
    /// # Panics
    ///
    /// Never: a stored value has passed its table.
    #[must_use]
    pub fn with_strategy(&self, strategy: StrategyId) -> Self {
        let mut params = Self::new(strategy);
        let preset = self.matching_preset();
        let old = preset
            .map_or_else(|| Self::new(self.strategy), |preset| Self::preset(self.strategy, preset));
        for spec in EngineParams::SPECS.iter().filter(|spec| !self.starts_apart(strategy, spec)) {
            if let Some(value) = self.engine.get(spec.key)
                && Some(value) != old.engine.get(spec.key)
            {
                params
                    .engine
                    .set(spec.key, value)
                    .expect("Invariant: a stored value passes its table");
            }
        }
        params
    }

    /// One of the two strategies starts this parameter in its own way.
    fn starts_apart(&self, other: StrategyId, spec: &ParamSpec) -> bool {
        let mut starts = self.strategy().starts.iter().chain(other.get().starts);
        starts.any(|(key, ..)| *key == spec.key)
    }

    /// Thresholds that suit a file with this median ATR / close: the strategy's own and the engine's, with what each becomes.
    /// Own choice: a share of a typical range that a candle often enough reaches, METHOD's defaults on files of liquid pairs.
    pub fn fitted(&self, typical: f64) -> Vec<(&'static ParamSpec, f64)> {
        let fits = self.strategy().fits.iter().chain(EngineParams::FITS);
        let fitted = fits.filter_map(|(key, share)| {
            let spec = self.spec(key)?;
            Some((spec, spec.near(share * typical)))
        });
        fitted.collect()
    }

    /// A threshold lies far above what suits a file with this median ATR / close.
    pub fn is_unfit(&self, typical: f64) -> bool {
        self.fitted(typical).iter().any(|(spec, fit)| {
            matches!(self.get(spec.key), Some(ParamValue::Number(now)) if now > 1.5 * fit)
        })
    }

    /// Goes back to a strategy that was left with `earlier`: as [`Self::with_strategy`], with everything that is not carried
    /// over as it was left.
    #[must_use]
    pub fn back_to(&self, earlier: &Self) -> Self {
        let mut params = self.with_strategy(earlier.strategy);
        params.own.clone_from(&earlier.own);
        for spec in EngineParams::SPECS {
            if self.starts_apart(earlier.strategy, spec)
                && let Some(value) = earlier.engine.get(spec.key)
            {
                params.put(spec.key, value);
            }
        }
        params
    }

    /// The parameters that this strategy reads, in the order of documents.
    pub fn specs(&self) -> Vec<&'static ParamSpec> {
        let table = self.strategy();
        let mut all: Vec<_> = EngineParams::SPECS.iter().chain(table.params).collect();
        if let Some(order) = table.order {
            let place = |spec: &&ParamSpec| order.iter().position(|key| *key == spec.key);
            sort_short(&mut all, |a, b| place(a) < place(b));
        }
        all
    }

    /// Looks a parameter of this strategy up by key.
    pub fn spec(&self, key: &str) -> Option<&'static ParamSpec> {
        let mut own = self.strategy().params.iter().chain(EngineParams::SPECS);
        own.find(|spec| spec.key == key)
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.strategy().params.iter().position(|spec| spec.key == key)
    }

    /// Reads one parameter by key.
    pub fn get(&self, key: &str) -> Option<ParamValue> {
        match self.place(key) {
            Some(at) => self.own.get(at).copied(),
            None => self.engine.get(key),
        }
    }

    /// Writes one parameter by key, after the table has accepted the value.
    pub fn set(&mut self, key: &str, value: ParamValue) -> Result<(), ParamError> {
        match self.place(key) {
            Some(at) => {
                self.strategy().params[at].check(value)?;
                self.own[at] = value;
                Ok(())
            }
            None => self.engine.set(key, value),
        }
    }

    /// Sets one parameter from text, as typed in an option or a link.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), ParamError> {
        let spec = self.spec(key).ok_or_else(|| ParamError::UnknownKey(key.to_owned()))?;
        self.set(key, spec.parse(text)?)
    }

    /// Refuses parameters that contradict each other.
    pub fn check(&self) -> Result<(), ParamError> {
        (self.strategy().check)(self)
    }

    /// The preset that these values are, if any.
    pub fn matching_preset(&self) -> Option<&'static Preset> {
        let mut presets = self.strategy().presets.iter();
        presets.find(|preset| Self::preset(self.strategy, preset) == *self)
    }

    /// The parameters as the JSON object of documents.
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        for spec in self.specs() {
            if let Some(value) = self.get(spec.key) {
                object.insert(spec.key.to_owned(), spec.json(value));
            }
        }
        serde_json::Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::STRATEGIES;
    use crate::strategy::sweep::SweepParams;
    use std::collections::BTreeSet;

    fn all_specs() -> impl Iterator<Item = &'static ParamSpec> {
        EngineParams::SPECS.iter().chain(STRATEGIES.iter().flat_map(|strategy| strategy.params))
    }

    #[test]
    fn keys_are_unique_and_every_row_is_documented() {
        let keys: BTreeSet<_> = all_specs().map(|spec| spec.key).collect();
        assert_eq!(keys.len(), all_specs().count());
        for spec in all_specs() {
            assert!(spec.doc.trim().len() > 20 && !spec.origin.is_empty(), "{}", spec.key);
            assert!(spec.min < spec.max, "{}", spec.key);
        }
        for id in StrategyId::all() {
            let params = Params::new(id);
            assert_eq!(params.specs().len(), EngineParams::SPECS.len() + params.own().len());
            assert_eq!(StrategyId::from_name(id.get().name), Some(id));
            let groups = params.strategy().groups;
            assert!(params.strategy().params.iter().all(|spec| groups.contains(&spec.group)));
        }
    }

    #[test]
    fn presets_pass_their_own_table_and_sit_on_the_grid() {
        for id in StrategyId::all() {
            for preset in id.get().presets {
                let params = Params::preset(id, preset);
                assert_eq!(params.check(), Ok(()));
                assert_eq!(params.matching_preset().map(|found| found.key), Some(preset.key));
                for spec in params.specs() {
                    let value = params.get(spec.key).unwrap();
                    assert!(spec.accepts(value), "{} of {}", spec.key, preset.key);
                    if let ParamValue::Number(number) = value {
                        assert_eq!(spec.at_step(spec.step_of(number)), number, "{}", spec.key);
                    }
                    assert_eq!(spec.parse(&spec.text(value)), Ok(value), "{}", spec.key);
                }
            }
            assert!(id.get().presets[0].values.is_empty(), "the first is what it starts with");
        }
    }

    /// Every position of every slider is a value of its own that comes back to it, from end to end.
    #[test]
    fn sliders_reach_both_ends_and_every_position_comes_back() {
        for spec in all_specs().filter(|spec| spec.is_number()) {
            let (low, high) = spec.positions();
            assert_eq!((spec.at_position(low), spec.at_position(high)), (spec.min, spec.max));
            for k in low..=high.min(low + 2_000) {
                let value = spec.at_position(k);
                assert_eq!(spec.position_of(value), k, "{} {value}", spec.key);
                assert_eq!(spec.read(&spec.shown(value)), Ok(ParamValue::Number(value)));
                assert_eq!(
                    spec.read(&spec.show(ParamValue::Number(value))),
                    spec.read(&spec.shown(value))
                );
            }
        }
        let equity = all_specs().find(|spec| spec.key == "starting_equity").unwrap();
        assert_eq!(equity.positions(), (0, 90), "five decades in 18 positions each");
        assert_eq!(equity.at_position(equity.position_of(10_000.0)), 10_000.0);
    }

    #[test]
    fn thresholds_fit_a_file_at_any_scale() {
        // Median ATR / close of a quiet pair of currencies, a liquid coin, and a wild one.
        for (typical, expected) in [
            (0.000_11, [0.000_033, 0.000_033, 0.000_055, 0.000_11]),
            (0.003_4, [0.001, 0.001, 0.001_7, 0.003_5]),
            (0.9, [0.01, 0.01, 0.02, 0.05]),
        ] {
            let mut params = Params::default();
            let fits = params.fitted(typical);
            for (spec, value) in &fits {
                params.set(spec.key, ParamValue::Number(*value)).unwrap();
            }
            let keys = fits.iter().map(|(spec, _)| spec.key).collect::<Vec<_>>();
            assert_eq!(keys, ["pierce_depth", "level_tolerance", "min_atr_frac", "min_stop_frac"]);
            assert_eq!(fits.iter().map(|(_, value)| *value).collect::<Vec<_>>(), expected);
            assert!(!params.is_unfit(typical));
        }
        assert!(Params::default().is_unfit(0.000_11) && !Params::default().is_unfit(0.9));
        assert!(Params::new(StrategyId::from_name("ma_cross").unwrap()).fitted(0.01).len() == 2);
    }

    /// What is typed is taken as it is typed, or refused; never rounded.
    #[test]
    fn typed_numbers_are_read_as_they_are_shown() {
        let spec = |key: &str| all_specs().find(|spec| spec.key == key).unwrap();
        let read = |key: &str, text: &str| match spec(key).read(text) {
            Ok(ParamValue::Number(number)) => Some(number),
            _ => None,
        };
        for (key, text, value) in [
            ("pierce_depth", "0.1 %", Some(0.001)),
            ("pierce_depth", "0,1", Some(0.001)),
            ("pierce_depth", " 0.0333% ", Some(0.000_333)),
            ("pierce_depth", "1e-3", Some(0.000_01)),
            ("pierce_depth", "0,100", Some(0.001)),
            ("pierce_depth", "2", None),
            ("starting_equity", "1e3", Some(1_000.0)),
            ("starting_equity", "100,000", Some(100_000.0)),
            ("starting_equity", "1,234,567.5", Some(1_234_567.5)),
            ("starting_equity", "10.000.000", None),
            ("key_level_lookback", "1,000 rows", Some(1_000.0)),
            ("key_level_lookback", "200.5", None),
            ("volume_spike_threshold", "1.375×", Some(1.375)),
            ("volume_spike_threshold", "2x", Some(2.0)),
            ("max_holding_periods", "", None),
            ("max_holding_periods", "NaN", None),
            ("max_holding_periods", "inf", None),
        ] {
            assert_eq!(read(key, text), value, "{key} {text}");
        }
        assert_eq!(spec("max_holding_periods").read("None"), Ok(ParamValue::Off));
        assert_eq!(spec("pierce_depth").shown(0.000_333), "0.0333");
    }

    #[test]
    fn the_whole_grid_stays_in_range_and_text_round_trips() {
        for spec in all_specs().filter(|spec| spec.is_number()) {
            let (low, high) = (spec.step_of(spec.min), spec.step_of(spec.max));
            for k in low..=high.min(low + 2_000) {
                let value = spec.at_step(k);
                assert!(spec.accepts(ParamValue::Number(value)), "{} {value}", spec.key);
                assert_eq!(spec.parse(&value.to_string()), Ok(ParamValue::Number(value)));
                let shown: f64 = spec.shown(value).parse().unwrap();
                assert_eq!(spec.step_of(shown / spec.unit.scale()), k, "{} {value}", spec.key);
            }
            assert!(spec.off.is_none() || spec.accepts(ParamValue::Number(spec.rest)));
        }
    }

    #[test]
    fn refusals_name_the_key_the_text_and_what_is_accepted() {
        let mut params = Params::default();
        let message = params.set_text("pierce_depth", "0.5").unwrap_err().to_string();
        assert_eq!(message, "pierce_depth cannot be \"0.5\": it takes a number from 0 to 0.01");
        let message = params.set_text("sides", "up").unwrap_err().to_string();
        assert_eq!(message, "sides cannot be \"up\": it takes both, long or short");
        assert!(params.set_text("reversal_candles", "2.5").is_err());
        assert!(params.set_text("max_leverage", "none").is_ok());
        assert_eq!(params.engine.max_leverage, None);
        assert!(params.set_text("fee", "off").is_err());
        assert!(params.set_text("nope", "1").is_err());
        // The key of another strategy.
        assert!(params.set_text("ma_fast", "5").is_err());
    }

    #[test]
    fn typed_fields_and_values_are_the_same_thing() {
        let mut params = Params::default();
        params.set_text("levels_die", "off").unwrap();
        params.set_text("pivot_bars", "7").unwrap();
        let typed = SweepParams::from_values(params.own());
        assert_eq!((typed.levels_die, typed.pivot_bars), (false, 7));
        assert_eq!(typed.values(), params.own());
    }

    #[test]
    fn another_strategy_keeps_what_the_user_changed_of_the_engine() {
        let mut params = Params::default();
        params.set_text("fee", "0.0002").unwrap();
        let other = params.with_strategy(StrategyId::from_name("ma_cross").unwrap());
        assert_eq!(other.engine.fee, 0.0002);
        // Not changed by the user: what the other one starts with.
        assert_eq!(other.engine.risk_reward_ratio, None);
        assert_eq!(other.with_strategy(params.id()), params);
        // What a preset changed stays with its strategy.
        let job = Params::preset(params.id(), params.strategy().preset("job143").unwrap());
        assert_eq!(job.with_strategy(other.id()), Params::new(other.id()));
    }

    #[test]
    fn going_back_finds_what_was_left() {
        let mut sweep = Params::default();
        sweep.set_text("risk_reward_ratio", "none").unwrap();
        sweep.set_text("min_level_touches", "3").unwrap();
        let mut crossing = sweep.with_strategy(StrategyId::from_name("ma_cross").unwrap());
        crossing.set_text("max_holding_periods", "60").unwrap();
        crossing.set_text("fee", "0.0004").unwrap();
        let back = crossing.back_to(&sweep);
        assert_eq!(back.get("risk_reward_ratio"), Some(ParamValue::Off));
        assert_eq!(back.get("min_level_touches"), Some(ParamValue::Number(3.0)));
        assert_eq!(back.engine.fee, 0.0004, "costs are shared");
        assert_eq!(back.back_to(&crossing).engine.max_holding_periods, Some(60));
    }

    #[test]
    fn percent_is_shown_and_fractions_are_stored() {
        let params = Params::default();
        let spec = params.spec("pierce_depth").unwrap();
        assert_eq!(spec.show(ParamValue::Number(0.00415)), "0.415 %");
        assert_eq!(spec.at_step(83), 0.00415);
    }
}

//! Which values a search tries. METHOD-TRAINING §2.

use crate::strategy::{Params, StrategyId};
use crate::table::{Kind, ParamSpec, ParamValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fmt;

/// Most parameters that are searched at once: those that the low-discrepancy sequence has directions for.
pub const MOST_AXES: usize = super::sobol::DIMENSIONS;

/// How a range is walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// Every value is as likely as any other.
    #[default]
    Linear,
    /// Every ratio is as likely as any other: small values get as much room as large ones.
    Log,
}

impl Scale {
    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
        }
    }
}

/// The values of one parameter, as they are declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Span {
    /// Values of the parameter's own steps.
    Range {
        /// Lowest, stored units.
        min: f64,
        /// Highest, stored units, inclusive.
        max: f64,
        /// Between two of them, in steps of the table; at least 1.
        every: u32,
        /// How they are drawn.
        scale: Scale,
    },
    /// These and no others.
    List(Vec<ParamValue>),
}

/// What a search varies; all else stays as the base of the search has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Space(pub Vec<(String, Span)>);

/// Why a space cannot be searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceError(pub String);

impl fmt::Display for SpaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SpaceError {}

/// One searched parameter with its values, ascending; a switched-off value comes last.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its row of the table.
    pub spec: &'static ParamSpec,
    /// At least one.
    pub values: Vec<ParamValue>,
    /// How they are drawn.
    pub scale: Scale,
    /// Lowest, highest, and the distance of two, where it is a range.
    pub range: Option<(f64, f64, f64)>,
}

fn number(value: ParamValue) -> f64 {
    match value {
        ParamValue::Number(number) => number,
        ParamValue::Flag(flag) => f64::from(u8::from(flag)),
        ParamValue::Choice(at) => f64::from(at),
        ParamValue::Off => f64::INFINITY,
    }
}

impl Axis {
    /// The place of the value that a number u of 0..1 picks: ⌊u·K⌋, or on a logarithmic scale the value nearest to
    /// min·(max/min)^u, of two the lower.
    pub fn pick(&self, u: f64) -> u32 {
        let count = self.values.len();
        if self.scale == Scale::Linear {
            return (u * count as f64) as u32;
        }
        let (low, high) = (number(self.values[0]), number(self.values[count - 1]));
        let wanted = low * libm::pow(high / low, u);
        let above = self.values.partition_point(|value| number(*value) < wanted);
        if above == 0 {
            return 0;
        }
        let below = above - 1;
        let is_nearer = above < count
            && number(self.values[above]) - wanted < wanted - number(self.values[below]);
        (if is_nearer { above } else { below }) as u32
    }
}

impl Space {
    /// The strategy's own space, from METHOD §6 or its own choice.
    pub fn relaxed(strategy: StrategyId) -> Self {
        let of = |&(key, min, max): &(&str, f64, f64)| {
            (key.to_owned(), Span::Range { min, max, every: 1, scale: Scale::Linear })
        };
        Self(strategy.get().space.iter().map(of).collect())
    }

    /// The full ranges of the same parameters.
    pub fn wide(strategy: StrategyId) -> Self {
        let params = Params::new(strategy);
        let of = |(key, ..): &(&str, f64, f64)| {
            let spec = params.spec(key)?;
            let span = Span::Range { min: spec.min, max: spec.max, every: 1, scale: Scale::Linear };
            Some(((*key).to_owned(), span))
        };
        Self(strategy.get().space.iter().filter_map(of).collect())
    }

    /// The searched parameters in the order of the table, with their values.
    pub fn axes(&self, base: &Params) -> Result<Vec<Axis>, SpaceError> {
        for (at, (key, _)) in self.0.iter().enumerate() {
            if base.spec(key).is_none() || key == "starting_equity" {
                return Err(SpaceError(format!(
                    "\"{key}\" is no parameter of {} that can be searched",
                    base.strategy().name
                )));
            }
            if self.0[..at].iter().any(|(other, _)| other == key) {
                return Err(SpaceError(format!("\"{key}\" is listed twice in the space")));
            }
        }
        if self.0.is_empty() {
            return Err(SpaceError("the space varies no parameter".to_owned()));
        }
        if self.0.len() > MOST_AXES {
            return Err(SpaceError(format!(
                "the space varies {} parameters, and the most is {MOST_AXES}",
                self.0.len()
            )));
        }
        let mut axes = Vec::with_capacity(self.0.len());
        for spec in base.specs() {
            if let Some((_, span)) = self.0.iter().find(|(key, _)| key == spec.key) {
                axes.push(axis(spec, span)?);
            }
        }
        Ok(axes)
    }

    /// Reads a space as documents and files hold it: by key, `values`, or `min` and `max` with `step` and `scale`. A whole
    /// document with a section `search` is accepted, too.
    pub fn from_json(value: &Value, base: &Params) -> Result<Self, SpaceError> {
        let inner = value.get("search").unwrap_or(value);
        let inner = inner.get("space").unwrap_or(inner);
        let object = inner.as_object().ok_or_else(|| {
            SpaceError("it holds no object of parameters with their values".to_owned())
        })?;
        let mut spans = Vec::with_capacity(object.len());
        for (key, value) in object {
            let spec = base
                .spec(key)
                .ok_or_else(|| SpaceError(format!("no parameter is called \"{key}\"")))?;
            spans.push((key.clone(), span_from_json(spec, value)?));
        }
        let space = Self(spans);
        space.axes(base)?;
        Ok(space)
    }
}

/// A space as documents hold it.
pub fn to_json(axes: &[Axis]) -> Value {
    let pairs = axes.iter().map(|axis| {
        let value = match axis.range {
            Some((min, max, step)) => json!({
                "min": axis.spec.json(ParamValue::Number(min)),
                "max": axis.spec.json(ParamValue::Number(max)),
                "step": axis.spec.json(ParamValue::Number(step)),
                "scale": axis.scale.name(),
            }),
            None => {
                let values: Vec<Value> = axis.values.iter().map(|v| axis.spec.json(*v)).collect();
                json!({ "values": values })
            }
        };
        (axis.spec.key.to_owned(), value)
    });
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn axis(spec: &'static ParamSpec, span: &Span) -> Result<Axis, SpaceError> {
    match span {
        Span::List(listed) => {
            let mut values: Vec<ParamValue> = Vec::with_capacity(listed.len());
            for value in listed {
                spec.check(*value).map_err(|error| SpaceError(error.to_string()))?;
                // A short list: it is typed.
                let at = values.partition_point(|other| number(*other) < number(*value));
                if values.get(at) != Some(value) {
                    values.insert(at, *value);
                }
            }
            if values.is_empty() {
                return Err(SpaceError(format!("the list of {} is empty", spec.key)));
            }
            Ok(Axis { spec, values, scale: Scale::Linear, range: None })
        }
        Span::Range { min, max, every, scale } => {
            if spec.kind != Kind::Number {
                return Err(SpaceError(format!(
                    "{} has no range: name its values, which are {}",
                    spec.key,
                    spec.takes()
                )));
            }
            for end in [min, max] {
                let value = ParamValue::Number(*end);
                spec.check(value).map_err(|error| SpaceError(error.to_string()))?;
                if spec.at_step(spec.step_of(*end)) != *end {
                    return Err(SpaceError(format!(
                        "{end} is no step of {}: its steps are {} apart",
                        spec.key,
                        spec.at_step(1)
                    )));
                }
            }
            if min > max {
                return Err(SpaceError(format!("{} cannot go from {min} to {max}", spec.key)));
            }
            if *scale == Scale::Log && *min <= 0.0 {
                return Err(SpaceError(format!(
                    "{} cannot be drawn on a logarithmic scale from {min}: start above 0",
                    spec.key
                )));
            }
            let every = i64::from((*every).max(1));
            let (low, high) = (spec.step_of(*min), spec.step_of(*max));
            let count = (high - low) / every;
            let values =
                (0..=count).map(|k| ParamValue::Number(spec.at_step(low + k * every))).collect();
            let last = spec.at_step(low + count * every);
            let range = Some((*min, last, spec.at_step(every)));
            Ok(Axis { spec, values, scale: *scale, range })
        }
    }
}

fn span_from_json(spec: &ParamSpec, value: &Value) -> Result<Span, SpaceError> {
    let refuse = |what: String| SpaceError(format!("{}: {what}", spec.key));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let parse =
        |value: &Value| spec.parse(&text(value)).map_err(|error| SpaceError(error.to_string()));
    let values = value.as_object().filter(|object| object.contains_key("values"));
    if values.is_some_and(|object| object.len() > 1) {
        return Err(refuse("write values, or min and max, and not both".to_owned()));
    }
    let list = value.as_array().or_else(|| value.get("values").and_then(Value::as_array));
    if let Some(list) = list {
        return Ok(Span::List(list.iter().map(parse).collect::<Result<_, _>>()?));
    }
    let Some(object) = value.as_object() else { return Ok(Span::List(vec![parse(value)?])) };
    if let Some(unknown) =
        object.keys().find(|key| !["min", "max", "step", "scale"].contains(&key.as_str()))
    {
        return Err(refuse(format!(
            "\"{unknown}\" is not known; write values, or min and max with step and scale"
        )));
    }
    let end = |key: &str| match object.get(key).map(parse).transpose()? {
        Some(ParamValue::Number(number)) => Ok(number),
        _ => Err(refuse(format!("{key} must be a number"))),
    };
    let step = match object.get("step") {
        None => spec.at_step(1),
        Some(step) => step.as_f64().ok_or_else(|| refuse("step must be a number".to_owned()))?,
    };
    let every = spec.step_of(step);
    if every < 1 || spec.at_step(every) != step {
        return Err(refuse(format!("step must be a multiple of {}", spec.at_step(1))));
    }
    let scale = match object.get("scale").map(text).as_deref() {
        None | Some("linear") => Scale::Linear,
        Some("log") => Scale::Log,
        Some(other) => {
            return Err(refuse(format!("scale cannot be \"{other}\": write linear or log")));
        }
    };
    let every =
        u32::try_from(every).map_err(|_too_large| refuse("step is too large".to_owned()))?;
    Ok(Span::Range { min: end("min")?, max: end("max")?, every, scale })
}

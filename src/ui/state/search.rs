//! What is searched, as it is typed, and the search that was started.

use super::choices::Choices;
use crate::domain::grouped;
use crate::protocol::{PictureChoice, TableChoice};
use crate::search::reading::Over;
use crate::search::{
    MIN_TRADES, MOST_TRIALS, OBJECTIVE, Plan, Sampler, Scale, Space, Span, combinations,
};
use crate::session::{SEED, Settings};
use crate::strategy::StrategyId;
use crate::table::{ParamSpec, ParamValue};
use leptos::prelude::*;

/// Trials of a search, unless told otherwise.
const TRIALS: u32 = 1_000;
/// Rows of the table that are shown at first.
const ROWS: u32 = 25;

/// What becomes of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It stays as the Backtest page has it.
    Fixed,
    /// A range, every value as likely as any other.
    Range,
    /// A range, every ratio as likely as any other.
    Log,
    /// The values of a list.
    List,
}

impl How {
    /// Every way, in display order.
    pub const ALL: [Self; 4] = [Self::Fixed, Self::Range, Self::Log, Self::List];

    /// Name of the choice.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Range => "range",
            Self::Log => "log range",
            Self::List => "list",
        }
    }
}

/// A parameter of the space, as it is typed.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which.
    pub spec: &'static ParamSpec,
    /// What becomes of it.
    pub how: How,
    /// Lowest value, in the unit of the page.
    pub low: String,
    /// Highest.
    pub high: String,
    /// The values of a list, between semicolons.
    pub list: String,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        let texts = |line: &Self| (line.low.clone(), line.high.clone(), line.list.clone());
        self.spec.key == other.spec.key && self.how == other.how && texts(self) == texts(other)
    }
}

impl Line {
    /// A parameter as a space has it.
    fn of(spec: &'static ParamSpec, span: Option<&Span>) -> Self {
        let shown = |value: f64| spec.shown(value);
        let all = if spec.is_number() {
            spec.show(ParamValue::Number(spec.min))
        } else if spec.is_flag() {
            "on; off".to_owned()
        } else {
            spec.choices.join("; ")
        };
        let ends = (shown(spec.min), shown(spec.max));
        let line = Self { spec, how: How::Fixed, low: ends.0, high: ends.1, list: all };
        match span {
            None => line,
            Some(Span::Range { min, max, scale, .. }) => Self {
                how: if *scale == Scale::Log { How::Log } else { How::Range },
                low: shown(*min),
                high: shown(*max),
                ..line
            },
            Some(Span::List(values)) => Self {
                how: How::List,
                list: values.iter().map(|v| spec.show(*v)).collect::<Vec<_>>().join("; "),
                ..line
            },
        }
    }

    /// What the line says, or what is wrong with it.
    fn span(&self) -> Result<Option<Span>, String> {
        let spec = self.spec;
        let read = |text: &str| {
            let value = if spec.is_number() { spec.read(text) } else { spec.parse(text) };
            value.map_err(|error| error.to_string())
        };
        let number = |text: &str| match read(text)? {
            ParamValue::Number(number) => Ok(number),
            _ => Err(format!("{} needs numbers for a range", spec.label)),
        };
        Ok(match self.how {
            How::Fixed => None,
            How::Range | How::Log => {
                let scale = if self.how == How::Log { Scale::Log } else { Scale::Linear };
                let (min, max) = (number(&self.low)?, number(&self.high)?);
                Some(Span::Range { min, max, every: 1, scale })
            }
            How::List => {
                let texts = self.list.split(';').map(str::trim).filter(|text| !text.is_empty());
                Some(Span::List(texts.map(read).collect::<Result<_, _>>()?))
            }
        })
    }
}

/// Which space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The strategy's own.
    Relaxed,
    /// The full ranges of the same parameters.
    Wide,
    /// As it is typed.
    Custom,
}

/// A search that was started: what is asked stays the same while sliders move on.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// Rows and the values of what is not searched.
    pub settings: Settings,
    /// What is searched.
    pub plan: Plan,
}

/// Two parameters that are moved at once, and the metric that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapChoice {
    /// To the right, by key; empty for the strategy's first.
    pub x: String,
    /// Upwards, by key; empty for its second.
    pub y: String,
    /// Metric that colours.
    pub metric: String,
}

/// Signals of the search.
#[derive(Clone, Copy)]
pub struct SearchChoices {
    /// Every parameter that can be searched.
    pub lines: RwSignal<Vec<Line>>,
    /// The strategy that they are of.
    of: StoredValue<Option<StrategyId>>,
    /// Where trials lie.
    pub sampler: RwSignal<Sampler>,
    /// Trials to be made, as typed.
    pub trials: RwSignal<String>,
    /// The seed, as typed.
    pub seed: RwSignal<String>,
    /// The metric that ranks.
    pub objective: RwSignal<String>,
    /// Trades below which a trial is not ranked, as typed.
    pub min_trades: RwSignal<String>,
    /// The search that was started last.
    pub started: RwSignal<Option<Started>>,
    /// When it was started or went on, ms of the page's clock, and the trials that were done by then.
    pub begun: RwSignal<(f64, u32)>,
    /// It waits at the end of its step.
    pub paused: RwSignal<bool>,
    /// The table of trials.
    pub table: RwSignal<TableChoice>,
    /// The map on the Backtest page.
    pub map: RwSignal<MapChoice>,
    /// The pictures.
    pub picture: RwSignal<PictureChoice>,
}

impl SearchChoices {
    pub(super) fn new() -> Self {
        Self {
            lines: RwSignal::new(Vec::new()),
            of: StoredValue::new(None),
            sampler: RwSignal::new(Sampler::default()),
            trials: RwSignal::new(TRIALS.to_string()),
            seed: RwSignal::new(SEED.to_string()),
            objective: RwSignal::new(OBJECTIVE.to_owned()),
            min_trades: RwSignal::new(MIN_TRADES.to_string()),
            started: RwSignal::new(None),
            begun: RwSignal::new((0.0, 0)),
            paused: RwSignal::new(false),
            table: RwSignal::new(TableChoice {
                sort: "rank".to_owned(),
                descending: false,
                filter: String::new(),
                rows: ROWS,
            }),
            map: RwSignal::new(MapChoice {
                x: String::new(),
                y: String::new(),
                metric: "expectancy_r".to_owned(),
            }),
            picture: RwSignal::new(PictureChoice {
                x: String::new(),
                y: String::new(),
                metric: "expectancy_r".to_owned(),
                over: Over::default(),
            }),
        }
    }

    /// The lines of the strategy that is chosen; another one begins with its own space.
    pub fn follow(&self, choices: Choices) {
        let id = choices.params.with(crate::strategy::Params::id);
        if self.of.get_value() != Some(id) {
            self.of.set_value(Some(id));
            self.take(choices, &Space::relaxed(id));
        }
    }

    /// Puts a space into the lines.
    pub fn take(&self, choices: Choices, space: &Space) {
        let specs = choices.params.with_untracked(crate::strategy::Params::specs);
        let searchable = specs.into_iter().filter(|spec| spec.key != "starting_equity");
        let lines = searchable.map(|spec| {
            let span = space.0.iter().find(|(key, _)| key == spec.key).map(|(_, span)| span);
            Line::of(spec, span)
        });
        self.lines.set(lines.collect());
    }

    /// The space of the lines, or what is wrong with one of them.
    pub fn space(&self) -> Result<Space, String> {
        let spans = self.lines.with(|lines| {
            let spans = lines.iter().map(|line| Ok((line.spec.key.to_owned(), line.span()?)));
            spans.collect::<Result<Vec<_>, String>>()
        })?;
        Ok(Space(spans.into_iter().filter_map(|(key, span)| Some((key, span?))).collect()))
    }

    /// Which space the lines are.
    pub fn named(&self, choices: Choices) -> Named {
        let id = choices.params.with(crate::strategy::Params::id);
        match self.space() {
            Ok(space) if same(&space, &Space::relaxed(id)) => Named::Relaxed,
            Ok(space) if same(&space, &Space::wide(id)) => Named::Wide,
            _ => Named::Custom,
        }
    }

    /// What would be searched, or why it cannot be.
    pub fn plan(&self, choices: Choices) -> Result<Started, String> {
        let settings = choices.settings();
        let space = self.space()?;
        let axes = space.axes(&settings.params).map_err(|error| error.to_string())?;
        let number = |name: &str, text: String| -> Result<u64, String> {
            let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
            digits.parse().map_err(|_not_a_number| {
                format!("{name} cannot be “{}”: it takes a whole number", text.trim())
            })
        };
        let asked = number("Trials", self.trials.get())?;
        if asked == 0 || asked > u64::from(MOST_TRIALS) {
            return Err(format!("Trials can be from 1 to {}", grouped(MOST_TRIALS as usize)));
        }
        let sampler = self.sampler.get();
        let all = combinations(&axes);
        if sampler == Sampler::Grid && all > u64::from(MOST_TRIALS) {
            return Err(format!(
                "The grid has {} combinations, and the most is {}: fix a parameter, or list a few of its values",
                if all == u64::MAX { "too many".to_owned() } else { grouped(all as usize) },
                grouped(MOST_TRIALS as usize)
            ));
        }
        let trials = if sampler == Sampler::Grid { all } else { asked };
        let plan = Plan {
            space,
            sampler,
            seed: number("Seed", self.seed.get())?,
            trials: trials as u32,
            objective: self.objective.get(),
            min_trades: number("Minimum trades", self.min_trades.get())?.min(1_000_000) as u32,
        };
        Ok(Started { settings, plan })
    }
}

/// Two spaces vary the same in the same way, in whatever order.
fn same(a: &Space, b: &Space) -> bool {
    a.0.len() == b.0.len() && a.0.iter().all(|span| b.0.contains(span))
}

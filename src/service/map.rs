//! What if these two parameters moved? A grid of two of them around the settings as they are.

use super::ledger::seen_at;
use crate::export::html;
use crate::import::ImportError;
use crate::ledger::Place;
use crate::metrics::METRICS;
use crate::protocol::{MapQuestion, MapView};
use crate::search::reading::Over;
use crate::search::{Evaluator, Found, MOST_TRIALS, Plan, Sampler, Scale, Space, Span, Trials};
use crate::session::{SEED, Session, Settings};
use crate::strategy::Params;
use crate::universe::MarketId;
use std::sync::Arc;

/// Steps along one parameter, beside its value as it is.
const STEPS: usize = 12;
/// The same over many rows.
const FEWEST_STEPS: usize = 4;
/// Candles that all cells run over together. Own choice: a redraw within a tenth of a second or two.
const MOST_ROWS: usize = 30_000_000;

/// The rows of the last map, with what its trials share: a slider moves over the same rows again and again.
#[derive(Debug)]
pub(super) struct Mapped {
    market: MarketId,
    rows: Settings,
    evaluator: Evaluator,
}

impl Mapped {
    pub(super) fn is_of(&self, market: MarketId) -> bool {
        self.market == market
    }
}

/// Values of a parameter over its searched range, or over all of it, with the one that it has.
fn span(params: &Params, key: &str, steps: usize) -> Option<Span> {
    let spec = params.spec(key).filter(|spec| spec.key != "starting_equity")?;
    let now = params.get(key)?;
    if !spec.is_number() {
        // Every word, or on and off.
        return Some(Span::List(spec.extremes()));
    }
    let own = params.strategy().space.iter().find(|(own, ..)| *own == key);
    let (min, max) = own.map_or((spec.min, spec.max), |(_, min, max)| (*min, *max));
    let range = |every| Span::Range { min, max, every, scale: Scale::Linear };
    let values = |every| {
        let axes = Space(vec![(key.to_owned(), range(every))]).axes(params).ok()?;
        Some(axes.into_iter().next()?.values)
    };
    let all = values(1)?.len();
    let mut values = values(all.saturating_sub(1).div_ceil(steps).max(1) as u32)?;
    if !values.contains(&now) {
        values.push(now);
    }
    Some(Span::List(values))
}

pub(super) fn map(
    market: MarketId,
    kept: &mut Option<Mapped>,
    session: &mut Session,
    question: &MapQuestion,
) -> Result<MapView, ImportError> {
    let MapQuestion { settings, x, y, metric } = question;
    let params = &settings.params;
    let refused = |reason: String| {
        ImportError::new("This map cannot be drawn", reason, "Choose two other parameters")
    };
    // Of another strategy, or twice the same: the first of its own space that is left.
    let usual = params.strategy().space.iter().map(|(key, ..)| *key);
    let own = |key: &str, other: Option<&str>| {
        let is_known = params.spec(key).is_some() && Some(key) != other;
        let found =
            if is_known { Some(key) } else { usual.clone().find(|key| Some(*key) != other) };
        found.map(str::to_owned)
    };
    let right = own(x, None).ok_or_else(|| refused("the strategy has no parameters".to_owned()))?;
    let up = own(y, Some(&right))
        .ok_or_else(|| refused("the strategy has one parameter only".to_owned()))?;
    let rows = session.search_rows(settings)?;
    let side = f64::sqrt(MOST_ROWS as f64 / rows.series.len().max(1) as f64) as usize;
    let steps = side.saturating_sub(1).clamp(FEWEST_STEPS, STEPS);
    let spans = [&right, &up].map(|key| Some((key.clone(), span(params, key, steps)?)));
    let spans: Option<Vec<_>> = spans.into_iter().collect();
    let space = Space(spans.ok_or_else(|| refused("a parameter has no values".to_owned()))?);
    let plan = Plan {
        space,
        sampler: Sampler::Grid,
        seed: SEED,
        trials: MOST_TRIALS,
        objective: "sharpe".to_owned(),
        min_trades: 0,
    };
    let trials = Trials::of(&plan, params).map_err(|error| refused(error.to_string()))?;
    let (first_ms, last_ms) = rows.ends_ms;
    let of = Settings { params: Params::default(), ..settings.clone() };
    if kept.as_ref().is_none_or(|kept| kept.market != market || kept.rows != of) {
        // Room first.
        *kept = None;
        let evaluator = Evaluator::new(Arc::clone(&rows.series), rows.first_row);
        *kept = Some(Mapped { market, rows: of, evaluator });
    }
    let Some(Mapped { evaluator, .. }) = kept else { return Err(refused("no rows".to_owned())) };
    let order = trials.order((0, 1));
    let outcomes = evaluator.run_all(&trials, &order).into_iter().map(Arc::new);
    let ran: Vec<_> = order.into_iter().zip(outcomes).collect();
    let place = Place { first_ms, last_ms, unit: evaluator.unit() };
    let looks = session.looks(settings, rows.ends_ms);
    let looks = seen_at(session.fingerprint(), place, &looks, &trials, &ran);
    let found = Found::of(&plan, &trials, ran);
    let at = |key: &str| trials.axes.iter().position(|axis| axis.spec.key == key).unwrap_or(0);
    let (x, y) = (at(&right), at(&up));
    let here = |axis: usize| {
        let axis = &trials.axes[axis];
        let now = params.get(axis.spec.key);
        axis.values.iter().position(|value| Some(*value) == now).map(|pick| pick as u32)
    };
    let metric = METRICS.iter().position(|spec| spec.key == metric).unwrap_or(0);
    let html = html::heat(&trials, &found, (x, y), (metric, Over::Max), here(x).zip(here(y)));
    Ok(MapView { keys: (right, up), html, looks })
}

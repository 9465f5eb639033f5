//! Numbers of a run as several pages show them.

use crate::domain::Measure;
use crate::format::percent;
use crate::metrics::{METRICS, spec};
use crate::protocol::{BacktestView, CostsView};
use crate::ui::state::{AppState, Run};
use crate::validate::ValidationSpec;
use leptos::prelude::*;

/// A metric by key.
pub fn value<'a>(view: &'a BacktestView, key: &str) -> Option<&'a Measure> {
    let at = METRICS.iter().position(|spec| spec.key == key)?;
    view.metrics.get(at)
}

/// A metric by key, where it exists.
pub fn number(view: &BacktestView, key: &str) -> Option<f64> {
    value(view, key).and_then(|value| value.as_ref().ok()).copied()
}

/// A metric by key, as text; a dash where there is none.
pub fn shown(view: &BacktestView, key: &str) -> String {
    match (value(view, key), spec(key)) {
        (Some(value), Some(spec)) => spec.unit.show(value, false),
        _ => "–".to_owned(),
    }
}

/// What stands beside a metric of the result that is shown: the same number behind the split line, and that of the pinned
/// result A. An ellipsis until it is known.
pub fn beside(state: AppState, key: &str, signed: bool) -> Vec<String> {
    let Some(at) = METRICS.iter().position(|spec| spec.key == key) else { return Vec::new() };
    let show = |values: Option<&Vec<Measure>>| match values.and_then(|values| values.get(at)) {
        None => "…".to_owned(),
        Some(Err(_)) => "–".to_owned(),
        Some(value) => METRICS[at].unit.show(value, signed),
    };
    let mut parts = Vec::new();
    if is_split(state) {
        let detail = state.answers.current_detail();
        let behind = detail.as_ref().and_then(|detail| detail.behind.as_ref());
        // Without a trade a return of zero says nothing.
        parts.push(match behind {
            Some(behind) if behind.trades.is_empty() => "out –".to_owned(),
            _ => format!("out {}", show(behind.map(|behind| &behind.metrics))),
        });
    }
    if state.choices.pinned.with(Option::is_some) {
        let compared = state.answers.against_pin();
        parts.push(format!("A {}", show(compared.as_ref().map(|compared| &compared.metrics[0]))));
    }
    parts
}

/// The same test behind the split line, as text.
pub fn test_behind(state: AppState, spec: &ValidationSpec) -> Option<String> {
    if !is_split(state) {
        return None;
    }
    let detail = state.answers.current_detail();
    let behind = detail.as_ref().and_then(|detail| detail.behind.as_ref());
    let text = behind.map_or_else(
        || "…".to_owned(),
        |behind| match behind.validation.get(spec.key) {
            Some(Ok(value)) => spec.show(*value, behind.unit.name()),
            _ => "–".to_owned(),
        },
    );
    Some(format!("out {text}"))
}

/// A split line is drawn through the result that is shown.
pub fn is_split(state: AppState) -> bool {
    let split = |run: &Option<Run>| {
        run.as_ref().is_some_and(|run| run.question().settings.window.split_ms.is_some())
    };
    state.answers.backtest.with(split)
}

/// Win rate with its Wilson interval beside the driftless and the break-even line, to scale.
pub fn win_rate_picture(
    rate: f64,
    (low, high): (f64, f64),
    null: Option<(&'static str, f64)>,
    breakeven: Option<f64>,
) -> impl IntoView {
    const WIDTH: f64 = 288.0;
    let marks = [null.map(|(_, null)| null), breakeven].into_iter().flatten();
    let lowest = marks.clone().fold(low, f64::min);
    let highest = marks.fold(high, f64::max);
    let pad = ((highest - lowest) * 0.12).max(0.01);
    // A reference line can lie outside of 0 to 1: costs above the stop make a fair coin lose every time.
    let (from, to) = ((lowest - pad).max(lowest.min(0.0)), (highest + pad).min(highest.max(1.0)));
    let x = move |share: f64| 8.0 + (share - from) / (to - from) * (WIDTH - 16.0);
    let anchor = move |share: f64| if x(share) > WIDTH * 0.6 { "end" } else { "start" };
    let line = move |share: f64, class: &'static str, text: String, y: &'static str| {
        view! {
            <line x1=x(share) x2=x(share) y1="20" y2="52" class=class></line>
            <text x=x(share) y=y text-anchor=anchor(share)>{text}</text>
        }
    };
    let label = format!(
        "Win rate {}, 95 % interval {} to {}",
        percent(rate, 1),
        percent(low, 1),
        percent(high, 1)
    );
    view! {
        <svg class="wilson" viewBox="0 0 288 78" role="img" aria-label=label>
            <line x1="8" x2="280" y1="36" y2="36" class="wilson__axis"></line>
            <rect x=x(low) width=(x(high) - x(low)).max(1.0) y="29" height="14" rx="3" class="wilson__interval"></rect>
            <circle cx=x(rate) cy="36" r="4" class="wilson__rate"></circle>
            {null.map(|(name, share)| line(share, "wilson__null", format!("{name} {}", percent(share, 1)), "14"))}
            {breakeven.map(|share| line(share, "wilson__breakeven", format!("break-even {}", percent(share, 1)), "64"))}
        </svg>
        <p class="meaning__note">{format!("Win rate {} [{}, {}], Wilson 95 %.", percent(rate, 1), percent(low, 1), percent(high, 1))}</p>
    }
}

/// The badge, when the sign of the result depends on the path inside a candle.
pub fn path_badge(costs: &CostsView) -> Option<impl IntoView + use<>> {
    costs.stop_first.decided_by_path(&costs.target_first).then(|| {
        view! {
            <span class="chip chip--warn" title="Ambiguous candles hold both stop and target; which came first cannot be known from the file">
                "decided by the path inside a candle"
            </span>
        }
    })
}

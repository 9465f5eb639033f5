//! Why did this candle trade, or why not: every condition with its value, its threshold and the outcome.

use crate::diagnose::SideExplanation;
use crate::domain::{Measure, Side, format_time, grouped};
use crate::engine::Outcome;
use crate::format::{amount, counted, fixed, percent, price};
use crate::protocol::{ExplainQuestion, Happening, Place, Role};
use crate::strategy::Strategy;
use crate::table::{ConditionSpec, Tested, Unit, Verdict};
use crate::ui::charts::findings;
use crate::ui::parts::{Failed, flag};
use crate::ui::state::{Answered, AppState, use_state};
use leptos::prelude::*;

/// A value or a threshold in the unit of its condition.
fn shown(spec: &ConditionSpec, value: &Measure) -> String {
    let Ok(value) = value else {
        return value.as_ref().err().map_or_else(String::new, ToString::to_string);
    };
    match spec.unit {
        Unit::Price => price(*value),
        Unit::Times => format!("{}×", fixed(*value, 2)),
        Unit::Percent => percent(*value, 3),
        Unit::Choice => if *value > 0.0 { "a spike" } else { "none" }.to_owned(),
        _ => {
            let count = *value as usize;
            spec.noun.map_or_else(|| grouped(count), |noun| counted(count, noun))
        }
    }
}

fn test_row(spec: &ConditionSpec, tested: &Tested, side: Side) -> impl IntoView + use<> {
    let (mark, class, word) = match tested.verdict {
        Verdict::Pass => ("✓", "verdict-mark verdict-mark--pass", "pass"),
        Verdict::Fail => ("✗", "verdict-mark verdict-mark--fail", "fail"),
        Verdict::Skipped => ("–", "verdict-mark", "not asked"),
    };
    // Beside a value with its noun the bare number is enough.
    let bare = ConditionSpec { noun: spec.noun.filter(|_| spec.unit == Unit::Rows), ..*spec };
    let threshold = format!("{} {}", tested.test.sign(), shown(&bare, &tested.threshold));
    let threshold = if spec.unit == Unit::Choice { "none".to_owned() } else { threshold };
    let (label, what) = (spec.label, spec.what[side.index()]);
    let value = shown(spec, &tested.value);
    view! {
        <tr>
            <td class=class><span aria-hidden="true">{mark}</span><span class="sr-only">{word}</span></td>
            <th scope="row">{label}<small>{what}</small></th>
            <td class="number" class:undefined=tested.value.is_err()>{value}</td>
            <td class="number">{threshold}</td>
        </tr>
    }
}

fn outcome_text(outcome: Outcome) -> String {
    match outcome {
        Outcome::Trade(number) => format!("trade {}", grouped(number as usize + 1)),
        Outcome::Rejected(code) => format!("rejected: {}", code.name().replace('_', " ")),
    }
}

fn happening(strategy: &Strategy, found: &Happening) -> String {
    let side = found.side.name();
    let what = outcome_text(found.outcome);
    match found.role {
        Role::From => {
            let does = strategy.from_text.unwrap_or("starts a signal");
            format!("It {does} ({side}, {what}).")
        }
        Role::Signal => format!("At its close a {side} signal is known ({what})."),
        Role::ExitSignal => format!("At its close the strategy wants out ({side}, {what})."),
        Role::Entry => format!("The order of {what} ({side}) fills at its open."),
        Role::Open => format!("{} ({side}) is open.", capital(&what)),
        Role::Exit => format!("{} ({side}) ends here.", capital(&what)),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        std::iter::once(first.to_ascii_uppercase()).chain(chars).collect()
    })
}

/// What the conditions come to.
fn conclusion(strategy: &Strategy, side: &SideExplanation) -> String {
    match (side.outcome, side.first_failure()) {
        (Some(outcome), _) => format!("A signal: {}.", outcome_text(outcome)),
        (None, Some(condition)) => {
            format!("No signal: it fails at “{}”.", strategy.condition(condition).label)
        },
        (None, None) if strategy.from_text.is_none() => {
            "Every condition holds, but its order would fill before the window.".to_owned()
        }
        (None, None) => {
            "Every condition holds, but a stronger or later pattern gives the same signal row, or its order would fill before \
             the window."
                .to_owned()
        }
    }
}

fn side_block(
    state: AppState,
    strategy: &Strategy,
    side: &SideExplanation,
    [anchor, at]: [Place; 2],
) -> impl IntoView + use<> {
    let name = match side.side {
        Side::Long => "▲ Long",
        Side::Short => "▼ Short",
    };
    let about = side.about.clone().map(|about| {
        view! {
            <p class="explain__level">
                {about.before}
                <button class="link" on:click=move |_| state.view.show_candle(anchor.candle)>{format_time(anchor.time_ms)}</button>
                {about.after}
            </p>
        }
    });
    let tests = side
        .tests
        .iter()
        .map(|(condition, tested)| test_row(strategy.condition(*condition), tested, side.side))
        .collect_view();
    let caption = format!("Conditions of a {} signal", side.side.name());
    view! {
        <section class="explain__side">
            <h3>{name}</h3>
            <p class="explain__conclusion">{conclusion(strategy, side)}</p>
            {about}
            <table class="explain__table">
                <caption class="sr-only">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col"><span class="sr-only">"Outcome"</span></th>
                        <th scope="col">"Condition"</th>
                        <th scope="col" class="number">"Value"</th>
                        <th scope="col" class="number">"Needed"</th>
                    </tr>
                </thead>
                <tbody>{tests}</tbody>
            </table>
            <p class="explain__note">
                {if side.signal_row.is_some() { "Filters read at the signal, " } else { "Filters read where the signal would be known, " }}
                {format_time(at.time_ms)} "."
            </p>
        </section>
    }
}

fn body(state: AppState, view: &Answered<ExplainQuestion>) -> impl IntoView + use<> {
    let strategy = view.question().settings.params.strategy();
    let [open, high, low, close, volume] = view.values;
    let number = |value: f64| if value.is_finite() { price(value) } else { "missing".to_owned() };
    let traded = if volume.is_finite() { amount(volume) } else { "missing".to_owned() };
    let found = findings(view.flags);
    let found =
        if found.is_empty() { "no finding".to_owned() } else { found.join(", ").replace('_', " ") };
    let unused =
        view.unused.clone().map(|reason| view! { <p class="explain__unused">{reason}</p> });
    let happenings =
        view.happenings.iter().map(|found| happening(strategy, found)).collect::<Vec<_>>();
    let happenings = (!happenings.is_empty())
        .then(|| view! { <p class="explain__happenings">{happenings.join(" ")}</p> });
    let sides = view.explanation.iter().flat_map(|found| &found.sides).zip(&view.places);
    let sides =
        sides.map(|(side, places)| side_block(state, strategy, side, *places)).collect_view();
    let candle = view.place.candle;
    view! {
        <p class="explain__row">
            <button class="link" on:click=move |_| state.view.show_candle(candle)>{format_time(view.place.time_ms)} " UTC"</button>
            {format!(
                " · O {} H {} L {} C {} V {traded} · {found}",
                number(open),
                number(high),
                number(low),
                number(close)
            )}
        </p>
        {unused}
        {happenings}
        <div class="explain__sides">{sides}</div>
    }
}

/// A drawer over the panels beside the charts, while a candle is chosen: charts and list stay where they are.
#[component]
pub fn ExplainPanel() -> impl IntoView {
    let state = use_state();
    let stale = move || {
        let shown = state.answers.of_shown(state.answers.explained);
        let candle = state.view.explain.get();
        candle.is_some() && shown.map(|view| view.place.candle) != candle
    };
    let step = move |by: i64| {
        if let Some(candle) = state.view.explain.get_untracked() {
            let last = state.view.candles() as i64 - 1;
            let candle = (i64::from(candle) + by).clamp(0, last) as u32;
            state.view.explain.set(Some(candle));
            state.view.reveal_candle(candle);
        }
    };
    view! {
        <Show when=move || state.view.explain.get().is_some()>
            <section class="panel explain" class:dim=stale aria-label="Explain a candle" aria-busy=flag(stale)>
                <header class="panel__head">
                    <h2>"Explain a candle"</h2>
                    <span class="spacer"></span>
                    <span class="seg" role="group" aria-label="Candle">
                        <button type="button" aria-label="Previous candle" on:click=move |_| step(-1)>"‹"</button>
                        <button type="button" aria-label="Next candle" on:click=move |_| step(1)>"›"</button>
                    </span>
                    <button class="btn btn--small" on:click=move |_| state.view.explain.set(None)>"Close"</button>
                </header>
                <div class="explain__body" aria-live="polite">
                    <Failed asked=state.answers.explained/>
                    {move || state.answers.explained.get().map(|view| body(state, &view))}
                </div>
            </section>
        </Show>
    }
}

//! What the backtest says: headline cards, what they mean, and every metric of the table.

use crate::backtest::Window;
use crate::domain::{Measure, grouped};
use crate::format::{counted, fixed, percent, signed};
use crate::metrics::{METRICS, MetricSpec, MetricUnit, spec};
use crate::protocol::ExportKind;
use crate::ui::parts::{
    BarLine, Behind, Failed, OriginalToggle, beside, flag, number, shown, test_behind, value,
    win_rate_picture,
};
use crate::ui::state::{HEADLINE, Tab, use_state};
use crate::validate::VALIDATION;
use leptos::prelude::*;

/// Numbers that are shown with sign and colour.
pub const SIGNED: [&str; 3] = ["total_return", "max_drawdown", "expectancy_r"];

/// Class of a number that is good above zero: its sign is in the text too.
pub fn sign_class(value: Option<f64>) -> &'static str {
    match value {
        Some(value) if value > 0.0 => "card__value pos",
        Some(value) if value < 0.0 => "card__value neg",
        _ => "card__value",
    }
}

/// One number with its basis; an undefined one shows its reason.
#[component]
fn Card(
    /// Row of the metric table.
    spec: &'static MetricSpec,
    /// The number.
    value: Measure,
    /// Colour and sign by whether it is above zero.
    signed: bool,
    /// Line below: sample and comparison.
    note: String,
) -> impl IntoView {
    let state = use_state();
    let beside = move || {
        let each = beside(state, spec.key, signed).into_iter();
        each.map(|text| view! { <small class="beside">{text}</small> }).collect_view()
    };
    let class = if signed { sign_class(value.as_ref().ok().copied()) } else { "card__value" };
    let reason = value.as_ref().err().map(ToString::to_string);
    view! {
        <div class="card" title=spec.formula>
            <span class="card__label">{spec.label} <i>{format!("\u{a0}· {}", spec.basis.name())}</i></span>
            <b class=class>{spec.unit.show(&value, signed)}</b>
            {beside}
            <small>{reason.unwrap_or(note)}</small>
        </div>
    }
}

/// The headline.
#[component]
pub fn ResultPanel() -> impl IntoView {
    let state = use_state();
    let cards = move || {
        let view = state.answers.backtest.get()?;
        let raw = state.answers.detail.of(view.run());
        let start = view.question().settings.params.engine.starting_equity;
        let (unit, points) = view.grid;
        let n = view.trades.len();
        let note = |key: &str| match key {
            "total_return" => raw.as_ref().map_or_else(
                || "of the starting equity".to_owned(),
                |detail| format!("raw rows {}", percent(detail.raw.end / start - 1.0, 1)),
            ),
            "max_drawdown" => "marked at every row".to_owned(),
            "win_rate" => {
                format!("{} of {n}, gross {}", shown(&view, "wins"), shown(&view, "gross_wins"))
            }
            "expectancy_r" => format!("cost {} a trade", shown(&view, "cost_r")),
            "sharpe" => format!(
                "{} grid, {points} points",
                if unit.name() == "day" { "daily" } else { "hourly" }
            ),
            "profit_factor" => format!("average win {}", shown(&view, "average_win_r")),
            "trades_per_1000" => format!("{} in {}", grouped(n), crate::format::rows(view.rows.0)),
            "exposure" => format!("held {} on average", shown(&view, "average_minutes_held")),
            _ => String::new(),
        };
        Some(
            HEADLINE
                .into_iter()
                .filter_map(|key| {
                    let spec = spec(key)?;
                    let value = value(&view, key)?.clone();
                    Some(view! { <Card spec value signed=SIGNED.contains(&key) note=note(key)/> })
                })
                .collect_view(),
        )
    };
    let costs = move || {
        let view = state.answers.backtest.get()?;
        let start = view.question().settings.params.engine.starting_equity;
        let part = |key: &str| number(&view, key).unwrap_or(0.0) / start;
        Some(view! {
            <p class="result__costs">
                "Gross " <b>{signed(part("gross_profit") * 100.0, 1)} " %"</b>
                ", fees " <b>{fixed(-part("fees") * 100.0, 1)} " %"</b>
                ", slippage " <b>{fixed(-part("slippage_cost") * 100.0, 1)} " %"</b>
                " of the starting equity; net " <b>{signed(part("net_profit") * 100.0, 1)} " %"</b> "."
            </p>
        })
    };
    // The policy that the numbers were made with, which may lag behind the chosen one.
    let bounds = move || {
        let view = state.answers.backtest.get()?;
        let detail = state.answers.detail.of(view.run())?;
        let start = view.question().settings.params.engine.starting_equity;
        let ambiguous = number(&view, "ambiguous_trades").unwrap_or(0.0);
        (ambiguous > 0.0).then(|| {
            view! {
                <p class="result__costs">
                    {format!(
                        "{} had stop and target inside one candle: the net return lies between {} (stop \
                         first, shown) and {} (target first).",
                        counted(ambiguous as usize, "trade"),
                        percent(view.equity.end / start - 1.0, 1),
                        percent(detail.optimistic_end / start - 1.0, 1),
                    )}
                </p>
            }
        })
    };
    // Which rows, wherever it is not all of them; and those of A, where they are others.
    let dates = move || {
        let window = state.answers.backtest.get()?.question().settings.window;
        let against = state.answers.against_pin().and_then(|found| found.question().against());
        let other =
            against.map(|against| against.window).filter(|other| !other.is_over_same_rows(&window));
        let is_all = window == Window::default() && other.is_none();
        (!is_all).then(|| view! {
            <p class="meaning__note">
                {format!("Run over {window}.")}
                {other.map(|other| format!(" A is not over the same rows, so the numbers cannot be compared: {other}."))}
            </p>
        })
    };
    let badge = move || {
        let view = state.answers.backtest.get()?;
        let costs = state.answers.costs.of(view.run())?;
        crate::ui::parts::path_badge(&costs)
    };
    // Whether the choice of a cleaning decides the result, once all were tried.
    let fragility = move || {
        let found = state.answers.of_shown(state.answers.multiverse)?;
        let (words, sentence) = found.verdict.clone()?;
        let class = if found.is_warning { "chip chip--warn" } else { "chip" };
        Some(view! {
            <button class=class title=sentence on:click=move |_| state.view.tab.set(Tab::Robust)>{words}</button>
        })
    };
    let policy = move || {
        state
            .answers
            .backtest
            .get()
            .map(|view| format!("{} vs raw", view.question().settings.cleaning.policy.name()))
    };
    view! {
        <section class="panel result" aria-label="Result" aria-busy=flag(move || state.answers.backtest.is_under_way())>
            <header class="panel__head">
                <h2>"Result"</h2>
                {badge}
                {fragility}
                <span class="spacer"></span>
                <small>{policy}</small>
                <PinButton/>
                <button
                    class="btn btn--small"
                    title="Keeps these settings with all of their numbers in this browser. The list is on the Compare page"
                    disabled=move || state.answers.look().is_none()
                    on:click=move |_| state.save_configuration()
                >
                    "Save configuration"
                </button>
                <button
                    class="btn btn--small"
                    title="One file to hand on or print: data quality, result, anatomy, validation, method"
                    on:click=move |_| state.export(ExportKind::Report)
                >
                    "Save report"
                </button>
            </header>
            <Failed asked=state.answers.compared/>
            {dates}
            <div class="cards">{cards}</div>
            {costs}
            {bounds}
        </section>
    }
}

/// Pins the result as A, to be seen beside every later one, or lets it go.
#[component]
fn PinButton() -> impl IntoView {
    let state = use_state();
    let pinned = state.choices.pinned;
    let is_pinned = move || pinned.with(Option::is_some);
    let flip = move |_| {
        let shown = state.answers.backtest.get_untracked();
        let settings = shown.map(|run| run.question().settings.clone());
        pinned.set(settings.filter(|_| !untrack(is_pinned)));
    };
    view! {
        <button
            class="btn btn--small"
            title="Keeps this result as A beside whatever you try next: its numbers, its curve, and on the Compare page every trade that differs"
            on:click=flip
        >
            {move || if is_pinned() { "Unpin A" } else { "Pin as A" }}
        </button>
    }
}

/// Can the result be told from luck? Sentence, win rate with its reference lines, and the tests.
#[component]
pub fn MeaningPanel() -> impl IntoView {
    let state = use_state();
    let verdict = move || {
        state
            .answers
            .backtest
            .get()
            .map(|view| view! { <p class="verdict">{view.sentence.clone()}</p> })
    };
    let picture = move || {
        let view = state.answers.backtest.get()?;
        let (low, high) =
            (number(&view, "win_rate_wilson_low")?, number(&view, "win_rate_wilson_high")?);
        let rate = number(&view, "win_rate")?;
        Some(win_rate_picture(
            rate,
            (low, high),
            number(&view, "win_rate_null").map(|null| ("no drift", null)),
            number(&view, "win_rate_breakeven"),
        ))
    };
    let null_reason = move || {
        let view = state.answers.backtest.get()?;
        match value(&view, "win_rate_null")? {
            Err(reason) if !view.trades.is_empty() => Some(
                view! { <p class="meaning__note">"What a market without drift would win is not shown: " {reason.to_string()} "."</p> },
            ),
            _ => None,
        }
    };
    let tests = move || {
        let view = state.answers.backtest.get()?;
        Some(
            VALIDATION
                .iter()
                .zip(&view.validation.values)
                .filter(|(spec, _)| state.view.original.get() || !spec.key.starts_with("source_"))
                .map(|(spec, (_, value))| {
                    let text = match value {
                        Err(reason) => reason.to_string(),
                        Ok(value) => spec.show(*value, view.grid.0.name()),
                    };
                    view! {
                        <div class="fact" title=spec.formula>
                            <dt>{spec.label}</dt>
                            <dd class:undefined=value.is_err()>
                                {text} " " <small class="beside">{test_behind(state, spec)}</small>
                            </dd>
                        </div>
                    }
                })
                .collect_view(),
        )
    };
    view! {
        <section class="panel meaning" aria-label="Does it mean anything?">
            <header class="panel__head"><h2>"Does it mean anything?"</h2></header>
            {verdict}
            <BarLine/>
            <Behind/>
            {picture}
            {null_reason}
            <dl class="facts">{tests}</dl>
            <OriginalToggle/>
        </section>
    }
}

/// Every metric of the table with its basis and formula.
#[component]
pub fn MetricsPanel() -> impl IntoView {
    let state = use_state();
    // A closed list costs nothing while a slider moves.
    let open = state.view.metrics;
    open.set(false);
    let rows = move || {
        let view = state.answers.backtest.get().filter(|_| open.get())?;
        let hold = state.answers.of_shown(state.answers.anatomy);
        Some(
            METRICS
                .iter()
                .zip(&view.metrics)
                .enumerate()
                .filter(|(_, (spec, _))| spec.is_for(view.question().settings.params.strategy()))
                .map(|(at, (spec, value))| {
                    let unit = match spec.unit {
                        MetricUnit::Money => " (money)",
                        _ => "",
                    };
                    let text = match value {
                        Ok(_) => spec.unit.show(value, false),
                        Err(reason) => reason.to_string(),
                    };
                    let held = hold.as_ref().filter(|_| spec.is_of_equity()).and_then(|hold| {
                        let value = hold.hold.get(at)?;
                        Some(format!(" · hold {}", spec.unit.show(value, false)))
                    });
                    view! {
                        <div class="fact" title=spec.formula>
                            <dt>{spec.label} {unit} <small>{spec.basis.name()}</small></dt>
                            <dd class:undefined=value.is_err()>
                                {text} <small class="beside">{beside(state, spec.key, false).join(" · ")}</small> <small>{held}</small>
                            </dd>
                        </div>
                    }
                })
                .collect_view(),
        )
    };
    view! {
        <details
            class="panel metrics"
            on:toggle=move |event| {
                let details: web_sys::Element = event_target(&event);
                open.set(details.has_attribute("open"));
            }
        >
            <summary>"All metrics, beside buy and hold"</summary>
            <dl class="facts">{rows}</dl>
        </details>
    }
}

//! The Backtest page: parameters left, pictures in the middle, meaning on the right.

mod anatomy;
mod costs;
mod explain;
mod funnel;
mod map;
mod params;
mod result;
mod strip;
mod trades;

use crate::backtest::Window;
use crate::charts::scene::Tone;
use crate::domain::Rejection;
use crate::format::counted;
use crate::ui::charts::{Curve, CurveChart, DatesBar, PriceChart, held_back, story};
use crate::ui::parts::{ErrorBox, flag, is_split};
use crate::ui::state::use_state;
use crate::web::page;
use anatomy::AnatomyPanel;
use costs::CostsPanel;
use explain::ExplainPanel;
use funnel::FunnelPanel;
use leptos::prelude::*;
use map::MapPanel;
use params::{FitButton, StrategyPanel};
use result::{MeaningPanel, MetricsPanel, ResultPanel};
use strip::{ResultStrip, WARNINGS};
use trades::TradesPanel;

/// The page.
#[component]
pub fn BacktestPage() -> impl IntoView {
    let state = use_state();
    // On a phone the parameters open as a sheet from the bottom.
    let sheet = RwSignal::new(false);
    // Refused settings: what is shown belongs to the ones before.
    let outdated = move || state.answers.backtest.failure().is_some();
    let legend = move || {
        let raw = state
            .answers
            .detail
            .get()
            .zip(state.answers.backtest.get())
            .filter(|(d, b)| d.run() == b.run());
        let policy =
            state.answers.backtest.get().map(|b| b.question().settings.cleaning.policy.name());
        view! {
            <p class="legend">
                "Equity, whole window: "
                <span class="legend__cleaned">{policy}</span>
                {raw.filter(|_| state.view.show_raw.get()).map(|(detail, _)| view! {
                    " and " <span class="legend__raw">"raw rows"</span>
                    {format!(" ({}), same parameters", counted(detail.raw_trades, "trade"))}
                })}
                {is_split(state).then_some(", out-of-sample after the line (its trades are dashed on the price)")}
                {state.choices.pinned.with(Option::is_some).then_some(", A as pinned")}
                {state.view.show_hold.get().then(|| view! { ", " <span class="legend__level">"buy and hold"</span> ", without costs" })}
            </p>
        }
    };
    view! {
        <div class="backtest" role="tabpanel" aria-labelledby="tab-Backtest">
            <h1 class="sr-only" id="title" tabindex="-1">"Backtest"</h1>
            <a
                class="skip"
                href="#charts"
                on:click=move |event: web_sys::MouseEvent| {
                    event.prevent_default();
                    page::focus("charts");
                }
            >
                "Skip the parameters"
            </a>
            <div class="backtest__dock">
                <ResultStrip/>
                <button
                    class="btn btn--primary sheet-toggle"
                    aria-expanded=flag(move || sheet.get())
                    aria-controls="strategy-sheet"
                    on:click=move |_| sheet.update(|open| *open = !*open)
                >
                    {move || if sheet.get() { "Close parameters" } else { "Parameters" }}
                </button>
                <div class="backtest__left" id="strategy-sheet" class:backtest__left--open=move || sheet.get()>
                    <StrategyPanel/>
                </div>
            </div>
            <div class="backtest__middle" class:outdated=outdated>
                <section class="panel charts" id="charts" tabindex="-1">
                    <h2 class="sr-only">"Price and trades"</h2>
                    <PriceChart trades=true label="Price and trades"/>
                    {legend}
                    <EquityChart/>
                    <DatesBar/>
                    // Below the charts: what comes and goes with a slider moves none of them.
                    <RejectedLegend/>
                    <GainedLegend/>
                    <JumpNote/>
                    <p class="legend">
                        "▲ ▼ candle of a long or short signal, ○ entry, × exit, green where it won, ◆ signal without a trade. A broken line is the level; tinted areas reach to target and stop. Marks too close to tell apart are one with their count. The strip shows the share of bad rows."
                    </p>
                    <p class="legend">
                        "A click on a candle or a trade explains it; with the keyboard, focus the chart, move the crosshair with Shift and the arrow keys, and press Enter."
                    </p>
                </section>
                <div class="backtest__bottom">
                    <TradesPanel/>
                    <FunnelPanel/>
                </div>
                <MapPanel/>
                <AnatomyPanel/>
                <CostsPanel/>
            </div>
            <aside class="backtest__right" class:outdated=outdated aria-label="Results">
                <WarningsPanel/>
                <ResultPanel/>
                <MeaningPanel/>
                <MetricsPanel/>
            </aside>
            <ExplainPanel/>
        </div>
    }
}

/// Why settings are refused, and what is to be said about those that are not.
#[component]
fn WarningsPanel() -> impl IntoView {
    let state = use_state();
    let hints = move || {
        state.answers.backtest.get().filter(|b| !b.hints.is_empty()).map(|backtest| {
            view! {
                <ul class="hints">
                    {backtest.hints.iter().map(|hint| view! { <li>{hint.clone()}</li> }).collect_view()}
                </ul>
            }
        })
    };
    // A threshold is far above what suits the file, and that is said.
    let unfit = move || {
        let said = state.answers.backtest.with(|b| b.as_ref().is_some_and(|b| !b.hints.is_empty()));
        let typical = state.answers.current_detail().and_then(|detail| detail.typical_atr);
        said && typical
            .is_some_and(|typical| state.choices.params.with(|params| params.is_unfit(typical)))
    };
    view! {
        <div class="warnings" id=WARNINGS tabindex="-1">
            {move || state.answers.backtest.failure().map(|error| view! { <ErrorBox error/> })}
            <Show when=move || state.answers.backtest.failure().is_some() && state.choices.window.with(Window::has_dates)>
                <button class="btn btn--wide" on:click=move |_| state.choices.clear_dates()>"All dates"</button>
            </Show>
            {hints}
            {move || unfit().then(|| view! { <FitButton/> })}
        </div>
    }
}

/// Marked equity of the whole window with its drawdown, the raw ghost and, if wanted, buy and hold.
#[component]
fn EquityChart() -> impl IntoView {
    let state = use_state();
    let curves = Signal::derive(move || {
        let Some(backtest) = state.answers.backtest.get() else { return Vec::new() };
        let curve = |name: &str, view: &crate::protocol::CurveView, tone, width| Curve {
            name: name.to_owned(),
            view: view.clone(),
            tone,
            width,
        };
        let mut curves = vec![curve(
            backtest.question().settings.cleaning.policy.name(),
            &backtest.equity,
            Tone::Accent,
            1.7,
        )];
        if let Some(detail) = state.answers.current_detail() {
            if state.view.show_raw.get() {
                curves.push(curve("raw", &detail.raw, Tone::Ghost, 1.0));
            }
            if state.view.show_hold.get() {
                curves.push(curve("buy and hold", &detail.hold, Tone::Level, 1.0));
            }
        }
        if let Some(compared) = state.answers.against_pin() {
            curves.push(curve("A", &compared.curves[0], Tone::Ink, 1.2));
        }
        // While a slider moves, what is behind the line keeps its room.
        let window = backtest.question().settings.window;
        let detail = state.answers.detail.get();
        let detail = detail.filter(|detail| detail.question().settings.window == window);
        if let Some(behind) = detail.as_ref().and_then(|detail| detail.behind.as_ref()) {
            let known = detail.as_ref().is_some_and(|detail| detail.run() == backtest.run());
            return held_back(curves, &behind.curve, known);
        }
        curves
    });
    let start = Signal::derive(move || {
        state.answers.backtest.with(|b| {
            b.as_ref().map_or(0.0, |b| b.question().settings.params.engine.starting_equity)
        })
    });
    let description = Signal::derive(move || {
        state.answers.backtest.get().map_or_else(String::new, |backtest| {
            story(
                backtest.question().settings.params.engine.starting_equity,
                &backtest.equity,
                backtest.trades.len(),
            )
        })
    });
    view! {
        <CurveChart label="Equity" stem="equity" curves start log=state.view.log_equity.into() description whole=true>
            <span class="seg" role="group" aria-label="Equity chart">
                <button type="button" aria-pressed=flag(move || state.view.show_raw.get()) on:click=move |_| state.view.show_raw.update(|on| *on = !*on)>"Raw rows"</button>
                <button type="button" aria-pressed=flag(move || state.view.show_hold.get()) on:click=move |_| state.view.show_hold.update(|on| *on = !*on)>"Buy and hold"</button>
                <button type="button" aria-label="Logarithmic equity axis" aria-pressed=flag(move || state.view.log_equity.get()) on:click=move |_| state.view.log_equity.update(|on| *on = !*on)>"Log"</button>
            </span>
        </CurveChart>
    }
}

/// Rejected signals by reason, while they are shown; a press shows only that reason.
#[component]
fn RejectedLegend() -> impl IntoView {
    let state = use_state();
    move || {
        state.view.layers.with(|layers| layers.rejected).then_some(())?;
        let detail = state.answers.current_detail()?;
        let total = detail.rejected.len();
        let codes = Rejection::ALL
            .into_iter()
            .filter_map(|code| {
                let count = detail.rejected.iter().filter(|signal| signal.code == code).count();
                (count > 0).then(|| {
                    view! {
                        <button
                            type="button"
                            aria-pressed=flag(move || state.view.rejected_only.get() == Some(code))
                            on:click=move |_| state.view.rejected_only.update(|only| *only = if *only == Some(code) { None } else { Some(code) })
                        >
                            {code.name().replace('_', " ")} " " <b>{crate::domain::grouped(count)}</b>
                        </button>
                    }
                })
            })
            .collect_view();
        Some(view! {
            <p class="legend">
                <span class="legend__warn">"◆"</span>
                {format!(" {} became no trade: ", counted(total, "signal"))}
                <span class="seg seg--wrap" role="group" aria-label="Only this reason">{codes}</span>
            </p>
        })
    }
}

/// Trades that were open while the level jumped, told apart from the others.
#[component]
fn JumpNote() -> impl IntoView {
    let state = use_state();
    move || {
        let backtest = state.answers.backtest.get()?;
        let crossing: Vec<_> =
            backtest.trades.iter().filter(|trade| state.crosses_jump(trade)).collect();
        let first = crossing.first()?.candles;
        let net: f64 = crossing.iter().map(|trade| trade.trade.net).sum();
        let r: f64 = crossing.iter().map(|trade| trade.trade.net_r()).sum();
        Some(view! {
            <p class="legend">
                <span class="legend__warn">"⇅"</span>
                {format!(
                    " Open while the level jumped, as at a split: {} of {}. They make {} R ({}), which no market paid. ",
                    crate::domain::grouped(crossing.len()),
                    counted(backtest.trades.len(), "trade"),
                    crate::format::signed(r, 2),
                    crate::format::signed(net, 2),
                )}
                <button class="link" on:click=move |_| state.view.show_candles(first)>"Show the first"</button>
            </p>
        })
    }
}

/// What the dashed trades are, while the trades that a condition costs are shown.
#[component]
fn GainedLegend() -> impl IntoView {
    let state = use_state();
    move || {
        let gained = state.answers.current_gained(&state.view)?;
        let first = gained.trades.first().map(|t| t.candles);
        Some(view! {
            <p class="legend">
                {format!(
                    "Dashed: {} that would exist without “{}”. ",
                    counted(gained.trades.len(), "trade"),
                    gained.question().settings.params.strategy().condition(gained.question().condition).label
                )}
                {first.map(|places| view! {
                    <button class="link" on:click=move |_| state.view.show_candles(places)>"Show the first"</button>
                    " "
                })}
                <button class="link" on:click=move |_| state.view.without.set(None)>"Hide them"</button>
            </p>
        })
    }
}

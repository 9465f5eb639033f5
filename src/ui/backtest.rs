//! The Backtest page: parameters left, pictures in the middle, meaning on the right.

use super::charts::{EquityChart, PriceChart};
use super::funnel::FunnelPanel;
use super::open::ErrorBox;
use super::params::StrategyPanel;
use super::result::{MeaningPanel, MetricsPanel, ResultPanel};
use super::state::use_state;
use super::trades::TradesPanel;
use leptos::prelude::*;

/// The page.
#[component]
pub fn BacktestPage() -> impl IntoView {
    let state = use_state();
    // On a phone the parameters open as a sheet from the bottom.
    let sheet = RwSignal::new(false);
    // Refused settings: what is shown belongs to the ones before.
    let outdated = move || state.refused.with(Option::is_some);
    let hints = move || {
        state.backtest.get().filter(|b| !b.hints.is_empty()).map(|backtest| {
            view! {
                <ul class="hints">
                    {backtest.hints.iter().map(|hint| view! { <li>{hint.clone()}</li> }).collect_view()}
                </ul>
            }
        })
    };
    let legend = move || {
        let raw =
            state.detail.get().zip(state.backtest.get()).filter(|(d, b)| d.settings == b.settings);
        let policy = state.backtest.get().map(|b| b.settings.cleaning.policy.name());
        view! {
            <p class="legend">
                "Equity, whole window: "
                <span class="legend__cleaned">{policy}</span>
                {raw.map(|(detail, _)| view! {
                    " and " <span class="legend__raw">"raw rows"</span>
                    {format!(" ({} trades), same parameters", crate::domain::grouped(detail.raw_trades))}
                })}
            </p>
        }
    };
    view! {
        <div class="backtest" role="tabpanel" aria-labelledby="tab-Backtest">
            <h1 class="sr-only">"Backtest"</h1>
            <button
                class="btn btn--primary sheet-toggle"
                aria-expanded=move || sheet.get().to_string()
                aria-controls="strategy-sheet"
                on:click=move |_| sheet.update(|open| *open = !*open)
            >
                {move || if sheet.get() { "Close parameters" } else { "Parameters" }}
            </button>
            <div class="backtest__left" id="strategy-sheet" class:backtest__left--open=move || sheet.get()>
                <StrategyPanel/>
            </div>
            <div class="backtest__middle" class:outdated=outdated>
                {move || state.refused.get().map(|error| view! { <ErrorBox error/> })}
                {hints}
                <section class="panel charts">
                    <header class="panel__head"><h2>"Price and trades"</h2></header>
                    <PriceChart trades=true label="Price and trades"/>
                    {legend}
                    <EquityChart/>
                </section>
                <div class="backtest__bottom">
                    <TradesPanel/>
                    <FunnelPanel/>
                </div>
            </div>
            <aside class="backtest__right" class:outdated=outdated aria-label="Results">
                <ResultPanel/>
                <MeaningPanel/>
                <MetricsPanel/>
            </aside>
        </div>
    }
}

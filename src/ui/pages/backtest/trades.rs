//! The list of trades: only the rows in view are in the document.

use crate::domain::{Side, format_time, grouped};
use crate::format::{fixed, price, signed};
use crate::protocol::{ExportKind, TradeView};
use crate::ui::state::use_state;
use leptos::html::Div;
use leptos::prelude::*;

/// Height of a row, CSS pixels; the style sheet says the same.
const ROW_PX: f64 = 29.0;
/// Rows kept in the document above and below the visible ones.
const SPARE: usize = 6;
/// Most rows that are visible at once; the list is as high as the funnel beside it.
const VISIBLE: usize = 24;

/// Trades with a CSV download. Choosing one shows it on the price chart.
#[component]
pub fn TradesPanel() -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Div>::new();
    let top = RwSignal::new(0_usize);
    let count = move || state.answers.backtest.with(|b| b.as_ref().map_or(0, |b| b.trades.len()));
    let scrolled = move |_| {
        if let Some(list) = node.get_untracked() {
            top.set((f64::from(list.scroll_top()) / ROW_PX) as usize);
        }
    };
    let range = move || {
        let first = top.get().saturating_sub(SPARE).min(count());
        (first, (first + VISIBLE + 2 * SPARE).min(count()))
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let last = count().saturating_sub(1);
        let at = state.view.selected.get_untracked();
        let next = match event.key().as_str() {
            "ArrowDown" => at.map_or(0, |at| (at + 1).min(last)),
            "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
            _ => return,
        };
        event.prevent_default();
        if count() > 0 {
            state.show_trade(next);
        }
    };
    // A trade chosen on the chart comes into view here too.
    Effect::new(move || {
        let (Some(number), Some(list)) = (state.view.selected.get(), node.get_untracked()) else {
            return;
        };
        let row = (number as f64 * ROW_PX) as i32;
        if row < list.scroll_top()
            || row > list.scroll_top() + list.client_height() - 2 * ROW_PX as i32
        {
            list.set_scroll_top(row - ROW_PX as i32);
        }
    });
    let rows = move || {
        let (first, last) = range();
        state.answers.backtest.get().map(|view| {
            (first..last.min(view.trades.len()))
                .map(|number| row(number, &view.trades[number]))
                .collect_view()
        })
    };
    view! {
        <section class="panel trades" aria-label="Trades">
            <header class="panel__head">
                <h2>"Trades"</h2>
                <span class="chip chip--small">{move || grouped(count())}</span>
                <span class="spacer"></span>
                <button class="btn btn--small" on:click=move |_| state.export(ExportKind::TradesCsv)>"Trades CSV"</button>
            </header>
            <div class="trades__scroll" node_ref=node on:scroll=scrolled on:keydown=keys tabindex="0" role="region" aria-label="List of trades">
                <table class="table">
                    <thead>
                        <tr>
                            <th>"#"</th>
                            <th class="left">"Side"</th>
                            <th>"Entry"</th>
                            <th>"Price"</th>
                            <th>"Exit"</th>
                            <th>"Net R"</th>
                            <th class="hide-phone">"Net"</th>
                            <th class="hide-phone" title="Largest adverse excursion">"MAE R"</th>
                            <th class="hide-phone" title="Largest favourable excursion">"MFE R"</th>
                            <th class="left">"Reason"</th>
                            <th>"Rows"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <tr aria-hidden="true" class="table__space"><td colspan="11" style:height=move || format!("{}px", range().0 as f64 * ROW_PX)></td></tr>
                        {rows}
                        <tr aria-hidden="true" class="table__space"><td colspan="11" style:height=move || format!("{}px", (count() - range().1) as f64 * ROW_PX)></td></tr>
                    </tbody>
                </table>
                <Show when=move || count() == 0>
                    <p class="empty">"No trade. The funnel says which condition lets nothing through."</p>
                </Show>
            </div>
        </section>
    }
}

fn row(number: usize, shown: &TradeView) -> impl IntoView + use<> {
    let state = use_state();
    let trade = &shown.trade;
    let side = match trade.side {
        Side::Long => "▲ long",
        Side::Short => "▼ short",
    };
    let reason = trade.exit_reason.name();
    let net = trade.net_r();
    let net_class = if net > 0.0 { "pos" } else { "neg" };
    let crosses = state.crosses_jump(shown);
    let badges = [
        (
            crosses,
            "⇅",
            "it was open while the level jumped, as at a split: no market paid what it made",
        ),
        (trade.ambiguous, "±", "stop and target inside one candle: counted as stopped"),
        (trade.capped, "⤓", "the leverage cap was binding"),
        (trade.exit_in_spike, "!", "the exit row is a bad tick"),
    ];
    view! {
        <tr
            class="trade"
            class:trade--selected=move || state.view.selected.get() == Some(number)
            aria-selected=move || (state.view.selected.get() == Some(number)).to_string()
            on:click=move |_| state.show_trade(number)
        >
            <td>{number + 1}</td>
            <td class="left">{side}</td>
            <td>{format_time(shown.times_ms.0)[2..].to_owned()}</td>
            <td>{price(trade.entry_price)}</td>
            <td>{price(trade.exit_price)}</td>
            <td class=net_class>{signed(net, 2)}</td>
            <td class="hide-phone">{signed(trade.net, 2)}</td>
            <td class="hide-phone">{fixed(trade.mae_r, 2)}</td>
            <td class="hide-phone">{fixed(trade.mfe_r, 2)}</td>
            <td class="left">
                <span class=format!("tag tag--{reason}")>{reason.replace('_', " ")}</span>
                {badges
                    .into_iter()
                    .filter(|badge| badge.0)
                    .map(|(_, mark, why)| view! { <span class="tag tag--mark" title=why>{mark}</span> })
                    .collect_view()}
            </td>
            <td>{fixed(f64::from(trade.rows_held()), 0)}</td>
        </tr>
    }
}

//! The list of trades: only the rows in view are in the document.

use crate::domain::{ExitReason, MINUTE_MS, Side, format_time, grouped};
use crate::format::{fixed, price, signed};
use crate::metrics::{MetricInput, MetricUnit};
use crate::protocol::{ExportKind, TradeView};
use crate::ui::parts::{flag, is_split};
use crate::ui::state::{numbered, use_state};
use crate::web::hooks;
use leptos::html::{Div, Section};
use leptos::prelude::*;

/// Place of the list on the page.
pub const LIST: &str = "trade-list";
/// Height of a row, CSS pixels; the style sheet says the same.
const ROW_PX: f64 = 29.0;
/// Rows kept in the document above and below the visible ones.
const SPARE: usize = 6;
/// Most rows that are visible at once; the list is as high as the funnel beside it.
const VISIBLE: usize = 24;

/// A column: its head, its class, what it says, and what it is sorted by.
type Column = (&'static str, &'static str, &'static str, fn(&TradeView) -> f64);

/// Columns after the number of the trade, in order.
const COLUMNS: [Column; 13] = [
    ("Side", "left", "", |t| if t.trade.side == Side::Long { 0.0 } else { 1.0 }),
    ("Entry", "", "Open of the entry row, UTC", |t| t.times_ms.0 as f64),
    ("Price", "", "Fill of the entry", |t| t.trade.entry_price),
    ("Exit", "", "Open of the exit row, UTC", |t| t.times_ms.1 as f64),
    ("Price", "", "Fill of the exit", |t| t.trade.exit_price),
    ("Net R", "", "Net in multiples of the risk", |t| t.trade.net_r()),
    ("Net", "hide-phone", "Money after costs", |t| t.trade.net),
    ("Sum", "hide-phone", "Net of this and all earlier trades", |t| {
        t.trade.equity_before + t.trade.net
    }),
    ("MAE R", "hide-phone", "Largest adverse excursion", |t| t.trade.mae_r),
    ("MFE R", "hide-phone", "Largest favourable excursion", |t| t.trade.mfe_r),
    ("Reason", "left", "Why it ended", |t| f64::from(t.trade.exit_reason as u8)),
    ("Rows", "", "Clock rows from entry to exit", |t| f64::from(t.trade.rows_held())),
    ("Time", "hide-phone trades__time", "Minutes from entry to exit", |t| {
        (t.times_ms.1 - t.times_ms.0) as f64
    }),
];

/// Which trades a choice of the menu shows; the flag is set for those behind the split line.
type Filter = (&'static str, fn(&TradeView, bool) -> bool);

const FILTERS: [Filter; 12] = [
    ("all trades", |_, _| true),
    ("long", |t, _| t.trade.side == Side::Long),
    ("short", |t, _| t.trade.side == Side::Short),
    ("won", |t, _| MetricInput::is_win(&t.trade)),
    ("did not win", |t, _| !MetricInput::is_win(&t.trade)),
    ("exit by stop", |t, _| t.trade.exit_reason == ExitReason::Stop),
    ("exit by target", |t, _| t.trade.exit_reason == ExitReason::Target),
    ("exit by time", |t, _| t.trade.exit_reason == ExitReason::Time),
    ("exit by signal", |t, _| t.trade.exit_reason == ExitReason::Signal),
    ("exit at the end", |t, _| t.trade.exit_reason == ExitReason::EndOfData),
    ("in-sample", |_, is_behind| !is_behind),
    ("out-of-sample", |_, is_behind| is_behind),
];
/// Those that mean something without a split line.
const PLAIN: usize = 10;

/// Trades with a CSV download. Choosing one shows it on the price chart.
#[component]
pub fn TradesPanel() -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Div>::new();
    let top = RwSignal::new(0_usize);
    let filter = RwSignal::new(0_usize);
    // Column of the order, none for that of the trades, and whether it runs downwards.
    let order = RwSignal::new((None::<usize>, false));
    let own = move || state.answers.backtest.with(|b| b.as_ref().map_or(0, |b| b.trades.len()));
    let behind = move || {
        let detail = state.answers.current_detail();
        detail.and_then(|detail| Some(detail.behind.as_ref()?.trades.len())).unwrap_or(0)
    };
    let all = move || own() + behind();
    // A result comes before what it holds behind its line.
    let awaits = move || is_split(state) && state.answers.lacks(state.answers.detail);
    let list = Memo::new(move |_| {
        let Some(view) = state.answers.backtest.get() else { return Vec::new() };
        let detail = state.answers.current_detail();
        let trade = |number: usize| numbered(&view, detail.as_ref(), number);
        let is_wanted = FILTERS[filter.get()].1;
        let mut numbers: Vec<usize> = match state.view.chosen.get() {
            Some(chosen) => chosen.trades,
            None => (0..all()).collect(),
        };
        numbers.retain(|&number| {
            trade(number).is_some_and(|trade| is_wanted(trade, number >= view.trades.len()))
        });
        let (column, down) = order.get();
        if let Some(column) = column {
            let key = |number: usize| trade(number).map_or(f64::NAN, COLUMNS[column].3);
            numbers.sort_by(|&a, &b| {
                let (a, b) = if down { (b, a) } else { (a, b) };
                key(a).total_cmp(&key(b))
            });
        }
        numbers
    });
    // A choice shows all of its trades; without a split line there are no two parts to choose from.
    Effect::new(move || {
        let is_lost = !is_split(state) && filter.get_untracked() >= PLAIN;
        if state.view.chosen.with(Option::is_some) || is_lost {
            filter.set(0);
        }
    });
    let count = move || list.with(Vec::len);
    // What is not known yet keeps its room, so that the list stays where it was scrolled to.
    let room = Memo::new(
        move |old: Option<&usize>| {
            if awaits() { count().max(old.copied().unwrap_or(0)) } else { count() }
        },
    );
    let scrolled = move |_| {
        if let Some(list) = node.get_untracked() {
            top.set((f64::from(list.scroll_top()) / ROW_PX) as usize);
        }
    };
    let range = move || {
        let first = top.get().saturating_sub(SPARE).min(count());
        (first, (first + VISIBLE + 2 * SPARE).min(count()))
    };
    let place = move |number: usize| {
        list.with_untracked(|list| list.iter().position(|&other| other == number))
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let last = list.with_untracked(Vec::len).saturating_sub(1);
        let at = state.view.selected.get_untracked().and_then(place);
        let next = match event.key().as_str() {
            "ArrowDown" => at.map_or(0, |at| (at + 1).min(last)),
            "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        if let Some(number) = list.with_untracked(|list| list.get(next).copied()) {
            state.show_trade(number);
        }
    };
    // A trade chosen on the chart comes into view here too.
    Effect::new(move || {
        let (Some(number), Some(list)) = (state.view.selected.get(), node.get_untracked()) else {
            return;
        };
        let Some(place) = place(number) else { return };
        let row = (place as f64 * ROW_PX) as i32;
        if row < list.scroll_top()
            || row > list.scroll_top() + list.client_height() - 2 * ROW_PX as i32
        {
            list.set_scroll_top(row - ROW_PX as i32);
        }
    });
    // Rows that nobody sees follow when a result has stood for a while: a moving slider would wait for them.
    let seen = RwSignal::new(true);
    let panel = NodeRef::<Section>::new();
    Effect::new(move || {
        if let Some(panel) = panel.get() {
            hooks::in_sight(&panel, move |is_seen| seen.set(is_seen));
        }
    });
    let shown = RwSignal::new(0_u32);
    Effect::new(move || {
        list.track();
        top.track();
        state.answers.backtest.track();
        state.answers.detail.track();
        if seen.get() || state.answers.has_settled() {
            shown.update(|shown| *shown = shown.wrapping_add(1));
        }
    });
    let listed = move || {
        let (first, last) = range();
        let start = state.answers.backtest.with(|b| {
            b.as_ref().map_or(0.0, |b| b.question().settings.params.engine.starting_equity)
        });
        let detail = state.answers.current_detail();
        state.answers.backtest.get().map(|view| {
            list.with(|list| {
                list[first.min(list.len())..last.min(list.len())]
                    .iter()
                    .filter_map(|&number| {
                        let trade = numbered(&view, detail.as_ref(), number)?;
                        Some(row(number, (trade, number >= view.trades.len()), start))
                    })
                    .collect_view()
            })
        })
    };
    let rows = move || {
        shown.track();
        untrack(listed)
    };
    let heads = COLUMNS
        .iter()
        .enumerate()
        .map(|(column, (name, class, title, _))| {
            // First press: lowest first; second: highest first; third: the order of the trades.
            let press = move |_| {
                order.update(|(by, down)| {
                    (*by, *down) = match (*by == Some(column), *down) {
                        (false, _) => (Some(column), false),
                        (true, false) => (Some(column), true),
                        (true, true) => (None, false),
                    };
                });
            };
            let sorted = move || match order.get() {
                (Some(by), down) if by == column => {
                    if down {
                        "descending"
                    } else {
                        "ascending"
                    }
                }
                _ => "none",
            };
            view! {
                <th scope="col" class=*class aria-sort=sorted>
                    <button type="button" class="sort" title=*title on:click=press>{*name}</button>
                </th>
            }
        })
        .collect_view();
    let options = FILTERS
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let hidden = move || at >= PLAIN && !is_split(state);
            view! { <option value=at.to_string() hidden=hidden>{*name}</option> }
        })
        .collect_view();
    let chosen = move || {
        state.view.chosen.get().map(|chosen| {
            view! {
                <button class="chip chip--small" title="Show all trades again" on:click=move |_| state.view.chosen.set(None)>
                    {chosen.label} " ×"
                </button>
            }
        })
    };
    let counted = move || {
        let (shown, all) = (count(), all());
        if shown == all {
            grouped(own())
        } else {
            format!("{} of {}", grouped(shown), grouped(all))
        }
    };
    let more = move || {
        let behind = behind();
        (behind > 0 && count() == all()).then(
            || view! { <span class="chip chip--small">{format!("{} out-of-sample", grouped(behind))}</span> },
        )
    };
    view! {
        <section class="panel trades" node_ref=panel aria-label="Trades">
            <header class="panel__head">
                <h2>"Trades"</h2>
                <span class="chip chip--small">{counted}</span>
                {more}
                {chosen}
                <span class="spacer"></span>
                <select
                    class="btn btn--small"
                    aria-label="Which trades"
                    prop:value=move || filter.get().to_string()
                    on:change=move |event| filter.set(event_target_value(&event).parse().unwrap_or(0))
                >
                    {options}
                </select>
                <button class="btn btn--small" on:click=move |_| state.export(ExportKind::TradesCsv)>"Trades CSV"</button>
            </header>
            <div class="trades__scroll" id=LIST node_ref=node on:scroll=scrolled on:keydown=keys tabindex="0" role="region" aria-label="List of trades">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"#"</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>
                        <tr aria-hidden="true" class="table__space"><td colspan="14" style:height=move || format!("{}px", range().0 as f64 * ROW_PX)></td></tr>
                        {rows}
                        <tr aria-hidden="true" class="table__space"><td colspan="14" style:height=move || format!("{}px", room.get().saturating_sub(range().1) as f64 * ROW_PX)></td></tr>
                    </tbody>
                </table>
                <Show when=move || count() == 0>
                    <p class="empty">
                        {move || if awaits() { "The trades after the split line are being computed." } else if all() == 0 { "No trade. The funnel says which condition lets nothing through." } else { "None of the trades is of this kind." }}
                    </p>
                </Show>
            </div>
        </section>
    }
}

fn row(number: usize, (shown, is_behind): (&TradeView, bool), start: f64) -> impl IntoView + use<> {
    let state = use_state();
    let trade = &shown.trade;
    let side = match trade.side {
        Side::Long => "▲ long",
        Side::Short => "▼ short",
    };
    let reason = trade.exit_reason.name();
    let net = trade.net_r();
    let minutes = (shown.times_ms.1 - shown.times_ms.0) as f64 / MINUTE_MS as f64;
    let net_class = if net > 0.0 { "pos" } else { "neg" };
    let crosses = state.crosses_jump(shown);
    let badges = [
        (is_behind, "out", "it is out-of-sample, on the account that starts at the split line"),
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
            aria-selected=flag(move || state.view.selected.get() == Some(number))
            on:click=move |_| state.show_trade(number)
        >
            <td>{number + 1}</td>
            <td class="left">{side}</td>
            <td>{format_time(shown.times_ms.0)[2..].to_owned()}</td>
            <td>{price(trade.entry_price)}</td>
            <td>{format_time(shown.times_ms.1)[2..].to_owned()}</td>
            <td>{price(trade.exit_price)}</td>
            <td class=net_class>{signed(net, 2)}</td>
            <td class="hide-phone">{signed(trade.net, 2)}</td>
            <td class="hide-phone">{signed(trade.equity_before + trade.net - start, 2)}</td>
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
            <td class="hide-phone trades__time">{MetricUnit::Minutes.show(&Ok(minutes), false)}</td>
        </tr>
    }
}

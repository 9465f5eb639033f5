//! Two results side by side: the same parameters on raw and on cleaned rows, or what is pinned and what came of it.

mod saved;

use crate::charts::scene::Tone;
use crate::diagnose::{Change, Pair};
use crate::domain::{format_time, grouped};
use crate::format::{fixed, price, signed};
use crate::protocol::{CompareQuestion, TradeView};
use crate::quality::CLEANING;
use crate::session::Settings;
use crate::ui::charts::{Curve, CurveChart};
use crate::ui::parts::{ErrorBox, Failed, ScrollX, StatCard, flag, is_split};
use crate::ui::state::{Answered, use_state};
use crate::workspace::Workspace;
use leptos::prelude::*;

/// Trades listed at once.
const LISTED: usize = 200;

/// The settings that differ between A and B.
fn changes(view: &Answered<CompareQuestion>) -> Option<String> {
    let question = view.question();
    let before = question.against.as_ref()?;
    let of = |settings: &Settings| Workspace { settings: settings.clone(), ..Workspace::default() };
    let keys = of(before).changed(&of(&question.settings));
    let text = |settings: &Settings, key: &str| -> String {
        let (params, cleaning, window) = (&settings.params, &settings.cleaning, &settings.window);
        let time = |time: Option<i64>| time.map_or_else(|| "none".to_owned(), format_time);
        match key {
            "strategy" => params.strategy().label.to_owned(),
            "policy" => cleaning.policy.name().to_owned(),
            "last" => grouped(window.newest),
            "from" => time(window.from_ms),
            "to" => time(window.to_ms),
            "split" => time(window.split_ms),
            _ => {
                let own = params.spec(key).zip(params.get(key));
                let of_cleaning = CLEANING.iter().find(|spec| spec.key == key);
                let found = own.or_else(|| of_cleaning.zip(cleaning.get(key)));
                found.map_or_else(String::new, |(spec, value)| spec.show(value))
            }
        }
    };
    let each = keys.iter().map(|key| {
        let spec = question.settings.params.spec(key);
        let label = spec.or_else(|| CLEANING.iter().find(|spec| spec.key == *key)).map_or(
            match *key {
                "policy" => "cleaning policy",
                "last" => "newest rows",
                "from" => "first date",
                "to" => "end",
                "split" => "split line",
                other => other,
            },
            |spec| spec.label,
        );
        format!("{label} {} → {}", text(before, key), text(&question.settings, key))
    });
    let each: Vec<String> = each.collect();
    Some(if each.is_empty() {
        "A is pinned and nothing was changed since: both sides are the same.".to_owned()
    } else {
        format!("A is pinned, B is the result as it is now. Changed: {}.", each.join(", "))
    })
}

fn parts(view: &Answered<CompareQuestion>) -> impl IntoView + use<> {
    let start = view.question().settings.params.engine.starting_equity;
    let share = |money: f64| Ok(format!("{} %", signed(money / start * 100.0, 1)));
    let tone = |money: f64| {
        if money > 0.0 {
            "pos"
        } else if money < 0.0 {
            "neg"
        } else {
            ""
        }
    };
    let parts = view.comparison.parts;
    let total = parts.signals + parts.fills + parts.sizing;
    view! {
        <div class="cards cards--wide">
            <StatCard label="Change of net" basis="trade" value=share(total) tone=tone(total) note="of the starting equity; the three parts add up to it"/>
            <StatCard label="From signals" basis="trade" value=share(parts.signals) tone=tone(parts.signals) note="net of new trades less net of lost ones"/>
            <StatCard label="From fills" basis="trade" value=share(parts.fills) tone=tone(parts.fills) note="other R of the same trades" formula="ΔR · mean risk"/>
            <StatCard label="From sizing" basis="trade" value=share(parts.sizing) tone=tone(parts.sizing) note="other risk of the same trades" formula="Δrisk · mean R"/>
        </div>
    }
}

const fn change_doc(change: Change) -> &'static str {
    match change {
        Change::Kept => "same entry, same exit",
        Change::ExitChanged => "same entry, other exit",
        Change::Moved => "same signal, other fill",
        Change::Lost => "only in the first result",
        Change::New => "only in the second result",
    }
}

fn trade_row(view: &Answered<CompareQuestion>, pair: Pair) -> impl IntoView + use<> {
    let state = use_state();
    let of = |side: usize, number: Option<u32>| -> Option<TradeView> {
        view.trades[side].get(number? as usize).cloned()
    };
    let (before, after) = (of(0, pair.before), of(1, pair.after));
    let shown = after.clone().or_else(|| before.clone());
    let entered = shown.as_ref().map_or_else(String::new, |t| format_time(t.times_ms.0));
    let side = shown.as_ref().map_or("", |t| t.trade.side.name());
    let r = |shown: &Option<TradeView>| {
        shown.as_ref().map_or_else(|| "–".to_owned(), |t| signed(t.trade.net_r(), 2))
    };
    let exit = |shown: &Option<TradeView>| {
        shown.as_ref().map_or_else(
            || "–".to_owned(),
            |t| {
                format!(
                    "{} {} at {}",
                    &format_time(t.times_ms.1)[5..],
                    t.trade.exit_reason.name().replace('_', " "),
                    price(t.trade.exit_price)
                )
            },
        )
    };
    let (number, places) = (pair.after, shown.map(|t| t.candles));
    let go = move |_| {
        state.view.tab.set(crate::ui::state::Tab::Backtest);
        match (number, places) {
            (Some(number), _) => state.show_trade(number as usize),
            (None, Some(places)) => {
                state.view.selected.set(None);
                state.view.explain.set(Some(places[1]));
                state.view.show_candles(places);
            }
            _ => {}
        }
    };
    view! {
        <tr>
            <td><span class=format!("tag tag--{}", pair.change.name())>{pair.change.label()}</span></td>
            <td><button class="link" on:click=go>{entered}</button></td>
            <td>{side}</td>
            <td class="number">{r(&before)}</td>
            <td class="number">{r(&after)}</td>
            <td>{exit(&before)}</td>
            <td>{exit(&after)}</td>
            <td class="number">{signed(pair.net, 2)}</td>
        </tr>
    }
}

/// The page.
#[component]
pub fn ComparePage() -> impl IntoView {
    let state = use_state();
    let only = RwSignal::new(None::<Change>);
    let listed = RwSignal::new(LISTED);
    let current = move || state.answers.compared.get();
    let busy =
        move || state.answers.current().is_none() || state.answers.lacks(state.answers.compared);
    let is_raw = move || {
        state.choices.cleaning.with(|cleaning| cleaning.policy == crate::quality::Policy::Raw)
    };
    // What is shown, which may lag behind what was chosen.
    let is_pinned = move || current().is_some_and(|view| view.question().against.is_some());
    let versus = move || {
        let chosen = state.view.against_pin;
        state.choices.pinned.with(Option::is_some).then(|| {
            view! {
                <div class="compare__versus">
                    <span class="seg" role="group" aria-label="Compare with">
                        <button type="button" aria-pressed=flag(move || !chosen.get()) on:click=move |_| chosen.set(false)>"Raw rows"</button>
                        <button type="button" aria-pressed=flag(move || chosen.get()) on:click=move |_| chosen.set(true)>"Pinned A"</button>
                    </span>
                    {move || current().and_then(|view| changes(&view))}
                    <button class="btn btn--small" on:click=move |_| state.choices.pinned.set(None)>"Unpin A"</button>
                </div>
            }
        })
    };
    let curves = Signal::derive(move || {
        state.answers.compared.get().map_or_else(Vec::new, |view| {
            let [raw, cleaned] = view.curves.clone();
            let [first, second] = view.question().names().map(str::to_owned);
            vec![
                Curve { name: second, view: cleaned, tone: Tone::Accent, width: 1.7 },
                Curve { name: first, view: raw, tone: Tone::Ghost, width: 1.2 },
            ]
        })
    });
    let start = Signal::derive(move || {
        state.answers.compared.with(|c| {
            c.as_ref().map_or(0.0, |c| c.question().settings.params.engine.starting_equity)
        })
    });
    let log = RwSignal::new(false);
    let description = Signal::derive(move || {
        state.answers.compared.get().map_or_else(String::new, |view| {
            let [raw, cleaned] = view.curves.each_ref().map(|curve| fixed(curve.end, 0));
            let [first, second] = view.question().names();
            format!("{first} ends at {raw}, {second} at {cleaned}")
        })
    });
    let filters = move || {
        let view = current()?;
        Some(
            Change::ALL
                .into_iter()
                .map(|change| {
                    let count = view.comparison.count(change);
                    view! {
                        <button
                            type="button"
                            title=change_doc(change)
                            aria-pressed=flag(move || only.get() == Some(change))
                            on:click=move |_| {
                                listed.set(LISTED);
                                only.update(|only| *only = if *only == Some(change) { None } else { Some(change) });
                            }
                        >
                            {change.label()} " " <b>{grouped(count)}</b>
                        </button>
                    }
                })
                .collect_view(),
        )
    };
    let list = move || {
        let view = current()?;
        let chosen: Vec<Pair> = view
            .comparison
            .pairs
            .iter()
            .copied()
            .filter(|pair| only.get().is_none_or(|only| pair.change == only))
            .collect();
        let more = chosen.len().saturating_sub(listed.get());
        let rows =
            chosen.iter().take(listed.get()).map(|pair| trade_row(&view, *pair)).collect_view();
        let [first, second] = view.question().names();
        Some(view! {
            <ScrollX label="Table: trade by trade">
                <table class="table table--plain">
                    <thead>
                        <tr>
                            <th scope="col">"Change"</th>
                            <th scope="col">"Entered, UTC"</th>
                            <th scope="col">"Side"</th>
                            <th scope="col" class="number">{format!("R {first}")}</th>
                            <th scope="col" class="number">{format!("R {second}")}</th>
                            <th scope="col">{format!("Exit {first}")}</th>
                            <th scope="col">{format!("Exit {second}")}</th>
                            <th scope="col" class="number">"Net change"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </ScrollX>
            {(more > 0).then(|| view! {
                <button class="btn btn--wide" on:click=move |_| listed.update(|n| *n += LISTED)>
                    {format!("Show more: {} are left", grouped(more))}
                </button>
            })}
        })
    };
    view! {
        <div class="compare" role="tabpanel" aria-labelledby="tab-Compare" aria-busy=flag(busy)>
            <h1 class="sr-only" id="title" tabindex="-1">"Compare"</h1>
            {move || state.answers.backtest.failure().map(|error| view! { <ErrorBox error/> })}
            {versus}
            <Show when=move || is_raw() && !is_pinned()>
                <p class="hints">"The chosen policy is raw itself, so both sides are the same. Choose another one on the Clean page."</p>
            </Show>
            <div class="compare__grid" class:dim=busy>
                <section class="panel" aria-label="Side by side">
                    <header class="panel__head">
                        <h2>{move || if is_pinned() { "A as pinned, B as it is now" } else { "Same parameters, raw and cleaned" }} {move || is_split(state).then_some(", in-sample")}</h2>
                    </header>
            <Failed asked=state.answers.compared/>
                    <div inner_html=move || current().map_or_else(String::new, |view| view.table.joined())></div>
                </section>
                <div class="compare__right">
                    <section class="panel" aria-label="Where the change comes from">
                        <header class="panel__head"><h2>"Where the change comes from"</h2></header>
                        {move || current().map(|view| parts(&view))}
                    </section>
                    <section class="panel" aria-label="Both equity curves">
                        <header class="panel__head"><h2>"Both equity curves"</h2></header>
                        <CurveChart label="Both equity curves" stem="compare" curves start log=Signal::derive(move || log.get()) description whole=false>
                            <span class="seg" role="group" aria-label="Axis">
                                <button type="button" aria-label="Logarithmic equity axis" aria-pressed=flag(move || log.get()) on:click=move |_| log.update(|log| *log = !*log)>"Log"</button>
                            </span>
                        </CurveChart>
                    </section>
                </div>
            </div>
            <section class="panel" class:dim=busy aria-label="Trade by trade">
                <header class="panel__head">
                    <h2>"Trade by trade" {move || is_split(state).then_some(", in-sample")}</h2>
                    <span class="spacer"></span>
                    <span class="seg seg--wrap" role="group" aria-label="Show only">{filters}</span>
                </header>
                {list}
            </section>
            <saved::SavedPanel/>
        </div>
    }
}

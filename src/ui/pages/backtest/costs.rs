//! Costs and risk: what the trades earn before and after costs, at which costs they would break even, how much of the
//! intended risk the leverage cap leaves, and how far the result depends on the unseen path inside a candle.

use crate::charts::scene::Tone;
use crate::diagnose::Bounds;
use crate::domain::grouped;
use crate::format::{counted, fixed, percent, signed};
use crate::protocol::{CostsQuestion, CostsView};
use crate::table::ParamValue;
use crate::ui::charts::{Curve, CurveChart};
use crate::ui::parts::{Failed, ScrollX, StatCard, flag, number, path_badge, told, value};
use crate::ui::state::{Answered, Run, use_state};
use leptos::prelude::*;

fn cards(view: &Run) -> impl IntoView + use<> {
    let money = |key: &str| number(view, key).unwrap_or(0.0);
    let start = view.question().settings.params.engine.starting_equity;
    let share = |key: &str, sign: f64| {
        let value = sign * money(key) / start;
        (format!("{} %", signed(value * 100.0, 1)), value)
    };
    let of = |key: &str, show: &dyn Fn(f64) -> String| {
        value(view, key).map_or_else(|| Err(String::new()), |value| told(value, show))
    };
    let tone = |value: f64| {
        if value > 0.0 {
            "pos"
        } else if value < 0.0 {
            "neg"
        } else {
            ""
        }
    };
    let [gross, fees, slippage, net] = [
        share("gross_profit", 1.0),
        share("fees", -1.0),
        share("slippage_cost", -1.0),
        share("net_profit", 1.0),
    ];
    let intended = view.question().settings.params.engine.risk_per_trade;
    let n = view.trades.len();
    let capped = money("capped_trades") as usize;
    view! {
        <div class="cards cards--wide">
            <StatCard label="Gross" basis="trade" value=Ok(gross.0) tone=tone(gross.1) note="of the starting equity, unslipped prices"/>
            <StatCard label="Slippage" basis="trade" value=Ok(slippage.0) tone=tone(slippage.1) note="both sides of every trade"/>
            <StatCard label="Fees" basis="trade" value=Ok(fees.0) tone=tone(fees.1) note="both sides of every trade"/>
            <StatCard label="Net" basis="trade" value=Ok(net.0) tone=tone(net.1) note="gross − slippage − fees"/>
            <StatCard label="Cost in R" basis="trade" value=of("cost_r", &|v| format!("{} R", fixed(v, 3))) note="of the risk of an average trade" formula="mean of 2·(fee + slippage)/stop"/>
            <StatCard label="Drag per trade" basis="trade" value=of("drag_per_trade", &|v| percent(v, 3)) note="of the equity" formula="notional/equity · 2·(fee + slippage)"/>
            <StatCard label="Break-even win rate" basis="trade" value=of("win_rate_breakeven", &|v| percent(v, 1)) note=format!("win rate {}", number(view, "win_rate").map_or_else(|| "undefined".to_owned(), |v| percent(v, 1))) formula="(sl + 2·fee + slippage)/(sl + tp), first order"/>
            <StatCard label="Cost that breaks even" basis="trade" value=of("zero_expectancy_cost", &|v| percent(v, 3)) note=format!("you pay about {}", percent(2.0 * (view.question().settings.params.engine.fee + view.question().settings.params.engine.slippage), 3)) formula="Σ gross / Σ notional, round trip"/>
            <StatCard label="Capped trades" basis="trade" value=of("capped_share", &|v| percent(v, 1)) note=format!("{} of {} by the leverage cap", grouped(capped), grouped(n))/>
            <StatCard label="Effective risk" basis="trade" value=of("effective_risk", &|v| percent(v, 3)) note=format!("{} intended", percent(intended, 2)) formula="mean of risk / equity before, after the cap"/>
        </div>
    }
}

fn bound_row(name: &'static str, note: &'static str, bounds: &Bounds) -> impl IntoView + use<> {
    let rate = if bounds.trades > 0 {
        percent(bounds.wins as f64 / bounds.trades as f64, 1)
    } else {
        "–".to_owned()
    };
    view! {
        <tr>
            <th scope="row">{name}<small>{note}</small></th>
            <td class="number">{format!("{} %", signed(bounds.total_return * 100.0, 1))}</td>
            <td class="number">{bounds.expectancy_r.map_or_else(|| "–".to_owned(), |r| format!("{} R", signed(r, 3)))}</td>
            <td class="number">{rate}</td>
            <td class="number">{grouped(bounds.trades)}</td>
            <td class="number">{grouped(bounds.ambiguous)}</td>
        </tr>
    }
}

fn bounds_table(costs: &CostsView) -> impl IntoView + use<> {
    let none = costs.stop_first.ambiguous == 0 && costs.target_first.ambiguous == 0;
    let rows = (
        bound_row("Stop first", "pessimistic; every number on this page", &costs.stop_first),
        bound_row("Target first", "optimistic bound", &costs.target_first),
    );
    view! {
        <div class="costs__bounds">
            <h3>"The path inside a candle"</h3>
            {path_badge(costs)}
            <ScrollX label="Bounds of the result">
            <table class="table table--plain">
                <thead>
                    <tr>
                        <th scope="col">"When stop and target lie in one candle"</th>
                        <th scope="col" class="number">"Return"</th>
                        <th scope="col" class="number">"Expectancy"</th>
                        <th scope="col" class="number">"Win rate"</th>
                        <th scope="col" class="number">"Trades"</th>
                        <th scope="col" class="number">"Ambiguous"</th>
                    </tr>
                </thead>
                <tbody>
                    {rows}
                    </tbody>
            </table>
            </ScrollX>
            {none.then(|| view! { <p class="explain__note">"No candle held both, so the bounds are the same."</p> })}
        </div>
    }
}

/// Which of seven classes a return has, for its colour; the number is always written too.
fn heat_class(value: f64) -> &'static str {
    match value {
        v if v >= 0.25 => "heat heat--p3",
        v if v >= 0.05 => "heat heat--p2",
        v if v > 0.0 => "heat heat--p1",
        v if v > -0.05 => "heat heat--n1",
        v if v > -0.25 => "heat heat--n2",
        _ => "heat heat--n3",
    }
}

fn heat_table(costs: &Answered<CostsQuestion>) -> impl IntoView + use<> {
    let state = use_state();
    let heat = costs.heat.clone();
    let (fee, slippage) = (
        costs.question().settings.params.engine.fee,
        costs.question().settings.params.engine.slippage,
    );
    let head = heat
        .fees
        .iter()
        .map(|fee| view! { <th scope="col" class="number">{percent(*fee, 3)}</th> })
        .collect_view();
    let rows = heat
        .slippages
        .iter()
        .enumerate()
        .map(|(row, &cell_slippage)| {
            let cells = heat
                .fees
                .iter()
                .enumerate()
                .map(|(column, &cell_fee)| {
                    let at = row * heat.fees.len() + column;
                    let result = heat.total_return[at];
                    let here = cell_fee == fee && cell_slippage == slippage;
                    let expectancy = heat.expectancy_r[at]
                        .map_or_else(|| "no trade".to_owned(), |r| format!("{} R a trade", signed(r, 3)));
                    let title = format!(
                        "Fee {}, slippage {} a side: {} %, {expectancy}, {}",
                        percent(cell_fee, 3),
                        percent(cell_slippage, 3),
                        signed(result * 100.0, 1),
                        counted(heat.trades[at] as usize, "trade")
                    );
                    let set = move |_| {
                        state.choices.params.update(|params| {
                            params.set("fee", ParamValue::Number(cell_fee)).ok();
                            params.set("slippage", ParamValue::Number(cell_slippage)).ok();
                        });
                    };
                    view! {
                        <td>
                            <button type="button" class=heat_class(result) class:heat--here=here title=title.clone() aria-label=title aria-pressed=here.to_string() on:click=set>
                                {signed(result * 100.0, 0)}
                            </button>
                        </td>
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row" class="number">{percent(cell_slippage, 3)}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="costs__heat">
            <h3>"Net return in % by fee and slippage a side"</h3>
            <ScrollX label="Net return by fee and slippage">
                <table class="heat-table">
                    <thead>
                        <tr><th scope="col">"slippage ↓ fee →"</th>{head}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </ScrollX>
            <p class="explain__note">"Click a cell to use its costs; everything else stays. Levels with few trades can jump: another cost moves stops, and so trades."</p>
        </div>
    }
}

/// The panel.
#[component]
pub fn CostsPanel() -> impl IntoView {
    let state = use_state();
    let stale = move || state.answers.lacks(state.answers.costs);
    let curves = Signal::derive(move || {
        state.answers.costs.get().map_or_else(Vec::new, |costs| {
            let [gross, slipped, net] = costs.curves.clone();
            let curve =
                |name: &str, view, tone, width| Curve { name: name.to_owned(), view, tone, width };
            vec![
                curve("net", net, Tone::Accent, 1.8),
                curve("after slippage", slipped, Tone::Level, 1.2),
                curve("gross", gross, Tone::Gain, 1.2),
            ]
        })
    });
    let start = Signal::derive(move || {
        state.answers.costs.with(|c| {
            c.as_ref().map_or(0.0, |c| c.question().settings.params.engine.starting_equity)
        })
    });
    let description = Signal::derive(move || {
        state.answers.costs.get().map_or_else(String::new, |costs| {
            let [gross, slipped, net] = costs.curves.each_ref().map(|curve| fixed(curve.end, 0));
            format!(
                "Starting equity plus realised results of the same trades, not compounded: gross {gross}, after slippage {slipped}, after \
                 slippage and fees {net}"
            )
        })
    });
    let shown = Memo::new(move |_| state.answers.costs.with(Option::is_some));
    view! {
        <section class="panel costs" class:dim=stale aria-label="Costs and risk" aria-busy=flag(stale)>
            <header class="panel__head"><h2>"Costs and risk"</h2></header>
            <Failed asked=state.answers.costs/>
            {move || state.answers.backtest.get().map(|view| cards(&view))}
            <Show when=move || shown.get()>
                <p class="legend">
                    "Realised, not compounded: "
                    <span class="legend__gain">"gross"</span> ", "
                    <span class="legend__level">"after slippage"</span> ", "
                    <span class="legend__cleaned">"net"</span>
                </p>
                <CurveChart label="Gross, after slippage, net" stem="costs" curves start log=Signal::derive(|| false) description whole=false>
                    <span></span>
                </CurveChart>
            </Show>
            <div class="costs__grid">
                {move || state.answers.costs.get().map(|costs| view! {
                    {bounds_table(&costs)}
                    {heat_table(&costs)}
                })}
            </div>
        </section>
    }
}

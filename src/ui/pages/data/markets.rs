//! All markets that are open: the table with its verdicts, what the current one is of, merging, gates and audits.

use crate::audit::{AUDIT_GATES, FailOn, GateSetting, Threshold};
use crate::protocol::{AuditView, ExportKind};
use crate::ui::parts::{Failed, flag};
use crate::ui::state::{AppState, OpenMarket, use_state};
use crate::universe::{MarketId, MergePolicy};
use crate::web::{files, page};
use leptos::prelude::*;
use web_sys::{Element, MouseEvent};

/// The panel. With one market it is folded, since gates are of use for one, too.
#[component]
pub fn MarketsPanel() -> impl IntoView {
    let state = use_state();
    let asked = state.answers.audit;
    let part = move |part: fn(&AuditView) -> &String| {
        move || asked.get().map_or_else(String::new, |found| part(&found).clone())
    };
    let several = move || state.files.markets.with(Vec::len) > 1;
    let clicked = move |event: MouseEvent| {
        let target: Element = event_target(&event);
        let Ok(Some(mark)) = target.closest("[data-market]") else { return };
        let number = mark.get_attribute("data-market").and_then(|number| number.parse().ok());
        if let Some(number) = number {
            state.files.show(MarketId(number));
        }
    };
    let left_out = move || {
        let left = state.files.left_out.get();
        (!left.is_empty()).then(|| {
            let rows = left.into_iter().map(|(name, reason)| {
                view! { <li><bdi>{name}</bdi>": " {reason}</li> }
            });
            view! {
                <details class="more">
                    <summary>{format!("Files that were left out: {}", rows.len())}</summary>
                    <ul class="plain">{rows.collect_view()}</ul>
                </details>
            }
        })
    };
    let open = state.files.gates_open;
    let unfolded = move |event: web_sys::Event| {
        let details: Element = event_target(&event);
        open.set(details.has_attribute("open"));
    };
    view! {
        <section class="panel" aria-label="Markets">
            <header class="panel__head"><h2>"Markets"</h2></header>
            <Failed asked/>
            <div class="told">
                <p class="note">{part(|found| &found.line)}</p>
                <div inner_html=part(|found| &found.table) on:click=clicked></div>
            </div>
            {left_out}
            {move || state.files.open_market().map(|market| name_fields(state, &market))}
            {move || several().then(|| merging(state))}
            <details class="more" prop:open=move || open.get() on:toggle=unfolded>
                <summary>"Gates and audits"</summary>
                <GateEditor/>
            </details>
        </section>
    }
}

/// What the current market is of, with who said so; the user's word comes before all others.
fn name_fields(state: AppState, market: &OpenMarket) -> impl IntoView + use<> {
    let named = &market.view.named;
    let can_be_named = state.files.can_be_named();
    let field = move |label: &'static str,
                      id: &'static str,
                      known: &Option<String>,
                      by: &'static str| {
        let value = known.clone().unwrap_or_default();
        view! {
            <label for=id>{label}</label>
            <input
                id=id
                type="text"
                size="12"
                autocomplete="off"
                disabled=!can_be_named
                title=(!can_be_named).then_some("Of a sample or a merged market this is not yours to say.")
                prop:value=value
                on:change=move |event| {
                    let text = event_target_value(&event);
                    let text = Some(text.as_str());
                    if id == "symbol" {
                        state.files.rename(text, None);
                    } else {
                        state.files.rename(None, text);
                    }
                }
            />
            <small>{by}</small>
        }
    };
    view! {
        <div class="fields">
            {field("Symbol", "symbol", &named.symbol, named.symbol_from.words())}
            {field("Venue", "venue", &named.venue, named.venue_from.words())}
        </div>
    }
}

/// Which venues stand in for the current market.
fn merging(state: AppState) -> impl IntoView {
    let current = state.files.open_market()?;
    let others: Vec<OpenMarket> = state.files.markets.with(|markets| {
        let fits = |market: &&OpenMarket| {
            market.id != current.id
                && !market.view.is_merged
                // A lone word such as IBM may be anything; typed by the user it is sure.
                && market.view.named.symbol_certain
                && current.view.named.symbol_certain
                && market.view.timeframe_ms == current.view.timeframe_ms
                && market.view.has_volume == current.view.has_volume
                && current.view.named.differs(&market.view.named).is_none()
                // Without a time in common it can never stand in.
                && market.view.span_ms.0 <= current.view.span_ms.1
                && current.view.span_ms.0 <= market.view.span_ms.1
        };
        markets.iter().filter(fits).cloned().collect()
    });
    if others.is_empty() || current.view.is_merged {
        return None;
    }
    let how = state.files.merging;
    let ids: Vec<MarketId> = others.iter().map(|market| market.id).collect();
    let in_order = {
        let ids = ids.clone();
        move || {
            let mut ids = ids.clone();
            how.with(|how| how.sort(&mut ids));
            ids
        }
    };
    let row = {
        let in_order = in_order.clone();
        move |(at, id): (usize, MarketId)| {
            let name = others.iter().find(|market| market.id == id)?.name.clone();
            let (box_id, button_id) = (format!("venue-{}", id.0), format!("sooner-{}", id.0));
            let label = box_id.clone();
            let sooner = {
                let (in_order, button_id) = (in_order.clone(), button_id.clone());
                move |_| {
                    let offered = untrack(&in_order);
                    how.update(|how| how.sooner(id, &offered));
                    let button_id = button_id.clone();
                    request_animation_frame(move || page::focus(&button_id));
                }
            };
            let sooner = (at > 0).then(|| view! {
                <button type="button" class="link" id=button_id aria-label=format!("Ask {name} sooner") title="Ask it sooner" on:click=sooner>"↑"</button>
            });
            Some(view! {
                <label for=label>
                    <input
                        id=box_id
                        type="checkbox"
                        prop:checked=move || how.with(|how| !how.off.contains(&id))
                        on:change=move |event| how.update(|how| {
                            how.off.retain(|off| *off != id);
                            if !event_target_checked(&event) { how.off.push(id); }
                        })
                    />
                    {format!(" {}. ", at + 1)} <bdi>{name.clone()}</bdi>
                </label>
                {sooner}
            })
        }
    };
    let rows = {
        let in_order = in_order.clone();
        move || in_order().into_iter().enumerate().map(&row).collect_view()
    };
    let merge = move |_| {
        let mut chosen = vec![current.id];
        let is_on = |id: &MarketId| how.with_untracked(|how| !how.off.contains(id));
        chosen.extend(untrack(&in_order).into_iter().filter(is_on));
        if chosen.len() > 1 {
            state.files.merge(&chosen);
        } else {
            state.workers.notice.set(Some("Choose a venue that may stand in.".to_owned()));
        }
    };
    let policy = move || how.with(|how| how.policy.name());
    Some(view! {
        <fieldset class="fields">
            <legend>"Where nobody traded here, the first of these venues that did stands in"</legend>
            {rows}
            <label for="merge-policy">"By"</label>
            <select id="merge-policy" class="btn" prop:value=policy on:change=move |event| {
                let policy = MergePolicy::from_name(&event_target_value(&event)).unwrap_or_default();
                how.update(|how| how.policy = policy);
            }>
                <option value="priority">"priority: whole rows"</option>
                <option value="median">"median of three or more"</option>
            </select>
            <label for="merge-basis">
                <input id="merge-basis" type="checkbox" prop:checked=move || how.with(|how| !how.keeps_level) on:change=move |event| how.update(|how| how.keeps_level = !event_target_checked(&event))/>
                " Move prices to this level"
            </label>
            <button class="btn btn--primary" on:click=merge>"Merge venues"</button>
        </fieldset>
    })
}

/// What the current market was joined or merged from.
#[component]
pub fn CombinedPanel() -> impl IntoView {
    let state = use_state();
    move || {
        let view = state.files.loaded.get()?;
        let title = if view.is_merged { "Merged from" } else { "Joined from" };
        (!view.combined.is_empty()).then(|| view! {
            <section class="panel" aria-label=title>
                <header class="panel__head">
                    <h2>{title}</h2>
                    <span class="spacer"></span>
                    {view.is_merged.then(|| view! {
                        <button class="btn" on:click=move |_| state.export(ExportKind::MergedCsv)>"Download rows with sources"</button>
                    })}
                </header>
                <div class="told" inner_html=view.combined.clone()></div>
            </section>
        })
    }
}

/// Thresholds of the user's own, as a file that the command reads; an earlier audit, and what got worse since.
#[component]
fn GateEditor() -> impl IntoView {
    let state = use_state();
    let (gates, previous, asked) = (state.files.gates, state.files.previous, state.answers.audit);
    // What was typed last and is no threshold: where, and what is said.
    let wrong = RwSignal::new(None::<((usize, bool), String)>);
    let limit = move |at: usize, is_fail: bool| {
        let usual = if is_fail { AUDIT_GATES[at].fail } else { AUDIT_GATES[at].warn };
        let value = move || {
            gates.with(|gates| match gates.gates[at] {
                Some(GateSetting::At(own)) => {
                    if is_fail {
                        own.fail
                    } else {
                        own.warn
                    }
                }
                _ => None,
            })
        };
        let wrong_here = move || {
            wrong.with(|wrong| wrong.as_ref().is_some_and(|(place, _)| *place == (at, is_fail)))
        };
        let typed = move |event| {
            let text = event_target_value(&event);
            let number = match AUDIT_GATES[at].typed(&text) {
                Ok(number) => number,
                Err(what) => {
                    let (label, verb) =
                        (AUDIT_GATES[at].label, if is_fail { "Fails" } else { "Warns" });
                    let told = format!(
                        "{label}, {verb}: \u{201c}{}\u{201d} was not taken: {what}. What held before holds.",
                        text.trim()
                    );
                    wrong.set(Some(((at, is_fail), told)));
                    return;
                }
            };
            if untrack(wrong_here) {
                wrong.set(None);
            }
            gates.update(|gates| {
                let mut own = match gates.gates[at] {
                    Some(GateSetting::At(own)) => own,
                    _ => Threshold::default(),
                };
                if is_fail {
                    own.fail = number;
                } else {
                    own.warn = number;
                }
                gates.gates[at] = (own != Threshold::default()).then_some(GateSetting::At(own));
            });
        };
        let name = format!("{} {}", AUDIT_GATES[at].label, if is_fail { "fails" } else { "warns" });
        view! {
            <td><input
                type="text"
                inputmode="decimal"
                size="7"
                aria-label=name
                placeholder=usual.map_or_else(|| "none".to_owned(), |usual| usual.to_string())
                disabled=move || gates.with(|gates| gates.gates[at] == Some(GateSetting::Off))
                aria-invalid=flag(wrong_here)
                prop:value=move || value().map_or_else(String::new, |value| value.to_string())
                on:change=typed
            /></td>
        }
    };
    let rows = AUDIT_GATES.iter().enumerate().map(|(at, gate)| {
        let is_on = move || gates.with(|gates| gates.gates[at] != Some(GateSetting::Off));
        view! {
            <tr>
                <th scope="row">{gate.label} " " <small>{gate.what}</small></th>
                <td><input
                    type="checkbox"
                    aria-label=format!("{} is judged", gate.label)
                    prop:checked=is_on
                    on:change=move |event| gates.update(|gates| {
                        gates.gates[at] = (!event_target_checked(&event)).then_some(GateSetting::Off);
                    })
                /></td>
                {limit(at, false)}
                {limit(at, true)}
            </tr>
        }
    });
    let save = move |name: &'static str, media: &'static str, part: fn(&AuditView) -> &String| {
        move |_| {
            let Some(found) = asked.get_untracked() else { return };
            if let Err(error) = files::download(name, media, &[part(&found).clone()]) {
                state.workers.notice.set(Some(files::describe(&error)));
            }
        }
    };
    let opened = move |event: web_sys::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            state.files.open_previous(file);
        }
        input.set_value("");
    };
    let contradicts = move || {
        asked.with(|found| found.as_ref().is_some_and(|found| found.contradiction.is_some()))
    };
    let problem = move || {
        let typed = wrong.get().map(|(_, told)| told);
        let against = || {
            let text = asked.get()?.contradiction.clone()?;
            Some(format!("{text}. Until then the usual thresholds hold for every market."))
        };
        let text = typed.or_else(against)?;
        Some(view! { <p class="note note--bad" role="alert">{text}</p> })
    };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label="Gates editor">
            <table class="table table--plain">
                <thead><tr><th scope="col">"Gate"</th><th scope="col">"Judged"</th><th scope="col">"Warns"</th><th scope="col">"Fails"</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        {problem}
        <div class="fields">
            <label for="fail-on">"The audit fails where a gate"</label>
            <select id="fail-on" class="btn" on:change=move |event| gates.update(|gates| {
                let name = event_target_value(&event);
                gates.options.fail_on = FailOn::ALL.into_iter().find(|one| one.name() == name).unwrap_or_default();
            })>
                <option value="fail">"fails"</option>
                <option value="warn">"fails or warns"</option>
            </select>
            <label for="fail-on-worse">
                <input id="fail-on-worse" type="checkbox" on:change=move |event| gates.update(|gates| gates.options.fail_on_worse = event_target_checked(&event))/>
                " or a market got worse"
            </label>
            <button class="btn" disabled=contradicts on:click=save("gates.toml", "application/toml", |found| &found.gates)>"Download gates.toml"</button>
            <button class="btn" on:click=save("audit.json", "application/json", |found| &found.document)>"Download this audit"</button>
            <label class="btn file">
                "Open an earlier audit…"
                <input type="file" class="file__input" aria-label="Open an earlier audit" accept=".json,application/json" on:change=opened/>
            </label>
        </div>
        <p class="note">"Shares are fractions: 1 % is 0.01, and 1 % may be typed, too. An empty field keeps the usual threshold. The command audits by the same file: cleansweep audit FILES --gates gates.toml."</p>
        {move || previous.get().map(|(name, _)| view! {
            <p class="note">"Compared with " <bdi>{name}</bdi> " " <button class="link" on:click=move |_| previous.set(None)>"Close it"</button></p>
        })}
        <div inner_html=move || asked.get().map_or_else(String::new, |found| found.changes.clone())></div>
    }
}

//! What the page says about the link that it was opened with.

use crate::domain::grouped;
use crate::format::counted;
use crate::ui::state::use_state;
use crate::workspace::{Agreement, ResultPrint, agreement};
use leptos::prelude::*;

/// Whether the result is the one of the link, once both are known.
#[component]
pub fn LinkNotice() -> impl IntoView {
    let state = use_state();
    let found = move || {
        let link = state.keeper.link.get()?;
        let (data, result) = (link.data.as_ref()?, link.result.as_ref()?);
        let (backtest, detail) = (state.answers.current()?, state.answers.current_detail()?);
        let of_link = state.keeper.link_market.get() == state.files.current.get();
        if !of_link || backtest.question().settings != link.workspace.settings {
            return None;
        }
        let mine = ResultPrint::of(&backtest.trades);
        let found = agreement((&detail.fingerprint, data), (&mine, result));
        let trades = counted(backtest.trades.len(), "trade");
        Some(match found {
            Agreement::Same => {
                ("notice notice--ok", format!("Same data, same result as in the link: {trades}."))
            }
            Agreement::OtherDataSameTrades => (
                "notice notice--warn",
                format!(
                    "The rows are not those of the link, but the result is the same: {trades}."
                ),
            ),
            Agreement::Differ { same_data, from, to } => {
                let rows = if same_data {
                    "The rows are those of the link, but the result is not"
                } else {
                    "The rows are not those of the link"
                };
                let made_with = link
                    .market
                    .as_ref()
                    .filter(|name| !same_data && state.files.file_name().as_ref() != Some(*name));
                let made_with = made_with.map_or_else(String::new, |name| {
                    format!(", which was made with \u{2068}{name}\u{2069}")
                });
                let number = if to > from + 1 {
                    format!("one of trades {} to {}", grouped(from + 1), grouped(to))
                } else {
                    format!("trade {}", grouped(from + 1))
                };
                let at = backtest.trades.get(from).map_or_else(
                    || format!("; here there are no more than {trades}"),
                    |shown| {
                        format!(" (entered {} UTC)", crate::domain::format_time(shown.times_ms.0))
                    },
                );
                (
                    "notice notice--warn",
                    format!(
                        "{rows}{made_with}: the first trade that differs is {number}{at}. The link has {}, this file gives {trades}.",
                        counted(result.trades, "trade")
                    ),
                )
            }
        })
    };
    view! {
        <div class="notice-place" role="status" aria-live="polite">
            {move || found().map(|(class, text)| view! {
                <div class=class>
                    <span>{text}</span>
                    <button class="btn" on:click=move |_| state.keeper.link.set(None)>"Dismiss"</button>
                </div>
            })}
        </div>
    }
}

/// What a link asks for, on the start page.
#[component]
pub fn LinkOnStart() -> impl IntoView {
    let state = use_state();
    move || {
        let link = state.keeper.link.get()?;
        let changed = link.workspace.changed(&crate::workspace::Workspace::default());
        let settings = if changed.is_empty() {
            "the default settings".to_owned()
        } else {
            format!("these settings: {}", changed.join(", ").replace('_', " "))
        };
        let sample = link.sample;
        Some(view! {
            <div class="notice start__link">
                <span>
                    {format!("This link opens with {settings}. It holds no data: ")}
                    {match (&sample, &link.market) {
                        (Some(_), _) => "it was made with a sample.".to_owned(),
                        (None, Some(name)) => format!("open what it was made with, \u{2068}{name}\u{2069}."),
                        (None, None) => "open the file it was made with.".to_owned(),
                    }}
                </span>
                {sample.map(|sample| view! {
                    <button class="btn btn--primary" on:click=move |_| state.files.open_sample(sample)>"Open that sample"</button>
                })}
            </div>
        })
    }
}

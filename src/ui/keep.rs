//! Undo and redo, links, and what the browser keeps between visits.

use super::app::Tab;
use super::state::{AppState, use_state};
use crate::domain::grouped;
use crate::web::{files, page};
use crate::workspace::{
    Agreement, History, LinkError, Reading, ResultPrint, agreement, read, write,
};
use leptos::ev;
use leptos::prelude::*;
use std::sync::Arc;

/// Where the browser keeps the settings, as the text of a link.
const SETTINGS: &str = "cleansweep.settings";
/// Where it keeps the theme.
const THEME: &str = "cleansweep.theme";
/// Where it keeps whether single keys are shortcuts.
const KEYS: &str = "cleansweep.keys";
/// Digits of the data fingerprint in a link.
const DATA_DIGITS: usize = 16;

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl ThemeChoice {
    /// Every choice, in order.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Name on the page and in the style sheet.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Handles of what is kept.
#[derive(Clone, Copy)]
pub struct Keeper {
    history: StoredValue<History>,
    held: StoredValue<bool>,
    /// There is a step to take back.
    pub can_undo: RwSignal<bool>,
    /// There is a step to take again.
    pub can_redo: RwSignal<bool>,
    /// The link that the page was opened with, while nothing says otherwise.
    pub link: RwSignal<Option<Arc<Reading>>>,
    /// Light or dark.
    pub theme: RwSignal<ThemeChoice>,
    /// Single keys are shortcuts.
    pub keys: RwSignal<bool>,
}

impl Keeper {
    /// Nothing kept yet.
    pub fn new() -> Self {
        Self {
            history: StoredValue::new(History::default()),
            held: StoredValue::new(false),
            can_undo: RwSignal::new(false),
            can_redo: RwSignal::new(false),
            link: RwSignal::new(None),
            theme: RwSignal::new(ThemeChoice::System),
            keys: RwSignal::new(true),
        }
    }

    fn tell(&self) {
        self.can_undo.set(self.history.with_value(History::can_undo));
        self.can_redo.set(self.history.with_value(History::can_redo));
    }
}

/// Takes settings from the address or from the last visit, and keeps them from now on.
pub fn start(state: AppState) {
    let keeper = state.keeper;
    let theme = page::kept(THEME).unwrap_or_default();
    if let Some(theme) = ThemeChoice::ALL.into_iter().find(|choice| choice.name() == theme) {
        keeper.theme.set(theme);
    }
    keeper.keys.set(page::kept(KEYS).as_deref() != Some("off"));
    if !follow_address(state)
        && let Some(reading) = page::kept(SETTINGS).and_then(|text| read(&text).ok())
    {
        if !reading.ignored.is_empty() {
            state.notice.set(Some(format!(
                "Some settings of the last visit could not be taken as they were: {}.",
                reading.ignored.join("; ")
            )));
        }
        state.set_workspace(reading.workspace);
    }
    keeper.history.set_value(History::new(untrack(|| state.workspace())));

    Effect::new(move || {
        let workspace = state.workspace();
        let (now, held) = (super::charts::clock(), keeper.held.get_value());
        keeper.history.update_value(|history| history.record(&workspace, now, held));
        keeper.tell();
        page::keep(
            SETTINGS,
            &write(&Reading { workspace: workspace.clone(), ..Reading::default() }),
        );
        // An address that names other settings would be a lie.
        let named = page::fragment();
        if named.starts_with("#v1") && read(&named).is_ok_and(|r| r.workspace != workspace) {
            page::set_fragment("");
            keeper.link.set(None);
        }
    });
    Effect::new(move || {
        let theme = keeper.theme.get();
        page::set_root("data-theme", theme.name());
        page::keep(THEME, theme.name());
        state.look.update(|look| *look += 1);
    });
    Effect::new(move || {
        page::keep(KEYS, if keeper.keys.get() { "on" } else { "off" });
    });
    let _ = window_event_listener(ev::pointerdown, move |_| keeper.held.set_value(true));
    let release = move || {
        keeper.held.set_value(false);
        keeper.history.update_value(History::close_step);
    };
    let _ = window_event_listener(ev::pointerup, move |_| release());
    let _ = window_event_listener(ev::pointercancel, move |_| release());
    let _ = window_event_listener(ev::hashchange, move |_| {
        follow_address(state);
    });
}

/// Takes the settings of the address, if it names any.
fn follow_address(state: AppState) -> bool {
    let reading = match read(&page::fragment()) {
        Ok(reading) => reading,
        Err(LinkError::NotOurs) => return false,
        Err(error) => {
            state.notice.set(Some(format!("The link was not read: {error}.")));
            return false;
        }
    };
    state.set_workspace(reading.workspace.clone());
    if !reading.ignored.is_empty() {
        state.notice.set(Some(format!(
            "Parts of the link were not taken as written: {}.",
            reading.ignored.join("; ")
        )));
    }
    state.keeper.link.set(Some(Arc::new(reading)));
    if state.loaded.with_untracked(Option::is_some) {
        restore_view(state);
    }
    true
}

/// Page and view of the link, once there is a file to look at.
pub fn restore_view(state: AppState) {
    let Some(link) = state.keeper.link.get_untracked() else { return };
    let tab = link.tab.as_deref().and_then(Tab::from_key);
    if let Some(tab) = tab {
        state.tab.set(tab);
    }
    if let Some((from, to)) = link.view {
        state.set_view((f64::from(from), f64::from(to)));
    }
}

/// Takes a step back.
pub fn undo(state: AppState) {
    let earlier = state.keeper.history.try_update_value(History::undo).flatten();
    if let Some(workspace) = earlier {
        state.set_workspace(workspace);
    }
    state.keeper.tell();
}

/// Takes it again.
pub fn redo(state: AppState) {
    let later = state.keeper.history.try_update_value(History::redo).flatten();
    if let Some(workspace) = later {
        state.set_workspace(workspace);
    }
    state.keeper.tell();
}

/// The link of what is shown: settings, page, view, and fingerprints of data and trades once they are known.
fn link_of(state: AppState) -> String {
    untrack(|| {
        let backtest = state.current_backtest();
        let detail = state.current_detail();
        let (from, to) = state.view.get();
        let known = backtest.zip(detail);
        write(&Reading {
            workspace: state.workspace(),
            tab: Some(state.tab.get().key()),
            view: state.loaded.with(Option::is_some).then_some((from as u32, to.ceil() as u32)),
            sample: state.sample(),
            data: known
                .as_ref()
                .map(|(_, detail)| detail.fingerprint.chars().take(DATA_DIGITS).collect()),
            result: known.as_ref().map(|(backtest, _)| ResultPrint::of(&backtest.trades)),
            ignored: Vec::new(),
        })
    })
}

/// Puts the link into the address bar and on the clipboard.
pub fn copy_link(state: AppState) {
    let text = link_of(state);
    page::set_fragment(&format!("#{text}"));
    let link = format!("{}#{text}", page::address());
    leptos::task::spawn_local(async move {
        state.notice.set(Some(match page::copy(&link).await {
            Ok(()) => format!(
                "Link copied ({} characters): settings, view and fingerprints of data and result. It holds no price data.",
                grouped(link.len())
            ),
            Err(error) => format!(
                "The link could not be put on the clipboard ({}). It is in the address bar.",
                files::describe(&error)
            ),
        }));
    });
}

/// Whether the result is the one of the link, once both are known.
#[component]
pub fn LinkNotice() -> impl IntoView {
    let state = use_state();
    let found = move || {
        let link = state.keeper.link.get()?;
        let (data, result) = (link.data.as_ref()?, link.result.as_ref()?);
        let (backtest, detail) = (state.current_backtest()?, state.current_detail()?);
        if backtest.settings != link.workspace.settings {
            return None;
        }
        let mine = ResultPrint::of(&backtest.trades);
        let found = agreement((&detail.fingerprint, data), (&mine, result));
        let trades = grouped(backtest.trades.len());
        Some(match found {
            Agreement::Same => (
                "notice notice--ok",
                format!("Same data, same result as in the link: {trades} trades."),
            ),
            Agreement::OtherDataSameTrades => (
                "notice notice--warn",
                format!(
                    "The rows are not those of the link, but all {trades} trades are the same."
                ),
            ),
            Agreement::Differ { same_data, from, to } => {
                let rows = if same_data {
                    "The rows are those of the link, but the result is not"
                } else {
                    "The rows are not those of the link"
                };
                let number = if to > from + 1 {
                    format!("one of trades {} to {}", grouped(from + 1), grouped(to))
                } else {
                    format!("trade {}", grouped(from + 1))
                };
                let at = backtest.trades.get(from).map_or_else(
                    || format!("; here there are only {trades} trades"),
                    |shown| {
                        format!(" (entered {} UTC)", crate::domain::format_time(shown.times_ms.0))
                    },
                );
                (
                    "notice notice--warn",
                    format!(
                        "{rows}: the first trade that differs is {number}{at}. The link has {} trades, this file gives {trades}.",
                        grouped(result.trades)
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
                    {if sample.is_some() { "it was made with a sample." } else { "open the file it was made with." }}
                </span>
                {sample.map(|sample| view! {
                    <button class="btn btn--primary" on:click=move |_| state.open_sample(sample)>"Open that sample"</button>
                })}
            </div>
        })
    }
}

//! Undo and redo, links, and what the browser keeps between visits.

use super::{AppState, Tab};
use crate::domain::grouped;
use crate::metrics::{MetricSpec, spec};
use crate::universe::MarketId;
use crate::web::{files, hooks, page};
use crate::workspace::{History, LinkError, Reading, ResultPrint, read, write};
use leptos::prelude::*;
use std::sync::Arc;

/// Where the browser keeps the settings, as the text of a link.
const SETTINGS: &str = "cleansweep.settings";
/// Where it keeps the theme.
const THEME: &str = "cleansweep.theme";
/// Where it keeps whether single keys are shortcuts.
const KEYS: &str = "cleansweep.keys";
/// Where it keeps which numbers are always in sight, their keys between commas.
const NUMBERS: &str = "cleansweep.numbers";
/// Most numbers that are always in sight.
pub const MOST_NUMBERS: usize = 8;
/// The numbers of the headline, by their keys.
pub const HEADLINE: [&str; MOST_NUMBERS] = [
    "total_return",
    "max_drawdown",
    "win_rate",
    "expectancy_r",
    "sharpe",
    "profit_factor",
    "trades_per_1000",
    "exposure",
];

/// The numbers that are always in sight, while nobody has chosen others.
pub fn first_numbers() -> Vec<&'static MetricSpec> {
    HEADLINE.into_iter().filter_map(spec).collect()
}
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
    /// The file that was open last, in this visit or the one before.
    last_market: StoredValue<Option<String>>,
    /// There is a step to take back.
    pub can_undo: RwSignal<bool>,
    /// There is a step to take again.
    pub can_redo: RwSignal<bool>,
    /// The link that the page was opened with, while nothing says otherwise.
    pub link: RwSignal<Option<Arc<Reading>>>,
    /// The market that was opened for the link.
    pub link_market: RwSignal<Option<MarketId>>,
    /// Light or dark.
    pub theme: RwSignal<ThemeChoice>,
    /// Single keys are shortcuts.
    pub keys: RwSignal<bool>,
    /// The numbers that are always in sight, in the order in which they were chosen.
    pub numbers: RwSignal<Vec<&'static MetricSpec>>,
}

impl Keeper {
    /// Nothing kept yet.
    pub fn new() -> Self {
        Self {
            history: StoredValue::new(History::default()),
            held: StoredValue::new(false),
            last_market: StoredValue::new(None),
            can_undo: RwSignal::new(false),
            can_redo: RwSignal::new(false),
            link: RwSignal::new(None),
            link_market: RwSignal::new(None),
            theme: RwSignal::new(ThemeChoice::System),
            keys: RwSignal::new(true),
            numbers: RwSignal::new(first_numbers()),
        }
    }

    /// The file that was open last, in this visit or the one before.
    pub fn last_market(&self) -> Option<String> {
        self.last_market.get_value()
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
    let numbers: Vec<_> =
        page::kept(NUMBERS).iter().flat_map(|keys| keys.split(',')).filter_map(spec).collect();
    if (1..=MOST_NUMBERS).contains(&numbers.len()) {
        keeper.numbers.set(numbers);
    }
    // A tab comes back to its own settings; a new one begins with those of whichever was used last.
    let kept = page::kept_here(SETTINGS).or_else(|| page::kept(SETTINGS));
    let kept = kept.and_then(|text| read(&text).ok());
    // A link brings settings of its own; which file was open last is known all the same.
    keeper.last_market.set_value(kept.as_ref().and_then(|kept| kept.market.clone()));
    if !follow_address(state)
        && let Some(kept) = kept
    {
        if !kept.ignored.is_empty() {
            state.workers.notice.set(Some(format!(
                "Some settings of the last visit could not be taken as they were: {}.",
                kept.ignored.join("; ")
            )));
        }
        state.choices.set_workspace(kept.workspace);
    }
    keeper.history.set_value(History::new(untrack(|| state.choices.workspace())));

    Effect::new(move |before: Option<String>| {
        let workspace = state.choices.workspace();
        let (now, held) = (page::clock(), keeper.held.get_value());
        keeper.history.update_value(|history| history.record(&workspace, now, held));
        keeper.tell();
        let market = match state.files.file_name() {
            Some(name) => Some(name),
            None => keeper.last_market.get_value(),
        };
        keeper.last_market.set_value(market.clone());
        let kept = Reading { workspace: workspace.clone(), market, ..Reading::default() };
        let text = write(&kept);
        page::keep_here(SETTINGS, &text);
        // What was only read back is no news: another tab may have kept something newer.
        if before.is_some_and(|before| before != text) {
            page::keep(SETTINGS, &text);
        }
        // An address that names other settings would be a lie.
        let named = page::fragment();
        if named.starts_with("#v1") && read(&named).is_ok_and(|r| r.workspace != workspace) {
            page::set_fragment("");
            keeper.link.set(None);
        }
        text
    });
    Effect::new(move || {
        let theme = keeper.theme.get();
        page::set_root("data-theme", theme.name());
        page::keep(THEME, theme.name());
        state.view.looks_other();
    });
    Effect::new(move || {
        page::keep(KEYS, if keeper.keys.get() { "on" } else { "off" });
    });
    Effect::new(move || {
        let keys: Vec<_> = keeper.numbers.get().into_iter().map(|spec| spec.key).collect();
        page::keep(NUMBERS, &keys.join(","));
    });
    hooks::held(move |held| {
        keeper.held.set_value(held);
        if !held {
            keeper.history.update_value(History::close_step);
        }
    });
    hooks::fragment(move || {
        follow_address(state);
    });
}

/// Takes the settings of the address, if it names any.
fn follow_address(state: AppState) -> bool {
    let reading = match read(&page::fragment()) {
        Ok(reading) => reading,
        Err(LinkError::NotOurs) => return false,
        Err(error) => {
            state.workers.notice.set(Some(format!("The link was not read: {error}.")));
            return false;
        }
    };
    state.choices.set_workspace(reading.workspace.clone());
    if !reading.ignored.is_empty() {
        state.workers.notice.set(Some(format!(
            "Parts of the link were not taken as written: {}.",
            reading.ignored.join("; ")
        )));
    }
    state.keeper.link_market.set(None);
    state.keeper.link.set(Some(Arc::new(reading)));
    if state.files.loaded.with_untracked(Option::is_some) {
        restore_view(state);
    }
    true
}

/// Page and view of the link, once there is a file to look at: the first one, or the one that the link names. Files that
/// are opened later have a view of their own.
pub fn restore_view(state: AppState) {
    let keeper = state.keeper;
    let Some(link) = keeper.link.get_untracked() else { return };
    let name = untrack(|| state.files.file_name());
    let is_named = name.is_some() && name == link.market;
    if keeper.link_market.with_untracked(Option::is_some) && !is_named {
        return;
    }
    keeper.link_market.set(state.files.current.get_untracked());
    let tab = link.tab.as_deref().and_then(Tab::from_key);
    if let Some(tab) = tab {
        state.view.tab.set(tab);
    }
    if let Some((from, to)) = link.view {
        state.view.show((f64::from(from), f64::from(to)));
    }
}

/// The next change is a step of its own.
pub fn close_step(state: AppState) {
    state.keeper.history.update_value(History::close_step);
}

/// Takes a step back.
pub fn undo(state: AppState) {
    let earlier = state.keeper.history.try_update_value(History::undo).flatten();
    if let Some(workspace) = earlier {
        state.choices.set_workspace(workspace);
    }
    state.keeper.tell();
}

/// Takes it again.
pub fn redo(state: AppState) {
    let later = state.keeper.history.try_update_value(History::redo).flatten();
    if let Some(workspace) = later {
        state.choices.set_workspace(workspace);
    }
    state.keeper.tell();
}

/// The link of what is shown: settings, page, view, and fingerprints of data and trades once they are known.
fn link_of(state: AppState) -> String {
    untrack(|| {
        let backtest = state.answers.current();
        let detail = state.answers.current_detail();
        let (from, to) = state.view.range.get();
        let known = backtest.zip(detail);
        write(&Reading {
            workspace: state.choices.workspace(),
            tab: Some(state.view.tab.get().key()),
            view: state
                .files
                .loaded
                .with(Option::is_some)
                .then_some((from as u32, to.ceil() as u32)),
            sample: state.files.sample(),
            market: state.files.file_name(),
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
        state.workers.notice.set(Some(match page::copy(&link).await {
            Ok(()) => format!(
                "Link copied ({} characters): settings, view, the file's name and fingerprints of data and result. It holds no price data.",
                grouped(link.len())
            ),
            Err(error) => format!(
                "The link could not be put on the clipboard ({}). It is in the address bar.",
                files::describe(&error)
            ),
        }));
    });
}

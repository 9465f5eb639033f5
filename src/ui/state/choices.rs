//! What the user has chosen: one value for undo, link and storage.

use crate::backtest::Window;
use crate::quality::{Cleaning, Policy};
use crate::session::Settings;
use crate::strategy::{Params, Preset, StrategyId};
use crate::table::{ParamSpec, ParamValue};
use crate::workspace::Workspace;
use leptos::prelude::*;

/// Signals of the choices.
#[derive(Clone, Copy)]
pub struct Choices {
    /// Chosen policy with its parameters.
    pub cleaning: RwSignal<Cleaning>,
    /// The policy it is compared with.
    pub versus: RwSignal<Policy>,
    /// Strategy and engine.
    pub params: RwSignal<Params>,
    /// Which rows may hold entries.
    pub window: RwSignal<Window>,
    /// The settings of the pinned result A. They are kept while the page is open.
    pub pinned: RwSignal<Option<Settings>>,
    /// The thresholds that were fitted last, and the end of the rows that they know; `None` is the end of the file.
    pub fitted: RwSignal<Option<Fitted>>,
    /// The parameters that other strategies were left with.
    left: StoredValue<Vec<Params>>,
}

/// Thresholds with their values, and the end of the rows that they were fitted on.
pub type Fitted = (Vec<(&'static ParamSpec, f64)>, Option<i64>);

impl Choices {
    pub(super) fn new() -> Self {
        Self {
            cleaning: RwSignal::new(Cleaning::default()),
            versus: RwSignal::new(Policy::SourceScore),
            params: RwSignal::new(Params::default()),
            window: RwSignal::new(Window::default()),
            pinned: RwSignal::new(None),
            fitted: RwSignal::new(None),
            left: StoredValue::new(Vec::new()),
        }
    }

    /// Policy, parameters and window as they are now.
    pub fn settings(&self) -> Settings {
        Settings {
            cleaning: self.cleaning.get(),
            params: self.params.get(),
            window: self.window.get(),
        }
    }

    /// What undo, links and the browser's storage keep.
    pub fn workspace(&self) -> Workspace {
        Workspace { settings: self.settings(), versus: self.versus.get() }
    }

    /// Puts kept choices back.
    pub fn set_workspace(&self, workspace: Workspace) {
        let Workspace { settings: Settings { cleaning, params, window }, versus } = workspace;
        set_if_new(self.cleaning, cleaning);
        set_if_new(self.params, params);
        set_if_new(self.window, window);
        set_if_new(self.versus, versus);
    }

    /// Lets every date hold entries.
    pub fn clear_dates(&self) {
        self.window.update(|window| *window = Window::newest(window.newest));
    }

    /// A threshold in use was fitted on rows after the split line: what is out-of-sample does not test it.
    pub fn knows_what_is_held_back(&self) -> bool {
        let Some(split) = self.window.with(|window| window.split_ms) else { return false };
        let Some((fits, end)) = self.fitted.get() else { return false };
        let is_used = |(spec, value): &(&ParamSpec, f64)| {
            self.params.with(|p| p.get(spec.key) == Some(ParamValue::Number(*value)))
        };
        end.is_none_or(|end| end > split) && fits.iter().any(is_used)
    }

    /// Sets all parameters to a preset.
    pub fn apply_preset(&self, preset: &Preset) {
        self.params.update(|params| *params = Params::preset(params.id(), preset));
    }

    /// Chooses a strategy. Its own values are those that it was left with; what the user changed of the engine's stays.
    pub fn choose_strategy(&self, id: StrategyId) {
        let old = self.params.get_untracked();
        if old.id() == id {
            return;
        }
        let mut params = old.with_strategy(id);
        self.left.update_value(|left| {
            if let Some(earlier) = left.iter().find(|params| params.id() == id) {
                params = old.back_to(earlier);
            }
            left.retain(|params| params.id() != old.id());
            left.push(old);
        });
        self.params.set(params);
    }
}

/// Sets a signal only when its value changes.
pub(super) fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

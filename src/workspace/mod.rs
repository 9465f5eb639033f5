//! What the user has chosen: one small value that undo, links and the browser's storage share. Everything else on the
//! page is derived from it and the file.

mod history;
mod link;
mod print;

pub use history::History;
pub use link::{LinkError, Reading, read, settings_link, write};
pub use print::{Agreement, ResultPrint, agreement};

use crate::backtest::Window;
use crate::quality::{CLEANING, Cleaning, Policy};
use crate::session::Settings;
use crate::strategy::Params;

/// Choices that change results, and the policy that the Clean page compares with.
#[derive(Clone, Debug, PartialEq)]
pub struct Workspace {
    /// Cleaning, parameters and window.
    pub settings: Settings,
    /// The policy that the Clean page compares with.
    pub versus: Policy,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            settings: Settings {
                cleaning: Cleaning::default(),
                params: Params::default(),
                window: Window::default(),
            },
            versus: Policy::SourceScore,
        }
    }
}

impl Workspace {
    /// The keys of what differs, as links name them.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        let (a, b) = (&self.settings, &other.settings);
        if a.params.id() != b.params.id() {
            // Another table: its values cannot be told apart key by key.
            return vec!["strategy"];
        }
        let params = a.params.specs().into_iter().map(|spec| spec.key);
        let mut keys: Vec<&'static str> =
            params.filter(|key| a.params.get(key) != b.params.get(key)).collect();
        let cleaning = CLEANING.iter().map(|spec| spec.key);
        keys.extend(cleaning.filter(|key| a.cleaning.get(key) != b.cleaning.get(key)));
        for (key, differs) in [
            ("policy", a.cleaning.policy != b.cleaning.policy),
            ("last", a.window.newest != b.window.newest),
            ("from", a.window.from_ms != b.window.from_ms),
            ("to", a.window.to_ms != b.window.to_ms),
            ("split", a.window.split_ms != b.window.split_ms),
            ("versus", self.versus != other.versus),
        ] {
            if differs {
                keys.push(key);
            }
        }
        keys
    }
}

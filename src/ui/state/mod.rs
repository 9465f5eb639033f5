//! The state of the page, in small parts: files, choices, answers, view. No component is in here.
//!
//! `asked` is the state of one question, `workers` who answers; `keeper` undo, links and what the browser keeps, `readings`
//! what it remembers about files of one shape.

mod answers;
mod asked;
mod batch;
mod choices;
mod files;
mod helpers;
pub mod keeper;
mod ledger;
mod readings;
mod saved;
mod search;
mod view;
mod workers;

pub use answers::{Answers, Run, numbered};
pub use asked::{Answered, Asked};
pub use choices::Choices;
pub use files::{Files, OpenMarket};
pub use keeper::{HEADLINE, Keeper, MOST_NUMBERS, first_numbers};
pub use ledger::Ledger;
pub use saved::SavedChoices;
pub use search::{How, Line, MapChoice, Named as SpaceName, SearchChoices};
pub use view::{Chosen, Cursor, Layers, Tab, ViewState};
pub use workers::Workers;

use crate::ledger::Saved;
use crate::metrics::METRICS;
use crate::protocol::{AuditQuestion, ExportKind, TradeView, TrialsFile};
use crate::session::Settings;
use crate::table::ParamSpec;
use crate::web::page;
use crate::workspace::{Workspace, read, settings_link};
use leptos::prelude::*;

/// The state of the page. A copy is a handful of handles.
#[derive(Clone, Copy)]
pub struct AppState {
    /// Who answers.
    pub workers: Workers,
    /// What is open.
    pub files: Files,
    /// What was chosen.
    pub choices: Choices,
    /// What is searched.
    pub search: SearchChoices,
    /// What was seen.
    pub ledger: Ledger,
    /// Configurations that the user saved.
    pub saved: SavedChoices,
    /// What was answered.
    pub answers: Answers,
    /// What is looked at.
    pub view: ViewState,
    /// Undo, link, settings between visits.
    pub keeper: Keeper,
}

impl AppState {
    /// Starts the workers and the effects.
    pub fn start() -> Self {
        let workers = Workers::new();
        let (choices, view) = (Choices::new(), ViewState::new());
        let ledger = Ledger::new();
        let answers = Answers::new(workers, ledger);
        let saved = SavedChoices::new(ledger);
        let files = Files::new(workers, answers, view);
        let search = SearchChoices::new();
        let keeper = Keeper::new();
        let state = Self { workers, files, choices, search, ledger, saved, answers, view, keeper };
        keeper::start(state);
        workers.start();
        files.start(move || keeper::restore_view(state));
        answers.follow(choices, view, workers.notice);
        let rows = move || {
            files.loaded.with_untracked(|loaded| loaded.as_ref().map_or(0, |file| file.candles))
        };
        answers.follow_search(search, rows, view, workers.notice);
        answers.follow_looks(view);
        answers.follow_map(search, view);
        answers.follow_saved(saved, view);
        Effect::new(move || {
            answers.audit.with(|found| {
                if let Some(found) = found {
                    files.audited(found.problem.as_deref());
                }
            });
        });
        // About all markets: it is asked at whichever is current.
        answers.audit.follow(move || {
            let current = files.current.get()?;
            if view.tab.get() != Tab::Data {
                return None;
            }
            let markets = files.markets.with(|markets| {
                markets.iter().map(|one| (one.id, one.view.facts.clone())).collect()
            });
            let question = AuditQuestion {
                markets,
                gates: files.gates.get(),
                previous: files.previous.get(),
                now_ms: page::now_ms(),
            };
            Some(asked::Key::about(current, question))
        });
        state
    }

    /// True for a trade that was open while the level jumped, as of a split.
    pub fn crosses_jump(&self, shown: &TradeView) -> bool {
        let [.., entry, exit] = shown.candles;
        self.files.loaded.with_untracked(|loaded| {
            loaded.as_ref().is_some_and(|loaded| {
                loaded.level_jumps.iter().any(|&(jump, _)| entry < jump && jump <= exit)
            })
        })
    }

    /// What was chosen differently since the search that is shown was made.
    pub fn changed_since(&self, made: &Settings) -> Vec<&'static str> {
        let now = self.choices.settings();
        let searched = self.answers.found.with(|found| {
            let keys = found.as_ref().map(|found| found.question().plan.space.0.clone());
            keys.unwrap_or_default()
        });
        let mut differ = Vec::new();
        if now.cleaning != made.cleaning {
            differ.push("the cleaning");
        }
        if now.params.id() == made.params.id() {
            let is_other = |spec: &&ParamSpec| {
                now.params.get(spec.key) != made.params.get(spec.key)
                    && !searched.iter().any(|(key, _)| key == spec.key)
            };
            if now.params.specs().iter().any(is_other) {
                differ.push("parameters that were not searched");
            }
        } else {
            differ.push("the strategy");
        }
        if now.window != made.window {
            differ.push("the dates");
        }
        differ
    }

    /// Takes settings with other values of some parameters, as one step of undo.
    pub fn take_values(&self, made: &Settings, values: &str) {
        let mut params = made.params.clone();
        for (key, value) in values.split('&').filter_map(|pair| pair.split_once('=')) {
            // Values of a trial have passed the table.
            params.set_text(key, value).ok();
        }
        keeper::close_step(*self);
        let versus = self.choices.versus.get_untracked();
        let settings = Settings { params, ..made.clone() };
        self.choices.set_workspace(Workspace { settings, versus });
    }

    /// Loads a trial of the search that was started last: everything as it was run, as one step of undo.
    pub fn load_trial(&self, values: &str, number: &str) {
        // Of the search that is shown: another one may have been started since.
        let Some(found) = self.answers.found.get_untracked() else { return };
        let made = found.question().settings.clone();
        let other = self.changed_since(&made).join(" and ");
        self.take_values(&made, values);
        self.view.tab.set(Tab::Backtest);
        self.workers.notice.set(Some(format!(
            "Trial {number} is loaded{}. It was chosen among many on these very rows, so its result flatters. Undo takes it back.",
            if other.is_empty() { String::new() } else { format!(", with {other} as it was searched") }
        )));
    }

    /// Keeps the settings that are shown with all of their numbers.
    pub fn save_configuration(&self) {
        let Some((run, look)) = self.answers.look() else { return };
        let Some(market) = self.files.open_market() else { return };
        let named = &market.view.named;
        let settings = run.question().settings.clone();
        let strategy = settings.params.strategy();
        let of = named.symbol.clone().unwrap_or_else(|| market.name.clone());
        let created_ms = page::now_ms();
        let name = saved::usual_name(&of, strategy.label, created_ms);
        let metrics = METRICS.iter().zip(&run.metrics).filter(|(spec, _)| spec.is_for(strategy));
        self.saved.put(vec![Saved {
            id: format!("{created_ms:x}-{}", &look.config[..8]),
            name: name.clone(),
            market: of,
            venue: named.venue.clone(),
            timeframe_ms: market.view.timeframe_ms,
            strategy: strategy.name.to_owned(),
            config: look.config,
            place: look.place,
            link: settings_link(&settings, &look.data, &market.name),
            data: look.data,
            created_ms,
            metrics: metrics.map(|(spec, value)| (spec.key.to_owned(), value.clone())).collect(),
        }]);
        self.workers.notice.set(Some(format!(
            "Saved as “{name}”. The list of saved configurations is on the Compare page."
        )));
    }

    /// Loads a saved configuration, as one step of undo.
    pub fn load_saved(&self, id: &str) {
        let Some(one) = self.saved.get(id) else { return };
        let reading = match read(&one.link) {
            Ok(reading) => reading,
            Err(error) => {
                let text = format!("“{}” cannot be loaded: {error}.", one.name);
                self.workers.notice.set(Some(text));
                return;
            }
        };
        keeper::close_step(*self);
        let versus = self.choices.versus.get_untracked();
        self.choices.set_workspace(Workspace { versus, ..reading.workspace });
        self.view.tab.set(Tab::Backtest);
        let mut told = format!("“{}” is loaded. Undo takes it back.", one.name);
        if self.answers.data().is_some_and(|data| data != one.data) {
            told.push_str(" It was saved on other rows: its numbers will differ.");
        }
        if !reading.ignored.is_empty() {
            told.push_str(" Not taken as they were saved: ");
            told.push_str(&reading.ignored.join("; "));
            told.push('.');
        }
        self.workers.notice.set(Some(told));
    }

    /// Asks for all trials as a file.
    pub fn download_trials(&self, file: TrialsFile) {
        self.answers.download_trials(file);
    }

    /// Asks for a file to download.
    pub fn export(&self, kind: ExportKind) {
        self.answers.download(&self.choices, kind);
    }

    /// Shows only some trades in the list, and the first of them on the price chart.
    pub fn choose(&self, chosen: Chosen) {
        let first = chosen.trades.first().copied();
        self.view.chosen.set(Some(chosen));
        if let Some(number) = first {
            self.view.selected.set(Some(number));
            if let Some(trade) = self.answers.trade(number) {
                self.view.show_candles(trade.candles);
            }
        }
    }

    /// Marks a trade in chart and list, and explains the candle that its signal rests on.
    pub fn select_trade(&self, number: usize) {
        self.view.selected.set(Some(number));
        self.view.explain.set(self.answers.trade(number).map(|trade| trade.candles[1]));
    }

    /// Marks a trade and shows it on the price chart.
    pub fn show_trade(&self, number: usize) {
        self.select_trade(number);
        if let Some(trade) = self.answers.trade(number) {
            self.view.show_candles(trade.candles);
        }
    }
}

/// The state of the page, from any component.
pub fn use_state() -> AppState {
    expect_context::<AppState>()
}

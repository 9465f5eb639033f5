//! The signals of the page, and the effects that ask the workers. Everything else is derived.

use super::app::Tab;
use crate::import::ImportError;
use crate::params::{Params, Preset};
use crate::protocol::{
    Answer, BacktestView, CleanView, DetailView, Event, ExportKind, Lane, LoadedView, Request,
    Source, WindowView,
};
use crate::quality::{Cleaning, Policy};
use crate::session::Settings;
use crate::web::files;
use crate::web::pool::{News, Pool};
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;
use web_sys::Blob;

/// What is being read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loading {
    /// File name.
    pub name: String,
    /// Bytes read.
    pub done: u64,
    /// Bytes in all; 0 while unknown.
    pub total: u64,
}

/// A file that can be opened again.
#[derive(Clone)]
struct Opened {
    name: String,
    source: Source,
    blob: Option<Blob>,
}

/// How long the last things took, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Reading and judging the file, in the worker.
    pub load: f64,
    /// Backtest with all metrics, in the worker.
    pub backtest: f64,
    /// Drawing the charts.
    pub drawn: f64,
}

/// All signals of the page. A copy is a handful of handles.
#[derive(Clone, Copy)]
pub struct AppState {
    pool: StoredValue<Option<Rc<Pool>>, LocalStorage>,
    opening: StoredValue<Option<Opened>, LocalStorage>,
    opened: StoredValue<Option<Opened>, LocalStorage>,
    /// Visible page.
    pub tab: RwSignal<Tab>,
    /// The file, once it has been read.
    pub loaded: RwSignal<Option<Arc<LoadedView>>>,
    /// The file that is being read.
    pub loading: RwSignal<Option<Loading>>,
    /// Why a file could not be read.
    pub error: RwSignal<Option<ImportError>>,
    /// What the page did by itself.
    pub notice: RwSignal<Option<String>>,
    /// Chosen policy with its parameters.
    pub cleaning: RwSignal<Cleaning>,
    /// The policy it is compared with.
    pub versus: RwSignal<Policy>,
    /// Strategy and engine.
    pub params: RwSignal<Params>,
    /// Newest usable rows that may hold entries; 0 = all.
    pub newest: RwSignal<usize>,
    /// Cleaning counts.
    pub cleaned: RwSignal<Option<Arc<CleanView>>>,
    /// Last good backtest.
    pub backtest: RwSignal<Option<Arc<BacktestView>>>,
    /// Why the newest settings gave none.
    pub refused: RwSignal<Option<ImportError>>,
    /// A newer backtest is under way.
    pub busy: RwSignal<bool>,
    /// Slower numbers of the last good backtest.
    pub detail: RwSignal<Option<Arc<DetailView>>>,
    /// Candles of the price chart.
    pub window: RwSignal<Option<Arc<WindowView>>>,
    /// Candles that the price chart shows.
    pub view: RwSignal<(f64, f64)>,
    /// Bars that fit into the price chart.
    pub bars: RwSignal<u32>,
    /// Selected trade.
    pub selected: RwSignal<Option<usize>>,
    /// Durations.
    pub timing: RwSignal<Timing>,
    /// Changes with the theme and the pixel ratio: charts read their colours again.
    pub look: RwSignal<u32>,
}

/// Pixel columns of the equity chart that are asked for.
const CURVE_COLUMNS: u32 = 700;
/// Candles shown at first.
const FIRST_VIEW: f64 = 160.0;

impl AppState {
    /// Starts the workers and the effects.
    pub fn start() -> Self {
        let state = Self {
            pool: StoredValue::new_local(None),
            opening: StoredValue::new_local(None),
            opened: StoredValue::new_local(None),
            tab: RwSignal::new(Tab::Data),
            loaded: RwSignal::new(None),
            loading: RwSignal::new(None),
            error: RwSignal::new(None),
            notice: RwSignal::new(None),
            cleaning: RwSignal::new(Cleaning::default()),
            versus: RwSignal::new(Policy::SourceScore),
            params: RwSignal::new(Params::default()),
            newest: RwSignal::new(0),
            cleaned: RwSignal::new(None),
            backtest: RwSignal::new(None),
            refused: RwSignal::new(None),
            busy: RwSignal::new(false),
            detail: RwSignal::new(None),
            window: RwSignal::new(None),
            view: RwSignal::new((0.0, FIRST_VIEW)),
            bars: RwSignal::new(0),
            selected: RwSignal::new(None),
            timing: RwSignal::new(Timing::default()),
            look: RwSignal::new(0),
        };
        let pool = Pool::start(move |news| state.hear(news));
        state.pool.set_value(Some(pool));
        state.ask_on_change();
        state
    }

    fn with_pool(&self, act: impl FnOnce(&Rc<Pool>)) {
        self.pool.with_value(|pool| {
            if let Some(pool) = pool {
                act(pool);
            }
        });
    }

    /// Reads a file or pasted text.
    pub fn open_blob(&self, name: String, blob: Blob) {
        let source = Source::Attached { name: name.clone() };
        self.open(Opened { name, source, blob: Some(blob) });
    }

    /// Generates a sample.
    pub fn open_sample(&self, sample: crate::quality::synth::Sample) {
        let name = sample.file_name().to_owned();
        self.open(Opened { name, source: sample.into(), blob: None });
    }

    /// The file that was open before one could not be read or was cancelled.
    pub fn previous(&self) -> Option<String> {
        self.opened.with_value(|opened| opened.as_ref().map(|opened| opened.name.clone()))
    }

    /// Opens that file again.
    pub fn reopen(&self) {
        if let Some(opened) = self.opened.get_value() {
            self.open(opened);
        }
    }

    fn open(&self, file: Opened) {
        self.close();
        let total = file.blob.as_ref().map_or(0, |blob| blob.size() as u64);
        self.loading.set(Some(Loading { name: file.name.clone(), done: 0, total }));
        self.opening.set_value(Some(file.clone()));
        let request = Request::Load { source: file.source };
        self.with_pool(|pool| pool.load(request, file.blob));
    }

    /// Stops reading.
    pub fn cancel(&self) {
        self.with_pool(Pool::forget);
        if let Some(loading) = self.loading.get_untracked() {
            self.notice.set(Some(format!("Reading {} was cancelled", loading.name)));
        }
        self.loading.set(None);
    }

    /// Forgets the file and its results; settings stay.
    fn close(&self) {
        self.loaded.set(None);
        self.error.set(None);
        self.notice.set(None);
        self.cleaned.set(None);
        self.backtest.set(None);
        self.refused.set(None);
        self.detail.set(None);
        self.window.set(None);
        self.selected.set(None);
        self.loading.set(None);
    }

    /// Policy, parameters and window as they are now.
    pub fn settings(&self) -> Settings {
        Settings {
            cleaning: self.cleaning.get(),
            params: self.params.get(),
            newest: self.newest.get(),
        }
    }

    /// Asks for a file to download.
    pub fn export(&self, kind: ExportKind) {
        let settings = untrack(|| self.settings());
        self.with_pool(|pool| pool.ask(Lane::Export, Request::Export { kind, settings }));
    }

    /// Sets all parameters to a preset.
    pub fn apply_preset(&self, preset: Preset) {
        self.params.set(Params::preset(preset));
    }

    /// Shows a trade on the price chart.
    pub fn show_trade(&self, number: usize) {
        self.selected.set(Some(number));
        let candles = self
            .backtest
            .with_untracked(|b| b.as_ref().and_then(|b| b.trades.get(number)).map(|t| t.candles));
        let count = self.loaded.with_untracked(|l| l.as_ref().map_or(0, |l| l.candles)) as f64;
        if let Some([anchor, _, _, entry, exit]) = candles {
            let (anchor, exit) = (f64::from(anchor), f64::from(exit));
            let (from, to) = self.view.get_untracked();
            let width = (to - from).clamp(40.0, 400.0).max((exit - anchor) * 1.3);
            let middle = f64::midpoint(f64::from(entry), exit);
            let start = (middle - width / 2.0).clamp(0.0, (count - width).max(0.0));
            self.view.set((start, start + width));
        }
    }

    /// The effects: one a lane.
    fn ask_on_change(self) {
        Effect::new(move || {
            if self.loaded.with(Option::is_none) {
                return;
            }
            let settings = self.settings();
            self.busy.set(true);
            self.with_pool(|pool| {
                pool.ask(Lane::Backtest, Request::Backtest { settings, columns: CURVE_COLUMNS });
            });
        });
        Effect::new(move || {
            if self.loaded.with(Option::is_none) {
                return;
            }
            let cleaning = self.cleaning.get();
            let versus = Cleaning { policy: self.versus.get(), ..cleaning.clone() };
            self.with_pool(|pool| pool.ask(Lane::Clean, Request::Clean { cleaning, versus }));
        });
        Effect::new(move || {
            let bars = self.bars.get();
            if self.loaded.with(Option::is_none) || bars == 0 {
                return;
            }
            let (from, to) = self.view.get();
            let request = Request::Window {
                from: from.max(0.0).floor() as u32,
                to: to.max(1.0).ceil() as u32,
                bars,
            };
            self.with_pool(|pool| pool.ask(Lane::Window, request));
        });
    }

    fn hear(self, news: News) {
        match news {
            News::Answer(answer) => self.take(*answer),
            News::Replaced(reason) => {
                let reason = reason.lines().next().unwrap_or_default().to_owned();
                self.notice.set(Some(format!(
                    "A worker stopped ({reason}). It was replaced and its work repeated; nothing is lost."
                )));
            }
            News::Lost(reason) => self.notice.set(Some(format!(
                "The file can no longer be read, so nothing new can be computed: {reason}. Open it again."
            ))),
            News::NoWorkers(reason) => {
                self.loading.set(None);
                self.busy.set(false);
                if self.loaded.with_untracked(Option::is_some) {
                    self.notice.set(Some(format!(
                        "The workers could not be started again ({reason}): what you see is the last result. Reload the page."
                    )));
                }
                self.error.set(Some(ImportError::new(
                    "The workers could not be started",
                    reason,
                    "Reload the page; if that does not help, use a current browser",
                )));
            }
        }
    }

    fn take(self, answer: Answer) {
        match answer.event {
            Event::Ready { .. } => {}
            Event::Progress { done, total } => self.loading.update(|loading| {
                if let Some(loading) = loading {
                    (loading.done, loading.total) = (done, total);
                }
            }),
            Event::Loaded(view) => {
                let candles = view.candles as f64;
                self.view.set(((candles - FIRST_VIEW).max(0.0), candles.max(1.0)));
                self.timing.update(|timing| timing.load = answer.elapsed_ms);
                self.loading.set(None);
                self.opened.set_value(self.opening.get_value());
                self.loaded.set(Some(Arc::new(*view)));
            }
            Event::Window(view) => self.window.set(Some(Arc::new(view))),
            Event::Cleaned(view) => self.cleaned.set(Some(Arc::new(*view))),
            Event::Backtested(view) => {
                self.timing.update(|timing| timing.backtest = answer.elapsed_ms);
                let trades = view.trades.len();
                if self.selected.get_untracked().is_some_and(|number| number >= trades) {
                    self.selected.set(None);
                }
                let settings = view.settings.clone();
                self.backtest.set(Some(Arc::new(*view)));
                self.refused.set(None);
                self.busy.set(settings != untrack(|| self.settings()));
                self.with_pool(|pool| {
                    pool.ask(Lane::Detail, Request::Detail { settings, columns: CURVE_COLUMNS });
                });
            }
            Event::Detailed(view) => self.detail.set(Some(Arc::new(*view))),
            Event::Exported { name, media_type, text } => {
                if let Err(error) = files::download(&name, &media_type, &text) {
                    self.notice.set(Some(format!(
                        "{name} could not be saved: {}",
                        files::describe(&error)
                    )));
                }
            }
            Event::Failed(error) => match answer.lane {
                Lane::Dataset => {
                    self.loading.set(None);
                    self.error.set(Some(error));
                }
                Lane::Backtest => {
                    self.busy.set(false);
                    self.refused.set(Some(error));
                }
                _ => self.notice.set(Some(error.to_string())),
            },
        }
    }
}

/// The state of the page, from any component.
pub fn use_state() -> AppState {
    expect_context::<AppState>()
}

//! The signals of the page, and the effects that ask the workers. Everything else is derived.

use super::app::Tab;
use super::keep::Keeper;
use crate::charts::viewport;
use crate::domain::Rejection;
use crate::import::{ImportError, Preview, Reading, Role};
use crate::protocol::{
    Answer, BacktestView, CleanView, CompareView, CostsView, DetailView, EntriesView, Event,
    ExplainView, ExportKind, GainedView, Lane, LoadedView, ProofView, Request, Source, TradeView,
    ValidateView, WindowView,
};
use crate::quality::synth::Sample;
use crate::quality::{Cleaning, Policy};
use crate::session::Settings;
use crate::strategy::{Condition, Params, Preset, StrategyId};
use crate::web::pool::{News, Pool};
use crate::web::{files, page};
use crate::workspace::Workspace;
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
    reading: Reading,
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

/// Where the pointer or the keyboard points: linked in all charts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cursor {
    /// Candle.
    pub candle: u32,
    /// Price under the pointer, on the price chart.
    pub price: Option<f64>,
}

/// What the price chart shows beside candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Levels, stops and targets.
    pub levels: bool,
    /// Entries and exits.
    pub trades: bool,
    /// Signals that became no trade.
    pub rejected: bool,
}

/// A question of the background that was asked last: not asked again while nothing changed.
type Asked = Option<(Lane, Settings, u32)>;

/// All signals of the page. A copy is a handful of handles.
#[derive(Clone, Copy)]
pub struct AppState {
    pool: StoredValue<Option<Rc<Pool>>, LocalStorage>,
    opening: StoredValue<Option<Opened>, LocalStorage>,
    opened: StoredValue<Option<Opened>, LocalStorage>,
    /// The first lines of the file, and how it is read or would be.
    pub preview: RwSignal<Option<Arc<Preview>>>,
    /// Choices about the reading that the preview shows.
    pub reading: RwSignal<Reading>,
    /// The control of the preview that was used last: it keeps the focus when the preview is made anew.
    used: StoredValue<Option<String>>,
    /// The preview is shown although the file is read.
    pub reading_open: RwSignal<bool>,
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
    /// The parameters that other strategies were left with.
    left: StoredValue<Vec<Params>>,
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
    /// Prices that the price chart shows; `None` fits the candles in view.
    pub prices: RwSignal<Option<(f64, f64)>>,
    /// Logarithmic price axis.
    pub log_price: RwSignal<bool>,
    /// Logarithmic equity axis.
    pub log_equity: RwSignal<bool>,
    /// Buy and hold beside the equity.
    pub show_hold: RwSignal<bool>,
    /// What the price chart shows beside candles.
    pub layers: RwSignal<Layers>,
    /// Where the pointer is.
    pub cursor: RwSignal<Option<Cursor>>,
    /// Only rejections with this code are shown; `None` shows all.
    pub rejected_only: RwSignal<Option<Rejection>>,
    /// The candle to be explained.
    pub explain: RwSignal<Option<u32>>,
    /// Its explanation.
    pub explained: RwSignal<Option<Arc<ExplainView>>>,
    /// The condition whose lost trades are shown.
    pub without: RwSignal<Option<Condition>>,
    /// Those trades.
    pub gained: RwSignal<Option<Arc<GainedView>>>,
    /// Costs and bounds.
    pub costs: RwSignal<Option<Arc<CostsView>>>,
    /// Intervals and other tools' numbers.
    pub validated: RwSignal<Option<Arc<ValidateView>>>,
    /// Random entries.
    pub entries: RwSignal<Option<Arc<EntriesView>>>,
    /// Check for use of the future.
    pub proof: RwSignal<Option<Arc<ProofView>>>,
    /// The same parameters on raw rows.
    pub compared: RwSignal<Option<Arc<CompareView>>>,
    /// Why no worker can be started any more.
    pub dead: RwSignal<Option<String>>,
    /// Undo, link, settings between visits.
    pub keeper: Keeper,
    asked: StoredValue<Asked>,
    /// Questions that failed, with the settings they were asked with: shown in their own panels, and not asked again by
    /// themselves.
    failures: RwSignal<Vec<(Lane, Settings, ImportError)>>,
    /// Parts of the download that is under way.
    parts: StoredValue<Vec<String>>,
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
/// Time without a newer result after which the slower numbers are asked for.
const DETAIL_DELAY: std::time::Duration = std::time::Duration::from_millis(60);
/// Candles shown at first.
const FIRST_VIEW: f64 = 160.0;

impl AppState {
    /// Starts the workers and the effects.
    pub fn start() -> Self {
        let state = Self {
            pool: StoredValue::new_local(None),
            opening: StoredValue::new_local(None),
            opened: StoredValue::new_local(None),
            preview: RwSignal::new(None),
            reading: RwSignal::new(Reading::default()),
            used: StoredValue::new(None),
            reading_open: RwSignal::new(false),
            tab: RwSignal::new(Tab::Data),
            loaded: RwSignal::new(None),
            loading: RwSignal::new(None),
            error: RwSignal::new(None),
            notice: RwSignal::new(None),
            cleaning: RwSignal::new(Cleaning::default()),
            versus: RwSignal::new(Policy::SourceScore),
            params: RwSignal::new(Params::default()),
            left: StoredValue::new(Vec::new()),
            newest: RwSignal::new(0),
            cleaned: RwSignal::new(None),
            backtest: RwSignal::new(None),
            refused: RwSignal::new(None),
            busy: RwSignal::new(false),
            detail: RwSignal::new(None),
            window: RwSignal::new(None),
            view: RwSignal::new((0.0, FIRST_VIEW)),
            prices: RwSignal::new(None),
            log_price: RwSignal::new(false),
            log_equity: RwSignal::new(false),
            show_hold: RwSignal::new(false),
            layers: RwSignal::new(Layers { levels: true, trades: true, rejected: false }),
            cursor: RwSignal::new(None),
            rejected_only: RwSignal::new(None),
            explain: RwSignal::new(None),
            explained: RwSignal::new(None),
            without: RwSignal::new(None),
            gained: RwSignal::new(None),
            costs: RwSignal::new(None),
            validated: RwSignal::new(None),
            entries: RwSignal::new(None),
            proof: RwSignal::new(None),
            compared: RwSignal::new(None),
            dead: RwSignal::new(None),
            keeper: Keeper::new(),
            asked: StoredValue::new(None),
            failures: RwSignal::new(Vec::new()),
            parts: StoredValue::new(Vec::new()),
            bars: RwSignal::new(0),
            selected: RwSignal::new(None),
            timing: RwSignal::new(Timing::default()),
            look: RwSignal::new(0),
        };
        super::keep::start(state);
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
        self.open(Opened { name, source, blob: Some(blob), reading: Reading::default() });
    }

    /// The sample that is open, if it is one.
    pub fn sample(&self) -> Option<Sample> {
        self.opened.with_value(|opened| match opened.as_ref().map(|opened| &opened.source) {
            Some(Source::Sample(name)) => Sample::from_name(name),
            _ => None,
        })
    }

    /// Generates a sample.
    pub fn open_sample(&self, sample: Sample) {
        let name = sample.file_name().to_owned();
        self.open(Opened { name, source: sample.into(), blob: None, reading: Reading::default() });
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
        if let Some(reason) = self.dead.get_untracked() {
            self.error.set(Some(no_workers(reason)));
            return;
        }
        let total = file.blob.as_ref().map_or(0, |blob| blob.size() as u64);
        self.loading.set(Some(Loading { name: file.name.clone(), done: 0, total }));
        self.opening.set_value(Some(file.clone()));
        self.reading.set(file.reading.clone());
        let is_sample = file.blob.is_none();
        self.with_pool(|pool| pool.take(file.blob));
        if is_sample {
            // Its form is known; a look at it would make it twice.
            let request =
                Request::Load { source: file.source, reading: self.reading.get_untracked() };
            self.with_pool(|pool| pool.load(request));
        } else {
            self.look();
        }
    }

    /// Looks at the first lines with the choices as they are.
    pub fn look(&self) {
        let Some(file) = self.opening.get_value() else { return };
        let request =
            Request::Preview { source: file.source, reading: self.reading.get_untracked() };
        self.with_pool(|pool| pool.ask(Lane::Preview, request));
    }

    /// Changes a choice and looks again.
    pub fn choose(&self, key: &str, value: &str) {
        let mut reading = self.reading.get_untracked();
        match reading.set(key, value) {
            Ok(()) => {
                self.used.set_value(Some(super::reading::id_of(key)));
                self.reading.set(reading);
                self.look();
            }
            Err(error) => self.notice.set(Some(error.to_string())),
        }
    }

    /// Changes what a column holds and looks again.
    pub fn choose_role(&self, column: u32, role: Role) {
        self.used.set_value(Some(super::reading::id_of(&column.to_string())));
        self.reading.update(|reading| reading.set_role(column, role));
        self.look();
    }

    /// Answers the question that a file leaves open, and reads it.
    pub fn answer(&self, key: &str, value: &str) {
        let mut reading = self.reading.get_untracked();
        if reading.answer(key, value).is_ok() {
            self.read_as(reading);
        }
    }

    /// Reads the file anew with these choices.
    pub fn read_as(&self, reading: Reading) {
        if let Some(file) = self.opening.get_value() {
            self.open(Opened { reading, ..file });
        }
    }

    /// The choices that the file was read with.
    pub fn read_with(&self) -> Reading {
        self.opening
            .with_value(|file| file.as_ref().map(|file| file.reading.clone()))
            .unwrap_or_default()
    }

    /// Reads the file when its first lines leave no question; says why not otherwise.
    fn previewed(self, preview: Preview) {
        let waits = self.loading.with_untracked(Option::is_some);
        let error = preview.error.clone();
        let signature = preview.diagnostics.signature.clone();
        self.preview.set(Some(Arc::new(preview)));
        if let Some(id) = self.used.try_update_value(Option::take).flatten() {
            request_animation_frame(move || page::focus(&id));
        }
        if !waits || self.loaded.with_untracked(Option::is_some) {
            return;
        }
        let reading = self.reading.get_untracked();
        if reading == Reading::default()
            && let Some(kept) = super::reading::kept(&signature)
        {
            let how: Vec<String> = kept.chosen().iter().map(|(k, v)| format!("{k}={v}")).collect();
            self.notice.set(Some(format!(
                "Read like the last file of this shape: {}. \u{201c}How the file was read\u{201d} changes it.",
                how.join(" ")
            )));
            self.reading.set(kept.clone());
            self.opening.update_value(|file| {
                if let Some(file) = file {
                    file.reading = kept;
                }
            });
            self.look();
            return;
        }
        match error {
            None => {
                let source =
                    self.opening.with_value(|file| file.as_ref().map(|f| f.source.clone()));
                let Some(source) = source else { return };
                self.with_pool(|pool| pool.load(Request::Load { source, reading }));
            }
            Some(error) => {
                self.loading.set(None);
                self.error.set(Some(error));
            }
        }
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
        self.preview.set(None);
        self.prices.set(None);
        self.cursor.set(None);
        self.rejected_only.set(None);
        self.explain.set(None);
        self.explained.set(None);
        self.without.set(None);
        self.gained.set(None);
        self.costs.set(None);
        self.validated.set(None);
        self.entries.set(None);
        self.proof.set(None);
        self.compared.set(None);
        self.asked.set_value(None);
        self.failures.set(Vec::new());
        self.parts.set_value(Vec::new());
    }

    /// Why the question of a lane failed, for the settings that are shown.
    pub fn failure(&self, lane: Lane) -> Option<ImportError> {
        let settings = self.backtest.get()?.settings.clone();
        self.failures.with(|failures| {
            let found =
                failures.iter().find(|(other, with, _)| *other == lane && *with == settings);
            found.map(|(_, _, error)| error.clone())
        })
    }

    /// Asks a question that failed once more.
    pub fn ask_again(&self, lane: Lane) {
        self.asked.set_value(None);
        self.failures.update(|failures| failures.retain(|(other, ..)| *other != lane));
        if lane == Lane::Detail
            && let Some(backtest) = self.backtest.get_untracked()
        {
            self.ask_detail(backtest.settings.clone());
        }
    }

    /// True for a trade that was open while the level jumped, as of a split.
    pub fn crosses_jump(&self, shown: &TradeView) -> bool {
        let [.., entry, exit] = shown.candles;
        self.loaded.with_untracked(|loaded| {
            loaded.as_ref().is_some_and(|loaded| {
                loaded.level_jumps.iter().any(|&jump| entry < jump && jump <= exit)
            })
        })
    }

    /// The trades that a condition costs, of the backtest that is shown.
    pub fn current_gained(&self) -> Option<Arc<GainedView>> {
        let backtest = self.backtest.get()?;
        let without = self.without.get()?;
        self.gained
            .get()
            .filter(|gained| gained.settings == backtest.settings && gained.condition == without)
    }

    /// Policy, parameters and window as they are now.
    pub fn settings(&self) -> Settings {
        Settings {
            cleaning: self.cleaning.get(),
            params: self.params.get(),
            newest: self.newest.get(),
        }
    }

    /// What undo, links and the browser's storage keep.
    pub fn workspace(&self) -> Workspace {
        Workspace { settings: self.settings(), versus: self.versus.get() }
    }

    /// Puts kept choices back.
    pub fn set_workspace(&self, workspace: Workspace) {
        let Workspace { settings: Settings { cleaning, params, newest }, versus } = workspace;
        set_if_new(self.cleaning, cleaning);
        set_if_new(self.params, params);
        set_if_new(self.newest, newest);
        set_if_new(self.versus, versus);
    }

    /// The last good backtest, when it was made with the settings as they are.
    pub fn current_backtest(&self) -> Option<Arc<BacktestView>> {
        self.backtest.get().filter(|backtest| backtest.settings == self.settings())
    }

    /// Slower numbers of the backtest that is shown.
    pub fn current_detail(&self) -> Option<Arc<DetailView>> {
        let backtest = self.backtest.get()?;
        self.detail.get().filter(|detail| detail.settings == backtest.settings)
    }

    /// Candles of the file.
    pub fn candles(&self) -> f64 {
        self.loaded.with_untracked(|l| l.as_ref().map_or(1, |l| l.candles)) as f64
    }

    /// Shows these candles, as far as the file has them.
    pub fn set_view(&self, range: (f64, f64)) {
        let range = viewport::inside(range, self.candles());
        if range != self.view.get_untracked() {
            self.view.set(range);
        }
    }

    /// Brings a candle into the middle of the price chart.
    pub fn show_candle(&self, candle: u32) {
        let (from, to) = self.view.get_untracked();
        let half = (to - from).clamp(40.0, 400.0) / 2.0;
        let middle = f64::from(candle) + 0.5;
        self.set_view((middle - half, middle + half));
    }

    /// Brings a candle into view with as little movement as possible.
    pub fn reveal_candle(&self, candle: u32) {
        let view = self.view.get_untracked();
        self.set_view(viewport::reveal(view, f64::from(candle), self.candles()));
    }

    /// Shows a candle in the explain panel.
    pub fn explain_candle(&self, candle: u32) {
        self.explain.set(Some(candle));
    }

    /// Asks for a file to download.
    pub fn export(&self, kind: ExportKind) {
        let settings = untrack(|| self.settings());
        self.with_pool(|pool| pool.ask(Lane::Export, Request::Export { kind, settings }));
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

    /// Marks a trade in chart and list, and explains the candle that its signal rests on.
    pub fn select_trade(&self, number: usize) {
        self.selected.set(Some(number));
        let from = self.backtest.with_untracked(|b| {
            b.as_ref().and_then(|b| b.trades.get(number)).map(|t| t.candles[1])
        });
        self.explain.set(from);
    }

    /// Marks a trade and shows it on the price chart.
    pub fn show_trade(&self, number: usize) {
        self.select_trade(number);
        let candles = self
            .backtest
            .with_untracked(|b| b.as_ref().and_then(|b| b.trades.get(number)).map(|t| t.candles));
        if let Some(candles) = candles {
            self.show_candles(candles);
        }
    }

    /// Brings a trade (line, start, signal, entry, exit) into the middle of the price chart.
    pub fn show_candles(&self, [anchor, _, _, entry, exit]: [u32; 5]) {
        let (anchor, exit) = (f64::from(anchor), f64::from(exit));
        let (from, to) = self.view.get_untracked();
        let width = (to - from).clamp(40.0, 400.0).max((exit - anchor) * 1.3);
        let start = f64::midpoint(f64::from(entry), exit) - width / 2.0;
        self.prices.set(None);
        self.set_view((start, start + width));
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
        Effect::new(move || self.background());
        Effect::new(move || {
            let (Some(candle), Some(backtest)) = (self.explain.get(), self.backtest.get()) else {
                return;
            };
            let settings = backtest.settings.clone();
            self.with_pool(|pool| pool.ask(Lane::Explain, Request::Explain { settings, candle }));
        });
        Effect::new(move || {
            let (Some(condition), Some(backtest)) = (self.without.get(), self.backtest.get())
            else {
                self.gained.set(None);
                return;
            };
            let settings = backtest.settings.clone();
            self.with_pool(|pool| pool.ask(Lane::Gained, Request::Gained { settings, condition }));
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

    /// Asks for the slower numbers of a backtest, unless the settings have moved on.
    fn ask_detail(self, settings: Settings) {
        let current = untrack(|| self.settings()) == settings
            && self.backtest.with_untracked(|b| b.as_ref().is_some_and(|b| b.settings == settings));
        if current {
            let columns = CURVE_COLUMNS;
            self.with_pool(|pool| pool.ask(Lane::Detail, Request::Detail { settings, columns }));
        }
    }

    /// What the background computes next, one question at a time: what the visible page needs, then the check for use of
    /// the future.
    fn background(self) {
        let Some(backtest) = self.backtest.get() else { return };
        let settings = &backtest.settings;
        let tab = self.tab.get();
        if self.current_detail().is_none() && self.failure(Lane::Detail).is_none() {
            return;
        }
        // What failed once waits to be asked again; the others do not wait for it.
        let stale = |lane, made_with: Option<Settings>| {
            made_with.as_ref() != Some(settings) && self.failure(lane).is_none()
        };
        let costs = stale(Lane::Costs, self.costs.with(|v| v.as_ref().map(|v| v.settings.clone())));
        let validated =
            stale(Lane::Validate, self.validated.with(|v| v.as_ref().map(|v| v.settings.clone())));
        let entries =
            stale(Lane::Entries, self.entries.with(|v| v.as_ref().map(|v| v.settings.clone())));
        let compared =
            stale(Lane::Compare, self.compared.with(|v| v.as_ref().map(|v| v.settings.clone())));
        let proof = self.proof.get().filter(|proof| proof.settings == *settings);
        let checked = proof.as_ref().map_or(0, |proof| proof.done);
        let proving = proof.as_ref().is_none_or(|p| p.violation.is_none() && p.done < p.total);
        let (settings, columns) = (settings.clone(), CURVE_COLUMNS);
        let (lane, request) = if tab == Tab::Backtest && costs {
            (Lane::Costs, Request::Costs { settings: settings.clone(), columns })
        } else if tab == Tab::Validate && validated {
            (Lane::Validate, Request::Validate { settings: settings.clone() })
        } else if tab == Tab::Validate && entries {
            (Lane::Entries, Request::Entries { settings: settings.clone() })
        } else if tab == Tab::Compare && compared {
            (Lane::Compare, Request::Compare { settings: settings.clone(), columns })
        } else if proving
            && settings.cleaning.policy.is_sound()
            && self.failure(Lane::Proof).is_none()
        {
            (Lane::Proof, Request::Prove { settings: settings.clone(), from: checked })
        } else {
            return;
        };
        // Only the check for the future goes on from where it stands; everything else is asked once.
        let progress = if lane == Lane::Proof { checked } else { 0 };
        let question = Some((lane, settings, progress));
        if self.asked.get_value() != question {
            self.asked.set_value(question);
            self.with_pool(|pool| pool.ask(lane, request));
        }
    }

    fn hear(self, news: News) {
        match news {
            News::Answer(answer) => self.take(*answer),
            News::Replaced { reason, gave_up } => {
                let reason = reason.lines().next().unwrap_or_default().to_owned();
                let rest = if gave_up {
                    "It was replaced. Its question stopped it twice and was given up; everything else goes on."
                } else {
                    "It was replaced and its work repeated; nothing is lost."
                };
                self.notice.set(Some(format!("A worker stopped ({reason}). {rest}")));
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
                self.dead.set(Some(reason.clone()));
                self.error.set(Some(no_workers(reason)));
            }
        }
    }

    fn take(self, answer: Answer) {
        match answer.event {
            Event::Ready { .. } => {}
            Event::Progress { done, total } => {
                if done == total {
                    page::measure("Import", answer.elapsed_ms);
                }
                self.loading.update(|loading| {
                    if let Some(loading) = loading {
                        (loading.done, loading.total) = (done, total);
                    }
                });
            }
            Event::Previewed(preview) => self.previewed(*preview),
            Event::Loaded(view) => {
                super::reading::keep(&view.diagnostics.signature, &self.read_with());
                let candles = view.candles as f64;
                self.view.set(((candles - FIRST_VIEW).max(0.0), candles.max(1.0)));
                self.timing.update(|timing| timing.load = answer.elapsed_ms);
                self.loading.set(None);
                self.opened.set_value(self.opening.get_value());
                self.loaded.set(Some(Arc::new(*view)));
                super::keep::restore_view(self);
            }
            Event::Window(view) => self.window.set(Some(Arc::new(view))),
            Event::Cleaned(view) => self.cleaned.set(Some(Arc::new(*view))),
            Event::Backtested(view) => {
                self.timing.update(|timing| timing.backtest = answer.elapsed_ms);
                // Numbers of trades and places of conditions mean nothing to another strategy.
                let strategy = |b: &BacktestView| b.settings.params.id();
                let before = self.backtest.with_untracked(|b| b.as_ref().map(|b| strategy(b)));
                if before.is_some_and(|before| before != strategy(&view)) {
                    self.selected.set(None);
                    self.without.set(None);
                }
                let trades = view.trades.len();
                if self.selected.get_untracked().is_some_and(|number| number >= trades) {
                    self.selected.set(None);
                }
                let settings = view.settings.clone();
                self.backtest.set(Some(Arc::new(*view)));
                self.refused.set(None);
                self.busy.set(settings != untrack(|| self.settings()));
                // While a slider moves the next result is not made to share the processor with details of the last one.
                set_timeout(move || self.ask_detail(settings), DETAIL_DELAY);
            }
            Event::Detailed(view) => self.detail.set(Some(Arc::new(*view))),
            Event::Explained(view) => self.explained.set(Some(Arc::new(*view))),
            Event::Costed(view) => self.costs.set(Some(Arc::new(*view))),
            Event::Validated(view) => self.validated.set(Some(Arc::new(*view))),
            Event::Drawn(view) => self.entries.set(Some(Arc::new(view))),
            Event::Proved(view) => self.proof.set(Some(Arc::new(view))),
            Event::Compared(view) => self.compared.set(Some(Arc::new(*view))),
            Event::Gained(view) => self.gained.set(Some(Arc::new(view))),
            Event::Part(text) => self.parts.update_value(|parts| parts.push(text)),
            Event::Exported { name, media_type } => {
                let parts = self.parts.try_update_value(std::mem::take).unwrap_or_default();
                if let Err(error) = files::download(&name, &media_type, &parts) {
                    self.notice.set(Some(format!(
                        "{name} could not be saved: {}",
                        files::describe(&error)
                    )));
                }
            }
            Event::Failed(error) => match answer.lane {
                Lane::Preview | Lane::Dataset => {
                    self.loading.set(None);
                    self.error.set(Some(error));
                }
                Lane::Backtest => {
                    self.busy.set(false);
                    self.refused.set(Some(error));
                }
                Lane::Detail
                | Lane::Costs
                | Lane::Validate
                | Lane::Entries
                | Lane::Compare
                | Lane::Proof => {
                    // The answers about a backtest are of the settings that are shown, or of none.
                    let shown =
                        self.backtest.with_untracked(|b| b.as_ref().map(|b| b.settings.clone()));
                    if let Some(settings) = shown {
                        self.failures.update(|failures| {
                            failures.retain(|(lane, ..)| *lane != answer.lane);
                            failures.push((answer.lane, settings, error));
                        });
                    }
                }
                Lane::Export => {
                    self.parts.set_value(Vec::new());
                    self.notice.set(Some(error.to_string()));
                }
                _ => self.notice.set(Some(error.to_string())),
            },
        }
    }
}

fn no_workers(reason: String) -> ImportError {
    ImportError::new(
        "The workers could not be started",
        reason,
        "Reload the page; if that does not help, use a current browser",
    )
}

/// Sets a signal only when its value changes.
fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

/// The state of the page, from any component.
pub fn use_state() -> AppState {
    expect_context::<AppState>()
}

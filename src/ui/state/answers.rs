//! What is asked about the current market, and when. Everything that depends on settings belongs to a run.

use super::asked::{Answered, Asked, Heard, Key, RunId};
use super::choices::Choices;
use super::helpers::{Helped, Helpers};
use super::ledger::Ledger;
use super::saved::SavedChoices;
use super::search::{MapChoice, SearchChoices, Started};
use super::view::{Tab, ViewState};
use super::workers::Workers;
use crate::ledger::Place;
use crate::metrics::METRICS;
use crate::protocol::{
    AnatomyQuestion, AuditQuestion, BacktestQuestion, BarQuestion, CleanQuestion, CompareQuestion,
    ContaminationQuestion, CostsQuestion, DetailQuestion, EntriesQuestion, Event, ExplainQuestion,
    ExportKind, ExportQuestion, FoundQuestion, GainedQuestion, LooksQuestion, MapQuestion,
    MultiverseQuestion, PlacesQuestion, ProofQuestion, Question, SavedQuestion, SearchQuestion,
    Shown, TradeView, TrialsFile, ValidateQuestion, WindowQuestion,
};
use crate::quality::Cleaning;
use crate::session::Settings;
use crate::universe::MarketId;
use crate::web::files;
use leptos::prelude::*;

/// Pixel columns of the equity chart that are asked for.
const CURVE_COLUMNS: u32 = 700;
/// Time without a newer result after which the slower numbers are asked for: while a slider moves the next result is not
/// made to share the processor with details of the last one.
const SETTLED_AFTER: std::time::Duration = std::time::Duration::from_millis(60);

/// A backtest with its question.
pub type Run = Answered<BacktestQuestion>;

/// A result as the ledger knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// SHA-256 of the rows.
    pub data: String,
    /// Over which window.
    pub place: Place,
    /// First half of the hash of the configuration, hexadecimal.
    pub config: String,
}

/// The questions about a market.
#[derive(Clone, Copy)]
pub struct Answers {
    /// Candles of the price chart.
    pub window: Asked<WindowQuestion>,
    /// Cleaning counts.
    pub cleaned: Asked<CleanQuestion>,
    /// Where the file hurts.
    pub places: Asked<PlacesQuestion>,
    /// All markets by their gates.
    pub audit: Asked<AuditQuestion>,
    /// The backtest.
    pub backtest: Asked<BacktestQuestion>,
    /// Slower numbers of it.
    pub detail: Asked<DetailQuestion>,
    /// One candle.
    pub explained: Asked<ExplainQuestion>,
    /// Trades that a condition costs.
    pub gained: Asked<GainedQuestion>,
    /// What the result is made of.
    pub anatomy: Asked<AnatomyQuestion>,
    /// Costs and bounds.
    pub costs: Asked<CostsQuestion>,
    /// Intervals and other tools' numbers.
    pub validated: Asked<ValidateQuestion>,
    /// Random entries.
    pub entries: Asked<EntriesQuestion>,
    /// The strategy under every cleaning.
    pub multiverse: Asked<MultiverseQuestion>,
    /// What the trades lean on.
    pub contaminated: Asked<ContaminationQuestion>,
    /// Check for use of the future.
    pub proof: Asked<ProofQuestion>,
    /// The same parameters on raw rows.
    pub compared: Asked<CompareQuestion>,
    /// The trials of a search.
    pub search: Asked<SearchQuestion>,
    /// What the search found.
    pub found: Asked<FoundQuestion>,
    /// Which looks the backtests were.
    looks: Asked<LooksQuestion>,
    /// The bar that the ledger sets.
    pub bar: Asked<BarQuestion>,
    /// Backtests that were shown and are not in the ledger yet.
    shown: StoredValue<Vec<(RunId, MarketId, Shown)>>,
    /// The look that the last of them is, with its run.
    place: RwSignal<Option<(RunId, Look)>>,
    /// Two parameters over a grid.
    pub map: Asked<MapQuestion>,
    /// Tells that looks were told, and that others may be.
    told: RwSignal<()>,
    /// Saved configurations.
    pub saved: Asked<SavedQuestion>,
    /// What was seen.
    ledger: Ledger,
    /// Who runs trials beside the keeper of the search.
    helpers: Helpers,
    /// Downloads.
    export: Asked<ExportQuestion>,
    /// Parts of the download that is under way.
    parts: StoredValue<Vec<String>>,
    /// The market that is asked about.
    market: RwSignal<Option<MarketId>>,
    /// A file of all trials that is asked for.
    wanted: StoredValue<Option<TrialsFile>>,
    /// Where the trials of the search are counted: the rows, the window.
    searched: RwSignal<Option<(String, Place)>>,
    /// What the newest run was asked with.
    newest: StoredValue<Option<(MarketId, Settings)>>,
    run: RwSignal<RunId>,
    /// The last run that was answered and not replaced for a while.
    settled: RwSignal<Option<RunId>>,
}

impl Answers {
    pub(super) fn new(workers: Workers, ledger: Ledger) -> Self {
        Self {
            window: Asked::new(workers),
            cleaned: Asked::new(workers),
            places: Asked::new(workers),
            audit: Asked::new(workers),
            backtest: Asked::new(workers),
            detail: Asked::new(workers),
            explained: Asked::new(workers),
            gained: Asked::new(workers),
            anatomy: Asked::new(workers),
            costs: Asked::new(workers),
            validated: Asked::new(workers),
            entries: Asked::new(workers),
            multiverse: Asked::new(workers),
            contaminated: Asked::new(workers),
            proof: Asked::new(workers),
            compared: Asked::new(workers),
            search: Asked::new(workers),
            found: Asked::new(workers),
            looks: Asked::new(workers),
            bar: Asked::new(workers),
            shown: StoredValue::new(Vec::new()),
            place: RwSignal::new(None),
            told: RwSignal::new(()),
            map: Asked::new(workers),
            saved: Asked::new(workers),
            ledger,
            helpers: Helpers::new(workers, ledger),
            export: Asked::new(workers),
            parts: StoredValue::new(Vec::new()),
            market: RwSignal::new(None),
            wanted: StoredValue::new(None),
            searched: RwSignal::new(None),
            newest: StoredValue::new(None),
            run: RwSignal::new(RunId::default()),
            settled: RwSignal::new(None),
        }
    }

    /// Turns to another market, or to none: what is known about the last one is let go.
    pub(super) fn turn_to(&self, market: Option<MarketId>) {
        self.window.clear();
        self.cleaned.clear();
        self.places.clear();
        self.backtest.clear();
        self.detail.clear();
        self.explained.clear();
        self.gained.clear();
        self.anatomy.clear();
        self.costs.clear();
        self.validated.clear();
        self.entries.clear();
        self.multiverse.clear();
        self.contaminated.clear();
        self.proof.clear();
        self.compared.clear();
        self.search.clear();
        self.found.clear();
        self.bar.clear();
        self.searched.set(None);
        self.wanted.set_value(None);
        self.map.clear();
        self.settled.set(None);
        self.market.set(market);
    }

    /// A market is closed: what was shown of it cannot be told any more.
    pub(super) fn closed(&self, market: MarketId) {
        self.shown.update_value(|shown| shown.retain(|(_, of, _)| *of != market));
    }

    /// The number of a run: the newest one while nothing changed.
    fn run_of(&self, market: MarketId, settings: &Settings) -> RunId {
        let same = self.newest.with_value(|newest| {
            newest.as_ref().is_some_and(|(m, s)| *m == market && s == settings)
        });
        if !same {
            self.newest.set_value(Some((market, settings.clone())));
            self.run.update(|run| run.0 += 1);
        }
        self.run.get_untracked()
    }

    /// The last good backtest, when it was made with the settings as they are.
    pub fn current(&self) -> Option<Run> {
        self.backtest.of(self.run.get())
    }

    /// The backtest that is shown was not replaced for a while.
    pub fn has_settled(&self) -> bool {
        let settled = self.settled.get();
        settled.is_some() && settled == self.backtest.with(|b| b.as_ref().map(Answered::run))
    }

    /// Slower numbers of the backtest that is shown.
    pub fn current_detail(&self) -> Option<Answered<DetailQuestion>> {
        self.of_shown(self.detail)
    }

    /// The comparison with the pinned result, of the backtest that is shown.
    pub fn against_pin(&self) -> Option<Answered<CompareQuestion>> {
        self.of_shown(self.compared).filter(|compared| compared.question().against.is_some())
    }

    /// An answer of the backtest that is shown.
    pub fn of_shown<Q: Question>(&self, asked: Asked<Q>) -> Option<Answered<Q>> {
        asked.of(self.backtest.get()?.run())
    }

    /// There is no answer of the backtest that is shown.
    pub fn lacks<Q: Question>(&self, asked: Asked<Q>) -> bool {
        self.of_shown(asked).is_none()
    }

    /// The trades that a condition costs, of the backtest that is shown.
    pub fn current_gained(&self, view: &ViewState) -> Option<Answered<GainedQuestion>> {
        let without = view.without.get()?;
        self.of_shown(self.gained).filter(|gained| gained.question().condition == without)
    }

    /// Trade of the backtest that is shown; those behind the split line are numbered on.
    pub fn trade(&self, number: usize) -> Option<TradeView> {
        let run = self.backtest.get_untracked()?;
        let detail = untrack(|| self.current_detail());
        numbered(&run, detail.as_ref(), number).cloned()
    }

    /// Asks for a file to download.
    pub fn download(&self, choices: &Choices, kind: ExportKind) {
        let Some(market) = self.market.get_untracked() else { return };
        let settings = untrack(|| choices.settings());
        let question = ExportQuestion { kind, settings };
        self.export.ask(Key::about(market, question));
    }

    /// What is asked, and by what it changes.
    pub(super) fn follow(
        self,
        choices: Choices,
        view: ViewState,
        notice: RwSignal<Option<String>>,
    ) {
        let columns = CURVE_COLUMNS;
        self.window.follow(move || {
            let (market, bars) = (self.market.get()?, view.bars.get());
            let (from, to) = view.range.get();
            let (from, to) = (from.max(0.0).floor() as u32, to.max(1.0).ceil() as u32);
            let key = Key::about(market, WindowQuestion { from, to, bars });
            (bars > 0).then_some(key)
        });
        self.cleaned.follow(move || {
            let cleaning = choices.cleaning.get();
            let versus = Cleaning { policy: choices.versus.get(), ..cleaning.clone() };
            Some(Key::about(self.market.get()?, CleanQuestion { cleaning, versus }))
        });
        self.places.follow(move || {
            let market = self.market.get()?;
            view.places.get().then(|| Key::about(market, PlacesQuestion))
        });
        self.backtest.follow(move || {
            let market = self.market.get()?;
            let settings = choices.settings();
            let run = self.run_of(market, &settings);
            Some(Key::of(run, market, BacktestQuestion { settings, columns }))
        });
        self.backtest.on(move |heard| {
            if let Heard::Answer(run) = heard {
                self.answered(&run, view);
            }
        });
        self.follow_run(choices, view);
        // What was pinned is a result of its file.
        Effect::watch(
            move || self.market.get(),
            move |_, _, _| {
                choices.pinned.set(None);
                choices.fitted.set(None);
            },
            false,
        );
        self.export.on(move |heard| match heard {
            Heard::Part(Event::Part(text), _) => self.parts.update_value(|parts| parts.push(text)),
            // A download begins: what is left of one that never ended does not belong to it.
            Heard::Part(..) => self.parts.set_value(Vec::new()),
            Heard::Answer(file) => {
                let parts = self.parts.try_update_value(std::mem::take).unwrap_or_default();
                if let Err(error) = files::download(&file.name, &file.media_type, &parts) {
                    let error = files::describe(&error);
                    notice.set(Some(format!("{} could not be saved: {error}", file.name)));
                }
            }
            Heard::Failed(error) => {
                self.parts.set_value(Vec::new());
                notice.set(Some(error.to_string()));
            }
        });
    }

    /// What is asked about a backtest once it has stood for a while: by everyone its details, by a page what it shows.
    fn follow_run(self, choices: Choices, view: ViewState) {
        let columns = CURVE_COLUMNS;
        let settled = move || {
            let run = self.settled.get()?;
            self.backtest.of(run)
        };
        let on_page = move |tab| settled().filter(|_| view.tab.get() == tab);
        self.detail.follow(move || {
            settled().map(|run| about(&run, |settings| DetailQuestion { settings, columns }))
        });
        self.anatomy.follow(move || {
            on_page(Tab::Backtest)
                .filter(|_| view.anatomy.get() || view.metrics.get())
                .map(|run| about(&run, |settings| AnatomyQuestion { settings }))
        });
        self.costs.follow(move || {
            on_page(Tab::Backtest)
                .map(|run| about(&run, |settings| CostsQuestion { settings, columns }))
        });
        self.validated.follow(move || {
            on_page(Tab::Validate).map(|run| about(&run, |settings| ValidateQuestion { settings }))
        });
        self.entries.follow(move || {
            on_page(Tab::Validate).map(|run| about(&run, |settings| EntriesQuestion { settings }))
        });
        self.compared.follow(move || {
            let pinned = choices.pinned.get();
            let (run, against) = match view.tab.get() {
                Tab::Backtest => (settled(), Some(Box::new(pinned?))),
                Tab::Compare => {
                    (settled(), pinned.filter(|_| view.against_pin.get()).map(Box::new))
                }
                _ => return None,
            };
            run.map(|run| about(&run, |settings| CompareQuestion { settings, against, columns }))
        });
        self.multiverse.follow(move || {
            settled()
                .filter(|_| matches!(view.tab.get(), Tab::Backtest | Tab::Robust))
                .map(|run| about(&run, |settings| MultiverseQuestion { settings, from: 0 }))
        });
        self.contaminated.follow(move || {
            on_page(Tab::Robust)
                .map(|run| about(&run, |settings| ContaminationQuestion { settings }))
        });
        self.proof.follow(move || {
            settled()
                .filter(|run| run.question().settings.cleaning.policy.is_sound())
                .map(|run| about(&run, |settings| ProofQuestion { settings, from: 0 }))
        });
        self.explained.follow(move || {
            let (candle, run) = (view.explain.get()?, self.backtest.get()?);
            Some(about(&run, |settings| ExplainQuestion { settings, candle }))
        });
        self.gained.follow(move || {
            let (condition, run) = (view.without.get()?, self.backtest.get()?);
            Some(about(&run, |settings| GainedQuestion { settings, condition }))
        });
    }

    /// The search that was started, and what it found once it is over.
    pub(super) fn follow_search(
        self,
        search: SearchChoices,
        rows: impl Fn() -> usize + 'static,
        view: ViewState,
        notice: RwSignal<Option<String>>,
    ) {
        // A search is of its file.
        Effect::watch(move || self.market.get(), move |_, _, _| search.started.set(None), false);
        self.search.follow(move || {
            let Started { settings, plan } = search.started.get()?;
            Some(Key::about(self.market.get()?, SearchQuestion { settings, plan, step: 0 }))
        });
        self.found.follow(move || {
            let Started { settings, plan } = search.started.get()?;
            let market = self.market.get()?;
            let found = self.search.get()?;
            let is_of = found.question().plan == plan && found.question().settings == settings;
            let is_over = found.is_whole || self.search.is_stopped();
            if !(is_of && is_over && view.tab.get() == Tab::Search) {
                return None;
            }
            let (table, picture) = (search.table.get(), search.picture.get());
            let ran = found.ran;
            let counted = self.searched.with(|place| {
                let (data, place) = place.as_ref()?;
                self.ledger.counted(data, place)
            });
            // A download that waits is not replaced by a look at the same search.
            let file = self.wanted.get_value();
            let question = FoundQuestion { settings, plan, ran, table, picture, counted, file };
            Some(Key::about(market, question))
        });
        self.search.on(move |heard| {
            let Heard::Answer(step) = heard else { return };
            // Also where helpers ran all trials before the keeper began.
            self.searched.set(Some((step.looks.data.clone(), step.looks.place)));
            self.ledger.add("search", &step.looks);
            self.helpers.reached(step.ran.0);
            if step.ran.0 == step.ran.1 {
                self.helpers.stop();
            }
        });
        // Others help while trials are run.
        let is_running = Memo::new(move |_| {
            let started = search.started.get().filter(|_| self.search.is_under_way());
            started.zip(self.market.get())
        });
        Effect::new(move || match is_running.get() {
            Some((Started { settings, plan }, market)) => {
                let so_far = self.search.get_untracked();
                let is_of = |view: &Answered<SearchQuestion>| {
                    view.question().plan == plan && view.question().settings == settings
                };
                let ran = so_far.filter(is_of).map(|view| view.ran);
                if ran.is_none_or(|(front, back)| front < back) {
                    let back = ran.map_or(u32::MAX, |(_, back)| back);
                    self.helpers.help(Helped { market, settings, plan }, rows(), back);
                }
            }
            None => self.helpers.stop(),
        });
        Effect::new(move || self.helpers.pause(search.paused.get()));
        self.found.on(move |heard| {
            if !matches!(heard, Heard::Part(..)) {
                self.wanted.set_value(None);
            }
            if let Heard::Answer(found) = heard
                && let Some((text, file)) = found.file.as_ref().zip(found.question().file)
                && let (name, media) = file.named()
                && let Err(error) = files::download(name, media, std::slice::from_ref(text))
            {
                let error = files::describe(&error);
                notice.set(Some(format!("The trials could not be saved: {error}")));
            }
        });
    }

    /// What was seen, and the bar that it sets.
    pub(super) fn follow_looks(self, view: ViewState) {
        let ledger = self.ledger;
        self.looks.follow(move || {
            self.told.track();
            let (settled, current) = (self.settled.get(), self.market.get());
            self.shown.with_value(|all| {
                // Of the market that is shown once a slider rests; what is left of others at once.
                let is_due = |(_, of, _): &&(RunId, MarketId, Shown)| {
                    Some(*of) != current || settled.is_some()
                };
                let market = all.iter().find(is_due)?.1;
                let of = all.iter().filter(|(_, of, _)| *of == market);
                let (run, ..) = of.clone().next_back()?;
                let shown = of.map(|(.., shown)| shown.clone()).collect();
                Some(Key::of(*run, market, LooksQuestion { shown, upto: run.0 }))
            })
        });
        self.looks.on(move |heard| {
            let Heard::Answer(found) = heard else { return };
            let (upto, market) = (found.question().upto, found.market());
            self.shown.update_value(|shown| {
                shown.retain(|(run, of, _)| *of != market || run.0 > upto);
            });
            for looks in &found.looks {
                ledger.add("backtest", looks);
            }
            if let Some(last) = found.looks.last()
                && let Some(seen) = last.seen.last()
            {
                let config = format!("{:032x}", seen.config);
                let look = Look { data: last.data.clone(), place: last.place, config };
                self.place.set(Some((found.run(), look)));
            }
            self.told.set(());
        });
        // What other cleanings make counts once it is seen: a verdict about them is no choice among them.
        Effect::new(move || {
            if view.tab.get() == Tab::Robust
                && let Some(found) = self.of_shown(self.multiverse)
            {
                for looks in &found.looks {
                    ledger.add("cleanings", looks);
                }
            }
        });
        self.bar.follow(move || {
            // Counting goes over all that was seen: only for who looks at the bar, not with every step of a search.
            if !matches!(view.tab.get(), Tab::Backtest | Tab::Validate) {
                return None;
            }
            let run = self.settled.get().and_then(|run| self.backtest.of(run))?;
            let (_, look) = self.place.get().filter(|(of, _)| *of == run.run())?;
            let counted = ledger.counted(&look.data, &look.place)?;
            Some(about(&run, |settings| BarQuestion { settings, counted }))
        });
    }

    /// The map of two parameters: of every backtest that is shown, so that it follows the sliders.
    pub(super) fn follow_map(self, search: SearchChoices, view: ViewState) {
        self.map.follow(move || {
            if !view.map.get() || view.tab.get() != Tab::Backtest {
                return None;
            }
            let MapChoice { x, y, metric } = search.map.get();
            let run = self.backtest.get()?;
            Some(about(&run, |settings| MapQuestion { settings, x, y, metric }))
        });
        self.map.on(move |heard| {
            if let Heard::Answer(found) = heard
                && let Some(looks) = &found.looks
            {
                self.ledger.add("map", looks);
            }
        });
    }

    /// The backtest that is shown with the look that it is, once that is known.
    pub fn look(&self) -> Option<(Run, Look)> {
        let run = self.backtest.get()?;
        let (of, look) = self.place.get()?;
        (of == run.run()).then_some((run, look))
    }

    /// SHA-256 of the rows that are open, once it is known.
    pub(super) fn data(&self) -> Option<String> {
        let run = self.backtest.get_untracked()?;
        let detail = self.detail.get_untracked().filter(|detail| detail.market() == run.market());
        detail.map(|detail| detail.fingerprint.clone())
    }

    /// The list of saved configurations, on the page that shows it.
    pub(super) fn follow_saved(self, saved: SavedChoices, view: ViewState) {
        self.saved.follow(move || {
            let market = self.market.get()?;
            if view.tab.get() != Tab::Compare {
                return None;
            }
            saved.open();
            self.detail.track();
            let data = self.data().unwrap_or_default();
            let (all, how) = (saved.all.get(), saved.how.get());
            let document = saved.document.get();
            Some(Key::about(market, SavedQuestion { saved: all, how, data, document }))
        });
    }

    /// Asks for the table of trials as a file.
    pub(super) fn download_trials(&self, file: TrialsFile) {
        if let Some(found) = self.found.get_untracked() {
            self.wanted.set_value(Some(file));
            let question = FoundQuestion { file: Some(file), ..found.question().clone() };
            self.found.ask(Key::about(found.market(), question));
        }
    }

    fn answered(self, run: &Run, view: ViewState) {
        // Numbers of trades and places of conditions mean nothing to another strategy.
        let strategy = |run: &Run| run.question().settings.params.id();
        let before = self.backtest.get_untracked().map(|b| strategy(&b));
        if before.is_some_and(|before| before != strategy(run)) {
            view.selected.set(None);
            view.without.set(None);
        }
        // Other dates: the price chart shows their end, where it shows none of them.
        let window = |run: &Run| run.question().settings.window;
        let earlier = self.backtest.get_untracked().map(|b| window(&b));
        if earlier.is_some_and(|earlier| earlier != window(run))
            && let (Some(first), Some(last)) =
                (run.equity.candles.first(), run.equity.candles.last())
        {
            let (from, to) = view.range.get_untracked();
            if to < f64::from(*first) || from > f64::from(*last) {
                view.show((f64::from(*last) - (to - from), f64::from(*last)));
            }
        }
        // Numbers of trades belong to one result.
        if self.backtest.get_untracked().is_none_or(|before| before.run() != run.run()) {
            view.chosen.set(None);
        }
        // One behind the split line of the result before is none of those before it, nor of the new one.
        let before = self.backtest.get_untracked().map_or(0, |before| before.trades.len());
        let trades = run.trades.len().min(before);
        if view.selected.get_untracked().is_some_and(|number| number >= trades) {
            view.selected.set(None);
        }
        let sharpe = METRICS.iter().position(|spec| spec.key == "sharpe");
        let sharpe = sharpe.and_then(|at| run.metrics.get(at)?.as_ref().ok().copied());
        let unit = run.grid.0;
        let shown = Shown {
            settings: run.question().settings.clone(),
            sharpe: sharpe.map(|sharpe| sharpe / f64::sqrt(unit.periods_per_year())),
            unit,
        };
        self.shown.update_value(|all| all.push((run.run(), run.market(), shown)));
        let id = run.run();
        set_timeout(
            move || {
                if self.run.get_untracked() == id {
                    self.settled.set(Some(id));
                }
            },
            SETTLED_AFTER,
        );
    }
}

/// A trade of a run; those behind its split line are numbered on.
pub fn numbered<'a>(
    run: &'a Run,
    detail: Option<&'a Answered<DetailQuestion>>,
    number: usize,
) -> Option<&'a TradeView> {
    let behind = detail.and_then(|detail| detail.behind.as_ref());
    let own = &run.trades;
    own.get(number).or_else(|| behind?.trades.get(number.checked_sub(own.len())?))
}

/// A question about a run.
fn about<Q: Question>(run: &Run, question: impl FnOnce(Settings) -> Q) -> Key {
    Key::of(run.run(), run.market(), question(run.question().settings.clone()))
}

//! Files: the one that is being read, those that are open, and which of them is current; `several` what is dropped together.

mod several;

use super::answers::Answers;
use super::asked::{Asked, Heard, Key};
use super::batch::{Batch, Merging};
use super::readings;
use super::view::ViewState;
use super::workers::{Workers, no_workers};
use crate::audit::Gates;
use crate::domain::Few;
use crate::format::counted;
use crate::import::{ImportError, Preview, Reading, Role};
use crate::protocol::{Event, How, LoadQuestion, LoadedView, PreviewQuestion, Source, Told};
use crate::quality::synth::Sample;
use crate::universe::MarketId;
use crate::web::{files, page};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen_futures::JsFuture;
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
    /// Its number among several, and how many there are.
    pub of: Option<(usize, usize)>,
}

/// A market that is open.
#[derive(Clone, Debug)]
pub struct OpenMarket {
    /// Its number.
    pub id: MarketId,
    /// Its name, which no other open market has.
    pub name: String,
    /// What was read.
    pub view: Arc<LoadedView>,
    /// Time that reading and judging took, ms.
    pub read_ms: f64,
}

/// A file that can be opened again.
#[derive(Clone)]
struct Opened {
    id: MarketId,
    name: String,
    source: Source,
    blob: Option<Blob>,
    reading: Reading,
    /// What is said about its market.
    told: Told,
    /// Markets that it takes the place of, once it is read: the same file, read otherwise, or the files that it joins.
    instead_of: Vec<MarketId>,
}

impl Opened {
    fn new(name: String, source: Source, blob: Option<Blob>) -> Self {
        let told = Told { path: name.clone(), ..Told::default() };
        let (id, reading) = (MarketId::default(), Reading::default());
        Self { id, name, source, blob, reading, told, instead_of: Vec::new() }
    }
}

/// Signals of the files.
#[derive(Clone, Copy)]
pub struct Files {
    workers: Workers,
    answers: Answers,
    view: ViewState,
    previewed: Asked<PreviewQuestion>,
    read: Asked<LoadQuestion>,
    next: StoredValue<MarketId>,
    /// The file that is being looked at: the one being read, or the current one.
    opening: StoredValue<Option<Opened>, LocalStorage>,
    opened: StoredValue<Few<MarketId, Opened>, LocalStorage>,
    /// The markets that are open, in the order of opening.
    pub markets: RwSignal<Vec<OpenMarket>>,
    /// The current one.
    pub current: RwSignal<Option<MarketId>>,
    /// The one that was current before.
    before: StoredValue<Option<MarketId>>,
    /// What is known of the current one.
    pub loaded: RwSignal<Option<Arc<LoadedView>>>,
    /// The first lines of the file, and how it is read or would be.
    pub preview: RwSignal<Option<Arc<Preview>>>,
    /// Choices about the reading that the preview shows.
    pub reading: RwSignal<Reading>,
    /// The control of the preview that was used last: it keeps the focus when the preview is made anew.
    used: StoredValue<Option<String>>,
    /// The preview is shown although the file is read.
    pub reading_open: RwSignal<bool>,
    /// The file that is being read.
    pub loading: RwSignal<Option<Loading>>,
    /// Why a file could not be read.
    pub error: RwSignal<Option<ImportError>>,
    /// Files of the last drop that were left out, with the reason.
    pub left_out: RwSignal<Vec<(String, String)>>,
    /// Gates of the user's own.
    pub gates: RwSignal<Gates>,
    /// An earlier audit: its name and its text.
    pub previous: RwSignal<Option<(String, String)>>,
    /// The one that could be read last: what cannot be read does not take its place.
    readable: StoredValue<Option<(String, String)>>,
    /// The first market of the last drop, while it is read.
    newest: StoredValue<Option<MarketId>>,
    /// Which venues stand in for which, as chosen last.
    pub merging: RwSignal<Merging>,
    /// Gates and audits are unfolded.
    pub gates_open: RwSignal<bool>,
    /// Several files on their way.
    batch: StoredValue<Option<Batch>, LocalStorage>,
}

impl Files {
    pub(super) fn new(workers: Workers, answers: Answers, view: ViewState) -> Self {
        Self {
            workers,
            answers,
            view,
            previewed: Asked::new(workers),
            read: Asked::new(workers),
            next: StoredValue::new(MarketId(1)),
            opening: StoredValue::new_local(None),
            opened: StoredValue::new_local(Few::default()),
            markets: RwSignal::new(Vec::new()),
            current: RwSignal::new(None),
            before: StoredValue::new(None),
            loaded: RwSignal::new(None),
            preview: RwSignal::new(None),
            reading: RwSignal::new(Reading::default()),
            used: StoredValue::new(None),
            reading_open: RwSignal::new(false),
            loading: RwSignal::new(None),
            error: RwSignal::new(None),
            left_out: RwSignal::new(Vec::new()),
            gates: RwSignal::new(Gates::default()),
            previous: RwSignal::new(None),
            readable: StoredValue::new(None),
            newest: StoredValue::new(None),
            merging: RwSignal::new(Merging::default()),
            gates_open: RwSignal::new(false),
            batch: StoredValue::new_local(None),
        }
    }

    /// Listens; `shown` is called when a file that was just read is current.
    pub(super) fn start(self, shown: impl Fn() + 'static) {
        self.previewed.on(move |heard| match heard {
            Heard::Part(..) => {}
            Heard::Answer(preview) => self.look_at(&preview),
            Heard::Failed(error) => self.fail(error),
        });
        self.read.on(move |heard| match heard {
            Heard::Part(Event::Progress { done, total }, elapsed_ms) => {
                if done == total {
                    page::measure("Import", elapsed_ms);
                }
                self.loading.update(|loading| {
                    if let Some(loading) = loading {
                        (loading.done, loading.total) = (done, total);
                    }
                });
            }
            Heard::Part(..) => {}
            Heard::Answer(read) => {
                self.add(read.market(), &read, read.elapsed_ms());
                if self.current.with_untracked(Option::is_some) {
                    shown();
                }
            }
            Heard::Failed(error) => self.fail(error),
        });
        Effect::new(move || {
            let Some(reason) = self.workers.dead.get() else { return };
            self.loading.set(None);
            self.batch.set_value(None);
            if self.loaded.with_untracked(Option::is_some) {
                self.workers.notice.set(Some(format!(
                    "The workers could not be started again ({reason}): what you see is the last result. Reload the page."
                )));
            }
            self.error.set(Some(no_workers(reason)));
        });
    }

    fn fail(&self, error: &ImportError) {
        if self.batch.with_value(Option::is_some) && self.leave_out(error) {
            return;
        }
        self.loading.set(None);
        self.error.set(Some(error.clone()));
    }

    /// Reads a file or pasted text.
    pub fn open_blob(&self, name: String, blob: Blob) {
        self.batch.set_value(None);
        self.left_out.set(Vec::new());
        let source = Source::Attached { name: name.clone() };
        self.open(Opened::new(name, source, Some(blob)));
    }

    /// Says what the current market is of, and reads it anew. What is `None` stays as it is known.
    pub fn rename(&self, symbol: Option<&str>, venue: Option<&str>) {
        let Some(file) = self.opening.get_value() else { return };
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let Told { path, symbol: old_symbol, venue: old_venue } = file.told.clone();
        let told = Told {
            path,
            symbol: symbol.map_or(old_symbol, some),
            venue: venue.map_or(old_venue, some),
        };
        let id = file.id;
        self.open(Opened { told, instead_of: vec![id], ..file });
    }

    /// Generates a sample, or turns to it where it is open.
    pub fn open_sample(&self, sample: Sample) {
        self.batch.set_value(None);
        self.left_out.set(Vec::new());
        let source = Source::from(sample);
        let open = self.opened.with_value(|opened| {
            opened.iter().find(|(_, file)| file.source == source).map(|(id, _)| id)
        });
        match open {
            Some(id) => self.show(id),
            None => {
                let name = sample.file_name().to_owned();
                self.open(Opened::new(name, source, None));
            }
        }
    }

    /// The current market, if it is a sample.
    pub fn sample(&self) -> Option<Sample> {
        let current = self.current.get()?;
        self.opened.with_value(|opened| match &opened.get(&current)?.source {
            Source::Sample(name) => Sample::from_name(name),
            Source::Attached { .. } | Source::Combined { .. } => None,
        })
    }

    /// The user may say what the current market is of: a sample has a name, and a merged market that of its reference.
    pub fn can_be_named(&self) -> bool {
        self.opening.with_value(|file| {
            file.as_ref().is_some_and(|file| match &file.source {
                Source::Attached { .. } | Source::Combined { how: How::Join, .. } => true,
                Source::Sample(_) | Source::Combined { how: How::Merge { .. }, .. } => false,
            })
        })
    }

    /// Keeps an earlier audit to be compared with.
    pub fn open_previous(&self, file: web_sys::File) {
        self.read_text(file, self.previous);
    }

    /// Reads a file as text, with its name.
    pub fn read_text(&self, file: web_sys::File, into: RwSignal<Option<(String, String)>>) {
        let notice = self.workers.notice;
        leptos::task::spawn_local(async move {
            match JsFuture::from(file.text()).await {
                Ok(text) => {
                    let text = text.as_string().unwrap_or_default();
                    into.set(Some((file.name(), text)));
                }
                Err(error) => notice.set(Some(files::describe(&error))),
            }
        });
    }

    /// An audit was made: an earlier one that could not be read is said, and the one before it is compared with again.
    pub(super) fn audited(&self, problem: Option<&str>) {
        let asked = self.previous.get_untracked();
        match problem {
            None => self.readable.set_value(asked),
            Some(problem) if asked.is_some() => {
                self.previous.set(self.readable.get_value());
                self.workers.notice.set(Some(format!(
                    "{problem} Download an audit on this page, or make one with cleansweep audit --json."
                )));
            }
            Some(_) => {}
        }
    }

    /// Name of the current market, if it is a file.
    pub fn file_name(&self) -> Option<String> {
        let name = self.loaded.with(|loaded| loaded.as_ref().map(|view| view.name.clone()))?;
        self.sample().is_none().then_some(name)
    }

    /// The current market.
    pub fn open_market(&self) -> Option<OpenMarket> {
        let current = self.current.get()?;
        self.markets.with(|markets| markets.iter().find(|market| market.id == current).cloned())
    }

    /// The market that was current before a file could not be read or was cancelled.
    pub fn previous(&self) -> Option<(MarketId, String)> {
        let id = self.before.get_value()?;
        self.markets.with(|markets| {
            let market = markets.iter().find(|market| market.id == id)?;
            Some((id, market.name.clone()))
        })
    }

    fn open(&self, file: Opened) {
        self.leave();
        self.workers.notice.set(None);
        if let Some(reason) = self.workers.dead.get_untracked() {
            self.error.set(Some(no_workers(reason)));
            return;
        }
        let id = self.next.get_value();
        self.next.set_value(id.next());
        let total = file.blob.as_ref().map_or(0, |blob| blob.size() as u64);
        let of = self.batch.with_value(|batch| {
            let batch = batch.as_ref().filter(|batch| batch.now.is_some() && batch.total > 1)?;
            Some((batch.number(), batch.total))
        });
        self.loading.set(Some(Loading { name: file.name.clone(), done: 0, total, of }));
        self.reading.set(file.reading.clone());
        self.workers.take(id, file.blob.clone());
        let has_text = matches!(file.source, Source::Attached { .. });
        self.opening.set_value(Some(Opened { id, ..file }));
        if has_text {
            self.look();
        } else {
            // Its form is known; a look at it would make it twice.
            self.load();
        }
    }

    /// Name of the file that is being looked at.
    pub fn name(&self) -> Option<String> {
        self.opening.with_value(|file| file.as_ref().map(|file| file.name.clone()))
    }

    fn load(&self) {
        let Some(file) = self.opening.get_value() else { return };
        let question = LoadQuestion { source: file.source, reading: file.reading, told: file.told };
        self.read.clear();
        self.read.ask(Key::about(file.id, question));
    }

    /// Leaves the current market, and gives up the file that is being read.
    fn leave(&self) {
        self.give_up();
        let current = self.current.get_untracked();
        self.view.leave(current);
        if current.is_some() {
            self.before.set_value(current);
        }
        self.current.set(None);
        self.loaded.set(None);
        self.answers.turn_to(None);
        self.error.set(None);
        self.preview.set(None);
        self.reading_open.set(false);
        self.previewed.clear();
    }

    /// Forgets a file that was opened and is not read.
    fn give_up(&self) {
        self.loading.set(None);
        self.read.clear();
        let file = self.opening.try_update_value(Option::take).flatten();
        if let Some(file) = file
            && !self.opened.with_value(|opened| opened.has(&file.id))
        {
            self.workers.forget(file.id);
        }
    }

    /// Stops reading.
    pub fn cancel(&self) {
        let name = self.loading.get_untracked().map(|loading| loading.name);
        let batch = self.batch.try_update_value(Option::take).flatten();
        self.give_up();
        self.preview.set(None);
        let told = |text: String| name.map(|name| format!("Reading {name} was cancelled{text}"));
        match batch {
            // What was read before stays, each file by itself.
            Some(batch) if !batch.read.is_empty() => {
                let unread = batch.total + 1 - batch.number();
                let left = counted(unread, "file");
                self.show(batch.read[0]);
                self.workers.notice.set(told(format!(", and {left} of {} with it", batch.total)));
            }
            // While files are joined: each stays by itself.
            Some(_) if self.newest.get_value().is_some() => {
                self.newest.get_value().into_iter().for_each(|id| self.show(id));
                self.workers.notice.set(told(", and nothing more was joined".to_owned()));
            }
            _ => self.workers.notice.set(told(String::new())),
        }
    }

    /// Makes a market current.
    pub fn show(&self, id: MarketId) {
        if self.current.get_untracked() == Some(id) {
            return;
        }
        let market = self
            .markets
            .with_untracked(|markets| markets.iter().find(|market| market.id == id).cloned());
        let file = self.opened.with_value(|opened| opened.get(&id).cloned());
        let (Some(market), Some(file)) = (market, file) else { return };
        self.leave();
        self.workers.notice.set(None);
        self.reading.set(file.reading.clone());
        self.opening.set_value(Some(file));
        self.turn_to(market);
    }

    fn turn_to(&self, market: OpenMarket) {
        self.view.enter(market.id, market.view.candles);
        self.current.set(Some(market.id));
        self.loaded.set(Some(market.view));
        self.answers.turn_to(Some(market.id));
    }

    /// Closes a market; the one before it becomes current, or the one after it.
    pub fn close(&self, id: MarketId) {
        let at = self
            .markets
            .with_untracked(|markets| markets.iter().position(|market| market.id == id));
        let Some(at) = at else { return };
        let was_current = self.current.get_untracked() == Some(id);
        if was_current {
            self.leave();
        }
        self.drop_market(id);
        let other = self
            .markets
            .with_untracked(|markets| markets.get(at.saturating_sub(1)).map(|market| market.id));
        if was_current && let Some(other) = other {
            self.show(other);
        }
    }

    fn drop_market(&self, id: MarketId) {
        self.markets.update(|markets| markets.retain(|market| market.id != id));
        if self.newest.get_value() == Some(id) {
            self.newest.set_value(None);
        }
        self.opened.update_value(|opened| {
            opened.remove(&id);
        });
        if self.before.get_value() == Some(id) {
            self.before.set_value(None);
        }
        self.view.forget(id);
        self.workers.forget(id);
        self.answers.closed(id);
    }

    /// A file was read: it is one of the markets now, and current.
    fn add(&self, id: MarketId, view: &LoadedView, read_ms: f64) {
        let Some(file) = self.opening.get_value().filter(|file| file.id == id) else { return };
        readings::keep(&view.signature, &file.reading);
        for old in &file.instead_of {
            self.drop_market(*old);
        }
        let name = self.markets.with_untracked(|markets| {
            let taken = |name: &str| markets.iter().any(|market| market.name == name);
            let numbered = (2..).map(|number| format!("{} ({number})", file.name));
            let mut names = std::iter::once(file.name.clone()).chain(numbered);
            names.find(|name| !taken(name)).unwrap_or_default()
        });
        self.loading.set(None);
        self.opened.update_value(|opened| {
            opened.set(id, file);
        });
        let market = OpenMarket { id, name, view: Arc::new(view.clone()), read_ms };
        self.markets.update(|markets| markets.push(market.clone()));
        if self.batch.with_value(Option::is_none) {
            self.turn_to(market);
            return;
        }
        self.batch.update_value(|batch| {
            if let Some(batch) = batch
                && batch.now.is_some()
            {
                batch.read.push(id);
            }
        });
        // The first of a drop is shown; a joined market stands where its first file stood.
        if self.newest.with_value(Option::is_none) {
            self.newest.set_value(Some(id));
        }
        self.go_on();
    }

    /// Looks at the first lines with the choices as they are.
    pub fn look(&self) {
        let Some(file) = self.opening.get_value() else { return };
        let reading = self.reading.get_untracked();
        let question = PreviewQuestion { source: file.source, reading };
        self.previewed.ask(Key::about(file.id, question));
    }

    /// Changes a choice and looks again. `control` is the element that was used.
    pub fn choose(&self, key: &str, value: &str, control: String) {
        let mut reading = self.reading.get_untracked();
        match reading.set(key, value) {
            Ok(()) => {
                self.used.set_value(Some(control));
                self.reading.set(reading);
                self.look();
            }
            Err(error) => self.workers.notice.set(Some(error.to_string())),
        }
    }

    /// Changes what a column holds and looks again.
    pub fn choose_role(&self, column: u32, role: Role, control: String) {
        self.used.set_value(Some(control));
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
        let Some(file) = self.opening.get_value() else { return };
        let open = self.opened.with_value(|opened| opened.has(&file.id));
        let instead_of = if open { vec![file.id] } else { file.instead_of.clone() };
        self.open(Opened { reading, instead_of, ..file });
    }

    /// The choices that the file was read with.
    pub fn read_with(&self) -> Reading {
        self.opening
            .with_value(|file| file.as_ref().map(|file| file.reading.clone()))
            .unwrap_or_default()
    }

    /// Reads the file when its first lines leave no question; says why not otherwise.
    fn look_at(&self, preview: &Preview) {
        self.preview.set(Some(Arc::new(preview.clone())));
        if let Some(id) = self.used.try_update_value(Option::take).flatten() {
            request_animation_frame(move || page::focus(&id));
        }
        let waits = self.loading.with_untracked(Option::is_some);
        if !waits || self.loaded.with_untracked(Option::is_some) {
            return;
        }
        let reading = self.reading.get_untracked();
        if reading == Reading::default()
            && let Some(kept) = readings::kept(&preview.diagnostics.signature)
        {
            let how: Vec<String> = kept.chosen().iter().map(|(k, v)| format!("{k}={v}")).collect();
            self.workers.notice.set(Some(format!(
                "Read like the last file of this shape: {}. \u{201c}How the file was read\u{201d} changes it.",
                how.join(" ")
            )));
            self.reading.set(kept);
            self.look();
            return;
        }
        match &preview.error {
            None => {
                self.opening.update_value(|file| {
                    if let Some(file) = file {
                        file.reading = reading;
                    }
                });
                self.load();
            }
            Some(error) => self.fail(error),
        }
    }
}

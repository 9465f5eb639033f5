//! The page's side of its workers: lanes with generations, and a supervisor that replaces a worker that died.
//!
//! Workers start from a `blob:` URL (they inherit the page's content policy; a worker from a URL would not) and share the
//! compiled module, so that nothing is requested after the start. Each worker has one question under way; of each lane the
//! newest one waits, older ones are replaced, and the more urgent lanes come first. A worker that panics, throws or stays silent is terminated and a fresh one repeats the
//! question under way, once.

use super::files::describe;
use crate::import::ImportError;
use crate::protocol::{Answer, Event, Lane, Question, Request, VERSION, decode, encode};
use js_sys::{Array, Uint8Array};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Silence after which a worker with a question is taken for dead, ms.
const SILENCE_MS: f64 = 30_000.0;
/// Time that a worker has to start, ms.
const START_MS: f64 = 15_000.0;
/// How often silence is looked for, ms.
const WATCH_MS: i32 = 1_000;
/// Deaths over the same question after which it is given up.
const MOST_DEATHS: u32 = 2;
/// Deaths before the first sign of life after which no worker is started any more.
const MOST_STILLBORN: u32 = 3;

/// What is started after the glue code in a worker: take the module, run, and report what nobody else would.
const SHIM: &str = r"
self.addEventListener('unhandledrejection', (event) => self.postMessage('unhandled rejection: ' + event.reason));
self.onmessage = (event) => {
  self.onmessage = null;
  __wbg_init({ module_or_path: event.data }).catch((error) => self.postMessage('start failed: ' + error));
};
";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static GLUE_URL: String;
}

/// Which worker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Station {
    /// What a finger waits for.
    Front,
    /// What may arrive later.
    Back,
}

/// Where the questions of a lane go.
trait Route {
    /// True for questions that the bytes of the file are sent with.
    fn reads_file(self) -> bool;
    /// The worker of a lane.
    fn station(self) -> Station;
}

impl Route for Lane {
    fn reads_file(self) -> bool {
        matches!(self, Self::Preview | Self::Dataset)
    }

    fn station(self) -> Station {
        match self {
            Self::Preview
            | Self::Dataset
            | Self::Window
            | Self::Backtest
            | Self::Explain
            | Self::Clean => Station::Front,
            Self::Export
            | Self::Detail
            | Self::Gained
            | Self::Costs
            | Self::Validate
            | Self::Entries
            | Self::Compare
            | Self::Proof => Station::Back,
        }
    }
}

#[derive(Clone, Debug)]
struct Task {
    generation: u64,
    request: Request,
}

#[derive(Debug, Default)]
struct LaneState {
    generation: u64,
    under_way: Option<Task>,
    /// The newest question; of downloads every one.
    waiting: VecDeque<Task>,
    deaths: u32,
}

/// One worker with its listeners, which live as long as it does.
struct Running {
    worker: Worker,
    url: String,
    _listeners: [Closure<dyn FnMut(JsValue)>; 2],
}

#[derive(Default)]
struct Slot {
    running: Option<Running>,
    ready: bool,
    /// The dataset that this worker has been told to load.
    told: u32,
    /// It is reading the dataset for itself.
    rereading: bool,
    last_sign: f64,
}

impl Slot {
    /// The worker has started: the text it was made of is not needed any more.
    fn come_alive(&mut self) {
        self.ready = true;
        if let Some(running) = &self.running {
            web_sys::Url::revoke_object_url(&running.url).ok();
        }
    }
}

/// What the page hears from its workers.
pub enum News {
    /// An answer that is still wanted.
    Answer(Box<Answer>),
    /// A worker died and was replaced.
    Replaced {
        /// Why it died.
        reason: String,
        /// Its question was given up, because it had killed a worker before.
        gave_up: bool,
    },
    /// A worker could not read the file for itself.
    Lost(String),
    /// The workers cannot be started at all.
    NoWorkers(String),
}

/// A dataset as every worker can load it again.
#[derive(Clone)]
struct Dataset {
    /// How it is loaded, once that is known.
    request: Option<Request>,
    blob: Option<Blob>,
}

/// The workers of the page.
pub struct Pool {
    glue: RefCell<Option<String>>,
    slots: [RefCell<Slot>; 2],
    lanes: RefCell<BTreeMap<Lane, LaneState>>,
    dataset: RefCell<Option<Dataset>>,
    number: Cell<u32>,
    loaded: Cell<bool>,
    stillborn: Cell<u32>,
    /// Deaths of each worker while it read for itself a file that the other one could read.
    reread_deaths: [Cell<u32>; 2],
    listener: Box<dyn Fn(News)>,
}

fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

impl Pool {
    /// Starts the workers; news go to `listener`.
    pub fn start(listener: impl Fn(News) + 'static) -> Rc<Self> {
        let pool = Rc::new(Self {
            glue: RefCell::default(),
            slots: Default::default(),
            lanes: RefCell::default(),
            dataset: RefCell::default(),
            number: Cell::new(0),
            loaded: Cell::new(false),
            stillborn: Cell::new(0),
            reread_deaths: Default::default(),
            listener: Box::new(listener),
        });
        let starting = Rc::clone(&pool);
        wasm_bindgen_futures::spawn_local(async move {
            match fetch_text(&GLUE_URL.with(Clone::clone)).await {
                Ok(glue) => {
                    starting.glue.replace(Some(glue));
                    // Nothing will ever be fetched again; workers started from now on inherit the lock.
                    super::page::lock_connections();
                    starting.spawn(Station::Front);
                    starting.spawn(Station::Back);
                    starting.watch();
                }
                Err(error) => starting.tell(News::NoWorkers(describe(&error))),
            }
        });
        pool
    }

    fn tell(&self, news: News) {
        (self.listener)(news);
    }

    fn slot(&self, station: Station) -> &RefCell<Slot> {
        &self.slots[station as usize]
    }

    /// Takes up a dataset; everything about an older one is forgotten. It can be looked at, and then loaded.
    pub fn take(self: &Rc<Self>, blob: Option<Blob>) {
        self.forget();
        self.dataset.replace(Some(Dataset { request: None, blob }));
    }

    /// Loads the dataset that was taken up, at first into the worker at the front.
    pub fn load(self: &Rc<Self>, request: Request) {
        if let Some(dataset) = self.dataset.borrow_mut().as_mut() {
            dataset.request = Some(request.clone());
        }
        self.ask(Lane::Dataset, request);
    }

    /// Forgets the dataset. A worker that is busy with it is replaced, so that the next question does not wait.
    pub fn forget(self: &Rc<Self>) {
        let mut busy = [false; 2];
        for (lane, state) in self.lanes.borrow_mut().iter_mut() {
            busy[lane.station() as usize] |= state.under_way.is_some();
            *state = LaneState { generation: state.generation, ..LaneState::default() };
        }
        self.dataset.replace(None);
        self.loaded.set(false);
        self.reread_deaths.iter().for_each(|deaths| deaths.set(0));
        self.number.set(self.number.get() + 1);
        for station in [Station::Front, Station::Back] {
            if busy[station as usize] && self.slot(station).borrow().running.is_some() {
                self.spawn(station);
            }
        }
    }

    /// Asks; an older question of the lane that is still waiting is replaced.
    pub fn ask(self: &Rc<Self>, lane: Lane, request: Request) {
        {
            let mut lanes = self.lanes.borrow_mut();
            let state = lanes.entry(lane).or_default();
            state.generation += 1;
            state.deaths = 0;
            if lane != Lane::Export {
                state.waiting.clear();
            }
            state.waiting.push_back(Task { generation: state.generation, request });
        }
        self.pump(lane.station());
    }

    /// Sends what can be sent to a worker.
    fn pump(self: &Rc<Self>, station: Station) {
        if !self.slot(station).borrow().ready {
            return;
        }
        // The back worker loads what the front worker could read.
        let told = self.slot(station).borrow().told == self.number.get();
        if self.reread_deaths[station as usize].get() >= MOST_DEATHS {
            // The file kills this worker: better no answer than one death after the other.
            return;
        }
        if !told && self.loaded.get() {
            self.slot(station).borrow_mut().rereading = true;
            self.tell_dataset(station);
        }
        // One question at a time: the others can still be replaced by newer ones, the more urgent lane comes first, and a
        // death is charged to the question that caused it.
        let next = {
            let mut lanes = self.lanes.borrow_mut();
            let mut of_station = lanes.iter_mut().filter(|(lane, _)| lane.station() == station);
            if of_station.any(|(_, state)| state.under_way.is_some()) {
                return;
            }
            lanes
                .iter_mut()
                .filter(|(lane, _)| lane.station() == station)
                .filter(|(lane, _)| lane.reads_file() || self.loaded.get())
                .find_map(|(&lane, state)| {
                    let task = state.waiting.pop_front()?;
                    state.under_way = Some(task.clone());
                    Some((lane, task))
                })
        };
        if let Some((lane, task)) = next {
            self.send(station, lane, task);
        }
    }

    fn tell_dataset(self: &Rc<Self>, station: Station) {
        let request = self.dataset.borrow().as_ref().and_then(|dataset| dataset.request.clone());
        if let Some(request) = request {
            // Generation 0: nobody waits for this answer.
            self.send(station, Lane::Dataset, Task { generation: 0, request });
        }
    }

    fn send(self: &Rc<Self>, station: Station, lane: Lane, task: Task) {
        let mut slot = self.slot(station).borrow_mut();
        slot.last_sign = now();
        let question = Question {
            lane,
            generation: task.generation,
            dataset: self.number.get(),
            request: task.request,
        };
        let message = Array::of1(&Uint8Array::from(encode(&question).as_slice()));
        if lane.reads_file() {
            if lane == Lane::Dataset {
                slot.told = self.number.get();
            }
            if let Some(blob) =
                self.dataset.borrow().as_ref().and_then(|dataset| dataset.blob.clone())
            {
                message.push(&blob);
            }
        }
        if let Some(running) = &slot.running
            && let Err(error) = running.worker.post_message(&message)
        {
            web_sys::console::error_1(&error);
        }
    }

    /// Ends a worker; its place is empty.
    fn end(&self, station: Station) {
        if let Some(old) = self.slot(station).take().running {
            old.worker.set_onmessage(None);
            old.worker.set_onerror(None);
            old.worker.terminate();
        }
    }

    /// Starts a worker, ending the one in its place.
    fn spawn(self: &Rc<Self>, station: Station) {
        self.end(station);
        match self.start_worker(station) {
            Ok(running) => {
                let slot = Slot { running: Some(running), last_sign: now(), ..Slot::default() };
                self.slot(station).replace(slot);
            }
            Err(error) => self.tell(News::NoWorkers(describe(&error))),
        }
    }

    fn start_worker(self: &Rc<Self>, station: Station) -> Result<Running, JsValue> {
        let source = format!("{}{SHIM}", self.glue.borrow().as_deref().unwrap_or_default());
        let blob = super::files::blob(&source, "text/javascript")?;
        let url = web_sys::Url::create_object_url_with_blob(&blob)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&url, &options)?;
        let pool = Rc::downgrade(self);
        let on_message = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Some(pool) = pool.upgrade() {
                pool.hear(station, &event.unchecked_into::<MessageEvent>().data());
            }
        });
        let pool = Rc::downgrade(self);
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Some(pool) = pool.upgrade() {
                let message = js_sys::Reflect::get(&event, &"message".into())
                    .ok()
                    .and_then(|message| message.as_string())
                    .unwrap_or_else(|| "the worker failed".to_owned());
                pool.bury(station, &message);
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.post_message(&wasm_bindgen::module())?;
        Ok(Running { worker, url, _listeners: [on_message, on_error] })
    }

    fn hear(self: &Rc<Self>, station: Station, data: &JsValue) {
        if let Some(message) = data.as_string() {
            self.bury(station, &message);
            return;
        }
        if data.as_f64().is_some() {
            // A sign of life from a long computation.
            self.slot(station).borrow_mut().last_sign = now();
            return;
        }
        let Ok(answer) = decode::<Answer>(&Uint8Array::new(data).to_vec()) else {
            self.bury(station, "an answer could not be read");
            return;
        };
        self.slot(station).borrow_mut().last_sign = now();
        if let Event::Ready { version } = answer.event {
            if version == VERSION {
                self.stillborn.set(0);
                self.slot(station).borrow_mut().come_alive();
                self.pump(station);
            } else {
                self.tell(News::NoWorkers(
                    "the page and its workers are of different builds: reload".to_owned(),
                ));
            }
            return;
        }
        if answer.dataset != self.number.get() {
            return;
        }
        if answer.generation == 0 {
            self.reread(station, answer.event);
            return;
        }
        let wanted = {
            let mut lanes = self.lanes.borrow_mut();
            let state = lanes.entry(answer.lane).or_default();
            let wanted =
                state.under_way.as_ref().is_some_and(|task| task.generation == answer.generation);
            if wanted && answer.event.is_final() {
                (state.under_way, state.deaths) = (None, 0);
            }
            wanted
        };
        if !wanted {
            return;
        }
        if matches!(answer.event, Event::Loaded(_)) {
            self.loaded.set(true);
        }
        let last = answer.event.is_final();
        super::page::measure(&format!("{:?}", answer.lane), answer.elapsed_ms);
        self.tell(News::Answer(Box::new(answer)));
        if last {
            self.pump(Station::Front);
            self.pump(Station::Back);
        }
    }

    /// What became of a file that a worker read for itself; nobody waits for the answer.
    fn reread(&self, station: Station, event: Event) {
        match event {
            Event::Failed(error) => self.tell(News::Lost(error.detail)),
            Event::Loaded(_) => {
                self.slot(station).borrow_mut().rereading = false;
                self.reread_deaths[station as usize].set(0);
            }
            _ => {}
        }
    }

    /// Replaces a dead worker and repeats its questions, each once.
    fn bury(self: &Rc<Self>, station: Station, reason: &str) {
        if !self.slot(station).borrow().ready {
            self.stillborn.set(self.stillborn.get() + 1);
            if self.stillborn.get() >= MOST_STILLBORN {
                // Nothing of this worker is left that could be found silent again.
                self.end(station);
                for (lane, state) in self.lanes.borrow_mut().iter_mut() {
                    if lane.station() == station {
                        *state = LaneState { generation: state.generation, ..LaneState::default() };
                    }
                }
                self.tell(News::NoWorkers(reason.to_owned()));
                return;
            }
        }
        if self.slot(station).borrow().rereading {
            let deaths = &self.reread_deaths[station as usize];
            deaths.set(deaths.get() + 1);
            if deaths.get() >= MOST_DEATHS {
                self.tell(News::Lost(format!("a worker died over it twice ({reason})")));
            }
        }
        let mut given_up = Vec::new();
        for (&lane, state) in self.lanes.borrow_mut().iter_mut() {
            if lane.station() != station {
                continue;
            }
            let Some(task) = state.under_way.take() else { continue };
            state.deaths += 1;
            if state.deaths >= MOST_DEATHS {
                given_up.push((lane, task.generation));
            } else if lane == Lane::Export || state.waiting.is_empty() {
                state.waiting.push_front(task);
            }
        }
        self.spawn(station);
        self.tell(News::Replaced { reason: reason.to_owned(), gave_up: !given_up.is_empty() });
        for (lane, generation) in given_up {
            let event = Event::Failed(ImportError::new(
                "The computation stopped twice",
                reason.lines().next().unwrap_or_default().to_owned(),
                "Change the settings, or open the file again",
            ));
            let dataset = self.number.get();
            self.tell(News::Answer(Box::new(Answer {
                lane,
                generation,
                dataset,
                elapsed_ms: 0.0,
                event,
            })));
        }
    }

    /// Looks for silence once a second.
    fn watch(self: &Rc<Self>) {
        let pool = Rc::downgrade(self);
        let look = Closure::<dyn FnMut()>::new(move || {
            let Some(pool) = pool.upgrade() else { return };
            for station in [Station::Front, Station::Back] {
                let busy =
                    pool.lanes.borrow().iter().any(|(lane, state)| {
                        lane.station() == station && state.under_way.is_some()
                    });
                let (starting, silence) = {
                    let slot = pool.slot(station).borrow();
                    (slot.running.is_some() && !slot.ready, now() - slot.last_sign)
                };
                if busy && silence > SILENCE_MS {
                    pool.bury(station, "no sign of life for 30 seconds");
                } else if starting && silence > START_MS {
                    pool.bury(station, "no sign of life for 15 seconds after its start");
                }
            }
        });
        if let Some(window) = web_sys::window() {
            window
                .set_interval_with_callback_and_timeout_and_arguments_0(
                    look.as_ref().unchecked_ref(),
                    WATCH_MS,
                )
                .ok();
        }
        look.forget();
    }
}

async fn fetch_text(url: &str) -> Result<String, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: web_sys::Response =
        JsFuture::from(window.fetch_with_str(url)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    text.as_string().ok_or(JsValue::NULL)
}

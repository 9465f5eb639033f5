//! The page's workers: starts them, posts to them, listens to them. What is done when is decided by
//! [`crate::work::Scheduler`].
//!
//! The workers' module is fetched when the page is mounted, so that the first picture does not wait for it, and compiled once.
//! Workers start from a `blob:` URL (they inherit the page's content policy; a worker from a URL would not) and are handed the
//! compiled module, so that nothing is requested after the start.

use super::files::describe;
use crate::domain::Few;
use crate::import::{ImportError, ROW_BYTES};
use crate::protocol::{
    Answer, Envelope, Event, Lane, Message, Reply, Request, Ticket, VERSION, Word, decode, encode,
};
use crate::universe::MarketId;
use crate::work::{Command, Notice, Route as _, Scheduler, Sign, TICK_MS};
use js_sys::{Array, Function, Reflect, Uint8Array, WebAssembly};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, MessageEvent, Worker, WorkerOptions, WorkerType};

/// What is started after the glue code in a worker: take the module, run, and report what nobody else would. The lock is held
/// as long as the worker lives: whoever waits for it learns of an end that nothing announces. Browsers have locks in secure
/// contexts only, and refuse them where they refuse storage; there silence has to tell.
const SHIM: &str = r"
try {
  const held = () => { self.postMessage(true); return new Promise(() => {}); };
  navigator.locks?.request(self.location.href, held).catch(() => {});
} catch {}
self.addEventListener('unhandledrejection', (event) => self.postMessage('unhandled rejection: ' + event.reason));
self.onmessage = (event) => {
  self.onmessage = null;
  __wbg_init({ module_or_path: event.data }).catch((error) => self.postMessage('start failed: ' + error));
};
";
/// Bytes of text that a short row takes: from them the memory of a file is estimated before it is read.
pub const TEXT_ROW_BYTES: u64 = 40;

/// What every worker is made of.
struct Made {
    /// The text of the glue code.
    glue: String,
    /// The compiled module.
    module: JsValue,
}

/// One worker with its listeners, which live as long as it does.
struct Running {
    worker: Worker,
    url: String,
    _listeners: [Closure<dyn FnMut(JsValue)>; 2],
}

/// What the page hears.
pub enum News {
    /// About a question that is still wanted.
    Answer(Box<Answer>),
    /// About the workers.
    Notice(Notice),
}

/// What a market is made of: handles only, the bytes are the browser's.
#[derive(Default)]
struct Stored {
    file: Option<Blob>,
    columns: Option<Blob>,
}

/// The workers of the page.
pub struct Pool {
    made: RefCell<Option<Made>>,
    running: RefCell<Few<usize, Running>>,
    scheduler: RefCell<Scheduler<Request>>,
    markets: RefCell<Few<MarketId, Stored>>,
    /// The moment for which a look is planned beside the regular ones.
    alarm: Cell<Option<f64>>,
    listener: Box<dyn Fn(News)>,
}

fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

fn cores() -> usize {
    web_sys::window().map_or(2, |window| window.navigator().hardware_concurrency() as usize)
}

impl Pool {
    /// Starts the workers; news go to `listener`.
    pub fn start(listener: impl Fn(News) + 'static) -> Rc<Self> {
        let pool = Rc::new(Self {
            made: RefCell::default(),
            running: RefCell::default(),
            scheduler: RefCell::new(Scheduler::new(cores())),
            markets: RefCell::default(),
            alarm: Cell::new(None),
            listener: Box::new(listener),
        });
        let starting = Rc::clone(&pool);
        wasm_bindgen_futures::spawn_local(async move {
            match fetch_worker().await {
                Ok(made) => {
                    starting.made.replace(Some(made));
                    // Nothing will ever be fetched again; workers started from now on inherit the lock.
                    super::page::lock_connections();
                    starting.decide(Scheduler::start);
                    starting.watch();
                }
                Err(error) => starting.tell(Notice::NoWorkers(describe(&error))),
            }
        });
        pool
    }

    fn tell(&self, notice: Notice) {
        (self.listener)(News::Notice(notice));
    }

    /// Lets the scheduler decide, and carries out what it says.
    fn decide<T>(self: &Rc<Self>, decide: impl FnOnce(&mut Scheduler<Request>) -> T) -> T {
        let decided = decide(&mut self.scheduler.borrow_mut());
        loop {
            let command = self.scheduler.borrow_mut().next_command();
            let Some(command) = command else { break };
            self.carry_out(command);
        }
        self.plan();
        decided
    }

    fn carry_out(self: &Rc<Self>, command: Command<Request>) {
        match command {
            Command::Start(desk) => {
                self.end(desk);
                match self.start_worker(desk) {
                    Ok(running) => {
                        self.running.borrow_mut().set(desk, running);
                    }
                    Err(error) => self.tell(Notice::NoWorkers(describe(&error))),
                }
            }
            Command::Stop(desk) => self.end(desk),
            Command::Ask { desk, ticket, request } => {
                let file = if ticket.lane.reads_file() {
                    self.stored(ticket.market, |stored| stored.file.clone())
                } else {
                    None
                };
                let message = Message::Ask(Box::new(Envelope { ticket, request }));
                self.post(desk, &message, file.as_ref());
            }
            Command::Hold { desk, market } => {
                let columns = self.stored(market, |stored| stored.columns.clone());
                self.post(desk, &Message::Hold(market), columns.as_ref());
            }
            Command::Release { desk, market } => self.post(desk, &Message::Release(market), None),
            Command::Tell(notice) => self.tell(notice),
        }
    }

    fn stored<T>(&self, market: MarketId, get: impl FnOnce(&Stored) -> Option<T>) -> Option<T> {
        self.markets.borrow().get(&market).and_then(get)
    }

    fn post(&self, desk: usize, message: &Message, blob: Option<&Blob>) {
        let parts = Array::of1(&Uint8Array::from(encode(message).as_slice()));
        if let Some(blob) = blob {
            parts.push(blob);
        }
        if let Some(running) = self.running.borrow().get(&desk)
            && let Err(error) = running.worker.post_message(&parts)
        {
            web_sys::console::error_1(&error);
        }
    }

    /// Takes up a file or a sample; it can be looked at, and then loaded.
    pub fn take(self: &Rc<Self>, market: MarketId, file: Option<Blob>) {
        let rows = file.as_ref().map_or(0, |file| file.size() as u64 / TEXT_ROW_BYTES);
        self.markets.borrow_mut().set(market, Stored { file, columns: None });
        self.decide(|scheduler| scheduler.expect(market, rows * ROW_BYTES));
    }

    /// The columns of several markets as one blob, and the bytes of each; `None` where one has none.
    pub fn columns(&self, markets: &[MarketId]) -> Option<(Blob, Vec<u64>)> {
        let all: Option<Vec<Blob>> =
            markets.iter().map(|id| self.stored(*id, |stored| stored.columns.clone())).collect();
        let all = all?;
        let parts: Array = all.iter().collect();
        let bytes = all.iter().map(|blob| blob.size() as u64).collect();
        Some((Blob::new_with_blob_sequence(&parts).ok()?, bytes))
    }

    /// Forgets a market. A worker that is busy with it is replaced, so that the next question does not wait.
    pub fn forget(self: &Rc<Self>, market: MarketId) {
        self.markets.borrow_mut().remove(&market);
        self.decide(|scheduler| scheduler.forget(market));
    }

    /// Asks; an older question of the lane that is still waiting is replaced.
    pub fn ask(self: &Rc<Self>, market: MarketId, request: Request) -> Ticket {
        self.decide(|scheduler| scheduler.ask(request.lane(), market, request))
    }

    /// [`Scheduler::resume`].
    pub fn resume(self: &Rc<Self>, ticket: Ticket) -> bool {
        self.decide(|scheduler| scheduler.resume(ticket))
    }

    /// Takes back what has not begun, because nobody looks any more.
    pub fn withdraw(self: &Rc<Self>, lane: Lane) {
        self.decide(|scheduler| scheduler.withdraw(lane));
    }

    /// [`Scheduler::pause`].
    pub fn pause(self: &Rc<Self>, lane: Lane, on: bool) {
        self.decide(|scheduler| scheduler.pause(lane, on));
    }

    /// Ends the questions of a lane; what they answered so far stays.
    pub fn cancel(self: &Rc<Self>, lane: Lane) {
        self.decide(|scheduler| scheduler.cancel(now(), lane));
    }

    /// [`Scheduler::shares`].
    pub fn shares(&self) -> u32 {
        self.scheduler.borrow().shares()
    }

    /// Memory of all markets in all workers, bytes.
    pub fn memory(&self) -> u64 {
        self.scheduler.borrow().memory()
    }

    /// Ends a worker; its place is empty.
    fn end(&self, desk: usize) {
        if let Some(old) = self.running.borrow_mut().remove(&desk) {
            old.worker.set_onmessage(None);
            old.worker.set_onerror(None);
            old.worker.terminate();
        }
    }

    fn start_worker(self: &Rc<Self>, desk: usize) -> Result<Running, JsValue> {
        let made = self.made.borrow();
        let made = made.as_ref().ok_or("the workers' module is not there")?;
        let source = format!("{}{SHIM}", made.glue);
        let blob = super::files::blob(&source, "text/javascript")?;
        let url = web_sys::Url::create_object_url_with_blob(&blob)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&url, &options)?;
        let pool = Rc::downgrade(self);
        let on_message = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Some(pool) = pool.upgrade() {
                pool.hear(desk, &event.unchecked_into::<MessageEvent>().data());
            }
        });
        let pool = Rc::downgrade(self);
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Some(pool) = pool.upgrade() {
                let message = Reflect::get(&event, &"message".into())
                    .ok()
                    .and_then(|message| message.as_string())
                    .unwrap_or_else(|| "the worker failed".to_owned());
                pool.decide(|scheduler| scheduler.hear(desk, Sign::Died(message)));
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.post_message(&made.module)?;
        Ok(Running { worker, url, _listeners: [on_message, on_error] })
    }

    /// Waits for the lock that a worker holds as long as it lives.
    fn outlive(self: &Rc<Self>, desk: usize) -> Result<(), JsValue> {
        let url = self.running.borrow().get(&desk).map(|running| running.url.clone());
        let (Some(url), Some(window)) = (url, web_sys::window()) else { return Ok(()) };
        let locks = Reflect::get(&window.navigator(), &"locks".into())?;
        let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
        let name = JsValue::from_str(&url);
        let pool = Rc::downgrade(self);
        // Workers that the page ends itself give their locks up, too.
        let gone = Closure::once_into_js(move || {
            if let Some(pool) = pool.upgrade()
                && pool.running.borrow().get(&desk).is_some_and(|running| running.url == url)
            {
                let reason = "it ended without a word".to_owned();
                pool.decide(|scheduler| scheduler.hear(desk, Sign::Died(reason)));
            }
        });
        let waits: js_sys::Promise = request.call2(&locks, &name, &gone)?.dyn_into()?;
        // A refusal here would be reported as a fault of the page.
        wasm_bindgen_futures::spawn_local(async move {
            JsFuture::from(waits).await.ok();
        });
        Ok(())
    }

    /// Answers are bytes with what is attached, failures text, beats numbers, and `true` says that the lock is held.
    fn hear(self: &Rc<Self>, desk: usize, data: &JsValue) {
        let sign = if let Some(message) = data.as_string() {
            Sign::Died(message)
        } else if data.as_bool().is_some() {
            if let Err(error) = self.outlive(desk) {
                web_sys::console::warn_1(&error);
            }
            return;
        } else if data.as_f64().is_some() {
            Sign::Beat
        } else {
            let parts: Array = data.clone().unchecked_into();
            match decode::<Word>(&Uint8Array::new(&parts.get(0)).to_vec()) {
                Ok(Word::Answer(answer)) => {
                    self.answered(desk, answer, parts.get(1).dyn_into().ok());
                    return;
                }
                Ok(Word::Held { market, failure }) => {
                    Sign::Held(market, failure.map_or(Ok(()), |error| Err(error.detail)))
                }
                Ok(Word::Ready { version }) if version != VERSION => {
                    self.tell(Notice::NoWorkers(
                        "the page and its workers are of different builds: reload".to_owned(),
                    ));
                    return;
                }
                Ok(Word::Ready { .. }) => {
                    // The text that it was made of is not needed any more.
                    if let Some(running) = self.running.borrow().get(&desk) {
                        web_sys::Url::revoke_object_url(&running.url).ok();
                    }
                    Sign::Ready
                }
                Err(_) => Sign::Died("an answer could not be read".to_owned()),
            }
        };
        self.decide(|scheduler| scheduler.hear(desk, sign));
    }

    fn answered(self: &Rc<Self>, desk: usize, answer: Box<Answer>, columns: Option<Blob>) {
        let ticket = answer.ticket;
        let sign = match &answer.event {
            Event::Progress { .. } | Event::Part(_) => Sign::Part(ticket),
            Event::Failed(_) => Sign::Done { ticket, then: None, read: None },
            Event::Reply(reply) => {
                let read = match reply {
                    Reply::Load(view) => Some(view.file_rows as u64 * ROW_BYTES),
                    _ => None,
                };
                let request = self.scheduler.borrow().under_way(ticket).cloned();
                Sign::Done { ticket, then: request.and_then(|q| q.next(reply)), read }
            }
        };
        if let Some(stored) = self.markets.borrow_mut().get_mut(&ticket.market)
            && columns.is_some()
        {
            stored.columns = columns;
        }
        if answer.event.is_final() {
            super::page::measure(&format!("{:?}", ticket.lane), answer.elapsed_ms);
        }
        if self.decide(|scheduler| scheduler.hear(desk, sign)) {
            (self.listener)(News::Answer(answer));
        }
    }

    /// What the page is told of a question that was given up.
    pub fn given_up(ticket: Ticket, reason: &str) -> Answer {
        let error = ImportError::new(
            "The computation stopped twice",
            reason.lines().next().unwrap_or_default().to_owned(),
            "Change the settings, or open the file again",
        );
        Answer { ticket, elapsed_ms: 0.0, event: Event::Failed(error) }
    }

    /// What the page is told of a question about a market that no worker can take up.
    pub fn out_of_reach(ticket: Ticket, reason: &str) -> Answer {
        let error = ImportError::new(
            "The workers can no longer take up this file",
            reason.lines().next().unwrap_or_default().to_owned(),
            "Close other files to make room, or open the file again",
        );
        Answer { ticket, elapsed_ms: 0.0, event: Event::Failed(error) }
    }

    /// Looks regularly.
    fn watch(self: &Rc<Self>) {
        let pool = Rc::downgrade(self);
        let look = Closure::<dyn FnMut()>::new(move || {
            if let Some(pool) = pool.upgrade() {
                pool.decide(|scheduler| scheduler.tick(now()));
            }
        });
        if let Some(window) = web_sys::window() {
            window
                .set_interval_with_callback_and_timeout_and_arguments_0(
                    look.as_ref().unchecked_ref(),
                    TICK_MS as i32,
                )
                .ok();
        }
        // It looks as long as the page lives.
        look.forget();
    }

    /// Plans a look at the moment that the scheduler needs one.
    fn plan(self: &Rc<Self>) {
        let due = self.scheduler.borrow().alarm();
        if due == self.alarm.replace(due) {
            return;
        }
        let (Some(due), Some(window)) = (due, web_sys::window()) else { return };
        let pool = Rc::downgrade(self);
        let look = Closure::once_into_js(move || {
            if let Some(pool) = pool.upgrade() {
                pool.decide(|scheduler| scheduler.tick(now()));
            }
        });
        let wait = (due - now()).max(0.0).ceil() as i32;
        window
            .set_timeout_with_callback_and_timeout_and_arguments_0(look.unchecked_ref(), wait)
            .ok();
    }
}

/// Fetches what workers are made of. Its name has a fingerprint where the built page says so.
async fn fetch_worker() -> Result<Made, JsValue> {
    let name = super::page::named("worker").unwrap_or_else(|| "worker".to_owned());
    let text = JsFuture::from(fetch(&format!("./{name}.js")).await?.text()?).await?;
    let glue = text.as_string().ok_or("the workers' code is no text")?;
    let bytes = fetch(&format!("./{name}_bg.wasm")).await?.array_buffer()?;
    let module = JsFuture::from(WebAssembly::compile(&JsFuture::from(bytes).await?)).await?;
    Ok(Made { glue, module })
}

async fn fetch(url: &str) -> Result<web_sys::Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: web_sys::Response =
        JsFuture::from(window.fetch_with_str(url)).await?.dyn_into()?;
    if !response.ok() {
        return Err(format!("{url} is not there ({})", response.status()).into());
    }
    Ok(response)
}

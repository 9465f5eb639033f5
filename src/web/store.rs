//! What the browser keeps in its database (IndexedDB): the ledger of looks, and saved configurations.
//!
//! | version | what it brought |
//! |---|---|
//! | 1 | `looks`, numbered by the browser, an index `data` by the fingerprint of the rows. A record is `{data, first, last, unit, kind, when, seen}`; `seen` are bytes as [`Seen::to_bytes`] writes them |
//! | 2 | `saved`, by `id`: the fields of [`Saved`] under their names, `metrics` as pairs of a key and a number or the reason why there is none |

use crate::domain::{Measure, Undefined};
use crate::ledger::{Place, Saved, Seen, SeenAt};
use crate::metrics::GridUnit;
use idb::{
    Database, DatabaseEvent as _, Factory, IndexParams, KeyPath, ObjectStore, ObjectStoreParams,
    Query, TransactionMode,
};
use js_sys::{Array, Object, Reflect, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// Name of the database, and of the channel on which tabs tell each other what they wrote.
const NAME: &str = "cleansweep";
/// Version of the schema.
const VERSION: u32 = 2;
/// Looks by the rows that they are of.
const LOOKS: &str = "looks";
/// Their index by those rows.
const BY_DATA: &str = "data";

/// Saved configurations.
const SAVED: &str = "saved";
/// What tabs tell each other where a saved configuration has changed; no fingerprint is empty.
pub const SAVED_CHANGED: &str = "";

/// Looks with what made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The looks.
    pub looks: SeenAt,
    /// `backtest`, `map`, `search` or `cleanings`.
    pub kind: &'static str,
    /// When they were taken, ms since 1970.
    pub when_ms: i64,
}

/// Why something could not be kept or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser gives no database, as in some private windows.
    None(String),
    /// A newer version of the page has changed the database.
    Newer,
    /// There is no room.
    Full,
    /// Anything else, in the browser's words.
    Other(String),
}

impl Trouble {
    /// What happened, what was done, what the user can do.
    pub fn sentence(&self) -> String {
        match self {
            Self::None(reason) => format!(
                "The browser gives this page no database ({reason}), as in some private windows. Looks and saved configurations are there until the page is closed, and not kept. Download what you want to keep."
            ),
            Self::Newer => "A newer version of this page has changed the database in another tab. Looks and saved configurations of this tab are there until it is closed, and not kept. Reload to go on with the newer version.".to_owned(),
            Self::Full => "The browser has no room left for this page. Looks and saved configurations are there until the page is closed, and the newest are not kept. Download what you want to keep, free some space, then reload.".to_owned(),
            Self::Other(reason) => format!(
                "The browser's database failed ({reason}). Looks and saved configurations are there until the page is closed, and the newest are not kept. Download what you want to keep, then reload to try again."
            ),
        }
    }
}

impl From<idb::Error> for Trouble {
    fn from(error: idb::Error) -> Self {
        let text = match &error {
            idb::Error::DomException(exception) => exception.name(),
            other => other.to_string(),
        };
        if text.contains("QuotaExceeded") {
            Self::Full
        } else if text.contains("VersionError") {
            Self::Newer
        } else {
            Self::Other(text)
        }
    }
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or_default()
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in fields {
        // An object of its own takes any property.
        Reflect::set(&object, &(*key).into(), value).ok();
    }
    object
}

fn to_value(record: &Record) -> JsValue {
    let Record { looks: SeenAt { data, place, seen }, kind, when_ms } = record;
    object(&[
        ("data", data.into()),
        ("first", (place.first_ms as f64).into()),
        ("last", (place.last_ms as f64).into()),
        ("unit", place.unit.name().into()),
        ("kind", (*kind).into()),
        ("when", (*when_ms as f64).into()),
        ("seen", Uint8Array::from(Seen::to_bytes(seen).as_slice()).into()),
    ])
    .into()
}

/// Window and grid of a record.
fn place_of(value: &JsValue) -> Option<Place> {
    let time = |key: &str| get(value, key).as_f64().map(|ms| ms as i64);
    let unit = GridUnit::from_name(&get(value, "unit").as_string()?)?;
    Some(Place { first_ms: time("first")?, last_ms: time("last")?, unit })
}

fn saved_to_value(saved: &Saved) -> JsValue {
    let metrics = Array::new();
    for (key, value) in &saved.metrics {
        let value: JsValue = match value {
            Ok(value) => (*value).into(),
            Err(Undefined(reason)) => reason.as_ref().into(),
        };
        metrics.push(&Array::of2(&key.as_str().into(), &value));
    }
    let known = |text: &Option<String>| text.as_ref().map_or(JsValue::NULL, JsValue::from);
    let timeframe = saved.timeframe_ms.map_or(JsValue::NULL, |ms| (ms as f64).into());
    object(&[
        ("id", (&saved.id).into()),
        ("name", (&saved.name).into()),
        ("market", (&saved.market).into()),
        ("venue", known(&saved.venue)),
        ("timeframe", timeframe),
        ("strategy", (&saved.strategy).into()),
        ("data", (&saved.data).into()),
        ("config", (&saved.config).into()),
        ("first", (saved.place.first_ms as f64).into()),
        ("last", (saved.place.last_ms as f64).into()),
        ("unit", saved.place.unit.name().into()),
        ("link", (&saved.link).into()),
        ("created", (saved.created_ms as f64).into()),
        ("metrics", metrics.into()),
    ])
    .into()
}

/// A saved configuration; `None` where it is none of ours.
fn saved_from_value(value: &JsValue) -> Option<Saved> {
    let text = |key: &str| get(value, key).as_string();
    let metric = |pair: JsValue| -> Option<(String, Measure)> {
        let pair: Array = pair.dyn_into().ok()?;
        let value = pair.get(1);
        let reason = || Undefined(value.as_string().unwrap_or_default().into());
        Some((pair.get(0).as_string()?, value.as_f64().ok_or_else(reason)))
    };
    let metrics: Array = get(value, "metrics").dyn_into().ok()?;
    Some(Saved {
        id: text("id")?,
        name: text("name")?,
        market: text("market")?,
        venue: text("venue"),
        timeframe_ms: get(value, "timeframe").as_f64().map(|ms| ms as i64),
        strategy: text("strategy")?,
        data: text("data")?,
        config: text("config")?,
        place: place_of(value)?,
        link: text("link")?,
        created_ms: get(value, "created").as_f64()? as i64,
        metrics: metrics.iter().filter_map(metric).collect(),
    })
}

/// The looks of a record; `None` where it is none of ours.
fn from_value(value: &JsValue) -> Option<SeenAt> {
    let place = place_of(value)?;
    let seen: Uint8Array = get(value, "seen").dyn_into().ok()?;
    let data = get(value, "data").as_string()?;
    Some(SeenAt { data, place, seen: Seen::from_bytes(&seen.to_vec()) })
}

/// Builds what a version lacks of the schema. Nothing that an older version kept is lost.
fn upgrade(database: &Database, from: u32) -> Result<(), idb::Error> {
    if from < 1 {
        let mut numbered = ObjectStoreParams::new();
        numbered.auto_increment(true);
        let looks = database.create_object_store(LOOKS, numbered)?;
        looks.create_index(BY_DATA, KeyPath::new_single("data"), Some(IndexParams::new()))?;
    }
    if from < 2 {
        let mut by_id = ObjectStoreParams::new();
        by_id.key_path(Some(KeyPath::new_single("id")));
        database.create_object_store(SAVED, by_id)?;
    }
    Ok(())
}

/// What a transaction does to its store.
type Act<'a> = &'a dyn Fn(&ObjectStore) -> Result<(), idb::Error>;

/// The database of this tab, opened when it is needed.
pub struct Store {
    open: Rc<RefCell<Option<Rc<Database>>>>,
    /// A newer version needs the database: this tab keeps away from it.
    is_outdated: Rc<RefCell<bool>>,
    channel: Option<BroadcastChannel>,
}

impl Store {
    /// `changed` hears of rows whose looks another tab has added to, or [`SAVED_CHANGED`].
    pub fn new(changed: impl Fn(String) + 'static) -> Self {
        let channel = BroadcastChannel::new(NAME).ok();
        if let Some(channel) = &channel {
            let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(data) = event.data().as_string() {
                    changed(data);
                }
            });
            channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
            // Heard as long as the page lives.
            heard.forget();
        }
        Self { open: Rc::default(), is_outdated: Rc::default(), channel }
    }

    async fn database(&self) -> Result<Rc<Database>, Trouble> {
        if *self.is_outdated.borrow() {
            return Err(Trouble::Newer);
        }
        if let Some(open) = self.open.borrow().as_ref() {
            return Ok(Rc::clone(open));
        }
        let factory = Factory::new().map_err(|error| Trouble::None(error.to_string()))?;
        let mut request =
            factory.open(NAME, Some(VERSION)).map_err(|error| Trouble::None(error.to_string()))?;
        request.on_upgrade_needed(|event| {
            let from = event.old_version().unwrap_or_default();
            // What fails here aborts the opening, which tells it.
            if let Ok(database) = event.database() {
                upgrade(&database, from).ok();
            }
        });
        let mut database = request.await.map_err(|error| match Trouble::from(error) {
            Trouble::Other(reason) => Trouble::None(reason),
            told => told,
        })?;
        let (outdated, open) = (Rc::clone(&self.is_outdated), Rc::clone(&self.open));
        database.on_version_change(move |event| {
            open.borrow_mut().take();
            // A newer page waits for this one to let go. Without a version the site's data are cleared, and what comes
            // next is kept afresh.
            *outdated.borrow_mut() = get(event.as_ref(), "newVersion").as_f64().is_some();
            if let Ok(database) = event.database() {
                database.close();
            }
        });
        let database = Rc::new(database);
        *self.open.borrow_mut() = Some(Rc::clone(&database));
        Ok(database)
    }

    /// Keeps looks, all of them or none.
    pub async fn append(&self, records: &[Record]) -> Result<(), Trouble> {
        self.write(LOOKS, &|looks| {
            records.iter().try_for_each(|record| looks.add(&to_value(record), None).map(drop))
        })
        .await?;
        for record in records {
            self.tell(&record.looks.data);
        }
        Ok(())
    }

    /// Keeps configurations, all of them or none; one that has the id of another takes its place.
    pub async fn put_saved(&self, all: &[Saved]) -> Result<(), Trouble> {
        self.write(SAVED, &|saved| {
            all.iter().try_for_each(|one| saved.put(&saved_to_value(one), None).map(drop))
        })
        .await?;
        self.tell(SAVED_CHANGED);
        Ok(())
    }

    /// Lets a configuration go.
    pub async fn delete_saved(&self, id: &str) -> Result<(), Trouble> {
        self.write(SAVED, &|saved| saved.delete(JsValue::from(id)).map(drop)).await?;
        self.tell(SAVED_CHANGED);
        Ok(())
    }

    /// All saved configurations. Records that cannot be read are left where they are.
    pub async fn all_saved(&self) -> Result<Vec<Saved>, Trouble> {
        let mut all = self.try_all(SAVED, None).await;
        if let Err(Trouble::Other(_)) = all {
            self.open.borrow_mut().take();
            all = self.try_all(SAVED, None).await;
        }
        Ok(all?.iter().filter_map(saved_from_value).collect())
    }

    fn tell(&self, what: &str) {
        if let Some(channel) = &self.channel {
            channel.post_message(&what.into()).ok();
        }
    }

    async fn write(&self, store: &str, act: Act<'_>) -> Result<(), Trouble> {
        let kept = self.try_write(store, act).await;
        if let Err(Trouble::Other(_)) = kept {
            // A connection that has gone is opened once more.
            self.open.borrow_mut().take();
            return self.try_write(store, act).await;
        }
        kept
    }

    async fn try_write(&self, store: &str, act: Act<'_>) -> Result<(), Trouble> {
        let database = self.database().await?;
        let transaction = database.transaction(&[store], TransactionMode::ReadWrite)?;
        let store = transaction.object_store(store)?;
        act(&store)?;
        let same = store.transaction();
        if transaction.await?.is_committed() {
            return Ok(());
        }
        // What a full disk ends is told by the transaction alone.
        Err(same.error().map_or_else(
            || Trouble::Other("the transaction was aborted".to_owned()),
            |error| idb::Error::DomException(error).into(),
        ))
    }

    /// All looks at some rows, oldest first. Records that cannot be read are left where they are.
    pub async fn looks_at(&self, data: &str) -> Result<Vec<SeenAt>, Trouble> {
        let mut all = self.try_all(LOOKS, Some(data)).await;
        if let Err(Trouble::Other(_)) = all {
            self.open.borrow_mut().take();
            all = self.try_all(LOOKS, Some(data)).await;
        }
        Ok(all?.iter().filter_map(from_value).collect())
    }

    async fn try_all(&self, store: &str, data: Option<&str>) -> Result<Vec<JsValue>, Trouble> {
        let database = self.database().await?;
        let transaction = database.transaction(&[store], TransactionMode::ReadOnly)?;
        let store = transaction.object_store(store)?;
        Ok(match data {
            Some(data) => {
                let query = Query::Key(data.into());
                store.index(BY_DATA)?.get_all(Some(query), None)?.await?
            }
            None => store.get_all(None, None)?.await?,
        })
    }
}

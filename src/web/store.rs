//! What the browser keeps in its database (IndexedDB): the ledger of looks.
//!
//! Version 1 of the schema: `looks`, numbered by the browser, an index `data` by the fingerprint of the rows. A record is
//! `{data, first, last, unit, kind, when, seen}`; `seen` are bytes as [`Seen::to_bytes`] writes them.

use crate::ledger::{Place, Seen, SeenAt};
use crate::metrics::GridUnit;
use idb::{
    Database, DatabaseEvent as _, Factory, IndexParams, KeyPath, ObjectStoreParams, Query,
    TransactionMode,
};
use js_sys::{Object, Reflect, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// Name of the database, and of the channel on which tabs tell each other what they wrote.
const NAME: &str = "cleansweep";
/// Version of the schema.
const VERSION: u32 = 1;
/// Looks by the rows that they are of.
const LOOKS: &str = "looks";
/// Their index by those rows.
const BY_DATA: &str = "data";

/// Looks with what made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The looks.
    pub looks: SeenAt,
    /// `backtest`, `search` or `cleanings`.
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
                "The browser gives this page no database ({reason}), as in some private windows. Looks are counted until the page is closed, and not kept."
            ),
            Self::Newer => "A newer version of this page has changed the database in another tab. Looks are counted here until the page is closed, and not kept. Reload to go on with the newer version.".to_owned(),
            Self::Full => "The browser has no room left for this page. Looks are counted until the page is closed, and the newest are not kept. Free some space, then reload.".to_owned(),
            Self::Other(reason) => format!(
                "The browser's database failed ({reason}). Looks are counted until the page is closed, and the newest are not kept. Reload to try again."
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

fn to_value(record: &Record) -> JsValue {
    let Record { looks: SeenAt { data, place, seen }, kind, when_ms } = record;
    let object = Object::new();
    let set = |key: &str, value: JsValue| {
        // An object of its own takes any property.
        Reflect::set(&object, &key.into(), &value).ok();
    };
    set("data", data.into());
    set("first", (place.first_ms as f64).into());
    set("last", (place.last_ms as f64).into());
    set("unit", place.unit.name().into());
    set("kind", (*kind).into());
    set("when", (*when_ms as f64).into());
    set("seen", Uint8Array::from(Seen::to_bytes(seen).as_slice()).into());
    object.into()
}

/// The looks of a record; `None` where it is none of ours.
fn from_value(value: &JsValue) -> Option<SeenAt> {
    let time = |key: &str| get(value, key).as_f64().map(|ms| ms as i64);
    let unit = get(value, "unit").as_string()?;
    let unit = [GridUnit::Day, GridUnit::Hour].into_iter().find(|known| known.name() == unit)?;
    let place = Place { first_ms: time("first")?, last_ms: time("last")?, unit };
    let seen: Uint8Array = get(value, "seen").dyn_into().ok()?;
    let data = get(value, "data").as_string()?;
    Some(SeenAt { data, place, seen: Seen::from_bytes(&seen.to_vec()) })
}

/// Builds what a version lacks of the schema. Nothing that an older version kept is lost.
fn upgrade(database: &Database, _from: u32) -> Result<(), idb::Error> {
    let mut numbered = ObjectStoreParams::new();
    numbered.auto_increment(true);
    let looks = database.create_object_store(LOOKS, numbered)?;
    looks.create_index(BY_DATA, KeyPath::new_single("data"), Some(IndexParams::new()))?;
    Ok(())
}

/// The database of this tab, opened when it is needed.
pub struct Store {
    open: RefCell<Option<Rc<Database>>>,
    /// A newer version needs the database: this tab keeps away from it.
    is_outdated: Rc<RefCell<bool>>,
    channel: Option<BroadcastChannel>,
}

impl Store {
    /// `changed` hears of rows whose looks another tab has added to.
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
        Self { open: RefCell::new(None), is_outdated: Rc::default(), channel }
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
        let outdated = Rc::clone(&self.is_outdated);
        database.on_version_change(move |event| {
            // A newer page waits for this one to let go.
            *outdated.borrow_mut() = true;
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
        let kept = self.try_append(records).await;
        if let Err(Trouble::Other(_)) = kept {
            // A connection that has gone is opened once more.
            self.open.borrow_mut().take();
            self.try_append(records).await?;
        } else {
            kept?;
        }
        if let Some(channel) = &self.channel {
            for record in records {
                channel.post_message(&record.looks.data.as_str().into()).ok();
            }
        }
        Ok(())
    }

    async fn try_append(&self, records: &[Record]) -> Result<(), Trouble> {
        let database = self.database().await?;
        let transaction = database.transaction(&[LOOKS], TransactionMode::ReadWrite)?;
        let looks = transaction.object_store(LOOKS)?;
        for record in records {
            looks.add(&to_value(record), None)?;
        }
        let same = looks.transaction();
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
        let database = self.database().await?;
        let transaction = database.transaction(&[LOOKS], TransactionMode::ReadOnly)?;
        let index = transaction.object_store(LOOKS)?.index(BY_DATA)?;
        let all = index.get_all(Some(Query::Key(data.into())), None)?.await?;
        Ok(all.iter().filter_map(from_value).collect())
    }
}

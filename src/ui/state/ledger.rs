//! The ledger of looks: what was seen of the rows that are open, in this tab, in others and in earlier visits.

use crate::ledger::{Counted, Place, SeenAt, Tally};
use crate::web::store::{Record, SAVED_CHANGED, Store};
use crate::web::{hooks, page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;
use std::time::Duration;

/// Time after which what other tabs wrote is read, however often they write.
const READ_AFTER: Duration = Duration::from_millis(700);

/// Time in which looks are gathered before they are written.
const WRITE_AFTER: Duration = Duration::from_millis(150);

/// Looks at some rows.
struct Known {
    data: String,
    tally: Tally,
    /// What the browser kept is in the tally.
    is_read: bool,
    /// What was seen before it was.
    early: Vec<Record>,
}

/// Handles of the ledger.
#[derive(Clone, Copy)]
pub struct Ledger {
    store: StoredValue<Rc<Store>, LocalStorage>,
    known: StoredValue<Vec<Known>, LocalStorage>,
    /// What is not written yet.
    waiting: StoredValue<Vec<Record>, LocalStorage>,
    is_writing: StoredValue<bool>,
    /// Rows that another tab has added looks to, and that are not read yet.
    stale: StoredValue<Vec<String>>,
    /// Counts what other tabs did to saved configurations.
    pub(super) saved_elsewhere: RwSignal<u32>,
    /// Counts every change.
    version: RwSignal<u32>,
    /// Why looks are not kept.
    pub trouble: RwSignal<Option<String>>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        let stale = StoredValue::new(Vec::<String>::new());
        let known = StoredValue::new_local(Vec::<Known>::new());
        let told = StoredValue::new_local(None::<Ledger>);
        let store = Store::new(move |data| {
            let Some(ledger) = told.get_value() else { return };
            if data == SAVED_CHANGED {
                ledger.saved_elsewhere.update(|times| *times += 1);
            } else {
                ledger.changed(data);
            }
        });
        let ledger = Self {
            store: StoredValue::new_local(Rc::new(store)),
            known,
            waiting: StoredValue::new_local(Vec::new()),
            is_writing: StoredValue::new(false),
            stale,
            saved_elsewhere: RwSignal::new(0),
            version: RwSignal::new(0),
            trouble: RwSignal::new(None),
        };
        told.set_value(Some(ledger));
        hooks::hidden(move || ledger.flush());
        ledger
    }

    /// The browser's database.
    pub(super) fn store(self) -> Rc<Store> {
        self.store.get_value()
    }

    /// Another tab added looks at some rows.
    fn changed(self, data: String) {
        // Also while they are read for the first time: the news may be younger than what is being read.
        let is_known = self.known.with_value(|known| known.iter().any(|one| one.data == data));
        if !is_known || self.stale.with_value(|stale| stale.contains(&data)) {
            return;
        }
        self.stale.update_value(|stale| stale.push(data.clone()));
        set_timeout(
            move || {
                self.stale.update_value(|stale| stale.retain(|other| *other != data));
                self.read(data);
            },
            READ_AFTER,
        );
    }

    /// Puts what the browser keeps of some rows into their tally.
    fn read(self, data: String) {
        let store = self.store.get_value();
        spawn_local(async move {
            let kept = store.looks_at(&data).await;
            let kept = kept.unwrap_or_else(|trouble| {
                self.trouble.set(Some(format!(
                    "{} Looks of earlier visits could not be read, so the count lacks them and the bar is too low.",
                    trouble.sentence()
                )));
                Vec::new()
            });
            let mut early = Vec::new();
            self.known.update_value(|known| {
                if let Some(one) = known.iter_mut().find(|one| one.data == data) {
                    for looks in &kept {
                        one.tally.add(&looks.place, &looks.seen);
                    }
                    one.is_read = true;
                    early = std::mem::take(&mut one.early);
                }
            });
            self.version.update(|version| *version += 1);
            for record in early {
                self.count(record);
            }
        });
    }

    /// Counts looks, and keeps those that are new.
    pub(super) fn add(self, kind: &'static str, looks: &SeenAt) {
        let record = Record { looks: looks.clone(), kind, when_ms: page::now_ms() };
        let data = looks.data.clone();
        let is_known = self.known.with_value(|known| known.iter().any(|one| one.data == data));
        if !is_known {
            let tally = Tally::default();
            let one = Known { data: data.clone(), tally, is_read: false, early: Vec::new() };
            self.known.update_value(|known| known.push(one));
            self.read(data);
        }
        self.count(record);
    }

    fn count(self, mut record: Record) {
        let fresh = self.known.try_update_value(|known| {
            let one = known.iter_mut().find(|one| one.data == record.looks.data)?;
            if !one.is_read {
                one.early.push(record.clone());
                return None;
            }
            Some(one.tally.add(&record.looks.place, &record.looks.seen))
        });
        let Some(fresh) = fresh.flatten().filter(|fresh| !fresh.is_empty()) else { return };
        record.looks.seen = fresh;
        self.waiting.update_value(|waiting| match waiting.last_mut() {
            // Steps of one search are one record.
            Some(last)
                if last.kind == record.kind
                    && last.looks.data == record.looks.data
                    && last.looks.place == record.looks.place =>
            {
                last.looks.seen.append(&mut record.looks.seen);
            }
            _ => waiting.push(record),
        });
        self.version.update(|version| *version += 1);
        self.write();
    }

    /// Writes what waits, one transaction after the other.
    fn write(self) {
        if self.is_writing.get_value() {
            return;
        }
        self.is_writing.set_value(true);
        // Steps of a search follow each other by the frame: what comes together is written together.
        set_timeout(move || self.write_all(), WRITE_AFTER);
    }

    /// Writes at once what waits: the page may be gone in a moment.
    pub(super) fn flush(self) {
        if !self.waiting.with_value(Vec::is_empty) {
            self.write_all();
        }
    }

    fn write_all(self) {
        let store = self.store.get_value();
        spawn_local(async move {
            loop {
                let records = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
                if records.is_empty() {
                    break;
                }
                if let Err(trouble) = store.append(&records).await {
                    // They stay counted in this tab.
                    self.trouble.set(Some(trouble.sentence()));
                }
            }
            self.is_writing.set_value(false);
        });
    }

    /// What is known of a window; `None` before what the browser kept was read.
    pub fn counted(self, data: &str, place: &Place) -> Option<Counted> {
        self.version.track();
        self.known.with_value(|known| {
            let one = known.iter().find(|one| one.data == data && one.is_read)?;
            Some(one.tally.counted(place))
        })
    }
}

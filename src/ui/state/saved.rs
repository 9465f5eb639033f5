//! Saved configurations: kept in the browser's database, the same in all tabs.

use super::ledger::Ledger;
use crate::domain::format_time;
use crate::ledger::{Listed, Saved};
use crate::web::page;
use crate::web::store::Trouble;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Handles of what is saved.
#[derive(Clone, Copy)]
pub struct SavedChoices {
    ledger: Ledger,
    /// All of them, in no order.
    pub all: RwSignal<Vec<Saved>>,
    /// Which are listed.
    pub how: RwSignal<Listed>,
    /// The one that is given another name.
    pub renaming: RwSignal<Option<Saved>>,
    /// The one that was deleted last.
    pub deleted: RwSignal<Option<Saved>>,
    /// Name and text of a document to be read.
    pub document: RwSignal<Option<(String, String)>>,
    is_read: StoredValue<bool>,
    /// Those that the browser could not keep, by id.
    unkept: StoredValue<Vec<String>>,
    /// Those that are being deleted, by id.
    leaving: StoredValue<Vec<String>>,
}

impl SavedChoices {
    pub(super) fn new(ledger: Ledger) -> Self {
        let saved = Self {
            ledger,
            all: RwSignal::new(Vec::new()),
            how: RwSignal::new(Listed::default()),
            renaming: RwSignal::new(None),
            deleted: RwSignal::new(None),
            document: RwSignal::new(None),
            is_read: StoredValue::new(false),
            unkept: StoredValue::new(Vec::new()),
            leaving: StoredValue::new(Vec::new()),
        };
        Effect::new(move || {
            if ledger.saved_elsewhere.get() > 0 && saved.is_read.get_value() {
                saved.read();
            }
        });
        saved
    }

    /// Reads what the browser keeps, once it is wanted.
    pub fn open(self) {
        if !self.is_read.get_value() {
            self.is_read.set_value(true);
            self.read();
        }
    }

    fn read(self) {
        let store = self.ledger.store();
        spawn_local(async move {
            match store.all_saved().await {
                Ok(mut kept) => {
                    let unkept = self.unkept.get_value();
                    let leaving = self.leaving.get_value();
                    self.all.update(|all| {
                        // What could not be kept is there until the page is closed.
                        let here: Vec<Saved> =
                            all.drain(..).filter(|one| unkept.contains(&one.id)).collect();
                        kept.retain(|one| here.iter().all(|of| of.id != one.id));
                        kept.retain(|one| !leaving.contains(&one.id));
                        kept.extend(here);
                        *all = kept;
                    });
                }
                Err(trouble) => self.trouble(&trouble),
            }
        });
    }

    fn trouble(self, trouble: &Trouble) {
        self.ledger.trouble.set(Some(trouble.sentence()));
    }

    /// Keeps configurations; one that has the id of another takes its place.
    pub fn put(self, new: Vec<Saved>) {
        self.open();
        self.all.update(|all| {
            all.retain(|one| new.iter().all(|of| of.id != one.id));
            all.extend(new.iter().cloned());
        });
        // Until the database has them they count as not kept: what is read meanwhile leaves them here.
        let ids: Vec<String> = new.iter().map(|one| one.id.clone()).collect();
        self.unkept.update_value(|unkept| unkept.extend(ids.iter().cloned()));
        self.leaving.update_value(|leaving| leaving.retain(|id| !ids.contains(id)));
        let store = self.ledger.store();
        spawn_local(async move {
            match store.put_saved(&new).await {
                Ok(()) => self.unkept.update_value(|unkept| unkept.retain(|id| !ids.contains(id))),
                Err(trouble) => self.trouble(&trouble),
            }
        });
        page::keep_for_good();
    }

    /// One of them.
    pub fn get(self, id: &str) -> Option<Saved> {
        self.all.with_untracked(|all| all.iter().find(|one| one.id == id).cloned())
    }

    /// Gives one another name.
    pub fn rename(self, id: &str, name: &str) {
        let name = name.trim();
        if let Some(one) = self.get(id).filter(|one| !name.is_empty() && one.name != name) {
            self.put(vec![Saved { name: name.chars().take(MOST_LETTERS).collect(), ..one }]);
        }
        self.renaming.set(None);
    }

    /// Lets one go; [`Self::restore`] brings it back.
    pub fn delete(self, id: &str) {
        let Some(one) = self.get(id) else { return };
        self.all.update(|all| all.retain(|of| of.id != one.id));
        self.unkept.update_value(|unkept| unkept.retain(|of| *of != one.id));
        let (store, id) = (self.ledger.store(), one.id.clone());
        self.deleted.set(Some(one));
        self.leaving.update_value(|leaving| leaving.push(id.clone()));
        spawn_local(async move {
            if let Err(trouble) = store.delete_saved(&id).await {
                self.trouble(&trouble);
            }
            self.leaving.update_value(|leaving| leaving.retain(|of| *of != id));
        });
    }

    /// Brings back what was deleted last.
    pub fn restore(self) {
        if let Some(one) = self.deleted.get_untracked() {
            self.put(vec![one]);
        }
        self.deleted.set(None);
    }
}

/// A minute, ms.
const MINUTE_MS: i64 = 60_000;
/// Longest name.
const MOST_LETTERS: usize = 120;

/// The name of a configuration that was given none: what it is of, and the minute in which it was saved.
pub(super) fn usual_name(market: &str, strategy: &str, created_ms: i64) -> String {
    format!("{market}, {strategy}, {}", format_time(created_ms / MINUTE_MS * MINUTE_MS))
}

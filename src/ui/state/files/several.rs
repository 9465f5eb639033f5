//! Several files of one drop, one after the other; then what is of one market is joined. Markets that are made of others.

use super::super::batch::{Batch, Item, of_one_key};
use super::{Files, OpenMarket, Opened};
use crate::domain::{grouped, timeframe_label};
use crate::format::counted;
use crate::import::{self, ImportError};
use crate::protocol::{How, Source, Told};
use crate::universe::{MarketId, MergePolicy};
use crate::web::pool::TEXT_ROW_BYTES;
use leptos::prelude::*;
use web_sys::Blob;

/// Bytes of one row in the columns of a market, outside of the workers.
const COLUMN_ROW_BYTES: u64 = 52;
/// Bytes that the columns of all files of a drop may take. Own choice: what browsers keep for a page without trouble.
const MOST_COLUMN_BYTES: u64 = 4 << 30;

impl Files {
    /// One of several files could not be read: what is in it is read, or it is left out. False where it is the only one.
    pub(super) fn leave_out(&self, error: &ImportError) -> bool {
        let question = error.question.as_ref();
        let looked = self.batch.try_update_value(|batch| {
            let batch = batch.as_mut()?;
            let question = question?;
            let values: Vec<String> =
                question.choices.iter().map(|choice| choice.value.clone()).collect();
            batch.look_into(&question.key, &values).then_some(())
        });
        let is_looked_into = looked.flatten().is_some();
        let joins = self.batch.with_value(|batch| {
            batch.as_ref().is_some_and(|batch| batch.waiting.is_empty() && batch.now.is_none())
        });
        let only = self.batch.with_value(|batch| batch.as_ref().is_some_and(|b| b.total < 2));
        if !is_looked_into && only {
            self.batch.set_value(None);
            return false;
        }
        let name = self.name().unwrap_or_default();
        if is_looked_into && let Some(more) = question.map(|asked| asked.more).filter(|m| *m > 0) {
            self.tell(format!(
                "{name}: {more} more markets are in it; open it alone to choose one"
            ));
        }
        if !is_looked_into {
            if joins {
                self.tell(format!("{name}: {error}"));
            } else {
                self.left_out.update(|left| left.push((name, error.to_string())));
            }
        }
        self.give_up();
        self.preview.set(None);
        self.go_on();
        true
    }

    fn tell(&self, text: String) {
        self.batch.update_value(|batch| {
            if let Some(batch) = batch {
                batch.told.push(text);
            }
        });
    }

    /// Reads several files, one after the other, and puts together what is of one market. Names come with the folders that are
    /// known.
    pub fn open_files(&self, mut files: Vec<(String, Blob)>) {
        let is_archive = |name: &str| name.to_ascii_lowercase().ends_with(".zip");
        if files.len() == 1 && !is_archive(&files[0].0) {
            let (path, blob) = files.swap_remove(0);
            self.open_blob(path.rsplit('/').next().unwrap_or_default().to_owned(), blob);
            return;
        }
        let rows = files.iter().map(|(_, blob)| blob.size() as u64).sum::<u64>() / TEXT_ROW_BYTES;
        if rows * COLUMN_ROW_BYTES > MOST_COLUMN_BYTES {
            let megabytes = |bytes: u64| grouped((bytes / 1_000_000) as usize);
            self.workers.notice.set(Some(format!(
                "{} files hold about {} rows, whose columns need {} MB; {} MB can be kept. Nothing was read: open fewer of them, or \
                 use the command, which has no such bound.",
                files.len(),
                grouped(rows as usize),
                megabytes(rows * COLUMN_ROW_BYTES),
                megabytes(MOST_COLUMN_BYTES)
            )));
            return;
        }
        self.left_out.set(Vec::new());
        self.batch.set_value(Some(Batch::of(files)));
        self.newest.set_value(None);
        self.leave();
        self.go_on();
    }

    /// Goes on with the next of several files, then with the next join; shows what was read when nothing is left.
    pub(super) fn go_on(&self) {
        enum Next {
            Read(Item),
            Join(Vec<MarketId>),
            Done(Batch),
        }
        let next = self.batch.try_update_value(|batch| {
            let own = batch.as_mut()?;
            own.now = own.waiting.pop_front();
            Some(match (own.now.clone(), own.joins.pop_front()) {
                (Some(item), join) => {
                    own.joins.extend(join);
                    Next::Read(item)
                }
                (None, Some(ids)) => Next::Join(ids),
                (None, None) => Next::Done(batch.take()?),
            })
        });
        match next.flatten() {
            None => {}
            Some(Next::Read(Item { name, path, blob, reading })) => {
                let source = Source::Attached { name: name.clone() };
                let told = Told { path, ..Told::default() };
                let new = Opened::new(name, source, Some(blob));
                self.open(Opened { reading, told, ..new });
            }
            Some(Next::Join(ids)) => {
                let name = self.joined_name(&ids);
                if let Err(reason) = self.combine(name.clone(), &ids, How::Join) {
                    self.tell(format!("{name}: {reason}"));
                    self.go_on();
                }
            }
            Some(Next::Done(batch)) => self.finish(batch),
        }
    }

    /// The name of a market that is joined of several files.
    fn joined_name(&self, ids: &[MarketId]) -> String {
        let known = self.markets.with_untracked(|markets| {
            let first = markets.iter().find(|market| ids.contains(&market.id))?;
            let named = &first.view.named;
            let words = [named.symbol.clone(), named.venue.clone()];
            let timeframe = first.view.timeframe_ms.map(timeframe_label);
            Some(words.into_iter().chain([timeframe]).flatten().collect::<Vec<_>>().join(" "))
        });
        format!("{} ({} files)", known.unwrap_or_default(), ids.len())
    }

    /// Makes one market of several. What it takes the place of is closed once it is there.
    fn combine(&self, name: String, ids: &[MarketId], how: How) -> Result<(), String> {
        let rows: usize = self.markets.with_untracked(|markets| {
            let own = markets.iter().filter(|market| ids.contains(&market.id));
            own.map(|market| market.view.file_rows).sum()
        });
        if let Err(error) = import::check_rows(rows as u64) {
            return Err(error.to_string());
        }
        let Some((blob, parts)) = self.workers.columns(ids) else {
            return Err("the rows are not there any more".to_owned());
        };
        let source = Source::Combined { name: name.clone(), parts, how };
        let new = Opened::new(name, source, Some(blob));
        let instead_of = if how == How::Join { ids.to_vec() } else { Vec::new() };
        self.open(Opened { instead_of, ..new });
        Ok(())
    }

    /// Merges venues as chosen; the first is the reference.
    pub fn merge(&self, ids: &[MarketId]) {
        let (policy, basis) = self.merging.with_untracked(|how| (how.policy, !how.keeps_level));
        // A link names it, and whoever opens the link has to know what to merge.
        let name = self.markets.with_untracked(|markets| {
            let own = |id: &MarketId| markets.iter().find(|market| market.id == *id);
            let parts: Vec<&OpenMarket> = ids.iter().filter_map(own).collect();
            let symbol = parts
                .first()
                .map(|first| first.view.named.symbol.clone().unwrap_or_else(|| first.name.clone()));
            let venues: Vec<String> = parts
                .iter()
                .map(|part| part.view.named.venue.clone().unwrap_or_else(|| part.name.clone()))
                .collect();
            let by = if policy == MergePolicy::Priority { "" } else { " by median" };
            format!("{} merged of {}{by}", symbol.unwrap_or_default(), venues.join(", "))
        });
        if let Err(reason) = self.combine(name, ids, How::Merge { policy, basis }) {
            self.workers.notice.set(Some(reason));
        }
    }

    /// Every file was read: what is of one market is joined, and then the first market is shown.
    fn finish(&self, mut batch: Batch) {
        if !batch.read.is_empty() {
            let keys: Vec<_> = self.markets.with_untracked(|markets| {
                let own = markets.iter().filter(|market| batch.read.contains(&market.id));
                own.map(|market| (market.id, market.view.key.clone())).collect()
            });
            batch.joins = of_one_key(&keys);
            batch.read.clear();
            if !batch.joins.is_empty() {
                self.batch.set_value(Some(batch));
                self.go_on();
                return;
            }
        }
        self.loading.set(None);
        let left = self.left_out.with_untracked(Vec::len);
        let first = self.markets.with_untracked(|markets| markets.first().map(|one| one.id));
        if left > 0 {
            batch
                .told
                .push(format!("{} left out; the list of markets says why", counted(left, "file")));
        }
        let told = (!batch.told.is_empty()).then(|| format!("{}.", batch.told.join(". ")));
        match self.newest.get_value().or_else(|| self.before.get_value()).or(first) {
            Some(id) => self.show(id),
            None => {
                let left = self.left_out.get_untracked();
                let names: Vec<String> =
                    left.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
                self.error.set(Some(ImportError::new(
                    "None of the files could be read",
                    names.join("; "),
                    "Open one of them alone to see its first lines",
                )));
            }
        }
        if told.is_some() {
            self.workers.notice.set(told);
        }
    }
}

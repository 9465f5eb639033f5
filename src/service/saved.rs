//! Saved configurations: their list, their document, and what a document holds.

use crate::export::{html, saved};
use crate::format::counted;
use crate::ledger::Saved;
use crate::protocol::{SavedQuestion, SavedView};
use std::fmt::Write as _;

/// What a document holds that the page does not have, and what there is to say of it.
fn read(all: &[Saved], (name, text): &(String, String)) -> (Vec<Saved>, String) {
    let found = match saved::from_text(text) {
        Ok(found) => found,
        Err(what) => {
            let told = format!(
                "{name} {what}. Nothing was added. Choose a file that “Download saved JSON” made."
            );
            return (Vec::new(), told);
        }
    };
    let total = found.saved.len();
    let (mut fresh, mut known) = (Vec::<Saved>::new(), 0);
    for one in found.saved {
        if all.iter().any(|of| of.id == one.id) {
            known += 1;
        } else if fresh.iter().all(|of| of.id != one.id) {
            fresh.push(one);
        }
    }
    let twice = total - known - fresh.len();
    let mut told = format!("{name} holds {}: {} new", counted(total, "configuration"), fresh.len());
    if known > 0 {
        let _ = write!(told, ", {known} here already, which stay as they are");
    }
    if twice > 0 {
        let _ = write!(told, ", {twice} with the id of another of the file, which were left out");
    }
    told.push('.');
    for problem in found.problems {
        told.push(' ');
        told.push_str(&problem);
    }
    (fresh, told)
}

pub(super) fn list(question: &SavedQuestion) -> SavedView {
    let SavedQuestion { saved: all, how, data, document } = question;
    let (fresh, told) = document.as_ref().map(|document| read(all, document)).unzip();
    SavedView {
        html: html::saved(all, *how, data),
        line: html::saved_line(all, *how),
        text: saved::to_text(all),
        fresh: fresh.unwrap_or_default(),
        told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Listed, Place};
    use crate::metrics::GridUnit;

    fn one(id: &str) -> Saved {
        Saved {
            id: id.to_owned(),
            name: "<i>mine</i>".to_owned(),
            market: "SOL/USDT".to_owned(),
            venue: None,
            timeframe_ms: Some(14_400_000),
            strategy: "liquidity_sweep".to_owned(),
            data: "d".to_owned(),
            config: id.to_owned(),
            place: Place { first_ms: 0, last_ms: 1, unit: GridUnit::Day },
            link: "v1".to_owned(),
            created_ms: 1,
            metrics: vec![("win_rate".to_owned(), Ok(0.05))],
        }
    }

    fn ask(saved: Vec<Saved>, hide: bool, document: Option<(String, String)>) -> SavedView {
        let how = Listed { top: false, hide };
        list(&SavedQuestion { saved, how, data: "d".to_owned(), document })
    }

    #[test]
    fn a_document_adds_what_is_new_and_touches_nothing_else() {
        let text = ask(vec![one("a"), one("b"), one("b")], false, None).text;
        let renamed = Saved { name: "other".to_owned(), ..one("a") };
        let view = ask(vec![renamed], false, Some(("mine.json".to_owned(), text)));
        assert_eq!(view.fresh, [one("b")]);
        assert_eq!(
            view.told.unwrap(),
            "mine.json holds 3 configurations: 1 new, 1 here already, which stay as they are, 1 with the id of another of the file, which were left out."
        );
        let view = ask(Vec::new(), false, Some(("a.csv".to_owned(), "time,open".to_owned())));
        assert!(view.told.unwrap().starts_with("a.csv is no JSON: "));
        assert_eq!(view.fresh, []);
    }

    #[test]
    fn names_are_text_and_what_is_hidden_is_told() {
        let view = ask(vec![one("a")], false, None);
        assert!(view.html.contains("&lt;i&gt;mine") && !view.html.contains("<i>mine"));
        assert!(view.html.contains("4h") && view.html.contains("Pin as A"));
        let view = ask(vec![one("a")], true, None);
        assert_eq!(view.html, "");
        assert!(view.line.contains("Hidden: 1 with a win rate below 10 %"), "{}", view.line);
        assert!(ask(Vec::new(), true, None).line.starts_with("Nothing is saved yet"));
    }
}

//! Would the result have held? Other cleanings, some at a time, and what the trades lean on.

use crate::export::html;
use crate::protocol::{
    ContaminationQuestion, ContaminationView, MultiverseQuestion, MultiverseView,
};
use crate::robust::UNIVERSES;
use crate::session::{SEED, Session};

/// Cleanings that are tried before more urgent work may come in between.
const A_TIME: usize = 2;

pub(super) fn multiverse(session: &mut Session, question: &MultiverseQuestion) -> MultiverseView {
    let MultiverseQuestion { settings, from } = question;
    let found = session.multiverse(settings, *from as usize + A_TIME);
    let done = found.universes.len();
    let is_whole = done == UNIVERSES.len();
    let (verdict, is_warning) = html::multiverse_verdict(&found);
    MultiverseView {
        done: done as u32,
        total: UNIVERSES.len() as u32,
        verdict: is_whole.then_some(verdict),
        is_warning,
        html: if is_whole { html::multiverse(&found) } else { String::new() },
    }
}

pub(super) fn contamination(
    session: &mut Session,
    question: &ContaminationQuestion,
) -> ContaminationView {
    let (found, fantasy) = session.contamination(&question.settings, SEED);
    ContaminationView {
        contamination: html::contamination(&found),
        fantasy: html::fantasy(&fantasy, &session.market.candles.time_ms),
    }
}

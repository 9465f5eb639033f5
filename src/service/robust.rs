//! Would the result have held? Other cleanings, some at a time, and what the trades lean on.

use super::{Venues, ledger};
use crate::export::html;
use crate::protocol::{
    ContaminationQuestion, ContaminationView, MultiverseQuestion, MultiverseView,
};
use crate::robust::UNIVERSES;
use crate::session::{SEED, Session};
use crate::universe::{Fills, Source};

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
        looks: if is_whole {
            ledger::looks_of(session, &settings.params, &found)
        } else {
            Vec::new()
        },
        is_warning,
        html: if is_whole { html::multiverse(&found) } else { String::new() },
    }
}

pub(super) fn contamination(
    session: &mut Session,
    venues: Option<&Venues>,
    question: &ContaminationQuestion,
) -> ContaminationView {
    let settings = &question.settings;
    let (found, fantasy) = session.contamination(settings, SEED);
    let fills = venues.map(|venues| {
        let trades = session.run(settings).backtest.trades;
        let series = session.ready(settings).0.stages.rows();
        // Rows of a policy's clock are some of the merged ones.
        let times = &venues.merged.rows.time_ms;
        let source = |row: u32| {
            let time = series.clock_time_ms[row as usize];
            times.binary_search(&time).map_or(Source::Venue(0), |at| venues.merged.sources[at])
        };
        let trades = trades.iter().map(|t| (source(t.entry_row), source(t.exit_row)));
        html::fills(&Fills { trades: trades.collect() })
    });
    ContaminationView {
        fills: fills.unwrap_or_default(),
        contamination: html::contamination(&found),
        fantasy: html::fantasy(&fantasy, &session.market.candles.time_ms),
    }
}

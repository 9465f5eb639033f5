//! Which looks backtests were, and the bar that a ledger sets.

use crate::export::html::{self, Bar};
use crate::ledger::{Looks, Place, Seen, SeenAt};
use crate::metrics::MetricInput;
use crate::protocol::{BarQuestion, BarView, LooksQuestion, LooksView, Shown};
use crate::robust::Multiverse;
use crate::search::luck::sharpe_of;
use crate::search::{Outcome, Trials};
use crate::session::Session;
use crate::strategy::Params;
use std::sync::Arc;

pub(super) fn looks(session: &mut Session, question: &LooksQuestion) -> LooksView {
    let mut looks: Vec<SeenAt> = Vec::new();
    for Shown { settings, sharpe, unit } in &question.shown {
        let (first_ms, last_ms) = session.ends_ms(settings);
        let place = Place { first_ms, last_ms, unit: *unit };
        let of = session.looks(settings, (first_ms, last_ms));
        let seen = Seen { config: of.id(&settings.params), sharpe: *sharpe };
        match looks.last_mut().filter(|last| last.place == place) {
            Some(last) => last.seen.push(seen),
            None => {
                let data = session.fingerprint().to_owned();
                looks.push(SeenAt { data, place, seen: vec![seen] });
            }
        }
    }
    LooksView { looks }
}

/// The looks that trials of a search are; `None` where none of them ran.
pub(super) fn seen_at(
    data: &str,
    place: Place,
    looks: &Looks,
    trials: &Trials,
    ran: &[(u32, Arc<Outcome>)],
) -> Option<SeenAt> {
    let seen = ran.iter().filter_map(|(number, outcome)| {
        let Outcome::Ran(numbers) = outcome.as_ref() else { return None };
        let params = trials.params(&trials.picks(*number)).ok()?;
        // An account that was lost has none, as a backtest of the same configuration says.
        let is_lost = numbers.returns.contains(&-1.0);
        let sharpe = sharpe_of(&numbers.returns).ok().filter(|_| !is_lost);
        Some(Seen { config: looks.id(&params), sharpe })
    });
    let seen: Vec<Seen> = seen.collect();
    (!seen.is_empty()).then(|| SeenAt { data: data.to_owned(), place, seen })
}

/// The looks of a strategy under every cleaning.
pub(super) fn looks_of(session: &mut Session, params: &Params, found: &Multiverse) -> Vec<SeenAt> {
    let data = session.fingerprint().to_owned();
    let ran = found.universes.iter().filter_map(|one| Some((one.spec, one.outcome.as_ref().ok()?)));
    ran.map(|(spec, outcome)| {
        let (first_ms, last_ms) = outcome.ends_ms;
        let looks = Looks::under(&data, spec.policy_name(), &spec.cleaning(), outcome.ends_ms);
        let seen = Seen { config: looks.id(params), sharpe: outcome.sharpe };
        let place = Place { first_ms, last_ms, unit: outcome.unit };
        SeenAt { data: data.clone(), place, seen: vec![seen] }
    })
    .collect()
}

pub(super) fn bar(session: &mut Session, question: &BarQuestion) -> BarView {
    let settings = &question.settings;
    let (prepared, first_row) = session.ready(settings);
    let result = prepared.run(&settings.params, first_row);
    let series = prepared.stages.series();
    let input = MetricInput::new(series, &settings.params.engine, &result.backtest, &result.equity);
    let bar = Bar::of(&input.grid, &question.counted);
    BarView { line: bar.line(), html: html::bar(&bar), is_warning: !bar.is_passed() }
}

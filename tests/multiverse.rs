//! One strategy under every cleaning: what must hold on any file.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::import;
use cleansweep::quality::Market;
use cleansweep::quality::synth::Sample;
use cleansweep::robust::Multiverse;
use cleansweep::robust::multiverse::{UNIVERSES, run};
use cleansweep::strategy::Params;

fn sample(sample: Sample) -> (Market, Params) {
    let import = import::import(sample.csv().as_bytes()).unwrap();
    (Market::new(import.rows), Params::default())
}

#[test]
fn a_file_without_fault_is_one_universe() {
    let (market, params) = sample(Sample::Clean);
    let first = market.candles.time_ms[0];
    let found = Multiverse::of(&market, &params, (first, None));
    for universe in found.universes.iter().skip(1).filter(|one| one.spec.is_sound) {
        assert_eq!(universe.same_as, Some("mask"), "{}", universe.spec.name);
    }
    let fragility = found.fragility();
    assert_eq!((fragility.value, fragility.sign_flips), (Ok(0.0), false));
}

#[test]
fn nothing_behind_the_end_is_known_and_short_files_are_refused() {
    let (market, params) = sample(Sample::Job143);
    let times = &market.candles.time_ms;
    let (first, end) = (times[0], times[times.len() / 2]);
    let found = Multiverse::of(&market, &params, (first, Some(end)));
    let (_, mask) = found.sound().next().unwrap();
    assert!(mask.net_r.len() > 30);
    // What lies behind the end may be anything.
    let mut raw = market.raw.clone();
    for row in 0..raw.len() {
        if raw.time_ms[row] >= end {
            for column in [&mut raw.open, &mut raw.high, &mut raw.low, &mut raw.close] {
                column[row] *= 3.0;
            }
        }
    }
    let other = Multiverse::of(&Market::new(raw), &params, (first, Some(end)));
    let (_, same) = other.sound().next().unwrap();
    assert_eq!(mask.net_r, same.net_r);

    let mut raw = market.raw.clone();
    for column in [&mut raw.open, &mut raw.high, &mut raw.low, &mut raw.close, &mut raw.volume] {
        column.truncate(900);
    }
    raw.time_ms.truncate(900);
    let few = Multiverse::of(&Market::new(raw), &params, (first, None));
    assert!(few.universes.iter().all(|one| one.outcome.is_err()));
    assert!(few.spread(0).is_err() && few.fragility().value.is_err());
}

#[test]
fn an_outcome_that_is_taken_from_another_cleaning_is_the_one_that_a_run_gives() {
    let mut taken = 0;
    for sample in Sample::ALL {
        let (market, params) = self::sample(sample);
        let span = (market.candles.time_ms[0], None);
        let found = Multiverse::of(&market, &params, span);
        for (universe, spec) in found.universes.iter().zip(&UNIVERSES) {
            let alone = run(&market, spec, &params, span, &[]);
            let (Ok(shared), Ok(own)) = (&universe.outcome, &alone.outcome) else {
                assert_eq!(universe.outcome.as_ref().err(), alone.outcome.as_ref().err());
                continue;
            };
            assert_eq!(shared.metrics, own.metrics, "{}", spec.name);
            assert_eq!((&shared.net_r, &shared.mean_r), (&own.net_r, &own.mean_r), "{}", spec.name);
            assert_eq!(universe.usable_rows, alone.usable_rows);
            taken += usize::from(universe.same_as.is_some());
        }
    }
    assert!(taken > 5, "cleanings with the same rows: {taken}");
}

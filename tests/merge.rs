//! Several venues as one market: what must hold at every cut, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::domain::RawRows;
use cleansweep::import;
use cleansweep::quality::Market;
use cleansweep::universe::{self, Frame, MergePolicy, Source, Venue};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cases-data");
const VENUES: [&str; 3] =
    ["binanceus_SOLUSDT_5m_1.csv", "binance_SOLUSDT_5m.csv", "kraken_SOLUSD_5m.csv"];
const STEP: i64 = 300_000;

fn read(name: &str) -> Market {
    let bytes = std::fs::read(format!("{CASES}/{name}")).unwrap();
    Market::new(import::import(bytes.as_slice()).unwrap().rows)
}

/// The rows before a time.
fn before(rows: &RawRows, time_ms: i64) -> RawRows {
    let mut cut = rows.clone();
    cut.truncate(rows.time_ms.partition_point(|&time| time < time_ms));
    cut
}

fn bits(rows: &RawRows, row: usize) -> [u64; 5] {
    rows.values(row).map(f64::to_bits)
}

#[test]
fn no_later_row_changes_an_earlier_one() {
    let markets = VENUES.map(read);
    let named: Vec<(&str, &Market)> = VENUES.into_iter().zip(&markets).collect();
    let frame = Frame::of(&named).unwrap();
    let mut compared = 0;
    for (policy, basis) in
        [(MergePolicy::Priority, true), (MergePolicy::Median, true), (MergePolicy::Priority, false)]
    {
        let merge = |all: &[RawRows]| {
            let venues: Vec<Venue<'_>> =
                VENUES.iter().zip(all).map(|(name, rows)| Venue::new(name, rows, frame)).collect();
            universe::merge(&venues, frame, policy, basis)
        };
        let whole: Vec<RawRows> = markets.iter().map(|market| (*market.candles).clone()).collect();
        let all = merge(&whole);
        assert!(all.sources.iter().any(|source| matches!(source, Source::Venue(1..))));
        // Between any two slots, and right at each of them.
        let (first, last) = (all.rows.time_ms[0], all.rows.time_ms[all.rows.len() - 1]);
        for cut in (first..=last + STEP).step_by(STEP as usize) {
            for cut in [cut, cut + 1] {
                let rows: Vec<RawRows> = whole.iter().map(|rows| before(rows, cut)).collect();
                let part = merge(&rows);
                // The clock ends with the reference's own last row.
                assert!(part.rows.len() <= all.rows.len());
                for row in 0..part.rows.len() {
                    assert_eq!(part.rows.time_ms[row], all.rows.time_ms[row], "cut {cut}");
                    assert_eq!(bits(&part.rows, row), bits(&all.rows, row), "cut {cut}");
                    assert_eq!(part.sources[row], all.sources[row], "cut {cut}");
                    assert_eq!(part.factors[row], all.factors[row], "cut {cut}");
                }
                compared += part.rows.len();
            }
        }
    }
    assert!(compared > 1_000_000, "{compared}");
}

/// A walk of closes, with a volume of 0 at some rows.
fn walk(level: f64, volume: f64, is_empty: impl Fn(usize) -> bool) -> RawRows {
    let mut rows = RawRows::default();
    for at in 0..200 {
        let close = level * (1.0 + ((at * 7919) % 101) as f64 / 5_000.0);
        let traded = if is_empty(at) { 0.0 } else { volume * (1.0 + (at % 5) as f64) };
        rows.push(at as i64 * STEP, [close, close * 1.001, close * 0.999, close, traded]);
    }
    rows
}

#[test]
fn a_row_that_stands_in_lies_on_the_reference_s_level_and_keeps_its_order() {
    let own = walk(100.0, 10.0, |at| at % 10 == 9);
    let other = walk(250.0, 5.0, |at| at == 109);
    let (own_market, other_market) = (Market::new(own.clone()), Market::new(other.clone()));
    let frame = Frame::of(&[("a", &own_market), ("b", &other_market)]).unwrap();
    let venues = [Venue::new("a", &own, frame), Venue::new("b", &other, frame)];
    let merged = universe::merge(&venues, frame, MergePolicy::Priority, true);
    assert_eq!(merged.rows.len(), 200);
    // 50 common rows come before the first that can be stood in for: that is row 59.
    assert_eq!(merged.not_eligible, 5);
    assert_eq!((merged.repaired, merged.untradable_rows), ((14, 0), 6));
    for row in 0..200 {
        let [open, high, low, close, volume] = merged.rows.values(row);
        assert!(low <= open && open <= high && low <= close && close <= high);
        if merged.sources[row] == Source::Venue(1) {
            assert!(row % 10 == 9 && row != 109 && volume > 0.0);
            let wanted = other.close[row] * 100.0 / 250.0;
            assert!((close / wanted - 1.0).abs() < 1e-12, "{row}: {close} {wanted}");
            assert!((volume / other.volume[row] - 2.0).abs() < 1e-12);
        } else {
            assert_eq!(bits(&merged.rows, row), bits(&own, row));
        }
    }
    // Each is moved from 250 to 100, so 150 hundredths of where it came to.
    assert!(merged.offsets().iter().all(|offset| (offset - 1.5).abs() < 1e-12));
    let plain = universe::merge(&venues, frame, MergePolicy::Priority, false);
    assert_eq!(plain.rows.close[59], other.close[59]);
}

#[test]
fn what_does_not_fit_together_is_refused_in_a_sentence() {
    let market = |rows: RawRows| Market::new(rows);
    let own = market(walk(100.0, 10.0, |_| false));
    let refused =
        |other: Market| Frame::of(&[("own.csv", &own), ("other.csv", &other)]).unwrap_err();
    let mut hours = walk(100.0, 10.0, |_| false);
    hours.time_ms.iter_mut().for_each(|time| *time *= 12);
    assert!(refused(market(hours)).contains("a timeframe of 1h, and own.csv one of 5m"));
    let mut later = walk(100.0, 10.0, |_| false);
    later.time_ms.iter_mut().for_each(|time| *time += 120_000);
    assert!(refused(market(later)).contains("begin 2 minutes later"));
    let mut thin = walk(100.0, 10.0, |_| false);
    let last = thin.len() - 1;
    thin.time_ms[last] += 1_000_000 * STEP;
    let thin = market(thin);
    assert!(cleansweep::quality::Places::of(&thin).is_err());
    assert!(refused(thin).contains("fewer than one slot of 5m in a hundred has a row"));
    let no_volume = market(walk(100.0, 10.0, |_| true));
    assert!(refused(no_volume).contains("own.csv has volume and other.csv has none"));
    assert!(Frame::of(&[("own.csv", &own)]).unwrap_err().contains("two files"));
    let mut one = RawRows::default();
    one.push(0, [1.0; 5]);
    assert!(refused(market(one)).contains("no timeframe"));
}

#[test]
fn prices_at_the_ends_of_the_range_of_numbers_give_no_broken_row() {
    let own = walk(1e-300, 1e-300, |at| at % 9 == 8);
    let other = walk(1e300, 1e300, |_| false);
    let (own_market, other_market) = (Market::new(own.clone()), Market::new(other.clone()));
    let frame = Frame::of(&[("a", &own_market), ("b", &other_market)]).unwrap();
    let venues = [Venue::new("a", &own, frame), Venue::new("b", &other, frame)];
    let merged = universe::merge(&venues, frame, MergePolicy::Priority, true);
    // A factor that no number can hold is none: the reference's own rows stay.
    assert!(merged.sources.iter().all(|source| *source == Source::Venue(0)));
    assert_eq!(merged.matched[0].last, None);
    assert!(universe::agreement(&venues, frame)[0].clock().is_ok());
}

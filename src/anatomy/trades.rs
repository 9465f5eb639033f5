//! Trades in groups: by result, time, holding time and exit.

use crate::domain::{Civil, DAY_MS, ExitReason, HOUR_MS, Trade, sort_numbers};
use crate::metrics::stats::round12;
use crate::metrics::{MetricInput, quantile};

/// Most bins of a distribution.
const MOST_BINS: f64 = 40.0;

/// Some trades of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Their numbers, from 0, in the order of the trade list.
    pub trades: Vec<u32>,
    /// Net above 0 and not flat, as everywhere.
    pub wins: usize,
    /// Sum of net.
    pub net: f64,
    /// Sum of net in R.
    pub net_r: f64,
}

impl Group {
    fn add(&mut self, number: usize, trade: &Trade) {
        self.trades.push(number as u32);
        self.wins += usize::from(MetricInput::is_win(trade));
        self.net += trade.net;
        self.net_r += trade.net_r();
    }

    /// Mean net in R; `None` without trades.
    pub fn mean_r(&self) -> Option<f64> {
        (!self.trades.is_empty()).then(|| self.net_r / self.trades.len() as f64)
    }
}

/// A bin of a distribution: from its lower end up to, and without, its upper end.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// What lies in it.
    pub group: Group,
}

/// A round width (1, 2 or 5 times a power of ten, not below `least`) with which a span takes at most [`MOST_BINS`] bins.
fn width_of(span: f64, least: f64) -> f64 {
    let mut scale = least;
    loop {
        for step in [1.0, 2.0, 5.0] {
            // One more, because bins begin at multiples of the width.
            if span / (scale * step) + 1.0 <= MOST_BINS {
                return scale * step;
            }
        }
        scale *= 10.0;
        if !scale.is_finite() {
            return span;
        }
    }
}

/// Equal bins from the lowest to the highest value, empty ones between them included. Values that are no numbers are left out.
fn bins(trades: &[Trade], value: impl Fn(&Trade) -> f64, least: f64) -> Vec<Bin> {
    let values: Vec<f64> = trades.iter().map(value).collect();
    let known = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) =
        (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    if low > high {
        return Vec::new();
    }
    let width = width_of(high - low, least);
    // A stop at exactly −1 R is −0.9999… or −1.0000…1 by the fees that were added and taken away.
    let place = |value: f64| round12(round12(value) / width).floor();
    let first = place(low);
    let count = (place(high) - first) as usize + 1;
    let mut bins: Vec<Bin> = (0..count)
        .map(|at| {
            let from = first + at as f64;
            // Multiples of a tenth are not exact.
            let end = |k: f64| round12(k * width);
            Bin { from: end(from), to: end(from + 1.0), group: Group::default() }
        })
        .collect();
    for (number, (trade, &value)) in trades.iter().zip(&values).enumerate() {
        if value.is_finite()
            && let Some(bin) = bins.get_mut((place(value) - first) as usize)
        {
            bin.group.add(number, trade);
        }
    }
    bins
}

/// Net in R.
pub fn by_r(trades: &[Trade]) -> Vec<Bin> {
    bins(trades, Trade::net_r, 0.1)
}

/// Clock rows from entry to exit.
pub fn by_rows_held(trades: &[Trade]) -> Vec<Bin> {
    bins(trades, |trade| f64::from(trade.rows_held()), 1.0)
}

/// 7 · 24 groups: Monday 00:00 UTC first, by the open of the entry row.
pub fn by_hour(trades: &[Trade], begins: &[i64]) -> Vec<Group> {
    let mut hours = vec![Group::default(); 7 * 24];
    for (number, (trade, &time)) in trades.iter().zip(begins).enumerate() {
        // The first day of the epoch was a Thursday.
        let weekday = (time.div_euclid(DAY_MS) + 3).rem_euclid(7);
        let hour = time.rem_euclid(DAY_MS) / HOUR_MS;
        hours[(weekday * 24 + hour) as usize].add(number, trade);
    }
    hours
}

/// The exits of a calendar period, by reason.
#[derive(Clone, Debug, PartialEq)]
pub struct ExitPeriod {
    /// `2024`, `2024-03` or `2024-03-07`.
    pub label: String,
    /// Start of the period, UTC ms.
    pub from_ms: i64,
    /// By [`ExitReason::ALL`].
    pub groups: [Group; 5],
}

/// Days from which periods are months, and from which they are years. Own choice: a dozen to some hundred periods.
const DAYS_FOR_MONTHS: i64 = 90;
const DAYS_FOR_YEARS: i64 = 20 * 365;

/// Exits by reason, by day, month or year as the time between the first and the last exit asks for; periods without an exit
/// are left out.
pub fn exits(trades: &[Trade], ends: &[i64]) -> Vec<ExitPeriod> {
    let (Some(first), Some(last)) = (ends.iter().min(), ends.iter().max()) else {
        return Vec::new();
    };
    let days = (last - first) / DAY_MS;
    let start_of = |time: i64| {
        let civil = Civil { ms_of_day: 0, ..Civil::from_ms(time) };
        if days < DAYS_FOR_MONTHS {
            (civil, 10)
        } else if days < DAYS_FOR_YEARS {
            (Civil { day: 1, ..civil }, 7)
        } else {
            (Civil { day: 1, month: 1, ..civil }, 4)
        }
    };
    let mut periods: Vec<ExitPeriod> = Vec::new();
    for (number, (trade, &end)) in trades.iter().zip(ends).enumerate() {
        let (civil, digits) = start_of(end);
        let from_ms = civil.to_ms().unwrap_or(end);
        let at = periods.binary_search_by_key(&from_ms, |period| period.from_ms);
        let at = at.unwrap_or_else(|at| {
            let mut label = format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day);
            label.truncate(label.len() - 10 + digits);
            periods.insert(at, ExitPeriod { label, from_ms, groups: Default::default() });
            at
        });
        let reason = ExitReason::ALL.iter().position(|reason| *reason == trade.exit_reason);
        periods[at].groups[reason.unwrap_or_default()].add(number, trade);
    }
    periods
}

/// Where half and where nine tenths of the values lie below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Median.
    pub p50: f64,
    /// Nine tenths.
    pub p90: f64,
}

/// How far trades went on the way, in R: winners first, then losers; flat trades are neither.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excursions {
    /// Trades.
    pub trades: usize,
    /// Against the position; `None` without trades.
    pub mae_r: Option<Spread>,
    /// For the position; `None` without trades.
    pub mfe_r: Option<Spread>,
}

/// Of winners and of losers.
pub fn excursions(trades: &[Trade]) -> [Excursions; 2] {
    let of = |is: fn(&Trade) -> bool| {
        let spread = |value: fn(&Trade) -> f64| {
            let mut values: Vec<f64> = trades.iter().filter(|t| is(t)).map(value).collect();
            sort_numbers(&mut values);
            (!values.is_empty())
                .then(|| Spread { p50: quantile(&values, 0.5), p90: quantile(&values, 0.9) })
        };
        Excursions {
            trades: trades.iter().filter(|t| is(t)).count(),
            mae_r: spread(|trade| trade.mae_r),
            mfe_r: spread(|trade| trade.mfe_r),
        }
    };
    [of(MetricInput::is_win), of(MetricInput::is_loss)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Side};

    fn trade(net: f64, rows: u32, exit_reason: ExitReason) -> Trade {
        Trade {
            side: Side::Long,
            origin: Origin::default(),
            from_row: 0,
            signal_row: 0,
            entry_row: 1,
            exit_row: 1 + rows,
            exit_signal_row: None,
            entry_raw_price: 100.0,
            entry_price: 100.0,
            stop_price: 99.0,
            target_price: Some(102.0),
            exit_raw_price: 100.0,
            exit_price: 100.0,
            stop_distance: 1.0,
            quantity: 1.0,
            notional: 100.0,
            equity_before: 1_000.0,
            risk: 1.0,
            gross: net,
            fees: 0.0,
            slippage_cost: 0.0,
            net,
            mae_r: 0.5,
            mfe_r: net.max(0.1),
            exit_reason,
            ambiguous: false,
            capped: false,
            exit_in_spike: false,
        }
    }

    #[test]
    fn every_trade_lies_in_one_bin() {
        let trades: Vec<Trade> =
            (0..200).map(|i| trade(f64::from(i) / 37.0 - 1.05, i % 9, ExitReason::Stop)).collect();
        for bins in [by_r(&trades), by_rows_held(&trades)] {
            let mut numbers: Vec<u32> =
                bins.iter().flat_map(|bin| bin.group.trades.clone()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..200).collect::<Vec<u32>>());
            assert!(bins.len() as f64 <= MOST_BINS && bins.len() > 5);
        }
        let held = by_rows_held(&trades);
        assert_eq!((held.len(), held[0].from, held[8].to), (9, 0.0, 9.0));
        assert!(by_r(&[]).is_empty());
    }

    #[test]
    fn results_that_differ_by_noise_share_a_bin() {
        let nets = [-1.0 - 1e-15, -1.0, -1.0 + 1e-15, 0.3 - 1e-16, 0.1 + 0.2, 2.5];
        let trades = nets.map(|net| trade(net, 1, ExitReason::Stop));
        let bins = by_r(&trades);
        let bin = |from: f64| bins.iter().find(|bin| bin.from == from).unwrap();
        assert_eq!(bin(-1.0).group.trades, [0, 1, 2]);
        assert_eq!(bin(0.3).group.trades, [3, 4]);
    }

    #[test]
    fn bins_of_huge_results_stay_few() {
        let trades = [trade(-1.0, 1, ExitReason::Stop), trade(1e12, 1, ExitReason::Target)];
        assert!(by_r(&trades).len() as f64 <= MOST_BINS);
        let broken = [trade(f64::INFINITY, 1, ExitReason::Stop)];
        assert!(by_r(&broken).is_empty());
    }

    #[test]
    fn hours_begin_on_monday() {
        // 2024-01-01 was a Monday.
        let monday = 1_704_067_200_000;
        let trades = [trade(1.0, 1, ExitReason::Target), trade(-1.0, 1, ExitReason::Stop)];
        let hours = by_hour(&trades, &[monday + HOUR_MS / 2, monday + 6 * DAY_MS + 23 * HOUR_MS]);
        assert_eq!((hours[0].trades.as_slice(), hours[0].wins), ([0].as_slice(), 1));
        assert_eq!(hours[167].trades, [1]);
    }

    #[test]
    fn exits_are_counted_by_day_month_or_year() {
        let trades: Vec<Trade> = (0..3).map(|_| trade(1.0, 1, ExitReason::Time)).collect();
        let day = |n: i64| 1_704_067_200_000 + n * DAY_MS;
        let labels = |ends: [i64; 3]| -> Vec<String> {
            exits(&trades, &ends).into_iter().map(|period| period.label).collect()
        };
        assert_eq!(labels([day(0), day(0), day(2)]), ["2024-01-01", "2024-01-03"]);
        assert_eq!(labels([day(0), day(40), day(100)]), ["2024-01", "2024-02", "2024-04"]);
        assert_eq!(labels([day(0), day(1), day(8_000)]), ["2024", "2045"]);
        assert_eq!(exits(&trades, &[day(0), day(0), day(2)])[0].groups[2].trades, [0, 1]);
    }
}

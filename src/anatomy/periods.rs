//! A result by the calendar, and the depths that it went through.

use crate::domain::{Civil, Measure, Trade, Undefined};
use crate::metrics::stats::signal_to_noise;
use crate::metrics::{Grid, GridUnit};

/// Drawdowns that are listed.
pub const LISTED_DRAWDOWNS: usize = 10;
/// Cells of the moving window: about a quarter of a year of days, a week of hours. Own choice: long enough for a standard
/// deviation, short enough to show a change within a year.
const fn window(unit: GridUnit) -> usize {
    match unit {
        GridUnit::Day => 90,
        GridUnit::Hour => 168,
    }
}

/// A calendar month (UTC) that holds rows of the window. A row belongs to the month of its open.
#[derive(Clone, Debug, PartialEq)]
pub struct Month {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Equity at its last row / equity at the last row before it − 1; the first one against the starting equity.
    pub change: Measure,
    /// Trades that ended in it, by number.
    pub trades: Vec<u32>,
    /// Their net.
    pub net: f64,
    /// Opens of its first and last row, ms.
    pub rows_ms: (i64, i64),
}

/// A calendar year (UTC) that holds rows of the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Year {
    /// Year.
    pub year: i32,
    /// As [`Month::change`].
    pub change: Measure,
    /// Trades that ended in it.
    pub trades: usize,
    /// Their net.
    pub net: f64,
}

/// Year and month of an instant.
fn month_of(ms: i64) -> (i32, u32) {
    let civil = Civil::from_ms(ms);
    (civil.year, civil.month)
}

/// One calendar cell with its last equity.
struct Cell<K> {
    key: K,
    change: Measure,
    rows_ms: (i64, i64),
}

fn cells<K: PartialEq>(
    times: &[i64],
    equity: &[f64],
    start: f64,
    key: impl Fn(i64) -> K,
) -> Vec<Cell<K>> {
    let mut cells: Vec<Cell<K>> = Vec::new();
    let mut before = start;
    let mut row = 0;
    while row < times.len().min(equity.len()) {
        let first = row;
        let of = key(times[row]);
        while row + 1 < times.len() && key(times[row + 1]) == of {
            row += 1;
        }
        let end = equity[row];
        let change = if before > 0.0 {
            Undefined::unless_finite(end / before - 1.0)
        } else {
            Err(Undefined::because("equity fell to zero or below"))
        };
        cells.push(Cell { key: of, change, rows_ms: (times[first], times[row]) });
        before = end;
        row += 1;
    }
    cells
}

fn ended_in<K: PartialEq>(ends: &[i64], key: &impl Fn(i64) -> K, of: &K) -> Vec<u32> {
    (0..ends.len() as u32).filter(|&number| key(ends[number as usize]) == *of).collect()
}

fn net(trades: &[Trade], numbers: &[u32]) -> f64 {
    numbers.iter().map(|&number| trades[number as usize].net).sum()
}

/// Months that hold rows, in order. `times` and `equity` are those of the window, `ends` the exit times of the trades.
pub fn months(
    times: &[i64],
    equity: &[f64],
    start: f64,
    trades: &[Trade],
    ends: &[i64],
) -> Vec<Month> {
    let month = |cell: Cell<(i32, u32)>| {
        let trades_of = ended_in(ends, &month_of, &cell.key);
        let Cell { key: (year, month), change, rows_ms } = cell;
        Month { year, month, change, net: net(trades, &trades_of), trades: trades_of, rows_ms }
    };
    cells(times, equity, start, month_of).into_iter().map(month).collect()
}

/// Years that hold rows, in order.
pub fn years(
    times: &[i64],
    equity: &[f64],
    start: f64,
    trades: &[Trade],
    ends: &[i64],
) -> Vec<Year> {
    let year_of = |ms: i64| month_of(ms).0;
    let year = |cell: Cell<i32>| {
        let numbers = ended_in(ends, &year_of, &cell.key);
        let net = net(trades, &numbers);
        Year { year: cell.key, change: cell.change, trades: numbers.len(), net }
    };
    cells(times, equity, start, year_of).into_iter().map(year).collect()
}

/// A stretch below an earlier peak of the marked equity, the starting equity being the first peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawdown {
    /// Lowest equity / the peak − 1.
    pub depth: f64,
    /// Open of the last row at the peak, ms; the first row when the peak is the start.
    pub from_ms: i64,
    /// Open of the row with the lowest equity, the first of them, ms.
    pub trough_ms: i64,
    /// Open of the first row that is back at the peak, ms; `None` when the data end below it.
    pub recovered_ms: Option<i64>,
    /// Clock rows below the peak.
    pub rows: usize,
}

/// The deepest drawdowns (ties: the earlier one first) and how many there are in all.
pub fn drawdowns(times: &[i64], equity: &[f64], start: f64) -> (Vec<Drawdown>, usize) {
    let mut all: Vec<Drawdown> = Vec::new();
    let mut count = 0;
    let mut open: Option<(Drawdown, f64)> = None;
    let (mut peak, mut peak_ms) = (start, times.first().copied().unwrap_or_default());
    for (&time, &value) in times.iter().zip(equity) {
        if value >= peak {
            if let Some((drawdown, _)) = open.take() {
                count += 1;
                keep(&mut all, Drawdown { recovered_ms: Some(time), ..drawdown });
            }
            (peak, peak_ms) = (value, time);
            continue;
        }
        let (drawdown, lowest) = open.get_or_insert_with(|| {
            let first = Drawdown {
                depth: 0.0,
                from_ms: peak_ms,
                trough_ms: time,
                recovered_ms: None,
                rows: 0,
            };
            (first, f64::INFINITY)
        });
        drawdown.rows += 1;
        if value < *lowest {
            *lowest = value;
            (drawdown.depth, drawdown.trough_ms) = (value / peak - 1.0, time);
        }
    }
    if let Some((drawdown, _)) = open {
        count += 1;
        keep(&mut all, drawdown);
    }
    (all, count)
}

/// Puts a drawdown among the deepest ones, behind those that are as deep.
fn keep(deepest: &mut Vec<Drawdown>, found: Drawdown) {
    let at = deepest.iter().position(|other| other.depth > found.depth);
    deepest.insert(at.unwrap_or(deepest.len()), found);
    deepest.truncate(LISTED_DRAWDOWNS);
}

/// Highest equity relative to the lowest before it, start included: ≥ 0. The mirror of the largest drawdown.
pub fn run_up(equity: &[f64], start: f64) -> f64 {
    let mut lowest = start;
    let mut best = 0.0_f64;
    for &value in equity {
        lowest = lowest.min(value);
        if lowest > 0.0 {
            best = best.max(value / lowest - 1.0);
        }
    }
    best
}

/// Annualised Sharpe over a moving window of the calendar grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Rolling {
    /// Cells of the grid.
    pub unit: GridUnit,
    /// Cells of the window.
    pub window: usize,
    /// Start of the window's last cell, ms, and mean/sd(ddof 1)·√K over the window; windows without variation are left out.
    pub points: Result<Vec<(i64, f64)>, Undefined>,
}

impl Rolling {
    /// Of a grid.
    pub fn of(grid: &Grid) -> Self {
        let window = window(grid.unit);
        let defined = match grid.sharpe() {
            Err(reason) if grid.returns.len() >= window => Err(reason),
            _ if grid.returns.len() < window => Err(Undefined::too_few(grid.returns.len(), window)),
            _ => Ok(()),
        };
        let year = f64::sqrt(grid.unit.periods_per_year());
        let points = defined.map(|()| {
            grid.returns
                .windows(window)
                .enumerate()
                .filter_map(|(at, returns)| {
                    let last = (at + window - 1) as i64;
                    let time = grid.first_ms + last * grid.unit.millis();
                    signal_to_noise(returns).ok().map(|ratio| (time, ratio * year))
                })
                .collect()
        });
        Self { unit: grid.unit, window, points }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DAY_MS;

    fn days(count: i64) -> Vec<i64> {
        (0..count).map(|day| day * DAY_MS).collect()
    }

    #[test]
    fn a_drawdown_runs_from_the_last_row_at_the_peak_to_the_first_one_back_at_it() {
        let equity = [100.0, 110.0, 110.0, 99.0, 88.0, 105.0, 110.0, 109.0, 120.0, 90.0];
        let (list, count) = drawdowns(&days(10), &equity, 100.0);
        assert_eq!(count, 3);
        let deepest = list[0];
        assert!((deepest.depth - -0.25).abs() < 1e-12);
        assert_eq!((deepest.from_ms, deepest.recovered_ms), (8 * DAY_MS, None));
        let second = list[1];
        assert!((second.depth - -0.2).abs() < 1e-12);
        assert_eq!(second.from_ms, 2 * DAY_MS);
        assert_eq!(second.trough_ms, 4 * DAY_MS);
        assert_eq!((second.recovered_ms, second.rows), (Some(6 * DAY_MS), 3));
    }

    #[test]
    fn the_start_is_a_peak_and_a_low() {
        let (list, _) = drawdowns(&days(2), &[90.0, 80.0], 100.0);
        assert!((list[0].depth - -0.2).abs() < 1e-12);
        assert_eq!(list[0].from_ms, 0);
        assert!((run_up(&[90.0, 80.0, 120.0], 100.0) - 0.5).abs() < 1e-12);
        assert_eq!(run_up(&[90.0], 100.0), 0.0);
        assert!(drawdowns(&[], &[], 100.0).0.is_empty());
    }

    #[test]
    fn months_compound_to_the_whole() {
        let times = days(100);
        let equity: Vec<f64> = (0..100).map(|i| 100.0 + f64::from(i % 13)).collect();
        let months = months(&times, &equity, 100.0, &[], &[]);
        assert_eq!(months.iter().map(|m| m.month).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let product: f64 = months.iter().map(|m| 1.0 + m.change.clone().unwrap()).product();
        assert!((product - equity[99] / 100.0).abs() < 1e-12);
        let years = years(&times, &equity, 100.0, &[], &[]);
        assert_eq!(years.len(), 1);
        assert!((years[0].change.clone().unwrap() - (equity[99] / 100.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn a_moving_sharpe_needs_its_window() {
        let times = days(120);
        let equity: Vec<f64> = (0..120).map(|i| 100.0 + f64::from(i % 7)).collect();
        let rolling = Rolling::of(&Grid::new(&times, &equity, 100.0));
        let points = rolling.points.unwrap();
        assert_eq!((points.len(), points[0].0), (31, 89 * DAY_MS));
        let short = Rolling::of(&Grid::new(&times[..60], &equity[..60], 100.0));
        assert_eq!(short.points.unwrap_err(), Undefined::too_few(60, 90));
    }
}

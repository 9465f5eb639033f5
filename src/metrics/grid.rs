//! Equity on a calendar grid of UTC days, or hours for short files. METHOD §8.

use super::stats::{is_constant, mean, signal_to_noise};
use crate::domain::{DAY_MS, HOUR_MS, Measure, Undefined};
use serde::{Deserialize, Serialize};

/// Calendar days below which the grid is made of hours.
const DAYS_FOR_DAILY: i64 = 30;
/// Points below which grid numbers are undefined.
pub const FEWEST_POINTS: usize = 20;

/// Cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GridUnit {
    /// UTC days.
    Day,
    /// UTC hours.
    Hour,
}

impl GridUnit {
    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }

    /// Looks a cell up by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Day, Self::Hour].into_iter().find(|unit| unit.name() == name)
    }

    /// Length of a cell, ms.
    pub const fn millis(self) -> i64 {
        match self {
            Self::Day => DAY_MS,
            Self::Hour => HOUR_MS,
        }
    }

    /// Cells of a year of 365 days: the market never closes.
    pub const fn periods_per_year(self) -> f64 {
        match self {
            Self::Day => 365.0,
            Self::Hour => 8_760.0,
        }
    }
}

/// Days of the longest window that is put on a grid: 400 years, which a column of memory can hold. No market is older.
const MOST_DAYS: i64 = 146_097;

/// Equity at the end of every cell from the first to the last candle, carried forward over empty cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Cell size.
    pub unit: GridUnit,
    /// Start of the first cell, UTC ms.
    pub first_ms: i64,
    /// Equity at the start.
    pub start: f64,
    /// Equity at the end of each cell.
    pub equity: Vec<f64>,
    /// Return of each cell; the first one is against the start.
    pub returns: Vec<f64>,
    /// The window spans more days than any market has: there are no points.
    pub is_too_long: bool,
}

/// The cells that the rows of a window lie in. Whoever runs many times over one window makes it once.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Cell size.
    pub unit: GridUnit,
    /// Start of the first cell, UTC ms.
    pub first_ms: i64,
    /// Rows of the window up to the end of each cell.
    pub ends: Vec<u32>,
    /// The window spans more days than any market has: there are no cells.
    pub is_too_long: bool,
}

impl Calendar {
    /// The cells of rows that opened at these times, ascending.
    pub fn new(time_ms: &[i64]) -> Self {
        let (Some(&first), Some(&last)) = (time_ms.first(), time_ms.last()) else {
            let ends = Vec::new();
            return Self { unit: GridUnit::Hour, first_ms: 0, ends, is_too_long: false };
        };
        let days = last.div_euclid(DAY_MS) - first.div_euclid(DAY_MS) + 1;
        let unit = if days < DAYS_FOR_DAILY { GridUnit::Hour } else { GridUnit::Day };
        if days > MOST_DAYS {
            return Self { unit, first_ms: first, ends: Vec::new(), is_too_long: true };
        }
        let cell = |time: i64| time.div_euclid(unit.millis());
        let first_cell = cell(first);
        let mut row = 0;
        let ends = (first_cell..=cell(last)).map(|cell| {
            let end = (cell + 1) * unit.millis();
            row += time_ms[row..].partition_point(|&time| time < end);
            row as u32
        });
        let ends = ends.collect();
        Self { unit, first_ms: first_cell * unit.millis(), ends, is_too_long: false }
    }

    /// The grid of equity at the end of each cell.
    pub fn grid(&self, equity: Vec<f64>, start: f64) -> Grid {
        let mut previous = start;
        let change = |&value: &f64| {
            let change = value / previous - 1.0;
            previous = value;
            change
        };
        let returns = equity.iter().map(change).collect();
        let &Self { unit, first_ms, is_too_long, .. } = self;
        Grid { unit, first_ms, start, equity, returns, is_too_long }
    }
}

impl Grid {
    /// Puts marked equity (one value a clock row, with the row's open time) on the grid.
    pub fn new(time_ms: &[i64], equity: &[f64], start: f64) -> Self {
        let calendar = Calendar::new(time_ms);
        // Without any equity it stays what it was.
        let at = |&end: &u32| equity.get((end as usize).min(equity.len()).wrapping_sub(1));
        let points = calendar.ends.iter().map(|end| at(end).copied().unwrap_or(start)).collect();
        calendar.grid(points, start)
    }

    /// Why grid numbers are undefined, if they are.
    fn check(&self) -> Result<(), Undefined> {
        if self.is_too_long {
            return Err(Undefined::because("the window spans more than 400 years"));
        }
        if self.returns.len() < FEWEST_POINTS {
            return Err(Undefined(
                format!("too few grid points: have {}, need {FEWEST_POINTS}", self.returns.len())
                    .into(),
            ));
        }
        if self.equity.iter().any(|&value| value <= 0.0) {
            return Err(Undefined::because("equity fell to zero or below"));
        }
        Ok(())
    }

    /// Mean / standard deviation of the returns of a cell.
    pub fn sharpe_per_period(&self) -> Measure {
        self.check()?;
        signal_to_noise(&self.returns)
    }

    /// Mean(r)/sd(ddof 1)·√K.
    pub fn sharpe(&self) -> Measure {
        Ok(self.sharpe_per_period()? * f64::sqrt(self.unit.periods_per_year()))
    }

    /// Mean(r)/√(mean(min(r,0)²) over all periods)·√K.
    pub fn sortino(&self) -> Measure {
        self.check()?;
        if is_constant(&self.returns) {
            return Err(Undefined::zero_deviation());
        }
        let squares: Vec<f64> = self.returns.iter().map(|&r| r.min(0.0) * r.min(0.0)).collect();
        let downside = f64::sqrt(mean(&squares));
        if downside == 0.0 {
            return Err(Undefined::because("no losing period"));
        }
        Ok(mean(&self.returns) / downside * f64::sqrt(self.unit.periods_per_year()))
    }

    /// √mean(DD²) over grid points without the start; the start counts as a peak.
    pub fn ulcer(&self) -> Measure {
        if self.equity.len() < FEWEST_POINTS {
            self.check()?;
        }
        let mut peak = self.start;
        let squares: Vec<f64> = self
            .equity
            .iter()
            .map(|&value| {
                peak = peak.max(value);
                let drawdown = value / peak - 1.0;
                drawdown * drawdown
            })
            .collect();
        Ok(f64::sqrt(mean(&squares)))
    }
}

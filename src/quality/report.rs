//! The quality report: METHOD §3. Counts and shares; every judgement is a gate with its threshold.

use super::checks::{SOURCE_RULE_PCT, Verdict};
use super::level::{self, LevelJump};
use super::market::{Gap, Market};
use super::plausible::Swap;
use super::verdict::{Judgement, Sufficiency};
use crate::domain::{FLAG_NAMES, Measure, RowFlags, Undefined, sort_numbers};
use serde::{Deserialize, Serialize};

/// Rows listed for each flag.
const FIRST_ROWS: usize = 5;
/// Gaps listed in documents.
pub const LISTED_GAPS: usize = 20;
/// ATR period of `avg_atr_pct`: METHOD §5.
const ATR_PERIOD: usize = 14;

/// The six numbers of the source's own report, over every row of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceNumbers {
    /// Rows of the file.
    pub total_candles: usize,
    /// Rows with volume 0.
    pub zero_volume: usize,
    /// Rows with high == low.
    pub flat_candles: usize,
    /// Share of rows with volume > 0, percent.
    pub valid_pct: Measure,
    /// Mean volume; missing volumes are left out.
    pub avg_volume: Measure,
    /// Mean of ATR / close, percent.
    pub avg_atr_pct: Measure,
}

/// Flat × zero volume over every row of the file; "with volume" = not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table2x2 {
    /// Flat, volume 0.
    pub flat_zero_volume: usize,
    /// Flat, volume not 0.
    pub flat_with_volume: usize,
    /// Not flat, volume 0.
    pub range_zero_volume: usize,
    /// Not flat, volume not 0.
    pub range_with_volume: usize,
}

/// What each candle is, broken first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxonomy {
    /// A range and volume.
    pub normal: usize,
    /// Flat with volume: one real trade.
    pub single_print: usize,
    /// Flat without volume: nobody traded.
    pub placeholder: usize,
    /// A range without volume.
    pub impossible: usize,
    /// Cannot be.
    pub broken: usize,
}

/// Count and place of one finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagSummary {
    /// Name of the finding.
    pub key: String,
    /// Rows that have it.
    pub count: usize,
    /// Share of the rows; duplicates and disorder of the file's rows.
    pub share: f64,
    /// The first five rows.
    pub first_rows: Vec<u32>,
    /// First row of the longest run.
    pub run_first_row: u32,
    /// Rows of the longest run.
    pub run_rows: u32,
}

/// Quantiles of a column, linear interpolation over finite values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantiles(pub Vec<f64>);

/// Probabilities of [`Quantiles`], with their names.
pub const QUANTILES: [(&str, f64); 9] = [
    ("min", 0.0),
    ("p01", 0.01),
    ("p05", 0.05),
    ("p25", 0.25),
    ("median", 0.5),
    ("p75", 0.75),
    ("p95", 0.95),
    ("p99", 0.99),
    ("max", 1.0),
];

/// The quality report of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The source's six numbers.
    pub source: SourceNumbers,
    /// Flat × zero volume.
    pub table_2x2: Table2x2,
    /// Candles by kind.
    pub taxonomy: Taxonomy,
    /// Rows in which an order could fill.
    pub tradable_rows: usize,
    /// Findings, in the order of [`super::checks::CHECKS`].
    pub flags: Vec<FlagSummary>,
    /// Number of gaps.
    pub gap_count: usize,
    /// Slots that should have a row.
    pub missing_slots: i64,
    /// Slots of the longest gap.
    pub longest_gap: i64,
    /// The first gaps: row after the gap, its time, slots.
    pub gaps: Vec<(u32, i64, i64)>,
    /// Slots with a row + missing slots.
    pub expected_slots: i64,
    /// 1 − missing / expected.
    pub coverage: f64,
    /// No sessions, no slot missing, no row off the grid, at least one placeholder: somebody filled the holes.
    pub fully_filled: bool,
    /// The market closes at regular hours.
    pub sessions: bool,
    /// Quantiles of the close.
    pub close: Result<Quantiles, Undefined>,
    /// Quantiles of the volume.
    pub volume: Result<Quantiles, Undefined>,
    /// Hours at which the market is closed, in slots; 0 without sessions.
    pub closed_slots: i64,
    /// UTC days with a holiday; 0 without sessions.
    pub holidays: usize,
    /// Levels that jumped and stayed.
    pub level_jumps: Vec<LevelJump>,
    /// Columns that changed places on the way.
    pub swaps: Vec<Swap>,
    /// Moving candles with volume 0, where they are too many for a volume that can be trusted.
    pub untrusted_volume: Option<usize>,
    /// The gates of the file as delivered.
    pub judgement: Judgement,
    /// Rows that `drop` keeps.
    pub sufficiency: Sufficiency,
    /// The source's own rule on `valid_pct`.
    pub source_rule: Verdict,
}

impl Report {
    /// Counts and judges.
    pub fn of(market: &Market) -> Self {
        let taxonomy = taxonomy(market);
        let flags = flag_summaries(market);
        let grid = &market.grid;
        let source = source_numbers(market);
        let coverage = if grid.expected_slots > 0 {
            1.0 - grid.missing_slots as f64 / grid.expected_slots as f64
        } else {
            0.0
        };
        let source_rule = source_rule(market, &source);
        Self {
            table_2x2: table_2x2(market),
            tradable_rows: (0..market.candles.len()).filter(|&i| market.tradable(i)).count(),
            gap_count: grid.gaps.len(),
            missing_slots: grid.missing_slots,
            longest_gap: grid.gaps.iter().map(|gap| gap.missing_slots).max().unwrap_or(0),
            gaps: grid
                .gaps
                .iter()
                .take(LISTED_GAPS)
                .map(|&Gap { row, missing_slots }| {
                    (row as u32, market.candles.time_ms[row], missing_slots)
                })
                .collect(),
            expected_slots: grid.expected_slots,
            coverage,
            fully_filled: !grid.sessions
                && grid.missing_slots == 0
                && grid.off_grid.is_empty()
                && taxonomy.placeholder > 0,
            sessions: grid.sessions,
            closed_slots: grid.closed_slots,
            holidays: grid.holidays,
            close: quantiles(&market.candles.close),
            volume: quantiles(&market.candles.volume),
            level_jumps: level::jumps(market),
            swaps: market.plausibility.swaps.clone(),
            untrusted_volume: untrusted_volume(&taxonomy),
            judgement: market.judgement.clone(),
            sufficiency: Sufficiency { usable_rows: taxonomy.normal + taxonomy.single_print },
            source_rule,
            source,
            taxonomy,
            flags,
        }
    }

    /// The summary of one finding.
    pub fn flag(&self, key: &str) -> Option<&FlagSummary> {
        self.flags.iter().find(|flag| flag.key == key)
    }
}

/// The source's own rule on `valid_pct`.
pub fn source_rule(market: &Market, source: &SourceNumbers) -> Verdict {
    match &source.valid_pct {
        _ if !market.has_volume => Verdict::NotApplicable,
        Ok(value) if *value < SOURCE_RULE_PCT => Verdict::Fail,
        Ok(_) => Verdict::Pass,
        Err(_) => Verdict::NotApplicable,
    }
}

/// The source's six numbers of a file.
pub fn source_numbers(market: &Market) -> SourceNumbers {
    let raw = &market.raw;
    let total = raw.len();
    let mut volume_sum = 0.0;
    let mut volumes = 0;
    for &volume in raw.volume.iter().filter(|volume| !volume.is_nan()) {
        volume_sum += volume;
        volumes += 1;
    }
    let positive = raw.volume.iter().filter(|&&volume| volume > 0.0).count();
    let mean = |sum: f64, n: usize, missing: &'static str| {
        let value = sum / n as f64;
        if n == 0 {
            Err(Undefined::because(missing))
        } else if value.is_finite() {
            Ok(value)
        } else {
            Err(Undefined::because("an infinite value"))
        }
    };
    SourceNumbers {
        total_candles: total,
        zero_volume: raw.volume.iter().filter(|&&volume| volume == 0.0).count(),
        flat_candles: (0..total).filter(|&i| raw.high[i] == raw.low[i]).count(),
        valid_pct: mean(positive as f64 * 100.0, total, "no rows"),
        avg_volume: mean(volume_sum, volumes, "no volume in the file"),
        avg_atr_pct: average_atr_pct(market),
    }
}

/// Mean of Wilder's ATR / close over candles with finite positive prices, warm-up excluded, in percent.
fn average_atr_pct(market: &Market) -> Measure {
    let candles = &market.candles;
    let period = ATR_PERIOD as f64;
    let (mut seen, mut atr, mut previous_close) = (0_usize, 0.0, 0.0);
    let (mut sum, mut count) = (0.0, 0_usize);
    for i in 0..candles.len() {
        let [open, high, low, close, _] = candles.values(i);
        if ![open, high, low, close].iter().all(|price| *price > 0.0 && price.is_finite()) {
            continue;
        }
        let mut true_range = high - low;
        if seen > 0 {
            true_range =
                true_range.max((high - previous_close).abs()).max((low - previous_close).abs());
        }
        seen += 1;
        previous_close = close;
        if seen < ATR_PERIOD {
            atr += true_range;
            continue;
        }
        atr = if seen == ATR_PERIOD {
            (atr + true_range) / period
        } else {
            (atr * (period - 1.0) + true_range) / period
        };
        sum += atr / close;
        count += 1;
    }
    if count == 0 {
        return Err(Undefined::too_few(seen, ATR_PERIOD));
    }
    Ok(sum / count as f64 * 100.0)
}

fn table_2x2(market: &Market) -> Table2x2 {
    let raw = &market.raw;
    let mut table = Table2x2::default();
    for i in 0..raw.len() {
        let cell = match (raw.high[i] == raw.low[i], raw.volume[i] == 0.0) {
            (true, true) => &mut table.flat_zero_volume,
            (true, false) => &mut table.flat_with_volume,
            (false, true) => &mut table.range_zero_volume,
            (false, false) => &mut table.range_with_volume,
        };
        *cell += 1;
    }
    table
}

fn taxonomy(market: &Market) -> Taxonomy {
    let mut taxonomy = Taxonomy::default();
    for flags in &market.flags {
        let zero = market.has_volume && flags.has(RowFlags::ZERO_VOLUME);
        let kind = match (flags.has(RowFlags::BROKEN), flags.has(RowFlags::FLAT), zero) {
            (true, _, _) => &mut taxonomy.broken,
            (false, true, true) => &mut taxonomy.placeholder,
            (false, true, false) => &mut taxonomy.single_print,
            (false, false, true) => &mut taxonomy.impossible,
            (false, false, false) => &mut taxonomy.normal,
        };
        *kind += 1;
    }
    taxonomy
}

/// Candles that move without any volume, where they are more than one in a hundred of those that move: then the column says
/// something else than what was traded. Own choice.
const fn untrusted_volume(taxonomy: &Taxonomy) -> Option<usize> {
    let moving = taxonomy.impossible + taxonomy.normal;
    if taxonomy.impossible * 100 > moving { Some(taxonomy.impossible) } else { None }
}

fn flag_summaries(market: &Market) -> Vec<FlagSummary> {
    let rows = market.candles.len();
    let mut flags: Vec<FlagSummary> = FLAG_NAMES
        .iter()
        .enumerate()
        .map(|(bit, name)| {
            let flag = RowFlags::bit(bit);
            let found = (0..rows).filter(|&i| market.flags[i].has(flag)).map(|i| i as u32);
            summarise(name, found, rows)
        })
        .collect();
    let file_rows = market.raw.len();
    for (name, found) in [
        ("duplicate_exact", &market.duplicate_exact),
        ("duplicate_conflict", &market.duplicate_conflict),
        ("out_of_order", &market.out_of_order),
    ] {
        flags.push(summarise(name, found.iter().copied(), file_rows));
    }
    flags
}

fn summarise(key: &str, found: impl Iterator<Item = u32>, of: usize) -> FlagSummary {
    let mut summary = FlagSummary {
        key: key.to_owned(),
        count: 0,
        share: 0.0,
        first_rows: Vec::new(),
        run_first_row: 0,
        run_rows: 0,
    };
    let mut run = (0, 0);
    for row in found {
        summary.count += 1;
        if summary.first_rows.len() < FIRST_ROWS {
            summary.first_rows.push(row);
        }
        run = if run.1 > 0 && row == run.0 + run.1 { (run.0, run.1 + 1) } else { (row, 1) };
        if run.1 > summary.run_rows {
            (summary.run_first_row, summary.run_rows) = run;
        }
    }
    if of > 0 {
        summary.share = summary.count as f64 / of as f64;
    }
    summary
}

fn quantiles(column: &[f64]) -> Result<Quantiles, Undefined> {
    let mut values: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return Err(Undefined::because("no finite value"));
    }
    sort_numbers(&mut values);
    Ok(Quantiles(QUANTILES.iter().map(|(_, p)| crate::metrics::quantile(&values, *p)).collect()))
}

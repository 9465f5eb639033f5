//! Cleaning policies: which rows are used, which stay on the clock, and why. METHOD §4.

use super::cleaning::Cleaning;
use super::market::{Market, slots_between};
use super::source::{self, SourceScore};
use super::verdict::{self, Judgement, Outcome, Sufficiency, Usable};
use std::sync::Arc;

pub use super::source::CHECK_NAMES as SOURCE_CHECKS;
use crate::domain::{RowFlags, grouped, sort_short};
use crate::engine::Series;
use serde::{Deserialize, Serialize};

/// Fewest usable rows below which every result carries a warning.
pub const FEWEST_ROWS: usize = 1_000;

/// A named way to decide about rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Policy {
    /// Untradable rows stay on the clock: no entry, no exit, no indicator update on them.
    Mask,
    /// Untradable rows are removed.
    Drop,
    /// Like drop, and indicators and levels restart after long gaps.
    Segment,
    /// Every row with finite positive prices; for comparison only.
    Raw,
    /// The source's cleaner module, to the letter.
    SourceScore,
    /// The source's option A.
    SourceFilter,
    /// The source's option C.
    SourceFill,
}

impl Policy {
    /// Every policy, the sound ones first.
    pub const ALL: [Self; 7] = [
        Self::Mask,
        Self::Drop,
        Self::Segment,
        Self::Raw,
        Self::SourceScore,
        Self::SourceFilter,
        Self::SourceFill,
    ];

    /// Name in documents and options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Drop => "drop",
            Self::Segment => "segment",
            Self::Raw => "raw",
            Self::SourceScore => "source_score",
            Self::SourceFilter => "source_filter",
            Self::SourceFill => "source_fill",
        }
    }

    /// The policy of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// What it does, in a sentence or two.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Mask => {
                "Broken rows, placeholders and impossible rows stay on the clock but nothing happens in them: no entry, \
                 no exit, no indicator update. Time keeps its meaning."
            }
            Self::Drop => {
                "Removes broken, duplicate, placeholder and impossible rows. The rows that are left count as the clock."
            }
            Self::Segment => {
                "Like drop; where more than the allowed slots are missing or removed, ATR, means, levels and patterns \
                 restart. Open positions continue across the cut."
            }
            Self::Raw => {
                "Every row with finite positive prices is used, as the original method did. For comparison only."
            }
            Self::SourceScore => {
                "The cleaner that the original method recommends, to the letter: four checks a row in file order, kept at 3 of 4. It keeps \
                 broken rows, and its result depends on the sort order of the file."
            }
            Self::SourceFilter => {
                "Option A of the original method: volume above 0, a range above an absolute 0.0001, consistent prices. The absolute \
                 limit depends on the price scale."
            }
            Self::SourceFill => {
                "Option C of the original method: marks rows without volume, fills them forward and drops them again. That equals \
                 dropping rows without volume."
            }
        }
    }

    /// True when the same rows in any order give the same result and no row decides about an earlier one.
    pub const fn is_sound(self) -> bool {
        matches!(self, Self::Mask | Self::Drop | Self::Segment)
    }

    /// True when untradable rows stay on the clock.
    const fn keeps_clock(self) -> bool {
        matches!(self, Self::Mask | Self::Raw)
    }
}

/// What a rule did to its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Gone from the clock.
    Removed,
    /// On the clock, but not used.
    Masked,
}

impl Action {
    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Masked => "masked",
        }
    }
}

/// One step of the waterfall. A row is counted once, under the first rule that takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaterfallStep {
    /// The rule.
    pub rule: String,
    /// Rows it took.
    pub rows: usize,
    /// What became of them.
    pub action: Action,
    /// Rows left after it.
    pub left: usize,
}

/// Counts and reasons of one cleaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CleaningSummary {
    /// Policy and parameters.
    pub cleaning: Cleaning,
    /// Rows of the file.
    pub file_rows: usize,
    /// Rule by rule from the file to the usable rows.
    pub waterfall: Vec<WaterfallStep>,
    /// Usable rows.
    pub kept: usize,
    /// On the clock but not usable.
    pub masked: usize,
    /// Gone.
    pub removed: usize,
    /// Pieces over which indicators run.
    pub segments: usize,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The gates of the usable rows.
    pub judgement: Judgement,
    /// What becomes of the file.
    pub outcome: Outcome,
    /// The verdict in one line.
    pub line: String,
    /// The source's cleaner in detail.
    pub source_score: Option<SourceScore>,
}

impl CleaningSummary {
    /// Whether the usable rows are enough.
    pub const fn sufficiency(&self) -> Sufficiency {
        Sufficiency { usable_rows: self.kept }
    }

    /// Rows of the clock.
    pub const fn clock_rows(&self) -> usize {
        self.kept + self.masked
    }
}

/// The rows of a file under one policy.
#[derive(Clone, Debug)]
pub struct Cleaned {
    /// Counts and reasons.
    pub summary: CleaningSummary,
    /// What the engine runs on; shared with it, because it is large.
    pub series: Arc<Series>,
    /// File row of each clock row.
    pub clock_file_row: Vec<u32>,
    /// Per file row: 0 when usable, else 1 + the index of the waterfall step that took it.
    pub rule_of_row: Vec<u16>,
    /// The source's quality score per file row (source_score only).
    pub scores: Option<Vec<f64>>,
}

/// Builds the waterfall and the per-row reasons together, so that they cannot disagree.
pub(super) struct Ledger {
    steps: Vec<WaterfallStep>,
    rule_of_row: Vec<u16>,
    left: usize,
}

impl Ledger {
    pub(super) fn new(file_rows: usize) -> Self {
        Self { steps: Vec::new(), rule_of_row: vec![0; file_rows], left: file_rows }
    }

    /// Adds a rule and the file rows it takes; rows already taken are not taken again.
    pub(super) fn rule(
        &mut self,
        rule: &str,
        action: Action,
        file_rows: impl IntoIterator<Item = u32>,
    ) {
        let code = self.steps.len() as u16 + 1;
        let mut rows = 0;
        for row in file_rows {
            let slot = &mut self.rule_of_row[row as usize];
            if *slot == 0 {
                *slot = code;
                rows += 1;
            }
        }
        self.left -= rows;
        self.steps.push(WaterfallStep { rule: rule.to_owned(), rows, action, left: self.left });
    }

    pub(super) fn is_left(&self, row: u32) -> bool {
        self.rule_of_row[row as usize] == 0
    }

    fn is_on_clock(&self, row: u32) -> bool {
        match self.rule_of_row[row as usize] {
            0 => true,
            code => self.steps[code as usize - 1].action == Action::Masked,
        }
    }
}

/// Applies a policy.
pub fn clean(market: &Market, cleaning: &Cleaning) -> Cleaned {
    let Left { ledger, scores, source_score, clock_file_row, candle_of_row, series } =
        Left::of(market, cleaning, false);
    let usable = clock_file_row.iter().copied().filter(|&row| ledger.is_left(row));
    let judgement = judge(market, &candle_of_row, usable);
    let mut warnings = Vec::new();
    if series.len() < FEWEST_ROWS {
        warnings.push(insufficient(series.len()));
    }
    if cleaning.remove_spikes && cleaning.policy.is_sound() {
        warnings.push(
            "spikes are removed: not causal, since a spike is known only at the close of the next row"
                .to_owned(),
        );
    }
    let segments = if series.is_empty() {
        0
    } else {
        1 + series.segment_start.windows(2).filter(|pair| pair[0] != pair[1]).count()
    };
    let summary = CleaningSummary {
        cleaning: cleaning.clone(),
        file_rows: market.raw.len(),
        waterfall: ledger.steps,
        kept: series.len(),
        masked: clock_file_row.len() - series.len(),
        removed: market.raw.len() - clock_file_row.len(),
        segments,
        warnings,
        outcome: Outcome::of(market.judgement.verdict, judgement.verdict),
        line: verdict::line(&market.judgement, &judgement, cleaning.policy),
        judgement,
        source_score,
    };
    Cleaned { summary, series, clock_file_row, rule_of_row: ledger.rule_of_row, scores }
}

/// The rows that a policy leaves, without a judgement of them. With `single_prints` rows are set aside that one trade made, too;
/// that is no choice of a user, but shows how much hangs on such rows.
pub fn series_under(market: &Market, cleaning: &Cleaning, single_prints: bool) -> Arc<Series> {
    Left::of(market, cleaning, single_prints).series
}

/// What a policy leaves.
struct Left {
    ledger: Ledger,
    scores: Option<Vec<f64>>,
    source_score: Option<source::SourceScore>,
    clock_file_row: Vec<u32>,
    candle_of_row: Vec<u32>,
    series: Arc<Series>,
}

impl Left {
    fn of(market: &Market, cleaning: &Cleaning, single_prints: bool) -> Self {
        let mut ledger = Ledger::new(market.raw.len());
        let mut scores = None;
        let mut source_score = None;
        let clock_file_row = match cleaning.policy {
            Policy::Mask | Policy::Drop | Policy::Segment | Policy::Raw => {
                clean_market(market, cleaning, single_prints, &mut ledger);
                market.file_row.iter().copied().filter(|&row| ledger.is_on_clock(row)).collect()
            }
            Policy::SourceScore => {
                let (summary, values) = source::score(market, cleaning, &mut ledger);
                (source_score, scores) = (Some(summary), Some(values));
                source::finish(market, &mut ledger)
            }
            Policy::SourceFilter => {
                source::filter(market, &mut ledger);
                source::finish(market, &mut ledger)
            }
            Policy::SourceFill => {
                source::fill(market, &mut ledger);
                source::finish(market, &mut ledger)
            }
        };
        let candle_of_row = candle_of_row(market);
        let series = Arc::new(series(market, cleaning, &clock_file_row, &candle_of_row, &ledger));
        Self { ledger, scores, source_score, clock_file_row, candle_of_row, series }
    }
}

/// The refusal and warning text of METHOD §4.
pub fn insufficient(have: usize) -> String {
    format!(
        "insufficient quality data after cleaning: have {}, need {}",
        grouped(have),
        grouped(FEWEST_ROWS)
    )
}

fn clean_market(market: &Market, cleaning: &Cleaning, single_prints: bool, ledger: &mut Ledger) {
    let action = if cleaning.policy.keeps_clock() { Action::Masked } else { Action::Removed };
    ledger.rule("duplicate_exact", Action::Removed, market.duplicate_exact.iter().copied());
    ledger.rule("duplicate_conflict", Action::Removed, market.duplicate_conflict.iter().copied());
    let rows = |wanted: &dyn Fn(usize) -> bool| -> Vec<u32> {
        (0..market.candles.len()).filter(|&i| wanted(i)).map(|i| market.file_row[i]).collect()
    };
    if cleaning.policy == Policy::Raw {
        let unpriced = rows(&|i| !source::prices_are_positive(&market.candles.values(i)));
        ledger.rule("price_not_positive", action, unpriced);
        return;
    }
    let flags = |i: usize| market.flags[i];
    let empty = |i: usize| market.has_volume && flags(i).has(RowFlags::ZERO_VOLUME);
    ledger.rule("broken", action, rows(&|i| flags(i).has(RowFlags::BROKEN)));
    ledger.rule("placeholder", action, rows(&|i| empty(i) && flags(i).has(RowFlags::FLAT)));
    ledger.rule("impossible", action, rows(&|i| empty(i) && !flags(i).has(RowFlags::FLAT)));
    if single_prints && market.has_volume {
        ledger.rule("single_print", action, rows(&|i| !empty(i) && flags(i).has(RowFlags::FLAT)));
    }
    if cleaning.remove_spikes {
        ledger.rule("spike", action, rows(&|i| flags(i).has(RowFlags::SPIKE)));
    }
}

/// Candle of each file row; `u32::MAX` for rows that lost against a duplicate.
fn candle_of_row(market: &Market) -> Vec<u32> {
    let mut candles = vec![u32::MAX; market.raw.len()];
    for (candle, &row) in market.file_row.iter().enumerate() {
        candles[row as usize] = candle as u32;
    }
    candles
}

/// The gates of the rows that are used. A row that lost against a duplicate was never flagged: it is judged alone.
fn judge(market: &Market, candle_of_row: &[u32], usable: impl Iterator<Item = u32>) -> Judgement {
    let time = |row: u32| market.raw.time_ms[row as usize];
    let mut contested: Vec<i64> = market.duplicate_conflict.iter().map(|&row| time(row)).collect();
    contested.sort_unstable();
    let usable = usable.map(|row| {
        let candle = candle_of_row[row as usize] as usize;
        let own = market.flags.get(candle).copied();
        let at_its_time = own.or_else(|| {
            let candle = market.candles.time_ms.binary_search(&time(row)).ok()?;
            market.flags.get(candle).copied()
        });
        Usable {
            flags: own.unwrap_or_else(|| {
                super::flagging::of_values(market.raw.values(row as usize), market.has_volume)
            }),
            on_grid: at_its_time.is_some_and(|flags| !flags.has(RowFlags::OFF_GRID)),
            is_contested: !contested.is_empty() && contested.binary_search(&time(row)).is_ok(),
        }
    });
    verdict::of_usable(market, usable)
}

/// The usable rows of the clock as columns.
fn series(
    market: &Market,
    cleaning: &Cleaning,
    clock_file_row: &[u32],
    candle_of_row: &[u32],
    ledger: &Ledger,
) -> Series {
    let raw = &market.raw;
    let timeframe_ms = market.timeframe_ms.unwrap_or(0);
    let mut series = Series {
        has_volume: market.has_volume,
        timeframe_ms,
        clock_time_ms: clock_file_row.iter().map(|&row| raw.time_ms[row as usize]).collect(),
        ..Series::default()
    };
    let mut segment_start = 0;
    let mut previous_time = None;
    for (clock, &row) in clock_file_row.iter().enumerate() {
        if !ledger.is_left(row) {
            continue;
        }
        let [open, high, low, close, volume] = raw.values(row as usize);
        let time = raw.time_ms[row as usize];
        if cleaning.policy == Policy::Segment
            && let Some(previous) = previous_time
            && timeframe_ms > 0
            && slots_between(time - previous, timeframe_ms) > i64::from(cleaning.max_gap_bars)
        {
            segment_start = series.len() as u32;
        }
        previous_time = Some(time);
        // A row that lost against a duplicate was never flagged: judge it alone, without a spike flag.
        let candle = candle_of_row[row as usize];
        let flags = market.flags.get(candle as usize).copied();
        let sound = match (cleaning.policy, flags) {
            (Policy::Raw, _) => true,
            (_, Some(_)) => market.tradable(candle as usize),
            (_, None) => {
                super::market::tradable_values(raw.values(row as usize), market.has_volume)
            }
        };
        series.clock_row.push(clock as u32);
        series.open.push(open);
        series.high.push(high);
        series.low.push(low);
        series.close.push(close);
        series.volume.push(volume);
        series.segment_start.push(segment_start);
        series.sound.push(sound);
        series.spike.push(flags.is_some_and(|flags| flags.has(RowFlags::SPIKE)));
    }
    series
}

/// Rows on which two policies disagree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDiff {
    /// File rows used by the first policy alone, with the second's reason.
    pub only_first: usize,
    /// File rows used by the second policy alone, with the first's reason.
    pub only_second: usize,
    /// Rows by the pair of reasons (`kept` where used), most rows first.
    pub by_reason: Vec<(String, String, usize)>,
    /// The first file rows in disagreement with both reasons.
    pub first_rows: Vec<(u32, String, String)>,
}

impl Cleaned {
    /// Why a file row is not used, or `kept`.
    pub fn reason(&self, row: usize) -> &str {
        match self.rule_of_row[row] {
            0 => "kept",
            code => &self.summary.waterfall[code as usize - 1].rule,
        }
    }

    /// The rows on which this policy and another disagree, with both reasons.
    pub fn diff(&self, other: &Self, listed: usize) -> PolicyDiff {
        let mut diff = PolicyDiff::default();
        let mut pairs = std::collections::BTreeMap::<(String, String), usize>::new();
        for row in 0..self.rule_of_row.len() {
            let (first, second) = (self.rule_of_row[row] == 0, other.rule_of_row[row] == 0);
            if first == second {
                continue;
            }
            if first {
                diff.only_first += 1;
            } else {
                diff.only_second += 1;
            }
            let pair = (self.reason(row).to_owned(), other.reason(row).to_owned());
            if diff.first_rows.len() < listed {
                diff.first_rows.push((row as u32, pair.0.clone(), pair.1.clone()));
            }
            *pairs.entry(pair).or_default() += 1;
        }
        diff.by_reason = pairs.into_iter().map(|((a, b), rows)| (a, b, rows)).collect();
        // The map has them by reason.
        sort_short(&mut diff.by_reason, |a, b| a.2 > b.2);
        diff
    }
}

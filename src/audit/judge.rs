//! One market by the gates that hold for it.

use super::gates::{AGE_HOURS, AUDIT_GATES, Gates, Threshold, USABLE_ROWS, VALID_PCT};
use crate::domain::{HOUR_MS, Measure, RowFlags, Undefined, sort_short};
use crate::quality::checks::Verdict;
use crate::quality::report::{SourceNumbers, source_numbers, source_rule};
use crate::quality::{Cleaning, Judgement, Market, Sufficiency, clean};
use crate::universe::{Key, Named, of_calendar};
use serde::{Deserialize, Serialize};

/// Judgement of a gate of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditVerdict {
    /// Judged.
    Judged(Verdict),
    /// Switched off by the file of gates.
    Off,
}

impl AuditVerdict {
    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Judged(verdict) => verdict.name(),
            Self::Off => "off",
        }
    }
}

/// A gate with its number.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedGate {
    /// Place in [`AUDIT_GATES`].
    pub index: usize,
    /// The number.
    pub value: Measure,
    /// What was counted, of how many, and in how many runs; `None` for what is no count.
    pub counts: Option<(usize, usize, usize)>,
    /// Thresholds that held; `None` where the gate is off.
    pub threshold: Option<Threshold>,
    /// The judgement.
    pub verdict: AuditVerdict,
}

/// A market of an audit.
#[derive(Clone, Debug)]
pub struct AuditMarket {
    /// Symbol, venue, timeframe.
    pub key: Key,
    /// Its files.
    pub files: Vec<String>,
    /// Candles.
    pub rows: usize,
    /// First and last time, ms.
    pub times_ms: Option<(i64, i64)>,
    /// The source's six numbers.
    pub source: SourceNumbers,
    /// The source's own rule.
    pub source_rule: Verdict,
    /// Every gate, in the order of [`AUDIT_GATES`].
    pub gates: Vec<JudgedGate>,
    /// Tables of the file of gates that were applied.
    pub overrides: Vec<usize>,
    /// The worst gate.
    pub verdict: Verdict,
    /// Rows that `drop` keeps.
    pub sufficiency: Sufficiency,
    /// Gates of the rows that `mask` keeps, by METHOD's own thresholds.
    pub after_mask: Judgement,
    /// Who told symbol and venue, where that is known.
    pub named: Option<Named>,
    /// The market's number on a page.
    pub number: Option<u32>,
}

impl AuditMarket {
    /// The same with its number on a page.
    #[must_use]
    pub fn numbered(self, number: u32) -> Self {
        Self { number: Some(number), ..self }
    }

    /// Keys of the gates at a verdict.
    pub fn at(&self, verdict: Verdict) -> Vec<&'static str> {
        let at = |gate: &&JudgedGate| gate.verdict == AuditVerdict::Judged(verdict);
        self.gates.iter().filter(at).map(|gate| AUDIT_GATES[gate.index].key).collect()
    }
}

/// All markets of an audit.
#[derive(Clone, Debug)]
pub struct Audited {
    /// In the order of the market table: ascending `valid_pct`, undefined last, then symbol, venue, timeframe.
    pub markets: Vec<AuditMarket>,
    /// Markets below the source's limit, and those that have the number.
    pub below_70: (usize, usize),
    /// The worst market; passes where there is none.
    pub verdict: Verdict,
}

impl Audited {
    /// Sorts and counts.
    pub fn new(mut markets: Vec<AuditMarket>) -> Self {
        let share = |market: &AuditMarket| market.source.valid_pct.as_ref().ok().copied();
        sort_short(&mut markets, |a, b| {
            let order = |market: &AuditMarket| share(market).unwrap_or(f64::INFINITY);
            let by_share = order(a).total_cmp(&order(b));
            by_share.then_with(|| a.key.in_words().cmp(&b.key.in_words())).is_lt()
        });
        let known: Vec<f64> = markets.iter().filter_map(share).collect();
        let below = known.iter().filter(|share| **share < crate::universe::SOURCE_LIMIT).count();
        let verdict = markets.iter().map(|market| market.verdict).max().unwrap_or(Verdict::Pass);
        Self { below_70: (below, known.len()), verdict, markets }
    }
}

/// Rows at which something holds, and runs of neighbours among them.
fn counted(rows: usize, is: impl Fn(usize) -> bool) -> (usize, usize) {
    let (mut count, mut runs, mut before) = (0, 0, false);
    for row in 0..rows {
        let here = is(row);
        count += usize::from(here);
        runs += usize::from(here && !before);
        before = here;
    }
    (count, runs)
}

/// What is known of a market: all that its gates are judged by, without its rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    key: Key,
    files: Vec<String>,
    rows: usize,
    times_ms: Option<(i64, i64)>,
    /// Length of a row, ms; 0 where it is not known.
    row_ms: i64,
    source: SourceNumbers,
    source_rule: Verdict,
    /// Values of the gates of the report, and what is counted for each gate.
    delivered: Judgement,
    counts: [(usize, usize, usize); COUNTED],
    usable: Sufficiency,
    after_mask: Judgement,
    named: Option<Named>,
}

/// Gates whose numbers are counts.
const COUNTED: usize = 9;

impl Facts {
    /// Of a market with its files.
    pub fn of(mut key: Key, files: Vec<String>, market: &Market) -> Self {
        key.timeframe_ms = key.timeframe_ms.or(market.timeframe_ms).map(of_calendar);
        let (candles, grid) = (&market.candles, &market.grid);
        let rows = candles.len();
        let has = |row: usize, flag: RowFlags| market.flags[row].has(flag);
        let is_empty = |row: usize| market.has_volume && has(row, RowFlags::ZERO_VOLUME);
        let of_rows = |(count, runs): (usize, usize)| (count, rows, runs);
        let broken = counted(rows, |row| has(row, RowFlags::BROKEN));
        let untradable = counted(rows, |row| !has(row, RowFlags::BROKEN) && is_empty(row));
        let prints = counted(rows, |row| {
            !has(row, RowFlags::BROKEN) && !is_empty(row) && has(row, RowFlags::FLAT)
        });
        let (missing, conflicts) = (grid.missing_slots as usize, market.duplicate_conflict.len());
        let usable = Sufficiency { usable_rows: rows - broken.0 - untradable.0 };
        let counts = [
            of_rows(broken),
            of_rows(untradable),
            of_rows(prints),
            (missing, grid.expected_slots as usize, grid.gaps.len()),
            (conflicts, market.raw.len(), conflicts),
            of_rows(counted(rows, |row| has(row, RowFlags::SPIKE))),
            of_rows(counted(rows, |row| has(row, RowFlags::STUCK))),
            (grid.steps_of_one, grid.steps_judged, grid.steps_of_one),
            (usable.usable_rows, rows, usable.usable_rows),
        ];
        let mut source = source_numbers(market);
        let source_rule = source_rule(market, &source);
        if !market.has_volume {
            let reason = || Err(Undefined::because("not applicable: no volume"));
            (source.valid_pct, source.avg_volume) = (reason(), reason());
        }
        Self {
            key,
            files,
            rows,
            times_ms: candles.time_ms.first().copied().zip(candles.time_ms.last().copied()),
            row_ms: market.timeframe_ms.unwrap_or(0),
            source,
            source_rule,
            delivered: market.judgement.clone(),
            counts,
            usable,
            after_mask: clean::clean(market, &Cleaning::default()).summary.judgement,
            named: None,
        }
    }

    /// The same, with who told symbol and venue.
    #[must_use]
    pub fn told_by(self, named: Named) -> Self {
        Self { named: Some(named), ..self }
    }

    /// The number of a gate.
    fn value(&self, index: usize, now_ms: Option<i64>) -> Measure {
        match index {
            USABLE_ROWS => Ok(self.usable.usable_rows as f64),
            VALID_PCT => self.source.valid_pct.clone(),
            AGE_HOURS => match (now_ms, self.times_ms) {
                (None, _) => Err(Undefined::because("no clock")),
                (_, None) => Err(Undefined::because("no row")),
                // A row is known from its close on.
                (Some(now), Some((_, last))) => {
                    let age_ms = i128::from(now) - i128::from(last) - i128::from(self.row_ms);
                    Ok(age_ms as f64 / HOUR_MS as f64)
                }
            },
            // The gates of the report, in the same order.
            index => self.delivered.gates[index].value.clone(),
        }
    }

    /// Judges by the gates that hold for it. `now_ms` is the time that its age counts to, where there is a clock.
    pub fn judge(self, gates: &Gates, now_ms: Option<i64>) -> AuditMarket {
        let holding = gates.of(&self.key);
        let mut judged = Vec::new();
        for (index, gate) in AUDIT_GATES.iter().enumerate() {
            if gate.is_asked && !holding.is_set[index] {
                continue;
            }
            let value = self.value(index, now_ms);
            let threshold = holding.thresholds[index];
            let delivered = self.delivered.gates.get(index);
            let applies = delivered.is_none_or(|gate| gate.verdict != Verdict::NotApplicable);
            let verdict = match (threshold, &value) {
                (None, _) => AuditVerdict::Off,
                (Some(threshold), Ok(value)) if applies => {
                    AuditVerdict::Judged(verdict_of(gate.bad_above, threshold, *value))
                }
                _ => AuditVerdict::Judged(Verdict::NotApplicable),
            };
            let counts = self.counts.get(index).copied();
            judged.push(JudgedGate { index, value, counts, threshold, verdict });
        }
        let worst = judged.iter().filter_map(|gate| match gate.verdict {
            AuditVerdict::Judged(verdict) => Some(verdict),
            AuditVerdict::Off => None,
        });
        AuditMarket {
            verdict: worst.max().unwrap_or(Verdict::NotApplicable),
            after_mask: self.after_mask,
            key: self.key,
            files: self.files,
            rows: self.rows,
            times_ms: self.times_ms,
            source: self.source,
            source_rule: self.source_rule,
            gates: judged,
            overrides: holding.overrides,
            sufficiency: self.usable,
            named: self.named,
            number: None,
        }
    }
}

fn verdict_of(bad_above: bool, threshold: Threshold, value: f64) -> Verdict {
    let beyond = |limit: Option<f64>| {
        limit.is_some_and(|limit| if bad_above { value > limit } else { value < limit })
    };
    if beyond(threshold.fail) {
        Verdict::Fail
    } else if beyond(threshold.warn) {
        Verdict::Warn
    } else {
        Verdict::Pass
    }
}

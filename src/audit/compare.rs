//! Two audits of the same markets: what got worse, and whether that is more than noise.

use super::gates::{AUDIT_GATES, Threshold, USABLE_ROWS};
use super::judge::{AuditMarket, JudgedGate};
use crate::domain::{Measure, Undefined, sort_short, timeframe_label};
use serde_json::Value;

/// Usable rows over those before, below which a market is worse.
const ROWS_LEFT: f64 = 0.95;
/// Smallest difference of a share that counts, and how many standard errors it must be.
const NOISE: (f64, f64) = (0.001, 3.0);

/// What became of a market or a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing beyond noise.
    Same,
    /// Worse.
    Worse,
    /// Better.
    Better,
    /// It was not there before.
    New,
    /// It is not there any more; that is worse.
    Gone,
}

impl Change {
    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Worse => "worse",
            Self::Better => "better",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }

    /// It is a reason to look.
    pub const fn is_worse(self) -> bool {
        matches!(self, Self::Worse | Self::Gone)
    }
}

/// Why a gate changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// Another verdict.
    Verdict {
        /// Before.
        old: String,
        /// Now.
        new: &'static str,
        /// Its thresholds are others, so the data need not have changed.
        other_limits: bool,
    },
    /// A share that differs by more than noise.
    Noise {
        /// Bad share before.
        old: f64,
        /// Bad share now; of a file that grew, of the added rows.
        new: f64,
        /// Largest difference that noise makes.
        allowance: f64,
    },
    /// Fewer usable rows than 95 % of those before.
    Rows,
}

impl Why {
    /// Name in documents.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Verdict { .. } => "verdict",
            Self::Noise { .. } => "noise",
            Self::Rows => "rows",
        }
    }
}

/// A gate that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct GateChange {
    /// Place in [`AUDIT_GATES`].
    pub index: usize,
    /// Number before.
    pub old: Measure,
    /// Number now.
    pub new: Measure,
    /// Worse or better.
    pub change: Change,
    /// Why.
    pub why: Why,
}

/// A market in both audits, or in one.
#[derive(Clone, Debug, PartialEq)]
pub struct MarketChange {
    /// Symbol, or `unknown`.
    pub symbol: String,
    /// Venue, or `unknown`.
    pub venue: String,
    /// Timeframe, or `unknown`.
    pub timeframe: String,
    /// What became of it.
    pub change: Change,
    /// Rows were added at its end; then the added rows are compared.
    pub grew: bool,
    /// What changed.
    pub gates: Vec<GateChange>,
}

/// Two audits side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// By symbol, venue and timeframe.
    pub markets: Vec<MarketChange>,
}

impl Comparison {
    /// Markets that are worse or gone.
    pub fn worse(&self) -> usize {
        self.markets.iter().filter(|market| market.change.is_worse()).count()
    }

    /// Markets that are better.
    pub fn better(&self) -> usize {
        self.markets.iter().filter(|market| market.change == Change::Better).count()
    }
}

/// A gate of an earlier audit.
#[derive(Clone, Debug)]
struct OldGate {
    index: usize,
    value: Measure,
    counts: Option<Counts>,
    verdict: String,
    threshold: Threshold,
}

#[derive(Clone, Debug)]
struct OldMarket {
    words: [String; 3],
    files: Vec<String>,
    rows: u64,
    times_ms: Option<(i64, i64)>,
    gates: Vec<OldGate>,
}

/// An earlier audit, as far as it is compared.
#[derive(Clone, Debug)]
pub struct Previous {
    markets: Vec<OldMarket>,
}

impl Previous {
    /// Reads the document of an audit.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let schema = document.get("schema").and_then(Value::as_str).unwrap_or("none");
        if schema != super::SCHEMA {
            return Err(format!(
                "is no audit: its schema is \"{schema}\", and that of an audit is \"{}\"",
                super::SCHEMA
            ));
        }
        let markets = document.get("markets").and_then(Value::as_array);
        let markets = markets.ok_or("is no whole audit: it has no list of markets")?;
        let markets = markets.iter().enumerate().map(|(at, market)| {
            old_market(market)
                .ok_or_else(|| format!("is no whole audit: market {} lacks a value", at + 1))
        });
        Ok(Self { markets: markets.collect::<Result<_, String>>()? })
    }
}

fn old_market(market: &Value) -> Option<OldMarket> {
    let word = |key: &str| market.get(key).and_then(Value::as_str).map(str::to_owned);
    let time = |key: &str| market.get(key).and_then(Value::as_i64);
    let gates = market.get("gates")?.as_array()?.iter().filter_map(old_gate).collect();
    let files = market.get("files").and_then(Value::as_array).into_iter().flatten();
    let files = files.filter_map(Value::as_str).map(str::to_owned).collect();
    Some(OldMarket {
        words: [word("symbol")?, word("venue")?, word("timeframe")?],
        files,
        rows: market.get("rows")?.as_u64()?,
        times_ms: time("first_time_ms").zip(time("last_time_ms")),
        gates,
    })
}

/// A gate; one that this version does not know is none.
fn old_gate(gate: &Value) -> Option<OldGate> {
    let number = |key: &str| gate.get(key).and_then(Value::as_f64);
    let key = gate.get("key")?.as_str()?;
    Some(OldGate {
        index: AUDIT_GATES.iter().position(|own| own.key == key)?,
        value: number("value").ok_or(Undefined::because("not known")),
        counts: number("count")
            .zip(number("of"))
            .zip(number("runs"))
            .map(Counts::new)
            .filter(|own| (0.0..=own.of).contains(&own.count) && own.runs >= 0.0),
        verdict: gate.get("verdict")?.as_str()?.to_owned(),
        threshold: Threshold { warn: number("threshold_warn"), fail: number("threshold_fail") },
    })
}

/// What was counted, of how many, in how many runs.
#[derive(Clone, Copy, Debug)]
struct Counts {
    count: f64,
    of: f64,
    runs: f64,
}

impl Counts {
    const fn new(((count, of), runs): ((f64, f64), f64)) -> Self {
        Self { count, of, runs }
    }

    /// What was added since; `None` where less is there than was.
    fn since(self, old: Self) -> Option<Self> {
        let more = Self {
            count: self.count - old.count,
            of: self.of - old.of,
            runs: self.runs - old.runs,
        };
        let is_possible = (0.0..=more.of).contains(&more.count) && more.runs >= 0.0;
        (more.of > 0.0 && is_possible).then_some(more)
    }

    fn bad(self, bad_above: bool) -> f64 {
        if bad_above { self.count } else { self.of - self.count }
    }
}

/// Whether two shares differ by more than noise. Bad rows come in runs, so a file holds less evidence than rows: L rows a run
/// make the variance 2L − 1 times as large.
fn noise(old: Counts, new: Counts, bad_above: bool) -> Option<(Change, Why)> {
    let share = |counts: Counts| counts.bad(bad_above) / counts.of;
    let p = (old.bad(bad_above) + new.bad(bad_above)) / (old.of + new.of);
    let runs = old.runs + new.runs;
    let length = if runs > 0.0 { (old.count + new.count) / runs } else { 1.0 };
    let variance = p * (1.0 - p) * (2.0 * length - 1.0) * (1.0 / old.of + 1.0 / new.of);
    let allowance = NOISE.0.max(NOISE.1 * f64::sqrt(variance.max(0.0)));
    let by = share(new) - share(old);
    let change = match by {
        by if by > allowance => Change::Worse,
        by if -by > allowance => Change::Better,
        _ => return None,
    };
    Some((change, Why::Noise { old: share(old), new: share(new), allowance }))
}

/// How bad a verdict is; `None` for one that judges nothing.
fn rank(verdict: &str) -> Option<usize> {
    ["pass", "warn", "fail"].iter().position(|name| *name == verdict)
}

/// Gates that say nothing any more when a market lost its volume: that is worse, not unknown.
const NEED_VOLUME: [&str; 3] = ["untradable", "single_print", "valid_pct"];

fn gate_change(old: &OldGate, new: &JudgedGate, grew: bool) -> Option<GateChange> {
    let name = new.verdict.name();
    let changed = |change: Change, why: Why| {
        let (old, new_value) = (old.value.clone(), new.value.clone());
        Some(GateChange { index: new.index, old, new: new_value, change, why })
    };
    let verdict = || Why::Verdict {
        old: old.verdict.clone(),
        new: name,
        other_limits: old.threshold != new.threshold.unwrap_or_default(),
    };
    let is_lost = rank(name).is_none()
        && new.threshold.is_some()
        && NEED_VOLUME.contains(&AUDIT_GATES[new.index].key);
    if rank(&old.verdict).is_some() && is_lost {
        return changed(Change::Worse, verdict());
    }
    let (before, now) = rank(&old.verdict).zip(rank(name))?;
    if now > before {
        return changed(Change::Worse, verdict());
    }
    let by_number = number_change(old, new, grew);
    if now < before {
        // Another threshold may call better what became worse.
        return match by_number {
            Some((Change::Worse, why)) => changed(Change::Worse, why),
            _ => changed(Change::Better, verdict()),
        };
    }
    let (change, why) = by_number?;
    changed(change, why)
}

/// What became of a gate's number beyond what chance does, whatever its verdict.
fn number_change(old: &OldGate, new: &JudgedGate, grew: bool) -> Option<(Change, Why)> {
    if new.index == USABLE_ROWS {
        let (before, now) = (old.value.as_ref().ok()?, new.value.as_ref().ok()?);
        return (*now < ROWS_LEFT * before).then_some((Change::Worse, Why::Rows));
    }
    let (count, of, runs) = new.counts?;
    let whole = Counts { count: count as f64, of: of as f64, runs: runs as f64 };
    let before = old.counts.filter(|before| before.of > 0.0)?;
    if whole.of <= 0.0 {
        return None;
    }
    let compared = if grew { whole.since(before).unwrap_or(whole) } else { whole };
    noise(before, compared, AUDIT_GATES[new.index].bad_above)
}

fn words(market: &AuditMarket) -> [String; 3] {
    let known = |word: &Option<String>| word.clone().unwrap_or_else(|| "unknown".to_owned());
    let timeframe = market.key.timeframe_ms.map(timeframe_label);
    [known(&market.key.symbol), known(&market.key.venue), known(&timeframe)]
}

fn named([symbol, venue, timeframe]: [String; 3], change: Change) -> MarketChange {
    MarketChange { symbol, venue, timeframe, change, grew: false, gates: Vec::new() }
}

fn pair(old: &OldMarket, new: &AuditMarket) -> MarketChange {
    let grew =
        old.times_ms.zip(new.times_ms).is_some_and(|(old, new)| old.0 == new.0 && new.1 > old.1)
            && new.rows as u64 > old.rows;
    let gates: Vec<GateChange> = new
        .gates
        .iter()
        .filter_map(|gate| {
            let before = old.gates.iter().find(|before| before.index == gate.index)?;
            gate_change(before, gate, grew)
        })
        .collect();
    let has = |change: Change| gates.iter().any(|gate| gate.change == change);
    let change = if has(Change::Worse) {
        Change::Worse
    } else if has(Change::Better) {
        Change::Better
    } else {
        Change::Same
    };
    MarketChange { grew, gates, ..named(words(new), change) }
}

/// Another market of this name has a file of the earlier one: it is that one's.
fn others_share(old: &OldMarket, markets: &[AuditMarket]) -> bool {
    let of_name = markets.iter().filter(|market| words(market) == old.words);
    of_name.into_iter().any(|market| market.files.iter().any(|file| old.files.contains(file)))
}

/// Holds the markets of an audit against those of an earlier one. Of several under one name those are a pair that have a file
/// in common; what is left is taken in its order.
pub fn compare(previous: &Previous, markets: &[AuditMarket]) -> Comparison {
    let mut before: Vec<&OldMarket> = previous.markets.iter().collect();
    let mut found: Vec<(Option<i64>, MarketChange)> = Vec::new();
    for market in markets {
        let own = words(market);
        let same = |old: &&OldMarket| old.words == own;
        let shares = |old: &&OldMarket| old.files.iter().any(|file| market.files.contains(file));
        let at = before
            .iter()
            .position(|old| same(old) && shares(old))
            .or_else(|| before.iter().position(|old| same(old) && !others_share(old, markets)));
        let change = match at {
            Some(at) => pair(before.remove(at), market),
            None => named(own, Change::New),
        };
        found.push((market.key.timeframe_ms, change));
    }
    found.extend(before.iter().map(|old| (None, named(old.words.clone(), Change::Gone))));
    sort_short(&mut found, |(a_ms, a), (b_ms, b)| {
        let by_name = a.symbol.cmp(&b.symbol).then_with(|| a.venue.cmp(&b.venue));
        by_name.then(a_ms.cmp(b_ms)).then_with(|| a.timeframe.cmp(&b.timeframe)).is_lt()
    });
    Comparison { markets: found.into_iter().map(|(_, change)| change).collect() }
}

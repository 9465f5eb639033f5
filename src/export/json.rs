//! The document `cleansweep/1`: UTF-8 JSON, snake_case, no null and no NaN; an undefined number is `{"undefined": "reason"}`.

use crate::backtest::Window;
use crate::diagnose::{ENGINE_ALONE, Funnel, Removal};
use crate::domain::{Measure, Origin, Rejection, Trade, Undefined, hex};
use crate::engine::{Backtest, ENGINE_CONDITIONS, ENGINE_STAGES, Outcome, Series};
use crate::import::Diagnostics;
use crate::metrics::{Grid, GridUnit, METRICS};
use crate::quality::checks::SOURCE_RULE_PCT;
use crate::quality::clean::CleaningSummary;
use crate::quality::report::{QUANTILES, Quantiles};
use crate::quality::verdict::Gate;
use crate::quality::{Judgement, Market, Report, Sufficiency};
use crate::strategy::{OriginKind, OriginSpec, Params, Strategy};
use crate::validate::{
    Bootstrap, ENTRY_REPLICATES, NullOf, ROSETTA, RandomEntries, VALIDATION, Validation,
};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Name and version of the document's form.
pub const SCHEMA: &str = "cleansweep/1";

/// A top-level section.
pub type Section = (&'static str, Value);

/// A document under construction: sections in order.
#[derive(Clone, Debug)]
pub struct Document(Map<String, Value>);

impl Default for Document {
    fn default() -> Self {
        Self::of(SCHEMA)
    }
}

impl Document {
    /// An empty document of another form.
    pub(super) fn of(schema: &str) -> Self {
        let mut map = Map::new();
        map.insert("schema".to_owned(), schema.into());
        Self(map)
    }

    /// Appends a section.
    pub fn add(&mut self, (name, value): Section) {
        self.0.insert(name.to_owned(), value);
    }

    /// The text, indented, with a final newline.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.0).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The document as a value.
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// An object with its keys in order. `json!` would carry a serialiser for every value it is given, and code to insert each.
macro_rules! obj {
    ({ $($key:literal: $value:expr),* $(,)? }) => {
        $crate::export::json::build(&mut [$(($key, serde_json::Value::from($value))),*])
    };
}
pub(super) use obj;

/// The one function behind [`obj`].
#[inline(never)]
pub(super) fn build(pairs: &mut [(&str, Value)]) -> Value {
    let pairs = pairs.iter_mut().map(|(key, value)| ((*key).to_owned(), value.take()));
    Value::Object(pairs.collect())
}

/// A value with a serialiser of its own.
fn derived<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Why there is no number.
pub(super) fn undefined(reason: &str) -> Value {
    obj!({ "undefined": reason })
}

/// A number, or its reason.
pub fn measure(value: &Measure) -> Value {
    match value {
        Ok(value) => number(*value),
        Err(Undefined(reason)) => undefined(reason),
    }
}

pub(super) fn number(value: f64) -> Value {
    if value.is_finite() { value.into() } else { undefined("not finite") }
}

pub(super) fn object<'a, V: Into<Value>>(pairs: impl IntoIterator<Item = (&'a str, V)>) -> Value {
    Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
}

/// Rows of a finding that are listed in full.
const LISTED_ROWS: usize = 1_000;

/// Section `input`.
pub fn input(market: &Market) -> Section {
    let times = &market.candles.time_ms;
    let time =
        |time: Option<&i64>| time.map_or_else(|| undefined("no rows"), |ms| Value::from(*ms));
    let few = || undefined(&Undefined::too_few(times.len(), 2).to_string());
    (
        "input",
        obj!({
            "file_rows": market.raw.len(),
            "rows": times.len(),
            "first_time_ms": time(times.first()),
            "last_time_ms": time(times.last()),
            "timeframe_ms": market.timeframe_ms.map_or_else(few, Value::from),
            "timeframe_confidence":
                market.timeframe_ms.map_or_else(few, |_| Value::from(market.timeframe_confidence)),
            "order": obj!({
                "name": market.order.name(),
                "steps_up": market.order.steps_up,
                "steps_down": market.order.steps_down,
                "steps_equal": market.order.steps_equal,
                "out_of_order_rows": market.out_of_order.len(),
            }),
            "duplicates": obj!({
                "exact": market.duplicate_exact.len(),
                "conflict": market.duplicate_conflict.len(),
            }),
            "has_volume": market.has_volume,
        }),
    )
}

fn quantiles(values: &Result<Quantiles, Undefined>) -> Value {
    match values {
        Ok(Quantiles(values)) => {
            object(QUANTILES.iter().zip(values).map(|((name, _), value)| (*name, number(*value))))
        }
        Err(Undefined(reason)) => undefined(reason),
    }
}

fn gates(judgement: &Judgement) -> Value {
    let gate = |gate: &Gate| {
        let spec = gate.spec();
        obj!({
            "key": spec.key,
            "value": measure(&gate.value),
            "bad_when": if spec.bad_above { "above" } else { "below" },
            "threshold_warn": spec.warn,
            "threshold_fail": spec.fail,
            "verdict": gate.verdict.name(),
        })
    };
    judgement.gates.iter().map(gate).collect()
}

fn worst(judgement: &Judgement) -> Value {
    judgement.worst().iter().map(|gate| gate.spec().key).collect()
}

pub(super) fn sufficiency(rows: Sufficiency) -> Value {
    obj!({
        "usable_rows": rows.usable_rows,
        "backtest": rows.backtest(),
        "search": rows.search(),
    })
}

/// Rows with values that no market prints, with their lines, and columns that changed places.
fn plausibility(report: &Report, market: &Market, line_of: &impl Fn(u32) -> u32) -> Value {
    let all = &market.plausibility.rows;
    let rows = &all[..all.len().min(LISTED_ROWS)];
    let swaps: Vec<Value> = report
        .swaps
        .iter()
        .map(|swap| {
            obj!({
                "row": swap.row,
                "line": line_of(swap.row),
                "rows": swap.rows,
                "columns": [swap.columns.0.as_str(), swap.columns.1.as_str()],
            })
        })
        .collect();
    obj!({
        "count": all.len(),
        "rows": rows,
        "lines": rows.iter().map(|row| line_of(*row)).collect::<Vec<_>>(),
        "swaps": swaps,
        "moving_rows_without_volume": report.untrusted_volume.unwrap_or(0),
    })
}

/// Section `report`.
pub fn report(
    report: &Report,
    market: &Market,
    remarks: &[String],
    line_of: impl Fn(u32) -> u32,
) -> Section {
    // Implausible rows have a section of their own, with lines.
    let flags = report.flags.iter().filter(|flag| flag.key != "implausible").map(|flag| {
        (
            flag.key.as_str(),
            obj!({
                "count": flag.count,
                "share": flag.share,
                "first_rows": flag.first_rows.as_slice(),
                "longest_run": obj!({ "first_row": flag.run_first_row, "rows": flag.run_rows }),
            }),
        )
    });
    let gaps: Vec<Value> = report
        .gaps
        .iter()
        .map(|(row, time_ms, slots)| {
            obj!({ "row": *row, "time_ms": *time_ms, "missing_slots": *slots })
        })
        .collect();
    (
        "report",
        obj!({
            "source": obj!({
                "total_candles": report.source.total_candles,
                "zero_volume": report.source.zero_volume,
                "flat_candles": report.source.flat_candles,
                "valid_pct": measure(&report.source.valid_pct),
                "avg_volume": measure(&report.source.avg_volume),
                "avg_atr_pct": measure(&report.source.avg_atr_pct),
            }),
            "table_2x2": derived(&report.table_2x2),
            "taxonomy": derived(&report.taxonomy),
            "tradable_rows": report.tradable_rows,
            "flags": object(flags),
            "gaps": obj!({
                "count": report.gap_count,
                "missing_slots": report.missing_slots,
                "longest_slots": report.longest_gap,
                "list": gaps,
            }),
            "grid": obj!({
                "expected_slots": report.expected_slots,
                "coverage": report.coverage,
                "fully_filled": report.fully_filled,
                "sessions": report.sessions,
                "closed_slots": report.closed_slots,
                "holidays": report.holidays,
            }),
            "level_jumps": report.level_jumps.iter().map(|jump| obj!({
                "time_ms": jump.time_ms,
                "ratio": jump.ratio,
                "nearest_split": jump.nearest_split.as_str(),
                "line": line_of(jump.row),
            })).collect::<Vec<_>>(),
            "plausibility": plausibility(report, market, &line_of),
            "remarks": remarks,
            "distribution": obj!({
                "close": quantiles(&report.close),
                "volume": quantiles(&report.volume),
            }),
            "gates": gates(&report.judgement),
            "verdict": report.judgement.verdict.name(),
            "worst": worst(&report.judgement),
            "sufficiency": sufficiency(report.sufficiency),
            "source_rule": obj!({
                "key": "valid_pct",
                "value": measure(&report.source.valid_pct),
                "threshold_fail": SOURCE_RULE_PCT,
                "verdict": report.source_rule.name(),
            }),
        }),
    )
}

/// Section `cleaning`.
pub fn cleaning(summary: &CleaningSummary) -> Section {
    let waterfall: Vec<Value> = summary
        .waterfall
        .iter()
        .map(|step| {
            obj!({
                "rule": step.rule.as_str(), "rows": step.rows, "action": step.action.name(), "left": step.left
            })
        })
        .collect();
    let mut value = obj!({
        "policy": summary.cleaning.policy.name(),
        "parameters": summary.cleaning.parameters_json(),
        "file_rows": summary.file_rows,
        "waterfall": waterfall,
        "kept": summary.kept,
        "masked": summary.masked,
        "removed": summary.removed,
        "clock_rows": summary.clock_rows(),
        "gates": gates(&summary.judgement),
        "verdict": summary.judgement.verdict.name(),
        "worst": worst(&summary.judgement),
        "outcome": summary.outcome.name(),
        "sufficiency": sufficiency(summary.sufficiency()),
        "segments": summary.segments,
        "warnings": summary.warnings.as_slice(),
    });
    if let Some(score) = &summary.source_score {
        let checks = |counts: &[usize; 4]| {
            object(crate::quality::clean::SOURCE_CHECKS.iter().copied().zip(counts.iter().copied()))
        };
        value["source_score"] = obj!({
            "volume_threshold": number(score.volume_threshold),
            "gap_limit_ms": score.gap_limit_ms,
            "failed_checks": checks(&score.failed_checks),
            "rows_by_score":
                object(["0.00", "0.25", "0.50", "0.75", "1.00"].into_iter().zip(score.rows_by_score)),
            "kept_broken": score.kept_broken,
            "kept_zero_volume": score.kept_zero_volume,
            "kept_flat": score.kept_flat,
            "opposite_order": obj!({
                "kept_rows": score.opposite.kept_rows,
                "rows_decided_differently": score.opposite.rows_decided_differently,
                "gap_limit_ms": score.opposite.gap_limit_ms,
                "failed_checks": checks(&score.opposite.failed_checks),
            }),
        });
    }
    ("cleaning", value)
}

/// Section `verdict`: what the file is worth, in one line.
pub fn verdict(summary: &CleaningSummary) -> Section {
    ("verdict", obj!({ "outcome": summary.outcome.name(), "line": summary.line.as_str() }))
}

/// Section `window`; the dates only where some were chosen.
pub fn window(series: &Series, window: &Window, first_row: u32) -> Section {
    let mut value = obj!({
        "newest_usable_rows": window.newest,
        "first_row": first_row,
        "clock_rows": series.clock_len() - first_row as usize,
        "usable_rows": series.len() - series.usable_from(first_row),
    });
    for (key, time) in
        [("from_ms", window.from_ms), ("to_ms", window.to_ms), ("split_ms", window.split_ms)]
    {
        if let Some(time) = time {
            value[key] = time.into();
        }
    }
    ("window", value)
}

fn rejections(counts: &[usize; 9]) -> Value {
    object(Rejection::ALL.iter().map(|code| (code.name(), counts[*code as usize])))
}

/// Section `strategy`: its name, and the first clock row at which everything that it reads is defined.
pub fn strategy(params: &Params, ready_row: Option<u32>) -> Section {
    let ready = ready_row.map_or_else(|| obj!({ "undefined": "too few rows" }), Value::from);
    ("strategy", obj!({ "name": params.strategy().name, "ready_row": ready }))
}

/// A column of what a strategy remembers of a signal.
fn remembered(series: &Series, (spec, value): (&OriginSpec, f64)) -> (&'static str, Value) {
    let value = match spec.kind {
        OriginKind::Price => number(value),
        OriginKind::Count => (value as u64).into(),
        OriginKind::Row { .. } => series.clock_row[value as usize].into(),
    };
    (spec.key, value)
}

fn columns<'a>(
    strategy: &'static Strategy,
    origin: &'a Origin,
) -> impl Iterator<Item = (&'static OriginSpec, f64)> + use<'a> {
    strategy.origin.iter().zip(origin.0)
}

/// Section `signals`.
pub fn signals(
    series: &Series,
    strategy: &'static Strategy,
    atr: &[f64],
    backtest: &Backtest,
) -> Section {
    let mut rejected = [0; 9];
    let list: Vec<Value> = backtest
        .signals
        .iter()
        .map(|result| {
            let signal = &result.signal;
            let outcome = match result.outcome {
                Outcome::Trade(_) => "trade",
                Outcome::Rejected(code) => {
                    rejected[code as usize] += 1;
                    code.name()
                }
            };
            let listed: Vec<_> =
                columns(strategy, &signal.origin).filter(|c| c.0.is_listed).collect();
            let is_row = |spec: &OriginSpec| matches!(spec.kind, OriginKind::Row { .. });
            let (rows, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(|c| is_row(c.0));
            let mut all = vec![("side", signal.side.name().into())];
            all.extend(rows.into_iter().map(|column| remembered(series, column)));
            all.push(("signal_row", series.clock_row[signal.at as usize].into()));
            all.extend(others.into_iter().map(|column| remembered(series, column)));
            all.push(("atr", atr_value(atr[signal.at as usize])));
            all.push(("outcome", outcome.into()));
            object(all)
        })
        .collect();
    (
        "signals",
        obj!({
            "count": list.len(),
            "trades": backtest.trades.len(),
            "rejected": rejections(&rejected),
            "list": list,
        }),
    )
}

fn atr_value(atr: f64) -> Value {
    if atr.is_nan() { obj!({ "undefined": "too few rows before it" }) } else { number(atr) }
}

/// Section `funnel`.
pub fn funnel(strategy: &Strategy, funnel: &Funnel, removals: &[Removal]) -> Section {
    let stages = || strategy.stages.iter().chain(&ENGINE_STAGES).map(|stage| stage.key);
    let alone = || {
        let engine = &ENGINE_CONDITIONS[..ENGINE_ALONE];
        strategy.conditions.iter().chain(engine).map(|condition| condition.key)
    };
    let sides = funnel.sides.iter().map(|side| {
        (
            side.side.name(),
            obj!({
                "usable_rows": side.usable_rows,
                "stages": object(stages().zip(side.stages.iter().copied())),
                "rejected": rejections(&side.rejected),
                "trades": side.trades,
                "alone": object(alone().zip(side.alone.iter().copied())),
            }),
        )
    });
    let gained =
        removals.iter().map(|removal| (strategy.condition(removal.condition).key, removal.change));
    ("funnel", obj!({ "sides": object(sides), "trades_gained_if_removed": object(gained) }))
}

/// Section `trades`.
pub fn trades(series: &Series, strategy: &'static Strategy, trades: &[Trade]) -> Section {
    let time = |row: u32| series.clock_time_ms[row as usize];
    let list: Vec<Value> = trades
        .iter()
        .map(|t| {
            let mut all: Vec<(&str, Value)> = vec![("side", t.side.name().into())];
            all.extend(columns(strategy, &t.origin).map(|column| remembered(series, column)));
            all.extend([
                ("signal_row", t.signal_row.into()),
                ("entry_row", t.entry_row.into()),
                ("exit_row", t.exit_row.into()),
            ]);
            if strategy.has_exits {
                let row = t.exit_signal_row;
                let none = || obj!({ "undefined": "no exit signal" });
                all.push(("exit_signal_row", row.map_or_else(none, Value::from)));
            }
            all.extend(columns(strategy, &t.origin).filter_map(|(spec, row)| {
                Some((spec.time_key()?, time(series.clock_row[row as usize]).into()))
            }));
            all.extend([
                ("signal_time_ms", time(t.signal_row).into()),
                ("entry_time_ms", time(t.entry_row).into()),
                ("exit_time_ms", time(t.exit_row).into()),
                ("entry_raw_price", t.entry_raw_price.into()),
                ("entry_price", t.entry_price.into()),
                ("stop_price", t.stop_price.into()),
                (
                    "target_price",
                    t.target_price.map_or_else(|| obj!({ "undefined": "no target" }), Value::from),
                ),
                ("exit_raw_price", t.exit_raw_price.into()),
                ("exit_price", t.exit_price.into()),
                ("stop_distance", t.stop_distance.into()),
                ("quantity", t.quantity.into()),
                ("notional", t.notional.into()),
                ("equity_before", t.equity_before.into()),
                ("risk", t.risk.into()),
                ("effective_risk", t.effective_risk().into()),
                ("gross", t.gross.into()),
                ("fees", t.fees.into()),
                ("slippage_cost", t.slippage_cost.into()),
                ("net", t.net.into()),
                ("net_r", t.net_r().into()),
                ("return_on_equity", t.return_on_equity().into()),
                ("return_on_notional", t.return_on_notional().into()),
                ("mae_r", t.mae_r.into()),
                ("mfe_r", t.mfe_r.into()),
                ("exit_reason", t.exit_reason.name().into()),
                ("rows_held", t.rows_held().into()),
                ("minutes_held", ((time(t.exit_row) - time(t.entry_row)) as f64 / 60_000.0).into()),
                ("ambiguous", t.ambiguous.into()),
                ("capped", t.capped.into()),
                ("exit_in_spike", t.exit_in_spike.into()),
            ]);
            object(all)
        })
        .collect();
    ("trades", Value::Array(list))
}

/// SHA-256 of little-endian f64 bytes, in hexadecimal.
pub fn sha256_f64le(values: &[f64]) -> String {
    let mut hash = Sha256::new();
    for value in values {
        hash.update(value.to_le_bytes());
    }
    hex(&hash.finalize())
}

/// Section `equity`.
pub fn equity(
    (start, end, optimistic, max_drawdown): (f64, f64, f64, f64),
    marked: &[f64],
    grid: &Grid,
) -> Section {
    (
        "equity",
        obj!({
            "start": start,
            "end": end,
            "end_optimistic": optimistic,
            "max_drawdown": max_drawdown,
            "rows": marked.len(),
            "sha256_f64le": sha256_f64le(marked),
            "grid": obj!({
                "unit": grid.unit.name(),
                "points": grid.equity.len(),
                "periods_per_year": grid.unit.periods_per_year() as u64,
            }),
        }),
    )
}

/// Section `across_level_jumps`: trades, from 0, that were open while the level jumped, and what they make of the result.
pub fn across_level_jumps(trades: &[Trade], across: &[usize]) -> Section {
    let sum = |value: fn(&Trade) -> f64| across.iter().map(|&i| value(&trades[i])).sum::<f64>();
    (
        "across_level_jumps",
        obj!({
            "count": across.len(),
            "trades": across,
            "net": number(sum(|trade| trade.net)),
            "net_r": number(sum(Trade::net_r)),
        }),
    )
}

/// Section `metrics`.
pub fn metrics(strategy: &Strategy, values: &[Measure]) -> Section {
    let pairs = METRICS.iter().zip(values).filter(|(spec, _)| spec.is_for(strategy)).map(
        |(spec, value)| {
            let mut entry = match value {
                Ok(count) if spec.is_count() => obj!({ "value": *count as u64 }),
                Ok(value) => obj!({ "value": *value }),
                Err(Undefined(reason)) => undefined(reason),
            };
            entry["basis"] = spec.basis.name().into();
            (spec.key, entry)
        },
    );
    ("metrics", object(pairs))
}

/// Section `validation`.
pub fn validation(validation: &Validation) -> Section {
    let values = validation.values.iter().map(|(_, value)| measure(value));
    ("validation", object(VALIDATION.iter().map(|spec| spec.key).zip(values)))
}

/// Section `out_of_sample`: what the settings make behind the split line, on an account of its own.
pub fn out_of_sample(
    series: &Series,
    strategy: &'static Strategy,
    backtest: &Backtest,
    (unit, points): (GridUnit, usize),
    (values, tests): (&[Measure], &Validation),
) -> Section {
    let first_row = backtest.first_row;
    let mut all = Map::new();
    for (key, value) in [
        window(series, &Window::default(), first_row),
        trades(series, strategy, &backtest.trades),
        ("grid", obj!({ "unit": unit.name(), "points": points })),
        metrics(strategy, values),
        validation(tests),
    ] {
        all.insert(key.to_owned(), value);
    }
    ("out_of_sample", Value::Object(all))
}

/// Section `bootstrap`: seeded random results.
pub fn bootstrap(bootstrap: &Bootstrap) -> Section {
    let intervals = bootstrap.intervals.iter().map(|interval| {
        let value = match &interval.bounds {
            Ok((low, high)) => obj!({ "low": *low, "high": *high }),
            Err(Undefined(reason)) => undefined(reason),
        };
        (interval.key.as_str(), value)
    });
    (
        "bootstrap",
        obj!({
            "seed": bootstrap.seed.to_string(),
            "replicates": bootstrap.replicates,
            "block_trades": bootstrap.block_trades,
            "block_grid": bootstrap.block_grid,
            "intervals": object(intervals),
            "p_mean_r": measure(&bootstrap.p_mean_r),
            "p_mean_return": measure(&bootstrap.p_mean_return),
            "kelly_q05": measure(&bootstrap.kelly_q05),
        }),
    )
}

/// Section `import`: how the file was read. Without a header its line is 0, since no value is null.
pub fn import(d: &Diagnostics) -> Section {
    (
        "import",
        obj!({
            "settings": derived(&d.findings),
            "header_line": d.header_line.unwrap_or(0),
            "columns": derived(&d.columns),
            "time_format": d.time_format.as_str(),
            "bytes": d.bytes,
            "lines": d.lines,
            "blank_lines": d.blank_lines,
            "joined_lines": d.joined_lines,
            "other_symbols": d.other_symbols,
            "repaired": d.repaired,
            "repaired_lines": derived(&d.repaired_lines),
            "rejected": d.rejected,
            "rejected_lines": derived(&d.rejected_lines),
            "missing_values": d.missing_values,
            "unreadable": d.unreadable,
            "unreadable_values": derived(&d.unreadable_values),
            "notes": d.notes.as_slice(),
        }),
    )
}

/// Section `rosetta`: what other tools would print, percent as fractions.
pub fn rosetta(values: &[Measure]) -> Section {
    let list: Vec<Value> = ROSETTA
        .iter()
        .zip(values)
        .map(|(spec, value)| {
            obj!({
                "tool": spec.tool.name(),
                "name": spec.name,
                "ours": spec.ours,
                "basis": spec.basis.name(),
                "value": measure(value),
                "why": spec.why,
            })
        })
        .collect();
    ("rosetta", Value::Array(list))
}

/// Section `monte_carlo`: what random entries make.
pub fn monte_carlo(found: &Result<RandomEntries, Undefined>) -> Section {
    let entries = match found {
        Err(Undefined(reason)) => undefined(reason),
        Ok(found) => {
            let by = |value: fn(&NullOf) -> Value| {
                object(found.statistics.iter().map(|null| (null.key.as_str(), value(null))))
            };
            let mut entries = obj!({
                "eligible_rows": found.eligible_rows,
                "idle_rows": found.idle_rows,
                "observed": by(|null| null.observed.into()),
                "mean": by(|null| null.mean.into()),
                "sd": by(|null| measure(&null.sd)),
                "p": by(|null| measure(&null.p)),
                "informs": found.statistics.iter().map(|null| null.key.as_str()).collect::<Vec<_>>(),
            });
            // Where p says nothing, the band does.
            if found.statistics.iter().any(|null| null.p.is_err()) {
                entries["quantiles"] = by(|null| {
                    let (low, high) = null.band;
                    obj!({ "p05": low, "p95": high })
                });
            }
            entries
        }
    };
    let seed = found.as_ref().map_or(0, |found| found.seed);
    (
        "monte_carlo",
        obj!({
            "seed": seed.to_string(),
            "replicates": ENTRY_REPLICATES,
            "random_entries": entries,
        }),
    )
}

/// Section `product`: what computed the document, and the fingerprint of the candles that it is about.
pub fn product(data_sha256: &str) -> Section {
    (
        "product",
        obj!({
            "name": "Clean Sweep",
            "version": env!("CARGO_PKG_VERSION"),
            "data_sha256": data_sha256,
        }),
    )
}

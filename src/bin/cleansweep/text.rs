//! Readable tables for the terminal.

use cleansweep::audit::{AUDIT_GATES, Change};
use cleansweep::domain::{Measure, format_duration, format_time, grouped, timeframe_label};
use cleansweep::export::audit::{Audit, is_notable};
use cleansweep::export::html;
use cleansweep::format::counted;
use cleansweep::metrics::{METRICS, MetricSpec, MetricUnit};
use cleansweep::quality::checks::CHECKS;
use cleansweep::quality::level;
use cleansweep::quality::places::{Day, KINDS};
use cleansweep::quality::{Cleaning, Places};
use cleansweep::robust::multiverse::{COMPARED, Multiverse};
use cleansweep::robust::{Contamination, Fantasy, Repriced};
use cleansweep::search::{Judged, Plan, Trials};
use cleansweep::session::{Session, Settings};
use cleansweep::universe::{ASKED, Agreement, Fills, Merged, Others, Source, What};
use cleansweep::validate::{ROSETTA, VALIDATION};
use std::fmt::Write as _;

fn shown(value: &Measure, unit: MetricUnit) -> String {
    match value {
        Err(reason) => format!("– ({reason})"),
        Ok(value) => match unit {
            MetricUnit::Count => format!("{value:.0}"),
            MetricUnit::Percent => format!("{:.2} %", value * 100.0),
            MetricUnit::R => format!("{value:.3} R"),
            MetricUnit::Money => format!("{value:.2}"),
            MetricUnit::Rows => format!("{value:.1} rows"),
            MetricUnit::Minutes => format!("{value:.1} min"),
            MetricUnit::Ratio => format!("{value:.4}"),
        },
    }
}

/// What was read, and the report with its gates.
pub(super) fn report(session: &mut Session) -> String {
    let report = session.report().clone();
    let market = &session.market;
    let times = &market.candles.time_ms;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} rows, {} candles of {}, {} to {} ({})",
        grouped(market.raw.len()),
        grouped(times.len()),
        market.timeframe_ms.map_or("unknown timeframe".to_owned(), timeframe_label),
        format_time(times[0]),
        format_time(times[times.len() - 1]),
        format_duration(times[times.len() - 1] - times[0]),
    );
    let diagnostics = &session.diagnostics;
    for finding in &diagnostics.findings {
        let _ = writeln!(out, "{}: {} ({})", finding.key, finding.label, finding.reason);
    }
    let _ = writeln!(out, "times: {}", diagnostics.time_format);
    if diagnostics.repaired > 0 {
        let first = &diagnostics.repaired_lines[0];
        let _ = writeln!(
            out,
            "{} lines were read otherwise than written; the first is line {} ({}): {}",
            diagnostics.repaired, first.line, first.action, first.text
        );
    }
    for note in &session.diagnostics.notes {
        let _ = writeln!(out, "note: {note}");
    }
    let remarks = session.remarks();
    for remark in &remarks {
        let _ = writeln!(out, "warning: {remark}");
    }
    let diagnostics = &session.diagnostics;
    if diagnostics.missing_values > 0 {
        let _ = writeln!(
            out,
            "{} values are missing in the file",
            grouped(diagnostics.missing_values as usize)
        );
    }
    if let Some(bad) = diagnostics.unreadable_values.first() {
        let _ = writeln!(
            out,
            "{} values cannot be read and count as missing; the first is on line {} ({}): {}",
            grouped(diagnostics.unreadable as usize),
            bad.line,
            bad.column,
            bad.text
        );
    }
    if session.diagnostics.rejected > 0 {
        let bad = &session.diagnostics.rejected_lines[0];
        let _ = writeln!(
            out,
            "lines that are no candles: {}; the first is line {} ({}): {}",
            session.diagnostics.rejected, bad.line, bad.reason, bad.text
        );
    }
    let line = session.prepare(&Cleaning::default()).summary().line.clone();
    let _ = writeln!(out, "\n{line}\n");
    let _ = writeln!(out, "verdict: {}", report.judgement.verdict.name());
    for gate in &report.judgement.gates {
        let spec = gate.spec();
        let value = match &gate.value {
            Ok(value) => format!("{:.3} %", value * 100.0),
            Err(reason) => reason.to_string(),
        };
        let _ =
            writeln!(out, "{:15} {:24} {value:>12}  {}", gate.verdict.name(), spec.label, spec.of);
    }
    let enough = report.sufficiency;
    let _ = writeln!(
        out,
        "{} usable rows: {} for a backtest, {} for a search",
        grouped(enough.usable_rows),
        enough.backtest(),
        enough.search()
    );
    let _ = writeln!(out, "\nfindings");
    for flag in &report.flags {
        let label =
            CHECKS.iter().find(|check| check.key == flag.key).map_or("", |check| check.label);
        let _ = writeln!(
            out,
            "{label:24} {:>10}  {:8.3} %  longest run {}",
            grouped(flag.count),
            flag.share * 100.0,
            flag.run_rows
        );
    }
    let source = &report.source;
    let _ = writeln!(
        out,
        "\nby the original method: total_candles {}, zero_volume {}, flat_candles {}, valid_pct {}, avg_volume {}, \
         avg_atr_pct {} (rule valid_pct ≥ 70: {})",
        source.total_candles,
        source.zero_volume,
        source.flat_candles,
        shown(&source.valid_pct, MetricUnit::Ratio),
        shown(&source.avg_volume, MetricUnit::Ratio),
        shown(&source.avg_atr_pct, MetricUnit::Ratio),
        report.source_rule.name(),
    );
    out
}

/// Metrics and validation of one run; with a seed the intervals too.
pub(super) fn backtest(session: &mut Session, settings: &Settings, seed: Option<u64>) -> String {
    let mut out = String::new();
    let jumps = session.report().level_jumps.clone();
    let behind = session
        .held_back(settings)
        .map(|(prepared, first_row)| prepared.run(&settings.params, first_row));
    let (prepared, first_row) = session.ready(settings);
    let result = prepared.run(&settings.params, first_row);
    for warning in &prepared.summary().warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    let series = prepared.stages.series();
    let time = |row: u32| series.clock_time_ms[row as usize];
    let across = result
        .backtest
        .trades
        .iter()
        .filter(|trade| level::is_across(&jumps, time(trade.entry_row), time(trade.exit_row)))
        .count();
    if across > 0 {
        let _ = writeln!(
            out,
            "warning: trades open while the level jumped, as at a split: {across}; no market paid what they made"
        );
    }
    if let Some(warning) = settings.looks_behind() {
        let _ = writeln!(out, "warning: {warning}");
    }
    let strategy = settings.params.strategy();
    let of_strategy = |spec: &MetricSpec| spec.is_for(strategy);
    // A second column stands beside the first where a split line is drawn.
    if behind.is_some() {
        let _ = writeln!(out, "{:32} {:>18} {:>18}", "", "in-sample", "out-of-sample");
    }
    let line = |label: &str, own: &Measure, beside: Option<&Measure>, unit| {
        let value = shown(own, unit);
        // Reasons would break the columns: the document has them.
        let cell = |value: &Measure, text: String| {
            if value.is_ok() { text } else { "–".to_owned() }
        };
        match beside {
            Some(other) => {
                let (first, second) = (cell(own, value), cell(other, shown(other, unit)));
                format!("{label:32} {first:>18} {second:>18}\n")
            }
            None => format!("{label:32} {value}\n"),
        }
    };
    for (at, (spec, value)) in METRICS.iter().zip(&result.metrics).enumerate() {
        if of_strategy(spec) {
            let label = format!("{} ({})", spec.label, spec.basis.name());
            let beside = behind.as_ref().and_then(|b| b.metrics.get(at));
            out.push_str(&line(&label, value, beside, spec.unit));
        }
    }
    out.push('\n');
    for (spec, (_, value)) in VALIDATION.iter().zip(&result.validation.values) {
        let beside = behind.as_ref().and_then(|b| b.validation.get(spec.key));
        out.push_str(&line(spec.label, value, beside, MetricUnit::Ratio));
    }
    if let Some(seed) = seed {
        let (bootstrap, rosetta) = prepared.validate(&settings.params, &result, seed);
        let _ = writeln!(out, "\n95 % intervals, stationary bootstrap, seed {seed}");
        for interval in &bootstrap.intervals {
            let text = match &interval.bounds {
                Ok((low, high)) => format!("{low:.4} to {high:.4}"),
                Err(reason) => format!("– ({reason})"),
            };
            let _ = writeln!(out, "{:32} {text}", interval.key);
        }
        let _ = writeln!(out, "\nwhat other tools would print for the same trades");
        for (spec, value) in ROSETTA.iter().zip(&rosetta) {
            let unit = if spec.percent { MetricUnit::Percent } else { MetricUnit::Ratio };
            let label = format!("{} {}", spec.tool.name(), spec.name);
            let _ = writeln!(out, "{label:52} {:>14}  {}", shown(value, unit), spec.why);
        }
    }
    let _ = writeln!(out, "\n{}", result.sentence);
    if let Some(behind) = behind {
        let _ = writeln!(out, "Out-of-sample: {}", behind.sentence);
    }
    out
}

/// What the choice of a cleaning makes of one strategy.
pub fn multiverse(found: &Multiverse) -> String {
    let mut out = String::new();
    let show = |at: usize, value: &Measure| {
        let spec = METRICS.iter().find(|spec| spec.key == COMPARED[at]);
        spec.map_or_else(String::new, |spec| spec.unit.show(value, false))
    };
    let _ = write!(out, "{:20} {:>9}", "cleaning", "rows");
    for key in COMPARED {
        let _ = write!(out, " {key:>14}");
    }
    out.push('\n');
    for universe in &found.universes {
        let _ = write!(out, "{:20} {:>9}", universe.spec.name, grouped(universe.usable_rows));
        match &universe.outcome {
            Err(reason) => {
                let _ = write!(out, " {reason}");
            }
            Ok(outcome) => {
                for (at, value) in outcome.metrics.iter().enumerate() {
                    let _ = write!(out, " {:>14}", show(at, value));
                }
            }
        }
        if !universe.spec.is_sound {
            out.push_str("  for contrast");
        }
        if let Some(same) = universe.same_as {
            let _ = write!(out, "  the same trades as {same}");
        }
        out.push('\n');
    }
    let fragility = found.fragility();
    let _ = match (&fragility.value, fragility.verdict()) {
        (Ok(value), Some(verdict)) => writeln!(
            out,
            "\nFragility {value:.2}, {}: the sound cleanings lie {value:.2} times as far apart in mean R as the 95 % interval \
             of mask's own mean is wide.",
            verdict.replace('_', " ")
        ),
        (value, _) => writeln!(out, "\nFragility is not defined: {}.", reason(value)),
    };
    if fragility.sign_flips {
        out.push_str("Some sound cleanings win and some lose: the sign of the result is a choice of cleaning.\n");
    }
    out
}

/// What the trades of a run lean on, and fills that nobody could have had.
pub(super) fn contamination(found: &Contamination, fantasy: &Fantasy) -> String {
    let mut out = String::new();
    let percent = |value: &Measure| shown(value, MetricUnit::Percent);
    let trades = found.rows.len();
    let _ = writeln!(
        out,
        "dirty share of the rows that {} rest on, on average",
        counted(trades, "trade")
    );
    for (label, value) in [
        ("ATR rows, to the signal", found.mean(|row| Some(row.atr))),
        ("rows of the mean volume", found.mean(|row| row.volume)),
        ("lookback for levels", found.mean(|row| row.level)),
        ("contamination, their mean", found.mean(|row| Some(row.contamination))),
        ("rows held, known only later", found.mean(|row| Some(row.held))),
    ] {
        let _ = writeln!(out, "{label:32} {}", percent(&value));
    }
    match (&found.rho, &found.p) {
        (Ok(rho), Ok(p)) => {
            let _ = writeln!(
                out,
                "\nSpearman's correlation with the net result {rho:.3}, p {p:.4} by 2,000 permutations, seed {}: {}.",
                found.seed,
                if *p < 0.05 {
                    "trades on dirty rows end otherwise than the others"
                } else {
                    "trades on dirty rows are not told apart from the others"
                }
            );
        }
        (value, _) => {
            let _ = writeln!(
                out,
                "\nThe correlation with the net result is not defined: {}.",
                reason(value)
            );
        }
    }
    if let Ok(thirds) = &found.terciles {
        for third in thirds {
            let Some((low, high)) = third.bounds else { continue };
            let _ = writeln!(
                out,
                "{:6.2} % to {:6.2} %: {:>5} trades, mean {}, win rate {}",
                low * 100.0,
                high * 100.0,
                third.trades,
                shown(&third.mean_r, MetricUnit::R),
                percent(&third.win_rate)
            );
        }
    }
    let total: f64 = fantasy.trades.iter().map(|trade| trade.net).sum();
    let gain: f64 = fantasy.list.iter().filter_map(|one| one.gain).sum();
    let _ = writeln!(
        out,
        "\nOn raw rows {} of {} fill in a row in which nobody traded. Priced at the next row with a trade, they would have \
         made {:.2} {}; all trades made {total:.2}.",
        grouped(fantasy.list.len()),
        counted(fantasy.trades.len(), "trade"),
        gain.abs(),
        if gain > 0.0 { "less" } else { "more" },
    );
    for (repriced, text) in [
        (
            Repriced::NoSuchTrade,
            "would not exist, because the first row with a trade comes after the exit",
        ),
        (Repriced::NoTradableRowLater, "cannot be priced, because nobody traded later"),
    ] {
        let count = fantasy.count(repriced);
        if count > 0 {
            let _ = writeln!(out, "{} {text}.", counted(count, "trade"));
        }
    }
    out
}

/// Where a file hurts.
pub(super) fn places(places: &Places) -> String {
    let mut out = String::new();
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let day = |ms: i64| format_time(ms).chars().take(10).collect::<String>();
    let bad: Vec<(f64, &Day)> = places
        .calendar
        .iter()
        .filter_map(|day| Some((day.bad_share().ok()?, day)))
        .filter(|(share, _)| *share > 0.0)
        .collect();
    let _ = writeln!(
        out,
        "{} of {} days have slots that are missing, broken, placeholders or impossible",
        grouped(bad.len()),
        grouped(places.calendar.len())
    );
    let mut worst = bad;
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (share, own) in worst.iter().take(10) {
        let kinds: Vec<String> = KINDS
            .iter()
            .zip(own.kinds)
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
        let _ = writeln!(
            out,
            "  {}  {:>9} bad  {}",
            day(own.day_ms),
            percent(*share),
            kinds.join(", ")
        );
    }
    match &places.hour_of_week {
        Err(reason) => {
            let _ = writeln!(out, "\nhours of the week: – ({reason})");
        }
        Ok(hours) => {
            let all = hours.iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
            let share = |(slots, bad): (u32, u32)| f64::from(bad) / f64::from(slots.max(1));
            let mut order: Vec<usize> = (0..168).collect();
            order.sort_by(|a, b| share(hours[*b]).total_cmp(&share(hours[*a])));
            let names =
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            let _ = writeln!(
                out,
                "\nworst hours of the week, UTC; the mean is {} bad",
                percent(share(all))
            );
            for at in order.into_iter().take(5).filter(|at| hours[*at].1 > 0) {
                let _ = writeln!(
                    out,
                    "  {:9} {:02} h  {:>9} bad",
                    names[at / 24],
                    at % 24,
                    percent(share(hours[at]))
                );
            }
        }
    }
    match &places.maintenance {
        Err(reason) => {
            let _ = writeln!(out, "\nmaintenance: – ({reason})");
        }
        Ok(all) if all.is_empty() => out.push_str("\nno time of day is bad again and again\n"),
        Ok(all) => {
            for one in all {
                let _ = writeln!(
                    out,
                    "\nmaintenance at {:02}:{:02} UTC for {} minutes: {} bad over {} days, {} in the hours beside it",
                    one.start_minute / 60,
                    one.start_minute % 60,
                    one.minutes,
                    percent(one.share),
                    one.days,
                    percent(one.around)
                );
            }
        }
    }
    let outages = &places.outages;
    let _ = writeln!(
        out,
        "{} with {} in all",
        counted(outages.count, "outage"),
        counted(outages.slots, "slot")
    );
    for one in outages.list.iter().take(5) {
        let _ = writeln!(
            out,
            "  from {} UTC: {}",
            format_time(one.first_time_ms),
            counted(one.slots, "slot")
        );
    }
    let tail = &places.stale_tail;
    if let Some(since) = tail.since_ms.filter(|_| tail.is_stale()) {
        let _ = writeln!(
            out,
            "nobody has traded since {} UTC: {} at the end",
            format_time(since),
            counted(tail.rows, "row")
        );
    }
    match &places.change {
        Err(reason) => {
            let _ = writeln!(out, "change of quality: – ({reason})");
        }
        Ok(change) if change.name() == "none" => {
            out.push_str("no day from which on the file is better or worse\n");
        }
        Ok(change) => {
            let _ = writeln!(
                out,
                "the file is {} from {} on: {} bad before, {} after",
                change.name(),
                day(change.day_ms),
                percent(change.before),
                percent(change.after)
            );
        }
    }
    match &places.ticks {
        Err(reason) => {
            let _ = writeln!(out, "tick: – ({reason})");
        }
        Ok(ticks) => {
            let _ = writeln!(
                out,
                "tick {} ({} decimals; {} with more): {} bp of the median close, {} of the median range{}",
                ticks.tick,
                ticks.decimals,
                counted(ticks.off_tick, "price"),
                shown(&ticks.tick_bp, MetricUnit::Ratio),
                shown(&ticks.per_range, MetricUnit::Percent),
                if ticks.is_coarse() {
                    "; coarse: levels and stops stand on few prices"
                } else {
                    ""
                }
            );
            match &ticks.digits {
                Err(reason) => {
                    let _ = writeln!(out, "last digits: – ({reason})");
                }
                Ok(digits) => {
                    let (zero, zero_five) = digits.shares();
                    let _ = writeln!(
                        out,
                        "last digits of closes: {} end in 0, {} in 0 or 5{}",
                        percent(zero),
                        percent(zero_five),
                        if digits.prefers_round() { "; round prices are preferred" } else { "" }
                    );
                }
            }
        }
    }
    match &places.returns {
        Err(reason) => {
            let _ = writeln!(out, "returns: – ({reason})");
        }
        Ok(returns) => {
            let _ = writeln!(
                out,
                "returns of one row: median {:.2} bp, 99th percentile {:.2} bp, largest {:.2} bp at {} UTC, {} exactly 0",
                returns.median_abs_bp,
                returns.p99_abs_bp,
                returns.largest_bp,
                format_time(returns.largest_time_ms),
                percent(returns.zero_share)
            );
        }
    }
    let _ = writeln!(
        out,
        "the busiest hundredth of the tradable rows holds {} of the volume",
        shown(&places.volume_top1_share, MetricUnit::Percent)
    );
    out
}

/// Several venues as one market.
pub(super) fn merge(
    merged: &Merged,
    venues: &[&str],
    fills: &Fills,
    agreement: &[Agreement],
    others: &Others,
) -> String {
    let mut out = String::new();
    let rows = merged.rows.len();
    let _ = writeln!(
        out,
        "{} merged by {}, reference {}",
        counted(rows, "row"),
        merged.policy.name(),
        venues[0]
    );
    let places = (0..venues.len()).map(|at| Source::Venue(at as u8));
    for source in places.chain([Source::Median]) {
        let count = merged.rows_from(source);
        let name = match source {
            Source::Venue(at) => venues[usize::from(at)],
            Source::Median => "median of several",
        };
        if count > 0 || source != Source::Median {
            let share = count as f64 / rows.max(1) as f64 * 100.0;
            let _ = writeln!(out, "  {:>9} {share:6.2} %  {name}", grouped(count));
        }
    }
    let (untradable, missing) = merged.repaired;
    let _ = writeln!(
        out,
        "another venue stands in for {} in which nobody traded and for {}; for {} nobody does",
        counted(untradable, "row"),
        counted(missing, "missing slot"),
        counted(merged.untradable_rows, "row")
    );
    if merged.not_eligible > 0 {
        let _ = writeln!(
            out,
            "in {} another venue traded, but had not yet traded in 50 rows together with the reference",
            counted(merged.not_eligible, "slot")
        );
    }
    for (name, matched) in venues[1..].iter().zip(&merged.matched) {
        let _ = match &matched.last {
            Some(last) => writeln!(
                out,
                "  {name}: {} in common, at last prices × {:.6}, volume × {:.4}",
                counted(matched.rows, "row"),
                last.price,
                last.volume
            ),
            None => writeln!(
                out,
                "  {name}: {} in common, too few to stand in",
                counted(matched.rows, "row")
            ),
        };
    }
    out.push_str("\nhow far they agree, where both traded\n");
    for found in agreement {
        let bp = |share: &Measure| match share {
            Ok(share) => format!("{:.2} bp", share * 1e4),
            Err(reason) => format!("– ({reason})"),
        };
        let clock = match found.judged() {
            Ok(clock) if clock.is_off() => format!("; CLOCK: {}", clock.words()),
            Ok(clock) => format!("; clocks: {}", clock.words()),
            Err(reason) => format!("; clock: – ({reason})"),
        };
        let _ = writeln!(
            out,
            "  {} / {}: {}, basis {}, returns correlate {}{clock}",
            venues[found.pair.0],
            venues[found.pair.1],
            counted(found.both, "row"),
            bp(&found.basis),
            shown(&found.return_correlation, MetricUnit::Ratio)
        );
    }
    out.push_str(
        "\nwhat the others know of the reference's rows without a trade, and of its spikes\n",
    );
    for (kind, counts) in ASKED.iter().zip(&others.counts) {
        let names = if *kind == "spike" { What::SPIKE } else { What::UNTRADED };
        let parts: Vec<String> = names
            .iter()
            .zip(counts)
            .map(|(what, count)| format!("{} {}", what.name().replace('_', " "), grouped(*count)))
            .collect();
        let _ = writeln!(out, "  {kind:12} {}", parts.join(", "));
    }
    let _ = writeln!(
        out,
        "\n{} of the merged rows under mask; {} entered at one venue and left at another",
        counted(fills.trades.len(), "trade"),
        grouped(fills.two_sources())
    );
    out
}

/// An audit: the line, then the markets that are a reason to look, then the others.
pub(super) fn audit(audit: &Audit) -> String {
    let mut out = format!("{}\n", html::audit_line(audit));
    for market in &audit.audited.markets {
        let word = |known: &Option<String>| known.clone().unwrap_or_else(|| "unknown".to_owned());
        let timeframe =
            market.key.timeframe_ms.map_or_else(|| "unknown".to_owned(), timeframe_label);
        let _ = writeln!(
            out,
            "{:15} {} {} {timeframe}, {}",
            market.verdict.name(),
            word(&market.key.symbol),
            word(&market.key.venue),
            counted(market.rows, "row")
        );
        for gate in market.gates.iter().filter(|gate| is_notable(gate)) {
            let spec = &AUDIT_GATES[gate.index];
            let value =
                gate.value.as_ref().map_or_else(ToString::to_string, |value| match spec.key {
                    _ if spec.is_share => format!("{:.3} %", value * 100.0),
                    "usable_rows" => grouped(*value as usize),
                    "valid_pct" => format!("{value:.1} %"),
                    _ => format!("{value:.1} h"),
                });
            let _ = writeln!(out, "  {:13} {}: {value}", gate.verdict.name(), spec.label);
        }
    }
    for (name, reason) in &audit.unreadable {
        let _ = writeln!(out, "unreadable      {name}: {}", reason.replace('\n', " "));
    }
    for market in audit.comparison.iter().flat_map(|found| &found.markets) {
        if market.change == Change::Same {
            continue;
        }
        let gates: Vec<String> = market
            .gates
            .iter()
            .map(|gate| format!("{} {}", AUDIT_GATES[gate.index].label, gate.change.name()))
            .collect();
        let _ = writeln!(
            out,
            "{:15} {} {} {} {}",
            market.change.name(),
            market.symbol,
            market.venue,
            market.timeframe,
            gates.join(", ")
        );
    }
    out
}

fn reason(value: &Measure) -> String {
    value.as_ref().err().map_or_else(String::new, ToString::to_string)
}

/// Metrics of them.
const SHOWN: [&str; 6] =
    ["trades", "win_rate", "expectancy_r", "total_return", "max_drawdown", "sharpe"];
/// Trials that are printed.
const LISTED: usize = 10;

/// The best trials, and how far the best one can be trusted.
pub(super) fn search(plan: &Plan, trials: &Trials, judged: &Judged) -> String {
    let found = &judged.found;
    let (evaluated, refused, duplicates) = found.counts();
    let mut out = format!("{}\n", judged.sentence(plan.min_trades).0);
    let _ = writeln!(
        out,
        "{} evaluated, {} refused, {} of the same values; ranked by {} from {} on\n",
        counted(evaluated, "trial"),
        grouped(refused),
        grouped(duplicates),
        plan.objective,
        counted(plan.min_trades as usize, "trade"),
    );
    let _ = write!(out, "{:>5} {:>7} {:>12}", "rank", "trial", "objective");
    for key in SHOWN {
        let _ = write!(out, " {key:>14}");
    }
    out.push_str("  parameters\n");
    for &at in found.ranked.iter().take(LISTED) {
        let trial = &found.trials[at as usize];
        let objective = trial.objective.as_ref().map_or(0.0, |value| *value);
        let rank = trial.rank.unwrap_or_default();
        let _ = write!(out, "{rank:>5} {:>7} {objective:>12.4}", trial.number);
        for key in SHOWN {
            let place = METRICS.iter().position(|spec| spec.key == key).unwrap_or_default();
            let value = trial.numbers().map(|numbers| &numbers.metrics[place]);
            let shown = value.map_or_else(String::new, |v| METRICS[place].unit.show(v, false));
            let _ = write!(out, " {shown:>14}");
        }
        let _ = writeln!(out, "  {}", trials.pairs(&trial.picks).join(" "));
    }
    out.push('\n');
    for fact in html::luck_facts(judged) {
        let _ = writeln!(out, "{}: {}. {}", fact.label, fact.value, fact.meaning);
    }
    for warning in html::search_warnings(judged) {
        let _ = writeln!(out, "Warning: {warning}");
    }
    out
}

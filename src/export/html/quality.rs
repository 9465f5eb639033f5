//! What is in a file, what is wrong with it and what a cleaning makes of it, as tables.

use super::{Cell, escape, facts, table};
use crate::domain::{Measure, format_duration, format_time, grouped, timeframe_label};
use crate::format::{amount, counted, fixed, percent, price, rows};
use crate::import::{Diagnostics, READING, Role};
use crate::quality::checks::{CHECKS, SOURCE_RULE_PCT, Verdict};
use crate::quality::clean::{Action, CleaningSummary, PolicyDiff, SOURCE_CHECKS};
use crate::quality::report::{QUANTILES, Quantiles};
use crate::quality::{Judgement, Market, Report};
use std::fmt::Write as _;

/// Lines listed at once.
const LISTED: usize = 200;

/// A verdict as a word with a sign, so that its colour is not all it has.
pub(super) fn verdict_tag(verdict: Verdict) -> String {
    let (class, text) = match verdict {
        Verdict::Pass => ("tag tag--pass", "✓ passes"),
        Verdict::Warn => ("tag tag--warn", "! warns"),
        Verdict::Fail => ("tag tag--fail", "✕ fails"),
        Verdict::NotApplicable => ("tag", "does not apply"),
    };
    format!("<span class=\"{class}\">{text}</span>")
}

/// A panel; what is in it is markup.
fn panel(title: &str, beside: &str, body: &str) -> String {
    format!(
        "<section class=\"panel\" aria-label=\"{title}\"><header class=\"panel__head\"><h2>{title}</h2><span class=\"spacer\"></span>{beside}</header>{body}</section>"
    )
}

fn small(text: &str) -> String {
    format!("<small>{}</small>", escape(text))
}

/// A list that opens and closes.
fn more(is_open: bool, title: &str, body: &str) -> String {
    let open = if is_open { " open" } else { "" };
    format!("<details class=\"more\"{open}><summary>{}</summary>{body}</details>", escape(title))
}

/// Gates with their numbers, thresholds and verdicts.
pub fn gates_table(label: &str, judgement: &Judgement) -> String {
    let rows: Vec<Vec<Cell>> = judgement
        .gates
        .iter()
        .map(|gate| {
            let spec = gate.spec();
            let show = |value: f64| percent(value, if value < 0.01 && value > 0.0 { 3 } else { 2 });
            let value = match &gate.value {
                Ok(value) => show(*value),
                Err(reason) => reason.to_string(),
            };
            let sign = if spec.bad_above { ">" } else { "<" };
            vec![
                Cell::html(format!(
                    "{} {}",
                    escape(spec.label),
                    small(&format!("share {}", spec.of))
                )),
                Cell::number(value),
                Cell::number(format!("{sign} {}", show(spec.warn))),
                Cell::number(format!("{sign} {}", show(spec.fail))),
                Cell::html(verdict_tag(gate.verdict)),
            ]
        })
        .collect();
    let mut out = String::new();
    table(&mut out, label, &["Gate", "Value", "Warns", "Fails", "Verdict"], &rows);
    out
}

/// Gates as a panel.
pub fn gates(title: &str, note: &str, judgement: &Judgement) -> String {
    let beside = format!("{}{}", small(note), verdict_tag(judgement.verdict));
    panel(title, &beside, &gates_table("Gates table", judgement))
}

/// Name of what was found, with its explanation behind it.
fn finding(key: &str) -> String {
    let Some(check) = CHECKS.iter().find(|check| check.key == key) else { return escape(key) };
    let mut text = format!("<p>{}</p>", escape(check.what));
    for (head, body) in
        [("Why it matters", check.why), ("Example", check.example), ("What to do", check.fix)]
    {
        let _ = write!(text, "<p><b>{head}. </b>{}</p>", escape(body));
    }
    more(false, check.label, &text)
}

fn findings(report: &Report) -> String {
    let dash = || "–".to_owned();
    let rows: Vec<Vec<Cell>> = report
        .flags
        .iter()
        .map(|flag| {
            let first: Vec<String> =
                flag.first_rows.iter().map(|row| grouped(*row as usize)).collect();
            let run = if flag.run_rows > 0 {
                let from = grouped(flag.run_first_row as usize);
                format!("{} from {from}", rows(flag.run_rows as usize))
            } else {
                dash()
            };
            vec![
                Cell::html(finding(&flag.key)).quiet(flag.count == 0),
                Cell::number(grouped(flag.count)),
                Cell::number(percent(flag.share, 2)),
                Cell::number(run),
                Cell::prose(if first.is_empty() { dash() } else { first.join(" · ") }),
            ]
        })
        .collect();
    let mut out = String::new();
    let head = ["Finding", "Rows", "Share", "Longest run", "First rows"];
    table(&mut out, "Findings table", &head, &rows);
    let note = small(
        "row numbers start at 0: candles in time order; duplicates and disorder in file order",
    );
    panel("Findings", &note, &out)
}

fn grid(report: &Report) -> String {
    let slots = |count: i64| format!("{} slots", grouped(count.max(0) as usize));
    let mut out = String::new();
    facts(
        &mut out,
        "facts",
        [
            ("Expected slots", grouped(report.expected_slots.max(0) as usize)),
            ("Missing slots", grouped(report.missing_slots.max(0) as usize)),
            ("Coverage", percent(report.coverage, 3)),
            ("Gaps", grouped(report.gap_count)),
            ("Longest gap", slots(report.longest_gap)),
            (
                "Closed hours",
                if report.sessions {
                    slots(report.closed_slots)
                } else {
                    "none: every empty slot is missing".to_owned()
                },
            ),
            ("Holidays", counted(report.holidays, "day")),
        ],
    );
    let gaps: Vec<Vec<Cell>> = report
        .gaps
        .iter()
        .map(|(row, time, slots)| {
            vec![
                Cell::new(grouped(*row as usize)),
                Cell::new(format_time(*time)),
                Cell::number(grouped(*slots as usize)),
            ]
        })
        .collect();
    if !gaps.is_empty() {
        let title = format!("The first {} gaps", gaps.len());
        let mut list = String::new();
        table(&mut list, &title, &["Row after", "Time (UTC)", "Slots"], &gaps);
        out.push_str(&more(false, &title, &list));
    }
    panel("Grid and gaps", "", &out)
}

fn distribution(report: &Report) -> String {
    let cell = |values: &Result<Quantiles, _>, at: usize, show: fn(f64) -> String| {
        let value = values.as_ref().ok().and_then(|Quantiles(values)| values.get(at));
        Cell::number(value.map_or_else(|| "–".to_owned(), |value| show(*value)))
    };
    let rows: Vec<Vec<Cell>> = QUANTILES
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            vec![Cell::new(*name), cell(&report.close, at, price), cell(&report.volume, at, amount)]
        })
        .collect();
    let mut out = String::new();
    table(&mut out, "Distribution table", &["", "Close", "Volume"], &rows);
    panel("Distribution", "", &out)
}

/// Flat candles by volume, every row of the file, and a word about filled gaps.
fn two_by_two(report: &Report, file_rows: usize) -> String {
    let total = file_rows.max(1) as f64;
    let counts = report.table_2x2;
    let cell = |count: usize| {
        let share = percent(count as f64 / total, 1);
        format!(
            "<td class=\"number\"><b>{}</b> <small class=\"two-by-two__share\">{share}</small></td>",
            grouped(count)
        )
    };
    let mut out = String::from(
        "<div class=\"scroll-x\" tabindex=\"0\" role=\"region\" aria-label=\"Flat candles by volume\"><table class=\"table two-by-two\"><caption>Every row of the file</caption><thead><tr><td></td><th scope=\"col\">volume 0</th><th scope=\"col\">with volume</th></tr></thead><tbody>",
    );
    for (name, pair) in [
        ("flat", [counts.flat_zero_volume, counts.flat_with_volume]),
        ("with a range", [counts.range_zero_volume, counts.range_with_volume]),
    ] {
        let [zero, some] = pair.map(cell);
        let _ = write!(out, "<tr><th scope=\"row\" class=\"left\">{name}</th>{zero}{some}</tr>");
    }
    out.push_str("</tbody></table></div>");
    if report.fully_filled {
        out.push_str("<p class=\"note\">Every slot of the grid has a row, and some rows are placeholders: somebody filled the gaps before the export. Missing candles look like candles without trades.</p>");
    }
    out
}

/// The original method's numbers of a file.
fn original(report: &Report) -> String {
    let measured = |value: &Measure, decimals: usize| match value {
        Ok(value) => fixed(*value, decimals),
        Err(reason) => reason.to_string(),
    };
    let source = &report.source;
    let mut out = String::from("<dl class=\"facts\">");
    for (name, value) in [
        ("total_candles", grouped(source.total_candles)),
        ("zero_volume", grouped(source.zero_volume)),
        ("flat_candles", grouped(source.flat_candles)),
        ("valid_pct", measured(&source.valid_pct, 2)),
        ("avg_volume", measured(&source.avg_volume, 3)),
        ("avg_atr_pct", measured(&source.avg_atr_pct, 4)),
    ] {
        let value = escape(&value);
        let _ =
            write!(out, "<div class=\"fact\"><dt><code>{name}</code></dt><dd>{value}</dd></div>");
    }
    let _ = write!(
        out,
        "<div class=\"fact\"><dt>Its rule: valid_pct at least {SOURCE_RULE_PCT} %</dt><dd>{}</dd></div></dl>",
        verdict_tag(report.source_rule)
    );
    out
}

fn summary(
    market: &Market,
    report: &Report,
    diagnostics: &Diagnostics,
    remarks: &[String],
) -> String {
    let (file_rows, times) = (market.raw.len(), &market.candles.time_ms);
    let (first, last) = (times[0], times[times.len() - 1]);
    let share = |count: usize| percent(count as f64 / file_rows.max(1) as f64, 1);
    let (zero, flat) = (report.source.zero_volume, report.source.flat_candles);
    let mut out = format!(
        "<p class=\"note\">{} read, {} zero volume ({}), {} flat ({}), {} rejected.</p>",
        rows(file_rows),
        grouped(zero),
        share(zero),
        grouped(flat),
        share(flat),
        counted(diagnostics.rejected as usize, "line"),
    );
    if !remarks.is_empty() {
        out.push_str("<ul class=\"hints\" aria-label=\"Warnings about the data\">");
        for remark in remarks {
            let _ = write!(out, "<li>{}</li>", escape(remark));
        }
        out.push_str("</ul>");
    }
    let order = match market.order.name() {
        "ascending" => "oldest first",
        "descending" => "newest first",
        other => other,
    };
    let volume = if market.has_volume { "yes" } else { "none: volume checks do not apply" };
    facts(
        &mut out,
        "facts facts--wide",
        [
            ("Candles", grouped(times.len())),
            ("Timeframe", market.timeframe_ms.map_or("one row only".to_owned(), timeframe_label)),
            ("From", format!("{} UTC", format_time(first))),
            ("To", format!("{} UTC", format_time(last))),
            ("Span", format_duration(last - first + market.timeframe_ms.unwrap_or(0))),
            ("Order in the file", order.to_owned()),
            ("Volume", volume.to_owned()),
        ],
    );
    out
}

/// How a file was read: counts, choices with their reasons, columns, notes.
fn reading(d: &Diagnostics) -> String {
    let mut out = String::new();
    facts(
        &mut out,
        "facts facts--wide",
        [
            ("Times", d.time_format.clone()),
            ("Lines", grouped(d.lines as usize)),
            ("Blank lines", grouped(d.blank_lines as usize)),
            ("Missing values", grouped(d.missing_values as usize)),
            ("Unreadable values", grouped(d.unreadable as usize)),
            ("Rejected lines", grouped(d.rejected as usize)),
            ("Lines read otherwise than written", grouped(d.repaired as usize)),
        ],
    );
    let choices: Vec<Vec<Cell>> = d
        .findings
        .iter()
        .filter(|finding| finding.key != "columns")
        .map(|finding| {
            let spec = READING.iter().find(|spec| spec.key == finding.key);
            vec![
                Cell::new(spec.map_or("", |spec| spec.label)),
                Cell::own(&finding.label),
                Cell::new(if finding.chosen { "chosen" } else { "auto" }),
                Cell::own(&finding.reason),
            ]
        })
        .collect();
    table(&mut out, "Choices and reasons", &["Choice", "Value", "By", "Reason"], &choices);
    out.push_str("<ul class=\"columns-used\" aria-label=\"Columns\">");
    for column in &d.columns {
        let quiet = if column.role == Role::Unused { " class=\"quiet\"" } else { "" };
        let name = if column.name.is_empty() { "(no name)" } else { &column.name };
        let _ = write!(
            out,
            "<li{quiet} title=\"{}\"><bdi>{}</bdi> → <b>{}</b></li>",
            escape(&column.reason),
            escape(name),
            escape(column.role.label())
        );
    }
    out.push_str("</ul><ul class=\"hints\">");
    for note in &d.notes {
        let _ = write!(out, "<li>{}</li>", escape(note));
    }
    out.push_str("</ul>");
    out
}

/// Lines that were repaired, rejected, or held a value that is none.
fn lines(d: &Diagnostics) -> String {
    let row =
        |line: u64, a: Cell, text: &str| vec![Cell::new(line.to_string()), a, Cell::own(text)];
    let mut out = String::new();
    let mut list = |title: String, label: &str, head: [&str; 3], rows: Vec<Vec<Cell>>| {
        if !rows.is_empty() {
            let mut body = String::new();
            table(&mut body, label, &head, &rows);
            out.push_str(&more(true, &title, &body));
        }
    };
    let repaired = d.repaired_lines.iter().take(LISTED);
    list(
        format!(
            "Read otherwise than written, because there was just one way: {} in all",
            grouped(d.repaired as usize)
        ),
        "Lines read otherwise than written",
        ["Line", "What was done", "As written"],
        repaired.map(|r| row(r.line, Cell::prose(r.action.clone()), &r.text)).collect(),
    );
    let rejected = d.rejected_lines.iter().take(LISTED);
    list(
        format!("Rejected lines: {} in all", grouped(d.rejected as usize)),
        "Rejected lines",
        ["Line", "Why", "Text"],
        rejected.map(|bad| row(bad.line, Cell::prose(bad.reason.clone()), &bad.text)).collect(),
    );
    let unreadable = d.unreadable_values.iter().take(LISTED);
    list(
        format!("Unreadable values, taken as missing: {} in all", grouped(d.unreadable as usize)),
        "Unreadable values",
        ["Line", "Column", "Text"],
        unreadable.map(|bad| row(bad.line, Cell::own(&bad.column), &bad.text)).collect(),
    );
    out
}

/// The parts of a page about a file, in the order in which they stand.
pub fn file(
    market: &Market,
    report: &Report,
    diagnostics: &Diagnostics,
    remarks: &[String],
) -> [String; 7] {
    [
        summary(market, report, diagnostics, remarks),
        gates("Gates", "the worst one decides", &report.judgement),
        original(report),
        two_by_two(report, market.raw.len()),
        findings(report)
            + "<div class=\"data__columns\">"
            + &grid(report)
            + &distribution(report)
            + "</div>",
        reading(diagnostics),
        lines(diagnostics),
    ]
}

fn word(reason: &str) -> String {
    reason.replace('_', " ").replace('+', " + ")
}

/// What became of the rows of a file, rule by rule.
pub fn waterfall(summary: &CleaningSummary) -> String {
    let total = summary.file_rows.max(1) as f64;
    let mut out = format!("<p class=\"note\"><b>{}.</b></p>", escape(&summary.line));
    facts(
        &mut out,
        "facts facts--wide",
        [
            (
                "Usable",
                format!("{} ({})", rows(summary.kept), percent(summary.kept as f64 / total, 2)),
            ),
            ("On the clock, unused", rows(summary.masked)),
            ("Removed", rows(summary.removed)),
            ("Segments", grouped(summary.segments)),
        ],
    );
    out.push_str("<ul class=\"hints\">");
    for warning in &summary.warnings {
        let _ = write!(out, "<li>{}</li>", escape(warning));
    }
    out.push_str("</ul>");
    let bar = |left: usize| {
        let share = left as f64 / total * 100.0;
        Cell::html(format!(
            "<svg class=\"waterfall__bar\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"{share:.3}\" height=\"1\"></rect></svg>"
        ))
    };
    let first = vec![
        Cell::new("rows of the file"),
        Cell::number(String::new()),
        Cell::default(),
        Cell::number(grouped(summary.file_rows)),
        bar(summary.file_rows),
    ];
    let steps = summary.waterfall.iter().map(|step| {
        let action = match step.action {
            Action::Removed => "removed",
            Action::Masked => "on the clock, unused",
        };
        let taken =
            if step.rows > 0 { format!("−{}", grouped(step.rows)) } else { "0".to_owned() };
        vec![
            Cell::new(word(&step.rule)).quiet(step.rows == 0),
            Cell::number(taken),
            Cell::html(small(action)),
            Cell::number(grouped(step.left)),
            bar(step.left),
        ]
    });
    let rows: Vec<Vec<Cell>> = std::iter::once(first).chain(steps).collect();
    let head = ["Rule", "Rows", "What became of them", "Left", ""];
    table(&mut out, "Waterfall table", &head, &rows);
    panel("From the file to the usable rows", &small(summary.cleaning.policy.name()), &out)
}

/// Where two policies disagree: a sentence with the reasons, and the first rows with line and time of each.
pub fn difference(
    (first, second): (&CleaningSummary, &CleaningSummary),
    diff: &PolicyDiff,
    places: &[(u32, i64)],
) -> [String; 2] {
    let [first, second] = [first, second].map(|summary| summary.cleaning.policy.name());
    let total = diff.only_first + diff.only_second;
    if total == 0 {
        let same = format!("<p class=\"note\">{first} and {second} use exactly the same rows.</p>");
        return [same, String::new()];
    }
    let mut out = format!(
        "<p class=\"note\">{first} and {second} disagree on {}: {} used only by {first}, {} only by {second}.</p>",
        rows(total),
        grouped(diff.only_first),
        grouped(diff.only_second),
    );
    let reason = |(a, b, count): &(String, String, usize)| {
        vec![Cell::new(word(a)), Cell::new(word(b)), Cell::number(grouped(*count))]
    };
    let reasons: Vec<Vec<Cell>> = diff.by_reason.iter().map(reason).collect();
    table(&mut out, "Reasons of the disagreement", &[first, second, "Rows"], &reasons);
    let listed: Vec<Vec<Cell>> = diff
        .first_rows
        .iter()
        .zip(places)
        .map(|((_, a, b), (line, time))| {
            vec![
                Cell::new(grouped(*line as usize)),
                Cell::new(format_time(*time)),
                Cell::new(word(a)),
                Cell::new(word(b)),
            ]
        })
        .collect();
    let mut list = String::new();
    table(&mut list, "Rows in disagreement", &["Line", "Time (UTC)", first, second], &listed);
    [out, list]
}

/// The original method's cleaner: what it keeps, and what it would keep in the opposite order. Empty where neither policy
/// is that one.
pub fn original_cleaner(summaries: [&CleaningSummary; 2]) -> String {
    let Some(score) = summaries.into_iter().find_map(|summary| summary.source_score.as_ref())
    else {
        return String::new();
    };
    let mut out = format!(
        "<p class=\"note\">As the file stands it keeps {} rows, among them {} broken, {} without volume and {} flat. Read backwards it \
         keeps {} and decides {} differently: a step is a gap when it exceeds 1.5 × the first step, {} ms here and {} ms backwards.</p>",
        grouped(score.kept_rows),
        grouped(score.kept_broken),
        grouped(score.kept_zero_volume),
        grouped(score.kept_flat),
        grouped(score.opposite.kept_rows),
        rows(score.opposite.rows_decided_differently),
        fixed(score.gap_limit_ms, 0),
        fixed(score.opposite.gap_limit_ms, 0),
    );
    let rows: Vec<Vec<Cell>> = SOURCE_CHECKS
        .iter()
        .zip(score.failed_checks)
        .zip(score.opposite.failed_checks)
        .map(|((name, failed), opposite)| {
            vec![
                Cell::html(format!("<code>{name}</code>")),
                Cell::number(grouped(failed)),
                Cell::number(grouped(opposite)),
            ]
        })
        .collect();
    let head = ["Failed check", "As it stands", "Backwards"];
    table(&mut out, "The original method’s checks", &head, &rows);
    panel("The original method's cleaner depends on the order of the file", "", &out)
}

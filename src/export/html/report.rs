//! The report to hand on: one HTML file without script and without anything from elsewhere, for the screen and for paper.

use super::anatomy::{Places, anatomy, unit_of};
use super::figures::Plot;
use super::quality::gates_table;
use super::{Cell, escape, facts, table, validation};
use crate::anatomy::Anatomy;
use crate::backtest::Window;
use crate::charts::decimate;
use crate::domain::{
    Measure, Side, Undefined, format_duration, format_time, grouped, timeframe_label,
};
use crate::engine::{Backtest, Series, equity};
use crate::format::{counted, fixed, percent, signed};
use crate::metrics::{GridUnit, METRICS, MetricInput};
use crate::quality::clean::CleaningSummary;
use crate::quality::{self, Cleaning, Market};
use crate::strategy::Params;
use crate::validate::{Bootstrap, RandomEntries, Validation};
use std::fmt::Write as _;
use std::sync::Arc;

/// Width of the large pictures, CSS pixels: what A4 and Letter hold at 96 dpi.
const WIDE: f64 = 700.0;
/// Columns of a large picture: two for a pixel of paper are more than a printer shows.
const COLUMNS: usize = 690;
/// Trades that are listed; the CSV of the trades has all.
const LISTED: usize = 500;
/// Entries that are marked on the price.
const MARKED: usize = 400;

/// What a report is made of.
pub struct Report<'a> {
    /// Name of the file, without its folders.
    pub name: &'a str,
    /// SHA-256 of the candles.
    pub fingerprint: &'a str,
    /// The rows.
    pub market: &'a Market,
    /// What was found in them.
    pub quality: &'a quality::Report,
    /// The same in sentences.
    pub remarks: &'a [String],
    /// What the cleaning did.
    pub summary: &'a CleaningSummary,
    /// The result, where one was asked for.
    pub run: Option<Run<'a>>,
}

/// A result.
pub struct Run<'a> {
    /// Fragment of a link that holds the settings.
    pub link: &'a str,
    /// Strategy and engine.
    pub params: &'a Params,
    /// Which rows may hold entries.
    pub window: &'a Window,
    /// Why rows behind it have a say all the same.
    pub warning: Option<&'static str>,
    /// What was found; before the split line, where there is one.
    pub part: Part,
    /// What the same settings make behind it.
    pub behind: Option<Part>,
}

/// A result on its rows.
pub struct Part {
    /// Usable rows and their clock.
    pub series: Arc<Series>,
    /// Trades.
    pub backtest: Backtest,
    /// Marked equity of the window.
    pub equity: Vec<f64>,
    /// Values of the metric table.
    pub metrics: Vec<Measure>,
    /// Validation numbers.
    pub validation: Validation,
    /// The sentence that sums up.
    pub sentence: String,
    /// Its anatomy.
    pub anatomy: Anatomy,
    /// Seeded random results, where they were asked for.
    pub checked: Option<Checked>,
}

impl Part {
    /// Step of its grid.
    const fn unit(&self) -> GridUnit {
        self.anatomy.rolling.unit
    }

    /// Times of the clock rows of the window, ms.
    fn times_ms(&self) -> &[i64] {
        &self.series.clock_time_ms[self.backtest.first_row as usize..]
    }
}

/// Seeded random results, and what other tools would print.
pub struct Checked {
    /// Intervals.
    pub bootstrap: Bootstrap,
    /// In the order of [`crate::validate::ROSETTA`].
    pub rosetta: Vec<Measure>,
    /// Random entries.
    pub entries: Result<RandomEntries, Undefined>,
}

/// The whole file. The same input gives the same bytes: it holds no time of its making.
pub fn report(report: &Report<'_>) -> String {
    page(report.name, false, |out| body(out, report))
}

/// A whole HTML file without script; a wide one has tables of many columns.
pub(super) fn page(title: &str, is_wide: bool, body: impl FnOnce(&mut String)) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{} · Clean Sweep report</title>\n<style>\n{}{}</style>\n</head>\n<body>\n<main{}>\n",
        escape(title),
        include_str!("../../../style/figures.css"),
        include_str!("report.css"),
        if is_wide { " class=\"wide\"" } else { "" }
    );
    body(&mut out);
    out.push_str("\n</main>\n</body>\n</html>\n");
    out
}

fn body(out: &mut String, report: &Report<'_>) {
    head(out, report);
    data(out, report);
    if let Some(run) = &report.run {
        result(out, report, run);
        settings(out, report, run);
        let own = run.part.backtest.trades.len() as u32;
        let cuts = |out: &mut String, title: &str, part: &Part, first: u32| {
            section(out, title, |out| {
                let (trades, places) = (&part.backtest.trades, Places { candles: None, first });
                out.push_str("<div class=\"cuts\">");
                out.push_str(&anatomy(&part.anatomy, trades, &part.metrics, places));
                out.push_str("</div>");
            });
        };
        cuts(out, "Anatomy of the result", &run.part, 0);
        if let Some(behind) = &run.behind {
            cuts(out, "Anatomy of the out-of-sample result", behind, own);
        }
        meaning(out, run);
        trades(out, "Trades", &run.part, 0);
        if let Some(behind) = &run.behind {
            trades(out, "Out-of-sample trades", behind, own as usize);
        }
        notes(out, run);
    }
    let _ = write!(
        out,
        "<footer>Made by Clean Sweep {} from {} (SHA-256 of the candles {}). Every number is computed on the reader’s own \
         machine; the file holds no script and requests nothing.</footer>",
        env!("CARGO_PKG_VERSION"),
        escape(report.name),
        report.fingerprint
    );
}

pub(super) fn section(out: &mut String, title: &str, content: impl FnOnce(&mut String)) {
    let _ = writeln!(out, "<section><h2>{}</h2>", escape(title));
    content(out);
    out.push_str("</section>\n");
}

pub(super) fn paragraph(out: &mut String, class: &str, text: &str) {
    let _ = writeln!(out, "<p class=\"{class}\">{}</p>", escape(text));
}

fn head(out: &mut String, report: &Report<'_>) {
    let times = &report.market.candles.time_ms;
    let (first, last) = (times.first().copied(), times.last().copied());
    let time = |ms: Option<i64>| {
        ms.map_or_else(|| "–".to_owned(), |ms| format!("{} UTC", format_time(ms)))
    };
    let span =
        first.zip(last).map_or_else(String::new, |(first, last)| format_duration(last - first));
    let timeframe =
        report.market.timeframe_ms.map_or_else(|| "unknown".to_owned(), timeframe_label);
    let _ = writeln!(
        out,
        "<header><p class=\"brand\">Clean Sweep report</p><h1>{}</h1>",
        escape(report.name)
    );
    facts(
        out,
        "facts",
        [
            ("Candles", format!("{} of {timeframe}", grouped(times.len()))),
            ("From", time(first)),
            ("To", time(last)),
            ("Span", span),
            ("Data fingerprint (SHA-256)", report.fingerprint.to_owned()),
            ("Version", format!("Clean Sweep {}", env!("CARGO_PKG_VERSION"))),
        ],
    );
    if let Some(run) = &report.run {
        paragraph(out, "verdict", &run.part.sentence);
        if let Some(behind) = &run.behind {
            paragraph(out, "remark", &out_of_sample(behind));
        }
    }
    out.push_str("</header>\n");
}

fn out_of_sample(behind: &Part) -> String {
    let from = behind.times_ms().first().map_or_else(String::new, |ms| format_time(*ms));
    format!(
        "Out-of-sample, rows from {from} UTC on: {} It is out-of-sample only if the settings were chosen without a look at these \
         rows, which this file cannot know.",
        behind.sentence
    )
}

fn data(out: &mut String, report: &Report<'_>) {
    section(out, "Data quality", |out| {
        paragraph(out, "verdict", &report.summary.line);
        for remark in report.remarks {
            paragraph(out, "remark", remark);
        }
        let raw = &report.quality.judgement;
        let _ = write!(
            out,
            "<h3>As the file is: {}</h3>",
            escape(&raw.verdict.name().replace('_', " "))
        );
        out.push_str(&gates_table("Gates of the file as it is", raw));
        let after = &report.summary.judgement;
        let _ = write!(
            out,
            "<h3>After cleaning with {}: {}</h3>",
            report.summary.cleaning.policy.name(),
            escape(&after.verdict.name().replace('_', " "))
        );
        out.push_str(&gates_table("Gates after cleaning", after));
        let rows: Vec<Vec<Cell>> = report
            .summary
            .waterfall
            .iter()
            .map(|step| {
                vec![
                    Cell::new(step.rule.replace('_', " ")),
                    Cell::new(step.action.name()),
                    Cell::new(grouped(step.rows)),
                    Cell::new(grouped(step.left)),
                ]
            })
            .collect();
        if !rows.is_empty() {
            out.push_str("<h3>What the cleaning did</h3>");
            table(out, "What the cleaning did", &["Rule", "Action", "Rows", "Rows left"], &rows);
        }
        let flags: Vec<Vec<Cell>> = report
            .quality
            .flags
            .iter()
            .filter(|flag| flag.count > 0)
            .map(|flag| {
                vec![
                    Cell::new(flag.key.replace('_', " ")),
                    Cell::new(grouped(flag.count)),
                    Cell::new(percent(flag.share, 3)),
                    Cell::new(grouped(flag.run_rows as usize)),
                ]
            })
            .collect();
        if !flags.is_empty() {
            out.push_str("<h3>What was found</h3>");
            table(out, "What was found", &["Finding", "Rows", "Share", "Longest run"], &flags);
        }
    });
}

/// The number of a metric's note.
fn note_of(at: usize) -> String {
    format!("<sup><a href=\"#n{0}\">{0}</a></sup>", at + 1)
}

fn result(out: &mut String, report: &Report<'_>, run: &Run<'_>) {
    section(out, "Result", |out| {
        let part = &run.part;
        let n = part.backtest.trades.len();
        let times = column_times(part.times_ms());
        price(out, report, part);
        let start = run.params.engine.starting_equity;
        let held = equity::hold(&part.series, part.backtest.first_row, start);
        let (line, depth) = decimate::line_with_drawdown(&part.equity, start, COLUMNS);
        let hold = decimate::line(&held, COLUMNS);
        let ends = |columns: &[decimate::Column]| {
            columns.iter().fold((start, start), |(l, h), c| (l.min(c.low), h.max(c.high)))
        };
        let ((a, b), (c, d)) = (ends(&line), ends(&hold));
        let (low, high) = (a.min(c), b.max(d));
        let margin = (high - low).max(high.abs() * 1e-3) * 0.04;
        let sentence = format!(
            "Equity from {} to {} in {}",
            fixed(start, 0),
            fixed(part.equity.last().copied().unwrap_or(start), 0),
            counted(n, "trade")
        );
        let mut plot = Plot::new((WIDE, 240.0), (low - margin, high + margin), &sentence, fixed);
        plot.level(start);
        plot.columns(&hold, "level");
        plot.columns(&line, "accent");
        plot.dates(&times);
        figure(
            out,
            "Equity, marked at every row",
            &plot.finish(),
            "<span class=\"swatch accent\"></span> this run <span class=\"swatch level\"></span> buy and hold, without costs",
        );
        let worst = depth.iter().copied().fold(-1e-4, f64::min);
        let name = |value: f64, _| percent(value, 1);
        let mut plot = Plot::new((WIDE, 130.0), (worst * 1.05, 0.0), "Drawdown", name);
        let x = plot.x((0.0, depth.len().saturating_sub(1).max(1) as f64));
        plot.line(depth.iter().enumerate().map(|(at, &value)| (x.pixel(at as f64), value)), "neg");
        plot.dates(&times);
        figure(out, "Drawdown: below the highest equity so far", &plot.finish(), "");
        if let Some(behind) = &run.behind {
            behind_the_line(out, run, behind);
        }
        metrics(out, run);
    });
}

/// Equity on the rows that were held back.
fn behind_the_line(out: &mut String, run: &Run<'_>, behind: &Part) {
    let start = run.params.engine.starting_equity;
    let line = decimate::line(&behind.equity, COLUMNS);
    let (low, high) = line.iter().fold((start, start), |(l, h), c| (l.min(c.low), h.max(c.high)));
    let margin = (high - low).max(high.abs() * 1e-3) * 0.04;
    let sentence = format!(
        "Out-of-sample, from {} to {} in {}",
        fixed(start, 0),
        fixed(behind.equity.last().copied().unwrap_or(start), 0),
        counted(behind.backtest.trades.len(), "trade")
    );
    let mut plot = Plot::new((WIDE, 160.0), (low - margin, high + margin), &sentence, fixed);
    plot.level(start);
    plot.columns(&line, "accent");
    plot.dates(&column_times(behind.times_ms()));
    figure(
        out,
        "Equity out-of-sample: an account of its own, started at the split line",
        &plot.finish(),
        "",
    );
}

fn figure(out: &mut String, title: &str, picture: &str, legend: &str) {
    let legend =
        if legend.is_empty() { String::new() } else { format!("<p class=\"legend\">{legend}</p>") };
    let _ = writeln!(
        out,
        "<figure class=\"wide\"><figcaption><h3>{}</h3></figcaption>{picture}{legend}</figure>",
        escape(title)
    );
}

/// Time of each column of a large picture of all these rows.
fn column_times(times: &[i64]) -> Vec<i64> {
    let columns = COLUMNS.min(times.len());
    (0..columns).map(|column| times[decimate::start(column, columns, times.len())]).collect()
}

fn price(out: &mut String, report: &Report<'_>, part: &Part) {
    let series = &part.series;
    let first = series.usable_from(part.backtest.first_row);
    let close = &series.close[first..];
    let line = decimate::line(close, COLUMNS);
    if line.is_empty() {
        return;
    }
    let (low, high) = line
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), c| (l.min(c.low), h.max(c.high)));
    let margin = (high - low).max(high.abs() * 1e-6) * 0.05;
    let sentence = format!("Closing prices of {}", report.name);
    let mut plot = Plot::new((WIDE, 240.0), (low - margin, high + margin), &sentence, fixed);
    plot.columns(&line, "ink");
    let x = plot.x((0.0, close.len().saturating_sub(1).max(1) as f64));
    let trades = &part.backtest.trades;
    let every = trades.len().div_ceil(MARKED).max(1);
    for (number, trade) in trades.iter().enumerate().step_by(every) {
        let at = series.usable_from(trade.entry_row).saturating_sub(first);
        let class = if MetricInput::is_win(trade) { "pos" } else { "neg" };
        let note = format!(
            "Trade {}: {}, net {} R",
            number + 1,
            trade.side.name(),
            signed(trade.net_r(), 2)
        );
        plot.point((x.pixel(at as f64), trade.entry_price), class, &note, "");
    }
    let columns = COLUMNS.min(close.len());
    let times: Vec<i64> = (0..columns)
        .map(|column| {
            let usable = first + decimate::start(column, columns, close.len());
            series.clock_time_ms[series.clock_row[usable] as usize]
        })
        .collect();
    plot.dates(&times);
    let mut legend = "Closes of usable rows; rings are entries of trades that won, crosses of those that did not.".to_owned();
    if every > 1 {
        let _ = write!(legend, " One entry in {every} is marked.");
    }
    figure(out, "Price and entries", &plot.finish(), &legend);
}

fn metrics(out: &mut String, run: &Run<'_>) {
    out.push_str("<h3>All metrics</h3><div class=\"scroll-x\"><table class=\"table table--plain metrics\"><thead><tr><th scope=\"col\">Metric</th><th scope=\"col\">Basis</th><th scope=\"col\">Value</th>");
    if run.behind.is_some() {
        out.push_str("<th scope=\"col\">Out-of-sample</th>");
    }
    out.push_str("</tr></thead><tbody>");
    let strategy = run.params.strategy();
    for (at, (spec, value)) in METRICS.iter().zip(&run.part.metrics).enumerate() {
        if !spec.is_for(strategy) {
            continue;
        }
        let unit = unit_of(spec);
        let text = |value: &Measure| match value {
            Ok(_) => spec.unit.show(value, false),
            Err(reason) => reason.to_string(),
        };
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}{unit}{}</th><td>{}</td><td>{}</td>",
            escape(spec.label),
            note_of(at),
            spec.basis.name(),
            escape(&text(value))
        );
        if let Some(value) = run.behind.as_ref().and_then(|behind| behind.metrics.get(at)) {
            let _ = write!(out, "<td>{}</td>", escape(&text(value)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

fn settings(out: &mut String, report: &Report<'_>, run: &Run<'_>) {
    section(out, "Settings", |out| {
        let fresh = Params::new(run.params.id());
        let strategy = run.params.strategy();
        paragraph(
            out,
            "",
            &format!(
                "Strategy: {}. Cleaning: {}. Window: {}. Values that were changed are marked with a star.",
                strategy.label,
                report.summary.cleaning.policy.name(),
                run.window
            ),
        );
        if let Some(warning) = run.warning {
            paragraph(out, "remark", &format!("{warning}."));
        }
        let plain = Cleaning::with_policy(report.summary.cleaning.policy);
        let starred = |text: String, is_own: bool| if is_own { text } else { format!("{text} *") };
        let mut pairs: Vec<(&str, String)> = report
            .summary
            .cleaning
            .parameters()
            .map(|(spec, value)| {
                (spec.label, starred(spec.show(value), plain.get(spec.key) == Some(value)))
            })
            .collect();
        for spec in run.params.specs() {
            let value = run.params.get(spec.key);
            let is_own = fresh.get(spec.key) == value;
            pairs.push((
                spec.label,
                value.map_or_else(String::new, |v| starred(spec.show(v), is_own)),
            ));
        }
        facts(out, "facts", pairs);
        let _ = write!(
            out,
            "<p class=\"remark\">To get this result again, open the file in Clean Sweep with this text behind the page’s address: \
             <code>#{}</code></p>",
            escape(run.link.trim_start_matches('#'))
        );
    });
}

fn meaning(out: &mut String, run: &Run<'_>) {
    section(out, "Does it mean anything?", |out| {
        let (part, behind) = (&run.part, run.behind.as_ref());
        out.push_str(&validation::tests(
            (&part.validation, part.unit()),
            behind.map(|behind| (&behind.validation, behind.unit())),
        ));
        if let Some(behind) = behind {
            paragraph(out, "remark", &out_of_sample(behind));
        }
        let mut both = |title: &str, text: fn(&Part, &Checked) -> String| {
            let text = |part: &Part| part.checked.as_ref().map(|checked| text(part, checked));
            let Some(first) = text(part) else { return };
            let _ = write!(out, "<h3>{title}</h3>");
            out.push_str(&validation::both(first, behind.and_then(text)));
        };
        both("95 % intervals", |part, checked| {
            validation::intervals(&checked.bootstrap, &part.metrics, part.unit())
        });
        both("Random entries", |_, checked| validation::entries(&checked.entries));
        both("What other tools would print for the same trades", |part, checked| {
            validation::others(&checked.rosetta, &part.metrics, &part.validation, part.unit())
        });
    });
}

/// The list of a part; its first trade comes after so many others.
fn trades(out: &mut String, title: &str, part: &Part, first: usize) {
    let trades = &part.backtest.trades;
    section(out, title, |out| {
        if trades.is_empty() {
            return paragraph(out, "remark", "There is none.");
        }
        if trades.len() > LISTED {
            paragraph(
                out,
                "remark",
                &format!(
                    "The first {LISTED} of {}; the CSV of the trades has all.",
                    grouped(trades.len())
                ),
            );
        }
        let time = |row: u32| format_time(part.series.clock_time_ms[row as usize]);
        let mut sum = 0.0;
        let rows: Vec<Vec<Cell>> = trades
            .iter()
            .take(LISTED)
            .enumerate()
            .map(|(number, trade)| {
                sum += trade.net;
                vec![
                    Cell::new((first + number + 1).to_string()),
                    Cell::new(if trade.side == Side::Long { "▲ long" } else { "▼ short" }),
                    Cell::new(time(trade.entry_row)),
                    Cell::new(crate::format::price(trade.entry_price)),
                    Cell::new(time(trade.exit_row)),
                    Cell::new(crate::format::price(trade.exit_price)),
                    Cell::new(trade.exit_reason.name().replace('_', " ")),
                    Cell::signed(trade.net, signed(trade.net_r(), 2)),
                    Cell::signed(trade.net, signed(trade.net, 2)),
                    Cell::signed(sum, signed(sum, 2)),
                ]
            })
            .collect();
        let head = [
            "#",
            "Side",
            "Entry (UTC)",
            "Price",
            "Exit (UTC)",
            "Price",
            "Reason",
            "Net R",
            "Net",
            "Sum of net",
        ];
        table(out, title, &head, &rows);
    });
}

fn notes(out: &mut String, run: &Run<'_>) {
    section(out, "Notes on the method", |out| {
        paragraph(
            out,
            "remark",
            "A number that cannot be computed is a reason, never 0. Basis says what a number is counted over: closed trades, \
             rows of the window, or periods of the calendar grid (UTC days; hours for files under 30 days).",
        );
        out.push_str("<ol class=\"notes\">");
        let strategy = run.params.strategy();
        for (at, spec) in METRICS.iter().enumerate().filter(|(_, spec)| spec.is_for(strategy)) {
            let _ = write!(
                out,
                "<li id=\"n{0}\" value=\"{0}\"><b>{1}</b>: {2}</li>",
                at + 1,
                escape(spec.label),
                escape(spec.formula)
            );
        }
        out.push_str("</ol>");
    });
}

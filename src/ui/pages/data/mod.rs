//! The Data page: what was read, what is wrong with it, and which gate says so.

use crate::domain::{Measure, format_duration, format_time, grouped, timeframe_label};
use crate::format::{amount, counted, fixed, percent, price, rows};
use crate::import::{Diagnostics, READING, Role};
use crate::protocol::LoadedView;
use crate::quality::Outcome;
use crate::quality::checks::{CHECKS, SOURCE_RULE_PCT};
use crate::quality::report::{QUANTILES, Quantiles};
use crate::ui::charts::PriceChart;
use crate::ui::parts::{self, OriginalToggle, ReadingPanel, ScrollX, gates, verdict_tag};
use crate::ui::state::{AppState, use_state};
use leptos::prelude::*;
use std::sync::Arc;

fn measured(value: &Measure, decimals: usize) -> String {
    match value {
        Ok(value) => fixed(*value, decimals),
        Err(reason) => reason.to_string(),
    }
}

/// The page.
#[component]
pub fn DataPage() -> impl IntoView {
    let state = use_state();
    move || {
        state.files.loaded.get().map(|view| {
            view! {
                <div class="data" role="tabpanel" aria-labelledby="tab-Data">
                    <h1 class="sr-only" id="title" tabindex="-1">"Data quality of " {view.name.clone()}</h1>
                    {summary(state, &view)}
                    <section class="panel charts">
                        <header class="panel__head">
                            <h2>"Price and volume"</h2>
                            <span class="spacer"></span>
                            <small class="keys-of-strip">
                                <i class="swatch swatch--bad"></i>" broken or without volume "
                                <i class="swatch swatch--warn"></i>" suspicious"
                            </small>
                        </header>
                        <PriceChart trades=false label="Price and volume"/>
                    </section>
                    <div class="data__columns">
                        {gates("Gates", "the worst one decides", &view.report.judgement)}
                        {source(state, &view)}
                    </div>
                    {findings(&view)}
                    <div class="data__columns">
                        {grid(&view)}
                        {distribution(&view)}
                    </div>
                    {import(state, &view.diagnostics)}
                </div>
            }
        })
    }
}

fn summary(state: AppState, view: &Arc<LoadedView>) -> impl IntoView + use<> {
    let report = &view.report;
    let (first, last) = view.span_ms;
    let sentence = format!(
        "{} read, {} zero volume ({}), {} flat ({}), {} rejected.",
        rows(view.file_rows),
        grouped(report.source.zero_volume),
        percent(report.source.zero_volume as f64 / view.file_rows.max(1) as f64, 1),
        grouped(report.source.flat_candles),
        percent(report.source.flat_candles as f64 / view.file_rows.max(1) as f64, 1),
        counted(view.diagnostics.rejected as usize, "line"),
    );
    let facts = [
        ("Candles", grouped(view.candles)),
        ("Timeframe", view.timeframe_ms.map_or("one row only".to_owned(), timeframe_label)),
        ("From", format!("{} UTC", format_time(first))),
        ("To", format!("{} UTC", format_time(last))),
        ("Span", format_duration(last - first + view.timeframe_ms.unwrap_or(0))),
        (
            "Order in the file",
            match view.order.as_str() {
                "ascending" => "oldest first".to_owned(),
                "descending" => "newest first".to_owned(),
                other => other.to_owned(),
            },
        ),
        (
            "Volume",
            if view.has_volume {
                "yes".to_owned()
            } else {
                "none: volume checks do not apply".to_owned()
            },
        ),
    ];
    let remarks: Vec<_> =
        view.remarks.iter().map(|remark| view! { <li>{remark.clone()}</li> }).collect();
    let volume = view.diagnostics.columns.iter().position(|column| column.role == Role::Volume);
    let no_volume = volume.filter(|_| report.untrusted_volume.is_some()).map(|column| {
        let read = move |_| state.files.answer("columns", &format!("{}:-", column + 1));
        view! { <p class="note"><button class="btn" on:click=read>"Read it without volume"</button></p> }
    });
    let headline = move || {
        state.answers.cleaned.get().map(|view| {
            let summary = &view.summary;
            let class = match summary.outcome {
                Outcome::Fails => "headline headline--bad",
                Outcome::Sound => "headline headline--ok",
                _ => "headline headline--warn",
            };
            let enough = match (summary.sufficiency().backtest(), summary.sufficiency().search()) {
                ("enough", "enough") => "enough for a backtest and for a search",
                ("enough", _) => "enough for a backtest, few for a search",
                _ => "few for a backtest, too few for a search",
            };
            let kept = format!("{}: {enough}.", rows(summary.kept).replace("row", "usable row"));
            view! { <p class=class><b>{format!("{}.", summary.line)}</b> " " {kept}</p> }
        })
    };
    view! {
        <section class="panel summary" aria-label="Summary">
            {headline}
            <p class="note">{sentence}</p>
            {(!remarks.is_empty()).then(|| view! { <ul class="hints" aria-label="Warnings about the data">{remarks}</ul> })}
            {no_volume}
            {parts::facts(true, facts)}
        </section>
    }
}

fn source(state: AppState, view: &Arc<LoadedView>) -> impl IntoView + use<> {
    let report = &view.report;
    let numbers = [
        ("total_candles", grouped(report.source.total_candles)),
        ("zero_volume", grouped(report.source.zero_volume)),
        ("flat_candles", grouped(report.source.flat_candles)),
        ("valid_pct", measured(&report.source.valid_pct, 2)),
        ("avg_volume", measured(&report.source.avg_volume, 3)),
        ("avg_atr_pct", measured(&report.source.avg_atr_pct, 4)),
    ];
    let table = report.table_2x2;
    let total = view.file_rows.max(1) as f64;
    let cell = |count: usize| {
        view! { <td class="number"><b>{grouped(count)}</b> <small class="two-by-two__share">{percent(count as f64 / total, 1)}</small></td> }
    };
    let filled = report.fully_filled.then(|| {
        view! {
            <p class="note">
                "Every slot of the grid has a row, and some rows are placeholders: somebody filled the gaps before the \
                 export. Missing candles look like candles without trades."
            </p>
        }
    });
    let rule = verdict_tag(report.source_rule);
    view! {
        <section class="panel" aria-label="Flat candles and volume">
            <header class="panel__head"><h2>"Flat candles and volume"</h2></header>
            <OriginalToggle/>
            <dl class="facts" class:hidden=move || !state.view.original.get()>
                {numbers.map(|(name, value)| view! { <div class="fact"><dt><code>{name}</code></dt><dd>{value}</dd></div> }).collect_view()}
                <div class="fact">
                    <dt>{format!("Its rule: valid_pct at least {SOURCE_RULE_PCT} %")}</dt>
                    <dd>{rule}</dd>
                </div>
            </dl>
            <table class="table two-by-two">
                <caption>"Every row of the file"</caption>
                <thead><tr><td></td><th scope="col">"volume 0"</th><th scope="col">"with volume"</th></tr></thead>
                <tbody>
                    <tr><th scope="row" class="left">"flat"</th>{cell(table.flat_zero_volume)}{cell(table.flat_with_volume)}</tr>
                    <tr><th scope="row" class="left">"with a range"</th>{cell(table.range_zero_volume)}{cell(table.range_with_volume)}</tr>
                </tbody>
            </table>
            {filled}
        </section>
    }
}

fn findings(view: &Arc<LoadedView>) -> impl IntoView + use<> {
    let rows: Vec<_> = view
        .report
        .flags
        .iter()
        .map(|flag| {
            let check = CHECKS.iter().find(|check| check.key == flag.key);
            let label = check.map_or("", |check| check.label);
            let first: Vec<String> = flag.first_rows.iter().map(|row| grouped(*row as usize)).collect();
            let run = if flag.run_rows > 0 {
                format!("{} from {}", rows(flag.run_rows as usize), grouped(flag.run_first_row as usize))
            } else {
                "–".to_owned()
            };
            let explanation = check.map(|check| {
                view! {
                    <details class="more">
                        <summary>{label}</summary>
                        <p>{check.what}</p>
                        <p><b>"Why it matters. "</b>{check.why}</p>
                        <p><b>"Example. "</b>{check.example}</p>
                        <p><b>"What to do. "</b>{check.fix}</p>
                    </details>
                }
            });
            view! {
                <tr class:quiet=flag.count == 0>
                    <th scope="row">{explanation}</th>
                    <td class="number">{grouped(flag.count)}</td>
                    <td class="number">{percent(flag.share, 2)}</td>
                    <td class="number">{run}</td>
                    <td class="first-rows">{if first.is_empty() { "–".to_owned() } else { first.join(" · ") }}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="panel" aria-label="Findings">
            <header class="panel__head">
                <h2>"Findings"</h2>
                <span class="spacer"></span>
                <small>"row numbers start at 0: candles in time order; duplicates and disorder in file order"</small>
            </header>
            <ScrollX label="Findings table">
                <table class="table table--text">
                    <thead>
                        <tr>
                            <th class="left" scope="col">"Finding"</th>
                            <th scope="col">"Rows"</th>
                            <th scope="col">"Share"</th>
                            <th scope="col">"Longest run"</th>
                            <th class="left" scope="col">"First rows"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </ScrollX>
        </section>
    }
}

fn grid(view: &Arc<LoadedView>) -> impl IntoView + use<> {
    let report = &view.report;
    let facts = [
        ("Expected slots", grouped(report.expected_slots.max(0) as usize)),
        ("Missing slots", grouped(report.missing_slots.max(0) as usize)),
        ("Coverage", percent(report.coverage, 3)),
        ("Gaps", grouped(report.gap_count)),
        ("Longest gap", format!("{} slots", grouped(report.longest_gap.max(0) as usize))),
        (
            "Closed hours",
            if report.sessions {
                format!("{} slots", grouped(report.closed_slots.max(0) as usize))
            } else {
                "none: every empty slot is missing".to_owned()
            },
        ),
        ("Holidays", counted(report.holidays, "day")),
    ];
    let shown = report.gaps.len();
    let gaps: Vec<_> = report
        .gaps
        .iter()
        .map(|(row, time, slots)| {
            view! {
                <tr>
                    <td>{grouped(*row as usize)}</td>
                    <td>{format_time(*time)}</td>
                    <td>{grouped(*slots as usize)}</td>
                </tr>
            }
        })
        .collect();
    let list = (shown > 0).then(|| {
        view! {
            <details class="more">
                <summary>{format!("The first {shown} gaps")}</summary>
                <table class="table">
                    <thead><tr><th scope="col">"Row after"</th><th scope="col">"Time (UTC)"</th><th scope="col">"Slots"</th></tr></thead>
                    <tbody>{gaps}</tbody>
                </table>
            </details>
        }
    });
    view! {
        <section class="panel" aria-label="Grid and gaps">
            <header class="panel__head"><h2>"Grid and gaps"</h2></header>
            {parts::facts(false, facts)}
            {list}
        </section>
    }
}

fn distribution(view: &Arc<LoadedView>) -> impl IntoView + use<> {
    let cell = |values: &Result<Quantiles, _>, at: usize, show: fn(f64) -> String| match values {
        Ok(Quantiles(values)) => {
            values.get(at).map_or_else(|| "–".to_owned(), |value| show(*value))
        }
        Err(_) => "–".to_owned(),
    };
    let rows: Vec<_> = QUANTILES
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            view! {
                <tr>
                    <th scope="row" class="left">{*name}</th>
                    <td>{cell(&view.report.close, at, price)}</td>
                    <td>{cell(&view.report.volume, at, amount)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="panel" aria-label="Distribution">
            <header class="panel__head"><h2>"Distribution"</h2></header>
            <table class="table">
                <thead><tr><td></td><th scope="col">"Close"</th><th scope="col">"Volume"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

/// What was inferred, what was rejected and what could not be read.
fn import(state: AppState, diagnostics: &Diagnostics) -> impl IntoView + use<> {
    let d = diagnostics;
    let facts = [
        ("Times", d.time_format.clone()),
        ("Lines", grouped(d.lines as usize)),
        ("Blank lines", grouped(d.blank_lines as usize)),
        ("Missing values", grouped(d.missing_values as usize)),
        ("Unreadable values", grouped(d.unreadable as usize)),
        ("Rejected lines", grouped(d.rejected as usize)),
        ("Lines read otherwise than written", grouped(d.repaired as usize)),
    ];
    let findings: Vec<_> = d
        .findings
        .iter()
        .filter(|finding| finding.key != "columns")
        .map(|finding| {
            let label =
                READING.iter().find(|spec| spec.key == finding.key).map_or("", |spec| spec.label);
            let by = if finding.chosen { "chosen" } else { "auto" };
            view! {
                <tr>
                    <th scope="row" class="left">{label}</th>
                    <td class="left"><bdi>{finding.label.clone()}</bdi></td>
                    <td class="left">{by}</td>
                    <td class="left"><bdi>{finding.reason.clone()}</bdi></td>
                </tr>
            }
        })
        .collect();
    let columns: Vec<_> = d
        .columns
        .iter()
        .map(|column| {
            let used = column.role != Role::Unused;
            let role = column.role.label();
            let name =
                if column.name.is_empty() { "(no name)".to_owned() } else { column.name.clone() };
            let reason = column.reason.clone();
            view! { <li class:quiet=!used title=reason><bdi>{name}</bdi> " → " <b>{role}</b></li> }
        })
        .collect();
    let notes: Vec<_> = d.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect();
    let bad_lines = (!d.rejected_lines.is_empty()).then(|| {
        let rows: Vec<_> = d
            .rejected_lines
            .iter()
            .take(200)
            .map(|bad| view! { <tr><td>{bad.line}</td><td class="left">{bad.reason.clone()}</td><td class="left"><bdi>{bad.text.clone()}</bdi></td></tr> })
            .collect();
        view! {
            <details class="more" open=true>
                <summary>{format!("Rejected lines: {} in all", grouped(d.rejected as usize))}</summary>
                <ScrollX label="Rejected lines">
                    <table class="table">
                        <thead><tr><th scope="col">"Line"</th><th class="left" scope="col">"Why"</th><th class="left" scope="col">"Text"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </ScrollX>
            </details>
        }
    });
    let repaired = (!d.repaired_lines.is_empty()).then(|| {
        let rows: Vec<_> = d
            .repaired_lines
            .iter()
            .take(200)
            .map(|repair| view! { <tr><td>{repair.line}</td><td class="left">{repair.action.clone()}</td><td class="left"><bdi>{repair.text.clone()}</bdi></td></tr> })
            .collect();
        view! {
            <details class="more" open=true>
                <summary>{format!("Read otherwise than written, because there was just one way: {} in all", grouped(d.repaired as usize))}</summary>
                <ScrollX label="Lines read otherwise than written">
                    <table class="table">
                        <thead><tr><th scope="col">"Line"</th><th class="left" scope="col">"What was done"</th><th class="left" scope="col">"As written"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </ScrollX>
            </details>
        }
    });
    let bad_values = (!d.unreadable_values.is_empty()).then(|| {
        let rows: Vec<_> = d
            .unreadable_values
            .iter()
            .take(200)
            .map(|bad| view! { <tr><td>{bad.line}</td><td class="left"><bdi>{bad.column.clone()}</bdi></td><td class="left"><bdi>{bad.text.clone()}</bdi></td></tr> })
            .collect();
        view! {
            <details class="more" open=true>
                <summary>{format!("Unreadable values, taken as missing: {} in all", grouped(d.unreadable as usize))}</summary>
                <ScrollX label="Unreadable values">
                    <table class="table">
                        <thead><tr><th scope="col">"Line"</th><th class="left" scope="col">"Column"</th><th class="left" scope="col">"Text"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </ScrollX>
            </details>
        }
    });
    view! {
        <section class="panel" aria-label="How the file was read">
            <header class="panel__head">
                <h2>"How the file was read"</h2>
                <span class="spacer"></span>
                <button
                    class="btn"
                    aria-expanded=move || state.files.reading_open.get().to_string()
                    on:click=move |_| {
                        state.files.reading_open.update(|open| *open = !*open);
                        if state.files.preview.with_untracked(Option::is_none) {
                            state.files.look();
                        }
                    }
                >
                    "Preview and change"
                </button>
            </header>
            {parts::facts(true, facts)}
            <ScrollX label="Choices and reasons">
                <table class="table table--text">
                    <thead>
                        <tr>
                            <th class="left" scope="col">"Choice"</th>
                            <th class="left" scope="col">"Value"</th>
                            <th class="left" scope="col">"By"</th>
                            <th class="left" scope="col">"Reason"</th>
                        </tr>
                    </thead>
                    <tbody>{findings}</tbody>
                </table>
            </ScrollX>
            <ul class="columns-used" aria-label="Columns">{columns}</ul>
            <ul class="hints">{notes}</ul>
            <Show when=move || state.files.reading_open.get()><ReadingPanel/></Show>
            {repaired}
            {bad_lines}
            {bad_values}
        </section>
    }
}

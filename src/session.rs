//! One loaded file and everything that is computed from it: the command and the worker, minus terminal and browser.

use crate::anatomy::Anatomy;
use crate::backtest::{Stages, Window};
use crate::diagnose::{self, Funnel, Removal};
use crate::domain::{Measure, Undefined, format_time, grouped};
use crate::engine::{Backtest, Path, Series, equity};
use crate::export::{self, Document, html, json};
use crate::format::{counted, rows};
use crate::import::{self, Diagnostics, Import, ImportError, Role};
use crate::ledger::Looks;
use crate::metrics::{self, GridUnit, MetricInput};
use crate::quality::clean::{CleaningSummary, FEWEST_ROWS, clean};
use crate::quality::level;
use crate::quality::{Cleaned, Cleaning, Market, Policy, Report};
use crate::robust::{Contamination, Fantasy, Multiverse, UNIVERSES, Universe, multiverse};
use crate::strategy::Params;
use crate::universe::{Columns, Named};
use crate::validate::{self, Bootstrap, RandomEntries, Validation};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Seed of the random results, unless another one is asked for.
pub const SEED: u64 = 42;

/// What a run is made with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How rows are chosen.
    pub cleaning: Cleaning,
    /// Strategy and engine.
    pub params: Params,
    /// Which rows may hold entries.
    pub window: Window,
}

/// A cleaned file with the cached stages of its backtests.
#[derive(Debug)]
pub struct Prepared {
    /// Policy and parameters it was cleaned with; all rows of the file.
    pub cleaned: Arc<Cleaned>,
    /// Engine over its rows, up to the end of a window.
    pub stages: Stages,
}

/// What a file is prepared for: a cleaning, and the time from which on rows do not exist.
type Prepares = (Cleaning, Option<i64>);

/// Cleanings that are kept: the chosen one and `raw` beside it.
const CLEANINGS: usize = 2;
/// Preparations that are kept: two cleanings, of each what a run sees and what is held back.
const KEPT: usize = 4;

impl Settings {
    /// Why rows behind an end or a split line have a say all the same, where a cleaning looks at the whole file.
    pub fn looks_behind(&self) -> Option<&'static str> {
        let ends = self.window.to_ms.is_some() || self.window.split_ms.is_some();
        if !ends {
            None
        } else if self.cleaning.policy == Policy::SourceScore {
            Some(
                "The policy source_score decides by a percentile over the whole file, so later rows have a say in which rows are used",
            )
        } else if self.cleaning.remove_spikes {
            Some(
                "A spike is told by the row after it, so the first row after the end has a say in whether the last one is used",
            )
        } else {
            None
        }
    }
}

/// One backtest with everything that is shown at once.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// Trades and rejections.
    pub backtest: Backtest,
    /// Marked equity, one value a clock row of the window.
    pub equity: Vec<f64>,
    /// Values of [`metrics::METRICS`], in its order.
    pub metrics: Vec<Measure>,
    /// Validation numbers.
    pub validation: Validation,
    /// The sentence that sums up.
    pub sentence: String,
    /// Unit and points of the calendar grid.
    pub grid: (GridUnit, usize),
}

/// One file in memory.
#[derive(Debug)]
pub struct Session {
    /// Flagged rows.
    pub market: Market,
    /// How the file was read.
    pub diagnostics: Diagnostics,
    /// Line number of each file row.
    pub lines: Vec<u32>,
    report: Option<Report>,
    fingerprint: Option<String>,
    cleaned: Vec<(Cleaning, Arc<Cleaned>)>,
    prepared: Vec<(Prepares, Prepared)>,
    tried: Option<Tried>,
}

/// The rows that the trials of a search run on.
#[derive(Clone, Debug)]
pub struct SearchRows {
    /// Up to the end of the window.
    pub series: Arc<Series>,
    /// First clock row that may hold an entry.
    pub first_row: u32,
    /// Length of the window, ms.
    pub window_ms: i64,
    /// Open times of the first row and of the last one, ms.
    pub ends_ms: (i64, i64),
}

/// Cleanings of a multiverse that were tried so far, with the settings that they were tried with.
#[derive(Debug)]
struct Tried {
    params: Params,
    span: (i64, Option<i64>),
    universes: Vec<Universe>,
}

/// Columns whose one text is the market's symbol.
const SYMBOL_COLUMNS: [&str; 3] = ["symbol", "ticker", "pair"];

/// What a path and the columns of a file tell of its market, and the names of its columns.
pub fn named(path: &str, diagnostics: &Diagnostics) -> (Named, Vec<String>) {
    let header: Vec<String> =
        diagnostics.columns.iter().map(|column| column.name.clone()).collect();
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    // Other columns that tell markets apart, such as one of currencies, name no market by themselves.
    let mut columns = diagnostics.columns.iter().filter(|column| column.role == Role::Symbol);
    let is_symbol = columns.all(|column| {
        // As in <TICKER>.
        let word = column.name.trim_matches(|c: char| !c.is_alphanumeric());
        SYMBOL_COLUMNS.iter().any(|known| word.eq_ignore_ascii_case(known))
    });
    let symbol = diagnostics.finding("symbol").filter(|_| is_symbol);
    let symbol = symbol.map(|finding| finding.value.as_str());
    let venue = diagnostics.venue.as_deref();
    (Named::of(path, Columns { symbol, venue, header: &names }), header)
}

impl Session {
    /// Takes an imported file.
    pub fn new(import: Import) -> Self {
        Self {
            market: Market::new(import.rows),
            diagnostics: import.diagnostics,
            lines: import.lines,
            report: None,
            fingerprint: None,
            cleaned: Vec::new(),
            prepared: Vec::new(),
            tried: None,
        }
    }

    /// The quality report, computed once.
    pub fn report(&mut self) -> &Report {
        let market = &self.market;
        self.report.get_or_insert_with(|| Report::of(market))
    }

    /// The file under a policy. The last two are kept, and what was made of them.
    fn cleaned(&mut self, cleaning: &Cleaning) -> Arc<Cleaned> {
        let entry = match self.cleaned.iter().position(|(key, _)| key == cleaning) {
            Some(at) => self.cleaned.remove(at),
            None => {
                if self.cleaned.len() == CLEANINGS {
                    let (gone, _) = self.cleaned.remove(0);
                    self.prepared.retain(|((key, _), _)| *key != gone);
                }
                (cleaning.clone(), Arc::new(clean(&self.market, cleaning)))
            }
        };
        let cleaned = Arc::clone(&entry.1);
        self.cleaned.push(entry);
        cleaned
    }

    /// The file under a policy, all of it.
    pub fn prepare(&mut self, cleaning: &Cleaning) -> &mut Prepared {
        self.prepare_until(cleaning, None)
    }

    /// The file under a policy without the rows from a time on.
    fn prepare_until(&mut self, cleaning: &Cleaning, end_ms: Option<i64>) -> &mut Prepared {
        // An end after the last row is none.
        let end_ms = end_ms.filter(|&end| self.market.candles.time_ms.last() >= Some(&end));
        let cleaned = self.cleaned(cleaning);
        let at = self.prepared.iter().position(|((key, end), _)| key == cleaning && *end == end_ms);
        let entry = match at {
            Some(at) => self.prepared.remove(at),
            None => {
                if self.prepared.len() == KEPT {
                    self.prepared.remove(0);
                }
                let series = &cleaned.series;
                let series =
                    end_ms.map_or_else(|| Arc::clone(series), |end| Arc::new(series.before(end)));
                let stages = Stages::new(series);
                ((cleaning.clone(), end_ms), Prepared { cleaned, stages })
            }
        };
        self.prepared.push(entry);
        let last = self.prepared.len() - 1;
        &mut self.prepared[last].1
    }

    /// What a run of some settings sees, with the first clock row that may hold an entry. Where a split line is drawn this
    /// is the part before it: nothing that is computed here knows a row behind the line.
    pub fn ready(&mut self, settings: &Settings) -> (&mut Prepared, u32) {
        let window = settings.window;
        let first_row = window.first_row(&self.cleaned(&settings.cleaning).series);
        let prepared = self.prepare_until(&settings.cleaning, window.split_ms.or(window.to_ms));
        let rows = prepared.stages.series().clock_len() as u32;
        (prepared, first_row.min(rows))
    }

    /// What is held back behind the split line, with the row of the line; `None` without one.
    pub fn held_back(&mut self, settings: &Settings) -> Option<(&mut Prepared, u32)> {
        let split = settings.window.split_ms?;
        let prepared = self.prepare_until(&settings.cleaning, settings.window.to_ms);
        let first = prepared.stages.series().row_at(split);
        Some((prepared, first))
    }

    /// Refuses dates that leave nothing to run on, on either side of the split line.
    pub fn check(&mut self, settings: &Settings) -> Result<(), ImportError> {
        let window = settings.window;
        if !window.has_dates() {
            return Ok(());
        }
        import::check_dates(self.market.raw.len() as u64)?;
        let (used, behind) = window.usable_rows(&self.cleaned(&settings.cleaning).series);
        if used > 0 && behind != Some(0) {
            return Ok(());
        }
        let times = &self.market.candles.time_ms;
        let file = times.first().zip(times.last()).map_or_else(String::new, |(first, last)| {
            format!("The file runs from {} to {}. ", format_time(*first), format_time(*last))
        });
        let part = |name: &str, ms: Option<i64>| {
            ms.map_or_else(String::new, |ms| format!(" {name} {}", format_time(ms)))
        };
        let newest = match window.newest {
            0 => String::new(),
            rows => format!(" among the newest {} usable rows", grouped(rows)),
        };
        let dates =
            format!("{newest}{}{}", part("from", window.from_ms), part("before", window.to_ms));
        let advice = if window.newest > 0 {
            "Choose other dates, clear them, or let all rows hold entries"
        } else {
            "Choose other dates, or clear them"
        };
        let (title, which) = match (window.split_ms, behind) {
            (Some(split), Some(behind)) if used + behind > 0 => (
                "The split line leaves one side empty",
                format!(
                    "No row{dates} can be used {} the line at {}",
                    if used == 0 { "before" } else { "after" },
                    format_time(split)
                ),
            ),
            _ => ("No row lies in the chosen dates", format!("No row{dates} can be used")),
        };
        Err(ImportError::new(title, format!("{file}{which}"), advice))
    }

    /// Backtest with metrics and validation.
    pub fn run(&mut self, settings: &Settings) -> RunResult {
        let (prepared, first_row) = self.ready(settings);
        prepared.run(&settings.params, first_row)
    }

    /// The rows of a search, refused where they are too few to choose among configurations.
    pub fn search_rows(&mut self, settings: &Settings) -> Result<SearchRows, ImportError> {
        let (prepared, first_row) = self.ready(settings);
        let series = prepared.stages.rows();
        let usable = series.len() - series.usable_from(first_row);
        if usable < FEWEST_ROWS {
            return Err(ImportError::new(
                "Too few rows for a search",
                format!(
                    "Choosing among configurations takes {} usable rows in the chosen window, and there are {}",
                    grouped(FEWEST_ROWS),
                    grouped(usable)
                ),
                "Open a longer file, choose a longer window, or another cleaning",
            ));
        }
        let ends_ms = series.ends_ms(first_row);
        let window_ms = ends_ms.1 - ends_ms.0 + series.timeframe_ms;
        Ok(SearchRows { first_row, window_ms, ends_ms, series })
    }

    /// Open times of the first row that may hold an entry and of the last one, ms.
    pub fn ends_ms(&mut self, settings: &Settings) -> (i64, i64) {
        let (prepared, first_row) = self.ready(settings);
        prepared.stages.series().ends_ms(first_row)
    }

    /// The hashes of what is looked at over a window, by the open times of its first and last row.
    pub fn looks(&mut self, settings: &Settings, ends_ms: (i64, i64)) -> Looks {
        Looks::new(self.fingerprint(), &settings.cleaning, ends_ms)
    }

    /// The same settings on raw rows over the same stretch of time (not the same number of rows).
    pub fn on_raw_rows(&mut self, settings: &Settings) -> Settings {
        let cleaning = Cleaning::with_policy(Policy::Raw);
        let mut window = settings.window;
        if window.newest > 0 {
            let (prepared, first_row) = self.ready(settings);
            let times = &prepared.stages.series().clock_time_ms;
            window.from_ms = times.get(first_row as usize).copied().filter(|_| first_row > 0);
            window.newest = 0;
        }
        Settings { cleaning, params: settings.params.clone(), window }
    }

    /// SHA-256 of the candles, computed once.
    pub fn fingerprint(&mut self) -> &str {
        let market = &self.market;
        self.fingerprint.get_or_insert_with(|| market.fingerprint())
    }

    /// Line of a candle in the file.
    pub fn line_of(&self, candle: u32) -> u32 {
        let file_row = self.market.file_row.get(candle as usize);
        file_row.and_then(|row| self.lines.get(*row as usize)).copied().unwrap_or(0)
    }

    fn add_report(&mut self, document: &mut Document) {
        let remarks = self.remarks();
        if let Some(report) = &self.report {
            document.add(json::report(report, &self.market, &remarks, |row| self.line_of(row)));
        }
    }

    /// What the report says in sentences, for command and page: columns that changed places, splits, a volume that cannot be
    /// trusted.
    pub fn remarks(&mut self) -> Vec<String> {
        self.report();
        let Some(report) = &self.report else { return Vec::new() };
        let line = |row: u32| self.line_of(row);
        let mut remarks = Vec::new();
        for swap in &report.swaps {
            let (from, to) = (swap.row, swap.row + swap.rows as u32 - 1);
            // In the file's own order, which may run newest first.
            let first = line(from).min(line(to));
            remarks.push(format!(
                "{} and {} seem to have changed places from line {first} on, in {}: they make sense only when the two are exchanged",
                swap.columns.0,
                swap.columns.1,
                rows(swap.rows)
            ));
        }
        if let Some(&row) = self.market.plausibility.rows.first() {
            remarks.push(match self.market.plausibility.rows.len() {
                1 => format!("line {} holds an implausible price", line(row)),
                rows => format!(
                    "{} rows hold implausible prices, the first on line {}",
                    grouped(rows),
                    line(row)
                ),
            });
        }
        for jump in &report.level_jumps {
            remarks.push(format!(
                "the level jumps at {} (line {}): the open is {} times the close before, and it stays; the nearest split is {}",
                format_time(jump.time_ms),
                line(jump.row),
                jump_ratio(jump.ratio),
                jump.nearest_split
            ));
        }
        if let Some(zero) = report.untrusted_volume {
            let column = self.diagnostics.columns.iter().position(|c| c.role == Role::Volume);
            let how = column.map_or_else(String::new, |column| {
                format!("; to read the file without it, choose columns={}:-", column + 1)
            });
            remarks.push(format!(
                "volume is 0 in {} that move{}, so the volume of this file cannot be trusted{how}",
                counted(zero, "candle"),
                if zero == 1 { "s" } else { "" }
            ));
        }
        remarks
    }

    /// The document of `cleansweep report`; its one line is the one under the default policy.
    pub fn report_document(&mut self) -> Document {
        let mut document = Document::default();
        document.add(json::input(&self.market));
        self.add_report(&mut document);
        document.add(json::verdict(self.prepare(&Cleaning::default()).summary()));
        document.add(json::import(&self.diagnostics));
        document.add(json::product(self.fingerprint()));
        document
    }

    /// The document of `cleansweep clean`.
    pub fn clean_document(&mut self, cleaning: &Cleaning) -> Document {
        let mut document = Document::default();
        document.add(json::input(&self.market));
        let summary = self.prepare(cleaning).summary();
        document.add(json::cleaning(summary));
        document.add(json::verdict(summary));
        document.add(json::import(&self.diagnostics));
        document.add(json::product(self.fingerprint()));
        document
    }

    /// Where the universes of a multiverse begin and end, ms: the window as `mask` has it, up to its split line.
    pub fn multiverse_span(&mut self, window: &Window) -> (i64, Option<i64>) {
        let series = Arc::clone(&self.cleaned(&UNIVERSES[0].cleaning()).series);
        let first = window.first_row(&series) as usize;
        let first_ms = series.clock_time_ms.get(first).copied().unwrap_or(i64::MAX);
        (first_ms, window.split_ms.or(window.to_ms))
    }

    /// One strategy under the first `count` cleanings; those that were tried before are kept.
    pub fn multiverse(&mut self, settings: &Settings, count: usize) -> Multiverse {
        let span = self.multiverse_span(&settings.window);
        let params = &settings.params;
        let tried = self.tried.take().filter(|tried| tried.params == *params && tried.span == span);
        let mut tried =
            tried.unwrap_or_else(|| Tried { params: params.clone(), span, universes: Vec::new() });
        let done = tried.universes.len();
        for spec in UNIVERSES.iter().take(count).skip(done) {
            let next = multiverse::run(&self.market, spec, params, span, &tried.universes);
            tried.universes.push(next);
        }
        let found = Multiverse::new(params, span.0, tried.universes.clone());
        self.tried = Some(tried);
        found
    }

    /// What the trades of a run lean on, and which fills of the same run on raw rows nobody could have had.
    pub fn contamination(&mut self, settings: &Settings, seed: u64) -> (Contamination, Fantasy) {
        let params = &settings.params;
        let raw = self.on_raw_rows(settings);
        let (prepared, first_row) = self.ready(settings);
        let trades = prepared.stages.run(params, first_row, Path::Pessimistic).trades;
        let series = prepared.stages.rows();
        let found = Contamination::of(&self.market, &series, params, &trades, seed);
        let (prepared, first_row) = self.ready(&raw);
        let trades = prepared.stages.run(params, first_row, Path::Pessimistic).trades;
        let series = prepared.stages.rows();
        (found, Fantasy::of(&self.market, &series, trades))
    }

    /// The document of `cleansweep backtest`; with a seed that of `cleansweep validate` and of the page's export.
    pub fn backtest_document(&mut self, settings: &Settings, seed: Option<u64>) -> Document {
        let mut document = Document::default();
        document.add(json::input(&self.market));
        self.add_report(&mut document);
        let params = &settings.params;
        let jumps = self.report().level_jumps.clone();
        let behind = self.held_back(settings).map(|(prepared, first_row)| {
            let result = prepared.run(params, first_row);
            let (series, backtest) = (prepared.stages.series(), &result.backtest);
            let numbers = (result.metrics.as_slice(), &result.validation);
            let (key, mut section) =
                json::out_of_sample(series, params.strategy(), backtest, result.grid, numbers);
            if let Some(seed) = seed {
                let (bootstrap, rosetta) = prepared.validate(params, &result, seed);
                let entries = prepared.random_entries(params, &result.backtest, seed);
                for (key, value) in [
                    json::bootstrap(&bootstrap),
                    json::rosetta(&rosetta),
                    json::monte_carlo(&entries),
                ] {
                    section[key] = value;
                }
            }
            (key, section)
        });
        let (prepared, first_row) = self.ready(settings);
        let result = prepared.run(params, first_row);
        let optimistic = prepared.stages.run(params, first_row, Path::Optimistic).end_equity;
        let (funnel, removals) = prepared.funnel(params, &result.backtest);
        let series = prepared.stages.series();
        let backtest = &result.backtest;
        let input = MetricInput::new(series, &params.engine, backtest, &result.equity);
        document.add(json::cleaning(prepared.summary()));
        document.add(json::verdict(prepared.summary()));
        document.add(json::strategy(params, prepared.stages.ready_row(params)));
        document.add(("params", params.to_json()));
        document.add(json::window(series, &settings.window, backtest.first_row));
        document.add(json::signals(series, params.strategy(), prepared.stages.atr(), backtest));
        document.add(json::funnel(params.strategy(), &funnel, &removals));
        document.add(json::trades(series, params.strategy(), &backtest.trades));
        document.add(json::equity(
            (params.engine.starting_equity, input.end_equity, optimistic, input.max_drawdown),
            &result.equity,
            &input.grid,
        ));
        let across: Vec<usize> = (0..backtest.trades.len())
            .filter(|&i| {
                let trade = &backtest.trades[i];
                let time = |row: u32| series.clock_time_ms[row as usize];
                level::is_across(&jumps, time(trade.entry_row), time(trade.exit_row))
            })
            .collect();
        document.add(json::across_level_jumps(&backtest.trades, &across));
        document.add(json::metrics(params.strategy(), &result.metrics));
        document.add(json::validation(&result.validation));
        if let Some(behind) = behind {
            document.add(behind);
        }
        if let Some(seed) = seed {
            let anatomy = Anatomy::of(series, backtest, &result.equity, &input);
            let anatomy = export::anatomy::section(params.strategy(), &anatomy);
            document.add(json::bootstrap(&validate::bootstrap(&input, seed)));
            document.add(json::rosetta(&validate::rosetta(&input)));
            let backtest = result.backtest.clone();
            document.add(json::monte_carlo(&prepared.random_entries(params, &backtest, seed)));
            document.add(anatomy);
        }
        let data = self.fingerprint().to_owned();
        document.add(json::import(&self.diagnostics));
        document.add(json::product(&data));
        document
    }
}

/// What a report is about, beside the file.
pub struct Reported<'a> {
    /// Name of the file, without its folders.
    pub name: &'a str,
    /// How rows are chosen.
    pub cleaning: &'a Cleaning,
    /// Settings of the result with the fragment of a link that holds them; without it the report is about the data.
    pub run: Option<(&'a Settings, &'a str)>,
    /// Seed of the random results, where they are wanted.
    pub seed: Option<u64>,
}

impl Session {
    /// The report to hand on: one HTML file, the same bytes for the same input.
    pub fn html(&mut self, of: &Reported<'_>) -> String {
        let remarks = self.remarks();
        let fingerprint = self.fingerprint().to_owned();
        let quality = self.report().clone();
        let cleaning = of.run.map_or(of.cleaning, |(settings, _)| &settings.cleaning);
        let summary = self.prepare(cleaning).summary().clone();
        let parts = of.run.map(|(settings, _)| {
            let (params, seed) = (&settings.params, of.seed);
            let behind =
                self.held_back(settings).map(|(rows, first)| rows.part(params, first, seed));
            let (prepared, first_row) = self.ready(settings);
            (prepared.part(params, first_row, seed), behind)
        });
        let mut report = html::Report {
            name: of.name,
            fingerprint: &fingerprint,
            market: &self.market,
            quality: &quality,
            remarks: &remarks,
            summary: &summary,
            run: None,
        };
        let Some(((settings, link), (part, behind))) = of.run.zip(parts) else {
            return html::report(&report);
        };
        report.run = Some(html::Run {
            link,
            params: &settings.params,
            window: &settings.window,
            warning: settings.looks_behind(),
            part,
            behind,
        });
        html::report(&report)
    }
}

/// A ratio of prices with three digits that count.
fn jump_ratio(ratio: f64) -> String {
    let decimals = if ratio < 0.1 { 4 } else { 2 };
    format!("{ratio:.decimals$}")
}

impl Prepared {
    /// Counts and reasons of the cleaning.
    pub fn summary(&self) -> &CleaningSummary {
        &self.cleaned.summary
    }

    /// Marked equity of a run, one value a clock row of its window.
    pub fn mark(&self, params: &Params, backtest: &Backtest) -> Vec<f64> {
        equity::series(
            self.stages.series(),
            &backtest.trades,
            params.engine.fee,
            params.engine.starting_equity,
            backtest.first_row,
        )
    }

    /// Backtest with metrics and validation.
    pub fn run(&mut self, params: &Params, first_row: u32) -> RunResult {
        let backtest = self.stages.run(params, first_row, Path::Pessimistic);
        let equity = self.mark(params, &backtest);
        let input = MetricInput::new(self.stages.series(), &params.engine, &backtest, &equity);
        let metrics = metrics::evaluate(&input);
        let validation = validate::validate(&input);
        let sentence = validate::sentence(&input, &validation);
        let grid = (input.grid.unit, input.grid.equity.len());
        RunResult { metrics, validation, sentence, grid, equity, backtest }
    }

    /// The run with its anatomy.
    pub fn anatomy(&mut self, params: &Params, first_row: u32) -> (RunResult, Anatomy) {
        let result = self.run(params, first_row);
        let series = self.stages.series();
        let input = MetricInput::new(series, &params.engine, &result.backtest, &result.equity);
        let anatomy = Anatomy::of(series, &result.backtest, &result.equity, &input);
        (result, anatomy)
    }

    /// All that a report says of a run.
    fn part(&mut self, params: &Params, first_row: u32, seed: Option<u64>) -> html::Part {
        let (result, anatomy) = self.anatomy(params, first_row);
        let checked = seed.map(|seed| {
            let (bootstrap, rosetta) = self.validate(params, &result, seed);
            let entries = self.random_entries(params, &result.backtest, seed);
            html::Checked { bootstrap, rosetta, entries }
        });
        let RunResult { backtest, equity, metrics, validation, sentence, .. } = result;
        let series = self.stages.rows();
        html::Part { series, backtest, equity, metrics, validation, sentence, anatomy, checked }
    }

    /// The funnel of a run and what taking each condition away would do.
    pub fn funnel(&mut self, params: &Params, backtest: &Backtest) -> (Funnel, Vec<Removal>) {
        let funnel = diagnose::funnel(&mut self.stages, params, backtest);
        (funnel, diagnose::removals(&mut self.stages, params, backtest.first_row, &backtest.trades))
    }

    /// What random entries make on the same rows.
    pub fn random_entries(
        &mut self,
        params: &Params,
        backtest: &Backtest,
        seed: u64,
    ) -> Result<RandomEntries, Undefined> {
        validate::random_entries(&mut self.stages, params, backtest, seed)
    }

    /// Seeded intervals of a run, and what other tools would print for it.
    pub fn validate(
        &self,
        params: &Params,
        result: &RunResult,
        seed: u64,
    ) -> (Bootstrap, Vec<Measure>) {
        let input = MetricInput::new(
            self.stages.series(),
            &params.engine,
            &result.backtest,
            &result.equity,
        );
        (validate::bootstrap(&input, seed), validate::rosetta(&input))
    }
}

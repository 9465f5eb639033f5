//! `cleansweep search`: many configurations on all cores, in shards on many machines, continued where it stopped.

use super::command::{CleaningArgs, Failure, Input, StrategyArgs, load_checked, settings, spare};
use super::{parallel, text};
use clap::Args;
use cleansweep::domain::{Undefined, one_of};
use cleansweep::export::search::{Searched, section};
use cleansweep::export::{Document, csv, json};
use cleansweep::metrics::METRICS;
use cleansweep::search::luck::SuperiorTest;
use cleansweep::search::{
    Court, Evaluator, Found, MIN_TRADES, Numbers, OBJECTIVE, Outcome, Plan, Sampler, Space, Trials,
};
use cleansweep::session::{SEED, Settings};
use cleansweep::strategy::Params;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Trials that a core takes at a time.
const A_PART: usize = 64;
/// Replicates that a core draws at a time.
const REPLICATES_A_PART: usize = 64;
/// First line of a file of trials.
const SCHEMA: &str = "cleansweep-trials/1";

#[derive(Args)]
pub(super) struct SearchArgs {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    cleaning: CleaningArgs,
    #[command(flatten)]
    strategy: StrategyArgs,
    /// Trials to be made; a grid makes no more than it has
    #[arg(long, default_value_t = 1_000)]
    trials: u32,
    /// Seed of the trials and of the tests for luck
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// relaxed: the strategy's own space; wide: the full ranges of the same parameters; or a JSON file, see docs/SEARCH.md.
    /// What is not searched stays as --preset and --params say
    #[arg(long, default_value = "relaxed", value_name = "relaxed|wide|FILE")]
    space: String,
    /// Where trials lie: random, grid or sobol
    #[arg(long, default_value = "random")]
    sampler: String,
    /// Metric that ranks trials
    #[arg(long, default_value = OBJECTIVE)]
    objective: String,
    /// Trades below which a trial is not ranked
    #[arg(long, default_value_t = MIN_TRADES)]
    min_trades: u32,
    /// Run only the trials whose number leaves the remainder i when divided by n
    #[arg(long, value_name = "i/n", value_parser = shard)]
    shard: Option<(u32, u32)>,
    /// Append trials to this file as they are done, 64 at a time; a second run goes on from there
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Run nothing: put the trials of these files of --out together
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with_all = ["out", "shard"])]
    merge: Vec<PathBuf>,
    /// Also write the table of trials as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

fn shard(text: &str) -> Result<(u32, u32), Failure> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(index, count)| index < count).ok_or_else(|| {
        "it is no shard; write i/n with i from 0 to n − 1, as in 0/4 for the first of four"
            .to_owned()
    })
}

/// The plan of the options.
fn plan(asked: &SearchArgs, params: &Params) -> Result<Plan, Failure> {
    let space = match asked.space.as_str() {
        "relaxed" => Space::relaxed(params.id()),
        "wide" => Space::wide(params.id()),
        file => {
            let text = std::fs::read_to_string(file).map_err(|error| {
                format!(
                    "--space takes relaxed, wide or a JSON file, and \"{file}\" is none: {error}"
                )
            })?;
            let value: Value = serde_json::from_str(&text)
                .map_err(|error| format!("{file}: not JSON: {error}"))?;
            Space::from_json(&value, params).map_err(|error| format!("{file}: {error}"))?
        }
    };
    let sampler = Sampler::from_name(&asked.sampler).ok_or_else(|| {
        let names = Sampler::ALL.map(Sampler::name);
        format!("there is no sampler \"{}\": choose {}", asked.sampler, one_of(&names))
    })?;
    Ok(Plan {
        space,
        sampler,
        seed: asked.seed,
        trials: asked.trials,
        objective: asked.objective.clone(),
        min_trades: asked.min_trades,
    })
}

/// What is printed.
pub(super) fn run(asked: &SearchArgs) -> Result<String, Failure> {
    // What can be wrong with the request is told before the file is read.
    let settings = settings(&asked.cleaning, &asked.strategy)?;
    let plan = plan(asked, &settings.params)?;
    let trials = Trials::of(&plan, &settings.params).map_err(|error| error.to_string())?;
    let input = &asked.input;
    let other = [PathBuf::from(&asked.space)];
    let typed = asked.strategy.files();
    let read = std::iter::once(&input.file).chain(&asked.merge).chain(&other).chain(&typed);
    for (option, path) in [("--out", &asked.out), ("--csv", &asked.csv)] {
        if let Some(path) = path {
            spare(option, path, read.clone())?;
        }
    }
    if asked.csv.is_some() && asked.csv == asked.out {
        return Err("--csv and --out name one file; choose two".to_owned());
    }
    let mut session = load_checked(input, &settings)?;
    let rows = session
        .search_rows(&settings)
        .map_err(|error| format!("{}: {error}", input.file.display()))?;
    let (data, looks) = (session.fingerprint().to_owned(), session.looks(&settings, rows.ends_ms));
    let new = || Evaluator::new(Arc::clone(&rows.series), rows.first_row);
    let shard = asked.shard.unwrap_or((0, 1));
    let order = trials.order(shard);
    let header = header(&plan, &trials, &settings, &data);
    let mut ran: BTreeMap<u32, Arc<Outcome>> = BTreeMap::new();
    let own = new();
    let cells = own.calendar().ends.len();
    trials.check_room(cells).map_err(|error| error.to_string())?;
    let csv_file = asked.csv.as_deref().map(create).transpose()?;
    for file in &asked.merge {
        let (kept, _) = read_trials(file, &header, cells)?;
        ran.extend(kept);
    }
    let beyond = leave_out(&mut ran, trials.count);
    tell_beyond(beyond, trials.count);
    if asked.merge.is_empty() {
        let mut out =
            asked.out.as_deref().map(|path| Out::open(path, &header, cells)).transpose()?;
        if let Some(out) = &mut out {
            ran.extend(std::mem::take(&mut out.kept));
        }
        // A file may hold the trials of other shards.
        ran.retain(|number, _| number % shard.1 == shard.0);
        let beyond = leave_out(&mut ran, trials.count);
        tell_beyond(beyond, trials.count);
        let missing: Vec<u32> =
            order.iter().copied().filter(|number| !ran.contains_key(number)).collect();
        let parts: Vec<&[u32]> = missing.chunks(A_PART).collect();
        parallel::each(
            &parts,
            new,
            |evaluator, part| evaluator.run_all(&trials, part),
            |part, outcomes| {
                for (&number, outcome) in part.iter().zip(outcomes) {
                    if let Some(out) = &mut out {
                        out.append(number, &outcome);
                    }
                    ran.insert(number, Arc::new(outcome));
                }
                out.as_mut().map_or(Ok(()), Out::flush)
            },
        )?;
    }
    let court = Court::of(&own, rows.window_ms);
    let judged = if shard.1 > 1 {
        court.unjudged(&plan, &trials, ran)
    } else {
        court.judge_all(&plan, &trials, ran, draw)
    };
    if let Some((path, file)) = csv_file {
        let failed = |error| format!("{}: cannot be written: {error}", path.display());
        csv::trials(&trials, &judged.found, file).map_err(failed)?;
    }
    let wanted = if asked.merge.is_empty() { order.len() } else { trials.count as usize };
    if judged.found.trials.len() < wanted {
        let missing = first_missing(&judged.found, wanted);
        eprintln!(
            "cleansweep: note: {} of {wanted} trials are missing, the first is trial {missing}",
            wanted - judged.found.trials.len()
        );
    }
    if !input.json {
        return Ok(text::search(&plan, &trials, &judged));
    }
    let mut document = Document::default();
    document.add(json::input(&session.market));
    document.add(("params", settings.params.to_json()));
    document.add(json::window(&rows.series, &settings.window, rows.first_row));
    document.add(section(&Searched {
        plan: &plan,
        trials: &trials,
        judged: &judged,
        looks: &looks,
        data: &data,
        shard,
    }));
    document.add(json::product(&data));
    Ok(document.to_text())
}

/// Draws the replicates of a test on all cores: each has its own stream, so the counts are the same.
fn draw(test: &mut SuperiorTest) {
    let missing = test.missing();
    let parts: Vec<Range<usize>> = missing
        .clone()
        .step_by(REPLICATES_A_PART)
        .map(|from| from..(from + REPLICATES_A_PART).min(missing.end))
        .collect();
    let own = &*test;
    let counts = parallel::map(&parts, |part| own.drawn(part.clone()));
    for (part, counts) in parts.iter().zip(counts) {
        test.take(counts, part.len());
    }
}

/// Leaves out trials beyond those that are asked for, and says how many they are.
fn leave_out(ran: &mut Kept, count: u32) -> usize {
    ran.split_off(&count).len()
}

fn tell_beyond(beyond: usize, count: u32) {
    if beyond > 0 {
        eprintln!(
            "cleansweep: note: {beyond} trials beyond the {count} that are asked for are left out"
        );
    }
}

/// An empty file to write to.
fn create(path: &Path) -> Result<(&Path, File), Failure> {
    let failed = |error| format!("{}: cannot be written: {error}", path.display());
    Ok((path, File::create(path).map_err(failed)?))
}

fn first_missing(found: &Found, wanted: usize) -> usize {
    let mut numbers = found.trials.iter().map(|trial| trial.number as usize);
    (0..wanted).find(|number| numbers.next() != Some(*number)).unwrap_or(wanted)
}

/// What a file of trials is about: two files belong together when this is the same.
fn header(plan: &Plan, trials: &Trials, settings: &Settings, data: &str) -> Value {
    let window = settings.window;
    json!({
        "schema": SCHEMA,
        "data_sha256": data,
        "policy": settings.cleaning.policy.name(),
        "policy_params": settings.cleaning.parameters_json(),
        "strategy": settings.params.strategy().name,
        "params": settings.params.to_json(),
        "window": [window.newest as i64, window.from_ms, window.to_ms, window.split_ms],
        "space": cleansweep::search::space_json(&trials.axes),
        "sampler": plan.sampler.name(),
        "seed": plan.seed.to_string(),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// One trial as a line.
fn line(number: u32, outcome: &Outcome) -> String {
    let mut object = Map::new();
    object.insert("trial".to_owned(), number.into());
    match outcome {
        Outcome::Refused(reason) => {
            object.insert("refused".to_owned(), reason.as_str().into());
        }
        Outcome::Ran(numbers) => {
            let metrics = numbers.metrics.iter().map(|metric| match metric {
                Ok(value) => Value::from(*value),
                Err(Undefined(reason)) => Value::from(reason.as_ref()),
            });
            object.insert("metrics".to_owned(), metrics.collect());
            let moved = numbers.returns.iter().enumerate().filter(|(_, value)| **value != 0.0);
            let returns: Vec<Value> = moved.map(|(cell, value)| json!([cell, value])).collect();
            object.insert("returns".to_owned(), returns.into());
        }
    }
    Value::Object(object).to_string()
}

fn outcome(value: &Value, cells: usize) -> Option<(u32, Outcome)> {
    let number = u32::try_from(value.get("trial")?.as_u64()?).ok()?;
    if let Some(reason) = value.get("refused") {
        return Some((number, Outcome::Refused(reason.as_str()?.to_owned())));
    }
    let metrics = value.get("metrics")?.as_array()?.iter().map(|metric| {
        Some(match metric.as_str() {
            Some(reason) => Err(Undefined(reason.to_owned().into())),
            None => Ok(metric.as_f64()?),
        })
    });
    let metrics: Option<Vec<_>> = metrics.collect();
    let metrics = metrics.filter(|metrics| metrics.len() == METRICS.len())?;
    let mut returns = vec![0.0; cells];
    for pair in value.get("returns")?.as_array()? {
        let cell = usize::try_from(pair.get(0)?.as_u64()?).ok()?;
        *returns.get_mut(cell)? = pair.get(1)?.as_f64()?;
    }
    Some((number, Outcome::Ran(Numbers { metrics, returns })))
}

type Kept = BTreeMap<u32, Arc<Outcome>>;

/// The trials of a file of the same search, and where its last whole line ends. A last line that was cut off is left out.
fn read_trials(path: &Path, header: &Value, cells: usize) -> Result<(Kept, u64), Failure> {
    let name = path.display();
    let failed = |error: std::io::Error| format!("{name}: cannot be read: {error}");
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let (mut kept, mut whole, mut number) = (Kept::new(), 0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let bytes = reader.read_until(b'\n', &mut line).map_err(failed)?;
        if bytes == 0 && number == 0 {
            return Err(format!("{name}: is empty; choose another one"));
        }
        if bytes == 0 {
            return Ok((kept, whole));
        }
        number += 1;
        let is_cut = line.last() != Some(&b'\n');
        // Nothing is written over but the beginning of the same search.
        if is_cut && number == 1 && !format!("{header}\n").as_bytes().starts_with(&line) {
            return Err(format!("{name}: is no file of trials; choose another one"));
        }
        if is_cut {
            eprintln!(
                "cleansweep: note: {name}: line {number} was cut off; its trial is run again"
            );
            return Ok((kept, whole));
        }
        let value = serde_json::from_slice::<Value>(&line).ok();
        if number == 1 {
            let found = value.filter(|value| value.get("schema").is_some());
            let found =
                found.ok_or_else(|| format!("{name}: is no file of trials; choose another one"))?;
            check_header(path, &found, header)?;
        } else if let Some((trial, outcome)) = value.and_then(|value| outcome(&value, cells)) {
            kept.insert(trial, Arc::new(outcome));
        } else {
            // As when two runs wrote to one file at once.
            eprintln!(
                "cleansweep: note: {name}: line {number} cannot be read; its trial is run again"
            );
        }
        whole += bytes as u64;
    }
}

fn check_header(path: &Path, found: &Value, wanted: &Value) -> Result<(), Failure> {
    if found == wanted {
        return Ok(());
    }
    let keys = wanted.as_object().into_iter().flat_map(Map::keys);
    let differ: Vec<&str> =
        keys.filter(|key| found.get(key) != wanted.get(key)).map(String::as_str).collect();
    Err(format!(
        "{}: holds the trials of another search, with other {}; choose another file, or the options it was made with",
        path.display(),
        differ.join(", ")
    ))
}

/// A file that takes trials.
struct Out {
    path: PathBuf,
    file: File,
    /// What it held.
    kept: Kept,
    buffer: String,
}

impl Out {
    fn open(path: &Path, header: &Value, cells: usize) -> Result<Self, Failure> {
        let failed = |error| format!("{}: cannot be written: {error}", path.display());
        let is_new = std::fs::metadata(path).map_or(true, |about| about.len() == 0);
        let (kept, end) = if is_new { (Kept::new(), 0) } else { read_trials(path, header, cells)? };
        // Appended: what another run writes at the same time is not written over.
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        file.set_len(end).map_err(failed)?;
        let buffer = if end == 0 { format!("{header}\n") } else { String::new() };
        let mut out = Self { path: path.to_owned(), file, kept, buffer };
        out.flush()?;
        Ok(out)
    }

    fn append(&mut self, number: u32, outcome: &Outcome) {
        self.buffer.push_str(&line(number, outcome));
        self.buffer.push('\n');
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let failed = |error| format!("{}: cannot be written: {error}", self.path.display());
        self.file.write_all(self.buffer.as_bytes()).map_err(failed)?;
        self.buffer.clear();
        Ok(())
    }
}

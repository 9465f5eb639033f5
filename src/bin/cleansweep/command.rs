//! Options, and what each sub-command prints.

use super::{audit, files, parallel, search, text};
use clap::{Args, Parser, Subcommand};
use cleansweep::backtest::Window;
use cleansweep::domain::{one_of, parse_time};
use cleansweep::export::{Document, contamination, csv, multiverse, places};
use cleansweep::import::{self, ImportError, READING, Reading};
use cleansweep::quality::synth::Sample;
use cleansweep::quality::{CLEANING, Cleaning, Places, Policy, readers};
use cleansweep::robust::multiverse::{Multiverse, UNIVERSES, run as universe};
use cleansweep::session::{Reported, SEED, Session, Settings};
use cleansweep::strategy::{Params, STRATEGIES, StrategyId};
use cleansweep::workspace::settings_link;
use std::cell::RefCell;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Data quality, cleaning and honest backtests of trading strategies on OHLCV exports.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What is wrong with the rows of a file, judged by gates
    Report {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Clean a file; without --json the cleaned CSV goes to standard output
    Clean {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        cleaning: CleaningArgs,
    },
    /// Run the strategy on a cleaned file
    Backtest {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        cleaning: CleaningArgs,
        #[command(flatten)]
        strategy: StrategyArgs,
        #[command(flatten)]
        report: ReportArgs,
    },
    /// A backtest with seeded random results: what the page exports
    Validate {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        cleaning: CleaningArgs,
        #[command(flatten)]
        strategy: StrategyArgs,
        /// Seed of the random results
        #[arg(long, default_value_t = SEED)]
        seed: u64,
        #[command(flatten)]
        report: ReportArgs,
    },
    /// One strategy under every defensible cleaning: does the choice decide the result?
    Multiverse {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        strategy: StrategyArgs,
    },
    /// On which days and hours a file hurts, when it became worse, what its prices and digits look like
    Where {
        #[command(flatten)]
        input: Input,
    },
    /// Do trades that lean on dirty rows end otherwise, and which fills could nobody have had?
    Contamination {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        cleaning: CleaningArgs,
        #[command(flatten)]
        strategy: StrategyArgs,
        /// Seed of the permutations
        #[arg(long, default_value_t = SEED)]
        seed: u64,
    },
    /// What several files are of, which belong together, and what is wrong with each market
    Markets {
        #[command(flatten)]
        inputs: Inputs,
        /// Print the document cleansweep/1
        #[arg(long)]
        json: bool,
    },
    /// One market of several venues: where the first, the reference, has no trade, another one stands in
    Merge {
        #[command(flatten)]
        inputs: Inputs,
        /// priority: whole rows, the first venue that traded; median: of each value, where three or more traded
        #[arg(long, default_value = "priority")]
        policy: String,
        /// Leave the prices of other venues on their own level
        #[arg(long)]
        no_basis: bool,
        /// Also write the merged rows with their sources as CSV; - for standard output, in place of everything else
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        #[command(flatten)]
        strategy: StrategyArgs,
        /// Print the document cleansweep/1
        #[arg(long)]
        json: bool,
    },
    /// Judge many files by gates of your own, and hold them against an earlier audit; exit status 1, 2 or 3 when something is
    /// wrong
    Audit(audit::AuditArgs),
    /// Many configurations of a strategy, and how far the best of them can be trusted
    Search(search::SearchArgs),
    /// Write a generated sample market as CSV to standard output
    Sample {
        /// job143 (a fifth of the rows without trades) or clean
        #[arg(default_value = "job143")]
        name: String,
    },
}

#[derive(Args)]
pub(super) struct Inputs {
    /// CSV files, plain or .gz, or .zip with one or several of them; a folder stands for those in it
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// As for one file, for each of them
    #[arg(long, num_args = 1.., value_name = "KEY=VALUE", long_help = reading_help())]
    read: Vec<String>,
}

impl Inputs {
    /// What the user says of how to read each of them.
    pub(super) fn reading(&self) -> Result<Reading, Failure> {
        reading(&self.read)
    }
}

#[derive(Args)]
pub(super) struct Input {
    /// CSV file with a time, open, high, low, close and, if any, volume, plain, .gz or .zip; - for standard input
    pub file: PathBuf,
    /// KEY=VALUE pairs that say how to read the file where the evidence is not enough or not right
    #[arg(long, num_args = 1.., value_name = "KEY=VALUE", long_help = reading_help())]
    read: Vec<String>,
    /// Print the document cleansweep/1
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
struct ReportArgs {
    /// Also write a report to hand on, one HTML file without script; - for standard output, in place of everything else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct CleaningArgs {
    /// Which rows are used, and what becomes of the others
    #[arg(long, default_value = "mask", long_help = policy_help())]
    policy: String,
    #[arg(long, help = cleaning_help("min_volume_percentile"))]
    min_volume_percentile: Option<String>,
    #[arg(long, help = cleaning_help("threshold"))]
    threshold: Option<String>,
    #[arg(long, help = cleaning_help("max_gap_bars"))]
    max_gap_bars: Option<String>,
    /// Also set spikes aside; not causal (mask, drop, segment)
    #[arg(long, num_args = 0..=1, default_missing_value = "on", require_equals = true)]
    remove_spikes: Option<String>,
}

#[derive(Args)]
pub(super) struct StrategyArgs {
    /// What gives the signals
    #[arg(long, default_value = "liquidity_sweep", long_help = strategy_help())]
    strategy: String,
    /// A named set of values of the strategy
    #[arg(long, default_value = "default", long_help = preset_help())]
    preset: String,
    /// KEY=VALUE pairs, or one JSON file with an object of them
    #[arg(long, num_args = 1..)]
    params: Vec<String>,
    /// Only the newest N usable rows may hold entries; earlier rows warm up
    #[arg(long, default_value_t = 0)]
    last: usize,
    /// Entries from this time on, UTC: 2024-01-31 or "2024-01-31 12:00"; earlier rows warm up
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<i64>,
    /// The run ends before this time, UTC
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<i64>,
    /// Rows from this time on are out-of-sample: they give a second column of numbers and nothing else
    #[arg(long, value_name = "TIME", value_parser = time)]
    split: Option<i64>,
}

fn time(text: &str) -> Result<i64, Failure> {
    parse_time(text)
        .ok_or_else(|| "it is not a date; write 2024-01-31 or 2024-01-31T12:00, in UTC".to_owned())
}

/// One clear line for standard error.
pub(super) type Failure = String;

/// Runs the command line; 0 when it worked, 1 when the input was bad.
pub(super) fn run() -> ExitCode {
    // An audit says by its status what it found; the others whether they worked.
    let (output, code, failure) = match Cli::parse().command {
        Command::Audit(asked) => match audit::run(&asked) {
            Ok((text, code)) => (Ok(Output::Text(text)), ExitCode::from(code), ExitCode::from(2)),
            Err(message) => (Err(message), ExitCode::SUCCESS, ExitCode::from(2)),
        },
        command => (execute(command), ExitCode::SUCCESS, ExitCode::FAILURE),
    };
    match output {
        Ok(output) => match output.write() {
            Ok(()) => code,
            // A closed pipe is the reader's choice.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(141),
            Err(error) => {
                eprintln!("cleansweep: the output could not be written: {error}");
                failure
            }
        },
        Err(message) => {
            eprintln!("cleansweep: {}", message.replace('\n', " "));
            failure
        }
    }
}

/// What a command prints: a text, or rows that are written one by one.
enum Output {
    Text(String),
    Cleaned(Box<Session>, Cleaning),
}

impl Output {
    fn write(self) -> std::io::Result<()> {
        let out = std::io::stdout().lock();
        match self {
            Self::Text(text) => {
                let mut out = out;
                out.write_all(text.as_bytes())
            }
            Self::Cleaned(mut session, cleaning) => {
                let cleaned = session.prepare(&cleaning).cleaned.clone();
                csv::cleaned(&session.market, &cleaned, out)
            }
        }
    }
}

fn execute(command: Command) -> Result<Output, Failure> {
    let text = match command {
        Command::Clean { input, cleaning } if !input.json => {
            let cleaning = cleaning.read()?;
            let session = load(&input)?;
            for note in &session.diagnostics.notes {
                eprintln!("cleansweep: note: {note}");
            }
            if let Some(bad) = session.diagnostics.rejected_lines.first() {
                eprintln!(
                    "cleansweep: note: lines that are no candles: {}; the first is line {} ({})",
                    session.diagnostics.rejected, bad.line, bad.reason
                );
            }
            return Ok(Output::Cleaned(Box::new(session), cleaning));
        }
        command => execute_text(command)?,
    };
    Ok(Output::Text(text))
}

fn execute_text(command: Command) -> Result<String, Failure> {
    match command {
        Command::Report { input, report } => {
            let mut session = load(&input)?;
            if let Some(html) = report.write(&mut session, &input, None, None)? {
                return Ok(html);
            }
            Ok(if input.json {
                session.report_document().to_text()
            } else {
                text::report(&mut session)
            })
        }
        Command::Clean { input, cleaning } => {
            let cleaning = cleaning.read()?;
            Ok(load(&input)?.clean_document(&cleaning).to_text())
        }
        Command::Backtest { input, cleaning, strategy, report } => {
            backtest(&input, &settings(&cleaning, &strategy)?, None, &report)
        }
        Command::Validate { input, cleaning, strategy, seed, report } => {
            backtest(&input, &settings(&cleaning, &strategy)?, Some(seed), &report)
        }
        Command::Multiverse { input, strategy } => {
            let (params, window) = strategy.read()?;
            let settings = Settings { cleaning: Cleaning::default(), params, window };
            let mut session = load_checked(&input, &settings)?;
            let span = session.multiverse_span(&settings.window);
            let (market, params) = (&session.market, &settings.params);
            let universes = parallel::map(&UNIVERSES.each_ref(), |spec| {
                universe(market, spec, params, span, &[])
            });
            let found = Multiverse::new(params, span.0, universes);
            if !input.json {
                return Ok(text::multiverse(&found));
            }
            let mut document = Document::default();
            document.add(multiverse::section(&found));
            Ok(document.to_text())
        }
        Command::Where { input } => {
            let session = load(&input)?;
            let failed = |reason| {
                format!("{}: days and hours cannot be told: {reason}", input.file.display())
            };
            let places = Places::of(&session.market).map_err(failed)?;
            if !input.json {
                return Ok(text::places(&places));
            }
            let mut document = Document::default();
            document.add(places::section(&places));
            Ok(document.to_text())
        }
        Command::Contamination { input, cleaning, strategy, seed } => {
            let settings = settings(&cleaning, &strategy)?;
            let mut session = load_checked(&input, &settings)?;
            let (found, fantasy) = session.contamination(&settings, seed);
            if !input.json {
                return Ok(text::contamination(&found, &fantasy));
            }
            let mut document = Document::default();
            document.add(contamination::contamination(&found));
            document.add(contamination::fantasy(&fantasy));
            Ok(document.to_text())
        }
        Command::Audit(asked) => audit::run(&asked).map(|(text, _)| text),
        Command::Search(asked) => search::run(&asked),
        Command::Markets { inputs, json } => files::markets(&inputs, json),
        Command::Merge { inputs, policy, no_basis, csv, strategy, json } => {
            let (params, _) = strategy.read()?;
            let csv = csv.as_deref();
            files::merge(
                &inputs,
                &files::Merging { policy: &policy, basis: !no_basis, csv, params: &params, json },
            )
        }
        Command::Sample { name } => Sample::from_name(&name)
            .map(cleansweep::quality::synth::Sample::csv)
            .ok_or_else(|| format!("there is no sample \"{name}\": choose job143 or clean")),
    }
}

fn backtest(
    input: &Input,
    settings: &Settings,
    seed: Option<u64>,
    report: &ReportArgs,
) -> Result<String, Failure> {
    let mut session = load_checked(input, settings)?;
    if let Some(html) = report.write(&mut session, input, Some(settings), seed)? {
        return Ok(html);
    }
    Ok(if input.json {
        session.backtest_document(settings, seed).to_text()
    } else {
        text::backtest(&mut session, settings, seed)
    })
}

/// The policies, for `--help`.
fn policy_help() -> String {
    let lines = Policy::ALL.iter().map(|policy| format!("  {}: {}", policy.name(), policy.doc()));
    let lines: Vec<String> = lines.collect();
    format!("Which rows are used, and what becomes of the others:\n{}", lines.join("\n"))
}

/// A parameter of a policy with its bounds, for `--help`.
fn cleaning_help(key: &str) -> String {
    let spec = CLEANING.iter().find(|spec| spec.key == key);
    spec.map_or_else(String::new, |spec| {
        let names: Vec<&str> = readers(spec).iter().map(|policy| policy.name()).collect();
        format!("{}: {} ({})", spec.doc.trim(), spec.takes(), names.join(", "))
    })
}

/// The strategies, for `--help`.
fn strategy_help() -> String {
    let lines = STRATEGIES.iter().map(|strategy| format!("  {}: {}", strategy.name, strategy.doc));
    let lines: Vec<String> = lines.collect();
    format!("What gives the signals:\n{}", lines.join("\n"))
}

/// The presets of each strategy, for `--help`.
fn preset_help() -> String {
    let line = |id: StrategyId| {
        let names: Vec<&str> = id.get().presets.iter().map(|preset| preset.key).collect();
        format!("  {}: {}", id.get().name, names.join(", "))
    };
    let lines: Vec<String> = StrategyId::all().map(line).collect();
    format!("A named set of values of the strategy:\n{}", lines.join("\n"))
}

/// The table of choices, for `--help`.
fn reading_help() -> String {
    let lines = READING.iter().map(|spec| format!("  {}: {}", spec.key, spec.takes));
    let lines: Vec<String> = lines.collect();
    format!(
        "KEY=VALUE pairs that say how to read the file where the evidence is not enough or not right:\n{}",
        lines.join("\n")
    )
}

/// A file on disk, read in slices.
struct FileBytes {
    file: RefCell<File>,
    bytes: u64,
}

impl import::Source for FileBytes {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn slice(&self, from: u64, to: u64) -> Result<Vec<u8>, String> {
        let mut file = self.file.borrow_mut();
        let mut bytes = vec![0; (to - from) as usize];
        file.seek(SeekFrom::Start(from))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

fn load(input: &Input) -> Result<Session, Failure> {
    read_file(&input.file, &reading(&input.read)?).map(Session::new)
}

/// The choices of `--read`.
fn reading(arguments: &[String]) -> Result<Reading, Failure> {
    let mut reading = Reading::default();
    for argument in arguments {
        let (key, value) = argument
            .split_once('=')
            .ok_or_else(|| format!("--read takes KEY=VALUE, and \"{argument}\" is none"))?;
        reading.set(key, value).map_err(|error| format!("--read: {error}"))?;
    }
    Ok(reading)
}

/// A file in which the settings leave something to run on.
pub(super) fn load_checked(input: &Input, settings: &Settings) -> Result<Session, Failure> {
    let mut session = load(input)?;
    session.check(settings).map_err(|error| format!("{}: {error}", input.file.display()))?;
    Ok(session)
}

/// Reads a file, or standard input where the path is `-`.
fn read_file(file: &Path, reading: &Reading) -> Result<import::Import, Failure> {
    import_file(file, reading)?.map_err(|error| advised(file, &error))
}

/// Reads a file; what the bytes leave open or make impossible is told apart from a file that cannot be opened.
pub(super) fn import_file(
    file: &Path,
    reading: &Reading,
) -> Result<Result<import::Import, ImportError>, Failure> {
    let failed = |error: std::io::Error| format!("{}: cannot be read: {error}", file.display());
    let no_progress = &mut |_, _| {};
    Ok(if file == Path::new("-") {
        // An archive has its directory at its end, and a pipe cannot go back.
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
        import::open(&bytes.as_slice(), reading, no_progress)
    } else {
        let opened = File::open(file).map_err(failed)?;
        let metadata = opened.metadata().map_err(failed)?;
        if metadata.is_file() {
            let bytes = metadata.len();
            import::open(&FileBytes { file: RefCell::new(opened), bytes }, reading, no_progress)
        } else {
            let mut bytes = Vec::new();
            let mut opened = opened;
            opened.read_to_end(&mut bytes).map_err(failed)?;
            import::open(&bytes.as_slice(), reading, no_progress)
        }
    })
}

/// Why a file gives no rows, with what the user can type.
pub(super) fn advised(file: &Path, error: &ImportError) -> Failure {
    let how = match (&error.question, &error.typed) {
        (Some(question), _) => question.choices.first().map_or_else(
            || "; answer with --read KEY=VALUE".to_owned(),
            |choice| {
                format!(
                    "; answer with --read KEY=VALUE, as in --read {}",
                    quoted(&question.key, &choice.value)
                )
            },
        ),
        (None, Some(typed)) => format!("; to go on, type --read {typed}"),
        (None, None) => String::new(),
    };
    format!("{}: {error}{how}", file.display())
}

/// Refuses to write over what is read.
pub(super) fn spare<'a>(
    option: &str,
    written: &Path,
    read: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    let same = |path: &Path| std::fs::canonicalize(path).ok();
    let own = same(written);
    if own.is_some() && read.into_iter().any(|path| same(path) == own) {
        return Err(format!(
            "{}: is a file that is read; choose another one for {option}",
            written.display()
        ));
    }
    Ok(())
}

/// A choice as a shell takes it.
fn quoted(key: &str, value: &str) -> String {
    if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:,+/".contains(&byte)) {
        format!("{key}={value}")
    } else {
        format!("'{key}={}'", value.replace('\'', "'\\''"))
    }
}

impl ReportArgs {
    /// Writes the report, if one is wanted; gives it back where it goes to standard output.
    fn write(
        &self,
        session: &mut Session,
        input: &Input,
        settings: Option<&Settings>,
        seed: Option<u64>,
    ) -> Result<Option<String>, Failure> {
        let Some(path) = &self.html else { return Ok(None) };
        let name = if input.file == Path::new("-") {
            "standard input".to_owned()
        } else {
            input.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
        };
        let link = settings.map(|settings| settings_link(settings, session.fingerprint(), &name));
        let html = session.html(&Reported {
            name: &name,
            cleaning: &Cleaning::default(),
            run: settings.zip(link.as_deref()),
            seed,
        });
        if path == Path::new("-") {
            return Ok(Some(html));
        }
        spare("--html", path, [&input.file])?;
        std::fs::write(path, html)
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
        Ok(None)
    }
}

impl CleaningArgs {
    fn read(&self) -> Result<Cleaning, Failure> {
        let policy = Policy::from_name(&self.policy).ok_or_else(|| {
            let names: Vec<&str> = Policy::ALL.iter().map(|policy| policy.name()).collect();
            format!("there is no policy \"{}\": choose {}", self.policy, names.join(", "))
        })?;
        let mut cleaning = Cleaning::with_policy(policy);
        for (key, value) in [
            ("remove_spikes", &self.remove_spikes),
            ("min_volume_percentile", &self.min_volume_percentile),
            ("threshold", &self.threshold),
            ("max_gap_bars", &self.max_gap_bars),
        ] {
            if let Some(value) = value {
                cleaning
                    .set_text(key, value)
                    .map_err(|error| format!("--{}: {error}", key.replace('_', "-")))?;
            }
        }
        Ok(cleaning)
    }
}

pub(super) fn settings(
    cleaning: &CleaningArgs,
    strategy: &StrategyArgs,
) -> Result<Settings, Failure> {
    let (params, window) = strategy.read()?;
    Ok(Settings { cleaning: cleaning.read()?, params, window })
}

impl StrategyArgs {
    /// The files of parameters that are read.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.params.iter().filter(|text| !text.contains('=')).map(PathBuf::from).collect()
    }

    /// Strategy with its parameters, and which rows may hold entries.
    fn read(&self) -> Result<(Params, Window), Failure> {
        let params = params(self)?;
        let Self { last, from, to, split, .. } = *self;
        Ok((params, Window { newest: last, from_ms: from, to_ms: to, split_ms: split }))
    }
}

fn params(strategy: &StrategyArgs) -> Result<Params, Failure> {
    let id = StrategyId::from_name(&strategy.strategy).ok_or_else(|| {
        let names: Vec<&str> = STRATEGIES.iter().map(|strategy| strategy.name).collect();
        format!("there is no strategy \"{}\": choose {}", strategy.strategy, one_of(&names))
    })?;
    let table = id.get();
    let preset = table.preset(&strategy.preset).ok_or_else(|| {
        let names: Vec<&str> = table.presets.iter().map(|preset| preset.key).collect();
        format!("there is no preset \"{}\": choose {}", strategy.preset, one_of(&names))
    })?;
    let mut params = Params::preset(id, preset);
    for argument in &strategy.params {
        match argument.split_once('=') {
            Some((key, value)) => {
                params.set_text(key, value).map_err(|error| error.to_string())?;
            }
            None => read_params_file(&mut params, argument)?,
        }
    }
    params.check().map_err(|error| error.to_string())?;
    Ok(params)
}

/// An object of parameters, as in the section `params` of a document; a whole document is accepted too.
fn read_params_file(params: &mut Params, file: &str) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("--params takes KEY=VALUE or a JSON file, and \"{file}\" is neither: {error}")
    })?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("{file}: not JSON: {error}"))?;
    let object = value.get("params").unwrap_or(&value).as_object();
    for (key, value) in object.ok_or_else(|| format!("{file}: holds no object of parameters"))? {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        params.set_text(key, &text).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

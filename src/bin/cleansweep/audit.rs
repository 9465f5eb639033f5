//! `cleansweep audit`: many files judged by gates, at a time that someone else chooses.

use super::command::{Failure, Inputs, spare};
use super::{files, gates, parallel, text};
use clap::Args;
use cleansweep::audit::{AUDIT_GATES, Audited, Facts, GateSetting, Gates, Previous, compare};
use cleansweep::export::audit::Audit;
use cleansweep::export::html;
use cleansweep::universe::{Joined, join};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// Thresholds of your own, for all markets and for some; see docs/AUDIT.md
    #[arg(long, value_name = "FILE")]
    gates: Option<PathBuf>,
    /// The JSON of an earlier audit: what got worse since?
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// The time now, ms since 1970, for the gate age_hours: --now $(date +%s000)
    #[arg(long, value_name = "MS")]
    now: Option<i64>,
    /// Also write a report, one HTML file without script; - for standard output, in place of everything else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Gets the JSON on standard input when a gate failed, a file could not be read or something got worse
    #[arg(long, value_name = "CMD")]
    notify_command: Option<String>,
    /// Print the document cleansweep-audit/1
    #[arg(long)]
    json: bool,
}

/// What is printed, and the exit status.
pub(super) fn run(asked: &AuditArgs) -> Result<(String, u8), Failure> {
    // What can be wrong with the request is told before any file is read.
    let reading = asked.inputs.reading()?;
    let gates = asked.gates.as_deref().map_or_else(|| Ok(Gates::default()), gates::read)?;
    let previous = asked.previous.as_deref().map(read_previous).transpose()?;
    // A folder that lost its files is a reason for an alert, as a file that is not there.
    let (mut paths, mut empty) = (Vec::new(), Vec::new());
    for argument in &asked.inputs.files {
        match files::expand(std::slice::from_ref(argument)) {
            Ok(found) => paths.extend(found),
            Err(reason) => empty.push((argument.display().to_string(), reason)),
        }
    }
    let asks_age = gates.gates.iter().chain(gates.markets.iter().flat_map(|table| &table.gates));
    let asks_age = asks_age.zip(AUDIT_GATES.iter().cycle());
    if asked.now.is_none()
        && asks_age
            .into_iter()
            .any(|(set, gate)| gate.key == "age_hours" && matches!(set, Some(GateSetting::At(_))))
    {
        eprintln!("cleansweep: note: age_hours is not judged without --now $(date +%s000)");
    }
    if let Some(html) = &asked.html {
        spare("--html", html, paths.iter().chain(&asked.gates).chain(&asked.previous))?;
    }
    let (read, mut unreadable) = files::read_all(&paths, &reading);
    unreadable.extend(empty);
    let (_, joined) = join(read);
    for one in &joined {
        if let Some(what) = gates.of(&one.key).contradiction() {
            let file = asked.gates.as_deref().map_or_else(String::new, |p| p.display().to_string());
            return Err(format!("{file}: for {}: {what}", one.files.join(", ")));
        }
    }
    // Each is taken by one core, which lets go of its rows when they are judged.
    let joined: Vec<Mutex<Option<Joined>>> =
        joined.into_iter().map(|joined| Mutex::new(Some(joined))).collect();
    let judged = parallel::map(&joined, |joined| {
        let joined = joined.lock().ok().and_then(|mut joined| joined.take());
        joined.map(|Joined { key, files, market }| {
            Facts::of(key, files, &market).judge(&gates, asked.now)
        })
    });
    let audited = Audited::new(judged.into_iter().flatten().collect());
    let comparison = previous.map(|previous| compare(&previous, &audited.markets));
    let audit = Audit { now_ms: asked.now, gates, audited, unreadable, comparison };
    let mut code = audit.exit_code();
    let document = audit.document().to_text();
    let to_output = asked.html.as_deref() == Some(Path::new("-"));
    if let Some(path) = asked.html.as_deref().filter(|_| !to_output) {
        std::fs::write(path, html::audit(&audit))
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
    }
    if let Some(command) = &asked.notify_command
        && (code != 0 || audit.worse() > 0)
        && let Err(message) = notify(command, &document)
    {
        // What was found is printed all the same.
        eprintln!("cleansweep: {message}");
        code = 2;
    }
    let printed = match (to_output, asked.json) {
        (true, _) => html::audit(&audit),
        (false, true) => document,
        (false, false) => text::audit(&audit),
    };
    Ok((printed, code))
}

fn read_previous(path: &Path) -> Result<Previous, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    Previous::read(&text).map_err(|what| format!("{}: {what}", path.display()))
}

/// Runs a command of the user's shell with the document on its standard input. An alert that nobody gets is a failure.
fn notify(command: &str, document: &str) -> Result<(), Failure> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let failed = |what: String| format!("--notify-command: {what}: {command}");
    let mut child = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::piped())
        // What it prints is not part of the audit.
        .stdout(std::io::stderr())
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    if let Some(mut input) = child.stdin.take() {
        match input.write_all(document.as_bytes()) {
            // A command may know enough by being called.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                return Err(failed(format!("did not take the document: {error}")));
            }
            _ => {}
        }
    }
    let status = child.wait().map_err(|error| failed(format!("did not end: {error}")))?;
    if status.success() { Ok(()) } else { Err(failed(format!("ended with {status}"))) }
}

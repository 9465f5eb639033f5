//! Several files at once: what they are of, which belong together, and what is wrong with each market.

use super::command::{Failure, Inputs, advised, import_file, spare};
use super::{parallel, text};
use cleansweep::domain::{format_time, grouped, one_of, timeframe_label};
use cleansweep::export::{self, Document, csv, markets};
use cleansweep::import::Reading;
use cleansweep::quality::Market;
use cleansweep::quality::checks::Verdict;
use cleansweep::session;
use cleansweep::strategy::Params;
use cleansweep::universe::{
    self, File, Fills, Frame, Join, MergePolicy, Row, Says, Table, Venue, disagree, join,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Endings of files that a folder is searched for.
const ENDINGS: [&str; 6] = ["csv", "tsv", "txt", "gz", "zip", "dat"];

/// The files of all arguments: a folder stands for the candle files in it, by name.
pub(super) fn expand(arguments: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if arguments.iter().filter(|path| *path == Path::new("-")).count() > 1 {
        return Err("standard input can be read once only".to_owned());
    }
    let mut files = Vec::new();
    for path in arguments {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error: std::io::Error| format!("{}: cannot be read: {error}", path.display());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            let ending =
                entry.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
            if entry.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
                found.push(entry);
            }
        }
        found.sort();
        if found.is_empty() {
            return Err(format!("{}: there is no candle file in this folder", path.display()));
        }
        files.extend(found);
    }
    Ok(files)
}

/// A file that was read, or the name and the reason of one that was not.
type Read = Result<File, (String, Failure)>;

/// A file with what is known of its market, or all that are in it: the files of an archive, the markets of a table. `inside` is
/// its path with that of the file in it.
fn read(path: &Path, inside: &str, shown: &str, reading: &Reading) -> Vec<Read> {
    let failed = |reason| vec![Err((shown.to_owned(), reason))];
    let error = match import_file(path, reading) {
        Ok(Ok(import)) => {
            let (named, header) = session::named(inside, &import.diagnostics);
            let market = Market::new(import.rows);
            return vec![Ok(File { name: shown.to_owned(), named, header, market })];
        }
        Ok(Err(error)) => error,
        Err(reason) => return failed(reason),
    };
    let question =
        error.question.as_ref().filter(|asked| ["member", "symbol"].contains(&asked.key.as_str()));
    // Standard input is read once.
    let Some(question) = question.filter(|_| path != Path::new("-")) else {
        return failed(advised(path, &error));
    };
    let mut found = Vec::new();
    for choice in &question.choices {
        let mut own = reading.clone();
        if let Err(error) = own.set(&question.key, &choice.value) {
            found.extend(failed(error.to_string()));
            continue;
        }
        let (inside, shown) = match question.key.as_str() {
            "member" => {
                let name = choice.value.rsplit('/').next().unwrap_or_default();
                (format!("{inside}/{}", choice.value), format!("{shown}: {name}"))
            }
            _ => (inside.to_owned(), format!("{shown} {}", choice.value)),
        };
        found.extend(read(path, &inside, &shown, &own));
    }
    if question.more > 0 {
        let reason =
            format!("{} more markets are in it; choose one with --read symbol=NAME", question.more);
        found.extend(failed(reason));
    }
    found
}

/// Reads every file, on all cores; gives those that were read and the reasons for those that were not, both in order.
pub(super) fn read_all(
    paths: &[PathBuf],
    reading: &Reading,
) -> (Vec<File>, Vec<(String, Failure)>) {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut counts = BTreeMap::<String, usize>::new();
    for path in paths {
        *counts.entry(name(path)).or_default() += 1;
    }
    let shown: Vec<String> = paths
        .iter()
        .map(|path| {
            let own = name(path);
            if counts.get(&own).is_some_and(|count| *count > 1) {
                path.to_string_lossy().into_owned()
            } else {
                own
            }
        })
        .collect();
    let wanted: Vec<(&PathBuf, &String)> = paths.iter().zip(&shown).collect();
    let read =
        parallel::map(&wanted, |(path, shown)| read(path, &path.to_string_lossy(), shown, reading));
    let (mut files, mut failed) = (Vec::new(), Vec::new());
    for result in read.into_iter().flatten() {
        match result {
            Ok(file) => files.push(file),
            Err(reason) => failed.push(reason),
        }
    }
    (files, failed)
}

/// `cleansweep markets FILE…`.
pub(super) fn markets(inputs: &Inputs, json: bool) -> Result<String, Failure> {
    let paths = expand(&inputs.files)?;
    let (files, failed) = read_all(&paths, &inputs.reading()?);
    for (_, reason) in &failed {
        eprintln!("cleansweep: left out: {}", reason.replace('\n', " "));
    }
    if files.is_empty() {
        return Err("none of the files could be read".to_owned());
    }
    let told = markets::files(&files);
    let listed: Vec<String> = files.iter().map(one_line).collect();
    let (joins, joined) = join(files);
    let table = Table::new(joined.into_iter().map(Row::of).collect());
    if json {
        let mut document = Document::default();
        document.add(markets::section(told, &joins, &table));
        if !failed.is_empty() {
            document.add(markets::unreadable(&failed));
        }
        return Ok(document.to_text());
    }
    Ok(text(&listed, &joins, &table))
}

/// What `cleansweep merge` was asked for.
pub(super) struct Merging<'a> {
    /// Name of the policy.
    pub policy: &'a str,
    /// Prices are moved to the reference's level.
    pub basis: bool,
    /// Where the merged rows go as CSV.
    pub csv: Option<&'a Path>,
    /// What is run over them.
    pub params: &'a Params,
    /// The document instead of a text.
    pub json: bool,
}

/// `cleansweep merge FILE FILE…`: the first is the reference.
pub(super) fn merge(inputs: &Inputs, asked: &Merging<'_>) -> Result<String, Failure> {
    let policy = MergePolicy::from_name(asked.policy).ok_or_else(|| {
        let names = MergePolicy::ALL.map(MergePolicy::name);
        format!("there is no policy \"{}\" for merging: choose {}", asked.policy, one_of(&names))
    })?;
    let paths = expand(&inputs.files)?;
    let (files, failed) = read_all(&paths, &inputs.reading()?);
    if let Some((_, reason)) = failed.first() {
        return Err(reason.clone());
    }
    let Some((first, others)) = files.split_first() else {
        return Err("none of the files could be read".to_owned());
    };
    for file in others {
        if let Some(reason) = first.named.differs(&file.named) {
            return Err(format!("{} and {} are not one market: {reason}", first.name, file.name));
        }
    }
    // Months of one venue are one venue.
    let (_, venues) = join(files);
    if let [only] = venues.as_slice() {
        return Err(format!(
            "{}: one venue only, so there is nothing to merge",
            only.files.join(", ")
        ));
    }
    let names: Vec<String> = venues.iter().map(|venue| venue.files.join(" + ")).collect();
    let named: Vec<(&str, &Market)> =
        names.iter().map(String::as_str).zip(venues.iter().map(|venue| &venue.market)).collect();
    let frame = Frame::of(&named)?;
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let reference = named[0].1;
    let venues: Vec<Venue<'_>> =
        named.iter().map(|(name, market)| Venue::new(name, &market.candles, frame)).collect();
    let merged = universe::merge(&venues, frame, policy, asked.basis);
    if let Some(path) = asked.csv {
        let failed =
            |error: std::io::Error| format!("{}: cannot be written: {error}", path.display());
        let mut text = Vec::new();
        csv::merged(&merged, &names, &mut text).map_err(failed)?;
        if path == Path::new("-") {
            return Ok(String::from_utf8_lossy(&text).into_owned());
        }
        spare("--csv", path, &paths)?;
        std::fs::write(path, text).map_err(failed)?;
    }
    let market = Market::new(merged.rows.clone());
    let fills = Fills::of(&market, &merged.sources, asked.params);
    let agreement = universe::agreement(&venues, frame);
    let others = universe::others(reference, &venues, frame);
    if asked.json {
        let mut document = Document::default();
        let timeframe = frame.slots.timeframe();
        document.add(export::merge::merge(
            &merged,
            &names,
            timeframe,
            &market.fingerprint(),
            &fills,
        ));
        document.add(export::merge::agreement(&agreement, &names));
        document.add(export::merge::others(&others, &names));
        return Ok(document.to_text());
    }
    Ok(text::merge(&merged, &names, &fills, &agreement, &others))
}

/// What a file says of its market, for people.
fn one_line(file: &File) -> String {
    let named = &file.named;
    let word = |known: &Option<String>| known.clone().unwrap_or_else(|| "unknown".to_owned());
    let unsure = if named.symbol.is_some() && !named.symbol_certain { ", perhaps" } else { "" };
    let by = |says: Says| match says {
        Says::Nobody => String::new(),
        says => format!(" (by {says})"),
    };
    let rows = file.market.timeframe_ms;
    let by_name = named.timeframe_s.map(|seconds| seconds as i64 * 1_000);
    let other = by_name.zip(rows).filter(|(name, rows)| disagree(*name, *rows));
    let other = other.map_or_else(String::new, |(name, rows)| {
        format!("; the name says {}, the rows {}", timeframe_label(name), timeframe_label(rows))
    });
    format!(
        "{:40} {}{unsure}{}, venue {}{}{other}",
        file.name,
        word(&named.symbol),
        by(named.symbol_from),
        word(&named.venue),
        by(named.venue_from)
    )
}

fn text(files: &[String], joins: &[Join], table: &Table) -> String {
    let mut out = String::from("files\n");
    for line in files {
        let _ = writeln!(out, "  {line}");
    }
    for join in joins {
        let names: Vec<&str> = join.files.iter().map(|file| file.name.as_str()).collect();
        let overlap = &join.overlap;
        let _ = writeln!(
            out,
            "\n{}: {} ({} rows; {} times in several files, {} of them with other values)",
            if join.joined { "joined" } else { "not joined" },
            names.join(", "),
            grouped(join.rows),
            grouped(overlap.common),
            grouped(overlap.conflicting)
        );
        if let Some(first) = &overlap.first {
            let closes: Vec<String> = first
                .rows
                .iter()
                .map(|(file, values)| format!("{file} closes at {}", values[3]))
                .collect();
            let _ = writeln!(
                out,
                "  the first at {} UTC: {}",
                format_time(first.time_ms),
                closes.join(", ")
            );
        }
        if overlap.only_last_rows {
            out.push_str("  each is the last row of a file: a candle that was not finished\n");
        }
        for file in join.needless() {
            let _ = writeln!(out, "  {} adds nothing: another file has all its times", file.name);
        }
        for (before, behind) in join.gaps() {
            let _ = writeln!(
                out,
                "  no file has a row between {} and {} UTC",
                format_time(before),
                format_time(behind)
            );
        }
        for found in &join.level_breaks {
            let _ = writeln!(
                out,
                "  the level breaks at {} UTC: open / close before = {:.3}",
                format_time(found.time_ms),
                found.ratio
            );
        }
        if !join.timeframe_name_disagrees.is_empty() {
            let _ = writeln!(
                out,
                "  the name tells another timeframe than the rows: {}",
                join.timeframe_name_disagrees.join(", ")
            );
        }
    }
    let _ = writeln!(
        out,
        "\n{:14} {:14} {:>9} {:>12} {:>8}  {:16} gates",
        "symbol", "venue", "timeframe", "rows", "valid", "verdict"
    );
    for row in &table.rows {
        let word = |known: &Option<String>| known.clone().unwrap_or_else(|| "unknown".to_owned());
        let judgement = &row.report.judgement;
        let worst: Vec<&str> = judgement.worst().iter().map(|gate| gate.spec().noun).collect();
        let valid = row.report.source.valid_pct.as_ref();
        let _ = writeln!(
            out,
            "{:14} {:14} {:>9} {:>12} {:>8}  {:16} {}",
            word(&row.key.symbol),
            word(&row.key.venue),
            row.key.timeframe_ms.map_or_else(|| "unknown".to_owned(), timeframe_label),
            grouped(row.rows),
            valid.map_or_else(|_| "–".to_owned(), |share| format!("{share:.1} %")),
            judgement.verdict.name(),
            worst.join(", ")
        );
    }
    let (below, of) = table.below_70;
    let _ = writeln!(
        out,
        "\nThe source's rule: {below} of {of} markets have fewer than 70 % of rows with volume; data is {}the primary issue.",
        if table.data_is_primary_issue() { "" } else { "not " }
    );
    let counts = [Verdict::Pass, Verdict::Warn, Verdict::Fail]
        .map(|verdict| format!("{} {}", table.count(verdict), verdict.name()));
    let _ = writeln!(out, "By our gates: {}.", counts.join(", "));
    out
}

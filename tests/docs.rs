//! The documents made from the tables of the code. `UPDATE_GOLDEN=1 cargo test --test docs` writes them anew.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::engine::EngineParams;
use cleansweep::import::READING;
use cleansweep::metrics::METRICS;
use cleansweep::quality::checks::{CHECKS, GATES, SOURCE_RULE_PCT};
use cleansweep::quality::{CLEANING, Cleaning, Policy, readers};
use cleansweep::strategy::{Params, Preset, StrategyId};
use cleansweep::table::{Kind, ParamSpec};
use cleansweep::validate::VALIDATION;
use std::fmt::Write as _;

/// Prose wrapped at 100 characters; tables, headings and marks stay as they are.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.chars().count() <= 100 || line.starts_with(['|', '#', '<']) {
            let _ = writeln!(out, "{line}");
            continue;
        }
        let mut width = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            let gap = usize::from(width > 0);
            if width > 0 && width + gap + length > 100 {
                out.push('\n');
                width = 0;
            } else if width > 0 {
                out.push(' ');
                width += 1;
            }
            out.push_str(word);
            width += length;
        }
        out.push('\n');
    }
    out
}

fn check(name: &str, text: &str) {
    let text = &wrapped(text);
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == *text, "docs/{name} has drifted from the table: run with UPDATE_GOLDEN=1");
}

/// Rows of a table of parameters with the values of the presets.
fn rows_of(out: &mut String, specs: &[ParamSpec], id: StrategyId, presets: &[Preset]) {
    for spec in specs {
        let values: Vec<String> = presets
            .iter()
            .map(|preset| spec.text(Params::preset(id, preset).get(spec.key).unwrap()))
            .collect();
        let (range, step) = match spec.kind {
            Kind::Number => {
                let off = spec.off.map(|word| format!(" or {word}")).unwrap_or_default();
                (format!("{} to {}{off}", spec.min, spec.max), spec.at_step(1).to_string())
            }
            Kind::Choice => (spec.choices.join(", "), String::new()),
            Kind::Flag => ("on, off".to_owned(), String::new()),
        };
        let _ = writeln!(
            out,
            "| `{}` | {} | {range} | {step} | {} | {} | {} |",
            spec.key,
            spec.label,
            values.join(" | "),
            spec.doc.trim(),
            id.get().origin_of(spec)
        );
    }
}

#[test]
fn parameters() {
    let mut out = "# Strategies and their parameters\n\nMade from the tables in `src/strategy/` and `src/engine/params.rs`. \
                   Values are in stored units: fractions, not percent. `--params KEY=VALUE` and the sliders of the page accept \
                   the same ranges.\n"
        .to_owned();
    for id in StrategyId::all() {
        let table = id.get();
        let _ = write!(
            out,
            "\n## {} (`{}`)\n\n{}\n\n{}\n",
            table.label, table.name, table.doc, table.presets_note
        );
        let names: Vec<&str> = table.presets.iter().map(|preset| preset.label).collect();
        let columns = "---|".repeat(names.len());
        let _ = write!(
            out,
            "\n| key | name | range | step | {} | what it does | where the default comes from |\n|---|---|---|---|{columns}---|---|\n",
            names.join(" | ")
        );
        rows_of(&mut out, table.params, id, table.presets);
        out.push_str("\nWhat every strategy reads, with what this one starts with:\n\n");
        let _ = write!(
            out,
            "| key | name | range | step | {} | what it does | where the default comes from |\n|---|---|---|---|{columns}---|---|\n",
            names.join(" | ")
        );
        rows_of(&mut out, EngineParams::SPECS, id, table.presets);
        out.push_str("\nIts conditions, and what replaces each when it is taken away:\n\n| key | name | what is compared | taken away |\n|---|---|---|---|\n");
        for (_, spec) in table.all_conditions() {
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} |",
                spec.key, spec.label, spec.what[0], spec.removed
            );
        }
    }
    check("PARAMETERS.md", &out);
}

#[test]
fn metrics() {
    let mut out = "# Metrics\n\nMade from the tables in `src/metrics/table.rs` and `src/validate/mod.rs`. An undefined number is a \
                   reason, never NaN, infinity or 0.\n\n| key | name | basis | definition |\n|---|---|---|---|\n"
        .to_owned();
    for spec in METRICS {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            spec.key,
            spec.label,
            spec.basis.name(),
            spec.formula.replace('|', "\\|")
        );
    }
    out.push_str("\n## Validation\n\n| key | name | definition |\n|---|---|---|\n");
    for spec in VALIDATION {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} |",
            spec.key,
            spec.label,
            spec.formula.replace('|', "\\|")
        );
    }
    check("METRICS.md", &out);
}

#[test]
fn checks() {
    let mut out = "# Checks, gates and policies\n\nMade from the tables in `src/quality/checks.rs` and `src/quality/clean.rs`.\n".to_owned();
    for spec in CHECKS {
        let _ = write!(
            out,
            "\n## {} (`{}`)\n\n{}\n\n**Why it matters.** {}\n\n**Example.** {}\n\n**What to do.** {}\n",
            spec.label, spec.key, spec.what, spec.why, spec.example, spec.fix
        );
    }
    out.push_str("\n## Gates\n\nThe worst gate is the verdict of the file. Thresholds are our own choice.\n\n| gate | warns | fails | value |\n|---|---|---|---|\n");
    for spec in GATES {
        let sign = if spec.bad_above { ">" } else { "<" };
        let show = |value: f64| format!("{} %", value * 100.0);
        let _ = writeln!(
            out,
            "| {} | {sign} {} | {sign} {} | {} |",
            spec.label,
            show(spec.warn),
            show(spec.fail),
            spec.of
        );
    }
    let _ = writeln!(
        out,
        "| the source's rule, shown apart | | `valid_pct` < {SOURCE_RULE_PCT} | of the file's rows, percent |"
    );
    out.push_str("\n## Policies\n\n| policy | what it does |\n|---|---|\n");
    for policy in Policy::ALL {
        let _ = writeln!(out, "| `{}` | {} |", policy.name(), policy.doc());
    }
    out.push_str("\n## Parameters of policies\n\n| key | takes | default | read by | what it does |\n|---|---|---|---|---|\n");
    for spec in CLEANING {
        let default = spec.text(Cleaning::default().get(spec.key).unwrap());
        let policies: Vec<&str> = readers(spec).iter().map(|policy| policy.name()).collect();
        let _ = writeln!(
            out,
            "| `{}` | {} | {default} | {} | {} |",
            spec.key,
            spec.takes(),
            policies.join(", "),
            spec.doc.trim()
        );
    }
    check("CHECKS.md", &out);
}

/// Every relative link of a document leads to a file of the project.
#[test]
fn links_between_documents_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let all = own.iter().map(|name| root.join(name)).chain(docs);
    let mut links = 0;
    for file in all.filter(|path| path.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let path = target.split('#').next().unwrap();
            if target.contains("://") || path.is_empty() {
                continue;
            }
            links += 1;
            let found = file.parent().unwrap().join(path).exists();
            assert!(found, "{}: {target} leads nowhere", file.display());
        }
    }
    assert!(links > 10, "{links}");
}

#[test]
fn choices_about_a_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/IMPORT.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (start, end) = ("<!-- choices -->\n", "<!-- end -->");
    let from = document.find(start).unwrap() + start.len();
    let to = from + document[from..].find(end).unwrap();
    let mut table = "| key | takes | found by |\n|---|---|---|\n".to_owned();
    for spec in &READING {
        let _ = writeln!(table, "| `{}` | {} | {} |", spec.key, spec.takes, spec.evidence);
    }
    check("IMPORT.md", &format!("{}{table}{}", &document[..from], &document[to..]));
}

//! The dependency rules of ARCHITECTURE.md, as a test.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use std::fs;
use std::path::{Path, PathBuf};

const WEB: &[&str] = &["leptos", "web_sys", "js_sys", "wasm_bindgen", "plotters_canvas"];

/// Modules, lowest first; each may import those before it, except where [`APART`] forbids it.
const ORDER: &[&str] = &[
    "random",
    "domain",
    "params",
    "engine",
    "metrics",
    "import",
    "quality",
    "validate",
    "diagnose",
    "export",
    "session",
    "charts",
    "protocol",
    "workspace",
    "format",
    "service",
    "web",
    "ui",
];

/// Neighbours that stand side by side: the first must not name the second.
const APART: &[(&str, &str)] = &[
    ("domain", "random"),
    ("params", "random"),
    ("engine", "random"),
    ("quality", "import"),
    ("validate", "import"),
    ("validate", "quality"),
    ("diagnose", "import"),
    ("diagnose", "quality"),
    ("diagnose", "validate"),
    ("charts", "session"),
    ("charts", "export"),
    ("charts", "engine"),
    ("charts", "params"),
    ("charts", "metrics"),
    ("charts", "quality"),
    ("charts", "import"),
    ("charts", "validate"),
    ("charts", "diagnose"),
];

fn rust_files(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut entries: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in &entries {
            rust_files(entry, out);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        out.push(path.to_owned());
    }
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for path in [src.join(module), src.join(format!("{module}.rs"))] {
        if path.exists() {
            rust_files(&path, &mut files);
        }
    }
    assert!(!files.is_empty(), "{module} has no file: the table of this test is out of date");
    files
}

/// Lines of code that hold one of the words.
fn naming(module: &str, words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files_of(module) {
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in words.iter().filter(|word| code.contains(word.as_str())) {
                found.push(format!("{}:{}: {module} names {word}", file.display(), number + 1));
            }
        }
    }
    found
}

#[test]
fn modules_import_downwards_only() {
    let mut broken = Vec::new();
    for (place, module) in ORDER.iter().enumerate() {
        let above = ORDER[place + 1..].iter();
        let beside = APART.iter().filter(|(low, _)| low == module).map(|(_, high)| high);
        let words: Vec<String> = above
            .chain(beside)
            .flat_map(|name| {
                [format!("crate::{name}::"), format!("crate::{name};"), format!("crate::{{{name}")]
            })
            .collect();
        broken.extend(naming(module, &words));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_web_and_ui_name_a_web_crate() {
    let words: Vec<String> = WEB.iter().map(|name| format!("{name}::")).collect();
    let broken: Vec<String> = ORDER
        .iter()
        .filter(|module| !matches!(**module, "web" | "ui"))
        .flat_map(|module| naming(module, &words))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_module_of_the_library_is_in_the_table() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for line in lib.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")) {
        let module = line.trim_end_matches(';');
        assert!(ORDER.contains(&module), "{module} is missing in the table");
    }
}

#[test]
fn the_check_itself_can_fail() {
    assert!(!naming("ui", &["leptos::".to_owned()]).is_empty());
}

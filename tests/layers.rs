//! The dependency rules of ARCHITECTURE.md, as a test.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use std::fs;
use std::path::{Path, PathBuf};

const WEB: &[&str] = &["leptos", "web_sys", "js_sys", "wasm_bindgen", "plotters_canvas"];

/// Modules, lowest first; each may import those before it, except where [`APART`] forbids it.
const ORDER: &[&str] = &[
    "random",
    "domain",
    "format",
    "charts",
    "table",
    "engine",
    "strategy",
    "backtest",
    "metrics",
    "anatomy",
    "import",
    "quality",
    "universe",
    "audit",
    "robust",
    "validate",
    "diagnose",
    "ledger",
    "search",
    "export",
    "session",
    "protocol",
    "workspace",
    "service",
    "work",
    "web",
    "ui",
];

/// Neighbours that stand side by side: the first must not name the second.
const APART: &[(&str, &str)] = &[
    ("domain", "random"),
    ("table", "random"),
    ("engine", "random"),
    ("strategy", "random"),
    ("quality", "import"),
    ("validate", "import"),
    ("validate", "quality"),
    ("universe", "import"),
    ("robust", "universe"),
    ("robust", "import"),
    ("validate", "robust"),
    ("search", "robust"),
    ("search", "universe"),
    ("search", "import"),
    ("search", "diagnose"),
    ("search", "anatomy"),
    ("diagnose", "robust"),
    ("validate", "universe"),
    ("diagnose", "universe"),
    ("diagnose", "import"),
    ("diagnose", "quality"),
    ("diagnose", "validate"),
    ("work", "service"),
    ("work", "session"),
];

/// The same inside of folders, by file or folder: lowest first, each may name those before it.
const INSIDE: &[(&str, &[&str])] = &[
    ("ui", &["state", "parts", "charts", "pages", "frame"]),
    (
        "ui/state",
        &[
            "workers", "asked", "choices", "search", "view", "readings", "ledger", "helpers",
            "saved", "answers", "batch", "files", "keeper",
        ],
    ),
    ("ui/frame", &["help", "link", "open", "bar", "app"]),
    ("ui/charts", &["tools", "marks", "curve", "dates", "price"]),
    ("web", &["describe", "page", "files", "text", "hooks", "canvas", "store", "pool", "worker"]),
    ("work", &["lanes", "memory"]),
    (
        "service",
        &[
            "views", "columns", "combine", "open", "audit", "saved", "ledger", "map", "robust",
            "search", "files", "runs", "inspect",
        ],
    ),
    (
        "engine",
        &["series", "indicators", "params", "conditions", "intent", "fills", "equity", "run"],
    ),
];

/// Folders whose files and folders name none of each other.
const SIDE_BY_SIDE: &[&str] = &["ui/pages"];

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

/// Code without comments.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Lines of code that hold one of the words.
fn naming(module: &str, words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files_of(module) {
        for (number, code) in code_of(&file).lines().enumerate() {
            for word in words.iter().filter(|word| code.contains(word.as_str())) {
                found.push(format!("{}:{}: {module} names {word}", file.display(), number + 1));
            }
        }
    }
    found
}

/// The paths of a `use` tree: `crate::{domain::{A, B}, ui}` names `crate::domain::A`, `crate::domain::B` and `crate::ui`.
fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else { return vec![tree.to_owned()] };
    let (prefix, rest) = tree.split_at(open);
    let inner = rest[1..].trim_end().strip_suffix('}').unwrap_or(&rest[1..]);
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(paths).map(|path| format!("{}{path}", prefix.trim())).collect()
}

/// Modules of the crate that a text names, in whole `use` trees and in paths.
fn modules_named(code: &str) -> Vec<String> {
    let mut named = Vec::new();
    let mut note = |path: &str| {
        if let Some(rest) = path.trim().strip_prefix("crate::") {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            named.push(rest[..end].to_owned());
        }
    };
    for (at, _) in code.match_indices("crate::") {
        note(&code[at..]);
        // The rest of the statement, where it is a tree.
        if code[at..].starts_with("crate::{") {
            let end = code[at..].find(';').unwrap_or(code.len() - at);
            for path in paths(&code[at..at + end]) {
                note(&path);
            }
        }
    }
    named
}

#[test]
fn modules_import_downwards_only() {
    let mut broken = Vec::new();
    for (place, module) in ORDER.iter().enumerate() {
        let above: Vec<&str> = ORDER[place + 1..].to_vec();
        let beside = APART.iter().filter(|(low, _)| low == module).map(|(_, high)| *high);
        let forbidden: Vec<&str> = above.into_iter().chain(beside).collect();
        for file in files_of(module) {
            for name in modules_named(&code_of(&file)) {
                if forbidden.contains(&name.as_str()) {
                    broken.push(format!("{}: {module} names {name}", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What a file names inside of a folder: the first step of its paths below `crate::folder`, and of those by `super`.
fn named_inside(folder: &str, file: &Path) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inner = file.strip_prefix(src.join(folder)).unwrap();
    let is_mod = file.ends_with("mod.rs");
    // How often `super` leads from the file to the folder.
    let up = inner.components().count() - usize::from(is_mod);
    let code = code_of(file);
    let mut roots = vec![format!("crate::{}::", folder.replace('/', "::"))];
    if up > 0 {
        roots.push("super::".repeat(up));
    }
    let mut named = Vec::new();
    for root in roots {
        for (at, _) in code.match_indices(&root) {
            // Not the end of a longer path.
            if code[..at].ends_with("::") {
                continue;
            }
            let end = code[at..].find(';').unwrap_or(code.len() - at);
            let first_line = code[at..].find('\n').unwrap_or(end).min(end);
            // A tree may open further on in the line.
            let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
            let is_use = code[line..at].trim_end().ends_with("use");
            let opens = code[at + root.len()..].starts_with('{')
                || is_use && code[at..at + first_line].ends_with('{');
            let tree = if opens { end } else { first_line };
            for path in paths(&code[at..at + tree]) {
                let rest = path.strip_prefix(root.as_str()).unwrap_or_default();
                let stop = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                named.push(rest[..stop.unwrap_or(rest.len())].to_owned());
            }
        }
    }
    named
}

/// Rust files of a folder, each with the file or folder of it that it belongs to.
fn members(folder: &str) -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let member = |file: &PathBuf| {
        let inner = file.strip_prefix(&root).unwrap();
        let first = inner.components().next().unwrap().as_os_str().to_string_lossy();
        first.trim_end_matches(".rs").to_owned()
    };
    files.iter().map(|file| (member(file), file.clone())).collect()
}

#[test]
fn folders_are_ordered_inside() {
    let mut broken = Vec::new();
    for (folder, order) in INSIDE {
        let place = |name: &str| order.iter().position(|other| *other == name);
        for (member, file) in members(folder) {
            if matches!(member.as_str(), "mod" | "tests" | "one_file") {
                continue;
            }
            let own = place(&member);
            assert!(own.is_some(), "{folder}/{member} is missing in the table");
            for name in named_inside(folder, &file) {
                if place(&name) > own {
                    broken.push(format!("{}: names {name} above it", file.display()));
                }
            }
        }
    }
    for folder in SIDE_BY_SIDE {
        for (member, file) in members(folder).iter().filter(|(member, _)| member != "mod") {
            let others = members(folder);
            for name in named_inside(folder, file) {
                if name != *member && others.iter().any(|(other, _)| *other == name) {
                    broken.push(format!("{}: names {name} beside it", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The check above sees what it has to see: trees, `super`, and paths in the middle of code.
#[test]
fn names_inside_of_folders_are_seen() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let app = named_inside("ui", &src.join("ui/frame/app.rs"));
    for expected in ["pages", "state"] {
        assert!(app.iter().any(|name| name == expected), "{app:?}");
    }
    let inside = named_inside("ui/frame", &src.join("ui/frame/app.rs"));
    assert!(inside.iter().any(|name| name == "bar"), "{inside:?}");
    let answers = named_inside("ui/state", &src.join("ui/state/answers.rs"));
    assert!(answers.iter().any(|name| name == "asked"), "{answers:?}");
}

/// State holds signals and no component; what is drawn reads it.
#[test]
fn state_names_no_component() {
    let words = ["#[component]", "view!", "IntoView"].map(str::to_owned);
    assert!(naming("ui/state", &words).is_empty(), "{:?}", naming("ui/state", &words));
    assert!(!naming("ui/frame", &words).is_empty(), "the check can fail");
}

/// The scheduler decides; the pool has no lane and no deadline of its own.
#[test]
fn the_pool_decides_nothing() {
    let pool = code_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/pool.rs"));
    assert!(!pool.contains("Lane::"), "a lane is named");
    assert!(pool.contains("scheduler.hear"));
}

/// Words of one strategy; nothing above or below it may know them.
const WORDS_OF_A_STRATEGY: [&str; 5] = ["sweep", "pierce", "key_level", "ma_fast", "ma_cross"];

/// Code of a file before its own tests, which may use any strategy as an example.
fn code_before_tests(file: &Path) -> String {
    let code = code_of(file);
    code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_lowercase()
}

fn words_of_a_strategy(code: &str) -> Vec<&'static str> {
    // The product's own name is no word of a strategy.
    let code = code.replace("cleansweep", "").replace("clean sweep", "");
    WORDS_OF_A_STRATEGY.into_iter().filter(|word| code.contains(word)).collect()
}

#[test]
fn no_word_of_a_strategy_outside_its_own_folder() {
    let modules = [
        "table",
        "engine",
        "backtest",
        "metrics",
        "validate",
        "diagnose",
        "export",
        "session",
        "protocol",
        "workspace",
        "service",
        "charts",
        "ui",
    ];
    let mut broken = Vec::new();
    for module in modules {
        // A file that is compiled for tests only.
        let files = files_of(module).into_iter().filter(|file| !file.ends_with("one_file.rs"));
        for file in files {
            for word in words_of_a_strategy(&code_before_tests(&file)) {
                broken.push(format!("{}: {module} knows {word}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!(words_of_a_strategy("let x = signal.sweep;"), ["sweep"], "the check can fail");
}

/// No strategy names another one.
#[test]
fn strategies_stand_apart() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/strategy");
    let own: Vec<String> = fs::read_dir(&src)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !matches!(name.as_str(), "mod" | "params" | "cached"))
        .collect();
    assert!(own.len() > 2, "{own:?}");
    for name in &own {
        for file in files_of(&format!("strategy/{name}")) {
            let code = code_before_tests(&file);
            for other in own.iter().filter(|other| *other != name) {
                let named = [format!("super::{other}::"), format!("strategy::{other}::")];
                let found = named.iter().any(|path| code.contains(path.as_str()));
                assert!(!found, "{}: {name} names {other}", file.display());
            }
        }
    }
}

#[test]
fn whole_use_trees_are_read() {
    for (code, expected) in [
        ("use crate::{domain, ui};", vec!["domain", "ui"]),
        (
            "pub use crate::{\n  domain::{A, b::{C}},\n  ui::App,\n};",
            vec!["domain", "domain", "ui"],
        ),
        ("use crate::web::pool::Pool;", vec!["web"]),
        ("let x = crate::ui::App;", vec!["ui"]),
        ("use super::domain;", vec![]),
    ] {
        let found: Vec<String> =
            modules_named(code).into_iter().filter(|name| !name.is_empty()).collect();
        assert_eq!(found, expected, "{code}");
    }
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

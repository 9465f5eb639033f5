//! A suite of polluted files, generated from one seed by the taxonomy of the Pollock benchmark (Vitagliano et al., VLDB 2023)
//! for OHLCV files: what is read, and above all that no value changes without a line that says so. The table in
//! docs/ROBUSTNESS.md is made here; `UPDATE_GOLDEN=1` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::domain::RowFlags;
use cleansweep::import::{Import, Importer, import};
use cleansweep::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Rows of the clean file.
const ROWS: usize = 83;
const HEADER: [&str; 8] =
    ["timestamp", "symbol", "open", "high", "low", "close", "volume", "trades"];
const COLUMNS: usize = HEADER.len();
const SEED: u64 = 0x5EED_2026;

type Table = Vec<Vec<String>>;
type Row = (i64, [u64; 5]);

/// Five-minute candles of a walk, as cells.
fn clean_rows() -> Table {
    let mut state = SEED;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut price = 191.37;
    let mut rows = Vec::new();
    for i in 0..ROWS {
        let close = price * (1.0 + (random() - 0.5) / 200.0);
        let high = f64::max(price, close) * (1.0 + random() / 500.0);
        let low = f64::min(price, close) * (1.0 - random() / 500.0);
        rows.push(vec![
            format!("2024-03-{:02} {:02}:{:02}:00", 1 + i / 48, i / 2 % 24, i % 2 * 30),
            "SOLUSDT".to_owned(),
            format!("{price:.2}"),
            format!("{high:.2}"),
            format!("{low:.2}"),
            format!("{close:.2}"),
            format!("{:.3}", 20.0 + 400.0 * random()),
            format!("{}", 10 + (random() * 90.0) as u32),
        ]);
        price = (close * 100.0).round() / 100.0;
    }
    rows
}

/// How a file is written.
struct Writer {
    delimiter: &'static str,
    end: &'static str,
    quote: Option<&'static str>,
    header: Vec<String>,
    last_end: &'static str,
}

impl Default for Writer {
    fn default() -> Self {
        let header = vec![HEADER.join(",")];
        Self { delimiter: ",", end: "\r\n", quote: None, header, last_end: "\r\n" }
    }
}

impl Writer {
    fn delimited(delimiter: &'static str) -> Self {
        Self { delimiter, header: vec![HEADER.join(delimiter)], ..Self::default() }
    }

    fn line(&self, cells: &[String]) -> String {
        let cell =
            |cell: &String| self.quote.map_or_else(|| cell.clone(), |q| format!("{q}{cell}{q}"));
        cells.iter().map(cell).collect::<Vec<_>>().join(self.delimiter)
    }

    fn lines(&self, rows: &Table) -> Vec<String> {
        self.header.iter().cloned().chain(rows.iter().map(|row| self.line(row))).collect()
    }

    fn bytes(&self, lines: &[String]) -> Vec<u8> {
        format!("{}{}", lines.join(self.end), self.last_end).into_bytes()
    }
}

/// A polluted file: its bytes and the line of each clean row (0 where the row is not in it).
struct Polluted {
    name: String,
    bytes: Vec<u8>,
    line_of_row: Vec<u64>,
}

/// Clean rows on the lines behind `before` others.
fn after(before: u64) -> Vec<u64> {
    (0..ROWS as u64).map(|row| before + 1 + row).collect()
}

fn utf16(text: &str, little: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// Every family with its files.
fn suite() -> Vec<(&'static str, Vec<Polluted>)> {
    let rows = clean_rows();
    let plain = Writer::default();
    let lines = plain.lines(&rows);
    let text = String::from_utf8(plain.bytes(&lines)).unwrap();
    let file = |name: &str, bytes: Vec<u8>, line_of_row: Vec<u64>| Polluted {
        name: name.to_owned(),
        bytes,
        line_of_row,
    };
    let one =
        |name: &str, text: String, before: u64| vec![file(name, text.into_bytes(), after(before))];
    let mut suite = vec![
        ("clean", one("clean", text.clone(), 1)),
        ("no payload", vec![file("empty", Vec::new(), vec![0; ROWS])]),
        (
            "end of the file",
            vec![
                file("no line end", text.trim_end().as_bytes().to_vec(), after(1)),
                file("two line ends", format!("{text}\r\n").into_bytes(), after(1)),
                file("ten line ends", format!("{text}{}", "\r\n".repeat(9)).into_bytes(), after(1)),
            ],
        ),
        ("no header", one("no header", lines[1..].join("\r\n"), 0)),
    ];
    // Header of two and three rows.
    let words = ["market", "data"];
    let more = (2..=3)
        .map(|count| {
            let extra: Vec<String> = (0..count - 1)
                .map(|i| HEADER.map(|name| format!("{} {name}", words[i])).join(","))
                .collect();
            let text =
                format!("{}\r\n{}\r\n{}", extra.join("\r\n"), lines[0], lines[1..].join("\r\n"));
            file(&format!("{count} rows"), text.into_bytes(), after(count as u64))
        })
        .chain((2..=3).map(|count| {
            let header = vec![lines[0].clone(); count].join("\r\n");
            file(
                &format!("{count} equal rows"),
                format!("{header}\r\n{}", lines[1..].join("\r\n")).into_bytes(),
                after(count as u64),
            )
        }))
        .collect();
    suite.push(("header of several rows", more));
    let preamble = |lines: &[&str]| format!("{}\r\n{text}", lines.join("\r\n"));
    suite.push((
        "preamble",
        vec![
            file(
                "a line and a blank one",
                preamble(&["Exported from a terminal", ""]).into_bytes(),
                after(3),
            ),
            file(
                "five lines",
                preamble(&[
                    "# symbol: SOLUSDT",
                    "# zone: UTC",
                    "rows,83",
                    "generated,2024-03-03",
                    "",
                ])
                .into_bytes(),
                after(6),
            ),
            file("a web address", preamble(&["https://www.example.com"]).into_bytes(), after(2)),
            file("empty cells", preamble(&["Report,,,,,,,", ",,,,,,,"]).into_bytes(), after(3)),
        ],
    ));
    suite.push((
        "few rows",
        vec![
            file("header only", format!("{}\r\n", lines[0]).into_bytes(), vec![0; ROWS]),
            file("one row", lines[..2].join("\r\n").into_bytes(), {
                let mut at = vec![0; ROWS];
                at[0] = 2;
                at
            }),
        ],
    ));
    // A second table below the first.
    let second = |columns: usize| {
        let names: Vec<String> =
            (0..columns).map(|i| HEADER.get(7 - i % 8).map_or("x", |n| n).to_owned()).collect();
        let cells: Vec<String> = (0..columns).map(|i| format!("{}", 500 + i)).collect();
        format!("{text}{}\r\n{}\r\n{}\r\n", names.join(","), cells.join(","), cells.join(","))
    };
    suite.push((
        "second table",
        vec![
            file("fewer columns", second(7).into_bytes(), after(1)),
            file("as many columns", second(8).into_bytes(), after(1)),
            file("more columns", second(9).into_bytes(), after(1)),
        ],
    ));
    suite.push((
        "appended files",
        vec![
            file(
                "header again in the middle",
                {
                    let mut lines = lines.clone();
                    lines.insert(40, lines[0].clone());
                    lines.join("\r\n").into_bytes()
                },
                (0..ROWS as u64).map(|row| row + 2 + u64::from(row >= 39)).collect(),
            ),
            file(
                "header and byte order mark again",
                {
                    let mut lines = lines.clone();
                    lines.insert(40, format!("\u{feff}{}", lines[0]));
                    format!("\u{feff}{}", lines.join("\r\n")).into_bytes()
                },
                (0..ROWS as u64).map(|row| row + 2 + u64::from(row >= 39)).collect(),
            ),
            file(
                "footer",
                format!("{text}Total,,,,,,123,\r\nend of file\r\n").into_bytes(),
                after(1),
            ),
            file(
                "comments",
                {
                    let mut lines = lines.clone();
                    lines.insert(10, "# a note".to_owned());
                    lines.insert(20, "// another".to_owned());
                    lines.join("\r\n").into_bytes()
                },
                (0..ROWS as u64)
                    .map(|row| row + 2 + u64::from(row >= 9) + u64::from(row >= 18))
                    .collect(),
            ),
        ],
    ));
    // One line at a time.
    let change = |at: usize, changed: String| {
        let mut lines = lines.clone();
        lines[at] = changed;
        plain.bytes(&lines)
    };
    let cells: Vec<Vec<String>> =
        lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    let (mut less, mut surplus, mut quotes, mut spaced) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, cells) in cells.iter().enumerate() {
        for column in 0..COLUMNS {
            let name = format!("line {} column {}", at + 1, column + 1);
            if column + 1 < COLUMNS {
                let mut merged = cells.clone();
                let next = merged.remove(column + 1);
                merged[column].push_str(&next);
                less.push(file(&name, change(at, merged.join(",")), after(1)));
            }
            let mut more = cells.clone();
            more.insert(column + 1, String::new());
            surplus.push(file(&name, change(at, more.join(",")), after(1)));
            for (where_, format) in [("before", "\"{}"), ("behind", "{}\""), ("inside", "")] {
                let mut quoted = cells.clone();
                quoted[column] = if format.is_empty() {
                    let middle = quoted[column].len() / 2;
                    format!("{}\"{}", &quoted[column][..middle], &quoted[column][middle..])
                } else {
                    format.replace("{}", &quoted[column])
                };
                quotes.push(file(
                    &format!("{name} {where_}"),
                    change(at, quoted.join(",")),
                    after(1),
                ));
            }
        }
        for delimiter in [" ", ";", "\t", "|"] {
            let name = format!("line {} by {delimiter:?}", at + 1);
            spaced.push(file(&name, change(at, cells.join(delimiter)), after(1)));
        }
    }
    suite.push(("a separator missing in a row", less));
    suite.push(("a surplus separator in a row", surplus));
    suite.push(("a stray quote", quotes));
    suite.push(("one row with another delimiter", spaced));
    // A whole column at a time.
    let column = |change: &dyn Fn(&mut Vec<String>, usize)| -> Vec<Polluted> {
        (0..COLUMNS - 1)
            .flat_map(|column| {
                [true, false].map(|with_header| {
                    let text: Vec<String> = cells
                        .iter()
                        .enumerate()
                        .map(|(at, cells)| {
                            let mut cells = cells.clone();
                            if with_header || at > 0 {
                                change(&mut cells, column);
                            }
                            cells.join(",")
                        })
                        .collect();
                    let header = if with_header { "with" } else { "without" };
                    file(
                        &format!("column {} {header} header", column + 1),
                        plain.bytes(&text),
                        after(1),
                    )
                })
            })
            .collect()
    };
    suite.push((
        "separators missing in a column",
        column(&|cells, at| {
            let next = cells.remove(at + 1);
            cells[at].push_str(&next);
        }),
    ));
    suite.push((
        "surplus separators in a column",
        column(&|cells, at| cells.insert(at + 1, String::new())),
    ));
    // The whole dialect.
    let whole = |writer: &Writer| writer.bytes(&writer.lines(&rows));
    let delimiters = [";", "\t", "|", ", ", "; "];
    suite.push((
        "another delimiter",
        delimiters
            .iter()
            .map(|&d| file(&format!("{d:?}"), whole(&Writer::delimited(d)), after(1)))
            .collect(),
    ));
    // Spaces also stand inside the times, so these are with T.
    let no_spaces: Table =
        rows.iter().map(|row| row.iter().map(|cell| cell.replace(' ', "T")).collect()).collect();
    let spaces = Writer::delimited(" ");
    let wide = Writer::delimited("   ");
    suite.push((
        "spaces as delimiter",
        vec![
            file("one", spaces.bytes(&spaces.lines(&no_spaces)), after(1)),
            file("several", wide.bytes(&wide.lines(&no_spaces)), after(1)),
            file(
                "date and time apart",
                {
                    let header = "date time symbol open high low close volume trades".to_owned();
                    let writer = Writer { header: vec![header], ..Writer::delimited(" ") };
                    writer.bytes(&writer.lines(&rows))
                },
                after(1),
            ),
        ],
    ));
    let quoted = |quote| {
        let header = HEADER.map(|name| format!("{quote}{name}{quote}")).join(",");
        Writer { quote: Some(quote), header: vec![header], ..Writer::default() }
    };
    let with_symbol = |symbol: &str| {
        let rows: Table = rows
            .iter()
            .map(|row| {
                let mut row = row.clone();
                row[1] = symbol.to_owned();
                row
            })
            .collect();
        plain.bytes(&plain.lines(&rows))
    };
    suite.push((
        "quotes and escapes",
        vec![
            file("double quotes", whole(&quoted("\"")), after(1)),
            file("single quotes", whole(&quoted("'")), after(1)),
            file("delimiter inside quotes", with_symbol("\"SOL,USDT\""), after(1)),
            file("doubled quotes", with_symbol("\"SOL \"\"USDT\"\"\""), after(1)),
            file("escaped quotes", with_symbol("\"SOL \\\"USDT\\\", spot\""), after(1)),
            file("line end inside quotes", with_symbol("\"SOL\r\nUSDT\""), {
                (0..ROWS as u64).map(|row| 2 + 2 * row).collect()
            }),
        ],
    ));
    let ends = |end: &'static str| whole(&Writer { end, last_end: end, ..Writer::default() });
    let mut mixed = String::new();
    for (i, line) in lines.iter().enumerate() {
        mixed.push_str(line);
        mixed.push_str(["\n", "\r\n", "\r"][i % 3]);
    }
    suite.push((
        "line ends",
        vec![
            file("LF", ends("\n"), after(1)),
            file("CR", ends("\r"), after(1)),
            file("mixed", mixed.into_bytes(), after(1)),
        ],
    ));
    suite.extend(of_this_year(&rows, &plain, &text));
    let german = text.replacen("high", "höchst", 1).replacen("open", "eröffnung", 1);
    let latin: Vec<u8> = german.chars().map(|c| c as u8).collect();
    suite.push((
        "encodings",
        vec![
            file("UTF-8 with mark", format!("\u{feff}{text}").into_bytes(), after(1)),
            file("UTF-16 LE with mark", utf16(&text, true, true), after(1)),
            file("UTF-16 BE with mark", utf16(&text, false, true), after(1)),
            file("UTF-16 LE", utf16(&text, true, false), after(1)),
            file("UTF-16 BE", utf16(&text, false, false), after(1)),
            file("Latin-1", latin, after(1)),
            file(
                "NUL bytes in one row",
                {
                    let mut bytes = text.clone().into_bytes();
                    let at = text.find("\r\n").unwrap() + 30;
                    bytes[at..at + 3].fill(0);
                    bytes
                },
                after(1),
            ),
        ],
    ));
    suite
}

/// Kinds that real exports have shown: columns that change places on the way, a separator lost before one at the end of the
/// line, dates of both orders, rounded times, and a last line that is cut.
fn of_this_year(rows: &Table, plain: &Writer, text: &str) -> Vec<(&'static str, Vec<Polluted>)> {
    let file =
        |name: String, bytes: Vec<u8>, line_of_row: Vec<u64>| Polluted { name, bytes, line_of_row };
    let mut swapped = Vec::new();
    for from in [20, 45] {
        for (a, b) in (2..7).flat_map(|a| (a + 1..7).map(move |b| (a, b))) {
            let rows: Table = rows
                .iter()
                .enumerate()
                .map(|(i, row)| {
                    let mut row = row.clone();
                    if i >= from {
                        row.swap(a, b);
                    }
                    row
                })
                .collect();
            let name = format!("{} and {} from row {from}", HEADER[a], HEADER[b]);
            swapped.push(file(name, plain.bytes(&plain.lines(&rows)), after(1)));
        }
    }
    let mut lost = Vec::new();
    let trailing = Writer { header: vec![HEADER.join(",") + ","], ..Writer::default() };
    for row in [3, 40, 82] {
        for separator in 0..COLUMNS {
            let mut lines = trailing.lines(rows);
            for line in &mut lines[1..] {
                line.push(',');
            }
            let line = &mut lines[row + 1];
            let at = line.match_indices(',').nth(separator).unwrap().0;
            line.remove(at);
            let name = format!("separator {separator} of row {row}");
            lost.push(file(name, trailing.bytes(&lines), after(1)));
        }
    }
    // Dates that cannot be in one order; whatever is read of them is none of the rows.
    let dated = |date: &dyn Fn(usize) -> String| {
        let rows: Table = rows
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let mut row = row.clone();
                row[0] = date(i);
                row
            })
            .collect();
        plain.bytes(&plain.lines(&rows))
    };
    let both = vec![
        file(
            "halves".to_owned(),
            dated(&|i| {
                let day = 1 + i % 28;
                if i < 41 { format!("01/{day:02}/2020") } else { format!("{day:02}/01/2020") }
            }),
            after(1),
        ),
        file(
            "one line".to_owned(),
            dated(&|i| {
                if i == 50 {
                    "17/01/2020".to_owned()
                } else {
                    format!("{:02}/{:02}/2020", 1 + i / 28, 1 + i % 28)
                }
            }),
            after(1),
        ),
    ];
    let mut rounded = Vec::new();
    for digits in 1..6 {
        let extra = |row: usize| {
            let ms = 1_709_251_200_000_f64 + row as f64 * 1_800_000.0;
            format!("{ms:.digits$E}").replace('E', "E+")
        };
        let beside: Vec<String> = std::iter::once(format!("unix,{}", HEADER.join(",")))
            .chain(
                rows.iter().enumerate().map(|(i, row)| format!("{},{}", extra(i), row.join(","))),
            )
            .collect();
        rounded.push(file(format!("beside, {digits} digits"), plain.bytes(&beside), after(1)));
        rounded.push(file(format!("alone, {digits} digits"), dated(&extra), after(1)));
    }
    let body = text.trim_end();
    let last = body.len() - body.rfind('\n').unwrap() - 1;
    let cut = (1..last)
        .map(|bytes| {
            let text = &body.as_bytes()[..body.len() - bytes];
            file(format!("{bytes} bytes"), text.to_vec(), after(1))
        })
        .collect();
    vec![
        ("columns that change places", swapped),
        ("a separator lost before the last one", lost),
        ("dates of both orders", both),
        ("rounded times", rounded),
        ("a cut last line", cut),
    ]
}

fn by_line(import: &Import) -> BTreeMap<u64, Row> {
    let rows = (0..import.rows.len()).map(|row| {
        let values = import.rows.values(row).map(f64::to_bits);
        (u64::from(import.lines[row]), (import.rows.time_ms[row], values))
    });
    rows.collect()
}

/// Lines that the diagnostics name.
fn named(import: &Import) -> BTreeSet<u64> {
    let d = &import.diagnostics;
    let rejected = d.rejected_lines.iter().map(|bad| bad.line);
    let repaired = d.repaired_lines.iter().map(|repair| repair.line);
    let unreadable = d.unreadable_values.iter().map(|bad| bad.line);
    // Notes name lines in their text; the report flags rows, and runs of rows whose columns changed places.
    let noted = d.notes.iter().flat_map(|note| {
        note.match_indices("line ").filter_map(|(at, _)| {
            let digits: String = note[at + 5..].chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
    });
    let session = Session::new(import.clone());
    let flagged = (0..session.market.candles.len() as u32).filter(|&row| {
        let flags = session.market.flags[row as usize];
        let swaps = &session.market.plausibility.swaps;
        flags.has(RowFlags::BROKEN)
            || flags.has(RowFlags::IMPLAUSIBLE)
            || swaps.iter().any(|swap| (swap.row..swap.row + swap.rows as u32).contains(&row))
    });
    let flagged = flagged.map(|row| u64::from(session.line_of(row)));
    rejected.chain(repaired).chain(unreadable).chain(noted).chain(flagged).collect()
}

#[derive(Default)]
struct Score {
    files: usize,
    exact: usize,
    refused: usize,
    rows: usize,
    kept: usize,
    silent: Vec<String>,
}

#[test]
fn nothing_changes_silently() {
    let clean = import(&Writer::default().bytes(&Writer::default().lines(&clean_rows()))).unwrap();
    let truth: Vec<Row> = by_line(&clean).into_values().collect();
    assert_eq!(truth.len(), ROWS);
    let mut table = String::from(
        "| family | files | read exactly | refused | rows kept | changed silently |\n|---|---|---|---|---|---|\n",
    );
    let (mut files, mut exact, mut rows, mut kept, mut silent) = (0, 0, 0, 0, Vec::new());
    for (family, members) in suite() {
        let mut score = Score::default();
        for polluted in members {
            judge(&polluted, &truth, &mut score);
        }
        let share =
            if score.rows == 0 { 100.0 } else { 100.0 * score.kept as f64 / score.rows as f64 };
        let _ = writeln!(
            table,
            "| {family} | {} | {} | {} | {share:.2} % | {} |",
            score.files,
            score.exact,
            score.refused,
            score.silent.len()
        );
        (files, exact) = (files + score.files, exact + score.exact);
        (rows, kept) = (rows + score.rows, kept + score.kept);
        silent.extend(score.silent.iter().map(|name| format!("{family}: {name}")));
    }
    let share = 100.0 * kept as f64 / rows as f64;
    let _ =
        writeln!(table, "| **all** | {files} | {exact} | | {share:.2} % | **{}** |", silent.len());
    assert!(
        silent.is_empty(),
        "{} silent changes:\n{}\n{table}",
        silent.len(),
        silent.iter().take(60).map(String::as_str).collect::<Vec<_>>().join("\n")
    );
    compare_with_document(&table);
}

fn judge(polluted: &Polluted, truth: &[Row], score: &mut Score) {
    score.files += 1;
    let expected = polluted.line_of_row.iter().filter(|line| **line > 0).count();
    score.rows += expected;
    let import = match import(&polluted.bytes) {
        Ok(import) => import,
        Err(error) => {
            assert!(
                !error.title.is_empty() && !error.detail.is_empty() && !error.advice.is_empty()
            );
            if std::env::var_os("SHOW_REFUSED").is_some() && expected > 0 {
                eprintln!("refused {}: {error}", polluted.name);
            }
            score.refused += usize::from(expected > 0);
            score.exact += usize::from(expected == 0);
            return;
        }
    };
    let mut found = by_line(&import);
    let named = named(&import);
    let mut equal = 0;
    let silent_before = score.silent.len();
    for (row, &line) in polluted.line_of_row.iter().enumerate().filter(|(_, line)| **line > 0) {
        match found.remove(&line) {
            Some(read) if read == truth[row] => equal += 1,
            other => {
                if !named.contains(&line) {
                    score.silent.push(format!("{} (line {line}: {other:?})", polluted.name));
                }
            }
        }
    }
    for (line, row) in found {
        if !named.contains(&line) {
            score
                .silent
                .push(format!("{} (a row from nowhere on line {line}: {row:?})", polluted.name));
        }
    }
    // One line of a file is enough to know it by.
    score.silent.truncate(silent_before + 1);
    score.kept += equal;
    score.exact += usize::from(equal == expected);
}

fn compare_with_document(table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ROBUSTNESS.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (start, end) = ("<!-- pollution -->\n", "<!-- end -->");
    let from = document.find(start).unwrap() + start.len();
    let to = from + document[from..].find(end).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, format!("{}{table}{}", &document[..from], &document[to..])).unwrap();
    } else {
        assert_eq!(
            &document[from..to],
            table,
            "run with UPDATE_GOLDEN=1 and look at the difference"
        );
    }
}

/// However a polluted file is cut into chunks, what is read of it and said about it is the same.
#[test]
fn every_cut_of_every_kind_of_pollution_gives_the_same() {
    for (family, members) in suite() {
        // One file of a large family stands for the others of its kind.
        let step = members.len().div_ceil(40);
        for polluted in members.iter().step_by(step) {
            let whole = import(&polluted.bytes);
            for size in [1, 7, 1_000] {
                let mut importer = Importer::default();
                let cut = polluted
                    .bytes
                    .chunks(size)
                    .try_for_each(|chunk| importer.push(chunk))
                    .and_then(|()| importer.finish());
                let name = format!("{family}: {} in chunks of {size}", polluted.name);
                match (&whole, &cut) {
                    (Ok(whole), Ok(cut)) => {
                        assert_eq!(by_line(whole), by_line(cut), "{name}");
                        assert_eq!(whole.diagnostics, cut.diagnostics, "{name}");
                    }
                    (Err(whole), Err(cut)) => assert_eq!(whole, cut, "{name}"),
                    _ => panic!("{name}: {:?} {:?}", whole.as_ref().err(), cut.as_ref().err()),
                }
            }
        }
    }
}

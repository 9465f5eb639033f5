//! The table of hostile inputs: each row a file and what has to become of it.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]
#![allow(clippy::format_collect, reason = "small texts, written as they read")]

#[path = "common/zip.rs"]
mod zip;

use cleansweep::import::{Import, ImportError, Importer, Reading, import, import_as, open};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use zip::zip;

const HEADER: &str = "timestamp,open,high,low,close,volume\n";
const ROWS: [&str; 3] = [
    "1704067200000,10,12,9,11,5\n",
    "1704067260000,11,13,10,12,6\n",
    "1704067320000,12,14,11,13,7\n",
];

fn plain() -> String {
    format!("{HEADER}{}", ROWS.concat())
}

/// The plain file with its second row replaced.
fn with_row(row: &str) -> String {
    format!("{HEADER}{}{row}\n{}", ROWS[0], ROWS[2])
}

enum Expected {
    /// Refused, with these words.
    Refused(&'static str),
    /// Rows of the plain file, all of them.
    Same,
    /// So many rows, and these words among notes, rejects, repairs and unreadable values.
    Read(usize, &'static str),
}
use Expected::{Read, Refused, Same};

/// Everything that the diagnostics say, as one text.
fn said(import: &Import) -> String {
    let d = &import.diagnostics;
    let rejected = d
        .rejected_lines
        .iter()
        .map(|bad| format!("line {}: {} ({})", bad.line, bad.reason, bad.text));
    let repaired =
        d.repaired_lines.iter().map(|repair| format!("line {}: {}", repair.line, repair.action));
    let unreadable = d
        .unreadable_values
        .iter()
        .map(|bad| format!("line {}: {} = {}", bad.line, bad.column, bad.text));
    let findings = d.findings.iter().map(|finding| format!("{}: {}", finding.key, finding.label));
    let all: Vec<String> = d
        .notes
        .iter()
        .cloned()
        .chain(rejected)
        .chain(repaired)
        .chain(unreadable)
        .chain(findings)
        .collect();
    format!("{}\nmissing: {}\ntimes: {}", all.join("\n"), d.missing_values, d.time_format)
}

fn check(name: &str, result: Result<Import, ImportError>, expected: &Expected) {
    match (result, expected) {
        (Err(error), Refused(words)) => {
            assert!(error.to_string().contains(words), "{name}: {error}");
            assert!(!error.advice.is_empty(), "{name}");
        }
        (Ok(read), Same) => {
            assert_eq!(read.rows, import(plain().as_bytes()).unwrap().rows, "{name}");
        }
        (Ok(read), Read(rows, words)) => {
            let said = said(&read);
            assert_eq!(read.rows.len(), *rows, "{name}: {said}");
            assert!(said.contains(words), "{name}: {said}");
        }
        (Ok(read), Refused(words)) => {
            panic!("{name}: was read, not refused ({words})\n{}", said(&read))
        }
        (Err(error), _) => panic!("{name}: {error}"),
    }
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16()
        .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
        .collect()
}

#[test]
fn bytes_and_encodings() {
    let text = plain();
    let mark = |bytes: &[u8]| [b"\xEF\xBB\xBF", bytes].concat();
    let appended = format!("{text}\u{feff}{HEADER}1704067380000,13,15,12,14,8\n");
    // 日付 and the like in Shift-JIS: no valid UTF-8, and known names under one encoding only.
    let shift_jis = [
        b"\x93\xFA\x95t,\x8En\x92l,\x8D\x82\x92l,\x88\xC0\x92l,\x8FI\x92l,\x8Fo\x97\x88\x8D\x82\n"
            .as_slice(),
        ROWS.concat().as_bytes(),
    ]
    .concat();
    let mut invalid = with_row("1704067260000,11,13,10,12,6").into_bytes();
    let at = invalid.iter().position(|byte| *byte == b'6').unwrap();
    invalid.insert(at, b'6');
    let table: Vec<(&str, Vec<u8>, Expected)> = vec![
        ("0 bytes", vec![], Refused("The file is empty")),
        ("only a mark", mark(b""), Refused("The file is empty")),
        ("only line ends", b"\n\n\r\n\r".to_vec(), Refused("The file is empty")),
        ("header only", HEADER.as_bytes().to_vec(), Refused("a header but no rows")),
        ("one row", format!("{HEADER}{}", ROWS[0]).into_bytes(), Read(1, "header: line 1")),
        ("UTF-8 with mark", mark(text.as_bytes()), Same),
        ("UTF-16 LE", utf16(&text, true), Same),
        ("UTF-16 BE", utf16(&text, false), Same),
        ("UTF-16 LE with mark", [b"\xFF\xFE".to_vec(), utf16(&text, true)].concat(), Same),
        ("UTF-16 BE with mark", [b"\xFE\xFF".to_vec(), utf16(&text, false)].concat(), Same),
        (
            "UTF-16 with half a letter",
            [b"\xFF\xFE".to_vec(), utf16(&text, true), vec![b'x']].concat(),
            Read(3, "line 5"),
        ),
        ("Shift-JIS", shift_jis, Read(3, "encoding: Shift-JIS")),
        ("mark in the middle", appended.into_bytes(), Read(4, "repeated header")),
        (
            "invalid UTF-8 in a cell",
            with_row("1704067260000,11\u{0},13,10,12,6").into_bytes(),
            Read(3, "line 3: open"),
        ),
        ("CRLF", text.replace('\n', "\r\n").into_bytes(), Same),
        ("CR", text.replace('\n', "\r").into_bytes(), Same),
        (
            "mixed line ends",
            text.replacen('\n', "\r\n", 1).replacen("5\n", "5\r", 1).into_bytes(),
            Same,
        ),
        ("no last line end", text.trim_end().as_bytes().to_vec(), Same),
        ("two last line ends", format!("{text}\n").into_bytes(), Same),
        (
            "U+2028 is no line end",
            with_row("1704067260000,11,13,10,12,6\u{2028}").into_bytes(),
            Same,
        ),
        ("NUL bytes", with_row("\0\0\0").into_bytes(), Read(2, "line 3")),
        ("an image", (0..4096_u32).map(|i| (i * 7 % 256) as u8).collect(), Refused("binary data")),
        (
            "a workbook by its old kind",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(),
            Refused("old Excel workbook"),
        ),
        ("a PDF", b"%PDF-1.7 \n".to_vec(), Refused("PDF")),
        ("a page", b"<!DOCTYPE html><html>".to_vec(), Refused("HTML")),
        ("JSON", b"[{\"t\":1704067200000}]".to_vec(), Refused("JSON")),
        ("Parquet", b"PAR1\x15\x04".to_vec(), Refused("Parquet")),
    ];
    for (name, bytes, expected) in &table {
        check(name, import(bytes), expected);
        // As it comes from a disk, one byte at a time.
        let mut importer = Importer::default();
        let pushed = bytes.chunks(1).try_for_each(|byte| importer.push(byte));
        check(&format!("{name}, byte by byte"), pushed.and_then(|()| importer.finish()), expected);
    }
}

#[test]
fn shapes_that_would_fill_the_memory() {
    let long_line = [HEADER.as_bytes(), ROWS[0].as_bytes(), &vec![b'7'; 10_000_000]].concat();
    let mut wide = vec![b','; 1_000_000];
    wide.push(b'\n');
    let quotes = format!("{HEADER}{}{}\n{}", ROWS[0], "\"".repeat(100_000), ROWS[2]);
    let deep = format!(
        "{HEADER}{}1704067260000,{}11,13,10,12,6\n{}",
        ROWS[0],
        "\"\n".repeat(1_000),
        ROWS[2]
    );
    check("a line of 10 MB", import(&long_line), &Refused("A line is too long"));
    check("a million columns", import(&wide), &Refused("candle"));
    check(
        "a header of a million columns",
        import([&wide[..], plain().as_bytes()].concat().as_slice()),
        &Refused("candle"),
    );
    check("a hundred thousand quotes", import(quotes.as_bytes()), &Read(2, "line 3"));
    check("a thousand open quotes", import(deep.as_bytes()), &Read(2, "line 3"));
    let wide_rows: String = (0..20)
        .map(|i| {
            format!("{},10,12,9,11,5{}\n", 1_704_067_200_000_i64 + i * 60_000, ",1".repeat(5_000))
        })
        .collect();
    check(
        "rows of five thousand columns",
        import(wide_rows.as_bytes()),
        &Refused("Too many columns"),
    );
    let mut importer = Importer::default().expecting(10 << 30).within(1 << 30);
    let result =
        plain().repeat(4_000).as_bytes().chunks(1 << 16).try_for_each(|chunk| importer.push(chunk));
    check(
        "10 GB where 1 GB fits",
        result.map(|()| unreachable!("it is refused by its first rows")),
        &Refused("too large"),
    );
}

#[test]
fn headers_and_names() {
    let named = |open: &str| plain().replacen("open", open, 1);
    let extra = |name: &str| {
        let text = plain();
        text.lines()
            .enumerate()
            .map(|(i, line)| format!("{line},{}\n", if i == 0 { name } else { "1" }))
            .collect::<String>()
    };
    for (name, text) in [
        ("an empty name", extra("")),
        ("10 kB of a name", extra(&"x".repeat(10_000))),
        ("right-to-left override", extra("\u{202e}emulov")),
        ("emoji", extra("📈")),
        ("__proto__", extra("__proto__")),
        ("constructor", extra("constructor")),
        ("markup", extra("<img src=x onerror=alert(1)>")),
        ("a formula", extra("=cmd|'/c calc'!A1")),
        ("a name twice", extra("open")),
        ("large letters", named("OPEN")),
        ("angle brackets", named("<open>")),
    ] {
        check(name, import(text.as_bytes()), &Same);
    }
    let clipped = import(extra(&"x".repeat(10_000)).as_bytes()).unwrap().diagnostics.columns;
    assert!(clipped.iter().all(|column| column.name.chars().count() < 300));
    check("footer", import(format!("{}Total,,,,,18\n", plain()).as_bytes()), &Read(3, "line 5"));
    check("comment", import(with_row("# 3 rows follow").as_bytes()), &Read(2, "line 3: comment"));
    check(
        "header in the middle",
        import(with_row(HEADER.trim_end()).as_bytes()),
        &Read(2, "line 3: repeated header"),
    );
}

#[test]
fn cells() {
    let cell = |text: &str| with_row(&format!("1704067260000,{text},13,10,12,6"));
    for (text, expected) in [
        ("=1+1", Read(3, "line 3: open = =1+1")),
        ("+11", Same),
        ("@x", Read(3, "line 3: open = @x")),
        ("\t=1", Read(3, "line 3: open")),
        ("＝1", Read(3, "line 3: open")),
        ("inf", Read(3, "line 3: open = inf")),
        ("nan", Read(3, "missing: 1")),
        ("1e309", Read(3, "line 3: open = 1e309")),
        ("0x11", Read(3, "line 3: open = 0x11")),
        ("11.0000000000000000000000000000000000000000", Same),
        ("1.1e1", Same),
        ("$11", Same),
        ("11 €", Same),
        ("12 34", Read(3, "line 3: open = 12 34")),
        ("\"11", Read(3, "line 3: a stray quote in a number")),
        ("1\"1", Read(3, "line 3: a stray quote in a number")),
        ("11\"", Read(3, "line 3: a stray quote in a number")),
        ("", Read(3, "missing: 1")),
    ] {
        check(text, import(cell(text).as_bytes()), &expected);
    }
    // Read as they are; the quality report judges them.
    for (text, value) in [
        ("1e308", 1e308),
        ("-5", -5.0),
        ("0", 0.0),
        ("-0", 0.0),
        ("1e-320", 1e-320),
        ("\"1,234.5\"", 1_234.5),
        ("1 234.5", 1_234.5),
    ] {
        let read = import(cell(text).as_bytes()).unwrap();
        assert_eq!(read.rows.open[1].to_bits(), f64::to_bits(value), "{text}");
    }
    check(
        "a surplus comma",
        import(with_row("1704067260000,11,13,,10,12,6").as_bytes()),
        &Read(3, "line 3: a surplus empty field"),
    );
    check(
        "a comma too few",
        import(with_row("1704067260000,1113,10,12,6").as_bytes()),
        &Read(2, "5 fields where 6 are expected"),
    );
    check(
        "an open quote",
        import(with_row("\"1704067260000,11,13,10,12,6").as_bytes()),
        &Read(2, "line 3"),
    );
    check(
        "an open quote at the end",
        import(format!("{}1704067380000,\"13,15,12,14,8", plain()).as_bytes()),
        &Read(4, "line 5: a stray quote"),
    );
}

#[test]
fn times() {
    let time = |text: &str| with_row(&format!("{text},11,13,10,12,6"));
    for (text, expected) in [
        ("1704067260", Same),
        ("1704067260000000", Same),
        ("1704067260000000000", Same),
        ("2024-01-01 00:01", Same),
        ("2024-01-01T00:01:00Z", Same),
        ("2024-01-01T02:01:00+02:00", Same),
        ("2023-12-31 23:60", Read(2, "the time cannot be read")),
        ("2023-12-31 23:59:60", Read(3, "year-month-day")),
        ("2023-02-30 00:00", Read(2, "line 3: the time cannot be read")),
        ("1601-01-01 00:00", Read(3, "before 1900 or after 2100")),
        ("9999-12-31 00:00", Read(3, "before 1900 or after 2100")),
        ("292277026596-01-01", Read(2, "the time cannot be read")),
        ("99999999999999999999", Read(2, "the time cannot be read")),
        ("2024-01-01 00:01 CST", Refused("names the zone CST")),
        ("2024-01-01 00:01 America/New_York", Refused("names the zone America/New_York")),
    ] {
        check(text, import(time(text).as_bytes()), &expected);
    }
    let day = |dates: [&str; 3], zone: &str| {
        let mut reading = Reading::default();
        reading.set("zone", zone).unwrap();
        let rows: Vec<String> = dates.iter().map(|date| format!("{date},10,12,9,11,5\n")).collect();
        import_as(
            format!("date,open,high,low,close,volume\n{}", rows.concat()).as_bytes(),
            &reading,
        )
    };
    let first = |import: Result<Import, ImportError>| import.unwrap().rows.time_ms[0];
    assert_eq!(first(day(["2024-01-01", "2024-01-02", "2024-01-03"], "+03:00")), 1_704_056_400_000);
    assert_eq!(first(day(["45292", "45293", "45294"], "")), 1_704_067_200_000);
    assert_eq!(first(day(["31-Dec-99", "1-Jan-00", "2-Jan-00"], "")), 946_598_400_000);
    assert_eq!(first(day(["2567-01-01", "2567-01-02", "2567-01-03"], "")), 1_704_067_200_000);
    assert_eq!(first(day(["113/01/01", "113/01/02", "113/01/03"], "")), 1_704_067_200_000);
    // Sorted, reversed, repeated: all the same rows.
    let shuffled = format!("{HEADER}{}{}{}{}", ROWS[2], ROWS[0], ROWS[1], ROWS[0]);
    check("unsorted and repeated", import(shuffled.as_bytes()), &Read(4, "Unix milliseconds"));
    check(
        "milliseconds since midnight",
        import("60000,10,12,9,11,5\n120000,11,13,10,12,6\n180000,12,14,11,13,7\n".as_bytes()),
        &Refused("milliseconds since midnight"),
    );
    check(
        "the comma for both",
        import("2009.12.07,1,48583,1,48700,1,48500,1,48600,12\n2009.12.08,1,48600,1,48800,1,48550,1,48700,13\n2009.12.09,1,48700,1,48900,1,48650,1,48750,14\n".as_bytes()),
        &Read(3, "the comma separates both columns and decimals"),
    );
    check(
        "the comma for both, and two numbers behind the prices",
        import("2009.12.07,1,48583,1,48700,1,48500,1,48600,12,3\n2009.12.08,1,48600,1,48800,1,48550,1,48700,13,4\n2009.12.09,1,48700,1,48900,1,48650,1,48750,14,5\n".as_bytes()),
        &Refused("The comma separates both columns and decimals"),
    );
    check(
        "close only",
        import("date,close\n2024-01-01,10\n2024-01-02,11\n".as_bytes()),
        &Refused("candle"),
    );
}

fn gz(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn unpacked(bytes: &[u8]) -> Result<Import, ImportError> {
    open(&bytes, &Reading::default(), &mut |_, _| {})
}

#[test]
fn archives() {
    let text = plain();
    let bytes = text.as_bytes();
    let halves = [gz(&bytes[..60]), gz(&bytes[60..])].concat();
    let truncated = gz(&text.repeat(50).into_bytes());
    let truncated = &truncated[..truncated.len() - 9];
    let bomb = [HEADER.as_bytes(), &ROWS[0].repeat(400_000).into_bytes()].concat();
    let mut flipped = gz(bytes);
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let mut wrong_sum = zip(&[(b"a.csv", bytes)], 0);
    let price = wrong_sum.windows(2).position(|pair| pair == b"13").unwrap();
    wrong_sum[price] = b'9';
    let two: [(&[u8], &[u8]); 2] = [(b"a.csv", bytes), (b"b.csv", bytes)];
    let mixed: [(&[u8], &[u8]); 3] =
        [(b"readme.pdf", b"x"), (b"../../etc/\0x.csv", bytes), (b"__MACOSX/a.csv", b"x")];
    let workbook: [(&[u8], &[u8]); 2] =
        [(b"[Content_Types].xml", b"<x/>"), (b"xl/workbook.xml", b"<x/>")];
    let many: Vec<(&[u8], &[u8])> = (0..65).map(|_| (&b"a.csv"[..], bytes)).collect();
    let table: Vec<(&str, Vec<u8>, Expected)> = vec![
        ("gzip", gz(bytes), Same),
        ("gzip of two parts", halves, Same),
        (
            "gzip with garbage behind",
            [gz(bytes), b"garbage".to_vec()].concat(),
            Read(3, "7 bytes behind the end"),
        ),
        ("truncated gzip", truncated.to_vec(), Refused("The archive is damaged")),
        ("damaged gzip", flipped, Refused("The archive is damaged")),
        ("gzip of nothing", gz(b""), Refused("The file is empty")),
        ("gzip in gzip", gz(&gz(bytes)), Refused("an archive inside an archive")),
        ("a gzip that blows up", gz(&bomb), Refused("unpacks to too much")),
        ("zip", zip(&[(b"BTCUSDT-5m.csv", bytes)], 8), Same),
        ("zip, only stored", zip(&[(b"a.csv", bytes)], 0), Same),
        ("zip with other files", zip(&mixed, 8), Read(3, "member: ../../etc/")),
        ("zip of two", zip(&two, 8), Refused("member=a.csv")),
        ("zip of a workbook", zip(&workbook, 8), Refused("Excel workbook")),
        ("zip of 65", zip(&many, 0), Refused("too many files")),
        ("empty zip", zip(&[], 0), Refused("The archive is empty")),
        ("a zip that blows up", zip(&[(b"a.csv", &bomb)], 8), Refused("unpacks to too much")),
        ("a zip with a wrong checksum", wrong_sum, Refused("another length or checksum")),
        ("half a zip", zip(&two, 8)[..120].to_vec(), Refused("The archive is damaged")),
        ("an uncommon method", zip(&[(b"a.csv", bytes)], 14), Refused("uncommon way")),
        ("bzip2", b"BZh91AY&SY".to_vec(), Refused("only .gz and .zip")),
    ];
    for (name, bytes, expected) in &table {
        check(name, unpacked(bytes), expected);
    }
    let mut reading = Reading::default();
    reading.set("member", "b.csv").unwrap();
    let chosen = open(&zip(&two, 8).as_slice(), &reading, &mut |_, _| {}).unwrap();
    assert!(chosen.diagnostics.finding("member").unwrap().chosen);
    assert!(!unpacked(&zip(&mixed, 8)).unwrap().diagnostics.finding("member").unwrap().chosen);
    let one: [(&[u8], &[u8]); 1] = [(b"a.csv", bytes)];
    let other = open(&zip(&one, 8).as_slice(), &reading, &mut |_, _| {});
    check("zip without the chosen file", other, &Refused("no such file in the archive"));
    check("zip of two, chosen", open(&zip(&two, 8).as_slice(), &reading, &mut |_, _| {}), &Same);
}

#[test]
fn a_file_that_changes_under_the_reader_is_named() {
    struct Shrinking;
    impl cleansweep::import::Source for Shrinking {
        fn len(&self) -> u64 {
            1_000_000
        }
        fn slice(&self, from: u64, _: u64) -> Result<Vec<u8>, String> {
            if from == 0 { Ok(plain().into_bytes()) } else { Err("NotReadableError".to_owned()) }
        }
    }
    let error = open(&Shrinking, &Reading::default(), &mut |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("could not be read"), "{error}");
    assert!(error.advice.contains("open it again"));
}

#[test]
fn many_markets_in_one_file() {
    let rows: String = (0..20)
        .map(|i| {
            let time = 1_704_067_200_000_i64 + i / 2 * 60_000;
            let (symbol, price) = [("BTC", 100), ("ETH", 10)][i as usize % 2];
            format!("{time},{symbol},{price},{},{},{price},5\n", price + 2, price - 2)
        })
        .collect();
    let long = format!("time,symbol,open,high,low,close,volume\n{rows}");
    let wide: String = (0..10)
        .map(|i| format!("{},100,102,98,100,5,10,12,8,10,6\n", 1_704_067_200_000_i64 + i * 60_000))
        .collect();
    let wide = format!(
        "time,BTC open,BTC high,BTC low,BTC close,BTC volume,ETH open,ETH high,ETH low,ETH close,ETH volume\n{wide}"
    );
    let two_rows = "Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume\nTicker,BTC,ETH,BTC,ETH,BTC,ETH,BTC,ETH,BTC,ETH\nDate,,,,,,,,,,\n\
        2024-01-01,100,10,102,12,98,8,100,10,5,6\n2024-01-02,100,10,102,12,98,8,100,10,5,6\n";
    for (name, text) in [
        ("long", long.as_str()),
        ("without a header", rows.as_str()),
        ("wide", &wide),
        ("yfinance", two_rows),
    ] {
        let error = import(text.as_bytes()).unwrap_err();
        let question =
            error.question.unwrap_or_else(|| panic!("{name}: {} {}", error.title, error.detail));
        assert_eq!(question.key, "symbol", "{name}");
        assert_eq!(question.choices.len(), 2, "{name}");
        for (choice, (price, volume)) in question.choices.iter().zip([(100.0, 5.0), (10.0, 6.0)]) {
            let mut reading = Reading::default();
            reading.set("symbol", &choice.value).unwrap();
            let read = import_as(text.as_bytes(), &reading).unwrap();
            assert!(read.rows.open.iter().all(|open| *open == price), "{name}");
            let volume = if name == "long" || name == "without a header" { 5.0 } else { volume };
            assert!(
                read.rows.volume.iter().all(|v| *v == volume),
                "{name}: {:?}",
                read.rows.volume
            );
        }
    }
    let mut reading = Reading::default();
    reading.set("symbol", "DOGE").unwrap();
    assert!(import_as(long.as_bytes(), &reading).unwrap_err().to_string().contains("\"DOGE\""));
}

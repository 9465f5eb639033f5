//! The shapes of vendors' exports, in small files of our own: roles, times and numbers, and nothing silently wrong.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]
#![allow(clippy::format_collect, reason = "small texts, written as they read")]

use cleansweep::import::{Import, Importer, Reading, Role, import, import_as};
use std::fmt::Write as _;

/// 2024-01-01 00:00 UTC.
const START_MS: i64 = 1_704_067_200_000;

fn read(text: &str) -> Import {
    import(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn refused(text: &str) -> String {
    import(text.as_bytes()).err().unwrap_or_else(|| panic!("was read:\n{text}")).to_string()
}

/// The question that a file leaves open: its key and the offered values.
fn asked(text: &str) -> (String, Vec<String>) {
    let error = import(text.as_bytes()).err().unwrap_or_else(|| panic!("was read:\n{text}"));
    let question =
        error.question.unwrap_or_else(|| panic!("{}: {}\n{text}", error.title, error.detail));
    (question.key, question.choices.into_iter().map(|choice| choice.value).collect())
}

/// The file with an answer, as the page takes it: a column keeps the choices before.
fn answered(text: &str, key: &str, value: &str) -> Import {
    let mut reading = Reading::default();
    reading.answer(key, value).unwrap();
    import_as(text.as_bytes(), &reading).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// First row: time, then open, high, low, close, volume.
fn check(text: &str, time_ms: i64, values: [f64; 5]) -> Import {
    let import = read(text);
    assert_eq!(import.rows.time_ms[0], time_ms, "{text}");
    let found = import.rows.values(0);
    for (found, expected) in found.iter().zip(values) {
        assert!(
            *found == expected || (found.is_nan() && expected.is_nan()),
            "{found} {expected}\n{text}"
        );
    }
    import
}

const PLAIN: [f64; 5] = [10.0, 12.0, 9.0, 11.0, 5.0];

#[test]
fn exchanges() {
    let binance = "1704067200000,10,12,9,11,5,1704070799999,55,3,2,22,0\n1704070800000,11,13,10,12,6,1704074399999,66,4,3,33,0\n";
    check(binance, START_MS, PLAIN);
    // Since 2025 the public dumps are in microseconds; the unit is decided row by row.
    let import = check(
        "1704067200000,10,12,9,11,5\n1704070800000000,11,13,10,12,6\n1704074400000000000,12,14,11,13,7\n",
        START_MS,
        PLAIN,
    );
    assert_eq!(import.rows.time_ms[2] - START_MS, 2 * 3_600_000);
    check(
        "timestamp,datetime,open,high,low,close,volume\n1704067200000,2024-01-01 00:00:00,10,12,9,11,5\n",
        START_MS,
        PLAIN,
    );
    check(
        "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD,tradecount\n\
         1704070800,2024-01-01 01:00:00,BTC/USD,11,13,10,12,6,72,9\n1704067200,2024-01-01 00:00:00,BTC/USD,10,12,9,11,5,55,7\n",
        START_MS + 3_600_000,
        [11.0, 13.0, 10.0, 12.0, 6.0],
    );
    check(
        "2017-08-17 04-AM,BTCUSDT,10,12,9,11,5,55\n2017-08-17 05-AM,BTCUSDT,11,13,10,12,6,66\n",
        1_502_942_400_000,
        PLAIN,
    );
    check("1704067200,10,12,9,11,5,4\n1704153600,11,13,10,12,6,9\n", START_MS, PLAIN);
    check(
        "date,unix,low,high,open,close,volume,vol_fiat\n2024-01-01 00:00:00+00:00,1704067200,9,12,10,11,5,55\n",
        START_MS,
        PLAIN,
    );
    check(
        "Currency,Date,Time,Open,High,Low,Close,Volume\nETH,2024-01-01,00:00:00,10,12,9,11,5\n",
        START_MS,
        PLAIN,
    );
}

#[test]
fn a_column_of_venues_names_the_venue() {
    // One path line by line, one with a quote that the quick path leaves to it.
    let text = |second: &str| {
        let rows = (0..6).map(|row| {
            let venue = if row % 2 == 0 { "Binance" } else { second };
            format!("{},{venue},1,2,0.5,1.5,3\n", 1_700_000_000 + 3_600 * row)
        });
        format!("time,exchange,open,high,low,close,volume\n{}", rows.collect::<String>())
    };
    for same in ["Binance", "\"Binance\""] {
        let found = read(&text(same)).diagnostics;
        assert_eq!(found.venue.as_deref(), Some("Binance"));
        assert_eq!(found.columns[1].role, Role::Venue);
        let (named, _) = cleansweep::session::named("ETHUSDT_1h.csv", &found);
        assert_eq!(named.venue.as_deref(), Some("binance"));
    }
    let found = read(&text("Kraken"));
    assert_eq!((found.rows.len(), found.diagnostics.venue), (6, None));
    assert!(found.diagnostics.notes.iter().any(|note| note.contains("2 venues, such as Binance")));
    let mut reading = Reading::default();
    reading.set("columns", "2:symbol").unwrap();
    reading.set("symbol", "Kraken").unwrap();
    assert_eq!(import_as(text("Kraken").as_bytes(), &reading).unwrap().rows.len(), 3);
}

#[test]
fn brokers_and_charts() {
    check("2024.01.01,00:00,10,12,9,11,5\n2024.01.01,00:01,11,13,10,12,6\n", START_MS, PLAIN);
    check(
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n\
         2024.01.01\t00:00:00\t10\t12\t9\t11\t5\t0\t3\n2024.01.01\t01:00:00\t11\t13\t10\t12\t6\t7\t3\n",
        START_MS,
        PLAIN,
    );
    check(
        "time,open,high,low,close,MA,Volume\n2024-01-01T02:00:00+02:00,10,12,9,11,NaN,5\n",
        START_MS,
        PLAIN,
    );
    check(
        "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-01,10,12,9,11,10.5,5\n2024-01-02,null,null,null,null,null,null\n",
        START_MS,
        PLAIN,
    );
    let import = check(
        "\u{feff}\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"\n\
         \"01/13/2024\",\"1,100.5\",\"1,000.0\",\"1,200.0\",\"900.0\",\"0.76K\",\"-0.06%\"\n",
        START_MS + 12 * 86_400_000,
        [1_000.0, 1_200.0, 900.0, 1_100.5, 760.0],
    );
    assert_eq!(import.diagnostics.finding("encoding").unwrap().reason, "byte order mark");
    check(
        "Date, Close/Last, Volume, Open, High, Low\n01/31/2024, $11, 5, $10, $12, $9\n",
        START_MS + 30 * 86_400_000,
        PLAIN,
    );
    check(
        "20240101 000000;10;12;9;11;0\n20240101 000100;11;13;10;12;0\n",
        START_MS,
        [10.0, 12.0, 9.0, 11.0, 0.0],
    );
    check(
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\nA,D,20240101,000000,10,12,9,11,5,0\n",
        START_MS,
        PLAIN,
    );
    check(
        "20240101 00:00,136300,162500,135000,162500,6315000\n20240102 00:00,165000,165600,151900,160000,5677300\n",
        START_MS,
        [136_300.0, 162_500.0, 135_000.0, 162_500.0, 6_315_000.0],
    );
}

#[test]
fn decimal_commas_by_evidence() {
    check(
        "DATE;OPEN;HIGH;LOW;CLOSE;VOLUME\n2024.01.01;10,0;12,25;9,5;11,0;5\n",
        START_MS,
        [10.0, 12.25, 9.5, 11.0, 5.0],
    );
    // Only three digits behind every comma: asked, and read as answered.
    let text = "DATE;OPEN;HIGH;LOW;CLOSE\n2024.01.01;86,040;86,120;85,900;86,000\n";
    assert_eq!(asked(text), ("decimal".to_owned(), vec!["comma".to_owned(), "dot".to_owned()]));
    assert_eq!(answered(text, "decimal", "comma").rows.values(0)[..4], [86.04, 86.12, 85.9, 86.0]);
    assert_eq!(answered(text, "decimal", "dot").rows.values(0)[0], 86_040.0);
}

#[test]
fn day_and_month_by_the_whole_file() {
    let line = |date: &str| format!("{date},10,12,9,11,5\n");
    let days = |order: fn(u32) -> String| -> String {
        std::iter::once("date,open,high,low,close,volume\n".to_owned())
            .chain((1..=25).map(|day| line(&order(day))))
            .collect()
    };
    let first = |text: &str| read(text).rows.time_ms[0];
    assert_eq!(first(&days(|day| format!("{day:02}/02/2024"))), START_MS + 31 * 86_400_000);
    assert_eq!(first(&days(|day| format!("02/{day:02}/2024"))), START_MS + 31 * 86_400_000);
    assert_eq!(first(&days(|day| format!("02.{day:02}.2024"))), START_MS + 31 * 86_400_000);
    let short =
        format!("date,open,high,low,close,volume\n{}{}", line("01/02/2024"), line("02/02/2024"));
    assert_eq!(asked(&short).1, ["day_first", "month_first"]);
    assert_eq!(
        answered(&short, "date_order", "day_first").rows.time_ms[0],
        START_MS + 31 * 86_400_000
    );
    assert_eq!(
        answered(&short, "date_order", "month_first").rows.time_ms[0],
        START_MS + 86_400_000
    );
    // The proof comes long after the sample.
    let mut long = "date,open,high,low,close,volume\n".to_owned();
    for minute in 0..20_000 {
        long.push_str(&line(&format!(
            "{:02}/02/2024 {:02}:{:02}",
            1 + minute / 1_440,
            minute / 60 % 24,
            minute % 60
        )));
    }
    let import = read(&long);
    assert_eq!((import.rows.len(), import.diagnostics.rejected), (20_000, 0));
    assert_eq!(import.rows.time_ms[19_999] - import.rows.time_ms[0], 19_999 * 60_000);
}

#[test]
fn columns_without_names_are_found_by_their_values() {
    // Bitfinex: open, close, high, low.
    let mut text = String::new();
    let mut price = 100.0;
    for i in 0..50_i64 {
        let close = price + [1.0, -2.0, 1.5, 0.5, -1.0][i as usize % 5];
        let (high, low) = (f64::max(price, close) + 0.3, f64::min(price, close) - 0.3);
        let _ = writeln!(text, "{},{price},{close},{high},{low},7", START_MS + i * 60_000);
        price = close;
    }
    let import = check(&text, START_MS, [100.0, 101.3, 99.7, 101.0, 7.0]);
    assert!(
        import.diagnostics.notes[0].contains("columns 2, 4, 5 and 3"),
        "{:?}",
        import.diagnostics.notes
    );
}

#[test]
fn close_times_become_open_times() {
    let import = check(
        "close_time,open,high,low,close,volume\n1704070799999,10,12,9,11,5\n1704074399999,11,13,10,12,6\n",
        START_MS,
        PLAIN,
    );
    assert!(import.diagnostics.notes.iter().any(|note| note.contains("close times")));
}

#[test]
fn nothing_is_lost_and_nothing_is_silent() {
    let import = read(
        "# a comment\ntimestamp,open,high,low,close,volume\n1704067200000,10,12,9,11,5\n\n1704067260000,abc,12,9,11,\n\
         timestamp,open,high,low,close,volume\n1704067320000,10,12\nTotal,,,,,\n1704067380000,\"10,12,9,11,5\n1704067440000,10,12,9,11,5\n",
    );
    let d = &import.diagnostics;
    assert_eq!(import.rows.len() as u64 + d.rejected + d.blank_lines + 1, d.lines);
    let reasons: Vec<(u64, &str)> =
        d.rejected_lines.iter().map(|bad| (bad.line, bad.reason.as_str())).collect();
    assert_eq!(reasons[0], (1, "before the header"));
    assert!(reasons.contains(&(6, "repeated header")), "{reasons:?}");
    assert!(
        reasons.iter().any(|(line, reason)| *line == 7 && reason.contains("fields")),
        "{reasons:?}"
    );
    assert!(reasons.contains(&(8, "the time cannot be read")), "{reasons:?}");
    assert_eq!(d.missing_values, 1);
    assert!(
        d.unreadable_values
            .iter()
            .any(|bad| bad.line == 5 && bad.text == "abc" && bad.column == "open")
    );
    // A stray quote swallows nothing: the next line is a candle again.
    assert_eq!(*import.rows.time_ms.last().unwrap(), 1_704_067_440_000);
    assert_eq!(*import.lines.last().unwrap(), 10);
}

#[test]
fn what_is_no_candle_file_is_refused_with_a_reason_and_advice() {
    for (text, words) in [
        ("", "The file is empty"),
        ("\u{feff}", "The file is empty"),
        ("\n\n\r\n", "The file is empty"),
        ("timestamp,open,high,low,close,volume\n", "a header but no rows"),
        (
            "open,high,low,close,volume\n10,12,9,11,695400000\n11,13,10,12,125400000\n",
            "No time was found",
        ),
        ("date,close\n2024-01-01,5\n2024-01-02,6\n", "This is no candle file"),
        (
            "date,close,sma,ema,rsi\n2024-01-01,5,4,3,70\n2024-01-02,6,5,9,20\n2024-01-03,4,7,3,50\n",
            "This is no candle file",
        ),
        ("{\"candles\": []}", "This is JSON"),
        ("<!DOCTYPE html><html>", "This is an HTML or XML page"),
        ("hello\nworld\n", "This is no candle file"),
    ] {
        let message = refused(text);
        assert!(message.contains(words), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    assert!(import(b"1,2\0\0,3").unwrap_err().to_string().contains("binary"));
    // A line without an end stops the reading; a long line with one is a rejected line.
    let mut importer = Importer::default();
    importer.push(b"timestamp,open,high,low,close\n1704067200000,10,12,9,11\n").unwrap();
    let error = importer.push(&vec![b'x'; 3_000_000]).unwrap_err();
    assert!(error.to_string().contains("line 3"), "{error}");
}

#[test]
fn line_ends_and_the_last_line_do_not_matter() {
    let lf = "timestamp,open,high,low,close,volume\n1704067200000,10,12,9,11,5\n1704067260000,11,13,10,12,6\n";
    let rows = read(lf).rows;
    for text in [
        lf.replace('\n', "\r\n"),
        lf.replace('\n', "\r"),
        lf.trim_end().to_owned(),
        format!("{lf}\n\n"),
    ] {
        assert_eq!(read(&text).rows, rows, "{text:?}");
    }
}

#[test]
fn a_file_with_one_row_and_one_of_many_rows() {
    let one = read("timestamp,open,high,low,close,volume\n1704067200000,10,12,9,11,5\n");
    assert_eq!(one.rows.len(), 1);
    let mut importer = Importer::default();
    importer.push(b"timestamp,open,high,low,close,volume\n").unwrap();
    for i in 0..2_000_000_i64 {
        importer.push(format!("{},10,12,9,11,5\n", START_MS + i * 60_000).as_bytes()).unwrap();
    }
    assert_eq!(importer.finish().unwrap().rows.len(), 2_000_000);
}

#[test]
fn repeated_and_shuffled_times_without_a_header_are_times_all_the_same() {
    let rows: Vec<String> =
        (0..20).map(|i| format!("{},100,103,99,101,5\n", START_MS + i * 300_000)).collect();
    let repeated: String = rows.iter().flat_map(|row| [row.as_str(), row.as_str()]).collect();
    assert_eq!(read(&repeated).rows.len(), 40);
    let shuffled: String = (0..20).map(|i| rows[i * 7 % 20].as_str()).collect();
    assert_eq!(read(&shuffled).rows.len(), 20);
}

#[test]
fn headers_in_every_language() {
    for (language, header) in [
        ("German", "Datum;Eröffnung;Hoch;Tief;Schluss;Volumen"),
        ("German, Investing.com", "Datum;Eröffn.;Hoch;Tief;Zuletzt;Vol."),
        ("French", "Date;Ouverture;Plus Haut;Plus Bas;Clôture;Volume"),
        ("French, Investing.com", "Date;Ouv.; Plus Haut;Plus Bas;Dernier;Vol."),
        ("Spanish", "Fecha;Apertura;Máximo;Mínimo;Último;Vol."),
        ("Italian", "Data;Apertura;Massimo;Minimo;Ultimo;Vol."),
        ("Portuguese", "Data;Abertura;Máxima;Mínima;Último;Vol."),
        ("Russian", "Дата;Откр.;Макс.;Мин.;Цена;Объём"),
        ("Polish", "Data;Otwarcie;Najwyższy;Najniższy;Zamknięcie;Wolumen"),
        ("Polish, Investing.com", "Data;Otwarcie;Max.;Min.;Ostatnio;Wol."),
        ("Japanese", "日付け;始値;高値;安値;終値;出来高"),
        ("Chinese", "日期;开盘;最高;最低;收盘;成交量"),
        ("Chinese, Investing.com", "日期;開市;高;低;收市;成交量"),
        ("Thai", "วันเดือนปี;เปิด;สูงสุด;ต่ำสุด;ล่าสุด;ปริมาณ"),
    ] {
        let import = check(
            &format!("{header}\n2024-01-01;10;12;9;11;5\n2024-01-02;11;13;10;12;6\n"),
            START_MS,
            PLAIN,
        );
        let roles: Vec<&str> =
            import.diagnostics.columns.iter().map(|column| column.role.key()).collect();
        assert_eq!(roles, ["time", "open", "high", "low", "close", "volume"], "{language}");
        assert_eq!(import.diagnostics.header_line, Some(1), "{language}");
    }
}

#[test]
fn what_names_and_values_leave_open_is_asked() {
    let rows = |row: &str| {
        (0..5).map(|i| format!("{},{row}\n", START_MS + i * 60_000)).collect::<String>()
    };
    // Open, close, high, low of candles that do not touch: which of the first two is the open?
    let unnamed = rows("100,101,103,99,5");
    assert_eq!(asked(&unnamed).1, ["2:open,4:high,5:low,3:close", "3:open,4:high,5:low,2:close"]);
    let close_first = answered(&unnamed, "columns", "3:open,4:high,5:low,2:close");
    assert_eq!(close_first.rows.values(0)[..4], [101.0, 103.0, 99.0, 100.0]);
    // The names say open, high, low, close, the values something else; a chosen volume does not answer that.
    let mixed = format!("time,open,high,low,close,volume\n{}", rows("100,101,103,99,5"));
    let answers = asked(&mixed).1;
    // The names are refuted by the values, so they are not offered; they can still be chosen.
    assert_eq!(answers, ["2:open,4:high,5:low,3:close"]);
    assert_eq!(answered(&mixed, "columns", &answers[0]).rows.high[0], 103.0);
    assert_eq!(answered(&mixed, "columns", "2:open,3:high,4:low,5:close").rows.high[0], 101.0);
    // A name is missing, or there are too many: every answer is enough to read the file.
    for header in ["time,high,low,close,volume,x", "time,open,open interest,high,low,close,volume"]
    {
        let text = format!("{header}\n{}", rows("100,103,99,101,5"));
        for answer in asked(&text).1 {
            let read = answered(&text, "columns", &answer);
            assert_eq!((read.rows.len(), read.rows.high[0]), (5, 103.0), "{header}: {answer}");
            assert_eq!(read.rows.volume[0], 5.0, "{header}: {answer}");
        }
    }
    let mut reading = Reading::default();
    reading.set("columns", "6:volume").unwrap();
    assert!(import_as(mixed.as_bytes(), &reading).unwrap_err().question.is_some());
    // Two volumes that nothing tells apart.
    let volumes =
        format!("time,open,high,low,close,tick volume,real volume\n{}", rows("100,103,99,101,5,7"));
    assert_eq!(asked(&volumes).1, ["6:volume", "7:volume"]);
    assert_eq!(answered(&volumes, "columns", "7:volume").rows.volume[0], 7.0);
    // Spreadsheet days without a name may be a count of rows.
    let days: String = (0..5).map(|i| format!("{},100,103,99,101,5\n", 45_292 + i)).collect();
    assert_eq!(asked(&days).0, "time_unit");
    assert_eq!(answered(&days, "time_unit", "excel").rows.time_ms[0], START_MS);
}

//! Inputs that once went wrong, kind by kind, in files of our own, and those of the shared folder where it is at hand: what each
//! has to become, and that every answer that is offered is accepted.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]
#![allow(clippy::print_stdout, reason = "says how many files were read")]
#![allow(clippy::format_collect, reason = "small texts, written as they read")]

mod common;

use cleansweep::domain::format_time;
use cleansweep::import::{Import, ImportError, Reading, import_as, open};
use cleansweep::session::Session;

/// 2024-03-04 00:00 UTC, a Monday.
const START_MS: i64 = 1_709_510_400_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Candle `i` of a walk: open, high, low, close, all different, and a volume. The open is the close before.
fn candle(i: usize) -> [f64; 5] {
    let close = |i: usize| 100.0 + ((i * 37 + 11) % 41) as f64 * 0.07 - 1.4;
    let (open, close) = (close(i), close(i + 1));
    let (high, low) = (f64::max(open, close) + 0.13, f64::min(open, close) - 0.11);
    [open, high, low, close, 500.0 + ((i * 53) % 97) as f64]
}

/// Lines of a file: one for each candle, behind a header that may be empty.
fn file(header: &str, rows: usize, line: impl Fn(usize, [f64; 5]) -> String) -> String {
    let head = if header.is_empty() { String::new() } else { format!("{header}\n") };
    (0..rows).fold(head, |text, i| text + &line(i, candle(i)) + "\n")
}

fn ohlcv([o, h, l, c, v]: [f64; 5]) -> String {
    format!("{o:.2},{h:.2},{l:.2},{c:.2},{v}")
}

fn ohlc([o, h, l, c, _]: [f64; 5]) -> String {
    format!("{o:.2},{h:.2},{l:.2},{c:.2}")
}

/// What has to become of a file.
enum Want {
    /// So many rows, the timeframe, the first time, and the first candle with its volume.
    Rows(usize, i64, &'static str, Option<f64>),
    /// A question about a key, with these words.
    Asks(&'static str, &'static str),
    /// A refusal with these words.
    Refuses(&'static str),
}
use Want::{Asks, Refuses, Rows};

fn first_candle(import: &Import) -> [f64; 5] {
    let first = (0..import.rows.len()).min_by_key(|&row| import.rows.time_ms[row]).unwrap();
    import.rows.values(first)
}

fn check(name: &str, text: &[u8], want: &Want) {
    let found = import_as(text, &Reading::default());
    match (want, found) {
        (Rows(rows, timeframe, first, volume), Ok(import)) => {
            let values = first_candle(&import);
            let session = Session::new(import);
            let market = &session.market;
            assert_eq!(market.candles.len(), *rows, "{name}: {:?}", session.diagnostics.notes);
            assert_eq!(market.timeframe_ms, Some(*timeframe), "{name}");
            assert_eq!(format_time(market.candles.time_ms[0]), *first, "{name}");
            let expected = candle(0);
            for at in 0..4 {
                assert!(
                    (values[at] - expected[at]).abs() < 0.006,
                    "{name}: {values:?} {expected:?}"
                );
            }
            match volume {
                Some(volume) => assert_eq!(values[4], *volume, "{name}"),
                None => assert!(values[4].is_nan(), "{name}: {values:?}"),
            }
        }
        (Asks(key, words), Err(error)) => {
            let question = error.question.clone().unwrap_or_else(|| panic!("{name}: {error}"));
            assert_eq!(question.key, *key, "{name}: {error}");
            assert!(error.to_string().contains(words), "{name}: {error}");
        }
        (Refuses(words), Err(error)) => {
            assert!(error.question.is_none() && error.typed.is_some(), "{name}: {error}");
            assert!(error.to_string().contains(words), "{name}: {error}");
        }
        (_, Ok(import)) => panic!("{name} was read: {:?}", import.diagnostics),
        (_, Err(error)) => panic!("{name}: {error}"),
    }
}

/// Feeds every offered answer back, and those of the questions behind it: each is accepted or brings something new.
fn answers_lead_on(name: &str, text: &[u8], reading: &Reading, depth: usize) {
    let Err(error) = import_as(text, reading) else { return };
    let typed = error.typed.iter().filter_map(|typed| {
        typed.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
    });
    let offered: Vec<(String, String)> = error
        .question
        .iter()
        .flat_map(|question| {
            question.choices.iter().map(|choice| (question.key.clone(), choice.value.clone()))
        })
        .chain(typed)
        .collect();
    assert!(!offered.is_empty(), "{name} offers nothing: {error}");
    for (key, value) in offered {
        let mut answered = reading.clone();
        answered.answer(&key, &value).unwrap();
        assert_ne!(&answered, reading, "{name}: {key}={value} was answered already");
        let next = import_as(text, &answered);
        if let Err(next) = &next {
            assert_ne!(next, &error, "{name}: {key}={value} changes nothing");
        }
        if depth > 0 && error.question.is_some() {
            answers_lead_on(name, text, &answered, depth - 1);
        }
    }
}

/// 1970-01-01 plus so many milliseconds, as a date or a time of the usual forms.
fn date(i: usize) -> String {
    format_time(START_MS + i as i64 * DAY_MS)[..10].to_owned()
}

fn minute(i: usize) -> String {
    format_time(START_MS + i as i64 * MINUTE_MS)
}

fn ms(i: usize, step: i64) -> i64 {
    START_MS + i as i64 * step
}

/// The cases: a name, a file, and what has to become of it.
fn cases() -> Vec<(&'static str, Vec<u8>, Want)> {
    let v = candle(0)[4];
    let text = |text: String| text.into_bytes();
    let us = |i: usize| {
        let date = date(i);
        format!("{}/{}/{}", &date[5..7], &date[8..], &date[..4])
    };
    let day_first = |i: usize| {
        let date = date(i);
        format!("{}/{}/{}", &date[8..], &date[5..7], &date[..4])
    };
    let mut cases = vec![
        // 1: times are properties of columns.
        (
            "rounded Unix beside a date",
            text(file("Unix,Date,Open,High,Low,Close,Volume", 40, |i, c| {
                format!("{:.2E},{},{}", ms(i, MINUTE_MS) as f64, minute(i), ohlcv(c))
            })),
            Rows(40, MINUTE_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "milliseconds of 1971",
            text(file("time,open,high,low,close,volume", 1_500, |i, c| {
                format!("{},{}", 31_536_000_000 + i as i64 * DAY_MS, ohlcv(c))
            })),
            Rows(1_500, DAY_MS, "1971-01-01 00:00", Some(v)),
        ),
        (
            "milliseconds, then microseconds",
            text(file("", 40, |i, c| {
                let time = ms(i, HOUR_MS) * if i < 20 { 1 } else { 1_000 };
                format!("{time},{}", ohlcv(c))
            })),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "milliseconds, a month later microseconds",
            text(file("time,open,high,low,close,volume", 1_200, |i, c| {
                let time = ms(i, HOUR_MS) + if i < 600 { 0 } else { 31 * DAY_MS };
                format!("{},{}", time * if i < 600 { 1 } else { 1_000 }, ohlcv(c))
            })),
            Rows(1_200, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "volume and turnover under each other's names",
            text(file("time,open,high,low,close,volume,turnover", 40, |i, c| {
                format!("{},{},{:.2},{}", ms(i, HOUR_MS), ohlc(c), c[4] * c[3], c[4])
            })),
            Asks("columns", "may be the turnover"),
        ),
        (
            "volume and turnover change places",
            text(file("time,open,high,low,close,volume,turnover", 2_400, |i, c| {
                let (volume, turnover) = (c[4], c[4] * c[3]);
                let [one, two] = if i < 1_200 { [volume, turnover] } else { [turnover, volume] };
                format!("{},{},{one:.3},{two:.3}", ms(i, HOUR_MS), ohlc(c))
            })),
            Asks("columns", "line 1202"),
        ),
        (
            "volume and turnover change places in the first lines",
            text(file("time,open,high,low,close,volume,turnover", 400, |i, c| {
                let (volume, turnover) = (c[4], c[4] * c[3]);
                let [one, two] = if i < 100 { [volume, turnover] } else { [turnover, volume] };
                format!("{},{},{one:.3},{two:.3}", ms(i, HOUR_MS), ohlc(c))
            })),
            Asks("columns", "line 102"),
        ),
        (
            "a decimal comma in a file of decimal points",
            {
                let text = file("date,open,high,low,close,volume", 40, |i, c| {
                    let line = format!("{},{}", date(i), ohlcv(c));
                    if i == 20 {
                        format!("{},100.57,100,97,100.13,100.36,47.1", date(i))
                    } else {
                        line
                    }
                });
                text.into_bytes()
            },
            Rows(39, DAY_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "trades behind the candles",
            {
                let mut both = file("date,open,high,low,close,volume", 40, |i, c| {
                    format!("{},{}", date(i), ohlcv(c))
                });
                both.push_str("\nDate,Ticket,Price,Size,Fee,Balance\n");
                both.push_str(
                    "2024-06-01,1000,101.5,2,0.1,1000\n2024-06-02,1001,101.7,2,0.1,1001\n",
                );
                text(both)
            },
            Rows(40, DAY_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "only rounded times",
            text(file("timestamp,open,high,low,close,volume", 40, |i, c| {
                format!("{:.5E},{}", ms(i, MINUTE_MS) as f64, ohlcv(c))
            })),
            Refuses("rounded by a spreadsheet"),
        ),
        (
            "seconds before 1970",
            text(file("time,open,high,low,close,volume", 40, |i, c| {
                format!("{},{}", -631_152_000 + i as i64 * 86_400, ohlcv(c))
            })),
            Rows(40, DAY_MS, "1950-01-01 00:00", Some(v)),
        ),
        // 2 and 14: day and month.
        (
            "both orders of day and month",
            text(file("Date,Open,High,Low,Close,Volume", 60, |i, c| {
                let date = if i < 30 { us(i) } else { day_first(i) };
                format!("{date},{}", ohlcv(c))
            })),
            Asks("date_order", "contradict each other"),
        ),
        (
            "day and month swapped by a spreadsheet",
            text(file("Date,Open,High,Low,Close,Volume", 60, |i, c| {
                let iso = date(i);
                let day: u32 = iso[8..].parse().unwrap();
                let swapped = format!("{}-{}-{}", &iso[..4], &iso[8..], &iso[5..7]);
                format!("{},{}", if day <= 12 { swapped } else { day_first(i) }, ohlcv(c))
            })),
            Asks("date_order", "swapped"),
        ),
        // 4: the comma for both.
        (
            "comma as delimiter and decimal mark",
            text(file("DATE,OPEN,HIGH,LOW,CLOSE", 40, |i, c| {
                format!("{},{}", date(i), ohlc(c).replace('.', ","))
            })),
            Rows(40, DAY_MS, "2024-03-04 00:00", None),
        ),
        // 5: several contracts for one time.
        (
            "an option chain",
            text(file("expiry,strike,right,open,high,low,close,volume", 48, |i, c| {
                let right = if i % 2 == 0 { "C" } else { "P" };
                format!("{},{},{right},{}", date(i / 24 * 7), 3_000 + i / 2 % 12 * 100, ohlcv(c))
            })),
            Refuses("chain of options"),
        ),
        (
            "two venues for each time",
            text(file("time,venue,open,high,low,close,volume", 40, |i, c| {
                let venue = if i % 2 == 0 { "kraken" } else { "bitstamp" };
                format!("{},{venue},{}", ms(i / 2, HOUR_MS), ohlcv(c))
            })),
            Asks("columns", "2:symbol"),
        ),
        // 6: words and dates in combinations.
        (
            "Buddhist compact dates with a clock",
            text(file("", 40, |i, c| {
                let hour = i % 24;
                let half = if hour < 12 { "AM" } else { "PM" };
                let shown = (hour + 11) % 12 + 1;
                format!("256703{:02},{shown}:00:00 {half},{}", 4 + i / 24, ohlcv(c))
            })),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "prefixes and suffixes",
            text(file(
                "Currency,Date,Closing Price (USD),24h Open (USD),24h High (USD),24h Low (USD)",
                40,
                |i, c| format!("BTC,{},{:.2},{:.2},{:.2},{:.2}", date(i), c[3], c[0], c[1], c[2]),
            )),
            Rows(40, DAY_MS, "2024-03-04 00:00", None),
        ),
        (
            "Bloomberg's names behind a preamble",
            text(format!(
                "Security,IBM US Equity,,,,\nStart Date,1/1/2024,,,,\nPeriod,D,,,,\n,,,,,\n{}",
                file("Date,PX_OPEN,PX_HIGH,PX_LOW,PX_LAST,PX_VOLUME", 40, |i, c| {
                    format!("{},{}", date(i), ohlcv(c))
                })
            )),
            Rows(40, DAY_MS, "2024-03-04 00:00", Some(v)),
        ),
        // 7: held to the end.
        (
            "volumes that change places",
            text(file("unix,open,high,low,close,Volume BTC,Volume USD", 2_000, |i, c| {
                let money = c[4] * f64::midpoint(c[0], c[3]);
                let (a, b) = if i < 1_500 { (c[4], money) } else { (money, c[4]) };
                format!("{},{},{a},{b:.2}", ms(i, HOUR_MS), ohlc(c))
            })),
            Asks("columns", "line 1502"),
        ),
        (
            "a decimal mark that changes",
            text(file("time;open;high;low;close;volume", 2_000, |i, c| {
                let line = ohlcv(c).replace(',', ";");
                let line = if i < 1_500 { line } else { line.replace('.', ",") };
                format!("{};{line}", ms(i, HOUR_MS))
            })),
            Asks("decimal", "line 1502"),
        ),
        // 9: which of several times.
        (
            "end before start",
            text(file("end_at,start_at,open,high,low,close,volume", 40, |i, c| {
                format!("{},{},{}", ms(i + 1, HOUR_MS), ms(i, HOUR_MS), ohlcv(c))
            })),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "T before t",
            text(file("T,c,h,l,o,t,v", 40, |i, c| {
                let (start, end) = (ms(i, HOUR_MS), ms(i + 1, HOUR_MS) - 1);
                format!("{end},{:.2},{:.2},{:.2},{:.2},{start},{}", c[3], c[1], c[2], c[0], c[4])
            })),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "the first trade and the period",
            text(file("time_open,time_period_start,open,high,low,close,volume", 40, |i, c| {
                let start = ms(i, HOUR_MS);
                format!("{},{start},{}", start + 1_331 + i as i64 * 1_000, ohlcv(c))
            })),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        // 10: prices and volume by their values.
        (
            "volume before the prices, no header",
            text(file("", 40, |i, c| format!("{},{},{}", ms(i, HOUR_MS), c[4] * 1e4, ohlc(c)))),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v * 1e4)),
        ),
        (
            "time, volume, close, high, low, open, no header",
            text(file("", 40, |i, c| {
                let time = ms(i, HOUR_MS) / 1_000;
                format!("{time},{},{:.2},{:.2},{:.2},{:.2}", c[4] * 1e4, c[3], c[1], c[2], c[0])
            })),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v * 1e4)),
        ),
        // 11: sides of a market.
        (
            "bid and ask",
            text(file(
                "date,bidopen,bidclose,bidhigh,bidlow,askopen,askclose,askhigh,asklow,tickqty",
                40,
                |i, c| {
                    let side = |d: f64| {
                        format!("{:.2},{:.2},{:.2},{:.2}", c[0] + d, c[3] + d, c[1] + d, c[2] + d)
                    };
                    format!("{},{},{},{}", minute(i), side(0.0), side(0.01), c[4])
                },
            )),
            Asks("symbol", "sides of the market"),
        ),
        // 12: numbers.
        (
            "Indian groups",
            text(file("\"Date\",\"Open\",\"High\",\"Low\",\"Close\",\"Volume\"", 40, |i, c| {
                format!("\"{}\",{},\"24,85,099\"", date(i), ohlc(c))
            })),
            Rows(40, DAY_MS, "2024-03-04 00:00", Some(2_485_099.0)),
        ),
        (
            "up and down",
            text(file("time,open,high,low,close,Up,Down", 40, |i, c| {
                format!("{},{},{},{}", ms(i, HOUR_MS), ohlc(c), c[4] - 200.0, 200)
            })),
            Rows(40, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "fixed-point prices",
            text(file(
                "ts_event,rtype,publisher_id,open,high,low,close,volume",
                40,
                |i, [o, h, l, c, v]| {
                    let fixed = |price: f64| (price * 100.0).round() as i64 * 10_000_000;
                    let time = ms(i, HOUR_MS) * 1_000_000;
                    format!("{time},33,1,{},{},{},{},{v}", fixed(o), fixed(h), fixed(l), fixed(c))
                },
            )),
            Asks("price_scale", "1e-9"),
        ),
        (
            "shares and turnover",
            text(file("Date,Open,High,Low,Close,Volumen,Stück", 40, |i, c| {
                format!("{},{},{:.2},{}", date(i), ohlc(c), c[4] * f64::midpoint(c[0], c[3]), c[4])
            })),
            Rows(40, DAY_MS, "2024-03-04 00:00", Some(v)),
        ),
        // 13: times.
        (
            "clocks without leading zeros",
            text(file("Date,Time,Open,High,Low,Close,Volume", 80, |i, c| {
                let clock = 90_000 + i / 60 * 10_000 + i % 60 * 100;
                format!("20240304,{},{}", clock, ohlcv(c))
            })),
            Rows(80, MINUTE_MS, "2024-03-04 09:00", Some(v)),
        ),
        (
            "a zone in the header",
            text(file("Time (UTC+8),Open,High,Low,Close,Volume", 40, |i, c| {
                format!("{},{}", minute(i), ohlcv(c))
            })),
            Rows(40, MINUTE_MS, "2024-03-03 16:00", Some(v)),
        ),
        (
            "a zone with summer time in the header",
            text(file("Time (EET),Open,High,Low,Close,Volume", 40, |i, c| {
                format!("{},{}", minute(i), ohlcv(c))
            })),
            Asks("zone", "EET"),
        ),
        (
            "a zone in a comment",
            text(format!(
                "# timezone: America/New_York\n{}",
                file("Date,Open,High,Low,Close,Volume", 40, |i, c| format!(
                    "{},{}",
                    minute(i),
                    ohlcv(c)
                ))
            )),
            Asks("zone", "America/New_York"),
        ),
        (
            "a zone in a column",
            text(file("Date,tz,Open,High,Low,Close,Volume", 40, |i, c| {
                format!("{},UTC+8,{}", minute(i), ohlcv(c))
            })),
            Rows(40, MINUTE_MS, "2024-03-03 16:00", Some(v)),
        ),
        // 17: two tables, two names.
        (
            "a second table in another order",
            text(format!(
                "{}{}",
                file("t,o,h,l,c,v", 20, |i, c| format!("{},{}", ms(i, HOUR_MS) / 1_000, ohlcv(c))),
                file("c,h,l,o,t,v", 20, |i, c| {
                    format!(
                        "{:.2},{:.2},{:.2},{:.2},{},{}",
                        c[3],
                        c[1],
                        c[2],
                        c[0],
                        ms(20 + i, HOUR_MS) / 1_000,
                        c[4]
                    )
                })
            )),
            Rows(20, HOUR_MS, "2024-03-04 00:00", Some(v)),
        ),
        (
            "first and last beside open and close",
            text(file(
                "<DTYYYYMMDD>,<FIRST>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPEN>,<LAST>",
                60,
                |i, c| {
                    let average = f64::midpoint(c[1], c[2]);
                    let yesterday = if i % 6 == 0 { c[1] + 0.5 } else { average };
                    format!(
                        "{},{:.2},{:.2},{:.2},{average:.2},{},{yesterday:.2},{:.2}",
                        date(i).replace('-', ""),
                        c[0],
                        c[1],
                        c[2],
                        c[4],
                        c[3]
                    )
                },
            )),
            Asks("columns", "2:open,3:high,4:low,8:close"),
        ),
    ];
    // 12: 32nds.
    let thirty_seconds = file("Time,Open,High,Low,Last,Volume", 40, |i, c| {
        let price = |value: f64| {
            let quarters = (value * 128.0).round() as u32;
            let digit = [0, 2, 5, 7][quarters as usize % 4];
            format!("{}'{:02}{digit}", quarters / 128, quarters / 4 % 32)
        };
        let prices: Vec<String> = c[..4].iter().map(|value| price(*value)).collect();
        format!("{},{},{}", minute(i), prices.join(","), c[4])
    });
    cases.push(("32nds", text(thirty_seconds), Rows(40, MINUTE_MS, "2024-03-04 00:00", Some(v))));
    // 15: Shift-JIS, 日付,始値,高値,安値,終値,出来高 with dates as 2024年03月04日.
    let mut bytes =
        b"\x93\xfa\x95t,\x8en\x92l,\x8d\x82\x92l,\x88\xc0\x92l,\x8fI\x92l,\x8fo\x97\x88\x8d\x82\n"
            .to_vec();
    for i in 0..40 {
        let date = date(i);
        bytes.extend_from_slice(&date.as_bytes()[..4]);
        bytes.extend_from_slice(b"\x94N");
        bytes.extend_from_slice(&date.as_bytes()[5..7]);
        bytes.extend_from_slice(b"\x8c\x8e");
        bytes.extend_from_slice(&date.as_bytes()[8..]);
        bytes.extend_from_slice(format!("\x00,{}\n", ohlcv(candle(i))).as_bytes());
        let at = bytes.iter().rposition(|byte| *byte == 0).unwrap();
        bytes.splice(at..=at, *b"\x93\xfa");
    }
    cases.push(("Shift-JIS", bytes, Rows(40, DAY_MS, "2024-03-04 00:00", Some(v))));
    cases
}

#[test]
fn every_kind_of_fault_has_its_right_value() {
    for (name, text, want) in cases() {
        check(name, &text, &want);
    }
}

#[test]
fn every_offered_answer_is_accepted_or_brings_something_new() {
    let mut asked = 0;
    for (name, text, want) in cases() {
        if !matches!(want, Rows(..)) {
            asked += 1;
            answers_lead_on(name, &text, &Reading::default(), 2);
        }
    }
    assert!(asked > 10);
}

#[test]
fn swapped_dates_are_put_back() {
    let (_, text, _) =
        cases().into_iter().find(|(name, ..)| name.contains("swapped by a")).unwrap();
    let mut reading = Reading::default();
    reading.set("date_order", "swapped").unwrap();
    let session = Session::new(import_as(&text, &reading).unwrap());
    assert_eq!((session.market.candles.len(), session.market.timeframe_ms), (60, Some(DAY_MS)));
}

#[test]
fn a_trailing_delimiter_hides_no_missing_field() {
    let mut text = file("", 12, |i, c| format!("{},{},{},", ms(i, HOUR_MS), ohlcv(c), i + 1));
    let lost = text.lines().nth(5).unwrap().to_owned();
    let glued: String = {
        let cells: Vec<&str> = lost.split(',').collect();
        format!("{},{}{},{},", cells[..4].join(","), cells[4], cells[5], cells[6])
    };
    text = text.replace(&lost, &glued);
    let import = import_as(text.as_bytes(), &Reading::default()).unwrap();
    assert_eq!(import.rows.len(), 11);
    assert_eq!(import.diagnostics.rejected_lines[0].line, 6);
}

#[test]
fn a_last_line_that_is_cut_is_told() {
    let whole = file("time,open,high,low,close,volume", 20, |i, c| {
        format!("{},{}", ms(i, HOUR_MS), ohlcv(c))
    });
    for cut in [1, 3, 9, 20, 30] {
        let text = &whole[..whole.len() - cut];
        let import = import_as(text.as_bytes(), &Reading::default()).unwrap();
        let told = import.diagnostics.notes.iter().any(|note| note.contains("line 21"));
        assert!(told, "{cut}: {:?}", import.diagnostics.notes);
    }
    let import = import_as(whole.as_bytes(), &Reading::default()).unwrap();
    assert!(import.diagnostics.notes.is_empty(), "{:?}", import.diagnostics.notes);
}

#[test]
fn a_volume_of_zero_on_moving_candles_cannot_be_trusted() {
    let text = file("time,open,high,low,close,volume", 60, |i, c| {
        let volume = if i % 3 == 0 { c[4] } else { 0.0 };
        format!("{},{},{volume}", ms(i, HOUR_MS), ohlc(c))
    });
    let mut session = Session::new(import_as(text.as_bytes(), &Reading::default()).unwrap());
    let remarks = session.remarks().join("\n");
    assert!(remarks.contains("cannot be trusted") && remarks.contains("columns=6:-"), "{remarks}");
    let mut reading = Reading::default();
    reading.set("columns", "6:-").unwrap();
    let session = Session::new(import_as(text.as_bytes(), &reading).unwrap());
    assert!(!session.market.has_volume);
}

/// Rows, timeframe in ms and first time, or words of the message.
type Read = Result<(usize, i64, &'static str), &'static str>;

/// Files of the shared folder, and what has to become of them.
const SHARED: &[(&str, Read)] = &[
    ("01-rounded-unix.csv", Ok((60, HOUR_MS, "2018-06-01 00:00"))),
    ("02-trailing-delimiter.csv", Ok((11, DAY_MS, "2013-10-06 00:00"))),
    ("03-comma-comma.csv", Ok((40, DAY_MS, "2009-12-07 00:00"))),
    ("04-day-month-switch.csv", Err("line 32")),
    ("05-option-chain.csv", Err("strike")),
    ("06-buddhist-compact.csv", Ok((40, HOUR_MS, "2020-05-01 00:00"))),
    ("07-24h-headers.csv", Ok((40, DAY_MS, "2020-06-19 00:00"))),
    ("08-volumes-swap.csv", Err("line 1202")),
    ("09-all-flat-no-volume.csv", Ok((300, MINUTE_MS, "2012-02-01 00:00"))),
    ("11-high-and-volume-swap.csv", Ok((200, 5 * MINUTE_MS, "2020-09-13 12:26:40"))),
    ("12-milliseconds-1971.csv", Ok((1_500, DAY_MS, "1971-01-01 00:00"))),
    ("b01-databento-fixedpoint.csv", Err("5130.25")),
    ("b03-upbit.csv", Ok((40, MINUTE_MS, "2023-10-30 09:00"))),
    ("b106-tsetmc-first-last.csv", Err("12:close")),
    ("b108-excel-sci-2digits.csv", Ok((40, MINUTE_MS, "2022-01-13 00:00"))),
    ("b112-header-est.csv", Err("EST")),
    ("b113-header-gmt-offset-line.csv", Err("America/New_York")),
    ("b123-end_at-start_at.csv", Ok((40, 15 * MINUTE_MS, "2024-03-04 00:00"))),
    ("b125-close_ts-open_ts.csv", Ok((40, 15 * MINUTE_MS, "2024-03-04 00:00"))),
    ("b127-headerless-volume-first.csv", Ok((40, 15 * MINUTE_MS, "2024-03-04 00:00"))),
    ("b134-ariva.csv", Ok((40, DAY_MS, "2024-01-01 00:00"))),
    ("b136-bse-india.csv", Ok((40, DAY_MS, "2024-01-01 00:00"))),
    ("b137-bloomberg-bdh.csv", Ok((40, DAY_MS, "2024-01-01 00:00"))),
    ("b17-tradestation-updown.txt", Err("date_order")),
    ("b19-nse-lakh.csv", Ok((40, DAY_MS, "2024-01-01 00:00"))),
    ("b20-coinapi.csv", Ok((40, HOUR_MS, "2024-01-05 00:00"))),
    ("b21-coinmarketcap.csv", Ok((40, DAY_MS, "2024-01-01 00:00"))),
    ("b25-kabu-sjis.csv", Ok((40, DAY_MS, "2022-01-04 00:00"))),
    ("b26-baostock-5m.csv", Ok((48, 5 * MINUTE_MS, "2022-01-04 09:35"))),
    ("b27-hhmmss-no-leading-zero.csv", Ok((80, MINUTE_MS, "2022-01-04 08:45"))),
    ("b30-excel-mangled-iso.csv", Err("date_order=swapped")),
    ("b31-excel-sci-timestamps.csv", Err("rounded by a spreadsheet")),
    ("b33-oanda-flat.csv", Err("symbol=mid")),
    ("b35-cbot-32nds-apostrophe.csv", Ok((40, 5 * MINUTE_MS, "2024-03-04 14:30"))),
    ("b39-hyperliquid-alpha.csv", Ok((40, 15 * MINUTE_MS, "2024-03-04 00:00"))),
    ("b41-gate-no-header.csv", Ok((40, 15 * MINUTE_MS, "2024-03-04 00:00"))),
    ("b43-finnhub-chunks-reordered.csv", Ok((20, 15 * MINUTE_MS, "2024-03-04 00:00"))),
    ("b66-nse-lakh-volume.csv", Ok((40, DAY_MS, "2024-01-01 00:00"))),
    ("b68-fxcm-bidask.csv", Err("symbol=bid")),
    ("b70-twse-big5.csv", Ok((40, DAY_MS, "2023-01-02 00:00"))),
    ("b74-jforex-header-eet.csv", Err("EET")),
    ("b75-header-utc+8.csv", Ok((40, HOUR_MS, "2024-03-04 02:00"))),
];

#[test]
fn the_shared_faults_have_their_right_values() {
    let Some(folder) = common::shared("faults") else { return };
    for (name, want) in SHARED {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let found: Result<Import, ImportError> =
            open(&bytes.as_slice(), &Reading::default(), &mut |_, _| {});
        match (want, found) {
            (Ok((rows, timeframe, first)), Ok(import)) => {
                let market = Session::new(import).market;
                assert_eq!(
                    (
                        market.candles.len(),
                        market.timeframe_ms,
                        format_time(market.candles.time_ms[0])
                    ),
                    (*rows, Some(*timeframe), (*first).to_owned()),
                    "{name}"
                );
            }
            (Err(words), Err(error)) => {
                assert!(error.to_string().contains(words), "{name}: {error}");
            }
            (_, found) => panic!("{name}: {:?}", found.map(|import| import.diagnostics.notes)),
        }
    }
    // Levels that jump, columns that changed places.
    for (name, jumps) in [
        ("b101-unadjusted-split-daily.csv", true),
        ("b102-unadjusted-split-5m.csv", true),
        ("b102b-split-inside-long.csv", true),
        ("11-high-and-volume-swap.csv", false),
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let mut session =
            Session::new(open(&bytes.as_slice(), &Reading::default(), &mut |_, _| {}).unwrap());
        let report = session.report().clone();
        assert_eq!(!report.level_jumps.is_empty(), jumps, "{name}");
        assert!(report.level_jumps.iter().all(|jump| jump.nearest_split == "4:1"), "{name}");
        assert_eq!(report.swaps.is_empty(), jumps, "{name}");
        if let Some(swap) = report.swaps.first() {
            assert_eq!((session.line_of(swap.row), swap.rows), (102, 100));
            assert_eq!(swap.columns, ("high".to_owned(), "volume".to_owned()));
        }
    }
    println!("faults: {} files read", SHARED.len() + 4);
}

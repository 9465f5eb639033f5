//! From the first lines of a file to the way all of it is read. Every decision is a finding with its reason; what the lines
//! cannot decide is asked.

use super::columns::{self, Name, Roles, TimeColumns};
use super::diagnostics::{Choice, ColumnUse, Diagnostics, Finding, Question, clip};
use super::dialect::{self, Dialect, Fields, Kind, Pairs, field, kind, split};
use super::other_table;
use super::reading::{
    DateOrder, DecimalMark, Delimiter, HeaderAt, Quote, Reading, TimeUnit, scale_text, zone_text,
};
use super::sample::{self, Sample};
use super::time::{self, TimeStyle, Zone};
use super::values;
use super::{ImportError, words, zones};
use crate::domain::{MINUTE_MS, format_time, gather};

/// Columns of the widest table that is read.
const MOST_COLUMNS: usize = 4_096;
/// What the quick path does with a column: a value's place, the time, the symbol, the venue, or nothing.
pub(super) const SLOT_SECOND: u8 = 5;
pub(super) const SLOT_TIME: u8 = 6;
pub(super) const SLOT_SYMBOL: u8 = 7;
pub(super) const SLOT_VENUE: u8 = 8;
pub(super) const SLOT_SKIP: u8 = 9;

/// How lines become rows.
#[derive(Debug)]
pub(super) struct Plan {
    pub dialect: Dialect,
    pub decimal: DecimalMark,
    /// What every price is divided by.
    pub price_divisor: f64,
    pub style: TimeStyle,
    /// The unit of Unix times was found, not chosen: it may change.
    pub unit_is_inferred: bool,
    /// False when the lines do not prove the order of day and month: then both are kept and the whole file decides.
    pub order_is_sure: bool,
    pub roles: Roles,
    /// Digits of a time of day without colons.
    pub clock_width: usize,
    /// Tells the zone of each row, where it changes.
    pub zone_column: Option<usize>,
    /// The volume in the other currency, by which the volume was chosen.
    pub quote_volume: Option<usize>,
    /// A line whose date can be read in one order of day and month only.
    pub order_proof: Option<(u64, String)>,
    /// Fields of a full row.
    pub width: usize,
    /// Fewest fields of a row: those behind them are empty wherever the plan looked.
    pub solid: usize,
    /// Last line of the header, or the line before the data.
    pub skip_until: u64,
    /// Folded cells of the header's lines, to know it again.
    pub headers: Vec<Vec<String>>,
    /// Names for messages.
    pub names: Vec<String>,
    /// What a time without a zone is ahead of UTC.
    pub zone_ms: i64,
    /// What is done with each column up to the last one that is needed.
    pub slots: Vec<u8>,
    /// Bytes of a row, its line end included.
    pub row_bytes: f64,
}

/// Key under which choices for files of this shape are remembered: the names of the columns, or the kinds of their values.
pub(super) fn signature(lines: &[(u64, &[u8])]) -> String {
    let dialect = Dialect::of(dialect::any_delimiter(lines));
    let mut fields = Fields::new();
    let mut shape = String::new();
    for (_, line) in lines.iter().take(40) {
        split(line, dialect, &mut fields);
        if columns::header_score(line, &fields) >= 2 {
            shape = fields
                .iter()
                .map(|&range| words::fold(&String::from_utf8_lossy(field(line, range))))
                .collect::<Vec<_>>()
                .join(",");
            break;
        }
        let kinds = fields.iter().map(|&range| {
            let text = field(line, range);
            if dialect::is_time(text) {
                't'
            } else if dialect::is_number(text) {
                'n'
            } else {
                'x'
            }
        });
        shape = kinds.collect();
    }
    // FNV-1a: a short key for a place in the browser's storage, not a secret.
    let hash = shape
        .bytes()
        .chain([dialect.delimiter.byte()])
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:016x}")
}

/// The delimiter and quote of a file; what was chosen comes first.
pub(super) fn dialect(
    lines: &[(u64, &[u8])],
    reading: &Reading,
    diagnostics: &mut Diagnostics,
) -> (Dialect, Option<Kind>) {
    let tries = [
        (Kind::Candle, b'"'),
        (Kind::Candle, b'\''),
        (Kind::Numbers, b'"'),
        (Kind::Numbers, b'\''),
    ];
    let first = tries
        .into_iter()
        .find_map(|(least, quote)| Some((dialect::delimiter(lines, least, quote)?, least)));
    let (found, least) = (first.map(|found| found.0), first.map(|found| found.1));
    let (delimiter, reason) = match (reading.delimiter, found) {
        (Some(chosen), _) => (chosen, "chosen".to_owned()),
        (None, Some((delimiter, good, looked_at))) => {
            (delimiter, format!("it makes candles of {good} of the first {looked_at} lines"))
        }
        (None, None) => (
            dialect::any_delimiter(lines),
            "it splits most lines into equally many fields".to_owned(),
        ),
    };
    let least = match reading.delimiter {
        None => least,
        Some(chosen) => [Kind::Candle, Kind::Numbers].into_iter().find(|&least| {
            let mut fields = Fields::new();
            lines.iter().any(|(_, line)| {
                split(line, Dialect::of(chosen), &mut fields);
                kind(line, &fields) >= least
            })
        }),
    };
    diagnostics.found(
        "delimiter",
        delimiter.key(),
        delimiter.label(),
        reason,
        reading.delimiter.is_some(),
    );
    let (quote, backslash, reason) = dialect::quote(lines, delimiter);
    let (quote, reason) = match reading.quote {
        Some(chosen) => (chosen, "chosen".to_owned()),
        None => (quote, reason),
    };
    diagnostics.found("quote", quote.key(), quote.label(), reason, reading.quote.is_some());
    let byte = match quote {
        Quote::Double => Some(b'"'),
        Quote::Single => Some(b'\''),
        Quote::None => None,
    };
    (Dialect { quote: byte, backslash, ..Dialect::of(delimiter) }, least)
}

/// The lines of a sample, sorted into header and data.
struct Layout<'a> {
    data: Vec<(u64, &'a [u8])>,
    /// Lines whose cells name the columns.
    header: Vec<(u64, &'a [u8])>,
    /// The last line before the data that names nothing.
    unknown: Option<(u64, &'a [u8])>,
    /// Lines before the data, and comments: they may tell the zone.
    remarks: Vec<(u64, &'a [u8])>,
}

fn layout<'a>(
    lines: &[(u64, &'a [u8])],
    dialect: Dialect,
    least: Kind,
    reading: &Reading,
) -> Result<Layout<'a>, ImportError> {
    let mut fields = Fields::new();
    let chosen = match reading.header {
        Some(HeaderAt::Line(line)) => Some(u64::from(line)),
        _ => None,
    };
    let mut layout =
        Layout { data: Vec::new(), header: Vec::new(), unknown: None, remarks: Vec::new() };
    let mut before: Vec<(u64, &[u8], usize, usize)> = Vec::new();
    for &(number, line) in lines {
        split(line, dialect, &mut fields);
        if fields.len() > MOST_COLUMNS {
            return Err(ImportError::new(
                "Too many columns",
                format!("line {number} has {} columns, the limit is {MOST_COLUMNS}", fields.len()),
                "Check the delimiter of the file",
            ));
        }
        if chosen.is_some_and(|header| number <= header) {
            if Some(number) == chosen {
                layout.header.push((number, line));
            } else {
                layout.remarks.push((number, line));
            }
            continue;
        }
        if layout.data.len() >= sample::LOOKED_AT {
            break;
        }
        if kind(line, &fields) >= least {
            layout.data.push((number, line));
        } else if layout.data.is_empty() {
            before.push((number, line, columns::header_score(line, &fields), fields.len()));
        } else if columns::header_score(line, &fields) >= 3
            && !before.iter().any(|(_, known, ..)| *known == line)
        {
            // A second table: what stands below it says nothing about the first.
            break;
        } else if line.starts_with(b"#") {
            layout.remarks.push((number, line));
        }
    }
    layout.remarks.extend(before.iter().map(|&(number, line, ..)| (number, line)));
    if chosen.is_some() {
        if layout.header.is_empty() {
            return Err(ImportError::new(
                "There is no such line",
                format!(
                    "line {} was chosen as the header, and it is blank or behind the beginning of the file",
                    chosen.unwrap_or(0)
                ),
                "Choose the line that names the columns",
            ));
        }
        return Ok(layout);
    }
    layout.unknown = before.last().map(|&(number, line, ..)| (number, line));
    if reading.header == Some(HeaderAt::Nowhere) {
        return Ok(layout);
    }
    // The best named line, and its neighbours of the same width: a header may have several rows.
    let best = before.iter().enumerate().rev().max_by_key(|(_, (_, _, score, _))| *score);
    if let Some((at, &(_, _, score, width))) = best
        && score >= 2
    {
        let names = |line: &[u8]| {
            let mut fields = Fields::new();
            split(line, dialect, &mut fields);
            !fields.iter().any(|&range| dialect::is_number(field(line, range)))
        };
        let same = |line: &&(u64, &[u8], usize, usize)| line.3 == width && names(line.1);
        // A preamble has few cells, a row of names one for most columns.
        let is_full = |line: &&(u64, &[u8], usize, usize)| {
            let mut fields = Fields::new();
            split(line.1, dialect, &mut fields);
            let blank = |range: &&(u32, u32)| field(line.1, **range).trim_ascii().is_empty();
            same(line) && fields.iter().filter(blank).count() * 2 <= width
        };
        let above = before[..at].iter().rev().take_while(is_full).count();
        let below = before[at + 1..].iter().take_while(same).count();
        layout.header = before[at - above..=at + below]
            .iter()
            .map(|&(number, line, ..)| (number, line))
            .collect();
    } else if let Some(&(number, line, ..)) = before.last()
        && is_row_of_names(line, dialect, sample::usual_width(&layout.data, dialect))
    {
        // Names that are not those of prices: they still name the other columns.
        layout.header.push((number, line));
    }
    Ok(layout)
}

/// True for a line of words above as many columns.
fn is_row_of_names(line: &[u8], dialect: Dialect, width: usize) -> bool {
    let mut fields = Fields::new();
    split(line, dialect, &mut fields);
    let is_word = |&&range: &&(u32, u32)| {
        let text = field(line, range).trim_ascii();
        !text.is_empty() && !dialect::is_number(text) && !dialect::is_time(text)
    };
    let words = fields.iter().filter(is_word).count();
    let blanks = fields.iter().filter(|range| field(line, **range).trim_ascii().is_empty()).count();
    fields.len() == width && words >= 4 && words + blanks == width
}

impl Diagnostics {
    pub(super) fn found(
        &mut self,
        key: &str,
        value: impl Into<String>,
        label: impl Into<String>,
        reason: impl Into<String>,
        chosen: bool,
    ) {
        self.findings.retain(|finding| finding.key != key);
        let (value, label, reason) = (value.into(), label.into(), reason.into());
        self.findings.push(Finding { key: key.to_owned(), value, label, reason, chosen });
    }
}

/// The plan for a file by its first lines. What is found on the way stays in the diagnostics even where the plan fails.
pub(super) fn make(
    lines: &[(u64, &[u8])],
    reading: &Reading,
    diagnostics: &mut Diagnostics,
) -> (Dialect, Result<Plan, ImportError>) {
    diagnostics.signature = signature(lines);
    let (dialect, least) = dialect(lines, reading, diagnostics);
    let plan = plan(lines, dialect, least, reading, diagnostics);
    (dialect, plan)
}

fn plan(
    lines: &[(u64, &[u8])],
    dialect: Dialect,
    least: Option<Kind>,
    reading: &Reading,
    diagnostics: &mut Diagnostics,
) -> Result<Plan, ImportError> {
    let Some(least) = least else { return Err(no_candles(lines)) };
    let layout = layout(lines, dialect, least, reading)?;
    let Some(&(first_data, _)) = layout.data.first() else { return Err(no_candles(lines)) };
    let plain = dialect;
    let pairs = comma_pairs(plain, &layout, reading, diagnostics)?;
    let dialect = Dialect { pairs, ..plain };
    let sample = Sample::new(&layout.data, dialect, reading);
    let width = sample.width();
    let mut names_are_sure = true;
    let names = names(&layout, plain, &sample, width, diagnostics, &mut names_are_sure);
    header_finding(&layout, reading, diagnostics);
    let found = if layout.header.is_empty() {
        values::from_values(&sample, reading)
    } else if names_are_sure {
        columns::from_header(&names, &sample, reading)
    } else if reading.prices().is_some() {
        // The names stand above other columns than their own: only choices and values count.
        values::from_values(&sample, reading)
    } else {
        let by_names = columns::from_header(&names, &sample, reading).ok();
        Err(columns::ask_shifted(&names, &sample, by_names))
    };
    // Names alone, so that the columns can be chosen where nothing was found.
    diagnostics.columns = (0..names.len().max(width))
        .map(|column| ColumnUse {
            name: names.get(column).map_or_else(String::new, |name| name.shown.clone()),
            role: super::Role::Unused,
            reason: String::new(),
        })
        .collect();
    let found = columns::with_chosen(found, reading, names.len().max(width))?;
    if sample.decimal_is_open {
        return Err(ask_decimal(&sample, &found.roles));
    }
    other_table::check(&names, &sample, &found.roles, reading)?;
    let price_divisor = price_scale(&names, &sample, &found.roles, reading, diagnostics)?;
    let roles = found.roles;
    for (column, used) in diagnostics.columns.iter_mut().enumerate() {
        used.role = roles.of(column);
        used.reason = found.reasons.get(&column).cloned().unwrap_or_default();
    }
    if reading.header.is_none()
        && layout.header.is_empty()
        && let Some((number, line)) = layout.unknown
    {
        diagnostics.notes.push(format!(
            "line {number} was not understood as a header, so the columns were found by their values: {}",
            clip(line)
        ));
    }
    diagnostics.notes.extend(found.notes);
    if roles.volume.is_none() {
        diagnostics.notes.push("no volume column: checks on volume do not apply".to_owned());
    }
    let mark = sample.decimal;
    let reason =
        if reading.decimal.is_some() { "chosen".to_owned() } else { sample.decimal_reason.clone() };
    diagnostics.found("decimal", mark.key(), mark.label(), reason, reading.decimal.is_some());
    columns_finding(reading, diagnostics);
    if let Some(side) = &found.side {
        let reason = "the names of the columns tell the market";
        diagnostics.found("symbol", side, side, reason, reading.symbol.is_some());
    }
    let (style, order_is_sure) = time_findings(&sample, roles.time, reading, diagnostics)?;
    let (zone, zone_column) =
        zone_finding(&names, &layout, &sample, style, &roles, reading, diagnostics)?;
    let order_proof = order_proof(&layout, dialect, roles.time.all()[0]);
    sort(diagnostics);
    let trailing = (0..width)
        .rev()
        .take_while(|&column| {
            roles.of(column) == super::Role::Unused
                && sample.column(column).all(|text| text.trim_ascii().is_empty())
        })
        .count();
    let last_needed = (0..width).rev().find(|&column| roles.of(column) != super::Role::Unused);
    let slots = match roles.time {
        TimeColumns::One(_) if zone_column.is_none() && dialect.pairs.first == 0 => (0
            ..=last_needed.max(found.quote_volume).unwrap_or(0))
            .map(|column| slot(&roles, found.quote_volume, column))
            .collect(),
        _ => Vec::new(),
    };
    let bytes: usize = layout.data.iter().map(|(_, line)| line.len() + 1).sum();
    let headers = layout.header.iter().map(|(_, line)| folded_cells(line, dialect)).collect();
    Ok(Plan {
        dialect,
        decimal: sample.decimal,
        price_divisor,
        style,
        unit_is_inferred: reading.time_unit.is_none()
            && style.unit.is_some_and(|unit| time::UNIX.contains(&unit)),
        order_is_sure,
        clock_width: sample.clock_width_of(roles.time),
        zone_column,
        quote_volume: found.quote_volume,
        order_proof,
        width,
        solid: width - trailing,
        skip_until: layout.header.last().map_or(0, |(number, _)| *number).min(first_data - 1),
        headers,
        names: names.into_iter().map(|name| name.shown).collect(),
        zone_ms: i64::from(zone) * MINUTE_MS,
        slots,
        roles,
        row_bytes: bytes as f64 / layout.data.len().max(1) as f64,
    })
}

fn slot(roles: &Roles, quote_volume: Option<usize>, column: usize) -> u8 {
    if roles.time == TimeColumns::One(column) {
        SLOT_TIME
    } else if roles.symbol == Some(column) {
        SLOT_SYMBOL
    } else if roles.venue == Some(column) {
        SLOT_VENUE
    } else if roles.volume == Some(column) {
        4
    } else if roles.volume_part.or(quote_volume) == Some(column) {
        SLOT_SECOND
    } else {
        roles.prices.iter().position(|&price| price == column).map_or(SLOT_SKIP, |at| at as u8)
    }
}

/// The cells of a line, folded: a repeated header is known by them.
pub(super) fn folded_cells(line: &[u8], dialect: Dialect) -> Vec<String> {
    let mut fields = Fields::new();
    split(line, dialect, &mut fields);
    fields.iter().map(|&range| words::fold(&String::from_utf8_lossy(field(line, range)))).collect()
}

fn names(
    layout: &Layout<'_>,
    dialect: Dialect,
    sample: &Sample<'_>,
    width: usize,
    diagnostics: &mut Diagnostics,
    is_sure: &mut bool,
) -> Vec<Name> {
    if layout.header.is_empty() {
        return (1..=width).map(|number| Name::of(vec![format!("column {number}")])).collect();
    }
    let mut fields = Fields::new();
    let mut cells: Vec<Vec<String>> = Vec::new();
    for (_, line) in &layout.header {
        split(line, dialect, &mut fields);
        for (column, &range) in fields.iter().enumerate() {
            if cells.len() <= column {
                cells.push(Vec::new());
            }
            let text = dialect::unescaped(field(line, range), dialect);
            cells[column].push(String::from_utf8_lossy(&text).trim().to_owned());
        }
    }
    let blank = |cells: &Vec<String>| cells.iter().all(String::is_empty);
    // Surplus separators in the header: names without text, as many as there are too many.
    let blanks = cells.iter().filter(|cells| blank(cells)).count();
    if cells.len() > width && blanks == cells.len() - width {
        diagnostics.notes.push(format!("{blanks} names without text in the header were left out"));
        cells.retain(|cells| !blank(cells));
    }
    // Surplus separators in all rows: columns without text, as many as names are missing.
    if cells.len() < width {
        let empty =
            |column: &usize| sample.column(*column).all(|text| text.trim_ascii().is_empty());
        let empty: Vec<usize> = (0..width).filter(empty).collect();
        if cells.len() + empty.len() == width {
            for column in empty {
                cells.insert(column, Vec::new());
            }
        }
    }
    // A header that is one name short belongs to rows that start with a number of their own (R, spreadsheets).
    if cells.len() != width {
        let note =
            format!("the header has {} names, but the rows have {width} columns", cells.len());
        let surplus_is_empty = (cells.len()..width)
            .all(|column| sample.column(column).all(|text| text.trim_ascii().is_empty()));
        let shifted = cells.len() + 1 == width
            && named_time(&cells)
            && sample.share(0, dialect::is_time) < 0.1
            && sample.share(1, dialect::is_time) > 0.9;
        if shifted {
            cells.insert(0, vec!["row name".to_owned()]);
            diagnostics.notes.push(format!("{note}; the first column was taken as row names"));
        } else if cells.len() > width || !surplus_is_empty {
            diagnostics.notes.push(note);
            *is_sure = false;
        }
    }
    cells.into_iter().map(Name::of).collect()
}

/// True when the first name is that of a time.
fn named_time(cells: &[Vec<String>]) -> bool {
    let first =
        cells.first().map(|cells| cells.iter().map(|cell| words::fold(cell)).collect::<Vec<_>>());
    first.is_some_and(|first| first.iter().any(|name| words::TIME.contains(&name.as_str())))
}

fn header_finding(layout: &Layout<'_>, reading: &Reading, diagnostics: &mut Diagnostics) {
    diagnostics.header_line = layout.header.first().map(|(number, _)| *number);
    let chosen = reading.header.is_some();
    let (value, label, reason) = match layout.header.as_slice() {
        [] => (
            "none".to_owned(),
            "none".to_owned(),
            "no line names open, high, low and close".to_owned(),
        ),
        [(line, _)] => (line.to_string(), format!("line {line}"), "it names the prices".to_owned()),
        [(first, _), .., (last, _)] => (
            first.to_string(),
            format!("lines {first} to {last}"),
            "they name the columns".to_owned(),
        ),
    };
    let reason = if chosen { "chosen".to_owned() } else { reason };
    diagnostics.found("header", value, label, reason, chosen);
}

fn columns_finding(reading: &Reading, diagnostics: &mut Diagnostics) {
    let used =
        diagnostics.columns.iter().enumerate().filter(|(_, used)| used.role != super::Role::Unused);
    let pairs: Vec<String> =
        used.map(|(at, used)| format!("{}:{}", at + 1, used.role.key())).collect();
    let value = pairs.join(",");
    let chosen = !reading.columns.is_empty();
    let reason = if chosen { "partly chosen" } else { "names and values" };
    diagnostics.found("columns", value.clone(), value, reason, chosen);
}

fn time_findings(
    sample: &Sample<'_>,
    columns: TimeColumns,
    reading: &Reading,
    diagnostics: &mut Diagnostics,
) -> Result<(TimeStyle, bool), ImportError> {
    let column = columns.all()[0];
    let mut style = sample.style;
    if let Some(unit) = reading.time_unit {
        diagnostics.found("time_unit", unit.key(), unit.label(), "chosen", true);
    } else if matches!(columns, TimeColumns::One(_))
        && let Some((unit, reason)) = values::time_unit(sample, column)?
    {
        style.unit = Some(unit);
        diagnostics.found("time_unit", unit.key(), unit.label(), reason, false);
        if unit == TimeUnit::Excel {
            diagnostics.notes.push(
                "the times are days of a spreadsheet, counted from 1899-12-30; some old files count from 1904".to_owned(),
            );
        }
    }
    let (order, is_sure) = sample.date_order(column);
    let ends_with_year = style.unit.is_none()
        && sample.column(column).any(|text| time::leading_numbers(text).is_some());
    if !ends_with_year || matches!(columns, TimeColumns::Parts(..)) {
        return Ok((style, true));
    }
    let (order, is_sure, reason) = match reading.date_order {
        Some(chosen) => (chosen, true, "chosen"),
        None if is_sure => (order, true, "a number above 12 can only be a day"),
        None => (order, false, "the first lines do not tell: the whole file decides"),
    };
    style.order = order;
    diagnostics.found(
        "date_order",
        order.key(),
        order.label(),
        reason,
        reading.date_order.is_some(),
    );
    Ok((style, is_sure))
}

fn zone_finding(
    names: &[Name],
    layout: &Layout<'_>,
    sample: &Sample<'_>,
    style: TimeStyle,
    roles: &Roles,
    reading: &Reading,
    diagnostics: &mut Diagnostics,
) -> Result<(i32, Option<usize>), ImportError> {
    let mut said = zones_of(sample, style, roles, None);
    if let (Some((Zone::Unknown, text)), None) = (said.last(), reading.zone) {
        let shown = clip(text);
        let word = shown.rsplit([' ', '[']).next().unwrap_or_default().trim_end_matches(']');
        return Err(zones::ask(word, &format!("The time \"{}\"", clip(text))));
    }
    let chosen = reading.zone;
    let is_unsaid = said.iter().any(|(zone, _)| *zone == Zone::Unsaid);
    let beside =
        if is_unsaid { zone_beside(names, layout, sample, roles) } else { Beside::Nothing };
    let mut column = None;
    let (minutes, reason) = match (chosen, beside) {
        (Some(minutes), _) => (minutes, "chosen".to_owned()),
        (None, Beside::Named(zones::Named::Offset(minutes), place)) => {
            (minutes, format!("{place} says so"))
        }
        (None, Beside::Named(zones::Named::Several(name), place)) => {
            return Err(zones::ask(&name, &place));
        }
        (None, Beside::Column(at)) => {
            said = zones_of(sample, style, roles, Some(at));
            if let Some((Zone::Unknown, text)) = said.last() {
                let word = clip(text);
                let word = word.rsplit(' ').next().unwrap_or_default();
                return Err(zones::ask(word, &format!("Column {}", at + 1)));
            }
            column = Some(at);
            (0, String::new())
        }
        (None, Beside::Nothing) => (0, String::new()),
    };
    let kinds: Vec<Zone> = said.iter().map(|(zone, _)| *zone).collect();
    let (label, reason) = match kinds.as_slice() {
        [Zone::Said] => {
            ("as written".to_owned(), "every time says it, or counts from 1970 UTC".to_owned())
        }
        _ if !reason.is_empty() => (zone_text(minutes), reason),
        [Zone::Unsaid] => ("UTC".to_owned(), "no time names a zone, so UTC was assumed".to_owned()),
        _ => {
            ("UTC".to_owned(), "some times name a zone; for the others UTC was assumed".to_owned())
        }
    };
    diagnostics.found("zone", zone_text(minutes), label, reason, chosen.is_some());
    Ok((minutes, column))
}

/// What the times of the sample say about their zone, each kind once with a text; one that is unknown comes last.
fn zones_of(
    sample: &Sample<'_>,
    style: TimeStyle,
    roles: &Roles,
    zone_column: Option<usize>,
) -> Vec<(Zone, Vec<u8>)> {
    let mut zones: Vec<(Zone, Vec<u8>)> = Vec::new();
    let width = sample.clock_width_of(roles.time);
    for row in 0..sample.len() {
        let cells: Vec<&[u8]> = roles
            .time
            .all()
            .iter()
            .filter_map(|&column| sample.cell(row, column))
            .map(<[u8]>::trim_ascii)
            .collect();
        let mut text = sample::joined(roles.time, &cells, width);
        if let Some(zone) = zone_column.and_then(|column| sample.cell(row, column)) {
            text.push(b' ');
            text.extend_from_slice(zone.trim_ascii());
        }
        let instant = time::read(&text, style).or_else(|| time::read(&text, other(style)));
        if let Some(instant) = instant
            && !zones.iter().any(|(zone, _)| *zone == instant.zone)
        {
            zones.push((instant.zone, text));
            if instant.zone == Zone::Unknown {
                break;
            }
        }
    }
    zones
}

/// Where a zone stands that the times do not say.
enum Beside {
    Nothing,
    Named(zones::Named, String),
    /// In a column, another one in some rows.
    Column(usize),
}

fn zone_beside(names: &[Name], layout: &Layout<'_>, sample: &Sample<'_>, roles: &Roles) -> Beside {
    let texts = |column: usize| {
        let cells =
            sample.column(column).map(|text| String::from_utf8_lossy(text).trim().to_owned());
        gather::<std::collections::BTreeSet<String>, _>(cells)
    };
    if let Some(column) = roles.zone {
        let texts = texts(column);
        let mut all = texts.iter();
        if let (Some(text), None) = (all.next(), all.next())
            && let Some(named) = zones::of_text(text)
        {
            return Beside::Named(named, format!("Column {}", column + 1));
        }
        return Beside::Column(column);
    }
    for column in roles.time.all() {
        if let Some(name) = names.get(column)
            && let Some(named) = name.zone()
        {
            return Beside::Named(named, format!("The header \"{}\"", name.shown));
        }
    }
    layout
        .remarks
        .iter()
        .find_map(|(number, line)| {
            let named = zones::in_line(&String::from_utf8_lossy(line))?;
            Some(Beside::Named(named, format!("Line {number}")))
        })
        .unwrap_or(Beside::Nothing)
}

/// The first line whose date has a number above 12, so that it can be read in one order only.
fn order_proof(layout: &Layout<'_>, dialect: Dialect, column: usize) -> Option<(u64, String)> {
    let mut fields = Fields::new();
    layout.data.iter().find_map(|&(number, line)| {
        split(line, dialect, &mut fields);
        let text = field(line, *fields.get(column)?);
        let (first, second, _) = time::leading_numbers(text)?;
        (first > 12 || second > 12).then(|| (number, clip(text)))
    })
}

/// The other order of day and month.
pub(super) const fn other(style: TimeStyle) -> TimeStyle {
    let order = match style.order {
        DateOrder::DayFirst => DateOrder::MonthFirst,
        DateOrder::MonthFirst => DateOrder::DayFirst,
        DateOrder::Swapped => DateOrder::Swapped,
    };
    TimeStyle { order, unit: style.unit }
}

/// Between day first and month first, with the first date under each.
pub(super) fn ask_date_order(text: &[u8]) -> ImportError {
    let question = format!(
        "No date in the file has a number above 12, so \"{}\" and the others may have the day or the month first",
        clip(text)
    );
    ImportError::asks(Question::new("date_order", question, date_orders(text)))
}

fn date_orders(text: &[u8]) -> Vec<Choice> {
    [DateOrder::DayFirst, DateOrder::MonthFirst]
        .into_iter()
        .filter_map(|order| {
            let instant = time::read(text, TimeStyle::by_size(order))?;
            let date = format_time(instant.ms);
            Some(Choice::new(order.key(), format!("{}: {}", order.label(), &date[..10])))
        })
        .collect()
}

/// Dates of both orders in one file: neither half is thrown away without being asked for.
pub(super) fn ask_contradiction(
    (line, text): &(u64, String),
    (other_line, other_text): &(u64, String),
    rejected: [u64; 2],
) -> ImportError {
    let question = format!(
        "The dates contradict each other: line {line} (\"{text}\") can be read in one order of day and month only, line {other_line} \
         (\"{other_text}\") in the other one only. The file may be put together from two; split it, or choose an order and lose the lines of the other one"
    );
    let choices = [DateOrder::DayFirst, DateOrder::MonthFirst]
        .into_iter()
        .zip(rejected)
        .map(|(order, lost)| {
            Choice::new(order.key(), format!("{}: {lost} lines are rejected", order.label()))
        })
        .collect();
    ImportError::asks(Question::new("date_order", question, choices))
}

/// Small days in year-month-day beside large ones in another form.
pub(super) fn ask_swapped(small: i64, order: DateOrder) -> ImportError {
    let date = format_time(small);
    let date = &date[..10];
    let undone = time::read(date.as_bytes(), TimeStyle::by_size(DateOrder::Swapped))
        .map_or_else(String::new, |instant| format_time(instant.ms)[..10].to_owned());
    let question = format!(
        "Some dates are written as {date}, others with the year last. All of the first kind have a day up to 12, all others one \
         above: a spreadsheet seems to have read the small ones with day and month swapped, and to have left the others as text"
    );
    let choices = vec![
        Choice::new(DateOrder::Swapped.key(), format!("undo it: {date} was {undone}")),
        Choice::new(order.key(), format!("read them as they are: {date}")),
    ];
    ImportError::asks(Question::new("date_order", question, choices))
}

fn ask_decimal(sample: &Sample<'_>, roles: &Roles) -> ImportError {
    let example = roles
        .prices
        .iter()
        .chain(&roles.volume)
        .flat_map(|&column| sample.column(column).take(1))
        .find(|text| text.contains(&b','))
        .map_or_else(|| "86,040".to_owned(), clip);
    let value = |mark| match super::number::read(example.as_bytes(), mark) {
        super::number::Cell::Number(value) => value.to_string(),
        _ => "unreadable".to_owned(),
    };
    let choices = vec![
        Choice::new("comma", format!("a decimal mark: {example} is {}", value(DecimalMark::Comma))),
        Choice::new(
            "dot",
            format!("a mark of thousands: {example} is {}", value(DecimalMark::Dot)),
        ),
    ];
    let text = "Every comma in a number stands before three digits, so it may be a decimal mark or a mark of thousands";
    ImportError::asks(Question::new("decimal", text, choices))
}

/// A file that separates columns and decimals by commas: its pairs are put together where each row allows just one reading,
/// otherwise it is refused.
fn comma_pairs(
    dialect: Dialect,
    layout: &Layout<'_>,
    reading: &Reading,
    diagnostics: &mut Diagnostics,
) -> Result<Pairs, ImportError> {
    let none = Pairs::default();
    if dialect.delimiter != Delimiter::Comma || reading.decimal == Some(DecimalMark::Dot) {
        return Ok(none);
    }
    let sample = Sample::new(&layout.data, dialect, reading);
    let width = sample.width();
    let digits = |text: &[u8]| {
        let text = text.strip_prefix(b"-").unwrap_or(text);
        !text.is_empty() && text.iter().all(u8::is_ascii_digit)
    };
    // Where the prices start: behind the time and its kind.
    let Some(start) = (0..width).find(|&column| {
        sample.share(column, |text| digits(text) && !dialect::is_time(text)) > 0.9
            && sample.share(column, |text| text.len() <= 4 || !sample::is_clock(text)) > 0.9
    }) else {
        return Ok(none);
    };
    if sample.len() == 0 || start == 0 || !(start + 8..=60).contains(&width) {
        return Ok(none);
    }
    // Where every column has a name, no column is half a number.
    let named = layout.header.first().map(|&(_, line)| {
        let mut fields = Fields::new();
        split(line, dialect, &mut fields);
        fields.iter().filter(|range| !field(line, **range).trim_ascii().is_empty()).count()
    });
    if named.is_some_and(|named| named + 4 > width) {
        return Ok(none);
    }
    let (mut pairs_fit, mut plain_fits) = (0, 0);
    for row in 0..sample.len() {
        let cells: Option<Vec<&[u8]>> =
            (start..start + 8).map(|column| sample.cell(row, column)).collect();
        let Some(cells) = cells.filter(|cells| cells.iter().all(|text| digits(text))) else {
            continue;
        };
        let pair = |at: usize| {
            let text = [cells[at], cells[at + 1]].join(&b'.');
            std::str::from_utf8(&text)
                .ok()
                .and_then(|text| text.parse::<f64>().ok())
                .unwrap_or(f64::NAN)
        };
        let holds = |[o, h, l, c]: [f64; 4]| h >= o.max(c) && l <= o.min(c);
        pairs_fit += usize::from(holds([pair(0), pair(2), pair(4), pair(6)]));
        plain_fits += usize::from(holds([0, 1, 2, 3].map(|at| sample.number(row, start + at))));
    }
    if pairs_fit * 100 < sample.len() * 98 || plain_fits * 10 >= sample.len() * 9 {
        return Ok(none);
    }
    // What stands behind the prices: pairs, whole numbers, or, without names for them, nobody knows.
    let rest = width - start - 8;
    let others = named.and_then(|named| named.checked_sub(start + 4));
    let last_is_zero = sample.share(width - 1, |text| text.iter().all(|byte| *byte == b'0')) > 0.98;
    let pairs_behind = match others {
        Some(others) if rest == 2 * others => Some(others),
        Some(others) if rest == others => Some(0),
        None if rest <= 1 => Some(0),
        None if rest == 2 && last_is_zero => Some(1),
        _ => None,
    };
    let example = (start..start + 8)
        .filter_map(|column| sample.cell(0, column))
        .collect::<Vec<_>>()
        .join(&b',');
    let Some(pairs_behind) = pairs_behind else {
        return Err(ImportError::new(
            "The comma separates both columns and decimals",
            format!(
                "\"{}\" can only be four prices with decimal commas, but nothing tells which of the {rest} fields behind them belong together",
                clip(&example)
            ),
            "Export the file with semicolons, or with decimal points",
        )
        .typed("decimal=dot"));
    };
    let mut fields = Fields::new();
    let odd = layout.data.iter().find(|(_, line)| {
        split(line, dialect, &mut fields);
        fields.len() != width
    });
    if let Some((number, line)) = odd {
        return Err(ImportError::new(
            "The comma separates both columns and decimals",
            format!(
                "\"{}\" can only be four prices with decimal commas, but line {number} has another number of fields, so nothing tells which of them \
                 belong together: {}",
                clip(&example),
                clip(line)
            ),
            "Export the file with semicolons, or with decimal points",
        )
        .typed("decimal=dot"));
    }
    let first = (0..4 + pairs_behind).fold(0_u64, |mask, pair| mask | 1 << (start + 2 * pair));
    diagnostics.notes.push(format!(
        "the comma separates both columns and decimals: \"{}\" and its like were put together again, the only way in which they are four prices",
        clip(&example)
    ));
    Ok(Pairs { first, width })
}

/// What every price has to be divided by: 1, unless it was chosen. Whole numbers that all end in many zeros are asked about.
fn price_scale(
    names: &[Name],
    sample: &Sample<'_>,
    roles: &Roles,
    reading: &Reading,
    diagnostics: &mut Diagnostics,
) -> Result<f64, ImportError> {
    if let Some(power) = reading.price_scale {
        let text = scale_text(power);
        diagnostics.found("price_scale", &text, format!("× {text}"), "chosen", true);
        return Ok(super::number::power_of_ten(power));
    }
    let mut zeros = u32::MAX;
    let mut smallest = f64::INFINITY;
    let mut example = None;
    for column in roles.prices {
        for text in sample.column(column) {
            let text = text.trim_ascii();
            if text.is_empty() {
                continue;
            }
            if text.len() < 6 || !text.iter().all(u8::is_ascii_digit) {
                return Ok(1.0);
            }
            let trailing = text.iter().rev().take_while(|byte| **byte == b'0').count() as u32;
            zeros = zeros.min(trailing);
            let value = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            smallest = smallest.min(value.unwrap_or(f64::NAN));
            example.get_or_insert(text);
        }
    }
    let Some(example) = example else { return Ok(1.0) };
    // Databento's columns: fixed-point prices in units of 1e-9.
    let is_feed = names.iter().any(|name| name.rank(&["rtype", "publisherid"]).is_some());
    if zeros < 6 && !(is_feed && smallest >= 1e7) {
        return Ok(1.0);
    }
    let shown = |power: u32| {
        let value = std::str::from_utf8(example).ok().and_then(|text| text.parse::<f64>().ok());
        value.map_or_else(String::new, |value| {
            (value / super::number::power_of_ten(power)).to_string()
        })
    };
    let text = format!(
        "Every price is a whole number such as {}, {}: prices may be scaled by a power of ten",
        clip(example),
        if is_feed {
            "and the columns are those of a fixed-point feed"
        } else {
            "and all end in the same zeros"
        }
    );
    let choices = [9, 8, 6, 4, 0]
        .into_iter()
        .map(|power: u32| {
            Choice::new(scale_text(power), format!("{} is {}", clip(example), shown(power)))
        })
        .collect();
    Err(ImportError::asks(Question::new("price_scale", text, choices)))
}

/// In the order of the table of choices.
pub(super) fn sort(diagnostics: &mut Diagnostics) {
    let mut found = std::mem::take(&mut diagnostics.findings);
    for spec in &super::READING {
        if let Some(at) = found.iter().position(|finding| finding.key == spec.key) {
            diagnostics.findings.push(found.swap_remove(at));
        }
    }
}

fn no_candles(lines: &[(u64, &[u8])]) -> ImportError {
    let mut fields = Fields::new();
    for &(number, line) in lines.iter().take(20) {
        for &delimiter in Delimiter::ALL {
            split(line, Dialect::of(delimiter), &mut fields);
            if columns::header_score(line, &fields) < 3 {
                continue;
            }
            let Some((first, text)) = lines.iter().find(|(n, _)| *n > number) else {
                return ImportError::new(
                    "The file has a header but no rows",
                    format!("line {number} is the header, and nothing follows it"),
                    "Export the candles again with a longer period",
                )
                .typed("header=none");
            };
            return ImportError::new(
                "No row could be read as a candle",
                format!("line {first} is: {}", clip(text)),
                "A row needs a time and open, high, low and close",
            )
            .typed(format!("header={number}"));
        }
    }
    let (number, text) = lines.first().copied().unwrap_or((0, b""));
    ImportError::new(
        "This is no candle file",
        format!(
            "no line holds a time and four prices under any delimiter; line {number} is: {}",
            clip(text)
        ),
        "Drop a CSV export with one candle a line: time, open, high, low, close, volume",
    )
    .typed("delimiter=space")
}

//! Delimiter, quote and the fields of a line, by evidence from the sample.

use super::number::{self, Cell};
use super::reading::{DateOrder, DecimalMark, Delimiter, Quote};
use super::time::{self, TimeStyle};

/// Lines that are looked at to find the delimiter.
const LOOKED_AT: usize = 200;

impl Delimiter {
    /// Its byte.
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
            Self::Space => b' ',
        }
    }
}

/// How a line is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: Delimiter,
    /// Byte that encloses fields.
    pub quote: Option<u8>,
    /// A backslash takes the meaning from a quote.
    pub backslash: bool,
    /// Neighbouring fields that are one number, where the comma separates decimals, too.
    pub pairs: Pairs,
}

/// Fields of a line that belong to the next one. Lines of another width are left as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Bit `i`: field `i` goes on in field `i + 1`.
    pub first: u64,
    /// Fields of a line before they are put together.
    pub width: usize,
}

impl Pairs {
    fn join(self, fields: &mut Fields) {
        if self.first == 0 || fields.len() != self.width {
            return;
        }
        let mut joined = Fields::with_capacity(fields.len());
        let mut at = 0;
        while at < fields.len() {
            let is_pair = self.first >> at & 1 == 1 && at + 1 < fields.len();
            joined.push((fields[at].0, fields[at + usize::from(is_pair)].1));
            at += 1 + usize::from(is_pair);
        }
        *fields = joined;
    }
}

impl Dialect {
    pub(super) const fn of(delimiter: Delimiter) -> Self {
        Self { delimiter, quote: Some(b'"'), backslash: false, pairs: Pairs { first: 0, width: 0 } }
    }
}

/// Byte ranges of the fields of a line, quotes removed.
pub(super) type Fields = Vec<(u32, u32)>;

/// Splits a line. A quote opens a field only at its start and closes it only before a delimiter or the end; a quote that
/// never closes is plain text, so that it cannot swallow what follows. Says whether such a quote was found.
#[inline]
pub(super) fn split(line: &[u8], dialect: Dialect, fields: &mut Fields) -> bool {
    fields.clear();
    let delimiter = dialect.delimiter.byte();
    if let Some(quote) = dialect.quote
        && memchr::memchr(quote, line).is_some()
    {
        return split_quoted(line, dialect, quote, fields);
    }
    if dialect.delimiter == Delimiter::Space {
        split_spaces(line, fields);
        return false;
    }
    let mut start = 0;
    for (at, &byte) in line.iter().enumerate() {
        if byte == delimiter {
            fields.push((start, at as u32));
            start = at as u32 + 1;
        }
    }
    fields.push((start, line.len() as u32));
    dialect.pairs.join(fields);
    false
}

/// Runs of spaces separate; spaces at the ends do not.
fn split_spaces(line: &[u8], fields: &mut Fields) {
    let mut start = None;
    for (at, &byte) in line.iter().enumerate() {
        match (byte == b' ', start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                fields.push((from as u32, at as u32));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        fields.push((from as u32, line.len() as u32));
    }
}

#[cold]
fn split_quoted(line: &[u8], dialect: Dialect, quote: u8, fields: &mut Fields) -> bool {
    let delimiter = dialect.delimiter.byte();
    let (mut at, mut is_open) = (0, false);
    loop {
        let skip = line[at..].iter().take_while(|&&byte| byte == b' ').count();
        let open = at + skip;
        if dialect.delimiter == Delimiter::Space {
            at = open;
        }
        let opens = line.get(open) == Some(&quote);
        let quoted = opens.then(|| closing_quote(line, open + 1, dialect, quote)).flatten();
        let end = match quoted {
            Some((close, end)) => {
                fields.push((open as u32 + 1, close as u32));
                end
            }
            None => {
                is_open |= opens;
                let end = memchr::memchr(delimiter, &line[at..]).map_or(line.len(), |n| at + n);
                if end > at || dialect.delimiter != Delimiter::Space {
                    fields.push((at as u32, end as u32));
                }
                end
            }
        };
        if end >= line.len() {
            return is_open;
        }
        at = end + 1;
    }
}

/// The closing quote and the end of its field.
fn closing_quote(line: &[u8], from: usize, dialect: Dialect, quote: u8) -> Option<(usize, usize)> {
    let mut at = from;
    while let Some(next) = memchr::memchr(quote, &line[at..]) {
        let found = at + next;
        if dialect.backslash && found > from && line[found - 1] == b'\\' {
            at = found + 1;
            continue;
        }
        let mut end = found + 1;
        if dialect.delimiter != Delimiter::Space {
            while line.get(end) == Some(&b' ') {
                end += 1;
            }
        }
        match line.get(end) {
            None => return Some((found, end)),
            Some(&byte) if byte == dialect.delimiter.byte() => return Some((found, end)),
            // A doubled quote inside the field.
            _ => at = if line.get(found + 1) == Some(&quote) { found + 2 } else { found + 1 },
        }
    }
    None
}

/// The text of a field.
pub(super) fn field(line: &[u8], (start, end): (u32, u32)) -> &[u8] {
    &line[start as usize..end as usize]
}

/// The text of a field as it is meant: doubled and escaped quotes are single ones.
pub(super) fn unescaped(text: &[u8], dialect: Dialect) -> Vec<u8> {
    let Some(quote) = dialect.quote else { return text.to_vec() };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let pair = text.get(at..at + 2);
        let doubled = pair == Some(&[quote, quote]);
        let escaped = dialect.backslash && pair == Some(&[b'\\', quote]);
        at += usize::from(doubled || escaped);
        out.push(text[at]);
        at += 1;
    }
    out
}

/// True when a cell reads as a number under either decimal mark.
pub(super) fn is_number(text: &[u8]) -> bool {
    [DecimalMark::Dot, DecimalMark::Comma]
        .iter()
        .any(|&mark| matches!(number::read(text, mark), Cell::Number(_)))
        || number::fraction(text.trim_ascii()).is_some()
}

/// True when a cell reads as a time under either order of day and month.
pub(super) fn is_time(text: &[u8]) -> bool {
    [DateOrder::MonthFirst, DateOrder::DayFirst]
        .iter()
        .any(|&order| time::read(text, TimeStyle::by_size(order)).is_some())
}

/// What a line is by its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Words, or too few numbers.
    Other,
    /// At least four numbers, but no time.
    Numbers,
    /// A time and at least three more numbers (one price may be missing).
    Candle,
}

/// What a line is by its cells.
pub(super) fn kind(line: &[u8], fields: &Fields) -> Kind {
    let numbers = fields.iter().filter(|&&range| is_number(field(line, range))).count();
    if numbers < 3 {
        return Kind::Other;
    }
    let time = fields.iter().position(|&range| is_time(field(line, range)));
    let left = time.map_or(0, |at| numbers - usize::from(is_number(field(line, fields[at]))));
    if left >= 3 {
        Kind::Candle
    } else if numbers >= 4 {
        Kind::Numbers
    } else {
        Kind::Other
    }
}

/// The delimiter under which most lines look like candles, and how many of how many did; `None` when under none a line
/// does. A single space is tried last, and only counts when it wins clearly.
pub(super) fn delimiter(
    lines: &[(u64, &[u8])],
    kind_of_line: Kind,
    quote: u8,
) -> Option<(Delimiter, usize, usize)> {
    let mut fields = Fields::new();
    let mut best = (0, Delimiter::Comma);
    let looked_at = &lines[..lines.len().min(LOOKED_AT)];
    for &delimiter in Delimiter::ALL {
        if delimiter == Delimiter::Space && best.0 > 0 {
            break;
        }
        let count = |lines: &[(u64, &[u8])], fields: &mut Fields| {
            let good = |(_, line): &&(u64, &[u8])| {
                split(line, Dialect { quote: Some(quote), ..Dialect::of(delimiter) }, fields);
                fields.len() >= 5 && kind(line, fields) >= kind_of_line
            };
            lines.iter().filter(good).count()
        };
        let mut score = count(looked_at, &mut fields);
        if score == 0 && best.0 == 0 {
            // A long preamble: the rest of the sample decides.
            score = count(&lines[looked_at.len()..], &mut fields);
        }
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    (best.0 > 0).then_some((best.1, best.0, looked_at.len()))
}

/// The delimiter of any table: the one that splits most lines into equally many fields, more than one.
pub(super) fn any_delimiter(lines: &[(u64, &[u8])]) -> Delimiter {
    let mut fields = Fields::new();
    let mut best = (0, Delimiter::Comma);
    for &delimiter in Delimiter::ALL.iter().filter(|delimiter| **delimiter != Delimiter::Space) {
        let mut widths = std::collections::BTreeMap::<usize, usize>::new();
        for (_, line) in lines.iter().take(LOOKED_AT) {
            split(line, Dialect::of(delimiter), &mut fields);
            if fields.len() > 1 {
                *widths.entry(fields.len()).or_default() += 1;
            }
        }
        let score = widths.into_values().max().unwrap_or(0);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// The quote of a file and whether a backslash escapes it, by the cells of its first lines, and why.
pub(super) fn quote(lines: &[(u64, &[u8])], delimiter: Delimiter) -> (Quote, bool, String) {
    let mut fields = Fields::new();
    let plain = Dialect { quote: None, ..Dialect::of(delimiter) };
    let (mut single, mut double, mut escaped) = (0, 0, 0);
    for (_, line) in lines.iter().take(LOOKED_AT) {
        split(line, plain, &mut fields);
        let encloses = |mark: u8| {
            let cell = |&&range: &&(u32, u32)| {
                let text = field(line, range).trim_ascii();
                text.len() > 1 && text[0] == mark && text[text.len() - 1] == mark
            };
            fields.iter().filter(cell).count()
        };
        single += encloses(b'\'');
        double += encloses(b'"');
        escaped += memchr::memmem::find_iter(line, b"\\\"").count();
    }
    if single > double {
        return (Quote::Single, false, format!("{single} cells stand between single quotes"));
    }
    let reason = match double {
        0 => "no cell is quoted".to_owned(),
        _ => format!("{double} cells stand between double quotes"),
    };
    (Quote::Double, escaped > 0, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_by(line: &str, dialect: Dialect) -> Vec<String> {
        let mut fields = Fields::new();
        split(line.as_bytes(), dialect, &mut fields);
        fields
            .into_iter()
            .map(|range| String::from_utf8_lossy(field(line.as_bytes(), range)).into_owned())
            .collect()
    }

    #[test]
    fn quotes_never_swallow_what_follows() {
        let comma = Dialect::of(Delimiter::Comma);
        assert_eq!(split_by("a,\"b,c\",d", comma), ["a", "b,c", "d"]);
        assert_eq!(split_by("\"a\", \"b\" ,c", comma), ["a", "b", "c"]);
        assert_eq!(split_by("\"a,b,c", comma), ["\"a", "b", "c"]);
        assert_eq!(split_by("a\"b,c", comma), ["a\"b", "c"]);
        assert_eq!(split_by("", comma), [""]);
        assert_eq!(split_by("a,,", comma), ["a", "", ""]);
        assert_eq!(split_by("\"a\"\"b\",c", comma), ["a\"\"b", "c"]);
        assert_eq!(unescaped(b"a\"\"b", comma), b"a\"b");
    }

    #[test]
    fn other_quotes_and_spaces() {
        let comma = Dialect::of(Delimiter::Comma);
        let single = Dialect { quote: Some(b'\''), ..comma };
        assert_eq!(split_by("'a,b','c'", single), ["a,b", "c"]);
        let backslash = Dialect { backslash: true, ..comma };
        assert_eq!(split_by(r#""a\",b",c"#, backslash), [r#"a\",b"#, "c"]);
        assert_eq!(unescaped(br#"a\",b"#, backslash), b"a\",b");
        let space = Dialect::of(Delimiter::Space);
        assert_eq!(split_by("  2024-01-01   1.5 2 ", space), ["2024-01-01", "1.5", "2"]);
        assert_eq!(split_by("\"a b\"  c", space), ["a b", "c"]);
        let none = Dialect { quote: None, ..comma };
        assert_eq!(split_by("\"a,b\"", none), ["\"a", "b\""]);
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_candles() {
        for (line, expected) in [
            ("2009.12.30;1,43530;1,43608;1,42735;1,43393;-1,00000", Delimiter::Semicolon),
            ("1761446700000,192.86,192.86,192.86,192.86,0.000", Delimiter::Comma),
            ("2018-04-17 04:00\t0.256\t0.288\t0.248\t0.257\t29567761", Delimiter::Tab),
            ("2018-04-17 04:00 0.256 0.288 0.248 0.257 29567761", Delimiter::Space),
            (
                "\"07.05.2020\",\"74,10\",\"75,48\",\"75,98\",\"73,60\",\"15,27M\",\"-1,59%\"",
                Delimiter::Comma,
            ),
        ] {
            let found = delimiter(&[(1, line.as_bytes())], Kind::Candle, b'"').map(|found| found.0);
            assert_eq!(found, Some(expected), "{line}");
        }
        assert_eq!(delimiter(&[(1, b"just some words")], Kind::Candle, b'"'), None);
    }
}

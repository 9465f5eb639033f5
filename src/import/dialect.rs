//! Delimiter, decimal mark and where the data starts, by evidence from the sample.

use super::number::{self, Cell};
use super::time::{self, DateOrder};

/// Delimiters that are tried, with their names.
pub(super) const DELIMITERS: [(u8, &str); 4] =
    [(b',', "comma"), (b';', "semicolon"), (b'\t', "tab"), (b'|', "pipe")];

/// Byte ranges of the fields of a line, quotes removed.
pub(super) type Fields = Vec<(u32, u32)>;

/// Splits a line. A quote opens a field only at its start and closes it only before a delimiter or the end; a quote that
/// never closes is plain text, so that it cannot swallow what follows.
#[inline]
pub(super) fn split(line: &[u8], delimiter: u8, fields: &mut Fields) {
    fields.clear();
    if memchr::memchr(b'"', line).is_some() {
        split_quoted(line, delimiter, fields);
        return;
    }
    let mut start = 0;
    for (at, &byte) in line.iter().enumerate() {
        if byte == delimiter {
            fields.push((start, at as u32));
            start = at as u32 + 1;
        }
    }
    fields.push((start, line.len() as u32));
}

#[cold]
fn split_quoted(line: &[u8], delimiter: u8, fields: &mut Fields) {
    let mut at = 0;
    loop {
        let skip = line[at..].iter().take_while(|&&byte| byte == b' ').count();
        let open = at + skip;
        let quoted = (line.get(open) == Some(&b'"'))
            .then(|| closing_quote(line, open + 1, delimiter))
            .flatten();
        let end = match quoted {
            Some((close, end)) => {
                fields.push((open as u32 + 1, close as u32));
                end
            }
            None => {
                let end = memchr::memchr(delimiter, &line[at..]).map_or(line.len(), |n| at + n);
                fields.push((at as u32, end as u32));
                end
            }
        };
        if end >= line.len() {
            return;
        }
        at = end + 1;
    }
}

/// The closing quote and the end of its field.
fn closing_quote(line: &[u8], from: usize, delimiter: u8) -> Option<(usize, usize)> {
    let mut at = from;
    while let Some(next) = memchr::memchr(b'"', &line[at..]) {
        let quote = at + next;
        let mut end = quote + 1;
        while line.get(end) == Some(&b' ') {
            end += 1;
        }
        match line.get(end) {
            None => return Some((quote, end)),
            Some(&byte) if byte == delimiter => return Some((quote, end)),
            // A doubled quote inside the field.
            _ => at = if line.get(quote + 1) == Some(&b'"') { quote + 2 } else { quote + 1 },
        }
    }
    None
}

/// The text of a field.
pub(super) fn field(line: &[u8], (start, end): (u32, u32)) -> &[u8] {
    &line[start as usize..end as usize]
}

/// True when a cell reads as a number under either decimal mark.
pub(super) fn is_number(text: &[u8]) -> bool {
    [false, true].iter().any(|&comma| matches!(number::read(text, comma), Cell::Number(_)))
}

/// True when a cell reads as a time under either order of day and month.
pub(super) fn is_time(text: &[u8]) -> bool {
    [DateOrder::MonthFirst, DateOrder::DayFirst].iter().any(|&o| time::read(text, o).is_some())
}

/// True when a line looks like a candle: a time and at least three more numbers (one price may be missing).
pub(super) fn looks_like_data(line: &[u8], fields: &Fields) -> bool {
    let numbers = fields.iter().filter(|&&range| is_number(field(line, range))).count();
    let time = fields.iter().position(|&range| is_time(field(line, range)));
    match time {
        Some(at) => numbers - usize::from(is_number(field(line, fields[at]))) >= 3,
        None => false,
    }
}

/// The delimiter under which most lines look like candles; `None` when under none a line does.
pub(super) fn delimiter(lines: &[(u64, &[u8])]) -> Option<u8> {
    let mut fields = Fields::new();
    let mut best = (0, b',');
    for (delimiter, _) in DELIMITERS {
        let score = lines
            .iter()
            .filter(|(_, line)| {
                split(line, delimiter, &mut fields);
                fields.len() >= 5 && looks_like_data(line, &fields)
            })
            .count();
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    (best.0 > 0).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_text(line: &str, delimiter: u8) -> Vec<String> {
        let mut fields = Fields::new();
        split(line.as_bytes(), delimiter, &mut fields);
        fields
            .into_iter()
            .map(|range| String::from_utf8_lossy(field(line.as_bytes(), range)).into_owned())
            .collect()
    }

    #[test]
    fn quotes_never_swallow_what_follows() {
        assert_eq!(split_text("a,\"b,c\",d", b','), ["a", "b,c", "d"]);
        assert_eq!(split_text("\"a\", \"b\" ,c", b','), ["a", "b", "c"]);
        assert_eq!(split_text("\"a,b,c", b','), ["\"a", "b", "c"]);
        assert_eq!(split_text("a\"b,c", b','), ["a\"b", "c"]);
        assert_eq!(split_text("", b','), [""]);
        assert_eq!(split_text("a,,", b','), ["a", "", ""]);
        assert_eq!(split_text("\"a\"\"b\",c", b','), ["a\"\"b", "c"]);
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_candles() {
        for (line, expected) in [
            ("2009.12.30;1,43530;1,43608;1,42735;1,43393;-1,00000", b';'),
            ("1761446700000,192.86,192.86,192.86,192.86,0.000", b','),
            ("2018-04-17 04:00\t0.256\t0.288\t0.248\t0.257\t29567761", b'\t'),
            ("\"07.05.2020\",\"74,10\",\"75,48\",\"75,98\",\"73,60\",\"15,27M\",\"-1,59%\"", b','),
        ] {
            assert_eq!(delimiter(&[(1, line.as_bytes())]), Some(expected), "{line}");
        }
        assert_eq!(delimiter(&[(1, b"just some words")]), None);
    }
}

//! Lines with too many or too few fields: read where there is just one way to make sense of them, listed either way.

use super::dialect::{Dialect, Fields, field, split};
use super::reading::Delimiter;

/// Fields that may be put together before the search for a reading is given up.
const MOST_SURPLUS: usize = 8;

/// What became of a line with another number of fields than the others.
pub(super) enum Mended {
    /// Nothing to do: the missing fields are empty everywhere, too.
    AsIs,
    /// There was one reading; this says what was done. The fields refer to the text, which may have been changed.
    Repaired(String, Vec<u8>, Fields),
    /// There is none, or several.
    No,
}

/// Finds the one way to read a line of another width. `solid` is the number of fields that every row has, `reads` says
/// whether fields make a candle.
pub(super) fn mend(
    line: &[u8],
    fields: &Fields,
    dialect: Dialect,
    (solid, width): (usize, usize),
    time: Option<usize>,
    reads: impl Fn(&[u8], &Fields) -> bool,
) -> Mended {
    let count = fields.len();
    let is_blank = |range: &(u32, u32)| field(line, *range).trim_ascii().is_empty();
    let filled = count - fields.iter().rev().take_while(|range| is_blank(range)).count();
    // Without the separators at the end, a full line has exactly the fields that are never empty: fewer are a separator
    // that was lost, or a value that is missing.
    if count == width || (count < width && filled == solid && count >= solid) {
        return Mended::AsIs;
    }
    if count > width {
        if fields[width..].iter().all(is_blank) {
            let mut fields = fields.clone();
            fields.truncate(width);
            let what =
                format!("{} empty fields behind the last column were left out", count - width);
            return Mended::Repaired(what, line.to_vec(), fields);
        }
        let blanks: Vec<usize> = (0..count).filter(|&at| is_blank(&fields[at])).collect();
        if let ([only], true) = (blanks.as_slice(), count == width + 1) {
            let mut left = fields.clone();
            left.remove(*only);
            if reads(line, &left) {
                let what = format!("a surplus empty field in place {} was left out", only + 1);
                return Mended::Repaired(what, line.to_vec(), left);
            }
        }
        if dialect.delimiter == Delimiter::Comma
            && dialect.pairs.first == 0
            && count - width <= MOST_SURPLUS
        {
            return thousands(line, fields, width, reads);
        }
        return Mended::No;
    }
    other_delimiter(line, dialect, width, time, reads)
}

/// Commas for thousands without quotes: `1,234.5` became two fields. Read only where exactly one way of putting fields
/// together gives the right number of them.
fn thousands(
    line: &[u8],
    fields: &Fields,
    width: usize,
    reads: impl Fn(&[u8], &Fields) -> bool,
) -> Mended {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let starts = |text: &[u8]| {
        let text = text.trim_ascii();
        let text = text.strip_prefix(b"-").unwrap_or(text);
        let text = text.strip_prefix(b"$").unwrap_or(text);
        text.len() <= 3 && digits(text)
    };
    // The last group may have decimals.
    let goes_on = |text: &[u8]| {
        let whole = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
        whole == 3 && digits(&text[..3]) && (text.len() == 3 || digits(&text[4..]))
    };
    let cell = |at: usize| field(line, fields[at]);
    let mut found: Option<Fields> = None;
    let mut ways = 0;
    // Depth first: each field either stands for itself or takes the next ones in.
    let mut stack: Vec<(usize, Fields)> = vec![(0, Fields::new())];
    while let Some((at, made)) = stack.pop() {
        if at == fields.len() {
            if made.len() == width && reads(line, &made) {
                ways += 1;
                found = Some(made);
                if ways > 1 {
                    return Mended::No;
                }
            }
            continue;
        }
        if made.len() >= width {
            continue;
        }
        let mut alone = made.clone();
        alone.push(fields[at]);
        stack.push((at + 1, alone));
        if starts(cell(at)) {
            let mut end = at + 1;
            while end < fields.len() && goes_on(cell(end)) {
                let mut merged = made.clone();
                merged.push((fields[at].0, fields[end].1));
                stack.push((end + 1, merged));
                if cell(end).contains(&b'.') {
                    break;
                }
                end += 1;
            }
        }
    }
    match found {
        Some(fields) => {
            let what = "commas between thousands were put back into their numbers";
            Mended::Repaired(what.to_owned(), line.to_vec(), fields)
        }
        None => Mended::No,
    }
}

/// A line with a delimiter of its own.
fn other_delimiter(
    line: &[u8],
    dialect: Dialect,
    width: usize,
    time: Option<usize>,
    reads: impl Fn(&[u8], &Fields) -> bool,
) -> Mended {
    let mut found = None;
    for &delimiter in Delimiter::ALL.iter().filter(|&&delimiter| delimiter != dialect.delimiter) {
        let mut fields = Fields::new();
        split(line, Dialect { delimiter, ..dialect }, &mut fields);
        // Between date and time of day stands a space of its own.
        if let Some(time) = time.filter(|&time| {
            delimiter == Delimiter::Space && fields.len() == width + 1 && time < width
        }) {
            fields[time].1 = fields[time + 1].1;
            fields.remove(time + 1);
        }
        if fields.len() == width && reads(line, &fields) {
            if found.is_some() {
                return Mended::No;
            }
            found = Some((delimiter, fields));
        }
    }
    match found {
        Some((delimiter, fields)) => {
            let what = format!("the line is separated by {} instead", delimiter.label());
            Mended::Repaired(what, line.to_vec(), fields)
        }
        None => Mended::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::number::{self, Cell};
    use crate::import::reading::DecimalMark;

    fn mended(line: &str, width: usize) -> Option<Vec<String>> {
        let dialect = Dialect::of(Delimiter::Comma);
        let mut fields = Fields::new();
        split(line.as_bytes(), dialect, &mut fields);
        let reads = |line: &[u8], fields: &Fields| {
            fields[1..].iter().all(|&range| {
                !matches!(number::read(field(line, range), DecimalMark::Dot), Cell::Unreadable)
            })
        };
        match mend(line.as_bytes(), &fields, dialect, (width, width), Some(0), reads) {
            Mended::Repaired(_, text, fields) => Some(
                fields
                    .iter()
                    .map(|&range| String::from_utf8_lossy(field(&text, range)).into_owned())
                    .collect(),
            ),
            _ => None,
        }
    }

    #[test]
    fn only_what_has_one_reading_is_repaired() {
        assert_eq!(mended("t,1,,2,3,4", 5).unwrap(), ["t", "1", "2", "3", "4"]);
        assert_eq!(mended("t,1,2,3,4,,", 5).unwrap(), ["t", "1", "2", "3", "4"]);
        assert_eq!(mended("t;1;2;3;4", 5).unwrap(), ["t", "1", "2", "3", "4"]);
        assert_eq!(mended("t 1 2 3 4", 5).unwrap(), ["t", "1", "2", "3", "4"]);
        assert_eq!(
            mended("t,1,234.5,1,240.0,1,230.1,1,238.0", 5).unwrap(),
            ["t", "1,234.5", "1,240.0", "1,230.1", "1,238.0"]
        );
        // Two empty fields, one of them surplus; a merged cell; two ways to put thousands together.
        assert_eq!(mended("t,1,,,2,3", 5), None);
        assert_eq!(mended("t,12,3,4", 5), None);
        assert_eq!(mended("t,1,200,300,4", 4), None);
    }
}

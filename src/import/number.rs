//! Numbers as vendors write them, by a strict grammar: sign, digits, one decimal mark, thousands marks, exponent,
//! currency sign in front, K/M/B/T or percent behind.

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// A finite number.
    Number(f64),
    /// Nothing, or a word for nothing.
    Missing,
    /// Something else.
    Unreadable,
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Plain decimal numbers with a dot, exactly rounded: a mantissa below 2⁵³ divided once by a power of ten (Clinger 1990).
/// `None` when the text is anything else.
#[inline]
fn plain(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 20 {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut point = None;
    for (i, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == b'.' && point.is_none() && digits.len() > 1 {
            point = Some(i);
        } else {
            return None;
        }
    }
    let count = digits.len() - usize::from(point.is_some());
    if count > 15 && mantissa >= 1 << 53 || count > 19 {
        return None;
    }
    let decimals = point.map_or(0, |at| digits.len() - 1 - at);
    let value = mantissa as f64 / POWERS[decimals];
    Some(if negative { -value } else { value })
}

/// Reads a cell. `decimal_comma` says which of `,` and `.` is the decimal mark; the other one groups thousands.
#[inline]
pub(super) fn read(text: &[u8], decimal_comma: bool) -> Cell {
    if !decimal_comma && let Some(value) = plain(text) {
        return Cell::Number(value);
    }
    read_slowly(text.trim_ascii(), decimal_comma)
}

#[cold]
fn read_slowly(text: &[u8], decimal_comma: bool) -> Cell {
    if text.is_empty() || is_word_for_nothing(text) {
        return Cell::Missing;
    }
    let Ok(text) = std::str::from_utf8(text) else { return Cell::Unreadable };
    let (negative, rest) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.trim_start_matches(['$', '€', '£', '¥', '₹']).trim_start();
    let (rest, factor) = match rest.char_indices().next_back() {
        Some((at, 'K' | 'k')) => (&rest[..at], 1e3),
        Some((at, 'M' | 'm')) => (&rest[..at], 1e6),
        Some((at, 'B' | 'b')) => (&rest[..at], 1e9),
        Some((at, 'T' | 't')) => (&rest[..at], 1e12),
        Some((at, '%')) => (&rest[..at], 0.01),
        _ => (rest, 1.0),
    };
    let (mark, group) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let mut clean = String::with_capacity(rest.len() + 1);
    if negative {
        clean.push('-');
    }
    // Digits since the last grouping mark: every group but the first has exactly three.
    let mut group_digits: Option<usize> = None;
    let mut in_whole = true;
    for c in rest.trim_end().chars() {
        match c {
            '0'..='9' => {
                clean.push(c);
                if in_whole {
                    group_digits = group_digits.map(|digits| digits + 1);
                }
            }
            'e' | 'E' | '-' | '+' => clean.push(c),
            _ if c == mark => {
                clean.push('.');
                in_whole = false;
            }
            _ if in_whole && (c == group || matches!(c, '\u{a0}' | '\u{202f}' | '\'')) => {
                if group_digits.is_some_and(|digits| digits != 3) {
                    return Cell::Unreadable;
                }
                group_digits = Some(0);
            }
            _ => return Cell::Unreadable,
        }
    }
    if group_digits.is_some_and(|digits| digits != 3) {
        return Cell::Unreadable;
    }
    match clean.parse::<f64>() {
        Ok(value) if (value * factor).is_finite() => Cell::Number(value * factor),
        _ => Cell::Unreadable,
    }
}

fn is_word_for_nothing(text: &[u8]) -> bool {
    [&b"-"[..], b"null", b"nan", b"na", b"n/a", b"none", b"nil", b"#n/a"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// What a number says about the decimal mark of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkVote {
    /// The comma can only be a decimal mark.
    DecimalComma,
    /// The dot is one, or the comma groups thousands.
    DecimalDot,
    /// One comma with three digits behind it: either.
    Unclear,
    /// No mark at all.
    Silent,
}

/// What a number says about the decimal mark of its file.
pub(super) fn mark_vote(text: &[u8]) -> MarkVote {
    let text = text.trim_ascii();
    let comma = text.iter().rposition(|&byte| byte == b',');
    let dot = text.iter().rposition(|&byte| byte == b'.');
    match (comma, dot) {
        (Some(comma), Some(dot)) if comma > dot => MarkVote::DecimalComma,
        (_, Some(_)) => MarkVote::DecimalDot,
        (Some(comma), None) => {
            let behind = text[comma + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let before = text[..comma].iter().filter(|byte| byte.is_ascii_digit()).count();
            let commas = text.iter().filter(|&&byte| byte == b',').count();
            let leading_zero =
                text[..comma].iter().find(|byte| byte.is_ascii_digit()) == Some(&b'0');
            if commas > 1 {
                MarkVote::DecimalDot
            } else if behind != 3 || before > 3 || leading_zero {
                MarkVote::DecimalComma
            } else {
                MarkVote::Unclear
            }
        }
        (None, None) => MarkVote::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_path_equals_the_library_s_parser() {
        for text in [
            "0",
            "1",
            "-1",
            "192.86",
            "0.000",
            "0.00162008",
            "121809.13000000",
            "9007199254740993",
            "900719925474099.3",
            "123456789012345.6789",
            ".5",
            "5.",
            "0.1",
            "17130541557",
            "-0.0",
        ] {
            let expected: f64 = text.parse().unwrap();
            match read(text.as_bytes(), false) {
                Cell::Number(value) => assert_eq!(value.to_bits(), expected.to_bits(), "{text}"),
                other => panic!("{text} read as {other:?}"),
            }
        }
    }

    #[test]
    fn vendors_notations() {
        for (text, comma, value) in [
            ("59,270.0", false, 59_270.0),
            ("1.48583", false, 1.48583),
            ("1,48583", true, 1.48583),
            ("1.234,5", true, 1_234.5),
            ("$1887.46", false, 1_887.46),
            ("0.76K", false, 760.0),
            ("15,27M", true, 15_270_000.0),
            (" 167761.49", false, 167_761.49),
            ("-0.06%", false, -0.0006),
            ("1.5e-3", false, 0.0015),
            (".0000", false, 0.0),
        ] {
            assert_eq!(read(text.as_bytes(), comma), Cell::Number(value), "{text}");
        }
        for text in ["", " ", "-", "null", "NaN", "N/A"] {
            assert_eq!(read(text.as_bytes(), false), Cell::Missing, "{text}");
        }
        for text in ["abc", "1e309", "inf", "0x10", "1.2.3", "=1+1", "12 345"] {
            assert_eq!(read(text.as_bytes(), false), Cell::Unreadable, "{text}");
        }
    }

    #[test]
    fn the_decimal_mark_is_found_by_evidence() {
        for (text, vote) in [
            ("74,10", MarkVote::DecimalComma),
            ("0,838", MarkVote::DecimalComma),
            ("1658,773", MarkVote::DecimalComma),
            ("1.234,56", MarkVote::DecimalComma),
            ("59,270.0", MarkVote::DecimalDot),
            ("1,234,567", MarkVote::DecimalDot),
            ("86,040", MarkVote::Unclear),
            ("17", MarkVote::Silent),
        ] {
            assert_eq!(mark_vote(text.as_bytes()), vote, "{text}");
        }
    }

    #[test]
    fn grouping_marks_stand_before_three_digits_or_the_number_is_unreadable() {
        for (text, value) in [
            ("1,234.5", Some(1_234.5)),
            ("12,345,678", Some(12_345_678.0)),
            ("53,60", None),
            ("1,2345", None),
        ] {
            let cell = read(text.as_bytes(), false);
            assert_eq!(cell, value.map_or(Cell::Unreadable, Cell::Number), "{text}");
        }
    }
}

//! Numbers as vendors write them, by a strict grammar: sign, digits, one decimal mark, thousands marks, exponent,
//! currency sign in front, K/M/B/T or percent behind.

use super::reading::DecimalMark;

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

/// 10 to a power of at most 22, exactly.
pub(super) fn power_of_ten(power: u32) -> f64 {
    POWERS.get(power as usize).copied().unwrap_or(1.0)
}

/// A plain decimal number with a decimal `mark` at the start of `text`, exactly rounded: a mantissa below 2⁵³ divided once
/// by a power of ten (Clinger 1990). With it comes the number of its bytes; what follows is the caller's to judge.
#[allow(
    clippy::inline_always,
    reason = "the page is built with a low inlining threshold, and this is the hot loop"
)]
#[inline(always)]
pub(super) fn plain(text: &[u8], mark: u8) -> Option<(f64, usize)> {
    let negative = *text.first()? == b'-';
    let start = usize::from(negative);
    let (mantissa, whole) = digits(&text[start..], 0);
    let mut at = start + whole;
    let (mut mantissa, mut decimals) = (mantissa, 0);
    if text.get(at) == Some(&mark) {
        (mantissa, decimals) = digits(&text[at + 1..], mantissa);
        at += 1 + decimals;
    }
    let count = whole + decimals;
    if count == 0 || count > 19 || mantissa >= 1 << 53 {
        return None;
    }
    let value = mantissa as f64 / POWERS[decimals];
    // 0 − value, so that a negative zero is a zero.
    Some((if negative { 0.0 - value } else { value }, at))
}

/// The digits at the start of a text behind those of `number`, and how many there are. More than 19 wrap around.
#[allow(
    clippy::inline_always,
    reason = "the page is built with a low inlining threshold, and this is the hot loop"
)]
#[inline(always)]
pub(super) fn digits(text: &[u8], mut number: u64) -> (u64, usize) {
    let mut count = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        count += 1;
    }
    (number, count)
}

/// Reads a cell. `mark` is the decimal mark; of `,` and `.` the other one groups thousands.
pub(super) fn read(text: &[u8], mark: DecimalMark) -> Cell {
    if mark != DecimalMark::Comma
        && let Some((value, length)) = plain(text, b'.')
        && length == text.len()
    {
        return Cell::Number(value);
    }
    let text = text.trim_ascii();
    let of = match mark {
        DecimalMark::Thirtyseconds => 32.0,
        DecimalMark::Sixtyfourths => 64.0,
        DecimalMark::Dot | DecimalMark::Comma => {
            return read_slowly(text, mark == DecimalMark::Comma);
        }
    };
    match fraction(text) {
        Some(parts) if f64::from(parts.units) < of => {
            let units = f64::from(parts.units) + f64::from(parts.quarters) / 4.0;
            Cell::Number(f64::from(parts.whole) + units / of)
        }
        // Where prices are fractions, an apostrophe groups no thousands.
        None if !text.contains(&b'\'') => read_slowly(text, false),
        _ => Cell::Unreadable,
    }
}

/// A price in 32nds or 64ths, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    whole: u32,
    /// 32nds or 64ths.
    pub units: u32,
    /// Quarters of such a unit.
    quarters: u32,
}

/// `128'16`, `128-16+`, `128'165` (CME Group: the last digit is 0, 2, 5 or 7 for quarters of a 32nd).
pub(super) fn fraction(text: &[u8]) -> Option<Fraction> {
    let at = text.iter().position(|byte| matches!(byte, b'\'' | b'-'))?;
    // `110'16.5`: halves and quarters of a 32nd as decimals.
    let (text, tail) = match text.iter().position(|byte| *byte == b'.') {
        Some(dot) => (&text[..dot], Some(&text[dot + 1..])),
        None => (text, None),
    };
    if at >= text.len() {
        return None;
    }
    let (whole, rest) = (&text[..at], &text[at + 1..]);
    let digits = |text: &[u8]| {
        let (value, count) = digits(text, 0);
        (count == text.len()).then_some(value as u32)
    };
    if !(1..=4).contains(&whole.len()) || !(2..=3).contains(&rest.len()) {
        return None;
    }
    let quarters = match rest.get(2) {
        None if tail.is_some() => match tail.unwrap_or_default() {
            b"0" | b"00" => 0,
            b"25" => 1,
            b"5" | b"50" => 2,
            b"75" => 3,
            _ => return None,
        },
        Some(_) if tail.is_some() => return None,
        None | Some(b'0') => 0,
        Some(b'2') => 1,
        Some(b'5' | b'+') => 2,
        Some(b'7') => 3,
        Some(_) => return None,
    };
    let units = digits(&rest[..2])?;
    (units < 64).then_some(Fraction { whole: digits(whole)?, units, quarters })
}

/// Signs and codes of money that may stand before or behind an amount.
const MONEY: [&str; 27] = [
    "$", "€", "£", "¥", "₹", "₽", "฿", "₩", "zł", "R$", "USDT", "USDC", "USD", "EUR", "GBP", "JPY",
    "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "RUB", "BRL", "PLN", "THB", "KRW",
];

/// Words for powers of ten behind an amount, longer ones before their beginnings.
const SCALES: [(&str, i32); 26] = [
    ("тыс.", 3),
    ("тыс", 3),
    ("млн", 6),
    ("млрд", 9),
    ("Tsd.", 3),
    ("Mio.", 6),
    ("Mrd.", 9),
    ("tys.", 3),
    ("mln", 6),
    ("mld", 9),
    ("K", 3),
    ("k", 3),
    ("M", 6),
    ("m", 6),
    ("B", 9),
    ("b", 9),
    ("T", 12),
    ("t", 12),
    ("%", -2),
    ("万", 4),
    ("萬", 4),
    ("만", 4),
    ("億", 8),
    ("亿", 8),
    ("억", 8),
    ("兆", 12),
];

fn without_money(text: &str) -> &str {
    let mut rest = text;
    for sign in MONEY {
        if let Some(inner) = rest.strip_prefix(sign).or_else(|| rest.strip_suffix(sign)) {
            rest = inner.trim();
            break;
        }
    }
    rest
}

#[cold]
fn read_slowly(text: &[u8], decimal_comma: bool) -> Cell {
    if text.is_empty() || is_word_for_nothing(text) {
        return Cell::Missing;
    }
    let Ok(text) = std::str::from_utf8(text) else { return Cell::Unreadable };
    // A column padded with the spaces of other alphabets.
    let text = without_money(text.trim());
    let (negative, rest) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = without_money(rest);
    let scale = SCALES.iter().find_map(|(word, power)| Some((rest.strip_suffix(word)?, *power)));
    let (rest, power) = scale.map_or((rest, 0), |(rest, power)| (rest.trim_end(), power));
    let (mark, group) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let mut clean = String::with_capacity(rest.len() + 4);
    if negative {
        clean.push('-');
    }
    // Digits since the last grouping mark: every group but the first has exactly three, the first one to three; in India
    // the last has three, those before it two.
    let (mut digits, mut grouped, mut in_whole, mut exponent) = (0, None, true, false);
    let (mut is_indian, mut is_thousands, mut is_hundreds) = (false, false, false);
    for c in rest.chars() {
        match c {
            '0'..='9' => {
                clean.push(c);
                digits += usize::from(in_whole);
            }
            'e' | 'E' if !exponent && power == 0 && digits > 0 => {
                clean.push('e');
                (exponent, in_whole) = (true, false);
            }
            '-' | '+' if clean.ends_with('e') => clean.push(c),
            _ if c == mark && !exponent && !clean.contains('.') => {
                clean.push('.');
                in_whole = false;
            }
            _ if in_whole && (c == group || is_space_mark(c)) => {
                // One mark groups the whole number, by thousands or, in India, by hundreds above them.
                let fits = match grouped {
                    None => (1..=3).contains(&digits),
                    Some(mark) => mark == c && (digits == 3 || (c == ',' && digits == 2)),
                };
                if !fits {
                    return Cell::Unreadable;
                }
                match (grouped, digits) {
                    (None, first) => is_indian = first < 3 && c == ',',
                    (Some(_), 3) => is_thousands = true,
                    (Some(_), _) => is_hundreds = true,
                }
                (grouped, digits) = (Some(c), 0);
            }
            _ => return Cell::Unreadable,
        }
    }
    if (grouped.is_some() && digits != 3) || (is_hundreds && (is_thousands || !is_indian)) {
        return Cell::Unreadable;
    }
    if power != 0 {
        // By the exponent, so that 0.57K is rounded once.
        clean = format!("{clean}e{power}");
    }
    match clean.parse::<f64>() {
        // A negative zero is a zero.
        Ok(value) if value.is_finite() => Cell::Number(value + 0.0),
        _ => Cell::Unreadable,
    }
}

/// Spaces and the Swiss mark, which group thousands whatever the decimal mark is.
const fn is_space_mark(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’')
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
            "-17.25",
        ] {
            let expected: f64 = text.parse().unwrap();
            match read(text.as_bytes(), DecimalMark::Dot) {
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
            ("12 345", false, 12_345.0),
            ("1\u{a0}234\u{a0}567,5", true, 1_234_567.5),
            ("1’234.5", false, 1_234.5),
            ("10 €", false, 10.0),
            ("R$ 10,5", true, 10.5),
            ("-$1.5", false, -1.5),
            ("1,2 млн", true, 1_200_000.0),
            ("3.5億", false, 350_000_000.0),
            ("0.57K", false, 570.0),
            ("1.005M", false, 1_005_000.0),
            ("1.", false, 1.0),
            (".0000", false, 0.0),
            ("24,85,099", false, 2_485_099.0),
            ("1,29,500.00", false, 129_500.0),
            ("39,04,43,59,826.12", false, 39_044_359_826.12),
        ] {
            assert_eq!(
                read(text.as_bytes(), if comma { DecimalMark::Comma } else { DecimalMark::Dot }),
                Cell::Number(value),
                "{text}"
            );
        }
        for text in ["", " ", "-", "null", "NaN", "N/A"] {
            assert_eq!(read(text.as_bytes(), DecimalMark::Dot), Cell::Missing, "{text}");
        }
        for text in [
            "abc",
            "1e309",
            "inf",
            "0x10",
            "1.2.3",
            "=1+1",
            "12 34",
            "1 2345",
            "1e5K",
            "--5",
            "5-",
            "(5)",
            "123,45,678",
            "1,234,56,789",
            "1,23,45",
            "1e",
            "e5",
            ".",
            "１２",
            "1.5e3.2",
            "5 5",
            "@1",
            "+",
        ] {
            assert_eq!(read(text.as_bytes(), DecimalMark::Dot), Cell::Unreadable, "{text}");
        }
    }

    #[test]
    fn prices_in_fractions() {
        for (text, mark, value) in [
            ("128'16", DecimalMark::Thirtyseconds, 128.5),
            ("128'160", DecimalMark::Thirtyseconds, 128.5),
            ("128'165", DecimalMark::Thirtyseconds, 128.515_625),
            ("110'16.5", DecimalMark::Thirtyseconds, 110.515_625),
            ("110'16.0", DecimalMark::Thirtyseconds, 110.5),
            ("110-16+", DecimalMark::Thirtyseconds, 110.515_625),
            ("99-317", DecimalMark::Thirtyseconds, 99.992_187_5),
            ("128'32", DecimalMark::Sixtyfourths, 128.5),
            ("2,760", DecimalMark::Thirtyseconds, 2_760.0),
        ] {
            assert_eq!(read(text.as_bytes(), mark), Cell::Number(value), "{text}");
        }
        for text in ["128'32", "128'161", "128'1", "12-2024"] {
            assert_eq!(
                read(text.as_bytes(), DecimalMark::Thirtyseconds),
                Cell::Unreadable,
                "{text}"
            );
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
            let cell = read(text.as_bytes(), DecimalMark::Dot);
            assert_eq!(cell, value.map_or(Cell::Unreadable, Cell::Number), "{text}");
        }
    }
}

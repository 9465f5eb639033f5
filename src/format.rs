//! Numbers for people. Stored values are fractions; percent exists only here.

use crate::domain::grouped;

/// A minus sign that is as wide as a plus.
const MINUS: char = '−';

/// A number with a fixed number of decimals, grouped thousands and a real minus sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        out.push(MINUS);
    }
    out.push_str(&whole.parse().map_or_else(|_| whole.to_owned(), grouped));
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// With a plus sign where it is above zero.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if value > 0.0 && !text.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        format!("+{text}")
    } else {
        text
    }
}

/// A fraction as percent.
pub fn percent(fraction: f64, decimals: usize) -> String {
    format!("{} %", fixed(fraction * 100.0, decimals))
}

/// A price with as many decimals as its size asks for.
pub fn price(value: f64) -> String {
    let size = value.abs();
    let decimals = if size >= 1_000.0 || size == 0.0 {
        1
    } else if size >= 10.0 {
        2
    } else if size >= 0.1 {
        4
    } else {
        8
    };
    fixed(value, decimals)
}

/// A traded amount, short.
pub fn amount(value: f64) -> String {
    match value.abs() {
        size if size >= 1e9 => format!("{}B", fixed(value / 1e9, 2)),
        size if size >= 1e6 => format!("{}M", fixed(value / 1e6, 2)),
        size if size >= 1e4 => format!("{}k", fixed(value / 1e3, 1)),
        size if size >= 100.0 => fixed(value, 0),
        _ => fixed(value, 3),
    }
}

/// `1 row`, `2 rows`.
pub fn rows(count: usize) -> String {
    counted(count, "row")
}

/// `1 line`, `2 lines`, `2 touches`.
pub fn counted(count: usize, thing: &str) -> String {
    let several = if thing.ends_with("ch") { "es" } else { "s" };
    format!("{} {thing}{}", grouped(count), if count == 1 { "" } else { several })
}

/// The name of a file without its ending, fit for the name of a download.
pub fn file_stem(name: &str) -> String {
    name.rsplit_once('.')
        .map_or(name, |(stem, _)| stem)
        .chars()
        .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' })
        .take(80)
        .collect()
}

/// A p-value: never 0 and never 1.
pub fn p_value(value: f64) -> String {
    if value < 0.001 {
        "< 0.001".to_owned()
    } else if value > 0.999 {
        "> 0.999".to_owned()
    } else {
        fixed(value, 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_groups_and_zeros() {
        assert_eq!(fixed(-1_234.5, 1), "−1,234.5");
        assert_eq!(signed(0.004, 2), "0.00");
        assert_eq!(signed(-0.004, 2), "0.00");
        assert_eq!(signed(12.0, 1), "+12.0");
        assert_eq!(percent(0.15, 1), "15.0 %");
        assert_eq!(price(0.000_123_45), "0.00012345");
        assert_eq!(p_value(0.0), "< 0.001");
        assert_eq!(rows(1), "1 row");
        assert_eq!(counted(2, "touch"), "2 touches");
    }
}

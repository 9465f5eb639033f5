//! Results as HTML with pictures in SVG: the parts that page and report have in common, and the report.
//!
//! Markup is written here as text, not by the page's components, so that the page, the command and the report of both show the
//! same thing from one piece of code. Whatever comes from a file or a user goes through [`escape`].

mod anatomy;
mod audit;
mod bar;
mod compare;
mod criteria;
mod figures;
mod hurts;
mod markets;
mod quality;
mod report;
mod robust;
mod saved;
mod search;
mod space;
mod validation;

pub use anatomy::{Places, anatomy};
pub use audit::{audit, audit_line, audit_markets, comparison};
pub use bar::{Bar, bar};
pub use compare::{Both, side_by_side};
pub use criteria::criteria;
pub use hurts::where_it_hurts;
pub use markets::{fills, joins, merged};
pub use quality::{difference, file, gates, original_cleaner, waterfall};
pub use report::{Checked, Part, Report, Run, report};
pub use robust::{contamination, fantasy, multiverse, multiverse_verdict};
pub use saved::{saved, saved_line};
pub use search::{Fact, TrialTable, luck, luck_facts, search_counts, search_warnings, trials};
pub use space::{heat, parallel, spread, surface};
pub use validation::{both, entries, intervals, others};

use std::fmt::Write as _;

/// Text as it may stand in HTML and in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What no document may hold, and what turns the direction of the text around it.
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A cell of a table: its text, its class, and what a click on it shows.
#[derive(Clone, Debug, Default)]
struct Cell {
    text: String,
    class: &'static str,
    link: String,
    /// It is markup already.
    is_html: bool,
    /// Its row holds nothing to look at.
    is_quiet: bool,
}

impl Cell {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Coloured by its sign, which the text has, too.
    fn signed(value: f64, text: String) -> Self {
        Self { class: sign(value), ..Self::new(text) }
    }

    fn number(text: String) -> Self {
        Self { class: "number", ..Self::new(text) }
    }

    /// Words that may take several lines.
    fn prose(text: impl Into<String>) -> Self {
        Self { class: "prose", ..Self::new(text) }
    }

    /// Markup, made from escaped text.
    fn html(text: String) -> Self {
        Self { is_html: true, ..Self::new(text) }
    }

    /// Text of a file, which may run from right to left.
    fn own(text: &str) -> Self {
        Self { class: "prose", ..Self::html(format!("<bdi>{}</bdi>", escape(text))) }
    }

    /// Marks its row, as the first of it, as one that holds nothing to look at.
    const fn quiet(mut self, is_quiet: bool) -> Self {
        self.is_quiet = is_quiet;
        self
    }

    fn linked(self, link: String) -> Self {
        Self { link, ..self }
    }
}

/// Class of a number that is good above zero.
const fn sign(value: f64) -> &'static str {
    if value > 0.0 {
        "pos"
    } else if value < 0.0 {
        "neg"
    } else {
        ""
    }
}

/// A table; the first cell of a row names it. A cell with a link holds a button, so that the keyboard reaches it.
fn table(out: &mut String, caption: &str, head: &[&str], rows: &[Vec<Cell>]) {
    let cell = |out: &mut String, cell: &Cell, is_first: bool| {
        let text = if cell.is_html { cell.text.clone() } else { escape(&cell.text) };
        let (open, close) =
            if is_first { ("<th scope=\"row\"", "</th>") } else { ("<td", "</td>") };
        out.push_str(open);
        if !cell.class.is_empty() {
            out.push_str(" class=\"");
            out.push_str(cell.class);
            out.push('"');
        }
        out.push('>');
        if cell.link.is_empty() {
            out.push_str(&text);
        } else {
            out.push_str("<button type=\"button\" class=\"link\"");
            out.push_str(&cell.link);
            out.push('>');
            out.push_str(&text);
            out.push_str("</button>");
        }
        out.push_str(close);
    };
    out.push_str("<div class=\"scroll-x\" tabindex=\"0\" role=\"region\" aria-label=\"");
    out.push_str(&escape(caption));
    out.push_str("\"><table class=\"table table--plain\"><thead><tr>");
    for (at, name) in head.iter().enumerate() {
        // Above what it names.
        let is_number = rows.iter().any(|row| row.get(at).is_some_and(|c| c.class == "number"));
        if name.is_empty() {
            // A heading that says nothing is none.
            out.push_str("<td></td>");
            continue;
        }
        out.push_str(if is_number {
            "<th scope=\"col\" class=\"number\">"
        } else {
            "<th scope=\"col\">"
        });
        out.push_str(&escape(name));
        out.push_str("</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        let is_quiet = row.first().is_some_and(|cell| cell.is_quiet);
        out.push_str(if is_quiet { "<tr class=\"quiet\">" } else { "<tr>" });
        for (at, one) in row.iter().enumerate() {
            cell(out, one, at == 0);
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

/// Pairs of a name and a value.
fn facts<'a>(out: &mut String, class: &str, pairs: impl IntoIterator<Item = (&'a str, String)>) {
    let _ = write!(out, "<dl class=\"{class}\">");
    for (name, value) in pairs {
        let (name, value) = (escape(name), escape(&value));
        let _ = write!(out, "<div class=\"fact\"><dt>{name}</dt><dd>{value}</dd></div>");
    }
    out.push_str("</dl>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let evil = "<img src=x onerror=\"alert('&')\">\u{202e}\u{0}";
        let text = escape(evil);
        assert!(!text.contains(['<', '>', '"', '\'', '\u{202e}', '\u{0}']), "{text}");
        let mut out = String::new();
        table(&mut out, evil, &[evil], &[vec![Cell::new(evil), Cell::new(evil)]]);
        assert!(!out.contains("<img") && out.contains("&lt;img"));
    }
}

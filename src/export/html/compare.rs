//! Two results side by side.

use super::{Cell, table};
use crate::domain::{Measure, grouped};
use crate::format::signed;
use crate::metrics::METRICS;

/// Metrics that stand side by side.
const SIDE_BY_SIDE: [&str; 13] = [
    "total_return",
    "max_drawdown",
    "trades",
    "win_rate",
    "gross_win_rate",
    "expectancy_r",
    "profit_factor",
    "sharpe",
    "sortino",
    "exposure",
    "cost_r",
    "capped_share",
    "ambiguous_trades",
];

/// The same rows under two settings, the earlier first.
pub struct Both {
    /// Usable rows of the window.
    pub rows: [usize; 2],
    /// Values of the metric table.
    pub metrics: [Vec<Measure>; 2],
}

/// The numbers of two results and their change.
pub fn side_by_side(names: [&str; 2], both: &Both) -> String {
    let row = |label: String, cells: [String; 3]| {
        let mut row = vec![Cell::new(label)];
        row.extend(cells.map(Cell::number));
        row
    };
    let [before, after] = both.rows;
    let change = signed(after as f64 - before as f64, 0);
    let cells = [grouped(before), grouped(after), change];
    let mut rows = vec![row("Usable rows in the window".to_owned(), cells)];
    for key in SIDE_BY_SIDE {
        let Some(at) = METRICS.iter().position(|spec| spec.key == key) else { continue };
        let spec = &METRICS[at];
        let [before, after] = both.metrics.each_ref().map(|values| &values[at]);
        let change = match (before, after) {
            (Ok(a), Ok(b)) => spec.unit.show(&Ok(b - a), true),
            _ => "–".to_owned(),
        };
        let cells = [spec.unit.show(before, false), spec.unit.show(after, false), change];
        rows.push(row(format!("{}, by {}", spec.label, spec.basis.name()), cells));
    }
    let [first, second] = names;
    let mut out = String::new();
    table(&mut out, "Table: side by side", &["Number", first, second, "Change"], &rows);
    out
}

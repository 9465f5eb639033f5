//! The bar that so many looks set, and how a result stands to it.

use super::{Cell, escape, table};
use crate::domain::{Measure, grouped};
use crate::format::{counted, fixed, percent};
use crate::ledger::Counted;
use crate::metrics::{Grid, GridUnit};
use crate::search::luck::{DEFLATED, Deflated, deflated};

/// A result held against the looks that were taken.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What the ledger says.
    counted: Counted,
    /// Annual Sharpe ratio of the result.
    sharpe: Measure,
    /// Sharpe ratio a year that the best of as many worthless configurations is expected to show.
    height: Measure,
    /// Against all configurations.
    deflated: Deflated,
    unit: GridUnit,
    points: usize,
}

impl Bar {
    /// A result by its grid, held against what a ledger says of its window.
    pub fn of(grid: &Grid, counted: &Counted) -> Self {
        let annual = f64::sqrt(grid.unit.periods_per_year());
        let mut found = deflated(&grid.returns, counted.configurations as usize, &counted.variance);
        if let Err(reason) = grid.sharpe_per_period() {
            found.value = Err(reason);
        }
        let a_year = |value: &Measure| value.clone().map(|value| value * annual);
        Self {
            counted: counted.clone(),
            sharpe: a_year(&grid.sharpe_per_period()),
            height: a_year(&found.expected_max),
            deflated: found,
            unit: grid.unit,
            points: grid.returns.len(),
        }
    }

    /// The result is above the bar by more than luck would explain.
    pub fn is_passed(&self) -> bool {
        self.deflated.value.as_ref().is_ok_and(|value| *value >= DEFLATED)
    }

    /// Where the result stands, in a sentence or two.
    pub fn line(&self) -> String {
        let Counted { looks, configurations, .. } = self.counted;
        let looks = if looks == configurations {
            format!("{} at these rows", counted(looks as usize, "look"))
        } else {
            let of = counted(configurations as usize, "configuration");
            format!("{} at {of} of these rows", counted(looks as usize, "look"))
        };
        let of = grouped(self.counted.configurations as usize);
        let height = match &self.height {
            Ok(height) => fixed(*height, 2),
            Err(_) => {
                return format!(
                    "After {looks} there is no bar yet: it takes five configurations with a Sharpe ratio over this window."
                );
            }
        };
        let bar = format!(
            "After {looks} the bar is a Sharpe ratio of {height}: the best of {of} worthless configurations is expected to show that much."
        );
        match (&self.sharpe, &self.deflated.value) {
            (Ok(sharpe), Ok(value)) => {
                let own = fixed(*sharpe, 2);
                // Rounded down, so that what falls short never reads as if it did not.
                let chance = percent((value * 1_000.0).floor() / 1_000.0, 1);
                if *value >= DEFLATED {
                    format!(
                        "{bar} This result shows {own}, and the chance that its true Sharpe ratio is above the bar is {chance}."
                    )
                } else if self.height.as_ref().is_ok_and(|height| sharpe <= height) {
                    let why = if *sharpe > 0.0 { "as much comes of luck" } else { "below it" };
                    format!("{bar} This result shows {own}: {why}.")
                } else {
                    format!(
                        "{bar} This result shows {own}, above the bar by too little: the chance that its true Sharpe ratio is above it is {chance}, and 95 % is needed."
                    )
                }
            }
            (Err(reason), _) | (_, Err(reason)) => {
                format!("{bar} This result cannot be held against it: {reason}.")
            }
        }
    }
}

/// The ledger, the bar and the deflated Sharpe ratio, each with its inputs and its formula.
pub fn bar(found: &Bar) -> String {
    let Bar { counted: ledger, unit, points, .. } = found;
    let mut out = String::new();
    let shown = |value: &Measure, show: fn(f64) -> String| match value {
        Ok(value) => Cell::number(show(*value)),
        Err(_) => Cell::number("–".to_owned()),
    };
    let reason = |value: &Measure, text: String| match value {
        Ok(_) => text,
        Err(reason) => format!("It is not defined: {reason}."),
    };
    let label = |label: &str, formula: &str| {
        Cell::html(format!("{}<br><small>{}</small>", escape(label), escape(formula)))
    };
    let of = grouped(ledger.configurations as usize);
    let mut probability = shown(&found.deflated.value, |v| percent(v, 1));
    if !found.is_passed() {
        probability.class = "number neg";
    }
    let rows = vec![
        vec![
            label(
                "Looks",
                "distinct configurations × windows of these rows; a ledger that only grows",
            ),
            Cell::number(grouped(ledger.looks as usize)),
            Cell::prose(format!(
                "Every slider move, strategy, cleaning and trial counts once: {of} configurations in all, {} of them over this window. The browser keeps the count.",
                grouped(ledger.here as usize)
            )),
        ],
        vec![
            label("The bar, Sharpe ratio a year", "√Var(SR)·E[max Z of N]·√periods a year"),
            shown(&found.height, |v| fixed(v, 2)),
            Cell::prose(reason(
                &found.height,
                format!(
                    "The best of N = {of} worthless configurations is expected to show this. Var(SR) is {} per {}, over the configurations of this window. Those that lose much widen it, and raise the bar.",
                    ledger.variance.as_ref().map_or_else(|_| "–".to_owned(), |v| fixed(*v, 6)),
                    unit.name()
                ),
            )),
        ],
        vec![
            label("Deflated Sharpe ratio", "PSR against the bar (Bailey and López de Prado 2014)"),
            probability,
            Cell::prose(reason(
                &found.deflated.value,
                format!(
                    "The chance that the true Sharpe ratio of this result is above the bar, from {} {}s. It shows {} a year. At least 95 % is needed.",
                    grouped(*points),
                    unit.name(),
                    found.sharpe.as_ref().map_or_else(ToString::to_string, |v| fixed(*v, 2)),
                ),
            )),
        ],
    ];
    // Stacked on a phone, as the judgement of a search is.
    out.push_str("<div class=\"luck\">");
    table(&mut out, "How high the bar is", &["Number", "Value", "What it says"], &rows);
    out.push_str("</div>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Undefined;

    fn bar_of(returns: &[f64], variance: Measure) -> Bar {
        let grid = Grid {
            unit: GridUnit::Day,
            first_ms: 0,
            start: 1.0,
            equity: vec![1.0; returns.len()],
            returns: returns.to_vec(),
            is_too_long: false,
        };
        Bar::of(&grid, &Counted { configurations: 137, looks: 140, here: 137, variance })
    }

    #[test]
    fn the_sentence_says_where_the_result_stands() {
        let wave = |lift: f64| -> Vec<f64> {
            (0..200).map(|i| lift + if i % 2 == 0 { 0.01 } else { -0.01 }).collect()
        };
        let variance = Ok(0.0025);
        let low = bar_of(&wave(0.0005), variance.clone());
        assert!(low.line().ends_with("as much comes of luck."), "{}", low.line());
        assert!(!low.is_passed());
        let little = bar_of(&wave(0.0014), variance.clone());
        assert!(little.line().contains("by too little"), "{}", little.line());
        let high = bar_of(&wave(0.01), variance.clone());
        assert!(
            high.is_passed() && high.line().contains("is above the bar is 100.0 %"),
            "{}",
            high.line()
        );
        // √0.0025 · E[max Z of 137] · √365, E[max Z] = 0.4228·2.4390 + 0.5772·2.7838 = 2.6381.
        assert!(high.line().contains("Sharpe ratio of 2.52"), "{}", high.line());
        let none = bar_of(&wave(0.01), Err(Undefined::too_few(3, 5)));
        assert!(none.line().contains("there is no bar yet"), "{}", none.line());
        assert!(bar(&none).contains("It is not defined: "));
    }
}

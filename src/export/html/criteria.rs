//! A result beside the success criteria of the original method, and whether those fit together.

use super::validation::note;
use super::{Cell, table};
use crate::domain::{Measure, Undefined};
use crate::engine::EngineParams;
use crate::format::{fixed, percent};
use crate::metrics::METRICS;
use crate::validate::criteria::{LEVELS, Level, Range, Sizing, TRADES, meets};

fn metric(metrics: &[Measure], key: &str) -> Measure {
    let at = METRICS.iter().position(|spec| spec.key == key).and_then(|at| metrics.get(at));
    at.cloned().unwrap_or_else(|| Err(Undefined::because("it is not computed")))
}

fn span((low, high): Range, show: fn(f64) -> String) -> String {
    format!("{} to {}", show(low), show(high))
}

/// What a level asks for, and whether the result has it.
fn asked(range: Option<Range>, value: &Measure, show: fn(f64) -> String) -> Cell {
    let Some(range) = range else { return Cell::new("–") };
    let (class, word) = match meets(value, range) {
        Some(true) => ("pos", "met"),
        Some(false) => ("neg", "not met"),
        None => ("", "not defined"),
    };
    Cell { class, ..Cell::new(format!("{}: {word}", span(range, show))) }
}

/// Whether what a level asks for can hold together.
fn consistency(level: &Level, sizing: &Sizing) -> Option<String> {
    let share = |value| percent(value, 1);
    let stated = span(level.net?, |value| percent(value, 0));
    let wins = span(level.win_rate, |value| percent(value, 0));
    Some(match level.implied(sizing) {
        Ok((low, high)) => format!(
            "{}: win rates of {wins} over {} to {} trades come to a net of {} to {}. That {} the stated {stated}.",
            level.name,
            TRADES.0,
            TRADES.1,
            share(low),
            share(high),
            if level.is_consistent(sizing) == Some(true) { "fits" } else { "does not fit" }
        ),
        Err(reason) => format!("{}: {reason}.", level.name),
    })
}

/// The criteria beside the result, and below them whether they fit together at its sizes and costs.
pub fn criteria(metrics: &[Measure], params: &EngineParams) -> String {
    let row =
        |label: &str, key: &str, show: fn(f64) -> String, range: fn(&Level) -> Option<Range>| {
            let value = metric(metrics, key);
            let shown = value.as_ref().map_or_else(ToString::to_string, |value| show(*value));
            let mut row = vec![Cell::new(label), Cell::number(shown)];
            row.extend(LEVELS.iter().map(|level| asked(range(level), &value, show)));
            row
        };
    let rows = vec![
        row("Win rate", "win_rate", |v| percent(v, 1), |level| Some(level.win_rate)),
        row("Net return", "total_return", |v| percent(v, 1), |level| level.net),
        row("Sharpe ratio", "sharpe", |v| fixed(v, 2), |level| level.sharpe),
        row("Trades", "trades", |v| fixed(v, 0), |_| Some(TRADES)),
    ];
    let mut out = String::new();
    let head = ["Number", "This result", LEVELS[0].name, LEVELS[1].name, LEVELS[2].name];
    table(&mut out, "Success criteria of the original method", &head, &rows);
    let Some(reward) = params.risk_reward_ratio else {
        note(
            &mut out,
            "Whether they fit together is not told: it takes a reward to risk, and this strategy has no target.",
        );
        return out;
    };
    let cost_r = metric(metrics, "cost_r");
    let Ok(cost_r) = cost_r else {
        note(
            &mut out,
            "Whether they fit together is not told: without a trade there are no costs.",
        );
        return out;
    };
    let sizing = Sizing { risk: params.risk_per_trade, reward, cost_r };
    note(
        &mut out,
        &format!(
            "Do they fit together? With {} of the account risked on each trade, a reward of {} R and costs of {} R a trade, as in this result:",
            percent(sizing.risk, 2),
            fixed(reward, 2),
            fixed(cost_r, 2)
        ),
    );
    for level in &LEVELS {
        if let Some(text) = consistency(level, &sizing) {
            note(&mut out, &text);
        }
    }
    note(
        &mut out,
        "The original also asked that not all results lose and that some Sharpe ratio is positive. Among enough configurations both are certain by luck, so they say nothing of one result.",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(params: &EngineParams, win_rate: Measure, cost_r: Measure) -> String {
        let metrics: Vec<Measure> = METRICS
            .iter()
            .map(|spec| match spec.key {
                "win_rate" => win_rate.clone(),
                "cost_r" => cost_r.clone(),
                "trades" => Ok(64.0),
                _ => Ok(0.2),
            })
            .collect();
        criteria(&metrics, params)
    }

    #[test]
    fn each_number_is_held_against_each_level() {
        let params = EngineParams { risk_per_trade: 0.02, ..EngineParams::default() };
        let html = told(&params, Ok(0.5), Ok(0.0));
        assert_eq!(html.matches(": met").count(), 7, "{html}");
        // A Sharpe ratio of 0.2 is in none, a net of 20 % above Functional.
        assert_eq!(html.matches(": not met").count(), 3, "{html}");
        assert_eq!(html.matches("does not fit the stated").count(), 2, "{html}");
        let html = told(&params, Err(Undefined::because("no trade")), Ok(0.5));
        assert_eq!(html.matches(": not defined").count(), 3, "{html}");
        assert!(html.contains("fits the stated"), "{html}");
    }

    #[test]
    fn without_a_target_or_a_trade_nothing_is_claimed() {
        let without = EngineParams { risk_reward_ratio: None, ..EngineParams::default() };
        assert!(told(&without, Ok(0.5), Ok(0.0)).contains("this strategy has no target"));
        let none = told(&EngineParams::default(), Ok(0.5), Err(Undefined::because("no trade")));
        assert!(none.contains("without a trade there are no costs"));
    }
}

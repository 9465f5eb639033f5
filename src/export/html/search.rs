//! How far the best trial of a search can be trusted, and what its space looks like, as sentences, tables and pictures.

use super::{Cell, escape, table};
use crate::domain::{Measure, Undefined, grouped};
use crate::format::{counted, fixed, percent};
use crate::search::luck::Luck;
use crate::search::reading;
use crate::search::{Judged, Trial};
use std::fmt::Write as _;

/// One number about luck: what it is called, its value, what it means here, how it is computed.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Name.
    pub label: &'static str,
    /// Value, or a dash.
    pub value: String,
    /// In plain words, with the inputs.
    pub meaning: String,
    /// Formula and source.
    pub formula: &'static str,
    /// It speaks against the best trial.
    pub is_warning: bool,
}

fn fact(
    label: &'static str,
    value: &Measure,
    formula: &'static str,
    show: impl Fn(f64) -> String,
    meaning: impl Fn(f64) -> (String, bool),
) -> Fact {
    match value {
        Ok(value) => {
            let (meaning, is_warning) = meaning(*value);
            Fact { label, value: show(*value), meaning, formula, is_warning }
        }
        Err(Undefined(reason)) => Fact {
            label,
            value: "–".to_owned(),
            meaning: format!("It is not defined: {reason}."),
            formula,
            is_warning: false,
        },
    }
}

fn share(value: f64) -> String {
    percent(value, 1)
}

fn p(value: f64) -> String {
    fixed(value, 4)
}

/// Every number about luck, the most telling first; none without a ranked trial.
pub fn luck_facts(judged: &Judged) -> Vec<Fact> {
    let Some(luck) = &judged.luck else { return Vec::new() };
    let mut facts = Vec::new();
    let [all, effective] = &luck.deflated;
    for (label, found, which) in [
        ("Deflated Sharpe ratio, all trials", all, "configurations"),
        ("Deflated Sharpe ratio, trials that differ", effective, "groups of alike trials"),
    ] {
        let beaten = found.expected_max.as_ref().map_or_else(|_| "–".to_owned(), |v| fixed(*v, 4));
        facts.push(fact(
            label,
            &found.value,
            "PSR against √Var(SR)·E[max Z of N] (Bailey and López de Prado 2014); trials are alike from a correlation of 0.5 on",
            share,
            |value| {
                let bad = value < 0.95;
                (
                    format!(
                        "The best of {} worthless {which} is expected to show a Sharpe ratio of {beaten} a period. The chance that the true one lies above it is {}; 95 % is the bar.",
                        grouped(found.trials),
                        share(value)
                    ),
                    bad,
                )
            },
        ));
    }
    let overfitting = luck.overfitting.as_ref().map(|pbo| pbo.pbo).map_err(Clone::clone);
    facts.push(fact(
        "Probability of overfitting",
        &overfitting,
        "PBO by CSCV: share of the halves of the blocks in which the trial chosen by Sharpe ranks in the lower half outside, λ ≤ 0 (Bailey, Borwein, López de Prado and Zhu 2017)",
        share,
        |value| (overfitting_words(luck, value), value >= 0.5),
    ));
    for (label, found, against) in [
        ("SPA against holding nothing", &luck.superior[0], "holding nothing"),
        ("SPA against holding the market", &luck.superior[1], "holding the market"),
    ] {
        facts.push(fact(
            label,
            &found.spa[1],
            "Hansen (2005), consistent p; stationary bootstrap, 2,000 replicates, block = median of the automatic lengths",
            p,
            |value| {
                let [lower, _, upper] = &found.spa;
                let end = |value: &Measure| value.as_ref().map_or_else(|_| "–".to_owned(), |v| p(*v));
                (
                    format!(
                        "If no trial were better than {against}, a best one as good as this would turn up with p = {} (from {} to {}; {}, blocks of {} periods).",
                        p(value),
                        end(lower),
                        end(upper),
                        counted(found.models, "trial"),
                        fixed(found.block, 1)
                    ),
                    value >= 0.05,
                )
            },
        ));
        let label = if against == "holding nothing" {
            "Reality Check against holding nothing"
        } else {
            "Reality Check against holding the market"
        };
        facts.push(fact(
            label,
            &found.reality_check,
            "White (2000): max √T·mean(d) against its bootstrap about the means",
            p,
            |value| {
                (
                    format!(
                        "The same question without regard to how much each trial varies: p = {}.",
                        p(value)
                    ),
                    value >= 0.05,
                )
            },
        ));
    }
    for haircut in &luck.haircuts {
        let (label, formula) = match haircut.name {
            "bonferroni" => ("Haircut Sharpe, Bonferroni", "p·M, the strictest"),
            "holm" => ("Haircut Sharpe, Holm", "largest (M − i + 1)·p₍ᵢ₎ up to the trial"),
            _ => (
                "Haircut Sharpe, BHY",
                "smallest M·c(M)/i·p₍ᵢ₎ from the trial on, c(M) = Σ1/j (Harvey and Liu 2015)",
            ),
        };
        let own = luck.sharpe.as_ref().map_or_else(|_| "–".to_owned(), |v| fixed(*v, 2));
        facts.push(fact(label, &haircut.sharpe, formula, |v| fixed(v, 2), |value| {
            let p_value = haircut.p.as_ref().map_or_else(|_| "–".to_owned(), |v| p(*v));
            let gone = haircut.haircut.as_ref().map_or_else(|_| "–".to_owned(), |v| percent(*v, 0));
            (
                format!(
                    "Of the annual Sharpe ratio of {own}, {} is left after {}: {gone} is taken off, p = {p_value}.",
                    fixed(value, 2),
                    counted(luck.trials, "trial")
                ),
                value <= 0.0,
            )
        }));
    }
    facts
}

fn overfitting_words(luck: &Luck, value: f64) -> String {
    let Ok(pbo) = &luck.overfitting else { return String::new() };
    format!(
        "Chosen on one half of the time, the best trial ranks in the lower half on the other in {} of {} ways to cut it; there it loses in {} ({} trials, {} periods in {} blocks).",
        share(value),
        grouped(pbo.combinations),
        share(pbo.prob_oos_loss),
        grouped(luck.trials),
        grouped(luck.points),
        pbo.blocks
    )
}

/// What to be wary of, in sentences.
pub fn search_warnings(judged: &Judged) -> Vec<String> {
    let trades = judged
        .found
        .winner()
        .and_then(Trial::numbers)
        .and_then(|numbers| numbers.metrics[0].as_ref().ok().copied());
    let plateau = judged.plateau.as_ref().ok();
    let sentence = |alarm: &reading::Alarm| match alarm.code.as_str() {
        "edge" => format!(
            "The best trial lies at the end of the range of {}: the search may stop short of what it looks for. Widen the range.",
            alarm.param.as_deref().unwrap_or("a parameter")
        ),
        "lone_spike" => format!(
            "The best trial stands alone: of all ranked trials only {} do worse than the middle of its {} nearest neighbours.",
            plateau.map_or_else(String::new, |found| percent(found.score, 0)),
            plateau.map_or(0, |found| found.neighbours)
        ),
        "few_trades" => format!(
            "The best trial makes only {}: 100 are few enough.",
            counted(trades.unwrap_or_default() as usize, "trade")
        ),
        _ => "The window is shorter than 90 days: it holds one kind of market.".to_owned(),
    };
    judged.alarms.iter().map(sentence).collect()
}

/// The judgement: the sentence, the warnings, and every number with its formula.
pub fn luck(judged: &Judged, min_trades: u32) -> String {
    let mut out = String::new();
    let (sentence, is_warning) = judged.sentence(min_trades);
    super::robust::verdict(&mut out, &sentence, is_warning);
    let warnings = search_warnings(judged);
    if !warnings.is_empty() {
        out.push_str("<ul class=\"warnings\">");
        for warning in warnings {
            let _ = write!(out, "<li>{}</li>", escape(&warning));
        }
        out.push_str("</ul>");
    }
    let facts = luck_facts(judged);
    if facts.is_empty() {
        return out;
    }
    let mut rows: Vec<Vec<Cell>> = facts
        .iter()
        .map(|fact| {
            let label =
                format!("{}<br><small>{}</small>", escape(fact.label), escape(fact.formula));
            let mut value = Cell::number(fact.value.clone());
            if fact.is_warning {
                value.class = "number neg";
            }
            vec![Cell::html(label), value, Cell::prose(fact.meaning.clone())]
        })
        .collect();
    let plateau = match &judged.plateau {
        Ok(found) => (
            percent(found.score, 0),
            format!(
                "Of all ranked trials, {} do worse than the middle of the {} nearest neighbours of the best; below 75 % it stands alone.",
                percent(found.score, 0),
                found.neighbours
            ),
        ),
        Err(Undefined(reason)) => ("–".to_owned(), format!("It is not defined: {reason}.")),
    };
    rows.push(vec![
        Cell::html(
            "Plateau<br><small>nearest by steps on each axis; own choice</small>".to_owned(),
        ),
        Cell::number(plateau.0),
        Cell::prose(plateau.1),
    ]);
    let (evaluated, ..) = judged.found.counts();
    let [p05, p01, p001] = reading::coverage(evaluated);
    rows.push(vec![
        Cell::html("Coverage<br><small>1 − (1 − x)ᴺ, as if at random</small>".to_owned()),
        Cell::number(percent(p01, 1)),
        Cell::prose(format!(
            "The chance that {} hold one of the best 1 % of the space; {} for the best 5 %, {} for the best 0.1 %.",
            counted(evaluated, "trial"),
            percent(p05, 1),
            percent(p001, 1)
        )),
    ]);
    table(
        &mut out,
        "How far the best trial can be trusted",
        &["Number", "Value", "What it says"],
        &rows,
    );
    out
}

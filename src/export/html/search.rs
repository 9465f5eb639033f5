//! How far the best trial of a search can be trusted, and the table of trials.

use super::{Cell, escape, table};
use crate::domain::{Measure, Undefined, grouped, order_of, sort_rows};
use crate::engine::EngineParams;
use crate::format::{counted, fixed, percent};
use crate::metrics::{self, METRICS};
use crate::search::luck::{DEFLATED, Luck};
use crate::search::reading;
use crate::search::{Found, Judged, OVERFIT, Trial, Trials};
use crate::strategy::STRATEGIES;
use crate::table::ParamValue;
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
    let Ok(luck) = &judged.luck else { return Vec::new() };
    let mut facts = Vec::new();
    let [all, effective] = &luck.deflated;
    for (label, found, which) in [
        ("Deflated Sharpe ratio, all trials", all, "configurations"),
        ("Deflated Sharpe ratio, trials that differ", effective, "groups of similar trials"),
    ] {
        let beaten = found.expected_max.as_ref().map_or_else(|_| "–".to_owned(), |v| fixed(*v, 4));
        facts.push(fact(
            label,
            &found.value,
            "PSR against √Var(SR)·E[max Z of N] (Bailey and López de Prado 2014); trials are alike from a correlation of 0.5 on",
            share,
            |value| {
                let bad = value < DEFLATED;
                let before = found.trials.saturating_sub(luck.trials);
                let seen = if which == "configurations" && before > 0 {
                    format!(" ({} of this search, {} seen before)", grouped(luck.trials), grouped(before))
                } else {
                    String::new()
                };
                (
                    format!(
                        "The best of {} worthless {which}{seen} is expected to show a Sharpe ratio of {beaten} a period. The chance that the true Sharpe ratio of the best trial is higher is {}. At least 95 % is needed.",
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
        |value| (overfitting_words(luck, value), value >= OVERFIT),
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
                        "If no trial were better than {against}, a best one as good as this would turn up with p = {} (lower bound {}, upper bound {}; {}, blocks of {} periods).",
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
                        "An older form of the test above, in which one wild trial can hide a good one: p = {}.",
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
                    "Of the annual Sharpe ratio of {own}, {} is left once {} are allowed for: {gone} is taken off, p = {p_value}.",
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
        "Chosen on one half of the time, the best trial ranks in the lower half on the other in {} of {} ways to cut it. That tells whether the order of trials holds, not whether any of them earns: the chosen one loses there in {} ({} trials, {} periods in {} blocks).",
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
    let label = |key: &str| {
        let all = STRATEGIES.iter().flat_map(|strategy| strategy.params).chain(EngineParams::SPECS);
        all.into_iter().find(|spec| spec.key == key).map(|spec| spec.label)
    };
    let sentence = |alarm: &reading::Alarm| match alarm.code.as_str() {
        "edge" => format!(
            "The best trial lies at or near the end of the searched values of {}: better ones may lie beyond. Widen them where the parameter allows it.",
            alarm.param.as_deref().and_then(label).unwrap_or("a parameter")
        ),
        "lone_spike" => format!(
            "The best trial stands alone: of all ranked trials only {} do worse than the median of its {} nearest neighbours.",
            plateau.map_or_else(String::new, |found| percent(found.score, 0)),
            plateau.map_or(0, |found| found.neighbours)
        ),
        "few_trades" => format!(
            "The best trial makes only {}: fewer than 100 say little.",
            counted(trades.unwrap_or_default() as usize, "trade")
        ),
        _ => "The window is shorter than 90 days: it may hold only one kind of market.".to_owned(),
    };
    let mut warnings: Vec<String> = judged.alarms.iter().map(sentence).collect();
    let overfitting = judged.luck.as_ref().ok().and_then(|luck| luck.overfitting.as_ref().ok());
    if overfitting.is_some_and(|found| found.pbo >= OVERFIT) {
        warnings.push(
            "The probability of overfitting is one half or more: the order of the trials does not hold over time."
                .to_owned(),
        );
    }
    warnings
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
    out.push_str("<div class=\"luck\">");
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
                "Of all ranked trials, {} do worse than the median of the {} nearest neighbours of the best; below 75 % it stands alone.",
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
    out.push_str("</div>");
    out
}

/// What was run, in a sentence; a search that was stopped says so.
pub fn search_counts(judged: &Judged, run: usize, total: usize) -> String {
    let (evaluated, refused, duplicates) = judged.found.counts();
    let mut out = if run < total {
        format!("Stopped after {} of {}. ", grouped(run), counted(total, "trial"))
    } else {
        String::new()
    };
    let _ = write!(
        out,
        "{} evaluated, {} of them ranked",
        counted(evaluated, "trial"),
        grouped(judged.found.ranked.len())
    );
    if refused > 0 {
        let _ = write!(
            out,
            "; {} refused, because their values contradict each other",
            grouped(refused)
        );
    }
    if duplicates > 0 {
        let _ = write!(out, "; {} with the values of an earlier one", grouped(duplicates));
    }
    out.push('.');
    out
}

/// The attribute of something that loads a trial when it is clicked: its values as a link writes them.
pub(super) fn load(trials: &Trials, trial: &Trial) -> String {
    let pairs = trials.pairs(&trial.picks);
    format!(" data-load=\"{}\" data-trial=\"{}\"", escape(&pairs.join("&")), trial.number)
}

/// How a table of trials is sorted, filtered and cut.
#[derive(Clone, Copy, Debug)]
pub struct TrialTable<'a> {
    /// `rank`, `trial`, `objective`, a searched parameter or a metric.
    pub sort: &'a str,
    /// Largest first.
    pub descending: bool,
    /// Conditions such as `trades >= 100, sharpe > 0`.
    pub filter: &'a str,
    /// Most rows.
    pub rows: usize,
}

/// Metrics that the table shows.
const SHOWN: [&str; 7] = [
    "trades",
    "win_rate",
    "expectancy_r",
    "profit_factor",
    "total_return",
    "max_drawdown",
    "sharpe",
];

/// A number of a trial by the name of a column; `None` where there is no such column, or no number.
fn column(trials: &Trials, trial: &Trial, key: &str) -> Option<f64> {
    match key {
        "rank" => trial.rank.map(f64::from),
        "trial" => Some(f64::from(trial.number)),
        "objective" => trial.objective.as_ref().ok().copied(),
        _ => match trials.axes.iter().position(|axis| axis.spec.key == key) {
            Some(at) => match trials.axes[at].values[trial.picks[at] as usize] {
                ParamValue::Number(number) => Some(number),
                ParamValue::Off => None,
                // Of words the place in their list.
                _ => Some(f64::from(trial.picks[at])),
            },
            None => reading::metric_of(trial, key)?.ok(),
        },
    }
}

/// A condition of a filter.
struct Condition {
    key: &'static str,
    test: fn(f64, f64) -> bool,
    limit: f64,
}

/// A trial meets every condition.
fn passes(conditions: &[Condition], trials: &Trials, trial: &Trial) -> bool {
    conditions.iter().all(|condition| {
        column(trials, trial, condition.key)
            .is_some_and(|value| (condition.test)(value, condition.limit))
    })
}

/// Which trials a filter lets through; all of them where it is empty or cannot be read.
pub(super) fn filtered<'a>(trials: &'a Trials, filter: &str) -> impl Fn(&Trial) -> bool + use<'a> {
    let conditions = conditions(trials, filter).unwrap_or_default();
    move |trial| passes(&conditions, trials, trial)
}

fn conditions(trials: &Trials, filter: &str) -> Result<Vec<Condition>, String> {
    type Test = fn(f64, f64) -> bool;
    const TESTS: [(&str, Test); 5] = [
        (">=", |a, b| a >= b),
        ("<=", |a, b| a <= b),
        (">", |a, b| a > b),
        ("<", |a, b| a < b),
        ("=", |a, b| a == b),
    ];
    let parts = filter.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let refuse = |why: String| {
                format!(
                    "“{part}” is not a condition: {why}. Write, for example, trades >= 100, sharpe > 0"
                )
            };
            let (name, test) = TESTS
                .iter()
                .find(|(name, _)| part.contains(name))
                .ok_or_else(|| refuse("it compares nothing".to_owned()))?;
            let (key, limit) = part.split_once(name).unwrap_or((part, ""));
            let key = key.trim();
            // By the key, or by what stands above the column.
            let named = |of: &'static str, label: &str| {
                let short = label.split(" (").next().unwrap_or(label);
                let is_it = of == key || [label, short].iter().any(|l| l.eq_ignore_ascii_case(key));
                is_it.then_some(of)
            };
            let own = [("rank", "Rank"), ("trial", "Trial"), ("objective", "Objective")];
            let key = own
                .into_iter()
                .find_map(|(of, label)| named(of, label))
                .or_else(|| trials.axes.iter().find_map(|a| named(a.spec.key, a.spec.label)))
                // Several metrics share a word: the one in the table is meant.
                .or_else(|| SHOWN.into_iter().find_map(|key| named(key, metrics::spec(key)?.label)))
                .or_else(|| METRICS.iter().find_map(|spec| named(spec.key, spec.label)))
                .ok_or_else(|| refuse(format!("no column is called “{key}”")))?;
            let limit = limit.trim();
            let (number, scale) = match limit.strip_suffix('%') {
                Some(number) => (number.trim(), 0.01),
                None => (limit, 1.0),
            };
            let limit: f64 = number
                .parse()
                .map_err(|_not_a_number| refuse(format!("“{limit}” is no number")))?;
            Ok(Condition { key, test: *test, limit: limit * scale })
        })
        .collect()
}

/// The table of distinct trials; a click on a row loads it, a click on a head sorts by it.
///
/// # Errors
///
/// What is wrong with the filter, for people.
pub fn trials(trials: &Trials, found: &Found, of: &TrialTable<'_>) -> Result<String, String> {
    let conditions = conditions(trials, of.filter)?;
    let mut rows: Vec<u32> = (0..found.trials.len() as u32)
        .filter(|&at| {
            let trial = &found.trials[at as usize];
            trial.is_distinct() && passes(&conditions, trials, trial)
        })
        .collect();
    let keys: Vec<i64> = found
        .trials
        .iter()
        .map(|trial| match column(trials, trial, of.sort) {
            Some(value) if of.descending => -order_of(value),
            Some(value) => order_of(value),
            // What has no number comes last either way.
            None => i64::MAX,
        })
        .collect();
    sort_rows(&mut rows, |at| keys[at as usize]);
    let all = rows.len();
    rows.truncate(of.rows);
    let mut heads: Vec<(&str, &str)> =
        vec![("rank", "Rank"), ("trial", "Trial"), ("objective", "Objective")];
    heads.extend(SHOWN.iter().filter_map(|key| Some((*key, metrics::spec(key)?.label))));
    heads.extend(trials.axes.iter().map(|axis| (axis.spec.key, axis.spec.label)));
    let mut out = String::new();
    let _ = write!(
        out,
        "<p class=\"note\">{} of {} shown{}.</p><div class=\"scroll-x\" tabindex=\"0\" role=\"region\" aria-label=\"Table of trials\"><table class=\"table table--plain trials\"><thead><tr>",
        grouped(rows.len()),
        counted(all, if conditions.is_empty() { "trial" } else { "matching trial" }),
        if conditions.is_empty() {
            String::new()
        } else {
            format!(", of {} in all", grouped(found.distinct().count()))
        },
    );
    for (key, label) in &heads {
        let sorted = match (*key == of.sort, of.descending) {
            (true, true) => " aria-sort=\"descending\"",
            (true, false) => " aria-sort=\"ascending\"",
            _ => "",
        };
        let _ = write!(
            out,
            "<th scope=\"col\"{sorted}><button type=\"button\" class=\"link\" data-sort=\"{key}\">{}</button></th>",
            escape(label)
        );
    }
    out.push_str("</tr></thead><tbody>");
    for &at in &rows {
        row(&mut out, trials, found, &found.trials[at as usize]);
    }
    out.push_str("</tbody></table></div>");
    Ok(out)
}

fn row(out: &mut String, trials: &Trials, found: &Found, trial: &Trial) {
    let rank = trial.rank.map_or_else(|| "–".to_owned(), |rank| grouped(rank as usize));
    let _ = write!(
        out,
        "<tr><th scope=\"row\" class=\"number\">{rank}</th><td class=\"number\"><button type=\"button\" class=\"link\"{} title=\"Load this trial into the Backtest page\">{}</button></td>",
        load(trials, trial),
        trial.number
    );
    let objective = match (&trial.objective, found.objective) {
        (Ok(_), Some(spec)) => spec.unit.show(&trial.objective, false),
        _ => "–".to_owned(),
    };
    let _ = write!(out, "<td class=\"number\">{objective}</td>");
    for key in SHOWN {
        let value = reading::metric_of(trial, key);
        let shown = match (value, metrics::spec(key)) {
            (Some(value), Some(spec)) => spec.unit.show(&value, false),
            _ => "–".to_owned(),
        };
        let _ = write!(out, "<td class=\"number\">{}</td>", escape(&shown));
    }
    for (axis, value) in trials.axes.iter().zip(trials.values(&trial.picks)) {
        let _ = write!(out, "<td class=\"number\">{}</td>", escape(&axis.spec.show(value)));
    }
    out.push_str("</tr>");
}

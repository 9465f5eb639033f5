//! The anatomy of a result as tables and small charts.

use super::figures::{Bar, HEIGHT, Names, Plot, WIDTH, bars};
use super::{Cell, escape, sign, table};
use crate::anatomy::{Anatomy, Bin, Excursions, Group};
use crate::charts::scale::MONTHS;
use crate::domain::{ExitReason, Trade, format_duration, format_time, grouped};
use crate::format::{counted, fixed, percent, signed};
use crate::metrics::{METRICS, MetricInput, MetricSpec, MetricUnit};
use std::fmt::Write as _;

/// Most points of a scatter; above it every n-th trade is drawn, and that is said.
const MOST_POINTS: usize = 1_000;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// A number of winners or losers.
type OfExcursions = fn(&Excursions) -> Option<f64>;
const EXCURSIONS: [(&str, OfExcursions); 4] = [
    ("MAE, median", |found| found.mae_r.map(|spread| spread.p50)),
    ("MAE, 90 % quantile", |found| found.mae_r.map(|spread| spread.p90)),
    ("MFE, median", |found| found.mfe_r.map(|spread| spread.p50)),
    ("MFE, 90 % quantile", |found| found.mfe_r.map(|spread| spread.p90)),
];
/// What is compared between long and short trades.
const SIDES: [&str; 10] = [
    "trades",
    "win_rate",
    "profit_factor",
    "expectancy_r",
    "average_win_r",
    "average_loss_r",
    "net_profit",
    "longest_losing_streak",
    "average_minutes_held",
    "ambiguous_trades",
];

/// Where things are to be found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places<'a> {
    /// Opens of the candles of a price chart: with them, marks can be clicked on. A report has none.
    pub candles: Option<&'a [i64]>,
    /// Number of the first trade, from 0: those behind a split line are numbered on from those before it.
    pub first: u32,
}

/// What a click shows: these trades, under this name.
fn trades_of(places: Places<'_>, numbers: &[u32], label: &str, id: &str) -> String {
    if places.candles.is_none() || numbers.is_empty() {
        return String::new();
    }
    let list: Vec<String> =
        numbers.iter().map(|number| (places.first + number).to_string()).collect();
    let list = list.join(" ");
    format!(" data-trades=\"{list}\" data-label=\"{}\" data-id=\"{id}\"", escape(label))
}

/// The same as a mark that [`trades_of`] gave an id: large groups are written once.
fn trades_as(places: Places<'_>, id: &str) -> String {
    if places.candles.is_some() { format!(" data-of=\"{id}\"") } else { String::new() }
}

/// What a click shows: this stretch of the price chart.
fn span_of(places: Places<'_>, from_ms: i64, to_ms: i64) -> String {
    let Some(candles) = places.candles else { return String::new() };
    let from = candles.partition_point(|&time| time < from_ms);
    let to = candles.partition_point(|&time| time <= to_ms);
    format!(" data-from=\"{from}\" data-to=\"{to}\"")
}

/// A picture or table with its name and what it says.
fn part(out: &mut String, (title, note): (&str, &str), class: &str, content: &str) {
    let _ = write!(
        out,
        "<figure class=\"cut {class}\"><figcaption><h3>{}</h3><p>{}</p></figcaption>{content}</figure>",
        escape(title),
        escape(note)
    );
}

/// The numbers of a picture for those who read rather than look, and for the keyboard.
fn twin(places: Places<'_>, caption: &str, head: &[&str], rows: &[Vec<Cell>]) -> String {
    if places.candles.is_none() || rows.is_empty() {
        return String::new();
    }
    let mut out = "<details class=\"fold\"><summary>Table</summary>".to_owned();
    table(&mut out, caption, head, rows);
    out.push_str("</details>");
    out
}

fn mean_r(group: &Group) -> String {
    group.mean_r().map_or_else(|| "–".to_owned(), |mean| format!("{} R", signed(mean, 2)))
}

/// What a group of trades is, in a line.
fn about(name: &str, group: &Group) -> String {
    let count = counted(group.trades.len(), "trade");
    let wins = counted(group.wins, "win");
    format!("{name}: {count}, {wins}, mean {}, net {}", mean_r(group), signed(group.net, 2))
}

fn group_row(name: String, group: &Group, link: String) -> Vec<Cell> {
    let mean = group.mean_r().unwrap_or(0.0);
    vec![
        Cell::new(name).linked(link),
        Cell::new(grouped(group.trades.len())),
        Cell::new(grouped(group.wins)),
        Cell::signed(mean, mean_r(group)),
        Cell::signed(group.net, signed(group.net, 2)),
    ]
}

const GROUP_HEAD: [&str; 4] = ["Trades", "Wins", "Mean R", "Net"];

/// Everything about a result. With candles in `places` what is shown can be clicked on.
pub fn anatomy(
    anatomy: &Anatomy,
    trades: &[Trade],
    metrics: &[crate::domain::Measure],
    places: Places<'_>,
) -> String {
    let mut out = String::new();
    months(&mut out, anatomy, places);
    drawdowns(&mut out, anatomy, places);
    distribution(
        &mut out,
        places,
        (
            "Distribution of R",
            "Net result of each trade in multiples of its risk; wins below, losses and flat trades above.",
        ),
        ("Net R", 1),
        &anatomy.r,
    );
    excursions(&mut out, anatomy, trades, places);
    rolling(&mut out, anatomy, places);
    distribution(
        &mut out,
        places,
        (
            "Holding time",
            "Clock rows from the entry to the exit; wins below, losses and flat trades above.",
        ),
        ("Rows held", 0),
        &anatomy.held,
    );
    hours(&mut out, anatomy, places);
    exits(&mut out, anatomy, places);
    sides(&mut out, anatomy);
    hold(&mut out, anatomy, metrics);
    out
}

fn months(out: &mut String, anatomy: &Anatomy, places: Places<'_>) {
    let mut head = vec!["Year"];
    head.extend(MONTHS);
    head.push("All");
    let rows: Vec<Vec<Cell>> = anatomy
        .years
        .iter()
        .map(|year| {
            let mut row = vec![Cell::new(year.year.to_string())];
            row.resize(13, Cell::default());
            for month in anatomy.months.iter().filter(|month| month.year == year.year) {
                let cell = match &month.change {
                    Ok(change) => Cell::signed(*change, signed(*change * 100.0, 1)),
                    Err(_) => Cell::new("–"),
                };
                let (from, to) = month.rows_ms;
                row[month.month as usize] = cell.linked(span_of(places, from, to));
            }
            row.push(match &year.change {
                Ok(change) => Cell::signed(*change, signed(*change * 100.0, 1)),
                Err(_) => Cell::new("–"),
            });
            row
        })
        .collect();
    let mut content = String::new();
    table(&mut content, "Monthly and yearly returns", &head, &rows);
    let note = "Change of the marked equity in percent, UTC months; a month without rows is empty.";
    part(out, ("Monthly and yearly returns", note), "cut--wide", &content);
}

fn drawdowns(out: &mut String, anatomy: &Anatomy, places: Places<'_>) {
    let last = anatomy.months.last().map_or(i64::MAX, |month| month.rows_ms.1);
    let rows: Vec<Vec<Cell>> = anatomy
        .drawdowns
        .iter()
        .map(|found| {
            let end = found.recovered_ms.unwrap_or(last);
            vec![
                Cell::signed(found.depth, percent(found.depth, 2)).linked(span_of(
                    places,
                    found.from_ms,
                    end,
                )),
                Cell::new(format_time(found.from_ms)),
                Cell::new(format_time(found.trough_ms)),
                Cell::new(found.recovered_ms.map_or_else(|| "not yet".to_owned(), format_time)),
                Cell::new(format_duration(end - found.from_ms)),
            ]
        })
        .collect();
    let mut content = String::new();
    let head = ["Depth", "From (UTC)", "Lowest", "Recovered", "Length"];
    table(&mut content, "Drawdowns", &head, &rows);
    let note = format!(
        "The deepest of {} of the marked equity, each from its last peak until it is back there.",
        counted(anatomy.drawdown_count, "drawdown")
    );
    part(out, ("Drawdowns", &note), "cut--wide", &content);
}

fn distribution(
    out: &mut String,
    places: Places<'_>,
    (title, note): (&str, &str),
    (axis, decimals): (&str, usize),
    bins: &[Bin],
) {
    let is_r = decimals > 0;
    let id = |at: usize| format!("{}{at}", if is_r { "r" } else { "held" });
    let name = |bin: &Bin| {
        if is_r {
            format!("{} to {} R", fixed(bin.from, 1), fixed(bin.to, 1))
        } else if bin.to - bin.from > 1.0 {
            format!("{} to {} rows", fixed(bin.from, 0), fixed(bin.to - 1.0, 0))
        } else {
            crate::format::rows(bin.from as usize)
        }
    };
    let columns: Vec<Bar> = bins
        .iter()
        .enumerate()
        .map(|(at, bin)| {
            let group = &bin.group;
            let link = trades_of(places, &group.trades, &name(bin), &id(at));
            let note = about(&name(bin), group);
            let (wins, others) = (group.wins as f64, (group.trades.len() - group.wins) as f64);
            Bar {
                label: fixed(bin.from, decimals),
                link,
                parts: vec![
                    ("pos", wins, note.clone(), String::new()),
                    ("neg", others, note, String::new()),
                ],
            }
        })
        .collect();
    let sum: usize = bins.iter().map(|bin| bin.group.trades.len()).sum();
    let about = format!("{title}: {} in {}", counted(sum, "trade"), counted(bins.len(), "bar"));
    let mut content = bars(&columns, axis, &about, &Names::Ends);
    let rows: Vec<Vec<Cell>> = bins
        .iter()
        .enumerate()
        .filter(|(_, bin)| !bin.group.trades.is_empty())
        .map(|(at, bin)| group_row(name(bin), &bin.group, trades_as(places, &id(at))))
        .collect();
    let head = [&[axis], GROUP_HEAD.as_slice()].concat();
    content.push_str(&twin(places, title, &head, &rows));
    part(out, (title, note), "", &content);
}

fn excursions(out: &mut String, anatomy: &Anatomy, trades: &[Trade], places: Places<'_>) {
    let every = trades.len().div_ceil(MOST_POINTS).max(1);
    let drawn = || trades.iter().enumerate().step_by(every);
    let most = |value: fn(&Trade) -> f64| {
        drawn().map(|(_, trade)| value(trade)).filter(|v| v.is_finite()).fold(0.1, f64::max)
    };
    let (far, high) = (most(|trade| trade.mae_r), most(|trade| trade.mfe_r));
    let sentence =
        format!("Adverse and favourable excursion of {}", counted(drawn().count(), "trade"));
    let mut plot = Plot::new((WIDTH, HEIGHT), (0.0, high * 1.04), &sentence, fixed);
    let x = plot.x((0.0, far * 1.04));
    let (values, decimals) = crate::charts::scale::ticks(0.0, far * 1.04, 5);
    plot.below(values.into_iter().map(|value| (x.pixel(value), fixed(value, decimals))));
    plot.axis("Largest adverse excursion, R");
    plot.upright(x.pixel(1.0).min(x.pixel(far * 1.04)));
    let first = places.first as usize;
    for (number, trade) in drawn().filter(|(_, t)| t.mae_r.is_finite() && t.mfe_r.is_finite()) {
        let note = format!(
            "Trade {}: against {} R, for {} R, net {} R",
            first + number + 1,
            fixed(trade.mae_r, 2),
            fixed(trade.mfe_r, 2),
            signed(trade.net_r(), 2)
        );
        let link = format!("trade {}", first + number + 1);
        let link = trades_of(places, &[number as u32], &link, &format!("trade{number}"));
        let class = if MetricInput::is_win(trade) { "pos" } else { "neg" };
        plot.point((x.pixel(trade.mae_r), trade.mfe_r), class, &note, &link);
    }
    let mut content = plot.finish();
    let rows: Vec<Vec<Cell>> = EXCURSIONS
        .iter()
        .map(|(name, of)| {
            let show = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| fixed(v, 2));
            let mut row = vec![Cell::new(*name)];
            row.extend(anatomy.excursions.iter().map(|found| Cell::new(show(of(found)))));
            row
        })
        .collect();
    let names = ["R", "Winners", "Losers"];
    table(&mut content, "Excursions of winners and losers, R", &names, &rows);
    let mut note =
        "How far each trade went against the position (MAE, across) and for it (MFE, up), in R. \
                    Rings won, crosses did not."
            .to_owned();
    if every > 1 {
        let _ = write!(note, " One trade in {every} is drawn.");
    }
    part(out, ("Excursions", &note), "", &content);
}

fn rolling(out: &mut String, anatomy: &Anatomy, places: Places<'_>) {
    let rolling = &anatomy.rolling;
    let window = counted(rolling.window, rolling.unit.name());
    let title = "Rolling Sharpe";
    let note = format!(
        "Annualised Sharpe ratio over the last {window}, for each {}.",
        rolling.unit.name()
    );
    let points = match &rolling.points {
        Err(reason) => {
            return part(
                out,
                (title, &note),
                "",
                &format!("<p class=\"empty\">{}</p>", escape(&reason.0)),
            );
        }
        Ok(points) if points.is_empty() => {
            return part(
                out,
                (title, &note),
                "",
                "<p class=\"empty\">The equity does not vary.</p>",
            );
        }
        Ok(points) => points,
    };
    let values = || points.iter().map(|point| point.1);
    let (low, high) = values().fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
    let sentence = format!("{title} between {} and {}", fixed(low, 2), fixed(high, 2));
    let margin = (high - low).max(0.1) * 0.05;
    let mut plot = Plot::new((WIDTH, HEIGHT), (low - margin, high + margin), &sentence, fixed);
    plot.level(0.0);
    let span = (points.first().map_or(0, |p| p.0), points.last().map_or(1, |p| p.0));
    let x = plot.x((span.0 as f64, span.1 as f64));
    // Windows without variation are left out: nothing is drawn where nothing is known.
    for piece in points.chunk_by(|a, b| b.0 - a.0 <= rolling.unit.millis()) {
        plot.line(piece.iter().map(|&(time, value)| (x.pixel(time as f64), value)), "accent");
    }
    let dates: Vec<(f64, i64)> = points.iter().map(|&(t, _)| (x.pixel(t as f64), t)).collect();
    plot.below(crate::charts::scale::time_labels(&dates, 80.0));
    let mut content = plot.finish();
    let every = points.len().div_ceil(40).max(1);
    let rows: Vec<Vec<Cell>> = points
        .iter()
        .step_by(every)
        .map(|&(time, value)| {
            let from = time - (rolling.window as i64 - 1) * rolling.unit.millis();
            vec![
                Cell::new(format_time(time)).linked(span_of(places, from, time)),
                Cell::signed(value, signed(value, 2)),
            ]
        })
        .collect();
    content.push_str(&twin(places, title, &["Window ends (UTC)", "Sharpe"], &rows));
    part(out, (title, &note), "", &content);
}

fn hours(out: &mut String, anatomy: &Anatomy, places: Places<'_>) {
    let strongest = anatomy
        .hours
        .iter()
        .filter_map(Group::mean_r)
        .fold(0.0_f64, |most, mean| most.max(mean.abs()));
    let (left, top, wide, tall) = (34.0, 6.0, (WIDTH - 42.0) / 24.0, 23.0);
    let mut picture = format!(
        "<svg class=\"figure\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Trades by weekday and hour of entry\">"
    );
    let mut rows = Vec::new();
    for (day, name) in WEEKDAYS.iter().enumerate() {
        let y = top + day as f64 * tall;
        let _ = write!(picture, "<text x=\"2\" y=\"{:.1}\">{name}</text>", y + tall / 2.0 + 4.0);
        for hour in 0..24 {
            let group = &anatomy.hours[day * 24 + hour];
            if group.trades.is_empty() {
                continue;
            }
            let mean = group.mean_r().unwrap_or(0.0);
            let class = sign(mean);
            let depth = if strongest > 0.0 { 0.15 + 0.6 * mean.abs() / strongest } else { 0.15 };
            let place = format!("{name} {hour:02}:00");
            let id = format!("hour{}", day * 24 + hour);
            let link = trades_of(places, &group.trades, &place, &id);
            let x = left + hour as f64 * wide;
            let _ = write!(
                picture,
                "<g{link}><title>{}</title><rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill-opacity=\"{depth:.2}\"/><text class=\"count {class}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text></g>",
                escape(&about(&place, group)),
                wide - 1.0,
                tall - 1.0,
                x + wide / 2.0,
                y + tall / 2.0 + 3.0,
                group.trades.len()
            );
            rows.push(group_row(place, group, trades_as(places, &id)));
        }
    }
    for hour in (0..24).step_by(3) {
        let _ = write!(
            picture,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{hour:02}</text>",
            left + (f64::from(hour) + 0.5) * wide,
            top + 7.0 * tall + 14.0
        );
    }
    let _ = write!(
        picture,
        "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">Hour of entry, UTC</text></svg>",
        WIDTH - 8.0,
        HEIGHT - 8.0
    );
    let head = [&["Entry (UTC)"], GROUP_HEAD.as_slice()].concat();
    picture.push_str(&twin(places, "Trades by weekday and hour of entry", &head, &rows));
    let note = "Trades by the entry’s weekday and hour. The number counts them; it is underlined where \
                their mean net is below zero, and the colour says how far.";
    part(out, ("Hour and weekday", note), "", &picture);
}

fn exits(out: &mut String, anatomy: &Anatomy, places: Places<'_>) {
    const CLASSES: [&str; 5] = ["exit-stop", "exit-target", "exit-time", "exit-signal", "exit-end"];
    let name = |reason: ExitReason| reason.name().replace('_', " ");
    let columns: Vec<Bar> = anatomy
        .exits
        .iter()
        .enumerate()
        .map(|(at, period)| {
            let parts = ExitReason::ALL.iter().zip(&period.groups).zip(CLASSES);
            let part = |((reason, group), class): ((&ExitReason, &Group), &'static str)| {
                let label = format!("{}, exit by {}", period.label, name(*reason));
                let id = format!("{class}{at}");
                let link = trades_of(places, &group.trades, &label, &id);
                (class, group.trades.len() as f64, about(&label, group), link)
            };
            Bar {
                label: period.label.clone(),
                link: String::new(),
                parts: parts.map(part).collect(),
            }
        })
        .collect();
    let sentence = format!("Exit reasons over {}", counted(columns.len(), "period"));
    let mut content = bars(&columns, "Exits by reason", &sentence, &Names::Middles);
    let used: Vec<usize> = (0..5)
        .filter(|&at| anatomy.exits.iter().any(|period| !period.groups[at].trades.is_empty()))
        .collect();
    content.push_str("<p class=\"legend\">");
    for &at in &used {
        let _ = write!(
            content,
            "<span class=\"swatch {}\"></span> {} ",
            CLASSES[at],
            name(ExitReason::ALL[at])
        );
    }
    content.push_str("</p>");
    let rows: Vec<Vec<Cell>> = anatomy
        .exits
        .iter()
        .enumerate()
        .map(|(number, period)| {
            let mut row = vec![Cell::new(&period.label)];
            for &at in &used {
                let group = &period.groups[at];
                let link = match group.trades.len() {
                    0 => String::new(),
                    _ => trades_as(places, &format!("{}{number}", CLASSES[at])),
                };
                row.push(Cell::new(grouped(group.trades.len())).linked(link));
            }
            row
        })
        .collect();
    let names: Vec<String> = used.iter().map(|&at| name(ExitReason::ALL[at])).collect();
    let mut head = vec!["Period (UTC)"];
    head.extend(names.iter().map(String::as_str));
    content.push_str(&twin(places, "Exit reasons over time", &head, &rows));
    let note = "How the trades ended, by the time of their exit.";
    part(out, ("Exit reasons over time", note), "", &content);
}

/// What the value of a metric does not say of its unit.
pub(super) fn unit_of(spec: &MetricSpec) -> &'static str {
    if spec.unit == MetricUnit::Money { ", money" } else { "" }
}

fn sides(out: &mut String, anatomy: &Anatomy) {
    let rows: Vec<Vec<Cell>> = SIDES
        .iter()
        .filter_map(|key| {
            let at = METRICS.iter().position(|spec| spec.key == *key)?;
            let spec = &METRICS[at];
            let mut row = vec![Cell::new(format!("{}{}", spec.label, unit_of(spec)))];
            row.extend(
                anatomy.sides.iter().map(|side| Cell::new(spec.unit.show(&side[at], false))),
            );
            Some(row)
        })
        .collect();
    let mut content = String::new();
    table(&mut content, "Long against short", &["Number", "Long", "Short"], &rows);
    let note = "The same definitions as in the list of all metrics, over the trades of one side.";
    part(out, ("Long against short", note), "", &content);
}

fn hold(out: &mut String, anatomy: &Anatomy, metrics: &[crate::domain::Measure]) {
    let mut rows: Vec<Vec<Cell>> = METRICS
        .iter()
        .zip(metrics)
        .zip(&anatomy.hold)
        .filter(|((spec, _), _)| spec.is_of_equity())
        .map(|((spec, ours), held)| {
            let show = |value| Cell::new(spec.unit.show(value, false));
            vec![Cell::new(spec.label), show(ours), show(held)]
        })
        .collect();
    rows.push(vec![
        Cell::new("Largest run-up"),
        Cell::new(percent(anatomy.run_up, 1)),
        Cell::new(percent(anatomy.hold_run_up, 1)),
    ]);
    let mut content = String::new();
    table(&mut content, "Beside buy and hold", &["Number", "This run", "Buy and hold"], &rows);
    let note = "Buy and hold is the starting equity in the market from the first usable open on, without costs. The run-up \
                is the highest equity relative to the lowest before it.";
    part(out, ("Beside buy and hold", note), "", &content);
}

//! What the space of a search looks like: cells, points, lines, and where the best trials lie.

use super::escape;
use super::figures::{HEIGHT, Plot, WIDTH};
use super::search::{filtered, load};
use crate::format::{counted, fixed, percent};
use crate::metrics::{Better, METRICS, MetricUnit};
use crate::search::reading::{self, Over, cell_of};
use crate::search::{Axis, Found, Trial, Trials};
use crate::table::ParamValue;
use std::fmt::Write as _;

/// Side of a cell of the heat map.
const CELL: f64 = 20.0;
/// Room for the labels of a heat map.
const MARGIN: (f64, f64) = (76.0, 40.0);

/// The value of an axis at which a cell begins, for people.
fn cell_label(axis: &Axis, cell: usize) -> String {
    let count = axis.values.len();
    let first = (0..count).find(|&pick| cell_of(axis, pick as u32) == cell).unwrap_or(0);
    axis.spec.show(axis.values[first])
}

/// Two parameters by a metric: cells in shades, and below them every trial as a point.
pub fn surface(
    trials: &Trials,
    found: &Found,
    (x, y): (usize, usize),
    metric: &str,
    over: Over,
) -> String {
    let Some(place) = METRICS.iter().position(|spec| spec.key == metric) else {
        return String::new();
    };
    let mut out = String::from("<div class=\"cuts\">");
    out.push_str(&heat(trials, found, (x, y), (place, over), None));
    scatter(&mut out, trials, found, x, place);
    out.push_str("</div>");
    out
}

/// Two parameters by a metric, by its place in [`METRICS`]: cells in shades. `here` are the places of the values that are
/// chosen now, whose cell is marked.
pub fn heat(
    trials: &Trials,
    found: &Found,
    (x, y): (usize, usize),
    (place, over): (usize, Over),
    here: Option<(u32, u32)>,
) -> String {
    let spec = &METRICS[place];
    let (right, up) = (&trials.axes[x], &trials.axes[y]);
    let is_flat = x == y;
    let cells = reading::surface(found, &trials.axes, (x, y), place, over);
    let defined: Vec<f64> = cells.values.iter().flatten().copied().collect();
    let low = defined.iter().copied().fold(f64::INFINITY, f64::min);
    let high = defined.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if defined.is_empty() {
        return "<p class=\"note\">The metric is not defined in any trial.</p>".to_owned();
    }
    let (columns, lines) = if is_flat { (cells.size.0, 1) } else { cells.size };
    let (width, height) =
        (MARGIN.0 + columns as f64 * CELL + 8.0, lines as f64 * CELL + MARGIN.1 + 6.0);
    let mut out = String::new();
    let marked = here.map(|(column, row)| (cell_of(right, column), cell_of(up, row)));
    let show = |value: f64| spec.unit.show(&Ok(value), false);
    let about = format!(
        "{} of {} over {} and {}: from {} to {}",
        over.name(),
        spec.label,
        right.spec.label,
        up.spec.label,
        show(low),
        show(high)
    );
    let _ = write!(
        out,
        "<figure class=\"cut cut--wide\"><figcaption>{}</figcaption><svg class=\"figure heat\" width=\"{width:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"group\" aria-label=\"{}\">",
        escape(&format!(
            "{}{} by {} and {}",
            spec.label,
            if cells.counts.iter().all(|count| *count <= 1) {
                String::new()
            } else {
                format!(" ({})", over.name())
            },
            right.spec.label,
            up.spec.label
        )),
        escape(&about)
    );
    for line in 0..lines {
        for column in 0..columns {
            // The second parameter grows upwards.
            let row = if is_flat { column } else { lines - 1 - line };
            let at = row * cells.size.0 + column;
            let left = MARGIN.0 + column as f64 * CELL;
            let top = 4.0 + line as f64 * CELL;
            let (shade, note) = match cells.values[at] {
                None => ("shade-none".to_owned(), "no trial".to_owned()),
                Some(value) => {
                    let share = if high > low { (value - low) / (high - low) } else { 1.0 };
                    // Seven shades; the best is the strongest.
                    let share = if spec.better == Better::Lower { 1.0 - share } else { share };
                    (format!("shade-{}", (share * 6.0).round() as usize), show(value))
                }
            };
            let click = cells.trials[at].and_then(|number| {
                let place = found.trials.binary_search_by_key(&number, |t| t.number).ok()?;
                Some(format!(
                    "{} tabindex=\"0\" role=\"button\"",
                    load(trials, &found.trials[place])
                ))
            });
            let is_here = !is_flat && marked == Some((column, row));
            let mark = if is_here { " here\" id=\"map-here" } else { "" };
            let note = if is_here { format!("{note}, as it is now") } else { note };
            let name = format!(
                "{} {}, {} {}: {note}, {}",
                right.spec.label,
                cell_label(right, column),
                up.spec.label,
                cell_label(up, row),
                counted(cells.counts[at] as usize, "trial")
            );
            let _ = write!(
                out,
                "<rect class=\"{shade}{mark}\" x=\"{left:.0}\" y=\"{top:.0}\" width=\"{:.0}\" height=\"{:.0}\"{} aria-label=\"{}\"><title>{}</title></rect>",
                CELL - 1.0,
                CELL - 1.0,
                click.unwrap_or_default(),
                escape(&name),
                escape(&name)
            );
        }
    }
    let foot = 4.0 + lines as f64 * CELL;
    if !is_flat {
        for row in [0, lines - 1] {
            let top = 4.0 + (lines - 1 - row) as f64 * CELL + CELL / 2.0 + 4.0;
            let _ = write!(
                out,
                "<text x=\"{:.0}\" y=\"{top:.0}\" text-anchor=\"end\">{}</text>",
                MARGIN.0 - 6.0,
                escape(&cell_label(up, row))
            );
        }
    }
    for (column, anchor) in [(0, "start"), (columns - 1, "end")] {
        let at = MARGIN.0 + if column == 0 { 0.0 } else { columns as f64 * CELL };
        let _ = write!(
            out,
            "<text x=\"{at:.0}\" y=\"{:.0}\" text-anchor=\"{anchor}\">{}</text>",
            foot + 14.0,
            escape(&cell_label(right, column))
        );
    }
    let _ = write!(
        out,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" class=\"axis\">{} →</text></svg>",
        MARGIN.0 + columns as f64 * CELL,
        foot + 30.0,
        escape(right.spec.label)
    );
    // Where it fits beside the other one.
    if !is_flat && columns >= 8 {
        let axis = escape(up.spec.label);
        let text =
            format!("<text x=\"0\" y=\"{:.0}\" class=\"axis\">↑ {axis}</text></svg>", foot + 30.0);
        out.truncate(out.len() - "</svg>".len());
        out.push_str(&text);
    }
    let (weak, strong) = if spec.better == Better::Lower { (high, low) } else { (low, high) };
    out.push_str("<p class=\"keys-of-heat\">");
    for shade in 0..7 {
        let _ = write!(out, "<i class=\"swatch shade-{shade}\"></i>");
    }
    let _ = write!(
        out,
        " {} to {}; a click loads the best trial of a cell</p></figure>",
        escape(&show(weak)),
        escape(&show(strong))
    );
    out
}

/// Every trial as a point: a parameter to the right, a metric upwards.
fn scatter(out: &mut String, trials: &Trials, found: &Found, x: usize, metric: usize) {
    let axis = &trials.axes[x];
    let spec = &METRICS[metric];
    let points: Vec<(u32, f64, &Trial)> = found
        .distinct()
        .filter_map(|trial| {
            let value = trial.numbers()?.metrics[metric].as_ref().ok()?;
            Some((trial.picks[x], *value, trial))
        })
        .collect();
    if points.is_empty() {
        return;
    }
    let low = points.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
    let about = format!("{} of the trials by {}", spec.label, axis.spec.label);
    let pad = (high - low) * 0.04;
    let mut plot =
        Plot::new((WIDTH, HEIGHT), (low - pad, high + pad), &about, |value, decimals| {
            if spec.unit == MetricUnit::Percent {
                percent(value, decimals.saturating_sub(2))
            } else {
                fixed(value, decimals)
            }
        });
    let last = axis.values.len().saturating_sub(1).max(1) as f64;
    let scale = plot.x((-0.5, last + 0.5));
    let best = found.winner().map(|winner| winner.number);
    // A picture of more points than can be told apart is only slow.
    let step = points.len().div_ceil(MOST_POINTS);
    for (at, (pick, value, trial)) in points.iter().enumerate() {
        let is_best = Some(trial.number) == best;
        if at % step != 0 && !is_best {
            continue;
        }
        let note = format!(
            "Trial {}: {} {}, {} {}",
            trial.number,
            axis.spec.label,
            axis.spec.show(axis.values[*pick as usize]),
            spec.label,
            spec.unit.show(&Ok(*value), false)
        );
        let class = if is_best { "best" } else { "trial" };
        plot.point((scale.pixel(f64::from(*pick)), *value), class, &note, &load(trials, trial));
    }
    let ends = [0, axis.values.len() - 1];
    let labels: Vec<(f64, String)> = ends
        .iter()
        .map(|&pick| (scale.pixel(pick as f64), axis.spec.show(axis.values[pick])))
        .collect();
    plot.below(labels);
    plot.axis(axis.spec.label);
    let _ = write!(
        out,
        "<figure class=\"cut\"><figcaption>{}</figcaption>{}</figure>",
        escape(&about),
        plot.finish()
    );
}

/// Most points of a picture.
const MOST_POINTS: usize = 600;
/// Lines of the picture of all parameters.
const MOST_LINES: usize = 200;

/// Most places of an axis at which a brush can begin or end.
const MOST_STOPS: usize = 64;

/// The values of an axis at which a brush can begin or end, from the lowest to the highest, as a filter writes them; none
/// where they are no numbers.
fn stops(axis: &Axis) -> Vec<String> {
    let last = axis.values.len() - 1;
    let count = last.min(MOST_STOPS - 1);
    let stop = |at: usize| match axis.values[(at * last).checked_div(count).unwrap_or(0)] {
        ParamValue::Number(number) => Some(number.to_string()),
        _ => None,
    };
    (0..=count).map(stop).collect::<Option<_>>().unwrap_or_default()
}

/// All parameters side by side: a line a trial, the best tenth above the others, and those that a filter leaves out in the
/// background. Axes carry what a brush along them needs.
pub fn parallel(trials: &Trials, found: &Found, filter: &str) -> String {
    if found.ranked.is_empty() {
        return String::new();
    }
    let axes = &trials.axes;
    let count = axes.len() + 1;
    let (width, height) = (760.0, 260.0);
    let (top, bottom) = (30.0, height - 26.0);
    let x = |at: usize| 60.0 + at as f64 * (width - 120.0) / (count - 1).max(1) as f64;
    let ranks = found.ranked.len();
    let best = ranks.div_ceil(10);
    let y_axis = |axis: &Axis, pick: u32| {
        let last = axis.values.len().saturating_sub(1).max(1) as f64;
        bottom - f64::from(pick) / last * (bottom - top)
    };
    let y_rank = |place: usize| top + place as f64 / (ranks - 1).max(1) as f64 * (bottom - top);
    let mut out = format!(
        "<svg class=\"figure parallel\" viewBox=\"0 0 {width} {height}\" role=\"group\" aria-label=\"{}\">",
        escape(&format!(
            "{} over {}, the best tenth marked; of the others at most 200 are drawn",
            counted(ranks, "ranked trial"),
            counted(axes.len(), "parameter")
        ))
    );
    let step = ranks.div_ceil(MOST_LINES);
    let is_in = filtered(trials, filter);
    // The best come last, above the others, and what is filtered out lies below all.
    let drawn = |place: &usize| place.is_multiple_of(step) || *place < best;
    let (inside, outside): (Vec<usize>, Vec<usize>) = (0..ranks)
        .rev()
        .filter(drawn)
        .partition(|&place| is_in(&found.trials[found.ranked[place] as usize]));
    let out_of = outside.len();
    for (at, place) in outside.into_iter().chain(inside).enumerate() {
        let trial = &found.trials[found.ranked[place] as usize];
        let mut path = String::new();
        for (at, axis) in axes.iter().enumerate() {
            let letter = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.0} {:.0}", x(at), y_axis(axis, trial.picks[at]));
        }
        let _ = write!(path, "L{:.0} {:.0}", x(count - 1), y_rank(place));
        let class = match place {
            _ if at < out_of => "line out",
            0 => "line best",
            _ if place < best => "line good",
            _ => "line",
        };
        let picks: Vec<String> = trial.picks.iter().map(u32::to_string).collect();
        let _ = write!(
            out,
            "<path class=\"{class}\" d=\"{path}\" data-picks=\"{}\"{}><title>Trial {}, rank {}</title></path>",
            picks.join(" "),
            load(trials, trial),
            trial.number,
            place + 1
        );
    }
    for (at, axis) in axes.iter().enumerate() {
        let last = axis.values.len() - 1;
        let _ = write!(
            out,
            "<path class=\"grid\" d=\"M{x:.0} {top}V{bottom}\"/><text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text><text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text><text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\" class=\"axis\">{}</text>",
            bottom + 14.0,
            escape(&axis.spec.show(axis.values[0])),
            top - 4.0,
            escape(&axis.spec.show(axis.values[last])),
            top - 17.0,
            escape(axis.spec.label),
            x = x(at),
        );
        // Above its own line.
        let stops = stops(axis);
        if !stops.is_empty() {
            let _ = write!(
                out,
                "<rect class=\"cut-by\" data-brush=\"{}\" data-label=\"{}\" data-stops=\"{}\" x=\"{:.0}\" y=\"{top}\" width=\"28\" height=\"{:.0}\"><title>Drag along the axis of {} to see only those trials; a click lets it go</title></rect>",
                axis.spec.key,
                escape(axis.spec.label),
                stops.join(" "),
                x(at) - 14.0,
                bottom - top,
                escape(axis.spec.label)
            );
        }
    }
    let _ = write!(
        out,
        "<path class=\"grid\" d=\"M{x:.0} {top}V{bottom}\"/><text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">worst</text><text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">best</text><text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\" class=\"axis\">Rank</text></svg>",
        bottom + 14.0,
        top - 4.0,
        top - 17.0,
        x = x(count - 1),
    );
    out
}

/// Over each parameter: where the trials lie, and where the best tenth of them does.
pub fn spread(trials: &Trials, found: &Found) -> String {
    let mut out = String::from("<div class=\"cuts\">");
    for (at, axis) in trials.axes.iter().enumerate() {
        let (all, best) = reading::distribution(found, &trials.axes, at);
        let share = |counts: &[u32]| -> Vec<f64> {
            let total = counts.iter().sum::<u32>().max(1);
            counts.iter().map(|&count| f64::from(count) / f64::from(total)).collect()
        };
        let (all_shares, best_shares) = (share(&all), share(&best));
        let most = all_shares.iter().chain(&best_shares).copied().fold(0.0, f64::max);
        let about =
            format!("{}: all trials, and the best tenth of the ranked ones", axis.spec.label);
        let mut plot = Plot::new((WIDTH, 150.0), (0.0, most), &about, |value, decimals| {
            percent(value, decimals.saturating_sub(2))
        });
        let cells = all.len();
        let scale = plot.x((0.0, cells as f64));
        for cell in 0..cells {
            let (from, to) = (scale.pixel(cell as f64), scale.pixel(cell as f64 + 1.0));
            let name = cell_label(axis, cell);
            let half = f64::midpoint(from, to);
            let note = format!("{name}: {} of all", counted(all[cell] as usize, "trial"));
            plot.bar((from + 0.5, half), (0.0, all_shares[cell]), "ghost", &note, "");
            let note =
                format!("{name}: {} of the best tenth", counted(best[cell] as usize, "trial"));
            plot.bar((half, to - 0.5), (0.0, best_shares[cell]), "accent", &note, "");
        }
        plot.below([
            (scale.pixel(0.5), cell_label(axis, 0)),
            (scale.pixel(cells as f64 - 0.5), cell_label(axis, cells - 1)),
        ]);
        let _ = write!(
            out,
            "<figure class=\"cut\"><figcaption>{}</figcaption>{}</figure>",
            escape(axis.spec.label),
            plot.finish()
        );
    }
    out.push_str("</div><p class=\"keys-of-heat\"><i class=\"swatch ghost\"></i> all trials <i class=\"swatch accent\"></i> the best tenth</p>");
    out
}

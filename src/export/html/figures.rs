//! Small charts as SVG: bars, lines, points, a map. Sizes are CSS pixels of a picture [`WIDTH`] wide; colours are classes, so
//! that they follow the page's theme and the report's.

use super::escape;
use crate::charts::decimate::Column;
use crate::charts::scale::{Scale, ticks, time_labels};
use crate::format::fixed;
use std::fmt::Write as _;

/// Width of a small picture.
pub const WIDTH: f64 = 440.0;
/// Height of a small picture.
pub const HEIGHT: f64 = 210.0;
/// Width of a character of the labels. Own choice: a little more than digits have, because text cannot be measured here.
const CHARACTER: f64 = 6.4;
/// Room for the labels of the horizontal axis.
const FOOT: f64 = 34.0;

/// The frame of a picture: where its plot lies.
pub struct Plot {
    out: String,
    left: f64,
    right: f64,
    bottom: f64,
    /// Value to y.
    pub y: Scale,
}

impl Plot {
    /// A picture with a value axis for a range, labels by `name`, and what it shows in a sentence.
    pub fn new(
        (width, height): (f64, f64),
        (low, high): (f64, f64),
        about: &str,
        name: impl Fn(f64, usize) -> String,
    ) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let (values, decimals) = ticks(low, high, 4);
        let labels: Vec<String> = values.iter().map(|&value| name(value, decimals)).collect();
        let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let left = (longest as f64 * CHARACTER + 10.0).min(width * 0.4);
        let (right, bottom) = (width - 8.0, height - FOOT);
        let y = Scale::new((high, low), (10.0, bottom));
        let mut out = format!(
            "<svg class=\"figure\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">",
            escape(about)
        );
        for (value, label) in values.iter().zip(&labels) {
            let at = y.pixel(*value);
            let _ = write!(
                out,
                "<path class=\"grid\" d=\"M{left:.1} {at:.1}H{right:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 6.0,
                at + 4.0,
                escape(label)
            );
        }
        Self { out, left, right, bottom, y }
    }

    /// A horizontal scale over the plot.
    pub const fn x(&self, data: (f64, f64)) -> Scale {
        Scale::new(data, (self.left, self.right))
    }

    /// Labels below the plot, those that have room: nothing overlaps and nothing is cut.
    pub fn below(&mut self, labels: impl IntoIterator<Item = (f64, String)>) {
        let mut free = self.left - 14.0;
        for (at, label) in labels {
            let half = label.chars().count() as f64 * CHARACTER / 2.0;
            if at - half < free || at + half > self.right + 8.0 {
                continue;
            }
            free = at + half + 8.0;
            let _ = write!(
                self.out,
                "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                self.bottom + 14.0,
                escape(&label)
            );
        }
    }

    /// What the horizontal axis counts.
    pub fn axis(&mut self, name: &str) {
        let _ = write!(
            self.out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" class=\"axis\">{}</text>",
            self.right,
            self.bottom + 30.0,
            escape(name)
        );
    }

    /// A horizontal line at a value.
    pub fn level(&mut self, value: f64) {
        let at = self.y.pixel(value);
        let _ = write!(
            self.out,
            "<path class=\"zero\" d=\"M{:.1} {at:.1}H{:.1}\"/>",
            self.left, self.right
        );
    }

    /// A vertical line.
    pub fn upright(&mut self, at: f64) {
        let _ = write!(self.out, "<path class=\"zero\" d=\"M{at:.1} 10V{:.1}\"/>", self.bottom);
    }

    /// A box between two places and two values, with what it is and what a click on it shows.
    pub fn bar(
        &mut self,
        (from, to): (f64, f64),
        (low, high): (f64, f64),
        class: &str,
        note: &str,
        link: &str,
    ) {
        let (top, bottom) = (self.y.pixel(high), self.y.pixel(low));
        let _ = write!(
            self.out,
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"{link}><title>{}</title></rect>",
            (to - from).max(0.5),
            (bottom - top).max(0.5),
            escape(note)
        );
    }

    /// A round mark for gains, a cross for losses: form as well as colour.
    pub fn point(&mut self, (x, value): (f64, f64), class: &str, note: &str, link: &str) {
        let y = self.y.pixel(value);
        let is_round = class != "neg";
        let _ = if is_round {
            write!(self.out, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"{link}>")
        } else {
            write!(
                self.out,
                "<path class=\"neg mark\" d=\"M{:.1} {:.1}l5 5m0-5l-5 5\"{link}>",
                x - 2.5,
                y - 2.5
            )
        };
        let _ = write!(
            self.out,
            "<title>{}</title>{}",
            escape(note),
            if is_round { "</circle>" } else { "</path>" }
        );
    }

    /// A line through places and values; a single one is a dot.
    pub fn line(&mut self, points: impl IntoIterator<Item = (f64, f64)>, class: &str) {
        let mut path = String::new();
        for (x, value) in points {
            let _ = write!(
                path,
                "{}{x:.1} {:.1}",
                if path.is_empty() { 'M' } else { 'L' },
                self.y.pixel(value)
            );
        }
        // Nothing but its round end.
        let dot = if path.contains('L') { "" } else { "h0" };
        let _ = write!(self.out, "<path class=\"curve {class}\" d=\"{path}{dot}\"/>");
    }

    /// A decimated line over the whole plot: in each column from first over the extremes to last.
    pub fn columns(&mut self, columns: &[Column], class: &str) {
        let x = self.x((0.0, columns.len().saturating_sub(1).max(1) as f64));
        let points = columns.iter().enumerate().flat_map(|(at, column)| {
            let at = x.pixel(at as f64);
            [column.first, column.low, column.high, column.last].map(|value| (at, value))
        });
        let points: Vec<(f64, f64)> = points.collect();
        self.line(points, class);
    }

    /// Dates below the plot, by the time of each of equally wide columns.
    pub fn dates(&mut self, times_ms: &[i64]) {
        let x = self.x((0.0, times_ms.len().saturating_sub(1).max(1) as f64));
        let places: Vec<(f64, i64)> =
            times_ms.iter().enumerate().map(|(at, &time)| (x.pixel(at as f64), time)).collect();
        self.below(time_labels(&places, 80.0));
    }

    /// The finished picture.
    pub fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

/// A bar of stacked parts.
pub struct Bar {
    /// Its name on the axis.
    pub label: String,
    /// What a click on any part shows.
    pub link: String,
    /// Class, size, what it is, what a click on it shows; lowest part first.
    pub parts: Vec<(&'static str, f64, String, String)>,
}

/// What stands below bars.
pub enum Names {
    /// Their labels, below their middles.
    Middles,
    /// Their labels, below their left ends.
    Ends,
    /// Round values of an even scale.
    Values {
        /// Left end of the first bar.
        first: f64,
        /// From one bar to the next.
        step: f64,
    },
}

/// Room that a text takes, px.
pub fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * CHARACTER
}

/// Counts as bars, each beside the last.
pub fn bars(bars: &[Bar], axis: &str, about: &str, names: &Names) -> String {
    let total = |bar: &Bar| bar.parts.iter().map(|part| part.1).sum::<f64>();
    let highest = bars.iter().map(total).fold(0.0, f64::max);
    let mut plot = Plot::new((WIDTH, HEIGHT), (0.0, highest * 1.04), about, fixed);
    let x = plot.x((0.0, bars.len() as f64));
    for (at, bar) in bars.iter().enumerate() {
        let (from, to) = (x.pixel(at as f64 + 0.06), x.pixel(at as f64 + 0.94));
        let mut low = 0.0;
        let _ = write!(plot.out, "<g{}>", bar.link);
        for (class, size, note, link) in &bar.parts {
            if *size > 0.0 {
                plot.bar((from, to), (low, low + size), class, note, link);
                low += size;
            }
        }
        plot.out.push_str("</g>");
    }
    let shift = match names {
        Names::Middles => 0.5,
        Names::Ends => 0.0,
        Names::Values { first, step } => {
            let (values, decimals) = ticks(*first, first + step * bars.len() as f64, 6);
            let at = |value: f64| x.pixel((value - first) / step);
            plot.below(values.into_iter().map(|value| (at(value), fixed(value, decimals))));
            plot.axis(axis);
            return plot.finish();
        }
    };
    // As many names as have room, evenly spaced.
    let longest = bars.iter().map(|bar| bar.label.chars().count()).max().unwrap_or(1) as f64;
    let room = ((WIDTH - 60.0) / (longest * CHARACTER + 12.0)).floor().max(1.0) as usize;
    let every = bars.len().div_ceil(room).max(1);
    plot.below(
        bars.iter()
            .enumerate()
            .step_by(every)
            .map(|(at, bar)| (x.pixel(at as f64 + shift), bar.label.clone())),
    );
    plot.axis(axis);
    plot.finish()
}

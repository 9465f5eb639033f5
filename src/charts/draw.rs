//! Draws scenes on any plotters backend: a canvas on the page, SVG in tests and exports.

use super::decimate::Column;
use super::scale::{Scale, log_ticks, ticks, time_labels};
use super::scene::{Bar, Caption, Colour, CurveScene, PriceScene, Shape, Theme, Tone};
use crate::format::fixed;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What drawing on a backend may fail with.
pub type DrawError<DB> = DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;

/// Least width of a value axis, CSS pixels.
pub const AXIS_PX: f64 = 62.0;
/// Width of a character of its labels, CSS pixels. Own choice, a little more than digits have: the layout is needed where no
/// text can be measured.
const CHARACTER_PX: f64 = 6.6;
/// Height of the time axis, CSS pixels.
pub const TIME_PX: f64 = 20.0;
/// Font size, CSS pixels.
const FONT_PX: f64 = 11.0;
/// Share of the height for volume.
const VOLUME_SHARE: f64 = 0.16;
/// Height of the quality strip, CSS pixels.
const STRIP_PX: f64 = 9.0;

/// Width of a value axis for its labels, CSS pixels. Numbers of a hundred digits leave the plot more than half of `width`.
fn gutter(labels: impl IntoIterator<Item = String>, width: f64) -> f64 {
    let longest = labels.into_iter().map(|label| label.chars().count()).max().unwrap_or(0);
    (longest as f64 * CHARACTER_PX + 12.0).min(width * 0.4).max(AXIS_PX)
}

/// Where the parts of a price chart lie, device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceLayout {
    /// Candles to x.
    pub x: Scale,
    /// Price to y.
    pub price: Scale,
    /// Lowest and highest price shown.
    pub prices: (f64, f64),
    /// Right edge of the plot.
    pub right: f64,
    /// Lower edge of the plot, where the time axis begins.
    pub bottom: f64,
    volume: (f64, f64),
    strip: (f64, f64),
}

/// Lays a price chart out; the price axis fits the bars in view.
pub fn price_layout(scene: &PriceScene, size: (u32, u32), ratio: f64) -> PriceLayout {
    let (width, height) = (f64::from(size.0), f64::from(size.1));
    let bottom = height - TIME_PX * ratio;
    // Two strips with room for their names.
    let strips = if scene.has_sources { 2.8 } else { 1.0 };
    let strip = (bottom - strips * STRIP_PX * ratio, bottom);
    let volume = (strip.0 - VOLUME_SHARE * height, strip.0 - 2.0 * ratio);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for bar in &scene.bars {
        if bar.values[1].is_finite() {
            high = high.max(bar.values[1]);
            low = low.min(bar.values[2]);
        }
    }
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    let margin = ((high - low) * 0.04).max(high.abs() * 1e-6);
    let fitted = (
        if scene.log && low > 0.0 {
            low / (high / low).clamp(1.000_01, 1.04)
        } else {
            low - margin
        },
        high + margin,
    );
    let prices = scene.prices.unwrap_or(fitted);
    let (values, decimals) = if scene.log { log_ticks } else { ticks }(prices.0, prices.1, 6);
    let labels = values.into_iter().map(|value| fixed(value, decimals));
    let right = width - gutter(labels, width / ratio) * ratio;
    let pixels = (4.0 * ratio, volume.0 - 6.0 * ratio);
    let make = if scene.log { Scale::logarithmic } else { Scale::new };
    PriceLayout {
        x: Scale::new(scene.range, (0.0, right)),
        price: make((prices.1, prices.0), pixels),
        prices,
        right,
        bottom,
        volume,
        strip,
    }
}

impl PriceLayout {
    /// Round prices in view with their decimals.
    fn ticks(&self) -> (Vec<f64>, usize) {
        let ticks = if self.price.is_log() { log_ticks } else { ticks };
        ticks(self.prices.0, self.prices.1, 6)
    }

    /// Lower edge of the prices: volume begins below it.
    pub const fn price_bottom(&self) -> f64 {
        self.volume.0
    }
}

const fn rgb(Colour(r, g, b): Colour) -> RGBColor {
    RGBColor(r, g, b)
}

impl Theme {
    const fn tone(&self, tone: Tone) -> RGBColor {
        rgb(match tone {
            Tone::Gain => self.gain,
            Tone::Loss => self.loss,
            Tone::Level => self.level,
            Tone::Ink => self.ink,
            Tone::Accent => self.accent,
            Tone::Warn => self.warn,
            Tone::Ghost => self.ghost,
        })
    }
}

/// A drawing area with the theme and text in it.
struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    theme: &'a Theme,
}

type Point = (f64, f64);

fn at((x, y): Point) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}

impl<DB: DrawingBackend> Pen<'_, DB> {
    fn rect(&self, a: Point, b: Point, colour: RGBAColor) -> Result<(), DrawError<DB>> {
        self.area.draw(&Rectangle::new([at(a), at(b)], colour.filled()))
    }

    fn frame(&self, a: Point, b: Point, colour: RGBColor) -> Result<(), DrawError<DB>> {
        let width = self.theme.ratio.round().max(1.0) as u32;
        self.area.draw(&Rectangle::new([at(a), at(b)], colour.stroke_width(width)))
    }

    fn path(&self, points: Vec<Point>, colour: RGBAColor, width: f64) -> Result<(), DrawError<DB>> {
        let width = (width * self.theme.ratio).round().max(1.0) as u32;
        let points: Vec<(i32, i32)> = points.into_iter().map(at).collect();
        self.area.draw(&PathElement::new(points, colour.stroke_width(width)))
    }

    fn dashes(&self, a: Point, b: Point, colour: RGBColor) -> Result<(), DrawError<DB>> {
        let (dash, gap) = (5.0 * self.theme.ratio, 3.0 * self.theme.ratio);
        let length = ((b.0 - a.0) * (b.0 - a.0) + (b.1 - a.1) * (b.1 - a.1)).sqrt();
        let place = |along: f64| {
            let share = if length == 0.0 { 0.0 } else { (along / length).min(1.0) };
            (a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1))
        };
        let mut along = 0.0;
        while along < length {
            self.path(vec![place(along), place(along + dash)], colour.to_rgba(), 1.0)?;
            along += dash + gap;
        }
        Ok(())
    }

    fn text(
        &self,
        text: &str,
        place: Point,
        pos: (HPos, VPos),
        colour: Colour,
    ) -> Result<(), DrawError<DB>> {
        let size = FONT_PX * self.theme.ratio;
        let colour = rgb(colour);
        let style = TextStyle::from(("system-ui, sans-serif", size))
            .color(&colour)
            .pos(Pos::new(pos.0, pos.1));
        self.area.draw_text(text, &style, at(place))
    }

    fn polygon(&self, points: &[Point], colour: RGBAColor) -> Result<(), DrawError<DB>> {
        let points: Vec<(i32, i32)> = points.iter().copied().map(at).collect();
        self.area.draw(&Polygon::new(points, colour.filled()))
    }
}

/// Draws candles, volume, quality strip, levels and markers.
pub fn price<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    scene: &PriceScene,
    theme: &Theme,
) -> Result<(), DrawError<DB>> {
    let pen = Pen { area, theme };
    let ratio = theme.ratio;
    area.fill(&rgb(theme.surface))?;
    let layout = price_layout(scene, area.dim_in_pixel(), ratio);
    price_axis(&pen, &layout)?;
    if let Some((from, to)) = scene.focus {
        let (left, right) = (layout.x.pixel(from), layout.x.pixel(to));
        let (left, right) = (left.max(0.0), right.max(left + 3.0 * ratio).min(layout.right));
        if left < right {
            pen.rect((left, 0.0), (right, layout.bottom), rgb(theme.accent).mix(0.22))?;
        }
    }
    for shade in &scene.areas {
        let a = (layout.x.pixel(shade.from.0), layout.price.pixel(shade.from.1));
        let b = (layout.x.pixel(shade.to.0), layout.price.pixel(shade.to.1));
        if let Some((a, b)) = clip_box(&layout, a, b) {
            pen.rect(a, b, theme.tone(shade.tone).mix(0.13))?;
        }
    }
    for segment in &scene.segments {
        let a = (layout.x.pixel(segment.from.0), layout.price.pixel(segment.from.1));
        let b = (layout.x.pixel(segment.to.0), layout.price.pixel(segment.to.1));
        let (a, b) = ((a.0.max(0.0), a.1), (b.0.min(layout.right), b.1));
        if a.0 > layout.right || b.0 < 0.0 || outside(&layout, a.1) || outside(&layout, b.1) {
            continue;
        }
        if segment.dashed {
            pen.dashes(a, b, theme.tone(segment.tone))?;
        } else {
            pen.path(vec![a, b], theme.tone(segment.tone).to_rgba(), 1.0)?;
        }
    }
    bars(&pen, scene, &layout)?;
    for marker in &scene.markers {
        let place = (layout.x.pixel(marker.at.0), layout.price.pixel(marker.at.1));
        if (0.0..=layout.right).contains(&place.0) {
            self::marker(&pen, marker.shape, theme.tone(marker.tone), place)?;
            if !marker.label.is_empty() {
                let below = marker.shape == Shape::Up;
                let (offset, pos) = if below { (15.0, VPos::Top) } else { (-15.0, VPos::Bottom) };
                let y =
                    (place.1 + offset * ratio).clamp(12.0 * ratio, layout.volume.0 - 4.0 * ratio);
                let half = marker.label.chars().count() as f64 * CHARACTER_PX * ratio / 2.0;
                let x = place.0.min(layout.right - half).max(half);
                pen.text(&marker.label, (x, y), (HPos::Center, pos), theme.ink)?;
            }
        }
    }
    // Whatever reached into the axis is covered by it.
    let (width, height) = area.dim_in_pixel();
    pen.rect(
        (layout.right + 1.0, 0.0),
        (f64::from(width), f64::from(height)),
        rgb(theme.surface).to_rgba(),
    )?;
    price_labels(&pen, scene, &layout)?;
    time_axis(&pen, scene, &layout)?;
    area.present()
}

fn outside(layout: &PriceLayout, y: f64) -> bool {
    !(0.0..=layout.volume.0).contains(&y)
}

fn clip_box(layout: &PriceLayout, a: Point, b: Point) -> Option<(Point, Point)> {
    let (left, right) = (a.0.min(b.0).max(0.0), a.0.max(b.0).min(layout.right));
    let (top, bottom) = (a.1.min(b.1).max(0.0), a.1.max(b.1).min(layout.volume.0));
    (left < right && top < bottom).then_some(((left, top), (right, bottom)))
}

fn price_axis<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    layout: &PriceLayout,
) -> Result<(), DrawError<DB>> {
    for value in layout.ticks().0 {
        let y = layout.price.pixel(value);
        pen.path(vec![(0.0, y), (layout.right, y)], rgb(pen.theme.grid).to_rgba(), 1.0)?;
    }
    Ok(())
}

fn price_labels<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    scene: &PriceScene,
    layout: &PriceLayout,
) -> Result<(), DrawError<DB>> {
    let ratio = pen.theme.ratio;
    let (values, decimals) = layout.ticks();
    for value in values {
        let y = layout.price.pixel(value);
        if y > 6.0 * ratio && y < layout.volume.0 - 6.0 * ratio {
            pen.text(
                &fixed(value, decimals),
                (layout.right + 6.0 * ratio, y),
                (HPos::Left, VPos::Center),
                pen.theme.muted,
            )?;
        }
    }
    let middle = f64::midpoint(layout.volume.0, layout.volume.1);
    let left = layout.right + 6.0 * ratio;
    pen.text("volume", (left, middle), (HPos::Left, VPos::Center), pen.theme.muted)?;
    let strip = f64::midpoint(layout.strip.0, layout.strip.1);
    if scene.has_sources {
        let lower = (left, f64::midpoint(strip, layout.strip.1));
        pen.text("source", lower, (HPos::Left, VPos::Center), pen.theme.muted)?;
    }
    let upper = if scene.has_sources { f64::midpoint(layout.strip.0, strip) } else { strip };
    pen.text("quality", (left, upper), (HPos::Left, VPos::Center), pen.theme.muted)
}

fn time_axis<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    scene: &PriceScene,
    layout: &PriceLayout,
) -> Result<(), DrawError<DB>> {
    let ratio = pen.theme.ratio;
    let places: Vec<(f64, i64)> = scene
        .bars
        .iter()
        .map(|bar| (layout.x.pixel(bar.x), bar.time_ms))
        .filter(|(x, _)| (0.0..=layout.right).contains(x))
        .collect();
    for (x, label) in time_labels(&places, 84.0 * ratio) {
        pen.text(
            &label,
            (x, layout.bottom + 4.0 * ratio),
            (HPos::Center, VPos::Top),
            pen.theme.muted,
        )?;
    }
    Ok(())
}

/// Body width in device pixels: odd, so that the wick stands in its middle, and never touching the next body.
fn body_width(slot: f64) -> f64 {
    let width = (slot * 0.72).floor().max(1.0);
    if width > 2.0 && width as i64 % 2 == 0 { width - 1.0 } else { width }
}

fn bars<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    scene: &PriceScene,
    layout: &PriceLayout,
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let slot = layout.x.pixel(scene.step) - layout.x.pixel(0.0);
    let width = body_width(slot);
    let highest = scene
        .bars
        .iter()
        .map(|bar| bar.values[4])
        .filter(|volume| volume.is_finite())
        .fold(0.0_f64, f64::max);
    let volume = Scale::new((0.0, highest), (layout.volume.1, layout.volume.0 + 4.0 * theme.ratio));
    pen.rect((0.0, layout.strip.0), (layout.right, layout.strip.1), rgb(theme.grid).to_rgba())?;
    for bar in &scene.bars {
        let centre = (layout.x.pixel(bar.x) + slot / 2.0).round();
        if centre < 0.0 || centre > layout.right {
            continue;
        }
        let half = ((width - 1.0) / 2.0).floor();
        candle(pen, layout, bar, centre, half)?;
        let [_, _, _, _, traded] = bar.values;
        if traded > 0.0 && highest > 0.0 {
            let top = volume.pixel(traded).min(layout.volume.1 - 1.0);
            pen.rect(
                (centre - half, top),
                // One pixel at least.
                (if half < 1.0 { centre + 1.0 } else { centre + half }, layout.volume.1),
                rgb(theme.ghost).mix(0.55),
            )?;
        }
        let left = layout.x.pixel(bar.x).max(0.0);
        let end = (left + slot.max(2.0)).min(layout.right);
        // Below the findings, where rows come from other venues.
        let floor = if scene.has_sources {
            f64::midpoint(layout.strip.0, layout.strip.1).round()
        } else {
            layout.strip.1
        };
        if let Some(tone) = bar.source {
            pen.rect((left, floor), (end, layout.strip.1), theme.tone(tone).to_rgba())?;
        }
        let tall = floor - layout.strip.0;
        // From below: what is not usable, then what is suspicious. A single row of a thousand still has a pixel.
        let mut low = floor;
        for (share, colour) in [(bar.found[1], theme.bad), (bar.found[0], theme.warn)] {
            if share > 0.0 && low > layout.strip.0 {
                let top = (low - (share * tall).max(theme.ratio)).max(layout.strip.0);
                pen.rect((left, top), (end, low), rgb(colour).to_rgba())?;
                low = top;
            }
        }
    }
    Ok(())
}

/// Rising candles are hollow, falling ones filled: form as well as colour.
fn candle<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    layout: &PriceLayout,
    bar: &Bar,
    centre: f64,
    half: f64,
) -> Result<(), DrawError<DB>> {
    let [open, high, low, close, _] = bar.values;
    if !high.is_finite() || !low.is_finite() {
        return Ok(());
    }
    let rising = close >= open;
    let colour = pen.theme.tone(if rising { Tone::Gain } else { Tone::Loss });
    // A price axis that was set may end inside of a candle: nothing of it reaches into the volume.
    let floor = layout.price_bottom() - 2.0 * pen.theme.ratio;
    if layout.price.pixel(high) > floor || layout.price.pixel(low) < 0.0 {
        return Ok(());
    }
    let y = |price: f64| layout.price.pixel(price).round().clamp(0.0, floor);
    let (top, bottom) = (y(open.max(close)), y(open.min(close)));
    if half < 1.0 {
        // One pixel has room for both: the wick is lighter than the body.
        pen.path(vec![(centre, y(high)), (centre, y(low))], colour.mix(0.45), 1.0)?;
        return pen.path(
            vec![(centre, top), (centre, bottom.max(top + 1.0))],
            colour.to_rgba(),
            1.0,
        );
    }
    pen.path(vec![(centre, y(high)), (centre, y(low))], colour.to_rgba(), 1.0)?;
    let (a, b) = ((centre - half, top), (centre + half, bottom));
    if rising && bottom - top > 2.0 {
        pen.rect(a, b, rgb(pen.theme.surface).to_rgba())?;
        pen.frame(a, b, colour)
    } else {
        pen.rect(a, (b.0, b.1.max(top + 1.0)), colour.to_rgba())
    }
}

fn marker<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    shape: Shape,
    colour: RGBColor,
    (x, y): Point,
) -> Result<(), DrawError<DB>> {
    let size = 5.0 * pen.theme.ratio;
    let halo = rgb(pen.theme.surface).to_rgba();
    match shape {
        Shape::Up | Shape::Down => {
            let sign = if shape == Shape::Up { 1.0 } else { -1.0 };
            let tip = y + sign * 4.0 * pen.theme.ratio;
            let points = [
                (x, tip),
                (x - size, tip + sign * 1.7 * size),
                (x + size, tip + sign * 1.7 * size),
            ];
            pen.polygon(&points, colour.to_rgba())
        }
        Shape::Cross => {
            for (width, colour) in [(4.0, halo), (2.0, colour.to_rgba())] {
                let s = size * 0.8;
                pen.path(vec![(x - s, y - s), (x + s, y + s)], colour, width)?;
                pen.path(vec![(x - s, y + s), (x + s, y - s)], colour, width)?;
            }
            Ok(())
        }
        Shape::Diamond => {
            let s = size * 0.9;
            for (s, colour) in [(s * 1.35, halo), (s, colour.to_rgba())] {
                pen.polygon(&[(x, y - s), (x + s, y), (x, y + s), (x - s, y)], colour)?;
            }
            Ok(())
        }
        Shape::Ring => {
            let radius = size as i32;
            let style = colour.stroke_width((1.5 * pen.theme.ratio).round() as u32);
            pen.area.draw(&Circle::new(at((x, y)), radius, style))
        }
    }
}

/// Where the parts of a curve chart lie, device pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveLayout {
    /// Value to y.
    pub y: Scale,
    /// Drawdown to y.
    pub depth: Scale,
    /// Right edge of the plot.
    pub right: f64,
    /// Lower edge of the plot.
    pub bottom: f64,
    /// Lower edge of the curves.
    pub split: f64,
    values: (f64, f64),
    worst: f64,
}

/// Lays a curve chart out.
pub fn curve_layout(scene: &CurveScene, size: (u32, u32), ratio: f64) -> CurveLayout {
    let bottom = f64::from(size.1) - TIME_PX * ratio;
    let split = if scene.drawdown.is_empty() { bottom } else { bottom * 0.68 };
    let (mut low, mut high) = (scene.start, scene.start);
    for column in scene.lines.iter().flat_map(|line| &line.columns) {
        low = low.min(column.low);
        high = high.max(column.high);
    }
    let margin = ((high - low) * 0.05).max(high.abs() * 1e-3);
    let log = scene.log && low > 0.0;
    let values = if log { (low * 0.97, high * 1.03) } else { (low - margin, high + margin) };
    let worst = scene.drawdown.iter().copied().fold(-1e-9, f64::min);
    let (round, decimals) = if log { log_ticks } else { ticks }(values.0, values.1, 4);
    let ends = scene.lines.iter().filter_map(|line| Some(fixed(line.end()?, 0)));
    let labels = round.into_iter().map(|value| fixed(value, decimals)).chain(ends);
    let width = f64::from(size.0);
    let right = width - gutter(labels, width / ratio) * ratio;
    let make = if log { Scale::logarithmic } else { Scale::new };
    CurveLayout {
        y: make((values.1, values.0), (14.0 * ratio, split - 8.0 * ratio)),
        depth: Scale::new((0.0, worst), (split + 4.0 * ratio, bottom - 6.0 * ratio)),
        right,
        bottom,
        split,
        values,
        worst,
    }
}

/// Draws curves over the whole window, the drawdown of the first, and the part that the price chart shows.
pub fn curves<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    scene: &CurveScene,
    theme: &Theme,
) -> Result<(), DrawError<DB>> {
    let pen = Pen { area, theme };
    let ratio = theme.ratio;
    area.fill(&rgb(theme.surface))?;
    let layout = curve_layout(scene, area.dim_in_pixel(), ratio);
    let CurveLayout { y, depth, right, bottom, values, worst, .. } = layout;
    let left_of = |column: usize, columns: usize| column as f64 / columns.max(1) as f64 * right;

    if let Some((from, to)) = scene.mark {
        let (a, b) = ((from * right, 0.0), ((to * right).max(from * right + 2.0), bottom));
        pen.rect(a, b, rgb(theme.accent).mix(0.12))?;
    }
    let (round, decimals) = if y.is_log() { log_ticks } else { ticks }(values.0, values.1, 4);
    for &value in &round {
        pen.path(
            vec![(0.0, y.pixel(value)), (right, y.pixel(value))],
            rgb(theme.grid).to_rgba(),
            1.0,
        )?;
    }
    pen.path(
        vec![(0.0, y.pixel(scene.start)), (right, y.pixel(scene.start))],
        rgb(theme.line).to_rgba(),
        1.0,
    )?;
    if !scene.drawdown.is_empty() {
        drawdown(&pen, scene, &layout)?;
    }
    for line in scene.lines.iter().rev() {
        curve(&pen, &line.columns, right, &y, theme.tone(line.tone), line.width)?;
    }

    if let Some(split) = scene.split {
        let (x, tone) = (split * right, rgb(theme.warn).to_rgba());
        pen.path(vec![(x, 0.0), (x, bottom)], tone, 1.5)?;
        // Each name where it has room.
        if x > 70.0 * ratio {
            let place = (x - 5.0 * ratio, 8.0 * ratio);
            pen.text("in-sample", place, (HPos::Right, VPos::Center), theme.warn)?;
        }
        if right - x > 95.0 * ratio {
            let place = (x + 5.0 * ratio, 8.0 * ratio);
            pen.text("out-of-sample", place, (HPos::Left, VPos::Center), theme.warn)?;
        }
    }
    // Labels of the ends, pushed apart where they would touch.
    let label_x = right + 6.0 * ratio;
    let mut taken: Vec<f64> = Vec::new();
    for line in &scene.lines {
        let Some(value) = line.end() else { continue };
        let wanted = y.pixel(value).min(layout.split - 6.0 * ratio);
        let gap = 13.0 * ratio;
        let is_free = |place: &f64| {
            taken.iter().all(|other| (place - other).abs() >= gap - 0.5)
                && (6.0 * ratio..=layout.split - 6.0 * ratio).contains(place)
        };
        let place = (0..16)
            .flat_map(|k| [wanted + f64::from(k) * gap / 2.0, wanted - f64::from(k) * gap / 2.0])
            .find(is_free)
            .unwrap_or(wanted);
        taken.push(place);
        let colour =
            if line.tone == Tone::Ghost { rgb(theme.muted) } else { theme.tone(line.tone) };
        let colour = Colour(colour.0, colour.1, colour.2);
        pen.text(&fixed(value, 0), (label_x, place), (HPos::Left, VPos::Center), colour)?;
    }
    // Round values where the ends leave room.
    for value in round {
        let place = y.pixel(value);
        let is_inside = place > 6.0 * ratio && place < layout.split - 4.0 * ratio;
        if is_inside && taken.iter().all(|other| (place - other).abs() >= 13.0 * ratio) {
            let label = fixed(value, decimals);
            pen.text(&label, (label_x, place), (HPos::Left, VPos::Center), theme.muted)?;
        }
    }
    if !scene.drawdown.is_empty() {
        let zero = depth.pixel(0.0).max(layout.split + 8.0 * ratio);
        pen.text("0 %", (label_x, zero), (HPos::Left, VPos::Center), theme.muted)?;
        let worst_label = format!("−{:.1} %", -worst.min(0.0) * 100.0).replace("−0.0 %", "0.0 %");
        let worst_y = depth.pixel(worst).min(bottom - 8.0 * ratio);
        pen.text(&worst_label, (label_x, worst_y), (HPos::Left, VPos::Center), theme.loss)?;
        let place = (4.0 * ratio, bottom - 8.0 * ratio);
        pen.text("drawdown", place, (HPos::Left, VPos::Center), theme.muted)?;
    }
    let places: Vec<(f64, i64)> = scene
        .times_ms
        .iter()
        .enumerate()
        .map(|(i, &time)| (left_of(i, scene.times_ms.len()), time))
        .collect();
    for (x, label) in time_labels(&places, 90.0 * ratio) {
        pen.text(&label, (x, bottom + 4.0 * ratio), (HPos::Center, VPos::Top), theme.muted)?;
    }
    area.present()
}

fn drawdown<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    scene: &CurveScene,
    layout: &CurveLayout,
) -> Result<(), DrawError<DB>> {
    let columns = scene.drawdown.len();
    let mut fill: Vec<Point> = vec![(0.0, layout.depth.pixel(0.0))];
    fill.extend(
        scene.drawdown.iter().enumerate().map(|(i, &depth)| {
            (i as f64 / columns as f64 * layout.right, layout.depth.pixel(depth))
        }),
    );
    fill.push((layout.right, layout.depth.pixel(0.0)));
    pen.polygon(&fill, rgb(pen.theme.loss).mix(0.2))?;
    let edge = fill[1..fill.len() - 1].to_vec();
    if edge.len() > 1 {
        pen.path(edge, rgb(pen.theme.loss).to_rgba(), 1.0)?;
    }
    Ok(())
}

/// Height of a caption, CSS pixels.
pub fn caption_px(caption: &Caption) -> u32 {
    30 + 15 * caption.lines.len() as u32
}

/// A picture that leaves the page: what it is above, the chart below.
pub fn captioned<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    caption: &Caption,
    theme: &Theme,
    paint: impl FnOnce(&DrawingArea<DB, Shift>) -> Result<(), DrawError<DB>>,
) -> Result<(), DrawError<DB>> {
    let ratio = theme.ratio;
    area.fill(&rgb(theme.surface))?;
    let (head, below) = area.split_vertically((f64::from(caption_px(caption)) * ratio) as i32);
    let pen = Pen { area: &head, theme };
    let left = 10.0 * ratio;
    let ink = rgb(theme.ink);
    let title = TextStyle::from(("system-ui, sans-serif", 15.0 * ratio)).color(&ink);
    head.draw_text(&caption.title, &title, at((left, 6.0 * ratio)))?;
    for (row, line) in caption.lines.iter().enumerate() {
        let place = (left, (26.0 + 15.0 * row as f64) * ratio);
        pen.text(line, place, (HPos::Left, VPos::Top), theme.muted)?;
    }
    paint(&below)
}

/// A picture as SVG text, CSS pixels.
///
/// # Panics
/// Never: writing to a string cannot fail.
pub fn svg(size: (u32, u32), paint: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>)) -> String {
    let mut text = String::new();
    paint(&SVGBackend::with_string(&mut text, size).into_drawing_area());
    text
}

/// A decimated line: in each column from first over the extremes to last.
fn curve<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    columns: &[Column],
    right: f64,
    y: &Scale,
    colour: RGBColor,
    width: f64,
) -> Result<(), DrawError<DB>> {
    if columns.is_empty() {
        return Ok(());
    }
    let mut points = Vec::with_capacity(4 * columns.len());
    for (i, column) in
        columns.iter().enumerate().filter(|(_, c)| c.first.is_finite() && c.last.is_finite())
    {
        let x = (i as f64 + 0.5) / columns.len() as f64 * right;
        points.push((x, y.pixel(column.first)));
        if column.low < column.first.min(column.last) {
            points.push((x, y.pixel(column.low)));
        }
        if column.high > column.first.max(column.last) {
            points.push((x, y.pixel(column.high)));
        }
        points.push((x, y.pixel(column.last)));
    }
    pen.path(points, colour.to_rgba(), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::scene::{Area, Line, Marker, Segment};

    fn svg(paint: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>)) -> String {
        super::svg((600, 300), paint)
    }

    fn scene() -> PriceScene {
        let bars = (0..50)
            .map(|i| {
                let base = 100.0 + f64::from(i % 7);
                Bar {
                    x: f64::from(i),
                    time_ms: i64::from(i) * 300_000,
                    values: [base, base + 1.0, base - 1.0, base + 0.5, f64::from(i)],
                    found: [0.0, if i == 3 { 1.0 } else { 0.0 }],
                    source: None,
                }
            })
            .collect();
        PriceScene { range: (0.0, 50.0), step: 1.0, bars, ..PriceScene::default() }
    }

    #[test]
    fn the_same_scene_gives_the_same_picture_with_its_marks() {
        let mut scene = scene();
        let plain = svg(|area| price(area, &scene, &Theme::default()).unwrap());
        scene.markers.push(Marker {
            at: (10.0, 101.0),
            shape: Shape::Up,
            tone: Tone::Gain,
            label: "sweep 3.4×".to_owned(),
        });
        scene.segments.push(Segment {
            from: (2.0, 101.0),
            to: (12.0, 101.0),
            tone: Tone::Level,
            dashed: true,
        });
        scene.areas.push(Area { from: (10.0, 101.0), to: (20.0, 104.0), tone: Tone::Gain });
        let marked = svg(|area| price(area, &scene, &Theme::default()).unwrap());
        let again = svg(|area| price(area, &scene, &Theme::default()).unwrap());
        assert_eq!(marked, again);
        assert!(marked.contains("sweep 3.4×") && !plain.contains("sweep"));
        assert!(marked.matches("<polyline").count() > plain.matches("<polyline").count());
    }

    #[test]
    fn a_price_axis_can_be_set_and_be_logarithmic() {
        let scene = scene();
        let fitted = price_layout(&scene, (600, 300), 1.0);
        let set = PriceScene { prices: Some((50.0, 200.0)), log: true, ..scene };
        let layout = price_layout(&set, (600, 300), 1.0);
        assert!(fitted.prices.0 > 90.0 && layout.prices == (50.0, 200.0));
        assert!(layout.price.is_log());
        let middle = layout.price.pixel(100.0);
        assert!(
            (middle - f64::midpoint(layout.price.pixel(50.0), layout.price.pixel(200.0))).abs()
                < 1e-9
        );
        svg(|area| price(area, &set, &Theme::default()).unwrap());
    }

    #[test]
    fn empty_and_broken_scenes_draw_without_failing() {
        svg(|area| price(area, &PriceScene::default(), &Theme::default()).unwrap());
        let mut broken = scene();
        for bar in &mut broken.bars {
            bar.values = [f64::NAN; 5];
        }
        svg(|area| price(area, &broken, &Theme::default()).unwrap());
        svg(|area| curves(area, &CurveScene::default(), &Theme::default()).unwrap());
    }

    #[test]
    fn no_label_of_a_value_axis_is_cut() {
        for (price, span) in [(2.2e-5, 4e-7), (1e-8, 1e-10), (105_000.0, 2_000.0), (3.0, 0.5)] {
            let bars = (0..50)
                .map(|i| {
                    let base = price + span * f64::from(i % 7) / 7.0;
                    let values = [base, base + span * 0.1, base - span * 0.1, base, 1.0];
                    Bar {
                        x: f64::from(i),
                        time_ms: i64::from(i) * 300_000,
                        values,
                        found: [0.0; 2],
                        source: None,
                    }
                })
                .collect();
            let scene = PriceScene { range: (0.0, 50.0), step: 1.0, bars, ..PriceScene::default() };
            let layout = price_layout(&scene, (600, 300), 1.0);
            let (values, decimals) = layout.ticks();
            assert!(values.len() >= 3, "{price}: {values:?}");
            for value in values {
                let label = fixed(value, decimals);
                let width = label.chars().count() as f64 * CHARACTER_PX;
                assert!(layout.right + 6.0 + width <= 600.0, "{label}");
            }
        }
        let thousands = svg(|area| {
            let scene = PriceScene { prices: Some((99_000.0, 101_000.0)), ..scene() };
            price(area, &scene, &Theme::default()).unwrap();
        });
        assert!(thousands.contains("100,000"), "thousands are separated");
    }

    #[test]
    fn no_part_of_a_candle_reaches_into_the_volume() {
        // The price axis ends inside of the candle, and its wick would end in the middle of the volume.
        let scene = PriceScene { prices: Some((102.0, 103.0)), ..scene() };
        let layout = price_layout(&scene, (600, 300), 1.0);
        let low = 101.9;
        assert!((layout.price_bottom()..300.0).contains(&layout.price.pixel(low)));
        for half in [0.0, 3.0] {
            let bar = Bar { values: [102.2, 102.5, low, 102.3, 0.0], ..scene.bars[0] };
            let picture = svg(|area| {
                let pen = Pen { area, theme: &Theme::default() };
                candle(&pen, &layout, &bar, 50.0, half).unwrap();
            });
            let below = picture
                .split(|c: char| !c.is_ascii_digit() && c != '.')
                .filter_map(|number| number.parse::<f64>().ok())
                .filter(|y| *y < 300.0 && *y > layout.price_bottom());
            assert_eq!(below.count(), 0, "{picture}");
        }
    }

    #[test]
    fn the_strip_shows_the_share_of_bad_rows() {
        let red = |share: f64| {
            let mut scene = scene();
            for bar in &mut scene.bars {
                bar.found = [0.0, share];
            }
            svg(|area| price(area, &scene, &Theme::default()).unwrap())
        };
        // A thousandth has a pixel, a half is half as high as all of it.
        let height = |picture: &str| {
            let at = picture.rfind("#B42318").unwrap();
            let tag = &picture[picture[..at].rfind('<').unwrap()..];
            let value = tag.split("height=\"").nth(1).unwrap().split('"').next().unwrap();
            value.parse::<f64>().unwrap()
        };
        assert_eq!(height(&red(0.001)), 1.0);
        assert!(height(&red(0.5)) < height(&red(1.0)));
        assert!(!red(0.0).contains("#B42318"));
    }

    #[test]
    fn equity_shows_its_end_the_ghost_s_end_and_the_drawdown() {
        let column = |v: f64| Column { first: v, low: v - 5.0, high: v + 5.0, last: v };
        let scene = CurveScene {
            lines: vec![
                Line {
                    columns: vec![column(10_000.0), column(11_420.0)],
                    tone: Tone::Accent,
                    width: 1.7,
                },
                Line {
                    columns: vec![column(10_000.0), column(7_310.0)],
                    tone: Tone::Ghost,
                    width: 1.0,
                },
            ],
            drawdown: vec![0.0, -0.128],
            start: 10_000.0,
            times_ms: vec![0, 86_400_000 * 15],
            split: Some(0.7),
            mark: Some((0.4, 0.5)),
            log: false,
        };
        let text = svg(|area| curves(area, &scene, &Theme::default()).unwrap());
        // Ends, round values between them, and both ends of the drawdown.
        for label in ["11,420", "7,310", "8,000", "0 %", "−12.8 %"] {
            assert!(text.contains(label), "{label}");
        }
        let log = svg(|area| {
            curves(area, &CurveScene { log: true, ..scene.clone() }, &Theme::default()).unwrap();
        });
        assert_ne!(text, log);
    }
}

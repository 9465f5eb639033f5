//! What to draw, in data units. A scene is built from what a worker sent and never from a dataset.

use super::decimate::Column;
use crate::domain::RowFlags;

/// An opaque colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// The colours of the page's tokens, and the size of a CSS pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Background.
    pub surface: Colour,
    /// Text.
    pub ink: Colour,
    /// Labels.
    pub muted: Colour,
    /// Grid lines.
    pub grid: Colour,
    /// Axis lines.
    pub line: Colour,
    /// Cleaned equity, selection.
    pub accent: Colour,
    /// Rising candles, long.
    pub gain: Colour,
    /// Falling candles, short, drawdown.
    pub loss: Colour,
    /// Suspicious rows.
    pub warn: Colour,
    /// Bad rows.
    pub bad: Colour,
    /// Raw equity, volume.
    pub ghost: Colour,
    /// Key levels.
    pub level: Colour,
    /// Device pixels a CSS pixel.
    pub ratio: f64,
}

impl Default for Theme {
    /// The light theme at one device pixel a CSS pixel.
    fn default() -> Self {
        Self {
            surface: Colour(255, 255, 255),
            ink: Colour(22, 27, 34),
            muted: Colour(90, 100, 114),
            grid: Colour(238, 241, 245),
            line: Colour(203, 210, 220),
            accent: Colour(29, 95, 209),
            gain: Colour(8, 112, 95),
            loss: Colour(179, 60, 11),
            warn: Colour(122, 81, 0),
            bad: Colour(180, 35, 24),
            ghost: Colour(119, 129, 143),
            level: Colour(122, 86, 200),
            ratio: 1.0,
        }
    }
}

/// Which of the theme's colours a mark has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Suspicious, refused.
    Warn,
    /// For comparison.
    Ghost,
    /// Rising, long.
    Gain,
    /// Falling, short.
    Loss,
    /// Key level.
    Level,
    /// Plain.
    Ink,
    /// Selected.
    Accent,
}

/// How bad a bar's rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing found.
    None,
    /// Suspicious.
    Warn,
    /// Not usable.
    Bad,
}

impl Severity {
    /// How bad findings are; rows without volume are bad only where the file has volume.
    pub fn of(bits: u16, has_volume: bool) -> Self {
        const SUSPICIOUS: [RowFlags; 5] = [
            RowFlags::FLAT,
            RowFlags::AFTER_GAP,
            RowFlags::OFF_GRID,
            RowFlags::SPIKE,
            RowFlags::STUCK,
        ];
        let has = |flag: RowFlags| bits & flag.bits() != 0;
        if has(RowFlags::BROKEN) || (has_volume && has(RowFlags::ZERO_VOLUME)) {
            Self::Bad
        } else if SUSPICIOUS.into_iter().any(has) {
            Self::Warn
        } else {
            Self::None
        }
    }
}

/// One bar of a price chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Number of its first candle.
    pub x: f64,
    /// Open time, ms.
    pub time_ms: i64,
    /// Open, high, low, close, volume; NaN when no row could be drawn.
    pub values: [f64; 5],
    /// Shares of its rows that are suspicious and that are not usable, 0 to 1.
    pub found: [f64; 2],
    /// Of a merged market the colour of where its rows come from; `None` is the reference.
    pub source: Option<Tone>,
}

/// The colour of a venue by its number: 0 is the reference, [`u8::MAX`] the median of several.
pub const fn source_tone(source: u8) -> Option<Tone> {
    match source {
        0 => None,
        1 => Some(Tone::Accent),
        2 => Some(Tone::Level),
        3 => Some(Tone::Warn),
        u8::MAX => Some(Tone::Ghost),
        _ => Some(Tone::Gain),
    }
}

/// A line between two places of a price chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Candle and price of one end.
    pub from: (f64, f64),
    /// Candle and price of the other end.
    pub to: (f64, f64),
    /// Colour.
    pub tone: Tone,
    /// Dashed.
    pub dashed: bool,
}

/// A tinted area of a price chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Candle and price of one corner.
    pub from: (f64, f64),
    /// Candle and price of the other corner.
    pub to: (f64, f64),
    /// Colour.
    pub tone: Tone,
}

/// Form of a marker: never colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Triangle below its place, pointing up.
    Up,
    /// Triangle above its place, pointing down.
    Down,
    /// Cross.
    Cross,
    /// Ring.
    Ring,
    /// Square standing on a corner.
    Diamond,
}

/// What a picture that leaves the page says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caption {
    /// What is shown, and of what.
    pub title: String,
    /// Stretch of time, settings, legend: a line each.
    pub lines: Vec<String>,
}

/// A mark on a price chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Candle and price.
    pub at: (f64, f64),
    /// Form.
    pub shape: Shape,
    /// Colour.
    pub tone: Tone,
    /// Text beside it, if any.
    pub label: String,
}

/// Candles, volume, quality strip and marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceScene {
    /// Candles of the left and right edge.
    pub range: (f64, f64),
    /// Lowest and highest price of the axis; `None` fits it to the bars in view.
    pub prices: Option<(f64, f64)>,
    /// Logarithmic price axis.
    pub log: bool,
    /// Candles that are set off by a tinted column, from and to.
    pub focus: Option<(f64, f64)>,
    /// Candles a bar.
    pub step: f64,
    /// Bars in time order.
    pub bars: Vec<Bar>,
    /// A strip says where the rows of each bar come from.
    pub has_sources: bool,
    /// Lines.
    pub segments: Vec<Segment>,
    /// Tinted areas.
    pub areas: Vec<Area>,
    /// Marks.
    pub markers: Vec<Marker>,
}

/// One line of a curve chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Values by pixel column; NaN where the line has none.
    pub columns: Vec<Column>,
    /// Colour.
    pub tone: Tone,
    /// Width, CSS pixels.
    pub width: f64,
}

impl Line {
    /// Where it ends.
    pub fn end(&self) -> Option<f64> {
        self.columns.iter().rev().map(|column| column.last).find(|value| value.is_finite())
    }
}

/// Curves over the whole window, with the drawdown of the first one below.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveScene {
    /// Curves; the first one is drawn last, above the others.
    pub lines: Vec<Line>,
    /// Lowest drawdown by pixel column; without it the curves take the whole height.
    pub drawdown: Vec<f64>,
    /// Value at the start: a horizontal line.
    pub start: f64,
    /// Time of the left edge of each column, ms.
    pub times_ms: Vec<i64>,
    /// The part that the price chart shows, as shares of the width.
    pub mark: Option<(f64, f64)>,
    /// Where the rows begin that are held back, as a share of the width.
    pub split: Option<f64>,
    /// Logarithmic axis, where all values are positive.
    pub log: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_without_trades_are_bad_only_where_the_file_has_volume() {
        let zero = RowFlags::ZERO_VOLUME.bits();
        assert_eq!(Severity::of(zero, true), Severity::Bad);
        assert_eq!(Severity::of(zero, false), Severity::None);
        assert_eq!(Severity::of(RowFlags::FLAT.bits(), true), Severity::Warn);
    }
}

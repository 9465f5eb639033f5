//! What part of the candles and prices is in view, and what gestures do to it. Every function returns a new value.

/// Fewest candles in view.
const NEAREST: f64 = 12.0;

/// Candles (from, to) in view, as fractions of candles.
pub type Range = (f64, f64);

/// Moves a range inside `0..count` and widens it where it is too narrow.
pub fn inside((from, to): Range, count: f64) -> Range {
    let width = (to - from).clamp(NEAREST.min(count), count);
    let from = from.clamp(0.0, (count - width).max(0.0));
    (from, from + width)
}

/// Zooms about a place, which keeps its share of the width; a factor below 1 shows less.
pub fn zoom((from, to): Range, at: f64, factor: f64, count: f64) -> Range {
    let width = ((to - from) * factor).clamp(NEAREST.min(count), count);
    let share = if to > from { (at - from) / (to - from) } else { 0.5 };
    inside((at - share * width, at + (1.0 - share) * width), count)
}

/// Moves by so many candles.
pub fn pan((from, to): Range, by: f64, count: f64) -> Range {
    inside((from + by, to + by), count)
}

/// Brings a candle into view with as little movement as possible.
pub fn reveal((from, to): Range, candle: f64, count: f64) -> Range {
    if candle < from {
        pan((from, to), candle - from, count)
    } else if candle + 1.0 > to {
        pan((from, to), candle + 1.0 - to, count)
    } else {
        (from, to)
    }
}

/// The part between the two ends of a pinch: what lay under the fingers stays under them.
///
/// `before` and `now` are the fingers' places as shares of the width; the range is the one at the start.
pub fn pinch((from, to): Range, before: Range, now: Range, count: f64) -> Range {
    let width = to - from;
    let candle = |share: f64| from + share * width;
    let (a, b) = (candle(before.0), candle(before.1));
    let distance = now.1 - now.0;
    if distance.abs() < 0.02 {
        return (from, to);
    }
    let new_width = ((b - a) / distance).abs();
    let left = a - now.0 * new_width;
    inside((left, left + new_width), count)
}

/// Scales a price range about its middle; on a logarithmic axis about its geometric middle.
pub fn scale_prices((low, high): Range, factor: f64, log: bool) -> Range {
    if log && low > 0.0 {
        let (a, b) = scale_prices((libm::log(low), libm::log(high)), factor, false);
        return (libm::exp(a), libm::exp(b));
    }
    let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0 * factor);
    (middle - half, middle + half)
}

/// Moves a price range by a share of its height.
pub fn pan_prices((low, high): Range, share: f64, log: bool) -> Range {
    if log && low > 0.0 {
        let (a, b) = pan_prices((libm::log(low), libm::log(high)), share, false);
        return (libm::exp(a), libm::exp(b));
    }
    let by = (high - low) * share;
    (low + by, high + by)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: f64 = 1_000.0;

    #[test]
    fn zoom_keeps_the_place_under_the_cursor() {
        let range = (100.0, 300.0);
        let near = zoom(range, 150.0, 0.5, COUNT);
        assert_eq!(near, (125.0, 225.0));
        assert_eq!(zoom(near, 150.0, 2.0, COUNT), range);
        assert_eq!(zoom(range, 150.0, 1e9, COUNT), (0.0, COUNT));
        let nearest = zoom(range, 150.0, 0.0, COUNT);
        assert!((nearest.1 - nearest.0 - NEAREST).abs() < 1e-9);
        assert_eq!(zoom((0.0, 5.0), 2.0, 3.0, 5.0), (0.0, 5.0));
    }

    #[test]
    fn ranges_stay_inside() {
        assert_eq!(pan((900.0, 1_000.0), 50.0, COUNT), (900.0, 1_000.0));
        assert_eq!(pan((10.0, 110.0), -50.0, COUNT), (0.0, 100.0));
        assert_eq!(reveal((100.0, 200.0), 250.0, COUNT), (151.0, 251.0));
        assert_eq!(reveal((100.0, 200.0), 50.0, COUNT), (50.0, 150.0));
        assert_eq!(reveal((100.0, 200.0), 150.0, COUNT), (100.0, 200.0));
    }

    #[test]
    fn a_pinch_keeps_both_fingers_on_their_candles() {
        let range = (0.0, 400.0);
        let (from, to) = pinch(range, (0.25, 0.5), (0.25, 0.75), COUNT);
        let candle = |share: f64| from + share * (to - from);
        assert!((candle(0.25) - 100.0).abs() < 1e-9 && (candle(0.75) - 200.0).abs() < 1e-9);
        assert_eq!(pinch(range, (0.25, 0.5), (0.3, 0.3), COUNT), range);
    }

    #[test]
    fn price_ranges_scale_and_move() {
        assert_eq!(scale_prices((100.0, 200.0), 2.0, false), (50.0, 250.0));
        let (low, high) = scale_prices((100.0, 400.0), 2.0, true);
        assert!((low - 50.0).abs() < 1e-9 && (high - 800.0).abs() < 1e-9);
        assert_eq!(pan_prices((100.0, 200.0), 0.1, false), (110.0, 210.0));
    }
}

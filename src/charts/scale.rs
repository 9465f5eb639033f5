//! From data to pixels and back, and round numbers for axes.

use crate::domain::{Civil, DAY_MS, HOUR_MS, MINUTE_MS, format_time};

/// Months as labels have them.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A map from a data range to a pixel range, linear or logarithmic; a range without width maps to its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    data: (f64, f64),
    pixels: (f64, f64),
    log: bool,
}

impl Scale {
    /// Maps `data.0` to `pixels.0` and `data.1` to `pixels.1`.
    pub const fn new(data: (f64, f64), pixels: (f64, f64)) -> Self {
        Self { data, pixels, log: false }
    }

    /// The same on a logarithmic axis; linear where the range reaches 0 or below.
    pub fn logarithmic(data: (f64, f64), pixels: (f64, f64)) -> Self {
        if data.0 > 0.0 && data.1 > 0.0 {
            Self { data: (libm::log(data.0), libm::log(data.1)), pixels, log: true }
        } else {
            Self::new(data, pixels)
        }
    }

    /// True when the axis is logarithmic.
    pub const fn is_log(&self) -> bool {
        self.log
    }

    /// Pixel of a value.
    pub fn pixel(&self, value: f64) -> f64 {
        let value = if self.log { libm::log(value) } else { value };
        let width = self.data.1 - self.data.0;
        let share = if width == 0.0 { 0.5 } else { (value - self.data.0) / width };
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }

    /// Value at a pixel: the inverse.
    pub fn value(&self, pixel: f64) -> f64 {
        let width = self.pixels.1 - self.pixels.0;
        let share = if width == 0.0 { 0.5 } else { (pixel - self.pixels.0) / width };
        let value = self.data.0 + share * (self.data.1 - self.data.0);
        if self.log { libm::exp(value) } else { value }
    }
}

/// Round numbers for a logarithmic axis: 1, 2 and 5 times powers of ten, or [`ticks`] where fewer than three fit.
pub fn log_ticks(low: f64, high: f64, count: usize) -> (Vec<f64>, usize) {
    if !(low > 0.0 && high > low) {
        return ticks(low, high, count);
    }
    let mut values = Vec::new();
    // Powers of ten by one division each, so that 0.1 is 0.1.
    let tens: Vec<f64> =
        std::iter::successors(Some(1.0), |ten| Some(ten * 10.0)).take(16).collect();
    let powers = tens[1..].iter().rev().map(|ten| 1.0 / ten).chain(tens.iter().copied());
    for power in powers {
        let round = [power, 2.0 * power, 5.0 * power];
        values.extend(round.into_iter().filter(|value| (low..=high).contains(value)));
    }
    if values.len() < 3 {
        return ticks(low, high, count);
    }
    let step = values.len().div_ceil(2 * count).max(1);
    let values: Vec<f64> = values.into_iter().step_by(step).collect();
    let mut decimals = 0;
    let mut smallest = values[0];
    while smallest < 1.0 && decimals < 12 {
        smallest *= 10.0;
        decimals += 1;
    }
    (values, decimals)
}

/// About `count` round numbers inside a range: multiples of 1, 2 or 5 times a power of ten, with their decimals.
pub fn ticks(low: f64, high: f64, count: usize) -> (Vec<f64>, usize) {
    let width = high - low;
    if !(width > 0.0 && width.is_finite()) || count == 0 {
        return (Vec::new(), 2);
    }
    let rough = width / count as f64;
    let (mut power, mut decimals) = (1.0, 0_usize);
    while power > rough {
        power /= 10.0;
        decimals += 1;
    }
    while power * 10.0 <= rough {
        power *= 10.0;
    }
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    ((first..=last).map(|k| k as f64 * step).collect(), decimals)
}

/// Dates that a time axis has at least, where that many have room.
const FEWEST_DATES: usize = 3;

/// Labels for times at the given places, at least `gap` apart: at the coarsest step that gives enough of them.
///
/// `places` are (pixel, time in ms) in increasing order. A day is a whole date or has its month as a word, so that nobody
/// takes 03-04 for the wrong one; the first time of day carries its date.
pub fn time_labels(places: &[(f64, i64)], gap: f64) -> Vec<(f64, String)> {
    let (Some(&(left, first)), Some(&(right, last))) = (places.first(), places.last()) else {
        return Vec::new();
    };
    let wanted = (((right - left) / gap).floor() as i64).max(1);
    let span = (last - first).max(1);
    let steps = [
        MINUTE_MS,
        5 * MINUTE_MS,
        15 * MINUTE_MS,
        HOUR_MS,
        3 * HOUR_MS,
        6 * HOUR_MS,
        12 * HOUR_MS,
        DAY_MS,
        2 * DAY_MS,
        7 * DAY_MS,
        14 * DAY_MS,
        30 * DAY_MS,
        91 * DAY_MS,
        182 * DAY_MS,
        365 * DAY_MS,
        1_826 * DAY_MS,
        3_652 * DAY_MS,
    ];
    let fits = steps.iter().position(|step| span / step <= wanted).unwrap_or(steps.len() - 1);
    let mut best = Vec::new();
    for &step in steps[..=fits].iter().rev() {
        let labels = labels_at(places, step, gap, right);
        if labels.len() > best.len() {
            best = labels;
        }
        if best.len() >= FEWEST_DATES {
            return best;
        }
    }
    best
}

/// Labels where a new step begins.
fn labels_at(places: &[(f64, i64)], step: i64, gap: f64, right: f64) -> Vec<(f64, String)> {
    let mut labels: Vec<(f64, String)> = Vec::new();
    let Some(&(left, first)) = places.first() else { return labels };
    // Half a label has to have room on either side.
    let is_inside = |pixel: f64| pixel - left >= gap / 3.0 && right - pixel >= gap / 3.0;
    let mut cell = first.div_euclid(step);
    for &(pixel, time) in places {
        if time.div_euclid(step) == cell {
            continue;
        }
        cell = time.div_euclid(step);
        if labels.last().is_some_and(|(last, _)| pixel - last < gap) || !is_inside(pixel) {
            continue;
        }
        let text = format_time(time);
        let day = || {
            let civil = Civil::from_ms(time);
            format!("{} {}", civil.day, MONTHS[civil.month as usize - 1])
        };
        let label = if step >= DAY_MS {
            text[..10].to_owned()
        } else if time.rem_euclid(DAY_MS) < step {
            day()
        } else if labels.is_empty() {
            format!("{} {}", day(), &text[11..16])
        } else {
            text[11..16].to_owned()
        };
        labels.push((pixel, label));
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixel_and_value_are_inverse() {
        let scale = Scale::new((100.0, 200.0), (300.0, 20.0));
        for value in [100.0, 123.4, 200.0, 250.0] {
            assert!((scale.value(scale.pixel(value)) - value).abs() < 1e-9);
        }
        assert_eq!(Scale::new((5.0, 5.0), (0.0, 10.0)).pixel(5.0), 5.0);
    }

    #[test]
    fn a_logarithmic_scale_gives_equal_ratios_equal_heights() {
        let scale = Scale::logarithmic((100.0, 400.0), (0.0, 200.0));
        assert!(scale.is_log());
        assert!((scale.pixel(200.0) - 100.0).abs() < 1e-9);
        for value in [100.0, 123.4, 400.0] {
            assert!((scale.value(scale.pixel(value)) - value).abs() < 1e-9);
        }
        assert!(!Scale::logarithmic((0.0, 5.0), (0.0, 10.0)).is_log());
        assert_eq!(log_ticks(0.8, 60.0, 6).0, vec![1.0, 2.0, 5.0, 10.0, 20.0, 50.0]);
        assert_eq!(log_ticks(128.1, 136.7, 5), ticks(128.1, 136.7, 5));
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(128.1, 136.7, 5), (vec![130.0, 132.0, 134.0, 136.0], 0));
        let (values, decimals) = ticks(0.000_123, 0.000_456, 4);
        assert!(values.iter().all(|v| (0.000_123..=0.000_456).contains(v)) && !values.is_empty());
        assert_eq!(decimals, 5);
        assert!(ticks(1.0, 1.0, 5).0.is_empty());
    }

    #[test]
    fn time_labels_keep_their_distance() {
        let places: Vec<(f64, i64)> =
            (0..500).map(|i| (f64::from(i), i64::from(i) * 300_000)).collect();
        let labels = time_labels(&places, 70.0);
        assert!(labels.len() > 2);
        assert!(labels.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 70.0));
    }

    #[test]
    fn a_time_axis_has_three_dates_where_they_have_room() {
        // From half an hour to ten years, on a phone and on a desk.
        for minutes in [1, 5, 60, 240, 1_440, 10_080] {
            for width in [260.0, 900.0] {
                let places: Vec<(f64, i64)> = (0..400)
                    .map(|i| {
                        (
                            f64::from(i) * width / 400.0,
                            1_709_251_500_000 + i64::from(i) * minutes * MINUTE_MS,
                        )
                    })
                    .collect();
                let labels = time_labels(&places, 80.0);
                assert!(labels.len() >= 3, "{minutes} minutes on {width} px: {labels:?}");
            }
        }
    }

    #[test]
    fn no_date_can_be_taken_for_another() {
        let places: Vec<(f64, i64)> =
            (0..400).map(|i| (f64::from(i), 1_709_497_800_000 + i64::from(i) * 300_000)).collect();
        let labels: Vec<String> = time_labels(&places, 90.0).into_iter().map(|l| l.1).collect();
        assert_eq!(labels, ["4 Mar", "12:00", "5 Mar"]);
    }
}

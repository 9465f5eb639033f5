//! What pointers, wheel and keys do to a chart: one machine for all of them. It knows places and what is shown, no canvas
//! and no event of a browser; what comes out are [`Act`]s.

use super::viewport::{self, Range};

/// A press that moves less is a click, CSS pixels.
const CLICK_PX: f64 = 4.0;
/// What a notch of the wheel and a key do.
const NOTCH: f64 = 1.2;
/// Movement on an axis that scales it by e, CSS pixels. Own choice: half a chart's height or width changes a lot, a tenth
/// of it little.
const PRICE_DRAG_PX: f64 = 150.0;
/// The same on the time axis.
const TIME_DRAG_PX: f64 = 200.0;
/// Fewest candles between the two ends of the window.
const ENDS_APART: f64 = 12.0;

/// What is under the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Candles with a price axis at the right and a time axis below.
    Price,
    /// A curve over the whole window; a press brings its place into view.
    Overview,
    /// A curve that can only be pointed at.
    Curve,
    /// An end of the window on an overview.
    End {
        /// The later one.
        upper: bool,
    },
}

/// A place on a chart, CSS pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Right and down.
    pub at: (f64, f64),
    /// Size of the plot, without its axes.
    pub plot: (f64, f64),
}

impl Spot {
    fn share(self) -> f64 {
        self.at.0 / self.plot.0
    }

    fn is_over(self) -> bool {
        self.at.0 <= self.plot.0
    }
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input<'a> {
    /// A finger or the main button goes down.
    Down {
        /// Which.
        finger: i32,
        /// Where.
        spot: Spot,
        /// With the Shift key.
        shift: bool,
    },
    /// The pointer moves.
    Move {
        /// Which.
        finger: i32,
        /// Where to.
        spot: Spot,
        /// It is down.
        held: bool,
    },
    /// It goes up.
    Up {
        /// Which.
        finger: i32,
        /// Where.
        spot: Spot,
        /// The browser took it away.
        cancelled: bool,
    },
    /// It leaves the chart.
    Leave,
    /// Two clicks.
    Double(Spot),
    /// A notch of the wheel.
    Wheel {
        /// Where.
        spot: Spot,
        /// Towards the user: shows more.
        out: bool,
    },
    /// A key, by its name in the browser.
    Key {
        /// Its name.
        key: &'a str,
        /// With the Shift key.
        shift: bool,
    },
    /// A zoom about the middle; below 1 shows less.
    Zoom(f64),
    /// Everything.
    All,
}

/// What is shown when something happens.
pub struct Shown<'a> {
    /// Candles in view.
    pub range: Range,
    /// Candles of the file.
    pub count: f64,
    /// Prices that were chosen; `None` where they follow the candles in view.
    pub prices: Option<Range>,
    /// Prices in view, as drawn last.
    pub drawn_prices: Option<Range>,
    /// Logarithmic price axis.
    pub log: bool,
    /// The candle that is pointed at.
    pub cursor: Option<u32>,
    /// Candles a bar.
    pub step: f64,
    /// Candle at a share of the width of a curve, as a fraction; on a price chart the range says it.
    pub candle_at: &'a dyn Fn(f64) -> Option<f64>,
    /// Price at a height, CSS pixels.
    pub price_at: &'a dyn Fn(f64) -> Option<f64>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// Show these candles.
    Show(Range),
    /// Show these prices; `None` follows the candles in view.
    Prices(Option<Range>),
    /// Point at a candle, and at a price where there is one; `None` at nothing.
    Point(Option<(u32, Option<f64>)>),
    /// Draw the box that is being zoomed into, left, top, right and bottom in CSS pixels.
    Area(Option<[f64; 4]>),
    /// A click, right and down in CSS pixels, and the candle there.
    Click((f64, f64), u32),
    /// Explain a candle.
    Explain(u32),
    /// Let go of what is pointed at, explained and selected.
    Escape,
}

/// What a press is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Press {
    /// Moves the view; without movement it is a click.
    Pan { range: Range, prices: Option<Range> },
    /// Scales the price axis.
    Prices(Range),
    /// Scales the time axis.
    Times(Range),
    /// Draws a box to zoom into.
    Box,
    /// Two fingers: their shares of the width at the start.
    Pinch { range: Range, shares: Range },
    /// Brings the place under it into view, or takes an end along.
    Take,
}

/// The machine of one chart.
#[derive(Clone, Debug)]
pub struct Gestures {
    surface: Surface,
    press: Option<Press>,
    /// Where the press began.
    start: (f64, f64),
    /// Fingers that are down, with their shares of the width.
    fingers: Vec<(i32, f64)>,
}

impl Gestures {
    /// Nothing is pressed.
    pub const fn new(surface: Surface) -> Self {
        Self { surface, press: None, start: (0.0, 0.0), fingers: Vec::new() }
    }

    /// Takes what happens. Nothing comes back where the chart has no use for it.
    pub fn hear(&mut self, input: Input<'_>, shown: &Shown<'_>) -> Vec<Act> {
        match input {
            Input::Down { finger, spot, shift } => {
                self.fingers.retain(|(other, _)| *other != finger);
                self.fingers.push((finger, spot.share()));
                self.down(spot, shift, shown)
            }
            Input::Move { finger, spot, held } => {
                let mut acts = Vec::new();
                if !held {
                    // The release was swallowed, by a menu for example.
                    acts.extend(self.let_go());
                    self.fingers.clear();
                }
                if let Some(known) = self.fingers.iter_mut().find(|(other, _)| *other == finger) {
                    known.1 = spot.share();
                }
                acts.extend(self.moved(spot, shown));
                // Pointed at is what lies there after the movement.
                let range = acts.iter().find_map(|act| match act {
                    Act::Show(range) => Some(viewport::inside(*range, shown.count)),
                    _ => None,
                });
                acts.extend(self.point(spot, range.unwrap_or(shown.range), shown));
                acts
            }
            Input::Up { finger, spot, cancelled } => {
                self.fingers.retain(|(other, _)| *other != finger);
                self.up(spot, cancelled, shown)
            }
            Input::Leave => self.leave(),
            Input::Double(spot) => self.double(spot, shown),
            Input::Wheel { spot, out } => {
                let candle = self.candle(spot.share(), shown.range, shown);
                let factor = if out { NOTCH } else { 1.0 / NOTCH };
                candle.map(|at| zoom(shown, at, factor)).into_iter().collect()
            }
            Input::Key { key, shift } => match self.surface {
                Surface::End { upper } => end_key(key, shift, upper, shown),
                Surface::Price => price_key(key, shift, shown),
                Surface::Overview | Surface::Curve => Vec::new(),
            },
            Input::Zoom(factor) => vec![zoom(shown, middle(shown.range), factor)],
            Input::All => vec![Act::Prices(None), Act::Show((0.0, shown.count))],
        }
    }

    /// Ends a press without what its release would do.
    fn let_go(&mut self) -> Option<Act> {
        let press = self.press.take();
        (press == Some(Press::Box)).then_some(Act::Area(None))
    }

    fn down(&mut self, spot: Spot, shift: bool, shown: &Shown<'_>) -> Vec<Act> {
        let (x, y) = spot.at;
        let acts: Vec<Act> = self.let_go().into_iter().collect();
        match self.surface {
            Surface::Curve => return acts,
            Surface::End { .. } => {
                self.press = Some(Press::Take);
                return acts;
            }
            Surface::Overview => {
                self.press = Some(Press::Take);
                return self.moved(spot, shown);
            }
            Surface::Price => {}
        }
        let range = shown.range;
        if let [(_, a), (_, b), ..] = self.fingers[..] {
            self.press = Some(Press::Pinch { range, shares: (a, b) });
            return acts;
        }
        self.start = (x, y);
        self.press = if x > spot.plot.0 {
            shown.drawn_prices.map(Press::Prices)
        } else if y > spot.plot.1 {
            Some(Press::Times(range))
        } else if shift {
            Some(Press::Box)
        } else {
            Some(Press::Pan { range, prices: shown.prices })
        };
        acts
    }

    fn moved(&self, spot: Spot, shown: &Shown<'_>) -> Vec<Act> {
        let ((x, y), (width, height)) = (spot.at, spot.plot);
        let (from_x, from_y) = self.start;
        let mut acts = Vec::new();
        match self.press {
            None => {}
            Some(Press::Pan { range, prices }) => {
                let shift = (from_x - x) / width * (range.1 - range.0);
                acts.push(Act::Show(viewport::pan(range, shift, shown.count)));
                if let Some(prices) = prices {
                    let moved = viewport::pan_prices(prices, (y - from_y) / height, shown.log);
                    acts.push(Act::Prices(Some(moved)));
                }
            }
            Some(Press::Prices(prices)) => {
                let factor = libm::exp((y - from_y) / PRICE_DRAG_PX);
                let scaled = viewport::scale_prices(prices, factor, shown.log);
                acts.push(Act::Prices(Some(scaled)));
            }
            Some(Press::Times(range)) => {
                let factor = libm::exp((from_x - x) / TIME_DRAG_PX);
                acts.push(Act::Show(viewport::zoom(range, range.1, factor, shown.count)));
            }
            Some(Press::Box) => {
                acts.push(Act::Area(Some([from_x, from_y, x.min(width), y.min(height)])));
            }
            Some(Press::Pinch { range, shares }) => {
                if let [(_, a), (_, b), ..] = self.fingers[..] {
                    acts.push(Act::Show(viewport::pinch(range, shares, (a, b), shown.count)));
                }
            }
            Some(Press::Take) => {
                let candle = self.candle(spot.share(), shown.range, shown);
                acts.extend(candle.map(|candle| match self.surface {
                    Surface::End { upper } => set_end(candle, upper, shown),
                    _ => {
                        let half = (shown.range.1 - shown.range.0) / 2.0;
                        Act::Show((candle - half, candle + half))
                    }
                }));
            }
        }
        acts
    }

    /// Candle at a share of the width, as a fraction.
    fn candle(&self, share: f64, (from, to): Range, shown: &Shown<'_>) -> Option<f64> {
        match self.surface {
            Surface::Price => Some(from + share * (to - from)),
            _ => (shown.candle_at)(share),
        }
    }

    fn point(&self, spot: Spot, range: Range, shown: &Shown<'_>) -> Option<Act> {
        let candle = self.candle(spot.share(), range, shown).filter(|_| spot.is_over());
        match self.surface {
            Surface::End { .. } => None,
            Surface::Price => {
                let candle = whole(candle?, shown);
                Some(Act::Point(Some((candle, (shown.price_at)(spot.at.1)))))
            }
            Surface::Overview | Surface::Curve => {
                Some(Act::Point(candle.map(|candle| (whole(candle, shown), None))))
            }
        }
    }

    fn up(&mut self, spot: Spot, cancelled: bool, shown: &Shown<'_>) -> Vec<Act> {
        let ((x, y), (width, height)) = (spot.at, spot.plot);
        let (from_x, from_y) = self.start;
        let still = (x - from_x).abs() < CLICK_PX && (y - from_y).abs() < CLICK_PX;
        let mut acts = Vec::new();
        match self.press.take() {
            Some(Press::Pan { .. }) if still && !cancelled => {
                let candle = self.candle(spot.share(), shown.range, shown);
                acts.extend(candle.map(|candle| Act::Click((x, y), whole(candle, shown))));
            }
            Some(Press::Box) => {
                acts.push(Act::Area(None));
                let share = |x: f64| self.candle(x.clamp(0.0, width) / width, shown.range, shown);
                let price = |y: f64| (shown.price_at)(y.clamp(0.0, height));
                let (candles, prices) = (share(from_x).zip(share(x)), price(from_y).zip(price(y)));
                if !still && !cancelled {
                    acts.extend(prices.map(|(p, q)| Act::Prices(Some((p.min(q), p.max(q))))));
                    acts.extend(candles.map(|(a, b)| Act::Show((a.min(b), a.max(b)))));
                }
            }
            _ => {}
        }
        acts
    }

    fn leave(&mut self) -> Vec<Act> {
        match self.surface {
            // It keeps what it has taken hold of, wherever the pointer goes.
            Surface::End { .. } => Vec::new(),
            Surface::Price => vec![Act::Point(None)],
            Surface::Overview | Surface::Curve => {
                self.press = None;
                vec![Act::Point(None)]
            }
        }
    }

    fn double(&self, spot: Spot, shown: &Shown<'_>) -> Vec<Act> {
        let all = Act::Show((0.0, shown.count));
        match self.surface {
            Surface::Price if spot.at.0 > spot.plot.0 => vec![Act::Prices(None)],
            Surface::Price if spot.at.1 > spot.plot.1 => vec![all],
            Surface::Price => vec![Act::Prices(None), all],
            _ => Vec::new(),
        }
    }
}

const fn middle((from, to): Range) -> f64 {
    f64::midpoint(from, to)
}

fn zoom(shown: &Shown<'_>, at: f64, factor: f64) -> Act {
    Act::Show(viewport::zoom(shown.range, at, factor, shown.count))
}

/// The candle that a fraction lies in.
fn whole(candle: f64, shown: &Shown<'_>) -> u32 {
    candle.floor().clamp(0.0, (shown.count - 1.0).max(0.0)) as u32
}

fn set_end(candle: f64, upper: bool, shown: &Shown<'_>) -> Act {
    let (from, to) = shown.range;
    Act::Show(if upper {
        (from.min(candle - ENDS_APART), candle)
    } else {
        (candle, to.max(candle + ENDS_APART))
    })
}

fn end_key(key: &str, shift: bool, upper: bool, shown: &Shown<'_>) -> Vec<Act> {
    let count = shown.count;
    let step = if shift { count / 10.0 } else { count / 100.0 };
    let now = if upper { shown.range.1 } else { shown.range.0 };
    let candle = match key {
        "ArrowLeft" | "ArrowDown" => now - step,
        "ArrowRight" | "ArrowUp" => now + step,
        "PageDown" => now - count / 10.0,
        "PageUp" => now + count / 10.0,
        "Home" => 0.0,
        "End" => count,
        _ => return Vec::new(),
    };
    vec![set_end(candle.clamp(0.0, count), upper, shown)]
}

fn price_key(key: &str, shift: bool, shown: &Shown<'_>) -> Vec<Act> {
    let (from, to) = shown.range;
    let width = to - from;
    let pan = |by: f64| vec![Act::Show(viewport::pan(shown.range, by, shown.count))];
    let point = |by: f64| {
        let at = shown.cursor.map_or(to - 1.0, f64::from);
        let candle = (at + by).clamp(0.0, (shown.count - 1.0).max(0.0));
        vec![
            Act::Show(viewport::reveal(shown.range, candle, shown.count)),
            Act::Point(Some((candle as u32, None))),
        ]
    };
    match (shift, key) {
        (true, "ArrowLeft") => point(-shown.step),
        (true, "ArrowRight") => point(shown.step),
        (_, "ArrowLeft") => pan(-width / 10.0),
        (_, "ArrowRight") => pan(width / 10.0),
        (_, "ArrowUp" | "+" | "=") => vec![zoom(shown, middle(shown.range), 1.0 / NOTCH)],
        (_, "ArrowDown" | "-") => vec![zoom(shown, middle(shown.range), NOTCH)],
        (_, "PageUp") => pan(-width),
        (_, "PageDown") => pan(width),
        (_, "Home") => vec![Act::Show((0.0, width))],
        (_, "End") => vec![Act::Show((shown.count - width, shown.count))],
        (_, "0") => vec![Act::Prices(None), Act::Show((0.0, shown.count))],
        (_, "Enter" | " ") => {
            let last = whole(to - 1.0, shown);
            vec![Act::Explain(shown.cursor.unwrap_or(last))]
        }
        (_, "Escape") => vec![Act::Escape],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: (f64, f64) = (400.0, 300.0);

    /// A chart that does what the machine says, as a page would.
    struct Chart {
        gestures: Gestures,
        range: Range,
        count: f64,
        prices: Option<Range>,
        log: bool,
        cursor: Option<u32>,
        acts: Vec<Act>,
    }

    fn chart(surface: Surface) -> Chart {
        Chart {
            gestures: Gestures::new(surface),
            range: (100.0, 300.0),
            count: 1_000.0,
            prices: None,
            log: false,
            cursor: None,
            acts: Vec::new(),
        }
    }

    const fn at(x: f64, y: f64) -> Spot {
        Spot { at: (x, y), plot: PLOT }
    }

    impl Chart {
        fn hear(&mut self, input: Input<'_>) -> &mut Self {
            let whole = self.count;
            let drawn = self.prices.unwrap_or((100.0, 200.0));
            let shown = Shown {
                range: self.range,
                count: self.count,
                prices: self.prices,
                drawn_prices: Some(drawn),
                log: self.log,
                cursor: self.cursor,
                step: 2.0,
                candle_at: &|share| Some(share.clamp(0.0, 1.0) * whole),
                price_at: &|y| {
                    let inside = (0.0..=PLOT.1).contains(&y);
                    inside.then(|| drawn.1 - y / PLOT.1 * (drawn.1 - drawn.0))
                },
            };
            self.acts = self.gestures.hear(input, &shown);
            for act in &self.acts {
                match act {
                    Act::Show(range) => self.range = viewport::inside(*range, self.count),
                    Act::Prices(prices) => self.prices = *prices,
                    Act::Point(place) => self.cursor = place.map(|(candle, _)| candle),
                    _ => {}
                }
            }
            self
        }

        fn down(&mut self, x: f64, y: f64) -> &mut Self {
            self.hear(Input::Down { finger: 1, spot: at(x, y), shift: false })
        }

        fn go(&mut self, x: f64, y: f64) -> &mut Self {
            self.hear(Input::Move { finger: 1, spot: at(x, y), held: true })
        }

        fn up(&mut self, x: f64, y: f64) -> &mut Self {
            self.hear(Input::Up { finger: 1, spot: at(x, y), cancelled: false })
        }

        fn key(&mut self, key: &str, shift: bool) -> &mut Self {
            self.hear(Input::Key { key, shift })
        }
    }

    #[test]
    fn a_drag_keeps_the_candle_under_the_pointer() {
        let mut chart = chart(Surface::Price);
        chart.down(200.0, 100.0).go(100.0, 100.0);
        assert_eq!(chart.range, (150.0, 350.0));
        assert_eq!(chart.cursor, Some(200), "what was under the pointer still is");
        chart.go(300.0, 150.0);
        assert_eq!(chart.range, (50.0, 250.0));
        assert_eq!(chart.prices, None, "prices follow the candles");
        chart.up(300.0, 150.0);
        assert!(chart.acts.is_empty(), "it was no click");
        // Where prices were chosen, they are taken along.
        chart.prices = Some((100.0, 200.0));
        chart.down(200.0, 100.0).go(200.0, 130.0);
        assert_eq!(chart.prices, Some((110.0, 210.0)));
    }

    #[test]
    fn a_press_that_does_not_move_is_a_click() {
        let mut chart = chart(Surface::Price);
        chart.down(200.0, 100.0).go(202.0, 101.0).up(202.0, 101.0);
        assert_eq!(chart.acts, [Act::Click((202.0, 101.0), 200)]);
        // Not when the browser takes it away, and not after a movement there and back by a menu.
        chart.down(200.0, 100.0);
        chart.hear(Input::Up { finger: 1, spot: at(200.0, 100.0), cancelled: true });
        assert!(chart.acts.is_empty());
        chart.down(200.0, 100.0);
        chart.hear(Input::Move { finger: 1, spot: at(200.0, 100.0), held: false });
        chart.up(200.0, 100.0);
        assert!(chart.acts.is_empty(), "the release was swallowed");
    }

    #[test]
    fn axes_scale_and_a_double_click_resets_them() {
        let mut chart = chart(Surface::Price);
        chart.down(420.0, 100.0).go(420.0, 250.0);
        let (low, high) = chart.prices.unwrap();
        assert!((high - low - 100.0 * libm::exp(1.0)).abs() < 1e-9);
        assert!((f64::midpoint(low, high) - 150.0).abs() < 1e-9);
        chart.up(420.0, 250.0).hear(Input::Double(at(420.0, 50.0)));
        assert_eq!((chart.prices, chart.range), (None, (100.0, 300.0)));
        chart.down(200.0, 310.0).go(400.0, 310.0);
        assert!((chart.range.1 - 300.0).abs() < 1e-9, "the newest candle in view stays");
        assert!((chart.range.1 - chart.range.0 - 200.0 / libm::exp(1.0)).abs() < 1e-9);
        chart.up(400.0, 310.0).hear(Input::Double(at(200.0, 310.0)));
        assert_eq!(chart.range, (0.0, 1_000.0));
    }

    #[test]
    fn a_box_zooms_into_both_axes_from_any_corner() {
        for ((x, y), (to_x, to_y)) in
            [((100.0, 60.0), (300.0, 240.0)), ((300.0, 240.0), (100.0, 60.0))]
        {
            let mut chart = chart(Surface::Price);
            chart.hear(Input::Down { finger: 1, spot: at(x, y), shift: true });
            chart.go(to_x, to_y);
            assert_eq!(chart.acts[0], Act::Area(Some([x, y, to_x, to_y])));
            chart.up(to_x, to_y);
            assert_eq!(chart.acts[0], Act::Area(None));
            assert_eq!(chart.range, (150.0, 250.0));
            assert_eq!(chart.prices, Some((120.0, 180.0)));
        }
        // Past the edges it ends there; a box of nothing changes nothing.
        let mut chart = chart(Surface::Price);
        chart.hear(Input::Down { finger: 1, spot: at(100.0, 60.0), shift: true });
        chart.up(900.0, 900.0);
        assert_eq!((chart.range, chart.prices), ((150.0, 300.0), Some((100.0, 180.0))));
        chart.hear(Input::Down { finger: 1, spot: at(100.0, 60.0), shift: true }).up(101.0, 61.0);
        assert_eq!(chart.acts, [Act::Area(None)]);
    }

    #[test]
    fn a_box_is_gone_when_its_press_ends_in_any_way() {
        for end in [
            Input::Move { finger: 1, spot: at(120.0, 80.0), held: false },
            Input::Down { finger: 2, spot: at(50.0, 80.0), shift: false },
            Input::Up { finger: 1, spot: at(120.0, 80.0), cancelled: true },
        ] {
            let mut chart = chart(Surface::Price);
            chart.hear(Input::Down { finger: 1, spot: at(100.0, 60.0), shift: true });
            chart.go(300.0, 240.0);
            chart.hear(end);
            assert_eq!(chart.acts[0], Act::Area(None));
        }
    }

    #[test]
    fn two_fingers_pinch_and_the_one_left_does_not_jump() {
        let mut chart = chart(Surface::Price);
        chart.down(100.0, 50.0);
        chart.hear(Input::Down { finger: 2, spot: at(200.0, 50.0), shift: false });
        chart.hear(Input::Move { finger: 2, spot: at(300.0, 50.0), held: true });
        assert_eq!(chart.range, (125.0, 225.0));
        chart.hear(Input::Up { finger: 2, spot: at(300.0, 50.0), cancelled: false });
        assert!(chart.acts.is_empty());
        let before = chart.range;
        chart.go(250.0, 50.0);
        assert_eq!(chart.range, before, "a pinch that ended moves nothing");
    }

    #[test]
    fn the_wheel_zooms_about_the_pointer() {
        let mut chart = chart(Surface::Price);
        chart.hear(Input::Wheel { spot: at(100.0, 50.0), out: false });
        let candle = |range: Range| range.0 + 0.25 * (range.1 - range.0);
        assert!((candle(chart.range) - 150.0).abs() < 1e-9);
        chart.hear(Input::Wheel { spot: at(100.0, 50.0), out: true });
        assert!((chart.range.0 - 100.0).abs() < 1e-9 && (chart.range.1 - 300.0).abs() < 1e-9);
    }

    #[test]
    fn keys_move_view_and_crosshair() {
        let mut chart = chart(Surface::Price);
        for (key, shift, range) in [
            ("ArrowLeft", false, (80.0, 280.0)),
            ("ArrowRight", false, (100.0, 300.0)),
            ("PageDown", false, (300.0, 500.0)),
            ("PageUp", false, (100.0, 300.0)),
            ("Home", false, (0.0, 200.0)),
            ("End", false, (800.0, 1_000.0)),
            ("0", false, (0.0, 1_000.0)),
        ] {
            chart.key(key, shift);
            assert_eq!(chart.range, range, "{key}");
        }
        chart.range = (100.0, 300.0);
        chart.key("ArrowLeft", true);
        assert_eq!(chart.cursor, Some(297), "from the newest in view, a bar back");
        chart.cursor = Some(299);
        chart.key("ArrowRight", true);
        assert_eq!((chart.cursor, chart.range), (Some(301), (102.0, 302.0)), "it stays in view");
        chart.key("Enter", false);
        assert_eq!(chart.acts, [Act::Explain(301)]);
        assert_eq!(chart.key("Escape", false).acts, [Act::Escape]);
        assert!(chart.key("x", false).acts.is_empty(), "not ours");
        chart.key("+", false).key("-", false);
        assert!((chart.range.1 - chart.range.0 - 200.0).abs() < 1e-9);
    }

    #[test]
    fn an_overview_brings_the_place_into_view_and_follows() {
        let mut chart = chart(Surface::Overview);
        chart.down(200.0, 20.0);
        assert_eq!(chart.range, (400.0, 600.0));
        chart.go(400.0, 20.0);
        assert_eq!(chart.range, (800.0, 1_000.0));
        chart.up(400.0, 20.0).hear(Input::Move { finger: 1, spot: at(40.0, 20.0), held: false });
        assert_eq!((chart.range, chart.cursor), ((800.0, 1_000.0), Some(100)), "only pointing");
        chart.hear(Input::Move { finger: 1, spot: at(420.0, 20.0), held: false });
        assert_eq!(chart.cursor, None, "over the axis there is no candle");
        assert_eq!(chart.hear(Input::Leave).acts, [Act::Point(None)]);
        assert!(chart.key("ArrowLeft", false).acts.is_empty());
    }

    #[test]
    fn a_curve_is_pointed_at_and_never_moved() {
        let mut chart = chart(Surface::Curve);
        chart.down(200.0, 20.0).go(300.0, 20.0).up(300.0, 20.0);
        assert_eq!((chart.range, chart.cursor), ((100.0, 300.0), Some(750)));
    }

    #[test]
    fn an_end_is_dragged_and_pushes_the_other_one() {
        let mut upper = chart(Surface::End { upper: true });
        upper.go(300.0, 0.0);
        assert_eq!(upper.range, (100.0, 300.0), "nothing is held");
        upper.down(120.0, 0.0).go(300.0, 0.0);
        assert_eq!(upper.range, (100.0, 750.0));
        upper.go(20.0, 0.0);
        assert_eq!(upper.range, (38.0, 50.0), "the lower end gives way");
        upper.hear(Input::Leave).go(900.0, 0.0);
        assert_eq!(upper.range.1, 1_000.0, "wherever the pointer goes");
        let mut lower = chart(Surface::End { upper: false });
        for (key, shift, from) in [
            ("ArrowRight", false, 110.0),
            ("ArrowLeft", false, 100.0),
            ("ArrowUp", true, 200.0),
            ("PageDown", false, 100.0),
            ("End", false, 988.0),
            ("Home", false, 0.0),
        ] {
            lower.key(key, shift);
            assert_eq!(lower.range.0, from, "{key}");
        }
    }

    /// Whatever happens in whatever order, what is shown stays inside of the file and of what numbers can hold.
    #[test]
    fn nothing_leads_out_of_the_file() {
        let mut random = crate::random::Stream::new(3, "gestures", 0);
        let keys = ["ArrowLeft", "ArrowUp", "PageUp", "End", "0", "+", "-", "Enter", "q"];
        let surfaces =
            [Surface::Price, Surface::Overview, Surface::Curve, Surface::End { upper: true }];
        for round in 0..400 {
            let mut chart = chart(surfaces[round % surfaces.len()]);
            chart.count = [1.0, 2.0, 13.0, 1_000.0, 2e6][random.below(5)];
            chart.range = viewport::inside(chart.range, chart.count);
            chart.log = random.below(2) == 0;
            for _ in 0..60 {
                let spot = at(1_200.0 * random.unit() - 400.0, 900.0 * random.unit() - 300.0);
                let finger = random.below(3) as i32;
                let (coin, shift) = (random.below(2) == 0, random.below(4) == 0);
                chart.hear(match random.below(8) {
                    0 => Input::Down { finger, spot, shift },
                    1 | 2 => Input::Move { finger, spot, held: coin },
                    3 => Input::Up { finger, spot, cancelled: coin },
                    4 => Input::Wheel { spot, out: coin },
                    5 => Input::Key { key: keys[random.below(keys.len())], shift },
                    6 => Input::Double(spot),
                    _ => Input::Leave,
                });
                let (from, to) = chart.range;
                assert!(0.0 <= from && from < to && to <= chart.count, "{from} {to}");
                assert!(chart.cursor.is_none_or(|candle| f64::from(candle) < chart.count));
                let sound = |(low, high): Range| low.is_finite() && high.is_finite() && low <= high;
                assert!(chart.prices.is_none_or(sound), "{:?}", chart.prices);
            }
        }
    }
}

//! What is looked at: page, stretch of time, layers, what is selected. Nothing here changes a number.

use crate::charts::viewport;
use crate::domain::{Few, Rejection};
use crate::strategy::Condition;
use crate::universe::MarketId;
use crate::web::canvas;
use leptos::prelude::*;

/// Candles shown at first.
const FIRST_VIEW: f64 = 160.0;

/// The pages, in the order of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What is in the file, and what is wrong with it.
    Data,
    /// Which rows are used, and why.
    Clean,
    /// The strategy on the cleaned rows.
    Backtest,
    /// Is the result more than luck?
    Validate,
    /// Two results trade by trade.
    Compare,
    /// Many configurations at once.
    Search,
    /// Would it have held?
    Robust,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 7] = [
        Self::Data,
        Self::Clean,
        Self::Backtest,
        Self::Validate,
        Self::Compare,
        Self::Search,
        Self::Robust,
    ];

    /// Its name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Clean => "Clean",
            Self::Backtest => "Backtest",
            Self::Validate => "Validate",
            Self::Compare => "Compare",
            Self::Search => "Search",
            Self::Robust => "Robust",
        }
    }

    /// What it is for, in a line.
    pub const fn lead(self) -> &'static str {
        match self {
            Self::Data => "What is in the file, and what is wrong with it.",
            Self::Clean => "Which rows are used, by which rule, and what that changes.",
            Self::Backtest => "What a strategy would have made of these rows, after costs.",
            Self::Validate => "Whether the result can be told from luck.",
            Self::Compare => "What the cleaning changed, or what your changes did: trade by trade.",
            Self::Search => "Many configurations at once, and how lucky the best one is.",
            Self::Robust => "Whether the result hangs on how the rows were cleaned.",
        }
    }

    /// The page that comes next in the work.
    pub fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|tab| *tab == self)?;
        Self::ALL.get(at + 1).copied()
    }

    /// Its name in links.
    pub fn key(self) -> String {
        self.label().to_ascii_lowercase()
    }

    /// The page of a name in a link.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.key() == key)
    }
}

/// Where the pointer or the keyboard points: linked in all charts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cursor {
    /// Candle.
    pub candle: u32,
    /// Price under the pointer, on the price chart.
    pub price: Option<f64>,
}

/// What the price chart shows beside candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Levels, stops and targets.
    pub levels: bool,
    /// Entries and exits.
    pub trades: bool,
    /// Signals that became no trade.
    pub rejected: bool,
}

/// Some trades of the backtest that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// What they have in common.
    pub label: String,
    /// Their numbers, from 0.
    pub trades: Vec<usize>,
}

/// Signals of what is looked at.
#[derive(Clone, Copy)]
pub struct ViewState {
    /// Where the file hurts is in sight.
    pub places: RwSignal<bool>,
    /// Visible page.
    pub tab: RwSignal<Tab>,
    /// Candles of the current market.
    candles: StoredValue<usize>,
    /// Candles that the price chart shows.
    pub range: RwSignal<(f64, f64)>,
    /// Those that it showed of other markets.
    ranges: StoredValue<Few<MarketId, (f64, f64)>>,
    /// Prices that the price chart shows; `None` fits the candles in view.
    pub prices: RwSignal<Option<(f64, f64)>>,
    /// Bars that fit into the price chart.
    pub bars: RwSignal<u32>,
    /// Logarithmic price axis.
    pub log_price: RwSignal<bool>,
    /// Logarithmic equity axis.
    pub log_equity: RwSignal<bool>,
    /// Buy and hold beside the equity.
    pub show_hold: RwSignal<bool>,
    /// The equity on raw rows beside it.
    pub show_raw: RwSignal<bool>,
    /// What the price chart shows beside candles.
    pub layers: RwSignal<Layers>,
    /// Where the pointer is.
    pub cursor: RwSignal<Option<Cursor>>,
    /// Only rejections with this code are shown; `None` shows all.
    pub rejected_only: RwSignal<Option<Rejection>>,
    /// The candle to be explained.
    pub explain: RwSignal<Option<u32>>,
    /// The condition whose lost trades are shown.
    pub without: RwSignal<Option<Condition>>,
    /// The only trades that the list shows.
    pub chosen: RwSignal<Option<Chosen>>,
    /// The numbers of the original method stand beside ours.
    pub original: RwSignal<bool>,
    /// The map of two parameters is open.
    pub map: RwSignal<bool>,
    /// The Compare page holds the result against the pinned one, where there is one.
    pub against_pin: RwSignal<bool>,
    /// The anatomy is in sight.
    pub anatomy: RwSignal<bool>,
    /// The list of all metrics is open.
    pub metrics: RwSignal<bool>,
    /// Selected trade.
    pub selected: RwSignal<Option<usize>>,
    /// Time of the last drawing, ms.
    pub drawn_ms: RwSignal<f64>,
    /// Changes with the theme and the pixel ratio: charts read their colours again.
    pub look: RwSignal<u32>,
}

impl ViewState {
    /// Colours or pixels are other ones: every chart is drawn again.
    pub fn looks_other(&self) {
        canvas::forget_theme();
        self.look.update(|look| *look = look.wrapping_add(1));
    }

    pub(super) fn new() -> Self {
        Self {
            places: RwSignal::new(false),
            tab: RwSignal::new(Tab::Data),
            candles: StoredValue::new(1),
            range: RwSignal::new((0.0, FIRST_VIEW)),
            ranges: StoredValue::new(Few::default()),
            prices: RwSignal::new(None),
            bars: RwSignal::new(0),
            log_price: RwSignal::new(false),
            log_equity: RwSignal::new(false),
            show_hold: RwSignal::new(false),
            show_raw: RwSignal::new(true),
            layers: RwSignal::new(Layers { levels: true, trades: true, rejected: false }),
            cursor: RwSignal::new(None),
            rejected_only: RwSignal::new(None),
            explain: RwSignal::new(None),
            without: RwSignal::new(None),
            chosen: RwSignal::new(None),
            original: RwSignal::new(false),
            against_pin: RwSignal::new(true),
            anatomy: RwSignal::new(false),
            map: RwSignal::new(false),
            metrics: RwSignal::new(false),
            selected: RwSignal::new(None),
            drawn_ms: RwSignal::new(0.0),
            look: RwSignal::new(0),
        }
    }

    /// Leaves a market: its stretch of time is kept, everything that belongs to it is let go.
    pub(super) fn leave(&self, market: Option<MarketId>) {
        if let Some(market) = market {
            let range = self.range.get_untracked();
            self.ranges.update_value(|ranges| {
                ranges.set(market, range);
            });
        }
        self.prices.set(None);
        self.cursor.set(None);
        self.rejected_only.set(None);
        self.explain.set(None);
        self.without.set(None);
        self.chosen.set(None);
        self.selected.set(None);
    }

    /// Turns to a market: to where it was left, or to its newest candles.
    pub(super) fn enter(&self, market: MarketId, candles: usize) {
        self.candles.set_value(candles);
        let all = candles as f64;
        let newest = ((all - FIRST_VIEW).max(0.0), all.max(1.0));
        let kept = self.ranges.with_value(|ranges| ranges.get(&market).copied());
        self.range.set(kept.unwrap_or(newest));
    }

    pub(super) fn forget(&self, market: MarketId) {
        self.ranges.update_value(|ranges| {
            ranges.remove(&market);
        });
    }

    /// Candles of the file.
    pub fn candles(&self) -> f64 {
        self.candles.get_value() as f64
    }

    /// Shows these candles, as far as the file has them.
    pub fn show(&self, range: (f64, f64)) {
        let range = viewport::inside(range, self.candles());
        if range != self.range.get_untracked() {
            self.range.set(range);
        }
    }

    /// Brings a candle into the middle of the price chart.
    pub fn show_candle(&self, candle: u32) {
        let (from, to) = self.range.get_untracked();
        let half = (to - from).clamp(40.0, 400.0) / 2.0;
        let middle = f64::from(candle) + 0.5;
        self.show((middle - half, middle + half));
    }

    /// Brings a candle into view with as little movement as possible.
    pub fn reveal_candle(&self, candle: u32) {
        let view = self.range.get_untracked();
        self.show(viewport::reveal(view, f64::from(candle), self.candles()));
    }

    /// Brings a trade (line, start, signal, entry, exit) into the middle of the price chart.
    pub fn show_candles(&self, [anchor, _, _, entry, exit]: [u32; 5]) {
        let (anchor, exit) = (f64::from(anchor), f64::from(exit));
        let (from, to) = self.range.get_untracked();
        let width = (to - from).clamp(40.0, 400.0).max((exit - anchor) * 1.3);
        let start = f64::midpoint(f64::from(entry), exit) - width / 2.0;
        self.prices.set(None);
        self.show((start, start + width));
    }
}

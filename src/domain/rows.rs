//! Rows of a file, and candles on a clock. Columns, not structs: the engine walks one column at a time.

/// Rows as the file gives them, in file order. Nothing is repaired: a missing or unreadable number is NaN.
///
/// All columns have equal lengths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawRows {
    /// Open time of the candle, UTC milliseconds.
    pub time_ms: Vec<i64>,
    /// First price, quote currency.
    pub open: Vec<f64>,
    /// Highest price, quote currency.
    pub high: Vec<f64>,
    /// Lowest price, quote currency.
    pub low: Vec<f64>,
    /// Last price, quote currency.
    pub close: Vec<f64>,
    /// Traded amount; NaN when missing.
    pub volume: Vec<f64>,
}

impl RawRows {
    /// Number of rows.
    pub const fn len(&self) -> usize {
        self.time_ms.len()
    }

    /// True when there is no row.
    pub const fn is_empty(&self) -> bool {
        self.time_ms.is_empty()
    }

    /// Appends one row: time, open, high, low, close, volume.
    #[allow(
        clippy::inline_always,
        reason = "the page is built with a low inlining threshold, and this is the hot loop"
    )]
    #[inline(always)]
    pub fn push(&mut self, time_ms: i64, [open, high, low, close, volume]: [f64; 5]) {
        self.time_ms.push(time_ms);
        self.open.push(open);
        self.high.push(high);
        self.low.push(low);
        self.close.push(close);
        self.volume.push(volume);
    }

    /// Open, high, low, close and volume of row `i`.
    pub fn values(&self, i: usize) -> [f64; 5] {
        [self.open[i], self.high[i], self.low[i], self.close[i], self.volume[i]]
    }

    /// Keeps the first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        self.time_ms.truncate(rows);
        for column in
            [&mut self.open, &mut self.high, &mut self.low, &mut self.close, &mut self.volume]
        {
            column.truncate(rows);
        }
    }

    /// Reserves room for `rows` more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.time_ms.reserve(rows);
        for column in
            [&mut self.open, &mut self.high, &mut self.low, &mut self.close, &mut self.volume]
        {
            column.reserve(rows);
        }
    }
}

/// Rows in time order with unique times. Values are untouched: broken rows are still here, flagged elsewhere.
///
/// Row `i` is known only from its close; a decision at row `i` reads rows `0..=i` and acts no earlier than the
/// open of row `i + 1`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candles {
    rows: RawRows,
}

impl Candles {
    /// Wraps rows whose times strictly increase; `None` when they do not.
    pub fn new(rows: RawRows) -> Option<Self> {
        rows.time_ms.windows(2).all(|pair| pair[0] < pair[1]).then_some(Self { rows })
    }
}

impl std::ops::Deref for Candles {
    type Target = RawRows;

    fn deref(&self) -> &RawRows {
        &self.rows
    }
}

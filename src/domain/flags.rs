//! One bit per finding about a row.

/// A set of findings about one row; several may hold at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowFlags(u16);

/// Names of the flags as they appear in reports, in the order of their bits.
pub const FLAG_NAMES: [&str; 8] =
    ["broken", "zero_volume", "flat", "after_gap", "off_grid", "spike", "stuck", "implausible"];

impl RowFlags {
    /// No finding.
    pub const NONE: Self = Self(0);
    /// A candle that cannot be: see METHOD §2.
    pub const BROKEN: Self = Self(1);
    /// Volume is exactly 0.
    pub const ZERO_VOLUME: Self = Self(1 << 1);
    /// High equals low.
    pub const FLAT: Self = Self(1 << 2);
    /// Slots are missing before it.
    pub const AFTER_GAP: Self = Self(1 << 3);
    /// On no slot of the timeframe, or not first on its slot.
    pub const OFF_GRID: Self = Self(1 << 4);
    /// An excursion that reverts at once; known only at the close of the next row.
    pub const SPIKE: Self = Self(1 << 5);
    /// In a run of five or more identical candles.
    pub const STUCK: Self = Self(1 << 6);
    /// A price that no market prints beside the others of its row, or of the rows beside it.
    pub const IMPLAUSIBLE: Self = Self(1 << 7);

    /// The flag with this bit number, see [`FLAG_NAMES`].
    pub const fn bit(number: usize) -> Self {
        Self(1 << number)
    }

    /// True when every finding of `other` is in `self`.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Adds the findings of `other`.
    pub const fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The bits, for drawing and sending.
    pub const fn bits(self) -> u16 {
        self.0
    }
}

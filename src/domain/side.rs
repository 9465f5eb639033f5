//! Directions.

use serde::{Deserialize, Serialize};

/// Direction of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Buys first.
    Long,
    /// Sells first.
    Short,
}

impl Side {
    /// Both directions, in the order of reports.
    pub const BOTH: [Self; 2] = [Self::Long, Self::Short];

    /// +1 for long, −1 for short. Multiplying by it mirrors a comparison exactly.
    #[inline]
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }

    /// Name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// 0 for long, 1 for short: an index into per-side pairs.
    #[inline]
    pub const fn index(self) -> usize {
        match self {
            Self::Long => 0,
            Self::Short => 1,
        }
    }
}

/// Which directions may be traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sides {
    /// Long and short.
    Both,
    /// Long only.
    Long,
    /// Short only.
    Short,
}

impl Sides {
    /// Every choice, in display order.
    pub const ALL: [Self; 3] = [Self::Both, Self::Long, Self::Short];

    /// Name in documents and options.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// True when `side` may be traded.
    pub fn allows(self, side: Side) -> bool {
        match self {
            Self::Both => true,
            Self::Long => side == Side::Long,
            Self::Short => side == Side::Short,
        }
    }

    /// The directions that may be traded.
    pub fn iter(self) -> impl Iterator<Item = Side> {
        Side::BOTH.into_iter().filter(move |side| self.allows(*side))
    }
}

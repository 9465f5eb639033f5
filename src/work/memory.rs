//! What the desks hold of which market, and what fits.

use crate::domain::Few;
use crate::universe::MarketId;

/// Memory that the markets of one desk may take: a Wasm module addresses 4 GiB and needs some for its answers.
pub const DESK_BYTES: u64 = 7 << 29;
/// Memory that the markets of all desks may take together. Own choice: half of a small machine's 8 GB.
pub const PAGE_BYTES: u64 = 4 << 30;

/// The markets of each desk with the moment of their last use.
#[derive(Debug)]
pub(super) struct Memory {
    /// Bytes of each market, once it is read or estimated.
    bytes: Few<MarketId, u64>,
    held: Vec<Few<MarketId, u64>>,
    uses: u64,
}

impl Memory {
    pub fn new(desks: usize) -> Self {
        Self { bytes: Few::default(), held: vec![Few::default(); desks], uses: 0 }
    }

    pub fn set_bytes(&mut self, market: MarketId, bytes: u64) {
        self.bytes.set(market, bytes);
    }

    pub fn holds(&self, desk: usize, market: MarketId) -> bool {
        self.held[desk].has(&market)
    }

    /// Notes that a desk has a market and uses it now.
    pub fn used(&mut self, desk: usize, market: MarketId) {
        self.uses += 1;
        self.held[desk].set(market, self.uses);
    }

    pub fn release(&mut self, desk: usize, market: MarketId) {
        self.held[desk].remove(&market);
    }

    /// A desk was emptied: its worker is gone.
    pub fn clear(&mut self, desk: usize) {
        self.held[desk].clear();
    }

    pub fn forget(&mut self, market: MarketId) {
        self.bytes.remove(&market);
    }

    fn of(&self, market: MarketId) -> u64 {
        self.bytes.get(&market).copied().unwrap_or(0)
    }

    fn of_desk(&self, desk: usize) -> u64 {
        self.held[desk].iter().map(|(market, _)| self.of(market)).sum()
    }

    /// Bytes of all markets in all desks.
    pub fn total(&self) -> u64 {
        (0..self.held.len()).map(|desk| self.of_desk(desk)).sum()
    }

    /// True when one more desk may hold the market without anything being let go.
    pub fn fits_beside(&self, market: MarketId) -> bool {
        self.total() + self.of(market) <= PAGE_BYTES
    }

    /// What must be let go, the longest unused first, before a desk takes a market up: first what the desk itself has no
    /// room for, then what the page has none for. `busy` names what is being worked on.
    pub fn make_room(
        &mut self,
        desk: usize,
        market: MarketId,
        busy: &[(usize, MarketId)],
    ) -> Vec<(usize, MarketId)> {
        let needed = self.of(market);
        let mut gone = Vec::new();
        loop {
            let desk_is_full = self.of_desk(desk) + needed > DESK_BYTES;
            if !desk_is_full && self.total() + needed <= PAGE_BYTES {
                return gone;
            }
            let held = self.held.iter().enumerate().filter(|(at, _)| !desk_is_full || *at == desk);
            let oldest = held
                .flat_map(|(at, held)| held.iter().map(move |(other, &used)| (used, at, other)))
                .filter(|&(_, at, other)| other != market && !busy.contains(&(at, other)))
                .min();
            let Some((_, at, other)) = oldest else { return gone };
            self.release(at, other);
            gone.push((at, other));
        }
    }
}

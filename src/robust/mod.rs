//! Would the result have held? The same strategy over other cleanings of the same file, and what its trades lean on.

pub mod contamination;
mod fantasy;
pub mod multiverse;

pub use contamination::{Contamination, Exposure, Tercile};
pub use fantasy::{Fantasy, FantasyTrade, Repriced};
pub use multiverse::{Fragility, Multiverse, Outcome, Spread, UNIVERSES, Universe, UniverseSpec};

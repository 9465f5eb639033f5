//! Would the result have held? The same strategy over other cleanings of the same file.

pub mod multiverse;

pub use multiverse::{Fragility, Multiverse, Outcome, Spread, UNIVERSES, Universe, UniverseSpec};

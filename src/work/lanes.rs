//! What the scheduler knows of each stream of work.

use crate::protocol::Lane;

/// Which desks answer a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The one desk that nothing slow ever keeps: what a finger waits for.
    Front,
    /// Any other desk: what may arrive later.
    Back,
    /// The first of them: what goes on from something that a worker keeps.
    Home,
    /// All desks but that one, each with a question of its own: parts of what is kept there. They are short, so that the
    /// front can take them, too.
    Shared,
}

/// What a lane needs, and what becomes of its questions.
pub trait Route {
    /// Which desks answer it.
    fn place(self) -> Place;
    /// True for questions that the bytes of the file are sent with; all others need the market in memory.
    fn reads_file(self) -> bool;
    /// True where every question is answered in turn; elsewhere a newer one replaces the one that waits.
    fn keeps_all(self) -> bool;
}

impl Route for Lane {
    fn place(self) -> Place {
        match self {
            Self::Preview
            | Self::Load
            | Self::Window
            | Self::Backtest
            | Self::Explain
            | Self::Clean => Place::Front,
            Self::Export
            | Self::Places
            | Self::Audit
            | Self::Detail
            | Self::Anatomy
            | Self::Gained
            | Self::Costs
            | Self::Looks
            | Self::Bar
            | Self::Saved
            | Self::Map
            | Self::Validate
            | Self::Entries
            | Self::Multiverse
            | Self::Contamination
            | Self::Compare
            | Self::Proof => Place::Back,
            Self::Search | Self::Found | Self::Gather => Place::Home,
            Self::Portion => Place::Shared,
        }
    }

    fn reads_file(self) -> bool {
        matches!(self, Self::Preview | Self::Load)
    }

    fn keeps_all(self) -> bool {
        // Two clicks on two downloads want both; every part of a search counts.
        matches!(self, Self::Export | Self::Portion | Self::Gather)
    }
}

//! Every message across the worker boundary. Closed enums, no browser types; bytes are postcard.
//!
//! `question` says what a question is and lists all of them; each family of questions has a file with its answers. The
//! page posts a [`Message`]. The worker answers an [`Envelope`] with any number of partial events and exactly one that is
//! final. Each lane has a generation counter kept by the page: an answer that is not the one waited for is dropped.

mod chart;
mod clean;
mod compare;
mod file;
mod ledger;
mod map;
mod question;
mod robust;
mod run;
mod saved;
mod search;
mod validate;

pub use chart::{ExplainQuestion, ExplainView, Happening, Place, Role, WindowQuestion, WindowView};
pub use clean::{CleanQuestion, CleanView};
pub use compare::{CompareQuestion, CompareView};
pub use file::{
    AuditQuestion, AuditView, How, LoadQuestion, LoadedView, PlacesQuestion, PlacesView,
    PreviewQuestion, Source, Told,
};
pub use ledger::{BarQuestion, BarView, LooksQuestion, LooksView, Shown};
pub use map::{MapQuestion, MapView};
pub use question::{Lane, Listed, Question, Reply, Request};
pub use robust::{ContaminationQuestion, ContaminationView, MultiverseQuestion, MultiverseView};
pub use run::{
    AnatomyQuestion, AnatomyView, BacktestQuestion, BacktestView, BehindView, CostsQuestion,
    CostsView, CurveView, DetailQuestion, DetailView, ExportKind, ExportQuestion, ExportView,
    GainedQuestion, GainedView, RejectedView, Split, TradeView,
};
pub use saved::{SavedQuestion, SavedView};
pub use search::{
    FoundQuestion, FoundView, GatherQuestion, GatherView, PictureChoice, PortionQuestion,
    PortionView, SearchQuestion, SearchView, TableChoice, TrialsFile,
};
pub use validate::{
    EntriesQuestion, EntriesView, ProofQuestion, ProofView, ValidateQuestion, ValidateView,
};

use crate::import::ImportError;
use crate::universe::MarketId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Bumped on any change to this folder; compared in [`Word::Ready`].
pub const VERSION: u32 = 15;

/// Which question an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Stream.
    pub lane: Lane,
    /// Position in the stream.
    pub generation: u64,
    /// The market that it is about.
    pub market: MarketId,
}

/// A question on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Which one it is.
    pub ticket: Ticket,
    /// What to do.
    pub request: Request,
}

/// Page to worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Answer this. Bytes of a file may be attached.
    Ask(Box<Envelope>),
    /// Hold the market whose columns are attached.
    Hold(MarketId),
    /// Let a market go.
    Release(MarketId),
}

/// Worker to page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Word {
    /// Sent once, unasked, when the module has started; messages wait for it.
    Ready {
        /// [`VERSION`] of the worker's build.
        version: u32,
    },
    /// A market is held from now on, or why it cannot be.
    Held {
        /// Which.
        market: MarketId,
        /// Why not.
        failure: Option<ImportError>,
    },
    /// About a question.
    Answer(Box<Answer>),
}

/// What a worker says about a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Copied from the question.
    pub ticket: Ticket,
    /// Time the worker took, ms.
    pub elapsed_ms: f64,
    /// What happened.
    pub event: Event,
}

/// What can happen to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Bytes read so far.
    Progress {
        /// Done.
        done: u64,
        /// In all.
        total: u64,
    },
    /// A part of a file to download, in order; the answer ends it.
    Part(String),
    /// It is answered.
    Reply(Reply),
    /// It failed; the worker lives on.
    Failed(ImportError),
}

impl Event {
    /// True for the one event that ends a question.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Reply(_) | Self::Failed(_))
    }
}

/// Message to bytes.
///
/// # Panics
/// Never: messages hold nothing that postcard refuses.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_stdvec(message).expect("Invariant: messages hold nothing that postcard refuses")
}

/// Bytes to message.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}

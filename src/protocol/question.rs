//! What a question is, and the one list of them.

use super::{
    AnatomyQuestion, AuditQuestion, BacktestQuestion, BarQuestion, CleanQuestion, CompareQuestion,
    ContaminationQuestion, CostsQuestion, DetailQuestion, EntriesQuestion, ExplainQuestion,
    ExportQuestion, FoundQuestion, GainedQuestion, GatherQuestion, LoadQuestion, LooksQuestion,
    MapQuestion, MultiverseQuestion, PlacesQuestion, PortionQuestion, PreviewQuestion,
    ProofQuestion, SavedQuestion, SearchQuestion, ValidateQuestion, WindowQuestion,
};
use crate::session::Settings;
use serde::{Deserialize, Serialize};

/// Something that a worker can be asked. A new one is a struct with this trait, a line in the list below and an arm in
/// [`crate::service`].
pub trait Question: Listed + Clone + PartialEq + Send + Sync + 'static {
    /// What is answered.
    type Answer: Clone + PartialEq + Send + Sync + 'static;

    /// The settings of the run that it is about: they are checked before it is answered.
    fn settings(&self) -> Option<&Settings> {
        None
    }

    /// The question that goes on where this answer stops: work that is done in steps, so that more urgent work comes in
    /// between and what is done is kept when it is stopped.
    fn next(&self, _answer: &Self::Answer) -> Option<Self> {
        None
    }
}

/// What the list gives to each of its questions.
pub trait Listed: Sized {
    /// Its stream.
    const LANE: Lane;
    /// The question among all.
    fn request(self) -> Request;
    /// Its answer among all.
    fn reply(answer: <Self as Question>::Answer) -> Reply
    where
        Self: Question;
    /// Its answer, if it is one.
    fn answer(reply: Reply) -> Option<<Self as Question>::Answer>
    where
        Self: Question;
    /// The same, looked at.
    fn answer_in(reply: &Reply) -> Option<&<Self as Question>::Answer>
    where
        Self: Question;
    /// The question, if it is one of these.
    fn question_in(request: &Request) -> Option<&Self>;
}

macro_rules! questions {
    ($($(#[doc = $doc:literal])* $name:ident($question:ty),)*) => {
        /// Independent streams of work, one a question, the more urgent first. A newer question replaces an older one of its
        /// own lane only.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Lane {
            $($(#[doc = $doc])* $name,)*
        }

        impl Lane {
            /// Every lane, the most urgent first.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }

        /// What a worker can be asked.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Request {
            $($(#[doc = $doc])* $name($question),)*
        }

        /// What a worker can answer.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Reply {
            $($(#[doc = $doc])* $name(Box<<$question as Question>::Answer>),)*
        }

        impl Request {
            /// Its stream.
            pub const fn lane(&self) -> Lane {
                match self {
                    $(Self::$name(_) => Lane::$name,)*
                }
            }

            /// [`Question::settings`].
            pub fn settings(&self) -> Option<&Settings> {
                match self {
                    $(Self::$name(question) => question.settings(),)*
                }
            }

            /// [`Question::next`]; `None` for the answer of another question.
            pub fn next(&self, reply: &Reply) -> Option<Self> {
                match (self, reply) {
                    $((Self::$name(question), Reply::$name(answer)) => {
                        question.next(answer).map(Self::$name)
                    })*
                    _ => None,
                }
            }
        }

        $(impl Listed for $question {
            const LANE: Lane = Lane::$name;

            fn request(self) -> Request {
                Request::$name(self)
            }

            fn reply(answer: <Self as Question>::Answer) -> Reply {
                Reply::$name(Box::new(answer))
            }

            fn answer(reply: Reply) -> Option<<Self as Question>::Answer> {
                match reply {
                    Reply::$name(answer) => Some(*answer),
                    _ => None,
                }
            }

            fn answer_in(reply: &Reply) -> Option<&<Self as Question>::Answer> {
                match reply {
                    Reply::$name(answer) => Some(answer),
                    _ => None,
                }
            }

            fn question_in(request: &Request) -> Option<&Self> {
                match request {
                    Request::$name(question) => Some(question),
                    _ => None,
                }
            }
        })*
    };
}

questions! {
    /// The first lines of a file.
    Preview(PreviewQuestion),
    /// A file and its quality report.
    Load(LoadQuestion),
    /// Decimated candles for a chart.
    Window(WindowQuestion),
    /// One backtest.
    Backtest(BacktestQuestion),
    /// One candle, condition by condition.
    Explain(ExplainQuestion),
    /// Cleaning counts and differences.
    Clean(CleanQuestion),
    /// All markets by their gates.
    Audit(AuditQuestion),
    /// Where the file hurts.
    Places(PlacesQuestion),
    /// Files to download.
    Export(ExportQuestion),
    /// What arrives later: funnel, raw ghost, optimistic bound.
    Detail(DetailQuestion),
    /// The trades that a condition costs.
    Gained(GainedQuestion),
    /// What the result is made of.
    Anatomy(AnatomyQuestion),
    /// Costs and the path inside a candle.
    Costs(CostsQuestion),
    /// Which looks some backtests were.
    Looks(LooksQuestion),
    /// The bar that a ledger sets.
    Bar(BarQuestion),
    /// Saved configurations.
    Saved(SavedQuestion),
    /// Two parameters over a grid.
    Map(MapQuestion),
    /// Intervals and other tools' numbers.
    Validate(ValidateQuestion),
    /// Random entries.
    Entries(EntriesQuestion),
    /// The same parameters on raw rows.
    Compare(CompareQuestion),
    /// One strategy under every cleaning, some at a time.
    Multiverse(MultiverseQuestion),
    /// What the trades lean on.
    Contamination(ContaminationQuestion),
    /// Prefix invariance, a few cuts at a time.
    Proof(ProofQuestion),
    /// What a search found.
    Found(FoundQuestion),
    /// Trials of a search that another worker ran.
    Gather(GatherQuestion),
    /// The trials of a search, some at a time.
    Search(SearchQuestion),
    /// Trials of a search for the worker that keeps it.
    Portion(PortionQuestion),
}

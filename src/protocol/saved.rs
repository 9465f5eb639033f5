//! Saved configurations: their list, their document, and what a document holds.

use super::question::Question;
use crate::ledger::{Listed, Saved};
use serde::{Deserialize, Serialize};

/// List saved configurations, and read a document of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedQuestion {
    /// All that are saved.
    pub saved: Vec<Saved>,
    /// Which of them to list.
    pub how: Listed,
    /// SHA-256 of the rows that are open: configurations of others are marked.
    pub data: String,
    /// Name and text of a document to be read.
    pub document: Option<(String, String)>,
}

impl Question for SavedQuestion {
    type Answer = SavedView;
}

/// Answer to [`SavedQuestion`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedView {
    /// The markup of [`crate::export::html::saved`].
    pub html: String,
    /// How many are listed and hidden, in a sentence.
    pub line: String,
    /// All of them as a document.
    pub text: String,
    /// What the document that was read holds and the page does not have yet.
    pub fresh: Vec<Saved>,
    /// What was found in it, in sentences.
    pub told: Option<String>,
}

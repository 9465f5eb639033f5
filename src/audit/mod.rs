//! Audits: many markets judged by gates of the user's own, and held against an earlier audit. METHOD-DATA §6.

mod compare;
mod gates;
mod judge;

/// Name and version of the document of an audit.
pub const SCHEMA: &str = "cleansweep-audit/1";

pub use compare::{Change, Comparison, GateChange, MarketChange, Previous, Why, compare};
pub use gates::{
    AUDIT_GATES, AuditGate, FailOn, GateSetting, Gates, Holding, MarketGates, Options, Settings,
    Threshold, pattern,
};
pub use judge::{AuditMarket, AuditVerdict, Audited, Facts, JudgedGate};

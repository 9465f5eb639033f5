//! Generated sample markets.

/// A generated market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// x
    Job143,
    /// y
    Clean,
}
impl Sample {
    /// x
    pub fn from_name(_: &str) -> Option<Self> {
        None
    }
    /// x
    pub fn csv(self) -> String {
        String::new()
    }
}

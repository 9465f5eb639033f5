//! A strategy over the rows of one policy: from parameters to trades, in cached stages.

mod stages;

pub use stages::Stages;

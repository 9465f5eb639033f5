//! A strategy over the rows of one policy: from parameters to trades, in cached stages.

mod stages;
mod window;

pub use stages::Stages;
pub use window::Window;

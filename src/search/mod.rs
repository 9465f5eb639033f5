//! Many configurations at once, and how far the best of them can be trusted. METHOD §11, METHOD-TRAINING §1 to §5.
//!
//! [`Space`] says what is varied, [`Plan`] how it is sampled, [`Trials`] makes any trial by itself, [`Evaluator`] runs them
//! and [`Found`] keeps all of their numbers. `luck` says how good the best of so many worthless ones would look, `reading`
//! how its neighbours do.

mod found;
mod judge;
pub mod luck;
mod plan;
pub mod reading;
mod run;
mod sobol;
mod space;

pub use found::{Found, Trial};
pub use judge::{Court, Judged, OVERFIT};
pub use plan::{MIN_TRADES, MOST_TRIALS, OBJECTIVE, Plan, Sampler, Trials, combinations};
pub use run::{Evaluator, Numbers, Outcome};
pub use space::{Axis, Scale, Space, SpaceError, Span, to_json as space_json};

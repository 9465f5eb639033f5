//! The words everyone uses: rows, flags, sides, trades, times and undefined numbers.
//!
//! Nothing here knows a file format, a policy or a strategy.

mod few;
mod flags;
mod order;
mod pulse;
mod rows;
mod side;
mod text;
mod time;
mod trade;
mod undefined;

pub use few::Few;
pub use flags::{FLAG_NAMES, RowFlags};
pub use order::{gather, order_of, sort_numbers, sort_rows, sort_short};
pub use pulse::{ROWS_A_BEAT, install_pulse, pulse};
pub use rows::{Candles, RawRows};
pub use side::{Side, Sides};
pub use text::{grouped, hex, one_of};
pub use time::{
    Civil, DAY_MS, HOUR_MS, MINUTE_MS, format_duration, format_time, modal_step, parse_time,
    timeframe_label,
};
pub use trade::{ExitReason, Origin, Rejection, Trade};
pub use undefined::{Measure, Undefined};

//! What a strategy asks the engine for: entries, how they end, and when a position should be left. METHOD-STRATEGIES §1.

use super::EngineParams;
use crate::domain::{Origin, Side};
use std::sync::Arc;

/// A wish to enter: what a strategy says before the engine's filters. Rows are usable rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intent {
    /// Direction.
    pub side: Side,
    /// Row at whose close the signal is known.
    pub at: u32,
    /// Row that the signal rests on: a bad tick there, known by `at`, refuses it. `at` itself where there is no other.
    pub from: u32,
    /// Place of its exits in [`Asks::exits`].
    pub exits: u16,
    /// What the strategy wants to remember of it; the engine passes it on, unread.
    pub origin: Origin,
}

/// Per side and usable row: does the strategy want out at this close? Read from the entry row on.
#[derive(Clone, Debug, PartialEq)]
pub struct ExitStates(pub [Vec<bool>; 2]);

impl ExitStates {
    /// The states of positions in one direction.
    pub fn of(&self, side: Side) -> &[bool] {
        &self.0[side.index()]
    }
}

/// How a position ends.
#[derive(Clone, Debug, PartialEq)]
pub struct ExitRule {
    /// Distance of the stop, multiples of ATR at the signal.
    pub stop_atr: f64,
    /// Distance of the target, multiples of the stop distance; `None` = no target.
    pub target_r: Option<f64>,
    /// Clock rows after the entry at whose close it ends; `None` = no limit.
    pub time_limit: Option<u32>,
    /// When the strategy wants out; `None` = never.
    pub states: Option<Arc<ExitStates>>,
}

impl ExitRule {
    /// The exits of the parameters, with the states of a strategy.
    pub const fn new(params: &EngineParams, states: Option<Arc<ExitStates>>) -> Self {
        Self {
            stop_atr: params.atr_multiplier_sl,
            target_r: params.risk_reward_ratio,
            time_limit: params.max_holding_periods,
            states,
        }
    }
}

/// Everything a strategy asks for on one market.
#[derive(Clone, Debug, PartialEq)]
pub struct Asks {
    /// Entries by row; at one row long comes first.
    pub intents: Vec<Intent>,
    /// How they end, by [`Intent::exits`]. Not empty.
    pub exits: Vec<ExitRule>,
}

impl Asks {
    /// Entries of one side or both, each in the order of rows, which all end alike.
    pub fn new(sides: &[&[Intent]], exits: ExitRule) -> Self {
        let place =
            |intent: &Intent| 2 * u64::from(intent.at) + u64::from(intent.side == Side::Short);
        let intents = match sides {
            [one] => one.to_vec(),
            // Each is in order by itself.
            [one, other] => {
                let mut all = Vec::with_capacity(one.len() + other.len());
                let mut rest = other.iter().peekable();
                for intent in *one {
                    while let Some(earlier) = rest.next_if(|next| place(next) < place(intent)) {
                        all.push(*earlier);
                    }
                    all.push(*intent);
                }
                all.extend(rest);
                all
            }
            _ => Vec::new(),
        };
        Self { intents, exits: vec![exits] }
    }

    /// How an entry ends.
    pub fn exits_of(&self, intent: &Intent) -> &ExitRule {
        &self.exits[usize::from(intent.exits)]
    }
}

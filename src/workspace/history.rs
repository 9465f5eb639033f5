//! Undo and redo over whole values: one step a gesture.

use super::Workspace;

/// Changes of the same key that follow each other faster than this are one step, ms: a held arrow key, for example.
const SAME_GESTURE_MS: f64 = 600.0;
/// Steps kept.
const MOST: usize = 500;

/// The past and the future of the present value.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: Vec<Workspace>,
    present: Workspace,
    future: Vec<Workspace>,
    /// What the last step changed, and when.
    last: Option<(Vec<&'static str>, f64)>,
}

impl History {
    /// Starts with a value and no past.
    pub fn new(present: Workspace) -> Self {
        Self { present, ..Self::default() }
    }

    /// Takes a new value. While a finger is down (`held`), or right after a change of the same key, the step under way
    /// grows instead of a new one being made. Undoing itself changes nothing here, because the value is the present one.
    pub fn record(&mut self, value: &Workspace, now_ms: f64, held: bool) {
        if *value == self.present {
            return;
        }
        let keys = value.changed(&self.present);
        // A choice of strategy is never a part of a gesture: one after the other would undo to where both began.
        let same = keys != ["strategy"]
            && self
                .last
                .as_ref()
                .is_some_and(|(last, at)| *last == keys && (held || now_ms - at < SAME_GESTURE_MS));
        if !same {
            if self.past.len() == MOST {
                self.past.remove(0);
            }
            self.past.push(self.present.clone());
        }
        self.future.clear();
        self.present = value.clone();
        self.last = Some((keys, now_ms));
    }

    /// A gesture has ended: the next change is a step of its own.
    pub fn close_step(&mut self) {
        self.last = None;
    }

    /// One step back.
    pub fn undo(&mut self) -> Option<Workspace> {
        let earlier = self.past.pop()?;
        self.future.push(std::mem::replace(&mut self.present, earlier));
        self.last = None;
        Some(self.present.clone())
    }

    /// One step forward again.
    pub fn redo(&mut self) -> Option<Workspace> {
        let later = self.future.pop()?;
        self.past.push(std::mem::replace(&mut self.present, later));
        self.last = None;
        Some(self.present.clone())
    }

    /// True when there is a step to take back.
    pub const fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// True when there is a step to take again.
    pub const fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ParamValue;

    fn with(key: &str, value: f64) -> Workspace {
        let mut workspace = Workspace::default();
        workspace.settings.params.set(key, ParamValue::Number(value)).unwrap();
        workspace
    }

    #[test]
    fn a_drag_is_one_step() {
        let mut history = History::default();
        for k in 1..50 {
            history.record(&with("fee", f64::from(k) / 10_000.0), f64::from(k) * 5_000.0, true);
        }
        history.close_step();
        history.record(&with("fee", 0.009), 400_000.0, true);
        assert_eq!(history.undo(), Some(with("fee", 0.0049)));
        assert_eq!(history.undo(), Some(Workspace::default()));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some(with("fee", 0.0049)));
        assert_eq!(history.redo(), Some(with("fee", 0.009)));
        assert!(!history.can_redo() && history.can_undo());
    }

    #[test]
    fn a_held_key_is_one_step_and_two_presses_apart_are_two() {
        let mut history = History::default();
        for k in 1..10 {
            history.record(&with("fee", f64::from(k) / 10_000.0), f64::from(k) * 50.0, false);
        }
        history.record(&with("fee", 0.002), 5_000.0, false);
        assert_eq!(history.undo(), Some(with("fee", 0.0009)));
        assert_eq!(history.undo(), Some(Workspace::default()));
    }

    #[test]
    fn every_choice_of_a_strategy_is_a_step() {
        let mut history = History::default();
        let other = crate::strategy::StrategyId::from_name("ma_cross").unwrap();
        let mut crossing = Workspace::default();
        crossing.settings.params = crossing.settings.params.with_strategy(other);
        history.record(&crossing, 10.0, false);
        history.record(&Workspace::default(), 20.0, false);
        assert_eq!(history.undo(), Some(crossing));
        assert_eq!(history.undo(), Some(Workspace::default()));
    }

    #[test]
    fn a_new_change_after_undo_forgets_the_future() {
        let mut history = History::default();
        history.record(&with("fee", 0.002), 0.0, false);
        history.record(&with("fee", 0.003), 5_000.0, false);
        history.undo();
        history.record(&with("slippage", 0.001), 6_000.0, false);
        assert!(!history.can_redo());
        history.undo();
        // The value that was undone to is not recorded a second time.
        history.record(&with("fee", 0.002), 7_000.0, false);
        assert!(history.can_redo());
    }
}

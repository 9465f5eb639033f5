//! A strategy of this one file and one line in the list, to hold the promise that nothing else is needed: it buys on every so
//! many rows and leaves a few rows later. Only tests see it.

use super::{Counts, OriginKind, OriginSpec, Params, Preset, Rules, Seen, Strategy};
use crate::domain::{Origin, Side};
use crate::engine::{Asks, ExitRule, ExitStates, Intent, Series};
use crate::table::{ConditionSpec, StageSpec, Test, Tested, Unit, Verdict, params};
use std::sync::Arc;

params! {
    /// The parameters of the toy.
    pub struct ToyParams;
    /// Rows from one signal to the next one; the toy buys on each of them.
    toy_every: u32, "Every", "Toy", Rows, 2..=100 step 1/0,
        default 9,
        from "own choice: a number";
}

pub(super) static TOY: Strategy = Strategy {
    name: "toy",
    label: "Toy",
    doc: "Buys on every so many rows and leaves half as many rows later.",
    params: ToyParams::SPECS,
    defaults: || ToyParams::default().values(),
    groups: &["Toy"],
    order: None,
    starts: &[("min_atr_frac", crate::table::ParamValue::Number(0.0), "a toy")],
    presets: &[Preset { key: "default", label: "Default", values: &[], newest: None }],
    presets_note: "A toy.",
    conditions: &[ConditionSpec {
        key: "its_turn",
        label: "Its turn",
        unit: Unit::Rows,
        noun: Some("row"),
        what: ["rows since the last turn"; 2],
        removed: "every row",
    }],
    stages: &[StageSpec { key: "its_turn", label: "Its turn", condition: Some(0) }],
    origin: &[OriginSpec { key: "turn", kind: OriginKind::Count, is_listed: true }],
    line: None,
    from_text: None,
    note: |origin| format!("turn {}", origin.0[0]),
    has_exits: true,
    check: |_| Ok(()),
    hints: |_, _| vec!["the toy knows nothing".to_owned()],
    space: &[],
    shared_by: &[],
    fits: &[],
};

#[derive(Debug, Default)]
pub(super) struct ToyRules {
    every: usize,
}

impl ToyRules {
    fn is_turn(&self, row: usize) -> bool {
        row.is_multiple_of(self.every)
    }
}

impl Rules for ToyRules {
    fn prepare(&mut self, _series: &Series, params: &Params) {
        self.every = ToyParams::from_values(params.own()).toy_every as usize;
    }

    fn asks(&mut self, series: &Series, params: &Params, without: Option<usize>) -> Asks {
        self.prepare(series, params);
        let rows = (0..series.len()).filter(|&row| without == Some(0) || self.is_turn(row));
        let intents: Vec<Intent> = rows
            .filter(|_| params.engine.sides.allows(Side::Long))
            .map(|row| {
                let (at, turn) = (row as u32, (row / self.every) as f64);
                let origin = Origin([turn, 0.0, 0.0, 0.0]);
                Intent { side: Side::Long, at, from: at, exits: 0, origin }
            })
            .collect();
        let half = self.every / 2;
        let out = (0..series.len()).map(|row| row % self.every == half).collect::<Vec<_>>();
        let states = Arc::new(ExitStates([out.clone(), out]));
        Asks::new(&[&intents], ExitRule::new(&params.engine, Some(states)))
    }

    fn ready_row(&self, _series: &Series) -> Option<usize> {
        Some(0)
    }

    fn count(&self, series: &Series, _params: &Params, side: Side, first: usize) -> Counts {
        let rows = (first..series.len()).filter(|&row| side == Side::Long && self.is_turn(row));
        let count = rows.count();
        Counts { stages: vec![count], alone: vec![count] }
    }

    fn explain(&self, _series: &Series, _params: &Params, side: Side, s: usize) -> Seen {
        let holds = side == Side::Long && self.is_turn(s);
        let test = Tested {
            value: Ok((s % self.every) as f64),
            threshold: Ok(0.0),
            test: Test::AtMost,
            verdict: Verdict::of(holds),
        };
        Seen { tests: vec![test], signal: holds.then_some(s), at: s, about: None }
    }
}

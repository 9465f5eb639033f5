//! Sections `contamination` and `fantasy`: what the trades of a run lean on, and fills that nobody could have had. Keys in
//! `tests/golden/cases-data/README.md`.

use super::json::{Section, measure, obj, object, undefined};
use crate::domain::{ExitReason, Undefined};
use crate::metrics::stats::{mean_of, sum};
use crate::robust::contamination::REPLICATES;
use crate::robust::{Contamination, Exposure, Fantasy, FantasyTrade, Repriced, Tercile};
use serde_json::Value;

/// A part of an exposure; where the strategy has none, why.
fn part(share: Option<f64>) -> Value {
    share.map_or_else(|| undefined("the strategy reads no such rows"), Value::from)
}

fn exposure(row: &Exposure) -> Value {
    obj!({
        "atr": row.atr,
        "volume": part(row.volume),
        "level": part(row.level),
        "held": row.held,
        "contamination": row.contamination,
    })
}

fn tercile(third: &Tercile) -> Value {
    let bound = |value: Option<f64>| value.map_or_else(|| undefined("no trade"), Value::from);
    obj!({
        "trades": third.trades,
        "low": bound(third.bounds.map(|(low, _)| low)),
        "high": bound(third.bounds.map(|(_, high)| high)),
        "mean_r": measure(&third.mean_r),
        "win_rate": measure(&third.win_rate),
    })
}

/// Section `contamination`.
pub fn contamination(found: &Contamination) -> Section {
    let terciles = match &found.terciles {
        Ok(thirds) => thirds.iter().map(tercile).collect(),
        Err(Undefined(reason)) => undefined(reason),
    };
    let mean = obj!({
        "atr": measure(&found.mean(|row| Some(row.atr))),
        "volume": measure(&found.mean(|row| row.volume)),
        "level": measure(&found.mean(|row| row.level)),
        "held": measure(&found.mean(|row| Some(row.held))),
        "contamination": measure(&found.mean(|row| Some(row.contamination))),
    });
    (
        "contamination",
        obj!({
            "trades": found.rows.len(),
            "rows": found.rows.iter().map(exposure).collect::<Vec<_>>(),
            "mean": mean,
            "rho": measure(&found.rho),
            "p": measure(&found.p),
            "replicates": REPLICATES,
            "seed": found.seed.to_string(),
            "terciles": terciles,
        }),
    )
}

fn trade(one: &FantasyTrade) -> Value {
    let repriced = match one.repriced {
        Repriced::At { entry_price, exit_price } => {
            obj!({ "entry_price": entry_price, "exit_price": exit_price })
        }
        other => other.code().unwrap_or_default().into(),
    };
    let gain_r = one.gain_r().ok_or_else(|| Undefined::because("no tradable row later"));
    obj!({
        "id": one.id,
        "side": one.trade.side.name(),
        "entry_row": one.trade.entry_row,
        "exit_row": one.trade.exit_row,
        "entry_untradable": one.entry,
        "exit_untradable": one.exit,
        "exit_reason": one.trade.exit_reason.name(),
        "net_r": one.trade.net_r(),
        "repriced": repriced,
        "gain_r": measure(&gain_r),
    })
}

/// Section `fantasy`.
pub fn fantasy(found: &Fantasy) -> Section {
    let (entries, exits) = found.fills();
    // Exits that no strategy of this run could ask for are not listed.
    let exits = exits
        .into_iter()
        .filter(|(reason, count)| *reason != ExitReason::Signal || *count > 0)
        .map(|(reason, count)| (reason.name(), count));
    let fills = object(std::iter::once(("entry", entries)).chain(exits));
    let total: Vec<f64> = found.trades.iter().map(|trade| trade.net).collect();
    let net: Vec<f64> = found.list.iter().map(|one| one.trade.net).collect();
    let gains: Vec<f64> = found.list.iter().filter_map(|one| one.gain).collect();
    let gains_r: Vec<f64> = found.list.iter().filter_map(FantasyTrade::gain_r).collect();
    let share = match found.trades.len() {
        0 => Err(Undefined::too_few(0, 1)),
        trades => Ok(found.list.len() as f64 / trades as f64),
    };
    (
        "fantasy",
        obj!({
            "trades": found.trades.len(),
            "fantasy_trades": found.list.len(),
            "share": measure(&share),
            "fills": fills,
            "net": sum(&net),
            "total_net": sum(&total),
            "mean_r": measure(&mean_of(&found.net_r(true))),
            "mean_r_others": measure(&mean_of(&found.net_r(false))),
            "gain": sum(&gains),
            "gain_r": sum(&gains_r),
            "no_such_trade": found.count(Repriced::NoSuchTrade),
            "no_tradable_row_later": found.count(Repriced::NoTradableRowLater),
            "list": found.list.iter().map(trade).collect::<Vec<_>>(),
        }),
    )
}

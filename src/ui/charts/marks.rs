//! What trades and signals look like on the price chart, and which of them lies under a finger.

use crate::charts::draw::PriceLayout;
use crate::charts::scene::{Area, Marker, PriceScene, Segment, Shape, Tone};
use crate::domain::{Side, Trade, grouped};
use crate::format::signed;
use crate::protocol::{TradeView, WindowView};
use crate::ui::state::AppState;
use leptos::prelude::*;

/// Trades in view up to which stops, targets and levels are drawn.
const DETAILED: usize = 60;
/// Rejected signals in view up to which each carries its reason.
const NAMED: usize = 24;
/// Distance from a mark that still counts as a hit, CSS pixels.
const REACH_PX: f64 = 14.0;

fn x(candle: u32) -> f64 {
    f64::from(candle) + 0.5
}

fn bar_of(view: &WindowView, candle: u32) -> Option<[f64; 5]> {
    let at = candle.checked_sub(view.first)? / view.step.max(1);
    view.bars.get(at as usize).copied().filter(|bar| bar[1].is_finite())
}

/// How a trade is drawn.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    levels: bool,
    selected: bool,
    /// It exists only without a condition.
    ghost: bool,
}

/// Line, start, entry, exit, stop and target of one trade.
fn add_trade(scene: &mut PriceScene, view: &WindowView, shown: &TradeView, look: Look) {
    let trade = &shown.trade;
    let [anchor, from, _, entry, exit] = shown.candles;
    let tone = if trade.side == Side::Long { Tone::Gain } else { Tone::Loss };
    let result = if trade.net > 0.0 { Tone::Gain } else { Tone::Loss };
    if look.levels || look.selected {
        let (from, to) = (f64::from(entry), f64::from(exit) + 1.0);
        let target = trade.target_price.map(|price| (price, Tone::Gain));
        for (price, tone) in target.into_iter().chain([(trade.stop_price, Tone::Loss)]) {
            let tone = if look.ghost { Tone::Ghost } else { tone };
            scene.areas.push(Area { from: (from, trade.entry_price), to: (to, price), tone });
        }
        if let Some(level) = shown.line {
            scene.segments.push(Segment {
                from: (x(anchor), level),
                to: (x(entry), level),
                tone: Tone::Level,
                dashed: true,
            });
        }
    }
    scene.segments.push(Segment {
        from: (x(entry), trade.entry_price),
        to: (x(exit), trade.exit_price),
        tone: if look.selected { Tone::Accent } else { result },
        dashed: look.ghost,
    });
    let label = |text: String| if look.selected { text } else { String::new() };
    if let Some(bar) = bar_of(view, from) {
        let (shape, at) = match trade.side {
            Side::Long => (Shape::Up, bar[2]),
            Side::Short => (Shape::Down, bar[1]),
        };
        let tone = if look.ghost { Tone::Ghost } else { tone };
        scene.markers.push(Marker {
            at: (x(from), at),
            shape,
            tone,
            label: label(shown.note.clone()),
        });
    }
    scene.markers.push(Marker {
        at: (x(entry), trade.entry_price),
        shape: Shape::Ring,
        tone: if look.selected { Tone::Accent } else { tone },
        label: String::new(),
    });
    let text = format!("{} {} R", trade.exit_reason.name(), signed(trade.net_r(), 2));
    scene.markers.push(Marker {
        at: (x(exit), trade.exit_price),
        shape: Shape::Cross,
        tone: result,
        label: label(text),
    });
}

/// Too many to tell apart: one mark a trade, by direction and result.
fn add_mark(scene: &mut PriceScene, shown: &TradeView) {
    let trade = &shown.trade;
    let shape = if trade.side == Side::Long { Shape::Up } else { Shape::Down };
    let tone = if trade.net > 0.0 { Tone::Gain } else { Tone::Loss };
    let at = (x(shown.candles[3]), trade.entry_price);
    scene.markers.push(Marker { at, shape, tone, label: String::new() });
}

fn in_view(trades: &[TradeView], (from, to): (f64, f64)) -> Vec<(usize, &TradeView)> {
    trades
        .iter()
        .enumerate()
        .filter(|(_, t)| f64::from(t.candles[4]) >= from && f64::from(t.candles[0]) <= to)
        .collect()
}

/// What the marks mean that are switched on, in words: a picture has no page around it.
pub fn legend(state: AppState) -> String {
    let layers = state.view.layers.get_untracked();
    let mut parts = Vec::new();
    if layers.trades {
        parts.push("triangle: the signal’s candle, up long, down short; ring: entry; cross: exit; line and mark green: won");
    }
    if layers.levels {
        parts.push("dashed: level; green and orange area: target and stop");
    }
    if layers.rejected {
        parts.push("diamond: signal that became no trade");
    }
    parts.push("a mark with a number stands for so many trades");
    parts.push("strip: share of rows that are not usable (red) and suspicious (brown)");
    parts.join("; ")
}

/// Marks of many trades: those that would lie on each other are one mark with their count.
fn add_clusters(scene: &mut PriceScene, trades: &[(usize, &TradeView)]) {
    // A mark takes about as much as six bars.
    let width = 6.0 * scene.step;
    let cell = |shown: &TradeView| (f64::from(shown.candles[3]) / width).floor();
    for group in trades.chunk_by(|a, b| cell(a.1) == cell(b.1)) {
        let [(_, first), ..] = group else { continue };
        if group.len() == 1 {
            add_mark(scene, first);
            continue;
        }
        let count = group.len() as f64;
        let mean =
            |value: fn(&TradeView) -> f64| group.iter().map(|t| value(t.1)).sum::<f64>() / count;
        let is_long = |t: &&TradeView| t.trade.side == Side::Long;
        let long = group.iter().filter(|t| is_long(&t.1)).count();
        let shape = if long == group.len() {
            Shape::Up
        } else if long == 0 {
            Shape::Down
        } else {
            Shape::Diamond
        };
        let tone = if mean(|t| t.trade.net) > 0.0 { Tone::Gain } else { Tone::Loss };
        let at = (mean(|t| x(t.candles[3])), mean(|t| t.trade.entry_price));
        scene.markers.push(Marker { at, shape, tone, label: grouped(group.len()) });
    }
}

/// Adds everything that is switched on.
pub fn add_all(state: AppState, scene: &mut PriceScene, view: &WindowView) {
    let layers = state.view.layers.get_untracked();
    let selected = state.view.selected.get_untracked();
    state.answers.backtest.with_untracked(|backtest| {
        let Some(backtest) = backtest else { return };
        let visible = in_view(&backtest.trades, scene.range);
        let detailed = visible.len() <= DETAILED;
        if layers.trades && !detailed {
            add_clusters(scene, &visible);
        }
        for (number, trade) in visible {
            let selected = selected == Some(number);
            if selected || (layers.trades && detailed) {
                let levels = layers.levels && detailed;
                add_trade(scene, view, trade, Look { levels, selected, ghost: false });
            }
        }
    });
    if layers.rejected {
        add_rejected(state, scene, view);
    }
    state.files.loaded.with_untracked(|loaded| {
        let Some(loaded) = loaded else { return };
        let (from, to) = scene.range;
        for (jump, nearest_split) in &loaded.level_jumps {
            let jump = *jump;
            if !(from..=to).contains(&f64::from(jump)) {
                continue;
            }
            let Some(bar) = bar_of(view, jump) else { continue };
            let label = format!("level jump, {nearest_split}");
            let at = (x(jump), bar[1]);
            scene.markers.push(Marker { at, shape: Shape::Diamond, tone: Tone::Warn, label });
        }
    });
    if let Some(detail) = untrack(|| state.answers.current_detail())
        && let Some(behind) = &detail.behind
    {
        if layers.trades {
            add_ghosts(scene, view, &behind.trades, layers.levels);
        }
        let own =
            state.answers.backtest.with_untracked(|b| b.as_ref().map_or(0, |b| b.trades.len()));
        let number = selected.and_then(|number| number.checked_sub(own));
        if let Some(trade) = number.and_then(|number| behind.trades.get(number)) {
            add_trade(scene, view, trade, Look { levels: true, selected: true, ghost: false });
        }
    }
    if let Some(gained) = untrack(|| state.answers.current_gained(&state.view)) {
        add_ghosts(scene, view, &gained.trades, layers.levels);
    }
}

/// Trades that are not of the result: dashed, or counted where there are many.
fn add_ghosts(scene: &mut PriceScene, view: &WindowView, trades: &[TradeView], levels: bool) {
    let visible = in_view(trades, scene.range);
    if visible.len() > DETAILED {
        return add_clusters(scene, &visible);
    }
    for (_, trade) in visible {
        add_trade(scene, view, trade, Look { levels, selected: false, ghost: true });
    }
}

fn add_rejected(state: AppState, scene: &mut PriceScene, view: &WindowView) {
    let only = state.view.rejected_only.get_untracked();
    state.answers.detail.with_untracked(|detail| {
        let Some(detail) = detail else { return };
        let (from, to) = scene.range;
        let visible: Vec<_> = detail
            .rejected
            .iter()
            .filter(|signal| only.is_none_or(|code| signal.code == code))
            .filter(|signal| (from..=to).contains(&f64::from(signal.candles[1])))
            .collect();
        let named = visible.len() <= NAMED;
        for signal in visible {
            let Some(bar) = bar_of(view, signal.candles[1]) else { continue };
            let at = if signal.side == Side::Long { bar[2] } else { bar[1] };
            let label = if named { signal.code.name().replace('_', " ") } else { String::new() };
            let at = (x(signal.candles[1]), at);
            scene.markers.push(Marker { at, shape: Shape::Diamond, tone: Tone::Warn, label });
        }
    });
}

/// The trade whose entry, exit or start lies under a place (device pixels).
pub fn hit<'a>(
    trades: impl Iterator<Item = &'a TradeView>,
    view: &WindowView,
    layout: &PriceLayout,
    (px, py): (f64, f64),
    ratio: f64,
) -> Option<usize> {
    let place = |candle: u32, price: f64| {
        let (dx, dy) = (layout.x.pixel(x(candle)) - px, layout.price.pixel(price) - py);
        dx * dx + dy * dy
    };
    let distance = |shown: &TradeView| {
        let Trade { entry_price, exit_price, .. } = shown.trade;
        let [_, from, _, entry, exit] = shown.candles;
        // Without a line the start is where its mark is drawn.
        let mark = || {
            bar_of(view, from).map(|bar| bar[if shown.trade.side == Side::Long { 2 } else { 1 }])
        };
        let start = shown.line.or_else(mark).map_or(f64::INFINITY, |price| place(from, price));
        place(entry, entry_price).min(place(exit, exit_price)).min(start)
    };
    let reach = REACH_PX * ratio;
    trades
        .enumerate()
        .map(|(number, shown)| (number, distance(shown)))
        .filter(|(_, distance)| *distance <= reach * reach)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(number, _)| number)
}

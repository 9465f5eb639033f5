//! Canvases: they turn what the workers sent into scenes and draw them once a frame.

use super::state::{AppState, use_state};
use crate::charts::draw::{self, AXIS_PX};
use crate::charts::scene::{
    Area, Bar, EquityScene, Marker, PriceScene, Segment, Severity, Shape, Tone,
};
use crate::domain::{RowFlags, Side, format_time, grouped};
use crate::format::{amount, percent, price};
use crate::protocol::{TradeView, WindowView};
use crate::web::canvas;
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, KeyboardEvent, PointerEvent, WheelEvent};

/// CSS pixels a bar needs at least.
const BAR_PX: f64 = 4.0;
/// Fewest candles in view.
const NEAREST: f64 = 12.0;
/// Trades in view up to which stops, targets and levels are drawn.
const DETAILED: usize = 60;

const SUSPICIOUS: [RowFlags; 5] =
    [RowFlags::FLAT, RowFlags::AFTER_GAP, RowFlags::OFF_GRID, RowFlags::SPIKE, RowFlags::STUCK];

/// How bad the rows of a bar are.
fn severity(bits: u16, has_volume: bool) -> Severity {
    let has = |flag: RowFlags| bits & flag.bits() != 0;
    if has(RowFlags::BROKEN) || (has_volume && has(RowFlags::ZERO_VOLUME)) {
        Severity::Bad
    } else if SUSPICIOUS.into_iter().any(has) {
        Severity::Warn
    } else {
        Severity::None
    }
}

/// Calls `act` whenever the element changes its size, and once at the start.
fn watch_size(element: &HtmlCanvasElement, act: impl Fn() + 'static) {
    let changed = Closure::<dyn FnMut()>::new(act);
    if let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(element);
        let observer = StoredValue::new_local(observer);
        on_cleanup(move || observer.with_value(web_sys::ResizeObserver::disconnect));
    }
    changed.forget();
}

/// Draws at most once a frame, however often it is asked.
fn each_frame(draw: impl Fn() + Copy + 'static) -> impl Fn() + Copy {
    let waiting = StoredValue::new_local(false);
    move || {
        if waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        request_animation_frame(move || {
            // The component may be gone by now.
            if waiting.try_get_value().is_some() {
                waiting.set_value(false);
                draw();
            }
        });
    }
}

fn clock() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

fn bar_of(view: &WindowView, candle: u32) -> Option<[f64; 5]> {
    let at = candle.checked_sub(view.first)? / view.step.max(1);
    view.bars.get(at as usize).copied().filter(|bar| bar[1].is_finite())
}

/// Bars of the window with their severity.
fn scene_of(state: AppState, view: &WindowView, range: (f64, f64)) -> PriceScene {
    let has_volume =
        state.loaded.with_untracked(|loaded| loaded.as_ref().is_some_and(|l| l.has_volume));
    let step = f64::from(view.step.max(1));
    let bars = view
        .bars
        .iter()
        .zip(&view.time_ms)
        .zip(&view.flags)
        .enumerate()
        .map(|(i, ((values, time_ms), flags))| Bar {
            x: f64::from(view.first) + i as f64 * step,
            time_ms: *time_ms,
            values: *values,
            severity: severity(*flags, has_volume),
        })
        .collect();
    PriceScene { range, step, bars, ..PriceScene::default() }
}

/// Level, sweep, entry, exit, stop and target of one trade.
fn add_trade(
    scene: &mut PriceScene,
    view: &WindowView,
    shown: &TradeView,
    detailed: bool,
    selected: bool,
) {
    let trade = &shown.trade;
    let [anchor, sweep, _, entry, exit] = shown.candles;
    let x = |candle: u32| f64::from(candle) + 0.5;
    let tone = if trade.side == Side::Long { Tone::Gain } else { Tone::Loss };
    let result = if trade.net > 0.0 { Tone::Gain } else { Tone::Loss };
    if detailed || selected {
        let (from, to) = (f64::from(entry), f64::from(exit) + 1.0);
        for (price, tone) in [(trade.target_price, Tone::Gain), (trade.stop_price, Tone::Loss)] {
            scene.areas.push(Area { from: (from, trade.entry_price), to: (to, price), tone });
        }
        let level = trade.level_price;
        scene.segments.push(Segment {
            from: (x(anchor), level),
            to: (x(entry), level),
            tone: Tone::Level,
            dashed: true,
        });
        scene.segments.push(Segment {
            from: (x(entry), trade.entry_price),
            to: (x(exit), trade.exit_price),
            tone: if selected { Tone::Accent } else { result },
            dashed: false,
        });
    }
    if !detailed && !selected {
        // Too many to tell apart: one mark a trade, by direction and result.
        let shape = if trade.side == Side::Long { Shape::Up } else { Shape::Down };
        let at = (x(entry), trade.entry_price);
        scene.markers.push(Marker { at, shape, tone: result, label: String::new() });
        return;
    }
    let label = |text: String| if selected { text } else { String::new() };
    if let Some(bar) = bar_of(view, sweep) {
        let (shape, at) = match trade.side {
            Side::Long => (Shape::Up, bar[2]),
            Side::Short => (Shape::Down, bar[1]),
        };
        let text = format!("sweep, {} touches", trade.level_touches);
        scene.markers.push(Marker { at: (x(sweep), at), shape, tone, label: label(text) });
    }
    scene.markers.push(Marker {
        at: (x(entry), trade.entry_price),
        shape: Shape::Ring,
        tone: if selected { Tone::Accent } else { tone },
        label: String::new(),
    });
    scene.markers.push(Marker {
        at: (x(exit), trade.exit_price),
        shape: Shape::Cross,
        tone: result,
        label: label(format!(
            "{} {}",
            trade.exit_reason.name(),
            crate::format::signed(trade.net_r(), 2) + " R"
        )),
    });
}

fn add_trades(state: AppState, scene: &mut PriceScene, view: &WindowView) {
    let selected = state.selected.get_untracked();
    state.backtest.with_untracked(|backtest| {
        let Some(backtest) = backtest else { return };
        let (from, to) = scene.range;
        let visible: Vec<(usize, &TradeView)> = backtest
            .trades
            .iter()
            .enumerate()
            .filter(|(_, t)| f64::from(t.candles[4]) >= from && f64::from(t.candles[0]) <= to)
            .collect();
        let detailed = visible.len() <= DETAILED;
        for (number, trade) in visible {
            add_trade(scene, view, trade, detailed, selected == Some(number));
        }
    });
}

/// Candles, volume and quality strip; with trades the strategy's marks too. Wheel zooms with focus or Ctrl, drag pans.
#[component]
pub fn PriceChart(
    /// Show the trades of the last backtest.
    trades: bool,
    /// Accessible name.
    label: &'static str,
) -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Canvas>::new();
    let hovered = RwSignal::new(None::<u32>);
    let count = move || state.loaded.with_untracked(|l| l.as_ref().map_or(1, |l| l.candles)) as f64;

    let paint = move || {
        let Some(canvas) = node.get_untracked() else { return };
        let theme = canvas::theme();
        let Some(area) = canvas::area(&canvas, theme.ratio) else { return };
        let Some(view) = state.window.get_untracked() else { return };
        let start = clock();
        let mut scene = scene_of(state, &view, state.view.get_untracked());
        if trades {
            add_trades(state, &mut scene, &view);
        }
        if let Err(error) = draw::price(&area, &scene, &theme) {
            leptos::logging::error!("price chart: {error}");
        }
        state.timing.update(|timing| timing.drawn = clock() - start);
    };
    let redraw = each_frame(paint);
    Effect::new(move || {
        state.window.track();
        state.view.track();
        state.look.track();
        if trades {
            state.backtest.track();
            state.selected.track();
        }
        redraw();
    });
    Effect::new(move || {
        if let Some(canvas) = node.get() {
            let element = canvas.clone();
            watch_size(&canvas, move || {
                let width = f64::from(element.client_width()) - AXIS_PX;
                let bars = (width / BAR_PX).max(1.0) as u32;
                if state.bars.get_untracked() != bars {
                    state.bars.set(bars);
                }
                redraw();
            });
        }
    });

    let set_view = move |from: f64, to: f64| {
        let count = count();
        let width = (to - from).clamp(NEAREST.min(count), count);
        let from = from.clamp(0.0, (count - width).max(0.0));
        state.view.set((from, from + width));
    };
    let zoom = move |at: f64, factor: f64| {
        let (from, to) = state.view.get_untracked();
        let width = ((to - from) * factor).clamp(NEAREST.min(count()), count());
        let share = (at - from) / (to - from);
        set_view(at - share * width, at + (1.0 - share) * width);
    };
    let candle_at = move |client_x: i32| {
        let canvas = node.get_untracked()?;
        let bounds = canvas.get_bounding_client_rect();
        let (from, to) = state.view.get_untracked();
        let share = (f64::from(client_x) - bounds.left()) / (bounds.width() - AXIS_PX);
        Some((from + share * (to - from), bounds.width() - AXIS_PX))
    };
    let wheel = move |event: WheelEvent| {
        let focused = node.get_untracked().is_some_and(|canvas| {
            document().active_element().is_some_and(|active| active == **canvas)
        });
        if !focused && !event.ctrl_key() {
            return;
        }
        event.prevent_default();
        if let Some((at, _)) = candle_at(event.client_x()) {
            zoom(at, if event.delta_y() > 0.0 { 1.2 } else { 1.0 / 1.2 });
        }
    };
    let drag = StoredValue::new_local(None::<(i32, (f64, f64))>);
    let down = move |event: PointerEvent| {
        if event.button() != 0 || !event.is_primary() {
            return;
        }
        drag.set_value(Some((event.client_x(), state.view.get_untracked())));
        if let Some(canvas) = node.get_untracked() {
            canvas.set_pointer_capture(event.pointer_id()).ok();
        }
    };
    let moved = move |event: PointerEvent| {
        let Some((at, width)) = candle_at(event.client_x()) else { return };
        if event.buttons() & 1 == 0 {
            // The release was swallowed, by a menu for example.
            drag.set_value(None);
        }
        if let Some((start_x, (from, to))) = drag.get_value() {
            let shift = f64::from(start_x - event.client_x()) / width * (to - from);
            set_view(from + shift, to + shift);
        }
        let candle = at.floor().clamp(0.0, count() - 1.0) as u32;
        hovered.set(Some(candle));
    };
    let up = move |_| drag.set_value(None);
    let keys = move |event: KeyboardEvent| {
        let (from, to) = state.view.get_untracked();
        let (width, middle) = (to - from, f64::midpoint(from, to));
        match event.key().as_str() {
            "ArrowLeft" => set_view(from - width / 10.0, to - width / 10.0),
            "ArrowRight" => set_view(from + width / 10.0, to + width / 10.0),
            "ArrowUp" | "+" => zoom(middle, 1.0 / 1.2),
            "ArrowDown" | "-" => zoom(middle, 1.2),
            "Home" => set_view(0.0, width),
            "End" => set_view(count() - width, count()),
            "0" => set_view(0.0, count()),
            _ => return,
        }
        event.prevent_default();
    };
    let read_out = move || {
        let view = state.window.get()?;
        let candle = hovered.get().unwrap_or(view.to.saturating_sub(1));
        let at = (candle.checked_sub(view.first)? / view.step.max(1)) as usize;
        let (time, bar) = (view.time_ms.get(at)?, view.bars.get(at)?);
        let number = |value: f64| if value.is_finite() { price(value) } else { "–".to_owned() };
        let volume = if bar[4].is_finite() { amount(bar[4]) } else { "–".to_owned() };
        let span = if view.step > 1 {
            format!(" ({} candles)", grouped(view.step as usize))
        } else {
            String::new()
        };
        Some(format!(
            "{}{span} UTC  O {}  H {}  L {}  C {}  V {volume}",
            format_time(*time),
            number(bar[0]),
            number(bar[1]),
            number(bar[2]),
            number(bar[3]),
        ))
    };
    let description = move || {
        let (from, to) = state.view.get();
        let all = state.loaded.with(|l| l.as_ref().map_or(0, |l| l.candles));
        format!(
            "{label}: candles {} to {} of {}",
            grouped(from as usize + 1),
            grouped(to as usize),
            grouped(all)
        )
    };
    view! {
        <div class="chart">
            <div class="chart__head">
                <output class="read-out">{read_out}</output>
                <span class="seg" role="group" aria-label="Zoom">
                    <button type="button" aria-label="Zoom in" on:click=move |_| { let (a, b) = state.view.get_untracked(); zoom(f64::midpoint(a, b), 0.5); }>"+"</button>
                    <button type="button" aria-label="Zoom out" on:click=move |_| { let (a, b) = state.view.get_untracked(); zoom(f64::midpoint(a, b), 2.0); }>"−"</button>
                    <button type="button" on:click=move |_| set_view(0.0, count())>"All"</button>
                </span>
            </div>
            <canvas
                node_ref=node
                class="chart__canvas chart__canvas--price"
                tabindex="0"
                role="img"
                aria-label=description
                on:wheel=wheel
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=up
                on:pointercancel=up
                on:pointerleave=move |_| hovered.set(None)
                on:keydown=keys
                on:dblclick=move |_| set_view(0.0, count())
            ></canvas>
        </div>
    }
}

/// Marked equity of the whole window with its drawdown and the raw ghost; a press moves the price chart there.
#[component]
pub fn EquityChart() -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Canvas>::new();
    // Columns are rows of the clock, the price chart shows candles: under drop they are not the same.
    let share_of = move |candle: f64| {
        state.backtest.with_untracked(|backtest| {
            let candles = backtest.as_ref().map_or(&[][..], |b| b.equity.candles.as_slice());
            let before = candles.partition_point(|&first| f64::from(first) < candle);
            before as f64 / candles.len().max(1) as f64
        })
    };
    let paint = move || {
        let Some(canvas) = node.get_untracked() else { return };
        let theme = canvas::theme();
        let Some(area) = canvas::area(&canvas, theme.ratio) else { return };
        let Some(backtest) = state.backtest.get_untracked() else { return };
        let ghost = state.detail.with_untracked(|detail| {
            detail
                .as_ref()
                .filter(|d| d.settings == backtest.settings)
                .map(|d| d.raw.columns.clone())
                .unwrap_or_default()
        });
        let (from, to) = state.view.get_untracked();
        let mark = (share_of(from).clamp(0.0, 1.0), share_of(to).clamp(0.0, 1.0));
        let scene = EquityScene {
            equity: backtest.equity.columns.clone(),
            ghost,
            drawdown: backtest.equity.drawdown.clone(),
            start: backtest.settings.params.starting_equity,
            times_ms: backtest.equity.times_ms.clone(),
            mark: (mark.1 > mark.0).then_some(mark),
        };
        if let Err(error) = draw::equity(&area, &scene, &theme) {
            leptos::logging::error!("equity chart: {error}");
        }
    };
    let redraw = each_frame(paint);
    Effect::new(move || {
        state.backtest.track();
        state.detail.track();
        state.view.track();
        state.look.track();
        redraw();
    });
    Effect::new(move || {
        if let Some(canvas) = node.get() {
            watch_size(&canvas, redraw);
        }
    });
    let pressed = StoredValue::new_local(false);
    let go = move |event: &PointerEvent| {
        let Some(canvas) = node.get_untracked() else { return };
        let bounds = canvas.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - bounds.left()) / (bounds.width() - AXIS_PX);
        let candle = state.backtest.with_untracked(|backtest| {
            let candles = &backtest.as_ref()?.equity.candles;
            let column = (share.clamp(0.0, 1.0) * candles.len() as f64) as usize;
            candles.get(column.min(candles.len().saturating_sub(1))).copied()
        });
        let Some(candle) = candle.map(f64::from) else { return };
        let count = state.loaded.with_untracked(|l| l.as_ref().map_or(1, |l| l.candles)) as f64;
        let (from, to) = state.view.get_untracked();
        let width = to - from;
        let from = (candle - width / 2.0).clamp(0.0, (count - width).max(0.0));
        state.view.set((from, from + width));
    };
    let description = move || {
        state.backtest.get().map(|b| {
            format!(
                "Equity went from {} to {} in {} trades; largest drawdown {}",
                price(b.settings.params.starting_equity),
                price(b.equity.end),
                grouped(b.trades.len()),
                percent(b.equity.max_drawdown, 1)
            )
        })
    };
    view! {
        <canvas
            node_ref=node
            class="chart__canvas chart__canvas--equity"
            role="img"
            aria-label=description
            on:pointerdown=move |event: PointerEvent| {
                pressed.set_value(true);
                go(&event);
            }
            on:pointermove=move |event: PointerEvent| {
                if pressed.get_value() {
                    go(&event);
                }
            }
            on:pointerup=move |_| pressed.set_value(false)
            on:pointerleave=move |_| pressed.set_value(false)
        ></canvas>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_without_trades_are_bad_only_where_the_file_has_volume() {
        let zero = RowFlags::ZERO_VOLUME.bits();
        assert_eq!(severity(zero, true), Severity::Bad);
        assert_eq!(severity(zero, false), Severity::None);
        assert_eq!(severity(RowFlags::FLAT.bits(), true), Severity::Warn);
    }
}

//! The price chart: candles, volume, quality strip, what the strategy did, and every gesture.

use super::marks;
use super::tools::{ChartTools, TakePng, Twin, TwinTable};
use super::{each_frame, watch_size};
use crate::charts::draw::{self, AXIS_PX, PriceLayout, TIME_PX};
use crate::charts::scene::{Bar, PriceScene, Severity, Theme};
use crate::charts::viewport;
use crate::domain::{FLAG_NAMES, RowFlags, format_time, grouped};
use crate::format::{amount, price};
use crate::protocol::WindowView;
use crate::ui::state::{AppState, Cursor, use_state};
use crate::web::canvas::{self, Overlay};
use crate::web::page;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use web_sys::{KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

/// CSS pixels a bar needs at least.
const BAR_PX: f64 = 4.0;
/// A press that moves less is a click, CSS pixels.
const CLICK_PX: f64 = 4.0;
/// What a notch of the wheel does.
const NOTCH: f64 = 1.2;

/// A scene of the bars in view, with everything that is switched on.
fn scene_of(state: AppState, view: &WindowView, trades: bool) -> PriceScene {
    let has_volume =
        state.files.loaded.with_untracked(|loaded| loaded.as_ref().is_some_and(|l| l.has_volume));
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
            severity: Severity::of(*flags, has_volume),
        })
        .collect();
    let mut scene = PriceScene {
        range: state.view.range.get_untracked(),
        prices: state.view.prices.get_untracked(),
        log: state.view.log_price.get_untracked(),
        step,
        bars,
        ..PriceScene::default()
    };
    if trades {
        marks::add_all(state, &mut scene, view);
        scene.focus = state.view.explain.get_untracked().map(|candle| {
            let first = f64::from(view.first);
            let left = first + ((f64::from(candle) - first) / step).floor() * step;
            (left, left + step)
        });
    }
    scene
}

/// Place of a candle among the bars in view.
fn bar_at(view: &WindowView, candle: u32) -> Option<usize> {
    let at = (candle.checked_sub(view.first)? / view.step.max(1)) as usize;
    (at < view.bars.len()).then_some(at)
}

/// Names of findings.
pub fn findings(bits: u16) -> Vec<&'static str> {
    FLAG_NAMES
        .iter()
        .enumerate()
        .filter(|(bit, _)| bits & RowFlags::bit(*bit).bits() != 0)
        .map(|(_, name)| *name)
        .collect()
}

fn twin_of(state: AppState) -> Twin {
    let Some(view) = state.answers.window.get() else { return Twin::default() };
    let head = ["time_utc", "open", "high", "low", "close", "volume", "candles", "findings"];
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    let rows = view.bars.iter().zip(&view.time_ms).zip(&view.flags).map(|((bar, time), flags)| {
        let mut row = vec![format_time(*time)];
        row.extend(bar.map(number));
        row.push(view.step.to_string());
        row.push(findings(*flags).join(" "));
        row
    });
    Twin { head: head.map(str::to_owned).to_vec(), rows: rows.collect() }
}

/// What a press is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Press {
    /// Moves the view; without movement it is a click.
    Pan { range: (f64, f64), prices: Option<(f64, f64)> },
    /// Scales the price axis.
    Prices { prices: (f64, f64) },
    /// Scales the time axis.
    Times { range: (f64, f64) },
    /// Draws a box to zoom into.
    Box,
    /// Two fingers: their shares of the width at the start.
    Pinch { range: (f64, f64), shares: (f64, f64) },
}

/// Candles, volume and quality strip; with trades the strategy's marks too.
#[component]
pub fn PriceChart(
    /// Show the trades of the last backtest, and explain candles.
    trades: bool,
    /// Accessible name.
    label: &'static str,
) -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Canvas>::new();
    let over = NodeRef::<Canvas>::new();
    let frame = NodeRef::<Div>::new();
    let table = RwSignal::new(false);
    let layout = StoredValue::new_local(None::<(PriceLayout, f64)>);
    let area_box = RwSignal::new(None::<[f64; 4]>);

    let paint = move || {
        let Some(canvas) = node.get_untracked() else { return };
        let theme = canvas::theme();
        let Some(area) = canvas::area(&canvas, theme.ratio) else { return };
        let Some(view) = state.answers.window.get_untracked() else { return };
        let start = page::clock();
        let scene = scene_of(state, &view, trades);
        let size = (canvas.width(), canvas.height());
        layout.set_value(Some((draw::price_layout(&scene, size, theme.ratio), theme.ratio)));
        if let Err(error) = draw::price(&area, &scene, &theme) {
            leptos::logging::error!("price chart: {error}");
        }
        let took = page::clock() - start;
        page::measure("Draw price", took);
        state.view.drawn_ms.set(took);
    };
    let redraw = each_frame(paint);
    let paint_overlay = move || {
        let Some(canvas) = over.get_untracked() else { return };
        let Some((layout, _)) = layout.get_value() else { return };
        let theme = canvas::theme();
        let mut shown = Overlay {
            right: layout.right,
            bottom: layout.bottom,
            area: area_box.get_untracked(),
            ..Overlay::default()
        };
        let view = state.answers.window.get_untracked();
        if let (Some(cursor), Some(view)) = (state.view.cursor.get_untracked(), view)
            && let Some(at) = bar_at(&view, cursor.candle)
        {
            let step = f64::from(view.step.max(1));
            let x = layout.x.pixel(f64::from(view.first) + (at as f64 + 0.5) * step);
            if (0.0..=layout.right).contains(&x) {
                shown.x = Some(x);
                shown.x_label = format_time(view.time_ms[at]);
            }
            let close = view.bars[at][3];
            let value = cursor.price.unwrap_or(close);
            let y = layout.price.pixel(value);
            if value.is_finite() && (0.0..=layout.price_bottom()).contains(&y) {
                shown.y = Some(y);
                shown.y_label = price(value);
            }
        }
        canvas::overlay(&canvas, &theme, &shown);
    };
    let redraw_overlay = each_frame(paint_overlay);
    Effect::new(move || {
        state.answers.window.track();
        state.view.range.track();
        state.view.prices.track();
        state.view.log_price.track();
        state.view.look.track();
        if trades {
            state.answers.backtest.track();
            state.answers.detail.track();
            state.view.selected.track();
            state.view.layers.track();
            state.view.rejected_only.track();
            state.answers.gained.track();
            state.view.explain.track();
        }
        redraw();
        redraw_overlay();
    });
    Effect::new(move || {
        state.view.cursor.track();
        area_box.track();
        redraw_overlay();
    });
    Effect::new(move || {
        if let Some(canvas) = node.get() {
            let element = canvas.clone();
            watch_size(&canvas, move || {
                let width = f64::from(element.client_width()) - AXIS_PX;
                let bars = (width / BAR_PX).max(1.0) as u32;
                if state.view.bars.get_untracked() != bars {
                    state.view.bars.set(bars);
                }
                redraw();
                redraw_overlay();
            });
        }
    });

    let count = move || state.view.candles();
    let zoom = move |at: f64, factor: f64| {
        state.view.show(viewport::zoom(state.view.range.get_untracked(), at, factor, count()));
    };
    let middle = move || {
        let (from, to) = state.view.range.get_untracked();
        f64::midpoint(from, to)
    };
    let pan = move |by: f64| {
        state.view.show(viewport::pan(state.view.range.get_untracked(), by, count()));
    };
    let reset = move || {
        state.view.prices.set(None);
        state.view.show((0.0, count()));
    };
    // Place in CSS pixels, and the size of the plot.
    let place = move |event: &MouseEvent| {
        let canvas = node.get_untracked()?;
        let bounds = canvas.get_bounding_client_rect();
        let at = (
            f64::from(event.client_x()) - bounds.left(),
            f64::from(event.client_y()) - bounds.top(),
        );
        Some((at, (bounds.width() - AXIS_PX, bounds.height() - TIME_PX)))
    };
    let candle_at = move |x: f64, width: f64| {
        let (from, to) = state.view.range.get_untracked();
        from + x / width * (to - from)
    };
    let price_at = move |y: f64| {
        layout.with_value(|layout| {
            let (layout, ratio) = layout.as_ref()?;
            let y = y * ratio;
            (0.0..=layout.price_bottom()).contains(&y).then(|| layout.price.value(y))
        })
    };
    let shown_prices = move || layout.with_value(|layout| layout.map(|(layout, _)| layout.prices));
    let wheel = move |event: WheelEvent| {
        let focused = node.get_untracked().is_some_and(|canvas| {
            document().active_element().is_some_and(|active| active == **canvas)
        });
        if !focused && !event.ctrl_key() {
            return;
        }
        event.prevent_default();
        if let Some(((x, _), (width, _))) = place(&event) {
            let factor = if event.delta_y() > 0.0 { NOTCH } else { 1.0 / NOTCH };
            zoom(candle_at(x, width), factor);
        }
    };

    let press = StoredValue::new_local(None::<Press>);
    let start = StoredValue::new_local((0.0, 0.0));
    let fingers = StoredValue::new_local(Vec::<(i32, f64)>::new());
    let down = move |event: PointerEvent| {
        let Some(((x, y), (width, height))) = place(&event) else { return };
        if event.button() != 0 {
            return;
        }
        if let Some(canvas) = node.get_untracked() {
            canvas.set_pointer_capture(event.pointer_id()).ok();
        }
        fingers.update_value(|all| {
            all.retain(|(id, _)| *id != event.pointer_id());
            all.push((event.pointer_id(), x / width));
        });
        let range = state.view.range.get_untracked();
        let shares = fingers.get_value();
        if let [(_, a), (_, b), ..] = shares[..] {
            press.set_value(Some(Press::Pinch { range, shares: (a, b) }));
            return;
        }
        start.set_value((x, y));
        let prices = state.view.prices.get_untracked();
        press.set_value(Some(if x > width {
            let Some(prices) = shown_prices() else { return };
            Press::Prices { prices }
        } else if y > height {
            Press::Times { range }
        } else if event.shift_key() {
            Press::Box
        } else {
            Press::Pan { range, prices }
        }));
    };
    let moved = move |event: PointerEvent| {
        let Some(((x, y), (width, height))) = place(&event) else { return };
        if event.buttons() & 1 == 0 {
            // The release was swallowed, by a menu for example.
            press.set_value(None);
            fingers.update_value(Vec::clear);
        }
        fingers.update_value(|all| {
            if let Some(finger) = all.iter_mut().find(|(id, _)| *id == event.pointer_id()) {
                finger.1 = x / width;
            }
        });
        let (from_x, from_y) = start.get_value();
        match press.get_value() {
            Some(Press::Pan { range, prices }) => {
                let shift = (from_x - x) / width * (range.1 - range.0);
                state.view.show(viewport::pan(range, shift, count()));
                if let Some(prices) = prices {
                    let log = state.view.log_price.get_untracked();
                    let moved = viewport::pan_prices(prices, (y - from_y) / height, log);
                    state.view.prices.set(Some(moved));
                }
            }
            Some(Press::Prices { prices }) => {
                let factor = libm::exp((y - from_y) / 150.0);
                let log = state.view.log_price.get_untracked();
                state.view.prices.set(Some(viewport::scale_prices(prices, factor, log)));
            }
            Some(Press::Times { range }) => {
                let factor = libm::exp((from_x - x) / 200.0);
                state.view.show(viewport::zoom(range, range.1, factor, count()));
            }
            Some(Press::Box) => {
                let ratio = layout.with_value(|layout| layout.map_or(1.0, |(_, ratio)| ratio));
                area_box
                    .set(Some([from_x, from_y, x.min(width), y.min(height)].map(|v| v * ratio)));
            }
            Some(Press::Pinch { range, shares }) => {
                if let [(_, a), (_, b), ..] = fingers.get_value()[..] {
                    state.view.show(viewport::pinch(range, shares, (a, b), count()));
                }
            }
            None => {}
        }
        if x <= width {
            let candle = candle_at(x, width).floor().clamp(0.0, count() - 1.0) as u32;
            state.view.cursor.set(Some(Cursor { candle, price: price_at(y) }));
        }
    };
    let click = move |x: f64, y: f64, width: f64| {
        if !trades {
            return;
        }
        let hit = layout.with_value(|layout| {
            let (layout, ratio) = layout.as_ref()?;
            let view = state.answers.window.get_untracked()?;
            state.answers.backtest.with_untracked(|backtest| {
                let trades = &backtest.as_ref()?.trades;
                marks::hit(trades, &view, layout, (x * ratio, y * ratio), *ratio)
            })
        });
        match hit {
            Some(number) => state.select_trade(number),
            None => {
                let candle = candle_at(x, width).floor().clamp(0.0, count() - 1.0) as u32;
                state.view.explain.set(Some(candle));
            }
        }
    };
    let up = move |event: PointerEvent| {
        fingers.update_value(|all| all.retain(|(id, _)| *id != event.pointer_id()));
        let Some(((x, y), (width, height))) = place(&event) else { return };
        let (from_x, from_y) = start.get_value();
        let still = (x - from_x).abs() < CLICK_PX && (y - from_y).abs() < CLICK_PX;
        match press.get_value() {
            Some(Press::Pan { .. }) if still && event.type_() == "pointerup" => click(x, y, width),
            Some(Press::Box) if !still => {
                let (a, b) = (candle_at(from_x, width), candle_at(x.clamp(0.0, width), width));
                let prices = price_at(from_y).zip(price_at(y.clamp(0.0, height)));
                if let Some((p, q)) = prices {
                    state.view.prices.set(Some((p.min(q), p.max(q))));
                }
                state.view.show((a.min(b), a.max(b)));
            }
            _ => {}
        }
        area_box.set(None);
        press.set_value(None);
    };
    let double = move |event: MouseEvent| {
        let Some(((x, y), (width, height))) = place(&event) else { return };
        if x > width {
            state.view.prices.set(None);
        } else if y > height {
            state.view.show((0.0, count()));
        } else {
            reset();
        }
    };
    let keys = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let (from, to) = state.view.range.get_untracked();
        let width = to - from;
        let step =
            state.answers.window.with_untracked(|w| w.as_ref().map_or(1.0, |w| f64::from(w.step)));
        let point = |by: f64| {
            let at = state.view.cursor.get_untracked().map_or(to - 1.0, |c| f64::from(c.candle));
            let candle = (at + by).clamp(0.0, count() - 1.0);
            state.view.show(viewport::reveal((from, to), candle, count()));
            state.view.cursor.set(Some(Cursor { candle: candle as u32, price: None }));
        };
        match (event.shift_key(), event.key().as_str()) {
            (true, "ArrowLeft") => point(-step),
            (true, "ArrowRight") => point(step),
            (_, "ArrowLeft") => pan(-width / 10.0),
            (_, "ArrowRight") => pan(width / 10.0),
            (_, "ArrowUp" | "+" | "=") => zoom(middle(), 1.0 / NOTCH),
            (_, "ArrowDown" | "-") => zoom(middle(), NOTCH),
            (_, "PageUp") => pan(-width),
            (_, "PageDown") => pan(width),
            (_, "Home") => state.view.show((0.0, width)),
            (_, "End") => state.view.show((count() - width, count())),
            (_, "0") => reset(),
            (_, "Enter" | " ") if trades => {
                let candle = state.view.cursor.get_untracked().map_or(to as u32 - 1, |c| c.candle);
                state.view.explain.set(Some(candle));
            }
            (_, "Escape") => {
                state.view.cursor.set(None);
                state.view.explain.set(None);

                state.view.selected.set(None);
            }
            _ => return,
        }
        event.prevent_default();
    };

    let read_out = move || {
        let view = state.answers.window.get()?;
        let candle =
            state.view.cursor.get().map_or(view.to.saturating_sub(1), |cursor| cursor.candle);
        let at = bar_at(&view, candle)?;
        let (time, bar) = (view.time_ms[at], view.bars[at]);
        let number = |value: f64| if value.is_finite() { price(value) } else { "–".to_owned() };
        let volume = if bar[4].is_finite() { amount(bar[4]) } else { "–".to_owned() };
        let span = if view.step > 1 {
            format!(" ({} candles)", grouped(view.step as usize))
        } else {
            String::new()
        };
        Some(format!(
            "{}{span} UTC  O {}  H {}  L {}  C {}  V {volume}",
            format_time(time),
            number(bar[0]),
            number(bar[1]),
            number(bar[2]),
            number(bar[3]),
        ))
    };
    let description = move || {
        let (from, to) = state.view.range.get();
        let all = state.files.loaded.with(|l| l.as_ref().map_or(0, |l| l.candles));
        let trades = if trades {
            let shown = state.answers.backtest.with(|b| {
                b.as_ref().map_or(0, |b| {
                    let inside = |t: &&crate::protocol::TradeView| {
                        f64::from(t.candles[4]) >= from && f64::from(t.candles[3]) <= to
                    };
                    b.trades.iter().filter(inside).count()
                })
            });
            format!(", {} trades in view", grouped(shown))
        } else {
            String::new()
        };
        format!(
            "{label}: candles {} to {} of {}{trades}. Arrows pan, plus and minus zoom, Shift and arrows move the crosshair{}.",
            grouped(from as usize + 1),
            grouped(to as usize),
            grouped(all),
            if trades.is_empty() { "" } else { ", Enter explains the candle" }
        )
    };
    let merged = move || {
        let window = state.answers.window.get().filter(|window| window.step > 1)?;
        Some(view! {
            <span class="chip chip--small" title="Zoom in to see every candle">
                {format!("1 bar = {} candles", grouped(window.step as usize))}
            </span>
        })
    };
    let svg = UnsyncCallback::new(move |()| {
        let view = state.answers.window.get_untracked()?;
        let scene = scene_of(state, &view, trades);
        let canvas = node.get_untracked()?;
        let size = (canvas.client_width() as u32, canvas.client_height() as u32);
        let theme = Theme { ratio: 1.0, ..canvas::theme() };
        Some(draw::svg(size, |area| {
            draw::price(area, &scene, &theme).ok();
        }))
    });
    let png = UnsyncCallback::new(move |done: TakePng| {
        let (Some(view), Some(canvas)) =
            (state.answers.window.get_untracked(), node.get_untracked())
        else {
            return done(None);
        };
        let scene = scene_of(state, &view, trades);
        let size = (canvas.client_width() as u32, canvas.client_height() as u32);
        let paint = move |area: &_, theme: &_| {
            draw::price(area, &scene, theme).ok();
        };
        canvas::png(size, paint, done);
    });
    let twin = UnsyncCallback::new(move |()| twin_of(state));
    let full = UnsyncCallback::new(move |()| {
        if let Some(frame) = frame.get_untracked() {
            page::toggle_full_screen(&frame);
        }
    });
    let toggle = move |name: &'static str,
                       get: fn(&crate::ui::state::Layers) -> bool,
                       flip: fn(&mut crate::ui::state::Layers)| {
        view! {
            <button
                type="button"
                aria-pressed=move || state.view.layers.with(get).to_string()
                on:click=move |_| state.view.layers.update(flip)
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="chart chart--price" node_ref=frame>
            <div class="chart__head">
                <output class="read-out">{read_out}</output>
                {merged}
                <span class="chart__buttons">
                    {trades.then(|| view! {
                        <span class="seg" role="group" aria-label="Show on the chart">
                            {toggle("Levels", |l| l.levels, |l| l.levels = !l.levels)}
                            {toggle("Trades", |l| l.trades, |l| l.trades = !l.trades)}
                            {toggle("Rejected", |l| l.rejected, |l| l.rejected = !l.rejected)}
                        </span>
                    })}
                    <span class="seg" role="group" aria-label="Axes and zoom">
                        <button type="button" aria-label="Logarithmic price axis" aria-pressed=move || state.view.log_price.get().to_string() on:click=move |_| { state.view.prices.set(None); state.view.log_price.update(|log| *log = !*log); }>"Log"</button>
                        <button type="button" aria-label="Zoom in" on:click=move |_| zoom(middle(), 0.5)>"+"</button>
                        <button type="button" aria-label="Zoom out" on:click=move |_| zoom(middle(), 2.0)>"−"</button>
                        <button type="button" on:click=move |_| reset()>"All"</button>
                    </span>
                    <ChartTools label stem="price" svg png twin full open=table/>
                </span>
            </div>
            <div class="chart__stack">
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
                    on:pointerleave=move |_| state.view.cursor.set(None)
                    on:keydown=keys
                    on:dblclick=double
                ></canvas>
                <canvas node_ref=over class="chart__canvas chart__over" aria-hidden="true"></canvas>
            </div>
            <TwinTable label twin open=table/>
        </div>
    }
}

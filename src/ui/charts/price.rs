//! The price chart: candles, volume, quality strip, what the strategy did, and every gesture.

use super::marks;
use super::tools::{ChartTools, TakePng, Twin, TwinTable};
use super::{caption, capture, obey};
use crate::charts::draw::{self, AXIS_PX, PriceLayout, TIME_PX};
use crate::charts::gestures::{Act, Gestures, Input, Shown, Surface};
use crate::charts::scene::{Bar, PriceScene, Theme, source_tone};
use crate::domain::{FLAG_NAMES, RowFlags, format_time, grouped};
use crate::format::{amount, counted, price};
use crate::protocol::{TradeView, WindowView};
use crate::ui::parts::{Failed, flag};
use crate::ui::state::{AppState, use_state};
use crate::web::canvas::{self, Overlay};
use crate::web::hooks::{self, each_frame};
use crate::web::page;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use web_sys::{KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

/// What the strip below the volume says.
const QUALITY: &str = "quality: share of rows that are not usable (red) and suspicious (brown)";
/// CSS pixels a bar needs at least.
const BAR_PX: f64 = 4.0;

/// A scene of the bars in view, with everything that is switched on.
fn scene_of(state: AppState, view: &WindowView, trades: bool) -> PriceScene {
    let step = f64::from(view.step.max(1));
    let bars = view
        .bars
        .iter()
        .zip(&view.time_ms)
        .zip(&view.found)
        .enumerate()
        .map(|(i, ((values, time_ms), found))| Bar {
            x: f64::from(view.first) + i as f64 * step,
            time_ms: *time_ms,
            values: *values,
            found: found.map(f64::from),
            source: view.sources.get(i).and_then(|source| source_tone(*source)),
        })
        .collect();
    let mut scene = PriceScene {
        has_sources: !view.sources.is_empty(),
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
        let Some(view) = state.answers.window.get_untracked() else {
            // The candles of the market before are not those of this one.
            canvas::overlay(&canvas, &theme, &Overlay::default());
            layout.set_value(None);
            return;
        };
        let Some(area) = canvas::area(&canvas, theme.ratio) else { return };
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
    let paint_overlay = move || {
        let Some(canvas) = over.get_untracked() else { return };
        let theme = canvas::theme();
        let Some((layout, _)) = layout.get_value() else {
            canvas::overlay(&canvas, &theme, &Overlay::default());
            return;
        };
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
    // The overlay lies where the chart was laid out.
    let redraw = each_frame(move || {
        paint();
        paint_overlay();
    });
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
    });
    Effect::new(move || {
        state.view.cursor.track();
        area_box.track();
        redraw_overlay();
    });
    Effect::new(move || {
        if let Some(canvas) = node.get() {
            let element = canvas.clone();
            hooks::resize(&canvas, move || {
                let width = f64::from(element.client_width()) - AXIS_PX;
                let bars = (width / BAR_PX).max(1.0) as u32;
                if state.view.bars.get_untracked() != bars {
                    state.view.bars.set(bars);
                }
                redraw();
            });
        }
    });

    let gestures = StoredValue::new(Gestures::new(Surface::Price));
    let click = move |(x, y): (f64, f64), candle: u32| {
        if !trades {
            return;
        }
        let hit = layout.with_value(|layout| {
            let (layout, ratio) = layout.as_ref()?;
            let view = state.answers.window.get_untracked()?;
            let run = state.answers.backtest.get_untracked()?;
            let detail = untrack(|| state.answers.current_detail());
            let behind = detail.as_ref().and_then(|detail| detail.behind.as_ref());
            let trades = run.trades.iter().chain(behind.iter().flat_map(|behind| &behind.trades));
            marks::hit(trades, &view, layout, (x * ratio, y * ratio), *ratio)
        });
        match hit {
            Some(number) => state.select_trade(number),
            None => state.view.explain.set(Some(candle)),
        }
    };
    // Lets the machine hear something, and does what it says. True when it had a use for it.
    let hear = move |input: Input<'_>| {
        let drawn = layout.get_value();
        let price_at = |y: f64| {
            let (layout, ratio) = drawn.as_ref()?;
            let y = y * ratio;
            (0.0..=layout.price_bottom()).contains(&y).then(|| layout.price.value(y))
        };
        let window = state.answers.window;
        let shown = Shown {
            range: state.view.range.get_untracked(),
            count: state.view.candles(),
            prices: state.view.prices.get_untracked(),
            drawn_prices: drawn.as_ref().map(|(layout, _)| layout.prices),
            log: state.view.log_price.get_untracked(),
            cursor: state.view.cursor.get_untracked().map(|cursor| cursor.candle),
            step: window.with_untracked(|w| w.as_ref().map_or(1.0, |w| f64::from(w.step))),
            candle_at: &|_| None,
            price_at: &price_at,
        };
        let acts = gestures.try_update_value(|gestures| gestures.hear(input, &shown));
        let acts = acts.unwrap_or_default();
        for act in &acts {
            match act {
                Act::Click(at, candle) => click(*at, *candle),
                Act::Area(area) => {
                    let ratio = drawn.as_ref().map_or(1.0, |(_, ratio)| *ratio);
                    area_box.set(area.map(|area| area.map(|value| value * ratio)));
                }
                // Without trades there is nothing to explain.
                Act::Explain(_) if !trades => return false,
                act => obey(&state.view, act),
            }
        }
        !acts.is_empty()
    };
    let spot = move |event: &MouseEvent| {
        let canvas = node.get_untracked()?;
        let axis = layout.with_value(|layout| {
            let (layout, ratio) = layout.as_ref()?;
            Some(f64::from(canvas.client_width()) - layout.right / ratio)
        });
        Some(hooks::spot(&canvas, event, (axis.unwrap_or(AXIS_PX), TIME_PX)))
    };
    // The wheel was turned over a chart that leaves it to the page.
    let wheeled = RwSignal::new(false);
    let wheel = move |event: WheelEvent| {
        let focused = node.get_untracked().is_some_and(|canvas| {
            document().active_element().is_some_and(|active| active == **canvas)
        });
        if !focused && !event.ctrl_key() {
            wheeled.set(true);
            return;
        }
        event.prevent_default();
        if let Some(spot) = spot(&event) {
            hear(Input::Wheel { spot, out: event.delta_y() > 0.0 });
        }
    };
    let down = move |event: PointerEvent| {
        wheeled.set(false);
        if let Some(spot) = spot(&event).filter(|_| event.button() == 0) {
            capture(&event);
            hear(Input::Down { finger: event.pointer_id(), spot, shift: event.shift_key() });
        }
    };
    let moved = move |event: PointerEvent| {
        if let Some(spot) = spot(&event) {
            let held = event.buttons() & 1 != 0;
            hear(Input::Move { finger: event.pointer_id(), spot, held });
        }
    };
    let up = move |event: PointerEvent| {
        if let Some(spot) = spot(&event) {
            let cancelled = event.type_() != "pointerup";
            hear(Input::Up { finger: event.pointer_id(), spot, cancelled });
        }
    };
    let double = move |event: MouseEvent| {
        if let Some(spot) = spot(&event) {
            hear(Input::Double(spot));
        }
    };
    let keys = move |event: KeyboardEvent| {
        let command = event.ctrl_key() || event.meta_key() || event.alt_key();
        let key = event.key();
        if !command && hear(Input::Key { key: &key, shift: event.shift_key() }) {
            event.prevent_default();
        }
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
            let inside =
                |t: &&TradeView| f64::from(t.candles[4]) >= from && f64::from(t.candles[3]) <= to;
            let in_view = |trades: &[TradeView]| trades.iter().filter(inside).count();
            let own = state.answers.backtest.with(|b| b.as_ref().map_or(0, |b| in_view(&b.trades)));
            let detail = state.answers.current_detail();
            let behind = detail.as_ref().and_then(|detail| detail.behind.as_ref());
            let shown = own + behind.map_or(0, |behind| in_view(&behind.trades));
            format!(", {} in view", counted(shown, "trade"))
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
    // A picture with its caption and size; its legend names what is switched on.
    let picture = move || {
        let view = state.answers.window.get_untracked()?;
        let canvas = node.get_untracked()?;
        let times = (view.time_ms.first().copied(), view.time_ms.last().copied());
        let legend = if trades { marks::legend(state) } else { QUALITY.to_owned() };
        let width = canvas.client_width() as u32;
        let caption = caption(state, label, times, (trades, legend), width);
        let size = (width, canvas.client_height() as u32 + draw::caption_px(&caption));
        Some((scene_of(state, &view, trades), caption, size))
    };
    let svg = UnsyncCallback::new(move |()| {
        let (scene, caption, size) = picture()?;
        let theme = Theme { ratio: 1.0, ..canvas::theme() };
        Some(draw::svg(size, |area| {
            draw::captioned(area, &caption, &theme, |area| draw::price(area, &scene, &theme)).ok();
        }))
    });
    let png = UnsyncCallback::new(move |done: TakePng| {
        let Some((scene, caption, size)) = picture() else { return done(None) };
        let paint = move |area: &_, theme: &_| {
            draw::captioned(area, &caption, theme, |area| draw::price(area, &scene, theme)).ok();
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
                aria-pressed=flag(move || state.view.layers.with(get))
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
                        <button type="button" aria-label="Logarithmic price axis" aria-pressed=flag(move || state.view.log_price.get()) on:click=move |_| { state.view.prices.set(None); state.view.log_price.update(|log| *log = !*log); }>"Log"</button>
                        <button type="button" aria-label="Zoom in" on:click=move |_| { hear(Input::Zoom(0.5)); }>"+"</button>
                        <button type="button" aria-label="Zoom out" on:click=move |_| { hear(Input::Zoom(2.0)); }>"−"</button>
                        <button type="button" on:click=move |_| { hear(Input::All); }>"All"</button>
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
                    on:pointerleave=move |_| { wheeled.set(false); hear(Input::Leave); }
                    on:keydown=keys
                    on:dblclick=double
                ></canvas>
                <canvas node_ref=over class="chart__canvas chart__over" aria-hidden="true"></canvas>
                <Show when=move || wheeled.get()>
                    <p class="chart__hint">"Click the chart to zoom with the wheel, or hold Ctrl"</p>
                </Show>
            </div>
            <Failed asked=state.answers.window/>
            <TwinTable label twin open=table/>
        </div>
    }
}

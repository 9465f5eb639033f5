//! Curves over the whole window: equity with its drawdown, costs, two runs beside each other.

use super::tools::{ChartTools, TakePng, Twin, TwinTable};
use super::{caption, capture, hear};
use crate::charts::decimate::Column;
use crate::charts::draw::{self, AXIS_PX, CurveLayout};
use crate::charts::gestures::{Gestures, Input, Spot, Surface};
use crate::charts::scene::{CurveScene, Line, Theme, Tone};
use crate::domain::{format_time, grouped};
use crate::format::{counted, fixed, percent, price};
use crate::protocol::CurveView;
use crate::ui::state::{AppState, use_state};
use crate::web::canvas::{self, Overlay};
use crate::web::hooks::{self, each_frame};
use crate::web::page;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use std::fmt::Write as _;
use web_sys::{KeyboardEvent, PointerEvent};

/// One curve with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Name in legend, table and read-out.
    pub name: String,
    /// Values by pixel column.
    pub view: CurveView,
    /// Colour.
    pub tone: Tone,
    /// Width, CSS pixels.
    pub width: f64,
}

impl Curve {
    /// The curve with room for so many columns ahead of and behind it, in which it has no value.
    fn padded(mut self, ahead: usize, behind: usize) -> Self {
        let none = Column { first: f64::NAN, low: f64::NAN, high: f64::NAN, last: f64::NAN };
        let columns = &mut self.view.columns;
        columns.resize(columns.len() + behind, none);
        columns.splice(..0, std::iter::repeat_n(none, ahead));
        self
    }
}

/// Lets curves end where what is held back begins, and that one follow; without `known` only its room is kept.
pub fn held_back(curves: Vec<Curve>, behind: &CurveView, known: bool) -> Vec<Curve> {
    let (ahead, wide) = (curves.first().map_or(0, |c| c.view.columns.len()), behind.columns.len());
    let mut all: Vec<Curve> = curves.into_iter().map(|curve| curve.padded(0, wide)).collect();
    if let Some(main) = all.first_mut() {
        let view = &mut main.view;
        view.times_ms.extend(&behind.times_ms);
        view.candles.extend(&behind.candles);
        let unknown = std::iter::repeat_n(0.0, wide);
        if known {
            view.drawdown.extend(&behind.drawdown);
        } else {
            view.drawdown.extend(unknown);
        }
    }
    if known {
        let name = "out-of-sample".to_owned();
        let curve = Curve { name, view: behind.clone(), tone: Tone::Warn, width: 1.7 };
        all.push(curve.padded(ahead, 0));
    }
    all
}

fn scene_of(curves: &[Curve], start: f64, log: bool, mark: Option<(f64, f64)>) -> CurveScene {
    CurveScene {
        lines: curves
            .iter()
            .map(|curve| Line {
                columns: curve.view.columns.clone(),
                tone: curve.tone,
                width: curve.width,
            })
            .collect(),
        drawdown: Vec::new(),
        start,
        times_ms: curves.first().map(|curve| curve.view.times_ms.clone()).unwrap_or_default(),
        mark,
        split: None,
        log,
    }
}

/// The colour of a line in a word.
const fn tone_name(tone: Tone) -> &'static str {
    match tone {
        Tone::Accent => "blue",
        Tone::Ghost => "grey",
        Tone::Level => "violet",
        Tone::Gain => "green",
        Tone::Loss | Tone::Warn => "orange",
        Tone::Ink => "the colour of text",
    }
}

/// Column of a candle: columns are rows of the clock, the price chart shows candles.
fn column_of(view: &CurveView, candle: f64) -> usize {
    view.candles.partition_point(|&first| f64::from(first) <= candle).saturating_sub(1)
}

fn share_of(view: &CurveView, candle: f64) -> f64 {
    let before = view.candles.partition_point(|&first| f64::from(first) < candle);
    before as f64 / view.candles.len().max(1) as f64
}

/// Curves of equal columns; the first one is the main one.
#[component]
pub fn CurveChart(
    /// Accessible name.
    label: &'static str,
    /// First part of file names.
    stem: &'static str,
    /// The curves.
    curves: Signal<Vec<Curve>>,
    /// Value at the start.
    start: Signal<f64>,
    /// Logarithmic axis.
    log: Signal<bool>,
    /// Text alternative.
    description: Signal<String>,
    /// With the drawdown of the first curve, and the part that the price chart shows.
    whole: bool,
    /// Further buttons.
    children: Children,
) -> impl IntoView {
    let state = use_state();
    let node = NodeRef::<Canvas>::new();
    let over = NodeRef::<Canvas>::new();
    let frame = NodeRef::<Div>::new();
    let table = RwSignal::new(false);
    let layout = StoredValue::new_local(None::<CurveLayout>);
    // Width of the value axis, which depends on its labels.
    let gutter = RwSignal::new(AXIS_PX);

    let scene = move || {
        let curves = curves.get_untracked();
        let mark = curves.first().filter(|_| whole).and_then(|main| {
            let (from, to) = state.view.range.get_untracked();
            let mark = (share_of(&main.view, from), share_of(&main.view, to));
            (mark.1 > mark.0).then_some(mark)
        });
        let mut scene = scene_of(&curves, start.get_untracked(), log.get_untracked(), mark);
        if let Some(main) = curves.first().filter(|_| whole) {
            scene.drawdown = main.view.drawdown.clone();
            // Of the run that is shown: the choice may be newer, or refused.
            let split = state.answers.backtest.with_untracked(|run| {
                run.as_ref().and_then(|run| run.question().settings.window.split_ms)
            });
            scene.split = split.and_then(|split| {
                let before = main.view.times_ms.partition_point(|&time| time < split);
                let all = main.view.times_ms.len();
                (before < all).then(|| before as f64 / all as f64)
            });
        }
        scene
    };
    let paint = move || {
        let Some(canvas) = node.get_untracked() else { return };
        let theme = canvas::theme();
        let Some(area) = canvas::area(&canvas, theme.ratio) else { return };
        let scene = scene();
        let size = (canvas.width(), canvas.height());
        let laid = draw::curve_layout(&scene, size, theme.ratio);
        let axis = f64::from(canvas.client_width()) - laid.right / theme.ratio;
        if gutter.get_untracked() != axis {
            gutter.set(axis);
        }
        layout.set_value(Some(laid));
        if let Err(error) = draw::curves(&area, &scene, &theme) {
            leptos::logging::error!("{label}: {error}");
        }
    };
    let paint_overlay = move || {
        let Some(canvas) = over.get_untracked() else { return };
        let Some(layout) = layout.get_value() else { return };
        let theme = canvas::theme();
        let mut shown =
            Overlay { right: layout.right, bottom: layout.bottom, ..Overlay::default() };
        curves.with_untracked(|curves| {
            let (Some(cursor), Some(main)) = (state.view.cursor.get_untracked(), curves.first())
            else {
                return;
            };
            let column = column_of(&main.view, f64::from(cursor.candle));
            let known = curves.iter().filter_map(|curve| curve.view.columns.get(column));
            if let Some(values) = known.clone().find(|values| values.last.is_finite()) {
                let share = (column as f64 + 0.5) / main.view.columns.len() as f64;
                shown.x = Some(share * layout.right);
                shown.x_label = format_time(main.view.times_ms[column]);
                shown.y = Some(layout.y.pixel(values.last));
                shown.y_label = fixed(values.last, 0);
            }
        });
        canvas::overlay(&canvas, &theme, &shown);
    };
    let redraw_overlay = each_frame(paint_overlay);
    // The overlay lies where the chart was laid out.
    let redraw = each_frame(move || {
        paint();
        paint_overlay();
    });
    Effect::new(move || {
        curves.track();
        start.track();
        log.track();
        state.view.look.track();
        if whole {
            state.view.range.track();
        }
        redraw();
    });
    Effect::new(move || {
        state.view.cursor.track();
        redraw_overlay();
    });
    Effect::new(move || {
        if let Some(canvas) = node.get() {
            hooks::resize(&canvas, move || {
                redraw();
            });
        }
    });

    let surface = if whole { Surface::Overview } else { Surface::Curve };
    let gestures = StoredValue::new(Gestures::new(surface));
    let on = move |event: &PointerEvent, input: fn(i32, Spot, &PointerEvent) -> Input<'static>| {
        let Some(canvas) = node.get_untracked() else { return };
        let input = input(
            event.pointer_id(),
            hooks::spot(&canvas, event, (gutter.get_untracked(), 0.0)),
            event,
        );
        hear(gestures, &state.view, input, &|share| candle_at(curves, share));
    };

    let read_out = move || {
        curves.with(|curves| {
            let main = curves.first()?;
            let column = match state.view.cursor.get() {
                Some(cursor) => column_of(&main.view, f64::from(cursor.candle)),
                None => main.view.columns.len().checked_sub(1)?,
            };
            let mut text = format!("{} UTC", format_time(*main.view.times_ms.get(column)?));
            for curve in curves {
                if let Some(values) = curve.view.columns.get(column).filter(|v| v.last.is_finite())
                {
                    let _ = write!(text, "  {} {}", curve.name, fixed(values.last, 0));
                }
            }
            if whole && let Some(depth) = main.view.drawdown.get(column) {
                let _ = write!(text, "  drawdown {}", percent(*depth, 1));
            }
            Some(text)
        })
    };
    let picture = move || {
        let canvas = node.get_untracked()?;
        let scene = scene();
        let times = (scene.times_ms.first().copied(), scene.times_ms.last().copied());
        let names = |curve: &Curve| format!("{}: {}", curve.name, tone_name(curve.tone));
        let legend = curves.with_untracked(|all| all.iter().map(names).collect::<Vec<_>>());
        let width = canvas.client_width() as u32;
        let caption = caption(state, label, times, (true, legend.join(", ")), width);
        let size = (width, canvas.client_height() as u32 + draw::caption_px(&caption));
        Some((scene, caption, size))
    };
    let svg = UnsyncCallback::new(move |()| {
        let (scene, caption, size) = picture()?;
        let theme = Theme { ratio: 1.0, ..canvas::theme() };
        Some(draw::svg(size, |area| {
            draw::captioned(area, &caption, &theme, |area| draw::curves(area, &scene, &theme)).ok();
        }))
    });
    let png = UnsyncCallback::new(move |done: TakePng| {
        let Some((scene, caption, size)) = picture() else { return done(None) };
        let paint = move |area: &_, theme: &_| {
            draw::captioned(area, &caption, theme, |area| draw::curves(area, &scene, theme)).ok();
        };
        canvas::png(size, paint, done);
    });
    let twin = UnsyncCallback::new(move |()| {
        curves.with(|curves| {
            let mut head = vec!["from_utc".to_owned()];
            head.extend(curves.iter().map(|curve| curve.name.replace(' ', "_")));
            if whole {
                head.push("lowest_drawdown".to_owned());
            }
            let Some(main) = curves.first() else { return Twin { head, rows: Vec::new() } };
            let rows = main.view.times_ms.iter().enumerate().map(|(column, time)| {
                let mut row = vec![format_time(*time)];
                for curve in curves {
                    let value = curve.view.columns.get(column).filter(|v| v.last.is_finite());
                    row.push(value.map_or_else(String::new, |v| format!("{:.2}", v.last)));
                }
                if whole {
                    let depth = main.view.drawdown.get(column);
                    row.push(depth.map_or_else(String::new, |depth| format!("{depth:.6}")));
                }
                row
            });
            Twin { head, rows: rows.collect() }
        })
    });
    let full = UnsyncCallback::new(move |()| {
        if let Some(frame) = frame.get_untracked() {
            page::toggle_full_screen(&frame);
        }
    });
    let height_class = if whole { "chart__canvas--equity" } else { "chart__canvas--curves" };
    let brush = whole.then(|| view! { <Brush curves node gutter/> });
    view! {
        <div class="chart" node_ref=frame>
            <div class="chart__head">
                <output class="read-out">{read_out}</output>
                <span class="chart__buttons">
                    {children()}
                    <ChartTools label stem svg png twin full open=table/>
                </span>
            </div>
            <div class="chart__stack">
                <canvas
                    node_ref=node
                    class=format!("chart__canvas {height_class}")
                    role="img"
                    aria-label=description
                    on:pointerdown=move |event: PointerEvent| {
                        if event.button() == 0 {
                            on(&event, |finger, spot, _| Input::Down { finger, spot, shift: false });
                        }
                    }
                    on:pointermove=move |event: PointerEvent| on(&event, moved)
                    on:pointerup=move |event: PointerEvent| on(&event, released)
                    on:pointercancel=move |event: PointerEvent| on(&event, released)
                    on:pointerleave=move |event: PointerEvent| on(&event, |_, _, _| Input::Leave)
                ></canvas>
                <canvas node_ref=over class="chart__canvas chart__over" aria-hidden="true"></canvas>
                {brush}
            </div>
            <TwinTable label twin open=table/>
        </div>
    }
}

/// Candle at a share of the width of the first curve.
fn candle_at(curves: Signal<Vec<Curve>>, share: f64) -> Option<f64> {
    curves.with_untracked(|curves| {
        let candles = &curves.first()?.view.candles;
        let column = (share.clamp(0.0, 1.0) * candles.len() as f64) as usize;
        candles.get(column.min(candles.len().saturating_sub(1))).map(|candle| f64::from(*candle))
    })
}

fn moved(finger: i32, spot: Spot, event: &PointerEvent) -> Input<'static> {
    Input::Move { finger, spot, held: event.buttons() & 1 != 0 }
}

fn released(finger: i32, spot: Spot, event: &PointerEvent) -> Input<'static> {
    Input::Up { finger, spot, cancelled: event.type_() != "pointerup" }
}

/// The part that the price chart shows, with an end to take hold of on either side.
#[component]
fn Brush(
    /// The curves that it lies on.
    curves: Signal<Vec<Curve>>,
    /// Their canvas.
    node: NodeRef<Canvas>,
    /// Width of their value axis, CSS pixels.
    gutter: RwSignal<f64>,
) -> impl IntoView {
    view! {
        <div class="brush" style:right=move || format!("{}px", gutter.get())>
            <Handle curves node gutter upper=false/>
            <Handle curves node gutter upper=true/>
        </div>
    }
}

/// One end of the window: a slider over the candles.
#[component]
fn Handle(
    /// The curves that it lies on.
    curves: Signal<Vec<Curve>>,
    /// Their canvas.
    node: NodeRef<Canvas>,
    /// Width of their value axis, CSS pixels.
    gutter: RwSignal<f64>,
    /// The later end.
    upper: bool,
) -> impl IntoView {
    let state: AppState = use_state();
    let value = move || {
        let (from, to) = state.view.range.get();
        if upper { to } else { from }
    };
    let left = move || {
        let share = curves.with(|curves| {
            curves.first().map_or(0.0, |main| share_of(&main.view, value()).clamp(0.0, 1.0))
        });
        format!("{:.3}%", share * 100.0)
    };
    let gestures = StoredValue::new(Gestures::new(Surface::End { upper }));
    // Past the last column lies the end of the file.
    let end_at = move |share: f64| {
        if share >= 1.0 { Some(state.view.candles()) } else { candle_at(curves, share) }
    };
    let on = move |event: &PointerEvent, input: fn(i32, Spot, &PointerEvent) -> Input<'static>| {
        let Some(canvas) = node.get_untracked() else { return };
        let input = input(
            event.pointer_id(),
            hooks::spot(&canvas, event, (gutter.get_untracked(), 0.0)),
            event,
        );
        hear(gestures, &state.view, input, &end_at);
    };
    let keys = move |event: KeyboardEvent| {
        let key = event.key();
        let input = Input::Key { key: &key, shift: event.shift_key() };
        if hear(gestures, &state.view, input, &end_at) {
            event.prevent_default();
        }
    };
    view! {
        <span
            class="brush__handle"
            class:brush__handle--upper=upper
            role="slider"
            tabindex="0"
            aria-label=if upper { "Window end" } else { "Window start" }
            aria-valuemin="0"
            aria-valuemax=move || state.files.loaded.with(|l| l.as_ref().map_or(0, |l| l.candles)).to_string()
            aria-valuenow=move || fixed(value(), 0).replace(',', "")
            aria-valuetext=move || format!("candle {}", grouped(value().max(0.0) as usize))
            style:left=left
            on:pointerdown=move |event: PointerEvent| {
                capture(&event);
                on(&event, |finger, spot, _| Input::Down { finger, spot, shift: false });
            }
            on:pointermove=move |event: PointerEvent| on(&event, moved)
            on:pointerup=move |event: PointerEvent| on(&event, released)
            on:pointercancel=move |event: PointerEvent| on(&event, released)
            on:keydown=keys
        ></span>
    }
}

/// What a curve did, in a sentence.
pub fn story(start: f64, view: &CurveView, trades: usize) -> String {
    format!(
        "Equity went from {} to {} in {}; largest drawdown {}",
        price(start),
        price(view.end),
        counted(trades, "trade"),
        percent(view.max_drawdown, 1)
    )
}

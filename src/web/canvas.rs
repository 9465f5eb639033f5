//! A plotters backend on an HTML canvas. Drawing is plotters-canvas; text is measured with the canvas itself, because the
//! library's own way writes inline styles, which the page's policy blocks, and forces a layout per label.

use crate::charts::scene::{Colour, Theme};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea as _};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use std::cell::Cell;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::Closure;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// A canvas to draw on, in device pixels.
pub struct Canvas {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
}

type Failure = <CanvasBackend as DrawingBackend>::ErrorType;
type Drawn = Result<(), DrawingErrorKind<Failure>>;

impl DrawingBackend for Canvas {
    type ErrorType = Failure;

    fn get_size(&self) -> (u32, u32) {
        // The backing store, not the size on the page.
        self.context.canvas().map_or((0, 0), |canvas| (canvas.width(), canvas.height()))
    }

    fn ensure_prepared(&mut self) -> Drawn {
        self.inner.ensure_prepared()
    }

    fn present(&mut self) -> Drawn {
        self.inner.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.inner.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.inner.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.inner.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.inner.draw_path(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.inner.draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        self.inner.fill_polygon(vert, style)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        pos: BackendCoord,
    ) -> Drawn {
        self.inner.draw_text(text, style, pos)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Failure>> {
        self.context.set_font(&format!("{}px {}", style.size(), style.family().as_str()));
        let width = self.context.measure_text(text).map_or(0.0, |metrics| metrics.width());
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}

/// Matches the backing store to the size on the page and gives the area to draw on; `None` while it has no size.
pub fn area(canvas: &HtmlCanvasElement, ratio: f64) -> Option<DrawingArea<Canvas, Shift>> {
    fit(canvas, ratio)?;
    whole(canvas)
}

/// The area of a canvas as large as its backing store.
fn whole(canvas: &HtmlCanvasElement) -> Option<DrawingArea<Canvas, Shift>> {
    let context = context(canvas)?;
    let inner = CanvasBackend::with_canvas_object(canvas.clone())?;
    Some(Canvas { inner, context }.into_drawing_area())
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Matches the backing store to the size on the page.
fn fit(canvas: &HtmlCanvasElement, ratio: f64) -> Option<()> {
    let (width, height) = (canvas.client_width(), canvas.client_height());
    if width < 40 || height < 40 {
        return None;
    }
    let backing = |css: i32| ((f64::from(css) * ratio).round() as u32).min(8_192);
    let (width, height) = (backing(width), backing(height));
    if canvas.width() != width || canvas.height() != height {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    Some(())
}

/// What lies over a chart: the crosshair with its labels, or the box of a zoom. Device pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Vertical line, from 0 to `bottom`.
    pub x: Option<f64>,
    /// Horizontal line, from 0 to `right`.
    pub y: Option<f64>,
    /// Right edge of the plot.
    pub right: f64,
    /// Lower edge of the plot.
    pub bottom: f64,
    /// Label of the vertical line, below the plot.
    pub x_label: String,
    /// Label of the horizontal line, right of the plot.
    pub y_label: String,
    /// Corners of a box.
    pub area: Option<[f64; 4]>,
}

/// Draws an overlay, without plotters: it changes with every move of the pointer.
pub fn overlay(canvas: &HtmlCanvasElement, theme: &Theme, overlay: &Overlay) {
    let Some(context) = fit(canvas, theme.ratio).and_then(|()| context(canvas)) else { return };
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.clear_rect(0.0, 0.0, width, height);
    let css = |Colour(r, g, b): Colour, alpha: f64| format!("rgb({r} {g} {b} / {alpha})");
    context.set_line_width(theme.ratio.round().max(1.0));
    context.set_stroke_style_str(&css(theme.muted, 0.8));
    // The middle of a device pixel, so that the line is sharp.
    let crisp = |value: f64| value.floor() + 0.5;
    context.begin_path();
    if let Some(x) = overlay.x {
        context.move_to(crisp(x), 0.0);
        context.line_to(crisp(x), overlay.bottom);
    }
    if let Some(y) = overlay.y {
        context.move_to(0.0, crisp(y));
        context.line_to(overlay.right, crisp(y));
    }
    context.stroke();
    if let Some([x0, y0, x1, y1]) = overlay.area {
        context.set_fill_style_str(&css(theme.accent, 0.15));
        context.fill_rect(x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs());
        context.set_stroke_style_str(&css(theme.accent, 1.0));
        context.stroke_rect(x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs());
    }
    let font = 11.0 * theme.ratio;
    context.set_font(&format!("{font}px system-ui, sans-serif"));
    context.set_text_baseline("middle");
    let label = |text: &str, x: f64, y: f64, centred: bool| {
        if text.is_empty() {
            return;
        }
        let text_width = context.measure_text(text).map_or(0.0, |metrics| metrics.width());
        let box_width = text_width + 8.0 * theme.ratio;
        let left = if centred { x - box_width / 2.0 } else { x };
        let left = left.clamp(0.0, (width - box_width).max(0.0));
        let tall = 17.0 * theme.ratio;
        context.set_fill_style_str(&css(theme.ink, 1.0));
        context.fill_rect(left, y - tall / 2.0, box_width, tall);
        context.set_fill_style_str(&css(theme.surface, 1.0));
        context.fill_text(text, left + 4.0 * theme.ratio, y).ok();
    };
    if let Some(y) = overlay.y {
        label(&overlay.y_label, overlay.right + 2.0 * theme.ratio, y, false);
    }
    if let Some(x) = overlay.x {
        label(&overlay.x_label, x, overlay.bottom + 10.0 * theme.ratio, true);
    }
}

/// Paints a picture of so many CSS pixels at twice the resolution and hands it on as a PNG file.
pub fn png(
    (width, height): (u32, u32),
    paint: impl FnOnce(&DrawingArea<Canvas, Shift>, &Theme),
    done: impl FnOnce(Option<web_sys::Blob>) + 'static,
) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    let theme = Theme { ratio: 2.0, ..theme() };
    canvas.set_width((width * 2).min(8_192));
    canvas.set_height((height * 2).min(8_192));
    paint(&whole(&canvas)?, &theme);
    let done = Closure::once_into_js(move |blob: wasm_bindgen::JsValue| done(blob.dyn_into().ok()));
    canvas.to_blob(done.unchecked_ref()).ok()
}

thread_local! {
    /// Reading them makes the browser bring its styles up to date, which takes longer than a chart.
    static THEME: Cell<Option<Theme>> = const { Cell::new(None) };
}

/// The page's colours and pixel ratio, read from its custom properties so that canvas and page cannot drift.
pub fn theme() -> Theme {
    let colours = THEME.get().unwrap_or_else(read_theme);
    THEME.set(Some(colours));
    let ratio = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
    Theme { ratio: ratio.clamp(0.5, 4.0), ..colours }
}

/// They may be other ones now.
pub fn forget_theme() {
    THEME.set(None);
}

fn read_theme() -> Theme {
    let mut theme = Theme::default();
    let Some(window) = web_sys::window() else { return theme };
    let style = window
        .document()
        .and_then(|document| document.document_element())
        .and_then(|root| window.get_computed_style(&root).ok().flatten());
    let Some(style) = style else { return theme };
    let dark = super::page::is_dark();
    for (name, slot) in [
        ("--surface", &mut theme.surface),
        ("--ink", &mut theme.ink),
        ("--muted", &mut theme.muted),
        ("--grid", &mut theme.grid),
        ("--line-strong", &mut theme.line),
        ("--accent", &mut theme.accent),
        ("--gain", &mut theme.gain),
        ("--loss", &mut theme.loss),
        ("--warn", &mut theme.warn),
        ("--bad", &mut theme.bad),
        ("--ghost", &mut theme.ghost),
        ("--level", &mut theme.level),
    ] {
        if let Some(colour) =
            style.get_property_value(name).ok().and_then(|text| parse(&text, dark))
        {
            *slot = colour;
        }
    }
    theme
}

/// `#rrggbb`, or the fitting one of `light-dark(#rrggbb, #rrggbb)`.
fn parse(text: &str, dark: bool) -> Option<Colour> {
    let text = text.trim();
    let text = match text.strip_prefix("light-dark(").and_then(|text| text.strip_suffix(')')) {
        Some(both) => {
            let (light, night) = both.split_once(',')?;
            if dark { night.trim() } else { light.trim() }
        }
        None => text,
    };
    let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6)?;
    let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    Some(Colour(part(0)?, part(2)?, part(4)?))
}

//! A plotters backend on an HTML canvas. Drawing is plotters-canvas; text is measured with the canvas itself, because the
//! library's own way writes inline styles, which the page's policy blocks, and forces a layout per label.

use crate::charts::scene::{Colour, Theme};
use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea as _};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast as _;
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
    let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let inner = CanvasBackend::with_canvas_object(canvas.clone())?;
    Some(Canvas { inner, context }.into_drawing_area())
}

/// The page's colours and pixel ratio, read from its custom properties so that canvas and page cannot drift.
pub fn theme() -> Theme {
    let mut theme = Theme::default();
    let Some(window) = web_sys::window() else { return theme };
    theme.ratio = window.device_pixel_ratio().clamp(0.5, 4.0);
    let style = window
        .document()
        .and_then(|document| document.document_element())
        .and_then(|root| window.get_computed_style(&root).ok().flatten());
    let Some(style) = style else { return theme };
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
        if let Some(colour) = style.get_property_value(name).ok().and_then(|text| parse(&text)) {
            *slot = colour;
        }
    }
    theme
}

/// `#rgb` or `#rrggbb`.
fn parse(text: &str) -> Option<Colour> {
    let hex = text.trim().strip_prefix('#')?;
    let wide: String = match hex.len() {
        3 => hex.chars().flat_map(|c| [c, c]).collect(),
        6 => hex.to_owned(),
        _ => return None,
    };
    let part = |at: usize| u8::from_str_radix(wide.get(at..at + 2)?, 16).ok();
    Some(Colour(part(0)?, part(2)?, part(4)?))
}

//! What every chart can do: PNG and SVG pictures, its data as a table and as CSV, full screen.

use crate::ui::parts::flag;
use crate::ui::state::use_state;
use crate::web::files;
use leptos::prelude::*;
use web_sys::Blob;

/// The data of a picture, for those who read rather than look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Twin {
    /// Names of the columns.
    pub head: Vec<String>,
    /// Rows of equal length.
    pub rows: Vec<Vec<String>>,
}

impl Twin {
    /// As CSV, with dots as decimal marks.
    fn csv(&self) -> String {
        let mut text = self.head.join(",");
        for row in &self.rows {
            text.push('\n');
            text.push_str(&row.join(","));
        }
        text.push('\n');
        text
    }
}

/// Takes the PNG once it is made.
pub type TakePng = Box<dyn FnOnce(Option<Blob>)>;

/// Buttons for pictures, data and full screen. The table itself follows the buttons when it is open.
#[component]
pub fn ChartTools(
    /// Accessible name of the chart.
    label: &'static str,
    /// First part of file names.
    stem: &'static str,
    /// The picture as SVG.
    svg: UnsyncCallback<(), Option<String>>,
    /// The picture as PNG.
    png: UnsyncCallback<TakePng>,
    /// The data in view; tracked while the table is open.
    twin: UnsyncCallback<(), Twin>,
    /// Full screen or back.
    full: UnsyncCallback<()>,
    /// The table is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let state = use_state();
    let name = move |suffix: &str| {
        let file = state.files.loaded.with_untracked(|loaded| {
            loaded
                .as_ref()
                .map_or_else(String::new, |loaded| crate::format::file_stem(&loaded.name))
        });
        format!("cleansweep_{file}_{stem}.{suffix}")
    };
    let saved = move |done: Result<(), wasm_bindgen::JsValue>| {
        if let Err(error) = done {
            let reason = files::describe(&error);
            state.workers.notice.set(Some(format!("The picture could not be saved: {reason}")));
        }
    };
    let save_png = move |_| {
        let name = name("png");
        png.run(Box::new(move |blob| {
            saved(blob.map_or_else(
                || Err("the browser made no picture".into()),
                |blob| files::download_blob(&name, &blob),
            ));
        }));
    };
    let save_svg = move |_| {
        if let Some(text) = svg.run(()) {
            saved(files::download(&name("svg"), "image/svg+xml", &[text]));
        }
    };
    let save_csv = move |_| {
        saved(files::download(&name("csv"), "text/csv", &[untrack(|| twin.run(())).csv()]));
    };
    view! {
        <span class="seg chart__tools" role="group" aria-label=format!("Save or read: {label}")>
            <button type="button" aria-label=format!("PNG picture: {label}") on:click=save_png>"PNG"</button>
            <button type="button" aria-label=format!("SVG picture: {label}") on:click=save_svg>"SVG"</button>
            <button type="button" aria-label=format!("CSV of what is in view: {label}") on:click=save_csv>"CSV"</button>
            <button
                type="button"
                aria-label=format!("Table: {label}")
                aria-expanded=flag(move || open.get())
                on:click=move |_| open.update(|open| *open = !*open)
            >
                "Table"
            </button>
            <button type="button" aria-label=format!("Full screen: {label}") title="Full screen" on:click=move |_| full.run(())>
                <span aria-hidden="true">"⤢"</span>
            </button>
        </span>
    }
}

/// The table of a chart, while it is open.
#[component]
pub fn TwinTable(
    /// Accessible name.
    label: &'static str,
    /// The data in view.
    twin: UnsyncCallback<(), Twin>,
    /// The table is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    move || {
        open.get().then(|| {
            let twin = twin.run(());
            view! {
                <div class="twin" tabindex="0" role="region" aria-label=format!("Data of {label}")>
                    <table class="table">
                        <thead>
                            <tr>{twin.head.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}</tr>
                        </thead>
                        <tbody>
                            {twin
                                .rows
                                .into_iter()
                                .map(|row| view! {
                                    <tr>{row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr>
                                })
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
            }
        })
    }
}

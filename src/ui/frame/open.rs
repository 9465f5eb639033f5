//! Getting data in: drop anywhere, file picker, paste, samples.

use super::link::LinkOnStart;
use crate::format::fixed;
use crate::quality::synth::Sample;
use crate::ui::parts::{ErrorBox, ReadingPanel};
use crate::ui::state::{AppState, use_state};
use crate::web::{files, hooks};
use leptos::prelude::*;
use web_sys::{DataTransfer, File};

/// Opens files with their paths. What is plainly no table leaves the open session where it is.
fn open_all(state: AppState, files: Vec<(String, File)>) {
    let no_table = ["image/", "audio/", "video/", "application/pdf"];
    if let [(name, file)] = files.as_slice()
        && no_table.iter().any(|start| file.type_().starts_with(start))
        && is_open(state)
    {
        state.workers.notice.set(Some(format!(
            "{name} is no table of candles ({}). It was not opened; the file that is open stays.",
            file.type_()
        )));
        return;
    }
    state.files.open_files(files.into_iter().map(|(path, file)| (path, file.into())).collect());
}

/// The files of a picker; those of a folder are the ones that can be candles.
fn open_list(state: AppState, files: Option<web_sys::FileList>) -> bool {
    let files = files::listed(files.as_ref());
    if files.is_empty() {
        return false;
    }
    open_all(state, files);
    true
}

fn is_open(state: AppState) -> bool {
    state.files.loaded.with_untracked(Option::is_some)
}

/// True when a line has as many cells with digits as the poorest candle: time, open, high, low, close.
fn has_rows(text: &str) -> bool {
    let has_digit = |cell: &&str| cell.bytes().any(|byte| byte.is_ascii_digit());
    let cells = |line: &str| line.split([',', ';', '\t', '|', ' ']).filter(has_digit).count();
    text.lines().take(200).any(|line| cells(line) >= 5)
}

/// The whole window takes files; an overlay shows it. Text pasted outside a field is read as a file.
#[component]
pub fn DropZone() -> impl IntoView {
    let state = use_state();
    let over = RwSignal::new(false);
    let take = move |data: &DataTransfer| {
        // Folders are gone through; what was dropped is held only until this listener returns, so it is taken now.
        if let Some(found) = files::dropped(data) {
            leptos::task::spawn_local(async move {
                match found.await {
                    Ok(files) if !files.is_empty() => open_all(state, files),
                    Ok(_) => state.workers.notice.set(Some(
                        "No file in what was dropped can hold candles (.csv, .txt, .tsv, .dat, .gz, .zip)."
                            .to_owned(),
                    )),
                    Err(error) => state.workers.notice.set(Some(files::describe(&error))),
                }
            });
            return true;
        }
        let text = data.get_data("text/plain").unwrap_or_default();
        if text.trim().is_empty() {
            return false;
        }
        if is_open(state) && !has_rows(&text) {
            let first: String =
                text.trim().lines().next().unwrap_or_default().chars().take(80).collect();
            state.workers.notice.set(Some(format!(
                "What was pasted holds no rows of a table (it begins with “{first}”). The file that is open stays."
            )));
            return true;
        }
        match files::blob(&text, "text/csv") {
            Ok(blob) => state.files.open_blob("pasted.csv".to_owned(), blob),
            Err(error) => state.workers.notice.set(Some(files::describe(&error))),
        }
        true
    };
    hooks::dropped(
        move |held| {
            if over.get_untracked() != held {
                over.set(held);
            }
        },
        take,
    );
    view! {
        <Show when=move || over.get()>
            <div class="drop-overlay" aria-hidden="true">
                <div class="drop-overlay__text">"Drop to open"</div>
            </div>
        </Show>
    }
}

/// File picker and samples.
#[component]
pub fn OpenButtons(
    /// Small, for the bar.
    compact: bool,
) -> impl IntoView {
    let state = use_state();
    let input = NodeRef::<leptos::html::Input>::new();
    let opened = move |_| {
        if let Some(input) = input.get_untracked() {
            open_list(state, input.files());
            // The same file can be opened again.
            input.set_value("");
        }
    };
    let folder = NodeRef::<leptos::html::Input>::new();
    folder.on_load(|input| {
        input.set_attribute("webkitdirectory", "").ok();
    });
    let opened_folder = move |_| {
        if let Some(input) = folder.get_untracked() {
            open_list(state, input.files());
            input.set_value("");
        }
    };
    let (file_class, sample_class) = if compact {
        ("btn file", "btn hide-phone")
    } else {
        ("btn btn--primary btn--large file", "btn btn--large")
    };
    view! {
        <label class=file_class>
            {if compact { "Open…" } else { "Open CSV files…" }}
            <input
                type="file"
                multiple
                class="file__input"
                aria-label="Open CSV files"
                accept=".csv,.txt,.tsv,.gz,.zip,text/csv,text/plain,application/gzip,application/zip"
                node_ref=input
                on:change=opened
            />
        </label>
        <Show when=move || !compact>
            <label class="btn btn--large file">
                "Open folder…"
                <input type="file" class="file__input" aria-label="Open a folder" node_ref=folder on:change=opened_folder/>
            </label>
        </Show>
        <button class=sample_class on:click=move |_| state.files.open_sample(Sample::Job143)>"Load sample"</button>
        <Show when=move || !compact>
            <button class="btn btn--large" on:click=move |_| state.files.open_sample(Sample::Clean)>
                "Load clean sample"
            </button>
        </Show>
    }
}

/// What the strategy of the first steps looks for, drawn. One text, set at once: as components it would cost ten times as much.
const PICTURE: &str = include_str!("start.svg");

/// The empty page: what it does, where to drop, what happens to the data; or the file being read; or why it failed.
#[component]
pub fn StartPage() -> impl IntoView {
    let state = use_state();
    let share = move || {
        state.files.loading.get().filter(|l| l.total > 0).map(|l| l.done as f64 / l.total as f64)
    };
    view! {
        <section class="start">
            <h1>"Can this data, and this result, be trusted?"</h1>
            <p class="start__lead">
                "Drop an OHLCV export. See what is wrong with it, clean it, and run a trading strategy on it with \
                 honest fills and costs. Every number says what it means."
            </p>
            <LinkOnStart/>
            {move || state.keeper.link.with(Option::is_none).then(|| state.keeper.last_market()).flatten().filter(|_| state.files.markets.with(Vec::is_empty)).map(|name| view! {
                <p class="start__hint">"Your settings are those of the last visit, when " <bdi>{name}</bdi> " was open."</p>
            })}
            {move || state.files.error.get().map(|error| view! { <ErrorBox error/> })}
            {move || state.files.loading.get().map(|loading| view! {
                    <div class="start__loading">
                        <p role="status">
                            "Reading " <b>{loading.name}</b> "…"
                            {loading.of.map(|(number, of)| format!(" File {number} of {of}."))}
                        </p>
                        <progress
                            aria-label="Bytes read"
                            max="1"
                            value=move || share().map(|share| fixed(share, 3))
                        ></progress>
                        <button class="btn" on:click=move |_| state.files.cancel()>"Cancel"</button>
                    </div>
            })}
            {move || state.files.previous().filter(|_| state.files.loading.with(Option::is_none)).map(|(id, name)| view! {
                <p class="start__buttons">
                    <button class="btn" on:click=move |_| state.files.show(id)>"Back to\u{a0}" <bdi>{name}</bdi></button>
                </p>
            })}
            <Show when=move || state.files.preview.with(Option::is_some)><ReadingPanel/></Show>
            {move || state.files.loading.with(Option::is_none).then(|| view! {
                    <div class="start__drop">
                        <p class="start__hint">"Drop CSV files or folders anywhere (.gz and .zip, too), paste rows with Ctrl+V, or"</p>
                        <div class="start__buttons"><OpenButtons compact=false/></div>
                        <p class="start__hint">
                            "Binance, ccxt, CryptoDataDownload, Kraken, Coinbase, Yahoo, TradingView and MetaTrader exports \
                             are recognised, in ten languages. What was inferred is shown with its reason, and can be changed."
                        </p>
                    </div>
            })}
            <div class="start__tour">
                <figure class="drawn" inner_html=PICTURE></figure>
                <ol class="start__steps">
                    <li><b>"See the data."</b> " Gaps, rows without trades, bad ticks, columns that changed places: counted, judged, shown."</li>
                    <li><b>"Clean it."</b> " Choose which rows count, and see which rule sets aside how many."</li>
                    <li><b>"Test the idea."</b> " Move the sliders of a strategy: trades, costs and equity follow. Then ask whether it was luck."</li>
                </ol>
            </div>
            <dl class="start__facts">
                <div>
                    <dt>"Nothing leaves this page"</dt>
                    <dd>"All work is done in your browser by WebAssembly. There is no server, no account, no tracking."</dd>
                </div>
                <div>
                    <dt>"The sample"</dt>
                    <dd>
                        "540 days of five-minute candles, a fifth of them without a single trade. With the preset Job 143 its \
                         newest 5,000 usable rows lose half the account: from honest data and costs."
                    </dd>
                </div>
                <div>
                    <dt>"The clean sample"</dt>
                    <dd>"180 days without a defect, to see what passing looks like."</dd>
                </div>
            </dl>
        </section>
    }
}

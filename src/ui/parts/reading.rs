//! How a file is read: its first lines as a grid, every guess with its reason and a control to change it, and what the
//! browser remembers for files of the same shape.

use super::ScrollX;
use crate::format::counted;
use crate::import::{
    DateOrder, DecimalMark, Delimiter, Encoding, Finding, GridLine, LineKind, Preview, Quote,
    READING, Reading, Role, TimeUnit,
};
use crate::ui::state::{AppState, use_state};
use leptos::prelude::*;
use std::sync::Arc;

/// Lines of the preview from which a header can be chosen.
const HEADER_LINES: u64 = 12;
/// Offsets that are offered, in hours.
const ZONES: [&str; 16] = [
    "UTC", "-08:00", "-07:00", "-06:00", "-05:00", "-04:00", "-03:00", "+01:00", "+02:00",
    "+03:00", "+04:00", "+05:30", "+07:00", "+08:00", "+09:00", "+10:00",
];

/// Values that a key can be given, with words for people; empty where it is chosen otherwise.
fn options(key: &str, preview: &Preview) -> Vec<(String, String)> {
    fn named<T: Copy>(
        all: &[T],
        key: fn(T) -> &'static str,
        label: fn(T) -> &'static str,
    ) -> Vec<(String, String)> {
        all.iter().map(|&choice| (key(choice).to_owned(), label(choice).to_owned())).collect()
    }
    match key {
        "encoding" => named(Encoding::ALL, Encoding::key, Encoding::label),
        "delimiter" => named(Delimiter::ALL, Delimiter::key, Delimiter::label),
        "quote" => named(Quote::ALL, Quote::key, Quote::label),
        "decimal" => named(DecimalMark::ALL, DecimalMark::key, DecimalMark::label),
        "date_order" => named(DateOrder::ALL, DateOrder::key, DateOrder::label),
        "time_unit" => named(TimeUnit::ALL, TimeUnit::key, TimeUnit::label),
        "zone" => ZONES.iter().map(|zone| ((*zone).to_owned(), (*zone).to_owned())).collect(),
        "header" => {
            let lines =
                preview.grid.iter().map(|line| line.line).filter(|line| *line <= HEADER_LINES);
            let lines = lines.map(|line| (line.to_string(), format!("line {line}")));
            std::iter::once(("none".to_owned(), "none".to_owned())).chain(lines).collect()
        }
        _ => Vec::new(),
    }
}

/// Identity of a control, by the key of the choice or the number of the column.
fn id_of(key: &str) -> String {
    format!("reading-{key}")
}

/// One choice: its value, who made it and why, and a menu.
fn choice(state: AppState, spec_at: usize, preview: &Arc<Preview>) -> impl IntoView + use<> {
    let spec = &READING[spec_at];
    let finding: Option<Finding> = preview.diagnostics.finding(spec.key).cloned();
    let chosen = state.files.reading.with_untracked(|reading| reading.get(spec.key));
    let mut options = options(spec.key, preview);
    if let Some(question) = preview.error.as_ref().and_then(|error| error.question.as_ref())
        && question.key == spec.key
        && options.is_empty()
    {
        options = question
            .choices
            .iter()
            .map(|c| (c.value.clone(), format!("{}: {}", c.value, c.label)))
            .collect();
    }
    if let Some(chosen) = &chosen
        && !options.iter().any(|(value, _)| value == chosen)
    {
        options.push((chosen.clone(), chosen.clone()));
    }
    if options.is_empty()
        || (finding.is_none()
            && chosen.is_none()
            && spec.key != "time_unit"
            && preview.error.is_none())
    {
        return ().into_any();
    }
    let auto = match &finding {
        Some(finding) if !finding.chosen => format!("auto: {}", finding.label),
        _ if spec.key == "time_unit" => "auto: by each row's size or form".to_owned(),
        _ => "auto".to_owned(),
    };
    let reason = finding.map(|finding| finding.reason).unwrap_or_default();
    let current = chosen.unwrap_or_default();
    let items: Vec<_> = std::iter::once((String::new(), auto))
        .chain(options)
        .map(|(value, label)| {
            let selected = value == current;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect();
    let changed =
        move |event| state.files.choose(spec.key, &event_target_value(&event), id_of(spec.key));
    view! {
        <label class="reading__choice">
            <span class="reading__name">{spec.label}</span>
            <select class="btn" id=id_of(spec.key) on:change=changed>{items}</select>
            <small dir="auto">{reason}</small>
        </label>
    }
    .into_any()
}

fn role_menu(
    state: AppState,
    column: usize,
    role: Role,
    name: &str,
    is_chosen: bool,
) -> impl IntoView + use<> {
    let items: Vec<_> = Role::ALL
        .iter()
        .map(|&choice| view! { <option value=choice.key() selected=choice == role>{choice.label()}</option> })
        .collect();
    let changed = move |event| {
        if let Some(role) = Role::from_key(&event_target_value(&event)) {
            state.files.choose_role(column as u32, role, id_of(&column.to_string()));
        }
    };
    let used = role != Role::Unused;
    let label = format!("Role of column {} {name}", column + 1);
    view! {
        <select
            class="btn reading__role"
            class:reading__role--used=used
            class:reading__role--chosen=is_chosen
            aria-label=label
            id=id_of(&column.to_string())
            on:change=changed
        >
            {items}
        </select>
    }
}

fn grid(state: AppState, preview: &Arc<Preview>) -> impl IntoView + use<> {
    let width = preview.grid.iter().map(|line| line.cells.len()).max().unwrap_or(0);
    let chosen = state.files.reading.with_untracked(|reading| reading.columns.clone());
    let heads: Vec<_> = (0..width)
        .map(|column| {
            let used = preview.diagnostics.columns.get(column);
            let role = used.map_or(Role::Unused, |used| used.role);
            let name = used.map_or_else(String::new, |used| used.name.clone());
            let reason = used.map_or_else(String::new, |used| used.reason.clone());
            let is_chosen = chosen.iter().any(|(at, _)| *at as usize == column);
            view! {
                <th scope="col" class="left">
                    {role_menu(state, column, role, &name, is_chosen)}
                    <small class="reading__why" dir="auto">{reason}</small>
                </th>
            }
        })
        .collect();
    let roles: Vec<Role> = (0..width)
        .map(|column| {
            preview.diagnostics.columns.get(column).map_or(Role::Unused, |used| used.role)
        })
        .collect();
    let lines: Vec<_> = preview.grid.iter().map(|line| grid_line(line, &roles)).collect();
    view! {
        <ScrollX label="First lines of the file">
            <table class="table reading__grid">
                <thead>
                    <tr><th scope="col"><span class="sr-only">"Line"</span></th>{heads}</tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </ScrollX>
    }
}

fn grid_line(line: &GridLine, roles: &[Role]) -> impl IntoView + use<> {
    let (class, title) = match line.kind {
        LineKind::Header => ("reading__header", "names of the columns"),
        LineKind::Row => ("", "a candle"),
        LineKind::Other => ("reading__other", "no candle: not read"),
    };
    let cells: Vec<_> = line
        .cells
        .iter()
        .enumerate()
        .map(|(column, cell)| {
            let unused = roles.get(column).is_none_or(|role| *role == Role::Unused);
            view! { <td class="left" class:quiet=unused><bdi>{cell.clone()}</bdi></td> }
        })
        .collect();
    view! { <tr class=class title=title><th scope="row">{line.line}</th>{cells}</tr> }
}

/// The command that reads the file in the same way.
fn command(reading: &Reading) -> String {
    let quoted = |value: &str| {
        let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "_-+:.,".contains(c));
        if plain { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
    };
    let pairs: Vec<String> =
        reading.chosen().iter().map(|(key, value)| format!("{key}={}", quoted(value))).collect();
    format!("cleansweep report FILE --read {}", pairs.join(" "))
}

/// The preview with its controls.
#[component]
pub fn ReadingPanel() -> impl IntoView {
    let state = use_state();
    move || {
        // Of a file without a line there is nothing to choose.
        let preview = state.files.preview.get().filter(|preview| !preview.grid.is_empty())?;
        let reading = state.files.reading.get();
        let read_with = state.files.read_with();
        let is_read = state.files.loaded.with(Option::is_some);
        let can_read = preview.error.is_none() && (reading != read_with || !is_read);
        let has_choices = reading != Reading::default();
        let choices: Vec<_> = (0..READING.len()).map(|at| choice(state, at, &preview)).collect();
        let problem = preview
            .error
            .clone()
            .filter(|_| is_read)
            .map(|error| view! { <super::ErrorBox error/> });
        let draft = reading.clone();
        Some(view! {
            <section class="panel reading" aria-label="Preview">
                <header class="panel__head">
                    <h2>"How the file is read"</h2>
                    <bdi>{state.files.name()}</bdi>
                    <span class="spacer"></span>
                    <small>{format!("the first {}", counted(preview.grid.len(), "line"))}</small>
                </header>
                <div class="reading__choices">{choices}</div>
                {problem}
                {grid(state, &preview)}
                <div class="reading__actions">
                    <button class="btn btn--primary" disabled=!can_read on:click=move |_| state.files.read_as(draft.clone())>
                        "Read the file this way"
                    </button>
                    <button
                        class="btn"
                        disabled=!has_choices
                        on:click=move |_| {
                            state.files.reading.set(Reading::default());
                            state.files.look();
                        }
                    >
                        "Back to automatic"
                    </button>
                    {has_choices.then(|| view! { <code class="reading__command">{command(&reading)}</code> })}
                </div>
            </section>
        })
    }
}

//! What went wrong, where, and what the user can do.

use crate::protocol::Question;
use crate::ui::state::{Asked, use_state};
use leptos::prelude::*;

/// What happened, where, what was done, and what the user can do.
#[component]
pub fn ErrorBox(
    /// The error.
    error: crate::import::ImportError,
) -> impl IntoView {
    let state = use_state();
    let Some(question) = error.question else {
        return view! {
            <div class="error-box" role="alert">
                <b>{error.title}</b>
                <p dir="auto">{error.detail}</p>
                <p class="error-box__advice">{error.advice}</p>
            </div>
        }
        .into_any();
    };
    let key = question.key;
    let choices: Vec<_> = question
        .choices
        .into_iter()
        .map(|choice| {
            let (key, value) = (key.clone(), choice.value.clone());
            view! {
                <button class="btn btn--choice" on:click=move |_| state.files.answer(&key, &value)>
                    <b dir="auto">{choice.value}</b>
                    <span dir="auto">{choice.label}</span>
                </button>
            }
        })
        .collect();
    view! {
        <div class="error-box error-box--question" role="alert">
            <b>{error.title}</b>
            <p dir="auto">{question.text}</p>
            <div class="choices">{choices}</div>
        </div>
    }
    .into_any()
}

/// Why the question of a panel failed, with a way to ask it again. Shown in the panel that waits for the answer.
#[component]
pub fn Failed<Q: Question>(
    /// The question.
    asked: Asked<Q>,
) -> impl IntoView {
    move || {
        asked.failure().map(|error| {
            view! {
                <p class="note note--bad" role="alert">
                    {format!("{}: {}. ", error.title, error.detail)}
                    <button class="btn" on:click=move |_| asked.again()>"Ask again"</button>
                </p>
            }
        })
    }
}

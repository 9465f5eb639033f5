//! Pieces of markup that several pages use.

use leptos::prelude::*;

/// Names with values, one a line; `wide` puts several beside each other.
pub fn facts<I: IntoIterator<Item = (&'static str, String)>>(
    wide: bool,
    items: I,
) -> impl IntoView + use<I> {
    let class = if wide { "facts facts--wide" } else { "facts" };
    let items: Vec<_> = items
        .into_iter()
        .map(|(name, value)| {
            view! {
                <div class="fact">
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
        .collect();
    view! { <dl class=class>{items}</dl> }
}

/// A part that scrolls sideways by itself where the screen is narrow, by keyboard too.
#[component]
pub fn ScrollX(
    /// Accessible name.
    label: &'static str,
    /// What scrolls.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=label>
            {children()}
        </div>
    }
}

//! The Validate page: is the result distinguishable from luck, does it use the future, and what would others print?

use crate::domain::{format_time, grouped};
use crate::protocol::{ProofView, Split, ValidateView};
use crate::quality::Policy;
use crate::ui::parts::{
    BarLine, Behind, ErrorBox, Failed, OriginalToggle, ScrollX, StatCard, flag, number, path_badge,
    stop_button, test_behind, told, win_rate_picture,
};
use crate::ui::state::{AppState, Run, use_state};
use crate::validate::ValidationSpec;
use leptos::prelude::*;

/// The source's numbers with the sound ones that answer the same question.
const BESIDE_SOURCE: [(&str, &str, &str); 3] = [
    ("source_p_value", "p_one_sided", "a two-sided test is passed by significant losses too"),
    ("source_z", "t", "without √n it does not grow with the evidence"),
    (
        "source_stability",
        "positive_thirds",
        "one minus a deviation depends on the unit of the returns",
    ),
];

fn card(state: AppState, view: &Run, (key, note): (&str, &str)) -> Option<impl IntoView + use<>> {
    let spec = ValidationSpec::of(key)?;
    let value = view.validation.get(key)?;
    let period = view.grid.0.name();
    let value = told(value, |value| spec.show(value, period));
    let parts = [test_behind(state, spec).unwrap_or_default(), note.to_owned()];
    let note =
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ");
    Some(view! {
        <StatCard label=spec.label basis=spec.basis.name() value formula=spec.formula note/>
    })
}

fn cards(state: AppState, view: &Run, keys: &[(&'static str, &str)]) -> impl IntoView + use<> {
    keys.iter().map(|pair| card(state, view, *pair)).collect_view()
}

fn summary(state: AppState) -> impl IntoView {
    move || {
        let view = state.answers.backtest.get()?;
        let costs = state.answers.costs.of(view.run());
        Some(view! {
            <section class="panel verdict-panel" aria-label="In one sentence">
                <p class="verdict verdict--large">{view.sentence.clone()}</p>
                <BarLine/>
                <Behind/>
                {costs.and_then(|costs| path_badge(&costs))}
            </section>
        })
    }
}

fn causality(state: AppState) -> impl IntoView {
    let text = move |proof: &ProofView| {
        let compared = proof.compared;
        match &proof.violation {
            Some(violation) => (
                "proof proof--bad",
                "Uses the future".to_owned(),
                format!(
                    "With only the rows up to {} UTC known, {} was not the same. Please report this file.",
                    format_time(violation.time_ms),
                    violation.what
                ),
            ),
            None if proof.done < proof.total => (
                "proof",
                if state.answers.proof.is_stopped() {
                    format!("Stopped after {} of {} cuts", proof.done, proof.total)
                } else {
                    format!("Checking: {} of {} cuts", proof.done, proof.total)
                },
                "The strategy runs again on beginnings of your rows, in the background.".to_owned(),
            ),
            None => (
                "proof proof--ok",
                "Does not use the future".to_owned(),
                format!(
                    "Run again on the first part of your rows, cut at {} places, evenly over the window and inside open trades: every signal and every \
                     closed trade known at a cut was the same as with the whole file (the last cut compared {} signals and {} trades).",
                    proof.total,
                    grouped(compared.signals),
                    grouped(compared.trades)
                ),
            ),
        }
    };
    let said = move || {
        let view = state.answers.backtest.get()?;
        let policy = view.question().settings.cleaning.policy;
        if !policy.is_sound() {
            let (title, why) = if policy == Policy::SourceScore {
                (
                    "Cannot be claimed",
                    "decides about a row with a percentile over the whole file, later rows included, so what was known at a time is not \
                     defined",
                )
            } else {
                ("Not checked", "is there for comparison only")
            };
            let detail = format!(
                "The policy {} {why}. The claim is made and checked for mask, drop and segment.",
                policy.name()
            );
            return Some(("proof proof--bad", title.to_owned(), detail));
        }
        Some(match state.answers.proof.of(view.run()) {
            Some(proof) => text(&proof),
            None => ("proof", "Waiting for the background".to_owned(), String::new()),
        })
    };
    // What failed says so above, with its own way to ask again.
    let checking = Memo::new(move |_| {
        let Some(view) = state.answers.backtest.get() else { return false };
        let proof = state.answers.proof.of(view.run());
        let open = proof.is_none_or(|p| p.violation.is_none() && p.done < p.total);
        let is_sound = view.question().settings.cleaning.policy.is_sound();
        is_sound && open && state.answers.proof.failure().is_none()
    });
    let removes_spikes = move || {
        let view = state.answers.backtest.get();
        view.is_some_and(|view| {
            let cleaning = &view.question().settings.cleaning;
            cleaning.policy.is_sound() && cleaning.remove_spikes
        })
    };
    view! {
        <div class=move || said().map_or("", |(class, ..)| class)>
            {move || said().map(|(_, title, detail)| view! { <b>{title}</b><p>{detail}</p> })}
            <Show when=move || checking.get()>{stop_button(state.answers.proof)}</Show>
            {move || removes_spikes().then(|| view! {
                <p>"Removing spikes looks one row ahead by itself: given the rows that are left, nothing else does."</p>
            })}
        </div>
    }
}

/// The page.
#[component]
pub fn ValidatePage() -> impl IntoView {
    let state = use_state();
    let validated = move |part: fn(&ValidateView) -> &Split| {
        move || {
            let validated = state.answers.of_shown(state.answers.validated);
            validated.map_or_else(String::new, |validated| part(&validated).joined())
        }
    };
    let busy = move || under_way(state);
    let outdated = move || state.answers.backtest.failure().is_some();
    let win_rate = move || {
        let view = state.answers.backtest.get()?;
        let interval =
            (number(&view, "win_rate_wilson_low")?, number(&view, "win_rate_wilson_high")?);
        let rate = number(&view, "win_rate")?;
        let drawn = state.answers.entries.of(view.run());
        let by_chance = drawn.and_then(|drawn| drawn.win_rate).map(|mean| ("random entries", mean));
        // The formula holds for exits by stop or target; otherwise the simulation is the null.
        let null = number(&view, "win_rate_null").map(|null| ("no drift", null)).or(by_chance);
        let reason = crate::metrics::METRICS
            .iter()
            .position(|spec| spec.key == "win_rate_null")
            .and_then(|at| view.metrics.get(at)?.as_ref().err().cloned());
        Some(view! {
            {win_rate_picture(rate, interval, null, number(&view, "win_rate_breakeven"))}
            {reason.map(|reason| view! { <p class="meaning__note">"What a market without drift would win is not shown: " {reason.to_string()} "."</p> })}
        })
    };
    let chance = move || {
        state.answers.of_shown(state.answers.entries).map_or_else(String::new, |d| d.html.joined())
    };
    let bar = move || state.answers.bar.get().map_or_else(String::new, |bar| bar.html.clone());
    let group = move |keys: &'static [(&'static str, &'static str)]| {
        move || state.answers.backtest.get().map(|view| cards(state, &view, keys))
    };
    let source = move || {
        let view = state.answers.backtest.get()?;
        let cell = |key: &str| {
            view.validation.get(key).map_or_else(String::new, |value| {
                value.as_ref().map_or_else(ToString::to_string, |v| {
                    let shown = |spec: &ValidationSpec| spec.show(*v, view.grid.0.name());
                    ValidationSpec::of(key).map_or_else(String::new, shown)
                })
            })
        };
        let label = |key: &str| ValidationSpec::of(key).map_or("", |spec| spec.label);
        Some(
            BESIDE_SOURCE
                .into_iter()
                .map(|(theirs, sound, why)| {
                    view! {
                        <tr>
                            <th scope="row">{label(theirs)}</th>
                            <td class="number">{cell(theirs)}</td>
                            <th scope="row">{label(sound)}</th>
                            <td class="number">{cell(sound)}</td>
                            <td class="rosetta__why">{why}</td>
                        </tr>
                    }
                })
                .collect_view(),
        )
    };
    view! {
        <div class="validate" role="tabpanel" aria-labelledby="tab-Validate" class:outdated=outdated aria-busy=flag(busy)>
            <h1 class="sr-only" id="title" tabindex="-1">"Validate"</h1>
            {move || state.answers.backtest.failure().map(|error| view! { <ErrorBox error/> })}
            {summary(state)}
            <div class="validate__grid">
                <section class="panel" aria-label="Is the average trade above zero?">
                    <header class="panel__head"><h2>"Is the average trade above zero?"</h2></header>
                    <div class="cards">
                        {group(&[("t", "of x, the net return on notional"), ("p_one_sided", "the claim: above zero"), ("p_two_sided", "the claim: not zero")])}
                    </div>
                    <OriginalToggle/>
                    <Show when=move || state.view.original.get()>
                    <ScrollX label="Original and sound">
                        <table class="table table--plain">
                            <thead>
                                <tr>
                                    <th scope="col">"Original method"</th>
                                    <th scope="col" class="number">"It says"</th>
                                    <th scope="col">"Sound"</th>
                                    <th scope="col" class="number">"It says"</th>
                                    <th scope="col">"Why"</th>
                                </tr>
                            </thead>
                            <tbody>{source}</tbody>
                        </table>
                    </ScrollX>
                    </Show>
                </section>
                <section class="panel" aria-label="Is the win rate more than chance?">
                    <header class="panel__head"><h2>"Is the win rate more than chance?"</h2></header>
                    {win_rate}
                    <h3 class="panel__sub">"Against random entries"</h3>
            <Failed asked=state.answers.entries/>
                    <div inner_html=chance></div>
                </section>
                <section class="panel" aria-label="Is the Sharpe ratio more than luck?">
                    <header class="panel__head"><h2>"Is the Sharpe ratio more than luck?"</h2></header>
                    <div class="cards">
                        {group(&[("psr", "against a true Sharpe of 0, one trial"), ("min_trl_periods", "for PSR = 95 %")])}
                    </div>
                    <h3 class="panel__sub">"After so many looks"</h3>
                    <Failed asked=state.answers.bar/>
                    <div class="told" class:dim=move || state.answers.lacks(state.answers.bar) inner_html=bar></div>
                    <h3 class="panel__sub">"Is it steady?"</h3>
                    <div class="cards">
                        {group(&[("positive_thirds", "of the trades in order"), ("r2_log_equity", "1 is a straight line")])}
                    </div>
                    <h3 class="panel__sub">"How much would Kelly bet?"</h3>
                    <div class="cards">
                        {group(&[("kelly", "notional / equity"), ("kelly_half", ""), ("kelly_quarter", ""), ("kelly_binary", "share lost on a loss"), ("kelly_continuous", "")])}
                    </div>
                </section>
                <section class="panel" aria-label="Does it use the future?">
                    <header class="panel__head"><h2>"Does it use the future?"</h2></header>
            <Failed asked=state.answers.proof/>
                    {causality(state)}
                </section>
            </div>
            <section class="panel" aria-label="How uncertain are the headline numbers?">
                <header class="panel__head"><h2>"How uncertain are the headline numbers?"</h2></header>
            <Failed asked=state.answers.validated/>
                <div inner_html=validated(|view| &view.intervals)></div>
            </section>
            <section class="panel" aria-label="Would the original call it a success?">
                <header class="panel__head"><h2>"Would the original call it a success?"</h2></header>
                <div inner_html=validated(|view| &view.criteria)></div>
            </section>
            <section class="panel" aria-label="Rosetta: what other tools would print">
                <header class="panel__head"><h2>"Rosetta: what other tools would print"</h2></header>
                <div class="rosetta" inner_html=validated(|view| &view.others)></div>
            </section>
        </div>
    }
}

/// Numbers of this page are still being computed.
fn under_way(state: AppState) -> bool {
    let answers = state.answers;
    answers.current().is_none()
        || answers.lacks(answers.validated)
        || answers.lacks(answers.entries)
}

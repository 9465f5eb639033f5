//! Looks as the worker tells them: one hash for one configuration, whoever evaluated it, and the bar that so many set.
#![allow(clippy::unwrap_used, reason = "a test should stop at once")]

use cleansweep::backtest::Window;
use cleansweep::ledger::{Counted, SeenAt, Tally};
use cleansweep::metrics::GridUnit;
use cleansweep::protocol::{
    BarQuestion, Event, FoundQuestion, GatherQuestion, Listed, LoadQuestion, LooksQuestion,
    MapQuestion, MultiverseQuestion, PictureChoice, PortionQuestion, PortionView, Question,
    SearchQuestion, Shown, Source, TableChoice, TrialsFile,
};
use cleansweep::quality::synth::Sample;
use cleansweep::quality::{Cleaning, Policy};
use cleansweep::search::reading::Over;
use cleansweep::search::{Plan, Sampler, Space, Trials};
use cleansweep::service::Service;
use cleansweep::session::Settings;
use cleansweep::strategy::{Params, StrategyId};
use cleansweep::table::ParamValue;
use cleansweep::universe::MarketId;

const MARKET: MarketId = MarketId(1);

fn loaded() -> Service {
    let mut service = Service::default();
    let source = Source::Attached { name: "file.csv".to_owned() };
    let text = Sample::Job143.csv();
    let bytes = text.as_bytes();
    let request = LoadQuestion::of(source).request();
    let event = service.answer(MARKET, &request, Some(&bytes), &mut |_| {});
    assert!(matches!(event, Event::Reply(_)));
    service
}

fn ask<Q: Question>(service: &mut Service, question: Q) -> Q::Answer {
    match service.answer(MARKET, &question.request(), None, &mut |_| {}) {
        Event::Reply(reply) => Q::answer(reply).expect("the answer of this question"),
        other => panic!("{other:?}"),
    }
}

fn settings() -> Settings {
    Settings {
        cleaning: Cleaning::with_policy(Policy::Mask),
        params: Params::default(),
        window: Window::newest(20_000),
    }
}

fn plan() -> Plan {
    Plan {
        space: Space::relaxed(StrategyId::default()),
        sampler: Sampler::Random,
        seed: 42,
        trials: 40,
        objective: "mean_r_lower_95".to_owned(),
        min_trades: 1,
    }
}

/// Runs a search to its end; its looks.
fn searched(service: &mut Service) -> (Vec<SeenAt>, u32) {
    searched_by(service, plan())
}

fn searched_by(service: &mut Service, plan: Plan) -> (Vec<SeenAt>, u32) {
    let mut looks = Vec::new();
    let mut question = SearchQuestion { settings: settings(), plan, step: 0 };
    loop {
        let view = ask(service, question.clone());
        looks.push(view.looks.clone());
        match question.next(&view) {
            Some(next) => question = next,
            None => return (looks, view.done),
        }
    }
}

fn shown(settings: Settings) -> Shown {
    Shown { settings, sharpe: Some(0.01), unit: GridUnit::Day }
}

#[test]
fn a_trial_and_the_backtest_that_it_is_loaded_into_are_one_look() {
    let mut service = loaded();
    let (looks, done) = searched(&mut service);
    let mut tally = Tally::default();
    let fresh: usize = looks.iter().map(|step| tally.add(&step.place, &step.seen).len()).sum();
    assert_eq!(fresh as u32, done, "forty random trials of this seed differ");
    let trials = Trials::of(&plan(), &settings().params).unwrap();
    for number in [0, 7, 39] {
        let params = trials.params(&trials.picks(number)).unwrap();
        let settings = Settings { params, ..settings() };
        let view = ask(&mut service, LooksQuestion { shown: vec![shown(settings)], upto: 1 });
        let [of] = &view.looks[..] else { panic!("{view:?}") };
        assert_eq!(of.place, looks[0].place);
        assert_eq!(of.data, looks[0].data);
        assert_eq!(tally.add(&of.place, &of.seen), [], "trial {number} counts once");
    }
}

#[test]
fn whatever_is_chosen_differently_is_another_configuration() {
    let mut service = loaded();
    let base = settings();
    let with = |key: &str, value: f64| {
        let mut params = base.params.clone();
        params.set(key, ParamValue::Number(value)).unwrap();
        Settings { params, ..base.clone() }
    };
    let mut spikes = base.clone();
    spikes.cleaning.remove_spikes = true;
    let shown: Vec<Shown> = [
        base.clone(),
        with("fee", 0.0005),
        with("risk_reward_ratio", 2.0),
        Settings { cleaning: Cleaning::with_policy(Policy::Drop), ..base.clone() },
        spikes,
        Settings {
            params: Params::new(StrategyId::from_name("ma_cross").unwrap()),
            ..base.clone()
        },
        // The same configuration over another window is another look at it.
        Settings { window: Window::newest(15_000), ..base.clone() },
        base.clone(),
    ]
    .map(shown)
    .into();
    let view = ask(&mut service, LooksQuestion { shown, upto: 1 });
    let mut tally = Tally::default();
    for looks in &view.looks {
        tally.add(&looks.place, &looks.seen);
    }
    let counted = tally.counted(&view.looks[0].place);
    assert_eq!((counted.configurations, counted.looks), (6, 7));
    // Rows that a policy drops may end the window elsewhere, so not all six need be in this one.
    assert!((4..=6).contains(&counted.here), "{counted:?}");
}

#[test]
fn every_cleaning_is_a_configuration_of_its_own() {
    let mut service = loaded();
    let mut question = MultiverseQuestion { settings: settings(), from: 0 };
    let looks = loop {
        let view = ask(&mut service, question.clone());
        match question.next(&view) {
            Some(next) => {
                assert_eq!(view.looks, [], "told once, at the end");
                question = next;
            }
            None => break view.looks,
        }
    };
    let mut tally = Tally::default();
    let fresh: usize = looks.iter().map(|one| tally.add(&one.place, &one.seen).len()).sum();
    // The strictest of the source's cleanings leaves too few rows of this sample to be run.
    assert_eq!((fresh, looks.len()), (13, 13));
    let base = ask(&mut service, LooksQuestion { shown: vec![shown(settings())], upto: 1 });
    let of = base.looks[0].seen[0].config;
    assert_eq!(looks[0].seen[0].config, of, "mask is what the backtest ran");
}

#[test]
fn a_search_is_held_against_all_that_was_seen() {
    let mut service = loaded();
    let (looks, done) = searched(&mut service);
    let mut tally = Tally::default();
    for step in &looks {
        tally.add(&step.place, &step.seen);
    }
    let own = tally.counted(&looks[0].place);
    let found = |service: &mut Service, counted: Option<Counted>| {
        let table = TableChoice {
            sort: "rank".to_owned(),
            descending: false,
            filter: String::new(),
            rows: 5,
        };
        let picture = PictureChoice {
            x: String::new(),
            y: String::new(),
            metric: "sharpe".to_owned(),
            over: Over::default(),
        };
        let (settings, plan) = (settings(), plan());
        let question = FoundQuestion {
            settings,
            plan,
            ran: (done, done),
            table,
            picture,
            counted,
            file: None,
        };
        ask(service, question).luck
    };
    let alone = found(&mut service, None);
    assert!(alone.contains("The best of 40 worthless configurations"), "{alone}");
    assert_eq!(found(&mut service, Some(own.clone())), alone, "a ledger of the search alone");
    let more = Counted { configurations: 5_000, ..own };
    let higher = found(&mut service, Some(more));
    assert!(higher.contains("The best of 5,000 worthless configurations"), "{higher}");
}

#[test]
fn the_bar_rises_with_what_was_seen() {
    let mut service = loaded();
    let counted = |configurations: u32| Counted {
        configurations,
        looks: configurations,
        here: configurations,
        variance: Ok(0.001),
    };
    let mut bar = |count: u32| {
        ask(&mut service, BarQuestion { settings: settings(), counted: counted(count) })
    };
    let few = bar(10);
    let many = bar(10_000);
    let height = |line: &str| -> f64 {
        let (_, rest) = line.split_once("the bar is a Sharpe ratio of ").unwrap();
        rest.split_once(':').unwrap().0.parse().unwrap()
    };
    assert!(few.line.starts_with("After 10 looks at these rows"), "{}", few.line);
    assert!(height(&few.line) < height(&many.line), "{} {}", few.line, many.line);
    assert!(many.is_warning && many.html.contains("Deflated Sharpe ratio"));
}

#[test]
fn a_map_runs_the_grid_around_the_settings_and_counts_every_cell() {
    let mut service = loaded();
    let question = |settings: Settings, x: &str, y: &str| MapQuestion {
        settings,
        x: x.to_owned(),
        y: y.to_owned(),
        metric: "expectancy_r".to_owned(),
    };
    let mut odd = settings();
    // Between two steps of the map.
    odd.params.set("pierce_depth", ParamValue::Number(0.00205)).unwrap();
    let view = ask(&mut service, question(odd.clone(), "pierce_depth", "risk_reward_ratio"));
    assert_eq!(view.keys, ("pierce_depth".to_owned(), "risk_reward_ratio".to_owned()));
    let looks = view.looks.unwrap();
    assert_eq!(view.html.matches("data-load").count(), looks.seen.len());
    assert!((100..=14 * 14).contains(&looks.seen.len()), "{}", looks.seen.len());
    assert_eq!(view.html.matches(" here\"").count(), 1, "the settings as they are have a cell");
    let own = ask(&mut service, LooksQuestion { shown: vec![shown(odd.clone())], upto: 1 });
    let config = own.looks[0].seen[0].config;
    assert!(looks.seen.iter().any(|seen| seen.config == config));
    assert_eq!(looks.place, own.looks[0].place);
    // A slider moves on: the same rows, other numbers, and nothing of the map before.
    odd.params.set("fee", ParamValue::Number(0.002)).unwrap();
    let moved = ask(&mut service, question(odd.clone(), "pierce_depth", "risk_reward_ratio"));
    assert_ne!(moved.html, view.html);
    let mut fresh = loaded();
    let alone = ask(&mut fresh, question(odd.clone(), "pierce_depth", "risk_reward_ratio"));
    assert_eq!(alone, moved);
    // What the strategy does not have, and one parameter twice.
    let usual = ask(&mut service, question(odd.clone(), "", "nonsense"));
    assert_eq!(usual.keys, ("pierce_depth".to_owned(), "volume_spike_threshold".to_owned()));
    let twice = ask(&mut service, question(odd, "fee", "fee"));
    assert_eq!(twice.keys, ("fee".to_owned(), "pierce_depth".to_owned()));
    // Words and switches have cells, too.
    let settings =
        Settings { params: Params::new(StrategyId::from_name("ma_cross").unwrap()), ..settings() };
    for spec in settings.params.specs() {
        if spec.key == "starting_equity" {
            continue;
        }
        let view = ask(&mut service, question(settings.clone(), spec.key, ""));
        assert_eq!(view.keys.0, spec.key);
        assert!(view.looks.is_some() && view.html.contains("data-load"), "{}", spec.key);
    }
}

#[test]
fn a_window_of_few_rows_is_not_chosen_on() {
    let mut service = loaded();
    let settings = Settings { window: Window::newest(500), ..settings() };
    let request = SearchQuestion { settings, plan: plan(), step: 0 }.request();
    let Event::Failed(error) = service.answer(MARKET, &request, None, &mut |_| {}) else {
        panic!("refused")
    };
    assert!(
        error.to_string().contains("1,000 usable rows in the chosen window, and there are 500"),
        "{error}"
    );
}

/// A search of several steps.
fn many() -> Plan {
    Plan { trials: 300, ..plan() }
}

/// What a search finds, read as the page reads it.
fn read(service: &mut Service, ran: (u32, u32)) -> cleansweep::protocol::FoundView {
    let table =
        TableChoice { sort: "rank".to_owned(), descending: false, filter: String::new(), rows: 50 };
    let picture = PictureChoice {
        x: String::new(),
        y: String::new(),
        metric: "sharpe".to_owned(),
        over: Over::default(),
    };
    let file = Some(TrialsFile::Json);
    let (settings, plan) = (settings(), many());
    ask(service, FoundQuestion { settings, plan, ran, table, picture, counted: None, file })
}

#[test]
fn any_number_of_helpers_finds_the_same_to_the_bit() {
    let mut alone = loaded();
    let (solo, total) = searched_by(&mut alone, many());
    let place = solo[0].place;
    let expected = read(&mut alone, (total, total));
    let portion = |helper: &mut Service, share: (u32, u32), step: u32| {
        let (settings, plan) = (settings(), many());
        ask(helper, PortionQuestion { settings, plan, share, back: u32::MAX, step })
    };
    for (of, steps_of_home, dies) in [(1, 1, false), (3, 1, false), (2, 0, true), (1, 5, true)] {
        let mut home = loaded();
        if of == 1 {
            // What a worker knows of the rows from another search changes nothing.
            searched(&mut home);
        }
        let mut helpers: Vec<Service> = (0..of).map(|_| loaded()).collect();
        let mut question = SearchQuestion { settings: settings(), plan: many(), step: 0 };
        let mut tally = Tally::default();
        let mut view = None;
        for step in 0..20 {
            for (share, helper) in (0..).zip(&mut helpers) {
                let part = portion(helper, (share, of), step);
                if let Some(looks) = &part.looks {
                    tally.add(&looks.place, &looks.seen);
                }
                let PortionView { from, outcomes, .. } = part;
                let (settings, plan) = (settings(), many());
                ask(&mut home, GatherQuestion { settings, plan, from, outcomes });
            }
            if dies && step == 2 {
                // All that was gathered is lost, and run again.
                home = loaded();
            }
            for _ in 0..steps_of_home {
                let made = ask(&mut home, question.clone());
                tally.add(&made.looks.place, &made.looks.seen);
                question = question.next(&made).unwrap_or(question);
                view = Some(made);
            }
        }
        while view.as_ref().is_none_or(|view| !view.is_whole) {
            let made = ask(&mut home, question.clone());
            tally.add(&made.looks.place, &made.looks.seen);
            question = question.next(&made).unwrap_or(question);
            view = Some(made);
        }
        let view = view.unwrap();
        assert_eq!((view.done, view.total), (total, total), "{of} helpers");
        assert_eq!(view.ran.0, view.ran.1);
        assert_eq!(read(&mut home, view.ran), expected, "{of} helpers");
        assert_eq!(tally.counted(&place).configurations, total, "every trial counts once");
    }
}

#[test]
fn what_was_run_at_both_ends_of_a_stopped_search_is_read() {
    let mut home = loaded();
    let mut helper = loaded();
    let question = |step| SearchQuestion { settings: settings(), plan: many(), step };
    let first = ask(&mut home, question(0));
    let share = (0, 1);
    let ask_portion =
        PortionQuestion { settings: settings(), plan: many(), share, back: u32::MAX, step: 0 };
    let PortionView { from, outcomes, .. } = ask(&mut helper, ask_portion.clone());
    ask(&mut home, GatherQuestion { settings: settings(), plan: many(), from, outcomes });
    let second = ask(&mut home, question(1));
    assert_eq!(second.ran, (second.ran.0, from));
    assert_eq!(second.done, second.ran.0 + (second.total - from));
    assert!(second.done > first.done && second.done < second.total, "{second:?}");
    let told = read(&mut home, second.ran);
    assert!(
        told.counts.starts_with(&format!("Stopped after {} of 300 trials", second.done)),
        "{}",
        told.counts
    );
    // A worker in its place comes to the same.
    assert_eq!(read(&mut loaded(), second.ran), told);
    // One that goes on begins where the other end is.
    let later = PortionQuestion { back: from, ..ask_portion };
    assert!(ask(&mut helper, later).from < from);
    // Bytes that are none are run here.
    let broken = GatherQuestion {
        settings: settings(),
        plan: many(),
        from: second.ran.0,
        outcomes: vec![7; 5].into(),
    };
    ask(&mut home, broken);
    assert_eq!(read(&mut home, second.ran), told);
}

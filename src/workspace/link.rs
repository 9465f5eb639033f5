//! Settings as readable text: `v1&pierce_depth=0.002&policy=drop`. Defaults are absent. The same text is the fragment of a
//! link and what the browser keeps between visits.
//!
//! Reading is total: any text gives settings, inside their documented ranges, and a list of what was not taken.

use super::{ResultPrint, Workspace};
use crate::domain::{format_time, parse_time};
use crate::quality::synth::Sample;
use crate::quality::{CLEANING, Cleaning, Policy};
use crate::session::Settings;
use crate::strategy::{Params, StrategyId};
use crate::table::{ParamError, ParamValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::fmt::Write as _;

/// Longest text that is looked at, bytes.
const LONGEST: usize = 8_192;
/// Longest piece of a link that is repeated in a message, characters.
const SHOWN: usize = 40;

/// Longest name of a file in a link, bytes before encoding.
const LONGEST_NAME: usize = 120;
/// What a name is written with as it is; everything else is percent-encoded.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// What a link says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Settings; what the link does not name is the default.
    pub workspace: Workspace,
    /// Visible page, by its lower-case name.
    pub tab: Option<String>,
    /// Candles in view on the price chart, from and to.
    pub view: Option<(u32, u32)>,
    /// The sample that it was made with.
    pub sample: Option<Sample>,
    /// Name of the file that it was made with.
    pub market: Option<String>,
    /// Fingerprint of the candles that it was made with, at least 8 hexadecimal digits.
    pub data: Option<String>,
    /// Fingerprint of the trades.
    pub result: Option<ResultPrint>,
    /// What was not taken as written, for people.
    pub ignored: Vec<String>,
}

/// A text that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It is no link of ours.
    NotOurs,
    /// It is of a later version.
    Version,
    /// It is too long.
    TooLong,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "it does not start with #v1",
            Self::Version => {
                "it was made by another version of this page; reload to get the newest one"
            }
            Self::TooLong => "it is longer than 8 kB, so it was not read",
        })
    }
}

/// Writes a reading; its list of ignored parts plays no role.
pub fn write(reading: &Reading) -> String {
    let mut text = "v1".to_owned();
    let mut add = |key: &str, value: &str| {
        let _ = write!(text, "&{key}={value}");
    };
    let settings = &reading.workspace.settings;
    let params = &settings.params;
    let default = Params::new(params.id());
    if params.id() != StrategyId::default() {
        add("strategy", params.strategy().name);
    }
    for spec in params.specs() {
        if let Some(value) = params.get(spec.key)
            && Some(value) != default.get(spec.key)
        {
            add(spec.key, &spec.text(value));
        }
    }
    let (cleaning, plain) = (&settings.cleaning, Cleaning::default());
    if cleaning.policy != plain.policy {
        add("policy", cleaning.policy.name());
    }
    for spec in CLEANING {
        if let Some(value) = cleaning.get(spec.key)
            && Some(value) != plain.get(spec.key)
        {
            add(spec.key, &spec.text(value));
        }
    }
    let window = settings.window;
    if window.newest > 0 {
        add("last", &window.newest.to_string());
    }
    for (key, time) in [("from", window.from_ms), ("to", window.to_ms), ("split", window.split_ms)]
    {
        if let Some(time) = time {
            add(key, &format_time(time).replace(' ', "T"));
        }
    }
    if reading.workspace.versus != Workspace::default().versus {
        add("versus", reading.workspace.versus.name());
    }
    if let Some(tab) = &reading.tab {
        add("tab", tab);
    }
    if let Some((from, to)) = reading.view {
        add("view", &format!("{from}-{to}"));
    }
    if let Some(sample) = reading.sample {
        add("sample", sample.name());
    }
    if let Some(market) = &reading.market {
        add("market", &utf8_percent_encode(clip_name(market), NAME).to_string());
    }
    if let Some(data) = &reading.data {
        add("data", data);
    }
    if let Some(result) = &reading.result {
        add("trades", &result.trades.to_string());
        add("result", &result.hash);
        add("marks", &result.marks);
    }
    text
}

/// The fragment of a link that holds settings and names the data they were used on: what a report prints.
pub fn settings_link(settings: &Settings, fingerprint: &str, name: &str) -> String {
    write(&Reading {
        workspace: Workspace { settings: settings.clone(), ..Workspace::default() },
        market: Some(name.to_owned()),
        data: Some(fingerprint.chars().take(16).collect()),
        ..Reading::default()
    })
}

/// Reads a link's fragment, with or without the `#`.
pub fn read(text: &str) -> Result<Reading, LinkError> {
    if text.len() > LONGEST {
        return Err(LinkError::TooLong);
    }
    let text = text.strip_prefix('#').unwrap_or(text);
    let mut parts = text.split('&');
    let version = parts.next().unwrap_or_default();
    if version != "v1" {
        let number = version.strip_prefix('v').unwrap_or_default();
        let later = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if later { LinkError::Version } else { LinkError::NotOurs });
    }
    let mut reading = Reading::default();
    // First of all, wherever it stands: it says what the other keys mean.
    let mut named = text.split('&').filter_map(|part| part.strip_prefix("strategy="));
    if let Some(strategy) = named.find_map(StrategyId::from_name) {
        reading.workspace.settings.params = Params::new(strategy);
    }
    let mut result = (None, None, None);
    for part in parts.filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let taken = match key {
            "strategy" => StrategyId::from_name(value).map(|_read_above| ()),
            "tab" => word(value).map(|tab| reading.tab = Some(tab)),
            "view" => range(value).map(|view| reading.view = Some(view)),
            "sample" => Sample::from_name(value).map(|sample| reading.sample = Some(sample)),
            "market" => name(value).map(|market| reading.market = Some(market)),
            "data" => fingerprint(value).map(|data| reading.data = Some(data)),
            "trades" => value.parse().ok().filter(|n| *n < 10_000_000).map(|n| result.0 = Some(n)),
            "result" => fingerprint(value).map(|hash| result.1 = Some(hash)),
            "marks" => marks(value).map(|marks| result.2 = Some(marks)),
            _ => setting(&mut reading, key, value),
        };
        if taken.is_none() {
            reading.ignored.push(clip(part));
        }
    }
    if let (Some(trades), Some(hash), Some(marks)) = result {
        reading.result = Some(ResultPrint { trades, hash, marks });
    }
    Ok(reading)
}

fn clip(part: &str) -> String {
    let mut text: String = part.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if text.len() < part.len() {
        text.push('…');
    }
    text
}

fn word(value: &str) -> Option<String> {
    let plain = value.len() <= 16 && value.bytes().all(|byte| byte.is_ascii_lowercase());
    (plain && !value.is_empty()).then(|| value.to_owned())
}

/// The beginning of a name that fits into a link.
fn clip_name(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

fn name(value: &str) -> Option<String> {
    let name = percent_decode_str(value).decode_utf8().ok()?;
    let plain = !name.is_empty() && !name.chars().any(char::is_control);
    (plain && name.len() <= LONGEST_NAME).then(|| name.into_owned())
}

fn fingerprint(value: &str) -> Option<String> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (plain && (8..=64).contains(&value.len())).then(|| value.to_owned())
}

fn marks(value: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (value.len() <= 512 && value.bytes().all(plain)).then(|| value.to_owned())
}

/// `100-260`, increasing.
fn range(value: &str) -> Option<(u32, u32)> {
    let (from, to) = value.split_once('-')?;
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from < to).then_some((from, to))
}

/// A number inside a range, whole where it has to be: otherwise the nearest one, which is said.
fn within(
    ignored: &mut Vec<String>,
    key: &str,
    value: &str,
    (low, high, integer): (f64, f64, bool),
) -> Option<f64> {
    let number: f64 = value.parse().ok().filter(|number: &f64| number.is_finite())?;
    let inside = number.clamp(low, high);
    let taken = if integer { inside.round() } else { inside };
    if inside != number {
        ignored.push(format!("{key}={} is out of range, {taken} was taken", clip(value)));
    } else if taken != number {
        ignored.push(format!("{key}={} is no whole number, {taken} was taken", clip(value)));
    }
    Some(taken)
}

fn setting(reading: &mut Reading, key: &str, value: &str) -> Option<()> {
    let settings = &mut reading.workspace.settings;
    let cleaning = &mut settings.cleaning;
    let ignored = &mut reading.ignored;
    match key {
        "policy" => cleaning.policy = Policy::from_name(value)?,
        "versus" => reading.workspace.versus = Policy::from_name(value)?,
        "last" => settings.window.newest = within(ignored, key, value, (0.0, 1e9, true))? as usize,
        "from" => settings.window.from_ms = Some(parse_time(value)?),
        "to" => settings.window.to_ms = Some(parse_time(value)?),
        "split" => settings.window.split_ms = Some(parse_time(value)?),
        _ if let Some(spec) = CLEANING.iter().find(|spec| spec.key == key) => {
            if cleaning.set_text(key, value).is_err() {
                let number = within(ignored, key, value, (spec.min, spec.max, spec.integer))?;
                cleaning.set_text(key, &number.to_string()).ok()?;
            }
        }
        _ => {
            let spec = settings.params.spec(key)?;
            match settings.params.set_text(key, value) {
                Ok(()) => {}
                Err(ParamError::NotAValue { .. }) if spec.is_number() => {
                    let range = (spec.min, spec.max, spec.integer);
                    let number = within(ignored, key, value, range)?;
                    settings.params.set(key, ParamValue::Number(number)).ok()?;
                }
                Err(_) => return None,
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::Window;
    use crate::strategy::sweep::SweepParams;

    #[test]
    fn a_link_names_its_strategy_and_says_what_it_cannot_take() {
        let reading = read("v1&ma_fast=7&strategy=ma_cross&pierce_depth=0.001&sides=long").unwrap();
        let params = &reading.workspace.settings.params;
        assert_eq!(params.strategy().name, "ma_cross");
        assert_eq!(params.get("ma_fast"), Some(ParamValue::Number(7.0)));
        assert_eq!(reading.ignored, ["pierce_depth=0.001"], "a key of another strategy");
        let unknown = read("v1&strategy=nonsense&fee=0").unwrap();
        assert_eq!(unknown.ignored, ["strategy=nonsense"]);
        assert_eq!(unknown.workspace.settings.params.id(), StrategyId::default());
    }

    #[test]
    fn defaults_are_a_version_and_nothing_else() {
        assert_eq!(write(&Reading::default()), "v1");
        assert_eq!(read("#v1"), Ok(Reading::default()));
    }

    #[test]
    fn every_setting_survives_a_link() {
        let mut reading = Reading {
            tab: Some("validate".to_owned()),
            view: Some((155_360, 155_520)),
            sample: Some(Sample::Job143),
            market: Some("BTC&USDT #1 = 5 min, Börse 取引所.csv".to_owned()),
            data: Some("0123456789abcdef".to_owned()),
            result: Some(ResultPrint {
                trades: 3,
                hash: "00ff00ff00ff00ff".to_owned(),
                marks: "aZ_".to_owned(),
            }),
            ..Reading::default()
        };
        let presets = StrategyId::all()
            .flat_map(|id| id.get().presets.iter().map(move |preset| Params::preset(id, preset)));
        for params in presets {
            reading.workspace.settings.params = params;
            reading.workspace.settings.params.engine.daily_loss_limit = Some(0.03);
            for policy in Policy::ALL {
                reading.workspace.settings.cleaning = Cleaning {
                    policy,
                    remove_spikes: true,
                    max_gap_bars: 9,
                    min_volume_percentile: 2.5,
                    threshold: 0.5,
                };
                reading.workspace.versus = policy;
                reading.workspace.settings.window = Window {
                    newest: 5_000,
                    from_ms: Some(-1_000),
                    to_ms: Some(1_761_446_700_000),
                    split_ms: Some(0),
                };
                let text = write(&reading);
                assert_eq!(read(&format!("#{text}")).as_ref(), Ok(&reading), "{text}");
            }
        }
    }

    #[test]
    fn a_name_of_any_file_survives_or_is_cut() {
        for name in ["a", "%41.csv", "a&b=c#d", "\u{202e}gpj.csv", "…", &"ü".repeat(60)] {
            let sent = Reading { market: Some(name.to_owned()), ..Reading::default() };
            let text = write(&sent);
            assert!(text.is_ascii(), "{text}");
            assert_eq!(read(&text), Ok(sent));
        }
        let long = Reading { market: Some(format!("a{}", "ü".repeat(90))), ..Reading::default() };
        assert_eq!(read(&write(&long)).unwrap().market.unwrap().len(), 119);
        for bad in ["", "%ff", "a%00b", &"x".repeat(121)] {
            assert_eq!(read(&format!("v1&market={bad}")).unwrap().ignored.len(), 1, "{bad}");
        }
    }

    /// Both ends of every range, page and link and storage alike.
    #[test]
    fn whole_ranges_survive_a_link() {
        for spec in Cleaning::SPECS {
            for end in spec.extremes() {
                let mut sent = Reading::default();
                sent.workspace.settings.cleaning.set(spec.key, end).unwrap();
                assert_eq!(read(&write(&sent)).as_ref(), Ok(&sent), "{}={end:?}", spec.key);
            }
        }
        for id in StrategyId::all() {
            for spec in Params::new(id).specs() {
                for value in spec.extremes() {
                    let mut sent = Reading::default();
                    sent.workspace.settings.params = Params::new(id);
                    sent.workspace.settings.params.set(spec.key, value).unwrap();
                    assert_eq!(read(&write(&sent)).as_ref(), Ok(&sent), "{}={value:?}", spec.key);
                }
            }
        }
        let reading = read("v1&max_gap_bars=20000&threshold=x&remove_spikes=maybe").unwrap();
        assert_eq!(
            reading.ignored,
            [
                "max_gap_bars=20000 is out of range, 10000 was taken",
                "threshold=x",
                "remove_spikes=maybe"
            ]
        );
    }

    /// Links of released versions: kept for ever.
    #[test]
    fn golden_links() {
        let reading = read(
            "#v1&pierce_depth=0.00415&volume_spike_threshold=3.38&max_leverage=none&sides=long&levels_die=off\
             &policy=drop&last=5000&tab=backtest&view=100-260&sample=job143&data=0011223344556677",
        )
        .unwrap();
        let params = &reading.workspace.settings.params;
        let own = SweepParams::from(params);
        assert_eq!((own.pierce_depth, own.volume_spike_threshold), (0.004_15, 3.38));
        assert_eq!((params.engine.max_leverage, own.levels_die), (None, false));
        assert_eq!(reading.workspace.settings.cleaning.policy, Policy::Drop);
        assert_eq!(reading.workspace.settings.window.newest, 5_000);
        assert_eq!(reading.view, Some((100, 260)));
        assert_eq!(reading.sample, Some(Sample::Job143));
        assert!(reading.ignored.is_empty());
    }

    #[test]
    fn what_is_not_understood_is_listed_and_ranges_hold() {
        let reading = read(
            "v1&fee=7&reversal_candles=2.4&nonsense=1&policy=magic&sides=up&tab=<b>&=&&last=-3&from=2024-02-30",
        )
        .unwrap();
        let params = &reading.workspace.settings.params;
        assert_eq!((params.engine.fee, SweepParams::from(params).reversal_candles), (0.01, 2));
        assert_eq!(reading.tab, None);
        assert_eq!(reading.workspace.settings.window.newest, 0);
        assert_eq!(
            reading.ignored,
            [
                "fee=7 is out of range, 0.01 was taken",
                "reversal_candles=2.4 is no whole number, 2 was taken",
                "nonsense=1",
                "policy=magic",
                "sides=up",
                "tab=<b>",
                "=",
                "last=-3 is out of range, 0 was taken",
                "from=2024-02-30"
            ]
        );
        assert_eq!(read("v2&fee=0"), Err(LinkError::Version));
        assert_eq!(read("section"), Err(LinkError::NotOurs));
        assert_eq!(read(&format!("v1&{}", "x".repeat(9_000))), Err(LinkError::TooLong));
        assert_eq!(read("v1&fee=NaN&slippage=inf").unwrap().ignored.len(), 2);
    }
}

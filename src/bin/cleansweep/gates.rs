//! `gates.toml`, read with the line and the text of whatever is wrong with it.

use super::command::Failure;
use cleansweep::audit::{
    AUDIT_GATES, FailOn, GateSetting, Gates, MarketGates, Options, Settings, Threshold,
};
use cleansweep::domain::one_of;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Keys of the whole file, of its options, and of one table of a market.
const TOP: [&str; 3] = ["options", "gates", "market"];
const OPTIONS: [&str; 2] = ["fail_on", "fail_on_worse"];
const MARKET: [&str; 4] = ["symbol", "venue", "timeframe", "gates"];

/// A file of gates under way.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

type Key<'a> = Spanned<DeString<'a>>;
type Value<'a> = Spanned<DeValue<'a>>;

/// Reads a file of gates.
pub(super) fn read(path: &Path) -> Result<Gates, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    let reader = Reader { path, text: &text };
    let table = DeTable::parse(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        reader.wrong(at, &format!("is not TOML: {}", error.message()))
    })?;
    let gates = reader.gates(table.get_ref())?;
    match gates.contradiction() {
        Some(what) => Err(reader.against_itself(&what)),
        None => Ok(gates),
    }
}

impl Reader<'_> {
    /// A failure with the line and the text of a place.
    fn wrong(&self, at: usize, what: &str) -> Failure {
        let at = at.min(self.text.len());
        let line = self.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let text = self.text.lines().nth(line - 1).unwrap_or_default().trim();
        format!("{}: line {line}, \"{text}\": {what}", self.path.display())
    }

    /// A contradiction, with every line that speaks of its gate: a threshold may come from another table.
    fn against_itself(&self, what: &str) -> Failure {
        let is_named = |line: &str| {
            let key = line.split('=').next().unwrap_or_default().trim().trim_matches('"');
            !key.is_empty() && what.contains(&format!("{key} would fail"))
        };
        let numbered = self.text.lines().enumerate().filter(|(_, line)| is_named(line));
        let lines: Vec<String> = numbered.map(|(at, _)| (at + 1).to_string()).collect();
        let word = if lines.len() == 1 { "line" } else { "lines" };
        format!("{}: {word} {}: {what}", self.path.display(), lines.join(", "))
    }

    fn unknown(&self, key: &Key<'_>, known: &[&str]) -> Failure {
        let what = format!("there is no \"{}\" here; choose {}", key.get_ref(), one_of(known));
        self.wrong(key.span().start, &what)
    }

    fn table<'t, 'i>(&self, value: &'t Value<'i>, name: &str) -> Result<&'t DeTable<'i>, Failure> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.wrong(value.span().start, &format!("{name} takes a table"))),
        }
    }

    fn gates(&self, table: &DeTable<'_>) -> Result<Gates, Failure> {
        let mut gates = Gates::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "options" => gates.options = self.options(self.table(value, "options")?)?,
                "gates" => gates.gates = self.settings(self.table(value, "gates")?)?,
                "market" => {
                    let DeValue::Array(tables) = value.get_ref() else {
                        let what = "write [[market]], once for each table";
                        return Err(self.wrong(value.span().start, what));
                    };
                    for table in tables {
                        gates.markets.push(self.market(self.table(table, "market")?)?);
                    }
                }
                _ => return Err(self.unknown(key, &TOP)),
            }
        }
        Ok(gates)
    }

    fn options(&self, table: &DeTable<'_>) -> Result<Options, Failure> {
        let mut options = Options::default();
        for (key, value) in table {
            let at = value.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("fail_on", DeValue::String(name)) => {
                    let found = FailOn::ALL.into_iter().find(|one| one.name() == name.as_ref());
                    let what = "fail_on takes \"fail\" or \"warn\"";
                    options.fail_on = found.ok_or_else(|| self.wrong(at, what))?;
                }
                ("fail_on", _) => return Err(self.wrong(at, "fail_on takes \"fail\" or \"warn\"")),
                ("fail_on_worse", DeValue::Boolean(on)) => options.fail_on_worse = *on,
                ("fail_on_worse", _) => {
                    return Err(self.wrong(at, "fail_on_worse takes true or false"));
                }
                _ => return Err(self.unknown(key, &OPTIONS)),
            }
        }
        Ok(options)
    }

    fn market(&self, table: &DeTable<'_>) -> Result<MarketGates, Failure> {
        let mut market = MarketGates::default();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let text = || match value.get_ref() {
                DeValue::String(text) => self.pattern(value, text),
                _ => {
                    let what = format!("{name} takes a text, as in {name} = \"SOL*\"");
                    Err(self.wrong(value.span().start, &what))
                }
            };
            match name {
                "symbol" => market.symbol = Some(text()?),
                "venue" => market.venue = Some(text()?),
                "timeframe" => market.timeframe = Some(text()?),
                "gates" => market.gates = self.settings(self.table(value, "gates")?)?,
                _ => return Err(self.unknown(key, &MARKET)),
            }
        }
        Ok(market)
    }

    /// A pattern: its `*` stands at its end or nowhere.
    fn pattern(&self, value: &Value<'_>, text: &str) -> Result<String, Failure> {
        let stars = text.matches('*').count();
        if stars == 0 || stars == 1 && text.ends_with('*') {
            return Ok(text.to_owned());
        }
        Err(self.wrong(value.span().start, "a * may stand at the end only"))
    }

    fn settings(&self, table: &DeTable<'_>) -> Result<Settings, Failure> {
        let mut settings = Settings::default();
        for (key, value) in table {
            let index = AUDIT_GATES.iter().position(|gate| gate.key == key.get_ref().as_ref());
            let known = AUDIT_GATES.map(|gate| gate.key);
            let index = index.ok_or_else(|| self.unknown(key, &known))?;
            settings[index] = Some(match value.get_ref() {
                DeValue::Boolean(false) => GateSetting::Off,
                DeValue::Table(table) => GateSetting::At(self.threshold(index, table)?),
                _ => {
                    let what =
                        "a gate takes false or thresholds, as in { warn = 0.01, fail = 0.1 }";
                    return Err(self.wrong(value.span().start, what));
                }
            });
        }
        Ok(settings)
    }

    fn threshold(&self, index: usize, table: &DeTable<'_>) -> Result<Threshold, Failure> {
        let mut threshold = Threshold::default();
        for (key, value) in table {
            let number = Some(self.number(index, value)?);
            match key.get_ref().as_ref() {
                "warn" => threshold.warn = number,
                "fail" => threshold.fail = number,
                _ => return Err(self.unknown(key, &["warn", "fail"])),
            }
        }
        Ok(threshold)
    }

    fn number(&self, index: usize, value: &Value<'_>) -> Result<f64, Failure> {
        let gate = &AUDIT_GATES[index];
        let plain = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', ""),
            DeValue::Float(number) => number.as_str().replace('_', ""),
            _ => String::new(),
        };
        let number = plain.parse::<f64>().unwrap_or(f64::NAN);
        gate.threshold(number).map_err(|what| self.wrong(value.span().start, what))
    }
}

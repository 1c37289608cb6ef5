//! What a StartupMessage asks for (protocol documentation, "StartupMessage").

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::options;
use crate::config::{DatabaseName, UserName};
use crate::observe::Replication;
use crate::wire::error::{Report, SqlState};
use crate::wire::startup::{NEWEST_MINOR, Startup};

/// Who wants what.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Asked {
    pub(super) user: UserName,
    pub(super) database: DatabaseName,
    pub(super) replication: Replication,
    /// Settings: those of `options` first, as PostgreSQL applies them; the last of a name wins.
    pub(super) parameters: Vec<(String, String)>,
    /// The minor version to be spoken.
    pub(super) minor: u16,
    /// Whether and with which unknown `_pq_.` options NegotiateProtocolVersion is due.
    pub(super) negotiate: Option<Vec<String>>,
}

impl Asked {
    /// Text that is not UTF-8 is made so, with replacement characters: no configured name is like that, and
    /// the settings that a client can give here are names and keywords.
    ///
    /// # Errors
    /// PostgreSQL's own: no user, an invalid `replication` or `options`.
    pub(super) fn read(startup: Startup) -> Result<Self, Report> {
        let mut user = String::new();
        let mut database = String::new();
        let mut replication = Replication::None;
        let mut from_options = Vec::new();
        let mut parameters: Vec<(String, String)> = Vec::new();
        let mut unknown = Vec::new();
        for (name, value) in startup.parameters {
            let (name, value) = (text(name), text(value));
            match name.as_str() {
                "user" => user = value,
                "database" => database = value,
                "replication" => replication = replication_of(&value)?,
                "options" => from_options = options::expand(&value)?,
                _ if name.starts_with("_pq_.") => unknown.push(name),
                _ => parameters.push((name, value)),
            }
        }
        if user.is_empty() {
            let text = "no PostgreSQL user name specified in startup packet";
            return Err(Report::fatal(SqlState::INVALID_AUTHORIZATION, text));
        }
        if database.is_empty() {
            database.clone_from(&user);
        }
        let is_newer = startup.minor > NEWEST_MINOR;
        Ok(Self {
            user: user.into(),
            database: database.into(),
            replication,
            parameters: last_of_each(from_options.into_iter().chain(parameters)),
            minor: startup.minor.min(NEWEST_MINOR),
            negotiate: (is_newer || !unknown.is_empty()).then_some(unknown),
        })
    }
}

/// As UTF-8, without a copy if it is that already.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Names of settings are compared without regard to case, as PostgreSQL does.
fn last_of_each(settings: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (name, value) in settings {
        match places.entry(name.to_ascii_lowercase()) {
            Entry::Occupied(earlier) => kept[*earlier.get()].1 = value,
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push((name, value));
            }
        }
    }
    kept
}

/// `database`, or one of PostgreSQL's spellings of a boolean: a unique prefix, in any case.
fn replication_of(value: &str) -> Result<Replication, Report> {
    let lower = value.to_ascii_lowercase();
    let abbreviates = |word: &str| !lower.is_empty() && word.starts_with(lower.as_str());
    if lower == "database" {
        Ok(Replication::Logical)
    } else if abbreviates("true") || abbreviates("yes") || lower == "on" || lower == "1" {
        Ok(Replication::Physical)
    } else if abbreviates("false") || abbreviates("no") || matches!(lower.as_str(), "of" | "off" | "0") {
        Ok(Replication::None)
    } else {
        let text = format!("invalid value for parameter \"replication\": \"{value}\"");
        Err(Report::fatal(SqlState::INVALID_PARAMETER_VALUE, text)
            .hint("Valid values are: \"false\", 0, \"true\", 1, \"database\"."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(minor: u16, parameters: &[(&str, &str)]) -> Result<Asked, Report> {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let parameters = parameters.iter().map(|(n, v)| (bytes(n), bytes(v))).collect();
        Asked::read(Startup { major: 3, minor, parameters })
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn the_database_defaults_to_the_user() {
        let asked = read(0, &[("user", "a"), ("database", "")]).unwrap();
        assert_eq!((asked.user.as_str(), asked.database.as_str()), ("a", "a"));
        assert_eq!((asked.minor, asked.negotiate), (0, None));
        assert_eq!(read(0, &[("database", "d")]).unwrap_err().state, SqlState::INVALID_AUTHORIZATION);
    }

    #[test]
    fn parameters_win_over_options_and_the_last_wins() {
        let asked = read(
            0,
            &[
                ("user", "a"),
                ("DateStyle", "ISO"),
                ("options", "-c datestyle=euro -c jit=off"),
                ("application_name", "one"),
                ("application_name", "two"),
            ],
        );
        let expected = [pair("datestyle", "ISO"), pair("jit", "off"), pair("application_name", "two")];
        assert_eq!(asked.unwrap().parameters, expected);
    }

    #[test]
    fn what_is_not_known_is_negotiated() {
        let asked = read(9999, &[("user", "a"), ("_pq_.x", "1")]).unwrap();
        assert_eq!((asked.minor, asked.negotiate), (2, Some(vec!["_pq_.x".to_owned()])));
        assert!(asked.parameters.is_empty());
        assert_eq!(read(3, &[("user", "a")]).unwrap().negotiate, Some(vec![]));
        assert_eq!(read(2, &[("user", "a")]).unwrap().negotiate, None);
        assert_eq!(read(0, &[("user", "a"), ("_pq_.x", "1")]).unwrap().minor, 0);
    }

    #[test]
    fn replication_has_postgresqls_spellings() {
        let replication = |value| read(0, &[("user", "a"), ("replication", value)]).map(|a| a.replication);
        for value in ["true", "T", "yes", "on", "1"] {
            assert_eq!(replication(value), Ok(Replication::Physical), "{value}");
        }
        for value in ["false", "N", "off", "of", "0"] {
            assert_eq!(replication(value), Ok(Replication::None), "{value}");
        }
        assert_eq!(replication("database"), Ok(Replication::Logical));
        for value in ["", "o", "2", "data"] {
            assert_eq!(replication(value).unwrap_err().state, SqlState::INVALID_PARAMETER_VALUE, "{value}");
        }
    }
}

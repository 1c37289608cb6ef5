//! What applications already have in their environment, understood so that pgweir needs nothing else.
//!
//! `DATABASE_URL` serves that database to that user; `DATABASE_READ_URLS` and
//! `DATABASE_READ_REPLICA_URL` add replicas. They name a database only if neither the file nor a
//! `PGWEIR_DATABASES_*` does. The URL's pool parameters and the variables below count either way, under
//! the file and `PGWEIR_*`.
//!
//! | variable | key | a bare number is |
//! |---|---|---|
//! | DB_POOL_MAX, DATABASE_POOL_MAX, MAX_DB_CONNECTIONS | pool.size | connections |
//! | DB_POOL_MIN, DATABASE_POOL_MIN, MAX_IDLE_DB_CONNECTIONS | pool.min_idle | connections |
//! | DB_POOL_IDLE_TIMEOUT, DATABASE_IDLE_TIMEOUT | pool.server_idle_timeout | milliseconds; seconds below 1000 |
//! | DB_POOL_CONNECTION_TIMEOUT, DATABASE_CONNECTION_TIMEOUT | pool.query_wait_timeout | milliseconds; seconds below 100 |
//! | DB_CONN_MAX_LIFETIME | pool.server_lifetime | seconds |
//! | SLOW_QUERY_THRESHOLD | server.slow_query_threshold | milliseconds |
//! | LOG_LEVEL | server.log_level | |
//!
//! The units are the field's: node-postgres and knex, where the names with POOL and CONNECTION come from,
//! count milliseconds; Go services, where DB_CONN_MAX_LIFETIME comes from, seconds. Some applications
//! write `20` into a timeout and mean seconds; no pool closes idle connections after 20 ms, so that small
//! numbers are read as seconds. A unit may always be written. Of two variables for one key the first in
//! the table wins. A value that cannot be read is ignored with a warning: it was not written for us.

use super::env::{Environment, split};
use super::keys::{Section, Shape};
use super::problem::{Note, Origin, Problem};
use super::settings::{Settings, Slot, Written};
use super::unit;
use super::url::{self, PoolParameter};

/// What a bare number means.
#[derive(Clone, Copy)]
enum Unit {
    Count,
    Seconds,
    Milliseconds { seconds_below: u64 },
    Level,
}

const VARIABLES: &[(&str, Section, &str, Unit)] = &[
    ("DB_POOL_MAX", Section::Pool, "size", Unit::Count),
    ("DATABASE_POOL_MAX", Section::Pool, "size", Unit::Count),
    ("MAX_DB_CONNECTIONS", Section::Pool, "size", Unit::Count),
    ("DB_POOL_MIN", Section::Pool, "min_idle", Unit::Count),
    ("DATABASE_POOL_MIN", Section::Pool, "min_idle", Unit::Count),
    ("MAX_IDLE_DB_CONNECTIONS", Section::Pool, "min_idle", Unit::Count),
    (
        "DB_POOL_IDLE_TIMEOUT",
        Section::Pool,
        "server_idle_timeout",
        Unit::Milliseconds { seconds_below: 1000 },
    ),
    (
        "DATABASE_IDLE_TIMEOUT",
        Section::Pool,
        "server_idle_timeout",
        Unit::Milliseconds { seconds_below: 1000 },
    ),
    (
        "DB_POOL_CONNECTION_TIMEOUT",
        Section::Pool,
        "query_wait_timeout",
        Unit::Milliseconds { seconds_below: 100 },
    ),
    (
        "DATABASE_CONNECTION_TIMEOUT",
        Section::Pool,
        "query_wait_timeout",
        Unit::Milliseconds { seconds_below: 100 },
    ),
    ("DB_CONN_MAX_LIFETIME", Section::Pool, "server_lifetime", Unit::Seconds),
    (
        "SLOW_QUERY_THRESHOLD",
        Section::Server,
        "slow_query_threshold",
        Unit::Milliseconds { seconds_below: 0 },
    ),
    ("LOG_LEVEL", Section::Server, "log_level", Unit::Level),
];

const READ_URLS: &[&str] = &["DATABASE_READ_URLS", "DATABASE_READ_REPLICA_URL"];

/// What DATABASE_URL adds beside the settings it writes.
#[derive(Clone, Default)]
pub struct Application {
    /// The URL serves a database and holds no password: the role that may come in without one, from this
    /// machine (`None`: any role).
    pub passwordless: Option<Option<String>>,
    /// What to log.
    pub notes: Vec<Note>,
    /// What is wrong with the URLs.
    pub problems: Vec<Problem>,
}

/// Puts what the application's variables say into `settings`.
pub fn read(environment: &Environment, settings: &mut Settings) -> Application {
    let mut found = Application::default();
    let serves_nothing = settings.served().is_none();
    match environment.value("DATABASE_URL") {
        Some(text) => found.database_url(text, environment, settings),
        None => {
            let lonely = READ_URLS.iter().filter(|name| environment.value(name).is_some());
            found.notes.extend(lonely.filter(|_| serves_nothing).map(|name| {
                Note::warning(format!(
                    "{name} is ignored: it adds replicas to DATABASE_URL, which is not set"
                ))
            }));
        }
    }
    for (variable, section, key, unit) in VARIABLES {
        let Some(value) = environment.value(variable) else { continue };
        match convert(*unit, value) {
            Some(text) => {
                let text = Written::Text(text);
                settings.insert(Slot::of(*section, key), text, Origin::Application(variable));
            }
            None => found.notes.push(Note::warning(format!(
                "{variable} is ignored: {value:?} is not understood as {}.{key}",
                section.path().0
            ))),
        }
    }
    found
}

impl Application {
    fn database_url(&mut self, text: &str, environment: &Environment, settings: &mut Settings) {
        let origin = Origin::Url { variable: "DATABASE_URL", parameter: None };
        let parsed = match url::parse(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let problem = Problem { origin: Some(origin), key: String::new(), wrong: error.wrong() };
                return self.problems.push(problem);
            }
        };
        for (name, value) in &parsed.pool {
            self.pool_parameter(*name, value, settings);
        }
        if let Some(first) = settings.served() {
            self.notes.push(Note::info(format!(
                "DATABASE_URL serves no database of its own, because [databases.{first}] is configured"
            )));
            return;
        }
        let backend = parsed.backend;
        let user = backend.user.as_ref().map(|u| u.as_str().to_owned());
        let Some(database) = backend.database.or_else(|| user.clone()) else {
            let wrong = url::UrlError::NoDatabase.wrong();
            return self.problems.push(Problem { origin: Some(origin), key: String::new(), wrong });
        };
        let slot = |key| Slot::named(Section::Database, &database, key);
        settings.insert(slot("primary"), Written::Text(text.into()), origin.clone());
        for variable in READ_URLS {
            let Some(urls) = environment.value(variable) else { continue };
            add_replicas(settings, slot("replicas"), variable, urls);
        }
        match (user, backend.password) {
            (Some(user), Some(password)) => {
                let password = Written::Text(password.reveal().into());
                settings.insert(Slot::named(Section::User, &user, "password"), password, origin);
            }
            (user, None) => {
                if let Some(user) = &user {
                    settings.declare(Section::User, user, origin);
                }
                self.passwordless = Some(user);
            }
            // A password without a user: the same for everybody on the backend, and no secret of clients.
            (None, Some(_)) => {}
        }
    }

    fn pool_parameter(&mut self, parameter: PoolParameter, value: &str, settings: &mut Settings) {
        let name = parameter.name();
        let (key, unit) = match parameter {
            PoolParameter::ConnectionLimit => ("size", Unit::Count),
            PoolParameter::PoolTimeout => ("query_wait_timeout", Unit::Seconds),
            PoolParameter::ConnectTimeout => ("server_connect_timeout", Unit::Seconds),
        };
        let origin = Origin::Url { variable: "DATABASE_URL", parameter: Some(name) };
        match convert(unit, value) {
            Some(text) => settings.insert(Slot::of(Section::Pool, key), Written::Text(text), origin),
            None => self.notes.push(Note::warning(format!(
                "{origin} is ignored: {value:?} is not understood as pool.{key}"
            ))),
        }
    }
}

/// Both variables may be set: their URLs are joined, each once.
fn add_replicas(settings: &mut Settings, slot: Slot, variable: &'static str, urls: &str) {
    let origin = Origin::Url { variable, parameter: None };
    let Written::List(mut urls) = split(Shape::Urls, urls) else { return };
    if let Some(Written::List(known)) = settings.winner(&slot).map(|s| s.written.clone()) {
        urls.retain(|url| !known.contains(url));
        urls = known.into_iter().chain(urls).collect();
        settings.replace(slot, Written::List(urls), origin);
    } else {
        settings.insert(slot, Written::List(urls), origin);
    }
}

/// The value with its unit, as a file would have it.
fn convert(unit: Unit, value: &str) -> Option<String> {
    let number = value.parse::<u64>().ok();
    match (unit, number) {
        (Unit::Count, number) => number.map(|n| n.to_string()),
        (Unit::Level, _) => level(value).map(str::to_owned),
        (_, Some(0)) => Some("off".into()),
        (Unit::Seconds, Some(n)) => Some(format!("{n}s")),
        (Unit::Milliseconds { seconds_below }, Some(n)) if n < seconds_below => Some(format!("{n}s")),
        (Unit::Milliseconds { .. }, Some(n)) => Some(format!("{n}ms")),
        (Unit::Seconds | Unit::Milliseconds { .. }, None) => unit::duration(value).ok().map(|_| value.into()),
    }
}

/// The levels of other loggers, in tracing's words.
fn level(value: &str) -> Option<&'static str> {
    match value.to_ascii_lowercase().as_str() {
        "trace" | "silly" => Some("trace"),
        "debug" | "verbose" => Some("debug"),
        "info" | "notice" | "http" | "log" => Some("info"),
        "warn" | "warning" => Some("warn"),
        "error" | "err" | "fatal" | "critical" | "alert" | "emerg" | "panic" => Some("error"),
        "off" | "silent" | "none" => Some("off"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_have_the_units_of_the_field() {
        let idle = Unit::Milliseconds { seconds_below: 1000 };
        assert_eq!(convert(idle, "30000").as_deref(), Some("30000ms"));
        assert_eq!(convert(idle, "300").as_deref(), Some("300s"));
        assert_eq!(convert(idle, "5m").as_deref(), Some("5m"));
        assert_eq!(convert(idle, "0").as_deref(), Some("off"));
        assert_eq!(convert(idle, "soon"), None);
        assert_eq!(convert(Unit::Seconds, "300").as_deref(), Some("300s"));
        assert_eq!(convert(Unit::Count, "many"), None);
        assert_eq!(convert(Unit::Level, "WARNING").as_deref(), Some("warn"));
    }
}

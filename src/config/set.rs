//! SET: one value that outranks whatever the sources say, until they are read again.
//!
//! A [`Config`] remembers what was written, so that a value can be put in the place of another and everything be
//! resolved once more: what SET takes and refuses is what the file takes and refuses.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::application::Application;
use super::keys::{Effect, PGBOUNCER, Section, nearest};
use super::problem::{Errors, Origin};
use super::resolve::resolve;
use super::settings::{Settings, Slot, Written};
use super::show::{Shown, describe};
use super::types::Config;
use super::{file, known_keys};

/// What a configuration was made of. Two of them are the same if they mean the same, so all sources are equal.
#[derive(Clone, Default)]
pub struct Sources(Option<Arc<(Settings, Application)>>);

impl Sources {
    /// These, before anything is made of them.
    pub(super) fn new(settings: &Settings, application: &Application) -> Self {
        Self(Some(Arc::new((settings.clone(), application.clone()))))
    }
}

impl PartialEq for Sources {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Sources {
    /// They hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

/// Why a setting is not changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SetError {
    /// No such key.
    #[error("there is no key {key}")]
    Unknown {
        /// As given.
        key: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// It counts from the next start on.
    #[error("{0} cannot be changed while pgweir runs")]
    NotChangeable(String),
    /// The value is none for this key.
    #[error("{key}: {wrong}")]
    Invalid {
        /// Its path.
        key: String,
        /// What is wrong, and what to write.
        wrong: String,
    },
}

impl Config {
    /// The same configuration, but for one value. The key is a path of the file (`pool.size`,
    /// `databases.app.pool.size`), or PgBouncer's name for one, of which a bare number has PgBouncer's unit. The value
    /// is as in the file; text needs no quotes.
    ///
    /// # Errors
    /// There is no such key, or nothing but a restart changes it, or the value is none for it.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, SetError> {
        let theirs = PGBOUNCER.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        let path = theirs.map_or(key, |(_, ours)| *ours);
        let value = match theirs {
            Some(_) => translated(self, path, value),
            None => value.to_owned(),
        };
        let (slot, written) = read(path, &value).ok_or_else(|| unknown(key))?;
        let Some(sources) = &self.sources.0 else { return Err(unknown(key)) };
        let (mut settings, application) = (sources.0.clone(), sources.1.clone());
        if slot.section.is_named() && !settings.subjects(Section::Database).contains(&slot.subject) {
            return Err(unknown(key));
        }
        let about = slot.about().ok_or_else(|| unknown(key))?;
        if about.effect == Effect::Restart {
            return Err(SetError::NotChangeable(key.to_owned()));
        }
        settings.overrule(slot.clone(), written);
        let resolved = resolve(settings, &application, Vec::new());
        resolved.map(|(config, _)| config).map_err(|errors| SetError::Invalid {
            key: key.to_owned(),
            wrong: explain(&errors, &slot.to_string()),
        })
    }
}

/// What one line of the file with this key and this value says.
fn read(path: &str, value: &str) -> Option<(Slot, Written)> {
    let is_toml =
        toml::from_str::<toml::Table>(&format!("value = {value}")).is_ok_and(|table| table.len() == 1);
    let value = if is_toml { value.to_owned() } else { toml::Value::from(value).to_string() };
    let mut settings = Settings::default();
    let read = file::read(Path::new("SET"), &format!("{path} = {value}\n"), &mut settings);
    if !read.problems.is_empty() {
        return None;
    }
    let mut slots = settings.slots().map(|(slot, written)| (slot.clone(), written[0].written.clone()));
    slots.next().filter(|_| slots.next().is_none())
}

/// A value as PgBouncer writes it, as the file does: its times are seconds, its flags 0 and 1.
fn translated(config: &Config, path: &str, value: &str) -> String {
    let shown = describe(config).into_iter().find(|(key, _)| key == path).map(|(_, shown)| shown);
    let number: Option<f64> = value.parse().ok();
    match (shown, number) {
        (Some(Shown::Time(_)), Some(0.0)) => "off".into(),
        (Some(Shown::Time(_)), Some(seconds)) => format!("{}ms", (seconds * 1000.0).round() as u64),
        (Some(Shown::Flag(_)), Some(flag)) => (flag != 0.0).to_string(),
        _ => value.to_owned(),
    }
}

fn unknown(key: &str) -> SetError {
    let known = known_keys();
    let names = known.iter().map(String::as_str).chain(PGBOUNCER.iter().map(|(name, _)| *name));
    SetError::Unknown { key: key.to_owned(), nearest: nearest(key, names).map(str::to_owned) }
}

/// What is wrong with this key; everything if it is another one's value that does not go with it.
fn explain(errors: &Errors, key: &str) -> String {
    let of_key = errors.problems().iter().find(|problem| problem.key == key);
    match of_key {
        Some(problem) => format!("{}; {}", problem.wrong.what, problem.wrong.write),
        None => errors.to_string(),
    }
}

impl Settings {
    /// Puts a value above all others, in the place of an earlier one of its kind.
    fn overrule(&mut self, slot: Slot, written: Written) {
        self.discard(&slot, &Origin::Console);
        self.insert(slot, written, Origin::Console);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PoolSize, load};
    use super::*;

    fn config() -> Config {
        let variables = [
            ("DATABASE_URL", "postgres://u:topsecret@h/app"),
            ("PGWEIR_POOL_SIZE", "7"),
            ("PGWEIR_DATABASES_APP_POOL_MIN_IDLE", "1"),
        ];
        load(None, &variables.into_iter().collect()).unwrap().config
    }

    #[test]
    fn a_value_outranks_every_source_and_the_last_one_counts() {
        let set = config().with("pool.size", "9").unwrap();
        assert_eq!(set.pool.size, PoolSize::Fixed(9));
        let again = set.with("pool.size", "11").unwrap().with("pool.overflow", "2").unwrap();
        assert_eq!((again.pool.size, again.pool.overflow), (PoolSize::Fixed(11), 2));
        let app = &again.databases.named["app"];
        assert_eq!((app.pool.size, app.pool.min_idle), (PoolSize::Fixed(11), 1));
        let own = again.with("databases.app.pool.size", "auto").unwrap();
        assert_eq!(own.databases.named["app"].pool.size, PoolSize::Auto);
    }

    #[test]
    fn values_are_written_as_in_the_file_or_as_pgbouncer_has_them() {
        let time = |key, value| config().with(key, value).unwrap().pool.timeouts.query_wait;
        for (key, value) in [
            ("pool.query_wait_timeout", "5s"),
            ("pool.query_wait_timeout", "\"5s\""),
            ("query_wait_timeout", "5"),
        ] {
            assert_eq!(time(key, value), Some(std::time::Duration::from_secs(5)), "{key} = {value}");
        }
        assert_eq!(time("query_wait_timeout", "0"), None);
        assert_eq!(time("pool.query_wait_timeout", "off"), None);
        assert!(config().with("log_connections", "1").unwrap().server.log_connections);
        assert_eq!(config().with("max_client_conn", "12").unwrap().server.max_clients, 12);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let near = |key: &str, near: Option<&str>| SetError::Unknown {
            key: key.into(),
            nearest: near.map(Into::into),
        };
        assert_eq!(config().with("pool.sise", "5").unwrap_err(), near("pool.sise", Some("pool.size")));
        assert_eq!(
            config().with("default_pol_size", "5").unwrap_err(),
            near("default_pol_size", Some("default_pool_size"))
        );
        for key in ["frobnicate", "pool", "databases.nosuch.pool.size", "a = 1\nb", "pool.size #", ""] {
            assert!(matches!(config().with(key, "5"), Err(SetError::Unknown { .. })), "{key}");
        }
        assert_eq!(
            config().with("server.workers", "5"),
            Err(SetError::NotChangeable("server.workers".into()))
        );
        let wrong = config().with("pool.size", "many").unwrap_err().to_string();
        assert!(wrong.starts_with("pool.size: ") && wrong.contains("many"), "{wrong}");
        let two = config().with("pool.size", "5\npool.overflow = 6").unwrap_err();
        assert!(matches!(two, SetError::Invalid { .. }), "{two:?}");
        assert!(!format!("{:?}", config()).contains("topsecret"));
    }
}

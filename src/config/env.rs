//! `PGWEIR_A_B`: every key of the file, from the environment.
//!
//! `PGWEIR_POOL_SIZE` is `pool.size`; `PGWEIR_DATABASES_APP_POOL_SIZE` is `databases.app.pool.size`;
//! `PGWEIR_USERS_APP_PASSWORD` is the password of `[[users]] name = "app"`. A name is matched to one of
//! the file's without regard to case and punctuation, else taken in lower case (`WILDCARD` is `"*"`).
//! Lists are separated by commas, rules by semicolons. An empty variable counts as unset.

use std::collections::BTreeMap;
use std::fmt;

use super::keys::{Key, Section, Shape, nearest};
use super::problem::{Note, Origin};
use super::settings::{Settings, Slot, Written};

/// Environment variables, passed in so that nothing here reads the process's own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process; those that are not UTF-8 are left out.
    pub fn process() -> Self {
        let text =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self(text.collect())
    }

    /// The value of a variable that is set and not empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: half of an environment is secrets.
        f.debug_set().entries(self.0.keys()).finish()
    }
}

const PREFIX: &str = "PGWEIR_";

/// Puts every `PGWEIR_*` variable into `settings`; the unknown ones become warnings.
pub fn read(environment: &Environment, settings: &mut Settings) -> Vec<Note> {
    let mut notes = Vec::new();
    for variable in environment.0.keys() {
        let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
        let Some(value) = environment.value(variable) else { continue };
        if is_not_ours(rest) {
            continue;
        }
        match find(rest, settings) {
            Some((slot, key)) => {
                settings.insert(slot, split(key.shape, value), Origin::Environment(variable.clone()));
            }
            None => notes.push(unknown(variable)),
        }
    }
    notes
}

/// The variable that sets a key: `PGWEIR_DATABASES_APP_PRIMARY`.
pub fn variable(section: Section, subject: &str, key: &str) -> String {
    let (before, after) = section.path();
    let parts = [before, subject, after, key];
    let parts: Vec<_> = parts.into_iter().filter(|p| !p.is_empty()).map(upper).collect();
    format!("{PREFIX}{}", parts.join("_"))
}

/// A list variable's value, item by item.
pub fn split(shape: Shape, value: &str) -> Written {
    let items: Vec<String> = match shape {
        Shape::One | Shape::Secret => return Written::Text(value.into()),
        Shape::List => value.split(',').map(str::to_owned).collect(),
        Shape::Lines => value.split([';', '\n']).map(str::to_owned).collect(),
        Shape::Urls => split_urls(value),
    };
    let items = items.iter().map(|item| item.trim()).filter(|item| !item.is_empty());
    Written::List(items.map(|item| Written::Text(item.into())).collect())
}

/// A comma separates two URLs only if a URL follows: a password may hold one.
fn split_urls(value: &str) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for piece in value.split(',') {
        match urls.last_mut() {
            Some(last) if !piece.contains("://") => *last = format!("{last},{piece}"),
            _ => urls.push(piece.into()),
        }
    }
    urls
}

/// `PGWEIR_CONFIG` is the command line's; the rest is what Kubernetes sets for a service named pgweir.
fn is_not_ours(rest: &str) -> bool {
    rest == "CONFIG" || rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_")
}

fn find(rest: &str, settings: &Settings) -> Option<(Slot, &'static Key)> {
    let single = Section::ALL.iter().filter(|s| !s.is_named()).find_map(|section| {
        let name = rest.strip_prefix(&upper(section.path().0))?.strip_prefix('_')?;
        let key = section.keys().iter().find(|k| upper(k.name) == name)?;
        Some((Slot::of(*section, key.name), key))
    });
    // The longest ending wins: DATABASES_APP_POOL_SIZE is no database `app_pool`.
    let named = Section::ALL.iter().filter(|s| s.is_named()).flat_map(|section| {
        let keys = section.keys().iter().filter(|key| key.name != "name");
        keys.filter_map(|key| subject(rest, *section, key).map(|s| (*section, s, key)))
    });
    let longest = || named.min_by_key(|(_, subject, _)| subject.len());
    single.or_else(|| {
        let (section, subject, key) = longest()?;
        Some((Slot::named(section, &real_name(section, subject, settings), key.name), key))
    })
}

/// The part of `rest` that names the subject, if the rest of it fits the section and key.
fn subject<'a>(rest: &'a str, section: Section, key: &Key) -> Option<&'a str> {
    let (before, after) = section.path();
    let ending = match after {
        "" => upper(key.name),
        after => format!("{}_{}", upper(after), upper(key.name)),
    };
    let middle = rest.strip_prefix(&upper(before))?.strip_prefix('_')?;
    middle.strip_suffix(&ending)?.strip_suffix('_').filter(|s| !s.is_empty())
}

fn real_name(section: Section, subject: &str, settings: &Settings) -> String {
    let base = match section {
        Section::DatabasePool | Section::DatabaseRoute => Section::Database,
        Section::UserPool => Section::User,
        other => other,
    };
    let known = settings.subjects(base).into_iter().find(|known| upper(known) == subject);
    known.unwrap_or_else(|| match base {
        Section::Database if subject == "WILDCARD" => "*".into(),
        Section::Sni => subject.to_lowercase().replace('_', "."),
        _ => subject.to_lowercase(),
    })
}

fn unknown(variable: &str) -> Note {
    let names: Vec<String> = Section::ALL
        .iter()
        .flat_map(|s| {
            s.keys().iter().map(|k| self::variable(*s, if s.is_named() { "NAME" } else { "" }, k.name))
        })
        .collect();
    match nearest(variable, names.iter().map(String::as_str)) {
        Some(near) => Note::warning(format!("{variable} is no setting of pgweir; did you mean {near}?")),
        None => Note::warning(format!("{variable} is no setting of pgweir and was ignored")),
    }
}

fn upper(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '*' { c.to_ascii_uppercase() } else { '_' })
        .collect()
}

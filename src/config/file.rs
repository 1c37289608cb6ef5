//! The TOML file as written: a walk over its tables that knows every key and complains about the rest.
//!
//! The walk is ours rather than serde's because serde stops at the first error and knows neither lines
//! nor the key that was probably meant. Meaning is `resolve`'s business.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Child, PGBOUNCER, Section, nearest};
use super::problem::{Origin, Problem, Wrong};
use super::settings::{Settings, Slot, Written, table_path};

/// What was wrong with the file itself.
pub struct FileRead {
    /// The text is no TOML: what it would mean cannot be known.
    pub is_broken: bool,
    /// Also the keys that do not exist.
    pub problems: Vec<Problem>,
}

/// Puts every value of `text` into `settings`.
pub fn read(path: &Path, text: &str, settings: &mut Settings) -> FileRead {
    let mut walk = Walk { path: path.into(), text, settings, problems: Vec::new(), users: HashMap::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    let is_broken = !errors.is_empty();
    let mut is_lost = false;
    for error in errors {
        // Behind the first real error the parser is lost and complains about every line.
        let is_duplicate = error.message().starts_with("duplicate");
        if !is_duplicate && std::mem::replace(&mut is_lost, true) {
            continue;
        }
        let at = error.span().map_or(0, |span| span.start);
        // The message alone: toml's Display quotes the line, which may hold a password.
        let write = if is_duplicate { "" } else { "look for a quote or bracket left open here or above" };
        let wrong = Wrong::new(format!("this is not TOML: {}", error.message()), write);
        walk.complain(at, String::new(), wrong);
    }
    if !is_broken {
        walk.table(root.get_ref(), Section::Root, "");
    }
    FileRead { is_broken, problems: walk.problems }
}

struct Walk<'a> {
    path: Arc<Path>,
    text: &'a str,
    settings: &'a mut Settings,
    problems: Vec<Problem>,
    /// Line of each user seen.
    users: HashMap<String, usize>,
}

impl Walk<'_> {
    fn table(&mut self, table: &DeTable<'_>, section: Section, subject: &str) {
        for (name, value) in table {
            let at = name.span().start;
            let name = name.get_ref().as_ref();
            if let Some(key) = section.key(name) {
                let slot = Slot::named(section, subject, key.name);
                self.settings.insert(slot, written(value.get_ref()), self.origin(at));
            } else if let Some((_, child)) = section.children().iter().find(|(child, _)| *child == name) {
                self.child(*child, name, value, subject);
            } else {
                self.unknown(at, section, subject, name);
            }
        }
    }

    fn child(&mut self, child: Child, name: &str, value: &Spanned<DeValue<'_>>, subject: &str) {
        let at = value.span().start;
        match (child, value.get_ref()) {
            (Child::Table(section), DeValue::Table(table)) => {
                self.settings.declare(section, subject, self.origin(at));
                self.table(table, section, subject);
            }
            (Child::Named(section), DeValue::Table(tables)) => self.named(section, tables),
            (Child::Array(section), DeValue::Array(array)) => {
                array.iter().for_each(|entry| self.entry(section, entry));
            }
            (Child::Array(_), _) => {
                let write = format!("write [[{name}]], once for each, with double brackets");
                self.complain(at, name.to_owned(), Wrong::new("is not a list of tables", write));
            }
            (Child::Table(section), _) => {
                let path = table_path(section, subject);
                let write = format!("write [{path}] and its keys below it");
                self.complain(at, path, Wrong::new("is a table, not a value", write));
            }
            (Child::Named(section), _) => {
                let write = format!("write [{}.NAME] and its keys below it", section.path().0);
                self.complain(at, section.path().0.into(), Wrong::new("is a table of tables", write));
            }
        }
    }

    fn named(&mut self, section: Section, tables: &DeTable<'_>) {
        for (subject, value) in tables {
            let at = subject.span().start;
            let subject = subject.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(table) => {
                    self.settings.declare(section, subject, self.origin(at));
                    self.table(table, section, subject);
                }
                _ => {
                    let path = table_path(section, subject);
                    let write = format!("write [{path}] and its keys below it");
                    self.complain(at, path, Wrong::new("is a table, not a value", write));
                }
            }
        }
    }

    fn entry(&mut self, section: Section, entry: &Spanned<DeValue<'_>>) {
        let at = entry.span().start;
        let DeValue::Table(table) = entry.get_ref() else {
            let wrong = Wrong::new("is not a table", "write [[users]] and its keys below it");
            return self.complain(at, "users".into(), wrong);
        };
        let line = self.line(at);
        let named = match table.get("name").map(Spanned::get_ref) {
            Some(DeValue::String(name)) if !name.is_empty() => Ok(name.to_string()),
            _ => Err(Wrong::new("a user without a name", "write name = \"app\"")),
        };
        let once = named.and_then(|name| match self.users.insert(name.clone(), line) {
            None => Ok(name),
            Some(first) => {
                let what = format!("the user {name:?} stands here a second time, after line {first}");
                Err(Wrong::new(what, "keep one of the two"))
            }
        });
        let name = once.unwrap_or_else(|wrong| {
            self.complain(at, "users.name".into(), wrong);
            // What else is wrong with it is told under a name that nobody can have meant.
            format!("(line {line})")
        });
        self.settings.declare(section, &name, self.origin(at));
        self.table(table, section, &name);
    }

    fn unknown(&mut self, at: usize, section: Section, subject: &str, name: &str) {
        let path = table_path(section, subject);
        let key = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        self.complain(at, key, Wrong::new("there is no such key", hint(section, &path, name)));
    }

    fn complain(&mut self, at: usize, key: String, wrong: Wrong) {
        self.problems.push(Problem { origin: Some(self.origin(at)), key, wrong });
    }

    fn origin(&self, at: usize) -> Origin {
        Origin::File { path: self.path.clone(), line: self.line(at) }
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
    }
}

/// What an unknown key of `section` was probably meant to be.
fn hint(section: Section, path: &str, name: &str) -> String {
    if let Some((_, ours)) = PGBOUNCER.iter().find(|(theirs, _)| *theirs == name) {
        return format!("PgBouncer's {name} is {ours} here");
    }
    let keys = section.keys().iter().map(|k| k.name);
    let tables = section.children().iter().map(|(child, _)| *child);
    let here: Vec<_> = keys.chain(tables).collect();
    if let Some(near) = nearest(name, here.iter().copied()) {
        let dot = if path.is_empty() { "" } else { "." };
        return format!("did you mean {path}{dot}{near}?");
    }
    let elsewhere =
        Section::ALL.iter().find(|s| s.key(name).is_some() && (!s.is_named() || s.path().0 == path));
    let below = section.children().iter().find_map(|(table, child)| match child {
        Child::Table(inner) => inner.key(name).map(|_| *table),
        _ => None,
    });
    match (below, elsewhere) {
        (Some(table), _) => format!("{name} belongs to [{path}.{table}]"),
        (None, Some(section)) => format!("{name} belongs to [{}]", section.path().0),
        (None, None) => format!("known here are {}", here.join(", ")),
    }
}

fn written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Boolean(boolean) => Written::Boolean(*boolean),
        DeValue::Integer(integer) => {
            let digits = integer.as_str().replace('_', "");
            i64::from_str_radix(&digits, integer.radix()).map_or(Written::Other("number"), Written::Number)
        }
        DeValue::Array(array) => Written::List(array.iter().map(|v| written(v.get_ref())).collect()),
        DeValue::Float(float) => Written::Fraction(float.as_str().replace('_', "")),
        DeValue::Datetime(_) => Written::Other("date"),
        DeValue::Table(_) => Written::Other("table"),
    }
}

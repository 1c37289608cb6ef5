//! pgbouncer.ini as PgBouncer reads it (its documentation, "config file format" and "connection string").

use std::path::{Path, PathBuf};

use super::ImportError;

/// Files may include others this deep, as in PgBouncer.
const DEEPEST: usize = 10;

/// A line of a section: its key, its value, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub key: String,
    pub value: String,
    path: PathBuf,
    line: usize,
}

/// Parameters of a database or user: `key=value`, in their order.
pub type Parameters = Vec<(String, String)>;

/// What the file and those that it includes say.
#[derive(Debug, Default)]
pub struct Ini {
    /// The folder that relative paths begin in.
    pub folder: PathBuf,
    settings: Vec<Line>,
    pub databases: Vec<(String, Parameters)>,
    pub users: Vec<(String, Parameters)>,
    /// Sections that mean nothing to us.
    pub others: Vec<String>,
}

/// The section under way.
#[derive(Clone, PartialEq, Eq)]
enum Section {
    Settings,
    Databases,
    Users,
    Other(String),
}

impl Ini {
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut ini = Self { folder, ..Self::default() };
        let mut section = Section::Settings;
        ini.read_file(path, &mut section, 0)?;
        Ok(ini)
    }

    /// The value of a setting in `[pgbouncer]`; of several the last.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.settings.iter().rev().find(|line| line.key == name).map(|line| line.value.as_str())
    }

    /// The names of all settings, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.settings.iter().map(|line| line.key.as_str())
    }

    /// A path as the file has it, from where its folder is.
    pub fn path(&self, written: &str) -> PathBuf {
        self.folder.join(written)
    }

    fn read_file(&mut self, path: &Path, section: &mut Section, depth: usize) -> Result<(), ImportError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ImportError::Unreadable { path: path.into(), source })?;
        for (at, line) in text.lines().enumerate() {
            let wrong =
                |what: &str| ImportError::Syntax { path: path.into(), line: at + 1, what: what.into() };
            let line = line.trim();
            if line.is_empty() || line.starts_with([';', '#']) {
                continue;
            }
            if let Some(included) = line.strip_prefix("%include") {
                if depth == DEEPEST {
                    return Err(wrong("files include each other too deeply"));
                }
                let included = self.path(included.trim());
                self.read_file(&included, section, depth + 1)?;
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                let name = name.strip_suffix(']').ok_or_else(|| wrong("a section ends with ]"))?;
                *section = match name.trim() {
                    "pgbouncer" => Section::Settings,
                    "databases" => Section::Databases,
                    "users" => Section::Users,
                    other => Section::Other(other.into()),
                };
                if let Section::Other(name) = &section {
                    self.others.push(name.clone());
                }
                continue;
            }
            let (key, value) = entry(line).ok_or_else(|| wrong("write key = value"))?;
            match section {
                Section::Settings => {
                    self.settings.push(Line { key, value, path: path.into(), line: at + 1 });
                }
                Section::Databases => self.databases.push((key, parameters(&value).map_err(wrong)?)),
                Section::Users => self.users.push((key, parameters(&value).map_err(wrong)?)),
                Section::Other(_) => {}
            }
        }
        Ok(())
    }

    /// Where a setting stands, for a message about it.
    pub fn place(&self, name: &str) -> String {
        let line = self.settings.iter().rev().find(|line| line.key == name);
        line.map_or(String::new(), |line| format!("{}, line {}", line.path.display(), line.line))
    }
}

/// `key = value`; the key may be quoted as in SQL.
fn entry(line: &str) -> Option<(String, String)> {
    let (key, rest) = match line.strip_prefix('"') {
        None => line.split_once('=').map(|(key, value)| (key.trim().to_owned(), value))?,
        Some(quoted) => {
            let (name, rest) = until_quote(quoted, '"')?;
            (name, rest.trim_start().strip_prefix('=')?)
        }
    };
    Some((key, rest.trim().to_owned()))
}

/// The text up to a quote that is not doubled, and what follows it.
pub fn until_quote(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(quote)?;
        name.push_str(&rest[..at]);
        rest = &rest[at + quote.len_utf8()..];
        match rest.strip_prefix(quote) {
            Some(behind) => {
                name.push(quote);
                rest = behind;
            }
            None => return Some((name, rest)),
        }
    }
}

/// `key=value` pairs; a value in single quotes may hold blanks, and quotes when they are doubled.
fn parameters(text: &str) -> Result<Parameters, &'static str> {
    const WRONG: &str = "write key=value pairs, values with blanks in single quotes";
    let mut found = Parameters::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=').ok_or(WRONG)?;
        let value = value.trim_start();
        let (value, behind) = match value.strip_prefix('\'') {
            Some(quoted) => until_quote(quoted, '\'').ok_or("a quote is never closed")?,
            None => {
                let end = value.find(char::is_whitespace).unwrap_or(value.len());
                (value[..end].to_owned(), &value[end..])
            }
        };
        let key = key.trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(WRONG);
        }
        found.push((key.to_owned(), value));
        rest = behind.trim_start();
    }
    Ok(found)
}

//! What is said about a configuration: where a value came from, what is wrong, what was noticed.
//!
//! Nothing here ever holds the value of a secret.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value came from. Later variants win over earlier ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A `profile` of the file or the environment.
    Profile(&'static str),
    /// A variable that applications set for themselves.
    Application(&'static str),
    /// DATABASE_URL and its kin.
    Url {
        /// The variable.
        variable: &'static str,
        /// The parameter in its query string; `None` for the URL itself.
        parameter: Option<&'static str>,
    },
    /// The file.
    File {
        /// As it was named on the command line.
        path: Arc<Path>,
        /// From 1.
        line: usize,
    },
    /// A `PGWEIR_*` variable.
    Environment(String),
    /// SET on the console.
    Console,
}

impl Origin {
    /// Higher wins.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Profile(_) => 0,
            Self::Application(_) => 1,
            Self::Url { .. } => 2,
            Self::File { .. } => 3,
            Self::Environment(_) => 4,
            Self::Console => 5,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Application(name) => f.write_str(name),
            Self::Url { variable, parameter: None } => f.write_str(variable),
            Self::Url { variable, parameter: Some(parameter) } => write!(f, "{variable} ({parameter})"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Console => f.write_str("SET"),
        }
    }
}

/// What is wrong with one value, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// "`many` is not a number"
    pub what: String,
    /// "write a whole number, such as 20"
    pub write: String,
}

impl Wrong {
    /// Both halves of the sentence.
    pub fn new(what: impl Into<String>, write: impl Into<String>) -> Self {
        Self { what: what.into(), write: write.into() }
    }
}

/// One error in the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where it stands; `None` when something is missing altogether.
    pub origin: Option<Origin>,
    /// The path of the key or table, such as `pool.size`; empty for the file as a whole.
    pub key: String,
    /// What is wrong and what to write.
    pub wrong: Wrong,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.wrong.what)?;
        match self.wrong.write.as_str() {
            "" => Ok(()),
            write => write!(f, "; {write}"),
        }
    }
}

/// Everything that is wrong with a configuration, in the order of the file, and what looks wrong besides.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct Errors {
    problems: Vec<Problem>,
    warnings: Vec<Note>,
}

impl Errors {
    /// Sorts the problems as a reader meets them: the file from the top, then the environment.
    pub fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|p| match &p.origin {
            Some(Origin::File { path, line }) => (0, Some(path.clone()), *line),
            Some(_) => (1, None, 0),
            None => (2, None, 0),
        });
        problems.dedup();
        Self { problems, warnings: Vec::new() }
    }

    /// The same with the warnings among `notes`: one of them may be why something is missing.
    pub fn with_warnings(mut self, notes: &[Note]) -> Self {
        self.warnings.extend(notes.iter().filter(|note| note.level == NoteLevel::Warning).cloned());
        self
    }

    /// Each of them.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => f.write_str("1 error in the configuration:")?,
            n => write!(f, "{n} errors in the configuration:")?,
        }
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))?;
        self.warnings.iter().try_for_each(|warning| write!(f, "\n  warning: {warning}"))
    }
}

/// How loud a note is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteLevel {
    /// Worth a line in the log.
    Info,
    /// Probably not what was meant.
    Warning,
}

/// Something to log about a configuration that is valid: what overrode what, what was ignored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// How loud.
    pub level: NoteLevel,
    /// One sentence without secrets.
    pub text: String,
}

impl Note {
    /// A line in the log.
    pub fn info(text: impl Into<String>) -> Self {
        Self { level: NoteLevel::Info, text: text.into() }
    }

    /// A warning.
    pub fn warning(text: impl Into<String>) -> Self {
        Self { level: NoteLevel::Warning, text: text.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

//! Reads one value after the other and collects what is wrong.

use super::super::problem::{Note, Origin, Problem, Wrong};
use super::super::read::FromWritten;
use super::super::settings::{Setting, Settings, Slot, Written};

/// The settings, and what was found out so far.
pub struct Reader<'a> {
    /// As written.
    pub settings: &'a Settings,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What to log.
    pub notes: Vec<Note>,
}

impl<'a> Reader<'a> {
    /// Nothing is wrong yet.
    pub fn new(settings: &'a Settings) -> Self {
        Self { settings, problems: Vec::new(), notes: Vec::new() }
    }

    /// The value that somebody wrote; `None` also when it is wrong, which is then on the list.
    pub fn given<T: FromWritten>(&mut self, slot: &Slot) -> Option<T> {
        let Setting { written, .. } = self.settings.winner(slot)?;
        match T::from_written(written) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.complain(slot, wrong);
                None
            }
        }
    }

    /// The value of a slot, or the key's default.
    pub fn get<T: FromWritten>(&mut self, slot: &Slot) -> T {
        let default = slot.about().map_or("", |key| key.default);
        self.given(slot).unwrap_or_else(|| parse_default(default))
    }

    /// Items of a list one by one, so that each wrong one is reported.
    pub fn list<T: FromWritten>(&mut self, slot: &Slot) -> Vec<T> {
        let items = match self.settings.winner(slot).map(|s| s.written.clone()) {
            Some(Written::List(items)) => items,
            Some(one) => vec![one],
            None => return parse_default(slot.about().map_or("", |key| key.default)),
        };
        let mut values = Vec::new();
        for item in items {
            match T::from_written(&item) {
                Ok(value) => values.push(value),
                Err(wrong) => self.complain(slot, wrong),
            }
        }
        values
    }

    /// Adds a problem with the value of `slot`, or with the table that lacks it.
    pub fn complain(&mut self, slot: &Slot, wrong: Wrong) {
        let problem = Problem { origin: self.origin(slot), key: slot.to_string(), wrong };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Adds a warning, once.
    pub fn warn(&mut self, text: String) {
        let note = Note::warning(text);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Where the value stands, else its table.
    pub fn origin(&self, slot: &Slot) -> Option<Origin> {
        let value = self.settings.winner(slot).map(|setting| &setting.origin);
        value.or_else(|| self.settings.declared(slot.section, &slot.subject)).cloned()
    }

    /// Where the value stands, in words.
    pub fn place(&self, slot: &Slot) -> String {
        self.origin(slot).map_or_else(|| "the default".into(), |origin| origin.to_string())
    }
}

fn parse_default<T: FromWritten>(default: &str) -> T {
    T::from_written(&Written::Text(default.into()))
        .unwrap_or_else(|wrong| unreachable!("defaults parse, a test reads them all: {}", wrong.what))
}

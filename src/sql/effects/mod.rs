//! What a text does to the state of its session, judged from its tokens.
//!
//! The judgement errs on the side of an effect: what looks like one and cannot be read is reported as unknown.
//! It is made for texts that the backend accepts; what a rejected text would have done does not matter, as
//! nobody acts on an effect before its statement has succeeded. What no text shows stays unseen: the insides
//! of functions, procedures, triggers and views. Those of `DO` blocks are looked at, whatever their language.

mod block;
mod calls;
mod effect;
mod keywords;
mod masked;
mod scan;
mod set;
mod statement;
mod transaction;
mod value;

use std::sync::Arc;

pub use effect::{Chain, Effect, Locality};

use super::lexer::StandardStrings;

/// What a text does to its session. The usual text does nothing, which costs no allocation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    found: Option<Arc<Found>>,
    statements: usize,
}

/// What was found in a text that does something.
#[derive(PartialEq, Eq, Debug)]
struct Found {
    effects: Box<[Effect]>,
    /// Where the effects of each statement end.
    ends: Box<[usize]>,
    text: Box<str>,
}

impl Effects {
    /// The effects in the order of the statements.
    pub fn as_slice(&self) -> &[Effect] {
        self.found.as_ref().map_or(&[], |found| &found.effects)
    }

    /// The effects of one of the statements, counted from 0.
    pub fn of_statement(&self, at: usize) -> &[Effect] {
        let Some(found) = &self.found else { return &[] };
        let start = at.checked_sub(1).map_or(Some(0), |before| found.ends.get(before).copied());
        let end = found.ends.get(at).copied();
        start.zip(end).and_then(|(start, end)| found.effects.get(start..end)).unwrap_or_default()
    }

    /// The text without its constants, cut short, for people to read; empty if it does nothing.
    pub fn text(&self) -> &str {
        self.found.as_ref().map_or("", |found| &found.text)
    }

    /// Without the text, where they are those of all texts of a structure.
    #[must_use]
    pub(super) fn without_text(self) -> Self {
        let found = self.found.map(|found| {
            let (effects, ends) = (found.effects.clone(), found.ends.clone());
            Arc::new(Found { effects, ends, text: "".into() })
        });
        Self { found, ..self }
    }

    /// Whether the text leaves the session as it is.
    #[inline]
    pub fn is_none(&self) -> bool {
        self.found.is_none()
    }

    /// The number of statements, empty ones not counted.
    pub fn statements(&self) -> usize {
        self.statements
    }

    /// Whether a setting is changed whose name only the values bound to the text can tell.
    pub fn has_nameless_setting(&self) -> bool {
        self.as_slice().iter().any(is_nameless)
    }

    /// With the settings that these values may name in the place of those without a name; as before if none
    /// of them can be one.
    #[must_use]
    pub fn with_settings(&self, values: &[&[u8]]) -> Self {
        let names = values.iter().filter_map(|value| setting_name(value));
        let settings: Vec<_> =
            names.map(|name| Effect::SetConfig { name: Some(name), value: None, local: None }).collect();
        let (Some(found), false) = (&self.found, settings.is_empty()) else { return self.clone() };
        let effects = found
            .effects
            .iter()
            .flat_map(|effect| if is_nameless(effect) { settings.clone() } else { vec![effect.clone()] });
        let effects: Box<[Effect]> = effects.collect();
        // A text that is bound is one statement.
        let ends = Box::new([effects.len()]);
        let found = Found { effects, ends, text: found.text.clone() };
        Self { found: Some(Arc::new(found)), statements: self.statements }
    }

    /// The effect, if the text is one statement with one effect.
    pub fn alone(&self) -> Option<&Effect> {
        match self.as_slice() {
            [effect] if self.statements == 1 => Some(effect),
            _ => None,
        }
    }
}

fn is_nameless(effect: &Effect) -> bool {
    matches!(effect, Effect::SetConfig { name: None, local, .. } if *local != Some(Locality::Transaction))
}

/// The name of a setting, in lower case, if this can be one.
fn setting_name(value: &[u8]) -> Option<String> {
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$');
    let starts = value.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    // The seed's series of random numbers must not begin again.
    let name = String::from_utf8(value.to_ascii_lowercase()).ok()?;
    (starts && value.len() < 64 && value.iter().all(word) && name != "seed").then_some(name)
}

/// Judges a text: one statement or several, as they come in Query or Parse.
pub fn effects(sql: &[u8], strings: StandardStrings) -> Effects {
    let mut scan = scan::Scan::new(sql, strings);
    scan.run();
    let found = (!scan.effects.is_empty()).then(|| {
        Arc::new(Found {
            effects: scan.effects.into(),
            ends: scan.ends.into(),
            text: masked::masked(sql, strings).into(),
        })
    });
    Effects { found, statements: scan.statements }
}

#[cfg(test)]
mod tests;

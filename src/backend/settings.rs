//! A set of settings that differ from a backend's defaults: what a session wants, what a connection has.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::BytesMut;

/// Names (lower case) and values as PostgreSQL's `set_config` takes them. Cheap to clone and to compare.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Settings(Option<Arc<BTreeMap<String, String>>>);

impl Settings {
    /// No difference from the defaults.
    pub fn none() -> Self {
        Self(None)
    }

    /// The same set, by identity first: the steady path compares one pointer.
    #[inline]
    pub fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }

    /// The value of a setting that is in the set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.get(name).map(String::as_str)
    }

    /// The set with one more (or another) value.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut map = self.0.as_deref().cloned().unwrap_or_default();
        map.insert(name.to_ascii_lowercase(), value.to_owned());
        Self(Some(Arc::new(map)))
    }

    /// The set without this name.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut map = self.0.as_deref().cloned().unwrap_or_default();
        map.remove(&name.to_ascii_lowercase());
        Self((!map.is_empty()).then(|| Arc::new(map)))
    }

    /// Every name and value, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|map| map.iter()).map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// The SQL that turns a connection with `self` into one with `wanted`; empty when they are the same.
    ///
    /// RESETs come first (a role must be left before another is taken), then one `set_config` for each value,
    /// which takes lists and quotes exactly as the startup packet would.
    pub fn change_to(&self, wanted: &Self) -> String {
        let mut sql = String::new();
        for (name, _) in self.iter().filter(|(name, _)| wanted.get(name).is_none()) {
            sql.push_str("RESET ");
            push_name(&mut sql, name);
            sql.push(';');
        }
        let mut separator = "SELECT ";
        // Who the session is comes first: it decides what may be set, and takes any role with it.
        let (who, rest): (Vec<_>, Vec<_>) = wanted
            .iter()
            .filter(|(name, value)| self.get(name) != Some(value))
            .partition(|(name, _)| *name == "session_authorization");
        for (name, value) in who.into_iter().chain(rest) {
            sql.push_str(separator);
            sql.push_str("pg_catalog.set_config(");
            push_literal(&mut sql, name);
            sql.push(',');
            push_literal(&mut sql, value);
            sql.push_str(",false)");
            separator = ",";
        }
        sql
    }

    /// Appends the Query frame of [`Self::change_to`].
    pub fn encode_change_to(&self, wanted: &Self, out: &mut BytesMut) {
        crate::wire::encode::query(out, self.change_to(wanted).as_bytes());
    }
}

/// Quotes so that the text means the same whatever `standard_conforming_strings` is.
fn push_literal(sql: &mut String, text: &str) {
    sql.push_str(if text.contains('\\') { " E'" } else { "'" });
    for c in text.chars() {
        if c == '\'' || c == '\\' {
            sql.push(c);
        }
        sql.push(c);
    }
    sql.push('\'');
}

/// A custom name (`app.user`) is quoted part by part; `session authorization` is how RESET spells it.
fn push_name(sql: &mut String, name: &str) {
    if name == "session_authorization" {
        sql.push_str("SESSION AUTHORIZATION");
        return;
    }
    for (i, part) in name.split('.').enumerate() {
        sql.push_str(if i == 0 { "\"" } else { ".\"" });
        sql.push_str(&part.replace('"', "\"\""));
        sql.push('"');
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Settings {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(items: I) -> Self {
        let map: BTreeMap<_, _> =
            items.into_iter().map(|(k, v)| (k.to_ascii_lowercase(), v.to_owned())).collect();
        Self((!map.is_empty()).then(|| Arc::new(map)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_difference_is_sent() {
        let a: Settings = [("a", "1"), ("b", "2"), ("my.var", "x")].into_iter().collect();
        let b: Settings = [("B", "2"), ("c", "it's\\")].into_iter().collect();
        assert_eq!(
            a.change_to(&b),
            "RESET \"a\";RESET \"my\".\"var\";SELECT pg_catalog.set_config('c', E'it''s\\\\',false)"
        );
        assert_eq!(a.change_to(&a.clone()), "");
        assert!(a.same(&a.without("c")) && !a.same(&b));
        assert_eq!(a.without("a").without("b").without("my.var"), Settings::none());
    }
}

//! A set of settings that differ from a backend's defaults: what a session wants, what a connection has.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use bytes::BytesMut;

/// Names (lower case) and values as PostgreSQL's `set_config` takes them. Cheap to clone and to compare.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Settings(Option<Arc<Values>>);

/// Names and values, and what [`Settings::reading`] made of them.
#[derive(Clone, Debug, Default)]
struct Values {
    map: BTreeMap<String, String>,
    reading: OnceLock<u64>,
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl Eq for Values {}

impl Hash for Values {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl Values {
    fn of(map: BTreeMap<String, String>) -> Option<Arc<Self>> {
        (!map.is_empty()).then(|| Arc::new(Self { map, reading: OnceLock::new() }))
    }
}

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
        self.0.as_ref()?.map.get(name).map(String::as_str)
    }

    /// The set with one more (or another) value.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut map = self.map();
        map.insert(name.to_ascii_lowercase(), value.to_owned());
        Self(Values::of(map))
    }

    /// The set without this name.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut map = self.map();
        map.remove(&name.to_ascii_lowercase());
        Self(Values::of(map))
    }

    fn map(&self) -> BTreeMap<String, String> {
        self.0.as_ref().map(|values| values.map.clone()).unwrap_or_default()
    }

    /// Equal for sets under which names and literals mean the same. `hasher` is always the same one.
    pub fn reading(&self, hasher: &impl BuildHasher) -> u64 {
        let Some(values) = &self.0 else { return 0 };
        let bears =
            |(name, _): &(&String, &String)| *name != "application_name" && !name.ends_with("_timeout");
        *values.reading.get_or_init(|| {
            let mut state = hasher.build_hasher();
            values.map.iter().filter(bears).for_each(|item| item.hash(&mut state));
            state.finish()
        })
    }

    /// Every name and value, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|values| values.map.iter()).map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// The SQL that turns a connection with `self` into one with `wanted`; empty when they are the same.
    ///
    /// Who the session is is left first and taken last: all else is set by the one who logged in, as what
    /// the session was allowed to set may be more than what it may now. In between come RESETs, then one
    /// `set_config` for each value, which takes lists and quotes exactly as the startup packet would.
    pub fn change_to(&self, wanted: &Self) -> String {
        let mut sql = String::new();
        if self.same(wanted) {
            return sql;
        }
        for name in IDENTITY.into_iter().filter(|name| self.get(name).is_some()) {
            push_reset(&mut sql, name);
        }
        // A date style may name its order or not: then it would keep the order of whoever was there before.
        let stays = |name: &str| match wanted.get(name) {
            Some(value) => name != "datestyle" || value.contains(',') || self.get(name) == Some(value),
            None => false,
        };
        for (name, _) in self.iter().filter(|(name, _)| !stays(name) && !IDENTITY.contains(name)) {
            push_reset(&mut sql, name);
        }
        let mut separator = "SELECT ";
        let rest = wanted.iter().filter(|(n, v)| !IDENTITY.contains(n) && self.get(n) != Some(v));
        let who = IDENTITY.into_iter().filter_map(|name| Some((name, wanted.get(name)?)));
        for (name, value) in rest.chain(who) {
            sql.push_str(separator);
            sql.push_str("pg_catalog.set_config(");
            push_literal(&mut sql, name);
            sql.push(',');
            push_value(&mut sql, value);
            sql.push_str(",false)");
            separator = ",";
        }
        sql
    }

    /// Whether nothing can go wrong when a connection with `self` is turned into one with `wanted`, so that what
    /// is sent behind that may be sent without waiting: it would run with the settings of before.
    pub fn surely_becomes(&self, wanted: &Self) -> bool {
        let stays = |name: &&str| self.get(name) == wanted.get(name);
        IDENTITY.iter().all(&stays)
            && DOUBTFUL.iter().all(|name| wanted.get(name).is_none() || stays(name))
            && HURRIES.iter().all(|name| self.get(name).is_none())
    }

    /// Appends the Query frame of [`Self::change_to`].
    pub fn encode_change_to(&self, wanted: &Self, out: &mut BytesMut) {
        crate::wire::encode::query(out, self.change_to(wanted).as_bytes());
    }
}

/// Who a session is, in the order in which it is taken: another session user begins without a role.
const IDENTITY: [&str; 2] = ["session_authorization", "role"];

/// Values that a backend has taken before and may refuse now: what they name may have been dropped since, or the
/// right to set them taken away.
const DOUBTFUL: [&str; 5] = [
    "default_table_access_method",
    "default_tablespace",
    "default_text_search_config",
    "session_replication_role",
    "temp_tablespaces",
];

/// Settings that may cut off the change itself.
const HURRIES: [&str; 2] = ["statement_timeout", "transaction_timeout"];

fn push_reset(sql: &mut String, name: &str) {
    sql.push_str("RESET ");
    push_name(sql, name);
    sql.push(';');
}

/// A value in ASCII: which encoding the connection speaks is among what is changed.
fn push_value(sql: &mut String, value: &str) {
    if value.is_ascii() {
        return push_literal(sql, value);
    }
    sql.push_str("pg_catalog.convert_from(pg_catalog.decode('");
    for byte in value.bytes() {
        for digit in [byte >> 4, byte & 0xf] {
            sql.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    sql.push_str("','hex'),'UTF8')");
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
        Self(Values::of(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_style_without_an_order_does_not_keep_another_clients() {
        let of = |value: &str| Settings::none().with("datestyle", value);
        let set = "SELECT pg_catalog.set_config('datestyle','ISO',false)";
        assert_eq!(of("SQL, DMY").change_to(&of("ISO")), format!("RESET \"datestyle\";{set}"));
        assert_eq!(Settings::none().change_to(&of("ISO")), set);
        assert!(of("ISO").change_to(&of("SQL, DMY")).starts_with("SELECT"));
    }

    #[test]
    fn only_the_difference_is_sent() {
        let a: Settings = [("a", "1"), ("b", "2"), ("my.var", "x")].into_iter().collect();
        let b: Settings = [("B", "2"), ("c", "it's\\")].into_iter().collect();
        assert_eq!(
            a.change_to(&b),
            "RESET \"a\";RESET \"my\".\"var\";SELECT pg_catalog.set_config('c', E'it''s\\\\',false)"
        );
        assert_eq!(a.change_to(&a.clone()), "");
        assert_eq!(
            Settings::none().change_to(&Settings::none().with("x", "é'")),
            "SELECT pg_catalog.set_config('x',pg_catalog.convert_from(pg_catalog.decode('c3a927','hex'),'UTF8'),false)"
        );
        let (bob, amy) = (b.with("role", "bob"), a.with("session_authorization", "amy").with("role", "bob"));
        assert_eq!(
            bob.change_to(&amy),
            "RESET \"role\";RESET \"c\";SELECT pg_catalog.set_config('a','1',false),\
             pg_catalog.set_config('my.var','x',false),\
             pg_catalog.set_config('session_authorization','amy',false),pg_catalog.set_config('role','bob',false)"
        );
        assert_eq!(amy.change_to(&a), "RESET SESSION AUTHORIZATION;RESET \"role\";");
        assert!(a.surely_becomes(&b) && !a.surely_becomes(&amy) && !amy.surely_becomes(&a));
        let (doubtful, hurried) = (b.with("temp_tablespaces", "x"), b.with("statement_timeout", "1ms"));
        assert!(
            !a.surely_becomes(&doubtful) && doubtful.surely_becomes(&a) && doubtful.surely_becomes(&doubtful)
        );
        assert!(a.surely_becomes(&hurried) && !hurried.surely_becomes(&a));
        assert!(a.same(&a.without("c")) && !a.same(&b));
        assert_eq!(a.without("a").without("b").without("my.var"), Settings::none());
    }
}

//! What a backend has reported of its settings (ParameterStatus), and what a client has heard.

use std::sync::Arc;

/// Names and values as last reported. Cheap to clone and, once shared, to compare.
///
/// Source: PostgreSQL documentation, "Message Flow", section "Asynchronous Operations".
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Reported(Arc<Vec<Parameter>>);

/// A name and its value, in the encoding of the client.
type Parameter = (Box<[u8]>, Box<[u8]>);

impl Reported {
    /// The same report, by identity first: the steady path compares one pointer.
    #[inline]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }

    /// Takes in one ParameterStatus; says whether it was news.
    pub fn note(&mut self, name: &[u8], value: &[u8]) -> News {
        // What the server is, not how the session is set: it may change with each connection.
        if name == b"in_hot_standby" || self.get(name) == Some(value) {
            return News::None;
        }
        let all = Arc::make_mut(&mut self.0);
        match all.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, old)) => *old = value.into(),
            None => all.push((name.into(), value.into())),
        }
        News::Some
    }

    /// The value last reported.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// What somebody who has heard `other` has not heard yet.
    pub fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.0.iter().map(|(name, value)| (&**name, &**value)).filter(|(n, v)| other.get(n) != Some(v))
    }
}

/// Whether a report changes anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// It was known.
    None,
    /// It was not.
    Some,
}

impl<'a> FromIterator<(&'a [u8], &'a [u8])> for Reported {
    fn from_iter<I: IntoIterator<Item = (&'a [u8], &'a [u8])>>(items: I) -> Self {
        let mut reported = Self::default();
        for (name, value) in items {
            reported.note(name, value);
        }
        reported
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let mut a: Reported =
            [(&b"TimeZone"[..], &b"UTC"[..]), (b"DateStyle", b"ISO, MDY")].into_iter().collect();
        let heard = a.clone();
        assert_eq!(a.note(b"TimeZone", b"UTC"), News::None);
        assert!(a.same(&heard));
        assert_eq!(a.note(b"TimeZone", b"Asia/Tokyo"), News::Some);
        assert_eq!(a.note(b"search_path", b"x"), News::Some);
        let told: Vec<_> = a.beyond(&heard).collect();
        assert_eq!(told, [(&b"TimeZone"[..], &b"Asia/Tokyo"[..]), (b"search_path", b"x")]);
        assert_eq!(heard.get(b"TimeZone"), Some(&b"UTC"[..]));
    }
}

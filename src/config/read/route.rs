//! Values of `[route]`, and of `role`.

use super::super::settings::Written;
use super::super::{Balance, FixedRole, FunctionName};
use super::{Bytes, FromWritten, Wrong, expected, text, word};

/// A number of bytes that `"off"` turns off.
pub struct OptionalBytes(pub Option<u64>);

/// The ways of choosing a replica and their names.
pub const BALANCES: &[(&str, Balance)] = &[
    ("round-robin", Balance::RoundRobin),
    ("random", Balance::Random),
    ("least-outstanding", Balance::LeastOutstanding),
    ("lowest-latency", Balance::LowestLatency),
    ("weighted", Balance::Weighted),
    ("zone", Balance::Zone),
];

/// The roles that a database may be fixed to.
pub const ROLES: &[(&str, FixedRole)] =
    &[("auto", FixedRole::Auto), ("primary", FixedRole::Primary), ("replica", FixedRole::Replica)];

impl FromWritten for OptionalBytes {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match written {
            Written::Text(text) if matches!(text.as_str(), "off" | "none") => Ok(Self(None)),
            written => Bytes::from_written(written).map(|size| Self(Some(size.0 as u64).filter(|n| *n > 0))),
        }
    }
}

impl FromWritten for Balance {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        word(written, BALANCES, "way to choose a replica")
    }
}

impl FromWritten for FixedRole {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        word(written, ROLES, "role")
    }
}

impl FromWritten for FunctionName {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let text = text(written, "name of a function")?;
        // A name in quotes may hold a dot, and is not folded.
        let part = |part: &str| match part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(quoted) => Some(quoted.replace("\"\"", "\"")).filter(|name| !name.is_empty()),
            None => {
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
                (!part.is_empty() && part.chars().all(plain)).then(|| part.to_ascii_lowercase())
            }
        };
        let dot = match text.starts_with('"') {
            true => text.match_indices("\".").map(|(at, _)| at + 1).next(),
            false => text.find('.'),
        };
        let name = match dot {
            Some(dot) => part(&text[..dot]).zip(part(&text[dot + 1..])).map(|(s, n)| (Some(s), n)),
            None => part(text).map(|name| (None, name)),
        };
        match name {
            Some((schema, name)) => Ok(Self { schema: schema.map(Into::into), name: name.into() }),
            None => expected(written, "name of a function", "write name or schema.name, without arguments"),
        }
    }
}

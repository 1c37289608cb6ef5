//! From a value as written to a value as meant, one type at a time.
//!
//! An implementation for a secret never puts the value into its error.

mod route;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::keys::nearest;
use super::problem::Wrong;
use super::settings::Written;
use super::types::{LogFormat, Mode, PoolSize, TlsMode};
use super::unit::{self, UnitError};
use super::url::{self, Parsed};
use super::{HbaRule, Password, Priority, UserSecret, rules};

pub use route::{BALANCES, OptionalBytes, ROLES};

/// A type that a value in the file or the environment can become.
pub trait FromWritten: Sized {
    /// The value, or what is wrong with it and what to write.
    fn from_written(written: &Written) -> Result<Self, Wrong>;
}

/// A time that `"off"` turns off.
pub struct Span(pub Option<Duration>);
/// A limit that `"off"` and 0 lift.
pub struct Limit(pub Option<usize>);
/// A number of at least one.
pub struct Positive(pub usize);
/// A number of bytes.
pub struct Bytes(pub usize);
/// Permission bits.
pub struct FileMode(pub u32);
/// An address that `"off"` turns off.
pub struct OptionalAddress(pub Option<SocketAddr>);
/// A tracing filter.
pub struct LogFilter(pub String);
/// A rule, or nothing for an empty line.
pub struct RuleLine(pub Option<HbaRule>);
/// `certificate name = user`.
pub struct CertMapping(pub String, pub String);
/// A `profile`: its name, and what it presets.
pub struct Profile(pub &'static str, pub [(&'static str, &'static str); 3]);

const PROFILES: &[(&str, &str, &str, &str)] = &[
    ("development", "1", "5", "10s"),
    ("test", "1", "3", "5s"),
    ("staging", "5", "20", "60s"),
    ("production", "10", "30", "5m"),
    ("high-load", "20", "50", "10m"),
];

/// libpq's word for a mode.
pub fn tls_mode(text: &str) -> Option<TlsMode> {
    TLS_MODES.iter().find(|(name, _)| *name == text).map(|(_, mode)| *mode)
}

/// The modes and their names in `sslmode`.
pub const TLS_MODES: &[(&str, TlsMode)] = &[
    ("disable", TlsMode::Disable),
    ("allow", TlsMode::Allow),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
];

/// The modes of pooling and their names.
pub const MODES: &[(&str, Mode)] =
    &[("session", Mode::Session), ("transaction", Mode::Transaction), ("statement", Mode::Statement)];

fn expected<T>(written: &Written, kind: &str, write: &str) -> Result<T, Wrong> {
    Err(Wrong::new(format!("{written} is no {kind}"), write))
}

fn word<T: Copy>(written: &Written, table: &[(&str, T)], kind: &str) -> Result<T, Wrong> {
    let Written::Text(text) = written else { return expected(written, kind, &one_of(table)) };
    match table.iter().find(|(name, _)| name == text) {
        Some((_, value)) => Ok(*value),
        None => match nearest(text, table.iter().map(|(name, _)| *name)) {
            Some(near) => expected(written, kind, &format!("did you mean \"{near}\"?")),
            None => expected(written, kind, &one_of(table)),
        },
    }
}

fn one_of<T>(table: &[(&str, T)]) -> String {
    let names: Vec<_> = table.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    format!("write one of {}", names.join(", "))
}

fn text<'a>(written: &'a Written, kind: &str) -> Result<&'a str, Wrong> {
    match written {
        Written::Text(text) if !text.is_empty() => Ok(text),
        _ => expected(written, kind, "write it as a string, in quotes"),
    }
}

fn whole(written: &Written, kind: &str, write: &str) -> Result<i64, Wrong> {
    match written {
        Written::Number(number) if *number >= 0 => Ok(*number),
        // The environment has nothing but text.
        Written::Text(text) => {
            text.parse().ok().filter(|n| *n >= 0).map_or(expected(written, kind, write), Ok)
        }
        _ => expected(written, kind, write),
    }
}

impl FromWritten for usize {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let number = whole(written, "whole number", "write a whole number, such as 20")?;
        Self::try_from(number).or_else(|_| expected(written, "number that fits", "write a smaller one"))
    }
}

impl FromWritten for Positive {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match usize::from_written(written)? {
            0 => expected(written, "number above 0", "write at least 1"),
            n => Ok(Self(n)),
        }
    }
}

impl FromWritten for u32 {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let number = whole(written, "whole number", "write a whole number, such as 1024")?;
        Self::try_from(number).or_else(|_| expected(written, "number that fits", "write a smaller one"))
    }
}

impl FromWritten for bool {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match written {
            Written::Boolean(boolean) => Ok(*boolean),
            Written::Text(text) if matches!(text.as_str(), "true" | "on" | "yes" | "1") => Ok(true),
            Written::Text(text) if matches!(text.as_str(), "false" | "off" | "no" | "0") => Ok(false),
            _ => expected(written, "switch", "write true or false"),
        }
    }
}

impl FromWritten for String {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        text(written, "text").map(str::to_owned)
    }
}

impl FromWritten for PathBuf {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        text(written, "path").map(Self::from)
    }
}

impl FromWritten for Limit {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        if matches!(written, Written::Text(text) if text == "off" || text == "none") {
            return Ok(Self(None));
        }
        let number = whole(written, "limit", "write a whole number, or \"off\" for no limit")?;
        Ok(Self(usize::try_from(number).ok().filter(|n| *n > 0)))
    }
}

impl FromWritten for Priority {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let number = match written {
            Written::Number(number) => Some(*number),
            Written::Text(text) => text.parse().ok(),
            _ => None,
        };
        let priority = number.and_then(|n| i8::try_from(n).ok()).and_then(Self::new);
        let most = Self::MOST;
        let write = format!("write a whole number from -{most} to {most}; the higher one goes first");
        priority.map_or_else(|| expected(written, "priority", &write), Ok)
    }
}

impl FromWritten for Span {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let example = "write a number and a unit, such as \"500ms\", \"5s\", \"15m\" or \"1h\", or \"off\"";
        match written {
            Written::Text(text) => match unit::duration(text) {
                Ok(span) => Ok(Self(span)),
                Err(UnitError::NoUnit) => {
                    let write = format!("write \"{text}s\" for seconds or \"{text}ms\" for milliseconds");
                    Err(Wrong::new(format!("{written} has no unit"), write))
                }
                Err(error) => Err(Wrong::new(format!("{written} {error}"), example)),
            },
            Written::Number(0) => Ok(Self(None)),
            Written::Number(n) if *n > 0 => {
                let write = format!("write \"{n}s\" for seconds or \"{n}ms\" for milliseconds");
                Err(Wrong::new(format!("{n} has no unit"), write))
            }
            _ => expected(written, "duration", example),
        }
    }
}

impl FromWritten for Bytes {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let example = "write a number and a unit, such as \"64KiB\" or \"16MiB\"";
        match written {
            Written::Text(text) => match unit::size(text) {
                Ok(bytes) => Ok(Self(bytes)),
                Err(error) => Err(Wrong::new(format!("{written} {error}"), example)),
            },
            Written::Number(n) => {
                let what = format!("{n} has no unit");
                Err(Wrong::new(what, format!("write \"{n}B\" for bytes or \"{n}KiB\" for kibibytes")))
            }
            _ => expected(written, "size", example),
        }
    }
}

impl FromWritten for FileMode {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let bits = match written {
            Written::Text(text) => u32::from_str_radix(text.trim_start_matches("0o"), 8).ok(),
            Written::Number(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        match bits.filter(|bits| *bits <= 0o777) {
            Some(bits) => Ok(Self(bits)),
            None => expected(written, "file mode", "write it in octal and in quotes, such as \"0777\""),
        }
    }
}

impl FromWritten for SocketAddr {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let example =
            "write an IP address and a port, such as \"127.0.0.1:6432\", \"0.0.0.0:6432\" or \"[::1]:6432\"";
        let Written::Text(text) = written else { return expected(written, "address", example) };
        let text = match text.rsplit_once(':') {
            Some(("localhost", port)) => format!("127.0.0.1:{port}"),
            Some(("*", port)) => format!("0.0.0.0:{port}"),
            _ => text.clone(),
        };
        if text.parse::<IpAddr>().is_ok() {
            return Err(Wrong::new(format!("{written} has no port"), example));
        }
        text.parse().or_else(|_| expected(written, "address to listen on", example))
    }
}

impl FromWritten for OptionalAddress {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match written {
            Written::Text(text) if text == "off" => Ok(Self(None)),
            written => SocketAddr::from_written(written).map(|address| Self(Some(address))),
        }
    }
}

impl FromWritten for LogFormat {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        word(written, &[("text", Self::Text), ("json", Self::Json)], "log format")
    }
}

impl FromWritten for LogFilter {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let example = "write \"info\", or \"info,pgweir=debug\"";
        let filter = text(written, "log level")?;
        // A word alone would be taken for a module's name.
        let is_level = |part: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&part.trim());
        let known = filter.split(',').all(|part| part.contains(['=', '[']) || is_level(part));
        match tracing_subscriber::EnvFilter::builder().parse(filter) {
            Ok(_) if known => Ok(Self(filter.into())),
            _ => expected(written, "log level", example),
        }
    }
}

impl FromWritten for Mode {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        word(written, MODES, "pool mode")
    }
}

impl FromWritten for TlsMode {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        word(written, TLS_MODES, "TLS mode")
    }
}

impl FromWritten for PoolSize {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let write = "write a whole number above 0, such as 20, or \"auto\"";
        match written {
            Written::Text(text) if text == "auto" => Ok(Self::Auto),
            written => match whole(written, "number of connections", write)? {
                0 => expected(written, "number of connections", write),
                n => Ok(Self::Fixed(usize::try_from(n).unwrap_or(usize::MAX))),
            },
        }
    }
}

impl FromWritten for Profile {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let names: Vec<_> = PROFILES.iter().map(|p| (p.0, p)).collect();
        let (name, min, max, idle) = *word(written, &names, "profile")?;
        Ok(Self(name, [("min_idle", min), ("size", max), ("server_idle_timeout", idle)]))
    }
}

impl FromWritten for Password {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match written {
            Written::Text(text) => Ok(text.as_str().into()),
            _ => Err(Wrong::new("the password is no string", "write it in quotes")),
        }
    }
}

impl FromWritten for UserSecret {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match written {
            Written::Text(text) if !text.is_empty() => Ok(Self::classify(text)),
            Written::Text(_) => {
                Err(Wrong::new("the password is empty", "leave the key out if there is none"))
            }
            _ => Err(Wrong::new("the password is no string", "write it in quotes")),
        }
    }
}

impl FromWritten for Parsed {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match written {
            Written::Text(text) => url::parse(text).map_err(|error| error.wrong()),
            _ => Err(Wrong::new("the URL is no string", "write \"postgres://host:5432/database\"")),
        }
    }
}

impl FromWritten for RuleLine {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        rules::parse(text(written, "rule")?).map(Self)
    }
}

impl FromWritten for CertMapping {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match text(written, "mapping")?.rsplit_once('=') {
            Some((name, user)) if !name.trim().is_empty() && !user.trim().is_empty() => {
                Ok(Self(name.trim().into(), user.trim().into()))
            }
            _ => expected(written, "mapping", "write \"name in the certificate = user\""),
        }
    }
}

impl<T: FromWritten> FromWritten for Vec<T> {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match written {
            Written::List(items) => items.iter().map(T::from_written).collect(),
            Written::Text(text) if text.is_empty() => Ok(Self::new()),
            // One is a list of one.
            one => Ok(vec![T::from_written(one)?]),
        }
    }
}

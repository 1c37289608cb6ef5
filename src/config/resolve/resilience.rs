//! `[retry]`, `[breaker]` and `[failover]`.

use std::time::Duration;

use super::super::keys::Section;
use super::super::problem::Wrong;
use super::super::read::{Bytes, FromWritten, Limit, Positive, Span};
use super::super::settings::{Slot, Written};
use super::super::{Attempts, Breaker, ErrorClass, Failover, Retry};
use super::reader::Reader;

/// `[retry]`
pub fn retry(reader: &mut Reader<'_>) -> Retry {
    let of = |key| Slot::of(Section::Retry, key);
    let Factor(multiplier) = reader.get(&of("multiplier"));
    let connect = attempts(reader, ["connect_attempts", "connect_base", "connect_cap"].map(of), multiplier);
    let names = ["transaction_attempts", "transaction_base", "transaction_cap"];
    let transaction = attempts(reader, names.map(of), multiplier);
    Retry {
        connect,
        transaction,
        errors: reader.get::<Classes>(&of("errors")).0,
        replay_max_bytes: reader.get::<Bytes>(&of("replay_max_bytes")).0,
        replay_max_statements: reader.get(&of("replay_max_statements")),
    }
}

fn attempts(reader: &mut Reader<'_>, slots: [Slot; 3], multiplier: f64) -> Attempts {
    let [most, base_slot, cap_slot] = slots;
    let most = small(reader, &most);
    let base = reader.get::<Span>(&base_slot).0.unwrap_or_default();
    let cap = reader.get::<Span>(&cap_slot).0.unwrap_or_default();
    if cap < base {
        let what = format!("{cap:?} is less than {base_slot} ({base:?})");
        reader.complain(&cap_slot, Wrong::new(what, "write at least as much"));
    }
    Attempts { most, base, cap, multiplier }
}

/// `[breaker]`
pub fn breaker(reader: &mut Reader<'_>) -> Breaker {
    let of = |key| Slot::of(Section::Breaker, key);
    let Positive(min_requests) = reader.get(&of("min_requests"));
    let Limit(consecutive) = reader.get(&of("consecutive_failures"));
    Breaker {
        enabled: reader.get(&of("enabled")),
        failure_rate: reader.get::<Rate>(&of("failure_rate")).0,
        window: required(reader, &of("window")),
        min_requests: min_requests as u64,
        consecutive_failures: consecutive.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        open_for: required(reader, &of("open_for")),
        max_probes: small(reader, &of("max_probes")),
    }
}

/// `[failover]`
pub fn failover(reader: &mut Reader<'_>) -> Failover {
    Failover { timeout: reader.get::<Span>(&Slot::of(Section::Failover, "timeout")).0 }
}

fn small(reader: &mut Reader<'_>, slot: &Slot) -> u32 {
    let Positive(number) = reader.get(slot);
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A time that cannot be turned off.
fn required(reader: &mut Reader<'_>, slot: &Slot) -> Duration {
    match reader.get::<Span>(slot).0 {
        Some(span) => span,
        None => {
            let write = "write a time, such as \"5s\"; breaker.enabled = false turns all of it off";
            reader.complain(slot, Wrong::new("this time cannot be off", write));
            Duration::from_secs(1)
        }
    }
}

/// A part of a whole: above 0 and up to 1.
struct Rate(f64);
/// A number of at least 1, with a decimal point or without.
struct Factor(f64);
/// SQLSTATEs and classes of them.
struct Classes(Vec<ErrorClass>);

fn no<T>(written: &Written, kind: &str, write: &str) -> Result<T, Wrong> {
    Err(Wrong::new(format!("{written} is no {kind}"), write))
}

fn decimal(written: &Written) -> Option<f64> {
    let number = match written {
        Written::Number(number) => return Some(*number as f64),
        Written::Fraction(digits) | Written::Text(digits) => digits.parse::<f64>().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

impl FromWritten for Rate {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match decimal(written).filter(|rate| *rate > 0.0 && *rate <= 1.0) {
            Some(rate) => Ok(Self(rate)),
            None => no(written, "rate", "write a number above 0 and up to 1, such as 0.5"),
        }
    }
}

impl FromWritten for Factor {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        match decimal(written).filter(|factor| *factor >= 1.0) {
            Some(factor) => Ok(Self(factor)),
            None => no(written, "multiplier", "write a number of at least 1, such as 2 or 1.5"),
        }
    }
}

impl FromWritten for Classes {
    fn from_written(written: &Written) -> Result<Self, Wrong> {
        let class = |item: &Written| {
            let parsed = match item {
                Written::Text(text) => ErrorClass::parse(text),
                _ => None,
            };
            let write = "write five characters as a string, such as \"40001\", or the two of a class, \"40\"";
            parsed.map_or_else(|| no(item, "SQLSTATE", write), Ok)
        };
        match written {
            Written::List(items) => items.iter().map(class).collect::<Result<_, _>>().map(Self),
            Written::Text(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.map(|item| class(&Written::Text(item.into()))).collect::<Result<_, _>>().map(Self)
            }
            one => class(one).map(|class| Self(vec![class])),
        }
    }
}

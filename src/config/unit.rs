//! Durations and sizes as operators write them: a number and a unit.
//!
//! A bare number is refused: nobody remembers whether a 30 is seconds or milliseconds.

use std::time::Duration;

/// Why a text is no duration or size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UnitError {
    /// No number in front.
    #[error("does not begin with a number")]
    Number,
    /// A number alone.
    #[error("has no unit")]
    NoUnit,
    /// A unit that we do not know.
    #[error("has a unit that is not known")]
    Unit,
    /// Beyond what can be counted.
    #[error("is too large")]
    TooLarge,
}

const DURATIONS: &[(&str, u64)] = &[
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];
const DURATION_WORDS: &[(&str, &str)] = &[
    ("µs", "us"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
];
const SIZES: &[(&str, u64)] = &[
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

/// `"500ms"`, `"5s"`, `"15m"`, `"1h"`; `"0"` and `"off"` are `None`.
pub fn duration(text: &str) -> Result<Option<Duration>, UnitError> {
    if matches!(text, "0" | "off" | "none" | "never") {
        return Ok(None);
    }
    let (number, unit) = split(text)?;
    let unit = DURATION_WORDS.iter().find(|(word, _)| *word == unit).map_or(unit, |(_, short)| short);
    let scale = DURATIONS.iter().find(|(name, _)| *name == unit).ok_or(UnitError::Unit)?.1;
    let micros = number.checked_mul(scale).ok_or(UnitError::TooLarge)?;
    Ok((micros > 0).then(|| Duration::from_micros(micros)))
}

/// `"64KiB"`, `"16MiB"`, `"100kB"`, in bytes.
pub fn size(text: &str) -> Result<usize, UnitError> {
    if text == "0" {
        return Ok(0);
    }
    let (number, unit) = split(text)?;
    let scale = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or(UnitError::Unit)?.1;
    number.checked_mul(scale).and_then(|bytes| usize::try_from(bytes).ok()).ok_or(UnitError::TooLarge)
}

/// The duration in the largest unit that divides it, `"off"` for none: what [`duration`] reads back.
pub fn show_duration(duration: Option<Duration>) -> String {
    let Some(duration) = duration.filter(|d| d.as_micros() > 0) else { return "off".into() };
    let micros = duration.as_micros();
    let (unit, scale) = DURATIONS
        .iter()
        .rev()
        .filter(|(unit, _)| *unit != "d")
        .find(|(_, scale)| micros % u128::from(*scale) == 0)
        .copied()
        .unwrap_or(("us", 1));
    format!("{}{unit}", micros / u128::from(scale))
}

/// The size in the largest binary unit that divides it: what [`size`] reads back.
pub fn show_size(bytes: usize) -> String {
    match bytes {
        0 => "0".into(),
        b if b % (1 << 30) == 0 => format!("{}GiB", b >> 30),
        b if b % (1 << 20) == 0 => format!("{}MiB", b >> 20),
        b if b % (1 << 10) == 0 => format!("{}KiB", b >> 10),
        b => format!("{b}B"),
    }
}

fn split(text: &str) -> Result<(u64, &str), UnitError> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(UnitError::Number);
    }
    match unit.trim_start() {
        "" => Err(UnitError::NoUnit),
        unit => Ok((number.parse().map_err(|_| UnitError::TooLarge)?, unit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_operators_write() {
        assert_eq!(duration("500ms"), Ok(Some(Duration::from_millis(500))));
        assert_eq!(duration("15m"), Ok(Some(Duration::from_secs(900))));
        assert_eq!(duration("2 hours"), Ok(Some(Duration::from_secs(7200))));
        assert_eq!(duration("off"), Ok(None));
        assert_eq!(duration("0"), Ok(None));
        assert_eq!(duration("0s"), Ok(None));
        assert_eq!(duration("30"), Err(UnitError::NoUnit));
        assert_eq!(duration("-5s"), Err(UnitError::Number));
        assert_eq!(duration("5parsecs"), Err(UnitError::Unit));
        assert_eq!(duration("99999999999999999d"), Err(UnitError::TooLarge));
        assert_eq!(size("64KiB"), Ok(65536));
        assert_eq!(size("100kb"), Ok(100_000));
        assert_eq!(size("64"), Err(UnitError::NoUnit));
    }

    proptest! {
        #[test]
        fn a_shown_duration_reads_back(micros in 0u64..1_000_000_000_000_000) {
            let value = Some(Duration::from_micros(micros)).filter(|d| !d.is_zero());
            prop_assert_eq!(duration(&show_duration(value)), Ok(value));
        }

        #[test]
        fn a_shown_size_reads_back(bytes in 0usize..(1 << 44)) {
            prop_assert_eq!(size(&show_size(bytes)), Ok(bytes));
        }

        #[test]
        fn every_unit_scales(number in 1u64..1_000_000, unit in 0usize..6) {
            let (name, scale) = DURATIONS[unit];
            let expected = Duration::from_micros(number * scale);
            prop_assert_eq!(duration(&format!("{number}{name}")), Ok(Some(expected)));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = duration(&text);
            let _ = size(&text);
        }
    }
}

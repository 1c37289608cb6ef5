//! Positions in the write-ahead log, as `pg_lsn` has them (PostgreSQL documentation, 8.20).

use std::fmt;
use std::str::FromStr;

/// A byte position in the write-ahead log; `16/B374D848` parses and displays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Lsn(pub u64);

/// A text is no position: two hexadecimal numbers of up to 32 bits with a slash between are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a position in the WAL is two hexadecimal numbers, as in 16/B374D848")]
pub struct LsnError;

impl Lsn {
    /// Bytes from `earlier` to here; 0 if it is not earlier.
    pub fn bytes_since(self, earlier: Lsn) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

impl FromStr for Lsn {
    type Err = LsnError;

    fn from_str(text: &str) -> Result<Self, LsnError> {
        let (high, low) = text.split_once('/').ok_or(LsnError)?;
        Ok(Self(half(high)? << 32 | half(low)?))
    }
}

fn half(text: &str) -> Result<u64, LsnError> {
    // `from_str_radix` takes a sign, which PostgreSQL does not.
    let fits = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !fits {
        return Err(LsnError);
    }
    u64::from_str_radix(text, 16).map_err(|_| LsnError)
}

/// How a server lays out its WAL, for positions that differ only by a page's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Layout {
    /// `wal_block_size`, bytes.
    pub(super) page: u64,
    /// `wal_segment_size`, bytes.
    pub(super) segment: u64,
}

impl Layout {
    /// Headers of a page and of a segment's first page (`XLogPageHeaderData`, `XLogLongPageHeaderData`).
    const SHORT: u64 = 24;
    const LONG: u64 = 40;

    /// The end of the last record before a position at which the next one is to begin.
    ///
    /// When a record ends where a page ends, the primary's insert position lies behind the next page's header,
    /// and a replica that has replayed everything says the end of the page. No record ends within a header,
    /// so that nothing lies between the two.
    pub(super) fn end_before(self, position: Lsn) -> Lsn {
        let header = match position.0 {
            at if self.segment > 0 && at % self.segment == Self::LONG => Self::LONG,
            at if self.page > 0 && at % self.page == Self::SHORT => Self::SHORT,
            _ => 0,
        };
        Lsn(position.0 - header)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAYOUT: Layout = Layout { page: 8192, segment: 16 << 20 };

    proptest! {
        #[test]
        fn what_displays_parses(position: u64) {
            prop_assert_eq!(Lsn(position).to_string().parse(), Ok(Lsn(position)));
        }

        #[test]
        fn any_text_is_a_position_or_an_error(text in ".{0,20}") {
            if let Ok(lsn) = text.parse::<Lsn>() {
                prop_assert_eq!(lsn.to_string().parse(), Ok(lsn));
            }
        }

        #[test]
        fn the_end_of_a_record_is_never_behind_its_successor(position: u64) {
            let end = LAYOUT.end_before(Lsn(position));
            prop_assert!(end <= Lsn(position));
            prop_assert!(position - end.0 <= Layout::LONG);
        }
    }

    #[test]
    fn only_what_postgresql_takes_parses() {
        assert_eq!("16/B374D848".parse(), Ok(Lsn(0x16_B374_D848)));
        assert_eq!("0/0".parse(), Ok(Lsn(0)));
        assert_eq!("16/b374d848".parse::<Lsn>().map(|l| l.to_string()).as_deref(), Ok("16/B374D848"));
        for wrong in ["", "/", "1", "1/", "/1", "+1/1", "1/-1", "1/123456789", "g/1", "1/1/1", " 1/1"] {
            assert_eq!(wrong.parse::<Lsn>(), Err(LsnError), "{wrong}");
        }
    }

    #[test]
    fn a_header_is_no_distance() {
        assert_eq!(LAYOUT.end_before(Lsn(3 * 8192 + 24)), Lsn(3 * 8192));
        assert_eq!(LAYOUT.end_before(Lsn((32 << 20) + 40)), Lsn(32 << 20));
        assert_eq!(LAYOUT.end_before(Lsn(3 * 8192 + 40)), Lsn(3 * 8192 + 40));
        assert_eq!(LAYOUT.end_before(Lsn(3 * 8192 + 32)), Lsn(3 * 8192 + 32));
    }
}

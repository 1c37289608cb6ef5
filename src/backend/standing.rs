//! What a server is to others, in one word of memory: health, role and timeline are never read apart.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// What `pg_is_in_recovery()` said last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Role {
    /// Nobody could ask it yet: it is what the configuration says.
    #[default]
    Unknown,
    /// It takes writes.
    Primary,
    /// It replays somebody's WAL.
    Replica,
}

/// What a server is configured to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Configured {
    /// The primary, until it says otherwise.
    Primary,
    /// A replica, until it says otherwise.
    Replica,
    /// One of `hosts`: its role is to be found.
    #[default]
    Find,
}

/// Whether a server answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Health {
    /// It has not been asked yet.
    #[default]
    Untried,
    /// It answers, if only to say that pgweir may not log in.
    Up,
    /// It refuses connections, does not answer in time, or is starting or stopping.
    Down,
    /// It is not configured any more, and not asked.
    Retired,
}

/// Health, role and timeline of one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// Whether it answers.
    pub health: Health,
    /// What it said last that it is; kept while it is down.
    pub role: Role,
    /// The timeline that it was last seen on; 0 is unknown.
    pub timeline: u32,
}

impl Role {
    /// In a word, for tables and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Primary => "primary",
            Self::Replica => "replica",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Health {
    /// In a word, for tables and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untried => "untried",
            Self::Up => "up",
            Self::Down => "down",
            Self::Retired => "retired",
        }
    }
}

/// A [`Standing`] that many read and few write.
#[derive(Debug, Default)]
pub(super) struct AtomicStanding(AtomicU64);

impl AtomicStanding {
    pub(super) fn load(&self) -> Standing {
        unpack(self.0.load(Ordering::Acquire))
    }

    /// Returns the one before.
    pub(super) fn swap(&self, standing: Standing) -> Standing {
        unpack(self.0.swap(pack(standing), Ordering::AcqRel))
    }
}

fn pack(standing: Standing) -> u64 {
    let health = match standing.health {
        Health::Untried => 0,
        Health::Up => 1,
        Health::Down => 2,
        Health::Retired => 3,
    };
    let role = match standing.role {
        Role::Unknown => 0,
        Role::Primary => 1,
        Role::Replica => 2,
    };
    u64::from(standing.timeline) << 32 | role << 2 | health
}

fn unpack(word: u64) -> Standing {
    let health = match word & 3 {
        0 => Health::Untried,
        1 => Health::Up,
        2 => Health::Down,
        _ => Health::Retired,
    };
    let role = match word >> 2 & 3 {
        1 => Role::Primary,
        2 => Role::Replica,
        _ => Role::Unknown,
    };
    Standing { health, role, timeline: (word >> 32) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_survives_its_word() {
        let atomic = AtomicStanding::default();
        assert_eq!(atomic.load(), Standing::default());
        for health in [Health::Untried, Health::Up, Health::Down, Health::Retired] {
            for role in [Role::Unknown, Role::Primary, Role::Replica] {
                for timeline in [0, 1, u32::MAX] {
                    let standing = Standing { health, role, timeline };
                    atomic.swap(standing);
                    assert_eq!(atomic.load(), standing);
                }
            }
        }
    }
}

//! Whose sequence values `currval` and `lastval` tell on a connection.

use crate::observe::SocketId;

/// Which clients have drawn from sequences on a connection since it last forgot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Drawn {
    /// None: `currval` fails, as it does in a new session.
    #[default]
    Nobody,
    /// This one alone.
    By(SocketId),
    /// Several: whose value it would tell is anybody's guess.
    Several,
}

impl Drawn {
    /// A client may draw.
    #[inline]
    pub fn add(&mut self, client: SocketId) {
        *self = match *self {
            Self::Nobody => Self::By(client),
            Self::By(only) if only == client => return,
            Self::By(_) | Self::Several => Self::Several,
        };
    }

    /// Whether anybody else has drawn.
    #[inline]
    pub fn is_foreign_to(self, client: SocketId) -> bool {
        match self {
            Self::Nobody => false,
            Self::By(only) => only != client,
            Self::Several => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_ones_own_until_somebody_else_draws() {
        let (a, b, mut drawn) = (SocketId(1), SocketId(2), Drawn::default());
        assert!(!drawn.is_foreign_to(a));
        drawn.add(a);
        drawn.add(a);
        assert!(!drawn.is_foreign_to(a) && drawn.is_foreign_to(b));
        drawn.add(b);
        assert!(drawn.is_foreign_to(a) && drawn.is_foreign_to(b));
    }
}

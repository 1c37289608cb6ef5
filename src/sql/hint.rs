//! Hints: what a client asks of the pooler in comments.

/// One hint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hint {
    /// `/* pgweir: pin */`: keep this session's backend.
    Pin,
    /// `/* pgweir: primary */`: run this on the primary.
    Primary,
    /// `/* pgweir: replica */`: run this on a replica.
    Replica,
}

impl Hint {
    /// The hint that a comment is, if it is one.
    pub fn of(comment: &[u8]) -> Option<Self> {
        let inside = comment.strip_prefix(b"/*")?.strip_suffix(b"*/")?;
        match inside.trim_ascii().strip_prefix(b"pgweir:")?.trim_ascii() {
            b"pin" => Some(Self::Pin),
            b"primary" => Some(Self::Primary),
            b"replica" => Some(Self::Replica),
            _ => None,
        }
    }

    /// The comment as documented.
    pub fn comment(self) -> &'static [u8] {
        match self {
            Self::Pin => b"/* pgweir: pin */",
            Self::Primary => b"/* pgweir: primary */",
            Self::Replica => b"/* pgweir: replica */",
        }
    }
}

/// The hints of a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Hints(u8);

impl Hints {
    /// Whether the text has this one.
    pub fn has(self, hint: Hint) -> bool {
        self.0 & 1 << hint as u8 != 0
    }

    /// Adds one.
    pub fn add(&mut self, hint: Hint) {
        self.0 |= 1 << hint as u8;
    }
}

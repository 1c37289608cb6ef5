//! Hints: what a client asks of the pooler in comments.

/// Beside the bits of [`Hints`].
const MISSPELT: u8 = 1 << 7;

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
        let (mark, word) = inside.trim_ascii().split_at_checked(b"pgweir:".len())?;
        let is = |hint: &[u8]| word.trim_ascii().eq_ignore_ascii_case(hint);
        let hints: [(&[u8], _); 3] =
            [(b"pin", Self::Pin), (b"primary", Self::Primary), (b"replica", Self::Replica)];
        let ours = mark.eq_ignore_ascii_case(b"pgweir:");
        hints.into_iter().find(|(hint, _)| ours && is(hint)).map(|(_, hint)| hint)
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

/// Whether a comment speaks to pgweir in words that it does not know.
pub fn is_misspelt(comment: &[u8]) -> bool {
    let inside = comment.strip_prefix(b"/*").and_then(|rest| rest.strip_suffix(b"*/")).unwrap_or_default();
    let ours = inside.trim_ascii().get(..b"pgweir:".len());
    ours.is_some_and(|mark| mark.eq_ignore_ascii_case(b"pgweir:")) && Hint::of(comment).is_none()
}

/// The hints of a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Hints(u8);

impl Hints {
    /// Whether the text has this one.
    pub fn has(self, hint: Hint) -> bool {
        self.0 & 1 << hint as u8 != 0
    }

    /// Whether a comment of the text looks like a hint and is none.
    pub fn has_misspelt(self) -> bool {
        self.0 & MISSPELT != 0
    }

    /// Notes a comment that looks like a hint and is none.
    pub fn add_misspelt(&mut self) {
        self.0 |= MISSPELT;
    }

    /// Adds one.
    pub fn add(&mut self, hint: Hint) {
        self.0 |= 1 << hint as u8;
    }
}

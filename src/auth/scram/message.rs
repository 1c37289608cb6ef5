//! The texts that both halves exchange: comma-separated `x=value` attributes (RFC 5802 section 7).
//!
//! Values are bytes: a client may put a user name of any encoding into a message, and nobody reads it.

/// A message that does not follow the grammar; the text says where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("malformed SCRAM message: {0}")]
pub struct Malformed(pub(super) &'static str);

/// The attributes of a message that are still to be read.
pub(super) struct Attributes<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(message: &'a [u8]) -> Result<Self, Malformed> {
        if message.is_empty() {
            return Err(Malformed("the message is empty"));
        }
        if message.contains(&0) {
            return Err(Malformed("message length does not match input length"));
        }
        Ok(Self { rest: Some(message) })
    }

    /// The value of the next attribute, which must be `name`.
    pub(super) fn expect(&mut self, name: u8, or: &'static str) -> Result<&'a [u8], Malformed> {
        match self.next()? {
            Some((found, value)) if found == name => Ok(value),
            _ => Err(Malformed(or)),
        }
    }

    /// The next attribute, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, Malformed> {
        let Some(rest) = self.rest else { return Ok(None) };
        let (attribute, rest) = split_comma(rest);
        self.rest = rest;
        match attribute {
            [name, b'=', value @ ..] if name.is_ascii_alphabetic() => Ok(Some((*name, value))),
            _ => Err(Malformed("attribute expected")),
        }
    }

    /// Reads over the optional extensions that end a message; both sides must ignore what they do not know.
    pub(super) fn ignore_rest(mut self) -> Result<(), Malformed> {
        while self.next()?.is_some() {}
        Ok(())
    }
}

/// A nonce: printable and not empty (the grammar's `c-nonce`).
pub(super) fn nonce(value: &[u8]) -> Result<&str, Malformed> {
    let printable = !value.is_empty() && value.iter().all(u8::is_ascii_graphic);
    match std::str::from_utf8(value) {
        Ok(text) if printable => Ok(text),
        _ => Err(Malformed("non-printable characters in SCRAM nonce")),
    }
}

/// What the client says about channel binding, the first field of its first message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BindingFlag<'a> {
    /// `n`: cannot.
    Unsupported,
    /// `y`: could, but believes that the server cannot.
    NotOffered,
    /// `p=<type>`: does.
    Used(&'a [u8]),
}

/// A client-first message, taken apart.
pub(super) struct ClientFirstParts<'a> {
    pub(super) flag: BindingFlag<'a>,
    /// `gs2-header` in the grammar: flag and authorisation identity, with both commas.
    pub(super) gs2_header: &'a [u8],
    /// Empty in every message PostgreSQL accepts.
    pub(super) authorization_id: &'a [u8],
    /// Everything after the gs2 header.
    pub(super) bare: &'a [u8],
}

impl<'a> ClientFirstParts<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        const SHORT: Malformed = Malformed("the gs2 header is incomplete");
        Attributes::new(message)?;
        let (flag, rest) = split_comma(message);
        let (authorization_id, bare) = split_comma(rest.ok_or(SHORT)?);
        let bare = bare.ok_or(SHORT)?;
        let flag = match flag {
            b"n" => BindingFlag::Unsupported,
            b"y" => BindingFlag::NotOffered,
            [b'p', b'=', kind @ ..] => BindingFlag::Used(kind),
            _ => return Err(Malformed("unexpected channel-binding flag")),
        };
        let gs2_header = &message[..message.len() - bare.len()];
        Ok(Self { flag, gs2_header, authorization_id, bare })
    }
}

/// A client-final message cut before its last attribute, the proof (base64, hence without a comma).
pub(super) fn split_proof(message: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let at = message.windows(3).rposition(|w| w == b",p=").ok_or(Malformed("proof expected"))?;
    Ok((&message[..at], &message[at + 3..]))
}

fn split_comma(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|b| *b == b',') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

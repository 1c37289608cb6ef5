//! ErrorResponse and NoticeResponse: SQLSTATEs, our own errors, and views of the backend's.

use std::borrow::Cow;
use std::fmt;

use bytes::{BufMut, BytesMut};

use super::{cstr, encode, server};

/// A five-character SQLSTATE (PostgreSQL documentation, appendix "Error Codes").
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlState(pub [u8; 5]);

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl SqlState { $($(#[$doc])* pub const $name: Self = Self(*$code);)* }
    };
}

states! {
    /// connection_exception
    CONNECTION_EXCEPTION = b"08000";
    /// sqlclient_unable_to_establish_sqlconnection
    UNABLE_TO_CONNECT = b"08001";
    /// connection_failure
    CONNECTION_FAILURE = b"08006";
    /// transaction_resolution_unknown
    UNKNOWN_OUTCOME = b"08007";
    /// protocol_violation
    PROTOCOL_VIOLATION = b"08P01";
    /// feature_not_supported
    FEATURE_NOT_SUPPORTED = b"0A000";
    /// undefined_object
    UNDEFINED_OBJECT = b"42704";
    /// invalid_parameter_value
    INVALID_PARAMETER_VALUE = b"22023";
    /// read_only_sql_transaction
    READ_ONLY_TRANSACTION = b"25006";
    /// idle_in_transaction_session_timeout
    IDLE_IN_TRANSACTION_TIMEOUT = b"25P03";
    /// transaction_timeout
    TRANSACTION_TIMEOUT = b"25P04";
    /// invalid_sql_statement_name
    INVALID_STATEMENT_NAME = b"26000";
    /// invalid_authorization_specification
    INVALID_AUTHORIZATION = b"28000";
    /// invalid_password
    INVALID_PASSWORD = b"28P01";
    /// invalid_catalog_name
    UNKNOWN_DATABASE = b"3D000";
    /// read_only_sql_transaction
    READ_ONLY_SQL_TRANSACTION = b"25006";
    /// serialization_failure
    SERIALIZATION_FAILURE = b"40001";
    /// deadlock_detected
    DEADLOCK = b"40P01";
    /// insufficient_privilege
    INSUFFICIENT_PRIVILEGE = b"42501";
    /// syntax_error
    SYNTAX_ERROR = b"42601";
    /// duplicate_prepared_statement
    DUPLICATE_STATEMENT = b"42P05";
    /// too_many_connections
    TOO_MANY_CONNECTIONS = b"53300";
    /// program_limit_exceeded
    LIMIT_EXCEEDED = b"54000";
    /// object_not_in_prerequisite_state
    NOT_IN_STATE = b"55000";
    /// query_canceled
    QUERY_CANCELED = b"57014";
    /// admin_shutdown
    ADMIN_SHUTDOWN = b"57P01";
    /// crash_shutdown
    CRASH_SHUTDOWN = b"57P02";
    /// cannot_connect_now
    CANNOT_CONNECT_NOW = b"57P03";
    /// idle_session_timeout
    IDLE_SESSION_TIMEOUT = b"57P05";
    /// internal_error
    INTERNAL_ERROR = b"XX000";
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How bad it is, in the words of the protocol's `S` and `V` fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The statement failed; the session goes on.
    Error,
    /// The session ends.
    Fatal,
    /// Only said (NoticeResponse).
    Notice,
    /// Only said, but worth a look (NoticeResponse).
    Warning,
}

impl Severity {
    /// The untranslated word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
        }
    }
}

/// An error or a notice of our own, ready to be encoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// How bad it is.
    pub severity: Severity,
    /// The SQLSTATE that PostgreSQL would use.
    pub state: SqlState,
    /// One line.
    pub message: Cow<'static, str>,
    /// What exactly, if there is more to say.
    pub detail: Option<Cow<'static, str>>,
    /// What to change.
    pub hint: Option<Cow<'static, str>>,
}

impl Report {
    /// An error that the session survives.
    pub fn error(state: SqlState, message: impl Into<Cow<'static, str>>) -> Self {
        Self { severity: Severity::Error, state, message: message.into(), detail: None, hint: None }
    }

    /// An error that ends the session.
    pub fn fatal(state: SqlState, message: impl Into<Cow<'static, str>>) -> Self {
        Self { severity: Severity::Fatal, ..Self::error(state, message) }
    }

    /// A notice.
    pub fn notice(state: SqlState, message: impl Into<Cow<'static, str>>) -> Self {
        Self { severity: Severity::Notice, ..Self::error(state, message) }
    }

    /// Adds a DETAIL.
    #[must_use]
    pub fn detail(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// Adds a HINT.
    #[must_use]
    pub fn hint(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// Appends the frame: ErrorResponse, or NoticeResponse for notices and warnings.
    pub fn encode(&self, out: &mut BytesMut) {
        let tag = match self.severity {
            Severity::Error | Severity::Fatal => server::ERROR_RESPONSE,
            Severity::Notice | Severity::Warning => server::NOTICE_RESPONSE,
        };
        encode::frame(out, tag, |out| {
            let severity = self.severity.as_str().as_bytes();
            put(out, b'S', severity);
            put(out, b'V', severity);
            put(out, b'C', &self.state.0);
            put(out, b'M', self.message.as_bytes());
            for (field, text) in [(b'D', &self.detail), (b'H', &self.hint)] {
                if let Some(text) = text {
                    put(out, field, text.as_bytes());
                }
            }
            out.put_u8(0);
        });
    }
}

fn put(out: &mut BytesMut, field: u8, text: &[u8]) {
    out.put_u8(field);
    out.extend(text.iter().filter(|b| **b != 0));
    out.put_u8(0);
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.severity.as_str(), self.message, self.state)?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

/// The fields of a backend's ErrorResponse or NoticeResponse, borrowed from its body.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Views a body; unknown fields are kept, a cut one ends the list.
    pub fn view(body: &'a [u8]) -> Self {
        Self(body)
    }

    /// The first field of type `tag`, for instance `C` or `M`.
    pub fn get(&self, tag: u8) -> Option<&'a [u8]> {
        self.iter().find(|(field, _)| *field == tag).map(|(_, text)| text)
    }

    /// Every (type, text) in order.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &'a [u8])> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (tag, body) = rest.split_first().filter(|(tag, _)| **tag != 0)?;
            let (text, tail) = cstr(body)?;
            rest = tail;
            Some((*tag, text))
        })
    }

    /// The SQLSTATE.
    pub fn state(&self) -> Option<SqlState> {
        self.get(b'C').and_then(|code| code.try_into().ok()).map(SqlState)
    }

    /// Whether the backend says that the session ends (untranslated severity FATAL or PANIC).
    pub fn is_fatal(&self) -> bool {
        matches!(self.get(b'V').or(self.get(b'S')), Some(b"FATAL" | b"PANIC"))
    }

    /// The message, with bytes that are not UTF-8 replaced: for logs only.
    pub fn message(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.get(b'M').unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encodes_what_it_views() {
        let mut out = BytesMut::new();
        Report::fatal(SqlState::TOO_MANY_CONNECTIONS, "sorry").hint("raise it").encode(&mut out);
        assert_eq!(&out[..], b"E\0\0\0\x2bSFATAL\0VFATAL\0C53300\0Msorry\0Hraise it\0\0");
        let fields = Fields::view(&out[5..]);
        assert_eq!(fields.state(), Some(SqlState::TOO_MANY_CONNECTIONS));
        assert!(fields.is_fatal());
        assert_eq!(fields.message(), "sorry");
    }

    #[test]
    fn a_nul_in_a_text_cannot_break_the_frame() {
        let mut out = BytesMut::new();
        Report::error(SqlState::SYNTAX_ERROR, "a\0b".to_owned()).encode(&mut out);
        assert_eq!(Fields::view(&out[5..]).message(), "ab");
    }

    proptest! {
        #[test]
        fn views_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let fields = Fields::view(&bytes);
            let _ = (fields.state(), fields.is_fatal(), fields.message(), fields.iter().count());
        }
    }
}

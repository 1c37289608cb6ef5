//! Builders for the frames of both sides, and [`Frame`], one that was read.
//!
//! Written against the message formats of PostgreSQL's protocol documentation, and on purpose without
//! `pgweir::wire`, so that a mistake there cannot hide itself.

/// A tagged message as read from a socket.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// The message type.
    pub tag: u8,
    /// What follows the length.
    pub body: Vec<u8>,
}

impl Frame {
    /// The frame as it was on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        frame(self.tag, &self.body)
    }

    /// A field of an ErrorResponse or NoticeResponse, by its code: `b'C'` is the SQLSTATE.
    pub fn field(&self, code: u8) -> Option<String> {
        let found = self.body.split(|&b| b == 0).find(|f| f.first() == Some(&code))?;
        Some(String::from_utf8_lossy(&found[1..]).into_owned())
    }

    /// The values of a DataRow.
    pub fn columns(&self) -> Vec<Option<Vec<u8>>> {
        assert_eq!(self.tag, b'D', "a DataRow, not {self:?}");
        let mut rest = &self.body[2..];
        let count = i16::from_be_bytes([self.body[0], self.body[1]]);
        let mut next = || {
            let len = i32::from_be_bytes(rest[..4].try_into().unwrap());
            rest = &rest[4..];
            let value = usize::try_from(len).ok().map(|n| rest[..n].to_vec());
            rest = &rest[value.as_ref().map_or(0, Vec::len)..];
            value
        };
        (0..count).map(|_| next()).collect()
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = &self.body[..self.body.len().min(200)];
        write!(f, "{}[{}]({})", self.tag as char, self.body.len(), shown.escape_ascii())
    }
}

/// The tags of `frames` as text: `"12DCZ"`.
pub fn tags(frames: &[Frame]) -> String {
    frames.iter().map(|f| f.tag as char).collect()
}

/// A tagged frame.
pub fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend((body.len() as i32 + 4).to_be_bytes());
    out.extend(body);
    out
}

/// An untagged frame of the startup phase: `code`, then `body`.
pub fn untagged(code: i32, body: &[u8]) -> Vec<u8> {
    let mut out = (body.len() as i32 + 8).to_be_bytes().to_vec();
    out.extend(code.to_be_bytes());
    out.extend(body);
    out
}

/// Texts, each with its NUL.
pub fn strings(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|t| [t.as_bytes(), b"\0"].concat()).collect()
}

/// SSLRequest.
pub fn ssl_request() -> Vec<u8> {
    untagged(80_877_103, b"")
}

/// GSSENCRequest.
pub fn gssenc_request() -> Vec<u8> {
    untagged(80_877_104, b"")
}

/// CancelRequest.
pub fn cancel_request(pid: i32, key: &[u8]) -> Vec<u8> {
    untagged(80_877_102, &[&pid.to_be_bytes(), key].concat())
}

/// StartupMessage of protocol 3.0.
pub fn startup(parameters: &[(&str, &str)]) -> Vec<u8> {
    startup_version(3 << 16, parameters)
}

/// StartupMessage of any version: 3.2 is `3 << 16 | 2`.
pub fn startup_version(version: i32, parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body: Vec<u8> = parameters.iter().flat_map(|(k, v)| strings(&[k, v])).collect();
    body.push(0);
    untagged(version, &body)
}

/// Query.
pub fn query(sql: &str) -> Vec<u8> {
    frame(b'Q', &strings(&[sql]))
}

/// Parse, with the types of its parameters.
pub fn parse(name: &str, sql: &str, types: &[u32]) -> Vec<u8> {
    let mut body = strings(&[name, sql]);
    body.extend((types.len() as i16).to_be_bytes());
    types.iter().for_each(|oid| body.extend(oid.to_be_bytes()));
    frame(b'P', &body)
}

/// Bind with values and results as text.
pub fn bind(portal: &str, statement: &str, values: &[Option<&[u8]>]) -> Vec<u8> {
    let mut body = strings(&[portal, statement]);
    body.extend(0i16.to_be_bytes());
    body.extend(row(values));
    body.extend(0i16.to_be_bytes());
    frame(b'B', &body)
}

/// Describe of a statement.
pub fn describe_statement(name: &str) -> Vec<u8> {
    frame(b'D', &[b"S", strings(&[name]).as_slice()].concat())
}

/// Describe of a portal.
pub fn describe_portal(name: &str) -> Vec<u8> {
    frame(b'D', &[b"P", strings(&[name]).as_slice()].concat())
}

/// Execute; 0 rows is no limit.
pub fn execute(portal: &str, limit: i32) -> Vec<u8> {
    frame(b'E', &[strings(&[portal]).as_slice(), &limit.to_be_bytes()].concat())
}

/// Close of a statement.
pub fn close_statement(name: &str) -> Vec<u8> {
    frame(b'C', &[b"S", strings(&[name]).as_slice()].concat())
}

/// Close of a portal.
pub fn close_portal(name: &str) -> Vec<u8> {
    frame(b'C', &[b"P", strings(&[name]).as_slice()].concat())
}

/// Sync.
pub fn sync() -> Vec<u8> {
    frame(b'S', b"")
}

/// Flush.
pub fn flush() -> Vec<u8> {
    frame(b'H', b"")
}

/// Terminate.
pub fn terminate() -> Vec<u8> {
    frame(b'X', b"")
}

/// PasswordMessage.
pub fn password_message(password: &str) -> Vec<u8> {
    frame(b'p', &strings(&[password]))
}

/// CopyData.
pub fn copy_data(data: &[u8]) -> Vec<u8> {
    frame(b'd', data)
}

/// CopyDone.
pub fn copy_done() -> Vec<u8> {
    frame(b'c', b"")
}

/// CopyFail.
pub fn copy_fail(why: &str) -> Vec<u8> {
    frame(b'f', &strings(&[why]))
}

/// AuthenticationOk.
pub fn auth_ok() -> Vec<u8> {
    frame(b'R', &0i32.to_be_bytes())
}

/// AuthenticationCleartextPassword.
pub fn auth_cleartext() -> Vec<u8> {
    frame(b'R', &3i32.to_be_bytes())
}

/// ParameterStatus.
pub fn parameter_status(name: &str, value: &str) -> Vec<u8> {
    frame(b'S', &strings(&[name, value]))
}

/// BackendKeyData.
pub fn backend_key(pid: i32, key: &[u8]) -> Vec<u8> {
    frame(b'K', &[&pid.to_be_bytes(), key].concat())
}

/// ReadyForQuery: `b'I'`, `b'T'` or `b'E'`.
pub fn ready(status: u8) -> Vec<u8> {
    frame(b'Z', &[status])
}

/// CommandComplete.
pub fn complete(tag: &str) -> Vec<u8> {
    frame(b'C', &strings(&[tag]))
}

/// RowDescription of text columns.
pub fn row_description(names: &[&str]) -> Vec<u8> {
    let mut body = (names.len() as i16).to_be_bytes().to_vec();
    for name in names {
        body.extend(strings(&[name]));
        body.extend(0u32.to_be_bytes());
        body.extend(0i16.to_be_bytes());
        body.extend(25u32.to_be_bytes());
        body.extend((-1i16).to_be_bytes());
        body.extend((-1i32).to_be_bytes());
        body.extend(0i16.to_be_bytes());
    }
    frame(b'T', &body)
}

/// DataRow.
pub fn data_row(values: &[Option<&[u8]>]) -> Vec<u8> {
    frame(b'D', &row(values))
}

/// ParameterDescription.
pub fn parameter_description(types: &[u32]) -> Vec<u8> {
    let mut body = (types.len() as i16).to_be_bytes().to_vec();
    types.iter().for_each(|oid| body.extend(oid.to_be_bytes()));
    frame(b't', &body)
}

/// ParseComplete.
pub fn parse_complete() -> Vec<u8> {
    frame(b'1', b"")
}

/// BindComplete.
pub fn bind_complete() -> Vec<u8> {
    frame(b'2', b"")
}

/// CloseComplete.
pub fn close_complete() -> Vec<u8> {
    frame(b'3', b"")
}

/// NoData.
pub fn no_data() -> Vec<u8> {
    frame(b'n', b"")
}

/// ErrorResponse.
pub fn error(severity: &str, sqlstate: &str, message: &str) -> Vec<u8> {
    frame(b'E', &report(severity, sqlstate, message))
}

/// NoticeResponse.
pub fn notice(severity: &str, sqlstate: &str, message: &str) -> Vec<u8> {
    frame(b'N', &report(severity, sqlstate, message))
}

/// NotificationResponse.
pub fn notification(pid: i32, channel: &str, payload: &str) -> Vec<u8> {
    frame(b'A', &[&pid.to_be_bytes(), strings(&[channel, payload]).as_slice()].concat())
}

/// CopyInResponse (`b'G'`), CopyOutResponse (`b'H'`) or CopyBothResponse (`b'W'`), text, `columns` wide.
pub fn copy_response(tag: u8, columns: i16) -> Vec<u8> {
    let mut body = vec![0];
    body.extend(columns.to_be_bytes());
    (0..columns).for_each(|_| body.extend(0i16.to_be_bytes()));
    frame(tag, &body)
}

fn report(severity: &str, sqlstate: &str, message: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (code, text) in [(b'S', severity), (b'V', severity), (b'C', sqlstate), (b'M', message)] {
        body.push(code);
        body.extend(strings(&[text]));
    }
    body.push(0);
    body
}

fn row(values: &[Option<&[u8]>]) -> Vec<u8> {
    let mut body = (values.len() as i16).to_be_bytes().to_vec();
    for value in values {
        body.extend(value.map_or(-1, |v| v.len() as i32).to_be_bytes());
        body.extend(value.unwrap_or_default());
    }
    body
}

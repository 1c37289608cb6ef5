//! What backends send: type bytes, and views of the few messages that are looked into.

use super::{Malformed, cstr};

/// Authentication*.
pub const AUTHENTICATION: u8 = b'R';
/// BackendKeyData.
pub const BACKEND_KEY_DATA: u8 = b'K';
/// ParameterStatus.
pub const PARAMETER_STATUS: u8 = b'S';
/// ReadyForQuery.
pub const READY_FOR_QUERY: u8 = b'Z';
/// ErrorResponse.
pub const ERROR_RESPONSE: u8 = b'E';
/// NoticeResponse.
pub const NOTICE_RESPONSE: u8 = b'N';
/// NotificationResponse.
pub const NOTIFICATION_RESPONSE: u8 = b'A';
/// NegotiateProtocolVersion.
pub const NEGOTIATE_PROTOCOL_VERSION: u8 = b'v';
/// ParseComplete.
pub const PARSE_COMPLETE: u8 = b'1';
/// BindComplete.
pub const BIND_COMPLETE: u8 = b'2';
/// CloseComplete.
pub const CLOSE_COMPLETE: u8 = b'3';
/// CommandComplete.
pub const COMMAND_COMPLETE: u8 = b'C';
/// EmptyQueryResponse.
pub const EMPTY_QUERY_RESPONSE: u8 = b'I';
/// PortalSuspended.
pub const PORTAL_SUSPENDED: u8 = b's';
/// RowDescription.
pub const ROW_DESCRIPTION: u8 = b'T';
/// ParameterDescription.
pub const PARAMETER_DESCRIPTION: u8 = b't';
/// NoData.
pub const NO_DATA: u8 = b'n';
/// DataRow.
pub const DATA_ROW: u8 = b'D';
/// CopyInResponse.
pub const COPY_IN_RESPONSE: u8 = b'G';
/// CopyOutResponse.
pub const COPY_OUT_RESPONSE: u8 = b'H';
/// CopyBothResponse.
pub const COPY_BOTH_RESPONSE: u8 = b'W';
/// CopyData.
pub const COPY_DATA: u8 = b'd';
/// CopyDone.
pub const COPY_DONE: u8 = b'c';
/// FunctionCallResponse.
pub const FUNCTION_CALL_RESPONSE: u8 = b'V';

/// The transaction status of ReadyForQuery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransactionStatus {
    /// `I`: not in a transaction block.
    Idle,
    /// `T`: in a transaction block.
    Active,
    /// `E`: in a failed transaction block.
    Failed,
}

impl TransactionStatus {
    /// Views a ReadyForQuery body.
    ///
    /// # Errors
    /// Anything but one of the three letters.
    #[inline]
    pub fn view(body: &[u8]) -> Result<Self, Malformed> {
        match body {
            b"I" => Ok(Self::Idle),
            b"T" => Ok(Self::Active),
            b"E" => Ok(Self::Failed),
            _ => Err(Malformed::Truncated(READY_FOR_QUERY)),
        }
    }
}

/// Views a ParameterStatus body: name and value.
///
/// # Errors
/// A missing NUL.
pub fn parameter_status(body: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let cut = Malformed::Truncated(PARAMETER_STATUS);
    let (name, rest) = cstr(body).ok_or(cut)?;
    let (value, _) = cstr(rest).ok_or(cut)?;
    Ok((name, value))
}

/// The command tag of a CommandComplete body, without its NUL.
pub fn command_tag(body: &[u8]) -> &[u8] {
    cstr(body).map_or(body, |(tag, _)| tag)
}

/// The columns of a DataRow in text format.
///
/// # Errors
/// Lengths that lie.
pub fn texts(body: &[u8]) -> Result<Vec<Option<String>>, Malformed> {
    let cut = Malformed::Truncated(DATA_ROW);
    let (count, mut rest) = body.split_first_chunk::<2>().ok_or(cut)?;
    let mut columns = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let (len, behind) = rest.split_first_chunk::<4>().ok_or(cut)?;
        rest = behind;
        let Ok(len) = usize::try_from(i32::from_be_bytes(*len)) else {
            columns.push(None);
            continue;
        };
        let value = rest.get(..len).ok_or(cut)?;
        rest = &rest[len..];
        columns.push(Some(String::from_utf8_lossy(value).into_owned()));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_row() {
        let row = b"\0\x03\0\0\0\x02ab\xff\xff\xff\xff\0\0\0\0";
        assert_eq!(texts(row), Ok(vec![Some("ab".into()), None, Some(String::new())]));
        for cut in 0..row.len() {
            assert!(texts(&row[..cut]).is_err(), "{cut}");
        }
    }
}

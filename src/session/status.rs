//! What a client's session tells about itself: plain data, read by `admin`.

use std::time::SystemTime;

use crate::observe::SocketStatus;

/// What a client does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ClientState {
    /// Not logged in yet.
    Login,
    /// Bound to a connection.
    Active,
    /// Logged in, nothing asked.
    Idle,
    /// Waiting for a connection.
    Waiting,
    /// A cancel request on its way to the backend.
    ActiveCancelReq,
    /// A cancel request not sent yet.
    WaitingCancelReq,
}

impl ClientState {
    /// The column's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Waiting => "waiting",
            Self::ActiveCancelReq => "active_cancel_req",
            Self::WaitingCancelReq => "waiting_cancel_req",
        }
    }
}

/// Why a session keeps its backend beyond its transactions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PinStatus {
    /// What was left on the backend.
    pub reason: String,
    /// The statement that began it, without its constants.
    pub statement: String,
    /// Since when.
    pub since: SystemTime,
}

/// One client.
#[derive(Clone, PartialEq, Debug)]
pub struct ClientStatus {
    /// What it shares with servers.
    pub socket: SocketStatus,
    /// What it does.
    pub state: ClientState,
    /// Why it keeps its backend, if it does.
    pub pin: Option<PinStatus>,
}

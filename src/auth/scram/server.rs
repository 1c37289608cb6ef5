//! The server half: proves a client to us.

use subtle::ConstantTimeEq;

use super::message::{Attributes, BindingFlag, ClientFirstParts, Malformed, nonce, split_proof};
use super::{Candidate, Keys, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, Verifier, crypto};
use crate::wire::error::SqlState;

/// What a client did wrong. Where PostgreSQL has a message for it, it is that message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ClientFault {
    /// Grammar.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A mechanism that was not offered.
    #[error("client selected an invalid SASL authentication mechanism")]
    Mechanism,
    /// `a=` or `m=`, which PostgreSQL does not support either.
    #[error("client requires an unsupported SCRAM extension")]
    Unsupported,
    /// The gs2 flag contradicts the mechanism.
    #[error("the SCRAM channel-binding flag does not fit the selected mechanism")]
    Flag,
    /// A binding other than tls-server-end-point.
    #[error("unsupported SCRAM channel-binding type")]
    BindingType,
    /// `y` although we offered -PLUS: somebody in between removed it.
    #[error("SCRAM channel binding negotiation error")]
    Downgrade,
    /// The client saw another certificate than ours, or changed its gs2 header.
    #[error("SCRAM channel binding check failed")]
    Binding,
    /// The nonce of the final message is not the one of the challenge.
    #[error("invalid SCRAM response: nonce does not match")]
    Nonce,
    /// A wrong password, or no such user: the two are not to be told apart.
    #[error("password authentication failed")]
    Denied,
}

impl ClientFault {
    /// The SQLSTATE that PostgreSQL gives it.
    pub fn sqlstate(&self) -> SqlState {
        match self {
            Self::Malformed(_) | Self::Mechanism | Self::Flag | Self::BindingType | Self::Nonce => {
                SqlState::PROTOCOL_VIOLATION
            }
            Self::Unsupported => SqlState::FEATURE_NOT_SUPPORTED,
            Self::Downgrade | Self::Binding => SqlState::INVALID_AUTHORIZATION,
            Self::Denied => SqlState::INVALID_PASSWORD,
        }
    }
}

/// An exchange that has not begun: what to offer in AuthenticationSASL.
#[derive(Debug)]
pub struct Server {
    candidate: Candidate,
    binding: Option<Vec<u8>>,
}

impl Server {
    /// `binding` is the `tls-server-end-point` hash (RFC 5929) of the certificate shown to this client,
    /// if the connection has one.
    pub fn new(candidate: Candidate, binding: Option<&[u8]>) -> Self {
        Self { candidate, binding: binding.map(<[u8]>::to_vec) }
    }

    /// The mechanisms to offer, best first.
    pub fn mechanisms(&self) -> &'static [&'static str] {
        match self.binding {
            Some(_) => &[SCRAM_SHA_256_PLUS, SCRAM_SHA_256],
            None => &[SCRAM_SHA_256],
        }
    }

    /// Takes the SASLInitialResponse: its mechanism and the client-first message in it.
    pub fn client_first(self, mechanism: &str, message: &[u8]) -> Result<Challenged, ClientFault> {
        self.challenge(mechanism, message, &crypto::nonce())
    }

    pub(super) fn challenge(
        self,
        mechanism: &str,
        message: &[u8],
        server_nonce: &str,
    ) -> Result<Challenged, ClientFault> {
        if !self.mechanisms().contains(&mechanism) {
            return Err(ClientFault::Mechanism);
        }
        let parts = ClientFirstParts::parse(message)?;
        let binding = self.binding_input(mechanism, &parts)?;
        if !parts.authorization_id.is_empty() || parts.bare.starts_with(b"m=") {
            return Err(ClientFault::Unsupported);
        }
        let mut attributes = Attributes::new(parts.bare)?;
        attributes.expect(b'n', "user name expected")?;
        let client_nonce = nonce(attributes.expect(b'r', "nonce expected")?)?;
        attributes.ignore_rest()?;

        let nonce = [client_nonce, server_nonce].concat();
        let (Candidate::Known(verifier) | Candidate::Mock(verifier)) = &self.candidate;
        let server_first = ["r=", &nonce, verifier.challenge()].concat();
        let transcript = [parts.bare, b",", server_first.as_bytes(), b","].concat();
        Ok(Challenged { candidate: self.candidate, binding, nonce, server_first, transcript })
    }

    /// `cbind-input` of the grammar, which the client must repeat in base64, if its flag is acceptable.
    fn binding_input(&self, mechanism: &str, parts: &ClientFirstParts<'_>) -> Result<String, ClientFault> {
        let data = match (parts.flag, &self.binding, mechanism == SCRAM_SHA_256_PLUS) {
            (BindingFlag::Used(kind), Some(data), true) if kind == b"tls-server-end-point" => data.as_slice(),
            (BindingFlag::Used(_), Some(_), true) => return Err(ClientFault::BindingType),
            (BindingFlag::NotOffered, Some(_), false) => return Err(ClientFault::Downgrade),
            (BindingFlag::Unsupported | BindingFlag::NotOffered, _, false) => &[],
            _ => return Err(ClientFault::Flag),
        };
        Ok(crypto::encode(&[parts.gs2_header, data].concat()))
    }
}

/// The challenge is made; the client must answer it.
#[derive(Debug)]
pub struct Challenged {
    candidate: Candidate,
    binding: String,
    nonce: String,
    server_first: String,
    /// AuthMessage so far: client-first-bare and server-first, each with its comma.
    transcript: Vec<u8>,
}

impl Challenged {
    /// The server-first message, for AuthenticationSASLContinue.
    pub fn server_first(&self) -> &[u8] {
        self.server_first.as_bytes()
    }

    /// Takes the SASLResponse: the client-final message.
    pub fn client_final(mut self, message: &[u8]) -> Result<Proven, ClientFault> {
        let (without_proof, proof) = split_proof(message)?;
        let mut attributes = Attributes::new(without_proof)?;
        let binding = attributes.expect(b'c', "channel binding expected")?;
        let nonce = attributes.expect(b'r', "nonce expected")?;
        attributes.ignore_rest()?;
        let proof = crypto::decode_key(proof).ok_or(Malformed("malformed proof in client-final-message"))?;
        if binding != self.binding.as_bytes() {
            return Err(ClientFault::Binding);
        }
        if !bool::from(nonce.ct_eq(self.nonce.as_bytes())) {
            return Err(ClientFault::Nonce);
        }

        self.transcript.extend_from_slice(without_proof);
        let (verifier, keys) = match self.candidate {
            Candidate::Known(verifier) => {
                let keys = prove(&verifier, &proof, &self.transcript);
                (verifier, keys)
            }
            // The same work, whatever comes out of it.
            Candidate::Mock(verifier) => {
                std::hint::black_box(prove(&verifier, &proof, &self.transcript));
                (verifier, None)
            }
        };
        let keys = keys.ok_or(ClientFault::Denied)?;
        let signature = verifier.sign_as_server(&self.transcript);
        Ok(Proven { server_final: format!("v={}", crypto::encode(&signature)).into_bytes(), keys })
    }
}

/// ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage), if its hash is the StoredKey.
fn prove(verifier: &Verifier, proof: &crypto::Key, transcript: &[u8]) -> Option<Keys> {
    let signature = verifier.sign_as_client(transcript);
    Keys::new(crypto::xor(proof, &signature), verifier.clone())
}

/// The client is who it says.
#[derive(Debug)]
pub struct Proven {
    /// For AuthenticationSASLFinal.
    pub server_final: Vec<u8>,
    /// What the proof revealed, for passthrough.
    pub keys: Keys,
}

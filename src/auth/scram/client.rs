//! The client half: proves us to a backend, and the backend to us.

use std::num::NonZeroU32;

use subtle::ConstantTimeEq;

use super::message::{Attributes, Malformed, nonce};
use super::{Keys, MAX_ITERATIONS, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, crypto};
use crate::config::Password;

/// What a backend did wrong, or why we have nothing that it would accept.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ServerFault {
    /// Grammar.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No mechanism that we speak.
    #[error("none of the server's SASL authentication mechanisms are supported")]
    Mechanism,
    /// `m=`: an extension that must be understood.
    #[error("the server requires an unsupported SCRAM extension")]
    Unsupported,
    /// The server's nonce does not continue ours.
    #[error("invalid SCRAM response: nonce mismatch")]
    Nonce,
    /// None, or more than anybody in good faith would ask for.
    #[error("the server asks for {0} SCRAM iterations (1 to {MAX_ITERATIONS} are accepted)")]
    Iterations(u64),
    /// Passthrough, but the salt or iterations are not those of the verifier that the client was proven
    /// against: its key is of no use here.
    #[error("the backend's SCRAM verifier is not the one the client was authenticated with")]
    OtherVerifier,
    /// The server does not know the password either.
    #[error("incorrect server signature")]
    Signature,
    /// The server's own `e=` message.
    #[error("error received from server in SCRAM exchange: {0}")]
    Refused(String),
}

/// What we prove ourselves with.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A password.
    Password(Password),
    /// Keys that a client's login left us.
    Keys(Keys),
}

/// An exchange that has not begun.
#[derive(Debug)]
pub struct Client {
    proof: Proof,
    binding: Option<Vec<u8>>,
}

/// The first message and the mechanism it is for: the content of SASLInitialResponse.
#[derive(Debug)]
pub struct ClientFirst {
    /// One of those offered.
    pub mechanism: &'static str,
    /// The client-first message.
    pub message: Vec<u8>,
}

impl Client {
    /// `binding` is the `tls-server-end-point` hash (RFC 5929) of the certificate that the backend showed,
    /// if the connection has one.
    pub fn new(proof: Proof, binding: Option<&[u8]>) -> Self {
        Self { proof, binding: binding.map(<[u8]>::to_vec) }
    }

    /// Chooses among the mechanisms of AuthenticationSASL: -PLUS whenever both sides can.
    pub fn first<'a>(
        self,
        offered: impl IntoIterator<Item = &'a str>,
    ) -> Result<(AwaitingServerFirst, ClientFirst), ServerFault> {
        self.first_with(offered, "", crypto::nonce())
    }

    pub(super) fn first_with<'a>(
        self,
        offered: impl IntoIterator<Item = &'a str>,
        name: &str,
        nonce: String,
    ) -> Result<(AwaitingServerFirst, ClientFirst), ServerFault> {
        let (mut plain, mut plus) = (false, false);
        for mechanism in offered {
            plain |= mechanism == SCRAM_SHA_256;
            plus |= mechanism == SCRAM_SHA_256_PLUS;
        }
        let (mechanism, gs2_header, data) = match self.binding {
            Some(data) if plus => (SCRAM_SHA_256_PLUS, "p=tls-server-end-point,,", data),
            Some(_) if plain => (SCRAM_SHA_256, "y,,", Vec::new()),
            None if plain => (SCRAM_SHA_256, "n,,", Vec::new()),
            _ => return Err(ServerFault::Mechanism),
        };
        let bare = format!("n={name},r={nonce}");
        let message = format!("{gs2_header}{bare}").into_bytes();
        let binding = crypto::encode(&[gs2_header.as_bytes(), &data].concat());
        Ok((
            AwaitingServerFirst { proof: self.proof, binding, nonce, bare },
            ClientFirst { mechanism, message },
        ))
    }
}

/// Our nonce is sent; the server must challenge us.
#[derive(Debug)]
pub struct AwaitingServerFirst {
    proof: Proof,
    binding: String,
    nonce: String,
    bare: String,
}

impl AwaitingServerFirst {
    /// Takes AuthenticationSASLContinue and answers with the client-final message. With a password this
    /// costs the iterations the server asks for: a millisecond as a rule, seconds at the bound, so a caller
    /// on an event loop moves it off the loop.
    pub fn server_first(self, message: &[u8]) -> Result<(AwaitingServerFinal, Vec<u8>), ServerFault> {
        let Challenge { nonce, salt, iterations } = Challenge::parse(message)?;
        if nonce.len() <= self.nonce.len() || !nonce.starts_with(&self.nonce) {
            return Err(ServerFault::Nonce);
        }
        let (client_key, server_key) = self.proof.keys(&salt, iterations)?;

        let without_proof = format!("c={},r={nonce}", self.binding);
        let transcript = [self.bare.as_bytes(), b",", message, b",", without_proof.as_bytes()].concat();
        let signature = crypto::hmac(&crypto::hash(&client_key), &transcript);
        let proof = crypto::encode(&crypto::xor(&client_key, &signature));
        let expected = crypto::hmac(&server_key, &transcript);
        Ok((AwaitingServerFinal { expected }, format!("{without_proof},p={proof}").into_bytes()))
    }
}

impl Proof {
    /// ClientKey and ServerKey under the server's salt and iterations.
    fn keys(&self, salt: &[u8], iterations: NonZeroU32) -> Result<(crypto::Key, crypto::Key), ServerFault> {
        match self {
            Self::Password(password) => {
                let salted = crypto::salted_password(password.reveal(), salt, iterations);
                Ok((crypto::hmac(&salted, b"Client Key"), crypto::hmac(&salted, b"Server Key")))
            }
            Self::Keys(keys) => {
                let verifier = keys.verifier();
                if verifier.salt() != salt || verifier.iterations() != iterations {
                    return Err(ServerFault::OtherVerifier);
                }
                Ok((*keys.client_key(), *verifier.server_key()))
            }
        }
    }
}

struct Challenge<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

impl<'a> Challenge<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, ServerFault> {
        let mut attributes = Attributes::new(message)?;
        if message.starts_with(b"m=") {
            return Err(ServerFault::Unsupported);
        }
        let nonce = nonce(attributes.expect(b'r', "nonce expected")?)?;
        let salt = crypto::decode(attributes.expect(b's', "salt expected")?);
        let salt = salt.filter(|salt| !salt.is_empty()).ok_or(Malformed("invalid salt"))?;
        let iterations = std::str::from_utf8(attributes.expect(b'i', "iterations expected")?)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
            .ok_or(Malformed("invalid iterations"))?;
        attributes.ignore_rest()?;
        let bounded = u32::try_from(iterations).ok().filter(|i| *i <= MAX_ITERATIONS);
        let iterations = bounded.and_then(NonZeroU32::new).ok_or(ServerFault::Iterations(iterations))?;
        Ok(Self { nonce, salt, iterations })
    }
}

/// Our proof is sent; the server must prove itself.
pub struct AwaitingServerFinal {
    expected: crypto::Key,
}

impl AwaitingServerFinal {
    /// Takes AuthenticationSASLFinal. Without it, AuthenticationOk must not be believed.
    pub fn server_final(self, message: &[u8]) -> Result<(), ServerFault> {
        let mut attributes = Attributes::new(message)?;
        let signature = match attributes.next()? {
            Some((b'e', text)) => {
                return Err(ServerFault::Refused(String::from_utf8_lossy(text).into_owned()));
            }
            Some((b'v', text)) => crypto::decode_key(text).ok_or(Malformed("malformed server signature"))?,
            _ => return Err(Malformed("server signature expected").into()),
        };
        attributes.ignore_rest()?;
        if bool::from(signature.ct_eq(&self.expected)) { Ok(()) } else { Err(ServerFault::Signature) }
    }
}

impl std::fmt::Debug for AwaitingServerFinal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AwaitingServerFinal(…)")
    }
}

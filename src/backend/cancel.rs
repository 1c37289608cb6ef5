//! CancelRequest (protocol documentation, "Canceling Requests in Progress").

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Link;
use super::dial::{Cover, Destination};
use super::error::{ConnectError, ConnectFault};
use crate::wire::startup;

/// Asks the backend to cancel what `link` is running, and returns once the backend has dealt with it: it
/// closes the connection after the signal is sent. Goes to the very address that `link` is connected to, and
/// under TLS if `link` is. A link without a key cannot be cancelled, which is no error.
///
/// # Errors
/// The backend cannot be reached; whether it received the request is unknown after [`ConnectFault::Timeout`].
pub async fn cancel(
    destination: &Destination<'_>,
    link: &Link,
    limit: Option<Duration>,
) -> Result<(), ConnectError> {
    let Some(key) = &link.key else { return Ok(()) };
    let mut packet = BytesMut::new();
    startup::encode_cancel(&mut packet, key);
    let cover = if link.tls.is_some() { Cover::Required } else { Cover::Plain };
    let work = async {
        // What is to be cancelled comes behind that, and must not run without it.
        link.questions_ended().await;
        let mut stream = match link.remote.ip {
            Some(ip) => destination.open_at(SocketAddr::new(ip, link.remote.port), cover).await?,
            None => destination.open(cover, limit).await?,
        };
        stream.write_all(&packet).await?;
        stream.flush().await?;
        // Nothing is said; the end is the answer, in whatever form it comes.
        let mut nothing = BytesMut::with_capacity(64);
        while matches!(stream.read_buf(&mut nothing).await, Ok(1..)) {
            nothing.clear();
        }
        Ok::<_, ConnectFault>(())
    };
    destination.within(limit, work).await
}

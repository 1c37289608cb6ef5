//! The sockets that clients and HTTP come by: opened here, or by whoever started the process.

use std::net::TcpListener as Bare;

use tokio::net::TcpListener;
use tokio::runtime::Handle;

use super::StartError;
use crate::config::Server;
use crate::net::{InheritedSocket, Listener, SocketOptions};
use crate::observe::WorkerId;
use crate::pool::Workers;

/// Listens for clients: on the sockets that were passed, if there are any, or else as configured. Every worker listens
/// on every TCP address, the first one on unix sockets.
pub(super) fn for_clients(
    server: &Server,
    workers: &Workers,
    passed: &[InheritedSocket],
) -> Result<Vec<(WorkerId, Listener)>, StartError> {
    let options = SocketOptions { keepalive: server.tcp_keepalive, backlog: server.listen_backlog };
    if passed.is_empty() {
        return as_configured(server, workers, options);
    }
    let mut listeners = Vec::new();
    for socket in passed {
        let of_workers = Listener::inherited(socket, options, workers.handles())?;
        let place = of_workers.first().map_or("", Listener::place);
        tracing::info!(place, "listening for clients on a socket that was passed");
        listeners.extend(workers.ids().zip(of_workers));
    }
    tracing::info!("server.listen and server.unix_socket_dir are not used");
    Ok(listeners)
}

fn as_configured(
    server: &Server,
    workers: &Workers,
    options: SocketOptions,
) -> Result<Vec<(WorkerId, Listener)>, StartError> {
    let mut listeners = Vec::new();
    let mut ports = Vec::new();
    for address in &server.listen {
        let of_workers = Listener::tcp(*address, options, workers.handles())?;
        let bound = of_workers.first().and_then(Listener::local_addr).unwrap_or(*address);
        tracing::info!(address = %bound, "listening for clients");
        ports.push(bound.port());
        listeners.extend(workers.ids().zip(of_workers));
    }
    if let Some(directory) = &server.unix_socket_dir {
        if ports.is_empty() {
            ports.push(6432);
        }
        ports.sort_unstable();
        ports.dedup();
        for port in ports {
            let _within = workers.handles().first().map(Handle::enter);
            let listener = Listener::unix(directory, port, server.unix_socket_mode, options)?;
            listeners.extend(workers.ids().zip([listener]));
            tracing::info!(directory = %directory.display(), port, "listening on a unix socket");
        }
    }
    Ok(listeners)
}

/// The socket for HTTP: the one that was passed, or else as configured, if it is.
pub(super) async fn for_http(
    server: &Server,
    passed: Option<Bare>,
) -> Result<Option<TcpListener>, StartError> {
    let listener = match (passed, server.http_listen) {
        (Some(passed), _) => TcpListener::from_std(passed)?,
        (None, None) => return Ok(None),
        (None, Some(address)) => {
            TcpListener::bind(address).await.map_err(|error| StartError::Http(address, error))?
        }
    };
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "listening for HTTP");
    }
    Ok(Some(listener))
}

//! What a start needs of this machine: addresses, certificates, file descriptors.

use std::fs;
use std::io;
use std::net::SocketAddr;

use tokio::runtime::Handle;

use super::report::{Report, Verdict};
use crate::config::Server;
use crate::net::tls::ServerTls;
use crate::net::{ListenError, Listener, SocketOptions};

/// The port in a unix socket's name where there is no TCP address to take it from.
const DEFAULT_PORT: u16 = 6432;
/// Descriptors beside those of clients: backends are extra, see [`descriptors`].
const OTHER_FILES: usize = 64;

/// Tries what a start would try, and lets go of it.
pub(super) fn look(server: &Server, sockets: SocketOptions, report: &mut Report) {
    report.section("Listening");
    for address in &server.listen {
        let here = [Handle::current()];
        let tried = Listener::tcp(*address, sockets, &here).map(drop).map_err(|error| why(&error));
        told(report, &format!("{address} (server.listen)"), tried);
    }
    if let Some(directory) = &server.unix_socket_dir {
        let port = server.listen.first().map_or(DEFAULT_PORT, SocketAddr::port);
        let tried = Listener::unix(directory, port, server.unix_socket_mode, sockets).map(drop);
        let place = format!("{}/.s.PGSQL.{port} (server.unix_socket_dir)", directory.display());
        told(report, &place, tried.map_err(|error| why(&error)));
    }
    if let Some(address) = server.http_listen {
        let tried = std::net::TcpListener::bind(address).map(drop);
        told(report, &format!("{address} (server.http_listen)"), tried);
    }
    match ServerTls::load(&server.tls) {
        Ok(Some(_)) => report.say(Verdict::Ok, "the certificates of [server.tls] can be used"),
        Ok(None) => {}
        Err(error) => report.say(Verdict::Error, format_args!("server.tls: {error}")),
    }
    descriptors(server.max_clients, report);
}

fn why(error: &ListenError) -> io::Error {
    // Only the kind and the words matter from here on.
    io::Error::new(error.source.kind(), error.source.to_string())
}

fn told(report: &mut Report, place: &str, tried: io::Result<()>) {
    match tried {
        Ok(()) => report.say(Verdict::Ok, format_args!("{place} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => report.say(
            Verdict::Warning,
            format_args!("{place} is taken: perhaps pgweir is running already; if not, it cannot start"),
        ),
        Err(error) => report.say(Verdict::Error, format_args!("{place} cannot be listened on: {error}")),
    }
}

/// Whether the process may have as many sockets as clients.
fn descriptors(max_clients: usize, report: &mut Report) {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(limit) = open_files(&limits) else { return };
    if limit < max_clients + OTHER_FILES {
        report.say(
            Verdict::Warning,
            format_args!(
                "server.max_clients is {max_clients}, and this shell lets a process have {limit} open files: \
                 raise that (ulimit -n, or LimitNOFILE in systemd), or clients beyond it wait"
            ),
        );
    }
}

/// The soft limit of open files in the text of `/proc/self/limits`.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_limit_of_open_files() {
        let line = "Max open files            1024                 524288               files     ";
        assert_eq!(open_files(&format!("Limit Soft Hard\n{line}\n")), Some(1024));
        assert_eq!(open_files("Max open files  unlimited  unlimited files"), None);
    }
}

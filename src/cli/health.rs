//! `pgweir health`: asks the pgweir that runs with this configuration how it is, for a supervisor that can
//! only start programs (a container without a shell).
//!
//! Asks over HTTP at `server.http_listen`, from the same machine. Exit code 0 for the answer 200, else 1.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fail;
use crate::config::{Config, Server};
use crate::net::Stream;
use crate::net::tls::BackendTls;

/// A supervisor asks again; it must not be kept.
const PATIENCE: Duration = Duration::from_secs(3);

/// What to ask for.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Probe {
    /// Whether clients can be served: fails when no database in use has a primary that answers (/health).
    #[default]
    Full,
    /// Whether new clients should come: fails before it listens and while it drains (/readyz).
    Ready,
    /// Whether the process answers at all (/livez).
    Live,
}

impl Probe {
    fn path(self) -> &'static str {
        match self {
            Self::Full => "/health",
            Self::Ready => "/readyz",
            Self::Live => "/livez",
        }
    }
}

/// How it is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Transport {
    Plain,
    Tls,
}

/// Why there is no answer.
#[derive(thiserror::Error, Debug)]
enum HealthError {
    #[error("server.http_listen is off: there is nobody to ask")]
    Off,
    #[error("no answer from http://{address}: {source}")]
    Silent { address: SocketAddr, source: io::Error },
    #[error("what answers at http://{0} does not speak HTTP")]
    Foreign(SocketAddr),
}

/// Prints what the running pgweir answers, and judges by its status.
#[allow(clippy::print_stdout, reason = "the answer is what the command is for")]
pub async fn health(config: &Config, probe: Probe) -> ExitCode {
    let transport = if config.http.identity.is_some() { Transport::Tls } else { Transport::Plain };
    match ask(&config.server, probe, transport).await {
        Ok((status, body)) => {
            println!("{}", body.trim_end());
            if status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => fail(&error),
    }
}

async fn ask(server: &Server, probe: Probe, transport: Transport) -> Result<(u16, String), HealthError> {
    let address = near(server.http_listen.ok_or(HealthError::Off)?);
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, format!("nothing within {PATIENCE:?}"));
    let answer = tokio::time::timeout(PATIENCE, get(address, probe.path(), transport));
    let answer = answer.await.map_err(late).and_then(|answer| answer);
    let answer = answer.map_err(|source| HealthError::Silent { address, source })?;
    parse(&answer).ok_or(HealthError::Foreign(address))
}

/// Where to reach what listens on every address.
fn near(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

async fn get(address: SocketAddr, path: &str, transport: Transport) -> io::Result<String> {
    let tcp = Stream::tcp(TcpStream::connect(address).await?)?;
    let mut tcp = match transport {
        Transport::Plain => tcp,
        // It is ourselves who answer on this machine: that it is encrypted is enough.
        Transport::Tls => {
            let tls = BackendTls::for_http().map_err(io::Error::other)?;
            tls.connect(tcp, &address.ip().to_string()).await.map_err(io::Error::other)?
        }
    };
    // HTTP/1.0 keeps the answer free of chunks, and ends it with the connection.
    tcp.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Status and body.
fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_asked_on_loopback() {
        assert_eq!(near("0.0.0.0:6433".parse().unwrap()), "127.0.0.1:6433".parse().unwrap());
        assert_eq!(near("[::]:6433".parse().unwrap()), "[::1]:6433".parse().unwrap());
        assert_eq!(near("10.0.0.1:1".parse().unwrap()), "10.0.0.1:1".parse().unwrap());
    }

    #[test]
    fn answers_are_told_from_noise() {
        let answer = "HTTP/1.0 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(parse(answer), Some((503, "{}".into())));
        assert_eq!(parse("SSH-2.0-OpenSSH\r\n\r\n"), None);
        assert_eq!(parse(""), None);
    }
}

//! `[server]` and `[server.tls]`.

use std::num::NonZero;
use std::path::PathBuf;

use super::super::Watch;
use super::super::keys::Section;
use super::super::problem::Wrong;
use super::super::read::{Bytes, FileMode, LogFilter, OptionalAddress, Positive, Span};
use super::super::settings::Slot;
use super::super::types::{CertificatePaths, ClientTls, Server, TlsMode};
use super::files;
use super::reader::Reader;

/// The tables and what they say together.
pub fn resolve(reader: &mut Reader<'_>) -> Server {
    let of = |key| Slot::of(Section::Server, key);
    let Positive(max_clients) = reader.get(&of("max_clients"));
    let Positive(min_workers) = reader.get(&of("min_workers"));
    let Span(delay) = reader.get(&of("drain_delay"));
    let Span(shutdown) = reader.get(&of("shutdown_timeout"));
    let server = Server {
        listen: reader.list(&of("listen")),
        unix_socket_dir: reader.given(&of("unix_socket_dir")),
        unix_socket_mode: reader.get::<FileMode>(&of("unix_socket_mode")).0,
        http_listen: reader.get::<OptionalAddress>(&of("http_listen")).0,
        workers: match reader.get(&of("workers")) {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            workers => workers,
        },
        min_workers,
        max_clients,
        listen_backlog: reader.get(&of("listen_backlog")),
        tcp_keepalive: reader.get::<Span>(&of("tcp_keepalive")).0,
        client_login_timeout: reader.get::<Span>(&of("client_login_timeout")).0,
        log_format: reader.get(&of("log_format")),
        log_level: reader.get::<LogFilter>(&of("log_level")).0,
        log_connections: reader.get(&of("log_connections")),
        slow_query_threshold: reader.get::<Span>(&of("slow_query_threshold")).0,
        drain_delay: delay.unwrap_or_default(),
        shutdown_timeout: shutdown.unwrap_or_default(),
        watch: if reader.get(&of("watch_config")) { Watch::On } else { Watch::Off },
        metrics_aliases: reader.get(&of("metrics_aliases")),
        buffer_size: reader.get::<Bytes>(&of("buffer_size")).0,
        tls: tls(reader),
    };
    check(reader, &server);
    server
}

fn check(reader: &mut Reader<'_>, server: &Server) {
    let of = |key| Slot::of(Section::Server, key);
    let written_wrong = reader.problems.iter().any(|p| p.key == "server.listen");
    if server.listen.is_empty() && server.unix_socket_dir.is_none() && !written_wrong {
        let wrong =
            Wrong::new("nothing to listen on", "write listen = [\"127.0.0.1:6432\"], or unix_socket_dir");
        reader.complain(&of("listen"), wrong);
    }
    for (index, address) in server.listen.iter().enumerate() {
        if server.listen.iter().take(index).any(|other| other == address) && address.port() != 0 {
            reader
                .complain(&of("listen"), Wrong::new(format!("{address} stands here twice"), "write it once"));
        }
        if server.http_listen == Some(*address) && address.port() != 0 {
            let wrong =
                Wrong::new(format!("{address} is in server.listen already"), "give HTTP a port of its own");
            reader.complain(&of("http_listen"), wrong);
        }
    }
    if !(1024..=16 << 20).contains(&server.buffer_size) {
        let what = format!("a buffer of {} bytes is out of range", server.buffer_size);
        reader.complain(
            &of("buffer_size"),
            Wrong::new(what, "write a size from 1KiB to 16MiB, such as \"16KiB\""),
        );
    }
    if let Some(directory) = server.unix_socket_dir.as_ref().filter(|d| !d.is_dir()) {
        let wrong = Wrong::new(format!("{} is no directory", directory.display()), "create it first");
        reader.complain(&of("unix_socket_dir"), wrong);
    }
}

fn tls(reader: &mut Reader<'_>) -> ClientTls {
    let of = |key| Slot::of(Section::Tls, key);
    let identity = identity(reader, Section::Tls, "");
    let client_ca: Option<PathBuf> = reader.given(&of("client_ca"));
    if let Some(path) = &client_ca {
        files::check_readable(reader, &of("client_ca"), path);
    }
    let given: Option<TlsMode> = reader.given(&of("mode"));
    let mode = given.unwrap_or(if identity.is_some() { TlsMode::Prefer } else { TlsMode::Disable });
    let half = reader.settings.winner(&of("certificate")).or(reader.settings.winner(&of("key"))).is_some();
    if mode != TlsMode::Disable && identity.is_none() && !half {
        let wrong = Wrong::new(
            "TLS needs a certificate",
            "write certificate = \"FILE\" and key = \"FILE\" beside it",
        );
        reader.complain(&of("mode"), wrong);
    }
    if matches!(mode, TlsMode::VerifyCa | TlsMode::VerifyFull) && client_ca.is_none() {
        let what = "verifying clients needs the authority that signs their certificates";
        reader.complain(&of("mode"), Wrong::new(what, "write client_ca = \"FILE\" beside it"));
    }
    let hosts = reader.settings.subjects(Section::Sni);
    let sni = hosts
        .into_iter()
        .filter_map(|host| Some((host.clone(), self::identity(reader, Section::Sni, &host)?)));
    ClientTls { mode, identity, client_ca, sni: sni.collect() }
}

/// `certificate` and `key`: both or none, and both readable.
pub fn identity(reader: &mut Reader<'_>, section: Section, host: &str) -> Option<CertificatePaths> {
    let slot = |key| Slot::named(section, host, key);
    let certificate: Option<PathBuf> = reader.given(&slot("certificate"));
    let key: Option<PathBuf> = reader.given(&slot("key"));
    if let Some(path) = &certificate {
        files::check_readable(reader, &slot("certificate"), path);
    }
    if let Some(path) = &key {
        files::check_readable(reader, &slot("key"), path);
        files::check_private(reader, path, "the private key");
    }
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(CertificatePaths { certificate, key }),
        (Some(_), None) => {
            reader.complain(&slot("certificate"), Wrong::new("has no key", "write key = \"FILE\" beside it"));
            None
        }
        (None, Some(_)) => {
            let wrong = Wrong::new("has no certificate", "write certificate = \"FILE\" beside it");
            reader.complain(&slot("key"), wrong);
            None
        }
        (None, None) => None,
    }
}

//! `[server]` and `[server.tls]`: where clients come in, and how many.

use super::ini::Ini;
use super::output::Output;
use super::settings;

/// Where PgBouncer listens unless it is told otherwise.
const PORT: u16 = 6432;
/// How many clients PgBouncer takes unless it is told otherwise.
const CLIENTS: &str = "100";

pub fn translate(ini: &Ini, output: &mut Output) {
    output.table("[server]");
    let port: u16 = match ini.get("listen_port").map(str::parse) {
        Some(Ok(port)) => port,
        Some(Err(_)) => {
            output.note(format!("listen_port is no number; {PORT} is used"));
            PORT
        }
        None => PORT,
    };
    let addresses = addresses(ini.get("listen_addr").unwrap_or_default(), port);
    if addresses.is_empty() {
        output.note("listen_addr is empty: PgBouncer listens on its unix socket only, and so does this");
    }
    output.list("listen", &addresses);
    match ini.get("unix_socket_dir").filter(|dir| !dir.is_empty()) {
        Some(dir) if dir.starts_with('@') => {
            output.note(format!("unix_socket_dir = {dir}: sockets without a file have no counterpart"));
        }
        Some(dir) => drop(output.text("unix_socket_dir", dir)),
        None if addresses.is_empty() => drop(output.text("unix_socket_dir", "/tmp")),
        None => {}
    }
    output.raw("max_clients", ini.get("max_client_conn").unwrap_or(CLIENTS));
    settings::carry(ini, "server", output);
    tls(ini, output);
}

fn addresses(written: &str, port: u16) -> Vec<String> {
    let names = written.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| match name {
            "*" => format!("*:{port}"),
            name if name.contains(':') => format!("[{name}]:{port}"),
            name => format!("{name}:{port}"),
        })
        .collect()
}

fn tls(ini: &Ini, output: &mut Output) {
    let mode = ini.get("client_tls_sslmode").unwrap_or("disable");
    if mode == "disable" {
        return;
    }
    output.table("[server.tls]").text("mode", mode);
    for (theirs, ours) in [
        ("client_tls_cert_file", "certificate"),
        ("client_tls_key_file", "key"),
        ("client_tls_ca_file", "client_ca"),
    ] {
        if let Some(file) = ini.get(theirs).filter(|file| !file.is_empty()) {
            output.text(ours, file);
        }
    }
}

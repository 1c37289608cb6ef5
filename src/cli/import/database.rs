//! `[databases]`: connection strings become URLs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ini::{Ini, Parameters};
use super::output::{Output, header};
use super::settings;
use super::users::{Secrets, password};

/// Where PostgreSQL's packages put its socket.
const SOCKETS: &str = "/var/run/postgresql";

/// Everything but what may stand for itself in any part of a URL (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for paths, which are read more easily as they are.
const PATH: &AsciiSet = &ENCODED.remove(b'/');

pub fn translate(ini: &Ini, secrets: &Secrets, output: &mut Output) {
    if ini.databases.is_empty() {
        output.note("[databases] is empty: write at least one [databases.NAME]");
    }
    for (name, parameters) in &ini.databases {
        database(ini, secrets, (name, parameters), output);
    }
}

fn database(ini: &Ini, secrets: &Secrets, (name, parameters): (&str, &Parameters), output: &mut Output) {
    let get = |key: &str| parameters.iter().rev().find(|(k, _)| k == key).map(|(_, value)| value.as_str());
    output.table(&header("databases", name, ""));
    let user = get("user");
    let secret = user.and_then(|user| get("password").or_else(|| password(secrets, user)));
    if let (Some(user), None) = (user, secret) {
        output.note(format!(
            "database {name}: the password of {user} is not known as such; write it into primary, unless the server trusts"
        ));
    }
    let hosts: Vec<_> =
        get("host").map_or(vec![None], |hosts| hosts.split(',').map(|h| Some(h.trim())).collect());
    let ports: Vec<_> = get("port").unwrap_or("5432").split(',').map(str::trim).collect();
    let url = |(at, host): (usize, &Option<&str>)| {
        let port = ports.get(at).or(ports.first()).copied().unwrap_or("5432");
        let dbname = get("dbname").unwrap_or(if name == "*" { "" } else { name });
        url(ini, (*host, port), (user, secret), dbname)
    };
    let urls: Vec<_> = hosts.iter().enumerate().map(url).collect();
    match urls.as_slice() {
        [one] => drop(output.text("primary", one)),
        several => {
            output.list("hosts", several);
            output.note(format!(
                "database {name}: of several hosts pgweir finds out which is the primary, and sends reads to the others"
            ));
        }
    }
    limits(ini, name, parameters, output);
}

/// What a database says beside its address.
fn limits(ini: &Ini, name: &str, parameters: &Parameters, output: &mut Output) {
    let mut pool = Vec::new();
    for (ours, theirs, global) in [
        ("max_connections", "max_db_connections", "max_db_connections"),
        ("max_clients", "max_db_client_connections", "max_db_client_connections"),
    ] {
        let own = parameters.iter().rev().find(|(key, _)| key == theirs).map(|(_, value)| value.as_str());
        match own.or(ini.get(global)).map(str::parse::<u64>) {
            None | Some(Ok(0)) => {}
            Some(Ok(limit)) => drop(output.raw(ours, limit)),
            Some(Err(_)) => output.note(format!("database {name}: {theirs} is no number, and left out")),
        }
    }
    for (key, value) in parameters {
        match key.as_str() {
            "host" | "port" | "dbname" | "user" | "password" | "max_db_connections" | "max_db_client_connections" => {}
            "pool_mode" | "pool_size" | "min_pool_size" | "reserve_pool" | "reserve_pool_size" | "server_lifetime" => {
                pool.push((key, value));
            }
            "load_balance_hosts" => {}
            "connect_query" => output.note(format!(
                "database {name}: connect_query has no counterpart; ALTER ROLE ... SET does the same on the server"
            )),
            "auth_user" | "auth_query" | "auth_dbname" => {
                output.note(format!("database {name}: {key} is one for all databases; see [auth]"));
            }
            _ => output.note(format!("database {name}: {key} = {value} has no counterpart")),
        }
    }
    if pool.is_empty() {
        return;
    }
    output.table(&header("databases", name, ".pool"));
    for (key, value) in pool {
        settings::pool(&format!("database {name}"), key, value, output);
    }
}

fn url(
    ini: &Ini,
    (host, port): (Option<&str>, &str),
    (user, secret): (Option<&str>, Option<&str>),
    dbname: &str,
) -> String {
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let mut url = String::from("postgres://");
    if let Some(user) = user {
        url.push_str(&encode(user));
        if let Some(secret) = secret {
            url.push(':');
            url.push_str(&encode(secret));
        }
        url.push('@');
    }
    let socket = host.is_none_or(|host| host.starts_with(['/', '@']));
    match host.filter(|_| !socket) {
        Some(host) if host.contains(':') => url.push_str(&format!("[{host}]:{port}")),
        Some(host) => url.push_str(&format!("{host}:{port}")),
        None => {}
    }
    url.push('/');
    url.push_str(&encode(dbname));
    let mut parameters = Vec::new();
    if socket {
        parameters.push(("host", host.unwrap_or(SOCKETS)));
        parameters.push(("port", port));
    } else {
        let tls = [
            ("sslmode", "server_tls_sslmode"),
            ("sslrootcert", "server_tls_ca_file"),
            ("sslcert", "server_tls_cert_file"),
            ("sslkey", "server_tls_key_file"),
        ];
        let given = tls.iter().filter_map(|(ours, theirs)| Some((*ours, ini.get(theirs)?)));
        parameters.extend(given.filter(|(_, value)| !value.is_empty()));
    }
    for (at, (key, value)) in parameters.iter().enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(&format!("{key}={}", utf8_percent_encode(value, PATH)));
    }
    url
}

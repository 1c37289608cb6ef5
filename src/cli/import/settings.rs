//! `[pool]`, `[auth]` and `[admin]`, and what becomes of every other setting.

use super::ini::Ini;
use super::output::Output;
use super::users::{Secrets, password};

/// What looks up users when `auth_user` is set and nothing else is said.
const AUTH_QUERY: &str = "SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END \
                          FROM pg_authid WHERE rolname=$1 AND rolcanlogin";

/// How a value is written there and here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    /// Words separated by commas.
    Words,
    Number,
    /// A number; 0 is none.
    Limit,
    /// Seconds, with fractions; 0 is none.
    Seconds,
    /// 1, on, yes, true.
    Flag,
}

/// PgBouncer's name, our table and key.
const CARRIED: &[(&str, &str, &str, Form)] = &[
    ("unix_socket_mode", "server", "unix_socket_mode", Form::Text),
    ("listen_backlog", "server", "listen_backlog", Form::Number),
    ("tcp_keepidle", "server", "tcp_keepalive", Form::Seconds),
    ("client_login_timeout", "server", "client_login_timeout", Form::Seconds),
    ("log_connections", "server", "log_connections", Form::Flag),
    ("default_pool_size", "pool", "size", Form::Number),
    ("min_pool_size", "pool", "min_idle", Form::Number),
    ("reserve_pool_size", "pool", "overflow", Form::Number),
    ("reserve_pool_timeout", "pool", "overflow_after", Form::Seconds),
    ("max_prepared_statements", "pool", "max_prepared_statements", Form::Number),
    ("max_user_connections", "pool", "max_user_connections", Form::Limit),
    ("max_user_client_connections", "pool", "max_user_clients", Form::Limit),
    ("query_wait_timeout", "pool", "query_wait_timeout", Form::Seconds),
    ("query_timeout", "pool", "query_timeout", Form::Seconds),
    ("idle_transaction_timeout", "pool", "idle_transaction_timeout", Form::Seconds),
    ("transaction_timeout", "pool", "transaction_timeout", Form::Seconds),
    ("client_idle_timeout", "pool", "client_idle_timeout", Form::Seconds),
    ("server_lifetime", "pool", "server_lifetime", Form::Seconds),
    ("server_idle_timeout", "pool", "server_idle_timeout", Form::Seconds),
    ("server_connect_timeout", "pool", "server_connect_timeout", Form::Seconds),
    ("server_login_retry", "pool", "server_login_retry", Form::Seconds),
    ("server_check_delay", "pool", "server_check_delay", Form::Seconds),
    ("admin_users", "admin", "users", Form::Words),
    ("stats_users", "admin", "stats_users", Form::Words),
    ("auth_query", "auth", "query", Form::Text),
    ("auth_dbname", "auth", "query_database", Form::Text),
];

/// Settings that are dealt with elsewhere in this module or its siblings.
const ELSEWHERE: &[&str] = &[
    "listen_addr",
    "listen_port",
    "unix_socket_dir",
    "max_client_conn",
    "client_tls_sslmode",
    "client_tls_cert_file",
    "client_tls_key_file",
    "client_tls_ca_file",
    "server_tls_sslmode",
    "server_tls_ca_file",
    "server_tls_cert_file",
    "server_tls_key_file",
    "pool_mode",
    "auth_type",
    "auth_file",
    "auth_hba_file",
    "auth_user",
    "max_db_connections",
    "max_db_client_connections",
];

/// What pgweir does by itself: nothing is lost.
const NEEDLESS: &[&str] = &[
    "logfile",
    "pidfile",
    "user",
    "syslog",
    "syslog_facility",
    "syslog_ident",
    "log_stats",
    "log_disconnections",
    "log_pooler_errors",
    "stats_period",
    "verbose",
    "job_name",
    "service_name",
    "conffile",
    "so_reuseport",
    "tcp_defer_accept",
    "tcp_socket_buffer",
    "tcp_keepalive",
    "tcp_keepcnt",
    "tcp_keepintvl",
    "tcp_user_timeout",
    "pkt_buf",
    "sbuf_loopcnt",
    "max_packet_size",
    "dns_max_ttl",
    "dns_nxdomain_ttl",
    "dns_zone_check_period",
    "resolv_conf",
    "autodb_idle_timeout",
    "ignore_startup_parameters",
    "track_extra_parameters",
    "server_reset_query",
    "server_reset_query_always",
    "server_check_query",
    "server_fast_close",
    "suspend_timeout",
    "cancel_wait_timeout",
    "query_wait_notify",
    "disable_pqexec",
    "peer_id",
    "scram_iterations",
    "client_tls_protocols",
    "client_tls_ciphers",
    "client_tls13_ciphers",
    "client_tls_ecdhcurve",
    "client_tls_dheparams",
    "server_tls_protocols",
    "server_tls_ciphers",
    "server_tls13_ciphers",
    "max_server_conn",
];

/// What is lost, and why.
const LOST: &[(&str, &str)] = &[
    (
        "unix_socket_group",
        "the socket belongs to pgweir's own group; set Group= in its unit, and unix_socket_mode",
    ),
    ("application_name_add_host", "SHOW CLIENTS and the log have every client's address"),
    ("server_round_robin", "the connection that was used last is used first; the others may be closed"),
    ("auth_ident_file", "write auth.cert_map instead"),
    ("auth_ldap_parameter", "LDAP has no counterpart; auth.query may ask a database instead"),
    ("auth_ldap_options", "LDAP has no counterpart; auth.query may ask a database instead"),
    ("disable_auth", "write auth.rules instead"),
];

pub fn translate(ini: &Ini, secrets: &Secrets, output: &mut Output) {
    output.table("[pool]");
    // PgBouncer's own default is not ours.
    output.text("mode", ini.get("pool_mode").unwrap_or("session"));
    carry(ini, "pool", output);
    authentication(ini, secrets, output);
    output.table("[admin]");
    carry(ini, "admin", output);
    for name in ini.names() {
        tell(name, output);
    }
    for section in &ini.others {
        output.note(format!("[{section}] has no counterpart"));
    }
}

/// What is not carried over is said.
fn tell(name: &str, output: &mut Output) {
    let known = CARRIED.iter().any(|carried| carried.0 == name) || ELSEWHERE.contains(&name);
    if known || NEEDLESS.contains(&name) {
        return;
    }
    match LOST.iter().find(|lost| lost.0 == name) {
        Some((_, why)) => output.note(format!("{name} has no counterpart: {why}")),
        None => output.note(format!("{name} is not known, neither to this command nor to PgBouncer 1.25")),
    }
}

/// The settings that belong to one of our tables, which has been begun.
pub fn carry(ini: &Ini, table: &str, output: &mut Output) {
    for (theirs, ours, form) in CARRIED.iter().filter(|c| c.1 == table).map(|c| (c.0, c.2, c.3)) {
        let Some(value) = ini.get(theirs) else { continue };
        if theirs == "server_lifetime" && value == "0" {
            output.note("server_lifetime = 0 (a connection is used once) has no counterpart: it is an hour");
            continue;
        }
        if theirs == "tcp_keepidle" && value == "0" {
            continue;
        }
        match written(value, form) {
            Some(value) if value.is_empty() => {}
            Some(value) => drop(output.raw(ours, value)),
            None => output
                .note(format!("{}: {theirs} = {value} cannot be read, and is left out", ini.place(theirs))),
        }
    }
    let off = |name| ini.get(name).is_some_and(|value| value == "0");
    if table == "pool"
        && off("reserve_pool_timeout")
        && !off("reserve_pool_size")
        && ini.get("reserve_pool_size").is_some()
    {
        output.note("reserve_pool_timeout = 0 turns PgBouncer's reserve off; here overflow is used at once: set it to 0");
    }
}

/// A key of a pool of one database or user.
pub fn pool(whose: &str, theirs: &str, value: &str, output: &mut Output) {
    let (ours, form) = match theirs {
        "pool_mode" => ("mode", Form::Text),
        "pool_size" => ("size", Form::Number),
        "min_pool_size" => ("min_idle", Form::Number),
        "reserve_pool_size" | "reserve_pool" => ("overflow", Form::Number),
        "server_lifetime" => ("server_lifetime", Form::Seconds),
        _ => return output.note(format!("{whose}: {theirs} has no counterpart")),
    };
    match written(value, form) {
        Some(value) => drop(output.raw(ours, value)),
        None => output.note(format!("{whose}: {theirs} = {value} cannot be read, and is left out")),
    }
}

/// A value as we write it.
fn written(value: &str, form: Form) -> Option<String> {
    Some(match form {
        Form::Text if value.is_empty() => String::new(),
        Form::Text => super::output::quoted(value),
        Form::Words => {
            let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
            format!("[{}]", words.map(super::output::quoted).collect::<Vec<_>>().join(", "))
        }
        Form::Number => value.parse::<u64>().ok()?.to_string(),
        Form::Limit => match value.parse::<u64>().ok()? {
            0 => "\"off\"".into(),
            limit => limit.to_string(),
        },
        Form::Seconds => {
            let micros = value.parse::<f64>().ok().filter(|s| s.is_finite() && *s >= 0.0)? * 1e6;
            match micros.round() as u64 {
                0 => "\"off\"".into(),
                micros if micros % 1_000_000 == 0 => format!("\"{}s\"", micros / 1_000_000),
                micros => format!("\"{micros}us\""),
            }
        }
        Form::Flag => match value {
            "1" | "on" | "yes" | "true" => "true".into(),
            "0" | "off" | "no" | "false" => "false".into(),
            _ => return None,
        },
    })
}

fn authentication(ini: &Ini, secrets: &Secrets, output: &mut Output) {
    output.table("[auth]");
    match ini.get("auth_type").unwrap_or("md5") {
        // Ours by default: SCRAM, and md5 for those of whom only a hash is known.
        "md5" | "scram-sha-256" => {}
        "plain" => drop(output.list("rules", &["any all all password"])),
        "trust" => drop(output.list("rules", &["any all all trust"])),
        "any" => {
            output.list("rules", &["any all all trust"]);
            output.note("auth_type = any: users are asked for their names all the same, and must be known");
        }
        "cert" => drop(output.list("rules", &["hostssl all all all cert"])),
        "hba" => match ini.get("auth_hba_file").filter(|file| !file.is_empty()) {
            Some(file) => hba(ini, file, output),
            None => output.note("auth_type = hba, and no auth_hba_file: scram-sha-256 for everybody"),
        },
        other => {
            output.list("rules", &["any all all reject"]);
            output.note(format!(
                "auth_type = {other} has no counterpart: nobody is let in before auth.rules say whom"
            ));
        }
    }
    carry(ini, "auth", output);
    let Some(user) = ini.get("auth_user").filter(|user| !user.is_empty()) else { return };
    if ini.get("auth_query").is_none() {
        output.text("query", AUTH_QUERY);
    }
    output.text("query_user", user);
    match password(secrets, user) {
        Some(password) => drop(output.text("query_password", password)),
        None => output
            .note(format!("auth_user = {user}: its password is not in auth_file; write auth.query_password")),
    }
}

/// The rules stay where they are; what we do not read is said line by line.
fn hba(ini: &Ini, file: &str, output: &mut Output) {
    let path = ini.path(file);
    output.text("hba_file", &path.display().to_string());
    let Ok(text) = std::fs::read_to_string(&path) else {
        return output.note(format!("auth_hba_file: {} cannot be read", path.display()));
    };
    for (at, line) in text.lines().enumerate() {
        if let Err(wrong) = crate::config::check_hba(line) {
            output.note(format!(
                "{}, line {}: {}; {} (pgweir does not start before)",
                path.display(),
                at + 1,
                wrong.what,
                wrong.write
            ));
        }
    }
}

/// Every name that this module knows.
#[cfg(test)]
pub fn every_name() -> Vec<&'static str> {
    let carried = CARRIED.iter().map(|carried| carried.0);
    let lost = LOST.iter().map(|lost| lost.0);
    carried.chain(ELSEWHERE.iter().copied()).chain(NEEDLESS.iter().copied()).chain(lost).collect()
}

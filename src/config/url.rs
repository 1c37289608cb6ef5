//! `postgres://` URLs, as libpq reads them (PostgreSQL documentation, 34.1.1.2), and what Prisma and other
//! drivers add to them.
//!
//! No error ever quotes the URL: a password with an unencoded `/` or `:` lands where a host or a port is
//! expected, and would be printed with it.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::keys::nearest;
use super::problem::Wrong;
use super::read::tls_mode;
use super::types::{Address, BackendTls, BackendUrl, CertificatePaths, TlsMode};

/// A URL and what it said beside the backend's address.
#[derive(Clone, PartialEq, Debug)]
pub struct Parsed {
    /// The backend.
    pub backend: BackendUrl,
    /// Parameters that are about the pool, as written.
    pub pool: Vec<(PoolParameter, String)>,
    /// Parameters that mean nothing to a pooler, with the reason.
    pub ignored: Vec<(&'static str, &'static str)>,
}

/// Parameters about the pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolParameter {
    /// Prisma's `connection_limit`.
    ConnectionLimit,
    /// Prisma's `pool_timeout`, seconds.
    PoolTimeout,
    /// libpq's `connect_timeout`, seconds.
    ConnectTimeout,
}

impl PoolParameter {
    /// As written in URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnectionLimit => "connection_limit",
            Self::PoolTimeout => "pool_timeout",
            Self::ConnectTimeout => "connect_timeout",
        }
    }
}

/// Why a text is no URL of a backend.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UrlError {
    /// Not `postgres://` or `postgresql://`.
    #[error("the URL does not begin with postgres:// or postgresql://")]
    Scheme,
    /// A `@` behind the host.
    #[error("the user or password holds a character that must be encoded")]
    Unencoded,
    /// `%` without two hexadecimal digits, or not UTF-8.
    #[error("the URL holds a % that is no percent-encoding of UTF-8")]
    Percent,
    /// Neither host nor socket directory.
    #[error("the URL names no host")]
    NoHost,
    /// `h1,h2`.
    #[error("the URL names several hosts")]
    SeveralHosts,
    /// Not an IPv6 address in brackets.
    #[error("the host is no IPv6 address in brackets")]
    Ipv6,
    /// Not 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// Neither database nor user.
    #[error("the URL names no database")]
    NoDatabase,
    /// A parameter's value is wrong.
    #[error("the parameter {0} has a value that is not known")]
    Value(&'static str, &'static str),
    /// A parameter that resembles a known one.
    #[error("the parameter {0:?} is not known")]
    Parameter(String, &'static str),
    /// One of sslcert and sslkey.
    #[error("sslcert and sslkey belong together, and one is missing")]
    HalfIdentity,
}

impl UrlError {
    /// The error and what to write instead.
    pub fn wrong(&self) -> Wrong {
        let write = match self {
            Self::Scheme => "write postgres://user:password@host:5432/database".into(),
            Self::Unencoded => {
                "write %40 for @, %2F for /, %3A for :, %3F for ?, %23 for #, %25 for %".into()
            }
            Self::Percent => "write %25 for a % that stands for itself".into(),
            Self::NoHost => {
                "write postgres://host:5432/database, or ?host=/var/run/postgresql for a socket".into()
            }
            Self::SeveralHosts => "write one URL each: the first as primary, the others in replicas".into(),
            Self::Ipv6 => "write [::1]:5432, with the brackets".into(),
            Self::Port => "write host:5432 (and encode special characters of the password: %3A for :)".into(),
            Self::NoDatabase => "write postgres://user@host:5432/database".into(),
            Self::Value(_, write) => (*write).into(),
            Self::Parameter(_, near) => format!("did you mean {near}?"),
            Self::HalfIdentity => "write sslcert=FILE&sslkey=FILE".into(),
        };
        Wrong::new(self.to_string(), write)
    }
}

/// Parameters that we know and leave alone, with the reason.
const IGNORED: &[(&str, &str)] = &[
    ("schema", "clients set it themselves"),
    ("pgbouncer", "pgweir keeps prepared statements, so that clients need not be told"),
    ("socket_timeout", "pool.query_timeout limits queries"),
    ("statement_cache_size", "it is about the client's own cache"),
    ("target_session_attrs", "pgweir finds out roles itself"),
    ("load_balance_hosts", "it is about several hosts"),
    ("gssencmode", "pgweir does not speak GSSAPI"),
    ("channel_binding", "it is used wherever the backend offers it"),
    ("keepalives", "server.tcp_keepalive sets it"),
    ("keepalives_idle", "server.tcp_keepalive sets it"),
    ("keepalives_interval", "server.tcp_keepalive sets it"),
    ("keepalives_count", "server.tcp_keepalive sets it"),
    ("tcp_user_timeout", "server.tcp_keepalive sets it"),
    ("uselibpqcompat", "sslmode means what libpq says"),
    ("supa", "it is about the client"),
    ("fallback_application_name", "application_name is the client's"),
];

/// Parameters that we act on.
const KNOWN: &[&str] = &[
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "ssl",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslnegotiation",
    "sslaccept",
    "connection_limit",
    "pool_timeout",
    "connect_timeout",
    "weight",
    "zone",
    "application_name",
    "options",
    "search_path",
    "statement_timeout",
    "client_encoding",
];

/// Reads a URL.
pub fn parse(text: &str) -> Result<Parsed, UrlError> {
    let (scheme, rest) = text.trim().split_once("://").ok_or(UrlError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("postgres") && !scheme.eq_ignore_ascii_case("postgresql") {
        return Err(UrlError::Scheme);
    }
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if tail.contains('@') || tail.contains('#') {
        return Err(UrlError::Unencoded);
    }
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (login, None),
    };
    let (host, port) = host_and_port(place)?;
    let mut parts = Parts {
        user: decode(user)?,
        password: password.map(decode).transpose()?.filter(|p| !p.is_empty()),
        host: decode(host)?,
        port: port.to_owned(),
        database: decode(path.trim_start_matches('/'))?,
        ..Parts::default()
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parts.parameter(&decode(name)?, decode(value)?)?;
    }
    parts.finish()
}

fn decode(text: &str) -> Result<String, UrlError> {
    let bytes = text.as_bytes();
    let whole = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|h| h.iter().all(u8::is_ascii_hexdigit));
    if text.match_indices('%').any(|(at, _)| !whole(at)) {
        return Err(UrlError::Percent);
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| UrlError::Percent)?;
    if decoded.contains('\0') { Err(UrlError::Percent) } else { Ok(decoded.into_owned()) }
}

fn host_and_port(place: &str) -> Result<(&str, &str), UrlError> {
    if place.contains(',') {
        return Err(UrlError::SeveralHosts);
    }
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(UrlError::Ipv6)?;
        host.parse::<Ipv6Addr>().map_err(|_| UrlError::Ipv6)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if rest.is_empty() => Ok((host, "")),
            None => Err(UrlError::Port),
        };
    }
    if place.matches(':').count() > 1 {
        return Err(if place.parse::<Ipv6Addr>().is_ok() { UrlError::Ipv6 } else { UrlError::Port });
    }
    Ok(place.split_once(':').unwrap_or((place, "")))
}

#[derive(Default)]
struct Parts {
    user: String,
    password: Option<String>,
    host: String,
    port: String,
    database: String,
    mode: Option<TlsMode>,
    strict: Option<TlsMode>,
    root: Option<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    direct: bool,
    weight: Option<u32>,
    zone: Option<String>,
    parameters: Vec<(String, String)>,
    pool: Vec<(PoolParameter, String)>,
    ignored: Vec<(&'static str, &'static str)>,
}

impl Parts {
    fn parameter(&mut self, name: &str, value: String) -> Result<(), UrlError> {
        match name {
            "host" | "hostaddr" => self.host = value,
            "port" => self.port = value,
            "dbname" => self.database = value,
            "user" => self.user = value,
            "password" => self.password = Some(value).filter(|v| !v.is_empty()),
            "sslrootcert" => self.root = Some(value),
            "sslcert" => self.certificate = Some(value.into()),
            "sslkey" => self.key = Some(value.into()),
            "connection_limit" => self.pool.push((PoolParameter::ConnectionLimit, value)),
            "pool_timeout" => self.pool.push((PoolParameter::PoolTimeout, value)),
            "connect_timeout" => self.pool.push((PoolParameter::ConnectTimeout, value)),
            "weight" => {
                let weight = value.parse().map_err(|_| UrlError::Value("weight", "write a whole number"))?;
                self.weight = Some(weight);
            }
            "zone" => self.zone = Some(value).filter(|zone| !zone.is_empty()),
            "sslmode" | "ssl" | "sslnegotiation" | "sslaccept" | "sslpassword" => self.tls(name, &value)?,
            _ => self.other(name, value)?,
        }
        Ok(())
    }

    fn tls(&mut self, name: &str, value: &str) -> Result<(), UrlError> {
        match (name, value) {
            // node-postgres's word for what libpq calls require.
            ("sslmode", "no-verify") => self.mode = Some(TlsMode::Require),
            ("sslmode", value) => {
                let modes = "write disable, allow, prefer, require, verify-ca or verify-full";
                self.mode = Some(tls_mode(value).ok_or(UrlError::Value("sslmode", modes))?);
            }
            ("ssl", "true" | "1") => self.mode = self.mode.or(Some(TlsMode::Require)),
            ("ssl", "false" | "0") => self.mode = self.mode.or(Some(TlsMode::Disable)),
            ("ssl", _) => return Err(UrlError::Value("ssl", "write sslmode=require or sslmode=disable")),
            ("sslnegotiation", "direct") => self.direct = true,
            ("sslnegotiation", "postgres") => self.direct = false,
            ("sslnegotiation", _) => {
                return Err(UrlError::Value("sslnegotiation", "write postgres or direct"));
            }
            ("sslaccept", "strict") => self.strict = Some(TlsMode::VerifyFull),
            ("sslaccept", "accept_invalid_certs") => {}
            ("sslaccept", _) => return Err(UrlError::Value("sslaccept", "write sslmode=verify-full")),
            _ => return Err(UrlError::Value("sslpassword", "use a key without a passphrase")),
        }
        Ok(())
    }

    fn other(&mut self, name: &str, value: String) -> Result<(), UrlError> {
        if let Some(known) = IGNORED.iter().find(|(known, _)| *known == name) {
            self.ignored.push(*known);
            return Ok(());
        }
        if !KNOWN.contains(&name) {
            let known = KNOWN.iter().chain(IGNORED.iter().map(|(known, _)| known)).copied();
            if let Some(near) = nearest(name, known) {
                return Err(UrlError::Parameter(name.into(), near));
            }
        }
        // Whatever else: PostgreSQL knows its own settings, and says so at login if this is none.
        self.parameters.push((name.into(), value));
        Ok(())
    }

    fn finish(self) -> Result<Parsed, UrlError> {
        let port = match self.port.as_str() {
            "" => 5432,
            port => port.parse().ok().filter(|p| *p > 0).ok_or(UrlError::Port)?,
        };
        let address = match self.host {
            host if host.is_empty() => return Err(UrlError::NoHost),
            host if host.contains(',') => return Err(UrlError::SeveralHosts),
            host if host.starts_with('/') => Address::Unix { directory: host.into(), port },
            host => Address::Tcp { host, port },
        };
        let identity = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => Some(CertificatePaths { certificate, key }),
            (None, None) => None,
            _ => return Err(UrlError::HalfIdentity),
        };
        let system = self.root.as_deref() == Some("system");
        let root = self.root.filter(|_| !system).map(PathBuf::from);
        let mode = match (self.mode, self.strict) {
            (Some(TlsMode::Disable), _) => TlsMode::Disable,
            (_, Some(strict)) => strict,
            // As libpq: the system's authorities vouch for half the world, so that names must be checked.
            (None, None) if system => TlsMode::VerifyFull,
            // As libpq: with an authority at hand, require checks it.
            (Some(TlsMode::Require), None) if root.is_some() => TlsMode::VerifyCa,
            (mode, None) => mode.unwrap_or(TlsMode::Prefer),
        };
        let direct_in_clear =
            self.direct && matches!(mode, TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer);
        if direct_in_clear {
            return Err(UrlError::Value("sslnegotiation", "direct needs sslmode=require or stronger"));
        }
        let backend = BackendUrl {
            address,
            database: Some(self.database).filter(|d| !d.is_empty()),
            user: Some(self.user).filter(|u| !u.is_empty()).map(Into::into),
            password: self.password.map(Into::into),
            tls: BackendTls { mode, root_certificate: root, identity, direct: self.direct },
            weight: self.weight.unwrap_or(1),
            zone: self.zone,
            parameters: self.parameters,
        };
        Ok(Parsed { backend, pool: self.pool, ignored: self.ignored })
    }
}

#[cfg(test)]
mod tests;

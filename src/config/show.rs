//! SHOW CONFIG: what is in force, under PgBouncer's names and ours.
//!
//! PgBouncer's names carry PgBouncer's units (seconds, bytes, 0 or 1), for the tools that parse them; ours
//! read as in the file.

use std::time::Duration;

use super::keys::{Effect, PGBOUNCER, Section};
use super::read::{BALANCES, MODES, TLS_MODES};
use super::resolve::defaults;
use super::route::{FunctionName, OwnWrites, Route, Split};
use super::settings::table_path;
use super::types::{Config, LogFormat, Pool, PoolSize, Server, Tracking, Unnamed};
use super::unit::{show_duration, show_size};
use super::{Breaker, Http, Password, Retry, Watch};

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The setting.
    pub key: String,
    /// Its value; secrets are masked.
    pub value: String,
    /// What it would be if nobody had set it.
    pub default: String,
    /// Whether a reload can change it.
    pub changeable: bool,
}

/// A value in two dialects.
pub enum Shown {
    /// The same in both.
    Text(String),
    /// `1h`, 3600.
    Time(Option<Duration>),
    /// `16KiB`, 16384.
    Size(usize),
    /// `off`, 0.
    Limit(Option<usize>),
    /// `true`, 1.
    Flag(bool),
    /// Addresses: whole in ours.
    Addresses(Vec<std::net::SocketAddr>),
}

impl Shown {
    /// As the file has it.
    pub fn ours(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Time(time) => show_duration(*time),
            Self::Size(size) => show_size(*size),
            Self::Limit(limit) => limit.map_or("off".into(), |n| n.to_string()),
            Self::Flag(flag) => flag.to_string(),
            Self::Addresses(list) => join(list),
        }
    }

    fn theirs(&self, name: &str) -> String {
        match self {
            Self::Time(time) => {
                let seconds = time.unwrap_or_default().as_secs_f64();
                format!("{seconds}")
            }
            Self::Size(size) => size.to_string(),
            Self::Limit(limit) => limit.unwrap_or(0).to_string(),
            Self::Flag(flag) => u8::from(*flag).to_string(),
            Self::Addresses(list) if name == "listen_port" => {
                list.first().map_or(String::new(), |address| address.port().to_string())
            }
            Self::Addresses(list) => join(&list.iter().map(std::net::SocketAddr::ip).collect::<Vec<_>>()),
            Self::Text(_) => self.ours(),
        }
    }
}

/// The rows of SHOW CONFIG: PgBouncer's names first.
pub fn rows(config: &Config) -> Vec<Row> {
    let (now, defaults) = (describe(config), describe(&defaults()));
    let pairs = || now.iter().zip(&defaults);
    let theirs = PGBOUNCER.iter().filter_map(|(name, ours)| {
        let ((key, value), (_, default)) = pairs().find(|((key, _), _)| key == ours)?;
        let changeable = effect(key) == Effect::Now;
        Some(Row {
            key: (*name).into(),
            value: value.theirs(name),
            default: default.theirs(name),
            changeable,
        })
    });
    let ours = pairs().map(|((key, value), (_, default))| Row {
        key: key.clone(),
        value: value.ours(),
        default: default.ours(),
        changeable: effect(key) == Effect::Now,
    });
    theirs.chain(ours).collect()
}

/// The pools of one database, as the file has them: key and value.
pub fn pool_of(pool_of_database: &Pool) -> Vec<(&'static str, String)> {
    pool(pool_of_database).into_iter().map(|(key, shown)| (key, shown.ours())).collect()
}

/// How the statements of one database are routed, as the file has it: key and value.
pub fn route_of(route_of_database: &Route) -> Vec<(&'static str, String)> {
    route(route_of_database).into_iter().map(|(key, shown)| (key, shown.ours())).collect()
}

/// What a reload does with the key of that path.
pub fn effect(path: &str) -> Effect {
    let single = Section::ALL.iter().filter(|s| !s.is_named());
    let found = single.flat_map(|s| s.keys().iter().map(|k| (*s, k)));
    let mut found = found.filter(|(s, key)| format!("{}.{}", table_path(*s, ""), key.name) == path);
    found.next().map_or(Effect::Now, |(_, key)| key.effect)
}

/// Every setting that exists once, by its path in the file, in the file's order.
pub fn describe(config: &Config) -> Vec<(String, Shown)> {
    let mut out = Vec::new();
    let mut add = |table: &str, rows: Vec<(&'static str, Shown)>| {
        out.extend(rows.into_iter().map(|(key, shown)| (format!("{table}.{key}"), shown)));
    };
    add("server", server(&config.server));
    add("server.tls", tls(&config.server));
    add("pool", pool(&config.pool));
    add("route", route(&config.route));
    add("auth", auth(config));
    add(
        "admin",
        vec![
            ("users", Shown::Text(join(&config.admin.users))),
            ("stats_users", Shown::Text(join(&config.admin.stats_users))),
        ],
    );
    add("retry", retry(&config.retry));
    add("breaker", breaker(&config.breaker));
    add("failover", vec![("timeout", Shown::Time(config.failover.timeout))]);
    add("http", http(&config.http));
    let observe = &config.observe;
    let traces = observe.traces.as_ref().map_or("off".into(), |to| format!("http://{to}"));
    add(
        "observe",
        vec![
            ("statements", Shown::Flag(observe.statements)),
            ("max_statements", Shown::Text(observe.max_statements.to_string())),
            ("slow_query_rate", Shown::Limit(observe.slow_query_rate)),
            ("slow_query_values", Shown::Flag(observe.slow_query_values)),
            ("traces", Shown::Text(traces)),
        ],
    );
    out
}

fn retry(retry: &Retry) -> Vec<(&'static str, Shown)> {
    let (connect, transaction) = (&retry.connect, &retry.transaction);
    vec![
        ("connect_attempts", Shown::Text(connect.most.to_string())),
        ("connect_base", Shown::Time(Some(connect.base))),
        ("connect_cap", Shown::Time(Some(connect.cap))),
        ("transaction_attempts", Shown::Text(transaction.most.to_string())),
        ("transaction_base", Shown::Time(Some(transaction.base))),
        ("transaction_cap", Shown::Time(Some(transaction.cap))),
        ("multiplier", Shown::Text(connect.multiplier.to_string())),
        ("errors", Shown::Text(join(&retry.errors))),
        ("replay_max_bytes", Shown::Size(retry.replay_max_bytes)),
        ("replay_max_statements", Shown::Text(retry.replay_max_statements.to_string())),
    ]
}

fn breaker(breaker: &Breaker) -> Vec<(&'static str, Shown)> {
    let consecutive = breaker.consecutive_failures.map_or("off".into(), |n| n.to_string());
    vec![
        ("enabled", Shown::Text(breaker.enabled.to_string())),
        ("consecutive_failures", Shown::Text(consecutive)),
        ("failure_rate", Shown::Text(breaker.failure_rate.to_string())),
        ("window", Shown::Time(Some(breaker.window))),
        ("min_requests", Shown::Text(breaker.min_requests.to_string())),
        ("open_for", Shown::Time(Some(breaker.open_for))),
        ("max_probes", Shown::Text(breaker.max_probes.to_string())),
    ]
}

fn server(server: &Server) -> Vec<(&'static str, Shown)> {
    let format = match server.log_format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    };
    let directory = server.unix_socket_dir.as_ref().map_or(String::new(), |d| d.display().to_string());
    let http = server.http_listen.map_or("off".into(), |address| address.to_string());
    vec![
        ("listen", Shown::Addresses(server.listen.clone())),
        ("unix_socket_dir", Shown::Text(directory)),
        ("unix_socket_mode", Shown::Text(format!("{:04o}", server.unix_socket_mode))),
        ("http_listen", Shown::Text(http)),
        ("workers", Shown::Text(server.workers.to_string())),
        ("min_workers", Shown::Text(server.min_workers.to_string())),
        ("max_clients", Shown::Text(server.max_clients.to_string())),
        ("listen_backlog", Shown::Text(server.listen_backlog.to_string())),
        ("tcp_keepalive", Shown::Time(server.tcp_keepalive)),
        ("client_login_timeout", Shown::Time(server.client_login_timeout)),
        ("log_format", Shown::Text(format.into())),
        ("log_level", Shown::Text(server.log_level.clone())),
        ("log_connections", Shown::Flag(server.log_connections)),
        ("slow_query_threshold", Shown::Time(server.slow_query_threshold)),
        ("drain_delay", Shown::Time(Some(server.drain_delay))),
        ("shutdown_timeout", Shown::Time(Some(server.shutdown_timeout))),
        ("watch_config", Shown::Flag(server.watch == Watch::On)),
        ("metrics_aliases", Shown::Flag(server.metrics_aliases)),
        ("buffer_size", Shown::Size(server.buffer_size)),
    ]
}

fn tls(server: &Server) -> Vec<(&'static str, Shown)> {
    let tls = &server.tls;
    let path = |path: Option<&std::path::PathBuf>| path.map_or(String::new(), |p| p.display().to_string());
    let identity = tls.identity.as_ref();
    let hosts: Vec<_> = tls.sni.iter().map(|(host, _)| host).collect();
    vec![
        ("mode", Shown::Text(name_of(TLS_MODES, tls.mode))),
        ("certificate", Shown::Text(path(identity.map(|i| &i.certificate)))),
        ("key", Shown::Text(path(identity.map(|i| &i.key)))),
        ("client_ca", Shown::Text(path(tls.client_ca.as_ref()))),
        ("sni", Shown::Text(join(&hosts))),
    ]
}

/// The settings of a pool by their names in `[pool]`.
pub fn pool(pool: &Pool) -> Vec<(&'static str, Shown)> {
    let times = &pool.timeouts;
    let queries = pool.max_queries.map_or("off".into(), |n| n.to_string());
    vec![
        ("mode", Shown::Text(name_of(MODES, pool.mode))),
        ("size", Shown::Text(size(pool.size))),
        ("min_idle", Shown::Text(pool.min_idle.to_string())),
        ("overflow", Shown::Text(pool.overflow.to_string())),
        ("overflow_after", Shown::Time(Some(pool.overflow_after))),
        ("max_queries", Shown::Text(queries)),
        ("track_sessions", Shown::Text((pool.tracking == Tracking::On).to_string())),
        ("max_pinned", Shown::Text(size(pool.max_pinned))),
        ("max_prepared_statements", Shown::Text(pool.max_prepared_statements.to_string())),
        ("share_unnamed_statements", Shown::Text((pool.unnamed == Unnamed::Shared).to_string())),
        ("max_statement_size", Shown::Size(pool.max_statement_size)),
        ("max_user_connections", Shown::Limit(pool.max_user_connections)),
        ("max_user_clients", Shown::Limit(pool.max_user_clients)),
        ("query_wait_timeout", Shown::Time(times.query_wait)),
        ("query_timeout", Shown::Time(times.query)),
        ("idle_transaction_timeout", Shown::Time(times.idle_transaction)),
        ("transaction_timeout", Shown::Time(times.transaction)),
        ("client_idle_timeout", Shown::Time(times.client_idle)),
        ("server_lifetime", Shown::Time(times.server_lifetime)),
        ("server_idle_timeout", Shown::Time(times.server_idle)),
        ("server_connect_timeout", Shown::Time(times.server_connect)),
        ("server_login_retry", Shown::Time(Some(times.server_login_retry))),
        ("server_check_delay", Shown::Time(Some(times.server_check_delay))),
    ]
}

/// How statements are routed by their names in `[route]`.
pub fn route(route: &Route) -> Vec<(&'static str, Shown)> {
    let name =
        |f: &FunctionName| f.schema.iter().chain([&f.name]).map(|p| &**p).collect::<Vec<_>>().join(".");
    let names = |names: &[FunctionName]| Shown::Text(join(&names.iter().map(name).collect::<Vec<_>>()));
    let bytes =
        route.max_lag_bytes.map_or("off".into(), |n| show_size(usize::try_from(n).unwrap_or(usize::MAX)));
    vec![
        ("read_write_split", Shown::Flag(route.split == Split::On)),
        ("balance", Shown::Text(name_of(BALANCES, route.balance))),
        ("zone", Shown::Text(route.zone.clone().unwrap_or_default())),
        ("max_lag", Shown::Time(route.max_lag)),
        ("max_lag_bytes", Shown::Text(bytes)),
        ("read_your_writes", Shown::Flag(route.own_writes == OwnWrites::Seen)),
        ("safe_functions", names(&route.safe_functions)),
        ("volatile_functions", names(&route.volatile_functions)),
        ("probe_interval", Shown::Time(Some(route.probe_interval))),
        ("probe_timeout", Shown::Time(Some(route.probe_timeout))),
    ]
}

fn http(http: &Http) -> Vec<(&'static str, Shown)> {
    let masked = |token: &Option<Password>| Shown::Text(token.as_ref().map_or("", |_| "****").into());
    let path = |path: Option<&std::path::PathBuf>| {
        Shown::Text(path.map_or(String::new(), |p| p.display().to_string()))
    };
    let identity = http.identity.as_ref();
    vec![
        ("token", masked(&http.token)),
        ("read_token", masked(&http.read_token)),
        ("certificate", path(identity.map(|i| &i.certificate))),
        ("key", path(identity.map(|i| &i.key))),
    ]
}

fn auth(config: &Config) -> Vec<(&'static str, Shown)> {
    let query = config.auth.query.as_ref();
    let text = |text: Option<&str>| Shown::Text(text.unwrap_or_default().into());
    let masked = query.and_then(|q| q.password.as_ref()).map(|_| "****");
    let default_cache = Duration::from_secs(60);
    let map: Vec<_> = config.auth.cert_map.iter().map(|(name, user)| format!("{name} = {user}")).collect();
    vec![
        ("rules", Shown::Text(format!("{} rules", config.auth.rules.len()))),
        ("cert_map", Shown::Text(map.join("; "))),
        ("query", text(query.map(|q| q.query.as_str()))),
        ("query_user", text(query.map(|q| q.user.as_str()))),
        ("query_password", text(masked)),
        ("query_database", text(query.and_then(|q| q.database.as_ref()).map(|d| d.as_str()))),
        ("query_cache", Shown::Time(Some(query.map_or(default_cache, |q| q.cache)))),
    ]
}

/// A pool's size as the file has it.
pub fn size(size: PoolSize) -> String {
    match size {
        PoolSize::Fixed(n) => n.to_string(),
        PoolSize::Auto => "auto".into(),
    }
}

/// The name of a value in a table of names.
pub fn name_of<T: PartialEq>(table: &[(&str, T)], value: T) -> String {
    table.iter().find(|(_, v)| *v == value).map_or(String::new(), |(name, _)| (*name).into())
}

fn join<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

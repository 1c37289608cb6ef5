//! Every key there is: its table, its default, what a reload does with it.
//!
//! This is the one place that knows the names. The walk over the file, the names of environment
//! variables, the nearest key in an error, the defaults and SHOW CONFIG all read it.

mod observe;
mod pgbouncer;
mod resilience;

pub use pgbouncer::PGBOUNCER;

/// A table of the file. `Root` holds no keys, only tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Section {
    /// The file itself.
    Root,
    /// `[server]`
    Server,
    /// `[server.tls]`
    Tls,
    /// `[server.tls.sni.HOST]`
    Sni,
    /// `[pool]`
    Pool,
    /// `[databases.NAME]`
    Database,
    /// `[databases.NAME.pool]`
    DatabasePool,
    /// `[route]`
    Route,
    /// `[databases.NAME.route]`
    DatabaseRoute,
    /// `[[users]]`
    User,
    /// `[users.pool]`
    UserPool,
    /// `[auth]`
    Auth,
    /// `[admin]`
    Admin,
    /// `[retry]`
    Retry,
    /// `[breaker]`
    Breaker,
    /// `[failover]`
    Failover,
    /// `[http]`
    Http,
    /// `[observe]`
    Observe,
}

/// How a value is written in the environment, where everything is text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One value.
    One,
    /// One value that is never shown.
    Secret,
    /// Several, separated by commas.
    List,
    /// Several that may hold commas, separated by semicolons or line ends.
    Lines,
    /// Several URLs: a comma separates them only in front of a scheme. Never shown.
    Urls,
}

/// When a changed value counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// From the reload on, for what begins after it.
    Now,
    /// At the next start.
    Restart,
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Its name within the table.
    pub name: &'static str,
    /// Its default as an operator would write it; empty: unset.
    pub default: &'static str,
    /// One value or many.
    pub shape: Shape,
    /// What a reload does.
    pub effect: Effect,
}

/// A table within a table.
#[derive(Clone, Copy, Debug)]
pub enum Child {
    /// `[a.b]`
    Table(Section),
    /// `[a.b.NAME]`
    Named(Section),
    /// `[[a.b]]`, named by its key `name`.
    Array(Section),
}

const fn key(name: &'static str, default: &'static str) -> Key {
    Key { name, default, shape: Shape::One, effect: Effect::Now }
}

impl Key {
    const fn shape(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    const fn restart(self) -> Self {
        Self { effect: Effect::Restart, ..self }
    }

    /// Whether the value must not be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self.shape, Shape::Secret | Shape::Urls)
    }
}

const SERVER: &[Key] = &[
    key("listen", "127.0.0.1:6432").shape(Shape::List).restart(),
    key("unix_socket_dir", "").restart(),
    key("unix_socket_mode", "0777").restart(),
    key("http_listen", "127.0.0.1:6433").restart(),
    key("workers", "0").restart(),
    key("min_workers", "1"),
    key("max_clients", "10000"),
    key("listen_backlog", "1024").restart(),
    key("tcp_keepalive", "60s").restart(),
    key("client_login_timeout", "60s"),
    key("log_format", "text").restart(),
    key("log_level", "info"),
    key("log_connections", "false"),
    key("slow_query_threshold", "off"),
    key("drain_delay", "0s"),
    key("shutdown_timeout", "25s"),
    key("watch_config", "false"),
    key("metrics_aliases", "true").restart(),
    key("buffer_size", "16KiB").restart(),
];

const TLS: &[Key] = &[key("mode", ""), key("certificate", ""), key("key", ""), key("client_ca", "")];

const SNI: &[Key] = &[key("certificate", ""), key("key", "")];

const POOL: &[Key] = &[
    key("profile", ""),
    key("mode", "transaction"),
    key("size", "20"),
    key("min_idle", "0"),
    key("overflow", "0"),
    key("overflow_after", "5s"),
    key("max_queries", "off"),
    key("max_prepared_statements", "200"),
    key("share_unnamed_statements", "true"),
    key("max_statement_size", "16MiB"),
    key("max_pinned", "auto"),
    key("track_sessions", "true"),
    key("max_user_connections", "off"),
    key("max_user_clients", "off"),
    key("query_wait_timeout", "120s"),
    key("query_timeout", "off"),
    key("idle_transaction_timeout", "off"),
    key("transaction_timeout", "off"),
    key("client_idle_timeout", "off"),
    key("server_lifetime", "1h"),
    key("server_idle_timeout", "10m"),
    key("server_connect_timeout", "15s"),
    key("server_login_retry", "15s"),
    key("server_check_delay", "30s"),
];

const ROUTE: &[Key] = &[
    key("read_write_split", "true"),
    key("balance", "round-robin"),
    key("zone", ""),
    key("max_lag", "10s"),
    key("max_lag_bytes", "off"),
    key("read_your_writes", "true"),
    key("safe_functions", "").shape(Shape::List),
    key("volatile_functions", "").shape(Shape::List),
    key("probe_interval", "100ms"),
    key("probe_timeout", "1s"),
];

const DATABASE: &[Key] = &[
    key("primary", "").shape(Shape::Secret),
    key("replicas", "").shape(Shape::Urls),
    key("hosts", "").shape(Shape::Urls),
    key("role", "auto"),
    key("max_connections", "off"),
    key("max_clients", "off"),
];

const USER: &[Key] = &[
    key("name", ""),
    key("password", "").shape(Shape::Secret),
    key("max_clients", "off"),
    key("max_connections", "off"),
    key("priority", "0"),
];

const USER_POOL: &[Key] = &[key("mode", ""), key("size", ""), key("min_idle", ""), key("overflow", "")];

const AUTH: &[Key] = &[
    key("rules", "").shape(Shape::Lines),
    key("hba_file", ""),
    key("cert_map", "").shape(Shape::Lines),
    key("query", ""),
    key("query_user", ""),
    key("query_password", "").shape(Shape::Secret),
    key("query_database", ""),
    key("query_cache", "60s"),
];

const ADMIN: &[Key] = &[key("users", "").shape(Shape::List), key("stats_users", "").shape(Shape::List)];

const HTTP: &[Key] = &[
    key("token", "").shape(Shape::Secret),
    key("read_token", "").shape(Shape::Secret),
    key("certificate", ""),
    key("key", ""),
];

impl Section {
    /// Every table that holds keys.
    pub const ALL: &[Self] = &[
        Self::Server,
        Self::Tls,
        Self::Sni,
        Self::Pool,
        Self::Database,
        Self::DatabasePool,
        Self::Route,
        Self::DatabaseRoute,
        Self::User,
        Self::UserPool,
        Self::Auth,
        Self::Admin,
        Self::Retry,
        Self::Breaker,
        Self::Failover,
        Self::Http,
        Self::Observe,
    ];

    /// The keys of the table.
    pub fn keys(self) -> &'static [Key] {
        match self {
            Self::Root => &[],
            Self::Server => SERVER,
            Self::Tls => TLS,
            Self::Sni => SNI,
            Self::Pool | Self::DatabasePool => POOL,
            Self::Route | Self::DatabaseRoute => ROUTE,
            Self::Database => DATABASE,
            Self::User => USER,
            Self::UserPool => USER_POOL,
            Self::Auth => AUTH,
            Self::Admin => ADMIN,
            Self::Retry => resilience::RETRY,
            Self::Breaker => resilience::BREAKER,
            Self::Failover => resilience::FAILOVER,
            Self::Http => HTTP,
            Self::Observe => observe::OBSERVE,
        }
    }

    /// The key of that name.
    pub fn key(self, name: &str) -> Option<&'static Key> {
        self.keys().iter().find(|key| key.name == name)
    }

    /// The tables within the table.
    pub fn children(self) -> &'static [(&'static str, Child)] {
        match self {
            Self::Root => &[
                ("server", Child::Table(Self::Server)),
                ("pool", Child::Table(Self::Pool)),
                ("route", Child::Table(Self::Route)),
                ("databases", Child::Named(Self::Database)),
                ("users", Child::Array(Self::User)),
                ("auth", Child::Table(Self::Auth)),
                ("admin", Child::Table(Self::Admin)),
                ("retry", Child::Table(Self::Retry)),
                ("breaker", Child::Table(Self::Breaker)),
                ("failover", Child::Table(Self::Failover)),
                ("http", Child::Table(Self::Http)),
                ("observe", Child::Table(Self::Observe)),
            ],
            Self::Server => &[("tls", Child::Table(Self::Tls))],
            Self::Tls => &[("sni", Child::Named(Self::Sni))],
            Self::Database => {
                &[("pool", Child::Table(Self::DatabasePool)), ("route", Child::Table(Self::DatabaseRoute))]
            }
            Self::User => &[("pool", Child::Table(Self::UserPool))],
            _ => &[],
        }
    }

    /// The table's path before and after the name of its subject (`databases` and `pool`).
    pub fn path(self) -> (&'static str, &'static str) {
        match self {
            Self::Root => ("", ""),
            Self::Server => ("server", ""),
            Self::Tls => ("server.tls", ""),
            Self::Sni => ("server.tls.sni", ""),
            Self::Pool => ("pool", ""),
            Self::Database => ("databases", ""),
            Self::DatabasePool => ("databases", "pool"),
            Self::Route => ("route", ""),
            Self::DatabaseRoute => ("databases", "route"),
            Self::User => ("users", ""),
            Self::UserPool => ("users", "pool"),
            Self::Auth => ("auth", ""),
            Self::Admin => ("admin", ""),
            Self::Retry => ("retry", ""),
            Self::Breaker => ("breaker", ""),
            Self::Failover => ("failover", ""),
            Self::Http => ("http", ""),
            Self::Observe => ("observe", ""),
        }
    }

    /// Whether the table exists once per database, user or host.
    pub fn is_named(self) -> bool {
        matches!(
            self,
            Self::Sni
                | Self::Database
                | Self::DatabasePool
                | Self::DatabaseRoute
                | Self::User
                | Self::UserPool
        )
    }
}

/// Every key's path, with `NAME` for databases, users and hosts.
pub fn known_keys() -> Vec<String> {
    let path = |section: Section, key: &Key| {
        let (before, after) = section.path();
        let name = if section.is_named() { "NAME" } else { "" };
        let parts = [before, name, after, key.name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
    };
    Section::ALL.iter().flat_map(|s| s.keys().iter().map(|k| path(*s, k))).collect()
}

/// The keys of tables that exist once and their defaults as a file has them, where there is one.
pub fn known_defaults() -> Vec<(String, &'static str)> {
    let single = Section::ALL.iter().filter(|s| !s.is_named());
    let keys =
        single.flat_map(|s| s.keys().iter().map(|k| (format!("{}.{}", s.path().0, k.name), k.default)));
    keys.filter(|(_, default)| !default.is_empty()).collect()
}

/// The candidate that a mistyped `word` most likely means, if any is near enough to be worth naming.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&lower, &c.to_lowercase()), c))
        .filter(|(distance, c)| *distance <= (c.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_named_and_the_far_is_not() {
        assert_eq!(nearest("liste", ["listen", "workers"]), Some("listen"));
        assert_eq!(nearest("Max_Client", ["max_clients", "workers"]), Some("max_clients"));
        assert_eq!(nearest("frobnicate", ["listen", "workers"]), None);
    }

    #[test]
    fn every_pgbouncer_name_leads_to_a_key() {
        for (theirs, ours) in PGBOUNCER {
            let (table, name) = ours.rsplit_once('.').unwrap();
            let found =
                Section::ALL.iter().any(|s| !s.is_named() && s.path().0 == table && s.key(name).is_some());
            assert!(found, "{theirs} -> {ours}");
        }
    }
}

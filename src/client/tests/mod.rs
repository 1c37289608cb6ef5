//! Logins against a scripted client, with exact bytes.

mod hostile;
mod methods;
mod opening;
mod script;
mod secrets;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::asked::Asked;
use super::lookup::{Answering, Lookup, LookupError, Question};
use super::secrets::Secrets;
use super::{Context, Login, LoginError, login};
use crate::config::*;
use crate::net::Stream;
use crate::net::tls::ServerTls;

/// Answers look-ups as told, slowly, and counts them.
#[derive(Default)]
pub(super) struct FakeLookup {
    users: Mutex<HashMap<String, String>>,
    broken: Mutex<bool>,
    asked: Mutex<Vec<String>>,
}

impl FakeLookup {
    fn set(&self, user: &str, secret: &str) {
        self.users.lock().insert(user.into(), secret.into());
    }

    fn break_down(&self) {
        *self.broken.lock() = true;
    }

    fn count(&self) -> usize {
        self.asked.lock().len()
    }
}

impl Lookup for FakeLookup {
    fn look_up<'a>(&'a self, question: Question<'a>) -> Answering<'a> {
        Box::pin(async move {
            self.asked.lock().push(format!("{}@{}", question.user, question.database.name));
            tokio::time::sleep(Duration::from_millis(10)).await;
            if *self.broken.lock() {
                return Err(LookupError::Timeout);
            }
            Ok(self.users.lock().get(question.user.as_str()).map(|text| UserSecret::classify(text)))
        })
    }
}

/// One database `app`, users `plain` (password `secret`), `hashed` (md5 of `secret`) and `verified` (a
/// verifier of `secret`), the default rule.
fn config() -> Config {
    let database = Arc::new(database());
    let users = [
        user("plain", Some("secret")),
        // SELECT 'md5' || md5('secret' || 'hashed')
        user("hashed", Some("md504d4a9616f5b4c7cdb75992b7c5a43e9")),
        user("verified", Some(&crate::auth::scram::Verifier::generate("secret").to_string())),
        user("admin", Some("secret")),
        user("stranger", None),
    ];
    Config {
        server: server(),
        route: Route::default(),
        databases: Databases { named: [(database.name.clone(), database)].into(), wildcard: None },
        users: users.into_iter().map(|user| (user.name.clone(), Arc::new(user))).collect(),
        auth: Auth {
            rules: vec![rule(Transport::Any, Method::BySecret)],
            query: None,
            cert_map: vec![],
            file: None,
        },
        admin: Admin { users: vec!["admin".into()], stats_users: vec![] },
        pool: pool(),
        ..Config::default()
    }
}

fn rule(transport: Transport, method: Method) -> HbaRule {
    HbaRule { transport, databases: vec![], users: vec![], source: HbaSource::Any, method }
}

fn auth_query(database: Option<&str>) -> AuthQuery {
    AuthQuery {
        query: "SELECT $1".into(),
        user: "auth".into(),
        password: None,
        database: database.map(Into::into),
        cache: Duration::from_secs(60),
    }
}

fn user(name: &str, secret: Option<&str>) -> User {
    let secret = secret.map(UserSecret::classify);
    let pool = PoolOverride::default();
    User {
        name: name.into(),
        secret,
        pool,
        max_clients: None,
        max_connections: None,
        priority: Priority::default(),
    }
}

fn server() -> Server {
    Server {
        listen: vec![],
        unix_socket_dir: None,
        unix_socket_mode: 0o777,
        http_listen: None,
        workers: 1,
        min_workers: 1,
        max_clients: 100,
        client_login_timeout: None,
        listen_backlog: 16,
        tcp_keepalive: None,
        log_format: LogFormat::Text,
        log_level: "info".into(),
        log_connections: false,
        slow_query_threshold: None,
        drain_delay: Duration::ZERO,
        shutdown_timeout: Duration::from_secs(1),
        watch: crate::config::Watch::Off,
        metrics_aliases: false,
        buffer_size: 16_384,
        tls: ClientTls { mode: TlsMode::Disable, identity: None, client_ca: None, sni: vec![] },
    }
}

fn database() -> Database {
    Database {
        name: "app".into(),
        primary: BackendUrl {
            address: Address::Tcp { host: "localhost".into(), port: 5432 },
            database: None,
            user: None,
            password: None,
            tls: BackendTls { mode: TlsMode::Disable, root_certificate: None, identity: None, direct: false },
            weight: 1,
            zone: None,
            parameters: vec![],
        },
        replicas: vec![],
        roles: Roles::Given,
        role: FixedRole::Auto,
        route: Route::default(),
        pool: pool(),
        max_connections: None,
        max_clients: None,
    }
}

fn pool() -> Pool {
    Pool {
        mode: Mode::Transaction,
        size: PoolSize::Fixed(1),
        min_idle: 0,
        overflow: 0,
        overflow_after: Duration::from_secs(5),
        max_queries: None,
        max_prepared_statements: 200,
        unnamed: crate::config::Unnamed::Shared,
        max_pinned: PoolSize::Auto,
        tracking: Tracking::On,
        max_statement_size: 1 << 20,
        max_user_connections: None,
        max_user_clients: None,
        timeouts: Timeouts {
            client_login: None,
            query_wait: None,
            query: None,
            idle_transaction: None,
            transaction: None,
            client_idle: None,
            server_lifetime: None,
            server_idle: None,
            server_connect: None,
            server_login_retry: Duration::from_secs(1),
            server_check_delay: Duration::from_secs(30),
        },
    }
}

fn context(config: Config) -> Context {
    context_with(config, Arc::new(FakeLookup::default()))
}

fn context_with(config: Config, lookup: Arc<FakeLookup>) -> Context {
    let tls = ServerTls::load(&config.server.tls).unwrap();
    Context { config: Arc::new(config), tls, secrets: Arc::new(Secrets::new(lookup)), full: None }
}

/// The same context with other rules.
fn ruled(rules: &[HbaRule]) -> Context {
    let mut config = config();
    config.auth.rules = rules.to_vec();
    context(config)
}

fn asked(user: &str, database: &str) -> Asked {
    let parameters = vec![
        (b"user".to_vec(), user.as_bytes().to_vec()),
        (b"database".to_vec(), database.as_bytes().to_vec()),
    ];
    Asked::read(crate::wire::startup::Startup { major: 3, minor: 0, parameters }).unwrap()
}

/// A login of `far` while `script` plays the client; what both come to.
async fn play<T>(
    context: &Context,
    far: Stream,
    script: impl Future<Output = T>,
) -> (Result<Login, LoginError>, T) {
    let both = async { tokio::join!(login(far, context), script) };
    tokio::time::timeout(Duration::from_secs(20), both).await.expect("the login hangs")
}

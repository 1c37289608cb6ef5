//! What operators write, and what pgweir makes of it or says about it.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgweir::config::{
    Address, Change, Config, Effect, Environment, Errors, HbaSource, Live, Loaded, Method, Mode, NoteLevel,
    PoolSize, TlsMode, Transport, UserSecret, diff, load, rows,
};
use tempfile::TempDir;

/// A file in a directory of its own, and the environment beside it.
struct Case {
    directory: TempDir,
    environment: Vec<(String, String)>,
}

fn file(text: &str) -> Case {
    let case = Case { directory: tempfile::tempdir().unwrap(), environment: Vec::new() };
    case.write(text);
    case
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().copied().collect()
}

impl Case {
    fn path(&self) -> PathBuf {
        self.directory.path().join("pgweir.toml")
    }

    fn write(&self, text: &str) {
        fs::write(self.path(), text).unwrap();
        fs::set_permissions(self.path(), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn load(&self) -> Result<Loaded, Errors> {
        load(Some(&self.path()), &self.environment.iter().cloned().collect())
    }

    fn config(&self) -> Config {
        self.load().unwrap().config
    }

    /// The errors, without the directory's random name.
    fn errors(&self) -> Vec<String> {
        let directory = format!("{}/", self.directory.path().display());
        let errors = self.load().unwrap_err();
        errors.problems().iter().map(|p| p.to_string().replace(&directory, "")).collect()
    }

    fn notes(&self) -> String {
        texts(&self.load().unwrap())
    }
}

fn texts(loaded: &Loaded) -> String {
    loaded.notes.iter().map(|n| format!("{n}\n")).collect()
}

fn alone(pairs: &[(&str, &str)]) -> Loaded {
    load(None, &environment(pairs)).unwrap()
}

const APP: &str = "[databases.app]\nprimary = \"postgres://db:5432/app\"\n";

#[test]
fn all_errors_come_together_with_line_key_and_cure() {
    let case = file(
        r#"[server]
listne = ["127.0.0.1:6432"]
workers = "many"
[pool]
mode = "transactoin"
size = 10
min_idle = 11
query_wait_timeout = 120
default_pool_size = 5
[databases.app]
primary = "postgre://db/app"
size = 5
[databases.lost]
[[users]]
name = "app"
[[users]]
name = "app"
[atuh]
query = "x"
"#,
    );
    let expected = [
        r#"pgweir.toml:2: server.listne: there is no such key; did you mean server.listen?"#,
        r#"pgweir.toml:3: server.workers: "many" is no whole number; write a whole number, such as 20"#,
        r#"pgweir.toml:5: pool.mode: "transactoin" is no pool mode; did you mean "transaction"?"#,
        r#"pgweir.toml:7: pool.min_idle: 11 is more than pool.size (10, from pgweir.toml:6); write at most 10, or raise pool.size"#,
        r#"pgweir.toml:8: pool.query_wait_timeout: 120 has no unit; write "120s" for seconds or "120ms" for milliseconds"#,
        r#"pgweir.toml:9: pool.default_pool_size: there is no such key; PgBouncer's default_pool_size is pool.size here"#,
        r#"pgweir.toml:11: databases.app.primary: the URL does not begin with postgres:// or postgresql://; write postgres://user:password@host:5432/database"#,
        r#"pgweir.toml:12: databases.app.size: there is no such key; size belongs to [databases.app.pool]"#,
        r#"pgweir.toml:13: databases.lost.primary: the database has no primary; write primary = "postgres://host:5432/database""#,
        r#"pgweir.toml:16: users.name: the user "app" stands here a second time, after line 14; keep one of the two"#,
        r#"pgweir.toml:18: atuh: there is no such key; did you mean auth?"#,
    ];
    let errors = case.errors();
    assert_eq!(errors, expected, "{errors:#?}");
    assert!(case.load().unwrap_err().to_string().starts_with("11 errors in the configuration:\n"));
}

#[test]
fn wrong_forms_say_which_form_is_right() {
    for (text, expected) in [
        ("users = \"app\"", "pgweir.toml:1: users: is not a list of tables; write [[users]]"),
        ("databases = 1", "databases: is a table of tables; write [databases.NAME]"),
        ("pool = 20", "pool: is a table, not a value; write [pool]"),
        ("[databases]\napp = \"postgres://h/d\"", "pgweir.toml:2: databases.app: is a table"),
        ("[[users]]\npassword = \"x\"", "users.name: a user without a name"),
        ("[server]\nlisten = [\"6432\", \"::1\", \"localhost:1\"]", "\"6432\" is no address to listen on"),
        ("[server]\nlisten = [\"::1\"]", "\"::1\" has no port"),
        ("[server]\nunix_socket_mode = 777", "in octal"),
        ("[server]\nhttp_listen = \"127.0.0.1:6432\"", "a port of its own"),
        ("[server]\nlisten = []", "nothing to listen on"),
        ("[server]\nbuffer_size = \"1GiB\"", "from 1KiB to 16MiB"),
        ("[server]\nlog_level = \"pgweir=loud\"", "no log level"),
        ("[server]\nlog_level = \"verbose\"", "no log level"),
        ("[server.tls]\nmode = \"require\"", "TLS needs a certificate"),
        ("[server.tls]\ncertificate = \"/nowhere.crt\"", "/nowhere.crt cannot be read"),
        ("[server.tls]\nkey = \"/nowhere.key\"", "has no certificate"),
        ("[pool]\nprofile = \"prod\"", "write one of \"development\", \"test\", \"staging\", \"production\""),
        ("[pool]\nsize = 0", "0 is no number of connections"),
        ("[pool]\nquery_timeout = 1.5", "a fraction is no duration"),
        ("[auth]\nrules = [\"host all all 10.0.0.0/8 scram\"]", "\"scram\" is no method"),
        ("[auth]\nrules = [\"hostssl all all all cert\"]", "client_ca"),
        ("[auth]\nhba_file = \"/nowhere\"", "/nowhere cannot be read"),
        ("[auth]\nquery = \"SELECT 1\"\nquery_user = \"u\"", "no $1"),
        ("[auth]\nquery = \"SELECT $1\"", "query_user"),
        ("[databases.pgweir]\nprimary = \"postgres://h/d\"", "is the console"),
        ("[databases.x]\nprimary = \"postgres://localhost:6432/d\"", "where pgweir itself listens"),
        ("[databases.x]\nprimary = \"postgres://h/d?sslrootcert=/nowhere\"", "/nowhere cannot be read"),
        ("[databases.x]\nprimary = \"postgres://h/d\"\nreplicas = [\"postgres://\"]", "names no host"),
        ("[server]\nlisten = [\"127.0.0.1:1\"", "this is not TOML"),
    ] {
        let errors = file(text).errors().join("\n");
        assert!(errors.contains(expected), "{text}\n-> {errors}");
    }
}

#[test]
fn a_quote_left_open_is_one_error_not_one_for_each_line_behind_it() {
    let errors = file("[server]\nlisten = [\"x\"\n[pool]\nsize = 1\nmode = 2\n").errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let twice = file("[pool]\nsize = 1\nsize = 2\n[server]\nworkers = 1\nworkers = 2\n").errors();
    assert_eq!(twice.len(), 2, "{twice:?}");
    assert!(twice[0].starts_with("pgweir.toml:3: ") && twice[0].contains("duplicate"), "{twice:?}");
}

#[test]
fn nothing_at_all_says_what_to_set() {
    let errors = load(None, &Environment::default()).unwrap_err().to_string();
    assert!(errors.contains("set DATABASE_URL=postgres://"), "{errors}");
    assert!(errors.contains("--config FILE"), "{errors}");
    let missing = load(Some(Path::new("/nowhere.toml")), &Environment::default()).unwrap_err().to_string();
    assert!(missing.contains("/nowhere.toml") && missing.contains("cannot be read"), "{missing}");
}

#[test]
fn a_missing_database_is_told_beside_the_rest() {
    let errors = file("[pool]\nsize = 0\n").errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[1].contains("there is no database to serve"), "{errors:?}");
    let typo = file(&APP.replace("databases", "database")).errors();
    assert_eq!(typo.len(), 1, "{typo:?}");
}

#[test]
fn a_file_may_set_the_pool_of_the_database_that_database_url_names() {
    let case = file("[databases.app.pool]\nsize = 3\n").with("DATABASE_URL", "postgres://u:p@h/app");
    assert_eq!(case.config().databases.named["app"].pool.size, PoolSize::Fixed(3));
}

#[test]
fn what_was_written_for_applications_gives_way_to_the_size() {
    let case = file(&format!("{APP}[pool]\nsize = 4\n")).with("MAX_IDLE_DB_CONNECTIONS", "5");
    assert_eq!(case.config().pool.min_idle, 4);
    let ours = file(&format!("{APP}[pool]\nsize = 4\n")).with("PGWEIR_POOL_MIN_IDLE", "5").errors();
    assert!(ours[0].starts_with("PGWEIR_POOL_MIN_IDLE: pool.min_idle: 5 is more than"), "{ours:?}");
    let user = format!("{APP}[[users]]\nname = \"app\"\npassword = \"x\"\npool = {{ size = 2 }}\n");
    let config = file(&format!("{user}[pool]\nmin_idle = 5\n")).config();
    assert_eq!(config.pool_for(&config.databases.named["app"], &"app".into()).min_idle, 2);
}

#[test]
fn database_url_alone_is_enough() {
    let Loaded { config, notes } = alone(&[("DATABASE_URL", "postgres://app:s3cret@db.example.com/shop")]);
    assert_eq!(config.server.listen, ["127.0.0.1:6432".parse().unwrap()]);
    assert_eq!(config.server.http_listen, Some("127.0.0.1:6433".parse().unwrap()));
    let shop = &config.databases.named["shop"];
    assert_eq!(shop.primary.address, Address::Tcp { host: "db.example.com".into(), port: 5432 });
    assert_eq!(shop.primary.user.as_ref().unwrap().as_str(), "app");
    assert_eq!(config.users["app"].secret, Some(UserSecret::Password("s3cret".into())));
    assert_eq!((shop.pool.size, shop.pool.mode), (PoolSize::Fixed(20), Mode::Transaction));
    assert_eq!(shop.pool.timeouts.query_wait, Some(Duration::from_secs(120)));
    assert_eq!(config.auth.rules.len(), 1);
    assert_eq!(config.auth.rules[0].method, Method::BySecret);
    assert!(notes.iter().all(|n| n.level == NoteLevel::Info), "{notes:?}");
}

#[test]
fn without_a_password_only_this_machine_gets_in() {
    let loaded = alone(&[("DATABASE_URL", "postgres://app@/shop?host=/run/postgresql")]);
    let rules = &loaded.config.auth.rules;
    let trusting: Vec<_> = rules.iter().filter(|r| r.method == Method::Trust).collect();
    assert_eq!(trusting.len(), 3);
    for rule in trusting {
        assert_eq!(rule.users, ["app"]);
        match rule.source {
            HbaSource::Network(ip, _) => assert!(ip.is_loopback()),
            HbaSource::Any => assert_eq!(rule.transport, Transport::Local),
        }
    }
    assert_eq!(rules.last().unwrap().method, Method::BySecret);
    assert!(loaded.notes.iter().any(|n| n.level == NoteLevel::Warning && n.text.contains("no password")));
}

#[test]
fn read_urls_add_replicas_that_inherit_what_they_leave_out() {
    let loaded = alone(&[
        ("DATABASE_URL", "postgres://app:a%2Cb@primary/shop"),
        ("DATABASE_READ_URLS", "postgres://app:a,b@r1/shop, postgresql://r2:6000"),
        ("DATABASE_READ_REPLICA_URL", "postgres://r3"),
    ]);
    let shop = &loaded.config.databases.named["shop"];
    let addresses: Vec<_> = shop.replicas.iter().map(|r| r.address.to_string()).collect();
    assert_eq!(addresses, ["r1:5432", "r2:6000", "r3:5432"]);
    for replica in &shop.replicas {
        assert_eq!(replica.database.as_deref(), Some("shop"));
        assert_eq!(replica.password.as_ref().unwrap().reveal(), "a,b");
    }
}

#[test]
fn prismas_parameters_and_the_names_of_applications() {
    let url = "postgres://u:p@h/d?connection_limit=7&pool_timeout=3&schema=public&pgbouncer=true";
    let loaded = alone(&[
        ("DATABASE_URL", url),
        ("DB_POOL_MAX", "50"),
        ("DB_POOL_MIN", "2"),
        ("DB_POOL_IDLE_TIMEOUT", "30000"),
        ("DB_CONN_MAX_LIFETIME", "300"),
        ("SLOW_QUERY_THRESHOLD", "500"),
        ("LOG_LEVEL", "WARNING"),
        ("DATABASE_POOL_MIN", "lots"),
    ]);
    let pool = &loaded.config.databases.named["d"].pool;
    assert_eq!(pool.size, PoolSize::Fixed(7));
    assert_eq!(pool.min_idle, 2);
    assert_eq!(pool.timeouts.query_wait, Some(Duration::from_secs(3)));
    assert_eq!(pool.timeouts.server_idle, Some(Duration::from_secs(30)));
    assert_eq!(pool.timeouts.server_lifetime, Some(Duration::from_secs(300)));
    assert_eq!(loaded.config.server.slow_query_threshold, Some(Duration::from_millis(500)));
    assert_eq!(loaded.config.server.log_level, "warn");
    let notes = texts(&loaded);
    assert!(
        notes.contains("pool.size: DATABASE_URL (connection_limit) (\"7\") overrides DB_POOL_MAX (\"50\")"),
        "{notes}"
    );
    assert!(notes.contains("pool.min_idle: set by DB_POOL_MIN (\"2\")"), "{notes}");
    assert!(notes.contains("the URL's schema is ignored"), "{notes}");
    assert!(notes.contains("DATABASE_POOL_MIN is ignored: \"lots\""), "{notes}");
}

#[test]
fn every_application_name_is_understood() {
    let pool = |name: &str, value: &str| {
        let Loaded { config, .. } = alone(&[("DATABASE_URL", "postgres://u:p@h/d"), (name, value)]);
        config.pool
    };
    for name in ["DB_POOL_MAX", "DATABASE_POOL_MAX", "MAX_DB_CONNECTIONS"] {
        assert_eq!(pool(name, "9").size, PoolSize::Fixed(9), "{name}");
    }
    for name in ["DB_POOL_MIN", "DATABASE_POOL_MIN", "MAX_IDLE_DB_CONNECTIONS"] {
        assert_eq!(pool(name, "9").min_idle, 9, "{name}");
    }
    for name in ["DB_POOL_IDLE_TIMEOUT", "DATABASE_IDLE_TIMEOUT"] {
        assert_eq!(pool(name, "9000").timeouts.server_idle, Some(Duration::from_secs(9)), "{name}");
        assert_eq!(pool(name, "20").timeouts.server_idle, Some(Duration::from_secs(20)), "{name}");
    }
    for name in ["DB_POOL_CONNECTION_TIMEOUT", "DATABASE_CONNECTION_TIMEOUT"] {
        assert_eq!(pool(name, "2000").timeouts.query_wait, Some(Duration::from_secs(2)), "{name}");
        assert_eq!(pool(name, "1m").timeouts.query_wait, Some(Duration::from_secs(60)), "{name}");
        assert_eq!(pool(name, "0").timeouts.query_wait, None, "{name}");
    }
}

#[test]
fn the_environment_wins_over_the_file_over_the_url_over_the_profile() {
    let text = format!("{APP}[pool]\nprofile = \"production\"\n");
    let size = |case: &Case| case.config().databases.named["app"].pool.size;
    let profile = file(&text);
    assert_eq!(size(&profile), PoolSize::Fixed(30));
    let application = file(&text).with("DB_POOL_MAX", "31");
    assert_eq!(size(&application), PoolSize::Fixed(31));
    let url =
        file(&text).with("DB_POOL_MAX", "31").with("DATABASE_URL", "postgres://h/d?connection_limit=32");
    assert_eq!(size(&url), PoolSize::Fixed(32));
    assert_eq!(url.config().databases.named.len(), 1, "the file's databases stand");
    assert!(url.notes().contains("DATABASE_URL serves no database of its own"));
    let text = format!("{text}size = 33\n");
    let in_file = file(&text).with("DATABASE_URL", "postgres://h/d?connection_limit=32");
    assert_eq!(size(&in_file), PoolSize::Fixed(33));
    let pgweir = file(&text).with("PGWEIR_POOL_SIZE", "34");
    assert_eq!(size(&pgweir), PoolSize::Fixed(34));
    assert!(pgweir.notes().contains("pool.size: PGWEIR_POOL_SIZE (\"34\") overrides "), "{}", pgweir.notes());
    let own = file(&format!("{text}[databases.app.pool]\nsize = 35\n")).with("PGWEIR_POOL_SIZE", "34");
    assert_eq!(size(&own), PoolSize::Fixed(35), "the more specific key wins");
}

#[test]
fn profiles_preset_what_keys_override() {
    for (profile, min, max, idle) in [
        ("development", 1, 5, 10),
        ("test", 1, 3, 5),
        ("staging", 5, 20, 60),
        ("production", 10, 30, 300),
        ("high-load", 20, 50, 600),
    ] {
        let pool = file(&format!("{APP}[pool]\nprofile = \"{profile}\"\n")).config().pool;
        assert_eq!((pool.min_idle, pool.size), (min, PoolSize::Fixed(max)), "{profile}");
        assert_eq!(pool.timeouts.server_idle, Some(Duration::from_secs(idle)), "{profile}");
    }
    let smaller = file(&format!("{APP}[pool]\nprofile = \"high-load\"\nsize = 8\n"));
    assert_eq!(smaller.config().pool.min_idle, 8, "a preset gives way to what was written");
    assert!(
        smaller.notes().contains("min_idle 20 (from profile high-load) is lowered"),
        "{}",
        smaller.notes()
    );
    let own = file(&format!("{APP}[databases.app.pool]\nprofile = \"test\"\n"))
        .with("PGWEIR_POOL_PROFILE", "staging");
    assert_eq!(own.config().pool.size, PoolSize::Fixed(20));
    assert_eq!(own.config().databases.named["app"].pool.size, PoolSize::Fixed(3));
}

#[test]
fn every_kind_of_key_comes_from_the_environment() {
    let config = alone(&[
        ("PGWEIR_SERVER_LISTEN", "127.0.0.1:1, [::1]:2"),
        ("PGWEIR_SERVER_HTTP_LISTEN", "off"),
        ("PGWEIR_DATABASES_MY_APP_PRIMARY", "postgres://h/d"),
        ("PGWEIR_DATABASES_MY_APP_POOL_SIZE", "auto"),
        ("PGWEIR_DATABASES_WILDCARD_PRIMARY", "postgres://h"),
        ("PGWEIR_USERS_APP_PASSWORD", "md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("PGWEIR_USERS_APP_POOL_MODE", "session"),
        ("PGWEIR_AUTH_RULES", "local all a,b trust; host all all 10.0.0.0/8 md5"),
        ("PGWEIR_ADMIN_USERS", "root,app"),
    ])
    .config;
    assert_eq!(config.server.listen.len(), 2);
    assert_eq!(config.server.http_listen, None);
    assert_eq!(config.databases.named["my_app"].pool.size, PoolSize::Auto);
    assert!(config.databases.wildcard.is_some());
    assert!(matches!(config.users["app"].secret, Some(UserSecret::Md5(_))));
    let pool = config.pool_for(&config.databases.named["my_app"], &"app".into());
    assert_eq!(pool.mode, Mode::Session);
    assert_eq!(config.auth.rules.len(), 2);
    assert_eq!(config.admin.users.len(), 2);

    let existing = file("[databases.\"My-App\"]\nprimary = \"postgres://h/d\"\n")
        .with("PGWEIR_DATABASES_MY_APP_MAX_CLIENTS", "7");
    assert_eq!(existing.config().databases.named["My-App"].max_clients, Some(7));

    let wrong = file(APP).with("PGWEIR_POOL_SIZE", "lots").errors();
    assert_eq!(
        wrong,
        [
            "PGWEIR_POOL_SIZE: pool.size: \"lots\" is no number of connections; write a whole number above 0, such as 20, or \"auto\""
        ]
    );
}

#[test]
fn unknown_variables_are_warnings_that_name_the_nearest() {
    let case = file(APP)
        .with("PGWEIR_POOL_SIEZ", "hunter2")
        .with("PGWEIR_FROBNICATE", "hunter2")
        .with("PGWEIR_SERVICE_HOST", "10.0.0.1")
        .with("PGWEIR_PORT_6432_TCP", "tcp://10.0.0.1:6432")
        .with("PGWEIR_CONFIG", "pgweir.toml");
    let notes = case.notes();
    assert!(
        notes.contains("PGWEIR_POOL_SIEZ is no setting of pgweir; did you mean PGWEIR_POOL_SIZE?"),
        "{notes}"
    );
    assert!(notes.contains("PGWEIR_FROBNICATE is no setting of pgweir and was ignored"), "{notes}");
    assert_eq!(notes.lines().count(), 2, "{notes}");
}

#[test]
fn secrets_appear_nowhere() {
    let secret = "hunter2";
    let text = format!(
        "[databases.app]\nprimary = \"postgres://u:{secret}@h/d\"\nreplicas = [\"postgres://u:{secret}@r/d\"]\n\
         [[users]]\nname = \"app\"\npassword = \"{secret}\"\n\
         [auth]\nquery = \"SELECT $1\"\nquery_user = \"q\"\nquery_password = \"{secret}\"\n"
    );
    let case = file(&text)
        .with("PGWEIR_USERS_APP_PASSWORD", secret)
        .with("PGWEIR_AUTH_QUERY_PASSWORD", secret)
        .with("PGWEIR_DATABASES_APP_REPLICAS", "postgres://u:hunter2x@r/d")
        .with("DATABASE_URL", "postgres://u:hunter2@h/d?connection_limit=5");
    let loaded = case.load().unwrap();
    let environment: Environment = case.environment.iter().cloned().collect();
    let other = file(&text.replace(secret, "hunter2-too")).config();
    let changes = diff(&other, &loaded.config);
    assert!(changes.iter().any(|c| c.key == "users.app.password"), "{changes:?}");
    for shown in [
        format!("{loaded:?}"),
        texts(&loaded),
        format!("{environment:?}"),
        format!("{:?}", rows(&loaded.config)),
        format!("{changes:?}"),
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for broken in [
        text.replace("postgres://u", "postgers://u"),
        text.replace("@h/d", "@h:x/d"),
        text.replace(&format!("password = \"{secret}\""), &format!("password = [\"{secret}\"]")),
        text.replace(&format!("password = \"{secret}\""), &format!("password = \"{secret}")),
        text.replace(&format!("password = \"{secret}\""), &format!("password = {secret}")),
        text.replace(&format!("password = \"{secret}\""), &format!("pasword = \"{secret}\"")),
    ] {
        let errors = file(&broken).errors().join("\n");
        assert!(!errors.contains(secret), "{errors}");
    }
}

#[test]
fn a_file_with_passwords_that_everybody_may_read_is_a_warning() {
    let case = file("[databases.app]\nprimary = \"postgres://u:p@h/d\"\n");
    assert_eq!(case.notes(), "");
    fs::set_permissions(case.path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(case.notes().contains("chmod 0640"), "{}", case.notes());
    let harmless = file(APP);
    fs::set_permissions(harmless.path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(harmless.notes(), "");
}

#[test]
fn tls_follows_the_certificate() {
    let case = file(APP);
    let path = |name: &str| {
        let path = case.directory.path().join(name);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let tls = format!("[server.tls]\ncertificate = {:?}\nkey = {:?}\n", path("a.crt"), path("a.key"));
    let sni = format!(
        "[server.tls.sni.\"db.example.com\"]\ncertificate = {:?}\nkey = {:?}\n",
        path("b.crt"),
        path("b.key")
    );
    case.write(&format!("{APP}{tls}{sni}"));
    let config = case.config();
    assert_eq!(config.server.tls.mode, TlsMode::Prefer);
    assert_eq!(config.server.tls.sni[0].0, "db.example.com");
    case.write(&format!("{APP}{tls}mode = \"verify-full\"\n"));
    assert!(case.errors()[0].contains("write client_ca"), "{:?}", case.errors());
    assert_eq!(file(APP).config().server.tls.mode, TlsMode::Disable);
}

#[test]
fn rules_of_the_file_come_before_those_of_the_hba_file() {
    let case = file(APP);
    let hba = case.directory.path().join("pg_hba.conf");
    fs::write(&hba, "# TYPE DATABASE USER ADDRESS METHOD\n\nhost all all 10.0.0.0/8 md5\n").unwrap();
    case.write(&format!("{APP}[auth]\nrules = [\"local all all trust\"]\nhba_file = {:?}\n", hba));
    let methods: Vec<_> = case.config().auth.rules.iter().map(|r| r.method).collect();
    assert_eq!(methods, [Method::Trust, Method::Md5]);
    fs::write(&hba, "\n\nhost all all 10.0.0.0/8 ldap\n").unwrap();
    let errors = case.errors();
    assert!(errors[0].starts_with("pg_hba.conf:3: \"ldap\" is no method"), "{errors:?}");
}

#[test]
fn a_reload_tells_what_changes_now_and_what_at_the_next_start() {
    let case = file(&format!("{APP}[server]\nworkers = 2\n[pool]\nsize = 5\n"));
    let none = Environment::default();
    let live = Live::new(case.config());
    case.write(&format!("{APP}[server]\nworkers = 3\n[pool]\nsize = 6\n"));
    let reloaded = live.reload(Some(&case.path()), &none).unwrap();
    let effect = |key: &str| reloaded.changes.iter().find(|c| c.key == key).map(|c| c.effect);
    assert_eq!(effect("server.workers"), Some(Effect::Restart));
    assert_eq!(effect("pool.size"), Some(Effect::Now));
    let expected = Change {
        key: "databases.app.pool.size".into(),
        old: "5".into(),
        new: "6".into(),
        effect: Effect::Now,
    };
    assert!(reloaded.changes.contains(&expected), "{:?}", reloaded.changes);
    assert_eq!(live.current().pool.size, PoolSize::Fixed(6));
    assert_eq!(live.current().server.workers, 2, "what is in force is what is shown");
    case.write("[pool]\nsize = 0\n");
    live.reload(Some(&case.path()), &none).unwrap_err();
    assert_eq!(live.current().pool.size, PoolSize::Fixed(6), "a bad file leaves the old one in force");
}

#[test]
fn show_config_speaks_pgbouncers_and_our_own_dialect() {
    let config = file(&format!("{APP}[pool]\nserver_lifetime = \"2h\"\n")).config();
    let rows = rows(&config);
    let row = |key: &str| rows.iter().find(|r| r.key == key).unwrap_or_else(|| panic!("{key}"));
    assert_eq!(
        (row("server_lifetime").value.as_str(), row("server_lifetime").default.as_str()),
        ("7200", "3600")
    );
    assert_eq!(row("pool.server_lifetime").value, "2h");
    assert_eq!(row("max_client_conn").value, "10000");
    assert_eq!((row("listen_addr").value.as_str(), row("listen_port").value.as_str()), ("127.0.0.1", "6432"));
    assert!(!row("listen_port").changeable && row("default_pool_size").changeable);
    assert_eq!(row("idle_transaction_timeout").value, "0");
}

/// The reference with every setting uncommented, and the files that it names made real.
fn uncommented(directory: &Path) -> String {
    let reference = fs::read_to_string("config/pgweir.toml").unwrap();
    let setting = |line: &str| {
        let rest = line.strip_prefix('#')?;
        rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[').then(|| rest.to_owned())
    };
    let lines: Vec<_> =
        reference.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    for name in ["server.crt", "server.key", "clients-ca.crt", "db.crt", "db.key", "pg_hba.conf"] {
        fs::write(directory.join(name), "").unwrap();
    }
    let directory = directory.display().to_string();
    lines.join("\n").replace("/etc/pgweir", &directory).replace("/run/pgweir", &directory)
}

#[test]
fn the_reference_holds_every_key_and_all_of_it_is_valid() {
    for name in ["pgweir.toml", "minimal.toml", "demo.toml"] {
        let path = Path::new("config").join(name);
        load(Some(&path), &Environment::default()).unwrap_or_else(|errors| panic!("{name}: {errors}"));
    }
    let directory = tempfile::tempdir().unwrap();
    let whole = uncommented(directory.path());
    let config = file(&whole).load().unwrap_or_else(|errors| panic!("{errors}")).config;
    assert_eq!(config.databases.named["app"].pool.mode, Mode::Session);

    let table: toml::Table = whole.parse().unwrap();
    for key in pgweir::config::known_keys() {
        let parts: Vec<&str> = key.split('.').collect();
        let mut at = &toml::Value::Table(table.clone());
        for part in &parts {
            at = match (at, *part) {
                (toml::Value::Table(table), "NAME") => table.values().next().unwrap(),
                (toml::Value::Array(array), "NAME") => &array[0],
                (toml::Value::Table(table), part) => {
                    // One example per database is enough: its pool has the keys of [pool].
                    let missing = key.starts_with("databases.NAME.pool.");
                    match table.get(part) {
                        Some(value) => value,
                        None if missing => break,
                        None => panic!("config/pgweir.toml lacks {key}"),
                    }
                }
                _ => panic!("{key}"),
            };
        }
    }
}

#[test]
fn the_reference_states_the_true_defaults() {
    let directory = tempfile::tempdir().unwrap();
    let whole: toml::Table = uncommented(directory.path()).parse().unwrap();
    for (key, default) in pgweir::config::known_defaults() {
        let (table, name) = key.rsplit_once('.').unwrap();
        let Some(toml::Value::Table(table)) =
            table.split('.').try_fold(toml::Value::Table(whole.clone()), |at, part| at.get(part).cloned())
        else {
            panic!("config/pgweir.toml lacks [{table}]")
        };
        let text = match &table[name] {
            toml::Value::String(text) => text.clone(),
            toml::Value::Array(items) => items[0].as_str().unwrap().to_owned(),
            other => other.to_string(),
        };
        assert_eq!(text, default, "{key}");
    }
}

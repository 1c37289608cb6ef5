//! The file, the environment, the URL, and who wins.

use std::time::Duration;

use pgweir::config::{
    Address, Balance, FixedRole, FunctionName, HbaSource, Loaded, Method, Mode, NoteLevel, PoolSize, Roles,
    Split, Transport, UserSecret,
};

use crate::case::{APP, Case, alone, file, texts};

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
fn routes_are_for_all_and_for_each_database() {
    let case = file(&format!(
        "{APP}[databases.app.route]\nbalance = \"zone\"\nmax_lag_bytes = \"1MiB\"\n[route]\nzone = \"eu\"\n\
         safe_functions = [\"S.f\", '\"A.b\".\"C\"', \"g\"]\n[databases.ro]\nprimary = \"postgres://h/d\"\nrole = \"replica\"\n"
    ))
    .with("PGWEIR_ROUTE_MAX_LAG", "off")
    .with("PGWEIR_DATABASES_APP_ROUTE_READ_WRITE_SPLIT", "false")
    .with("PGWEIR_DATABASES_APP_ROUTE_VOLATILE_FUNCTIONS", "h, s.i");
    let config = case.config();
    let app = &config.databases.named["app"].route;
    assert_eq!((app.balance, app.split, app.max_lag), (Balance::Zone, Split::Off, None));
    assert_eq!((app.zone.as_deref(), app.max_lag_bytes), (Some("eu"), Some(1 << 20)));
    let name = |schema: &str, name: &str| FunctionName {
        schema: Some(schema).filter(|s| !s.is_empty()).map(Into::into),
        name: name.into(),
    };
    assert_eq!(app.safe_functions, [name("s", "f"), name("A.b", "C"), name("", "g")]);
    assert_eq!(app.volatile_functions, [name("", "h"), name("s", "i")]);
    let other = &config.databases.named["ro"];
    assert_eq!((other.role, other.route.split, other.roles), (FixedRole::Replica, Split::On, Roles::Given));
}

#[test]
fn hosts_are_backends_whose_roles_are_found() {
    let case = file(
        "[databases.app]\nhosts = [\"postgres://u:p@a/d?weight=0&zone=x\", \"postgres://b\", \"postgres://v@c/e?weight=3\"]\n",
    );
    let config = case.config();
    let app = &config.databases.named["app"];
    assert_eq!(app.roles, Roles::Found);
    assert_eq!((app.primary.weight, app.primary.zone.as_deref()), (0, Some("x")));
    assert!(app.primary.parameters.is_empty());
    let [b, c] = app.replicas.as_slice() else { panic!("{:?}", app.replicas) };
    assert_eq!((b.database.as_deref(), b.weight, b.zone.as_deref()), (Some("d"), 1, None));
    assert!(b.password.is_some() && c.password.is_none());
    assert_eq!((c.database.as_deref(), c.weight), (Some("e"), 3));
    let named = alone(&[
        ("PGWEIR_DATABASES_APP_HOSTS", "postgres://a/d,postgres://b/d"),
        ("DATABASE_URL", "postgres://u@x/y"),
    ]);
    assert_eq!(named.config.databases.named.len(), 1);
}

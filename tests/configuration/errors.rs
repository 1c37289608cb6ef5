//! What is wrong is told all at once, with what to write instead.

use std::path::Path;

use pgweir::config::{Environment, load};

use crate::case::{APP, file};

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
        ("[pool]\nquery_timeout = 1.5", "1.5 is no duration"),
        ("[retry]\nerrors = [\"40001\", \"4000\"]", "\"4000\" is no SQLSTATE"),
        ("[retry]\nmultiplier = 0.5", "0.5 is no multiplier"),
        ("[retry]\nconnect_attempts = 0", "number above 0"),
        ("[retry]\ntransaction_cap = \"1ms\"", "less than retry.transaction_base (100ms)"),
        ("[breaker]\nfailure_rate = 1.5", "1.5 is no rate"),
        ("[breaker]\nopen_for = \"off\"", "cannot be off"),
        ("[failover]\ntimeout = 30", "has no unit"),
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
fn wrong_routes_say_what_is_right() {
    for (text, expected) in [
        (
            "[databases.x]\nhosts = [\"postgres://h/d\"]\nprimary = \"postgres://i/d\"",
            "hosts is there as well",
        ),
        (
            "[databases.x]\nhosts = [\"postgres://h/d\"]\nreplicas = [\"postgres://i/d\"]",
            "write primary and replicas, or",
        ),
        ("[databases.x]\nhosts = []", "the database has no hosts"),
        ("[databases.x]\nhosts = [\"postgres://h/d\", \"postgres://h/d\"]", "h:5432 stands here twice"),
        ("[databases.x]\nhosts = [\"h\"]", "the URL does not begin with"),
        ("[databases.x]\nprimary = \"postgres://h/d\"\nrole = \"replicas\"", "did you mean \"replica\"?"),
        ("[databases.x]\nprimary = \"postgres://h/d?weight=two\"", "the parameter weight has a value"),
        ("[databases.x]\nprimary = \"postgres://h/d?wieght=2\"", "did you mean weight?"),
        (
            "[databases.x]\nprimary = \"postgres://h/d\"\nbalance = \"zone\"",
            "balance belongs to [databases.x.route]",
        ),
        ("[route]\nbalance = \"round_robin\"", "did you mean \"round-robin\"?"),
        ("[route]\nbalance = 1", "write one of \"round-robin\", \"random\", \"least-outstanding\""),
        ("[route]\nmax_lag = 10", "10 has no unit"),
        ("[route]\nmax_lag_bytes = \"1 mile\"", "has a unit that is not known"),
        ("[route]\nread_write_split = \"maybe\"", "is no switch"),
        ("[route]\nprobe_interval = \"off\"", "route.probe_interval: it cannot be off"),
        ("[route]\nsafe_functions = [\"f(int)\"]", "without arguments"),
        (
            "[route]\nsafe_functions = [\"f\"]\nvolatile_functions = [\"F\"]",
            "f is in route.safe_functions too",
        ),
        ("[databases.x.route]\nzone = 1", "1 is no text"),
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
fn a_user_without_a_usable_name_does_not_hide_what_else_is_wrong_with_it() {
    let case = file(&format!("{APP}[[users]]\nname = 7\npasword = \"x\"\nmax_clients = \"many\"\n"));
    let errors = case.errors().join("\n");
    for expected in ["a user without a name", "did you mean", "\"many\" is no limit"] {
        assert!(errors.contains(expected), "{errors}");
    }
    assert_eq!(case.errors().len(), 3, "{errors}");
}

#[test]
fn a_priority_beyond_its_bounds_is_told_what_they_are() {
    for wrong in ["11", "-11", "1000", "\"high\"", "true", "0.5"] {
        let errors =
            file(&format!("{APP}[[users]]\nname = \"app\"\npriority = {wrong}\n")).errors().join("\n");
        assert!(
            errors.contains("users.app.priority") && errors.contains("from -10 to 10"),
            "{wrong}: {errors}"
        );
    }
    let good = |number: &str| file(&format!("{APP}[[users]]\nname = \"app\"\n{number}\n")).config();
    let priority = |number| good(number).users["app"].priority.value();
    assert_eq!([priority("priority = -10"), priority("priority = 10"), priority("")], [-10, 10, 0]);
}

#[test]
fn an_unknown_variable_is_told_beside_the_errors() {
    let case = file("[pool]\nsize = 5\n").with("PGWEIR_DATABASE_APP_PRIMARY", "postgres://h/d");
    let errors = case.load().unwrap_err().to_string();
    assert!(errors.contains("there is no database to serve"), "{errors}");
    assert!(errors.contains("warning: PGWEIR_DATABASE_APP_PRIMARY is no setting"), "{errors}");
}

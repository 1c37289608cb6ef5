//! What changes in a running process, and what it shows.

use pgweir::config::{Change, Effect, Environment, Live, PoolSize, rows};

use crate::case::{APP, file};

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

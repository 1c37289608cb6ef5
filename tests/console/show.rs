//! SHOW over both protocols, wrong commands, and who may do what.

use tokio_postgres::error::ErrorPosition;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::stage::{SOON, Stage};
use crate::support::{eventually, frames, tool};

const TOPICS: &[&str] = &[
    "CONFIG",
    "DATABASES",
    "POOLS",
    "BACKENDS",
    "CLIENTS",
    "SERVERS",
    "SOCKETS",
    "ACTIVE_SOCKETS",
    "PINS",
    "BREAKERS",
    "USERS",
    "LISTS",
    "MEM",
    "FDS",
    "STATE",
    "VERSION",
    "DNS_HOSTS",
    "DNS_ZONES",
    "PEERS",
    "PEER_POOLS",
    "STATS",
    "STATS_TOTALS",
    "STATS_AVERAGES",
    "TOTALS",
];

async fn simple(client: &Client, sql: &str) -> Vec<Vec<String>> {
    let rows = client.simple_query(sql).await.unwrap();
    let columns = |m| match m {
        SimpleQueryMessage::Row(row) => Some(row.columns().iter().map(|c| c.name().to_owned()).collect()),
        _ => None,
    };
    rows.into_iter().filter_map(columns).collect()
}

#[tokio::test]
async fn every_topic_in_both_protocols() {
    let stage = Stage::start("").await;
    let mut client = stage.client().await;
    client.query("begin").await;
    for user in ["admin", "watcher"] {
        let console = stage.pgweir.connect(user, "pgbouncer").await;
        for topic in TOPICS {
            let plain = simple(&console, &format!("show {topic};")).await;
            let statement = console.prepare(&format!("SHOW {topic}")).await.unwrap();
            let prepared = console.query(&statement, &[]).await.unwrap();
            assert_eq!(plain.len(), prepared.len(), "{topic}");
            let names: Vec<_> = statement.columns().iter().map(|c| c.name().to_owned()).collect();
            assert!(plain.iter().all(|columns| *columns == names), "{topic}: {names:?}");
        }
    }
    let sockets = stage.pgweir.console("show sockets").await;
    let states: Vec<_> = sockets.iter().map(|row| (&*row["type"], &*row["state"])).collect();
    assert!(states.contains(&("C", "cl_active")) && states.contains(&("S", "sv_active")), "{states:?}");
    let active = stage.pgweir.console("show active_sockets").await;
    assert_eq!(active.len(), 2, "{active:?}");
}

#[tokio::test]
async fn commands_work_in_both_protocols() {
    let stage = Stage::start("").await;
    let console = stage.pgweir.connect("admin", "pgweir").await;
    for command in [
        "PAUSE app",
        "RESUME app",
        "DISABLE app",
        "ENABLE app",
        "RECONNECT",
        "WAIT_CLOSE",
        "SUSPEND",
        "RESUME",
        "RELOAD",
        "SET pool.overflow = 1",
        "KILL app",
        "RESUME",
        "RESET BREAKERS",
    ] {
        assert!(console.query(command, &[]).await.unwrap_or_else(|e| panic!("{command}: {e:?}")).is_empty());
        let again = ["PAUSE app", "KILL app", "SUSPEND"].contains(&command) || command.starts_with("RESUME");
        if !again {
            console.simple_query(command).await.unwrap();
        }
    }
}

#[tokio::test]
async fn wrong_commands_are_refused_as_postgresql_would() {
    let stage = Stage::start("").await;
    let console = stage.pgweir.connect("admin", "pgweir").await;
    for (command, code, position) in [
        ("SELECT 1", "42601", Some(1)),
        ("show  nonsense", "42601", Some(7)),
        ("PAUSE app app", "42601", Some(11)),
        ("KILL_CLIENT x", "42601", Some(13)),
        ("SHUTDOWN WAIT_FOR_GODOT", "42601", Some(10)),
        ("SHOW POOLS; SHOW STATS", "42601", Some(13)),
        ("DISABLE", "42601", None),
        ("KILL 'app", "42601", Some(6)),
        ("DISABLE pgweir", "0A000", None),
    ] {
        for error in [console.simple_query(command).await.err(), console.query(command, &[]).await.err()] {
            let error = error.unwrap_or_else(|| panic!("{command}"));
            let error = error.as_db_error().unwrap();
            let at = position.map(ErrorPosition::Original);
            assert_eq!((error.code().code(), error.position()), (code, at.as_ref()), "{command}");
            assert!(error.hint().is_some(), "{command}");
        }
    }
    console.simple_query("SHOW VERSION").await.unwrap();
}

#[tokio::test]
async fn those_who_may_only_look() {
    let stage = Stage::start("").await;
    let watcher = stage.pgweir.connect("watcher", "pgweir").await;
    for command in [
        "PAUSE",
        "RESUME",
        "KILL",
        "KILL_CLIENT 1",
        "RECONNECT",
        "WAIT_CLOSE",
        "ENABLE app",
        "DISABLE app",
        "SUSPEND",
        "SHUTDOWN",
        "SHUTDOWN WAIT_FOR_CLIENTS",
        "RELOAD",
        "SET pool.size = 1",
        "RESET BREAKERS",
    ] {
        for error in [watcher.simple_query(command).await.err(), watcher.query(command, &[]).await.err()] {
            let error = error.unwrap_or_else(|| panic!("{command}"));
            assert_eq!(error.code().unwrap().code(), "42501", "{command}");
        }
    }
    assert_eq!(stage.state().await, ["active"]);
    watcher.simple_query("SET application_name = 'x'").await.unwrap();
}

#[tokio::test]
async fn a_wrong_file_is_explained_to_whoever_reloads() {
    let stage = Stage::start("").await;
    let good = std::fs::read_to_string(stage.pgweir.config_path()).unwrap();
    std::fs::write(stage.pgweir.config_path(), good.replace("size = 2", "sise = 2")).unwrap();
    let error = stage.command("RELOAD").await.unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!((error.code().code(), error.message()), ("F0000", "RELOAD failed"));
    assert!(error.detail().unwrap().contains("sise") && error.hint().is_some(), "{error:?}");
    std::fs::write(stage.pgweir.config_path(), good.replace("size = 2", "size = 3")).unwrap();
    stage.command("RELOAD").await.unwrap();
    assert_eq!(stage.database("app").await["pool_size"], "3");
}

#[tokio::test]
async fn psql_pauses_and_ctrl_c_resumes() {
    let stage = Stage::start("").await;
    let mut open = stage.client().await;
    open.query("begin").await;
    let mut psql = tool("psql");
    let address = stage.pgweir.connect_string("admin", "pgbouncer");
    psql.args(["-X", "-v", "VERBOSITY=verbose", "-c", "PAUSE", &address]);
    psql.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let psql = psql.spawn().unwrap();
    eventually("a pause", SOON, async || stage.state().await == ["paused"]).await;
    // As PgBouncer has it: whoever does not want to wait any longer does not want the pause either.
    crate::support::send_signal(psql.id(), "INT");
    let out = tokio::task::spawn_blocking(move || psql.wait_with_output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("57014"), "{said}");
    assert_eq!(stage.state().await, ["active"]);
    assert_eq!(frames::tags(&open.query("commit").await), "CZ");
}

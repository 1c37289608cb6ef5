use std::path::PathBuf;

use super::*;
use crate::config::{Environment, Loaded, Mode, PoolSize, TlsMode, load};

/// A folder with these files; the first is the pgbouncer.ini.
struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn output(&self) -> Output {
        translate(&self.path("pgbouncer.ini")).unwrap()
    }

    /// The configuration as a start would read it.
    fn loaded(&self) -> Loaded {
        let text = self.output().to_string();
        std::fs::write(self.path("pgweir.toml"), &text).unwrap();
        load(Some(&self.path("pgweir.toml")), &Environment::default())
            .unwrap_or_else(|e| panic!("{e}\n{text}"))
    }
}

/// As packages install it: everything by its default but what has to be said.
#[test]
fn a_plain_file_keeps_its_limits_and_users() {
    let ini = ";;; a comment\n[databases]\n* = host=10.0.0.5 port=5433\n\n[pgbouncer]\nlogfile = /var/log/p.log\n\
               listen_addr = 127.0.0.1, ::1\nlisten_port = 6432\nunix_socket_dir = /var/run/postgresql\n\
               auth_type = scram-sha-256\nauth_file = userlist.txt\nadmin_users = postgres, admin\n\
               stats_users = stats\npool_mode = transaction\nmax_client_conn = 500\ndefault_pool_size = 25\n\
               server_reset_query = DISCARD ALL\nignore_startup_parameters = extra_float_digits\n\
               query_timeout = 0\nquery_wait_timeout = 2.5\nserver_idle_timeout = 60\n";
    let users =
        "\"app\" \"se\"\"cret\"\n\"old\" \"md5d41d8cd98f00b204e9800998ecf8427e\"\n; nobody\nrest of it\n";
    let folder = Folder::of(&[("pgbouncer.ini", ini), ("userlist.txt", users)]);
    assert_eq!(folder.output().notes(), [""; 0]);
    let config = folder.loaded().config;
    let wildcard = config.databases.wildcard.unwrap();
    assert_eq!(wildcard.primary.address.to_string(), "10.0.0.5:5433");
    assert_eq!((wildcard.pool.mode, wildcard.pool.size), (Mode::Transaction, PoolSize::Fixed(25)));
    assert_eq!(wildcard.pool.timeouts.query, None);
    assert_eq!(wildcard.pool.timeouts.query_wait.unwrap().as_millis(), 2500);
    assert_eq!(config.server.max_clients, 500);
    assert_eq!(config.users.len(), 2);
    assert_eq!(config.admin.users.len(), 2);
    assert!(
        folder.output().to_string().contains("\"se\\\"cret\"")
            || folder.output().to_string().contains("'se\"cret'")
    );
}

#[test]
fn what_is_not_said_is_as_pgbouncer_has_it() {
    let folder =
        Folder::of(&[("pgbouncer.ini", "[databases]\napp = host=db\n[pgbouncer]\nlisten_addr = *\n")]);
    let config = folder.loaded().config;
    let app = config.databases.named.values().next().unwrap();
    assert_eq!(app.pool.mode, Mode::Session);
    assert_eq!(config.server.max_clients, 100);
    assert_eq!(app.primary.address.to_string(), "db:5432");
}

#[test]
fn databases_and_users_have_limits_of_their_own() {
    let ini = "[databases]\napp = host=/run/pg dbname='my \"db\"' user=app pool_size=5 pool_mode=session\n\
               \"we ird\" = host=h1,h2 port=1,2 user=o password='it''s @/:%'\n\
               third = host=::1 max_db_connections=7 connect_query='SELECT 1'\n\
               [users]\napp = pool_mode=transaction max_user_connections=9\nghost = pool_size=3\n\
               [peers]\n1 = host=x\n\
               [pgbouncer]\nlisten_addr = localhost\nauth_file = users\nauth_user = looker\nmax_db_connections = 50\n\
               client_tls_sslmode = require\nclient_tls_cert_file = c\nclient_tls_key_file = k\n\
               server_tls_sslmode = verify-full\nserver_tls_ca_file = /etc/ca.pem\nserver_lifetime = 0\n\
               reserve_pool_size = 2\nno_such_key = 1\n";
    let users = "\"app\" \"plain\"\n\"looker\" \"lookerspw\"\n";
    let folder = Folder::of(&[("pgbouncer.ini", ini), ("users", users)]);
    let output = folder.output();
    let text = output.to_string();
    for expected in [
        "postgres://app:plain@/my%20%22db%22?host=/run/pg&port=5432",
        "postgres://o:it%27s%20%40%2F%3A%25@h1:1/we%20ird?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgres://o:it%27s%20%40%2F%3A%25@h2:2/we%20ird?",
        "postgres://[::1]:5432/third?",
        "[databases.\"we ird\"]",
        "max_connections = 7",
        "query_user = \"looker\"\nquery_password = \"lookerspw\"",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    for expected in ["connect_query", "[peers]", "server_lifetime = 0", "no_such_key", "several hosts"] {
        assert!(
            output.notes().iter().any(|note| note.contains(expected)),
            "{expected}\n{:?}",
            output.notes()
        );
    }
    // Its certificate is not there; the rest of it is as it should be.
    let there = text
        .replace("mode = \"require\"", "mode = \"disable\"")
        .replace("certificate = \"c\"\nkey = \"k\"\n", "");
    let there = there.replace("/etc/ca.pem", &folder.path("users").display().to_string());
    std::fs::write(folder.path("a.toml"), &there).unwrap();
    let config = load(Some(&folder.path("a.toml")), &Environment::default())
        .unwrap_or_else(|e| panic!("{e}\n{there}"))
        .config;
    assert_eq!(config.databases.named.len(), 3);
    assert_eq!(config.users.len(), 3);
    assert_eq!(config.server.tls.mode, TlsMode::Disable);
}

#[test]
fn rules_stay_where_they_are_and_what_is_not_read_is_said() {
    let ini = "[databases]\na = host=db\n[pgbouncer]\nlisten_addr = 10.0.0.1\nauth_type = hba\nauth_hba_file = hba.conf\n";
    let hba = "# rules\nhostssl all all 10.0.0.0/8 scram-sha-256\n";
    let folder = Folder::of(&[("pgbouncer.ini", ini), ("hba.conf", hba)]);
    assert_eq!(folder.output().notes(), [""; 0]);
    folder.loaded();
    std::fs::write(
        folder.path("hba.conf"),
        "host all all db.example.com md5\nhost all all 10.0.0.0/8 ldap\n",
    )
    .unwrap();
    let notes = folder.output().notes().join("\n");
    assert!(notes.contains("hba.conf, line 1") && notes.contains("hba.conf, line 2"), "{notes}");
}

#[test]
fn each_way_to_authenticate_has_its_rule() {
    for (auth_type, rule, noted) in [
        ("md5", None, false),
        ("trust", Some("any all all trust"), false),
        ("plain", Some("any all all password"), false),
        ("pam", Some("any all all reject"), true),
        ("any", Some("any all all trust"), true),
    ] {
        let ini = format!("[databases]\na = host=db\n[pgbouncer]\nlisten_addr=*\nauth_type={auth_type}\n");
        let folder = Folder::of(&[("pgbouncer.ini", &ini)]);
        let text = folder.output().to_string();
        assert_eq!(rule.is_some_and(|rule| text.contains(rule)), rule.is_some(), "{auth_type}: {text}");
        assert_eq!(!folder.output().notes().is_empty(), noted, "{auth_type}");
        folder.loaded();
    }
}

#[test]
fn files_may_include_others_and_errors_name_the_line() {
    let folder = Folder::of(&[
        ("pgbouncer.ini", "[pgbouncer]\nlisten_addr = *\n%include more.ini\n"),
        ("more.ini", "[databases]\nb = host=db\n"),
    ]);
    assert_eq!(folder.loaded().config.databases.named.len(), 1);
    for (ini, expected) in [
        ("[databases]\nnonsense\n", "line 2: write key = value"),
        ("[pgbouncer\n", "line 1: a section ends"),
        ("[databases]\na = host='x\n", "line 2: a quote is never closed"),
        ("[databases]\na = host\n", "line 2: write key=value"),
        ("%include pgbouncer.ini\n", "too deeply"),
        ("%include nowhere\n", "nowhere"),
        ("[pgbouncer]\nauth_file = users\n", "users, line 1"),
    ] {
        let folder = Folder::of(&[("pgbouncer.ini", ini), ("users", "\"half\" \"\n")]);
        let error = translate(&folder.path("pgbouncer.ini")).unwrap_err().to_string();
        assert!(error.contains(expected), "{ini}: {error}");
    }
}

#[test]
fn nothing_is_overwritten_and_nobody_else_reads_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::of(&[("pgbouncer.ini", "[databases]\na = host=db\n")]);
    let to = folder.path("out.toml");
    create(&to, "x").unwrap();
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(create(&to, "y").unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "x");
}

#[test]
fn every_setting_of_pgbouncer_is_told_about_at_most_once() {
    use std::collections::BTreeSet;
    let all = settings::every_name();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    for (theirs, _) in crate::config::PGBOUNCER {
        assert!(all.contains(theirs), "{theirs}");
    }
}

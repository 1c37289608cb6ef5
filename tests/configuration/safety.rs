//! Secrets, certificates, rules.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use pgweir::config::{Environment, Method, TlsMode, diff, rows};

use crate::case::{APP, file, texts};

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
fn what_is_hardly_meant_of_replicas_is_a_warning() {
    let database =
        |more: &str| file(&format!("[databases.app]\nprimary = \"postgres://u:p@a/app\"\n{more}")).notes();
    let many: Vec<_> = (0..20).map(|n| format!("postgres://u:p@h{n}/app")).collect();
    for (more, warning) in [
        ("role = \"replica\"".to_owned(), "there are no replicas"),
        ("replicas = [\"postgres://b/other\"]".to_owned(), "another database than the primary"),
        (format!("replicas = {many:?}"), "only the first 16 backends"),
        ("replicas = [\"postgres://a/app\"]".to_owned(), "is the primary as well"),
    ] {
        let notes = database(&more);
        assert!(notes.contains(warning), "{more}: {notes}");
    }
    let fine = database("replicas = [\"postgres://b\", \"postgres://c/app\"]\nrole = \"replica\"");
    assert!(!fine.contains("replica"), "{fine}");
}

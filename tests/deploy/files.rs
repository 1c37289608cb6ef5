//! What is checked without starting anything of ours: rules, unit, manifests, the chart, the compose file.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Launch, PATIENCE};
use crate::tools::{attempt, kept, repository, run, text};

/// A file of its own with this text.
fn written(dir: &Path, name: &str, text: &str) -> std::path::PathBuf {
    fs::write(dir.join(name), text).unwrap();
    dir.join(name)
}

#[test]
fn rules_are_valid_and_pass_their_tests() {
    run(Command::new("promtool").args(["check", "rules"]).arg(repository("deploy/prometheus/rules.yaml")));
    let tests = repository("deploy/prometheus/rules_test.yaml");
    run(Command::new("promtool").args(["test", "rules"]).arg(&tests));
    // Every alert has one that expects it, and one that expects none.
    let (rules, tests) = (text("deploy/prometheus/rules.yaml"), text("deploy/prometheus/rules_test.yaml"));
    let readme = text("README.md");
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(readme.contains(&format!("| `{alert}` ")), "{alert} is not in the README");
        assert!(tests.contains(&format!("alertname: {alert}\n")), "{alert} never fires in a test");
        assert!(tests.contains(&format!("alertname: {alert}, exp_alerts: []")), "{alert} fires always");
    }
}

#[test]
fn prometheus_of_the_compose_file_is_valid() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), "rules.yaml", &text("deploy/prometheus/rules.yaml"));
    let config = written(dir.path(), "prometheus.yml", &text("deploy/compose/prometheus.yml"));
    run(Command::new("promtool").args(["check", "config"]).arg(config));
}

#[test]
fn the_unit_is_valid_and_confined() {
    let dir = tempfile::tempdir().unwrap();
    let unit = text("deploy/systemd/pgweir.service");
    // It must find the program, which is not installed here.
    let binary = dir.path().join("pgweir");
    fs::copy(env!("CARGO_BIN_EXE_pgweir"), &binary).unwrap();
    let unit = unit.replace("/usr/bin/pgweir", binary.to_str().unwrap());
    let unit = written(dir.path(), "pgweir.service", &unit);
    let (valid, said) = attempt(Command::new("systemd-analyze").arg("verify").arg("--man=no").arg(&unit));
    assert!(valid && !said.contains("pgweir.service"), "{said}");
    for name in ["pgweir.socket", "pgweir-http.socket"] {
        let socket = written(dir.path(), name, &text(&format!("deploy/systemd/examples/{name}")));
        let (valid, said) =
            attempt(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&socket));
        assert!(valid && !said.contains("pgweir"), "{said}");
    }
    let security = ["security", "--offline=true", "--no-pager", "--threshold=20"];
    let (confined, said) = attempt(Command::new("systemd-analyze").args(security).arg(&unit));
    assert!(confined, "more than 2.0 of 10: {said}");
}

#[test]
fn the_unit_gives_a_drain_its_time() {
    let unit = text("deploy/systemd/pgweir.service");
    for line in ["Type=notify", "NotifyAccess=main", "WatchdogSec=30s", "TimeoutStopSec=35s"] {
        assert!(unit.lines().any(|l| l == line), "{line}");
    }
    let defaults = pgweir::config::known_defaults();
    let default = |key: &str| defaults.iter().find(|(known, _)| known == key).map(|(_, value)| *value);
    assert_eq!(default("server.drain_delay"), Some("0s"));
    assert_eq!(default("server.shutdown_timeout"), Some("25s"));
}

fn manifests(arguments: &[&str]) -> Command {
    let mut command = Command::new("/usr/bin/python3");
    command.arg(repository("tests/deploy/manifests.py")).args(arguments);
    command
}

#[test]
fn kubernetes_manifests_are_sound() {
    let names = [
        "configmap",
        "deployment",
        "service",
        "poddisruptionbudget",
        "horizontalpodautoscaler",
        "networkpolicy",
        "servicemonitor",
    ];
    let files = names.map(|name| repository(&format!("deploy/kubernetes/{name}.yaml")));
    run(manifests(&["kubernetes"]).args(&files));
    let sidecar = repository("deploy/kubernetes/sidecar-patch.yaml");
    run(manifests(&["sidecar"]).arg(sidecar));
    let listed = text("deploy/kubernetes/kustomization.yaml");
    for name in names {
        assert!(listed.contains(&format!("  - {name}.yaml\n")), "{name} is not in kustomization.yaml");
    }
}

#[test]
fn the_compose_file_is_sound() {
    run(manifests(&["compose"]).arg(repository("deploy/compose.yaml")));
    let stack = text("deploy/compose.yaml");
    for line in stack.lines().filter_map(|line| line.trim().strip_prefix("- ./")) {
        let path = format!("deploy/{}", line.split(':').next().unwrap());
        assert!(repository(&path).is_file(), "{path} is mounted and does not exist");
    }
}

/// Rendered by Go's own templates and sprig, as Helm does it.
#[test]
fn the_chart_renders_to_sound_manifests() {
    let renderer = kept("render");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&renderer).arg(repository("tests/deploy/render/main.go"));
    // From Debian's packages alone.
    build.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "-buildvcs=false");
    run(build.env("GOCACHE", kept("go-cache")));
    let dir = tempfile::tempdir().unwrap();
    let everything = repository("tests/deploy/values-all.yaml");
    for (release, values) in [("web", None), ("pgweir", Some(&everything))] {
        let mut command = Command::new(&renderer);
        command.arg(repository("deploy/helm/pgweir")).args([release, "shop"]).args(values);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert!(said.contains("postgres://USER:PASSWORD@"), "NOTES.txt: {said}");
        let rendered = written(dir.path(), release, &String::from_utf8(output.stdout).unwrap());
        run(manifests(&["kubernetes"]).arg(rendered));
    }
}

/// The configuration of the manifests starts a pgweir; its password comes from the environment, as a Secret's does.
#[tokio::test]
async fn the_configuration_of_the_manifests_starts() {
    for file in ["deploy/kubernetes/configmap.yaml", "deploy/helm/pgweir/values.yaml"] {
        let text = text(file);
        let (_, block) = text.split_once(": |\n").unwrap();
        let end = |line: &&str| line.is_empty() || line.starts_with("  ");
        let lines: Vec<_> = block.lines().take_while(end).map(str::trim).collect();
        let config = lines.join("\n");
        assert!(config.contains("[databases.app]"), "{file}: {config}");
        let config = config.lines().filter(|line| !line.contains("listen =")).collect::<Vec<_>>().join("\n");
        let pgweir = Launch::toml(&config).env("PGWEIR_USERS_APP_PASSWORD", "secret").start().await;
        assert_eq!(pgweir.http_get("/readyz").await.0, 200, "{file}");
        assert!(!pgweir.log().contains("WARN pgweir::config"), "{}", pgweir.log());
        pgweir.signal("TERM");
        assert!(pgweir.process().wait(PATIENCE).await.success(), "{file}");
    }
}

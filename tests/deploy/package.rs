//! The Debian package, made by cargo-deb of the binary that cargo has built for the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::builder::{BASE, Builder};
use crate::tools::{kept, repository, run};

/// What an administrator does, in a Debian of its own.
const LIFE: &str = r#"set -eux
dpkg --install /pgweir.deb
id pgweir
test "$(stat -c '%U:%G %a' /etc/pgweir /etc/pgweir/pgweir.toml | tr '\n' ' ')" = 'root:pgweir 750 root:pgweir 640 '
test -s /usr/share/pgweir/prometheus/rules.yaml
test -s /usr/share/pgweir/grafana/pgweir.json
test -s /usr/lib/systemd/system/pgweir.service
test ! -e /etc/systemd/system/multi-user.target.wants/pgweir.service
as() { setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups pgweir health live --config /etc/pgweir/pgweir.toml 2>&1 || true; }
# The configuration that comes with it is valid, and nobody else may read it.
as pgweir | grep 'no answer from http://127.0.0.1:6433'
as nobody | grep -i 'permission denied'
echo '# mine' >>/etc/pgweir/pgweir.toml
dpkg --install /pgweir.deb
grep '^# mine' /etc/pgweir/pgweir.toml
test "$(stat -c '%U:%G %a' /etc/pgweir/pgweir.toml)" = 'root:pgweir 640'
dpkg --remove pgweir
test -e /etc/pgweir/pgweir.toml
test ! -e /usr/bin/pgweir
dpkg --purge pgweir
test ! -e /etc/pgweir
id pgweir
"#;

/// Makes the package and lives its life.
pub fn installs(builder: &Builder) {
    let context = builder.context();
    let package = context.join("pgweir.deb");
    make(&package);
    let fields = run(Command::new("dpkg-deb").arg("--field").arg(&package));
    for line in ["Package: pgweir", "Section: database", "Recommends: ca-certificates"] {
        assert!(fields.contains(line), "{fields}");
    }
    assert!(fields.contains("Depends: libc6 "), "{fields}");
    fs::write(context.join("life.sh"), LIFE).unwrap();
    let steps = format!("FROM {BASE}\nCOPY pgweir.deb life.sh /\nRUN bash /life.sh\n");
    builder.build("package", &steps, &context);
}

/// As for a release, where the binary is in `release/` of the target directory.
fn make(package: &Path) {
    let target = kept("package");
    fs::create_dir_all(target.join("release")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_pgweir"), target.join("release/pgweir")).unwrap();
    let mut command = Command::new(cargo_deb());
    command.args(["--no-build", "--fast", "--output"]).arg(package).env("CARGO_TARGET_DIR", &target);
    run(command.current_dir(repository("")));
    fs::remove_dir_all(&target).unwrap();
}

/// The one on PATH, or the one that tests/run has installed.
fn cargo_deb() -> PathBuf {
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("tools/bin/cargo-deb");
    if installed.exists() { installed } else { "cargo-deb".into() }
}

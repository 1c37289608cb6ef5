//! The data directory that clusters are copied from: initdb takes seconds, a copy none.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::super::{password, random};
use super::tools::{copy, own, run, tool};

/// The data directory that all clusters are copied from, kept between runs in the target directory.
pub(super) fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let version = tool("postgres").arg("--version").output().unwrap().stdout;
        let version: String = String::from_utf8_lossy(&version)
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
            .collect();
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("template-1-{version}"));
        if !kept.exists() {
            let dir = tempfile::Builder::new().prefix("pgweir-template-").tempdir().unwrap();
            initialise(dir.path());
            // Other test binaries may be doing the same: only a whole template gets the name.
            let draft = kept.with_extension(format!("{:x}", random()));
            copy(&dir.path().join("data"), &draft);
            if fs::rename(&draft, &kept).is_err() {
                fs::remove_dir_all(&draft).unwrap();
            }
        }
        kept
    })
}

fn initialise(dir: &Path) {
    let (data, secret) = (dir.join("data"), dir.join("password"));
    fs::write(&secret, password("postgres")).unwrap();
    own(dir);
    let mut initdb = tool("initdb");
    initdb.args([
        "--no-sync",
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-D",
    ]);
    run(initdb.arg(&data).arg(format!("--pwfile={}", secret.display())));
    let sql = dir.join("sql");
    // Single-user mode ends a statement at the newline.
    let roles =
        format!("create role app login password '{}'\ncreate database app owner app\n", password("app"));
    fs::write(&sql, roles).unwrap();
    let mut single = tool("postgres");
    single.args(["--single", "-F", "-D"]).arg(&data).arg("postgres").stdin(File::open(&sql).unwrap());
    run(&mut single);
}

//! PostgreSQL's programs, found and run as an account that may run them.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A PostgreSQL program, to be run as the account that may run it.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(bin_dir().join(name));
    command.current_dir("/").env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    if let Some((uid, gid)) = account() {
        command.uid(uid).gid(gid);
    }
    command
}

/// Where PostgreSQL's programs are: `initdb` on PATH, else Debian's newest version.
fn bin_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Some machines link single programs into a directory of PATH: the real directory has them all.
        let linked = std::env::split_paths(&path).find_map(|d| d.join("initdb").canonicalize().ok());
        if let Some(dir) = linked.and_then(|initdb| initdb.parent().map(Path::to_path_buf)) {
            return dir;
        }
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let newest = versions
            .filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok())
            .filter(|v| Path::new(&format!("/usr/lib/postgresql/{v}/bin/initdb")).exists())
            .max()
            .expect("PostgreSQL's server: initdb on PATH or /usr/lib/postgresql/*/bin");
        PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"))
    })
}

/// The account `postgres` when we are root, whom PostgreSQL refuses to serve.
fn account() -> Option<(u32, u32)> {
    static ACCOUNT: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *ACCOUNT.get_or_init(|| {
        let id = |args: &[&str]| {
            let out = Command::new("id").args(args).output().expect("id is everywhere");
            String::from_utf8_lossy(&out.stdout).trim().parse::<u32>()
        };
        if id(&["-u"]) != Ok(0) {
            return None;
        }
        Some((id(&["-u", "postgres"]).unwrap(), id(&["-g", "postgres"]).unwrap()))
    })
}

/// Runs to the end; panics with what it said if it fails.
pub fn run(command: &mut Command) {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = [out.stdout, out.stderr].concat();
    assert!(out.status.success(), "{command:?}: {}\n{}", out.status, String::from_utf8_lossy(&said));
}

pub(super) fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to));
}

/// Gives `dir` and what is in it to the account that PostgreSQL runs under.
pub(super) fn own(dir: &Path) {
    let Some((uid, gid)) = account() else { return };
    chown(dir, Some(uid), Some(gid)).unwrap();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            own(&entry.path());
        } else {
            chown(entry.path(), Some(uid), Some(gid)).unwrap();
        }
    }
}

//! PgBouncer as installed, or as built.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::pooler::{Child, MAX_CLIENTS, POOL, Tls, Way};
use crate::site::Site;
use crate::support::free_port;

/// One binary of it.
pub struct PgBouncer {
    binary: PathBuf,
    name: String,
    version: (u32, u32),
    tls: Tls,
}

impl PgBouncer {
    /// The binaries given, or that of PATH (or where Debian has it), the newest first. That one is `pgbouncer` in
    /// tables, others have their version in the name.
    ///
    /// # Errors
    /// One does not say its version.
    pub fn find(given: &[PathBuf]) -> Outcome<Vec<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let dirs = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        let installed = dirs.map(|dir| dir.join("pgbouncer")).find(|file| file.is_file());
        let binaries = if given.is_empty() { installed.into_iter().collect() } else { given.to_vec() };
        let mut found = binaries.iter().map(|binary| Self::ask(binary)).collect::<Outcome<Vec<_>>>()?;
        found.sort_by_key(|pgbouncer| std::cmp::Reverse(pgbouncer.version));
        for older in found.iter_mut().skip(1) {
            older.name = format!("pgbouncer-{}.{}", older.version.0, older.version.1);
        }
        Ok(found)
    }

    fn ask(binary: &Path) -> Outcome<Self> {
        let out = Command::new(binary).arg("--version").output();
        let out = out.map_err(|error| format!("{}: {error}", binary.display()))?.stdout;
        let said = String::from_utf8_lossy(&out);
        let version = parse_version(&said).ok_or_else(|| format!("{} says {said:?}", binary.display()))?;
        let tls = if said.contains("tls: unsupported") { Tls::Off } else { Tls::On };
        Ok(Self { binary: binary.to_path_buf(), name: "pgbouncer".to_owned(), version, tls })
    }

    /// Its name in tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    pub fn version(&self) -> String {
        format!("PgBouncer {}.{}", self.version.0, self.version.1)
    }

    /// Why it cannot run prepared statements in transaction mode, if so.
    pub fn lacks_prepared(&self) -> Option<&'static str> {
        (!self.prepares()).then_some("no prepared statements in transaction mode before PgBouncer 1.21")
    }

    /// Why it cannot speak TLS, if so.
    pub fn lacks_tls(&self) -> Option<&'static str> {
        (self.tls == Tls::Off).then_some("this PgBouncer is built without TLS")
    }

    fn prepares(&self) -> bool {
        self.version >= (1, 21)
    }

    /// Starts it.
    ///
    /// # Errors
    /// It does not accept.
    pub async fn start(&self, site: &Site, way: Way) -> Outcome<Child> {
        let dir = tempfile::Builder::new().prefix("pgweir-pgbouncer-").tempdir()?;
        let port = free_port();
        let ini = self.ini(site, way, &dir.path().join("userlist.txt"), port);
        fs::write(dir.path().join("pgbouncer.ini"), ini)?;
        fs::write(dir.path().join("userlist.txt"), format!("\"app\" \"{}\"\n", site.verifier))?;
        // A copy, because it does not run as root, and others may not reach where it was built.
        let binary = dir.path().join("pgbouncer");
        fs::copy(&self.binary, &binary)?;
        fs::set_permissions(&binary, Permissions::from_mode(0o755))?;
        let mut command = Command::new(&binary);
        command.arg(dir.path().join("pgbouncer.ini"));
        Child::start(command, site, dir, port).await
    }

    fn ini(&self, site: &Site, way: Way, users: &Path, port: u16) -> String {
        let prepared = if self.prepares() { "max_prepared_statements = 200\n" } else { "" };
        let tls = match way.tls {
            Tls::Off => String::new(),
            Tls::On => format!(
                "client_tls_sslmode = require\nclient_tls_cert_file = {}\nclient_tls_key_file = {}\n",
                site.identity.certificate.display(),
                site.identity.key.display()
            ),
        };
        format!(
            "[databases]\napp = host=127.0.0.1 port={} dbname=app\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = scram-sha-256\nauth_file = {}\n\
             pool_mode = transaction\ndefault_pool_size = {POOL}\nmax_client_conn = {MAX_CLIENTS}\n\
             listen_backlog = 2048\nlog_connections = 0\nlog_disconnections = 0\nlog_stats = 0\n{prepared}{tls}",
            site.ports[0],
            users.display()
        )
    }
}

/// From "PgBouncer 1.18.0\n...".
fn parse_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.lines().next()?.strip_prefix("PgBouncer ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

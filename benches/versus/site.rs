//! What stands behind the poolers, and what they need to know of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use crate::Outcome;
use crate::common::FakeServer;
use crate::proc::Pid;
use crate::support::{Authority, Cluster, Replicas};

/// Servers to put poolers in front of.
#[derive(Clone)]
pub struct Site {
    /// Their ports on 127.0.0.1; the first is the primary's.
    pub ports: Vec<u16>,
    /// The SCRAM verifier of `app`: with it, not the password, in their files poolers pass the client's key on.
    pub verifier: String,
    /// The account that PostgreSQL runs under: poolers that refuse to run as root do, too.
    pub account: (u32, u32),
    /// PostgreSQL's first process, where there is one.
    pub postgresql: Option<Pid>,
    /// What poolers show to clients that want TLS.
    pub identity: Arc<Identity>,
}

/// A certificate for `localhost`.
pub struct Identity {
    /// PEM.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
    /// Who signed it, PEM.
    pub authority: PathBuf,
    _dir: TempDir,
}

impl Site {
    /// PostgreSQL.
    pub async fn new(servers: &Replicas) -> Outcome<Self> {
        let primary = servers.node(0);
        let owner = fs::metadata(primary.data())?;
        let pid = fs::read_to_string(primary.data().join("postmaster.pid"))?;
        Ok(Self {
            ports: servers.nodes().iter().map(Cluster::port).collect(),
            verifier: verifier(primary).await?,
            account: (owner.uid(), owner.gid()),
            postgresql: Some(Pid(pid.lines().next().unwrap_or_default().trim().parse()?)),
            identity: Arc::new(Identity::new()?),
        })
    }

    /// The same accounts in front of a server that answers at once.
    pub fn faked(&self, server: &FakeServer) -> Self {
        Self { ports: vec![server.port()], postgresql: None, ..self.clone() }
    }

    /// The same without replicas.
    pub fn single(&self) -> Self {
        Self { ports: self.ports[..1].to_vec(), ..self.clone() }
    }
}

impl Identity {
    fn new() -> Outcome<Self> {
        let dir = tempfile::Builder::new().prefix("pgweir-identity-").tempdir()?;
        let authority = Authority::new(dir.path());
        let (certificate, key) = authority.server("server", &["localhost", "127.0.0.1"]);
        // For whatever account a pooler runs under: the key is worth nothing an hour from now.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755))?;
        fs::set_permissions(&key, Permissions::from_mode(0o644))?;
        Ok(Self { certificate, key, authority: authority.ca(), _dir: dir })
    }
}

async fn verifier(cluster: &Cluster) -> Outcome<String> {
    let sql = "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'";
    Ok(cluster.superuser().await.query_one(sql, &[]).await?.try_get(0)?)
}

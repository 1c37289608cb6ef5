//! A cluster with a user for each way in, and a backend as the configuration describes it.

use std::path::PathBuf;
use std::time::Duration;

use bytes::BytesMut;
use pgweir::auth::Credential;
use pgweir::backend::{ConnectError, Destination, Established, Request, connect};
use pgweir::config::{self, Address, BackendUrl, CertificatePaths, TlsMode, UserName};
use pgweir::net::SocketOptions;
use pgweir::net::tls::BackendTls;
use pgweir::observe::Replication;
use pgweir::wire::encode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Cluster, Frame, PATIENCE, password};

pub const SOCKETS: SocketOptions = SocketOptions { backlog: 16, keepalive: Some(Duration::from_secs(60)) };

pub async fn cluster() -> Cluster {
    let builder = Cluster::builder()
        .every_way_in()
        .hba("hostnossl all bare 127.0.0.1/32 scram-sha-256")
        .hba("host replication app 127.0.0.1/32 scram-sha-256");
    let cluster = builder.start().await;
    let mut sql = String::from("alter role app replication; ");
    for user in ["trusted", "clear", "certified", "covered", "bare"] {
        sql += &format!("create role {user} login password '{}'; ", password(user));
    }
    sql += &format!(
        "set password_encryption = 'md5'; create role hashed login password '{}';",
        password("hashed")
    );
    cluster.superuser().await.batch_execute(&sql).await.unwrap();
    cluster
}

/// A backend and how to get there.
pub struct Place {
    pub url: BackendUrl,
}

impl Place {
    pub fn tcp(port: u16, mode: TlsMode) -> Self {
        let tls = config::BackendTls { mode, root_certificate: None, identity: None, direct: false };
        Self {
            url: BackendUrl {
                address: Address::Tcp { host: "127.0.0.1".into(), port },
                database: None,
                user: None,
                password: None,
                tls,
                weight: 1,
                zone: None,
                parameters: vec![("application_name".into(), "from the url".into())],
            },
        }
    }

    pub fn unix(cluster: &Cluster) -> Self {
        let mut place = Self::tcp(cluster.port(), TlsMode::Require);
        place.url.address = Address::Unix { directory: cluster.socket_dir().into(), port: cluster.port() };
        place
    }

    pub fn host(mut self, name: &str) -> Self {
        if let Address::Tcp { host, .. } = &mut self.url.address {
            *host = name.into();
        }
        self
    }

    pub fn root(mut self, path: PathBuf) -> Self {
        self.url.tls.root_certificate = Some(path);
        self
    }

    pub fn identity(mut self, (certificate, key): (PathBuf, PathBuf)) -> Self {
        self.url.tls.identity = Some(CertificatePaths { certificate, key });
        self
    }

    pub async fn login(&self, user: &str, credential: &Credential) -> Result<Established, ConnectError> {
        self.ask(user, credential, |_| {}).await
    }

    pub async fn ask(
        &self,
        user: &str,
        credential: &Credential,
        change: impl FnOnce(&mut Request<'_>),
    ) -> Result<Established, ConnectError> {
        let tls = BackendTls::load(&self.url.tls).unwrap();
        let destination = Destination { url: &self.url, tls: &tls, sockets: SOCKETS };
        let user = UserName::from(user);
        let mut request = Request {
            destination,
            database: "app",
            user: &user,
            credential,
            parameters: &[],
            replication: Replication::None,
            minor: 0,
            limit: Some(PATIENCE),
        };
        change(&mut request);
        connect(&request).await
    }
}

pub fn with_password(user: &str) -> Credential {
    Credential::Password(password(user).into())
}

/// The first value of the first row.
pub async fn value(established: &mut Established, sql: &str) -> String {
    let mut out = BytesMut::new();
    encode::query(&mut out, sql.as_bytes());
    established.stream.write_all(&out).await.unwrap();
    established.stream.flush().await.unwrap();
    let mut value = None;
    loop {
        let tag = established.stream.read_u8().await.unwrap();
        let len = established.stream.read_u32().await.unwrap() as usize;
        let mut body = vec![0; len - 4];
        established.stream.read_exact(&mut body).await.unwrap();
        match tag {
            b'D' => value = Frame { tag, body }.columns().remove(0),
            b'Z' => return String::from_utf8(value.unwrap_or_default()).unwrap(),
            _ => {}
        }
    }
}

pub const WHO: &str =
    "select concat_ws(' ', current_user, (select ssl from pg_stat_ssl where pid = pg_backend_pid()))";

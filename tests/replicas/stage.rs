//! A fleet that watches clusters.

use std::sync::Arc;
use std::time::Duration;

use pgweir::auth::Credential;
use pgweir::backend::{Configured, Fleet, Group, Login, Member, Role, Server, Timing};
use pgweir::config::{Address, BackendTls, BackendUrl, TlsMode};
use pgweir::net::SocketOptions;
use tokio::runtime::Handle;

use crate::support::{Cluster, PATIENCE, eventually, password};

/// No keepalive: nothing here is far away.
pub const SOCKETS: SocketOptions = SocketOptions { keepalive: None, backlog: 16 };

/// A cluster's TCP address, probed as `app`, who may do nothing special.
pub fn member(cluster: &Cluster, configured: Configured) -> Member {
    let login = Login {
        user: "app".into(),
        credential: Credential::Password(password("app").into()),
        database: "app".into(),
    };
    Member { url: url(cluster.port()), configured, login: Some(login) }
}

/// A server of 127.0.0.1, in clear.
pub fn url(port: u16) -> BackendUrl {
    BackendUrl {
        address: Address::Tcp { host: "127.0.0.1".into(), port },
        database: None,
        user: None,
        password: None,
        tls: BackendTls { mode: TlsMode::Disable, root_certificate: None, identity: None, direct: false },
        weight: 1,
        zone: None,
        parameters: Vec::new(),
    }
}

/// Servers that are watched with the default timing.
pub struct Watch {
    pub fleet: Arc<Fleet>,
    pub group: Arc<Group>,
}

impl Watch {
    pub fn start(members: Vec<Member>) -> Self {
        let fleet =
            Fleet::start(Handle::current(), SOCKETS, std::slice::from_ref(&members), Timing::default());
        let group = fleet.group(members.iter().map(|member| &member.url)).unwrap();
        Self { fleet, group }
    }

    /// Watches clusters as `hosts`: nobody says what they are.
    pub fn hosts<'a>(clusters: impl IntoIterator<Item = &'a Cluster>) -> Self {
        Self::start(clusters.into_iter().map(|cluster| member(cluster, Configured::Find)).collect())
    }

    /// The server with this number in the configuration.
    pub fn server(&self, number: usize) -> &Arc<Server> {
        &self.group.servers()[number]
    }

    /// The number of the primary.
    pub fn primary(&self) -> Option<usize> {
        let primary = self.group.primary()?;
        self.group.servers().iter().position(|server| Arc::ptr_eq(server, &primary))
    }

    /// Waits until every server is up and has said what it is.
    pub async fn settled(&self) {
        eventually("servers with a role", PATIENCE, async || {
            self.group.servers().iter().all(|server| server.is_up() && server.role() != Role::Unknown)
        })
        .await;
    }

    /// Waits until the primary is this one.
    pub async fn elected(&self, number: usize, limit: Duration) {
        eventually("the primary", limit, async || self.primary() == Some(number)).await;
    }
}

//! The servers of a configuration, as the fleet wants them.

use std::collections::HashMap;

use crate::backend::{Configured, Login};
use crate::config::{Address, BackendUrl, Config, Database, Roles};

/// One server of a database, as configured.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    /// Where it is, and with which TLS.
    pub url: BackendUrl,
    /// What it is, until it says otherwise.
    pub configured: Configured,
    /// As whom it is probed; see [`Login::of`]. Without one only whether it answers can be known.
    pub login: Option<Login>,
}

impl Member {
    /// The backends of every database of a configuration, for [`super::Fleet::start`].
    pub fn all(config: &Config) -> Vec<Vec<Self>> {
        let databases = config.databases.named.values().chain(&config.databases.wildcard);
        databases.map(|database| Self::of(config, database)).collect()
    }

    fn of(config: &Config, database: &Database) -> Vec<Self> {
        let member = |url: &BackendUrl, given| {
            let configured = match database.roles {
                Roles::Given => given,
                Roles::Found => Configured::Find,
            };
            let login = Login::of(config, database, url);
            Self { url: url.clone(), configured, login }
        };
        let replicas = database.replicas.iter().map(|url| member(url, Configured::Replica));
        std::iter::once(member(&database.primary, Configured::Primary)).chain(replicas).collect()
    }
}

/// One member for each address: the first that can log in, and primary if any database says so.
pub(super) fn by_address(databases: &[Vec<Member>]) -> HashMap<Address, Member> {
    let mut members: HashMap<Address, Member> = HashMap::new();
    for member in databases.iter().flatten() {
        let found = members.entry(member.url.address.clone()).or_insert_with(|| member.clone());
        if found.login.is_none() && member.login.is_some() {
            *found = Member { configured: found.configured, ..member.clone() };
        }
        if member.configured == Configured::Primary {
            found.configured = Configured::Primary;
        }
    }
    members
}

//! Which proof a client is asked for: the first rule that matches, as in `pg_hba.conf`.
//!
//! Not known here: roles (`samerole`, `+group`) and the host's own networks (`samehost`, `samenet`); such
//! words are taken as plain names and match a database or user of that name.

use std::net::IpAddr;

use crate::config::{HbaRule, HbaSource, Method, Transport};

/// Whether the connection is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encryption {
    /// In clear.
    Plain,
    /// TLS.
    Tls,
}

/// How a client reached us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Over the unix socket.
    Unix,
    /// Over TCP, from this address.
    Tcp(IpAddr, Encryption),
}

/// The startup parameter `replication`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replication {
    /// An ordinary session.
    No,
    /// `database`: logical replication, a database like any other to the rules.
    Logical,
    /// `true`: physical replication, which only the word `replication` lets in.
    Physical,
}

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// Where from.
    pub origin: Origin,
    /// The database asked for.
    pub database: &'a str,
    /// The user it says it is.
    pub user: &'a str,
    /// What kind of session.
    pub replication: Replication,
}

/// The method of the first rule that matches; `None` is to be answered like [`Method::Reject`].
pub fn choose(rules: &[HbaRule], client: &Client<'_>) -> Option<Method> {
    rules.iter().find(|rule| client.matches(rule)).map(|rule| rule.method)
}

impl Client<'_> {
    fn matches(&self, rule: &HbaRule) -> bool {
        self.came_over(rule.transport)
            && self.came_from(rule.source)
            && self.wants_one_of(&rule.databases)
            && self.is_one_of(&rule.users)
    }

    fn came_over(&self, transport: Transport) -> bool {
        match (transport, self.origin) {
            (Transport::Any, _) | (Transport::Local, Origin::Unix) | (Transport::Host, Origin::Tcp(..)) => {
                true
            }
            (Transport::HostSsl, Origin::Tcp(_, tls)) => tls == Encryption::Tls,
            (Transport::HostNoSsl, Origin::Tcp(_, tls)) => tls == Encryption::Plain,
            _ => false,
        }
    }

    fn came_from(&self, source: HbaSource) -> bool {
        match (source, self.origin) {
            (HbaSource::Any, _) => true,
            (HbaSource::Network(network, prefix), Origin::Tcp(address, _)) => {
                contains(network, prefix, address)
            }
            (HbaSource::Network(..), Origin::Unix) => false,
        }
    }

    fn wants_one_of(&self, databases: &[String]) -> bool {
        if self.replication == Replication::Physical {
            return databases.iter().any(|name| name == "replication");
        }
        databases.is_empty()
            || databases.iter().any(|name| match name.as_str() {
                "all" => true,
                "sameuser" => self.database == self.user,
                "replication" => false,
                name => name == self.database,
            })
    }

    fn is_one_of(&self, users: &[String]) -> bool {
        users.is_empty() || users.iter().any(|name| name == "all" || name == self.user)
    }
}

/// Whether `address` is in the network; an IPv4 address that a dual-stack socket reports as IPv6 counts as IPv4.
fn contains(network: IpAddr, prefix: u8, address: IpAddr) -> bool {
    fn same_bits(a: u128, b: u128, width: u32, prefix: u8) -> bool {
        let dropped = width.saturating_sub(u32::from(prefix));
        a.checked_shr(dropped) == b.checked_shr(dropped)
    }
    match (network, address.to_canonical()) {
        (IpAddr::V4(n), IpAddr::V4(a)) => same_bits(n.to_bits().into(), a.to_bits().into(), 32, prefix),
        (IpAddr::V6(n), IpAddr::V6(a)) => same_bits(n.to_bits(), a.to_bits(), 128, prefix),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(transport: Transport, databases: &str, users: &str, source: &str, method: Method) -> HbaRule {
        let names = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let source = match source.split_once('/') {
            Some((ip, prefix)) => HbaSource::Network(ip.parse().unwrap(), prefix.parse().unwrap()),
            None => HbaSource::Any,
        };
        HbaRule { transport, databases: names(databases), users: names(users), source, method }
    }

    fn client<'a>(origin: Origin, database: &'a str, user: &'a str) -> Client<'a> {
        Client { origin, database, user, replication: Replication::No }
    }

    fn tcp(address: &str, encryption: Encryption) -> Origin {
        Origin::Tcp(address.parse().unwrap(), encryption)
    }

    #[test]
    fn the_first_match_wins_and_no_match_is_none() {
        let rules = [
            rule(Transport::HostNoSsl, "all", "all", "", Method::Reject),
            rule(Transport::HostSsl, "app", "alice", "10.0.0.0/8", Method::Cert),
            rule(Transport::HostSsl, "app", "", "10.0.0.0/8", Method::ScramSha256),
            rule(Transport::Local, "sameuser", "all", "", Method::Trust),
        ];
        let from = |ip, tls, database, user| choose(&rules, &client(tcp(ip, tls), database, user));
        assert_eq!(from("10.1.2.3", Encryption::Plain, "app", "alice"), Some(Method::Reject));
        assert_eq!(from("10.1.2.3", Encryption::Tls, "app", "alice"), Some(Method::Cert));
        assert_eq!(from("::ffff:10.1.2.3", Encryption::Tls, "app", "bob"), Some(Method::ScramSha256));
        assert_eq!(from("11.1.2.3", Encryption::Tls, "app", "alice"), None);
        assert_eq!(from("10.1.2.3", Encryption::Tls, "other", "alice"), None);
        assert_eq!(choose(&rules, &client(Origin::Unix, "bob", "bob")), Some(Method::Trust));
        assert_eq!(choose(&rules, &client(Origin::Unix, "app", "bob")), None);
    }

    #[test]
    fn physical_replication_needs_its_word() {
        let all = [
            rule(Transport::Any, "", "", "", Method::Trust),
            rule(Transport::Any, "all", "", "", Method::Trust),
        ];
        let word = [rule(Transport::Any, "replication", "", "", Method::Trust)];
        let mut asks = client(Origin::Unix, "replication", "r");
        assert_eq!(choose(&word, &asks), None);
        asks.replication = Replication::Logical;
        assert_eq!((choose(&word, &asks), choose(&all, &asks)), (None, Some(Method::Trust)));
        asks.replication = Replication::Physical;
        assert_eq!((choose(&word, &asks), choose(&all, &asks)), (Some(Method::Trust), None));
    }

    #[test]
    fn networks_compare_their_prefix() {
        let inside = |network: &str, prefix, address: &str| {
            contains(network.parse().unwrap(), prefix, address.parse().unwrap())
        };
        assert!(inside("0.0.0.0", 0, "203.0.113.9") && inside("::", 0, "2001:db8::1"));
        assert!(inside("192.168.1.7", 32, "192.168.1.7") && !inside("192.168.1.7", 32, "192.168.1.6"));
        assert!(inside("2001:db8::", 32, "2001:db8:1::1") && !inside("2001:db8::", 32, "2001:db9::1"));
        assert!(!inside("::", 0, "10.0.0.1") && !inside("0.0.0.0", 0, "::1"));
        assert!(inside("10.0.0.1", 255, "10.0.0.1"));
    }
}

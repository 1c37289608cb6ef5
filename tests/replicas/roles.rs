//! Roles are found, whatever the configuration says.

use std::time::Duration;

use pgweir::backend::{Configured, Health, Lag, Role};

use crate::stage::{Watch, member};
use crate::support::{PATIENCE, Replicas, eventually};

#[tokio::test]
async fn a_primary_and_its_replicas_are_told_apart() {
    let cluster = Replicas::start(2).await;
    let watch = Watch::hosts(cluster.nodes());
    assert_eq!(watch.server(0).standing().health, Health::Untried);
    assert_eq!(watch.primary(), None, "nobody is presumed to be it");
    watch.settled().await;
    watch.elected(0, PATIENCE).await;
    let roles: Vec<_> = watch.group.servers().iter().map(|server| server.role()).collect();
    assert_eq!(roles, [Role::Primary, Role::Replica, Role::Replica]);
    eventually("everybody's timeline", PATIENCE, async || {
        watch.group.servers().iter().all(|server| server.timeline() == 1)
    })
    .await;
    for server in watch.group.servers() {
        assert!(server.latency() > Duration::ZERO && server.latency() < Duration::from_secs(1));
        assert!(server.history().version.starts_with(|c: char| c.is_ascii_digit()));
        assert_eq!(server.history().error, None);
    }
    assert_eq!(watch.server(0).lag(), Lag::default());
}

#[tokio::test]
async fn a_configuration_that_is_wrong_about_roles_does_no_harm() {
    let cluster = Replicas::start(1).await;
    let watch = Watch::start(vec![
        member(cluster.node(1), Configured::Primary),
        member(cluster.node(0), Configured::Replica),
    ]);
    assert_eq!(watch.primary(), None, "nobody writes to what may be a replica");
    watch.settled().await;
    watch.elected(1, PATIENCE).await;
    assert_eq!(watch.server(0).role(), Role::Replica);
}

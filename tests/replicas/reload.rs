//! Another configuration: servers that stay are the same, those that go are retired.

use std::sync::Arc;

use pgweir::backend::{Configured, Health, Role, Timing};

use crate::stage::{Watch, member, url};
use crate::support::{PATIENCE, Replicas, eventually};

#[tokio::test]
async fn servers_stay_come_and_go() {
    let cluster = Replicas::start(2).await;
    let members: Vec<_> = cluster.nodes().iter().map(|node| member(node, Configured::Find)).collect();
    let watch = Watch::start(members[..2].to_vec());
    watch.settled().await;
    watch.elected(0, PATIENCE).await;
    let (stays, goes) = (watch.server(0).clone(), watch.server(1).clone());
    stays.work_begun();

    let databases = [vec![members[0].clone(), members[2].clone()], vec![members[0].clone()]];
    watch.fleet.configure(&databases, Timing::default());
    assert!(Arc::ptr_eq(&watch.fleet.server(&members[0].url), &stays));
    assert_eq!((stays.outstanding(), stays.role()), (1, Role::Primary));
    assert_eq!(goes.standing().health, Health::Retired);
    assert_eq!(watch.fleet.servers().len(), 2);
    let new = watch.fleet.server(&members[2].url);
    eventually("the new one", PATIENCE, async || new.role() == Role::Replica).await;
    // Each database has its group, and knows its primary.
    for database in &databases {
        let group = watch.fleet.group(database.iter().map(|member| &member.url)).unwrap();
        let primary = group.primary().unwrap();
        assert!(Arc::ptr_eq(&primary, &stays));
    }
    // The probe of the one that went has left it.
    let client = cluster.node(1).superuser().await;
    eventually("the end of its probe", PATIENCE, async || {
        let sql = "select from pg_stat_activity where application_name = 'pgweir probe'";
        client.query(sql, &[]).await.unwrap().is_empty()
    })
    .await;
    // One that comes back is another, and is probed.
    watch.fleet.configure(std::slice::from_ref(&members), Timing::default());
    let back = watch.fleet.server(&members[1].url);
    assert!(!Arc::ptr_eq(&back, &goes));
    eventually("the one that came back", PATIENCE, async || back.is_up()).await;
    assert_eq!(watch.fleet.server(&url(1)).standing().health, Health::Retired);
}

use proptest::prelude::*;

use super::*;
use crate::backend::server::tests::{sample, server};

fn address(server: Option<Arc<Server>>) -> Option<Address> {
    server.map(|server| server.address.clone())
}

fn primary(servers: &[Arc<Server>]) -> Option<usize> {
    let found = primary_of(servers)?;
    servers.iter().position(|server| Arc::ptr_eq(server, &found))
}

/// What a server says: nothing yet, down after having said it, or up.
#[derive(Clone, Copy, Debug)]
enum Says {
    Nothing,
    Was(Role, u32),
    Is(Role, u32),
}

fn says() -> impl Strategy<Value = Says> {
    let role = || prop_oneof![Just(Role::Primary), Just(Role::Replica)];
    prop_oneof![
        Just(Says::Nothing),
        (role(), 1u32..4).prop_map(|(role, timeline)| Says::Was(role, timeline)),
        (role(), 1u32..4).prop_map(|(role, timeline)| Says::Is(role, timeline)),
    ]
}

proptest! {
    #[test]
    fn the_primary_is_up_claims_it_and_is_on_the_newest_timeline(says in prop::collection::vec(says(), 0..5)) {
        let servers: Vec<_> = (0..5).map(server).take(says.len()).collect();
        for (server, says) in servers.iter().zip(&says) {
            if let Says::Was(role, timeline) | Says::Is(role, timeline) = *says {
                server.answered(&sample(role, timeline, 1), None);
            }
            if let Says::Was(..) = says {
                server.failed("gone".into());
            }
        }
        let newest = says.iter().map(|says| match says {
            Says::Was(_, timeline) | Says::Is(_, timeline) => *timeline,
            Says::Nothing => 0,
        });
        let newest = newest.max().unwrap_or(0);
        // The model: the first on the newest timeline, for claims were made in this order.
        let all_tried = !says.iter().any(|says| matches!(says, Says::Nothing));
        let fit = |says: &Says| all_tried && matches!(says, Says::Is(Role::Primary, timeline) if *timeline == newest);
        prop_assert_eq!(primary(&servers), says.iter().position(fit));
    }
}

#[test]
fn where_nobody_says_what_he_is_it_is_the_one_configured() {
    let servers = [server(1), server(2)];
    assert_eq!(primary(&servers), None);
    servers[1].configure(Configured::Primary, Vec::new());
    servers[1].reached();
    assert_eq!(primary(&servers), None, "the other may be it");
    servers[0].failed("gone".into());
    assert_eq!(primary(&servers), Some(1), "it answers, and does not say what it is");
    servers[1].failed("gone".into());
    assert_eq!(primary(&servers), None);
    servers[1].refused("no login".into());
    assert_eq!(primary(&servers), Some(1));
    servers[0].answered(&sample(Role::Primary, 1, 1), None);
    assert_eq!(primary(&servers), Some(0), "proven beats presumed");
    servers[0].failed("gone".into());
    assert_eq!(primary(&servers), None, "and stays proven");
}

#[test]
fn on_the_same_timeline_the_one_that_was_it_before_stays() {
    let servers = [server(1), server(2)];
    servers[1].answered(&sample(Role::Primary, 3, 1), None);
    assert_eq!(primary(&servers), None, "the other may be on a newer one");
    servers[0].answered(&sample(Role::Primary, 3, 1), None);
    assert_eq!(primary(&servers), Some(1));
    servers[1].failed("gone".into());
    assert_eq!(primary(&servers), Some(0));
    servers[1].answered(&sample(Role::Primary, 3, 1), None);
    assert_eq!(primary(&servers), Some(0), "who comes back does not push it aside");
    servers[1].answered(&sample(Role::Primary, 4, 1), None);
    assert_eq!(primary(&servers), Some(1), "unless it was promoted");
}

#[tokio::test]
async fn who_waits_is_told() {
    let servers = vec![server(1), server(2)];
    let group = Arc::new(Group::new(servers.clone()));
    assert_eq!(address(group.primary()), None);
    let waiting = group.clone();
    let until = Instant::now() + std::time::Duration::from_secs(20);
    let waiting = tokio::spawn(async move { waiting.wait_for_primary(until).await });
    tokio::task::yield_now().await;
    servers[0].answered(&sample(Role::Replica, 1, 1), None);
    group.changed();
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    servers[1].answered(&sample(Role::Primary, 1, 1), None);
    group.changed();
    assert_eq!(address(waiting.await.unwrap()), Some(servers[1].address.clone()));
    assert!(group.wait_for_primary(Instant::now()).await.is_some(), "it is there already");
}

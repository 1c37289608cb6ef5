use std::sync::Arc;

use super::*;
use crate::backend::Layout;

const LAYOUT: Layout = Layout { page: 8192, segment: 16 << 20 };

pub(in crate::backend) fn server(port: u16) -> Arc<Server> {
    Arc::new(Server::new(Address::Tcp { host: "db".into(), port }))
}

pub(in crate::backend) fn sample(role: Role, timeline: u32, position: u64) -> Sample {
    let ahead = Some(Lsn(position));
    Sample {
        asked: Instant::now(),
        role,
        timeline,
        position: Lsn(position),
        ahead,
        age: None,
        layout: LAYOUT,
    }
}

fn earlier(by: u64) -> Instant {
    Instant::now().checked_sub(Duration::from_secs(by)).unwrap()
}

#[test]
fn a_lag_is_measured_against_the_primary() {
    let (primary, replica) = (server(1), server(2));
    for (ago, position) in [(30, 1000), (20, 2000), (10, 3000)] {
        primary.answered(&Sample { asked: earlier(ago), ..sample(Role::Primary, 1, position) }, None);
    }
    let lag_at = |position| {
        replica.answered(&sample(Role::Replica, 1, position), Some(&primary));
        (replica.lag().bytes, replica.lag().time.as_secs())
    };
    assert_eq!(lag_at(3000), (0, 0), "an idle primary");
    assert_eq!(lag_at(3500), (0, 0), "ahead of the last sample");
    assert_eq!(lag_at(2999), (1, 10), "since the primary had the last byte");
    assert_eq!(lag_at(1500), (1500, 20));
    assert_eq!(lag_at(500), (2500, 30), "at least since the oldest sample");
    let old = Sample { age: Some(Duration::from_secs(99)), ..sample(Role::Replica, 1, 500) };
    replica.answered(&old, Some(&primary));
    assert_eq!(replica.lag().time.as_secs(), 99, "as its own clock says");
    assert_eq!(primary.lag(), Lag::default());
}

#[test]
fn the_lag_of_a_replica_that_does_not_answer_the_question_is_not_known() {
    let replica = server(1);
    replica.answered(&sample(Role::Replica, 1, 500), None);
    replica.refused("too many connections".to_owned());
    assert!(replica.is_up() && replica.lag().time > Duration::from_secs(1 << 30));
    replica.answered(&sample(Role::Replica, 1, 500), None);
    assert_eq!(replica.lag(), Lag::default());
}

#[test]
fn without_a_primary_a_lag_is_what_was_received_and_not_replayed() {
    let replica = server(1);
    let age = Some(Duration::from_secs(9));
    let caught_up = Sample { age, ..sample(Role::Replica, 1, 500) };
    replica.answered(&caught_up, None);
    assert_eq!(replica.lag(), Lag::default(), "the last transaction was long ago, that is all");
    replica.answered(&Sample { ahead: Some(Lsn(700)), ..caught_up }, None);
    assert_eq!(replica.lag(), Lag { bytes: 200, time: Duration::from_secs(9) });
}

#[test]
fn what_has_not_been_written_is_no_lag_but_must_be_waited_for() {
    let (primary, replica) = (server(1), server(2));
    let asked = earlier(10);
    let inserted = Sample { asked, ahead: Some(Lsn(1100)), ..sample(Role::Primary, 1, 1000) };
    primary.answered(&inserted, None);
    replica.answered(&sample(Role::Replica, 1, 1000), Some(&primary));
    assert_eq!(replica.lag(), Lag::default());
    assert_eq!(primary.positions().after(asked), Some(Lsn(1100)));
}

#[test]
fn what_it_was_is_remembered_while_it_is_down() {
    let server = server(1);
    assert_eq!(server.standing(), Standing::default());
    assert_eq!(server.answered(&sample(Role::Primary, 7, 1), None), Changed::Yes);
    assert_eq!(server.answered(&sample(Role::Primary, 7, 2), None), Changed::No);
    let first = server.claims();
    assert!(first.is_some());
    assert_eq!(server.failed("gone".into()), Changed::Yes);
    assert_eq!(server.failed("still gone".into()), Changed::No);
    assert_eq!(server.standing(), Standing { health: Health::Down, role: Role::Primary, timeline: 7 });
    assert_eq!(server.history().error.map(|(_, error)| error).as_deref(), Some("still gone"));
    assert_eq!(server.claims(), None);
    // A replica that does not say its timeline keeps the one that it had.
    assert_eq!(server.answered(&sample(Role::Replica, 0, 3), None), Changed::Yes);
    assert_eq!(server.standing(), Standing { health: Health::Up, role: Role::Replica, timeline: 7 });
    assert_eq!(server.positions().last(), None);
    server.answered(&sample(Role::Primary, 8, 4), None);
    assert!(server.claims() > first, "the claim begins anew");
    assert_eq!(server.retire(), Changed::Yes);
    assert_eq!(
        server.answered(&sample(Role::Primary, 8, 5), None),
        Changed::No,
        "an answer that comes too late"
    );
    assert_eq!(server.standing().health, Health::Retired);
}

#[test]
fn latency_follows_slowly() {
    let server = server(1);
    server.note_latency(Duration::from_millis(8));
    assert_eq!(server.latency(), Duration::from_millis(8));
    server.note_latency(Duration::from_millis(16));
    assert_eq!(server.latency(), Duration::from_millis(9));
    (0..200).for_each(|_| server.note_latency(Duration::from_millis(1)));
    assert!(server.latency() < Duration::from_micros(1010));
}

#[test]
fn leases_are_counted() {
    let server = server(1);
    server.work_begun();
    server.work_begun();
    server.work_ended();
    assert_eq!(server.outstanding(), 1);
}

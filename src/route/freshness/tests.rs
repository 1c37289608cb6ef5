use proptest::prelude::*;

use super::*;

/// A primary whose log grows, a replica that follows, a probe that samples, and one session.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Time passes.
    Wait(u64),
    /// Somebody else writes.
    Others(u64),
    /// The session writes.
    Write(u64),
    /// The primary is sampled.
    Sample,
    /// The replica replays so much more.
    Replay(u64),
    /// The session reads.
    Read,
    /// Another session hands over what it wrote: a token.
    Token,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u64..50).prop_map(Step::Wait),
        (1_u64..100).prop_map(Step::Others),
        (1_u64..100).prop_map(Step::Write),
        Just(Step::Sample),
        (0_u64..200).prop_map(Step::Replay),
        Just(Step::Read),
        Just(Step::Token),
    ]
}

#[derive(Default)]
struct Model {
    log: u64,
    replayed: u64,
    samples: Vec<(u64, u64)>,
    clock: u64,
    /// Where the session's last write, or what was handed to it, ends.
    must_see: u64,
}

impl Model {
    /// One step; the answer of a read.
    fn step(&mut self, step: Step, session: &mut Freshness, start: Instant) -> Option<Needed> {
        let at = |ms: u64| start + Duration::from_millis(ms);
        match step {
            Step::Wait(ms) => self.clock += ms,
            Step::Others(bytes) => self.log += bytes,
            Step::Write(bytes) => {
                self.log += bytes;
                self.must_see = self.log;
                session.wrote(at(self.clock));
            }
            // As in `Positions`: asked at this time, hence with all that was answered before it.
            Step::Sample => self.samples.push((self.clock, self.log)),
            Step::Replay(bytes) => self.replayed = self.log.min(self.replayed + bytes),
            Step::Token => {
                session.ask(Some(Lsn(self.log)));
                self.must_see = self.log;
            }
            Step::Read => {
                let after = |t: Instant| {
                    self.samples.iter().find(|(ms, _)| at(*ms) > t).map(|(_, position)| Lsn(*position))
                };
                return Some(session.needed(after));
            }
        }
        None
    }
}

proptest! {
    #[test]
    fn whoever_may_serve_a_session_has_what_it_wrote(steps in prop::collection::vec(any_step(), 0..80)) {
        let (mut model, mut session, start) = (Model::default(), Freshness::default(), Instant::now());
        for step in steps {
            let Some(needed) = model.step(step, &mut session, start) else { continue };
            if needed.is_met(Lsn(model.replayed)) {
                prop_assert!(model.replayed >= model.must_see);
            }
        }
    }

    #[test]
    fn a_replica_that_has_everything_serves_once_a_sample_was_taken(
        steps in prop::collection::vec(any_step(), 0..80),
    ) {
        let (mut model, mut session, start) = (Model::default(), Freshness::default(), Instant::now());
        for step in steps {
            model.step(step, &mut session, start);
        }
        for step in [Step::Wait(1), Step::Sample, Step::Replay(u64::MAX / 2)] {
            model.step(step, &mut session, start);
        }
        let needed = model.step(Step::Read, &mut session, start).unwrap();
        prop_assert!(needed.is_met(Lsn(model.replayed)));
    }
}

#[test]
fn a_session_that_wrote_nothing_reads_anywhere() {
    let mut session = Freshness::default();
    assert_eq!(session.needed(|_| panic!("nothing to ask for")), Needed::Nothing);
    assert_eq!(session.position(|_| None, Some(Lsn(5))), Some(Lsn(5)));
}

#[test]
fn the_primary_is_asked_once_for_each_write() {
    let mut session = Freshness::default();
    session.wrote(Instant::now());
    assert_eq!(session.needed(|_| None), Needed::Primary);
    assert_eq!(session.position(|_| None, Some(Lsn(5))), None);
    assert_eq!(session.needed(|_| Some(Lsn(7))), Needed::Replayed(Lsn(7)));
    assert_eq!(session.needed(|_| panic!("known")), Needed::Replayed(Lsn(7)));
    assert_eq!(session.position(|_| panic!("known"), Some(Lsn(9))), Some(Lsn(7)));
    session.ask(Some(Lsn(8)));
    assert_eq!(session.needed(|_| None), Needed::Replayed(Lsn(8)));
    session.moved();
    assert_eq!(session.needed(|_| None), Needed::Primary);
}

#[test]
fn limits_of_lag_are_inclusive_and_may_be_off() {
    let lag = |bytes, seconds| Lag { bytes, time: Duration::from_secs(seconds) };
    let limit = MaximumLag { time: Some(Duration::from_secs(10)), bytes: Some(100) };
    assert!(limit.allows(lag(100, 10)) && !limit.allows(lag(101, 0)) && !limit.allows(lag(0, 11)));
    assert!(MaximumLag::default().allows(lag(u64::MAX, 1 << 40)));
}

#[test]
fn tokens_are_positions_or_nothing() {
    assert_eq!(parse_token(" 16/B374D848 "), Ok(Some(Lsn(0x16_B374_D848))));
    assert_eq!(parse_token(""), Ok(None));
    assert!(parse_token("now").is_err());
    assert_eq!(show_token(parse_token("0/a").unwrap()), "0/A");
    assert_eq!(show_token(None), "");
}

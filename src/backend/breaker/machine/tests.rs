//! The table of states and events, line by line.

use super::*;
use crate::config::Config;

fn limits() -> config::Breaker {
    config::Breaker { open_for: Duration::from_millis(300), ..Config::default().breaker }
}

fn recent(streak: u32, failures: u64, successes: u64) -> Event {
    Event::Failed(Recent { streak, failures, successes })
}

#[test]
fn closed_opens_at_a_streak_or_a_rate() {
    let (now, limits) = (Instant::now(), limits());
    let opens = |event| State::Closed.on(event, now, &limits).0 != State::Closed;
    assert!(!opens(recent(4, 4, 0)));
    assert!(opens(recent(5, 5, 0)));
    // 20 attempts are enough for a rate, 19 are not.
    assert!(!opens(recent(1, 10, 9)));
    assert!(opens(recent(1, 10, 10)));
    assert!(!opens(recent(1, 10, 11)));
    assert!(!opens(Event::ProbeFailed));
    assert_eq!(State::Closed.on(Event::Asked, now, &limits).1, Answer::Go);
    let never = config::Breaker { consecutive_failures: None, ..limits };
    assert_eq!(State::Closed.on(recent(99, 19, 0), now, &never).0, State::Closed);
}

#[test]
fn pauses_double_up_to_the_longest_and_a_success_closes() {
    let (mut now, limits) = (Instant::now(), limits());
    let began = now;
    let mut state = State::Closed.on(recent(5, 5, 0), now, &limits).0;
    for pause in [100, 200, 300, 300].map(Duration::from_millis) {
        let early = now + pause - Duration::from_millis(1);
        assert_eq!(state.on(Event::Asked, early, &limits), (state, Answer::No));
        now += pause;
        let (half, answer) = state.on(Event::Asked, now, &limits);
        assert_eq!(answer, Answer::Probe);
        assert_eq!(half.on(Event::Asked, now, &limits).1, Answer::No, "one probe at a time");
        assert_eq!(half.away_since(), Some(began));
        assert_eq!(half.on(Event::ProbeSucceeded, now, &limits).0, State::Closed);
        // What began while it was closed says nothing about now.
        assert_eq!(half.on(recent(9, 9, 0), now, &limits).0, half);
        state = half.on(Event::ProbeFailed, now, &limits).0;
    }
}

#[test]
fn a_probe_that_was_given_up_makes_room_for_another() {
    let (now, limits) = (Instant::now(), config::Breaker { max_probes: 2, ..limits() });
    let open = State::Closed.on(recent(5, 5, 0), now, &limits).0;
    let (one, _) = open.on(Event::SeenAlive, now, &limits).0.on(Event::Asked, now, &limits);
    let (two, answer) = one.on(Event::Asked, now, &limits);
    assert_eq!((answer, two.on(Event::Asked, now, &limits).1), (Answer::Probe, Answer::No));
    let lapsed = two.on(Event::ProbeLapsed, now, &limits).0;
    assert_eq!(lapsed.on(Event::Asked, now, &limits).1, Answer::Probe);
    for state in [open, one, two] {
        assert_eq!(state.on(Event::Reset, now, &limits).0, State::Closed);
    }
}

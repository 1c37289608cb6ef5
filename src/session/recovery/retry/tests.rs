//! Every combination against the promises, the readable cases by hand, and the table in the documentation.

use super::*;

const WORKS: [Work; 14] = [
    Work::Nothing,
    Work::Read,
    Work::Session,
    Work::Write,
    Work::Several,
    Work::SelfCommitting,
    Work::CopyIn,
    Work::CopyEnded,
    Work::Open(Log::Kept),
    Work::Open(Log::Lost),
    Work::Committing(Log::Kept),
    Work::Committing(Log::Lost),
    Work::Preparing(Log::Kept),
    Work::Preparing(Log::Lost),
];
const ANSWERS: [Answered; 6] = [
    Answered::Nothing,
    Answered::Held,
    Answered::Relayed,
    Answered::CompleteHeld,
    Answered::Complete,
    Answered::Ready,
];
const WRONGS: [Wrong; 10] = [
    Wrong::CannotConnect,
    Wrong::Lost,
    Wrong::Terminated,
    Wrong::TerminatedAfterWarning,
    Wrong::ReadOnlyReplica,
    Wrong::Conflict,
    Wrong::StalePlan,
    Wrong::Other,
    Wrong::Cancelled,
    Wrong::TimedOut,
];

/// Every combination, 1,680 of them.
fn all() -> impl Iterator<Item = (Sent, Answered, Wrong, Verdict)> {
    let sents = WORKS.into_iter().flat_map(|work| [Tie::Free, Tie::Pinned].map(|tie| Sent { work, tie }));
    let answered = sents.flat_map(|sent| ANSWERS.map(|answered| (sent, answered)));
    answered.flat_map(|(sent, answered)| {
        WRONGS.map(|wrong| (sent, answered, wrong, decide(&sent, &answered, &wrong)))
    })
}

/// Whether some of the work may have been committed, told from PostgreSQL's rules and not from the table.
fn may_have_committed(work: Work, answered: Answered, wrong: Wrong) -> bool {
    let complete = answered >= Answered::CompleteHeld;
    let one = match work {
        Work::Nothing => return false,
        Work::Read | Work::Session | Work::CopyIn | Work::Open(_) => {
            return wrong == Wrong::TerminatedAfterWarning;
        }
        Work::Several | Work::SelfCommitting => return !is_first_untouched(work, answered, wrong),
        Work::Write | Work::CopyEnded => true,
        Work::Committing(_) | Work::Preparing(_) => false,
    };
    match wrong {
        Wrong::CannotConnect | Wrong::Lost | Wrong::TerminatedAfterWarning => true,
        Wrong::Terminated => complete,
        // An error rolls back the transaction that it comes in: behind COMMIT that is the next one.
        _ if one => answered == Answered::Ready,
        _ => complete,
    }
}

/// Of several transactions, or one that commits in its midst, nothing has been committed.
fn is_first_untouched(work: Work, answered: Answered, wrong: Wrong) -> bool {
    let incomplete = answered < Answered::CompleteHeld;
    match wrong {
        // A replica commits nothing.
        Wrong::ReadOnlyReplica => answered != Answered::Ready,
        Wrong::Terminated => incomplete && work == Work::Several,
        _ => false,
    }
}

#[test]
fn what_may_have_been_committed_is_never_run_again() {
    for (sent, answered, wrong, verdict) in all() {
        if may_have_committed(sent.work, answered, wrong) {
            let harmless = matches!(verdict, Verdict::Tell(_) | Verdict::Unknown(_));
            assert!(harmless, "{sent:?} {answered:?} {wrong:?}: {verdict:?}");
        }
    }
}

#[test]
fn what_the_client_has_seen_is_replayed_or_left() {
    for (sent, answered, wrong, verdict) in all() {
        if answered.is_relayed() && sent.work != Work::Nothing {
            assert!(!matches!(verdict, Verdict::Again(..)), "{sent:?} {answered:?} {wrong:?}: {verdict:?}");
        }
    }
}

#[test]
fn only_a_transaction_whose_log_is_kept_is_replayed() {
    for (sent, answered, wrong, verdict) in all() {
        let Verdict::Replay(..) = verdict else { continue };
        let kept = match sent.work {
            Work::Open(log) => log == Log::Kept,
            Work::Committing(log) | Work::Preparing(log) => log == Log::Kept && !answered.is_complete(),
            _ => false,
        };
        assert!(kept, "{sent:?} {answered:?} {wrong:?}");
    }
}

#[test]
fn the_outcome_is_unknown_exactly_when_only_the_backend_knows() {
    for (sent, answered, wrong, verdict) in all() {
        let silent = matches!(wrong, Wrong::CannotConnect | Wrong::Lost);
        let commits =
            !matches!(sent.work, Work::Nothing | Work::Read | Work::Session | Work::CopyIn | Work::Open(_));
        let under_way = answered != Answered::Ready;
        let unknown = match wrong {
            Wrong::TerminatedAfterWarning => {
                sent.work != Work::Nothing && (under_way || matches!(sent.work, Work::Open(_)))
            }
            Wrong::Terminated => commits && under_way && answered.is_complete(),
            _ => silent && commits && under_way,
        };
        let said = matches!(verdict, Verdict::Unknown(_));
        assert_eq!(said, unknown, "{sent:?} {answered:?} {wrong:?}: {verdict:?}");
    }
}

#[test]
fn a_pinned_session_never_goes_elsewhere_and_its_own_errors_are_never_hidden() {
    for (sent, answered, wrong, verdict) in all() {
        let place = match verdict {
            Verdict::Again(place, _) | Verdict::Replay(place, _) => Some(place),
            _ => None,
        };
        if sent.tie == Tie::Pinned {
            assert!(
                matches!(place, None | Some(Place::Same)),
                "{sent:?} {answered:?} {wrong:?}: {verdict:?}"
            );
        }
        if matches!(wrong, Wrong::Other | Wrong::Cancelled | Wrong::TimedOut) {
            assert!(matches!(verdict, Verdict::Tell(_)), "{sent:?} {answered:?} {wrong:?}: {verdict:?}");
        }
        // A connection that is gone serves nothing again.
        let gone = matches!(
            wrong,
            Wrong::CannotConnect | Wrong::Lost | Wrong::Terminated | Wrong::TerminatedAfterWarning
        );
        assert!(!(gone && place == Some(Place::Same)), "{sent:?} {answered:?} {wrong:?}: {verdict:?}");
    }
}

#[test]
fn the_cases_that_matter_most() {
    use Answered::{CompleteHeld, Held, Nothing, Ready, Relayed};
    use Log::{Kept, Lost};
    use Verdict::{Again, Replay, Tell, Unknown};
    let free = |work, answered, wrong| decide(&Sent { work, tie: Tie::Free }, &answered, &wrong);
    let pinned = |work, answered, wrong| decide(&Sent { work, tie: Tie::Pinned }, &answered, &wrong);

    // Nothing was sent: nothing happened.
    assert_eq!(free(Work::Nothing, Nothing, Wrong::CannotConnect), Again(Place::Elsewhere, "cannot_connect"));
    assert_eq!(free(Work::Nothing, Nothing, Wrong::Lost), Again(Place::Elsewhere, "lost"));
    // A read is run again as long as the client has seen nothing of it.
    assert_eq!(free(Work::Read, Held, Wrong::Lost), Again(Place::Elsewhere, "lost"));
    assert_eq!(free(Work::Read, CompleteHeld, Wrong::Lost), Again(Place::Elsewhere, "lost"));
    assert_eq!(free(Work::Read, Relayed, Wrong::Lost), Tell("answer_begun"));
    // A write is not, unless the backend said that it rolled it back.
    assert_eq!(free(Work::Write, Nothing, Wrong::Lost), Unknown("lost_in_commit"));
    assert_eq!(free(Work::Write, Nothing, Wrong::Terminated), Again(Place::Elsewhere, "terminated"));
    assert_eq!(free(Work::Write, CompleteHeld, Wrong::Terminated), Unknown("terminated_in_commit"));
    assert_eq!(free(Work::Write, Nothing, Wrong::TerminatedAfterWarning), Unknown("not_replicated"));
    assert_eq!(free(Work::Write, Held, Wrong::Conflict), Again(Place::Same, "conflict"));
    // The commit of an Execute comes at the Sync, and may fail there.
    assert_eq!(free(Work::Write, CompleteHeld, Wrong::Conflict), Again(Place::Same, "conflict"));
    assert_eq!(
        free(Work::Write, Nothing, Wrong::ReadOnlyReplica),
        Again(Place::Primary, "read_only_replica")
    );
    assert_eq!(free(Work::Write, Ready, Wrong::Lost), Tell("finished"));
    // What commits in its midst is neither.
    assert_eq!(free(Work::SelfCommitting, Nothing, Wrong::Conflict), Tell("partly_committed"));
    assert_eq!(free(Work::Several, Nothing, Wrong::Conflict), Tell("not_alone"));
    // A transaction is replayed until COMMIT has been sent, and after it if the backend said no.
    assert_eq!(free(Work::Open(Kept), Ready, Wrong::Lost), Replay(Place::Elsewhere, "lost"));
    assert_eq!(free(Work::Open(Kept), Relayed, Wrong::Conflict), Replay(Place::Same, "conflict"));
    assert_eq!(free(Work::Open(Lost), Nothing, Wrong::Conflict), Tell("not_in_log"));
    assert_eq!(free(Work::Committing(Kept), Nothing, Wrong::Lost), Unknown("lost_in_commit"));
    assert_eq!(free(Work::Committing(Kept), Nothing, Wrong::Conflict), Replay(Place::Same, "conflict"));
    assert_eq!(
        free(Work::Committing(Kept), Nothing, Wrong::Terminated),
        Replay(Place::Elsewhere, "terminated")
    );
    assert_eq!(free(Work::Preparing(Kept), Nothing, Wrong::Lost), Unknown("lost_in_commit"));
    // COPY's data has gone.
    assert_eq!(free(Work::CopyIn, Relayed, Wrong::Lost), Tell("copy_data_gone"));
    assert_eq!(free(Work::CopyEnded, Relayed, Wrong::Lost), Unknown("lost_in_commit"));
    // State on a connection dies with it.
    assert_eq!(pinned(Work::Read, Nothing, Wrong::Lost), Tell("pinned"));
    assert_eq!(pinned(Work::Open(Kept), Nothing, Wrong::Conflict), Replay(Place::Same, "conflict"));
}

#[test]
fn what_a_backend_says_is_understood() {
    let retry = crate::config::Config::default().retry;
    let error = |body: &[u8], side| Wrong::of_error(&Fields::view(body), side, &retry);
    let warning = |body: &[u8]| Wrong::of_warning(&Fields::view(body));
    assert_eq!(error(b"SFATAL\0VFATAL\0C57P01\0\0", Side::Primary), Wrong::Terminated);
    // As an error it is somebody's own RAISE.
    assert_eq!(error(b"SERROR\0VERROR\0C57P01\0\0", Side::Primary), Wrong::Other);
    assert_eq!(error(b"SFATAL\0VFATAL\0C25P03\0\0", Side::Primary), Wrong::Other);
    assert_eq!(error(b"SFATAL\0VFATAL\0C40001\0\0", Side::Replica), Wrong::Terminated);
    assert_eq!(error(b"SERROR\0VERROR\0C40P01\0\0", Side::Primary), Wrong::Conflict);
    assert_eq!(error(b"SERROR\0VERROR\0C25006\0\0", Side::Replica), Wrong::ReadOnlyReplica);
    assert_eq!(error(b"SERROR\0VERROR\0C25006\0\0", Side::Primary), Wrong::Other);
    assert_eq!(error(b"SERROR\0VERROR\0C23505\0\0", Side::Primary), Wrong::Other);
    assert_eq!(error(b"", Side::Primary), Wrong::Other);
    let waiting = b"SWARNING\0VWARNING\0C57P01\0RSyncRepWaitForLSN\0\0";
    assert_eq!(warning(waiting), Some(Wrong::TerminatedAfterWarning));
    assert_eq!(warning(b"SWARNING\0VWARNING\0C57P01\0\0"), Some(Wrong::TerminatedAfterWarning));
    assert_eq!(warning(b"SWARNING\0VWARNING\0C57P01\0Rquickdie\0\0"), Some(Wrong::Lost));
    assert_eq!(warning(b"SWARNING\0VWARNING\0C57P02\0Rquickdie\0\0"), Some(Wrong::Lost));
    assert_eq!(warning(b"SWARNING\0VWARNING\0C01000\0\0"), None);
}

/// The table of the documentation, made from the function. Answers with the same line share it.
fn table() -> String {
    let cell = |verdict: Verdict| match verdict {
        Verdict::Again(place, _) => format!("again {}", format!("{place:?}").to_lowercase()),
        Verdict::Replay(place, _) => format!("replay {}", format!("{place:?}").to_lowercase()),
        Verdict::Tell(reason) => format!("tell ({reason})"),
        Verdict::Unknown(_) => "**08007**".into(),
    };
    let names: Vec<_> = WRONGS.iter().map(|wrong| format!("{wrong:?}")).collect();
    let mut out = String::from("\n# The table\n\nFor sessions that are free; ");
    out.push_str("pinned ones are told wherever another connection would be needed.\n\n");
    out.push_str(&format!("| Sent | Answered | {} |\n", names.join(" | ")));
    out.push_str(&format!("|{}\n", "---|".repeat(WRONGS.len() + 2)));
    for work in WORKS {
        let sent = Sent { work, tie: Tie::Free };
        let line =
            |answered: Answered| WRONGS.map(|wrong| cell(decide(&sent, &answered, &wrong))).join(" | ");
        let mut lines: Vec<(Vec<String>, String)> = Vec::new();
        for answered in ANSWERS {
            let (name, line) = (format!("{answered:?}"), line(answered));
            match lines.iter_mut().find(|(_, known)| *known == line) {
                Some((names, _)) => names.push(name),
                None => lines.push((vec![name], line)),
            }
        }
        for (names, line) in lines {
            let names = if names.len() == ANSWERS.len() { "anything".into() } else { names.join(", ") };
            out.push_str(&format!("| {work:?} | {names} | {line} |\n"));
        }
    }
    out
}

#[test]
fn the_documentation_holds_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/session/recovery/retry/table.md");
    let table = table();
    if std::env::var_os("WRITE_TABLES").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written == table,
        "src/session/recovery/retry/table.md is not what decide() does: run with WRITE_TABLES=1"
    );
}

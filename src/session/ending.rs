//! How sessions end: what the client is told, and how its connection is made fit for others, or closed.

use std::future::Future;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::greet;
use super::pending::Awaited;
use super::pump::Trouble;
use super::relay::{Copy, Presence, Relay};
use super::serve::Session;
use super::state::Left;
use crate::backend::{Taint, cancel};
use crate::config::Mode;
use crate::observe::statements::Ticket;
use crate::sql::effects::effects;
use crate::sql::lexer::StandardStrings;
use crate::wire::encode;
use crate::wire::error::{Report, SqlState};
use crate::wire::server::TransactionStatus;

/// How long a connection may take to come clean before it is closed instead.
pub(super) const CLEANING: Duration = Duration::from_secs(1);
/// How long a client that is sent away may take to read why.
const GOODBYE: Duration = Duration::from_secs(1);

/// Runs `work` within `limit`, if there is one.
pub(super) async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}

/// What every client is told when we go.
pub fn shutting_down() -> Report {
    Report::fatal(SqlState::ADMIN_SHUTDOWN, "terminating connection due to administrator command")
}

/// What a client is told that has said nothing for `client_idle_timeout`.
pub(super) fn idle_for_too_long() -> Report {
    Report::fatal(
        SqlState::IDLE_SESSION_TIMEOUT,
        "terminating connection due to idle-session timeout (client_idle_timeout)",
    )
}

/// What a client is told that cancelled its own wait.
pub(super) fn cancelled() -> Report {
    Report::error(SqlState::QUERY_CANCELED, "canceling statement due to user request")
}

/// What a client is told that begins a transaction in statement mode.
pub(super) fn no_transactions() -> Report {
    Report::fatal(SqlState::FEATURE_NOT_SUPPORTED, "transaction blocks are not allowed in statement mode")
        .hint("Set pool.mode to transaction or session for this database or user.")
}

/// Ends a session.
pub(super) async fn end(mut session: Box<Session>, relay: Option<Box<Relay>>, trouble: Trouble) {
    let buffers = session.context.buffers.clone();
    let mut relay = relay.unwrap_or_else(|| buffers.take());
    relay.presence = Presence::Gone;
    session.ears = None;
    if let Some(redo) = relay.course.redo.take() {
        // The client has had what there is of it.
        relay.down.cut(0);
        if redo.within_frame {
            relay.down.stop_within_frame();
        }
    }
    say_why(&mut session, &mut relay, &trouble).await;
    match trouble {
        _ if session.lease.is_none() => {}
        Trouble::Backend(_) | Trouble::Fatal | Trouble::Derailed(_) | Trouble::Refused(_) => {
            if !matches!(trouble, Trouble::Refused(_)) {
                session.pool.count_lost();
            }
            // It may be the way that broke, not the backend: what it runs must not outlive its place.
            if !matches!(trouble, Trouble::Fatal) && !relay.pending.is_empty() {
                cancel_running(&session);
            }
            session.entry.unbind();
            session.lease = None;
        }
        _ => come_clean(&mut session, &mut relay).await,
    }
    let home = &session.entry.identity.pool;
    if session.left != Left::Nothing {
        home.replicas().iter().chain([home]).for_each(|pool| pool.clean_behind(session.entry.identity.id));
    }
    home.clients.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    buffers.put(relay);
}

async fn say_why(session: &mut Session, relay: &mut Relay, trouble: &Trouble) {
    let who = &session.entry.identity;
    let frame = match trouble {
        Trouble::Goodbye | Trouble::Fatal => None,
        Trouble::Client(error) => {
            tracing::debug!(client = %who.id, user = %who.user, database = %who.database, %error, "client left");
            return;
        }
        Trouble::Refused(frame) => Some(encoded(
            &greet::fatal(frame)
                .detail("A setting of the session is not valid any more where its next statement was to run.")
                .hint(match session.lease {
                    None => "Connect again: the statement has not been run.",
                    Some(_) => "Connect again, and look what has been run: it was sent behind the setting.",
                }),
        )),
        Trouble::Violation(report) | Trouble::Said(report) => Some(encoded(report)),
        Trouble::Backend(error) => {
            tracing::warn!(client = %who.id, user = %who.user, database = %who.database, %error, "backend connection lost");
            Some(encoded(&lost(session, relay)))
        }
        Trouble::Derailed(error) => {
            tracing::error!(client = %who.id, user = %who.user, database = %who.database, %error, "lost track of a backend");
            Some(encoded(&Report::fatal(SqlState::PROTOCOL_VIOLATION, error.to_string())))
        }
    };
    let Some(frame) = frame else { return };
    tracing::info!(client = %who.id, user = %who.user, database = %who.database, why = why(trouble), "session ended");
    // In the middle of a frame an error could not be told from its bytes: the end of the stream says it.
    if !relay.down.is_mid_frame() {
        let farewell = async {
            let client = &mut session.client;
            client.write_all(relay.down.ready()).await?;
            client.write_all(&frame).await?;
            client.flush().await?;
            client.shutdown().await
        };
        let _ = tokio::time::timeout(GOODBYE, farewell).await;
    }
}

/// For the log, without what the client or the backend said: that may hold values.
fn why(trouble: &Trouble) -> &str {
    match trouble {
        Trouble::Goodbye => "the client said goodbye",
        Trouble::Client(_) => "the client left",
        Trouble::Backend(_) | Trouble::Fatal => "the backend ended",
        Trouble::Derailed(_) => "the backend broke the protocol",
        Trouble::Refused(_) => "the backend refused a setting",
        Trouble::Violation(report) | Trouble::Said(report) => &report.message,
    }
}

fn encoded(report: &Report) -> BytesMut {
    let mut out = BytesMut::new();
    report.encode(&mut out);
    out
}

/// The backend went away: what is known of the work under way.
fn lost(session: &Session, relay: &Relay) -> Report {
    let message = "the backend closed the connection unexpectedly";
    if relay.pending.is_empty() && session.txn == TransactionStatus::Idle {
        return Report::fatal(SqlState::CONNECTION_FAILURE, message);
    }
    if session.txn == TransactionStatus::Idle || relay.pending.may_commit() {
        return Report::fatal(SqlState::UNKNOWN_OUTCOME, message)
            .detail("What was sent to it may or may not have been committed.")
            .hint("Look whether the change is there before repeating it.");
    }
    Report::fatal(SqlState::CONNECTION_FAILURE, message).detail("The open transaction was rolled back.")
}

/// Makes the connection of a client that is gone fit for the next one, or closes it.
async fn come_clean(session: &mut Session, relay: &mut Relay) {
    let Some(lease) = &session.lease else { return };
    let server = lease.link.id;
    session.entry.unbind();
    let settled = tokio::time::timeout(CLEANING, settle(session, relay)).await;
    match session.lease.take() {
        Some(mut lease) if matches!(settled, Ok(Some(()))) => {
            // Judged only now: its last statements have ended meanwhile.
            if let Some(taint) = taint(session) {
                lease.taint = taint;
            }
            lease.release(Instant::now());
        }
        _ => tracing::debug!(%server, "a connection did not come clean in time and is closed"),
    }
}

/// What the session leaves on its connection, beyond what the connection knows of.
fn taint(session: &Session) -> Option<Taint> {
    match &session.pin {
        Some(pin) if pin.outlives_reset() => Some(Taint::Spoilt),
        Some(_) => Some(Taint::Tainted),
        // Whatever it may have set was not asked for.
        None if !session.unsure.is_empty() => Some(Taint::Tainted),
        None if session.mode != Mode::Session => None,
        None => match session.left {
            Left::Nothing => None,
            Left::Something => Some(Taint::Tainted),
            Left::Lasting => Some(Taint::Spoilt),
        },
    }
}

/// Cancels what the backend is running for the client that is gone. On its own: the connection is read
/// meanwhile, and is not handed on before the cancel has ended.
pub(super) fn cancel_running(session: &Session) {
    let Some(lease) = &session.lease else { return };
    let (pool, link) = (session.pool.clone(), lease.link.clone());
    let pass = link.begin_cancel();
    tokio::spawn(async move {
        if cancel(&pool.destination(), &link, Some(CLEANING)).await.is_err() {
            // It may still arrive, whenever that is: by then nobody else must be there.
            link.ask_to_close();
        }
        drop(pass);
    });
}

/// Brings the conversation to its end: nothing outstanding, no transaction open.
async fn settle(session: &mut Session, relay: &mut Relay) -> Option<()> {
    let running = !relay.pending.is_empty();
    if relay.up.is_mid_frame() {
        // The rest of that frame will never come; what runs before it must not run on without us.
        if running {
            cancel_running(session);
        }
        return None;
    }
    let mut last = BytesMut::from(relay.up.ready());
    if relay.copy != Copy::No {
        encode::copy_fail(&mut last, b"the client has left");
    }
    if relay.unsynced || relay.pending.skipping || relay.copy == Copy::Extended {
        // Sync alone would commit what the client never asked to have committed.
        if !relay.pending.skipping {
            encode::query(&mut last, b"ROLLBACK");
            relay.pending.push(Awaited::Query(effects(b"ROLLBACK", StandardStrings::On), Ticket::NONE));
        }
        encode::sync(&mut last);
        relay.pending.skipping = false;
        relay.pending.push(Awaited::Sync);
    }
    let lease = session.lease.as_mut()?;
    lease.stream.write_all(&last).await.ok()?;
    lease.stream.flush().await.ok()?;
    // Only now: a cancel that came before the query would miss it.
    if running {
        cancel_running(session);
    }
    relay.copy = Copy::No;
    // What was held back is there already.
    session.scan_down(relay).ok()?;
    while !relay.pending.is_empty() || relay.down.is_mid_frame() || !relay.down.unscanned().is_empty() {
        let ready = relay.down.ready().len();
        relay.down.sent(ready);
        let n = session.lease.as_mut()?.stream.read(relay.down.spare()).await.ok().filter(|n| *n > 0)?;
        relay.down.filled(n);
        session.scan_down(relay).ok()?;
    }
    if session.txn != TransactionStatus::Idle {
        let lease = session.lease.as_mut()?;
        lease.run("ROLLBACK").await.ok()?;
        if let Some(mut applied) = session.applied.take() {
            applied.roll_back();
            lease.settings = applied.wanted().clone();
        }
    }
    session.fatal.is_none().then_some(())
}

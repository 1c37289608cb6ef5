//! Going to the backends: all of them at once, one login after another at each.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::plan::{Login, Plan};
use crate::backend::{
    Authentication, ConnectError, ConnectFault, Connection, Destination, Link, Request, connect, dial,
};
use crate::net::tls::{BackendTls, TlsError};
use crate::net::{Peer, SocketOptions, Stream};
use crate::observe::{Endpoint, Replication, SocketId, WorkerId};
use crate::pool::Capacity;

/// For each login where `server_connect_timeout` is off.
const LIMIT: Duration = Duration::from_secs(15);

/// A backend that was tried.
#[derive(Debug)]
pub(super) struct Visit {
    /// What was to be done.
    pub(super) plan: Plan,
    /// What came of it.
    pub(super) found: Found,
}

/// What came of a visit.
#[derive(Debug)]
pub(super) enum Found {
    /// The files that the URL names cannot be used.
    NoFiles(TlsError),
    /// Nobody can get as far as a login.
    Away(ConnectError),
    /// There was no login to try, but somebody listens; TLS, if it was agreed on.
    Listening(Option<String>),
    /// How each login of the plan went.
    Answered(Vec<Result<Seen, ConnectError>>),
}

/// What a backend says once logged in to.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) version: String,
    pub(super) recovery: Recovery,
    /// `default_transaction_read_only` is on.
    pub(super) read_only: bool,
    pub(super) authentication: Authentication,
    pub(super) tls: Option<String>,
    /// The password went over a network in clear.
    pub(super) exposed: bool,
    /// `None` where it does not say.
    pub(super) capacity: Option<Capacity>,
}

/// `pg_is_in_recovery()`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Recovery {
    /// A primary.
    No,
    /// A replica.
    Yes,
    /// It does not know the function.
    Unknown,
}

/// Carries out all plans; the visits are in their order.
pub(super) async fn visit_all(plans: Vec<Plan>, sockets: SocketOptions) -> Vec<Visit> {
    let mut tasks = JoinSet::new();
    for (at, plan) in plans.into_iter().enumerate() {
        tasks.spawn(async move {
            let found = visit(&plan, sockets).await;
            (at, Visit { plan, found })
        });
    }
    let mut visits = tasks.join_all().await;
    visits.sort_by_key(|(at, _)| *at);
    visits.into_iter().map(|(_, visit)| visit).collect()
}

async fn visit(plan: &Plan, sockets: SocketOptions) -> Found {
    let tls = match BackendTls::load(&plan.url.tls) {
        Ok(tls) => tls,
        Err(error) => return Found::NoFiles(error),
    };
    let destination = Destination { url: &plan.url, tls: &tls, sockets };
    let limit = plan.database.pool.timeouts.server_connect.unwrap_or(LIMIT);
    if plan.logins.is_empty() {
        return match dial(&destination, Some(limit)).await {
            Ok(stream) => Found::Listening(stream.tls_info().map(|info| info.to_string())),
            Err(error) => Found::Away(error),
        };
    }
    let mut results = Vec::new();
    for login in &plan.logins {
        match log_in(plan, destination, login, limit).await {
            // The next would only wait as long for the same answer.
            Err(error) if !error.is_login() => return Found::Away(error),
            result => results.push(result),
        }
    }
    Found::Answered(results)
}

async fn log_in(
    plan: &Plan,
    destination: Destination<'_>,
    login: &Login,
    limit: Duration,
) -> Result<Seen, ConnectError> {
    let request = Request {
        destination,
        database: &plan.target,
        user: &login.user,
        credential: &login.credential,
        parameters: &[(b"application_name", b"pgweir check")],
        replication: Replication::None,
        minor: 0,
        limit: Some(limit),
    };
    let established = connect(&request).await?;
    let parameter = |name: &str| {
        let found = established.parameters.iter().find(|(n, _)| n == name.as_bytes());
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    };
    let version = parameter("server_version").unwrap_or_else(|| "of an unknown version".into());
    let read_only = parameter("default_transaction_read_only").as_deref() == Some("on");
    let authentication = established.authentication;
    let stream = established.stream;
    let exposed = authentication == Authentication::Cleartext && !stream.is_tls() && !is_local(&stream);
    let tls = stream.tls_info().map(|info| info.to_string());
    let link = Link::new(SocketId(0), established.key, Endpoint::unix(0), Endpoint::unix(0), None);
    let mut connection = Connection::new(stream, Arc::new(link), WorkerId(0), None);
    let asked = timeout(limit, ask(&mut connection)).await;
    let (recovery, capacity) = asked
        .unwrap_or(Err(ConnectFault::Timeout(limit)))
        .map_err(|fault| ConnectError { address: plan.url.address.clone(), fault })?;
    Ok(Seen { version, recovery, read_only, authentication, tls, exposed, capacity })
}

async fn ask(connection: &mut Connection) -> Result<(Recovery, Option<Capacity>), ConnectFault> {
    let recovery = match value(connection, "SELECT pg_catalog.pg_is_in_recovery()").await?.as_deref() {
        Some("t") => Recovery::Yes,
        Some("f") => Recovery::No,
        _ => Recovery::Unknown,
    };
    let capacity = value(connection, Capacity::QUERY).await?;
    let capacity = capacity.and_then(|text| Capacity::parse(&text));
    Ok((recovery, capacity.map(|capacity| capacity.seen_over(&connection.stream))))
}

/// The one value of a query; `None` if the backend refuses to answer it.
async fn value(connection: &mut Connection, sql: &str) -> Result<Option<String>, ConnectFault> {
    use crate::backend::ConverseError::Refused;
    match connection.run(sql).await {
        Ok(answer) => Ok(answer.value.map(|value| String::from_utf8_lossy(&value).into_owned())),
        Err(Refused(..)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_local(stream: &Stream) -> bool {
    match stream.peer() {
        Peer::Unix => true,
        Peer::Tcp(address) => address.ip().is_loopback(),
    }
}

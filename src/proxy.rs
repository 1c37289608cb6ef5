//! Builds every part once, accepts clients, and dispatches each login to a session, the console or a cancel.

mod accept;
mod control;
mod failover;
mod listen;
mod lobby;
mod notify;
mod reload;
mod signals;
mod staffing;
mod status;
mod threads;
mod traces;
mod watch;

use std::net::TcpListener as Bare;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;

use crate::admin::{self, Readiness, ReadyState, Source, Status};
use crate::client::{QueryLookup, Secrets};
use crate::config::{Config, Environment, Live};
use crate::net::tls::{ServerTls, TlsError};
use crate::net::{Inherited, InheritedError, ListenError, SocketOptions};
use crate::pool::{Ids, Limit, Pools, Shared};
use crate::route::Domains;
use crate::session::{Hubs, Library, Order, Retries, Roster, Routers};
use crate::shutdown::{Phase, Shutdown};

use accept::Desk;
use notify::Supervisor;
use reload::Reloader;
use signals::Signals;
use staffing::Staffing;
use status::Tally;
use threads::Threads;

/// Sessions that are told to end get this long before the process does.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Clients that are logging in when the last session has ended get this long to be told that they are too late.
const LAST_LOGINS: Duration = Duration::from_millis(500);
/// How often deadlines of sessions are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Ticks between looks at what nobody needs any more.
const TICKS_PER_SWEEP: u32 = 100;

/// Why pgweir cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address or a socket cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The HTTP address cannot be listened on.
    #[error("cannot listen on {0} (server.http_listen): {1}")]
    Http(std::net::SocketAddr, #[source] std::io::Error),
    /// A socket that was passed cannot be served.
    #[error(transparent)]
    Inherited(#[from] InheritedError),
    /// A certificate or a key cannot be used.
    #[error("server.tls: {0}")]
    Tls(#[from] TlsError),
    /// The same for HTTPS.
    #[error("[http]: {0}")]
    HttpTls(#[source] TlsError),
    /// Threads or signal handlers cannot be had.
    #[error("the operating system refuses: {0}")]
    System(#[from] std::io::Error),
}

/// Where the configuration came from, so that it can be read again.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The file, if there is one.
    pub file: Option<std::path::PathBuf>,
    /// The environment it was read with.
    pub environment: Environment,
}

/// Puts another `server.log_level` in force.
pub type LogLevel = Arc<dyn Fn(&str) + Send + Sync>;

/// Everything that lives as long as the process.
struct Proxy {
    live: Arc<Live>,
    origin: Origin,
    pools: Arc<Pools>,
    domains: Arc<Domains>,
    routers: Arc<Routers>,
    roster: Arc<Roster>,
    desk: Arc<Desk>,
    tally: Arc<Tally>,
    retries: Arc<Retries>,
    supervisor: Arc<Supervisor>,
    readiness: Readiness,
    shutdown: Shutdown,
    started: SystemTime,
}

/// Serves until told to stop; runs on the control thread.
///
/// # Errors
/// See [`StartError`]; once it serves, it ends only by a signal.
pub async fn run(config: Config, origin: Origin, log_level: LogLevel) -> Result<(), StartError> {
    let passed = Inherited::take()?;
    let signals = Signals::install()?;
    threads::raise_file_limit();
    let mut threads = Threads::start(config.server.workers, config.server.buffer_size)?;
    let staffing = threads.staffing(config.server.min_workers);
    let proxy = Proxy::build(config, origin, &threads)?;
    let reloader = proxy.reloader(log_level);
    // Whoever finds the door for clients open finds this one open too.
    proxy.serve_http(&reloader, passed.http).await?;
    let listeners = listen::for_clients(&proxy.live.current().server, threads.workers(), &passed.clients)?;
    let background = [
        tokio::spawn(crate::pool::upkeep(proxy.pools.clone(), proxy.live.clone())),
        tokio::spawn(tend(proxy.roster.clone(), proxy.desk.clone(), proxy.live.clone(), staffing)),
        tokio::spawn(failover::watch(proxy.pools.clone(), proxy.domains.clone(), proxy.roster.clone())),
        tokio::spawn(status::roll(proxy.pools.clone(), proxy.tally.clone())),
        tokio::spawn(status::tell_left_out(proxy.tally.clone())),
        tokio::spawn(signals.obey(proxy.shutdown.clone(), reloader.clone())),
        tokio::spawn(watch::watch(reloader, proxy.live.clone())),
        tokio::spawn(proxy.supervisor.clone().keep_alive(threads.workers().clone(), proxy.roster.clone())),
    ];
    for (worker, listener) in listeners {
        let accept = accept::run(listener, proxy.desk.clone(), worker, proxy.shutdown.clone());
        threads.workers().spawn(worker, accept);
    }
    drop(passed.clients);
    proxy.readiness.set(ReadyState::Ready);
    proxy.supervisor.ready();
    tracing::info!(workers = threads.workers().count(), "pgweir is ready");
    proxy.wind_down().await;
    for task in background {
        task.abort();
    }
    Ok(())
}

/// Wakes sessions and logins whose deadline has passed, and sees whether the workers are as many as they should be.
async fn tend(roster: Arc<Roster>, desk: Arc<Desk>, live: Arc<Live>, mut staffing: Option<Staffing>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for tick in 0u32.. {
        ticks.tick().await;
        let now = Instant::now();
        roster.tend(now);
        desk.tend(now);
        if let Some(staffing) = &mut staffing {
            staffing.look(now, live.current().server.min_workers);
        }
        if tick % TICKS_PER_SWEEP == 0 {
            roster.forget_limits();
        }
    }
}

impl Proxy {
    fn build(config: Config, origin: Origin, threads: &Threads) -> Result<Self, StartError> {
        let sockets =
            SocketOptions { keepalive: config.server.tcp_keepalive, backlog: config.server.listen_backlog };
        let tls = ServerTls::load(&config.server.tls)?;
        let shared = Shared { workers: threads.workers().clone(), ids: Ids::default(), sockets };
        let pools = Arc::new(Pools::new(shared));
        let roster = Arc::new(Roster::default());
        let lookup = QueryLookup::new(Handle::current(), sockets);
        let hubs = Arc::new(Hubs::default());
        let retries = Arc::new(Retries::new(&config.retry));
        let tally = Arc::new(Tally::new(&config, threads.buffers(), hubs.clone(), retries.clone()));
        let places = Limit::new(Some(config.server.max_clients));
        let live = Arc::new(Live::new(config));
        let library = Arc::new(Library::default());
        let domains = Domains::start(Handle::current(), sockets, &live.current());
        let routers = Arc::new(Routers::new(domains.clone()));
        let watched = (&tally.statements, &tally.slow, &tally.tracer);
        let contexts = threads.contexts(&pools, &roster, &library, (&hubs, &routers, &retries), watched);
        pools.prewarm(&live.current());
        let shutdown = Shutdown::default();
        let desk = Arc::new(Desk::new(
            accept::Parts {
                live: live.clone(),
                secrets: Arc::new(Secrets::new(Arc::new(lookup))),
                workers: threads.workers().clone(),
                contexts,
                places,
                shutdown: shutdown.clone(),
            },
            tls,
            tally.clone(),
        ));
        Ok(Self {
            live,
            origin,
            pools,
            domains,
            routers,
            roster,
            desk,
            tally,
            retries,
            supervisor: Arc::default(),
            readiness: Readiness::new(),
            shutdown,
            started: SystemTime::now(),
        })
    }

    async fn serve_http(&self, reloader: &Arc<Reloader>, passed: Option<Bare>) -> Result<(), StartError> {
        let (source, controls) = (self.source(reloader), self.operator(reloader));
        self.desk.set_source(source.clone());
        self.desk.set_controls(controls.clone());
        let config = self.live.current();
        let Some(listener) = listen::for_http(&config.server, passed).await? else { return Ok(()) };
        let shutdown = self.shutdown.clone();
        let until = async move { shutdown.reached(Phase::Now).await };
        let parts = admin::HttpParts::new(source, self.readiness.clone(), controls, self.live.clone())
            .map_err(StartError::HttpTls)?;
        tokio::spawn(async move {
            if let Err(error) = admin::serve_http(listener, parts, until).await {
                tracing::error!(%error, "the HTTP listener has ended");
            }
        });
        Ok(())
    }

    fn source(&self, reloader: &Arc<Reloader>) -> Source {
        let (live, pools, roster) = (self.live.clone(), self.pools.clone(), self.roster.clone());
        let (tally, domains, started) = (self.tally.clone(), self.domains.clone(), self.started);
        let reloader = reloader.clone();
        Arc::new(move || Status {
            reloads: reloader.told(),
            ..status::read(&live, &pools, &roster, (&tally, &domains), started)
        })
    }

    /// What the console and the HTTP API do.
    fn operator(&self, reloader: &Arc<Reloader>) -> admin::Controls {
        Arc::new(control::Operator {
            pools: self.pools.clone(),
            roster: self.roster.clone(),
            live: self.live.clone(),
            shutdown: self.shutdown.clone(),
            control: Handle::current(),
            reloader: reloader.clone(),
        })
    }

    fn reloader(&self, log_level: LogLevel) -> Arc<Reloader> {
        Arc::new(Reloader::new(reload::Parts {
            live: self.live.clone(),
            origin: self.origin.clone(),
            pools: self.pools.clone(),
            domains: self.domains.clone(),
            routers: self.routers.clone(),
            roster: self.roster.clone(),
            desk: self.desk.clone(),
            retries: self.retries.clone(),
            tally: self.tally.clone(),
            log_level,
            supervisor: self.supervisor.clone(),
        }))
    }

    /// Waits for the signal, lets sessions finish, ends those that do not.
    async fn wind_down(&self) {
        self.shutdown.reached(Phase::Leaving).await;
        self.readiness.set(ReadyState::Draining);
        if self.shutdown.phase() == Phase::Closed {
            tracing::info!(clients = self.roster.len(), "no new clients; those who are here may stay");
            tokio::select! {
                () = self.until_empty() => {}
                () = self.shutdown.reached(Phase::Draining) => {}
            }
        }
        let config = self.live.current();
        let (delay, limit) = (config.server.drain_delay, config.server.shutdown_timeout);
        self.supervisor.stopping(delay + limit + LAST_WORDS * 2);
        if self.shutdown.phase() == Phase::Leaving && !delay.is_zero() {
            tracing::info!(?delay, "not ready any more; new clients are still let in");
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = self.shutdown.reached(Phase::Closed) => {}
            }
        }
        self.shutdown.raise(Phase::Draining);
        if self.shutdown.phase() == Phase::Draining {
            tracing::info!(clients = self.roster.len(), ?limit, "draining");
            self.roster.order_for_good(Order::Drain);
            tokio::select! {
                () = self.until_empty() => {}
                () = tokio::time::sleep(limit) => {}
                () = self.shutdown.reached(Phase::Stopping) => {}
            }
        }
        if self.shutdown.phase() < Phase::Now && !self.roster.is_empty() {
            tracing::info!(clients = self.roster.len(), "ending the sessions that are left");
            self.roster.order_for_good(Order::Kill);
            tokio::select! {
                () = self.until_empty() => {}
                () = tokio::time::sleep(LAST_WORDS) => {}
                () = self.shutdown.reached(Phase::Now) => {}
            }
        }
        tracing::info!("pgweir ends");
    }

    /// Waits until the last session has ended, and for a moment for those who are just being told that there will be
    /// none.
    async fn until_empty(&self) {
        let mut empty_since = None;
        loop {
            let now = Instant::now();
            let since = *empty_since.get_or_insert(now);
            match self.roster.is_empty() {
                true if self.desk.is_empty() || now - since >= LAST_LOGINS => return,
                true => {}
                false => empty_since = None,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

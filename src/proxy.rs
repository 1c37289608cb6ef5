//! Builds every part once, accepts clients, and dispatches each login to a session, the console or a cancel.

mod accept;
mod control;
mod failover;
mod lobby;
mod signals;
mod status;
mod threads;
mod traces;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;

use crate::admin::{self, Readiness, ReadyState, Source};
use crate::client::{QueryLookup, Secrets};
use crate::config::{Config, Environment, Live};
use crate::net::tls::{ServerTls, TlsError};
use crate::net::{ListenError, Listener, SocketOptions};
use crate::observe::WorkerId;
use crate::pool::{Ids, Limit, Pools, Shared};
use crate::route::Domains;
use crate::session::{Hubs, Library, Order, Retries, Roster, Routers};
use crate::shutdown::{Phase, Shutdown};

use accept::Desk;
use status::Tally;
use threads::Threads;

/// Sessions that are told to end get this long before the process does.
const LAST_WORDS: Duration = Duration::from_secs(2);
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
    /// A certificate or a key cannot be used.
    #[error("server.tls: {0}")]
    Tls(#[from] TlsError),
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

/// Everything that lives as long as the process.
struct Proxy {
    live: Arc<Live>,
    origin: Origin,
    pools: Arc<Pools>,
    domains: Arc<Domains>,
    roster: Arc<Roster>,
    desk: Arc<Desk>,
    tally: Arc<Tally>,
    retries: Arc<Retries>,
    readiness: Readiness,
    shutdown: Shutdown,
    started: SystemTime,
}

/// Serves until told to stop; runs on the control thread.
///
/// # Errors
/// See [`StartError`]; once it serves, it ends only by a signal.
pub async fn run(config: Config, origin: Origin) -> Result<(), StartError> {
    threads::raise_file_limit();
    let threads = Threads::start(config.server.workers, config.server.buffer_size)?;
    let proxy = Proxy::build(config, origin, &threads)?;
    let listeners = proxy.listen()?;
    let source = proxy.source();
    proxy.serve_http(source).await?;
    let background = [
        tokio::spawn(crate::pool::upkeep(proxy.pools.clone(), proxy.live.clone())),
        tokio::spawn(tend(proxy.roster.clone(), proxy.desk.clone())),
        tokio::spawn(failover::watch(proxy.pools.clone(), proxy.domains.clone(), proxy.roster.clone())),
        tokio::spawn(status::roll(proxy.pools.clone(), proxy.tally.clone())),
        tokio::spawn(status::tell_left_out(proxy.tally.clone())),
        tokio::spawn(signals::watch(proxy.shutdown.clone(), proxy.reloader())?),
    ];
    for (worker, listener) in listeners {
        let accept = accept::run(listener, proxy.desk.clone(), worker, proxy.shutdown.clone());
        threads.workers().spawn(worker, accept);
    }
    proxy.readiness.set(ReadyState::Ready);
    tracing::info!(workers = threads.workers().count(), "pgweir is ready");
    proxy.wind_down().await;
    for task in background {
        task.abort();
    }
    Ok(())
}

/// Wakes sessions and logins whose deadline has passed.
async fn tend(roster: Arc<Roster>, desk: Arc<Desk>) {
    let mut ticks = tokio::time::interval(TICK);
    for tick in 0u32.. {
        ticks.tick().await;
        let now = Instant::now();
        roster.tend(now);
        desk.tend(now);
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
        let desk = Arc::new(Desk::new(
            accept::Parts {
                live: live.clone(),
                secrets: Arc::new(Secrets::new(Arc::new(lookup))),
                workers: threads.workers().clone(),
                contexts,
                places,
                controls: Arc::new(control::Operator(pools.clone())),
            },
            tls,
            tally.clone(),
        ));
        Ok(Self {
            live,
            origin,
            pools,
            domains,
            roster,
            desk,
            tally,
            retries,
            readiness: Readiness::new(),
            shutdown: Shutdown::default(),
            started: SystemTime::now(),
        })
    }

    /// Every worker listens on every TCP address, the first one on unix sockets.
    fn listen(&self) -> Result<Vec<(WorkerId, Listener)>, StartError> {
        let config = self.live.current();
        let server = &config.server;
        let workers = &self.pools.shared().workers;
        let options = SocketOptions { keepalive: server.tcp_keepalive, backlog: server.listen_backlog };
        let mut listeners = Vec::new();
        let mut ports = Vec::new();
        for address in &server.listen {
            let of_workers = Listener::tcp(*address, options, workers.handles())?;
            let bound = of_workers.first().and_then(Listener::local_addr).unwrap_or(*address);
            tracing::info!(address = %bound, "listening for clients");
            ports.push(bound.port());
            listeners.extend(workers.ids().zip(of_workers));
        }
        if let Some(directory) = &server.unix_socket_dir {
            if ports.is_empty() {
                ports.push(6432);
            }
            ports.sort_unstable();
            ports.dedup();
            for port in ports {
                let _within = workers.handles().first().map(Handle::enter);
                let listener = Listener::unix(directory, port, server.unix_socket_mode, options)?;
                listeners.extend(workers.ids().zip([listener]));
                tracing::info!(directory = %directory.display(), port, "listening on a unix socket");
            }
        }
        Ok(listeners)
    }

    async fn serve_http(&self, source: Source) -> Result<(), StartError> {
        self.desk.set_source(source.clone());
        let Some(address) = self.live.current().server.http_listen else { return Ok(()) };
        let listener =
            tokio::net::TcpListener::bind(address).await.map_err(|error| StartError::Http(address, error))?;
        tracing::info!(address = %listener.local_addr().unwrap_or(address), "listening for HTTP");
        let shutdown = self.shutdown.clone();
        let until = async move { shutdown.reached(Phase::Now).await };
        let readiness = self.readiness.clone();
        tokio::spawn(async move {
            if let Err(error) = admin::serve_http(listener, source, readiness, until).await {
                tracing::error!(%error, "the HTTP listener has ended");
            }
        });
        Ok(())
    }

    fn source(&self) -> Source {
        let (live, pools, roster) = (self.live.clone(), self.pools.clone(), self.roster.clone());
        let (tally, domains, started) = (self.tally.clone(), self.domains.clone(), self.started);
        Arc::new(move || status::read(&live, &pools, &roster, (&tally, &domains), started))
    }

    fn reloader(&self) -> impl Fn() + Send + Sync + 'static {
        let (live, pools, domains) = (self.live.clone(), self.pools.clone(), self.domains.clone());
        let (desk, origin, retries) = (self.desk.clone(), self.origin.clone(), self.retries.clone());
        let tally = self.tally.clone();
        move || {
            reload(&live, (&pools, &domains), &desk, &origin);
            retries.configure(&live.current().retry);
            tally.configure(&live.current());
        }
    }

    /// Waits for the signal, lets sessions finish, ends those that do not.
    async fn wind_down(&self) {
        self.shutdown.reached(Phase::Draining).await;
        self.readiness.set(ReadyState::Draining);
        let limit = self.live.current().server.shutdown_timeout;
        if self.shutdown.phase() == Phase::Draining {
            tracing::info!(clients = self.roster.len(), ?limit, "draining");
            self.roster.order_all(Order::Drain);
            tokio::select! {
                () = self.until_empty() => {}
                () = tokio::time::sleep(limit) => {}
                () = self.shutdown.reached(Phase::Stopping) => {}
            }
        }
        if self.shutdown.phase() < Phase::Now && !self.roster.is_empty() {
            tracing::info!(clients = self.roster.len(), "ending the sessions that are left");
            self.roster.order_all(Order::Kill);
            tokio::select! {
                () = self.until_empty() => {}
                () = tokio::time::sleep(LAST_WORDS) => {}
                () = self.shutdown.reached(Phase::Now) => {}
            }
        }
        tracing::info!("pgweir ends");
    }

    async fn until_empty(&self) {
        while !self.roster.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Reads the configuration again; a wrong one changes nothing.
fn reload(live: &Live, (pools, domains): (&Pools, &Domains), desk: &Desk, origin: &Origin) {
    let before = live.current();
    match live.reload(origin.file.as_deref(), &origin.environment) {
        Ok(reloaded) => {
            for change in &reloaded.changes {
                tracing::info!(?change, "configuration changed");
            }
            if let Err(error) = desk.reload_tls(&live.current()) {
                tracing::error!(%error, "the TLS files cannot be used: the old ones stay in force");
            }
            pools.reconfigure(&before, &live.current());
            domains.configure(&live.current());
            tracing::info!(changes = reloaded.changes.len(), "configuration reloaded");
        }
        Err(errors) => tracing::error!(%errors, "the configuration is wrong: the old one stays in force"),
    }
}

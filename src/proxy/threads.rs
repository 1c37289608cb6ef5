//! The worker threads: one runtime each, and what their sessions share.

use std::io;
use std::sync::Arc;

use super::staffing::{Meter, Staffing};
use crate::observe::statements::Statements;
use crate::observe::{SlowLog, Tracer, WorkerId};
use crate::pool::{Pools, Workers};
use crate::session::{Buffers, Context, Familiar, Hubs, Library, Retries, Roster, Routers, Siblings};

/// Raises the soft limit of open files to the hard one: each client and each connection is one.
pub(super) fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, wanted)
    {
        tracing::warn!(%error, ?limit, "the limit of open files cannot be raised");
    }
}

/// So many sessions with something under way make a worker busy.
const BUSY: usize = 3;

/// A worker has nothing to do. Where it is busy and others wait for the processor, whoever runs next is likely to be a
/// client or a backend that has something for it: it lets them run, and then finds the work of several in one look
/// instead of being woken for each. Where nobody waits this costs a fraction of a microsecond.
fn let_others_run(buffers: &Buffers) {
    if buffers.lent() >= BUSY {
        std::thread::yield_now();
    }
}

/// The workers of the process; their threads end with it.
pub(super) struct Threads {
    workers: Workers,
    meters: Vec<io::Result<Meter>>,
    buffers: Vec<Arc<Buffers>>,
}

impl Threads {
    /// Starts `count` threads.
    pub(super) fn start(count: usize, buffer_size: usize) -> io::Result<Self> {
        let count = count.max(1);
        let (mut handles, mut meters) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let buffers: Vec<_> = (0..count).map(|_| Arc::new(Buffers::new(buffer_size))).collect();
        for (number, buffers) in buffers.iter().enumerate() {
            let buffers = buffers.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .on_thread_park(move || let_others_run(&buffers))
                .build()?;
            handles.push(runtime.handle().clone());
            let (meter, received) = std::sync::mpsc::channel();
            std::thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
                // Who is told waits for it.
                let _ = meter.send(Meter::of_this_thread());
                runtime.block_on(std::future::pending::<()>());
            })?;
            meters.push(received.recv().unwrap_or_else(|gone| Err(io::Error::other(gone))));
        }
        Ok(Self { workers: Workers::new(handles), meters, buffers })
    }

    pub(super) fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Who sees to it that no more than `least` workers serve sessions where that is enough; asked for once.
    pub(super) fn staffing(&mut self, least: usize) -> Option<Staffing> {
        Staffing::new(&self.workers, std::mem::take(&mut self.meters), least)
    }

    /// The buffers of each worker.
    pub(super) fn buffers(&self) -> Vec<Arc<Buffers>> {
        self.buffers.clone()
    }

    /// One context for each worker.
    pub(super) fn contexts(
        &self,
        pools: &Arc<Pools>,
        roster: &Arc<Roster>,
        library: &Arc<Library>,
        (hubs, routers, retries): (&Arc<Hubs>, &Arc<Routers>, &Arc<Retries>),
        (statements, slow, tracer): (&Arc<Statements>, &Arc<SlowLog>, &Arc<Tracer>),
    ) -> Vec<Arc<Context>> {
        let siblings = Siblings::default();
        let context = |(number, buffers): (usize, &Arc<Buffers>)| {
            Arc::new(Context {
                worker: WorkerId(number),
                pools: pools.clone(),
                roster: roster.clone(),
                library: library.clone(),
                hubs: hubs.clone(),
                retries: retries.clone(),
                routers: routers.clone(),
                familiar: Familiar::default(),
                statements: statements.clone(),
                slow: slow.clone(),
                tracer: tracer.clone(),
                buffers: buffers.clone(),
                siblings: siblings.clone(),
            })
        };
        let all: Vec<_> = self.buffers.iter().enumerate().map(context).collect();
        siblings.set(&all);
        all
    }
}

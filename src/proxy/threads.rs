//! The worker threads: one runtime each, and what their sessions share.

use std::io;
use std::sync::Arc;

use crate::observe::statements::Statements;
use crate::observe::{SlowLog, WorkerId};
use crate::pool::{Pools, Workers};
use crate::session::{Buffers, Context, Familiar, Hubs, Library, Retries, Roster, Routers};

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
    buffers: Vec<Arc<Buffers>>,
}

impl Threads {
    /// Starts `count` threads.
    pub(super) fn start(count: usize, buffer_size: usize) -> io::Result<Self> {
        let count = count.max(1);
        let mut handles = Vec::with_capacity(count);
        let buffers: Vec<_> = (0..count).map(|_| Arc::new(Buffers::new(buffer_size))).collect();
        for (number, buffers) in buffers.iter().enumerate() {
            let buffers = buffers.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .on_thread_park(move || let_others_run(&buffers))
                .build()?;
            handles.push(runtime.handle().clone());
            std::thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        }
        Ok(Self { workers: Workers::new(handles), buffers })
    }

    pub(super) fn workers(&self) -> &Workers {
        &self.workers
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
        (statements, slow): (&Arc<Statements>, &Arc<SlowLog>),
    ) -> Vec<Arc<Context>> {
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
                buffers: buffers.clone(),
            })
        };
        self.buffers.iter().enumerate().map(context).collect()
    }
}

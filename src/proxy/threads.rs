//! The worker threads: one runtime each, and what their sessions share.

use std::io;
use std::sync::Arc;

use crate::observe::WorkerId;
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

/// The workers of the process; their threads end with it.
pub(super) struct Threads {
    workers: Workers,
    buffers: Vec<Arc<Buffers>>,
}

impl Threads {
    /// Starts `count` threads.
    pub(super) fn start(count: usize, buffer_size: usize) -> io::Result<Self> {
        let mut handles = Vec::with_capacity(count);
        for number in 0..count.max(1) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            handles.push(runtime.handle().clone());
            std::thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        }
        let buffers = handles.iter().map(|_| Arc::new(Buffers::new(buffer_size))).collect();
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
                buffers: buffers.clone(),
            })
        };
        self.buffers.iter().enumerate().map(context).collect()
    }
}

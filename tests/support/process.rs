//! A child process: waited for by a thread of its own, signalled by pid, ended on drop.

use std::fs;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::eventually;

/// A running (or ended) child.
pub struct Process {
    pid: u32,
    ended: Arc<(Mutex<Option<ExitStatus>>, Condvar)>,
}

impl Process {
    /// Starts `command`.
    pub fn spawn(command: &mut Command) -> Process {
        let mut child: Child = command.spawn().unwrap_or_else(|e| panic!("starting {command:?}: {e}"));
        let pid = child.id();
        let ended = Arc::new((Mutex::new(None), Condvar::new()));
        let report = ended.clone();
        std::thread::spawn(move || {
            let status = child.wait().unwrap();
            *report.0.lock().unwrap() = Some(status);
            report.1.notify_all();
        });
        Process { pid, ended }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How it ended, if it has.
    pub fn status(&self) -> Option<ExitStatus> {
        *self.ended.0.lock().unwrap()
    }

    /// Sends `signal` ("TERM", "KILL", "HUP", ...) unless it has ended.
    pub fn signal(&self, signal: &str) {
        // The lock keeps the status from changing, not the pid from being reaped: see `send_signal`.
        if self.status().is_none() {
            send_signal(self.pid, signal);
        }
    }

    /// Waits for its end.
    pub async fn wait(&self, limit: Duration) -> ExitStatus {
        eventually(&format!("the end of process {}", self.pid), limit, async || self.status().is_some())
            .await;
        self.status().unwrap()
    }

    /// Waits for its end where nothing can be awaited; `None` when `limit` has passed.
    pub fn wait_blocking(&self, limit: Duration) -> Option<ExitStatus> {
        let guard = self.ended.0.lock().unwrap();
        let (guard, _) = self.ended.1.wait_timeout_while(guard, limit, |s| s.is_none()).unwrap();
        *guard
    }

    /// Asks with `signal`, then insists with SIGKILL.
    pub fn end(&self, signal: &str, limit: Duration) {
        self.signal(signal);
        if self.wait_blocking(limit).is_none() {
            self.signal("KILL");
            self.wait_blocking(Duration::from_secs(10));
        }
    }

    /// The pids of its direct children.
    pub fn children(&self) -> Vec<u32> {
        children_of(self.pid)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end("KILL", Duration::from_secs(10));
    }
}

/// The program and the arguments of `command`, to run in a session of their own, as a service does. Where Linux
/// groups tasks by session (`kernel.sched_autogroup_enabled`) it gets a share of the CPUs for itself then.
pub fn in_its_own_session(command: &Command) -> Command {
    let mut apart = Command::new("setsid");
    apart.arg(command.get_program()).args(command.get_args());
    apart
}

/// Sends `signal` to `pid`; one that has just ended is no error.
pub fn send_signal(pid: u32, signal: &str) {
    let kill = Command::new("sh").arg("-c").arg(format!("kill -{signal} {pid} 2>/dev/null")).status();
    kill.expect("sh is everywhere");
}

/// The direct children of `pid`.
pub fn children_of(pid: u32) -> Vec<u32> {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&child| stat(child).is_some_and(|(_, parent)| parent == pid))
        .collect()
}

/// Whether `pid` runs; a zombie does not.
pub fn is_running(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z')
}

/// State and parent from `/proc/PID/stat`.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name is in parentheses and may hold anything.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

//! Reloading without being asked: when a file of the configuration says something else than when it was read.
//!
//! Files are read, not waited for: they are few and small, a read each second costs a thousandth of a core, and it
//! sees every way of replacing a file, among them the one that notifications of the kernel miss or need care with:
//! Kubernetes swaps a symbolic link to the directory that holds what the path leads to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_128;

use super::reload::Reloader;
use crate::config::{Config, Live, Watch};

/// Between looks. What is found must be found twice: a file may be half written.
const LOOK: Duration = Duration::from_secs(1);

/// What files said at some moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Fingerprint(Vec<(PathBuf, Option<u128>)>);

impl Fingerprint {
    /// Reads `file` and those that the configuration in force names.
    pub(super) fn of(file: Option<&Path>, config: &Config) -> Self {
        let paths = file.map(Path::to_owned).into_iter().chain(config.files());
        Self(paths.map(|path| (path.clone(), std::fs::read(path).ok().map(|text| xxh3_128(&text)))).collect())
    }

    /// The same files as `now`, those that it knows as they were when it was taken.
    pub(super) fn extended(self, now: Self) -> Self {
        let before = |path: &Path| self.0.iter().find(|(known, _)| known == path).map(|(_, said)| *said);
        Self(now.0.into_iter().map(|(path, said)| (path.clone(), before(&path).unwrap_or(said))).collect())
    }
}

/// Looks for ever, where the configuration wants it; runs on the control thread.
pub(super) async fn watch(reloader: Arc<Reloader>, live: Arc<Live>) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = reloader.read();
    loop {
        ticks.tick().await;
        if live.current().server.watch == Watch::Off {
            continue;
        }
        let now = reloader.files();
        if now == last && now != reloader.read() {
            tracing::info!("a file of the configuration has changed");
            // Its result is in the log; one that failed is not tried again before something changes.
            let _ = reloader.reload();
        }
        last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_counts_and_not_when_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pgweir.toml");
        let look = || Fingerprint::of(Some(&file), &Config::default());
        let missing = look();
        std::fs::write(&file, "[pool]").unwrap();
        let first = look();
        assert_ne!(first, missing);
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "[pool]").unwrap();
        assert_eq!(look(), first, "another file that says the same");
        std::fs::write(&file, "[pool]\nsize = 2").unwrap();
        assert_ne!(look(), first);
        assert_eq!(first.clone().extended(look()), first, "what was known before is as it was");
    }
}

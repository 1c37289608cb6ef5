//! A cluster, a pgweir and what its console says of statements.

use std::time::Duration;

use crate::support::{Cluster, Launch, Pgweir, eventually, password};

/// How long it may take until something is seen.
pub const SOON: Duration = Duration::from_secs(20);

pub struct Stage {
    pub cluster: Cluster,
    pub pgweir: Pgweir,
}

/// One row of SHOW STATEMENTS.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    pub calls: u64,
    pub errors: u64,
    pub rows: u64,
    pub bytes: u64,
    pub total_us: u64,
    pub p50_us: u64,
    pub max_us: u64,
    pub wait_us: u64,
    pub wait_max_us: u64,
    pub database: String,
    pub user: String,
    pub backends: String,
    pub text: String,
}

impl Stage {
    /// With these lines in `[server]`, `[pool]` and behind everything.
    pub async fn start(server: &str, pool: &str, more: &str) -> Stage {
        let cluster = Cluster::start().await;
        let config = format!(
            "[server]\n{server}\n[pool]\n{pool}\n[databases.app]\nprimary = \"{}\"\n\
             [[users]]\nname = \"app\"\npassword = \"{}\"\n{more}\n",
            cluster.url("app", "app"),
            password("app"),
        );
        Stage { pgweir: Launch::toml(&config).start().await, cluster }
    }

    /// Every row there is.
    pub async fn shown(&self, listing: &str) -> Vec<Shown> {
        let rows = self.pgweir.console(&format!("SHOW STATEMENTS {listing}")).await;
        let row = |row: &crate::support::Row| {
            let number = |name: &str| row[name].parse().unwrap();
            Shown {
                calls: number("calls"),
                errors: number("errors"),
                rows: number("rows"),
                bytes: number("bytes"),
                total_us: number("total_us"),
                p50_us: number("p50_us"),
                max_us: number("max_us"),
                wait_us: number("wait_total_us"),
                wait_max_us: number("wait_max_us"),
                database: row["database"].clone(),
                user: row["user"].clone(),
                backends: row["backends"].clone(),
                text: row["statement"].clone(),
            }
        };
        rows.iter().map(row).collect()
    }

    /// The row of this text; what has just been answered has been counted.
    pub async fn of(&self, text: &str) -> Shown {
        let all = self.shown("LIMIT ALL").await;
        let found = all.iter().find(|shown| shown.text == text);
        found.cloned().unwrap_or_else(|| panic!("nothing of {text:?} in {all:#?}"))
    }

    /// Calls, rows and errors of this text.
    pub async fn counts(&self, text: &str) -> [u64; 3] {
        let shown = self.of(text).await;
        [shown.calls, shown.rows, shown.errors]
    }

    /// Lines about slow queries, once there are so many.
    pub async fn slow_lines(&self, count: usize) -> Vec<serde_json::Value> {
        let lines = || {
            let log = self.pgweir.log();
            let lines = log.lines().filter(|line| line.contains("\"slow query\""));
            lines.map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()
        };
        eventually("lines about slow queries", SOON, async || lines().len() >= count).await;
        lines()
    }
}

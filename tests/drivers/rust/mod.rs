//! The drivers that are Rust crates, and what all drivers' checks report.

pub mod sqlx;
pub mod tokio_postgres;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use futures_util::future::join_all;

/// What both drivers check.
const CHECKS: [&str; 12] = [
    "login",
    "simple",
    "parametrised",
    "prepared",
    "pipeline",
    "commit",
    "rollback",
    "copy",
    "cursor",
    "cancel",
    "error",
    "values",
];

/// What a driver connects to: 127.0.0.1, user and database `app`.
#[derive(Clone)]
pub struct Target {
    /// The port.
    pub port: u16,
    /// The authority that signed the certificate.
    pub ca: PathBuf,
    /// How many clients at once.
    pub workers: usize,
}

/// One check of one driver, over all its workers.
#[derive(Debug)]
pub struct Outcome {
    /// Its name, the same for every driver.
    pub check: String,
    /// How many workers failed, and why the first did.
    pub failure: Option<String>,
}

impl Outcome {
    /// Reads a script's line.
    pub fn parse(line: &str) -> Option<Outcome> {
        if let Some(check) = line.strip_prefix("ok ") {
            return Some(Outcome { check: check.to_owned(), failure: None });
        }
        let (check, why) = line.strip_prefix("FAIL ")?.split_once(' ')?;
        Some(Outcome { check: check.to_owned(), failure: Some(why.to_owned()) })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            None => write!(f, "ok {}", self.check),
            Some(why) => write!(f, "FAIL {} {why}", self.check),
        }
    }
}

/// What a check gives back: why it failed, as text.
pub type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// One worker's checks, in order.
#[derive(Default)]
pub struct Sheet(Vec<(&'static str, Result<(), String>)>);

impl Sheet {
    /// Notes how a check went.
    pub fn note(&mut self, check: &'static str, result: Checked) {
        // The debug form has the causes, which some drivers' display leaves out.
        self.0.push((check, result.map_err(|e| format!("{e} ({e:?})").replace('\n', " "))));
    }
}

/// Does a driver's `work` for so many clients at once, and tells how each check went.
pub async fn on_every_worker<F>(target: Target, work: fn(Target, i32) -> F) -> Vec<Outcome>
where
    F: Future<Output = Sheet> + Send + 'static,
{
    let workers = (0..target.workers).map(|n| tokio::spawn(work(target.clone(), n as i32)));
    let sheets = join_all(workers).await.into_iter().map(Result::unwrap);
    merge(&CHECKS, sheets.collect())
}

/// All workers' sheets as one outcome per check.
fn merge(checks: &[&'static str], sheets: Vec<Sheet>) -> Vec<Outcome> {
    let workers = sheets.len();
    let mut failures: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut ran: BTreeMap<&str, usize> = BTreeMap::new();
    for (check, result) in sheets.into_iter().flat_map(|s| s.0) {
        *ran.entry(check).or_default() += 1;
        failures.entry(check).or_default().extend(result.err());
    }
    let outcome = |check: &&'static str| {
        let why = failures.get(check).cloned().unwrap_or_default();
        let missing = workers - ran.get(check).copied().unwrap_or_default();
        let failure = match (why.first(), missing) {
            (Some(first), _) => Some(format!("{} of {workers} workers: {first}", why.len())),
            (None, 0) => None,
            (None, n) => Some(format!("{n} of {workers} workers never got there")),
        };
        Outcome { check: (*check).to_owned(), failure }
    };
    checks.iter().map(outcome).collect()
}

/// `got` must be `wanted`.
pub fn equal<T: PartialEq + fmt::Debug>(got: T, wanted: T) -> Checked {
    if got == wanted {
        return Ok(());
    }
    let shown: String = format!("got {got:?}, wanted {wanted:?}").chars().take(200).collect();
    Err(shown.into())
}

/// Text in several scripts, and beyond the basic plane.
pub const UNICODE: &str = "grüße, 你好, 🐘, \u{202e}abc, e\u{301}";

/// Five megabytes of text.
pub fn large_text() -> String {
    "0123456789abcdeé".repeat(5 * 1024 * 1024 / 17)
}

/// Five megabytes of every byte.
pub fn large_binary() -> Vec<u8> {
    (0..=255).cycle().take(5 * 1024 * 1024).collect()
}

//! A real Prometheus that scrapes a pgweir every second, and a real Alertmanager that tells a webhook.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{PATIENCE, Process, eventually, free_port};
use crate::tools::text;

/// How long an alert may take to travel; the machine may be busy.
pub const TRAVEL: Duration = Duration::from_secs(60);

/// An alert as the webhook was told of it: its name and `firing` or `resolved`.
pub type Told = (String, String);

/// Prometheus and Alertmanager, ended when dropped.
pub struct Watch {
    prometheus: u16,
    told: Arc<Mutex<Vec<Told>>>,
    dir: TempDir,
    _processes: [Process; 2],
}

impl Watch {
    /// Watches the metrics at this port, with the rules of the repository, each of which fires after a second
    /// instead of minutes.
    pub async fn start(http_port: u16) -> Watch {
        let dir = tempfile::Builder::new().prefix("pgweir-watch-").tempdir().unwrap();
        let (port, manager) = (free_port(), free_port());
        let told = Arc::<Mutex<Vec<Told>>>::default();
        let hook = listen(told.clone()).await;
        let write = |name: &str, text: String| fs::write(dir.path().join(name), text).unwrap();
        write("rules.yaml", hurried(&text("deploy/prometheus/rules.yaml")));
        write(
            "prometheus.yml",
            format!(
                "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yaml]\n\
                 alerting:\n  alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{manager}']}}]}}]\n\
                 scrape_configs:\n- job_name: pgweir\n  static_configs: [{{targets: ['127.0.0.1:{http_port}']}}]\n"
            ),
        );
        write(
            "alertmanager.yml",
            format!(
                "route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s}}\n\
                 receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{hook}/'}}]}}]\n"
            ),
        );
        let alertmanager = spawn(
            &dir,
            "prometheus-alertmanager",
            &[
                "--config.file=alertmanager.yml",
                "--storage.path=alertmanager",
                "--cluster.listen-address=",
                &format!("--web.listen-address=127.0.0.1:{manager}"),
            ],
        );
        let prometheus = spawn(
            &dir,
            "prometheus",
            &[
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=prometheus",
                &format!("--web.listen-address=127.0.0.1:{port}"),
            ],
        );
        let watch = Watch { prometheus: port, told, dir, _processes: [prometheus, alertmanager] };
        watch.ready(port).await;
        watch.ready(manager).await;
        watch
    }

    async fn ready(&self, port: u16) {
        eventually("a Prometheus and an Alertmanager that are ready", PATIENCE * 2, async || {
            matches!(get(port, "/-/ready").await, Some((200, _)))
        })
        .await;
    }

    /// The field `data` of what Prometheus' API answers.
    pub async fn api(&self, path: &str) -> Value {
        let (_, body) = get(self.prometheus, &format!("/api/v1/{path}")).await.unwrap();
        let answer: Value = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{path}: {e}: {body}"));
        assert_eq!(answer["status"], "success", "{path}: {answer}");
        answer["data"].clone()
    }

    /// The samples that a query has now.
    pub async fn query(&self, query: &str) -> Vec<Value> {
        let query = utf8_percent_encode(query, NON_ALPHANUMERIC);
        let data = self.api(&format!("query?query={query}")).await;
        data["result"].as_array().unwrap().clone()
    }

    /// Waits until the webhook has been told this last of an alert.
    pub async fn told(&self, alert: &str, state: &str) {
        eventually(&format!("{alert} {state}\n{}", self.dir.path().display()), TRAVEL, async || {
            let told = self.told.lock().unwrap();
            told.iter().rev().find(|(name, _)| name == alert).is_some_and(|(_, last)| last == state)
        })
        .await;
    }

    /// Everything that the webhook was told.
    pub fn all_told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }
}

fn spawn(dir: &TempDir, program: &str, arguments: &[&str]) -> Process {
    let log = File::create(dir.path().join(format!("{program}.log"))).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(dir.path()).stdin(Stdio::null());
    Process::spawn(command.stdout(log.try_clone().unwrap()).stderr(log))
}

/// The rules with every `for` cut down to a second.
fn hurried(rules: &str) -> String {
    let line = |line: &str| match line.split_once("for: ") {
        Some((indent, _)) if indent.trim().is_empty() => format!("{indent}for: 1s\n"),
        _ => format!("{line}\n"),
    };
    rules.lines().map(line).collect()
}

async fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    tcp.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// The webhook: keeps what it is told. Its port.
async fn listen(told: Arc<Mutex<Vec<Told>>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(take(tcp, told.clone()));
        }
    });
    port
}

/// One POST, with its length ahead of it; then the connection is closed.
async fn take(mut tcp: TcpStream, told: Arc<Mutex<Vec<Told>>>) -> Option<()> {
    let mut request = Vec::new();
    let body = loop {
        if tcp.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|l| l.strip_prefix("Content-Length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break body.to_owned();
        }
    };
    let message: Value = serde_json::from_str(&body).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let alerts = message["alerts"].as_array().unwrap().iter();
    told.lock().unwrap().extend(alerts.map(|a| (word(&a["labels"]["alertname"]), word(&a["status"]))));
    tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.ok()
}

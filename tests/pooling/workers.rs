//! Sessions are served by as few workers as the work needs: they move, and nobody can tell.

use std::time::Duration;

use crate::place::{Place, config};
use crate::support::{Authority, PATIENCE, RawClient, cancel, eventually, frames};

/// Longer than workers are kept that are not needed any more.
const CALM: Duration = Duration::from_secs(60);
/// Times that a member speaks in each phase: enough to move, and to be served after.
const TURNS: usize = 20;

/// A client with something to lose.
struct Member {
    client: RawClient,
    number: usize,
    port: u16,
}

impl Member {
    async fn new(port: u16, authority: &Authority, number: usize) -> Member {
        let mut client = match number % 3 {
            0 => RawClient::connect_tls(port, &authority.ca()).await,
            1 => RawClient::connect_unix(&authority.ca().with_file_name(format!(".s.PGSQL.{port}"))).await,
            _ => RawClient::connect(port).await,
        };
        client.login("app", "app").await;
        client.query(&format!("set work_mem = '{}kB'; listen \"channel {number}\"", 1000 + number)).await;
        let prepare = frames::parse("mine", &format!("select $1::int + {number}"), &[]);
        client.send(&[prepare, frames::sync()].concat()).await;
        assert_eq!(frames::tags(&client.recv_until_ready().await), "1Z");
        Member { client, number, port }
    }

    /// Everything is as it was left.
    async fn checks(&mut self) {
        for turn in 0..TURNS {
            let shown = self.client.query("show work_mem").await;
            let set = format!("{}kB", 1000 + self.number);
            assert_eq!(shown[1].columns(), [Some(set.into_bytes())], "member {}", self.number);
            let run = [
                frames::bind("", "mine", &[Some(turn.to_string().as_bytes())]),
                frames::execute("", 0),
                frames::sync(),
            ];
            self.client.send(&run.concat()).await;
            let answer = self.client.recv_until_ready().await;
            let sum = (turn + self.number).to_string();
            assert_eq!(answer[1].columns(), [Some(sum.into_bytes())], "member {}", self.number);
        }
        self.client.send(&frames::query(&format!("notify \"channel {}\", 'heard'", self.number))).await;
        let mut told = String::new();
        while !(told.contains('A') && told.contains('Z')) {
            told.push(char::from(self.client.recv().await.tag));
        }
        self.is_cancelled().await;
    }

    async fn is_cancelled(&mut self) {
        self.client.send(&frames::query("/* to be cancelled */ select pg_sleep(600)")).await;
        let (pid, key) = self.client.key.clone();
        // It may come before the query.
        let error = loop {
            cancel(self.port, pid, &key).await;
            if let Some(frame) = self.client.recv_within(Duration::from_millis(200)).await
                && frame.tag != b'T'
            {
                break frame;
            }
        };
        assert_eq!(error.field(b'C').as_deref(), Some("57014"), "{error:?}");
        self.client.recv_until_ready().await;
    }
}

#[tokio::test]
async fn sessions_go_where_the_work_is_done_and_keep_what_they_have() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new(directory.path());
    let (certificate, key) = authority.server("server", &["localhost"]);
    let place = Place::with(|cluster| {
        format!(
            "[server]\nworkers = 2\nunix_socket_dir = \"{}\"\n[server.tls]\nmode = \"allow\"\ncertificate = \"{}\"\nkey = \"{}\"\n{}",
            directory.path().display(),
            certificate.display(),
            key.display(),
            config(&cluster.bare_url("app"), "size = 5")
        )
    })
    .await;
    let in_use = async |count: f64, patience: Duration| {
        eventually(&format!("{count} workers in use"), patience, async || {
            place.pgweir.metric("pgweir_workers_in_use").await == Some(count)
        })
        .await;
    };
    let moves = async || place.pgweir.metric("pgweir_sessions_moved_total").await.unwrap();
    in_use(1.0, PATIENCE).await;
    let mut members = Vec::new();
    for number in 0..12 {
        members.push(Member::new(place.pgweir.port(), &authority, number).await);
    }
    for member in &mut members {
        member.checks().await;
    }
    let mut before = moves().await;
    for round in 0..2 {
        place.pgweir.console("set server.min_workers = 2").await;
        in_use(2.0, PATIENCE).await;
        for member in &mut members {
            member.checks().await;
        }
        let spread = moves().await;
        assert!(spread >= before + 4.0, "round {round}: every other member has moved: {before}, {spread}");
        place.pgweir.console("set server.min_workers = 1").await;
        in_use(1.0, CALM).await;
        for member in &mut members {
            member.checks().await;
        }
        before = moves().await;
        assert!(before >= spread + 4.0, "round {round}: and come back: {spread}, {before}");
    }
}

#[tokio::test]
async fn all_workers_may_be_kept_in_use() {
    let place = Place::with(|cluster| {
        let rest = config(&cluster.bare_url("app"), "size = 2");
        format!("[server]\nworkers = 2\nmin_workers = 3\n{rest}")
    })
    .await;
    assert_eq!(place.pgweir.metric("pgweir_workers").await, Some(2.0));
    assert_eq!(place.pgweir.metric("pgweir_workers_in_use").await, Some(2.0));
    let shown = place.pgweir.console("show config").await;
    let shown = shown.iter().find(|row| row["key"] == "server.min_workers");
    assert_eq!(shown.map(|row| row["value"].as_str()), Some("3"));
}

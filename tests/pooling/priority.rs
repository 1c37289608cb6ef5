//! Who goes first where users wait for connections under one limit, and what of one user's or one database's
//! load others notice.
//!
//! Orders are exact: with a limit of one, what is served is written down by the server in its order, and whoever
//! waits is known to wait before the next one comes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::Client;

use crate::place::{Place, ask, pass, state};
use crate::support::{Cluster, PATIENCE, RawClient, Relay, cancel, eventually, frames, password};

/// Users `low` (-5), `app` (0), `other` (0) and `high` (5) of `app`, in which one connection is allowed
/// unless `database` says something else, and of `second`, without a limit.
pub async fn stage(pool: &str, database: &str) -> Place {
    let place = Place::with(|cluster| config(pool, database, &cluster.bare_url("app"))).await;
    prepare(&place).await;
    place
}

fn config(pool: &str, database: &str, second: &str) -> String {
    let users = [("low", -5), ("app", 0), ("other", 0), ("high", 5)].map(|(name, priority)| {
        format!("[[users]]\nname = \"{name}\"\npassword = \"{}\"\npriority = {priority}\n", password(name))
    });
    let second = second.to_owned();
    format!(
        "[pool]\n{pool}\n[databases.app]\nprimary = \"{second}\"\n{database}\n\
         [databases.second]\nprimary = \"{second}\"\n{}",
        users.concat()
    )
}

/// The roles, and a table that remembers who was served in which order.
async fn prepare(place: &Place) {
    for role in ["low", "other", "high"] {
        let sql = format!("create role {role} login password '{}'", password(role));
        place.watcher.batch_execute(&sql).await.unwrap();
    }
    let served =
        "create table served (turn serial, who text); grant all on served, served_turn_seq to public";
    place.watcher.batch_execute(served).await.unwrap();
}

/// Who has been served, first to last.
async fn served(place: &Place) -> Vec<String> {
    let rows = place.watcher.query("select who from served order by turn", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

type Wait = JoinHandle<(Client, Result<(), tokio_postgres::Error>)>;

/// Has a client wait for its turn to be written down as `who`.
fn waits(client: Client, who: &str) -> Wait {
    let sql = format!("insert into served (who) values ('{who}')");
    tokio::spawn(async move {
        let result = client.batch_execute(&sql).await;
        (client, result)
    })
}

/// A client of `app` that has the only connection, in a transaction, and clients of these users.
async fn behind_a_holder(place: &Place, users: &[&str]) -> (Client, Vec<Client>) {
    let mut clients = Vec::new();
    for user in users {
        clients.push(place.pgweir.connect(user, "app").await);
    }
    let holder = place.client().await;
    holder.batch_execute("begin").await.unwrap();
    (holder, clients)
}

/// The sum over all pools of connections closed for other pools.
async fn given_up(place: &Place) -> f64 {
    let (_, metrics) = place.pgweir.http_get("/metrics").await;
    let lines = metrics.lines().filter(|line| line.starts_with("pgweir_pool_given_up_total{"));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

#[tokio::test]
async fn the_higher_priority_goes_first_and_equals_as_they_came() {
    let place = stage("size = 2", "max_connections = 1").await;
    let users = ["low", "other", "app", "high", "low", "other", "high"];
    let (holder, clients) = behind_a_holder(&place, &users).await;
    let mut waiting = Vec::new();
    for (i, (client, user)) in clients.into_iter().zip(users).enumerate() {
        waiting.push(waits(client, &format!("{user}{i}")));
        place.until_waiting(i + 1).await;
    }
    // Longer than the preference of a pool for its own.
    pass(150).await;
    holder.batch_execute("commit").await.unwrap();
    for wait in waiting {
        wait.await.unwrap().1.unwrap();
    }
    let order = served(&place).await;
    assert_eq!(order[..2], ["high3", "high6"]);
    assert_eq!(order[5..], ["low0", "low4"]);
    // Within a tenth of a second the pool that has the connection may go on with its own.
    let of = |who: &str| order.iter().position(|one| one == who).unwrap();
    assert!(of("other1") < of("app2") && of("other1") < of("other5"), "{order:?}");
    assert!(given_up(&place).await >= 3.0, "the users' pools had to give way to each other");
    let users = place.pgweir.console("show users").await;
    let shown: HashMap<_, _> =
        users.iter().map(|row| (row["name"].as_str(), row["priority"].as_str())).collect();
    assert_eq!((shown["low"], shown["app"], shown["high"]), ("-5", "0", "5"));
}

#[tokio::test]
async fn a_second_of_waiting_is_worth_a_step() {
    let place = stage("size = 2", "max_connections = 1").await;
    let (holder, mut clients) = behind_a_holder(&place, &["low", "app", "other"]).await;
    let late = clients.split_off(1);
    let mut waiting = vec![waits(clients.remove(0), "low")];
    place.until_waiting(1).await;
    let mut late = late.into_iter();
    waiting.push(waits(late.next().unwrap(), "within"));
    place.until_waiting(2).await;
    pass(5_200).await;
    waiting.push(waits(late.next().unwrap(), "beyond"));
    place.until_waiting(3).await;
    pass(150).await;
    holder.batch_execute("commit").await.unwrap();
    for wait in waiting {
        wait.await.unwrap().1.unwrap();
    }
    assert_eq!(served(&place).await, ["within", "low", "beyond"]);
}

#[tokio::test]
async fn a_user_at_its_own_limit_is_served_over_its_databases_in_turn() {
    let place = stage("size = 2\nmax_user_connections = 1", "").await;
    let elsewhere = place.pgweir.connect("app", "second").await;
    let later = place.client().await;
    let holder = place.client().await;
    holder.batch_execute("begin").await.unwrap();
    let first = waits(elsewhere, "elsewhere");
    place.until_waiting(1).await;
    pass(150).await;
    let second = waits(later, "here");
    place.until_waiting(2).await;
    // Others have limits of their own.
    let other = place.pgweir.connect("other", "app").await;
    assert_eq!(ask(&other, "select 1").await.unwrap(), "1");
    holder.batch_execute("commit").await.unwrap();
    first.await.unwrap().1.unwrap();
    second.await.unwrap().1.unwrap();
    assert_eq!(served(&place).await, ["elsewhere", "here"]);
}

#[tokio::test]
async fn whoever_leaves_the_line_leaves_its_turn_to_the_next() {
    let place = stage("size = 2", "max_connections = 1").await;
    let mut cancelled = RawClient::logged_in(place.pgweir.port(), "high", "app").await;
    let mut gone = RawClient::logged_in(place.pgweir.port(), "other", "app").await;
    let (holder, mut clients) = behind_a_holder(&place, &["low"]).await;
    cancelled.send(&frames::query("insert into served (who) values ('cancelled')")).await;
    place.until_waiting(1).await;
    gone.send(&frames::query("insert into served (who) values ('gone')")).await;
    place.until_waiting(2).await;
    let last = waits(clients.remove(0), "low");
    place.until_waiting(3).await;
    let (pid, key) = cancelled.key.clone();
    cancel(place.pgweir.port(), pid, &key).await;
    let answer = cancelled.recv_until_ready().await;
    assert_eq!(answer[0].field(b'C').as_deref(), Some("57014"));
    drop(gone);
    place.until_waiting(1).await;
    holder.batch_execute("commit").await.unwrap();
    last.await.unwrap().1.unwrap();
    assert_eq!(served(&place).await, ["low"]);
    // And whoever comes back has its turn like anybody.
    assert_eq!(frames::tags(&cancelled.query("select 1").await), "TDCZ");
}

#[tokio::test]
async fn a_wait_that_ends_in_time_leaves_its_turn_to_the_next() {
    let place = stage("size = 2\nquery_wait_timeout = \"2s\"", "max_connections = 1").await;
    let (holder, clients) = behind_a_holder(&place, &["high", "low"]).await;
    let mut clients = clients.into_iter();
    let late = waits(clients.next().unwrap(), "late");
    let (_late, result) = late.await.unwrap();
    assert_eq!(state(&result.unwrap_err()), "57014");
    let next = waits(clients.next().unwrap(), "next");
    place.until_waiting(1).await;
    holder.batch_execute("commit").await.unwrap();
    next.await.unwrap().1.unwrap();
    assert_eq!(served(&place).await, ["next"]);
}

#[tokio::test]
async fn whoever_cannot_log_in_when_its_turn_comes_does_not_keep_the_next_from_it() {
    let place = stage("size = 2", "max_connections = 1").await;
    let (holder, clients) = behind_a_holder(&place, &["high", "low"]).await;
    place.watcher.batch_execute("alter role high password 'another'").await.unwrap();
    let mut clients = clients.into_iter();
    let refused = waits(clients.next().unwrap(), "high");
    place.until_waiting(1).await;
    let next = waits(clients.next().unwrap(), "low");
    place.until_waiting(2).await;
    holder.batch_execute("commit").await.unwrap();
    let (_high, result) = refused.await.unwrap();
    assert_eq!(state(&result.unwrap_err()), "28P01");
    next.await.unwrap().1.unwrap();
    assert_eq!(served(&place).await, ["low"]);
}

#[tokio::test]
async fn a_database_that_is_away_does_not_keep_its_users_from_another() {
    let cluster = Cluster::start().await;
    let relay = Relay::start(cluster.port()).await;
    let through = cluster.bare_url("app").replace(&cluster.port().to_string(), &relay.port().to_string());
    let text = config("size = 2\nmax_user_connections = 1", "", &through).replacen(
        &through,
        &cluster.bare_url("app"),
        1,
    );
    let pgweir = crate::support::Launch::toml(&text).start().await;
    let place = Place { pgweir, watcher: cluster.superuser().await, cluster };
    prepare(&place).await;
    let away = place.pgweir.connect("app", "second").await;
    let here = place.client().await;
    let holder = place.client().await;
    holder.batch_execute("begin").await.unwrap();
    relay.refuse();
    relay.cut_and_wait().await;
    let away = waits(away, "away");
    place.until_waiting(1).await;
    pass(150).await;
    let here = waits(here, "here");
    place.until_waiting(2).await;
    holder.batch_execute("commit").await.unwrap();
    let (here, result) =
        tokio::time::timeout(PATIENCE, here).await.expect("its own database is there").unwrap();
    result.unwrap();
    assert_eq!(ask(&here, "select 1").await.unwrap(), "1");
    relay.heal();
    away.await.unwrap().1.unwrap();
    assert_eq!(served(&place).await, ["here", "away"]);
}

#[tokio::test]
async fn a_reload_raises_limits_and_priorities_for_those_who_wait() {
    let place = stage("size = 2", "max_connections = 1").await;
    let (holder, clients) = behind_a_holder(&place, &["high", "low"]).await;
    let mut clients = clients.into_iter();
    let high = waits(clients.next().unwrap(), "high");
    place.until_waiting(1).await;
    let low = waits(clients.next().unwrap(), "low");
    place.until_waiting(2).await;
    pass(150).await;
    let text = std::fs::read_to_string(place.pgweir.config_path()).unwrap();
    let text =
        text.replace("priority = -5", "priority = 10").replace("max_connections = 1", "max_connections = 2");
    std::fs::write(place.pgweir.config_path(), text).unwrap();
    place.pgweir.signal("HUP");
    // Nobody has given a connection back: it is the second that they share.
    low.await.unwrap().1.unwrap();
    high.await.unwrap().1.unwrap();
    assert_eq!(served(&place).await, ["low", "high"]);
    holder.batch_execute("commit").await.unwrap();
}

/// So many clients of a user and a database.
async fn crowd(place: &Place, (user, database): (&str, &str), count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(place.pgweir.connect(user, database).await);
    }
    clients
}

/// Has clients ask again and again until the time has come; how many answers there were and the longest that
/// any took.
fn overload(clients: Vec<Client>, until: Instant) -> JoinHandle<(u32, Duration)> {
    let mut tasks = tokio::task::JoinSet::new();
    for client in clients {
        tasks.spawn(async move {
            let (mut count, mut longest) = (0, Duration::ZERO);
            while Instant::now() < until {
                let began = Instant::now();
                client.batch_execute("select pg_sleep(0.01)").await.unwrap();
                longest = longest.max(began.elapsed());
                count += 1;
            }
            (count, longest)
        });
    }
    tokio::spawn(async move {
        let all = tasks.join_all().await;
        all.iter().fold((0, Duration::ZERO), |(count, longest), one| (count + one.0, longest.max(one.1)))
    })
}

#[tokio::test]
async fn a_lower_priority_is_served_under_constant_overload_by_a_higher() {
    let place = stage("size = 4", "max_connections = 2").await;
    let low = place.pgweir.connect("low", "app").await;
    let high = crowd(&place, ("app", "app"), 8).await;
    let high = overload(high, Instant::now() + Duration::from_secs(14));
    eventually("the connection that the login took to be given up", PATIENCE, async || {
        let pools = place.pgweir.console("show pools").await;
        let own = pools.iter().find(|row| row["user"] == "low").unwrap();
        ["sv_idle", "sv_tested"].iter().all(|column| own[*column] == "0")
    })
    .await;
    let mut waited = Vec::new();
    for _ in 0..2 {
        let began = Instant::now();
        ask(&low, "select 1").await.unwrap();
        waited.push(began.elapsed());
    }
    let (count, longest) = high.await.unwrap();
    // Five steps below, it is five seconds behind whoever comes.
    let bounds = Duration::from_millis(4_500)..Duration::from_secs(7);
    assert!(waited.iter().all(|wait| bounds.contains(wait)), "{waited:?}");
    assert!(longest < Duration::from_secs(3), "the higher priority waited for {longest:?}");
    assert!(count > 500, "{count}");
}

#[tokio::test]
async fn equals_under_constant_overload_share_without_closing_connections_all_the_time() {
    let place = stage("size = 4", "max_connections = 4").await;
    let (one, two) = (crowd(&place, ("app", "app"), 12).await, crowd(&place, ("other", "app"), 12).await);
    let until = Instant::now() + Duration::from_secs(5);
    let (one, two) = (overload(one, until), overload(two, until));
    let (one, two) = (one.await.unwrap(), two.await.unwrap());
    let (least, most) = (one.0.min(two.0), one.0.max(two.0));
    assert!(least * 2 > most, "unevenly served: {one:?}, {two:?}");
    let closed = given_up(&place).await;
    // One each 100 ms at most.
    assert!(closed <= 60.0, "{closed} connections closed for {one:?}, {two:?}");
}

#[tokio::test]
async fn who_needs_a_place_of_its_user_and_one_of_its_database_gets_both_in_the_end() {
    let place = stage("size = 2\nmax_user_connections = 1", "max_connections = 1").await;
    let needs_both = place.client().await;
    let of_database = crowd(&place, ("other", "app"), 3).await;
    let of_user = crowd(&place, ("app", "second"), 3).await;
    // Neither limit has ever room, and nobody else needs both.
    let until = Instant::now() + Duration::from_secs(20);
    let (of_database, of_user) = (overload(of_database, until), overload(of_user, until));
    let began = Instant::now();
    ask(&needs_both, "select 1").await.unwrap();
    let waited = began.elapsed();
    assert!(waited < Duration::from_secs(15), "{waited:?}");
    let (of_database, of_user) = (of_database.await.unwrap(), of_user.await.unwrap());
    assert!(of_database.0 > 100 && of_user.0 > 100, "{of_database:?}, {of_user:?}");
    assert!(of_database.1 < Duration::from_secs(3), "{of_database:?}");
}

/// The median of how long a query takes.
async fn median(client: &Client) -> Duration {
    let mut times = Vec::new();
    for _ in 0..101 {
        let began = Instant::now();
        ask(client, "select 1").await.unwrap();
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times[50]
}

#[tokio::test]
async fn thousands_in_one_line_slow_nobody_with_a_pool_of_its_own() {
    const CROWD: usize = 1_000;
    let place = stage("size = 2", "").await;
    let neighbour = place.pgweir.connect("other", "app").await;
    let elsewhere = place.pgweir.connect("app", "second").await;
    let before = [median(&neighbour).await, median(&elsewhere).await];
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        let mut client = place.raw().await;
        client.send(&[frames::query("select pg_sleep(60)"), frames::query("select 1")].concat()).await;
        crowd.push(client);
    }
    place.until_waiting(CROWD - 2).await;
    let after = [median(&neighbour).await, median(&elsewhere).await];
    for (before, after) in before.into_iter().zip(after) {
        assert!(after < before * 3 + Duration::from_millis(5), "{before:?} became {after:?}");
    }
    let pools = place.pgweir.console("show pools").await;
    let crowded = pools.iter().find(|row| row["user"] == "app" && row["database"] == "app").unwrap();
    assert_eq!((crowded["cl_waiting"].as_str(), crowded["sv_active"].as_str()), ("998", "2"));
    drop(crowd);
    eventually("the crowd to be gone", PATIENCE, async || {
        let pools = place.pgweir.console("show pools").await;
        pools.iter().all(|row| row["cl_waiting"] == "0")
    })
    .await;
}

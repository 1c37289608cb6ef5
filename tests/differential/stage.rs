//! The same database twice, pgweir in front of one of them, and the sessions that are compared.

use super::answer::{Side, same};
use super::dice::Dice;
use super::step::Step;
use super::support::{Cluster, Launch, Pgweir};

/// How many clients share the pool.
pub const CLIENTS: usize = 8;

/// A session begun with no more than this has PostgreSQL's own defaults.
const PLAIN: usize = 2;

/// See the module.
pub struct Stage {
    direct: Cluster,
    pooled: Cluster,
    pgweir: Pgweir,
    size: usize,
}

/// What one client said directly, and what it was answered.
#[derive(Clone)]
pub struct Script {
    pub client: usize,
    pub startup: Vec<(&'static str, String)>,
    pub greeting: Vec<String>,
    pub steps: Vec<(Step, Vec<String>)>,
}

/// Where pgweir answered otherwise.
pub struct Difference {
    pub at: usize,
    pub expected: Vec<String>,
    pub got: Vec<String>,
}

impl Stage {
    /// Starts everything; the pool has this size.
    pub async fn set(size: usize, workers: usize) -> Stage {
        let (direct, pooled) = (cluster().await, cluster().await);
        let config = format!(
            "[server]\nworkers = {workers}\n[pool]\nmode = \"transaction\"\nsize = {size}\nmax_pinned = {size}\n\
             [databases.app]\nprimary = \"{}\"\n[auth]\nrules = [\"any all boss 127.0.0.1/32 trust\", \
             \"any all all 127.0.0.1/32 scram-sha-256\"]\n[[users]]\nname = \"boss\"\npassword = \"{}\"\n",
            pooled.url("boss", "app"),
            super::support::password("boss"),
        );
        let pgweir = Launch::toml(&config).start().await;
        Stage { direct, pooled, pgweir, size }
    }

    /// Both databases as they were in the beginning.
    pub async fn reset(&self) {
        let sql: String = (0..CLIENTS).map(schema).collect();
        for cluster in [&self.direct, &self.pooled] {
            cluster.superuser().await.batch_execute(&sql).await.unwrap();
        }
    }

    /// Ends every backend of the pool: nothing of earlier sessions is left.
    pub async fn renew(&self) {
        let all = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'boss'";
        self.pooled.superuser().await.batch_execute(all).await.unwrap();
    }

    /// Makes up a script while playing it directly: what is said depends on what was answered.
    pub async fn write(&self, seed: u64, client: usize, steps: usize) -> Script {
        let mut dice = Dice::new(seed, client);
        let startup = startup(&mut dice, client);
        let mut side = Side::open(self.direct.port(), &borrowed(&startup)).await;
        let mut script =
            Script { client, startup: startup.clone(), greeting: side.greeting(), steps: Vec::new() };
        for _ in 0..steps {
            let mut step = Step::random(&mut dice, client, side.status);
            while startup.len() > PLAIN && step.sees_defaults() {
                step = Step::random(&mut dice, client, side.status);
            }
            let answer = side.play(&step).await;
            script.steps.push((step, answer));
        }
        side.close().await;
        script
    }

    /// Plays a script directly again, with other steps than it was written with.
    pub async fn answer_again(&self, script: &mut Script) {
        let mut side = Side::open(self.direct.port(), &borrowed(&script.startup)).await;
        for (step, answer) in &mut script.steps {
            *answer = side.play(step).await;
        }
        side.close().await;
    }

    /// Plays a script through pgweir up to the first difference. With `noise`, another client takes a backend
    /// before every step.
    pub async fn compare(&self, script: &Script, mut noise: Option<Side>) -> Option<Difference> {
        let mut side = Side::open(self.pgweir.port(), &borrowed(&script.startup)).await;
        if side.greeting() != script.greeting {
            return Some(Difference { at: 0, expected: script.greeting.clone(), got: side.greeting() });
        }
        let mut found = None;
        for (at, (step, expected)) in script.steps.iter().enumerate() {
            if let Some(noise) = &mut noise {
                noise.play(&Step::query("begin; select 1")).await;
            }
            let got = side.play(step).await;
            if let Some(noise) = &mut noise {
                noise.play(&Step::query("commit")).await;
            }
            if !same(expected, &got) {
                found = Some(Difference { at, expected: expected.clone(), got });
                break;
            }
        }
        side.close().await;
        found
    }

    /// A client that does nothing but take a backend, where that leaves another.
    pub async fn noise(&self) -> Option<Side> {
        if self.size == 1 {
            return None;
        }
        Some(Side::open(self.pgweir.port(), &[("user", "boss"), ("database", "app")]).await)
    }
}

async fn cluster() -> Cluster {
    // PostgreSQL never forgets the name of a custom setting, so that a backend knows those of its earlier
    // clients (as empty): here every backend knows all of them from the start.
    let customs = "my.a = ''\nmy.b = ''\nmy.list = ''";
    let cluster = Cluster::builder().hba("host all all 127.0.0.1/32 trust").conf(customs).start().await;
    let roles = "create role boss superuser login; create role r1; create role r2; alter role r2 set work_mem = '3MB'";
    cluster.superuser().await.batch_execute(roles).await.unwrap();
    cluster
}

fn schema(client: usize) -> String {
    let c = format!("c{client}");
    format!(
        "set client_min_messages = error; drop schema if exists {c} cascade; create schema {c} authorization boss;
         set role boss; set search_path to {c};
         create table t (a int primary key, b text); insert into t select n, 'b' || n from generate_series(1, 5) n;
         create sequence s; create function f(int) returns int language sql as 'select $1 * 2';
         create function loud(n int) returns int language plpgsql as
           $$begin raise notice 'loud %', n; return 1 / n; end$$;
         create procedure work(n int) language plpgsql as $$begin insert into t values (100 + n, 'w'); commit; end$$;
         grant usage on schema {c} to r1, r2; grant select on t to r1; reset role;
         reset search_path;"
    )
}

fn startup(dice: &mut Dice, client: usize) -> Vec<(&'static str, String)> {
    let mut startup = vec![("user", "boss".to_owned()), ("database", "app".to_owned())];
    let more = [
        ("application_name", "at start"),
        ("options", "-c search_path={c} -c my.a=start"),
        ("options", "-c intervalstyle=iso_8601 --work-mem=7MB"),
        ("DateStyle", "German"),
        ("TimeZone", "Europe/Paris"),
        ("extra_float_digits", "2"),
        ("client_encoding", "utf-8"),
        ("standard_conforming_strings", "off"),
        ("statement_timeout", "10min"),
        ("my.b", "b at start"),
    ];
    for (name, value) in more {
        if dice.one_in(5) && startup.iter().all(|(known, _)| *known != name) {
            startup.push((name, value.replace("{c}", &format!("c{client}"))));
        }
    }
    startup
}

fn borrowed<'a>(startup: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    startup.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

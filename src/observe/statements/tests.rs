use super::*;
use crate::sql::Secret;

const WORKER: WorkerId = WorkerId(0);

fn scope(database: &str, port: u16) -> Arc<Scope> {
    let backend = Address::Tcp { host: "db".into(), port };
    Arc::new(Scope::new(database.into(), "app".into(), backend))
}

fn quick() -> Sample {
    Sample { execute: 1_000_000, wait: 0, rows: 2, bytes: 100, outcome: Outcome::Ok }
}

struct Stage {
    statements: Statements,
    secret: Secret,
}

impl Stage {
    fn new(most: usize) -> Self {
        Self { statements: Statements::new(2, most, Counting::On), secret: Secret::random() }
    }

    fn ticket(&self, worker: usize, sql: &str, scope: &Arc<Scope>) -> Ticket {
        let structure = Structure::of(sql.as_bytes(), &self.secret);
        self.statements.find(WorkerId(worker), (structure, scope), || Some(sql.as_bytes().to_vec()))
    }

    fn run(&self, worker: usize, sql: &str, scope: &Arc<Scope>, sample: &Sample) {
        self.statements.record(WorkerId(worker), self.ticket(worker, sql, scope), sample);
    }
}

#[test]
fn workers_and_backends_are_added_up() {
    let stage = Stage::new(100);
    let (primary, replica, other) = (scope("app", 1), scope("app", 2), scope("other", 1));
    let slow = Sample { execute: 9_000_000, wait: 3_000_000, outcome: Outcome::Error, ..quick() };
    stage.run(0, "select 1", &primary, &quick());
    stage.run(1, "select 1", &primary, &slow);
    stage.run(1, "select 1", &replica, &quick());
    stage.run(1, "select 1", &other, &quick());
    let report = stage.statements.read();
    assert_eq!(report.statements.len(), 2);
    let first = &report.statements[0];
    assert_eq!((first.database.as_str(), &*first.text), ("app", "select ?"));
    let m = first.measures;
    assert_eq!((m.calls, m.errors, m.rows, m.bytes), (3, 1, 6, 300));
    assert_eq!((m.execute.total, m.execute.max), (11_000_000, 9_000_000));
    assert_eq!((m.wait.total, m.wait.p50, m.wait.max), (3_000_000, 0, 3_000_000));
    assert!(m.execute.p50.abs_diff(1_000_000) <= 125_000 && m.execute.p99.abs_diff(9_000_000) <= 1_125_000);
    let backends: Vec<_> =
        first.backends.iter().map(|(address, calls, _)| (address.to_string(), *calls)).collect();
    assert_eq!(backends, [("db:1".to_owned(), 2), ("db:2".to_owned(), 1)]);
}

#[test]
fn a_flood_is_bounded_and_pushes_out_itself() {
    let stage = Stage::new(1000);
    let app = scope("app", 1);
    let hot: Vec<_> = (0..100).map(|n| format!("select hot_{n}")).collect();
    for sql in hot.iter().cycle().take(100 * 50) {
        stage.run(0, sql, &app, &quick());
    }
    for n in 0..100_000 {
        stage.run(0, &format!("select cold_{n}"), &app, &quick());
        if n % 10 == 0 {
            stage.run(0, &hot[n / 10 % hot.len()], &app, &quick());
        }
    }
    let report = stage.statements.read();
    assert!(report.statements.len() <= 1000 && stage.statements.registry.len() <= 1000);
    assert!(report.evicted >= 99_000, "{}", report.evicted);
    let kept: u64 = report.statements.iter().map(|statement| statement.measures.calls).sum();
    assert_eq!(kept + report.others.calls, 100 * 50 + 100_000 + 10_000);
    let hot = report.statements.iter().filter(|statement| statement.text.starts_with("select hot_"));
    let calls: u64 = hot.map(|statement| statement.measures.calls).sum();
    assert_eq!(calls, 100 * 50 + 10_000, "what is used is kept, with all that it has counted");
}

#[test]
fn all_places_are_used_before_anybody_loses_his() {
    let stage = Stage::new(5000);
    let app = scope("app", 1);
    for n in 0..5000 {
        stage.run(0, &format!("select a_{n}"), &app, &quick());
    }
    let report = stage.statements.read();
    assert_eq!((report.statements.len(), report.evicted), (5000, 0));
}

#[test]
fn who_has_lost_his_place_is_counted_with_the_others() {
    let stage = Stage::new(1);
    let app = scope("app", 1);
    let early = stage.ticket(0, "select early", &app);
    assert_eq!(stage.statements.text(WORKER, early).as_deref(), Some("select early"));
    for n in 0..100 {
        stage.run(0, &format!("select {n}_x"), &app, &quick());
    }
    assert_eq!(stage.statements.text(WORKER, early), None);
    let before = stage.statements.read().others.calls;
    stage.statements.record(WORKER, early, &quick());
    stage.statements.record(WORKER, Ticket::NONE, &quick());
    assert_eq!(stage.statements.read().others.calls, before + 2);
}

#[test]
fn more_rows_of_a_portal_are_no_call() {
    let stage = Stage::new(8);
    let app = scope("app", 1);
    let ticket = stage.ticket(0, "select 1", &app);
    stage.statements.record(WORKER, ticket, &quick());
    stage.statements.record(WORKER, ticket.again(), &quick());
    stage.statements.record(WORKER, Ticket::NONE.again(), &quick());
    let report = stage.statements.read();
    assert_eq!((report.statements[0].measures.calls, report.statements[0].measures.rows), (1, 4));
    assert_eq!((report.others.calls, report.others.rows), (0, 2));
}

#[test]
fn reset_forgets_and_off_counts_nothing() {
    let stage = Stage::new(8);
    let app = scope("app", 1);
    let early = stage.ticket(0, "select 1", &app);
    stage.statements.record(WORKER, early, &quick());
    stage.statements.reset();
    stage.statements.record(WORKER, early, &quick());
    assert_eq!(stage.statements.read().statements, []);
    stage.run(0, "select 1", &app, &quick());
    assert_eq!(stage.statements.read().statements[0].measures.calls, 1);
    stage.statements.set(Counting::Off);
    stage.run(0, "select 1", &app, &quick());
    let off = stage.statements.read();
    assert_eq!((off.statements.len(), off.others.calls), (0, 0));
    stage.statements.set(Counting::On);
    stage.run(0, "select 1", &app, &quick());
    assert_eq!(stage.statements.read().statements[0].measures.calls, 1);
}

#[test]
fn whoever_reads_while_a_worker_writes_sees_nothing_impossible() {
    let stage = Stage::new(16);
    let app = scope("app", 1);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for n in 0..20_000 {
                stage.run(0, &format!("select t_{}", n % 64), &app, &quick());
            }
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            for statement in stage.statements.read().statements {
                let m = statement.measures;
                assert!(m.calls <= 20_000 && m.rows <= 2 * m.calls + 2, "{m:?}");
            }
        }
    });
    let report = stage.statements.read();
    let kept: u64 = report.statements.iter().map(|statement| statement.measures.calls).sum();
    assert_eq!(kept + report.others.calls, 20_000);
}

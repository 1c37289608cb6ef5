use super::plan::{self, Plan};
use super::report::Report;
use super::room::{self, Demand, demand};
use super::visit::{Found, Visit};
use crate::auth::Credential;
use crate::config::{Config, Environment, load};
use crate::pool::Capacity;

fn config(pairs: &[(&str, &str)]) -> Config {
    let environment = Environment::from_iter(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    load(None, &environment).unwrap().config
}

fn wanted(config: &Config) -> Demand {
    let visits: Vec<_> = plan::plans(config)
        .into_iter()
        .map(|plan: Plan| Visit { plan, found: Found::Listening(None) })
        .collect();
    demand(config, &visits.iter().collect::<Vec<_>>(), Some(&Capacity::parse("100 3 -1 -1").unwrap()))
}

const TWO: &[(&str, &str)] = &[
    ("PGWEIR_DATABASES_A_PRIMARY", "postgres://h/a"),
    ("PGWEIR_DATABASES_B_PRIMARY", "postgres://h/b"),
    ("PGWEIR_USERS_X_PASSWORD", "secret-of-x"),
    ("PGWEIR_USERS_Y_PASSWORD", "md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
];

fn two(more: &[(&str, &str)]) -> Config {
    config(&[TWO, more].concat())
}

#[test]
fn every_database_and_user_counts() {
    let demand = wanted(&two(&[("PGWEIR_POOL_SIZE", "10"), ("PGWEIR_POOL_OVERFLOW", "2")]));
    assert_eq!((demand.total, demand.shares.len()), (48, 4));
    assert!(demand.endless.is_empty());
}

#[test]
fn limits_of_users_and_databases_bound_the_sum() {
    assert_eq!(wanted(&two(&[("PGWEIR_DATABASES_A_MAX_CONNECTIONS", "7")])).total, 47);
    assert_eq!(wanted(&two(&[("PGWEIR_USERS_X_MAX_CONNECTIONS", "5")])).total, 45);
    assert_eq!(wanted(&two(&[("PGWEIR_POOL_MAX_USER_CONNECTIONS", "5")])).total, 20);
    assert_eq!(wanted(&two(&[("PGWEIR_POOL_SIZE", "auto")])).total, 80);
}

#[test]
fn what_cannot_be_counted_is_said_unless_it_is_bounded() {
    let query: &[(&str, &str)] = &[
        ("PGWEIR_AUTH_QUERY", "SELECT usename, passwd FROM pg_shadow WHERE usename = $1"),
        ("PGWEIR_AUTH_QUERY_USER", "x"),
    ];
    assert_eq!(wanted(&two(query)).endless.len(), 2);
    let limits = [("PGWEIR_DATABASES_A_MAX_CONNECTIONS", "7"), ("PGWEIR_DATABASES_B_MAX_CONNECTIONS", "8")];
    let bounded = wanted(&two(&[query, &limits].concat()));
    assert_eq!((bounded.total, bounded.endless.len()), (15, 0));
}

#[test]
fn logins_are_those_that_the_configuration_has_the_means_for() {
    let passthrough = plan::plans(&two(&[]));
    let [x, y] = &passthrough[0].logins[..] else { panic!("{passthrough:?}") };
    assert!(matches!(x.credential, Credential::Password(_)) && matches!(y.credential, Credential::Md5(_)));
    assert_eq!(passthrough[0].target, "a");
    let shared = plan::plans(&two(&[("PGWEIR_DATABASES_A_PRIMARY", "postgres://z:w@h/other")]));
    assert_eq!((shared[0].logins.len(), shared[0].logins[0].user.as_str()), (1, "z"));
    assert!(!format!("{passthrough:?}{shared:?}").contains("secret-of-x"));
}

#[test]
fn where_nobody_is_known_one_pool_of_anybody_is_told() {
    let known = config(&[("PGWEIR_DATABASES_A_PRIMARY", "postgres://h/a"), ("PGWEIR_POOL_SIZE", "7")]);
    let demand = wanted(&known);
    assert_eq!((demand.shares.len(), demand.total, demand.of_anyone[0].most), (0, 0, 7));
    let visits: Vec<_> = plan::plans(&known)
        .into_iter()
        .map(|plan: Plan| Visit { plan, found: Found::Listening(None) })
        .collect();
    let mut report = Report::default();
    room::tell(&known, &visits, &mut report);
    let report = report.to_string();
    assert!(report.contains("the pool of a for each of them may open 7"), "{report}");
    assert!(!report.contains("may open 0"), "{report}");
}

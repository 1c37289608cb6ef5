//! The `[route]` table: which backend serves a statement.

use std::time::Duration;

/// What decides where statements go.
#[derive(Clone, PartialEq, Debug)]
pub struct Route {
    /// Whether reads may go to replicas unasked.
    pub split: Split,
    /// Which of several replicas.
    pub balance: Balance,
    /// Where this pgweir stands, for [`Balance::Zone`]; `None`: nowhere in particular.
    pub zone: Option<String>,
    /// A replica further behind serves nothing; `None` is no limit.
    pub max_lag: Option<Duration>,
    /// The same in bytes of WAL.
    pub max_lag_bytes: Option<u64>,
    /// Whether a session's reads wait for its own writes.
    pub own_writes: OwnWrites,
    /// Functions that may run on a replica whatever the catalog says.
    pub safe_functions: Vec<FunctionName>,
    /// Functions that may not.
    pub volatile_functions: Vec<FunctionName>,
    /// Time between two looks at a backend.
    pub probe_interval: Duration,
    /// A backend that takes longer to answer is down.
    pub probe_timeout: Duration,
}

/// `read_write_split`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Split {
    /// Reads go to replicas.
    On,
    /// Everything goes to the primary, but for what asks for a replica.
    Off,
}

/// `read_your_writes`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OwnWrites {
    /// A session reads from a replica only once its own writes are there.
    Seen,
    /// It may read what was before them.
    Unseen,
}

/// How one of several replicas is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Balance {
    /// One after the other.
    RoundRobin,
    /// By chance.
    Random,
    /// The one with the fewest connections in use and clients that wait for one.
    LeastOutstanding,
    /// The faster of two drawn by chance.
    LowestLatency,
    /// By chance, in proportion to the weights.
    Weighted,
    /// Those of the own zone one after the other; others only if there is none.
    Zone,
}

/// The role that a database's clients always get.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum FixedRole {
    /// None: each statement where it belongs.
    #[default]
    Auto,
    /// The primary.
    Primary,
    /// A replica.
    Replica,
}

/// How the roles of a database's backends are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Roles {
    /// They are configured, as `primary` and `replicas`.
    #[default]
    Given,
    /// They are found out, for `hosts`.
    Found,
}

/// The name of a function, folded as PostgreSQL folds it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FunctionName {
    /// Its schema; `None`: any.
    pub schema: Option<Box<str>>,
    /// The name proper.
    pub name: Box<str>,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            split: Split::On,
            balance: Balance::RoundRobin,
            zone: None,
            max_lag: Some(Duration::from_secs(10)),
            max_lag_bytes: None,
            own_writes: OwnWrites::Seen,
            safe_functions: Vec::new(),
            volatile_functions: Vec::new(),
            probe_interval: Duration::from_millis(100),
            probe_timeout: Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::resolve::defaults;
    use super::*;

    #[test]
    fn the_defaults_are_those_of_an_empty_file() {
        assert_eq!(defaults().route, Route::default());
    }
}

//! What a database's own catalog says of the names in a statement: which functions and relations may be used on
//! a replica.
//!
//! A [`Catalog`] is a snapshot, made by [`Catalog::load`] over any connection; [`Mark::look`] tells cheaply
//! whether a newer one is due. It knows no search path: an unqualified name stands for every function or relation
//! of that name, and the worst of them counts. What it does not know has an [`Obstacle`].
//!
//! - A **function** is what `provolatile` says, of all its overloads the worst; the built-in ones with the
//!   exceptions in [`own`]. A function in SQL is what its body does, whatever it claims to be; one in any other
//!   language is believed. Default arguments count, and an aggregate's support functions.
//! - A **view** is what its query does, and what the views and functions in it do. A **table** is what the
//!   policies on it and its partitions do. Foreign and unlogged tables and sequences stay on the primary.
//! - **What no text names**: operators, casts, input and output functions, support functions of operator classes
//!   and checks of domains. If any of these calls a function that may not run on a replica, nothing does: see
//!   [`Catalog::implicit`]. `safe_functions` is the way out.
//! - `t.f` may mean `f(t)`: see [`Catalog::attribute`].
//!
//! What it cannot know: what functions in other languages do beyond what they claim, and names put together at
//! run time. A replica refuses writes by those with 25006.

mod facts;
mod graph;
mod mark;
mod own;

use std::collections::{HashMap, HashSet};

use tokio_postgres::Client;

use crate::config::{FunctionName, Route};
use crate::sql::{Attribute, Name};

pub use mark::Mark;

/// Why something may run on the primary only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Obstacle {
    /// A function that PostgreSQL calls volatile.
    Volatile,
    /// A function in `volatile_functions`.
    Denied,
    /// A function that the catalog does not have.
    UnknownFunction,
    /// A relation that the catalog does not have: new, or temporary.
    UnknownRelation,
    /// The definition of a view or function cannot be read.
    Unreadable,
    /// A function that answers about the server or the session rather than about the database.
    Server,
    /// An advisory lock.
    AdvisoryLock,
    /// A sequence, or a function of sequences.
    Sequence,
    /// A foreign table.
    Foreign,
    /// An unlogged table, which replicas do not have.
    Unlogged,
    /// A temporary table.
    Temporary,
    /// A view or function that writes.
    Writes,
    /// A view or function that locks rows.
    Locks,
    /// A function that reads whatever it is told to.
    Indirect,
    /// An operator, cast, type or domain that may call any of these.
    Implicit,
}

impl Obstacle {
    /// All of them, in their order.
    pub const ALL: [Self; 15] = [
        Self::Volatile,
        Self::Denied,
        Self::UnknownFunction,
        Self::UnknownRelation,
        Self::Unreadable,
        Self::Server,
        Self::AdvisoryLock,
        Self::Sequence,
        Self::Foreign,
        Self::Unlogged,
        Self::Temporary,
        Self::Writes,
        Self::Locks,
        Self::Indirect,
        Self::Implicit,
    ];

    /// Its name in metrics and explanations.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Volatile => "volatile_function",
            Self::Denied => "denied_function",
            Self::UnknownFunction => "unknown_function",
            Self::UnknownRelation => "unknown_relation",
            Self::Unreadable => "unreadable_definition",
            Self::Server => "server_state",
            Self::AdvisoryLock => "advisory_lock",
            Self::Sequence => "sequence",
            Self::Foreign => "foreign_table",
            Self::Unlogged => "unlogged_table",
            Self::Temporary => "temporary_table",
            Self::Writes => "nested_write",
            Self::Locks => "nested_lock",
            Self::Indirect => "indirect_read",
            Self::Implicit => "implicit_call",
        }
    }
}

/// The functions and relations of one database.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    functions: Names,
    relations: Names,
    /// Functions that `t.f` may call and that have an obstacle.
    attributes: HashMap<Attribute, Obstacle>,
    implicit: Option<Obstacle>,
    safe: HashSet<FunctionName>,
    denied: HashSet<FunctionName>,
}

/// What stands in the way of each name, by schema.
type Names = HashMap<Box<str>, Vec<(Box<str>, Option<Obstacle>)>>;

impl Catalog {
    /// A catalog that knows nothing but the operator's lists; nearly everything goes to the primary.
    pub fn unknown(route: &Route) -> Self {
        Self {
            safe: route.safe_functions.iter().cloned().collect(),
            denied: route.volatile_functions.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// Reads the catalog of the database that `client` is connected to, in one read-only transaction. Needs no
    /// rights beyond those that every role has.
    pub async fn load(client: &Client, route: &Route) -> Result<Self, tokio_postgres::Error> {
        let facts = facts::read(client).await?;
        Ok(graph::settle(facts, Self::unknown(route)))
    }

    /// What keeps a function from replicas, if anything.
    pub fn function(&self, name: &Name) -> Option<Obstacle> {
        let listed = |list: &HashSet<FunctionName>| {
            !list.is_empty()
                && list.iter().any(|f| {
                    f.name == name.name
                        && (f.schema.is_none() || name.schema.is_none() || f.schema == name.schema)
                })
        };
        if listed(&self.denied) {
            return Some(Obstacle::Denied);
        }
        match find(&self.functions, name) {
            Some(obstacle) => obstacle,
            None if listed(&self.safe) => None,
            None => Some(own::by_name(&name.name).unwrap_or(Obstacle::UnknownFunction)),
        }
    }

    /// What keeps a relation from replicas, if anything.
    pub fn relation(&self, name: &Name) -> Option<Obstacle> {
        if name.schema.as_deref().is_some_and(|schema| schema.starts_with("pg_temp")) {
            return Some(Obstacle::Temporary);
        }
        find(&self.relations, name).unwrap_or(Some(Obstacle::UnknownRelation))
    }

    /// What keeps the function from replicas that `t.f` may call.
    pub fn attribute(&self, attribute: Attribute) -> Option<Obstacle> {
        // Nearly always empty.
        if self.attributes.is_empty() { None } else { self.attributes.get(&attribute).copied() }
    }

    /// What keeps every statement from replicas: something that any may call without naming it.
    pub fn implicit(&self) -> Option<Obstacle> {
        self.implicit
    }

    /// The functions and relations known.
    pub fn len(&self) -> usize {
        self.functions.len() + self.relations.len()
    }

    /// Whether nothing was loaded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `None` if there is no such name.
fn find(names: &Names, name: &Name) -> Option<Option<Obstacle>> {
    let known = names.get(&name.name)?;
    known
        .iter()
        .filter(|(schema, _)| name.schema.as_ref().is_none_or(|wanted| wanted == schema))
        .map(|(_, obstacle)| *obstacle)
        .max()
}

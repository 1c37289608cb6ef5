//! From facts to obstacles: who uses whom, and what follows from it.

use std::collections::HashMap;

use super::facts::{Facts, Function, Relation, Text};
use super::{Catalog, Names, Obstacle, own};
use crate::config::FunctionName;
use crate::sql::{Attribute, Class, Name, Statement};

/// A function or relation, by its place in [`Graph::nodes`].
type Node = usize;

#[derive(Default)]
struct Graph {
    /// What stands in the way of each.
    obstacles: Vec<Option<Obstacle>>,
    /// Who uses it.
    users: Vec<Vec<Node>>,
    functions: HashMap<String, Vec<(String, Node)>>,
    relations: HashMap<String, Vec<(String, Node)>>,
    /// Functions of a row.
    of_row: HashMap<Attribute, Vec<Node>>,
    by_oid: HashMap<u32, Node>,
    tables_by_oid: HashMap<u32, Node>,
}

/// Judges everything; `lists` is a catalog that holds nothing but the operator's lists.
pub fn settle(facts: Facts, lists: Catalog) -> Catalog {
    let mut graph = Graph::default();
    graph.name(&facts);
    for function in &facts.functions {
        graph.function(function, &lists);
    }
    for relation in &facts.relations {
        graph.relation(relation);
    }
    for (parent, child) in &facts.inherits {
        graph.table_uses(*parent, |graph| graph.tables_by_oid.get(child).copied());
    }
    for (table, policy) in &facts.policies {
        if let Some(table) = graph.tables_by_oid.get(table).copied() {
            graph.expression(table, policy);
        }
    }
    let implicit = graph.add();
    for function in &facts.implicit {
        graph.uses_function(implicit, *function);
    }
    for check in &facts.checks {
        graph.expression(implicit, check);
    }
    graph.spread();
    let attributes = graph.of_row.iter().filter_map(|(attribute, nodes)| {
        Some((*attribute, nodes.iter().filter_map(|node| graph.obstacles[*node]).max()?))
    });
    Catalog {
        attributes: attributes.collect(),
        functions: graph.worst(&graph.functions),
        relations: graph.worst(&graph.relations),
        implicit: graph.obstacles[implicit].map(|_| Obstacle::Implicit),
        ..lists
    }
}

impl Graph {
    fn add(&mut self) -> Node {
        self.obstacles.push(None);
        self.users.push(Vec::new());
        self.obstacles.len() - 1
    }

    /// Gives everything its node, so that what comes first may use what comes later.
    fn name(&mut self, facts: &Facts) {
        for function in &facts.functions {
            let node = self.add();
            self.by_oid.insert(function.oid, node);
            let names = self.functions.entry(function.name.clone()).or_default();
            names.push((function.schema.clone(), node));
            if function.of_row {
                self.of_row.entry(Attribute::of(&function.name)).or_default().push(node);
            }
        }
        for relation in &facts.relations {
            let node = self.add();
            self.tables_by_oid.insert(relation.oid, node);
            let names = self.relations.entry(relation.name.clone()).or_default();
            names.push((relation.schema.clone(), node));
        }
    }

    fn function(&mut self, function: &Function, lists: &Catalog) {
        let Some(node) = self.by_oid.get(&function.oid).copied() else { return };
        let listed = |schema: Option<&str>| FunctionName {
            schema: schema.map(Into::into),
            name: function.name.as_str().into(),
        };
        let (any, own) = (listed(None), listed(Some(&function.schema)));
        if lists.denied.contains(&any) || lists.denied.contains(&own) {
            return self.hinder(node, Obstacle::Denied);
        }
        if lists.safe.contains(&any) || lists.safe.contains(&own) {
            return;
        }
        match &function.body {
            Some(Text(Some(body))) => self.statement(node, body),
            _ if function.schema == "pg_catalog" => {
                if let Some(obstacle) = own::obstacle(&function.name, &function.volatility) {
                    self.hinder(node, obstacle);
                }
            }
            _ if function.volatility == "v" => self.hinder(node, Obstacle::Volatile),
            _ => {}
        }
        for name in &function.calls {
            self.seems_to_call(node, name);
        }
        if let Some(defaults) = &function.defaults {
            self.expression(node, defaults);
        }
        for support in &function.support {
            self.uses_function(node, *support);
        }
    }

    fn relation(&mut self, relation: &Relation) {
        let Some(node) = self.tables_by_oid.get(&relation.oid).copied() else { return };
        let obstacle = match (relation.kind.as_str(), relation.persistence.as_str()) {
            ("S", _) => Some(Obstacle::Sequence),
            ("f", _) => Some(Obstacle::Foreign),
            (_, "u") => Some(Obstacle::Unlogged),
            _ => None,
        };
        if let Some(obstacle) = obstacle {
            self.hinder(node, obstacle);
        }
        if relation.kind == "v" {
            match &relation.query {
                Some(query) => self.expression(node, query),
                None => self.hinder(node, Obstacle::Unreadable),
            }
        }
    }

    fn hinder(&mut self, node: Node, obstacle: Obstacle) {
        self.obstacles[node] = self.obstacles[node].max(Some(obstacle));
    }

    fn table_uses(&mut self, table: u32, other: impl FnOnce(&Self) -> Option<Node>) {
        if let (Some(user), Some(used)) = (self.tables_by_oid.get(&table).copied(), other(self)) {
            self.users[used].push(user);
        }
    }

    fn uses_function(&mut self, user: Node, oid: u32) {
        if let Some(used) = self.by_oid.get(&oid).copied() {
            self.users[used].push(user);
        }
    }

    /// A name in a source that is not read: whoever says that it is stable may be wrong about what it calls. What is
    /// not known is perhaps no function at all.
    fn seems_to_call(&mut self, user: Node, name: &Name) {
        let found = nodes(&self.functions, name);
        if let Some(obstacle) = own::by_name(&name.name).filter(|_| found.is_empty()) {
            self.hinder(user, obstacle);
        }
        found.into_iter().for_each(|used| self.users[used].push(user));
    }

    /// Text that PostgreSQL printed: a text that cannot be read may do anything.
    fn expression(&mut self, user: Node, text: &Text) {
        match &text.0 {
            Some(statement) => self.statement(user, statement),
            None => self.hinder(user, Obstacle::Unreadable),
        }
    }

    fn statement(&mut self, user: Node, statement: &Statement) {
        match statement.class {
            Class::Read => {}
            Class::Unknown => self.hinder(user, Obstacle::Unreadable),
            _ => self.hinder(user, Obstacle::Writes),
        }
        if statement.locking.is_some() {
            self.hinder(user, Obstacle::Locks);
        }
        for name in &statement.functions {
            let found = nodes(&self.functions, name);
            if found.is_empty() {
                self.hinder(user, own::by_name(&name.name).unwrap_or(Obstacle::UnknownFunction));
            }
            found.into_iter().for_each(|used| self.users[used].push(user));
        }
        for name in &statement.tables {
            let found = nodes(&self.relations, name);
            let is_with = name.schema.is_none() && statement.with.binary_search(&name.name).is_ok();
            if found.is_empty() && !is_with {
                self.hinder(user, Obstacle::UnknownRelation);
            }
            found.into_iter().for_each(|used| self.users[used].push(user));
        }
        for attribute in &statement.attributes {
            for used in self.of_row.get(attribute).cloned().unwrap_or_default() {
                self.users[used].push(user);
            }
        }
    }

    /// Carries each obstacle to everything that uses what has it.
    fn spread(&mut self) {
        let mut open: Vec<Node> =
            (0..self.obstacles.len()).filter(|n| self.obstacles[*n].is_some()).collect();
        while let Some(used) = open.pop() {
            let obstacle = self.obstacles[used];
            for user in std::mem::take(&mut self.users[used]) {
                // The first reason found is reason enough.
                if self.obstacles[user].is_none() {
                    self.obstacles[user] = obstacle;
                    open.push(user);
                }
            }
        }
    }

    /// The worst of each name, by schema.
    fn worst(&self, names: &HashMap<String, Vec<(String, Node)>>) -> Names {
        let of = |(name, found): (&String, &Vec<(String, Node)>)| {
            let mut schemas: Vec<(Box<str>, Option<Obstacle>)> = Vec::new();
            for (schema, node) in found {
                let obstacle = self.obstacles[*node];
                match schemas.iter_mut().find(|(known, _)| **known == **schema) {
                    Some((_, worst)) => *worst = obstacle.max(*worst),
                    None => schemas.push((schema.as_str().into(), obstacle)),
                }
            }
            (name.as_str().into(), schemas)
        };
        names.iter().map(of).collect()
    }
}

fn nodes(names: &HashMap<String, Vec<(String, Node)>>, name: &crate::sql::Name) -> Vec<Node> {
    let found = names.get(&*name.name).map(Vec::as_slice).unwrap_or_default();
    let wanted = |schema: &str| name.schema.as_deref().is_none_or(|wanted| wanted == schema);
    found.iter().filter(|(schema, _)| wanted(schema)).map(|(_, node)| *node).collect()
}

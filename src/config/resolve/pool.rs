//! `[pool]`, `[databases.NAME.pool]` and the profiles.

use super::super::keys::Section;
use super::super::problem::{Origin, Problem, Wrong};
use super::super::read::{Bytes, FromWritten, Profile};
use super::super::settings::{Settings, Slot, Written};
use super::super::types::{Pool, PoolSize, Server, Timeouts, Tracking, Unnamed};
use super::layered::Layered;
use super::reader::Reader;

/// Turns each `profile` into the values it presets, below everything else in its table.
pub fn expand_profiles(settings: &mut Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut slots = vec![Slot::of(Section::Pool, "profile")];
    let databases = settings.subjects(Section::DatabasePool);
    slots.extend(databases.iter().map(|name| Slot::named(Section::DatabasePool, name, "profile")));
    for slot in slots {
        let Some(setting) = settings.winner(&slot) else { continue };
        match Profile::from_written(&setting.written) {
            Ok(Profile(name, presets)) => {
                for (key, value) in presets {
                    let slot = Slot { key, ..slot.clone() };
                    settings.insert(slot, Written::Text(value.into()), Origin::Profile(name));
                }
            }
            Err(wrong) => {
                let origin = Some(setting.origin.clone());
                problems.push(Problem { origin, key: slot.to_string(), wrong });
            }
        }
    }
    problems
}

/// The pool settings of a database, or (`None`) of all that say nothing else.
pub fn resolve(reader: &mut Reader<'_>, database: Option<&str>, server: &Server) -> Pool {
    let mut layered = Layered { reader, base: Section::Pool, own: Section::DatabasePool, database };
    let pool = Pool {
        mode: layered.get("mode"),
        size: layered.get("size"),
        min_idle: layered.get("min_idle"),
        overflow: layered.get("overflow"),
        overflow_after: layered.span("overflow_after").unwrap_or_default(),
        max_queries: layered.limit("max_queries").map(|n| n as u64),
        max_prepared_statements: layered.get("max_prepared_statements"),
        unnamed: if layered.get("share_unnamed_statements") { Unnamed::Shared } else { Unnamed::Passed },
        max_statement_size: layered.get::<Bytes>("max_statement_size").0,
        max_pinned: layered.get("max_pinned"),
        tracking: if layered.get("track_sessions") { Tracking::On } else { Tracking::Off },
        max_user_connections: layered.limit("max_user_connections"),
        max_user_clients: layered.limit("max_user_clients"),
        timeouts: Timeouts {
            client_login: server.client_login_timeout,
            query_wait: layered.span("query_wait_timeout"),
            query: layered.span("query_timeout"),
            idle_transaction: layered.span("idle_transaction_timeout"),
            transaction: layered.span("transaction_timeout"),
            client_idle: layered.span("client_idle_timeout"),
            server_lifetime: layered.span("server_lifetime"),
            server_idle: layered.span("server_idle_timeout"),
            server_connect: layered.span("server_connect_timeout"),
            server_login_retry: layered.span("server_login_retry").unwrap_or_default(),
            server_check_delay: layered.span("server_check_delay").unwrap_or_default(),
        },
    };
    layered.fit_min_idle(pool)
}

impl Layered<'_, '_> {
    /// `min_idle` above `size` is an error of whoever wrote both; a value that was merely inherited, or
    /// written for an application, gives way to the size.
    fn fit_min_idle(self, pool: Pool) -> Pool {
        let PoolSize::Fixed(size) = pool.size else { return pool };
        if pool.min_idle <= size {
            return pool;
        }
        let (min_slot, size_slot) = (self.slot("min_idle"), self.slot("size"));
        let weight = |slot: &Slot| {
            let rank = self.reader.settings.winner(slot).map_or(0, |s| s.origin.rank());
            (slot.section == Section::DatabasePool, rank)
        };
        let min_idle = pool.min_idle;
        let written_for_us = self
            .reader
            .origin(&min_slot)
            .is_some_and(|origin| matches!(origin, Origin::File { .. } | Origin::Environment(_)));
        let size_from = self.reader.place(&size_slot);
        if written_for_us && weight(&min_slot) >= weight(&size_slot) {
            let what = format!("{min_idle} is more than {size_slot} ({size}, from {size_from})");
            let write = format!("write at most {size}, or raise {size_slot}");
            self.reader.complain(&min_slot, Wrong::new(what, write));
        } else {
            let min_from = self.reader.place(&min_slot);
            self.reader.warn(format!(
                "min_idle {min_idle} (from {min_from}) is lowered to {size_slot} ({size}, from {size_from})"
            ));
        }
        Pool { min_idle: size, ..pool }
    }
}

//! PostgreSQL's own functions of which `provolatile` does not tell whether they may run on a replica.

use super::Obstacle;

#[rustfmt::skip]
/// Volatile, but they change nothing and work on a standby.
const HARMLESS: &[&str] = &[
    // Another answer at each call, of which none is more right than another. (After `setseed`, which keeps its
    // session where it is, `random` goes on there.)
    "random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7",
    // Clocks; those of two servers differ as those of two calls do.
    "clock_timestamp", "timeofday",
    // They wait.
    "pg_sleep", "pg_sleep_for", "pg_sleep_until",
    // Sizes of files, which a replica has alike once it has replayed what the primary wrote.
    "pg_database_size", "pg_indexes_size", "pg_relation_size", "pg_table_size", "pg_tablespace_size",
    "pg_total_relation_size",
    // They read the catalog, which is replicated.
    "pg_partition_ancestors", "pg_partition_tree",
    // Table sampling: the handlers of TABLESAMPLE, which only read.
    "bernoulli", "system",
    // The text of the statement itself.
    "current_query",
];

#[rustfmt::skip]
/// Not volatile, or no matter: they answer about the server or session, so that a replica's answer would be one about
/// the replica. A client that asks whether it talks to the primary shall hear that it does.
const SERVER: &[&str] = &[
    "inet_client_addr", "inet_client_port", "inet_server_addr", "inet_server_port",
    "pg_backend_pid", "pg_blocking_pids", "pg_conf_load_time", "pg_config", "pg_cursor",
    "pg_current_snapshot", "pg_get_replication_slots", "pg_is_in_recovery", "pg_is_wal_replay_paused",
    "pg_last_wal_receive_lsn", "pg_last_wal_replay_lsn", "pg_last_xact_replay_timestamp",
    "pg_listening_channels", "pg_postmaster_start_time", "pg_prepared_statement", "pg_replication_origin_oid",
    "pg_safe_snapshot_blocking_pids", "pg_settings_get_flags", "pg_show_all_settings",
    "pg_tablespace_location", "pg_trigger_depth", "txid_current_snapshot",
    // They answer from the transaction's own writes, which are on the primary.
    "pg_current_xact_id_if_assigned", "txid_current_if_assigned",
];

#[rustfmt::skip]
/// Not volatile by `provolatile`, yet a standby refuses them.
const REFUSED: &[&str] = &[
    // They assign a transaction id.
    "txid_current", "pg_current_xact_id",
    // Names of the primary's WAL files.
    "pg_walfile_name", "pg_walfile_name_offset", "pg_split_walfile_name",
];

#[rustfmt::skip]
/// They run, or read, what their arguments name: views with whatever is in them.
const INDIRECT: &[&str] = &[
    "cursor_to_xml", "cursor_to_xmlschema", "database_to_xml", "database_to_xml_and_xmlschema",
    "database_to_xmlschema", "query_to_xml", "query_to_xml_and_xmlschema", "query_to_xmlschema",
    "schema_to_xml", "schema_to_xml_and_xmlschema", "schema_to_xmlschema", "table_to_xml",
    "table_to_xml_and_xmlschema", "table_to_xmlschema", "ts_rewrite", "ts_stat",
];

/// They draw from sequences, or tell what was drawn: the WAL runs ahead of it, and so does a replica.
const SEQUENCES: &[&str] =
    &["nextval", "setval", "currval", "lastval", "pg_sequence_last_value", "pg_get_sequence_data"];

/// What keeps one of PostgreSQL's own functions from replicas; `volatile` is what `provolatile` says.
pub fn obstacle(name: &str, provolatile: &str) -> Option<Obstacle> {
    let volatile = (provolatile == "v" && !HARMLESS.contains(&name)).then_some(Obstacle::Volatile);
    by_name(name).or(volatile)
}

/// What keeps a function of this name from replicas whatever the catalog says.
pub fn by_name(name: &str) -> Option<Obstacle> {
    if name.starts_with("pg_advisory_") || name.starts_with("pg_try_advisory_") {
        Some(Obstacle::AdvisoryLock)
    } else if SEQUENCES.contains(&name) {
        Some(Obstacle::Sequence)
    } else if SERVER.contains(&name) || name.starts_with("pg_stat_get_") {
        Some(Obstacle::Server)
    } else if REFUSED.contains(&name) {
        Some(Obstacle::Volatile)
    } else if INDIRECT.contains(&name) {
        Some(Obstacle::Indirect)
    } else {
        None
    }
}

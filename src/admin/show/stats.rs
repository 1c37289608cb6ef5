//! SHOW STATS and its relatives.

use super::{Cell, Column, Row, Topic, numeric, row, text};
use crate::admin::Status;
use crate::observe::{Averages, Totals};

/// Totals and averages of each database.
pub const STATS: Topic = Topic {
    name: "STATS",
    columns: &[
        text("database"),
        numeric("total_server_assignment_count"),
        numeric("total_xact_count"),
        numeric("total_query_count"),
        numeric("total_received"),
        numeric("total_sent"),
        numeric("total_xact_time"),
        numeric("total_query_time"),
        numeric("total_wait_time"),
        numeric("total_client_parse_count"),
        numeric("total_server_parse_count"),
        numeric("total_bind_count"),
        numeric("total_client_login_count"),
        numeric("avg_server_assignment_count"),
        numeric("avg_xact_count"),
        numeric("avg_query_count"),
        numeric("avg_recv"),
        numeric("avg_sent"),
        numeric("avg_xact_time"),
        numeric("avg_query_time"),
        numeric("avg_wait_time"),
        numeric("avg_client_parse_count"),
        numeric("avg_server_parse_count"),
        numeric("avg_bind_count"),
        numeric("avg_client_login_count"),
        // From here on our own: what PgBouncer called the queries until 1.7, which Debian's exporter asks for.
        numeric("total_requests"),
    ],
    rows: |status| {
        by_database(status, |totals, averages| {
            let requests = [Cell::Int(totals.query_count)];
            [&total_cells(totals)[..], &average_cells(averages), &requests].concat()
        })
    },
};

/// Totals alone, under names without prefix.
pub const STATS_TOTALS: Topic = Topic {
    name: "STATS_TOTALS",
    columns: &plain(["client_parse_count", "server_parse_count", "bind_count", "client_login_count"]),
    rows: |status| by_database(status, |totals, _| total_cells(totals).to_vec()),
};

/// Averages alone. Only the last four have a prefix: so PgBouncer names them.
pub const STATS_AVERAGES: Topic = Topic {
    name: "STATS_AVERAGES",
    columns: &plain([
        "avg_client_parse_count",
        "avg_server_parse_count",
        "avg_bind_count",
        "avg_client_login_count",
    ]),
    rows: |status| by_database(status, |_, averages| average_cells(averages).to_vec()),
};

/// The columns without prefix, and the last four as they are called.
const fn plain(last: [&'static str; 4]) -> [Column; 13] {
    let [client_parses, server_parses, binds, logins] = last;
    [
        text("database"),
        numeric("server_assignment_count"),
        numeric("xact_count"),
        numeric("query_count"),
        numeric("bytes_received"),
        numeric("bytes_sent"),
        numeric("xact_time"),
        numeric("query_time"),
        numeric("wait_time"),
        numeric(client_parses),
        numeric(server_parses),
        numeric(binds),
        numeric(logins),
    ]
}

const TOTALS_COLUMNS: &[Column] = &[text("name"), numeric("value")];

/// Everything over all databases, one figure a row. PgBouncer's names differ here from SHOW STATS.
pub const TOTALS: Topic = Topic { name: "TOTALS", columns: TOTALS_COLUMNS, rows: totals };

/// The names of SHOW TOTALS behind `total_` and `avg_`, in the order of the cells.
const TOTALS_NAMES: [&str; 12] = [
    "server_assignment_count",
    "xact_count",
    "query_count",
    "client_bytes",
    "server_bytes",
    "xact_time",
    "query_time",
    "wait_time",
    "ps_client_parse_count",
    "ps_server_parse_count",
    "ps_bind_count",
    "client_login_count",
];

fn by_database(status: &Status, cells: fn(&Totals, &Averages) -> Vec<Cell>) -> Vec<Row> {
    let none = Averages::default();
    let databases = status.totals_by_database();
    databases
        .iter()
        .map(|(name, totals)| {
            let mut row = row![name.as_str()];
            row.extend(cells(totals, status.averages.get(*name).unwrap_or(&none)));
            row
        })
        .collect()
}

fn totals(status: &Status) -> Vec<Row> {
    let mut all = status.retired.totals.clone();
    for totals in status.totals_by_database().values() {
        all += totals;
    }
    // Since the start, for want of one average over all databases: times per thing, counts per second.
    let averages = Averages::between(&Totals::default(), &all, status.uptime());
    let prefixed = |prefix: &'static str, cells: [Cell; 12]| {
        TOTALS_NAMES.iter().zip(cells).map(move |(name, cell)| vec![format!("{prefix}{name}").into(), cell])
    };
    prefixed("total_", total_cells(&all)).chain(prefixed("avg_", average_cells(&averages))).collect()
}

fn total_cells(t: &Totals) -> [Cell; 12] {
    [
        t.server_assignment_count,
        t.xact_count,
        t.query_count,
        t.received,
        t.sent,
        t.xact_time,
        t.query_time,
        t.wait_time,
        t.client_parse_count,
        t.server_parse_count,
        t.bind_count,
        t.client_login_count,
    ]
    .map(Cell::Int)
}

fn average_cells(a: &Averages) -> [Cell; 12] {
    [
        a.server_assignment_count,
        a.xact_count,
        a.query_count,
        a.received,
        a.sent,
        a.xact_time,
        a.query_time,
        a.wait_time,
        a.client_parse_count,
        a.server_parse_count,
        a.bind_count,
        a.client_login_count,
    ]
    .map(Cell::Int)
}

//! The columns are a contract: golden lists, and every row as wide as they are.

use super::*;
use crate::admin::testing::{pool, status};
use crate::pool::status::Role;

const GOLDEN: &[(&str, &str)] = &[
    (
        "POOLS",
        "database,user,cl_active,cl_waiting,cl_active_cancel_req,cl_waiting_cancel_req,sv_active,sv_active_cancel,\
         sv_being_canceled,sv_idle,sv_used,sv_tested,sv_login,maxwait,maxwait_us,pool_mode,load_balance_hosts",
    ),
    (
        "STATS",
        "database,total_server_assignment_count,total_xact_count,total_query_count,total_received,total_sent,\
         total_xact_time,total_query_time,total_wait_time,total_client_parse_count,total_server_parse_count,\
         total_bind_count,total_client_login_count,avg_server_assignment_count,avg_xact_count,avg_query_count,\
         avg_recv,avg_sent,avg_xact_time,avg_query_time,avg_wait_time,avg_client_parse_count,\
         avg_server_parse_count,avg_bind_count,avg_client_login_count,total_requests",
    ),
    (
        "STATS_TOTALS",
        "database,server_assignment_count,xact_count,query_count,bytes_received,bytes_sent,xact_time,query_time,\
         wait_time,client_parse_count,server_parse_count,bind_count,client_login_count",
    ),
    (
        "CLIENTS",
        "type,user,database,replication,state,addr,port,local_addr,local_port,connect_time,request_time,wait,\
         wait_us,close_needed,ptr,link,remote_pid,tls,application_name,prepared_statements,id",
    ),
    (
        "SERVERS",
        "type,user,database,replication,state,addr,port,local_addr,local_port,connect_time,request_time,wait,\
         wait_us,close_needed,ptr,link,remote_pid,tls,application_name,prepared_statements,id",
    ),
    (
        "DATABASES",
        "name,host,port,database,force_user,pool_size,min_pool_size,reserve_pool_size,server_lifetime,pool_mode,\
         load_balance_hosts,max_connections,current_connections,max_client_connections,\
         current_client_connections,paused,disabled,reserve_pool",
    ),
    (
        "USERS",
        "name,pool_size,reserve_pool_size,pool_mode,max_user_connections,current_connections,\
         max_user_client_connections,current_client_connections,priority",
    ),
    ("CONFIG", "key,value,default,changeable"),
    ("VERSION", "version"),
    ("LISTS", "list,items"),
    ("STATE", "key,value"),
    ("MEM", "name,size,used,free,memtotal"),
    ("DNS_HOSTS", "hostname,ttl,addrs"),
    ("DNS_ZONES", "zonename,serial,count"),
    ("PEERS", "peer_id,host,port,pool_size"),
    ("PEER_POOLS", "peer_id,cl_active_cancel_req,cl_waiting_cancel_req,sv_active_cancel,sv_login"),
    (
        "FDS",
        "fd,task,user,database,addr,port,cancel,link,client_encoding,std_strings,datestyle,timezone,password,\
         scram_client_key,scram_server_key",
    ),
    (
        "SOCKETS",
        "type,user,database,replication,state,addr,port,local_addr,local_port,connect_time,request_time,wait,\
         wait_us,close_needed,ptr,link,remote_pid,tls,application_name,prepared_statements,id,recv_pos,pkt_pos,\
         pkt_remain,send_pos,send_remain,pkt_avail,send_avail",
    ),
    ("TOTALS", "name,value"),
];

#[test]
fn columns_are_pgbouncers() {
    for (topic, columns) in GOLDEN {
        let names: Vec<_> = find(topic).unwrap().columns.iter().map(|c| c.name).collect();
        assert_eq!(names.join(","), *columns, "SHOW {topic}");
    }
}

/// What pgweir has none of.
const NOTHING: [&str; 3] = ["DNS_ZONES", "PEERS", "PEER_POOLS"];

#[test]
fn rows_fit_their_columns() {
    let status = status(vec![pool("app", "u", Role::Primary), pool("app", "u", Role::Replica)]);
    for topic in TOPICS {
        let rows = (topic.rows)(&status);
        assert!(!rows.is_empty() || NOTHING.contains(&topic.name), "SHOW {} is empty", topic.name);
        for row in rows {
            assert_eq!(row.len(), topic.columns.len(), "SHOW {}", topic.name);
            for (cell, column) in row.iter().zip(topic.columns) {
                let fits = match (cell, column.kind) {
                    (Cell::Null, _) | (Cell::Text(_), ColumnType::Text) => true,
                    (Cell::Int(_), kind) => kind != ColumnType::Text,
                    (Cell::Text(_), _) => false,
                };
                assert!(fits, "SHOW {}: {} is {cell:?}", topic.name, column.name);
            }
        }
    }
}

#[test]
fn backends_of_one_user_are_one_pool() {
    let status = status(vec![pool("app", "u", Role::Primary), pool("app", "u", Role::Replica)]);
    let rows = (pools::POOLS.rows)(&status);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][2], Cell::Int(8), "cl_active");
    assert_eq!((&rows[0][13], &rows[0][14]), (&Cell::Int(1), &Cell::Int(500_000)), "maxwait");
    assert_eq!((pools::BACKENDS.rows)(&status).len(), 2);
}

#[test]
fn the_configuration_keeps_its_secrets() {
    let rows = (configuration::CONFIG.rows)(&status(vec![]));
    assert!(!format!("{rows:?}").contains("topsecret"));
    assert!(rows.iter().any(|r| r[0] == Cell::from("max_client_conn") && r[1] == Cell::from("10000")));
}

//! `[observe]`: what is known of queries.

/// The `[observe]` table. (What makes a query slow is [`super::Server::slow_query_threshold`].)
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observe {
    /// Statistics per statement are kept.
    pub statements: bool,
    /// Most statements that a worker has statistics of.
    pub max_statements: usize,
    /// Most lines about slow queries in a second; `None`: no limit.
    pub slow_query_rate: Option<usize>,
    /// They show the text as it came, with its values.
    pub slow_query_values: bool,
}

//! `[observe]`: what is known of queries.

use std::fmt;

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
    /// Who is given the spans of queries whose clients name a trace; `None`: nobody.
    pub traces: Option<Collector>,
}

/// A collector of traces that speaks OTLP over HTTP, without TLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collector {
    /// Name or IP.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl Collector {
    /// The port of OTLP over HTTP.
    const USUAL: u16 = 4318;

    /// Of `http://host[:port]`.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://")?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(|c: char| matches!(c, '/' | '@' | '?' | '#') || c.is_whitespace()) {
            return None;
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(address) => address.split_once(']').map(|(host, port)| (host, port.strip_prefix(':')))?,
            None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(Some(Self::USUAL), |port| port.parse().ok())?;
        (!host.is_empty()).then(|| Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collectors_are_plain_http() {
        let of = |text| Collector::parse(text).map(|collector| collector.to_string());
        assert_eq!(of("http://127.0.0.1:4318").as_deref(), Some("127.0.0.1:4318"));
        assert_eq!(of("http://collector/").as_deref(), Some("collector:4318"));
        assert_eq!(of("http://[::1]:99").as_deref(), Some("[::1]:99"));
        for wrong in [
            "",
            "off",
            "https://x:1",
            "http://",
            "http://x:y",
            "http://u:p@x",
            "http://x/v1/traces",
            "x:4318",
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}

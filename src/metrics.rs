//! Prometheus' text format, and the metrics of the process itself.
//!
//! Nobody keeps counters here: a scrape reads what the modules keep anyway and writes it down as
//! [`Families`]. Labels come from the configuration and from log-ins, never from SQL.

use std::collections::BTreeMap;

use prometheus::TextEncoder;
use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

/// The content type of [`Families::encode`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// A label's name and value.
pub type Label<'a> = (&'a str, &'a str);

/// Metrics of one scrape, each name once, in the order of names.
#[derive(Debug, Default)]
pub struct Families {
    by_name: BTreeMap<String, MetricFamily>,
}

impl Families {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// CPU, memory, threads and file descriptors of this process, under Prometheus' usual names.
    pub fn process(&mut self) {
        for family in ProcessCollector::for_self().collect() {
            self.by_name.insert(family.name().to_owned(), family);
        }
    }

    /// A counter with its samples: labels and value.
    pub fn counter(&mut self, name: &str, help: &str) -> Samples<'_> {
        self.family(name, help, MetricType::COUNTER)
    }

    /// A gauge with its samples: labels and value.
    pub fn gauge(&mut self, name: &str, help: &str) -> Samples<'_> {
        self.family(name, help, MetricType::GAUGE)
    }

    /// A histogram with its samples: labels and distribution.
    pub fn histogram(&mut self, name: &str, help: &str) -> Samples<'_> {
        self.family(name, help, MetricType::HISTOGRAM)
    }

    /// All of it as text; metrics without a sample are left out.
    pub fn encode(self) -> Result<String, prometheus::Error> {
        let families: Vec<_> = self.by_name.into_values().filter(|f| !f.get_metric().is_empty()).collect();
        TextEncoder::new().encode_to_string(&families)
    }

    fn family(&mut self, name: &str, help: &str, kind: MetricType) -> Samples<'_> {
        let family = self.by_name.entry(name.to_owned()).or_default();
        family.set_name(name.to_owned());
        family.set_help(help.to_owned());
        family.set_field_type(kind);
        Samples { family, kind }
    }
}

/// A distribution as Prometheus has it.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// Upper bounds and how many were not above them, this bucket's alone, in rising order.
    pub buckets: Vec<(f64, u64)>,
    /// How many were observed, those above every bound included.
    pub count: u64,
    /// All together.
    pub sum: f64,
}

/// Where the samples of one metric go.
pub struct Samples<'a> {
    family: &'a mut MetricFamily,
    kind: MetricType,
}

impl Samples<'_> {
    /// Adds a sample of a counter or gauge.
    pub fn add(&mut self, labels: &[Label<'_>], value: f64) -> &mut Self {
        let mut metric = labelled(labels);
        if self.kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        self.family.mut_metric().push(metric);
        self
    }

    /// Adds a sample of a histogram.
    pub fn add_distribution(&mut self, labels: &[Label<'_>], distribution: &Distribution) -> &mut Self {
        let mut histogram = Histogram::default();
        let mut below = 0;
        let buckets = distribution.buckets.iter().map(|(bound, count)| {
            below += count;
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(*bound);
            bucket.set_cumulative_count(below);
            bucket
        });
        histogram.set_bucket(buckets.collect());
        histogram.set_sample_count(distribution.count);
        histogram.set_sample_sum(distribution.sum);
        let mut metric = labelled(labels);
        metric.set_histogram(histogram);
        self.family.mut_metric().push(metric);
        self
    }
}

fn labelled(labels: &[Label<'_>]) -> Metric {
    let pairs = labels.iter().map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    });
    Metric::from_label(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_prometheus_reads() {
        let mut families = Families::new();
        families.counter("b_total", "Bees.").add(&[("hive", "a\"b\n")], 3.0);
        families.gauge("empty", "Nothing.");
        let distribution = Distribution { buckets: vec![(0.1, 2), (1.0, 1)], count: 4, sum: 9.5 };
        families.histogram("a_seconds", "Times.").add_distribution(&[], &distribution);
        let text = families.encode().unwrap();
        assert_eq!(
            text,
            "# HELP a_seconds Times.\n# TYPE a_seconds histogram\na_seconds_bucket{le=\"0.1\"} 2\n\
             a_seconds_bucket{le=\"1\"} 3\na_seconds_bucket{le=\"+Inf\"} 4\na_seconds_sum 9.5\n\
             a_seconds_count 4\n# HELP b_total Bees.\n# TYPE b_total counter\nb_total{hive=\"a\\\"b\\n\"} 3\n"
        );
    }

    #[test]
    fn the_process_shows_itself() {
        let mut families = Families::new();
        families.process();
        assert!(families.encode().unwrap().contains("process_resident_memory_bytes"));
    }
}

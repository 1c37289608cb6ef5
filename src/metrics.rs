//! Prometheus' text format, and the metrics of the process itself.
//!
//! Nobody keeps counters here: a scrape reads what the modules keep anyway and writes it down as
//! [`Families`]. Labels come from the configuration and from log-ins, never from SQL. The text is written as the
//! samples come, because there may be a hundred thousand of them. Source: Prometheus' documentation, "Exposition
//! formats", section "Text-based format".

use std::collections::BTreeMap;
use std::fmt::Write;

use prometheus::TextEncoder;
use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;

/// The content type of [`Families::encode`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// A label's name and value.
pub type Label<'a> = (&'a str, &'a str);

/// Metrics of one scrape, each name once, in the order of names.
#[derive(Debug, Default)]
pub struct Families {
    by_name: BTreeMap<String, Family>,
    process: Vec<prometheus::proto::MetricFamily>,
}

#[derive(Debug)]
struct Family {
    name: String,
    head: String,
    samples: String,
}

impl Families {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// CPU, memory, threads and file descriptors of this process, under Prometheus' usual names.
    pub fn process(&mut self) {
        self.process = ProcessCollector::for_self().collect();
    }

    /// A counter with its samples: labels and value.
    pub fn counter(&mut self, name: &str, help: &str) -> Samples<'_> {
        self.family(name, help, "counter")
    }

    /// A gauge with its samples: labels and value.
    pub fn gauge(&mut self, name: &str, help: &str) -> Samples<'_> {
        self.family(name, help, "gauge")
    }

    /// A histogram with its samples: labels and distribution.
    pub fn histogram(&mut self, name: &str, help: &str) -> Samples<'_> {
        self.family(name, help, "histogram")
    }

    /// All of it as text; metrics without a sample are left out.
    ///
    /// # Errors
    /// What the process tells of itself makes no sense.
    pub fn encode(self) -> Result<String, prometheus::Error> {
        let families = self.by_name.values().filter(|family| !family.samples.is_empty());
        let size = families.clone().map(|family| family.head.len() + family.samples.len()).sum();
        let mut text = String::with_capacity(size);
        families.for_each(|family| text.extend([family.head.as_str(), &family.samples]));
        text.push_str(&TextEncoder::new().encode_to_string(&self.process)?);
        Ok(text)
    }

    fn family(&mut self, name: &str, help: &str, kind: &str) -> Samples<'_> {
        let family = self.by_name.entry(name.to_owned()).or_insert_with(|| {
            let help = help.replace('\\', "\\\\").replace('\n', "\\n");
            let head = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
            Family { name: name.to_owned(), head, samples: String::new() }
        });
        Samples { name: &family.name, text: &mut family.samples }
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
    name: &'a str,
    text: &'a mut String,
}

impl Samples<'_> {
    /// Adds a sample of a counter or gauge.
    pub fn add(&mut self, labels: &[Label<'_>], value: f64) -> &mut Self {
        let Self { name, text } = self;
        text.push_str(name);
        put_labels(text, labels);
        put_value(text, value);
        self
    }

    /// Adds a sample of a histogram.
    pub fn add_distribution(&mut self, labels: &[Label<'_>], distribution: &Distribution) -> &mut Self {
        let Self { name, text } = self;
        // The labels are the same on each line, but for the bound.
        let mut own = String::new();
        put_labels(&mut own, labels);
        let open = own.strip_suffix('}').map_or_else(|| "{".to_owned(), |own| format!("{own},"));
        let mut below = 0;
        for (bound, count) in &distribution.buckets {
            below += count;
            text.extend([name, "_bucket", &open]);
            // Writing to a string cannot fail.
            let _ = write!(text, "le=\"{bound}\"}}");
            put_value(text, below as f64);
        }
        text.extend([name, "_bucket", &open, "le=\"+Inf\"}"]);
        put_value(text, distribution.count as f64);
        for (suffix, value) in [("_sum", distribution.sum), ("_count", distribution.count as f64)] {
            text.extend([name, suffix, &own]);
            put_value(text, value);
        }
        self
    }
}

fn put_labels(text: &mut String, labels: &[Label<'_>]) {
    let mut before = '{';
    for (name, value) in labels {
        text.push(before);
        text.extend([name, "=\""]);
        if value.contains(['\\', '"', '\n']) {
            text.push_str(&value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
        } else {
            text.push_str(value);
        }
        text.push('"');
        before = ',';
    }
    if before == ',' {
        text.push('}');
    }
}

fn put_value(text: &mut String, value: f64) {
    // Most are whole numbers, which are written faster as such. Writing to a string cannot fail.
    let _ = if value.fract() == 0.0 && value.abs() < 1e15 {
        writeln!(text, " {}", value as i64)
    } else {
        writeln!(text, " {value}")
    };
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

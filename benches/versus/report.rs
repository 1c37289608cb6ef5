//! Figures by workload, pooler and round; as tables and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::Options;
use crate::pooler::Kind;
use crate::workload::Workload;

/// One figure of one run.
pub struct Figure {
    name: &'static str,
    value: f64,
    digits: usize,
}

impl Figure {
    /// A figure, shown with this many decimal digits.
    pub fn new(name: &'static str, value: f64, digits: usize) -> Self {
        Self { name, value, digits }
    }
}

/// One workload through one pooler: a run per round, or why there is none.
enum Runs {
    Done(Vec<Vec<Figure>>),
    Lacking(&'static str),
}

/// Everything measured.
pub struct Report<'a> {
    options: &'a Options,
    kinds: &'a [Kind],
    runs: Vec<(Workload, &'static str, Runs)>,
    load: f64,
}

impl<'a> Report<'a> {
    /// Nothing measured yet.
    pub fn new(options: &'a Options, kinds: &'a [Kind]) -> Self {
        let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = averages.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN);
        Self { options, kinds, runs: Vec::new(), load }
    }

    /// What pgweir is measured against.
    fn other(&self) -> &'static str {
        self.kinds.get(1).map_or("", Kind::name)
    }

    /// The machine's load average of the last minute when this began.
    pub fn load(&self) -> f64 {
        self.load
    }

    /// How many CPUs there are.
    pub fn cpus(&self) -> usize {
        std::thread::available_parallelism().map_or(0, usize::from)
    }

    /// Adds a round.
    pub fn add(&mut self, workload: Workload, kind: &Kind, figures: Vec<Figure>) {
        match self.runs.iter_mut().find(|(w, name, _)| *w == workload && *name == kind.name()) {
            Some((_, _, Runs::Done(rounds))) => rounds.push(figures),
            _ => self.runs.push((workload, kind.name(), Runs::Done(vec![figures]))),
        }
    }

    /// Notes why a pooler is left out.
    pub fn leave_out(&mut self, workload: Workload, kind: &Kind, why: &'static str) {
        if self.of(workload, kind.name()).is_none() {
            self.runs.push((workload, kind.name(), Runs::Lacking(why)));
        }
    }

    fn of(&self, workload: Workload, pooler: &str) -> Option<&Runs> {
        self.runs.iter().find(|(w, name, _)| *w == workload && *name == pooler).map(|(_, _, runs)| runs)
    }

    /// The rounds of a workload through a pooler.
    fn rounds(&self, workload: Workload, pooler: &str) -> &[Vec<Figure>] {
        match self.of(workload, pooler) {
            Some(Runs::Done(rounds)) => rounds,
            _ => &[],
        }
    }

    /// A table of one workload: a line per figure and pooler, a column per round, the median at the end.
    pub fn table(&self, workload: Workload) -> String {
        let mut table = format!("\n{}\n", workload.title(self.options));
        let heads = (1..=self.options.rounds).map(|n| format!("round {n}")).chain(["median".to_owned()]);
        line(&mut table, ["", ""], heads);
        let ours = self.rounds(workload, "pgweir");
        let theirs = self.rounds(workload, self.other());
        for (i, figure) in ours.first().into_iter().flatten().enumerate() {
            for (name, rounds) in [("pgweir", ours), (self.other(), theirs)] {
                let values = column(rounds, i);
                if !values.is_empty() {
                    line(&mut table, [figure.name, name], shown(&values, figure.digits));
                }
            }
            let ratios = ratios(ours, theirs, i);
            if !ratios.is_empty() {
                let both = format!("pgweir/{}", self.other());
                line(&mut table, [figure.name, &both], shown(&ratios, 2));
            }
        }
        for (_, name, runs) in self.runs.iter().filter(|(w, ..)| *w == workload) {
            if let Runs::Lacking(why) = runs {
                let _ = writeln!(table, "{name} left out: {why}");
            }
        }
        table
    }

    /// Everything as JSON.
    pub fn json(&self) -> String {
        let options = self.options;
        let versions: BTreeMap<_, _> = self.kinds.iter().map(|kind| (kind.name(), kind.version())).collect();
        let workloads: Vec<Value> =
            self.runs.iter().map(|(w, name, runs)| self.entry(*w, name, runs)).collect();
        let all = json!({
            "poolers": versions,
            "rounds": options.rounds,
            "seconds": options.seconds,
            "cpus": self.cpus(),
            "load_before": self.load(),
            "runs": workloads,
        });
        format!("{all:#}\n")
    }

    fn entry(&self, workload: Workload, pooler: &str, runs: &Runs) -> Value {
        let rounds = match runs {
            Runs::Done(rounds) => rounds,
            Runs::Lacking(why) => {
                return json!({"workload": workload.name(), "pooler": pooler, "left_out": why});
            }
        };
        let by_name = |of: &dyn Fn(usize) -> Value| -> BTreeMap<&str, Value> {
            let names = rounds.first().into_iter().flatten().map(|figure| figure.name);
            names.enumerate().map(|(i, name)| (name, of(i))).collect()
        };
        let mut entry = json!({
            "workload": workload.name(),
            "title": workload.title(self.options),
            "pooler": pooler,
            "rounds": by_name(&|i| json!(column(rounds, i))),
            "median": by_name(&|i| json!(median(&column(rounds, i)))),
        });
        let theirs = self.rounds(workload, self.other());
        if pooler == "pgweir" && !theirs.is_empty() {
            entry["ratios"] = json!(by_name(&|i| json!(ratios(rounds, theirs, i))));
        }
        entry
    }
}

fn column(rounds: &[Vec<Figure>], i: usize) -> Vec<f64> {
    rounds.iter().map(|round| round[i].value).collect()
}

fn ratios(ours: &[Vec<Figure>], theirs: &[Vec<Figure>], i: usize) -> Vec<f64> {
    column(ours, i).iter().zip(column(theirs, i)).map(|(ours, theirs)| ours / theirs).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// The values and their median.
fn shown(values: &[f64], digits: usize) -> impl Iterator<Item = String> {
    values.iter().copied().chain([median(values)]).map(move |value| format!("{value:.digits$}"))
}

fn line(table: &mut String, [figure, pooler]: [&str; 2], cells: impl Iterator<Item = String>) {
    let _ = write!(table, "  {figure:<20}{pooler:<18}");
    for cell in cells {
        let _ = write!(table, "{cell:>11}");
    }
    table.push('\n');
}

//! Figures by workload, pooler and round; as tables and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::Options;
use crate::pooler::Kind;
use crate::workload::Case;

/// One figure of one run.
pub struct Figure {
    /// What it is, with its unit.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    digits: usize,
}

impl Figure {
    /// A figure, shown with this many decimal digits.
    pub fn new(name: &'static str, value: f64, digits: usize) -> Self {
        Self { name, value, digits }
    }
}

/// One workload through one pooler.
#[derive(Default)]
struct Runs {
    /// The figures of each round; none of a round that failed.
    rounds: Vec<Vec<Figure>>,
    /// Why there are none.
    lacking: Vec<String>,
}

/// Everything measured.
pub struct Report<'a> {
    options: &'a Options,
    kinds: &'a [Kind],
    runs: Vec<(Case, &'a str, Runs)>,
    load: f64,
}

impl<'a> Report<'a> {
    /// Nothing measured yet.
    pub fn new(options: &'a Options, kinds: &'a [Kind]) -> Self {
        let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = averages.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN);
        Self { options, kinds, runs: Vec::new(), load }
    }

    /// What was asked for.
    pub fn options(&self) -> &'a Options {
        self.options
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
    pub fn add(&mut self, case: Case, kind: &'a Kind, figures: Vec<Figure>) {
        self.entry(case, kind).rounds.push(figures);
    }

    /// Notes that a round failed.
    pub fn fail(&mut self, case: Case, kind: &'a Kind, why: &str) {
        let runs = self.entry(case, kind);
        runs.rounds.push(Vec::new());
        runs.lacking.push(format!("round {} failed: {why}", runs.rounds.len()));
    }

    /// Notes why a pooler is left out.
    pub fn leave_out(&mut self, case: Case, kind: &'a Kind, why: &str) {
        let runs = self.entry(case, kind);
        if runs.lacking.is_empty() {
            runs.lacking.push(format!("left out: {why}"));
        }
    }

    fn entry(&mut self, case: Case, kind: &'a Kind) -> &mut Runs {
        let found = self.runs.iter().position(|(of, name, _)| *of == case && *name == kind.name());
        let place = found.unwrap_or_else(|| {
            self.runs.push((case, kind.name(), Runs::default()));
            self.runs.len() - 1
        });
        &mut self.runs[place].2
    }

    /// Whether anybody was asked to do it.
    pub fn ran(&self, case: Case) -> bool {
        self.runs.iter().any(|(of, ..)| *of == case)
    }

    /// The latest round of a workload through a pooler.
    pub fn latest(&self, case: Case, pooler: &str) -> &[Figure] {
        self.rounds(case, pooler).last().map_or(&[], Vec::as_slice)
    }

    fn rounds(&self, case: Case, pooler: &str) -> &[Vec<Figure>] {
        let found = self.runs.iter().find(|(of, name, _)| *of == case && *name == pooler);
        found.map_or(&[], |(_, _, runs)| &runs.rounds)
    }

    /// A figure in each round.
    fn values(&self, case: Case, pooler: &str, figure: &str) -> Vec<Option<f64>> {
        let value = |round: &Vec<Figure>| round.iter().find(|f| f.name == figure).map(|f| f.value);
        self.rounds(case, pooler).iter().map(value).collect()
    }

    /// The ratio of pgweir's figure to another pooler's in each round.
    fn ratios(&self, case: Case, other: &str, figure: &str) -> Vec<Option<f64>> {
        let (ours, theirs) = (self.values(case, "pgweir", figure), self.values(case, other, figure));
        let ratio = |(ours, theirs): (Option<f64>, Option<f64>)| Some(ours? / theirs?);
        ours.into_iter().zip(theirs).map(|pair| ratio(pair).filter(|ratio| ratio.is_finite())).collect()
    }

    /// The median of a figure of pgweir's.
    pub fn median(&self, case: Case, figure: &str) -> Option<f64> {
        median(&self.values(case, "pgweir", figure))
    }

    /// The median of the ratios of pgweir's figure to another pooler's.
    pub fn ratio(&self, case: Case, other: &str, figure: &str) -> Option<f64> {
        median(&self.ratios(case, other, figure))
    }

    /// A table of one workload: a line per figure and pooler, a column per round, the median at the end.
    pub fn table(&self, case: Case) -> String {
        let mut table = format!("\n{}\n", case.title(self.options));
        let heads = (1..=self.options.rounds).map(|n| format!("round {n}")).chain(["median".to_owned()]);
        line(&mut table, ["", ""], heads);
        for (figure, digits) in self.figures(case) {
            for kind in self.kinds {
                let values = self.values(case, kind.name(), figure);
                if values.iter().any(Option::is_some) {
                    line(&mut table, [figure, kind.name()], shown(&values, digits));
                }
            }
            // A difference is not to be divided.
            for kind in
                self.kinds.iter().filter(|kind| kind.name() != "pgweir" && !figure.starts_with("added"))
            {
                let ratios = self.ratios(case, kind.name(), figure);
                if ratios.iter().any(Option::is_some) {
                    line(&mut table, [figure, &format!("pgweir/{}", kind.name())], shown(&ratios, 2));
                }
            }
        }
        for (_, name, runs) in self.runs.iter().filter(|(of, ..)| *of == case) {
            for why in &runs.lacking {
                let _ = writeln!(table, "{name} {why}");
            }
        }
        table
    }

    /// The figures of a workload, with their digits, in the order in which they were first seen.
    fn figures(&self, case: Case) -> Vec<(&'static str, usize)> {
        let mut names: Vec<(&'static str, usize)> = Vec::new();
        let rounds = self.runs.iter().filter(|(of, ..)| *of == case).flat_map(|(_, _, runs)| &runs.rounds);
        // The longest first: a run without a pooler lacks some that stand in between.
        let mut rounds: Vec<_> = rounds.collect();
        rounds.sort_by_key(|round| std::cmp::Reverse(round.len()));
        for figure in rounds.into_iter().flatten() {
            if !names.iter().any(|(name, _)| *name == figure.name) {
                names.push((figure.name, figure.digits));
            }
        }
        names
    }

    /// Everything as JSON, with what became of the targets.
    pub fn json(&self, targets: &Value) -> String {
        let options = self.options;
        let versions: BTreeMap<_, _> = self.kinds.iter().map(|kind| (kind.name(), kind.version())).collect();
        let runs: Vec<Value> =
            self.runs.iter().map(|(case, name, runs)| self.run_json(*case, name, runs)).collect();
        let all = json!({
            "poolers": versions,
            "rounds": options.rounds,
            "seconds": options.seconds,
            "cpus": self.cpus(),
            "load_before": self.load(),
            "runs": runs,
            "targets": targets,
        });
        format!("{all:#}\n")
    }

    fn run_json(&self, case: Case, pooler: &str, runs: &Runs) -> Value {
        let figures = self.figures(case);
        let by_name = |of: &dyn Fn(&str) -> Value| -> BTreeMap<&str, Value> {
            figures.iter().map(|(name, _)| (*name, of(name))).collect()
        };
        let mut entry = json!({
            "workload": case.name(),
            "title": case.title(self.options),
            "pooler": pooler,
            "rounds": by_name(&|name| json!(self.values(case, pooler, name))),
            "median": by_name(&|name| json!(median(&self.values(case, pooler, name)))),
            "notes": runs.lacking,
        });
        if pooler != "pgweir" {
            entry["pgweir_to_it"] = json!(by_name(&|name| json!(self.ratio(case, pooler, name))));
        }
        entry
    }
}

fn median(values: &[Option<f64>]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 0 => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
        _ => Some(sorted[middle]),
    }
}

/// The values and their median.
fn shown(values: &[Option<f64>], digits: usize) -> impl Iterator<Item = String> {
    let show = move |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.digits$}"));
    values.iter().copied().chain([median(values)]).map(show)
}

fn line(table: &mut String, [figure, pooler]: [&str; 2], cells: impl Iterator<Item = String>) {
    let _ = write!(table, "  {figure:<20}{pooler:<24}");
    for cell in cells {
        let _ = write!(table, "{cell:>11}");
    }
    table.push('\n');
}

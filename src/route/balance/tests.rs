use proptest::prelude::*;

use super::*;

const POLICIES: [Balance; 6] = [
    Balance::RoundRobin,
    Balance::Random,
    Balance::LeastOutstanding,
    Balance::LowestLatency,
    Balance::Weighted,
    Balance::Zone,
];

/// SplitMix64, so that every run draws the same.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn candidate() -> Candidate {
    Candidate {
        fitness: Fitness::Fit,
        weight: 1,
        nearness: Nearness::Other,
        outstanding: 0,
        latency: Duration::from_millis(1),
    }
}

/// How often each was chosen in 10,000 times.
fn chosen(policy: Balance, candidates: &[Candidate]) -> Vec<usize> {
    let (balancer, mut random) = (Balancer::new(policy), Seeded(7));
    let mut counts = vec![0; candidates.len()];
    for _ in 0..10_000 {
        counts[balancer.choose(candidates, random.next()).unwrap()] += 1;
    }
    counts
}

fn about(count: usize, expected: usize) -> bool {
    count.abs_diff(expected) < 300
}

#[test]
fn round_robin_goes_round_those_that_are_fit() {
    let mut all = [candidate(); 4];
    all[1].fitness = Fitness::Unfit;
    let balancer = Balancer::new(Balance::RoundRobin);
    let turns: Vec<_> = (0..6).map(|_| balancer.choose(&all, 0).unwrap()).collect();
    assert_eq!(turns, [0, 2, 3, 0, 2, 3]);
}

#[test]
fn random_spreads_evenly() {
    assert!(chosen(Balance::Random, &[candidate(); 4]).iter().all(|n| about(*n, 2500)));
}

#[test]
fn the_least_outstanding_is_chosen_and_ties_are_drawn() {
    let mut all = [candidate(); 4];
    all[0].outstanding = 3;
    all[2].outstanding = 1;
    let counts = chosen(Balance::LeastOutstanding, &all);
    assert!(counts[0] == 0 && counts[2] == 0 && about(counts[1], 5000), "{counts:?}");
}

#[test]
fn of_two_the_faster_is_chosen() {
    let mut all = [candidate(); 4];
    for (at, one) in all.iter_mut().enumerate() {
        one.latency = Duration::from_millis(at as u64);
    }
    // Of the six pairs the fastest is best in three, the second in two, the third in one.
    let counts = chosen(Balance::LowestLatency, &all);
    assert!(about(counts[0], 5000) && about(counts[1], 3333) && about(counts[2], 1667), "{counts:?}");
    assert_eq!(counts[3], 0);
}

#[test]
fn weights_are_shares() {
    let mut all = [candidate(); 4];
    for (one, weight) in all.iter_mut().zip([1, 0, 3, 6]) {
        one.weight = weight;
    }
    let counts = chosen(Balance::Weighted, &all);
    assert!(about(counts[0], 1000) && about(counts[2], 3000) && about(counts[3], 6000), "{counts:?}");
    assert_eq!(counts[1], 0);
}

#[test]
fn the_own_zone_comes_first() {
    let mut all = [candidate(); 4];
    all[1].nearness = Nearness::Own;
    all[3].nearness = Nearness::Own;
    assert_eq!(chosen(Balance::Zone, &all), [0, 5000, 0, 5000]);
    all[1].fitness = Fitness::Unfit;
    assert_eq!(chosen(Balance::Zone, &all), [0, 0, 0, 10_000]);
    all[3].fitness = Fitness::Unfit;
    assert_eq!(chosen(Balance::Zone, &all), [5000, 0, 5000, 0]);
}

fn any_candidate() -> impl Strategy<Value = Candidate> {
    (any::<bool>(), 0_u32..4, any::<bool>(), 0_usize..5, 0_u64..5).prop_map(
        |(fit, weight, own, outstanding, ms)| Candidate {
            fitness: if fit { Fitness::Fit } else { Fitness::Unfit },
            weight,
            nearness: if own { Nearness::Own } else { Nearness::Other },
            outstanding,
            latency: Duration::from_millis(ms),
        },
    )
}

proptest! {
    #[test]
    fn one_that_is_fit_is_chosen_whenever_there_is_one(
        all in prop::collection::vec(any_candidate(), 0..8),
        random: u64,
    ) {
        for policy in POLICIES {
            let choice = Balancer::new(policy).choose(&all, random);
            let fit = |c: &Candidate| c.fitness == Fitness::Fit;
            prop_assert_eq!(choice.is_some(), all.iter().any(fit));
            if let Some(at) = choice {
                prop_assert!(fit(&all[at]));
                prop_assert!(all[at].weight > 0 || !all.iter().any(|c| fit(c) && c.weight > 0));
            }
        }
    }
}

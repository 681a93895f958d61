//! The proof in numbers: 200,000 pairs each time.

use super::*;

/// Number of policies and of requests in each case: parsing the ones and converting the others is what takes the time.
const CASE: (usize, usize) = (8, 50);

/// The same for declared arguments: of many policies one always fails, and the others go uncompared.
const DECLARED: (usize, usize) = (2, 40);

/// The comparison of one case.
type Agree = fn(&mut Choices<'_>, (usize, usize), &mut PairCounts) -> Result<(), String>;

fn counted(seed: u64, pairs: usize, case: (usize, usize), agree: Agree) -> PairCounts {
    let (mut choices, mut counts) = (Choices::Random(seed), PairCounts::default());
    while counts.pairs() < pairs {
        agree(&mut choices, case, &mut counts).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    }
    counts
}

#[test]
fn evaluator_agrees_with_cedar() {
    let counts = counted(1, 200_000, CASE, agree);
    let least = counts.pairs() / 20;
    assert!(counts.applied > least && counts.other > least && counts.failed > least, "{counts:?}");
}

#[test]
fn gateway_agrees_with_cedar_about_declared_arguments() {
    let counts = counted(2, 4_000, DECLARED, agree_as_declared);
    assert!(counts.applied > 100 && counts.other > 100 && counts.failed > 100, "{counts:?}");
}

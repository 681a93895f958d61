//! The proof in numbers: 200,000 pairs each time.

use super::*;

/// Number of policies and of requests in each case: parsing the ones and converting the others is what takes the time.
const CASE: (usize, usize) = (8, 50);

/// The same for declared arguments: of many policies one always fails, and the others go uncompared.
const DECLARED: (usize, usize) = (2, 40);

/// The comparison of one case.
type Agree = fn(&mut Choices<'_>, (usize, usize), &mut Tally) -> Result<(), String>;

fn tallied(seed: u64, pairs: usize, case: (usize, usize), agree: Agree) -> Tally {
    let (mut choices, mut tally) = (Choices::Random(seed), Tally::default());
    while tally.pairs() < pairs {
        agree(&mut choices, case, &mut tally).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    }
    tally
}

#[test]
fn evaluator_agrees_with_cedar() {
    let tally = tallied(1, 200_000, CASE, agree);
    let least = tally.pairs() / 20;
    assert!(tally.applied > least && tally.other > least && tally.failed > least, "{tally:?}");
}

#[test]
fn gateway_agrees_with_cedar_about_declared_arguments() {
    let tally = tallied(2, 4_000, DECLARED, agree_as_declared);
    assert!(tally.applied > 100 && tally.other > 100 && tally.failed > 100, "{tally:?}");
}

//! `cargo xtask test`: every test, with one line at the end: `N passed, N failed, N skipped`.

mod lanes;
mod steps;
mod tally;
mod times;

use clap::ValueEnum;

use crate::{
    clock::now,
    command::{Fault, root},
};
use steps::{
    ALL, CONTRACTS_IN_SPIN, CONTRACTS_IN_WORKERD, FUZZ, FUZZ_QUICKLY, STAGES_IN_MEMORY, STAGES_ON_SPIN,
    STAGES_ON_WORKERD,
};
use tally::Tally;
use times::Times;

/// The path of the steps' kept times, from the root.
const TIMES: &str = "target/test/times.json";

/// The host of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The stage suite on the memory ports: quick, no tools needed.
    Memory,
    /// The port contracts and the stage suite on local workerd.
    Workers,
    /// The port contracts and the stage suite in the Spin test host.
    Spin,
    /// All tests, on every platform.
    All,
}

/// Runs all steps of `target`, even after a failure, and then prints the totals.
pub fn run(target: Target, quick: bool) -> Result<(), Fault> {
    let steps = match target {
        Target::Memory => vec![STAGES_IN_MEMORY],
        Target::Workers => vec![CONTRACTS_IN_WORKERD, STAGES_ON_WORKERD],
        Target::Spin => vec![CONTRACTS_IN_SPIN, STAGES_ON_SPIN],
        Target::All => ALL.iter().copied().chain([if quick { FUZZ_QUICKLY } else { FUZZ }]).collect(),
    };
    let began = now();
    let mut total = Tally::default();
    let mut times = Times::read(&root().join(TIMES));
    let mut lines = Vec::new();
    lanes::run(&steps, |outcome| {
        let line = format!("{}: {}; {}", outcome.title, outcome.tally, times.note(outcome.title, outcome.took));
        println!("test: {line}");
        lines.push(line);
        total += outcome.tally;
    });
    times.keep()?;
    println!("test: all of it in {:.1} s", began.elapsed().as_secs_f64());
    for line in lines {
        println!("test:   {line}");
    }
    println!("{total}");
    if total.failed > 0 {
        return Err(Fault::Found(
            "some tests failed, or could not run: read on from the first `FAILED` above".to_owned(),
        ));
    }
    if total.passed == 0 {
        return Err(Fault::Found("no test ran at all".to_owned()));
    }
    Ok(())
}

//! Three lanes of steps: one builds and computes at low priority, two run tests that mostly wait.

use std::{fs, process::Command, sync::mpsc, thread, time::Duration};

use super::{
    steps::{Lane, Step},
    tally::{Tally, counted},
    times::Took,
};
use crate::{
    clock::now,
    command::{Fault, output, program},
};

/// The end of a step.
pub struct Outcome {
    /// The step's title.
    pub title: &'static str,
    /// The results of its program.
    pub tally: Tally,
    /// The time of both of its parts.
    pub took: Took,
}

/// A step whose program is built, or could not be.
struct Built {
    title: &'static str,
    program: Result<Command, Fault>,
    building: Duration,
}

impl Built {
    fn new(step: &Step) -> Self {
        println!("test: {}: building", step.title);
        let began = now();
        let program = (step.build)();
        Self { title: step.title, program, building: began.elapsed() }
    }

    fn run(self) -> Outcome {
        println!("test: {}", self.title);
        let began = now();
        let tally = self.program.and_then(|mut program| counted(self.title, &mut program)).unwrap_or_else(|fault| {
            eprintln!("FAILED to run {}: {fault}", self.title);
            Tally { failed: 1, ..Tally::default() }
        });
        Outcome { title: self.title, tally, took: Took::new(self.building, began.elapsed()) }
    }
}

/// Builds and runs all steps, even after a failure, and hands over each outcome at its step's end.
pub fn run(steps: &[Step], outcome: impl FnMut(Outcome)) {
    let (waiting, ready) = mpsc::channel::<Built>();
    let (conforming, ready_to_conform) = mpsc::channel::<Built>();
    let (done, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        let computed = done.clone();
        scope.spawn(move || {
            yield_to_others();
            for step in steps {
                let step_built = Built::new(step);
                // The receivers live until this thread has ended.
                let _ = match step.lane {
                    Lane::Waiting => waiting.send(step_built).is_ok(),
                    Lane::Conforming => conforming.send(step_built).is_ok(),
                    Lane::Computing => computed.send(step_built.run()).is_ok(),
                };
            }
        });
        for ready in [ready, ready_to_conform] {
            let done = done.clone();
            scope.spawn(move || ready.into_iter().map(Built::run).try_for_each(|outcome| done.send(outcome)));
        }
        drop(done);
        outcomes.into_iter().for_each(outcome);
    });
}

/// Lowers the priority of this thread and of all programs it starts, because tests beside them have time limits. Has no
/// effect on systems without priorities of threads.
fn yield_to_others() {
    let thread = fs::read_link("/proc/thread-self").ok().and_then(|path| path.file_name().map(ToOwned::to_owned));
    if let Some(thread) = thread
        && let Err(fault) = output(program("renice").args(["-n", "10", "-p"]).arg(thread))
    {
        println!("test: builds run at the usual priority: {fault}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printing(script: &str) -> Command {
        let mut command = program("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn failing_step_stops_no_other() {
        let steps = [
            Step { title: "broken", build: || Err(Fault::Found("no".to_owned())), lane: Lane::Waiting },
            Step { title: "waits", build: || Ok(printing("echo 2 passed, 0 failed")), lane: Lane::Waiting },
            Step { title: "computes", build: || Ok(printing("echo 3 passed, 1 failed")), lane: Lane::Computing },
        ];
        let mut outcomes = Vec::new();
        run(&steps, |outcome| outcomes.push((outcome.title, outcome.tally.passed, outcome.tally.failed)));
        outcomes.sort_unstable();
        assert_eq!(outcomes, [("broken", 0, 1), ("computes", 3, 1), ("waits", 2, 0)]);
    }

    #[test]
    fn steps_of_three_lanes_run_at_once() {
        let folder = crate::command::root().join("target/lanes-test");
        // Each step waits for the next one to start: run one after the other, they would never end.
        let steps = [
            Step {
                title: "waits",
                build: || {
                    Ok(printing("until test -e target/lanes-test/b; do sleep 0.01; done; echo 1 passed, 0 failed"))
                },
                lane: Lane::Waiting,
            },
            Step {
                title: "conforms",
                build: || {
                    let wait = "until test -e target/lanes-test/a; do sleep 0.01; done";
                    Ok(printing(&format!("{wait}; mkdir target/lanes-test/b; echo 1 passed, 0 failed")))
                },
                lane: Lane::Conforming,
            },
            Step {
                title: "computes",
                build: || Ok(printing("mkdir -p target/lanes-test/a; echo 1 passed, 0 failed")),
                lane: Lane::Computing,
            },
        ];
        let mut passed = 0;
        run(&steps, |outcome| passed += outcome.tally.passed);
        fs::remove_dir_all(folder).expect("the last step made it");
        assert_eq!(passed, 3);
    }
}

//! Saying what takes so long, and how long it usually takes.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::clock::now;
use crate::command::Fault;

/// Between two signs of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// Longer than this and the time is worth a line.
const WORTH_SAYING: Duration = Duration::from_secs(2);

/// Runs `work` and says, in the name of `chore`, that it does, now and then that it still does, and how long it took.
///
/// Steps do not nest: only the innermost piece of work is a step, so that nothing is said twice.
pub fn step<T>(chore: &str, title: &str, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    long_step(chore, title, None, work)
}

/// The same for work that takes long where nothing of it is there yet: `usual` is that time, on two cores.
pub fn long_step<T>(
    chore: &str,
    title: &str,
    usual: Option<&str>,
    work: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let hint = usual.map(|usual| format!(" (the first time: {usual})")).unwrap_or_default();
    println!("{chore}: {title}{hint}");
    let began = now();
    let (finished, watch) = mpsc::channel::<()>();
    let outcome = thread::scope(|scope| {
        scope.spawn(move || {
            while watch.recv_timeout(SIGN_OF_LIFE) == Err(RecvTimeoutError::Timeout) {
                println!("{chore}: {title}: {} s", began.elapsed().as_secs());
            }
        });
        let outcome = work();
        drop(finished);
        outcome
    });
    let took = began.elapsed();
    if outcome.is_ok() && took > WORTH_SAYING {
        println!("{chore}: {title}: done in {:.1} s", took.as_secs_f64());
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_hands_the_outcome_on() {
        assert_eq!(step("test", "counting", || Ok(7)).ok(), Some(7), "a success should come through");
        let fault = step("test", "failing", || Err::<(), _>(Fault::Found("no".to_owned())))
            .expect_err("a failure should come through");
        assert_eq!(fault.to_string(), "no");
    }
}

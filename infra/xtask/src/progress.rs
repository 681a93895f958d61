//! Progress lines: the running step, its usual duration, and its duration at the end.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::clock::now;
use crate::command::Fault;

/// The interval of lines that say that a step still runs.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// The shortest duration that is printed.
const WORTH_SAYING: Duration = Duration::from_secs(2);

/// Runs `work` and prints, as `chore`, its `title`, that it still runs every [`SIGN_OF_LIFE`], and its duration.
///
/// Steps do not nest: only the innermost piece of work is a step, so that nothing is printed twice.
pub fn step<T>(chore: &str, title: &str, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    long_step(chore, title, None, work)
}

/// As [`step`], for work that takes long the first time; `usual` is that time on two cores.
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
    fn step_returns_result() {
        assert_eq!(step("test", "counting", || Ok(7)).ok(), Some(7), "a success should come through");
        let fault = step("test", "failing", || Err::<(), _>(Fault::Found("no".to_owned())))
            .expect_err("a failure should come through");
        assert_eq!(fault.to_string(), "no");
    }
}

//! Saying what takes so long.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::clock;

/// Between two signs of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Runs `work` and says that it does, and now and then that it still does.
pub fn step<T>(title: &str, work: impl FnOnce() -> T) -> T {
    println!("bench: {title}");
    let began = clock::now();
    let (finished, watch) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while watch.recv_timeout(SIGN_OF_LIFE) == Err(RecvTimeoutError::Timeout) {
                println!("bench: {title}: {} s", began.elapsed().as_secs());
            }
        });
        let outcome = work();
        drop(finished);
        outcome
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_hands_the_outcome_on() {
        assert_eq!(step("counting", || 7), 7);
    }
}

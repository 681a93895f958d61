//! The `Quota` port: a limit per key and time window, counted once for all isolates.

use std::time::Duration;

use crate::Timestamp;

/// The result of a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeResult {
    /// The amount was taken, and this much is left in the window.
    Left(u64),
    /// The amount doesn't fit, and nothing was taken.
    Exhausted {
        /// The time until the window ends; never zero.
        ends_in: Duration,
    },
}

/// The store could not decide; the caller must refuse its request.
#[derive(Debug, thiserror::Error)]
#[error("the quota could not be read: {0}")]
pub struct QuotaError(pub String);

/// A limit per key and time window.
///
/// *Contract*
/// - Linearizable: all takes of one key in one window, wherever they run, are together at most `limit`.
/// - A window begins with the first successful take of its key, and lasts for `window`; then the next take begins
///   another.
/// - A take is all or nothing: one that doesn't fit takes nothing, so a smaller one may still fit. One larger than
///   `limit` never fits.
/// - `limit` may differ between takes, and applies to its own take. The `window` of a key is always the same.
/// - Keys are at most 512 bytes of UTF-8; different keys don't affect each other. Amounts and limits are below 2⁵³.
/// - Bounded in time by the host (at most 5 s), then an error. An error says nothing about whether the take was made.
pub trait Quota {
    /// Takes `amount` from the part of `limit` that `key` has left in this window.
    fn take(
        &self,
        key: &str,
        amount: u64,
        limit: u64,
        window: Duration,
    ) -> impl Future<Output = Result<TakeResult, QuotaError>>;
}

/// The state of one key, and the rules of the contract for every implementation that can decide in one step by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The amount taken in this window.
    pub taken: u64,
    /// The end of this window.
    pub ends: Timestamp,
}

impl Window {
    /// Takes `amount` at the instant `now`, from the key's state `held`. Returns the state that the store must keep, if
    /// it has changed.
    pub fn take(
        held: Option<Self>,
        amount: u64,
        limit: u64,
        window: Duration,
        now: Timestamp,
    ) -> (Option<Self>, TakeResult) {
        // Clocks step back by small amounts; one that was set back by more must not make a window last that much
        // longer.
        let running = held.filter(|held| held.ends > now && held.ends <= now.after(2 * window));
        let current = running.unwrap_or(Self { taken: 0, ends: now.after(window) });
        match current.taken.checked_add(amount).filter(|&taken| taken <= limit) {
            Some(taken) => (Some(Self { taken, ..current }), TakeResult::Left(limit - taken)),
            None => (None, TakeResult::Exhausted { ends_in: current.ends.since(now).max(Duration::from_millis(1)) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);
    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    fn exhausted(millis: u64) -> TakeResult {
        TakeResult::Exhausted { ends_in: Duration::from_millis(millis) }
    }

    #[test]
    fn window_begins_with_its_first_take_and_ends_in_its_time() {
        let (held, taken) = Window::take(None, 2, 3, WINDOW, NOW);
        assert_eq!(taken, TakeResult::Left(1));
        let later = NOW.after(Duration::from_millis(59_999));
        let (held, taken) = Window::take(held, 1, 3, WINDOW, later);
        assert_eq!(taken, TakeResult::Left(0), "the last millisecond should belong to the window");
        assert_eq!(Window::take(held, 1, 3, WINDOW, later), (None, exhausted(1)));
        let next = NOW.after(WINDOW);
        let (held, taken) = Window::take(held, 1, 3, WINDOW, next);
        assert_eq!(taken, TakeResult::Left(2), "the next window should begin empty");
        assert_eq!(held, Some(Window { taken: 1, ends: next.after(WINDOW) }));
    }

    #[test]
    fn amount_over_limit_takes_nothing() {
        let (held, _) = Window::take(None, 2, 3, WINDOW, NOW);
        assert_eq!(Window::take(held, 2, 3, WINDOW, NOW), (None, exhausted(60_000)));
        assert_eq!(Window::take(held, 1, 3, WINDOW, NOW).1, TakeResult::Left(0), "a smaller one should still fit");
        assert_eq!(Window::take(None, 4, 3, WINDOW, NOW), (None, exhausted(60_000)));
        assert_eq!(Window::take(held, u64::MAX, u64::MAX, WINDOW, NOW), (None, exhausted(60_000)), "no sum overflows");
    }

    #[test]
    fn lower_limit_counts_at_once() {
        let (held, _) = Window::take(None, 3, 5, WINDOW, NOW);
        assert_eq!(Window::take(held, 1, 2, WINDOW, NOW), (None, exhausted(60_000)));
    }

    #[test]
    fn clock_that_was_set_back_locks_nobody_out() {
        let (held, _) = Window::take(None, 3, 3, WINDOW, NOW.after(Duration::from_secs(86_400)));
        assert_eq!(Window::take(held, 1, 3, WINDOW, NOW).1, TakeResult::Left(2), "no window should last for a day");
        let (held, _) = Window::take(None, 3, 3, WINDOW, NOW.after(Duration::from_millis(1)));
        assert_eq!(Window::take(held, 1, 3, WINDOW, NOW).1, exhausted(60_001), "a small step should change nothing");
    }
}

//! Requests that the isolate has counted, by caller and minute.
//!
//! Users and callers without a token have a map each: strangers can come from any number of addresses, and must crowd
//! out no user.

use std::time::Duration;

use ports::Timestamp;

use super::held::{BoundedMap, Life};
use crate::principal::CallerKey;

/// The time in which requests count together. It begins with the caller's first one.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// Callers of each map, of some 100 bytes each. When a map is full of callers of this minute, all begin anew.
const CAPACITY: usize = 4096;

/// The requests of one caller in its minute.
#[derive(Clone, Copy)]
pub(super) struct Minute {
    taken: u64,
    ends: Timestamp,
    life: Life,
}

/// The counts of all callers.
pub(crate) struct RequestCounts {
    pub(super) users: BoundedMap<CallerKey, Minute>,
    pub(super) strangers: BoundedMap<CallerKey, Minute>,
}

impl Default for RequestCounts {
    fn default() -> Self {
        Self { users: BoundedMap::new(CAPACITY), strangers: BoundedMap::new(CAPACITY) }
    }
}

impl RequestCounts {
    /// Counts `amount` if anything of `limit` is left, even if it is less: a list of many origins must be possible at
    /// all. The error is the time until the caller's minute ends.
    pub(crate) fn take(&mut self, caller: CallerKey, amount: u64, limit: u64, now: Timestamp) -> Result<(), Duration> {
        let minute = self.minute(&caller, now);
        if minute.taken >= limit {
            return Err(minute.ends.since(now).max(Duration::from_millis(1)));
        }
        self.put(caller, minute, minute.taken.saturating_add(amount));
        Ok(())
    }

    /// Counts `amount` that is spent already.
    pub(crate) fn charge(&mut self, caller: CallerKey, amount: u64, now: Timestamp) {
        let minute = self.minute(&caller, now);
        self.put(caller, minute, minute.taken.saturating_add(amount));
    }

    /// Takes one request out of the count again.
    pub(crate) fn give_back(&mut self, caller: CallerKey, now: Timestamp) {
        if let Some(minute) = self.map(&caller).find(&caller, now).copied() {
            self.put(caller, minute, minute.taken.saturating_sub(1));
        }
    }

    fn minute(&mut self, caller: &CallerKey, now: Timestamp) -> Minute {
        let begun = self.map(caller).find(caller, now).copied();
        begun.unwrap_or_else(|| Minute { taken: 0, ends: now.after(MINUTE), life: Life::of(now, MINUTE) })
    }

    fn put(&mut self, caller: CallerKey, minute: Minute, taken: u64) {
        self.map(&caller).insert(caller, Minute { taken, ..minute }, 1, Some(minute.life));
    }

    const fn map(&mut self, caller: &CallerKey) -> &mut BoundedMap<CallerKey, Minute> {
        if caller.is_anonymous() { &mut self.strangers } else { &mut self.users }
    }
}

#[cfg(test)]
mod tests {
    use oauth::access_token::Claims;

    use super::*;
    use crate::principal::Principal;
    use crate::principal::testing::claims;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    const fn at(seconds: u64) -> Timestamp {
        NOW.after(Duration::from_secs(seconds))
    }

    fn user(subject: &str) -> CallerKey {
        CallerKey::of(&Principal::new(Claims { subject: subject.to_owned(), ..claims() }), None)
    }

    #[test]
    fn limit_counts_for_a_minute_and_each_caller() {
        let mut counts = RequestCounts::default();
        let (alice, bob) = (user("alice"), user("bob"));
        assert_eq!([0, 10, 59].map(|second| counts.take(alice, 1, 3, at(second))), [Ok(()); 3]);
        assert_eq!(counts.take(alice, 1, 3, at(59)), Err(Duration::from_secs(1)), "the minute of the first one counts");
        assert_eq!(counts.take(bob, 1, 3, at(59)), Ok(()), "another caller has a minute of its own");
        assert_eq!(counts.take(alice, 1, 3, at(60)), Ok(()), "the next minute begins empty");
        assert_eq!(counts.take(bob, 1, 3, NOW), Ok(()), "a clock that is set back locks nobody out");
    }

    #[test]
    fn amount_may_exceed_what_is_left_once() {
        let mut counts = RequestCounts::default();
        let alice = user("alice");
        assert_eq!(counts.take(alice, 100, 3, NOW), Ok(()), "a list of a hundred origins should be possible");
        assert!(counts.take(alice, 1, 3, NOW).is_err(), "and be paid for");
        counts.give_back(alice, NOW);
        assert!(counts.take(alice, 1, 99, NOW).is_err() && counts.take(alice, 1, 100, NOW).is_ok());
        counts.charge(alice, 5, NOW);
        assert!(counts.take(alice, 1, 105, NOW).is_err() && counts.take(alice, 1, 106, NOW).is_ok());
    }

    #[test]
    fn strangers_crowd_out_no_user() {
        let mut counts = RequestCounts::default();
        let alice = user("alice");
        assert!(counts.take(alice, 3, 3, NOW).is_ok());
        for number in 0..u32::try_from(2 * CAPACITY).unwrap() {
            let address = std::net::Ipv4Addr::from_bits(number).into();
            let stranger = CallerKey::of(&Principal::anonymous(claims()), Some(address));
            assert!(counts.take(stranger, 1, 1, NOW).is_ok(), "each address should have its own count");
            assert!(counts.take(stranger, 1, 1, NOW).is_err(), "which should hold");
            assert!(counts.strangers.len() <= CAPACITY, "and there should be a bound");
        }
        assert!(counts.take(alice, 1, 3, NOW).is_err(), "strangers should give no user a new minute");
    }
}

//! A bounded map: the one kind of memory for entries that callers and origins can multiply.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use ports::Timestamp;

/// Entries by key, of at most `capacity` weight together.
///
/// The weight of an entry is 1 where entries are counted, else its size in the unit of the capacity. An entry that is
/// heavier than the capacity is not held. When a new entry does not fit, the entries whose life has ended go; if it
/// still does not fit, all go. That is crude and cheap, because each entry comes back with one request.
pub(crate) struct BoundedMap<K, V> {
    entries: HashMap<K, Entry<V>>,
    weight: usize,
    capacity: usize,
}

struct Entry<V> {
    value: V,
    weight: usize,
    /// `None` for an entry that lasts until it is removed.
    life: Option<Life>,
}

/// The time in which an entry counts. It has a beginning, so a clock that is set back ends it instead of prolonging it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    from: Timestamp,
    until: Timestamp,
}

impl Life {
    /// The life of an entry made at `now` that counts for `duration`.
    pub(crate) const fn of(now: Timestamp, duration: Duration) -> Self {
        Self { from: now, until: now.after(duration) }
    }

    /// The life of an entry made at `now` that counts until `until`.
    pub(crate) const fn until(now: Timestamp, until: Timestamp) -> Self {
        Self { from: now, until }
    }

    fn covers(self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl<K: Eq + Hash, V> BoundedMap<K, V> {
    /// An empty map of at most `capacity` weight.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), weight: 0, capacity }
    }

    /// The value under `key`, if its life covers `now`.
    pub(crate) fn find<Q>(&self, key: &Q, now: Timestamp) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entry = self.entries.get(key)?;
        entry.life.is_none_or(|life| life.covers(now)).then_some(&entry.value)
    }

    /// The value under `key`, if it lasts until it is removed. It saves its caller the clock.
    pub(crate) fn lasting<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.get(key).filter(|entry| entry.life.is_none()).map(|entry| &entry.value)
    }

    /// The same value, mutable. A change doesn't affect the entry's weight.
    pub(crate) fn lasting_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.get_mut(key).filter(|entry| entry.life.is_none()).map(|entry| &mut entry.value)
    }

    /// Holds `value` under `key` in place of what was there. `life` is `None` for an entry that lasts until it is
    /// removed.
    pub(crate) fn insert(&mut self, key: K, value: V, weight: usize, life: Option<Life>) {
        self.remove(&key);
        if weight > self.capacity {
            return;
        }
        if let Some(now) = life.map(|life| life.from) {
            self.make_room(weight, |entry| entry.life.is_some_and(|life| !life.covers(now)));
        }
        self.make_room(weight, |_| true);
        self.weight += weight;
        self.entries.insert(key, Entry { value, weight, life });
    }

    /// Removes the entries whose value is outdated, if `weight` does not fit.
    pub(crate) fn remove_outdated(&mut self, weight: usize, is_outdated: impl Fn(&V) -> bool) {
        self.make_room(weight, |entry| is_outdated(&entry.value));
    }

    /// Removes the entry under `key`, and returns its value.
    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entry = self.entries.remove(key)?;
        self.weight -= entry.weight;
        Some(entry.value)
    }

    /// Removes the entries for which `is_meant` is true, and returns them.
    pub(crate) fn extract(&mut self, mut is_meant: impl FnMut(&K, &V) -> bool) -> Vec<(K, V)> {
        let removed = self.entries.extract_if(|key, entry| is_meant(key, &entry.value));
        let weight = &mut self.weight;
        removed
            .map(|(key, entry)| {
                *weight -= entry.weight;
                (key, entry.value)
            })
            .collect()
    }

    /// The values of all entries, also of those whose life has ended.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values().map(|entry| &entry.value)
    }

    /// True without an entry.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The weight of all entries.
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }

    /// Removes the entries that `may_go`, if `weight` does not fit.
    fn make_room(&mut self, weight: usize, may_go: impl Fn(&Entry<V>) -> bool) {
        if weight > self.capacity.saturating_sub(self.weight) {
            self.entries.retain(|_, entry| !may_go(entry));
            self.weight = self.entries.values().map(|entry| entry.weight).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    const fn at(seconds: u64) -> Timestamp {
        NOW.after(Duration::from_secs(seconds))
    }

    fn life(from: u64, seconds: u64) -> Option<Life> {
        Some(Life::of(at(from), Duration::from_secs(seconds)))
    }

    fn held<const N: usize>(
        capacity: usize,
        entries: [(&'static str, usize, Option<Life>); N],
    ) -> BoundedMap<String, usize> {
        let mut held = BoundedMap::new(capacity);
        for (key, weight, life) in entries {
            held.insert(key.to_owned(), weight, weight, life);
        }
        held
    }

    #[test]
    fn entry_counts_in_its_life_alone() {
        let held = held(9, [("a", 1, life(10, 60)), ("b", 2, Some(Life::until(at(10), at(20)))), ("c", 3, None)]);
        let found = |seconds| ["a", "b", "c"].map(|key| held.find(key, at(seconds)).copied());
        assert_eq!(found(10), [Some(1), Some(2), Some(3)]);
        assert_eq!(found(19), [Some(1), Some(2), Some(3)]);
        assert_eq!(found(20), [Some(1), None, Some(3)]);
        assert_eq!(found(69), [Some(1), None, Some(3)]);
        assert_eq!(found(70), [None, None, Some(3)]);
        assert_eq!(found(9), [None, None, Some(3)], "a clock that is set back should end lives");
        assert_eq!(["a", "b", "c"].map(|key| held.lasting(key).copied()), [None, None, Some(3)]);
    }

    #[test]
    fn full_map_drops_the_expired_before_all() {
        let mut held = held(3, [("old", 1, life(0, 10)), ("ahead", 1, life(99, 10)), ("young", 1, life(0, 60))]);
        held.insert("new".to_owned(), 2, 2, life(10, 60));
        assert_eq!((held.find("young", at(10)), held.find("new", at(10))), (Some(&1), Some(&2)));
        assert_eq!((held.len(), held.weight()), (2, 3), "what has ended, or not begun, should be gone");
        held.insert("newer".to_owned(), 1, 1, life(11, 60));
        assert_eq!((held.len(), held.weight()), (1, 1), "where nothing has ended, all should go");
        assert_eq!(held.find("newer", at(11)), Some(&1));
    }

    #[test]
    fn map_with_room_keeps_what_is_outdated() {
        let mut held = held(3, [("a", 1, None), ("b", 2, None)]);
        held.remove_outdated(0, |_| true);
        assert_eq!(held.len(), 2, "there was room");
        held.remove_outdated(1, |&value| value == 2);
        assert_eq!((held.lasting("a"), held.lasting("b"), held.weight()), (Some(&1), None, 1));
    }

    #[test]
    fn weight_stays_within_the_capacity() {
        let mut held = held(10, []);
        for number in 0..1000_usize {
            let (key, weight) = ((number % 7).to_string(), number % 12);
            held.insert(key.clone(), number, weight, [None, life(number as u64, 3)][number % 2]);
            assert!(held.weight() <= 10, "{number}: it should stay within the capacity");
            let sum: usize = held.entries.values().map(|entry| entry.weight).sum();
            assert_eq!(held.weight(), sum, "{number}: it should be the sum of the entries'");
            let expected = (weight <= 10).then_some(&number);
            assert_eq!(held.find(&key, at(number as u64)), expected, "{number}: the newest should be held if it fits");
        }
    }

    #[test]
    fn removed_and_replaced_entries_weigh_nothing() {
        let mut held = held(10, [("a", 4, None), ("a", 5, None), ("b", 2, None), ("c", 3, None)]);
        assert_eq!((held.len(), held.weight()), (3, 10));
        assert_eq!(held.remove("b"), Some(2));
        assert_eq!(held.remove("b"), None);
        assert_eq!(held.extract(|_, &value| value == 3), [("c".to_owned(), 3)]);
        assert_eq!((held.len(), held.weight()), (1, 5));
        held.lasting_mut("a").map(|value| *value = 7).unwrap();
        assert_eq!((held.lasting("a"), held.weight()), (Some(&7), 5));
        held.insert("a".to_owned(), 1, 11, None);
        assert!(held.is_empty(), "what is too heavy should not leave an older value behind");
    }
}

//! A map that forgets: when it is full, what was put in longest ago goes first.
//!
//! What a capture tells of (handles, commands, control sockets) is chosen by others, so everything that is
//! remembered by such a key is bounded. The limits are a few dozen; a list is faster than a tree there.

/// The most recent values by key.
#[derive(Debug, Clone)]
pub(super) struct Recent<K, V> {
    /// The oldest first.
    entries: Vec<(K, V)>,
    limit: usize,
}

impl<K: PartialEq, V> Recent<K, V> {
    /// An empty map of at most `limit` values.
    pub(super) fn new(limit: usize) -> Self {
        Self { entries: Vec::new(), limit }
    }

    /// The value of this key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.iter().find(|(other, _)| other == key).map(|(_, value)| value)
    }

    /// The value of this key, to change it; that does not make it more recent.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.iter_mut().find(|(other, _)| other == key).map(|(_, value)| value)
    }

    /// Puts the value in the place of the key's earlier one, as the most recent.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.retain(|other| *other != key);
        if self.entries.len() >= self.limit && !self.entries.is_empty() {
            self.entries.remove(0);
        }
        self.entries.push((key, value));
    }

    /// Keeps only the keys for which that holds.
    pub(super) fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        self.entries.retain(|(key, _)| keep(key));
    }

    /// The values, the oldest first.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_a_new_value_makes_its_key_recent() {
        let mut recent = Recent::new(2);
        recent.put("a", 1);
        recent.put("b", 2);
        recent.put("a", 3);
        recent.put("c", 4);
        assert_eq!(recent.values().copied().collect::<Vec<_>>(), [3, 4]);
        assert_eq!(recent.get(&"b"), None);
        recent.retain(|key| *key != "a");
        assert_eq!(recent.values().copied().collect::<Vec<_>>(), [4]);
    }
}

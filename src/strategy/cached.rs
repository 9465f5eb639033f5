//! A value with what it was made from.

/// A value with the key it was made for.
#[derive(Clone, Debug)]
pub(crate) struct Cached<K, V>(Option<(K, V)>);

impl<K, V> Default for Cached<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V> Cached<K, V> {
    /// Makes the value anew when the key is another one.
    pub(crate) fn refresh(&mut self, key: K, make: impl FnOnce() -> V) {
        if !self.is_of(&key) {
            let value = make();
            self.put(key, value);
        }
    }

    /// True when the value was made for this key.
    pub(crate) fn is_of(&self, key: &K) -> bool {
        self.0.as_ref().is_some_and(|(old, _)| old == key)
    }

    /// Takes a value in the place of the one that is kept.
    pub(crate) fn put(&mut self, key: K, value: V) {
        self.0 = Some((key, value));
    }

    /// The value, if it was made for this key.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.as_ref().filter(|(old, _)| old == key).map(|(_, value)| value)
    }

    /// The value.
    ///
    /// # Panics
    ///
    /// When it was never made.
    pub(crate) fn value(&self) -> &V {
        &self.0.as_ref().expect("Invariant: refreshed before it is read").1
    }
}

//! A map of few keys. Own choice, because a B-tree of the library costs the page's module several kB for every type of its
//! values, and here are never more than some dozens.

/// Values by key, in the order of the keys. Finding one costs a binary search, adding one moves those behind it.
#[derive(Clone, Debug)]
pub struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord + Copy, V> Few<K, V> {
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key))
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.place(key).ok().map(|at| &mut self.0[at].1)
    }

    /// True where the key has a value.
    pub fn has(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Sets the value of a key.
    pub fn set(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    /// Takes the value of a key out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.place(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    /// As [`Self::iter`], the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (*key, value))
    }
}

impl<K: Ord + Copy, V: Default> Few<K, V> {
    /// The value of a key, which is the default where it had none.
    pub fn of(&mut self, key: K) -> &mut V {
        let at = self.place(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_does_what_the_librarys_map_does() {
        let (mut few, mut map) = (Few::default(), BTreeMap::new());
        for step in 0..400_u32 {
            let key = step.wrapping_mul(2_654_435_761) >> 28;
            match step % 5 {
                0 | 1 => {
                    few.set(key, step);
                    map.insert(key, step);
                }
                2 => assert_eq!(few.remove(&key), map.remove(&key)),
                3 => assert_eq!(few.of(key), map.entry(key).or_default()),
                _ => assert_eq!(
                    (few.get(&key), few.has(&key)),
                    (map.get(&key), map.contains_key(&key))
                ),
            }
            assert!(few.iter().eq(map.iter().map(|(key, value)| (*key, value))));
        }
        few.clear();
        assert_eq!(few.get(&3), None);
    }
}

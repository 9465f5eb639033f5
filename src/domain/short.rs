//! Order for short lists and sets of what is seen, with little code. The library's merge sort costs about 10 kB of a Wasm
//! module for each type it sorts, and collecting into a `BTreeSet` or a `BTreeMap` is one, too.

/// Puts a short list in order; equal ones stay as they are. Quadratic: for dozens of items, not for rows.
pub fn sort_short<T>(items: &mut [T], is_before: impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && is_before(&items[at], &items[at - 1]) {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

/// Collects one by one into an empty set or map.
pub fn gather<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut all = C::default();
    all.extend(items);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn a_short_list_is_sorted_and_stable() {
        let mut items = [(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd'), (1, 'e')];
        sort_short(&mut items, |a, b| a.0 < b.0);
        assert_eq!(items, [(1, 'b'), (1, 'e'), (2, 'd'), (3, 'a'), (3, 'c')]);
        sort_short::<i32>(&mut [], |a, b| a < b);
    }

    #[test]
    fn what_is_gathered_is_what_is_collected() {
        let set: BTreeSet<i32> = gather([3, 1, 3]);
        assert_eq!(set, BTreeSet::from([1, 3]));
        let map: BTreeMap<i32, char> = gather([(1, 'a'), (1, 'b')]);
        assert_eq!(map, BTreeMap::from([(1, 'b')]));
    }
}

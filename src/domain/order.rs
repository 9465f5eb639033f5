//! Order with little code. The library's merge sort costs about 10 kB of a Wasm module for each type and each comparison that
//! it is used with, its unstable one 4 kB, and collecting into a `BTreeSet` or a `BTreeMap` is a sort, too. So numbers, rows
//! and short lists each have one way to be sorted.

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

/// Whole numbers in the order of [`f64::total_cmp`]: the standard library's own rule.
pub const fn order_of(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// Puts numbers in the order of [`f64::total_cmp`].
pub fn sort_numbers(values: &mut [f64]) {
    let mut keys: Vec<i64> = values.iter().map(|value| order_of(*value)).collect();
    keys.sort_unstable();
    for (value, key) in values.iter_mut().zip(keys) {
        // The rule is its own inverse.
        *value = f64::from_bits(order_of(f64::from_bits(key as u64)) as u64);
    }
}

/// Puts rows in the order of a key, and rows of one key in their own order. A list that is nearly sorted costs one pass.
pub fn sort_rows(rows: &mut [u32], key: impl Fn(u32) -> i64) {
    let mut keys: Vec<i128> =
        rows.iter().map(|&row| (i128::from(key(row)) << 32) | i128::from(row)).collect();
    keys.sort_unstable();
    for (row, key) in rows.iter_mut().zip(keys) {
        *row = key as u32;
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
    fn numbers_are_sorted_as_the_library_would() {
        let mut values = vec![
            3.5,
            -0.0,
            f64::NAN,
            0.0,
            -1e300,
            f64::INFINITY,
            5e-324,
            -5e-324,
            f64::NEG_INFINITY,
            -f64::NAN,
            1.0,
            1.0,
        ];
        let mut wanted = values.clone();
        wanted.sort_by(f64::total_cmp);
        sort_numbers(&mut values);
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&values), bits(&wanted));
    }

    #[test]
    fn rows_are_sorted_by_key_and_then_by_themselves() {
        let keys = [5, i64::MIN, 5, i64::MAX, -1, 5, 0];
        let mut rows: Vec<u32> = (0..7).rev().collect();
        sort_rows(&mut rows, |row| keys[row as usize]);
        assert_eq!(rows, [1, 4, 6, 0, 2, 5, 3]);
        let mut large = [u32::MAX, 0, 7];
        sort_rows(&mut large, |_| -3);
        assert_eq!(large, [0, 7, u32::MAX]);
    }

    #[test]
    fn what_is_gathered_is_what_is_collected() {
        let set: BTreeSet<i32> = gather([3, 1, 3]);
        assert_eq!(set, BTreeSet::from([1, 3]));
        let map: BTreeMap<i32, char> = gather([(1, 'a'), (1, 'b')]);
        assert_eq!(map, BTreeMap::from([(1, 'b')]));
    }
}

//! A table that is written as rows of what is said and what is computed, and kept as two lists: whoever reads the one does
//! not carry the other.

/// The first halves of the rows.
pub(crate) const fn first_of<A: Copy, B: Copy, const N: usize>(rows: [(A, B); N]) -> [A; N] {
    let mut all = [rows[0].0; N];
    let mut at = 0;
    while at < N {
        all[at] = rows[at].0;
        at += 1;
    }
    all
}

/// The second halves of the rows.
pub(crate) const fn second_of<A: Copy, B: Copy, const N: usize>(rows: [(A, B); N]) -> [B; N] {
    let mut all = [rows[0].1; N];
    let mut at = 0;
    while at < N {
        all[at] = rows[at].1;
        at += 1;
    }
    all
}

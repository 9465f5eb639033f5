//! The same work on many things, on all cores.

use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// What `work` makes of each item, in their order. A core takes the next item when it is done with one, so that long ones
/// hold up no other.
///
/// # Panics
///
/// When `work` does.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Items are files and cleanings: few, and long.
    items.par_iter().with_max_len(1).map(&work).collect()
}

/// Works through parts with something that each core makes for itself and keeps; `take` is told what each part gave as soon
/// as it is done, in any order, until it refuses.
///
/// # Errors
///
/// The refusal of `take`.
///
/// # Panics
///
/// When `work` does.
pub(super) fn each<P: Sync, S, R: Send, E>(
    parts: &[P],
    make: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &P) -> R + Sync,
    mut take: impl FnMut(&P, R) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::sync_channel(64);
    let mut outcome = Ok(());
    std::thread::scope(|scope| {
        let (next, make, work) = (&next, &make, &work);
        scope.spawn(move || {
            rayon::scope(|pool| {
                for _ in 0..rayon::current_num_threads().min(parts.len()) {
                    let send = send.clone();
                    pool.spawn(move |_| {
                        let mut own = make();
                        loop {
                            let at = next.fetch_add(1, Ordering::Relaxed);
                            let Some(part) = parts.get(at) else { return };
                            // Nobody listens any more: the work was refused.
                            if send.send((at, work(&mut own, part))).is_err() {
                                return;
                            }
                        }
                    });
                }
            });
        });
        for (at, result) in receive {
            outcome = take(&parts[at], result);
            if outcome.is_err() {
                return;
            }
        }
    });
    outcome
}

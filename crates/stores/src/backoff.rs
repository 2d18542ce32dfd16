//! How long to wait before a store is asked again.

/// After each failure in a row to ask for an order, in milliseconds: three days in all.
const FETCH_MS: [i64; 9] = [
    10_000,
    60_000,
    300_000,
    1_800_000,
    7_200_000,
    18_000_000,
    36_000_000,
    72_000_000,
    124_000_000,
];
/// After each failure in a row to ask for changes, in milliseconds; the last one from then on.
const SYNC_MS: [i64; 5] = [60_000, 300_000, 1_800_000, 7_200_000, 21_600_000];
/// The longest wait between two syncs, in milliseconds: a day.
const MAX_SYNC_WAIT_MS: i64 = 86_400_000;
/// Failures in a row after which a store that names a time itself is asked no sooner than others.
const MAX_WAITS: usize = 10;

/// How long, in milliseconds, after `failures` to ask for an order before the one just now. `None`
/// after three days: then it is given up.
#[must_use]
pub fn before_fetch(failures: usize) -> Option<i64> {
    FETCH_MS.get(failures).copied()
}

/// How long, in milliseconds, after `failures` to sync a store before the one just now. A store
/// may name the time itself (`Retry-After`), which counts if it is longer, and, for its first ten
/// failures, if it is shorter.
#[must_use]
pub fn before_sync(failures: usize, named_ms: Option<i64>) -> i64 {
    let usual = |failures: usize| SYNC_MS.get(failures).copied().unwrap_or(MAX_SYNC_WAIT_MS);
    match named_ms {
        Some(named) => named.max(failures.checked_sub(MAX_WAITS).map_or(0, usual)),
        None => usual(failures),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_asked_for_ever_less_often_and_given_up_after_three_days() {
        let waits: Vec<i64> = (0..).map_while(before_fetch).collect();
        assert!(waits.is_sorted());
        let days = waits.iter().sum::<i64>() as f64 / 86_400_000.0;
        assert!((2.9..3.1).contains(&days), "{days}");
    }

    #[test]
    fn a_store_that_refuses_is_synced_ever_less_often_down_to_once_a_day() {
        let waits: Vec<i64> = (0..20)
            .map(|failures| before_sync(failures, None))
            .collect();
        assert!(waits.is_sorted());
        assert_eq!((waits[0], waits[19]), (60_000, 86_400_000));
    }

    #[test]
    fn a_time_that_the_store_names_counts_ten_times_and_then_only_if_it_is_longer() {
        assert_eq!(before_sync(0, Some(5_000)), 5_000);
        assert_eq!(before_sync(9, Some(5_000)), 5_000);
        assert_eq!(before_sync(10, Some(5_000)), 60_000);
        assert_eq!(before_sync(30, Some(5_000)), 86_400_000);
        assert_eq!(before_sync(30, Some(90_000_000)), 90_000_000);
    }
}

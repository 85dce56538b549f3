//! One suite for every backend: what [`Store`] and [`InboundStream`] promise, as tests.
//!
//! A backend implements [`StoreSubject`] or [`StreamSubject`] in its tests and instantiates
//! [`store_conformance!`](crate::store_conformance) or [`stream_conformance!`](crate::stream_conformance), which make one
//! test a property, so that a failure names the promise that was broken.
//!
//! The random tests run the same few seeds each time. `CONFORMANCE_SEED` and `CONFORMANCE_STEPS` run another one, longer; a
//! failure prints both.

use async_trait::async_trait;
use std::{fmt::Debug, future::Future, sync::Arc, time::Duration};

use crate::{InboundStream, Store};

pub mod blobs;
#[doc(hidden)]
pub mod dice;
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
pub mod stream;

/// No property takes so long on any backend; one that does waits for something that never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a backend keeps the data of one test: empty when the subject is made.
#[async_trait]
pub trait StoreSubject: Send + Sync {
    /// Opens the store on the data that is there. Called again only after every handle from before was dropped: that is a
    /// restart, after which everything that was answered must be found.
    async fn open(&self) -> Arc<dyn Store>;
}

/// Where a backend keeps the entries of one test: empty when the subject is made.
#[async_trait]
pub trait StreamSubject: Send + Sync {
    /// Opens the stream on the entries that are there, with the same limits each time. Called again only after every handle
    /// from before was dropped: that is a restart after a clean end, by which acknowledgements have become durable.
    async fn open(&self) -> Arc<dyn InboundStream>;
    /// What it takes.
    fn limits(&self) -> StreamLimits;
}

/// What a stream under test takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Bytes of one entry, at least 1 KiB; a larger one is `TooLarge`.
    pub entry_bytes: usize,
    /// Bytes of entries that are not acknowledged, at least eight and at most 100 of the largest; more is `Full`.
    pub total_bytes: u64,
}

/// Runs one property on two threads, so that what may happen at once does.
///
/// # Panics
/// When the property is broken, or doesn't come to an end.
pub fn run<E: Debug>(property: impl Future<Output = Result<(), E>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let property = async {
        let ended = tokio::time::timeout(PATIENCE, property).await.expect("the property comes to an end");
        ended.expect("a healthy backend answers");
    };
    runtime.expect("the system starts two threads").block_on(property);
}

/// Makes the tests of a store: `store_conformance!(make())`, where `make()` gives a new [`StoreSubject`] each time.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::conformance_tests! { $make;
            store::commits {
                a_partition_nobody_wrote_to_has_no_version_no_token_and_no_rows
                a_commit_that_expects_nothing_makes_the_partition
                every_commit_counts_the_version_up_by_one
                a_commit_that_expects_another_version_conflicts_with_the_real_one
                a_conflict_changes_nothing
                the_latest_commits_token_is_read_back
                a_batch_puts_and_deletes_together
                a_commit_without_writes_counts
                deleting_every_row_keeps_the_version
                deleting_what_is_not_there_does_no_harm
                an_empty_value_is_a_value
            }
            store::reads {
                rows_come_in_the_order_of_their_bytes
                a_range_holds_its_start_and_not_its_end
                a_range_that_ends_before_it_starts_is_empty
                a_limit_stops_the_rows_and_keeps_the_version
                reading_goes_on_from_the_last_row
                a_prefix_gives_the_rows_that_start_with_it
                exactly_one_key_is_not_its_longer_neighbours
                empty_keys_are_keys
                stamped_rows_are_read_by_range_too
                deleted_rows_do_not_count_towards_a_limit
            }
            store::partitions {
                partitions_whose_keys_are_prefixes_of_each_other_do_not_mix
                equal_keys_in_different_tables_do_not_mix
                where_a_partitions_key_ends_and_a_rows_begins_is_kept
            }
            store::stamped {
                a_higher_stamp_wins_and_a_lower_one_is_ignored
                under_one_stamp_a_deletion_stays_or_else_the_greater_value
                a_late_put_does_not_undo_a_deletion
                a_deletion_is_stamped_like_any_other_change
                each_row_of_a_put_has_its_own_history
                stamps_reach_from_zero_to_the_end
                a_stamped_partition_has_no_version
                clearing_removes_the_range_and_nothing_else
                clearing_removes_whatever_its_stamp
                clearing_what_is_not_there_does_no_harm
            }
            store::misuse {
                the_wrong_kind_of_write_is_refused_and_changes_nothing
                a_commit_without_a_token_is_refused
                a_batch_that_writes_a_row_twice_is_refused_whole
                a_stamp_over_the_limit_is_refused
                a_batch_of_exactly_the_limit_passes
                a_batch_of_one_byte_more_is_refused_whole
                large_values_add_up_in_one_partition
                large_keys_are_kept
            }
            store::at_once {
                of_many_inserts_at_once_exactly_one_wins
                increments_at_once_lose_nothing
                version_token_and_rows_are_of_one_moment
                what_was_answered_is_seen_by_everyone
                of_puts_at_once_the_highest_stamp_stays
                what_was_answered_at_once_is_there_after_a_restart
            }
            store::restart {
                a_restart_keeps_versions_tokens_and_rows
                a_restart_keeps_stamps_and_deletions
                a_restart_keeps_what_was_cleared_away
                many_restarts_lose_nothing
            }
            store::random {
                any_run_of_operations_agrees_with_the_model
            }
        }
    };
}

/// Makes the tests of a stream: `stream_conformance!(make())`, where `make()` gives a new [`StreamSubject`] each time.
#[macro_export]
macro_rules! stream_conformance {
    ($make:expr) => {
        $crate::conformance_tests! { $make;
            stream::order {
                a_groups_entries_come_in_the_order_of_their_positions
                groups_do_not_wait_for_each_other
                entries_come_as_they_went
                appends_at_once_all_come_and_positions_follow_the_order_of_answers
                consumers_keep_up_with_appends_at_once
            }
            stream::waiting {
                next_waits_and_an_append_wakes_it
                giving_up_a_wait_loses_nothing
                an_entry_is_given_once_in_a_session
            }
            stream::acknowledging {
                the_backlog_is_what_was_taken_and_not_acknowledged
                acknowledging_out_of_order_keeps_the_others
                acknowledging_twice_counts_once
                acknowledging_what_never_was_does_no_harm
            }
            stream::limits {
                an_entry_of_exactly_the_limit_passes_and_one_byte_more_does_not
                a_full_stream_takes_again_once_entries_are_acknowledged
                a_refused_entry_never_comes
            }
            stream::restart {
                a_restart_brings_exactly_what_was_not_acknowledged
                a_restart_keeps_the_backlog
                positions_are_never_used_again
                what_was_given_and_not_acknowledged_comes_again
                a_full_stream_is_full_after_a_restart
                many_restarts_lose_nothing
            }
            stream::random {
                any_run_of_operations_agrees_with_the_model
            }
        }
    };
}

/// One test a property, in a module named after the property's.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($make:expr; $($kind:ident :: $module:ident { $($property:ident)* })*) => {$(
        mod $module {
            #[allow(unused_imports, reason = "the expression that makes a subject may name anything around it")]
            use super::*;
            $(
                #[test]
                fn $property() {
                    $crate::conformance::run(async {
                        let subject = $make;
                        $crate::conformance::$kind::$module::$property(&subject).await
                    });
                }
            )*
        }
    )*};
}

#[cfg(test)]
mod tests {
    /// Where each module of properties stands.
    const MODULES: [(&str, &str); 14] = [
        ("store::commits", include_str!("store/commits.rs")),
        ("store::reads", include_str!("store/reads.rs")),
        ("store::partitions", include_str!("store/partitions.rs")),
        ("store::stamped", include_str!("store/stamped.rs")),
        ("store::misuse", include_str!("store/misuse.rs")),
        ("store::at_once", include_str!("store/at_once.rs")),
        ("store::restart", include_str!("store/restart.rs")),
        ("store::random", include_str!("store/random.rs")),
        ("stream::order", include_str!("stream/order.rs")),
        ("stream::waiting", include_str!("stream/waiting.rs")),
        ("stream::acknowledging", include_str!("stream/acknowledging.rs")),
        ("stream::limits", include_str!("stream/limits.rs")),
        ("stream::restart", include_str!("stream/restart.rs")),
        ("stream::random", include_str!("stream/random.rs")),
    ];

    /// The names between a module's braces in the macros above.
    fn listed(module: &str) -> Vec<&'static str> {
        let start = format!("            {module} {{");
        let list = include_str!("mod.rs").split(&start).nth(1).expect("every module is listed");
        list.split('}').next().expect("a list ends").split_whitespace().collect()
    }

    #[test]
    fn every_property_is_in_the_list_that_backends_run() {
        for (module, source) in MODULES {
            let written = source.lines().filter_map(|line| line.strip_prefix("pub async fn "));
            let written: Vec<_> = written.filter_map(|line| line.split('(').next()).collect();
            assert_eq!(written, listed(module), "{module}");
        }
    }
}

//! What a failed request means: nothing happened, or nobody knows.

use hearthline_storage_api::StoreError;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};

/// Whether a commit that failed like this certainly did nothing. Whatever may have reached a replica is not certain: also
/// `Unavailable`, which a coordinator can say between the rounds of a conditional write.
pub(crate) fn did_nothing(error: &ExecutionError) -> bool {
    match error {
        // It never left this process.
        ExecutionError::BadQuery(_)
        | ExecutionError::EmptyPlan
        | ExecutionError::PrepareError(_)
        | ExecutionError::ConnectionPoolError(_) => true,
        ExecutionError::LastAttemptError(attempt) => refused(attempt),
        _ => false,
    }
}

fn refused(error: &RequestAttemptError) -> bool {
    match error {
        RequestAttemptError::SerializationError(_)
        | RequestAttemptError::CqlRequestSerialization(_)
        | RequestAttemptError::UnableToAllocStreamId
        | RequestAttemptError::RepreparedIdChanged { .. }
        | RequestAttemptError::RepreparedIdMissingInBatch => true,
        // Said before anything is done.
        RequestAttemptError::DbError(error, _) => matches!(
            error,
            DbError::SyntaxError
                | DbError::Invalid
                | DbError::AuthenticationError
                | DbError::Unauthorized
                | DbError::ConfigError
                | DbError::IsBootstrapping
                | DbError::Unprepared { .. }
                | DbError::ProtocolError
                | DbError::RateLimitReached { .. }
        ),
        _ => false,
    }
}

/// The error of the contract. Requests hold keys and sealed bytes; errors of the driver and the server quote neither.
pub(crate) fn unavailable(doing: &str, error: &ExecutionError) -> StoreError {
    StoreError::Unavailable(format!("{doing}: {error}"))
}

/// An answer that is not of the form it was asked for.
pub(crate) fn strange(doing: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{doing}: the server's answer makes no sense: {error}"))
}

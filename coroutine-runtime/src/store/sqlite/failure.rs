//! What SQLite's errors mean for a store.
use crate::store::StoreError;
use rusqlite::{Error, ErrorCode};

/// The store's error for one of SQLite's.
pub(super) fn failed(error: Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full(text),
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(text),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(text),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(_) => StoreError::io(error),
        // What was read is not of the type that was written, or is missing.
        None => match error {
            Error::QueryReturnedNoRows
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..) => StoreError::Corrupt(text),
            _ => StoreError::io(error),
        },
    }
}

//! Signature: the publisher's compact JWS (RFC 7515) over a statement.

use oauth::jwk::{KeySet, PrivateKeySet};
use oauth::jws::{self, JwsError};

use crate::record::{RecordError, Statement};

/// The `typ` of the JWS header. It prevents a token of another purpose, signed with the same key, from passing as a
/// record.
const RECORD_TYPE: &str = "weir-record+jwt";

/// Signs `statement` with the first of `keys`.
pub fn sign(keys: &PrivateKeySet, statement: &Statement) -> Result<String, RecordError> {
    jws::sign(keys, RECORD_TYPE, statement).map_err(|_| RecordError::Malformed)
}

/// Returns the unverified key id in the header of `line`.
pub fn unverified_key_id(line: &str) -> Option<String> {
    jws::unverified_key_id(line).ok()?
}

/// Returns the statement in `line` if one of `keys` verifies it.
pub fn verify(line: &str, keys: &KeySet) -> Result<Statement, RecordError> {
    jws::verify(line, keys, RECORD_TYPE).map_err(|error| match error {
        JwsError::TooLong | JwsError::Garbled | JwsError::GarbledClaims => RecordError::Malformed,
        _ => RecordError::Unsigned,
    })
}

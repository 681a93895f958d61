//! Signature: the publisher's compact JWS over a statement, one algorithm and one `typ`.

use oauth::jwk::{KeySet, PrivateKeySet};
use oauth::jws::{self, JwsError};

use crate::record::{RecordError, Statement};

/// The JWS header's `typ`: a token that was signed for anything else is never a record's, even under the same key.
const RECORD_TYPE: &str = "weir-record+jwt";

/// Signs `statement` with the first of `keys`.
pub fn sign(keys: &PrivateKeySet, statement: &Statement) -> Result<String, RecordError> {
    jws::sign(keys, RECORD_TYPE, statement).map_err(|_| RecordError::Malformed)
}

/// The statement in `line`, if one of `keys` signed it.
pub fn verify(line: &str, keys: &KeySet) -> Result<Statement, RecordError> {
    jws::verify(line, keys, RECORD_TYPE).map_err(|error| match error {
        JwsError::TooLong | JwsError::Garbled | JwsError::GarbledClaims => RecordError::Malformed,
        _ => RecordError::Unsigned,
    })
}

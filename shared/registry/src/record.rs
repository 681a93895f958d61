//! Records: the values in the key-value store, each with a signed statement.
//!
//! ```text
//! eyJhbGciOiJFZERTQSIsInR5cCI6IndlaXItcmVjb3JkK2p3dCIs…   compact JWS (EdDSA) over the statement, one line
//! \n
//! {"name":"support","title":"Support",…}                  the raw JSON, byte for byte
//! ```
//!
//! The statement holds the record's name, its epoch and the digest of the raw bytes. Write access to the store is
//! therefore not enough to change a record, to store it under another name, or to mix epochs. `head` and `quarantine`
//! are rewritten in place; their statements also hold a sequence number, against replay of an older record, and an end
//! of validity, against suppression of a newer one.

use std::fmt;

use oauth::jwk::{KeySet, PrivateKeySet};
use policy::record::{OtherFormat, other_format};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::signature;
use crate::snapshot::Head;

/// Maximum size of a record, bytes: 8 MiB. Workers KV accepts 25 MiB; an isolate has 128 MiB of memory.
pub const RECORD_BYTES: usize = 8 << 20;

/// Maximum length of the signed line, bytes. A statement takes a few hundred; the rest is room for long key ids.
const SIGNED_LINE_BYTES: usize = 4 << 10;

/// The key of a record in the key-value store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKey<'a> {
    /// `head`: [`crate::snapshot::Head`].
    Head,
    /// `quarantine`: [`crate::snapshot::Quarantine`]; it belongs to no epoch and its statement has epoch 0.
    Quarantine,
    /// `EPOCH/gateway`: [`crate::snapshot::Gateway`].
    Gateway {
        /// The snapshot's publish instant, Unix milliseconds.
        epoch: u64,
    },
    /// `EPOCH/needs`: [`crate::snapshot::Needs`].
    Needs {
        /// The snapshot's publish instant, Unix milliseconds.
        epoch: u64,
    },
    /// `EPOCH/assignments/SHARD`: [`crate::snapshot::Assignments`].
    Assignments {
        /// The snapshot's publish instant, Unix milliseconds.
        epoch: u64,
        /// The shard, from 0; see [`crate::snapshot::assignment_shard`].
        shard: u32,
    },
    /// `EPOCH/virtual-server/NAME`: [`crate::snapshot::VirtualServer`].
    VirtualServer {
        /// The snapshot's publish instant, Unix milliseconds.
        epoch: u64,
        /// The virtual server's name.
        name: &'a str,
    },
}

impl RecordKey<'_> {
    /// The record's name: its key without the epoch.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Head => "head".to_owned(),
            Self::Quarantine => "quarantine".to_owned(),
            Self::Gateway { .. } => "gateway".to_owned(),
            Self::Needs { .. } => "needs".to_owned(),
            Self::Assignments { shard, .. } => format!("assignments/{shard}"),
            Self::VirtualServer { name, .. } => format!("virtual-server/{name}"),
        }
    }

    /// The epoch in the key; `None` for `head` and `quarantine`.
    #[must_use]
    pub const fn epoch(&self) -> Option<u64> {
        match self {
            Self::Head | Self::Quarantine => None,
            Self::Gateway { epoch }
            | Self::Needs { epoch }
            | Self::Assignments { epoch, .. }
            | Self::VirtualServer { epoch, .. } => Some(*epoch),
        }
    }

    /// True for `head` and `quarantine`, which are rewritten in place and have a [`Freshness`].
    #[must_use]
    pub const fn is_standing(&self) -> bool {
        matches!(self, Self::Head | Self::Quarantine)
    }
}

/// The key in the key-value store.
impl fmt::Display for RecordKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.epoch() {
            Some(epoch) => write!(formatter, "{epoch}/{}", self.name()),
            None => formatter.write_str(&self.name()),
        }
    }
}

/// The signed statement about a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The record's epoch, Unix milliseconds; for `head` the epoch that it names, for `quarantine` 0.
    pub epoch: u64,
    /// [`RecordKey::name`].
    pub name: String,
    /// SHA-256 of the raw bytes, lower-case hex.
    pub sha256: String,
    /// Only `head` and `quarantine`: instant of signing, Unix milliseconds; a lower sequence than one seen is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Only `head` and `quarantine`: end of validity (exclusive), Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<u64>,
}

/// Sequence and end of validity of a record that is rewritten in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Instant of signing, Unix milliseconds.
    pub sequence: u64,
    /// End of validity (exclusive), Unix seconds.
    pub valid_until: u64,
}

impl Freshness {
    /// The middle of the validity, Unix seconds: from here on its renewal is overdue.
    #[must_use]
    pub const fn half(&self) -> u64 {
        let signed = self.sequence / 1_000;
        signed + self.valid_until.saturating_sub(signed) / 2
    }
}

/// The key id in the signed line of a stored record; `None` if it has none. It is not verified: use it only in texts
/// for people.
#[must_use]
pub fn unverified_key_id(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().take(SIGNED_LINE_BYTES).position(|byte| *byte == b'\n')?;
    signature::unverified_key_id(std::str::from_utf8(&bytes[..end]).ok()?)
}

/// The raw JSON of a stored record. It is not verified: use it to tell people what is stored, and for nothing else.
#[must_use]
pub fn unverified_raw(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().take(SIGNED_LINE_BYTES).position(|byte| *byte == b'\n')?;
    bytes.get(end + 1..)
}

/// A record with a verified signature, name, digest and epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRecord<'a> {
    /// The verified statement.
    pub statement: Statement,
    /// The raw JSON.
    pub raw: &'a [u8],
}

impl VerifiedRecord<'_> {
    /// Reads the raw JSON as the snapshot type of its record.
    ///
    /// # Errors
    /// [`RecordError::Malformed`] if a member is unknown, missing or of another type;
    /// [`RecordError::PoliciesOlder`] or [`RecordError::PoliciesNewer`] if that is because of the policies' format.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, RecordError> {
        serde_json::from_slice(self.raw).map_err(|_| match other_format(self.raw) {
            Some(OtherFormat::Older) => RecordError::PoliciesOlder,
            Some(OtherFormat::Newer) => RecordError::PoliciesNewer,
            None => RecordError::Malformed,
        })
    }

    /// Checks that a `head` or `quarantine` is valid at `now` and not older than one already seen.
    ///
    /// `now` is in Unix seconds; `newest` is the highest sequence seen so far. The returned sequence is the new
    /// highest.
    ///
    /// # Errors
    /// [`RecordError::Expired`], [`RecordError::OlderSequence`], or [`RecordError::Malformed`] for a record of another
    /// key, which has neither.
    pub fn fresh(&self, now: u64, newest: Option<u64>) -> Result<Freshness, RecordError> {
        let (Some(sequence), Some(valid_until)) = (self.statement.sequence, self.statement.valid_until) else {
            return Err(RecordError::Malformed);
        };
        if newest.is_some_and(|newest| sequence < newest) {
            return Err(RecordError::OlderSequence);
        }
        if now >= valid_until {
            return Err(RecordError::Expired);
        }
        Ok(Freshness { sequence, valid_until })
    }
}

/// The reason why a record is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The record isn't a signed line and JSON of the expected type.
    #[error("the record is malformed")]
    Malformed,
    /// The policies are of an older format than this build reads.
    #[error("the record's policies are of an older format: publish the registry again with this version of weir")]
    PoliciesOlder,
    /// The policies are of a newer format than this build reads.
    #[error("the record's policies are of a newer format: upgrade this side before publishing again")]
    PoliciesNewer,
    /// The record is larger than [`RECORD_BYTES`].
    #[error("the record is larger than {RECORD_BYTES} bytes")]
    TooLarge,
    /// No key of the publisher verifies the signature.
    #[error("the record isn't signed by a key of the publisher")]
    Unsigned,
    /// The statement is about a record of another name.
    #[error("the record is signed under another name")]
    WrongName,
    /// The statement is about another epoch.
    #[error("the record is signed for another epoch")]
    WrongEpoch,
    /// The raw bytes don't have the digest in the statement.
    #[error("the record's bytes aren't those that were signed")]
    WrongDigest,
    /// The validity of a `head` or `quarantine` has ended.
    #[error("the record's validity has ended")]
    Expired,
    /// A newer `head` or `quarantine` was seen before.
    #[error("the record is older than one already seen")]
    OlderSequence,
}

impl RecordError {
    /// A stable code for audit events and metrics.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "record_malformed",
            Self::PoliciesOlder => "record_policies_older",
            Self::PoliciesNewer => "record_policies_newer",
            Self::TooLarge => "record_too_large",
            Self::Unsigned => "record_unsigned",
            Self::WrongName => "record_wrong_name",
            Self::WrongEpoch => "record_wrong_epoch",
            Self::WrongDigest => "record_wrong_digest",
            Self::Expired => "record_expired",
            Self::OlderSequence => "record_older_sequence",
        }
    }
}

/// Seals `raw` as the record `key`, signed with the first of `keys`.
///
/// `freshness` is required for `head` and `quarantine`, and refused for other records.
///
/// # Errors
/// [`RecordError::TooLarge`]; [`RecordError::Malformed`] if `freshness` doesn't fit `key`, if a `head` is no [`Head`],
/// or if the key can't sign.
pub fn seal(
    keys: &PrivateKeySet,
    key: &RecordKey<'_>,
    freshness: Option<Freshness>,
    raw: &[u8],
) -> Result<Vec<u8>, RecordError> {
    if raw.len() > RECORD_BYTES - SIGNED_LINE_BYTES {
        return Err(RecordError::TooLarge);
    }
    if key.is_standing() != freshness.is_some() {
        return Err(RecordError::Malformed);
    }
    let statement = Statement {
        epoch: stated_epoch(key, raw)?,
        name: key.name(),
        sha256: sha256_hex(raw),
        sequence: freshness.map(|freshness| freshness.sequence),
        valid_until: freshness.map(|freshness| freshness.valid_until),
    };
    let line = signature::sign(keys, &statement)?;
    Ok([line.as_bytes(), b"\n", raw].concat())
}

/// Opens the stored `bytes` of `key`: checks the signature, the name, the digest and the epoch, in this order.
///
/// The caller must also check a `head` or `quarantine` with [`VerifiedRecord::fresh`].
///
/// # Errors
/// Every [`RecordError`] but [`RecordError::Expired`] and [`RecordError::OlderSequence`].
pub fn open<'a>(bytes: &'a [u8], keys: &KeySet, key: &RecordKey<'_>) -> Result<VerifiedRecord<'a>, RecordError> {
    if bytes.len() > RECORD_BYTES {
        return Err(RecordError::TooLarge);
    }
    let end = bytes.iter().take(SIGNED_LINE_BYTES).position(|byte| *byte == b'\n').ok_or(RecordError::Malformed)?;
    let (line, raw) = (&bytes[..end], &bytes[end + 1..]);
    let line = std::str::from_utf8(line).map_err(|_| RecordError::Malformed)?;
    let statement = signature::verify(line, keys)?;
    if statement.name != key.name() {
        return Err(RecordError::WrongName);
    }
    if statement.sha256 != sha256_hex(raw) {
        return Err(RecordError::WrongDigest);
    }
    if statement.epoch != stated_epoch(key, raw)? {
        return Err(RecordError::WrongEpoch);
    }
    let fresh = statement.sequence.is_some() && statement.valid_until.is_some();
    if key.is_standing() && !fresh {
        return Err(RecordError::Malformed);
    }
    Ok(VerifiedRecord { statement, raw })
}

/// The epoch in the statement of `key` over `raw`.
fn stated_epoch(key: &RecordKey<'_>, raw: &[u8]) -> Result<u64, RecordError> {
    match key {
        RecordKey::Head => {
            serde_json::from_slice::<Head>(raw).map(|head| head.epoch).map_err(|_| RecordError::Malformed)
        }
        RecordKey::Quarantine => Ok(0),
        RecordKey::Gateway { epoch }
        | RecordKey::Needs { epoch }
        | RecordKey::Assignments { epoch, .. }
        | RecordKey::VirtualServer { epoch, .. } => Ok(*epoch),
    }
}

/// SHA-256 of `bytes` in lower-case hex.
fn sha256_hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;

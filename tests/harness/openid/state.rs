//! The memory of a test's OpenID provider.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

/// The state of the provider.
#[derive(Default)]
pub struct OpenId {
    /// The open codes.
    pub(super) codes: BTreeMap<String, Code>,
    /// The person of each live refresh token.
    pub(super) refresh_tokens: BTreeMap<String, String>,
    /// The people who are disabled.
    pub(super) disabled: BTreeSet<String>,
    /// The groups of a person who got others.
    pub(super) groups: BTreeMap<String, Vec<String>>,
    /// The claims that each ID token gets instead of its own; `null` removes one.
    pub(super) claims: BTreeMap<String, Value>,
    /// The members that the discovery document gets instead of its own.
    pub(super) discovery: BTreeMap<String, Value>,
    /// The grants that were redeemed, in their order.
    pub(super) grants: Vec<String>,
    /// The time that the token endpoint takes.
    pub(super) delay: Duration,
    /// The status that the token endpoint answers instead.
    pub(super) down: Option<u16>,
    /// True if no refresh token is issued.
    pub(super) without_refresh: bool,
}

/// A code, until it is redeemed.
pub(super) struct Code {
    pub(super) person: String,
    pub(super) nonce: String,
    pub(super) challenge: String,
    pub(super) redirect_uri: String,
}
